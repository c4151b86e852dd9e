/* The command check: a spot check of one listener, or of you.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "model/foldin.h"
#include "query/resolve.h"
#include "query/settings.h"

/* Where the user stands among those of the last evaluation, if that is of this model and of the
 * same held-out part; NaN else. NDCGs compare for one length of lists only. */
static void
check_standing(FalSession *session, const FalCheck *check, int k, double *ndcg, double *auc)
{
    FalEvaluated evaluated;

    *ndcg = *auc = NAN;
    if (!fal_session_evaluation(session, &evaluated) || !evaluated.current ||
        strcmp(evaluated.part, "validation"))
        return;
    if (evaluated.result->k == k)
        *ndcg = fal_evaluation_share_below(evaluated.result, FAL_METRIC_NDCG, check->model.ndcg);
    if (evaluated.result->auc == FAL_AUC_ALL)
        *auc = fal_evaluation_share_below(evaluated.result, FAL_METRIC_AUC, check->model.auc);
}

static void
check_figures(FalCall *call, const FalCheck *check, int k)
{
    FalSession *session = fal_call_session(call);
    FalTable *table = fal_call_table(call);
    gint64 hits = 0;
    double ndcg, auc;

    for (int i = 0; i < check->n; i++)
        hits += check->row[i].held_out > 0;
    fal_table_figure_int(table, "held", check->n_held);
    fal_table_figure_int(table, "hits", hits);
    fal_table_figure_real(table, "auc", check->model.auc);
    fal_table_figure_real(table, "precision", check->model.precision);
    fal_table_figure_real(table, "recall", check->model.recall);
    fal_table_figure_real(table, "ndcg", check->model.ndcg);
    fal_table_figure_real(table, "percentile", check->model.percentile);
    fal_table_figure_real(table, "popular_auc", check->popular.auc);
    fal_table_figure_real(table, "popular_precision", check->popular.precision);
    fal_table_figure_real(table, "popular_recall", check->popular.recall);
    fal_table_figure_real(table, "popular_ndcg", check->popular.ndcg);
    fal_table_figure_real(table, "popular_percentile", check->popular.percentile);
    check_standing(session, check, k, &ndcg, &auc);
    if (!isnan(ndcg))
        fal_table_figure_real(table, "ndcg_share", ndcg);
    if (!isnan(auc))
        fal_table_figure_real(table, "auc_share", auc);
}

static void
check_row(FalTable *table, FalDataset *dataset, const FalCheckRow *row)
{
    g_autofree char *name = fal_artist_label(dataset, row->artist);

    fal_table_row(table, FAL_SUBJECT_ARTIST, row->artist);
    fal_table_int(table, row->rank);
    fal_table_int(table, fal_dataset_artist_id(dataset, row->artist));
    fal_table_text(table, name);
    fal_table_real(table, row->score);
    if (row->held_out > 0)
        fal_table_int(table, row->held_out);
    else
        fal_table_null(table);
    fal_table_int(table, row->popular_rank);
}

/* The list, and behind it what else is held out where that is asked for. */
static void
fill_check(FalCall *call, const FalCheck *check, int k)
{
    FalDataset *dataset = fal_session_dataset(fal_call_session(call));
    FalTable *table = fal_call_table(call);

    for (int i = 0; i < check->n; i++)
        check_row(table, dataset, &check->row[i]);
    for (gint64 h = 0; h < check->n_held && fal_call_flag(call, "missed"); h++)
        if (check->held[h].rank > check->n)
            check_row(table, dataset, &check->held[h]);
    check_figures(call, check, k);
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
    fill_check(call, check, check_length(call));
    return TRUE;
}

static gboolean
run_check(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    static const char *const of_you[] = {"share", "seed"};
    int k = check_length(call);

    if (fal_call_is_you(call, 0))
        return check_you(call, error);
    for (gsize i = 0; i < G_N_ELEMENTS(of_you); i++) {
        if (fal_call_given(call, of_you[i])) {
            fal_call_blame_key(call, of_you[i]);
            g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                        "%s belongs to check you: what users have held out is chosen by split",
                        of_you[i]);
            return FALSE;
        }
    }
    gint32 user = fal_call_user(call, 0, error);
    if (user < 0)
        return FALSE;
    g_autoptr(FalCheck) check = fal_check_user(fal_session_model(session),
                                               fal_session_held_out(session), user, k, error);
    if (!check)
        return FALSE;
    fill_check(call, check, k);
    fal_table_figure_int(fal_call_table(call), "user",
                         fal_dataset_user_id(fal_session_dataset(session), user));
    return TRUE;
}

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
    {.name = "user", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the user's id; none for you"},
    {.name = "held", .type = FAL_CELL_INT, .help = "held-out artists of the user"},
    {.name = "hits", .type = FAL_CELL_INT, .help = "those in the list"},
    FIGURE("auc", "this user's"),
    FIGURE("precision", "this user's, for the length of the list"),
    FIGURE("recall", "likewise"),
    FIGURE("ndcg", "likewise"),
    FIGURE("percentile", "mean place of the held-out plays: 0 the top of the list, 0.5 chance"),
    FIGURE("popular_auc", "what the list of most listened artists reaches for this user"),
    FIGURE("popular_precision", "likewise"),
    FIGURE("popular_recall", "likewise"),
    FIGURE("popular_ndcg", "likewise"),
    FIGURE("popular_percentile", "likewise"),
    {.name = "ndcg_share", .type = FAL_CELL_REAL, .digits = 3, .flags = FAL_COLUMN_SHARE,
     .help = "share of the users of the last evaluate with a lower ndcg, for lists as long"},
    {.name = "auc_share", .type = FAL_CELL_REAL, .digits = 3, .flags = FAL_COLUMN_SHARE,
     .help = "share of them with a lower auc"},
    {.name = NULL},
};

static const FalKeySpec check_keys[] = {
    FAL_KEY_ROWS("10"),
    {.name = "missed", .type = FAL_KEY_FLAG, .fallback = "no",
     .help = "list the held-out artists that are further down, too, with their ranks"},
    {.name = "share", .type = FAL_KEY_REAL, .min = 0, .above_min = TRUE, .max = 0.9,
     .fallback = "0.2", .help = "of your artists that is held out, with check you"},
    FAL_KEY_SEED("of the choice of what is held out, with check you"),
    {.name = NULL},
};

const FalCommand fal_commands_check[] = {
    {.name = "check", .group = "explore",
     .summary = "spot-check a user's recommendations, or yours",
     .help = "Recommends as recommend does, marks what the user really played among the "
             "held-out plays, and gives the user's own figures beside those of the list of most "
             "listened artists. After evaluate it also tells where the user stands among all. Of "
             "your own artists a share is held out, chosen by the seed, and what is recommended "
             "comes of the others alone.",
     .example = "check 1006156", .words = {{FAL_WORD_USER, "USER|you", FALSE, NULL}},
     .keys = check_keys, .columns = check_columns, .figures = check_figure_columns,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL | FAL_NEEDS_HELD_OUT | FAL_TAKES_YOU,
     .run = run_check},
    {.name = NULL},
};
