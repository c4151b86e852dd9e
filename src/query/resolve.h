/* Names to rows: which artist or user did they mean.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_RESOLVE_H
#define FAL_QUERY_RESOLVE_H

#include "data/dataset.h"

/* "id:1000113", an exact name, the same in any case and accents (the one with most listeners
 * among equals), an alias's name, else a start of exactly one name. -1 with FAL_ERROR_FAILED
 * naming the nearest names. */
gint32 fal_resolve_artist(const FalDataset *dataset, const char *name, GError **error);
/* The most listened-to artist whose folded name is this one; -1. */
gint32 fal_resolve_called(const FalDataset *dataset, const char *folded);
/* A user id. -1 with FAL_ERROR_FAILED. */
gint32 fal_resolve_user(const FalDataset *dataset, const char *name, GError **error);

/* How an artist is called where people read: its name, or "#ID" without one. Not safe for a
 * terminal yet. Free with g_free(). */
char *fal_artist_label(const FalDataset *dataset, gint32 artist);

#endif
