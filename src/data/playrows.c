/* Rows of plays: parsing them, and bringing them together.
 *
 * While they are parsed an artist's id is noted by a bit, which a processor's cache holds; its
 * number is only looked up when all ids are known. A row takes 8 bytes meanwhile, and the user
 * stands once for all rows that follow each other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/playrows.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/parallel.h"

/* Rows of a slab: so large that it comes from the system and goes back there. */
#define SLAB_ROWS ((gint64)4 << 20)
/* Rows between two looks at the task. */
#define STEP ((gint64)1 << 18)
/* Each share of the users that are counted at a time takes memory for all artists. */
#define MAX_SHARES 8

/* Ids that have no bit are places in a chunk's list of them, marked by the highest bit. */
#define LARGE ((guint32)1 << 31)

/* Rows of several chunks, one after the other. */
typedef struct {
    FalEntry *rows;
    gint64 used, capacity;
} Slab;

/* Rows of a user that follow each other. */
typedef struct {
    guint32 user; /* its id or place in large_users; later its number */
    guint32 n;
    gint64 place; /* where they go */
} Run;

struct FalPlayChunk {
    FalBadLines bad;
    FalEntry *rows; /* in a slab; col is the artist's id or place in large_artists */
    FalPlaySums sums;
    GArray *runs;
    GArray *large_users, *large_artists; /* gint64, rising, each once */
    gint64 rewritten;
};

struct FalPlayRows {
    guint64 *user_bits, *artist_bits;
    FalEntry *entries;
    gint64 *start;
    pthread_mutex_t lock;
    /* under the lock: */
    GPtrArray *slabs, *spare; /* Slab; those that nobody is writing to */
};

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
code_of(gint64 id, guint64 *bits, GArray *large)
{
    if (id < FAL_SMALL_IDS) {
        fal_id_mark(bits, (guint32)id);
        return (guint32)id;
    }
    g_array_append_val(large, id);
    return LARGE | (large->len - 1);
}

static void
end_run(Parser *it)
{
    GArray *runs = it->chunk->runs;

    if (runs->len > 0)
        g_array_index(runs, Run, runs->len - 1).n = it->in_run;
    it->in_run = 0;
}

static void
begin_run(Parser *it, gint64 user)
{
    Run run = {0, 0, 0};

    end_run(it);
    run.user = code_of(user, it->rows->user_bits, it->chunk->large_users);
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
    at += *at == '\r';
    if (*at != '\n')
        return NULL;
    fal_id_mark(it->rows->artist_bits, artist);
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
    code = code_of(artist, it->rows->artist_bits, it->chunk->large_artists);
    add_row(it, artist, code, plays);
}

/* Lets the codes of large ids be places in the list of them in order. */
static guint32
settle_code(guint32 code, const GArray *as_met, const GArray *sorted)
{
    gint64 id;
    guint low = 0, high = sorted->len;

    if (!(code & LARGE))
        return code;
    id = g_array_index(as_met, gint64, code & ~LARGE);
    while (low < high) {
        guint middle = low + (high - low) / 2;

        if (g_array_index(sorted, gint64, middle) < id)
            low = middle + 1;
        else
            high = middle;
    }
    return LARGE | low;
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
            Run *run = &g_array_index(chunk->runs, Run, i);

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
    parsed->runs = g_array_new(FALSE, FALSE, sizeof(Run));
    parsed->large_users = g_array_new(FALSE, FALSE, sizeof(gint64));
    parsed->large_artists = g_array_new(FALSE, FALSE, sizeof(gint64));
    it = (Parser){.rows = rows, .chunk = parsed, .out = parsed->rows, .user = -1};
    parse_lines(&it, chunk);
    parsed->sums = it.sums;
    parsed->bad.n_full += it.sums.n;
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

const FalBadLines *
fal_play_chunk_bad(const FalPlayChunk *chunk)
{
    return &chunk->bad;
}

/* --- all of them --- */

static guint64
power(guint64 base, gint64 exponent)
{
    guint64 result = 1;

    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            result *= base;
        base *= base;
    }
    return result;
}

void
fal_play_rows_sums(const GPtrArray *chunks, FalPlaySums *sums)
{
    *sums = (FalPlaySums){0, 0, 0};
    for (guint i = 0; i < chunks->len; i++) {
        const FalPlaySums *more = &((const FalPlayChunk *)chunks->pdata[i])->sums;

        sums->n += more->n;
        sums->plays += more->plays;
        sums->fingerprint =
            sums->fingerprint * power(FAL_FINGERPRINT_STEP, more->n) + more->fingerprint;
    }
}

