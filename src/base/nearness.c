/* Edit distances from one text (see nearness.h), bit by bit: a column of the table of distances
 * is two words, whose bits say where it rises and falls by one from a character of the text to
 * the next (Myers 1999; with swaps Hyyrö 2003). Before that, lengths and letters tell of most
 * texts that they are too far.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/nearness.h"

#include <string.h>

#include "base/text.h"

/* A word whose bytes are 1. */
#define ONES G_GUINT64_CONSTANT(0x0101010101010101)

static guint64 *
place_of(FalNearness *near, gunichar c)
{
    int i = 0;

    if (c < 128)
        return &near->ascii[c];
    while (i < near->n_other && near->other[i].c != c)
        i++;
    if (i == near->n_other)
        near->other[near->n_other++].c = c;
    return &near->other[i].at;
}

/* The letters and figures of a text as bits; a few share one. */
static guint64
letters_of(const FalNearness *near, const char *text, gsize n_bytes)
{
    guint64 letters = 0;

    for (gsize i = 0; i < n_bytes; i++)
        letters |= near->letter[(guint8)text[i]];
    return letters;
}

void
fal_nearness_init(FalNearness *near, const char *text)
{
    memset(near, 0, sizeof *near);
    near->text = text;
    near->n = (int)MIN(g_utf8_strlen(text, -1), FAL_NEARNESS_MAX + 1);
    for (int i = 0; near->n <= FAL_NEARNESS_MAX && i < near->n; i++) {
        *place_of(near, g_utf8_get_char(text)) |= (guint64)1 << i;
        text = g_utf8_next_char(text);
    }
    for (int c = '0'; c <= 'z'; c++)
        near->letter[c] = (guint64)1 << (c & 63);
    near->letters = letters_of(near, near->text, strlen(near->text));
}

static inline guint64
places_in(const FalNearness *near, gunichar c)
{
    if (c < 128)
        return near->ascii[c];
    for (int i = 0; i < near->n_other; i++)
        if (near->other[i].c == c)
            return near->other[i].at;
    return 0;
}

/* Characters of a text: bytes that do not go on with one, eight at a time. */
static int
count_characters(const char *text, gsize n_bytes)
{
    guint64 on = 0;
    gsize i = 0;
    int n = (int)n_bytes;

    for (; i + 8 <= n_bytes; i += 8) {
        memcpy(&on, text + i, 8);
        /* What a shift brings in from the byte beside goes to its lowest bit. */
        on = (on & ~(on << 1)) >> 7 & ONES;
        n -= (int)(on * ONES >> 56);
    }
    for (; i < n_bytes; i++)
        n -= ((guint8)text[i] & 0xc0) == 0x80;
    return n;
}

/* Whether no more than n bits are set; without an instruction for it counting them is slow. */
static inline gboolean
has_at_most(guint64 bits, int n)
{
    for (; n > 0; n--)
        bits &= bits - 1;
    return bits == 0;
}

/* Each edit takes away one letter and brings one in at most. */
static gboolean
may_be_near(guint64 a, guint64 b, int distance)
{
    return has_at_most(a & ~b, distance) && has_at_most(b & ~a, distance);
}

/* The last entry of the last column; near->n is 1 or more. */
static int
distance_to(const FalNearness *near, const char *other)
{
    guint64 rises = ~(guint64)0, falls = 0, level = 0, places_before = 0;
    guint64 last = (guint64)1 << (near->n - 1);
    int distance = near->n;

    while (*other) {
        guint64 places = places_in(near, g_utf8_get_char(other));
        guint64 swapped = ((~level & places) << 1) & places_before;
        level = (((places & rises) + rises) ^ rises) | places | falls | swapped;
        guint64 right_rises = falls | ~(level | rises), right_falls = level & rises;

        distance += ((right_rises & last) != 0) - ((right_falls & last) != 0);
        right_rises = right_rises << 1 | 1;
        rises = right_falls << 1 | ~(level | right_rises);
        falls = level & right_rises;
        places_before = places;
        other = g_utf8_next_char(other);
    }
    return distance;
}

int
fal_nearness_distance(const FalNearness *near, const char *other, gsize n_bytes, int max)
{
    if (near->n > FAL_NEARNESS_MAX)
        return fal_text_distance(near->text, other, max);
    /* A character has four bytes at most, so this is told by the bytes alone. */
    if (n_bytes + (gsize)max < (gsize)near->n || n_bytes > 4 * (gsize)(near->n + max))
        return max + 1;
    int n = count_characters(other, n_bytes);
    if (ABS(n - near->n) > max ||
        !may_be_near(near->letters, letters_of(near, other, n_bytes), max))
        return max + 1;
    int distance = near->n > 0 ? distance_to(near, other) : n;
    return MIN(distance, max + 1);
}
