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

typedef enum { SPLIT_FRACTION, SPLIT_SPARK, SPLIT_FILE, SPLIT_LEAVE } SplitKind;

typedef struct {
    FalDataset *dataset;
    SplitKind kind;
    double fraction;
    gint64 leave;
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
    case SPLIT_LEAVE:
        return fal_split_leave(job->dataset, job->leave, job->seed, task, error);
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

/* split leave=K, which takes no word beside it. */
static gboolean
run_split_leave(FalCall *call, GError **error)
{
    if (fal_call_word(call, 0)) {
        fal_call_blame_word(call, 0);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "split holds out by %s or by leave=, not by both: leave one out",
                    fal_call_word(call, 0));
        return FALSE;
    }
    SplitJob *job = new_split_job(call, SPLIT_LEAVE);
    job->leave = fal_call_int(call, "leave");
    job->seed = (guint64)fal_call_int(call, "seed");
    fal_call_start(call, split_work, split_finish, job, split_job_free);
    return TRUE;
}

static gboolean
run_split(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    const char *word = fal_call_word(call, 0);
    char *end;

    if (fal_call_int(call, "leave") > 0)
        return run_split_leave(call, error);
    if (!word) {
        g_autofree char *usage = fal_command_usage(fal_call_command(call));
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "split needs a share, spark, none or leave=: usage: %s", usage);
        return FALSE;
    }
    double fraction = g_ascii_strtod(word, &end);
    if (!strcmp(word, "none")) {
        fill_split(fal_call_table(call), fal_dataset_stats(fal_session_dataset(session))->pairs,
                   NULL);
        fal_session_set_split(session, NULL);
        return TRUE;
    }
    SplitKind kind = !strcmp(word, "spark") ? SPLIT_SPARK : SPLIT_FRACTION;
    if (kind == SPLIT_FRACTION && (end == word || *end || !(fraction > 0 && fraction < 1))) {
        g_autofree char *hint = fal_call_hint(call, 0);
        fal_call_blame_word(call, 0);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "split takes a share above 0 and below 1 (0.1 holds out 10 %%), spark or "
                    "none, not \"%s\"%s",
                    word, hint);
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

/* What the model can be compared by; the first is the default. */
static const char *const by_choices[] = {"ndcg",    "auc",     "precision",  "recall", "map",
                                         "overlap", "hitrate", "percentile", NULL};
static const FalMetric by_metrics[] = {
    FAL_METRIC_NDCG, FAL_METRIC_AUC,     FAL_METRIC_PRECISION, FAL_METRIC_RECALL,
    FAL_METRIC_MAP,  FAL_METRIC_OVERLAP, FAL_METRIC_HITRATE,   FAL_METRIC_PERCENTILE};
static const char *const auc_choices[] = {"exact", "book1", "book3", NULL}; /* by FalAuc */
static const char *const baseline_choices[] = {"all", "lists", NULL};

typedef struct {
    FalModel *model;
    FalSplit *split;
    FalPlays *held; /* borrowed from split */
    const char *part;
    FalMetric by;
    FalEvaluateSettings settings;
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

    return fal_evaluate_by(job->model, job->held, &job->settings, task, error);
}

void
fal_put_estimate(FalTable *table, const FalEstimate *e)
{
    fal_table_estimate(table, e->mean, e->low, e->high);
}

