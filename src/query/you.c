/* Your own artists (see you.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/you.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/paths.h"
#include "base/sorted.h"
#include "data/bare.h"
#include "query/keep.h"
#include "query/match-names.h"

#define FILE_NAME "you.tsv"

struct FalYou {
    GArray *artists; /* FalYouArtist, in the order of the file; plays may be 0 */
    gboolean read;   /* the file was */
    FalStamp stamp;  /* what it was then */
    FalHeard *heard;
    GArray *shown;        /* FalYouArtist, whose names are borrowed: what all of it comes to */
    GArray *merged;       /* likewise: what was imported comes to, most plays first */
    gboolean found;       /* rows are those of dataset */
    gboolean heard_found; /* those of the imported names too */
    FalDataset *dataset;  /* only borrowed: fal_you_forget() comes before its end */
    FalMatched *matched;  /* what the job that loaded it has found; NULL for nothing */
    gint64 n;
    gint32 *rows; /* rising */
    guint32 *plays;
    guint version;
};

static void
clear_artist(gpointer data)
{
    g_free(((FalYouArtist *)data)->name);
}

static GArray *
new_artists(void)
{
    GArray *artists = g_array_new(FALSE, TRUE, sizeof(FalYouArtist));

    g_array_set_clear_func(artists, clear_artist);
    return artists;
}

static FalYouArtist *
artist_at(const GArray *artists, guint i)
{
    return &g_array_index(artists, FalYouArtist, i);
}

FalYou *
fal_you_new(void)
{
    FalYou *you = g_new0(FalYou, 1);

    you->artists = new_artists();
    you->heard = fal_heard_new();
    you->shown = g_array_new(FALSE, TRUE, sizeof(FalYouArtist));
    you->merged = g_array_new(FALSE, TRUE, sizeof(FalYouArtist));
    return you;
}

void
fal_you_free(FalYou *you)
{
    g_array_unref(you->artists);
    fal_heard_free(you->heard);
    fal_matched_free(you->matched);
    g_array_unref(you->shown);
    g_array_unref(you->merged);
    g_free(you->rows);
    g_free(you->plays);
    g_free(you);
}

/* --- reading --- */

/* Where it is: in its old place as long as there is none in the new one. */
static char *
path_to_read(void)
{
    g_autofree char *path = fal_paths_data_seen(FILE_NAME);
    g_autofree char *old = fal_paths_state_seen(FILE_NAME);

    return !g_file_test(path, G_FILE_TEST_EXISTS) && g_file_test(old, G_FILE_TEST_EXISTS)
               ? g_steal_pointer(&old)
               : g_steal_pointer(&path);
}

static gboolean
take_line(const char *line, gpointer data)
{
    guint64 id, plays;
    const char *rest = fal_keep_number(line, '\t', G_MAXINT64 - 1, &id);

    rest = rest ? fal_keep_number(rest, '\t', G_MAXUINT32, &plays) : NULL;
    if (!rest)
        return FALSE;
    FalYouArtist artist = {(gint64)id, (guint32)plays, g_strchomp(g_strdup(rest)), -1, TRUE};
    g_array_append_val((GArray *)data, artist);
    return TRUE;
}

static gboolean
read_artists(FalYou *you, GError **error)
{
    g_autofree char *path = path_to_read();
    FalStamp stamp = fal_stamp_of(path);
    g_autoptr(GArray) artists = NULL;

    if (you->read && fal_stamp_is(&stamp, &you->stamp))
        return TRUE;
    artists = new_artists();
    you->read = fal_keep_read(path, "an artist's id, its plays and its name, parted by tabs",
                              take_line, artists, error);
    if (!you->read)
        return FALSE;
    g_array_unref(you->artists);
    you->artists = g_steal_pointer(&artists);
    you->stamp = stamp;
    you->found = FALSE;
    return TRUE;
}

/* --- finding them in a data set --- */

static gboolean
is_called(const FalDataset *dataset, gint32 row, const FalYouArtist *artist)
{
    const char *name = fal_dataset_artist_name(dataset, row);
    gsize n;
    const FalAlias *alias = fal_dataset_aliases(dataset, row, &n);

    if (!*name || !*artist->name || !strcmp(name, artist->name))
        return TRUE;
    /* It may have become an alias since. */
    for (gsize i = 0; i < n; i++)
        if (alias[i].id == artist->id && !strcmp(alias[i].name, artist->name))
            return TRUE;
    return FALSE;
}

