/* What the files of an evaluation share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_EVAL_EVALUATE_PRIVATE_H
#define FAL_EVAL_EVALUATE_PRIVATE_H

#include "eval/evaluate.h"

/* A mean's value of a user, and its estimate. */
double fal_metric_of_user(const FalMetrics *metrics, FalMetric metric);
FalEstimate *fal_metric_estimate(FalRankerResult *result, FalMetric metric);

/* Fills estimates, differences, bins and what is sorted, of evaluation and its groups, from
 * what the users have. */
gboolean fal_evaluation_estimate(FalEvaluation *evaluation, guint64 seed, FalTask *task,
                                 GError **error);
/* best less other in the mean over n users, by the paired bootstrap. */
FalEstimate fal_evaluate_paired(const double *best, const double *other, gint32 n, guint64 seed);
/* Makes the groups of an evaluation whose users have these numbers of artists in training. */
gboolean fal_evaluation_make_groups(FalEvaluation *evaluation, const gint64 *n_artists,
                                    GError **error);

#endif
