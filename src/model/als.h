/* Half an iteration of alternating least squares: the factors of every row of one side, given
 * those of the other side.
 *
 * Each half first turns both sides to the principal axes of the fixed one: there a0 Y'Y is
 * diagonal, so that a step of conjugate gradients on a row costs its entries and nothing else,
 * and a0 Y'Y + lambda is a preconditioner for free.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_ALS_H
#define FAL_MODEL_ALS_H

#include "model/settings.h"

typedef struct FalAls FalAls;

/* Vectors that a worker keeps at hand take at most so many bytes; rows with more entries read
 * them again for each step. */
#define FAL_ALS_BUFFER ((gsize)32 << 20)

/* Borrows plays and copies settings, which must be sound. buffer is FAL_ALS_BUFFER but in
 * tests. NULL with FAL_ERROR_MEMORY. */
FalAls *fal_als_new(const FalPlays *plays, const FalTrainSettings *settings, gsize buffer,
                    GError **error);
void fal_als_free(FalAls *als);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalAls, fal_als_free)

/* What a half-step leaves, added over its rows x in a fixed order. The first three are made
 * where users are solved, which ends an iteration. */
typedef struct {
    double observed;    /* sum of c (1 - x.y)^2 over the pairs */
    double squares;     /* sum of (x.y)^2 over the pairs */
    double all_squares; /* the same over all pairs, played or not */
    double regularizer; /* sum of lambda |x|^2 */
    gint32 bad;         /* the first row whose factors are out of bounds, -1 for none */
    double axes, solve; /* seconds that finding and turning to the axes took, and the rows */
} FalAlsSums;

/* Solves the users (or the artists) into `to`, starting from `from` (NULL for zeros), both
 * stride = FAL_STRIDE(rank) floats a row; they may be the same. The other side's factors in
 * fixed, and what is written to `to`, are in the same new axes then; `from` stays as it was.
 * sums may be NULL: then none are made. FALSE with FAL_ERROR_CANCELLED, _MEMORY or _MODEL;
 * where cancelled, `to` is incomplete. */
gboolean fal_als_half(FalAls *als, gboolean users, float *fixed, const float *from, float *to,
                      FalAlsSums *sums, FalTask *task, GError **error);

/* out = now + momentum (now - before), for the users' factors before the last two halves,
 * artists and users, and after them: before is turned to the axes of now, in which out is as
 * well. out may be before. */
void fal_als_extrapolate(FalAls *als, const float *before, const float *now, double momentum,
                         float *out);

#endif
