/* Lines in chunks.
 *
 * A file that is read as it is needs no order: any thread reads any stretch of it, and the
 * lines that begin in a stretch are its. It is read and not mapped, so that what of it is in
 * memory does not count as ours, and a file that is cut while it is read is an error and no
 * signal. Where bytes have to be unpacked one thread does so, and the others take what it has
 * done.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/chunks.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "base/error.h"
#include "base/parallel.h"

/* Bytes behind a chunk: the LF, and what a parser may read at a time. */
#define PAD 32
/* What is read beyond a stretch, for the end of its last line. */
#define BEYOND ((gsize)4 << 10)
#define BLOCK  ((gsize)1 << 20)

typedef struct {
    char *bytes;
    gsize capacity; /* without the pad */
    gsize filled;
    gint64 index;
} Buffer;

static void
buffer_free(gpointer data)
{
    Buffer *buffer = data;

    if (!buffer)
        return;
    g_free(buffer->bytes);
    g_free(buffer);
}

static gboolean
buffer_reserve(Buffer *buffer, gsize capacity, GError **error)
{
    char *bytes;

    if (capacity <= buffer->capacity)
        return TRUE;
    bytes = g_try_realloc(buffer->bytes, capacity + PAD);
    if (!bytes) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_MEMORY,
                            "not enough memory to read the data: close other programs");
        return FALSE;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return TRUE;
}

/* The chunk that the bytes from .. to - 1 of the buffer are. */
static FalChunk
chunk_of(Buffer *buffer, FalPart part, gsize from, gsize to)
{
    FalChunk chunk = {part, buffer->index, buffer->bytes + from, to - from};

    memset(buffer->bytes + to, 0, PAD);
    buffer->bytes[to] = '\n';
    if (chunk.index == 0 && chunk.n_bytes >= 3 && memcmp(chunk.bytes, "\xef\xbb\xbf", 3) == 0) {
        chunk.bytes += 3;
        chunk.n_bytes -= 3;
    }
    return chunk;
}

/* --- what both ways of reading share --- */

typedef struct {
    const FalChunks *chunks;
    FalPart part;
    FalStream *stream;
    GPtrArray *results;
    pthread_mutex_t lock;
    /* under the lock: */
    GPtrArray *spare; /* Buffer */
    GError *error;    /* the first one */
    gint stopped;     /* atomic: there is no use in going on */
} Reading;

static void
reading_init(Reading *it, const FalChunks *chunks, FalStream *stream, FalPart part,
             GPtrArray *results)
{
    *it = (Reading){
        .chunks = chunks,
        .part = part,
        .stream = stream,
        .results = results,
        .spare = g_ptr_array_new_with_free_func(buffer_free),
    };
    pthread_mutex_init(&it->lock, NULL);
}

/* Frees what reading took; FALSE where it failed. */
static gboolean
reading_end(Reading *it, GError **error)
{
    gboolean well = it->error == NULL;

    pthread_mutex_destroy(&it->lock);
    g_ptr_array_unref(it->spare);
    if (!well)
        g_propagate_error(error, it->error);
    return well && !fal_task_stopped(it->chunks->task, error) &&
           fal_stream_check(it->stream, error);
}

/* Takes error. */
static void
reading_fail(Reading *it, GError *error)
{
    pthread_mutex_lock(&it->lock);
    if (it->error)
        g_error_free(error);
    else
        it->error = error;
    pthread_mutex_unlock(&it->lock);
    g_atomic_int_set(&it->stopped, TRUE);
}

static gboolean
reading_stopped(Reading *it)
{
    return g_atomic_int_get(&it->stopped) || fal_task_cancelled(it->chunks->task);
}

static Buffer *
take_buffer(Reading *it)
{
    Buffer *buffer = NULL;

    pthread_mutex_lock(&it->lock);
    if (it->spare->len > 0)
        buffer = g_ptr_array_steal_index_fast(it->spare, it->spare->len - 1);
    pthread_mutex_unlock(&it->lock);
    return buffer ? buffer : g_new0(Buffer, 1);
}

static void
give_back(Reading *it, Buffer *buffer)
{
    pthread_mutex_lock(&it->lock);
    g_ptr_array_add(it->spare, buffer);
    pthread_mutex_unlock(&it->lock);
}

/* --- a file that is read as it is --- */

typedef struct {
    Reading base;
    int fd;
    gint64 size;
    guint first; /* where its results begin */
} Plain;

