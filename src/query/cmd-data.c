/* Commands about the data: load, stats, problems, artists, artist, users, user.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/paths.h"
#include "base/text.h"
#include "data/bare.h"
#include "data/cache.h"
#include "query/browse.h"
#include "query/resolve.h"
#include "query/session-private.h"

#define TOP_LISTENERS 5

/* Of a model without its data nobody knows how its files were. */
static void
fill_stats(FalTable *table, const FalDataset *dataset)
{
    const FalDatasetStats *s = fal_dataset_stats(dataset);
    const gint64 of_files[] = {s->rows, s->malformed, s->aliases, s->rewritten, s->merged};

    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_int(table, s->users);
    fal_table_int(table, s->artists);
    fal_table_int(table, s->pairs);
    fal_table_int(table, (gint64)s->plays);
    for (gsize i = 0; i < G_N_ELEMENTS(of_files); i++) {
        if (fal_dataset_is_bare(dataset))
            fal_table_null(table);
        else
            fal_table_int(table, of_files[i]);
    }
    fal_table_int(table, s->unnamed);
    fal_table_real(table, s->density);
}

typedef struct {
    char *path;
    gboolean cache;
    FalMatched *matched; /* your artists' names; NULL for none */
} Loading;

static void
loading_free(gpointer data)
{
    Loading *loading = data;

    g_free(loading->path);
    fal_matched_free(loading->matched);
    g_free(loading);
}

FalDataset *
fal_load_dataset(const char *path, gboolean cache, FalMatched *matched, FalTask *task,
                 GError **error)
{
    g_autoptr(FalDataset) dataset =
        cache ? fal_cache_load(path, task, error) : fal_dataset_load(path, task, error);

    if (!dataset || (matched && !fal_matched_find(matched, dataset, task, error)))
        return NULL;
    return g_steal_pointer(&dataset);
}

static gpointer
load_work(FalTask *task, gpointer data, GError **error)
{
    Loading *loading = data;

    return fal_load_dataset(loading->path, loading->cache, loading->matched, task, error);
}

void
fal_call_take_dataset(FalCall *call, FalDataset *dataset, FalMatched *matched)
{
    const FalDatasetStats *stats = fal_dataset_stats(dataset);

    fal_session_set_dataset(fal_call_session(call), dataset);
    fal_session_take_matched(fal_call_session(call), matched);
    fal_session_keep(fal_call_session(call), dataset);
    if (stats->malformed > 0) {
        g_autofree char *n = fal_text_count(stats->malformed);
        fal_table_note(fal_call_table(call),
                       g_strdup_printf("%s line%s could not be read: problems lists %s", n,
                                       stats->malformed == 1 ? "" : "s",
                                       stats->malformed == 1 ? "it" : "them"));
    }
}

static gboolean
load_finish(FalCall *call, gpointer result, GError **error)
{
    g_autoptr(FalDataset) dataset = result;
    Loading *loading = fal_call_data(call);

    (void)error;
    fal_call_take_dataset(call, dataset, g_steal_pointer(&loading->matched));
    fill_stats(fal_call_table(call), dataset);
    return TRUE;
}

/* "demo" is the bundled set. */
static char *
find_path(const char *word, GError **error)
{
    if (!strcmp(word, "demo"))
        return fal_paths_bundled("demo", error);
    char *path = fal_paths_typed(word);
    struct stat there;
    if (stat(path, &there) == 0)
        return path;
    g_autofree char *why = fal_paths_why(path, errno, "demo");
    g_set_error(error, FAL_ERROR, FAL_ERROR_DATA, "cannot read %s: %s", path, why);
    g_free(path);
    return NULL;
}

static gboolean
run_load(FalCall *call, GError **error)
{
    char *path = find_path(fal_call_word(call, 0), error);

    if (!path) {
        fal_call_blame_word(call, 0);
        return FALSE;
    }
    Loading *loading = g_new0(Loading, 1);
    loading->path = path;
    loading->cache = fal_session_cache(fal_call_session(call));
    loading->matched = fal_session_names_to_match(fal_call_session(call));
    fal_call_start(call, load_work, load_finish, loading, loading_free);
    return TRUE;
}

