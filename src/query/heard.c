/* What you heard (see heard.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/heard.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/paths.h"
#include "base/text.h"
#include "data/bare.h"
#include "query/keep.h"
#include "query/match-names.h"

#define HISTORY_FILE "history.tsv"
#define NAMES_FILE   "names.tsv"

/* An artist that a name stands for. */
typedef struct {
    gint64 id;
    char *name;
} Fix;

struct FalHeard {
    GArray *names;     /* FalHeardName */
    GHashTable *fixes; /* char* -> Fix */
    gboolean read;
    FalStamp history, fixed; /* the files, as they were read or written last */
};

static void
clear_name(gpointer data)
{
    g_free(((FalHeardName *)data)->name);
}

static GArray *
new_names(void)
{
    GArray *names = g_array_new(FALSE, TRUE, sizeof(FalHeardName));

    g_array_set_clear_func(names, clear_name);
    return names;
}

static void
free_fix(gpointer data)
{
    g_free(((Fix *)data)->name);
    g_free(data);
}

static GHashTable *
new_fixes(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_fix);
}

static void
put_fix(GHashTable *fixes, const char *name, gint64 id, const char *artist)
{
    Fix *fix = g_new(Fix, 1);

    *fix = (Fix){id, g_strdup(artist)};
    g_hash_table_replace(fixes, g_strdup(name), fix);
}

FalHeard *
fal_heard_new(void)
{
    FalHeard *heard = g_new0(FalHeard, 1);

    heard->names = new_names();
    heard->fixes = new_fixes();
    return heard;
}

void
fal_heard_free(FalHeard *heard)
{
    g_array_unref(heard->names);
    g_hash_table_unref(heard->fixes);
    g_free(heard);
}

static FalHeardName *
name_at(const FalHeard *heard, gsize i)
{
    return &g_array_index(heard->names, FalHeardName, i);
}

/* --- reading --- */

static gboolean
take_name(const char *line, gpointer data)
{
    guint64 plays;
    const char *name = fal_keep_number(line, '\t', G_MAXUINT32, &plays);

    if (!name || !*name || plays == 0)
        return FALSE;
    FalHeardName heard = {g_strchomp(g_strdup(name)), (guint32)plays, -1, FALSE};
    g_array_append_val((GArray *)data, heard);
    return TRUE;
}

static gboolean
take_fix(const char *line, gpointer data)
{
    const char *tab = strchr(line, '\t');
    guint64 id;
    const char *artist = tab ? fal_keep_number(tab + 1, '\t', G_MAXINT64 - 1, &id) : NULL;

    if (!artist || tab == line)
        return FALSE;
    g_autofree char *name = g_strndup(line, (gsize)(tab - line));
    g_autofree char *called = g_strchomp(g_strdup(artist));
    put_fix(data, name, (gint64)id, called);
    return TRUE;
}

static gboolean
read_files(FalHeard *heard, const char *history, const char *fixed, GError **error)
{
    g_autoptr(GArray) names = new_names();
    g_autoptr(GHashTable) fixes = new_fixes();

    if (!fal_keep_read(history, "plays and a name, parted by a tab", take_name, names, error) ||
        !fal_keep_read(fixed, "a name, an artist's id and its name, parted by tabs", take_fix,
                       fixes, error))
        return FALSE;
    g_array_unref(heard->names);
    heard->names = g_steal_pointer(&names);
    g_hash_table_unref(heard->fixes);
    heard->fixes = g_steal_pointer(&fixes);
    return TRUE;
}

gboolean
fal_heard_open(FalHeard *heard, gboolean *changed, GError **error)
{
    g_autofree char *history = fal_paths_data_seen(HISTORY_FILE);
    g_autofree char *fixed = fal_paths_data_seen(NAMES_FILE);
    FalStamp now = fal_stamp_of(history), fixed_now = fal_stamp_of(fixed);

    if (heard->read && fal_stamp_is(&now, &heard->history) &&
        fal_stamp_is(&fixed_now, &heard->fixed))
        return TRUE;
    *changed = TRUE;
    heard->read = read_files(heard, history, fixed, error);
    heard->history = now;
    heard->fixed = fixed_now;
    return heard->read;
}

/* --- finding --- */

/* The row of a fixed name by its artist's id, where that is the artist it was. */
static gint32
row_of_fix(const Fix *fix, FalDataset *dataset)
{
    gint32 row =
        fal_dataset_is_numbered(dataset) ? -1 : fal_dataset_find_artist(dataset, fix->id);
    const char *name = row < 0 ? "" : fal_dataset_artist_name(dataset, row);

    return row >= 0 && (!*name || !*fix->name || !strcmp(name, fix->name)) ? row : -1;
}

