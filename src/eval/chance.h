/* What recommending at random comes to: exact expectations over all orders of the candidates,
 * so that no seed plays a part.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_EVAL_CHANCE_H
#define FAL_EVAL_CHANCE_H

#include "eval/metrics.h"

/* The expected metrics of a user with n_held of n_candidates held out, both at least 1: all but
 * popularity, which is the candidates' mean. Of the held-out artists n_held_unknown, and of the
 * other candidates n_unknown, have nobody in training. */
void fal_chance_metrics(gint64 n_held, gint64 n_candidates, int k, FalAuc auc,
                        gint64 n_held_unknown, gint64 n_unknown, FalMetrics *out);

/* The expected coverage of lists of n_artists artists. */
typedef struct FalChanceCoverage FalChanceCoverage;

FalChanceCoverage *fal_chance_coverage_new(gint32 n_artists, GError **error);
void fal_chance_coverage_free(FalChanceCoverage *coverage);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalChanceCoverage, fal_chance_coverage_free)
/* One user's list of k, without the n_train artists in train. Users in a fixed order. */
void fal_chance_coverage_add(FalChanceCoverage *coverage, int k, const gint32 *train,
                             gint64 n_train);
double fal_chance_coverage_end(const FalChanceCoverage *coverage);

#endif
