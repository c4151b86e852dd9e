/* The runs of `tune` (see runs.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/runs.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "query/commands.h"
#include "query/settings.h"

/* --- settings --- */

/* What says how a training is done: not a preset, which is others at once, nor how it is
 * watched, nor the seed, which has a column of its own. */
static gboolean
is_told(const FalKeySpec *key)
{
    return strcmp(key->name, "preset") != 0 && !fal_train_key_watches(key) &&
           strcmp(key->name, "seed") != 0;
}

char *
fal_runs_value(const FalTuneRun *run, const char *name)
{
    FalSettings settings = {.train = run->settings};

    return fal_settings_get(&settings, name);
}

double
fal_runs_number(const FalTuneRun *run, const char *name)
{
    g_autofree char *text = fal_runs_value(run, name);
    double x = NAN;

    fal_key_parse(fal_key_find(fal_train_keys, name), text, &x, NULL);
    return x;
}

static gboolean
differs(const FalTuning *tuning, const char *name)
{
    for (int i = 1; i < tuning->n_runs; i++)
        if (fal_runs_number(&tuning->run[i], name) != fal_runs_number(&tuning->run[0], name))
            return TRUE;
    return FALSE;
}

const char **
fal_runs_varied(const FalTuning *tuning)
{
    GPtrArray *names = g_ptr_array_new();

    for (const FalKeySpec *key = fal_train_keys; key->name; key++)
        if (is_told(key) && differs(tuning, key->name))
            g_ptr_array_add(names, (gpointer)key->name);
    g_ptr_array_add(names, NULL);
    return (const char **)g_ptr_array_free(names, FALSE);
}

static char *
settings_text(const FalTuneRun *run, const char *const *names)
{
    GString *out = g_string_new(NULL);

    for (int i = 0; names[i]; i++) {
        g_autofree char *value = fal_runs_value(run, names[i]);
        g_string_append_printf(out, "%s%s=%s", i ? " " : "", names[i], value);
    }
    return g_string_free(out, FALSE);
}

char *
fal_runs_settings(const FalTuning *tuning, const FalTuneRun *run)
{
    g_autofree const char **names = fal_runs_varied(tuning);

    return *names ? settings_text(run, names) : g_strdup("as set");
}

/* What all runs have in common and is not the default; "" for nothing. */
static char *
common_text(const FalTuning *tuning)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (const FalKeySpec *key = fal_train_keys; key->name && tuning->n_runs > 0; key++) {
        if (!is_told(key) || differs(tuning, key->name))
            continue;
        g_autofree char *usual = fal_key_fallback(key);
        g_autofree char *value = fal_runs_value(&tuning->run[0], key->name);
        if (strcmp(usual, value) != 0)
            g_ptr_array_add(names, (gpointer)key->name);
    }
    g_ptr_array_add(names, NULL);
    return tuning->n_runs > 0
               ? settings_text(&tuning->run[0], (const char *const *)names->pdata)
               : g_strdup("");
}

/* --- the table --- */

const FalColumn fal_runs_columns[] = {
    {.name = "run", .type = FAL_CELL_INT, .help = "its number, 1 for the best: adopt takes it"},
    {.name = "settings", .type = FAL_CELL_TEXT,
     .help = "those in which the runs differ, as train takes them"},
    {.name = "seed", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID | FAL_COLUMN_SPARE,
     .help = "of the first factors"},
    {.name = "value", .type = FAL_CELL_ESTIMATE, .digits = 3,
     .help = "the metric that was tuned by, on the validation part"},
    {.name = "mean", .type = FAL_CELL_REAL, .digits = 3,
     .help = "of that over the seeds of these settings: what the order goes by"},
    {.name = "behind", .type = FAL_CELL_ESTIMATE, .digits = 3,
     .help = "the best run's value less this one's, compared user by user"},
    {.name = "popular", .type = FAL_CELL_REAL, .digits = 3,
     .help = "what the list of most listened artists reaches"},
    {.name = "loss", .type = FAL_CELL_REAL, .digits = 4, .flags = FAL_COLUMN_SPARE,
     .help = "J after the last iteration"},
    {.name = "iterations", .type = FAL_CELL_INT, .flags = FAL_COLUMN_SPARE,
     .help = "done when it was measured"},
    {.name = "seconds", .type = FAL_CELL_REAL, .digits = 3, .unit = "s",
     .flags = FAL_COLUMN_SPARE, .help = "of training"},
    {.name = "end", .type = FAL_CELL_TEXT,
     .help = "whole; halved: others were better; stopped: cancelled before; or diverged"},
    {.name = NULL},
};
const FalColumn fal_runs_figures[] = {
    {.name = "metric", .type = FAL_CELL_TEXT, .help = "what was tuned by"},
    {.name = "k", .type = FAL_CELL_INT, .help = "length of the lists"},
    {.name = "users", .type = FAL_CELL_INT, .help = "users that were measured"},
    {.name = "runs", .type = FAL_CELL_INT, .help = "trainings in all"},
    {.name = "common", .type = FAL_CELL_TEXT,
     .help = "settings that all runs have and that are not the default"},
    {.name = NULL},
};

