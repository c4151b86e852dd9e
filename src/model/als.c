/* One half-step of alternating least squares (als.h says how).
 *
 * What must not depend on the number of threads: the blocks of rows are fixed by the data, each
 * block is one worker's, and all sums are made per block (or per group of blocks) and then
 * added in order.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/als-private.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/parallel.h"
#include "model/blas.h"
#include "model/gram.h"

/* A block of rows to solve ends after so many entries or rows: small enough to share out the
 * work, large enough for a matrix product. */
#define BLOCK_ENTRIES 4096
#define BLOCK_ROWS    512
/* Vectors are gathered for several short rows at once, so many that they stay in the cache. */
#define BATCH_BYTES ((gsize)128 << 10)

static gboolean
cut_blocks(FalAlsSide *side, const FalCsr *csr, GError **error)
{
    gint64 entries = 0;
    gint32 rows = 0;

    side->csr = csr;
    side->mean = (double)csr->start[csr->n_rows] / MAX(csr->n_rows, 1);
    side->block = FAL_NEW(gint32, (gint64)csr->n_rows + 1, error);
    if (!side->block)
        return FALSE;
    for (gint32 row = 0; row < csr->n_rows; row++) {
        entries += fal_csr_count(csr, row);
        if (++rows == BLOCK_ROWS || entries >= BLOCK_ENTRIES || row == csr->n_rows - 1) {
            side->block[++side->n_blocks] = row + 1;
            rows = 0;
            entries = 0;
        }
    }
    return TRUE;
}

static gint64
longest_row(const FalCsr *csr)
{
    gint64 longest = 1;

    for (gint32 row = 0; row < csr->n_rows; row++)
        longest = MAX(longest, fal_csr_count(csr, row));
    return longest;
}

