/* A trained model (see model.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/model.h"

#include <string.h>

#include "base/alloc.h"
#include "base/kernels.h"
#include "base/parallel.h"
#include "data/bare.h"
#include "model/blas.h"
#include "model/gram.h"

/* Users that a parallel block of many takes. */
#define MANY_USERS 32

struct FalModel {
    gatomicrefcount refs;
    FalDataset *dataset;
    FalPlays *train;
    guint64 trained;  /* fingerprint of plays that are not at hand, 0 where train has them */
    gint64 pairs;     /* it was trained on */
    gboolean foreign; /* nobody knows whether train is what it was trained on */
    FalTrainSettings settings;
    FalFactors factors;
    FalWeights *weights;
    double *gram; /* rank x rank */
    FalSearch *search;
    FalIteration *iterations;
    int n_iterations;
};

FalModel *
fal_model_new(FalDataset *dataset, FalPlays *train, const FalTrainSettings *settings,
              const FalFactors *factors, const FalIteration *iterations, int n_iterations,
              GError **error)
{
    g_return_val_if_fail(factors->n_artists == fal_dataset_n_artists(dataset), NULL);
    g_return_val_if_fail(factors->n_users == fal_dataset_n_users(dataset), NULL);

    fal_blas_init();
    g_autoptr(FalSearch) search =
        fal_search_new(factors->artist, factors->n_artists, factors->stride,
                       fal_dataset_artist_ids(dataset), error);
    g_autoptr(FalWeights) weights = search ? fal_weights_new(train, settings, error) : NULL;
    fal_autofree double *gram =
        weights ? FAL_NEW(double, factors->rank * factors->rank, error) : NULL;
    if (!gram || !fal_gram(factors->artist, factors->n_artists, factors->rank, factors->stride,
                           gram, NULL, error))
        return NULL;

    FalModel *model = g_new0(FalModel, 1);
    g_atomic_ref_count_init(&model->refs);
    model->dataset = fal_dataset_ref(dataset);
    model->train = fal_plays_ref(train);
    model->pairs = fal_plays_n_pairs(train);
    model->settings = *settings;
    model->factors = *factors;
    model->weights = g_steal_pointer(&weights);
    model->gram = g_steal_pointer(&gram);
    model->search = g_steal_pointer(&search);
    model->iterations = g_new(FalIteration, n_iterations);
    if (n_iterations > 0)
        memcpy(model->iterations, iterations, (gsize)n_iterations * sizeof *iterations);
    model->n_iterations = n_iterations;
    return model;
}

FalModel *
fal_model_ref(FalModel *model)
{
    if (model)
        g_atomic_ref_count_inc(&model->refs);
    return model;
}

void
fal_model_unref(FalModel *model)
{
    if (!model || !g_atomic_ref_count_dec(&model->refs))
        return;
    fal_weights_free(model->weights);
    fal_free(model->gram);
    fal_search_free(model->search);
    fal_free(model->factors.user);
    fal_free(model->factors.artist);
    g_free(model->iterations);
    fal_plays_unref(model->train);
    fal_dataset_unref(model->dataset);
    g_free(model);
}

FalDataset *
fal_model_dataset(const FalModel *model)
{
    return model->dataset;
}

FalPlays *
fal_model_train(const FalModel *model)
{
    return model->train;
}

const FalTrainSettings *
fal_model_settings(const FalModel *model)
{
    return &model->settings;
}

const FalFactors *
fal_model_factors(const FalModel *model)
{
    return &model->factors;
}

const FalSearch *
fal_model_search(const FalModel *model)
{
    return model->search;
}

const FalIteration *
fal_model_iterations(const FalModel *model, int *n)
{
    *n = model->n_iterations;
    return model->iterations;
}

const FalWeights *
fal_model_weights(const FalModel *model)
{
    return model->weights;
}

const double *
fal_model_gram(const FalModel *model)
{
    return model->gram;
}

