/* Metrics: cases worked by hand, and random ones with many ties against sorting everything.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "eval/chance.h"
#include "eval/metrics.h"

#define MAX_ARTISTS 70
#define EXACT       1e-12

/* One user: scores and ids by row, and what each row is to the user. */
typedef struct {
    gint32 n;
    float score[MAX_ARTISTS];
    gint64 id[MAX_ARTISTS];
    gint32 train[MAX_ARTISTS], held[MAX_ARTISTS];
    gint64 n_train, n_held;
    guint32 plays[MAX_ARTISTS]; /* of the held-out */
} Case;

/* Rows 0 .. 7 with ids 10 .. 80. Artist 1 is in training, 2 and 5 are held out, so the list is
 *   place   1    2    3    4    5    6    7
 *   row     0    2    4    3    5    6    7
 *   score  .9   .8   .8   .5   .1   .1    0
 * 2 is before 4 and 5 before 6, as their ids are smaller. Of the five others, 2 beats 3, 6 and
 * 7 and ties with 4: 3.5; 5 beats 7 and ties with 6: 1.5. */
static const Case worked = {
    .n = 8,
    .score = {.9f, .99f, .8f, .5f, .8f, .1f, .1f, 0},
    .id = {10, 20, 30, 40, 50, 60, 70, 80},
    .train = {1},
    .n_train = 1,
    .held = {2, 5},
    .n_held = 2,
    .plays = {3, 1},
};

static void
ranks_of(const Case *c, gint64 *rank, double *wins)
{
    fal_metrics_ranks(c->score, c->n, c->id, c->train, c->n_train, c->held, c->n_held, rank,
                      wins);
}

static void
metrics_of(const Case *c, int k, FalMetrics *metrics)
{
    gint64 rank[MAX_ARTISTS];
    double wins[MAX_ARTISTS];

    ranks_of(c, rank, wins);
    fal_metrics_of(rank, wins, c->plays[0] > 0 ? c->plays : NULL, c->n_held, c->n - c->n_train,
                   k, metrics);
}

static void
test_worked_ranks(void)
{
    gint64 rank[2];
    double wins[2];

    ranks_of(&worked, rank, wins);
    g_assert_cmpint(rank[0], ==, 2);
    g_assert_cmpint(rank[1], ==, 5);
    g_assert_cmpfloat(wins[0], ==, 3.5);
    g_assert_cmpfloat(wins[1], ==, 1.5);
}

static void
test_worked_metrics(void)
{
    /* The gains at the places 1, 2 and 5: 1 / log2(2), 1 / log2(3), 1 / log2(6). */
    const double at2 = 0.63092975357145742, at5 = 0.38685280723454159;
    static const struct {
        int k;
        double precision, recall, map;
    } expected[] = {
        {1, 0, 0, 0},                             /* the one at the top is no hit */
        {3, 1.0 / 3, 1.0 / 2, (1.0 / 2) / 2},     /* a hit at 2: its precision is 1/2 */
        {5, 2.0 / 5, 1, (1.0 / 2 + 2.0 / 5) / 2}, /* and one at 5: 2/5 */
        {100, 2.0 / 100, 1, (1.0 / 2 + 2.0 / 5) / 2},
    };
    const double ndcg[] = {0, at2 / (1 + at2), (at2 + at5) / (1 + at2),
                           (at2 + at5) / (1 + at2)};

    for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
        FalMetrics m;
        metrics_of(&worked, expected[i].k, &m);
        g_assert_cmpfloat_with_epsilon(m.precision, expected[i].precision, EXACT);
        g_assert_cmpfloat_with_epsilon(m.recall, expected[i].recall, EXACT);
        g_assert_cmpfloat_with_epsilon(m.map, expected[i].map, EXACT);
        g_assert_cmpfloat_with_epsilon(m.ndcg, ndcg[i], EXACT);
        /* (3.5/5 + 1.5/5) / 2, and of the top 2 one is held out; k plays no part. */
        g_assert_cmpfloat_with_epsilon(m.auc, 0.5, EXACT);
        g_assert_cmpfloat_with_epsilon(m.overlap, 0.5, EXACT);
        g_assert_cmpfloat(m.hitrate, ==, expected[i].k > 1);
        /* The second and the fifth of seven: 1/6 of the way down with 3 plays, 4/6 with 1. */
        g_assert_cmpfloat_with_epsilon(m.percentile, (3 * 1.0 / 6 + 1 * 4.0 / 6) / 4, EXACT);
        g_assert_cmpfloat(m.held_plays, ==, 4);
        g_assert_true(isnan(m.popularity));
    }
}

