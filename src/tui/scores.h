/* What an evaluation came to: the metrics of the model and of the lists without learning, who
 * wins, and how the users' AUCs are spread. Draws within what it is given.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_SCORES_H
#define FAL_TUI_SCORES_H

#include "query/session.h"
#include "tui/draw.h"

/* How many lines it takes without the chart: a header, the metrics, and below the one that who
 * wins is told by the groups of users, where they were evaluated. */
int fal_scores_lines(const FalEvaluated *evaluated);
/* The header, then from this line of the others on, 0 for the first; the chart where there is
 * room. */
void fal_scores_draw(FalRect rect, const FalEvaluated *evaluated, int first);

#endif