static FalIdMap *
make_map(const GPtrArray *chunks, gboolean users, const guint64 *bits, const gint64 *more,
         gint64 n_more, GError **error)
{
    fal_autofree gint64 *large = NULL;
    gint64 n = n_more;

    for (guint i = 0; i < chunks->len; i++) {
        const FalPlayChunk *chunk = chunks->pdata[i];

        n += users ? chunk->large_users->len : chunk->large_artists->len;
    }
    large = FAL_NEW(gint64, n, error);
    if (!large)
        return NULL;
    n = n_more;
    for (gint64 i = 0; i < n_more; i++)
        large[i] = more[i];
    for (guint i = 0; i < chunks->len; i++) {
        const FalPlayChunk *chunk = chunks->pdata[i];
        const GArray *ids = users ? chunk->large_users : chunk->large_artists;

        for (guint j = 0; j < ids->len; j++)
            large[n++] = g_array_index(ids, gint64, j);
    }
    return fal_id_map_new(bits, large, n, error);
}

FalIdMap *
fal_play_rows_users(FalPlayRows *rows, const GPtrArray *chunks, GError **error)
{
    return make_map(chunks, TRUE, rows->user_bits, NULL, 0, error);
}

FalIdMap *
fal_play_rows_artists(FalPlayRows *rows, const GPtrArray *chunks, const gint64 *more,
                      gint64 n_more, GError **error)
{
    fal_autofree gint64 *large = FAL_NEW(gint64, n_more, error);
    gint64 n_large = 0;

    for (gint64 i = 0; large && i < n_more; i++) {
        if (more[i] < FAL_SMALL_IDS)
            fal_id_mark(rows->artist_bits, (guint32)more[i]);
        else
            large[n_large++] = more[i];
    }
    return large ? make_map(chunks, FALSE, rows->artist_bits, large, n_large, error) : NULL;
}

/* --- by user --- */

typedef struct {
    FalPlayRows *rows;
    GPtrArray *chunks;
    const FalIdMap *users, *artists;
    guint8 *met;
    FalTask *task;
} Gather;

/* The number of what a chunk has a code for. */
static inline gint32
number_of(const FalIdMap *map, guint32 code, const GArray *large)
{
    return fal_id_map_number(map, code & LARGE ? g_array_index(large, gint64, code & ~LARGE)
                                               : (gint64)code);
}

static void
number_runs(gint64 block, int worker, gpointer data)
{
    Gather *it = data;
    FalPlayChunk *chunk = it->chunks->pdata[block];

    (void)worker;
    for (guint i = 0; i < chunk->runs->len; i++) {
        Run *run = &g_array_index(chunk->runs, Run, i);

        run->user = (guint32)number_of(it->users, run->user, chunk->large_users);
    }
}

/* Says where each run goes. */
static gboolean
place_runs(Gather *it, FalTask *task, GError **error)
{
    gint64 *start = FAL_NEW(gint64, (gsize)it->users->n + 2, error);

    it->rows->start = start;
    if (!start)
        return FALSE;
    /* Filling moves each start to the next one's place. */
    for (guint i = 0; i < it->chunks->len; i++) {
        const GArray *runs = ((FalPlayChunk *)it->chunks->pdata[i])->runs;

        for (guint j = 0; j < runs->len; j++)
            start[g_array_index(runs, Run, j).user + 2] += g_array_index(runs, Run, j).n;
    }
    for (gint32 user = 0; user < it->users->n; user++)
        start[user + 2] += start[user + 1];
    for (guint i = 0; i < it->chunks->len; i++) {
        GArray *runs = ((FalPlayChunk *)it->chunks->pdata[i])->runs;

        if (fal_task_stopped(task, error))
            return FALSE;
        for (guint j = 0; j < runs->len; j++) {
            Run *run = &g_array_index(runs, Run, j);

            run->place = start[run->user + 1];
            start[run->user + 1] += run->n;
        }
    }
    return TRUE;
}

static void
gather_chunk(gint64 block, int worker, gpointer data)
{
    Gather *it = data;
    FalPlayChunk *chunk = it->chunks->pdata[block];
    const FalEntry *row = chunk->rows;

    (void)worker;
    if (fal_task_cancelled(it->task))
        return;
    for (guint i = 0; i < chunk->runs->len; i++) {
        const Run *run = &g_array_index(chunk->runs, Run, i);
        FalEntry *to = it->rows->entries + run->place;

        for (guint32 j = 0; j < run->n; j++, row++) {
            gint32 number = number_of(it->artists, row->col, chunk->large_artists);
            gint32 target = it->artists->rows[number];

            if (target != number) {
                chunk->rewritten++;
                __atomic_store_n(&it->met[number], 1, __ATOMIC_RELAXED);
            }
            to[j] = (FalEntry){(guint32)target, row->plays};
        }
    }
    fal_task_add(it->task, (double)chunk->sums.n);
}

