/* Commands that ask the model: similar, recommend, explain, listeners, neighbours.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <stdlib.h>

#include "base/error.h"
#include "data/bare.h"
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
    if (n == 0 && !fal_dataset_is_bare(fal_model_dataset(model)) && fal_csr_count(fal_plays_by_artist(fal_model_train(model)), artist) == 0) {
        g_autofree char *name = fal_artist_label(fal_session_dataset(session), artist);
        fal_table_note(
            fal_call_table(call),
            g_strdup_printf("all plays of %s are held out, so the model knows nothing of it",
                            name));
    }
    return TRUE;
}

/* Your artists, folded in, and their plays (may be NULL). */
static FalFoldIn *
fold_in_you(FalCall *call, const guint32 **plays, GError **error)
{
    FalYou *you = fal_call_you(call, error);
    const gint32 *artists;
    const guint32 *counts;

    if (!you)
        return NULL;
    gint64 n = fal_you_rows(you, &artists, &counts);
    if (plays)
        *plays = counts;
    return fal_fold_in_new(fal_session_model(fal_call_session(call)), artists, counts, n,
                           error);
}

static gboolean
recommend_you(FalCall *call, GError **error)
{
    g_autoptr(FalFoldIn) fold = fold_in_you(call, NULL, error);
    int n = rows_wanted(call);

    if (!fold)
        return FALSE;
    g_autofree FalTop *top = g_new(FalTop, (gsize)n + 1);
    n = fal_fold_in_recommend(fold, n, fal_call_flag(call, "known"), top);
    fill_top(call, top, n);
    return TRUE;
}

/* Nobody knows what to leave out. */
static void
note_bare(FalCall *call, const char *who)
{
    if (fal_dataset_is_bare(fal_session_dataset(fal_call_session(call))))
        fal_table_note(fal_call_table(call),
                       g_strdup_printf("there is only the model, without its plays: %s", who));
}

static gboolean
run_recommend(FalCall *call, GError **error)
{
    if (fal_call_is_you(call, 0))
        return recommend_you(call, error);
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
    if (!fal_model_knows_user(model, user))
        fal_table_note(fal_call_table(call),
                       g_strdup("the model has no factors of this user, who was not among those "
                                "that it was trained on, or of whom lambda left nothing"));
    else if (!fal_call_flag(call, "known"))
        note_bare(call, "what the user plays is listed, too");
    return TRUE;
}

/* --- explain --- */

/* A listener whose score is explained: a user of the data set, or you. */
typedef struct {
    gint32 user; /* -1: you */
    FalFoldIn *fold;
    const guint32 *plays; /* of the artists that were folded in */
} Explained;

typedef struct {
    gint64 entry; /* of these artists */
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

static gboolean
explained_init(Explained *who, FalCall *call, GError **error)
{
    FalModel *model = fal_session_model(fal_call_session(call));
    const FalCsr *csr = fal_plays_by_user(fal_model_train(model));

    *who = (Explained){.user = -1};
    if (fal_call_is_you(call, 0)) {
        who->fold = fold_in_you(call, &who->plays, error);
        return who->fold != NULL;
    }
    who->user = fal_call_user(call, 0, error);
    if (who->user < 0)
        return FALSE;
    if (fal_dataset_is_bare(fal_model_dataset(model))) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_DATA,
                            "explain needs a user's plays, and there is only a model: load its "
                            "data, then open it again");
        return FALSE;
    }
    who->plays = csr->plays + csr->start[who->user];
    who->fold = fal_fold_in_new_user(model, who->user, error);
    return who->fold != NULL;
}

static void
fill_shares(FalCall *call, const Explained *who, const Share *share, gint64 n)
{
    FalDataset *dataset = fal_session_dataset(fal_call_session(call));
    FalTable *table = fal_call_table(call);
    gint64 all;
    const gint32 *artists = fal_fold_in_artists(who->fold, &all);

    for (gint64 i = 0; i < n; i++) {
        gint32 artist = artists[share[i].entry];
        g_autofree char *name = fal_artist_label(dataset, artist);
        fal_table_row(table, FAL_SUBJECT_ARTIST, artist);
        fal_table_int(table, fal_dataset_artist_id(dataset, artist));
        fal_table_text(table, name);
        fal_table_int(table, who->plays[share[i].entry]);
        fal_table_real(table, share[i].contribution);
    }
}

