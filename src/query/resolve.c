/* Names to rows (see resolve.h). Scans the names: some milliseconds for 1.6 million, and
 * artists lie by falling listeners, so that the first one that fits is the one to take.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/resolve.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "query/match.h"
#include "query/nearest.h"

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

/* The exact spelling wins over the folded one: "KORN" and "Korn" may both be there. Here as
 * below the first byte spares a call for most. */
static gboolean
is_spelt(const FalDataset *dataset, gint32 artist, const char *name)
{
    const char *other = fal_dataset_artist_name(dataset, artist);

    return *other == *name && !strcmp(other, name);
}

static gboolean
is_called(const FalDataset *dataset, gint32 artist, const char *folded)
{
    const char *other = fal_dataset_artist_folded(dataset, artist);

    return *other == *folded && !strcmp(other, folded);
}

/* What begins with a letter of ASCII does so when folded; folding takes longer than the rest.
 */
static gboolean
has_alias(const FalDataset *dataset, gint32 artist, const char *folded)
{
    gsize n_aliases;
    const FalAlias *alias = fal_dataset_aliases(dataset, artist, &n_aliases);

    for (gsize i = 0; i < n_aliases; i++) {
        char first = alias[i].name[0];
        if (g_ascii_isgraph(first) && g_ascii_tolower(first) != *folded)
            continue;
        g_autofree char *other = fal_text_fold(alias[i].name);
        if (!strcmp(other, folded))
            return TRUE;
    }
    return FALSE;
}

static gboolean
starts_so(const FalDataset *dataset, gint32 artist, const char *folded)
{
    const char *other = fal_dataset_artist_folded(dataset, artist);

    return *other == *folded && g_str_has_prefix(other, folded);
}

static gint32
find_first(const FalDataset *dataset, FalFitFn fits, const char *text)
{
    gint32 artist;

    return fal_first_artists(dataset, fits, text, 1, &artist) == 1 ? artist : -1;
}

gint32
fal_resolve_called(const FalDataset *dataset, const char *folded)
{
    return *folded ? find_first(dataset, is_called, folded) : -1;
}

/* The artist whose name starts so, where there is one only; candidates: some, for the error. */
static gint32
find_start(const FalDataset *dataset, const char *folded, GPtrArray *candidates)
{
    gint32 found[FAL_NEAREST];
    int n = fal_first_artists(dataset, starts_so, folded, FAL_NEAREST, found);

    for (int i = 0; i < n; i++)
        g_ptr_array_add(candidates, fal_artist_label(dataset, found[i]));
    return n == 1 ? found[0] : -1;
}

/* Names that hold what was typed, behind the n that there are; returns how many there are then.
 */
static int
add_holding(const FalDataset *dataset, const char *folded, gint32 *found, int n)
{
    char *words[] = {(char *)folded, NULL};
    FalMarks marks;

    fal_match(dataset, FAL_SUBJECT_ARTIST, words, NULL, &marks);
    gint32 left = marks.n;
    for (gint32 a = 0; left > 0 && n < FAL_NEAREST; a++) {
        if (!fal_marks_has(&marks, a))
            continue;
        left--;
        gboolean fits = *fal_dataset_artist_folded(dataset, a) != '\0';
        for (int i = 0; i < n; i++)
            fits = fits && found[i] != a;
        if (fits)
            found[n++] = a;
    }
    g_free(marks.bits);
    return n;
}

/* Names a few letters away, nearest first and the most listened first among those; else names
 * that hold what was typed. */
static void
add_nearest(const FalDataset *dataset, const char *folded, GPtrArray *candidates)
{
    gsize len = strlen(folded);
    gint32 found[FAL_NEAREST];
    int n = fal_nearest_artists(dataset, folded, len < 4 ? 1 : len < 8 ? 2 : 3, found);

    if (n < FAL_NEAREST && len > 2)
        n = add_holding(dataset, folded, found, n);
    for (int i = 0; i < n; i++)
        g_ptr_array_add(candidates, fal_artist_label(dataset, found[i]));
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
    artist = find_first(dataset, is_spelt, name);
    if (artist < 0)
        artist = find_first(dataset, is_called, folded);
    if (artist < 0)
        artist = find_first(dataset, has_alias, folded);
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