/* Appends the bytes of the file from `at` on until the buffer holds `filled`. */
static gboolean
read_at(const Plain *it, Buffer *buffer, gint64 at, gsize filled, GError **error)
{
    if (!buffer_reserve(buffer, filled, error))
        return FALSE;
    while (buffer->filled < filled) {
        gssize n = pread(it->fd, buffer->bytes + buffer->filled, filled - buffer->filled,
                         at + (gint64)buffer->filled);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            fal_stream_fail(it->base.stream, g_strerror(errno), error);
        else if (n == 0)
            fal_stream_fail(it->base.stream, FAL_CHANGED, error);
        if (n <= 0)
            return FALSE;
        buffer->filled += (gsize)n;
    }
    return TRUE;
}

/* Where the line that the byte before `to` belongs to ends, or is cut; reads on where it is not
 * yet in the buffer, whose first byte is the file's byte `at`. */
static gboolean
find_end(const Plain *it, Buffer *buffer, gint64 at, gsize from, gsize to, gsize *end,
         GError **error)
{
    const char *start = memrchr(buffer->bytes + from, '\n', to - 1 - from);
    gsize line = start ? (gsize)(start + 1 - buffer->bytes) : from;
    gsize seen = to - 1;

    for (;;) {
        const char *newline = memchr(buffer->bytes + seen, '\n', buffer->filled - seen);
        gsize more = MIN(2 * buffer->filled, (gsize)(it->size - at));

        *end = newline ? (gsize)(newline + 1 - buffer->bytes) : buffer->filled;
        if (newline || more == buffer->filled)
            return TRUE;
        if (buffer->filled > line + FAL_MAX_LINE) {
            *end = line + FAL_MAX_LINE + 1;
            return TRUE;
        }
        seen = buffer->filled;
        if (!read_at(it, buffer, at, more, error))
            return FALSE;
    }
}

/* The lines that begin in the stretch. */
static gboolean
read_stretch(const Plain *it, Buffer *buffer, gint64 stretch, FalChunk *chunk, GError **error)
{
    gint64 size = (gint64)it->base.chunks->size;
    gint64 first = stretch * size;
    /* The byte before says whether a line begins at the first one. */
    gint64 at = first - (stretch > 0);
    gsize to = (gsize)(MIN(first + size, it->size) - at);
    const char *newline;
    gsize from = 0, end;

    buffer->index = stretch;
    buffer->filled = 0;
    if (!read_at(it, buffer, at, MIN(to + BEYOND, (gsize)(it->size - at)), error))
        return FALSE;
    if (stretch > 0) {
        newline = memchr(buffer->bytes, '\n', to - 1);
        if (!newline) {
            *chunk = chunk_of(buffer, it->base.part, 0, 0);
            return TRUE;
        }
        from = (gsize)(newline + 1 - buffer->bytes);
    }
    if (!find_end(it, buffer, at, from, to, &end, error))
        return FALSE;
    *chunk = chunk_of(buffer, it->base.part, from, end);
    return TRUE;
}

static void
do_stretch(gint64 stretch, int worker, gpointer data)
{
    Plain *it = data;
    const FalChunks *chunks = it->base.chunks;
    gint64 from = stretch * (gint64)chunks->size;
    Buffer *buffer;
    FalChunk chunk;
    GError *error = NULL;
    gpointer result = NULL;

    (void)worker;
    if (reading_stopped(&it->base))
        return;
    buffer = take_buffer(&it->base);
    if (read_stretch(it, buffer, stretch, &chunk, &error))
        result = chunks->fn(&chunk, chunks->data, &error);
    give_back(&it->base, buffer);
    it->base.results->pdata[it->first + (guint)stretch] = result;
    if (!result)
        reading_fail(&it->base, error);
    fal_task_add(chunks->task, (double)(MIN(from + (gint64)chunks->size, it->size) - from));
}

static gboolean
read_plain(const FalChunks *chunks, FalStream *stream, FalPart part, GPtrArray *results,
           GError **error)
{
    Plain it = {.fd = fal_stream_fd(stream), .size = fal_stream_size(stream)};
    gint64 n = (it.size + (gint64)chunks->size - 1) / (gint64)chunks->size;

    it.first = results->len;
    reading_init(&it.base, chunks, stream, part, results);
    g_ptr_array_set_size(results, (gint)(it.first + (guint)n));
    fal_parallel_for(n, do_stretch, &it);
    return reading_end(&it.base, error);
}

/* --- a stream of bytes --- */

/* Whole lines out of a stream. */
typedef struct {
    FalStream *stream;
    FalTask *task;
    gsize size;
    gint64 index;
    char *rest; /* of the last buffer: the start of a line */
    gsize n_rest;
    gboolean cut; /* a line that was too long goes on: skip it */
    gboolean ended;
} Cutter;

