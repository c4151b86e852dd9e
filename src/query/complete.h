/* Completion of a command line by what is expected at the cursor: verbs, settings and their
 * values, artists (most listened first), users, files. Both faces use it. Main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_COMPLETE_H
#define FAL_QUERY_COMPLETE_H

#include "query/session.h"

typedef struct {
    gsize start;      /* bytes of the line that candidates replace: start .. cursor */
    char **candidate; /* whole replacements, NULL-terminated; at most 200 */
    gboolean files;   /* files are expected: let the face's own completion do it */
} FalCompletion;

void fal_complete(FalSession *session, const char *line, gsize cursor, FalCompletion *out);
void fal_completion_clear(FalCompletion *completion);
/* The files that a path being typed may mean, as words of a line, folders with a slash behind.
 * Free with g_strfreev(). */
char **fal_complete_files(const char *typed);
/* The lines that line may become, its last word completed, files included: for a shell, in
 * which all of it is one word. Free with g_strfreev(). */
char **fal_complete_lines(FalSession *session, const char *line);
/* What may follow, for a grey hint: " [n=10]"; NULL for nothing. Free with g_free(). */
char *fal_complete_hint(FalSession *session, const char *line);

#endif
