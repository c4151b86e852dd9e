/* The course of a training: where it stands, how the loss fell, how what was held out is found,
 * each iteration. Draws within what it is given.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_COURSE_H
#define FAL_TUI_COURSE_H

#include "query/session.h"
#include "tui/draw.h"
#include "tui/view.h"

typedef struct {
    FalPane pane; /* the iterations */
    FalTraining training;
    gboolean any; /* there is or was a training */
    gint64 pairs; /* that it is trained on */
} FalCourse;

void fal_course_init(FalCourse *course);
void fal_course_clear(FalCourse *course);
/* Reads how the training stands. */
void fal_course_update(FalCourse *course, FalSession *session);
/* Gives the line of the selected iteration. */
int fal_course_draw(FalRect rect, FalCourse *course, FalApp *app, gboolean focus);

#endif
