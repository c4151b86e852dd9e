/* Spaces of settings, the table and the file of runs, and the heat table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/glyphs.h"
#include "base/error.h"
#include "fixture.h"
#include "query/runs.h"
#include "query/space.h"
#include "render/chart.h"
#include "render/heat.h"

/* text: "rank=1,2 lambda=0.1..1" */
static FalSpace *
space_of(const char *text, GError **error)
{
    g_autoptr(FalSpace) space = fal_space_new();
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (int i = 0; words[i]; i++) {
        char *equals = strchr(words[i], '=');
        *equals = '\0';
        if (!fal_space_add(space, fal_key_find(fal_train_keys, words[i]), equals + 1, error))
            return NULL;
    }
    return g_steal_pointer(&space);
}

static GArray *
grid_of(const char *text, int points)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FalSpace) space = space_of(text, &error);
    FalTrainSettings base;

    g_assert_no_error(error);
    fal_train_settings_init(&base);
    GArray *grid = fal_space_grid(space, &base, points, 1000, &error);
    g_assert_no_error(error);
    return grid;
}

static void
test_lists(void)
{
    g_autoptr(GArray) grid = grid_of("rank=8,16,8 lambda=0.1,1 confidence=log,linear", 4);
    const FalTrainSettings *s = (const FalTrainSettings *)(gpointer)grid->data;

    /* A value that is there twice counts once; the last one runs fastest. */
    g_assert_cmpint(grid->len, ==, 8);
    for (int i = 0; i < 8; i++) {
        g_assert_cmpint(s[i].rank, ==, i < 4 ? 8 : 16);
        g_assert_cmpfloat(s[i].lambda, ==, i / 2 % 2 ? 1 : 0.1);
        g_assert_cmpint(s[i].confidence, ==,
                        i % 2 ? FAL_CONFIDENCE_LINEAR : FAL_CONFIDENCE_LOG);
        g_assert_cmpint(s[i].iterations, ==, 15);
    }
}

static void
test_ranges(void)
{
    g_autoptr(GArray) lambda = grid_of("lambda=0.01..1", 3);
    g_autoptr(GArray) prior = grid_of("prior=0..4", 3);
    g_autoptr(GArray) rank = grid_of("rank=10..50", 5);
    g_autoptr(GArray) few = grid_of("rank=1..3", 10);
    g_autoptr(GArray) momentum = grid_of("momentum=0.1..0.5", 3);
    const double logs[] = {0.01, 0.1, 1}, evens[] = {0, 2, 4};

    g_assert_cmpint(lambda->len, ==, 3);
    for (guint i = 0; i < 3; i++) {
        g_assert_cmpfloat(g_array_index(lambda, FalTrainSettings, i).lambda, ==, logs[i]);
        g_assert_cmpfloat(g_array_index(prior, FalTrainSettings, i).prior, ==, evens[i]);
        g_assert_cmpint(g_array_index(few, FalTrainSettings, i).rank, ==, (int)i + 1);
    }
    g_assert_cmpint(few->len, ==, 3);
    g_assert_cmpint(rank->len, ==, 5);
    for (guint i = 0; i < 5; i++)
        g_assert_cmpint(g_array_index(rank, FalTrainSettings, i).rank, ==, 10 + 10 * (int)i);
    g_assert_cmpfloat(g_array_index(momentum, FalTrainSettings, 1).momentum, ==, 0.3);
}

/* Others go on top of a preset, wherever it was typed. */
static void
test_preset(void)
{
    g_autoptr(GArray) grid = grid_of("prior=2 preset=spark,hkv", 4);
    const FalTrainSettings *s = (const FalTrainSettings *)(gpointer)grid->data;

    g_assert_cmpint(grid->len, ==, 2);
    g_assert_cmpfloat(s[0].nu, ==, 1);
    g_assert_cmpfloat(s[1].nu, ==, 0);
    g_assert_cmpfloat(s[0].prior, ==, 2);
}

