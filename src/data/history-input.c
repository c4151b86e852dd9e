/* Bytes of a listening history as they come.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include <xxhash.h>

#include "data/history-private.h"

#define BLOCK ((gsize)64 << 10)

void
fal_input_init(FalInput *input, const char *file, FalInputRead read, gpointer source)
{
    *input = (FalInput){.file = file, .read = read, .source = source, .line = 1};
    input->bytes = g_malloc(BLOCK);
    input->hash = XXH3_createState();
    XXH3_64bits_reset(input->hash);
}

void
fal_input_clear(FalInput *input)
{
    g_clear_pointer(&input->bytes, g_free);
    XXH3_freeState(input->hash);
    input->hash = NULL;
    g_clear_error(&input->error);
}

gboolean
fal_input_fill(FalInput *input)
{
    if (input->ended)
        return FALSE;
    gssize n = input->read(input->source, (char *)input->bytes, BLOCK, &input->error);
    input->at = 0;
    input->n = (gsize)MAX(n, 0);
    input->ended = n <= 0;
    XXH3_64bits_update(input->hash, input->bytes, input->n);
    return n > 0;
}

const char *
fal_input_head(FalInput *input, gsize *n)
{
    /* A source may give less than it has. */
    while (!input->ended && input->n < BLOCK) {
        gssize more = input->read(input->source, (char *)input->bytes + input->n,
                                  BLOCK - input->n, &input->error);
        input->n += (gsize)MAX(more, 0);
        input->ended = more <= 0;
    }
    XXH3_64bits_update(input->hash, input->bytes, input->n);
    if (input->n >= 3 && !memcmp(input->bytes, "\xef\xbb\xbf", 3))
        input->at = 3;
    *n = input->n - input->at;
    return (const char *)input->bytes + input->at;
}

guint64
fal_input_digest(const FalInput *input)
{
    return XXH3_64bits_digest(input->hash);
}

gssize
fal_memory_read(gpointer source, char *to, gsize n, GError **error)
{
    FalMemory *memory = source;
    gsize got = MIN(n, memory->n);

    (void)error;
    if (got > 0)
        memcpy(to, memory->bytes, got);
    memory->bytes += got;
    memory->n -= got;
    return (gssize)got;
}
