/* Listening histories: files, what is in them, and what became of their listens.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/paths.h"
#include "data/history-private.h"
#include "data/stream.h"

enum {
    MOST_FILES = 5000, /* of a folder */
    MOST_DEPTH = 8,    /* of folders */
    /* Text as services pack it shrinks to a tenth. */
    BOMB_RATIO = 200,
};
#define BOMB_BYTES ((gint64)256 << 20)

const char *const fal_history_names[] = {
    [FAL_HISTORY_LASTFM] = "Last.fm",
    [FAL_HISTORY_LISTENBRAINZ] = "ListenBrainz",
    [FAL_HISTORY_SPOTIFY] = "Spotify extended",
    [FAL_HISTORY_SPOTIFY_ACCOUNT] = "Spotify account",
    [FAL_HISTORY_LIST] = "list",
};

/* --- one file --- */

/* What is read, of all files together. */
typedef struct {
    FalListens *listens;
    GHashTable *seen; /* digests of the files that had listens */
    GError *broken;   /* the first file that cannot be read, and has no listen before that */
    gboolean cut;     /* a history was, after its first listen */
    gint64 n_listens; /* of what was read to its end */
} Reading;

typedef gboolean (*Reader)(FalInput *input, FalListens *listens, gboolean *found,
                           GError **error);

/* By what stands at a file's beginning; NULL for none of them. An artist may be called
 * [unknown]: lines that can be read are no JSON. */
static Reader
find_reader(const char *head, gsize n)
{
    if (fal_history_is_csv(head, n))
        return fal_history_csv;
    if (fal_history_is_list(head, n))
        return fal_history_list;
    while (n > 0 && *head && strchr(" \t\r\n", *head)) {
        head++;
        n--;
    }
    return n > 0 && (*head == '[' || *head == '{') ? fal_history_json : NULL;
}

static void
keep_broken(Reading *reading, GError **why)
{
    if (!reading->broken)
        reading->broken = g_steal_pointer(why);
    g_clear_error(why);
}

/* Adds what a file held, unless another one held the very same. */
static gboolean
add_file(Reading *reading, const FalInput *input, FalListens *file, GError **error)
{
    FalHistory *history = fal_listens_history(reading->listens);
    guint64 digest = fal_input_digest(input);

    if (g_hash_table_contains(reading->seen, &digest)) {
        history->twice++;
        return TRUE;
    }
    g_hash_table_add(reading->seen, g_memdup2(&digest, sizeof digest));
    for (int k = 0; k < FAL_N_HISTORIES; k++)
        reading->n_listens += fal_listens_n(file, (FalHistoryKind)k);
    return fal_listens_merge(reading->listens, file, input->file, error);
}

static gboolean
is_utf16(const char *head, gsize n)
{
    return n >= 2 && (!memcmp(head, "\xff\xfe", 2) || !memcmp(head, "\xfe\xff", 2));
}

