/* What commands may do to a session and faces may not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_SESSION_PRIVATE_H
#define FAL_QUERY_SESSION_PRIVATE_H

#include "query/session.h"
#include "query/settings.h"
#include "query/shell.h"
#include "query/watch.h"

FalWatch *fal_session_watch(FalSession *session);
FalPaint *fal_session_own_paint(FalSession *session);
FalSettings *fal_session_settings(FalSession *session);
/* What the model at hand was trained with; NULL: all plays. Borrowed. */
FalSplit *fal_session_model_split(FalSession *session);
FalShell *fal_session_shell(FalSession *session);
/* Your artists' names, to be matched by the job that loads the next data set; NULL where nobody
 * is there to ask for them, or there are none. And what it found, after
 * fal_session_set_dataset(); takes it, NULL is nothing. */
FalMatched *fal_session_names_to_match(FalSession *session);
void fal_session_take_matched(FalSession *session, FalMatched *matched);
/* Where the model at hand was opened from or saved to; NULL where it is in no file. A new model
 * is in none. */
void fal_session_set_model_path(FalSession *session, const char *path);
const char *fal_session_model_path(FalSession *session);

#endif
