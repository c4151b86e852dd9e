/* A result table as people read it.
 *
 * Figures of one column share one number of decimals, so that they can be compared by eye; it
 * is chosen from the column's values, with the column's significant digits as the guide. Where
 * the terminal is narrow, words give way and numbers never do: half a number is a wrong number.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "render/render.h"

#include <math.h>
#include <string.h>

#include "base/glyphs.h"
#include "base/text.h"
#include "render/chart.h"

#define GAP        2 /* blanks between columns */
#define LEAST_TEXT 8 /* cells that a text column keeps */

const char *const fal_output_names[] = {"table", "tsv",  "json",  "markdown",
                                        "csv",   "line", "plain", NULL};

typedef enum {
    STYLE_FIXED,
    STYLE_SCIENTIFIC,
    STYLE_EACH, /* values too far apart for one form: each by itself */
} Style;

/* How the reals of one column are written. */
typedef struct {
    const FalColumn *column;
    Style style;
    int digits;   /* significant ones, the guide */
    int decimals; /* behind the point, or behind the mantissa's */
    int half;     /* ESTIMATE: cells of the widest half-width */
} Format;

/* A cell's text, in Sheet.buffer. */
typedef struct {
    gsize at;
    int width;
} Placed;

typedef struct {
    int n_columns;
    gint64 n_rows;
    const FalColumn *columns;
    GString *buffer; /* the cells' texts, each with its NUL */
    GArray *cells;   /* Placed, n_rows x n_columns */
    int *natural;    /* the width that each column would like */
} Sheet;

static gboolean
is_number(const FalColumn *column)
{
    return column->type != FAL_CELL_TEXT;
}

static int
exponent(double value)
{
    return (int)floor(log10(value));
}

/* value times ten to the decimals, rounded, has so many zeros at its end. */
static int
end_zeros(double value, int decimals)
{
    double scaled = nearbyint(fabs(value) * pow(10, decimals));
    int zeros = 0;
    while (zeros < decimals && fmod(scaled, 10) == 0) {
        scaled /= 10;
        zeros++;
    }
    return zeros;
}

/* Decimals for fixed notation: as many as give the largest value its digits; one more where the
 * smallest lacks a second digit, two where it would show nothing but zeros. What is a billionth
 * of the largest is rounding noise, which nobody wants to see. */
static void
choose_decimals(Format *format, const double *values, gsize n, double largest)
{
    double least = largest;
    for (gsize i = 0; i < n; i++) {
        double size = fabs(values[i]);
        if (size > 1e-9 * largest && size < least)
            least = size;
    }
    int wanted = MAX(format->digits - 1 - exponent(largest), 0);
    int first_digit = -exponent(least);
    int second_digit = MIN(first_digit + 1, wanted + 1);
    format->decimals = CLAMP(MAX(first_digit, second_digit), wanted, wanted + 2);
    if (least * pow(10, format->decimals) < 0.5)
        format->style = STYLE_EACH;
}

/* How the n finite values are best written. */
static Format
choose_format(const FalColumn *column, const double *values, gsize n)
{
    Format format = {.column = column, .digits = column->digits > 0 ? column->digits : 4};
    format.digits = MIN(format.digits, 17);
    double largest = 0;
    for (gsize i = 0; i < n; i++)
        largest = MAX(largest, fabs(values[i]));
    if (largest == 0)
        return format;
    int e = exponent(largest);
    if (e < -4 || e >= MAX(format.digits, 7)) {
        format.style = STYLE_SCIENTIFIC;
        format.decimals = format.digits - 1;
    } else {
        choose_decimals(&format, values, n, largest);
    }
    return format;
}

/* Takes the zeros away that end all of the values: settings are short numbers. */
static void
trim_decimals(Format *format, const double *values, gsize n)
{
    if (format->style != STYLE_FIXED || format->column->type != FAL_CELL_REAL)
        return;
    int zeros = format->decimals;
    for (gsize i = 0; i < n && zeros > 0; i++)
        zeros = MIN(zeros, end_zeros(values[i], format->decimals));
    format->decimals -= zeros;
}

