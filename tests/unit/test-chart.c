/* Charts: bars, line charts in every size, the progress line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#include "base/glyphs.h"
#include "base/text.h"
#include "render/chart.h"

#define N 15

static void
test_bar(void)
{
    static const struct {
        double share;
        int cells;
        const char *expected, *ascii;
    } cases[] = {
        {0, 4, "    ", "    "},    {1, 4, "████", "####"},
        {0.5, 4, "██  ", "##  "},  {0.94, 13, "████████████▎", "############ "},
        {1.0 / 8, 1, "▏", " "},    {2.0 / 8, 1, "▎", " "},
        {3.0 / 8, 1, "▍", " "},    {4.0 / 8, 1, "▌", "#"},
        {5.0 / 8, 1, "▋", "#"},    {6.0 / 8, 1, "▊", "#"},
        {7.0 / 8, 1, "▉", "#"},    {-3, 2, "  ", "  "},
        {7, 2, "██", "##"},        {NAN, 2, "  ", "  "},
        {INFINITY, 2, "██", "##"}, {0.5, 0, "", ""},
        {0.5, -1, "", ""},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *bar = fal_chart_bar(cases[i].share, cases[i].cells);
        fal_glyphs_set(FAL_GLYPHS_ASCII);
        g_autofree char *ascii = fal_chart_bar(cases[i].share, cases[i].cells);
        fal_glyphs_set(FAL_GLYPHS_AUTO);
        g_assert_cmpint(fal_text_width(bar), ==, MAX(cases[i].cells, 0));
        g_assert_cmpstr(ascii, ==, cases[i].ascii);
        g_assert_cmpstr(bar, ==, cases[i].expected);
    }
    g_autofree char *marked = fal_chart_progress_bar(0.5, 4);
    g_assert_cmpstr(marked, ==, "▕██  ▏");
    fal_glyphs_set(FAL_GLYPHS_ASCII);
    g_autofree char *ascii = fal_chart_progress_bar(0.5, 4);
    fal_glyphs_set(FAL_GLYPHS_AUTO);
    g_assert_cmpstr(ascii, ==, "[##  ]");
}

static void
test_unicode(void)
{
    g_autofree char *before = g_strdup(setlocale(LC_ALL, NULL));
    g_assert_true(fal_glyphs_unicode());
    fal_glyphs_set(FAL_GLYPHS_ASCII);
    g_assert_false(fal_glyphs_unicode());
    fal_glyphs_set(FAL_GLYPHS_AUTO);
    setlocale(LC_ALL, "C");
    gboolean unicode = fal_glyphs_unicode();
    g_autofree char *bar = fal_chart_bar(1, 2);
    setlocale(LC_ALL, before);
    g_assert_false(unicode);
    g_assert_cmpstr(bar, ==, "##");
}

/* Checks the shape, and that whoever colours can rely on owner; gives the lines as one text. */
static char *
bins_text(const FalChartSpec *spec, const FalBins *bins, const FalSeries *series, int n_series)
{
    int n_cells = MAX(spec->width, 0) * MAX(spec->height, 0);
    g_autofree signed char *owner = g_malloc(n_cells + 1);
    memset(owner, 99, n_cells + 1);
    g_auto(GStrv) lines = fal_chart_bins(spec, bins, series, n_series, owner);
    g_assert_cmpint(g_strv_length(lines), ==, MAX(spec->height, 0));
    for (int l = 0; lines[l]; l++) {
        g_assert_true(g_utf8_validate(lines[l], -1, NULL));
        g_assert_cmpint(fal_text_width(lines[l]), ==, MAX(spec->width, 0));
    }
    for (int i = 0; i < n_cells; i++) {
        g_assert_cmpint(owner[i], >=, -2);
        g_assert_cmpint(owner[i], <, n_series);
    }
    g_assert_cmpint(owner[n_cells], ==, 99);
    return g_strjoinv("\n", lines);
}

static char *
chart_text(const FalChartSpec *spec, const FalSeries *series, int n_series)
{
    return bins_text(spec, NULL, series, n_series);
}

static void
assert_chart(const FalChartSpec *spec, const FalSeries *series, int n_series,
             const char *expected)
{
    g_autofree char *text = chart_text(spec, series, n_series);
    g_assert_cmpstr(text, ==, expected);
}