/* What is held out is the only candidate: it is at the top and at the end. */
static void
test_percentile_alone(void)
{
    const Case c = {.n = 1, .score = {1}, .id = {1}, .held = {0}, .n_held = 1};
    FalMetrics m;

    metrics_of(&c, 1, &m);
    g_assert_cmpfloat(m.percentile, ==, 0.5);
    g_assert_cmpfloat(m.hitrate, ==, 1);
}

static void
test_popularity(void)
{
    const gint64 listeners[] = {9, 0, 999};

    g_assert_cmpfloat_with_epsilon(fal_metrics_popularity(listeners, 3), (1 + 0 + 3) / 3.0,
                                   EXACT);
    g_assert_true(isnan(fal_metrics_popularity(listeners, 0)));
}

/* The worked case where nobody has artist 7 in training, and where nobody has 5, which is held
 * out, either. Of the others 0 3 4 6 7 the artist 2 beats 3 and 6 and ties with 4, 5 ties with
 * 6; both beat 7, which does not count. */
static void
test_book_auc(void)
{
    const double wins[] = {2.5, 0.5};

    g_assert_cmpfloat_with_epsilon(fal_metrics_book_auc(FAL_AUC_BOOK1, wins, 2, 0, 5, 1),
                                   (2.5 / 4 + 0.5 / 4) / 2, EXACT);
    g_assert_cmpfloat_with_epsilon(fal_metrics_book_auc(FAL_AUC_BOOK3, wins, 2, 0, 5, 1),
                                   (2.5 / 5 + 0.5 / 5) / 2, EXACT);
    g_assert_cmpfloat_with_epsilon(fal_metrics_book_auc(FAL_AUC_BOOK1, wins, 1, 1, 5, 1),
                                   2.5 / 4, EXACT);
    g_assert_cmpfloat_with_epsilon(fal_metrics_book_auc(FAL_AUC_BOOK3, wins, 1, 1, 5, 1),
                                   (2.5 / 5 + 4.0 / 5) / 2, EXACT);
    g_assert_true(isnan(fal_metrics_book_auc(FAL_AUC_BOOK1, wins, 0, 2, 5, 1)));
    g_assert_cmpfloat(fal_metrics_book_auc(FAL_AUC_BOOK3, wins, 1, 0, 0, 0), ==, 0.5);
}

/* With k below the number held out, recall, map and ndcg are measured by what k places can
 * hold: three held out in the places 1, 2 and 4, k = 2: all is 1, but overlap is 2/3. */
static void
test_cut_ideal(void)
{
    const Case c = {
        .n = 5,
        .score = {5, 4, 3, 2, 1},
        .id = {1, 2, 3, 4, 5},
        .held = {0, 1, 3},
        .n_held = 3,
    };
    FalMetrics m;

    metrics_of(&c, 2, &m);
    g_assert_cmpfloat(m.precision, ==, 1);
    g_assert_cmpfloat(m.recall, ==, 1);
    g_assert_cmpfloat(m.map, ==, 1);
    g_assert_cmpfloat(m.ndcg, ==, 1);
    g_assert_cmpfloat_with_epsilon(m.overlap, 2.0 / 3, EXACT);
    /* 0 and 1 beat both others, 3 beats one of them. */
    g_assert_cmpfloat_with_epsilon(m.auc, (1 + 1 + 0.5) / 3, EXACT);
}

static void
test_perfect_and_worst(void)
{
    Case c = {
        .n = 6,
        .score = {6, 5, 4, 3, 2, 1},
        .id = {1, 2, 3, 4, 5, 6},
        .train = {3},
        .n_train = 1,
        .held = {0, 1},
        .n_held = 2,
    };
    FalMetrics m;

    metrics_of(&c, 2, &m);
    g_assert_cmpfloat(m.auc, ==, 1);
    g_assert_cmpfloat(m.precision, ==, 1);
    g_assert_cmpfloat(m.recall, ==, 1);
    g_assert_cmpfloat(m.map, ==, 1);
    g_assert_cmpfloat(m.ndcg, ==, 1);
    g_assert_cmpfloat(m.overlap, ==, 1);

    c.held[0] = 4;
    c.held[1] = 5;
    metrics_of(&c, 2, &m);
    g_assert_cmpfloat(m.auc, ==, 0);
    g_assert_cmpfloat(m.precision, ==, 0);
    g_assert_cmpfloat(m.recall, ==, 0);
    g_assert_cmpfloat(m.map, ==, 0);
    g_assert_cmpfloat(m.ndcg, ==, 0);
    g_assert_cmpfloat(m.overlap, ==, 0);
}

