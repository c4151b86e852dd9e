/* The plays in compressed rows, both ways.
 *
 * First by user: a counting sort. Then each user's entries are sorted by artist, in the
 * processor's caches and by all cores, and those of the same pair are added up. Counting once
 * more, by artist, gives the other orientation, with users that rise within each artist: each
 * thread fills a stretch of artists, which of a sorted row is a stretch too.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/plays-private.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/parallel.h"

/* Entries between two looks at the task. */
#define STEP           ((gint64)1 << 18)
#define ROWS_PER_BLOCK 256
/* Entries between one and that which is fetched for it. */
#define AHEAD 16
/* More than one, as some take longer than others. */
#define SHARES_PER_THREAD 2
/* Shorter rows are sorted by insertion. */
#define RADIX_FROM 48

/* While a CSR is filled start[r] is where the next entry of row r goes. At the end that is
 * where row r + 1 begins: one step on it is as it should be. */
static void
begin_filling(FalCsr *csr)
{
    gint64 at = 0;

    for (gint32 row = 0; row < csr->n_rows; row++) {
        gint64 count = csr->start[row];

        csr->start[row] = at;
        at += count;
    }
    csr->start[csr->n_rows] = at;
}

static void
end_filling(FalCsr *csr)
{
    for (gint32 row = csr->n_rows; row > 0; row--)
        csr->start[row] = csr->start[row - 1];
    csr->start[0] = 0;
}

static inline void
fill(FalCsr *csr, gint32 row, gint32 col, guint32 plays)
{
    gint64 at = csr->start[row]++;

    csr->col[at] = col;
    csr->plays[at] = plays;
}

static gboolean
group_by_user(FalCsr *by_user, const FalPlay *plays, gint64 n, FalTask *task, GError **error)
{
    for (gint64 i = 0; i < n; i++) {
        g_assert(plays[i].user >= 0 && plays[i].user < by_user->n_rows);
        g_assert(plays[i].artist >= 0 && plays[i].artist < by_user->n_cols);
        by_user->start[plays[i].user] += plays[i].plays > 0;
    }
    begin_filling(by_user);
    for (gint64 i = 0; i < n; i++) {
        if (plays[i].plays > 0)
            fill(by_user, plays[i].user, plays[i].artist, plays[i].plays);
        if (i % STEP == 0) {
            if (fal_task_stopped(task, error))
                return FALSE;
            fal_task_advance(task, (double)i);
        }
    }
    end_filling(by_user);
    return TRUE;
}

typedef struct {
    FalCsr *to;
    const FalCsr *from;
    gint64 n_shares;
    gint32 *first; /* row of `to` that each share begins with, and n_rows */
    FalTask *task;
} Transpose;

/* Puts the entries at .. end - 1 of a row of `from` where they go. Each goes somewhere else:
 * the places are fetched some steps ahead, and before that where they are. */
static inline void
spread(FalCsr *to, const FalCsr *from, gint32 row, gint64 at, gint64 end)
{
    gint64 *start = to->start;
    gint32 *to_col = to->col;
    guint32 *to_plays = to->plays;
    const gint32 *col = from->col;
    const guint32 *plays = from->plays;

    for (gint64 i = at; i < MIN(at + 2 * AHEAD, end); i++)
        __builtin_prefetch(&start[col[i]], 1);
    for (; at < end; at++) {
        gint64 there = start[col[at]]++;

        to_col[there] = row;
        to_plays[there] = plays[at];
        /* Beyond the end begins what another thread may be filling. */
        if (at + AHEAD < end) {
            gint64 ahead = start[col[at + AHEAD]];

            __builtin_prefetch(&to_col[ahead], 1);
            __builtin_prefetch(&to_plays[ahead], 1);
        }
        if (at + 2 * AHEAD < end)
            __builtin_prefetch(&start[col[at + 2 * AHEAD]], 1);
    }
}

