/* A part of the plays that is like the whole, for what need not see all of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_SAMPLE_H
#define FAL_DATA_SAMPLE_H

#include "data/plays.h"

/* Every `every`-th user (row u of the sample is row u * every) with the plays of the artists
 * that come before the first with fewer than `least` users: rows of a dataset go by falling
 * popularity, so these are the popular ones, under the same numbers. NULL with
 * FAL_ERROR_MEMORY. */
FalPlays *fal_plays_sample(const FalPlays *plays, gint32 every, gint64 least, GError **error);

#endif
