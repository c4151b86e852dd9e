/* A call: a command line that was parsed and is being answered. Inside the query layer only;
 * commands use the accessors in command.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_CALL_H
#define FAL_QUERY_CALL_H

#include "query/command.h"

#define FAL_MAX_WORDS 3

struct FalCall {
    FalSession *session;
    const FalCommand *command;
    char *line, *tail; /* what was run; what stood behind it, for the log: "> FILE", or NULL */
    char *word[FAL_MAX_WORDS];
    gsize word_at[FAL_MAX_WORDS], word_n[FAL_MAX_WORDS]; /* bytes of line */
    GHashTable *keys;                                    /* name -> CallKey */
    gsize error_at, error_n; /* what is at fault; error_n = 0: nothing in particular */
    FalTable *table;

    /* where the answer goes */
    FalDoneFn done;
    gpointer done_data;

    /* of a long command */
    FalJobWork work;
    FalCallFinish finish;
    gpointer data;
    GDestroyNotify free_data;
};

/* Parses line into a call; NULL with FAL_ERROR_USAGE, *at and *n at the bad word. An empty
 * line gives NULL without an error. */
FalCall *fal_call_parse(FalSession *session, const char *line, gboolean short_verbs, gsize *at,
                        gsize *n, GError **error);
void fal_call_free(FalCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalCall, fal_call_free)

#endif
