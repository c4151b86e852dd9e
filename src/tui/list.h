/* A window on a list: how many rows there are, which is selected, which is at the top. Knows
 * neither the rows nor the screen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_LIST_H
#define FAL_TUI_LIST_H

#include <glib.h>

typedef struct {
    gint64 n;        /* rows in all */
    gint64 selected; /* 0 .. n - 1; -1 where there are none */
    gint64 top;      /* the row on the window's first line */
    int height;      /* lines of the window, at least 1 */
} FalList;

void fal_list_init(FalList *list, gint64 n);
void fal_list_set_height(FalList *list, int height);
/* Selects row i, or the nearest there is, and scrolls as little as shows it. */
void fal_list_select(FalList *list, gint64 i);
/* Selects row i and, where it is out of sight, puts it into the middle of the window. */
void fal_list_jump(FalList *list, gint64 i);
void fal_list_move(FalList *list, gint64 by);
/* Turns pages (2 halves are one): window and selection move together. */
void fal_list_turn(FalList *list, int halves);
/* The rows were changed: there are n now, and the selected one is at position (-1: it is gone,
 * and the one in its place is selected). The selection stays on its line of the window. */
void fal_list_follow(FalList *list, gint64 n, gint64 position);

#endif
