/* What an evaluation came to: the metrics of the model and of the lists without learning, who
 * wins, and how the users' AUCs are spread. Draws within what it is given.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_SCORES_H
#define FAL_TUI_SCORES_H

#include "eval/evaluate.h"
#include "tui/draw.h"

/* The metrics from this one on, 0 for the first. */
void fal_scores_draw(FalRect rect, const FalEvaluation *evaluation, int first);

#endif
