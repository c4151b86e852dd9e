/* Means over the users of an evaluation, their intervals, and those of the differences, by a
 * bootstrap over the users: every ranker and metric sees the same resamples, so that the
 * difference of two is that of pairs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "eval/evaluate-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "base/random.h"

#define RESAMPLES 1000
/* The third part of the hashes that seed resamples: no artist has this id, so it has nothing to
 * do with a split by the same seed. */
#define RESAMPLE_KEY (G_MAXUINT64 - 1)

enum { N_COLUMNS = FAL_N_RANKERS * FAL_N_MEANS };

/* What every user counts 1 for but the percentile, which counts by held-out plays (Hu et al.'s
 * is one mean over all plays), and a book's auc, which not everybody has. */
enum { BY_USER, BY_PLAYS, BY_AUC, N_WEIGHTS };

typedef struct {
    double value[N_COLUMNS]; /* times its weight */
    double weight[N_WEIGHTS];
} UserRow;

typedef struct {
    const UserRow *user;
    gint32 n;
    guint64 seed;
    double whole[N_COLUMNS]; /* the means over all users */
    double *mean;            /* [ranker][metric][resample] */
    FalTask *task;
} Bootstrap;

static int
compare_double(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static int
weight_of(int column)
{
    int metric = column % FAL_N_MEANS;

    return metric == FAL_METRIC_PERCENTILE ? BY_PLAYS
           : metric == FAL_METRIC_AUC      ? BY_AUC
                                           : BY_USER;
}

static UserRow
row_of(const FalEvaluation *evaluation, gint32 i)
{
    const FalMetrics *model = &evaluation->ranker[FAL_RANKER_MODEL].users[i];
    UserRow row = {.weight = {1, model->held_plays, isnan(model->auc) ? 0 : 1}};

    for (int column = 0; column < N_COLUMNS; column++) {
        int ranker = column / FAL_N_MEANS;
        double weight = row.weight[weight_of(column)];
        if (fal_evaluation_has(evaluation, (FalRanker)ranker) && weight > 0)
            row.value[column] =
                weight * fal_metric_of_user(&evaluation->ranker[ranker].users[i],
                                            (FalMetric)(column % FAL_N_MEANS));
    }
    return row;
}

static void
add_row(UserRow *sum, const UserRow *row)
{
    for (int column = 0; column < N_COLUMNS; column++)
        sum->value[column] += row->value[column];
    for (int weight = 0; weight < N_WEIGHTS; weight++)
        sum->weight[weight] += row->weight[weight];
}

/* A mean; where a resample has nobody who counts, it tells nothing beyond the whole. */
static double
mean_of(const UserRow *sum, int column, double otherwise)
{
    double weight = sum->weight[weight_of(column)];

    return weight > 0 ? sum->value[column] / weight : otherwise;
}

static void
bootstrap_block(gint64 resample, G_GNUC_UNUSED int worker, gpointer data)
{
    const Bootstrap *bootstrap = data;
    UserRow sum = {{0}, {0}};
    FalRandom random;

    if (fal_task_cancelled(bootstrap->task))
        return;
    fal_random_init(&random, fal_random_hash(bootstrap->seed, (guint64)resample, RESAMPLE_KEY));
    for (gint32 i = 0; i < bootstrap->n; i++)
        add_row(&sum, &bootstrap->user[fal_random_below(&random, (guint64)bootstrap->n)]);
    for (int column = 0; column < N_COLUMNS; column++)
        bootstrap->mean[column * RESAMPLES + resample] =
            mean_of(&sum, column, bootstrap->whole[column]);
}

/* The p-th part of n sorted values, between two where it falls there. */
static double
percentile(const double *sorted, int n, double p)
{
    double at = p * (n - 1);
    int low = (int)at, high = MIN(low + 1, n - 1);

    return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

/* Sorts the resamples' values. */
static FalEstimate
estimate_from(double mean, double *values)
{
    if (isnan(mean))
        return (FalEstimate){NAN, NAN, NAN};
    qsort(values, RESAMPLES, sizeof *values, compare_double);
    return (FalEstimate){mean, percentile(values, RESAMPLES, 0.025),
                         percentile(values, RESAMPLES, 0.975)};
}

typedef struct {
    const double *best, *other;
    gint32 n;
    guint64 seed;
    double *mean;
} Paired;

static void
paired_block(gint64 resample, G_GNUC_UNUSED int worker, gpointer data)
{
    const Paired *paired = data;
    FalRandom random;
    double sum = 0;

    fal_random_init(&random, fal_random_hash(paired->seed, (guint64)resample, RESAMPLE_KEY));
    for (gint32 i = 0; i < paired->n; i++) {
        guint64 user = fal_random_below(&random, (guint64)paired->n);
        sum += paired->best[user] - paired->other[user];
    }
    paired->mean[resample] = sum / paired->n;
}

FalEstimate
fal_evaluate_paired(const double *best, const double *other, gint32 n, guint64 seed)
{
    double mean[RESAMPLES], sum = 0;
    Paired paired = {best, other, n, seed, mean};

    fal_parallel_for(RESAMPLES, paired_block, &paired);
    for (gint32 i = 0; i < n; i++)
        sum += best[i] - other[i];
    return estimate_from(sum / n, mean);
}

static double
share_above(const double *a, const double *b)
{
    int above = 0;

    for (int i = 0; i < RESAMPLES; i++)
        above += a[i] > b[i];
    return (double)above / RESAMPLES;
}

static void
fill_differences(FalEvaluation *evaluation, const Bootstrap *bootstrap, FalRanker ranker)
{
    for (int metric = 0; metric < FAL_N_MEANS; metric++) {
        int own = ranker * FAL_N_MEANS + metric,
            model = FAL_RANKER_MODEL * FAL_N_MEANS + metric;
        const double *ours = bootstrap->mean + model * RESAMPLES;
        const double *theirs = bootstrap->mean + own * RESAMPLES;
        double difference[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++)
            difference[i] = ours[i] - theirs[i];
        evaluation->ranker[ranker].ahead[metric] =
            estimate_from(bootstrap->whole[model] - bootstrap->whole[own], difference);
    }
}

static void
fill_estimates(FalEvaluation *evaluation, const Bootstrap *bootstrap)
{
    evaluation->better = share_above(
        bootstrap->mean + (FAL_RANKER_MODEL * FAL_N_MEANS + FAL_METRIC_NDCG) * RESAMPLES,
        bootstrap->mean +
            (FAL_RANKER_MOST_LISTENERS * FAL_N_MEANS + FAL_METRIC_NDCG) * RESAMPLES);
    /* The differences first: they need the resamples in their order. */
    for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++)
        if (fal_evaluation_has(evaluation, (FalRanker)ranker))
            fill_differences(evaluation, bootstrap, (FalRanker)ranker);
    for (int column = 0; column < N_COLUMNS; column++) {
        int ranker = column / FAL_N_MEANS;
        if (!fal_evaluation_has(evaluation, (FalRanker)ranker))
            continue;
        *fal_metric_estimate(&evaluation->ranker[ranker], (FalMetric)(column % FAL_N_MEANS)) =
            estimate_from(bootstrap->whole[column], bootstrap->mean + column * RESAMPLES);
    }
}

static void
fill_bins(FalEvaluation *evaluation)
{
    for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++) {
        FalRankerResult *result = &evaluation->ranker[ranker];
        for (gint32 i = 0;
             fal_evaluation_has(evaluation, (FalRanker)ranker) && i < evaluation->n_users; i++)
            if (!isnan(result->users[i].auc))
                result->auc_bin[fal_evaluate_auc_bin(result->users[i].auc)]++;
    }
}

