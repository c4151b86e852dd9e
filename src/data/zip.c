/* Zip archives (see zip.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define BLOCK ((gsize)256 << 10)
/* What numpy writes as well, as the same model is to be the same bytes: January 1st, 1980. */
#define WRITTEN 315532800

struct FalZip {
    struct archive *archive;
    int fd;
    gint64 size;
};

static gboolean
set_error(GError **error, const char *why)
{
    g_set_error_literal(error, FAL_ERROR, FAL_ERROR_MODEL, why);
    return FALSE;
}

void
fal_zip_free(FalZip *zip)
{
    if (!zip)
        return;
    archive_read_free(zip->archive);
    if (zip->fd >= 0)
        close(zip->fd);
    g_free(zip);
}

FalZip *
fal_zip_open(const char *path, GError **error)
{
    g_autoptr(FalZip) zip = g_new0(FalZip, 1);
    struct stat status;

    /* Without waiting for whoever writes to a pipe of that name. */
    zip->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (zip->fd < 0 || fstat(zip->fd, &status) != 0) {
        set_error(error, g_strerror(errno));
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        set_error(error, S_ISDIR(status.st_mode) ? "it is a folder" : "it is no file");
        return NULL;
    }
    zip->size = status.st_size;
    zip->archive = archive_read_new();
    /* Only by the list at its end: without it the file is cut short. */
    if (!zip->archive || archive_read_support_format_zip_seekable(zip->archive) != ARCHIVE_OK ||
        archive_read_open_fd(zip->archive, zip->fd, BLOCK) != ARCHIVE_OK) {
        set_error(error,
                  status.st_size == 0 ? "it is empty" : "it is no .npz file, or cut short");
        return NULL;
    }
    return g_steal_pointer(&zip);
}

gint64
fal_zip_size(const FalZip *zip)
{
    return zip->size;
}

gboolean
fal_zip_next(FalZip *zip, const char **name, GError **error)
{
    struct archive_entry *entry;
    int result = archive_read_next_header(zip->archive, &entry);

    *name = NULL;
    if (result == ARCHIVE_EOF)
        return TRUE;
    if (result != ARCHIVE_OK)
        return set_error(error, "it is damaged: its list of members cannot be read");
    *name = archive_entry_pathname(entry);
    return *name != NULL || set_error(error, "it is damaged: one of its members has no name");
}

gssize
fal_zip_read(FalZip *zip, gpointer to, gsize n, GError **error)
{
    la_ssize_t got = archive_read_data(zip->archive, to, n);

    if (got >= 0)
        return (gssize)got;
    set_error(error,
              "it is damaged or cut short: a member's bytes or its checksum are not what "
              "they were");
    return -1;
}

/* --- writing --- */

struct FalZipWriter {
    struct archive *archive;
    struct archive_entry *entry;
    FalNewFile *file;
    GError *problem; /* of writing, as libarchive keeps no such things */
    gboolean dropped;
};

static la_ssize_t
write_block(struct archive *archive, void *data, const void *bytes, size_t n)
{
    FalZipWriter *writer = data;

    if (writer->dropped || writer->problem ||
        !fal_new_file_write(writer->file, bytes, n, &writer->problem)) {
        archive_set_error(archive, EIO, "cannot write");
        return -1;
    }
    return (la_ssize_t)n;
}

static gboolean
tell(FalZipWriter *writer, GError **error)
{
    if (writer->problem)
        g_propagate_error(error, g_steal_pointer(&writer->problem));
    else
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "cannot write the archive: %s",
                    archive_error_string(writer->archive));
    return FALSE;
}

FalZipWriter *
fal_zip_writer_new(FalNewFile *file, GError **error)
{
    g_autoptr(FalZipWriter) writer = g_new0(FalZipWriter, 1);

    writer->file = file;
    writer->archive = archive_write_new();
    writer->entry = archive_entry_new();
    if (!writer->archive || !writer->entry ||
        archive_write_set_format_zip(writer->archive) != ARCHIVE_OK ||
        archive_write_set_options(writer->archive, "zip:compression=store") != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(writer->archive, 0) != ARCHIVE_OK ||
        archive_write_open(writer->archive, writer, NULL, write_block, NULL) != ARCHIVE_OK) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_MEMORY,
                            "there is not enough memory to write an archive");
        return NULL;
    }
    return g_steal_pointer(&writer);
}

void
fal_zip_writer_free(FalZipWriter *writer)
{
    if (!writer)
        return;
    /* It would write an end where there is none yet. (archive_write_fail() leaks.) */
    writer->dropped = TRUE;
    archive_write_free(writer->archive);
    archive_entry_free(writer->entry);
    g_clear_error(&writer->problem);
    g_free(writer);
}

gboolean
fal_zip_writer_add(FalZipWriter *writer, const char *name, gint64 size, GError **error)
{
    archive_entry_clear(writer->entry);
    archive_entry_set_pathname(writer->entry, name);
    archive_entry_set_filetype(writer->entry, AE_IFREG);
    archive_entry_set_perm(writer->entry, 0644);
    archive_entry_set_size(writer->entry, size);
    archive_entry_set_mtime(writer->entry, WRITTEN, 0);
    return archive_write_header(writer->archive, writer->entry) == ARCHIVE_OK ||
           tell(writer, error);
}

gboolean
fal_zip_writer_write(FalZipWriter *writer, gconstpointer bytes, gsize n, GError **error)
{
    return archive_write_data(writer->archive, bytes, n) == (la_ssize_t)n ||
           tell(writer, error);
}

gboolean
fal_zip_writer_finish(FalZipWriter *writer, GError **error)
{
    return archive_write_close(writer->archive) == ARCHIVE_OK || tell(writer, error);
}
