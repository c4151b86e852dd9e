/* The command you, as far as it is about an imported listening history: import, unmatched,
 * matched, match, unmatch.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <string.h>

#include "base/error.h"
#include "base/paths.h"
#include "base/text.h"
#include "query/match-names.h"
#include "query/resolve.h"

/* --- import --- */

typedef struct {
    char *path;
    FalDataset *dataset;
} ImportJob;

typedef struct {
    FalHistory *history;
    gint32 *rows; /* of its names in the data set */
} Imported;

static void
import_job_free(gpointer data)
{
    ImportJob *job = data;

    fal_dataset_unref(job->dataset);
    g_free(job->path);
    g_free(job);
}

static void
imported_free(Imported *imported)
{
    fal_history_free(imported->history);
    g_free(imported->rows);
    g_free(imported);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Imported, imported_free)

static gpointer
import_work(FalTask *task, gpointer data, GError **error)
{
    ImportJob *job = data;
    g_autoptr(Imported) imported = g_new0(Imported, 1);

    imported->history = fal_history_read(job->path, task, error);
    if (!imported->history)
        return NULL;
    gsize n = imported->history->n;
    g_autofree const char **names = g_new(const char *, n + 1);
    imported->rows = g_new(gint32, n + 1);
    for (gsize i = 0; i < n; i++)
        names[i] = imported->history->name[i].name;
    if (!fal_match_names(job->dataset, names, n, imported->rows, task, error))
        return NULL;
    return g_steal_pointer(&imported);
}

static const FalColumn import_columns[] = {
    {.name = "kind", .type = FAL_CELL_TEXT, .help = "whose history"},
    {.name = "files", .type = FAL_CELL_INT, .help = "that hold it"},
    {.name = "listens", .type = FAL_CELL_INT, .help = "all of them"},
    {.name = "counted", .type = FAL_CELL_INT, .help = "those that count as plays"},
    {.name = "podcasts", .type = FAL_CELL_INT, .help = "left out as they have no artist"},
    {.name = "private", .type = FAL_CELL_INT, .help = "left out: private sessions"},
    {.name = "skipped", .type = FAL_CELL_INT, .help = "left out: below 30 s and skipped"},
    {.name = "repeated", .type = FAL_CELL_INT,
     .help = "left out: of the time that Spotify's extended history has, too"},
    {.name = "unreadable", .type = FAL_CELL_INT, .help = "left out as they cannot be read"},
    {.name = NULL},
};
static const FalColumn import_figures[] = {
    {.name = "artists", .type = FAL_CELL_INT, .help = "names that were imported"},
    {.name = "matched", .type = FAL_CELL_INT, .help = "those found in the data set"},
    {.name = "unmatched", .type = FAL_CELL_INT, .help = "the others"},
    {.name = "plays", .type = FAL_CELL_INT, .help = "of all names"},
    {.name = "matched_plays", .type = FAL_CELL_INT, .help = "of those found"},
    {.name = NULL},
};

static void
fill_counts(FalTable *table, const FalHistory *history)
{
    for (int k = 0; k < FAL_N_HISTORIES; k++) {
        const gint64 *n = history->listens[k];
        gint64 all = 0;
        for (int i = 0; i < FAL_N_LISTENS; i++)
            all += n[i];
        if (all == 0)
            continue;
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_text(table, fal_history_names[k]);
        fal_table_int(table, history->files[k]);
        fal_table_int(table, all);
        for (int i = 0; i < FAL_N_LISTENS; i++)
            fal_table_int(table, n[i]);
    }
}

static void
fill_matches(FalTable *table, const FalYou *you)
{
    gsize n, matched = 0;
    guint64 plays = 0, matched_plays = 0;
    const FalHeardName *name = fal_you_heard(you, &n);

    for (gsize i = 0; i < n; i++) {
        plays += name[i].plays;
        if (name[i].row < 0)
            continue;
        matched++;
        matched_plays += name[i].plays;
    }
    fal_table_figure_int(table, "artists", (gint64)n);
    fal_table_figure_int(table, "matched", (gint64)matched);
    fal_table_figure_int(table, "unmatched", (gint64)(n - matched));
    fal_table_figure_int(table, "plays", (gint64)plays);
    fal_table_figure_int(table, "matched_plays", (gint64)matched_plays);
    fal_table_note(table,
                   g_strdup_printf("imported %" G_GUINT64_FORMAT " play%s of %" G_GSIZE_FORMAT
                                   " artist%s, %" G_GSIZE_FORMAT " of them found here%s",
                                   plays, plays == 1 ? "" : "s", n, n == 1 ? "" : "s", matched,
                                   matched < n ? ": you unmatched lists the others" : ""));
}

