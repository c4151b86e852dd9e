/* The cache: what comes from it is the same in everything, and it is never believed when there
 * is any doubt.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/task.h"
#include "data/cache.h"
#include "data/dataset-private.h"
#include "fixture.h"
#include "random-files.h"
#include "same-dataset.h"

/* A file that was changed just now is not kept. */
static void
make_old(const char *path)
{
    struct utimbuf times = {1000000000, 1000000000};

    g_assert_cmpint(utime(path, &times), ==, 0);
}

static void
make_files_old(const char *folder)
{
    static const char *const names[] = {"user_artist_data.txt", "artist_data.txt",
                                        "artist_alias.txt"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);

        if (g_file_test(path, G_FILE_TEST_EXISTS))
            make_old(path);
    }
}

static char *cache; /* the folder of the test's own cache */

/* A cache for the rest of a test; its folder is not yet there. */
static void
new_cache(void)
{
    const char *home = fal_fixture_folder();

    g_setenv("XDG_CACHE_HOME", home, TRUE);
    g_free(cache);
    cache = g_build_filename(home, "falsetto", NULL);
}

/* The files in folder whose names end like that. */
static guint
count_files(const char *folder, const char *suffix, char **last)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    guint n = 0;

    while (dir && (name = g_dir_read_name(dir))) {
        if (!g_str_has_suffix(name, suffix))
            continue;
        n++;
        if (last) {
            g_free(*last);
            *last = g_build_filename(folder, name, NULL);
        }
    }
    return n;
}

static FalDataset *
load(const char *path)
{
    g_autoptr(GError) error = NULL;
    FalDataset *dataset = fal_cache_load(path, NULL, &error);

    g_assert_no_error(error);
    return dataset;
}

static gboolean
is_from_text(const FalDataset *dataset)
{
    return dataset->cache_key != NULL;
}

/* Loads path from its text and keeps it. */
static FalDataset *
keep(const char *path)
{
    FalDataset *dataset = load(path);

    g_assert_true(is_from_text(dataset));
    fal_cache_writer_finish(fal_cache_writer_start(dataset, 0), FALSE);
    return dataset;
}

static void
test_same(void)
{
    FalRandom random;

    fal_random_init(&random, 31);
    for (int round = 0; round < 60 / FAL_SLOWER; round++) {
        new_cache();
        const char *folder = fal_random_files(&random);
        g_autoptr(FalDataset) text = NULL;
        g_autoptr(FalDataset) kept = NULL;

        make_files_old(folder);
        fal_parallel_set_threads(round % 2 ? 1 : 4);
        text = keep(folder);
        kept = load(folder);
        g_assert_false(is_from_text(kept));
        fal_same_dataset(text, kept);
        fal_same_rows(text, kept);
        g_assert_cmpstr(fal_dataset_path(text), ==, fal_dataset_path(kept));
        g_assert_cmpstr(fal_dataset_title(text), ==, fal_dataset_title(kept));
    }
    fal_parallel_set_threads(0);
}

/* More than one block of everything, and counts of all sizes. */
static void
test_large(void)
{
    g_autoptr(GString) plays = g_string_new(NULL);
    const char *folder;
    g_autoptr(FalDataset) text = NULL;
    g_autoptr(FalDataset) kept = NULL;

    new_cache();
    for (int i = 0; i < 1200000; i++)
        g_string_append_printf(plays, "%d %d %d\n", i / 300, i % 300 * 1009,
                               i % 1000 == 0 ? 1 << i % 31 : 250 + i % 11);
    folder = fal_fixture_files(plays->str, NULL, NULL);
    make_files_old(folder);
    text = keep(folder);
    kept = load(folder);
    g_assert_false(is_from_text(kept));
    fal_same_dataset(text, kept);
}

static void
test_small(void)
{
    const char *folder = fal_fixture_small();
    g_autoptr(FalDataset) text = NULL;
    g_autoptr(FalDataset) kept = NULL;

    new_cache();
    if (!folder)
        return;
    text = keep(folder);
    kept = load(folder);
    g_assert_false(is_from_text(kept));
    fal_same_dataset(text, kept);
    fal_same_rows(text, kept);
}

