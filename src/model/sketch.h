/* Sketches: small whole-number copies of rows, from which an upper bound of a cosine follows
 * without reading the row.
 *
 * Rows are taken as unit vectors and lie in an order that the caller gives. Of each there are
 *   outline   the first axes as bytes, and the norms of what is left, in two parts: by
 *             Cauchy-Schwarz x.y <= head.head + |x1||y1| + |x2||y2|. In blocks of
 *             FAL_BLOCK_ROWS, by columns, so that a scan over all rows reads them as they lie;
 *   fine      all axes as bytes, row by row, for those whose outline does not rule them out.
 * Both bounds hold for exact arithmetic and for a float kernel's score: they include what
 * rounding to bytes and to floats can take away.
 *
 * Immutable once made; any thread may ask.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_SKETCH_H
#define FAL_MODEL_SKETCH_H

#include "base/kernels.h"
#include "model/settings.h"

#define FAL_OUTLINE_MAX 32

typedef struct {
    const FalKernels *kernels;
    gint32 n;
    int stride;
    int head, width;  /* axes, and bytes, of an outline; width - head norms */
    int fine_width;   /* bytes of a fine copy; 0 where the outline has all axes */
    guint16 *outline; /* blocks of width x FAL_BLOCK_ROWS bytes */
    gint8 *fine;      /* n x fine_width */
    double outline_error, fine_error; /* the largest |row - its copy| */
} FalSketch;

/* What a query is to the sketches: whole numbers, what one is worth, and the slack. */
typedef struct {
    gint16 outline[FAL_OUTLINE_MAX];
    gint16 even[FAL_STRIDE(FAL_MAX_RANK) / 2 + 2 * FAL_WORDS] __attribute__((aligned(32)));
    gint16 odd[FAL_STRIDE(FAL_MAX_RANK) / 2 + 2 * FAL_WORDS] __attribute__((aligned(32)));
    double unit, outline_slack, fine_slack;
} FalSketchQuery;

/* How far, relative to |x||y|, a computed score or norm may be from the exact one. Holds as
 * long as no square of a norm leaves the floats: FAL_SKETCH_SMALLEST .. _LARGEST. */
double fal_sketch_rounding(int stride);
#define FAL_SKETCH_SMALLEST 1e-15f
#define FAL_SKETCH_LARGEST  1e15f

/* Makes them in parallel: of rows[order[i]] / norm[i], n of them. FALSE with
 * FAL_ERROR_MEMORY. */
gboolean fal_sketch_init(FalSketch *sketch, const float *rows, const gint32 *order,
                         const float *norm, gint32 n, int stride, GError **error);
void fal_sketch_clear(FalSketch *sketch);

/* For a query with this norm, which is in the range above. */
void fal_sketch_query(const FalSketch *sketch, const float *query, float norm,
                      FalSketchQuery *out);
/* What the outlines say of the cosines of the query with the rows of a block, as whole numbers:
 * FAL_BLOCK_ROWS of them, aligned to 32 bytes, those behind the last row without meaning.
 * Returns the largest. */
int fal_sketch_sums(const FalSketch *sketch, const FalSketchQuery *query, gint32 block,
                    gint16 *sums);
/* The least of those numbers that stands for a cosine of `need` or more. */
int fal_sketch_least(const FalSketchQuery *query, double need);
/* Keeps those of n positions whose cosine can be `need` or more by their fine copies, n at most
 * FAL_BLOCK_ROWS; returns how many. */
int fal_sketch_refine(const FalSketch *sketch, const FalSketchQuery *query, double need,
                      gint32 *positions, int n);

#endif
