/* Reporting: what the text faces print. Answers go to standard output, words and progress to
 * standard error.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_REPL_REPORT_H
#define FAL_REPL_REPORT_H

#include "query/session.h"

/* Prints an answer in the form the session's `output` asks for. FALSE where standard output
 * cannot take it (said on standard error). */
gboolean fal_report_answer(FalSession *session, const FalTable *table);

/* Prints an answer's notes only. */
void fal_report_notes(const FalTable *table);

/* Prints an error: on a terminal with the line and a caret, in scripts as "where: sentence"
 * (where may be NULL, then the program's name). */
void fal_report_error(const char *where, const char *line, gsize at, gsize n, const GError *error,
                      gboolean caret);

/* Progress on standard error while a job runs. */
typedef struct FalReporter FalReporter;
/* Starts to report on the session's running job; ended by fal_reporter_free(). */
FalReporter *fal_reporter_new(FalSession *session);
void fal_reporter_free(FalReporter *reporter);

/* Waits, iterating the main context, until *done is TRUE, with progress reported and Ctrl-C
 * cancelling the job. */
void fal_report_wait(FalSession *session, const gboolean *done);

#endif
