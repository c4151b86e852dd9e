/* Names to rows (see resolve.h). Scans the folded names: some milliseconds for 1.6 million,
 * and artists lie by falling listeners, so that the first one that fits is the one to take.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/resolve.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define MAX_NEAREST 3

char *
fal_artist_label(const FalDataset *dataset, gint32 artist)
{
    const char *name = fal_dataset_artist_name(dataset, artist);

    if (*name)
        return g_strdup(name);
    return g_strdup_printf("#%" G_GINT64_FORMAT, fal_dataset_artist_id(dataset, artist));
}

static gboolean
parse_id(const char *text, gint64 *id)
{
    char *end;

    if (!g_ascii_isdigit(*text))
        return FALSE;
    *id = g_ascii_strtoll(text, &end, 10);
    return !*end && *id < G_MAXINT64;
}

/* "id:12" or the "#12" that stands for an artist without a name. */
static gint32
find_by_id(const FalDataset *dataset, const char *name, gboolean *is_id, GError **error)
{
    gint64 id;

    *is_id = g_str_has_prefix(name, "id:") || name[0] == '#';
    const char *digits = name + (name[0] == '#' ? 1 : 3);
    if (!*is_id)
        return -1;
    if (!parse_id(digits, &id)) {
        *is_id = name[0] != '#'; /* "#1 Crush" may be a name */
        if (*is_id)
            g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                        "\"%s\" is not a number: id:1000113 is one", digits);
        return -1;
    }
    gint32 artist = fal_dataset_find_artist(dataset, id);
    if (artist < 0)
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "no artist with plays has the id %s",
                    digits);
    return artist;
}

static gint32
find_name(const FalDataset *dataset, const char *folded)
{
    gint32 n = fal_dataset_n_artists(dataset);

    for (gint32 a = 0; a < n; a++)
        if (!strcmp(fal_dataset_artist_folded(dataset, a), folded))
            return a;
    return -1;
}

/* The exact spelling wins over the folded one: "KORN" and "Korn" may both be there. */
static gint32
find_spelling(const FalDataset *dataset, const char *name)
{
    gint32 n = fal_dataset_n_artists(dataset);

    for (gint32 a = 0; a < n; a++)
        if (!strcmp(fal_dataset_artist_name(dataset, a), name))
            return a;
    return -1;
}

static gint32
find_alias(const FalDataset *dataset, const char *folded)
{
    gint32 n = fal_dataset_n_artists(dataset);

    for (gint32 a = 0; a < n; a++) {
        gsize n_aliases;
        const FalAlias *alias = fal_dataset_aliases(dataset, a, &n_aliases);
        for (gsize i = 0; i < n_aliases; i++) {
            g_autofree char *other = fal_text_fold(alias[i].name);
            if (!strcmp(other, folded))
                return a;
        }
    }
    return -1;
}

/* The artist whose name starts so, where there is one only; candidates: some, for the error. */
static gint32
find_start(const FalDataset *dataset, const char *folded, GPtrArray *candidates)
{
    gint32 n = fal_dataset_n_artists(dataset), found = -1;

    for (gint32 a = 0; a < n && candidates->len < MAX_NEAREST; a++) {
        if (g_str_has_prefix(fal_dataset_artist_folded(dataset, a), folded)) {
            found = a;
            g_ptr_array_add(candidates, fal_artist_label(dataset, a));
        }
    }
    return candidates->len == 1 ? found : -1;
}

/* The letters and figures of a folded name as bits; a few share one. */
static guint64
letters_of(const char *folded)
{
    guint64 letters = 0;

    for (const guint8 *at = (const guint8 *)folded; *at; at++)
        if (*at >= '0' && *at <= 'z')
            letters |= (guint64)1 << (*at & 63);
    return letters;
}

/* Each edit takes away one letter and brings one in at most. */
static gboolean
may_be_near(guint64 a, guint64 b, int distance)
{
    return __builtin_popcountll(a & ~b) <= distance && __builtin_popcountll(b & ~a) <= distance;
}

/* Names a few letters away, nearest first and the most listened first among those; else names
 * that hold what was typed. */
static void
add_nearest(const FalDataset *dataset, const char *folded, GPtrArray *candidates)
{
    gint32 n = fal_dataset_n_artists(dataset);
    gsize len = strlen(folded);
    int limit = len < 4 ? 1 : len < 8 ? 2 : 3;
    guint64 letters = letters_of(folded);

    for (int d = 1; d <= limit; d++) {
        for (gint32 a = 0; a < n && candidates->len < MAX_NEAREST; a++) {
            const char *other = fal_dataset_artist_folded(dataset, a);
            gsize other_len = strlen(other);
            if (other_len + (gsize)limit * 4 < len || len + (gsize)limit * 4 < other_len ||
                !*other)
                continue;
            if (may_be_near(letters, letters_of(other), d) &&
                fal_text_distance(folded, other, d) == d)
                g_ptr_array_add(candidates, fal_artist_label(dataset, a));
        }
    }
    for (gint32 a = 0; a < n && candidates->len < MAX_NEAREST && len > 2; a++)
        if (strstr(fal_dataset_artist_folded(dataset, a), folded))
            g_ptr_array_add(candidates, fal_artist_label(dataset, a));
}

static void
set_unknown(const FalDataset *dataset, const char *name, const char *folded, GPtrArray *starts,
            GError **error)
{
    gboolean several = starts->len > 0;

    if (!several)
        add_nearest(dataset, folded, starts);
    if (starts->len == 0) {
        g_set_error(
            error, FAL_ERROR, FAL_ERROR_FAILED,
            "no artist is called \"%s\", and no name is near: artists TEXT searches them",
            name);
        return;
    }
    g_ptr_array_add(starts, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)starts->pdata);
    g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                several ? "no artist is called \"%s\", and several names start so: %s ..."
                        : "no artist is called \"%s\": did you mean %s?",
                name, list);
}

gint32
fal_resolve_artist(const FalDataset *dataset, const char *name, GError **error)
{
    g_autoptr(GPtrArray) starts = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *folded = fal_text_fold(name);
    gboolean is_id;
    gint32 artist = find_by_id(dataset, name, &is_id, error);

    if (is_id)
        return artist;
    if (!*folded) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "an artist's name is missing");
        return -1;
    }
    artist = find_spelling(dataset, name);
    if (artist < 0)
        artist = find_name(dataset, folded);
    if (artist < 0)
        artist = find_alias(dataset, folded);
    if (artist < 0)
        artist = find_start(dataset, folded, starts);
    if (artist < 0)
        set_unknown(dataset, name, folded, starts, error);
    return artist;
}

gint32
fal_resolve_user(const FalDataset *dataset, const char *name, GError **error)
{
    const char *digits = g_str_has_prefix(name, "id:") ? name + 3
                         : name[0] == '#'              ? name + 1
                                                       : name;
    gint64 id;

    if (!parse_id(digits, &id)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "a user is a number, such as %" G_GINT64_FORMAT
                    ", not \"%s\": users lists some",
                    fal_dataset_user_id(dataset, 0), name);
        return -1;
    }
    gint32 user = fal_dataset_find_user(dataset, id);
    if (user < 0)
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "no user has the id %s: users lists some", digits);
    return user;
}
