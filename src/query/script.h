/* The lines of a file of commands: a script, the user's own commands, what `source` names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_SCRIPT_H
#define FAL_QUERY_SCRIPT_H

#include <glib.h>

typedef struct FalScript FalScript;

/* "-" is standard input. NULL with FAL_ERROR_USAGE where it cannot be read. */
FalScript *fal_script_open(const char *path, GError **error);
void fal_script_close(FalScript *script);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalScript, fal_script_close)

/* The next line, without its end; borrowed until the next call. NULL at the end, and with an
 * error where what follows is no text, a line is too long to be a command (a device would go on
 * for ever) or reading fails. */
const char *fal_script_next(FalScript *script, GError **error);
/* "tour.fal:3", the line that came last; borrowed until the next call. */
const char *fal_script_where(FalScript *script);

#endif
