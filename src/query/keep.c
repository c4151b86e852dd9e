/* Small text files of yours (see keep.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/newfile.h"
#include "base/text.h"

enum {
    SHOWN_BYTES = 40, /* of a line that cannot be read */
    TRIES = 500,      /* for a lock */
    TRY_EVERY = 10000 /* microseconds */
};

FalStamp
fal_stamp_of(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return (FalStamp){.there = FALSE};
    return (FalStamp){TRUE, st.st_dev, st.st_ino, st.st_size, st.st_mtim};
}

gboolean
fal_stamp_is(const FalStamp *a, const FalStamp *b)
{
    if (!a->there || !b->there)
        return a->there == b->there;
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->time.tv_sec == b->time.tv_sec && a->time.tv_nsec == b->time.tv_nsec;
}

/* --- reading --- */

const char *
fal_keep_number(const char *text, char stop, guint64 most, guint64 *number)
{
    char *end;

    if (!g_ascii_isdigit(*text))
        return NULL;
    errno = 0;
    *number = g_ascii_strtoull(text, &end, 10);
    if (errno || *number > most || (*end && *end != stop))
        return NULL;
    return *end ? end + 1 : end;
}

static void
set_broken(const char *path, gsize number, const char *line, const char *what, GError **error)
{
    g_autofree char *safe = fal_text_clean(line);
    gboolean cut = fal_text_width(safe) > SHOWN_BYTES;
    gsize n = fal_text_prefix(safe, SHOWN_BYTES, NULL);

    g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                "%s, line %" G_GSIZE_FORMAT
                ": \"%.*s%s\" is not %s: mend the line, or move the file away to begin anew",
                path, number, (int)n, safe, cut ? "..." : "", what);
}

gboolean
fal_keep_read(const char *path, const char *what, FalKeepFn fn, gpointer data, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *text = NULL;
    gsize n_bytes;

    if (!g_file_get_contents(path, &text, &n_bytes, &why)) {
        if (g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
            g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
            return TRUE;
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    "your artists cannot be read: %s; move that away to begin anew",
                    why->message);
        return FALSE;
    }
    /* A zero byte ends the text for us, and what stands behind it must not be lost. */
    gboolean cut = strlen(text) < n_bytes;
    /* Editors of Windows begin with a mark that nobody sees. */
    char *line = g_str_has_prefix(text, "\xef\xbb\xbf") ? text + 3 : text;
    for (gsize number = 1; line; number++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        if (!*line && !end && !cut)
            break;
        if ((!end && cut) || !g_utf8_validate(line, -1, NULL) || !fn(line, data)) {
            set_broken(path, number, line, what, error);
            return FALSE;
        }
        line = end ? end + 1 : NULL;
    }
    return TRUE;
}

gboolean
fal_keep_write(const char *path, const GString *text)
{
    return fal_new_file_set(path, 0600, text->str, (gssize)text->len, NULL);
}

/* Also what a link leads to: the file is written through it. */
gboolean
fal_keep_erase(const char *path, int *n, GError **error)
{
    char *target = realpath(path, NULL);
    gboolean ok = !target || g_unlink(target) == 0;
    int why = ok ? 0 : errno;

    free(target);
    if (ok && g_unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR) {
        ok = FALSE;
        why = errno;
    }
    *n += target != NULL;
    if (!ok)
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "%s cannot be removed: %s; remove it by hand", path, g_strerror(why));
    return ok;
}

/* --- locks --- */

gboolean
fal_keep_lock(const char *path, int *lock, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    gboolean waits = TRUE;

    *lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; *lock >= 0 && waits && i < TRIES; i++) {
        waits =
            flock(*lock, LOCK_EX | LOCK_NB) != 0 && (errno == EWOULDBLOCK || errno == EINTR);
        if (waits)
            g_usleep(TRY_EVERY);
    }
    if (*lock >= 0 && waits) {
        fal_keep_unlock(*lock);
        *lock = -1;
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "another program is changing what is in %s, and does not end: nothing was "
                    "changed, try again",
                    folder);
        return FALSE;
    }
    return TRUE;
}

void
fal_keep_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}
