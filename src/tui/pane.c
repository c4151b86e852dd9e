/* Lists in use (see pane.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/pane.h"

#include "base/text.h"

void
fal_pane_init(FalPane *pane)
{
    *pane = (FalPane){.kept = -1, .search = g_strdup("")};
    fal_list_init(&pane->list, 0);
}

void
fal_pane_clear(FalPane *pane)
{
    g_clear_pointer(&pane->rows, fal_rows_free);
    g_clear_pointer(&pane->search, g_free);
    g_clear_pointer(&pane->column_end, g_free);
}

void
fal_pane_keep(FalPane *pane)
{
    pane->kept = pane->rows ? fal_rows_identity(pane->rows, pane->list.selected) : -1;
}

/* After a search, or where what it is made in has changed. */
static void
count_hits(FalPane *pane)
{
    gint64 at = pane->list.selected;

    pane->hits = pane->hit = 0;
    if (!pane->rows || !*pane->search)
        return;
    g_autofree char *folded = fal_text_fold(pane->search);
    pane->hits = fal_rows_count(pane->rows, pane->search, at, &pane->hit);
    /* Nothing is selected in an empty list. */
    gboolean is_row = at >= 0 && at < fal_rows_n(pane->rows);
    pane->hit = is_row && fal_rows_holds(pane->rows, at, folded) ? pane->hit + 1 : 0;
}

/* After the rows were put in another order or through another filter. */
static void
follow(FalPane *pane)
{
    gint64 n = fal_rows_n(pane->rows), position = fal_rows_find(pane->rows, pane->kept);

    /* Where the filter hides what was chosen, the best of what is left is shown; the choice
     * is remembered until another one is made. */
    fal_list_follow(&pane->list, n, position >= 0 ? position : 0);
    count_hits(pane);
}

/* The column of this name, -1 where there is none. */
static int
find_column(const FalRows *rows, const char *name)
{
    for (int c = 0; name && c < rows->n_columns; c++)
        if (g_str_equal(rows->columns[c].name, name))
            return c;
    return -1;
}

void
fal_pane_set_rows(FalPane *pane, FalRows *rows)
{
    FalRows *old = pane->rows;

    pane->rows = rows;
    g_clear_pointer(&pane->column_end, g_free);
    if (!old) {
        fal_list_follow(&pane->list, fal_rows_n(rows), 0);
        fal_pane_keep(pane);
        return;
    }
    int column = find_column(rows, fal_rows_sorted_by(old));
    if (column != rows->sort || old->reverse != rows->reverse)
        fal_rows_sort(rows, column, old->reverse);
    if (*old->filter)
        fal_rows_filter(rows, old->filter);
    fal_rows_free(old);
    gint64 position = fal_rows_find(rows, pane->kept);
    fal_list_follow(&pane->list, fal_rows_n(rows), position);
    count_hits(pane);
}

void
fal_pane_restore(FalPane *pane, const char *sort, gboolean reverse, const char *filter,
                 gint64 identity)
{
    int column = find_column(pane->rows, sort);

    if (column != pane->rows->sort || reverse != pane->rows->reverse)
        fal_rows_sort(pane->rows, column, reverse);
    fal_rows_filter(pane->rows, filter);
    gint64 position = fal_rows_find(pane->rows, identity);
    fal_list_follow(&pane->list, fal_rows_n(pane->rows), MAX(position, 0));
    fal_pane_keep(pane);
    count_hits(pane);
}

void
fal_pane_filter(FalPane *pane, const char *text)
{
    if (!pane->rows)
        return;
    fal_rows_filter(pane->rows, text);
    follow(pane);
}

const char *
fal_pane_filter_text(const FalPane *pane)
{
    return pane->rows ? pane->rows->filter : "";
}

void
fal_pane_search_begin(FalPane *pane)
{
    pane->origin = pane->list.selected;
}

gboolean
fal_pane_search_typed(FalPane *pane, const char *text)
{
    g_free(pane->search);
    pane->search = g_strdup(text);
    gint64 found =
        *text && pane->rows ? fal_rows_search(pane->rows, text, pane->origin, FALSE) : -1;
    fal_list_jump(&pane->list, found >= 0 ? found : pane->origin);
    fal_pane_keep(pane);
    count_hits(pane);
    return found >= 0 || !*text;
}

