/* Words of a command line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "query/lex.h"

typedef struct {
    const char *line;
    const char *words; /* joined by | */
} Case;

static const Case cases[] = {
    {"", ""},
    {"  \t ", ""},
    {"# similar X", ""},
    {"   # a comment", ""},
    {"similar The Beatles n=5", "similar|The|Beatles|n=5"},
    {"similar \"The Beatles\" n=5", "similar|The Beatles|n=5"},
    {"similar Guns N' Roses", "similar|Guns|N'|Roses"},
    {"artist \\\"Weird\\ Al\\\"", "artist|\"Weird Al\""},
    {"a\"b c\"d", "ab cd"},
    {"artist \"\"", "artist|"},
    {"artist #1 Crush", "artist|#1|Crush"},
    {"artist back\\\\slash", "artist|back\\slash"},
    {"artist end\\", "artist|end\\"},
    {"artist Björk 椎名林檎", "artist|Björk|椎名林檎"},
};

static void
test_words(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) joined = g_string_new(NULL);
    gsize at, n;
    g_autoptr(GPtrArray) words = fal_lex(c->line, &at, &n, &error);

    g_assert_no_error(error);
    for (guint i = 0; i < words->len; i++) {
        const FalWord *word = words->pdata[i];
        g_string_append_printf(joined, "%s%s", i ? "|" : "", word->text);
        g_assert_cmpuint(word->at + word->n, <=, strlen(c->line));
    }
    g_assert_cmpstr(joined->str, ==, c->words);
}

static void
test_places(void)
{
    gsize at, n;
    g_autoptr(GPtrArray) words = fal_lex("  top \"a b\" n=5", &at, &n, NULL);
    const FalWord *quoted = words->pdata[1], *plain = words->pdata[2];

    g_assert_cmpuint(quoted->at, ==, 6);
    g_assert_cmpuint(quoted->n, ==, 5);
    g_assert_cmpuint(quoted->plain, ==, 0);
    g_assert_cmpuint(plain->at, ==, 12);
    g_assert_cmpuint(plain->plain, ==, 3);
}

static void
test_errors(void)
{
    g_autoptr(GError) error = NULL;
    gsize at, n;

    g_assert_null(fal_lex("artist \"The Beat", &at, &n, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
    g_assert_cmpuint(at, ==, 7);
    g_assert_cmpuint(n, ==, 9);
    g_clear_error(&error);
    g_assert_null(fal_lex("artist Bj\xf6rk", &at, &n, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
    g_assert_cmpuint(at, ==, 9);
}

static void
test_quote(void)
{
    const char *const texts[] = {"x",  "The Beatles", "a\"b", "back\\slash",   "",
                                 "#1", "n=5",         "\t",   "Guns N' Roses", "日本 語"};

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *quoted = fal_lex_quote(texts[i]);
        gsize at, n;
        g_autoptr(GPtrArray) words = fal_lex(quoted, &at, &n, NULL);
        g_assert_nonnull(words);
        g_assert_cmpuint(words->len, ==, 1);
        g_assert_cmpstr(((FalWord *)words->pdata[0])->text, ==, texts[i]);
    }
    g_autofree char *plain = fal_lex_quote("Radiohead");
    g_assert_cmpstr(plain, ==, "Radiohead");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/query/lex/words/%zu", i);
        g_test_add_data_func(path, &cases[i], test_words);
    }
    g_test_add_func("/query/lex/places", test_places);
    g_test_add_func("/query/lex/errors", test_errors);
    g_test_add_func("/query/lex/quote", test_quote);
    return g_test_run();
}
