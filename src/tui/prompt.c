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
    MOST_FILES = 200,
};

/* --- history: the file that the prompt of the other face keeps, a command a line --- */

static void
load_history(FalPrompt *prompt)
{
    g_autofree char *path = fal_paths_state("history");
    g_autofree char *text = NULL;

    if (!path || !g_file_get_contents(path, &text, NULL, NULL))
        return;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = g_strv_length(lines);
    for (guint i = n > HISTORY_LINES ? n - HISTORY_LINES : 0; i < n; i++)
        if (*lines[i] && g_utf8_validate(lines[i], -1, NULL))
            fal_prompt_remember(prompt, lines[i]);
}

/* Appends, as others may have written meanwhile. What cannot be written is no one's loss. */
static void
save_history(const FalPrompt *prompt)
{
    g_autofree char *path = fal_paths_state("history");
    GString *lines = g_string_new(NULL);

    for (gsize i = prompt->n_saved; i < prompt->history->len; i++)
        g_string_append_printf(lines, "%s\n", (const char *)prompt->history->pdata[i]);
    int fd = path && lines->len > 0
                 ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600)
                 : -1;
    if (fd >= 0) {
        ssize_t ignored = write(fd, lines->str, lines->len);
        (void)ignored;
        close(fd);
    }
    g_string_free(lines, TRUE);
}

void
fal_prompt_init(FalPrompt *prompt)
{
    *prompt = (FalPrompt){.kind = FAL_PROMPT_NONE, .candidate = -1};
    fal_line_init(&prompt->line);
    prompt->history = g_ptr_array_new_with_free_func(g_free);
    load_history(prompt);
    prompt->n_saved = prompt->history->len;
}

void
fal_prompt_clear(FalPrompt *prompt)
{
    save_history(prompt);
    fal_prompt_close(prompt);
    fal_line_clear(&prompt->line);
    g_ptr_array_unref(prompt->history);
}

void
fal_prompt_remember(FalPrompt *prompt, const char *line)
{
    guint n = prompt->history->len;

    if (*line && !(n > 0 && !strcmp(prompt->history->pdata[n - 1], line)))
        g_ptr_array_add(prompt->history, g_strdup(line));
}

void
fal_prompt_open(FalPrompt *prompt, FalPromptKind kind, const char *text)
{
    fal_prompt_close(prompt);
    prompt->kind = kind;
    prompt->missed = FALSE;
    prompt->whole = kind == FAL_PROMPT_VALUE;
    prompt->at = prompt->history->len;
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

static char *
without_escapes(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++)
        if (*text != '\\' && *text != '"')
            g_string_append_c(out, *text);
    return g_string_free(out, FALSE);
}

static char *
with_escapes(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++) {
        if (strchr(" \"\\#", *text))
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The files that a path being typed may mean, folders with a slash behind. */
static char **
files_for(const char *typed)
{
    g_autofree char *path = without_escapes(typed);
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    g_autofree char *shown = g_strndup(path, (gsize)(base - path));
    g_autofree char *folder = g_str_has_prefix(shown, "~/")
                                  ? g_build_filename(g_get_home_dir(), shown + 2, NULL)
                                  : g_strdup(*shown ? shown : ".");
    GPtrArray *found = g_ptr_array_new();
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && found->len < MOST_FILES && (name = g_dir_read_name(dir))) {
        if (!g_str_has_prefix(name, base) || (name[0] == '.' && base[0] != '.') ||
            !g_utf8_validate(name, -1, NULL))
            continue;
        g_autofree char *full = g_build_filename(folder, name, NULL);
        gboolean is_folder = g_file_test(full, G_FILE_TEST_IS_DIR);
        g_autofree char *whole = g_strconcat(shown, name, is_folder ? "/" : "", NULL);
        g_ptr_array_add(found, with_escapes(whole));
    }
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(found, compare_names);
    g_ptr_array_add(found, NULL);
    return (char **)g_ptr_array_free(found, FALSE);
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
        prompt->completion.candidate = files_for(typed);
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
    guint n = prompt->history->len;

    if (prompt->kind != FAL_PROMPT_COMMAND || (by < 0 && prompt->at == 0) ||
        (by > 0 && prompt->at >= n))
        return;
    if (prompt->at == n) {
        g_free(prompt->draft);
        prompt->draft = g_strdup(prompt->line.text->str);
    }
    prompt->at += (guint)by;
    fal_line_set(&prompt->line,
                 prompt->at == n ? prompt->draft : prompt->history->pdata[prompt->at]);
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
