/* What holds of every listening history that was read, whatever it was read from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TESTS_FUZZ_HISTORY_H
#define FAL_TESTS_FUZZ_HISTORY_H

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/history.h"

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize n);

#define MUST(condition)                                                                        \
    do {                                                                                       \
        if (!(condition))                                                                      \
            abort();                                                                           \
    } while (0)

static inline void
check_history(const FalHistory *history, const GError *error)
{
    guint64 counted = 0, plays = 0;

    MUST((history == NULL) == (error != NULL));
    if (!history) {
        MUST(error->domain == FAL_ERROR && error->code == FAL_ERROR_DATA);
        MUST(g_utf8_validate(error->message, -1, NULL));
        return;
    }
    MUST(history->n > 0);
    for (int k = 0; k < FAL_N_HISTORIES; k++)
        counted += (guint64)history->listens[k][FAL_LISTEN_COUNTED];
    for (gsize i = 0; i < history->n; i++) {
        const FalHistoryName *name = &history->name[i];
        MUST(name->plays > 0 && *name->name && g_utf8_validate(name->name, -1, NULL));
        MUST(!strpbrk(name->name, "\t\r\n"));
        MUST(i == 0 || name[-1].plays > name->plays ||
             (name[-1].plays == name->plays && strcmp(name[-1].name, name->name) < 0));
        plays += name->plays;
    }
    MUST(plays == counted);
}

static inline void
fuzz_history(const char *bytes, gsize n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FalHistory) history = fal_history_read_bytes("fuzz", bytes, n, &error);

    check_history(history, error);
}

#endif
