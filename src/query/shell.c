/* What is kept of the lines that were typed (see shell.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/shell.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

void
fal_shell_clear(FalShell *shell)
{
    g_clear_pointer(&shell->history, fal_typed_free);
    g_clear_pointer(&shell->last, fal_table_free);
    g_clear_pointer(&shell->log, g_free);
    g_clear_pointer(&shell->source, g_free);
}

/* Opened anew for each line: a log is complete whenever one looks, and may be moved away. */
static gboolean
append(const char *path, const char *text)
{
    FILE *file = fopen(path, "ae");
    int failed = !file || fputs(text, file) == EOF;
    int saved = errno;

    if (file && fclose(file) == EOF && !failed) {
        failed = 1;
        saved = errno;
    }
    errno = saved;
    return !failed;
}

gboolean
fal_shell_log(FalShell *shell, const char *path, GError **error)
{
    if (path && !append(path, "")) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "cannot write the log %s: %s", path,
                    g_strerror(errno));
        return FALSE;
    }
    g_free(shell->log);
    shell->log = g_strdup(path);
    return TRUE;
}

void
fal_shell_note(FalShell *shell, const char *line, const char *tail, const GError *failure)
{
    if (!shell->log)
        return;
    g_autofree char *why = failure ? fal_text_safe(failure->message) : NULL;
    g_autofree char *whole = g_strchomp(g_strdup(line));
    g_autofree char *run = tail ? g_strconcat(whole, " ", tail, NULL) : g_strdup(line);
    g_autofree char *text = failure ? g_strdup_printf("# failed: %s (%s)\n", run, why)
                                    : g_strconcat(run, "\n", NULL);
    if (!append(shell->log, text))
        g_clear_pointer(&shell->log, g_free);
}

static gboolean
has_something(const FalTable *table)
{
    int n_figures;

    fal_table_figures(table, &n_figures);
    if (fal_table_n_rows(table) > 0)
        return TRUE;
    for (int i = 0; i < n_figures; i++)
        if (fal_table_figure(table, i)->type != FAL_CELL_NULL)
            return TRUE;
    return FALSE;
}

void
fal_shell_keep(FalShell *shell, FalTable *table)
{
    if (!has_something(table)) {
        fal_table_free(table);
        return;
    }
    g_clear_pointer(&shell->last, fal_table_free);
    shell->last = table;
}