static gboolean
run_stats(FalCall *call, GError **error)
{
    (void)error;
    fill_stats(fal_call_table(call), fal_session_dataset(fal_call_session(call)));
    return TRUE;
}

static gboolean
run_problems(FalCall *call, GError **error)
{
    FalDataset *dataset = fal_session_dataset(fal_call_session(call));
    FalTable *table = fal_call_table(call);
    gint64 malformed = fal_dataset_stats(dataset)->malformed;
    gsize n;
    const FalProblem *problems = fal_dataset_problems(dataset, &n);

    (void)error;
    for (gsize i = 0; i < n; i++) {
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_text(table, problems[i].file);
        fal_table_int(table, problems[i].line);
        fal_table_text(table, problems[i].reason);
        fal_table_text(table, problems[i].text);
    }
    if (malformed > (gint64)n) {
        g_autofree char *more = fal_text_count(malformed - (gint64)n);
        fal_table_note(table, g_strdup_printf("%s more are counted, not kept", more));
    }
    return TRUE;
}

/* The number of rows to show, of so many that there are. */
static gint32
rows_wanted(FalCall *call, gint32 there_are)
{
    gint64 n = fal_call_int(call, "n");

    return n == 0 || n > there_are ? there_are : (gint32)n;
}

static void
artist_cells(FalTable *table, const FalDataset *dataset, gint32 artist)
{
    g_autofree char *name = fal_artist_label(dataset, artist);

    fal_table_row(table, FAL_SUBJECT_ARTIST, artist);
    fal_table_int(table, fal_dataset_artist_id(dataset, artist));
    fal_table_text(table, name);
    fal_table_int(table, fal_dataset_listeners(dataset, artist));
    fal_table_int(table, (gint64)fal_dataset_artist_plays(dataset, artist));
}

static gboolean
run_artists(FalCall *call, GError **error)
{
    FalDataset *dataset = fal_session_dataset(fal_call_session(call));
    g_autoptr(FalBrowse) browse = fal_browse_new(dataset, FAL_SUBJECT_ARTIST);
    const char *by = fal_call_choice(call, "by");
    FalTable *table = fal_call_table(call);

    (void)error;
    fal_browse_sort(browse,
                    *by == 'l'   ? FAL_BY_LISTENERS
                    : *by == 'p' ? FAL_BY_PLAYS
                                 : FAL_BY_NAME,
                    FALSE);
    fal_browse_filter(browse, fal_call_word(call, 0));
    gint32 n = rows_wanted(call, fal_browse_n(browse));
    for (gint32 i = 0; i < n; i++)
        artist_cells(table, dataset, fal_browse_row(browse, i));
    fal_table_figure_int(table, "found", fal_browse_n(browse));
    return TRUE;
}

static char *
aliases_text(const FalDataset *dataset, gint32 artist)
{
    gsize n;
    const FalAlias *alias = fal_dataset_aliases(dataset, artist, &n);
    GString *out = g_string_new(NULL);

    for (gsize i = 0; i < n; i++)
        g_string_append_printf(out, "%s%s%s%" G_GINT64_FORMAT "%s", i ? "; " : "",
                               alias[i].name, *alias[i].name ? " (" : "#", alias[i].id,
                               *alias[i].name ? ")" : "");
    return g_string_free(out, FALSE);
}

