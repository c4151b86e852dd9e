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
} FalKernels;

/* The fastest set this processor can run; the environment's FALSETTO_KERNELS=x86-64 (or -v3)
 * asks for a lower level, for tests. */
const FalKernels *fal_kernels(void);

#endif
