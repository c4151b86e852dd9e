/* One user's spot check: what the model recommends, with what turned out to be held out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "eval/evaluate.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/kernels.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/sorted.h"
#include "data/bare.h"

/* Artists of a parallel block. */
#define BLOCK_ARTISTS 2048
/* Stands where split.c has a user's id. */
#define NO_USER G_MAXUINT64

/* Artists whose ranks are asked for, and the rows that are not counted: they themselves and
 * what the user has in train. */
typedef struct {
    FalLadder *ladder;
    gint32 *skip; /* rising */
    gint64 n_skip, n;
    float lowest;
    gint64 *rank;
    double *wins;
} Ranked;

/* The user's candidates, who are gone through once; scores that nobody asks for stay in the
 * caches. */
typedef struct {
    FalDataset *dataset;
    const gint64 *ids;
    gint32 n_artists;
    const gint32 *train;
    gint64 n_train;
    const FalFactors *factors;
    const FalCsr *by_artist;
    const FalDataset *bare; /* without plays: it knows how many listeners there were, or NULL */
    const float *x;         /* the user's factors */
    Ranked model, popular, listed; /* ladder is NULL where it is not asked for */
} Candidates;

static const FalDataset *
bare_of(const FalModel *model)
{
    const FalDataset *dataset = fal_model_dataset(model);

    return fal_dataset_is_bare(dataset) ? dataset : NULL;
}

