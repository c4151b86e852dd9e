/* Jumping against the plain way: every way to find letters in a name, every name one after the
 * other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/random.h"
#include "base/text.h"
#include "query/command.h"
#include "query/jump.h"
#include "query/match.h"

#include "fixture.h"

#define N_ARTISTS 30000
#define N_USERS   300

static const char *const views[] = {"Artists", "Listeners", "Train", "Map", NULL};

static int
score_of(const char *text, const char *name)
{
    FalJumpText letters;
    g_autofree char *folded = fal_text_fold(name);

    fal_jump_text(&letters, text);
    return fal_jump_score(&letters, folded);
}

static void
test_score(void)
{
    g_assert_cmpint(score_of("", "Radiohead"), ==, 0);
    g_assert_cmpint(score_of("", ""), ==, 0);
    g_assert_cmpint(score_of("r", ""), ==, -1);
    /* From the start on, or by the starts of words: as good as can be. */
    g_assert_cmpint(score_of("rad", "Radiohead"), ==, 26);
    g_assert_cmpint(score_of("rat", "Rage Against The Machine"), ==, 26);
    g_assert_cmpint(score_of("hea", "Radiohead"), ==, 1 + 8 + 8);
    g_assert_cmpint(score_of("rhd", "Radiohead"), ==, 10 + 1 + 1);
    g_assert_cmpint(score_of("beat", "The Beatles"), ==, 32);
    g_assert_cmpint(score_of("the beat", "The Beatles"), ==, 58);
    /* The best way to find them counts, not the first one. */
    g_assert_cmpint(score_of("xab", "x a-a ab"), ==, 10 + 8 + 8);
    g_assert_cmpint(score_of("bad", "b a bad"), ==, 8 + 8 + 8);
    g_assert_cmpint(score_of("rod", "Radiohead"), ==, 10 + 1 + 1);
    g_assert_cmpint(score_of("dar", "Radiohead"), ==, -1);
    g_assert_cmpint(score_of("radd", "rad"), ==, -1);
    /* Case, accents and blanks do not count; letters are whole characters. */
    g_assert_cmpint(score_of("BJÖ", "bjork"), ==, 26);
    g_assert_cmpint(score_of("bjo", "Björk"), ==, 26);
    g_assert_cmpint(score_of("椎檎", "椎名林檎"), ==, 11);
    /* U+6797 is E6 9E 97, U+6A8E is E6 AA 8E; U+6A97, E6 AA 97, has the bytes of both. */
    g_assert_cmpint(score_of("\xe6\xaa\x97", "林檎"), ==, -1);
    g_assert_cmpint(score_of("#12", "112"), ==, 10 + 1);
    g_autofree char *long_text = g_strnfill(1000, 'a');
    g_assert_cmpint(score_of(long_text, long_text), ==, 8 * FAL_JUMP_TEXT + 2);
}

/* The best score of letters j and on in a name from character i on; linked where the letter
 * before stands right before i. */
static int
plain_score(const FalJumpText *text, int j, const gunichar *name, int n, int i, gboolean linked)
{
    int best = -1;

    if (j == text->n)
        return 0;
    for (int at = i; at < n; at++) {
        if (name[at] != text->letter[j])
            continue;
        gboolean starts = at == 0 || (name[at - 1] < 0x80 && !g_ascii_isalnum(name[at - 1]));
        int points = (at == i && linked) || starts ? 8 : 1;
        int rest = plain_score(text, j + 1, name, n, at + 1, TRUE);
        if (rest >= 0)
            best = MAX(best, points + (at == 0 ? 2 : 0) + rest);
    }
    return best;
}

static char *
random_text(FalRandom *random, int most)
{
    static const char *const pieces[] = {"a", "b", "ab", " ", "-", "\xd0\xb6", "1", "\xc3\xb6"};
    GString *text = g_string_new(NULL);

    for (guint64 i = fal_random_below(random, (guint64)most + 1); i > 0; i--)
        g_string_append(text, pieces[fal_random_below(random, G_N_ELEMENTS(pieces))]);
    return g_string_free(text, FALSE);
}

static void
test_score_plainly(void)
{
    FalRandom random;
    int found = 0;

    fal_random_init(&random, 5);
    for (int i = 0; i < 20000; i++) {
        g_autofree char *typed = random_text(&random, 6), *raw = random_text(&random, 14);
        g_autofree char *name = fal_text_fold(raw);
        glong n;
        g_autofree gunichar *characters = g_utf8_to_ucs4_fast(name, -1, &n);
        FalJumpText text;
        fal_jump_text(&text, typed);
        int score = fal_jump_score(&text, name);
        g_assert_cmpint(score, ==, plain_score(&text, 0, characters, (int)n, 0, FALSE));
        found += score > 0;
    }
    g_assert_cmpint(found, >, 2000);
}

/* --- among many --- */

static FalDataset *
random_dataset(FalRandom *random)
{
    static const char *const syllables[] = {"ra",       "di", "o ", "head", "the ",
                                            "\xc3\xb6", "x",  "12", "sta"};
    g_autoptr(GString) plays = g_string_new(NULL);
    g_autoptr(GString) names = g_string_new(NULL);

    for (int id = 1; id <= N_ARTISTS; id++) {
        g_string_append_printf(plays, "%d %d 1\n", 1 + id % N_USERS, id);
        if (id % 7 == 0)
            g_string_append_printf(plays, "%d %d 1\n", 1 + id % 11, id);
        if (id % 11 == 0)
            continue;
        g_string_append_printf(names, "%d\t", id);
        for (guint64 i = 1 + fal_random_below(random, 6); i > 0; i--)
            g_string_append(names,
                            syllables[fal_random_below(random, G_N_ELEMENTS(syllables))]);
        g_string_append(names, "\n");
    }
    return fal_fixture_dataset(plays->str, names->str, NULL);
}

