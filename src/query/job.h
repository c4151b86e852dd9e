/* Jobs: long work in one thread beside the main loop. A job never touches the session, a screen
 * or stdout; its result is handed over on the main thread, once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_JOB_H
#define FAL_QUERY_JOB_H

#include "base/task.h"

typedef struct FalJob FalJob;

/* Runs on the job's thread; gives back the result, or NULL with error set. */
typedef gpointer (*FalJobWork)(FalTask *task, gpointer data, GError **error);
/* Runs on the main context. Takes the result (NULL where error is set; error is borrowed). */
typedef void (*FalJobDone)(gpointer result, const GError *error, gpointer data);

/* Starts the thread. done is called from the default main context; data is freed with free_data
 * after it. The job is freed after done returns. */
FalJob *fal_job_start(FalJobWork work, FalJobDone done, gpointer data,
                      GDestroyNotify free_data);
/* Borrowed; valid until done was called. */
FalTask *fal_job_task(FalJob *job);
/* Cancels, waits for the thread and calls done before it returns. For the way out. */
void fal_job_finish(FalJob *job);

#endif
