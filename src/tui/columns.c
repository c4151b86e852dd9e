/* Sharing a list's width (see columns.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/columns.h"

enum {
    BAR_MIN = 7,
    BAR_MAX = 21,
    BAR_DROP = 3, /* bars go before what says as much or more by its drop */
};

static int
cells_needed(const FalListColumn *columns, int n, const FalListCell *cells)
{
    int need = 0, shown = 0;

    for (int i = 0; i < n; i++) {
        if (cells[i].width == 0)
            continue;
        need += cells[i].bar +
                (columns[i].text ? MIN(columns[i].width, columns[i].min) : cells[i].width);
        shown++;
    }
    return need + FAL_COLUMN_GAP * MAX(0, shown - 1);
}

/* Takes away the least of what is shown; FALSE where nothing more may go. */
static gboolean
drop_one(const FalListColumn *columns, int n, FalListCell *cells)
{
    int worst = -1, bar = -1;

    for (int i = 0; i < n; i++) {
        if (cells[i].bar > 0)
            bar = i;
        if (cells[i].width > 0 && columns[i].drop > 0 &&
            (worst < 0 || columns[i].drop > columns[worst].drop))
            worst = i;
    }
    if (bar >= 0 && (worst < 0 || columns[worst].drop <= BAR_DROP))
        cells[bar].bar = 0;
    else if (worst >= 0)
        cells[worst].width = 0;
    else
        return FALSE;
    return TRUE;
}

/* The text that lacks least, so that one long text does not cut all others; -1 where none lacks
 * any. */
static int
next_to_grow(const FalListColumn *columns, int n, const FalListCell *cells)
{
    int next = -1;

    for (int i = 0; i < n; i++) {
        int lacks = columns[i].width - cells[i].width;
        if (columns[i].text && cells[i].width > 0 && lacks > 0 &&
            (next < 0 || lacks < columns[next].width - cells[next].width))
            next = i;
    }
    return next;
}

/* Gives what is left to the texts, then to the bars. */
static void
grow(const FalListColumn *columns, int n, int spare, FalListCell *cells)
{
    for (int i = 0; i < n; i++)
        if (columns[i].text && cells[i].width > 0)
            cells[i].width = MAX(1, MIN(columns[i].width, columns[i].min));
    for (int i; spare > 0 && (i = next_to_grow(columns, n, cells)) >= 0;) {
        int more = MIN(spare, columns[i].width - cells[i].width);
        cells[i].width += more;
        spare -= more;
    }
    for (int i = 0; i < n && spare > 0; i++) {
        if (cells[i].bar == 0)
            continue;
        int more = MIN(spare, BAR_MAX - cells[i].bar);
        cells[i].bar += more;
        spare -= more;
    }
}

void
fal_columns_place(const FalListColumn *columns, int n, int width, FalListCell *cells)
{
    int x = 0;

    for (int i = 0; i < n; i++)
        cells[i] =
            (FalListCell){.width = columns[i].width, .bar = columns[i].bar ? BAR_MIN : 0};
    while (cells_needed(columns, n, cells) > width && drop_one(columns, n, cells))
        continue;
    grow(columns, n, width - cells_needed(columns, n, cells), cells);
    for (int i = 0; i < n; i++) {
        if (cells[i].width == 0)
            continue;
        cells[i].x = x;
        cells[i].width = MIN(cells[i].width, MAX(0, width - x - cells[i].bar));
        x += cells[i].bar + cells[i].width + FAL_COLUMN_GAP;
    }
}
