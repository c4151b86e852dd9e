/* The characters that pictures are made of: lines, marks, bars, dots. Which set is used is
 * chosen here and nowhere else, for the screens and for what is printed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_BASE_GLYPHS_H
#define FAL_BASE_GLYPHS_H

#include <glib.h>

typedef enum {
    FAL_GLYPHS_AUTO, /* braille; block on the console of Linux, whose fonts have no braille */
    FAL_GLYPHS_BRAILLE, /* eight dots to a cell, bars in eighths */
    FAL_GLYPHS_BLOCK,   /* half cells */
    FAL_GLYPHS_ASCII,
} FalGlyphs;
/* By FalGlyphs, NULL-terminated. */
extern const char *const fal_glyphs_names[];

/* Where the locale's charset is not UTF-8 the set is ASCII whatever is asked for. Main thread.
 */
void fal_glyphs_set(FalGlyphs glyphs);
/* The set in use, never AUTO. */
FalGlyphs fal_glyphs(void);
/* fal_glyphs() != FAL_GLYPHS_ASCII: letters beyond ASCII may be shown. */
gboolean fal_glyphs_unicode(void);

typedef enum {
    FAL_GLYPH_ELLIPSIS,
    FAL_GLYPH_DOT, /* between parts of a line */
    FAL_GLYPH_RULE,
    FAL_GLYPH_WALL,
    FAL_GLYPH_RISING, /* sorted so */
    FAL_GLYPH_FALLING,
    FAL_GLYPH_YES,
    FAL_GLYPH_NO,
    FAL_GLYPH_UP,
    FAL_GLYPH_DOWN,
    FAL_GLYPH_POINT, /* of a named place */
    FAL_GLYPH_PLUS_MINUS,
    FAL_GLYPH_TO,  /* between two numbers */
    FAL_GLYPH_BAR, /* a whole cell of it */
    FAL_GLYPH_BAR_BEGIN,
    FAL_GLYPH_BAR_END,
    FAL_GLYPH_CORNER, /* of axes */
    FAL_GLYPH_TICK_Y,
    FAL_GLYPH_TICK_X,
    FAL_N_GLYPHS
} FalGlyph;
/* As UTF-8, one cell wide but for PLUS_MINUS in ASCII; static. */
const char *fal_glyph(FalGlyph glyph);

/* What is left of a bar's last cell, in eighths (0 .. 8): "" or one character. In halves where
 * the set has no eighths. */
const char *fal_glyph_eighths(int eighths);
/* A cell of braille dots (the low byte of U+2800 and on), as this set can show it; `letter`
 * where that is ASCII. */
gunichar fal_glyph_dots(guchar dots, char letter);

/* text in ASCII: glyphs as the ASCII set has them, letters without accents, others as '?'.
 * text must be valid UTF-8. Free with g_free(). */
char *fal_glyphs_to_ascii(const char *text);

#endif
