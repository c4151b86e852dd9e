/* Matching names (see match-names.h). The names that are looked for are few and hashed by their
 * loosest form, which all others are finer than; each artist's is made and looked up, and most
 * are ruled out by one bit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/match-names.h"

#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"

enum {
    BLOCK = 8192,     /* artists */
    FILTER_BITS = 20, /* 128 KB: stays in the cache */
};

/* In the order in which they are believed. */
enum { EXACT, FOLDED, LOOSE, ARTICLE, N_WAYS };
enum { BY_NAME, BY_ALIAS, N_SOURCES };

typedef struct {
    const char *name;
    char *folded, *loose;          /* loose: its key, with an article */
    gint32 next;                   /* the next wanted one with the same key, -1 */
    gint32 row[N_SOURCES][N_WAYS]; /* the first artist found so; G_MAXINT32: none */
} Wanted;

typedef struct {
    FalDataset *dataset;
    FalTask *task;
    Wanted *wanted;
    GHashTable *by_key; /* char* -> number of the first wanted + 1 */
    guint64 *filter;
} Match;

/* --- keys --- */

static gboolean
is_dropped(gunichar c)
{
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONNECT_PUNCTUATION:
    case G_UNICODE_DASH_PUNCTUATION:
    case G_UNICODE_CLOSE_PUNCTUATION:
    case G_UNICODE_FINAL_PUNCTUATION:
    case G_UNICODE_INITIAL_PUNCTUATION:
    case G_UNICODE_OTHER_PUNCTUATION:
    case G_UNICODE_OPEN_PUNCTUATION:
    case G_UNICODE_MODIFIER_SYMBOL:
    case G_UNICODE_SPACE_SEPARATOR:
        return TRUE;
    default:
        return FALSE;
    }
}

/* Names are gone through by the million: bytes are put straight where they belong. */
static void
append_bare(GString *out, const char *text, gsize n)
{
    gsize start = out->len;

    g_string_set_size(out, start + 3 * n);
    char *to = out->str + start;
    for (const char *end = text + n, *next; text < end; text = next) {
        guchar c = (guchar)*text;
        next = text + 1;
        if (c < 0x80) {
            if (g_ascii_isalnum((char)c)) {
                *to++ = (char)c;
            } else if (c == '&' || c == '+') {
                memcpy(to, "and", 3);
                to += 3;
            }
            continue;
        }
        next = g_utf8_next_char(text);
        if (!is_dropped(g_utf8_get_char(text))) {
            memcpy(to, text, (gsize)(next - text));
            to += next - text;
        }
    }
    g_string_truncate(out, (gsize)(to - out->str));
}

/* The article behind the last comma: "smiths, the"; NULL for none. */
static const char *
moved_article(const char *folded)
{
    static const char *const articles[] = {"the", "a",  "an", "la",  "le",  "les", "los",
                                           "las", "el", "il", "die", "der", "das", "de",
                                           "het", "os", "as", "o",   NULL};
    const char *comma = strrchr(folded, ',');

    if (!comma || comma == folded || comma[1] != ' ')
        return NULL;
    return g_strv_contains(articles, comma + 2) ? comma : NULL;
}

/* What two names have in common that are the same but for punctuation, put into out; folded is
 * by fal_text_fold(). Gives how many bytes of it are the article "the". */
static gsize
match_key(const char *folded, GString *out)
{
    const char *comma = moved_article(folded);
    gsize n = comma ? (gsize)(comma - folded) : strlen(folded);

    g_string_truncate(out, 0);
    if (comma)
        g_string_append(out, comma + 2);
    append_bare(out, folded, n);
    /* "!!!" is a name. */
    if (out->len == 0)
        g_string_append(out, folded);
    gboolean the = comma ? !strcmp(comma + 2, "the") : g_str_has_prefix(folded, "the ");
    return the && out->len > 3 ? 3 : 0;
}

static guint64
hash_of(const char *key, gsize n)
{
    guint64 hash = G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) ^ n;
    gsize i = 0;

    for (; i + 8 <= n; i += 8) {
        guint64 eight;
        memcpy(&eight, key + i, 8);
        hash = (hash ^ eight) * G_GUINT64_CONSTANT(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    for (; i < n; i++)
        hash = (hash ^ (guchar)key[i]) * G_GUINT64_CONSTANT(0x100000001b3);
    hash *= G_GUINT64_CONSTANT(0xc4ceb9fe1a85ec53);
    return hash >> (64 - FILTER_BITS);
}

/* --- what is looked for --- */

static void
want(Match *match, const char *const *names, gsize n)
{
    g_autoptr(GString) key = g_string_new(NULL);

    match->wanted = g_new0(Wanted, n + 1);
    match->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    match->filter = g_new0(guint64, 1 << (FILTER_BITS - 6));
    for (gsize i = 0; i < n; i++) {
        Wanted *wanted = &match->wanted[i];
        *wanted = (Wanted){.name = names[i], .folded = fal_text_fold(names[i])};
        for (int s = 0; s < N_SOURCES; s++)
            for (int w = 0; w < N_WAYS; w++)
                wanted->row[s][w] = G_MAXINT32;
        gsize the = match_key(wanted->folded, key);
        const char *bare = key->str + the;
        wanted->loose = g_strdup(key->str);
        wanted->next = -1;
        if (key->len == 0)
            continue;
        wanted->next = GPOINTER_TO_INT(g_hash_table_lookup(match->by_key, bare)) - 1;
        g_hash_table_insert(match->by_key, g_strdup(bare), GINT_TO_POINTER((int)i + 1));
        guint64 bit = hash_of(bare, key->len - the);
        match->filter[bit >> 6] |= G_GUINT64_CONSTANT(1) << (bit & 63);
    }
}

static void
match_clear(Match *match, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        g_free(match->wanted[i].folded);
        g_free(match->wanted[i].loose);
    }
    g_free(match->wanted);
    g_hash_table_unref(match->by_key);
    g_free(match->filter);
}

