/* The record of a training that is going on: written by its thread, copied by whoever draws.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_WATCH_H
#define FAL_QUERY_WATCH_H

#include "model/model.h"
#include "query/session.h"

typedef struct FalWatch FalWatch;

FalWatch *fal_watch_new(void);
void fal_watch_free(FalWatch *watch);

/* Any thread. */
void fal_watch_begin(FalWatch *watch, const FalTrainSettings *settings);
void fal_watch_popular(FalWatch *watch, double ndcg);
void fal_watch_add(FalWatch *watch, const FalIteration *iteration);
/* failed: what was recorded since fal_watch_begin() is of no model and is dropped. */
void fal_watch_end(FalWatch *watch, gboolean failed);
gboolean fal_watch_copy(FalWatch *watch, FalTraining *training);

#endif
