/* Lines that are typed: where their answers go, what is kept of them, files of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "query/typed.h"
#include "query/redirect.h"
#include "query/script.h"

static void
test_redirect(void)
{
    g_autofree char *home = g_strconcat(g_get_home_dir(), "/x.tsv", NULL);
    const struct {
        const char *line, *command;
        FalTarget target;
        const char *name;
    } lines[] = {
        {"stats", "stats", FAL_TO_SCREEN, NULL},
        {"", "", FAL_TO_SCREEN, NULL},
        {"stats > a.json", "stats ", FAL_TO_FILE, "a.json"},
        {"stats >a file.tsv ", "stats ", FAL_TO_FILE, "a file.tsv"},
        {"stats >> \"a > b\"", "stats ", FAL_TO_FILE_END, "a > b"},
        {"stats > ~/x.tsv", "stats ", FAL_TO_FILE, home},
        {"artists x | sort -r | head -1", "artists x ", FAL_TO_PROGRAM, "sort -r | head -1"},
        {"stats | awk '{ print \"x }'", "stats ", FAL_TO_PROGRAM, "awk '{ print \"x }'"},
        {"stats |wc > n", "stats ", FAL_TO_PROGRAM, "wc > n"},
        /* names */
        {"artist a>b", "artist a>b", FAL_TO_SCREEN, NULL},
        {"artist \">\" x", "artist \">\" x", FAL_TO_SCREEN, NULL},
        {"artist \"a | b\"", "artist \"a | b\"", FAL_TO_SCREEN, NULL},
        {"artist \\| x", "artist \\| x", FAL_TO_SCREEN, NULL},
        /* no commands */
        {"# a > b", "# a > b", FAL_TO_SCREEN, NULL},
        {"> a", "> a", FAL_TO_SCREEN, NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_auto(FalRedirect) to = {0};
        g_autoptr(GError) error = NULL;
        gsize at, n;
        g_assert_true(fal_redirect_parse(lines[i].line, &to, &at, &n, &error));
        g_assert_no_error(error);
        g_assert_cmpstr(to.command, ==, lines[i].command);
        g_assert_cmpint(to.target, ==, lines[i].target);
        g_assert_cmpstr(to.name, ==, lines[i].name);
    }
}

static void
test_redirect_errors(void)
{
    static const struct {
        const char *line;
        gsize at, n;
    } lines[] = {{"stats >", 6, 1}, {"stats >>  ", 6, 2}, {"stats |", 6, 1}, {"a > \"x", 2, 1}};

    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_auto(FalRedirect) to = {0};
        g_autoptr(GError) error = NULL;
        gsize at, n;
        g_assert_false(fal_redirect_parse(lines[i].line, &to, &at, &n, &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
        g_assert_cmpint(at, ==, lines[i].at);
        g_assert_cmpint(n, ==, lines[i].n);
        g_assert_cmpint(to.target, ==, FAL_TO_SCREEN);
    }
}

static char *
folder(void)
{
    char *made = g_dir_make_tmp("falsetto-typed-XXXXXX", NULL);

    g_assert_nonnull(made);
    return made;
}

static void
test_history(void)
{
    g_autofree char *dir = folder();
    g_autofree char *path = g_build_filename(dir, "history", NULL);
    struct stat st;

    {
        g_autoptr(FalTyped) history = fal_typed_new(path);
        g_assert_cmpint(fal_typed_n(history), ==, 0);
        fal_typed_add(history, "stats");
        fal_typed_add(history, "stats");
        fal_typed_add(history, "similar Sigur Rós");
        fal_typed_add(history, "");
        fal_typed_add(history, " secret");
        fal_typed_add(history, "two\nlines");
        fal_typed_add(history, "bad \xff");
        fal_typed_add(history, "stats");
        g_assert_cmpint(fal_typed_n(history), ==, 2);
        g_assert_cmpstr(fal_typed_line(history, 0), ==, "similar Sigur Rós");
        g_assert_cmpstr(fal_typed_line(history, 1), ==, "stats");
    }
    g_assert_cmpint(g_stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0600);
    {
        g_autoptr(FalTyped) history = fal_typed_new(path);
        g_assert_cmpint(fal_typed_n(history), ==, 2);
        g_assert_cmpstr(fal_typed_line(history, 1), ==, "stats");
    }
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(dir), ==, 0);
}

