/* The cache folder: a file for each path that was loaded, written as one
 * (base/newfile.h). It is written by a thread of this program and not by a process that stays
 * behind: a program that has ended should have ended. So the face that wants the file written
 * waits for it at its end (fal_cache_writer_finish()).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/cache.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/newfile.h"
#include "base/paths.h"
#include "data/dataset-private.h"
#include "data/image.h"

#define SUFFIX ".data"
/* What is kept: the files used last, in these bounds. */
#define MAX_FILES 8
#define MAX_BYTES ((gint64)8 << 30)
/* A file that was changed within so many seconds before it was read may change again without
 * getting another time. */
#define SETTLED 2

struct FalCacheWriter {
    FalDataset *dataset;
    FalTask *task;
    GThread *thread;
};

/* Where what path is made of is kept. NULL without a folder. */
static char *
file_of(const char *path)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *name = g_strdup_printf("%016" G_GINT64_MODIFIER "x" SUFFIX,
                                            (guint64)XXH3_64bits(absolute, strlen(absolute)));

    return fal_paths_cache(name);
}

/* Opens what is kept of path; NULL where that is nothing of use. */
static FalDataset *
open_kept(const char *path, const char *key, FalTask *task)
{
    g_autofree char *file = file_of(path);
    int fd = file ? open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    FalDataset *dataset;

    if (fd < 0)
        return NULL;
    dataset = fal_image_read(fd, path, key, task);
    /* The time says when it was used last. */
    if (dataset)
        (void)futimens(fd, NULL);
    close(fd);
    return dataset;
}

FalDataset *
fal_cache_load(const char *path, FalTask *task, GError **error)
{
    gint64 newest, now = g_get_real_time() / G_USEC_PER_SEC;
    g_autofree char *key = fal_source_key(path, &newest);
    FalDataset *dataset = key ? open_kept(path, key, task) : NULL;

    if (dataset)
        return dataset;
    if (fal_task_stopped(task, error))
        return NULL;
    dataset = fal_dataset_load(path, task, error);
    if (dataset && newest < now - SETTLED)
        dataset->cache_key = g_steal_pointer(&key);
    return dataset;
}

/* --- keeping the folder small --- */

typedef struct {
    char *path;
    gint64 size, used;
} Kept;

static void
kept_clear(gpointer data)
{
    g_free(((Kept *)data)->path);
}

static int
compare_used(gconstpointer a, gconstpointer b)
{
    const Kept *left = a, *right = b;

    return left->used < right->used ? 1 : left->used > right->used ? -1 : 0;
}

static void
tidy_folder(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(Kept));
    const char *name;
    gint64 bytes = 0;

    fal_new_file_sweep(folder, NULL);
    g_array_set_clear_func(kept, kept_clear);
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        struct stat status;

        if (g_str_has_suffix(name, SUFFIX) && lstat(path, &status) == 0) {
            Kept one = {g_steal_pointer(&path), status.st_size,
                        (gint64)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec};

            g_array_append_val(kept, one);
        }
    }
    g_array_sort(kept, compare_used);
    for (guint i = 0; i < kept->len; i++) {
        const Kept *one = &g_array_index(kept, Kept, i);

        bytes += one->size;
        if (i >= MAX_FILES || bytes > MAX_BYTES)
            (void)g_unlink(one->path);
    }
}

/* --- writing --- */

static void
keep(const FalDataset *dataset, FalTask *task)
{
    g_autofree char *path = file_of(dataset->path);
    g_autofree char *folder = path ? g_path_get_dirname(path) : NULL;
    g_autoptr(FalNewFile) file = NULL;
    g_autofree char *key = NULL;
    gint64 newest;

    if (!path)
        return;
    tidy_folder(folder);
    file = fal_new_file(path, 0600, NULL);
    /* What has changed since before it was read is of no use. */
    if (file && fal_image_write(fal_new_file_fd(file), dataset, dataset->cache_key, task) &&
        (key = fal_source_key(dataset->path, &newest)) && strcmp(key, dataset->cache_key) == 0)
        fal_new_file_commit(file, NULL);
    g_clear_pointer(&file, fal_new_file_free);
    tidy_folder(folder);
}

static gpointer
run_writer(gpointer data)
{
    FalCacheWriter *writer = data;

    keep(writer->dataset, writer->task);
    return NULL;
}

FalCacheWriter *
fal_cache_writer_start(FalDataset *dataset, gint64 from)
{
    FalCacheWriter *writer;

    if (!dataset->cache_key || dataset->stats.rows < from)
        return NULL;
    writer = g_new0(FalCacheWriter, 1);
    writer->dataset = fal_dataset_ref(dataset);
    writer->task = fal_task_new();
    writer->thread = g_thread_try_new("cache", run_writer, writer, NULL);
    return writer;
}

void
fal_cache_writer_finish(FalCacheWriter *writer, gboolean cancel)
{
    if (!writer)
        return;
    if (cancel)
        fal_task_cancel(writer->task);
    if (writer->thread)
        g_thread_join(writer->thread);
    fal_dataset_unref(writer->dataset);
    fal_task_unref(writer->task);
    g_free(writer);
}
