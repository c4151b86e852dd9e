/* Browsing (see browse.h): for each order a permutation of the rows, made when it is first
 * asked for; for the filter a mark per row, that is then laid over it. The marks of shorter
 * filters are kept: a letter more has only their rows to look through, a letter less finds them
 * as they were.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/browse.h"

#include <string.h>

#include "base/text.h"
#include "query/match.h"
#include "query/order.h"

#define N_ORDERS (FAL_BY_ID + 1)
/* Filters that are kept. */
#define MAX_KEPT 40
/* Rows a search looks at one by one before it looks through all. */
#define NEAR 1000

/* A filter and what it leaves. */
typedef struct {
    char **words; /* folded */
    FalMarks marks;
} Kept;

struct FalBrowse {
    FalDataset *dataset;
    FalSubject subject;
    gint32 n_all;
    FalBrowseOrder order;
    gboolean reverse;
    gint32 *permutation[N_ORDERS]; /* n_all rows each; NULL: not made yet */
    char *filter;                  /* as typed */
    GPtrArray *kept;               /* each narrows the one before; the last is the filter */
    Kept *sought;                  /* what was last searched for among all rows, or NULL */
    gint32 n;
    gint32 *shown; /* n rows in the order shown, NULL: the permutation itself */
};

static gboolean
of_artists(const FalBrowse *browse)
{
    return browse->subject == FAL_SUBJECT_ARTIST;
}

/* An order that rows are sorted into. */
typedef struct {
    const FalBrowse *browse;
    FalBrowseOrder order;
} Sorting;

static guint64
key_of(gint32 row, gconstpointer data)
{
    const Sorting *sorting = data;
    const FalBrowse *b = sorting->browse;
    const FalDataset *d = b->dataset;

    switch (sorting->order) {
    case FAL_BY_PLAYS:
        return ~(of_artists(b) ? fal_dataset_artist_plays(d, row)
                               : fal_dataset_user_plays(d, row));
    case FAL_BY_ID:
        return (guint64)(of_artists(b) ? fal_dataset_artist_id(d, row)
                                       : fal_dataset_user_id(d, row));
    case FAL_BY_LISTENERS:
        return ~(guint64)fal_dataset_listeners(d, row);
    case FAL_BY_ARTISTS:
        return ~(guint64)fal_dataset_user_artists(d, row);
    case FAL_BY_NAME:
    default:
        return of_artists(b) ? fal_order_text_key(fal_dataset_artist_folded(d, row)) : 0;
    }
}

static const char *
name_of(gint32 row, gconstpointer data)
{
    const Sorting *sorting = data;

    return fal_dataset_artist_folded(sorting->browse->dataset, row);
}

static gint32 *
make_permutation(FalBrowse *b, FalBrowseOrder order)
{
    gint32 *rows = g_new(gint32, (gsize)b->n_all + 1);
    Sorting sorting = {b, order};

    /* Rows are numbered in this order (dataset.h). */
    if (order == (of_artists(b) ? FAL_BY_LISTENERS : FAL_BY_ARTISTS))
        for (gint32 i = 0; i < b->n_all; i++)
            rows[i] = i;
    else
        fal_order_rows(rows, b->n_all, key_of,
                       order == FAL_BY_NAME && of_artists(b) ? name_of : NULL, &sorting);
    return rows;
}

static const gint32 *
permutation(FalBrowse *b)
{
    if (!b->permutation[b->order])
        b->permutation[b->order] = make_permutation(b, b->order);
    return b->permutation[b->order];
}

static void
kept_free(gpointer data)
{
    Kept *kept = data;

    if (!kept)
        return;
    g_strfreev(kept->words);
    g_free(kept->marks.bits);
    g_free(kept);
}

/* Takes words. */
static Kept *
kept_new(const FalBrowse *b, char **words, const Kept *before)
{
    Kept *kept = g_new0(Kept, 1);

    kept->words = words;
    fal_match(b->dataset, b->subject, words, before ? &before->marks : NULL, &kept->marks);
    return kept;
}

static Kept *
last_kept(const FalBrowse *b)
{
    return b->kept->len > 0 ? b->kept->pdata[b->kept->len - 1] : NULL;
}

/* Lays order and filter together again after either changed. */
static void
rebuild(FalBrowse *b)
{
    const gint32 *rows = permutation(b);
    const Kept *kept = last_kept(b);

    g_clear_pointer(&b->shown, g_free);
    b->n = b->n_all;
    if (!kept && !b->reverse)
        return;
    gint32 n = 0, n_all = b->n_all, *shown = g_new(gint32, (gsize)n_all + 1);
    for (gint32 i = 0; i < n_all; i++) {
        gint32 row = rows[b->reverse ? n_all - 1 - i : i];
        shown[n] = row;
        n += !kept || fal_marks_has(&kept->marks, row);
    }
    b->shown = shown;
    b->n = n;
}

