/* A result table as one line for each cell: for rows that are wider than any terminal.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "render/render.h"

#include "base/text.h"

static int
widest_name(const FalColumn *columns, int n, int least)
{
    for (int c = 0; c < n; c++)
        least = MAX(least, fal_text_width(columns[c].name));
    return least;
}

static void
append_line(GString *out, const FalColumn *column, const FalCell *cell, int width)
{
    g_autofree char *name = fal_text_fit(column->name, width, FAL_ALIGN_LEFT);
    g_autofree char *value =
        cell->type == FAL_CELL_NULL ? g_strdup("-") : fal_render_cell(column, cell);
    g_autofree char *safe = fal_text_safe(value);

    g_string_append_printf(out, "%s  %s\n", name, safe);
}

char *
fal_render_line(const FalTable *table)
{
    int n, n_figures;
    const FalColumn *columns = fal_table_columns(table, &n);
    const FalColumn *figures = fal_table_figures(table, &n_figures);
    int width = widest_name(figures, n_figures, widest_name(columns, n, 0));

    if (fal_table_prose(table))
        return fal_render_text(table, 0);
    GString *out = g_string_new(NULL);
    for (gint64 row = 0; n > 0 && row < fal_table_n_rows(table); row++) {
        if (row > 0)
            g_string_append_c(out, '\n');
        for (int c = 0; c < n; c++)
            append_line(out, &columns[c], fal_table_cell(table, row, c), width);
    }
    if (n > 0 && fal_table_n_rows(table) == 0)
        g_string_append(out, "(nothing)\n");
    if (n > 0 && n_figures > 0)
        g_string_append_c(out, '\n');
    for (int i = 0; i < n_figures; i++)
        if (fal_table_figure(table, i)->type != FAL_CELL_NULL)
            append_line(out, &figures[i], fal_table_figure(table, i), width);
    return g_string_free(out, FALSE);
}
