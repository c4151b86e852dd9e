/* A listener's profile: how much they listen, what the model recommends and how that stands
 * against what was held out, what they play most.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/profile.h"

#include <stdlib.h>

#include "base/text.h"
#include "data/bare.h"
#include "query/resolve.h"

#define METRICS_K 10

static const FalColumn recommended_columns[] = {
    {.name = "rank", .type = FAL_CELL_INT},
    {.name = "artist", .type = FAL_CELL_TEXT},
    {.name = "score", .type = FAL_CELL_REAL, .digits = 3, .flags = FAL_COLUMN_BAR},
    {.name = "held", .type = FAL_CELL_INT},
    {.name = "listeners", .type = FAL_CELL_INT},
    {.name = NULL},
};

static const FalColumn played_columns[] = {
    {.name = "plays", .type = FAL_CELL_INT},
    {.name = "artist", .type = FAL_CELL_TEXT},
    {.name = NULL},
};

static const FalColumn held_columns[] = {
    {.name = "plays", .type = FAL_CELL_INT},
    {.name = "artist", .type = FAL_CELL_TEXT},
    {.name = "ranked", .type = FAL_CELL_INT},
    {.name = "listeners", .type = FAL_CELL_INT},
    {.name = NULL},
};

static const FalColumn neighbour_columns[] = {
    {.name = "rank", .type = FAL_CELL_INT},
    {.name = "listener", .type = FAL_CELL_TEXT},
    {.name = "cosine", .type = FAL_CELL_REAL, .digits = 3, .flags = FAL_COLUMN_BAR},
    {.name = "shared", .type = FAL_CELL_INT},
    {.name = NULL},
};

static FalTable *
recommended_table(FalSession *session, gint32 user, int depth)
{
    FalTable *table = fal_table_new("recommend", recommended_columns, NULL);
    FalDataset *dataset = fal_session_dataset(session);
    FalModel *model = fal_session_model(session);
    FalPlays *held = fal_session_held_out(session);
    g_autofree FalTop *top = g_new(FalTop, depth);
    int n = model ? fal_model_recommend(model, user, depth, FALSE, top) : 0;

    for (int i = 0; i < n; i++) {
        fal_profile_add_ranked(table, dataset, FAL_SUBJECT_ARTIST, i + 1, &top[i]);
        if (held)
            fal_table_int(table, fal_csr_find(fal_plays_by_user(held), user, top[i].row));
        else
            fal_table_null(table);
        fal_table_int(table, fal_dataset_listeners(dataset, top[i].row));
    }
    return table;
}

typedef struct {
    guint32 plays;
    gint32 artist;
    gint64 rank; /* among the candidates by score; 0: not known */
} Played;

static int
compare_played(const void *a, const void *b)
{
    const Played *x = a, *y = b;

    if (x->plays != y->plays)
        return x->plays > y->plays ? -1 : 1;
    return x->artist - y->artist;
}

/* A user's row of csr, as it comes. */
static Played *
played_in(const FalCsr *csr, gint32 user, gint64 *n)
{
    gint64 start = csr->start[user];
    Played *all;

    *n = fal_csr_count(csr, user);
    all = g_new(Played, (gsize)*n + 1);
    for (gint64 i = 0; i < *n; i++)
        all[i] = (Played){csr->plays[start + i], csr->col[start + i], 0};
    return all;
}

static FalTable *
played_table(FalDataset *dataset, gint32 user, int depth)
{
    FalTable *table = fal_table_new("user", played_columns, NULL);
    gint64 n;
    g_autofree Played *all = played_in(fal_plays_by_user(fal_dataset_plays(dataset)), user, &n);

    qsort(all, (gsize)n, sizeof *all, compare_played);
    if (depth <= FAL_DEEP)
        n = MIN(n, depth);
    for (gint64 i = 0; i < n; i++) {
        g_autofree char *name = fal_artist_label(dataset, all[i].artist);
        fal_table_row(table, FAL_SUBJECT_ARTIST, all[i].artist);
        fal_table_int(table, all[i].plays);
        fal_table_text(table, name);
    }
    return table;
}

/* Where the model ranks each held-out artist. */
static void
rank_held(FalModel *model, FalPlays *held, gint32 user, Played *all, gint64 n)
{
    g_autofree gint64 *rank = g_new(gint64, (gsize)n + 1);

    fal_check_ranks(model, held, user, rank);
    for (gint64 i = 0; i < n; i++)
        all[i].rank = rank[i];
}

static FalTable *
held_table(FalSession *session, FalPlays *held, gint32 user, gboolean quick)
{
    FalTable *table = fal_table_new("check", held_columns, NULL);
    FalDataset *dataset = fal_session_dataset(session);
    gint64 n;
    g_autofree Played *all = played_in(fal_plays_by_user(held), user, &n);

    if (!quick)
        rank_held(fal_session_model(session), held, user, all, n);
    qsort(all, (gsize)n, sizeof *all, compare_played);
    for (gint64 i = 0; i < n; i++) {
        g_autofree char *name = fal_artist_label(dataset, all[i].artist);
        fal_table_row(table, FAL_SUBJECT_ARTIST, all[i].artist);
        fal_table_int(table, all[i].plays);
        fal_table_text(table, name);
        if (all[i].rank > 0)
            fal_table_int(table, all[i].rank);
        else
            fal_table_null(table);
        fal_table_int(table, fal_dataset_listeners(dataset, all[i].artist));
    }
    return table;
}

