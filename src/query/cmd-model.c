/* Commands that ask the model: similar, recommend, explain, listeners, neighbours.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <stdlib.h>

#include "base/error.h"
#include "model/foldin.h"
#include "query/resolve.h"

static void
fill_top(FalCall *call, const FalTop *top, int n)
{
    FalDataset *dataset = fal_session_dataset(fal_call_session(call));
    FalTable *table = fal_call_table(call);

    for (int i = 0; i < n; i++) {
        g_autofree char *name = fal_artist_label(dataset, top[i].row);
        fal_table_row(table, FAL_SUBJECT_ARTIST, top[i].row);
        fal_table_int(table, i + 1);
        fal_table_int(table, fal_dataset_artist_id(dataset, top[i].row));
        fal_table_text(table, name);
        fal_table_real(table, top[i].score);
        fal_table_int(table, fal_dataset_listeners(dataset, top[i].row));
    }
}

static int
rows_wanted(FalCall *call)
{
    gint64 n = fal_call_int(call, "n");
    gint32 all = fal_dataset_n_artists(fal_session_dataset(fal_call_session(call)));

    return n == 0 || n > all ? all : (int)n;
}

static gboolean
run_similar(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    FalModel *model = fal_session_model(session);
    gint32 artist = fal_call_artist(call, 0, error);
    int n = rows_wanted(call);

    if (artist < 0)
        return FALSE;
    g_autofree FalTop *top = g_new(FalTop, (gsize)n + 1);
    n = fal_model_similar(model, artist, n, top);
    fill_top(call, top, n);
    if (n == 0 && fal_csr_count(fal_plays_by_artist(fal_model_train(model)), artist) == 0) {
        g_autofree char *name = fal_artist_label(fal_session_dataset(session), artist);
        fal_table_note(
            fal_call_table(call),
            g_strdup_printf("all plays of %s are held out, so the model knows nothing of it",
                            name));
    }
    return TRUE;
}

static gboolean
run_recommend(FalCall *call, GError **error)
{
    FalModel *model = fal_session_model(fal_call_session(call));
    gint32 user = fal_call_user(call, 0, error);
    int n = rows_wanted(call);

    if (user < 0)
        return FALSE;
    g_autofree FalTop *top = g_new(FalTop, (gsize)n + 1);
    n = fal_model_recommend(model, user, n, fal_call_flag(call, "known"), top);
    fill_top(call, top, n);
    fal_table_figure_int(fal_call_table(call), "user",
                         fal_dataset_user_id(fal_model_dataset(model), user));
    return TRUE;
}

/* --- explain --- */

typedef struct {
    gint64 entry; /* of the user's training plays */
    double contribution;
} Share;

static int
compare_shares(const void *a, const void *b)
{
    const Share *x = a, *y = b;

    if (x->contribution != y->contribution)
        return x->contribution > y->contribution ? -1 : 1;
    return x->entry < y->entry ? -1 : 1;
}

static void
fill_shares(FalCall *call, gint32 user, const Share *share, gint64 n)
{
    FalModel *model = fal_session_model(fal_call_session(call));
    FalDataset *dataset = fal_model_dataset(model);
    const FalCsr *csr = fal_plays_by_user(fal_model_train(model));
    FalTable *table = fal_call_table(call);

    for (gint64 i = 0; i < n; i++) {
        gint64 entry = csr->start[user] + share[i].entry;
        gint32 artist = csr->col[entry];
        g_autofree char *name = fal_artist_label(dataset, artist);
        fal_table_row(table, FAL_SUBJECT_ARTIST, artist);
        fal_table_int(table, fal_dataset_artist_id(dataset, artist));
        fal_table_text(table, name);
        fal_table_int(table, csr->plays[entry]);
        fal_table_real(table, share[i].contribution);
    }
}

