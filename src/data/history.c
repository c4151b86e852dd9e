/* Listening histories: files, what is in them, and what became of their listens.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/text.h"
#include "data/history-private.h"
#include "data/stream.h"

enum {
    MOST_FILES = 5000,    /* of a folder */
    MOST_DEPTH = 8,       /* of folders */
    MOST_NAMES = 1000000, /* artists: more are no one's listening */
    /* Text as services pack it shrinks to a tenth. */
    BOMB_RATIO = 200,
};
#define BOMB_BYTES ((gint64)256 << 20)

#define WANTED                                                                                 \
    "it takes Last.fm's CSV, ListenBrainz's and Spotify's exports as they come, and lines of " \
    "an artist, a tab and its plays"

const char *const fal_history_names[] = {
    [FAL_HISTORY_LASTFM] = "Last.fm",
    [FAL_HISTORY_LISTENBRAINZ] = "ListenBrainz",
    [FAL_HISTORY_SPOTIFY] = "Spotify extended",
    [FAL_HISTORY_SPOTIFY_ACCOUNT] = "Spotify account",
    [FAL_HISTORY_LIST] = "list",
};

/* --- what becomes of listens --- */

typedef struct {
    guint64 plays[FAL_N_HISTORIES];
} Plays;

struct FalListens {
    FalHistory *history; /* without names yet */
    GHashTable *names;   /* char* -> Plays */
    GError *broken;      /* the first file that is, before it had a listen */
};

FalListens *
fal_listens_new(void)
{
    FalListens *listens = g_new0(FalListens, 1);

    listens->history = g_new0(FalHistory, 1);
    listens->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return listens;
}

void
fal_listens_free(FalListens *listens)
{
    if (!listens)
        return;
    g_clear_pointer(&listens->history, fal_history_free);
    g_hash_table_unref(listens->names);
    g_clear_error(&listens->broken);
    g_free(listens);
}

void
fal_listens_leave(FalListens *listens, FalHistoryKind kind, FalListen why)
{
    listens->history->listens[kind][why]++;
}

void
fal_listens_bad(FalListens *listens, FalHistoryKind kind, const FalInput *input, gint64 line,
                const char *why)
{
    FalHistory *history = listens->history;

    history->listens[kind][FAL_LISTEN_UNREADABLE]++;
    if (!history->bad)
        history->bad =
            g_strdup_printf("%s, line %" G_GINT64_FORMAT ": %s", input->file, line, why);
}

/* Nothing in a name may end a line or a column of what is kept. */
static char *
clean_name(const char *name, gsize n_bytes)
{
    char *text = fal_text_from_bytes(name, n_bytes);

    for (char *c = text; *c; c++)
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    return g_strstrip(text);
}

gboolean
fal_listens_add(FalListens *listens, FalHistoryKind kind, const FalInput *input, gint64 line,
                const char *name, gsize n_bytes, guint64 plays, GError **error)
{
    g_autofree char *clean = clean_name(name, MIN(n_bytes, FAL_HISTORY_TEXT + 1));

    if (!*clean || strlen(clean) > FAL_HISTORY_TEXT) {
        fal_listens_bad(listens, kind, input, line,
                        *clean ? "the artist's name is too long" : "it has no artist");
        return TRUE;
    }
    Plays *of = g_hash_table_lookup(listens->names, clean);
    if (!of) {
        if (g_hash_table_size(listens->names) >= MOST_NAMES) {
            g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                        "%s, line %" G_GINT64_FORMAT
                        ": there are more than a million artists by then, which is no one's "
                        "listening history: " WANTED,
                        input->file, line);
            return FALSE;
        }
        of = g_new0(Plays, 1);
        g_hash_table_insert(listens->names, g_steal_pointer(&clean), of);
    }
    of->plays[kind] += plays;
    listens->history->listens[kind][FAL_LISTEN_COUNTED] += (gint64)plays;
    return TRUE;
}

static int
compare_names(const void *a, const void *b)
{
    const FalHistoryName *x = a, *y = b;

    if (x->plays != y->plays)
        return x->plays > y->plays ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* The account's history is the last year of the extended one. */
static void
leave_repeated(FalHistory *history)
{
    gint64 *account = history->listens[FAL_HISTORY_SPOTIFY_ACCOUNT];

    if (history->files[FAL_HISTORY_SPOTIFY] == 0)
        return;
    account[FAL_LISTEN_REPEATED] += account[FAL_LISTEN_COUNTED];
    account[FAL_LISTEN_COUNTED] = 0;
}

FalHistory *
fal_listens_end(FalListens *listens)
{
    FalHistory *history = g_steal_pointer(&listens->history);
    GHashTableIter iter;
    gpointer name, value;

    leave_repeated(history);
    history->name = g_new0(FalHistoryName, g_hash_table_size(listens->names) + 1);
    g_hash_table_iter_init(&iter, listens->names);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        const Plays *plays = value;
        guint64 sum = 0;
        for (int k = 0; k < FAL_N_HISTORIES; k++)
            if (history->listens[k][FAL_LISTEN_COUNTED] > 0)
                sum += plays->plays[k];
        if (sum == 0)
            continue;
        g_hash_table_iter_steal(&iter);
        g_free(value);
        history->name[history->n++] = (FalHistoryName){name, sum};
    }
    fal_listens_free(listens);
    qsort(history->name, history->n, sizeof *history->name, compare_names);
    return history;
}