/* Fills the rows of a share, each of which is a stretch of columns of the other orientation. */
static void
transpose_share(gint64 share, int worker, gpointer data)
{
    Transpose *it = data;
    FalCsr *to = it->to;
    const FalCsr *from = it->from;
    gint32 first = it->first[share], end = it->first[share + 1];
    gint64 done = 0, next = STEP, entries = 0;

    (void)worker;
    for (gint32 row = 0; row < from->n_rows; row++) {
        gint64 at = first > 0 ? fal_csr_position(from, row, first) : from->start[row];
        gint64 last =
            end < to->n_rows ? fal_csr_position(from, row, end) : from->start[row + 1];

        spread(to, from, row, at, last);
        entries += last - at;
        done += last - at + 1;
        if (done >= next) {
            next = done + STEP;
            if (fal_task_cancelled(it->task))
                return;
        }
    }
    /* start[] of the next share moves while another thread fills that. */
    fal_task_add(it->task, (double)entries);
}

/* Fills `to`, whose start[row] is how many entries each row has, with the entries of `from`. A
 * share of the rows has about as many entries as the others. */
static gboolean
transpose(FalCsr *to, const FalCsr *from, FalTask *task, GError **error)
{
    gint64 n = from->start[from->n_rows];
    gint64 n_shares = CLAMP(n / STEP, 1, SHARES_PER_THREAD * fal_parallel_threads());
    fal_autofree gint32 *first = FAL_NEW(gint32, n_shares + 1, error);
    Transpose it = {to, from, n_shares, first, task};
    gint64 share = 1;

    if (!first)
        return FALSE;
    begin_filling(to);
    for (gint32 row = 0; row < to->n_rows && share < n_shares; row++)
        if (to->start[row] >= n / n_shares * share)
            first[share++] = row;
    for (; share <= n_shares; share++)
        first[share] = to->n_rows;
    fal_parallel_for(n_shares, transpose_share, &it);
    end_filling(to);
    return !fal_task_stopped(task, error);
}

static void
count_cols(FalCsr *to, const FalCsr *from)
{
    for (gint64 i = 0; i < from->start[from->n_rows]; i++)
        to->start[from->col[i]]++;
}

typedef struct {
    FalCsr *csr;
    gint64 *length; /* of each row, merged */
    FalTask *task;
    gint failed; /* atomic: no memory */
} SortRows;

