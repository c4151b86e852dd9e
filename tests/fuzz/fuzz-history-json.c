/* libFuzzer: listening histories in JSON. See tests/fuzz/fuzz.mk.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "fuzz-history.h"

int
LLVMFuzzerTestOneInput(const guint8 *bytes, gsize n)
{
    /* Whatever it begins with, the JSON reader is meant. */
    g_autofree char *text = g_malloc(n + 1);

    text[0] = n > 0 && bytes[0] & 1 ? '{' : '[';
    if (n > 0)
        memcpy(text + 1, bytes + 1, n - 1);
    fuzz_history(text, MAX(n, 1));
    return 0;
}