/* Reads what input holds; FALSE with an error. Files that hold something else are counted. */
static gboolean
read_input(FalInput *input, Reading *reading, GError **error)
{
    g_autoptr(FalListens) file = fal_listens_new();
    gsize n;
    const char *head = fal_input_head(input, &n);
    Reader reader = find_reader(head, n);
    gboolean found = FALSE;
    g_autoptr(GError) why = NULL;

    gboolean ok = !reader || reader(input, file, &found, &why);
    reading->cut = found && (!ok || input->error);
    if (input->error) {
        g_propagate_error(error, g_steal_pointer(&input->error));
        return FALSE;
    }
    if (reading->cut || g_error_matches(why, FAL_ERROR, FAL_ERROR_CANCELLED)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (found)
        return add_file(reading, input, file, error);
    if (!why && is_utf16(head, n))
        g_set_error(&why, FAL_ERROR, FAL_ERROR_DATA,
                    "%s: it is UTF-16 text: save it as UTF-8, and import that", input->file);
    /* What is broken before its first listen may be anything. */
    if (why)
        keep_broken(reading, &why);
    fal_listens_history(reading->listens)->others++;
    return TRUE;
}

/* --- files on disk --- */

typedef struct {
    FalStream *stream;
    FalTask *task;
    const char *path;
    gint64 before;   /* bytes of the files before this one */
    gint64 unpacked; /* of this one */
} Source;

static gssize
read_source(gpointer data, char *to, gsize n, GError **error)
{
    Source *source = data;

    if (fal_task_stopped(source->task, error))
        return -1;
    gssize got = fal_stream_read(source->stream, to, n, error);
    gint64 size = fal_stream_size(source->stream);
    source->unpacked += MAX(got, 0);
    fal_task_advance(source->task,
                     (double)(source->before + MIN(fal_stream_offset(source->stream), size)));
    if (source->unpacked > BOMB_BYTES && source->unpacked / BOMB_RATIO > size) {
        fal_stream_set_error(error, source->path,
                             "it unpacks to more than two hundred times its size, which no "
                             "listening history does: get the export again");
        return -1;
    }
    return got;
}

static gboolean
read_item(Source *source, const FalItem *item, Reading *reading, GError **error)
{
    g_autofree char *shown = g_filename_display_name(source->path);
    g_autofree char *file =
        item->name ? g_strdup_printf("%s, %s", shown, item->name) : g_strdup(shown);
    FalInput input;

    if (item->kind == FAL_ITEM_MEMBER && !item->name)
        return TRUE;
    fal_input_init(&input, file, read_source, source);
    gboolean ok = read_input(&input, reading, error);
    gboolean whole = input.ended;
    fal_input_clear(&input);
    return ok &&
           (item->kind != FAL_ITEM_BYTES || !whole || fal_stream_drain(source->stream, error));
}

static gboolean
read_file(const char *path, gint64 before, Reading *reading, FalTask *task, GError **error)
{
    g_autoptr(FalStream) stream = fal_stream_open(path, TRUE, task, error);
    Source source = {stream, task, path, before, 0};
    FalItem item;

    if (!stream)
        return FALSE;
    for (;;) {
        if (fal_task_stopped(task, error) || !fal_stream_next(stream, &item, error))
            return FALSE;
        if (item.kind == FAL_ITEM_NONE)
            return TRUE;
        if (item.kind == FAL_ITEM_EMPTY) {
            fal_listens_history(reading->listens)->others++;
            return TRUE;
        }
        if (!read_item(&source, &item, reading, error))
            return FALSE;
        if (item.kind == FAL_ITEM_BYTES)
            return TRUE;
    }
}

static int
compare_paths(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The regular files of a folder and those below it, without hidden ones and links. One below it
 * that cannot be read is passed over. */
static gboolean
list_files(const char *folder, int depth, GPtrArray *paths, Reading *reading, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GError) why = NULL;
    const char *name;

    if (!dir) {
        g_autofree char *reason = fal_paths_why(folder, errno, NULL);
        fal_stream_set_error(depth > 0 ? &why : error, folder, reason);
        if (depth > 0)
            keep_broken(reading, &why);
        return depth > 0;
    }
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        struct stat st;
        if (name[0] == '.' || lstat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && depth < MOST_DEPTH &&
            !list_files(path, depth + 1, paths, reading, error))
            return FALSE;
        if (!S_ISREG(st.st_mode) || st.st_size == 0)
            continue;
        if (paths->len == MOST_FILES) {
            fal_stream_set_error(error, folder,
                                 "it has thousands of files: name the export's own folder");
            return FALSE;
        }
        g_ptr_array_add(paths, g_steal_pointer(&path));
    }
    return TRUE;
}

static gint64
size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? st.st_size : 0;
}

/* One of several that is broken before it has a listen is passed over. */
static gboolean
may_pass(Reading *reading, gint64 before, const GPtrArray *paths, const GError *why)
{
    return paths->len > 1 && !reading->cut && reading->n_listens == before &&
           g_error_matches(why, FAL_ERROR, FAL_ERROR_DATA);
}

