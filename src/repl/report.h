/* Reporting: what the text faces print. Answers go to standard output, words and progress to
 * standard error.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_REPL_REPORT_H
#define FAL_REPL_REPORT_H

#include "query/redirect.h"
#include "query/session.h"

/* Prints an answer in the form the session's `output` asks for, or sends it where `to` says: in
 * the form that a file's ending asks for, else complete. Then its notes. FALSE where it cannot
 * be written; the error is not set where a reader has left, who has seen enough. */
gboolean fal_report_answer(FalSession *session, const FalTable *table, const FalRedirect *to,
                           GError **error);

/* Prints an answer's notes only. */
void fal_report_notes(const FalTable *table);

/* How long a command took, where `timer` asks for it; typed: somebody sits at the prompt. */
void fal_report_time(FalSession *session, double seconds, gboolean typed);

/* Prints an error: on a terminal with the line and a caret, in scripts as "where: sentence"
 * (where may be NULL, then the program's name). */
void fal_report_error(const char *where, const char *line, gsize at, gsize n,
                      const GError *error, gboolean caret);

/* Progress on standard error while a command line is run: made before it, asked to settle
 * when its answer is there, freed after it. */
typedef struct FalReporter FalReporter;
FalReporter *fal_reporter_new(FalSession *session);
/* Waits, iterating the main context, until *done is TRUE; Ctrl-C cancels the job meanwhile. */
void fal_reporter_wait(FalReporter *reporter, const gboolean *done);
/* Leaves a job that does not stop, and says so. */
void fal_report_left(int status) G_GNUC_NORETURN;
/* Cancels the job, which has to stop soon from now on. */
void fal_reporter_cancel(FalReporter *reporter);
/* Reports what is left to report and clears the moving line, so that an answer can be printed.
 */
void fal_reporter_settle(FalReporter *reporter);
void fal_reporter_free(FalReporter *reporter);

#endif
