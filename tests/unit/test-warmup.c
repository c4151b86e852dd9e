/* The sample of the plays, pair by pair; what a warm-up is good for, that it is the same for
 * any number of threads, and when there is none.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/kernels.h"
#include "base/parallel.h"
#include "base/random.h"
#include "data/sample.h"
#include "fixture.h"
#include "model/train.h"
#include "model/warmup.h"

/* Just above what a warm-up takes. */
#define USERS   4200
#define ARTISTS 960
#define EACH    240
#define GROUPS  6

static void
check_sample(const FalPlays *plays, gint32 every, gint64 least)
{
    const FalCsr *by_user = fal_plays_by_user(plays), *by_artist = fal_plays_by_artist(plays);
    g_autoptr(GError) error = NULL;
    g_autoptr(FalPlays) sample = fal_plays_sample(plays, every, least, &error);
    gint32 n_artists = 0;
    gint64 pairs = 0;

    g_assert_no_error(error);
    const FalCsr *users = fal_plays_by_user(sample), *artists = fal_plays_by_artist(sample);
    while (n_artists < by_artist->n_rows && fal_csr_count(by_artist, n_artists) >= least)
        n_artists++;
    g_assert_cmpint(users->n_rows, ==, (by_user->n_rows + every - 1) / every);
    g_assert_cmpint(users->n_cols, ==, n_artists);
    g_assert_cmpint(artists->n_rows, ==, users->n_cols);
    g_assert_cmpint(artists->n_cols, ==, users->n_rows);
    for (gint32 user = 0; user < users->n_rows; user++)
        for (gint32 artist = 0; artist < n_artists; artist++) {
            guint32 expected = fal_csr_find(by_user, user * every, artist);
            g_assert_cmpuint(fal_csr_find(users, user, artist), ==, expected);
            g_assert_cmpuint(fal_csr_find(artists, artist, user), ==, expected);
            pairs += expected > 0;
        }
    g_assert_cmpint(users->start[0], ==, 0);
    g_assert_cmpint(artists->start[0], ==, 0);
    g_assert_cmpint(fal_plays_n_pairs(sample), ==, pairs);
    g_assert_cmpint(artists->start[artists->n_rows], ==, pairs);
}

static void
test_sample(void)
{
    g_autofree FalPlay *rows = g_new(FalPlay, 1500);
    FalRandom random;

    fal_random_init(&random, 3);
    for (int i = 0; i < 1500; i++) {
        double popular = fal_random_double(&random);
        rows[i].user = (gint32)fal_random_below(&random, 70);
        rows[i].artist = (gint32)(90 * popular * popular);
        rows[i].plays = 1 + (guint32)fal_random_below(&random, 9);
    }
    g_autoptr(FalPlays) plays = fal_plays_new(70, 90, rows, 1500, NULL, NULL);
    for (gint32 every = 1; every <= 80; every += 13)
        for (gint64 least = 0; least <= 48; least += 12)
            check_sample(plays, every, least);
    g_autoptr(FalPlays) none = fal_plays_new(3, 0, NULL, 0, NULL, NULL);
    check_sample(none, 2, 1);
}

/* Listeners of some groups, who mostly play what their group plays. */
static FalDataset *
world_new(gint32 n_users)
{
    g_autoptr(GString) text = g_string_new(NULL);
    FalRandom random;

    fal_random_init(&random, 4);
    for (gint32 user = 0; user < n_users; user++) {
        guint32 played[ARTISTS] = {0};
        for (int n = 0; n < EACH;) {
            guint32 artist = (guint32)fal_random_below(&random, ARTISTS);
            gboolean own = artist % GROUPS == (guint32)user % GROUPS;
            if (played[artist] || (!own && fal_random_double(&random) > 0.2))
                continue;
            played[artist] = 1 + (guint32)fal_random_below(&random, 9);
            n++;
        }
        for (int artist = 0; artist < ARTISTS; artist++)
            if (played[artist])
                g_string_append_printf(text, "%d %d %u\n", user + 1, artist + 1,
                                       played[artist]);
    }
    return fal_fixture_dataset(text->str, NULL, NULL);
}

