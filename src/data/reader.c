/* Bytes from files and archives, as lines.
 *
 * Plain files are read directly. Everything else goes through libarchive, except that gzip is
 * undone here before it: libarchive does not look at gzip's checksum, so that a damaged file
 * would pass for a good one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define BLOCK    ((gsize)1 << 20)
#define MAX_LINE ((gsize)1 << 20)

/* A file on disk, unzipped where it is gzip. */
typedef struct {
    const char *path;
    struct archive *archive; /* what libarchive makes of it, NULL where it is not asked */
    int fd;
    gint64 size, offset; /* of what is on disk */
    gboolean at_end;
    GConverter *gunzip; /* NULL for other files */
    gboolean finished;  /* a gzip member has ended */
    char *raw;          /* BLOCK bytes as on disk, raw_from .. raw_to - 1 not used yet */
    gsize raw_from, raw_to;
    char *plain;   /* BLOCK bytes, unzipped */
    GError *error; /* of a read that libarchive asked for */
} Stream;

typedef struct {
    char *path; /* the file on disk */
    char *name; /* for messages */
    int member; /* its number in the archive, -1 where the file is the part itself */
} Part;

struct FalSource {
    Part parts[FAL_N_PARTS];
};

static const struct {
    const char *prefix, *what, *stage;
} kinds[FAL_N_PARTS] = {
    [FAL_PART_PLAYS] = {"user_artist_data", "plays", "reading plays"},
    [FAL_PART_NAMES] = {"artist_data", "names", "reading names"},
    [FAL_PART_ALIASES] = {"artist_alias", "aliases", "reading aliases"},
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DIR, closedir)

static void
stream_close(Stream *stream)
{
    archive_read_free(stream->archive);
    if (stream->fd >= 0)
        close(stream->fd);
    g_clear_object(&stream->gunzip);
    g_clear_error(&stream->error);
    g_free(stream->raw);
    g_free(stream->plain);
    g_free(stream);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Stream, stream_close)

/* Appends to the raw bytes that are left what there is room for. */
static gboolean
stream_fill(Stream *stream, GError **error)
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
next_member(Stream *stream, GError **error)
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
gunzip_step(Stream *stream, gsize *n, GError **error)
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
stream_next(Stream *stream, const void **bytes, gsize *n, GError **error)
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

static void
set_cannot_read(GError **error, const char *path, const char *why)
{
    g_autofree char *shown = g_filename_display_name(path);

    g_set_error(error, FAL_ERROR, FAL_ERROR_DATA, "cannot read %s: %s", shown, why);
}

