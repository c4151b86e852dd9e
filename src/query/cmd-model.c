/* Commands that ask the model: similar, recommend.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include "base/error.h"
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
    TOP_COLUMNS("score", "inner product of the user's and the artist's factors: about 1 for what "
                         "the user plays, about 0 for the rest"),
    {.name = NULL},
};
static const FalColumn recommend_figures[] = {
    {.name = "user", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the user's id"},
    {.name = NULL},
};
static const FalKeySpec similar_keys[] = {FAL_KEY_ROWS("10"), {.name = NULL}};
static const FalKeySpec recommend_keys[] = {
    FAL_KEY_ROWS("10"),
    {.name = "known", .type = FAL_KEY_FLAG, .fallback = "no",
     .help = "list artists that the model was trained to know the user plays, too"},
    {.name = NULL},
};

const FalCommand fal_commands_model[] = {
    {.name = "similar", .group = "explore", .summary = "the artists most like ARTIST",
     .help = "Lists the artists whose factors point most nearly the same way (cosine), exactly, "
             "over all artists.",
     .example = "similar Radiohead n=5", .words = {{FAL_WORD_ARTIST, "ARTIST", FALSE, NULL}},
     .keys = similar_keys, .columns = similar_columns,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL, .run = run_similar},
    {.name = "recommend", .group = "explore", .summary = "what the model recommends to USER",
     .help = "Lists the artists with the highest score for a user, without those that the user "
             "has in the training plays. The list is exact: every artist was considered.",
     .example = "recommend 1000001", .words = {{FAL_WORD_USER, "USER", FALSE, NULL}},
     .keys = recommend_keys, .columns = recommend_columns, .figures = recommend_figures,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL, .run = run_recommend},
    {.name = NULL},
};
