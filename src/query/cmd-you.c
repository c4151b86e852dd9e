/* The command you: a listener made by hand (you.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "query/resolve.h"

/* --- the answer: your artists as they are then --- */

static void
note_heard(FalTable *table, const FalYou *you)
{
    gsize n, missing = 0;
    const FalHeardName *name = fal_you_heard(you, &n);

    for (gsize i = 0; i < n; i++)
        missing += name[i].row < 0;
    if (missing > 0)
        fal_table_note(table, g_strdup_printf("%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
                                              " imported names %s no artist of this data set: "
                                              "you unmatched lists them",
                                              missing, n, missing == 1 ? "is" : "are"));
}

static void
fill_artists(FalCall *call, const FalYou *you)
{
    FalTable *table = fal_call_table(call);
    int n, away = 0;
    const FalYouArtist *artist = fal_you_artists(you, &n);

    for (int i = 0; i < n; i++) {
        if (artist[i].row < 0) {
            away++;
            continue;
        }
        FalDataset *dataset = fal_session_dataset(fal_call_session(call));
        g_autofree char *name = fal_artist_label(dataset, artist[i].row);
        fal_table_row(table, FAL_SUBJECT_ARTIST, artist[i].row);
        fal_table_int(table, fal_dataset_artist_id(dataset, artist[i].row));
        fal_table_text(table, name);
        fal_table_int(table, artist[i].plays);
    }
    note_heard(table, you);
    if (fal_you_obstacle(you))
        fal_table_note(table, g_strdup(fal_you_obstacle(you)));
    else if (n == 0)
        fal_table_note(table,
                       g_strdup("there are no artists of yours yet: you add ARTIST adds one, "
                                "you import FILE a listening history"));
    else if (away > 0)
        fal_table_note(table, g_strdup_printf("%d of your artists %s not in this data set, and "
                                              "kept for others",
                                              away, away == 1 ? "is" : "are"));
}

/* --- what it does --- */

/* Takes an artist's name as text, for a note: "added Radiohead with 10 plays". */
static void
note_plays(FalCall *call, const char *what, const char *name, guint32 plays)
{
    fal_table_note(fal_call_table(call), g_strdup_printf("%s %s with %u play%s", what, name,
                                                         plays, plays == 1 ? "" : "s"));
}

static gboolean
add(FalCall *call, FalYou *you, GError **error)
{
    gint32 row = fal_call_artist(call, 1, error);
    guint32 before = row < 0 ? 0 : fal_you_plays(you, row);
    guint32 plays = (guint32)fal_call_int(call, "plays");

    if (row < 0)
        return FALSE;
    if (!(fal_call_given(call, "plays") ? plays == before || fal_you_set(you, row, plays, error)
                                        : fal_you_add(you, row, error)))
        return FALSE;
    plays = fal_you_plays(you, row);
    g_autofree char *name = fal_artist_label(fal_session_dataset(fal_call_session(call)), row);
    note_plays(call, before == 0 ? "added" : "you have", name, plays);
    return TRUE;
}

/* The number of one that the data set does not have, by name or id; -1. */
static int
find_away(const FalYou *you, const char *name)
{
    int n;
    const FalYouArtist *artist = fal_you_artists(you, &n);

    for (int i = 0; i < n; i++) {
        g_autofree char *id = g_strdup_printf("id:%" G_GINT64_FORMAT, artist[i].id);
        if (artist[i].row < 0 && (!strcmp(artist[i].name, name) || !strcmp(id, name)))
            return i;
    }
    return -1;
}

static gboolean
drop(FalCall *call, FalYou *you, GError **error)
{
    const char *word = fal_call_word(call, 1);
    int away = find_away(you, word);

    if (away >= 0) {
        if (!fal_you_drop(you, away, error))
            return FALSE;
        fal_table_note(fal_call_table(call), g_strdup_printf("dropped %s", word));
        return TRUE;
    }
    gint32 row = fal_call_artist(call, 1, error);
    if (row < 0)
        return FALSE;
    g_autofree char *name = fal_artist_label(fal_session_dataset(fal_call_session(call)), row);
    guint32 plays = fal_you_plays(you, row);
    if (plays == 0) {
        fal_call_blame_word(call, 1);
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "%s is not one of your artists: you lists them", name);
        return FALSE;
    }
    if (!fal_you_set(you, row, 0, error))
        return FALSE;
    note_plays(call, "dropped", name, plays);
    return TRUE;
}

