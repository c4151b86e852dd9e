/* The run functions of the commands, by file. The table in command.c names them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_COMMANDS_H
#define FAL_QUERY_COMMANDS_H

#include "query/command.h"
#include "query/watch.h"

/* Each file's part of the table: n entries. */
extern const FalCommand fal_commands_data[];
extern const FalCommand fal_commands_train[];
extern const FalCommand fal_commands_eval[];
extern const FalCommand fal_commands_tune[];
extern const FalCommand fal_commands_stability[];
extern const FalCommand fal_commands_check[];
extern const FalCommand fal_commands_model[];
extern const FalCommand fal_commands_you[];
extern const FalCommand fal_commands_file[];
extern const FalCommand fal_commands_export[];
extern const FalCommand fal_commands_resume[];
extern const FalCommand fal_commands_session[];
extern const FalCommand fal_commands_app[];
extern const FalCommand fal_commands_keys[];
extern const FalCommand fal_commands_color[];

/* The next cell: an estimate, NULL where it is NaN. */
void fal_put_estimate(FalTable *table, const FalEstimate *estimate);
/* An evaluation as `evaluate` answers it, without groups. */
FalTable *fal_evaluation_table(const FalEvaluated *evaluated);

/* Loading, for a job's thread: from the cache where that is allowed, and your artists' names are
 * looked for in it (matched may be NULL). Then, on the main thread, swapping it in, with what is to
 * be said about it; takes matched (cmd-data.c). */
FalDataset *fal_load_dataset(const char *path, gboolean cache, FalMatched *matched,
                             FalTask *task, GError **error);
void fal_call_take_dataset(FalCall *call, FalDataset *dataset, FalMatched *matched);

/* A model that a job has read, not yet at hand (cmd-file.c). dataset: its plays, or NULL: on what
 * the file knows of them. Errors as of `open`. The second swaps it in, with the notes; path is
 * remembered as where it is. */
typedef struct FalOpened FalOpened;
FalOpened *fal_opened_read(const char *path, FalDataset *dataset, FalWatch *record,
                           FalTask *task, GError **error);
void fal_call_take_opened(FalCall *call, FalOpened *opened, const char *path);
void fal_opened_free(FalOpened *opened);

/* Of the command you, what is about an imported history (cmd-you-import.c). */
gboolean fal_you_cmd_import(FalCall *call, FalYou *you, GError **error);
gboolean fal_you_cmd_matched(FalCall *call, FalYou *you, GError **error);
gboolean fal_you_cmd_unmatch(FalCall *call, FalYou *you, GError **error);
gboolean fal_you_cmd_unmatched(FalCall *call, FalYou *you, GError **error);
gboolean fal_you_cmd_match(FalCall *call, FalYou *you, GError **error);

#define FAL_KEY_ROWS(fallback_text) FAL_KEY_ROWS_WITH(fallback_text, NULL)
#define FAL_KEY_ROWS_WITH(fallback_text, words)                                                \
    {.name = "n", .type = FAL_KEY_INT, .min = 0, .max = 1e9, .fallback = fallback_text,        \
     .zero = "all", .with = words, .unit = "rows", .help = "how many, at most"}

#define FAL_KEY_SEED(seed_help)                                                                    \
    {.name = "seed", .type = FAL_KEY_INT, .min = 0, .max = 9007199254740992.0, .fallback = "1", \
     .help = seed_help}

#endif