const char *const fal_runs_orders[] = {"run",        "value",   "loss", "seconds",
                                       "iterations", "rank",    "lambda", "alpha",
                                       "confidence", "seed",    NULL};

static double
key_of(const FalTuning *tuning, int number, const char *by)
{
    const FalTuneRun *run = &tuning->run[number];

    if (!strcmp(by, "run"))
        return number;
    if (!strcmp(by, "value"))
        return -run->metric[tuning->metric].mean;
    if (!strcmp(by, "loss"))
        return run->loss;
    if (!strcmp(by, "seconds"))
        return run->seconds;
    if (!strcmp(by, "iterations"))
        return -run->iterations;
    return fal_runs_number(run, by);
}

typedef struct {
    double key;
    int number;
} Placed;

static int
compare_placed(gconstpointer a, gconstpointer b)
{
    const Placed *x = a, *y = b;

    if (isnan(x->key) != isnan(y->key))
        return isnan(x->key) ? 1 : -1;
    if (x->key < y->key || x->key > y->key)
        return x->key < y->key ? -1 : 1;
    return x->number - y->number;
}

static void
put_run(FalTable *table, const FalTuning *tuning, int number)
{
    const FalTuneRun *run = &tuning->run[number];
    g_autofree char *settings = fal_runs_settings(tuning, run);

    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_int(table, number + 1);
    fal_table_text(table, settings);
    fal_table_int(table, (gint64)run->settings.seed);
    fal_put_estimate(table, &run->metric[tuning->metric]);
    fal_table_real(table, run->mean);
    fal_put_estimate(table, &run->behind);
    fal_table_real(table, run->popular[tuning->metric]);
    fal_table_real(table, run->loss);
    fal_table_int(table, run->iterations);
    fal_table_real(table, run->seconds);
    fal_table_text(table, fal_tune_end_names[run->end]);
}

void
fal_runs_fill(FalTable *table, const FalTuning *tuning, const char *by, gint64 n)
{
    g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(Placed));
    g_autofree char *common = common_text(tuning);

    for (int i = 0; i < tuning->n_runs; i++) {
        Placed placed = {key_of(tuning, i, by), i};
        g_array_append_val(order, placed);
    }
    g_array_sort(order, compare_placed);
    for (guint i = 0; i < order->len && (n == 0 || i < n); i++)
        put_run(table, tuning, g_array_index(order, Placed, i).number);
    fal_table_figure_text(table, "metric", fal_metric_names[tuning->metric]);
    fal_table_figure_int(table, "k", tuning->k);
    fal_table_figure_int(table, "users", tuning->n_users);
    fal_table_figure_int(table, "runs", tuning->n_runs);
    fal_table_figure_text(table, "common", common);
}

/* --- the file: the same lines are written and read --- */

typedef struct {
    GHashTable *place; /* name -> column + 1, when reading; NULL when writing */
    char **cell;       /* of the line that is read */
    GString *out;      /* that is written */
    gboolean header;   /* names are written, not values */
    const char *wrong; /* the first name whose cell is missing or cannot be read */
} Line;

static const char *
next_cell(Line *line, const char *name)
{
    int column = GPOINTER_TO_INT(g_hash_table_lookup(line->place, name)) - 1;
    guint n = g_strv_length(line->cell);

    return column >= 0 && (guint)column < n ? line->cell[column] : NULL;
}

static void
put_cell(Line *line, const char *name, const char *text)
{
    if (line->out->len > 0 && line->out->str[line->out->len - 1] != '\n')
        g_string_append_c(line->out, '\t');
    g_string_append(line->out, line->header ? name : text);
}

/* A number that may be missing: NaN. */
static void
real(Line *line, const char *name, double *x)
{
    if (!line->place) {
        g_autofree char *text = isfinite(*x) ? fal_text_exact(*x, FALSE) : g_strdup("");
        put_cell(line, name, text);
        return;
    }
    const char *text = next_cell(line, name);
    char *end = NULL;
    *x = text && *text ? g_ascii_strtod(text, &end) : NAN;
    if (!line->wrong && (!text || (*text && *end)))
        line->wrong = name;
}

static void
whole(Line *line, const char *name, gint64 least, gint64 most, gint64 *x)
{
    double value = (double)*x;

    real(line, name, &value);
    if (!line->wrong && !(value >= (double)least && value <= (double)most))
        line->wrong = name;
    *x = line->wrong ? least : (gint64)value;
}

static void
word(Line *line, const char *name, const char *const *words, int n, int *x)
{
    if (!line->place) {
        put_cell(line, name, words[*x]);
        return;
    }
    const char *text = next_cell(line, name);
    *x = 0;
    for (int i = 0; i < n; i++)
        if (text && !strcmp(words[i], text)) {
            *x = i;
            return;
        }
    if (!line->wrong)
        line->wrong = name;
}

