/* Names of keys: each name gives the code that gives the name.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "query/keyname.h"

static void
assert_round(gunichar code)
{
    g_autofree char *name = fal_keyname_of(code);
    FalPress press;

    g_assert_nonnull(name);
    g_assert_cmpuint(fal_keyname_code(name, strlen(name)), ==, code);
    g_assert_true(fal_keyname_parse(name, &press, NULL));
    g_assert_cmpuint(press.code, ==, code);
    g_assert_cmpuint(press.first, ==, FAL_CODE_NONE);
}

/* Every name of the list, every chord, and every character of the first planes that has a name:
 * among them must be those of a keyboard. */
static void
test_all(void)
{
    int n = 0;

    for (const char *const *name = fal_keyname_list(); *name; name++, n++) {
        gunichar code = fal_keyname_code(*name, strlen(*name));
        g_assert_cmpuint(code, !=, FAL_CODE_NONE);
        g_autofree char *again = fal_keyname_of(code);
        g_assert_cmpstr(again, ==, *name);
        assert_round(code);
    }
    g_assert_cmpint(n, ==, 28);
    n = 0;
    for (gunichar code = 1; code < 0x20000; code++) {
        g_autofree char *name = fal_keyname_of(code);
        if (!name)
            continue;
        assert_round(code);
        n++;
    }
    g_assert_cmpint(n, >, 50000);
    for (gunichar code = ' '; code < 127; code++)
        assert_round(code);
    for (gunichar code = FAL_CODE_UP; code <= FAL_CODE_F12; code++)
        if (code < FAL_CODE_PASTE_BEGIN || code > FAL_CODE_MOUSE)
            assert_round(code);
}

/* What no key sends has no name. */
static void
test_none(void)
{
    const gunichar codes[] = {FAL_CODE_NONE,
                              8,
                              10,
                              28,
                              31,
                              127,
                              0x85,
                              0xa0,
                              0x301,
                              0xd800,
                              FAL_CODE_MOUSE,
                              0x200b,
                              0x10ffff,
                              FAL_CODE_F12 + 1,
                              FAL_CODE_PASTE_BEGIN};

    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++)
        g_assert_null(fal_keyname_of(codes[i]));
}

static void
test_other_words(void)
{
    const struct {
        const char *text;
        FalPress press;
    } cases[] = {
        {"ctrl-d", {FAL_CODE_NONE, 4}},
        {"Ctrl-I", {FAL_CODE_NONE, FAL_CODE_TAB}},
        {"Ctrl-M", {FAL_CODE_NONE, FAL_CODE_ENTER}},
        {"Ctrl-J", {FAL_CODE_NONE, FAL_CODE_ENTER}},
        {"Ctrl-H", {FAL_CODE_NONE, FAL_CODE_BACKSPACE}},
        {"pagedown", {FAL_CODE_NONE, FAL_CODE_PAGE_DOWN}},
        {"ESC", {FAL_CODE_NONE, FAL_CODE_ESCAPE}},
        {"g g", {'g', 'g'}},
        {" g  PgUp ", {'g', FAL_CODE_PAGE_UP}},
        {"Space a", {' ', 'a'}},
        {"ö", {FAL_CODE_NONE, 0xf6}},
        {",", {FAL_CODE_NONE, ','}},
        {"\"", {FAL_CODE_NONE, '"'}},
        {"G", {FAL_CODE_NONE, 'G'}},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        FalPress press;
        g_assert_true(fal_keyname_parse(cases[i].text, &press, NULL));
        g_assert_true(fal_press_equal(press, cases[i].press));
    }
}

static void
test_pairs(void)
{
    const gunichar codes[] = {'g', 'G', ' ', ',', '"', 1, 26, FAL_CODE_TAB, FAL_CODE_F12, 0xf6};

    for (gsize a = 0; a < G_N_ELEMENTS(codes); a++)
        for (gsize b = 0; b < G_N_ELEMENTS(codes); b++) {
            FalPress press = {codes[a], codes[b]}, again;
            g_autofree char *text = fal_keyname_text(press);
            g_assert_true(fal_keyname_parse(text, &again, NULL));
            g_assert_true(fal_press_equal(press, again));
        }
}

static void
test_errors(void)
{
    const struct {
        const char *text, *holds;
    } cases[] = {
        {"", "a key is a character"},       {"   ", "Ctrl-X"},
        {"PgDwn", "did you mean PgDn?"},    {"entr", "did you mean Enter?"},
        {"^X", "did you mean Ctrl-X?"},     {"C-x", "did you mean Ctrl-X?"},
        {"Ctrl+x", "did you mean Ctrl-X?"}, {"Ctrl-1", "there is no key \"Ctrl-1\""},
        {"F13", "there is no key \"F13\""}, {"gg", "\"g a\""},
        {"g gg", "there is no key \"gg\""}, {"a b c", "more than two keys"},
        {"e\xcc\x81", "there is no key"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        FalPress press;
        g_assert_false(fal_keyname_parse(cases[i].text, &press, &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
        if (!strstr(error->message, cases[i].holds))
            g_error("\"%s\": %s", cases[i].text, error->message);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/query/keyname/all", test_all);
    g_test_add_func("/query/keyname/none", test_none);
    g_test_add_func("/query/keyname/other-words", test_other_words);
    g_test_add_func("/query/keyname/pairs", test_pairs);
    g_test_add_func("/query/keyname/errors", test_errors);
    return g_test_run();
}
