/* Rows that rise, as columns of plays and what lists leave out do.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_BASE_SORTED_H
#define FAL_BASE_SORTED_H

#include <glib.h>

/* How many of the n rows, which rise, are below row: where it is if it is one of them. Any
 * thread. */
static inline gint64
fal_sorted_find(const gint32 *rows, gint64 n, gint32 row)
{
    gint64 low = 0, high = n;

    while (low < high) {
        gint64 middle = low + (high - low) / 2;

        if (rows[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#endif
