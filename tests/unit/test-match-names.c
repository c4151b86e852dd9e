/* Matching names: by which likenesses an artist is found, and in which order they count.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "query/match-names.h"

#include "fixture.h"

/* By falling listeners, so that the rows are 0, 1, 2, ... in this order. */
static const char *const artists[] = {
    "The Smiths",               /* 0 */
    "Simon and Garfunkel",      /* 1 */
    "AC/DC",                    /* 2 */
    "Korn",                     /* 3 */
    "KORN",                     /* 4 */
    "Björk",                    /* 5 */
    "Sigur R\u00f3s",           /* 6 */
    "!!!",                      /* 7 */
    "The The",                  /* 8 */
    "椎名林檎",                 /* 9 */
    "Guns N' Roses",            /* 10 */
    "Beatles",                  /* 11 */
    "The Beatles",              /* 12 */
    "Jay-Z",                    /* 13 */
    "Florence and the Machine", /* 14 */
    "Quote \"x\"",              /* 15 */
    "",                         /* 16 */
    "Motörhead",                /* 17 */
    "Motorhead",                /* 18 */
};

static FalDataset *
dataset_of(const char *const *names, int n, const char *more_names, const char *aliases)
{
    g_autoptr(GString) plays = g_string_new(NULL), text = g_string_new(more_names);

    for (int i = 0; i < n; i++) {
        for (int u = 0; u < n - i; u++)
            g_string_append_printf(plays, "%d %d 1\n", u + 1, i + 1);
        if (*names[i])
            g_string_append_printf(text, "%d\t%s\n", i + 1, names[i]);
    }
    return fal_fixture_dataset(plays->str, text->str, aliases);
}

static const struct {
    const char *name;
    gint32 row;
} cases[] = {
    {"The Smiths", 0},
    {"the smiths", 0},
    {"Smiths, The", 0},
    {"Smiths", 0},
    {"A Smiths", -1},
    {"The Korn", 3},
    {"Bjork, The", 5},
    {"The 椎名林檎", 9},
    {"Simon & Garfunkel", 1},
    {"SIMON  AND  GARFUNKEL", 1},
    {"ACDC", 2},
    {"AC DC", 2},
    {"Ac-Dc!", 2},
    {"Korn", 3},
    {"KORN", 4},
    {"korn", 3},
    {"KoЯn", -1},
    {"Bjork", 5},
    {"bjo\u0308rk", 5},
    {"SIGUR ROS", 6},
    {"Sigur Ro\u0301s", 6},
    {"!!!", 7},
    {"!!", -1},
    {"The The", 8},
    {"The, The", 8},
    {"The", 8},
    {"椎名林檎", 9},
    {"椎名 林檎", 9},
    {"椎名", -1},
    {"Guns N’ Roses", 10},
    {"Guns N Roses", 10},
    {"The Beatles", 12},
    {"beatles, the", 12},
    {"beatles", 11},
    {"Jay Z", 13},
    {"JAYZ", 13},
    {"Florence + the Machine", 14},
    {"quote “x”", 15},
    {"Quote x", 15},
    {"", -1},
    {" ", -1},
    {"\u0301", -1},
    {"Motorhead", 18},
    {"motorhead", 17},
    {"Mötörhead", 17},
    /* By an alias, whose name comes last. */
    {"Bjork Gudmundsdottir", 5},
    {"Björk, Guðmundsdóttir", 5},
    {"KoRn!", 3},
};

