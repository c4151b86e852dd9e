/* Tuning (see tune.h).
 *
 * Trainings run one after the other, each on all cores: on what takes time the cores are busy,
 * and one training's memory is all that is added to those at rest.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "eval/tune.h"
#include "eval/evaluate-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "model/train.h"

#define MOST_ROUNDS 3
/* What an iteration costs beside its rank, and a measurement in iterations: for the time left.
 */
#define COST_OF_ROW  16
#define COST_MEASURE 1

const char *const fal_tune_end_names[] = {"whole", "stopped", "halved", "diverged", NULL};

typedef struct {
    FalTuneRun run;
    int group; /* the number of its settings */
    gboolean measured;
    FalTrainer *trainer; /* at rest; NULL: not begun, or not kept */
    double *values;      /* of the metric by user */
} Candidate;

typedef struct {
    FalDataset *dataset;
    FalPlays *train, *held;
    const FalTunePlan *plan;
    FalTask *task, *part; /* part: for those who would tell of their own progress */
    int n;
    Candidate *candidate;
    gboolean *alive; /* by settings */
    int n_rounds;
    gsize kept; /* bytes of the trainers at rest */
    double popular[FAL_TUNE_METRICS]; /* the most-listeners list's, once it is known */
    gboolean knows_popular;
    gint32 n_users;
    double done;
    double best;
} Tune;

/* --- the parts of halving --- */

int
fal_tune_rounds(int n_settings, int iterations)
{
    int rounds = 1;

    while (rounds < MOST_ROUNDS && n_settings > rounds && iterations >> rounds >= 2)
        rounds++;
    return rounds;
}

int
fal_tune_target(int iterations, int round, int n_rounds)
{
    int shift = n_rounds - 1 - round;

    return (iterations + (1 << shift) - 1) >> shift;
}

int
fal_tune_halve(const double *score, gboolean *kept, int n)
{
    int left = 0, n_kept = 0;

    for (int i = 0; i < n; i++) {
        kept[i] = kept[i] && !isnan(score[i]);
        left += kept[i];
    }
    g_autofree gboolean *keep = g_new0(gboolean, n);
    for (int turn = 0; turn < (left + 1) / 2; turn++) {
        int best = -1;
        for (int i = 0; i < n; i++)
            if (kept[i] && !keep[i] && (best < 0 || score[i] > score[best]))
                best = i;
        keep[best] = TRUE;
        n_kept++;
    }
    memcpy(kept, keep, (gsize)n * sizeof *kept);
    return n_kept;
}

/* --- one training --- */

static void
forget_figures(FalTuneRun *run)
{
    run->loss = run->seconds = run->mean = NAN;
    run->behind = (FalEstimate){NAN, NAN, NAN};
    for (int m = 0; m < FAL_TUNE_METRICS; m++) {
        run->metric[m] = (FalEstimate){NAN, NAN, NAN};
        run->popular[m] = NAN;
    }
}

static double
value_of(const FalMetrics *m, FalMetric metric)
{
    switch (metric) {
    case FAL_METRIC_AUC:
        return m->auc;
    case FAL_METRIC_NDCG:
        return m->ndcg;
    case FAL_METRIC_PRECISION:
        return m->precision;
    case FAL_METRIC_RECALL:
        return m->recall;
    case FAL_METRIC_MAP:
        return m->map;
    case FAL_METRIC_OVERLAP:
        return m->overlap;
    default:
        g_assert_not_reached();
    }
}

