/* The command train.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <math.h>

#include "base/error.h"
#include "base/text.h"
#include "model/train.h"
#include "query/session-private.h"
#include "query/training.h"

/* Watching a training measures few users, the same ones each time: enough to see where it goes.
 */
#define WATCH_USERS 200
#define WATCH_K     10

typedef struct {
    FalDataset *dataset;
    FalSplit *split; /* NULL: train on everything */
    FalTrainSettings settings;
    int watch, stop, patience; /* as FalSettings has them */
    double best;               /* of what it stops by, so far */
    int since;                 /* measurements since then */
    FalWatch *record; /* the session's, which outlives its job */
    gboolean adopted; /* the settings become the session's */
} Training;

static void
training_free(gpointer data)
{
    Training *t = data;

    fal_dataset_unref(t->dataset);
    g_clear_pointer(&t->split, fal_split_unref);
    g_free(t);
}

/* Marks the iteration where it is the best so far; FALSE where patience is at its end. */
static gboolean
go_on(Training *t, FalIteration *iteration)
{
    double value = t->stop == 1 ? iteration->ndcg : iteration->recall;

    /* No figure (nobody has held-out artists) is no reason to stop. */
    if (t->stop == 0 || isnan(value))
        return TRUE;
    if (value > t->best) {
        t->best = value;
        t->since = 0;
        iteration->keep = TRUE;
        return TRUE;
    }
    return ++t->since < t->patience;
}

static gboolean
on_iteration(FalIteration *iteration, const FalFactors *factors, gpointer data)
{
    Training *t = data;
    gboolean more = TRUE;

    if (t->split && t->watch > 0 && iteration->iteration % t->watch == 0) {
        FalWatched watched =
            fal_evaluate_watched(factors, t->dataset, t->split->train, t->split->validation,
                                 WATCH_K, WATCH_USERS, 0);
        iteration->ndcg = watched.ndcg;
        iteration->recall = watched.recall;
        more = go_on(t, iteration);
    }
    fal_watch_add(t->record, iteration);
    return more;
}

static gpointer
train_work(FalTask *task, gpointer data, GError **error)
{
    Training *t = data;
    FalPlays *plays = t->split ? t->split->train : fal_dataset_plays(t->dataset);

    fal_watch_begin(t->record, &t->settings);
    if (t->split && t->watch > 0)
        fal_watch_popular(t->record,
                          fal_evaluate_popular_ndcg(t->dataset, plays, t->split->validation,
                                                    WATCH_K, WATCH_USERS, 0));
    FalModel *model = fal_train(t->dataset, plays, &t->settings, on_iteration, t, task, error);
    fal_watch_end(t->record, model == NULL);
    return model;
}

static void
note_why_it_ended(FalTable *table, const Training *t, const FalIteration *kept,
                  const FalIteration *last)
{
    const FalTrainSettings *settings = &t->settings;
    g_autofree char *best = fal_text_metric(t->best);

    if (kept != last) {
        fal_table_note(
            table,
            g_strdup_printf("stopped after iteration %d: the model of iteration %d, where the "
                            "held-out %s was best (%s), is kept",
                            last->iteration, kept->iteration, t->stop == 1 ? "NDCG" : "recall",
                            best));
        return;
    }
    if (last->iteration == settings->iterations)
        return;
    if (settings->tolerance > 0 && fabs(last->change) < settings->tolerance)
        fal_table_note(table,
                       g_strdup_printf("converged: iteration %d changed the loss by less "
                                       "than the tolerance",
                                       last->iteration));
    else
        fal_table_note(table, g_strdup_printf("stopped: the model of iteration %d is kept",
                                              last->iteration));
}

/* Factors next to zero recommend at random, and look like a model. */
static void
note_nothing_learnt(FalTable *table, const FalIteration *last)
{
    if (last->unobserved + last->regularizer < 1e-6 * last->observed)
        fal_table_note(
            table, g_strdup("nothing was learnt, all factors are next to zero: try a smaller "
                            "lambda or prior, or a larger alpha or unobserved"));
}

static gboolean
train_finish(FalCall *call, gpointer result, GError **error)
{
    Training *t = fal_call_data(call);
    g_autoptr(FalModel) model = result;
    FalTable *table = fal_call_table(call);
    int n;
    const FalIteration *it = fal_model_iterations(model, &n);

    (void)error;
    for (int i = 0; i < n; i++) {
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_int(table, it[i].iteration);
        fal_table_real(table, it[i].loss);
        fal_table_real(table, it[i].observed);
        fal_table_real(table, it[i].unobserved);
        fal_table_real(table, it[i].regularizer);
        fal_table_real(table, it[i].change);
        fal_table_real(table, it[i].seconds);
        fal_table_real(table, it[i].ndcg);
        fal_table_real(table, it[i].recall);
    }
    fal_table_figure_int(table, "rank", t->settings.rank);
    fal_table_figure_int(table, "seed", (gint64)t->settings.seed);
    fal_table_figure_int(table, "pairs", fal_plays_n_pairs(fal_model_train(model)));
    const FalIteration *kept = fal_training_kept(it, n);
    fal_table_figure_int(table, "kept", kept->iteration);
    note_why_it_ended(table, t, kept, &it[n - 1]);
    note_nothing_learnt(table, kept);
    /* The data is still the same: load is a job too, and there is one job at a time. */
    fal_session_set_model(fal_call_session(call), model, t->split);
    if (t->adopted)
        fal_session_settings(fal_call_session(call))->train = t->settings;
    return TRUE;
}

