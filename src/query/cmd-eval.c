/* Commands about held-out plays: split, holdout, evaluate, check.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "query/resolve.h"
#include "query/settings.h"

/* The seed of the published split, which `split spark` uses where none is given. */
#define SPARK_SEED 13

typedef enum { SPLIT_FRACTION, SPLIT_SPARK, SPLIT_FILE } SplitKind;

typedef struct {
    FalDataset *dataset;
    SplitKind kind;
    double fraction;
    guint64 seed;
    char *path;
} SplitJob;

static void
split_job_free(gpointer data)
{
    SplitJob *job = data;

    fal_dataset_unref(job->dataset);
    g_free(job->path);
    g_free(job);
}

static gpointer
split_work(FalTask *task, gpointer data, GError **error)
{
    SplitJob *job = data;

    switch (job->kind) {
    case SPLIT_SPARK:
        return fal_split_spark(job->dataset, job->seed, task, error);
    case SPLIT_FILE:
        return fal_split_file(job->dataset, job->path, task, error);
    case SPLIT_FRACTION:
    default:
        return fal_split_fraction(job->dataset, job->fraction, job->seed, task, error);
    }
}

static void
fill_split(FalTable *table, gint64 train, const FalSplit *split)
{
    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_int(table, train);
    fal_table_int(table, split ? split->n_validation + split->n_test : 0);
    fal_table_int(table, split ? split->n_users : 0);
    if (split && split->test) {
        fal_table_int(table, split->n_validation);
        fal_table_int(table, split->n_test);
    } else {
        fal_table_null(table);
        fal_table_null(table);
    }
}

static gboolean
split_finish(FalCall *call, gpointer result, GError **error)
{
    FalSession *session = fal_call_session(call);
    g_autoptr(FalSplit) split = result;
    FalTable *table = fal_call_table(call);

    (void)error;
    fill_split(table, split->n_train, split);
    if (split->n_skipped > 0) {
        g_autofree char *n = fal_text_count(split->n_skipped);
        fal_table_note(
            table,
            g_strdup_printf(
                "%s rows could not be used: unreadable, or of unknown users or artists", n));
    }
    fal_session_set_split(session, split);
    if (fal_session_model(session))
        fal_table_note(table,
                       g_strdup("the model at hand was trained on other plays: train again "
                                "before you evaluate"));
    return TRUE;
}

static SplitJob *
new_split_job(FalCall *call, SplitKind kind)
{
    SplitJob *job = g_new0(SplitJob, 1);

    job->dataset = fal_dataset_ref(fal_session_dataset(fal_call_session(call)));
    job->kind = kind;
    return job;
}

static gboolean
run_split(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    const char *word = fal_call_word(call, 0);
    char *end;
    double fraction = g_ascii_strtod(word, &end);

    if (!strcmp(word, "none")) {
        fill_split(fal_call_table(call), fal_dataset_stats(fal_session_dataset(session))->pairs,
                   NULL);
        fal_session_set_split(session, NULL);
        return TRUE;
    }
    SplitKind kind = !strcmp(word, "spark") ? SPLIT_SPARK : SPLIT_FRACTION;
    if (kind == SPLIT_FRACTION && (end == word || *end || !(fraction > 0 && fraction < 1))) {
        fal_call_blame_word(call, 0);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "split takes a share above 0 and below 1 (0.1 holds out 10 %%), spark or "
                    "none, not \"%s\"",
                    word);
        return FALSE;
    }
    SplitJob *job = new_split_job(call, kind);
    job->fraction = fraction;
    job->seed = kind == SPLIT_SPARK && !fal_call_given(call, "seed")
                    ? SPARK_SEED
                    : (guint64)fal_call_int(call, "seed");
    fal_call_start(call, split_work, split_finish, job, split_job_free);
    return TRUE;
}

