/* Result tables: what they hold, and how they are written for people and for programs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <json-glib/json-glib.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/glyphs.h"
#include "base/text.h"
#include "render/chart.h"
#include "render/render.h"

static const FalColumn similar_columns[] = {
    {.name = "rank", .type = FAL_CELL_INT},
    {.name = "id", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID},
    {.name = "name", .type = FAL_CELL_TEXT},
    {.name = "cosine", .type = FAL_CELL_REAL, .flags = FAL_COLUMN_FLOAT},
    {.name = "listeners", .type = FAL_CELL_INT},
    {.name = NULL},
};
static const FalColumn score_figures[] = {
    {.name = "score", .type = FAL_CELL_REAL},
    {.name = "held_out", .type = FAL_CELL_INT},
    {.name = "part", .type = FAL_CELL_TEXT},
    {.name = NULL},
};
static const FalColumn name_columns[] = {
    {.name = "name", .type = FAL_CELL_TEXT},
    {.name = NULL},
};

static FalTable *
similar_table(void)
{
    static const struct {
        int rank;
        gint64 id;
        const char *name;
        double cosine;
        gint64 listeners;
    } rows[] = {
        {1, 979, "Thom Yorke", 0.94f, 1893},
        {2, 1000113, "坂本龍一 Ryuichi Sakamoto", 0.8312f, 123456},
        {3, 5, "bad\033[31m name\ttab", 0.0131f, 7},
    };
    FalTable *table = fal_table_new("similar", similar_columns, score_figures);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        fal_table_row(table, FAL_SUBJECT_ARTIST, 100 + (gint32)i);
        fal_table_int(table, rows[i].rank);
        fal_table_int(table, rows[i].id);
        fal_table_text(table, rows[i].name);
        fal_table_real(table, rows[i].cosine);
        fal_table_int(table, rows[i].listeners);
    }
    return table;
}

static FalTable *
name_table(const char *name)
{
    FalTable *table = fal_table_new("names", name_columns, NULL);
    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, name);
    return table;
}

static void
assert_text(const FalTable *table, int width, const char *expected)
{
    g_autofree char *text = fal_render(table, FAL_OUTPUT_TABLE, width);
    g_assert_cmpstr(text, ==, expected);
}

static void
assert_tsv(const FalTable *table, const char *expected)
{
    g_autofree char *text = fal_render(table, FAL_OUTPUT_TSV, 0);
    g_assert_cmpstr(text, ==, expected);
}

static void
assert_json(const FalTable *table, const char *expected)
{
    g_autofree char *text = fal_render(table, FAL_OUTPUT_JSON, 0);
    g_assert_cmpstr(text, ==, expected);
}

static void
test_cells(void)
{
    g_autoptr(FalTable) table = similar_table();
    gint32 subject = -5;
    int n = -1;
    g_assert_cmpstr(fal_table_command(table), ==, "similar");
    g_assert_true(fal_table_columns(table, &n) == similar_columns);
    g_assert_cmpint(n, ==, 5);
    g_assert_true(fal_table_figures(table, &n) == score_figures);
    g_assert_cmpint(n, ==, 3);
    g_assert_cmpint(fal_table_n_rows(table), ==, 3);
    g_assert_cmpint(fal_table_cell(table, 1, 1)->v.integer, ==, 1000113);
    g_assert_cmpstr(fal_table_cell(table, 0, 2)->v.text, ==, "Thom Yorke");
    g_assert_cmpint(fal_table_subject(table, 2, &subject), ==, FAL_SUBJECT_ARTIST);
    g_assert_cmpint(subject, ==, 102);

    fal_table_figure_real(table, "score", NAN);
    fal_table_figure_text(table, "part", "test");
    fal_table_figure_text(table, "part", "validation");
    g_assert_cmpint(fal_table_figure(table, 0)->type, ==, FAL_CELL_NULL);
    g_assert_cmpstr(fal_table_figure(table, 2)->v.text, ==, "validation");

    g_assert_null(fal_table_notes(table)[0]);
    fal_table_note(table, g_strdup("one"));
    fal_table_note(table, g_strdup("two"));
    g_assert_cmpstr(fal_table_notes(table)[0], ==, "one");
    g_assert_cmpstr(fal_table_notes(table)[1], ==, "two");
    g_assert_null(fal_table_notes(table)[2]);
}

/* What a command leaves out, or does not know, is NULL; foreign bytes become UTF-8. */
static void
test_unknown_cells(void)
{
    static const FalColumn columns[] = {
        {.name = "name", .type = FAL_CELL_TEXT},
        {.name = "score", .type = FAL_CELL_REAL},
        {.name = "auc", .type = FAL_CELL_ESTIMATE},
        {.name = "plays", .type = FAL_CELL_INT},
        {.name = NULL},
    };
    g_autoptr(FalTable) table = fal_table_new("x", columns, NULL);
    fal_table_row(table, FAL_SUBJECT_NONE, 7);
    fal_table_text(table, NULL);
    fal_table_real(table, NAN);
    fal_table_estimate(table, NAN, 0, 1);
    fal_table_row(table, FAL_SUBJECT_USER, 7);
    fal_table_text(table, "caf\xe9");
    for (int c = 0; c < 4; c++) {
        g_assert_cmpint(fal_table_cell(table, 0, c)->type, ==, FAL_CELL_NULL);
        g_assert_cmpint(fal_table_cell(table, 1, c)->type, ==,
                        c == 0 ? FAL_CELL_TEXT : FAL_CELL_NULL);
    }
    g_assert_cmpstr(fal_table_cell(table, 1, 0)->v.text, ==, "caf\xef\xbf\xbd");
    gint32 subject = 0;
    g_assert_cmpint(fal_table_subject(table, 0, &subject), ==, FAL_SUBJECT_NONE);
    g_assert_cmpint(subject, ==, -1);
    assert_text(table, 0,
                "name  score  auc  plays\n"
                "-         -    -      -\n"
                "caf\xef\xbf\xbd      -    -      -\n");
    assert_tsv(table, "name\tscore\tauc\tauc_low\tauc_high\tplays\n"
                      "\t\t\t\t\t\n"
                      "caf\xef\xbf\xbd\t\t\t\t\t\n");
}