static Stream *
stream_open(const char *path, GError **error)
{
    g_autoptr(Stream) stream = g_new0(Stream, 1);
    g_autoptr(GError) why = NULL;
    struct stat status;

    stream->path = path;
    /* Without waiting for a writer, should it be a FIFO. */
    stream->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (stream->fd < 0 || fstat(stream->fd, &status) != 0) {
        set_cannot_read(error, path, g_strerror(errno));
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        set_cannot_read(error, path,
                        S_ISDIR(status.st_mode)
                            ? "it is a folder"
                            : "it is not a regular file; write the data to one first, as it "
                              "is read more than once");
        return NULL;
    }
    stream->size = status.st_size;
    stream->raw = g_malloc(BLOCK);
    if (!stream_fill(stream, &why)) {
        set_cannot_read(error, path, why->message);
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
    Stream *stream = data;
    gsize n;

    (void)archive;
    g_clear_error(&stream->error);
    return stream_next(stream, bytes, &n, &stream->error) ? (la_ssize_t)n : ARCHIVE_FATAL;
}

/* A zip's list of members is at its end. Libarchive asks from the start or the end only. */
static la_int64_t
archive_wants_seek(struct archive *archive, void *data, la_int64_t offset, int whence)
{
    Stream *stream = data;
    off_t to = lseek(stream->fd, offset, whence);

    (void)archive;
    if (to < 0)
        return ARCHIVE_FATAL;
    stream->raw_from = stream->raw_to = 0;
    stream->offset = to;
    return to;
}

static void
set_archive_error(GError **error, Stream *stream)
{
    const char *why = archive_error_string(stream->archive);

    if (stream->error)
        why = stream->error->message;
    set_cannot_read(error, stream->path, why ? why : "it is damaged");
}

/* Without members the file is one stream of bytes, compressed or not, whatever is in it. */
static gboolean
archive_open(Stream *stream, gboolean members, GError **error)
{
    struct archive *archive = stream->archive = archive_read_new();

    archive_read_support_filter_all(archive);
    if (members) {
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

/* The next member; *entry is NULL after the last one. */
static gboolean
archive_next(Stream *stream, struct archive_entry **entry, GError **error)
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

/* Lines out of blocks. */
typedef struct {
    char *buffer; /* MAX_LINE + BLOCK bytes */
    gsize filled;
    gboolean cut; /* a line that was too long goes on: skip it */
    gint64 line_no;
    FalLineFn fn;
    gpointer data;
} Lines;

static gboolean
give_line(Lines *lines, const char *line, gsize n_bytes, GError **error)
{
    if (lines->cut) {
        lines->cut = FALSE;
        return TRUE;
    }
    lines->line_no++;
    if (lines->line_no == 1 && n_bytes >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
        line += 3;
        n_bytes -= 3;
    }
    if (n_bytes > 0 && line[n_bytes - 1] == '\r')
        n_bytes--;
    return lines->fn(line, MIN(n_bytes, MAX_LINE), lines->line_no, lines->data, error);
}

/* Gives all whole lines of the buffer and keeps the rest for the next block. */
static gboolean
give_lines(Lines *lines, GError **error)
{
    const char *at = lines->buffer;
    const char *end = lines->buffer + lines->filled;
    const char *newline;

    while ((newline = memchr(at, '\n', (gsize)(end - at)))) {
        if (!give_line(lines, at, (gsize)(newline - at), error))
            return FALSE;
        at = newline + 1;
    }
    lines->filled = (gsize)(end - at);
    if (lines->filled >= MAX_LINE) {
        if (!give_line(lines, at, lines->filled, error))
            return FALSE;
        lines->cut = TRUE;
        lines->filled = 0;
    }
    memmove(lines->buffer, at, lines->filled);
    return TRUE;
}

/* Reads up to n bytes, 0 at the end, -1 for an error. */
static gssize
read_some(Stream *stream, char *to, gsize n, GError **error)
{
    gssize got;

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
        set_cannot_read(error, stream->path, g_strerror(errno));
    else
        stream->offset += got;
    return got;
}

static gboolean
read_lines(Stream *stream, FalLineFn fn, gpointer data, FalTask *task, GError **error)
{
    g_autofree char *buffer = g_malloc(MAX_LINE + BLOCK);
    Lines lines = {.buffer = buffer, .fn = fn, .data = data};
    gssize n;

    for (;;) {
        if (fal_task_stopped(task, error))
            return FALSE;
        n = read_some(stream, buffer + lines.filled, BLOCK, error);
        if (n <= 0)
            break;
        lines.filled += (gsize)n;
        if (!give_lines(&lines, error))
            return FALSE;
        fal_task_advance(task, (double)stream->offset);
    }
    if (n < 0)
        return FALSE;
    return lines.filled == 0 || give_line(&lines, buffer, lines.filled, error);
}

/* Libarchive has found a file without compression: read it directly, which is faster. */
static gboolean
leave_archive(Stream *stream, GError **error)
{
    archive_read_free(stream->archive);
    stream->archive = NULL;
    stream->offset = 0;
    if (lseek(stream->fd, 0, SEEK_SET) == 0)
        return TRUE;
    set_cannot_read(error, stream->path, g_strerror(errno));
    return FALSE;
}

/* member as in Part. */
static gboolean
read_file(const char *path, int member, const char *stage, FalLineFn fn, gpointer data,
          FalTask *task, GError **error)
{
    g_autoptr(Stream) stream = stream_open(path, error);
    struct archive_entry *entry;

    if (!stream)
        return FALSE;
    fal_task_stage(task, stage, (double)stream->size);
    if (!archive_open(stream, member >= 0, error))
        return FALSE;
    for (int i = 0; i <= MAX(member, 0); i++) {
        if (fal_task_stopped(task, error) || !archive_next(stream, &entry, error))
            return FALSE;
        fal_task_advance(task, (double)stream->offset);
        if (!entry && member < 0)
            return TRUE; /* an empty file */
        if (!entry) {
            set_cannot_read(error, path, "it has changed since it was opened");
            return FALSE;
        }
    }
    if (member < 0 && !stream->gunzip &&
        archive_filter_code(stream->archive, 0) == ARCHIVE_FILTER_NONE &&
        !leave_archive(stream, error))
        return FALSE;
    return read_lines(stream, fn, data, task, error);
}

/* Which part a file of that name is, FAL_N_PARTS for none. */
static FalPart
part_of_name(const char *name, gboolean may_be_gz)
{
    for (FalPart part = 0; part < FAL_N_PARTS; part++)
        if (g_str_has_prefix(name, kinds[part].prefix) &&
            (g_str_has_suffix(name, ".txt") ||
             (may_be_gz && g_str_has_suffix(name, ".txt.gz"))))
            return part;
    return FAL_N_PARTS;
}

/* Takes name. */
static gboolean
add_part(FalSource *source, FalPart part, const char *path, char *name, int member,
         GError **error)
{
    g_autofree char *owned = name;

    if (source->parts[part].path) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    "cannot choose between two files of %s, %s and %s: remove one of them",
                    kinds[part].what, source->parts[part].name, name);
        return FALSE;
    }
    source->parts[part].path = g_strdup(path);
    source->parts[part].name = g_steal_pointer(&owned);
    source->parts[part].member = member;
    return TRUE;
}

static gboolean
check_plays(const FalSource *source, const char *path, GError **error)
{
    g_autofree char *shown = g_filename_display_name(path);

    if (source->parts[FAL_PART_PLAYS].path)
        return TRUE;
    g_set_error(
        error, FAL_ERROR, FAL_ERROR_DATA,
        "there is no user_artist_data*.txt in %s: the plays are looked for in a file of "
        "that name, with artist_data*.txt and artist_alias*.txt beside it",
        shown);
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

/* Reads on to the end of a gzip file, where its checksum is. */
static gboolean
drain(Stream *stream, GError **error)
{
    g_autoptr(GError) why = NULL;
    const void *bytes;
    gsize n = 1;

    while (stream->gunzip && n > 0) {
        if (!stream_next(stream, &bytes, &n, &why)) {
            set_cannot_read(error, stream->path, why->message);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
find_members(FalSource *source, Stream *stream, struct archive_entry *entry, GError **error)
{
    g_autofree char *shown = g_filename_display_name(stream->path);

    for (int member = 0; entry; member++) {
        const char *name = member_name(entry);
        g_autofree char *last = name ? g_path_get_basename(name) : NULL;
        FalPart part = last ? part_of_name(last, FALSE) : FAL_N_PARTS;

        if (part < FAL_N_PARTS &&
            !add_part(source, part, stream->path, g_strdup_printf("%s:%s", shown, name), member,
                      error))
            return FALSE;
        if (!archive_next(stream, &entry, error))
            return FALSE;
    }
    return drain(stream, error) && check_plays(source, stream->path, error);
}

static gboolean
find_in_file(FalSource *source, const char *path, GError **error)
{
    g_autoptr(Stream) stream = stream_open(path, error);
    g_autofree char *shown = g_filename_display_name(path);
    struct archive_entry *entry;

    if (!stream || !archive_open(stream, TRUE, error) || !archive_next(stream, &entry, error))
        return FALSE;
    switch (archive_format(stream->archive)) {
    case ARCHIVE_FORMAT_EMPTY:
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA, "%s is empty", shown);
        return FALSE;
    case ARCHIVE_FORMAT_RAW:
        return add_part(source, FAL_PART_PLAYS, path, g_steal_pointer(&shown), -1, error);
    default:
        return find_members(source, stream, entry, error);
    }
}

static gboolean
find_in_folder(FalSource *source, const char *path, GError **error)
{
    g_autoptr(DIR) folder = opendir(path);
    struct dirent *entry;

    if (!folder) {
        set_cannot_read(error, path, g_strerror(errno));
        return FALSE;
    }
    while ((entry = readdir(folder))) {
        FalPart part = part_of_name(entry->d_name, TRUE);
        g_autofree char *file = g_build_filename(path, entry->d_name, NULL);

        if (part == FAL_N_PARTS || g_file_test(file, G_FILE_TEST_IS_DIR))
            continue;
        if (!add_part(source, part, file, g_filename_display_name(file), -1, error))
            return FALSE;
    }
    return check_plays(source, path, error);
}

FalSource *
fal_source_new(const char *path, GError **error)
{
    g_autoptr(FalSource) source = g_new0(FalSource, 1);
    gboolean found;

    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        found = find_in_folder(source, path, error);
    else
        found = find_in_file(source, path, error);
    return found ? g_steal_pointer(&source) : NULL;
}

void
fal_source_free(FalSource *source)
{
    if (!source)
        return;
    for (FalPart part = 0; part < FAL_N_PARTS; part++) {
        g_free(source->parts[part].path);
        g_free(source->parts[part].name);
    }
    g_free(source);
}

gboolean
fal_source_has(const FalSource *source, FalPart part)
{
    return source->parts[part].path != NULL;
}

const char *
fal_source_name(const FalSource *source, FalPart part)
{
    return source->parts[part].name;
}

gboolean
fal_source_read(const FalSource *source, FalPart part, FalLineFn fn, gpointer data,
                FalTask *task, GError **error)
{
    const Part *it = &source->parts[part];

    g_return_val_if_fail(it->path != NULL, FALSE);

    return read_file(it->path, it->member, kinds[part].stage, fn, data, task, error);
}

gboolean
fal_reader_lines(const char *path, FalLineFn fn, gpointer data, FalTask *task, GError **error)
{
    return read_file(path, -1, "reading", fn, data, task, error);
}

static inline const char *
skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

/* Inline, as it is called three times for each of millions of rows. */
static inline FalNumber
parse_number(const char **line, const char *end, gint64 *number)
{
    const char *at = skip_blanks(*line, end);
    gboolean minus = at < end && *at == '-';
    const char *first = at += minus;
    gboolean too_large = FALSE;
    guint64 value = 0;
    guchar digit;

    if (at == end)
        return minus ? FAL_NUMBER_WRONG : FAL_NUMBER_NONE;
    for (; at < end && (digit = (guchar)(*at - '0')) <= 9; at++) {
        if (G_UNLIKELY(value >= G_MAXINT64 / 10 && value > (G_MAXINT64 - (guint64)digit) / 10))
            too_large = TRUE;
        value = value * 10 + digit;
    }
    if (at == first || (at < end && *at != ' ' && *at != '\t'))
        return FAL_NUMBER_WRONG;
    *line = skip_blanks(at, end);
    *number = (gint64)value;
    if (minus)
        return FAL_NUMBER_NEGATIVE;
    return too_large ? FAL_NUMBER_TOO_LARGE : FAL_NUMBER_OK;
}

FalNumber
fal_reader_parse_number(const char **line, const char *end, gint64 *number)
{
    return parse_number(line, end, number);
}

const char *
fal_reader_parse_play(const char *line, gsize n_bytes, gint64 *user, gint64 *artist,
                      guint32 *plays)
{
    static const char *const problems[][FAL_NUMBER_TOO_LARGE + 1] = {
        {NULL, "empty line", "user id is not a number", "user id is negative",
         "user id is too large"},
        {NULL, "no artist id", "artist id is not a number", "artist id is negative",
         "artist id is too large"},
        {NULL, NULL, "plays are not a whole number", "negative plays",
         "more than 4294967295 plays"},
    };
    const char *end = line + n_bytes;
    gint64 count = 1;
    FalNumber found;

    if ((found = parse_number(&line, end, user)))
        return problems[0][found];
    if ((found = parse_number(&line, end, artist)))
        return problems[1][found];
    found = parse_number(&line, end, &count);
    if (problems[2][found])
        return problems[2][found];
    if (line < end)
        return "text after the plays";
    if (count == 0)
        return "0 plays";
    if (count > G_MAXUINT32)
        return problems[2][FAL_NUMBER_TOO_LARGE];
    *plays = (guint32)count;
    return NULL;
}
