/* Your own artists (see you.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/you.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/newfile.h"
#include "base/paths.h"
#include "base/text.h"

#define FILE_NAME "you.tsv"

enum { SHOWN_BYTES = 40 }; /* of a line that cannot be read */

/* What tells one state of the file from another: each is a file of its own. */
typedef struct {
    gboolean there;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec time;
} Stamp;

struct FalYou {
    GArray *artists;     /* FalYouArtist, in the order of the file */
    gboolean read;       /* the file was */
    Stamp stamp;         /* what it was then */
    gboolean found;      /* rows are those of dataset */
    FalDataset *dataset; /* only borrowed: fal_you_forget() comes before its end */
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
    return you;
}

void
fal_you_free(FalYou *you)
{
    g_array_unref(you->artists);
    g_free(you->rows);
    g_free(you->plays);
    g_free(you);
}

/* --- reading --- */

static Stamp
stamp_of(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return (Stamp){.there = FALSE};
    return (Stamp){TRUE, st.st_dev, st.st_ino, st.st_size, st.st_mtim};
}

static gboolean
is_same(const Stamp *a, const Stamp *b)
{
    if (!a->there || !b->there)
        return a->there == b->there;
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->time.tv_sec == b->time.tv_sec && a->time.tv_nsec == b->time.tv_nsec;
}

/* A number that ends at `stop`, or at the end of the text; NULL where there is none, else what
 * stands behind it. */
static const char *
read_number(const char *text, char stop, guint64 most, guint64 *number)
{
    char *end;

    if (!g_ascii_isdigit(*text))
        return NULL;
    errno = 0;
    *number = g_ascii_strtoull(text, &end, 10);
    if (errno || *number > most || (*end && *end != stop))
        return NULL;
    return *end ? end + 1 : end;
}

static gboolean
read_line(const char *line, FalYouArtist *out)
{
    guint64 id, plays;
    const char *rest = read_number(line, '\t', G_MAXINT64 - 1, &id);

    rest = rest ? read_number(rest, '\t', G_MAXUINT32, &plays) : NULL;
    if (!rest || plays == 0 || !g_utf8_validate(line, -1, NULL))
        return FALSE;
    *out = (FalYouArtist){(gint64)id, (guint32)plays, g_strchomp(g_strdup(rest)), -1};
    return TRUE;
}

static void
set_broken(const char *path, gsize number, const char *line, GError **error)
{
    g_autofree char *safe = fal_text_clean(line);
    gboolean cut = fal_text_width(safe) > SHOWN_BYTES;
    gsize n = fal_text_prefix(safe, SHOWN_BYTES, NULL);

    g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                "%s, line %" G_GSIZE_FORMAT
                ": \"%.*s%s\" is not an artist's id, its plays and its "
                "name, parted by tabs: mend the line, or move the file away to begin anew",
                path, number, (int)n, safe, cut ? "..." : "");
}

static GArray *
read_file(const char *path, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *text = NULL;
    g_autoptr(GArray) artists = new_artists();
    gsize n_bytes;

    if (!g_file_get_contents(path, &text, &n_bytes, &why)) {
        if (g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
            g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
            return g_steal_pointer(&artists);
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    "your artists cannot be read: %s; move that away to begin anew",
                    why->message);
        return NULL;
    }
    /* A zero byte ends the text for us, and what stands behind it must not be lost. */
    gboolean cut = strlen(text) < n_bytes;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (gsize i = 0; lines[i]; i++) {
        FalYouArtist artist;
        gboolean last = !lines[i + 1];
        if (!*lines[i] && last && !cut)
            break;
        if ((last && cut) || !read_line(lines[i], &artist)) {
            set_broken(path, i + 1, lines[i], error);
            return NULL;
        }
        g_array_append_val(artists, artist);
    }
    return g_steal_pointer(&artists);
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

/* Those that are not there by id, by name: one look at all names, the one with most listeners
 * first. */
static void
find_names(FalYou *you, GHashTable *missing)
{
    gint32 n = fal_dataset_n_artists(you->dataset);

    for (gint32 row = 0; row < n && g_hash_table_size(missing) > 0; row++) {
        gpointer at;
        const char *name = fal_dataset_artist_name(you->dataset, row);
        if (!*name || !g_hash_table_lookup_extended(missing, name, NULL, &at))
            continue;
        artist_at(you->artists, GPOINTER_TO_UINT(at))->row = row;
        g_hash_table_remove(missing, name);
    }
}

static void
find_artists(FalYou *you)
{
    g_autoptr(GHashTable) missing = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < you->artists->len; i++) {
        FalYouArtist *artist = artist_at(you->artists, i);
        artist->row = you->dataset ? fal_dataset_find_artist(you->dataset, artist->id) : -1;
        if (artist->row >= 0 && !is_called(you->dataset, artist->row, artist))
            artist->row = -1;
        if (artist->row < 0 && *artist->name)
            g_hash_table_insert(missing, artist->name, GUINT_TO_POINTER(i));
    }
    if (you->dataset)
        find_names(you, missing);
}

