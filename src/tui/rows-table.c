/* A result table as rows (see rows.h): sorted and filtered by an index over its rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "query/filter.h"
#include "render/render.h"

enum {
    MEASURED_ROWS = 5000, /* rows looked at for a column's width */
    WIDEST_TEXT = 100,
    KEY_MIN = 20, /* of names; other texts may be shorter */
    TEXT_MIN = 10,
};

typedef struct {
    double scale; /* bars: what is a full one */
    int decimals; /* reals: behind the point; -1: each cell as it comes */
} Format;

typedef struct {
    FalRows base;
    FalTable *table;
    const FalColumn *column;
    Format *format;
    gint64 *shown; /* the table's rows, in the order they show */
    gint64 n;
} TableRows;

static const TableRows *
of(const FalRows *rows)
{
    return (const TableRows *)rows;
}

static const FalCell *
cell_of(const TableRows *rows, gint64 row, int column)
{
    return fal_table_cell(rows->table, row, column);
}

static double
number_of(const FalCell *cell)
{
    switch (cell->type) {
    case FAL_CELL_INT:
        return (double)cell->v.integer;
    case FAL_CELL_REAL:
        return cell->v.real;
    case FAL_CELL_ESTIMATE:
        return cell->v.estimate.mean;
    default:
        return NAN;
    }
}

/* What was held out shows as a hit: the column is called so in the command table. */
static gboolean
is_hit_column(const FalColumn *column)
{
    return column->type == FAL_CELL_INT &&
           (!strcmp(column->name, "held_out") || !strcmp(column->name, "held"));
}

static char *
cell_text(const TableRows *rows, gint64 row, int column)
{
    const FalColumn *c = &rows->column[column];
    const FalCell *cell = cell_of(rows, row, column);
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    if (cell->type == FAL_CELL_NULL)
        return g_strdup("");
    if (cell->type == FAL_CELL_TEXT)
        return g_strdup(cell->v.text);
    if (is_hit_column(c) && cell->v.integer == 0)
        return g_strdup("");
    if (cell->type == FAL_CELL_REAL && rows->format[column].decimals >= 0) {
        g_autofree char *form = g_strdup_printf("%%.%df", rows->format[column].decimals);
        return g_strdup(g_ascii_formatd(number, sizeof number, form, cell->v.real));
    }
    return fal_render_cell(c, cell);
}

static gint64
rows_n(const FalRows *rows)
{
    return of(rows)->n;
}

static void
rows_cell(const FalRows *rows, gint64 i, int column, FalRowCell *out)
{
    gint64 row = of(rows)->shown[i];
    const FalColumn *c = &of(rows)->column[column];

    out->text = cell_text(of(rows), row, column);
    out->hit = is_hit_column(c) && *out->text;
    if (c->flags & FAL_COLUMN_BAR)
        out->share = number_of(cell_of(of(rows), row, column)) / of(rows)->format[column].scale;
}

/* Its subject, or its place in the table where it has none. */
static gint64
identity_of(const TableRows *rows, gint64 row)
{
    gint32 subject_row;
    FalSubject subject = fal_table_subject(rows->table, row, &subject_row);

    return subject == FAL_SUBJECT_NONE ? row : ((gint64)subject << 40) + subject_row;
}

static gint64
rows_identity(const FalRows *rows, gint64 i)
{
    return identity_of(of(rows), of(rows)->shown[i]);
}

static gint64
rows_find(const FalRows *rows, gint64 identity)
{
    for (gint64 i = 0; i < of(rows)->n; i++)
        if (identity_of(of(rows), of(rows)->shown[i]) == identity)
            return i;
    return -1;
}

static FalSubject
rows_subject(const FalRows *rows, gint64 i, gint32 *row)
{
    return fal_table_subject(of(rows)->table, of(rows)->shown[i], row);
}

/* Texts and ids are what one looks for; figures are not. */
static gboolean
is_searched(const FalColumn *column)
{
    return column->type == FAL_CELL_TEXT || (column->flags & FAL_COLUMN_ID);
}

