/* The lines typed, kept in the user's state folder ($XDG_STATE_HOME/falsetto/history, readable
 * by the user only), a line each. Both faces share it, and so do several programs at once: each
 * line is added under a lock when it is typed. Main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_TYPED_H
#define FAL_QUERY_TYPED_H

#include <glib.h>

#define FAL_TYPED_LINES 2000 /* the oldest give way */

typedef struct FalTyped FalTyped;

/* Reads what is kept; empty where there is nothing or it cannot be read. With a NULL path
 * nothing is kept. */
FalTyped *fal_typed_new(const char *path);
void fal_typed_free(FalTyped *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalTyped, fal_typed_free)

/* Adds a line, and takes the same line away from where it was before. Blank ones, those that
 * begin with a blank (as in shells: not to be kept) and those with a line end are left out.
 * What cannot be written is kept for this program's time. */
void fal_typed_add(FalTyped *history, const char *line);
/* Takes away the lines that `is` is true of; *n: how many there were. FALSE with
 * FAL_ERROR_FAILED where what is kept cannot be written. */
typedef gboolean (*FalTypedIs)(const char *line);
gboolean fal_typed_forget(FalTyped *history, FalTypedIs is, guint *n, GError **error);
guint fal_typed_n(const FalTyped *history);
/* Line i, the oldest is 0. Borrowed until the next call of fal_typed_add(). */
const char *fal_typed_line(const FalTyped *history, guint i);

#endif
