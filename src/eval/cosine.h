/* Item-to-item recommendation by cosines of the raw play counts: what one would try first.
 *
 *   score of artist i for user u = sum over the user's artists j of  r_uj cos(i, j)
 *   cos(i, j) = r_i . r_j / (|r_i| |r_j|)     r_i: the plays of artist i in training, by user
 *
 * Artists that nobody has in training score 0. Nothing is cut off: all artists of all
 * co-listeners count.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_EVAL_COSINE_H
#define FAL_EVAL_COSINE_H

#include "data/plays.h"

/* Users that are scored at once, at most. */
#define FAL_COSINE_USERS 16

typedef struct FalCosine FalCosine;

/* Borrows train, which must outlive it. NULL with FAL_ERROR_MEMORY. Any thread. */
FalCosine *fal_cosine_new(FalPlays *train, GError **error);
void fal_cosine_free(FalCosine *cosine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalCosine, fal_cosine_free)

/* How many floats of scratch memory fal_cosine_scores() writes over. */
gsize fal_cosine_scratch(const FalCosine *cosine);
/* scores: n_users x n_artists, for up to FAL_COSINE_USERS users (rows). A user's scores do not
 * depend on who else is in users. One pass over all plays; any thread. */
void fal_cosine_scores(const FalCosine *cosine, const gint32 *users, int n_users,
                       float *scratch, float *scores);

#endif
