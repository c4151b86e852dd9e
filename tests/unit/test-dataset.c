/* Loading data sets: the quirks of the published files, the numbering, the real small set.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "data/catalogue.h"
#include "data/dataset.h"
#include "data/idmap.h"
#include "fixture.h"

static gint32
artist_row(const FalDataset *dataset, gint64 id)
{
    gint32 row = fal_dataset_find_artist(dataset, id);

    g_assert_cmpint(row, >=, 0);
    return row;
}

static const char *
name_of(const FalDataset *dataset, gint64 id)
{
    return fal_dataset_artist_name(dataset, artist_row(dataset, id));
}

static guint32
plays_of(const FalDataset *dataset, gint64 user, gint64 artist)
{
    gint32 row = fal_dataset_find_user(dataset, user);

    g_assert_cmpint(row, >=, 0);
    return fal_csr_find(fal_plays_by_user(fal_dataset_plays(dataset)), row,
                        artist_row(dataset, artist));
}

static gboolean
has_problem(const FalDataset *dataset, const char *file, gint64 line, const char *reason,
            const char *text)
{
    gsize n;
    const FalProblem *problems = fal_dataset_problems(dataset, &n);

    for (gsize i = 0; i < n; i++)
        if (strcmp(problems[i].file, file) == 0 && problems[i].line == line &&
            strcmp(problems[i].reason, reason) == 0 && strcmp(problems[i].text, text) == 0)
            return TRUE;
    return FALSE;
}

static void
test_ids(void)
{
    static const gint64 some[] = {0,
                                  1,
                                  65535,
                                  65536,
                                  (1 << 26) - 1,
                                  1 << 26,
                                  (gint64)1 << 40,
                                  G_MAXINT64,
                                  G_MAXINT64 - 1};
    g_autoptr(FalIds) ids = fal_ids_new();
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(fal_ids_get(ids, G_MAXINT64), ==, -1);
    g_assert_cmpint(fal_ids_get(ids, -1), ==, -1);
    for (int round = 0; round < 2; round++)
        for (gsize i = 0; i < G_N_ELEMENTS(some); i++)
            g_assert_cmpint(fal_ids_add(ids, some[i], &error), ==, (int)i);
    for (gint64 i = 0; i < 5000; i++)
        g_assert_cmpint(fal_ids_add(ids, ((gint64)1 << 50) + i * 4096, &error), ==, 9 + (int)i);
    g_assert_cmpint(fal_ids_count(ids), ==, 5009);
    for (gsize i = 0; i < G_N_ELEMENTS(some); i++)
        g_assert_cmpint(fal_ids_get(ids, some[i]), ==, (int)i);
    g_assert_cmpint(fal_ids_get(ids, 2), ==, -1);
    g_assert_cmpint(fal_ids_get(ids, ((gint64)1 << 50) + 1), ==, -1);
    g_assert_no_error(error);
}

/* Numbers rise with the ids, whatever their size and order. */
static void
test_id_map(void)
{
    const gint64 step = (gint64)1 << 20;
    gint64 large[2 * 3000 + 1];
    g_autofree guint64 *bits = g_new0(guint64, FAL_SMALL_IDS / 64);
    g_autoptr(GError) error = NULL;
    g_autoptr(FalIdMap) map = NULL;
    g_autofree guint32 *counts = NULL;
    g_autofree gint32 *rank = NULL;
    gint64 *ranked;
    gint32 n = 0;

    /* 0, 1 << 20, ... below the bits' end, the others above it; large ones twice. */
    for (gint64 i = 0; i < FAL_SMALL_IDS / step; i++)
        fal_id_mark(bits, (guint32)(i * step));
    fal_id_mark(bits, 63);
    fal_id_mark(bits, (guint32)(FAL_SMALL_IDS - 1));
    for (gint64 i = 0; i < 3000; i++)
        large[i] = large[6000 - 1 - i] = FAL_SMALL_IDS + i * 7919 % 3000 * step;
    large[6000] = G_MAXINT64;
    map = fal_id_map_new(bits, large, 6001, &error);
    g_assert_no_error(error);
    g_assert_cmpint(map->n, ==, 64 + 2 + 3000 + 1);
    g_assert_cmpint(fal_id_map_get(map, 0), ==, 0);
    g_assert_cmpint(fal_id_map_get(map, 63), ==, 1);
    for (gint64 i = 1; i < 64; i++)
        g_assert_cmpint(fal_id_map_get(map, i * step), ==, 1 + (int)i);
    g_assert_cmpint(fal_id_map_get(map, FAL_SMALL_IDS - 1), ==, 65);
    for (gint64 i = 0; i < 3000; i++)
        g_assert_cmpint(fal_id_map_get(map, FAL_SMALL_IDS + i * step), ==, 66 + (int)i);
    g_assert_cmpint(fal_id_map_get(map, G_MAXINT64), ==, map->n - 1);
    g_assert_cmpint(fal_id_map_get(map, 62), ==, -1);
    g_assert_cmpint(fal_id_map_get(map, 64), ==, -1);
    g_assert_cmpint(fal_id_map_get(map, FAL_SMALL_IDS + 1), ==, -1);
    g_assert_cmpint(fal_id_map_get(map, -1), ==, -1);

    counts = g_new0(guint32, (gsize)map->n);
    rank = g_new0(gint32, (gsize)map->n);
    counts[0] = counts[70] = 1;
    counts[65] = 2;
    ranked = fal_id_map_rank(map, counts, rank, &n, &error);
    g_assert_no_error(error);
    g_assert_cmpint(n, ==, 3);
    g_assert_cmpint(ranked[0], ==, FAL_SMALL_IDS - 1);
    g_assert_cmpint(ranked[1], ==, 0);
    g_assert_cmpint(ranked[2], ==, FAL_SMALL_IDS + 4 * step);
    g_assert_cmpint(rank[65], ==, 0);
    g_assert_cmpint(rank[0], ==, 1);
    g_assert_cmpint(rank[70], ==, 2);
    g_assert_cmpint(rank[1], ==, -1);
    fal_free(ranked);
}