static gboolean
run_explain(FalCall *call, GError **error)
{
    FalModel *model = fal_session_model(fal_call_session(call));
    gint32 user = fal_call_user(call, 0, error);
    gint32 artist = user < 0 ? -1 : fal_call_artist(call, 1, error);
    gint64 n, wanted = rows_wanted(call);
    double sum, rest = 0;

    if (artist < 0)
        return FALSE;
    g_autoptr(FalFoldIn) fold = fal_fold_in_new_user(model, user, error);
    if (!fold)
        return FALSE;
    fal_fold_in_artists(fold, &n);
    g_autofree double *contributions = g_new(double, (gsize)n + 1);
    g_autofree Share *share = g_new(Share, (gsize)n + 1);
    sum = fal_fold_in_explain(fold, artist, contributions);
    for (gint64 i = 0; i < n; i++)
        share[i] = (Share){i, contributions[i]};
    qsort(share, (gsize)n, sizeof *share, compare_shares);
    fill_shares(call, user, share, MIN(n, wanted));
    for (gint64 i = MIN(n, wanted); i < n; i++)
        rest += share[i].contribution;

    FalTable *table = fal_call_table(call);
    double score = fal_model_score(model, user, artist);
    g_autofree char *name = fal_artist_label(fal_model_dataset(model), artist);
    fal_table_figure_int(table, "user", fal_dataset_user_id(fal_model_dataset(model), user));
    fal_table_figure_int(table, "artist",
                         fal_dataset_artist_id(fal_model_dataset(model), artist));
    fal_table_figure_text(table, "artist_name", name);
    fal_table_figure_real(table, "score", score);
    fal_table_figure_real(table, "explained", sum);
    fal_table_figure_real(table, "others", rest);
    fal_table_figure_real(table, "residual", score - sum);
    if (n == 0)
        fal_table_note(table,
                       g_strdup("all plays of this user are held out, so nothing carries "
                                "the score"));
    return TRUE;
}

/* --- users --- */

static int
users_wanted(FalCall *call)
{
    gint64 n = fal_call_int(call, "n");
    gint32 all = fal_dataset_n_users(fal_session_dataset(fal_call_session(call)));

    return n == 0 || n > all ? all : (int)n;
}

static gboolean
run_listeners(FalCall *call, GError **error)
{
    FalModel *model = fal_session_model(fal_call_session(call));
    gint32 artist = fal_call_artist(call, 0, error);
    int n = users_wanted(call);
    FalTable *table;

    if (artist < 0)
        return FALSE;
    g_autofree FalTop *top = g_new(FalTop, (gsize)n + 1);
    n = fal_model_listeners(model, artist, n, top);
    table = fal_call_table(call);
    for (int i = 0; i < n; i++) {
        fal_table_row(table, FAL_SUBJECT_USER, top[i].row);
        fal_table_int(table, i + 1);
        fal_table_int(table, fal_dataset_user_id(fal_model_dataset(model), top[i].row));
        fal_table_real(table, top[i].score);
    }
    return TRUE;
}

static gboolean
run_neighbours(FalCall *call, GError **error)
{
    FalModel *model = fal_session_model(fal_call_session(call));
    gint32 user = fal_call_user(call, 0, error);
    int n = users_wanted(call);
    FalTable *table;

    if (user < 0)
        return FALSE;
    g_autofree FalTop *top = g_new(FalTop, (gsize)n + 1);
    n = fal_model_neighbours(model, user, n, top);
    table = fal_call_table(call);
    for (int i = 0; i < n; i++) {
        fal_table_row(table, FAL_SUBJECT_USER, top[i].row);
        fal_table_int(table, i + 1);
        fal_table_int(table, fal_dataset_user_id(fal_model_dataset(model), top[i].row));
        fal_table_real(table, top[i].score);
        fal_table_int(table, fal_model_shared(model, user, top[i].row));
    }
    return TRUE;
}

#define TOP_COLUMNS(score_name, score_help)                                                    \
    {.name = "rank", .type = FAL_CELL_INT, .help = "1 for the best"},                          \
        {.name = "id",                                                                         \
         .type = FAL_CELL_INT,                                                                 \
         .flags = FAL_COLUMN_ID,                                                               \
         .help = "the artist's id"},                                                           \
        {.name = "name", .type = FAL_CELL_TEXT, .help = "the artist"},                         \
        {.name = score_name,                                                                   \
         .type = FAL_CELL_REAL,                                                                \
         .flags = FAL_COLUMN_BAR | FAL_COLUMN_FLOAT,                                           \
         .help = score_help},                                                                  \
    {                                                                                          \
        .name = "listeners", .type = FAL_CELL_INT, .help = "users who played the artist"       \
    }

