/* How the columns of a list share its width: what gives way first where it is short, what
 * grows where there is room. Knows no screen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_COLUMNS_H
#define FAL_TUI_COLUMNS_H

#include <glib.h>

typedef struct {
    const char *name; /* the header */
    int width;        /* cells of the widest value, the header included */
    gboolean text;    /* at the left, and may be cut; numbers stand at the right, whole */
    int min;          /* a text cut shorter says too little: others go first */
    gboolean bar;     /* a bar stands before the value where there is room */
    int drop;         /* which goes first where room is short: the largest; 0 stays */
} FalListColumn;

typedef struct {
    int x;     /* from the list's left edge */
    int bar;   /* cells of the bar before the value, a blank behind it included; 0: none */
    int width; /* cells of the value; 0: the column is left out */
} FalListCell;

#define FAL_COLUMN_GAP 2 /* cells between columns */

/* Shares `width` cells among n columns. */
void fal_columns_place(const FalListColumn *columns, int n, int width, FalListCell *cells);

#endif
