/* A result table as Markdown: for papers, notes and issues.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "render/render.h"

/* A cell ends at a bar, and the lines of a table end where lines do. */
static void
append_text(GString *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|' || *text == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, (guchar)*text < ' ' ? ' ' : *text);
    }
}

static void
append_cells(GString *out, const FalTable *table, gint64 row)
{
    int n;
    const FalColumn *columns = fal_table_columns(table, &n);

    for (int c = 0; c < n; c++) {
        const FalCell *cell = fal_table_cell(table, row, c);
        g_autofree char *text =
            cell->type == FAL_CELL_NULL ? g_strdup("") : fal_render_cell(&columns[c], cell);
        g_string_append(out, c > 0 ? " | " : "| ");
        append_text(out, text);
    }
    g_string_append(out, " |\n");
}

static void
append_head(GString *out, const FalColumn *columns, int n)
{
    for (int c = 0; c < n; c++)
        g_string_append_printf(out, "%s%s", c > 0 ? " | " : "| ", columns[c].name);
    g_string_append(out, " |\n");
    for (int c = 0; c < n; c++)
        g_string_append(out, columns[c].type == FAL_CELL_TEXT ? "| --- " : "| --: ");
    g_string_append(out, "|\n");
}

char *
fal_render_markdown(const FalTable *table)
{
    GString *out = g_string_new(fal_table_prose(table));
    int n, n_figures;
    const FalColumn *columns = fal_table_columns(table, &n);
    const FalColumn *figures = fal_table_figures(table, &n_figures);

    if (out->len > 0)
        return g_string_free(out, FALSE);
    if (n > 0)
        append_head(out, columns, n);
    for (gint64 row = 0; n > 0 && row < fal_table_n_rows(table); row++)
        append_cells(out, table, row);
    for (int i = 0, told = 0; i < n_figures; i++) {
        const FalCell *cell = fal_table_figure(table, i);
        if (cell->type == FAL_CELL_NULL)
            continue;
        g_autofree char *text = fal_render_cell(&figures[i], cell);
        g_string_append_printf(out, "%s- %s: ", told++ == 0 && n > 0 ? "\n" : "",
                               figures[i].name);
        append_text(out, text);
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}
