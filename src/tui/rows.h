/* Rows: what a list shows, wherever it comes from - the artists or listeners of the data set,
 * or a result table. Each row has an identity, by which the selection follows it. Knows no
 * screen. Main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_ROWS_H
#define FAL_TUI_ROWS_H

#include "data/dataset.h"
#include "query/table.h"
#include "tui/columns.h"

typedef struct FalRows FalRows;

typedef struct {
    char *text;   /* as in the data: not yet safe for a terminal; free with g_free() */
    double share; /* of the bar, 0 .. 1 */
    gboolean hit; /* something that was held out and found */
} FalRowCell;

typedef struct {
    gint64 (*n)(const FalRows *rows);
    void (*cell)(const FalRows *rows, gint64 i, int column, FalRowCell *out);
    gint64 (*identity)(const FalRows *rows, gint64 i);
    gint64 (*find)(const FalRows *rows, gint64 identity);
    FalSubject (*subject)(const FalRows *rows, gint64 i, gint32 *row);
    gboolean (*holds)(const FalRows *rows, gint64 i, const char *folded);
    gint64 (*search)(const FalRows *rows, const char *text, gint64 from, gboolean backward);
    gint64 (*count)(const FalRows *rows, const char *text, gint64 position, gint64 *before);
    void (*filter)(FalRows *rows, const char *text);
    /* FALSE where rows cannot be sorted by the column; -1 is the order they came in. */
    gboolean (*sort)(FalRows *rows, int column, gboolean reverse);
    gboolean (*can_sort)(const FalRows *rows, int column);
    /* An empty table for rows, and row i put into it: exact values. */
    FalTable *(*table)(const FalRows *rows);
    void (*put)(const FalRows *rows, gint64 i, FalTable *table);
    /* As in fal_rows_frozen(); NULL: cannot be frozen. */
    FalRows *(*frozen)(const FalRows *rows);
    void (*free)(FalRows *rows);
} FalRowsOps;

/* Public so that the kinds of rows can begin with it; to be read only. */
struct FalRows {
    const FalRowsOps *ops;
    FalListColumn *columns;
    int n_columns;
    gint64 total;     /* rows without the filter */
    char *filter;     /* "" for none */
    int sort;         /* the column sorted by, -1: as they came */
    gboolean reverse; /* against the column's usual direction */
    gboolean falling; /* the largest is first */
};

/* All artists or all listeners. */
FalRows *fal_rows_of_dataset(FalDataset *dataset, FalSubject subject);
/* A table's rows; takes the table. One that has figures and no rows, or whose single row holds
 * many values, is turned on its side: name, value. */
FalRows *fal_rows_of_table(FalTable *table);
void fal_rows_free(FalRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalRows, fal_rows_free)

gint64 fal_rows_n(const FalRows *rows);
void fal_rows_cell(const FalRows *rows, gint64 i, int column, FalRowCell *out);
/* What a row is known by, and the position of what is known so, -1 where it does not show. */
gint64 fal_rows_identity(const FalRows *rows, gint64 i);
gint64 fal_rows_find(const FalRows *rows, gint64 identity);
FalSubject fal_rows_subject(const FalRows *rows, gint64 i, gint32 *row);
/* Whether row i holds text that was folded by fal_text_fold(). */
gboolean fal_rows_holds(const FalRows *rows, gint64 i, const char *folded);
/* The next row at or after from (before: backward) that holds text, round the end; -1. */
gint64 fal_rows_search(const FalRows *rows, const char *text, gint64 from, gboolean backward);
/* How many rows hold text, and how many of them stand before a position. */
gint64 fal_rows_count(const FalRows *rows, const char *text, gint64 position, gint64 *before);
/* Keeps the rows for which the terms of text hold (query/filter.h). */
void fal_rows_filter(FalRows *rows, const char *text);
/* Sorts by a column, FALSE where rows cannot be; the other way round. */
gboolean fal_rows_sort(FalRows *rows, int column, gboolean reverse);
/* Whether a column can be sorted by; -1: whether there is an order they came in. */
gboolean fal_rows_can_sort(const FalRows *rows, int column);
void fal_rows_sort_reverse(FalRows *rows);
/* Rows from .. from + n - 1 as a table of their own, with exact values. */
FalTable *fal_rows_table(const FalRows *rows, gint64 from, gint64 n);
/* The rows as they show now, for another thread: nothing changes them, and only
 * fal_rows_n(), fal_rows_table() and fal_rows_put() work. Takes some milliseconds with a
 * million rows. NULL where rows are of a table, which are few. */
FalRows *fal_rows_frozen(const FalRows *rows);
/* Adds rows from .. from + n - 1, as far as there are such, to a table made by
 * fal_rows_table(). */
void fal_rows_put(const FalRows *rows, gint64 from, gint64 n, FalTable *table);
/* "listeners", or NULL for the order they came in. */
const char *fal_rows_sorted_by(const FalRows *rows);

#endif