static void
estimate(Line *line, const char *name, FalEstimate *e)
{
    g_autofree char *low = g_strconcat(name, "_low", NULL);
    g_autofree char *high = g_strconcat(name, "_high", NULL);

    real(line, g_intern_string(name), &e->mean);
    real(line, g_intern_string(low), &e->low);
    real(line, g_intern_string(high), &e->high);
}

static void
pass_settings(Line *line, FalTrainSettings *train)
{
    FalSettings settings = {.train = *train};

    for (const FalKeySpec *key = fal_train_keys; key->name; key++) {
        if (!is_told(key) && strcmp(key->name, "seed") != 0)
            continue;
        if (!line->place) {
            g_autofree char *text = fal_settings_get(&settings, key->name);
            put_cell(line, key->name, text);
            continue;
        }
        const char *text = next_cell(line, key->name);
        if (!line->wrong && (!text || !fal_settings_set(&settings, key->name, text, NULL)))
            line->wrong = key->name;
    }
    *train = settings.train;
}

/* Every field once, for both ways. */
static void
pass_run(Line *line, FalTuning *tuning, FalTuneRun *run)
{
    gint64 k = tuning->k, users = tuning->n_users, seeds = tuning->n_seeds;
    gint64 iterations = run->iterations;
    int metric = (int)tuning->metric, end = (int)run->end;

    pass_settings(line, &run->settings);
    word(line, "metric", fal_metric_names, FAL_TUNE_METRICS, &metric);
    whole(line, "k", 1, G_MAXINT, &k);
    whole(line, "users", 0, G_MAXINT32, &users);
    whole(line, "seeds", 1, G_MAXINT, &seeds);
    word(line, "end", fal_tune_end_names, FAL_N_TUNE_ENDS, &end);
    whole(line, "done", 0, G_MAXINT, &iterations);
    real(line, "loss", &run->loss);
    real(line, "seconds", &run->seconds);
    real(line, "mean", &run->mean);
    estimate(line, "behind", &run->behind);
    for (int m = 0; m < FAL_TUNE_METRICS; m++) {
        g_autofree char *popular = g_strconcat("popular_", fal_metric_names[m], NULL);
        estimate(line, fal_metric_names[m], &run->metric[m]);
        real(line, g_intern_string(popular), &run->popular[m]);
    }
    tuning->k = (int)k;
    tuning->n_users = (gint32)users;
    tuning->n_seeds = (int)seeds;
    tuning->metric = (FalMetric)metric;
    run->iterations = (int)iterations;
    run->end = (FalTuneEnd)end;
}

gboolean
fal_runs_save(const FalTuning *tuning, const char *path, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) problem = NULL;
    FalTuning head = *tuning;
    Line line = {.out = out};

    for (int i = -1; i < tuning->n_runs; i++) {
        FalTuneRun run = tuning->run[MAX(i, 0)];
        line.header = i < 0;
        pass_run(&line, &head, &run);
        g_string_append_c(out, '\n');
    }
    if (g_file_set_contents(path, out->str, (gssize)out->len, &problem))
        return TRUE;
    g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "the runs cannot be saved: %s",
                problem->message);
    return FALSE;
}

static void
read_header(GHashTable *place, const char *text)
{
    g_auto(GStrv) names = g_strsplit(text, "\t", -1);

    for (int i = 0; names[i]; i++)
        g_hash_table_insert(place, g_strdup(names[i]), GINT_TO_POINTER(i + 1));
}

static gboolean
read_runs(FalTuning *tuning, char **lines, const char *shown, GError **error)
{
    g_autoptr(GHashTable) place = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Line line = {.place = place};

    read_header(place, lines[0]);
    for (int i = 0; i < tuning->n_runs; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i + 1], "\t", -1);
        line.cell = cells;
        fal_train_settings_init(&tuning->run[i].settings);
        pass_run(&line, tuning, &tuning->run[i]);
        if (line.wrong) {
            g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                        "line %d of %s is no run: its %s is missing or cannot be read; runs "
                        "save FILE writes files of runs",
                        i + 2, shown, line.wrong);
            return FALSE;
        }
    }
    return TRUE;
}

FalTuning *
fal_runs_load(const char *path, GError **error)
{
    g_autofree char *text = NULL, *shown = g_filename_display_name(path);
    g_autoptr(GError) problem = NULL;

    if (!g_file_get_contents(path, &text, NULL, &problem)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA, "the runs cannot be read: %s",
                    problem->message);
        return NULL;
    }
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    int n = (int)g_strv_length(lines);
    if (n < 2) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    "there are no runs in %s: runs save FILE writes files of runs", shown);
        return NULL;
    }
    g_autoptr(FalTuning) tuning = fal_tuning_new(n - 1);
    return read_runs(tuning, lines, shown, error) ? g_steal_pointer(&tuning) : NULL;
}
