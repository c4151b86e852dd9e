/* Line charts on a grid of braille dots, two by four in a cell, and bars in eighths of a cell.
 *
 * Several series share the dots. Colour tells them apart where there is colour (`owner`); where
 * there is none the dashes do, and without braille each series has a letter of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "render/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LEAST_WIDTH  20
#define LEAST_HEIGHT 4
#define MOST_TICKS   5
#define AXIS_FROM    7   /* lines: a lower chart has no room for a line above the x labels */
#define BELOW_ONE    0.7 /* where a logarithmic axis of counts begins, so that 1 is to be seen */
#define HUGEST       1e300 /* larger values are gaps: their differences overflow */

enum { OWNER_NONE = -1, OWNER_AXIS = -2 };

typedef struct {
    double value;
    int row;
    char label[32];
} Tick;

typedef struct {
    int width, height; /* of the whole, in cells */
    gunichar *cell;    /* height x width, the title line unused */
    signed char *owner;
    gboolean unicode;

    int left;          /* the column where the plot begins, behind the labels and the axis */
    int columns, rows; /* cells of the plot, whose first line is 1 */
    guchar *dots;      /* rows x columns, braille bits */

    const FalBins *bins; /* NULL: lines */
    gboolean log;
    double low, high; /* of y; logarithms where log */
    gboolean empty;   /* nothing to draw */
    int n_x;
    Tick tick[MOST_TICKS];
    int n_ticks;
} Chart;

static gboolean ascii_wanted;

gboolean
fal_chart_unicode(void)
{
    return !ascii_wanted && g_get_charset(NULL);
}

void
fal_chart_set_ascii(gboolean ascii)
{
    ascii_wanted = ascii;
}

static void
append_bar(GString *out, double share, int cells)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    gboolean unicode = fal_chart_unicode();
    int unit = unicode ? 8 : 1;
    int filled = share > 0 ? (int)lround(MIN(share, 1.0) * cells * unit) : 0;
    int used = filled / unit;
    for (int i = 0; i < used; i++)
        g_string_append(out, unicode ? "█" : "#");
    if (filled % unit) {
        g_string_append(out, parts[filled % unit]);
        used++;
    }
    g_string_append_printf(out, "%*s", cells - used, "");
}

char *
fal_chart_bar(double share, int cells)
{
    GString *out = g_string_new(NULL);
    append_bar(out, share, MAX(cells, 0));
    return g_string_free(out, FALSE);
}

char *
fal_chart_progress_bar(double share, int cells)
{
    gboolean unicode = fal_chart_unicode();
    GString *out = g_string_new(unicode ? "▕" : "[");
    append_bar(out, share, MAX(cells, 0));
    g_string_append(out, unicode ? "▏" : "]");
    return g_string_free(out, FALSE);
}

/* Where value stands on the y axis's scale; FALSE where it cannot. */
static gboolean
on_scale(const Chart *chart, double value, double *y)
{
    if (!isfinite(value) || fabs(value) > HUGEST || (chart->log && value < 1 / HUGEST))
        return FALSE;
    *y = chart->log ? log10(value) : value;
    return TRUE;
}

static double
from_scale(const Chart *chart, double y)
{
    return chart->log ? pow(10, y) : y;
}

/* The range of y, never of no height. */
static void
find_range(Chart *chart, const FalSeries *series, int n_series)
{
    chart->empty = TRUE;
    for (int s = 0; s < n_series; s++) {
        for (int i = 0; i < series[s].n; i++) {
            double y;
            if (on_scale(chart, series[s].y[i], &y)) {
                chart->low = chart->empty ? y : MIN(chart->low, y);
                chart->high = chart->empty ? y : MAX(chart->high, y);
                chart->empty = FALSE;
            }
        }
    }
    if (chart->bins)
        chart->low = chart->log ? log10(BELOW_ONE) : 0;
    double size = MAX(fabs(chart->low), fabs(chart->high));
    double least = chart->log ? 1e-6 : 1e-6 * size;
    if (chart->high - chart->low > least && size > 1 / HUGEST)
        return;
    double pad = chart->log ? 0.02 : size > 1 / HUGEST ? 0.05 * size : 1;
    chart->low -= pad;
    chart->high += pad;
}

/* The exponent of value, where 0.001 is -3 whatever rounding says. */
static int
exponent(double value)
{
    return (int)floor(log10(value) + 1e-9);
}

/* A short label for value, on an axis that goes up to `most`, fine enough to tell `step`s
 * apart: 0.05, 12k, 1.8e8. */