/* The session's settings with this call's on top; a preset comes before the keys beside it. */
static gboolean
call_settings(FalCall *call, FalSettings *settings, GError **error)
{
    *settings = *fal_session_settings(fal_call_session(call));
    if (fal_call_given(call, "preset") &&
        !fal_settings_set(settings, "preset", fal_call_choice(call, "preset"), error))
        return FALSE;
    for (const FalKeySpec *key = fal_train_keys; key->name; key++) {
        if (!fal_call_given(call, key->name) || !g_strcmp0(key->name, "preset"))
            continue;
        g_autofree char *value = key->type == FAL_KEY_CHOICE
                                     ? g_strdup(fal_call_choice(call, key->name))
                                     : fal_text_exact(fal_call_real(call, key->name), FALSE);
        if (!fal_settings_set(settings, key->name, value, error))
            return FALSE;
    }
    return TRUE;
}

int
fal_training_rank(FalSession *session)
{
    FalDataset *dataset = fal_session_dataset(session);

    if (!dataset)
        return fal_train_rank(G_MAXINT32, G_MAXINT32, G_MAXINT64);
    const FalDatasetStats *stats = fal_dataset_stats(dataset);
    return fal_train_rank((gint32)stats->users, (gint32)stats->artists, stats->pairs);
}

/* Nobody asked for a rank, so a small data set gets one that it can have; a rank that was asked
 * for is refused instead (fal_train() tells). */
void
fal_training_fit_rank(FalCall *call, FalTrainSettings *settings)
{
    const FalDatasetStats *stats =
        fal_dataset_stats(fal_session_dataset(fal_call_session(call)));

    if (settings->rank != 0)
        return;
    settings->rank = fal_training_rank(fal_call_session(call));
    if (settings->rank == MIN(stats->users, stats->artists))
        fal_table_note(fal_call_table(call),
                       g_strdup_printf("rank %d, the largest that so few users or artists allow",
                                       settings->rank));
}

static gboolean
run_train(FalCall *call, GError **error)
{
    FalSettings settings;

    if (!call_settings(call, &settings, error))
        return FALSE;
    fal_training_fit_rank(call, &settings.train);
    return fal_training_start(call, &settings, FALSE, error);
}

gboolean
fal_training_start(FalCall *call, const FalSettings *settings, gboolean adopt, GError **error)
{
    FalSession *session = fal_call_session(call);
    g_autofree char *wrong = fal_train_settings_check(&settings->train);

    if (wrong) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_USAGE, wrong);
        return FALSE;
    }
    if (settings->stop > 0 && !fal_session_split(session)) {
        if (!adopt && fal_call_given(call, "stop"))
            fal_call_blame_key(call, "stop");
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "stop needs plays that are held out to measure by: split 0.1 holds "
                            "some out, stop=none trains without");
        return FALSE;
    }
    Training *t = g_new0(Training, 1);
    t->dataset = fal_dataset_ref(fal_session_dataset(session));
    t->split = fal_session_split(session) ? fal_split_ref(fal_session_split(session)) : NULL;
    t->settings = settings->train;
    t->watch = settings->stop > 0 ? MAX(settings->watch, 1) : settings->watch;
    t->stop = settings->stop;
    t->patience = settings->patience;
    t->best = -1;
    t->adopted = adopt;
    t->record = fal_session_watch(session);
    fal_call_start(call, train_work, train_finish, t, training_free);
    return TRUE;
}

const FalColumn fal_training_columns[] = {
    {.name = "iteration", .type = FAL_CELL_INT, .help = "number of the iteration, from 1"},
    {.name = "loss", .type = FAL_CELL_REAL, .digits = 6,
     .help = "J, what is minimised: the sum of the next three"},
    {.name = "observed", .type = FAL_CELL_REAL, .digits = 6,
     .help = "sum of c (1 - x.y)^2 over the pairs with plays"},
    {.name = "unobserved", .type = FAL_CELL_REAL, .digits = 6,
     .help = "a0 times the sum of (x.y)^2 over all other pairs"},
    {.name = "regularizer", .type = FAL_CELL_REAL, .digits = 6, .help = "the lambda terms"},
    {.name = "change", .type = FAL_CELL_REAL, .digits = 3, .flags = FAL_COLUMN_SHARE,
     .help = "of the loss, against the iteration before"},
    {.name = "seconds", .type = FAL_CELL_REAL, .digits = 3, .unit = "s",
     .help = "since the training began"},
    {.name = "ndcg", .type = FAL_CELL_REAL, .digits = 4,
     .help = "held-out NDCG@10 on up to 200 users, where watch asks for it"},
    {.name = "recall", .type = FAL_CELL_REAL, .digits = 4, .help = "recall@10, likewise"},
    {.name = NULL},
};
const FalColumn fal_training_figures[] = {
    {.name = "rank", .type = FAL_CELL_INT, .help = "factors per row"},
    {.name = "seed", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID,
     .help = "of the first factors"},
    {.name = "pairs", .type = FAL_CELL_INT, .help = "pairs that were trained on"},
    {.name = "kept", .type = FAL_CELL_INT, .help = "the iteration whose factors the model has"},
    {.name = NULL},
};

const FalCommand fal_commands_train[] = {
    {.name = "train", .group = "learn", .summary = "learn factors by alternating least squares",
     .help = "Trains a model on the data, without what the split holds out. Settings not given "
             "are the session's (see set). Cancelled after the first whole iteration it keeps the last "
             "whole one. The same data, settings and seed give the same model on any number of threads.",
     .example = "train rank=16 iterations=5", .keys = fal_train_keys, .columns = fal_training_columns,
     .figures = fal_training_figures, .flags = FAL_NEEDS_DATA | FAL_NEEDS_PLAYS | FAL_IS_LONG,
     .run = run_train},
    {.name = NULL},
};
