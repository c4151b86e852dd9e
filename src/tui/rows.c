/* Rows, whatever kind (see rows.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/rows.h"

void
fal_rows_free(FalRows *rows)
{
    g_free(rows->columns);
    g_free(rows->filter);
    rows->ops->free(rows);
}

gint64
fal_rows_n(const FalRows *rows)
{
    return rows->ops->n(rows);
}

void
fal_rows_cell(const FalRows *rows, gint64 i, int column, FalRowCell *out)
{
    *out = (FalRowCell){0};
    rows->ops->cell(rows, i, column, out);
}

gint64
fal_rows_identity(const FalRows *rows, gint64 i)
{
    return i >= 0 && i < fal_rows_n(rows) ? rows->ops->identity(rows, i) : -1;
}

gint64
fal_rows_find(const FalRows *rows, gint64 identity)
{
    return identity < 0 ? -1 : rows->ops->find(rows, identity);
}

FalSubject
fal_rows_subject(const FalRows *rows, gint64 i, gint32 *row)
{
    *row = -1;
    if (i < 0 || i >= fal_rows_n(rows))
        return FAL_SUBJECT_NONE;
    return rows->ops->subject(rows, i, row);
}

gboolean
fal_rows_holds(const FalRows *rows, gint64 i, const char *folded)
{
    return rows->ops->holds(rows, i, folded);
}

gint64
fal_rows_search(const FalRows *rows, const char *text, gint64 from, gboolean backward)
{
    gint64 n = fal_rows_n(rows);

    if (n == 0)
        return -1;
    return rows->ops->search(rows, text, (from % n + n) % n, backward);
}

gint64
fal_rows_count(const FalRows *rows, const char *text, gint64 position, gint64 *before)
{
    return rows->ops->count(rows, text, position, before);
}

void
fal_rows_filter(FalRows *rows, const char *text)
{
    char *copy = g_strdup(text ? text : ""); /* it may be the old one */

    g_free(rows->filter);
    rows->filter = copy;
    rows->ops->filter(rows, rows->filter);
}

gboolean
fal_rows_sort(FalRows *rows, int column, gboolean reverse)
{
    return rows->ops->sort(rows, column, reverse);
}

gboolean
fal_rows_can_sort(const FalRows *rows, int column)
{
    if (column >= rows->n_columns || (column >= 0 && !*rows->columns[column].name))
        return FALSE;
    return rows->ops->can_sort(rows, column);
}

void
fal_rows_sort_reverse(FalRows *rows)
{
    fal_rows_sort(rows, rows->sort, !rows->reverse);
}

void
fal_rows_put(const FalRows *rows, gint64 from, gint64 n, FalTable *table)
{
    for (gint64 i = from; i < from + n && i < fal_rows_n(rows); i++)
        rows->ops->put(rows, i, table);
}

FalTable *
fal_rows_table(const FalRows *rows, gint64 from, gint64 n)
{
    FalTable *table = rows->ops->table(rows);

    fal_rows_put(rows, from, n, table);
    return table;
}

FalRows *
fal_rows_frozen(const FalRows *rows)
{
    return rows->ops->frozen ? rows->ops->frozen(rows) : NULL;
}

const char *
fal_rows_sorted_by(const FalRows *rows)
{
    return rows->sort >= 0 ? rows->columns[rows->sort].name : NULL;
}