/* By id and name, else by name as imported ones are. */
static void
find_artists(FalYou *you)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GArray) at = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < you->artists->len; i++) {
        FalYouArtist *artist = artist_at(you->artists, i);
        artist->row = you->dataset && !fal_dataset_is_numbered(you->dataset)
                          ? fal_dataset_find_artist(you->dataset, artist->id)
                          : -1;
        if (artist->row >= 0 && !is_called(you->dataset, artist->row, artist))
            artist->row = -1;
        if (artist->row >= 0 || !*artist->name)
            continue;
        g_ptr_array_add(names, artist->name);
        g_array_append_val(at, i);
    }
    if (!you->dataset || names->len == 0)
        return;
    g_autofree gint32 *rows = g_new(gint32, names->len);
    fal_matched_rows(you->matched, you->dataset, (const char *const *)names->pdata, names->len,
                     rows);
    for (guint k = 0; k < names->len; k++)
        artist_at(you->artists, g_array_index(at, guint, k))->row = rows[k];
}

static int
compare_rows(const void *a, const void *b)
{
    const FalYouArtist *x = *(FalYouArtist *const *)a, *y = *(FalYouArtist *const *)b;

    return (x->row > y->row) - (x->row < y->row);
}

/* Rows and plays as fold-in wants them. Two artists of the file may be one here: their plays
 * are added. */
static void
gather(FalYou *you)
{
    guint all = you->shown->len;
    g_autofree FalYouArtist **sorted = g_new(FalYouArtist *, all + 1);

    g_free(you->rows);
    g_free(you->plays);
    you->rows = g_new(gint32, all + 1);
    you->plays = g_new(guint32, all + 1);
    you->n = 0;
    for (guint i = 0; i < all; i++)
        sorted[i] = artist_at(you->shown, i);
    qsort(sorted, all, sizeof *sorted, compare_rows);
    for (guint i = 0; i < all; i++) {
        if (sorted[i]->row < 0)
            continue;
        if (you->n > 0 && you->rows[you->n - 1] == sorted[i]->row) {
            guint32 *plays = &you->plays[you->n - 1];
            *plays += MIN(sorted[i]->plays, G_MAXUINT32 - *plays);
            continue;
        }
        you->rows[you->n] = sorted[i]->row;
        you->plays[you->n++] = sorted[i]->plays;
    }
}

static int
compare_plays(const void *a, const void *b)
{
    const FalYouArtist *x = a, *y = b;

    if (x->plays != y->plays)
        return x->plays > y->plays ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* What the imported names come to; several may be one artist. Whenever their rows are others,
 * and not at each change by hand, as they may be thousands. */
static void
merge_heard(FalYou *you)
{
    g_autoptr(GHashTable) at = g_hash_table_new(NULL, NULL); /* row + 1 -> place + 1 */
    gsize n;
    const FalHeardName *name = fal_heard_names(you->heard, &n);

    g_array_set_size(you->merged, 0);
    for (gsize i = 0; i < n && you->dataset; i++) {
        gpointer key = GINT_TO_POINTER(name[i].row + 1);
        if (name[i].row < 0)
            continue;
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(at, key));
        if (place > 0) {
            guint32 *plays = &artist_at(you->merged, place - 1)->plays;
            *plays += MIN(name[i].plays, G_MAXUINT32 - *plays);
            continue;
        }
        FalYouArtist artist = {fal_dataset_artist_id(you->dataset, name[i].row), name[i].plays,
                               (char *)fal_dataset_artist_name(you->dataset, name[i].row),
                               name[i].row, FALSE};
        g_array_append_val(you->merged, artist);
        g_hash_table_insert(at, key, GUINT_TO_POINTER(you->merged->len));
    }
    if (you->merged->len > 0)
        qsort(artist_at(you->merged, 0), you->merged->len, sizeof(FalYouArtist), compare_plays);
}

/* Adds what was imported and is not set by hand. */
static void
show_heard(FalYou *you, GHashTable *by_hand)
{
    for (guint i = 0; i < you->merged->len; i++) {
        const FalYouArtist *artist = artist_at(you->merged, i);
        if (!g_hash_table_contains(by_hand, GINT_TO_POINTER(artist->row + 1)))
            g_array_append_val(you->shown, *artist);
    }
}

