/* Evaluation: blocks of users in parallel, each user's metrics to its own place; the means and
 * a bootstrap over the users are in estimate.c. What a figure depends on (the blocks of users
 * that are scored by one matrix product, the order of sums) is fixed by the data, never by the
 * threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "eval/evaluate-private.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "eval/chance.h"
#include "eval/cosine.h"

/* Users scored by one product; fewer where their scores would take more than a buffer may. */
#define BLOCK_USERS  16
#define BUFFER_BYTES ((gsize)128 << 20)
/* What the score buffers of all workers may take together. */
#define SCORES_BYTES ((gsize)512 << 20)

/* The third part of the hashes that pick users: no artist has this id, so it has nothing to do
 * with a split by the same seed. */
#define SAMPLE_KEY G_MAXUINT64

typedef struct {
    guint64 hash;
    gint32 user;
} Sampled;

/* What one block needs while it runs. */
typedef struct Scratch {
    float *scores; /* block_users x n_artists */
    float *cosine; /* for fal_cosine_scores() */
    FalTop *top;
    gint32 *rows;
    gint64 *listeners; /* of those in rows */
    gint64 *rank;
    double *wins;
    gint32 *known_held, *skip; /* for a book's auc only */
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
    const FalCsr *train, *held, *by_artist; /* the last one is train, turned */
    FalCosine *cosine;                      /* NULL where it is not asked for */
    gint32 *unknown;       /* artists that nobody has in training, rising ... */
    gint64 n_unknown;      /* ... kept only for a book's auc */
    double all_popularity; /* sum of log10(1 + listeners) over all artists */
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

static void
scratch_free(Scratch *scratch)
{
    if (scratch != NULL) {
        fal_free(scratch->scores);
        fal_free(scratch->cosine);
        fal_free(scratch->top);
        fal_free(scratch->rows);
        fal_free(scratch->listeners);
        fal_free(scratch->rank);
        fal_free(scratch->wins);
        fal_free(scratch->known_held);
        fal_free(scratch->skip);
        g_free(scratch);
    }
}

static Scratch *
scratch_new(const Run *run, gint64 most_held, GError **error)
{
    Scratch *scratch = g_new0(Scratch, 1);
    gsize n_scores = (gsize)run->n_artists * (gsize)run->block_users;
    /* All artists at the most, each skipped once. */
    gsize n_skip = run->unknown != NULL ? (gsize)run->n_artists : 0;
    gsize n_cosine = run->cosine != NULL ? fal_cosine_scratch(run->cosine) : 0;

    if ((scratch->scores = FAL_NEW(float, n_scores, error)) == NULL ||
        (scratch->cosine = FAL_NEW(float, n_cosine, error)) == NULL ||
        (scratch->top = FAL_NEW(FalTop, run->n_top, error)) == NULL ||
        (scratch->rows = FAL_NEW(gint32, run->n_top, error)) == NULL ||
        (scratch->listeners = FAL_NEW(gint64, run->n_top, error)) == NULL ||
        (scratch->rank = FAL_NEW(gint64, most_held, error)) == NULL ||
        (scratch->wins = FAL_NEW(double, most_held, error)) == NULL ||
        (scratch->known_held = FAL_NEW(gint32, most_held, error)) == NULL ||
        (scratch->skip = FAL_NEW(gint32, n_skip, error)) == NULL) {
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

/* One user's candidates and what is held out of them. */
typedef struct {
    const gint32 *train, *held;
    const guint32 *plays; /* of the held-out */
    gint64 n_train, n_held, n_candidates;
    gint64 n_held_unknown; /* held-out artists that nobody has in training */
} Listener;

static Listener
listener_of(const Run *run, gint32 user)
{
    Listener listener = {
        .train = run->train->col + run->train->start[user],
        .held = run->held->col + run->held->start[user],
        .plays = run->held->plays + run->held->start[user],
        .n_train = fal_csr_count(run->train, user),
        .n_held = fal_csr_count(run->held, user),
    };

    listener.n_candidates = run->n_artists - listener.n_train;
    for (gint64 h = 0; h < listener.n_held; h++)
        listener.n_held_unknown += fal_csr_count(run->by_artist, listener.held[h]) == 0;
    return listener;
}

/* What the user has in training and what nobody has, rising; the two have nothing in common. */
static gint64
merge_skip(const Run *run, const Listener *listener, gint32 *skip)
{
    gint64 t = 0, u = 0, n = 0;

    while (t < listener->n_train || u < run->n_unknown) {
        gboolean is_train = u == run->n_unknown ||
                            (t < listener->n_train && listener->train[t] < run->unknown[u]);
        skip[n++] = is_train ? listener->train[t++] : run->unknown[u++];
    }
    return n;
}

/* The auc by a book's convention; scratch has the wins over all others. */
static double
book_auc(const Run *run, const Listener *listener, const float *scores, Scratch *scratch)
{
    gint64 n_others = listener->n_candidates - listener->n_held, n = 0;
    gint64 n_unknown = run->n_unknown - listener->n_held_unknown;

    for (gint64 h = 0; h < listener->n_held; h++) {
        if (fal_csr_count(run->by_artist, listener->held[h]) == 0)
            continue;
        /* In a ranking the unknown are below all others. */
        scratch->wins[n] = scratch->wins[h] - (double)n_unknown;
        scratch->known_held[n++] = listener->held[h];
    }
    if (scores != NULL) {
        gint64 n_skip = merge_skip(run, listener, scratch->skip);
        fal_metrics_ranks(scores, run->n_artists, run->ids, scratch->skip, n_skip,
                          scratch->known_held, n, scratch->rank, scratch->wins);
    }
    return fal_metrics_book_auc(run->out->auc, scratch->wins, n, listener->n_held_unknown,
                                n_others, n_unknown);
}

static double
popularity_of(const Run *run, int n, Scratch *scratch)
{
    for (int i = 0; i < n; i++)
        scratch->listeners[i] = fal_csr_count(run->by_artist, scratch->rows[i]);
    return fal_metrics_popularity(scratch->listeners, n);
}

/* One user's metrics and top list by scores, or by the ranking of a baseline. */
static void
run_user(const Run *run, gint32 index, FalRanker ranker, const float *scores, Scratch *scratch)
{
    const Listener user = listener_of(run, run->out->user[index]);
    FalMetrics *out = &run->out->ranker[ranker].users[index];
    int n_top;

    if (scores != NULL) {
        fal_metrics_ranks(scores, run->n_artists, run->ids, user.train, user.n_train, user.held,
                          user.n_held, scratch->rank, scratch->wins);
        n_top = fal_search_select(scores, run->n_artists, run->ids, run->n_top, user.train,
                                  user.n_train, scratch->top);
        for (int i = 0; i < n_top; i++)
            scratch->rows[i] = scratch->top[i].row;
    } else {
        const FalRanking *baseline = run->baseline[ranker];
        fal_ranking_ranks(baseline, user.train, user.n_train, user.held, user.n_held,
                          scratch->rank, scratch->wins);
        n_top = fal_ranking_top(baseline, run->n_top, user.train, user.n_train, scratch->rows);
    }
    fal_metrics_of(scratch->rank, scratch->wins, user.plays, user.n_held, user.n_candidates,
                   run->out->k, out);
    if (run->out->auc != FAL_AUC_ALL)
        out->auc = book_auc(run, &user, scores, scratch);
    out->popularity = popularity_of(run, n_top, scratch);
    mark_covered(run->covered[ranker], scratch->rows, n_top);
}

/* What a random list comes to: its popularity is the candidates' mean. */
static void
run_user_random(const Run *run, gint32 index)
{
    const Listener user = listener_of(run, run->out->user[index]);
    FalMetrics *out = &run->out->ranker[FAL_RANKER_RANDOM].users[index];
    double known = 0;

    for (gint64 i = 0; i < user.n_train; i++)
        known += log10(1 + (double)fal_csr_count(run->by_artist, user.train[i]));
    fal_chance_metrics(user.n_held, user.n_candidates, run->out->k, run->out->auc,
                       user.n_held_unknown, run->n_unknown - user.n_held_unknown, out);
    out->popularity = (run->all_popularity - known) / (double)user.n_candidates;
    out->held_plays = run->out->ranker[FAL_RANKER_MODEL].users[index].held_plays;
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
        run_user(run, first + i, FAL_RANKER_MODEL, scores, scratch);
        for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++)
            if (run->baseline[ranker] != NULL)
                run_user(run, first + i, (FalRanker)ranker, NULL, scratch);
        if (fal_evaluation_has(run->out, FAL_RANKER_RANDOM))
            run_user_random(run, first + i);
    }
    if (run->cosine != NULL && !fal_task_cancelled(run->task)) {
        fal_cosine_scores(run->cosine, run->out->user + first, n_users, scratch->cosine,
                          scratch->scores);
        for (gint32 i = 0; i < n_users; i++)
            run_user(run, first + i, FAL_RANKER_COSINE,
                     scratch->scores + (gsize)i * (gsize)run->n_artists, scratch);
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

static void
run_clear(Run *run)
{
    for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++) {
        fal_free(run->covered[ranker]);
        fal_ranking_free(run->baseline[ranker]);
    }
    fal_cosine_free(run->cosine);
    fal_free(run->unknown);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static gboolean
run_choose_users(Run *run, const FalEvaluateSettings *settings, FalPlays *held, GError **error)
{
    FalEvaluation *out = run->out;

    out->user = fal_evaluate_sample(fal_model_dataset(run->model), held, settings->max_users,
                                    settings->seed, &out->n_users, error);
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
    return TRUE;
}

/* What one ranker needs. */
static gboolean
run_make_ranker(Run *run, FalRanker ranker, GError **error)
{
    FalPlays *train = fal_model_train(run->model);

    run->out->ranker[ranker].users = FAL_NEW(FalMetrics, run->out->n_users, error);
    if (run->out->ranker[ranker].users == NULL)
        return FALSE;
    run->covered[ranker] = FAL_NEW(guint, run->n_artists / 32 + 1, error);
    if (run->covered[ranker] == NULL)
        return FALSE;
    switch (ranker) {
    case FAL_RANKER_MOST_LISTENERS:
    case FAL_RANKER_MOST_PLAYS:
        run->baseline[ranker] =
            fal_evaluate_baseline(fal_model_dataset(run->model), train, ranker, error);
        return run->baseline[ranker] != NULL;
    case FAL_RANKER_COSINE:
        run->cosine = fal_cosine_new(train, error);
        return run->cosine != NULL;
    case FAL_RANKER_MODEL:
    case FAL_RANKER_RANDOM:
    case FAL_N_RANKERS:
    default:
        return TRUE;
    }
}

static gboolean
run_prepare(Run *run, const FalEvaluateSettings *settings, FalPlays *held, GError **error)
{
    if (!run_choose_users(run, settings, held, error))
        return FALSE;
    for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++)
        if (fal_evaluation_has(run->out, (FalRanker)ranker) &&
            !run_make_ranker(run, (FalRanker)ranker, error))
            return FALSE;
    if (run->out->auc != FAL_AUC_ALL &&
        (run->unknown = FAL_NEW(gint32, run->n_artists, error)) == NULL)
        return FALSE;
    for (gint32 artist = 0; artist < run->n_artists; artist++) {
        gint64 listeners = fal_csr_count(run->by_artist, artist);
        if (listeners == 0 && run->unknown != NULL)
            run->unknown[run->n_unknown++] = artist;
        run->all_popularity += log10(1 + (double)listeners);
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

/* The share of the artists that is in somebody's list. */
static gboolean
fill_coverage(const Run *run, GError **error)
{
    FalEvaluation *out = run->out;

    for (int ranker = 0; ranker < FAL_N_RANKERS; ranker++)
        if (fal_evaluation_has(out, (FalRanker)ranker))
            out->ranker[ranker].coverage =
                (double)count_covered(run->covered[ranker], run->n_artists) / run->n_artists;
    if (!fal_evaluation_has(out, FAL_RANKER_RANDOM))
        return TRUE;
    g_autoptr(FalChanceCoverage) chance = fal_chance_coverage_new(run->n_artists, error);
    if (chance == NULL)
        return FALSE;
    for (gint32 i = 0; i < out->n_users; i++) {
        const Listener user = listener_of(run, out->user[i]);
        fal_chance_coverage_add(chance, out->k, user.train, user.n_train);
    }
    out->ranker[FAL_RANKER_RANDOM].coverage = fal_chance_coverage_end(chance);
    return TRUE;
}

static gboolean
make_groups(const Run *run, GError **error)
{
    FalEvaluation *out = run->out;
    fal_autofree gint64 *n_artists = FAL_NEW(gint64, out->n_users, error);

    if (n_artists == NULL)
        return FALSE;
    for (gint32 i = 0; i < out->n_users; i++)
        n_artists[i] = fal_csr_count(run->train, out->user[i]);
    return fal_evaluation_make_groups(out, n_artists, error);
}

void
fal_evaluate_settings_init(FalEvaluateSettings *settings)
{
    *settings = (FalEvaluateSettings){
        .k = 10, .max_users = 2000, .seed = 1, .rankers = (1u << FAL_N_RANKERS) - 1};
}

FalEvaluation *
fal_evaluate_by(const FalModel *model, FalPlays *held, const FalEvaluateSettings *settings,
                FalTask *task, GError **error)
{
    g_return_val_if_fail(settings->k > 0 && settings->max_users >= 0, NULL);

    g_autoptr(FalEvaluation) out = g_new0(FalEvaluation, 1);
    FalDataset *dataset = fal_model_dataset(model);
    g_auto(Pool) pool = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL};
    g_auto(Run) run = {
        .model = model,
        .train = fal_plays_by_user(fal_model_train(model)),
        .by_artist = fal_plays_by_artist(fal_model_train(model)),
        .held = fal_plays_by_user(held),
        .ids = fal_dataset_artist_ids(dataset),
        .n_artists = fal_dataset_n_artists(dataset),
        .n_top = MIN(settings->k, fal_dataset_n_artists(dataset)),
        .pool = &pool,
        .out = out,
        .task = task,
    };
    g_return_val_if_fail(
        run.held->n_rows == run.train->n_rows && run.held->n_cols == run.n_artists, NULL);

    out->k = settings->k;
    out->auc = settings->auc;
    out->rankers = settings->rankers | 1u << FAL_RANKER_MODEL;
    if (!run_prepare(&run, settings, held, error))
        return NULL;
    fal_task_stage(task, "evaluating", out->n_users);
    fal_parallel_for((out->n_users + run.block_users - 1) / run.block_users, run_block, &run);
    if (fal_task_stopped(task, error) || !fill_coverage(&run, error) ||
        (settings->groups && !make_groups(&run, error)) ||
        !fal_evaluation_estimate(out, settings->seed, task, error))
        return NULL;
    return g_steal_pointer(&out);
}

FalEvaluation *
fal_evaluate(const FalModel *model, FalPlays *held, int k, gint32 max_users, guint64 seed,
             FalTask *task, GError **error)
{
    FalEvaluateSettings settings;

    fal_evaluate_settings_init(&settings);
    settings.k = k;
    settings.max_users = max_users;
    settings.seed = seed;
    settings.rankers &= ~(1u << FAL_RANKER_COSINE);
    return fal_evaluate_by(model, held, &settings, task, error);
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
    for (int group = 0; group < FAL_N_GROUPS; group++)
        if (evaluation->group[group] != NULL)
            fal_evaluation_shrink(evaluation->group[group]);
}

void
fal_evaluation_free(FalEvaluation *evaluation)
{
    if (evaluation != NULL) {
        fal_evaluation_shrink(evaluation);
        for (int group = 0; group < FAL_N_GROUPS; group++)
            fal_evaluation_free(evaluation->group[group]);
        fal_free(evaluation->sorted_ndcg);
        fal_free(evaluation->sorted_auc);
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
