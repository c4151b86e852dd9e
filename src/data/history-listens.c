/* What becomes of listens (see history-private.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "data/history-private.h"

enum { MOST_NAMES = 1000000 }; /* artists: more are no one's listening */

/* The account's plays of a day: those of the extended history's days are in it, too. */
typedef struct {
    gint32 day;
    guint32 plays;
} DayPlays;

typedef struct {
    guint64 plays[FAL_N_HISTORIES];
    GArray *days; /* DayPlays of the account's, mostly in order; NULL for none */
} Plays;

struct FalListens {
    FalHistory *history;        /* without names yet */
    GHashTable *names;          /* char* -> Plays */
    gint32 first_day, last_day; /* of Spotify's extended history, of what counts; 0: none */
};

static void
free_plays(gpointer data)
{
    Plays *plays = data;

    if (plays->days)
        g_array_unref(plays->days);
    g_free(plays);
}

FalListens *
fal_listens_new(void)
{
    FalListens *listens = g_new0(FalListens, 1);

    listens->history = g_new0(FalHistory, 1);
    listens->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_plays);
    return listens;
}

void
fal_listens_free(FalListens *listens)
{
    if (!listens)
        return;
    g_clear_pointer(&listens->history, fal_history_free);
    g_hash_table_unref(listens->names);
    g_free(listens);
}

FalHistory *
fal_listens_history(FalListens *listens)
{
    return listens->history;
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

static void
add_day(Plays *plays, gint32 day, guint64 n)
{
    if (!plays->days)
        plays->days = g_array_new(FALSE, FALSE, sizeof(DayPlays));
    DayPlays *last = plays->days->len > 0
                         ? &g_array_index(plays->days, DayPlays, plays->days->len - 1)
                         : NULL;
    if (last && last->day == day) {
        last->plays += (guint32)n;
        return;
    }
    DayPlays first = {day, (guint32)n};
    g_array_append_val(plays->days, first);
}

static void
widen(FalListens *listens, gint32 first, gint32 last)
{
    if (first > 0)
        listens->first_day = listens->first_day > 0 ? MIN(listens->first_day, first) : first;
    listens->last_day = MAX(listens->last_day, last);
}

static gboolean
check_room(FalListens *listens, const char *file, GError **error)
{
    if (g_hash_table_size(listens->names) < MOST_NAMES)
        return TRUE;
    g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                "%s: there are more than a million artists by then, which is no one's "
                "listening history: " FAL_HISTORY_WANTED,
                file);
    return FALSE;
}

gboolean
fal_listens_add(FalListens *listens, FalHistoryKind kind, const FalInput *input,
                const FalHeardOnce *heard, GError **error)
{
    g_autofree char *clean = clean_name(heard->name, MIN(heard->n_bytes, FAL_HISTORY_TEXT + 1));

    if (!*clean || strlen(clean) > FAL_HISTORY_TEXT) {
        fal_listens_bad(listens, kind, input, heard->line,
                        *clean ? "the artist's name is too long" : "it has no artist");
        return TRUE;
    }
    Plays *of = g_hash_table_lookup(listens->names, clean);
    if (!of) {
        if (!check_room(listens, input->file, error))
            return FALSE;
        of = g_new0(Plays, 1);
        g_hash_table_insert(listens->names, g_steal_pointer(&clean), of);
    }
    of->plays[kind] += heard->plays;
    if (kind == FAL_HISTORY_SPOTIFY)
        widen(listens, heard->day, heard->day);
    if (kind == FAL_HISTORY_SPOTIFY_ACCOUNT)
        add_day(of, heard->day, heard->plays);
    listens->history->listens[kind][FAL_LISTEN_COUNTED] += (gint64)heard->plays;
    return TRUE;
}

/* --- several files --- */

static void
add_plays(Plays *to, const Plays *from)
{
    for (int k = 0; k < FAL_N_HISTORIES; k++)
        to->plays[k] += from->plays[k];
    for (guint i = 0; from->days && i < from->days->len; i++) {
        const DayPlays *day = &g_array_index(from->days, DayPlays, i);
        add_day(to, day->day, day->plays);
    }
}

gint64
fal_listens_n(const FalListens *listens, FalHistoryKind kind)
{
    gint64 sum = 0;

    for (int i = 0; i < FAL_N_LISTENS; i++)
        sum += listens->history->listens[kind][i];
    return sum;
}

gboolean
fal_listens_merge(FalListens *listens, FalListens *file, const char *called, GError **error)
{
    FalHistory *to = listens->history, *from = file->history;
    GHashTableIter iter;
    gpointer name, value;

    g_hash_table_iter_init(&iter, file->names);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        Plays *of = g_hash_table_lookup(listens->names, name);
        if (of) {
            add_plays(of, value);
            continue;
        }
        if (!check_room(listens, called, error))
            return FALSE;
        g_hash_table_iter_steal(&iter);
        g_hash_table_insert(listens->names, name, value);
    }
    for (int k = 0; k < FAL_N_HISTORIES; k++) {
        to->files[k] += fal_listens_n(file, (FalHistoryKind)k) > 0;
        for (int i = 0; i < FAL_N_LISTENS; i++)
            to->listens[k][i] += from->listens[k][i];
    }
    if (!to->bad)
        to->bad = g_steal_pointer(&from->bad);
    widen(listens, file->first_day, file->last_day);
    return TRUE;
}

/* --- what all of it comes to --- */

static int
compare_names(const void *a, const void *b)
{
    const FalHistoryName *x = a, *y = b;

    if (x->plays != y->plays)
        return x->plays > y->plays ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* The account's history is the last year: of the days from the first to the last of the
 * extended one, where that counts, it has the same. So may what has no day. */
static void
leave_repeated(FalListens *listens, Plays *of)
{
    gint64 *account = listens->history->listens[FAL_HISTORY_SPOTIFY_ACCOUNT];

    for (guint i = 0; of->days && i < of->days->len; i++) {
        const DayPlays *day = &g_array_index(of->days, DayPlays, i);
        if (day->day > 0 && (day->day < listens->first_day || day->day > listens->last_day))
            continue;
        of->plays[FAL_HISTORY_SPOTIFY_ACCOUNT] -= day->plays;
        account[FAL_LISTEN_COUNTED] -= day->plays;
        account[FAL_LISTEN_REPEATED] += day->plays;
    }
}

FalHistory *
fal_listens_end(FalListens *listens)
{
    FalHistory *history = listens->history;
    gboolean repeats = history->listens[FAL_HISTORY_SPOTIFY][FAL_LISTEN_COUNTED] > 0;
    GHashTableIter iter;
    gpointer name, value;

    history->name = g_new0(FalHistoryName, g_hash_table_size(listens->names) + 1);
    g_hash_table_iter_init(&iter, listens->names);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        Plays *plays = value;
        guint64 sum = 0;
        if (repeats)
            leave_repeated(listens, plays);
        for (int k = 0; k < FAL_N_HISTORIES; k++)
            sum += plays->plays[k];
        if (sum == 0)
            continue;
        g_hash_table_iter_steal(&iter);
        free_plays(plays);
        history->name[history->n++] = (FalHistoryName){name, sum};
    }
    listens->history = NULL;
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
    g_free(history->broken);
    g_free(history);
}
