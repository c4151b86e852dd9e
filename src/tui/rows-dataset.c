/* All artists or all listeners of a data set as rows (see rows.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/rows.h"

#include <string.h>

#include "base/text.h"
#include "query/browse.h"
#include "query/resolve.h"

enum { NO_ORDER = -1, N_COLUMNS_MAX = 4 };

typedef struct {
    FalRows base;
    FalDataset *dataset;
    FalSubject subject;
    FalBrowse *browse;        /* NULL where the rows are frozen: */
    gint32 *shown;            /* then these, */
    gint32 n_shown;           /* so many */
    int order[N_COLUMNS_MAX]; /* the FalBrowseOrder of each column, or NO_ORDER */
} DatasetRows;

static const DatasetRows *
of(const FalRows *rows)
{
    return (const DatasetRows *)rows;
}

static gint64
rows_n(const FalRows *rows)
{
    return fal_browse_n(of(rows)->browse);
}

static char *
artist_cell(const DatasetRows *rows, gint32 artist, int column)
{
    if (column == 0)
        return fal_text_count(fal_dataset_listeners(rows->dataset, artist));
    if (column == 1)
        return fal_text_count((gint64)fal_dataset_artist_plays(rows->dataset, artist));
    return fal_artist_label(rows->dataset, artist);
}

static char *
user_cell(const DatasetRows *rows, gint32 user, int column)
{
    guint32 artists = fal_dataset_user_artists(rows->dataset, user);
    guint64 plays = fal_dataset_user_plays(rows->dataset, user);

    switch (column) {
    case 0:
        return fal_text_count((gint64)plays);
    case 1:
        return fal_text_count(artists);
    case 2:
        return g_strdup_printf("%.1f", artists ? (double)plays / artists : 0.0);
    default:
        return g_strdup_printf("#%" G_GINT64_FORMAT, fal_dataset_user_id(rows->dataset, user));
    }
}

static void
rows_cell(const FalRows *rows, gint64 i, int column, FalRowCell *out)
{
    gint32 row = fal_browse_row(of(rows)->browse, (gint32)i);

    if (of(rows)->subject == FAL_SUBJECT_ARTIST)
        out->text = artist_cell(of(rows), row, column);
    else
        out->text = user_cell(of(rows), row, column);
}

static gint64
rows_identity(const FalRows *rows, gint64 i)
{
    return fal_browse_row(of(rows)->browse, (gint32)i);
}

static gint64
rows_find(const FalRows *rows, gint64 identity)
{
    return fal_browse_position(of(rows)->browse, (gint32)identity);
}

static FalSubject
rows_subject(const FalRows *rows, gint64 i, gint32 *row)
{
    *row = fal_browse_row(of(rows)->browse, (gint32)i);
    return of(rows)->subject;
}

static gboolean
rows_holds(const FalRows *rows, gint64 i, const char *folded)
{
    gint32 row = fal_browse_row(of(rows)->browse, (gint32)i);

    if (of(rows)->subject == FAL_SUBJECT_ARTIST)
        return strstr(fal_dataset_artist_folded(of(rows)->dataset, row), folded) != NULL;
    g_autofree char *id =
        g_strdup_printf("%" G_GINT64_FORMAT, fal_dataset_user_id(of(rows)->dataset, row));
    return strstr(id, folded) != NULL;
}

static gint64
rows_search(const FalRows *rows, const char *text, gint64 from, gboolean backward)
{
    return fal_browse_search(of(rows)->browse, text, (gint32)from, backward);
}

static gint64
rows_count(const FalRows *rows, const char *text, gint64 position, gint64 *before)
{
    gint32 n_before, n = fal_browse_count(of(rows)->browse, text, (gint32)position, &n_before);

    *before = n_before;
    return n;
}

static void
rows_filter(FalRows *rows, const char *text)
{
    fal_browse_filter(of(rows)->browse, text);
}

static gboolean
rows_can_sort(const FalRows *rows, int column)
{
    return column >= 0 && of(rows)->order[column] != NO_ORDER;
}

static gboolean
rows_sort(FalRows *rows, int column, gboolean reverse)
{
    if (!rows_can_sort(rows, column))
        return FALSE;
    FalBrowseOrder order = (FalBrowseOrder)of(rows)->order[column];
    fal_browse_sort(of(rows)->browse, order, reverse);
    rows->sort = column;
    rows->reverse = reverse;
    rows->falling = (order != FAL_BY_NAME && order != FAL_BY_ID) != reverse;
    return TRUE;
}

static const FalColumn artist_columns[] = {
    {.name = "id", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID},
    {.name = "name", .type = FAL_CELL_TEXT},
    {.name = "listeners", .type = FAL_CELL_INT},
    {.name = "plays", .type = FAL_CELL_INT},
    {.name = NULL},
};
static const FalColumn user_columns[] = {
    {.name = "user", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID},
    {.name = "artists", .type = FAL_CELL_INT},
    {.name = "plays", .type = FAL_CELL_INT},
    {.name = NULL},
};

static FalTable *
rows_empty_table(const FalRows *rows)
{
    gboolean artists = of(rows)->subject == FAL_SUBJECT_ARTIST;

    return fal_table_new(artists ? "artists" : "users", artists ? artist_columns : user_columns,
                         NULL);
}

static void
rows_put(const FalRows *rows, gint64 i, FalTable *table)
{
    const DatasetRows *self = of(rows);
    gint32 row = self->shown ? self->shown[i] : fal_browse_row(self->browse, (gint32)i);

    fal_table_row(table, self->subject, row);
    if (self->subject == FAL_SUBJECT_ARTIST) {
        fal_table_int(table, fal_dataset_artist_id(self->dataset, row));
        fal_table_text(table, fal_dataset_artist_name(self->dataset, row));
        fal_table_int(table, fal_dataset_listeners(self->dataset, row));
        fal_table_int(table, (gint64)fal_dataset_artist_plays(self->dataset, row));
    } else {
        fal_table_int(table, fal_dataset_user_id(self->dataset, row));
        fal_table_int(table, fal_dataset_user_artists(self->dataset, row));
        fal_table_int(table, (gint64)fal_dataset_user_plays(self->dataset, row));
    }
}