/* What was set by hand keeps its plays, which may surprise. */
static void
note_by_hand(FalTable *table, const FalYou *you)
{
    gsize n_heard;
    int n, kept = 0;
    const FalYouArtist *artist = fal_you_artists(you, &n);
    const FalHeardName *name = fal_you_heard(you, &n_heard);
    g_autoptr(GHashTable) rows = g_hash_table_new(NULL, NULL);

    for (gsize i = 0; i < n_heard; i++)
        if (name[i].row >= 0)
            g_hash_table_add(rows, GINT_TO_POINTER(name[i].row + 1));
    for (int i = 0; i < n && artist[i].by_hand; i++)
        kept += artist[i].row >= 0 &&
                g_hash_table_contains(rows, GINT_TO_POINTER(artist[i].row + 1));
    if (kept > 0)
        fal_table_note(table, g_strdup_printf("%d of these artists %s set by you, and %s the "
                                              "plays that you gave",
                                              kept, kept == 1 ? "was" : "were",
                                              kept == 1 ? "keeps" : "keep"));
    int dropped = fal_you_n_dropped(you);
    if (dropped > 0)
        fal_table_note(table, g_strdup_printf("%d of these artists %s dropped by you, and %s so: "
                                              "you add ARTIST takes that back",
                                              dropped, dropped == 1 ? "was" : "were",
                                              dropped == 1 ? "stays" : "stay"));
}

/* Services tell each other what is played, and no file says so. */
static void
note_twice(FalTable *table, const FalHistory *history)
{
    g_autoptr(GString) kinds = g_string_new(NULL);
    int n = 0;

    for (int k = 0; k < FAL_N_HISTORIES; k++)
        if (history->listens[k][FAL_LISTEN_COUNTED] > 0)
            g_string_append_printf(kinds, "%s%s", n++ > 0 ? " and " : "", fal_history_names[k]);
    if (n > 1)
        fal_table_note(table, g_strdup_printf("%s were added up: what is in more than one of "
                                              "them counts more than once; where that is so, "
                                              "import one alone",
                                              kinds->str));
}

static void
note_files(FalTable *table, const FalHistory *history)
{
    if (history->twice > 0)
        fal_table_note(table, g_strdup_printf("%" G_GINT64_FORMAT
                                              " file%s the very same as another one, and counted "
                                              "once",
                                              history->twice,
                                              history->twice == 1 ? " holds" : "s hold"));
    if (history->broken)
        fal_table_note(table, g_strdup_printf("passed over: %s", history->broken));
}

static gboolean
import_finish(FalCall *call, gpointer result, GError **error)
{
    g_autoptr(Imported) imported = result;
    FalYou *you = fal_session_you(fal_call_session(call), error);

    if (!you || !fal_you_import(you, imported->history, imported->rows, error))
        return FALSE;
    FalTable *table = fal_call_answer(call, import_columns, import_figures);
    fill_counts(table, imported->history);
    fill_matches(table, you);
    if (imported->history->bad)
        fal_table_note(table, g_strdup_printf("the first listen that cannot be read: %s",
                                              imported->history->bad));
    note_twice(table, imported->history);
    note_by_hand(table, you);
    note_files(table, imported->history);
    return TRUE;
}

gboolean
fal_you_cmd_import(FalCall *call, FalYou *you, GError **error)
{
    FalSession *session = fal_call_session(call);
    const char *running = fal_session_job(session);

    (void)you;
    if (running) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "%s is still running: wait for it, or cancel it with Ctrl-C", running);
        return FALSE;
    }
    ImportJob *job = g_new0(ImportJob, 1);
    job->path = fal_paths_typed(fal_call_word(call, 1));
    job->dataset = fal_dataset_ref(fal_session_dataset(session));
    fal_call_start(call, import_work, import_finish, job, import_job_free);
    return TRUE;
}

