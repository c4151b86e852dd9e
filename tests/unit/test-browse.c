/* Orders, filters and search over artists and users, against the plain way.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/parallel.h"
#include "base/random.h"
#include "base/text.h"
#include "query/browse.h"

#include "fixture.h"

static const char plays[] = "1 10 5\n1 11 300\n2 10 1\n2 12 7\n3 10 2\n3 13 1\n3 14 9\n3 11 1\n"
                            "24 13 200\n5 15 3\n";
static const char names[] =
    "10\tThe Beatles\n11\tBjörk\n12\tapparat\n13\tThe The\n14\tThe Beatniks\n";

/* The ids shown, joined by blanks. */
static char *
shown(const FalBrowse *browse, FalDataset *dataset, gboolean users)
{
    GString *out = g_string_new(NULL);

    for (gint32 i = 0; i < fal_browse_n(browse); i++) {
        gint32 row = fal_browse_row(browse, i);
        g_assert_cmpint(fal_browse_position(browse, row), ==, i);
        g_string_append_printf(out, "%s%" G_GINT64_FORMAT, i ? " " : "",
                               users ? fal_dataset_user_id(dataset, row)
                                     : fal_dataset_artist_id(dataset, row));
    }
    return g_string_free(out, FALSE);
}

typedef struct {
    FalBrowseOrder order;
    gboolean reverse;
    const char *filter;
    const char *ids;
} Case;

static const Case artist_cases[] = {
    {FAL_BY_LISTENERS, FALSE, "", "10 11 13 12 14 15"},
    {FAL_BY_LISTENERS, TRUE, "", "15 14 12 13 11 10"},
    {FAL_BY_PLAYS, FALSE, "", "11 13 14 10 12 15"},
    {FAL_BY_NAME, FALSE, "", "12 11 10 14 13 15"},
    {FAL_BY_ID, FALSE, NULL, "10 11 12 13 14 15"},
    {FAL_BY_LISTENERS, FALSE, "the", "10 13 14"},
    {FAL_BY_NAME, TRUE, "THE", "13 14 10"},
    {FAL_BY_LISTENERS, FALSE, "the beat", "10 14"},
    {FAL_BY_LISTENERS, FALSE, "  bjork ", "11"},
    {FAL_BY_LISTENERS, FALSE, "#15", "15"},
    {FAL_BY_LISTENERS, FALSE, "nobody", ""},
    {FAL_BY_LISTENERS, FALSE, "the -beat", "13"},
    {FAL_BY_LISTENERS, FALSE, "-the", "11 12 15"},
    {FAL_BY_LISTENERS, FALSE, "-the -", "11 12 15"},
    {FAL_BY_LISTENERS, FALSE, "plays>=9", "11 13 14"},
    {FAL_BY_PLAYS, FALSE, "pl>8 -li<2", "11 13"},
    {FAL_BY_LISTENERS, FALSE, "the plays<100", "10 14"},
    {FAL_BY_LISTENERS, FALSE, "rank<=2", "10 11"},
    {FAL_BY_LISTENERS, FALSE, "id:12", "12"},
    {FAL_BY_LISTENERS, FALSE, "name=\"the the\"", "13"},
    {FAL_BY_LISTENERS, FALSE, "-artist:beat -artist=apparat plays>", "11 13 15"},
    {FAL_BY_LISTENERS, TRUE, "-the plays<=7", "15 12"},
};

static const Case user_cases[] = {
    {FAL_BY_PLAYS, FALSE, "", "1 24 3 2 5"},
    {FAL_BY_ARTISTS, FALSE, "", "3 1 2 5 24"},
    {FAL_BY_ID, FALSE, "", "1 2 3 5 24"},
    {FAL_BY_ID, TRUE, "2", "24 2"},
    {FAL_BY_ID, FALSE, "-4 artists>=2", "1 2 3"},
    {FAL_BY_ID, FALSE, "mean>3.5 mean<200", "1 2"},
};

static void
check(FalDataset *dataset, FalSubject subject, const Case *cases, gsize n)
{
    g_autoptr(FalBrowse) browse = fal_browse_new(dataset, subject);

    for (gsize i = 0; i < n; i++) {
        fal_browse_sort(browse, cases[i].order, cases[i].reverse);
        fal_browse_filter(browse, cases[i].filter);
        g_autofree char *ids = shown(browse, dataset, subject == FAL_SUBJECT_USER);
        g_assert_cmpstr(ids, ==, cases[i].ids);
    }
}

static void
test_artists(void)
{
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(plays, names, NULL);

    check(dataset, FAL_SUBJECT_ARTIST, artist_cases, G_N_ELEMENTS(artist_cases));
}

