/* Fold-in against the factors that the exact solver left, and against a system that is set up
 * and eliminated here; what explains a score adds up to it. And lists of users.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "fixture.h"
#include "model/foldin.h"
#include "model/train.h"

#define USERS   40
#define ARTISTS 60
#define RANK    6

static FalDataset *
world_new(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    FalRandom random;

    fal_random_init(&random, 5);
    for (int user = 0; user < USERS; user++)
        for (int artist = 0; artist < ARTISTS; artist++)
            if (artist == user ||
                fal_random_double(&random) < (artist % 4 == user % 4 ? 0.5 : 0.05))
                g_string_append_printf(text, "%d %d %d\n", user + 1, artist + 1,
                                       1 + (int)fal_random_below(&random, 20));
    for (int artist = 0; artist < ARTISTS; artist++)
        g_string_append_printf(text, "1 %d 1\n", artist + 1);
    return fal_fixture_dataset(text->str, NULL, NULL);
}

static FalModel *
model_new(FalDataset *dataset, FalConfidence confidence, double nu)
{
    g_autoptr(GError) error = NULL;
    FalTrainSettings s;

    fal_train_settings_init(&s);
    s.rank = RANK;
    s.iterations = 4;
    s.solver = FAL_SOLVER_EXACT;
    s.confidence = confidence;
    s.lambda = 0.5;
    s.nu = nu;
    s.alpha = confidence == FAL_CONFIDENCE_RAW ? 2 : 0.7;
    FalModel *model =
        fal_train(dataset, fal_dataset_plays(dataset), &s, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return model;
}

/* A z = y by elimination, A from its definition, for a user of the data set. */
static void
solve_here(const FalModel *model, gint32 user, const float *c, const float *y, double *z)
{
    const FalFactors *f = fal_model_factors(model);
    const FalTrainSettings *s = fal_model_settings(model);
    const FalCsr *csr = fal_plays_by_user(fal_model_train(model));
    gint64 n = fal_csr_count(csr, user);
    double a[RANK][RANK + 1] = {{0}}, mean = (double)csr->start[USERS] / USERS;

    for (int j = 0; j < RANK; j++) {
        a[j][j] = s->lambda * (s->nu > 0 ? n + s->prior * mean : 1);
        a[j][RANK] = y[j];
        for (gint32 artist = 0; artist < f->n_artists; artist++)
            for (int k = 0; k < RANK; k++)
                a[j][k] += s->unobserved * (double)fal_artist_factors(f, artist)[j] *
                           fal_artist_factors(f, artist)[k];
        for (gint64 e = 0; e < n; e++) {
            const float *mine = fal_artist_factors(f, csr->col[csr->start[user] + e]);
            for (int k = 0; k < RANK; k++)
                a[j][k] += (c[e] - s->unobserved) * (double)mine[j] * mine[k];
        }
    }
    for (int k = 0; k < RANK; k++)
        for (int i = 0; i < RANK; i++) {
            double share = i == k ? 0 : a[i][k] / a[k][k];
            for (int j = k; j <= RANK; j++)
                a[i][j] -= share * a[k][j];
        }
    for (int k = 0; k < RANK; k++)
        z[k] = a[k][RANK] / a[k][k];
}

static double
product(const float *a, const float *b)
{
    double sum = 0;

    for (int k = 0; k < RANK; k++)
        sum += (double)a[k] * b[k];
    return sum;
}

static void
check_user(const FalModel *model, gint32 user)
{
    const FalFactors *f = fal_model_factors(model);
    const FalCsr *csr = fal_plays_by_user(fal_model_train(model));
    g_autoptr(GError) error = NULL;
    g_autoptr(FalFoldIn) fold = fal_fold_in_new_user(model, user, &error);
    double contributions[ARTISTS];
    gint64 n;

    g_assert_no_error(error);
    const gint32 *artists = fal_fold_in_artists(fold, &n);
    const float *c = fal_fold_in_confidences(fold), *x = fal_fold_in_factors(fold);
    g_assert_cmpmem(artists, (gsize)n * sizeof *artists, csr->col + csr->start[user],
                    (gsize)fal_csr_count(csr, user) * sizeof *artists);
    /* The last half solved just this. */
    for (int k = 0; k < RANK; k++)
        g_assert_cmpfloat_with_epsilon(x[k], fal_user_factors(f, user)[k], 1e-4);
    for (gint32 artist = 0; artist < f->n_artists; artist++) {
        const float *y = fal_artist_factors(f, artist);
        double score = fal_fold_in_explain(fold, artist, contributions), sum = 0, z[RANK];

        solve_here(model, user, c, y, z);
        for (gint64 e = 0; e < n; e++) {
            double expected = 0;
            for (int k = 0; k < RANK; k++)
                expected += c[e] * z[k] * fal_artist_factors(f, artists[e])[k];
            g_assert_cmpfloat_with_epsilon(contributions[e], expected, 1e-5);
            sum += contributions[e];
        }
        g_assert_cmpfloat_with_epsilon(sum, score, 1e-12);
        g_assert_cmpfloat_with_epsilon(score, product(x, y), 1e-5);
    }
}

