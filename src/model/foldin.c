/* Fold-in (see foldin.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/foldin.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/kernels.h"
#include "data/bare.h"
#include "model/blas.h"

/* Artists that are turned into doubles at a time. */
#define ROWS 256

struct FalFoldIn {
    const FalModel *model;
    gint64 n;
    gint32 *artists;    /* n, rising */
    float *confidences; /* n */
    double *factor;     /* A's Cholesky factor, rank x rank */
    float *x;           /* stride */
};

void
fal_fold_in_free(FalFoldIn *fold)
{
    if (!fold)
        return;
    fal_free(fold->artists);
    fal_free(fold->confidences);
    fal_free(fold->factor);
    fal_free(fold->x);
    g_free(fold);
}

static gboolean
fold_in_init(FalFoldIn *fold, const gint32 *artists, gint64 n, GError **error)
{
    gsize rank = (gsize)fal_model_factors(fold->model)->rank;

    fold->n = n;
    if (!(fold->artists = FAL_NEW(gint32, MAX(n, 1), error)) ||
        !(fold->confidences = FAL_NEW(float, MAX(n, 1), error)) ||
        !(fold->factor = FAL_NEW(double, rank *rank, error)) ||
        !(fold->x = FAL_NEW(float, FAL_STRIDE(rank), error)))
        return FALSE;
    if (n > 0)
        memcpy(fold->artists, artists, (gsize)n * sizeof *artists);
    return TRUE;
}

/* Adds Y_u' (C - a0) Y_u to the matrix and Y_u' c to the right side. */
static gboolean
add_artists(FalFoldIn *fold, double *right, GError **error)
{
    const FalFactors *f = fal_model_factors(fold->model);
    double a0 = fal_model_settings(fold->model)->unobserved;
    gsize size = ROWS * (gsize)f->rank;
    fal_autofree double *rows = FAL_NEW(double, size, error);
    fal_autofree double *weighted = rows ? FAL_NEW(double, size, error) : NULL;

    if (!weighted)
        return FALSE;
    for (gint64 first = 0; first < fold->n; first += ROWS) {
        int n = (int)MIN(ROWS, fold->n - first);

        for (int i = 0; i < n; i++) {
            const float *y = fal_artist_factors(f, fold->artists[first + i]);
            double c = fold->confidences[first + i];

            for (int k = 0; k < f->rank; k++) {
                rows[i * f->rank + k] = y[k];
                weighted[i * f->rank + k] = (c - a0) * y[k];
                right[k] += c * y[k];
            }
        }
        fal_blas_add_products(weighted, rows, n, f->rank, fold->factor);
    }
    return TRUE;
}

/* A, then its factor, then x. Without lambda A may be singular: a trifle on its diagonal then
 * picks a short one of the many solutions. */
static gboolean
solve(FalFoldIn *fold, GError **error)
{
    static const double trifles[] = {0, 1e-13, 1e-10, 1e-7};
    const FalFactors *f = fal_model_factors(fold->model);
    const FalTrainSettings *s = fal_model_settings(fold->model);
    const double *gram = fal_model_gram(fold->model);
    gsize rank = (gsize)f->rank;
    double lambda = fal_lambda_of(s, fold->n, fal_model_mean_artists(fold->model)), trace = 0;
    fal_autofree double *right = FAL_NEW(double, rank, error);

    for (gsize i = 0; right && i < G_N_ELEMENTS(trifles); i++) {
        memset(right, 0, rank * sizeof *right);
        for (gsize k = 0; k < rank * rank; k++)
            fold->factor[k] = s->unobserved * gram[k];
        for (gsize k = 0; k < rank; k++)
            fold->factor[k * rank + k] += lambda + trifles[i] * trace;
        if (!add_artists(fold, right, error))
            return FALSE;
        for (gsize k = 0; i == 0 && k < rank; k++)
            trace += fold->factor[k * rank + k];
        if (!fal_blas_factor(fold->factor, f->rank))
            continue;
        fal_blas_solve(fold->factor, f->rank, right);
        for (gsize k = 0; k < rank; k++)
            fold->x[k] = (float)right[k];
        return TRUE;
    }
    if (right)
        g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL,
                    "the factors of a listener with %" G_GINT64_FORMAT
                    " artists cannot be solved for: train with a larger lambda",
                    fold->n);
    return FALSE;
}

FalFoldIn *
fal_fold_in_new(const FalModel *model, const gint32 *artists, const guint32 *plays, gint64 n,
                GError **error)
{
    g_autoptr(FalFoldIn) fold = g_new0(FalFoldIn, 1);

    if (fal_model_settings(model)->confidence == FAL_CONFIDENCE_BM25 &&
        fal_dataset_is_bare(fal_model_dataset(model))) {
        g_set_error_literal(
            error, FAL_ERROR, FAL_ERROR_MODEL,
            "confidence=bm25 depends on everybody's plays, and there is only the "
            "model: load its data, then open it again");
        return NULL;
    }
    fold->model = model;
    if (!fold_in_init(fold, artists, n, error))
        return NULL;
    fal_weights_listener(fal_model_weights(model), artists, plays, n, fold->confidences);
    if (n > 0 && !solve(fold, error))
        return NULL;
    return g_steal_pointer(&fold);
}

FalFoldIn *
fal_fold_in_new_user(const FalModel *model, gint32 user, GError **error)
{
    const FalCsr *csr = fal_plays_by_user(fal_model_train(model));

    return fal_fold_in_new(model, csr->col + csr->start[user], csr->plays + csr->start[user],
                           fal_csr_count(csr, user), error);
}

const float *
fal_fold_in_factors(const FalFoldIn *fold)
{
    return fold->x;
}

const gint32 *
fal_fold_in_artists(const FalFoldIn *fold, gint64 *n)
{
    *n = fold->n;
    return fold->artists;
}

const float *
fal_fold_in_confidences(const FalFoldIn *fold)
{
    return fold->confidences;
}

float
fal_fold_in_score(const FalFoldIn *fold, gint32 artist)
{
    const FalFactors *f = fal_model_factors(fold->model);

    return fal_kernels()->dot(fold->x, fal_artist_factors(f, artist), f->stride);
}

int
fal_fold_in_recommend(const FalFoldIn *fold, int k, gboolean known, FalTop *out)
{
    return fal_search_dot(fal_model_search(fold->model), fold->x, k,
                          known ? NULL : fold->artists, known ? 0 : fold->n, out);
}

double
fal_fold_in_explain(const FalFoldIn *fold, gint32 artist, double *contributions)
{
    const FalFactors *f = fal_model_factors(fold->model);
    const float *y = fal_artist_factors(f, artist);
    g_autofree double *z = g_new(double, f->rank);
    double sum = 0;

    if (fold->n == 0)
        return 0;
    for (int k = 0; k < f->rank; k++)
        z[k] = y[k];
    fal_blas_solve(fold->factor, f->rank, z);
    for (gint64 j = 0; j < fold->n; j++) {
        const float *mine = fal_artist_factors(f, fold->artists[j]);
        double product = 0;

        for (int k = 0; k < f->rank; k++)
            product += z[k] * mine[k];
        contributions[j] = fold->confidences[j] * product;
        sum += contributions[j];
    }
    return sum;
}
