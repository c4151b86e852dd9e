/* Your own artists: what is kept, and how it is found again in other data.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "query/match-names.h"
#include "query/you.h"

#include "fixture.h"

/* By falling listeners: 10 (row 0), 11, 12, 13. */
static const char plays[] =
    "1 10 5\n2 10 1\n3 10 2\n4 10 2\n1 11 3\n2 11 3\n3 11 1\n1 12 7\n2 12 6\n"
    "1 13 1\n";
static const char names[] = "10\tThe Beatles\n11\tBjörk\n12\tKorn\n20\tBeatles, The\n";
static const char aliases[] = "20\t10\n";

/* A fresh place for the state, where the file would be. Free with g_free(). */
static char *
fresh_state(void)
{
    const char *folder = fal_fixture_folder();
    g_autofree char *below = g_build_filename(folder, "falsetto", NULL);

    g_setenv("XDG_DATA_HOME", folder, TRUE);
    g_setenv("XDG_STATE_HOME", folder, TRUE);
    return g_build_filename(below, "you.tsv", NULL);
}

static char *
contents(const char *path)
{
    char *text;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void
put(const char *path, const char *text, gssize n)
{
    g_autofree char *folder = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, n, NULL));
}

/* "0=5 2=7": the rows and their plays. */
static char *
rows_text(const FalYou *you)
{
    const gint32 *rows;
    const guint32 *counts;
    gint64 n = fal_you_rows(you, &rows, &counts);
    GString *text = g_string_new(NULL);

    for (gint64 i = 0; i < n; i++)
        g_string_append_printf(text, "%s%d=%u", i ? " " : "", rows[i], counts[i]);
    return g_string_free(text, FALSE);
}

#define ASSERT_ROWS(you, expected)                                                             \
    do {                                                                                       \
        g_autofree char *rows_ = rows_text(you);                                               \
        g_assert_cmpstr(rows_, ==, expected);                                                  \
    } while (0)

static void
open_you(FalYou *you, FalDataset *dataset)
{
    g_autoptr(GError) error = NULL;

    fal_you_open(you, dataset, &error);
    g_assert_no_error(error);
}

static void
test_round_trip(void)
{
    g_autofree char *path = fresh_state();
    g_autofree char *folder = g_path_get_dirname(path);
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(plays, names, aliases);
    g_autoptr(FalYou) you = fal_you_new(), again = fal_you_new();
    struct stat st;
    int n;

    open_you(you, dataset);
    ASSERT_ROWS(you, "");
    g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
    g_assert_true(fal_you_set(you, 2, 7, NULL));
    g_assert_true(fal_you_set(you, 0, 5, NULL));
    g_assert_true(fal_you_set(you, 3, G_MAXUINT32, NULL));
    ASSERT_ROWS(you, "0=5 2=7 3=4294967295");
    g_assert_cmpuint(fal_you_plays(you, 2), ==, 7);
    g_assert_cmpuint(fal_you_plays(you, 1), ==, 0);
    g_autofree char *text = contents(path);
    g_assert_cmpstr(text, ==, "12\t7\tKorn\n10\t5\tThe Beatles\n13\t4294967295\t\n");
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 07777, ==, 0600);
    g_assert_cmpint(stat(folder, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 07777, ==, 0700);

    open_you(again, dataset);
    ASSERT_ROWS(again, "0=5 2=7 3=4294967295");
    g_assert_cmpstr(fal_you_artists(again, &n)[0].name, ==, "Korn");
    g_assert_cmpint(n, ==, 3);
    g_assert_true(fal_you_set(again, 2, 9, NULL));
    g_assert_true(fal_you_set(again, 0, 0, NULL));
    /* The first sees what the second has written. */
    guint version = fal_you_version(you);
    open_you(you, dataset);
    ASSERT_ROWS(you, "2=9 3=4294967295");
    g_assert_cmpuint(fal_you_version(you), !=, version);
    version = fal_you_version(you);
    open_you(you, dataset);
    g_assert_cmpuint(fal_you_version(you), ==, version);
    g_assert_true(fal_you_clear(you, NULL));
    ASSERT_ROWS(you, "");
    open_you(again, dataset);
    ASSERT_ROWS(again, "");
}

