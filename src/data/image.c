/* A loaded data set as bytes: how it is laid out, and writing it. Reading is in image-read.c.
 *
 * A header, the blocks of the arrays, then what says what they are: a GVariant, which is
 * checked by GLib when it is read. Play counts take a byte where they fit into one, as nearly
 * all do; everything else is as it is in memory, so that opening is reading and no more.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/image.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "data/image-private.h"

/* Bytes after which the system is asked to have written them, so that none of these waits is
 * long. */
#define SYNC_EVERY ((gint64)32 << 20)

gsize
fal_section_size(FalSectionKind kind)
{
    static const gsize sizes[] = {
        [FAL_BYTES] = 1,  [FAL_WORDS] = sizeof(FalIdWord), [FAL_NUMBERS] = 4, [FAL_OFFSETS] = 8,
        [FAL_COUNTS] = 4,
    };

    return sizes[kind];
}

static void
list_csr(FalSection *to, FalCsr *csr, gint64 pairs)
{
    to[0] = (FalSection){csr->start, (gint64)csr->n_rows + 1, FAL_OFFSETS, 0, pairs};
    to[1] = (FalSection){csr->col, pairs, FAL_NUMBERS, 0, csr->n_cols - 1};
    to[2] = (FalSection){csr->plays, pairs, FAL_COUNTS, 0, 0};
}

static void
list_map(FalSection *to, FalIdMap *map, gint64 n_rows)
{
    to[0] = (FalSection){map->words, map->n_words, FAL_WORDS, 0, 0};
    to[1] =
        (FalSection){map->large, map->n - map->n_small, FAL_OFFSETS, FAL_SMALL_IDS, G_MAXINT64};
    to[2] = (FalSection){map->rows, map->n, FAL_NUMBERS, -1, n_rows - 1};
}

void
fal_image_sections(FalImage *it, FalSection sections[FAL_N_SECTIONS])
{
    const FalImageSizes *n = &it->sizes;

    list_csr(sections, &it->by_user, n->pairs);
    list_csr(sections + 3, &it->by_artist, n->pairs);
    list_map(sections + 6, it->users, n->users);
    list_map(sections + 9, it->artists, n->artists);
    sections[12] = (FalSection){it->user_ids, n->users, FAL_OFFSETS, 0, G_MAXINT64};
    sections[13] = (FalSection){it->artist_ids, n->artists, FAL_OFFSETS, 0, G_MAXINT64};
    sections[14] = (FalSection){it->names.bytes, n->names, FAL_BYTES, 0, 0};
    sections[15] = (FalSection){it->names.at, n->artists, FAL_OFFSETS, 0, n->names - 1};
    sections[16] = (FalSection){it->folded.bytes, n->folded, FAL_BYTES, 0, 0};
    sections[17] = (FalSection){it->folded.at, n->artists, FAL_OFFSETS, 0, n->folded - 1};
    sections[18] = (FalSection){it->alias_names, n->alias_names, FAL_BYTES, 0, 0};
    sections[19] = (FalSection){it->alias_ids, n->aliases, FAL_OFFSETS, 0, G_MAXINT64};
    sections[20] = (FalSection){it->alias_at, n->aliases, FAL_OFFSETS, 0, n->alias_names - 1};
    sections[21] = (FalSection){it->alias_start, n->artists + 1, FAL_OFFSETS, 0, n->aliases};
}

gint64
fal_section_block(FalSectionKind kind)
{
    return FAL_IMAGE_BLOCK / (gint64)fal_section_size(kind);
}

/* --- play counts as bytes: 0 stands for one that is too large, which follows behind --- */

static gsize
pack_counts(const guint32 *counts, gint64 n, guchar *to)
{
    guchar *more = to + n;

    for (gint64 i = 0; i < n; i++) {
        to[i] = counts[i] < 256 ? (guchar)counts[i] : 0;
        if (counts[i] < 256)
            continue;
        memcpy(more, &counts[i], sizeof counts[i]);
        more += sizeof counts[i];
    }
    return (gsize)(more - to);
}

/* --- writing --- */

typedef struct {
    int fd;
    gint64 at, synced;
    FalTask *task;
    GVariantBuilder blocks; /* (size in the file, hash) */
} Writer;