void
fal_pane_search_cancel(FalPane *pane)
{
    fal_pane_search_typed(pane, "");
}

gboolean
fal_pane_search_on(FalPane *pane, gboolean backward)
{
    gint64 from = pane->list.selected + (backward ? -1 : 1);
    gint64 found = pane->rows ? fal_rows_search(pane->rows, pane->search, from, backward) : -1;

    if (found < 0)
        return FALSE;
    fal_list_jump(&pane->list, found);
    fal_pane_keep(pane);
    count_hits(pane);
    return TRUE;
}

static gboolean
move(FalPane *pane, FalAction action)
{
    switch (action) {
    case FAL_ACTION_DOWN:
        fal_list_move(&pane->list, 1);
        break;
    case FAL_ACTION_UP:
        fal_list_move(&pane->list, -1);
        break;
    case FAL_ACTION_PAGE_DOWN:
        fal_list_turn(&pane->list, 2);
        break;
    case FAL_ACTION_PAGE_UP:
        fal_list_turn(&pane->list, -2);
        break;
    case FAL_ACTION_HALF_DOWN:
        fal_list_turn(&pane->list, 1);
        break;
    case FAL_ACTION_HALF_UP:
        fal_list_turn(&pane->list, -1);
        break;
    case FAL_ACTION_FIRST:
        fal_list_select(&pane->list, 0);
        break;
    case FAL_ACTION_LAST:
        fal_list_select(&pane->list, pane->list.n - 1);
        break;
    default:
        return FALSE;
    }
    fal_pane_keep(pane);
    pane->hit = 0;
    return TRUE;
}

gboolean
fal_pane_act(FalPane *pane, FalAction action)
{
    if (move(pane, action))
        return TRUE;
    if (!pane->rows)
        return FALSE;
    switch (action) {
    case FAL_ACTION_REVERSE:
        fal_rows_sort_reverse(pane->rows);
        break;
    case FAL_ACTION_CLEAR:
        g_free(pane->search);
        pane->search = g_strdup("");
        if (*pane->rows->filter)
            fal_rows_filter(pane->rows, "");
        break;
    default:
        return FALSE;
    }
    follow(pane);
    return TRUE;
}

void
fal_pane_sort(FalPane *pane, int column)
{
    FalRows *rows = pane->rows;

    if (!rows)
        return;
    /* The order they came in has no other way round. */
    fal_rows_sort(rows, column, column >= 0 && rows->sort == column && !rows->reverse);
    follow(pane);
}

static void
click_header(FalPane *pane, int x)
{
    FalRows *rows = pane->rows;
    int c = 0;

    while (c < rows->n_columns && (pane->column_end[c] == 0 || x > pane->column_end[c]))
        c++;
    if (c == rows->n_columns)
        return;
    fal_pane_sort(pane, c);
}

gboolean
fal_pane_click(FalPane *pane, int y, int x)
{
    gint64 row = pane->list.top + (y - pane->y);

    if (!pane->rows || !pane->column_end || x < pane->x || x >= pane->x + pane->width)
        return FALSE;
    if (y == pane->header_y)
        click_header(pane, x);
    if (y < pane->y || y >= pane->y + pane->list.height || row >= pane->list.n)
        return FALSE;
    if (row == pane->list.selected)
        return TRUE;
    fal_list_select(&pane->list, row);
    fal_pane_keep(pane);
    pane->hit = 0;
    return FALSE;
}

void
fal_pane_wheel(FalPane *pane, int by)
{
    fal_list_move(&pane->list, by);
    fal_pane_keep(pane);
    pane->hit = 0;
}

gint64
fal_pane_n(const FalPane *pane)
{
    return pane->list.n;
}

FalSubject
fal_pane_subject(const FalPane *pane, gint32 *row)
{
    *row = -1;
    return pane->rows ? fal_rows_subject(pane->rows, pane->list.selected, row)
                      : FAL_SUBJECT_NONE;
}
