/* A space of settings to look for good ones in: some settings of a training, each with a list
 * of values or a range.
 *
 *   a,b,c   these values
 *   a..b    a range: on a log scale from above 0 for lambda, alpha, unobserved, prior, epsilon,
 *           else even; whole numbers where the setting is one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_SPACE_H
#define FAL_QUERY_SPACE_H

#include "query/settings.h"

typedef struct {
    const FalKeySpec *key;
    gboolean range, log;
    double low, high; /* of a range */
    GArray *values;   /* double: of a list */
} FalDimension;

typedef struct {
    GArray *dimensions; /* FalDimension; a preset comes first, as others go on top of it */
} FalSpace;

FalSpace *fal_space_new(void);
void fal_space_free(FalSpace *space);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalSpace, fal_space_free)

/* Adds a setting and what was typed for it. FAL_ERROR_USAGE with a sentence for what cannot be
 * read, is out of range, or is a range that falls. */
gboolean fal_space_add(FalSpace *space, const FalKeySpec *key, const char *text,
                       GError **error);

/* All combinations, of ranges so many points (ends included; fewer where whole numbers are
 * fewer), on top of base: FalTrainSettings, the last setting running fastest. FAL_ERROR_USAGE
 * where they are more than most. */
GArray *fal_space_grid(const FalSpace *space, const FalTrainSettings *base, int points,
                       gint64 most, GError **error);
/* n drawn at random, the same for the same seed; each number of them is drawn by itself. */
GArray *fal_space_draw(const FalSpace *space, const FalTrainSettings *base, int n, guint64 seed,
                       GError **error);

#endif
