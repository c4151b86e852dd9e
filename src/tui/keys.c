/* The key table (see keys.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/keys.h"

#include <string.h>

#include "query/manual.h"

/* The order is that of the help screen; where two contexts hold, the earlier entry wins. */
static const FalKey key_table[] = {
    {FAL_IN_EVALUATE, "Enter", FAL_ACTION_EVALUATE, NULL, "evaluate",
     "measure the model on what is held out, with the settings as they are"},
    {FAL_IN_EVALUATE, "e", FAL_ACTION_EDIT, NULL, "edit",
     "edit the selected setting, or take its next choice"},
    {FAL_IN_EVALUATE, "T", FAL_ACTION_TUNED, NULL, "tuned",
     "what tune found, as a table of two settings"},

    {FAL_IN_HEAT, "Enter", FAL_ACTION_OPEN, NULL, "adopt",
     "train with the selected run's settings, and make them those of train"},
    {FAL_IN_HEAT, "h, Left", FAL_ACTION_LEFT, NULL, NULL, "the value to the left"},
    {FAL_IN_HEAT, "l, Right", FAL_ACTION_RIGHT, NULL, NULL, "the value to the right"},
    {FAL_IN_HEAT, "k, Up", FAL_ACTION_UP, NULL, NULL, "the value above"},
    {FAL_IN_HEAT, "j, Down", FAL_ACTION_DOWN, NULL, NULL, "the value below"},
    {FAL_IN_HEAT, "g g, Home", FAL_ACTION_FIRST, NULL, NULL, "the best run"},

    {FAL_IN_TRAIN, "Enter", FAL_ACTION_EDIT, NULL, "edit",
     "edit the selected setting, or take its next choice"},
    {FAL_IN_TRAIN, "+, l, Right", FAL_ACTION_MORE, NULL, NULL,
     "a larger value, or the next choice"},
    {FAL_IN_TRAIN, "-, h, Left", FAL_ACTION_LESS, NULL, NULL,
     "a smaller value, or the choice before"},
    {FAL_IN_TRAIN, "d", FAL_ACTION_DEFAULT, NULL, NULL, "the setting's default value"},

    {FAL_IN_MAP, "Enter", FAL_ACTION_OPEN, NULL, "open", "open the selected artist"},
    {FAL_IN_MAP, "h, Left", FAL_ACTION_LEFT, NULL, NULL, "the nearest artist to the left"},
    {FAL_IN_MAP, "j, Down", FAL_ACTION_DOWN, NULL, NULL, "the nearest artist below"},
    {FAL_IN_MAP, "k, Up", FAL_ACTION_UP, NULL, NULL, "the nearest artist above"},
    {FAL_IN_MAP, "l, Right", FAL_ACTION_RIGHT, NULL, NULL, "the nearest artist to the right"},
    {FAL_IN_MAP, "H", FAL_ACTION_PAN_LEFT, NULL, NULL, "move the window to the left"},
    {FAL_IN_MAP, "J", FAL_ACTION_PAN_DOWN, NULL, NULL, "move the window down"},
    {FAL_IN_MAP, "K", FAL_ACTION_PAN_UP, NULL, NULL, "move the window up"},
    {FAL_IN_MAP, "L", FAL_ACTION_PAN_RIGHT, NULL, NULL, "move the window to the right"},
    {FAL_IN_MAP, "+, =", FAL_ACTION_MORE, NULL, "closer", "closer to the selected artist"},
    {FAL_IN_MAP, "-", FAL_ACTION_LESS, NULL, NULL, "farther away from it"},
    {FAL_IN_MAP, "0", FAL_ACTION_WHOLE, NULL, NULL, "the whole map again"},
    {FAL_IN_MAP, "c", FAL_ACTION_AROUND, NULL, "around",
     "the artists most like the selected one; on the one in the middle: the axes again"},
    {FAL_IN_MAP, "a", FAL_ACTION_AXIS_ACROSS, NULL, "axis", "the next axis across"},
    {FAL_IN_MAP, "A", FAL_ACTION_AXIS_UP, NULL, NULL, "the next axis upwards"},
    {FAL_IN_MAP, "/", FAL_ACTION_SEARCH, NULL, "search",
     "search as you type: goes to the most listened-to artist that holds the text"},
    {FAL_IN_MAP, "n", FAL_ACTION_SEARCH_ON, NULL, NULL, "the next artist found"},
    {FAL_IN_MAP, "N", FAL_ACTION_SEARCH_BACK, NULL, NULL, "the artist found before"},
    {FAL_IN_MAP, "Esc", FAL_ACTION_CLEAR, NULL, NULL, "the axes again; forget the search"},

    {FAL_IN_HELP, "/, f", FAL_ACTION_FILTER, NULL, "find",
     "find a key or a command: keeps the lines that hold every word"},
    {FAL_IN_HELP, "Enter", FAL_ACTION_EDIT, NULL, NULL, "all about the selected command"},
    {FAL_IN_HELP, "?", FAL_ACTION_BACK, NULL, NULL, "leave the help"},

    {FAL_IN_OVERVIEW, "o", FAL_ACTION_BACK, NULL, NULL, "leave the overview"},

    {FAL_IN_LISTENER, "e", FAL_ACTION_EXPLAIN, NULL, "explain",
     "explain: why the selected artist has its score for this listener"},
    {FAL_IN_ARTIST, "e", FAL_ACTION_EXPLAIN, NULL, "explain",
     "explain: how many play both artists, or why this one has its score for the listener"},

    {FAL_IN_YOU, "a", FAL_ACTION_ADD, NULL, "add", "add an artist by its name"},
    {FAL_IN_YOU, "+", FAL_ACTION_MORE, NULL, "more", "twice the plays of the selected artist"},
    {FAL_IN_YOU, "-", FAL_ACTION_LESS, NULL, "less", "half the plays of the selected artist"},
    {FAL_IN_YOU, "d", FAL_ACTION_DROP, NULL, "drop", "drop the selected artist"},
    {FAL_IN_YOU, "i", FAL_ACTION_IMPORT, NULL, "import",
     "import a listening history, by the name of its file or folder"},
    {FAL_IN_YOU, "u", FAL_ACTION_RUN, "you unmatched n=0", NULL,
     "the imported names that are no artist here"},
    {FAL_IN_YOU, "m", FAL_ACTION_RUN, "you matched n=0", NULL,
     "the imported names that are, with the artist that each is"},

    {FAL_IN_TABS, "Tab", FAL_ACTION_NEXT_LIST, NULL, "list", "the next list"},
    {FAL_IN_TABS, "Shift-Tab", FAL_ACTION_PREVIOUS_LIST, NULL, NULL, "the list before"},
    {FAL_IN_LISTS, "Enter, l, Right", FAL_ACTION_OPEN, NULL, "open",
     "open the selected artist or listener"},
    {FAL_IN_LISTS, "a", FAL_ACTION_ADD, NULL, NULL,
     "add the selected artist to yours, which are in the view You"},
    {FAL_IN_LISTS, "j, Down", FAL_ACTION_DOWN, NULL, NULL, "one row down"},
    {FAL_IN_LISTS, "k, Up", FAL_ACTION_UP, NULL, NULL, "one row up"},
    {FAL_IN_LISTS, "Ctrl-F, PgDn", FAL_ACTION_PAGE_DOWN, NULL, NULL, "a page down"},
    {FAL_IN_LISTS, "Ctrl-B, PgUp", FAL_ACTION_PAGE_UP, NULL, NULL, "a page up"},
    {FAL_IN_LISTS, "Ctrl-D", FAL_ACTION_HALF_DOWN, NULL, NULL, "half a page down"},
    {FAL_IN_LISTS, "Ctrl-U", FAL_ACTION_HALF_UP, NULL, NULL, "half a page up"},
    {FAL_IN_LISTS, "g g, Home", FAL_ACTION_FIRST, NULL, NULL, "the first row"},
    {FAL_IN_LISTS, "G, End", FAL_ACTION_LAST, NULL, NULL, "the last row"},
    {FAL_IN_LISTS, "/", FAL_ACTION_SEARCH, NULL, "search",
     "search as you type: goes to the next row that holds the text"},
    {FAL_IN_LISTS, "n", FAL_ACTION_SEARCH_ON, NULL, NULL, "the next row found"},
    {FAL_IN_LISTS, "N", FAL_ACTION_SEARCH_BACK, NULL, NULL, "the row found before"},
    {FAL_IN_LISTS, "f", FAL_ACTION_FILTER, NULL, "filter",
     "filter as you type: words, -word, column:word, plays>100; all must hold"},
    {FAL_IN_LISTS, "Esc", FAL_ACTION_CLEAR, NULL, NULL, "forget the filter and the search"},
    {FAL_IN_LISTS, "s", FAL_ACTION_SORT, NULL, "sort",
     "choose the column to sort by, by its letter or with Enter"},
    {FAL_IN_LISTS, "S", FAL_ACTION_REVERSE, NULL, NULL, "sort the other way round"},
    {FAL_IN_LISTS, "y", FAL_ACTION_COPY_ROW, NULL, NULL,
     "copy the selected row to the terminal's clipboard"},
    {FAL_IN_LISTS, "Y", FAL_ACTION_COPY_LIST, NULL, NULL,
     "copy the list as it shows, as lines of tab-separated values"},
    {FAL_IN_LISTS, "w", FAL_ACTION_WRITE, NULL, NULL,
     "write the list to a file: tsv, or by its ending .csv, .json or .md"},

    {FAL_EVERYWHERE, "Backspace, h, Left, <", FAL_ACTION_BACK, NULL, "back",
     "back to the place before"},
    {FAL_EVERYWHERE, ">", FAL_ACTION_FORWARD, NULL, NULL,
     "forward again to the place that was left by going back"},
    {FAL_EVERYWHERE, "Ctrl-P", FAL_ACTION_JUMP, NULL, NULL,
     "go to any artist, listener, view or command by some of its letters"},
    {FAL_EVERYWHERE, "1", FAL_ACTION_VIEW, NULL, NULL, "the view Artists"},
    {FAL_EVERYWHERE, "2", FAL_ACTION_VIEW, NULL, NULL, "the view Listeners"},
    {FAL_EVERYWHERE, "3", FAL_ACTION_VIEW, NULL, NULL, "the view Train"},
    {FAL_EVERYWHERE, "4", FAL_ACTION_VIEW, NULL, NULL, "the view Evaluate"},
    {FAL_EVERYWHERE, "o", FAL_ACTION_OVERVIEW, NULL, NULL, "an overview of the data"},
    {FAL_EVERYWHERE, "5", FAL_ACTION_VIEW, NULL, NULL, "the view Map"},
    {FAL_EVERYWHERE, "6", FAL_ACTION_VIEW, NULL, NULL, "the view You"},
    {FAL_EVERYWHERE, "t", FAL_ACTION_RUN, "train", "train",
     "start a training with the settings as they are"},
    {FAL_EVERYWHERE, "R", FAL_ACTION_RESUME, NULL, NULL,
     "go on where you were last time: its data, its model, its place"},
    {FAL_EVERYWHERE, "Space", FAL_ACTION_PAUSE, NULL, "pause",
     "pause what runs, and let it go on"},
    {FAL_EVERYWHERE, "Ctrl-C, x", FAL_ACTION_STOP, NULL, "stop",
     "stop what runs; a training keeps its last whole iteration"},
    {FAL_EVERYWHERE, ":", FAL_ACTION_COMMAND, NULL, "command", "type a command"},
    {FAL_EVERYWHERE, "?", FAL_ACTION_HELP, NULL, "help", "this help"},
    {FAL_EVERYWHERE, "q", FAL_ACTION_OUT, NULL, NULL, "back, or out of the program"},
    {FAL_EVERYWHERE, "Q", FAL_ACTION_QUIT, NULL, NULL, "out of the program at once"},
    {FAL_EVERYWHERE, "Ctrl-L", FAL_ACTION_REDRAW, NULL, NULL, "draw the screen anew"},
    {FAL_EVERYWHERE, "Ctrl-Z", FAL_ACTION_SUSPEND, NULL, NULL,
     "back to the shell for a while; fg returns"},

    {FAL_IN_MENU, "Enter", FAL_ACTION_ACCEPT, NULL, "sort",
     "sort by this column; by the one it is sorted by: the other way round"},
    {FAL_IN_MENU, "j, Down, Ctrl-N", FAL_ACTION_DOWN, NULL, NULL, "the next column"},
    {FAL_IN_MENU, "k, Up, Ctrl-P", FAL_ACTION_UP, NULL, NULL, "the column before"},
    {FAL_IN_MENU, "Esc, q, Ctrl-C, Ctrl-G", FAL_ACTION_CANCEL, NULL, "leave",
     "leave the order as it is"},
    {FAL_IN_MENU, "?", FAL_ACTION_HELP, NULL, "help", "leave it, for the help"},

    {FAL_IN_PROMPT, "Enter", FAL_ACTION_ACCEPT, NULL, "take",
     "run the command, keep the filter or the value, go there"},
    {FAL_IN_PROMPT, "Esc, Ctrl-C, Ctrl-G", FAL_ACTION_CANCEL, NULL, "leave",
     "leave everything as it was"},
    {FAL_IN_PROMPT, "Tab", FAL_ACTION_COMPLETE, NULL, NULL,
     "complete the word; again: the next candidate"},
    {FAL_IN_PROMPT, "Shift-Tab", FAL_ACTION_COMPLETE_BACK, NULL, NULL, "the candidate before"},
    {FAL_IN_PROMPT, "Up, Ctrl-P", FAL_ACTION_OLDER, NULL, NULL,
     "the line typed before; the row above in a list of what is found"},
    {FAL_IN_PROMPT, "Down, Ctrl-N", FAL_ACTION_NEWER, NULL, NULL,
     "the line typed after it; the row below"},
    {FAL_IN_PROMPT, "Left, Ctrl-B", FAL_ACTION_LEFT, NULL, NULL, "a character to the left"},
    {FAL_IN_PROMPT, "Right, Ctrl-F", FAL_ACTION_RIGHT, NULL, NULL, "a character to the right"},
    {FAL_IN_PROMPT, "Home, Ctrl-A", FAL_ACTION_HOME, NULL, NULL, "to the start of the line"},
    {FAL_IN_PROMPT, "End, Ctrl-E", FAL_ACTION_END, NULL, NULL, "to the end of the line"},
    {FAL_IN_PROMPT, "Backspace", FAL_ACTION_BACKSPACE, NULL, NULL,
     "delete the character before; in an empty line: leave"},
    {FAL_IN_PROMPT, "Delete, Ctrl-D", FAL_ACTION_DELETE, NULL, NULL,
     "delete the character under the cursor"},
    {FAL_IN_PROMPT, "Ctrl-W", FAL_ACTION_KILL_WORD, NULL, NULL, "delete the word before"},
    {FAL_IN_PROMPT, "Ctrl-K", FAL_ACTION_KILL_END, NULL, NULL, "delete to the end of the line"},
    {FAL_IN_PROMPT, "Ctrl-U", FAL_ACTION_KILL_START, NULL, NULL,
     "delete to the start of the line"},
};