static void
test_numbering(void)
{
    /* Artist 30 has three listeners; 20 and 10 have two each; 5 has one, whatever its plays. */
    g_autoptr(FalDataset) dataset = fal_fixture_dataset("7 30 1\n7 20 2\n7 10 3\n"
                                                        "9 30 4\n9 10 5\n9 30 6\n"
                                                        "3 30 7\n3 20 8\n"
                                                        "8 5 1000000\n",
                                                        NULL, NULL);
    static const gint64 artists[] = {30, 10, 20, 5}, users[] = {7, 3, 9, 8};
    const FalDatasetStats *stats = fal_dataset_stats(dataset);

    g_assert_cmpint(fal_dataset_n_artists(dataset), ==, 4);
    g_assert_cmpint(fal_dataset_n_users(dataset), ==, 4);
    for (gint32 i = 0; i < 4; i++) {
        g_assert_cmpint(fal_dataset_artist_id(dataset, i), ==, artists[i]);
        g_assert_cmpint(fal_dataset_artist_ids(dataset)[i], ==, artists[i]);
        g_assert_cmpint(fal_dataset_find_artist(dataset, artists[i]), ==, i);
        g_assert_cmpint(fal_dataset_user_id(dataset, i), ==, users[i]);
        g_assert_cmpint(fal_dataset_find_user(dataset, users[i]), ==, i);
        g_assert_cmpstr(fal_dataset_artist_name(dataset, i), ==, "");
        g_assert_cmpstr(fal_dataset_artist_folded(dataset, i), ==, "");
    }
    g_assert_cmpint(fal_dataset_find_artist(dataset, 31), ==, -1);
    g_assert_cmpint(fal_dataset_find_user(dataset, G_MAXINT64), ==, -1);
    g_assert_cmpuint(fal_dataset_listeners(dataset, 0), ==, 3);
    g_assert_cmpuint(fal_dataset_artist_plays(dataset, 0), ==, 18);
    g_assert_cmpuint(fal_dataset_user_artists(dataset, 0), ==, 3);
    g_assert_cmpuint(fal_dataset_user_plays(dataset, 2), ==, 15);
    g_assert_cmpuint(plays_of(dataset, 9, 30), ==, 10);
    g_assert_cmpuint(plays_of(dataset, 3, 10), ==, 0);
    g_assert_cmpint(stats->rows, ==, 9);
    g_assert_cmpint(stats->pairs, ==, 8);
    g_assert_cmpint(stats->merged, ==, 1);
    g_assert_cmpuint(stats->plays, ==, 1000036);
    g_assert_cmpint(stats->unnamed, ==, 4);
    g_assert_cmpfloat(stats->density, ==, 0.5);
}

