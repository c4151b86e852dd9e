/* A sample of the plays (see sample.h). One thread: it copies a small part.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/sample.h"

#include <string.h>

#include "base/alloc.h"

static void
csr_clear(FalCsr *csr)
{
    fal_free(csr->start);
    fal_free(csr->col);
    fal_free(csr->plays);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FalCsr, csr_clear)

static gboolean
csr_init(FalCsr *csr, gint32 n_rows, gint32 n_cols, gint64 n_pairs, GError **error)
{
    csr->n_rows = n_rows;
    csr->n_cols = n_cols;
    return (csr->start = FAL_NEW(gint64, (gsize)n_rows + 1, error)) &&
           (csr->col = FAL_NEW(gint32, n_pairs, error)) &&
           (csr->plays = FAL_NEW(guint32, n_pairs, error));
}

/* The entries of a row whose columns are below n_cols: columns rise. */
static gint64
count_below(const FalCsr *csr, gint32 row, gint32 n_cols)
{
    gint64 low = csr->start[row], high = csr->start[row + 1];

    while (low < high) {
        gint64 middle = low + (high - low) / 2;

        if (csr->col[middle] < n_cols)
            low = middle + 1;
        else
            high = middle;
    }
    return low - csr->start[row];
}

static gboolean
copy_users(FalCsr *out, const FalCsr *csr, gint32 every, gint32 n_cols, GError **error)
{
    gint32 n_rows = (gint32)(((gint64)csr->n_rows + every - 1) / every);
    gint64 n_pairs = 0;

    for (gint32 row = 0; row < n_rows; row++)
        n_pairs += count_below(csr, row * every, n_cols);
    if (!csr_init(out, n_rows, n_cols, n_pairs, error))
        return FALSE;
    out->start[0] = 0;
    for (gint32 row = 0; row < n_rows; row++) {
        gint64 from = csr->start[row * every], to = out->start[row];
        gint64 n = count_below(csr, row * every, n_cols);

        memcpy(out->col + to, csr->col + from, (gsize)n * sizeof *out->col);
        memcpy(out->plays + to, csr->plays + from, (gsize)n * sizeof *out->plays);
        out->start[row + 1] = to + n;
    }
    return TRUE;
}

static gboolean
turn(FalCsr *out, const FalCsr *csr, GError **error)
{
    gint64 n_pairs = csr->start[csr->n_rows];

    if (!csr_init(out, csr->n_cols, csr->n_rows, n_pairs, error))
        return FALSE;
    memset(out->start, 0, ((gsize)out->n_rows + 1) * sizeof *out->start);
    for (gint64 k = 0; k < n_pairs; k++)
        out->start[csr->col[k] + 1]++;
    for (gint32 row = 0; row < out->n_rows; row++)
        out->start[row + 1] += out->start[row];
    /* Where a row ends becomes where it starts as it is filled, from its last column back. */
    for (gint32 row = csr->n_rows - 1; row >= 0; row--)
        for (gint64 k = csr->start[row + 1] - 1; k >= csr->start[row]; k--) {
            gint64 at = --out->start[csr->col[k] + 1];

            out->col[at] = row;
            out->plays[at] = csr->plays[k];
        }
    for (gint32 row = 0; row < out->n_rows; row++)
        out->start[row] = out->start[row + 1];
    out->start[out->n_rows] = n_pairs;
    return TRUE;
}

FalPlays *
fal_plays_sample(const FalPlays *plays, gint32 every, gint64 least, GError **error)
{
    const FalCsr *by_artist = fal_plays_by_artist(plays);
    g_auto(FalCsr) users = {.n_rows = 0}, artists = {.n_rows = 0};
    gint32 n_artists = 0;

    g_return_val_if_fail(every > 0, NULL);

    while (n_artists < by_artist->n_rows && fal_csr_count(by_artist, n_artists) >= least)
        n_artists++;
    if (!copy_users(&users, fal_plays_by_user(plays), every, n_artists, error) ||
        !turn(&artists, &users, error))
        return NULL;

    FalPlays *sample = fal_plays_new_taken(users, artists);
    users = artists = (FalCsr){.n_rows = 0};
    return sample;
}
