/* The command color: what the screens' owner wants them to look like.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include "query/colour.h"
#include "query/session-private.h"

static void
role_row(FalCall *call, int role)
{
    FalTable *table = fal_call_table(call);
    const FalPaint *paint = fal_session_paint(fal_call_session(call));
    g_autofree char *fore = fal_colour_text(paint->fore[role]);
    g_autofree char *back = fal_colour_text(paint->back[role]);

    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, fal_role_names[role]);
    fal_table_text(table, fore);
    fal_table_text(table, back);
    fal_table_text(table, fal_role_help[role]);
}

/* Word i as a colour; `otherwise` where it was not given. */
static gboolean
read_colour(FalCall *call, int i, FalColour otherwise, FalColour *colour, GError **error)
{
    const char *word = fal_call_word(call, i);

    *colour = otherwise;
    if (!word || fal_colour_parse(word, colour, error))
        return TRUE;
    fal_call_blame_word(call, i);
    return FALSE;
}

static gboolean
run_color(FalCall *call, GError **error)
{
    const char *name = fal_call_word(call, 0);
    FalPaint *paint = fal_session_own_paint(fal_call_session(call));
    FalColour fore, back;

    if (!name) {
        for (int i = 0; i < FAL_N_ROLES; i++)
            role_row(call, i);
        return TRUE;
    }
    int role = fal_role_parse(name, error);
    if (role < 0) {
        fal_call_blame_word(call, 0);
        return FALSE;
    }
    if (!fal_call_word(call, 1)) {
        role_row(call, role);
        return TRUE;
    }
    if (!read_colour(call, 1, FAL_COLOUR_THEME, &fore, error))
        return FALSE;
    /* The theme's own colour takes back both. */
    FalColour kept = fore == FAL_COLOUR_THEME ? FAL_COLOUR_THEME : paint->back[role];
    if (!read_colour(call, 2, kept, &back, error))
        return FALSE;
    paint->fore[role] = fore;
    paint->back[role] = back;
    paint->changes++;
    return TRUE;
}

static const FalColumn color_columns[] = {
    {.name = "role", .type = FAL_CELL_TEXT, .help = "a piece of the screens"},
    {.name = "foreground", .type = FAL_CELL_TEXT, .help = "the colour it was given"},
    {.name = "background", .type = FAL_CELL_TEXT, .help = "the colour behind it"},
    {.name = "help", .type = FAL_CELL_TEXT, .help = "what it is"},
    {.name = NULL},
};

const FalCommand fal_commands_color[] = {
    {.name = "color", .group = "program", .summary = "show or change a colour of the screens",
     .help = "Without words lists the pieces of the screens, with ROLE one of them; with colours "
             "gives it these. A colour is a word such as red or brightblue, default (the "
             "terminal's own), theme (as the setting theme has it), a number from 0 to 255, or "
             "#rrggbb; a terminal that has fewer colours shows the nearest.",
     .example = "color selected black cyan",
     .words = {{FAL_WORD_CHOICE, "ROLE", TRUE, fal_role_names},
               {FAL_WORD_CHOICE, "FOREGROUND", TRUE, fal_colour_names},
               {FAL_WORD_CHOICE, "BACKGROUND", TRUE, fal_colour_names}},
     .columns = color_columns, .run = run_color},
    {.name = NULL},
};
