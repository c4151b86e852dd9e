/* Names: parsing them, and putting them in the order of the rows, so that who walks along the
 * rows walks along the names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/names.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"

#define TEXTS_PER_BLOCK 4096
/* How far ahead a name is fetched: they lie all over the memory. */
#define AHEAD 16

typedef struct {
    gint64 id;
    gint64 at; /* of its name in the texts */
} Name;

struct FalNameChunk {
    FalBadLines bad;
    GArray *names; /* Name */
    GString *texts;
};

static gboolean
is_plain_ascii(const char *bytes, gsize n_bytes)
{
    guchar all = 0;
    gboolean zero = FALSE;

    for (gsize i = 0; i < n_bytes; i++) {
        all |= (guchar)bytes[i];
        zero |= bytes[i] == '\0';
    }
    return all < 0x80 && !zero;
}

static void
add_name(FalNameChunk *parsed, gint64 id, const char *name, gsize n_bytes)
{
    Name added = {id, (gint64)parsed->texts->len};

    if (is_plain_ascii(name, n_bytes)) {
        g_string_append_len(parsed->texts, name, (gssize)n_bytes);
    } else {
        g_autofree char *text = fal_text_from_bytes(name, n_bytes);

        g_string_append(parsed->texts, text);
    }
    g_string_append_c(parsed->texts, '\0');
    g_array_append_val(parsed->names, added);
}

FalNameChunk *
fal_names_parse(const FalChunk *chunk, GError **error)
{
    const char *at = chunk->bytes, *end = at + chunk->n_bytes, *line, *name;
    FalNameChunk *parsed = g_new0(FalNameChunk, 1);
    gsize n_bytes, name_bytes;
    gint64 id;

    (void)error;
    parsed->names = g_array_new(FALSE, FALSE, sizeof(Name));
    parsed->texts = g_string_sized_new(chunk->n_bytes);
    while (fal_chunk_line(&at, end, &line, &n_bytes)) {
        const char *problem = fal_catalogue_parse_name(line, n_bytes, &id, &name, &name_bytes);

        parsed->bad.n_lines++;
        if (problem)
            fal_bad_lines_add(&parsed->bad, problem, line, n_bytes);
        else
            add_name(parsed, id, name, name_bytes);
    }
    return parsed;
}

void
fal_name_chunk_free(FalNameChunk *chunk)
{
    if (!chunk)
        return;
    fal_bad_lines_clear(&chunk->bad);
    g_array_unref(chunk->names);
    g_string_free(chunk->texts, TRUE);
    g_free(chunk);
}

const FalBadLines *
fal_name_chunk_bad(const FalNameChunk *chunk)
{
    return &chunk->bad;
}

typedef struct {
    const GPtrArray *chunks;
    FalNameFn fn;
    gpointer data;
    FalNameRef *refs;
    FalTask *task;
} Find;

/* The last line wins, whichever thread comes first. */
static void
raise_ref(FalNameRef *at, FalNameRef ref)
{
    FalNameRef old = __atomic_load_n(at, __ATOMIC_RELAXED);

    while (old < ref && !__atomic_compare_exchange_n(at, &old, ref, TRUE, __ATOMIC_RELAXED,
                                                     __ATOMIC_RELAXED))
        continue;
}

static void
find_in_chunk(gint64 block, int worker, gpointer data)
{
    const Find *it = data;
    const FalNameChunk *chunk = it->chunks->pdata[block];
    const Name *names = (const Name *)(const void *)chunk->names->data;
    gint64 ids[FAL_NAMES], places[FAL_NAMES];

    (void)worker;
    if (fal_task_cancelled(it->task))
        return;
    for (guint done = 0; done < chunk->names->len; done += FAL_NAMES) {
        int n = (int)MIN(chunk->names->len - done, FAL_NAMES);

        for (int i = 0; i < n; i++)
            ids[i] = names[done + (guint)i].id;
        it->fn(ids, n, places, it->data);
        for (int i = 0; i < n; i++)
            if (places[i] >= 0)
                raise_ref(&it->refs[places[i]],
                          (guint64)(block + 1) << 32 | (guint64)names[done + (guint)i].at);
    }
}

void
fal_names_find(const GPtrArray *chunks, FalNameFn fn, gpointer data, FalNameRef *refs,
               FalTask *task)
{
    Find it = {chunks, fn, data, refs, task};

    fal_parallel_for(chunks->len, find_in_chunk, &it);
}

