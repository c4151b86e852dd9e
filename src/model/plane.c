/* Artists on a plane (see plane.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/plane.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "model/blas.h"

#define BLOCK 16384

/* --- single axes --- */

typedef struct {
    const FalFactors *factors;
    const FalCsr *seen; /* NULL: nobody knows */
    const int *axis;
    float *const *out;
} Axes;

/* Whether there are factors, for a model whose plays are not at hand. */
static gboolean
is_known(const float *row, int rank)
{
    int k = 0;

    while (k < rank && row[k] == 0)
        k++;
    return k < rank;
}

/* Both at once, as what takes time is to bring the rows in. */
static void
axes_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Axes *axes = data;
    gint32 first = (gint32)(block * BLOCK);
    gint32 end = MIN(first + BLOCK, axes->factors->n_artists);

    for (gint32 i = first; i < end; i++) {
        const float *row = fal_artist_factors(axes->factors, i);
        gboolean seen = axes->seen ? axes->seen->start[i + 1] > axes->seen->start[i]
                                   : is_known(row, axes->factors->rank);
        for (int d = 0; d < 2; d++)
            if (axes->out[d])
                axes->out[d][i] = seen ? row[axes->axis[d]] : NAN;
    }
}

void
fal_plane_axes(const FalModel *model, const int axis[2], float *const out[2])
{
    const FalFactors *factors = fal_model_factors(model);
    const FalPlays *train = fal_model_train(model);
    const FalCsr *seen = fal_plays_n_pairs(train) > 0 ? fal_plays_by_artist(train) : NULL;
    Axes job = {factors, seen, axis, out};

    for (int d = 0; d < 2; d++)
        g_return_if_fail(axis[d] >= 0 && axis[d] < factors->rank);
    fal_parallel_for(((gint64)factors->n_artists + BLOCK - 1) / BLOCK, axes_block, &job);
}

double
fal_plane_share(const FalModel *model, int axis)
{
    int rank = fal_model_factors(model)->rank;
    const double *gram = fal_model_gram(model);
    double sum = 0;

    for (int i = 0; i < rank; i++)
        sum += gram[i * rank + i];
    return sum > 0 ? gram[axis * rank + axis] / sum : 0;
}

/* --- main directions --- */

/* The rows as doubles, seen from their mean. */
static void
centre(const float *rows, gint32 n, int rank, int stride, double *out)
{
    g_autofree double *mean = g_new0(double, rank);

    for (gint32 i = 0; i < n; i++)
        for (int j = 0; j < rank; j++)
            mean[j] += (double)rows[(gsize)i * (gsize)stride + (gsize)j] / n;
    for (gint32 i = 0; i < n; i++)
        for (int j = 0; j < rank; j++)
            out[(gsize)i * (gsize)rank + (gsize)j] =
                (double)rows[(gsize)i * (gsize)stride + (gsize)j] - mean[j];
}

/* Turns a direction so that its largest entry is positive: an eigenvector's sign is chance. */
static void
orient(double *direction, int rank)
{
    int largest = 0;

    for (int j = 1; j < rank; j++)
        if (fabs(direction[j]) > fabs(direction[largest]))
            largest = j;
    if (direction[largest] < 0)
        for (int j = 0; j < rank; j++)
            direction[j] = -direction[j];
}

gboolean
fal_plane_principal(const float *rows, gint32 n, int rank, int stride, float *x, float *y,
                    double share[2], GError **error)
{
    fal_autofree double *centred = FAL_NEW(double, MAX(1, (gint64)n * rank), error);
    fal_autofree double *matrix = centred ? FAL_NEW(double, rank *rank, error) : NULL;
    fal_autofree double *values = matrix ? FAL_NEW(double, rank, error) : NULL;
    float *to[2] = {x, y};
    double sum = 0;

    if (!values)
        return FALSE;
    fal_blas_init();
    memset(matrix, 0, (gsize)rank * (gsize)rank * sizeof *matrix);
    centre(rows, n, rank, stride, centred);
    if (n > 0)
        fal_blas_add_products(centred, centred, n, rank, matrix);
    if (!fal_blas_eigen(matrix, rank, values, error))
        return FALSE;
    for (int j = 0; j < rank; j++)
        sum += MAX(values[j], 0);
    for (int d = 0; d < 2; d++) {
        int at = rank - 1 - d;
        share[d] = at >= 0 && sum > 0 ? MAX(values[at], 0) / sum : 0;
        if (at >= 0)
            orient(matrix + (gsize)at * (gsize)rank, rank);
        for (gint32 i = 0; i < n; i++) {
            double place = 0;
            for (int j = 0; at >= 0 && j < rank; j++)
                place += centred[(gsize)i * (gsize)rank + (gsize)j] * matrix[at * rank + j];
            to[d][i] = (float)place;
        }
    }
    return TRUE;
}

static int
compare_rows(gconstpointer a, gconstpointer b)
{
    gint32 x = *(const gint32 *)a, y = *(const gint32 *)b;

    return (x > y) - (x < y);
}

gint32
fal_plane_around(const FalModel *model, gint32 artist, int k, gint32 *artists, float *x,
                 float *y, double share[2], GError **error)
{
    const FalFactors *factors = fal_model_factors(model);
    gsize stride = (gsize)factors->stride;
    g_autofree FalTop *top = g_new(FalTop, k);
    gint32 n = fal_model_similar(model, artist, k, top);
    fal_autofree float *rows = FAL_NEW(float, (gsize)(n + 1) * stride, error);

    if (!rows)
        return 0;
    artists[n] = artist;
    for (gint32 i = 0; i < n; i++)
        artists[i] = top[i].row;
    qsort(artists, (size_t)n + 1, sizeof *artists, compare_rows);
    for (gint32 i = 0; i <= n; i++) {
        const float *from = fal_artist_factors(factors, artists[i]);
        float *to = rows + (gsize)i * stride;
        double square = 0;
        for (gsize j = 0; j < stride; j++)
            square += (double)from[j] * (double)from[j];
        for (gsize j = 0; j < stride; j++)
            to[j] = square > 0 ? (float)(from[j] / sqrt(square)) : 0;
    }
    if (!fal_plane_principal(rows, n + 1, factors->rank, factors->stride, x, y, share, error))
        return 0;
    return n + 1;
}
