/* Tuning: many trainings with different settings, compared on what is held out.
 *
 * Successive halving (Jamieson, Talwalkar 2016): all are trained for a part of their
 * iterations, the better half of the settings by the held-out metric goes on, until the rest is
 * trained to the end. A training that is to go on is kept as it is as long as the memory for
 * that lasts; one that is not starts anew, with the same result to the bit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_EVAL_TUNE_H
#define FAL_EVAL_TUNE_H

#include "eval/evaluate.h"

typedef enum {
    FAL_TUNE_WHOLE,    /* trained to the end */
    FAL_TUNE_STOPPED,  /* cancelled before, and measured as far as it was */
    FAL_TUNE_HALVED,   /* given up, as others were better */
    FAL_TUNE_DIVERGED, /* no metric */
    FAL_N_TUNE_ENDS
} FalTuneEnd;

extern const char *const fal_tune_end_names[]; /* by FalTuneEnd, NULL-terminated */

/* Metrics that users have, so that runs can be compared user by user: all but the coverage. */
#define FAL_TUNE_METRICS FAL_METRIC_COVERAGE

/* One training. Figures that are not known are NaN. */
typedef struct {
    FalTrainSettings settings;
    FalTuneEnd end;
    int iterations;       /* done when it was measured */
    double loss, seconds; /* seconds of training */
    FalEstimate metric[FAL_TUNE_METRICS];
    double popular[FAL_TUNE_METRICS]; /* what the most-listeners list reaches */
    double mean;        /* of the metric that was tuned by, over the seeds of these settings */
    FalEstimate behind; /* the best run's less this one's, by the paired bootstrap over users */
} FalTuneRun;

/* Immutable once built. */
typedef struct {
    FalMetric metric; /* that it was tuned by */
    int k;
    gint32 n_users; /* measured */
    int n_seeds;
    gboolean cancelled;
    int n_runs; /* best first: whole ones before others, by mean, then by the metric */
    FalTuneRun *run;
} FalTuning;

typedef struct {
    const FalTrainSettings *settings; /* n_settings, each trained with n_seeds seeds from its
                                         own on */
    int n_settings, n_seeds;
    FalMetric metric; /* below FAL_TUNE_METRICS */
    int k;
    gint32 users; /* of those with held-out plays, the sample of fal_evaluate(); 0: all */
    gboolean halving;
    gsize memory; /* bytes that trainings at rest may take together; FAL_TUNE_MEMORY */
} FalTunePlan;

#define FAL_TUNE_MEMORY ((gsize)1 << 30)
#define FAL_TUNE_SEED   1 /* of the sample of users and the bootstrap */

/* Trains and measures. Diverged runs are recorded, not fatal. Cancelled, it gives the runs that
 * were measured by then, and FAL_ERROR_CANCELLED where there are none. FAL_ERROR_USAGE for
 * settings that cannot be trained, before anything is; FAL_ERROR_FAILED where nobody has
 * held-out artists; _MEMORY. The same bits for any number of threads (but for seconds). */
FalTuning *fal_tune(FalDataset *dataset, FalPlays *train, FalPlays *held,
                    const FalTunePlan *plan, FalTask *task, GError **error);
FalTuning *fal_tuning_new(int n_runs);
void fal_tuning_free(FalTuning *tuning);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalTuning, fal_tuning_free)

/* --- the parts of halving --- */

/* Rounds in which n settings of so many iterations are trained: 1 where there is nothing to
 * halve. */
int fal_tune_rounds(int n_settings, int iterations);
/* Iterations done after round number `round` (from 0) of n. */
int fal_tune_target(int iterations, int round, int n_rounds);
/* Keeps the better half, rounded up, of those that are kept: largest scores, then the first. A
 * score that is NaN is not kept. Returns how many are. */
int fal_tune_halve(const double *score, gboolean *kept, int n);

#endif