static void
test_users(void)
{
    g_autoptr(FalDataset) dataset = world_new();

    for (int confidence = FAL_CONFIDENCE_LINEAR; confidence <= FAL_CONFIDENCE_RAW; confidence++)
        for (double nu = 0; nu <= 1; nu++) {
            g_autoptr(FalModel) model = model_new(dataset, (FalConfidence)confidence, nu);
            for (gint32 user = 0; user < USERS; user += 3)
                check_user(model, user);
        }
}

static void
test_recommend(void)
{
    g_autoptr(FalDataset) dataset = world_new();
    g_autoptr(FalModel) model = model_new(dataset, FAL_CONFIDENCE_LOG, 1);
    static const gint32 artists[] = {3, 10, 41};
    static const guint32 plays[] = {9, 1, 100};
    g_autoptr(GError) error = NULL;
    FalTop top[ARTISTS];

    g_autoptr(FalFoldIn) fold = fal_fold_in_new(model, artists, plays, 3, &error);
    g_assert_no_error(error);
    g_assert_cmpint(fal_fold_in_recommend(fold, ARTISTS, TRUE, top), ==, ARTISTS);
    g_assert_cmpint(fal_fold_in_recommend(fold, ARTISTS, FALSE, top), ==, ARTISTS - 3);
    for (int i = 0; i < ARTISTS - 3; i++) {
        g_assert_true(top[i].row != 3 && top[i].row != 10 && top[i].row != 41);
        g_assert_cmpfloat_with_epsilon(
            top[i].score,
            product(fal_fold_in_factors(fold),
                    fal_artist_factors(fal_model_factors(model), top[i].row)),
            1e-5);
        g_assert_true(i == 0 || top[i].score <= top[i - 1].score);
    }
}

static void
test_nothing(void)
{
    g_autoptr(FalDataset) dataset = world_new();
    g_autoptr(FalModel) model = model_new(dataset, FAL_CONFIDENCE_LOG, 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(FalFoldIn) fold = fal_fold_in_new(model, NULL, NULL, 0, &error);

    g_assert_no_error(error);
    for (int k = 0; k < RANK; k++)
        g_assert_cmpfloat(fal_fold_in_factors(fold)[k], ==, 0);
    g_assert_cmpfloat(fal_fold_in_explain(fold, 0, NULL), ==, 0);
}

static double
cosine(const float *a, const float *b)
{
    return product(a, b) / sqrt(product(a, a) * product(b, b));
}

/* Lists of users, against a look at each. */
static void
test_lists_of_users(void)
{
    g_autoptr(FalDataset) dataset = world_new();
    g_autoptr(FalModel) model = model_new(dataset, FAL_CONFIDENCE_LOG, 1);
    const FalFactors *f = fal_model_factors(model);
    const FalCsr *csr = fal_plays_by_user(fal_model_train(model));
    FalTop top[USERS];

    for (gint32 artist = 0; artist < f->n_artists; artist += 7) {
        int n = fal_model_listeners(model, artist, USERS, top), others = 0;
        for (gint32 user = 0; user < USERS; user++)
            others += fal_csr_find(csr, user, artist) == 0;
        g_assert_cmpint(n, ==, others);
        for (int i = 0; i < n; i++) {
            g_assert_cmpuint(fal_csr_find(csr, top[i].row, artist), ==, 0);
            g_assert_cmpfloat(top[i].score, ==, fal_model_score(model, top[i].row, artist));
            g_assert_true(i == 0 || top[i].score <= top[i - 1].score);
        }
    }
    for (gint32 user = 0; user < USERS; user += 7) {
        const float *x = fal_user_factors(f, user);
        g_assert_cmpint(fal_model_neighbours(model, user, USERS, top), ==, USERS - 1);
        for (int i = 0; i < USERS - 1; i++) {
            gint64 shared = 0;
            for (gint32 artist = 0; artist < f->n_artists; artist++)
                shared += fal_csr_find(csr, user, artist) > 0 &&
                          fal_csr_find(csr, top[i].row, artist) > 0;
            g_assert_cmpint(top[i].row, !=, user);
            g_assert_cmpint(fal_model_shared(model, user, top[i].row), ==, shared);
            g_assert_cmpfloat_with_epsilon(top[i].score,
                                           cosine(x, fal_user_factors(f, top[i].row)), 1e-5);
            g_assert_true(i == 0 || top[i].score <= top[i - 1].score);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fold-in/users", test_users);
    g_test_add_func("/fold-in/recommend", test_recommend);
    g_test_add_func("/fold-in/nothing", test_nothing);
    g_test_add_func("/fold-in/lists-of-users", test_lists_of_users);
    return g_test_run();
}