/* The same rows in any order are the same data set. */
static void
test_scattered(void)
{
    g_autoptr(FalDataset) a = fal_fixture_dataset("1 10 1\n1 20 2\n2 10 3\n2 20 4\n1 10 9\n"
                                                  "3 20 1\n",
                                                  NULL, NULL);
    g_autoptr(FalDataset) b = fal_fixture_dataset("3 20 1\n2 20 4\n1 10 9\n2 10 3\n1 20 2\n"
                                                  "1 10 1\n",
                                                  NULL, NULL);

    g_assert_cmpint(fal_dataset_stats(a)->pairs, ==, 5);
    g_assert_cmpint(fal_dataset_artist_id(a, 0), ==, 20);
    for (gint32 i = 0; i < 3; i++)
        g_assert_cmpint(fal_dataset_user_id(a, i), ==, fal_dataset_user_id(b, i));
    for (gint32 i = 0; i < 2; i++) {
        g_assert_cmpint(fal_dataset_artist_id(a, i), ==, fal_dataset_artist_id(b, i));
        g_assert_cmpuint(fal_dataset_listeners(a, i), ==, fal_dataset_listeners(b, i));
        g_assert_cmpuint(fal_dataset_artist_plays(a, i), ==, fal_dataset_artist_plays(b, i));
    }
    g_assert_cmpuint(plays_of(b, 1, 10), ==, 10);
}

static void
test_plays_quirks(void)
{
    g_autoptr(FalDataset) dataset = fal_fixture_dataset("\xef\xbb\xbf"
                                                        "1 10 1\r\n"
                                                        "user artist plays\r\n"
                                                        "\r\n"
                                                        "   \t\r\n"
                                                        "1 9223372036854775807 2\r\n"
                                                        "1 9223372036854775808 2\r\n"
                                                        "9223372036854775807\t10\r\n"
                                                        "2 10 4294967295\n"
                                                        "2 10 4294967296\n"
                                                        "2 10 5\n"
                                                        "3 \xff\n"
                                                        "3 10 0\n"
                                                        "4",
                                                        NULL, NULL);
    const FalDatasetStats *stats = fal_dataset_stats(dataset);
    const char *file = "user_artist_data.txt";
    gsize n;

    g_assert_cmpint(stats->rows, ==, 5);
    g_assert_cmpint(stats->pairs, ==, 4);
    g_assert_cmpint(stats->users, ==, 3);
    g_assert_cmpint(stats->artists, ==, 2);
    g_assert_cmpint(stats->malformed, ==, 6);
    g_assert_cmpuint(stats->plays, ==, (guint64)G_MAXUINT32 + 5 + 1 + 2 + 1);
    g_assert_cmpuint(plays_of(dataset, 1, G_MAXINT64), ==, 2);
    g_assert_cmpuint(plays_of(dataset, G_MAXINT64, 10), ==, 1);
    g_assert_cmpuint(plays_of(dataset, 2, 10), ==, G_MAXUINT32);
    g_assert_true(
        has_problem(dataset, file, 2, "user id is not a number", "user artist plays"));
    g_assert_true(
        has_problem(dataset, file, 6, "artist id is too large", "1 9223372036854775808 2"));
    g_assert_true(
        has_problem(dataset, file, 9, "more than 4294967295 plays", "2 10 4294967296"));
    g_assert_true(has_problem(dataset, file, 11, "artist id is not a number", "3 ÿ"));
    g_assert_true(has_problem(dataset, file, 12, "0 plays", "3 10 0"));
    g_assert_true(has_problem(dataset, file, 13, "no artist id", "4"));
    fal_dataset_problems(dataset, &n);
    g_assert_cmpuint(n, ==, 6);
}

