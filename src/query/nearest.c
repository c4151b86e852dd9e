/* Looking through names (see nearest.h). What a block finds is put down by block, and the
 * blocks are gone through in order at the end, so that it does not matter who was first; what
 * the blocks tell each other meanwhile only spares those that cannot add anything.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/nearest.h"

#include <string.h>

#include "base/nearness.h"
#include "base/parallel.h"

#define BLOCK        8192
#define MAX_DISTANCE 3

/* What a block found, by distance; the first ones only. */
typedef struct {
    gint32 row[MAX_DISTANCE + 1][FAL_NEAREST];
    int n[MAX_DISTANCE + 1];
} Found;

typedef struct {
    const FalDataset *dataset;
    FalFitFn fits;
    const char *text;
    int k;
    FalNearness near;
    int limit;
    gint32 n_artists;
    Found *found;               /* by block */
    gint64 last;                /* atomic: blocks behind it add nothing */
    gint32 n[MAX_DISTANCE + 1]; /* atomic: found so far, by distance */
} Looking;

static void
found_add(Found *found, int distance, gint32 row)
{
    if (found->n[distance] < FAL_NEAREST)
        found->row[distance][found->n[distance]++] = row;
}

/* The first k, nearest first. */
static int
gather(const Found *found, gint64 n_blocks, int k, gint32 *out)
{
    int n = 0;

    for (int distance = 0; distance <= MAX_DISTANCE; distance++)
        for (gint64 block = 0; block < n_blocks; block++)
            for (int i = 0; i < found[block].n[distance] && n < k; i++)
                out[n++] = found[block].row[distance][i];
    return n;
}

static int
look(Looking *looking, FalBlockFn fn, int k, gint32 *out)
{
    gint64 n_blocks;

    looking->n_artists = fal_dataset_n_artists(looking->dataset);
    n_blocks = ((gint64)looking->n_artists + BLOCK - 1) / BLOCK;
    looking->last = n_blocks;
    g_autofree Found *found = looking->found = g_new0(Found, (gsize)n_blocks + 1);
    fal_parallel_for(n_blocks, fn, looking);
    return gather(found, n_blocks, k, out);
}

static void
fit_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    Looking *looking = data;
    Found *found = &looking->found[block];
    gint32 from = (gint32)(block * BLOCK), end = MIN(from + BLOCK, looking->n_artists);
    gint64 last = __atomic_load_n(&looking->last, __ATOMIC_RELAXED);

    for (gint32 a = from; a < end && block <= last && found->n[0] < looking->k; a++)
        if (looking->fits(looking->dataset, a, looking->text))
            found_add(found, 0, a);
    while (found->n[0] == looking->k && block < last &&
           !__atomic_compare_exchange_n(&looking->last, &last, block, FALSE, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        continue;
}

int
fal_first_artists(const FalDataset *dataset, FalFitFn fits, const char *text, int k,
                  gint32 *out)
{
    Looking looking = {.dataset = dataset, .fits = fits, .text = text, .k = k};

    g_return_val_if_fail(k > 0 && k <= FAL_NEAREST, 0);

    return look(&looking, fit_block, k, out);
}

/* How far a name may be to be among the nearest: where there are enough at a distance, one as
 * far may still come before them by its row. */
static int
limit_now(const Looking *looking)
{
    int n = 0;

    for (int distance = 1; distance <= looking->limit; distance++) {
        n += __atomic_load_n(&looking->n[distance], __ATOMIC_RELAXED);
        if (n >= FAL_NEAREST)
            return distance;
    }
    return looking->limit;
}

static void
near_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    Looking *looking = data;
    const FalDataset *dataset = looking->dataset;
    gint32 from = (gint32)(block * BLOCK), end = MIN(from + BLOCK, looking->n_artists);
    const char *name = fal_dataset_artist_folded(dataset, from), *next;
    int limit = limit_now(looking);

    for (gint32 a = from; a < end; a++, name = next) {
        next = a + 1 < looking->n_artists ? fal_dataset_artist_folded(dataset, a + 1)
                                          : name + strlen(name) + 1;
        gsize n_bytes = (gsize)(next - name) - 1;
        if (n_bytes == 0)
            continue;
        int distance = fal_nearness_distance(&looking->near, name, n_bytes, limit);
        if (distance > limit)
            continue;
        found_add(&looking->found[block], distance, a);
        __atomic_fetch_add(&looking->n[distance], 1, __ATOMIC_RELAXED);
        limit = limit_now(looking);
    }
}

int
fal_nearest_artists(const FalDataset *dataset, const char *folded, int limit, gint32 *out)
{
    Looking looking = {.dataset = dataset, .limit = MIN(limit, MAX_DISTANCE)};

    fal_nearness_init(&looking.near, folded);
    return look(&looking, near_block, FAL_NEAREST, out);
}
