/* Quick looks while a model is being trained: NDCG and recall of bare factors, and the line to
 * beat.
 *
 * After each iteration the factors are new, so building an index over them would cost more than
 * it saves. But the artists lie by falling listeners, and popular ones have long vectors: going
 * through them as they lie, a block at a time, most blocks are too short to get into anyone's
 * top list (|x||y| bounds x.y) and are never read.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "eval/evaluate.h"

#include <math.h>

#include "base/alloc.h"
#include "base/kernels.h"
#include "base/parallel.h"

#define BLOCK_ARTISTS 64
/* More than rounding can take from |x||y|. */
#define SLACK 1.0001f

typedef struct {
    const FalKernels *kernels;
    const FalFactors *factors; /* NULL: rank by `popular` */
    float *longest;            /* by block of artists: the largest norm */
    const FalRanking *popular;
    const gint64 *ids;
    const FalCsr *train, *held;
    const gint32 *user;
    int k;
    double *ndcg, *recall; /* by sampled user */
} Watch;

static void
measure_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Watch *watch = data;
    const FalFactors *factors = watch->factors;
    gint64 first = block * BLOCK_ARTISTS;
    gint64 end = MIN(first + BLOCK_ARTISTS, factors->n_artists);
    float longest = 0;

    for (gint64 artist = first; artist < end; artist++) {
        const float *y = fal_artist_factors(factors, (gint32)artist);
        longest = MAX(longest, watch->kernels->dot(y, y, factors->stride));
    }
    watch->longest[block] = sqrtf(longest);
}

static gboolean
is_before(const Watch *watch, FalTop a, FalTop b)
{
    return a.score > b.score || (a.score == b.score && watch->ids[a.row] < watch->ids[b.row]);
}

/* Puts an artist where it belongs among the n best, k at most; returns how many they are. */
static int
offer(const Watch *watch, gint32 user, FalTop new, FalTop *top, int n)
{
    if (n == watch->k && !is_before(watch, new, top[n - 1]))
        return n;
    if (fal_csr_find(watch->train, user, new.row) > 0)
        return n;
    int at = n < watch->k ? n++ : n - 1;
    for (; at > 0 && is_before(watch, new, top[at - 1]); at--)
        top[at] = top[at - 1];
    top[at] = new;
    return n;
}

/* The rows of the user's best artists by the factors; returns how many. */
static int
best_by_factors(const Watch *watch, gint32 user, gint32 *rows)
{
    const FalFactors *factors = watch->factors;
    const float *x = fal_user_factors(factors, user);
    float length = SLACK * sqrtf(watch->kernels->dot(x, x, factors->stride));
    g_autofree FalTop *top = g_new(FalTop, watch->k);
    float scores[BLOCK_ARTISTS];
    int n = 0;

    for (gint32 block = 0; block <= (factors->n_artists - 1) / BLOCK_ARTISTS; block++) {
        if (n == watch->k && length * watch->longest[block] < top[n - 1].score)
            continue;
        gint32 first = block * BLOCK_ARTISTS;
        gint32 count = MIN(BLOCK_ARTISTS, factors->n_artists - first);
        watch->kernels->dots(fal_artist_factors(factors, first), count, x, factors->stride,
                             scores);
        for (gint32 i = 0; i < count; i++)
            n = offer(watch, user, (FalTop){.row = first + i, .score = scores[i]}, top, n);
    }
    for (int i = 0; i < n; i++)
        rows[i] = top[i].row;
    return n;
}

static void
watch_user(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Watch *watch = data;
    gint32 user = watch->user[block];
    gint64 n_held = fal_csr_count(watch->held, user), n_hits = 0;
    g_autofree gint32 *rows = g_new(gint32, watch->k);
    g_autofree gint64 *rank = g_new(gint64, n_held);
    int n;

    if (watch->factors != NULL) {
        n = best_by_factors(watch, user, rows);
    } else {
        n = fal_ranking_top(watch->popular, watch->k,
                            watch->train->col + watch->train->start[user],
                            fal_csr_count(watch->train, user), rows);
    }
    for (int i = 0; i < n; i++)
        if (fal_csr_find(watch->held, user, rows[i]) > 0)
            rank[n_hits++] = i + 1;
    for (gint64 h = n_hits; h < n_held; h++)
        rank[h] = G_MAXINT64;
    watch->ndcg[block] = fal_metrics_ndcg(rank, n_held, watch->k);
    watch->recall[block] = (double)n_hits / (double)MIN(watch->k, n_held);
}

/* The means over the sampled users; NaN where there are none, or no memory for what is only
 * nice to know. */
static FalWatched
watch_mean(Watch *watch, FalDataset *dataset, FalPlays *train, FalPlays *held, int k,
           gint32 max_users, guint64 seed)
{
    gint32 n = 0;
    FalWatched mean = {0, 0};
    fal_autofree gint32 *user = fal_evaluate_sample(dataset, held, max_users, seed, &n, NULL);
    fal_autofree double *ndcg = FAL_NEW(double, n, NULL);
    fal_autofree double *recall = FAL_NEW(double, n, NULL);

    if (user == NULL || ndcg == NULL || recall == NULL || n == 0)
        return (FalWatched){NAN, NAN};
    watch->ids = fal_dataset_artist_ids(dataset);
    watch->train = fal_plays_by_user(train);
    watch->held = fal_plays_by_user(held);
    watch->user = user;
    watch->k = MIN(k, fal_dataset_n_artists(dataset));
    watch->ndcg = ndcg;
    watch->recall = recall;
    fal_parallel_for(n, watch_user, watch);
    for (gint32 i = 0; i < n; i++) {
        mean.ndcg += ndcg[i];
        mean.recall += recall[i];
    }
    return (FalWatched){mean.ndcg / n, mean.recall / n};
}

FalWatched
fal_evaluate_watched(const FalFactors *factors, FalDataset *dataset, FalPlays *train,
                     FalPlays *held, int k, gint32 max_users, guint64 seed)
{
    const FalWatched none = {NAN, NAN};
    Watch watch = {.kernels = fal_kernels(), .factors = factors};

    g_return_val_if_fail(k > 0 && max_users >= 0, none);

    if (factors == NULL) {
        g_autoptr(FalRanking) popular =
            fal_evaluate_baseline(dataset, train, FAL_RANKER_MOST_LISTENERS, NULL);
        watch.popular = popular;
        return popular != NULL ? watch_mean(&watch, dataset, train, held, k, max_users, seed)
                               : none;
    }
    g_return_val_if_fail(factors->n_artists > 0, none);
    gint64 n_blocks = (factors->n_artists - 1) / BLOCK_ARTISTS + 1;
    fal_autofree float *longest = FAL_NEW(float, n_blocks, NULL);
    if (longest == NULL)
        return none;
    watch.longest = longest;
    fal_parallel_for(n_blocks, measure_block, &watch);
    return watch_mean(&watch, dataset, train, held, k, max_users, seed);
}

double
fal_evaluate_ndcg(const FalFactors *factors, FalDataset *dataset, FalPlays *train,
                  FalPlays *held, int k, gint32 max_users, guint64 seed)
{
    return fal_evaluate_watched(factors, dataset, train, held, k, max_users, seed).ndcg;
}

double
fal_evaluate_popular_ndcg(FalDataset *dataset, FalPlays *train, FalPlays *held, int k,
                          gint32 max_users, guint64 seed)
{
    return fal_evaluate_watched(NULL, dataset, train, held, k, max_users, seed).ndcg;
}
