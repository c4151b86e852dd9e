/* Vector kernels: the inner loops of the solver and the search.
 *
 * They are compiled for several x86-64 levels in one binary (kernels-impl.h) and chosen once,
 * by what the processor has; elsewhere there is the plain C one. A vector of factors has
 * `stride` floats, a multiple of FAL_LANES, aligned to 32 bytes, those from rank on zero: so no
 * loop has a remainder. Rows of a gathered buffer lie stride floats apart.
 *
 * Each sums in an order that depends on stride and n only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_BASE_KERNELS_H
#define FAL_BASE_KERNELS_H

#include <glib.h>

#define FAL_LANES        8
#define FAL_STRIDE(rank) (((rank) + FAL_LANES - 1) / FAL_LANES * FAL_LANES)
#define FAL_BLOCK_ROWS   128
#define FAL_WORDS        16

typedef struct {
    const char *level; /* "x86-64-v3" */

    /* a . b */
    float (*dot)(const float *a, const float *b, int stride);
    /* out[i] = rows[i] . p */
    void (*dots)(const float *rows, gint64 n, const float *p, int stride, float *out);
    /* t_i = rows[i] . p; scores[i] = t_i; out += sum_i weight[i] t_i rows[i] */
    void (*normal)(const float *rows, gint64 n, const float *p, const float *weight, int stride,
                   float *scores, float *out);
    /* out += sum_i weight[i] rows[i] */
    void (*combine)(const float *rows, gint64 n, const float *weight, int stride, float *out);
    /* buffer[i] = table[index[i]] */
    void (*gather)(const float *table, const gint32 *index, gint64 n, int stride,
                   float *buffer);
    /* The same while the rows are used for the first time, which hides behind waiting for them:
     * scores[i] = buffer[i] . p; out += sum_i (pull[i] - weight[i] scores[i]) buffer[i].
     * `more` indices can be read behind the n: their rows are asked for. */
    void (*gather_residual)(const float *table, const gint32 *index, gint64 n, gint64 more,
                            const float *p, const float *pull, const float *weight, int stride,
                            float *buffer, float *scores, float *out);

    /* The parts of a conjugate-gradient step that need no rows. The next direction:
     * p = inverse .* residual + beta p; q = diagonal .* p. Where beta is 0 p is only written.
     */
    void (*turn)(const float *residual, const float *inverse, const float *diagonal, float beta,
                 int stride, float *p, float *q);
    /* out = a .* b */
    void (*scale)(const float *a, const float *b, int stride, float *out);
    /* x += length p; residual -= length q; returns residual . (inverse .* residual) */
    float (*step)(const float *p, const float *q, const float *inverse, float length,
                  int stride, float *x, float *residual);

    /* Products of small whole numbers, for bounds; the same at every level. No sum may leave 16
     * bits: who makes the vectors sees to it that |row| |query| <= G_MAXINT16.
     *
     * block has FAL_BLOCK_ROWS rows of width bytes and lies by columns: word i of a column has
     * row i's byte plus 128 below and that of row i + FAL_BLOCK_ROWS / 2 above. */
    /* sums[i] = row i . query; returns the largest. sums is aligned to 32 bytes. */
    gint16 (*products)(const guint16 *block, const gint16 *query, int width, gint16 *sums);
    /* Writes the places of those of FAL_BLOCK_ROWS sums that are at least `least` to places,
     * rising, and returns how many. */
    int (*above)(const gint16 *sums, gint16 least, guint8 *places);
    /* out[i] = rows[index[i]] . (even, odd): a row has width bytes, a multiple of
     * 2 * FAL_WORDS, even the query's entries for its even bytes, odd the others. */
    void (*dots_bytes)(const gint8 *rows, const gint32 *index, gint64 n, const gint16 *even,
                       const gint16 *odd, int width, gint32 *out);
    /* bytes[j] = row[j] factor, rounded, where that is within a byte; returns the sum of the
     * squares of what rounding took off. */
    float (*to_bytes)(const float *row, float factor, int stride, gint8 *bytes);

    /* Writes the places i < n, rising, with text[i] == first and text[i + apart] == last, and
     * returns how many; n is at most 65536, and there are n + apart bytes of text. */
    int (*pairs)(const char *text, int n, char first, char last, gsize apart, guint16 *places);
} FalKernels;

/* The fastest set this processor can run; the environment's FALSETTO_KERNELS=x86-64 (or -v3)
 * asks for a lower level, for tests. */
const FalKernels *fal_kernels(void);

#endif