double
fal_model_mean_artists(const FalModel *model)
{
    return (double)model->pairs / MAX(model->factors.n_users, 1);
}

guint64
fal_model_trained(const FalModel *model)
{
    if (model->foreign)
        return 0;
    return fal_dataset_is_bare(model->dataset) ? model->trained
                                               : fal_plays_fingerprint(model->train);
}

gint64
fal_model_pairs(const FalModel *model)
{
    return model->pairs;
}

void
fal_model_set_trained(FalModel *model, guint64 fingerprint, gint64 pairs)
{
    model->trained = fingerprint;
    model->pairs = pairs;
}

void
fal_model_set_foreign(FalModel *model)
{
    model->foreign = TRUE;
}

gboolean
fal_model_is_foreign(const FalModel *model)
{
    return model->foreign || (fal_dataset_is_bare(model->dataset) && model->trained == 0);
}

float
fal_model_score(const FalModel *model, gint32 user, gint32 artist)
{
    const FalFactors *f = &model->factors;

    return fal_kernels()->dot(fal_user_factors(f, user), fal_artist_factors(f, artist),
                              f->stride);
}

gboolean
fal_model_knows_user(const FalModel *model, gint32 user)
{
    const float *x = fal_user_factors(&model->factors, user);

    for (int i = 0; i < model->factors.rank; i++)
        if (x[i] != 0)
            return TRUE;
    return FALSE;
}

int
fal_model_recommend(const FalModel *model, gint32 user, int k, gboolean known, FalTop *out)
{
    const FalCsr *csr = fal_plays_by_user(model->train);

    if (!fal_model_knows_user(model, user))
        return 0;
    return fal_search_dot(model->search, fal_user_factors(&model->factors, user), k,
                          known ? NULL : csr->col + csr->start[user],
                          known ? 0 : fal_csr_count(csr, user), out);
}

typedef struct {
    const FalModel *model;
    const gint32 *users;
    gint32 n_users;
    int k;
    gboolean known;
    FalTop *out;
    int *n_out;
    FalTask *task;
} Many;

/* One search after the other: the index reads a few hundred rows for a user, which no product
 * of matrices can make up for. */
static void
recommend_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Many *many = data;
    gint32 first = (gint32)(block * MANY_USERS), end = MIN(first + MANY_USERS, many->n_users);

    if (fal_task_cancelled(many->task))
        return;
    for (gint32 i = first; i < end; i++)
        many->n_out[i] = fal_model_recommend(many->model, many->users[i], many->k, many->known,
                                             many->out + (gsize)i * (gsize)many->k);
    fal_task_add(many->task, end - first);
}

gboolean
fal_model_recommend_many(const FalModel *model, const gint32 *users, gint32 n_users, int k,
                         gboolean known, FalTop *out, int *n_out, FalTask *task, GError **error)
{
    Many many = {model, users, n_users, k, known, out, n_out, task};

    g_return_val_if_fail(k >= 0 && n_users >= 0, FALSE);

    fal_task_stage(task, "recommending", n_users);
    fal_parallel_for(((gint64)n_users + MANY_USERS - 1) / MANY_USERS, recommend_block, &many);
    return !fal_task_stopped(task, error);
}

int
fal_model_similar(const FalModel *model, gint32 artist, int k, FalTop *out)
{
    return fal_search_cosine(model->search, artist, k, out);
}

void
fal_model_score_block(const FalModel *model, const gint32 *users, int n_users, float *scores)
{
    const FalFactors *f = &model->factors;
    gsize stride = (gsize)f->stride;
    g_autofree float *queries = g_new(float, (gsize)n_users *stride);

    for (int i = 0; i < n_users; i++)
        memcpy(queries + (gsize)i * stride, fal_user_factors(f, users[i]),
               stride * sizeof *queries);
    fal_blas_scores(queries, n_users, f->artist, f->n_artists, f->stride, scores);
}