gboolean
fal_play_rows_gather(FalPlayRows *rows, GPtrArray *chunks, const FalIdMap *users,
                     const FalIdMap *artists, guint8 *met, gint64 *rewritten, FalTask *task,
                     GError **error)
{
    Gather it = {rows, chunks, users, artists, met, task};
    FalPlaySums sums;

    fal_play_rows_sums(chunks, &sums);
    rows->entries = FAL_NEW(FalEntry, sums.n, error);
    if (!rows->entries)
        return FALSE;
    fal_parallel_for(chunks->len, number_runs, &it);
    if (!place_runs(&it, task, error))
        return FALSE;
    fal_parallel_for(chunks->len, gather_chunk, &it);
    *rewritten = 0;
    for (guint i = 0; i < chunks->len; i++)
        *rewritten += ((FalPlayChunk *)chunks->pdata[i])->rewritten;
    g_ptr_array_set_size(chunks, 0);
    g_ptr_array_set_size(rows->spare, 0);
    g_ptr_array_set_size(rows->slabs, 0);
    return !fal_task_stopped(task, error);
}

const FalEntry *
fal_play_rows_entries(const FalPlayRows *rows, const gint64 **start)
{
    *start = rows->start;
    return rows->entries;
}

/* --- counting --- */

/* Side by side, as they are looked up together and far apart from one row to the next. */
typedef struct {
    guint32 last_user; /* plus 1 */
    guint32 listeners;
} Seen;

typedef struct {
    const FalPlayRows *rows;
    gint32 n_users, n_artists;
    gint64 shares;
    Seen **seen; /* by share */
    guint32 *listeners, *user_artists;
    FalTask *task;
} Count;

/* The first user of a share: shares have about as many rows. */
static gint32
first_user(const Count *it, gint64 share)
{
    const gint64 *start = it->rows->start;
    gint64 row = start[it->n_users] / it->shares * share;
    gint32 low = 0, high = it->n_users;

    if (share == it->shares)
        return it->n_users;
    while (low < high) {
        gint32 middle = low + (high - low) / 2;

        if (start[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void
count_share(gint64 share, int worker, gpointer data)
{
    const Count *it = data;
    const gint64 *start = it->rows->start;
    Seen *seen = it->seen[share];
    gint32 first = first_user(it, share), end = first_user(it, share + 1);
    gint64 next = 0;

    (void)worker;
    for (gint32 user = first; user < end; user++) {
        guint32 artists = 0;

        if (start[user] >= next) {
            if (fal_task_cancelled(it->task))
                return;
            next = start[user] + STEP;
        }
        for (gint64 i = start[user]; i < start[user + 1]; i++) {
            Seen *artist = &seen[it->rows->entries[i].col];
            guint32 is_new = artist->last_user != (guint32)user + 1;

            artist->last_user = (guint32)user + 1;
            artist->listeners += is_new;
            artists += is_new;
        }
        it->user_artists[user] = artists;
    }
    fal_task_add(it->task, (double)(start[end] - start[first]));
}

static void
add_shares(gint64 block, int worker, gpointer data)
{
    const Count *it = data;
    gint32 end = (gint32)MIN(it->n_artists, (block + 1) * STEP);

    (void)worker;
    for (gint32 artist = (gint32)(block * STEP); artist < end; artist++)
        for (gint64 share = 0; share < it->shares; share++)
            it->listeners[artist] += it->seen[share][artist].listeners;
}

gboolean
fal_play_rows_count(const FalPlayRows *rows, gint32 n_users, gint32 n_artists,
                    guint32 *listeners, guint32 *user_artists, FalTask *task, GError **error)
{
    gint64 shares = MIN(fal_parallel_threads(), MAX_SHARES);
    Seen *seen[MAX_SHARES] = {NULL};
    Count it = {rows, n_users, n_artists, shares, seen, listeners, user_artists, task};
    gboolean well = TRUE;

    for (gint64 share = 0; share < shares && well; share++) {
        seen[share] = FAL_NEW(Seen, n_artists, error);
        well = seen[share] != NULL;
    }
    if (well) {
        fal_parallel_for(shares, count_share, &it);
        fal_parallel_for((n_artists + STEP - 1) / STEP, add_shares, &it);
    }
    for (gint64 share = 0; share < shares; share++)
        fal_free(seen[share]);
    return well && !fal_task_stopped(task, error);
}