/* A file with far too many lines is cut to those that are kept. */
static void
test_history_cap(void)
{
    g_autofree char *dir = folder();
    g_autofree char *path = g_build_filename(dir, "history", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *after = NULL;

    for (int i = 0; i < 3 * FAL_TYPED_LINES; i++)
        g_string_append_printf(text, "artists n=%d\n", i);
    g_assert_true(g_file_set_contents(path, text->str, -1, NULL));
    g_autoptr(FalTyped) history = fal_typed_new(path);
    g_assert_cmpint(fal_typed_n(history), ==, FAL_TYPED_LINES);
    g_assert_cmpstr(fal_typed_line(history, FAL_TYPED_LINES - 1), ==, "artists n=5999");
    fal_typed_add(history, "stats");
    g_assert_cmpint(fal_typed_n(history), ==, FAL_TYPED_LINES);
    g_assert_cmpstr(fal_typed_line(history, 0), ==, "artists n=4001");
    g_assert_true(g_file_get_contents(path, &after, NULL, NULL));
    g_assert_true(g_str_has_prefix(after, "artists n=4000\n"));
    g_assert_true(g_str_has_suffix(after, "artists n=5999\nstats\n"));
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(dir), ==, 0);
}

/* Several programs at once lose nothing and break no line, also while one of them cuts the
 * file. */
static void
test_history_together(void)
{
    enum { PROGRAMS = 4, LINES = 100 };
    g_autofree char *dir = folder();
    g_autofree char *path = g_build_filename(dir, "history", NULL);
    pid_t pid[PROGRAMS];

    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 2 * FAL_TYPED_LINES + 1; i++)
        g_string_append_printf(text, "old %d\n", i);
    g_assert_true(g_file_set_contents(path, text->str, -1, NULL));
    for (int p = 0; p < PROGRAMS; p++) {
        pid[p] = fork();
        if (pid[p] == 0) {
            FalTyped *history = fal_typed_new(path);
            for (int i = 0; i < LINES; i++) {
                g_autofree char *line = g_strdup_printf("program %d line %d", p, i);
                fal_typed_add(history, line);
            }
            _exit(0);
        }
    }
    for (int p = 0; p < PROGRAMS; p++) {
        int status;
        g_assert_cmpint(waitpid(pid[p], &status, 0), ==, pid[p]);
        g_assert_cmpint(status, ==, 0);
    }
    g_autoptr(FalTyped) history = fal_typed_new(path);
    int seen = 0;
    for (guint i = 0; i < fal_typed_n(history); i++) {
        const char *line = fal_typed_line(history, i);
        seen += g_str_has_prefix(line, "program ");
        g_assert_true(g_str_has_prefix(line, "program ") || g_str_has_prefix(line, "old "));
    }
    g_assert_cmpint(seen, ==, PROGRAMS * LINES);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(dir), ==, 0);
}

static void
test_history_unwritable(void)
{
    g_autoptr(FalTyped) nowhere = fal_typed_new("/nonexistent/folder/history");
    g_autoptr(FalTyped) none = fal_typed_new(NULL);

    fal_typed_add(nowhere, "stats");
    fal_typed_add(none, "stats");
    g_assert_cmpint(fal_typed_n(nowhere), ==, 1);
    g_assert_cmpint(fal_typed_n(none), ==, 1);
}

static void
test_script(void)
{
    g_autofree char *dir = folder();
    g_autofree char *path = g_build_filename(dir, "a.fal", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(path, "stats\n\nlast", -1, NULL));
    {
        g_autoptr(FalScript) script = fal_script_open(path, &error);
        g_assert_cmpstr(fal_script_next(script, &error), ==, "stats");
        g_assert_cmpstr(fal_script_next(script, &error), ==, "");
        g_assert_cmpstr(fal_script_next(script, &error), ==, "last");
        g_assert_true(g_str_has_suffix(fal_script_where(script), "a.fal:3"));
        g_assert_null(fal_script_next(script, &error));
        g_assert_no_error(error);
    }
    g_assert_true(g_file_set_contents(path, "stats\nx\0y\n", 10, NULL));
    {
        g_autoptr(FalScript) script = fal_script_open(path, &error);
        g_assert_cmpstr(fal_script_next(script, &error), ==, "stats");
        g_assert_null(fal_script_next(script, &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
        g_clear_error(&error);
    }
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_null(fal_script_open(path, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, path));
    g_assert_cmpint(g_rmdir(dir), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/typed/redirect", test_redirect);
    g_test_add_func("/typed/redirect-errors", test_redirect_errors);
    g_test_add_func("/typed/history", test_history);
    g_test_add_func("/typed/history-cap", test_history_cap);
    g_test_add_func("/typed/history-together", test_history_together);
    g_test_add_func("/typed/history-unwritable", test_history_unwritable);
    g_test_add_func("/typed/script", test_script);
    return g_test_run();
}
