/* What is recommended to you, ranked anew after each change, and what moved by it. Knows no
 * screen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_STANDINGS_H
#define FAL_TUI_STANDINGS_H

#include "model/model.h"
#include "query/you.h"

#define FAL_STANDINGS_DEPTH 100

typedef struct {
    FalTop top[FAL_STANDINGS_DEPTH]; /* the best first */
    int n;
    /* The place, from 1, that each had before; 0: it was not among these. */
    int before[FAL_STANDINGS_DEPTH];
    gboolean compared; /* there was one before */
} FalStandings;

/* Ranks for your artists, of which there is one at least: one exact fold-in. Where that cannot
 * be done, FALSE and nothing has changed. */
gboolean fal_standings_update(FalStandings *standings, const FalModel *model, const FalYou *you,
                              GError **error);
/* Nothing is ranked, and what comes next has nothing to be compared with. */
void fal_standings_clear(FalStandings *standings);
/* How number i moved: "↑3", "↓1", "new", "" for not at all. Free with g_free(). */
char *fal_standings_moved(const FalStandings *standings, int i);

#endif