static char *
folded_row(const TableRows *rows, gint64 row)
{
    GString *text = g_string_new(NULL);

    for (int c = 0; c < rows->base.n_columns; c++) {
        if (!is_searched(&rows->column[c]))
            continue;
        g_autofree char *cell = cell_text(rows, row, c);
        g_string_append(text, cell);
        g_string_append_c(text, ' ');
    }
    char *folded = fal_text_fold(text->str);
    g_string_free(text, TRUE);
    return folded;
}

static gboolean
rows_holds(const FalRows *rows, gint64 i, const char *folded)
{
    g_autofree char *text = folded_row(of(rows), of(rows)->shown[i]);

    return strstr(text, folded) != NULL;
}

static gint64
rows_search(const FalRows *rows, const char *text, gint64 from, gboolean backward)
{
    g_autofree char *folded = fal_text_fold(text);
    gint64 n = of(rows)->n;

    for (gint64 step = 0; step < n; step++) {
        gint64 i = ((backward ? from - step : from + step) % n + n) % n;
        if (rows_holds(rows, i, folded))
            return i;
    }
    return -1;
}

static gint64
rows_count(const FalRows *rows, const char *text, gint64 position, gint64 *before)
{
    g_autofree char *folded = fal_text_fold(text);
    gint64 n = 0;

    *before = 0;
    for (gint64 i = 0; *folded && i < of(rows)->n; i++) {
        if (i == position)
            *before = n;
        n += rows_holds(rows, i, folded);
    }
    return n;
}

static int
compare_cells(const FalCell *a, const FalCell *b)
{
    gboolean no_a = a->type == FAL_CELL_NULL, no_b = b->type == FAL_CELL_NULL;

    if (no_a || no_b)
        return (int)no_a - (int)no_b;
    if (a->type == FAL_CELL_TEXT) {
        g_autofree char *x = fal_text_fold(a->v.text), *y = fal_text_fold(b->v.text);
        return strcmp(x, y);
    }
    double x = number_of(a), y = number_of(b);
    return (x > y) - (x < y);
}

static int
compare_rows(gconstpointer a, gconstpointer b, gpointer data)
{
    const TableRows *rows = data;
    gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
    int c = rows->base.sort;

    if (c >= 0) {
        int order = compare_cells(cell_of(rows, x, c), cell_of(rows, y, c));
        if (order)
            return rows->base.falling ? -order : order;
        return x < y ? -1 : 1;
    }
    return (x < y ? -1 : 1) * (rows->base.reverse ? -1 : 1);
}

static gboolean
term_holds(const TableRows *rows, gint64 row, const FalTerm *term)
{
    g_autofree char *text = NULL;

    if (!term->word)
        return fal_term_number(term, number_of(cell_of(rows, row, term->column)));
    if (term->column < 0) {
        text = folded_row(rows, row);
    } else {
        g_autofree char *cell = cell_text(rows, row, term->column);
        text = fal_text_fold(cell);
    }
    return fal_term_text(term, text);
}

static gboolean
passes(const TableRows *rows, gint64 row, const FalFilter *filter)
{
    for (int i = 0; i < filter->n; i++)
        if (!term_holds(rows, row, &filter->term[i]))
            return FALSE;
    return TRUE;
}

static void
rebuild(TableRows *rows)
{
    g_autofree FalFilterColumn *columns = g_new(FalFilterColumn, rows->base.n_columns + 1);
    g_auto(FalFilter) filter = {.n = 0};

    for (int c = 0; c < rows->base.n_columns; c++)
        columns[c] =
            (FalFilterColumn){rows->column[c].name, rows->column[c].type == FAL_CELL_TEXT};
    fal_filter_parse(&filter, rows->base.filter, columns, rows->base.n_columns);
    rows->n = 0;
    for (gint64 i = 0; i < rows->base.total; i++)
        if (passes(rows, i, &filter))
            rows->shown[rows->n++] = i;
    if (rows->base.sort >= 0 || rows->base.reverse)
        g_qsort_with_data(rows->shown, (gint)rows->n, sizeof *rows->shown, compare_rows, rows);
}

static void
rows_filter(FalRows *rows, const char *text)
{
    (void)text;
    rebuild((TableRows *)rows);
}

