/* Arrays of numpy (see npz.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/npz.h"

#include <string.h>
#include <xxhash.h>

#include "base/error.h"
#include "base/text.h"
#include "data/zip.h"

#define MAGIC  "\x93NUMPY"
#define SUFFIX ".npy"
/* As numpy's own: no header of a plain array comes near it. */
#define MAX_HEADER 10000
/* An archive that unpacks to more than so many times its size holds no factors: those hardly
 * shrink at all. The sum is for small ones, whose headers do. */
#define MAX_RATIO 64
#define MAX_SMALL ((gint64)1 << 20)

struct FalNpz {
    FalZip *zip;
    XXH3_state_t *hash;
    char *name;       /* of the array at hand */
    gint64 announced; /* bytes of all arrays so far, as their headers say */
};

gboolean
fal_npz_refuse(GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (error)
        *error = g_error_new_valist(FAL_ERROR, FAL_ERROR_MODEL, format, args);
    va_end(args);
    return FALSE;
}

/* --- headers --- */

char *
fal_npy_type(const FalNpy *npy)
{
    return npy->kind == 'U'
               ? g_strdup_printf("<U%d", npy->item / 4)
               : g_strdup_printf("%c%c%d", npy->item == 1 ? '|' : '<', npy->kind, npy->item);
}

GByteArray *
fal_npy_header(const FalNpy *npy)
{
    g_autofree char *type = fal_npy_type(npy);
    g_autoptr(GString) text = g_string_new(NULL);
    GByteArray *out = g_byte_array_new();
    guint8 length[2];

    g_string_append_printf(text, "{'descr': '%s', 'fortran_order': False, 'shape': (", type);
    for (int d = 0; d < npy->n_dims; d++)
        g_string_append_printf(text,
                               d == 0 && npy->n_dims == 1 ? "%" G_GINT64_FORMAT ","
                               : d == 0                   ? "%" G_GINT64_FORMAT
                                                          : ", %" G_GINT64_FORMAT,
                               npy->shape[d]);
    g_string_append(text, "), }");
    while ((text->len + 10 + 1) % 64 != 0)
        g_string_append_c(text, ' ');
    g_string_append_c(text, '\n');
    length[0] = (guint8)(text->len & 255);
    length[1] = (guint8)(text->len >> 8);
    g_byte_array_append(out, (const guint8 *)MAGIC "\1\0", 8);
    g_byte_array_append(out, length, 2);
    g_byte_array_append(out, (const guint8 *)text->str, (guint)text->len);
    return out;
}

/* A cursor over the header's text, a Python dictionary. */
static void
skip_blanks(const char **at)
{
    while (g_ascii_isspace(**at))
        ++*at;
}

static gboolean
take(const char **at, const char *what)
{
    skip_blanks(at);
    if (!g_str_has_prefix(*at, what))
        return FALSE;
    *at += strlen(what);
    return TRUE;
}

/* A quoted text without escapes. */
static char *
take_text(const char **at)
{
    const char *end;
    char *text;

    skip_blanks(at);
    if (**at != '\'' && **at != '"')
        return NULL;
    end = strchr(*at + 1, **at);
    if (!end)
        return NULL;
    text = g_strndup(*at + 1, (gsize)(end - *at - 1));
    *at = end + 1;
    return text;
}

/* "(3, 4)"; FALSE where that is none, or a number is out of bounds. */
static gboolean
take_shape(const char **at, FalNpy *npy)
{
    npy->n_dims = 0;
    npy->n = 1;
    npy->shape[0] = npy->shape[1] = 1;
    if (!take(at, "("))
        return FALSE;
    while (!take(at, ")")) {
        char *end;
        guint64 n;

        skip_blanks(at);
        if (!g_ascii_isdigit(**at) || npy->n_dims == 2)
            return FALSE;
        n = g_ascii_strtoull(*at, &end, 10);
        if (n > G_MAXINT64 || (n > 0 && npy->n > G_MAXINT64 / 64 / (gint64)n))
            return FALSE;
        npy->shape[npy->n_dims++] = (gint64)n;
        npy->n *= (gint64)n;
        *at = end;
        if (!take(at, ",") && **at != ')')
            return FALSE;
    }
    return TRUE;
}

