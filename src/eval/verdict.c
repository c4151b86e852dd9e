/* Who wins an evaluation, metric by metric.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "eval/evaluate-private.h"

const char *const fal_ranker_names[] = {"this model", "most listeners", "most plays", "random",
                                        "item cosine"};
const char *const fal_metric_names[] = {"auc",        "ndcg",     "precision", "recall",
                                        "map",        "overlap",  "hitrate",   "percentile",
                                        "popularity", "coverage", NULL};
const char *const fal_group_names[] = {"few", "some", "many"};
const char *const fal_verdict_names[] = {"cannot tell", "better", "worse", ""};

static const struct {
    gsize value, estimate;
} fields[FAL_N_MEANS] = {
#define FIELD(name)                                                                            \
    {                                                                                          \
        G_STRUCT_OFFSET(FalMetrics, name), G_STRUCT_OFFSET(FalRankerResult, name)              \
    }
    [FAL_METRIC_AUC] = FIELD(auc),
    [FAL_METRIC_NDCG] = FIELD(ndcg),
    [FAL_METRIC_PRECISION] = FIELD(precision),
    [FAL_METRIC_RECALL] = FIELD(recall),
    [FAL_METRIC_MAP] = FIELD(map),
    [FAL_METRIC_OVERLAP] = FIELD(overlap),
    [FAL_METRIC_HITRATE] = FIELD(hitrate),
    [FAL_METRIC_PERCENTILE] = FIELD(percentile),
    [FAL_METRIC_POPULARITY] = FIELD(popularity),
#undef FIELD
};

char *
fal_metric_title(FalMetric metric, int k)
{
    static const char *const titles[FAL_N_MEANS] = {
        [FAL_METRIC_AUC] = "AUC",
        [FAL_METRIC_NDCG] = "NDCG@%d",
        [FAL_METRIC_PRECISION] = "precision@%d",
        [FAL_METRIC_RECALL] = "recall@%d",
        [FAL_METRIC_MAP] = "MAP@%d",
        [FAL_METRIC_OVERLAP] = "overlap",
        [FAL_METRIC_HITRATE] = "hit rate@%d",
        [FAL_METRIC_PERCENTILE] = "mean percentile rank",
        [FAL_METRIC_POPULARITY] = "popularity@%d",
    };
    g_autofree char *number = g_strdup_printf("%d", k);
    g_auto(GStrv) parts = g_strsplit(titles[metric], "%d", 2);

    return g_strjoinv(number, parts);
}

double
fal_metric_of_user(const FalMetrics *metrics, FalMetric metric)
{
    return G_STRUCT_MEMBER(double, metrics, fields[metric].value);
}

FalEstimate *
fal_metric_estimate(FalRankerResult *result, FalMetric metric)
{
    return G_STRUCT_MEMBER_P(result, fields[metric].estimate);
}

FalEstimate
fal_evaluation_metric(const FalEvaluation *evaluation, FalRanker ranker, FalMetric metric)
{
    const FalRankerResult *result = &evaluation->ranker[ranker];

    if (metric == FAL_METRIC_COVERAGE)
        return (FalEstimate){result->coverage, result->coverage, result->coverage};
    return G_STRUCT_MEMBER(FalEstimate, result, fields[metric].estimate);
}

/* -1 where less is better. */
static double
direction(FalMetric metric)
{
    return metric == FAL_METRIC_PERCENTILE ? -1 : 1;
}

FalVerdict
fal_evaluation_verdict(const FalEvaluation *evaluation, FalRanker ranker, FalMetric metric)
{
    double sign = direction(metric);

    if (metric >= FAL_METRIC_POPULARITY)
        return FAL_VERDICT_NO_CONTEST;
    const FalEstimate *ahead = &evaluation->ranker[ranker].ahead[metric];
    if (ahead->low > 0)
        return sign > 0 ? FAL_VERDICT_BETTER : FAL_VERDICT_WORSE;
    if (ahead->high < 0)
        return sign > 0 ? FAL_VERDICT_WORSE : FAL_VERDICT_BETTER;
    return FAL_VERDICT_CANNOT_TELL;
}

/* The best ranker against which the model has this verdict, or the model where there is none.
 */
static FalRanker
best_with(const FalEvaluation *evaluation, FalMetric metric, FalVerdict verdict)
{
    FalRanker best = FAL_RANKER_MODEL;
    double most = 0;

    for (int i = FAL_RANKER_MODEL + 1; i < FAL_N_RANKERS; i++) {
        FalRanker ranker = (FalRanker)i;
        if (!fal_evaluation_has(evaluation, ranker) ||
            fal_evaluation_verdict(evaluation, ranker, metric) != verdict)
            continue;
        double own = direction(metric) * fal_evaluation_metric(evaluation, ranker, metric).mean;
        if (best == FAL_RANKER_MODEL || own > most) {
            best = ranker;
            most = own;
        }
    }
    return best;
}

FalVerdict
fal_evaluation_overall(const FalEvaluation *evaluation, FalMetric metric, FalRanker *by)
{
    static const FalVerdict bad[] = {FAL_VERDICT_WORSE, FAL_VERDICT_CANNOT_TELL};

    *by = FAL_RANKER_MODEL;
    if (metric >= FAL_METRIC_POPULARITY)
        return FAL_VERDICT_NO_CONTEST;
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        *by = best_with(evaluation, metric, bad[i]);
        if (*by != FAL_RANKER_MODEL)
            return bad[i];
    }
    return FAL_VERDICT_BETTER;
}
