/* Colours by name and number, and the themes' tables.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "query/complete.h"
#include "query/session.h"
#include "tui/theme.h"

static const FalDepth depths[] = {FAL_DEPTH_NONE, FAL_DEPTH_8, FAL_DEPTH_256, FAL_DEPTH_TRUE};

static void
test_parse(void)
{
    static const struct {
        const char *text;
        FalColour colour;
        const char *again;
    } good[] = {
        {"theme", FAL_COLOUR_THEME, "theme"},
        {"default", FAL_COLOUR_DEFAULT, "default"},
        {"black", 0, "black"},
        {"RED", 1, "red"},
        {"white", 7, "white"},
        {"brightblack", 8, "brightblack"},
        {"brightwhite", 15, "brightwhite"},
        {"0", 0, "black"},
        {"015", 15, "brightwhite"},
        {"16", 16, "16"},
        {"255", 255, "255"},
        {"#000000", FAL_COLOUR_RGB, "#000000"},
        {"#FF8700", FAL_COLOUR_RGB | 0xff8700, "#ff8700"},
    };
    static const char *const bad[][2] = {
        {"", "is no colour"},
        {"256", "is no colour"},
        {"-1", "is no colour"},
        {"1e2", "is no colour"},
        {"#fff", "is no colour"},
        {"#ff87001", "is no colour"},
        {"#gg0000", "#rrggbb"},
        {"0x10", "is no colour"},
        {"gren", "did you mean green?"},
        {"brightbleu", "did you mean brightblue?"},
        {"99999999999", "0 to 255"},
        {" 7", "is no colour"},
        {"+7", "is no colour"},
        {"#-10000", "is no colour"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        FalColour colour = 1234;
        g_autoptr(GError) error = NULL;
        g_assert_true(fal_colour_parse(good[i].text, &colour, &error));
        g_assert_no_error(error);
        g_assert_cmpint(colour, ==, good[i].colour);
        g_autofree char *again = fal_colour_text(colour);
        g_assert_cmpstr(again, ==, good[i].again);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        FalColour colour = 1234;
        g_autoptr(GError) error = NULL;
        g_assert_false(fal_colour_parse(bad[i][0], &colour, &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
        g_assert_nonnull(strstr(error->message, bad[i][1]));
    }
}

static void
test_roles(void)
{
    for (int role = 0; role < FAL_N_ROLES; role++) {
        g_assert_cmpint(fal_role_parse(fal_role_names[role], NULL), ==, role);
        g_assert_true(*fal_role_help[role] && !g_str_has_suffix(fal_role_help[role], "."));
        for (int other = 0; other < role; other++)
            g_assert_cmpstr(fal_role_names[role], !=, fal_role_names[other]);
    }
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(fal_role_parse("selectde", &error), ==, -1);
    g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "did you mean selected?"));
}

/* Every number is nearest to itself, and so is its RGB. */
static void
test_nearest(void)
{
    for (int i = 0; i < 256; i++) {
        g_assert_cmpint(fal_colour_nearest(i, 256), ==, i);
        int same = fal_colour_nearest(FAL_COLOUR_RGB | (int)fal_colour_rgb(i), 256);
        g_assert_cmphex(fal_colour_rgb(same), ==,
                        i < 16 ? fal_colour_rgb(same) : fal_colour_rgb(i));
        g_assert_cmpint(same, >=, 16);
        g_assert_cmpint(fal_colour_nearest(i, 8), <, 8);
        g_assert_cmpint(fal_colour_nearest(i, 8), >=, 0);
    }
    g_assert_cmphex(fal_colour_rgb(208), ==, 0xff8700);
    g_assert_cmphex(fal_colour_rgb(240), ==, 0x585858);
    g_assert_cmpint(fal_colour_nearest(196, 8), ==, 1);
    g_assert_cmpint(fal_colour_nearest(FAL_COLOUR_RGB | 0x00c8c8, 8), ==, 6);
    g_assert_cmpint(fal_colour_nearest(FAL_COLOUR_RGB | 0xff8501, 256), ==, 208);
    g_assert_cmpint(fal_colour_nearest(FAL_COLOUR_DEFAULT, 8), ==, FAL_COLOUR_DEFAULT);
}