static void
worker_clear(FalAlsWorker *w)
{
    float *const floats[] = {w->vectors,   w->confidence, w->weight,  w->score,
                             w->change,    w->diagonal,   w->inverse, w->residual,
                             w->direction, w->product,    w->few,     w->rows};
    double *const doubles[] = {w->matrix, w->right, w->exact_rows, w->exact_weighted};

    pthread_mutex_destroy(&w->lock);
    for (gsize i = 0; i < G_N_ELEMENTS(floats); i++)
        fal_free(floats[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(doubles); i++)
        fal_free(doubles[i]);
}

static gboolean
worker_init(FalAlsWorker *w, const FalAls *als, gint64 longest, GError **error)
{
    gsize rank = (gsize)als->rank, stride = (gsize)als->stride;
    gboolean exact = als->settings.solver == FAL_SOLVER_EXACT;
    const struct {
        float **array;
        gsize n;
    } floats[] = {
        {&w->vectors, (gsize)als->capacity * stride},
        {&w->confidence, (gsize)longest},
        {&w->weight, (gsize)longest},
        {&w->score, (gsize)longest},
        {&w->change, (gsize)longest},
        {&w->diagonal, stride},
        {&w->inverse, stride},
        {&w->residual, stride},
        {&w->direction, stride},
        {&w->product, stride},
        {&w->few, FAL_ALS_FEW * stride},
        {&w->rows, BLOCK_ROWS * stride},
    };
    const struct {
        double **array;
        gsize n;
    } doubles[] = {
        {&w->matrix, rank * rank},
        {&w->right, rank},
        {&w->exact_rows, FAL_ALS_EXACT_ROWS * rank},
        {&w->exact_weighted, FAL_ALS_EXACT_ROWS * rank},
    };

    w->lambda = NAN;
    for (gsize i = 0; i < G_N_ELEMENTS(floats); i++) {
        *floats[i].array = FAL_NEW(float, floats[i].n, error);
        if (!*floats[i].array)
            return FALSE;
    }
    for (gsize i = 0; exact && i < G_N_ELEMENTS(doubles); i++) {
        *doubles[i].array = FAL_NEW(double, doubles[i].n, error);
        if (!*doubles[i].array)
            return FALSE;
    }
    return TRUE;
}

static gboolean
als_init(FalAls *als, const FalPlays *plays, gsize buffer, GError **error)
{
    gsize square = (gsize)als->rank * (gsize)als->rank;
    gint64 longest, batch = MAX((gint64)(BATCH_BYTES / sizeof(float)) / als->stride, 1);

    if (!(als->weights = fal_weights_new(plays, &als->settings, error)) ||
        !cut_blocks(&als->side[FALSE], fal_plays_by_artist(plays), error) ||
        !cut_blocks(&als->side[TRUE], fal_plays_by_user(plays), error) ||
        !(als->block_sums =
              FAL_NEW(FalAlsSums, MAX(als->side[0].n_blocks, als->side[1].n_blocks), error)) ||
        !(als->gram = FAL_NEW(double, square, error)) ||
        !(als->values = FAL_NEW(double, als->rank, error)) ||
        !(als->axes = FAL_NEW(float, square, error)) ||
        !(als->turn[0] = FAL_NEW(float, square, error)) ||
        !(als->turn[1] = FAL_NEW(float, square, error)) ||
        !(als->energies = FAL_NEW(float, als->stride, error)))
        return FALSE;
    longest = MAX(longest_row(als->side[0].csr), longest_row(als->side[1].csr));
    als->capacity = MAX((gint64)(buffer / sizeof(float)) / als->stride, 1);
    als->capacity = MIN(als->capacity, MAX(longest, batch));
    als->n_workers = fal_parallel_threads();
    als->worker = g_new0(FalAlsWorker, als->n_workers);
    for (int i = 0; i < als->n_workers; i++)
        pthread_mutex_init(&als->worker[i].lock, NULL);
    for (int i = 0; i < als->n_workers; i++)
        if (!worker_init(&als->worker[i], als, longest, error))
            return FALSE;
    return TRUE;
}

static FalAlsWorker *
claim(FalAls *als, int worker)
{
    FalAlsWorker *w = &als->worker[worker % als->n_workers];

    pthread_mutex_lock(&w->lock);
    return w;
}

static void
release(FalAlsWorker *w)
{
    pthread_mutex_unlock(&w->lock);
}

static gboolean
is_cancelled(FalAlsHalf *half)
{
    if (g_atomic_int_get(&half->cancelled))
        return TRUE;
    if (!fal_task_cancelled(half->task))
        return FALSE;
    g_atomic_int_set(&half->cancelled, TRUE);
    return TRUE;
}

static gint64
count_blocks(gint32 n_rows)
{
    return ((gint64)n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
}

/* The axes from Y'Y: by falling energy; a vector and its opposite are the same axis, so the
 * component that is largest (the first of equals) is made positive. */
static gboolean
make_axes(FalAls *als, GError **error)
{
    int rank = als->rank;

    if (!fal_blas_eigen(als->gram, rank, als->values, error))
        return FALSE;
    for (int k = 0; k < rank; k++) {
        const double *vector = als->gram + (gsize)(rank - 1 - k) * (gsize)rank;
        double largest = 0;

        for (int i = 0; i < rank; i++)
            if (fabs(vector[i]) > fabs(largest))
                largest = vector[i];
        for (int i = 0; i < rank; i++)
            als->axes[i * rank + k] = (float)(largest < 0 ? -vector[i] : vector[i]);
        als->energies[k] = (float)MAX(als->values[rank - 1 - k], 0);
    }
    return TRUE;
}

typedef struct {
    FalAls *als;
    float *rows;
    gint32 n;
    const float *axes;
} Turn;

static void
turn_block(gint64 block, int worker, gpointer data)
{
    Turn *t = data;
    gsize stride = (gsize)t->als->stride;
    float *rows = t->rows + (gsize)block * BLOCK_ROWS * stride;
    int n = (int)MIN(BLOCK_ROWS, t->n - block * BLOCK_ROWS);
    FalAlsWorker *w = claim(t->als, worker);

    fal_blas_rotate(rows, n, t->als->rank, t->als->stride, t->axes, w->rows);
    memcpy(rows, w->rows, (gsize)n * stride * sizeof *rows);
    release(w);
}

/* Turns rows in place; not to be cancelled half-way. */
static void
turn_rows(FalAls *als, float *rows, gint32 n, const float *axes)
{
    Turn turn = {.als = als, .rows = rows, .n = n, .axes = axes};

    fal_parallel_for(count_blocks(n), turn_block, &turn);
}

/* Puts the rows' last factors, turned to the new axes, where the new ones will be. */
static void
start_block(const FalAlsHalf *half, gint32 first, gint32 last, float *scratch)
{
    const FalCsr *csr = half->side->csr;
    const FalAls *als = half->als;
    gsize stride = (gsize)als->stride, at = (gsize)first * stride;
    float *to = half->to == half->from ? scratch : half->to + at;
    gboolean warm = FALSE;

    for (gint32 row = first; row < last; row++)
        warm = warm || fal_als_is_warm(half, fal_csr_count(csr, row));
    if (!warm)
        return;
    fal_blas_rotate(half->from + at, last - first, als->rank, als->stride, als->axes, to);
    if (to == scratch)
        memcpy(half->to + at, to, (gsize)(last - first) * stride * sizeof *to);
}

/* Conjugate gradients gather the vectors themselves. */
static gboolean
is_gathered(const FalAlsHalf *half, gint64 n)
{
    return half->als->settings.solver == FAL_SOLVER_EXACT || n <= FAL_ALS_FEW;
}

/* Where the run of rows from first on ends whose vectors are gathered together. */
static gint32
end_of_batch(const FalAlsHalf *half, gint32 first, gint32 last)
{
    const FalCsr *csr = half->side->csr;
    gint64 most =
        MIN((gint64)(BATCH_BYTES / sizeof(float)) / half->als->stride, half->als->capacity);
    gint32 row = first + 1;

    if (!is_gathered(half, fal_csr_count(csr, first)))
        return row;
    while (row < last && csr->start[row + 1] - csr->start[first] <= most &&
           is_gathered(half, fal_csr_count(csr, row)))
        row++;
    return row;
}

static void
solve_block(gint64 block, int worker, gpointer data)
{
    FalAlsHalf *half = data;
    FalAls *als = half->als;
    const FalCsr *csr = half->side->csr;
    gint32 first = half->side->block[block], last = half->side->block[block + 1], end;
    FalAlsSums sums = {.bad = -1};
    FalAlsWorker *w;

    if (is_cancelled(half))
        return;
    w = claim(als, worker);
    start_block(half, first, last, w->rows);
    for (gint32 start = first; start < last; start = end) {
        end = end_of_batch(half, start, last);
        gint64 from = csr->start[start], n = csr->start[end] - from;
        gboolean fits = n <= als->capacity && is_gathered(half, fal_csr_count(csr, start));

        if (fits)
            als->kernels->gather(half->fixed, csr->col + from, n, als->stride, w->vectors);
        for (gint32 number = start; number < end; number++) {
            FalAlsRow row = {
                .half = half,
                .worker = w,
                .col = csr->col + csr->start[number],
                .n = fal_csr_count(csr, number),
                .vectors = fits ? w->vectors + (csr->start[number] - from) * als->stride : NULL,
                .x = half->to + (gsize)number * (gsize)als->stride,
            };
            fal_als_solve_row(&row, number, &sums);
        }
    }
    release(w);
    als->block_sums[block] = sums;
    fal_task_add(half->task, (double)(csr->start[last] - csr->start[first]));
}

FalAls *
fal_als_new(const FalPlays *plays, const FalTrainSettings *settings, gsize buffer,
            GError **error)
{
    g_autoptr(FalAls) als = g_new0(FalAls, 1);

    fal_blas_init();
    als->kernels = fal_kernels();
    als->settings = *settings;
    als->rank = settings->rank;
    als->stride = FAL_STRIDE(settings->rank);
    if (!als_init(als, plays, buffer, error))
        return NULL;
    return g_steal_pointer(&als);
}

void
fal_als_free(FalAls *als)
{
    if (!als)
        return;
    for (int i = 0; als->worker && i < als->n_workers; i++)
        worker_clear(&als->worker[i]);
    g_free(als->worker);
    fal_weights_free(als->weights);
    fal_free(als->side[0].block);
    fal_free(als->side[1].block);
    fal_free(als->block_sums);
    fal_free(als->gram);
    fal_free(als->values);
    fal_free(als->axes);
    fal_free(als->turn[0]);
    fal_free(als->turn[1]);
    fal_free(als->energies);
    g_free(als);
}

static void
add_blocks(const FalAlsHalf *half, FalAlsSums *sums)
{
    *sums = (FalAlsSums){.bad = -1};
    for (gint64 block = 0; block < half->side->n_blocks; block++) {
        const FalAlsSums *b = &half->als->block_sums[block];

        sums->observed += b->observed;
        sums->squares += b->squares;
        sums->all_squares += b->all_squares;
        sums->regularizer += b->regularizer;
        if (sums->bad < 0)
            sums->bad = b->bad;
    }
}

gboolean
fal_als_half(FalAls *als, gboolean users, float *fixed, const float *from, float *to,
             FalAlsSums *sums, FalTask *task, GError **error)
{
    FalAlsHalf half = {
        .als = als,
        .side = &als->side[users ? 1 : 0],
        .users = users,
        .fixed = fixed,
        .n_fixed = als->side[users ? 1 : 0].csr->n_cols,
        .from = from,
        .to = to,
        .summed = sums != NULL,
        .task = task,
    };
    gint64 began = g_get_monotonic_time(), turned;

    for (int i = 0; i < als->n_workers; i++)
        als->worker[i].lambda = NAN;
    if (!fal_gram(fixed, half.n_fixed, als->rank, als->stride, als->gram, task, error) ||
        !make_axes(als, error))
        return FALSE;
    turn_rows(als, fixed, half.n_fixed, als->axes);
    if (users)
        fal_blas_rotate(als->turn[0], als->rank, als->rank, als->rank, als->axes, als->turn[1]);
    else
        memcpy(als->turn[0], als->axes,
               (gsize)als->rank * (gsize)als->rank * sizeof *als->axes);
    turned = g_get_monotonic_time();
    fal_parallel_for(half.side->n_blocks, solve_block, &half);
    if (fal_task_stopped(task, error))
        return FALSE;
    if (sums) {
        add_blocks(&half, sums);
        sums->axes = (double)(turned - began) / G_USEC_PER_SEC;
        sums->solve = (double)(g_get_monotonic_time() - turned) / G_USEC_PER_SEC;
    }
    return TRUE;
}

typedef struct {
    FalAls *als;
    const float *before, *now;
    float momentum;
    float *out;
} Extrapolate;

static void
extrapolate_block(gint64 block, int worker, gpointer data)
{
    const Extrapolate *it = data;
    FalAls *als = it->als;
    gsize stride = (gsize)als->stride, at = (gsize)block * BLOCK_ROWS * stride;
    int n = (int)MIN(BLOCK_ROWS, als->side[TRUE].csr->n_rows - block * BLOCK_ROWS);
    FalAlsWorker *w = claim(als, worker);

    fal_blas_rotate(it->before + at, n, als->rank, als->stride, als->turn[1], w->rows);
    for (gsize i = 0; i < (gsize)n * stride; i++)
        it->out[at + i] = it->now[at + i] + it->momentum * (it->now[at + i] - w->rows[i]);
    release(w);
}

void
fal_als_extrapolate(FalAls *als, const float *before, const float *now, double momentum,
                    float *out)
{
    Extrapolate it = {als, before, now, (float)momentum, out};

    fal_parallel_for(count_blocks(als->side[TRUE].csr->n_rows), extrapolate_block, &it);
}
