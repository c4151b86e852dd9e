/* Sorting rows by a key, by all cores: stable, and the same for any number of threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_ORDER_H
#define FAL_QUERY_ORDER_H

#include <glib.h>

/* The key of a row, smaller ones first. Any thread, several at a time. */
typedef guint64 (*FalOrderKeyFn)(gint32 row, gconstpointer data);
/* A row's text, of which its key is fal_order_text_key(): rows with equal keys go by the rest
 * of it. */
typedef const char *(*FalOrderTextFn)(gint32 row, gconstpointer data);

/* The first eight bytes of a text, which order as the texts do by strcmp(). */
guint64 fal_order_text_key(const char *text);

/* Writes 0 .. n - 1 to rows in the order of their keys, and text where it is not NULL; what is
 * equal stays in the order of the rows. */
void fal_order_rows(gint32 *rows, gint32 n, FalOrderKeyFn key, FalOrderTextFn text,
                    gconstpointer data);

#endif
