/* Result tables: columns that the command table describes, cells that a command fills in.
 *
 * Cells lie row by row in one array. A row begins with all its cells NULL, so a command that
 * stops early leaves nothing undefined behind. Every cell is checked against its column's type:
 * what is rendered, and what is promised as JSON, cannot drift from the description.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "query/table.h"

#include <math.h>

typedef struct {
    FalSubject kind;
    gint32 row;
} Subject;

struct FalTable {
    char *command;
    const FalColumn *columns;
    int n_columns;
    const FalColumn *figures;
    int n_figures;
    GArray *cells;    /* FalCell, n_rows x n_columns */
    GArray *subjects; /* Subject, one a row */
    int filled;       /* cells given to the last row so far */
    FalCell *figure;  /* n_figures */
    GPtrArray *notes; /* char *, without the final NULL */
};

static void
clear_cell(gpointer where)
{
    FalCell *cell = where;
    if (cell->type == FAL_CELL_TEXT)
        g_free(cell->v.text);
    *cell = (FalCell){.type = FAL_CELL_NULL};
}

static int
count_columns(const FalColumn *columns)
{
    int n = 0;
    while (columns && columns[n].name)
        n++;
    return n;
}

static FalCell
real_cell(double value)
{
    if (isnan(value))
        return (FalCell){.type = FAL_CELL_NULL};
    return (FalCell){.type = FAL_CELL_REAL, .v.real = value};
}

/* Whatever the text came from (a file's name, say), the cell is UTF-8: every reader of a table
 * relies on that. */
static FalCell
text_cell(const char *value)
{
    if (!value)
        return (FalCell){.type = FAL_CELL_NULL};
    return (FalCell){.type = FAL_CELL_TEXT, .v.text = g_utf8_make_valid(value, -1)};
}

/* Takes the cell over, whether or not there is a place for it. */
static void
put(FalTable *table, FalCell cell)
{
    gboolean place = table && table->subjects->len > 0 && table->filled < table->n_columns;
    gboolean fits = place && (cell.type == FAL_CELL_NULL ||
                              cell.type == table->columns[table->filled].type);
    if (!fits)
        clear_cell(&cell);
    g_return_if_fail(place);
    g_return_if_fail(fits);
    guint at = table->cells->len - (guint)table->n_columns + (guint)table->filled;
    g_array_index(table->cells, FalCell, at) = cell;
    table->filled++;
}

static void
put_figure(FalTable *table, const char *name, FalCell cell)
{
    int at = 0;
    while (at < table->n_figures && !g_str_equal(table->figures[at].name, name))
        at++;
    gboolean fits = at < table->n_figures &&
                    (cell.type == FAL_CELL_NULL || cell.type == table->figures[at].type);
    if (!fits) {
        clear_cell(&cell);
        g_critical("%s: no figure %s of this type", table->command, name);
        return;
    }
    clear_cell(&table->figure[at]);
    table->figure[at] = cell;
}

FalTable *
fal_table_new(const char *command, const FalColumn *columns, const FalColumn *figures)
{
    g_return_val_if_fail(command, NULL);
    FalTable *table = g_new0(FalTable, 1);
    table->command = g_strdup(command);
    table->columns = columns;
    table->n_columns = count_columns(columns);
    table->figures = figures;
    table->n_figures = count_columns(figures);
    table->cells = g_array_new(FALSE, TRUE, sizeof(FalCell));
    g_array_set_clear_func(table->cells, clear_cell);
    table->subjects = g_array_new(FALSE, FALSE, sizeof(Subject));
    table->figure = g_new0(FalCell, table->n_figures);
    table->notes = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(table->notes, NULL);
    return table;
}

void
fal_table_free(FalTable *table)
{
    if (!table)
        return;
    for (int i = 0; i < table->n_figures; i++)
        clear_cell(&table->figure[i]);
    g_free(table->figure);
    g_array_unref(table->cells);
    g_array_unref(table->subjects);
    g_ptr_array_unref(table->notes);
    g_free(table->command);
    g_free(table);
}

void
fal_table_row(FalTable *table, FalSubject subject, gint32 subject_row)
{
    g_return_if_fail(table && table->n_columns > 0);
    g_array_set_size(table->cells, table->cells->len + (guint)table->n_columns);
    Subject whose = {subject, subject == FAL_SUBJECT_NONE ? -1 : subject_row};
    g_array_append_val(table->subjects, whose);
    table->filled = 0;
}

