/* Roles and colours by name (see colour.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/colour.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

const char *const fal_role_names[] = {
    "text",   "title",   "dim",     "header",  "selected", "marked", "found",
    "bar",    "hit",     "error",   "key",     "edited",   "view",   "rule",
    "name",   "series1", "series2", "series3", "series4",  "cloud1", "cloud2",
    "cloud3", "cloud4",  "cloud5",  "cloud6",  NULL,
};
G_STATIC_ASSERT(G_N_ELEMENTS(fal_role_names) == FAL_N_ROLES + 1);

const char *const fal_role_help[] = {
    "what stands in the lists",
    "titles, and what is said",
    "what matters less",
    "the columns' names",
    "the selected row, where the keys go",
    "the selected row of another list",
    "rows that hold what is searched",
    "bars in the lists",
    "what was right: held out and found",
    "what went wrong",
    "keys, in the hints and the views' names",
    "a value that is being typed",
    "the view at hand, in the first line",
    "lines across and down",
    "names on the Map",
    "the first line of a chart",
    "the second",
    "the third",
    "the fourth",
    "where few artists are on the Map",
    "more",
    "more",
    "more",
    "more",
    "where the most are",
    NULL,
};
G_STATIC_ASSERT(G_N_ELEMENTS(fal_role_help) == FAL_N_ROLES + 1);

const char *const fal_colour_names[] = {
    "theme",         "default",    "black",       "red",          "green",
    "yellow",        "blue",       "magenta",     "cyan",         "white",
    "brightblack",   "brightred",  "brightgreen", "brightyellow", "brightblue",
    "brightmagenta", "brightcyan", "brightwhite", NULL,
};

int
fal_role_parse(const char *name, GError **error)
{
    for (int i = 0; i < FAL_N_ROLES; i++)
        if (!g_ascii_strcasecmp(name, fal_role_names[i]))
            return i;
    const char *near = fal_text_nearest(name, fal_role_names);
    g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                "nothing on the screens is called \"%s\"%s%s%s; color lists all", name,
                near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
    return -1;
}

/* A number that is all of text, in a base; -1. */
static gint64
whole_number(const char *text, guint base)
{
    char *end;

    if (!g_ascii_isxdigit(*text) || strlen(text) > 6)
        return -1;
    gint64 x = g_ascii_strtoll(text, &end, base);
    return *end ? -1 : x;
}

gboolean
fal_colour_parse(const char *text, FalColour *colour, GError **error)
{
    for (int i = 0; fal_colour_names[i]; i++) {
        if (!g_ascii_strcasecmp(text, fal_colour_names[i])) {
            *colour = i + FAL_COLOUR_THEME;
            return TRUE;
        }
    }
    gint64 number = whole_number(text, 10);
    gint64 rgb = *text == '#' && strlen(text) == 7 ? whole_number(text + 1, 16) : -1;
    if (number >= 0 && number <= 255) {
        *colour = (FalColour)number;
        return TRUE;
    }
    if (rgb >= 0) {
        *colour = FAL_COLOUR_RGB | (FalColour)rgb;
        return TRUE;
    }
    const char *near = fal_text_nearest(text, fal_colour_names);
    g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                "\"%s\" is no colour%s%s%s: it is a word such as red or brightblue, default, "
                "theme, a number from 0 to 255, or #rrggbb",
                text, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
    return FALSE;
}

char *
fal_colour_text(FalColour colour)
{
    if (colour < 16)
        return g_strdup(fal_colour_names[colour - FAL_COLOUR_THEME]);
    if (colour < FAL_COLOUR_RGB)
        return g_strdup_printf("%d", colour);
    return g_strdup_printf("#%06x", colour & 0xffffff);
}

guint
fal_colour_rgb(FalColour colour)
{
    static const guint first[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                    0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                    0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
    static const guint level[6] = {0, 95, 135, 175, 215, 255};

    if (colour >= FAL_COLOUR_RGB)
        return (guint)colour & 0xffffff;
    if (colour < 16)
        return first[MAX(colour, 0)];
    if (colour >= 232)
        return (guint)(8 + 10 * (colour - 232)) * 0x010101;
    int cube = colour - 16;
    return level[cube / 36] << 16 | level[cube / 6 % 6] << 8 | level[cube % 6];
}

/* How far apart two are, green counting most, as the eye has it. */
static int
distance(guint a, guint b)
{
    int red = (int)(a >> 16) - (int)(b >> 16);
    int green = (int)(a >> 8 & 255) - (int)(b >> 8 & 255);
    int blue = (int)(a & 255) - (int)(b & 255);

    return 3 * red * red + 4 * green * green + 2 * blue * blue;
}

FalColour
fal_colour_nearest(FalColour colour, int n)
{
    int first = n > 16 ? 16 : 0, best = first;

    if (colour < n)
        return colour;
    guint rgb = fal_colour_rgb(colour);
    for (int i = first; i < n; i++)
        if (distance(rgb, fal_colour_rgb(i)) < distance(rgb, fal_colour_rgb(best)))
            best = i;
    return best;
}

void
fal_paint_init(FalPaint *paint)
{
    for (int i = 0; i < FAL_N_ROLES; i++)
        paint->fore[i] = paint->back[i] = FAL_COLOUR_THEME;
    paint->changes = 0;
}
