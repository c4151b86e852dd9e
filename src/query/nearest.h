/* Looking through all artists' names by all cores. Any thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_NEAREST_H
#define FAL_QUERY_NEAREST_H

#include "data/dataset.h"

#define FAL_NEAREST 3

/* Whether an artist is one that is looked for. */
typedef gboolean (*FalFitFn)(const FalDataset *dataset, gint32 artist, const char *text);

/* Writes the first k rows that fit, rising, and returns how many there are; k is at most
 * FAL_NEAREST. */
int fal_first_artists(const FalDataset *dataset, FalFitFn fits, const char *text, int k,
                      gint32 *out);
/* Writes the FAL_NEAREST named artists whose folded names are nearest to a folded text, those
 * of the same distance by row, and returns how many are within limit, at most 3. */
int fal_nearest_artists(const FalDataset *dataset, const char *folded, int limit, gint32 *out);

#endif
