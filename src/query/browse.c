/* Browsing (see browse.h): for each order a permutation of the rows, made when it is first
 * asked for; for the filter a mark per row, that is then laid over it. The marks of shorter
 * filters are kept: a letter more has only their rows to look through, a letter less finds them
 * as they were. That holds for the words that rows must hold; a filter's other terms go through
 * what these leave each time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/browse.h"

#include <string.h>

#include "base/text.h"
#include "query/filter.h"
#include "query/match.h"
#include "query/order.h"

#define N_ORDERS (FAL_BY_ID + 1)
/* Filters that are kept. */
#define MAX_KEPT 40
/* Rows from which on a sort takes longer than a key may. */
#define MANY 100000
/* Rows a search looks at one by one before it looks through all. */
#define NEAR 1000

/* Words and which rows hold them. */
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
    GThread *maker;                /* of those that take a while; NULL: none runs */
    int stop;                      /* set: it makes no more */
    char *filter;                  /* as typed */
    GPtrArray *kept;               /* each narrows the one before; the last is the filter's */
    FalMarks rest; /* what the filter's other terms leave; bits NULL: no others */
    Kept *sought;  /* what was last searched for among all rows, or NULL */
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

/* The orders there are of this subject, but for that of the rows' numbers, which needs no sort;
 * and ids, which no list offers. */
