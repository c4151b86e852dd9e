/* Themes (see theme.h).
 *
 * With 8 colours these are the terminal's own, which its owner has made readable; never black or
 * white, one of which is the background. With more they are of the 256 that are the same
 * everywhere. Where the background is another than was thought, all but the faintest are still
 * to be read. Lines of charts differ in lightness as well as in hue, and in their dashes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/theme.h"

#include <stdlib.h>
#include <string.h>

#define B FAL_LOOK_BOLD
#define D FAL_LOOK_DIM
#define U FAL_LOOK_UNDERLINE
#define R FAL_LOOK_REVERSE

enum { RED = 1, GREEN, YELLOW, BLUE, MAGENTA, CYAN };

/* clang-format off */
static const struct {
    guint mono;          /* attributes */
    FalLook few[2];      /* 8 colours: dark, light */
    FalLook many[2];     /* 256 */
} themes[FAL_N_ROLES] = {
    [FAL_ROLE_TEXT]     = {0,   {{-1, -1, 0},      {-1, -1, 0}},      {{-1, -1, 0},      {-1, -1, 0}}},
    [FAL_ROLE_TITLE]    = {B,   {{-1, -1, B},      {-1, -1, B}},      {{-1, -1, B},      {-1, -1, B}}},
    [FAL_ROLE_DIM]      = {D,   {{-1, -1, D},      {-1, -1, D}},      {{246, -1, 0},     {242, -1, 0}}},
    [FAL_ROLE_HEADER]   = {U,   {{-1, -1, U},      {-1, -1, U}},      {{109, -1, U},     {24, -1, U}}},
    [FAL_ROLE_SELECTED] = {R,   {{-1, -1, R},      {-1, -1, R}},      {{231, 24, 0},     {16, 153, 0}}},
    [FAL_ROLE_MARKED]   = {B,   {{-1, -1, B},      {-1, -1, B}},      {{255, 238, 0},    {16, 253, 0}}},
    [FAL_ROLE_FOUND]    = {B|U, {{-1, -1, B|U},    {-1, -1, B|U}},    {{173, -1, B|U},   {130, -1, B|U}}},
    [FAL_ROLE_BAR]      = {0,   {{CYAN, -1, 0},    {BLUE, -1, 0}},    {{67, -1, 0},      {67, -1, 0}}},
    [FAL_ROLE_HIT]      = {B,   {{GREEN, -1, B},   {GREEN, -1, B}},   {{71, -1, B},      {28, -1, B}}},
    [FAL_ROLE_ERROR]    = {B,   {{RED, -1, B},     {RED, -1, B}},     {{203, -1, B},     {160, -1, B}}},
    [FAL_ROLE_KEY]      = {B,   {{MAGENTA, -1, B}, {MAGENTA, -1, B}}, {{140, -1, B},     {91, -1, B}}},
    [FAL_ROLE_EDITED]   = {U,   {{-1, -1, U},      {-1, -1, U}},      {{255, 236, U},    {16, 254, U}}},
    [FAL_ROLE_VIEW]     = {R|B, {{-1, -1, R|B},    {-1, -1, R|B}},    {{231, 24, B},     {16, 153, B}}},
    [FAL_ROLE_RULE]     = {D,   {{-1, -1, D},      {-1, -1, D}},      {{240, -1, 0},     {249, -1, 0}}},
    [FAL_ROLE_NAME]     = {0,   {{-1, -1, 0},      {-1, -1, 0}},      {{-1, -1, 0},      {-1, -1, 0}}},
    [FAL_ROLE_SERIES_1] = {B,   {{CYAN, -1, B},    {BLUE, -1, B}},    {{74, -1, B},      {25, -1, B}}},
    [FAL_ROLE_SERIES_2] = {0,   {{GREEN, -1, 0},   {GREEN, -1, 0}},   {{172, -1, 0},     {166, -1, 0}}},
    [FAL_ROLE_SERIES_3] = {0,   {{MAGENTA, -1, 0}, {MAGENTA, -1, 0}}, {{36, -1, 0},      {29, -1, 0}}},
    [FAL_ROLE_SERIES_4] = {0,   {{RED, -1, 0},     {RED, -1, 0}},     {{175, -1, 0},     {126, -1, 0}}},
    [FAL_ROLE_CLOUD_1]  = {D,   {{-1, -1, D},      {-1, -1, D}},      {{61, -1, 0},      {110, -1, 0}}},
    [FAL_ROLE_CLOUD_2]  = {D,   {{-1, -1, D},      {-1, -1, D}},      {{67, -1, 0},      {74, -1, 0}}},
    [FAL_ROLE_CLOUD_3]  = {0,   {{CYAN, -1, 0},    {BLUE, -1, 0}},    {{37, -1, 0},      {31, -1, 0}}},
    [FAL_ROLE_CLOUD_4]  = {0,   {{CYAN, -1, 0},    {BLUE, -1, 0}},    {{77, -1, 0},      {25, -1, 0}}},
    [FAL_ROLE_CLOUD_5]  = {B,   {{CYAN, -1, B},    {BLUE, -1, B}},    {{149, -1, 0},     {19, -1, 0}}},
    [FAL_ROLE_CLOUD_6]  = {B,   {{-1, -1, B},      {-1, -1, B}},      {{221, -1, 0},     {17, -1, 0}}},
};
/* clang-format on */

/* What a terminal of this depth can show of a colour. */
static FalColour
at_depth(FalColour colour, FalDepth depth)
{
    if (depth == FAL_DEPTH_TRUE || colour < 0)
        return colour;
    return fal_colour_nearest(colour, depth == FAL_DEPTH_256 ? 256 : 8);
}

FalLook
fal_theme_look(FalRole role, gboolean light, FalDepth depth, const FalPaint *paint)
{
    FalLook look = {FAL_COLOUR_DEFAULT, FAL_COLOUR_DEFAULT, themes[role].mono};

    if (depth == FAL_DEPTH_NONE)
        return look;
    look = depth == FAL_DEPTH_8 ? themes[role].few[light] : themes[role].many[light];
    if (paint && paint->fore[role] != FAL_COLOUR_THEME)
        look.fore = at_depth(paint->fore[role], depth);
    if (paint && paint->back[role] != FAL_COLOUR_THEME) {
        look.back = at_depth(paint->back[role], depth);
        look.attributes &= ~(guint)FAL_LOOK_REVERSE;
    }
    if (paint && paint->fore[role] != FAL_COLOUR_THEME)
        look.attributes &= ~(guint)FAL_LOOK_DIM;
    return look;
}

gboolean
fal_theme_is_light(const char *colorfgbg)
{
    const char *background = colorfgbg ? strrchr(colorfgbg, ';') : NULL;
    char *end;

    if (!background || !g_ascii_isdigit(background[1]))
        return FALSE;
    long number = strtol(background + 1, &end, 10);
    return *end == '\0' && (number == 7 || (number >= 9 && number <= 15));
}

FalDepth
fal_theme_depth(const char *colors, int n_colours, gboolean direct, gboolean no_color)
{
    FalDepth most = n_colours < 8     ? FAL_DEPTH_NONE
                    : n_colours < 256 ? FAL_DEPTH_8
                    : direct          ? FAL_DEPTH_TRUE
                                      : FAL_DEPTH_256;

    if (g_str_equal(colors, "none") || (no_color && g_str_equal(colors, "auto")))
        return FAL_DEPTH_NONE;
    if (g_str_equal(colors, "8"))
        return MIN(most, FAL_DEPTH_8);
    if (g_str_equal(colors, "256"))
        return MIN(most, FAL_DEPTH_256);
    return most;
}
