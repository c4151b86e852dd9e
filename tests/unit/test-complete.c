/* Completion by what stands at the cursor.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include <glib/gstdio.h>

#include "query/command.h"
#include "query/complete.h"

#include "fixture.h"

static const char plays[] = "1 10 5\n1 11 3\n2 10 1\n2 12 7\n31 10 2\n31 13 1\n";
static const char names[] = "10\tThe Beatles\n11\tThe Beach Boys\n12\tBjörk\n13\tSay \"Hi\"\n";

typedef struct {
    const char *line;
    gsize start;
    const char *candidates; /* joined by |; a final | means: and more */
} Case;

static const Case cases[] = {
    {"sim", 0, "similar"},
    {"st", 0, "stats|stability"},
    {"zz", 0, ""},
    {"similar the bea", 8, "The Beatles|The Beach Boys"},
    {"similar \"the bea", 8, "The Beatles|The Beach Boys"},
    {"similar The Beat", 8, "The Beatles"},
    {"similar bjo", 8, "Björk"},
    {"similar say", 8, "\"Say \\\"Hi\\\"\""},
    {"similar n", 8, "n="},
    {"similar Björk n", 8, "Björk n="},
    {"similar \"The  Beatles\" n", 8, "\"The  Beatles\" n="},
    {"users by=", 6, "by=plays|by=artists|by=id"},
    {"users by=a", 6, "by=artists"},
    {"recommend 3", 10, "31"},
    {"recommend 31 kn", 13, "known="},
    {"recommend 31 known=y", 13, "known=yes"},
    {"help sim", 5, "similar"},
    {"set out", 4, "output"},
    {"set output t", 11, "table|tsv"},
    {"train confidence=b", 6, "confidence=bm25|confidence=binary"},
    {"tune confidence=log,b", 5, "confidence=log,bm25|confidence=log,binary"},
    {"split s", 6, "seed=|spark"},
    {"split le", 6, "leave="},
    {"recommend y", 10, "you"},
    {"user y", 5, ""},
    {"explain you the bea", 12, "The Beatles|The Beach Boys"},
    {"explain 31 bjo", 11, "Björk"},
    {"you d", 4, "drop"},
    {"you add the beat", 8, "The Beatles"},
    {"bind Pg", 5, "PgUp|PgDn"},
    {"bind X simi", 7, "similar"},
    {"bind \"g a\" view=map simi", 20, "similar"},
    {"bind X similar the beat", 15, "The Beatles"},
    {"bind X recommend 31 kn", 20, "known="},
    {"bind X users by=a", 13, "by=artists"},
    {"bind X view=m", 7, "view=map"},
    {"unbind Sp", 7, "Space"},
    {"you i", 4, "import"},
    {"you match x the beat", 12, "The Beatles"},
    {"you match x", 10, ""},
    {"you forget ", 11, ""},
    {"you unmatched ", 14, "n="},
    {"you unmatch ", 12, ""},
    {"you n=5 unmatched ", 18, "n="},
    {"you match \"", 10, ""},
    {"# sim", 0, ""},
    {"nonsense x", 9, ""},
};

static void
test_case(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(FalSession) session = fal_session_new();
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(plays, names, NULL);
    FalCompletion found;

    fal_session_set_dataset(session, dataset);
    fal_complete(session, c->line, strlen(c->line), &found);
    g_autofree char *joined = g_strjoinv("|", found.candidate);
    g_assert_cmpstr(joined, ==, c->candidates);
    if (*c->candidates)
        g_assert_cmpuint(found.start, ==, c->start);
    g_assert_false(found.files);
    fal_completion_clear(&found);
}

static void
test_files(void)
{
    g_autoptr(FalSession) session = fal_session_new();
    FalCompletion found;

    fal_complete(session, "load /et", 8, &found);
    g_assert_true(found.files);
    g_assert_cmpuint(found.start, ==, 5);
    fal_completion_clear(&found);
    fal_complete(session, "you import my fi", 16, &found);
    g_assert_true(found.files);
    g_assert_cmpuint(found.start, ==, 11);
    fal_completion_clear(&found);
    fal_complete(session, "artists a \"b > c\" > my fi", 25, &found);
    g_assert_true(found.files);
    g_assert_cmpuint(found.start, ==, 20);
    fal_completion_clear(&found);
    fal_complete(session, "stats >>", 8, &found);
    g_assert_true(found.files);
    g_assert_cmpuint(found.start, ==, 8);
    fal_completion_clear(&found);
    fal_complete(session, "stats | sort -n my", 18, &found);
    g_assert_true(found.files);
    g_assert_cmpuint(found.start, ==, 16);
    fal_completion_clear(&found);
    fal_complete(session, "artists \"> x", 12, &found);
    g_assert_false(found.files);
    fal_completion_clear(&found);
    /* Without data there are no artists, and nothing breaks. */
    fal_complete(session, "similar the", 11, &found);
    g_assert_cmpuint(g_strv_length(found.candidate), ==, 0);
    fal_completion_clear(&found);
}

