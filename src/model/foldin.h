/* Fold-in: the factors of a listener who need not have been there in training, solved exactly
 * against the artists' factors, and what each of the listener's artists adds to a score (Hu,
 * Koren, Volinsky 2008, section 5).
 *
 *   A x = Y_u' c,  A = a0 Y'Y + lambda_u I + Y_u' (C - a0) Y_u     rank x rank
 *   score of artist i = y_i.x = sum over the listener's artists j of  c_j y_i' A^-1 y_j
 *
 * One thread; double precision.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_FOLDIN_H
#define FAL_MODEL_FOLDIN_H

#include "model/model.h"

typedef struct FalFoldIn FalFoldIn;

/* Borrows the model, which must outlive it, and copies the n artists (rows of the model's data
 * set, rising) with their plays, each at least 1. With no artists the factors are zero. NULL
 * with FAL_ERROR_MEMORY, or with FAL_ERROR_MODEL where the system has no solution. */
FalFoldIn *fal_fold_in_new(const FalModel *model, const gint32 *artists, const guint32 *plays,
                           gint64 n, GError **error);
/* The same for a user of the data set, from the plays of the training. */
FalFoldIn *fal_fold_in_new_user(const FalModel *model, gint32 user, GError **error);
void fal_fold_in_free(FalFoldIn *fold);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalFoldIn, fal_fold_in_free)

/* x: FAL_STRIDE(rank) floats, aligned. Borrowed. */
const float *fal_fold_in_factors(const FalFoldIn *fold);
/* The artists it was made of, rising, and their confidences c. Borrowed, n of them. */
const gint32 *fal_fold_in_artists(const FalFoldIn *fold, gint64 *n);
const float *fal_fold_in_confidences(const FalFoldIn *fold);
/* x.y, as fal_model_score() is of a user. */
float fal_fold_in_score(const FalFoldIn *fold, gint32 artist);
/* The k best artists for the listener, without those it was made of unless known. */
int fal_fold_in_recommend(const FalFoldIn *fold, int k, gboolean known, FalTop *out);
/* What each of its artists adds to the score of `artist`, in their order; they add up to
 * y.x, which it returns (but for rounding in double precision). */
double fal_fold_in_explain(const FalFoldIn *fold, gint32 artist, double *contributions);

#endif
