/* Which users: for an artist, and like a user (see model.h). There are a tenth as many users as
 * artists, so they are looked at one by one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/model.h"

#include <math.h>

#include "base/kernels.h"

/* No cosine: of users without factors. */
#define NONE (-2.0f)

/* The k best users by score, without those in skip (rising). */
static int
best_users(const FalModel *model, const float *scores, int k, const gint32 *skip, gint64 n_skip,
           FalTop *out)
{
    FalDataset *dataset = fal_model_dataset(model);
    gint32 n = fal_dataset_n_users(dataset);
    g_autofree gint64 *ids = g_new(gint64, (gsize)n + 1);

    for (gint32 user = 0; user < n; user++)
        ids[user] = fal_dataset_user_id(dataset, user);
    return fal_search_select(scores, n, ids, k, skip, n_skip, out);
}

int
fal_model_listeners(const FalModel *model, gint32 artist, int k, FalTop *out)
{
    const FalCsr *csr = fal_plays_by_artist(fal_model_train(model));
    gint32 n = fal_model_factors(model)->n_users;
    g_autofree float *scores = g_new(float, (gsize)n + 1);

    for (gint32 user = 0; user < n; user++)
        scores[user] = fal_model_score(model, user, artist);
    return best_users(model, scores, k, csr->col + csr->start[artist],
                      fal_csr_count(csr, artist), out);
}

/* The k users nearest to x by cosine, without n_skip of them. */
static int
nearest_users(const FalModel *model, const float *x, int k, const gint32 *skip, gint64 n_skip,
              FalTop *out)
{
    const FalFactors *f = fal_model_factors(model);
    const FalKernels *kernels = fal_kernels();
    float own = kernels->dot(x, x, f->stride);
    g_autofree float *cosines = g_new(float, (gsize)f->n_users + 1);
    int n;

    for (gint32 other = 0; other < f->n_users; other++) {
        const float *y = fal_user_factors(f, other);
        float norm = kernels->dot(y, y, f->stride);

        cosines[other] = norm > 0 && own > 0
                             ? kernels->dot(x, y, f->stride) / (sqrtf(own) * sqrtf(norm))
                             : NONE;
    }
    n = best_users(model, cosines, k, skip, n_skip, out);
    while (n > 0 && out[n - 1].score == NONE)
        n--;
    return n;
}

int
fal_model_neighbours(const FalModel *model, gint32 user, int k, FalTop *out)
{
    const float *x = fal_user_factors(fal_model_factors(model), user);

    return nearest_users(model, x, k, &user, 1, out);
}

int
fal_model_near(const FalModel *model, const float *x, int k, FalTop *out)
{
    return nearest_users(model, x, k, NULL, 0, out);
}

gint64
fal_model_shared_of(const FalModel *model, gint32 user, const gint32 *artists, gint64 n)
{
    const FalCsr *csr = fal_plays_by_user(fal_model_train(model));
    gint64 i = csr->start[user], j = 0, shared = 0;

    while (i < csr->start[user + 1] && j < n) {
        gint32 x = csr->col[i], y = artists[j];

        shared += x == y;
        i += x <= y;
        j += y <= x;
    }
    return shared;
}

gint64
fal_model_shared(const FalModel *model, gint32 a, gint32 b)
{
    const FalCsr *csr = fal_plays_by_user(fal_model_train(model));

    return fal_model_shared_of(model, b, csr->col + csr->start[a], fal_csr_count(csr, a));
}
