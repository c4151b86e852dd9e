/* The screens: the full-screen face of the program.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_TUI_H
#define FAL_TUI_TUI_H

#include "query/session.h"

/* How they start. */
typedef struct {
    const char *path;     /* of data to load first, on the screen; NULL: what is at hand */
    const char *greeting; /* said at first, may be NULL */
    gboolean returns;     /* there is a prompt to go back to */
} FalTuiStart;

/* Shows the screens on a session until they are left; gives the exit status. What is missing (a
 * split, a model) is made. A job that still runs is stopped; one that does not stop ends the
 * process, but for where they return. Errors: FAL_ERROR_USAGE where the terminal cannot show
 * screens; what kept the path from being loaded. Runs the default main context. */
int fal_tui_run(FalSession *session, const FalTuiStart *start, GError **error);

/* Of the screens' library: "ncurses 6.4.20221231". Static. */
const char *fal_tui_version(void);

#endif