static void
fill_explanation(FalCall *call, const Explained *who, gint32 artist)
{
    FalModel *model = fal_session_model(fal_call_session(call));
    FalDataset *dataset = fal_model_dataset(model);
    FalTable *table = fal_call_table(call);
    gint64 n, wanted = rows_wanted(call);
    double sum, rest = 0;

    fal_fold_in_artists(who->fold, &n);
    g_autofree double *contributions = g_new(double, (gsize)n + 1);
    g_autofree Share *share = g_new(Share, (gsize)n + 1);
    sum = fal_fold_in_explain(who->fold, artist, contributions);
    for (gint64 i = 0; i < n; i++)
        share[i] = (Share){i, contributions[i]};
    qsort(share, (gsize)n, sizeof *share, compare_shares);
    fill_shares(call, who, share, MIN(n, wanted));
    for (gint64 i = MIN(n, wanted); i < n; i++)
        rest += share[i].contribution;

    double score = who->user < 0 ? fal_fold_in_score(who->fold, artist)
                                 : fal_model_score(model, who->user, artist);
    g_autofree char *name = fal_artist_label(dataset, artist);
    if (who->user >= 0)
        fal_table_figure_int(table, "user", fal_dataset_user_id(dataset, who->user));
    fal_table_figure_int(table, "artist", fal_dataset_artist_id(dataset, artist));
    fal_table_figure_text(table, "artist_name", name);
    fal_table_figure_real(table, "score", score);
    fal_table_figure_real(table, "explained", sum);
    fal_table_figure_real(table, "others", rest);
    fal_table_figure_real(table, "residual", score - sum);
    if (n == 0)
        fal_table_note(table,
                       g_strdup("all plays of this user are held out, so nothing carries "
                                "the score"));
}

/* Where among the n artists (rising) an artist is, -1: nowhere. */
static gint64
find_artist(const gint32 *artists, gint64 n, gint32 artist)
{
    for (gint64 i = 0; i < n; i++)
        if (artists[i] == artist)
            return i;
    return -1;
}

/* The artist's place, from 1, among those that the listener does not play, itself included, by
 * the scores of fold; artists of `who` count as played whatever fold was made of. */
static gint64
rank_in(const Explained *who, const FalFoldIn *fold, const FalDataset *dataset, gint32 artist)
{
    gint64 n, at = 0, rank = 1;
    const gint32 *played = fal_fold_in_artists(who->fold, &n);
    float score = fal_fold_in_score(fold, artist);

    for (gint32 other = 0; other < fal_dataset_n_artists(dataset); other++) {
        while (at < n && played[at] < other)
            at++;
        if ((at < n && played[at] == other) || other == artist)
            continue;
        float theirs = fal_fold_in_score(fold, other);
        rank += theirs > score || (theirs == score && fal_dataset_artist_id(dataset, other) <
                                                          fal_dataset_artist_id(dataset, artist));
    }
    return rank;
}

/* Solves the listener again without one of the artists: what would have become of the score. */
static gboolean
fill_without(FalCall *call, const Explained *who, gint32 artist, GError **error)
{
    FalModel *model = fal_session_model(fal_call_session(call));
    FalDataset *dataset = fal_model_dataset(model);
    FalTable *table = fal_call_table(call);
    gint64 n;
    const gint32 *artists = fal_fold_in_artists(who->fold, &n);
    gint32 without = fal_resolve_artist(dataset, fal_call_text(call, "without"), error);

    fal_call_blame_key(call, "without");
    if (without < 0)
        return FALSE;
    g_autofree char *name = fal_artist_label(dataset, without);
    gint64 at = find_artist(artists, n, without);
    if (at < 0) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "%s is not among the training plays of this listener, so that it carries "
                    "nothing: explain without it lists what does",
                    name);
        return FALSE;
    }
    g_autofree gint32 *rows = g_new(gint32, (gsize)n);
    g_autofree guint32 *plays = g_new(guint32, (gsize)n);
    for (gint64 i = 0; i < n - 1; i++) {
        rows[i] = artists[i + (i >= at)];
        plays[i] = who->plays[i + (i >= at)];
    }
    g_autoptr(FalFoldIn) fold = fal_fold_in_new(model, rows, plays, n - 1, error);
    if (!fold)
        return FALSE;
    fal_table_figure_int(table, "rank", rank_in(who, who->fold, dataset, artist));
    fal_table_figure_int(table, "without", fal_dataset_artist_id(dataset, without));
    fal_table_figure_text(table, "without_name", name);
    fal_table_figure_real(table, "without_score", fal_fold_in_score(fold, artist));
    fal_table_figure_int(table, "without_rank", rank_in(who, fold, dataset, artist));
    return TRUE;
}

static gboolean
run_explain(FalCall *call, GError **error)
{
    Explained who;
    gint32 artist = -1;
    gboolean done = FALSE;

    if (explained_init(&who, call, error) && (artist = fal_call_artist(call, 1, error)) >= 0) {
        fill_explanation(call, &who, artist);
        done = !fal_call_given(call, "without") || fill_without(call, &who, artist, error);
    }
    g_clear_pointer(&who.fold, fal_fold_in_free);
    return done;
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
    note_bare(call, "who plays the artist is listed, too");
    return TRUE;
}

