/* Factors: one vector of `rank` floats per user and per artist, `stride` floats apart
 * (kernels.h), the rest zero.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_FACTORS_H
#define FAL_MODEL_FACTORS_H

#include <glib.h>

typedef struct {
    int rank, stride;
    gint32 n_users, n_artists;
    float *user;   /* n_users x stride */
    float *artist; /* n_artists x stride */
} FalFactors;

static inline float *
fal_user_factors(const FalFactors *f, gint32 user)
{
    return f->user + (gsize)user * (gsize)f->stride;
}

static inline float *
fal_artist_factors(const FalFactors *f, gint32 artist)
{
    return f->artist + (gsize)artist * (gsize)f->stride;
}

#endif
