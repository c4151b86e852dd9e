/* The prompt: readline with completion and history.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_REPL_REPL_H
#define FAL_REPL_REPL_H

#include "query/session.h"

/* Runs the prompt until quit, Ctrl-D or `tui`; gives the exit status: 0, or 128
 * and the signal's number where one ended it, as the terminal's end does. Ask
 * fal_session_take_screens() whether it was left for the screens: then it may be run again. The
 * history is kept in the user's state folder. */
int fal_repl_run(FalSession *session);

/* Of the line editor: "8.2". Static. */
const char *fal_repl_version(void);

#endif
