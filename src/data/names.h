/* The names while a data set is read: parsed in chunks, then put in the order of the rows. Only
 * the loader (load.c) needs them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_NAMES_H
#define FAL_DATA_NAMES_H

#include "data/catalogue.h"
#include "data/chunks.h"

/* A chunk of names; any thread. NULL with FAL_ERROR_MEMORY. */
typedef struct FalNameChunk FalNameChunk;
FalNameChunk *fal_names_parse(const FalChunk *chunk, GError **error);
void fal_name_chunk_free(FalNameChunk *chunk);
/* What of its lines could not be read; borrowed. */
const FalBadLines *fal_name_chunk_bad(const FalNameChunk *chunk);

/* Where a name is: which chunk, and where in it; 0 for none. A later line has a higher one. */
typedef guint64 FalNameRef;

/* Says for n ids, at most FAL_NAMES, whose names they are: places in refs, -1 for nobody's. Any
 * thread. */
#define FAL_NAMES 64
typedef void (*FalNameFn)(const gint64 *ids, int n, gint64 *places, gpointer data);
/* Sets refs[place] to the last name for it. Bounded by the task's cancelling. */
void fal_names_find(const GPtrArray *chunks, FalNameFn fn, gpointer data, FalNameRef *refs,
                    FalTask *task);

/* Texts, each ended by a NUL, one after the other; the first byte is an empty one. */
typedef struct {
    char *bytes;
    gint64 length;
    gint64 *at; /* where each begins */
    gint64 n;
} FalTexts;

void fal_texts_clear(FalTexts *texts);
/* The n names that refs has, "" for those it has not, and if folded is not NULL the same by
 * fal_text_fold(). FALSE with FAL_ERROR_MEMORY or _CANCELLED. */
gboolean fal_names_arrange(const GPtrArray *chunks, const FalNameRef *refs, gint64 n,
                           FalTexts *texts, FalTexts *folded, FalTask *task, GError **error);

#endif
