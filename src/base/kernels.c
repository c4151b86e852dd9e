/* Which kernels this processor runs; the plain ones are compiled here.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <pthread.h>

#define KERNELS_NAME fal_kernels_plain
#ifdef __x86_64__
#define KERNELS_LEVEL "x86-64"
#else
#define KERNELS_LEVEL "plain"
#endif
#include "base/kernels-impl.h"

/* How many of the levels, from the lowest, the processor has. */
static int
count_levels(void)
{
#ifdef FAL_X86_LEVELS
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2"))
        return 1;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512cd") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return 2;
    return 3;
#else
    return 1;
#endif
}

static const FalKernels *chosen;

static void
choose(void)
{
    static const FalKernels *const levels[] = {
        &fal_kernels_plain,
#ifdef FAL_X86_LEVELS
        &fal_kernels_v3,
        &fal_kernels_v4,
#endif
    };
    const char *wanted = g_getenv("FALSETTO_KERNELS");
    int n = count_levels();

    chosen = levels[n - 1];
    for (int i = 0; wanted && i < n; i++)
        if (g_str_equal(wanted, levels[i]->level))
            chosen = levels[i];
}

const FalKernels *
fal_kernels(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, choose);
    return chosen;
}