/* Drops what belongs to a line that was cut. */
static void
skip_cut(Cutter *cutter, Buffer *buffer, gsize from)
{
    char *start = buffer->bytes + from;
    char *newline = memchr(start, '\n', buffer->filled - from);
    gsize dropped = newline ? (gsize)(newline + 1 - start) : buffer->filled - from;

    memmove(start, start + dropped, buffer->filled - from - dropped);
    buffer->filled -= dropped;
    cutter->cut = newline == NULL;
}

/* Where the buffer is to be cut: behind its last line, or in one that is too long; 0 where more
 * has to be read. */
static gsize
cut_at(Cutter *cutter, const Buffer *buffer)
{
    const char *newline;

    if (cutter->ended)
        return buffer->filled;
    if (buffer->filled < cutter->size)
        return 0;
    newline = memrchr(buffer->bytes, '\n', buffer->filled);
    if (newline)
        return (gsize)(newline + 1 - buffer->bytes);
    return buffer->filled > FAL_MAX_LINE ? FAL_MAX_LINE + 1 : 0;
}

/* Fills the buffer with the next lines; n_bytes is 0 at the end. */
static gboolean
cut_lines(Cutter *cutter, Buffer *buffer, FalPart part, FalChunk *chunk, GError **error)
{
    gsize step = MIN(cutter->size, BLOCK), to;

    buffer->index = cutter->index++;
    if (!buffer_reserve(buffer, MAX(cutter->size, FAL_MAX_LINE) + 2 * BLOCK, error))
        return FALSE;
    buffer->filled = cutter->n_rest;
    memcpy(buffer->bytes, cutter->rest, cutter->n_rest);
    while ((to = cut_at(cutter, buffer)) == 0 && !cutter->ended) {
        gsize from = buffer->filled;
        gssize n;

        if (fal_task_stopped(cutter->task, error))
            return FALSE;
        n = fal_stream_read(cutter->stream, buffer->bytes + from, step, error);
        if (n < 0)
            return FALSE;
        cutter->ended = n == 0;
        buffer->filled += (gsize)n;
        if (cutter->cut)
            skip_cut(cutter, buffer, from);
        fal_task_advance(cutter->task, (double)fal_stream_offset(cutter->stream));
    }
    cutter->cut |= to > 0 && buffer->bytes[to - 1] != '\n' && !cutter->ended;
    if (cutter->cut)
        skip_cut(cutter, buffer, to);
    cutter->n_rest = buffer->filled - to;
    memcpy(cutter->rest, buffer->bytes + to, cutter->n_rest);
    *chunk = chunk_of(buffer, part, 0, to);
    return TRUE;
}

static void
cutter_init(Cutter *cutter, FalStream *stream, gsize size, FalTask *task)
{
    *cutter = (Cutter){.stream = stream, .task = task, .size = size};
    cutter->rest = g_malloc(MAX(size, FAL_MAX_LINE) + 2 * BLOCK);
}

/* A chunk on its way from the one who unpacks to those who parse. */
typedef struct {
    Buffer *buffer;
    FalChunk chunk;
} Item;

typedef struct {
    Reading base;
    pthread_cond_t changed;
    /* under the lock: */
    GQueue ready;   /* Item */
    guint in_use;   /* buffers that are neither spare nor being unpacked into */
    guint most;     /* of these */
    gboolean ended; /* nothing more will come */
} Pipe;

/* FALSE where nobody wants it any more. */
static gboolean
push_item(Pipe *pipe, Item *item)
{
    gboolean wanted;

    pthread_mutex_lock(&pipe->base.lock);
    while (pipe->in_use >= pipe->most && !g_atomic_int_get(&pipe->base.stopped))
        pthread_cond_wait(&pipe->changed, &pipe->base.lock);
    wanted = !g_atomic_int_get(&pipe->base.stopped);
    pipe->in_use++;
    g_queue_push_tail(&pipe->ready, item);
    pthread_cond_broadcast(&pipe->changed);
    pthread_mutex_unlock(&pipe->base.lock);
    return wanted;
}