static void
test_users(void)
{
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(plays, names, NULL);

    check(dataset, FAL_SUBJECT_USER, user_cases, G_N_ELEMENTS(user_cases));
}

static void
test_search(void)
{
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(plays, names, NULL);
    g_autoptr(FalBrowse) browse = fal_browse_new(dataset, FAL_SUBJECT_ARTIST);

    /* By listeners: Beatles, Björk, The The, apparat, The Beatniks, #15 */
    g_assert_cmpint(fal_browse_search(browse, "the", 0, FALSE), ==, 0);
    g_assert_cmpint(fal_browse_search(browse, "the", 1, FALSE), ==, 2);
    g_assert_cmpint(fal_browse_search(browse, "the", 3, FALSE), ==, 4);
    g_assert_cmpint(fal_browse_search(browse, "the", 1, TRUE), ==, 0);
    g_assert_cmpint(fal_browse_search(browse, "the", 5, FALSE), ==, 0);
    g_assert_cmpint(fal_browse_search(browse, "BJÖRK", 4, TRUE), ==, 1);
    g_assert_cmpint(fal_browse_search(browse, "nobody", 0, FALSE), ==, -1);
    fal_browse_filter(browse, "nobody");
    g_assert_cmpint(fal_browse_search(browse, "the", 0, FALSE), ==, -1);
    g_assert_cmpint(fal_browse_position(browse, 0), ==, -1);
}

/* Whether a name holds every word, the plain way. */
static gboolean
holds(FalDataset *dataset, gint32 row, const char *filter)
{
    g_autofree char *folded = fal_text_fold(filter);
    g_auto(GStrv) words = g_strsplit(folded, " ", -1);
    g_autofree char *id =
        g_strdup_printf("#%" G_GINT64_FORMAT, fal_dataset_artist_id(dataset, row));
    gboolean named = *fal_dataset_artist_name(dataset, row) != '\0';
    const char *text = named ? fal_dataset_artist_folded(dataset, row) : id;

    for (char **word = words; *word; word++)
        if (!strstr(text, *word))
            return FALSE;
    return TRUE;
}

static void
check_filter(FalDataset *dataset, FalBrowse *browse, const char *filter)
{
    gint32 n = 0;

    fal_browse_filter(browse, filter);
    for (gint32 row = 0; row < fal_dataset_n_artists(dataset); row++)
        if (holds(dataset, row, filter))
            g_assert_cmpint(fal_browse_row(browse, n++), ==, row);
    g_assert_cmpint(fal_browse_n(browse), ==, n);
    fal_browse_filter(browse, "");
    for (gint32 from = 0; from < fal_dataset_n_artists(dataset); from += 4999) {
        gint32 expected = -1, all = fal_dataset_n_artists(dataset);
        g_autofree char *folded = fal_text_fold(filter);
        for (gint32 step = 0; step < all && expected < 0 && !strchr(folded, ' '); step++)
            if (holds(dataset, (from + step) % all, folded))
                expected = (from + step) % all;
        if (!strchr(folded, ' '))
            g_assert_cmpint(fal_browse_search(browse, filter, from, FALSE), ==, expected);
    }
    fal_browse_filter(browse, filter);
}

/* Names of few letters, so that words are found often, across all ways of looking: typed letter
 * by letter and taken back, on one thread and on more. */
static void
test_typing(void)
{
    static const char *const typed[] = {"ab", "aba b", "a b",      "b ab",
                                        "#1", "12",    "bbbbbbbb", "\xc3\xa4"};
    g_autoptr(GString) plays_text = g_string_new(NULL);
    g_autoptr(GString) names_text = g_string_new(NULL);
    FalRandom random;

    fal_random_init(&random, 3);
    for (int id = 1; id <= 20000; id++) {
        g_string_append_printf(plays_text, "1 %d 1\n", id);
        if (id % 7 == 0)
            continue;
        g_string_append_printf(names_text, "%d\t", id);
        for (guint64 i = 1 + fal_random_below(&random, 9); i > 0; i--)
            g_string_append(names_text,
                            &"a\0b\0 \0\xc3\xa4\0c"[2 * fal_random_below(&random, 3)]);
        g_string_append(names_text, id % 50 == 0 ? "\xc3\xa4 zq\n" : "x\n");
    }
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(plays_text->str, names_text->str, NULL);
    for (int threads = 1; threads <= 4; threads += 3) {
        g_autoptr(FalBrowse) browse = fal_browse_new(dataset, FAL_SUBJECT_ARTIST);
        fal_parallel_set_threads(threads);
        for (gsize i = 0; i < G_N_ELEMENTS(typed); i++) {
            gsize n = strlen(typed[i]);
            for (gsize at = 1; at <= 2 * n; at++) {
                g_autofree char *start = g_strndup(typed[i], at <= n ? at : 2 * n - at);
                if (g_utf8_validate(start, -1, NULL))
                    check_filter(dataset, browse, start);
            }
        }
        check_filter(dataset, browse, "zq");
        check_filter(dataset, browse, "a zq");
    }
    fal_parallel_set_threads(0);
}