/* Nothing tells the artists apart: the ids do, and auc is a half. 0 and -0 are the same. */
static void
test_all_tied(void)
{
    const Case c = {
        .n = 4,
        .score = {0, -0.0f, 0, -0.0f},
        .id = {40, 10, 30, 20},
        .held = {0, 3},
        .n_held = 2,
    };
    gint64 rank[2];
    double wins[2];
    FalMetrics m;

    ranks_of(&c, rank, wins);
    g_assert_cmpint(rank[0], ==, 4);
    g_assert_cmpint(rank[1], ==, 2);
    metrics_of(&c, 1, &m);
    g_assert_cmpfloat(m.auc, ==, 0.5);
}

/* Whoever has every candidate held out has no other to compare with. */
static void
test_no_others(void)
{
    const Case c = {
        .n = 3,
        .score = {1, 2, 3},
        .id = {1, 2, 3},
        .train = {1},
        .n_train = 1,
        .held = {0, 2},
        .n_held = 2,
    };
    FalMetrics m;

    metrics_of(&c, 10, &m);
    g_assert_cmpfloat(m.auc, ==, 0.5);
    g_assert_cmpfloat(m.precision, ==, 0.2);
    g_assert_cmpfloat(m.recall, ==, 1);
    g_assert_cmpfloat(m.map, ==, 1);
    g_assert_cmpfloat(m.ndcg, ==, 1);
    g_assert_cmpfloat(m.overlap, ==, 1);
}

static const Case *sorted_case;

static int
compare_rows(const void *a, const void *b)
{
    gint32 x = *(const gint32 *)a, y = *(const gint32 *)b;
    float sx = sorted_case->score[x], sy = sorted_case->score[y];

    if (sx != sy)
        return sx > sy ? -1 : 1;
    return sorted_case->id[x] < sorted_case->id[y] ? -1 : 1;
}

static gboolean
is_in(const gint32 *rows, gint64 n, gint32 row)
{
    for (gint64 i = 0; i < n; i++)
        if (rows[i] == row)
            return TRUE;
    return FALSE;
}

/* All candidates, best first; returns how many. */
static gint32
sort_candidates(const Case *c, gint32 *order)
{
    gint32 n = 0;

    for (gint32 row = 0; row < c->n; row++)
        if (!is_in(c->train, c->n_train, row))
            order[n++] = row;
    sorted_case = c;
    qsort(order, (gsize)n, sizeof *order, compare_rows);
    return n;
}

/* The metrics as their definitions read, place by place through the sorted list. */
static void
brute_metrics(const Case *c, int k, FalMetrics *m)
{
    gint32 order[MAX_ARTISTS], n = sort_candidates(c, order), hits = 0;
    double ideal = 0, right = 0, pairs = 0;

    memset(m, 0, sizeof *m);
    for (gint32 i = 0; i < n; i++) {
        gboolean held = is_in(c->held, c->n_held, order[i]);
        hits += held;
        if (i < k && i < c->n_held)
            ideal += 1 / log2(i + 2);
        if (held) {
            gint64 h = 0;
            while (c->held[h] != order[i])
                h++;
            m->percentile += (n > 1 ? (double)i / (n - 1) : 0.5) * c->plays[h];
            m->held_plays += c->plays[h];
        }
        if (i < k && held) {
            m->hitrate = 1;
            m->precision += 1.0 / k;
            m->recall += 1.0 / MIN(k, (int)c->n_held);
            m->map += (double)hits / (i + 1) / MIN(k, (int)c->n_held);
            m->ndcg += 1 / log2(i + 2);
        }
        if (i < c->n_held && held)
            m->overlap += 1.0 / (double)c->n_held;
        for (gint32 j = 0; j < n && held; j++) {
            if (!is_in(c->held, c->n_held, order[j])) {
                float a = c->score[order[i]], b = c->score[order[j]];
                right += a > b ? 1 : a == b ? 0.5 : 0;
                pairs++;
            }
        }
    }
    m->ndcg /= ideal;
    m->percentile /= m->held_plays;
    m->auc = pairs > 0 ? right / pairs : 0.5;
}