static gboolean
write_all(int fd, gconstpointer bytes, gsize n_bytes, gint64 at)
{
    const char *from = bytes;

    while (n_bytes > 0) {
        gssize n = pwrite(fd, from, n_bytes, at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FALSE;
        from += n;
        at += n;
        n_bytes -= (gsize)n;
    }
    return TRUE;
}

static gboolean
write_block(Writer *writer, gconstpointer bytes, gsize n_bytes)
{
    if (fal_task_cancelled(writer->task) || !write_all(writer->fd, bytes, n_bytes, writer->at))
        return FALSE;
    g_variant_builder_add(&writer->blocks, "(tt)", (guint64)n_bytes,
                          (guint64)XXH3_64bits(bytes, n_bytes));
    writer->at += (gint64)n_bytes;
    if (writer->at < writer->synced + SYNC_EVERY)
        return TRUE;
    writer->synced = writer->at;
    return fdatasync(writer->fd) == 0;
}

static gboolean
write_section(Writer *writer, const FalSection *section)
{
    gsize size = fal_section_size(section->kind);
    gint64 most = fal_section_block(section->kind);
    g_autofree guchar *packed = NULL;

    if (section->kind == FAL_COUNTS && !(packed = g_try_malloc((gsize)most * 5)))
        return FALSE;
    for (gint64 from = 0; from < section->n; from += most) {
        gint64 n = MIN(most, section->n - from);
        const char *data = (const char *)section->data + (gsize)from * size;
        gsize n_bytes = (gsize)n * size;

        if (packed) {
            n_bytes = pack_counts((const guint32 *)(const void *)data, n, packed);
            data = (const char *)packed;
        }
        if (!write_block(writer, data, n_bytes))
            return FALSE;
    }
    return TRUE;
}

static GVariant *
stats_variant(const FalDatasetStats *s)
{
    return g_variant_new("(iixtxxxxxid)", s->users, s->artists, s->pairs, s->plays, s->rows,
                         s->malformed, s->aliases, s->rewritten, s->merged, s->unnamed,
                         s->density);
}

static GVariant *
problems_variant(const FalDataset *dataset)
{
    GVariantBuilder problems;

    g_variant_builder_init(&problems, G_VARIANT_TYPE("a(yxss)"));
    for (guint i = 0; i < dataset->problems->len; i++) {
        const FalProblem *problem = &g_array_index(dataset->problems, FalProblem, i);
        guchar part = 0;

        while (part < FAL_N_PARTS - 1 && dataset->files[part] != problem->file)
            part++;
        g_variant_builder_add(&problems, "(yxss)", part, problem->line, problem->reason,
                              problem->text);
    }
    return g_variant_builder_end(&problems);
}

static GVariant *
members_variant(const FalSource *source)
{
    GVariantBuilder members;

    g_variant_builder_init(&members, G_VARIANT_TYPE("a(is)"));
    for (FalPart part = 0; part < FAL_N_PARTS; part++) {
        const char *name;
        int member = fal_source_member(source, part, &name);

        g_variant_builder_add(&members, "(is)", member, name ? name : "");
    }
    return g_variant_builder_end(&members);
}

static GVariant *
sizes_variant(const FalImageSizes *sizes)
{
    return g_variant_new_fixed_array(G_VARIANT_TYPE_INT64, sizes, FAL_N_IMAGE_SIZES,
                                     sizeof(gint64));
}

static gboolean
write_meta(Writer *writer, const FalImage *image, const FalDataset *dataset, const char *key)
{
    g_autoptr(GVariant) meta = g_variant_ref_sink(g_variant_new(
        "(@ay@ax@a(tt)@a(is)t@(iixtxxxxxid)@a(yxss))", g_variant_new_bytestring(key),
        sizes_variant(&image->sizes), g_variant_builder_end(&writer->blocks),
        members_variant(dataset->source), dataset->fingerprint, stats_variant(&dataset->stats),
        problems_variant(dataset)));
    FalImageHeader header = {.version = FAL_IMAGE_VERSION, .byte_order = FAL_BYTE_ORDER_MARK};
    gsize n_bytes = g_variant_get_size(meta);
    gconstpointer bytes = g_variant_get_data(meta);

    memcpy(header.magic, FAL_IMAGE_MAGIC, sizeof header.magic);
    header.meta_at = (guint64)writer->at;
    header.meta_size = n_bytes;
    header.meta_hash = XXH3_64bits(bytes, n_bytes);
    return write_all(writer->fd, bytes, n_bytes, writer->at) &&
           write_all(writer->fd, &header, sizeof header, 0) && fsync(writer->fd) == 0;
}

static void
image_of(FalImage *image, const FalDataset *dataset, gint64 *alias_ids, gint64 *alias_at)
{
    const FalImageSizes sizes = {
        .users = dataset->stats.users,
        .artists = dataset->stats.artists,
        .pairs = dataset->stats.pairs,
        .user_words = dataset->users->n_words,
        .user_ids = dataset->users->n,
        .user_large = dataset->users->n - dataset->users->n_small,
        .artist_words = dataset->artists->n_words,
        .artist_ids = dataset->artists->n,
        .artist_large = dataset->artists->n - dataset->artists->n_small,
        .names = dataset->names.length,
        .folded = dataset->folded.length,
        .alias_names = dataset->alias_names.length,
        .aliases = dataset->alias_start[dataset->stats.artists],
    };

    *image = (FalImage){
        .sizes = sizes,
        .by_user = *fal_plays_by_user(dataset->plays),
        .by_artist = *fal_plays_by_artist(dataset->plays),
        .users = dataset->users,
        .artists = dataset->artists,
        .user_ids = dataset->user_ids,
        .artist_ids = dataset->artist_ids,
        .names = dataset->names,
        .folded = dataset->folded,
        .alias_names = dataset->alias_names.bytes,
        .alias_ids = alias_ids,
        .alias_at = alias_at,
        .alias_start = dataset->alias_start,
    };
    for (gint64 i = 0; i < sizes.aliases; i++) {
        alias_ids[i] = dataset->aliases[i].id;
        alias_at[i] = dataset->aliases[i].name - dataset->alias_names.bytes;
    }
}

gboolean
fal_image_write(int fd, const FalDataset *dataset, const char *key, FalTask *task)
{
    gint64 n_aliases = dataset->alias_start[dataset->stats.artists];
    fal_autofree gint64 *alias_ids = FAL_NEW(gint64, n_aliases, NULL);
    fal_autofree gint64 *alias_at = FAL_NEW(gint64, n_aliases, NULL);
    Writer writer = {.fd = fd, .at = sizeof(FalImageHeader), .task = task};
    FalSection sections[FAL_N_SECTIONS];
    FalImage image;
    gboolean well = TRUE;

    if (!alias_ids || !alias_at)
        return FALSE;
    image_of(&image, dataset, alias_ids, alias_at);
    fal_image_sections(&image, sections);
    g_variant_builder_init(&writer.blocks, G_VARIANT_TYPE("a(tt)"));
    for (int i = 0; i < FAL_N_SECTIONS && well; i++)
        well = write_section(&writer, &sections[i]);
    if (well)
        return write_meta(&writer, &image, dataset, key);
    g_variant_builder_clear(&writer.blocks);
    return FALSE;
}
