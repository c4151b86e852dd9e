/* The commands tune, runs and adopt.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/paths.h"
#include "base/text.h"
#include "model/train.h"
#include "query/runs.h"
#include "query/session-private.h"
#include "query/space.h"
#include "query/training.h"

#define MOST_RUNS 1000

typedef struct {
    FalDataset *dataset;
    FalSplit *split;
    GArray *settings; /* FalTrainSettings */
    FalTunePlan plan;
} Tuning;

static void
tuning_job_free(gpointer data)
{
    Tuning *t = data;

    fal_dataset_unref(t->dataset);
    fal_split_unref(t->split);
    g_array_unref(t->settings);
    g_free(t);
}

static gpointer
tune_work(FalTask *task, gpointer data, GError **error)
{
    Tuning *t = data;

    return fal_tune(t->dataset, t->split->train, t->split->validation, &t->plan, task, error);
}

/* How many runs cannot be told from the best one. */
static int
count_equals(const FalTuning *tuning)
{
    int n = 0;

    for (int i = 1; i < tuning->n_runs; i++)
        n += tuning->run[i].end == FAL_TUNE_WHOLE && tuning->run[i].behind.low <= 0;
    return n;
}

static void
note_best(FalTable *table, const FalTuning *tuning)
{
    const FalTuneRun *best = &tuning->run[0];

    if (best->end != FAL_TUNE_WHOLE)
        return;
    int equals = count_equals(tuning);
    double value = best->metric[tuning->metric].mean, popular = best->popular[tuning->metric];
    g_autofree char *ours = fal_text_metric(value);
    g_autofree char *theirs = fal_text_metric(popular);
    g_autofree char *settings = fal_runs_settings(tuning, best);
    g_autofree char *others = equals > 0
                                  ? g_strdup_printf(", and cannot be told from %d other%s",
                                                    equals, equals == 1 ? "" : "s")
                                  : g_strdup("");

    fal_table_note(table, g_strdup_printf("run 1 (%s) has %s %s against %s of the list of most "
                                          "listened artists%s; adopt trains and takes it",
                                          settings, fal_metric_names[tuning->metric], ours,
                                          theirs, others));
    if (tuning->n_runs > 1)
        fal_table_note(table,
                       g_strdup("measured on the validation part, which flatters the best of "
                                "many runs; a test part was not looked at"));
}

static gboolean
tune_finish(FalCall *call, gpointer result, GError **error)
{
    FalTuning *tuning = result;
    Tuning *t = fal_call_data(call);
    FalTable *table = fal_call_table(call);
    int whole = 0;

    (void)error;
    for (int i = 0; i < tuning->n_runs; i++)
        whole += tuning->run[i].end == FAL_TUNE_WHOLE;
    fal_runs_fill(table, tuning, fal_runs_orders[0], 0);
    if (tuning->cancelled)
        fal_table_note(table, g_strdup_printf(
                                  "stopped: %d of %d runs were measured, %d of them whole",
                                  tuning->n_runs, t->plan.n_settings * t->plan.n_seeds, whole));
    note_best(table, tuning);
    fal_session_set_tuning(fal_call_session(call), tuning);
    return TRUE;
}

/* --- which runs --- */

static gboolean
call_space(FalCall *call, FalSpace *space, GError **error)
{
    for (const FalKeySpec *key = fal_call_command(call)->keys; key->name; key++) {
        const char *text = key->list ? fal_call_list(call, key->name) : NULL;
        if (text && !fal_space_add(space, key, text, error)) {
            fal_call_blame_key(call, key->name);
            return FALSE;
        }
    }
    return TRUE;
}

/* What belongs to the other kind of search. */
static gboolean
check_search(FalCall *call, gboolean random, GError **error)
{
    const char *key = random ? "points" : "runs";

    if (!fal_call_given(call, key))
        return TRUE;
    fal_call_blame_key(call, key);
    g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "%s= belongs to search=%s: %s", key,
                random ? "grid" : "random",
                random ? "runs=N says how many are drawn"
                       : "a grid trains each combination, of ranges as many points as points= "
                         "says");
    return FALSE;
}

/* rank=auto, which is one rank for all runs: it is noted once. */
static void
fit_ranks(FalCall *call, GArray *settings)
{
    int rank = 0; /* once it is known */

    for (guint i = 0; i < settings->len; i++) {
        FalTrainSettings *s = &g_array_index(settings, FalTrainSettings, i);
        if (s->rank != 0)
            continue;
        if (rank == 0)
            fal_training_fit_rank(call, s);
        else
            s->rank = rank;
        rank = s->rank;
    }
}

