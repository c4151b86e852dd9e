/* A line being typed (see line.h). A character and the combining ones behind it are one step of
 * the cursor.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/line.h"

#include <string.h>

#include "base/text.h"

void
fal_line_init(FalLine *line)
{
    *line = (FalLine){.text = g_string_new(NULL)};
}

void
fal_line_clear(FalLine *line)
{
    if (line->text)
        g_string_free(line->text, TRUE);
    line->text = NULL;
}

void
fal_line_set(FalLine *line, const char *text)
{
    g_string_truncate(line->text, 0);
    line->cursor = line->first = 0;
    fal_line_replace(line, 0, text);
}

void
fal_line_replace(FalLine *line, gsize start, const char *text)
{
    g_autofree char *safe = fal_text_clean(text);

    start = MIN(start, line->cursor);
    g_string_erase(line->text, (gssize)start, (gssize)(line->cursor - start));
    g_string_insert(line->text, (gssize)start, safe);
    line->cursor = start + strlen(safe);
}

void
fal_line_insert(FalLine *line, gunichar c)
{
    char bytes[7] = {0};

    if (!g_unichar_validate(c) || c == 0)
        return;
    g_unichar_to_utf8(c, bytes);
    g_autofree char *safe = fal_text_clean(bytes);
    if (strcmp(safe, bytes))
        return;
    g_string_insert(line->text, (gssize)line->cursor, bytes);
    line->cursor += strlen(bytes);
}

static gboolean
combines(const char *at)
{
    gunichar c = *at ? g_utf8_get_char(at) : 0;

    return c != 0 && (g_unichar_ismark(c) || g_unichar_iszerowidth(c));
}

/* Where the cursor would go. */
static gsize
before(const FalLine *line)
{
    const char *text = line->text->str, *at = text + line->cursor;

    while (at > text) {
        at = g_utf8_prev_char(at);
        if (!combines(at))
            break;
    }
    return (gsize)(at - text);
}

static gsize
behind(const FalLine *line)
{
    const char *text = line->text->str, *at = text + line->cursor;

    if (*at)
        at = g_utf8_next_char(at);
    while (combines(at))
        at = g_utf8_next_char(at);
    return (gsize)(at - text);
}

void
fal_line_left(FalLine *line)
{
    line->cursor = before(line);
}

void
fal_line_right(FalLine *line)
{
    line->cursor = behind(line);
}

void
fal_line_home(FalLine *line)
{
    line->cursor = 0;
}

void
fal_line_end(FalLine *line)
{
    line->cursor = line->text->len;
}

static gboolean
erase(FalLine *line, gsize from, gsize to)
{
    if (from >= to)
        return FALSE;
    g_string_erase(line->text, (gssize)from, (gssize)(to - from));
    line->cursor = from;
    return TRUE;
}

gboolean
fal_line_backspace(FalLine *line)
{
    return erase(line, before(line), line->cursor);
}

gboolean
fal_line_delete(FalLine *line)
{
    return erase(line, line->cursor, behind(line));
}

gboolean
fal_line_kill_word(FalLine *line)
{
    gsize from = line->cursor;

    while (from > 0 && line->text->str[from - 1] == ' ')
        from--;
    while (from > 0 && line->text->str[from - 1] != ' ')
        from--;
    return erase(line, from, line->cursor);
}

gboolean
fal_line_kill_end(FalLine *line)
{
    return erase(line, line->cursor, line->text->len);
}

gboolean
fal_line_kill_start(FalLine *line)
{
    return erase(line, 0, line->cursor);
}

static int
cells_between(const FalLine *line, gsize from, gsize to)
{
    g_autofree char *part = g_strndup(line->text->str + from, to - from);

    return fal_text_width(part);
}

char *
fal_line_window(FalLine *line, int cells, int *cursor_cell)
{
    const char *text = line->text->str;

    cells = MAX(1, cells);
    if (line->first > line->cursor)
        line->first = line->cursor;
    /* The cursor needs a cell of its own, also at the end of the text. */
    while (line->first < line->cursor &&
           cells_between(line, line->first, line->cursor) > cells - 1)
        do
            line->first = (gsize)(g_utf8_next_char(text + line->first) - text);
        while (combines(text + line->first));
    /* Text that was deleted must not leave the window half empty. */
    while (line->first > 0) {
        gsize back = (gsize)(g_utf8_prev_char(text + line->first) - text);
        if (cells_between(line, back, line->text->len) > cells - 1)
            break;
        line->first = back;
    }
    *cursor_cell = cells_between(line, line->first, line->cursor);
    return g_strndup(text + line->first, fal_text_prefix(text + line->first, cells, NULL));
}