static void
add_member(struct archive *archive, const char *name, const char *text)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)strlen(text));
    g_assert_cmpint(archive_write_header(archive, entry), ==, ARCHIVE_OK);
    g_assert_cmpint(archive_write_data(archive, text, strlen(text)), ==, (gssize)strlen(text));
    archive_entry_free(entry);
}

/* An archive is not opened for what is kept of it, but its rows can be read again. */
static void
test_archive(void)
{
    g_autofree char *path = g_build_filename(fal_fixture_folder(), "set.tar.gz", NULL);
    struct archive *archive = archive_write_new();
    g_autoptr(FalDataset) text = NULL;
    g_autoptr(FalDataset) kept = NULL;

    new_cache();
    archive_write_add_filter_gzip(archive);
    archive_write_set_format_pax_restricted(archive);
    g_assert_cmpint(archive_write_open_filename(archive, path), ==, ARCHIVE_OK);
    add_member(archive, "a/README", "none");
    add_member(archive, "a/artist_data.txt", "1\tAir\nbad\n");
    add_member(archive, "a/user_artist_data.txt", "5 1 2\n5 2 1\n5 1 3\nbad\n");
    g_assert_cmpint(archive_write_free(archive), ==, ARCHIVE_OK);
    make_old(path);
    text = keep(path);
    kept = load(path);
    g_assert_false(is_from_text(kept));
    fal_same_dataset(text, kept);
    fal_same_rows(text, kept);
    for (FalPart part = 0; part < FAL_N_PARTS; part++) {
        g_assert_cmpint(fal_source_has(text->source, part), ==,
                        fal_source_has(kept->source, part));
        g_assert_cmpstr(fal_source_name(text->source, part), ==,
                        fal_source_name(kept->source, part));
    }
    g_assert_cmpstr(fal_source_name(kept->source, FAL_PART_NAMES) + strlen(path), ==,
                    ":a/artist_data.txt");
}

static const char *
some_files(void)
{
    const char *folder =
        fal_fixture_files("1 10 1\n1 20 300\nbad\n2 10 3\n2 30 70000\n3 67108864 1\n",
                          "10\tAir\n20\tBj\xf6rk\n", "30 20\n");

    make_files_old(folder);
    return folder;
}

static void
check_refused(const char *folder, const char *file, const char *bytes, gsize n_bytes,
              const FalDataset *text)
{
    g_autoptr(FalDataset) dataset = NULL;

    g_assert_true(g_file_set_contents(file, bytes, (gssize)n_bytes, NULL));
    dataset = load(folder);
    g_assert_true(is_from_text(dataset));
    fal_same_stats(fal_dataset_stats(text), fal_dataset_stats(dataset));
}

static void
test_damaged(void)
{
    new_cache();
    const char *folder = some_files();
    g_autoptr(FalDataset) text = keep(folder);
    g_autoptr(FalDataset) kept = NULL;
    g_autofree char *file = NULL;
    g_autofree char *bytes = NULL;
    gsize n_bytes;

    g_assert_cmpuint(count_files(cache, ".data", &file), ==, 1);
    g_assert_true(g_file_get_contents(file, &bytes, &n_bytes, NULL));
    g_assert_cmpuint(n_bytes, >, 1000);
    /* All of the header, then here and there. */
    for (gsize at = 0; at < n_bytes; at += (at < 64 ? 1 : 97) * FAL_SLOWER) {
        for (int bit = 0; bit < 8; bit += 7) {
            bytes[at] ^= (char)(1 << bit);
            check_refused(folder, file, bytes, n_bytes, text);
            bytes[at] ^= (char)(1 << bit);
        }
    }
    for (gsize n = 0; n < n_bytes; n += (n < 64 || n > n_bytes - 64 ? 1 : 31) * FAL_SLOWER)
        check_refused(folder, file, bytes, n, text);
    bytes = g_realloc(bytes, n_bytes + 8);
    memset(bytes + n_bytes, 0, 8);
    check_refused(folder, file, bytes, n_bytes + 8, text);

    g_assert_true(g_file_set_contents(file, bytes, (gssize)n_bytes, NULL));
    kept = load(folder);
    g_assert_false(is_from_text(kept));
}