static int
compare_artists(const void *a, const void *b)
{
    const FalYouArtist *x = *(FalYouArtist *const *)a, *y = *(FalYouArtist *const *)b;

    return (x->row > y->row) - (x->row < y->row);
}

/* Rows and plays as fold-in wants them. Two artists of the file may be one here: their plays
 * are added. */
static void
gather(FalYou *you)
{
    guint all = you->artists->len;
    g_autofree FalYouArtist **sorted = g_new(FalYouArtist *, all + 1);

    g_free(you->rows);
    g_free(you->plays);
    you->rows = g_new(gint32, all + 1);
    you->plays = g_new(guint32, all + 1);
    you->n = 0;
    for (guint i = 0; i < all; i++)
        sorted[i] = artist_at(you->artists, i);
    qsort(sorted, all, sizeof *sorted, compare_artists);
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
    you->version++;
}

gboolean
fal_you_open(FalYou *you, FalDataset *dataset, GError **error)
{
    g_autofree char *path = fal_paths_state_seen(FILE_NAME);
    Stamp stamp = stamp_of(path);

    if (!you->read || !is_same(&stamp, &you->stamp)) {
        GArray *artists = read_file(path, error);
        you->read = artists != NULL;
        if (!artists)
            return FALSE;
        g_array_unref(you->artists);
        you->artists = artists;
        you->stamp = stamp;
        you->found = FALSE;
    }
    if (!you->found || you->dataset != dataset) {
        you->dataset = dataset;
        you->found = TRUE;
        find_artists(you);
        gather(you);
    }
    return TRUE;
}

void
fal_you_forget(FalYou *you)
{
    you->found = FALSE;
    you->dataset = NULL;
}

const FalYouArtist *
fal_you_artists(const FalYou *you, int *n)
{
    *n = (int)you->artists->len;
    return (const FalYouArtist *)(gconstpointer)you->artists->data;
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
    for (gint64 i = 0; i < you->n; i++)
        if (you->rows[i] == row)
            return you->plays[i];
    return 0;
}

guint
fal_you_version(const FalYou *you)
{
    return you->version;
}

/* --- writing --- */

static gboolean
write_artists(const GArray *artists, Stamp *stamp, GError **error)
{
    g_autofree char *path = fal_paths_state(FILE_NAME);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < artists->len; i++) {
        const FalYouArtist *artist = artist_at(artists, i);
        g_autofree char *name = g_strdelimit(g_strdup(artist->name), "\n", ' ');
        g_string_append_printf(text, "%" G_GINT64_FORMAT "\t%u\t%s\n", artist->id,
                               artist->plays, name);
    }
    if (path && fal_new_file_set(path, 0600, text->str, (gssize)text->len, NULL)) {
        *stamp = stamp_of(path);
        return TRUE;
    }
    const char *why = g_strerror(errno);
    g_autofree char *wanted = fal_paths_state_seen(FILE_NAME);
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
    gather(you);
    return TRUE;
}

static void
append_copy(GArray *artists, const FalYouArtist *artist)
{
    FalYouArtist copy = *artist;

    copy.name = g_strdup(artist->name);
    g_array_append_val(artists, copy);
}

gboolean
fal_you_set(FalYou *you, gint32 row, guint32 plays, GError **error)
{
    GArray *next = new_artists();
    gboolean done = plays == 0;

    g_return_val_if_fail(you->read && you->found && you->dataset, FALSE);
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
        append_copy(next,
                    &(FalYouArtist){fal_dataset_artist_id(you->dataset, row), plays,
                                    (char *)fal_dataset_artist_name(you->dataset, row), row});
    return take(you, next, error);
}

gboolean
fal_you_drop(FalYou *you, int i, GError **error)
{
    GArray *next = new_artists();

    g_return_val_if_fail(you->read, FALSE);
    for (guint k = 0; k < you->artists->len; k++)
        if ((int)k != i)
            append_copy(next, artist_at(you->artists, k));
    return take(you, next, error);
}

gboolean
fal_you_clear(FalYou *you, GError **error)
{
    g_return_val_if_fail(you->read, FALSE);
    return take(you, new_artists(), error);
}
