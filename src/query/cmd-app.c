/* Commands about the program itself: set, help, quit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "query/session-private.h"
#include "query/settings.h"

static void
setting_row(FalCall *call, const FalKeySpec *spec)
{
    FalTable *table = fal_call_table(call);
    g_autofree char *value = fal_session_get(fal_call_session(call), spec->name);
    g_autofree char *fallback = fal_key_fallback(spec);
    g_autofree char *bounds = fal_key_range(spec);
    g_autofree char *range =
        spec->unit ? g_strdup_printf("%s %s", bounds, spec->unit) : g_strdup(bounds);

    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, spec->name);
    fal_table_text(table, value);
    fal_table_text(table, fallback);
    fal_table_text(table, range);
    fal_table_text(table, spec->help);
}

static gboolean
run_set(FalCall *call, GError **error)
{
    const char *name = fal_call_word(call, 0), *value = fal_call_word(call, 1);
    const FalKeySpec *spec = name ? fal_key_find(fal_settings(), name) : NULL;

    if (!name) {
        for (const FalKeySpec *s = fal_settings(); s->name; s++)
            setting_row(call, s);
        return TRUE;
    }
    /* Setting an unknown name makes the error, with the nearest name, in one place. */
    if ((!spec || value) &&
        !fal_session_set(fal_call_session(call), name, value ? value : "", error)) {
        fal_call_blame_word(call, spec ? 1 : 0);
        return FALSE;
    }
    if (!value)
        setting_row(call, spec);
    return TRUE;
}

static void
help_row(FalCall *call, const FalCommand *command)
{
    FalTable *table = fal_call_table(call);
    g_autofree char *usage = fal_command_usage(command);

    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, command->group);
    fal_table_text(table, usage);
    fal_table_text(table, command->summary);
}

static gboolean
run_help(FalCall *call, GError **error)
{
    const char *word = fal_call_word(call, 0);

    if (word && *word != '/') {
        const FalCommand *command = fal_command_find(word, TRUE, error);
        if (!command) {
            fal_call_blame_word(call, 0);
            return FALSE;
        }
        g_autofree char *text = fal_command_help(command);
        fal_table_figure_text(fal_call_table(call), "text", text);
        return TRUE;
    }
    g_autofree char *wanted = fal_text_fold(word ? word + 1 : "");
    for (const FalCommand *c = fal_commands(); c->name; c++) {
        g_autofree char *all = fal_command_help(c);
        g_autofree char *folded = fal_text_fold(all);
        if (strstr(folded, wanted))
            help_row(call, c);
    }
    fal_table_note(fal_call_table(call),
                   fal_table_n_rows(fal_call_table(call)) > 0
                       ? g_strdup("help COMMAND tells more of each")
                       : g_strdup_printf("the help of no command has \"%s\"; help lists them all",
                                         word + 1));
    return TRUE;
}

static gboolean
run_quit(FalCall *call, GError **error)
{
    (void)error;
    fal_session_set_quit(fal_call_session(call));
    return TRUE;
}

static const FalColumn set_columns[] = {
    {.name = "setting", .type = FAL_CELL_TEXT, .help = "its name"},
    {.name = "value", .type = FAL_CELL_TEXT, .help = "what it is now"},
    {.name = "default", .type = FAL_CELL_TEXT, .help = "what it is at the start"},
    {.name = "range", .type = FAL_CELL_TEXT, .help = "what it may be"},
    {.name = "help", .type = FAL_CELL_TEXT, .help = "what it does"},
    {.name = NULL},
};
static const FalColumn help_columns[] = {
    {.name = "group", .type = FAL_CELL_TEXT, .help = "what it belongs to"},
    {.name = "usage", .type = FAL_CELL_TEXT,
     .help = "how it is written; [...] may be left out"},
    {.name = "summary", .type = FAL_CELL_TEXT, .help = "what it does"},
    {.name = NULL},
};
static const FalColumn help_figures[] = {
    {.name = "text", .type = FAL_CELL_TEXT, .flags = FAL_COLUMN_PROSE,
     .help = "the help of one command, as lines of text"},
    {.name = NULL},
};

const FalCommand fal_commands_app[] = {
    {.name = "set", .group = "program", .summary = "show or change a setting",
     .help = "Without words lists all settings, with a name one of them; with a value changes it, "
             "and answers nothing. The settings of train are what train, and the "
             "screens, use where nothing else is said.",
     .example = "set rank 20",
     .words = {{FAL_WORD_SETTING, "NAME", TRUE, NULL}, {FAL_WORD_VALUE, "VALUE", TRUE, NULL}},
     .columns = set_columns, .run = run_set},
    {.name = "help", .group = "program", .summary = "the commands, or one of them",
     .help = "Lists all commands, those whose help holds WORD, or tells all about one command.",
     .example = "help similar", .words = {{FAL_WORD_COMMAND, "COMMAND|/WORD", TRUE, NULL}},
     .columns = help_columns, .figures = help_figures, .run = run_help},
    {.name = "quit", .group = "program", .summary = "leave falsetto",
     .help = "Ends the program; in a script, the script. A running job is cancelled.",
     .example = "quit", .run = run_quit},
    {.name = NULL},
};
