/* Tuning: the parts of halving, and whole tunings on a set with planted tastes, where what is
 * good is known.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "eval/split.h"
#include "eval/stability.h"
#include "eval/tune.h"
#include "fixture.h"
#include "model/train.h"

#define NOTHING_LEARNT 1e7 /* a lambda that leaves no factors */

/* --- the parts of halving --- */

static void
test_rounds(void)
{
    g_assert_cmpint(fal_tune_rounds(1, 15), ==, 1);
    g_assert_cmpint(fal_tune_rounds(2, 15), ==, 2);
    g_assert_cmpint(fal_tune_rounds(3, 15), ==, 3);
    g_assert_cmpint(fal_tune_rounds(1000, 15), ==, 3);
    g_assert_cmpint(fal_tune_rounds(1000, 1), ==, 1);
    g_assert_cmpint(fal_tune_rounds(1000, 4), ==, 2);
    g_assert_cmpint(fal_tune_target(15, 0, 3), ==, 4);
    g_assert_cmpint(fal_tune_target(15, 1, 3), ==, 8);
    g_assert_cmpint(fal_tune_target(15, 2, 3), ==, 15);
    g_assert_cmpint(fal_tune_target(15, 0, 1), ==, 15);
    /* Each round has something to do, whatever the iterations. */
    for (int iterations = 1; iterations < 50; iterations++) {
        int rounds = fal_tune_rounds(100, iterations), before = 0;
        for (int round = 0; round < rounds; round++) {
            int target = fal_tune_target(iterations, round, rounds);
            g_assert_cmpint(target, >, before);
            before = target;
        }
        g_assert_cmpint(before, ==, iterations);
    }
}

static void
test_halve(void)
{
    const double score[] = {0.1, 0.5, NAN, 0.3, 0.5, 0.9, 0.2};
    gboolean kept[] = {TRUE, TRUE, TRUE, TRUE, TRUE, FALSE, TRUE};

    /* Of five that count (one has no score, one is out) three stay; of two equals both. */
    g_assert_cmpint(fal_tune_halve(score, kept, G_N_ELEMENTS(score)), ==, 3);
    const gboolean first[] = {FALSE, TRUE, FALSE, TRUE, TRUE, FALSE, FALSE};
    g_assert_cmpmem(kept, sizeof kept, first, sizeof first);
    g_assert_cmpint(fal_tune_halve(score, kept, G_N_ELEMENTS(score)), ==, 2);
    /* Of two equals the first. */
    g_assert_cmpint(fal_tune_halve(score, kept, G_N_ELEMENTS(score)), ==, 1);
    g_assert_true(kept[1]);
    g_assert_cmpint(fal_tune_halve(score, kept, G_N_ELEMENTS(score)), ==, 1);
    const double none[] = {NAN, NAN};
    gboolean both[] = {TRUE, TRUE};
    g_assert_cmpint(fal_tune_halve(none, both, 2), ==, 0);
}

/* The best by a score that does not change is never given up. */
static void
test_halve_keeps_best(void)
{
    FalRandom random;

    fal_random_init(&random, 5);
    for (int trial = 0; trial < 200; trial++) {
        int n = (int)(1 + fal_random_below(&random, 40)), best = 0, left = n;
        g_autofree double *score = g_new(double, n);
        g_autofree gboolean *kept = g_new(gboolean, n);
        for (int i = 0; i < n; i++) {
            score[i] = fal_random_double(&random);
            kept[i] = TRUE;
            if (score[i] > score[best])
                best = i;
        }
        while (left > 1) {
            int now = fal_tune_halve(score, kept, n);
            g_assert_cmpint(now, ==, (left + 1) / 2);
            g_assert_true(kept[best]);
            left = now;
        }
    }
}

/* --- whole tunings --- */

typedef struct {
    FalDataset *dataset;
    FalSplit *split;
} World;

/* Four tastes of 25 artists; a listener has some of one, and now and then another artist. */
static void
world_init(World *world)
{
    GString *rows = g_string_new(NULL);
    FalRandom random;

    fal_random_init(&random, 11);
    for (int user = 0; user < 120; user++)
        for (int artist = 0; artist < 100; artist++) {
            double chance = user % 4 == artist % 4 ? 0.5 : 0.03;
            if (fal_random_double(&random) < chance)
                g_string_append_printf(rows, "%d %d %d\n", user + 1, artist + 1,
                                       1 + (int)fal_random_below(&random, 9));
        }
    world->dataset = fal_fixture_dataset(rows->str, NULL, NULL);
    g_string_free(rows, TRUE);
    world->split = fal_split_fraction(world->dataset, 0.3, 1, NULL, NULL);
    g_assert_nonnull(world->split);
}