/* What all of it comes to. */
static void
compose(FalYou *you)
{
    g_autoptr(GHashTable) by_hand = g_hash_table_new(NULL, NULL); /* row + 1 */

    g_array_set_size(you->shown, 0);
    for (guint i = 0; i < you->artists->len; i++) {
        FalYouArtist artist = *artist_at(you->artists, i);
        if (artist.row >= 0)
            g_hash_table_add(by_hand, GINT_TO_POINTER(artist.row + 1));
        if (artist.plays > 0)
            g_array_append_val(you->shown, artist);
    }
    if (you->dataset)
        show_heard(you, by_hand);
    gather(you);
    you->version++;
}

gboolean
fal_you_open(FalYou *you, FalDataset *dataset, GError **error)
{
    gboolean changed = FALSE;

    if (!read_artists(you, error) || !fal_heard_open(you->heard, &changed, error))
        return FALSE;
    if (you->found && !changed && you->dataset == dataset)
        return TRUE;
    gboolean heard_found = you->heard_found && !changed && you->dataset == dataset;
    you->dataset = dataset;
    you->found = you->heard_found = TRUE;
    find_artists(you);
    if (!heard_found) {
        fal_heard_find(you->heard, dataset, you->matched);
        merge_heard(you);
    }
    compose(you);
    return TRUE;
}

void
fal_you_forget(FalYou *you)
{
    you->found = you->heard_found = FALSE;
    you->dataset = NULL;
    g_clear_pointer(&you->matched, fal_matched_free);
}

GPtrArray *
fal_you_names(FalYou *you)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    gboolean changed = FALSE, known;
    gsize n;

    known = read_artists(you, NULL) && fal_heard_open(you->heard, &changed, NULL);
    /* Who opens them next has to find them anew. */
    if (changed)
        you->found = you->heard_found = FALSE;
    if (!known)
        return NULL;
    const FalHeardName *heard = fal_heard_names(you->heard, &n);
    for (gsize i = 0; i < n; i++)
        g_ptr_array_add(names, g_strdup(heard[i].name));
    for (guint i = 0; i < you->artists->len; i++)
        if (*artist_at(you->artists, i)->name)
            g_ptr_array_add(names, g_strdup(artist_at(you->artists, i)->name));
    return names->len > 0 ? g_steal_pointer(&names) : NULL;
}

void
fal_you_matched(FalYou *you, FalMatched *matched)
{
    fal_matched_free(you->matched);
    you->matched = matched;
}

const FalYouArtist *
fal_you_artists(const FalYou *you, int *n)
{
    *n = (int)you->shown->len;
    return (const FalYouArtist *)(gconstpointer)you->shown->data;
}

gint64
fal_you_rows(const FalYou *you, const gint32 **rows, const guint32 **plays)
{
    *rows = you->rows;
    *plays = you->plays;
    return you->n;
}

guint32
fal_you_plays(const FalYou *you, gint32 row)
{
    gint64 at = fal_sorted_find(you->rows, you->n, row);

    return at < you->n && you->rows[at] == row ? you->plays[at] : 0;
}

guint
fal_you_version(const FalYou *you)
{
    return you->version;
}

/* --- writing --- */

static gboolean
write_artists(const GArray *artists, FalStamp *stamp, GError **error)
{
    g_autofree char *path = fal_paths_data(FILE_NAME);
    g_autofree char *old = fal_paths_state_seen(FILE_NAME);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < artists->len; i++) {
        const FalYouArtist *artist = artist_at(artists, i);
        g_autofree char *name = g_strdelimit(g_strdup(artist->name), "\n", ' ');
        g_string_append_printf(text, "%" G_GINT64_FORMAT "\t%u\t%s\n", artist->id,
                               artist->plays, name);
    }
    if (path && fal_keep_write(path, text)) {
        FalStamp before = fal_stamp_of(old);
        *stamp = fal_stamp_of(path);
        /* Both folders may be one. */
        if (!fal_stamp_is(&before, stamp))
            g_unlink(old);
        return TRUE;
    }
    const char *why = g_strerror(errno);
    g_autofree char *wanted = fal_paths_data_seen(FILE_NAME);
    g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                "your artists cannot be written to %s: %s; nothing was changed", wanted, why);
    return FALSE;
}