static void
test_names_quirks(void)
{
    g_autoptr(FalDataset) dataset =
        fal_fixture_dataset("1 10 1\n1 20 1\n1 30 1\n1 40 1\n1 50 1\n1 9223372036854775807 1\n",
                            "10\t  Bj\xf6rk \t Gu\xf0mundsd\xf3ttir  \r\n"
                            "20\tThe\tBeatles\n"
                            "Aya Hisakawa\n"
                            "3AW\n"
                            "\tnobody\n"
                            "x7\tnobody\n"
                            "20 1\tnobody\n"
                            "30\t   \n"
                            "\n"
                            "9223372036854775807\tfar away\n"
                            "9223372036854775808\ttoo far\n"
                            "60\tnever played\n"
                            "40\tfirst\n"
                            "40\tlast\n"
                            "50\tBj\xc3\xb6rk",
                            NULL);
    const FalDatasetStats *stats = fal_dataset_stats(dataset);
    const char *file = "artist_data.txt";

    g_assert_cmpstr(name_of(dataset, 10), ==, "Björk \t Guðmundsdóttir");
    g_assert_cmpstr(fal_dataset_artist_folded(dataset, artist_row(dataset, 10)), ==,
                    "bjork gudmundsdottir");
    g_assert_cmpstr(name_of(dataset, 20), ==, "The\tBeatles");
    g_assert_cmpstr(name_of(dataset, 30), ==, "");
    g_assert_cmpstr(name_of(dataset, 40), ==, "last");
    g_assert_cmpstr(name_of(dataset, 50), ==, "Björk");
    g_assert_cmpstr(name_of(dataset, G_MAXINT64), ==, "far away");
    g_assert_cmpint(fal_dataset_find_artist(dataset, 60), ==, -1);
    g_assert_cmpint(stats->unnamed, ==, 1);
    g_assert_cmpint(stats->malformed, ==, 7);
    g_assert_true(has_problem(dataset, file, 3, "no tab after the artist id", "Aya Hisakawa"));
    g_assert_true(has_problem(dataset, file, 4, "no tab after the artist id", "3AW"));
    g_assert_true(has_problem(dataset, file, 5, "no artist id", "nobody"));
    g_assert_true(has_problem(dataset, file, 6, "artist id is not a number", "x7\tnobody"));
    g_assert_true(has_problem(dataset, file, 7, "artist id is not a number", "20 1\tnobody"));
    g_assert_true(has_problem(dataset, file, 8, "no name", "30"));
    g_assert_true(has_problem(dataset, file, 11, "artist id is too large",
                              "9223372036854775808\ttoo far"));
}

