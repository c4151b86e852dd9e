/* Evaluation of a model against held-out plays, with the baselines beside it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_EVAL_EVALUATE_H
#define FAL_EVAL_EVALUATE_H

#include "eval/metrics.h"
#include "eval/split.h"
#include "model/foldin.h"
#include "model/model.h"

typedef enum {
    FAL_RANKER_MODEL,          /* x_u . y_i */
    FAL_RANKER_MOST_LISTENERS, /* by listeners in training */
    FAL_RANKER_MOST_PLAYS,     /* by plays in training */
    FAL_RANKER_RANDOM,         /* all orders alike: expectations (chance.h) */
    FAL_RANKER_COSINE,         /* item to item on raw counts (cosine.h) */
    FAL_N_RANKERS
} FalRanker;

/* "this model", "most listeners", "most plays", "random", "item cosine" */
extern const char *const fal_ranker_names[];

typedef enum {
    FAL_METRIC_AUC,
    FAL_METRIC_NDCG,
    FAL_METRIC_PRECISION,
    FAL_METRIC_RECALL,
    FAL_METRIC_MAP,
    FAL_METRIC_OVERLAP,
    FAL_METRIC_HITRATE,
    FAL_METRIC_PERCENTILE, /* the only one of which less is better */
    FAL_METRIC_POPULARITY, /* these two are no contest */
    FAL_METRIC_COVERAGE,
    FAL_N_METRICS,
    FAL_N_MEANS = FAL_METRIC_COVERAGE /* those before it are means over users */
} FalMetric;

extern const char *const fal_metric_names[]; /* by FalMetric */
/* "NDCG@10": how a metric is called in a sentence; not of coverage. Free with g_free(). */
char *fal_metric_title(FalMetric metric, int k);

typedef struct {
    double mean, low, high; /* the 95 % interval, percentile bootstrap over users */
} FalEstimate;

/* An AUC of 0 .. 1 is counted in so many bins of the same width; 1 belongs to the last. */
#define FAL_AUC_BINS 50

typedef struct {
    FalEstimate auc, precision, recall, map, ndcg, overlap, hitrate, percentile, popularity;
    double coverage; /* share of the catalogue that is in at least one user's top k; NaN in a
                        group of users */
    FalEstimate ahead[FAL_N_MEANS]; /* the model's less this one's, from the same resamples of
                                       the users (paired bootstrap) */
    gint64 auc_bin[FAL_AUC_BINS];   /* how many of the users have such an AUC */
    FalMetrics *users;              /* per evaluated user, n_users */
} FalRankerResult;

/* Users by the number of their artists in training: thirds, where equal numbers allow. */
typedef enum { FAL_GROUP_FEW, FAL_GROUP_SOME, FAL_GROUP_MANY, FAL_N_GROUPS } FalGroup;

extern const char *const fal_group_names[];

typedef struct FalEvaluation FalEvaluation;
struct FalEvaluation {
    int k;
    gint32 n_users; /* evaluated: those with held-out artists, or a seeded sample of them */
    gint32 *user;   /* their rows, rising */
    guint rankers;  /* bits by FalRanker: what was measured; the others are zeros */
    FalAuc auc;
    FalRankerResult ranker[FAL_N_RANKERS];
    double better; /* share of paired bootstrap samples in which the model's ndcg is above most
                      listeners' */
    /* Of the model, rising, n_users each but for NaN, which are left out: to see where somebody
     * stands among all. */
    double *sorted_ndcg, *sorted_auc;
    FalEvaluation *group[FAL_N_GROUPS]; /* NULL where not asked for or nobody is in it */
    gint64 least_artists, most_artists; /* in training, of these users */
};

typedef struct {
    int k;
    gint32 max_users; /* 0: all */
    guint64 seed;     /* of the sample of users, and of the bootstrap */
    guint rankers;    /* bits by FalRanker; the model is always measured */
    FalAuc auc;
    gboolean groups;
} FalEvaluateSettings;

/* k 10, 2,000 users, seed 1, all rankers, no groups. */
void fal_evaluate_settings_init(FalEvaluateSettings *settings);

/* Evaluates on held (a part of a split that model was trained without). The sample depends on
 * seed and ids only. FAL_ERROR_FAILED where nobody has held-out artists, or fal_evaluate_fits()
 * fails; _CANCELLED, _MEMORY. The same bits for any number of threads.
 */
FalEvaluation *fal_evaluate_by(const FalModel *model, FalPlays *held,
                               const FalEvaluateSettings *settings, FalTask *task,
                               GError **error);
/* The same without the item-to-item cosines, which take as long as all the rest. */
FalEvaluation *fal_evaluate(const FalModel *model, FalPlays *held, int k, gint32 max_users,
                            guint64 seed, FalTask *task, GError **error);
void fal_evaluation_free(FalEvaluation *evaluation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalEvaluation, fal_evaluation_free)
/* Lets go of what is kept per user, which is most of it: user and users are NULL then. */
void fal_evaluation_shrink(FalEvaluation *evaluation);
/* The bin of an AUC. */
int fal_evaluate_auc_bin(double auc);

