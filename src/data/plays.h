/* The plays: who listened to what how often, by user and by artist.
 *
 * Users and artists are rows here, 0 .. n-1; ids are the dataset's business (dataset.h).
 * Immutable once built, atomically reference-counted, shared by threads without locks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_PLAYS_H
#define FAL_DATA_PLAYS_H

#include "base/task.h"

/* One orientation, in compressed rows. Columns rise within a row; none is there twice. */
typedef struct {
    gint32 n_rows, n_cols;
    gint64 *start;  /* n_rows + 1: row r has the entries start[r] .. start[r + 1] - 1 */
    gint32 *col;    /* n_pairs */
    guint32 *plays; /* n_pairs, each at least 1 */
} FalCsr;

typedef struct FalPlays FalPlays;

/* One play count as read: rows in the dataset's numbering. */
typedef struct {
    gint32 user, artist;
    guint32 plays;
} FalPlay;

/* Builds both orientations from n plays in any order; plays of the same pair are added
 * (saturating at G_MAXUINT32). Plays of 0 are left out. Borrows plays. NULL with
 * FAL_ERROR_CANCELLED or FAL_ERROR_MEMORY. */
FalPlays *fal_plays_new(gint32 n_users, gint32 n_artists, const FalPlay *plays, gint64 n,
                        FalTask *task, GError **error);
/* An entry of a row that is not yet in order. */
typedef struct {
    guint32 col, plays;
} FalEntry;

/* Plays by user under numbers that the rows do not have yet. */
typedef struct {
    const FalEntry *entries; /* those of number u are start[u] .. start[u + 1] - 1; a column may
                                be there more than once, plays are 1 or more */
    const gint64 *start;
    const gint32 *users;         /* by row: its number */
    const gint32 *artists;       /* by column of the entries: its row */
    const guint32 *user_artists; /* by number: how many distinct columns there are */
} FalGathered;

/* The orientation by user, from plays that were brought together and counted before, ... */
FalPlays *fal_plays_new_gathered(gint32 n_users, gint32 n_artists, const FalGathered *gathered,
                                 FalTask *task, GError **error);

/* ... and the other one, for which listeners[artist] is how many users there are. It takes
 * memory, which fal_alloc() gave and which has room for all pairs as FalEntry, to put it into:
 * what the gathered entries were in, as new memory would have to be cleared first. */
gboolean fal_plays_turn(FalPlays *plays, const guint32 *listeners, gpointer memory,
                        FalTask *task, GError **error);

/* Takes both orientations as they are, arrays of fal_alloc() included. */
FalPlays *fal_plays_new_taken(FalCsr by_user, FalCsr by_artist);

/* Two parts: the pairs whose flag (n_pairs, in the order of the orientation by user) is set,
 * and the rest. FALSE with FAL_ERROR_CANCELLED or FAL_ERROR_MEMORY, and neither is made. */
gboolean fal_plays_cut(const FalPlays *plays, const guint8 *flags, FalPlays **flagged,
                       FalPlays **rest, FalTask *task, GError **error);

/* Sorts keys by their upper halves, which are at most `most`; other has room for n as well.
 * Returns which of the two holds the result. Equal ones keep their order. */
guint64 *fal_sort_keys(guint64 *keys, guint64 *other, gint64 n, guint32 most);

FalPlays *fal_plays_ref(FalPlays *plays);
void fal_plays_unref(FalPlays *plays);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalPlays, fal_plays_unref)

const FalCsr *fal_plays_by_user(const FalPlays *plays);   /* n_users x n_artists */
const FalCsr *fal_plays_by_artist(const FalPlays *plays); /* n_artists x n_users */
gint64 fal_plays_n_pairs(const FalPlays *plays);

static inline gint64
fal_csr_count(const FalCsr *csr, gint32 row)
{
    return csr->start[row + 1] - csr->start[row];
}

/* Where in the entries the columns of a row from col on begin: at col where the row has it. */
gint64 fal_csr_position(const FalCsr *csr, gint32 row, gint32 col);
/* The plays of (row, col), 0 where there is no such pair. */
guint32 fal_csr_find(const FalCsr *csr, gint32 row, gint32 col);
/* The sum of a row's plays. */
guint64 fal_csr_row_plays(const FalCsr *csr, gint32 row);

#endif
