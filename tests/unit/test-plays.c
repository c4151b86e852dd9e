/* The plays in compressed rows, held against a plain table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "data/plays.h"

static FalPlays *
build(gint32 n_users, gint32 n_artists, const FalPlay *plays, gint64 n)
{
    g_autoptr(GError) error = NULL;
    FalPlays *built = fal_plays_new(n_users, n_artists, plays, n, NULL, &error);

    g_assert_no_error(error);
    g_assert_nonnull(built);
    return built;
}

static void
check_order(const FalCsr *csr, gint32 n_rows, gint32 n_cols, gint64 n_pairs)
{
    g_assert_cmpint(csr->n_rows, ==, n_rows);
    g_assert_cmpint(csr->n_cols, ==, n_cols);
    g_assert_cmpint(csr->start[0], ==, 0);
    g_assert_cmpint(csr->start[n_rows], ==, n_pairs);
    for (gint32 row = 0; row < n_rows; row++) {
        g_assert_cmpint(fal_csr_count(csr, row), >=, 0);
        for (gint64 i = csr->start[row]; i < csr->start[row + 1]; i++) {
            g_assert_cmpint(csr->col[i], >=, 0);
            g_assert_cmpint(csr->col[i], <, n_cols);
            g_assert_cmpuint(csr->plays[i], >=, 1);
            if (i > csr->start[row])
                g_assert_cmpint(csr->col[i - 1], <, csr->col[i]);
        }
    }
}

/* table has n_users x n_artists sums. */
static void
check_table(const FalPlays *plays, gint32 n_users, gint32 n_artists, const guint32 *table)
{
    const FalCsr *by_user = fal_plays_by_user(plays);
    const FalCsr *by_artist = fal_plays_by_artist(plays);
    gint64 n_pairs = 0;

    for (gint32 user = 0; user < n_users; user++) {
        guint64 sum = 0;

        for (gint32 artist = 0; artist < n_artists; artist++) {
            guint32 expected = table[user * n_artists + artist];

            g_assert_cmpuint(fal_csr_find(by_user, user, artist), ==, expected);
            g_assert_cmpuint(fal_csr_find(by_artist, artist, user), ==, expected);
            n_pairs += expected > 0;
            sum += expected;
        }
        g_assert_cmpuint(fal_csr_row_plays(by_user, user), ==, sum);
    }
    g_assert_cmpint(fal_plays_n_pairs(plays), ==, n_pairs);
    check_order(by_user, n_users, n_artists, n_pairs);
    check_order(by_artist, n_artists, n_users, n_pairs);
}

/* Of all shapes: short rows and long ones, one column and many, hardly any plays and many of
 * the same pair. */
static void
test_table(void)
{
    static const struct {
        gint32 n_users, n_artists;
        gint64 n;
    } cases[] = {
        {1, 1, 0},     {1, 1, 1},      {1, 1, 100},     {5, 3, 7},        {3, 400, 1000},
        {400, 3, 900}, {2, 257, 5000}, {300, 40, 9000}, {1, 70000, 3000}, {600, 256, 20000},
    };
    FalRandom random;

    fal_random_init(&random, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        gint32 n_users = cases[i].n_users, n_artists = cases[i].n_artists;
        g_autofree guint32 *table = g_new0(guint32, (gsize)n_users * (gsize)n_artists);
        g_autofree FalPlay *plays = g_new0(FalPlay, (gsize)cases[i].n + 1);
        g_autoptr(FalPlays) built = NULL;

        for (gint64 j = 0; j < cases[i].n; j++) {
            plays[j].user = (gint32)fal_random_below(&random, (guint64)n_users);
            plays[j].artist = (gint32)fal_random_below(&random, (guint64)n_artists);
            plays[j].plays = (guint32)fal_random_below(&random, 5);
            table[plays[j].user * n_artists + plays[j].artist] += plays[j].plays;
        }
        built = build(n_users, n_artists, plays, cases[i].n);
        check_table(built, n_users, n_artists, table);
    }
}

