/* The settings of a training as a form: a list of them, edited in place, with what each does
 * and what they make of the data's counts. Draws within what it is given.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_FORM_H
#define FAL_TUI_FORM_H

#include "query/command.h"
#include "tui/confidence.h"
#include "tui/draw.h"
#include "tui/line.h"
#include "tui/view.h"

typedef struct {
    FalPane pane;
    FalConfidenceTable confidence;
} FalForm;

void fal_form_init(FalForm *form);
void fal_form_clear(FalForm *form);
/* The rows of a table of settings: names, values, defaults. Takes the table. */
FalRows *fal_form_rows(FalTable *table);
/* Reads the settings again. */
void fal_form_update(FalForm *form, FalSession *session);
/* The setting that is selected; NULL for none. */
const FalKeySpec *fal_form_selected(const FalForm *form);
/* The selected setting's next larger value or choice, or the next smaller. */
gboolean fal_form_step(FalForm *form, FalSession *session, int by, GError **error);
/* The text that such a step leads to from a value; NULL where there is none. */
char *fal_form_next(const FalKeySpec *spec, const char *value, int by);
/* Edits a value in place; a choice goes on to the next one. done takes what comes of it. */
void fal_form_edit(FalView *view, const FalKeySpec *spec, const char *value, FalEditDone done);
/* What the setting does and which values it takes, in a sentence. */
char *fal_form_help(const FalKeySpec *spec);
/* The value being typed, in so many cells; gives the cursor's column. */
int fal_form_draw_edited(int y, int x, int cells, FalLine *edited);
gboolean fal_form_default(FalForm *form, FalSession *session, GError **error);
/* Draws the form; edited is the value being typed, or NULL. Gives the cursor's place. */
void fal_form_draw(FalRect rect, FalForm *form, FalApp *app, gboolean focus,
                   FalLine *edited, int *cursor_y, int *cursor_x);

#endif
