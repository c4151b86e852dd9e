/* The line where something is typed (see prompt.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/paths.h"

enum {
    HISTORY_LINES = 2000,
};

void
fal_prompt_init(FalPrompt *prompt, FalTyped *history)
{
    *prompt = (FalPrompt){.kind = FAL_PROMPT_NONE, .candidate = -1};
    fal_line_init(&prompt->line);
    prompt->history = history;
}

void
fal_prompt_clear(FalPrompt *prompt)
{
    fal_prompt_close(prompt);
    fal_line_clear(&prompt->line);
}

void
fal_prompt_open(FalPrompt *prompt, FalPromptKind kind, const char *text)
{
    fal_prompt_close(prompt);
    prompt->kind = kind;
    prompt->missed = FALSE;
    prompt->whole = kind == FAL_PROMPT_VALUE;
    prompt->at = fal_typed_n(prompt->history);
    prompt->before = g_strdup(text);
    fal_line_set(&prompt->line, text);
}

void
fal_prompt_close(FalPrompt *prompt)
{
    prompt->kind = FAL_PROMPT_NONE;
    prompt->view = NULL;
    g_clear_pointer(&prompt->before, g_free);
    g_clear_pointer(&prompt->draft, g_free);
    fal_prompt_forget(prompt);
}

/* --- completion --- */

void
fal_prompt_forget(FalPrompt *prompt)
{
    if (prompt->completion.candidate)
        fal_completion_clear(&prompt->completion);
    prompt->completion = (FalCompletion){0};
    prompt->candidate = -1;
}

static void
find_candidates(FalPrompt *prompt, FalSession *session)
{
    FalLine *line = &prompt->line;

    fal_complete(session, line->text->str, line->cursor, &prompt->completion);
    if (prompt->completion.files) {
        g_autofree char *typed = g_strndup(line->text->str + prompt->completion.start,
                                           line->cursor - prompt->completion.start);
        g_strfreev(prompt->completion.candidate);
        prompt->completion.candidate = fal_complete_files(typed);
    }
}

/* What all candidates begin with, at most the first of them whole. */
static char *
common_start(char **candidate)
{
    gsize n = strlen(candidate[0]);

    for (char **c = candidate + 1; *c; c++) {
        gsize same = 0;
        while (same < n && (*c)[same] == candidate[0][same])
            same++;
        n = same;
    }
    char *common = g_strndup(candidate[0], n);
    const char *end;
    g_utf8_validate(common, -1, &end);
    common[end - common] = '\0';
    return common;
}

static void
take_single(FalPrompt *prompt)
{
    const char *only = prompt->completion.candidate[0];
    gboolean open = g_str_has_suffix(only, "=") || g_str_has_suffix(only, "/");
    g_autofree char *text = g_strconcat(only, open ? "" : " ", NULL);

    fal_line_replace(&prompt->line, prompt->completion.start, text);
    fal_prompt_forget(prompt);
}

static void
complete(FalPrompt *prompt, FalSession *session, gboolean backward)
{
    if (prompt->kind != FAL_PROMPT_COMMAND)
        return;
    char **candidate = prompt->completion.candidate;
    if (!candidate) {
        find_candidates(prompt, session);
        candidate = prompt->completion.candidate;
        int n = candidate ? (int)g_strv_length(candidate) : 0;
        if (n == 0) {
            fal_prompt_forget(prompt);
        } else if (n == 1) {
            take_single(prompt);
        } else {
            /* Never take away what was typed: it may differ in case or accents. */
            g_autofree char *common = common_start(candidate);
            if (strlen(common) > prompt->line.cursor - prompt->completion.start)
                fal_line_replace(&prompt->line, prompt->completion.start, common);
        }
        return;
    }
    int n = (int)g_strv_length(candidate);
    if (backward)
        prompt->candidate = prompt->candidate <= 0 ? n - 1 : prompt->candidate - 1;
    else
        prompt->candidate = (prompt->candidate + 1) % n;
    fal_line_replace(&prompt->line, prompt->completion.start, candidate[prompt->candidate]);
}

/* --- typing --- */

/* Through the lines typed before; the one being typed waits at the end. */
static void
go_through_history(FalPrompt *prompt, int by)
{
    guint n = fal_typed_n(prompt->history);

    if (prompt->kind != FAL_PROMPT_COMMAND || (by < 0 && prompt->at == 0) ||
        (by > 0 && prompt->at >= n))
        return;
    if (prompt->at == n) {
        g_free(prompt->draft);
        prompt->draft = g_strdup(prompt->line.text->str);
    }
    prompt->at += (guint)by;
    fal_line_set(&prompt->line,
                 prompt->at == n ? prompt->draft : fal_typed_line(prompt->history, prompt->at));
}

static gboolean
move(FalLine *line, FalAction action)
{
    switch (action) {
    case FAL_ACTION_LEFT:
        fal_line_left(line);
        return TRUE;
    case FAL_ACTION_RIGHT:
        fal_line_right(line);
        return TRUE;
    case FAL_ACTION_HOME:
        fal_line_home(line);
        return TRUE;
    case FAL_ACTION_END:
        fal_line_end(line);
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean delete (FalLine *line, FalAction action)
{
    switch (action) {
    case FAL_ACTION_BACKSPACE:
        return fal_line_backspace(line);
    case FAL_ACTION_DELETE:
        return fal_line_delete(line);
    case FAL_ACTION_KILL_WORD:
        return fal_line_kill_word(line);
    case FAL_ACTION_KILL_END:
        return fal_line_kill_end(line);
    case FAL_ACTION_KILL_START:
        return fal_line_kill_start(line);
    default:
        return FALSE;
    }
}

gboolean
fal_prompt_act(FalPrompt *prompt, FalSession *session, FalAction action)
{
    prompt->whole = FALSE;
    if (action == FAL_ACTION_COMPLETE || action == FAL_ACTION_COMPLETE_BACK) {
        complete(prompt, session, action == FAL_ACTION_COMPLETE_BACK);
        return FALSE;
    }
    fal_prompt_forget(prompt);
    if (action == FAL_ACTION_OLDER || action == FAL_ACTION_NEWER) {
        go_through_history(prompt, action == FAL_ACTION_OLDER ? -1 : 1);
        return FALSE;
    }
    if (move(&prompt->line, action))
        return FALSE;
    return delete (&prompt->line, action);
}

void
fal_prompt_type(FalPrompt *prompt, gunichar c)
{
    fal_prompt_forget(prompt);
    if (prompt->whole)
        fal_line_set(&prompt->line, "");
    prompt->whole = FALSE;
    fal_line_insert(&prompt->line, c);
}