static inline gboolean
fal_evaluation_has(const FalEvaluation *evaluation, FalRanker ranker)
{
    return (evaluation->rankers >> ranker & 1) != 0;
}

/* The share of the evaluated users whose ndcg (auc) by the model is below value, ties half; NaN
 * where there are none. */
double fal_evaluation_share_below(const FalEvaluation *evaluation, FalMetric metric,
                                  double value);

/* --- what came out, by metric (verdict.c) --- */

/* How the model does against another ranker. */
typedef enum {
    FAL_VERDICT_CANNOT_TELL, /* the interval of the difference holds 0 */
    FAL_VERDICT_BETTER,
    FAL_VERDICT_WORSE,
    FAL_VERDICT_NO_CONTEST, /* coverage and popularity: more is not better */
} FalVerdict;

/* By FalVerdict: "cannot tell", "better", "worse", "". */
extern const char *const fal_verdict_names[];

/* The coverage is a count and has no width. */
FalEstimate fal_evaluation_metric(const FalEvaluation *evaluation, FalRanker ranker,
                                  FalMetric metric);
/* The model against one other ranker that was measured: by the paired difference. */
FalVerdict fal_evaluation_verdict(const FalEvaluation *evaluation, FalRanker ranker,
                                  FalMetric metric);
/* The model against all that were measured. BETTER: than each of them. WORSE: than *by, the
 * best of those that it is worse than. Else it cannot be told from *by, the best of those. */
FalVerdict fal_evaluation_overall(const FalEvaluation *evaluation, FalMetric metric,
                                  FalRanker *by);

/* The users that fal_evaluate() takes: rising rows, *n of them; free with fal_free(). */
gint32 *fal_evaluate_sample(FalDataset *dataset, FalPlays *held, gint32 max_users, guint64 seed,
                            gint32 *n, GError **error);
/* The ranking of a baseline: all artists by listeners or plays in train. */
FalRanking *fal_evaluate_baseline(FalDataset *dataset, FalPlays *train, FalRanker ranker,
                                  GError **error);

/* FALSE with FAL_ERROR_FAILED where the model was trained with an artist that the user has in
 * held: figures from it would be worth nothing. */
gboolean fal_evaluate_fits(const FalModel *model, FalPlays *held, gint32 user, GError **error);

/* Quick mean NDCG@k of bare factors on up to max_users users, for watching a training. NaN
 * where nobody has held-out artists. */
double fal_evaluate_ndcg(const FalFactors *factors, FalDataset *dataset, FalPlays *train,
                         FalPlays *held, int k, gint32 max_users, guint64 seed);
/* Both metrics that a training is watched by; factors NULL: of the most-listeners list. */
typedef struct {
    double ndcg, recall;
} FalWatched;

FalWatched fal_evaluate_watched(const FalFactors *factors, FalDataset *dataset, FalPlays *train,
                                FalPlays *held, int k, gint32 max_users, guint64 seed);
/* The same for the most-listeners list: the line to beat. */
double fal_evaluate_popular_ndcg(FalDataset *dataset, FalPlays *train, FalPlays *held, int k,
                                 gint32 max_users, guint64 seed);

/* One user's spot check. */
typedef struct {
    gint32 artist;
    float score;
    guint32 held_out;    /* plays that were held out, 0: not a hit */
    gint64 rank;         /* among the user's candidates by the model, from 1 */
    gint64 popular_rank; /* among the user's candidates by listeners in training, from 1 */
} FalCheckRow;

typedef struct {
    int n;              /* rows */
    FalCheckRow *row;   /* the top n of the model, best first */
    gint64 n_held;      /* held-out artists of the user ... */
    FalCheckRow *held;  /* ... wherever they are ranked, best first */
    FalMetrics model;   /* at k = n asked for */
    FalMetrics popular; /* the most-listeners list's, same candidates */
} FalCheck;

/* FAL_ERROR_FAILED where the user has nothing held out (rows are not made then) or
 * fal_evaluate_fits() fails. */
FalCheck *fal_check_user(const FalModel *model, FalPlays *held, gint32 user, int k,
                         GError **error);
/* The same for a listener who is no user: `kept` is solved for (fold-in) and not listed, and the n
 * artists in held (rising, none of them kept) with their plays were held out. */
FalCheck *fal_check_listener(const FalFoldIn *kept, const FalModel *model, const gint32 *held,
                             const guint32 *plays, gint64 n, int k, GError **error);
/* Chooses what of n artists (rising) to hold out, by a hash of (seed, id) alone: about that share
 * of them, at least one and not all. FAL_ERROR_FAILED where there are less than two. */
gboolean *fal_check_hold_out(FalDataset *dataset, const gint32 *artists, gint64 n, double share,
                             guint64 seed, GError **error);
/* The model's rank, from 1 among the user's candidates, of each artist that the user has in
 * held, in the order they have there. */
void fal_check_ranks(const FalModel *model, FalPlays *held, gint32 user, gint64 *rank);
void fal_check_free(FalCheck *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalCheck, fal_check_free)

#endif