static int
compare_row(const void *a, const void *b)
{
    const gint32 *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The model's scores by the kernel that top lists use: both show the same figures. */
static void
score_by_model(const Candidates *candidates, gint32 first, gint32 n, float *scores)
{
    fal_kernels()->dots(fal_artist_factors(candidates->factors, first), n, candidates->x,
                        candidates->factors->stride, scores);
}

/* Listeners in training. A float counts to 16 million exactly. */
static void
score_by_listeners(const Candidates *candidates, gint32 first, gint32 n, float *scores)
{
    for (gint32 i = 0; i < n; i++)
        scores[i] =
            (float)(candidates->bare ? fal_dataset_listeners(candidates->bare, first + i)
                                     : fal_csr_count(candidates->by_artist, first + i));
}

typedef void (*ScoreFn)(const Candidates *candidates, gint32 first, gint32 n, float *scores);

/* The n artists in rows are ranked by score, in the order they have there. */
static void
ranked_init(Ranked *ranked, const Candidates *candidates, const gint32 *rows, gint64 n,
            ScoreFn score)
{
    g_autofree float *scores = g_new(float, n + 1);
    g_autofree gint64 *ids = g_new(gint64, n + 1);

    *ranked = (Ranked){.n = n, .n_skip = candidates->n_train + n};
    if (n == 0)
        return;
    ranked->skip = g_new(gint32, ranked->n_skip);
    for (gint64 i = 0; i < n; i++) {
        score(candidates, rows[i], 1, &scores[i]);
        ids[i] = candidates->ids[rows[i]];
        ranked->skip[i] = rows[i];
    }
    if (candidates->n_train > 0)
        memcpy(ranked->skip + n, candidates->train,
               (gsize)candidates->n_train * sizeof *ranked->skip);
    qsort(ranked->skip, (gsize)ranked->n_skip, sizeof *ranked->skip, compare_row);
    ranked->ladder = fal_ladder_new(scores, ids, n, fal_parallel_threads());
    ranked->lowest = fal_ladder_lowest(ranked->ladder);
    ranked->rank = g_new(gint64, n);
    ranked->wins = g_new(double, n);
}

static void
ranked_clear(Ranked *ranked)
{
    g_clear_pointer(&ranked->ladder, fal_ladder_free);
    g_clear_pointer(&ranked->skip, g_free);
    g_clear_pointer(&ranked->rank, g_free);
    g_clear_pointer(&ranked->wins, g_free);
}

/* Counts the artists first .. first + n - 1. */
static void
ranked_count(const Ranked *ranked, const Candidates *candidates, int worker, gint32 first,
             gint32 n, const float *scores)
{
    const gint64 *ids = candidates->ids + first;
    gint64 at = fal_sorted_find(ranked->skip, ranked->n_skip, first);
    gint32 from = 0;

    for (; at < ranked->n_skip && ranked->skip[at] < first + n; at++) {
        gint32 skip = ranked->skip[at] - first;
        fal_ladder_count(ranked->ladder, worker, scores + from, ids + from, skip - from);
        from = skip + 1;
    }
    fal_ladder_count(ranked->ladder, worker, scores + from, ids + from, n - from);
}

static void
rank_block(gint64 block, int worker, gpointer data)
{
    const Candidates *candidates = data;
    gint32 first = (gint32)(block * BLOCK_ARTISTS);
    gint32 n = MIN(BLOCK_ARTISTS, candidates->n_artists - first);
    /* Rows are numbered by falling listeners, and in training nobody has more. */
    float most = (float)fal_dataset_listeners(candidates->dataset, first);
    gboolean popular = candidates->popular.ladder && most >= candidates->popular.lowest;
    gboolean listed = candidates->listed.ladder && most >= candidates->listed.lowest;
    float scores[BLOCK_ARTISTS];

    if (candidates->model.ladder) {
        score_by_model(candidates, first, n, scores);
        ranked_count(&candidates->model, candidates, worker, first, n, scores);
    }
    if (popular || listed)
        score_by_listeners(candidates, first, n, scores);
    if (popular)
        ranked_count(&candidates->popular, candidates, worker, first, n, scores);
    if (listed)
        ranked_count(&candidates->listed, candidates, worker, first, n, scores);
}

static void
ranked_end(Ranked *ranked, const Candidates *candidates)
{
    gint64 n_others = candidates->n_artists - candidates->n_train - ranked->n;

    if (ranked->ladder)
        fal_ladder_ranks(ranked->ladder, n_others, ranked->rank, ranked->wins);
}

static void
candidates_init(Candidates *candidates, const FalModel *model, gint32 user)
{
    const FalCsr *train = fal_plays_by_user(fal_model_train(model));

    *candidates = (Candidates){.dataset = fal_model_dataset(model)};
    candidates->ids = fal_dataset_artist_ids(candidates->dataset);
    candidates->n_artists = fal_dataset_n_artists(candidates->dataset);
    candidates->train = train->col + train->start[user];
    candidates->n_train = fal_csr_count(train, user);
    candidates->factors = fal_model_factors(model);
    candidates->by_artist = fal_plays_by_artist(fal_model_train(model));
    candidates->bare = bare_of(model);
    candidates->x = fal_user_factors(candidates->factors, user);
}

static void
candidates_rank(Candidates *candidates)
{
    gint64 n_blocks = ((gint64)candidates->n_artists + BLOCK_ARTISTS - 1) / BLOCK_ARTISTS;

    fal_parallel_for(n_blocks, rank_block, candidates);
    ranked_end(&candidates->model, candidates);
    ranked_end(&candidates->popular, candidates);
    ranked_end(&candidates->listed, candidates);
}

static void
candidates_clear(Candidates *candidates)
{
    ranked_clear(&candidates->model);
    ranked_clear(&candidates->popular);
    ranked_clear(&candidates->listed);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Candidates, candidates_clear)

static void
measure(const Candidates *candidates, const Ranked *ranked, const guint32 *plays, int k,
        FalMetrics *out)
{
    fal_metrics_of(ranked->rank, ranked->wins, plays, ranked->n,
                   candidates->n_artists - candidates->n_train, k, out);
}

static int
compare_check_row(const void *a, const void *b)
{
    const FalCheckRow *x = a, *y = b;

    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* All that is held out, by where the model ranks it; candidates are ranked. */
static FalCheckRow *
held_rows(const Candidates *candidates, const gint32 *col, const guint32 *plays, gint64 n)
{
    FalCheckRow *rows = g_new0(FalCheckRow, n);

    for (gint64 h = 0; h < n; h++) {
        rows[h] = (FalCheckRow){.artist = col[h],
                                .held_out = plays[h],
                                .rank = candidates->model.rank[h],
                                .popular_rank = candidates->popular.rank[h]};
        score_by_model(candidates, col[h], 1, &rows[h].score);
    }
    qsort(rows, (gsize)n, sizeof *rows, compare_check_row);
    return rows;
}

void
fal_check_ranks(const FalModel *model, FalPlays *held, gint32 user, gint64 *rank)
{
    const FalCsr *by_user = fal_plays_by_user(held);
    gint64 n = fal_csr_count(by_user, user);
    g_auto(Candidates) candidates = {0};

    candidates_init(&candidates, model, user);
    ranked_init(&candidates.model, &candidates, by_user->col + by_user->start[user], n,
                score_by_model);
    if (n == 0)
        return;
    candidates_rank(&candidates);
    memcpy(rank, candidates.model.rank, (gsize)n * sizeof *rank);
}

/* The check of a listener whose top list and candidates are known; held are n artists and their
 * plays. The list is copied. */
static FalCheck *
check_list(Candidates *candidates, const FalTop *top, int n_top, const gint32 *held,
           const guint32 *plays, gint64 n, int k)
{
    FalCheck *check = g_new0(FalCheck, 1);
    g_autofree gint32 *listed = g_new(gint32, n_top + 1);

    check->n = n_top;
    check->row = g_new0(FalCheckRow, n_top);
    check->n_held = n;
    for (int i = 0; i < n_top; i++) {
        const gint32 *at = bsearch(&top[i].row, held, (gsize)n, sizeof *held, compare_row);
        listed[i] = check->row[i].artist = top[i].row;
        check->row[i].score = top[i].score;
        check->row[i].rank = i + 1;
        check->row[i].held_out = at ? plays[at - held] : 0;
    }
    ranked_init(&candidates->model, candidates, held, n, score_by_model);
    ranked_init(&candidates->popular, candidates, held, n, score_by_listeners);
    ranked_init(&candidates->listed, candidates, listed, n_top, score_by_listeners);
    candidates_rank(candidates);
    for (int i = 0; i < n_top; i++)
        check->row[i].popular_rank = candidates->listed.rank[i];
    check->held = held_rows(candidates, held, plays, n);
    measure(candidates, &candidates->model, plays, k, &check->model);
    measure(candidates, &candidates->popular, plays, k, &check->popular);
    return check;
}

FalCheck *
fal_check_user(const FalModel *model, FalPlays *held, gint32 user, int k, GError **error)
{
    FalDataset *dataset = fal_model_dataset(model);
    const FalCsr *by_user = fal_plays_by_user(held);

    g_return_val_if_fail(k > 0 && user >= 0 && user < by_user->n_rows, NULL);
    g_return_val_if_fail(by_user->n_rows == fal_dataset_n_users(dataset), NULL);

    if (fal_csr_count(by_user, user) == 0) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "user %" G_GINT64_FORMAT " has nothing held out to check against",
                    fal_dataset_user_id(dataset, user));
        return NULL;
    }
    if (!fal_evaluate_fits(model, held, user, error))
        return NULL;
    int n_top = MIN(k, fal_dataset_n_artists(dataset));
    g_autofree FalTop *top = g_new(FalTop, n_top);
    g_auto(Candidates) candidates = {0};
    n_top = fal_model_recommend(model, user, n_top, FALSE, top);
    candidates_init(&candidates, model, user);
    return check_list(&candidates, top, n_top, by_user->col + by_user->start[user],
                      by_user->plays + by_user->start[user], fal_csr_count(by_user, user), k);
}