/* The thousands of number's integer part, grouped. */
static char *
group_thousands(const char *number)
{
    GString *grouped = g_string_new(NULL);
    if (*number == '-')
        g_string_append_c(grouped, *number++);
    gsize whole = strspn(number, "0123456789");
    for (gsize i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            g_string_append_c(grouped, ',');
        g_string_append_c(grouped, number[i]);
    }
    g_string_append(grouped, number + whole);
    return g_string_free(grouped, FALSE);
}

static char *
format_number(const Format *format, double value)
{
    if (!isfinite(value))
        return fal_text_real(value, format->digits);
    if (format->style == STYLE_EACH) {
        Format own = choose_format(format->column, &value, 1);
        trim_decimals(&own, &value, 1);
        return own.style == STYLE_FIXED ? format_number(&own, value)
                                        : fal_text_real(value, format->digits);
    }
    char shape[16];
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    gboolean fixed = format->style == STYLE_FIXED;
    g_snprintf(shape, sizeof shape, "%%.%d%c", format->decimals, fixed ? 'f' : 'e');
    g_ascii_formatd(number, sizeof number, shape, value);
    if (number[0] == '-' && strspn(number, "-0.") == strlen(number))
        memmove(number, number + 1, strlen(number)); /* no minus on nothing */
    return fixed ? group_thousands(number) : g_strdup(number);
}

static double
shown_value(const FalColumn *column, double value)
{
    return column->flags & FAL_COLUMN_SHARE ? 100 * value : value;
}

/* The reals behind a cell that say how wide its column's numbers range; how many. */
static int
cell_values(const FalColumn *column, const FalCell *cell, double values[2])
{
    double value = NAN;
    double half = NAN;
    if (cell->type == FAL_CELL_REAL) {
        value = cell->v.real;
    } else if (cell->type == FAL_CELL_ESTIMATE) {
        value = cell->v.estimate.mean;
        half = value == 0 ? (cell->v.estimate.high - cell->v.estimate.low) / 2 : NAN;
    }
    int n = 0;
    if (isfinite(shown_value(column, value)))
        values[n++] = shown_value(column, value);
    if (isfinite(shown_value(column, half)))
        values[n++] = shown_value(column, half);
    return n;
}

/* "±0.0034", or nothing where the interval is not known. */
static char *
format_half(const Format *format, const FalCell *cell)
{
    double half = (cell->v.estimate.high - cell->v.estimate.low) / 2;
    if (!isfinite(half))
        return g_strdup("");
    g_autofree char *number = format_number(format, shown_value(format->column, half));
    return g_strconcat(fal_glyph(FAL_GLYPH_PLUS_MINUS), number, NULL);
}

static char *
format_estimate(const Format *format, const FalCell *cell, const char *sign)
{
    double mean = shown_value(format->column, cell->v.estimate.mean);
    g_autofree char *number = format_number(format, mean);
    g_autofree char *half = format_half(format, cell);
    int width = fal_text_width(half);
    if (format->half == 0)
        return g_strconcat(number, sign, NULL);
    /* The means stand below each other, and so do the half-widths. */
    return g_strdup_printf("%s %*s%s%s", number, MAX(format->half - width, 0), "", half, sign);
}

static char *
format_cell(const Format *format, const FalCell *cell)
{
    const FalColumn *column = format->column;
    const char *sign = column->flags & FAL_COLUMN_SHARE ? " %" : "";
    switch (cell->type) {
    case FAL_CELL_NULL:
        return g_strdup("-");
    case FAL_CELL_INT:
        return column->flags & FAL_COLUMN_ID
                   ? g_strdup_printf("%" G_GINT64_FORMAT, cell->v.integer)
                   : fal_text_count(cell->v.integer);
    case FAL_CELL_REAL: {
        g_autofree char *number = format_number(format, shown_value(column, cell->v.real));
        return g_strconcat(number, sign, NULL);
    }
    case FAL_CELL_TEXT:
        return fal_text_safe(cell->v.text);
    case FAL_CELL_ESTIMATE:
        return format_estimate(format, cell, sign);
    }
    g_return_val_if_reached(NULL);
}

