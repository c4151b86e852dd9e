/* The terminal of the script driver: a pty that nobody looks at, and what stands on it.
 *
 * The screens run as they always do, on standard input and output. The driver comes to its turn
 * by the poll function of their main loop, which is called with a time to wait only when all
 * that happened has been dealt with and drawn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TESTS_TUI_DRIVE_TERM_H
#define FAL_TESTS_TUI_DRIVE_TERM_H

#include <glib.h>

/* Called when all is drawn; `timer` says whether one will go off later. */
typedef void (*DriveIdle)(gboolean timer, gpointer data);

/* Makes the terminal standard input and output, and installs the poll function. What was
 * standard output is returned as a descriptor. Ends the program where there are no ptys. */
int drive_term_open(DriveIdle idle, gpointer data);

/* Screens are shown. */
gboolean drive_term_active(void);
/* Size in cells; the screens are told, and the next idle comes when they know. */
void drive_term_size(int width, int height);
/* Bytes as from a keyboard; the next idle comes when they are read and what they did is drawn.
 */
void drive_term_send(const char *bytes);
/* Microseconds from a send to that idle, told once; else -1. */
gint64 drive_term_latency(void);
/* The bytes of a key by name ("j", "Enter", "C-u", "PgDn"), NULL where there is none. Free with
 * g_free(). Screens must be shown, as it is their terminal that knows. */
char *drive_term_key(const char *name);
/* The bytes of a mouse button (0 the first, 64 and 65 the wheel) at a cell. */
char *drive_term_mouse(int button, int y, int x);
/* Whether its modes are those that drive_term_open() found. */
gboolean drive_term_restored(void);

/* What stands there: lines without the blanks at their ends, and for each byte of the text its
 * attributes and colour as fal_term_look() gives them. */
typedef struct {
    GString *text;
    GArray *looks; /* gulong */
    int cursor_y;
} DriveScreen;

DriveScreen *drive_screen_new(void);
void drive_screen_free(DriveScreen *screen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DriveScreen, drive_screen_free)

#endif
