/* What a list shows, for elsewhere: to the clipboard, to a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "render/render.h"

/* Bytes that terminals take for their clipboard: some drop what is longer, and say nothing. */
#define CLIPBOARD_BYTES 74000

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
        message = g_strdup_printf(
            "%s rows are too much for a clipboard: w writes them to a file", count);
        fal_app_fail(app, message);
        return;
    }
    fal_term_copy(text);
    message = all ? g_strdup_printf("copied %s row%s", count, n == 1 ? "" : "s")
                  : g_strdup_printf("copied: %s", text);
    fal_app_say(app, message);
}

gboolean
fal_app_write(FalApp *app, const char *path, GError **error)
{
    FalPane *pane = pane_at_hand(app);

    if (!pane) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "there is nothing here to write");
        return FALSE;
    }
    g_autoptr(FalTable) table = fal_rows_table(pane->rows, 0, fal_pane_n(pane));
    FalOutput form = FAL_OUTPUT_TSV;
    fal_output_of_file(path, &form);
    g_autofree char *text = fal_render(table, form, 0);
    if (!fal_file_put(path, text, FALSE, error))
        return FALSE;
    g_autofree char *count = fal_text_count(fal_pane_n(pane));
    g_autofree char *message =
        g_strdup_printf("wrote %s row%s to %s", count, fal_pane_n(pane) == 1 ? "" : "s", path);
    fal_app_say(app, message);
    return TRUE;
}
