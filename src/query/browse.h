/* Browsing: all artists or all users in an order and through a filter, as the lists of the
 * screens and the commands `artists` and `users` show them. Holds row numbers only: quick
 * with millions of rows. Main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_BROWSE_H
#define FAL_QUERY_BROWSE_H

#include "data/dataset.h"
#include "query/table.h"

typedef enum {
    FAL_BY_LISTENERS, /* artists */
    FAL_BY_PLAYS,     /* both */
    FAL_BY_NAME,      /* artists */
    FAL_BY_ARTISTS,   /* users */
    FAL_BY_ID,        /* users and artists */
} FalBrowseOrder;

/* What `stats` answers. */
FalTable *fal_stats_table(const FalDataset *dataset);

typedef struct FalBrowse FalBrowse;

/* FAL_SUBJECT_ARTIST or _USER; refs the dataset. Starts unfiltered, artists by listeners, users
 * by plays. */
FalBrowse *fal_browse_new(FalDataset *dataset, FalSubject subject);
void fal_browse_free(FalBrowse *browse);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalBrowse, fal_browse_free)

/* Begins to sort many rows by what lists offer, on a thread of its own, so that the first key that
 * asks for an order need not wait. */
void fal_browse_make_ahead(FalBrowse *browse);

/* Largest first (names and ids: smallest first), or the other way round where reverse. */
void fal_browse_sort(FalBrowse *browse, FalBrowseOrder order, gboolean reverse);
FalBrowseOrder fal_browse_order(const FalBrowse *browse, gboolean *reverse);
/* Keeps the rows for which every term of text holds (filter.h); a term without a column is of
 * the name (users: the id). "" or NULL: all. */
void fal_browse_filter(FalBrowse *browse, const char *text);
const char *fal_browse_filter_text(const FalBrowse *browse);

gint32 fal_browse_n(const FalBrowse *browse);
/* The dataset's row shown at position i, and the position of such a row (-1: filtered out). */
gint32 fal_browse_row(const FalBrowse *browse, gint32 i);
gint32 fal_browse_position(const FalBrowse *browse, gint32 row);
/* The first position at or after `from` (wrapping; before it where backward) whose name holds
 * text; -1 where none does. */
gint32 fal_browse_search(const FalBrowse *browse, const char *text, gint32 from,
                         gboolean backward);
/* How many of the rows shown hold text, and how many of these stand before a position. */
gint32 fal_browse_count(const FalBrowse *browse, const char *text, gint32 position,
                        gint32 *before);

#endif
