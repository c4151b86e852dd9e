/* Commands about the lines that are typed: mode, time, last, history, log, source, settings,
 * tui.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/paths.h"
#include "query/lex.h"
#include "query/session-private.h"

/* Sets the setting to the first word, or tells what it is. */
static gboolean
set_or_tell(FalCall *call, const char *setting, GError **error)
{
    FalSession *session = fal_call_session(call);
    const char *value = fal_call_word(call, 0);
    g_autofree char *now = NULL;

    if (value && !fal_session_set(session, setting, value, error)) {
        fal_call_blame_word(call, 0);
        return FALSE;
    }
    if (value)
        return TRUE;
    now = fal_session_get(session, setting);
    fal_table_row(fal_call_table(call), FAL_SUBJECT_NONE, 0);
    fal_table_text(fal_call_table(call), setting);
    fal_table_text(fal_call_table(call), now);
    return TRUE;
}

static gboolean
run_mode(FalCall *call, GError **error)
{
    return set_or_tell(call, "output", error);
}

static gboolean
run_time(FalCall *call, GError **error)
{
    return set_or_tell(call, "timer", error);
}

static gboolean
run_last(FalCall *call, GError **error)
{
    FalShell *shell = fal_session_shell(fal_call_session(call));

    if (!shell->last) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "nothing was answered yet: stats, for one, answers");
        return FALSE;
    }
    /* It is kept again when it has been shown. */
    fal_call_answer_with(call, g_steal_pointer(&shell->last));
    return TRUE;
}

static gboolean
run_history(FalCall *call, GError **error)
{
    FalTyped *history = fal_session_history(fal_call_session(call));
    FalTable *table = fal_call_table(call);
    guint n = history ? fal_typed_n(history) : 0;
    guint wanted = (guint)fal_call_int(call, "n");
    const char *text = fal_call_word(call, 0);

    (void)error;
    if (!history)
        fal_table_note(table, g_strdup("a script keeps no history"));
    for (guint i = wanted && wanted < n && !text ? n - wanted : 0; i < n; i++) {
        const char *line = fal_typed_line(history, i);
        if (text && !strstr(line, text))
            continue;
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_int(table, i + 1);
        fal_table_text(table, line);
    }
    return TRUE;
}

static gboolean
run_log(FalCall *call, GError **error)
{
    FalShell *shell = fal_session_shell(fal_call_session(call));
    const char *word = fal_call_word(call, 0);
    g_autofree char *path = word && strcmp(word, "off") != 0 ? fal_paths_typed(word) : NULL;

    if (!word) {
        FalTable *table = fal_call_table(call);
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_text(table, shell->log ? shell->log : "off");
        return TRUE;
    }
    if (!fal_shell_log(shell, path, error)) {
        fal_call_blame_word(call, 0);
        return FALSE;
    }
    return TRUE;
}

/* The face runs the lines: each has an answer of its own. */
static gboolean
run_source(FalCall *call, GError **error)
{
    g_autofree char *path = fal_paths_typed(fal_call_word(call, 0));

    if (access(path, R_OK) != 0) {
        g_autofree char *why = fal_paths_why(path, errno, NULL);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "cannot read the commands in %s: %s",
                    path, why);
        fal_call_blame_word(call, 0);
        return FALSE;
    }
    FalShell *shell = fal_session_shell(fal_call_session(call));
    g_free(shell->source);
    shell->source = g_steal_pointer(&path);
    return TRUE;
}

static gboolean
run_tui(FalCall *call, GError **error)
{
    FalShell *shell = fal_session_shell(fal_call_session(call));

    if (!shell->history) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "the screens need a terminal, and a script has none: start falsetto "
                            "without -c, -f and pipes");
        return FALSE;
    }
    shell->screens = TRUE;
    return TRUE;
}

static void
add_keys(GString *text, FalBindings *bindings)
{
    for (int i = 0; i < fal_bindings_n(bindings); i++) {
        const FalBinding *binding = fal_bindings_at(bindings, i);
        g_autofree char *key = fal_keyname_text(binding->press);
        g_autofree char *quoted = fal_lex_quote(key);

        g_string_append_printf(text, "bind %s %s", quoted, binding->command);
        if (binding->view > 0)
            g_string_append_printf(text, " view=%s", fal_binding_views[binding->view]);
        g_string_append_c(text, '\n');
    }
}

static void
add_colours(GString *text, const FalPaint *paint)
{
    for (int role = 0; role < FAL_N_ROLES; role++) {
        g_autofree char *fore = fal_colour_text(paint->fore[role]);
        g_autofree char *back = fal_colour_text(paint->back[role]);

        if (paint->fore[role] != FAL_COLOUR_THEME || paint->back[role] != FAL_COLOUR_THEME)
            g_string_append_printf(text, "color %s %s %s\n", fal_role_names[role], fore, back);
    }
}