void
fal_history_free(FalHistory *history)
{
    if (!history)
        return;
    for (gsize i = 0; i < history->n; i++)
        g_free(history->name[i].name);
    g_free(history->name);
    g_free(history->bad);
    g_free(history);
}

/* --- one file --- */

static gint64
listens_of(const FalHistory *history, FalHistoryKind kind)
{
    gint64 sum = 0;

    for (int i = 0; i < FAL_N_LISTENS; i++)
        sum += history->listens[kind][i];
    return sum;
}

typedef gboolean (*Reader)(FalInput *input, FalListens *listens, gboolean *found,
                           GError **error);

/* By what stands at a file's beginning; NULL for none of them. */
static Reader
find_reader(const char *head, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        if (head[i] == '[' || head[i] == '{')
            return fal_history_json;
        if (!strchr(" \t\r\n", head[i]) || !head[i])
            break;
    }
    if (fal_history_is_csv(head, n))
        return fal_history_csv;
    return fal_history_is_list(head, n) ? fal_history_list : NULL;
}

/* Reads what input holds; FALSE with an error. Files that hold something else are counted. */
static gboolean
read_input(FalInput *input, FalListens *listens, GError **error)
{
    FalHistory *history = listens->history;
    gint64 before[FAL_N_HISTORIES];
    gsize n;
    const char *head = fal_input_head(input, &n);
    Reader reader = find_reader(head, n);
    gboolean found = FALSE;
    g_autoptr(GError) why = NULL;

    for (int k = 0; k < FAL_N_HISTORIES; k++)
        before[k] = listens_of(history, (FalHistoryKind)k);
    gboolean ok = !reader || reader(input, listens, &found, &why);
    if (input->error) {
        g_propagate_error(error, g_steal_pointer(&input->error));
        return FALSE;
    }
    if (!ok && found) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    /* What is broken before its first listen may be anything. */
    if (!ok && !listens->broken)
        listens->broken = g_steal_pointer(&why);
    history->others += !found;
    for (int k = 0; k < FAL_N_HISTORIES; k++)
        history->files[k] += listens_of(history, (FalHistoryKind)k) > before[k];
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
read_item(Source *source, const FalItem *item, FalListens *listens, GError **error)
{
    g_autofree char *shown = g_filename_display_name(source->path);
    g_autofree char *file =
        item->name ? g_strdup_printf("%s, %s", shown, item->name) : g_strdup(shown);
    FalInput input;

    if (item->kind == FAL_ITEM_MEMBER && !item->name)
        return TRUE;
    fal_input_init(&input, file, read_source, source);
    gboolean ok = read_input(&input, listens, error);
    gboolean whole = input.ended;
    fal_input_clear(&input);
    return ok &&
           (item->kind != FAL_ITEM_BYTES || !whole || fal_stream_drain(source->stream, error));
}

static gboolean
read_file(const char *path, gint64 before, FalListens *listens, FalTask *task, GError **error)
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
            listens->history->others++;
            return TRUE;
        }
        if (!read_item(&source, &item, listens, error))
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

/* The regular files of a folder and those below it, without hidden ones and links. */
static gboolean
list_files(const char *folder, int depth, GPtrArray *paths, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &why);
    const char *name;

    if (!dir) {
        fal_stream_set_error(error, folder, why->message);
        return FALSE;
    }
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        struct stat st;
        if (name[0] == '.' || lstat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && depth < MOST_DEPTH &&
            !list_files(path, depth + 1, paths, error))
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

static gboolean
read_files(const GPtrArray *paths, FalListens *listens, FalTask *task, GError **error)
{
    double total = 0;
    gint64 before = 0;

    for (guint i = 0; i < paths->len; i++)
        total += (double)size_of(paths->pdata[i]);
    fal_task_stage(task, "reading the history", total);
    for (guint i = 0; i < paths->len; i++) {
        if (!read_file(paths->pdata[i], before, listens, task, error))
            return FALSE;
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
                    "%s: there is no listening history in it: " WANTED, shown);
}

/* Takes listens. */
static FalHistory *
finish(FalListens *listens, const char *path, GError **error)
{
    g_autoptr(GError) broken = g_steal_pointer(&listens->broken);
    g_autoptr(FalHistory) history = fal_listens_end(listens);

    if (history->n == 0) {
        set_nothing(history, path, &broken, error);
        return NULL;
    }
    return g_steal_pointer(&history);
}

FalHistory *
fal_history_read(const char *path, FalTask *task, GError **error)
{
    g_autoptr(FalListens) listens = fal_listens_new();
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        g_ptr_array_add(paths, g_strdup(path));
    else if (!list_files(path, 0, paths, error))
        return NULL;
    g_ptr_array_sort(paths, compare_paths);
    if (!read_files(paths, listens, task, error))
        return NULL;
    return finish(g_steal_pointer(&listens), path, error);
}

FalHistory *
fal_history_read_bytes(const char *file, const void *bytes, gsize n, GError **error)
{
    g_autoptr(FalListens) listens = fal_listens_new();
    FalMemory memory = {bytes, n};
    FalInput input;

    fal_input_init(&input, file, fal_memory_read, &memory);
    gboolean ok = read_input(&input, listens, error);
    fal_input_clear(&input);
    return ok ? finish(g_steal_pointer(&listens), file, error) : NULL;
}
