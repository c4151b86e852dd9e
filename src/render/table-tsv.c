/* A result table for programs that read lines: complete, exact, one row a line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "render/render.h"

#include <math.h>

#include "base/text.h"

/* Cells may not hold what parts them. */
static void
append_text(GString *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '\t':
            g_string_append(out, "\\t");
            break;
        case '\r':
            g_string_append(out, "\\r");
            break;
        case '\n':
            g_string_append(out, "\\n");
            break;
        case '\\':
            g_string_append(out, "\\\\");
            break;
        default:
            g_string_append_c(out, *text);
        }
    }
}

static void
append_real(GString *out, const FalColumn *column, double value)
{
    if (isfinite(value)) {
        g_autofree char *exact = fal_text_exact(value, (column->flags & FAL_COLUMN_FLOAT) != 0);
        g_string_append(out, exact);
    }
}

/* The cell's fields: three for an estimate, else one. */
static void
append_cell(GString *out, const FalColumn *column, const FalCell *cell)
{
    switch (cell->type) {
    case FAL_CELL_NULL:
        g_string_append(out, column->type == FAL_CELL_ESTIMATE ? "\t\t" : "");
        break;
    case FAL_CELL_INT:
        g_string_append_printf(out, "%" G_GINT64_FORMAT, cell->v.integer);
        break;
    case FAL_CELL_REAL:
        append_real(out, column, cell->v.real);
        break;
    case FAL_CELL_TEXT:
        append_text(out, cell->v.text);
        break;
    case FAL_CELL_ESTIMATE:
        append_real(out, column, cell->v.estimate.mean);
        g_string_append_c(out, '\t');
        append_real(out, column, cell->v.estimate.low);
        g_string_append_c(out, '\t');
        append_real(out, column, cell->v.estimate.high);
        break;
    }
}

static void
append_names(GString *out, const FalColumn *columns, int n)
{
    for (int c = 0; c < n; c++) {
        const char *name = columns[c].name;
        g_string_append(out, c > 0 ? "\t" : "");
        g_string_append(out, name);
        if (columns[c].type == FAL_CELL_ESTIMATE)
            g_string_append_printf(out, "\t%s_low\t%s_high", name, name);
    }
    g_string_append_c(out, '\n');
}

static void
append_rows(GString *out, const FalTable *table)
{
    int n;
    const FalColumn *columns = fal_table_columns(table, &n);
    if (n == 0)
        return;
    append_names(out, columns, n);
    gint64 n_rows = fal_table_n_rows(table);
    for (gint64 row = 0; row < n_rows; row++) {
        for (int c = 0; c < n; c++) {
            g_string_append(out, c > 0 ? "\t" : "");
            append_cell(out, &columns[c], fal_table_cell(table, row, c));
        }
        g_string_append_c(out, '\n');
    }
}

static void
append_figures_lines(GString *out, const FalTable *table)
{
    int n;
    const FalColumn *figures = fal_table_figures(table, &n);
    for (int i = 0; i < n; i++) {
        const FalCell *cell = fal_table_figure(table, i);
        if (cell->type != FAL_CELL_NULL) {
            g_string_append_printf(out, "# %s\t", figures[i].name);
            append_cell(out, &figures[i], cell);
            g_string_append_c(out, '\n');
        }
    }
}

char *
fal_render_tsv(const FalTable *table)
{
    g_return_val_if_fail(table, NULL);
    GString *out = g_string_new(NULL);
    if (fal_table_prose(table)) {
        g_string_append(out, fal_table_prose(table));
        return g_string_free(out, FALSE);
    }
    append_rows(out, table);
    append_figures_lines(out, table);
    return g_string_free(out, FALSE);
}
