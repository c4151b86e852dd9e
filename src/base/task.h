/* A task: what a long function is handed so that it can tell how far it is and learn that it
 * should stop. The one who waits reads a snapshot from another thread.
 *
 * Long functions take a FalTask*, which may be NULL (no progress, no cancel).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_BASE_TASK_H
#define FAL_BASE_TASK_H

#include <glib.h>

typedef struct FalTask FalTask;

typedef struct {
    char stage[48]; /* what is being done: "reading plays", "training 7/15" */
    char note[64];  /* a figure worth seeing meanwhile: "J 1.78e8 -0.4 %"; may be "" */
    double done;    /* work done of this stage ... */
    double total;   /* ... of so much, in the same unit; 0 where it cannot be known */
    double seconds; /* since the stage began, pauses included */
} FalProgress;

FalTask *fal_task_new(void);
/* A task for a part of the work of whole (may be NULL; then so is the part): it is cancelled
 * and paused with it, and what it tells of its own progress nobody sees. */
FalTask *fal_task_new_part(FalTask *whole);
FalTask *fal_task_ref(FalTask *task);
void fal_task_unref(FalTask *task);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalTask, fal_task_unref)

/* --- the worker's side; any thread --- */

/* Starts a stage: its name, the work in it, nothing done. The note stays. */
void fal_task_stage(FalTask *task, const char *stage, double total);
/* Another name for the stage that goes on. */
void fal_task_rename(FalTask *task, const char *stage);
/* Sets the work done. Cheap (no lock where the value is not yet wanted): call it per block. */
void fal_task_advance(FalTask *task, double done);
/* Adds to the work done; may be called from parallel blocks. */
void fal_task_add(FalTask *task, double more);
void fal_task_note(FalTask *task, const char *note);
/* TRUE once cancelled. Waits here while the task is paused. Cheap: poll it per block. */
gboolean fal_task_cancelled(FalTask *task);
/* Like fal_task_cancelled(), setting FAL_ERROR_CANCELLED in error when it is TRUE. */
gboolean fal_task_stopped(FalTask *task, GError **error);

/* --- the side of the one who waits; any thread --- */

void fal_task_cancel(FalTask *task);
void fal_task_pause(FalTask *task, gboolean paused);
gboolean fal_task_is_paused(FalTask *task);
/* For tests: from now on the n-th question of any task whether it was cancelled pauses it, so that
 * a job can be cancelled in its midst, however short it is; 0: none does. */
void fal_task_pause_at(int n);
/* Copies how far it is. */
void fal_task_progress(FalTask *task, FalProgress *progress);

#endif