static gboolean
rows_sort(FalRows *rows, int column, gboolean reverse)
{
    gboolean falling = FALSE;

    if (column >= 0) {
        const FalColumn *c = &of(rows)->column[column];
        /* What is counted is wanted largest first; ranks, ids and names from the first on. */
        falling = c->type != FAL_CELL_TEXT && !(c->flags & FAL_COLUMN_ID) &&
                  !g_str_has_prefix(c->name, "rank");
    }
    rows->sort = column;
    rows->reverse = reverse;
    rows->falling = falling != reverse;
    rebuild((TableRows *)rows);
    return TRUE;
}

static gboolean
rows_can_sort(const FalRows *rows, int column)
{
    (void)rows;
    (void)column;
    return TRUE;
}

static FalTable *
rows_empty_table(const FalRows *rows)
{
    return fal_table_new(fal_table_command(of(rows)->table), of(rows)->column, NULL);
}

static void
rows_put(const FalRows *rows, gint64 i, FalTable *table)
{
    fal_table_copy_row(table, of(rows)->table, of(rows)->shown[i]);
}

static void
rows_free(FalRows *rows)
{
    TableRows *self = (TableRows *)rows;

    fal_table_free(self->table);
    g_free(self->format);
    g_free(self->shown);
    g_free(self);
}

static const FalRowsOps ops = {
    .n = rows_n,
    .cell = rows_cell,
    .identity = rows_identity,
    .find = rows_find,
    .subject = rows_subject,
    .holds = rows_holds,
    .search = rows_search,
    .count = rows_count,
    .filter = rows_filter,
    .sort = rows_sort,
    .can_sort = rows_can_sort,
    .table = rows_empty_table,
    .put = rows_put,
    .free = rows_free,
};

/* One number of decimals for a column, so that its values can be compared by eye; none where
 * they are too far apart for it. */
static Format
format_of(const TableRows *rows, int column)
{
    const FalColumn *c = &rows->column[column];
    double largest = 0;

    for (gint64 i = 0; i < rows->base.total; i++) {
        double x = fabs(number_of(cell_of(rows, i, column)));
        if (x > largest && isfinite(x))
            largest = x;
    }
    Format format = {.scale = largest > 0 ? largest : 1, .decimals = -1};
    if (!strcmp(c->name, "cosine"))
        format.scale = 1;
    if (c->type == FAL_CELL_REAL && !(c->flags & FAL_COLUMN_SHARE) && largest >= 1e-4 &&
        largest < 1e6) {
        int digits = c->digits > 0 ? c->digits : 4;
        format.decimals = CLAMP(digits - 1 - (int)floor(log10(largest)), 0, digits);
    }
    return format;
}

static int
width_of(const TableRows *rows, int column)
{
    int width = fal_text_width(rows->column[column].name);
    gint64 n = MIN(rows->base.total, MEASURED_ROWS);

    /* Numbers carry the sort mark in their header too. */
    if (rows->column[column].type != FAL_CELL_TEXT)
        width++;
    for (gint64 i = 0; i < n && width < WIDEST_TEXT; i++) {
        const FalCell *cell = cell_of(rows, i, column);
        int hit = is_hit_column(&rows->column[column]) ? 2 : 0;
        /* No character has more cells than bytes: most need no counting. */
        if (cell->type == FAL_CELL_TEXT && strlen(cell->v.text) + (gsize)hit <= (gsize)width)
            continue;
        g_autofree char *text = cell_text(rows, i, column);
        width = MAX(width, fal_text_width(text) + hit);
    }
    return MIN(width, WIDEST_TEXT);
}

/* The column a row is known by: its first text, else its first column. */
static int
key_column(const TableRows *rows)
{
    for (int c = 0; c < rows->base.n_columns; c++)
        if (rows->column[c].type == FAL_CELL_TEXT)
            return c;
    return 0;
}

static int
drop_of(const TableRows *rows, int column)
{
    const FalColumn *c = &rows->column[column];

    if (column == key_column(rows))
        return 0;
    if (c->flags & FAL_COLUMN_BAR)
        return 1;
    if (is_hit_column(c) || (c->flags & FAL_COLUMN_KEEP))
        return 2;
    if (c->flags & (FAL_COLUMN_ID | FAL_COLUMN_SPARE))
        return 100;
    if (g_str_has_prefix(c->name, "rank"))
        return 3;
    return 4 + column;
}