FalCheck *
fal_check_listener(const FalFoldIn *kept, const FalModel *model, const gint32 *held,
                   const guint32 *plays, gint64 n, int k, GError **error)
{
    FalDataset *dataset = fal_model_dataset(model);
    int n_top = MIN(k, fal_dataset_n_artists(dataset));
    g_autofree FalTop *top = g_new(FalTop, n_top);
    g_auto(Candidates) candidates = {.dataset = dataset};

    g_return_val_if_fail(k > 0, NULL);
    if (n == 0) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "nothing is held out to check against");
        return NULL;
    }
    candidates.ids = fal_dataset_artist_ids(dataset);
    candidates.n_artists = fal_dataset_n_artists(dataset);
    candidates.train = fal_fold_in_artists(kept, &candidates.n_train);
    candidates.factors = fal_model_factors(model);
    candidates.by_artist = fal_plays_by_artist(fal_model_train(model));
    candidates.bare = bare_of(model);
    candidates.x = fal_fold_in_factors(kept);
    n_top = fal_fold_in_recommend(kept, n_top, FALSE, top);
    return check_list(&candidates, top, n_top, held, plays, n, k);
}

/* The place of an artist in the order of holding out. */
static guint64
lot_of(guint64 seed, gint64 id)
{
    return fal_random_hash(seed, NO_USER, (guint64)id);
}

typedef struct {
    guint64 lot;
    gint64 at;
} Lot;

static int
compare_lots(const void *a, const void *b)
{
    const Lot *x = a, *y = b;

    if (x->lot != y->lot)
        return x->lot < y->lot ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

gboolean *
fal_check_hold_out(FalDataset *dataset, const gint32 *artists, gint64 n, double share,
                   guint64 seed, GError **error)
{
    gint64 n_held = CLAMP((gint64)(share * (double)n + 0.5), 1, MAX(n - 1, 1));

    if (n < 2) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "of %" G_GINT64_FORMAT " artist none can be held out: two are needed at "
                    "least",
                    n);
        return NULL;
    }
    g_autofree Lot *lots = g_new(Lot, n);
    gboolean *out = g_new0(gboolean, n);
    for (gint64 i = 0; i < n; i++)
        lots[i] = (Lot){lot_of(seed, fal_dataset_artist_id(dataset, artists[i])), i};
    qsort(lots, (gsize)n, sizeof *lots, compare_lots);
    for (gint64 i = 0; i < n_held; i++)
        out[lots[i].at] = TRUE;
    return out;
}

void
fal_check_free(FalCheck *check)
{
    if (check != NULL) {
        g_free(check->row);
        g_free(check->held);
        g_free(check);
    }
}