static gpointer
unpack(gpointer data)
{
    Pipe *pipe = data;
    Cutter cutter;
    gboolean more = TRUE;

    cutter_init(&cutter, pipe->base.stream, pipe->base.chunks->size, pipe->base.chunks->task);
    while (more) {
        Item *item = g_new0(Item, 1);
        GError *error = NULL;

        item->buffer = take_buffer(&pipe->base);
        if (!cut_lines(&cutter, item->buffer, pipe->base.part, &item->chunk, &error)) {
            reading_fail(&pipe->base, error);
            item->chunk.n_bytes = 0;
            more = FALSE;
        }
        more = more && !cutter.ended;
        more = push_item(pipe, item) && more;
    }
    g_free(cutter.rest);
    pthread_mutex_lock(&pipe->base.lock);
    pipe->ended = TRUE;
    pthread_cond_broadcast(&pipe->changed);
    pthread_mutex_unlock(&pipe->base.lock);
    return NULL;
}

/* The next chunk to parse, NULL where none will come. */
static Item *
pop_item(Pipe *pipe)
{
    Item *item;

    pthread_mutex_lock(&pipe->base.lock);
    while (!(item = g_queue_pop_head(&pipe->ready)) && !pipe->ended)
        pthread_cond_wait(&pipe->changed, &pipe->base.lock);
    pthread_mutex_unlock(&pipe->base.lock);
    return item;
}

static void
put_result(Pipe *pipe, guint at, gpointer result)
{
    GPtrArray *results = pipe->base.results;

    pthread_mutex_lock(&pipe->base.lock);
    if (results->len <= at)
        g_ptr_array_set_size(results, (gint)at + 1);
    results->pdata[at] = result;
    pipe->in_use--;
    pthread_cond_broadcast(&pipe->changed);
    pthread_mutex_unlock(&pipe->base.lock);
}

typedef struct {
    Pipe *pipe;
    guint first; /* where its results begin */
} Consume;

/* What comes after a failure is taken from the queue all the same, so that it is freed. */
static void
consume(gint64 block, int worker, gpointer data)
{
    const Consume *it = data;
    Pipe *pipe = it->pipe;
    const FalChunks *chunks = pipe->base.chunks;
    Item *item;

    (void)block;
    (void)worker;
    while ((item = pop_item(pipe))) {
        guint at = it->first + (guint)item->chunk.index;
        GError *error = NULL;
        gpointer result = NULL;

        if (!reading_stopped(&pipe->base)) {
            result = chunks->fn(&item->chunk, chunks->data, &error);
            if (!result)
                reading_fail(&pipe->base, error);
        }
        give_back(&pipe->base, item->buffer);
        put_result(pipe, at, result);
        g_free(item);
    }
}

static gboolean
read_pipe(const FalChunks *chunks, FalStream *stream, FalPart part, GPtrArray *results,
          GError **error)
{
    Pipe pipe = {.most = (guint)fal_parallel_threads() + 2};
    Consume it = {&pipe, results->len};
    GThread *thread;

    reading_init(&pipe.base, chunks, stream, part, results);
    pthread_cond_init(&pipe.changed, NULL);
    g_queue_init(&pipe.ready);
    thread = g_thread_new("unpack", unpack, &pipe);
    fal_parallel_for(fal_parallel_threads(), consume, &it);
    g_thread_join(thread);
    pthread_cond_destroy(&pipe.changed);
    return reading_end(&pipe.base, error);
}

gboolean
fal_chunks_read(const FalChunks *chunks, FalStream *stream, FalPart part, GPtrArray *results,
                GError **error)
{
    if (fal_stream_fd(stream) >= 0)
        return read_plain(chunks, stream, part, results, error);
    return read_pipe(chunks, stream, part, results, error);
}

/* --- line by line --- */

static gboolean
give_lines(const FalChunk *chunk, gint64 *line_no, FalLineFn fn, gpointer data, GError **error)
{
    const char *at = chunk->bytes, *end = at + chunk->n_bytes, *line;
    gsize n_bytes;

    while (fal_chunk_line(&at, end, &line, &n_bytes))
        if (!fn(line, n_bytes, ++*line_no, data, error))
            return FALSE;
    return TRUE;
}

gboolean
fal_chunks_lines(FalStream *stream, FalLineFn fn, gpointer data, FalTask *task, GError **error)
{
    Buffer buffer = {.bytes = NULL};
    Cutter cutter;
    FalChunk chunk;
    gint64 line_no = 0;
    gboolean well = TRUE;

    cutter_init(&cutter, stream, FAL_CHUNK, task);
    while (well && !cutter.ended)
        well = cut_lines(&cutter, &buffer, FAL_PART_PLAYS, &chunk, error) &&
               give_lines(&chunk, &line_no, fn, data, error);
    g_free(cutter.rest);
    g_free(buffer.bytes);
    return well && fal_stream_check(stream, error);
}