/* A user with at least one artist held out; `levels` different scores make for ties. The scores
 * lie in steps of a quarter from -1 on. */
static void
random_case(FalRandom *random, Case *c)
{
    guint64 levels = 1 + fal_random_below(random, 12);

    memset(c, 0, sizeof *c);
    c->n = (gint32)(2 + fal_random_below(random, MAX_ARTISTS - 2));
    for (gint32 row = 0; row < c->n; row++) {
        gint32 other = (gint32)fal_random_below(random, (guint64)row + 1);
        c->score[row] = (float)fal_random_below(random, levels) / 4 - 1;
        c->id[row] = c->id[other];
        c->id[other] = 100 + row;
        guint64 role = fal_random_below(random, 4);
        if (role == 0)
            c->train[c->n_train++] = row;
        else if (role == 1 || (row == c->n - 1 && c->n_held == 0))
            c->held[c->n_held++] = row;
    }
    if (c->n_held == 0)
        c->held[c->n_held++] = c->train[--c->n_train];
    for (gint64 h = 0; h < c->n_held; h++)
        c->plays[h] = (guint32)(1 + fal_random_below(random, 9));
}

/* Scores as far apart as floats go, so that some are lumped together however they are cut. */
static void
stretch(FalRandom *random, Case *c)
{
    static const float scales[] = {1, 3e-45f, 1e38f, 1e-3f};
    float scale = scales[fal_random_below(random, G_N_ELEMENTS(scales))];

    for (gint32 row = 0; row < c->n; row++)
        c->score[row] *= scale;
    c->score[fal_random_below(random, (guint64)c->n)] = 3e38f;
    c->score[fal_random_below(random, (guint64)c->n)] = -3e38f;
}

static void
assert_same(const FalMetrics *a, const FalMetrics *b)
{
    g_assert_cmpfloat_with_epsilon(a->auc, b->auc, EXACT);
    g_assert_cmpfloat_with_epsilon(a->precision, b->precision, EXACT);
    g_assert_cmpfloat_with_epsilon(a->recall, b->recall, EXACT);
    g_assert_cmpfloat_with_epsilon(a->map, b->map, EXACT);
    g_assert_cmpfloat_with_epsilon(a->ndcg, b->ndcg, EXACT);
    g_assert_cmpfloat_with_epsilon(a->overlap, b->overlap, EXACT);
    g_assert_cmpfloat_with_epsilon(a->hitrate, b->hitrate, EXACT);
    g_assert_cmpfloat_with_epsilon(a->percentile, b->percentile, EXACT);
    g_assert_cmpfloat(a->held_plays, ==, b->held_plays);
}

/* Adds up the metrics of all orders of the artists from `from` on. */
static int
add_orders(Case *c, gint32 from, int k, FalMetrics *sum)
{
    int n = 0;

    if (from == c->n) {
        FalMetrics m;
        brute_metrics(c, k, &m);
        sum->auc += m.auc;
        sum->precision += m.precision;
        sum->recall += m.recall;
        sum->map += m.map;
        sum->ndcg += m.ndcg;
        sum->overlap += m.overlap;
        sum->hitrate += m.hitrate;
        sum->percentile += m.percentile;
        return 1;
    }
    for (gint32 row = from; row < c->n; row++) {
        float other = c->score[from];
        c->score[from] = c->score[row];
        c->score[row] = other;
        n += add_orders(c, from + 1, k, sum);
        c->score[row] = c->score[from];
        c->score[from] = other;
    }
    return n;
}