/* The listeners with most plays of an artist: "#2064012 12,004; ...". */
static char *
top_listeners_text(const FalDataset *dataset, gint32 artist)
{
    const FalCsr *csr = fal_plays_by_artist(fal_dataset_plays(dataset));
    gint64 first = csr->start[artist], end = csr->start[artist + 1];
    gint64 top[TOP_LISTENERS];
    int n = 0;
    GString *out = g_string_new(NULL);

    for (gint64 i = first; i < end; i++) {
        int at = n;
        while (at > 0 && csr->plays[i] > csr->plays[top[at - 1]])
            at--;
        if (at == TOP_LISTENERS)
            continue;
        n = MIN(n + 1, TOP_LISTENERS);
        memmove(top + at + 1, top + at, sizeof *top * (gsize)(n - 1 - at));
        top[at] = i;
    }
    for (int i = 0; i < n; i++) {
        g_autofree char *plays = fal_text_count(csr->plays[top[i]]);
        g_string_append_printf(out, "%s#%" G_GINT64_FORMAT " %s", i ? "; " : "",
                               fal_dataset_user_id(dataset, csr->col[top[i]]), plays);
    }
    return g_string_free(out, FALSE);
}

static gboolean
run_artist(FalCall *call, GError **error)
{
    FalDataset *dataset = fal_session_dataset(fal_call_session(call));
    FalTable *table = fal_call_table(call);
    gint32 artist = fal_call_artist(call, 0, error);

    if (artist < 0)
        return FALSE;
    g_autofree char *aliases = aliases_text(dataset, artist);
    g_autofree char *listeners = top_listeners_text(dataset, artist);
    artist_cells(table, dataset, artist);
    fal_table_text(table, aliases);
    fal_table_text(table, listeners);
    return TRUE;
}

static gboolean
run_users(FalCall *call, GError **error)
{
    FalDataset *dataset = fal_session_dataset(fal_call_session(call));
    g_autoptr(FalBrowse) browse = fal_browse_new(dataset, FAL_SUBJECT_USER);
    const char *by = fal_call_choice(call, "by");
    FalTable *table = fal_call_table(call);

    (void)error;
    fal_browse_sort(browse,
                    *by == 'p'   ? FAL_BY_PLAYS
                    : *by == 'a' ? FAL_BY_ARTISTS
                                 : FAL_BY_ID,
                    FALSE);
    gint32 n = rows_wanted(call, fal_browse_n(browse));
    for (gint32 i = 0; i < n; i++) {
        gint32 user = fal_browse_row(browse, i);
        double plays = (double)fal_dataset_user_plays(dataset, user);
        guint32 artists = fal_dataset_user_artists(dataset, user);
        fal_table_row(table, FAL_SUBJECT_USER, user);
        fal_table_int(table, fal_dataset_user_id(dataset, user));
        fal_table_int(table, artists);
        fal_table_int(table, (gint64)plays);
        fal_table_real(table, plays / artists);
    }
    fal_table_figure_int(table, "found", fal_browse_n(browse));
    return TRUE;
}

static int
by_plays(gconstpointer a, gconstpointer b)
{
    const FalPlay *p = a, *q = b;

    if (p->plays != q->plays)
        return p->plays < q->plays ? 1 : -1;
    return p->artist - q->artist;
}

static gboolean
run_user(FalCall *call, GError **error)
{
    FalDataset *dataset = fal_session_dataset(fal_call_session(call));
    const FalCsr *csr = fal_plays_by_user(fal_dataset_plays(dataset));
    FalTable *table = fal_call_table(call);
    gint32 user = fal_call_user(call, 0, error);

    if (user < 0)
        return FALSE;
    gint32 count = (gint32)fal_csr_count(csr, user);
    g_autofree FalPlay *plays = g_new(FalPlay, (gsize)count + 1);
    for (gint32 i = 0; i < count; i++) {
        gint64 at = csr->start[user] + i;
        plays[i] = (FalPlay){user, csr->col[at], csr->plays[at]};
    }
    qsort(plays, (gsize)count, sizeof *plays, by_plays);
    gint32 n = rows_wanted(call, count);
    for (gint32 i = 0; i < n; i++) {
        g_autofree char *name = fal_artist_label(dataset, plays[i].artist);
        fal_table_row(table, FAL_SUBJECT_ARTIST, plays[i].artist);
        fal_table_int(table, i + 1);
        fal_table_int(table, fal_dataset_artist_id(dataset, plays[i].artist));
        fal_table_text(table, name);
        fal_table_int(table, plays[i].plays);
    }
    fal_table_figure_int(table, "user", fal_dataset_user_id(dataset, user));
    fal_table_figure_int(table, "artists", count);
    fal_table_figure_int(table, "plays", (gint64)fal_dataset_user_plays(dataset, user));
    return TRUE;
}