static gboolean
run_holdout(FalCall *call, GError **error)
{
    SplitJob *job = new_split_job(call, SPLIT_FILE);

    (void)error;
    job->path = g_strdup(fal_call_word(call, 0));
    fal_call_start(call, split_work, split_finish, job, split_job_free);
    return TRUE;
}

typedef struct {
    FalModel *model;
    FalSplit *split;
    FalPlays *held; /* borrowed from split */
    const char *part;
    int k;
    gint32 users;
    guint64 seed;
} EvaluateJob;

static void
evaluate_job_free(gpointer data)
{
    EvaluateJob *job = data;

    fal_model_unref(job->model);
    fal_split_unref(job->split);
    g_free(job);
}

static gpointer
evaluate_work(FalTask *task, gpointer data, GError **error)
{
    EvaluateJob *job = data;

    return fal_evaluate(job->model, job->held, job->k, job->users, job->seed, task, error);
}

static void
put_estimate(FalTable *table, const FalEstimate *e)
{
    fal_table_estimate(table, e->mean, e->low, e->high);
}

/* Says whether the model is any good: the first thing to know, and the last one to be told. */
static void
note_verdict(FalTable *table, const FalEvaluation *e)
{
    double model = e->ranker[FAL_RANKER_MODEL].ndcg.mean;
    double popular = e->ranker[FAL_RANKER_MOST_LISTENERS].ndcg.mean;
    g_autofree char *ours = fal_text_real(model, 3);
    g_autofree char *theirs = fal_text_real(popular, 3);
    const char *word = e->better >= 0.975   ? "is better than"
                       : e->better <= 0.025 ? "is worse than"
                                            : "cannot be told from";

    fal_table_note(
        table, g_strdup_printf("by NDCG@%d this model %s the list of most listened artists: %s "
                               "against %s, above it in %.1f %% of 1,000 bootstrap samples",
                               e->k, word, ours, theirs, 100 * e->better));
}

static gboolean
evaluate_finish(FalCall *call, gpointer result, GError **error)
{
    EvaluateJob *job = fal_call_data(call);
    g_autoptr(FalEvaluation) e = result;
    FalTable *table = fal_call_table(call);

    (void)error;
    for (int i = 0; i < FAL_N_RANKERS; i++) {
        const FalRankerResult *r = &e->ranker[i];
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_text(table, fal_ranker_names[i]);
        fal_table_int(table, e->n_users);
        put_estimate(table, &r->auc);
        put_estimate(table, &r->precision);
        put_estimate(table, &r->recall);
        put_estimate(table, &r->map);
        put_estimate(table, &r->ndcg);
        put_estimate(table, &r->overlap);
        fal_table_real(table, r->coverage);
    }
    fal_table_figure_int(table, "k", e->k);
    fal_table_figure_text(table, "part", job->part);
    note_verdict(table, e);
    fal_session_set_evaluation(fal_call_session(call), g_steal_pointer(&e), job->part,
                               job->model);
    return TRUE;
}

static gboolean
run_evaluate(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    FalSplit *split = fal_session_split(session);
    const char *part = fal_call_choice(call, "part");
    gboolean test = !strcmp(part, "test");

    if (test && !split->test) {
        fal_call_blame_key(call, "part");
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "this split has no test part: split spark makes one, or leave part= out");
        return FALSE;
    }
    EvaluateJob *job = g_new0(EvaluateJob, 1);
    job->model = fal_model_ref(fal_session_model(session));
    job->split = fal_split_ref(split);
    job->held = test ? split->test : split->validation;
    job->part = part;
    job->k = (int)fal_call_int(call, "k");
    job->users = (gint32)fal_call_int(call, "users");
    job->seed = (guint64)fal_call_int(call, "seed");
    fal_call_start(call, evaluate_work, evaluate_finish, job, evaluate_job_free);
    return TRUE;
}

