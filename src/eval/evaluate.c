/* Evaluation: blocks of users in parallel, each user's metrics to its own place, then the means
 * and a bootstrap over the users. What a figure depends on (the blocks of users that are scored
 * by one matrix product, the order of sums) is fixed by the data, never by the threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "eval/evaluate.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"

/* Users scored by one product; fewer where their scores would take more than a buffer may. */
#define BLOCK_USERS  16
#define BUFFER_BYTES ((gsize)128 << 20)
/* What the score buffers of all workers may take together. */
#define SCORES_BYTES ((gsize)512 << 20)

#define RESAMPLES 1000
/* The third parts of the hashes that pick users and seed resamples: no artist has these ids, so
 * neither has to do with a split by the same seed. */
#define SAMPLE_KEY   G_MAXUINT64
#define RESAMPLE_KEY (G_MAXUINT64 - 1)

const char *const fal_ranker_names[] = {"this model", "most listeners", "most plays"};

/* Where each metric is in FalMetrics and its estimate in FalRankerResult. */
static const struct {
    gsize value, estimate;
} fields[] = {
    {offsetof(FalMetrics, auc), offsetof(FalRankerResult, auc)},
    {offsetof(FalMetrics, precision), offsetof(FalRankerResult, precision)},
    {offsetof(FalMetrics, recall), offsetof(FalRankerResult, recall)},
    {offsetof(FalMetrics, map), offsetof(FalRankerResult, map)},
    {offsetof(FalMetrics, ndcg), offsetof(FalRankerResult, ndcg)},
    {offsetof(FalMetrics, overlap), offsetof(FalRankerResult, overlap)},
};
enum {
    N_FIELDS = G_N_ELEMENTS(fields),
    NDCG = 4,
    N_MEANS = FAL_N_RANKERS * N_FIELDS * RESAMPLES,
};

typedef struct {
    guint64 hash;
    gint32 user;
} Sampled;

/* What one block needs while it runs. */
typedef struct Scratch {
    float *scores; /* block_users x n_artists */
    FalTop *top;
    gint32 *rows;
    gint64 *rank;
    double *wins;
    struct Scratch *after;
} Scratch;

/* Those that nobody has: as many as there is memory for, so a worker may have to wait. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t given;
    Scratch *unused;
} Pool;

typedef struct {
    const FalModel *model;
    const FalCsr *train, *held;
    const gint64 *ids;
    gint32 n_artists;
    int block_users;
    int n_top; /* k, or all artists where they are fewer */
    Pool *pool;
    guint *covered[FAL_N_RANKERS]; /* bits by artist */
    FalRanking *baseline[FAL_N_RANKERS];
    FalEvaluation *out;
    FalTask *task;
} Run;

typedef struct {
    const FalEvaluation *evaluation;
    guint64 seed;
    double *mean; /* [ranker][field][resample] */
    FalTask *task;
} Bootstrap;

static int
compare_hash(const void *a, const void *b)
{
    const Sampled *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->user - y->user;
}

