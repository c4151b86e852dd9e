/* The run functions of the commands, by file. The table in command.c names them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_COMMANDS_H
#define FAL_QUERY_COMMANDS_H

#include "query/command.h"

/* Each file's part of the table: n entries. */
extern const FalCommand fal_commands_data[], fal_commands_model[], fal_commands_train[],
    fal_commands_eval[], fal_commands_you[], fal_commands_session[],
    fal_commands_app[];

#define FAL_KEY_ROWS(fallback_text)                                                            \
    {.name = "n", .type = FAL_KEY_INT, .min = 0, .max = 1e9, .fallback = fallback_text,        \
     .zero = "all", .unit = "rows", .help = "how many, at most"}

#endif