/* --- orders of many rows --- */

/* Names of few syllables, so that many share their first bytes, some all of them, and some are
 * longer than any name; plays that most share. */
static FalDataset *
many_rows(int n)
{
    static const char *const syllables[] = {"abcdefgh", "abcdefgi", "b", "the ", "\xc3\xa4"};
    g_autoptr(GString) plays_text = g_string_new(NULL);
    g_autoptr(GString) names_text = g_string_new(NULL);
    g_autofree char *lengthy = g_strnfill(700, 'z');
    FalRandom random;

    fal_random_init(&random, 5);
    for (int id = 1; id <= n; id++) {
        guint64 few = fal_random_below(&random, 4);
        g_string_append_printf(plays_text, "%d %d %d\n", 1 + id % 3, id * 7 % (n + 1),
                               few ? 1 : 1 + (int)fal_random_below(&random, 1000000));
        if (id % 9 == 0)
            continue;
        g_string_append_printf(names_text, "%d\t%s", id, id % 1000 == 1 ? lengthy : "");
        for (guint64 i = 1 + fal_random_below(&random, 5); i > 0; i--)
            g_string_append(names_text, syllables[fal_random_below(&random, 5)]);
        g_string_append_c(names_text, '\n');
    }
    return fal_fixture_dataset(plays_text->str, names_text->str, NULL);
}

static int
compare_plainly(const FalDataset *d, FalBrowseOrder order, gint32 a, gint32 b)
{
    const char *x = fal_dataset_artist_folded(d, a), *y = fal_dataset_artist_folded(d, b);
    guint64 m = fal_dataset_artist_plays(d, a), n = fal_dataset_artist_plays(d, b);
    int c = strcmp(x, y);

    if (order == FAL_BY_PLAYS)
        c = (m < n) - (m > n);
    else if (order == FAL_BY_ID)
        c = fal_dataset_artist_id(d, a) < fal_dataset_artist_id(d, b) ? -1 : 1;
    else if (!*x != !*y)
        c = *x ? -1 : 1;
    return c ? c : a - b;
}

static void
test_orders(void)
{
    static const FalBrowseOrder orders[] = {FAL_BY_NAME, FAL_BY_PLAYS, FAL_BY_ID};
    static const int sizes[] = {40, 3000, 150000};

    for (gsize size = 0; size < G_N_ELEMENTS(sizes); size++) {
        g_autoptr(FalDataset) dataset = many_rows(sizes[size]);
        for (int threads = 1; threads <= 3; threads++) {
            g_autoptr(FalBrowse) browse = fal_browse_new(dataset, FAL_SUBJECT_ARTIST);
            fal_parallel_set_threads(threads);
            if (threads > 1)
                fal_browse_make_ahead(browse);
            for (gsize i = 0; i < G_N_ELEMENTS(orders); i++) {
                fal_browse_sort(browse, orders[i], FALSE);
                for (gint32 at = 1; at < fal_browse_n(browse); at++)
                    g_assert_cmpint(compare_plainly(dataset, orders[i],
                                                    fal_browse_row(browse, at - 1),
                                                    fal_browse_row(browse, at)),
                                    <, 0);
            }
        }
    }
    fal_parallel_set_threads(0);
}

/* One that goes while they are made. */
static void
test_ahead(void)
{
    g_autoptr(FalDataset) dataset = many_rows(150000);

    for (int i = 0; i < 3; i++) {
        g_autoptr(FalBrowse) browse = fal_browse_new(dataset, FAL_SUBJECT_ARTIST);
        fal_browse_make_ahead(browse);
        fal_browse_make_ahead(browse);
        fal_browse_filter(browse, "the");
        g_assert_cmpint(fal_browse_n(browse), >, 0);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/query/browse/artists", test_artists);
    g_test_add_func("/query/browse/users", test_users);
    g_test_add_func("/query/browse/search", test_search);
    g_test_add_func("/query/browse/typing", test_typing);
    g_test_add_func("/query/browse/orders", test_orders);
    g_test_add_func("/query/browse/ahead", test_ahead);
    return g_test_run();
}