/* Found by id and name, by an alias, by name; what is not there is kept. */
static void
test_other_data(void)
{
    g_autofree char *path = fresh_state();
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(plays, names, aliases);
    g_autoptr(FalDataset) other =
        fal_fixture_dataset("1 1 1\n1 11 1\n2 1 1\n", "1\tKorn\n11\tSomebody Else\n", NULL);
    g_autoptr(FalYou) you = fal_you_new();
    int n;

    put(path,
        "12\t7\tKorn\n20\t3\tBeatles, The\n10\t4\tThe Beatles\r\n11\t2\tBjörk\n99\t1\tNobody\n",
        -1);
    open_you(you, dataset);
    ASSERT_ROWS(you, "0=7 1=2 2=7");
    fal_you_forget(you);
    open_you(you, other);
    ASSERT_ROWS(you, "0=7");
    g_assert_cmpint(fal_you_artists(you, &n)[3].row, ==, -1);
    g_assert_cmpint(n, ==, 5);
    g_assert_true(fal_you_set(you, 1, 6, NULL));
    ASSERT_ROWS(you, "0=7 1=6");
    open_you(you, dataset);
    /* Setting an artist that stands there twice leaves it there once. */
    g_assert_true(fal_you_set(you, 0, 8, NULL));
    g_autofree char *text = contents(path);
    g_assert_cmpstr(text, ==,
                    "12\t7\tKorn\n20\t8\tBeatles, The\n11\t2\tBjörk\n99\t1\tNobody\n"
                    "11\t6\tSomebody Else\n");
    open_you(you, dataset);
    ASSERT_ROWS(you, "0=8 1=2 2=7");
    g_assert_true(fal_you_drop(you, 3, NULL));
    g_autofree char *left = contents(path);
    g_assert_null(strstr(left, "Nobody"));
    open_you(you, NULL);
    ASSERT_ROWS(you, "");
}

static const struct {
    const char *text;
    gssize n;
    int line;
} broken[] = {
    {"x\n", -1, 1},
    {"\n", -1, 1},
    {"10\n", -1, 1},
    {"10\t\tThe Beatles\n", -1, 1},
    {"10\t5\tThe Beatles\n-1\t5\tKorn\n", -1, 2},
    {"10\t4294967296\tThe Beatles\n", -1, 1},
    {"9223372036854775808\t1\tThe Beatles\n", -1, 1},
    {"10\t5 x\tThe Beatles\n", -1, 1},
    {"10\t5\tThe \xff Beatles\n", -1, 1},
    {"10\t5\tThe Beatles\n11\t5\tBj\0rk\n12\t1\tKorn\n", 34, 2},
    {"10\t5\tThe Beatles\n\0", 18, 2},
};

