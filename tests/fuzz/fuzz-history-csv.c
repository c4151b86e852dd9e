/* libFuzzer: listening histories in lines, CSV and lists. See tests/fuzz/fuzz.mk.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "fuzz-history.h"

/* The first byte says which kind of lines follow, so that half of the work is not spent on
 * finding a header. */
int
LLVMFuzzerTestOneInput(const guint8 *bytes, gsize n)
{
    static const char *const starts[] = {"uts,utc_time,artist,track\n",
                                         "a,b,c,02 Jan 2006 15:04\n", "a\t1\n", ""};
    g_autoptr(GString) text = g_string_new(n > 0 ? starts[bytes[0] % 4] : "");

    if (n > 0)
        g_string_append_len(text, (const char *)bytes + 1, (gssize)n - 1);
    fuzz_history(text->str, text->len);
    return 0;
}
