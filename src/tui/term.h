/* The terminal: curses started and stopped, what each role looks like, keys, size, suspending,
 * and putting it back in order whatever happens. There is one terminal, so this module alone
 * keeps its state to itself. Main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_TERM_H
#define FAL_TUI_TERM_H

#include "query/colour.h"

/* Takes the terminal. FAL_ERROR_USAGE where it cannot show screens. */
gboolean fal_term_start(GError **error);
/* Gives it back; nothing where it is not taken. */
void fal_term_stop(void);

/* Readable when the process was told to stop or to go on (SIGTSTP, SIGCONT): then
 * fal_term_signalled() does it. */
int fal_term_signal_fd(void);
void fal_term_signalled(void);
/* Gives the terminal back, stops the process and its group, and takes it again later. */
void fal_term_suspend(void);

void fal_term_size(int *height, int *width);
/* Asks the terminal for its size and makes it curses'. */
void fal_term_resize(void);
/* The next key that waits to be read, as a character or a FAL_CODE_; FALSE where none does. */
gboolean fal_term_key(gunichar *code);

/* Chooses the looks again: theme is "dark", "light", "mono", or "auto"; colors as the setting
 * has it, "auto" heeds NO_COLOR; paint goes before both (may be NULL). */
void fal_term_theme(const char *theme, const char *colors, const FalPaint *paint);
/* A role's look, as curses' attributes. */
gulong fal_term_look(FalRole role);

/* A frame: clears what will be shown, and shows it with the cursor at (y, x). */
void fal_term_begin(void);
void fal_term_show(int y, int x);
/* Whether clicks and the wheel are taken; the terminal's own selection needs Shift then. */
void fal_term_mouse(gboolean on);
typedef enum { FAL_MOUSE_CLICK, FAL_MOUSE_WHEEL_UP, FAL_MOUSE_WHEEL_DOWN } FalMouse;
/* What a FAL_CODE_MOUSE was, and where; FALSE where it means nothing. */
gboolean fal_term_mouse_event(FalMouse *what, int *y, int *x);
/* Gives text to the terminal's clipboard (OSC 52), as far as it has one: it does not tell. */
void fal_term_copy(const char *text);
/* The next frame is drawn without trusting what the terminal shows. */
void fal_term_redraw(void);

/* Of curses: "ncurses 6.4.20221231". Static. */
const char *fal_term_version(void);

#endif
