/* Bytes from files and archives.
 *
 * Plain files are read directly. Everything else goes through libarchive, except that gzip is
 * undone here before it: libarchive does not look at gzip's checksum, so that a damaged file
 * would pass for a good one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/paths.h"

#define BLOCK ((gsize)1 << 20)

/* A file on disk, unzipped where it is gzip. */
struct FalStream {
    const char *path;
    FalTask *task;           /* may be NULL */
    struct stat opened;      /* what the file was then */
    struct archive *archive; /* what libarchive makes of it, NULL where it is not asked */
    gboolean members;        /* they are the items */
    gboolean at_item;        /* there is one to read from */
    gboolean direct;         /* it is the file's own bytes */
    int fd;
    gint64 offset; /* of what is on disk */
    gboolean at_end;
    GConverter *gunzip; /* NULL for other files */
    gboolean finished;  /* a gzip member has ended */
    char *raw;          /* BLOCK bytes as on disk, raw_from .. raw_to - 1 not used yet */
    gsize raw_from, raw_to;
    char *plain;   /* BLOCK bytes, unzipped */
    GError *error; /* of a read that libarchive asked for */
};

void
fal_stream_free(FalStream *stream)
{
    if (!stream)
        return;
    archive_read_free(stream->archive);
    if (stream->fd >= 0)
        close(stream->fd);
    g_clear_object(&stream->gunzip);
    g_clear_error(&stream->error);
    g_free(stream->raw);
    g_free(stream->plain);
    g_free(stream);
}

/* Appends to the raw bytes that are left what there is room for. */
static gboolean
stream_fill(FalStream *stream, GError **error)
{
    gssize n;

    memmove(stream->raw, stream->raw + stream->raw_from, stream->raw_to - stream->raw_from);
    stream->raw_to -= stream->raw_from;
    stream->raw_from = 0;
    do
        n = read(stream->fd, stream->raw + stream->raw_to, BLOCK - stream->raw_to);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_DATA, g_strerror(errno));
        return FALSE;
    }
    stream->at_end = n == 0;
    stream->raw_to += (gsize)n;
    stream->offset += n;
    return TRUE;
}

/* After a gzip member there is another one, zeros (as tapes leave them), or nothing. */
static gboolean
next_member(FalStream *stream, GError **error)
{
    for (;;) {
        while (stream->raw_from < stream->raw_to && stream->raw[stream->raw_from] == '\0')
            stream->raw_from++;
        if (stream->raw_from < stream->raw_to)
            break;
        if (!stream_fill(stream, error))
            return FALSE;
        if (stream->at_end)
            return TRUE;
    }
    if (stream->raw[stream->raw_from] != '\x1f') {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_DATA,
                            "there are other bytes after the compressed ones");
        return FALSE;
    }
    g_converter_reset(stream->gunzip);
    stream->finished = FALSE;
    return TRUE;
}

/* One step of unzipping; *n may be 0 before the end. */
static gboolean
gunzip_step(FalStream *stream, gsize *n, GError **error)
{
    g_autoptr(GError) why = NULL;
    GConverterFlags flags = stream->at_end ? G_CONVERTER_INPUT_AT_END : 0;
    GConverterResult result;
    gsize n_read = 0;

    result = g_converter_convert(stream->gunzip, stream->raw + stream->raw_from,
                                 stream->raw_to - stream->raw_from, stream->plain, BLOCK, flags,
                                 &n_read, n, &why);
    if (result == G_CONVERTER_ERROR) {
        gboolean starved = g_error_matches(why, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);

        *n = 0;
        if (starved && !stream->at_end)
            return stream_fill(stream, error);
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_DATA,
                            starved ? "the compressed file is cut short"
                                    : "the compressed file is damaged");
        return FALSE;
    }
    stream->raw_from += n_read;
    stream->finished = result == G_CONVERTER_FINISHED;
    return TRUE;
}

/* The next bytes of the stream, *n = 0 at its end. They hold until the next call. */
static gboolean
stream_next(FalStream *stream, const void **bytes, gsize *n, GError **error)
{
    *n = 0;
    if (!stream->gunzip) {
        if (stream->raw_from == stream->raw_to && !stream_fill(stream, error))
            return FALSE;
        *bytes = stream->raw + stream->raw_from;
        *n = stream->raw_to - stream->raw_from;
        stream->raw_from = stream->raw_to;
        return TRUE;
    }
    *bytes = stream->plain;
    while (*n == 0) {
        if (stream->finished && !next_member(stream, error))
            return FALSE;
        if (stream->finished)
            return TRUE;
        if (!gunzip_step(stream, n, error))
            return FALSE;
    }
    return TRUE;
}