static const FalColumn stats_columns[] = {
    {.name = "users", .type = FAL_CELL_INT, .help = "listeners with at least one play"},
    {.name = "artists", .type = FAL_CELL_INT,
     .help = "artists with at least one play, aliases resolved"},
    {.name = "pairs", .type = FAL_CELL_INT, .help = "distinct (user, artist) pairs"},
    {.name = "plays", .type = FAL_CELL_INT, .help = "sum of all play counts"},
    {.name = "rows", .type = FAL_CELL_INT, .help = "rows of plays that could be read"},
    {.name = "malformed", .type = FAL_CELL_INT,
     .help = "lines of any file that could not be read"},
    {.name = "aliases", .type = FAL_CELL_INT, .help = "ids that stand for another artist"},
    {.name = "rewritten", .type = FAL_CELL_INT,
     .help = "rows of plays whose artist was an alias"},
    {.name = "merged", .type = FAL_CELL_INT,
     .help = "rows added to another row of the same pair"},
    {.name = "unnamed", .type = FAL_CELL_INT, .help = "artists with plays but without a name"},
    {.name = "density", .type = FAL_CELL_REAL, .digits = 3, .flags = FAL_COLUMN_SHARE,
     .help = "pairs / (users x artists)"},
    {.name = NULL},
};

FalTable *
fal_stats_table(const FalDataset *dataset)
{
    FalTable *table = fal_table_new("stats", stats_columns, NULL);

    fill_stats(table, dataset);
    return table;
}

static const FalColumn problem_columns[] = {
    {.name = "file", .type = FAL_CELL_TEXT, .help = "the file, without its folder"},
    {.name = "line", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID,
     .help = "line number, from 1"},
    {.name = "reason", .type = FAL_CELL_TEXT, .help = "why it could not be read"},
    {.name = "text", .type = FAL_CELL_TEXT, .help = "the line, at most 200 bytes of it"},
    {.name = NULL},
};

