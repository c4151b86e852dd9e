/* A window on a list (see list.h). Every function leaves it consistent: the selection inside
 * the window, the window inside the rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/list.h"

static void
settle(FalList *list)
{
    if (list->n <= 0) {
        list->n = 0;
        list->selected = -1;
        list->top = 0;
        return;
    }
    list->selected = CLAMP(list->selected, 0, list->n - 1);
    list->top = MAX(0, list->top);
    if (list->selected < list->top)
        list->top = list->selected;
    if (list->selected >= list->top + list->height)
        list->top = list->selected - list->height + 1;
    list->top = CLAMP(list->top, 0, MAX(0, list->n - list->height));
}

void
fal_list_init(FalList *list, gint64 n)
{
    *list = (FalList){.n = n, .selected = 0, .top = 0, .height = 1};
    settle(list);
}

void
fal_list_set_height(FalList *list, int height)
{
    list->height = MAX(1, height);
    settle(list);
}

void
fal_list_select(FalList *list, gint64 i)
{
    list->selected = i;
    settle(list);
}

void
fal_list_jump(FalList *list, gint64 i)
{
    if (i < list->top || i >= list->top + list->height)
        list->top = i - list->height / 2;
    fal_list_select(list, i);
}

void
fal_list_move(FalList *list, gint64 by)
{
    if (by > 0 && list->selected > G_MAXINT64 - by)
        fal_list_select(list, list->n - 1);
    else
        fal_list_select(list, MAX(0, list->selected + by));
}

void
fal_list_turn(FalList *list, int halves)
{
    gint64 lines = MAX(1, (gint64)list->height * ABS(halves) / 2) * (halves < 0 ? -1 : 1);

    list->top = CLAMP(list->top + lines, 0, MAX(0, list->n - list->height));
    fal_list_move(list, lines);
}

void
fal_list_follow(FalList *list, gint64 n, gint64 position)
{
    gint64 line = list->selected - list->top;

    list->n = n;
    if (position >= 0) {
        list->selected = position;
        list->top = MAX(0, position - MAX(0, line));
    }
    settle(list);
}
