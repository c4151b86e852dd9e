/* Files that are written as one: what is seen before, meanwhile and after.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <glib/gstdio.h>

#include "base/newfile.h"

#include "fixture.h"

static char *
contents(const char *path)
{
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

static int
count_files(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    int n = 0;

    while (g_dir_read_name(dir))
        n++;
    return n;
}

/* Two that belong together are both whole before one has its name. */
static void
test_pair(void)
{
    const char *folder = fal_fixture_folder();
    g_autofree char *a = fal_fixture_write(folder, "a", "old", -1);
    g_autofree char *b = g_build_filename(folder, "b", NULL);
    g_autoptr(FalNewFile) first = fal_new_file(a, 0666, NULL);
    g_autoptr(FalNewFile) second = fal_new_file(b, 0666, NULL);

    g_assert_true(fal_new_file_puts(first, "new", NULL));
    g_assert_true(fal_new_file_puts(second, "two", NULL));
    g_assert_true(fal_new_file_finish(first, NULL));
    g_assert_true(fal_new_file_finish(second, NULL));
    g_autofree char *before = contents(a);
    g_assert_cmpstr(before, ==, "old");
    g_assert_false(g_file_test(b, G_FILE_TEST_EXISTS));
    g_assert_true(fal_new_file_commit(second, NULL));
    g_assert_true(fal_new_file_commit(first, NULL));
    g_autofree char *after = contents(a), *other = contents(b);
    g_assert_cmpstr(after, ==, "new");
    g_assert_cmpstr(other, ==, "two");
    g_assert_cmpint(count_files(folder), ==, 2);
}

/* At the program's end nothing unfinished stays, of however many files, and what is there
 * already does. */
static void
test_unfinished(void)
{
    const char *folder = fal_fixture_folder();
    g_autofree char *done = g_build_filename(folder, "done", NULL);
    g_autoptr(GPtrArray) files =
        g_ptr_array_new_with_free_func((GDestroyNotify)fal_new_file_free);

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 12; i++) {
            g_autofree char *name = g_strdup_printf("%d-%d", round, i);
            g_autofree char *path = g_build_filename(folder, name, NULL);
            FalNewFile *file = fal_new_file(path, 0666, NULL);
            g_assert_nonnull(file);
            g_ptr_array_add(files, file);
        }
        g_assert_true(fal_new_file_set(done, 0666, "x", -1, NULL));
        g_assert_cmpint(count_files(folder), ==, 13);
        fal_new_file_remove_unfinished();
        g_assert_cmpint(count_files(folder), ==, 1);
        g_ptr_array_set_size(files, 0);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/newfile/pair", test_pair);
    g_test_add_func("/newfile/unfinished", test_unfinished);
    return g_test_run();
}
