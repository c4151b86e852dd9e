/* Rows of plays: parsing them. What comes then is in gather.c.
 *
 * While they are parsed an artist's id is noted by a bit, which a processor's cache holds; its
 * number is only looked up when all ids are known. A row takes 8 bytes meanwhile, and the user
 * stands once for all rows that follow each other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/playrows.h"

#include "base/alloc.h"

/* Rows of a slab: so large that it comes from the system and goes back there. */
#define SLAB_ROWS ((gint64)4 << 20)
/* Rows between two looks at the task. */
#define STEP ((gint64)1 << 18)
/* Each share of the users that are counted at a time takes memory for all artists. */
#define MAX_SHARES 8

/* Rows that are looked up together. */
#define BATCH 64

/* Rows of several chunks, one after the other. */
typedef struct {
    FalEntry *rows;
    gint64 used, capacity;
} Slab;

static void
slab_free(gpointer data)
{
    Slab *slab = data;

    fal_free(slab->rows);
    g_free(slab);
}

FalPlayRows *
fal_play_rows_new(GError **error)
{
    g_autoptr(FalPlayRows) rows = g_new0(FalPlayRows, 1);

    pthread_mutex_init(&rows->lock, NULL);
    rows->slabs = g_ptr_array_new_with_free_func(slab_free);
    rows->spare = g_ptr_array_new();
    rows->user_bits = FAL_NEW(guint64, FAL_SMALL_IDS / 64, error);
    rows->artist_bits = rows->user_bits ? FAL_NEW(guint64, FAL_SMALL_IDS / 64, error) : NULL;
    return rows->artist_bits ? g_steal_pointer(&rows) : NULL;
}

void
fal_play_rows_free(FalPlayRows *rows)
{
    if (!rows)
        return;
    pthread_mutex_destroy(&rows->lock);
    g_ptr_array_unref(rows->slabs);
    g_ptr_array_unref(rows->spare);
    fal_free(rows->user_bits);
    fal_free(rows->artist_bits);
    fal_free(rows->entries);
    fal_free(rows->start);
    g_free(rows);
}

/* A slab with room for so many rows. */
static Slab *
take_slab(FalPlayRows *rows, gint64 room, GError **error)
{
    Slab *slab = NULL;
    FalEntry *made;

    pthread_mutex_lock(&rows->lock);
    for (guint i = 0; i < rows->spare->len && !slab; i++) {
        slab = rows->spare->pdata[i];
        if (slab->capacity - slab->used < room)
            slab = NULL;
        else
            g_ptr_array_remove_index_fast(rows->spare, i);
    }
    pthread_mutex_unlock(&rows->lock);
    if (slab)
        return slab;
    made = FAL_NEW(FalEntry, MAX(room, SLAB_ROWS), error);
    if (!made)
        return NULL;
    slab = g_new0(Slab, 1);
    slab->rows = made;
    slab->capacity = MAX(room, SLAB_ROWS);
    pthread_mutex_lock(&rows->lock);
    g_ptr_array_add(rows->slabs, slab);
    pthread_mutex_unlock(&rows->lock);
    return slab;
}

static void
give_back(FalPlayRows *rows, Slab *slab)
{
    pthread_mutex_lock(&rows->lock);
    g_ptr_array_add(rows->spare, slab);
    pthread_mutex_unlock(&rows->lock);
}

/* --- parsing --- */

typedef struct {
    FalPlayRows *rows;
    FalPlayChunk *chunk;
    FalEntry *out;
    gint64 user;    /* of the last row, -1 before the first */
    guint64 word;   /* its id and what parts it from the artist's as they stand in the text */
    int n_word;     /* bytes of it; 0 where it does not fit */
    guint32 in_run; /* rows since the user came */
    FalPlaySums sums;
} Parser;

static guint32
code_of(gint64 id, GArray *large)
{
    if (id < FAL_SMALL_IDS)
        return (guint32)id;
    g_array_append_val(large, id);
    return FAL_LARGE | (large->len - 1);
}

static void
end_run(Parser *it)
{
    GArray *runs = it->chunk->runs;

    if (runs->len > 0)
        g_array_index(runs, FalRun, runs->len - 1).n = it->in_run;
    it->in_run = 0;
}

static void
begin_run(Parser *it, gint64 user)
{
    FalRun run = {0, 0, 0};

    end_run(it);
    run.user = code_of(user, it->chunk->large_users);
    g_array_append_val(it->chunk->runs, run);
    it->user = user;
}

static inline void
add_row(Parser *it, gint64 artist, guint32 code, guint32 plays)
{
    it->out[it->sums.n++] = (FalEntry){code, plays};
    it->in_run++;
    it->sums.plays += plays;
    it->sums.fingerprint = fal_fingerprint_row(it->sums.fingerprint, it->user, artist, plays);
}

static inline gboolean
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* A row as nearly all are, of small numbers with a single blank or tab between: what follows
 * it, or NULL where it is not like that. Most rows are of the same user as the one before,
 * whose id is compared and not read. */
