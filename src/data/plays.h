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
/* Counts each artist's users and each user's artists, pairs that come twice once, and adds them
 * to listeners and user_artists. Brings the plays of each user together where they are not. */
gboolean fal_plays_count(FalPlay *plays, gint64 n, gint32 n_users, gint32 n_artists,
                         guint32 *listeners, guint32 *user_artists, GError **error);
/* Makes user u users[u] and artist a artists[a]. */
void fal_plays_renumber(FalPlay *plays, gint64 n, const gint32 *users, const gint32 *artists);

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

/* The plays of (row, col), 0 where there is no such pair. */
guint32 fal_csr_find(const FalCsr *csr, gint32 row, gint32 col);
/* The sum of a row's plays. */
guint64 fal_csr_row_plays(const FalCsr *csr, gint32 row);

#endif
