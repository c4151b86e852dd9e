/* Sorting rows (see order.h). Keys that are drawn from all over cut them into parts, which the
 * rows are put into as they lie; each part then fits the caches and is sorted by itself.
 * A key that is drawn has a part of its own, so that one that most rows have takes no sorting.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

/* Rows of a parallel block. */
#define BLOCK 32768
/* Keys drawn for each cut, and cuts at most: parts of some thousand rows of a million. */
#define DRAWN    16
#define MAX_CUTS 127 /* one less than a power of 2 */
#define N_PARTS  (2 * (MAX_CUTS + 1))
/* So few are sorted by insertion. */
#define FEW 48
/* Bytes after which texts are compared as they are: names that long are no names. */
#define DEEP 256
/* The key of an empty text: no byte of UTF-8 is 0xff. */
#define NO_TEXT G_MAXUINT64

typedef struct {
    guint64 key;
    gint32 row;
} Keyed;

typedef struct {
    gint32 *rows;
    gint32 n;
    FalOrderKeyFn key;
    FalOrderTextFn text;
    gconstpointer data;
    Keyed *keyed, *parted;
    guint64 cut[MAX_CUTS + 1]; /* rising; the highest of all behind the last */
    guint8 *part;              /* of each row */
    gint32 (*place)[N_PARTS];  /* by block: counts, then where its next row of a part goes */
    gint32 first[N_PARTS + 1];
} Ordering;

guint64
fal_order_text_key(const char *text)
{
    guint64 key = 0;

    if (!*text)
        return NO_TEXT;
    for (int i = 0; i < 8; i++) {
        key = key << 8 | (guint8)*text;
        text += *text != '\0';
    }
    return key;
}

static void
sort_few(Keyed *keyed, gint32 n)
{
    for (gint32 i = 1; i < n; i++) {
        Keyed moved = keyed[i];
        gint32 at = i;

        for (; at > 0 && keyed[at - 1].key > moved.key; at--)
            keyed[at] = keyed[at - 1];
        keyed[at] = moved;
    }
}

/* Radix sort by key, from the lowest byte on, over those bytes that are not the same in all. */
static void
sort_keyed(Keyed *keyed, Keyed *spare, gint32 n)
{
    Keyed *from = keyed, *to = spare;
    guint64 varying = 0;

    if (n <= FEW) {
        sort_few(keyed, n);
        return;
    }
    for (gint32 i = 1; i < n; i++)
        varying |= keyed[i].key ^ keyed[0].key;
    for (int shift = 0; shift < 64; shift += 8) {
        gint32 start[257] = {0};
        Keyed *swap = from;

        if ((varying >> shift & 0xff) == 0)
            continue;
        for (gint32 i = 0; i < n; i++)
            start[1 + (from[i].key >> shift & 0xff)]++;
        for (int k = 0; k < 256; k++)
            start[k + 1] += start[k];
        for (gint32 i = 0; i < n; i++)
            to[start[from[i].key >> shift & 0xff]++] = from[i];
        from = to;
        to = swap;
    }
    if (from != keyed)
        memcpy(keyed, from, (gsize)n * sizeof *keyed);
}

static int
compare_texts(gconstpointer a, gconstpointer b, gpointer data)
{
    const Ordering *o = data;
    const Keyed *x = a, *y = b;
    int c = strcmp(o->text(x->row, o->data), o->text(y->row, o->data));

    return c ? c : x->row - y->row;
}

/* Sorts by key, then what is equal by the next eight bytes of its texts: each text is looked up
 * once for them, where comparing would look it up each time. */
static void
sort_part(const Ordering *o, Keyed *keyed, Keyed *spare, gint32 n, gsize depth)
{
    if (depth >= DEEP) {
        g_qsort_with_data(keyed, n, sizeof *keyed, compare_texts, (gpointer)o);
        return;
    }
    sort_keyed(keyed, spare, n);
    for (gint32 first = 0, end; o->text && first < n; first = end) {
        guint64 key = keyed[first].key;

        for (end = first + 1; end < n && keyed[end].key == key; end++)
            continue;
        /* A byte of zero: the texts are the same to their end. */
        if (end - first == 1 || key == NO_TEXT || (key & 0xff) == 0)
            continue;
        for (gint32 i = first; i < end; i++) {
            const char *rest = o->text(keyed[i].row, o->data) + depth + 8;
            keyed[i].key = *rest ? fal_order_text_key(rest) : 0;
        }
        sort_part(o, keyed + first, spare + first, end - first, depth + 8);
    }
}

