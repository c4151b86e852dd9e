/* Themes: what each role looks like, by the background and by how many colours there are. Knows
 * no terminal.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_THEME_H
#define FAL_TUI_THEME_H

#include "query/colour.h"

typedef enum {
    FAL_DEPTH_NONE,
    FAL_DEPTH_8,
    FAL_DEPTH_256,
    FAL_DEPTH_TRUE,
} FalDepth;

enum {
    FAL_LOOK_BOLD = 1 << 0,
    FAL_LOOK_DIM = 1 << 1,
    FAL_LOOK_UNDERLINE = 1 << 2,
    FAL_LOOK_REVERSE = 1 << 3,
};

typedef struct {
    FalColour fore, back; /* never FAL_COLOUR_THEME */
    guint attributes;
} FalLook;

/* A role's look. With FAL_DEPTH_NONE attributes alone tell roles apart, and both colours are
 * default; else the colours are among the first 8, the first 256, or any. paint (may be NULL)
 * goes before what the theme has. */
FalLook fal_theme_look(FalRole role, gboolean light, FalDepth depth, const FalPaint *paint);

/* Whether the background is light, by COLORFGBG's value (may be NULL): "15;0", "0;default;15".
 * FALSE where it does not tell. */
gboolean fal_theme_is_light(const char *colorfgbg);

/* The depth for a setting of `colors` (auto, none, 8, 256, true), on a terminal of n_colours
 * that takes colours as they are (direct) or by number. `auto` alone heeds no_color; nothing
 * gives a terminal colours that it has not. */
FalDepth fal_theme_depth(const char *colors, int n_colours, gboolean direct, gboolean no_color);

#endif
