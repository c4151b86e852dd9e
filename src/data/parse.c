/* Numbers and rows of plays from bytes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/parse.h"

static inline const char *
skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

/* Inline, as it is called three times for each of millions of rows. */
static inline FalNumber
parse_number(const char **line, const char *end, gint64 *number)
{
    const char *at = skip_blanks(*line, end);
    gboolean minus = at < end && *at == '-';
    const char *first = at += minus;
    gboolean too_large = FALSE;
    guint64 value = 0;
    guchar digit;

    if (at == end)
        return minus ? FAL_NUMBER_WRONG : FAL_NUMBER_NONE;
    for (; at < end && (digit = (guchar)(*at - '0')) <= 9; at++) {
        if (G_UNLIKELY(value >= G_MAXINT64 / 10 && value > (G_MAXINT64 - (guint64)digit) / 10))
            too_large = TRUE;
        value = value * 10 + digit;
    }
    if (at == first || (at < end && *at != ' ' && *at != '\t'))
        return FAL_NUMBER_WRONG;
    *line = skip_blanks(at, end);
    *number = (gint64)value;
    if (minus)
        return FAL_NUMBER_NEGATIVE;
    return too_large ? FAL_NUMBER_TOO_LARGE : FAL_NUMBER_OK;
}

FalNumber
fal_reader_parse_number(const char **line, const char *end, gint64 *number)
{
    return parse_number(line, end, number);
}

const char *
fal_reader_parse_play(const char *line, gsize n_bytes, gint64 *user, gint64 *artist,
                      guint32 *plays)
{
    static const char *const problems[][FAL_NUMBER_TOO_LARGE + 1] = {
        {NULL, "empty line", "user id is not a number", "user id is negative",
         "user id is too large"},
        {NULL, "no artist id", "artist id is not a number", "artist id is negative",
         "artist id is too large"},
        {NULL, NULL, "plays are not a whole number", "negative plays",
         "more than 4294967295 plays"},
    };
    const char *end = line + n_bytes;
    gint64 count = 1;
    FalNumber found;

    if ((found = parse_number(&line, end, user)))
        return problems[0][found];
    if ((found = parse_number(&line, end, artist)))
        return problems[1][found];
    found = parse_number(&line, end, &count);
    if (problems[2][found])
        return problems[2][found];
    if (line < end)
        return "text after the plays";
    if (count == 0)
        return "0 plays";
    if (count > G_MAXUINT32)
        return problems[2][FAL_NUMBER_TOO_LARGE];
    *plays = (guint32)count;
    return NULL;
}