#define KEY_SEED(seed_help)                                                                    \
    {.name = "seed", .type = FAL_KEY_INT, .min = 0, .max = 9007199254740992.0, .fallback = "1", \
     .help = seed_help}

static const FalKeySpec check_keys[] = {
    FAL_KEY_ROWS("10"),
    {.name = "share", .type = FAL_KEY_REAL, .min = 0, .above_min = TRUE, .max = 0.9,
     .fallback = "0.2", .help = "of your artists that is held out, with check you"},
    KEY_SEED("of the choice of what is held out, with check you"),
    {.name = NULL},
};

static void
fill_check(FalCall *call, const FalCheck *check)
{
    FalTable *table = fal_call_table(call);
    FalDataset *dataset = fal_session_dataset(fal_call_session(call));
    gint64 hits = 0;

    for (int i = 0; i < check->n; i++) {
        const FalCheckRow *row = &check->row[i];
        g_autofree char *name = fal_artist_label(dataset, row->artist);
        fal_table_row(table, FAL_SUBJECT_ARTIST, row->artist);
        fal_table_int(table, i + 1);
        fal_table_int(table, fal_dataset_artist_id(dataset, row->artist));
        fal_table_text(table, name);
        fal_table_real(table, row->score);
        if (row->held_out > 0)
            fal_table_int(table, row->held_out);
        else
            fal_table_null(table);
        fal_table_int(table, row->popular_rank);
        hits += row->held_out > 0;
    }
    fal_table_figure_int(table, "held", check->n_held);
    fal_table_figure_int(table, "hits", hits);
    fal_table_figure_real(table, "auc", check->model.auc);
    fal_table_figure_real(table, "precision", check->model.precision);
    fal_table_figure_real(table, "recall", check->model.recall);
    fal_table_figure_real(table, "ndcg", check->model.ndcg);
    fal_table_figure_real(table, "popular_auc", check->popular.auc);
    fal_table_figure_real(table, "popular_precision", check->popular.precision);
    fal_table_figure_real(table, "popular_recall", check->popular.recall);
    fal_table_figure_real(table, "popular_ndcg", check->popular.ndcg);
}

static int
check_length(FalCall *call)
{
    gint32 all = fal_dataset_n_artists(fal_session_dataset(fal_call_session(call)));
    gint64 n = fal_call_int(call, "n");

    return n == 0 || n > all ? all : (int)n;
}

/* Solves for a part of your artists, and looks where the others stand. */
static gboolean
check_you(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    FalModel *model = fal_session_model(session);
    FalYou *you = fal_call_you(call, error);
    const gint32 *row;
    const guint32 *count;

    if (!you)
        return FALSE;
    gint64 n = fal_you_rows(you, &row, &count), n_held = 0, n_kept = 0;
    g_autofree gboolean *out = fal_check_hold_out(
        fal_session_dataset(session), row, n, fal_call_real(call, "share"),
        (guint64)fal_call_int(call, "seed"), error);
    if (!out)
        return FALSE;
    g_autofree gint32 *held = g_new(gint32, n), *kept = g_new(gint32, n);
    g_autofree guint32 *held_plays = g_new(guint32, n), *kept_plays = g_new(guint32, n);
    for (gint64 i = 0; i < n; i++) {
        (out[i] ? held : kept)[out[i] ? n_held : n_kept] = row[i];
        (out[i] ? held_plays : kept_plays)[out[i] ? n_held++ : n_kept++] = count[i];
    }
    g_autoptr(FalFoldIn) fold = fal_fold_in_new(model, kept, kept_plays, n_kept, error);
    g_autoptr(FalCheck) check =
        fold ? fal_check_listener(fold, model, held, held_plays, n_held, check_length(call), error)
             : NULL;
    if (!check)
        return FALSE;
    fill_check(call, check);
    return TRUE;
}