/* Those that are fixed go where that says; by the artist's name where its id does not lead
 * there, and if that is nowhere they stay as they are. */
static void
find_fixed(FalHeard *heard, FalDataset *dataset)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint));

    if (g_hash_table_size(heard->fixes) == 0)
        return;
    for (guint i = 0; i < heard->names->len; i++) {
        FalHeardName *name = name_at(heard, i);
        const Fix *fix = g_hash_table_lookup(heard->fixes, name->name);
        gint32 row = fix ? row_of_fix(fix, dataset) : -1;
        name->as_said = row >= 0;
        if (row >= 0) {
            name->row = row;
        } else if (fix && *fix->name) {
            g_ptr_array_add(texts, fix->name);
            g_array_append_val(numbers, i);
        }
    }
    if (texts->len == 0)
        return;
    g_autofree gint32 *rows = g_new(gint32, texts->len);
    fal_match_names(dataset, (const char *const *)texts->pdata, texts->len, rows, NULL, NULL);
    for (guint k = 0; k < texts->len; k++) {
        FalHeardName *name = name_at(heard, g_array_index(numbers, guint, k));
        name->as_said = rows[k] >= 0;
        name->row = rows[k] >= 0 ? rows[k] : name->row;
    }
}

void
fal_heard_find(FalHeard *heard, FalDataset *dataset, const FalMatched *matched)
{
    guint n = heard->names->len;
    g_autofree const char **texts = g_new(const char *, n + 1);
    g_autofree gint32 *rows = g_new(gint32, n + 1);

    for (guint i = 0; i < n; i++) {
        texts[i] = name_at(heard, i)->name;
        rows[i] = -1;
    }
    if (dataset && n > 0)
        fal_matched_rows(matched, dataset, texts, n, rows);
    for (guint i = 0; i < n; i++)
        name_at(heard, i)->row = rows[i];
    if (dataset)
        find_fixed(heard, dataset);
}

const FalHeardName *
fal_heard_names(const FalHeard *heard, gsize *n)
{
    *n = heard->names->len;
    return (const FalHeardName *)(gconstpointer)heard->names->data;
}

/* As it folds, or as a table shows it. */
static gboolean
is_near(const char *name, const char *typed, const char *folded)
{
    g_autofree char *name_folded = fal_text_fold(name);
    g_autofree char *shown = fal_text_safe(name);

    return !strcmp(name_folded, folded) || !strcmp(shown, typed);
}

gssize
fal_heard_find_name(const FalHeard *heard, const char *name)
{
    g_autofree char *folded = fal_text_fold(name);
    gssize near = -1;

    for (guint i = 0; i < heard->names->len; i++) {
        const char *other = name_at(heard, i)->name;
        if (!strcmp(other, name))
            return i;
        if (near < 0 && is_near(other, name, folded))
            near = i;
    }
    return near;
}

static int
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

/* Names of which something was said, sorted; to be freed with g_list_free(). */
static GList *
said_names(const FalHeard *heard)
{
    return g_list_sort(g_hash_table_get_keys(heard->fixes), compare_texts);
}

const char *
fal_heard_find_said(const FalHeard *heard, const char *name)
{
    g_autofree char *folded = fal_text_fold(name);
    g_autoptr(GList) names = said_names(heard);
    gpointer exact;

    if (g_hash_table_lookup_extended(heard->fixes, name, &exact, NULL))
        return exact;
    /* To the letter it is another name, of which nothing was said. */
    for (guint i = 0; i < heard->names->len; i++)
        if (!strcmp(name_at(heard, i)->name, name))
            return NULL;
    for (GList *at = names; at; at = at->next)
        if (is_near(at->data, name, folded))
            return at->data;
    return NULL;
}

GArray *
fal_heard_said_elsewhere(const FalHeard *heard)
{
    GArray *said = g_array_new(FALSE, FALSE, sizeof(FalSaid));
    g_autoptr(GHashTable) here = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GList) names = said_names(heard);

    for (guint i = 0; i < heard->names->len; i++)
        if (name_at(heard, i)->as_said)
            g_hash_table_add(here, name_at(heard, i)->name);
    for (GList *at = names; at; at = at->next) {
        const Fix *fix = g_hash_table_lookup(heard->fixes, at->data);
        FalSaid one = {at->data, fix->id, fix->name};
        if (!g_hash_table_contains(here, at->data))
            g_array_append_val(said, one);
    }
    return said;
}

/* --- writing --- */

