/* A result table for programs that read fields: complete, exact, one row a line. Tab-separated
 * values escape what parts them, comma-separated ones are quoted (RFC 4180, lines end in LF).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "render/render.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

typedef struct {
    GString *out;
    gboolean csv;
} Writer;

static void
append_separator(Writer *w)
{
    g_string_append_c(w->out, w->csv ? ',' : '\t');
}

/* Cells may not hold what parts them. */
static void
append_escaped(GString *out, const char *text)
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

/* An empty text is told from what is not known by its quotes, and blanks at the ends are kept
 * by those who strip fields. */
static void
append_quoted(GString *out, const char *text)
{
    gsize n = strlen(text);

    if (n > 0 && !strpbrk(text, "\",\r\n") && *text != ' ' && text[n - 1] != ' ') {
        g_string_append(out, text);
        return;
    }
    g_string_append_c(out, '"');
    for (; *text; text++) {
        if (*text == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
}

static void
append_text(Writer *w, const char *text)
{
    if (w->csv)
        append_quoted(w->out, text);
    else
        append_escaped(w->out, text);
}

static void
append_real(Writer *w, const FalColumn *column, double value)
{
    if (isfinite(value)) {
        g_autofree char *exact = fal_text_exact(value, (column->flags & FAL_COLUMN_FLOAT) != 0);
        g_string_append(w->out, exact);
    }
}

/* The cell's fields: three for an estimate, else one. */
static void
append_cell(Writer *w, const FalColumn *column, const FalCell *cell)
{
    switch (cell->type) {
    case FAL_CELL_NULL:
        for (int i = 0; column->type == FAL_CELL_ESTIMATE && i < 2; i++)
            append_separator(w);
        break;
    case FAL_CELL_INT:
        g_string_append_printf(w->out, "%" G_GINT64_FORMAT, cell->v.integer);
        break;
    case FAL_CELL_REAL:
        append_real(w, column, cell->v.real);
        break;
    case FAL_CELL_TEXT:
        append_text(w, cell->v.text);
        break;
    case FAL_CELL_ESTIMATE:
        append_real(w, column, cell->v.estimate.mean);
        append_separator(w);
        append_real(w, column, cell->v.estimate.low);
        append_separator(w);
        append_real(w, column, cell->v.estimate.high);
        break;
    }
}

static void
append_names(Writer *w, const FalColumn *columns, int n)
{
    for (int c = 0; c < n; c++) {
        const char *name = columns[c].name;
        if (c > 0)
            append_separator(w);
        g_string_append(w->out, name);
        for (int i = 0; columns[c].type == FAL_CELL_ESTIMATE && i < 2; i++) {
            append_separator(w);
            g_string_append_printf(w->out, "%s_%s", name, i ? "high" : "low");
        }
    }
    g_string_append_c(w->out, '\n');
}

static void
append_rows(Writer *w, const FalTable *table)
{
    int n;
    const FalColumn *columns = fal_table_columns(table, &n);
    if (n == 0)
        return;
    append_names(w, columns, n);
    gint64 n_rows = fal_table_n_rows(table);
    for (gint64 row = 0; row < n_rows; row++) {
        for (int c = 0; c < n; c++) {
            if (c > 0)
                append_separator(w);
            append_cell(w, &columns[c], fal_table_cell(table, row, c));
        }
        g_string_append_c(w->out, '\n');
    }
}

static void
append_figures_lines(Writer *w, const FalTable *table)
{
    int n;
    const FalColumn *figures = fal_table_figures(table, &n);
    for (int i = 0; i < n; i++) {
        const FalCell *cell = fal_table_figure(table, i);
        if (cell->type != FAL_CELL_NULL) {
            g_string_append_printf(w->out, "# %s\t", figures[i].name);
            append_cell(w, &figures[i], cell);
            g_string_append_c(w->out, '\n');
        }
    }
}

/* All figures as the only row. */
static void
append_figures_row(Writer *w, const FalTable *table)
{
    int n;
    const FalColumn *figures = fal_table_figures(table, &n);
    if (n == 0)
        return;
    append_names(w, figures, n);
    for (int i = 0; i < n; i++) {
        if (i > 0)
            append_separator(w);
        append_cell(w, &figures[i], fal_table_figure(table, i));
    }
    g_string_append_c(w->out, '\n');
}

static char *
render(const FalTable *table, gboolean csv)
{
    g_return_val_if_fail(table, NULL);
    Writer w = {.out = g_string_new(NULL), .csv = csv};
    int n_columns;
    fal_table_columns(table, &n_columns);
    if (fal_table_prose(table)) {
        g_string_append(w.out, fal_table_prose(table));
    } else {
        append_rows(&w, table);
        if (!csv)
            append_figures_lines(&w, table);
        else if (n_columns == 0)
            append_figures_row(&w, table);
    }
    return g_string_free(w.out, FALSE);
}

char *
fal_render_tsv(const FalTable *table)
{
    return render(table, FALSE);
}

char *
fal_render_csv(const FalTable *table)
{
    return render(table, TRUE);
}