static void
test_aliases(void)
{
    /* 1 -> 2 -> 3 is a chain, 4 stands for itself, 5 -> 6 -> 7 -> 5 is a circle with 8 before
     * it, 9 -> 10 leads to an artist without plays of its own, 11's last line wins. */
    g_autoptr(FalDataset) dataset = fal_fixture_dataset("100 1 1\n100 2 2\n100 3 4\n100 4 8\n"
                                                        "200 5 1\n200 6 2\n200 7 4\n200 8 8\n"
                                                        "300 9 1\n300 11 2\n300 3 3\n",
                                                        "1\tSmiths, The\n"
                                                        "3\tThe Smiths\n"
                                                        "10\tTen\n"
                                                        "20\tThe Smiths (live)\n",
                                                        "1 2\r\n"
                                                        "2\t3\r\n"
                                                        "4\t4\r\n"
                                                        "5 6\r\n"
                                                        "6 7\r\n"
                                                        "7 5\r\n"
                                                        "8 6\r\n"
                                                        "9 10\r\n"
                                                        "11 4\r\n"
                                                        "11 3\r\n"
                                                        "20 1\r\n"
                                                        "21 3\r\n"
                                                        "30 31\r\n"
                                                        "\t12\r\n"
                                                        "13\t\r\n"
                                                        "a b\r\n"
                                                        "1 2 3\r\n"
                                                        "\r\n");
    const FalDatasetStats *stats = fal_dataset_stats(dataset);
    const FalAlias *aliases;
    gsize n;

    g_assert_cmpint(artist_row(dataset, 1), ==, artist_row(dataset, 3));
    g_assert_cmpint(artist_row(dataset, 2), ==, artist_row(dataset, 3));
    g_assert_cmpint(artist_row(dataset, 20), ==, artist_row(dataset, 3));
    g_assert_cmpint(artist_row(dataset, 11), ==, artist_row(dataset, 3));
    g_assert_cmpint(artist_row(dataset, 8), ==, artist_row(dataset, 6));
    g_assert_cmpint(artist_row(dataset, 5), !=, artist_row(dataset, 6));
    g_assert_cmpint(artist_row(dataset, 6), !=, artist_row(dataset, 7));
    g_assert_cmpint(artist_row(dataset, 9), ==, artist_row(dataset, 10));
    g_assert_cmpint(fal_dataset_find_artist(dataset, 30), ==, -1);
    g_assert_cmpint(fal_dataset_artist_id(dataset, artist_row(dataset, 9)), ==, 10);
    g_assert_cmpstr(name_of(dataset, 9), ==, "Ten");
    g_assert_cmpstr(name_of(dataset, 1), ==, "The Smiths");
    g_assert_cmpuint(plays_of(dataset, 100, 1), ==, 7);
    g_assert_cmpuint(plays_of(dataset, 200, 6), ==, 10);
    g_assert_cmpuint(plays_of(dataset, 300, 3), ==, 5);

    /* 21 is known to nobody; 2 has no name but plays; 20 has a name but no plays. */
    aliases = fal_dataset_aliases(dataset, artist_row(dataset, 3), &n);
    g_assert_cmpuint(n, ==, 4);
    g_assert_cmpint(aliases[0].id, ==, 1);
    g_assert_cmpstr(aliases[0].name, ==, "Smiths, The");
    g_assert_cmpint(aliases[1].id, ==, 2);
    g_assert_cmpstr(aliases[1].name, ==, "");
    g_assert_cmpint(aliases[2].id, ==, 11);
    g_assert_cmpint(aliases[3].id, ==, 20);
    g_assert_cmpstr(aliases[3].name, ==, "The Smiths (live)");
    fal_dataset_aliases(dataset, artist_row(dataset, 4), &n);
    g_assert_cmpuint(n, ==, 0);

    g_assert_cmpint(stats->artists, ==, 6); /* 3 4 5 6 7 10 */
    g_assert_cmpint(stats->aliases, ==, 8); /* 1 2 8 9 11 20 21 30 */
    g_assert_cmpint(stats->rewritten, ==, 5);
    g_assert_cmpint(stats->merged, ==, 4);
    g_assert_cmpint(stats->unnamed, ==, 4);
    g_assert_cmpint(stats->malformed, ==, 7);
    g_assert_true(has_problem(dataset, "artist_alias.txt", 4, "alias in a circle", "5\t6"));
    g_assert_true(has_problem(dataset, "artist_alias.txt", 5, "alias in a circle", "6\t7"));
    g_assert_true(has_problem(dataset, "artist_alias.txt", 6, "alias in a circle", "7\t5"));
    g_assert_true(
        has_problem(dataset, "artist_alias.txt", 14, "one of the two ids is missing", "12"));
    g_assert_true(
        has_problem(dataset, "artist_alias.txt", 15, "one of the two ids is missing", "13"));
    g_assert_true(has_problem(dataset, "artist_alias.txt", 16, "an id is not a number", "a b"));
    g_assert_true(
        has_problem(dataset, "artist_alias.txt", 17, "text after the two ids", "1 2 3"));
}

