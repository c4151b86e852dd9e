/* The plays from within, for what makes them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_PLAYS_PRIVATE_H
#define FAL_DATA_PLAYS_PRIVATE_H

#include "data/plays.h"

struct FalPlays {
    gatomicrefcount refs;
    FalCsr by_user, by_artist;
    gpointer memory; /* that by_artist's columns and plays lie in, NULL where it has its own */
};

/* Room for n pairs; all zero. FALSE with FAL_ERROR_MEMORY, and what there is then belongs to
 * csr all the same. */
gboolean fal_csr_init(FalCsr *csr, gint32 n_rows, gint32 n_cols, gint64 n, GError **error);
void fal_csr_clear(FalCsr *csr);

/* Makes by_artist of by_user, whose rows are in order. FALSE with FAL_ERROR_CANCELLED or
 * FAL_ERROR_MEMORY. */
gboolean fal_plays_fill_by_artist(FalPlays *plays, FalTask *task, GError **error);

#endif