/* Makes these your artists, if they can be written; takes them. */
static gboolean
take(FalYou *you, GArray *artists, GError **error)
{
    if (!write_artists(artists, &you->stamp, error)) {
        g_array_unref(artists);
        return FALSE;
    }
    g_array_unref(you->artists);
    you->artists = artists;
    compose(you);
    return TRUE;
}

/* Locks what is kept against other programs, and reads what they changed, so that it is not
 * lost. *lock goes to fal_keep_unlock(), whatever comes of it. */
static gboolean
begin_change(FalYou *you, int *lock, GError **error)
{
    g_autofree char *path = fal_paths_data(FILE_NAME);

    *lock = -1;
    return (!path || fal_keep_lock(path, lock, error)) &&
           fal_you_open(you, you->dataset, error);
}

const char *
fal_you_obstacle(const FalYou *you)
{
    return you->dataset && fal_dataset_is_numbered(you->dataset)
               ? "the model has no ids, and its row numbers say nothing of what your artists "
                 "are elsewhere: load its data, and open it again"
               : NULL;
}

static gboolean
check_ids(const FalYou *you, GError **error)
{
    const char *obstacle = fal_you_obstacle(you);

    if (obstacle)
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_DATA, obstacle);
    return !obstacle;
}

static void
append_copy(GArray *artists, const FalYouArtist *artist)
{
    FalYouArtist copy = *artist;

    copy.name = g_strdup(artist->name);
    g_array_append_val(artists, copy);
}

static gboolean
was_heard(const FalYou *you, gint32 row)
{
    gsize n;
    const FalHeardName *name = fal_heard_names(you->heard, &n);

    for (gsize i = 0; i < n; i++)
        if (name[i].row == row)
            return TRUE;
    return FALSE;
}

/* The artist with these plays; `gone`: not among those set by hand. */
static gboolean
set_locked(FalYou *you, gint32 row, guint32 plays, gboolean gone, GError **error)
{
    gboolean done = gone;
    GArray *next = new_artists();

    for (guint i = 0; i < you->artists->len; i++) {
        const FalYouArtist *artist = artist_at(you->artists, i);
        if (artist->row != row) {
            append_copy(next, artist);
        } else if (!done) {
            append_copy(next, artist);
            artist_at(next, next->len - 1)->plays = plays;
            done = TRUE;
        }
    }
    if (!done)
        append_copy(next, &(FalYouArtist){fal_dataset_artist_id(you->dataset, row), plays,
                                          (char *)fal_dataset_artist_name(you->dataset, row),
                                          row, TRUE});
    return take(you, next, error);
}

gboolean
fal_you_set(FalYou *you, gint32 row, guint32 plays, GError **error)
{
    int lock;

    g_return_val_if_fail(you->read && you->found && you->dataset, FALSE);
    gboolean ok = begin_change(you, &lock, error) && check_ids(you, error) &&
                  /* Dropping what was imported has to be remembered. */
                  set_locked(you, row, plays, plays == 0 && !was_heard(you, row), error);
    fal_keep_unlock(lock);
    return ok;
}

gboolean
fal_you_is_dropped(const FalYou *you, gint32 row)
{
    for (guint i = 0; i < you->artists->len; i++) {
        const FalYouArtist *artist = artist_at(you->artists, i);
        if (artist->row == row)
            return artist->plays == 0 && was_heard(you, row);
    }
    return FALSE;
}

gboolean
fal_you_add(FalYou *you, gint32 row, GError **error)
{
    int lock;

    g_return_val_if_fail(you->read && you->found && you->dataset, FALSE);
    gboolean ok = begin_change(you, &lock, error) && check_ids(you, error);
    if (ok && fal_you_plays(you, row) == 0)
        ok = set_locked(you, row, FAL_YOU_PLAYS, fal_you_is_dropped(you, row), error);
    fal_keep_unlock(lock);
    return ok;
}

int
fal_you_n_dropped(const FalYou *you)
{
    int n = 0;

    for (guint i = 0; i < you->artists->len; i++) {
        const FalYouArtist *artist = artist_at(you->artists, i);
        n += artist->plays == 0 && artist->row >= 0 && was_heard(you, artist->row);
    }
    return n;
}

