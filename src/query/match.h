/* Matching: which artists' names, or users' ids, hold some words. In parallel over all of them,
 * or over those that held the words before one more letter was typed. Any thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_MATCH_H
#define FAL_QUERY_MATCH_H

#include "data/dataset.h"
#include "query/table.h"

/* A bit for each row: bit row % 64 of word row / 64. */
typedef struct {
    guint64 *bits; /* g_free() */
    gint32 n;      /* how many are set */
} FalMarks;

/* Those that hold every word; words is NULL-terminated, folded. What is looked through is the
 * folded name, "#ID" for an artist without one, the id for users. within: those that can hold
 * them, NULL for all. */
void fal_match(const FalDataset *dataset, FalSubject subject, char *const *words,
               const FalMarks *within, FalMarks *out);
/* Whether what holds all the words must hold all the words of before. */
gboolean fal_match_narrows(char *const *words, char *const *before);
/* What a row is looked through by; id is room for it where it is no name. */
const char *fal_match_text(const FalDataset *dataset, FalSubject subject, gint32 row,
                           char id[24]);

static inline gboolean
fal_marks_has(const FalMarks *marks, gint32 row)
{
    return (marks->bits[row / 64] >> (row % 64) & 1) != 0;
}

#endif