/* preset is what some of the others are together. */
static gboolean
run_settings(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    g_autoptr(GString) text = g_string_new(NULL);

    (void)error;
    for (const FalKeySpec *spec = fal_settings(); spec->name; spec++) {
        g_autofree char *value = fal_session_get(session, spec->name);
        g_autofree char *fallback = fal_key_fallback(spec);
        if (strcmp(spec->name, "preset") != 0 &&
            (fal_call_flag(call, "all") || strcmp(value, fallback) != 0))
            g_string_append_printf(text, "set %s %s\n", spec->name, value);
    }
    add_keys(text, fal_session_bindings(session));
    add_colours(text, fal_session_paint(session));
    if (text->len == 0)
        fal_table_note(fal_call_table(call), g_strdup("all settings are as at the start"));
    else
        fal_table_figure_text(fal_call_table(call), "text", text->str);
    return TRUE;
}

static const FalColumn value_columns[] = {
    {.name = "setting", .type = FAL_CELL_TEXT, .help = "its name"},
    {.name = "value", .type = FAL_CELL_TEXT, .help = "what it is now"},
    {.name = NULL},
};
static const FalColumn history_columns[] = {
    {.name = "number", .type = FAL_CELL_INT, .help = "1 for the oldest line"},
    {.name = "line", .type = FAL_CELL_TEXT, .help = "as it was typed"},
    {.name = NULL},
};
static const FalColumn log_columns[] = {
    {.name = "log", .type = FAL_CELL_TEXT, .help = "the file, or off"},
    {.name = NULL},
};
static const FalColumn settings_figures[] = {
    {.name = "text", .type = FAL_CELL_TEXT, .flags = FAL_COLUMN_PROSE,
     .help = "commands, one a line"},
    {.name = NULL},
};

static const char *const mode_choices[] = {"auto", "table",    "plain", "tsv", "csv",
                                           "json", "markdown", "line",  NULL};
static const char *const time_choices[] = {"on", "off", "auto", NULL};
static const FalKeySpec history_keys[] = {FAL_KEY_ROWS("20"), {.name = NULL}};
static const FalKeySpec settings_keys[] = {
    {.name = "all", .type = FAL_KEY_FLAG, .fallback = "no",
     .help = "also those that are as at the start"},
    {.name = NULL},
};

const FalCommand fal_commands_session[] = {
    {.name = "mode", .group = "program", .summary = "the form of the answers",
     .help = "The same as set output. table is for reading and fits the terminal, plain is the "
             "same at whatever width it takes, line has a line for each cell; tsv, csv and json are "
             "complete and exact, and markdown is for papers and notes. auto is table on a terminal "
             "and tsv elsewhere. Without a word tells which it is.",
     .example = "mode json", .words = {{FAL_WORD_CHOICE, "FORM", TRUE, mode_choices}},
     .columns = value_columns, .run = run_mode},
    {.name = "time", .group = "program", .summary = "say how long commands take",
     .help = "The same as set timer. on tells it after each command, auto at the prompt and only "
             "from half a second on. Without a word tells which it is.",
     .example = "time on", .words = {{FAL_WORD_CHOICE, "on|off|auto", TRUE, time_choices}},
     .columns = value_columns, .run = run_time},
    {.name = "last", .group = "program", .summary = "the last answer once more",
     .help = "Shows the last answer that had something in it again, as it was: in another form, "
             "say, or for a file or a program (last > FILE, last | PROGRAM).",
     .example = "last", .run = run_last},
    {.name = "history", .group = "program", .summary = "the lines typed so far",
     .help = "Lists the last lines typed at the prompt and in the screens, or all that hold TEXT. "
             "They are kept in the user's state folder, 2,000 of them, none twice. A line that "
             "begins with a blank is not kept, and those of scripts are not.",
     .example = "history n=5", .words = {{FAL_WORD_TEXT, "TEXT", TRUE, NULL}},
     .keys = history_keys, .columns = history_columns, .run = run_history},
    {.name = "log", .group = "program", .summary = "write what is run to a file",
     .help = "From now on each command that was run is added to FILE, so that source FILE does the "
             "same again; one that failed is a comment there. off ends it. Without a word tells "
             "where the log is.",
     .example = "log off",
     .words = {{FAL_WORD_PATH, "FILE|off", TRUE, NULL}}, .columns = log_columns,
     .flags = FAL_IS_NOT_LOGGED, .run = run_log},
    {.name = "source", .group = "program", .summary = "run the commands in a file",
     .help = "Runs the lines of FILE as if they were typed, up to the first that fails. A line "
             "that begins with # is a comment.",
     .words = {{FAL_WORD_PATH, "FILE", FALSE, NULL}}, .flags = FAL_IS_NOT_LOGGED,
     .run = run_source},
    {.name = "settings", .group = "program", .summary = "the settings as commands",
     .help = "Tells the commands that make the settings what they are now, for those that were "
             "changed. settings >> FILE adds them to a file of commands: to the rc file, say, "
             "which is run before the prompt and the screens. Keys and colours of your own are "
             "among them, as lines of bind and color.",
     .example = "settings all=yes", .keys = settings_keys, .figures = settings_figures,
     .run = run_settings},
    {.name = "tui", .group = "program", .summary = "go to the screens",
     .help = "Opens the screens on what is at hand. Leaving them leads back to the prompt.",
     .run = run_tui},
    {.name = NULL},
};