void
fal_stream_set_error(GError **error, const char *path, const char *why)
{
    g_autofree char *shown = g_filename_display_name(path);

    g_set_error(error, FAL_ERROR, FAL_ERROR_DATA, "cannot read %s: %s", shown, why);
}

static FalStream *
open_file(const char *path, GError **error)
{
    g_autoptr(FalStream) stream = g_new0(FalStream, 1);
    g_autoptr(GError) why = NULL;

    stream->path = path;
    /* Without waiting for a writer, should it be a FIFO. */
    stream->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (stream->fd < 0 || fstat(stream->fd, &stream->opened) != 0) {
        g_autofree char *reason = fal_paths_why(path, errno, NULL);
        fal_stream_set_error(error, path, reason);
        return NULL;
    }
    if (!S_ISREG(stream->opened.st_mode)) {
        fal_stream_set_error(
            error, path,
            S_ISDIR(stream->opened.st_mode)
                ? "it is a folder"
                : "it is not a regular file; write the data to one first, as it "
                  "is read more than once");
        return NULL;
    }
    stream->raw = g_malloc(BLOCK);
    if (!stream_fill(stream, &why)) {
        fal_stream_set_error(error, path, why->message);
        return NULL;
    }
    if (stream->raw_to >= 3 && memcmp(stream->raw, "\x1f\x8b\x08", 3) == 0) {
        stream->gunzip = G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP));
        stream->plain = g_malloc(BLOCK);
    }
    return g_steal_pointer(&stream);
}

static la_ssize_t
archive_wants_bytes(struct archive *archive, void *data, const void **bytes)
{
    FalStream *stream = data;
    gsize n;

    (void)archive;
    g_clear_error(&stream->error);
    if (fal_task_stopped(stream->task, &stream->error))
        return ARCHIVE_FATAL;
    return stream_next(stream, bytes, &n, &stream->error) ? (la_ssize_t)n : ARCHIVE_FATAL;
}

/* A zip's list of members is at its end. Libarchive asks from the start or the end only. */
static la_int64_t
archive_wants_seek(struct archive *archive, void *data, la_int64_t offset, int whence)
{
    FalStream *stream = data;
    off_t to = lseek(stream->fd, offset, whence);

    (void)archive;
    if (to < 0)
        return ARCHIVE_FATAL;
    stream->raw_from = stream->raw_to = 0;
    stream->offset = to;
    return to;
}

static void
set_archive_error(GError **error, FalStream *stream)
{
    const char *why = archive_error_string(stream->archive);

    if (g_error_matches(stream->error, FAL_ERROR, FAL_ERROR_CANCELLED)) {
        g_propagate_error(error, g_steal_pointer(&stream->error));
        return;
    }
    if (stream->error)
        why = stream->error->message;
    fal_stream_set_error(error, stream->path, why ? why : "it is damaged");
}

/* Without members the file is one stream of bytes, compressed or not, whatever is in it. */
static gboolean
archive_open(FalStream *stream, GError **error)
{
    struct archive *archive = stream->archive = archive_read_new();

    archive_read_support_filter_all(archive);
    if (stream->members) {
        archive_read_support_format_tar(archive);
        archive_read_support_format_zip(archive);
    }
    archive_read_support_format_raw(archive);
    archive_read_support_format_empty(archive);
    archive_read_set_callback_data(archive, stream);
    archive_read_set_read_callback(archive, archive_wants_bytes);
    if (!stream->gunzip)
        archive_read_set_seek_callback(archive, archive_wants_seek);
    if (archive_read_open1(archive) == ARCHIVE_OK)
        return TRUE;
    set_archive_error(error, stream);
    return FALSE;
}

/* The next entry; *entry is NULL after the last one. */
static gboolean
archive_next(FalStream *stream, struct archive_entry **entry, GError **error)
{
    int status = archive_read_next_header(stream->archive, entry);

    if (status == ARCHIVE_OK || status == ARCHIVE_WARN)
        return TRUE;
    *entry = NULL;
    if (status == ARCHIVE_EOF)
        return TRUE;
    set_archive_error(error, stream);
    return FALSE;
}

