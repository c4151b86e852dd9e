/* A data set from its bytes. It is read and not mapped: what was checked must not change
 * afterwards.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/image.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "data/image-private.h"

static gint64
count_blocks(const FalSection *section)
{
    return (section->n + fal_section_block(section->kind) - 1) /
           fal_section_block(section->kind);
}

/* Play counts from bytes; FALSE where the bytes are not what pack_counts() makes. */
static gboolean
unpack_counts(const guchar *from, gsize n_bytes, guint32 *counts, gint64 n)
{
    const guchar *more = from + n, *end = from + n_bytes, *at = from;

    for (gint64 i = 0; i < n; i++)
        counts[i] = from[i];
    while ((at = memchr(at, 0, (gsize)(from + n - at)))) {
        if (end - more < (gssize)sizeof *counts)
            return FALSE;
        memcpy(&counts[at - from], more, sizeof *counts);
        more += sizeof *counts;
        at++;
    }
    return more == end;
}

static gboolean
read_all(int fd, gpointer bytes, gsize n_bytes, gint64 at)
{
    char *to = bytes;

    while (n_bytes > 0) {
        gssize n = pread(fd, to, n_bytes, at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FALSE;
        to += n;
        at += n;
        n_bytes -= (gsize)n;
    }
    return TRUE;
}

/* What the file says of itself; NULL where that is not whole. *end is where the blocks end. */
static GVariant *
read_meta(int fd, gint64 *end)
{
    FalImageHeader header;
    struct stat status;
    g_autofree char *bytes = NULL;
    g_autoptr(GVariant) meta = NULL;

    if (fstat(fd, &status) != 0 || !read_all(fd, &header, sizeof header, 0) ||
        memcmp(header.magic, FAL_IMAGE_MAGIC, sizeof header.magic) != 0 ||
        header.version != FAL_IMAGE_VERSION || header.byte_order != FAL_BYTE_ORDER_MARK ||
        header.meta_at < sizeof header || header.meta_at > (guint64)status.st_size ||
        header.meta_size != (guint64)status.st_size - header.meta_at)
        return NULL;
    *end = (gint64)header.meta_at;
    bytes = g_try_malloc(header.meta_size);
    if (!bytes || !read_all(fd, bytes, header.meta_size, *end) ||
        XXH3_64bits(bytes, header.meta_size) != header.meta_hash)
        return NULL;
    meta = g_variant_ref_sink(g_variant_new_from_data(G_VARIANT_TYPE(FAL_IMAGE_META), bytes,
                                                      header.meta_size, FALSE, g_free, bytes));
    g_steal_pointer(&bytes);
    return g_variant_is_normal_form(meta) ? g_steal_pointer(&meta) : NULL;
}

/* Where a block is, and where it goes. */
typedef struct {
    gint64 at;
    guint64 n_bytes, hash;
    const FalSection *section;
    gint64 from, n; /* elements */
} Block;

typedef struct {
    int fd;
    const Block *blocks;
    FalTask *task;
    gint failed; /* atomic */
} Reader;

/* Whether numbers and offsets are what they may be. */
static gboolean
in_range(const FalSection *section, gconstpointer data, gint64 n)
{
    gboolean well = TRUE;

    if (section->kind == FAL_NUMBERS) {
        const gint32 *numbers = data;

        for (gint64 i = 0; i < n; i++)
            well &= numbers[i] >= section->low && numbers[i] <= section->high;
    } else if (section->kind == FAL_OFFSETS) {
        const gint64 *offsets = data;

        for (gint64 i = 0; i < n; i++)
            well &= offsets[i] >= section->low && offsets[i] <= section->high;
    }
    return well;
}

static gboolean
read_block(const Reader *reader, const Block *block)
{
    const FalSection *section = block->section;
    char *data = (char *)section->data + (gsize)block->from * fal_section_size(section->kind);
    g_autofree guchar *packed = NULL;

    if (section->kind == FAL_COUNTS) {
        packed = g_try_malloc(block->n_bytes);
        return packed && read_all(reader->fd, packed, block->n_bytes, block->at) &&
               XXH3_64bits(packed, block->n_bytes) == block->hash &&
               unpack_counts(packed, block->n_bytes, (guint32 *)(void *)data, block->n);
    }
    return read_all(reader->fd, data, block->n_bytes, block->at) &&
           XXH3_64bits(data, block->n_bytes) == block->hash &&
           in_range(section, data, block->n);
}

static void
do_block(gint64 number, int worker, gpointer data)
{
    Reader *reader = data;

    (void)worker;
    if (g_atomic_int_get(&reader->failed) || fal_task_cancelled(reader->task))
        return;
    if (!read_block(reader, &reader->blocks[number]))
        g_atomic_int_set(&reader->failed, TRUE);
    fal_task_add(reader->task, (double)reader->blocks[number].n_bytes);
}

/* Sets up all blocks; FALSE where their sizes do not fit the sections' and the file's. */
static gboolean
list_blocks(GVariant *listed, const FalSection *sections, gint64 end, Block *blocks)
{
    gsize n_listed = g_variant_n_children(listed), next = 0;
    gint64 at = sizeof(FalImageHeader);

    for (int i = 0; i < FAL_N_SECTIONS; i++) {
        const FalSection *section = &sections[i];
        gint64 most = fal_section_block(section->kind);

        for (gint64 from = 0; from < section->n; from += most) {
            gint64 n = MIN(most, section->n - from);
            guint64 least = (guint64)n *
                            (section->kind == FAL_COUNTS ? 1 : fal_section_size(section->kind));
            Block *block = &blocks[next];

            if (next == n_listed)
                return FALSE;
            *block = (Block){.at = at, .section = section, .from = from, .n = n};
            g_variant_get_child(listed, next++, "(tt)", &block->n_bytes, &block->hash);
            if (block->n_bytes < least || block->n_bytes > (guint64)(end - at) ||
                (section->kind != FAL_COUNTS && block->n_bytes != least))
                return FALSE;
            at += (gint64)block->n_bytes;
        }
    }
    return next == n_listed && at == end;
}

/* Whether there can be so much in a file of that size, before memory is taken for it. */
static gboolean
sizes_fit(const FalImageSizes *n, gint64 file_size)
{
    const gint64 *each = (const gint64 *)n;

    for (gsize i = 0; i < FAL_N_IMAGE_SIZES; i++)
        if (each[i] < 0 || each[i] > file_size)
            return FALSE;
    return n->users > 0 && n->artists > 0 && n->users < G_MAXINT32 && n->artists < G_MAXINT32 &&
           n->user_ids >= n->users && n->artist_ids >= n->artists && n->user_ids < G_MAXINT32 &&
           n->artist_ids < G_MAXINT32 && n->user_large <= n->user_ids &&
           n->artist_large <= n->artist_ids && n->user_words <= FAL_SMALL_IDS / 64 &&
           n->artist_words <= FAL_SMALL_IDS / 64 && n->names > 0 && n->folded > 0 &&
           n->alias_names > 0;
}

static FalIdMap *
make_map(gint64 n_words, gint64 n, gint64 n_large)
{
    FalIdMap *map = g_new0(FalIdMap, 1);

    map->n = (gint32)n;
    map->n_small = (gint32)(n - n_large);
    map->n_words = n_words;
    map->words = FAL_NEW(FalIdWord, n_words, NULL);
    map->large = FAL_NEW(gint64, n_large, NULL);
    map->rows = FAL_NEW(gint32, n, NULL);
    return map;
}

static FalCsr
make_csr(gint64 n_rows, gint64 n_cols, gint64 pairs)
{
    return (FalCsr){.n_rows = (gint32)n_rows,
                    .n_cols = (gint32)n_cols,
                    .start = FAL_NEW(gint64, n_rows + 1, NULL),
                    .col = FAL_NEW(gint32, pairs, NULL),
                    .plays = FAL_NEW(guint32, pairs, NULL)};
}

/* Makes the arrays, all of which the data set then owns. */
static void
make_image(FalImage *image, FalDataset *dataset)
{
    const FalImageSizes *n = &image->sizes;

    image->by_user = make_csr(n->users, n->artists, n->pairs);
    image->by_artist = make_csr(n->artists, n->users, n->pairs);
    dataset->plays = fal_plays_new_taken(image->by_user, image->by_artist);
    image->users = dataset->users = make_map(n->user_words, n->user_ids, n->user_large);
    image->artists = dataset->artists =
        make_map(n->artist_words, n->artist_ids, n->artist_large);
    image->user_ids = dataset->user_ids = FAL_NEW(gint64, n->users, NULL);
    image->artist_ids = dataset->artist_ids = FAL_NEW(gint64, n->artists, NULL);
    dataset->names = (FalTexts){.bytes = FAL_NEW(char, n->names, NULL),
                                .length = n->names,
                                .at = FAL_NEW(gint64, n->artists, NULL),
                                .n = n->artists};
    dataset->folded = (FalTexts){.bytes = FAL_NEW(char, n->folded, NULL),
                                 .length = n->folded,
                                 .at = FAL_NEW(gint64, n->artists, NULL),
                                 .n = n->artists};
    image->names = dataset->names;
    image->folded = dataset->folded;
    dataset->alias_names =
        (FalTexts){.bytes = FAL_NEW(char, n->alias_names, NULL), .length = n->alias_names};
    image->alias_names = dataset->alias_names.bytes;
    dataset->aliases = FAL_NEW(FalAlias, n->aliases, NULL);
    image->alias_start = dataset->alias_start = FAL_NEW(gint64, n->artists + 1, NULL);
}

static gboolean
rises(const gint64 *start, gint64 n, gint64 last)
{
    gboolean well = start[0] == 0 && start[n] == last;

    for (gint64 i = 0; i < n; i++)
        well &= start[i] <= start[i + 1];
    return well;
}

/* What ties the arrays to each other. */
static gboolean
fits_together(const FalImage *it)
{
    const FalImageSizes *n = &it->sizes;

    return rises(it->by_user.start, n->users, n->pairs) &&
           rises(it->by_artist.start, n->artists, n->pairs) &&
           rises(it->alias_start, n->artists, n->aliases) &&
           it->names.bytes[n->names - 1] == '\0' && it->folded.bytes[n->folded - 1] == '\0' &&
           it->alias_names[n->alias_names - 1] == '\0';
}

static gboolean
index_map(FalIdMap *map)
{
    gint32 n_small = map->n_small;

    return fal_id_map_index(map, NULL) && map->n_small == n_small;
}

static gboolean
read_sections(int fd, FalDataset *dataset, GVariant *meta, gint64 end, FalTask *task)
{
    g_autoptr(GVariant) sizes = g_variant_get_child_value(meta, 1);
    g_autoptr(GVariant) listed = g_variant_get_child_value(meta, 2);
    g_autofree Block *blocks = NULL;
    fal_autofree gint64 *alias_ids = NULL;
    fal_autofree gint64 *alias_at = NULL;
    Reader reader = {fd, NULL, task, FALSE};
    FalSection sections[FAL_N_SECTIONS];
    gconstpointer given;
    gint64 n_blocks = 0;
    gsize n;
    FalImage image = {.users = NULL};

    given = g_variant_get_fixed_array(sizes, &n, sizeof(gint64));
    if (n != FAL_N_IMAGE_SIZES)
        return FALSE;
    memcpy(&image.sizes, given, sizeof image.sizes);
    if (!sizes_fit(&image.sizes, end))
        return FALSE;
    make_image(&image, dataset);
    image.alias_ids = alias_ids = FAL_NEW(gint64, image.sizes.aliases, NULL);
    image.alias_at = alias_at = FAL_NEW(gint64, image.sizes.aliases, NULL);
    fal_image_sections(&image, sections);
    if (!dataset->aliases)
        return FALSE;
    for (int i = 0; i < FAL_N_SECTIONS; i++) {
        if (!sections[i].data && sections[i].n > 0)
            return FALSE;
        n_blocks += count_blocks(&sections[i]);
    }
    reader.blocks = blocks = g_new0(Block, (gsize)n_blocks);
    if (!list_blocks(listed, sections, end, blocks))
        return FALSE;
    fal_parallel_for(n_blocks, do_block, &reader);
    if (reader.failed || fal_task_cancelled(task) || !fits_together(&image) ||
        !index_map(dataset->users) || !index_map(dataset->artists))
        return FALSE;
    for (gint64 i = 0; i < image.sizes.aliases; i++)
        dataset->aliases[i] = (FalAlias){alias_ids[i], image.alias_names + alias_at[i]};
    return TRUE;
}

/* The source of what was kept; an archive is not unpacked for it. */
static FalSource *
read_source(GVariant *meta, const char *path)
{
    g_autoptr(GVariant) members = g_variant_get_child_value(meta, 3);
    int member[FAL_N_PARTS];
    const char *name[FAL_N_PARTS];

    if (g_variant_n_children(members) != FAL_N_PARTS)
        return NULL;
    for (FalPart part = 0; part < FAL_N_PARTS; part++)
        g_variant_get_child(members, part, "(i&s)", &member[part], &name[part]);
    if (member[FAL_PART_PLAYS] < 0)
        return fal_source_new(path, NULL);
    return fal_source_new_members(path, member, name);
}

static void
read_figures(GVariant *meta, FalDataset *dataset)
{
    FalDatasetStats *s = &dataset->stats;
    g_autoptr(GVariant) stats = g_variant_get_child_value(meta, 5);
    g_autoptr(GVariant) problems = g_variant_get_child_value(meta, 6);

    g_variant_get_child(meta, 4, "t", &dataset->fingerprint);
    g_variant_get(stats, "(iixtxxxxxid)", &s->users, &s->artists, &s->pairs, &s->plays,
                  &s->rows, &s->malformed, &s->aliases, &s->rewritten, &s->merged, &s->unnamed,
                  &s->density);
    for (gsize i = 0; i < g_variant_n_children(problems); i++) {
        FalProblem problem;
        const char *reason;
        char *text;
        guchar part;

        g_variant_get_child(problems, i, "(yx&ss)", &part, &problem.line, &reason, &text);
        problem.file = dataset->files[MIN(part, FAL_N_PARTS - 1)];
        problem.reason = g_intern_string(reason);
        problem.text = text;
        g_array_append_val(dataset->problems, problem);
    }
}

FalDataset *
fal_image_read(int fd, const char *path, const char *key, FalTask *task)
{
    g_autoptr(FalDataset) dataset = NULL;
    g_autoptr(GVariant) meta = NULL;
    FalSource *source;
    const char *its_key;
    gint64 end;

    fal_task_stage(task, "reading the cache", 0);
    meta = read_meta(fd, &end);
    if (!meta)
        return NULL;
    g_variant_get_child(meta, 0, "^&ay", &its_key);
    source = strcmp(its_key, key) == 0 ? read_source(meta, path) : NULL;
    if (!source)
        return NULL;
    dataset = fal_dataset_new(path, source);
    fal_task_stage(task, "reading the cache", (double)end);
    if (!read_sections(fd, dataset, meta, end, task))
        return NULL;
    read_figures(meta, dataset);
    return g_steal_pointer(&dataset);
}