static int
compare_row(const void *a, const void *b)
{
    const gint32 *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static int
compare_double(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void
scratch_free(Scratch *scratch)
{
    if (scratch != NULL) {
        fal_free(scratch->scores);
        fal_free(scratch->top);
        fal_free(scratch->rows);
        fal_free(scratch->rank);
        fal_free(scratch->wins);
        g_free(scratch);
    }
}

static Scratch *
scratch_new(const Run *run, gint64 most_held, GError **error)
{
    Scratch *scratch = g_new0(Scratch, 1);
    gsize n_scores = (gsize)run->n_artists * (gsize)run->block_users;

    if ((scratch->scores = FAL_NEW(float, n_scores, error)) == NULL ||
        (scratch->top = FAL_NEW(FalTop, run->n_top, error)) == NULL ||
        (scratch->rows = FAL_NEW(gint32, run->n_top, error)) == NULL ||
        (scratch->rank = FAL_NEW(gint64, most_held, error)) == NULL ||
        (scratch->wins = FAL_NEW(double, most_held, error)) == NULL) {
        scratch_free(scratch);
        return NULL;
    }
    return scratch;
}

static Scratch *
pool_take(Pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->unused == NULL)
        pthread_cond_wait(&pool->given, &pool->lock);
    Scratch *scratch = pool->unused;
    pool->unused = scratch->after;
    pthread_mutex_unlock(&pool->lock);
    return scratch;
}

static void
pool_give(Pool *pool, Scratch *scratch)
{
    pthread_mutex_lock(&pool->lock);
    scratch->after = pool->unused;
    pool->unused = scratch;
    pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
}

static void
pool_clear(Pool *pool)
{
    while (pool->unused != NULL)
        scratch_free(pool_take(pool));
    pthread_cond_destroy(&pool->given);
    pthread_mutex_destroy(&pool->lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pool, pool_clear)

/* Blocks may not get larger where there are fewer threads: the product's rounding could differ.
 * So the memory is bounded by the number of buffers. */
static gboolean
run_make_scratch(Run *run, GError **error)
{
    gsize row_bytes = MAX((gsize)run->n_artists, 1) * sizeof(float);
    gint64 most_held = 0;

    run->block_users = (int)CLAMP(BUFFER_BYTES / row_bytes, 1, BLOCK_USERS);
    gsize room = SCORES_BYTES / (row_bytes * (gsize)run->block_users);
    int n_buffers = (int)CLAMP(room, 1, (gsize)fal_parallel_threads());
    for (gint32 i = 0; i < run->out->n_users; i++)
        most_held = MAX(most_held, fal_csr_count(run->held, run->out->user[i]));
    for (int i = 0; i < n_buffers; i++) {
        Scratch *scratch = scratch_new(run, most_held, error);
        if (scratch == NULL)
            return FALSE;
        pool_give(run->pool, scratch);
    }
    return TRUE;
}

static void
mark_covered(guint *covered, const gint32 *rows, int n)
{
    for (int i = 0; i < n; i++) {
        guint bit = 1u << (rows[i] % 32);
        guint *word = &covered[rows[i] / 32];
        if (((guint)g_atomic_int_get((gint *)word) & bit) == 0)
            g_atomic_int_or(word, bit);
    }
}

/* One user's metrics and top list by one ranker; scores are the model's. */
static void
run_user(const Run *run, gint32 index, FalRanker ranker, const float *scores, Scratch *scratch)
{
    gint32 user = run->out->user[index];
    const gint32 *train = run->train->col + run->train->start[user];
    const gint32 *held = run->held->col + run->held->start[user];
    gint64 n_train = fal_csr_count(run->train, user), n_held = fal_csr_count(run->held, user);
    int n_top;

    if (ranker == FAL_RANKER_MODEL) {
        fal_metrics_ranks(scores, run->n_artists, run->ids, train, n_train, held, n_held,
                          scratch->rank, scratch->wins);
        n_top = fal_search_select(scores, run->n_artists, run->ids, run->n_top, train, n_train,
                                  scratch->top);
        for (int i = 0; i < n_top; i++)
            scratch->rows[i] = scratch->top[i].row;
    } else {
        const FalRanking *baseline = run->baseline[ranker];
        fal_ranking_ranks(baseline, train, n_train, held, n_held, scratch->rank, scratch->wins);
        n_top = fal_ranking_top(baseline, run->n_top, train, n_train, scratch->rows);
    }
    fal_metrics_of(scratch->rank, scratch->wins, n_held, run->n_artists - n_train, run->out->k,
                   &run->out->ranker[ranker].users[index]);
    mark_covered(run->covered[ranker], scratch->rows, n_top);
}

static void
run_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Run *run = data;
    gint32 first = (gint32)(block * run->block_users);
    gint32 n_users = MIN(run->block_users, run->out->n_users - first);

    if (fal_task_cancelled(run->task))
        return;
    Scratch *scratch = pool_take(run->pool);
    fal_model_score_block(run->model, run->out->user + first, n_users, scratch->scores);
    for (gint32 i = 0; i < n_users; i++) {
        const float *scores = scratch->scores + (gsize)i * (gsize)run->n_artists;
        for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++)
            run_user(run, first + i, (FalRanker)ranker, scores, scratch);
    }
    pool_give(run->pool, scratch);
    fal_task_add(run->task, n_users);
}

static gint64
count_covered(const guint *covered, gint32 n_artists)
{
    gint64 n = 0;

    for (gint32 word = 0; word <= n_artists / 32; word++)
        n += __builtin_popcount(covered[word]);
    return n;
}

static double
metric_of(const FalMetrics *metrics, int field)
{
    return G_STRUCT_MEMBER(double, metrics, fields[field].value);
}