/* Says whether the model is any good: the first thing to know, and the last one to be told. */
static void
note_verdict(FalTable *table, const FalEvaluation *e, FalMetric by)
{
    static const char *const words[] = {"cannot be told from", "is better than",
                                        "is worse than"};
    FalEstimate model = fal_evaluation_metric(e, FAL_RANKER_MODEL, by);
    FalEstimate popular = fal_evaluation_metric(e, FAL_RANKER_MOST_LISTENERS, by);
    const FalEstimate *ahead = &e->ranker[FAL_RANKER_MOST_LISTENERS].ahead[by];
    FalVerdict verdict = fal_evaluation_verdict(e, FAL_RANKER_MOST_LISTENERS, by);
    g_autofree char *title = fal_metric_title(by, e->k);
    g_autofree char *ours = fal_text_metric(model.mean);
    g_autofree char *theirs = fal_text_metric(popular.mean);
    g_autofree char *low = fal_text_real(ahead->low, 2), *high = fal_text_real(ahead->high, 2);

    if (isnan(model.mean))
        return;
    fal_table_note(
        table, g_strdup_printf("by %s this model %s the list of most listened artists%s: %s "
                               "against %s, a difference of %s to %s user by user (95 %% of "
                               "1,000 bootstrap samples)",
                               title, words[verdict],
                               verdict == FAL_VERDICT_WORSE ? ", which wins" : "", ours, theirs,
                               low, high));
}

/* The others in one sentence: "it is better than most plays and random, worse than ..." */
static void
note_others(FalTable *table, const FalEvaluation *e, FalMetric by)
{
    static const FalVerdict order[] = {FAL_VERDICT_WORSE, FAL_VERDICT_CANNOT_TELL,
                                       FAL_VERDICT_BETTER};
    static const char *const words[] = {"cannot be told from", "is better than",
                                        "is worse than"};
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);

    for (gsize i = 0; i < G_N_ELEMENTS(order); i++) {
        GString *names = g_string_new(NULL);
        for (int r = FAL_RANKER_MOST_PLAYS; r < FAL_N_RANKERS; r++)
            if (fal_evaluation_has(e, (FalRanker)r) &&
                fal_evaluation_verdict(e, (FalRanker)r, by) == order[i])
                g_string_append_printf(names, "%s%s", names->len ? " and " : "",
                                       fal_ranker_names[r]);
        if (names->len)
            g_ptr_array_add(parts, g_strdup_printf("%s %s", words[order[i]], names->str));
        g_string_free(names, TRUE);
    }
    g_ptr_array_add(parts, NULL);
    g_autofree char *text = g_strjoinv(", ", (char **)parts->pdata);
    if (*text)
        fal_table_note(table, g_strdup_printf("it %s", text));
}

/* A list that wins by another metric is told of as well: one figure alone can flatter. */
static void
note_other_metrics(FalTable *table, const FalEvaluation *e, FalMetric by)
{
    g_autoptr(GString) names = g_string_new(NULL);
    int n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(by_metrics); i++) {
        if (by_metrics[i] == by || fal_evaluation_verdict(e, FAL_RANKER_MOST_LISTENERS,
                                                          by_metrics[i]) != FAL_VERDICT_WORSE)
            continue;
        g_autofree char *title = fal_metric_title(by_metrics[i], e->k);
        g_string_append_printf(names, "%s%s", n++ > 0 ? " and " : "", title);
    }
    if (n > 0)
        fal_table_note(table,
                       g_strdup_printf("by %s the list of most listened artists wins", names->str));
}

static void
evaluate_row(FalTable *table, const FalEvaluation *e, FalRanker ranker, FalMetric by,
             const char *group)
{
    const FalRankerResult *r = &e->ranker[ranker];

    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, fal_ranker_names[ranker]);
    fal_table_int(table, e->n_users);
    fal_put_estimate(table, &r->auc);
    fal_put_estimate(table, &r->precision);
    fal_put_estimate(table, &r->recall);
    fal_put_estimate(table, &r->map);
    fal_put_estimate(table, &r->ndcg);
    fal_put_estimate(table, &r->overlap);
    fal_table_real(table, r->coverage);
    fal_put_estimate(table, &r->hitrate);
    fal_put_estimate(table, &r->percentile);
    fal_put_estimate(table, &r->popularity);
    if (ranker == FAL_RANKER_MODEL) {
        fal_table_null(table);
        fal_table_null(table);
    } else {
        fal_put_estimate(table, &r->ahead[by]);
        fal_table_text(table, fal_verdict_names[fal_evaluation_verdict(e, ranker, by)]);
    }
    fal_table_text(table, group);
}

