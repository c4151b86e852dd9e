/* The lines of a stream's item: in chunks by all cores, or one by one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_CHUNKS_H
#define FAL_DATA_CHUNKS_H

#include <string.h>

#include "data/reader.h"
#include "data/stream.h"

/* What is longer is cut there. */
#define FAL_MAX_LINE ((gsize)1 << 20)
/* Large enough to make little of what a chunk costs, small enough for a processor's cache. */
#define FAL_CHUNK ((gsize)1 << 20)

/* Whole lines, without a byte order mark before the first of all; the last one may lack its
 * end. Behind them stands an LF and then a few bytes that may be read and mean nothing. */
typedef struct {
    FalPart part;
    gint64 index; /* chunks of a part are numbered in the order of the file */
    const char *bytes;
    gsize n_bytes;
} FalChunk;

/* The next line before end, without its LF or CRLF; FALSE where there is none. */
static inline gboolean
fal_chunk_line(const char **at, const char *end, const char **line, gsize *n_bytes)
{
    const char *newline;

    if (*at >= end)
        return FALSE;
    newline = (const char *)memchr(*at, '\n', (gsize)(end - *at));
    if (!newline)
        newline = end;
    *line = *at;
    *n_bytes = (gsize)(newline - *at);
    *at = newline + 1;
    if (*n_bytes > 0 && newline[-1] == '\r')
        --*n_bytes;
    *n_bytes = MIN(*n_bytes, FAL_MAX_LINE);
    return TRUE;
}

/* Makes of a chunk what is to be kept of it; NULL with error set. Any thread calls it, for
 * several chunks at a time. */
typedef gpointer (*FalChunkFn)(const FalChunk *chunk, gpointer data, GError **error);

typedef struct {
    gsize size; /* bytes of a chunk, about */
    FalChunkFn fn;
    gpointer data;
    FalTask *task;
} FalChunks;

/* Gives the item that stream is at to chunks->fn and appends what that makes of it to results,
 * which owns it, in the order of the file. Adds to the task's progress where the file is read
 * as it is, else advances it to where in the file on disk it is. FAL_ERROR_DATA, _MEMORY,
 * _CANCELLED. */
gboolean fal_chunks_read(const FalChunks *chunks, FalStream *stream, FalPart part,
                         GPtrArray *results, GError **error);

/* A source (reader.h) with all its parts read that way, each with its stage, into
 * results[part]. What is packed is unpacked once for all of them. */
FalSource *fal_source_new_read(const char *path, const FalChunks *chunks,
                               GPtrArray *const *results, GError **error);

/* Gives the item's lines to fn, in order, on this thread. */
gboolean fal_chunks_lines(FalStream *stream, FalLineFn fn, gpointer data, FalTask *task,
                          GError **error);

#endif
