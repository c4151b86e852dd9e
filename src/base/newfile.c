/* Files that are written as one (see newfile.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define BUFFER ((gsize)256 << 10)
#define PART   ".part"

/* The names of unfinished files. A handler of a signal may look at them at any time, so they
 * are no memory that is freed; those for which there is no place are left to the next writer.
 */
static struct {
    gint taken, there; /* atomic */
    char path[PATH_MAX];
} unfinished[16];

struct FalNewFile {
    int place; /* in unfinished, -1: none */
    gboolean finished;
    char *path; /* where it goes, links followed */
    char *part; /* its name meanwhile; NULL where it is written in place */
    int fd;
    int mode; /* of the file that it replaces, -1 where there is none */
    gint64 size;
    char *buffer;
    gsize used;
};

static gboolean
fail(const char *path, int why, GError **error)
{
    g_autofree char *shown = g_filename_display_name(path);

    g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "cannot write %s: %s", shown,
                g_strerror(why));
    errno = why;
    return FALSE;
}

static int
enter(const char *part)
{
    for (int i = 0; strlen(part) < PATH_MAX && i < (int)G_N_ELEMENTS(unfinished); i++) {
        if (!g_atomic_int_compare_and_exchange(&unfinished[i].taken, FALSE, TRUE))
            continue;
        strcpy(unfinished[i].path, part);
        g_atomic_int_set(&unfinished[i].there, TRUE);
        return i;
    }
    return -1;
}

static void
leave(int place)
{
    if (place < 0)
        return;
    g_atomic_int_set(&unfinished[place].there, FALSE);
    g_atomic_int_set(&unfinished[place].taken, FALSE);
}

void
fal_new_file_remove_unfinished(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(unfinished); i++)
        if (g_atomic_int_get(&unfinished[i].there))
            (void)unlink(unfinished[i].path);
}

/* What path leads to, so that the file is replaced and not the link. */
static char *
follow(const char *path)
{
    char *real = realpath(path, NULL);
    char *copy = g_strdup(real ? real : path);

    free(real);
    return copy;
}

/* Whether name is that of an unfinished file of base: ".BASE.XXXXXXXX.part". */
static gboolean
is_part_of(const char *name, const char *base)
{
    if (!base)
        return name[0] == '.' && g_str_has_suffix(name, PART);
    gsize n = strlen(base);

    return name[0] == '.' && g_str_has_prefix(name + 1, base) && name[n + 1] == '.' &&
           strlen(name) == n + 2 + 8 + strlen(PART) && g_str_has_suffix(name, PART);
}

/* Removes an unfinished file where nobody writes it any more. */
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

void
fal_new_file_sweep(const char *folder, const char *base)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (is_part_of(name, base))
            remove_if_left(path);
    }
}

/* A new file beside the one to come, locked. Whoever looks for what is left may take it for
 * that before it is: then there is another one. */
