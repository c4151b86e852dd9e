/* A line being typed: text, cursor, and the part of it that fits a window. Knows no screen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_LINE_H
#define FAL_TUI_LINE_H

#include <glib.h>

typedef struct {
    GString *text; /* valid UTF-8 without control characters */
    gsize cursor;  /* in bytes, always before a whole character */
    gsize first;   /* the first byte shown; kept by fal_line_window() */
} FalLine;

void fal_line_init(FalLine *line);
void fal_line_clear(FalLine *line);
/* Replaces the text; the cursor goes to the end. */
void fal_line_set(FalLine *line, const char *text);
/* Replaces the bytes start .. cursor and leaves the cursor behind them. */
void fal_line_replace(FalLine *line, gsize start, const char *text);
/* Control characters and such as act on a terminal are ignored. */
void fal_line_insert(FalLine *line, gunichar c);

void fal_line_left(FalLine *line);
void fal_line_right(FalLine *line);
void fal_line_home(FalLine *line);
void fal_line_end(FalLine *line);
/* Each says whether there was something to delete. */
gboolean fal_line_backspace(FalLine *line);
gboolean fal_line_delete(FalLine *line);
gboolean fal_line_kill_word(FalLine *line);
gboolean fal_line_kill_end(FalLine *line);
gboolean fal_line_kill_start(FalLine *line);

/* The part that shows in a window of `cells` cells, scrolled so that the cursor is in it, and
 * the cell of the window that the cursor is on. Free with g_free(). */
char *fal_line_window(FalLine *line, int cells, int *cursor_cell);

#endif
