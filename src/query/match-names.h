/* Names as listening services spell them to artists of a data set.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_MATCH_NAMES_H
#define FAL_QUERY_MATCH_NAMES_H

#include "data/dataset.h"

/* Finds n names (valid UTF-8) among the artists, rows[i] being -1 where there is none. An
 * artist is taken, in this order, by its name to the letter, by its name folded: case, accents,
 * Unicode's forms, by its name without punctuation and blanks, a moved article put back
 * ("Smiths, The"), and & and + as "and", by the name of an alias, likewise in these three ways,
 * at last by both with a "the" in front or without ("Smiths"); among several the one with most
 * listeners. One look at all names, in parallel: some 0.1 s for
 * 1.6 million. FALSE with FAL_ERROR_CANCELLED. Any thread. */
gboolean fal_match_names(FalDataset *dataset, const char *const *names, gsize n, gint32 *rows,
                         FalTask *task, GError **error);

/* The same ahead of time: names that a job has looked for in the data set that it loads, so
 * that the main thread need not. */
typedef struct FalMatched FalMatched;

/* Takes names, an array of texts to be freed with g_free(). */
FalMatched *fal_matched_new(GPtrArray *names);
void fal_matched_free(FalMatched *matched);
/* Looks for all of them, once. The data set is only compared later on. As fal_match_names(). */
gboolean fal_matched_find(FalMatched *matched, FalDataset *dataset, FalTask *task,
                          GError **error);
/* fal_match_names() for what is not among them; matched may be NULL, or of another data set. */
void fal_matched_rows(const FalMatched *matched, FalDataset *dataset, const char *const *names,
                      gsize n, gint32 *rows);

#endif
