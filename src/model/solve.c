/* The solvers of one row's normal equations,
 *   (a0 Y'Y + lambda I + Y_u' D_u Y_u) x = Y_u' c,  D_u = diag(c - a0),
 * on the principal axes, where a0 Y'Y is diagonal (Hu, Koren, Volinsky 2008, section 4): for
 * few entries a small system of their scores, for more conjugate gradients with the diagonal as
 * preconditioner, and Cholesky in double precision as the reference.
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

/* a0 s + lambda and its inverse. Energies are known to about the seventh digit of the largest
 * one: that much holds an axis along which without lambda nothing would pull. */
static void
make_diagonal(const FalAls *als, FalAlsWorker *w, float lambda)
{
    float a0 = (float)als->settings.unobserved;
    float least = MAX(a0 * als->energies[0] * FLT_EPSILON, FLT_MIN);

    if (w->lambda == lambda)
        return;
    w->lambda = lambda;
    for (int k = 0; k < als->rank; k++) {
        w->diagonal[k] = MAX(a0 * als->energies[k] + lambda, least);
        w->inverse[k] = 1 / w->diagonal[k];
    }
}

/* Gaussian elimination with pivots on n rows of n + 1 columns. A pivot of nothing means an
 * entry of no weight: it pulls at nothing. */
static void
eliminate(double (*m)[FAL_ALS_FEW + 1], int n, double *x)
{
    for (int k = 0; k < n; k++) {
        int pivot = k;

        for (int i = k + 1; i < n; i++)
            pivot = fabs(m[i][k]) > fabs(m[pivot][k]) ? i : pivot;
        for (int j = k; pivot != k && j <= n; j++) {
            double swap = m[k][j];
            m[k][j] = m[pivot][j];
            m[pivot][j] = swap;
        }
        for (int i = k + 1; i < n && m[k][k] != 0; i++) {
            double share = m[i][k] / m[k][k];
            for (int j = k + 1; j <= n; j++)
                m[i][j] -= share * m[k][j];
        }
    }
    for (int k = n - 1; k >= 0; k--) {
        x[k] = m[k][n];
        for (int j = k + 1; j < n; j++)
            x[k] -= m[k][j] * x[j];
        x[k] = fabs(m[k][k]) > 1e-9 ? x[k] / m[k][k] : 0;
    }
}

/* One entry: x = c M^-1 y / (1 + (c - a0) y' M^-1 y), which needs nothing but y. As above, an
 * entry that would make it divide by nothing pulls at nothing. */
static void
solve_one(const FalAlsRow *row)
{
    const FalKernels *k = row->half->als->kernels;
    FalAlsWorker *w = row->worker;
    int stride = row->half->als->stride;
    double inner, below;
    float pull;

    k->scale(row->vectors, w->inverse, stride, w->few);
    inner = k->dot(row->vectors, w->few, stride);
    below = 1 + w->weight[0] * inner;
    pull = (float)(fabs(below) > 1e-9 ? w->confidence[0] / below : 0);
    for (int j = 0; j < stride; j++)
        row->x[j] = pull * w->few[j];
    w->score[0] = (float)(inner * pull);
}

/* With M the diagonal, W = c - a0 and K = Y M^-1 Y' the solution is x = M^-1 Y' e where
 * (1 + W K) e = c: one unknown for each entry (Woodbury). */
static void
solve_few(const FalAlsRow *row)
{
    const FalKernels *k = row->half->als->kernels;
    FalAlsWorker *w = row->worker;
    int stride = row->half->als->stride, n = (int)row->n;
    double inner[FAL_ALS_FEW][FAL_ALS_FEW], m[FAL_ALS_FEW][FAL_ALS_FEW + 1], pull[FAL_ALS_FEW];
    gint64 all;
    const float *y = row_vectors(row, 0, &all);

    for (int i = 0; i < n; i++)
        k->scale(y + i * stride, w->inverse, stride, w->few + i * stride);
    for (int i = 0; i < n; i++) {
        k->dots(w->few + i * stride, n - i, y + i * stride, stride, w->change);
        for (int j = i; j < n; j++)
            inner[i][j] = inner[j][i] = w->change[j - i];
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            m[i][j] = (i == j) + w->weight[i] * inner[i][j];
        m[i][n] = w->confidence[i];
    }
    eliminate(m, n, pull);
    for (int i = 0; i < n; i++) {
        double score = 0;

        for (int j = 0; j < n; j++)
            score += inner[i][j] * pull[j];
        w->score[i] = (float)score;
        w->change[i] = (float)pull[i];
    }
    k->combine(w->few, n, w->change, stride, row->x);
}

/* The residual b - A x into w->residual, the scores into w->score; gathers the vectors on the
 * way. Returns x' M x. */
static float
first_residual(FalAlsRow *row)
{
    const FalAls *als = row->half->als;
    const FalKernels *k = als->kernels;
    FalAlsWorker *w = row->worker;
    const FalCsr *csr = row->half->side->csr;
    const gint32 *end = csr->col + csr->start[csr->n_rows];
    float energy;

    k->scale(row->x, w->diagonal, als->stride, w->residual);
    energy = k->dot(row->x, w->residual, als->stride);
    for (int j = 0; j < als->stride; j++)
        w->residual[j] = -w->residual[j];
    for (gint64 first = 0, n; first < row->n; first += n) {
        const gint32 *col = row->col + first;

        n = MIN(row->n - first, als->capacity);
        k->gather_residual(row->half->fixed, col, n, end - col - n, row->x,
                           w->confidence + first, w->weight + first, als->stride, w->vectors,
                           w->score + first, w->residual);
    }
    if (row->n <= als->capacity)
        row->vectors = w->vectors;
    return energy;
}

/* Conjugate gradients, until the residual is a small share of what it was. The scores follow
 * the steps and need no pass of their own. */
static void
solve_cg(FalAlsRow *row)
{
    const FalAls *als = row->half->als;
    const FalKernels *k = als->kernels;
    FalAlsWorker *w = row->worker;
    int stride = als->stride;
    float energy = first_residual(row), beta = 0, now, next, enough;

    k->scale(w->residual, w->inverse, stride, w->direction);
    now = k->dot(w->residual, w->direction, stride);
    enough = MAX((float)als->settings.accuracy * now, SOLVED * (energy + now));
    for (int step = 0; step < als->settings.steps && now > enough; step++) {
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

        n = MIN(n, FAL_ALS_EXACT_ROWS);
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
        solved = fal_blas_factor(w->matrix, als->rank);
    }
    if (solved)
        fal_blas_solve(w->matrix, als->rank, w->right);
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
    als->kernels->scale(row->x, als->energies, als->stride, w->product);
    sums->all_squares += als->kernels->dot(row->x, w->product, als->stride);
}

gboolean
fal_als_is_warm(const FalAlsHalf *half, gint64 n)
{
    return half->from && half->als->settings.solver == FAL_SOLVER_CG && n > FAL_ALS_FEW;
}

void
fal_als_solve_row(FalAlsRow *row, gint32 number, FalAlsSums *sums)
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
    else if (row->n == 1 && row->vectors)
        solve_one(row);
    else if (row->n <= FAL_ALS_FEW && row->vectors)
        solve_few(row);
    else
        solve_cg(row);

    if (!half->summed)
        return;
    norm = als->kernels->dot(row->x, row->x, als->stride);
    if (!(norm <= LARGEST_NORM) && sums->bad < 0)
        sums->bad = number;
    sums->regularizer += lambda * norm;
    if (half->users)
        add_loss(row, sums);
}