/* "<f4" and the like. */
static gboolean
read_type(const char *name, const char *type, FalNpy *npy, GError **error)
{
    static const char *const known[] = {"<f4", "<f8", "<i4", "<i8", "<u4",
                                        "<u8", "|b1", "|u1", "|i1", NULL};

    if (type[0] == '>')
        return fal_npz_refuse(
            error, "its %s is big-endian (%s), from another kind of machine: save it as %c%s",
            name, type, '<', type + 1);
    if (strchr(type, 'O'))
        return fal_npz_refuse(
            error,
            "its %s holds Python objects, which could be programs: only numbers are "
            "read",
            name);
    if (g_str_has_prefix(type, "<U") && g_ascii_isdigit(type[2]) && strlen(type) <= 6) {
        *npy = (FalNpy){.kind = 'U', .item = 4 * atoi(type + 2)};
        return TRUE;
    }
    if (!g_strv_contains(known, type))
        return fal_npz_refuse(error, "its %s is of type %s, which is not one that is read",
                              name, type);
    *npy = (FalNpy){.kind = type[1], .item = type[2] - '0'};
    return TRUE;
}

static gboolean
read_header(const char *name, const char *text, FalNpy *npy, GError **error)
{
    g_autofree char *type = NULL;
    gboolean fortran = FALSE, ordered = FALSE, shaped = FALSE;
    FalNpy shape = {.n_dims = 0};
    const char *at = text;

    if (!take(&at, "{"))
        return fal_npz_refuse(error, "the header of its %s is damaged", name);
    while (!take(&at, "}")) {
        g_autofree char *key = take_text(&at);
        gboolean well = key && take(&at, ":");

        if (well && !strcmp(key, "descr") && !type) {
            well = (type = take_text(&at)) != NULL;
        } else if (well && !strcmp(key, "fortran_order") && !ordered) {
            fortran = take(&at, "True");
            well = ordered = fortran || take(&at, "False");
        } else if (well && !strcmp(key, "shape") && !shaped) {
            well = shaped = take_shape(&at, &shape);
        } else {
            well = FALSE;
        }
        if (!well || (!take(&at, ",") && *at != '}'))
            return fal_npz_refuse(
                error, "the header of its %s is damaged, or tells of a size that cannot be",
                name);
    }
    skip_blanks(&at);
    if (*at || !type || !ordered || !shaped)
        return fal_npz_refuse(error, "the header of its %s is damaged", name);
    if (!read_type(name, type, npy, error))
        return FALSE;
    if (fortran && shape.n_dims > 1)
        return fal_npz_refuse(
            error, "its %s is stored by columns: numpy.ascontiguousarray() turns it to rows",
            name);
    npy->n_dims = shape.n_dims;
    memcpy(npy->shape, shape.shape, sizeof npy->shape);
    npy->n = shape.n;
    return TRUE;
}

/* --- reading --- */

FalNpz *
fal_npz_open(const char *path, GError **error)
{
    g_autoptr(FalNpz) npz = g_new0(FalNpz, 1);

    npz->zip = fal_zip_open(path, error);
    npz->hash = XXH3_createState();
    return npz->zip && npz->hash ? g_steal_pointer(&npz) : NULL;
}

void
fal_npz_free(FalNpz *npz)
{
    if (!npz)
        return;
    fal_zip_free(npz->zip);
    XXH3_freeState(npz->hash);
    g_free(npz->name);
    g_free(npz);
}

gint64
fal_npz_size(const FalNpz *npz)
{
    return fal_zip_size(npz->zip);
}

static gboolean
read_exactly(FalNpz *npz, gpointer to, gsize n, GError **error)
{
    char *out = to;

    while (n > 0) {
        gssize got = fal_zip_read(npz->zip, out, n, error);

        if (got < 0)
            return FALSE;
        if (got == 0)
            return fal_npz_refuse(error, "its %s is cut short", npz->name);
        out += got;
        n -= (gsize)got;
    }
    return TRUE;
}