static void
fill_neighbours(FalCall *call, const FalTop *top, int n, const gint32 *artists,
                gint64 n_artists)
{
    FalModel *model = fal_session_model(fal_call_session(call));
    FalTable *table = fal_call_table(call);
    gboolean bare = fal_dataset_is_bare(fal_model_dataset(model));

    for (int i = 0; i < n; i++) {
        fal_table_row(table, FAL_SUBJECT_USER, top[i].row);
        fal_table_int(table, i + 1);
        fal_table_int(table, fal_dataset_user_id(fal_model_dataset(model), top[i].row));
        fal_table_real(table, top[i].score);
        if (bare)
            fal_table_null(table);
        else
            fal_table_int(table,
                          fal_model_shared_of(model, top[i].row, artists, n_artists));
    }
}

static gboolean
neighbours_of_you(FalCall *call, GError **error)
{
    FalModel *model = fal_session_model(fal_call_session(call));
    g_autoptr(FalFoldIn) fold = fold_in_you(call, NULL, error);
    int n = users_wanted(call);
    gint64 n_artists;

    if (!fold)
        return FALSE;
    g_autofree FalTop *top = g_new(FalTop, (gsize)n + 1);
    const gint32 *artists = fal_fold_in_artists(fold, &n_artists);
    n = fal_model_near(model, fal_fold_in_factors(fold), n, top);
    fill_neighbours(call, top, n, artists, n_artists);
    return TRUE;
}

static gboolean
run_neighbours(FalCall *call, GError **error)
{
    if (fal_call_is_you(call, 0))
        return neighbours_of_you(call, error);
    FalModel *model = fal_session_model(fal_call_session(call));
    const FalCsr *csr = fal_plays_by_user(fal_model_train(model));
    gint32 user = fal_call_user(call, 0, error);
    int n = users_wanted(call);

    if (user < 0)
        return FALSE;
    g_autofree FalTop *top = g_new(FalTop, (gsize)n + 1);
    n = fal_model_neighbours(model, user, n, top);
    fill_neighbours(call, top, n, csr->col + csr->start[user], fal_csr_count(csr, user));
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
    {.name = "user",
     .type = FAL_CELL_INT,
     .flags = FAL_COLUMN_ID,
     .help = "the user's id; none for you"},
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
    {.name = "rank", .type = FAL_CELL_INT,
     .help = "with without: the artist's place among those not played, by the exact solution"},
    {.name = "without", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID,
     .help = "the id of the artist that was taken away"},
    {.name = "without_name", .type = FAL_CELL_TEXT, .help = "its name"},
    {.name = "without_score", .type = FAL_CELL_REAL,
     .help = "the score when the user is solved again without it; explained is that with it"},
    {.name = "without_rank", .type = FAL_CELL_INT, .help = "the artist's place then"},
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
static const FalKeySpec explain_keys[] = {
    FAL_KEY_ROWS("10"),
    {.name = "without", .type = FAL_KEY_TEXT, .fallback = "ARTIST",
     .help = "solve the user again without this one of their artists: the score and rank then; a "
             "name with blanks stands in quotes"},
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
     .summary = "what the model recommends to USER, or to you",
     .help = "Lists the artists with the highest score for a user, without those that the user "
             "has in the training plays. The list is exact: every artist was considered. A score "
             "is about 1 for what the user plays, and about 0 for what would be no use. you "
             "stands for your own artists (see you), whose factors are solved exactly against "
             "the artists', as if you had been there in training.",
     .example = "recommend 1006156",
     .words = {{FAL_WORD_USER, "USER|you", FALSE, NULL}},
     .keys = recommend_keys,
     .columns = recommend_columns,
     .figures = recommend_figures,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL | FAL_TAKES_YOU,
     .run = run_recommend},
    {.name = "explain",
     .group = "explore",
     .summary = "what carries the score of ARTIST for USER",
     .help =
         "Lists the user's artists by what their plays add to the score. The user is solved "
         "exactly against the artists' factors, where the score is a sum over the user's "
         "artists; what is left between that and the score as trained is the residual. "
         "without=ARTIST takes one of them away and solves again, so that the claim checks itself.",
     .example = "explain 1006156 Radiohead n=5",
     .words = {{FAL_WORD_USER, "USER|you", FALSE, NULL},
               {FAL_WORD_ARTIST, "ARTIST", FALSE, NULL}},
     .keys = explain_keys,
     .columns = explain_columns,
     .figures = explain_figures,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL | FAL_TAKES_YOU,
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
     .words = {{FAL_WORD_USER, "USER|you", FALSE, NULL}},
     .keys = ten_keys,
     .columns = neighbours_columns,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL | FAL_TAKES_YOU,
     .run = run_neighbours},
    {.name = NULL},
};
