/* Ids to rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/idmap.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"

static int
compare_ids(const void *a, const void *b)
{
    gint64 left = *(const gint64 *)a, right = *(const gint64 *)b;

    return left < right ? -1 : left > right;
}

gint64
fal_id_sort(gint64 *ids, gint64 n)
{
    gint64 kept = 0;

    if (n > 0)
        qsort(ids, (gsize)n, sizeof *ids, compare_ids);
    for (gint64 i = 0; i < n; i++)
        if (i == 0 || ids[i] != ids[i - 1])
            ids[kept++] = ids[i];
    return kept;
}

static guint32
first_slot(const FalIdMap *map, gint64 id)
{
    guint64 hash = (guint64)id * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);

    return (guint32)(hash >> 32) & map->mask;
}

gint32
fal_id_map_find_large(const FalIdMap *map, gint64 id)
{
    guint32 at, place;

    if (!map->slots)
        return -1;
    for (at = first_slot(map, id); (place = map->slots[at]); at = (at + 1) & map->mask)
        if (map->large[place - 1] == id)
            return map->n_small + (gint32)place - 1;
    return -1;
}

static gboolean
make_slots(FalIdMap *map, GError **error)
{
    gsize n_large = (gsize)(map->n - map->n_small), n_slots = 16;

    if (n_large == 0)
        return TRUE;
    while (n_slots < 2 * n_large)
        n_slots *= 2;
    map->slots = FAL_NEW(guint32, n_slots, error);
    map->mask = (guint32)(n_slots - 1);
    for (gsize i = 0; map->slots && i < n_large; i++) {
        guint32 at = first_slot(map, map->large[i]);

        while (map->slots[at])
            at = (at + 1) & map->mask;
        map->slots[at] = (guint32)i + 1;
    }
    return map->slots != NULL;
}

gboolean
fal_id_map_index(FalIdMap *map, GError **error)
{
    guint64 before = 0;

    for (gint64 i = 0; i < map->n_words; i++) {
        map->words[i].before = before;
        before += fal_count_bits(map->words[i].bits);
    }
    map->n_small = (gint32)before;
    return make_slots(map, error);
}

static gboolean
fill_map(FalIdMap *map, const guint64 *bits, const gint64 *large, gint64 n_large,
         GError **error)
{
    gint64 n = n_large;

    map->n_words = FAL_SMALL_IDS / 64;
    while (map->n_words > 0 && bits[map->n_words - 1] == 0)
        map->n_words--;
    map->words = FAL_NEW(FalIdWord, map->n_words, error);
    map->large = map->words ? FAL_NEW(gint64, n_large, error) : NULL;
    if (!map->large)
        return FALSE;
    for (gint64 i = 0; i < map->n_words; i++) {
        map->words[i].bits = bits[i];
        n += fal_count_bits(bits[i]);
    }
    for (gint64 i = 0; i < n_large; i++)
        map->large[i] = large[i];
    if (n >= G_MAXINT32) {
        g_set_error_literal(
            error, FAL_ERROR, FAL_ERROR_MEMORY,
            "there are more than two thousand million ids in this data set: use "
            "a smaller one");
        return FALSE;
    }
    map->n = (gint32)n;
    map->rows = fal_id_map_index(map, error) ? FAL_NEW(gint32, n, error) : NULL;
    for (gint32 i = 0; map->rows && i < map->n; i++)
        map->rows[i] = i;
    return map->rows != NULL;
}

FalIdMap *
fal_id_map_new(const guint64 *bits, gint64 *large, gint64 n_large, GError **error)
{
    g_autoptr(FalIdMap) map = g_new0(FalIdMap, 1);

    n_large = fal_id_sort(large, n_large);
    return fill_map(map, bits, large, n_large, error) ? g_steal_pointer(&map) : NULL;
}

void
fal_id_map_free(FalIdMap *map)
{
    if (!map)
        return;
    fal_free(map->words);
    fal_free(map->large);
    fal_free(map->slots);
    fal_free(map->rows);
    g_free(map);
}

static void
list_ranked(const FalIdMap *map, const gint32 *rank, gint64 *ranked)
{
    gint32 number = 0;

    for (gint64 i = 0; i < map->n_words; i++) {
        guint64 bits = map->words[i].bits;

        for (; bits; bits &= bits - 1, number++)
            if (rank[number] >= 0)
                ranked[rank[number]] = i * 64 + __builtin_ctzll(bits);
    }
    for (; number < map->n; number++)
        if (rank[number] >= 0)
            ranked[rank[number]] = map->large[number - map->n_small];
}

/* One counting sort: numbers rise with the ids, and it keeps their order among equal counts. */
gint64 *
fal_id_map_rank(const FalIdMap *map, const guint32 *counts, gint32 *rank, gint32 *n_ranked,
                GError **error)
{
    fal_autofree gint32 *next = NULL;
    gint64 *ranked;
    gint32 from = 0;
    guint32 most = 0;

    for (gint32 i = 0; i < map->n; i++)
        most = MAX(most, counts[i]);
    next = FAL_NEW(gint32, (gsize)most + 1, error);
    if (!next)
        return NULL;
    for (gint32 i = 0; i < map->n; i++)
        next[counts[i]]++;
    for (guint32 count = most; count > 0; count--) {
        gint32 n = next[count];

        next[count] = from;
        from += n;
    }
    for (gint32 i = 0; i < map->n; i++)
        rank[i] = counts[i] ? next[counts[i]]++ : -1;
    ranked = FAL_NEW(gint64, from, error);
    if (ranked)
        list_ranked(map, rank, ranked);
    *n_ranked = from;
    return ranked;
}
