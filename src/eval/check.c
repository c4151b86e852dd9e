/* One user's spot check: what the model recommends, with what turned out to be held out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "eval/evaluate.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/kernels.h"
#include "base/parallel.h"

/* Artists scored at a time. */
#define BLOCK_ARTISTS 4096

/* The user's part of train and held, and a score for each artist. */
typedef struct {
    const gint64 *ids;
    gint32 n_artists;
    const gint32 *train, *held;
    gint64 n_train, n_held;
    float *model, *popular;
    const FalFactors *factors;
    const FalCsr *by_artist;
    const float *x; /* the user's factors */
} Candidates;

static int
compare_row(const void *a, const void *b)
{
    const gint32 *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The model's score is x . y by the kernel that top lists use: both show the same figures. */
static void
score_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Candidates *candidates = data;
    gint32 first = (gint32)(block * BLOCK_ARTISTS);
    gint32 n = MIN(BLOCK_ARTISTS, candidates->n_artists - first);

    fal_kernels()->dots(fal_artist_factors(candidates->factors, first), n, candidates->x,
                        candidates->factors->stride, candidates->model + first);
    /* A float counts to 16 million listeners exactly. */
    for (gint32 artist = first; artist < first + n; artist++)
        candidates->popular[artist] = (float)fal_csr_count(candidates->by_artist, artist);
}

static gboolean
candidates_init(Candidates *candidates, const FalModel *model, const FalCsr *held, gint32 user,
                GError **error)
{
    FalDataset *dataset = fal_model_dataset(model);
    const FalCsr *train = fal_plays_by_user(fal_model_train(model));

    candidates->ids = fal_dataset_artist_ids(dataset);
    candidates->n_artists = fal_dataset_n_artists(dataset);
    candidates->train = train->col + train->start[user];
    candidates->n_train = fal_csr_count(train, user);
    candidates->held = held->col + held->start[user];
    candidates->n_held = fal_csr_count(held, user);
    candidates->model = FAL_NEW(float, candidates->n_artists, error);
    if (candidates->model == NULL)
        return FALSE;
    candidates->popular = FAL_NEW(float, candidates->n_artists, error);
    if (candidates->popular == NULL)
        return FALSE;
    candidates->factors = fal_model_factors(model);
    candidates->by_artist = fal_plays_by_artist(fal_model_train(model));
    candidates->x = fal_user_factors(candidates->factors, user);
    gint64 n_blocks = ((gint64)candidates->n_artists + BLOCK_ARTISTS - 1) / BLOCK_ARTISTS;
    fal_parallel_for(n_blocks, score_block, candidates);
    return TRUE;
}

static void
candidates_clear(Candidates *candidates)
{
    fal_free(candidates->model);
    fal_free(candidates->popular);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Candidates, candidates_clear)

static void
measure(const Candidates *candidates, const float *scores, int k, FalMetrics *out)
{
    g_autofree gint64 *rank = g_new(gint64, candidates->n_held);
    g_autofree double *wins = g_new(double, candidates->n_held);

    fal_metrics_ranks(scores, candidates->n_artists, candidates->ids, candidates->train,
                      candidates->n_train, candidates->held, candidates->n_held, rank, wins);
    fal_metrics_of(rank, wins, candidates->n_held, candidates->n_artists - candidates->n_train,
                   k, out);
}

/* Sets the rows' places by listeners: that of a held-out artist is found in the same way. */
static void
rank_rows(const Candidates *candidates, FalCheckRow *row, int n)
{
    if (n <= 0)
        return;
    g_autofree gint32 *artist = g_new(gint32, n);
    g_autofree gint64 *rank = g_new(gint64, n);
    g_autofree double *wins = g_new(double, n);

    for (int i = 0; i < n; i++)
        artist[i] = row[i].artist;
    qsort(artist, (gsize)n, sizeof *artist, compare_row);
    fal_metrics_ranks(candidates->popular, candidates->n_artists, candidates->ids,
                      candidates->train, candidates->n_train, artist, n, rank, wins);
    for (int i = 0; i < n; i++) {
        const gint32 *at =
            bsearch(&row[i].artist, artist, (gsize)n, sizeof *artist, compare_row);
        row[i].popular_rank = rank[at - artist];
    }
}

/* The three passes over all candidates, side by side. */
typedef struct {
    const Candidates *candidates;
    FalCheck *check;
    int k;
} Passes;

static void
pass(gint64 number, G_GNUC_UNUSED int worker, gpointer data)
{
    const Passes *passes = data;
    const Candidates *candidates = passes->candidates;
    FalCheck *check = passes->check;

    if (number == 0)
        measure(candidates, candidates->model, passes->k, &check->model);
    else if (number == 1)
        measure(candidates, candidates->popular, passes->k, &check->popular);
    else
        rank_rows(candidates, check->row, check->n);
}

gboolean
fal_check_ranks(const FalModel *model, FalPlays *held, gint32 user, gint64 *rank,
                GError **error)
{
    const FalCsr *by_user = fal_plays_by_user(held);
    g_auto(Candidates) candidates = {0};

    if (!candidates_init(&candidates, model, by_user, user, error))
        return FALSE;
    g_autofree double *wins = g_new(double, candidates.n_held + 1);
    fal_metrics_ranks(candidates.model, candidates.n_artists, candidates.ids, candidates.train,
                      candidates.n_train, candidates.held, candidates.n_held, rank, wins);
    return TRUE;
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
    g_auto(Candidates) candidates = {0};
    if (!fal_evaluate_fits(model, held, user, error) ||
        !candidates_init(&candidates, model, by_user, user, error))
        return NULL;
    /* The rows come from the scores that are measured, so that the two cannot disagree. */
    int n_top = MIN(k, candidates.n_artists);
    g_autofree FalTop *top = g_new(FalTop, n_top);
    g_autoptr(FalCheck) check = g_new0(FalCheck, 1);
    check->n = fal_search_select(candidates.model, candidates.n_artists, candidates.ids, n_top,
                                 candidates.train, candidates.n_train, top);
    check->row = g_new0(FalCheckRow, check->n);
    for (int i = 0; i < check->n; i++) {
        check->row[i].artist = top[i].row;
        check->row[i].score = top[i].score;
        check->row[i].held_out = fal_csr_find(by_user, user, top[i].row);
    }
    check->n_held = candidates.n_held;
    fal_parallel_for(3, pass, &(Passes){&candidates, check, k});
    return g_steal_pointer(&check);
}

void
fal_check_free(FalCheck *check)
{
    if (check != NULL) {
        g_free(check->row);
        g_free(check);
    }
}