/* The archive's name for the member, without what macOS adds. NULL for what is no file. */
static const char *
member_name(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname_utf8(entry);

    if (!name)
        name = archive_entry_pathname(entry);
    if (!name || !g_utf8_validate(name, -1, NULL) || archive_entry_filetype(entry) != AE_IFREG)
        return NULL;
    return g_str_has_prefix(name, "__MACOSX/") || strstr(name, "/__MACOSX/") ? NULL : name;
}

/* Libarchive has found a file without compression: read it directly, which is faster. */
static gboolean
leave_archive(FalStream *stream, GError **error)
{
    archive_read_free(stream->archive);
    stream->archive = NULL;
    stream->offset = 0;
    if (lseek(stream->fd, 0, SEEK_SET) == 0)
        return TRUE;
    fal_stream_set_error(error, stream->path, g_strerror(errno));
    return FALSE;
}

FalStream *
fal_stream_open(const char *path, gboolean members, FalTask *task, GError **error)
{
    g_autoptr(FalStream) stream = open_file(path, error);

    if (!stream)
        return NULL;
    stream->members = members;
    stream->task = task;
    return archive_open(stream, error) ? g_steal_pointer(&stream) : NULL;
}

gboolean
fal_stream_next(FalStream *stream, FalItem *item, GError **error)
{
    struct archive_entry *entry;

    *item = (FalItem){FAL_ITEM_NONE, NULL};
    if (stream->direct)
        return TRUE;
    if (!archive_next(stream, &entry, error))
        return FALSE;
    stream->at_item = entry != NULL;
    if (archive_format(stream->archive) == ARCHIVE_FORMAT_EMPTY) {
        stream->at_item = FALSE;
        item->kind = FAL_ITEM_EMPTY;
    }
    if (!stream->at_item)
        return TRUE;
    if (archive_format(stream->archive) != ARCHIVE_FORMAT_RAW) {
        item->kind = FAL_ITEM_MEMBER;
        item->name = member_name(entry);
        return TRUE;
    }
    item->kind = FAL_ITEM_BYTES;
    if (stream->gunzip || archive_filter_code(stream->archive, 0) != ARCHIVE_FILTER_NONE)
        return TRUE;
    stream->direct = TRUE;
    return leave_archive(stream, error);
}

gssize
fal_stream_read(FalStream *stream, char *to, gsize n, GError **error)
{
    gssize got;

    if (!stream->at_item)
        return 0;
    if (stream->archive) {
        do
            got = archive_read_data(stream->archive, to, n);
        while (got == ARCHIVE_RETRY);
        if (got < 0)
            set_archive_error(error, stream);
        return MAX(got, -1);
    }
    do
        got = read(stream->fd, to, n);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        fal_stream_set_error(error, stream->path, g_strerror(errno));
    else
        stream->offset += got;
    return got;
}

gboolean
fal_stream_drain(FalStream *stream, GError **error)
{
    g_autoptr(GError) why = NULL;
    const void *bytes;
    gsize n = 1;

    while (stream->gunzip && n > 0) {
        if (fal_task_stopped(stream->task, error))
            return FALSE;
        if (!stream_next(stream, &bytes, &n, &why)) {
            fal_stream_set_error(error, stream->path, why->message);
            return FALSE;
        }
    }
    return TRUE;
}

int
fal_stream_fd(const FalStream *stream)
{
    return stream->direct ? stream->fd : -1;
}

gint64
fal_stream_size(const FalStream *stream)
{
    return stream->opened.st_size;
}

gint64
fal_stream_offset(const FalStream *stream)
{
    return stream->offset;
}

void
fal_stream_fail(const FalStream *stream, const char *why, GError **error)
{
    fal_stream_set_error(error, stream->path, why);
}

gboolean
fal_stream_check(FalStream *stream, GError **error)
{
    const struct stat *then = &stream->opened;
    struct stat now;

    if (fstat(stream->fd, &now) == 0 && now.st_size == then->st_size &&
        now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == then->st_mtim.tv_nsec)
        return TRUE;
    fal_stream_fail(stream, FAL_CHANGED, error);
    return FALSE;
}