/* The form of a single cell: a figure, or one of a list that is not at hand. */
static Format
single_format(const FalColumn *column, const FalCell *cell, gboolean trim)
{
    double values[2] = {0, 0};
    gsize n = (gsize)cell_values(column, cell, values);
    Format format = choose_format(column, values, n);
    if (trim || (n > 0 && values[0] == floor(values[0])))
        trim_decimals(&format, values, n);
    if (cell->type == FAL_CELL_ESTIMATE) {
        g_autofree char *half = format_half(&format, cell);
        format.half = fal_text_width(half);
    }
    return format;
}

static Format
column_format(const FalTable *table, int c)
{
    const FalColumn *column = &fal_table_columns(table, NULL)[c];
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    gboolean real = column->type == FAL_CELL_REAL || column->type == FAL_CELL_ESTIMATE;
    gint64 n_rows = real ? fal_table_n_rows(table) : 0;
    for (gint64 r = 0; r < n_rows; r++) {
        double value[2];
        int n = cell_values(column, fal_table_cell(table, r, c), value);
        g_array_append_vals(values, value, (guint)n);
    }
    Format format = choose_format(column, (const double *)values->data, values->len);
    trim_decimals(&format, (const double *)values->data, values->len);
    for (gint64 r = 0; r < n_rows; r++) {
        const FalCell *cell = fal_table_cell(table, r, c);
        if (cell->type == FAL_CELL_ESTIMATE) {
            g_autofree char *half = format_half(&format, cell);
            format.half = MAX(format.half, fal_text_width(half));
        }
    }
    return format;
}

static void
place_cell(Sheet *sheet, const Format *format, const FalCell *cell, int c)
{
    g_autofree char *text = format_cell(format, cell);
    Placed placed = {sheet->buffer->len, fal_text_width(text)};
    g_string_append_len(sheet->buffer, text, (gssize)strlen(text) + 1);
    g_array_append_val(sheet->cells, placed);
    sheet->natural[c] = MAX(sheet->natural[c], placed.width);
}

static Sheet *
sheet_new(const FalTable *table)
{
    Sheet *sheet = g_new0(Sheet, 1);
    sheet->columns = fal_table_columns(table, &sheet->n_columns);
    sheet->n_rows = fal_table_n_rows(table);
    sheet->buffer = g_string_new(NULL);
    sheet->cells = g_array_new(FALSE, FALSE, sizeof(Placed));
    sheet->natural = g_new(int, sheet->n_columns);
    g_autofree Format *formats = g_new(Format, sheet->n_columns);
    for (int c = 0; c < sheet->n_columns; c++) {
        formats[c] = column_format(table, c);
        sheet->natural[c] = fal_text_width(sheet->columns[c].name);
    }
    for (gint64 r = 0; r < sheet->n_rows; r++)
        for (int c = 0; c < sheet->n_columns; c++)
            place_cell(sheet, &formats[c], fal_table_cell(table, r, c), c);
    return sheet;
}

static void
sheet_free(Sheet *sheet)
{
    g_string_free(sheet->buffer, TRUE);
    g_array_unref(sheet->cells);
    g_free(sheet->natural);
    g_free(sheet);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sheet, sheet_free)

static const char *
sheet_text(const Sheet *sheet, gint64 row, int c, int *width)
{
    const Placed *placed = &g_array_index(sheet->cells, Placed, row * sheet->n_columns + c);
    *width = placed->width;
    return sheet->buffer->str + placed->at;
}

/* Cells that the first n columns take together. */
static int
total_width(const int *cells, int n)
{
    int total = GAP * MAX(n - 1, 0);
    for (int c = 0; c < n; c++)
        total += cells[c];
    return total;
}

/* The widest of the first n columns that may still give way; -1 for none. */
static int
widest_text(const Sheet *sheet, const int *cells, int n)
{
    int widest = -1;
    for (int c = 0; c < n; c++) {
        gboolean gives = !is_number(&sheet->columns[c]) && cells[c] > LEAST_TEXT;
        if (gives && (widest < 0 || cells[c] > cells[widest]))
            widest = c;
    }
    return widest;
}

/* Makes the first n columns fit into width, if they can: the widest text gives way first. */
static gboolean
shrink(const Sheet *sheet, int width, int n, int *cells)
{
    memcpy(cells, sheet->natural, sizeof(int) * (gsize)sheet->n_columns);
    int excess = total_width(cells, n) - width;
    int c;
    while (excess > 0 && (c = widest_text(sheet, cells, n)) >= 0) {
        cells[c]--;
        excess--;
    }
    return excess <= 0;
}

