/* The runs of a tuning as a heat table: two settings across and down, in each cell the best
 * there is of these two values. Knows no screens.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_RENDER_HEAT_H
#define FAL_RENDER_HEAT_H

#include "query/runs.h"

typedef struct {
    const char *across, *down;         /* settings; "" where no more differ */
    int n_across, n_down;              /* at least 1 */
    char **across_value, **down_value; /* as text, rising; choices in their order */
    int *run;                          /* n_down x n_across: the best run's number, -1: none */
    int others;                        /* settings that differ as well */
    int best_x, best_y;                /* where run 0 is */
} FalHeat;

#define FAL_HEAT_CELL 9 /* cells of a cell, the blank before it included */

/* The two settings with most values are the axes, the one with most across. */
FalHeat *fal_heat_new(const FalTuning *tuning);
void fal_heat_free(FalHeat *heat);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalHeat, fal_heat_free)

/* How good a run is among those of the table, 0 to 4: by its mean over the seeds. -1 where it
 * has no figure. */
int fal_heat_level(const FalHeat *heat, const FalTuning *tuning, int run);
/* "▓▓", two cells: how good it is as a shade, "" where nothing shows. */
const char *fal_heat_shade(const FalHeat *heat, const FalTuning *tuning, int y, int x);
/* " ▓▓ 0.136": FAL_HEAT_CELL cells. Free with g_free(). */
char *fal_heat_cell(const FalHeat *heat, const FalTuning *tuning, int y, int x);

#endif