static void
test_cases(void)
{
    g_autoptr(FalDataset) dataset =
        dataset_of(artists, G_N_ELEMENTS(artists),
                   "100\tBjörk Guðmundsdóttir\n101\tThe Smiths\n", "100\t6\n101\t4\n");
    const char *names[G_N_ELEMENTS(cases)];
    gint32 rows[G_N_ELEMENTS(cases)];

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        names[i] = cases[i].name;
    g_assert_true(fal_match_names(dataset, names, G_N_ELEMENTS(cases), rows, NULL, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        if (rows[i] != cases[i].row)
            g_test_message("\"%s\" is %d", cases[i].name, rows[i]);
        g_assert_cmpint(rows[i], ==, cases[i].row);
    }
    g_assert_true(fal_match_names(dataset, NULL, 0, NULL, NULL, NULL));
}

static const char *const letters[] = {
    "a",          "B",     "é",  "e\u0301",      "É", "ø", "ß", "ſ", "ǅ", "Ω",  "щ",   "İ",
    "京",         "ﬁ",     "가", "\u1112\u1161", " ", ",", "&", "’", "-", "\"", "the", ", the",
    "\U0001f600", "\u200b"};

static char *
random_name(FalRandom *random)
{
    GString *name = g_string_new(NULL);

    for (guint64 n = 1 + fal_random_below(random, 4); n > 0; n--)
        g_string_append(name, letters[fal_random_below(random, G_N_ELEMENTS(letters))]);
    return g_string_free(name, FALSE);
}

/* Whatever folds alike is found, as the first of those that do unless one is spelt so. */
static void
test_folded(void)
{
    enum { N = 600 / FAL_SLOWER };
    FalRandom random;
    char *texts[N], *asked[N];
    gint32 rows[N];

    fal_random_init(&random, 3);
    for (int i = 0; i < N; i++) {
        texts[i] = g_strstrip(random_name(&random));
        asked[i] = random_name(&random);
    }
    g_autoptr(FalDataset) dataset = dataset_of((const char *const *)texts, N, NULL, NULL);
    g_assert_true(fal_match_names(dataset, (const char *const *)asked, N, rows, NULL, NULL));
    int found = 0;
    for (int i = 0; i < N; i++) {
        g_autofree char *folded = fal_text_fold(asked[i]);
        gint32 exact = -1, same = -1;
        for (gint32 row = N - 1; row >= 0; row--) {
            if (*folded && !strcmp(fal_dataset_artist_folded(dataset, row), folded))
                same = row;
            if (*folded && !strcmp(fal_dataset_artist_name(dataset, row), asked[i]))
                exact = row;
        }
        if (exact >= 0 || same >= 0)
            g_assert_cmpint(rows[i], ==, exact >= 0 ? exact : same);
        found += exact < 0 && same >= 0;
    }
    g_assert_cmpint(found, >, 10 / FAL_SLOWER);
    for (int i = 0; i < N; i++) {
        g_free(texts[i]);
        g_free(asked[i]);
    }
}

/* What was looked for ahead is not looked for again, and the answers are the same. */
static void
test_ahead(void)
{
    g_autoptr(FalDataset) dataset = dataset_of(artists, G_N_ELEMENTS(artists), "", "");
    g_autoptr(FalDataset) other = dataset_of(artists + 3, 9, "", "");
    GPtrArray *some = g_ptr_array_new_with_free_func(g_free);
    const char *const names[] = {"Smiths, The", "Nobody", "korn", "Motörhead"};
    const char *const more[] = {"Smiths, The", "AC/DC", "Nobody"};
    gint32 rows[4], wanted[4];

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        g_ptr_array_add(some, g_strdup(names[i]));
    FalMatched *matched = fal_matched_new(some);
    g_assert_true(fal_matched_find(matched, dataset, NULL, NULL));
    FalDataset *of[] = {dataset, other};
    for (gsize d = 0; d < G_N_ELEMENTS(of); d++) {
        g_assert_true(fal_match_names(of[d], names, 4, wanted, NULL, NULL));
        fal_matched_rows(matched, of[d], names, 4, rows);
        g_assert_cmpmem(rows, sizeof rows, wanted, sizeof wanted);
        g_assert_true(fal_match_names(of[d], more, 3, wanted, NULL, NULL));
        fal_matched_rows(matched, of[d], more, 3, rows);
        g_assert_cmpmem(rows, 3 * sizeof *rows, wanted, 3 * sizeof *wanted);
        fal_matched_rows(NULL, of[d], more, 3, rows);
        g_assert_cmpmem(rows, 3 * sizeof *rows, wanted, 3 * sizeof *wanted);
    }
    fal_matched_free(matched);

    g_autoptr(FalTask) task = fal_task_new();
    g_autoptr(GError) error = NULL;
    some = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(some, g_strdup("Korn"));
    matched = fal_matched_new(some);
    fal_task_cancel(task);
    g_assert_false(fal_matched_find(matched, dataset, task, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
    fal_matched_free(matched);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/query/match-names/cases", test_cases);
    g_test_add_func("/query/match-names/folded", test_folded);
    g_test_add_func("/query/match-names/ahead", test_ahead);
    return g_test_run();
}
