/* Ranking for you (see standings.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/standings.h"

#include <string.h>

#include "base/glyphs.h"
#include "model/foldin.h"

static int
place_of(const FalTop *top, int n, gint32 row)
{
    for (int i = 0; i < n; i++)
        if (top[i].row == row)
            return i + 1;
    return 0;
}

gboolean
fal_standings_update(FalStandings *standings, const FalModel *model, const FalYou *you,
                     GError **error)
{
    const gint32 *rows;
    const guint32 *plays;
    gint64 n_rows = fal_you_rows(you, &rows, &plays);
    g_autoptr(FalFoldIn) fold = fal_fold_in_new(model, rows, plays, n_rows, error);
    FalTop top[FAL_STANDINGS_DEPTH];

    if (!fold)
        return FALSE;
    int n = fal_fold_in_recommend(fold, FAL_STANDINGS_DEPTH, FALSE, top);
    for (int i = 0; i < n; i++)
        standings->before[i] = place_of(standings->top, standings->n, top[i].row);
    standings->compared = standings->n > 0;
    memcpy(standings->top, top, (gsize)n * sizeof *top);
    standings->n = n;
    return TRUE;
}

void
fal_standings_clear(FalStandings *standings)
{
    standings->n = 0;
    standings->compared = FALSE;
}

char *
fal_standings_moved(const FalStandings *standings, int i)
{
    int before = standings->before[i], up = before - (i + 1);

    if (!standings->compared || up == 0)
        return g_strdup("");
    if (before == 0)
        return g_strdup("new");
    return g_strdup_printf("%s%d", fal_glyph(up > 0 ? FAL_GLYPH_UP : FAL_GLYPH_DOWN), ABS(up));
}