/* --- what is there --- */

static void
lower(gint32 *at, gint32 row)
{
    gint32 old = __atomic_load_n(at, __ATOMIC_RELAXED);

    while (old > row && !__atomic_compare_exchange_n(at, &old, row, TRUE, __ATOMIC_RELAXED,
                                                     __ATOMIC_RELAXED))
        continue;
}

static void
look_up(Match *match, gint32 row, const char *name, const char *folded, int source,
        GString *key)
{
    if (!*folded)
        return;
    gsize the = match_key(folded, key);
    const char *bare = key->str + the;
    guint64 bit = hash_of(bare, key->len - the);
    if (!(match->filter[bit >> 6] >> (bit & 63) & 1))
        return;
    gint32 at = GPOINTER_TO_INT(g_hash_table_lookup(match->by_key, bare)) - 1;
    while (at >= 0) {
        Wanted *wanted = &match->wanted[at];
        int way = !strcmp(wanted->name, name)        ? EXACT
                  : !strcmp(wanted->folded, folded)  ? FOLDED
                  : !strcmp(wanted->loose, key->str) ? LOOSE
                                                     : ARTICLE;
        lower(&wanted->row[source][way], row);
        at = wanted->next;
    }
}

static void
look_at_block(gint64 block, int worker, gpointer data)
{
    Match *match = data;
    gint32 first = (gint32)(block * BLOCK);
    gint32 end = MIN(first + BLOCK, fal_dataset_n_artists(match->dataset));
    g_autoptr(GString) key = g_string_sized_new(256);
    g_autoptr(GString) folded = g_string_sized_new(256);

    (void)worker;
    if (fal_task_cancelled(match->task))
        return;
    for (gint32 row = first; row < end; row++) {
        gsize n;
        const FalAlias *alias = fal_dataset_aliases(match->dataset, row, &n);
        look_up(match, row, fal_dataset_artist_name(match->dataset, row),
                fal_dataset_artist_folded(match->dataset, row), BY_NAME, key);
        for (gsize i = 0; i < n; i++) {
            g_string_truncate(folded, 0);
            fal_text_fold_append(folded, alias[i].name);
            look_up(match, row, alias[i].name, folded->str, BY_ALIAS, key);
        }
    }
}

static gint32
best_row(const Wanted *wanted)
{
    /* Another article is believed less than any alias. */
    for (int s = 0; s < N_SOURCES; s++)
        for (int w = 0; w < ARTICLE; w++)
            if (wanted->row[s][w] != G_MAXINT32)
                return wanted->row[s][w];
    for (int s = 0; s < N_SOURCES; s++)
        if (wanted->row[s][ARTICLE] != G_MAXINT32)
            return wanted->row[s][ARTICLE];
    return -1;
}

gboolean
fal_match_names(FalDataset *dataset, const char *const *names, gsize n, gint32 *rows,
                FalTask *task, GError **error)
{
    Match match = {.dataset = dataset, .task = task};
    gint64 blocks = ((gint64)fal_dataset_n_artists(dataset) + BLOCK - 1) / BLOCK;

    fal_task_stage(task, "matching the names", 0);
    want(&match, names, n);
    fal_parallel_for(blocks, look_at_block, &match);
    for (gsize i = 0; i < n; i++)
        rows[i] = best_row(&match.wanted[i]);
    match_clear(&match, n);
    return !fal_task_stopped(task, error);
}

/* --- ahead of time --- */

struct FalMatched {
    GPtrArray *names;
    GHashTable *row;           /* name -> row + 1; names are borrowed */
    const FalDataset *dataset; /* only compared */
};

FalMatched *
fal_matched_new(GPtrArray *names)
{
    FalMatched *matched = g_new0(FalMatched, 1);

    matched->names = names;
    matched->row = g_hash_table_new(g_str_hash, g_str_equal);
    return matched;
}

void
fal_matched_free(FalMatched *matched)
{
    if (!matched)
        return;
    g_hash_table_unref(matched->row);
    g_ptr_array_unref(matched->names);
    g_free(matched);
}

gboolean
fal_matched_find(FalMatched *matched, FalDataset *dataset, FalTask *task, GError **error)
{
    gsize n = matched->names->len;
    const char *const *names = (const char *const *)matched->names->pdata;
    g_autofree gint32 *rows = g_new(gint32, n + 1);

    if (n > 0 && !fal_match_names(dataset, names, n, rows, task, error))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        g_hash_table_insert(matched->row, (gpointer)names[i], GINT_TO_POINTER(rows[i] + 1));
    matched->dataset = dataset;
    return TRUE;
}

void
fal_matched_rows(const FalMatched *matched, FalDataset *dataset, const char *const *names,
                 gsize n, gint32 *rows)
{
    gpointer row = NULL;
    gsize found = 0;

    while (matched && matched->dataset == dataset && found < n &&
           g_hash_table_lookup_extended(matched->row, names[found], NULL, &row))
        rows[found++] = GPOINTER_TO_INT(row) - 1;
    /* One that is missing means a look at all artists, whatever the number. */
    if (found < n)
        fal_match_names(dataset, names, n, rows, NULL, NULL);
}
