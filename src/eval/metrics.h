/* Metrics of one user's ranking against what was held out, exact over all candidates.
 *
 * Candidates are all artists but those the user has in training. With every held-out artist's
 * place among them known, all metrics follow:
 *   precision = hits / k                 recall = hits / min(k, held out)
 *   map  = sum over hits of precision at the hit / min(k, held out)
 *   ndcg = sum over hits of 1 / log2(rank + 1), over the same for the ideal list cut at k
 *   auc  = share of (held-out, other) pairs in the right order, ties half
 *   overlap = |top X held out| / X with X = the user's held-out artists
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_EVAL_METRICS_H
#define FAL_EVAL_METRICS_H

#include <glib.h>

typedef struct {
    double auc, precision, recall, map, ndcg, overlap;
} FalMetrics;

/* Where each held-out artist stands: rank[h] is 1 + the candidates before it (larger score, or
 * the same score and a smaller id), and wins[h] the candidates it beats that are not held out,
 * ties half. scores has n finite values; train and held (disjoint) are rising rows. */
void fal_metrics_ranks(const float *scores, gint32 n, const gint64 *ids, const gint32 *train,
                       gint64 n_train, const gint32 *held, gint64 n_held, gint64 *rank,
                       double *wins);

/* The same in pieces, by several threads: the scores and ids of the held-out artists, then all
 * other candidates in any order, each once, into one of n_tallies tallies, which belongs to
 * the thread that counts. Those that score below the lowest held-out artist may be left out. */
typedef struct FalLadder FalLadder;

FalLadder *fal_ladder_new(const float *scores, const gint64 *ids, gint64 n_held, int n_tallies);
void fal_ladder_free(FalLadder *ladder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalLadder, fal_ladder_free)
float fal_ladder_lowest(const FalLadder *ladder);
void fal_ladder_count(FalLadder *ladder, int number, const float *scores, const gint64 *ids,
                      gint64 n_all);
/* Once, at the end; n_others as many as there are candidates that are not held out. */
void fal_ladder_ranks(FalLadder *ladder, gint64 n_others, gint64 *rank, double *wins);

/* The metrics from those; n_candidates as above (held-out ones included). n_held and k are at
 * least 1. */
void fal_metrics_of(const gint64 *rank, const double *wins, gint64 n_held, gint64 n_candidates,
                    int k, FalMetrics *out);
/* The ndcg alone; what ranks are above k does not matter. */
double fal_metrics_ndcg(const gint64 *rank, gint64 n_held, int k);

/* A ranking that is the same for every user, as a baseline's is: sorted once, so that a user
 * costs no pass over all artists. Larger keys first, ties by the smaller id. */
typedef struct FalRanking FalRanking;

FalRanking *fal_ranking_new(const guint64 *key, gint32 n, const gint64 *ids, GError **error);
void fal_ranking_free(FalRanking *ranking);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalRanking, fal_ranking_free)

/* fal_metrics_ranks() for it. */
void fal_ranking_ranks(const FalRanking *ranking, const gint32 *train, gint64 n_train,
                       const gint32 *held, gint64 n_held, gint64 *rank, double *wins);
/* Its first k rows without those in skip (rising); returns how many. */
int fal_ranking_top(const FalRanking *ranking, int k, const gint32 *skip, gint64 n_skip,
                    gint32 *out);

#endif