static void
losses(double *observed, double *unobserved)
{
    for (int i = 0; i < N; i++) {
        observed[i] = 1.2e8 + 1e9 / (1 << i);
        unobserved[i] = 1e6 + 1e7 / (i + 1);
    }
}

static void
test_linear(void)
{
    double y[N];
    for (int i = 0; i < N; i++)
        y[i] = i / 14.0;
    FalSeries series = {"ndcg", y, N};
    FalChartSpec spec = {40, 8, FALSE, 0, "held out"};
    assert_chart(&spec, &series, 1,
                 "held out  ── ndcg                       \n"
                 "1.0┤                             ⢀⣀⡠⠔⠒⠊⠉\n"
                 "   │                      ⢀⣀⡠⠤⠔⠊⠉⠁      \n"
                 "0.5┤              ⢀⣀⡠⠤⠤⠔⠒⠊⠁             \n"
                 "   │        ⢀⡠⠤⠔⠒⠊⠁                     \n"
                 "   │⣀⣀⣀⡠⠔⠒⠊⠉⠁                           \n"
                 "  0└┴─────────┴────────────┴───────────┴\n"
                 "    1         5           10          15");
}

static void
test_log(void)
{
    double observed[N];
    double unobserved[N];
    losses(observed, unobserved);
    FalSeries series[] = {{"observed", observed, N}, {"坂本", unobserved, N}};
    FalChartSpec spec = {50, 10, TRUE, 20, "loss"};
    assert_chart(&spec, series, 2,
                 "loss  ── observed  ╌╌ 坂本                        \n"
                 "1e9┤⠉⠒⠤⣀                                          \n"
                 "   │    ⠉⠒⠤⠤⣀                                     \n"
                 "1e8┤         ⠉⠉⠉⠉⠑⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒            \n"
                 "   │                                              \n"
                 "   │⡀                                             \n"
                 "1e7┤⠈⠑ ⠤⣀                                         \n"
                 "   │      ⠉⠉ ⠒⠒ ⠒⠒ ⠒⠤ ⠤⠤ ⠤⠤ ⠤⢄ ⣀⣀ ⣀⣀ ⣀            \n"
                 "   └┴────────┴───────────┴───────────┴───────────┴\n"
                 "    1        5          10          15          20");
    fal_glyphs_set(FAL_GLYPHS_ASCII);
    assert_chart(&spec, series, 2,
                 "loss  * observed  o ??                            \n"
                 "1e9+****                                          \n"
                 "   |    *****                                     \n"
                 "1e8+         *************************            \n"
                 "   |                                              \n"
                 "   |o                                             \n"
                 "1e7+oooooo                                        \n"
                 "   |      oooooooooooooooooooooooooooo            \n"
                 "   ++--------+-----------+-----------+-----------+\n"
                 "    1        5          10          15          20");
    fal_glyphs_set(FAL_GLYPHS_AUTO);
}

/* One point, none, all the same; no logarithm of zero. */
static void
test_odd_series(void)
{
    const double one[] = {0.5};
    const double none[] = {NAN, -INFINITY};
    const double flat[] = {3, 3, 3};
    const double zeros[] = {0, 1, 10, 1000, 0, 5, -3, 7};
    FalSeries series[] = {{"one", one, 1}, {"x", none, 2}, {NULL, flat, 3}, {"z", zeros, 8}};
    FalChartSpec specs[] = {{20, 4, FALSE, 10, NULL},
                            {20, 8, FALSE, 0, "t"},
                            {24, 5, FALSE, 0, "flat"},
                            {30, 9, TRUE, 0, NULL}};
    assert_chart(&specs[0], &series[0], 1,
                 "── one              \n"
                 "0.6┤                \n"
                 "0.4┤⠛               \n"
                 "    1      5      10");
    assert_chart(&specs[1], &series[1], 1,
                 "t  ── x             \n"
                 "│                   \n"
                 "│                   \n"
                 "│                   \n"
                 "│                   \n"
                 "│                   \n"
                 "└┴─────────────────┴\n"
                 " 1                 2");
    assert_chart(&specs[2], &series[2], 1,
                 "flat                    \n"
                 "3.1┤                    \n"
                 "3.0┤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤\n"
                 "2.9┤                    \n"
                 "    1         2        3");
    assert_chart(&specs[3], &series[3], 1,
                 "── z                          \n"
                 "1000┤          ⡜              \n"
                 "    │         ⡜               \n"
                 " 100┤        ⡜                \n"
                 "  10┤       ⡜                 \n"
                 "    │     ⢠⠊          ⣤      ⠛\n"
                 "   1┤   ⢀⠔⠁                   \n"
                 "    └┴──┴──────┴──────┴──────┴\n"
                 "     1  2      4      6      8");
}

