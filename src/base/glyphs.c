/* Glyphs (see glyphs.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "base/glyphs.h"

#include <string.h>

const char *const fal_glyphs_names[] = {"auto", "braille", "block", "ascii", NULL};

/* clang-format off */
static const struct {
    const char *unicode, *ascii;
} table[FAL_N_GLYPHS] = {
    [FAL_GLYPH_ELLIPSIS]   = {"…", "."},
    [FAL_GLYPH_DOT]        = {"·", "-"},
    [FAL_GLYPH_RULE]       = {"─", "-"},
    [FAL_GLYPH_WALL]       = {"│", "|"},
    [FAL_GLYPH_RISING]     = {"▲", "^"},
    [FAL_GLYPH_FALLING]    = {"▼", "v"},
    [FAL_GLYPH_YES]        = {"✓", "*"},
    [FAL_GLYPH_NO]         = {"✗", "x"},
    [FAL_GLYPH_UP]         = {"↑", "^"},
    [FAL_GLYPH_DOWN]       = {"↓", "v"},
    [FAL_GLYPH_POINT]      = {"●", "*"},
    [FAL_GLYPH_PLUS_MINUS] = {"±", "+-"},
    [FAL_GLYPH_TO]         = {"–", "-"},
    [FAL_GLYPH_BAR]        = {"█", "#"},
    [FAL_GLYPH_BAR_BEGIN]  = {"▕", "["},
    [FAL_GLYPH_BAR_END]    = {"▏", "]"},
    [FAL_GLYPH_CORNER]     = {"└", "+"},
    [FAL_GLYPH_TICK_Y]     = {"┤", "+"},
    [FAL_GLYPH_TICK_X]     = {"┴", "+"},
};
/* clang-format on */

static FalGlyphs wanted;

void
fal_glyphs_set(FalGlyphs glyphs)
{
    wanted = glyphs;
}

FalGlyphs
fal_glyphs(void)
{
    static int console = -1;

    if (!g_get_charset(NULL))
        return FAL_GLYPHS_ASCII;
    if (wanted != FAL_GLYPHS_AUTO)
        return wanted;
    if (console < 0)
        console = !g_strcmp0(g_getenv("TERM"), "linux");
    return console ? FAL_GLYPHS_BLOCK : FAL_GLYPHS_BRAILLE;
}

gboolean
fal_glyphs_unicode(void)
{
    return fal_glyphs() != FAL_GLYPHS_ASCII;
}

const char *
fal_glyph(FalGlyph glyph)
{
    return fal_glyphs_unicode() ? table[glyph].unicode : table[glyph].ascii;
}

const char *
fal_glyph_eighths(int eighths)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};

    switch (fal_glyphs()) {
    case FAL_GLYPHS_ASCII:
        return eighths < 4 ? "" : table[FAL_GLYPH_BAR].ascii;
    case FAL_GLYPHS_BLOCK:
        return parts[(eighths + 2) / 4 * 4];
    default:
        return parts[eighths];
    }
}

gunichar
fal_glyph_dots(guchar dots, char letter)
{
    static const gunichar halves[] = {' ', 0x2580, 0x2584, 0x2588};

    switch (fal_glyphs()) {
    case FAL_GLYPHS_ASCII:
        return (guchar)letter;
    case FAL_GLYPHS_BLOCK: /* the upper two rows of dots, the lower two */
        return halves[((dots & 0x1b) != 0) + 2 * ((dots & 0xe4) != 0)];
    default:
        return 0x2800u + dots;
    }
}

/* Letters of Latin alphabets for which GLib knows nothing. */
static const struct {
    gunichar letter;
    const char *ascii;
} letters[] = {
    {0x00d0, "D"}, {0x00f0, "d"}, {0x00de, "Th"}, {0x00fe, "th"}, {0x0110, "D"}, {0x0111, "d"},
    {0x0126, "H"}, {0x0127, "h"}, {0x0131, "i"},  {0x014a, "N"},  {0x014b, "n"}, {0x0166, "T"},
    {0x0167, "t"},
};

/* What a picture's character, or such a letter, becomes; NULL for others. */
static const char *
plain(const char *at)
{
    gunichar c = g_utf8_get_char(at);

    if (c >= 0x2800 && c < 0x2900)
        return c == 0x2800 ? " " : ":";
    for (int i = 0; i < FAL_N_GLYPHS; i++)
        if (g_utf8_get_char(table[i].unicode) == c)
            return table[i].ascii;
    for (gsize i = 0; i < G_N_ELEMENTS(letters); i++)
        if (letters[i].letter == c)
            return letters[i].ascii;
    if (c >= 0x2580 && c < 0x25a0)
        return "#";
    if (c >= 0x2500 && c < 0x2580)
        return "-";
    return NULL;
}

char *
fal_glyphs_to_ascii(const char *text)
{
    GString *out = g_string_sized_new(strlen(text));

    for (const char *at = text; *at;) {
        const char *end = g_utf8_next_char(at), *as;
        if ((guchar)*at < 0x80) {
            g_string_append_c(out, *at);
        } else if ((as = plain(at))) {
            g_string_append(out, as);
        } else {
            /* With the combining ones behind it, which go with it. */
            while (*end && g_unichar_combining_class(g_utf8_get_char(end)) != 0)
                end = g_utf8_next_char(end);
            g_autofree char *piece = g_strndup(at, (gsize)(end - at));
            g_autofree char *composed = g_utf8_normalize(piece, -1, G_NORMALIZE_NFC);
            g_autofree char *ascii = g_str_to_ascii(composed ? composed : piece, "C");
            g_string_append(out, ascii);
        }
        at = end;
    }
    return g_string_free(out, FALSE);
}
