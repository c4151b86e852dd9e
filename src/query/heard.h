/* What you heard: the names and plays of an imported listening history, and which artists some
 * of them stand for by your word. Kept in two files of the user's data folder,
 *
 *   history.tsv   a line each of plays and name, parted by a tab, most plays first
 *   names.tsv     a line each of a name, an artist's id and its name: `you match` was told so
 *
 * and, as neither is about one data set, matched with the one at hand (match-names.h). Inside
 * you.c, which adds what is set by hand. Main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_HEARD_H
#define FAL_QUERY_HEARD_H

#include "data/dataset.h"
#include "data/history.h"
#include "query/match-names.h"

typedef struct {
    char *name;
    guint32 plays;    /* at least 1 */
    gint32 row;       /* in the data set at hand; -1: none was found */
    gboolean as_said; /* by your word, and not by its spelling */
} FalHeardName;

typedef struct FalHeard FalHeard;

FalHeard *fal_heard_new(void);
void fal_heard_free(FalHeard *heard);

/* Reads what has changed on disk; *changed is set where something has. FALSE with
 * FAL_ERROR_DATA, and then nothing below may be done. */
gboolean fal_heard_open(FalHeard *heard, gboolean *changed, GError **error);
/* Finds all names in a data set (NULL: in none); matched: what was found of them already, or
 * NULL. */
void fal_heard_find(FalHeard *heard, FalDataset *dataset, const FalMatched *matched);
/* Most plays first. Borrowed, n of them. */
const FalHeardName *fal_heard_names(const FalHeard *heard, gsize *n);
/* One of them by name, else folded; -1. */
gssize fal_heard_find_name(const FalHeard *heard, const char *name);

/* The name of which something was said, imported now or not: to the letter, else folded. NULL
 * where nothing was. Borrowed. */
const char *fal_heard_find_said(const FalHeard *heard, const char *name);
/* Something that was said. Texts are borrowed. */
typedef struct {
    const char *name;
    gint64 id;
    const char *artist;
} FalSaid;
/* What was said without effect here, by name: of what is not imported, or not in the data set.
 * FalSaid, to be freed with g_array_unref(). */
GArray *fal_heard_said_elsewhere(const FalHeard *heard);

/* Each writes first; where that fails, FALSE with FAL_ERROR_FAILED and nothing has changed. */
/* Puts a history in the place of the one before; rows are as fal_match_names() has them. */
gboolean fal_heard_set(FalHeard *heard, const FalHistory *history, const gint32 *rows,
                       FalDataset *dataset, GError **error);
/* Name number i is this artist of the data set from now on. */
gboolean fal_heard_fix(FalHeard *heard, gsize i, FalDataset *dataset, gint32 row,
                       GError **error);
/* What was said of a name, as fal_heard_find_said() has it, is taken back: where it is
 * imported, it is what is found by its spelling. */
gboolean fal_heard_unfix(FalHeard *heard, const char *name, FalDataset *dataset,
                         GError **error);
/* Nothing was heard; what names stand for stays. */
gboolean fal_heard_clear(FalHeard *heard, GError **error);
/* Removes both files. *n: how many there were. */
gboolean fal_heard_erase(FalHeard *heard, int *n, GError **error);

#endif