void
fal_texts_clear(FalTexts *texts)
{
    fal_free(texts->bytes);
    fal_free(texts->at);
    *texts = (FalTexts){.bytes = NULL};
}

typedef struct {
    const GPtrArray *chunks;
    const FalNameRef *refs;
    gint64 n;
    FalTexts *texts, *folded; /* one or two */
    GString **blocks;         /* of the texts, then of the folded ones */
    gint64 *from;             /* where each of them goes */
    gint64 n_blocks;
    FalTask *task;
} Arrange;

static const char *
text_of(const Arrange *it, FalNameRef ref)
{
    const FalNameChunk *chunk;

    if (ref == 0)
        return "";
    chunk = it->chunks->pdata[(ref >> 32) - 1];
    return chunk->texts->str + (guint32)ref;
}

/* Copies a block of texts; at[] becomes where they are within the block. */
static void
arrange_block(gint64 block, int worker, gpointer data)
{
    Arrange *it = data;
    gint64 end = MIN(it->n, (block + 1) * TEXTS_PER_BLOCK);
    GString *out = it->blocks[block] = g_string_sized_new(30 * TEXTS_PER_BLOCK);
    GString *folded = NULL;

    (void)worker;
    if (it->folded)
        folded = it->blocks[it->n_blocks + block] = g_string_sized_new(30 * TEXTS_PER_BLOCK);
    if (fal_task_cancelled(it->task))
        return;
    for (gint64 i = block * TEXTS_PER_BLOCK; i < end; i++) {
        const char *text = text_of(it, it->refs[i]);

        if (i + AHEAD < end)
            __builtin_prefetch(text_of(it, it->refs[i + AHEAD]));
        it->texts->at[i] = (gint64)out->len;
        g_string_append(out, text);
        g_string_append_c(out, '\0');
        if (folded) {
            it->folded->at[i] = (gint64)folded->len;
            fal_text_fold_append(folded, text);
            g_string_append_c(folded, '\0');
        }
    }
    fal_task_add(it->task, TEXTS_PER_BLOCK);
}

/* Puts a block where it goes; block counts on from the texts to the folded ones. */
static void
place_block(gint64 block, int worker, gpointer data)
{
    Arrange *it = data;
    FalTexts *texts = block < it->n_blocks ? it->texts : it->folded;
    gint64 first = block % it->n_blocks * TEXTS_PER_BLOCK;
    GString *from = it->blocks[block];

    (void)worker;
    memcpy(texts->bytes + it->from[block], from->str, from->len);
    for (gint64 i = first; i < MIN(it->n, first + TEXTS_PER_BLOCK); i++)
        texts->at[i] += it->from[block];
    g_string_free(from, TRUE);
    it->blocks[block] = NULL;
}

static gboolean
texts_init(FalTexts *texts, gint64 n, GError **error)
{
    *texts = (FalTexts){.n = n, .length = 1, .at = FAL_NEW(gint64, n, error)};
    return texts->at != NULL;
}

/* Makes room for the blocks from `block` on. */
static gboolean
make_room(Arrange *it, FalTexts *texts, gint64 block, GError **error)
{
    for (gint64 i = block; i < block + it->n_blocks; i++) {
        it->from[i] = texts->length;
        texts->length += (gint64)it->blocks[i]->len;
    }
    texts->bytes = FAL_NEW(char, texts->length, error);
    return texts->bytes != NULL;
}

gboolean
fal_names_arrange(const GPtrArray *chunks, const FalNameRef *refs, gint64 n, FalTexts *texts,
                  FalTexts *folded, FalTask *task, GError **error)
{
    gint64 n_blocks = (n + TEXTS_PER_BLOCK - 1) / TEXTS_PER_BLOCK;
    gint64 n_all = folded ? 2 * n_blocks : n_blocks;
    g_autofree GString **blocks = g_new0(GString *, (gsize)n_all);
    g_autofree gint64 *from = g_new0(gint64, (gsize)n_all);
    Arrange it = {chunks, refs, n, texts, folded, blocks, from, n_blocks, task};
    gboolean well;

    if (!texts_init(texts, n, error) || (folded && !texts_init(folded, n, error)))
        return FALSE;
    fal_parallel_for(n_blocks, arrange_block, &it);
    well = !fal_task_stopped(task, error) && make_room(&it, texts, 0, error) &&
           (!folded || make_room(&it, folded, n_blocks, error));
    if (well)
        fal_parallel_for(n_all, place_block, &it);
    for (gint64 i = 0; i < n_all; i++)
        if (blocks[i])
            g_string_free(blocks[i], TRUE);
    return well;
}