static FalModel *
train(FalDataset *dataset, int warmup, int rank, int iterations)
{
    g_autoptr(GError) error = NULL;
    FalTrainSettings s;

    fal_train_settings_init(&s);
    s.rank = rank;
    s.iterations = iterations;
    s.warmup = warmup;
    /* An objective that a sample of so few listeners says something about. */
    s.lambda = 0.2;
    s.nu = 1;
    FalModel *model =
        fal_train(dataset, fal_dataset_plays(dataset), &s, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return model;
}

static double
loss(const FalModel *model, int iteration)
{
    int n;
    const FalIteration *it = fal_model_iterations(model, &n);

    g_assert_cmpint(iteration, <=, n);
    return it[iteration - 1].loss;
}

/* The first iteration after a warm-up is further than the second without one. */
static void
test_further(void)
{
    g_autoptr(FalDataset) dataset = world_new(USERS);
    g_autoptr(FalModel) cold = train(dataset, 0, 8, 2), warm = train(dataset, 8, 8, 2);

    g_assert_cmpint(fal_plays_n_pairs(fal_dataset_plays(dataset)), >=, FAL_WARMUP_PAIRS);
    g_assert_cmpfloat(loss(warm, 1), <, loss(cold, 2));
    g_assert_cmpfloat(loss(warm, 2), <=, loss(warm, 1));

    fal_parallel_set_threads(1);
    g_autoptr(FalModel) alone = train(dataset, 8, 8, 2);
    fal_parallel_set_threads(0);
    const FalFactors *a = fal_model_factors(warm), *b = fal_model_factors(alone);
    gsize users = (gsize)a->n_users * (gsize)a->stride * sizeof(float);
    gsize artists = (gsize)a->n_artists * (gsize)a->stride * sizeof(float);
    g_assert_cmpmem(a->user, users, b->user, users);
    g_assert_cmpmem(a->artist, artists, b->artist, artists);
    g_assert_cmpfloat(loss(warm, 2), ==, loss(alone, 2));
}

/* The factors of a warm-up alone, from users who are all ones. */
static gboolean
warm_up(const FalPlays *plays, const FalTrainSettings *s, FalTask *task, GError **error)
{
    gsize stride = FAL_STRIDE((gsize)s->rank);
    gsize users = (gsize)fal_plays_by_user(plays)->n_rows * stride;
    gsize artists = (gsize)fal_plays_by_artist(plays)->n_rows * stride;
    fal_autofree float *first = FAL_NEW(float, users, NULL);
    fal_autofree float *found = FAL_NEW(float, artists, NULL);
    gboolean warm = TRUE;

    for (gsize i = 0; i < users; i++)
        first[i] = i % stride < (gsize)s->rank ? 1 : 0;
    if (!fal_warm_up(plays, s, first, found, &warm, task, error))
        return FALSE;
    for (gsize i = 0; warm && i < artists; i++)
        g_assert_true(isfinite(found[i]));
    return warm;
}

static void
test_none(void)
{
    g_autoptr(FalDataset) few = world_new(200), many = world_new(USERS);
    g_autoptr(FalTask) task = fal_task_new();
    g_autoptr(GError) error = NULL;
    FalTrainSettings s;

    fal_train_settings_init(&s);
    s.rank = 8;
    g_assert_true(warm_up(fal_dataset_plays(many), &s, NULL, &error));
    /* Too few pairs, none asked for, more factors than the sample can tell apart, and one whose
     * numbers grow beyond all bounds. */
    g_assert_false(warm_up(fal_dataset_plays(few), &s, NULL, &error));
    s.warmup = 0;
    g_assert_false(warm_up(fal_dataset_plays(many), &s, NULL, &error));
    s.warmup = 8;
    s.rank = 128;
    g_assert_false(warm_up(fal_dataset_plays(many), &s, NULL, &error));
    s.rank = 8;
    s.alpha = 1e38;
    s.confidence = FAL_CONFIDENCE_LINEAR;
    g_assert_false(warm_up(fal_dataset_plays(many), &s, NULL, &error));
    g_assert_no_error(error);

    fal_train_settings_init(&s);
    s.rank = 8;
    fal_task_cancel(task);
    g_assert_false(warm_up(fal_dataset_plays(many), &s, task, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/warm-up/sample", test_sample);
    g_test_add_func("/warm-up/further", test_further);
    g_test_add_func("/warm-up/none", test_none);
    return g_test_run();
}