static int
compare_keys(const void *a, const void *b)
{
    const guint64 *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void
draw_cuts(Ordering *o)
{
    guint64 drawn[DRAWN * MAX_CUTS];
    int n = (int)MIN((gint32)G_N_ELEMENTS(drawn), o->n / FEW), n_cuts = 0;

    for (int i = 0; i < n; i++)
        drawn[i] = o->keyed[(gint64)i * o->n / n].key;
    qsort(drawn, (gsize)n, sizeof *drawn, compare_keys);
    for (int i = DRAWN / 2; i < n; i += DRAWN)
        if (n_cuts == 0 || drawn[i] != o->cut[n_cuts - 1])
            o->cut[n_cuts++] = drawn[i];
    while (n_cuts <= MAX_CUTS)
        o->cut[n_cuts++] = G_MAXUINT64;
}

/* Odd parts are those of a cut's own key. The steps are always the same and have no branches,
 * which would be foretold wrongly half of the time. */
static inline guint8
part_of(const Ordering *o, guint64 key)
{
    guint low = 0;

    for (guint step = (MAX_CUTS + 1) / 2; step > 0; step /= 2)
        low += step * (guint)(o->cut[low + step - 1] < key);
    return (guint8)(2 * low + (guint)(o->cut[low] == key));
}

static void
key_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Ordering *o = data;
    gint32 from = (gint32)(block * BLOCK), end = MIN(from + BLOCK, o->n);

    for (gint32 row = from; row < end; row++)
        o->keyed[row] = (Keyed){o->key(row, o->data), row};
}

static void
count_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Ordering *o = data;
    gint32 from = (gint32)(block * BLOCK), end = MIN(from + BLOCK, o->n);

    for (gint32 i = from; i < end; i++)
        o->part[i] = part_of(o, o->keyed[i].key);
    for (gint32 i = from; i < end; i++)
        o->place[block][o->part[i]]++;
}

/* Each part has the blocks' rows in the order of the blocks. */
static void
place_parts(Ordering *o, gint64 n_blocks)
{
    gint32 sum = 0;

    for (int part = 0; part < N_PARTS; part++) {
        o->first[part] = sum;
        for (gint64 block = 0; block < n_blocks; block++) {
            gint32 count = o->place[block][part];
            o->place[block][part] = sum;
            sum += count;
        }
    }
    o->first[N_PARTS] = sum;
}

static void
spread_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Ordering *o = data;
    gint32 from = (gint32)(block * BLOCK), end = MIN(from + BLOCK, o->n);

    for (gint32 i = from; i < end; i++)
        o->parted[o->place[block][o->part[i]]++] = o->keyed[i];
}

static void
sort_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Ordering *o = data;
    gint32 first = o->first[block], n = o->first[block + 1] - first;

    if (block % 2 == 0 || o->text)
        sort_part(o, o->parted + first, o->keyed + first, n, 0);
    for (gint32 i = 0; i < n; i++)
        o->rows[first + i] = o->parted[first + i].row;
}

void
fal_order_rows(gint32 *rows, gint32 n, FalOrderKeyFn key, FalOrderTextFn text,
               gconstpointer data)
{
    gint64 n_blocks = ((gint64)n + BLOCK - 1) / BLOCK;
    g_autofree Keyed *keyed = g_new(Keyed, (gsize)n + 1);
    g_autofree Keyed *parted = g_new(Keyed, (gsize)n + 1);
    g_autofree void *place = g_malloc0_n((gsize)n_blocks + 1, sizeof(gint32[N_PARTS]));
    g_autofree guint8 *part = g_new(guint8, (gsize)n + 1);
    Ordering o = {rows, n, key, text, data, keyed, parted, .part = part, .place = place};

    fal_parallel_for(n_blocks, key_block, &o);
    draw_cuts(&o);
    fal_parallel_for(n_blocks, count_block, &o);
    place_parts(&o, n_blocks);
    fal_parallel_for(n_blocks, spread_block, &o);
    fal_parallel_for(N_PARTS, sort_block, &o);
}
