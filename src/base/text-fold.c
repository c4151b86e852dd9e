/* Comparing texts as people do: without case, accents and odd blanks, and with typing errors.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"

#include <pthread.h>
#include <string.h>

/* What has no decomposition but is typed without its stroke, joined or curled. */
static const struct {
    gunichar from;
    const char *to;
} plain_forms[] = {
    {0xe6, "ae"},   {0xf0, "d"},    {0xf8, "o"},   {0xfe, "th"},  {0x111, "d"},  {0x127, "h"},
    {0x131, "i"},   {0x142, "l"},   {0x153, "oe"}, {0x167, "t"},  {0x2010, "-"}, {0x2011, "-"},
    {0x2012, "-"},  {0x2013, "-"},  {0x2014, "-"}, {0x2015, "-"}, {0x2018, "'"}, {0x2019, "'"},
    {0x201c, "\""}, {0x201d, "\""}, {0x2212, "-"},
};

static const char *
plain_form(gunichar c)
{
    for (gsize i = 0; i < G_N_ELEMENTS(plain_forms); i++)
        if (plain_forms[i].from == c)
            return plain_forms[i].to;
    return NULL;
}

/* Appends text with single blanks, without accents and what cannot be seen. */
static void
append_plain(GString *out, const char *text)
{
    for (; *text; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        const char *plain = c < 0x80 ? NULL : plain_form(c);

        if (g_unichar_isspace(c)) {
            if (out->len > 0 && out->str[out->len - 1] != ' ')
                g_string_append_c(out, ' ');
            continue;
        }
        switch (c < 0x80 ? G_UNICODE_OTHER_LETTER : g_unichar_type(c)) {
        case G_UNICODE_NON_SPACING_MARK:
        case G_UNICODE_ENCLOSING_MARK:
        case G_UNICODE_FORMAT:
            break;
        default:
            if (plain)
                g_string_append(out, plain);
            else
                g_string_append_unichar(out, c);
        }
    }
    if (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
}

/* Folds any text. */
static char *
fold_slowly(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *decomposed = g_utf8_normalize(valid, -1, G_NORMALIZE_NFKD);
    g_autofree char *lower = g_utf8_casefold(decomposed, -1);
    /* Case folding brings back a few composed characters. */
    g_autofree char *again = g_utf8_normalize(lower, -1, G_NORMALIZE_NFKD);
    GString *folded = g_string_sized_new(strlen(again));

    append_plain(folded, again);
    return g_string_free(folded, FALSE);
}

/* Characters of one and two bytes up to the Cyrillic ones, which fold each on its own: as all
 * marks are dropped it does not matter that decomposing puts them in order. */
#define N_TABLE   0x530
#define MAX_PLAIN 7
typedef struct {
    guint8 n_bytes;
    char bytes[MAX_PLAIN];
} Plain;

static Plain *plain_table; /* N_TABLE, made by make_table() once */

static void
make_table(void)
{
    plain_table = g_new0(Plain, N_TABLE);
    for (gunichar c = 1; c < N_TABLE; c++) {
        /* Between letters, so that a blank counts. */
        char text[16] = "a";
        int n_bytes = 1 + g_unichar_to_utf8(c, text + 1);
        g_autofree char *folded = NULL;

        text[n_bytes] = 'a';
        folded = fold_slowly(text);
        n_bytes = (int)strlen(folded) - 2;
        g_assert(n_bytes >= 0 && n_bytes <= MAX_PLAIN);
        plain_table[c].n_bytes = (guint8)n_bytes;
        memcpy(plain_table[c].bytes, folded + 1, (gsize)n_bytes);
    }
}

/* The character at text, in *n_bytes; 0 where the table has none. */
static inline gunichar
table_char(const guchar *text, int *n_bytes)
{
    *n_bytes = 1;
    if (text[0] < 0x80)
        return text[0];
    *n_bytes = 2;
    if (text[0] < 0xc2 || text[0] >= 0xc0 + N_TABLE / 64 || (text[1] & 0xc0) != 0x80)
        return 0;
    return (gunichar)(text[0] & 0x1f) << 6 | (text[1] & 0x3f);
}

void
fal_text_fold_append(GString *out, const char *text)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const guchar *at = (const guchar *)text;
    gsize n_bytes = strlen(text), start = out->len;
    char *first, *to;
    gunichar c;
    int n;

    pthread_once(&once, make_table);
    g_string_set_size(out, start + n_bytes * MAX_PLAIN);
    first = to = out->str + start;
    while ((c = table_char(at, &n))) {
        for (int i = 0; i < plain_table[c].n_bytes; i++) {
            char byte = plain_table[c].bytes[i];

            if (byte != ' ' || (to > first && to[-1] != ' '))
                *to++ = byte;
        }
        at += n;
    }
    if (to > first && to[-1] == ' ')
        to--;
    g_string_truncate(out, (gsize)(to - out->str));
    if (*at != '\0') {
        g_autofree char *folded = fold_slowly(text);

        g_string_truncate(out, start);
        g_string_append(out, folded);
    }
}

