/* Errors: one domain, whose codes are the program's exit statuses by name.
 *
 * Every GError's message is a whole sentence fit for the user: it names the file, the line
 * and the value where there are such, and the way out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_BASE_ERROR_H
#define FAL_BASE_ERROR_H

#include <glib.h>

#define FAL_ERROR (fal_error_quark())

typedef enum {
    FAL_ERROR_FAILED,    /* a command could not do what it was asked: exit status 1 */
    FAL_ERROR_USAGE,     /* the words are wrong (verb, setting, range): exit status 2 */
    FAL_ERROR_DATA,      /* data unreadable: exit status 3 */
    FAL_ERROR_MODEL,     /* model missing or unfit: exit status 4 */
    FAL_ERROR_CANCELLED, /* the user stopped it: exit status 130 */
    FAL_ERROR_MEMORY,    /* not enough memory: exit status 1 */
} FalErrorCode;

GQuark fal_error_quark(void);

/* The exit status that stands for error; 0 for NULL, 1 for foreign domains. */
int fal_error_exit_status(const GError *error);

#endif