static gboolean
open_part(FalNewFile *file, int mode)
{
    g_autofree char *folder = g_path_get_dirname(file->path);
    g_autofree char *base = g_path_get_basename(file->path);
    struct stat status;

    fal_new_file_sweep(folder, base);
    for (int tries = 0; tries < 100; tries++) {
        g_autofree char *name = g_strdup_printf(".%s.%08x" PART, base, g_random_int());
        g_autofree char *part = g_build_filename(folder, name, NULL);

        file->fd =
            open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
        if (file->fd < 0 && errno == EEXIST)
            continue;
        if (file->fd < 0)
            return FALSE;
        /* Where a file system knows no locks nobody takes it for left either. */
        if ((flock(file->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) &&
            fstat(file->fd, &status) == 0 && status.st_nlink > 0) {
            file->part = g_steal_pointer(&part);
            file->place = enter(file->part);
            return TRUE;
        }
        close(file->fd);
        file->fd = -1;
        errno = EBUSY;
    }
    return FALSE;
}

FalNewFile *
fal_new_file(const char *path, int mode, GError **error)
{
    g_autoptr(FalNewFile) file = g_new0(FalNewFile, 1);
    struct stat status;
    gboolean there;

    file->fd = file->place = -1;
    file->path = follow(path);
    there = stat(file->path, &status) == 0;
    file->mode = there ? (int)(status.st_mode & 07777) : -1;
    if (there && S_ISDIR(status.st_mode)) {
        fail(path, EISDIR, error);
        return NULL;
    }
    if (there && !S_ISREG(status.st_mode))
        file->fd = open(file->path, O_WRONLY | O_CLOEXEC);
    /* Replacing a file takes the folder's permission; its own says that it is to stay. */
    else if (!there || access(file->path, W_OK) == 0)
        open_part(file, mode);
    if (file->fd < 0) {
        fail(path, errno, error);
        return NULL;
    }
    file->buffer = g_malloc(BUFFER);
    return g_steal_pointer(&file);
}

void
fal_new_file_free(FalNewFile *file)
{
    int why = errno;

    if (!file)
        return;
    if (file->part)
        (void)g_unlink(file->part);
    leave(file->place);
    if (file->fd >= 0)
        close(file->fd);
    g_free(file->part);
    g_free(file->path);
    g_free(file->buffer);
    g_free(file);
    errno = why;
}

static gboolean
write_all(FalNewFile *file, const char *bytes, gsize n, GError **error)
{
    while (n > 0) {
        ssize_t done = write(file->fd, bytes, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return fail(file->path, done < 0 ? errno : EIO, error);
        bytes += done;
        n -= (gsize)done;
    }
    return TRUE;
}

static gboolean
flush(FalNewFile *file, GError **error)
{
    gsize n = file->used;

    file->used = 0;
    return write_all(file, file->buffer, n, error);
}

gboolean
fal_new_file_write(FalNewFile *file, gconstpointer bytes, gsize n, GError **error)
{
    if (file->used + n > BUFFER && !flush(file, error))
        return FALSE;
    file->size += (gint64)n;
    if (n > BUFFER)
        return write_all(file, bytes, n, error);
    if (n > 0)
        memcpy(file->buffer + file->used, bytes, n);
    file->used += n;
    return TRUE;
}

gboolean
fal_new_file_puts(FalNewFile *file, const char *text, GError **error)
{
    return fal_new_file_write(file, text, strlen(text), error);
}

int
fal_new_file_fd(const FalNewFile *file)
{
    return file->fd;
}

gint64
fal_new_file_size(const FalNewFile *file)
{
    return file->size;
}

/* So that the new name, too, is on the disk. Where a folder cannot be brought there, as on some
 * file systems, the file is whole all the same. */
static void
sync_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int ignored;

    if (fd < 0)
        return;
    ignored = fsync(fd);
    (void)ignored;
    close(fd);
}

gboolean
fal_new_file_finish(FalNewFile *file, GError **error)
{
    if (file->finished)
        return TRUE;
    if (!flush(file, error))
        return FALSE;
    if (file->part && ((file->mode >= 0 && fchmod(file->fd, (mode_t)file->mode) != 0) ||
                       fsync(file->fd) != 0))
        return fail(file->path, errno, error);
    file->finished = TRUE;
    return TRUE;
}

gboolean
fal_new_file_commit(FalNewFile *file, GError **error)
{
    int fd;

    if (!fal_new_file_finish(file, error))
        return FALSE;
    if (file->part && g_rename(file->part, file->path) != 0)
        return fail(file->path, errno, error);
    leave(file->place);
    file->place = -1;
    if (file->part)
        sync_folder(file->path);
    g_clear_pointer(&file->part, g_free);
    fd = file->fd;
    file->fd = -1;
    return close(fd) == 0 || fail(file->path, errno, error);
}

gboolean
fal_new_file_set(const char *path, int mode, const char *bytes, gssize n, GError **error)
{
    g_autoptr(FalNewFile) file = fal_new_file(path, mode, error);

    return file && fal_new_file_write(file, bytes, n < 0 ? strlen(bytes) : (gsize)n, error) &&
           fal_new_file_commit(file, error);
}

gboolean
fal_new_file_add(const char *path, int mode, const char *text, GError **error)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode);
    gsize n = strlen(text);

    if (fd < 0)
        return fail(path, errno, error);
    while (n > 0) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            int why = errno;
            close(fd);
            return fail(path, why, error);
        }
        text += done;
        n -= (gsize)done;
    }
    return close(fd) == 0 || fail(path, errno, error);
}
