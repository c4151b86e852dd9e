/* The Gramian of a side's factors.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_GRAM_H
#define FAL_MODEL_GRAM_H

#include "base/task.h"

/* The lower triangle of Y'Y (gram, rank x rank, the rest zero) for n rows Y, stride floats
 * apart: products in single precision, sums over fixed blocks in double and in a fixed order,
 * so that the bits do not depend on the number of threads. In parallel. FALSE with
 * FAL_ERROR_CANCELLED or FAL_ERROR_MEMORY. */
gboolean fal_gram(const float *rows, gint32 n, int rank, int stride, double *gram,
                  FalTask *task, GError **error);

#endif