FalBrowse *
fal_browse_new(FalDataset *dataset, FalSubject subject)
{
    FalBrowse *b = g_new0(FalBrowse, 1);

    b->dataset = fal_dataset_ref(dataset);
    b->subject = subject;
    b->n_all = of_artists(b) ? fal_dataset_n_artists(dataset) : fal_dataset_n_users(dataset);
    b->order = of_artists(b) ? FAL_BY_LISTENERS : FAL_BY_PLAYS;
    b->filter = g_strdup("");
    b->kept = g_ptr_array_new_with_free_func(kept_free);
    rebuild(b);
    return b;
}

void
fal_browse_free(FalBrowse *b)
{
    for (int i = 0; i < N_ORDERS; i++)
        g_free(b->permutation[i]);
    g_free(b->filter);
    g_ptr_array_unref(b->kept);
    kept_free(b->sought);
    g_free(b->shown);
    fal_dataset_unref(b->dataset);
    g_free(b);
}

void
fal_browse_sort(FalBrowse *b, FalBrowseOrder order, gboolean reverse)
{
    b->order = order;
    b->reverse = reverse;
    rebuild(b);
}

FalBrowseOrder
fal_browse_order(const FalBrowse *b, gboolean *reverse)
{
    if (reverse)
        *reverse = b->reverse;
    return b->order;
}

void
fal_browse_filter(FalBrowse *b, const char *text)
{
    g_autofree char *folded = fal_text_fold(text ? text : "");
    g_auto(GStrv) words = *folded ? g_strsplit(folded, " ", -1) : g_new0(char *, 1);
    char *copy = g_strdup(text ? text : "");

    g_free(b->filter);
    b->filter = copy;
    while (b->kept->len > 0 && !fal_match_narrows(words, last_kept(b)->words))
        g_ptr_array_set_size(b->kept, (int)b->kept->len - 1);
    Kept *last = last_kept(b);
    if (*words && !(last && fal_match_narrows(last->words, words))) {
        if (b->kept->len == MAX_KEPT)
            g_ptr_array_remove_index(b->kept, 0);
        g_ptr_array_add(b->kept, kept_new(b, g_steal_pointer(&words), last));
    }
    rebuild(b);
}

const char *
fal_browse_filter_text(const FalBrowse *b)
{
    return b->filter;
}

gint32
fal_browse_n(const FalBrowse *b)
{
    return b->n;
}

gint32
fal_browse_row(const FalBrowse *b, gint32 i)
{
    g_return_val_if_fail(i >= 0 && i < b->n, -1);
    return b->shown ? b->shown[i] : b->permutation[b->order][i];
}

gint32
fal_browse_position(const FalBrowse *b, gint32 row)
{
    const Kept *kept = last_kept(b);
    const gint32 *rows = b->shown ? b->shown : b->permutation[b->order];

    if (row < 0 || row >= b->n_all || (kept && !fal_marks_has(&kept->marks, row)))
        return -1;
    for (gint32 i = 0; i < b->n; i++)
        if (rows[i] == row)
            return i;
    return -1;
}

/* The first position from `from` on, round the end, whose row is marked; -1 for none. */
static gint32
next_marked(const FalBrowse *b, const FalMarks *marks, gint32 from, int direction)
{
    const gint32 *rows = b->shown ? b->shown : b->permutation[b->order];
    gint32 at = from;

    for (gint32 step = 0; step < b->n && marks->n > 0; step++) {
        if (fal_marks_has(marks, rows[at]))
            return at;
        at += direction;
        at = at < 0 ? b->n - 1 : at == b->n ? 0 : at;
    }
    return -1;
}

/* The marks of the rows that hold folded, which may be of several words. */
static const FalMarks *
seek(FalBrowse *b, const char *folded)
{
    if (!b->sought || strcmp(b->sought->words[0], folded) != 0) {
        char **words = g_new0(char *, 2);
        words[0] = g_strdup(folded);
        kept_free(b->sought);
        b->sought = kept_new(b, words, NULL);
    }
    return &b->sought->marks;
}

gint32
fal_browse_search(const FalBrowse *b, const char *text, gint32 from, gboolean backward)
{
    g_autofree char *folded = fal_text_fold(text);
    char id[24];
    gint32 at;

    if (b->n == 0)
        return -1;
    at = (from % b->n + b->n) % b->n;
    if (!*folded)
        return at;
    for (gint32 step = 0; step < MIN(NEAR, b->n); step++) {
        gint32 row = fal_browse_row(b, at);
        if (strstr(fal_match_text(b->dataset, b->subject, row, id), folded))
            return at;
        at += backward ? -1 : 1;
        at = at < 0 ? b->n - 1 : at == b->n ? 0 : at;
    }
    /* Nothing near: the marks for it are kept, as it will be asked for again. */
    return next_marked(b, seek((FalBrowse *)b, folded), at, backward ? -1 : 1);
}
