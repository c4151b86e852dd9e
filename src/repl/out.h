/* Where text goes: to standard output, by way of a pager where it is longer than the terminal;
 * to a program. Main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_REPL_OUT_H
#define FAL_REPL_OUT_H

#include <glib.h>

/* To standard output. FALSE with FAL_ERROR_FAILED where that cannot take it, and without an
 * error where its reader has left: who leaves has seen enough. */
gboolean fal_out_standard(const char *text, GError **error);
/* The same, through the user's pager ($FALSETTO_PAGER, $PAGER, less) where text is longer than
 * the terminal and somebody sits there. */
gboolean fal_out_paged(const char *text, GError **error);
/* To the standard input of a command of the shell, whose own output goes where ours goes. Waits
 * for it; Ctrl-C is its own meanwhile. FAL_ERROR_FAILED where it cannot be run or fails,
 * FAL_ERROR_CANCELLED where Ctrl-C ended it. */
gboolean fal_out_program(const char *command, const char *text, GError **error);

/* To a file: in place of what is there, or at its end. FAL_ERROR_FAILED. */
gboolean fal_out_file(const char *path, gboolean adds, const char *text, GError **error);

/* Whether path is the very pipe that standard output is. */
gboolean fal_out_is_pipe(const char *path);

/* Cells and lines of the terminal behind fd; 0 where it is none. */
int fal_out_width(int fd);
int fal_out_height(int fd);

#endif