static gboolean
measure(Tune *tune, Candidate *c, GError **error)
{
    const FalTunePlan *plan = tune->plan;

    /* First, as measuring takes memory of its own. */
    fal_trainer_rest(c->trainer);
    g_autoptr(FalModel) model = fal_trainer_model(c->trainer, error);
    FalEvaluateSettings settings;
    /* The list of most listeners is the same for all runs, so it is measured once. */
    fal_evaluate_settings_init(&settings);
    settings.k = plan->k;
    settings.max_users = plan->users;
    settings.seed = FAL_TUNE_SEED;
    settings.rankers = tune->knows_popular ? 0 : 1 << FAL_RANKER_MOST_LISTENERS;
    g_autoptr(FalEvaluation) e =
        model ? fal_evaluate_by(model, tune->held, &settings, tune->part, error) : NULL;

    if (!e)
        return FALSE;
    const FalIteration *last = fal_trainer_last(c->trainer);
    c->run.iterations = last->iteration;
    c->run.loss = last->loss;
    c->run.seconds = last->seconds;
    for (int m = 0; m < FAL_TUNE_METRICS; m++) {
        c->run.metric[m] = fal_evaluation_metric(e, FAL_RANKER_MODEL, (FalMetric)m);
        if (!tune->knows_popular)
            tune->popular[m] =
                fal_evaluation_metric(e, FAL_RANKER_MOST_LISTENERS, (FalMetric)m).mean;
        c->run.popular[m] = tune->popular[m];
    }
    tune->knows_popular = TRUE;
    tune->n_users = e->n_users;
    if (!c->values && !(c->values = FAL_NEW(double, e->n_users, error)))
        return FALSE;
    for (gint32 i = 0; i < e->n_users; i++)
        c->values[i] = value_of(&e->ranker[FAL_RANKER_MODEL].users[i], plan->metric);
    c->measured = TRUE;
    return TRUE;
}

/* Keeps the training for the next round, if there is memory for it. */
static void
put_to_rest(Tune *tune, Candidate *c, gboolean last)
{
    gsize bytes = fal_trainer_memory(c->trainer);

    if (last || tune->kept + bytes > tune->plan->memory) {
        g_clear_pointer(&c->trainer, fal_trainer_free);
        return;
    }
    tune->kept += bytes;
}

static void
give_up(Tune *tune, Candidate *c)
{
    if (c->trainer)
        tune->kept -= fal_trainer_memory(c->trainer);
    g_clear_pointer(&c->trainer, fal_trainer_free);
}

static double
cost_of(const Tune *tune, const Candidate *c, int round)
{
    int before =
        round > 0 ? fal_tune_target(c->run.settings.iterations, round - 1, tune->n_rounds) : 0;
    int iterations = fal_tune_target(c->run.settings.iterations, round, tune->n_rounds);

    return (iterations - before + COST_MEASURE) * (double)(c->run.settings.rank + COST_OF_ROW);
}

typedef struct {
    Tune *tune;
    const Candidate *candidate;
} Step;

static gboolean
on_iteration(G_GNUC_UNUSED FalIteration *iteration, G_GNUC_UNUSED const FalFactors *factors,
             gpointer data)
{
    Step *step = data;

    fal_task_add(step->tune->task, step->candidate->run.settings.rank + COST_OF_ROW);
    return TRUE;
}

/* FALSE with an error where tuning ends; a training that diverged is none. */
static gboolean
advance(Tune *tune, Candidate *c, int round, GError **error)
{
    g_autoptr(GError) problem = NULL;
    Step step = {tune, c};
    int target = fal_tune_target(c->run.settings.iterations, round, tune->n_rounds);
    gboolean ok;

    /* What is under way is not at rest. */
    if (c->trainer)
        tune->kept -= fal_trainer_memory(c->trainer);
    else if (!(c->trainer =
                   fal_trainer_new(tune->dataset, tune->train, &c->run.settings, error)))
        return FALSE;
    ok = fal_trainer_run(c->trainer, target, on_iteration, &step, tune->part, &problem) &&
         measure(tune, c, &problem);
    if (ok) {
        put_to_rest(tune, c, round == tune->n_rounds - 1);
        return TRUE;
    }
    const FalIteration *last = fal_trainer_last(c->trainer);
    if (last && !c->measured)
        c->run.iterations = last->iteration;
    g_clear_pointer(&c->trainer, fal_trainer_free);
    if (g_error_matches(problem, FAL_ERROR, FAL_ERROR_MODEL)) {
        c->run.end = FAL_TUNE_DIVERGED;
        c->measured = FALSE;
        forget_figures(&c->run);
        return TRUE;
    }
    g_propagate_error(error, g_steal_pointer(&problem));
    return FALSE;
}

/* --- all of them --- */

static void
tell_stage(const Tune *tune, int round, int number, int n)
{
    g_autofree char *stage =
        tune->n_rounds > 1
            ? g_strdup_printf("tuning %d/%d, round %d/%d", number, n, round + 1, tune->n_rounds)
            : g_strdup_printf("tuning %d/%d", number, n);

    fal_task_rename(tune->task, stage);
}