static gboolean
write_file(const char *name, const GString *text, FalStamp *stamp, GError **error)
{
    g_autofree char *path = fal_paths_data(name);

    if (path && fal_keep_write(path, text)) {
        *stamp = fal_stamp_of(path);
        return TRUE;
    }
    const char *why = g_strerror(errno);
    g_autofree char *wanted = fal_paths_data_seen(name);
    g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                "your history cannot be written to %s: %s; nothing was changed", wanted, why);
    return FALSE;
}

gboolean
fal_heard_set(FalHeard *heard, const FalHistory *history, const gint32 *rows,
              FalDataset *dataset, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (gsize i = 0; i < history->n; i++)
        g_string_append_printf(text, "%u\t%s\n",
                               (guint32)MIN(history->name[i].plays, G_MAXUINT32),
                               history->name[i].name);
    if (!write_file(HISTORY_FILE, text, &heard->history, error))
        return FALSE;
    g_array_set_size(heard->names, 0);
    for (gsize i = 0; i < history->n; i++) {
        FalHeardName name = {g_strdup(history->name[i].name),
                             (guint32)MIN(history->name[i].plays, G_MAXUINT32), rows[i], FALSE};
        g_array_append_val(heard->names, name);
    }
    find_fixed(heard, dataset);
    return TRUE;
}

static gboolean
write_fixes(FalHeard *heard, GHashTable *fixes, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    GList *names = g_list_sort(g_hash_table_get_keys(fixes), compare_texts);

    for (GList *at = names; at; at = at->next) {
        const Fix *fix = g_hash_table_lookup(fixes, at->data);
        g_autofree char *artist = g_strdelimit(g_strdup(fix->name), "\n", ' ');
        g_string_append_printf(text, "%s\t%" G_GINT64_FORMAT "\t%s\n", (char *)at->data,
                               fix->id, artist);
    }
    g_list_free(names);
    return write_file(NAMES_FILE, text, &heard->fixed, error);
}

static GHashTable *
copy_fixes(const FalHeard *heard)
{
    GHashTableIter iter;
    gpointer name, fix;
    GHashTable *fixes = new_fixes();

    g_hash_table_iter_init(&iter, heard->fixes);
    while (g_hash_table_iter_next(&iter, &name, &fix))
        put_fix(fixes, name, ((Fix *)fix)->id, ((Fix *)fix)->name);
    return fixes;
}

/* Writes first; takes them where that was done. */
static gboolean
take_fixes(FalHeard *heard, GHashTable *fixes, GError **error)
{
    if (!write_fixes(heard, fixes, error)) {
        g_hash_table_unref(fixes);
        return FALSE;
    }
    g_hash_table_unref(heard->fixes);
    heard->fixes = fixes;
    return TRUE;
}

gboolean
fal_heard_fix(FalHeard *heard, gsize i, FalDataset *dataset, gint32 row, GError **error)
{
    FalHeardName *name = name_at(heard, i);
    GHashTable *fixes = copy_fixes(heard);

    put_fix(fixes, name->name, fal_dataset_artist_id(dataset, row),
            fal_dataset_artist_name(dataset, row));
    if (!take_fixes(heard, fixes, error))
        return FALSE;
    name->row = row;
    name->as_said = TRUE;
    return TRUE;
}

gboolean
fal_heard_unfix(FalHeard *heard, const char *name, FalDataset *dataset, GError **error)
{
    g_autofree char *said = g_strdup(name); /* what is borrowed goes away with the word */
    GHashTable *fixes = copy_fixes(heard);

    g_hash_table_remove(fixes, said);
    if (!take_fixes(heard, fixes, error))
        return FALSE;
    for (guint i = 0; i < heard->names->len; i++) {
        FalHeardName *at = name_at(heard, i);
        if (strcmp(at->name, said) != 0)
            continue;
        fal_match_names(dataset, (const char *const *)&at->name, 1, &at->row, NULL, NULL);
        at->as_said = FALSE;
    }
    return TRUE;
}

gboolean
fal_heard_clear(FalHeard *heard, GError **error)
{
    g_autoptr(GString) nothing = g_string_new(NULL);

    if (heard->names->len == 0)
        return TRUE;
    if (!write_file(HISTORY_FILE, nothing, &heard->history, error))
        return FALSE;
    g_array_set_size(heard->names, 0);
    return TRUE;
}

gboolean
fal_heard_erase(FalHeard *heard, int *n, GError **error)
{
    static const char *const files[] = {HISTORY_FILE, NAMES_FILE};

    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = fal_paths_data_seen(files[i]);
        if (!fal_keep_erase(path, n, error))
            return FALSE;
    }
    heard->read = FALSE;
    return TRUE;
}
