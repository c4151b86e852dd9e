/* The files of a data set, and reading one line by line. What is large is read by chunks.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/reader.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "data/chunks.h"

typedef struct {
    char *path;     /* the file on disk */
    char *name;     /* for messages */
    gsize n_prefix; /* bytes of it before the name within an archive */
    int member;     /* its number in the archive, -1 where the file is the part itself */
} Part;

struct FalSource {
    Part parts[FAL_N_PARTS];
};

static const struct {
    const char *prefix, *what, *stage;
} kinds[FAL_N_PARTS] = {
    [FAL_PART_PLAYS] = {"user_artist_data", "plays", "reading plays"},
    [FAL_PART_NAMES] = {"artist_data", "names", "reading names"},
    [FAL_PART_ALIASES] = {"artist_alias", "aliases", "reading aliases"},
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DIR, closedir)

/* Which part a file of that name is, FAL_N_PARTS for none. */
static FalPart
part_of_name(const char *name, gboolean may_be_gz)
{
    for (FalPart part = 0; part < FAL_N_PARTS; part++)
        if (g_str_has_prefix(name, kinds[part].prefix) &&
            (g_str_has_suffix(name, ".txt") ||
             (may_be_gz && g_str_has_suffix(name, ".txt.gz"))))
            return part;
    return FAL_N_PARTS;
}

/* Takes name. */
static gboolean
add_part(FalSource *source, FalPart part, const char *path, char *name, int member,
         GError **error)
{
    g_autofree char *owned = name;

    if (source->parts[part].path) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    "cannot choose between two files of %s, %s and %s: remove one of them",
                    kinds[part].what, source->parts[part].name, name);
        return FALSE;
    }
    source->parts[part].path = g_strdup(path);
    source->parts[part].name = g_steal_pointer(&owned);
    source->parts[part].member = member;
    return TRUE;
}

/* Adds a member of the archive path. */
static gboolean
add_member(FalSource *source, FalPart part, const char *path, const char *name, int member,
           GError **error)
{
    g_autofree char *shown = g_filename_display_name(path);

    if (!add_part(source, part, path, g_strdup_printf("%s:%s", shown, name), member, error))
        return FALSE;
    source->parts[part].n_prefix = strlen(shown) + 1;
    return TRUE;
}

static gboolean
check_plays(const FalSource *source, const char *path, GError **error)
{
    g_autofree char *shown = g_filename_display_name(path);

    if (source->parts[FAL_PART_PLAYS].path)
        return TRUE;
    g_set_error(
        error, FAL_ERROR, FAL_ERROR_DATA,
        "there is no user_artist_data*.txt in %s: the plays are looked for in a file of "
        "that name, with artist_data*.txt and artist_alias*.txt beside it",
        shown);
    return FALSE;
}

/* Where the lines of the parts go while they are found; NULL where they are only looked for. */
typedef struct {
    const FalChunks *chunks;
    GPtrArray *const *results;
} Sink;

/* The members of an archive, read as they come, so that it is unpacked but once. */
static gboolean
find_members(FalSource *source, FalStream *stream, FalItem *item, const char *path,
             const Sink *sink, GError **error)
{
    for (int member = 0; item->kind != FAL_ITEM_NONE; member++) {
        g_autofree char *last = item->name ? g_path_get_basename(item->name) : NULL;
        FalPart part = last ? part_of_name(last, FALSE) : FAL_N_PARTS;

        if (part < FAL_N_PARTS) {
            if (!add_member(source, part, path, item->name, member, error))
                return FALSE;
            if (sink)
                fal_task_stage(sink->chunks->task, kinds[part].stage,
                               (double)fal_stream_size(stream));
            if (sink &&
                !fal_chunks_read(sink->chunks, stream, part, sink->results[part], error))
                return FALSE;
        }
        if (!fal_stream_next(stream, item, error))
            return FALSE;
    }
    return fal_stream_drain(stream, error) && check_plays(source, path, error);
}

static gboolean
find_in_file(FalSource *source, const char *path, const Sink *sink, GError **error)
{
    FalTask *task = sink ? sink->chunks->task : NULL;
    g_autoptr(FalStream) stream = fal_stream_open(path, TRUE, task, error);
    g_autofree char *shown = g_filename_display_name(path);
    FalItem item;

    if (!stream || !fal_stream_next(stream, &item, error))
        return FALSE;
    switch (item.kind) {
    case FAL_ITEM_EMPTY:
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA, "%s is empty", shown);
        return FALSE;
    case FAL_ITEM_BYTES:
        return add_part(source, FAL_PART_PLAYS, path, g_steal_pointer(&shown), -1, error);
    default:
        return find_members(source, stream, &item, path, sink, error);
    }
}

static gboolean
find_in_folder(FalSource *source, const char *path, GError **error)
{
    g_autoptr(DIR) folder = opendir(path);
    struct dirent *entry;

    if (!folder) {
        fal_stream_set_error(error, path, g_strerror(errno));
        return FALSE;
    }
    while ((entry = readdir(folder))) {
        FalPart part = part_of_name(entry->d_name, TRUE);
        g_autofree char *file = g_build_filename(path, entry->d_name, NULL);

        if (part == FAL_N_PARTS || g_file_test(file, G_FILE_TEST_IS_DIR))
            continue;
        if (!add_part(source, part, file, g_filename_display_name(file), -1, error))
            return FALSE;
    }
    return check_plays(source, path, error);
}

