/* A result table as one line of JSON.
 *
 * json-glib does the strings. It does not do the numbers: it prints a double with 17 digits,
 * 0.94 as 0.93999999999999995, where the shortest decimal that reads back the same is meant. So
 * the document is put together here.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "render/render.h"

#include <math.h>

#include <json-glib/json-glib.h>

#include "base/text.h"

char *
fal_render_json_string(const char *text)
{
    g_autoptr(JsonNode) node = json_node_init_string(json_node_alloc(), text);

    return json_to_string(node, FALSE);
}

static void
append_string(GString *out, const char *text)
{
    g_autofree char *quoted = fal_render_json_string(text);

    g_string_append(out, quoted);
}

/* Begins a field. Names come from the command table: plain words that need no escaping. */
static void
append_field(GString *out, const char *name, const char *suffix)
{
    g_string_append(out, out->str[out->len - 1] == '{' ? "\"" : ",\"");
    g_string_append(out, name);
    g_string_append(out, suffix);
    g_string_append(out, "\":");
}

/* "null" for what is no number. */
static void
append_real(GString *out, const FalColumn *column, double value)
{
    g_autofree char *exact = fal_text_exact(value, (column->flags & FAL_COLUMN_FLOAT) != 0);
    g_string_append(out, exact);
}

static void
append_estimate(GString *out, const FalColumn *column, const FalCell *cell)
{
    gboolean known = cell->type == FAL_CELL_ESTIMATE;
    append_field(out, column->name, "");
    append_real(out, column, known ? cell->v.estimate.mean : NAN);
    append_field(out, column->name, "_low");
    append_real(out, column, known ? cell->v.estimate.low : NAN);
    append_field(out, column->name, "_high");
    append_real(out, column, known ? cell->v.estimate.high : NAN);
}

/* The cell's fields, with their names: three for an estimate, else one. */
static void
append_cell(GString *out, const FalColumn *column, const FalCell *cell)
{
    if (column->type == FAL_CELL_ESTIMATE) {
        append_estimate(out, column, cell);
        return;
    }
    append_field(out, column->name, "");
    switch (cell->type) {
    case FAL_CELL_INT:
        g_string_append_printf(out, "%" G_GINT64_FORMAT, cell->v.integer);
        break;
    case FAL_CELL_REAL:
        append_real(out, column, cell->v.real);
        break;
    case FAL_CELL_TEXT:
        append_string(out, cell->v.text);
        break;
    case FAL_CELL_NULL:
    case FAL_CELL_ESTIMATE:
        g_string_append(out, "null");
        break;
    }
}

static void
append_rows(GString *out, const FalTable *table)
{
    int n;
    const FalColumn *columns = fal_table_columns(table, &n);
    gint64 n_rows = fal_table_n_rows(table);
    for (gint64 row = 0; row < n_rows; row++) {
        g_string_append(out, row > 0 ? ",{" : "{");
        for (int c = 0; c < n; c++)
            append_cell(out, &columns[c], fal_table_cell(table, row, c));
        g_string_append_c(out, '}');
    }
}

char *
fal_render_json(const FalTable *table)
{
    g_return_val_if_fail(table, NULL);
    int n;
    const FalColumn *figures = fal_table_figures(table, &n);
    GString *out = g_string_new("{");
    append_field(out, "command", "");
    append_string(out, fal_table_command(table));
    append_field(out, "rows", "");
    g_string_append_c(out, '[');
    append_rows(out, table);
    g_string_append_c(out, ']');
    for (int i = 0; i < n; i++)
        append_cell(out, &figures[i], fal_table_figure(table, i));
    g_string_append(out, "}\n");
    return g_string_free(out, FALSE);
}