static gboolean
run_check(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);

    if (fal_call_is_you(call, 0))
        return check_you(call, error);
    for (const FalKeySpec *key = check_keys; key->name; key++)
        if (strcmp(key->name, "n") && fal_call_given(call, key->name)) {
            fal_call_blame_key(call, key->name);
            g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                        "%s belongs to check you: what users have held out is chosen by split",
                        key->name);
            return FALSE;
        }
    gint32 user = fal_call_user(call, 0, error);
    if (user < 0)
        return FALSE;
    g_autoptr(FalCheck) check =
        fal_check_user(fal_session_model(session), fal_session_held_out(session), user,
                       check_length(call), error);
    if (!check)
        return FALSE;
    fill_check(call, check);
    fal_table_figure_int(fal_call_table(call), "user",
                         fal_dataset_user_id(fal_session_dataset(session), user));
    return TRUE;
}

static const FalColumn split_columns[] = {
    {.name = "train", .type = FAL_CELL_INT,
     .help = "what is trained on: pairs, or rows of the file with spark"},
    {.name = "held_out", .type = FAL_CELL_INT, .help = "what is held out, likewise"},
    {.name = "users", .type = FAL_CELL_INT, .help = "users with held-out artists"},
    {.name = "validation", .type = FAL_CELL_INT,
     .help = "held-out rows of the first part (spark)"},
    {.name = "test", .type = FAL_CELL_INT, .help = "held-out rows of the second part (spark)"},
    {.name = NULL},
};

#define METRIC(metric_name, metric_help)                                                       \
    {.name = metric_name, .type = FAL_CELL_ESTIMATE, .digits = 3, .help = metric_help}

