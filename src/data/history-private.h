/* Inside the readers of listening histories: bytes as they come, and where listens go.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_HISTORY_PRIVATE_H
#define FAL_DATA_HISTORY_PRIVATE_H

#include "data/history.h"

/* Of an artist's name, and of any other value that matters. */
#define FAL_HISTORY_TEXT 1024
/* Records without a listen after which a file is believed to hold something else. */
#define FAL_HISTORY_PATIENCE 1000
#define FAL_HISTORY_WANTED                                                                     \
    "it takes Last.fm's CSV, ListenBrainz's and Spotify's exports as they come, and lines of " \
    "an artist, a tab and its plays"

/* --- bytes --- */

/* Like fal_stream_read(). */
typedef gssize (*FalInputRead)(gpointer source, char *to, gsize n, GError **error);

typedef struct {
    const char *file; /* what it is called in messages */
    FalInputRead read;
    gpointer source;
    guchar *bytes;
    gsize at, n;
    gboolean ended;
    gint64 line;               /* of the next byte, from 1 */
    gint64 column;             /* bytes of the line before it */
    struct XXH3_state_s *hash; /* of all that was read so far */
    GError *error;             /* of the source */
} FalInput;

void fal_input_init(FalInput *input, const char *file, FalInputRead read, gpointer source);
void fal_input_clear(FalInput *input);
/* Reads on where all was taken; FALSE at the end. */
gboolean fal_input_fill(FalInput *input);
/* The first bytes, without a byte order mark; before anything was taken. Borrowed. */
const char *fal_input_head(FalInput *input, gsize *n);
/* A hash of what was read so far. */
guint64 fal_input_digest(const FalInput *input);

/* A source that is bytes in memory. */
typedef struct {
    const char *bytes;
    gsize n;
} FalMemory;

gssize fal_memory_read(gpointer source, char *to, gsize n, GError **error);

/* The next byte, -1 at the end or where the source failed. */
static inline int
fal_input_peek(FalInput *input)
{
    return input->at < input->n || fal_input_fill(input) ? input->bytes[input->at] : -1;
}

/* Takes the byte that was peeked at. */
static inline void
fal_input_take(FalInput *input)
{
    input->column++;
    if (input->bytes[input->at++] == '\n') {
        input->line++;
        input->column = 0;
    }
}

/* --- listens --- */

typedef struct FalListens FalListens;

FalListens *fal_listens_new(void);
void fal_listens_free(FalListens *listens);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalListens, fal_listens_free)
/* A listen, or so many plays of a name. */
typedef struct {
    const char *name; /* n_bytes, which need not be text */
    gsize n_bytes;
    guint64 plays;
    gint64 line; /* where it begins */
    gint32 day;  /* 20201231, 0 where nobody knows; only Spotify's matter */
} FalHeardOnce;

/* A name that is none is counted as unreadable. FALSE with FAL_ERROR_DATA where there are too
 * many names. */
gboolean fal_listens_add(FalListens *listens, FalHistoryKind kind, const FalInput *input,
                         const FalHeardOnce *heard, GError **error);
/* One that does not count. */
void fal_listens_leave(FalListens *listens, FalHistoryKind kind, FalListen why);
/* One that cannot be read, and why. */
void fal_listens_bad(FalListens *listens, FalHistoryKind kind, const FalInput *input,
                     gint64 line, const char *why);
/* How many there are of a kind, whatever became of them. */
gint64 fal_listens_n(const FalListens *listens, FalHistoryKind kind);
/* Adds those of one file, called so; takes what it needs out of file. FALSE as above. */
gboolean fal_listens_merge(FalListens *listens, FalListens *file, const char *called,
                           GError **error);
/* The counts so far; borrowed. */
FalHistory *fal_listens_history(FalListens *listens);
/* What all of it comes to; takes listens. */
FalHistory *fal_listens_end(FalListens *listens);

/* --- readers: *found where there are listens; FALSE with an error --- */

gboolean fal_history_json(FalInput *input, FalListens *listens, gboolean *found,
                          GError **error);
gboolean fal_history_csv(FalInput *input, FalListens *listens, gboolean *found, GError **error);
gboolean fal_history_list(FalInput *input, FalListens *listens, gboolean *found,
                          GError **error);

/* Whether the first bytes of a file look so. */
gboolean fal_history_is_csv(const char *bytes, gsize n);
gboolean fal_history_is_list(const char *bytes, gsize n);

#endif