/* --- unmatched, matched --- */

static const FalColumn unmatched_columns[] = {
    {.name = "name", .type = FAL_CELL_TEXT, .help = "an imported name"},
    {.name = "plays", .type = FAL_CELL_INT, .help = "how often you play it"},
    {.name = NULL},
};
static const FalColumn unmatched_figures[] = {
    {.name = "unmatched", .type = FAL_CELL_INT, .help = "names that are no artist here"},
    {.name = NULL},
};

gboolean
fal_you_cmd_unmatched(FalCall *call, FalYou *you, GError **error)
{
    FalTable *table = fal_call_answer(call, unmatched_columns, unmatched_figures);
    gint64 most = fal_call_int(call, "n"), missing = 0;
    gsize n;
    const FalHeardName *name = fal_you_heard(you, &n);

    (void)error;
    for (gsize i = 0; i < n; i++) {
        if (name[i].row >= 0 || (missing++ >= most && most > 0))
            continue;
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_text(table, name[i].name);
        fal_table_int(table, name[i].plays);
    }
    fal_table_figure_int(table, "unmatched", missing);
    if (n == 0)
        fal_table_note(table, g_strdup("no listening history was imported: you import FILE"));
    else if (missing == 0)
        fal_table_note(table, g_strdup("all imported names are artists of this data set"));
    else if (fal_you_obstacle(you))
        fal_table_note(table, g_strdup(fal_you_obstacle(you)));
    else
        fal_table_note(table, g_strdup("you match NAME ARTIST says which one a name is"));
    return TRUE;
}

static const FalColumn matched_columns[] = {
    {.name = "name", .type = FAL_CELL_TEXT, .help = "an imported name"},
    {.name = "plays", .type = FAL_CELL_INT, .help = "how often you play it"},
    {.name = "id", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the artist's id"},
    {.name = "artist", .type = FAL_CELL_TEXT, .help = "the artist that it is"},
    {.name = "by", .type = FAL_CELL_TEXT, .help = "name: by its spelling; you: by your word"},
    {.name = NULL},
};
static const FalColumn matched_figures[] = {
    {.name = "matched", .type = FAL_CELL_INT, .help = "names that are artists here"},
    {.name = NULL},
};

static void
fill_name(FalTable *table, FalDataset *dataset, const FalHeardName *name)
{
    gboolean found = name->row >= 0;
    g_autofree char *label = found ? fal_artist_label(dataset, name->row) : NULL;

    fal_table_row(table, found ? FAL_SUBJECT_ARTIST : FAL_SUBJECT_NONE, MAX(name->row, 0));
    fal_table_text(table, name->name);
    fal_table_int(table, name->plays);
    if (!found) {
        for (int i = 0; i < 3; i++)
            fal_table_null(table);
        return;
    }
    fal_table_int(table, fal_dataset_artist_id(dataset, name->row));
    fal_table_text(table, label);
    fal_table_text(table, name->as_said ? "you" : "name");
}

/* Of a word without effect here: by what it was said to be. */
static void
fill_said(FalTable *table, const FalSaid *said)
{
    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, said->name);
    fal_table_null(table);
    fal_table_int(table, said->id);
    fal_table_text(table, said->artist);
    fal_table_text(table, "you");
}

