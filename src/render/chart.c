/* Line charts on a grid of braille dots, two by four in a cell.
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

#include "base/glyphs.h"
#include "base/text.h"
#include "render/axis.h"

#define LEAST_WIDTH  20
#define LEAST_HEIGHT 4
#define SHORT_NAME   8 /* cells of a name in the legend beside a title, and of one without */
#define LEAST_NAME   5
#define AXIS_FROM    8   /* lines: a lower chart has no room for a line above the x labels */
#define BELOW_ONE    0.7 /* where a logarithmic axis of counts begins, so that 1 is to be seen */
#define GROUND       0.3 /* a share of the largest value: an axis that goes below it begins at 0 */

enum { OWNER_NONE = -1, OWNER_AXIS = -2 };

typedef struct {
    int width, height; /* of the whole, in cells */
    gunichar *cell;    /* height x width, the title line unused */
    signed char *owner;
    gboolean unicode;

    int left;     /* the column where the plot begins, behind the labels and the axis */
    int columns;  /* cells of the plot, y.rows high, whose first line is 1 */
    guchar *dots; /* rows x columns, braille bits */

    const FalBins *bins; /* NULL: lines */
    FalAxis y;
    gboolean empty; /* nothing to draw */
    int n_x;
} Chart;

/* The range of y, never of no height. */
static void
find_range(Chart *chart, const FalSeries *series, int n_series)
{
    chart->empty = TRUE;
    for (int s = 0; s < n_series; s++) {
        for (int i = 0; i < series[s].n; i++) {
            double y;
            if (fal_axis_place(&chart->y, series[s].y[i], &y)) {
                chart->y.low = chart->empty ? y : MIN(chart->y.low, y);
                chart->y.high = chart->empty ? y : MAX(chart->y.high, y);
                chart->empty = FALSE;
            }
        }
    }
    if (chart->bins) {
        chart->y.low = chart->y.log ? log10(BELOW_ONE) : 0;
        chart->y.high = MAX(chart->y.high, chart->y.low);
    } else if (!chart->y.log && chart->y.low > 0 && chart->y.low < GROUND * chart->y.high) {
        chart->y.low = 0;
    }
    double size = MAX(fabs(chart->y.low), fabs(chart->y.high));
    double least = chart->y.log ? 1e-6 : 1e-6 * size;
    if (chart->y.high - chart->y.low > least && size > 1 / FAL_AXIS_HUGEST)
        return;
    double pad = chart->y.log ? 0.02 : size > 1 / FAL_AXIS_HUGEST ? 0.05 * size : 1;
    chart->y.low -= pad;
    chart->y.high += pad;
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
    put(chart, 1 + row, chart->left + column, fal_glyph_dots(*dots, letter), series);
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
        if (i == n || !fal_axis_place(&chart->y, series->y[i], &scaled)) {
            if (alone)
                draw_point(chart, last_x, last_y, number);
            last_x = -1;
            alone = FALSE;
            continue;
        }
        int x = dot_of_x(chart, i + 1);
        int y = fal_axis_dot(&chart->y, scaled);
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
    if (i < 0 || i >= series->n || !fal_axis_place(&chart->y, series->y[i], &scaled) ||
        series->y[i] <= 0)
        return -1;
    return fal_axis_dot(&chart->y, scaled);
}

/* What is below the steps: all dots, or one in four, through which another line is seen. */
static void
fill_bins(Chart *chart, FalFill fill, const FalSeries *series)
{
    gboolean light = fill == FAL_FILL_LIGHT;
    for (int i = 0; i < series->n && fill != FAL_FILL_NONE; i++) {
        int top = top_of_bin(chart, series, i);
        for (int x = dot_of_x(chart, i); x <= dot_of_x(chart, i + 1) && top >= 0; x++)
            for (int y = top; y < 4 * chart->y.rows; y++)
                if (!light || (x % 2 == 0 && y % 2 == 1))
                    put_ink(chart, x, y, 0, light ? ':' : '#');
    }
}

/* The steps: from each top to the next, down to the axis where a bin is empty. */
static void
draw_bins(Chart *chart, const FalSeries *series, int number)
{
    int floor_y = 4 * chart->y.rows - 1;
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
    for (int row = 0; row < chart->y.rows; row++)
        put(chart, 1 + row, chart->left - 1, g_utf8_get_char(fal_glyph(FAL_GLYPH_WALL)),
            OWNER_AXIS);
    for (int i = 0; i < chart->y.n_ticks; i++) {
        const FalTick *tick = &chart->y.tick[i];
        int length = (int)strlen(tick->label);
        put(chart, 1 + tick->row, chart->left - 1, g_utf8_get_char(fal_glyph(FAL_GLYPH_TICK_Y)),
            OWNER_AXIS);
        for (int c = 0; c < length; c++) {
            put(chart, 1 + tick->row, chart->left - 1 - length + c, (guchar)tick->label[c],
                OWNER_AXIS);
        }
    }
}

/* Puts a label on the last line, centred on x's place, and a tick on the axis above; does
 * nothing where it would touch another label. */
static void
put_x_label(Chart *chart, double x, const char *label)
{
    int length = (int)strlen(label);
    int place = chart->left + CLAMP(dot_of_x(chart, x), 0, 2 * chart->columns - 1) / 2;
    int from = CLAMP(place - length / 2, chart->left, MAX(chart->width - length, 0));
    int line = chart->height - 1;
    for (int c = MAX(from - 2, 0); c < MIN(from + length + 2, chart->width); c++)
        if (chart->cell[line * chart->width + c] != ' ')
            return;
    for (int c = 0; c < length && from + c < chart->width; c++)
        put(chart, line, from + c, (guchar)label[c], OWNER_AXIS);
    if (chart->y.line)
        put(chart, line - 1, place, g_utf8_get_char(fal_glyph(FAL_GLYPH_TICK_X)), OWNER_AXIS);
}