/* A cell that its column does not describe is refused, not shown. */
static void
test_wrong_cells(void)
{
    g_autoptr(FalTable) table = name_table("one");
    g_test_expect_message("falsetto", G_LOG_LEVEL_CRITICAL, "*place*");
    fal_table_text(table, "too many");
    g_test_assert_expected_messages();
    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    g_test_expect_message("falsetto", G_LOG_LEVEL_CRITICAL, "*fits*");
    fal_table_int(table, 1);
    g_test_assert_expected_messages();
    g_test_expect_message("falsetto", G_LOG_LEVEL_CRITICAL, "names: no figure score*");
    fal_table_figure_real(table, "score", 1);
    g_test_assert_expected_messages();
    assert_tsv(table, "name\none\n\n");
}

static void
test_text(void)
{
    g_autoptr(FalTable) table = similar_table();
    assert_text(table, 0,
                "rank       id  name                       cosine  listeners\n"
                "   1      979  Thom Yorke                 0.9400      1,893\n"
                "   2  1000113  坂本龍一 Ryuichi Sakamoto  0.8312    123,456\n"
                "   3        5  bad\xef\xbf\xbd[31m name tab          0.0131          7\n");
    assert_text(table, 50,
                "rank       id  name              cosine  listeners\n"
                "   1      979  Thom Yorke        0.9400      1,893\n"
                "   2  1000113  坂本龍一 Ryuich…  0.8312    123,456\n"
                "   3        5  bad\xef\xbf\xbd[31m name t…  0.0131          7\n"
                "(cut to fit: mode plain shows all)\n");
    assert_text(table, 41,
                "rank       id  name                cosine\n"
                "   1      979  Thom Yorke          0.9400\n"
                "   2  1000113  坂本龍一 Ryuichi …  0.8312\n"
                "   3        5  bad\xef\xbf\xbd[31m name tab   0.0131\n"
                "(+1 column)\n");
    assert_text(table, 20,
                "rank       id\n"
                "   1      979\n"
                "   2  1000113\n"
                "   3        5\n"
                "(+3 columns)\n");
}

static void
test_text_cut_columns(void)
{
    static const FalColumn columns[] = {
        {.name = "a_rather_long_name_of_a_column", .type = FAL_CELL_INT},
        {.name = "and_another_one_of_the_same_kind", .type = FAL_CELL_INT},
        {.name = "b", .type = FAL_CELL_INT},
        {.name = "c", .type = FAL_CELL_INT},
        {.name = NULL},
    };
    g_autoptr(FalTable) table = fal_table_new("x", columns, NULL);
    for (int row = 0; row < 2; row++) {
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        for (int c = 0; c < 4; c++)
            fal_table_int(table, 1234 * (row + c));
    }
    assert_text(table, 74,
                "a_rather_long_name_of_a_column  and_another_one_of_the_same_kind      b\n"
                "                             0                             1,234  2,468\n"
                "                         1,234                             2,468  3,702\n"
                "(1 column more: a wider terminal, or -o tsv, shows it)\n");
    assert_text(table, 63,
                "a_rather_long_name_of_a_column\n"
                "                             0\n"
                "                         1,234\n"
                "(3 columns more: a wider terminal, or -o tsv, shows them)\n");
}

static void
test_text_figures(void)
{
    g_autoptr(FalTable) table = name_table("Low");
    assert_text(table, 0, "name\nLow\n");
    g_autoptr(FalTable) both = fal_table_new("x", name_columns, score_figures);
    assert_text(both, 80, "name\n(nothing)\n");
    fal_table_figure_real(both, "score", 0.8125);
    fal_table_figure_int(both, "held_out", 24200000);
    assert_text(both, 80, "name\n(nothing)\n\nscore     0.8125\nheld_out  24,200,000\n");
    fal_table_row(both, FAL_SUBJECT_NONE, 0);
    fal_table_text(both, "Low");
    fal_table_figure_text(both, "part", "the\033part");
    assert_text(both, 80,
                "name\n"
                "Low\n"
                "\n"
                "score     0.8125\n"
                "held_out  24,200,000\n"
                "part      the\xef\xbf\xbdpart\n");
    assert_text(both, 18,
                "name\n"
                "Low\n"
                "\n"
                "score     0.8125\n"
                "held_out  24,200,000\n"
                "part      the\xef\xbf\xbdpart\n");
    g_autoptr(FalTable) alone = fal_table_new("x", NULL, score_figures);
    fal_table_figure_text(alone, "part", "a part with a long name");
    assert_text(alone, 0, "part  a part with a long name\n");
    assert_text(alone, 20, "part  a part with a…\n");
}

