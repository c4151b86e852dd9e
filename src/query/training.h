/* Training, for the commands that do it (cmd-train.c).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_TRAINING_H
#define FAL_QUERY_TRAINING_H

#include "query/settings.h"

/* What such a command answers with. */
extern const FalColumn fal_training_columns[], fal_training_figures[];

/* Makes the call a training with these settings, whose model becomes the session's; adopt: the
 * settings do, too. FAL_ERROR_USAGE for settings out of range. */
gboolean fal_training_start(FalCall *call, const FalSettings *settings, gboolean adopt,
                            GError **error);
/* Turns rank=auto into a rank, and notes where few users or artists make it small. */
void fal_training_fit_rank(FalCall *call, FalTrainSettings *settings);
/* What rank=auto is for the session's data; without any, for large ones. */
int fal_training_rank(FalSession *session);

#endif