static void
test_nobody(void)
{
    g_autoptr(FalPlays) nothing = build(0, 0, NULL, 0);
    g_autoptr(FalPlays) silent = build(2, 3, NULL, 0);

    g_assert_cmpint(fal_plays_n_pairs(nothing), ==, 0);
    g_assert_cmpint(fal_plays_n_pairs(silent), ==, 0);
    g_assert_cmpuint(fal_csr_find(fal_plays_by_user(silent), 1, 2), ==, 0);
    g_assert_cmpuint(fal_csr_row_plays(fal_plays_by_artist(silent), 2), ==, 0);
}

static void
test_saturated(void)
{
    static const FalPlay plays[] = {
        {0, 0, G_MAXUINT32}, {0, 0, 7}, {0, 1, G_MAXUINT32 - 1}, {0, 1, 1}, {0, 2, 0},
    };
    g_autoptr(FalPlays) built = build(1, 3, plays, G_N_ELEMENTS(plays));

    g_assert_cmpuint(fal_csr_find(fal_plays_by_user(built), 0, 0), ==, G_MAXUINT32);
    g_assert_cmpuint(fal_csr_find(fal_plays_by_user(built), 0, 1), ==, G_MAXUINT32);
    g_assert_cmpuint(fal_csr_find(fal_plays_by_artist(built), 2, 0), ==, 0);
    g_assert_cmpint(fal_plays_n_pairs(built), ==, 2);
    g_assert_cmpuint(fal_csr_row_plays(fal_plays_by_user(built), 0), ==,
                     2 * (guint64)G_MAXUINT32);
}

/* Cut by flags at random, none and all: each pair is in the part that its flag says. */
static void
test_cut(void)
{
    static const struct {
        gint32 n_users, n_artists;
        gint64 n;
    } cases[] = {{0, 0, 0},      {2, 3, 0},     {1, 1, 1},
                 {3, 400, 1000}, {700, 3, 900}, {600, 900, 40000}};
    FalRandom random;

    fal_random_init(&random, 3);
    for (gsize i = 0; i < 3 * G_N_ELEMENTS(cases); i++) {
        gint32 n_users = cases[i / 3].n_users, n_artists = cases[i / 3].n_artists;
        gsize n_cells = (gsize)n_users * (gsize)n_artists;
        g_autofree guint32 *tables = g_new0(guint32, 2 * n_cells + 1);
        guint32 *table[2] = {tables, tables + n_cells};
        g_autofree FalPlay *plays = g_new0(FalPlay, (gsize)cases[i / 3].n + 1);
        g_autofree guint8 *flags = g_new0(guint8, (gsize)cases[i / 3].n + 1);
        g_autoptr(FalPlays) whole = NULL;
        g_autoptr(FalPlays) flagged = NULL;
        g_autoptr(FalPlays) rest = NULL;
        g_autoptr(GError) error = NULL;

        for (gint64 j = 0; j < cases[i / 3].n; j++)
            plays[j] = (FalPlay){(gint32)fal_random_below(&random, (guint64)n_users),
                                 (gint32)fal_random_below(&random, (guint64)n_artists),
                                 1 + (guint32)fal_random_below(&random, 5)};
        whole = build(n_users, n_artists, plays, cases[i / 3].n);
        const FalCsr *by_user = fal_plays_by_user(whole);
        for (gint32 user = 0; user < n_users; user++) {
            for (gint64 j = by_user->start[user]; j < by_user->start[user + 1]; j++) {
                flags[j] = i % 3 == 0 ? fal_random_below(&random, 5) == 0 : i % 3 == 1;
                table[flags[j]][user * n_artists + by_user->col[j]] = by_user->plays[j];
            }
        }
        g_assert_true(fal_plays_cut(whole, flags, &flagged, &rest, NULL, &error));
        g_assert_no_error(error);
        check_table(rest, n_users, n_artists, table[0]);
        check_table(flagged, n_users, n_artists, table[1]);
    }
}

