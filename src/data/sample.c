/* A sample of the plays (see sample.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/sample.h"

#include <string.h>

#include "data/plays-private.h"

static gboolean
copy_users(FalCsr *out, const FalCsr *csr, gint32 every, gint32 n_cols, GError **error)
{
    gint32 n_rows = (gint32)(((gint64)csr->n_rows + every - 1) / every);
    gint64 n_pairs = 0;

    for (gint32 row = 0; row < n_rows; row++)
        n_pairs += fal_csr_position(csr, row * every, n_cols) - csr->start[row * every];
    if (!fal_csr_init(out, n_rows, n_cols, n_pairs, error))
        return FALSE;
    out->start[0] = 0;
    for (gint32 row = 0; row < n_rows; row++) {
        gint64 from = csr->start[row * every], to = out->start[row];
        gint64 n = fal_csr_position(csr, row * every, n_cols) - csr->start[row * every];

        memcpy(out->col + to, csr->col + from, (gsize)n * sizeof *out->col);
        memcpy(out->plays + to, csr->plays + from, (gsize)n * sizeof *out->plays);
        out->start[row + 1] = to + n;
    }
    return TRUE;
}

FalPlays *
fal_plays_sample(const FalPlays *plays, gint32 every, gint64 least, GError **error)
{
    const FalCsr *by_artist = fal_plays_by_artist(plays);
    const FalCsr none = {0};
    g_autoptr(FalPlays) sample = fal_plays_new_taken(none, none);
    gint32 n_artists = 0;

    g_return_val_if_fail(every > 0, NULL);

    while (n_artists < by_artist->n_rows && fal_csr_count(by_artist, n_artists) >= least)
        n_artists++;
    if (!copy_users(&sample->by_user, fal_plays_by_user(plays), every, n_artists, error) ||
        !fal_plays_fill_by_artist(sample, NULL, error))
        return NULL;
    return g_steal_pointer(&sample);
}