static void
world_clear(World *world)
{
    fal_split_unref(world->split);
    fal_dataset_unref(world->dataset);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

/* Settings of rank 4 with these lambdas. */
static void
make_settings(FalTrainSettings *settings, const double *lambda, int n)
{
    for (int i = 0; i < n; i++) {
        fal_train_settings_init(&settings[i]);
        settings[i].rank = 4;
        settings[i].iterations = 8;
        settings[i].lambda = lambda[i];
    }
}

static FalTuning *
tune(const World *world, const FalTunePlan *plan)
{
    g_autoptr(GError) error = NULL;
    FalTuning *tuning = fal_tune(world->dataset, world->split->train, world->split->validation,
                                 plan, NULL, &error);

    g_assert_no_error(error);
    g_assert_nonnull(tuning);
    return tuning;
}

static const double lambdas[] = {NOTHING_LEARNT, 0.1, 2 * NOTHING_LEARNT, 0.5, 1e3, 3};

static FalTunePlan
plan_of(const FalTrainSettings *settings, int n)
{
    return (FalTunePlan){.settings = settings,
                         .n_settings = n,
                         .n_seeds = 1,
                         .metric = FAL_METRIC_NDCG,
                         .k = 10,
                         .halving = TRUE,
                         .memory = FAL_TUNE_MEMORY};
}

static void
test_finds(void)
{
    g_auto(World) world;
    FalTrainSettings settings[G_N_ELEMENTS(lambdas)];
    FalTunePlan plan = plan_of(settings, G_N_ELEMENTS(lambdas));

    world_init(&world);
    make_settings(settings, lambdas, G_N_ELEMENTS(lambdas));
    g_autoptr(FalTuning) halved = tune(&world, &plan);
    plan.halving = FALSE;
    g_autoptr(FalTuning) all = tune(&world, &plan);

    g_assert_cmpint(halved->n_runs, ==, G_N_ELEMENTS(lambdas));
    g_assert_cmpfloat(halved->run[0].settings.lambda, ==, all->run[0].settings.lambda);
    g_assert_cmpfloat(halved->run[0].settings.lambda, <=, 3);
    g_assert_cmpfloat(halved->run[0].metric[FAL_METRIC_NDCG].mean, >,
                      2 * halved->run[0].popular[FAL_METRIC_NDCG]);
    /* Six, three, two. */
    const FalTuneEnd ends[] = {FAL_TUNE_WHOLE,  FAL_TUNE_WHOLE,  FAL_TUNE_HALVED,
                               FAL_TUNE_HALVED, FAL_TUNE_HALVED, FAL_TUNE_HALVED};
    const int iterations[] = {8, 8, 4, 2, 2, 2};
    for (int i = 0; i < halved->n_runs; i++) {
        g_assert_cmpint(halved->run[i].end, ==, ends[i]);
        g_assert_cmpint(halved->run[i].iterations, ==, iterations[i]);
        g_assert_cmpint(all->run[i].end, ==, FAL_TUNE_WHOLE);
        g_assert_cmpint(all->run[i].iterations, ==, 8);
    }
    /* Best first, and how far behind. */
    for (int i = 0; i < all->n_runs; i++) {
        const FalTuneRun *run = &all->run[i], *best = &all->run[0];
        double value = run->metric[FAL_METRIC_NDCG].mean;
        g_assert_cmpfloat(value, <=, i ? all->run[i - 1].metric[FAL_METRIC_NDCG].mean : 1);
        g_assert_cmpfloat_with_epsilon(run->behind.mean,
                                       best->metric[FAL_METRIC_NDCG].mean - value, 1e-9);
        g_assert_cmpfloat(run->behind.low, <=, run->behind.mean);
        g_assert_cmpfloat(run->behind.high, >=, run->behind.mean);
        g_assert_cmpfloat(run->mean, ==, value);
    }
    g_assert_cmpfloat(all->run[0].behind.high, ==, 0);
    g_assert_cmpfloat(all->run[5].behind.low, >, 0);
}

/* The figures are those of a training and an evaluation by themselves. */
static void
test_same_as_alone(void)
{
    g_auto(World) world;
    FalTrainSettings settings[G_N_ELEMENTS(lambdas)];
    FalTunePlan plan = plan_of(settings, G_N_ELEMENTS(lambdas));

    world_init(&world);
    make_settings(settings, lambdas, G_N_ELEMENTS(lambdas));
    plan.users = 50;
    g_autoptr(FalTuning) tuning = tune(&world, &plan);
    const FalTuneRun *best = &tuning->run[0];
    g_autoptr(FalModel) model =
        fal_train(world.dataset, world.split->train, &best->settings, NULL, NULL, NULL, NULL);
    g_autoptr(FalEvaluation) e =
        fal_evaluate(model, world.split->validation, 10, 50, FAL_TUNE_SEED, NULL, NULL);
    int n;
    const FalIteration *iteration = fal_model_iterations(model, &n);

    g_assert_cmpint(tuning->n_users, ==, 50);
    g_assert_cmpint(n, ==, 8);
    g_assert_cmpfloat(best->loss, ==, iteration[n - 1].loss);
    for (int m = 0; m < FAL_TUNE_METRICS; m++) {
        FalEstimate own = fal_evaluation_metric(e, FAL_RANKER_MODEL, (FalMetric)m);
        g_assert_cmpfloat(best->metric[m].mean, ==, own.mean);
        g_assert_cmpfloat(best->metric[m].low, ==, own.low);
        own = fal_evaluation_metric(e, FAL_RANKER_MOST_LISTENERS, (FalMetric)m);
        g_assert_cmpfloat(best->popular[m], ==, own.mean);
    }
}

static void
assert_same(const FalTuning *a, const FalTuning *b)
{
    g_assert_cmpint(a->n_runs, ==, b->n_runs);
    for (int i = 0; i < a->n_runs; i++) {
        FalTuneRun x = a->run[i], y = b->run[i];
        x.seconds = y.seconds = 0;
        g_assert_cmpfloat(x.loss, ==, y.loss);
        g_assert_cmpfloat(x.settings.lambda, ==, y.settings.lambda);
        g_assert_cmpint((int)x.settings.seed, ==, (int)y.settings.seed);
        g_assert_cmpmem(x.metric, sizeof x.metric, y.metric, sizeof y.metric);
        g_assert_cmpmem(&x.behind, sizeof x.behind, &y.behind, sizeof y.behind);
    }
}

static void
test_same_bits(void)
{
    g_auto(World) world;
    FalTrainSettings settings[G_N_ELEMENTS(lambdas)];
    FalTunePlan plan = plan_of(settings, G_N_ELEMENTS(lambdas));

    world_init(&world);
    make_settings(settings, lambdas, G_N_ELEMENTS(lambdas));
    plan.n_seeds = 2;
    fal_parallel_set_threads(1);
    g_autoptr(FalTuning) one = tune(&world, &plan);
    fal_parallel_set_threads(3);
    g_autoptr(FalTuning) three = tune(&world, &plan);
    assert_same(one, three);
    /* Without memory for trainings at rest they start anew. */
    plan.memory = 0;
    g_autoptr(FalTuning) anew = tune(&world, &plan);
    assert_same(one, anew);
    fal_parallel_set_threads(0);

    /* Seeds of the same settings share their fate. */
    g_assert_cmpint(one->n_runs, ==, 2 * G_N_ELEMENTS(lambdas));
    for (int i = 0; i < one->n_runs; i += 2) {
        const FalTuneRun *a = &one->run[i], *b = &one->run[i + 1];
        g_assert_cmpint(a->end, ==, b->end);
        if (a->end != FAL_TUNE_WHOLE)
            continue;
        g_assert_cmpfloat(a->settings.lambda, ==, b->settings.lambda);
        g_assert_cmpint((int)(a->settings.seed + b->settings.seed), ==, 1 + 2);
        g_assert_cmpfloat_with_epsilon(
            a->mean, (a->metric[FAL_METRIC_NDCG].mean + b->metric[FAL_METRIC_NDCG].mean) / 2,
            1e-12);
    }
}

/* --- what goes wrong --- */

static void
test_refuses(void)
{
    g_auto(World) world;
    g_autoptr(GError) error = NULL;
    FalTrainSettings settings[2];
    FalTunePlan plan = plan_of(settings, 2);

    world_init(&world);
    make_settings(settings, lambdas, 2);
    settings[1].rank = 101;
    g_assert_null(fal_tune(world.dataset, world.split->train, world.split->validation, &plan,
                           NULL, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "rank 101"));
}

static gpointer
cancel_at_second(gpointer data)
{
    FalProgress progress;

    do {
        fal_task_progress(data, &progress);
        g_thread_yield();
    } while (g_ascii_strtoll(progress.stage + MIN(strlen(progress.stage), strlen("tuning ")),
                             NULL, 10) < 2);
    fal_task_cancel(data);
    return NULL;
}

static void
test_cancel(void)
{
    g_auto(World) world;
    g_autoptr(GError) error = NULL;
    g_autoptr(FalTask) task = fal_task_new(), early = fal_task_new();
    FalTrainSettings settings[G_N_ELEMENTS(lambdas)];
    FalTunePlan plan = plan_of(settings, G_N_ELEMENTS(lambdas));

    world_init(&world);
    make_settings(settings, lambdas, G_N_ELEMENTS(lambdas));
    plan.n_seeds = 1000 / FAL_SLOWER;
    plan.halving = FALSE;
    GThread *thread = g_thread_new("cancel", cancel_at_second, task);
    g_autoptr(FalTuning) tuning = fal_tune(world.dataset, world.split->train,
                                           world.split->validation, &plan, task, &error);
    g_thread_join(thread);
    g_assert_no_error(error);
    g_assert_true(tuning->cancelled);
    g_assert_cmpint(tuning->n_runs, >=, 1);
    g_assert_cmpint(tuning->n_runs, <, plan.n_settings * plan.n_seeds);
    for (int i = 0; i < tuning->n_runs; i++)
        g_assert_false(isnan(tuning->run[i].metric[FAL_METRIC_NDCG].mean));

    /* Before anything was measured there is nothing to keep. */
    fal_task_cancel(early);
    g_assert_null(fal_tune(world.dataset, world.split->train, world.split->validation, &plan,
                           early, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
}

/* --- stability --- */

static void
test_stability(void)
{
    g_auto(World) world;
    g_autoptr(GError) error = NULL;
    FalTrainSettings settings[1];
    const double lambda = 0.1;
    int sum = 0;
    double shared = 0;

    world_init(&world);
    make_settings(settings, &lambda, 1);
    g_autoptr(FalModel) model =
        fal_train(world.dataset, world.split->train, settings, NULL, NULL, NULL, &error);
    g_autoptr(FalStability) s =
        fal_stability(model, FAL_STABILITY_SIMILAR, 3, 5, 4, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(s->n_models, ==, 4);
    for (int i = 0; i < s->n; i++) {
        g_assert_cmpint(s->row[i].count, >=, 1);
        g_assert_cmpint(s->row[i].count, <=, i ? s->row[i - 1].count : 4);
        sum += s->row[i].count;
        shared += s->row[i].count * (s->row[i].count - 1);
    }
    g_assert_cmpint(sum, ==, 4 * 5);
    g_assert_cmpfloat_with_epsilon(s->overlap, shared / (20 * 3), 1e-12);

    /* By hand: the counts and mean cosines of two trainings. */
    g_autoptr(FalStability) two =
        fal_stability(model, FAL_STABILITY_RECOMMEND, 7, 6, 2, NULL, &error);
    settings[0].seed++;
    g_autoptr(FalModel) other =
        fal_train(world.dataset, world.split->train, settings, NULL, NULL, NULL, &error);
    FalTop a[6], b[6];
    g_assert_cmpint(fal_model_recommend(model, 7, 6, FALSE, a), ==, 6);
    g_assert_cmpint(fal_model_recommend(other, 7, 6, FALSE, b), ==, 6);
    for (int i = 0; i < two->n; i++) {
        gint32 artist = two->row[i].artist;
        int count = 0;
        for (int j = 0; j < 6; j++)
            count += (a[j].row == artist) + (b[j].row == artist);
        g_assert_cmpint(two->row[i].count, ==, count);
        g_assert_cmpfloat_with_epsilon(two->row[i].score,
                                       ((double)fal_model_score(model, 7, artist) +
                                        (double)fal_model_score(other, 7, artist)) /
                                           2,
                                       1e-5);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tune/rounds", test_rounds);
    g_test_add_func("/tune/halve", test_halve);
    g_test_add_func("/tune/halve-keeps-best", test_halve_keeps_best);
    g_test_add_func("/tune/finds", test_finds);
    g_test_add_func("/tune/same-as-alone", test_same_as_alone);
    g_test_add_func("/tune/same-bits", test_same_bits);
    g_test_add_func("/tune/refuses", test_refuses);
    g_test_add_func("/tune/cancel", test_cancel);
    g_test_add_func("/stability/counts", test_stability);
    return g_test_run();
}