#define ARTIST_COLUMNS                                                                         \
    {.name = "id", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the artist's id"},   \
    {.name = "name", .type = FAL_CELL_TEXT, .help = "the name, or # and the id without one"},  \
    {.name = "listeners", .type = FAL_CELL_INT, .help = "users who played the artist"},        \
    {.name = "plays", .type = FAL_CELL_INT, .help = "plays by all of them"}

static const FalColumn artists_columns[] = {ARTIST_COLUMNS, {.name = NULL}};
static const FalColumn artist_columns[] = {
    ARTIST_COLUMNS,
    {.name = "aliases", .type = FAL_CELL_TEXT, .help = "other names and ids that lead here"},
    {.name = "top_listeners", .type = FAL_CELL_TEXT,
     .help = "the users with most plays of the artist, with their plays"},
    {.name = NULL},
};
static const FalColumn users_columns[] = {
    {.name = "user", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the user's id"},
    {.name = "artists", .type = FAL_CELL_INT, .help = "distinct artists played"},
    {.name = "plays", .type = FAL_CELL_INT, .help = "sum of the plays"},
    {.name = "mean", .type = FAL_CELL_REAL, .digits = 6, .help = "plays per artist"},
    {.name = NULL},
};
static const FalColumn user_columns[] = {
    {.name = "rank", .type = FAL_CELL_INT, .help = "1 for the most played"},
    {.name = "id", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the artist's id"},
    {.name = "name", .type = FAL_CELL_TEXT, .help = "the artist"},
    {.name = "plays", .type = FAL_CELL_INT, .help = "the user's plays of the artist"},
    {.name = NULL},
};
static const FalColumn user_figures[] = {
    {.name = "user", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the user's id"},
    {.name = "artists", .type = FAL_CELL_INT, .help = "distinct artists played"},
    {.name = "plays", .type = FAL_CELL_INT, .help = "sum of the plays"},
    {.name = NULL},
};
static const FalColumn found_figures[] = {
    {.name = "found", .type = FAL_CELL_INT, .help = "how many there are in all"},
    {.name = NULL},
};

static const char *const artist_orders[] = {"listeners", "plays", "name", NULL};
static const char *const user_orders[] = {"plays", "artists", "id", NULL};

static const FalKeySpec artists_keys[] = {
    {.name = "by", .type = FAL_KEY_CHOICE, .choices = artist_orders, .fallback = "listeners",
     .help = "the order: most listeners, most plays, or names from A"},
    FAL_KEY_ROWS("20"),
    {.name = NULL},
};
static const FalKeySpec users_keys[] = {
    {.name = "by", .type = FAL_KEY_CHOICE, .choices = user_orders, .fallback = "plays",
     .help = "the order: most plays, most artists, or rising ids"},
    FAL_KEY_ROWS("20"),
    {.name = NULL},
};
static const FalKeySpec rows_keys[] = {FAL_KEY_ROWS("20"), {.name = NULL}};

const FalCommand fal_commands_data[] = {
    {.name = "load", .group = "data", .summary = "load a data set",
     .help = "Loads a folder, a .tar.gz or .zip archive that holds user_artist_data*.txt, "
             "artist_data*.txt and artist_alias*.txt, or a single file of \"user artist plays\" "
             "rows; demo is the bundled set. Lines that cannot be read are counted and skipped. The "
             "split and the model go with the old data; where the new data cannot be read, all "
             "stays as it was.",
     .example = "load demo", .words = {{FAL_WORD_PATH, "PATH", FALSE, NULL}},
     .columns = stats_columns, .flags = FAL_IS_LONG, .run = run_load},
    {.name = "stats", .group = "data", .summary = "what the data set holds",
     .help = "Counts the users, artists, pairs and plays, and what was mended while loading.",
     .example = "stats", .columns = stats_columns, .flags = FAL_NEEDS_DATA, .run = run_stats},
    {.name = "problems", .group = "data", .summary = "lines that could not be read",
     .help = "Lists the first 1,000 lines that could not be read, with file, line and reason. Such "
             "lines are skipped; they never keep a data set from loading as long as one row is "
             "good.",
     .example = "problems", .columns = problem_columns, .flags = FAL_NEEDS_DATA,
     .run = run_problems},
    {.name = "artists", .group = "data", .summary = "artists, or those whose name holds TEXT",
     .help = "Lists artists. TEXT keeps those whose name holds each of its words, in any case "
             "and without regard to accents.",
     .example = "artists the n=5", .words = {{FAL_WORD_TEXT, "TEXT", TRUE, NULL}},
     .keys = artists_keys, .columns = artists_columns, .figures = found_figures,
     .flags = FAL_NEEDS_DATA, .run = run_artists},
    {.name = "artist", .group = "data", .summary = "one artist, with aliases and top listeners",
     .help = "ARTIST is a name in any case (the one with most listeners wins among equals), a "
             "start that fits one name only, or id:NUMBER.",
     .example = "artist Radiohead", .words = {{FAL_WORD_ARTIST, "ARTIST", FALSE, NULL}},
     .columns = artist_columns, .flags = FAL_NEEDS_DATA, .run = run_artist},
    {.name = "users", .group = "data", .summary = "listeners",
     .help = "Lists listeners by their plays, their artists or their ids.",
     .example = "users by=artists n=5", .keys = users_keys, .columns = users_columns,
     .figures = found_figures, .flags = FAL_NEEDS_DATA, .run = run_users},
    {.name = "user", .group = "data", .summary = "the artists a listener played most",
     .help = "Lists all that the user played, the most played first; USER is a user id. Held-out "
             "plays are among them.",
     .example = "user 1006156", .words = {{FAL_WORD_USER, "USER", FALSE, NULL}},
     .keys = rows_keys, .columns = user_columns, .figures = user_figures,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_PLAYS, .run = run_user},
    {.name = NULL},
};