static void
evaluate_rows(FalTable *table, const FalEvaluation *e, FalMetric by, const char *group)
{
    for (int i = 0; i < FAL_N_RANKERS; i++)
        if (fal_evaluation_has(e, (FalRanker)i))
            evaluate_row(table, e, (FalRanker)i, by, group);
}

/* The rows of each group, and which users it holds. */
static void
group_rows(FalTable *table, const FalEvaluation *e, FalMetric by)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);

    for (int i = 0; i < FAL_N_GROUPS; i++) {
        const FalEvaluation *group = e->group[i];
        if (!group)
            continue;
        evaluate_rows(table, group, by, fal_group_names[i]);
        g_ptr_array_add(parts, g_strdup_printf("%s: %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                                               fal_group_names[i], group->least_artists,
                                               group->most_artists));
    }
    if (parts->len == 0)
        return;
    g_ptr_array_add(parts, NULL);
    g_autofree char *text = g_strjoinv(", ", (char **)parts->pdata);
    fal_table_note(table, g_strdup_printf("groups by artists in training: %s", text));
}

static gboolean
evaluate_finish(FalCall *call, gpointer result, GError **error)
{
    EvaluateJob *job = fal_call_data(call);
    g_autoptr(FalEvaluation) e = result;
    FalTable *table = fal_call_table(call);

    (void)error;
    evaluate_rows(table, e, job->by, "all");
    group_rows(table, e, job->by);
    fal_table_figure_int(table, "k", e->k);
    fal_table_figure_text(table, "part", job->part);
    fal_table_figure_text(table, "by", fal_metric_names[job->by]);
    note_verdict(table, e, job->by);
    note_others(table, e, job->by);
    note_other_metrics(table, e, job->by);
    fal_session_set_evaluation(fal_call_session(call), g_steal_pointer(&e), job->part,
                               job->by, job->model);
    return TRUE;
}

/* Which of the choices a key has. */
static int
choice_index(FalCall *call, const char *key, const char *const *choices)
{
    const char *choice = fal_call_choice(call, key);
    int i = 0;

    while (strcmp(choices[i], choice))
        i++;
    return i;
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
    job->by = by_metrics[choice_index(call, "by", by_choices)];
    fal_evaluate_settings_init(&job->settings);
    job->settings.k = (int)fal_call_int(call, "k");
    job->settings.max_users = (gint32)fal_call_int(call, "users");
    job->settings.seed = (guint64)fal_call_int(call, "seed");
    job->settings.auc = (FalAuc)choice_index(call, "auc", auc_choices);
    job->settings.groups = fal_call_flag(call, "groups");
    if (choice_index(call, "baselines", baseline_choices) > 0)
        job->settings.rankers &= ~(1u << FAL_RANKER_COSINE);
    fal_call_start(call, evaluate_work, evaluate_finish, job, evaluate_job_free);
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
    METRIC("hitrate", "share of the users with a hit among the first k"),
    METRIC("percentile", "mean place of held-out plays in the list: 0 the top, 0.5 chance"),
    METRIC("popularity", "of the first k: mean decimal logarithm of 1 + listeners in training"),
    METRIC("ahead", "this model's figure less this row's, user by user, of the metric of by="),
    {.name = "verdict", .type = FAL_CELL_TEXT,
     .help = "this model against this row: better or worse where that interval leaves out 0"},
    {.name = "group", .type = FAL_CELL_TEXT,
     .help = "whose means: all, or the users with few, some, many artists in training"},
    {.name = NULL},
};

FalTable *
fal_evaluation_table(const FalEvaluated *evaluated)
{
    FalTable *table = fal_table_new("evaluate", evaluate_columns, NULL);

    evaluate_rows(table, evaluated->result, evaluated->by, "all");
    group_rows(table, evaluated->result, evaluated->by);
    return table;
}

