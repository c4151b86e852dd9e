/* Compressed rows: one orientation of the plays.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/alloc.h"
#include "base/sorted.h"
#include "data/plays-private.h"

gboolean
fal_csr_init(FalCsr *csr, gint32 n_rows, gint32 n_cols, gint64 n, GError **error)
{
    csr->n_rows = n_rows;
    csr->n_cols = n_cols;
    return (csr->start = FAL_NEW(gint64, (gsize)n_rows + 1, error)) &&
           (csr->col = FAL_NEW(gint32, n, error)) && (csr->plays = FAL_NEW(guint32, n, error));
}

void
fal_csr_clear(FalCsr *csr)
{
    fal_free(csr->start);
    fal_free(csr->col);
    fal_free(csr->plays);
}

gint64
fal_csr_position(const FalCsr *csr, gint32 row, gint32 col)
{
    gint64 start = csr->start[row];

    return start + fal_sorted_find(csr->col + start, csr->start[row + 1] - start, col);
}

guint32
fal_csr_find(const FalCsr *csr, gint32 row, gint32 col)
{
    gint64 at = fal_csr_position(csr, row, col);

    return at < csr->start[row + 1] && csr->col[at] == col ? csr->plays[at] : 0;
}

guint64
fal_csr_row_plays(const FalCsr *csr, gint32 row)
{
    guint64 sum = 0;

    for (gint64 i = csr->start[row]; i < csr->start[row + 1]; i++)
        sum += csr->plays[i];
    return sum;
}
