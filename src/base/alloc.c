/* Large arrays, aligned and zeroed.
 *
 * They come from calloc() and not from an aligned allocation that is then cleared: for what is
 * large, calloc() knows that the pages are fresh and leaves them untouched, so that an array
 * costs memory only where it is written. The pointer that calloc() gave lies just before the
 * array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/error.h"

#define ALIGNMENT 64
/* From here on huge pages save more address lookups than they can waste memory. */
#define HUGE_FROM ((gsize)4 << 20)
#define HUGE_PAGE ((uintptr_t)2 << 20)

static void
advise_huge_pages(gpointer array, gsize n_bytes)
{
#ifdef MADV_HUGEPAGE
    uintptr_t from = ((uintptr_t)array + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    uintptr_t to = ((uintptr_t)array + n_bytes) & ~(HUGE_PAGE - 1);

    /* Advice only: where it is not taken everything works as well, just slower. */
    if (to > from)
        (void)madvise((gpointer)from, to - from, MADV_HUGEPAGE);
#else
    (void)array;
    (void)n_bytes;
#endif
}

gpointer
fal_alloc(gsize n, gsize size, GError **error)
{
    gsize n_bytes;
    char *whole = NULL;
    gpointer *array;

    if (g_size_checked_mul(&n_bytes, n, size) && n_bytes <= PTRDIFF_MAX - ALIGNMENT)
        whole = calloc(1, n_bytes + ALIGNMENT);
    if (!whole) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_MEMORY,
                    "not enough memory for an array of %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT
                    " bytes: close other programs or use less data or a lower rank",
                    n, size);
        return NULL;
    }
    /* calloc() aligns to a pointer at least, so there is room for one before the array. */
    array = (gpointer *)(((uintptr_t)whole + ALIGNMENT) & ~(uintptr_t)(ALIGNMENT - 1));
    array[-1] = whole;
    if (n_bytes >= HUGE_FROM)
        advise_huge_pages(array, n_bytes);
    return array;
}

void
fal_free(gpointer array)
{
    if (array)
        free(((gpointer *)array)[-1]);
}
