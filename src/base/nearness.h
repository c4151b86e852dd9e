/* Edit distances from one text to many: those of fal_text_distance(), some ten times as fast.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_BASE_NEARNESS_H
#define FAL_BASE_NEARNESS_H

#include <glib.h>

/* Characters of a text at most; longer ones go to fal_text_distance(). */
#define FAL_NEARNESS_MAX 64

/* A text that others are measured against. Any thread may measure. */
typedef struct {
    const char *text;
    int n;              /* characters */
    guint64 ascii[128]; /* where each character stands */
    struct {
        gunichar c;
        guint64 at;
    } other[FAL_NEARNESS_MAX]; /* those beyond ASCII */
    int n_other;
    guint64 letters;     /* see fal_nearness_letters() */
    guint64 letter[256]; /* what a byte adds to them */
} FalNearness;

/* Borrows text, which is folded. */
void fal_nearness_init(FalNearness *near, const char *text);
/* The distance to a folded text of n_bytes, behind which is a zero byte; max + 1 where it is
 * more than max. */
int fal_nearness_distance(const FalNearness *near, const char *other, gsize n_bytes, int max);

#endif
