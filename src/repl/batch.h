/* Commands without a prompt: from options, files and pipes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_REPL_BATCH_H
#define FAL_REPL_BATCH_H

#include "query/session.h"

/* Runs one line and waits for it; its answer goes where it says (query/redirect.h). where names
 * it in messages ("tour.fal:3"; NULL: the program's name). Gives the exit status it stands for:
 * after `source`, that of the file's lines, which go on after a failed one with keep_going. */
int fal_batch_line(FalSession *session, const char *line, const char *where,
                   gboolean keep_going);

/* Runs the lines of a file ("-": standard input) until one fails, or all where keep_going;
 * gives the exit status of the first that failed. */
int fal_batch_file(FalSession *session, const char *path, gboolean keep_going);

/* Loads a data set, saying nothing but progress, notes (not of the demo) and errors. Gives the
 * exit status. */
int fal_batch_load(FalSession *session, const char *path);

/* Opens a model, likewise. *told (told may be NULL): its notes in a line, for a face that starts
 * then; free with g_free(). */
int fal_batch_open(FalSession *session, const char *path, char **told);

#endif
