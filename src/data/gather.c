/* Rows of plays after they were parsed (playrows.c): their ids, bringing them together by user,
 * and counting.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/parallel.h"
#include "data/playrows.h"

/* Rows between two looks at the task. */
#define STEP ((gint64)1 << 18)
/* Each share of the users that are counted at a time takes memory for all artists. */
#define MAX_SHARES 8
/* Rows that are looked up together. */
#define BATCH 64

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
    return fal_id_map_number(
        map, code & FAL_LARGE ? g_array_index(large, gint64, code & ~FAL_LARGE) : (gint64)code);
}

static void
number_runs(gint64 block, int worker, gpointer data)
{
    Gather *it = data;
    FalPlayChunk *chunk = it->chunks->pdata[block];

    (void)worker;
    for (guint i = 0; i < chunk->runs->len; i++) {
        FalRun *run = &g_array_index(chunk->runs, FalRun, i);

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
            start[g_array_index(runs, FalRun, j).user + 2] += g_array_index(runs, FalRun, j).n;
    }
    for (gint32 user = 0; user < it->users->n; user++)
        start[user + 2] += start[user + 1];
    for (guint i = 0; i < it->chunks->len; i++) {
        GArray *runs = ((FalPlayChunk *)it->chunks->pdata[i])->runs;

        if (fal_task_stopped(task, error))
            return FALSE;
        for (guint j = 0; j < runs->len; j++) {
            FalRun *run = &g_array_index(runs, FalRun, j);

            run->place = start[run->user + 1];
            start[run->user + 1] += run->n;
        }
    }
    return TRUE;
}

/* Writes rows of a chunk, at most BATCH, to where they go. What is looked up for each lies all
 * over the memory: it is fetched for all of them before it is used. */
static void
gather_batch(Gather *it, FalPlayChunk *chunk, const FalEntry *from, gint n, FalEntry *to)
{
    const FalIdMap *map = it->artists;
    const FalEntry *last = chunk->rows + chunk->sums.n - 1;
    const gint32 *rows = map->rows;
    gint32 number[BATCH];

    for (gint i = 0; i < n; i++) {
        gint64 ahead = from[MIN(i + BATCH, last - from)].col / 64;

        __builtin_prefetch(&map->words[ahead < map->n_words ? ahead : 0]);
        number[i] = number_of(map, from[i].col, chunk->large_artists);
        __builtin_prefetch(&rows[number[i]]);
    }
    for (gint i = 0; i < n; i++) {
        gint32 target = rows[number[i]];

        if (target != number[i]) {
            chunk->rewritten++;
            __atomic_store_n(&it->met[number[i]], 1, __ATOMIC_RELAXED);
        }
        to[i] = (FalEntry){(guint32)target, from[i].plays};
    }
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
        const FalRun *run = &g_array_index(chunk->runs, FalRun, i);
        FalEntry *to = it->rows->entries + run->place;

        for (guint32 done = 0; done < run->n; done += BATCH) {
            gint n = (gint)MIN(run->n - done, BATCH);

            gather_batch(it, chunk, row + done, n, to + done);
        }
        row += run->n;
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