/* NaN go to the end. */
static int
compare_figure(const void *a, const void *b)
{
    const double *x = a, *y = b;

    if (isnan(*x) || isnan(*y))
        return isnan(*x) - isnan(*y);
    return compare_double(a, b);
}

static double *
sorted_figures(const FalEvaluation *evaluation, FalMetric metric, GError **error)
{
    double *figures = FAL_NEW(double, evaluation->n_users, error);

    if (figures == NULL)
        return NULL;
    for (gint32 i = 0; i < evaluation->n_users; i++)
        figures[i] = fal_metric_of_user(&evaluation->ranker[FAL_RANKER_MODEL].users[i], metric);
    qsort(figures, (gsize)evaluation->n_users, sizeof *figures, compare_figure);
    return figures;
}

double
fal_evaluation_share_below(const FalEvaluation *evaluation, FalMetric metric, double value)
{
    const double *sorted =
        metric == FAL_METRIC_AUC ? evaluation->sorted_auc : evaluation->sorted_ndcg;
    gint32 below = 0, same = 0, n = 0;

    for (; n < evaluation->n_users && !isnan(sorted[n]); n++) {
        below += sorted[n] < value;
        same += sorted[n] == value;
    }
    return n > 0 && !isnan(value) ? (below + same / 2.0) / n : NAN;
}

