/* Names of keys (see keyname.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/keyname.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* The first name of a code is the one that is shown. */
static const struct {
    const char *name;
    gunichar code;
} named_keys[] = {
    {"Enter", FAL_CODE_ENTER},
    {"Esc", FAL_CODE_ESCAPE},
    {"Tab", FAL_CODE_TAB},
    {"Shift-Tab", FAL_CODE_BACK_TAB},
    {"Space", ' '},
    {"Backspace", FAL_CODE_BACKSPACE},
    {"Delete", FAL_CODE_DELETE},
    {"Insert", FAL_CODE_INSERT},
    {"Up", FAL_CODE_UP},
    {"Down", FAL_CODE_DOWN},
    {"Left", FAL_CODE_LEFT},
    {"Right", FAL_CODE_RIGHT},
    {"Home", FAL_CODE_HOME},
    {"End", FAL_CODE_END},
    {"PgUp", FAL_CODE_PAGE_UP},
    {"PgDn", FAL_CODE_PAGE_DOWN},
    {"F1", FAL_CODE_F1},
    {"F2", FAL_CODE_F1 + 1},
    {"F3", FAL_CODE_F1 + 2},
    {"F4", FAL_CODE_F1 + 3},
    {"F5", FAL_CODE_F1 + 4},
    {"F6", FAL_CODE_F1 + 5},
    {"F7", FAL_CODE_F1 + 6},
    {"F8", FAL_CODE_F1 + 7},
    {"F9", FAL_CODE_F1 + 8},
    {"F10", FAL_CODE_F1 + 9},
    {"F11", FAL_CODE_F1 + 10},
    {"F12", FAL_CODE_F12},
    /* other words for them */
    {"Return", FAL_CODE_ENTER},
    {"Escape", FAL_CODE_ESCAPE},
    {"Del", FAL_CODE_DELETE},
    {"Ins", FAL_CODE_INSERT},
    {"PageUp", FAL_CODE_PAGE_UP},
    {"PageDown", FAL_CODE_PAGE_DOWN},
};

enum { N_NAMED = G_N_ELEMENTS(named_keys), CHORD = 5 }; /* bytes of "Ctrl-" */

gboolean
fal_press_equal(FalPress a, FalPress b)
{
    return a.first == b.first && a.code == b.code;
}

/* Terminals send two chords as other keys: the code is the one that arrives. */
static gunichar
chord_code(char letter)
{
    gunichar code = (gunichar)(g_ascii_toupper(letter) - '@');

    return code == 8 ? FAL_CODE_BACKSPACE : code == 10 ? FAL_CODE_ENTER : code;
}

gunichar
fal_keyname_code(const char *name, gsize n)
{
    for (gsize i = 0; i < N_NAMED; i++)
        if (strlen(named_keys[i].name) == n &&
            !g_ascii_strncasecmp(name, named_keys[i].name, n))
            return named_keys[i].code;
    if (n == CHORD + 1 && !g_ascii_strncasecmp(name, "Ctrl-", CHORD) &&
        g_ascii_isalpha(name[CHORD]))
        return chord_code(name[CHORD]);
    gunichar c = g_utf8_get_char_validated(name, (gssize)n);
    if (c >= (gunichar)-2 || n == 0 || (gsize)(g_utf8_next_char(name) - name) != n)
        return FAL_CODE_NONE;
    return c > ' ' && g_unichar_isgraph(c) && !g_unichar_iszerowidth(c) ? c : FAL_CODE_NONE;
}

char *
fal_keyname_of(gunichar code)
{
    char text[8] = {0};

    for (gsize i = 0; i < N_NAMED; i++)
        if (named_keys[i].code == code)
            return g_strdup(named_keys[i].name);
    if (code >= 1 && code <= 26 && chord_code((char)(code + '@')) == code)
        return g_strdup_printf("Ctrl-%c", (char)(code + '@'));
    if (code == FAL_CODE_NONE || code >= FAL_CODE_UP || !g_unichar_validate(code))
        return NULL;
    int n = g_unichar_to_utf8(code, text);
    return fal_keyname_code(text, (gsize)n) == code ? g_strdup(text) : NULL;
}

const char *const *
fal_keyname_list(void)
{
    static const char *names[N_NAMED + 1];

    /* The same each time. */
    for (gsize i = 0, n = 0; i < N_NAMED; i++) {
        gboolean known = FALSE;
        for (gsize k = 0; k < i; k++)
            known = known || named_keys[k].code == named_keys[i].code;
        if (!known)
            names[n++] = named_keys[i].name;
    }
    return names;
}

static void
set_unknown(const char *word, GError **error)
{
    const char *names[N_NAMED + 1] = {NULL};
    g_autofree char *plain = g_strdelimit(g_strdup(word), "+_^", '-');
    gsize n = strlen(plain);

    for (gsize i = 0; i < N_NAMED; i++)
        names[i] = named_keys[i].name;
    const char *near = fal_text_nearest(word, names);
    /* "^X", "C-x", "Ctrl+X" */
    g_autofree char *chord = n > 1 && n < CHORD + 3 && plain[n - 2] == '-' &&
                                     strchr("cC-", plain[0]) && g_ascii_isalpha(plain[n - 1])
                                 ? g_strdup_printf("Ctrl-%c", g_ascii_toupper(plain[n - 1]))
                                 : NULL;
    if (chord)
        near = chord;
    g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                "there is no key \"%s\"%s%s%s; a key is a character, Ctrl-X, a name such as "
                "PgDn, Space or F2, or two of these in quotes: \"g a\"",
                word, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

gboolean
fal_keyname_parse(const char *text, FalPress *out, GError **error)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
    gunichar code[2] = {FAL_CODE_NONE, FAL_CODE_NONE};
    int n = 0;

    for (int i = 0; words[i]; i++) {
        if (!*words[i])
            continue;
        if (n == 2) {
            g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                        "\"%s\" is more than two keys; two, one after the other, are the most",
                        text);
            return FALSE;
        }
        code[n] = fal_keyname_code(words[i], strlen(words[i]));
        if (code[n++] == FAL_CODE_NONE) {
            set_unknown(words[i], error);
            return FALSE;
        }
    }
    if (n == 0) {
        set_unknown(text, error);
        return FALSE;
    }
    *out = n == 2 ? (FalPress){code[0], code[1]} : (FalPress){FAL_CODE_NONE, code[0]};
    return TRUE;
}

char *
fal_keyname_text(FalPress press)
{
    g_autofree char *code = fal_keyname_of(press.code);

    if (press.first == FAL_CODE_NONE)
        return g_steal_pointer(&code);
    g_autofree char *first = fal_keyname_of(press.first);
    return g_strjoin(" ", first, code, NULL);
}