static gboolean
is_offered(const FalBrowse *b, int order)
{
    return order == FAL_BY_PLAYS || (order == FAL_BY_NAME && of_artists(b));
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

/* --- ahead of the key that asks --- */

static void *
make_ahead(gpointer data)
{
    FalBrowse *b = data;

    for (int order = 0; order < N_ORDERS; order++)
        if (is_offered(b, order) && !b->permutation[order] &&
            !__atomic_load_n(&b->stop, __ATOMIC_RELAXED))
            __atomic_store_n(&b->permutation[order], make_permutation(b, (FalBrowseOrder)order),
                             __ATOMIC_RELEASE);
    return NULL;
}

void
fal_browse_make_ahead(FalBrowse *b)
{
    /* Without a thread they are made when they are asked for. */
    if (!b->maker && b->n_all >= MANY)
        b->maker = g_thread_try_new("orders", make_ahead, b, NULL);
}

static void
end_making(FalBrowse *b)
{
    g_clear_pointer(&b->maker, g_thread_join);
}

static const gint32 *
permutation(FalBrowse *b)
{
    const gint32 *made = __atomic_load_n(&b->permutation[b->order], __ATOMIC_ACQUIRE);

    if (made)
        return made;
    end_making(b);
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

/* The rows that the filter leaves, NULL for all. */
static const FalMarks *
left(const FalBrowse *b)
{
    Kept *kept = last_kept(b);

    return b->rest.bits ? &b->rest : kept ? &kept->marks : NULL;
}

/* Lays order and filter together again after either changed. */
static void
rebuild(FalBrowse *b)
{
    const gint32 *rows = permutation(b);
    const FalMarks *marks = left(b);

    g_clear_pointer(&b->shown, g_free);
    b->n = b->n_all;
    if (!marks && !b->reverse)
        return;
    gint32 n = 0, n_all = b->n_all, *shown = g_new(gint32, (gsize)n_all + 1);
    for (gint32 i = 0; i < n_all; i++) {
        gint32 row = rows[b->reverse ? n_all - 1 - i : i];
        shown[n] = row;
        n += !marks || fal_marks_has(marks, row);
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
    __atomic_store_n(&b->stop, 1, __ATOMIC_RELAXED);
    end_making(b);
    for (int i = 0; i < N_ORDERS; i++)
        g_free(b->permutation[i]);
    g_free(b->filter);
    g_ptr_array_unref(b->kept);
    g_free(b->rest.bits);
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

/* What terms may ask of a row; where a text stands for its name or id there is no number. */
typedef struct {
    FalFilterColumn column;
    double (*number)(const FalDataset *dataset, gint32 row);
} Asked;

static double
artist_listeners(const FalDataset *dataset, gint32 row)
{
    return fal_dataset_listeners(dataset, row);
}

static double
artist_plays(const FalDataset *dataset, gint32 row)
{
    return (double)fal_dataset_artist_plays(dataset, row);
}

/* Rows go by falling popularity. */
static double
artist_rank(const FalDataset *dataset, gint32 row)
{
    (void)dataset;
    return row + 1.0;
}

static double
artist_id(const FalDataset *dataset, gint32 row)
{
    return (double)fal_dataset_artist_id(dataset, row);
}

static double
user_plays(const FalDataset *dataset, gint32 row)
{
    return (double)fal_dataset_user_plays(dataset, row);
}

static double
user_artists(const FalDataset *dataset, gint32 row)
{
    return fal_dataset_user_artists(dataset, row);
}

static double
user_mean(const FalDataset *dataset, gint32 row)
{
    return user_plays(dataset, row) / MAX(user_artists(dataset, row), 1);
}

static double
user_id(const FalDataset *dataset, gint32 row)
{
    return (double)fal_dataset_user_id(dataset, row);
}

enum { N_ASKED = 6 };

static const Asked asked_of_artists[N_ASKED] = {
    {{"artist", TRUE}, NULL},         {{"name", TRUE}, NULL},
    {{"plays", FALSE}, artist_plays}, {{"listeners", FALSE}, artist_listeners},
    {{"id", FALSE}, artist_id},       {{"rank", FALSE}, artist_rank},
};
static const Asked asked_of_users[N_ASKED] = {
    {{"listener", TRUE}, NULL},     {{"user", TRUE}, NULL},
    {{"plays", FALSE}, user_plays}, {{"artists", FALSE}, user_artists},
    {{"mean", FALSE}, user_mean},   {{"id", FALSE}, user_id},
};

static const Asked *
asked(const FalBrowse *b)
{
    return of_artists(b) ? asked_of_artists : asked_of_users;
}

static void
parse(const FalBrowse *b, const char *text, FalFilter *filter)
{
    FalFilterColumn columns[N_ASKED];

    for (int i = 0; i < N_ASKED; i++)
        columns[i] = asked(b)[i].column;
    fal_filter_parse(filter, text, columns, N_ASKED);
}

/* What fal_match() is for: a word that rows must hold. */
static gboolean
is_word(const FalTerm *term)
{
    return term->word && term->kind == FAL_TERM_HOLDS && !term->negated;
}

static char **
words_of(const FalFilter *filter)
{
    GPtrArray *words = g_ptr_array_new();

    for (int i = 0; i < filter->n; i++)
        if (is_word(&filter->term[i]))
            g_ptr_array_add(words, g_strdup(filter->term[i].word));
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

/* Takes the rows out of marks that hold the term's word. */
static void
take_out_word(const FalBrowse *b, const FalTerm *term, FalMarks *marks)
{
    char *words[] = {term->word, NULL};
    FalMarks hold;

    fal_match(b->dataset, b->subject, words, NULL, &hold);
    for (gint32 i = 0; i < (b->n_all + 63) / 64; i++)
        marks->bits[i] &= ~hold.bits[i];
    g_free(hold.bits);
}

static gboolean
row_holds(const FalBrowse *b, const FalTerm *term, gint32 row)
{
    char id[24];

    if (term->word)
        return fal_term_text(term, fal_match_text(b->dataset, b->subject, row, id));
    return fal_term_number(term, asked(b)[term->column].number(b->dataset, row));
}

/* One term on what the others left so far. */
static void
apply(const FalBrowse *b, const FalTerm *term, FalMarks *marks)
{
    if (term->word && term->kind == FAL_TERM_HOLDS) {
        take_out_word(b, term, marks);
        return;
    }
    for (gint32 i = 0; i < (b->n_all + 63) / 64; i++)
        for (guint64 bits = marks->bits[i]; bits != 0; bits &= bits - 1) {
            int bit = __builtin_ctzll(bits);

            if (!row_holds(b, term, i * 64 + bit))
                marks->bits[i] &= ~((guint64)1 << bit);
        }
}

/* What the terms leave that are not words to hold. */
static void
make_rest(FalBrowse *b, const FalFilter *filter)
{
    gsize n = (gsize)b->n_all / 64 + 1;
    Kept *kept = last_kept(b);

    g_clear_pointer(&b->rest.bits, g_free);
    for (int i = 0; i < filter->n; i++) {
        if (is_word(&filter->term[i]))
            continue;
        if (!b->rest.bits) {
            b->rest.bits = g_new0(guint64, n);
            for (gint32 row = 0; !kept && row < b->n_all; row++)
                b->rest.bits[row / 64] |= (guint64)1 << (row % 64);
            if (kept)
                memcpy(b->rest.bits, kept->marks.bits, n * sizeof *b->rest.bits);
        }
        apply(b, &filter->term[i], &b->rest);
    }
    b->rest.n = 0;
    for (gsize i = 0; b->rest.bits && i < n; i++)
        b->rest.n += __builtin_popcountll(b->rest.bits[i]);
}

void
fal_browse_filter(FalBrowse *b, const char *text)
{
    g_auto(FalFilter) filter = {.n = 0};
    char *copy = g_strdup(text ? text : "");

    g_free(b->filter);
    b->filter = copy;
    parse(b, copy, &filter);
    g_auto(GStrv) words = words_of(&filter);
    while (b->kept->len > 0 && !fal_match_narrows(words, last_kept(b)->words))
        g_ptr_array_set_size(b->kept, (int)b->kept->len - 1);
    Kept *last = last_kept(b);
    if (*words && !(last && fal_match_narrows(last->words, words))) {
        if (b->kept->len == MAX_KEPT)
            g_ptr_array_remove_index(b->kept, 0);
        g_ptr_array_add(b->kept, kept_new(b, g_steal_pointer(&words), last));
    }
    make_rest(b, &filter);
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
    const FalMarks *marks = left(b);
    const gint32 *rows = b->shown ? b->shown : b->permutation[b->order];

    if (row < 0 || row >= b->n_all || (marks && !fal_marks_has(marks, row)))
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

gint32
fal_browse_count(const FalBrowse *b, const char *text, gint32 position, gint32 *before)
{
    g_autofree char *folded = fal_text_fold(text);
    const gint32 *rows = b->shown ? b->shown : b->permutation[b->order];
    gint32 n = 0;

    *before = 0;
    if (!*folded)
        return 0;
    const FalMarks *marks = seek((FalBrowse *)b, folded);
    for (gint32 i = 0; i < b->n && marks->n > 0; i++) {
        if (i == position)
            *before = n;
        n += fal_marks_has(marks, rows[i]);
    }
    return n;
}
