/* Parallel loops by OpenMP, one block after the other where there is none.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/parallel.h"

#include <sched.h>
#include <unistd.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#define MAX_THREADS 1024

static gint n_threads; /* atomic; 0 until it is asked for or set */

static int
usable_cores(void)
{
#ifdef _OPENMP
    cpu_set_t set;
    long online;

    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return CPU_COUNT(&set);
    /* More processors than a cpu_set_t has room for. */
    online = sysconf(_SC_NPROCESSORS_ONLN);
    return (int)CLAMP(online, 1, MAX_THREADS);
#else
    return 1;
#endif
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

void
fal_parallel_for(gint64 n_blocks, FalBlockFn fn, gpointer data)
{
    g_return_if_fail(fn != NULL);

#ifdef _OPENMP
    int threads = (int)MIN((gint64)fal_parallel_threads(), n_blocks);

    if (threads > 1) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
        for (gint64 block = 0; block < n_blocks; block++)
            fn(block, omp_get_thread_num(), data);
        return;
    }
#endif
    for (gint64 block = 0; block < n_blocks; block++)
        fn(block, 0, data);
}