char *
fal_text_fold(const char *text)
{
    GString *folded = g_string_new(NULL);

    fal_text_fold_append(folded, text);
    return g_string_free(folded, FALSE);
}

/* One row of the table of distances from the two before it: row[j] is the distance between
 * a[0 .. i] and b[0 .. j - 1]. Returns the least of the row. */
static int
distance_row(const gunichar *a, long i, const gunichar *b, long n_b, const int *before,
             const int *last, int *row)
{
    int least = row[0] = (int)i + 1;

    for (long j = 0; j < n_b; j++) {
        int best = last[j] + (a[i] != b[j]);

        best = MIN(best, last[j + 1] + 1);
        best = MIN(best, row[j] + 1);
        if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j])
            best = MIN(best, before[j - 1] + 1);
        row[j + 1] = best;
        least = MIN(least, best);
    }
    return least;
}

int
fal_text_distance(const char *a, const char *b, int max)
{
    g_autofree gunichar *from = NULL;
    g_autofree gunichar *to = NULL;
    g_autofree int *table = NULL;
    glong n_from, n_to;
    int *before, *last, *row;
    int least_before = 0;

    g_return_val_if_fail(max >= 0, 0);

    from = g_utf8_to_ucs4_fast(a, -1, &n_from);
    to = g_utf8_to_ucs4_fast(b, -1, &n_to);
    if (ABS(n_from - n_to) > max)
        return max + 1;

    table = g_new(int, 3 * (gsize)(n_to + 1));
    before = table;
    last = before + n_to + 1;
    row = last + n_to + 1;
    for (glong j = 0; j <= n_to; j++)
        last[j] = before[j] = (int)j;
    for (glong i = 0; i < n_from; i++) {
        int least = distance_row(from, i, to, n_to, before, last, row);
        int *oldest = before;

        /* A swap reaches back two rows, so it takes two that are beyond to give up. */
        if (least > max && least_before > max)
            return max + 1;
        least_before = least;
        before = last;
        last = row;
        row = oldest;
    }
    return MIN(last[n_to], max + 1);
}

const char *
fal_text_nearest(const char *word, const char *const *words)
{
    g_autofree char *folded = fal_text_fold(word);
    glong length = g_utf8_strlen(folded, -1);
    /* Of a very short word no more than a letter may be wrong, or anything is near it. */
    int nearest = length < 2 ? 0 : length < 4 ? 1 : 2;
    const char *found = NULL, *start = NULL;
    int n_starts = 0;

    if (length == 0)
        return NULL;
    for (; *words; words++) {
        g_autofree char *candidate = fal_text_fold(*words);
        int distance = fal_text_distance(folded, candidate, nearest);

        if (distance < nearest || (distance == nearest && !found)) {
            nearest = distance;
            found = *words;
        }
        if (g_str_has_prefix(candidate, folded)) {
            start = *words;
            n_starts++;
        }
    }
    if (found && nearest == 0)
        return found;
    return n_starts == 1 ? start : found;
}

char *
fal_text_did_you_mean(const char *word, const char *const *words)
{
    const char *near = fal_text_nearest(word, words);

    return near ? g_strdup_printf(" (did you mean %s?)", near) : g_strdup("");
}