static void
test_text_prose(void)
{
    static const FalColumn figures[] = {
        {.name = "k", .type = FAL_CELL_INT},
        {.name = "text", .type = FAL_CELL_TEXT, .flags = FAL_COLUMN_PROSE},
        {.name = NULL},
    };
    g_autoptr(FalTable) table = fal_table_new("help", name_columns, figures);
    fal_table_figure_text(table, "text", "similar ARTIST\n\n  The\033 artists\n");
    assert_text(table, 10, "similar ARTIST\n\n  The\xef\xbf\xbd artists\n");
    fal_table_figure_int(table, "k", 10);
    assert_text(table, 10, "similar ARTIST\n\n  The\xef\xbf\xbd artists\n");
    assert_tsv(table, "similar ARTIST\n\n  The\033 artists\n");
}

static const FalColumn stats_columns[] = {
    {.name = "users", .type = FAL_CELL_INT},
    {.name = "artists", .type = FAL_CELL_INT},
    {.name = "aliases", .type = FAL_CELL_TEXT},
    {.name = "malformed", .type = FAL_CELL_INT},
    {.name = "density", .type = FAL_CELL_REAL, .digits = 3, .flags = FAL_COLUMN_SHARE},
    {.name = NULL},
};

static void
test_text_sideways(void)
{
    g_autoptr(FalTable) table = fal_table_new("stats", stats_columns, NULL);
    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_int(table, 148111);
    fal_table_int(table, 1568126);
    fal_table_text(table, "björk, bjork, Bjork Gudmundsdottir");
    fal_table_int(table, 3);
    fal_table_real(table, 0.00010405);
    assert_text(table, 80,
                "  users    artists  aliases                             malformed   density"
                "\n"
                "148,111  1,568,126  björk, bjork, Bjork Gudmundsdottir          3  0.0104 %"
                "\n");
    assert_text(table, 52,
                "  users    artists  aliases      malformed   density\n"
                "148,111  1,568,126  björk, bjo…          3  0.0104 %\n"
                "(cut to fit: mode plain shows all)\n");
    assert_text(table, 48,
                "users      148,111\n"
                "artists    1,568,126\n"
                "aliases    björk, bjork, Bjork Gudmundsdottir\n"
                "malformed  3\n"
                "density    0.0104 %\n");
    assert_text(table, 30,
                "users      148,111\n"
                "artists    1,568,126\n"
                "aliases    björk, bjork, Bjor…\n"
                "malformed  3\n"
                "density    0.0104 %\n");
}

static FalTable *
reals_table(const FalColumn *columns, const double *values, int n)
{
    FalTable *table = fal_table_new("x", columns, NULL);
    for (int i = 0; i < n; i++) {
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_real(table, values[i]);
    }
    return table;
}

/* Decimals are chosen for the column as a whole. */
static void
test_text_reals(void)
{
    static const struct {
        int digits;
        guint flags;
        int n;
        double values[4];
        const char *cells[4];
    } cases[] = {
        {0, 0, 2, {0.94, 0.8312}, {"0.9400", "0.8312"}},
        {0, 0, 3, {1, 0.5, 0.25}, {"1.00", "0.50", "0.25"}},
        {0, 0, 3, {1, 1.0 / 3, 2}, {"1.000", "0.333", "2.000"}},
        {0, 0, 3, {1, 40, 0.001}, {"1.000", "40.000", "0.001"}},
        {0, 0, 3, {1, 10, 200}, {"1", "10", "200"}},
        {0, 0, 2, {0.123456, 0.000412345}, {"0.12346", "0.00041"}},
        {0, 0, 2, {0.51234, 1e-12}, {"0.5123", "0.0000"}},
        {0, 0, 2, {0.51234, -1e-12}, {"0.5123", "0.0000"}},
        {0, 0, 2, {12345.678, 1.5}, {"12,345.7", "1.5"}},
        {0, 0, 2, {-1234567, 12}, {"-1,234,567", "12"}},
        {6, 0, 2, {1234567890, 178123456}, {"1.23457e+09", "1.78123e+08"}},
        {3, 0, 2, {1.5e-7, 0}, {"1.50e-07", "0.00e+00"}},
        {0, 0, 2, {100, 1e-6}, {"100", "1e-06"}},
        {0, 0, 2, {0, 0}, {"0", "0"}},
        {3, 0, 3, {0.0512, 1.2, 12.34}, {"0.05", "1.20", "12.34"}},
        {3, FAL_COLUMN_SHARE, 3, {-0.741, -0.0045, NAN}, {"-74.10 %", "-0.45 %", "-"}},
        {0, 0, 2, {INFINITY, 0.5}, {"inf", "0.5"}},
        {0, 0, 2, {999999.96, 0.001}, {"1,000,000", "0.001"}},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const FalColumn columns[] = {{.name = "x",
                                      .type = FAL_CELL_REAL,
                                      .digits = cases[i].digits,
                                      .flags = cases[i].flags},
                                     {.name = NULL}};
        g_autoptr(FalTable) table = reals_table(columns, cases[i].values, cases[i].n);
        g_autofree char *text = fal_render_text(table, 0);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        g_assert_cmpint(g_strv_length(lines), ==, cases[i].n + 2);
        for (int r = 0; r < cases[i].n; r++)
            g_assert_cmpstr(g_strstrip(lines[r + 1]), ==, cases[i].cells[r]);
    }
}