/* A chain as long as the file resolves in one go, from either end. */
static void
test_long_chain(void)
{
    g_autoptr(GString) forwards = g_string_new(NULL);
    g_autoptr(GString) backwards = g_string_new(NULL);
    const int n = 50000;

    for (int i = 0; i < n; i++) {
        g_string_append_printf(forwards, "%d %d\n", i, i + 1);
        g_string_append_printf(backwards, "%d %d\n", n - 1 - i, n - i);
    }
    for (int round = 0; round < 2; round++) {
        g_autoptr(FalDataset) dataset = fal_fixture_dataset(
            "1 0 1\n1 777 1\n", NULL, round ? backwards->str : forwards->str);

        g_assert_cmpint(fal_dataset_n_artists(dataset), ==, 1);
        g_assert_cmpint(fal_dataset_artist_id(dataset, 0), ==, n);
        g_assert_cmpint(fal_dataset_stats(dataset)->aliases, ==, n);
        g_assert_cmpint(artist_row(dataset, 31415), ==, 0);
    }
}

static void
test_problems(void)
{
    g_autoptr(GString) rows = g_string_new("1 2 3\n");
    g_autoptr(FalDataset) dataset = NULL;
    const FalProblem *problems;
    gsize n;

    /* 200 bytes would end within a character. */
    for (int i = 0; i < 150; i++)
        g_string_append(rows, i ? "ö" : "x");
    g_string_append_c(rows, '\n');
    /* As Windows-1252 each byte becomes two or three. */
    for (int i = 0; i < 300; i++)
        g_string_append_c(rows, '\x80');
    g_string_append_c(rows, '\n');
    for (int i = 0; i < 5000; i++)
        g_string_append(rows, "bad\n");
    dataset = fal_fixture_dataset(rows->str, NULL, NULL);

    problems = fal_dataset_problems(dataset, &n);
    g_assert_cmpuint(n, ==, 1000);
    g_assert_cmpint(fal_dataset_stats(dataset)->malformed, ==, 5002);
    for (gsize i = 0; i < n; i++) {
        g_assert_true(g_utf8_validate(problems[i].text, -1, NULL));
        g_assert_cmpuint(strlen(problems[i].text), <=, 200);
        g_assert_cmpint(problems[i].line, ==, (gint64)i + 2);
    }
    g_assert_cmpuint(strlen(problems[0].text), ==, 199);
    g_assert_true(g_str_has_prefix(problems[0].text, "xöö"));
    g_assert_true(g_str_has_prefix(problems[1].text, "€€"));
}

static void
test_unreadable(void)
{
    static const struct {
        const char *rows;
        gsize n_bytes;
        const char *message; /* how it ends, from the file on */
    } cases[] = {
        {"a b c\n\n1 x 3\n", 13,
         ": none of its 2 lines is a row of plays; line 1: user id is not a number"},
        {"\n  \n1 2 0\n", 10, ": its only line is not a row of plays; line 3: 0 plays"},
        {"\0\0\xff\0", 4,
         ": its only line is not a row of plays; line 1: user id is not a number"},
        {"", 0, " is empty"},
        {"\n \r\n", 4, " holds nothing but blank lines"},
    };
    const char *folder = fal_fixture_folder();

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = fal_fixture_write(folder, "user_artist_data.txt", cases[i].rows,
                                                  (gssize)cases[i].n_bytes);
        const char *const places[] = {path, folder};

        for (gsize j = 0; j < G_N_ELEMENTS(places); j++) {
            g_autoptr(GError) error = NULL;
            g_autofree char *expected = g_strconcat(path, cases[i].message, NULL);

            g_assert_null(fal_dataset_load(places[j], NULL, &error));
            g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
            g_assert_true(g_str_has_suffix(error->message, expected));
        }
    }
}

