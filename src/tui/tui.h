/* The screens: the full-screen face of the program.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_TUI_H
#define FAL_TUI_TUI_H

#include "query/session.h"

/* Shows the screens on a session until they are left; gives the exit status. With a path the
 * data is loaded first, on the screen; what is missing (a split, a model) is made. greeting (may
 * be NULL) is said at first. Errors: FAL_ERROR_USAGE where the terminal cannot show screens; what
 * kept the path from being loaded. Runs the default main context. */
int fal_tui_run(FalSession *session, const char *path, const char *greeting, GError **error);

/* Of the screens' library: "ncurses 6.4.20221231". Static. */
const char *fal_tui_version(void);

#endif
