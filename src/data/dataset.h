/* A data set: plays, artists' names and aliases, ids. Immutable once loaded, atomically
 * reference-counted, shared by threads without locks. Strings are borrowed and live as long as
 * the dataset; all are valid UTF-8 (not yet safe for a terminal: fal_text_safe()).
 *
 * Rows: artists are numbered by falling listeners, users by falling number of artists, ties by
 * rising id. So row order is popularity order, busy rows share cache lines, and a top list
 * needs no sort. An alias is not an artist: its plays went to the artist it stands for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_DATASET_H
#define FAL_DATA_DATASET_H

#include "data/plays.h"

typedef struct FalDataset FalDataset;

typedef struct {
    gint32 users, artists;
    gint64 pairs;     /* distinct (user, artist) pairs */
    guint64 plays;    /* sum of all counts */
    gint64 rows;      /* rows of plays that could be read */
    gint64 malformed; /* lines of any of the files that could not be read, empty ones not
                         counted */
    gint64 aliases;   /* usable aliases (an id that stands for another one) */
    gint64 rewritten; /* rows of plays whose artist id was an alias */
    gint64 merged;    /* rows - pairs: rows added to another row of the same pair */
    gint32 unnamed;   /* artists with plays but no name */
    double density;   /* pairs / (users * artists) */
} FalDatasetStats;

/* A line that could not be read. */
typedef struct {
    const char *file;   /* its name without the folder */
    gint64 line;        /* from 1 */
    const char *reason; /* why */
    const char *text;   /* the line, as UTF-8, at most 200 bytes of it */
} FalProblem;

typedef struct {
    gint64 id;        /* the id that is not used */
    const char *name; /* "" where it has none */
} FalAlias;

/* Loads a directory, archive or single file (see reader.h). Quirks of the published files:
 * - names: split at the first tab, trimmed; lines without a tab, with an empty or unreadable
 *   id or name are malformed; the last name of an id wins;
 * - aliases: two ids separated by blanks or tabs; lines with an empty id are malformed; an
 *   alias to itself is none; chains are followed to their end; a circle is cut by letting its
 *   ids stand for themselves, each counted as malformed with reason "alias in a circle";
 * - the last line for an id wins.
 * The first 1,000 problems are kept, all are counted. Errors: FAL_ERROR_DATA (also where no
 * row of plays can be read, with the first problem told), _MEMORY, _CANCELLED. */
FalDataset *fal_dataset_load(const char *path, FalTask *task, GError **error);
FalDataset *fal_dataset_ref(FalDataset *dataset);
void fal_dataset_unref(FalDataset *dataset);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalDataset, fal_dataset_unref)

const char *fal_dataset_path(const FalDataset *dataset);  /* as it was given */
const char *fal_dataset_title(const FalDataset *dataset); /* the path's last part */
const FalDatasetStats *fal_dataset_stats(const FalDataset *dataset);
const FalProblem *fal_dataset_problems(const FalDataset *dataset, gsize *n);
FalPlays *fal_dataset_plays(const FalDataset *dataset); /* borrowed */

gint32 fal_dataset_n_users(const FalDataset *dataset);
gint32 fal_dataset_n_artists(const FalDataset *dataset);
gint64 fal_dataset_user_id(const FalDataset *dataset, gint32 user);
gint64 fal_dataset_artist_id(const FalDataset *dataset, gint32 artist);
const gint64 *fal_dataset_artist_ids(const FalDataset *dataset); /* n_artists */
/* The row of an id, -1 where there is none; an alias leads to its artist. */
gint32 fal_dataset_find_user(const FalDataset *dataset, gint64 id);
gint32 fal_dataset_find_artist(const FalDataset *dataset, gint64 id);

/* "" for an artist without a name. */
const char *fal_dataset_artist_name(const FalDataset *dataset, gint32 artist);
/* The same by fal_text_fold(), for searching. They lie in the order of the rows, each right
 * behind the zero byte of the one before. */
const char *fal_dataset_artist_folded(const FalDataset *dataset, gint32 artist);
/* The aliases that lead to artist and whose id is in the names or the plays, by rising id. */
const FalAlias *fal_dataset_aliases(const FalDataset *dataset, gint32 artist, gsize *n);

guint32 fal_dataset_listeners(const FalDataset *dataset, gint32 artist);
guint64 fal_dataset_artist_plays(const FalDataset *dataset, gint32 artist);
guint32 fal_dataset_user_artists(const FalDataset *dataset, gint32 user);
guint64 fal_dataset_user_plays(const FalDataset *dataset, gint32 user);

/* Reads the rows of plays again as they stand in the file, in order, aliases applied, one call
 * per readable row, not merged (a published split is by rows of the file). FAL_ERROR_DATA
 * where the file holds other rows than when it was loaded. */
typedef void (*FalRowFn)(gint32 user, gint32 artist, guint32 plays, gpointer data);
gboolean fal_dataset_each_row(const FalDataset *dataset, FalRowFn fn, gpointer data,
                              FalTask *task, GError **error);

#endif
