/* How counts are spread: histograms in logarithmic bins, and quantiles of the plays.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_HISTOGRAM_H
#define FAL_DATA_HISTOGRAM_H

#include "data/plays.h"

/* Five bins a decade: few enough to look at, and none without a whole number in it:
 * 1, 2, 3, 4-6, 7-9, 10-15, 16-25, 26-39, 40-63, 64-99, 100-158 ... */
#define FAL_BINS_PER_DECADE 5
#define FAL_MOST_BINS       97 /* for all that guint64 holds */

typedef struct {
    gint64 count[FAL_MOST_BINS];
    int n;           /* bins up to the last one that holds something; 0: all are empty */
    guint64 largest; /* of what was added, 0 for nothing */
} FalHistogram;

/* The bin of a value from 1 up, and the smallest value of a bin. */
int fal_histogram_bin(guint64 value);
guint64 fal_histogram_start(int bin);
/* 0 is in no bin. */
void fal_histogram_add(FalHistogram *histogram, guint64 value);
/* How many there are of each count of a row's columns: listeners per artist by artist, artists
 * per listener by user. */
void fal_histogram_rows(FalHistogram *histogram, const FalCsr *csr);
/* Whether one of n bins is so full that most others would hardly show beside it. */
gboolean fal_histogram_is_peaked(const gint64 *count, int n);

/* The plays of a pair that a share p of all pairs have at most, for n shares: exact below
 * 8,192, above it rounded down by less than 1 in 4,096; exactly the largest for 1. Zeros where
 * there are no pairs. By all cores. FALSE with FAL_ERROR_MEMORY. */
gboolean fal_plays_quantiles(const FalPlays *plays, const double *p, int n, guint32 *out,
                             GError **error);

#endif