static void
write_label(char *label, int size, double value, double most, double step)
{
    int e = exponent(most);
    int unit = 0; /* the power of ten that the suffix stands for */
    char suffix[16] = "";
    if (value == 0) {
        g_strlcpy(label, "0", (gsize)size);
        return;
    }
    if (e >= 6 || e < -3) {
        unit = exponent(fabs(value));
        g_snprintf(suffix, sizeof suffix, "e%d", unit);
    } else if (e >= 4) {
        unit = 3;
        g_strlcpy(suffix, "k", sizeof suffix);
    }
    char shape[16];
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_snprintf(shape, sizeof shape, "%%.%df", CLAMP(unit - exponent(step), 0, 15));
    g_ascii_formatd(number, sizeof number, shape, value / pow(10, unit));
    g_snprintf(label, (gulong)size, "%s%s", number, suffix);
}

static int
row_of(const Chart *chart, double value)
{
    double y = chart->log ? log10(value) : value;
    double share = (y - chart->low) / (chart->high - chart->low);
    int dot = (int)lround((1 - share) * (4 * chart->rows - 1));
    return CLAMP(dot, 0, 4 * chart->rows - 1) / 4;
}

/* Adds a tick, unless its line has one. */
static void
add_tick(Chart *chart, double value, double most, double step)
{
    int row = row_of(chart, value);
    for (int i = 0; i < chart->n_ticks; i++)
        if (chart->tick[i].row == row)
            return;
    g_return_if_fail(chart->n_ticks < MOST_TICKS);
    Tick *tick = &chart->tick[chart->n_ticks++];
    tick->value = value;
    tick->row = row;
    write_label(tick->label, sizeof tick->label, value, most, step);
}

/* Ticks at the multiples of 1, 2 or 5 times a power of ten: the smallest such step that gives
 * no more than `most`. */
static void
add_linear_ticks(Chart *chart, int most)
{
    static const double nice[] = {1, 2, 5};
    double low = from_scale(chart, chart->low);
    double high = from_scale(chart, chart->high);
    int e = exponent((high - low) / most);
    double step = 0;
    double first = 0;
    double last = most;
    for (int i = 0; last - first >= most; i++) {
        step = nice[i % 3] * pow(10, e + i / 3);
        first = ceil(low / step - 1e-9);
        last = floor(high / step + 1e-9);
    }
    double largest = step * MAX(fabs(first), fabs(last));
    for (double k = first; k <= last; k++)
        add_tick(chart, k * step, MAX(largest, step), step);
}

/* Ticks at 1, 2 and 5 times the powers of ten, or at each, each second, ... power of ten: the
 * most that are no more than `most`. */
static void
add_log_ticks(Chart *chart, int most)
{
    static const double nice[] = {1, 2, 5};
    static const int strides[] = {1, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500};
    int first = (int)floor(chart->low);
    int last = (int)floor(chart->high);
    for (guint i = 0; i < G_N_ELEMENTS(strides); i++) {
        double value[MOST_TICKS];
        int per_decade = i == 0 ? 3 : 1;
        int n = 0;
        for (int j = first * per_decade; j < (last + 1) * per_decade && n <= most; j++) {
            int decade = (int)floor((double)j / per_decade);
            double log_value = decade + log10(nice[j - decade * per_decade]);
            gboolean inside = log_value >= chart->low - 1e-9 && log_value <= chart->high + 1e-9;
            if (!inside || decade % strides[i] != 0)
                continue;
            if (n < most)
                value[n] = nice[j - decade * per_decade] * pow(10, decade);
            n++;
        }
        if (n <= most) {
            for (int j = 0; j < n; j++)
                add_tick(chart, value[j], value[j], pow(10, exponent(value[j])));
            return;
        }
    }
}

/* Two to five labelled places on the y axis: round figures, or else both ends. */
static void
choose_ticks(Chart *chart)
{
    if (chart->empty)
        return;
    int most = CLAMP(chart->rows / 2 + 1, 2, MOST_TICKS);
    if (chart->log && chart->high - chart->low >= 1)
        add_log_ticks(chart, most);
    for (int dense = 0; dense < 2 && chart->n_ticks < 2; dense++) {
        chart->n_ticks = 0;
        add_linear_ticks(chart, dense ? MIN(chart->rows, MOST_TICKS) : most);
    }
    if (chart->n_ticks < 2) {
        double low = from_scale(chart, chart->low);
        double high = from_scale(chart, chart->high);
        double step = (high - low) / 10;
        double largest = MAX(fabs(low), fabs(high));
        gboolean far = chart->log && high > 100 * low;
        chart->n_ticks = 0;
        add_tick(chart, low, far ? low : largest, far ? low / 10 : step);
        add_tick(chart, high, largest, far ? high / 10 : step);
    }
}