gboolean
fal_you_cmd_matched(FalCall *call, FalYou *you, GError **error)
{
    FalTable *table = fal_call_answer(call, matched_columns, matched_figures);
    FalDataset *dataset = fal_session_dataset(fal_call_session(call));
    gint64 most = fal_call_int(call, "n"), matched = 0;
    gsize n;
    const FalHeardName *name = fal_you_heard(you, &n);

    (void)error;
    for (gsize i = 0; i < n; i++)
        if (name[i].row >= 0 && (matched++ < most || most == 0))
            fill_name(table, dataset, &name[i]);
    gint64 found = matched;
    fal_table_figure_int(table, "matched", found);
    g_autoptr(GArray) said = fal_you_said_elsewhere(you);
    guint shown = 0;
    while (shown < said->len && (matched++ < most || most == 0))
        fill_said(table, &g_array_index(said, FalSaid, shown++));
    if (shown > 0)
        fal_table_note(table, g_strdup("what has no plays was said by you, and is not imported "
                                       "now or not in this data set"));
    if (n == 0)
        fal_table_note(table, g_strdup("no listening history was imported: you import FILE"));
    else if (fal_you_obstacle(you))
        fal_table_note(table, g_strdup(fal_you_obstacle(you)));
    else if (found == 0)
        fal_table_note(table, g_strdup("none of the imported names is an artist of this data "
                                       "set: you unmatched lists them"));
    else
        fal_table_note(table, g_strdup("you match NAME ARTIST says that one is another artist"));
    return TRUE;
}

/* --- match, unmatch --- */

/* The imported name that is meant; -1 with an error. */
static gssize
named(FalCall *call, const FalYou *you, GError **error)
{
    const char *word = fal_call_word(call, 1);
    gssize i = fal_you_find_heard(you, word);

    if (i < 0) {
        fal_call_blame_word(call, 1);
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "\"%s\" is none of the imported names: you unmatched lists those that are "
                    "no artist here, you matched the others; a name with blanks is put in quotes",
                    word);
    }
    return i;
}

/* The answer: the name as it is now, NULL where it is not imported to the letter. */
static const FalHeardName *
tell_name(FalCall *call, FalYou *you, const char *name)
{
    FalTable *table = fal_call_answer(call, matched_columns, NULL);
    gsize n;
    const FalHeardName *heard = fal_you_heard(you, &n);

    for (gsize i = 0; i < n; i++) {
        if (strcmp(heard[i].name, name) != 0)
            continue;
        fill_name(table, fal_session_dataset(fal_call_session(call)), &heard[i]);
        return &heard[i];
    }
    return NULL;
}

gboolean
fal_you_cmd_match(FalCall *call, FalYou *you, GError **error)
{
    gssize i = named(call, you, error);
    gint32 row = i < 0 ? -1 : fal_call_artist(call, 2, error);

    if (row < 0)
        return FALSE;
    gsize n;
    g_autofree char *name = g_strdup(fal_you_heard(you, &n)[i].name);
    if (!fal_you_match(you, (gsize)i, row, error))
        return FALSE;
    tell_name(call, you, name);
    g_autofree char *label = fal_artist_label(fal_session_dataset(fal_call_session(call)), row);
    fal_table_note(fal_call_table(call),
                   g_strdup_printf("%s is %s from now on: you unmatch takes that back", name,
                                   label));
    if (fal_you_is_dropped(you, row))
        fal_table_note(fal_call_table(call),
                       g_strdup_printf("%s was dropped by you, and stays so: you add takes that "
                                       "back",
                                       label));
    return TRUE;
}

static gboolean
nothing_said(FalCall *call, const FalYou *you, GError **error)
{
    const char *word = fal_call_word(call, 1);
    gssize i = named(call, you, error);
    gsize n;

    if (i < 0)
        return FALSE;
    fal_call_blame_word(call, 1);
    g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                "there is nothing to take back: you did not say what \"%s\" is, %s", word,
                fal_you_heard(you, &n)[i].row < 0 ? "and it is no artist here"
                                                  : "it was found by its spelling");
    return FALSE;
}

gboolean
fal_you_cmd_unmatch(FalCall *call, FalYou *you, GError **error)
{
    g_autofree char *said = fal_you_find_said(you, fal_call_word(call, 1));

    if (!said)
        return nothing_said(call, you, error);
    if (!fal_you_unmatch(you, said, error))
        return FALSE;
    const FalHeardName *name = tell_name(call, you, said);
    g_autofree char *label =
        !name           ? g_strdup("not imported now, and whatever its spelling finds then")
        : name->row < 0 ? g_strdup("no artist here, by its spelling")
                        : fal_artist_label(fal_session_dataset(fal_call_session(call)), name->row);
    fal_table_note(fal_call_table(call),
                   g_strdup_printf("%s is %s%s", said, label,
                                   name && name->row >= 0 ? ", by its spelling" : ""));
    return TRUE;
}
