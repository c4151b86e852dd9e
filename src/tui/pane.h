/* A pane: rows, the window on them, and what one is looking for in them. All movement, search,
 * filter and sort of every list of the program is here. Knows no screen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_PANE_H
#define FAL_TUI_PANE_H

#include "tui/keys.h"
#include "tui/list.h"
#include "tui/rows.h"

typedef struct {
    FalRows *rows; /* NULL where there are none yet */
    FalList list;
    gint64 kept;   /* the identity that was chosen last: what a filter hides comes back */
    char *search;  /* "" for none */
    gint64 hits;   /* the rows that hold it */
    gint64 hit;    /* which of them is selected, from 1; 0: none, or it was moved away since */
    gint64 origin; /* the row a search that is being typed set out from */
    /* Where it was drawn, for the mouse: the first row's line, that of the header (-1: none),
     * and the columns' ends, n_columns of rows, in cells of the screen. */
    int y, x, width, header_y;
    int *column_end;
} FalPane;

void fal_pane_init(FalPane *pane);
void fal_pane_clear(FalPane *pane);

/* Other rows for the same list (after a training, say); takes them. Sort, filter and the
 * selected row are carried over. */
void fal_pane_set_rows(FalPane *pane, FalRows *rows);
/* Does a list action; FALSE for what it does not know. */
gboolean fal_pane_act(FalPane *pane, FalAction action);
/* Takes the selected row for chosen: it is the one that is followed from now on. Moving does so
 * by itself. */
void fal_pane_keep(FalPane *pane);
/* Sorts by a column; by the one it is sorted by, the other way round. */
void fal_pane_sort(FalPane *pane, int column);
void fal_pane_filter(FalPane *pane, const char *text);
const char *fal_pane_filter_text(const FalPane *pane);

/* A search is typed: begin, then each text; it ends by keeping or by going back. FALSE where no
 * row holds the text. */
void fal_pane_search_begin(FalPane *pane);
gboolean fal_pane_search_typed(FalPane *pane, const char *text);
void fal_pane_search_cancel(FalPane *pane);
/* To the next row found, or the one before; FALSE where there is none. */
gboolean fal_pane_search_on(FalPane *pane, gboolean backward);

/* A click at a place of the screen: selects the row there, or sorts by the column whose name is
 * there, the other way round where it is sorted by it already. TRUE where that row was selected
 * before: then it is to be opened. */
gboolean fal_pane_click(FalPane *pane, int y, int x);
/* Scrolls by so many rows. */
void fal_pane_wheel(FalPane *pane, int by);

/* Sorts by the column of this name (NULL: as they came), filters, and selects the row of an
 * identity, where it shows: the list as it was left before. */
void fal_pane_restore(FalPane *pane, const char *sort, gboolean reverse, const char *filter,
                      gint64 identity);

gint64 fal_pane_n(const FalPane *pane);
/* Whose row is selected. */
FalSubject fal_pane_subject(const FalPane *pane, gint32 *row);

#endif
