/* libFuzzer: files as they are on disk, archives among them. See tests/fuzz/fuzz.mk.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz-history.h"

int
LLVMFuzzerTestOneInput(const guint8 *bytes, gsize n)
{
    static int fd = -1;
    char path[64];

    if (fd < 0)
        fd = memfd_create("history", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, bytes, n, 0) != (ssize_t)n)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    g_autoptr(GError) error = NULL;
    g_autoptr(FalHistory) history = fal_history_read(path, NULL, &error);
    check_history(history, error);
    return 0;
}