/* All but those that are this one. */
static gboolean
drop_locked(FalYou *you, gint64 id, const char *name, GError **error)
{
    GArray *next = new_artists();

    for (guint k = 0; k < you->artists->len; k++) {
        const FalYouArtist *artist = artist_at(you->artists, k);
        if (artist->plays == 0 || artist->id != id || strcmp(artist->name, name) != 0)
            append_copy(next, artist);
    }
    return take(you, next, error);
}

gboolean
fal_you_drop(FalYou *you, int i, GError **error)
{
    int n, lock;
    const FalYouArtist *artist = fal_you_artists(you, &n);

    g_return_val_if_fail(you->read && i < n && artist[i].by_hand, FALSE);
    gint64 id = artist[i].id;
    g_autofree char *name = g_strdup(artist[i].name);
    gboolean ok = begin_change(you, &lock, error) && drop_locked(you, id, name, error);
    fal_keep_unlock(lock);
    return ok;
}

gboolean
fal_you_clear(FalYou *you, GError **error)
{
    int lock;

    g_return_val_if_fail(you->read, FALSE);
    gboolean ok = begin_change(you, &lock, error) && fal_heard_clear(you->heard, error);
    if (ok) {
        merge_heard(you);
        compose(you);
        ok = you->artists->len == 0 || take(you, new_artists(), error);
    }
    fal_keep_unlock(lock);
    return ok;
}

/* --- the imported history --- */

const FalHeardName *
fal_you_heard(const FalYou *you, gsize *n)
{
    return fal_heard_names(you->heard, n);
}

gssize
fal_you_find_heard(const FalYou *you, const char *name)
{
    return fal_heard_find_name(you->heard, name);
}

gboolean
fal_you_import(FalYou *you, const FalHistory *history, const gint32 *rows, GError **error)
{
    int lock;

    g_return_val_if_fail(you->read && you->found && you->dataset, FALSE);
    gboolean ok = begin_change(you, &lock, error) &&
                  fal_heard_set(you->heard, history, rows, you->dataset, error);
    if (ok) {
        merge_heard(you);
        compose(you);
    }
    fal_keep_unlock(lock);
    return ok;
}

gboolean
fal_you_match(FalYou *you, gsize i, gint32 row, GError **error)
{
    int lock;
    gsize n;

    g_return_val_if_fail(you->read && you->found && you->dataset, FALSE);
    g_autofree char *name = g_strdup(fal_heard_names(you->heard, &n)[i].name);
    gboolean ok = begin_change(you, &lock, error) && check_ids(you, error);
    gssize at = ok ? fal_heard_find_name(you->heard, name) : -1;
    if (ok && at < 0)
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "\"%s\" is no longer one of the imported names: another program has "
                    "changed them",
                    name);
    ok = at >= 0 && fal_heard_fix(you->heard, (gsize)at, you->dataset, row, error);
    if (ok) {
        merge_heard(you);
        compose(you);
    }
    fal_keep_unlock(lock);
    return ok;
}

char *
fal_you_find_said(const FalYou *you, const char *name)
{
    return g_strdup(fal_heard_find_said(you->heard, name));
}

GArray *
fal_you_said_elsewhere(const FalYou *you)
{
    return fal_heard_said_elsewhere(you->heard);
}

gboolean
fal_you_unmatch(FalYou *you, const char *name, GError **error)
{
    int lock;

    g_return_val_if_fail(you->read && you->found && you->dataset, FALSE);
    gboolean ok = begin_change(you, &lock, error);
    const char *said = ok ? fal_heard_find_said(you->heard, name) : NULL;
    ok = ok && (!said || fal_heard_unfix(you->heard, said, you->dataset, error));
    if (ok) {
        merge_heard(you);
        compose(you);
    }
    fal_keep_unlock(lock);
    return ok;
}

gboolean
fal_you_erase(FalYou *you, int *n, GError **error)
{
    g_autofree char *path = fal_paths_data_seen(FILE_NAME);
    g_autofree char *old = fal_paths_state_seen(FILE_NAME);
    int lock;

    *n = 0;
    if (!fal_keep_lock(path, &lock, error))
        return FALSE;
    you->read = FALSE;
    gboolean ok = fal_keep_erase(path, n, error) && fal_keep_erase(old, n, error) &&
                  fal_heard_erase(you->heard, n, error);
    fal_keep_unlock(lock);
    return ok;
}