static void
test_text_estimates(void)
{
    static const FalColumn columns[] = {
        {.name = "model", .type = FAL_CELL_TEXT},
        {.name = "auc", .type = FAL_CELL_ESTIMATE},
        {.name = "plays", .type = FAL_CELL_ESTIMATE, .digits = 3},
        {.name = "hits", .type = FAL_CELL_ESTIMATE, .digits = 3, .flags = FAL_COLUMN_SHARE},
        {.name = NULL},
    };
    g_autoptr(FalTable) table = fal_table_new("evaluate", columns, NULL);
    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, "this model");
    fal_table_estimate(table, 0.9123, 0.9089, 0.9157);
    fal_table_estimate(table, 99.5, 85, 114);
    fal_table_estimate(table, 0.123, 0.12, 0.126);
    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, "most listeners");
    fal_table_estimate(table, 0.8, NAN, NAN);
    fal_table_estimate(table, 3, 2, 4);
    fal_table_null(table);
    assert_text(table, 0,
                "model                      auc       plays         hits\n"
                "this model      0.9123 ±0.0034  99.5 ±14.5  12.3 ±0.3 %\n"
                "most listeners  0.8000           3.0  ±1.0            -\n");
    fal_glyphs_set(FAL_GLYPHS_ASCII);
    g_autofree char *cell = fal_render_cell(&columns[1], fal_table_cell(table, 0, 1));
    fal_glyphs_set(FAL_GLYPHS_AUTO);
    g_assert_cmpstr(cell, ==, "0.9123 +-0.0034");
    assert_tsv(table, "model\tauc\tauc_low\tauc_high\tplays\tplays_low\tplays_high"
                      "\thits\thits_low\thits_high\n"
                      "this model\t0.9123\t0.9089\t0.9157\t99.5\t85\t114\t0.123\t0.12\t0.126\n"
                      "most listeners\t0.8\t\t\t3\t2\t4\t\t\t\n");
}

