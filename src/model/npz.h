/* Arrays of numpy: .npy files, and .npz, which is a zip archive of them (numpy's format
 * documentation, numpy.lib.format; NEP 1).
 *
 * An array is a header and its elements as they are in memory. Read are little-endian numbers,
 * truth values and texts of up to two dimensions by rows; all else is refused, Python objects
 * first of all. No size is believed before it was held against that of the file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_NPZ_H
#define FAL_MODEL_NPZ_H

#include "base/newfile.h"

typedef struct {
    char kind; /* f, i, u, b (truth), U (text in UTF-32) */
    int item;  /* bytes of an element */
    int n_dims;
    gint64 shape[2]; /* 1 for what is missing */
    gint64 n;        /* elements */
} FalNpy;

/* The type as numpy writes it: "<f4". Free with g_free(). */
char *fal_npy_type(const FalNpy *npy);
/* The header's bytes, its length a multiple of 64. */
GByteArray *fal_npy_header(const FalNpy *npy);

/* --- reading; sentences (FAL_ERROR_MODEL) say why without the file's name --- */

typedef struct FalNpz FalNpz;

FalNpz *fal_npz_open(const char *path, GError **error);
void fal_npz_free(FalNpz *npz);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalNpz, fal_npz_free)
gint64 fal_npz_size(const FalNpz *npz); /* bytes of the file */
/* The next array; *name (without .npy) is borrowed until the next call, NULL at the end. */
gboolean fal_npz_next(FalNpz *npz, const char **name, FalNpy *npy, GError **error);
/* The array's next bytes: exactly n of them. */
gboolean fal_npz_read(FalNpz *npz, gpointer to, gsize n, GError **error);
/* After all of them were read: looks at the checksum. FALSE where there are more. */
gboolean fal_npz_end(FalNpz *npz, GError **error);
/* XXH3 of the bytes that were read of the array. */
guint64 fal_npz_hash(FalNpz *npz);

/* --- writing --- */

typedef struct FalNpzWriter FalNpzWriter;

/* Borrows file. Errors are those of writing it. */
FalNpzWriter *fal_npz_writer_new(FalNewFile *file, GError **error);
void fal_npz_writer_free(FalNpzWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalNpzWriter, fal_npz_writer_free)
/* Begins an array, then its bytes. */
gboolean fal_npz_writer_add(FalNpzWriter *writer, const char *name, const FalNpy *npy,
                            GError **error);
gboolean fal_npz_writer_write(FalNpzWriter *writer, gconstpointer bytes, gsize n,
                              GError **error);
guint64 fal_npz_writer_hash(FalNpzWriter *writer); /* XXH3 of the array's bytes so far */
gboolean fal_npz_writer_finish(FalNpzWriter *writer, GError **error);

/* Sets FAL_ERROR_MODEL with this sentence; FALSE, for who returns it. */
gboolean fal_npz_refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