static gboolean
clear(FalCall *call, FalYou *you, GError **error)
{
    FalTable *table = fal_call_table(call);
    int n;
    gsize n_heard;

    fal_you_artists(you, &n);
    fal_you_heard(you, &n_heard);
    if (!fal_you_clear(you, error))
        return FALSE;
    if (n_heard > 0)
        fal_table_note(table,
                       g_strdup_printf("dropped %d artist%s and %" G_GSIZE_FORMAT
                                       " imported name%s",
                                       n, n == 1 ? "" : "s", n_heard, n_heard == 1 ? "" : "s"));
    else if (n > 0)
        fal_table_note(table, g_strdup_printf("dropped %d artist%s", n, n == 1 ? "" : "s"));
    return TRUE;
}

static gboolean
forget(FalCall *call, FalYou *you, GError **error)
{
    static const FalColumn nothing[] = {{.name = NULL}};
    int n;
    guint lines;

    (void)you;
    if (!fal_session_erase_you(fal_call_session(call), &n, &lines, error))
        return FALSE;
    g_autofree char *typed =
        lines > 0 ? g_strdup_printf(", and %u line%s of you from what was typed", lines,
                                    lines == 1 ? "" : "s")
                  : g_strdup("");
    fal_table_note(fal_call_answer(call, nothing, NULL),
                   n == 0 && lines == 0
                       ? g_strdup("nothing was kept of you")
                          : g_strdup_printf("removed all that was kept of you, %d file%s%s", n,
                                            n == 1 ? "" : "s", typed));
    return TRUE;
}

/* --- what is asked --- */

typedef enum { TAKES_NOTHING, TAKES_ARTIST, TAKES_FILE, TAKES_NAME, TAKES_NAME_AND_ARTIST } Takes;

typedef struct {
    const char *word;
    Takes takes;
    gboolean lists;  /* your artists are the answer */
    gboolean blind;  /* it needs nothing that is kept to be readable */
    gboolean (*run)(FalCall *call, FalYou *you, GError **error);
} Doing;

static const Doing doings[] = {
    {"add", TAKES_ARTIST, TRUE, FALSE, add},
    {"drop", TAKES_ARTIST, TRUE, FALSE, drop},
    {"clear", TAKES_NOTHING, TRUE, FALSE, clear},
    {"import", TAKES_FILE, FALSE, FALSE, fal_you_cmd_import},
    {"unmatched", TAKES_NOTHING, FALSE, FALSE, fal_you_cmd_unmatched},
    {"matched", TAKES_NOTHING, FALSE, FALSE, fal_you_cmd_matched},
    {"match", TAKES_NAME_AND_ARTIST, FALSE, FALSE, fal_you_cmd_match},
    {"unmatch", TAKES_NAME, FALSE, FALSE, fal_you_cmd_unmatch},
    {"forget", TAKES_NOTHING, FALSE, TRUE, forget},
};

static const Doing *
find_doing(const char *word)
{
    for (gsize i = 0; i < G_N_ELEMENTS(doings); i++)
        if (!strcmp(doings[i].word, word))
            return &doings[i];
    return NULL;
}

static gboolean
blame_word(FalCall *call, int i)
{
    fal_call_blame_word(call, i);
    return FALSE;
}

/* What stands behind the first word is missing, or there and of no use. */
static gboolean
check_words(FalCall *call, const Doing *doing, GError **error)
{
    static const char *const needs[][2] = {
        [TAKES_ARTIST] = {"an artist", "ARTIST"},
        [TAKES_FILE] = {"a file or a folder", "FILE"},
        [TAKES_NAME] = {"an imported name", "NAME"},
        [TAKES_NAME_AND_ARTIST] = {"a name of you unmatched and an artist", "\"NAME\" ARTIST"},
    };
    const char *word = doing->word, *behind = fal_call_word(call, 1);
    int last = doing->takes == TAKES_NAME_AND_ARTIST ? 2 : 1;

    if (doing->takes == TAKES_NOTHING && behind) {
        gboolean clears = !strcmp(word, "clear");
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "you %s %s%s%s", word,
                    clears ? "drops all your artists and takes no name: you drop "
                           : "takes nothing behind it, and \"",
                    behind, clears ? " drops one" : "\" stands there");
        return blame_word(call, 1);
    }
    if (doing->takes != TAKES_NOTHING && !fal_call_word(call, last)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "you %s needs %s: you %s %s", word,
                    needs[doing->takes][0], word, needs[doing->takes][1]);
        return blame_word(call, 0);
    }
    return TRUE;
}