static const FalColumn similar_columns[] = {
    TOP_COLUMNS("cosine", "cosine of the two artists' factors: 1 for the same direction"),
    {.name = NULL},
};
static const FalColumn recommend_columns[] = {
    TOP_COLUMNS("score",
                "inner product of the user's and the artist's factors: about 1 for what "
                "the user plays, about 0 for the rest"),
    {.name = NULL},
};
static const FalColumn recommend_figures[] = {
    {.name = "user", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the user's id"},
    {.name = NULL},
};
static const FalColumn explain_columns[] = {
    {.name = "id", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the artist's id"},
    {.name = "name", .type = FAL_CELL_TEXT, .help = "an artist that the user plays"},
    {.name = "plays", .type = FAL_CELL_INT, .help = "how often, in the training plays"},
    {.name = "contribution",
     .type = FAL_CELL_REAL,
     .flags = FAL_COLUMN_BAR,
     .help = "what these plays add to the score"},
    {.name = NULL},
};
static const FalColumn explain_figures[] = {
    {.name = "user", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the user's id"},
    {.name = "artist",
     .type = FAL_CELL_INT,
     .flags = FAL_COLUMN_ID,
     .help = "the id of the artist whose score is explained"},
    {.name = "artist_name", .type = FAL_CELL_TEXT, .help = "its name"},
    {.name = "score", .type = FAL_CELL_REAL, .help = "the score, as recommend shows it"},
    {.name = "explained",
     .type = FAL_CELL_REAL,
     .help = "the sum of all contributions: the score that solving the user exactly gives"},
    {.name = "others",
     .type = FAL_CELL_REAL,
     .help = "the sum of the contributions that are not listed"},
    {.name = "residual",
     .type = FAL_CELL_REAL,
     .help = "the score less its explanation: what the training left unsolved"},
    {.name = NULL},
};
static const FalColumn listeners_columns[] = {
    {.name = "rank", .type = FAL_CELL_INT, .help = "1 for the best"},
    {.name = "user", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the user's id"},
    {.name = "score",
     .type = FAL_CELL_REAL,
     .flags = FAL_COLUMN_BAR | FAL_COLUMN_FLOAT,
     .help = "inner product of the user's and the artist's factors"},
    {.name = NULL},
};
static const FalColumn neighbours_columns[] = {
    {.name = "rank", .type = FAL_CELL_INT, .help = "1 for the nearest"},
    {.name = "user", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the user's id"},
    {.name = "cosine",
     .type = FAL_CELL_REAL,
     .flags = FAL_COLUMN_BAR | FAL_COLUMN_FLOAT,
     .help = "cosine of the two users' factors: 1 for the same direction"},
    {.name = "shared",
     .type = FAL_CELL_INT,
     .help = "artists that both play, in the training plays"},
    {.name = NULL},
};
static const FalKeySpec ten_keys[] = {FAL_KEY_ROWS("10"), {.name = NULL}};
static const FalKeySpec recommend_keys[] = {
    FAL_KEY_ROWS("10"),
    {.name = "known",
     .type = FAL_KEY_FLAG,
     .fallback = "no",
     .help = "list artists that the model was trained to know the user plays, too"},
    {.name = NULL},
};

const FalCommand fal_commands_model[] = {
    {.name = "similar",
     .group = "explore",
     .summary = "the artists most like ARTIST",
     .help =
         "Lists the artists whose factors point most nearly the same way (cosine), exactly, "
         "over all artists.",
     .example = "similar Radiohead n=5",
     .words = {{FAL_WORD_ARTIST, "ARTIST", FALSE, NULL}},
     .keys = ten_keys,
     .columns = similar_columns,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL,
     .run = run_similar},
    {.name = "recommend",
     .group = "explore",
     .summary = "what the model recommends to USER",
     .help = "Lists the artists with the highest score for a user, without those that the user "
             "has in the training plays. The list is exact: every artist was considered.",
     .example = "recommend 1006156",
     .words = {{FAL_WORD_USER, "USER", FALSE, NULL}},
     .keys = recommend_keys,
     .columns = recommend_columns,
     .figures = recommend_figures,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL,
     .run = run_recommend},
    {.name = "explain",
     .group = "explore",
     .summary = "what carries the score of ARTIST for USER",
     .help =
         "Lists the user's artists by what their plays add to the score. The user is solved "
         "exactly against the artists' factors, where the score is a sum over the user's "
         "artists; what is left between that and the score as trained is the residual.",
     .example = "explain 1006156 Radiohead n=5",
     .words = {{FAL_WORD_USER, "USER", FALSE, NULL}, {FAL_WORD_ARTIST, "ARTIST", FALSE, NULL}},
     .keys = ten_keys,
     .columns = explain_columns,
     .figures = explain_figures,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL,
     .run = run_explain},
    {.name = "listeners",
     .group = "explore",
     .summary = "who might like ARTIST and does not know it",
     .help = "Lists the users with the highest score for an artist, without those that have it "
             "in the training plays.",
     .example = "listeners Radiohead n=5",
     .words = {{FAL_WORD_ARTIST, "ARTIST", FALSE, NULL}},
     .keys = ten_keys,
     .columns = listeners_columns,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL,
     .run = run_listeners},
    {.name = "neighbours",
     .group = "explore",
     .summary = "the users most like USER",
     .help = "Lists the users whose factors point most nearly the same way (cosine), and how "
             "many artists they share.",
     .example = "neighbours 1006156 n=5",
     .words = {{FAL_WORD_USER, "USER", FALSE, NULL}},
     .keys = ten_keys,
     .columns = neighbours_columns,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL,
     .run = run_neighbours},
    {.name = NULL},
};
