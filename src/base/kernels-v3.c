/* The kernels for x86-64-v3: AVX2 and fused multiply-add.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#define KERNELS_NAME  fal_kernels_v3
#define KERNELS_LEVEL "x86-64-v3"
#include "base/kernels-impl.h"