/* The expectations are the means over all orders. */
static void
test_chance(void)
{
    for (gint32 n = 1; n <= 6; n++) {
        for (int held = 1; held <= n; held++) {
            for (int k = 1; k <= 8; k += 1 + (k > 2)) {
                Case c = {.n = n, .n_held = held};
                FalMetrics sum = {0}, chance;
                for (gint32 row = 0; row < n; row++) {
                    c.score[row] = (float)row;
                    c.id[row] = row;
                    c.held[row] = row;
                    c.plays[row] = (guint32)(1 + row * row);
                }
                int orders = add_orders(&c, 0, k, &sum);
                fal_chance_metrics(held, n, k, FAL_AUC_ALL, 0, 0, &chance);
                g_assert_cmpfloat_with_epsilon(chance.auc, sum.auc / orders, EXACT);
                g_assert_cmpfloat_with_epsilon(chance.precision, sum.precision / orders, EXACT);
                g_assert_cmpfloat_with_epsilon(chance.recall, sum.recall / orders, EXACT);
                g_assert_cmpfloat_with_epsilon(chance.map, sum.map / orders, EXACT);
                g_assert_cmpfloat_with_epsilon(chance.ndcg, sum.ndcg / orders, EXACT);
                g_assert_cmpfloat_with_epsilon(chance.overlap, sum.overlap / orders, EXACT);
                g_assert_cmpfloat_with_epsilon(chance.hitrate, sum.hitrate / orders, EXACT);
                g_assert_cmpfloat_with_epsilon(chance.percentile, sum.percentile / orders,
                                               EXACT);
            }
        }
    }
}

/* By book 1 chance is a half; by book 3 it depends on who has a score: of two held out one has
 * none, of four others one. The one with a score beats half of three of four, the other all
 * three. */
static void
test_chance_books(void)
{
    FalMetrics m;

    fal_chance_metrics(2, 6, 1, FAL_AUC_BOOK1, 1, 1, &m);
    g_assert_cmpfloat(m.auc, ==, 0.5);
    fal_chance_metrics(2, 6, 1, FAL_AUC_BOOK1, 2, 1, &m);
    g_assert_true(isnan(m.auc));
    fal_chance_metrics(2, 6, 1, FAL_AUC_BOOK3, 1, 1, &m);
    g_assert_cmpfloat_with_epsilon(m.auc, (1.5 / 4 + 3.0 / 4) / 2, EXACT);
}

/* Four artists; one user's list is one of three candidates, the other's both of two: artist 0
 * is in no list, 1 in the second, the others in the first with 1/3 as well. */
static void
test_chance_coverage(void)
{
    const gint32 first[] = {0}, second[] = {0, 3};
    g_autoptr(FalChanceCoverage) coverage = fal_chance_coverage_new(4, NULL);

    g_assert_cmpfloat(fal_chance_coverage_end(coverage), ==, 0);
    fal_chance_coverage_add(coverage, 1, first, 1);
    g_assert_cmpfloat_with_epsilon(fal_chance_coverage_end(coverage), 3 * (1.0 / 3) / 4, EXACT);
    fal_chance_coverage_add(coverage, 2, second, 2);
    g_assert_cmpfloat_with_epsilon(fal_chance_coverage_end(coverage), (1 + 1 + 1.0 / 3) / 4,
                                   1e-9);
}

static void
test_brute_force(void)
{
    FalRandom random;
    Case c;

    fal_random_init(&random, 7);
    for (int round = 0; round < 3000; round++) {
        int k = (int)(1 + fal_random_below(&random, 20));
        FalMetrics fast, slow;
        gint64 rank[MAX_ARTISTS];
        double wins[MAX_ARTISTS];
        gint32 order[MAX_ARTISTS];

        random_case(&random, &c);
        stretch(&random, &c);
        ranks_of(&c, rank, wins);
        sort_candidates(&c, order);
        for (gint64 h = 0; h < c.n_held; h++)
            g_assert_cmpint(order[rank[h] - 1], ==, c.held[h]);
        metrics_of(&c, k, &fast);
        brute_metrics(&c, k, &slow);
        assert_same(&fast, &slow);
        g_assert_cmpfloat(fal_metrics_ndcg(rank, c.n_held, k), ==, fast.ndcg);
    }
}

/* A ranking by keys gives what the same keys as scores give, to the bit. */
static void
test_ranking(void)
{
    FalRandom random;
    Case c;

    fal_random_init(&random, 8);
    for (int round = 0; round < 1000; round++) {
        guint64 key[MAX_ARTISTS];
        gint64 rank[2][MAX_ARTISTS];
        double wins[2][MAX_ARTISTS];
        gint32 order[MAX_ARTISTS], top[MAX_ARTISTS];
        int k = (int)(1 + fal_random_below(&random, 20));

        random_case(&random, &c);
        for (gint32 row = 0; row < c.n; row++)
            key[row] = (guint64)((c.score[row] + 1) * 4);
        g_autoptr(GError) error = NULL;
        g_autoptr(FalRanking) ranking = fal_ranking_new(key, c.n, c.id, &error);
        g_assert_no_error(error);
        ranks_of(&c, rank[0], wins[0]);
        fal_ranking_ranks(ranking, c.train, c.n_train, c.held, c.n_held, rank[1], wins[1]);
        for (gint64 h = 0; h < c.n_held; h++) {
            g_assert_cmpint(rank[0][h], ==, rank[1][h]);
            g_assert_cmpfloat(wins[0][h], ==, wins[1][h]);
        }
        gint32 n = sort_candidates(&c, order);
        g_assert_cmpint(fal_ranking_top(ranking, k, c.train, c.n_train, top), ==, MIN(k, n));
        g_assert_cmpmem(top, sizeof *top * (gsize)MIN(k, n), order,
                        sizeof *order * (gsize)MIN(k, n));
    }
}