static void
test_broken(void)
{
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(plays, names, aliases);

    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autofree char *path = fresh_state();
        g_autofree char *where = g_strdup_printf("%s, line %d: ", path, broken[i].line);
        g_autoptr(FalYou) you = fal_you_new();
        g_autoptr(GError) error = NULL;

        put(path, broken[i].text, broken[i].n);
        g_assert_false(fal_you_open(you, dataset, &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
        g_assert_true(g_str_has_prefix(error->message, where));
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
        /* Once it is mended all goes on. */
        put(path, "10\t5\n", -1);
        open_you(you, dataset);
        ASSERT_ROWS(you, "0=5");
    }
}

/* The file is replaced, never written over; where that fails nothing has changed. */
static void
test_atomic(void)
{
    g_autofree char *path = fresh_state();
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *kept = g_strconcat(path, ".kept", NULL);
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(plays, names, aliases);
    g_autoptr(FalYou) you = fal_you_new();
    g_autoptr(GError) error = NULL;

    open_you(you, dataset);
    g_assert_true(fal_you_set(you, 0, 5, NULL));
    g_assert_cmpint(link(path, kept), ==, 0);
    g_assert_true(fal_you_set(you, 1, 6, NULL));
    g_autofree char *before = contents(kept), *after = contents(path);
    g_assert_cmpstr(before, ==, "10\t5\tThe Beatles\n");
    g_assert_cmpstr(after, ==, "10\t5\tThe Beatles\n11\t6\tBjörk\n");
    g_assert_cmpint(g_remove(kept), ==, 0);

    /* A folder in its place cannot be replaced, and a temporary file does not stay. */
    g_assert_cmpint(g_remove(path), ==, 0);
    g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
    g_assert_false(fal_you_set(you, 1, 7, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, path));
    ASSERT_ROWS(you, "0=5 1=6");
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_assert_cmpstr(g_dir_read_name(dir), ==, "you.tsv");
    g_assert_null(g_dir_read_name(dir));
}

/* "Radiohead=3h The Beatles=35": what is yours, h for by hand. */
static char *
artists_text(const FalYou *you)
{
    int n;
    const FalYouArtist *artist = fal_you_artists(you, &n);
    GString *text = g_string_new(NULL);

    for (int i = 0; i < n; i++)
        g_string_append_printf(text, "%s%s=%u%s", i ? " " : "", artist[i].name, artist[i].plays,
                               artist[i].by_hand ? "h" : "");
    return g_string_free(text, FALSE);
}

#define ASSERT_ARTISTS(you, expected)                                                          \
    do {                                                                                       \
        g_autofree char *artists_ = artists_text(you);                                         \
        g_assert_cmpstr(artists_, ==, expected);                                               \
    } while (0)

static void
import(FalYou *you, FalDataset *dataset, const char *text)
{
    g_autoptr(FalHistory) history = fal_history_read_bytes("f", text, strlen(text), NULL);
    g_autofree gint32 *rows = g_new(gint32, history->n);
    g_autofree const char **heard = g_new(const char *, history->n);

    for (gsize i = 0; i < history->n; i++)
        heard[i] = history->name[i].name;
    g_assert_true(fal_match_names(dataset, heard, history->n, rows, NULL, NULL));
    g_assert_true(fal_you_import(you, history, rows, NULL));
}

/* What is imported takes the place of what was; what is set by hand wins, and is remembered
 * when it is to be none; names that were said stay said, in other data and for another you. */
static void
test_imported(void)
{
    g_autofree char *path = fresh_state();
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *history = g_build_filename(folder, "history.tsv", NULL);
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(plays, names, aliases);
    g_autoptr(FalDataset) other =
        fal_fixture_dataset("1 1 1\n1 11 1\n2 1 1\n", "1\tKorn\n11\tBJORK\n", NULL);
    g_autoptr(FalYou) you = fal_you_new(), again = fal_you_new();
    int n;

    open_you(you, dataset);
    import(you, dataset, "Beatles, The\t5\nthe beatles\t4\nBjork\t7\nX\t8\nY\t6\n");
    ASSERT_ARTISTS(you, "The Beatles=9 Björk=7");
    ASSERT_ROWS(you, "0=9 1=7");
    import(you, dataset, "Beatles, The\t5\nBjork\t7\nX\t8\nY\t6\n");
    ASSERT_ARTISTS(you, "Björk=7 The Beatles=5");
    g_assert_cmpint(fal_you_find_heard(you, "x"), ==, 0);
    g_assert_cmpint(fal_you_find_heard(you, "Z"), ==, -1);
    g_assert_true(fal_you_match(you, 0, 2, NULL));
    ASSERT_ARTISTS(you, "Korn=8 Björk=7 The Beatles=5");
    g_assert_true(fal_you_set(you, 0, 2, NULL));
    g_assert_true(fal_you_set(you, 1, 0, NULL));
    ASSERT_ARTISTS(you, "The Beatles=2h Korn=8");
    g_assert_cmpuint(fal_you_plays(you, 1), ==, 0);
    import(you, dataset, "The Beatles\t50\nBjork\t70\nX\t80\n");
    ASSERT_ARTISTS(you, "The Beatles=2h Korn=80");
    open_you(again, dataset);
    ASSERT_ARTISTS(again, "The Beatles=2h Korn=80");
    fal_you_forget(again);
    open_you(again, other);
    ASSERT_ROWS(again, "0=80");
    fal_you_forget(again);
    open_you(again, dataset);
    /* Dropping what was set and imported leaves it dropped; what was only set is gone. */
    g_assert_true(fal_you_set(again, 0, 0, NULL));
    g_assert_true(fal_you_set(again, 3, 4, NULL));
    g_assert_true(fal_you_set(again, 3, 0, NULL));
    ASSERT_ARTISTS(again, "Korn=80");
    g_autofree char *text = contents(path);
    g_assert_cmpstr(text, ==, "10\t0\tThe Beatles\n11\t0\tBjörk\n");
    /* An artist that is not there, behind one that does not show. */
    put(path, "10\t0\tThe Beatles\n99\t1\tNobody\n", -1);
    open_you(again, dataset);
    ASSERT_ARTISTS(again, "Nobody=1h Korn=80 Björk=70");
    g_assert_true(fal_you_drop(again, 0, NULL));
    ASSERT_ARTISTS(again, "Korn=80 Björk=70");

    put(history, "5\tBjork\n0\tKorn\n", -1);
    g_autoptr(GError) error = NULL;
    g_assert_false(fal_you_open(you, dataset, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "history.tsv, line 2: "));
    g_assert_true(fal_you_erase(you, &n, NULL));
    g_assert_cmpint(n, ==, 3);
    open_you(you, dataset);
    ASSERT_ARTISTS(you, "");
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_assert_null(g_dir_read_name(dir));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/query/you/round-trip", test_round_trip);
    g_test_add_func("/query/you/other-data", test_other_data);
    g_test_add_func("/query/you/broken", test_broken);
    g_test_add_func("/query/you/atomic", test_atomic);
    g_test_add_func("/query/you/imported", test_imported);
    return g_test_run();
}
