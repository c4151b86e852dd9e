/* Exact top-K: the artists with the largest inner product or cosine with a vector.
 *
 * Artists lie by falling norm; a scan by inner product stops where |x||y| can no longer beat
 * the K-th best (Cauchy-Schwarz), and artists whose sketches (sketch.h) rule them out are never
 * read. The answer has the bits of a scan over all of them, whatever the thread; ties are
 * broken by the smaller artist id. Immutable once built; any thread may search.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_SEARCH_H
#define FAL_MODEL_SEARCH_H

#include "model/factors.h"

typedef struct FalSearch FalSearch;

typedef struct {
    gint32 row;  /* of the artist */
    float score; /* inner product or cosine */
} FalTop;

/* Borrows the rows, n x stride, finite and quickest on principal axes, and ids (n), which must
 * outlive it. Built in parallel; takes 36 + stride bytes a row. NULL with FAL_ERROR_MEMORY. */
FalSearch *fal_search_new(const float *rows, gint32 n, int stride, const gint64 *ids,
                          GError **error);
void fal_search_free(FalSearch *search);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalSearch, fal_search_free)

/* The k best by query . row, best first, without the rows in skip (rising, n_skip of them).
 * query has stride floats and is aligned. Writes at most k to out and returns how many: rows
 * of zero (artists unseen in training) take part with score 0. */
int fal_search_dot(const FalSearch *search, const float *query, int k, const gint32 *skip,
                   gint64 n_skip, FalTop *out);
/* The k most similar to a row by cosine, itself left out; rows of zero never take part, and a
 * row of zero has no neighbours (returns 0). */
int fal_search_cosine(const FalSearch *search, gint32 row, int k, FalTop *out);

/* The k largest of n scores, ties by the smaller id, without skip (rising): for scores that
 * are there already. */
int fal_search_select(const float *scores, gint32 n, const gint64 *ids, int k,
                      const gint32 *skip, gint64 n_skip, FalTop *out);

#endif