/* Sets the columns' widths; the number of columns, from the left, that are shown. */
static int
fit_columns(const Sheet *sheet, int width, int *cells)
{
    int n = sheet->n_columns;
    if (width <= 0) {
        memcpy(cells, sheet->natural, sizeof(int) * (gsize)n);
        return n;
    }
    while (!shrink(sheet, width, n, cells) && n > 1)
        n--;
    if (n == 1 && !is_number(&sheet->columns[0]))
        cells[0] = MIN(cells[0], width);
    return n;
}

static void
end_line(GString *out)
{
    gsize len = out->len;
    while (len > 0 && out->str[len - 1] == ' ')
        len--;
    g_string_truncate(out, len);
    g_string_append_c(out, '\n');
}

static void
append_blanks(GString *out, int n)
{
    for (int i = 0; i < n; i++)
        g_string_append_c(out, ' ');
}

/* text, which takes width cells and is safe, in exactly `cells` cells. */
static void
append_fitted(GString *out, const char *text, int width, int cells, gboolean right)
{
    if (width > cells) {
        g_autofree char *cut = fal_text_fit(text, cells, FAL_ALIGN_LEFT);
        g_string_append(out, cut);
        return;
    }
    append_blanks(out, right ? cells - width : 0);
    g_string_append(out, text);
    append_blanks(out, right ? 0 : cells - width);
}

/* row -1 is the header. */
static void
append_row(GString *out, const Sheet *sheet, gint64 row, const int *cells, int n)
{
    for (int c = 0; c < n; c++) {
        const FalColumn *column = &sheet->columns[c];
        int width;
        const char *text = column->name;
        if (row < 0)
            width = fal_text_width(text);
        else
            text = sheet_text(sheet, row, c, &width);
        append_blanks(out, c > 0 ? GAP : 0);
        append_fitted(out, text, width, cells[c], is_number(column));
    }
    end_line(out);
}

static void
append_missing(GString *out, int missing, int width)
{
    const char *plural = missing == 1 ? "" : "s";
    g_autofree char *whole =
        g_strdup_printf("(%d column%s more: a wider terminal, or -o tsv, shows %s)", missing,
                        plural, missing == 1 ? "it" : "them");
    g_autofree char *brief = g_strdup_printf("(+%d column%s)", missing, plural);
    gboolean room = fal_text_width(whole) <= width;
    g_string_append_printf(out, "%s\n", room ? whole : brief);
}

/* Says that words gave way, unless there is no room to say it. */
static void
append_cut(GString *out, const Sheet *sheet, const int *cells, int n, int width)
{
    static const char text[] = "(cut to fit: mode plain shows all)";
    gboolean cut = FALSE;

    for (int c = 0; c < n; c++)
        cut = cut || cells[c] < sheet->natural[c];
    if (cut && (int)strlen(text) <= width)
        g_string_append_printf(out, "%s\n", text);
}

static void
append_rows(GString *out, const Sheet *sheet, const int *cells, int n, int width)
{
    for (gint64 row = -1; row < sheet->n_rows; row++)
        append_row(out, sheet, row, cells, n);
    if (sheet->n_rows == 0)
        g_string_append(out, "(nothing)\n");
    if (n < sheet->n_columns)
        append_missing(out, sheet->n_columns - n, width);
    else
        append_cut(out, sheet, cells, n, width);
}

/* "name  value"; only words are cut to the width, and keep their first few cells. */
static void
append_pair(GString *out, const FalColumn *column, const char *value, int name_cells, int width)
{
    append_fitted(out, column->name, fal_text_width(column->name), name_cells, FALSE);
    append_blanks(out, GAP);
    int taken = fal_text_width(value);
    int room = MAX(width - name_cells - GAP, LEAST_TEXT);
    gboolean cut = width > 0 && !is_number(column) && taken > room;
    append_fitted(out, value, taken, cut ? room : taken, FALSE);
    end_line(out);
}

