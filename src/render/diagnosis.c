/* The bad word of a command line, pointed at.
 *
 * Places are bytes; the caret is put by cells, so it stands below its word behind wide
 * characters, too. Of a long line only the word's surroundings are shown.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "render/render.h"

#include <string.h>

#include "base/glyphs.h"
#include "base/text.h"
#include "render/chart.h"

#define MOST_CELLS 78 /* of a line */
#define MOST_WORD  48 /* of the bad word, in a line that is cut */

/* Moves a place in a valid line back to where its character starts. */
static gsize
char_start(const char *line, gsize at)
{
    while (at > 0 && ((guchar)line[at] & 0xc0) == 0x80)
        at--;
    return at;
}

/* The part of line from `from` up to `to`: valid, safe. */
static char *
safe_part(const char *line, gsize from, gsize to)
{
    g_autofree char *valid = g_utf8_make_valid(line + from, (gssize)(to - from));
    return fal_text_safe(valid);
}

/* The end of text that takes at most `cells` cells. */
static const char *
tail(const char *text, int cells)
{
    int used;
    int drop = fal_text_width(text) - cells;
    if (drop <= 0)
        return text;
    text += fal_text_prefix(text, drop, &used);
    if (used < drop) /* stopped before a wide character: it has to go as a whole */
        text += fal_text_prefix(text, 2, NULL);
    return text;
}

/* The start of text that takes at most `cells` cells. */
static char *
head(const char *text, int cells)
{
    return g_strndup(text, fal_text_prefix(text, cells, NULL));
}

/* before, bad and after as one line of at most MOST_CELLS; *column is where the bad word
 * begins, *width how much of it is shown. */
static char *
window(const char *before, const char *bad, const char *after, int *column, int *width)
{
    const char *mark = fal_glyph(FAL_GLYPH_ELLIPSIS);
    int w_before = fal_text_width(before);
    int w_bad = fal_text_width(bad);
    int w_after = fal_text_width(after);
    if (w_before + MAX(w_bad, 1) + w_after <= MOST_CELLS) {
        *column = w_before;
        *width = w_bad;
        return g_strconcat(before, bad, after, NULL);
    }
    gboolean long_bad = w_bad > MOST_WORD;
    g_autofree char *word = head(bad, long_bad ? MOST_WORD - 1 : w_bad);
    *width = fal_text_width(word) + long_bad;
    int room = MOST_CELLS - MAX(*width, 1);
    int left = MIN(w_before, MAX(room / 2, room - w_after));
    int right = MIN(w_after, room - left);
    gboolean cut_left = left < w_before;
    gboolean cut_right = right < w_after;
    const char *from = tail(before, left - cut_left);
    g_autofree char *rest = head(after, right - cut_right);
    *column = fal_text_width(from) + cut_left;
    return g_strconcat(cut_left ? mark : "", from, word, long_bad ? mark : "", rest,
                       cut_right ? mark : "", NULL);
}

char *
fal_render_diagnosis(const char *line, gsize at, gsize n, const char *message)
{
    g_return_val_if_fail(line && message, NULL);
    gsize length = strlen(line);
    gsize start = n > 0 ? MIN(at, length) : length;
    gsize end = start + MIN(n, length - start);
    if (g_utf8_validate(line, -1, NULL)) {
        start = char_start(line, start);
        while (end < length && char_start(line, end) != end)
            end++;
    }
    g_autofree char *before = safe_part(line, 0, start);
    g_autofree char *bad = safe_part(line, start, end);
    g_autofree char *after = safe_part(line, end, length);
    int column;
    int width;
    g_autofree char *shown = window(before, bad, after, &column, &width);
    g_autofree char *rule = g_strnfill((gsize)MAX(width - 1, 0), '~');
    g_autofree char *sentence = safe_part(message, 0, strlen(message));
    return g_strdup_printf("%s\n%*s^%s\n%s", shown, column, "", rule, sentence);
}
