/* A data set without its plays: ids, names and how many listeners and plays there were, as a
 * model file keeps them. All that asks for names and figures works on it as on any other; its
 * plays (fal_dataset_plays()) are none.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_BARE_H
#define FAL_DATA_BARE_H

#include "data/dataset.h"

/* What it is made of. Arrays come from fal_alloc(). */
typedef struct {
    gint32 n_users, n_artists;
    gint64 pairs;
    guint64 plays;
    guint64 fingerprint; /* of the plays it was made from, 0 where there were none */
    char *title;         /* of the data it was made from; NULL or "" where nobody knows */
    gint64 *user_ids, *artist_ids; /* by row; 0 .. 2^63 - 1, none there twice */
    gboolean numbered;             /* these are the numbers of the rows: ids of nothing else */
    char *names; /* one after the other, each ended by a NUL; NULL for none at all */
    gint64 names_bytes;
    guint32 *listeners, *user_artists;  /* by row; each may be NULL where nobody knows */
    guint64 *artist_plays, *user_plays; /* likewise */
} FalBare;

void fal_bare_clear(FalBare *bare);

/* Takes the arrays out of bare where it succeeds. path is what messages call it.
 * FAL_ERROR_MODEL with a sentence, that starts with what is wrong ("its ..."), for ids that are
 * there twice or out of range and for names that are not UTF-8 or not as many as artists;
 * _MEMORY. */
FalDataset *fal_dataset_new_bare(const char *path, FalBare *bare, GError **error);
/* Whether dataset is one: what needs plays is to be refused. */
gboolean fal_dataset_is_bare(const FalDataset *dataset);

/* Whether its ids are those of rows alone, and mean nothing elsewhere. */
gboolean fal_dataset_is_numbered(const FalDataset *dataset);
/* The title of the plays that are here, or that a bare one was made from; "" where nobody
 * knows. Borrowed. */
const char *fal_dataset_origin(const FalDataset *dataset);

/* What tells one set of plays from another: XXH3 over the ids and all pairs with their counts,
 * whatever the order of the file; a bare data set knows what it was made from. Never 0 of one
 * that has plays. */
guint64 fal_dataset_fingerprint(const FalDataset *dataset);
/* The same of some of the plays, in the numbering of dataset. */
guint64 fal_plays_fingerprint(const FalPlays *plays);

#endif