/* What reads better on its side: figures alone, or one row of many values. */
static gboolean
is_record(FalTable *table)
{
    int n_columns, n_figures;
    const FalColumn *figures = fal_table_figures(table, &n_figures);

    fal_table_columns(table, &n_columns);
    return (fal_table_n_rows(table) == 0 && n_figures > 0 && figures) ||
           (fal_table_n_rows(table) == 1 && n_columns > 4);
}

static void
add_field(FalTable *out, const FalColumn *column, const FalCell *cell)
{
    g_autofree char *text =
        cell->type == FAL_CELL_NULL ? g_strdup("-") : fal_render_cell(column, cell);

    fal_table_row(out, FAL_SUBJECT_NONE, 0);
    fal_table_text(out, column->name);
    fal_table_text(out, text);
    fal_table_text(out, column->help ? column->help : "");
}

static void
add_prose(FalTable *out, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gsize n = g_strv_length(lines);

    for (gsize i = 0; i < n && !(i == n - 1 && !*lines[i]); i++) {
        fal_table_row(out, FAL_SUBJECT_NONE, 0);
        fal_table_text(out, lines[i]);
    }
}

static const FalColumn record_columns[] = {
    {.name = "what", .type = FAL_CELL_TEXT},
    {.name = "value", .type = FAL_CELL_TEXT},
    {.name = "meaning", .type = FAL_CELL_TEXT},
    {.name = NULL},
};

static const FalColumn prose_columns[] = {{.name = "", .type = FAL_CELL_TEXT}, {.name = NULL}};

static FalTable *
turned(FalTable *table)
{
    int n_columns, n_figures;
    const FalColumn *columns = fal_table_columns(table, &n_columns);
    const FalColumn *figures = fal_table_figures(table, &n_figures);

    for (int i = 0; i < n_figures; i++) {
        const FalCell *cell = fal_table_figure(table, i);
        if (!(figures[i].flags & FAL_COLUMN_PROSE) || cell->type != FAL_CELL_TEXT)
            continue;
        FalTable *prose = fal_table_new(fal_table_command(table), prose_columns, NULL);
        add_prose(prose, cell->v.text);
        return prose;
    }
    FalTable *out = fal_table_new(fal_table_command(table), record_columns, NULL);
    for (int i = 0; i < n_columns && fal_table_n_rows(table) == 1; i++)
        add_field(out, &columns[i], fal_table_cell(table, 0, i));
    for (int i = 0; i < n_figures; i++)
        if (fal_table_figure(table, i)->type != FAL_CELL_NULL)
            add_field(out, &figures[i], fal_table_figure(table, i));
    return out;
}

FalRows *
fal_rows_of_table(FalTable *table)
{
    TableRows *self = g_new0(TableRows, 1);

    if (is_record(table)) {
        FalTable *record = turned(table);
        fal_table_free(table);
        table = record;
    }
    self->table = table;
    self->column = fal_table_columns(table, &self->base.n_columns);
    self->base.ops = &ops;
    self->base.filter = g_strdup("");
    self->base.sort = -1;
    self->base.total = fal_table_n_rows(table);
    self->shown = g_new(gint64, (gsize)self->base.total + 1);
    self->format = g_new0(Format, (gsize)self->base.n_columns + 1);
    self->base.columns = g_new0(FalListColumn, (gsize)self->base.n_columns + 1);
    for (int c = 0; c < self->base.n_columns; c++)
        self->format[c] = format_of(self, c);
    for (int c = 0; c < self->base.n_columns; c++) {
        gboolean text = self->column[c].type == FAL_CELL_TEXT;
        self->base.columns[c] = (FalListColumn){
            .name = self->column[c].name,
            .width = width_of(self, c),
            .text = text,
            .min = c == key_column(self) ? KEY_MIN : TEXT_MIN,
            .bar = (self->column[c].flags & FAL_COLUMN_BAR) != 0,
            .drop = drop_of(self, c),
        };
    }
    rebuild(self);
    return &self->base;
}
