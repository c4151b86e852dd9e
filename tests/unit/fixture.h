/* Small data sets for tests: written into fresh folders, which stay until the program's end, as
 * a data set may read its files again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TESTS_FIXTURE_H
#define FAL_TESTS_FIXTURE_H

#include <stdlib.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "data/dataset.h"

/* By how much to do less of what ThreadSanitizer makes slow: it is at every mapping of memory,
 * and each load maps tables of megabytes. */
#ifdef __SANITIZE_THREAD__
#define FAL_SLOWER 8
#else
#define FAL_SLOWER 1
#endif

static GPtrArray *fal_fixture_folders;
static pid_t fal_fixture_owner;

static inline void fal_fixture_cleanup(void);

/* A new, empty folder, which is removed at the end of the program. Borrowed. */
static inline const char *
fal_fixture_folder(void)
{
    char *folder = g_dir_make_tmp("falsetto-test-XXXXXX", NULL);

    g_assert_nonnull(folder);
    if (!fal_fixture_folders) {
        fal_fixture_folders = g_ptr_array_new_with_free_func(g_free);
        fal_fixture_owner = getpid();
        atexit(fal_fixture_cleanup);
    }
    g_ptr_array_add(fal_fixture_folders, folder);
    return folder;
}

/* Writes a file into folder; n_bytes may be -1 for a text. Returns its path, for g_free(). */
static inline char *
fal_fixture_write(const char *folder, const char *name, const char *bytes, gssize n_bytes)
{
    char *path = g_build_filename(folder, name, NULL);

    g_assert_true(g_file_set_contents(path, bytes, n_bytes, NULL));
    return path;
}

/* A folder with the three files; names and aliases may be NULL for none. Borrowed. */
static inline const char *
fal_fixture_files(const char *plays, const char *names, const char *aliases)
{
    const char *folder = fal_fixture_folder();

    g_free(fal_fixture_write(folder, "user_artist_data.txt", plays, -1));
    if (names)
        g_free(fal_fixture_write(folder, "artist_data.txt", names, -1));
    if (aliases)
        g_free(fal_fixture_write(folder, "artist_alias.txt", aliases, -1));
    return folder;
}

/* The data set that these texts are, which has to be readable. */
static inline FalDataset *
fal_fixture_dataset(const char *plays, const char *names, const char *aliases)
{
    g_autoptr(GError) error = NULL;
    FalDataset *dataset =
        fal_dataset_load(fal_fixture_files(plays, names, aliases), NULL, &error);

    g_assert_no_error(error);
    g_assert_nonnull(dataset);
    return dataset;
}

/* The folder of the real small data set; NULL, and the test marked as skipped, where this
 * machine does not have it. */
static inline const char *
fal_fixture_small(void)
{
    const char *folder = g_getenv("FAL_SMALL");

    if (folder && g_file_test(folder, G_FILE_TEST_IS_DIR))
        return folder;
    g_test_skip("FAL_SMALL names no folder with the small Audioscrobbler set");
    return NULL;
}

static inline void
fal_fixture_remove(const char *path)
{
    g_autoptr(GDir) folder = NULL;
    const char *name;

    if (!g_file_test(path, G_FILE_TEST_IS_SYMLINK))
        folder = g_dir_open(path, 0, NULL);
    while (folder && (name = g_dir_read_name(folder))) {
        g_autofree char *below = g_build_filename(path, name, NULL);

        fal_fixture_remove(below);
    }
    g_remove(path);
}

/* Removes all folders, unless it is a child that ends. */
static inline void
fal_fixture_cleanup(void)
{
    if (getpid() != fal_fixture_owner)
        return;
    for (guint i = 0; fal_fixture_folders && i < fal_fixture_folders->len; i++)
        fal_fixture_remove(fal_fixture_folders->pdata[i]);
    g_clear_pointer(&fal_fixture_folders, g_ptr_array_unref);
}

#endif