static gboolean
run_you(FalCall *call, GError **error)
{
    const char *word = fal_call_word(call, 0);
    const Doing *doing = word ? find_doing(word) : NULL;

    if (word && !doing) {
        const char *words[G_N_ELEMENTS(doings) + 1] = {NULL};
        for (gsize i = 0; i < G_N_ELEMENTS(doings); i++)
            words[i] = doings[i].word;
        const char *near = fal_text_nearest(word, words);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "you takes add, drop, clear, import, unmatched, matched, match, unmatch or "
                    "forget, not \"%s\": you %s%s?",
                    word, near ? near : "add ", near ? "" : word);
        return blame_word(call, 0);
    }
    if (doing && doing->takes != TAKES_NAME_AND_ARTIST)
        fal_call_join_last(call);
    if (doing && !check_words(call, doing, error))
        return FALSE;
    FalYou *you = NULL;
    if (!doing || !doing->blind)
        you = fal_session_you(fal_call_session(call), error);
    if ((!you && !(doing && doing->blind)) || (doing && !doing->run(call, you, error)))
        return FALSE;
    if (!doing || doing->lists)
        fill_artists(call, you);
    return TRUE;
}

static const char *const you_choices[] = {"add",     "drop",  "clear",   "import", "unmatched",
                                          "matched", "match", "unmatch", "forget", NULL};
static const FalColumn you_columns[] = {
    {.name = "id", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the artist's id"},
    {.name = "name", .type = FAL_CELL_TEXT, .help = "an artist of yours"},
    {.name = "plays", .type = FAL_CELL_INT, .help = "how often you play it"},
    {.name = NULL},
};
static const FalKeySpec you_keys[] = {
    {.name = "plays",
     .with = "add",
     .type = FAL_KEY_INT,
     .min = 1,
     .max = G_MAXUINT32,
     .fallback = G_STRINGIFY(FAL_YOU_PLAYS),
     .unit = "plays",
     .help = "of the artist that is added, or that is there already"},
    FAL_KEY_ROWS_WITH("20", "unmatched|matched"),
    {.name = NULL},
};

const FalCommand fal_commands_you[] = {
    {.name = "you",
     .group = "explore",
     .summary = "your own artists, to be recommended to",
     .help =
         "Lists your artists, or adds ARTIST to them, drops it, or drops all (clear), and "
         "lists "
         "what they are then. import FILE reads a listening history of Last.fm, ListenBrainz "
         "or "
         "Spotify as they give it, or lines of an artist, a tab and its plays, from a file, an "
         "archive or a folder. It takes the place of what was imported before; what you set by "
         "hand stays and wins. unmatched lists the imported names that are no artist here, "
         "matched the others with the artist that each is, by its name or your word; match "
         "NAME ARTIST says for good which one a name is, and unmatch NAME takes that back. "
         "recommend you, explain you "
         "ARTIST, neighbours you and check you take your artists as they take a user's. They "
         "are kept from one start to the next, on this machine only, until forget removes "
         "them; "
         "those that a data set does not have are kept for others.",
     .example = "you add Radiohead plays=50",
     .words = {{FAL_WORD_CHOICE,
                "add|drop|clear|import|unmatched|matched|match|unmatch|forget", TRUE, you_choices},
               {FAL_WORD_YOURS, "ARTIST|FILE|NAME", TRUE, NULL},
               {FAL_WORD_ARTIST, "ARTIST", TRUE, NULL}},
     .keys = you_keys,
     .columns = you_columns,
     .flags = FAL_NEEDS_DATA,
     .run = run_you},
    {.name = NULL},
};