/* What is kept of one set under the name of another. */
static void
test_other_key(void)
{
    const char *a = some_files(), *b = some_files();
    g_autofree char *file_of_a = NULL;
    g_autofree char *file_of_b = NULL;
    g_autoptr(FalDataset) of_b = NULL;
    g_autoptr(FalDataset) again = NULL;

    new_cache();
    fal_dataset_unref(keep(a));
    count_files(cache, ".data", &file_of_a);
    g_assert_cmpint(g_remove(file_of_a), ==, 0);
    of_b = keep(b);
    count_files(cache, ".data", &file_of_b);
    g_assert_cmpstr(file_of_a, !=, file_of_b);
    g_assert_cmpint(g_rename(file_of_b, file_of_a), ==, 0);
    again = load(a);
    g_assert_true(is_from_text(again));
}

static void
test_changed(void)
{
    const char *folder = some_files();
    g_autofree char *plays = g_build_filename(folder, "user_artist_data.txt", NULL);
    g_autofree char *aliases = g_build_filename(folder, "artist_alias.txt", NULL);
    g_autoptr(GError) error = NULL;

    new_cache();
    fal_dataset_unref(keep(folder));
    /* Of the same size and, set back, of the same time. */
    g_free(fal_fixture_write(folder, "user_artist_data.txt",
                             "1 10 1\n1 20 300\nbad\n2 10 3\n2 30 70000\n3 67108864 7\n", -1));
    make_old(plays);
    g_autoptr(FalDataset) other = keep(folder);
    g_assert_cmpuint(fal_dataset_stats(other)->plays, ==, 1 + 300 + 3 + 70000 + 7);

    /* Another time alone. */
    g_autoptr(FalDataset) kept = load(folder);
    g_assert_false(is_from_text(kept));
    struct utimbuf times = {1000000001, 1000000001};
    g_assert_cmpint(utime(plays, &times), ==, 0);
    fal_dataset_unref(keep(folder));

    /* A file less, and one more. */
    g_assert_cmpint(g_remove(aliases), ==, 0);
    g_autoptr(FalDataset) less = keep(folder);
    g_assert_cmpint(fal_dataset_stats(less)->aliases, ==, 0);
    g_free(fal_fixture_write(folder, "artist_alias.txt", "30 20\n", -1));
    make_old(aliases);
    fal_dataset_unref(keep(folder));

    /* Nothing left to be loaded. */
    g_assert_cmpint(g_remove(plays), ==, 0);
    g_assert_null(fal_cache_load(folder, NULL, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
}

/* Changed a moment ago, it may change again without another time. */
static void
test_just_written(void)
{
    new_cache();
    const char *folder = fal_fixture_files("1 2 3\n", NULL, NULL);
    g_autoptr(FalDataset) dataset = load(folder);

    g_assert_null(fal_cache_writer_start(dataset, 0));
    g_assert_cmpuint(count_files(cache, ".data", NULL), ==, 0);
}

/* Changed between loading and keeping, it is not kept. */
static void
test_changed_meanwhile(void)
{
    new_cache();
    const char *folder = some_files();
    g_autofree char *names = g_build_filename(folder, "artist_data.txt", NULL);
    g_autoptr(FalDataset) dataset = load(folder);

    g_assert_cmpint(g_remove(names), ==, 0);
    fal_cache_writer_finish(fal_cache_writer_start(dataset, 0), FALSE);
    g_assert_cmpuint(count_files(cache, "", NULL), ==, 0);
}

static void
test_too_small(void)
{
    new_cache();
    g_autoptr(FalDataset) dataset = load(some_files());

    g_assert_null(fal_cache_writer_start(dataset, 6));
    fal_cache_writer_finish(NULL, TRUE);
    g_assert_cmpuint(count_files(cache, "", NULL), ==, 0);
}

static void
test_modes(void)
{
    g_autofree char *file = NULL;
    GStatBuf status;

    new_cache();
    fal_dataset_unref(keep(some_files()));
    g_assert_cmpuint(count_files(cache, "", &file), ==, 1);
    g_assert_cmpint(g_stat(cache, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0700);
    g_assert_cmpint(g_stat(file, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
}

/* Where nothing can be written loading works all the same. */
static void
test_no_folder(void)
{
    g_autofree char *blocked = fal_fixture_write(fal_fixture_folder(), "file", "", 0);
    const char *folder = some_files();

    g_setenv("XDG_CACHE_HOME", blocked, TRUE);
    fal_dataset_unref(keep(folder));
    fal_dataset_unref(keep(folder));
    /* A relative one is ignored. */
    new_cache();
    g_setenv("XDG_CACHE_HOME", "relative", TRUE);
    g_setenv("HOME", fal_fixture_folder(), TRUE);
    fal_dataset_unref(load(folder));
    g_assert_false(g_file_test("relative", G_FILE_TEST_EXISTS));
}

/* What a killed writer left goes, what another one is writing stays. */
static void
test_leftovers(void)
{
    g_autofree char *left = NULL;
    g_autofree char *written = NULL;
    int fd;

    new_cache();
    g_assert_cmpint(g_mkdir(cache, 0700), ==, 0);
    left = fal_fixture_write(cache, ".0123.data.00000001.part", "left", -1);
    written = fal_fixture_write(cache, ".0123.data.00000002.part", "written", -1);
    fd = open(written, O_RDWR);
    g_assert_cmpint(flock(fd, LOCK_EX), ==, 0);
    fal_dataset_unref(keep(some_files()));
    g_assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(written, G_FILE_TEST_EXISTS));
    g_assert_cmpuint(count_files(cache, ".data", NULL), ==, 1);
    close(fd);
}

/* Of many sets those that were used last stay; using one counts. */
static void
test_bounds(void)
{
    const char *folders[9];

    new_cache();
    for (int i = 0; i < 9; i++) {
        g_autofree char *file = NULL;
        g_autofree char *name = g_strdup_printf("%d.data", i);

        folders[i] = some_files();
        if (i == 0) {
            fal_dataset_unref(keep(folders[0]));
            continue;
        }
        file = fal_fixture_write(cache, name, "something", -1);
        make_old(file);
    }
    /* 9 there, the first of them the newest; one more: two too many. */
    fal_dataset_unref(keep(folders[1]));
    g_assert_cmpuint(count_files(cache, ".data", NULL), ==, 8);
    for (int i = 0; i < 2; i++) {
        g_autoptr(FalDataset) kept = load(folders[i]);

        g_assert_false(is_from_text(kept));
    }
}

static void
test_cancelled(void)
{
    new_cache();
    const char *folder = some_files();
    g_autoptr(FalTask) task = fal_task_new();
    g_autoptr(FalDataset) dataset = load(folder);
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < 50; i++)
        fal_cache_writer_finish(fal_cache_writer_start(dataset, 0), TRUE);
    g_assert_cmpuint(count_files(cache, ".part", NULL), ==, 0);
    fal_dataset_unref(load(folder));

    fal_cache_writer_finish(fal_cache_writer_start(dataset, 0), FALSE);
    fal_task_cancel(task);
    g_assert_null(fal_cache_load(folder, task, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cache/same", test_same);
    g_test_add_func("/cache/large", test_large);
    g_test_add_func("/cache/small", test_small);
    g_test_add_func("/cache/archive", test_archive);
    g_test_add_func("/cache/damaged", test_damaged);
    g_test_add_func("/cache/other-key", test_other_key);
    g_test_add_func("/cache/changed", test_changed);
    g_test_add_func("/cache/just-written", test_just_written);
    g_test_add_func("/cache/changed-meanwhile", test_changed_meanwhile);
    g_test_add_func("/cache/too-small", test_too_small);
    g_test_add_func("/cache/modes", test_modes);
    g_test_add_func("/cache/no-folder", test_no_folder);
    g_test_add_func("/cache/leftovers", test_leftovers);
    g_test_add_func("/cache/bounds", test_bounds);
    g_test_add_func("/cache/cancelled", test_cancelled);
    status = g_test_run();
    g_free(cache);
    return status;
}
