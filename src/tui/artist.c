/* An artist's profile: how much it is listened to, under which other names, what is similar,
 * who listens most.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/profile.h"

#include <stdlib.h>

#include "base/text.h"
#include "data/bare.h"
#include "query/resolve.h"

#define MOST_LISTENERS 1000

static const char all_held_out[] = "all its plays are held out: the model does not know it";

static const FalColumn similar_columns[] = {
    {.name = "rank", .type = FAL_CELL_INT},
    {.name = "artist", .type = FAL_CELL_TEXT},
    {.name = "cosine", .type = FAL_CELL_REAL, .digits = 3, .flags = FAL_COLUMN_BAR},
    {.name = "listeners", .type = FAL_CELL_INT},
    {.name = NULL},
};

static const FalColumn listener_columns[] = {
    {.name = "plays", .type = FAL_CELL_INT},
    {.name = "listener", .type = FAL_CELL_TEXT},
    {.name = NULL},
};

static const FalColumn might_like_columns[] = {
    {.name = "rank", .type = FAL_CELL_INT},
    {.name = "listener", .type = FAL_CELL_TEXT},
    {.name = "score", .type = FAL_CELL_REAL, .digits = 3, .flags = FAL_COLUMN_BAR},
    {.name = NULL},
};

static FalTable *
similar_table(FalDataset *dataset, FalModel *model, gint32 artist, int depth)
{
    FalTable *table = fal_table_new("similar", similar_columns, NULL);
    g_autofree FalTop *top = g_new(FalTop, depth);
    int n = model ? fal_model_similar(model, artist, depth, top) : 0;

    for (int i = 0; i < n; i++) {
        fal_profile_add_ranked(table, dataset, FAL_SUBJECT_ARTIST, i + 1, &top[i]);
        fal_table_int(table, fal_dataset_listeners(dataset, top[i].row));
    }
    return table;
}

typedef struct {
    guint32 plays;
    gint32 user;
} Listener;

static int
compare_listeners(const void *a, const void *b)
{
    const Listener *x = a, *y = b;

    if (x->plays != y->plays)
        return x->plays > y->plays ? -1 : 1;
    return x->user - y->user;
}

static FalTable *
listener_table(FalDataset *dataset, gint32 artist, int depth)
{
    FalTable *table = fal_table_new("listeners", listener_columns, NULL);
    const FalCsr *csr = fal_plays_by_artist(fal_dataset_plays(dataset));
    gint64 start = csr->start[artist], n = fal_csr_count(csr, artist);
    g_autofree Listener *all = g_new(Listener, (gsize)n + 1);
    gint64 wanted = depth > FAL_DEEP ? MOST_LISTENERS : depth, kept = 0;
    guint32 least = 0;

    /* Popular artists have a hundred thousand: sort only what may be among the first. */
    for (gint64 i = 0; i < n; i++) {
        if (csr->plays[start + i] <= least)
            continue;
        all[kept++] = (Listener){csr->plays[start + i], csr->col[start + i]};
        if (kept < 2 * wanted)
            continue;
        qsort(all, (gsize)kept, sizeof *all, compare_listeners);
        kept = wanted;
        least = all[kept - 1].plays;
    }
    qsort(all, (gsize)kept, sizeof *all, compare_listeners);
    n = MIN(kept, wanted);
    for (gint64 i = 0; i < n; i++) {
        g_autofree char *name = fal_profile_name(dataset, FAL_SUBJECT_USER, all[i].user);
        fal_table_row(table, FAL_SUBJECT_USER, all[i].user);
        fal_table_int(table, all[i].plays);
        fal_table_text(table, name);
    }
    return table;
}

/* Those who do not play it and have the highest scores. */
static FalTable *
might_like_table(FalDataset *dataset, FalModel *model, gint32 artist, int depth)
{
    FalTable *table = fal_table_new("listeners", might_like_columns, NULL);
    g_autofree FalTop *top = g_new(FalTop, depth);
    int n = fal_model_listeners(model, artist, depth, top);

    for (int i = 0; i < n; i++)
        fal_profile_add_ranked(table, dataset, FAL_SUBJECT_USER, i + 1, &top[i]);
    return table;
}

/* Other ids whose plays went to this artist. */
static void
add_aliases(FalProfile *profile, FalDataset *dataset)
{
    gsize n;
    const FalAlias *alias = fal_dataset_aliases(dataset, profile->row, &n);
    GString *text = g_string_new(NULL);

    for (gsize i = 0; i < n && text->len < 300; i++) {
        g_string_append(text, i ? " · " : "also: ");
        if (*alias[i].name)
            g_string_append(text, alias[i].name);
        else
            g_string_append_printf(text, "#%" G_GINT64_FORMAT, alias[i].id);
    }
    if (text->len > 0)
        fal_profile_add_fact(profile, g_string_free(text, FALSE));
    else
        g_string_free(text, TRUE);
}

void
fal_profile_of_artist(FalProfile *profile, FalSession *session, gboolean quick)
{
    FalDataset *dataset = fal_session_dataset(session);
    FalModel *model = fal_session_model(session);
    gint32 artist = profile->row;
    int depth = profile->depth;
    guint32 n_listeners = fal_dataset_listeners(dataset, artist);
    g_autofree char *listeners = fal_text_count(n_listeners);
    g_autofree char *plays = fal_text_count((gint64)fal_dataset_artist_plays(dataset, artist));
    g_autofree char *rank = fal_text_count(artist + 1); /* rows are in this order */

    profile->mark =
        g_strdup_printf("id %" G_GINT64_FORMAT, fal_dataset_artist_id(dataset, artist));
    fal_profile_add_fact(profile,
                         g_strdup_printf("%s listener%s · %s plays · rank %s", listeners,
                                         n_listeners == 1 ? "" : "s", plays, rank));
    add_aliases(profile, dataset);
    profile->partial = quick && model != NULL;
    fal_profile_add_list(profile, "similar",
                         similar_table(dataset, quick ? NULL : model, artist, depth),
                         !model  ? fal_profile_no_model(session)
                         : quick ? "..."
                                 : all_held_out);
    fal_profile_add_list(profile, "top listeners", listener_table(dataset, artist, depth),
                         fal_dataset_is_bare(dataset)
                             ? "only the model is here, and not who plays what"
                             : "nobody plays it");
    if (model && depth > FAL_DEEP)
        fal_profile_add_list(profile, "might like it",
                             might_like_table(dataset, model, artist, depth),
                             "everybody plays it");
}
