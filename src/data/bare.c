/* Data sets without plays, and fingerprints of those with them (see bare.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/bare.h"

#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"
#include "data/dataset-private.h"

/* Names that are folded together. */
#define BLOCK_NAMES 4096

void
fal_bare_clear(FalBare *bare)
{
    g_free(bare->title);
    fal_free(bare->user_ids);
    fal_free(bare->artist_ids);
    fal_free(bare->names);
    fal_free(bare->listeners);
    fal_free(bare->user_artists);
    fal_free(bare->artist_plays);
    fal_free(bare->user_plays);
    *bare = (FalBare){.n_users = 0};
}

static gboolean
refuse(GError **error, const char *why)
{
    g_set_error_literal(error, FAL_ERROR, FAL_ERROR_MODEL, why);
    return FALSE;
}

/* The map of ids whose rows are their places. */
static FalIdMap *
map_of(const gint64 *ids, gint32 n, GError **error)
{
    fal_autofree guint64 *bits = FAL_NEW(guint64, FAL_SMALL_IDS / 64, error);
    fal_autofree gint64 *large = bits ? FAL_NEW(gint64, n, error) : NULL;
    g_autoptr(FalIdMap) map = NULL;
    gint64 n_large = 0;

    if (!large)
        return NULL;
    for (gint32 row = 0; row < n; row++) {
        if (ids[row] < 0) {
            refuse(error, "its ids are damaged: one is below 0");
            return NULL;
        }
        if (ids[row] < FAL_SMALL_IDS)
            fal_id_mark(bits, (guint32)ids[row]);
        else
            large[n_large++] = ids[row];
    }
    map = fal_id_map_new(bits, large, n_large, error);
    if (!map)
        return NULL;
    if (map->n != n) {
        refuse(error, "its ids are damaged: one is there twice");
        return NULL;
    }
    for (gint32 row = 0; row < n; row++)
        map->rows[fal_id_map_number(map, ids[row])] = row;
    return g_steal_pointer(&map);
}

/* Puts the names where they belong; without any each artist has an empty one. */
static gboolean
set_names(FalTexts *texts, const FalBare *bare, GError **error)
{
    gint64 n = bare->n_artists, length = bare->names ? bare->names_bytes : n, at = 1;

    *texts = (FalTexts){.length = length + 1, .n = n};
    texts->at = FAL_NEW(gint64, n, error);
    texts->bytes = texts->at ? FAL_NEW(char, length + 1, error) : NULL;
    if (!texts->bytes)
        return FALSE;
    if (bare->names)
        memcpy(texts->bytes + 1, bare->names, (gsize)length);
    for (gint64 i = 0; i < n; i++) {
        const char *end =
            at <= length ? memchr(texts->bytes + at, '\0', (gsize)(length + 1 - at)) : NULL;

        if (!end)
            return refuse(error, "its names are damaged: there are fewer than artists");
        texts->at[i] = at;
        if (!g_utf8_validate(texts->bytes + at, end - texts->bytes - at, NULL))
            return refuse(error, "its names are damaged: one is not UTF-8");
        at = end - texts->bytes + 1;
    }
    return at == length + 1 ||
           refuse(error, "its names are damaged: there are more than artists");
}

typedef struct {
    const FalTexts *names;
    GString **blocks;
    gint64 *at;
} Folding;

static void
fold_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Folding *it = data;
    gint64 end = MIN(it->names->n, (block + 1) * BLOCK_NAMES);
    GString *out = it->blocks[block] = g_string_sized_new(16 * BLOCK_NAMES);

    for (gint64 i = block * BLOCK_NAMES; i < end; i++) {
        it->at[i] = (gint64)out->len;
        fal_text_fold_append(out, it->names->bytes + it->names->at[i]);
        g_string_append_c(out, '\0');
    }
}

static gboolean
fold_names(FalTexts *folded, const FalTexts *names, GError **error)
{
    gint64 n_blocks = (names->n + BLOCK_NAMES - 1) / BLOCK_NAMES, to = 1;
    g_autofree GString **blocks = g_new0(GString *, (gsize)n_blocks + 1);
    Folding it = {names, blocks, NULL};

    *folded = (FalTexts){.length = 1, .n = names->n};
    folded->at = it.at = FAL_NEW(gint64, names->n, error);
    if (!it.at)
        return FALSE;
    fal_parallel_for(n_blocks, fold_block, &it);
    for (gint64 block = 0; block < n_blocks; block++)
        folded->length += (gint64)blocks[block]->len;
    folded->bytes = FAL_NEW(char, folded->length, error);
    for (gint64 block = 0; block < n_blocks; block++) {
        if (folded->bytes)
            memcpy(folded->bytes + to, blocks[block]->str, blocks[block]->len);
        for (gint64 i = block * BLOCK_NAMES; i < MIN(names->n, (block + 1) * BLOCK_NAMES); i++)
            folded->at[i] += to;
        to += (gint64)blocks[block]->len;
        g_string_free(blocks[block], TRUE);
    }
    return folded->bytes != NULL;
}

