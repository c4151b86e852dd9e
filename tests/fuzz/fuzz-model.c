/* Fuzzing of model files. An input that starts with "PK" is a file as it is. Any other one is a
 * list of members, so that checksums do not keep the fuzzer out: each is a byte for its name,
 * two for how many bytes there are of it, and these; what falsetto_about lists is made right.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <xxhash.h>

#include "base/error.h"
#include "base/parallel.h"
#include "data/zip.h"
#include "model/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char *const names[] = {
    "user_factors",
    "item_factors",
    "regularization",
    "alpha",
    "falsetto_user_ids",
    "falsetto_item_ids",
    "falsetto_item_names",
    "falsetto_item_listeners",
    "falsetto_item_plays",
    "falsetto_user_items",
    "falsetto_user_plays",
    "falsetto_iterations",
    "falsetto_held_out",
    "dtype",
    FAL_ABOUT,
};

/* Where the array's elements begin, as far as there is a header. */
static size_t
header_bytes(const uint8_t *bytes, size_t n)
{
    size_t header = n >= 10 ? 10u + bytes[8] + 256u * bytes[9] : n;

    return MIN(header, n);
}

/* Sets the hash of a member in about, where it is listed. */
static void
set_hash(GByteArray *about, const char *name, uint64_t hash)
{
    g_autofree char *key = g_strdup_printf("\n%s=", name);
    g_autofree char *text = g_strdup_printf("%016" G_GINT64_MODIFIER "x", (guint64)hash);
    uint8_t *at = about->len > 0 ? memmem(about->data, about->len, key, strlen(key)) : NULL;

    if (at && at + strlen(key) + 16 <= about->data + about->len)
        memcpy(at + strlen(key), text, 16);
}

static void
write_members(const char *path, const uint8_t *bytes, size_t n)
{
    g_autoptr(GByteArray) about = g_byte_array_new();
    g_autoptr(FalNewFile) file = fal_new_file(path, 0600, NULL);
    g_autoptr(FalZipWriter) zip = fal_zip_writer_new(file, NULL);

    while (n >= 3) {
        const char *name = names[bytes[0] % G_N_ELEMENTS(names)];
        size_t size = MIN(bytes[1] + 256u * bytes[2], n - 3);
        g_autofree char *member = g_strconcat(name, ".npy", NULL);
        size_t skip = header_bytes(bytes + 3, size);

        if (!strcmp(name, FAL_ABOUT)) {
            g_byte_array_append(about, bytes + 3, (guint)size);
        } else {
            set_hash(about, name, XXH3_64bits(bytes + 3 + skip, size - skip));
            if (!fal_zip_writer_add(zip, member, (gint64)size, NULL) ||
                !fal_zip_writer_write(zip, bytes + 3, size, NULL))
                abort();
        }
        bytes += 3 + size;
        n -= 3 + size;
    }
    /* It comes first in the input and last in the file. */
    if (about->len > 0 && (!fal_zip_writer_add(zip, FAL_ABOUT ".npy", about->len, NULL) ||
                           !fal_zip_writer_write(zip, about->data, about->len, NULL)))
        abort();
    if (!fal_zip_writer_finish(zip, NULL) || !fal_new_file_commit(file, NULL))
        abort();
}

/* What opened is put to use. */
static void
use(FalModelFile *file, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FalDataset) dataset = NULL;
    g_autoptr(FalModel) model = NULL;
    FalTop top[4];

    if (!file->ours && !fal_factors_turn(&file->factors, &error))
        return;
    dataset = fal_dataset_new_bare(path, &file->bare, &error);
    if (dataset)
        model = fal_model_file_model(file, dataset, fal_dataset_plays(dataset), &error);
    if (!model && (!error || error->domain != FAL_ERROR || strchr(error->message, '\n')))
        abort();
    if (model) {
        fal_model_recommend(model, 0, G_N_ELEMENTS(top), TRUE, top);
        fal_model_similar(model, 0, G_N_ELEMENTS(top), top);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static char *path;
    g_autoptr(GError) error = NULL;

    if (!path) {
        path = g_strdup_printf("%s/falsetto-fuzz-%d.npz", g_get_tmp_dir(), (int)getpid());
        fal_parallel_set_threads(1);
    }
    if (n >= 2 && !memcmp(bytes, "PK", 2)) {
        if (!g_file_set_contents_full(path, (const char *)bytes, (gssize)n,
                                      G_FILE_SET_CONTENTS_NONE, 0600, NULL))
            abort();
    } else {
        write_members(path, bytes, n);
    }
    g_autoptr(FalModelFile) file = fal_model_file_read(path, NULL, &error);
    if (!file && (!error || error->domain != FAL_ERROR || strchr(error->message, '\n') ||
                  !g_utf8_validate(error->message, -1, NULL)))
        abort();
    if (file)
        use(file, path);
    g_unlink(path);
    return 0;
}
