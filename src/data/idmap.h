/* Ids (0 .. 2^63 - 1) to rows.
 *
 * The ids of a map are numbered by rising id. Real ids are numbers of up to seven or eight
 * digits: for those there is a bit each, with how many ids there are before each 64 of them, so
 * that a number is found in one cache line of a table of some megabytes. Larger ids, which have
 * to work but need not be as fast, are hashed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_IDMAP_H
#define FAL_DATA_IDMAP_H

#include <glib.h>

/* Ids below have a bit. */
#define FAL_SMALL_IDS ((gint64)1 << 26)

/* Bits of ids that were seen, FAL_SMALL_IDS of them: any thread may mark. */
static inline void
fal_id_mark(guint64 *bits, guint32 id)
{
    guint64 *at = bits + id / 64;
    guint64 bit = (guint64)1 << (id % 64);

    /* Most were seen before: looking first keeps the line shared. */
    if (!(__atomic_load_n(at, __ATOMIC_RELAXED) & bit))
        __atomic_fetch_or(at, bit, __ATOMIC_RELAXED);
}

typedef struct {
    guint64 bits;   /* of 64 ids */
    guint64 before; /* ids with lower numbers */
} FalIdWord;

typedef struct {
    gint32 n;       /* ids */
    gint32 n_small; /* of them, those that have a bit */
    gint64 n_words;
    FalIdWord *words;
    gint64 *large;  /* n - n_small, rising */
    guint32 *slots; /* places in large plus 1, 0 for none; NULL where there are no large ones */
    guint32 mask;   /* number of slots less 1 */
    gint32 *rows;   /* n, by number; -1 for an id that has none */
} FalIdMap;

/* Of the ids in bits and those in large, which may be there more than once; large is put in
 * order. Each has its number as its row. NULL with FAL_ERROR_MEMORY. */
FalIdMap *fal_id_map_new(const guint64 *bits, gint64 *large, gint64 n_large, GError **error);
void fal_id_map_free(FalIdMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalIdMap, fal_id_map_free)

/* Puts ids in order, each once; returns how many there are. */
gint64 fal_id_sort(gint64 *ids, gint64 n);

/* The number of an id of FAL_SMALL_IDS or more, -1 where the map does not have it. */
gint32 fal_id_map_find_large(const FalIdMap *map, gint64 id);

/* Spelt out, as the compiler's own is a call where the processor may lack the instruction. */
static inline guint32
fal_count_bits(guint64 bits)
{
    bits -= bits >> 1 & G_GUINT64_CONSTANT(0x5555555555555555);
    bits = (bits & G_GUINT64_CONSTANT(0x3333333333333333)) +
           (bits >> 2 & G_GUINT64_CONSTANT(0x3333333333333333));
    bits = (bits + (bits >> 4)) & G_GUINT64_CONSTANT(0x0f0f0f0f0f0f0f0f);
    return (guint32)((bits * G_GUINT64_CONSTANT(0x0101010101010101)) >> 56);
}

static inline gint32
fal_id_map_number(const FalIdMap *map, gint64 id)
{
    gint64 at = id >> 6;
    guint64 bit = (guint64)1 << (id & 63);

    if (at >= map->n_words || at < 0)
        return fal_id_map_find_large(map, id);
    if (!(map->words[at].bits & bit))
        return -1;
    return (gint32)map->words[at].before +
           (gint32)fal_count_bits(map->words[at].bits & (bit - 1));
}

/* The row of an id, -1 where it has none. */
static inline gint32
fal_id_map_get(const FalIdMap *map, gint64 id)
{
    gint32 number = fal_id_map_number(map, id);

    return number < 0 ? -1 : map->rows[number];
}

/* Ranks numbers by falling counts[number], then by rising id. rank[number] is -1 where the
 * count is 0. Returns the ids by rank, for fal_free(), and how many; NULL with
 * FAL_ERROR_MEMORY. */
gint64 *fal_id_map_rank(const FalIdMap *map, const guint32 *counts, gint32 *rank,
                        gint32 *n_ranked, GError **error);

/* Fills what follows from the rest: `before` of the words, n_small, the slots. FALSE with
 * FAL_ERROR_MEMORY. */
gboolean fal_id_map_index(FalIdMap *map, GError **error);

#endif