gboolean
fal_evaluation_estimate(FalEvaluation *evaluation, guint64 seed, FalTask *task, GError **error)
{
    gint32 n = evaluation->n_users;
    fal_autofree UserRow *user = FAL_NEW(UserRow, n, error);
    fal_autofree double *mean =
        user != NULL ? FAL_NEW(double, N_COLUMNS *RESAMPLES, error) : NULL;
    Bootstrap bootstrap = {.user = user, .n = n, .seed = seed, .mean = mean, .task = task};
    UserRow sum = {{0}, {0}};

    if (mean == NULL)
        return FALSE;
    for (gint32 i = 0; i < n; i++) {
        user[i] = row_of(evaluation, i);
        add_row(&sum, &user[i]);
    }
    for (int column = 0; column < N_COLUMNS; column++)
        bootstrap.whole[column] = mean_of(&sum, column, NAN);
    fal_parallel_for(RESAMPLES, bootstrap_block, &bootstrap);
    if (fal_task_stopped(task, error))
        return FALSE;
    fill_estimates(evaluation, &bootstrap);
    fill_bins(evaluation);
    evaluation->sorted_ndcg = sorted_figures(evaluation, FAL_METRIC_NDCG, error);
    evaluation->sorted_auc = evaluation->sorted_ndcg != NULL
                                 ? sorted_figures(evaluation, FAL_METRIC_AUC, error)
                                 : NULL;
    if (evaluation->sorted_auc == NULL)
        return FALSE;
    for (int group = 0; group < FAL_N_GROUPS; group++)
        if (evaluation->group[group] != NULL &&
            !fal_evaluation_estimate(evaluation->group[group], seed, task, error))
            return FALSE;
    return TRUE;
}

/* --- groups --- */

static int
compare_count(const void *a, const void *b)
{
    const gint64 *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The users of an evaluation with at least `from` and fewer than `to` artists. */
static gboolean
make_group(FalEvaluation *evaluation, FalGroup number, const gint64 *n_artists, gint64 from,
           gint64 to, GError **error)
{
    g_autoptr(FalEvaluation) group = g_new0(FalEvaluation, 1);
    gint32 n = 0;

    group->k = evaluation->k;
    group->rankers = evaluation->rankers;
    group->auc = evaluation->auc;
    group->least_artists = G_MAXINT64;
    group->user = FAL_NEW(gint32, evaluation->n_users, error);
    if (group->user == NULL)
        return FALSE;
    for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++) {
        group->ranker[ranker].coverage = NAN;
        group->ranker[ranker].users = FAL_NEW(FalMetrics, evaluation->n_users, error);
        if (group->ranker[ranker].users == NULL)
            return FALSE;
    }
    for (gint32 i = 0; i < evaluation->n_users; i++) {
        if (n_artists[i] < from || n_artists[i] >= to)
            continue;
        group->user[n] = evaluation->user[i];
        for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++)
            if (fal_evaluation_has(evaluation, (FalRanker)ranker))
                group->ranker[ranker].users[n] = evaluation->ranker[ranker].users[i];
        group->least_artists = MIN(group->least_artists, n_artists[i]);
        group->most_artists = MAX(group->most_artists, n_artists[i]);
        n++;
    }
    group->n_users = n;
    if (n > 0)
        evaluation->group[number] = g_steal_pointer(&group);
    return TRUE;
}

gboolean
fal_evaluation_make_groups(FalEvaluation *evaluation, const gint64 *n_artists, GError **error)
{
    gint32 n = evaluation->n_users;
    fal_autofree gint64 *sorted = FAL_NEW(gint64, n, error);

    if (sorted == NULL)
        return FALSE;
    memcpy(sorted, n_artists, (gsize)n * sizeof *sorted);
    qsort(sorted, (gsize)n, sizeof *sorted, compare_count);
    gint64 limit[] = {0, sorted[n / 3], sorted[(gint64)n * 2 / 3], G_MAXINT64};
    for (int group = 0; group < FAL_N_GROUPS; group++)
        if (!make_group(evaluation, (FalGroup)group, n_artists, limit[group], limit[group + 1],
                        error))
            return FALSE;
    return TRUE;
}