/* The only row, a line for each cell. */
static void
append_sideways(GString *out, const Sheet *sheet, int width)
{
    int name_cells = 0;
    for (int c = 0; c < sheet->n_columns; c++)
        name_cells = MAX(name_cells, fal_text_width(sheet->columns[c].name));
    for (int c = 0; c < sheet->n_columns; c++) {
        int taken;
        const char *value = sheet_text(sheet, 0, c, &taken);
        append_pair(out, &sheet->columns[c], value, name_cells, width);
    }
}

static void
append_sheet(GString *out, const FalTable *table, int width)
{
    g_autoptr(Sheet) sheet = sheet_new(table);
    g_autofree int *cells = g_new(int, sheet->n_columns);
    int n = fit_columns(sheet, width, cells);
    gboolean too_wide = n < sheet->n_columns || (width > 0 && total_width(cells, n) > width);
    if (too_wide && sheet->n_rows == 1)
        append_sideways(out, sheet, width);
    else
        append_rows(out, sheet, cells, n, width);
}

/* Lines of text: as they are, but safe. */
static void
append_prose(GString *out, const char *prose)
{
    g_auto(GStrv) lines = g_strsplit(prose, "\n", -1);
    for (int i = 0; lines[i]; i++) {
        if (lines[i][0] || lines[i + 1]) {
            g_autofree char *safe = fal_text_safe(lines[i]);
            g_string_append_printf(out, "%s\n", safe);
        }
    }
}

/* The figures that are known; a blank line parts them from what stands above. */
static void
append_figures(GString *out, const FalTable *table, int width)
{
    int n;
    const FalColumn *figures = fal_table_figures(table, &n);
    int name_cells = 0;
    for (int i = 0; i < n; i++)
        if (fal_table_figure(table, i)->type != FAL_CELL_NULL)
            name_cells = MAX(name_cells, fal_text_width(figures[i].name));
    if (name_cells > 0 && out->len > 0)
        g_string_append_c(out, '\n');
    for (int i = 0; i < n; i++) {
        const FalCell *cell = fal_table_figure(table, i);
        if (cell->type != FAL_CELL_NULL) {
            Format format = single_format(&figures[i], cell, TRUE);
            g_autofree char *value = format_cell(&format, cell);
            append_pair(out, &figures[i], value, name_cells, width);
        }
    }
}

char *
fal_render_text(const FalTable *table, int width)
{
    g_return_val_if_fail(table, NULL);
    GString *out = g_string_new(NULL);
    int n_columns;
    fal_table_columns(table, &n_columns);
    if (fal_table_prose(table)) {
        append_prose(out, fal_table_prose(table));
        return g_string_free(out, FALSE);
    }
    if (n_columns > 0)
        append_sheet(out, table, width);
    append_figures(out, table, width);
    return g_string_free(out, FALSE);
}

char *
fal_render_cell(const FalColumn *column, const FalCell *cell)
{
    g_return_val_if_fail(column && cell, NULL);
    Format format = single_format(column, cell, FALSE);
    return format_cell(&format, cell);
}

char *
fal_render(const FalTable *table, FalOutput output, int width)
{
    switch (output) {
    case FAL_OUTPUT_TABLE:
        return fal_render_text(table, width);
    case FAL_OUTPUT_TSV:
        return fal_render_tsv(table);
    case FAL_OUTPUT_MARKDOWN:
        return fal_render_markdown(table);
    case FAL_OUTPUT_JSON:
        return fal_render_json(table);
    case FAL_OUTPUT_CSV:
        return fal_render_csv(table);
    case FAL_OUTPUT_LINE:
        return fal_render_line(table);
    case FAL_OUTPUT_PLAIN:
        return fal_render_text(table, 0);
    }
    g_return_val_if_reached(NULL);
}

gboolean
fal_output_of_file(const char *path, FalOutput *output)
{
    static const struct {
        const char *ending;
        FalOutput output;
    } forms[] = {
        {".json", FAL_OUTPUT_JSON},
        {".csv", FAL_OUTPUT_CSV},
        {".md", FAL_OUTPUT_MARKDOWN},
        {".tsv", FAL_OUTPUT_TSV},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (g_str_has_suffix(path, forms[i].ending)) {
            *output = forms[i].output;
            return TRUE;
        }
    }
    return FALSE;
}
