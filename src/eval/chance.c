/* Recommending at random (see chance.h).
 *
 * In a random order of N candidates, m of them held out, each place holds a held-out one with
 * probability m / N, and given that, each place before it with (m - 1) / (N - 1).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "eval/chance.h"

#include <math.h>

#include "base/alloc.h"

struct FalChanceCoverage {
    gint32 n_artists;
    double all;      /* sum over users of log(1 - k / candidates) */
    double *without; /* by artist: the same over users for whom it is no candidate */
};

static double
chance_auc(gint64 n_held, gint64 n_others, FalAuc auc, gint64 n_held_unknown, gint64 n_unknown)
{
    double known = (double)(n_others - n_unknown), others = (double)n_others;
    gint64 n_held_known = n_held - n_held_unknown;

    if (auc == FAL_AUC_BOOK1)
        return n_held_known > 0 ? 0.5 : NAN;
    if (auc == FAL_AUC_ALL || n_others == 0)
        return 0.5;
    return ((double)n_held_known * known / others / 2 +
            (double)n_held_unknown * known / others) /
           (double)n_held;
}

void
fal_chance_metrics(gint64 n_held, gint64 n_candidates, int k, FalAuc auc, gint64 n_held_unknown,
                   gint64 n_unknown, FalMetrics *out)
{
    gint64 depth = MIN(k, n_candidates), n_ideal = MIN(k, n_held);
    double hit = (double)n_held / (double)n_candidates;
    double next = n_candidates > 1 ? (double)(n_held - 1) / (double)(n_candidates - 1) : 0;
    double gain = 0, ideal = 0, precisions = 0, miss = 1;

    g_return_if_fail(n_held > 0 && n_candidates >= n_held && k > 0);

    for (gint64 place = 1; place <= depth; place++) {
        double discount = 1 / log2((double)place + 1);
        gain += hit * discount;
        ideal += place <= n_ideal ? discount : 0;
        precisions += hit * (1 + (double)(place - 1) * next) / (double)place;
        miss *= MAX((double)(n_candidates - n_held - place + 1), 0) /
                (double)(n_candidates - place + 1);
    }
    out->auc = chance_auc(n_held, n_candidates - n_held, auc, n_held_unknown, n_unknown);
    out->precision = (double)depth * hit / k;
    out->recall = (double)depth * hit / (double)n_ideal;
    out->map = precisions / (double)n_ideal;
    out->ndcg = gain / ideal;
    out->overlap = hit;
    out->hitrate = 1 - miss;
    out->percentile = 0.5;
}

FalChanceCoverage *
fal_chance_coverage_new(gint32 n_artists, GError **error)
{
    g_autoptr(FalChanceCoverage) coverage = g_new0(FalChanceCoverage, 1);

    coverage->n_artists = n_artists;
    coverage->without = FAL_NEW(double, n_artists, error);
    return coverage->without != NULL ? g_steal_pointer(&coverage) : NULL;
}

void
fal_chance_coverage_free(FalChanceCoverage *coverage)
{
    if (coverage != NULL) {
        fal_free(coverage->without);
        g_free(coverage);
    }
}

void
fal_chance_coverage_add(FalChanceCoverage *coverage, int k, const gint32 *train, gint64 n_train)
{
    gint64 n_candidates = coverage->n_artists - n_train;
    /* Whose list holds all candidates leaves none out: next to nothing, as 0 has no logarithm.
     */
    double out = log(MAX(1 - (double)MIN(k, n_candidates) / (double)n_candidates, 1e-300));

    coverage->all += out;
    for (gint64 i = 0; i < n_train; i++)
        coverage->without[train[i]] += out;
}

double
fal_chance_coverage_end(const FalChanceCoverage *coverage)
{
    double sum = 0;

    for (gint32 artist = 0; artist < coverage->n_artists; artist++)
        sum += 1 - exp(MIN(coverage->all - coverage->without[artist], 0));
    return sum / coverage->n_artists;
}