static const FalColumn evaluate_columns[] = {
    {.name = "model", .type = FAL_CELL_TEXT,
     .help = "the model, or a list without any learning"},
    {.name = "users", .type = FAL_CELL_INT, .help = "users that were evaluated"},
    METRIC("auc", "share of (held-out, other) artists in the right order, ties half"),
    METRIC("precision", "hits among the first k / k"),
    METRIC("recall", "hits among the first k / the smaller of k and the held-out artists"),
    METRIC("map", "mean of the precision at each hit among the first k"),
    METRIC("ndcg", "discounted gain of the hits among the first k, against the ideal list"),
    METRIC("overlap", "share of the X held-out artists among the first X"),
    {.name = "coverage", .type = FAL_CELL_REAL, .digits = 3, .flags = FAL_COLUMN_SHARE,
     .help = "share of all artists that are among somebody's first k"},
    {.name = NULL},
};
static const FalColumn evaluate_figures[] = {
    {.name = "k", .type = FAL_CELL_INT, .help = "length of the lists"},
    {.name = "part", .type = FAL_CELL_TEXT, .help = "the held-out part that was used"},
    {.name = NULL},
};
static const FalColumn check_columns[] = {
    {.name = "rank", .type = FAL_CELL_INT, .help = "1 for the best"},
    {.name = "id", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the artist's id"},
    {.name = "name", .type = FAL_CELL_TEXT, .help = "the artist"},
    {.name = "score", .type = FAL_CELL_REAL, .flags = FAL_COLUMN_BAR | FAL_COLUMN_FLOAT,
     .help = "inner product of the user's and the artist's factors"},
    {.name = "held_out", .type = FAL_CELL_INT, .unit = "plays",
     .help = "the user's held-out plays of the artist: a hit"},
    {.name = "popular", .type = FAL_CELL_INT,
     .help = "its rank by listeners among the artists the user could be recommended"},
    {.name = NULL},
};

#define FIGURE(figure_name, figure_help)                                                       \
    {.name = figure_name, .type = FAL_CELL_REAL, .digits = 3, .help = figure_help}

static const FalColumn check_figure_columns[] = {
    {.name = "user", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID,
     .help = "the user's id; none for you"},
    {.name = "held", .type = FAL_CELL_INT, .help = "held-out artists of the user"},
    {.name = "hits", .type = FAL_CELL_INT, .help = "those in the list"},
    FIGURE("auc", "this user's"),
    FIGURE("precision", "this user's, for the length of the list"),
    FIGURE("recall", "likewise"),
    FIGURE("ndcg", "likewise"),
    FIGURE("popular_auc", "what the list of most listened artists reaches for this user"),
    FIGURE("popular_precision", "likewise"),
    FIGURE("popular_recall", "likewise"),
    FIGURE("popular_ndcg", "likewise"),
    {.name = NULL},
};

static const char *const split_choices[] = {"0.1", "spark", "none", NULL};
static const char *const part_choices[] = {"validation", "test", NULL};
static const FalKeySpec split_keys[] = {
    KEY_SEED("of the choice (spark: 13, as published, where none is given)"),
    {.name = NULL},
};
static const FalKeySpec evaluate_keys[] = {
    {.name = "k", .type = FAL_KEY_INT, .min = 1, .max = 1e6, .fallback = "10",
     .help = "length of the lists"},
    {.name = "users", .type = FAL_KEY_INT, .min = 0, .max = G_MAXINT32, .fallback = "2000",
     .zero = "all", .help = "users to evaluate, chosen by the seed; all or 0: everybody"},
    {.name = "part", .type = FAL_KEY_CHOICE, .choices = part_choices, .fallback = "validation",
     .help = "the held-out part; test is there after split spark"},
    KEY_SEED("of the sample of users and of the bootstrap"),
    {.name = NULL},
};

const FalCommand fal_commands_eval[] = {
    {.name = "split", .group = "learn", .summary = "hold out plays before training",
     .help = "FRACTION holds out that share of each user's artists, chosen by seed and ids; a "
             "user keeps at least one. spark is a well-known assignment's 40/40/20 "
             "split by rows of the file, drawn as PySpark drew it. none holds out nothing. The "
             "next train leaves the held-out plays alone.",
     .example = "split 0.1",
     .words = {{FAL_WORD_CHOICE, "FRACTION|spark|none", FALSE, split_choices}},
     .keys = split_keys, .columns = split_columns, .flags = FAL_NEEDS_DATA | FAL_IS_LONG,
     .run = run_split},
    {.name = "holdout", .group = "learn", .summary = "hold out the pairs that a file names",
     .help = "FILE has rows of \"user artist plays\", as the plays themselves; aliases are applied. "
             "Rows that cannot be read or name unknown users or artists are counted and left out.",
     .words = {{FAL_WORD_PATH, "FILE", FALSE, NULL}}, .columns = split_columns,
     .flags = FAL_NEEDS_DATA | FAL_IS_LONG, .run = run_holdout},
    {.name = "evaluate", .group = "learn", .summary = "measure the model on held-out plays",
     .help = "Ranks all artists that a user does not have in training, and looks where the "
             "held-out ones stand; exact, without sampling artists. Two lists that need no "
             "learning stand beside the model. Each figure has its 95 % interval over users "
             "(bootstrap).",
     .example = "evaluate users=500", .keys = evaluate_keys, .columns = evaluate_columns,
     .figures = evaluate_figures,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL | FAL_NEEDS_HELD_OUT | FAL_IS_LONG,
     .run = run_evaluate},
    {.name = "check", .group = "explore",
     .summary = "spot-check a user's recommendations, or yours",
     .help = "Recommends as recommend does, marks what the user really played among the "
             "held-out plays, and gives the user's own figures beside those of the list of most "
             "listened artists. Of your own artists a share is held out, chosen by the seed, "
             "and what is recommended comes of the others alone.",
     .example = "check 1006156", .words = {{FAL_WORD_USER, "USER|you", FALSE, NULL}},
     .keys = check_keys, .columns = check_columns, .figures = check_figure_columns,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL | FAL_NEEDS_HELD_OUT | FAL_TAKES_YOU,
     .run = run_check},
    {.name = NULL},
};
