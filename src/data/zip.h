/* The members of a zip archive, one after the other, read and written. Only .npz files need it:
 * data sets in archives are streams (stream.h). One thread at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_ZIP_H
#define FAL_DATA_ZIP_H

#include "base/newfile.h"

/* --- reading: by the archive's list of members, with their checksums; sentences say why --- */

typedef struct FalZip FalZip;

/* Errors are FAL_ERROR_MODEL and say why without the file's name: who reads knows that. */
FalZip *fal_zip_open(const char *path, GError **error);
void fal_zip_free(FalZip *zip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalZip, fal_zip_free)

/* Bytes of the file. */
gint64 fal_zip_size(const FalZip *zip);
/* Goes to the next member; *name is borrowed until the next call, NULL at the end. FALSE with
 * an error. */
gboolean fal_zip_next(FalZip *zip, const char **name, GError **error);
/* Up to n bytes of the member, 0 at its end, where its checksum is looked at, -1 for an error.
 */
gssize fal_zip_read(FalZip *zip, gpointer to, gsize n, GError **error);

/* --- writing, without compression --- */

typedef struct FalZipWriter FalZipWriter;

/* Borrows file. Errors are those of writing it. */
FalZipWriter *fal_zip_writer_new(FalNewFile *file, GError **error);
void fal_zip_writer_free(FalZipWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalZipWriter, fal_zip_writer_free)
/* Begins a member of exactly so many bytes, which are then written. */
gboolean fal_zip_writer_add(FalZipWriter *writer, const char *name, gint64 size,
                            GError **error);
gboolean fal_zip_writer_write(FalZipWriter *writer, gconstpointer bytes, gsize n,
                              GError **error);
/* Writes what ends the archive. */
gboolean fal_zip_writer_finish(FalZipWriter *writer, GError **error);

#endif
