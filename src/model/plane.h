/* Artists on a plane: their coordinates on single axes of a model, and the two main directions
 * of the artists that are most like one. For maps.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_PLANE_H
#define FAL_MODEL_PLANE_H

#include "model/model.h"

/* Writes each artist's factors on two axes (0 .. rank - 1) to out: n_artists each, by row;
 * where out is NULL that axis is left out. NaN for artists unseen in training, which have no
 * place. In parallel. */
void fal_plane_axes(const FalModel *model, const int axis[2], float *const out[2]);
/* The axis's share of the energy: of the sum of all artists' squared factors. 0 where there is
 * none. */
double fal_plane_share(const FalModel *model, int axis);

/* Puts n rows (n x stride, rank of it used) on their two main directions, seen from their mean.
 * share: how much of their spread each direction holds, 0 where there is none. Which side is
 * positive does not change from call to call. FALSE with FAL_ERROR_MEMORY or _MODEL. */
gboolean fal_plane_principal(const float *rows, gint32 n, int rank, int stride, float *x,
                             float *y, double share[2], GError **error);
/* The same for an artist and the k most similar ones, as directions of length 1, since that is
 * what a cosine compares. Writes up to k + 1 artists, rising, with their places, and returns
 * how many; 1 for an artist without neighbours, at (0, 0). 0 with an error. */
gint32 fal_plane_around(const FalModel *model, gint32 artist, int k, gint32 *artists, float *x,
                        float *y, double share[2], GError **error);

#endif