/* Whose a cell is: title and axes -2, the legend's and the plot's cells their series', the rest
 * -1; the first series is on top. */
static void
test_owner(void)
{
    const double y[] = {1, 1};
    const double other[] = {1, 2};
    FalSeries series[] = {{"a", y, 2}, {"坂", other, 2}};
    FalChartSpec spec = {20, 4, FALSE, 0, "up"};
    signed char owner[80];
    g_auto(GStrv) lines = fal_chart_lines(&spec, series, 2, owner);
    g_assert_cmpstr(lines[0], ==, "up  ── a  ╌╌ 坂     ");
    GString *seen = g_string_new(NULL);
    for (int i = 0; i < 80; i++)
        g_string_append_c(seen, owner[i] == -2 ? '=' : owner[i] < 0 ? ' ' : '0' + owner[i]);
    g_autofree char *map = g_string_free(seen, FALSE);
    g_assert_cmpstr(map, ==,
                    "==  0000  11111     "
                    "==         11 11 11 "
                    "==000000000000000000"
                    "  =                =");
}

/* Labels tell their lines apart, whatever the numbers are like. */
static void
test_labels(void)
{
    static const struct {
        double low, high;
        gboolean log;
        const char *expected; /* from the top, parted by blanks */
    } cases[] = {
        {0, 1, FALSE, "1.0 0.5 0"},
        {0.05, 0.19, FALSE, "0.15 0.10 0.05 0"},
        {0.08, 0.19, FALSE, "0.15 0.10"},
        {-3, 3, FALSE, "2 0 -2"},
        {11000, 39000, FALSE, "30k 20k 10k 0"},
        {10100, 11900, FALSE, "11.5k 11.0k 10.5k"},
        {1.2e8, 2.1e8, FALSE, "2.0e8 1.8e8 1.6e8 1.4e8 1.2e8"},
        {1.2e-7, 2.1e-7, FALSE, "2.0e-7 1.8e-7 1.6e-7 1.4e-7 1.2e-7"},
        {1e-5, 1e-2, TRUE, "0.01 0.001 1e-4 1e-5"},
        {1, 1e9, TRUE, "1e8 1e6 10k 100 1"},
        {1.2, 3.9, TRUE, "3.5 3.0 2.5 2.0 1.5"},
        {123456, 123456.01, FALSE, "125k 120k"},
        {-1e300, 1e300, FALSE, "1.0e300 5e299 0 -5e299 -1.0e300"},
        {1e-300, 1e300, TRUE, "1e200 1 1e-200"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const double y[] = {cases[i].low, cases[i].high};
        FalSeries series = {NULL, y, 2};
        FalChartSpec spec = {40, 14, cases[i].log, 0, NULL};
        g_auto(GStrv) lines = fal_chart_lines(&spec, &series, 1, NULL);
        g_autoptr(GString) labels = g_string_new(NULL);
        for (int l = 1; l < 13; l++) {
            char *axis = strstr(lines[l], l < 12 ? "┤" : "└");
            g_autofree char *label = axis ? g_strndup(lines[l], axis - lines[l]) : g_strdup("");
            if (*g_strstrip(label))
                g_string_append_printf(labels, "%s%s", labels->len > 0 ? " " : "", label);
        }
        g_assert_cmpstr(labels->str, ==, cases[i].expected);
    }
}

/* Every size: the lines are as wide as they should be, nothing crashes. */
static void
test_sizes(void)
{
    double observed[N];
    double unobserved[N];
    double gaps[N];
    losses(observed, unobserved);
    for (int i = 0; i < N; i++)
        gaps[i] = i % 4 == 3 ? NAN : i % 5 == 2 ? 0 : -1e9 * i;
    FalSeries series[] = {{"observed", observed, N},
                          {"unobserved", unobserved, N},
                          {"坂本\033龍一", gaps, N},
                          {"one", observed, 1},
                          {"none", gaps, 0}};
    for (int width = -1; width <= 300; width += width < 60 ? 1 : 13) {
        for (int height = -1; height <= 100; height += height < 12 ? 1 : 11) {
            for (int mode = 0; mode < 4; mode++) {
                FalChartSpec spec = {width, height, mode & 1, mode & 2 ? 1000 : 0, "坂本龍一"};
                g_autofree char *text = chart_text(&spec, series, G_N_ELEMENTS(series));
                g_assert_null(strchr(text, '\033'));
            }
        }
    }
    FalChartSpec spec = {30, 6, FALSE, 0, NULL};
    g_autofree char *empty = chart_text(&spec, NULL, 0);
    g_assert_nonnull(strstr(empty, "1"));
    for (int n_x = 1; n_x <= 400; n_x++) {
        spec.n_x = n_x;
        g_autofree char *text = chart_text(&spec, series, 2);
        g_autofree char *last = g_strdup_printf("%d", n_x);
        g_assert_true(n_x == 1 || g_str_has_suffix(text, last));
    }
}

static FalProgress
training(void)
{
    return (FalProgress){.stage = "training 7/15",
                         .note = "J 1.78e8 -0.4 %",
                         .done = 46,
                         .total = 100,
                         .seconds = 10};
}

static void
test_progress(void)
{
    static const struct {
        int width;
        double done, total, seconds;
        const char *expected;
    } cases[] = {
        {80, 46, 100, 10, "training 7/15 ▕████▋     ▏ J 1.78e8 -0.4 %  12 s left"},
        {53, 46, 100, 10, "training 7/15 ▕████▋     ▏ J 1.78e8 -0.4 %  12 s left"},
        {52, 46, 100, 10, "training 7/15 ▕████▋     ▏ J 1.78e8 -0.4 %"},
        {42, 46, 100, 10, "training 7/15 ▕████▋     ▏ J 1.78e8 -0.4 %"},
        {41, 46, 100, 10, "training 7/15 ▕████▋     ▏  12 s left"},
        {26, 46, 100, 10, "training 7/15 ▕████▋     ▏"},
        {20, 50, 100, 10, "training 7/15 ▕██  ▏"},
        {19, 46, 100, 10, "training 7/15"},
        {13, 46, 100, 10, "training 7/15"},
        {9, 46, 100, 10, "training…"},
        {1, 46, 100, 10, "…"},
        {0, 46, 100, 10, ""},
        {-4, 46, 100, 10, ""},
        {80, 2, 100, 10, "training 7/15 ▕▎         ▏ J 1.78e8 -0.4 %"},
        {80, 50, 100, 0.5, "training 7/15 ▕█████     ▏ J 1.78e8 -0.4 %"},
        {80, 100, 100, 9, "training 7/15 ▕██████████▏ J 1.78e8 -0.4 %"},
        {80, 200, 100, 9, "training 7/15 ▕██████████▏ J 1.78e8 -0.4 %"},
        {80, NAN, 100, 9, "training 7/15 ▕          ▏ J 1.78e8 -0.4 %"},
        {80, 5, 0, 12.2, "training 7/15 J 1.78e8 -0.4 %  12 s"},
        {80, 5, INFINITY, 12.2, "training 7/15 J 1.78e8 -0.4 %  12 s"},
        {20, 5, 0, 12.2, "training 7/15  12 s"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        FalProgress progress = training();
        progress.done = cases[i].done;
        progress.total = cases[i].total;
        progress.seconds = cases[i].seconds;
        g_autofree char *line = fal_chart_progress(&progress, cases[i].width);
        g_assert_cmpstr(line, ==, cases[i].expected);
    }
    FalProgress progress = training();
    strcpy(progress.stage, "坂本\033龍一\xe5\x9d");
    progress.note[0] = '\0';
    for (int width = 0; width < 60; width++) {
        g_autofree char *line = fal_chart_progress(&progress, width);
        g_assert_cmpint(fal_text_width(line), <=, width);
    }
    fal_glyphs_set(FAL_GLYPHS_ASCII);
    g_autofree char *ascii = fal_chart_progress(&progress, 60);
    fal_glyphs_set(FAL_GLYPHS_AUTO);
    g_assert_cmpstr(ascii, ==, "??????? [#####     ]  12 s left");
}

/* Steps, an empty bin, the labels at the edges; and in letters. */
static void
test_bins(void)
{
    static const double y[] = {4, 0, 2, 1};
    static const FalMark mark[] = {{0, "0"}, {4, "1k"}, {3.9, "out"}, {2, "10"}};
    const FalSeries series = {"all", y, 4};
    const FalChartSpec spec = {.width = 22, .height = 8, .title = "n"};
    FalBins bins = {FAL_FILL_SOLID, mark, 4};
    g_autofree char *solid = bins_text(&spec, &bins, &series, 1);
    g_assert_cmpstr(solid, ==,
                    "n  ── all             \n"
                    "4┤⣿⣿⣿⣿⣿⡇              \n"
                    " │⣿⣿⣿⣿⣿⡇              \n"
                    "2┤⣿⣿⣿⣿⣿⡇    ⣤⣤⣤⣤⣤     \n"
                    " │⣿⣿⣿⣿⣿⡇    ⣿⣿⣿⣿⣿⣀⣀⣀⣀⣀\n"
                    " │⣿⣿⣿⣿⣿⡇    ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿\n"
                    "0└┴─────────┴────────┴\n"
                    "  0        10       1k");
    fal_glyphs_set(FAL_GLYPHS_ASCII);
    bins.fill = FAL_FILL_LIGHT;
    g_autofree char *ascii = bins_text(&spec, &bins, &series, 1);
    fal_glyphs_set(FAL_GLYPHS_AUTO);
    g_assert_nonnull(strstr(ascii, "4+*****"));
    g_assert_nonnull(strstr(ascii, "|*::::*"));
}

/* On a logarithmic axis a single one is to be seen, and nothing is nothing. */
static void
test_log_bins(void)
{
    static const double y[] = {1000, 1, 0, 1};
    const FalSeries series = {NULL, y, 4};
    const FalChartSpec spec = {.width = 24, .height = 6, .log_y = TRUE};
    const FalBins bins = {FAL_FILL_NONE, NULL, 0};
    g_autofree char *text = bins_text(&spec, &bins, &series, 1);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_true(g_str_has_prefix(lines[2], "100┤⡇    ⡇  "));
    g_assert_true(g_str_has_prefix(lines[4], "  1┤⡇    ⠧⠤⠤⠤⠤⡄   ⢠⠤"));
    static const double none[] = {0, 0};
    const FalSeries empty = {NULL, none, 2};
    for (int height = 0; height < 9; height++) {
        FalChartSpec small = spec;
        small.height = height;
        g_autofree char *nothing = bins_text(&small, &bins, &empty, 1);
        g_assert_null(strstr(nothing, "⠤"));
        g_autofree char *no_series = bins_text(&small, &bins, NULL, 0);
        g_assert_null(strstr(no_series, "⠤"));
    }
}

/* A bin's height is in proportion to its value, counted from the axis: 0 is on it, where a line
 * stands for it, else on the last line. */
static void
test_ground(void)
{
    static const double y[] = {1, 2, 3, 4};
    const FalSeries series = {NULL, y, 4};
    const FalBins bins = {FAL_FILL_SOLID, NULL, 0};
    for (int height = 5; height <= 40; height++) {
        FalChartSpec spec = {.width = 22, .height = height};
        gboolean axis = height >= 8;
        int rows = height - 2 - axis;
        g_autofree char *text = bins_text(&spec, &bins, &series, 1);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        g_assert_true(strstr(lines[rows + axis], axis ? "0└" : "0┤") != NULL);
        for (int bin = 0; bin < 4; bin++) {
            int dots = 0; /* of the column in the bin's middle, on its left */
            for (int row = 1; row <= rows; row++) {
                const char *axis_at = strpbrk(lines[row], "\xe2");
                const char *cell = g_utf8_offset_to_pointer(axis_at, 1 + 5 * bin + 2);
                gunichar c = g_utf8_get_char(cell);
                for (guint bit = 0; c >= 0x2800 && bit < 8; bit++)
                    dots += (0x47 >> bit & 1) && (c >> bit & 1);
            }
            g_assert_cmpint(ABS(dots - (int)lround(y[bin] / 4 * 4 * rows)), <=, 1);
        }
    }
}

/* What tells the lines apart is whole at 60 cells; below that names are cut, all alike. */
static void
test_legend(void)
{
    const double y[] = {1, 2};
    const FalSeries series[] = {
        {"all", y, 2}, {"observed", y, 2}, {"unobserved", y, 2}, {"regularizer", y, 2}};
    static const struct {
        int width;
        const char *expected;
    } cases[] = {
        {70, "loss, log scale  ── all  ╌╌ observed  ┈┈ unobserved  ─· regularizer"},
        {60, "loss  ── all  ╌╌ observed  ┈┈ unobserved  ─· regularizer"},
        {53, "loss  ── all  ╌╌ observed  ┈┈ unobserv…  ─· regulari…"},
        {44, "── all  ╌╌ observ…  ┈┈ unobse…  ─· regula…"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        FalChartSpec spec = {cases[i].width, 4, TRUE, 0, "loss, log scale"};
        g_auto(GStrv) lines = fal_chart_lines(&spec, series, 4, NULL);
        g_assert_cmpstr(g_strchomp(lines[0]), ==, cases[i].expected);
    }
}

/* A random value of any size, or none. */
static double
random_value(GRand *rand)
{
    double x = g_rand_double_range(rand, -1, 1) * pow(10, g_rand_int_range(rand, -8, 12));
    return g_rand_int_range(rand, 0, 9) == 0 ? NAN : g_rand_boolean(rand) ? fabs(x) : x;
}

/* Charts of anything: the y labels are round (no more than two digits, or as many as their step
 * asks for), rise in even steps or factors, and there are two of them at least. */
static void
test_round_labels(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);
    for (int round = 0; round < 3000; round++) {
        double low = fabs(random_value(rand)), span = g_rand_double_range(rand, 0.01, 3);
        const double y[] = {low, low * (1 + span)};
        if (!isfinite(low) || low == 0)
            continue;
        FalSeries series = {NULL, y, 2};
        FalChartSpec spec = {40, g_rand_int_range(rand, 4, 24), g_rand_boolean(rand), 0, NULL};
        g_auto(GStrv) lines = fal_chart_lines(&spec, &series, 1, NULL);
        double value[8];
        int n = 0;
        for (int l = spec.height - 2; l > 0; l--) {
            char *end;
            double x = g_ascii_strtod(lines[l], &end);
            if (end == lines[l])
                continue;
            g_assert_cmpint(n, <, 8);
            value[n++] = *end == 'k' ? 1000 * x : x;
        }
        g_assert_cmpint(n, >=, 2);
        double step = value[1] - value[0];
        for (int i = 1; i < n; i++) {
            g_assert_cmpfloat(value[i], >, value[i - 1]);
            if (!spec.log_y)
                g_assert_cmpfloat(fabs(value[i] - value[i - 1] - step), <, 1e-6 * value[n - 1]);
        }
        if (!spec.log_y) {
            double digit = step / pow(10, floor(log10(step) + 1e-6));
            g_assert_true(fabs(digit - 1) < 1e-4 || fabs(digit - 2) < 1e-4 ||
                          fabs(digit - 5) < 1e-4);
        }
    }
}

/* Whatever is drawn, ASCII is ASCII, and half blocks are of the console's. */
static void
test_glyph_sets(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(6);
    static const char *const names[] = {"Björk", "椎名林檎", "a·b – c", "\xff\x1b[31m", NULL};
    for (int round = 0; round < 600; round++) {
        double y[3][20];
        FalSeries series[3];
        FalMark mark[] = {{0, "0"}, {10, "1k"}};
        FalBins bins = {(FalFill)(round % 3), mark, 2};
        FalChartSpec spec = {g_rand_int_range(rand, 0, 90), g_rand_int_range(rand, 0, 30),
                             g_rand_boolean(rand), 0, names[round % 5]};
        for (int s = 0; s < 3; s++) {
            for (int i = 0; i < 20; i++)
                y[s][i] = random_value(rand);
            series[s] = (FalSeries){names[(round + s) % 5], y[s], 20};
        }
        fal_glyphs_set(round % 2 ? FAL_GLYPHS_ASCII : FAL_GLYPHS_BLOCK);
        g_autofree char *text = bins_text(&spec, round % 4 < 2 ? &bins : NULL, series,
                                          g_rand_int_range(rand, 0, 4));
        g_autofree char *bar = fal_chart_progress_bar(y[0][0], spec.width);
        fal_glyphs_set(FAL_GLYPHS_AUTO);
        g_assert_true(round % 2 == 0 || g_str_is_ascii(text));
        g_assert_true(round % 2 == 0 || g_str_is_ascii(bar));
        for (const char *at = text; *at; at = g_utf8_next_char(at))
            g_assert_false(g_utf8_get_char(at) >= 0x2800 && g_utf8_get_char(at) < 0x2900);
    }
}

/* Low charts of more than a factor of ten: what is labelled is spread over the axis. */
static void
test_low_log(void)
{
    const double y[] = {15000, 340000};
    const FalSeries series = {NULL, y, 2};
    const FalChartSpec spec = {30, 7, TRUE, 0, NULL};
    assert_chart(&spec, &series, 1,
                 "                              \n"
                 "    │                    ⣀⡠⠤⠒⠉\n"
                 "100k┤               ⣀⡠⠔⠒⠉     \n"
                 "    │          ⣀⠤⠔⠒⠉          \n"
                 "    │     ⣀⠤⠔⠊⠉               \n"
                 " 20k┤⣀⠤⠒⠊⠉                    \n"
                 "     1                       2");
}

static void
test_dots(void)
{
    static const struct {
        guchar dots;
        gunichar block;
    } cases[] = {{0, ' '},       {0x01, 0x2580}, {0x10, 0x2580}, {0x04, 0x2584},
                 {0x80, 0x2584}, {0x05, 0x2588}, {0xff, 0x2588}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmpint(fal_glyph_dots(cases[i].dots, '*'), ==, 0x2800 + cases[i].dots);
        fal_glyphs_set(FAL_GLYPHS_BLOCK);
        g_assert_cmpint(fal_glyph_dots(cases[i].dots, '*'), ==, cases[i].block);
        fal_glyphs_set(FAL_GLYPHS_ASCII);
        g_assert_cmpint(fal_glyph_dots(cases[i].dots, '*'), ==, '*');
        fal_glyphs_set(FAL_GLYPHS_AUTO);
    }
    fal_glyphs_set(FAL_GLYPHS_BLOCK);
    g_autofree char *bar = fal_chart_bar(0.375, 4);
    fal_glyphs_set(FAL_GLYPHS_AUTO);
    g_assert_cmpstr(bar, ==, "█▌  ");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!setlocale(LC_ALL, "C.UTF-8"))
        g_test_message("this system has no C.UTF-8");
    g_test_add_func("/chart/bar", test_bar);
    g_test_add_func("/chart/unicode", test_unicode);
    g_test_add_func("/chart/linear", test_linear);
    g_test_add_func("/chart/log", test_log);
    g_test_add_func("/chart/odd-series", test_odd_series);
    g_test_add_func("/chart/owner", test_owner);
    g_test_add_func("/chart/labels", test_labels);
    g_test_add_func("/chart/sizes", test_sizes);
    g_test_add_func("/chart/bins", test_bins);
    g_test_add_func("/chart/log-bins", test_log_bins);
    g_test_add_func("/chart/progress", test_progress);
    g_test_add_func("/chart/ground", test_ground);
    g_test_add_func("/chart/legend", test_legend);
    g_test_add_func("/chart/round-labels", test_round_labels);
    g_test_add_func("/chart/glyph-sets", test_glyph_sets);
    g_test_add_func("/chart/low-log", test_low_log);
    g_test_add_func("/chart/dots", test_dots);
    return g_test_run();
}
