/* What the settings of a training make of the data's plays: a table of counts that are typical
 * and their confidence. Draws within what it is given.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_CONFIDENCE_H
#define FAL_TUI_CONFIDENCE_H

#include "query/session.h"
#include "tui/draw.h"

#define FAL_CONFIDENCE_ROWS 5

typedef struct {
    guint32 count[FAL_CONFIDENCE_ROWS]; /* the smallest first */
    FalDataset *counted;                /* of which data; only compared, NULL: none yet */
} FalConfidenceTable;

/* The data may be another one. Nothing is counted before something is drawn. */
void fal_confidence_table_update(FalConfidenceTable *table, FalSession *session);
/* A short warning where the confidences are too far apart, or NULL. Free with g_free(). */
char *fal_confidence_table_warning(FalConfidenceTable *table, FalSession *session);
/* Nothing where it does not fit. */
void fal_confidence_table_draw(FalRect rect, FalConfidenceTable *table, FalSession *session);

#endif
