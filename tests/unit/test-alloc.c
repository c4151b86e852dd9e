/* What the rest stands on: arrays, parallel loops, exit statuses, paths.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <glib/gstdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/paths.h"

static void
test_zeroed_and_aligned(void)
{
    static const gsize sizes[] = {0, 1, 63, 64, 65, 4096, 100003, (gsize)20 << 20};

    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GError) error = NULL;
        fal_autofree char *array = FAL_NEW(char, sizes[i], &error);

        g_assert_no_error(error);
        g_assert_nonnull(array);
        g_assert_cmpuint((uintptr_t)array % 64, ==, 0);
        for (gsize j = 0; j < sizes[i]; j++)
            g_assert_true(array[j] == 0);
        if (sizes[i])
            memset(array, 0xff, sizes[i]);
    }
    fal_free(NULL);
}

/* Memory that was used and given back is zero again. */
static void
test_zeroed_again(void)
{
    for (int round = 0; round < 4; round++) {
        fal_autofree guint64 *array = FAL_NEW(guint64, 5000, NULL);

        for (int i = 0; i < 5000; i++)
            g_assert_cmpuint(array[i], ==, 0);
        memset(array, 0xff, 5000 * sizeof *array);
    }
}

static void
test_too_large(void)
{
    static const gsize sizes[][2] = {
        {G_MAXSIZE, 2},
        {G_MAXSIZE / 2, 4},
        {G_MAXSIZE, 1},
        {(gsize)1 << 63, 1},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(fal_alloc(sizes[i][0], sizes[i][1], &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_MEMORY);
    }
}

typedef struct {
    gint calls[1000];
    gint wrong_workers;
    int threads;
} Loop;

static void
count_block(gint64 block, int worker, gpointer data)
{
    Loop *loop = data;

    g_atomic_int_inc(&loop->calls[block]);
    if (worker < 0 || worker >= loop->threads)
        g_atomic_int_inc(&loop->wrong_workers);
}

static gpointer
run_loop(gpointer data)
{
    fal_parallel_for(1000, count_block, data);
    return NULL;
}

static void
test_parallel(void)
{
    static const int threads[] = {1, 2, 3, 8};

    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++) {
        Loop first = {.threads = threads[i]}, second = {.threads = threads[i]};
        GThread *other;

        fal_parallel_set_threads(threads[i]);
        g_assert_cmpint(fal_parallel_threads(), ==, threads[i]);
        other = g_thread_new("loop", run_loop, &first);
        run_loop(&second);
        g_thread_join(other);
        for (int j = 0; j < 1000; j++) {
            g_assert_cmpint(first.calls[j], ==, 1);
            g_assert_cmpint(second.calls[j], ==, 1);
        }
        g_assert_cmpint(first.wrong_workers, ==, 0);
        g_assert_cmpint(second.wrong_workers, ==, 0);
    }
    fal_parallel_set_threads(0);
    g_assert_cmpint(fal_parallel_threads(), >=, 1);
}

static void
test_parallel_nothing(void)
{
    Loop loop = {.threads = 4};

    fal_parallel_set_threads(4);
    fal_parallel_for(0, count_block, &loop);
    fal_parallel_for(-5, count_block, &loop);
    g_assert_cmpint(loop.calls[0], ==, 0);
    fal_parallel_for(1, count_block, &loop);
    g_assert_cmpint(loop.calls[0], ==, 1);
    g_assert_cmpint(loop.calls[1], ==, 0);
}

static void
test_exit_status(void)
{
    static const int cases[][2] = {
        {FAL_ERROR_FAILED, 1}, {FAL_ERROR_USAGE, 2},       {FAL_ERROR_DATA, 3},
        {FAL_ERROR_MODEL, 4},  {FAL_ERROR_CANCELLED, 130}, {FAL_ERROR_MEMORY, 1},
    };
    g_autoptr(GError) foreign = g_error_new_literal(G_FILE_ERROR, FAL_ERROR_DATA, "x");

    g_assert_cmpint(fal_error_exit_status(NULL), ==, 0);
    g_assert_cmpint(fal_error_exit_status(foreign), ==, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = g_error_new_literal(FAL_ERROR, cases[i][0], "x");

        g_assert_cmpint(fal_error_exit_status(error), ==, cases[i][1]);
    }
}

static void
test_bundled(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("falsetto-XXXXXX", NULL);
    g_autofree char *before = g_strdup(g_getenv("FALSETTO_DATADIR"));
    g_autofree char *file = g_build_filename(folder, "thing", NULL);
    g_autofree char *found = NULL;
    g_autofree char *missing = NULL;

    g_assert_nonnull(folder);
    g_assert_true(g_file_set_contents(file, "x", 1, NULL));
    g_setenv("FALSETTO_DATADIR", folder, TRUE);
    found = fal_paths_bundled("thing", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(found, ==, file);

    missing = fal_paths_bundled("no-such-thing", &error);
    g_assert_null(missing);
    g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "no-such-thing"));
    g_assert_nonnull(strstr(error->message, folder));
    g_assert_nonnull(strstr(error->message, FAL_PKGDATADIR));

    if (before)
        g_setenv("FALSETTO_DATADIR", before, TRUE);
    else
        g_unsetenv("FALSETTO_DATADIR");
    g_remove(file);
    g_rmdir(folder);
}

static void
test_state(void)
{
    g_autofree char *folder = g_dir_make_tmp("falsetto-XXXXXX", NULL);
    g_autofree char *below = g_build_filename(folder, "a", "b", NULL);
    g_autofree char *mine = g_build_filename(below, "falsetto", NULL);
    g_autofree char *middle = g_build_filename(folder, "a", NULL);
    g_autofree char *file = g_build_filename(folder, "file", NULL);
    g_autofree char *history = NULL;
    g_autofree char *expected = g_build_filename(mine, "history", NULL);
    GStatBuf status;

    g_setenv("XDG_STATE_HOME", below, TRUE);
    history = fal_paths_state("history");
    g_assert_cmpstr(history, ==, expected);
    g_assert_cmpint(g_stat(mine, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0700);

    g_assert_true(g_file_set_contents(file, "x", 1, NULL));
    g_setenv("XDG_STATE_HOME", file, TRUE);
    g_assert_null(fal_paths_state("history"));

    g_unsetenv("XDG_STATE_HOME");
    g_setenv("XDG_DATA_HOME", below, TRUE);
    g_autofree char *kept = fal_paths_data("history");
    g_autofree char *seen = fal_paths_data_seen("history");
    g_assert_cmpstr(kept, ==, expected);
    g_assert_cmpstr(seen, ==, expected);
    g_unsetenv("XDG_DATA_HOME");
    g_autofree char *typed = fal_paths_typed("~/x"), *as_it_is = fal_paths_typed("~x");
    g_autofree char *home = g_build_filename(g_get_home_dir(), "x", NULL);
    g_assert_cmpstr(typed, ==, home);
    g_assert_cmpstr(as_it_is, ==, "~x");
    g_remove(file);
    g_rmdir(mine);
    g_rmdir(below);
    g_rmdir(middle);
    g_rmdir(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/alloc/zeroed-and-aligned", test_zeroed_and_aligned);
    g_test_add_func("/alloc/zeroed-again", test_zeroed_again);
    g_test_add_func("/alloc/too-large", test_too_large);
    g_test_add_func("/parallel/each-block-once", test_parallel);
    g_test_add_func("/parallel/nothing", test_parallel_nothing);
    g_test_add_func("/error/exit-status", test_exit_status);
    g_test_add_func("/paths/bundled", test_bundled);
    g_test_add_func("/paths/state", test_state);
    return g_test_run();
}
