/* The cache folder: a file for each path that was loaded.
 *
 * A file is written under a name of its own, locked meanwhile, and renamed when it is whole and
 * on the disk: what has its final name is complete, and what is not locked under another one
 * belongs to a writer that was killed. It is written by a thread of this program and not by a
 * process that stays behind: a program that has ended should have ended. So the face that wants
 * the file written waits for it at its end (fal_cache_writer_finish()).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/cache.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/paths.h"
#include "data/dataset-private.h"
#include "data/image.h"

#define SUFFIX ".data"
#define PART   ".part" /* of a file that is being written */
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

/* Removes a file that is being written where nobody writes it any more. */
static void
remove_if_left(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        (void)g_unlink(path);
    close(fd);
}

static void
tidy_folder(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(Kept));
    const char *name;
    gint64 bytes = 0;

    g_array_set_clear_func(kept, kept_clear);
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        struct stat status;

        if (g_str_has_suffix(name, PART)) {
            remove_if_left(path);
        } else if (g_str_has_suffix(name, SUFFIX) && lstat(path, &status) == 0) {
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

/* A new file beside `file`, locked; *path is its name. */
static int
open_new(const char *file, char **path)
{
    int fd;

    *path = g_strdup_printf("%s.%08x" PART, file, g_random_int());
    fd = open(*path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Puts the folder's own list of files on the disk. */
static void
sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);

    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

static void
keep(const FalDataset *dataset, FalTask *task)
{
    g_autofree char *file = file_of(dataset->path);
    g_autofree char *folder = file ? g_path_get_dirname(file) : NULL;
    g_autofree char *path = NULL;
    g_autofree char *key = NULL;
    gint64 newest;
    int fd;

    if (!file)
        return;
    tidy_folder(folder);
    fd = open_new(file, &path);
    if (fd < 0)
        return;
    /* What has changed since before it was read is of no use. */
    if (fal_image_write(fd, dataset, dataset->cache_key, task) &&
        (key = fal_source_key(dataset->path, &newest)) &&
        strcmp(key, dataset->cache_key) == 0 && g_rename(path, file) == 0)
        sync_folder(folder);
    else
        (void)g_unlink(path);
    close(fd);
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