static gboolean
next_header(FalNpz *npz, FalNpy *npy, GError **error)
{
    guint8 start[8], length[4] = {0};
    gsize n_length, n;

    if (!read_exactly(npz, start, sizeof start, error))
        return FALSE;
    if (memcmp(start, MAGIC, 6) != 0 || start[6] < 1 || start[6] > 3)
        return fal_npz_refuse(error, "its member %s is no array of numpy", npz->name);
    n_length = start[6] == 1 ? 2 : 4;
    if (!read_exactly(npz, length, n_length, error))
        return FALSE;
    n = length[0] | (gsize)length[1] << 8 | (gsize)length[2] << 16 | (gsize)length[3] << 24;
    if (n > MAX_HEADER)
        return fal_npz_refuse(
            error, "the header of its %s is too long: %" G_GSIZE_FORMAT " bytes", npz->name, n);
    g_autofree char *text = g_malloc0(n + 1);
    if (!read_exactly(npz, text, n, error))
        return FALSE;
    if (strlen(text) != n || !g_utf8_validate(text, (gssize)n, NULL))
        return fal_npz_refuse(error, "the header of its %s is damaged", npz->name);
    return read_header(npz->name, text, npy, error);
}

gboolean
fal_npz_next(FalNpz *npz, const char **name, FalNpy *npy, GError **error)
{
    const char *member;

    if (!fal_zip_next(npz->zip, &member, error))
        return FALSE;
    *name = NULL;
    g_clear_pointer(&npz->name, g_free);
    if (!member)
        return TRUE;
    /* It goes into sentences. */
    npz->name = fal_text_safe(member);
    if (!g_str_has_suffix(npz->name, SUFFIX))
        return fal_npz_refuse(error, "its member %s is no array of numpy", npz->name);
    npz->name[strlen(npz->name) - strlen(SUFFIX)] = '\0';
    if (!next_header(npz, npy, error))
        return FALSE;
    npz->announced += npy->n * npy->item;
    if (npy->n * npy->item > MAX_RATIO * fal_npz_size(npz) + MAX_SMALL ||
        npz->announced > MAX_RATIO * fal_npz_size(npz) + MAX_SMALL)
        return fal_npz_refuse(
            error, "its %s is said to be larger than a file of this size can hold", npz->name);
    XXH3_64bits_reset(npz->hash);
    *name = npz->name;
    return TRUE;
}

gboolean
fal_npz_read(FalNpz *npz, gpointer to, gsize n, GError **error)
{
    if (!read_exactly(npz, to, n, error))
        return FALSE;
    XXH3_64bits_update(npz->hash, to, n);
    return TRUE;
}

gboolean
fal_npz_end(FalNpz *npz, GError **error)
{
    char more;
    gssize got = fal_zip_read(npz->zip, &more, 1, error);

    if (got > 0)
        return fal_npz_refuse(error, "its %s is longer than its header says", npz->name);
    return got == 0;
}

guint64
fal_npz_hash(FalNpz *npz)
{
    return XXH3_64bits_digest(npz->hash);
}

/* --- writing --- */

struct FalNpzWriter {
    FalZipWriter *zip;
    XXH3_state_t *hash;
};

FalNpzWriter *
fal_npz_writer_new(FalNewFile *file, GError **error)
{
    g_autoptr(FalNpzWriter) writer = g_new0(FalNpzWriter, 1);

    writer->zip = fal_zip_writer_new(file, error);
    writer->hash = XXH3_createState();
    return writer->zip && writer->hash ? g_steal_pointer(&writer) : NULL;
}

void
fal_npz_writer_free(FalNpzWriter *writer)
{
    if (!writer)
        return;
    fal_zip_writer_free(writer->zip);
    XXH3_freeState(writer->hash);
    g_free(writer);
}

gboolean
fal_npz_writer_add(FalNpzWriter *writer, const char *name, const FalNpy *npy, GError **error)
{
    g_autofree char *member = g_strconcat(name, SUFFIX, NULL);
    g_autoptr(GByteArray) header = fal_npy_header(npy);

    XXH3_64bits_reset(writer->hash);
    return fal_zip_writer_add(writer->zip, member, header->len + npy->n * npy->item, error) &&
           fal_zip_writer_write(writer->zip, header->data, header->len, error);
}

gboolean
fal_npz_writer_write(FalNpzWriter *writer, gconstpointer bytes, gsize n, GError **error)
{
    XXH3_64bits_update(writer->hash, bytes, n);
    return fal_zip_writer_write(writer->zip, bytes, n, error);
}

guint64
fal_npz_writer_hash(FalNpzWriter *writer)
{
    return XXH3_64bits_digest(writer->hash);
}

gboolean
fal_npz_writer_finish(FalNpzWriter *writer, GError **error)
{
    return fal_zip_writer_finish(writer->zip, error);
}