static void
sort_by_insertion(guint64 *keys, gint64 n)
{
    for (gint64 i = 1; i < n; i++) {
        guint64 key = keys[i];
        gint64 at = i;

        for (; at > 0 && keys[at - 1] > key; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

/* By the upper halves, a byte at a time. */
guint64 *
fal_sort_keys(guint64 *keys, guint64 *other, gint64 n, guint32 most)
{
    if (n < RADIX_FROM) {
        sort_by_insertion(keys, n);
        return keys;
    }
    for (int shift = 32; shift < 64 && (most >> (shift - 32)) > 0; shift += 8) {
        gint64 next[257] = {0};
        guint64 *sorted = other;

        for (gint64 i = 0; i < n; i++)
            next[(keys[i] >> shift & 0xff) + 1]++;
        for (int i = 0; i < 256; i++)
            next[i + 1] += next[i];
        for (gint64 i = 0; i < n; i++)
            sorted[next[keys[i] >> shift & 0xff]++] = keys[i];
        other = keys;
        keys = sorted;
    }
    return keys;
}

/* Puts the sorted keys back, those of the same column added up. Returns how many are left. */
static gint64
merge_row(const guint64 *keys, gint64 n, gint32 *col, guint32 *plays)
{
    gint64 last = -1;

    for (gint64 i = 0; i < n; i++) {
        gint32 column = (gint32)(keys[i] >> 32);
        guint32 count = (guint32)keys[i];

        if (last >= 0 && col[last] == column) {
            plays[last] += MIN(count, G_MAXUINT32 - plays[last]);
        } else {
            col[++last] = column;
            plays[last] = count;
        }
    }
    return last + 1;
}

static void
sort_row(FalCsr *csr, gint32 row, guint64 *keys, gint64 *length)
{
    gint32 *col = csr->col + csr->start[row];
    guint32 *plays = csr->plays + csr->start[row];
    gint64 n = fal_csr_count(csr, row);
    guint64 *sorted;

    for (gint64 i = 0; i < n; i++)
        keys[i] = (guint64)col[i] << 32 | plays[i];
    sorted = fal_sort_keys(keys, keys + n, n, (guint32)csr->n_cols - 1);
    *length = merge_row(sorted, n, col, plays);
}

static void
sort_block(gint64 block, int worker, gpointer data)
{
    SortRows *it = data;
    gint32 first = (gint32)(block * ROWS_PER_BLOCK);
    gint32 end = (gint32)MIN(it->csr->n_rows, (block + 1) * ROWS_PER_BLOCK);
    g_autofree guint64 *keys = NULL;
    gint64 longest = 0;

    (void)worker;
    if (fal_task_cancelled(it->task))
        return;
    for (gint32 row = first; row < end; row++)
        longest = MAX(longest, fal_csr_count(it->csr, row));
    keys = g_try_new(guint64, 2 * (gsize)longest + 1);
    if (!keys) {
        g_atomic_int_set(&it->failed, TRUE);
        return;
    }
    for (gint32 row = first; row < end; row++)
        sort_row(it->csr, row, keys, &it->length[row]);
    fal_task_add(it->task, (double)(it->csr->start[end] - it->csr->start[first]));
}

static gboolean
check_sorted(const gint *failed, GError **error)
{
    if (!g_atomic_int_get(failed))
        return TRUE;
    g_set_error_literal(error, FAL_ERROR, FAL_ERROR_MEMORY,
                        "not enough memory to sort the plays: close other programs or use a "
                        "smaller set");
    return FALSE;
}

/* Sorts and merges each row, then closes the gaps. */
static gboolean
sort_rows(FalCsr *csr, FalTask *task, GError **error)
{
    fal_autofree gint64 *length = FAL_NEW(gint64, csr->n_rows, error);
    gint64 n_blocks = ((gint64)csr->n_rows + ROWS_PER_BLOCK - 1) / ROWS_PER_BLOCK;
    SortRows it = {csr, length, task, FALSE};
    gint64 to = 0;

    if (!length)
        return FALSE;
    fal_parallel_for(n_blocks, sort_block, &it);
    if (fal_task_stopped(task, error) || !check_sorted(&it.failed, error))
        return FALSE;
    for (gint32 row = 0; row < csr->n_rows; row++) {
        gint64 from = csr->start[row];

        csr->start[row] = to;
        if (from != to) {
            memmove(csr->col + to, csr->col + from, (gsize)length[row] * sizeof *csr->col);
            memmove(csr->plays + to, csr->plays + from,
                    (gsize)length[row] * sizeof *csr->plays);
        }
        to += length[row];
    }
    csr->start[csr->n_rows] = to;
    return TRUE;
}

typedef struct {
    const FalGathered *from;
    FalCsr *csr;
    FalTask *task;
    gint failed; /* atomic: no memory */
} Place;

static void
place_row(const FalGathered *from, gint32 row, FalCsr *csr, guint64 *keys)
{
    gint64 first = from->start[from->users[row]];
    gint64 n = from->start[from->users[row] + 1] - first;
    guint64 *sorted;

    for (gint64 i = 0; i < n; i++) {
        const FalEntry *entry = &from->entries[first + i];

        keys[i] = (guint64)from->artists[entry->col] << 32 | entry->plays;
    }
    sorted = fal_sort_keys(keys, keys + n, n, (guint32)csr->n_cols - 1);
    merge_row(sorted, n, csr->col + csr->start[row], csr->plays + csr->start[row]);
}

static void
place_block(gint64 block, int worker, gpointer data)
{
    Place *it = data;
    const gint64 *start = it->from->start;
    gint32 first = (gint32)(block * ROWS_PER_BLOCK);
    gint32 end = (gint32)MIN(it->csr->n_rows, (block + 1) * ROWS_PER_BLOCK);
    g_autofree guint64 *keys = NULL;
    gint64 longest = 0;

    (void)worker;
    if (fal_task_cancelled(it->task))
        return;
    for (gint32 row = first; row < end; row++) {
        gint32 number = it->from->users[row];

        longest = MAX(longest, start[number + 1] - start[number]);
    }
    keys = g_try_new(guint64, 2 * (gsize)longest + 1);
    if (!keys) {
        g_atomic_int_set(&it->failed, TRUE);
        return;
    }
    for (gint32 row = first; row < end; row++)
        place_row(it->from, row, it->csr, keys);
    fal_task_add(it->task, (double)(it->csr->start[end] - it->csr->start[first]));
}

FalPlays *
fal_plays_new_gathered(gint32 n_users, gint32 n_artists, const FalGathered *gathered,
                       FalTask *task, GError **error)
{
    g_autoptr(FalPlays) built = g_new0(FalPlays, 1);
    Place it = {gathered, &built->by_user, task, FALSE};
    gint64 n = 0;

    g_atomic_ref_count_init(&built->refs);
    for (gint32 row = 0; row < n_users; row++)
        n += gathered->user_artists[gathered->users[row]];
    fal_task_stage(task, "sorting plays", 2 * (double)n);
    if (!fal_csr_init(&built->by_user, n_users, n_artists, n, error))
        return NULL;
    for (gint32 row = 0; row < n_users; row++)
        built->by_user.start[row + 1] =
            built->by_user.start[row] + gathered->user_artists[gathered->users[row]];
    fal_parallel_for(((gint64)n_users + ROWS_PER_BLOCK - 1) / ROWS_PER_BLOCK, place_block, &it);
    if (fal_task_stopped(task, error) || !check_sorted(&it.failed, error))
        return NULL;
    return g_steal_pointer(&built);
}

gboolean
fal_plays_turn(FalPlays *plays, const guint32 *listeners, gpointer memory, FalTask *task,
               GError **error)
{
    FalCsr *by_artist = &plays->by_artist;
    gint64 n = fal_plays_n_pairs(plays);

    plays->memory = memory;
    by_artist->n_rows = plays->by_user.n_cols;
    by_artist->n_cols = plays->by_user.n_rows;
    by_artist->col = memory;
    by_artist->plays = (guint32 *)memory + n;
    by_artist->start = FAL_NEW(gint64, (gsize)by_artist->n_rows + 1, error);
    if (!by_artist->start)
        return FALSE;
    for (gint32 row = 0; row < by_artist->n_rows; row++)
        by_artist->start[row] = listeners[row];
    return transpose(by_artist, &plays->by_user, task, error);
}

gboolean
fal_plays_fill_by_artist(FalPlays *plays, FalTask *task, GError **error)
{
    const FalCsr *by_user = &plays->by_user;
    FalCsr *by_artist = &plays->by_artist;

    if (!fal_csr_init(by_artist, by_user->n_cols, by_user->n_rows, fal_plays_n_pairs(plays),
                      error) ||
        fal_task_stopped(task, error))
        return FALSE;
    count_cols(by_artist, by_user);
    return transpose(by_artist, by_user, task, error);
}

FalPlays *
fal_plays_new_taken(FalCsr by_user, FalCsr by_artist)
{
    FalPlays *plays = g_new0(FalPlays, 1);

    g_atomic_ref_count_init(&plays->refs);
    plays->by_user = by_user;
    plays->by_artist = by_artist;
    return plays;
}

FalPlays *
fal_plays_new(gint32 n_users, gint32 n_artists, const FalPlay *plays, gint64 n, FalTask *task,
              GError **error)
{
    g_autoptr(FalPlays) built = g_new0(FalPlays, 1);

    g_return_val_if_fail(n_users >= 0 && n_artists >= 0 && n >= 0, NULL);

    g_atomic_ref_count_init(&built->refs);
    fal_task_stage(task, "sorting plays", 3 * (double)n);
    if (!fal_csr_init(&built->by_user, n_users, n_artists, n, error) ||
        !group_by_user(&built->by_user, plays, n, task, error) ||
        !sort_rows(&built->by_user, task, error))
        return NULL;
    return fal_plays_fill_by_artist(built, task, error) ? g_steal_pointer(&built) : NULL;
}

FalPlays *
fal_plays_ref(FalPlays *plays)
{
    g_atomic_ref_count_inc(&plays->refs);
    return plays;
}

void
fal_plays_unref(FalPlays *plays)
{
    if (!plays || !g_atomic_ref_count_dec(&plays->refs))
        return;
    if (plays->memory) {
        fal_free(plays->memory);
        plays->by_artist.col = NULL;
        plays->by_artist.plays = NULL;
    }
    fal_csr_clear(&plays->by_user);
    fal_csr_clear(&plays->by_artist);
    g_free(plays);
}

const FalCsr *
fal_plays_by_user(const FalPlays *plays)
{
    return &plays->by_user;
}

const FalCsr *
fal_plays_by_artist(const FalPlays *plays)
{
    return &plays->by_artist;
}

gint64
fal_plays_n_pairs(const FalPlays *plays)
{
    return plays->by_user.start[plays->by_user.n_rows];
}
