/* Writing files, so that nothing is ever half there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_BASE_FILE_H
#define FAL_BASE_FILE_H

#include <glib.h>

/* Writes text to a file: in place of what a regular file held, all or nothing and on the disk when
 * it is back; or at its end. What is no regular file (/dev/null, a named pipe) is written to as it
 * is. FALSE with FAL_ERROR_FAILED naming path. */
gboolean fal_file_put(const char *path, const char *text, gboolean at_end, GError **error);

#endif