static void
add_x_label(Chart *chart, int x)
{
    char label[16];
    g_snprintf(label, sizeof label, "%d", x);
    put_x_label(chart, x, label);
}

static void
draw_x_line(Chart *chart)
{
    for (int c = chart->left - 1; c < chart->width; c++) {
        gunichar line = g_utf8_get_char(fal_glyph(FAL_GLYPH_RULE));
        gunichar corner = g_utf8_get_char(fal_glyph(FAL_GLYPH_CORNER));
        put(chart, chart->height - 2, c, c < chart->left ? corner : line, OWNER_AXIS);
    }
}

static void
draw_x_labels(Chart *chart)
{
    static const int nice[] = {1, 2, 5};
    add_x_label(chart, 1);
    if (chart->n_x < 2)
        return;
    add_x_label(chart, chart->n_x);
    char longest[16];
    int room = g_snprintf(longest, sizeof longest, "%d", chart->n_x) + 4;
    double step = 1;
    for (int i = 1; step * chart->columns < (double)room * (chart->n_x - 1); i++)
        step = nice[i % 3] * pow(10, i / 3);
    for (double x = step; x < chart->n_x; x += step)
        add_x_label(chart, (int)x);
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

/* Cells of the legend whose names take at most `most` cells each. */
static int
legend_width(const Chart *chart, const FalSeries *series, int n_series, int most)
{
    int width = 0;
    for (int s = 0; s < n_series; s++) {
        g_autofree char *safe = fal_text_safe(series[s].name ? series[s].name : "");
        if (series[s].name)
            width += 2 + (chart->unicode ? 3 : 2) + MIN(fal_text_width(safe), most);
    }
    return width;
}

/* Where title and legend are too long together, the title ends at its comma, then the longest
 * names are cut, then there is no title. Gives back the title; *most the cells of a name. */
static char *
fit_title(const Chart *chart, const char *title, const FalSeries *series, int n_series,
          int *most)
{
    char *whole = fal_text_safe(title ? title : "");
    const char *comma = strchr(whole, ',');
    int least[] = {chart->width, SHORT_NAME, LEAST_NAME};
    for (gsize i = 0; i < G_N_ELEMENTS(least); i++) {
        if (i == 1 && comma)
            whole[comma - whole] = '\0';
        if (i == 2)
            *whole = '\0';
        *most = chart->width;
        while (*most > least[i] &&
               fal_text_width(whole) + legend_width(chart, series, n_series, *most) >
                   chart->width)
            (*most)--;
        if (fal_text_width(whole) + legend_width(chart, series, n_series, *most) <=
            chart->width)
            break;
    }
    return whole;
}

/* The title and the legend. */
static char *
title_line(Chart *chart, const char *title, const FalSeries *series, int n_series)
{
    static const char *const lines[] = {"── ", "╌╌ ", "┈┈ ", "─· "};
    static const char *const blocks[] = {"── ", "-- ", "·· ",
                                         "─· "}; /* the console has these */
    static const char *const letters[] = {"* ", "o ", "+ ", ". "};
    const char *const *keys = fal_glyphs() == FAL_GLYPHS_BLOCK ? blocks : lines;
    g_autoptr(GString) line = g_string_new(NULL);
    int most;
    g_autofree char *fit = fit_title(chart, title, series, n_series, &most);
    append_title(chart, line, fit, OWNER_AXIS);
    for (int s = 0; s < n_series; s++) {
        if (!series[s].name)
            continue;
        g_autofree char *name = fal_text_safe(series[s].name);
        g_autofree char *cut =
            fal_text_fit(name, MIN(fal_text_width(name), most), FAL_ALIGN_LEFT);
        append_title(chart, line, line->len > 0 ? "  " : "", OWNER_NONE);
        append_title(chart, line, chart->unicode ? keys[s % 4] : letters[s % 4], s);
        append_title(chart, line, cut, s);
    }
    return fal_text_fit(line->str, chart->width, FAL_ALIGN_LEFT);
}

/* Divides the lines and columns between the plot and what stands around it. */
static void
lay_out(Chart *chart)
{
    int labels = 0;
    chart->y.rows = chart->height - 2 - chart->y.line;
    if (!chart->empty)
        fal_axis_choose_ticks(&chart->y);
    for (int i = 0; i < chart->y.n_ticks; i++)
        labels = MAX(labels, (int)strlen(chart->y.tick[i].label));
    chart->left = labels + 1;
    chart->columns = chart->width - chart->left;
    chart->dots = g_new0(guchar, (gsize)chart->y.rows * (gsize)chart->columns);
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
    chart->y.line = chart->height >= AXIS_FROM;
    find_range(chart, series, n_series);
    lay_out(chart);
    draw_y_axis(chart);
    if (chart->y.line)
        draw_x_line(chart);
    if (!chart->bins)
        draw_x_labels(chart);
    for (int i = 0; chart->bins && i < chart->bins->n_marks; i++)
        put_x_label(chart, chart->bins->mark[i].x, chart->bins->mark[i].label);
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
    chart.unicode = fal_glyphs_unicode();
    chart.y.log = spec->log_y;
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
