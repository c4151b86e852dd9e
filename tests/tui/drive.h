/* The script driver's state, for its modules.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TESTS_TUI_DRIVE_H
#define FAL_TESTS_TUI_DRIVE_H

#include <stdio.h>

#include "query/session.h"
#include "drive-term.h"

typedef struct {
    const char *file; /* the script */
    char **lines;
    int at;           /* the line at hand, from 0 */
    const char *told; /* what the last comment says: the next result */
    FILE *tap;
    int n_results;
    FalSession *session; /* while screens are shown, else NULL */
    char *dataset;       /* what was started last */
    gboolean rest;       /* neither a job nor a timer is pending */
    GQueue keys;         /* bytes to send, a key at a time */
    gboolean keys_now;   /* without waiting for rest */
    gint64 since;        /* when something was last done */
    GArray *latencies;   /* gint64, microseconds from a key to its frame */
    char *kept;          /* a screen, for comparing */
    /* The last end. */
    int status;
    char *error;
    /* Random keys still to press. */
    GRand *random;
    int random_left, random_batch;
    gboolean random_browse;
} Drive;

/* A result, called by the comment before it, else by the text. Both and what stands on the
 * screen are told where it failed. */
void drive_judge(Drive *drive, gboolean good, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Text as comments in the results. */
void drive_note(Drive *drive, const char *text);
/* Queues a key by its name. */
gboolean drive_press(Drive *drive, const char *name);

typedef enum { DRIVE_DONE, DRIVE_WAIT, DRIVE_UNKNOWN } DriveOutcome;
/* Does the line at hand (drive-lines.c). DRIVE_WAIT: nothing is done yet, ask again when
 * something has happened. */
DriveOutcome drive_line(Drive *drive, const char *word, const char *rest, gboolean now);

/* Random keys (drive-random.c). The next one is queued, or a size set, unless it waits for a
 * job to end. */
void drive_random_begin(Drive *drive, int n, guint32 seed, gboolean browse);
void drive_random_next(Drive *drive);

#endif
