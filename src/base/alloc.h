/* Large arrays: one allocation, aligned to a cache line, zeroed, that can fail with an error
 * where g_new() would end the program. Sizes are checked for overflow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_BASE_ALLOC_H
#define FAL_BASE_ALLOC_H

#include <glib.h>

/* An array of n elements of size bytes each, all zero, aligned to 64 bytes; never NULL for
 * n = 0. NULL with FAL_ERROR_MEMORY where there is not that much. Free with fal_free(). */
gpointer fal_alloc(gsize n, gsize size, GError **error);
void fal_free(gpointer array);

#define FAL_NEW(type, n, error) ((type *)fal_alloc((gsize)(n), sizeof(type), error))

/* For g_autoptr-like use on plain arrays: fal_autofree float *x = FAL_NEW(...). */
static inline void
fal_free_indirect(gpointer where)
{
    fal_free(*(gpointer *)where);
}
#define fal_autofree __attribute__((cleanup(fal_free_indirect)))

#endif