/* Counts in pieces, into several tallies, without those below all that is held out. */
static void
test_ladder(void)
{
    FalRandom random;
    Case c;

    fal_random_init(&random, 9);
    for (int round = 0; round < 1000; round++) {
        gint64 rank[2][MAX_ARTISTS], held_id[MAX_ARTISTS];
        double wins[2][MAX_ARTISTS];
        float held_score[MAX_ARTISTS];
        int large = round % 3 == 0 ? 4000 : round % 3 == 1 ? 37 : 1;

        random_case(&random, &c);
        for (gint32 row = 0; row < c.n; row++)
            c.score[row] = (float)(int)((c.score[row] + 1) * 4) * (float)large;
        ranks_of(&c, rank[0], wins[0]);
        for (gint64 h = 0; h < c.n_held; h++) {
            held_score[h] = c.score[c.held[h]];
            held_id[h] = c.id[c.held[h]];
        }
        g_autoptr(FalLadder) ladder = fal_ladder_new(held_score, held_id, c.n_held, 3);
        for (gint32 row = c.n - 1; row >= 0; row--) {
            gboolean counts = c.score[row] >= fal_ladder_lowest(ladder);
            for (gint64 t = 0; t < c.n_train; t++)
                counts = counts && c.train[t] != row;
            for (gint64 h = 0; h < c.n_held; h++)
                counts = counts && c.held[h] != row;
            if (counts)
                fal_ladder_count(ladder, row % 3, &c.score[row], &c.id[row], 1);
        }
        fal_ladder_ranks(ladder, c.n - c.n_train - c.n_held, rank[1], wins[1]);
        for (gint64 h = 0; h < c.n_held; h++) {
            g_assert_cmpint(rank[0][h], ==, rank[1][h]);
            g_assert_cmpfloat(wins[0][h], ==, wins[1][h]);
        }
    }
}

/* Keys that no float can tell apart are told apart. */
static void
test_ranking_large_keys(void)
{
    const guint64 key[] = {G_GUINT64_CONSTANT(1) << 60, (G_GUINT64_CONSTANT(1) << 60) + 1};
    const gint64 ids[] = {1, 2};
    gint32 top[2];

    g_autoptr(FalRanking) ranking = fal_ranking_new(key, 2, ids, NULL);
    g_assert_cmpint(fal_ranking_top(ranking, 2, NULL, 0, top), ==, 2);
    g_assert_cmpint(top[0], ==, 1);
    g_assert_cmpint(top[1], ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/metrics/worked-ranks", test_worked_ranks);
    g_test_add_func("/metrics/worked-metrics", test_worked_metrics);
    g_test_add_func("/metrics/cut-ideal", test_cut_ideal);
    g_test_add_func("/metrics/perfect-and-worst", test_perfect_and_worst);
    g_test_add_func("/metrics/all-tied", test_all_tied);
    g_test_add_func("/metrics/no-others", test_no_others);
    g_test_add_func("/metrics/brute-force", test_brute_force);
    g_test_add_func("/metrics/percentile-alone", test_percentile_alone);
    g_test_add_func("/metrics/popularity", test_popularity);
    g_test_add_func("/metrics/book-auc", test_book_auc);
    g_test_add_func("/metrics/chance", test_chance);
    g_test_add_func("/metrics/chance-books", test_chance_books);
    g_test_add_func("/metrics/chance-coverage", test_chance_coverage);
    g_test_add_func("/metrics/ranking", test_ranking);
    g_test_add_func("/metrics/ladder", test_ladder);
    g_test_add_func("/metrics/ranking-large-keys", test_ranking_large_keys);
    return g_test_run();
}
