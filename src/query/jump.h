/* Jumping: finding a view, a command, an artist or a listener by some letters of its name, in
 * this order, with others between them. All artists are looked through, by all cores.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_JUMP_H
#define FAL_QUERY_JUMP_H

#include "data/dataset.h"

#define FAL_JUMP_MOST 100 /* places found at a time */
#define FAL_JUMP_TEXT 48  /* letters of a text that count; more are not looked at */

typedef enum {
    FAL_JUMP_VIEW,
    FAL_JUMP_COMMAND,
    FAL_JUMP_ARTIST,
    FAL_JUMP_USER,
} FalJumpKind;

typedef struct {
    FalJumpKind kind;
    gint32 row; /* of the data, or the number of the view or the command */
    int score;
} FalJumpPlace;

/* Letters that are looked for. */
typedef struct {
    gunichar letter[FAL_JUMP_TEXT];
    int n;
    char bytes[FAL_JUMP_TEXT * 4 + 1]; /* the same, as UTF-8 */
} FalJumpText;

/* The letters of a text as it was typed: folded, blanks and a # at its start left out. */
void fal_jump_text(FalJumpText *out, const char *text);

/* How well letters fit a folded name; -1: it does not hold them all in this order. Each counts
 * 8 at the start of a word or right behind the one before, else 1, and one at the start of the
 * name 2 more; the sum for the places where it is largest. 0 for no letters. */
int fal_jump_score(const FalJumpText *text, const char *name);

typedef struct FalJump FalJump;

/* dataset may be NULL; takes a reference. views is NULL-terminated, and borrowed. Worth
 * keeping: 16 bytes for each artist are filled in as they are needed. Main thread, as the next
 * two. */
FalJump *fal_jump_new(FalDataset *dataset, const char *const *views);
void fal_jump_free(FalJump *jump);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalJump, fal_jump_free)
/* The best places for what was typed: by falling score; where that is the same views, commands,
 * artists from the most listened-to on, listeners from the one with most artists on. The most listened-to
 * artist that is called just so has one more than its letters give, else an unknown one could not
 * be reached behind a hundred that begin so. Artists
 * without a name and listeners are known by the digits of their ids, the latter only where
 * nothing but digits is typed. Without letters: the views, and the most listened-to artists.
 * Writes FAL_JUMP_MOST at most and returns how many. */
int fal_jump_find(FalJump *jump, const char *text, FalJumpPlace *out);

#endif
