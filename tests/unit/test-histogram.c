/* Histograms and quantiles of counts, held against counting one by one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "base/random.h"
#include "data/histogram.h"

static void
test_boundaries(void)
{
    static const guint64 starts[] = {1,  2,  3,   4,   7,   10,  16,  26,
                                     40, 64, 100, 159, 252, 399, 631, 1000};

    for (guint i = 0; i < G_N_ELEMENTS(starts); i++) {
        g_assert_cmpuint(fal_histogram_start((int)i), ==, starts[i]);
        g_assert_cmpint(fal_histogram_bin(starts[i]), ==, (int)i);
        if (i > 0)
            g_assert_cmpint(fal_histogram_bin(starts[i] - 1), ==, (int)i - 1);
    }
    for (guint64 power = 1, bin = 0; bin < FAL_MOST_BINS; power *= 10, bin += 5)
        g_assert_cmpint(fal_histogram_bin(power), ==, (int)bin);
    for (int bin = 1; bin < FAL_MOST_BINS; bin++) {
        g_assert_cmpuint(fal_histogram_start(bin), >, fal_histogram_start(bin - 1));
        g_assert_cmpint(fal_histogram_bin(fal_histogram_start(bin)), ==, bin);
        g_assert_cmpint(fal_histogram_bin(fal_histogram_start(bin) - 1), ==, bin - 1);
    }
    g_assert_cmpint(fal_histogram_bin(G_MAXUINT64), ==, FAL_MOST_BINS - 1);
}

static void
test_histogram(void)
{
    FalHistogram h = {0};

    g_assert_cmpint(h.n, ==, 0);
    fal_histogram_add(&h, 0);
    g_assert_cmpint(h.n, ==, 0);
    g_assert_cmpuint(h.largest, ==, 0);
    fal_histogram_add(&h, 1);
    g_assert_cmpint(h.n, ==, 1);
    for (int i = 0; i < 3; i++)
        fal_histogram_add(&h, 9);
    g_assert_cmpint(h.n, ==, 5);
    g_assert_cmpint(h.count[0], ==, 1);
    g_assert_cmpint(h.count[4], ==, 3);
    g_assert_cmpuint(h.largest, ==, 9);
    fal_histogram_add(&h, G_MAXUINT64);
    g_assert_cmpint(h.n, ==, FAL_MOST_BINS);
    g_assert_cmpint(h.count[FAL_MOST_BINS - 1], ==, 1);
}

static void
test_peaked(void)
{
    static const gint64 flat[20] = {5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
    static const gint64 peak[20] = {900, 1, 1};
    static const gint64 half[20] = {900, 400, 0, 1, 1};

    g_assert_false(fal_histogram_is_peaked(flat, 20));
    g_assert_true(fal_histogram_is_peaked(peak, 20));
    g_assert_false(fal_histogram_is_peaked(half, 20));
    g_assert_false(fal_histogram_is_peaked(peak, 1));
    g_assert_false(fal_histogram_is_peaked(peak, 0));
}

static FalPlays *
plays_of(const guint32 *counts, gint32 n_users, gint32 n_artists)
{
    g_autofree FalPlay *plays = g_new(FalPlay, (gsize)n_users * (gsize)n_artists + 1);
    g_autoptr(GError) error = NULL;
    gint64 n = 0;

    for (gint32 u = 0; u < n_users; u++)
        for (gint32 a = 0; a < n_artists; a++, n++)
            plays[n] = (FalPlay){u, a, counts[n]};
    FalPlays *built = fal_plays_new(n_users, n_artists, plays, n, NULL, &error);
    g_assert_no_error(error);
    return built;
}

/* Listeners per artist and artists per listener; an artist without any is in no bin. */
static void
test_rows(void)
{
    static const guint32 counts[3 * 4] = {1, 1, 0, 0, 1, 0, 0, 9, 1, 1, 0, 1};
    g_autoptr(FalPlays) plays = plays_of(counts, 3, 4);
    FalHistogram artists = {0}, users = {0};

    fal_histogram_rows(&artists, fal_plays_by_artist(plays));
    g_assert_cmpint(artists.n, ==, 3);
    g_assert_cmpint(artists.count[1], ==, 2);
    g_assert_cmpint(artists.count[2], ==, 1);
    fal_histogram_rows(&users, fal_plays_by_user(plays));
    g_assert_cmpint(users.count[1], ==, 2);
    g_assert_cmpint(users.count[2], ==, 1);
    g_assert_cmpuint(users.largest, ==, 3);
}

static int
compare(const void *a, const void *b)
{
    guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;

    return (x > y) - (x < y);
}

static const double shares[] = {0, 1e-9, 0.1, 0.5, 0.9, 0.99, 0.9999, 1};

/* Against a sorted copy: the same below 8,192, and near it above. */
static void
check_quantiles(const guint32 *counts, gint32 n_users, gint32 n_artists)
{
    gsize n = (gsize)n_users * (gsize)n_artists;
    g_autoptr(FalPlays) plays = plays_of(counts, n_users, n_artists);
    g_autofree guint32 *sorted = g_memdup2(counts, n * sizeof *counts);
    g_autoptr(GError) error = NULL;
    guint32 out[G_N_ELEMENTS(shares)];

    qsort(sorted, n, sizeof *sorted, compare);
    g_assert_true(fal_plays_quantiles(plays, shares, G_N_ELEMENTS(shares), out, &error));
    for (gsize i = 0; i < G_N_ELEMENTS(shares); i++) {
        gsize rank = MAX(1, (gsize)ceil(shares[i] * (double)n));
        guint32 expected = sorted[rank - 1];
        g_assert_cmpuint(out[i], <=, expected);
        g_assert_cmpuint(expected - out[i], <=,
                         expected < 8192 || shares[i] == 1 ? 0 : expected / 4096);
    }
}

static void
test_quantiles(void)
{
    enum { USERS = 700, ARTISTS = 800 };
    g_autofree guint32 *counts = g_new(guint32, USERS * ARTISTS);
    FalRandom random;

    fal_random_init(&random, 7);
    for (int i = 0; i < USERS * ARTISTS; i++)
        counts[i] = 1 + (guint32)fal_random_below(&random, 1 + fal_random_below(&random, 900));
    check_quantiles(counts, USERS, ARTISTS);
    for (int i = 0; i < USERS * ARTISTS; i++)
        counts[i] = 1 + ((guint32)fal_random_below(&random, G_MAXUINT32) >>
                         fal_random_below(&random, 32));
    check_quantiles(counts, USERS, ARTISTS);
    counts[0] = G_MAXUINT32;
    counts[1] = 8191;
    counts[2] = 8192;
    for (gint32 n = 1; n < 4; n++)
        check_quantiles(counts, 1, n);
}

static void
test_no_quantiles(void)
{
    g_autoptr(FalPlays) plays = plays_of(NULL, 0, 0);
    guint32 out[G_N_ELEMENTS(shares)];

    memset(out, 7, sizeof out);
    g_assert_true(fal_plays_quantiles(plays, shares, G_N_ELEMENTS(shares), out, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(shares); i++)
        g_assert_cmpuint(out[i], ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/histogram/boundaries", test_boundaries);
    g_test_add_func("/histogram/counts", test_histogram);
    g_test_add_func("/histogram/peaked", test_peaked);
    g_test_add_func("/histogram/rows", test_rows);
    g_test_add_func("/quantiles/random", test_quantiles);
    g_test_add_func("/quantiles/empty", test_no_quantiles);
    return g_test_run();
}