static FalSource *
find_parts(const char *path, const Sink *sink, GError **error)
{
    g_autoptr(FalSource) source = g_new0(FalSource, 1);
    gboolean found;

    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        found = find_in_folder(source, path, error);
    else
        found = find_in_file(source, path, sink, error);
    return found ? g_steal_pointer(&source) : NULL;
}

FalSource *
fal_source_new(const char *path, GError **error)
{
    return find_parts(path, NULL, error);
}

void
fal_source_free(FalSource *source)
{
    if (!source)
        return;
    for (FalPart part = 0; part < FAL_N_PARTS; part++) {
        g_free(source->parts[part].path);
        g_free(source->parts[part].name);
    }
    g_free(source);
}

int
fal_source_member(const FalSource *source, FalPart part, const char **name)
{
    const Part *it = &source->parts[part];

    *name = NULL;
    if (!it->path || it->member < 0)
        return -1;
    *name = it->name + it->n_prefix;
    return it->member;
}

FalSource *
fal_source_new_members(const char *path, const int member[FAL_N_PARTS],
                       const char *const name[FAL_N_PARTS])
{
    FalSource *source = g_new0(FalSource, 1);

    for (FalPart part = 0; part < FAL_N_PARTS; part++)
        if (member[part] >= 0)
            add_member(source, part, path, name[part], member[part], NULL);
    return source;
}

/* A file's part of a key. */
static gboolean
add_to_key(GString *key, const char *path, gint64 *newest)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    struct stat status;

    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return FALSE;
    g_string_append_printf(
        key, "%s\n%" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld %" G_GINT64_FORMAT ".%09ld\n",
        absolute, (gint64)status.st_size, (gint64)status.st_mtim.tv_sec,
        (long)status.st_mtim.tv_nsec, (gint64)status.st_ctim.tv_sec,
        (long)status.st_ctim.tv_nsec);
    *newest = MAX(*newest, (gint64)status.st_mtim.tv_sec);
    return TRUE;
}

char *
fal_source_key(const char *path, gint64 *newest)
{
    g_autoptr(GString) key = g_string_new(NULL);
    g_autoptr(FalSource) source = g_new0(FalSource, 1);

    *newest = 0;
    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        return add_to_key(key, path, newest) ? g_strdup(key->str) : NULL;
    if (!find_in_folder(source, path, NULL))
        return NULL;
    for (FalPart part = 0; part < FAL_N_PARTS; part++)
        if (source->parts[part].path && !add_to_key(key, source->parts[part].path, newest))
            return NULL;
    return g_strdup(key->str);
}

gboolean
fal_source_has(const FalSource *source, FalPart part)
{
    return source->parts[part].path != NULL;
}

const char *
fal_source_name(const FalSource *source, FalPart part)
{
    return source->parts[part].name;
}

/* Opens the part, at its first byte; *stream is NULL where it is empty. */
static gboolean
open_part(const char *path, int member, const char *stage, FalTask *task, FalStream **stream,
          GError **error)
{
    g_autoptr(FalStream) opened = fal_stream_open(path, member >= 0, task, error);
    FalItem item = {FAL_ITEM_NONE, NULL};

    *stream = NULL;
    if (!opened)
        return FALSE;
    fal_task_stage(task, stage, (double)fal_stream_size(opened));
    for (int i = 0; i <= MAX(member, 0); i++) {
        if (fal_task_stopped(task, error) || !fal_stream_next(opened, &item, error))
            return FALSE;
        if (member >= 0 && item.kind != FAL_ITEM_MEMBER) {
            fal_stream_fail(opened, "it has changed since it was opened", error);
            return FALSE;
        }
        fal_task_advance(task, (double)fal_stream_offset(opened));
    }
    if (item.kind == FAL_ITEM_BYTES || item.kind == FAL_ITEM_MEMBER)
        *stream = g_steal_pointer(&opened);
    return TRUE;
}

static gboolean
read_lines(const char *path, int member, const char *stage, FalLineFn fn, gpointer data,
           FalTask *task, GError **error)
{
    g_autoptr(FalStream) stream = NULL;

    if (!open_part(path, member, stage, task, &stream, error))
        return FALSE;
    return !stream || fal_chunks_lines(stream, fn, data, task, error);
}

gboolean
fal_source_read(const FalSource *source, FalPart part, FalLineFn fn, gpointer data,
                FalTask *task, GError **error)
{
    const Part *it = &source->parts[part];

    g_return_val_if_fail(it->path != NULL, FALSE);

    return read_lines(it->path, it->member, kinds[part].stage, fn, data, task, error);
}

gboolean
fal_reader_lines(const char *path, FalLineFn fn, gpointer data, FalTask *task, GError **error)
{
    return read_lines(path, -1, "reading", fn, data, task, error);
}

FalSource *
fal_source_new_read(const char *path, const FalChunks *chunks, GPtrArray *const *results,
                    GError **error)
{
    const Sink sink = {chunks, results};
    g_autoptr(FalSource) source = find_parts(path, &sink, error);

    if (!source || source->parts[FAL_PART_PLAYS].member >= 0)
        return g_steal_pointer(&source);
    for (FalPart part = 0; part < FAL_N_PARTS; part++) {
        const Part *it = &source->parts[part];
        g_autoptr(FalStream) stream = NULL;

        if (!it->path)
            continue;
        if (!open_part(it->path, it->member, kinds[part].stage, chunks->task, &stream, error) ||
            (stream && !fal_chunks_read(chunks, stream, part, results[part], error)))
            return NULL;
    }
    return g_steal_pointer(&source);
}
