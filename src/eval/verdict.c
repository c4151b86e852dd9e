/* Who wins an evaluation, metric by metric.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "eval/evaluate.h"

const char *const fal_metric_names[] = {"auc", "ndcg",    "precision", "recall",
                                        "map", "overlap", "coverage",  NULL};

FalEstimate
fal_evaluation_metric(const FalEvaluation *evaluation, FalRanker ranker, FalMetric metric)
{
    const FalRankerResult *r = &evaluation->ranker[ranker];
    const FalEstimate metrics[FAL_N_METRICS] = {
        [FAL_METRIC_AUC] = r->auc,
        [FAL_METRIC_NDCG] = r->ndcg,
        [FAL_METRIC_PRECISION] = r->precision,
        [FAL_METRIC_RECALL] = r->recall,
        [FAL_METRIC_MAP] = r->map,
        [FAL_METRIC_OVERLAP] = r->overlap,
        [FAL_METRIC_COVERAGE] = {r->coverage, r->coverage, r->coverage},
    };

    return metrics[metric];
}

FalVerdict
fal_evaluation_verdict(const FalEvaluation *evaluation, FalMetric metric)
{
    FalEstimate model = fal_evaluation_metric(evaluation, FAL_RANKER_MODEL, metric);
    gboolean beaten = FALSE;

    for (int i = 0; i < FAL_N_RANKERS; i++) {
        FalEstimate own = fal_evaluation_metric(evaluation, (FalRanker)i, metric);
        gboolean wins = TRUE;
        for (int j = 0; j < FAL_N_RANKERS; j++)
            wins = wins &&
                   (i == j ||
                    own.low > fal_evaluation_metric(evaluation, (FalRanker)j, metric).high);
        if (wins)
            return (FalVerdict)i;
        beaten = beaten || own.low > model.high;
    }
    return beaten ? FAL_VERDICT_BEATEN : FAL_VERDICT_NONE;
}
