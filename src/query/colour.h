/* What the pieces of the screens are, and the colours that their owner gives them: the command
 * `color`. What colours they have otherwise is the screens' matter (tui/theme.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_COLOUR_H
#define FAL_QUERY_COLOUR_H

#include <glib.h>

/* What a piece of the screen is, whatever it looks like. */
typedef enum {
    FAL_ROLE_TEXT,
    FAL_ROLE_TITLE,
    FAL_ROLE_DIM,
    FAL_ROLE_HEADER,   /* over a list */
    FAL_ROLE_SELECTED, /* the selected row of the list with the keys */
    FAL_ROLE_MARKED,   /* the selected row of another list */
    FAL_ROLE_FOUND,    /* holds what is searched */
    FAL_ROLE_BAR,
    FAL_ROLE_HIT,
    FAL_ROLE_ERROR,
    FAL_ROLE_KEY,
    FAL_ROLE_EDITED, /* a value being typed in place */
    FAL_ROLE_VIEW,   /* the view at hand */
    FAL_ROLE_RULE,
    FAL_ROLE_NAME,     /* on the Map */
    FAL_ROLE_SERIES_1, /* of a chart; four follow each other */
    FAL_ROLE_SERIES_2,
    FAL_ROLE_SERIES_3,
    FAL_ROLE_SERIES_4,
    FAL_ROLE_CLOUD_1, /* cells of the Map, by how many are there; six follow each other */
    FAL_ROLE_CLOUD_2,
    FAL_ROLE_CLOUD_3,
    FAL_ROLE_CLOUD_4,
    FAL_ROLE_CLOUD_5,
    FAL_ROLE_CLOUD_6,
    FAL_N_ROLES
} FalRole;

/* As the command has them, NULL-terminated; what each is, without a full stop. */
extern const char *const fal_role_names[];
extern const char *const fal_role_help[];
/* -1 with FAL_ERROR_USAGE, naming the nearest, where there is no such role. */
int fal_role_parse(const char *name, GError **error);

/* A colour: a number of the 256 (the first 16 are the terminal's own), or FAL_COLOUR_RGB and
 * 0xrrggbb, or one of these. */
typedef int FalColour;
enum {
    FAL_COLOUR_THEME = -2,   /* as the theme has it */
    FAL_COLOUR_DEFAULT = -1, /* as the terminal has it */
    FAL_COLOUR_RGB = 0x1000000,
};

/* The words for colours, NULL-terminated. */
extern const char *const fal_colour_names[];
/* Reads a word, a number or #rrggbb; FAL_ERROR_USAGE, naming the nearest word. */
gboolean fal_colour_parse(const char *text, FalColour *colour, GError **error);
/* As fal_colour_parse() reads it. Free with g_free(). */
char *fal_colour_text(FalColour colour);
/* 0xrrggbb of a number from 0 to 255 (xterm's, for the first 16), or of one that is RGB. */
guint fal_colour_rgb(FalColour colour);
/* The nearest of the first n: 8, or of 16 .. 255 where n is 256. Numbers below n stay. */
FalColour fal_colour_nearest(FalColour colour, int n);

/* What the owner wants, by role. */
typedef struct {
    FalColour fore[FAL_N_ROLES], back[FAL_N_ROLES];
    guint changes; /* counts up: who draws compares it */
} FalPaint;

void fal_paint_init(FalPaint *paint);

#endif
