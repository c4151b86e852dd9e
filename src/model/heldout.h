/* How plays were held out from a training, so that a model file can tell and the same split can
 * be made again (eval/split.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_HELDOUT_H
#define FAL_MODEL_HELDOUT_H

#include <glib.h>

typedef enum {
    FAL_HELD_NONE,     /* nothing was */
    FAL_HELD_FRACTION, /* a share of each user's artists, by seed and ids */
    FAL_HELD_SPARK,    /* rows of the file, by seed */
    FAL_HELD_PAIRS,    /* pairs that somebody named */
    FAL_HELD_LEAVE,    /* so many of each user's artists, by seed and ids */
} FalHeldKind;

extern const char *const fal_held_kinds[]; /* by FalHeldKind, NULL-terminated */

typedef struct {
    FalHeldKind kind;
    double fraction; /* of FAL_HELD_FRACTION */
    gint64 count;    /* of FAL_HELD_LEAVE */
    guint64 seed;
    char *description; /* as FalSplit's */
    gint64 n;
    gint64 *pairs; /* of FAL_HELD_PAIRS: n times user id, artist id, plays; of fal_alloc() */
} FalHeldOut;

void fal_held_out_clear(FalHeldOut *held);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FalHeldOut, fal_held_out_clear)

#endif