const FalKey *
fal_keys(int *n)
{
    *n = (int)G_N_ELEMENTS(key_table);
    return key_table;
}

const char *
fal_keys_context(guint context)
{
    switch (context) {
    case FAL_IN_PROMPT:
        return "while typing";
    case FAL_IN_TRAIN:
        return "settings";
    case FAL_IN_EVALUATE:
        return "evaluate";
    case FAL_IN_HEAT:
        return "tuned";
    case FAL_IN_OVERVIEW:
        return "overview";
    case FAL_IN_MAP:
        return "map";
    case FAL_IN_HELP:
        return "help";
    case FAL_IN_LISTS:
        return "lists";
    case FAL_IN_TABS:
        return "pages";
    case FAL_IN_LISTENER:
        return "pages of listeners";
    case FAL_IN_ARTIST:
        return "pages of artists";
    case FAL_IN_YOU:
        return "your artists";
    case FAL_IN_MENU:
        return "the menu of columns";
    default:
        return "everywhere";
    }
}

/* Whether one way to press a key ("g g", "Home") is the one pressed. */
static gboolean
is_pressed(const char *way, gsize n, gunichar first, gunichar code, gboolean *begins)
{
    const char *blank = memchr(way, ' ', n);

    if (!blank)
        return first == FAL_CODE_NONE && fal_keyname_code(way, n) == code;
    gsize n_first = (gsize)(blank - way);
    if (first == FAL_CODE_NONE && fal_keyname_code(way, n_first) == code)
        *begins = TRUE;
    return first != FAL_CODE_NONE && fal_keyname_code(way, n_first) == first &&
           fal_keyname_code(blank + 1, n - n_first - 1) == code;
}

