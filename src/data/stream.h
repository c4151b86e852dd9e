/* The bytes of a file as they are, unpacked, or of the members of an archive. One thread at a
 * time uses a stream.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_STREAM_H
#define FAL_DATA_STREAM_H

#include "base/task.h"

typedef struct FalStream FalStream;

/* What a stream holds next. */
typedef enum {
    FAL_ITEM_NONE,   /* nothing: its end */
    FAL_ITEM_EMPTY,  /* nothing: the file is empty */
    FAL_ITEM_BYTES,  /* the file's own bytes, unpacked */
    FAL_ITEM_MEMBER, /* of an archive */
} FalItemKind;

typedef struct {
    FalItemKind kind;
    const char *name; /* of a member, UTF-8; NULL where it is no regular file, or one that macOS
                         added. Holds until the next item. */
} FalItem;

/* Opens a file; with members its archive's members are items, without them whatever is in it is
 * one. Borrows path and task for as long as it lives. FAL_ERROR_DATA naming the file; this and
 * what follows, which may have to unpack much on its way, FAL_ERROR_CANCELLED as well. */
FalStream *fal_stream_open(const char *path, gboolean members, FalTask *task, GError **error);
void fal_stream_free(FalStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalStream, fal_stream_free)

/* Goes to the next item. */
gboolean fal_stream_next(FalStream *stream, FalItem *item, GError **error);
/* Reads up to n bytes of the item, 0 at its end, -1 for an error. */
gssize fal_stream_read(FalStream *stream, char *to, gsize n, GError **error);
/* Reads on to the end of a gzip file, where its checksum is. */
gboolean fal_stream_drain(FalStream *stream, GError **error);

/* The open file where the item's bytes are those of the file, for pread(); else -1. */
int fal_stream_fd(const FalStream *stream);
/* Of the file on disk: its size when it was opened, and how much of it was read. */
gint64 fal_stream_size(const FalStream *stream);
gint64 fal_stream_offset(const FalStream *stream);
/* FAL_ERROR_DATA where the file's size or time is not what it was when it was opened. */
gboolean fal_stream_check(FalStream *stream, GError **error);

/* "cannot read PATH: WHY". */
void fal_stream_fail(const FalStream *stream, const char *why, GError **error);
#define FAL_CHANGED "it has changed while it was read: load it again"
/* The same for all who read files. */
void fal_stream_set_error(GError **error, const char *path, const char *why);

#endif
