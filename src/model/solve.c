/* The solvers of one row's normal equations,
 *   (a0 Y'Y + lambda I + Y_u' D_u Y_u) x = Y_u' c,  D_u = diag(c - a0),
 * on the principal axes, where a0 Y'Y is diagonal (Hu, Koren, Volinsky 2008, section 4): a
 * closed form for one entry, preconditioned conjugate gradients, and Cholesky in double
 * precision as the reference.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/als-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "model/blas.h"

/* A row is solved once its residual is so small a share of its energy, both squared: what
 * single precision can tell. */
#define SOLVED 1e-13f
/* Of factors within this bound no product of two blocks overflows. */
#define LARGEST_NORM 1e30f

/* The vectors of the row's entries from `first` on, as many as there are at hand. */
static const float *
row_vectors(const FalAlsRow *row, gint64 first, gint64 *n)
{
    const FalAls *als = row->half->als;

    *n = row->n - first;
    if (row->vectors)
        return row->vectors + first * als->stride;
    *n = MIN(*n, als->capacity);
    als->kernels->gather(row->half->fixed, row->col + first, *n, als->stride,
                         row->worker->vectors);
    return row->worker->vectors;
}

/* a0 s + lambda and its inverse. Where lambda is 0 and an axis has no energy nothing pulls
 * along it, and rounding would be blown up there: a trifle holds it. */
static void
make_diagonal(const FalAls *als, FalAlsWorker *w, float lambda)
{
    float a0 = (float)als->settings.unobserved;
    float least = 1e-6f * (a0 * als->energies[0] + lambda);

    if (w->lambda == lambda)
        return;
    w->lambda = lambda;
    for (int k = 0; k < als->rank; k++) {
        w->diagonal[k] = MAX(a0 * als->energies[k] + lambda, least);
        w->inverse[k] = 1 / MAX(w->diagonal[k], FLT_MIN);
    }
}

/* One entry has a closed form (Sherman and Morrison). a0 y'M^-1 y is at most 1. */
static void
solve_single(const FalAlsRow *row)
{
    const FalAls *als = row->half->als;
    FalAlsWorker *w = row->worker;
    float c = w->confidence[0], a0 = (float)als->settings.unobserved, yy, below;
    gint64 n;
    const float *y = row_vectors(row, 0, &n);

    memset(w->direction, 0, (gsize)als->stride * sizeof(float));
    als->kernels->turn(y, w->inverse, w->diagonal, 0, als->stride, w->direction, w->product);
    yy = als->kernels->dot(y, w->direction, als->stride);
    below = c * yy + MAX(1 - a0 * yy, 0);
    for (int k = 0; k < als->stride; k++)
        row->x[k] = below > 0 ? c / below * w->direction[k] : 0;
    w->score[0] = below > 0 ? c / below * yy : 0;
}

/* The residual b - A x into w->residual, the scores into w->score; x must be zero where it is
 * not warm. */
static void
first_residual(const FalAlsRow *row, gboolean warm)
{
    const FalAls *als = row->half->als;
    const FalKernels *k = als->kernels;
    FalAlsWorker *w = row->worker;
    float a0 = (float)als->settings.unobserved;

    for (int j = 0; j < als->stride; j++)
        w->residual[j] = -w->diagonal[j] * row->x[j];
    for (gint64 first = 0, n; first < row->n; first += n) {
        const float *vectors = row_vectors(row, first, &n);
        float *score = w->score + first, *pull = w->change + first;
        const float *c = w->confidence + first;

        if (warm)
            k->dots(vectors, n, row->x, als->stride, score);
        else
            memset(score, 0, (gsize)n * sizeof *score);
        for (gint64 i = 0; i < n; i++)
            pull[i] = c[i] * (1 - score[i]) + a0 * score[i];
        k->combine(vectors, n, pull, als->stride, w->residual);
    }
}

/* Conjugate gradients, preconditioned by the diagonal. From zero they are exact after as many
 * steps as there are entries, but for rounding: with large confidences it takes more, so the
 * steps are not cut to that. The scores follow the steps and need no pass of their own. */
static void
solve_cg(const FalAlsRow *row, gboolean warm)
{
    const FalAls *als = row->half->als;
    const FalKernels *k = als->kernels;
    FalAlsWorker *w = row->worker;
    int stride = als->stride, steps = als->settings.steps;
    float now, next, beta = 0, energy;

    first_residual(row, warm);
    /* x' M x first, then the residual's length by a step of no length. */
    memset(w->direction, 0, (gsize)stride * sizeof(float));
    k->turn(row->x, w->diagonal, w->inverse, 0, stride, w->direction, w->product);
    energy = k->dot(row->x, w->direction, stride);
    memset(w->direction, 0, (gsize)stride * sizeof(float));
    now = k->step(w->direction, w->direction, w->inverse, 0, stride, row->x, w->residual);
    energy += now;
    for (int step = 0; step < steps && now > SOLVED * energy; step++) {
        float curvature, length;

        k->turn(w->residual, w->inverse, w->diagonal, beta, stride, w->direction, w->product);
        for (gint64 first = 0, n; first < row->n; first += n) {
            const float *vectors = row_vectors(row, first, &n);
            k->normal(vectors, n, w->direction, w->weight + first, stride, w->change + first,
                      w->product);
        }
        curvature = k->dot(w->direction, w->product, stride);
        if (!(curvature > 0))
            break;
        length = now / curvature;
        next =
            k->step(w->direction, w->product, w->inverse, length, stride, row->x, w->residual);
        for (gint64 i = 0; i < row->n; i++)
            w->score[i] += length * w->change[i];
        beta = next / now;
        now = next;
    }
}

