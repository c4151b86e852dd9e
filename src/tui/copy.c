/* What a list shows, for elsewhere: to the clipboard, to a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

#include <string.h>

#include "base/error.h"
#include "base/newfile.h"
#include "render/render.h"

/* Bytes that terminals take for their clipboard: some drop what is longer, and say nothing. */
#define CLIPBOARD_BYTES 74000

enum {
    ROWS_AT_ONCE = 10000, /* written before the next key */
    BLOCK_ROWS = 4096,    /* between two looks at whether to stop */
};

static FalPane *
pane_at_hand(FalApp *app)
{
    FalView *view = fal_app_top(app);
    FalPane *pane = view->ops->pane ? view->ops->pane(view) : NULL;

    return pane && pane->rows && fal_pane_n(pane) > 0 ? pane : NULL;
}

/* The line of the values alone. */
static char *
row_line(const FalTable *table)
{
    g_autofree char *text = fal_render_tsv(table);
    const char *line = strchr(text, '\n');

    return line ? g_strchomp(g_strdup(line + 1)) : g_strdup("");
}

void
fal_app_copy(FalApp *app, gboolean all)
{
    FalPane *pane = pane_at_hand(app);
    gint64 n = pane && all ? fal_pane_n(pane) : 1;

    if (!pane) {
        fal_app_say(app, "there is nothing here to copy");
        return;
    }
    /* A row has more than a byte, so there is no need to write out what cannot fit. */
    g_autoptr(FalTable) table =
        fal_rows_table(pane->rows, all ? 0 : pane->list.selected, MIN(n, CLIPBOARD_BYTES));
    g_autofree char *text = all ? fal_render_tsv(table) : row_line(table);
    g_autofree char *count = fal_text_count(n);
    g_autofree char *message = NULL;
    if (strlen(text) > CLIPBOARD_BYTES) {
        g_autofree char *writes = fal_app_keyed(app, "{w|nothing} writes them to a file");
        message = g_strdup_printf("%s rows are too much for a clipboard: %s", count, writes);
        fal_app_fail(app, message);
        return;
    }
    fal_term_copy(text);
    message = all ? g_strdup_printf("copied %s row%s", count, n == 1 ? "" : "s")
                  : g_strdup_printf("copied: %s", text);
    fal_app_say(app, message);
}

/* --- to a file --- */

typedef struct {
    FalAppLink *link;
    char *path;
    FalRows *rows; /* frozen */
} Writing;

static void
writing_free(gpointer data)
{
    Writing *writing = data;

    fal_app_link_unref(writing->link);
    fal_rows_free(writing->rows);
    g_free(writing->path);
    g_free(writing);
}

/* In the form that the path's ending asks for. */
static gboolean
write_table(const FalTable *table, const char *path, GError **error)
{
    FalOutput form = FAL_OUTPUT_TSV;

    fal_output_of_file(path, &form);
    g_autofree char *text = fal_render(table, form, 0);
    return fal_new_file_set(path, 0666, text, -1, error);
}

static void
say_written(FalApp *app, const char *path, gint64 n)
{
    g_autofree char *count = fal_text_count(n);
    g_autofree char *message =
        g_strdup_printf("wrote %s row%s to %s", count, n == 1 ? "" : "s", path);

    fal_app_say(app, message);
}

/* On the job's thread. */
static gpointer
write_rows(FalTask *task, gpointer data, GError **error)
{
    Writing *writing = data;
    gint64 n = fal_rows_n(writing->rows);
    g_autoptr(FalTable) table = fal_rows_table(writing->rows, 0, 0);

    fal_task_stage(task, "writing", (double)n);
    for (gint64 i = 0; i < n; i += BLOCK_ROWS) {
        if (fal_task_stopped(task, error))
            return NULL;
        fal_rows_put(writing->rows, i, BLOCK_ROWS, table);
        fal_task_advance(task, (double)MIN(n, i + BLOCK_ROWS));
    }
    return write_table(table, writing->path, error) ? writing : NULL;
}

static void
on_written(gpointer result, const GError *error, gpointer data)
{
    Writing *writing = data;
    FalApp *app = writing->link->app;

    if (app && result)
        say_written(app, writing->path, fal_rows_n(writing->rows));
    else if (app && g_error_matches(error, FAL_ERROR, FAL_ERROR_CANCELLED))
        fal_app_say(app, "stopped: nothing was written");
    else if (app)
        fal_app_fail(app, error->message);
}

/* A short list is written at once, while a job runs as well; a long one is a job of its own. */
gboolean
fal_app_write(FalApp *app, const char *path, GError **error)
{
    FalPane *pane = pane_at_hand(app);

    if (!pane) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "there is nothing here to write");
        return FALSE;
    }
    gint64 n = fal_pane_n(pane);
    FalRows *frozen = n > ROWS_AT_ONCE ? fal_rows_frozen(pane->rows) : NULL;
    if (frozen) {
        Writing *writing = g_new0(Writing, 1);
        *writing = (Writing){fal_app_link_ref(app->link), g_strdup(path), frozen};
        return fal_session_start(app->session, "write", write_rows, on_written, writing,
                                 writing_free, error);
    }
    g_autoptr(FalTable) table = fal_rows_table(pane->rows, 0, n);
    if (!write_table(table, path, error))
        return FALSE;
    say_written(app, path, n);
    return TRUE;
}
