/* Parallel loops on a pool of threads.
 *
 * Who calls does blocks as well, so a loop ends even where every other thread is busy with
 * somebody else's. Threads are started when they are first needed and then wait for the next
 * loop. These are pthreads and not GLib's, as ThreadSanitizer knows how the former order things.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#define MAX_THREADS 1024

/* A loop that is open to helpers; on its caller's stack. Below the first line all belongs to the
 * pool's lock. */
typedef struct Loop {
    FalBlockFn fn;
    gpointer data;
    gint64 n_blocks, next; /* next: atomic */
    int most, joined;      /* workers: at most, and so far, the caller among them */
    int busy;              /* helpers in it now */
    struct Loop *after;
} Loop;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t offered, left; /* a loop is open; a helper has left one */
    Loop *open;                   /* the newest first */
    int started;                  /* helpers, which never end */
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .offered = PTHREAD_COND_INITIALIZER,
          .left = PTHREAD_COND_INITIALIZER};

static gint n_threads; /* atomic; 0 until it is asked for or set */

static int
usable_cores(void)
{
    cpu_set_t set;
    long online;

    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return CPU_COUNT(&set);
    /* More processors than a cpu_set_t has room for. */
    online = sysconf(_SC_NPROCESSORS_ONLN);
    return (int)CLAMP(online, 1, MAX_THREADS);
}

void
fal_parallel_set_threads(int n)
{
    g_return_if_fail(n >= 0);

    g_atomic_int_set(&n_threads, n == 0 ? usable_cores() : MIN(n, MAX_THREADS));
}

int
fal_parallel_threads(void)
{
    int n = g_atomic_int_get(&n_threads);

    if (n == 0) {
        g_atomic_int_compare_and_exchange(&n_threads, 0, usable_cores());
        n = g_atomic_int_get(&n_threads);
    }
    return n;
}

static void
do_blocks(Loop *loop, int worker)
{
    gint64 block;

    while ((block = __atomic_fetch_add(&loop->next, 1, __ATOMIC_RELAXED)) < loop->n_blocks)
        loop->fn(block, worker, loop->data);
}

/* Takes a loop that has room for one more off the list where that was the last. NULL: none. */
static Loop *
join_loop(int *worker)
{
    Loop *loop = pool.open;

    if (!loop)
        return NULL;
    *worker = loop->joined++;
    loop->busy++;
    if (loop->joined == loop->most)
        pool.open = loop->after;
    return loop;
}

static void *
help(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        int worker;
        Loop *loop = join_loop(&worker);

        if (!loop) {
            pthread_cond_wait(&pool.offered, &pool.lock);
            continue;
        }
        pthread_mutex_unlock(&pool.lock);
        do_blocks(loop, worker);
        pthread_mutex_lock(&pool.lock);
        if (--loop->busy == 0)
            pthread_cond_broadcast(&pool.left);
    }
    return NULL;
}

/* Signals are for the threads that know what to do with them. Where a thread cannot be had, the
 * others do its work. */
static void
start_helpers(int wanted)
{
    sigset_t all, before;

    if (pool.started >= wanted)
        return;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool.started < wanted) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, help, NULL) != 0)
            break;
        pthread_detach(thread);
        pool.started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void
close_loop(Loop *loop)
{
    for (Loop **at = &pool.open; *at; at = &(*at)->after)
        if (*at == loop) {
            *at = loop->after;
            break;
        }
    while (loop->busy > 0)
        pthread_cond_wait(&pool.left, &pool.lock);
}

void
fal_parallel_for(gint64 n_blocks, FalBlockFn fn, gpointer data)
{
    Loop loop = {.fn = fn, .data = data, .n_blocks = n_blocks, .joined = 1};

    g_return_if_fail(fn != NULL);

    loop.most = (int)MIN((gint64)fal_parallel_threads(), n_blocks);
    if (loop.most > 1) {
        pthread_mutex_lock(&pool.lock);
        start_helpers(loop.most - 1);
        loop.after = pool.open;
        pool.open = &loop;
        if (loop.most == 2)
            pthread_cond_signal(&pool.offered);
        else
            pthread_cond_broadcast(&pool.offered);
        pthread_mutex_unlock(&pool.lock);
    }
    do_blocks(&loop, 0);
    if (loop.most > 1) {
        pthread_mutex_lock(&pool.lock);
        close_loop(&loop);
        pthread_mutex_unlock(&pool.lock);
    }
}
