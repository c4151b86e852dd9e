/* The program's error domain and what its codes mean to the shell.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/error.h"

G_DEFINE_QUARK(fal - error - quark, fal_error)

int
fal_error_exit_status(const GError *error)
{
    if (!error)
        return 0;
    if (error->domain != FAL_ERROR)
        return 1;
    switch ((FalErrorCode)error->code) {
    case FAL_ERROR_USAGE:
        return 2;
    case FAL_ERROR_DATA:
        return 3;
    case FAL_ERROR_MODEL:
        return 4;
    case FAL_ERROR_CANCELLED:
        return 130;
    case FAL_ERROR_FAILED:
    case FAL_ERROR_MEMORY:
        break;
    }
    return 1;
}