static void
test_cell(void)
{
    static const FalColumn real = {.name = "x", .type = FAL_CELL_REAL};
    static const FalColumn share = {
        .name = "x", .type = FAL_CELL_REAL, .digits = 2, .flags = FAL_COLUMN_SHARE};
    static const FalColumn count = {.name = "x", .type = FAL_CELL_INT};
    static const FalColumn id = {.name = "x", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID};
    static const FalColumn text = {.name = "x", .type = FAL_CELL_TEXT};
    static const FalColumn estimate = {.name = "x", .type = FAL_CELL_ESTIMATE, .digits = 3};
    const struct {
        const FalColumn *column;
        FalCell cell;
        const char *expected;
    } cases[] = {
        {&real, {FAL_CELL_REAL, .v.real = 0.94}, "0.9400"},
        {&real, {FAL_CELL_REAL, .v.real = 1}, "1"},
        {&real, {FAL_CELL_REAL, .v.real = 1.00001}, "1.000"},
        {&real, {FAL_CELL_REAL, .v.real = 0}, "0"},
        {&real, {FAL_CELL_REAL, .v.real = 178123456}, "1.781e+08"},
        {&real, {FAL_CELL_NULL, .v.real = 0}, "-"},
        {&share, {FAL_CELL_REAL, .v.real = 0.0032}, "0.32 %"},
        {&share, {FAL_CELL_REAL, .v.real = 1}, "100 %"},
        {&count, {FAL_CELL_INT, .v.integer = -1234567}, "-1,234,567"},
        {&id, {FAL_CELL_INT, .v.integer = G_MAXINT64}, "9223372036854775807"},
        {&text,
         {FAL_CELL_TEXT, .v.text = (char *)"a\nb"},
         "a\xef\xbf\xbd"
         "b"},
        {&estimate, {FAL_CELL_ESTIMATE, .v.estimate = {0.5, 0.25, 0.75}}, "0.500 ±0.250"},
        {&estimate, {FAL_CELL_ESTIMATE, .v.estimate = {0.5, NAN, NAN}}, "0.500"},
        {&estimate, {FAL_CELL_ESTIMATE, .v.estimate = {0, -0.5, 0.5}}, "0.000 ±0.500"},
        {&estimate, {FAL_CELL_ESTIMATE, .v.estimate = {0, 0, 0}}, "0 ±0"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *shown = fal_render_cell(cases[i].column, &cases[i].cell);
        g_assert_cmpstr(shown, ==, cases[i].expected);
    }
}

/* No width crashes; no line is wider than the terminal where there is room for the least. */
static void
test_text_widths(void)
{
    g_autoptr(FalTable) many = similar_table();
    fal_table_figure_text(many, "part", "some long text that has to give way at the end");
    g_autoptr(FalTable) one = fal_table_new("stats", stats_columns, score_figures);
    fal_table_row(one, FAL_SUBJECT_NONE, 0);
    fal_table_int(one, 148111);
    fal_table_null(one);
    fal_table_text(one, "坂本龍一坂本龍一坂本龍一坂本龍一坂本龍一坂本龍一坂本龍一坂本龍一");
    g_autoptr(FalTable) names = name_table("坂本龍一");
    fal_table_row(names, FAL_SUBJECT_NONE, 0);
    fal_table_text(names, "a long name that will be cut");
    const struct {
        const FalTable *table;
        int least;
    } cases[] = {{many, 14}, {one, 19}, {names, 1}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (int width = 1; width <= 120; width++) {
            g_autofree char *text = fal_render_text(cases[i].table, width);
            g_assert_true(g_str_has_suffix(text, "\n"));
            g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
            for (int l = 0; lines[l]; l++) {
                int used = fal_text_width(lines[l]);
                g_assert_cmpint(used, <=, MAX(width, cases[i].least));
                g_assert_false(g_str_has_suffix(lines[l], " "));
            }
        }
    }
}

static void
test_tsv(void)
{
    g_autoptr(FalTable) table = similar_table();
    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_int(table, G_MININT64);
    fal_table_null(table);
    fal_table_text(table, "\\ \r\n\t\"quoted\" 'x'");
    fal_table_real(table, INFINITY);
    fal_table_figure_real(table, "score", 0.1);
    fal_table_figure_text(table, "part", "a\tb");
    assert_tsv(table, "rank\tid\tname\tcosine\tlisteners\n"
                      "1\t979\tThom Yorke\t0.94\t1893\n"
                      "2\t1000113\t坂本龍一 Ryuichi Sakamoto\t0.8312\t123456\n"
                      "3\t5\tbad\033[31m name\\ttab\t0.0131\t7\n"
                      "-9223372036854775808\t\t\\\\ \\r\\n\\t\"quoted\" 'x'\t\t\n"
                      "# score\t0.1\n"
                      "# part\ta\\tb\n");
    g_autoptr(FalTable) figures = fal_table_new("x", name_columns, score_figures);
    assert_tsv(figures, "name\n");
    fal_table_figure_int(figures, "held_out", 12345);
    assert_tsv(figures, "name\n# held_out\t12345\n");
}

static JsonObject *
parse(JsonParser *parser, const char *text)
{
    g_autoptr(GError) error = NULL;
    json_parser_load_from_data(parser, text, -1, &error);
    g_assert_no_error(error);
    return json_node_get_object(json_parser_get_root(parser));
}

static void
test_json(void)
{
    g_autoptr(FalTable) table = similar_table();
    fal_table_figure_real(table, "score", 0.1 + 0.2);
    fal_table_figure_text(table, "part", "a\\\"b\"\n\001");
    assert_json(table,
                "{\"command\":\"similar\",\"rows\":["
                "{\"rank\":1,\"id\":979,\"name\":\"Thom Yorke\",\"cosine\":0.94,"
                "\"listeners\":1893},"
                "{\"rank\":2,\"id\":1000113,\"name\":\"坂本龍一 Ryuichi Sakamoto\","
                "\"cosine\":0.8312,\"listeners\":123456},"
                "{\"rank\":3,\"id\":5,\"name\":\"bad\\u001b[31m name\\ttab\",\"cosine\":0.0131,"
                "\"listeners\":7}],"
                "\"score\":0.30000000000000004,\"held_out\":null,"
                "\"part\":\"a\\\\\\\"b\\\"\\n\\u0001\"}\n");
    g_autoptr(FalTable) empty = fal_table_new("a \"b\"", NULL, NULL);
    assert_json(empty, "{\"command\":\"a \\\"b\\\"\",\"rows\":[]}\n");
}

/* Read back by a JSON parser, everything is what went in. */
static void
test_markdown(void)
{
    g_autoptr(FalTable) table = similar_table();
    g_autoptr(FalTable) names = fal_table_new("names", name_columns, NULL);

    fal_table_figure_real(table, "score", 0.5);
    fal_table_figure_text(table, "part", "a|b");
    g_autofree char *text = fal_render_markdown(table);
    g_assert_cmpstr(text, ==,
                    "| rank | id | name | cosine | listeners |\n"
                    "| --: | --: | --- | --: | --: |\n"
                    "| 1 | 979 | Thom Yorke | 0.9400 | 1,893 |\n"
                    "| 2 | 1000113 | 坂本龍一 Ryuichi Sakamoto | 0.8312 | 123,456 |\n"
                    "| 3 | 5 | bad\357\277\275[31m name tab | 0.01310 | 7 |\n"
                    "\n- score: 0.5000\n- part: a\\|b\n");
    fal_table_row(names, FAL_SUBJECT_NONE, 0);
    fal_table_text(names, "a \\ b | c");
    g_autofree char *escaped = fal_render(names, FAL_OUTPUT_MARKDOWN, 0);
    g_assert_cmpstr(escaped, ==, "| name |\n| --- |\n| a \\\\ b \\| c |\n");
}

/* A copy says the same, and is there when the first is gone. */
static void
test_copy(void)
{
    FalTable *table = similar_table();
    gint32 row;

    fal_table_figure_text(table, "part", "test");
    g_autofree char *before = fal_render_json(table);
    g_autoptr(FalTable) copy = fal_table_copy(table);
    g_autoptr(FalTable) last = fal_table_new("similar", similar_columns, NULL);
    fal_table_copy_row(last, table, 2);
    fal_table_free(table);
    g_autofree char *after = fal_render_json(copy);
    g_assert_cmpstr(after, ==, before);
    g_assert_cmpint(fal_table_subject(copy, 1, &row), ==, FAL_SUBJECT_ARTIST);
    g_assert_cmpint(row, ==, 101);
    g_assert_cmpint(fal_table_n_rows(last), ==, 1);
    g_assert_cmpstr(fal_table_cell(last, 0, 2)->v.text, ==, "bad\033[31m name\ttab");
}

/* Reads one CSV field as RFC 4180 has it; moves *at behind it and what ends it, sets *last
 * where that was the end of a line. */
static char *
csv_field(const char **at, gboolean *last)
{
    GString *field = g_string_new(NULL);
    const char *c = *at;

    if (*c == '"') {
        for (c++; *c != '"' || c[1] == '"'; c++) {
            g_assert_true(*c != '\0');
            c += *c == '"';
            g_string_append_c(field, *c);
        }
        c++;
    } else {
        for (; *c != ',' && *c != '\n'; c++) {
            g_assert_true(*c != '\0' && *c != '"');
            g_string_append_c(field, *c);
        }
    }
    g_assert_true(*c == ',' || *c == '\n');
    *last = *c == '\n';
    *at = c + 1;
    return g_string_free(field, FALSE);
}

static void
test_csv_back(void)
{
    static const char *const names[] = {
        "",
        "plain",
        "\"quotes\"",
        "a,b",
        " blank at the start",
        "\t",
        "lines\r\nof text",
        "椎名林檎",
        "\",\"",
        "end\"",
        "\n\n",
        "🎵 emoji",
        "back\\slash and '",
        "tail blank ",
    };
    FalTable *table = fal_table_new("names", similar_columns, NULL);

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_int(table, i);
        fal_table_null(table);
        fal_table_text(table, names[i]);
        fal_table_real(table, 0.1f);
        fal_table_int(table, -7);
    }
    g_autofree char *text = fal_render(table, FAL_OUTPUT_CSV, 3);
    const char *at = text;
    gboolean last;
    g_assert_true(g_str_has_prefix(at, "rank,id,name,cosine,listeners\n"));
    at = strchr(at, '\n') + 1;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *const others[] = {NULL, "", names[i], "0.1", "-7"};
        for (int c = 0; c < 5; c++) {
            g_autofree char *field = csv_field(&at, &last);
            if (c > 0)
                g_assert_cmpstr(field, ==, others[c]);
            else
                g_assert_cmpint(atoi(field), ==, (int)i);
            g_assert_cmpint(last, ==, c == 4);
        }
    }
    g_assert_cmpstr(at, ==, "");
    fal_table_free(table);
}

