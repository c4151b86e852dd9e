/* Where a command's answer goes: COMMAND > FILE, COMMAND >> FILE, COMMAND | PROGRAM.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_REDIRECT_H
#define FAL_QUERY_REDIRECT_H

#include <glib.h>

typedef enum {
    FAL_TO_SCREEN, /* nothing is said: where answers go anyway */
    FAL_TO_FILE,
    FAL_TO_FILE_END, /* added to it */
    FAL_TO_PROGRAM,
} FalTarget;

typedef struct {
    char *command; /* the line up to the mark */
    FalTarget target;
    char *tail; /* the rest of it, "> FILE"; NULL where there is none */
    char *name; /* of the file, a leading ~/ resolved; or the program's command line, for the
                   shell */
} FalRedirect;

/* Where that word stands; the end of the line where there is none. */
gsize fal_redirect_mark(const char *line);
/* Splits a line at its first word that begins with > or |, unless that is quoted. Always fills
 * out (command is all of the line where something is wrong). FALSE with FAL_ERROR_USAGE where
 * the mark is followed by nothing; *at, *n: the bytes of line at fault. */
gboolean fal_redirect_parse(const char *line, FalRedirect *out, gsize *at, gsize *n,
                            GError **error);
void fal_redirect_clear(FalRedirect *redirect);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FalRedirect, fal_redirect_clear)

#endif