/* The settings of all runs; a seed that was given goes under them. */
static GArray *
call_settings(FalCall *call, GError **error)
{
    FalTrainSettings base = *fal_session_train_settings(fal_call_session(call));
    g_autoptr(FalSpace) space = fal_space_new();
    gboolean random = !strcmp(fal_call_choice(call, "search"), "random");
    gint64 most = MOST_RUNS / fal_call_int(call, "seeds");

    if (fal_call_given(call, "seed"))
        base.seed = (guint64)fal_call_int(call, "seed");
    if (!check_search(call, random, error) || !call_space(call, space, error))
        return NULL;
    GArray *out = random
                      ? fal_space_draw(space, &base, (int)MIN(fal_call_int(call, "runs"), most),
                                       base.seed, error)
                      : fal_space_grid(space, &base, (int)fal_call_int(call, "points"), most,
                                       error);
    if (out)
        fit_ranks(call, out);
    return out;
}

static FalMetric
call_metric(FalCall *call)
{
    const char *name = fal_call_choice(call, "metric");
    int m = 0;

    while (strcmp(fal_metric_names[m], name) != 0)
        m++;
    return (FalMetric)m;
}

static gboolean
run_tune(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    FalSplit *split = fal_session_split(session);

    if (!split) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "tune needs plays that are held out to measure on: split 0.1 "
                            "first");
        return FALSE;
    }
    g_autoptr(GArray) settings = call_settings(call, error);
    if (!settings)
        return FALSE;
    for (guint i = 0; i < settings->len; i++)
        if (!fal_train_check(split->train, &g_array_index(settings, FalTrainSettings, i),
                             error))
            return FALSE;
    Tuning *t = g_new0(Tuning, 1);
    t->dataset = fal_dataset_ref(fal_session_dataset(session));
    t->split = fal_split_ref(split);
    t->settings = g_array_ref(settings);
    t->plan = (FalTunePlan){
        .settings = (const FalTrainSettings *)(gpointer)settings->data,
        .n_settings = (int)settings->len,
        .n_seeds = (int)fal_call_int(call, "seeds"),
        .metric = call_metric(call),
        .k = (int)fal_call_int(call, "k"),
        .users = (gint32)fal_call_int(call, "users"),
        .halving = fal_call_flag(call, "halving"),
        .memory = FAL_TUNE_MEMORY,
    };
    fal_call_start(call, tune_work, tune_finish, t, tuning_job_free);
    return TRUE;
}

/* --- what was tuned --- */

static const FalTuning *
tuning_at_hand(FalCall *call, GError **error)
{
    const FalTuning *tuning = fal_session_tuning(fal_call_session(call));

    if (!tuning)
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "nothing was tuned yet: tune rank=16,32,64 lambda=0.05..1 does, "
                            "and runs load FILE reads what was saved");
    return tuning;
}

static gboolean
load_runs(FalCall *call, const char *path, GError **error)
{
    FalTuning *tuning = fal_runs_load(path, error);

    if (!tuning) {
        fal_call_blame_word(call, 1);
        return FALSE;
    }
    fal_session_set_tuning(fal_call_session(call), tuning);
    fal_table_note(fal_call_table(call), g_strdup_printf("read %d run%s", tuning->n_runs,
                                                         tuning->n_runs == 1 ? "" : "s"));
    return TRUE;
}

static gboolean
save_runs(FalCall *call, const char *path, GError **error)
{
    const FalTuning *tuning = tuning_at_hand(call, error);

    if (!tuning || !fal_runs_save(tuning, path, error))
        return FALSE;
    fal_table_note(fal_call_table(call), g_strdup_printf("saved %d run%s", tuning->n_runs,
                                                         tuning->n_runs == 1 ? "" : "s"));
    return TRUE;
}

static gboolean
run_runs(FalCall *call, GError **error)
{
    const char *word = fal_call_word(call, 0), *path = fal_call_word(call, 1);
    gboolean load = word && !strcmp(word, "load");

    if (word && !load && strcmp(word, "save") != 0) {
        g_autofree char *hint = fal_call_hint(call, 0);
        fal_call_blame_word(call, 0);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "runs takes save FILE, load FILE or nothing, not \"%s\"%s", word, hint);
        return FALSE;
    }
    if (word && !path) {
        fal_call_blame_word(call, 0);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "runs %s needs a file: runs %s FILE",
                    word, word);
        return FALSE;
    }
    g_autofree char *full = path ? fal_paths_typed(path) : NULL;
    if (word && !(load ? load_runs(call, full, error) : save_runs(call, full, error)))
        return FALSE;
    const FalTuning *tuning = tuning_at_hand(call, error);
    if (!tuning)
        return FALSE;
    fal_runs_fill(fal_call_table(call), tuning, fal_call_choice(call, "by"),
                  fal_call_int(call, "n"));
    return TRUE;
}

