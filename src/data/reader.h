/* Bytes from where they are: plain files, .gz (any filter that libarchive knows), and the
 * members of .tar.gz and .zip, as lines.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_READER_H
#define FAL_DATA_READER_H

#include "base/task.h"
#include "data/parse.h"

/* The files of a data set, wherever they lie. */
typedef struct FalSource FalSource;

typedef enum {
    FAL_PART_PLAYS,   /* user_artist_data*.txt, or the single file that was given */
    FAL_PART_NAMES,   /* artist_data*.txt */
    FAL_PART_ALIASES, /* artist_alias*.txt */
    FAL_N_PARTS
} FalPart;

/* Finds the parts in path: a directory, an archive, or a single file of plays (then there are
 * no names and no aliases). FAL_ERROR_DATA where nothing is there, saying what was looked
 * for. Two files of one kind in a directory: an error naming both. */
FalSource *fal_source_new(const char *path, GError **error);
void fal_source_free(FalSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalSource, fal_source_free)

/* What path is made of, as a text that is another one when the files are: paths, sizes, times.
 * NULL where path cannot be read. *newest is the latest time of a file, in seconds. Free with
 * g_free(). Nothing is opened. */
char *fal_source_key(const char *path, gint64 *newest);

/* The part's number in the archive, and the archive's name for it; -1 and NULL where the part
 * is a file or is missing. Borrowed. */
int fal_source_member(const FalSource *source, FalPart part, const char **name);
/* The source of the archive path with these members, each as fal_source_member() told it. */
FalSource *fal_source_new_members(const char *path, const int member[FAL_N_PARTS],
                                  const char *const name[FAL_N_PARTS]);

gboolean fal_source_has(const FalSource *source, FalPart part);
/* For messages: "dir/user_artist_data.txt", "x.tar.gz:profiledata/artist_data.txt". */
const char *fal_source_name(const FalSource *source, FalPart part);

/* A line without its end (LF or CRLF), nor a byte order mark before the first; not terminated
 * by a NUL and may hold any byte. line_no counts from 1. FALSE stops the reading (set error).
 */
typedef gboolean (*FalLineFn)(const char *line, gsize n_bytes, gint64 line_no, gpointer data,
                              GError **error);

/* Reads the part's lines in order. Progress is the task's (bytes of the file on disk). A last
 * line without an end counts. Lines longer than 1 MiB are cut there. FAL_ERROR_DATA for what
 * cannot be read or is cut short, with the file's name; FAL_ERROR_CANCELLED. */
gboolean fal_source_read(const FalSource *source, FalPart part, FalLineFn fn, gpointer data,
                         FalTask *task, GError **error);

/* The same for one file that belongs to no data set (plain or compressed). */
gboolean fal_reader_lines(const char *path, FalLineFn fn, gpointer data, FalTask *task,
                          GError **error);

#endif
