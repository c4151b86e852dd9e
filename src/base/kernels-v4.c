/* The kernels for x86-64-v4: as v3 with twice the registers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#define KERNELS_NAME  fal_kernels_v4
#define KERNELS_LEVEL "x86-64-v4"
#include "base/kernels-impl.h"
