/* Files that are written as one: a reader sees what was there before or all of the new one,
 * whatever happens meanwhile.
 *
 * The bytes go to a name of their own beside the file, are brought to the disk, and take the
 * file's name then. What cannot be replaced (a device, a pipe) is written to as it is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_BASE_NEWFILE_H
#define FAL_BASE_NEWFILE_H

#include <glib.h>

typedef struct FalNewFile FalNewFile;

/* Begins a file; mode is that of a new one (less the umask), an old one's is kept, and a
 * symbolic link stays one. What killed writers of the same file left is removed. All errors
 * here are FAL_ERROR_FAILED: "cannot write PATH: WHY", and errno has the reason as well. */
FalNewFile *fal_new_file(const char *path, int mode, GError **error);
/* Removes what was not committed. file may be NULL. */
void fal_new_file_free(FalNewFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalNewFile, fal_new_file_free)

/* Adds n bytes. */
gboolean fal_new_file_write(FalNewFile *file, gconstpointer bytes, gsize n, GError **error);
gboolean fal_new_file_puts(FalNewFile *file, const char *text, GError **error);
/* How many bytes there are so far. */
gint64 fal_new_file_size(const FalNewFile *file);
/* Where who writes by himself, with pwrite(), does so. */
int fal_new_file_fd(const FalNewFile *file);
/* Brings it to the disk: no more than its name can go wrong then. For files that belong
 * together; fal_new_file_commit() does it, too. */
gboolean fal_new_file_finish(FalNewFile *file, GError **error);
/* Brings it to the disk and gives it its name. */
gboolean fal_new_file_commit(FalNewFile *file, GError **error);

/* All of it at once: n bytes, or a text where n is -1. */
gboolean fal_new_file_set(const char *path, int mode, const char *bytes, gssize n,
                          GError **error);

/* Adds text to the end of a file, which is made where it is missing. */
gboolean fal_new_file_add(const char *path, int mode, const char *text, GError **error);

/* Removes what this program has not finished: for its end, whatever threads write meanwhile,
 * and for handlers of signals. */
void fal_new_file_remove_unfinished(void);
/* Removes from folder what killed writers left: of one file, or of any where base is NULL. */
void fal_new_file_sweep(const char *folder, const char *base);

#endif
