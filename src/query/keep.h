/* Small text files of yours, such as your artists: each is replaced as a whole, for you alone
 * to read, and one can tell whether another program has done so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_KEEP_H
#define FAL_QUERY_KEEP_H

#include <glib.h>
#include <sys/stat.h>
#include <sys/types.h>

/* What tells one state of a file from another: each is a file of its own. */
typedef struct {
    gboolean there;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec time;
} FalStamp;

FalStamp fal_stamp_of(const char *path);
gboolean fal_stamp_is(const FalStamp *a, const FalStamp *b);

/* Reads a file's lines with fn, which says whether it could take one. What is not there has no
 * lines. FALSE with FAL_ERROR_DATA, which names the file, the line and what it is not (`what`:
 * "an artist's id, its plays and its name, parted by tabs"). */
typedef gboolean (*FalKeepFn)(const char *line, gpointer data);
gboolean fal_keep_read(const char *path, const char *what, FalKeepFn fn, gpointer data,
                       GError **error);
/* Replaces it by a finished one, mode 0600, whose bytes and name are on the disk then. FALSE
 * with errno set, and nothing has changed. */
gboolean fal_keep_write(const char *path, const GString *text);

/* Removes it, and what it is a link to; what is not there is none. FALSE with FAL_ERROR_FAILED.
 * *n goes up by one where there was something. */
gboolean fal_keep_erase(const char *path, int *n, GError **error);
/* Keeps other programs that ask as well from what is in the folder of a file, until
 * fal_keep_unlock(). Waits for them for up to 5 seconds; then FALSE with FAL_ERROR_FAILED.
 * Where the folder knows no locks, or is not there, nothing is kept from anyone. */
gboolean fal_keep_lock(const char *path, int *lock, GError **error);
void fal_keep_unlock(int lock);

/* A number that ends at `stop`, or at the end of the text; NULL where there is none, else what
 * stands behind it. */
const char *fal_keep_number(const char *text, char stop, guint64 most, guint64 *number);

#endif