static void
test_csv_figures(void)
{
    static const FalColumn nothing[] = {{.name = NULL}};
    g_autoptr(FalTable) rows = similar_table();
    g_autoptr(FalTable) single = fal_table_new("score", nothing, score_figures);

    fal_table_figure_real(rows, "score", 0.5);
    g_autofree char *with_rows = fal_render_csv(rows);
    g_assert_null(strstr(with_rows, "0.5"));
    fal_table_figure_real(single, "score", 0.5);
    fal_table_figure_text(single, "part", "a, b");
    g_autofree char *alone = fal_render_csv(single);
    g_assert_cmpstr(alone, ==, "score,held_out,part\n0.5,,\"a, b\"\n");
}

static void
test_line(void)
{
    g_autoptr(FalTable) table = similar_table();
    g_autoptr(FalTable) empty = fal_table_new("names", name_columns, NULL);

    fal_table_figure_real(table, "score", 0.5);
    g_autofree char *text = fal_render(table, FAL_OUTPUT_LINE, 10);
    g_assert_true(g_str_has_prefix(text, "rank       1\nid         979\n"
                                         "name       Thom Yorke\ncosine     0.9400\n"
                                         "listeners  1,893\n\nrank       2\n"));
    g_assert_nonnull(strstr(text, "name       bad\xef\xbf\xbd[31m name tab\n"));
    g_assert_true(g_str_has_suffix(text, "\n\nscore      0.5000\n"));
    g_autofree char *nothing = fal_render_line(empty);
    g_assert_cmpstr(nothing, ==, "(nothing)\n");
}

