/* A task: progress and cancel between a worker and the one who waits.
 *
 * What is polled or told per block is atomic; the lock guards only what changes per stage.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/task.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/error.h"

struct FalTask {
    gatomicrefcount refs;
    FalTask *whole;         /* whose part it is, NULL for none */
    gint cancelled, paused; /* atomic; also changed under the lock, for the wait */
    _Atomic double done;
    pthread_mutex_t lock; /* not a GMutex: ThreadSanitizer knows this one */
    pthread_cond_t resumed;
    /* under the lock: */
    gint64 began;
    double total;
    char stage[sizeof((FalProgress *)NULL)->stage];
    char note[sizeof((FalProgress *)NULL)->note];
};

/* Cuts where it must, but no character in two. */
static void
copy_text(char *to, const char *text, gsize size)
{
    const char *end;

    g_strlcpy(to, text, size);
    if (!g_utf8_validate(to, -1, &end))
        to[end - to] = '\0';
}

FalTask *
fal_task_new(void)
{
    FalTask *task = g_new0(FalTask, 1);

    g_atomic_ref_count_init(&task->refs);
    pthread_mutex_init(&task->lock, NULL);
    pthread_cond_init(&task->resumed, NULL);
    task->began = g_get_monotonic_time();
    return task;
}

FalTask *
fal_task_new_part(FalTask *whole)
{
    FalTask *task = whole ? fal_task_new() : NULL;

    if (task)
        task->whole = fal_task_ref(whole);
    return task;
}

FalTask *
fal_task_ref(FalTask *task)
{
    if (task)
        g_atomic_ref_count_inc(&task->refs);
    return task;
}

void
fal_task_unref(FalTask *task)
{
    if (!task || !g_atomic_ref_count_dec(&task->refs))
        return;
    fal_task_unref(task->whole);
    pthread_mutex_destroy(&task->lock);
    pthread_cond_destroy(&task->resumed);
    g_free(task);
}

void
fal_task_stage(FalTask *task, const char *stage, double total)
{
    if (!task)
        return;
    pthread_mutex_lock(&task->lock);
    copy_text(task->stage, stage, sizeof task->stage);
    task->total = total;
    task->began = g_get_monotonic_time();
    atomic_store_explicit(&task->done, 0.0, memory_order_relaxed);
    pthread_mutex_unlock(&task->lock);
}

void
fal_task_rename(FalTask *task, const char *stage)
{
    if (!task)
        return;
    pthread_mutex_lock(&task->lock);
    copy_text(task->stage, stage, sizeof task->stage);
    pthread_mutex_unlock(&task->lock);
}

void
fal_task_advance(FalTask *task, double done)
{
    if (task)
        atomic_store_explicit(&task->done, done, memory_order_relaxed);
}

void
fal_task_add(FalTask *task, double more)
{
    double done;

    if (!task)
        return;
    done = atomic_load_explicit(&task->done, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&task->done, &done, done + more,
                                                  memory_order_relaxed, memory_order_relaxed))
        continue;
}

void
fal_task_note(FalTask *task, const char *note)
{
    if (!task)
        return;
    pthread_mutex_lock(&task->lock);
    copy_text(task->note, note, sizeof task->note);
    pthread_mutex_unlock(&task->lock);
}

/* Of fal_task_pause_at(); 0: nobody wants that. */
static gint polls_left;

gboolean
fal_task_cancelled(FalTask *task)
{
    if (!task)
        return FALSE;
    if (task->whole && fal_task_cancelled(task->whole))
        return TRUE;
    if (!task->whole && g_atomic_int_get(&polls_left) > 0 &&
        g_atomic_int_dec_and_test(&polls_left))
        fal_task_pause(task, TRUE);
    if (g_atomic_int_get(&task->paused) && !g_atomic_int_get(&task->cancelled)) {
        pthread_mutex_lock(&task->lock);
        while (g_atomic_int_get(&task->paused) && !g_atomic_int_get(&task->cancelled))
            pthread_cond_wait(&task->resumed, &task->lock);
        pthread_mutex_unlock(&task->lock);
    }
    return g_atomic_int_get(&task->cancelled);
}

gboolean
fal_task_stopped(FalTask *task, GError **error)
{
    if (!fal_task_cancelled(task))
        return FALSE;
    g_set_error_literal(error, FAL_ERROR, FAL_ERROR_CANCELLED, "cancelled before it was done");
    return TRUE;
}

void
fal_task_cancel(FalTask *task)
{
    if (!task)
        return;
    pthread_mutex_lock(&task->lock);
    g_atomic_int_set(&task->cancelled, TRUE);
    pthread_cond_broadcast(&task->resumed);
    pthread_mutex_unlock(&task->lock);
}

void
fal_task_pause(FalTask *task, gboolean paused)
{
    if (!task)
        return;
    pthread_mutex_lock(&task->lock);
    g_atomic_int_set(&task->paused, paused ? TRUE : FALSE);
    pthread_cond_broadcast(&task->resumed);
    pthread_mutex_unlock(&task->lock);
}

void
fal_task_pause_at(int n)
{
    g_atomic_int_set(&polls_left, n);
}

gboolean
fal_task_is_paused(FalTask *task)
{
    return task && g_atomic_int_get(&task->paused);
}

void
fal_task_progress(FalTask *task, FalProgress *progress)
{
    *progress = (FalProgress){.done = 0};
    if (!task)
        return;
    pthread_mutex_lock(&task->lock);
    g_strlcpy(progress->stage, task->stage, sizeof progress->stage);
    g_strlcpy(progress->note, task->note, sizeof progress->note);
    progress->total = task->total;
    progress->done = atomic_load_explicit(&task->done, memory_order_relaxed);
    progress->seconds = (double)(g_get_monotonic_time() - task->began) / G_USEC_PER_SEC;
    pthread_mutex_unlock(&task->lock);
}
