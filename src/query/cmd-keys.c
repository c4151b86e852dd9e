/* Commands about the keys of the screens: bind, unbind.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <string.h>

#include "base/error.h"
#include "query/bindings.h"
#include "query/call.h"
#include "query/lex.h"

static void
add_row(FalCall *call, const FalBindings *bindings, int view, FalPress press,
        const char *command)
{
    FalTable *table = fal_call_table(call);
    g_autofree char *key = fal_keyname_text(press);
    g_autofree char *meaning = fal_bindings_meaning(bindings, press);

    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, key);
    fal_table_text(table, fal_binding_views[view]);
    if (command)
        fal_table_text(table, command);
    else
        fal_table_null(table);
    if (meaning)
        fal_table_text(table, meaning);
    else
        fal_table_null(table);
}

/* All bindings, or those of one key, which has its own meaning where there are none. */
static void
list(FalCall *call, const FalBindings *bindings, const FalPress *press)
{
    FalTable *table = fal_call_table(call);

    for (int i = 0; i < fal_bindings_n(bindings); i++) {
        const FalBinding *b = fal_bindings_at(bindings, i);
        if (!press || fal_press_equal(*press, b->press))
            add_row(call, bindings, b->view, b->press, b->command);
    }
    if (press && fal_table_n_rows(table) == 0)
        add_row(call, bindings, 0, *press, NULL);
    else if (fal_table_n_rows(table) == 0)
        fal_table_note(table, g_strdup("no keys of your own: bind KEY COMMAND makes one"));
}

/* How the key stands now. */
static void
answer(FalCall *call, const FalBindings *bindings, int view, FalPress press)
{
    const FalBinding *binding = fal_bindings_get(bindings, view, press);

    if (!fal_bindings_quiet(bindings))
        add_row(call, bindings, view, press, binding ? binding->command : NULL);
}

static int
view_of(FalCall *call)
{
    const char *view = fal_call_choice(call, "view");
    int i = 0;

    while (!g_str_equal(fal_binding_views[i], view))
        i++;
    return i;
}

/* A command line is checked as far as it can be without running it. */
static gboolean
check_command(FalCall *call, const char *what, GError **error)
{
    g_autofree char *line = fal_binding_line(what, "id:0", "0", error);
    g_autoptr(GError) why = NULL;
    gsize at, n;

    if (!line)
        return FALSE;
    g_autoptr(FalCall) inner =
        fal_call_parse(fal_call_session(call), line, FALSE, &at, &n, &why);
    if (inner)
        return TRUE;
    const char *blank = strchr(what, ' ');
    gboolean letter = g_utf8_strlen(what, blank ? blank - what : -1) == 1;
    if (!why)
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_USAGE,
                            "a comment cannot be bound: KEY, then a command");
    else
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "%s%s", why->message,
                    letter ? "; two keys stand in quotes: \"g a\"" : "");
    return FALSE;
}

static gboolean
is_command(const char *what)
{
    return *what != '=' && !g_str_has_prefix(what, "\"=") && !g_str_equal(what, "default") &&
           !g_str_equal(what, "nothing");
}

static gboolean
run_bind(FalCall *call, GError **error)
{
    FalBindings *bindings = fal_session_bindings(fal_call_session(call));
    const char *key = fal_call_word(call, 0), *what = fal_call_word(call, 1);
    int view = view_of(call);
    FalPress press;

    if (!key) {
        list(call, bindings, NULL);
        return TRUE;
    }
    if (!fal_keyname_parse(key, &press, error)) {
        fal_call_blame_word(call, 0);
        return FALSE;
    }
    if (!what) {
        list(call, bindings, &press);
        return TRUE;
    }
    if (is_command(what) && !check_command(call, what, error)) {
        fal_call_blame_word(call, 1);
        return FALSE;
    }
    if (!fal_bindings_bind(bindings, view, press, what, error)) {
        fal_call_blame_word(call, what[0] == '=' ? 1 : 0);
        return FALSE;
    }
    answer(call, bindings, view, press);
    return TRUE;
}

static gboolean
run_unbind(FalCall *call, GError **error)
{
    FalBindings *bindings = fal_session_bindings(fal_call_session(call));
    int view = view_of(call);
    FalPress press;

    if (!fal_keyname_parse(fal_call_word(call, 0), &press, error) ||
        !fal_bindings_unbind(bindings, view, press, error)) {
        fal_call_blame_word(call, 0);
        return FALSE;
    }
    answer(call, bindings, view, press);
    return TRUE;
}

static const FalKeySpec view_keys[] = {
    {.name = "view", .type = FAL_KEY_CHOICE, .choices = fal_binding_views, .fallback = "all",
     .help = "where the key does it: in one view and the places it leads to, or in all"},
    {.name = NULL},
};
static const FalColumn binding_columns[] = {
    {.name = "key", .type = FAL_CELL_TEXT, .help = "its name"},
    {.name = "view", .type = FAL_CELL_TEXT, .help = "where it is bound"},
    {.name = "command", .type = FAL_CELL_TEXT,
     .help = "what it is bound to; nothing here: its own meaning holds"},
    {.name = "own", .type = FAL_CELL_TEXT, .help = "what the key does by itself, and where"},
    {.name = NULL},
};

const FalCommand fal_commands_keys[] = {
    {.name = "bind", .group = "program", .summary = "make a key of the screens run a command",
     .help = "Binds a key of the screens to a command line, in place of what the key does by "
             "itself, which the answer tells. KEY is a character, Ctrl-X, a name such as PgDn, "
             "Space or F2, or two of these in quotes. In COMMAND the words %artist and %user "
             "stand for the artist and the listener that is selected, or whose page it is. "
             "=KEY does what another key does by itself; nothing makes the key do nothing, "
             "default gives it its own meaning back. Without COMMAND shows a key, without "
             "words lists all that are bound. \":\" and Ctrl-C cannot be bound. Lines of bind "
             "in ~/.config/falsetto/rc hold in each session.",
     .example = "bind X recommend %user n=20",
     .words = {{FAL_WORD_KEY, "KEY", TRUE, NULL},
               {FAL_WORD_LINE, "COMMAND|=KEY|nothing|default", TRUE, NULL}},
     .keys = view_keys, .columns = binding_columns, .run = run_bind},
    {.name = "unbind", .group = "program", .summary = "take a key's binding away",
     .help = "Gives a key that is bound its own meaning back. A key that is not bound does "
             "nothing from then on; bind KEY default undoes that.",
     .example = "unbind Q",
     .words = {{FAL_WORD_KEY, "KEY", FALSE, NULL}},
     .keys = view_keys, .columns = binding_columns, .run = run_unbind},
    {.name = NULL},
};