static gboolean
completes(FalSession *session, const char *line, const char *candidate)
{
    FalCompletion found;

    fal_complete(session, line, strlen(line), &found);
    gboolean has = g_strv_contains((const char *const *)found.candidate, candidate);
    fal_completion_clear(&found);
    return has;
}

static void
check_values(FalSession *session, const char *before, const char *prefix,
             const char *const *choices)
{
    for (int i = 0; choices && choices[i]; i++) {
        g_autofree char *line = g_strdup_printf("%s%s%.1s", before, prefix, choices[i]);
        g_autofree char *wanted = g_strconcat(prefix, choices[i], NULL);
        if (!completes(session, line, wanted))
            g_error("\"%s\" does not complete to %s", line, wanted);
    }
}

/* Whatever the tables hold, and so help and the manual, completes: verbs, settings, choices. */
static void
test_tables(void)
{
    g_autoptr(FalSession) session = fal_session_new();
    FalCompletion all;
    guint n = 0;

    fal_complete(session, "", 0, &all);
    for (const FalCommand *c = fal_commands(); c->name; c++, n++) {
        g_autofree char *before = g_strdup_printf("%s ", c->name);
        g_assert_cmpstr(all.candidate[n], ==, c->name);
        for (const FalKeySpec *key = c->keys; key && key->name; key++) {
            g_auto(GStrv) with = g_strsplit(key->with ? key->with : "", "|", 2);
            g_autofree char *line =
                g_strdup_printf("%s%s%s%.1s", before, key->with ? with[0] : "",
                                key->with ? " " : "", key->name);
            g_autofree char *prefix = g_strconcat(key->name, "=", NULL);
            if (!completes(session, line, prefix))
                g_error("\"%s\" does not complete to %s", line, prefix);
            check_values(session, before, prefix, key->choices);
        }
        if (c->words[0].kind == FAL_WORD_CHOICE)
            check_values(session, before, "", c->words[0].choices);
    }
    g_assert_cmpuint(g_strv_length(all.candidate), ==, n);
    fal_completion_clear(&all);
    for (const FalKeySpec *key = fal_settings(); key->name; key++) {
        g_autofree char *before = g_strdup_printf("set %s ", key->name);
        g_assert_true(completes(session, "set ", key->name));
        check_values(session, before, "", key->choices);
    }
}

static void
test_lines(void)
{
    g_autoptr(FalSession) session = fal_session_new();
    g_autofree char *folder = g_dir_make_tmp("falsetto-test-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(folder, "two words", NULL);
    g_autofree char *sub = g_build_filename(folder, "two folders", NULL);
    g_autofree char *typed = g_strdup_printf("load %s/tw", folder);
    g_autofree char *found =
        g_strdup_printf("load %s/two\\ folders/|load %s/two\\ words", folder, folder);
    const char *const wanted[][2] = {
        {"sim", "similar"},
        {"  sim", "  similar"},
        {"train  rank=8 momentum", "train  rank=8 momentum="},
        {"set output t", "set output table|set output tsv"},
        {"recommend y", "recommend you"},
        {"similar Rad", ""},
        {"similar \"a b\" n", "similar \"a b\" n="},
        {typed, found},
    };

    g_assert_true(g_file_set_contents(file, "", 0, NULL));
    g_assert_cmpint(g_mkdir(sub, 0700), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++) {
        g_auto(GStrv) lines = fal_complete_lines(session, wanted[i][0]);
        g_autofree char *joined = g_strjoinv("|", lines);
        g_assert_cmpstr(joined, ==, wanted[i][1]);
    }
    g_remove(file);
    g_rmdir(sub);
    g_rmdir(folder);
}

static void
test_hint(void)
{
    g_autoptr(FalSession) session = fal_session_new();
    g_autofree char *hint = fal_complete_hint(session, "similar ");
    g_autofree char *none = fal_complete_hint(session, "similar Rad");

    g_assert_cmpstr(hint, ==, "ARTIST [n=10]");
    g_assert_null(none);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* Nobody's own artists are completed. */
    g_setenv("XDG_DATA_HOME", fal_fixture_folder(), TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/query/complete/%zu", i);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/query/complete/files", test_files);
    g_test_add_func("/query/complete/tables", test_tables);
    g_test_add_func("/query/complete/lines", test_lines);
    g_test_add_func("/query/complete/hint", test_hint);
    return g_test_run();
}