static void
tell_best(Tune *tune, const Candidate *c)
{
    double value = c->run.metric[tune->plan->metric].mean;

    if (c->run.end == FAL_TUNE_DIVERGED || !(isnan(tune->best) || value > tune->best))
        return;
    tune->best = value;
    g_autofree char *text = fal_text_real(value, 3);
    g_autofree char *note =
        g_strdup_printf("best %s %s", fal_metric_names[tune->plan->metric], text);
    fal_task_note(tune->task, note);
}

static double
group_mean(const Tune *tune, int group)
{
    int seeds = tune->plan->n_seeds;
    double sum = 0;

    for (int s = 0; s < seeds; s++) {
        const Candidate *c = &tune->candidate[group * seeds + s];
        if (c->run.end == FAL_TUNE_DIVERGED || !c->measured)
            return NAN;
        sum += c->run.metric[tune->plan->metric].mean;
    }
    return sum / seeds;
}

static void
halve(Tune *tune)
{
    int n = tune->plan->n_settings, seeds = tune->plan->n_seeds;
    g_autofree double *score = g_new(double, n);

    for (int g = 0; g < n; g++)
        score[g] = group_mean(tune, g);
    fal_tune_halve(score, tune->alive, n);
    for (int i = 0; i < tune->n; i++) {
        Candidate *c = &tune->candidate[i];
        if (tune->alive[i / seeds])
            continue;
        give_up(tune, c);
        if (c->run.end == FAL_TUNE_STOPPED)
            c->run.end = FAL_TUNE_HALVED;
    }
}

/* The work there will be: which settings go on is not known, so the mean of all is taken. */
static double
total_cost(const Tune *tune)
{
    double total = 0;
    int n = tune->plan->n_settings;

    for (int round = 0; round < tune->n_rounds; round++) {
        double sum = 0;
        for (int i = 0; i < tune->n; i++)
            sum += cost_of(tune, &tune->candidate[i], round);
        total += sum * n / tune->plan->n_settings;
        n = (n + 1) / 2;
    }
    return total;
}

static gboolean
run_round(Tune *tune, int round, GError **error)
{
    int n = 0, number = 0;

    for (int i = 0; i < tune->n; i++)
        n += tune->alive[tune->candidate[i].group];
    for (int i = 0; i < tune->n; i++) {
        Candidate *c = &tune->candidate[i];
        if (!tune->alive[c->group])
            continue;
        tell_stage(tune, round, ++number, n);
        if (c->run.end == FAL_TUNE_DIVERGED)
            continue;
        if (!advance(tune, c, round, error))
            return FALSE;
        if (round == tune->n_rounds - 1 && c->run.end == FAL_TUNE_STOPPED)
            c->run.end = FAL_TUNE_WHOLE;
        fal_task_add(tune->task, COST_MEASURE * (double)(c->run.settings.rank + COST_OF_ROW));
        tell_best(tune, c);
    }
    return TRUE;
}

static gboolean
run_all(Tune *tune, GError **error)
{
    fal_task_stage(tune->task, "tuning", total_cost(tune));
    for (int round = 0; round < tune->n_rounds; round++) {
        if (round > 0)
            halve(tune);
        if (!run_round(tune, round, error))
            return FALSE;
    }
    return TRUE;
}

/* --- what came out --- */

static int
compare_candidates(const void *a, const void *b, gpointer data)
{
    const FalTuneRun *x = &((const Candidate *)a)->run, *y = &((const Candidate *)b)->run;
    const Tune *tune = data;
    double mx = x->metric[tune->plan->metric].mean, my = y->metric[tune->plan->metric].mean;

    if (x->end != y->end)
        return (int)x->end - (int)y->end;
    if (x->end == FAL_TUNE_DIVERGED)
        return 0;
    if (x->end != FAL_TUNE_WHOLE && x->iterations != y->iterations)
        return y->iterations - x->iterations;
    if (!isnan(x->mean) && !isnan(y->mean) && x->mean != y->mean)
        return x->mean > y->mean ? -1 : 1;
    if (isnan(x->mean) != isnan(y->mean))
        return isnan(x->mean) ? 1 : -1;
    return (mx < my) - (mx > my);
}