/* WCAG: relative luminance and contrast. */
static double
luminance(guint rgb)
{
    static const double weight[] = {0.0722, 0.7152, 0.2126};
    double sum = 0;

    for (int i = 0; i < 3; i++) {
        double c = (rgb >> (8 * i) & 255) / 255.0;
        sum += weight[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double
contrast(guint a, guint b)
{
    double x = luminance(a), y = luminance(b);

    return (MAX(x, y) + 0.05) / (MIN(x, y) + 0.05);
}

static gboolean
is_faint(int role)
{
    return role == FAL_ROLE_RULE || (role >= FAL_ROLE_CLOUD_1 && role <= FAL_ROLE_CLOUD_6);
}

/* Each role has a look in each theme and depth, whose colours exist there and are to be read:
 * on the background of its theme well, on the other one at all. */
static void
test_themes(void)
{
    static const guint paper[] = {0x1c1c1c, 0xffffff}; /* dark, light */

    for (int role = 0; role < FAL_N_ROLES; role++)
        for (int light = 0; light < 2; light++)
            for (gsize d = 0; d < G_N_ELEMENTS(depths); d++) {
                FalLook look = fal_theme_look((FalRole)role, light, depths[d], NULL);
                int most = depths[d] == FAL_DEPTH_NONE ? 0 : depths[d] == FAL_DEPTH_8 ? 8 : 256;
                g_assert_cmpint(look.fore, >=, FAL_COLOUR_DEFAULT);
                g_assert_cmpint(look.back, >=, FAL_COLOUR_DEFAULT);
                g_assert_cmpint(look.fore, <, MAX(most, 1));
                g_assert_cmpint(look.back, <, MAX(most, 1));
                g_assert_true(look.fore != look.back || look.fore == FAL_COLOUR_DEFAULT);
                /* Nothing is known of the text's own colour on a background of ours. */
                g_assert_true(look.back == FAL_COLOUR_DEFAULT || look.fore >= 0);
                if (most < 256 || look.fore < 0)
                    continue;
                guint fore = fal_colour_rgb(look.fore);
                if (look.back >= 0) {
                    g_assert_cmpfloat(contrast(fore, fal_colour_rgb(look.back)), >=, 6);
                    continue;
                }
                g_assert_cmpint(look.fore, >=, 16); /* the same on every terminal */
                g_assert_cmpfloat(contrast(fore, paper[light]), >=, is_faint(role) ? 1.7 : 3.6);
                g_assert_cmpfloat(contrast(fore, paper[!light]), >=,
                                  is_faint(role) ? 1.05 : 1.9);
            }
}

/* What must not look alike. */
static void
test_apart(void)
{
    static const FalRole pairs[][2] = {
        {FAL_ROLE_TEXT, FAL_ROLE_SELECTED}, {FAL_ROLE_SELECTED, FAL_ROLE_MARKED},
        {FAL_ROLE_TEXT, FAL_ROLE_MARKED},   {FAL_ROLE_TEXT, FAL_ROLE_DIM},
        {FAL_ROLE_TEXT, FAL_ROLE_HIT},      {FAL_ROLE_TEXT, FAL_ROLE_ERROR},
        {FAL_ROLE_TEXT, FAL_ROLE_FOUND},    {FAL_ROLE_TEXT, FAL_ROLE_KEY},
        {FAL_ROLE_TEXT, FAL_ROLE_VIEW},     {FAL_ROLE_TEXT, FAL_ROLE_HEADER},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++)
        for (int light = 0; light < 2; light++)
            for (gsize d = 0; d < G_N_ELEMENTS(depths); d++) {
                FalLook a = fal_theme_look(pairs[i][0], light, depths[d], NULL);
                FalLook b = fal_theme_look(pairs[i][1], light, depths[d], NULL);
                g_assert_true(a.fore != b.fore || a.back != b.back ||
                              a.attributes != b.attributes);
            }
    for (int light = 0; light < 2; light++) {
        for (int a = FAL_ROLE_SERIES_1; a <= FAL_ROLE_SERIES_4; a++)
            for (int b = FAL_ROLE_SERIES_1; b < a; b++)
                for (gsize d = 1; d < G_N_ELEMENTS(depths); d++)
                    g_assert_cmpint(fal_theme_look((FalRole)a, light, depths[d], NULL).fore, !=,
                                    fal_theme_look((FalRole)b, light, depths[d], NULL).fore);
        /* More is brighter in the dark, and darker in the light. */
        for (int role = FAL_ROLE_CLOUD_1; role < FAL_ROLE_CLOUD_6; role++) {
            FalLook less = fal_theme_look((FalRole)role, light, FAL_DEPTH_256, NULL);
            FalLook more = fal_theme_look((FalRole)(role + 1), light, FAL_DEPTH_256, NULL);
            double rise =
                luminance(fal_colour_rgb(more.fore)) - luminance(fal_colour_rgb(less.fore));
            g_assert_cmpfloat(light ? -rise : rise, >, 0.005);
        }
    }
}

/* What the owner wants goes before the theme, as near as the terminal can. */
static void
test_paint(void)
{
    FalPaint paint;

    fal_paint_init(&paint);
    for (int role = 0; role < FAL_N_ROLES; role++)
        for (gsize d = 0; d < G_N_ELEMENTS(depths); d++) {
            FalLook with = fal_theme_look((FalRole)role, FALSE, depths[d], &paint);
            FalLook without = fal_theme_look((FalRole)role, FALSE, depths[d], NULL);
            g_assert_cmpint(with.fore, ==, without.fore);
            g_assert_cmpint(with.back, ==, without.back);
            g_assert_cmpuint(with.attributes, ==, without.attributes);
        }
    paint.fore[FAL_ROLE_SELECTED] = FAL_COLOUR_RGB | 0xff8501;
    paint.back[FAL_ROLE_SELECTED] = 17;
    FalLook look = fal_theme_look(FAL_ROLE_SELECTED, FALSE, FAL_DEPTH_TRUE, &paint);
    g_assert_cmphex((guint)look.fore, ==, FAL_COLOUR_RGB | 0xff8501);
    g_assert_cmpint(look.back, ==, 17);
    look = fal_theme_look(FAL_ROLE_SELECTED, FALSE, FAL_DEPTH_256, &paint);
    g_assert_cmpint(look.fore, ==, 208);
    look = fal_theme_look(FAL_ROLE_SELECTED, FALSE, FAL_DEPTH_8, &paint);
    g_assert_cmpint(look.fore, <, 8);
    g_assert_cmpint(look.back, ==, 0);
    g_assert_cmpuint(look.attributes & FAL_LOOK_REVERSE, ==, 0);
    look = fal_theme_look(FAL_ROLE_SELECTED, FALSE, FAL_DEPTH_NONE, &paint);
    g_assert_cmpint(look.fore, ==, FAL_COLOUR_DEFAULT);
    g_assert_cmpuint(look.attributes, ==, FAL_LOOK_REVERSE);
}

static void
test_background(void)
{
    static const char *const light[] = {"0;15", "0;7", "0;default;15", "12;11", "0;9"};
    static const char *const dark[] = {NULL,          "",           "15",  "15;0",
                                       "7;default;8", "15;default", "15;", "0;16",
                                       "0;15x",       "15;6",       "0;-7"};

    for (gsize i = 0; i < G_N_ELEMENTS(light); i++)
        g_assert_true(fal_theme_is_light(light[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(dark); i++)
        g_assert_false(fal_theme_is_light(dark[i]));
}

static void
test_depth(void)
{
    static const struct {
        const char *colors;
        int n;
        gboolean direct, no_color;
        FalDepth depth;
    } cases[] = {
        {"auto", 8, FALSE, FALSE, FAL_DEPTH_8},
        {"auto", 16, FALSE, FALSE, FAL_DEPTH_8},
        {"auto", 88, FALSE, FALSE, FAL_DEPTH_8},
        {"auto", 256, FALSE, FALSE, FAL_DEPTH_256},
        {"auto", 0x1000000, TRUE, FALSE, FAL_DEPTH_TRUE},
        {"auto", 0x1000000, TRUE, TRUE, FAL_DEPTH_NONE},
        {"auto", 256, FALSE, TRUE, FAL_DEPTH_NONE},
        {"auto", -1, FALSE, FALSE, FAL_DEPTH_NONE},
        {"256", 256, FALSE, TRUE, FAL_DEPTH_256},
        {"256", 8, FALSE, FALSE, FAL_DEPTH_8},
        {"256", 0x1000000, TRUE, FALSE, FAL_DEPTH_256},
        {"8", 256, FALSE, TRUE, FAL_DEPTH_8},
        {"8", 0, FALSE, FALSE, FAL_DEPTH_NONE},
        {"true", 256, FALSE, TRUE, FAL_DEPTH_256},
        {"true", 0x1000000, TRUE, FALSE, FAL_DEPTH_TRUE},
        {"none", 0x1000000, TRUE, FALSE, FAL_DEPTH_NONE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(
            fal_theme_depth(cases[i].colors, cases[i].n, cases[i].direct, cases[i].no_color),
            ==, cases[i].depth);
}

typedef struct {
    char *message;
    gsize at, n;
    gint64 rows;
} Answer;

static void
on_done(G_GNUC_UNUSED const char *line, const FalTable *table, const GError *error, gsize at,
        gsize n, gpointer data)
{
    Answer *answer = data;

    g_free(answer->message);
    *answer = (Answer){error ? g_strdup(error->message) : NULL, at, n,
                       table ? fal_table_n_rows(table) : -1};
}

/* The command: what it sets, what it takes back, what it blames. */
static void
test_command(void)
{
    g_autoptr(FalSession) session = fal_session_new();
    const FalPaint *paint = fal_session_paint(session);
    Answer answer = {0};

    fal_session_run(session, "color", 0, on_done, &answer);
    g_assert_cmpint(answer.rows, ==, FAL_N_ROLES);
    fal_session_run(session, "color bar #ff8700 17", 0, on_done, &answer);
    g_assert_null(answer.message);
    g_assert_cmphex((guint)paint->fore[FAL_ROLE_BAR], ==, FAL_COLOUR_RGB | 0xff8700);
    g_assert_cmpint(paint->back[FAL_ROLE_BAR], ==, 17);
    g_assert_cmpuint(paint->changes, ==, 1);
    fal_session_run(session, "color bar red", 0, on_done, &answer);
    g_assert_cmpint(paint->fore[FAL_ROLE_BAR], ==, 1);
    g_assert_cmpint(paint->back[FAL_ROLE_BAR], ==, 17);
    fal_session_run(session, "color bar", 0, on_done, &answer);
    g_assert_cmpint(answer.rows, ==, 1);
    g_assert_cmpuint(paint->changes, ==, 2);
    fal_session_run(session, "color bar theme", 0, on_done, &answer);
    g_assert_cmpint(paint->fore[FAL_ROLE_BAR], ==, FAL_COLOUR_THEME);
    g_assert_cmpint(paint->back[FAL_ROLE_BAR], ==, FAL_COLOUR_THEME);
    fal_session_run(session, "color brr red", 0, on_done, &answer);
    g_assert_nonnull(strstr(answer.message, "did you mean bar?"));
    g_assert_cmpuint(answer.at, ==, 6);
    fal_session_run(session, "color bar red bleu", 0, on_done, &answer);
    g_assert_nonnull(strstr(answer.message, "did you mean blue?"));
    g_assert_cmpuint(answer.at, ==, 14);
    g_assert_cmpuint(answer.n, ==, 4);
    g_assert_cmpint(paint->fore[FAL_ROLE_BAR], ==, FAL_COLOUR_THEME); /* all or nothing */
    g_free(answer.message);
    FalCompletion completion;
    fal_complete(session, "color sel", 9, &completion);
    g_assert_cmpstr(completion.candidate[0], ==, "selected");
    g_assert_null(completion.candidate[1]);
    fal_completion_clear(&completion);
    fal_complete(session, "color selected brightb", 22, &completion);
    g_assert_cmpstr(completion.candidate[0], ==, "brightblack");
    g_assert_cmpstr(completion.candidate[1], ==, "brightblue");
    fal_completion_clear(&completion);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/theme/parse", test_parse);
    g_test_add_func("/theme/roles", test_roles);
    g_test_add_func("/theme/nearest", test_nearest);
    g_test_add_func("/theme/themes", test_themes);
    g_test_add_func("/theme/apart", test_apart);
    g_test_add_func("/theme/paint", test_paint);
    g_test_add_func("/theme/background", test_background);
    g_test_add_func("/theme/depth", test_depth);
    g_test_add_func("/theme/command", test_command);
    return g_test_run();
}
