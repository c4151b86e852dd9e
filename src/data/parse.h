/* Numbers and rows of plays from bytes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_PARSE_H
#define FAL_DATA_PARSE_H

#include <glib.h>
#include <string.h>

typedef enum {
    FAL_NUMBER_OK,
    FAL_NUMBER_NONE, /* nothing but blanks */
    FAL_NUMBER_WRONG,
    FAL_NUMBER_NEGATIVE,
    FAL_NUMBER_TOO_LARGE, /* for 0 .. 2^63 - 1 */
} FalNumber;

/* The whole number at the start of line .. end - 1, blanks and tabs before it skipped; it has
 * to end at a blank, a tab or the end. Where it is one, *line moves to what follows it and its
 * blanks. */
FalNumber fal_reader_parse_number(const char **line, const char *end, gint64 *number);

/* One "user artist plays" row, separated by blanks or tabs; plays may be left out (then 1).
 * NULL, or why the line cannot be read, a static text: "empty line", "no artist id", "user id
 * is not a number", "artist id is too large", "0 plays", "negative plays", "more than
 * 4294967295 plays", "text after the plays". Ids are 0 .. 2^63 - 1. */
const char *fal_reader_parse_play(const char *line, gsize n_bytes, gint64 *user, gint64 *artist,
                                  guint32 *plays);

/* The digits at the start of bytes as a number, for who parses millions of them: how many there
 * are, at most 8, and 0 where it is anything but 1 to 8 digits and what is not one behind them.
 * Reads up to 9 bytes, whatever they are. */
static inline int
fal_parse_digits(const char *bytes, guint32 *number)
{
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
    guint64 eight, other;
    int n;

    /* Digits become 0 to 9; `other` has the highest bit of each byte that is none. */
    memcpy(&eight, bytes, sizeof eight);
    eight ^= G_GUINT64_CONSTANT(0x3030303030303030);
    other = (((eight & G_GUINT64_CONSTANT(0x7f7f7f7f7f7f7f7f)) +
              G_GUINT64_CONSTANT(0x7676767676767676)) |
             eight) &
            G_GUINT64_CONSTANT(0x8080808080808080);
    n = other ? __builtin_ctzll(other) >> 3 : 8;
    if (n == 0 || (n == 8 && (guchar)(bytes[8] - '0') <= 9))
        return 0;
    /* Leading zeros instead of what stands behind; then by pairs, fours and eights. */
    eight <<= 8 * (8 - n);
    eight = (eight * 10 + (eight >> 8)) & G_GUINT64_CONSTANT(0x00ff00ff00ff00ff);
    eight = (eight * 100 + (eight >> 16)) & G_GUINT64_CONSTANT(0x0000ffff0000ffff);
    *number = (guint32)(eight * 10000 + (eight >> 32));
    return n;
#else
    guint32 value = 0;
    int n = 0;

    for (; n < 9 && (guchar)(bytes[n] - '0') <= 9; n++)
        value = value * 10 + (guint32)(bytes[n] - '0');
    *number = value;
    return n < 9 ? n : 0;
#endif
}

#endif
