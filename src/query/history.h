/* The lines typed, kept in the user's state folder ($XDG_STATE_HOME/falsetto/history, readable
 * by the user only), a line each. Both faces share it, and so do several programs at once: each
 * line is added under a lock when it is typed. Main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_HISTORY_H
#define FAL_QUERY_HISTORY_H

#include <glib.h>

#define FAL_HISTORY_LINES 2000 /* the oldest give way */

typedef struct FalHistory FalHistory;

/* Reads what is kept; empty where there is nothing or it cannot be read. With a NULL path
 * nothing is kept. */
FalHistory *fal_history_new(const char *path);
void fal_history_free(FalHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalHistory, fal_history_free)

/* Adds a line, and takes the same line away from where it was before. Blank ones, those that
 * begin with a blank (as in shells: not to be kept) and those with a line end are left out.
 * What cannot be written is kept for this program's time. */
void fal_history_add(FalHistory *history, const char *line);
guint fal_history_n(const FalHistory *history);
/* Line i, the oldest is 0. Borrowed until the next call of fal_history_add(). */
const char *fal_history_line(const FalHistory *history, guint i);

#endif