static void
put(Chart *chart, int line, int column, gunichar c, int owner)
{
    gsize at = (gsize)line * (gsize)chart->width + (gsize)column;
    chart->cell[at] = c;
    chart->owner[at] = (signed char)owner;
}

/* Where x stands, in dots; of bins, their left edges. */
static int
dot_of_x(const Chart *chart, double x)
{
    if (chart->bins)
        return (int)lround(x * (2 * chart->columns - 1) / chart->n_x);
    if (chart->n_x <= 1)
        return 0;
    return (int)lround((x - 1) * (2 * chart->columns - 1) / (chart->n_x - 1));
}

/* A dot; where there is no braille, a letter stands for all of the cell. */
static void
put_ink(Chart *chart, int x, int y, int series, char letter)
{
    static const guchar bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    int row = y / 4;
    int column = x / 2;
    guchar *dots = &chart->dots[row * chart->columns + column];
    *dots |= bits[y % 4][x % 2];
    gunichar c = chart->unicode ? 0x2800u + *dots : (gunichar)letter;
    put(chart, 1 + row, chart->left + column, c, series);
}

static void
put_dot(Chart *chart, int x, int y, int series)
{
    static const char letters[] = "*o+.";
    put_ink(chart, x, y, series, letters[series % 4]);
}

/* Whether the pen is down after so many dots: solid, dashed, dotted, dash and dot. */
static gboolean
is_inked(int series, int phase)
{
    static const struct {
        int period;
        guint inked; /* bit by bit */
    } dashes[] = {{1, 1}, {6, 0x0f}, {3, 1}, {8, 0x4f}};
    int kind = series % 4;
    return (dashes[kind].inked >> (phase % dashes[kind].period)) & 1;
}

/* A line from one dot to another (Bresenham), without its first dot where the pen goes on from
 * there (*phase is where in the dashes it is). */
static void
draw_line(Chart *chart, int x, int y, int to_x, int to_y, int series, int *phase)
{
    int dx = abs(to_x - x);
    int dy = -abs(to_y - y);
    int error = dx + dy;
    for (;;) {
        if (!chart->unicode || is_inked(series, *phase))
            put_dot(chart, x, y, series);
        if (x == to_x && y == to_y)
            return;
        (*phase)++;
        int twice = 2 * error;
        if (twice >= dy) {
            error += dy;
            x += x < to_x ? 1 : -1;
        }
        if (twice <= dx) {
            error += dx;
            y += y < to_y ? 1 : -1;
        }
    }
}

/* A point without neighbours: four dots, as one is easily missed. */
static void
draw_point(Chart *chart, int x, int y, int series)
{
    put_dot(chart, x, y, series);
    put_dot(chart, x ^ 1, y, series);
    put_dot(chart, x, y ^ 1, series);
    put_dot(chart, x ^ 1, y ^ 1, series);
}

static void
draw_series(Chart *chart, const FalSeries *series, int number)
{
    int n = MIN(series->n, chart->n_x);
    int last_x = -1;
    int last_y = -1;
    int phase = 0;
    gboolean alone = FALSE;
    for (int i = 0; i <= n; i++) {
        double scaled;
        if (i == n || !on_scale(chart, series->y[i], &scaled)) {
            if (alone)
                draw_point(chart, last_x, last_y, number);
            last_x = -1;
            alone = FALSE;
            continue;
        }
        double share = (scaled - chart->low) / (chart->high - chart->low);
        int x = dot_of_x(chart, i + 1);
        int y = (int)lround((1 - share) * (4 * chart->rows - 1));
        alone = last_x < 0;
        if (!alone)
            draw_line(chart, last_x, last_y, x, y, number, &phase);
        last_x = x;
        last_y = y;
    }
}

/* The dot that the top of bin i is at, -1 where there is nothing in it. */
static int
top_of_bin(const Chart *chart, const FalSeries *series, int i)
{
    double scaled;
    if (i < 0 || i >= series->n || !on_scale(chart, series->y[i], &scaled) || series->y[i] <= 0)
        return -1;
    double share = (scaled - chart->low) / (chart->high - chart->low);
    return CLAMP((int)lround((1 - share) * (4 * chart->rows - 1)), 0, 4 * chart->rows - 1);
}

