/* The line at the foot of the screen where something is typed: a command, a search, a filter,
 * or (in place, in a form) a value. Knows no screen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_PROMPT_H
#define FAL_TUI_PROMPT_H

#include "query/complete.h"
#include "query/session.h"
#include "tui/keys.h"
#include "tui/line.h"
#include "tui/view.h"

typedef enum {
    FAL_PROMPT_NONE,
    FAL_PROMPT_COMMAND,
    FAL_PROMPT_SEARCH,
    FAL_PROMPT_FILTER,
    FAL_PROMPT_VALUE,
    FAL_PROMPT_FILE, /* where to write the list */
    FAL_PROMPT_JUMP, /* where to go */
} FalPromptKind;

typedef struct {
    FalPromptKind kind;
    FalLine line;
    gboolean missed; /* search: no row holds the text */
    gboolean whole;  /* value: nothing was pressed yet; what is typed takes its place */
    char *before;    /* filter: what it was */
    FalView *view;   /* value: whose */
    FalEditDone edited;
    FalTyped *history; /* the session's */
    guint at;            /* which of its lines is shown, their number for the new one */
    char *draft;
    /* Candidates for the word at the cursor, while they are gone through. */
    FalCompletion completion;
    int candidate; /* -1: none taken yet */
} FalPrompt;

void fal_prompt_init(FalPrompt *prompt, FalTyped *history);
void fal_prompt_clear(FalPrompt *prompt);
void fal_prompt_open(FalPrompt *prompt, FalPromptKind kind, const char *text);
void fal_prompt_close(FalPrompt *prompt);
/* Does an editing action, history and completion included; TRUE where the text changed. */
gboolean fal_prompt_act(FalPrompt *prompt, FalSession *session, FalAction action);
/* Puts a character in; the first one takes the place of a value that was there. */
void fal_prompt_type(FalPrompt *prompt, gunichar c);
/* Forgets the candidates. */
void fal_prompt_forget(FalPrompt *prompt);

#endif
