/* The rows of plays while a data set is read: parsed in chunks, then brought together by user,
 * with numbers (idmap.h) for ids. Only the loader (load.c) needs them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_PLAYROWS_H
#define FAL_DATA_PLAYROWS_H

#include <pthread.h>

#include "data/catalogue.h"
#include "data/chunks.h"
#include "data/idmap.h"
#include "data/plays.h"

/* --- a hash of all rows in their order, to know them again --- */

#define FAL_FINGERPRINT_STEP G_GUINT64_CONSTANT(0x94d049bb133111eb)

static inline guint64
fal_fingerprint_row(guint64 so_far, gint64 user, gint64 artist, guint32 plays)
{
    guint64 row = ((guint64)user * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) ^ (guint64)artist) *
                      G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9) +
                  plays;

    return so_far * FAL_FINGERPRINT_STEP + (row ^ row >> 32);
}

/* --- reading --- */

/* What rows say in sum. */
typedef struct {
    gint64 n;
    guint64 plays;
    guint64 fingerprint;
} FalPlaySums;

/* Ids that have no bit (idmap.h) are places in a chunk's list of them, marked by this. */
#define FAL_LARGE ((guint32)1 << 31)

/* Rows of a user that follow each other. */
typedef struct {
    guint32 user; /* its id or place in large_users; later its number */
    guint32 n;
    gint64 place; /* where they go */
} FalRun;

typedef struct {
    FalBadLines bad;
    FalEntry *rows; /* in a slab; col is the artist's id or place in large_artists */
    FalPlaySums sums;
    GArray *runs;                        /* FalRun */
    GArray *large_users, *large_artists; /* gint64, rising, each once */
    gint64 rewritten;
} FalPlayChunk;

typedef struct {
    guint64 *user_bits, *artist_bits;
    FalEntry *entries; /* by user, when they are gathered */
    gint64 *start;
    pthread_mutex_t lock;
    /* under the lock: what chunks lie in, and that of it which nobody is writing to */
    GPtrArray *slabs, *spare;
} FalPlayRows;

FalPlayRows *fal_play_rows_new(GError **error);
void fal_play_rows_free(FalPlayRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalPlayRows, fal_play_rows_free)

/* A chunk of plays; any thread. To be freed by fal_play_chunk_free(), before rows is. */
FalPlayChunk *fal_play_rows_parse(FalPlayRows *rows, const FalChunk *chunk, GError **error);
void fal_play_chunk_free(FalPlayChunk *chunk);

/* --- afterwards; chunks holds all FalPlayChunks in their order --- */

void fal_play_rows_sums(const GPtrArray *chunks, FalPlaySums *sums);
/* The map of the users' ids, and that of the artists' and n_more others (0 or more of them). */
FalIdMap *fal_play_rows_users(FalPlayRows *rows, const GPtrArray *chunks, GError **error);
FalIdMap *fal_play_rows_artists(FalPlayRows *rows, const GPtrArray *chunks, const gint64 *more,
                                gint64 n_more, GError **error);

/* Brings the rows together by user, each with the number of the artist that artists->rows leads
 * its own to, and frees the chunks. *rewritten is in how many rows the two differ, and
 * met[number] becomes 1 for the numbers of those. */
gboolean fal_play_rows_gather(FalPlayRows *rows, GPtrArray *chunks, const FalIdMap *users,
                              const FalIdMap *artists, guint8 *met, gint64 *rewritten,
                              FalTask *task, GError **error);
/* After that: how many users each artist has, and artists each user, pairs that come twice
 * once. */
gboolean fal_play_rows_count(const FalPlayRows *rows, gint32 n_users, gint32 n_artists,
                             guint32 *listeners, guint32 *user_artists, FalTask *task,
                             GError **error);

#endif