/* What is below the steps: all dots, or one in four, through which another line is seen. */
static void
fill_bins(Chart *chart, FalFill fill, const FalSeries *series)
{
    gboolean light = fill == FAL_FILL_LIGHT;
    for (int i = 0; i < series->n && fill != FAL_FILL_NONE; i++) {
        int top = top_of_bin(chart, series, i);
        for (int x = dot_of_x(chart, i); x <= dot_of_x(chart, i + 1) && top >= 0; x++)
            for (int y = top; y < 4 * chart->rows; y++)
                if (!light || (x % 2 == 0 && y % 2 == 1))
                    put_ink(chart, x, y, 0, light ? ':' : '#');
    }
}

/* The steps: from each top to the next, down to the axis where a bin is empty. */
static void
draw_bins(Chart *chart, const FalSeries *series, int number)
{
    int floor_y = 4 * chart->rows - 1;
    int phase = 0;
    for (int i = 0; i <= series->n; i++) {
        int before = top_of_bin(chart, series, i - 1);
        int top = top_of_bin(chart, series, i);
        int x = dot_of_x(chart, i);
        if (before >= 0 || top >= 0) {
            int from = before >= 0 ? before : floor_y;
            draw_line(chart, x, from, x, top >= 0 ? top : floor_y, number, &phase);
        }
        if (top >= 0)
            draw_line(chart, x, top, dot_of_x(chart, i + 1), top, number, &phase);
    }
}

static void
draw_y_axis(Chart *chart)
{
    for (int row = 0; row < chart->rows; row++)
        put(chart, 1 + row, chart->left - 1, chart->unicode ? 0x2502 : '|', OWNER_AXIS);
    for (int i = 0; i < chart->n_ticks; i++) {
        const Tick *tick = &chart->tick[i];
        int length = (int)strlen(tick->label);
        put(chart, 1 + tick->row, chart->left - 1, chart->unicode ? 0x2524 : '+', OWNER_AXIS);
        for (int c = 0; c < length; c++) {
            put(chart, 1 + tick->row, chart->left - 1 - length + c, (guchar)tick->label[c],
                OWNER_AXIS);
        }
    }
}

/* Puts a label on the last line, centred on x's place, and a tick on the axis above; does
 * nothing where it would touch another label. */
static void
put_x_label(Chart *chart, double x, const char *label, gboolean axis)
{
    int length = (int)strlen(label);
    int place = chart->left + dot_of_x(chart, x) / 2;
    int from = CLAMP(place - length / 2, chart->left, MAX(chart->width - length, 0));
    int line = chart->height - 1;
    for (int c = MAX(from - 2, 0); c < MIN(from + length + 2, chart->width); c++)
        if (chart->cell[line * chart->width + c] != ' ')
            return;
    for (int c = 0; c < length && from + c < chart->width; c++)
        put(chart, line, from + c, (guchar)label[c], OWNER_AXIS);
    if (axis)
        put(chart, line - 1, place, chart->unicode ? 0x2534 : '+', OWNER_AXIS);
}

static void
add_x_label(Chart *chart, int x, gboolean axis)
{
    char label[16];
    g_snprintf(label, sizeof label, "%d", x);
    put_x_label(chart, x, label, axis);
}

static void
draw_x_line(Chart *chart)
{
    for (int c = chart->left - 1; c < chart->width; c++) {
        gunichar line = chart->unicode ? 0x2500 : '-';
        gunichar corner = chart->unicode ? 0x2514 : '+';
        put(chart, chart->height - 2, c, c < chart->left ? corner : line, OWNER_AXIS);
    }
}

static void
draw_x_labels(Chart *chart, gboolean axis)
{
    static const int nice[] = {1, 2, 5};
    add_x_label(chart, 1, axis);
    if (chart->n_x < 2)
        return;
    add_x_label(chart, chart->n_x, axis);
    char longest[16];
    int room = g_snprintf(longest, sizeof longest, "%d", chart->n_x) + 4;
    double step = 1;
    for (int i = 1; step * chart->columns < (double)room * (chart->n_x - 1); i++)
        step = nice[i % 3] * pow(10, i / 3);
    for (double x = step; x < chart->n_x; x += step)
        add_x_label(chart, (int)x, axis);
}

/* Adds text to the title line, noting whose cells these are. */
static void
append_title(Chart *chart, GString *line, const char *text, int owner)
{
    g_autofree char *safe = fal_text_safe(text);
    int from = fal_text_width(line->str);
    g_string_append(line, safe);
    int to = MIN(fal_text_width(line->str), chart->width);
    for (int c = from; c < to; c++)
        chart->owner[c] = (signed char)owner;
}