static inline const char *
parse_simple_row(Parser *it, const char *at)
{
    guint32 user, artist, plays;
    guint64 word;
    int n;

    memcpy(&word, at, sizeof word);
    if (it->n_word > 0 && ((word ^ it->word) << (64 - 8 * it->n_word)) == 0) {
        at += it->n_word;
    } else {
        n = fal_parse_digits(at, &user);
        if (n == 0 || !is_blank(at[n]))
            return NULL;
        at += n + 1;
        it->word = word;
        it->n_word = G_BYTE_ORDER == G_LITTLE_ENDIAN && n < 8 ? n + 1 : 0;
        if (user != it->user)
            begin_run(it, user);
    }
    n = fal_parse_digits(at, &artist);
    if (n == 0 || !is_blank(at[n]) || artist >= FAL_SMALL_IDS)
        return NULL;
    at += n + 1;
    n = fal_parse_digits(at, &plays);
    if (n == 0 || plays == 0)
        return NULL;
    at += n;
    if (G_UNLIKELY(*at != '\n') && (*at++ != '\r' || *at != '\n'))
        return NULL;
    add_row(it, artist, artist, plays);
    return at + 1;
}

static void
parse_line(Parser *it, const char *line, gsize n_bytes)
{
    gint64 user, artist;
    guint32 plays, code;
    const char *problem = fal_reader_parse_play(line, n_bytes, &user, &artist, &plays);

    if (problem) {
        fal_bad_lines_add(&it->chunk->bad, problem, line, n_bytes);
        return;
    }
    if (user != it->user) {
        begin_run(it, user);
        it->n_word = 0;
    }
    code = code_of(artist, it->chunk->large_artists);
    add_row(it, artist, code, plays);
}

/* Lets the codes of large ids be places in the list of them in order. */
static guint32
settle_code(guint32 code, const GArray *as_met, const GArray *sorted)
{
    gint64 id;
    guint low = 0, high = sorted->len;

    if (!(code & FAL_LARGE))
        return code;
    id = g_array_index(as_met, gint64, code & ~FAL_LARGE);
    while (low < high) {
        guint middle = low + (high - low) / 2;

        if (g_array_index(sorted, gint64, middle) < id)
            low = middle + 1;
        else
            high = middle;
    }
    return FAL_LARGE | low;
}

static GArray *
sorted_ids(const GArray *as_met)
{
    GArray *sorted = g_array_sized_new(FALSE, FALSE, sizeof(gint64), as_met->len);

    g_array_append_vals(sorted, as_met->data, as_met->len);
    g_array_set_size(sorted, (guint)fal_id_sort((gint64 *)(void *)sorted->data, sorted->len));
    return sorted;
}

static void
settle_large(FalPlayChunk *chunk)
{
    if (chunk->large_users->len > 0) {
        GArray *sorted = sorted_ids(chunk->large_users);

        for (guint i = 0; i < chunk->runs->len; i++) {
            FalRun *run = &g_array_index(chunk->runs, FalRun, i);

            run->user = settle_code(run->user, chunk->large_users, sorted);
        }
        g_array_unref(chunk->large_users);
        chunk->large_users = sorted;
    }
    if (chunk->large_artists->len > 0) {
        GArray *sorted = sorted_ids(chunk->large_artists);

        for (gint64 i = 0; i < chunk->sums.n; i++)
            chunk->rows[i].col = settle_code(chunk->rows[i].col, chunk->large_artists, sorted);
        g_array_unref(chunk->large_artists);
        chunk->large_artists = sorted;
    }
}

static void
parse_lines(Parser *it, const FalChunk *chunk)
{
    const char *at = chunk->bytes, *end = at + chunk->n_bytes, *line;
    gsize n_bytes;

    while (at < end) {
        const char *next = parse_simple_row(it, at);

        it->chunk->bad.n_lines++;
        if (G_LIKELY(next)) {
            at = next;
        } else if (fal_chunk_line(&at, end, &line, &n_bytes)) {
            parse_line(it, line, n_bytes);
        }
    }
    end_run(it);
}

/* Marks the ids of a chunk: in a loop of its own, in which the processor waits for many of the
 * lines it needs at a time. */
static void
mark_ids(FalPlayRows *rows, const FalPlayChunk *chunk)
{
    for (guint i = 0; i < chunk->runs->len; i++) {
        guint32 user = g_array_index(chunk->runs, FalRun, i).user;

        if (user < FAL_LARGE)
            fal_id_mark(rows->user_bits, user);
    }
    for (gint64 i = 0; i < chunk->sums.n; i++)
        if (chunk->rows[i].col < FAL_LARGE)
            fal_id_mark(rows->artist_bits, chunk->rows[i].col);
}

FalPlayChunk *
fal_play_rows_parse(FalPlayRows *rows, const FalChunk *chunk, GError **error)
{
    /* No row is shorter than "1 2" and an LF. */
    Slab *slab = take_slab(rows, (gint64)chunk->n_bytes / 4 + 1, error);
    FalPlayChunk *parsed;
    Parser it;

    if (!slab)
        return NULL;
    parsed = g_new0(FalPlayChunk, 1);
    parsed->rows = slab->rows + slab->used;
    parsed->runs = g_array_new(FALSE, FALSE, sizeof(FalRun));
    parsed->large_users = g_array_new(FALSE, FALSE, sizeof(gint64));
    parsed->large_artists = g_array_new(FALSE, FALSE, sizeof(gint64));
    it = (Parser){.rows = rows, .chunk = parsed, .out = parsed->rows, .user = -1};
    parse_lines(&it, chunk);
    parsed->sums = it.sums;
    parsed->bad.n_full += it.sums.n;
    mark_ids(rows, parsed);
    settle_large(parsed);
    slab->used += it.sums.n;
    give_back(rows, slab);
    return parsed;
}

void
fal_play_chunk_free(FalPlayChunk *chunk)
{
    if (!chunk)
        return;
    fal_bad_lines_clear(&chunk->bad);
    g_array_unref(chunk->runs);
    g_array_unref(chunk->large_users);
    g_array_unref(chunk->large_artists);
    g_free(chunk);
}
