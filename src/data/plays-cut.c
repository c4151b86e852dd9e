/* Plays in two parts, cut out of the orientations that there are, as these are in order.
 *
 * By user both parts are what the flags say. By artist the flagged part, the smaller one as a
 * rule, is made anew, and the rest is all that is not in it: no pair of the larger part is
 * sorted or thrown about in memory again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "data/plays-private.h"

#define ROWS_PER_BLOCK 256

typedef struct {
    const FalPlays *plays;
    const guint8 *flags;
    FalPlays *flagged, *rest;
    gint64 *start; /* n_users + 1: of the rows of flagged */
    FalTask *task;
} Cut;

static gint64
n_blocks(const FalCsr *csr)
{
    return ((gint64)csr->n_rows + ROWS_PER_BLOCK - 1) / ROWS_PER_BLOCK;
}

/* start[row + 1] is how many entries the row has, until they are added up. */
static void
count_block(gint64 block, int worker, gpointer data)
{
    const Cut *cut = data;
    const FalCsr *whole = &cut->plays->by_user;
    gint32 end = (gint32)MIN(whole->n_rows, (block + 1) * ROWS_PER_BLOCK);

    (void)worker;
    for (gint32 row = (gint32)(block * ROWS_PER_BLOCK); row < end; row++) {
        gint64 flagged = 0;

        for (gint64 i = whole->start[row]; i < whole->start[row + 1]; i++)
            flagged += cut->flags[i] != 0;
        cut->start[row + 1] = flagged;
    }
}

static void
part_block(gint64 block, int worker, gpointer data)
{
    const Cut *cut = data;
    const FalCsr *whole = &cut->plays->by_user;
    FalCsr *part[2] = {&cut->rest->by_user, &cut->flagged->by_user};
    gint32 first = (gint32)(block * ROWS_PER_BLOCK);
    gint32 end = (gint32)MIN(whole->n_rows, (block + 1) * ROWS_PER_BLOCK);
    gint64 next[2] = {part[0]->start[first], part[1]->start[first]};

    (void)worker;
    if (fal_task_cancelled(cut->task))
        return;
    for (gint64 i = whole->start[first]; i < whole->start[end]; i++) {
        int which = cut->flags[i] != 0;
        gint64 to = next[which]++;

        part[which]->col[to] = whole->col[i];
        part[which]->plays[to] = whole->plays[i];
    }
    fal_task_add(cut->task, (double)(whole->start[end] - whole->start[first]));
}

/* A row of rest: that of whole without the columns of flagged, which are all in it. */
static void
leave_out(const FalCsr *whole, const FalCsr *flagged, FalCsr *rest, gint32 row)
{
    gint64 from = whole->start[row], end = whole->start[row + 1], to = rest->start[row];

    for (gint64 i = flagged->start[row]; i < flagged->start[row + 1]; i++) {
        for (; whole->col[from] != flagged->col[i]; from++, to++) {
            rest->col[to] = whole->col[from];
            rest->plays[to] = whole->plays[from];
        }
        from++;
    }
    memcpy(rest->col + to, whole->col + from, (gsize)(end - from) * sizeof *rest->col);
    memcpy(rest->plays + to, whole->plays + from, (gsize)(end - from) * sizeof *rest->plays);
}

static void
leave_out_block(gint64 block, int worker, gpointer data)
{
    const Cut *cut = data;
    const FalCsr *whole = &cut->plays->by_artist;
    gint32 first = (gint32)(block * ROWS_PER_BLOCK);
    gint32 end = (gint32)MIN(whole->n_rows, (block + 1) * ROWS_PER_BLOCK);

    (void)worker;
    if (fal_task_cancelled(cut->task))
        return;
    for (gint32 row = first; row < end; row++)
        leave_out(whole, &cut->flagged->by_artist, &cut->rest->by_artist, row);
    fal_task_add(cut->task, (double)(whole->start[end] - whole->start[first]));
}

static gboolean
cut_by_user(Cut *cut, GError **error)
{
    const FalCsr *whole = &cut->plays->by_user;
    FalCsr *flagged = &cut->flagged->by_user, *rest = &cut->rest->by_user;
    gint32 n = whole->n_rows;
    fal_autofree gint64 *start = cut->start = FAL_NEW(gint64, (gsize)n + 1, error);

    if (!start)
        return FALSE;
    fal_parallel_for(n_blocks(whole), count_block, cut);
    for (gint32 row = 0; row < n; row++)
        start[row + 1] += start[row];
    if (!fal_csr_init(flagged, n, whole->n_cols, start[n], error) ||
        !fal_csr_init(rest, n, whole->n_cols, whole->start[n] - start[n], error))
        return FALSE;
    for (gint32 row = 0; row <= n; row++) {
        flagged->start[row] = start[row];
        rest->start[row] = whole->start[row] - start[row];
    }
    fal_parallel_for(n_blocks(whole), part_block, cut);
    return !fal_task_stopped(cut->task, error);
}

static gboolean
cut_by_artist(Cut *cut, GError **error)
{
    const FalCsr *whole = &cut->plays->by_artist, *flagged = &cut->flagged->by_artist;
    FalCsr *rest = &cut->rest->by_artist;

    if (!fal_plays_fill_by_artist(cut->flagged, cut->task, error) ||
        !fal_csr_init(rest, whole->n_rows, whole->n_cols, fal_plays_n_pairs(cut->rest), error))
        return FALSE;
    for (gint32 row = 0; row <= whole->n_rows; row++)
        rest->start[row] = whole->start[row] - flagged->start[row];
    fal_parallel_for(n_blocks(whole), leave_out_block, cut);
    return !fal_task_stopped(cut->task, error);
}

gboolean
fal_plays_cut(const FalPlays *plays, const guint8 *flags, FalPlays **flagged, FalPlays **rest,
              FalTask *task, GError **error)
{
    const FalCsr none = {0};
    g_autoptr(FalPlays) in = fal_plays_new_taken(none, none);
    g_autoptr(FalPlays) out = fal_plays_new_taken(none, none);
    Cut cut = {plays, flags, in, out, NULL, task};

    fal_task_stage(task, "making parts", 2 * (double)fal_plays_n_pairs(plays));
    if (!cut_by_user(&cut, error) || !cut_by_artist(&cut, error))
        return FALSE;
    *flagged = g_steal_pointer(&in);
    *rest = g_steal_pointer(&out);
    return TRUE;
}