/* The title and the legend. */
static char *
title_line(Chart *chart, const char *title, const FalSeries *series, int n_series)
{
    static const char *const lines[] = {"── ", "╌╌ ", "┈┈ ", "─· "};
    static const char *const letters[] = {"* ", "o ", "+ ", ". "};
    g_autoptr(GString) line = g_string_new(NULL);
    append_title(chart, line, title ? title : "", OWNER_AXIS);
    for (int s = 0; s < n_series; s++) {
        if (!series[s].name)
            continue;
        append_title(chart, line, line->len > 0 ? "  " : "", OWNER_NONE);
        append_title(chart, line, chart->unicode ? lines[s % 4] : letters[s % 4], s);
        append_title(chart, line, series[s].name, s);
    }
    return fal_text_fit(line->str, chart->width, FAL_ALIGN_LEFT);
}

/* Divides the lines and columns between the plot and what stands around it. */
static void
lay_out(Chart *chart, gboolean axis)
{
    int labels = 0;
    chart->rows = chart->height - 2 - axis;
    choose_ticks(chart);
    for (int i = 0; i < chart->n_ticks; i++)
        labels = MAX(labels, (int)strlen(chart->tick[i].label));
    chart->left = labels + 1;
    chart->columns = chart->width - chart->left;
    chart->dots = g_new0(guchar, (gsize)chart->rows * (gsize)chart->columns);
}

static char *
line_text(const Chart *chart, int line)
{
    GString *text = g_string_sized_new(3 * (gsize)chart->width);
    for (int c = 0; c < chart->width; c++)
        g_string_append_unichar(text, chart->cell[line * chart->width + c]);
    return g_string_free(text, FALSE);
}

static void
chart_clear(Chart *chart)
{
    g_free(chart->cell);
    g_free(chart->owner);
    g_free(chart->dots);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Chart, chart_clear)

static void
draw(Chart *chart, const FalSeries *series, int n_series)
{
    gboolean axis = chart->height >= AXIS_FROM;
    find_range(chart, series, n_series);
    lay_out(chart, axis);
    draw_y_axis(chart);
    if (axis)
        draw_x_line(chart);
    if (!chart->bins)
        draw_x_labels(chart, axis);
    for (int i = 0; chart->bins && i < chart->bins->n_marks; i++)
        put_x_label(chart, chart->bins->mark[i].x, chart->bins->mark[i].label, axis);
    if (chart->bins && n_series > 0)
        fill_bins(chart, chart->bins->fill, series);
    for (int s = n_series - 1; s >= 0; s--) { /* so that the first is on top */
        if (chart->bins)
            draw_bins(chart, &series[s], s);
        else
            draw_series(chart, &series[s], s);
    }
}

char **
fal_chart_bins(const FalChartSpec *spec, const FalBins *bins, const FalSeries *series,
               int n_series, signed char *owner)
{
    g_return_val_if_fail(spec && (series || n_series == 0), NULL);
    g_return_val_if_fail(n_series >= 0 && n_series <= G_MAXINT8, NULL);
    g_auto(Chart) chart = {.width = MAX(spec->width, 0), .height = MAX(spec->height, 0)};
    gsize n_cells = (gsize)chart.width * (gsize)chart.height;
    chart.cell = g_new(gunichar, n_cells);
    chart.owner = g_malloc(n_cells + 1);
    for (gsize i = 0; i < n_cells; i++) {
        chart.cell[i] = ' ';
        chart.owner[i] = OWNER_NONE;
    }
    chart.unicode = fal_chart_unicode();
    chart.log = spec->log_y;
    chart.bins = bins;
    chart.n_x = spec->n_x;
    for (int s = 0; s < n_series && spec->n_x <= 0; s++)
        chart.n_x = MAX(chart.n_x, series[s].n);
    chart.n_x = MAX(chart.n_x, 1);
    for (int s = 0; bins && s < n_series; s++)
        chart.n_x = MAX(chart.n_x, series[s].n);
    if (chart.width >= LEAST_WIDTH && chart.height >= LEAST_HEIGHT)
        draw(&chart, series, n_series);
    char **lines = g_new0(char *, chart.height + 1);
    for (int line = 0; line < chart.height; line++) {
        lines[line] = line == 0 ? title_line(&chart, spec->title, series, n_series)
                                : line_text(&chart, line);
    }
    if (owner)
        memcpy(owner, chart.owner, n_cells);
    return lines;
}

char **
fal_chart_lines(const FalChartSpec *spec, const FalSeries *series, int n_series,
                signed char *owner)
{
    return fal_chart_bins(spec, NULL, series, n_series, owner);
}