static void
test_missing(void)
{
    const char *folder = fal_fixture_folder();
    g_autofree char *missing = g_build_filename(folder, "no", "such", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_null(fal_dataset_load(missing, NULL, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, missing));
    g_clear_error(&error);
    g_assert_null(fal_dataset_load(folder, NULL, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "user_artist_data*.txt"));
}

static void
test_single_file(void)
{
    const char *folder = fal_fixture_folder();
    g_autofree char *path = fal_fixture_write(folder, "my plays.tsv", "1\t2\t3\n", -1);
    g_autofree char *names = fal_fixture_write(folder, "artist_data.txt", "2\tAir\n", -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(FalDataset) dataset = fal_dataset_load(path, NULL, &error);
    FalDataset *more;

    g_assert_no_error(error);
    g_assert_nonnull(names);
    g_assert_cmpstr(fal_dataset_path(dataset), ==, path);
    g_assert_cmpstr(fal_dataset_title(dataset), ==, "my plays.tsv");
    g_assert_cmpstr(name_of(dataset, 2), ==, "");
    more = fal_dataset_ref(dataset);
    fal_dataset_unref(more);
    g_assert_cmpint(fal_dataset_stats(dataset)->rows, ==, 1);
}

static void
test_cancelled(void)
{
    const char *folder = fal_fixture_files("1 2 3\n", NULL, NULL);
    g_autoptr(FalTask) task = fal_task_new();
    g_autoptr(GError) error = NULL;

    fal_task_cancel(task);
    g_assert_null(fal_dataset_load(folder, task, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
}

static void
append_row(gint32 user, gint32 artist, guint32 plays, gpointer data)
{
    g_string_append_printf(data, "%d,%d,%u ", user, artist, plays);
}

static void
test_each_row(void)
{
    const char *folder =
        fal_fixture_files("5 10 1\nbad\n5 11 2\r\n\n6 20 3\n5 10 4\n6 11", NULL, "11 10\n");
    g_autofree char *path = g_build_filename(folder, "user_artist_data.txt", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(FalDataset) dataset = fal_dataset_load(folder, NULL, &error);
    g_autoptr(GString) rows = g_string_new(NULL);

    g_assert_no_error(error);
    /* 10 is row 0, 20 is row 1; user 6, with two artists, is row 0. */
    g_assert_true(fal_dataset_each_row(dataset, append_row, rows, NULL, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(rows->str, ==, "1,0,1 1,0,2 0,1,3 1,0,4 0,0,1 ");
    g_assert_cmpint(fal_dataset_stats(dataset)->pairs, ==, 3);
    g_assert_cmpint(fal_dataset_stats(dataset)->rewritten, ==, 2);

    g_assert_cmpint(g_remove(path), ==, 0);
    g_assert_false(fal_dataset_each_row(dataset, append_row, rows, NULL, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
}

/* Another row, a row less, other users, artists, plays, or just another order. */
static void
test_each_row_changed(void)
{
    static const char *const changed[] = {
        "1 2 3\n1 4 5\n2 2 6\n1 2 1\n", "1 2 3\n1 4 5\n",
        "1 2 3\n1 4 5\n3 2 6\n",        "1 2 3\n1 4 5\n2 3 6\n",
        "1 2 3\n1 4 5\n2 2 7\n",        "1 4 5\n1 2 3\n2 2 6\n",
        "1 2 3\n1 4 5\nbad\n",          "",
    };
    const char *folder = fal_fixture_files("1 2 3\n1 4 5\n2 2 6\n", NULL, NULL);
    g_autoptr(FalDataset) dataset = fal_dataset_load(folder, NULL, NULL);
    g_autoptr(GString) rows = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(changed); i++) {
        g_autofree char *path =
            fal_fixture_write(folder, "user_artist_data.txt", changed[i], -1);
        g_autoptr(GError) error = NULL;

        g_assert_false(fal_dataset_each_row(dataset, append_row, rows, NULL, &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
        g_assert_nonnull(strstr(error->message, path));
    }
    g_free(fal_fixture_write(folder, "user_artist_data.txt", "1 2 3\n\n1 4 5\r\n2 2 6", -1));
    g_assert_true(fal_dataset_each_row(dataset, append_row, rows, NULL, NULL));
}

typedef struct {
    gint64 rows;
    guint64 plays;
} Sum;

static void
add_row(gint32 user, gint32 artist, guint32 plays, gpointer data)
{
    Sum *sum = data;

    g_assert_cmpint(user, <, 50);
    g_assert_cmpint(artist, <, 30100);
    sum->rows++;
    sum->plays += plays;
}

/* The figures are from an independent count of the files. */
static void
test_small(void)
{
    static const struct {
        gint64 id;
        guint64 plays;
    } users[] = {{1059637, 674412}, {2064012, 548427}, {2069337, 393515}};
    const char *folder = fal_fixture_small();
    g_autoptr(GError) error = NULL;
    g_autoptr(FalDataset) dataset = NULL;
    const FalDatasetStats *stats;
    Sum sum = {0, 0};

    if (!folder)
        return;
    dataset = fal_dataset_load(folder, NULL, &error);
    g_assert_no_error(error);
    stats = fal_dataset_stats(dataset);
    g_assert_cmpint(stats->users, ==, 50);
    g_assert_cmpint(stats->artists, ==, 30100);
    g_assert_cmpint(stats->pairs, ==, 48943);
    g_assert_cmpuint(stats->plays, ==, 6461021);
    g_assert_cmpint(stats->rows, ==, 49481);
    g_assert_cmpint(stats->malformed, ==, 0);
    g_assert_cmpint(stats->aliases, ==, 577);
    g_assert_cmpint(stats->rewritten, ==, 672);
    g_assert_cmpint(stats->merged, ==, 538);
    g_assert_cmpint(stats->unnamed, ==, 139);
    for (gsize i = 0; i < G_N_ELEMENTS(users); i++)
        g_assert_cmpuint(
            fal_dataset_user_plays(dataset, fal_dataset_find_user(dataset, users[i].id)), ==,
            users[i].plays);
    g_assert_cmpuint(plays_of(dataset, 2064012, 4468), ==, 439771);
    g_assert_cmpstr(name_of(dataset, 1000113), ==, "The Beatles");
    for (gint32 i = 1; i < stats->artists; i++)
        g_assert_cmpuint(fal_dataset_listeners(dataset, i - 1), >=,
                         fal_dataset_listeners(dataset, i));
    for (gint32 i = 1; i < stats->users; i++)
        g_assert_cmpuint(fal_dataset_user_artists(dataset, i - 1), >=,
                         fal_dataset_user_artists(dataset, i));
    g_assert_true(fal_dataset_each_row(dataset, add_row, &sum, NULL, &error));
    g_assert_cmpint(sum.rows, ==, 49481);
    g_assert_cmpuint(sum.plays, ==, 6461021);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dataset/ids", test_ids);
    g_test_add_func("/dataset/id-map", test_id_map);
    g_test_add_func("/dataset/numbering", test_numbering);
    g_test_add_func("/dataset/scattered", test_scattered);
    g_test_add_func("/dataset/plays-quirks", test_plays_quirks);
    g_test_add_func("/dataset/names-quirks", test_names_quirks);
    g_test_add_func("/dataset/aliases", test_aliases);
    g_test_add_func("/dataset/long-chain", test_long_chain);
    g_test_add_func("/dataset/problems", test_problems);
    g_test_add_func("/dataset/unreadable", test_unreadable);
    g_test_add_func("/dataset/missing", test_missing);
    g_test_add_func("/dataset/single-file", test_single_file);
    g_test_add_func("/dataset/cancelled", test_cancelled);
    g_test_add_func("/dataset/each-row", test_each_row);
    g_test_add_func("/dataset/each-row-changed", test_each_row_changed);
    g_test_add_func("/dataset/small", test_small);
    return g_test_run();
}