/* Means over one resample of the users, the same for all rankers and metrics. */
static void
bootstrap_block(gint64 resample, G_GNUC_UNUSED int worker, gpointer data)
{
    const Bootstrap *bootstrap = data;
    const FalEvaluation *evaluation = bootstrap->evaluation;
    gint32 n = evaluation->n_users;
    double sum[FAL_N_RANKERS][N_FIELDS] = {{0}};
    FalRandom random;

    if (fal_task_cancelled(bootstrap->task))
        return;
    fal_random_init(&random, fal_random_hash(bootstrap->seed, (guint64)resample, RESAMPLE_KEY));
    for (gint32 i = 0; i < n; i++) {
        guint64 user = fal_random_below(&random, (guint64)n);
        for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++)
            for (int field = 0; field < N_FIELDS; field++)
                sum[ranker][field] += metric_of(&evaluation->ranker[ranker].users[user], field);
    }
    for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++) {
        for (int field = 0; field < N_FIELDS; field++) {
            bootstrap->mean[(ranker * N_FIELDS + field) * RESAMPLES + resample] =
                sum[ranker][field] / n;
        }
    }
}

/* The p-th part of n sorted values, between two where it falls there. */
static double
percentile(const double *sorted, int n, double p)
{
    double at = p * (n - 1);
    int low = (int)at, high = MIN(low + 1, n - 1);

    return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

static double
share_above(const double *a, const double *b, int n)
{
    int above = 0;

    for (int i = 0; i < n; i++)
        above += a[i] > b[i];
    return (double)above / n;
}

/* The means over the users, and their intervals from the resamples' means. */
static gboolean
estimate(FalEvaluation *evaluation, guint64 seed, FalTask *task, GError **error)
{
    fal_autofree double *mean = FAL_NEW(double, N_MEANS, error);
    gint32 n = evaluation->n_users;

    if (mean == NULL)
        return FALSE;
    Bootstrap bootstrap = {evaluation, seed, mean, task};
    fal_parallel_for(RESAMPLES, bootstrap_block, &bootstrap);
    if (fal_task_stopped(task, error))
        return FALSE;
    evaluation->better = share_above(
        mean + (FAL_RANKER_MODEL * N_FIELDS + NDCG) * RESAMPLES,
        mean + (FAL_RANKER_MOST_LISTENERS * N_FIELDS + NDCG) * RESAMPLES, RESAMPLES);
    for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++) {
        FalRankerResult *result = &evaluation->ranker[ranker];
        for (int field = 0; field < N_FIELDS; field++) {
            FalEstimate *out = G_STRUCT_MEMBER_P(result, fields[field].estimate);
            double *sorted = mean + (ranker * N_FIELDS + field) * RESAMPLES, sum = 0;
            for (gint32 i = 0; i < n; i++)
                sum += metric_of(&result->users[i], field);
            qsort(sorted, RESAMPLES, sizeof *sorted, compare_double);
            out->mean = sum / n;
            out->low = percentile(sorted, RESAMPLES, 0.025);
            out->high = percentile(sorted, RESAMPLES, 0.975);
        }
    }
    return TRUE;
}

static void
run_clear(Run *run)
{
    for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++) {
        fal_free(run->covered[ranker]);
        fal_ranking_free(run->baseline[ranker]);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static gboolean
run_prepare(Run *run, gint32 max_users, guint64 seed, FalPlays *held, GError **error)
{
    FalEvaluation *out = run->out;
    FalDataset *dataset = fal_model_dataset(run->model);
    FalPlays *train = fal_model_train(run->model);

    out->user = fal_evaluate_sample(dataset, held, max_users, seed, &out->n_users, error);
    if (out->user == NULL)
        return FALSE;
    if (out->n_users == 0) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "nobody has held-out artists: hold out a larger share with split, "
                            "and train again");
        return FALSE;
    }
    for (gint32 i = 0; i < out->n_users; i++)
        if (!fal_evaluate_fits(run->model, held, out->user[i], error))
            return FALSE;
    for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++) {
        out->ranker[ranker].users = FAL_NEW(FalMetrics, out->n_users, error);
        if (out->ranker[ranker].users == NULL)
            return FALSE;
        run->covered[ranker] = FAL_NEW(guint, run->n_artists / 32 + 1, error);
        if (run->covered[ranker] == NULL)
            return FALSE;
        if (ranker == FAL_RANKER_MODEL)
            continue;
        run->baseline[ranker] = fal_evaluate_baseline(dataset, train, (FalRanker)ranker, error);
        if (run->baseline[ranker] == NULL)
            return FALSE;
    }
    return run_make_scratch(run, error);
}

