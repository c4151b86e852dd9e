/* Filters (see filter.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/filter.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

/* The column called so: by its whole name, else by a start that only one has. -1 for none. */
static int
find_column(const FalFilterColumn *columns, int n_columns, const char *name, gsize n)
{
    int found = -1;

    for (int c = 0; c < n_columns; c++) {
        if (g_ascii_strncasecmp(columns[c].name, name, n))
            continue;
        if (columns[c].name[n] == '\0')
            return c;
        found = found == -1 ? c : -2;
    }
    return MAX(found, -1);
}

/* "100", "1,000", "2.5k", "1m". */
static gboolean
read_number(const char *text, double *out)
{
    g_autofree char *plain = g_strdup(text);
    char *end, *to = plain;

    for (const char *from = text; *from; from++)
        if (*from != ',')
            *to++ = *from;
    *to = '\0';
    *out = g_ascii_strtod(plain, &end);
    if (end == plain || !isfinite(*out))
        return FALSE;
    if (*end == 'k' || *end == 'K')
        *out *= 1e3;
    else if (*end == 'm' || *end == 'M')
        *out *= 1e6;
    else
        return *end == '\0';
    return end[1] == '\0';
}

/* The operator at text, and how many bytes it takes; 0 for none. */
static gsize
read_operator(const char *text, FalTermKind *kind)
{
    static const struct {
        const char *sign;
        FalTermKind kind;
    } signs[] = {
        {">=", FAL_TERM_AT_LEAST}, {"<=", FAL_TERM_AT_MOST}, {">", FAL_TERM_ABOVE},
        {"<", FAL_TERM_BELOW},     {"=", FAL_TERM_IS},       {":", FAL_TERM_HOLDS},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(signs); i++) {
        if (!g_str_has_prefix(text, signs[i].sign))
            continue;
        *kind = signs[i].kind;
        return strlen(signs[i].sign);
    }
    return 0;
}

/* "column>100": TRUE where it is one, whole or half typed (then *half). */
static gboolean
read_column_term(FalTerm *term, gboolean *half, const char *word,
                 const FalFilterColumn *columns, int n_columns)
{
    gsize n = strcspn(word, ":<>="), sign = read_operator(word + n, &term->kind);
    int column = n > 0 && sign > 0 ? find_column(columns, n_columns, word, n) : -1;
    const char *value = word + n + sign;

    *half = FALSE;
    if (column < 0)
        return FALSE;
    term->column = column;
    if (!*value) {
        *half = TRUE;
        return TRUE;
    }
    if (columns[column].text) {
        term->word = fal_text_fold(value);
        return term->kind == FAL_TERM_HOLDS || term->kind == FAL_TERM_IS;
    }
    if (term->kind == FAL_TERM_HOLDS)
        term->kind = FAL_TERM_IS;
    return read_number(value, &term->number);
}

/* Takes a term of a word out of text; FALSE where it says nothing (yet). */
static gboolean
read_term(FalTerm *term, const char *word, const FalFilterColumn *columns, int n_columns)
{
    gboolean half;

    *term = (FalTerm){.column = -1};
    if (*word == '-') {
        term->negated = TRUE;
        word++;
    }
    if (read_column_term(term, &half, word, columns, n_columns))
        return !half && (!columns[term->column].text || *term->word);
    g_free(term->word);
    *term = (FalTerm){.negated = term->negated, .column = -1, .word = fal_text_fold(word)};
    return *term->word != '\0';
}

/* The next word, quotes taken off; NULL at the end. */
static char *
next_word(const char **text)
{
    GString *word;
    gboolean quoted = FALSE;

    while (g_ascii_isspace(**text))
        (*text)++;
    if (!**text)
        return NULL;
    word = g_string_new(NULL);
    for (; **text && (quoted || !g_ascii_isspace(**text)); (*text)++) {
        if (**text == '"')
            quoted = !quoted;
        else
            g_string_append_c(word, **text);
    }
    return g_string_free(word, FALSE);
}

void
fal_filter_parse(FalFilter *filter, const char *text, const FalFilterColumn *columns,
                 int n_columns)
{
    GArray *terms = g_array_new(FALSE, FALSE, sizeof(FalTerm));
    char *word;

    while ((word = next_word(&text))) {
        FalTerm term;

        if (read_term(&term, word, columns, n_columns))
            g_array_append_val(terms, term);
        else
            g_free(term.word);
        g_free(word);
    }
    filter->n = (int)terms->len;
    filter->term = (FalTerm *)(gpointer)g_array_free(terms, FALSE);
}

void
fal_filter_clear(FalFilter *filter)
{
    for (int i = 0; i < filter->n; i++)
        g_free(filter->term[i].word);
    g_free(filter->term);
    *filter = (FalFilter){.n = 0};
}

gboolean
fal_term_text(const FalTerm *term, const char *folded)
{
    gboolean holds = term->kind == FAL_TERM_IS ? strcmp(folded, term->word) == 0
                                               : strstr(folded, term->word) != NULL;

    return holds != term->negated;
}

gboolean
fal_term_number(const FalTerm *term, double number)
{
    gboolean holds;

    switch (term->kind) {
    case FAL_TERM_BELOW:
        holds = number < term->number;
        break;
    case FAL_TERM_AT_MOST:
        holds = number <= term->number;
        break;
    case FAL_TERM_ABOVE:
        holds = number > term->number;
        break;
    case FAL_TERM_AT_LEAST:
        holds = number >= term->number;
        break;
    case FAL_TERM_IS:
    case FAL_TERM_HOLDS:
    default:
        holds = number == term->number;
    }
    return holds != term->negated;
}