static void
add_plainly(GArray *places, const FalJumpText *text, FalJumpKind kind, gint32 row,
            const char *name)
{
    FalJumpPlace place = {kind, row, fal_jump_score(text, name)};

    if (place.score >= 0)
        g_array_append_val(places, place);
}

static int
compare_plainly(gconstpointer a, gconstpointer b)
{
    const FalJumpPlace *x = a, *y = b;
    gint64 left = -(gint64)x->score * 10 + x->kind, right = -(gint64)y->score * 10 + y->kind;

    return left != right ? (left > right) - (left < right) : x->row - y->row;
}

static void
prefer_whole(GArray *places, FalDataset *dataset, const char *typed)
{
    g_autofree char *folded = fal_text_fold(typed);
    gint32 artist = 0, n = fal_dataset_n_artists(dataset);

    while (artist < n && g_strcmp0(fal_dataset_artist_folded(dataset, artist), folded) != 0)
        artist++;
    for (guint i = 0; *typed && artist < n && i < places->len; i++) {
        FalJumpPlace *place = &g_array_index(places, FalJumpPlace, i);
        place->score += place->kind == FAL_JUMP_ARTIST && place->row == artist;
    }
}

static GArray *
find_plainly(FalDataset *dataset, const char *typed)
{
    GArray *places = g_array_new(FALSE, FALSE, sizeof(FalJumpPlace));
    gboolean digits = *typed && typed[strspn(typed, "0123456789")] == '\0';
    FalJumpText text;
    char id[24];

    fal_jump_text(&text, typed);
    for (int i = 0; views[i]; i++) {
        g_autofree char *folded = fal_text_fold(views[i]);
        add_plainly(places, &text, FAL_JUMP_VIEW, i, folded);
    }
    for (int i = 0; *typed && fal_commands()[i].name; i++)
        add_plainly(places, &text, FAL_JUMP_COMMAND, i, fal_commands()[i].name);
    for (gint32 a = 0; a < fal_dataset_n_artists(dataset); a++)
        add_plainly(places, &text, FAL_JUMP_ARTIST, a,
                    fal_match_text(dataset, FAL_SUBJECT_ARTIST, a, id));
    prefer_whole(places, dataset, typed);
    for (gint32 u = 0; digits && u < fal_dataset_n_users(dataset); u++)
        add_plainly(places, &text, FAL_JUMP_USER, u,
                    fal_match_text(dataset, FAL_SUBJECT_USER, u, id));
    g_array_sort(places, compare_plainly);
    g_array_set_size(places, MIN(places->len, FAL_JUMP_MOST));
    return places;
}

static void
test_find(void)
{
    static const char *const texts[] = {
        "",   "r",   "ra",  "t",    "radiohead", "x12", "12",  "7",    "299",  "ö", "o o",
        "tr", "art", "zzz", "dihx", "rarasta",   "sss", "rst", "1212", "oo12", "-"};
    FalRandom random;
    fal_random_init(&random, 3);
    g_autoptr(FalDataset) dataset = random_dataset(&random);

    for (int threads = 1; threads <= 3; threads += 2) {
        fal_parallel_set_threads(threads);
        g_autoptr(FalJump) jump = fal_jump_new(dataset, views);
        for (gsize t = 0; t < G_N_ELEMENTS(texts); t++) {
            g_autoptr(GArray) expected = find_plainly(dataset, texts[t]);
            FalJumpPlace found[FAL_JUMP_MOST];
            int n = fal_jump_find(jump, texts[t], found);
            g_assert_cmpint(n, ==, expected->len);
            for (int i = 0; i < n; i++) {
                const FalJumpPlace *place = &g_array_index(expected, FalJumpPlace, i);
                g_assert_cmpint(found[i].kind, ==, place->kind);
                g_assert_cmpint(found[i].row, ==, place->row);
                g_assert_cmpint(found[i].score, ==, place->score);
            }
        }
    }
    fal_parallel_set_threads(0);
}

/* What there is without data. */
static void
test_find_nothing(void)
{
    g_autoptr(FalJump) jump = fal_jump_new(NULL, views);
    FalJumpPlace found[FAL_JUMP_MOST];

    g_assert_cmpint(fal_jump_find(jump, "", found), ==, 4);
    g_assert_cmpint(found[1].kind, ==, FAL_JUMP_VIEW);
    g_assert_cmpint(found[1].row, ==, 1);
    g_assert_cmpint(fal_jump_find(jump, "train", found), ==, 2);
    g_assert_cmpint(found[0].kind, ==, FAL_JUMP_VIEW);
    g_assert_cmpint(found[1].kind, ==, FAL_JUMP_COMMAND);
    g_assert_cmpstr(fal_commands()[found[1].row].name, ==, "train");
    g_assert_cmpint(fal_jump_find(jump, "12", found), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/jump/score", test_score);
    g_test_add_func("/jump/score-plainly", test_score_plainly);
    g_test_add_func("/jump/find", test_find);
    g_test_add_func("/jump/find-nothing", test_find_nothing);
    return g_test_run();
}
