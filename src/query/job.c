/* Jobs (see job.h). The thread hands its result over by making a source ready that was attached
 * before it started: so nothing can fail or take memory at that point, and what the thread
 * wrote is seen because it is joined.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/job.h"

struct FalJob {
    FalTask *task;
    FalJobWork work;
    FalJobDone done;
    gpointer data;
    GDestroyNotify free_data;
    GThread *thread;
    GSource *source;
    gpointer result;
    GError *error;
};

static void
deliver(FalJob *job)
{
    g_thread_join(job->thread);
    g_source_destroy(job->source);
    g_source_unref(job->source);
    job->done(job->result, job->error, job->data);
    if (job->free_data)
        job->free_data(job->data);
    g_clear_error(&job->error);
    fal_task_unref(job->task);
    g_free(job);
}

static gboolean
on_ready(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)source;
    (void)callback;
    deliver(data);
    return G_SOURCE_REMOVE;
}

static gpointer
run(gpointer data)
{
    FalJob *job = data;

    job->result = job->work(job->task, job->data, &job->error);
    g_source_set_ready_time(job->source, 0);
    return NULL;
}

FalJob *
fal_job_start(FalJobWork work, FalJobDone done, gpointer data, GDestroyNotify free_data)
{
    static GSourceFuncs when_ready = {.dispatch = on_ready};
    FalJob *job = g_new0(FalJob, 1);

    job->task = fal_task_new();
    job->work = work;
    job->done = done;
    job->data = data;
    job->free_data = free_data;
    job->source = g_source_new(&when_ready, sizeof(GSource));
    g_source_set_callback(job->source, NULL, job, NULL);
    g_source_attach(job->source, NULL);
    job->thread = g_thread_new("job", run, job);
    return job;
}

FalTask *
fal_job_task(FalJob *job)
{
    return job->task;
}

void
fal_job_finish(FalJob *job)
{
    fal_task_cancel(job->task);
    fal_task_pause(job->task, FALSE);
    deliver(job);
}
