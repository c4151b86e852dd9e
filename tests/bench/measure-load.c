/* Loading as the user has it: the program as a child, with a cache of its own that is empty at
 * first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "measure.h"

#define COLD_ROUNDS 7
#define WARM_ROUNDS 5

ProgramRun
bench_run(const Options *o, const char *cache, const char *const *words)
{
    g_auto(GStrv) environment =
        g_environ_setenv(g_get_environ(), "XDG_CACHE_HOME", cache, TRUE);
    g_autofree char *threads = g_strdup_printf("%d", o->threads);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    struct rusage usage;
    double began = seconds_now();
    int status;
    GPid pid;

    g_ptr_array_add(argv, o->program ? o->program : (char *)"./falsetto");
    g_ptr_array_add(argv, (char *)"-t");
    g_ptr_array_add(argv, threads);
    for (; *words; words++)
        g_ptr_array_add(argv, (char *)*words);
    g_ptr_array_add(argv, (char *)o->dataset);
    g_ptr_array_add(argv, NULL);
    if (!g_spawn_async(NULL, (char **)argv->pdata, environment,
                       G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
                           G_SPAWN_STDERR_TO_DEV_NULL,
                       NULL, NULL, &pid, &error))
        bench_fail(error);
    if (wait4(pid, &status, 0, &usage) != pid || status != 0) {
        fprintf(stderr, "measure: %s cannot load %s\n", (char *)argv->pdata[0], o->dataset);
        exit(1);
    }
    return (ProgramRun){seconds_now() - began, 1024 * (double)usage.ru_maxrss};
}

static ProgramRun
run_program(const Options *o, const char *cache)
{
    static const char *const words[] = {"-c", "stats", NULL};

    return bench_run(o, cache, words);
}

/* Empties a folder of caches and folders of caches; FALSE where it was empty. */
gboolean
bench_clear_folder(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    gboolean any = FALSE;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        if (g_file_test(inner, G_FILE_TEST_IS_DIR))
            any = bench_clear_folder(inner) || any;
        else
            any = TRUE;
        g_remove(inner);
    }
    return any;
}

static void
report(const char *key, ProgramRun *runs, gsize n)
{
    double values[COLD_ROUNDS + WARM_ROUNDS], memory = 0;

    for (gsize i = 0; i < n; i++) {
        values[i] = runs[i].seconds;
        memory = MAX(memory, runs[i].memory);
    }
    json_open(key, '{');
    json_spread("seconds", values, n);
    json_real("memory", memory);
    json_close('}');
}

void
measure_load(Bench *b)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *cache = g_dir_make_tmp("falsetto-bench-XXXXXX", &error);
    ProgramRun cold[COLD_ROUNDS], warm[WARM_ROUNDS];
    gsize n_cold = b->o.brief ? 1 : COLD_ROUNDS, n_warm = b->o.brief ? 2 : WARM_ROUNDS;
    gboolean cached = FALSE;

    if (!cache)
        bench_fail(error);
    for (gsize i = 0; i < n_cold; i++) {
        bench_clear_folder(cache);
        cold[i] = run_program(&b->o, cache);
    }
    for (gsize i = 0; i < n_warm; i++)
        warm[i] = run_program(&b->o, cache);
    cached = bench_clear_folder(cache);
    g_rmdir(cache);
    json_open("load", '{');
    report("text", cold, n_cold);
    if (cached)
        report("cache", warm, n_warm);
    json_close('}');
}
