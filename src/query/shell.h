/* What a session keeps of the lines that were typed: their history, the last answer, the log,
 * and what was asked of the face that runs them. Main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_SHELL_H
#define FAL_QUERY_SHELL_H

#include "query/typed.h"
#include "query/table.h"

typedef struct {
    FalTyped *history; /* NULL in scripts: they keep none */
    FalTable *last;    /* the last answer that had something in it, or NULL */
    char *log;         /* the file that commands are written to, or NULL */
    char *source;      /* a file of commands to run next, or NULL */
    gboolean screens;  /* the screens are asked for */
} FalShell;

void fal_shell_clear(FalShell *shell);

/* Begins a log: path is made where it is missing, and added to. FALSE with FAL_ERROR_FAILED
 * where it cannot be written. NULL ends the log. */
gboolean fal_shell_log(FalShell *shell, const char *path, GError **error);
/* Writes a line that was run into the log, with what stood behind it (NULL: nothing), one that
 * failed as a comment. A log that cannot be written any more ends. */
void fal_shell_note(FalShell *shell, const char *line, const char *tail, const GError *failure);

/* Keeps an answer as the last one; takes table. */
void fal_shell_keep(FalShell *shell, FalTable *table);

#endif