static gboolean
has_way(const char *keys, gunichar first, gunichar code, gboolean *begins)
{
    for (const char *way = keys; way;) {
        const char *comma = strstr(way, ", ");
        gsize n = comma ? (gsize)(comma - way) : strlen(way);
        if (is_pressed(way, n, first, code, begins))
            return TRUE;
        way = comma ? comma + 2 : NULL;
    }
    return FALSE;
}

const FalKey *
fal_keys_find(guint contexts, gunichar first, gunichar code, gboolean *begins)
{
    *begins = FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(key_table); i++)
        if ((key_table[i].context & contexts) &&
            has_way(key_table[i].keys, first, code, begins))
            return &key_table[i];
    return NULL;
}

const FalKey *
fal_keys_of(guint contexts, FalAction action)
{
    for (gsize i = 0; i < G_N_ELEMENTS(key_table); i++)
        if ((key_table[i].context & contexts) && key_table[i].action == action)
            return &key_table[i];
    return NULL;
}

char *
fal_keys_short(const FalKey *key)
{
    const char *comma = strstr(key->keys, ", ");

    return comma ? g_strndup(key->keys, (gsize)(comma - key->keys)) : g_strdup(key->keys);
}

/* Appends what an entry does where one of its ways is press, or a pair that press begins. */
static void
append_meaning(GString *out, const FalKey *key, FalPress press, gboolean pairs)
{
    g_auto(GStrv) ways = g_strsplit(key->keys, ", ", -1);

    for (int i = 0; ways[i]; i++) {
        FalPress way;
        if (!fal_keyname_parse(ways[i], &way, NULL))
            g_error("the key table has a key that has no such name: %s", ways[i]);
        gboolean begun = pairs && press.first == FAL_CODE_NONE && way.first == press.code;
        if (!begun && !fal_press_equal(way, press))
            continue;
        g_string_append_printf(out, "%s%s%s%s (%s)", out->len ? "; " : "", begun ? ways[i] : "",
                               begun ? ": " : "", key->help, fal_keys_context(key->context));
    }
}

