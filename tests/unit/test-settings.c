/* Settings: defaults, presets, checks, confidence and lambda by hand.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "model/settings.h"

static FalPlays *
toy_plays(void)
{
    static const FalPlay plays[] = {
        {0, 0, 1}, {0, 1, 10}, {0, 2, 100000}, {1, 0, 4}, {1, 2, 7}, {2, 1, 4095}, {2, 3, 4096},
    };
    FalPlays *made = fal_plays_new(3, 5, plays, G_N_ELEMENTS(plays), NULL, NULL);

    g_assert_nonnull(made);
    return made;
}

static void
test_defaults(void)
{
    FalTrainSettings s;

    memset(&s, 0xff, sizeof s);
    fal_train_settings_init(&s);
    g_assert_null(fal_train_settings_check(&s));
    g_assert_cmpint(s.solver, ==, FAL_SOLVER_CG);
    for (int i = 0; fal_train_presets[i]; i++) {
        g_assert_true(fal_train_settings_preset(&s, fal_train_presets[i]));
        g_assert_null(fal_train_settings_check(&s));
    }
}

/* What data of that size get unasked: never more than they allow. */
static void
test_rank(void)
{
    static const struct {
        gint32 users, artists;
        gint64 pairs;
        int rank;
    } rows[] = {
        {148111, 1568126, 24000000, 64}, {2100, 987, 85535, 128}, {2100, 987, 999999, 128},
        {2100, 987, 1000000, 64},        {50, 30100, 48943, 50},  {300, 100, 20000, 100},
        {7, 4, 10, 4},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(fal_train_rank(rows[i].users, rows[i].artists, rows[i].pairs), ==,
                        rows[i].rank);
}

static void
test_presets(void)
{
    static const struct {
        const char *name;
        FalConfidence confidence;
        double nu, c; /* c of 3 plays with alpha 40 */
    } rows[] = {
        {"hkv", FAL_CONFIDENCE_LINEAR, 0, 121},
        {"spark", FAL_CONFIDENCE_LINEAR, 1, 121},
        {"implicit", FAL_CONFIDENCE_RAW, 0, 120},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        FalTrainSettings s, before;
        fal_train_settings_init(&s);
        s.alpha = 40;
        s.unobserved = 0.1;
        s.rank = 7;
        s.seed = 9;
        before = s;
        g_assert_cmpstr(fal_train_presets[i], ==, rows[i].name);
        g_assert_true(fal_train_settings_preset(&s, rows[i].name));
        g_assert_cmpint(s.confidence, ==, rows[i].confidence);
        g_assert_cmpfloat(s.nu, ==, rows[i].nu);
        g_assert_cmpfloat(s.prior, ==, 0);
        g_assert_cmpfloat(s.unobserved, ==, 1);
        g_assert_cmpfloat(fal_confidence_of(&s, 3), ==, rows[i].c);
        g_assert_cmpfloat(fal_lambda_of(&s, 10, 1000), ==,
                          s.lambda * (rows[i].nu == 0 ? 1 : 10));
        g_assert_cmpint(s.rank, ==, before.rank);
        g_assert_cmpint(s.iterations, ==, before.iterations);
        g_assert_cmpfloat(s.lambda, ==, before.lambda);
        g_assert_cmpfloat(s.alpha, ==, before.alpha);
        g_assert_true(s.seed == before.seed);
    }
    g_assert_null(fal_train_presets[G_N_ELEMENTS(rows)]);

    FalTrainSettings s, same;
    fal_train_settings_init(&s);
    same = s;
    g_assert_false(fal_train_settings_preset(&s, "none"));
    g_assert_cmpfloat(s.nu, ==, same.nu);
    g_assert_cmpint(s.confidence, ==, same.confidence);
}

static void
test_check(void)
{
    static const struct {
        gsize offset;
        gboolean whole;
        double value;
        const char *words; /* what the sentence holds; NULL where all is well */
    } rows[] = {
#define WHOLE(field) G_STRUCT_OFFSET(FalTrainSettings, field), TRUE
#define REAL(field)  G_STRUCT_OFFSET(FalTrainSettings, field), FALSE
        {WHOLE(rank), 0, "rank=0"},
        {WHOLE(rank), -3, "rank=-3"},
        {WHOLE(rank), 1, NULL},
        {WHOLE(rank), FAL_MAX_RANK, NULL},
        {WHOLE(rank), FAL_MAX_RANK + 1, "1 .. 1024"},
        {WHOLE(iterations), 0, "iterations=0"},
        {WHOLE(steps), 0, "steps=0"},
        {REAL(lambda), -0.5, "lambda=-0.5"},
        {REAL(lambda), NAN, "lambda=NaN"},
        {REAL(lambda), INFINITY, "lambda=infinity"},
        {REAL(lambda), 0, NULL},
        {REAL(alpha), -1, "alpha=-1"},
        {REAL(alpha), NAN, "alpha=NaN"},
        {REAL(alpha), 0, NULL},
        {REAL(unobserved), 0, "unobserved=0"},
        {REAL(unobserved), NAN, "unobserved=NaN"},
        {REAL(nu), -1, "nu=-1"},
        {REAL(prior), -1, "prior=-1"},
        {REAL(epsilon), 0, "epsilon=0"},
        {REAL(epsilon), -2, "epsilon=-2"},
        {REAL(accuracy), -1, "accuracy=-1"},
        {REAL(accuracy), 0, NULL},
        {REAL(momentum), -0.1, "momentum=-0.1"},
        {REAL(momentum), 1, "momentum=1"},
        {REAL(momentum), 0, NULL},
        {WHOLE(warmup), -1, "warmup=-1"},
        {WHOLE(warmup), 0, NULL},
        {REAL(tolerance), -1e-3, "tolerance=-0.001"},
        {REAL(tolerance), NAN, "tolerance=NaN"},
        {WHOLE(confidence), 5, "confidence=5"},
        {WHOLE(solver), 2, "solver=2"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        FalTrainSettings s;
        fal_train_settings_init(&s);
        if (rows[i].whole)
            G_STRUCT_MEMBER(int, &s, rows[i].offset) = (int)rows[i].value;
        else
            G_STRUCT_MEMBER(double, &s, rows[i].offset) = rows[i].value;
        g_autofree char *wrong = fal_train_settings_check(&s);
        if (!rows[i].words)
            g_assert_null(wrong);
        else
            g_assert_nonnull(strstr(wrong ? wrong : "", rows[i].words));
    }
}

/* BM25 of implicit, written from its own text. */
static double
bm25(const FalCsr *by_user, const FalCsr *by_artist, gint32 user, gint32 artist, double r)
{
    double total = 0, length = (double)fal_csr_row_plays(by_artist, artist);

    for (gint32 i = 0; i < by_artist->n_rows; i++)
        total += (double)fal_csr_row_plays(by_artist, i);
    double length_norm = (1.0 - 0.8) + 0.8 * length / (total / by_artist->n_rows);
    double idf = log(by_artist->n_rows) - log1p((double)fal_csr_count(by_user, user));
    return r * (100.0 + 1.0) / (100.0 * length_norm + r) * idf;
}

static void
test_confidence(void)
{
    g_autoptr(FalPlays) plays = toy_plays();
    const FalCsr *by_user = fal_plays_by_user(plays), *by_artist = fal_plays_by_artist(plays);

    for (int kind = FAL_CONFIDENCE_LINEAR; kind <= FAL_CONFIDENCE_RAW; kind++) {
        FalTrainSettings s;
        fal_train_settings_init(&s);
        s.confidence = (FalConfidence)kind;
        s.alpha = 2.5;
        s.unobserved = 0.25;
        s.epsilon = 3;
        fal_autofree float *users = fal_confidence_new(plays, TRUE, &s, NULL);
        fal_autofree float *artists = fal_confidence_new(plays, FALSE, &s, NULL);
        for (gint32 u = 0; u < by_user->n_rows; u++) {
            for (gint64 k = by_user->start[u]; k < by_user->start[u + 1]; k++) {
                gint32 i = by_user->col[k];
                double r = by_user->plays[k];
                const double expected[] = {0.25 + 2.5 * r, 0.25 + 2.5 * log(1 + r / 3),
                                           0.25 + 2.5 * bm25(by_user, by_artist, u, i, r), 2.75,
                                           2.5 * r};
                gint64 across = by_artist->start[i];
                while (by_artist->col[across] != u)
                    across++;
                g_assert_cmpfloat_with_epsilon(users[k] / expected[kind], 1, 1e-6);
                g_assert_cmpfloat(users[k], ==, artists[across]);
                if (kind == FAL_CONFIDENCE_BM25)
                    g_assert_true(isnan(fal_confidence_of(&s, r)));
                else
                    g_assert_cmpfloat(users[k], ==, (float)fal_confidence_of(&s, r));
            }
        }
    }
}

/* A user who has heard everything must not pull the other way. */
static void
test_bm25_of_everything(void)
{
    static const FalPlay rows[] = {{0, 0, 5}, {0, 1, 5}, {1, 0, 1}};
    g_autoptr(FalPlays) plays = fal_plays_new(2, 2, rows, G_N_ELEMENTS(rows), NULL, NULL);
    FalTrainSettings s;

    fal_train_settings_init(&s);
    s.confidence = FAL_CONFIDENCE_BM25;
    fal_autofree float *c = fal_confidence_new(plays, TRUE, &s, NULL);
    for (int i = 0; i < 3; i++)
        g_assert_cmpfloat(c[i], ==, 1);
}

static void
test_lambda(void)
{
    static const struct {
        double lambda, nu, prior;
        gint64 n;
        double mean;
        double expected;
    } rows[] = {
        {0.3, 0, 0.5, 10, 100, 0.3},   {0.3, 1, 0, 10, 100, 3}, {0.3, 1, 0.5, 10, 100, 18},
        {2, 0.5, 0, 16, 100, 8},       {2, 0.5, 1, 16, 9, 10},  {0, 1, 1, 5, 5, 0},
        {1, 1, 0, 3000000000, 5, 3e9},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        FalTrainSettings s;
        fal_train_settings_init(&s);
        s.lambda = rows[i].lambda;
        s.nu = rows[i].nu;
        s.prior = rows[i].prior;
        g_assert_cmpfloat_with_epsilon(fal_lambda_of(&s, rows[i].n, rows[i].mean),
                                       rows[i].expected, 1e-12 * (1 + rows[i].expected));
    }
}

/* What the largest count comes to, in unobserved pairs. */
static void
test_spread(void)
{
    FalTrainSettings s;

    fal_train_settings_init(&s);
    s.unobserved = 2;
    s.alpha = 4;
    s.confidence = FAL_CONFIDENCE_LINEAR;
    g_assert_cmpfloat(fal_confidence_spread(&s, 1e6), ==, 2e6 + 1);
    s.confidence = FAL_CONFIDENCE_BINARY;
    g_assert_cmpfloat(fal_confidence_spread(&s, 1e6), ==, 3);
    s.confidence = FAL_CONFIDENCE_RAW;
    g_assert_cmpfloat(fal_confidence_spread(&s, 1), ==, 2);
    s.confidence = FAL_CONFIDENCE_BM25;
    g_assert_true(isnan(fal_confidence_spread(&s, 1)));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/settings/defaults", test_defaults);
    g_test_add_func("/settings/rank", test_rank);
    g_test_add_func("/settings/presets", test_presets);
    g_test_add_func("/settings/check", test_check);
    g_test_add_func("/settings/confidence", test_confidence);
    g_test_add_func("/settings/bm25-of-everything", test_bm25_of_everything);
    g_test_add_func("/settings/lambda", test_lambda);
    g_test_add_func("/settings/spread", test_spread);
    return g_test_run();
}