static void
rows_free(FalRows *rows)
{
    DatasetRows *self = (DatasetRows *)rows;

    g_clear_pointer(&self->browse, fal_browse_free);
    g_free(self->shown);
    fal_dataset_unref(self->dataset);
    g_free(self);
}

static gint64
frozen_n(const FalRows *rows)
{
    return of(rows)->n_shown;
}

static FalRows *
rows_frozen(const FalRows *rows)
{
    static const FalRowsOps frozen_ops = {
        .n = frozen_n,
        .table = rows_empty_table,
        .put = rows_put,
        .free = rows_free,
    };
    DatasetRows *self = g_new0(DatasetRows, 1);

    self->base.ops = &frozen_ops;
    self->base.filter = g_strdup("");
    self->dataset = fal_dataset_ref(of(rows)->dataset);
    self->subject = of(rows)->subject;
    self->n_shown = fal_browse_n(of(rows)->browse);
    self->shown = g_new(gint32, (gsize)self->n_shown + 1);
    for (gint32 i = 0; i < self->n_shown; i++)
        self->shown[i] = fal_browse_row(of(rows)->browse, i);
    return &self->base;
}

static const FalRowsOps ops = {
    .n = rows_n,
    .cell = rows_cell,
    .identity = rows_identity,
    .find = rows_find,
    .subject = rows_subject,
    .holds = rows_holds,
    .search = rows_search,
    .count = rows_count,
    .filter = rows_filter,
    .sort = rows_sort,
    .can_sort = rows_can_sort,
    .table = rows_empty_table,
    .put = rows_put,
    .frozen = rows_frozen,
    .free = rows_free,
};

/* Cells that the largest of a column's values takes. */
static int
count_width(guint64 largest, const char *name)
{
    g_autofree char *text = fal_text_count((gint64)largest);

    /* The header carries the sort mark too. */
    return MAX(fal_text_width(text), fal_text_width(name) + 1);
}

static void
add_column(DatasetRows *self, FalListColumn column, int order)
{
    self->order[self->base.n_columns] = order;
    self->base.columns[self->base.n_columns++] = column;
}

static void
add_artist_columns(DatasetRows *self)
{
    gint32 n = fal_dataset_n_artists(self->dataset);
    guint64 plays = 0;

    for (gint32 a = 0; a < n; a++)
        plays = MAX(plays, fal_dataset_artist_plays(self->dataset, a));
    guint64 listeners = n > 0 ? fal_dataset_listeners(self->dataset, 0) : 0;
    add_column(self,
               (FalListColumn){.name = "listeners",
                               .width = count_width(listeners, "listeners"),
                               .drop = 1},
               FAL_BY_LISTENERS);
    add_column(
        self, (FalListColumn){.name = "plays", .width = count_width(plays, "plays"), .drop = 2},
        FAL_BY_PLAYS);
    add_column(self, (FalListColumn){.name = "artist", .width = 80, .text = TRUE, .min = 20},
               FAL_BY_NAME);
}

static void
add_user_columns(DatasetRows *self)
{
    gint32 n = fal_dataset_n_users(self->dataset);
    guint64 plays = 0, mean = 0, id = 0;

    for (gint32 u = 0; u < n; u++) {
        guint64 p = fal_dataset_user_plays(self->dataset, u);
        plays = MAX(plays, p);
        mean = MAX(mean, p / MAX(1, fal_dataset_user_artists(self->dataset, u)));
        id = MAX(id, (guint64)fal_dataset_user_id(self->dataset, u));
    }
    guint64 artists = n > 0 ? fal_dataset_user_artists(self->dataset, 0) : 0;
    g_autofree char *longest = g_strdup_printf("#%" G_GUINT64_FORMAT, id);
    add_column(
        self, (FalListColumn){.name = "plays", .width = count_width(plays, "plays"), .drop = 1},
        FAL_BY_PLAYS);
    add_column(
        self,
        (FalListColumn){.name = "artists", .width = count_width(artists, "artists"), .drop = 2},
        FAL_BY_ARTISTS);
    add_column(
        self,
        (FalListColumn){.name = "mean", .width = count_width(mean, "mean") + 2, .drop = 3},
        NO_ORDER);
    add_column(self,
               (FalListColumn){.name = "listener",
                               .width = MAX(9, fal_text_width(longest)),
                               .text = TRUE,
                               .min = 20},
               FAL_BY_ID);
}

FalRows *
fal_rows_of_dataset(FalDataset *dataset, FalSubject subject)
{
    DatasetRows *self = g_new0(DatasetRows, 1);
    gboolean reverse;

    self->base.ops = &ops;
    self->base.filter = g_strdup("");
    self->base.columns = g_new0(FalListColumn, N_COLUMNS_MAX);
    self->dataset = fal_dataset_ref(dataset);
    self->subject = subject;
    self->browse = fal_browse_new(dataset, subject);
    fal_browse_make_ahead(self->browse);
    self->base.total = fal_browse_n(self->browse);
    if (subject == FAL_SUBJECT_ARTIST)
        add_artist_columns(self);
    else
        add_user_columns(self);
    self->base.sort = 0;
    self->base.falling = TRUE;
    g_assert_cmpint((int)fal_browse_order(self->browse, &reverse), ==, self->order[0]);
    return &self->base;
}