static gboolean
run_adopt(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    const char *word = fal_call_word(call, 0);
    const FalTuning *tuning = tuning_at_hand(call, error);
    guint64 number = 1;

    if (!tuning)
        return FALSE;
    if (word &&
        (!g_ascii_string_to_unsigned(word, 10, 1, (guint64)tuning->n_runs, &number, NULL))) {
        fal_call_blame_word(call, 0);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "there is no run \"%s\": runs lists them, 1 to %d", word, tuning->n_runs);
        return FALSE;
    }
    const FalTuneRun *run = &tuning->run[number - 1];
    if (run->end == FAL_TUNE_DIVERGED) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "run %u diverged, and would again: adopt another one", (guint)number);
        return FALSE;
    }
    FalSettings settings = *fal_session_settings(session);
    settings.train = run->settings;
    g_autofree char *text = fal_runs_settings(tuning, run);
    FalSplit *split = fal_session_split(session);
    fal_table_note(fal_call_table(call),
                   g_strdup_printf("adopted run %u (%s)", (guint)number, text));
    if (split && split->test)
        fal_table_note(
            fal_call_table(call),
            g_strdup("evaluate part=test measures it on plays that tune did not look "
                     "at"));
    return fal_training_start(call, &settings, TRUE, error);
}

/* --- the table --- */

static const char *const search_choices[] = {"grid", "random", NULL};
static const char *const metric_choices[] = {"ndcg", "recall",  "precision", "map",
                                             "auc",  "overlap", NULL};
static const char *const runs_choices[] = {"save", "load", NULL};
static const char *const adopt_choices[] = {"1", NULL};

static const FalKeySpec tune_keys[] = {
    {.name = "metric", .type = FAL_KEY_CHOICE, .choices = metric_choices, .fallback = "ndcg",
     .help = "what to go by, on the validation part"},
    {.name = "k", .type = FAL_KEY_INT, .min = 1, .max = 1e6, .fallback = "10",
     .help = "length of the lists"},
    {.name = "users", .type = FAL_KEY_INT, .min = 0, .max = G_MAXINT32, .fallback = "1000",
     .zero = "all", .help = "users to measure, the same for all runs; all or 0: everybody"},
    {.name = "seeds", .type = FAL_KEY_INT, .min = 1, .max = 100, .fallback = "1",
     .help = "trainings of each settings, with seeds from seed= on"},
    {.name = "search", .type = FAL_KEY_CHOICE, .choices = search_choices, .fallback = "grid",
     .help = "each combination of the lists, or so many drawn at random (by seed=)"},
    {.name = "points", .type = FAL_KEY_INT, .min = 2, .max = 100, .fallback = "4",
     .help = "values that a grid takes from a range"},
    {.name = "runs", .type = FAL_KEY_INT, .min = 1, .max = MOST_RUNS, .fallback = "20",
     .help = "settings that are drawn at random"},
    {.name = "halving", .type = FAL_KEY_FLAG, .fallback = "yes",
     .help = "give up the worse half after a quarter and after half of the iterations"},
    {.name = NULL},
};
static const FalKeySpec runs_keys[] = {
    {.name = "by", .type = FAL_KEY_CHOICE, .choices = fal_runs_orders, .fallback = "run",
     .help = "the order: best first, or by a column or setting"},
    FAL_KEY_ROWS("0"),
    {.name = NULL},
};

const FalCommand fal_commands_tune[] = {
    {.name = "tune", .group = "learn", .summary = "find settings by measuring many trainings",
     .help = "Trains with all combinations of the values given, a list a,b,c or a range a..b for "
             "any setting of train, and measures each on the validation part; a test part is "
             "never looked at. Of ranges a grid takes a few points, on a log scale for lambda, "
             "alpha, unobserved, prior and epsilon. Cancelled it keeps what was measured. runs "
             "lists the runs again, adopt takes one.",
     .example = "tune rank=8,16 lambda=0.1,0.3 iterations=4", .keys = tune_keys,
     .columns = fal_runs_columns, .figures = fal_runs_figures,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_PLAYS | FAL_IS_LONG | FAL_TUNES, .run = run_tune},
    {.name = "runs", .group = "learn", .summary = "the runs of tune: list, save, load",
     .help = "Lists the runs of the last tune, or saves them to a file of tab-separated values "
             "with all settings and metrics, or loads such a file.",
     .example = "runs by=seconds n=5",
     .words = {{FAL_WORD_CHOICE, "save|load", TRUE, runs_choices},
               {FAL_WORD_PATH, "FILE", TRUE, NULL}},
     .keys = runs_keys, .columns = fal_runs_columns, .figures = fal_runs_figures,
     .flags = FAL_NEEDS_DATA, .run = run_runs},
    {.name = "adopt", .group = "learn", .summary = "train with the settings of a run of tune",
     .help = "Trains with the settings of run RUN, or of the best one, on all that the split "
             "leaves for training. The model is the one at hand then, and the settings are "
             "the session's.",
     .example = "adopt 2",
     .words = {{FAL_WORD_CHOICE, "RUN", TRUE, adopt_choices}},
     .columns = fal_training_columns, .figures = fal_training_figures,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_PLAYS | FAL_IS_LONG, .run = run_adopt},
    {.name = NULL},
};