static const FalColumn evaluate_figures[] = {
    {.name = "k", .type = FAL_CELL_INT, .help = "length of the lists"},
    {.name = "part", .type = FAL_CELL_TEXT, .help = "the held-out part that was used"},
    {.name = "by", .type = FAL_CELL_TEXT, .help = "the metric of ahead and verdict"},
    {.name = NULL},
};
static const char *const split_choices[] = {"0.1", "spark", "none", NULL};
static const char *const part_choices[] = {"validation", "test", NULL};
static const FalKeySpec split_keys[] = {
    FAL_KEY_SEED("of the choice (spark: 13, as published, where none is given)"),
    {.name = "leave", .type = FAL_KEY_INT, .min = 0, .max = 1e6, .fallback = "0",
     .unit = "artists",
     .help = "in place of the word: hold out so many artists of each user; 0: by the word"},
    {.name = NULL},
};
static const FalKeySpec evaluate_keys[] = {
    {.name = "k", .type = FAL_KEY_INT, .min = 1, .max = 1e6, .fallback = "10",
     .help = "length of the lists"},
    {.name = "users", .type = FAL_KEY_INT, .min = 0, .max = G_MAXINT32, .fallback = "2000",
     .zero = "all", .help = "users to evaluate, chosen by the seed; all or 0: everybody"},
    {.name = "part", .type = FAL_KEY_CHOICE, .choices = part_choices, .fallback = "validation",
     .help = "the held-out part; test is there after split spark"},
    FAL_KEY_SEED("of the sample of users and of the bootstrap"),
    {.name = "by", .type = FAL_KEY_CHOICE, .choices = by_choices, .fallback = "ndcg",
     .help = "the metric that ahead, the verdicts and the sentence go by"},
    {.name = "groups", .type = FAL_KEY_FLAG, .fallback = "no",
     .help = "rows for the users with few, some and many artists in training, a third each"},
    {.name = "baselines", .type = FAL_KEY_CHOICE, .choices = baseline_choices, .fallback = "all",
     .help = "lists leaves out the item cosine, which takes as long as all the rest"},
    {.name = "auc", .type = FAL_KEY_CHOICE, .choices = auc_choices, .fallback = "exact",
     .help = "book1 leaves out artists that training does not have, book3 puts them first"},
    {.name = NULL},
};
const FalCommand fal_commands_eval[] = {
    {.name = "split", .group = "learn", .summary = "hold out plays before training",
     .help = "FRACTION holds out that share of each user's artists, chosen by seed and ids; a "
             "user keeps at least one. leave=K holds out K of each. spark is a well-known assignment's 40/40/20 "
             "split by rows of the file, drawn as PySpark drew it. none holds out nothing. The "
             "next train leaves the held-out plays alone.",
     .example = "split 0.1",
     .words = {{FAL_WORD_CHOICE, "FRACTION|spark|none", TRUE, split_choices}},
     .keys = split_keys, .columns = split_columns,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_PLAYS | FAL_IS_LONG,
     .run = run_split},
    {.name = "holdout", .group = "learn", .summary = "hold out the pairs that a file names",
     .help = "FILE has rows of \"user artist plays\", as the plays themselves; aliases are applied. "
             "Rows that cannot be read or name unknown users or artists are counted and left out.",
     .words = {{FAL_WORD_PATH, "FILE", FALSE, NULL}}, .columns = split_columns,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_PLAYS | FAL_IS_LONG, .run = run_holdout},
    {.name = "evaluate", .group = "learn", .summary = "measure the model on held-out plays",
     .help = "Ranks all artists that a user does not have in training, and looks where the "
             "held-out ones stand; exact, without sampling artists. What needs no learning "
             "stands beside the model: most listeners, most plays, random, and item-to-item cosine on "
             "the raw counts. Each figure has its 95 % interval over users (bootstrap); the "
             "model is compared with the others user by user.",
     .example = "evaluate users=500", .keys = evaluate_keys, .columns = evaluate_columns,
     .figures = evaluate_figures,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL | FAL_NEEDS_HELD_OUT | FAL_IS_LONG,
     .run = run_evaluate},
    {.name = NULL},
};
