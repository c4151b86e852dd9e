/* Metrics of one user's ranking against what was held out, exact over all candidates.
 *
 * Candidates are all artists but those the user has in training. With every held-out artist's
 * place among them known, all metrics follow:
 *   precision = hits / k                 recall = hits / min(k, held out)
 *   map  = sum over hits of precision at the hit / min(k, held out)
 *   ndcg = sum over hits of 1 / log2(rank + 1), over the same for the ideal list cut at k
 *   auc  = share of (held-out, other) pairs in the right order, ties half
 *   overlap = |top X held out| / X with X = the user's held-out artists
 *   hitrate = 1 where there is a hit, else 0
 *   percentile = sum over the held-out of plays (rank - 1) / (candidates - 1), by their plays
 *                (Hu, Koren, Volinsky 2008, eq. 8): 0 is the top of the list, 0.5 is chance
 *   popularity = mean of log10(1 + listeners in training) over the first k
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_EVAL_METRICS_H
#define FAL_EVAL_METRICS_H

#include <glib.h>

typedef struct {
    double auc, precision, recall, map, ndcg, overlap, hitrate;
    double percentile, popularity;
    double held_plays; /* what the user's percentile counts for in a mean over users */
} FalMetrics;

/* What is done about artists that nobody has in training: counted like all others (they score
 * 0), or as two books do whose programs' predictions have no figure for them. */
typedef enum {
    FAL_AUC_ALL,
    FAL_AUC_BOOK1, /* pairs with such an artist are left out, as MLlib's predict leaves them */
    FAL_AUC_BOOK3, /* its score is NaN, which Spark SQL sorts above every number: held out it
                      beats all that have one, and as an other it is beaten by nobody */
} FalAuc;

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

/* The metrics from those, but for popularity; n_candidates as above (held-out ones included),
 * plays by held-out artist (NULL: 1 each). n_held and k are at least 1. */
void fal_metrics_of(const gint64 *rank, const double *wins, const guint32 *plays, gint64 n_held,
                    gint64 n_candidates, int k, FalMetrics *out);
/* The auc as a book has it (not FAL_AUC_ALL), from the wins over known artists of each of the
 * n_held_known held-out artists that are known; n_held_unknown more are not, nor are n_unknown
 * of the n_others. NaN where all that is held out is left out. */
double fal_metrics_book_auc(FalAuc auc, const double *wins, gint64 n_held_known,
                            gint64 n_held_unknown, gint64 n_others, gint64 n_unknown);
/* The popularity of a list. */
double fal_metrics_popularity(const gint64 *listeners, int n);
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
