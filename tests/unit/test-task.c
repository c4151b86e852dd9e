/* Progress and cancel between threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/task.h"

static void
test_progress(void)
{
    g_autoptr(FalTask) task = fal_task_new();
    FalProgress progress;

    fal_task_progress(task, &progress);
    g_assert_cmpstr(progress.stage, ==, "");
    g_assert_cmpstr(progress.note, ==, "");
    g_assert_cmpfloat(progress.total, ==, 0);

    fal_task_stage(task, "reading plays", 10);
    fal_task_note(task, "J 12");
    fal_task_advance(task, 4);
    fal_task_add(task, 2.5);
    fal_task_progress(task, &progress);
    g_assert_cmpstr(progress.stage, ==, "reading plays");
    g_assert_cmpstr(progress.note, ==, "J 12");
    g_assert_cmpfloat(progress.done, ==, 6.5);
    g_assert_cmpfloat(progress.total, ==, 10);
    g_assert_cmpfloat(progress.seconds, >=, 0);
    g_assert_cmpfloat(progress.seconds, <, 60);

    fal_task_stage(task, "counting", 0);
    fal_task_progress(task, &progress);
    g_assert_cmpstr(progress.stage, ==, "counting");
    g_assert_cmpstr(progress.note, ==, "J 12");
    g_assert_cmpfloat(progress.done, ==, 0);
}

static void
test_long_words(void)
{
    g_autoptr(FalTask) task = fal_task_new();
    /* Cut after 47 bytes, which would halve the last é. */
    const char *words = "ééééééééééééééééééééééééééééé";
    FalProgress progress;

    fal_task_stage(task, words, 1);
    fal_task_note(task, words);
    fal_task_progress(task, &progress);
    g_assert_true(g_utf8_validate(progress.stage, -1, NULL));
    g_assert_cmpuint(strlen(progress.stage), ==, 46);
    g_assert_true(g_str_has_prefix(words, progress.stage));
    g_assert_cmpstr(progress.note, ==, words);
}

static void
test_cancel(void)
{
    g_autoptr(FalTask) task = fal_task_new();
    g_autoptr(GError) error = NULL;

    g_assert_false(fal_task_cancelled(task));
    g_assert_false(fal_task_stopped(task, &error));
    g_assert_no_error(error);
    fal_task_cancel(task);
    g_assert_true(fal_task_cancelled(task));
    g_assert_true(fal_task_stopped(task, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
    g_assert_true(fal_task_stopped(task, NULL));
    /* A pause does not hold what is cancelled. */
    fal_task_pause(task, TRUE);
    g_assert_true(fal_task_cancelled(task));
}

static void
test_null(void)
{
    FalProgress progress = {.done = 7};
    g_autoptr(GError) error = NULL;

    fal_task_stage(NULL, "x", 1);
    fal_task_advance(NULL, 1);
    fal_task_add(NULL, 1);
    fal_task_note(NULL, "x");
    fal_task_cancel(NULL);
    fal_task_pause(NULL, TRUE);
    g_assert_false(fal_task_is_paused(NULL));
    g_assert_false(fal_task_cancelled(NULL));
    g_assert_false(fal_task_stopped(NULL, &error));
    g_assert_no_error(error);
    fal_task_progress(NULL, &progress);
    g_assert_cmpfloat(progress.done, ==, 0);
    g_assert_null(fal_task_ref(NULL));
    fal_task_unref(NULL);
}

static void
add_one(gint64 block, int worker, gpointer data)
{
    (void)block;
    (void)worker;
    for (int i = 0; i < 1000; i++)
        fal_task_add(data, 1);
}

static void
test_add_in_parallel(void)
{
    g_autoptr(FalTask) task = fal_task_new();
    FalProgress progress;

    fal_parallel_set_threads(4);
    fal_task_stage(task, "adding", 64000);
    fal_parallel_for(64, add_one, task);
    fal_task_progress(task, &progress);
    g_assert_cmpfloat(progress.done, ==, 64000);
}

/* Polls until it is cancelled; tells by add() that it is alive. */
static gpointer
poll_task(gpointer data)
{
    g_autoptr(FalTask) task = data;

    while (!fal_task_cancelled(task)) {
        fal_task_add(task, 1);
        g_thread_yield();
    }
    return NULL;
}

static void
wait_for_life(FalTask *task)
{
    FalProgress first, now;

    fal_task_progress(task, &first);
    do {
        g_thread_yield();
        fal_task_progress(task, &now);
    } while (now.done == first.done);
}

static void
test_pause(void)
{
    g_autoptr(FalTask) task = fal_task_new();
    GThread *worker = g_thread_new("worker", poll_task, fal_task_ref(task));

    wait_for_life(task);
    fal_task_pause(task, TRUE);
    g_assert_true(fal_task_is_paused(task));
    fal_task_pause(task, FALSE);
    g_assert_false(fal_task_is_paused(task));
    wait_for_life(task);
    fal_task_pause(task, TRUE);
    fal_task_cancel(task);
    g_thread_join(worker);
    g_assert_true(fal_task_cancelled(task));
}

/* A part hears the whole, and is not seen itself. */
static void
test_part(void)
{
    g_autoptr(FalTask) whole = fal_task_new();
    g_autoptr(FalTask) part = fal_task_new_part(whole);
    FalProgress progress;

    fal_task_stage(whole, "all of it", 10);
    fal_task_advance(whole, 3);
    fal_task_stage(part, "a part", 5);
    fal_task_add(part, 4);
    fal_task_note(part, "unheard");
    fal_task_progress(whole, &progress);
    g_assert_cmpstr(progress.stage, ==, "all of it");
    g_assert_cmpstr(progress.note, ==, "");
    g_assert_cmpfloat(progress.done, ==, 3);
    fal_task_rename(whole, "all of it, still");
    fal_task_progress(whole, &progress);
    g_assert_cmpstr(progress.stage, ==, "all of it, still");
    g_assert_cmpfloat(progress.done, ==, 3);
    g_assert_cmpfloat(progress.total, ==, 10);
    g_assert_false(fal_task_cancelled(part));
    fal_task_cancel(whole);
    g_assert_true(fal_task_cancelled(part));
    g_assert_null(fal_task_new_part(NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/task/progress", test_progress);
    g_test_add_func("/task/long-words", test_long_words);
    g_test_add_func("/task/cancel", test_cancel);
    g_test_add_func("/task/null", test_null);
    g_test_add_func("/task/add-in-parallel", test_add_in_parallel);
    g_test_add_func("/task/pause", test_pause);
    g_test_add_func("/task/part", test_part);
    return g_test_run();
}