static gboolean
read_files(const GPtrArray *paths, Reading *reading, FalTask *task, GError **error)
{
    double total = 0;
    gint64 before = 0;

    for (guint i = 0; i < paths->len; i++)
        total += (double)size_of(paths->pdata[i]);
    fal_task_stage(task, "reading the history", total);
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GError) why = NULL;
        gint64 n_listens = reading->n_listens;
        if (!read_file(paths->pdata[i], before, reading, task, &why)) {
            if (!may_pass(reading, n_listens, paths, why)) {
                g_propagate_error(error, g_steal_pointer(&why));
                return FALSE;
            }
            keep_broken(reading, &why);
        }
        before += size_of(paths->pdata[i]);
    }
    return TRUE;
}

/* --- all of it --- */

/* Why a history without plays has none. */
static void
set_nothing(const FalHistory *history, const char *path, GError **broken, GError **error)
{
    static const char *const what[FAL_N_LISTENS] = {
        [FAL_LISTEN_PODCAST] = "without an artist, as podcasts are",
        [FAL_LISTEN_PRIVATE] = "in private sessions",
        [FAL_LISTEN_SKIPPED] = "skipped",
        [FAL_LISTEN_REPEATED] = "repeated",
        [FAL_LISTEN_UNREADABLE] = "that cannot be read",
    };
    g_autofree char *shown = g_filename_display_name(path);
    g_autoptr(GString) text = g_string_new(NULL);

    for (int i = FAL_LISTEN_COUNTED + 1; i < FAL_N_LISTENS; i++) {
        gint64 n = 0;
        for (int k = 0; k < FAL_N_HISTORIES; k++)
            n += history->listens[k][i];
        if (n > 0)
            g_string_append_printf(text, "%s%" G_GINT64_FORMAT " %s", text->len ? ", " : "", n,
                                   what[i]);
    }
    if (text->len > 0)
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    "%s: no listen of it counts (%s%s%s): your artists are as they were", shown,
                    text->str, history->bad ? "; " : "", history->bad ? history->bad : "");
    else if (*broken)
        g_propagate_error(error, g_steal_pointer(broken));
    else
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    "%s: there is no listening history in it: " FAL_HISTORY_WANTED, shown);
}

static void
reading_init(Reading *reading)
{
    *reading = (Reading){.listens = fal_listens_new()};
    reading->seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
}

static void
reading_clear(Reading *reading)
{
    g_clear_pointer(&reading->listens, fal_listens_free);
    g_hash_table_unref(reading->seen);
    g_clear_error(&reading->broken);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reading, reading_clear)

static FalHistory *
finish(Reading *reading, const char *path, GError **error)
{
    g_autoptr(FalHistory) history = fal_listens_end(g_steal_pointer(&reading->listens));

    if (history->n == 0) {
        set_nothing(history, path, &reading->broken, error);
        return NULL;
    }
    if (reading->broken)
        history->broken = g_strdup(reading->broken->message);
    return g_steal_pointer(&history);
}

FalHistory *
fal_history_read(const char *path, FalTask *task, GError **error)
{
    g_auto(Reading) reading;
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

    reading_init(&reading);
    if (!*path) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_DATA,
                            "an empty name is no file: name the export, or its folder");
        return NULL;
    }
    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        g_ptr_array_add(paths, g_strdup(path));
    else if (!list_files(path, 0, paths, &reading, error))
        return NULL;
    g_ptr_array_sort(paths, compare_paths);
    return read_files(paths, &reading, task, error) ? finish(&reading, path, error) : NULL;
}

FalHistory *
fal_history_read_bytes(const char *file, const void *bytes, gsize n, GError **error)
{
    g_auto(Reading) reading;
    FalMemory memory = {bytes, n};
    FalInput input;

    reading_init(&reading);
    fal_input_init(&input, file, fal_memory_read, &memory);
    gboolean ok = read_input(&input, &reading, error);
    fal_input_clear(&input);
    return ok ? finish(&reading, file, error) : NULL;
}
