/* Listening histories as services give them to their users, read to artists' names and plays.
 *
 * What is read, told apart by what is in it and not by its name:
 *
 * - Last.fm: CSV with a header line that names `artist` and a time or track, or without one:
 *   artist, album, track, "02 Jan 2006 15:04".
 * - ListenBrainz: JSON objects, a line each or in an array: listened_at, track_metadata.
 * - Spotify: arrays of objects: the extended history (ms_played, master_metadata_...) and the
 *   account's (endTime, msPlayed).
 * - A list: lines of a name, a tab and its plays.
 *
 * From a file, packed or not, the members of an archive, or all of a folder. Everything is read
 * as a stream: memory is taken for distinct names, and the days of the account's, only.
 *
 * Left out, and counted: podcasts and whatever else has no artist; private sessions; what
 * Spotify's own records call skipped, by the rule of ListenBrainz's importer (below 30 s, and
 * skipped or ended by the listener), and below 30 s where they only tell the time; listens that
 * cannot be read; of the account's history the days from the first to the last of the
 * extended one, which holds the same; a file that holds the very same bytes as another one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_HISTORY_H
#define FAL_DATA_HISTORY_H

#include "base/task.h"

typedef enum {
    FAL_HISTORY_LASTFM,
    FAL_HISTORY_LISTENBRAINZ,
    FAL_HISTORY_SPOTIFY,
    FAL_HISTORY_SPOTIFY_ACCOUNT,
    FAL_HISTORY_LIST,
    FAL_N_HISTORIES
} FalHistoryKind;

extern const char *const fal_history_names[]; /* "Last.fm", ..., by kind */

/* What became of a listen. */
typedef enum {
    FAL_LISTEN_COUNTED,
    FAL_LISTEN_PODCAST,
    FAL_LISTEN_PRIVATE,
    FAL_LISTEN_SKIPPED,
    FAL_LISTEN_REPEATED,
    FAL_LISTEN_UNREADABLE,
    FAL_N_LISTENS
} FalListen;

typedef struct {
    char *name;    /* valid UTF-8 without control characters, not empty */
    guint64 plays; /* at least 1 */
} FalHistoryName;

typedef struct {
    gint64 files[FAL_N_HISTORIES];
    gint64 listens[FAL_N_HISTORIES][FAL_N_LISTENS];
    gint64 others; /* files that hold something else */
    gint64 twice;  /* files that hold the very same as another one, and were left out */
    char *bad;     /* the first listen that cannot be read: where and why; NULL for none */
    char *broken;  /* the first file that was passed over as it cannot be read: its message */
    FalHistoryName *name; /* n of them, most plays first, then by name */
    gsize n;
} FalHistory;

/* Reads a file or a folder, of which files that cannot be read and had no listen until then are
 * passed over. FAL_ERROR_DATA where it is none of the above, cut short, or where nothing of it
 * counts; _CANCELLED. */
FalHistory *fal_history_read(const char *path, FalTask *task, GError **error);
/* The same of bytes in memory, as one file called `file`. */
FalHistory *fal_history_read_bytes(const char *file, const void *bytes, gsize n,
                                   GError **error);
void fal_history_free(FalHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalHistory, fal_history_free)

#endif