char *
fal_keys_meaning(FalPress press, gboolean pairs)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(key_table); i++)
        if (!(key_table[i].context & FAL_IN_OWN))
            append_meaning(out, &key_table[i], press, pairs);
    return out->len ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

char *
fal_keys_text(void)
{
    GString *out = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(key_table); i++)
        g_string_append_printf(out, "%s\t%s\t%s\n", fal_keys_context(key_table[i].context),
                               key_table[i].keys, key_table[i].help);
    return g_string_free(out, FALSE);
}

/* "Enter, l, Right" with each way marked up; a comma by itself is a key, too. */
static void
append_ways(GString *out, const char *keys)
{
    g_auto(GStrv) ways = g_strsplit(keys, ", ", -1);

    for (int i = 0; ways[i]; i++) {
        g_string_append(out, i > 0 ? " , Ic" : " Ic");
        fal_manual_word(out, ways[i]);
    }
}

char *
fal_keys_manual(void)
{
    GString *out = g_string_new(NULL);
    guint told = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(key_table); i++) {
        guint context = key_table[i].context;
        if (told & context)
            continue;
        told |= context;
        g_autofree char *title = g_strdup(fal_keys_context(context));
        *title = g_ascii_toupper(*title);
        g_string_append_printf(out, ".Ss %s\n.Bl -tag -width Ds -compact\n", title);
        for (gsize j = i; j < G_N_ELEMENTS(key_table); j++) {
            if (key_table[j].context != context)
                continue;
            g_string_append(out, ".It");
            append_ways(out, key_table[j].keys);
            g_string_append_c(out, '\n');
            fal_manual_text(out, key_table[j].help);
        }
        g_string_append(out, ".El\n");
    }
    return g_string_free(out, FALSE);
}