gint32 *
fal_evaluate_sample(FalDataset *dataset, FalPlays *plays, gint32 max_users, guint64 seed,
                    gint32 *n, GError **error)
{
    const FalCsr *held = fal_plays_by_user(plays);
    fal_autofree Sampled *sampled = FAL_NEW(Sampled, held->n_rows, error);
    gint32 count = 0;

    if (sampled == NULL)
        return NULL;
    for (gint32 user = 0; user < held->n_rows; user++) {
        if (fal_csr_count(held, user) > 0) {
            guint64 id = (guint64)fal_dataset_user_id(dataset, user);
            sampled[count++] = (Sampled){fal_random_hash(seed, id, SAMPLE_KEY), user};
        }
    }
    if (max_users > 0 && count > max_users) {
        qsort(sampled, (gsize)count, sizeof *sampled, compare_hash);
        count = max_users;
    }
    gint32 *users = FAL_NEW(gint32, count, error);
    if (users == NULL)
        return NULL;
    for (gint32 i = 0; i < count; i++)
        users[i] = sampled[i].user;
    qsort(users, (gsize)count, sizeof *users, compare_row);
    *n = count;
    return users;
}

FalRanking *
fal_evaluate_baseline(FalDataset *dataset, FalPlays *train, FalRanker ranker, GError **error)
{
    const FalCsr *by_artist = fal_plays_by_artist(train);
    fal_autofree guint64 *key = FAL_NEW(guint64, by_artist->n_rows, error);

    if (key == NULL)
        return NULL;
    for (gint32 artist = 0; artist < by_artist->n_rows; artist++) {
        key[artist] = ranker == FAL_RANKER_MOST_PLAYS
                          ? fal_csr_row_plays(by_artist, artist)
                          : (guint64)fal_csr_count(by_artist, artist);
    }
    return fal_ranking_new(key, by_artist->n_rows, fal_dataset_artist_ids(dataset), error);
}

FalEvaluation *
fal_evaluate(const FalModel *model, FalPlays *held, int k, gint32 max_users, guint64 seed,
             FalTask *task, GError **error)
{
    g_return_val_if_fail(k > 0 && max_users >= 0, NULL);

    g_autoptr(FalEvaluation) out = g_new0(FalEvaluation, 1);
    FalDataset *dataset = fal_model_dataset(model);
    g_auto(Pool) pool = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL};
    g_auto(Run) run = {
        .model = model,
        .train = fal_plays_by_user(fal_model_train(model)),
        .held = fal_plays_by_user(held),
        .ids = fal_dataset_artist_ids(dataset),
        .n_artists = fal_dataset_n_artists(dataset),
        .n_top = MIN(k, fal_dataset_n_artists(dataset)),
        .pool = &pool,
        .out = out,
        .task = task,
    };
    g_return_val_if_fail(
        run.held->n_rows == run.train->n_rows && run.held->n_cols == run.n_artists, NULL);

    out->k = k;
    if (!run_prepare(&run, max_users, seed, held, error))
        return NULL;
    fal_task_stage(task, "evaluating", out->n_users);
    fal_parallel_for((out->n_users + run.block_users - 1) / run.block_users, run_block, &run);
    if (fal_task_stopped(task, error) || !estimate(out, seed, task, error))
        return NULL;
    for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++) {
        gint64 covered = count_covered(run.covered[ranker], run.n_artists);
        out->ranker[ranker].coverage = (double)covered / run.n_artists;
        for (gint32 i = 0; i < out->n_users; i++)
            out->ranker[ranker]
                .auc_bin[fal_evaluate_auc_bin(out->ranker[ranker].users[i].auc)]++;
    }
    return g_steal_pointer(&out);
}

int
fal_evaluate_auc_bin(double auc)
{
    return CLAMP((int)(auc * FAL_AUC_BINS), 0, FAL_AUC_BINS - 1);
}

void
fal_evaluation_shrink(FalEvaluation *evaluation)
{
    for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++) {
        fal_free(evaluation->ranker[ranker].users);
        evaluation->ranker[ranker].users = NULL;
    }
    fal_free(evaluation->user);
    evaluation->user = NULL;
}

void
fal_evaluation_free(FalEvaluation *evaluation)
{
    if (evaluation != NULL) {
        fal_evaluation_shrink(evaluation);
        g_free(evaluation);
    }
}

gboolean
fal_evaluate_fits(const FalModel *model, FalPlays *held, gint32 user, GError **error)
{
    const FalCsr *train = fal_plays_by_user(fal_model_train(model));
    const FalCsr *by_user = fal_plays_by_user(held);
    FalDataset *dataset = fal_model_dataset(model);

    for (gint64 h = by_user->start[user]; h < by_user->start[user + 1]; h++) {
        if (fal_csr_find(train, user, by_user->col[h]) > 0) {
            g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                        "the model was trained with plays that are held out now (user "
                        "%" G_GINT64_FORMAT ", artist %" G_GINT64_FORMAT "): train again",
                        fal_dataset_user_id(dataset, user),
                        fal_dataset_artist_id(dataset, by_user->col[h]));
            return FALSE;
        }
    }
    return TRUE;
}