/* The runs that were measured or diverged, best first. */
static FalTuning *
results(Tune *tune, gboolean cancelled)
{
    const FalTunePlan *plan = tune->plan;
    FalTuning *out = fal_tuning_new(tune->n);
    const Candidate *best;

    for (int i = 0; i < tune->n; i++)
        tune->candidate[i].run.mean = group_mean(tune, tune->candidate[i].group);
    g_qsort_with_data(tune->candidate, tune->n, sizeof *tune->candidate, compare_candidates,
                      tune);
    best = &tune->candidate[0];
    out->metric = plan->metric;
    out->k = plan->k;
    out->n_users = tune->n_users;
    out->n_seeds = plan->n_seeds;
    out->cancelled = cancelled;
    out->n_runs = 0;
    for (int i = 0; i < tune->n; i++) {
        Candidate *c = &tune->candidate[i];
        if (!c->measured && c->run.end != FAL_TUNE_DIVERGED)
            continue;
        if (best->measured && c->measured && c->run.end != FAL_TUNE_DIVERGED)
            c->run.behind = fal_evaluate_paired(best->values, c->values, tune->n_users,
                                                FAL_TUNE_SEED);
        out->run[out->n_runs++] = c->run;
    }
    return out;
}

static gboolean
tune_init(Tune *tune, GError **error)
{
    const FalTunePlan *plan = tune->plan;
    int least = G_MAXINT;

    for (int g = 0; g < plan->n_settings; g++) {
        if (!fal_train_check(tune->train, &plan->settings[g], error))
            return FALSE;
        least = MIN(least, plan->settings[g].iterations);
    }
    tune->n_rounds = plan->halving ? fal_tune_rounds(plan->n_settings, least) : 1;
    tune->n = plan->n_settings * plan->n_seeds;
    tune->candidate = g_new0(Candidate, tune->n);
    tune->alive = g_new(gboolean, plan->n_settings);
    tune->best = NAN;
    tune->part = fal_task_new_part(tune->task);
    for (int i = 0; i < tune->n; i++) {
        Candidate *c = &tune->candidate[i];
        c->group = i / plan->n_seeds;
        tune->alive[c->group] = TRUE;
        c->run.settings = plan->settings[c->group];
        c->run.end = FAL_TUNE_STOPPED;
        forget_figures(&c->run);
        c->run.settings.seed += (guint64)(i % plan->n_seeds);
    }
    return TRUE;
}

static void
tune_clear(Tune *tune)
{
    for (int i = 0; tune->candidate && i < tune->n; i++) {
        fal_trainer_free(tune->candidate[i].trainer);
        fal_free(tune->candidate[i].values);
    }
    g_free(tune->candidate);
    g_free(tune->alive);
    fal_task_unref(tune->part);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Tune, tune_clear)

FalTuning *
fal_tune(FalDataset *dataset, FalPlays *train, FalPlays *held, const FalTunePlan *plan,
         FalTask *task, GError **error)
{
    g_return_val_if_fail(plan->n_settings > 0 && plan->n_seeds > 0 && plan->k > 0, NULL);
    g_return_val_if_fail(plan->metric < FAL_TUNE_METRICS, NULL);

    g_auto(Tune)
        tune = {.dataset = dataset, .train = train, .held = held, .plan = plan, .task = task};
    g_autoptr(GError) problem = NULL;
    gboolean any = FALSE;

    if (!tune_init(&tune, error))
        return NULL;
    gboolean whole = run_all(&tune, &problem);
    for (int i = 0; i < tune.n; i++)
        any = any || tune.candidate[i].measured;
    if (!whole && !(any && g_error_matches(problem, FAL_ERROR, FAL_ERROR_CANCELLED))) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return NULL;
    }
    return results(&tune, !whole);
}

FalTuning *
fal_tuning_new(int n_runs)
{
    FalTuning *tuning = g_new0(FalTuning, 1);

    tuning->run = g_new0(FalTuneRun, n_runs);
    tuning->n_runs = n_runs;
    return tuning;
}

void
fal_tuning_free(FalTuning *tuning)
{
    if (tuning) {
        g_free(tuning->run);
        g_free(tuning);
    }
}