static void
test_json_back(void)
{
    static const FalColumn columns[] = {
        {.name = "name", .type = FAL_CELL_TEXT},
        {.name = "n", .type = FAL_CELL_INT},
        {.name = "x", .type = FAL_CELL_REAL},
        {.name = "auc", .type = FAL_CELL_ESTIMATE},
        {.name = NULL},
    };
    static const struct {
        const char *name;
        gint64 n;
        double x;
    } rows[] = {
        {"", 0, 0.1},
        {"\"quotes\" and \\ and / and 'x'", G_MAXINT64, 1e22},
        {"tab\t line\n return\r bell\a del\x7f", G_MININT64, -5e-324},
        {"坂本龍一 \xe2\x80\xa8 \xf0\x9f\x8e\xb5", -1, 1.7976931348623157e308},
        {"<script>&amp;</script>", 1, 123456.789},
    };
    g_autoptr(FalTable) table = fal_table_new("back", columns, score_figures);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_text(table, rows[i].name);
        fal_table_int(table, rows[i].n);
        fal_table_real(table, rows[i].x);
        fal_table_estimate(table, 0.5, 0.25, i == 0 ? NAN : 0.75);
    }
    fal_table_figure_int(table, "held_out", 9);
    g_autofree char *text = fal_render_json(table);
    g_assert_true(strchr(text, '\n') == text + strlen(text) - 1);
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonObject *root = parse(parser, text);
    g_assert_cmpstr(json_object_get_string_member(root, "command"), ==, "back");
    g_assert_cmpint(json_object_get_int_member(root, "held_out"), ==, 9);
    g_assert_true(json_object_get_null_member(root, "score"));
    JsonArray *array = json_object_get_array_member(root, "rows");
    g_assert_cmpuint(json_array_get_length(array), ==, G_N_ELEMENTS(rows));
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        JsonObject *row = json_array_get_object_element(array, i);
        g_assert_cmpuint(json_object_get_size(row), ==, 6);
        g_assert_cmpstr(json_object_get_string_member(row, "name"), ==, rows[i].name);
        g_assert_cmpint(json_object_get_int_member(row, "n"), ==, rows[i].n);
        g_assert_cmpfloat(json_object_get_double_member(row, "x"), ==, rows[i].x);
        g_assert_cmpfloat(json_object_get_double_member(row, "auc"), ==, 0.5);
        g_assert_cmpfloat(json_object_get_double_member(row, "auc_low"), ==, 0.25);
        g_assert_true(json_object_get_null_member(row, "auc_high") == (i == 0));
    }
}

static void
test_output_names(void)
{
    g_assert_cmpstr(fal_output_names[FAL_OUTPUT_TABLE], ==, "table");
    g_assert_cmpstr(fal_output_names[FAL_OUTPUT_TSV], ==, "tsv");
    g_assert_cmpstr(fal_output_names[FAL_OUTPUT_JSON], ==, "json");
    g_assert_cmpstr(fal_output_names[FAL_OUTPUT_MARKDOWN], ==, "markdown");
    g_assert_cmpstr(fal_output_names[FAL_OUTPUT_CSV], ==, "csv");
    g_assert_cmpstr(fal_output_names[FAL_OUTPUT_LINE], ==, "line");
    g_assert_cmpstr(fal_output_names[FAL_OUTPUT_PLAIN], ==, "plain");
    g_assert_null(fal_output_names[7]);
}

static void
test_output_of_file(void)
{
    static const struct {
        const char *path;
        FalOutput output;
    } files[] = {
        {"x.json", FAL_OUTPUT_JSON},
        {"a.b/x.csv", FAL_OUTPUT_CSV},
        {"x.md", FAL_OUTPUT_MARKDOWN},
        {"x.tsv", FAL_OUTPUT_TSV},
    };
    FalOutput output = FAL_OUTPUT_LINE;

    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_assert_true(fal_output_of_file(files[i].path, &output));
        g_assert_cmpint(output, ==, files[i].output);
    }
    output = FAL_OUTPUT_LINE;
    g_assert_false(fal_output_of_file("json", &output));
    g_assert_false(fal_output_of_file("x.txt", &output));
    g_assert_cmpint(output, ==, FAL_OUTPUT_LINE);
}

