/* Saving a model, and opening it with its data as the user has it: the program as a child, the
 * data in the cache, start and end included.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <glib/gstdio.h>

#include "measure.h"
#include "model/file.h"

#define ROUNDS 7

/* The model at path to another file, as if a tenth of everyone's artists had been held out from
 * it: as large and as slow to open as one that was trained so. */
static void
save_held_out(Bench *b, const char *path, const char *to)
{
    FalDataset *dataset = bench_dataset(b);
    g_autoptr(GError) error = NULL;
    g_autoptr(FalModelFile) file = fal_model_file_read(path, NULL, &error);
    g_autoptr(FalSplit) split = file ? fal_split_fraction(dataset, 0.1, 1, NULL, &error) : NULL;
    g_autoptr(FalModel) model =
        split ? fal_model_file_model(file, dataset, split->train, &error) : NULL;
    g_auto(FalHeldOut) held = {0};
    gint64 size;

    if (!model || !fal_split_recipe(split, dataset, &held, &error) ||
        !fal_model_file_write(to, model, &held, &size, NULL, &error))
        bench_fail(error);
}

static gint64
save(Bench *b, const char *path)
{
    g_autoptr(GError) error = NULL;
    FalHeldOut nothing = {.kind = FAL_HELD_NONE};
    gint64 size;

    if (!fal_model_file_write(path, bench_model(b), &nothing, &size, NULL, &error))
        bench_fail(error);
    return size;
}

static void
report_runs(const char *key, const Options *o, const char *cache, const char *const *words)
{
    double seconds[ROUNDS], memory = 0;
    gsize n = o->brief ? 2 : ROUNDS;

    /* What fills the cache is not counted. */
    bench_run(o, cache, words);
    for (gsize i = 0; i < n; i++) {
        ProgramRun run = bench_run(o, cache, words);
        seconds[i] = run.seconds;
        memory = MAX(memory, run.memory);
    }
    json_open(key, '{');
    json_spread("seconds", seconds, n);
    json_real("memory", memory);
    json_close('}');
}

void
measure_file(Bench *b)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("falsetto-bench-XXXXXX", &error);

    if (!folder)
        bench_fail(error);
    g_autofree char *path = b->o.write_model ? g_strdup(b->o.write_model)
                                             : g_build_filename(folder, "model.npz", NULL);
    g_autofree char *cache = g_build_filename(folder, "cache", NULL);
    g_autofree char *held_path = g_build_filename(folder, "held-out.npz", NULL);
    const char *const words[] = {"-m", path, "-c", "artists n=1", NULL};
    const char *const held_words[] = {"-m", held_path, "-c", "artists n=1", NULL};
    double saving[ROUNDS];
    gsize n = b->o.brief ? 1 : 3;
    gint64 size = 0;

    bench_model(b);
    for (gsize i = 0; i < n; i++) {
        double began = seconds_now();
        size = save(b, path);
        saving[i] = seconds_now() - began;
    }
    json_open("file", '{');
    json_real("rank", fal_model_factors(bench_model(b))->rank);
    json_real("bytes", (double)size);
    json_spread("save", saving, n);
    report_runs("open", &b->o, cache, words);
    save_held_out(b, path, held_path);
    report_runs("open_held_out", &b->o, cache, held_words);
    json_close('}');
    bench_clear_folder(folder);
    g_rmdir(folder);
}