void
fal_table_int(FalTable *table, gint64 value)
{
    put(table, (FalCell){.type = FAL_CELL_INT, .v.integer = value});
}

void
fal_table_real(FalTable *table, double value)
{
    put(table, real_cell(value));
}

void
fal_table_text(FalTable *table, const char *value)
{
    put(table, text_cell(value));
}

void
fal_table_estimate(FalTable *table, double mean, double low, double high)
{
    if (isnan(mean)) {
        fal_table_null(table);
        return;
    }
    put(table, (FalCell){.type = FAL_CELL_ESTIMATE, .v.estimate = {mean, low, high}});
}

void
fal_table_null(FalTable *table)
{
    put(table, (FalCell){.type = FAL_CELL_NULL});
}

void
fal_table_figure_int(FalTable *table, const char *name, gint64 value)
{
    g_return_if_fail(table && name);
    put_figure(table, name, (FalCell){.type = FAL_CELL_INT, .v.integer = value});
}

void
fal_table_figure_real(FalTable *table, const char *name, double value)
{
    g_return_if_fail(table && name);
    put_figure(table, name, real_cell(value));
}

void
fal_table_figure_text(FalTable *table, const char *name, const char *value)
{
    g_return_if_fail(table && name);
    put_figure(table, name, text_cell(value));
}

void
fal_table_note(FalTable *table, char *note)
{
    g_return_if_fail(table && note);
    g_ptr_array_insert(table->notes, (int)table->notes->len - 1, note);
}

static FalCell
cell_copy(const FalCell *cell)
{
    return cell->type == FAL_CELL_TEXT ? text_cell(cell->v.text) : *cell;
}

void
fal_table_copy_row(FalTable *table, const FalTable *from, gint64 row)
{
    gint32 subject_row;
    FalSubject subject = fal_table_subject(from, row, &subject_row);

    fal_table_row(table, subject, subject_row);
    for (int c = 0; c < table->n_columns; c++)
        put(table, cell_copy(fal_table_cell(from, row, c)));
}

FalTable *
fal_table_copy(const FalTable *from)
{
    FalTable *table = fal_table_new(from->command, from->columns, from->figures);

    for (gint64 row = 0; row < fal_table_n_rows(from); row++)
        fal_table_copy_row(table, from, row);
    for (int i = 0; i < table->n_figures; i++)
        table->figure[i] = cell_copy(&from->figure[i]);
    return table;
}

const char *
fal_table_command(const FalTable *table)
{
    return table->command;
}

const FalColumn *
fal_table_columns(const FalTable *table, int *n)
{
    if (n)
        *n = table->n_columns;
    return table->columns;
}

const FalColumn *
fal_table_figures(const FalTable *table, int *n)
{
    if (n)
        *n = table->n_figures;
    return table->figures;
}

gint64
fal_table_n_rows(const FalTable *table)
{
    return table->subjects->len;
}

const FalCell *
fal_table_cell(const FalTable *table, gint64 row, int column)
{
    g_return_val_if_fail(row >= 0 && row < (gint64)table->subjects->len, NULL);
    g_return_val_if_fail(column >= 0 && column < table->n_columns, NULL);
    return &g_array_index(table->cells, FalCell, row * table->n_columns + column);
}

const FalCell *
fal_table_figure(const FalTable *table, int figure)
{
    g_return_val_if_fail(figure >= 0 && figure < table->n_figures, NULL);
    return &table->figure[figure];
}

const char *
fal_table_prose(const FalTable *table)
{
    for (int i = 0; i < table->n_figures; i++)
        if (table->figure[i].type == FAL_CELL_TEXT &&
            (table->figures[i].flags & FAL_COLUMN_PROSE))
            return table->figure[i].v.text;
    return NULL;
}

FalSubject
fal_table_subject(const FalTable *table, gint64 row, gint32 *subject_row)
{
    g_return_val_if_fail(row >= 0 && row < (gint64)table->subjects->len, FAL_SUBJECT_NONE);
    const Subject *subject = &g_array_index(table->subjects, Subject, row);
    if (subject_row)
        *subject_row = subject->row;
    return subject->kind;
}

const char *const *
fal_table_notes(const FalTable *table)
{
    return (const char *const *)table->notes->pdata;
}