static FalTable *
neighbour_table(FalDataset *dataset, FalModel *model, gint32 user, int depth)
{
    FalTable *table = fal_table_new("neighbours", neighbour_columns, NULL);
    g_autofree FalTop *top = g_new(FalTop, depth);
    int n = fal_model_neighbours(model, user, depth, top);

    for (int i = 0; i < n; i++) {
        fal_profile_add_ranked(table, dataset, FAL_SUBJECT_USER, i + 1, &top[i]);
        fal_table_int(table, fal_model_shared(model, user, top[i].row));
    }
    return table;
}

static char *
metrics_line(const char *name, const FalMetrics *m)
{
    if (!m)
        return g_strdup_printf("%-14s %7s %6s %5s %9s", name, "...", "...", "...", "...");
    return g_strdup_printf("%-14s %7.3f %6.3f %5.3f %9.3f", name, m->ndcg, m->recall, m->auc,
                           m->precision);
}

/* Where the user stands among those of the last evaluation of this model. */
static void
add_standing(FalProfile *profile, FalSession *session, const FalCheck *check)
{
    FalEvaluated evaluated;

    if (!check || !fal_session_evaluation(session, &evaluated) || !evaluated.current ||
        !g_str_equal(evaluated.part, "validation") || evaluated.result->k != METRICS_K)
        return;
    double share =
        fal_evaluation_share_below(evaluated.result, FAL_METRIC_NDCG, check->model.ndcg);
    g_autofree char *users = fal_text_count(evaluated.result->n_users);
    fal_profile_add_fact(profile,
                         g_strdup_printf("ndcg@%d above that of %.0f %% of %s evaluated",
                                         METRICS_K, 100 * share, users));
}

/* The user's metrics beside those of the list of most listened artists; quick leaves their
 * place for later. */
static void
add_metrics(FalProfile *profile, FalSession *session, gboolean quick)
{
    FalPlays *held = fal_session_held_out(session);
    gint64 n = held ? fal_csr_count(fal_plays_by_user(held), profile->row) : 0;
    g_autoptr(FalCheck) check = NULL;

    if (!fal_session_model(session))
        return;
    if (fal_dataset_is_bare(fal_session_dataset(session))) {
        fal_profile_add_fact(profile, g_strdup("only the model is here, without its plays: "
                                               "what the listener plays is recommended, too"));
        return;
    }
    if (n == 0) {
        gboolean foreign = fal_model_is_foreign(fal_session_model(session));
        fal_profile_add_fact(
            profile,
            g_strdup(held      ? "nothing of theirs is held out"
                     : foreign ? "what the model was trained on is not known, so nothing is "
                                 "held out to check against: :split 0.1 and :train"
                               : "trained on all plays, nothing is held out to check against: "
                                 ":split 0.1 and :train"));
        return;
    }
    if (!quick)
        check = fal_check_user(fal_session_model(session), held, profile->row, METRICS_K, NULL);
    g_autofree char *count = fal_text_count(n);
    g_autofree char *held_out = g_strdup_printf("%s held out", count);
    fal_profile_add_fact(
        profile, g_strdup_printf("%-14s ndcg@%d recall   auc precision", held_out, METRICS_K));
    fal_profile_add_fact(profile, metrics_line("this model", check ? &check->model : NULL));
    fal_profile_add_fact(profile,
                         metrics_line("most listeners", check ? &check->popular : NULL));
    profile->partial = quick;
    add_standing(profile, session, check);
}

void
fal_profile_of_user(FalProfile *profile, FalSession *session, gboolean quick)
{
    FalDataset *dataset = fal_session_dataset(session);
    FalModel *model = fal_session_model(session);
    FalPlays *held = fal_session_held_out(session);
    gint32 user = profile->row;
    int depth = profile->depth;
    guint32 n_artists = fal_dataset_user_artists(dataset, user);
    guint64 n_plays = fal_dataset_user_plays(dataset, user);
    g_autofree char *artists = fal_text_count(n_artists);
    g_autofree char *plays = fal_text_count((gint64)n_plays);

    double mean = n_artists ? (double)n_plays / n_artists : 0;

    profile->mark = g_strdup("listener");
    fal_profile_add_fact(profile,
                         g_strdup_printf("%s artist%s · %s plays · mean %.*f", artists,
                                         n_artists == 1 ? "" : "s", plays, mean < 100, mean));
    add_metrics(profile, session, quick);
    fal_profile_add_list(profile, "recommended", recommended_table(session, user, depth),
                         !model ? fal_profile_no_model(session)
                         : fal_model_knows_user(model, user)
                             ? "nothing is left to recommend"
                             : "the model does not know this listener");
    fal_profile_add_list(profile, "top artists", played_table(dataset, user, depth),
                         fal_dataset_is_bare(fal_session_dataset(session))
                             ? "only the model is here, and not who plays what"
                             : "no plays");
    if (model && held && depth > FAL_DEEP && fal_csr_count(fal_plays_by_user(held), user) > 0)
        fal_profile_add_list(profile, "held out", held_table(session, held, user, quick), "");
    if (model && depth > FAL_DEEP)
        fal_profile_add_list(profile, "neighbours",
                             neighbour_table(dataset, model, user, depth),
                             "all plays are held out: the model does not know this listener");
}