static void
test_wrong(void)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"rank=", "rank"},
        {"rank=8,,16", "whole|number"},
        {"rank=0,8", "out of range"},
        {"rank=8..x", "number"},
        {"lambda=1..0.1", "must rise"},
        {"lambda=1..1", "must rise"},
        {"confidence=log..linear", "give a list, log,linear"},
        {"confidence=log,lin", "linear"},
        {"momentum=0.5..1", "out of range"},
        {"rank=1.5,2", "whole number"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(space_of(cases[i].text, &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
        g_assert_true(g_regex_match_simple(cases[i].says, error->message, 0, 0));
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(FalSpace) space = space_of("rank=1..100 lambda=0.1..1", NULL);
    FalTrainSettings base;
    fal_train_settings_init(&base);
    g_assert_null(fal_space_grid(space, &base, 100, 1000, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "more than 1,000 trainings"));
}

static void
test_draw(void)
{
    g_autoptr(FalSpace) space =
        space_of("rank=3..5 lambda=0.01..1 prior=1,2 confidence=log,binary", NULL);
    FalTrainSettings base;
    int ranks[6] = {0}, below = 0, binary = 0;

    fal_train_settings_init(&base);
    g_autoptr(GArray) all = fal_space_draw(space, &base, 300, 7, NULL);
    g_autoptr(GArray) again = fal_space_draw(space, &base, 10, 7, NULL);
    g_autoptr(GArray) other = fal_space_draw(space, &base, 10, 8, NULL);
    for (guint i = 0; i < 300; i++) {
        const FalTrainSettings *s = &g_array_index(all, FalTrainSettings, i);
        g_assert_true(s->rank >= 3 && s->rank <= 5);
        g_assert_true(s->lambda >= 0.01 && s->lambda <= 1);
        g_assert_true(s->prior == 1 || s->prior == 2);
        ranks[s->rank]++;
        below += s->lambda < 0.1; /* the middle of the log scale */
        binary += s->confidence == FAL_CONFIDENCE_BINARY;
    }
    for (int rank = 3; rank <= 5; rank++)
        g_assert_true(ranks[rank] > 70 && ranks[rank] < 130);
    g_assert_true(below > 110 && below < 190);
    g_assert_true(binary > 110 && binary < 190);
    for (guint i = 0; i < 10; i++)
        g_assert_cmpfloat(g_array_index(all, FalTrainSettings, i).lambda, ==,
                          g_array_index(again, FalTrainSettings, i).lambda);
    g_assert_cmpfloat(g_array_index(other, FalTrainSettings, 0).lambda, !=,
                      g_array_index(again, FalTrainSettings, 0).lambda);
}

/* --- runs --- */

/* Runs of a grid, the first the best; the last one diverged. */
static FalTuning *
tuning_of(const char *text)
{
    g_autoptr(GArray) grid = grid_of(text, 3);
    FalTuning *tuning = fal_tuning_new((int)grid->len);

    tuning->metric = FAL_METRIC_RECALL;
    tuning->k = 7;
    tuning->n_users = 123;
    tuning->n_seeds = 1;
    for (int i = 0; i < tuning->n_runs; i++) {
        FalTuneRun *run = &tuning->run[i];
        gboolean bad = i > 0 && i == tuning->n_runs - 1;
        double value = bad ? NAN : 0.5 - 0.1 * i;
        run->settings = g_array_index(grid, FalTrainSettings, (guint)i);
        run->end = bad ? FAL_TUNE_DIVERGED : i == 1 ? FAL_TUNE_HALVED : FAL_TUNE_WHOLE;
        run->iterations = 10 - i;
        run->loss = bad ? NAN : 1000.25 - i;
        run->seconds = 0.5 * i;
        run->mean = value;
        run->behind = (FalEstimate){0.1 * i, 0, 0.2 * i};
        for (int m = 0; m < FAL_TUNE_METRICS; m++) {
            run->metric[m] = (FalEstimate){value + m, value - 1, value + 1.0 / 3};
            run->popular[m] = 0.125;
        }
        run->metric[FAL_METRIC_RECALL].mean = value;
    }
    return tuning;
}

static void
test_varied(void)
{
    g_autoptr(FalTuning) tuning = tuning_of("lambda=0.1,1 rank=8 confidence=log,linear");
    g_autofree const char **names = fal_runs_varied(tuning);
    g_autofree char *settings = fal_runs_settings(tuning, &tuning->run[1]);
    g_autoptr(FalTable) table = fal_table_new("runs", fal_runs_columns, fal_runs_figures);

    g_assert_cmpstr(names[0], ==, "lambda");
    g_assert_cmpstr(names[1], ==, "confidence");
    g_assert_null(names[2]);
    g_assert_cmpstr(settings, ==, "lambda=0.1 confidence=linear");
    fal_runs_fill(table, tuning, "lambda", 3);
    g_assert_cmpint(fal_table_n_rows(table), ==, 3);
    const int order[] = {1, 2, 3}; /* equal ones by number */
    for (int i = 0; i < 3; i++)
        g_assert_cmpint(fal_table_cell(table, i, 0)->v.integer, ==, order[i]);
    g_autoptr(FalTable) slow = fal_table_new("runs", fal_runs_columns, fal_runs_figures);
    fal_runs_fill(slow, tuning, "loss", 0);
    const int losses[] = {3, 2, 1, 4}; /* what has none comes last */
    for (int i = 0; i < 4; i++)
        g_assert_cmpint(fal_table_cell(slow, i, 0)->v.integer, ==, losses[i]);
    g_assert_cmpstr(fal_table_figure(slow, 4)->v.text, ==, "rank=8");
    g_autoptr(FalTuning) one = tuning_of("rank=8");
    g_autofree char *same = fal_runs_settings(one, &one->run[0]);
    g_assert_cmpstr(same, ==, "as set");
}

static void
test_file(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FalTuning) tuning = tuning_of("rank=8,9,10 lambda=0.1 confidence=bm25");
    g_autofree char *path = g_build_filename(fal_fixture_folder(), "runs.tsv", NULL);

    tuning->run[1].settings.seed = 77;
    g_assert_true(fal_runs_save(tuning, path, &error));
    g_autoptr(FalTuning) read = fal_runs_load(path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(read->n_runs, ==, 3);
    g_assert_cmpint(read->metric, ==, FAL_METRIC_RECALL);
    g_assert_cmpint(read->k, ==, 7);
    g_assert_cmpint(read->n_users, ==, 123);
    for (int i = 0; i < 3; i++) {
        const FalTuneRun *a = &tuning->run[i], *b = &read->run[i];
        g_assert_cmpint(a->end, ==, b->end);
        g_assert_cmpint(a->iterations, ==, b->iterations);
        g_assert_cmpint(a->settings.rank, ==, b->settings.rank);
        g_assert_cmpint(a->settings.confidence, ==, b->settings.confidence);
        g_assert_cmpint((int)a->settings.seed, ==, (int)b->settings.seed);
        g_assert_true(isnan(a->loss) ? isnan(b->loss) : a->loss == b->loss);
        g_assert_true(isnan(a->mean) ? isnan(b->mean) : a->mean == b->mean);
        g_assert_cmpfloat(a->behind.high, ==, b->behind.high);
        for (int m = 0; m < FAL_TUNE_METRICS && i < 2; m++)
            g_assert_cmpfloat(a->metric[m].high, ==, b->metric[m].high);
    }
}

static void
test_bad_files(void)
{
    g_autoptr(FalTuning) tuning = tuning_of("rank=8,9");
    const char *folder = fal_fixture_folder();
    g_autofree char *path = g_build_filename(folder, "runs.tsv", NULL);
    g_autofree char *text = NULL;

    g_assert_true(fal_runs_save(tuning, path, NULL));
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    const struct {
        const char *from, *to, *says;
    } cases[] = {
        {"rank", "rang", "line 2 of .*rank"},
        {"\n8\t", "\nx\t", "line 2 of .*rank"},
        {"\n9\t", "\n9.5\t", "line 3 of .*rank"},
        {"recall\t7", "recal\t7", "metric"},
        {"\t7\t", "\t0\t", " k is"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) parts = g_strsplit(text, cases[i].from, 2);
        g_assert_cmpint(g_strv_length(parts), ==, 2);
        g_autofree char *other = g_strjoin(cases[i].to, parts[0], parts[1], NULL);
        g_autofree char *bad = fal_fixture_write(folder, "bad.tsv", other, -1);
        g_assert_null(fal_runs_load(bad, &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
        g_assert_true(g_regex_match_simple(cases[i].says, error->message, 0, 0));
    }
    g_autoptr(GError) error = NULL;
    g_autofree char *empty = fal_fixture_write(folder, "empty.tsv", "", 0);
    g_assert_null(fal_runs_load(empty, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
    g_clear_error(&error);
    g_assert_null(fal_runs_load("/nowhere/at all", &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
}

/* --- the heat table --- */

static void
test_heat(void)
{
    g_autoptr(FalTuning) tuning = tuning_of("rank=16,8 lambda=1,0.1,10 confidence=log,linear");
    g_autoptr(FalHeat) heat = fal_heat_new(tuning);

    /* Runs 0, 2, 4 and so on are log, the others linear and not as good. */
    g_assert_cmpstr(heat->across, ==, "lambda");
    g_assert_cmpstr(heat->down, ==, "rank");
    g_assert_cmpint(heat->others, ==, 1);
    g_assert_cmpint(heat->n_across, ==, 3);
    g_assert_cmpint(heat->n_down, ==, 2);
    g_assert_cmpstr(heat->across_value[0], ==, "0.1");
    g_assert_cmpstr(heat->across_value[2], ==, "10");
    g_assert_cmpstr(heat->down_value[0], ==, "8");
    const int runs[] = {8, 6, 10, 2, 0, 4};
    g_assert_cmpmem(heat->run, sizeof runs, runs, sizeof runs);
    g_assert_cmpint(heat->best_x, ==, 1);
    g_assert_cmpint(heat->best_y, ==, 1);
    g_assert_cmpint(fal_heat_level(heat, tuning, 0), ==, 4);
    g_assert_cmpint(fal_heat_level(heat, tuning, 10), ==, 0);
    g_assert_cmpint(fal_heat_level(heat, tuning, -1), ==, -1);
    fal_glyphs_set(FAL_GLYPHS_ASCII);
    g_autofree char *best = fal_heat_cell(heat, tuning, 1, 1);
    g_assert_cmpstr(best, ==, " ## 0.500");
    fal_glyphs_set(FAL_GLYPHS_AUTO);
}

static void
test_heat_small(void)
{
    g_autoptr(FalTuning) one = tuning_of("rank=8"), line = tuning_of("lambda=0.1,1,10");
    g_autoptr(FalHeat) alone = fal_heat_new(one), row = fal_heat_new(line);
    g_autofree char *diverged = fal_heat_cell(row, line, 0, 2);

    g_assert_cmpint(alone->n_across * alone->n_down, ==, 1);
    g_assert_cmpstr(alone->across, ==, "");
    g_assert_cmpint(alone->run[0], ==, 0);
    g_assert_cmpint(row->n_across, ==, 3);
    g_assert_cmpint(row->n_down, ==, 1);
    g_assert_cmpstr(row->down, ==, "");
    g_assert_cmpstr(diverged, ==, " diverged");
    /* A value that no run has with another one. */
    line->n_runs = 2;
    line->run[1].settings.rank = 7;
    g_autoptr(FalHeat) gaps = fal_heat_new(line);
    g_assert_cmpint(gaps->n_across * gaps->n_down, ==, 4);
    int missing = 0;
    for (int i = 0; i < 4; i++)
        missing += gaps->run[i] < 0;
    g_assert_cmpint(missing, ==, 2);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/space/lists", test_lists);
    g_test_add_func("/space/ranges", test_ranges);
    g_test_add_func("/space/preset", test_preset);
    g_test_add_func("/space/wrong", test_wrong);
    g_test_add_func("/space/draw", test_draw);
    g_test_add_func("/runs/varied", test_varied);
    g_test_add_func("/runs/file", test_file);
    g_test_add_func("/runs/bad-files", test_bad_files);
    g_test_add_func("/heat/cells", test_heat);
    g_test_add_func("/heat/small", test_heat_small);
    return g_test_run();
}