static void
test_diagnosis(void)
{
    static const struct {
        const char *line;
        gsize at, n;
        const char *expected;
    } cases[] = {
        {"similar x n=foo", 10, 5, "similar x n=foo\n          ^~~~~\nno"},
        {"similar", 0, 0, "similar\n       ^\nno"},
        {"similar", 99, 0, "similar\n       ^\nno"},
        {"similar", 99, 9, "similar\n       ^\nno"},
        {"similar", 3, 99, "similar\n   ^~~~\nno"},
        {"", 0, 0, "\n^\nno"},
        {"q", 0, 1, "q\n^\nno"},
        {"similar 坂本 n=1", 15, 3, "similar 坂本 n=1\n             ^~~\nno"},
        {"user 坂本", 5, 6, "user 坂本\n     ^~~~\nno"},
        /* Places within a character: the whole of it is meant. */
        {"user 坂本", 6, 1, "user 坂本\n     ^~\nno"},
        {"a\tb\033c d", 6, 1,
         "a b\xef\xbf\xbd"
         "c d\n      ^\nno"},
        {"caf\xe9 x", 3, 1, "caf\xef\xbf\xbd x\n   ^\nno"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text =
            fal_render_diagnosis(cases[i].line, cases[i].at, cases[i].n, "no");
        g_assert_cmpstr(text, ==, cases[i].expected);
    }
    g_autofree char *text = fal_render_diagnosis("x", 0, 1, "no file a\033b\xff");
    g_assert_cmpstr(text, ==,
                    "x\n^\nno file a\xef\xbf\xbd"
                    "b\xef\xbf\xbd");
}

/* Of a long line, the part around the word. */
static void
test_diagnosis_window(void)
{
    g_autofree char *many = g_strnfill(500, 'a');
    g_autofree char *line = g_strconcat(many, " n=foo ", many, NULL);
    g_autofree char *middle = fal_render_diagnosis(line, 501, 5, "no");
    g_assert_cmpstr(middle, ==,
                    "…aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa n=foo "
                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…\n"
                    "                                    ^~~~~\nno");
    g_autofree char *end = fal_render_diagnosis(line, 0, 0, "no");
    g_autofree char *last = g_strdup_printf("…%.76s\n%77s^\nno", many, "");
    g_assert_cmpstr(end, ==, last);
    g_autofree char *start = fal_render_diagnosis(line, 2, 3, "no");
    g_autofree char *first = g_strdup_printf("%.77s…\n  ^~~\nno", many);
    g_assert_cmpstr(start, ==, first);
    g_autofree char *wide = g_strdup("");
    for (int i = 0; i < 90; i++) {
        char *longer = g_strconcat(wide, i % 7 ? "坂" : "x", NULL);
        g_free(wide);
        wide = longer;
    }
    for (gsize at = 0; at <= strlen(wide); at++) {
        for (gsize n = 0; n < 300; n += 7) {
            g_autofree char *text = fal_render_diagnosis(wide, at, n, "no");
            g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
            g_assert_cmpint(fal_text_width(lines[0]), <=, 78);
            g_assert_cmpint(fal_text_width(lines[1]), <=, 78);
            g_assert_nonnull(strchr(lines[1], '^'));
        }
    }
}

/* Tables of anything, at any width: where glyphs are ASCII so is all of it, and nothing else is
 * in another place. */
static void
test_ascii(void)
{
    static const FalColumn columns[] = {
        {.name = "name", .type = FAL_CELL_TEXT},
        {.name = "auc", .type = FAL_CELL_ESTIMATE},
        {.name = "plays", .type = FAL_CELL_INT},
        {.name = NULL},
    };
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);

    for (int round = 0; round < 300; round++) {
        g_autoptr(FalTable) table = fal_table_new("x", columns, NULL);
        for (int row = g_rand_int_range(rand, 0, 6); row >= 0; row--) {
            g_autoptr(GString) name = g_string_new(NULL);
            for (int i = g_rand_int_range(rand, 0, 40); i > 0; i--)
                g_string_append_unichar(name, (gunichar)g_rand_int_range(rand, 1, 0xd800));
            fal_table_row(table, FAL_SUBJECT_NONE, 0);
            fal_table_text(table, name->str);
            fal_table_estimate(table, 0.5, 0.4, 0.6);
            fal_table_int(table, g_rand_int_range(rand, 0, 100000));
        }
        int width = g_rand_int_range(rand, 0, 100);
        g_autofree char *whole = fal_render_tsv(table);
        fal_glyphs_set(FAL_GLYPHS_ASCII);
        g_autofree char *text = fal_render_text(table, width);
        g_autofree char *exact = fal_render_tsv(table);
        fal_glyphs_set(FAL_GLYPHS_AUTO);
        g_assert_true(g_str_is_ascii(text));
        g_assert_cmpstr(exact, ==, whole);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (int i = 0; lines[i]; i++)
            for (const char *at = lines[i]; *at; at++)
                g_assert_true(g_ascii_isprint(*at));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!setlocale(LC_ALL, "C.UTF-8"))
        g_test_message("this system has no C.UTF-8");
    g_test_add_func("/table/cells", test_cells);
    g_test_add_func("/table/unknown-cells", test_unknown_cells);
    g_test_add_func("/table/wrong-cells", test_wrong_cells);
    g_test_add_func("/table/copy", test_copy);
    g_test_add_func("/render/markdown", test_markdown);
    g_test_add_func("/render/text", test_text);
    g_test_add_func("/render/text-cut-columns", test_text_cut_columns);
    g_test_add_func("/render/text-figures", test_text_figures);
    g_test_add_func("/render/text-prose", test_text_prose);
    g_test_add_func("/render/text-sideways", test_text_sideways);
    g_test_add_func("/render/text-reals", test_text_reals);
    g_test_add_func("/render/text-estimates", test_text_estimates);
    g_test_add_func("/render/text-widths", test_text_widths);
    g_test_add_func("/render/cell", test_cell);
    g_test_add_func("/render/tsv", test_tsv);
    g_test_add_func("/render/json", test_json);
    g_test_add_func("/render/json-back", test_json_back);
    g_test_add_func("/render/csv-back", test_csv_back);
    g_test_add_func("/render/csv-figures", test_csv_figures);
    g_test_add_func("/render/line", test_line);
    g_test_add_func("/render/output-names", test_output_names);
    g_test_add_func("/render/ascii", test_ascii);
    g_test_add_func("/render/output-of-file", test_output_of_file);
    g_test_add_func("/render/diagnosis", test_diagnosis);
    g_test_add_func("/render/diagnosis-window", test_diagnosis_window);
    return g_test_run();
}