static gboolean
same_csr(const FalCsr *a, const FalCsr *b)
{
    gsize n = (gsize)a->start[a->n_rows];

    return memcmp(a->start, b->start, ((gsize)a->n_rows + 1) * sizeof *a->start) == 0 &&
           memcmp(a->col, b->col, n * sizeof *a->col) == 0 &&
           memcmp(a->plays, b->plays, n * sizeof *a->plays) == 0;
}

/* Neither the number of threads nor the order of the plays shows in the result. */
static void
test_same(void)
{
    const gint64 n = 60000;
    g_autofree FalPlay *plays = g_new(FalPlay, (gsize)n);
    g_autofree FalPlay *backwards = g_new(FalPlay, (gsize)n);
    g_autoptr(FalPlays) one = NULL;
    g_autoptr(FalPlays) many = NULL;
    g_autoptr(FalPlays) other = NULL;
    FalRandom random;

    fal_random_init(&random, 2);
    for (gint64 i = 0; i < n; i++) {
        plays[i].user = (gint32)fal_random_below(&random, 1500);
        plays[i].artist = (gint32)fal_random_below(&random, 900);
        plays[i].plays = 1 + (guint32)fal_random_below(&random, 9);
        backwards[n - 1 - i] = plays[i];
    }
    fal_parallel_set_threads(1);
    one = build(1500, 900, plays, n);
    fal_parallel_set_threads(4);
    many = build(1500, 900, plays, n);
    other = build(1500, 900, backwards, n);
    g_assert_true(same_csr(fal_plays_by_user(one), fal_plays_by_user(many)));
    g_assert_true(same_csr(fal_plays_by_artist(one), fal_plays_by_artist(many)));
    g_assert_true(same_csr(fal_plays_by_user(one), fal_plays_by_user(other)));
    g_assert_true(same_csr(fal_plays_by_artist(one), fal_plays_by_artist(other)));
}

static void
test_cancelled(void)
{
    static const FalPlay plays[] = {{0, 0, 1}};
    static const guint8 flags[] = {1};
    g_autoptr(FalPlays) whole = build(1, 1, plays, 1);
    FalPlays *flagged = NULL, *rest = NULL;
    g_autoptr(FalTask) task = fal_task_new();
    g_autoptr(GError) error = NULL;

    fal_task_cancel(task);
    g_assert_null(fal_plays_new(1, 1, plays, 1, task, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
    g_clear_error(&error);
    g_assert_false(fal_plays_cut(whole, flags, &flagged, &rest, task, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
    g_assert_true(!flagged && !rest);
}

/* Gathered plays of users and artists in another order, with a pair that comes twice. */
static void
test_gathered(void)
{
    static const FalEntry entries[] = {{0, 5}, {1, 1}, {0, 7}, {2, 3}, {1, 4}, {2, 9}};
    static const gint64 start[] = {0, 3, 4, 6};
    static const gint32 users[] = {2, 0, 1}, artists[] = {2, 1, 0};
    static const guint32 user_artists[] = {2, 1, 2}, listeners[] = {2, 2, 1};
    static const FalGathered gathered = {entries, start, users, artists, user_artists};
    static const guint32 table[] = {9, 4, 0, 0, 1, 12, 3, 0, 0};
    g_autoptr(GError) error = NULL;
    g_autoptr(FalPlays) built = fal_plays_new_gathered(3, 3, &gathered, NULL, &error);

    g_assert_no_error(error);
    g_assert_true(fal_plays_turn(built, listeners, FAL_NEW(FalEntry, 6, NULL), NULL, &error));
    g_assert_no_error(error);
    check_table(built, 3, 3, table);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plays/table", test_table);
    g_test_add_func("/plays/cut", test_cut);
    g_test_add_func("/plays/nobody", test_nobody);
    g_test_add_func("/plays/saturated", test_saturated);
    g_test_add_func("/plays/same", test_same);
    g_test_add_func("/plays/cancelled", test_cancelled);
    g_test_add_func("/plays/gathered", test_gathered);
    return g_test_run();
}
