/* You: artists of your own with play counts, kept from one start to the next. Those set by hand
 * are lines of id, plays and name, parted by tabs, in $XDG_DATA_HOME/falsetto/you.tsv (before,
 * below $XDG_STATE_HOME: what is there still is read, and moves with the first change).
 * Those of an imported listening history (heard.h) stand in files beside it.
 *
 * What is set by hand wins over what was imported, and stays when another history is imported;
 * 0 plays mean that an imported artist is not to count.
 *
 * The files are not about one data set: an artist is found in the one at hand by id and name,
 * else, as imported ones are, by its name (match-names.h), and what is not there stays in the
 * file. A number alone is not believed, as other data may number others so. Each
 * change is written at once, and whole: the file is replaced by a finished one, with the folder
 * locked and after what other programs changed was read. Main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_YOU_H
#define FAL_QUERY_YOU_H

#include "query/heard.h"

#define FAL_YOU_PLAYS 10 /* of an artist that is added without a count */

typedef struct FalYou FalYou;

typedef struct {
    gint64 id;        /* as it was when the artist was added */
    guint32 plays;    /* at least 1 */
    char *name;       /* "" for an artist without */
    gint32 row;       /* in the data set at hand; -1: it is not there */
    gboolean by_hand; /* else it was imported, and is in the data set */
} FalYouArtist;

FalYou *fal_you_new(void);
void fal_you_free(FalYou *you);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalYou, fal_you_free)

/* Reads the file where it is not what was read or written last, and finds the artists in a data
 * set (NULL: in none). Before anything below; what was borrowed is gone then. A file that is
 * not there is one without artists. FALSE with FAL_ERROR_DATA where it cannot be read or
 * understood; then nothing below may be done, so that it is never overwritten. */
gboolean fal_you_open(FalYou *you, FalDataset *dataset, GError **error);
/* The data set is to be another one. */
void fal_you_forget(FalYou *you);
/* The names that will be looked for in the next data set, for fal_matched_new(); NULL where
 * there are none, or they cannot be read. And what was found of them, once that is at hand;
 * takes it. */
GPtrArray *fal_you_names(FalYou *you);
void fal_you_matched(FalYou *you, FalMatched *matched);

/* Those set by hand, in the order they were added, then the imported ones that are in the data
 * set, most plays first. Borrowed, n of them. */
const FalYouArtist *fal_you_artists(const FalYou *you, int *n);
/* Those in the data set, as fold-in wants them: rows rising, none twice. Borrowed. */
gint64 fal_you_rows(const FalYou *you, const gint32 **rows, const guint32 **plays);
/* 0 where the artist is not one of them. */
guint32 fal_you_plays(const FalYou *you, gint32 row);
/* Counts up whenever any of this is another one. */
guint fal_you_version(const FalYou *you);

/* What keeps artists from being yours here, in a sentence: the data set has no ids. NULL where
 * nothing does. Static. */
const char *fal_you_obstacle(const FalYou *you);
/* None of these takes an artist of a data set whose ids are those of rows alone (data/bare.h):
 * elsewhere it would be another one. */
/* Adds an artist of the data set, or gives it another count; 0 drops it, imported or not. Where
 * the file cannot be written, FALSE with FAL_ERROR_FAILED, and nothing has changed. */
gboolean fal_you_set(FalYou *you, gint32 row, guint32 plays, GError **error);
/* Adds one without a count: an imported one that was dropped has its plays again, one that is
 * there keeps those it has, another one gets FAL_YOU_PLAYS. */
gboolean fal_you_add(FalYou *you, gint32 row, GError **error);
/* How many imported artists of the data set were dropped by hand, and whether one was. */
int fal_you_n_dropped(const FalYou *you);
gboolean fal_you_is_dropped(const FalYou *you, gint32 row);
/* Drops number i of fal_you_artists(), one set by hand. */
gboolean fal_you_drop(FalYou *you, int i, GError **error);
/* Drops all, imported ones too; what names stand for stays. */
gboolean fal_you_clear(FalYou *you, GError **error);

/* --- the imported history --- */

/* All its names, most plays first, with what they were found to be. Borrowed, n of them. */
const FalHeardName *fal_you_heard(const FalYou *you, gsize *n);
/* One of them by name, else folded; -1. */
gssize fal_you_find_heard(const FalYou *you, const char *name);
/* Puts a history in the place of the one before; rows by fal_match_names() in this data set. */
gboolean fal_you_import(FalYou *you, const FalHistory *history, const gint32 *rows,
                        GError **error);
/* Imported name number i is this artist of the data set, now and whenever it is imported. */
gboolean fal_you_match(FalYou *you, gsize i, gint32 row, GError **error);
/* The name that fal_you_match() was told of, imported now or not, NULL where it was not: free
 * with g_free(). And what was said of it is taken back. */
char *fal_you_find_said(const FalYou *you, const char *name);
gboolean fal_you_unmatch(FalYou *you, const char *name, GError **error);
/* See fal_heard_said_elsewhere(). */
GArray *fal_you_said_elsewhere(const FalYou *you);
/* Removes all files that are kept of you; *n: how many there were. They need not be readable.
 */
gboolean fal_you_erase(FalYou *you, int *n, GError **error);

#endif