FalDataset *
fal_dataset_new_bare(const char *path, FalBare *bare, GError **error)
{
    g_autoptr(FalDataset) dataset = fal_dataset_new(path, NULL);
    FalDatasetStats *stats = &dataset->stats;

    stats->users = bare->n_users;
    stats->artists = bare->n_artists;
    stats->pairs = bare->pairs;
    stats->plays = bare->plays;
    stats->density = (double)bare->pairs / MAX((double)bare->n_users * bare->n_artists, 1);
    if (!(dataset->users = map_of(bare->user_ids, bare->n_users, error)) ||
        !(dataset->artists = map_of(bare->artist_ids, bare->n_artists, error)) ||
        !set_names(&dataset->names, bare, error) ||
        !fold_names(&dataset->folded, &dataset->names, error) ||
        !(dataset->alias_start = FAL_NEW(gint64, (gsize)bare->n_artists + 1, error)) ||
        !(dataset->plays = fal_plays_new(bare->n_users, bare->n_artists, NULL, 0, NULL, error)))
        return NULL;
    for (gint32 artist = 0; artist < bare->n_artists; artist++)
        stats->unnamed += !*fal_dataset_artist_name(dataset, artist);
    dataset->user_ids = g_steal_pointer(&bare->user_ids);
    dataset->artist_ids = g_steal_pointer(&bare->artist_ids);
    dataset->bare = g_new(FalBare, 1);
    *dataset->bare = *bare;
    *bare = (FalBare){.n_users = 0};
    return g_steal_pointer(&dataset);
}

gboolean
fal_dataset_is_bare(const FalDataset *dataset)
{
    return dataset->bare != NULL;
}

gboolean
fal_dataset_is_numbered(const FalDataset *dataset)
{
    return dataset->bare && dataset->bare->numbered;
}

const char *
fal_dataset_origin(const FalDataset *dataset)
{
    if (!dataset->bare)
        return dataset->title;
    return dataset->bare->title ? dataset->bare->title : "";
}

/* --- fingerprints --- */

typedef struct {
    gconstpointer bytes;
    gsize n_bytes;
    guint64 *hashes;
} Hashing;

#define HASH_BYTES ((gsize)8 << 20)

static void
hash_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Hashing *it = data;
    gsize from = (gsize)block * HASH_BYTES;

    it->hashes[block] =
        XXH3_64bits((const char *)it->bytes + from, MIN(HASH_BYTES, it->n_bytes - from));
}

/* In blocks, by all cores; the same whatever their number. */
static guint64
hash_bytes(guint64 before, gconstpointer bytes, gsize n_bytes)
{
    gsize n_blocks = (n_bytes + HASH_BYTES - 1) / HASH_BYTES;
    g_autofree guint64 *hashes = g_new(guint64, n_blocks + 1);
    Hashing it = {bytes, n_bytes, hashes + 1};

    hashes[0] = before;
    fal_parallel_for((gint64)n_blocks, hash_block, &it);
    return XXH3_64bits(hashes, (n_blocks + 1) * sizeof *hashes);
}

guint64
fal_plays_fingerprint(const FalPlays *plays)
{
    const FalCsr *csr = fal_plays_by_user(plays);
    gsize pairs = (gsize)csr->start[csr->n_rows];
    guint64 hash = hash_bytes(pairs, csr->start, ((gsize)csr->n_rows + 1) * sizeof *csr->start);

    hash = hash_bytes(hash, csr->col, pairs * sizeof *csr->col);
    hash = hash_bytes(hash, csr->plays, pairs * sizeof *csr->plays);
    return hash ? hash : 1;
}

guint64
fal_dataset_fingerprint(const FalDataset *dataset)
{
    guint64 hash;

    if (dataset->bare)
        return dataset->bare->fingerprint;
    hash = fal_plays_fingerprint(dataset->plays);
    hash = hash_bytes(hash, dataset->user_ids,
                      (gsize)dataset->stats.users * sizeof *dataset->user_ids);
    hash = hash_bytes(hash, dataset->artist_ids,
                      (gsize)dataset->stats.artists * sizeof *dataset->artist_ids);
    return hash ? hash : 1;
}
