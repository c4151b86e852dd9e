/* How much of an answer is chance (see stability.h).
 *
 * What is kept of a model is its list and the score of every artist, so that only one training
 * is in memory at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "eval/stability.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/kernels.h"
#include "model/train.h"

typedef struct {
    FalStabilityKind kind;
    gint32 row;
    int k;
    gint32 n_artists;
    int *count;    /* by artist: models that have it in their list */
    double *score; /* by artist: summed over the models */
    int listed;    /* rows of all lists together */
} Poll;

/* Adds a model's scores of all artists. */
static void
add_scores(Poll *poll, const FalModel *model, float *scores)
{
    const FalFactors *f = fal_model_factors(model);
    const FalKernels *kernels = fal_kernels();
    gboolean cosine = poll->kind == FAL_STABILITY_SIMILAR;
    const float *x = cosine ? fal_artist_factors(f, poll->row) : fal_user_factors(f, poll->row);
    double length = sqrt(kernels->dot(x, x, f->stride));

    kernels->dots(f->artist, poll->n_artists, x, f->stride, scores);
    for (gint32 i = 0; i < poll->n_artists; i++) {
        double score = scores[i];
        if (cosine) {
            const float *y = fal_artist_factors(f, i);
            double product = length * sqrt(kernels->dot(y, y, f->stride));
            score = product > 0 ? score / product : 0;
        }
        poll->score[i] += score;
    }
}

static gboolean
ask(Poll *poll, const FalModel *model, GError **error)
{
    g_autofree FalTop *top = g_new(FalTop, (gsize)poll->k + 1);
    fal_autofree float *scores = FAL_NEW(float, poll->n_artists, error);
    int n;

    if (!scores)
        return FALSE;
    n = poll->kind == FAL_STABILITY_SIMILAR
            ? fal_model_similar(model, poll->row, poll->k, top)
            : fal_model_recommend(model, poll->row, poll->k, FALSE, top);
    for (int i = 0; i < n; i++)
        poll->count[top[i].row]++;
    poll->listed += n;
    add_scores(poll, model, scores);
    return TRUE;
}

static gboolean
on_iteration(G_GNUC_UNUSED FalIteration *iteration, G_GNUC_UNUSED const FalFactors *factors,
             gpointer data)
{
    fal_task_add(data, 1);
    return TRUE;
}

/* One that was cut short by a cancel is no model to compare with. */
static FalModel *
train_again(const FalModel *model, int number, FalTask *task, GError **error)
{
    FalTrainSettings settings = *fal_model_settings(model);
    FalTask *part = fal_task_new_part(task);

    settings.seed += (guint64)number;
    g_autoptr(FalModel) again = fal_train(fal_model_dataset(model), fal_model_train(model),
                                          &settings, on_iteration, task, part, error);
    fal_task_unref(part);
    if (!again || fal_task_stopped(task, error))
        return NULL;
    return g_steal_pointer(&again);
}

typedef struct {
    FalStabilityRow row;
    gint64 id;
} Listed;

static int
compare_listed(const void *a, const void *b)
{
    const Listed *x = a, *y = b;

    if (x->row.count != y->row.count)
        return y->row.count - x->row.count;
    if (x->row.score < y->row.score || x->row.score > y->row.score)
        return x->row.score > y->row.score ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static FalStability *
result(const Poll *poll, FalDataset *dataset, int n_models)
{
    FalStability *out = g_new0(FalStability, 1);
    g_autoptr(GArray) listed = g_array_new(FALSE, FALSE, sizeof(Listed));
    double shared = 0;

    for (gint32 i = 0; i < poll->n_artists; i++) {
        if (poll->count[i] == 0)
            continue;
        Listed one = {{i, poll->score[i] / n_models, poll->count[i]},
                      fal_dataset_artist_id(dataset, i)};
        g_array_append_val(listed, one);
        /* Ordered pairs of models that both have it. */
        shared += (double)poll->count[i] * (poll->count[i] - 1);
    }
    if (listed->len > 0)
        qsort(listed->data, listed->len, sizeof(Listed), compare_listed);
    out->n_models = n_models;
    out->n = (int)listed->len;
    out->row = g_new(FalStabilityRow, listed->len + 1);
    for (guint i = 0; i < listed->len; i++)
        out->row[i] = g_array_index(listed, Listed, i).row;
    out->overlap = poll->listed > 0 ? shared / ((double)poll->listed * (n_models - 1)) : NAN;
    return out;
}

FalStability *
fal_stability(const FalModel *model, FalStabilityKind kind, gint32 row, int k, int n_models,
              FalTask *task, GError **error)
{
    g_return_val_if_fail(k > 0 && n_models >= 2, NULL);

    FalDataset *dataset = fal_model_dataset(model);
    gint32 n_artists = fal_dataset_n_artists(dataset);
    fal_autofree int *count = FAL_NEW(int, n_artists, error);
    fal_autofree double *score = count ? FAL_NEW(double, n_artists, error) : NULL;
    Poll poll = {kind, row, MIN(k, n_artists), n_artists, count, score, 0};

    if (!score || !ask(&poll, model, error))
        return NULL;
    fal_task_stage(task, "training",
                   (double)(n_models - 1) * fal_model_settings(model)->iterations);
    for (int i = 1; i < n_models; i++) {
        g_autofree char *stage = g_strdup_printf("training %d/%d", i, n_models - 1);
        fal_task_rename(task, stage);
        g_autoptr(FalModel) again = train_again(model, i, task, error);
        if (!again || !ask(&poll, again, error))
            return NULL;
    }
    return result(&poll, dataset, n_models);
}

void
fal_stability_free(FalStability *stability)
{
    if (stability) {
        g_free(stability->row);
        g_free(stability);
    }
}
