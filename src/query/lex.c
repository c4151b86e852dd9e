/* Words of a command line (see lex.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/lex.h"

#include <string.h>

#include "base/error.h"

static void
word_free(gpointer data)
{
    FalWord *word = data;

    g_free(word->text);
    g_free(word);
}

/* Reads the word at *at, which is no blank, and moves *at behind it. */
static FalWord *
read_word(const char *line, gsize *at, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    gsize start = *at, i = start, plain = G_MAXSIZE;
    gsize quote = G_MAXSIZE; /* where the open one stands */

    for (; line[i] && (quote != G_MAXSIZE || !g_ascii_isspace(line[i])); i++) {
        if (line[i] == '"') {
            quote = quote == G_MAXSIZE ? i : G_MAXSIZE;
            plain = MIN(plain, text->len);
        } else if (line[i] == '\\' && line[i + 1]) {
            plain = MIN(plain, text->len);
            g_string_append_c(text, line[++i]);
        } else {
            g_string_append_c(text, line[i]);
        }
    }
    if (quote != G_MAXSIZE) {
        *at = quote;
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "this quote is not closed");
        return NULL;
    }
    FalWord *word = g_new0(FalWord, 1);
    word->at = start;
    word->n = i - start;
    word->plain = MIN(plain, text->len);
    word->text = g_string_free(g_steal_pointer(&text), FALSE);
    *at = i;
    return word;
}

GPtrArray *
fal_lex(const char *line, gsize *at, gsize *n, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(word_free);
    const char *bad;
    gsize i = 0;

    *at = *n = 0;
    if (!g_utf8_validate(line, -1, &bad)) {
        *at = (gsize)(bad - line);
        *n = 1;
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "byte %zu of the command is not UTF-8",
                    *at + 1);
        return NULL;
    }
    while (g_ascii_isspace(line[i]))
        i++;
    if (line[i] == '#')
        return g_steal_pointer(&words);
    while (line[i]) {
        FalWord *word = read_word(line, &i, error);
        if (!word) {
            *at = i;
            *n = strlen(line + i);
            return NULL;
        }
        g_ptr_array_add(words, word);
        while (g_ascii_isspace(line[i]))
            i++;
    }
    return g_steal_pointer(&words);
}

char *
fal_lex_quote(const char *text)
{
    GString *out = g_string_new(NULL);
    gboolean quote = !*text || strchr("#>|", *text) || strpbrk(text, " \t\r\n=");

    if (quote)
        g_string_append_c(out, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *c);
    }
    if (quote)
        g_string_append_c(out, '"');
    return g_string_free(out, FALSE);
}