/* The matrix and the right side in double precision, with `more` on the diagonal. */
static void
make_exact(const FalAlsRow *row, double more)
{
    const FalAls *als = row->half->als;
    FalAlsWorker *w = row->worker;
    int rank = als->rank;

    memset(w->matrix, 0, (gsize)rank * (gsize)rank * sizeof *w->matrix);
    memset(w->right, 0, (gsize)rank * sizeof *w->right);
    for (int k = 0; k < rank; k++)
        w->matrix[k * rank + k] = w->diagonal[k] + more;
    for (gint64 first = 0, n; first < row->n; first += n) {
        const float *vectors = row_vectors(row, first, &n);

        n = MIN(n, EXACT_ROWS);
        for (gint64 i = 0; i < n; i++) {
            double c = w->confidence[first + i];
            for (int k = 0; k < rank; k++) {
                double y = vectors[i * als->stride + k];
                w->exact_rows[i * rank + k] = y;
                w->exact_weighted[i * rank + k] = (c - als->settings.unobserved) * y;
                w->right[k] += c * y;
            }
        }
        fal_blas_add_products(w->exact_weighted, w->exact_rows, (int)n, rank, w->matrix);
    }
}

/* Without lambda the matrix may be singular: a trifle on its diagonal then picks a short one of
 * the many solutions. */
static void
solve_exact(const FalAlsRow *row)
{
    static const double trifles[] = {0, 1e-13, 1e-10, 1e-7};
    const FalAls *als = row->half->als;
    FalAlsWorker *w = row->worker;
    gboolean solved = FALSE;
    double trace = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(trifles) && !solved; i++) {
        make_exact(row, trifles[i] * trace);
        for (int k = 0; i == 0 && k < als->rank; k++)
            trace += w->matrix[k * als->rank + k];
        solved = fal_blas_solve(w->matrix, als->rank, w->right);
    }
    for (int k = 0; k < als->rank; k++)
        row->x[k] = solved ? (float)w->right[k] : NAN;
    for (gint64 first = 0, n; first < row->n; first += n) {
        const float *vectors = row_vectors(row, first, &n);
        als->kernels->dots(vectors, n, row->x, als->stride, w->score + first);
    }
}

static void
add_loss(const FalAlsRow *row, FalAlsSums *sums)
{
    const FalAls *als = row->half->als;
    FalAlsWorker *w = row->worker;
    double observed = 0, squares = 0;

    for (gint64 i = 0; i < row->n; i++) {
        double s = w->score[i];
        observed += w->confidence[i] * (1 - s) * (1 - s);
        squares += s * s;
    }
    sums->observed += observed;
    sums->squares += squares;
    memset(w->direction, 0, (gsize)als->stride * sizeof(float));
    als->kernels->turn(row->x, als->energies, w->diagonal, 0, als->stride, w->direction,
                       w->product);
    sums->all_squares += als->kernels->dot(row->x, w->direction, als->stride);
}

gboolean
fal_als_is_warm(const FalAlsHalf *half, gint64 n)
{
    return half->from && half->als->settings.solver == FAL_SOLVER_CG &&
           n > half->als->settings.steps;
}

void
fal_als_solve_row(const FalAlsRow *row, gint32 number, FalAlsSums *sums)
{
    const FalAlsHalf *half = row->half;
    const FalAls *als = half->als;
    FalAlsWorker *w = row->worker;
    float a0 = (float)als->settings.unobserved, norm;
    double lambda = fal_lambda_of(&als->settings, row->n, half->side->mean);

    if (!fal_als_is_warm(half, row->n))
        memset(row->x, 0, (gsize)als->stride * sizeof(float));
    if (row->n == 0)
        return;
    fal_weights_row(als->weights, half->users, number, w->confidence);
    for (gint64 i = 0; i < row->n; i++)
        w->weight[i] = w->confidence[i] - a0;
    make_diagonal(als, w, (float)lambda);
    if (als->settings.solver == FAL_SOLVER_EXACT)
        solve_exact(row);
    else if (row->n == 1)
        solve_single(row);
    else
        solve_cg(row, fal_als_is_warm(half, row->n));

    norm = als->kernels->dot(row->x, row->x, als->stride);
    if (!(norm <= LARGEST_NORM) && sums->bad < 0)
        sums->bad = number;
    sums->regularizer += lambda * norm;
    if (half->users)
        add_loss(row, sums);
}
