/* Mistyped names against the plain way: measuring every name, one distance after the other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/text.h"
#include "query/nearest.h"
#include "query/resolve.h"

#include "fixture.h"

#define N_ARTISTS 30000

static const char *const syllables[] = {"ra", "di", "o", "head", "the ", "\xc3\xb6", "x", "12"};

static char *
random_name(FalRandom *random)
{
    GString *name = g_string_new(NULL);

    for (guint64 i = 1 + fal_random_below(random, 6); i > 0; i--)
        g_string_append(name, syllables[fal_random_below(random, G_N_ELEMENTS(syllables))]);
    /* Some longer than a word of bits. */
    if (fal_random_below(random, 100) == 0)
        for (int i = 0; i < 30; i++)
            g_string_append(name, "abc");
    return g_string_free(name, FALSE);
}

static FalDataset *
random_dataset(FalRandom *random)
{
    g_autoptr(GString) plays = g_string_new(NULL);
    g_autoptr(GString) names = g_string_new(NULL);

    for (int id = 1; id <= N_ARTISTS; id++) {
        g_autofree char *name = random_name(random);
        g_string_append_printf(plays, "%d %d 1\n", 1 + id % 5, id);
        if (id % 11 != 0)
            g_string_append_printf(names, "%d\t%s\n", id, name);
    }
    return fal_fixture_dataset(plays->str, names->str, NULL);
}

static int
add_plainly(gint32 *found, int n, gint32 artist)
{
    for (int i = 0; i < n; i++)
        if (found[i] == artist)
            return n;
    if (n < FAL_NEAREST)
        found[n++] = artist;
    return n;
}

static int
nearest_plainly(const FalDataset *dataset, const char *folded, int limit, gint32 *found)
{
    int n = 0;

    for (int d = 1; d <= limit; d++)
        for (gint32 a = 0; a < N_ARTISTS && n < FAL_NEAREST; a++) {
            const char *other = fal_dataset_artist_folded(dataset, a);
            if (*other && fal_text_distance(folded, other, d) == d)
                found[n++] = a;
        }
    return n;
}

/* What the message for a name that is not there must be. */
static char *
told_plainly(const FalDataset *dataset, const char *name, const char *folded)
{
    int limit = strlen(folded) < 4 ? 1 : strlen(folded) < 8 ? 2 : 3;
    gint32 found[FAL_NEAREST];
    int n = nearest_plainly(dataset, folded, limit, found);
    GString *told = g_string_new(NULL);

    for (gint32 a = 0; a < N_ARTISTS && strlen(folded) > 2; a++)
        if (strstr(fal_dataset_artist_folded(dataset, a), folded))
            n = add_plainly(found, n, a);
    g_string_printf(told, "no artist is called \"%s\"%s", name,
                    n ? ": did you mean "
                      : ", and no name is near: artists TEXT searches them");
    for (int i = 0; i < n; i++)
        g_string_append_printf(told, "%s%s", i ? ", " : "",
                               fal_dataset_artist_name(dataset, found[i]));
    return g_string_free(g_string_append(told, n ? "?" : ""), FALSE);
}

static int
starts_plainly(const FalDataset *dataset, const char *folded, gint32 *first)
{
    int n = 0;

    for (gint32 a = N_ARTISTS - 1; a >= 0; a--)
        if (g_str_has_prefix(fal_dataset_artist_folded(dataset, a), folded)) {
            *first = a;
            n++;
        }
    return n;
}

/* A name with up to four letters changed, taken out or put in. */
static char *
mistype(FalRandom *random, const char *name)
{
    g_autoptr(GString) typed = g_string_new(name);

    for (guint64 i = 1 + fal_random_below(random, 4); i > 0; i--) {
        gssize at = (gssize)fal_random_below(random, typed->len);
        if (((guint8)typed->str[at] & 0x80) != 0)
            continue;
        if (fal_random_below(random, 2) && typed->len > 2)
            g_string_erase(typed, at, 1);
        if (fal_random_below(random, 2))
            g_string_insert_c(typed, at, "raoxq"[fal_random_below(random, 5)]);
    }
    return g_strdup(typed->str);
}

static void
check_name(const FalDataset *dataset, const char *name)
{
    g_autofree char *folded = fal_text_fold(name);
    g_autoptr(GError) error = NULL;
    gint32 first = -1, artist = fal_resolve_artist(dataset, name, &error);
    int n = starts_plainly(dataset, folded, &first);

    for (gint32 a = 0; a < N_ARTISTS; a++)
        if (!strcmp(fal_dataset_artist_name(dataset, a), name)) {
            g_assert_cmpint(artist, ==, a);
            return;
        }
    for (gint32 a = 0; a < N_ARTISTS; a++)
        if (!strcmp(fal_dataset_artist_folded(dataset, a), folded)) {
            g_assert_cmpint(artist, ==, a);
            return;
        }
    if (n == 1) {
        g_assert_cmpint(artist, ==, first);
        return;
    }
    g_assert_error(error, FAL_ERROR, FAL_ERROR_FAILED);
    if (n > 1) {
        g_assert_nonnull(strstr(error->message, "several names start so"));
        g_assert_nonnull(strstr(error->message, fal_dataset_artist_name(dataset, first)));
        return;
    }
    g_autofree char *told = told_plainly(dataset, name, folded);
    g_assert_cmpstr(error->message, ==, told);
}

static void
test_mistyped(void)
{
    FalRandom random;

    fal_random_init(&random, 7);
    g_autoptr(FalDataset) dataset = random_dataset(&random);
    for (int i = 0; i < 80; i++) {
        gint32 artist = (gint32)fal_random_below(&random, N_ARTISTS);
        const char *name = fal_dataset_artist_name(dataset, artist);
        g_autofree char *typed = *name ? mistype(&random, name) : g_strdup("diohe");
        g_autofree char *folded = fal_text_fold(typed);
        if (!*folded || g_ascii_isdigit(*folded))
            continue;
        fal_parallel_set_threads(1 + i % 4);
        check_name(dataset, typed);
    }
    fal_parallel_set_threads(0);
}

/* A name that is near and holds what was typed is told once. */
static void
test_once(void)
{
    g_autoptr(FalDataset) dataset =
        fal_fixture_dataset("1 10 5\n1 11 3\n", "10\tRadiohead\n11\tBj\xc3\xb6rk\n", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(fal_resolve_artist(dataset, "adiohead", &error), ==, -1);
    g_assert_cmpstr(error->message, ==,
                    "no artist is called \"adiohead\": did you mean Radiohead?");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/query/resolve/mistyped", test_mistyped);
    g_test_add_func("/query/resolve/once", test_once);
    return g_test_run();
}
