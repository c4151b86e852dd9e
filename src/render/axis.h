/* The y axis of charts: its range, where values stand on it, and its labels, which are round
 * figures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_RENDER_AXIS_H
#define FAL_RENDER_AXIS_H

#include <glib.h>

#define FAL_AXIS_TICKS  5     /* at most */
#define FAL_AXIS_HUGEST 1e300 /* larger values are gaps: their differences overflow */

typedef struct {
    double value;
    int row; /* `rows` is that of the line below */
    char label[32];
} FalTick;

typedef struct {
    int rows;      /* cells, four dots each */
    gboolean line; /* there is a line below, which 0 may stand on */
    gboolean log;
    double low, high;  /* the range, low < high; logarithms where log */
    gboolean grounded; /* low is 0, and stands below the last dot */
    FalTick tick[FAL_AXIS_TICKS];
    int n_ticks;
} FalAxis;

/* Where value stands on the axis's scale; FALSE where it cannot. */
gboolean fal_axis_place(const FalAxis *axis, double value, double *y);
/* The dot, from the top, that stands for y of the scale. */
int fal_axis_dot(const FalAxis *axis, double y);
/* Chooses two to five labelled places; where the range has no two, it gets wider. The other
 * fields must be set, the range of its data. */
void fal_axis_choose_ticks(FalAxis *axis);

#endif
