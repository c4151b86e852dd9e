/* Text: what comes from files, what goes to a terminal, what people compare and read.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "base/nearness.h"
#include "base/random.h"
#include "base/glyphs.h"
#include "base/text.h"

static void
test_from_bytes(void)
{
    static const struct {
        const char *bytes;
        gsize n_bytes;
        const char *text;
    } cases[] = {
        {"", 0, ""},
        {"Portishead", 10, "Portishead"},
        {"  \t Air \r\n", 9, "Air"},
        {" \t ", 3, ""},
        {"Bj\xc3\xb6rk", 6, "Björk"},
        {"Bj\xf6rk", 5, "Björk"},
        {"caf\xe9", 4, "café"},
        {"\x93it\x92s\x94 \x80", 8, "“it’s” €"},
        {"\x81\x8d\x8f\x90\x9d", 5, "�����"},
        {"\xff\xa0\x9f", 3, "ÿ\xc2\xa0Ÿ"},
        /* Cut short within a character: all of it is read as Windows-1252. */
        {"\xc3\xb6\xc3", 3, "Ã¶Ã"},
        /* Overlong forms and surrogates are no UTF-8. */
        {"\xc0\x80", 2, "À€"},
        {"\xed\xa0\x80", 3, "í\xc2\xa0€"},
        {"a\0b", 3, "a�b"},
        {"\xc3\xb6\0\xc3\xb6", 5, "ö�ö"},
        {"\xf6\0x", 3, "ö�x"},
        {"\0", 1, "�"},
        {"日本", 6, "日本"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = fal_text_from_bytes(cases[i].bytes, cases[i].n_bytes);

        g_assert_cmpstr(text, ==, cases[i].text);
        g_assert_true(g_utf8_validate(text, -1, NULL));
    }
}

/* Any bytes at all become valid UTF-8. */
static void
test_from_any_bytes(void)
{
    for (int first = 0; first < 256; first++) {
        for (int second = 0; second < 256; second++) {
            char bytes[2] = {(char)first, (char)second};
            g_autofree char *text = fal_text_from_bytes(bytes, 2);

            g_assert_true(g_utf8_validate(text, -1, NULL));
        }
    }
}

static void
test_safe(void)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"Sigur Rós", "Sigur Rós"},
        {"日本 e\xcc\x81 🎵", "日本 e\xcc\x81 🎵"},
        {"a\tb", "a b"},
        {"\x1b[31mred", "�[31mred"},
        {"bell\a back\b nl\n cr\r del\x7f", "bell� back� nl� cr� del�"},
        {"csi \xc2\x9b"
         "31m nel \xc2\x85",
         "csi �31m nel �"},
        {"rlo \xe2\x80\xae lri \xe2\x81\xa6 lrm \xe2\x80\x8e alm \xd8\x9c",
         "rlo � lri � lrm � alm �"},
        {"ls \xe2\x80\xa8 ps \xe2\x80\xa9", "ls � ps �"},
        {"private \xee\x80\x80 none \xef\xbf\xbf", "private � none �"},
        {"joined \xe2\x80\x8d", "joined \xe2\x80\x8d"},
        {"broken \xff\xc3", "broken ��"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *safe = fal_text_safe(cases[i][0]);
        g_autofree char *again = fal_text_safe(safe);

        g_assert_cmpstr(safe, ==, cases[i][1]);
        g_assert_cmpstr(again, ==, safe);
    }
}

static void
test_width(void)
{
    static const struct {
        const char *text;
        int width;
    } cases[] = {
        {"", 0},
        {"abc", 3},
        {"Björk", 5},
        {"e\xcc\x81", 1},
        {"日本", 4},
        {"ｶﾅ", 2},
        {"Ａ", 2},
        {"🎵", 2},
        {"\x1b\n\x7f", 0},
        {"\xc2\x9b", 0},
        {"\xe2\x80\x8b", 0},
        {"한국", 4},
        {"Ω≈ç", 3},
        {"▕█▌▏", 4},
        {"a\xcc\x80\xcc\x81", 1},
        {"\xef\xbf\xbd", 1},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(fal_text_width(cases[i].text), ==, cases[i].width);
}

static void
test_prefix(void)
{
    static const struct {
        const char *text;
        int cells;
        gsize n_bytes;
        int used;
    } cases[] = {
        {"abc", 0, 0, 0},        {"abc", 2, 2, 2},
        {"abc", 9, 3, 3},        {"abc", -1, 0, 0},
        {"日本", 1, 0, 0},       {"日本", 2, 3, 2},
        {"日本", 3, 3, 2},       {"日本", 4, 6, 4},
        {"e\xcc\x81x", 1, 3, 1}, {"e\xcc\x81\xcc\x80", 1, 5, 1},
        {"e\xcc\x81", 0, 0, 0},  {"", 3, 0, 0},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        int used = -1;

        g_assert_cmpuint(fal_text_prefix(cases[i].text, cases[i].cells, &used), ==,
                         cases[i].n_bytes);
        g_assert_cmpint(used, ==, cases[i].used);
        g_assert_cmpuint(fal_text_prefix(cases[i].text, cases[i].cells, NULL), ==,
                         cases[i].n_bytes);
    }
}

static void
test_fit(void)
{
    static const struct {
        const char *text;
        int cells;
        FalAlign align;
        const char *fitted;
    } cases[] = {
        {"abc", 5, FAL_ALIGN_LEFT, "abc  "},
        {"abc", 5, FAL_ALIGN_RIGHT, "  abc"},
        {"abc", 3, FAL_ALIGN_LEFT, "abc"},
        {"abcd", 3, FAL_ALIGN_LEFT, "ab…"},
        {"abcd", 3, FAL_ALIGN_RIGHT, "ab…"},
        {"abcd", 1, FAL_ALIGN_LEFT, "…"},
        {"abcd", 0, FAL_ALIGN_LEFT, ""},
        {"abcd", -3, FAL_ALIGN_LEFT, ""},
        {"", 2, FAL_ALIGN_LEFT, "  "},
        {"日本語", 6, FAL_ALIGN_LEFT, "日本語"},
        {"日本語", 5, FAL_ALIGN_LEFT, "日本…"},
        {"日本語", 4, FAL_ALIGN_LEFT, "日… "},
        {"日本語", 4, FAL_ALIGN_RIGHT, " 日…"},
        {"日本語", 1, FAL_ALIGN_LEFT, "…"},
        {"日", 3, FAL_ALIGN_RIGHT, " 日"},
        {"e\xcc\x81", 2, FAL_ALIGN_LEFT, "e\xcc\x81 "},
        {"a\x1b"
         "c",
         3, FAL_ALIGN_LEFT, "a�c"},
        {"a\tc", 4, FAL_ALIGN_RIGHT, " a c"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *fitted = fal_text_fit(cases[i].text, cases[i].cells, cases[i].align);

        g_assert_cmpstr(fitted, ==, cases[i].fitted);
        g_assert_cmpint(fal_text_width(fitted), ==, MAX(cases[i].cells, 0));
    }
}

/* Where the locale has no such characters letters do without accents, and the mark is a dot. */
static void
test_plain_locale(void)
{
    g_autofree char *before = g_strdup(setlocale(LC_ALL, NULL));

    if (g_test_subprocess()) {
        g_autofree char *fitted = NULL;

        g_assert_nonnull(setlocale(LC_ALL, "C"));
        g_assert_cmpint(fal_text_width("Björk"), ==, 5);
        fitted = fal_text_fit("Björk Guðmundsdóttir", 8, FAL_ALIGN_LEFT);
        g_assert_cmpstr(fitted, ==, "Bjork G.");
        return;
    }
    /* GLib reads LC_ALL itself, once. */
    g_setenv("LC_ALL", "C", TRUE);
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_setenv("LC_ALL", "C.UTF-8", TRUE);
    g_assert_nonnull(setlocale(LC_ALL, before));
}

/* What is shown in ASCII is ASCII, whatever it was; each glyph takes the cells that it took. */
static void
test_ascii(void)
{
    static const char *const cases[][2] = {
        {"Björk Guðmundsdóttir", "Bjork Gudmundsdottir"},
        {"Bjo\xcc\x88rk", "Bjork"},
        {"Þursar, Łódź, Søren", "Thursar, Lodz, Soeren"},
        {"椎名", "??"},
        {"a · b – c…", "a - b - c."},
        {"0.5 ±0.1", "0.5 +-0.1"},
        {"▼plays ▲", "vplays ^"},
        {"█▌ ⣿⠀", "## : "},
        {"├┼", "--"},
        {"\033[31m\xff", "?[31m?"},
        {"", ""},
    };
    g_autoptr(GRand) rand = g_rand_new_with_seed(4);

    fal_glyphs_set(FAL_GLYPHS_ASCII);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *shown = fal_text_safe(cases[i][0]);
        g_assert_cmpstr(shown, ==, cases[i][1]);
    }
    for (int round = 0; round < 2000; round++) {
        char bytes[40] = {0};
        for (int i = g_rand_int_range(rand, 0, 39); i > 0; i--)
            bytes[i - 1] = (char)g_rand_int_range(rand, 1, 256);
        g_autofree char *shown = fal_text_safe(bytes);
        g_autofree char *fitted = fal_text_fit(bytes, round % 50, FAL_ALIGN_LEFT);
        g_assert_true(g_str_is_ascii(shown));
        g_assert_true(g_str_is_ascii(fitted));
        g_assert_cmpint(strlen(fitted), ==, round % 50);
    }
    for (int glyph = 0; glyph < FAL_N_GLYPHS; glyph++) {
        g_autofree char *ascii = g_strdup(fal_glyph((FalGlyph)glyph));
        fal_glyphs_set(FAL_GLYPHS_BRAILLE);
        const char *unicode = fal_glyph((FalGlyph)glyph);
        g_autofree char *converted = fal_glyphs_to_ascii(unicode);
        g_assert_cmpint(fal_text_width(unicode), ==, 1);
        fal_glyphs_set(FAL_GLYPHS_ASCII);
        g_assert_cmpstr(converted, ==, ascii);
        g_assert_cmpint((int)strlen(ascii), ==, glyph == FAL_GLYPH_PLUS_MINUS ? 2 : 1);
    }
    fal_glyphs_set(FAL_GLYPHS_AUTO);
}

static void
test_fold(void)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"Bjork", "bjork"},
        {"Björk", "bjork"},
        {"BJÖRK", "bjork"},
        {"Bjo\xcc\x88rk", "bjork"},
        {"  The   Beatles\t", "the beatles"},
        {"Sigur\xc2\xa0\xe3\x80\x80 Rós ", "sigur ros"},
        {"Röyksopp", "royksopp"},
        {"Røyksopp", "royksopp"},
        {"Straße", "strasse"},
        {"STRASSE", "strasse"},
        {"ＡＢＣ", "abc"},
        {"ﬁn", "fin"},
        {"İstanbul", "istanbul"},
        {"ΣΊΣΥΦΟΣ", "σισυφοσ"},
        {"Σίσυφος", "σισυφοσ"},
        {"КИНО", "кино"},
        {"Мумий Тролль", "мумии тролль"},
        {"Guns N’ Roses", "guns n' roses"},
        {"椎名林檎", "椎名林檎"},
        {"Mot\xc2\xadley", "motley"},
        {"Ænima", "aenima"},
        {"\xc2\xa0", ""},
        {"broken \xff", "broken �"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *folded = fal_text_fold(cases[i][0]);

        g_assert_cmpstr(folded, ==, cases[i][1]);
    }
}

/* The quick way and the one for any text are one: a character of neither Latin, Greek nor
 * Cyrillic at the end asks for the latter. */
static void
test_fold_ways(void)
{
    FalRandom random;

    fal_random_init(&random, 3);
    for (int round = 0; round < 20000; round++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autofree char *quick = NULL;
        g_autofree char *slow = NULL;
        g_autofree char *expected = NULL;

        for (guint64 n = fal_random_below(&random, 8); n > 0; n--)
            g_string_append_unichar(text, 1 + (gunichar)fal_random_below(&random, 0x52f));
        g_string_append_c(text, 'x');
        quick = fal_text_fold(text->str);
        expected = g_strconcat(quick, "\xe4\xb8\x80", NULL);
        g_string_append(text, "\xe4\xb8\x80");
        slow = fal_text_fold(text->str);
        g_assert_cmpstr(slow, ==, expected);
    }
}

/* What was folded stays as it is: each character alone. */
static void
test_fold_again(void)
{
    for (gunichar c = 1; c < 0x10000; c++) {
        char text[8] = {0};
        g_autofree char *once = NULL;
        g_autofree char *twice = NULL;

        /* GLib folds the small letters of Cherokee to the capitals and back. */
        if (!g_unichar_validate(c) || (c >= 0x13a0 && c <= 0x13ff) ||
            (c >= 0xab70 && c <= 0xabbf))
            continue;
        g_unichar_to_utf8(c, text);
        once = fal_text_fold(text);
        twice = fal_text_fold(once);
        g_assert_cmpstr(once, ==, twice);
        g_assert_true(g_utf8_validate(once, -1, NULL));
    }
}

static void
test_distance(void)
{
    static const struct {
        const char *a, *b;
        int distance;
    } cases[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"radiohead", "radiohead", 0},
        {"radiohead", "radioheed", 1},
        {"radiohead", "radiohaed", 1},
        {"radiohead", "adiohead", 1},
        {"radiohead", "raidohaed", 2},
        {"kitten", "sitting", 3},
        {"ca", "abc", 3}, /* no edit within a swapped pair */
        {"ab", "ba", 1},
        {"abcd", "badc", 2},
        {"日本", "日木", 1},
        {"日本", "本日", 1},
        {"кино", "кин", 1},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (int max = 0; max < 6; max++) {
            int expected = MIN(cases[i].distance, max + 1);

            g_assert_cmpint(fal_text_distance(cases[i].a, cases[i].b, max), ==, expected);
            g_assert_cmpint(fal_text_distance(cases[i].b, cases[i].a, max), ==, expected);
        }
    }
}

/* A text of few characters, so that many edits are cheap ones. */
static char *
random_word(FalRandom *random, guint64 longest)
{
    static const char *const characters[] = {"a", "b", "c", "\xc3\x9f", "\xe6\x97\xa5", " "};
    GString *word = g_string_new(NULL);

    for (guint64 i = fal_random_below(random, longest + 1); i > 0; i--)
        g_string_append(word, characters[fal_random_below(random, 6)]);
    return g_string_free(word, FALSE);
}

/* Bit by bit as by the table, around the 64 characters that a word of bits has too. */
static void
test_nearness(void)
{
    static const guint64 longest[] = {1, 3, 6, 12, 66, 80};
    FalRandom random;
    FalNearness near;

    fal_random_init(&random, 11);
    for (gsize i = 0; i < G_N_ELEMENTS(longest) * 1500; i++) {
        guint64 most = longest[i % G_N_ELEMENTS(longest)];
        g_autofree char *a = random_word(&random, most);
        g_autofree char *b = random_word(&random, most);
        fal_nearness_init(&near, a);
        for (int max = 0; max < 80; max += max < 4 ? 1 : 25)
            g_assert_cmpint(fal_nearness_distance(&near, b, strlen(b), max), ==,
                            fal_text_distance(a, b, max));
    }
}

static void
test_nearest(void)
{
    static const char *const words[] = {"recommend",  "stats",   "similar", "split", "n",
                                        "neighbours", "artists", "artist",  NULL};
    static const char *const cases[][2] = {
        {"recomend", "recommend"},
        {"simlar", "similar"},
        {"SPLIT", "split"},
        {"satts", "stats"},
        {"sta", "stats"},
        {"neigh", "neighbours"},
        {"artist", "artist"},
        {"artsit", "artist"},
        {"artits", "artists"},
        {"n", "n"},
        {"s", NULL},
        {"xyzzy", NULL},
        {"", NULL},
        {"q", NULL},
        {"recommendations", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpstr(fal_text_nearest(cases[i][0], words), ==, cases[i][1]);
    g_assert_null(fal_text_nearest("stats", words + G_N_ELEMENTS(words) - 1));
}

static void
test_count(void)
{
    static const struct {
        gint64 n;
        const char *text;
    } cases[] = {
        {0, "0"},
        {999, "999"},
        {1000, "1,000"},
        {-1, "-1"},
        {-999, "-999"},
        {-1000, "-1,000"},
        {1234567, "1,234,567"},
        {371638969, "371,638,969"},
        {G_MAXINT64, "9,223,372,036,854,775,807"},
        {G_MININT64, "-9,223,372,036,854,775,808"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = fal_text_count(cases[i].n);

        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

static void
test_metric(void)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.19971, "0.200"}, {0.2, "0.200"},       {0.05, "0.050"},  {1, "1.000"}, {0, "0.000"},
        {0.001, "0.001"},   {0.00042, "0.00042"}, {-0.2, "-0.200"}, {NAN, "-"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = fal_text_metric(cases[i].value);
        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

static void
test_real(void)
{
    static const struct {
        double value;
        int digits;
        const char *text;
    } cases[] = {
        {0.0953, 3, "0.0953"},
        {0.09531, 3, "0.0953"},
        {12.3, 3, "12.3"},
        {1.78e8, 3, "1.78e+08"},
        {0, 3, "0"},
        {-0.0, 3, "0"},
        {NAN, 3, "-"},
        {1, 4, "1"},
        {-2.5, 4, "-2.5"},
        {INFINITY, 3, "inf"},
        {-INFINITY, 3, "-inf"},
        {1.0 / 3, 0, "0.3"},
        {1.0 / 3, 99, "0.33333333333333331"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = fal_text_real(cases[i].value, cases[i].digits);

        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

static void
test_exact(void)
{
    static const struct {
        double value;
        gboolean is_float;
        const char *text;
    } cases[] = {
        {0.94f, TRUE, "0.94"},
        {0.94f, FALSE, "0.9399999976158142"},
        {0.94, FALSE, "0.94"},
        {0.1, FALSE, "0.1"},
        {1.0 / 3, FALSE, "0.3333333333333333"},
        {1.0f / 3, TRUE, "0.33333334"},
        {16777216, TRUE, "16777216"},
        {123456789, FALSE, "123456789"},
        {1e30, FALSE, "1e+30"},
        {1e30f, TRUE, "1e+30"},
        {0, FALSE, "0"},
        {-1.5, TRUE, "-1.5"},
        {FLT_MAX, TRUE, "3.4028235e+38"},
        {DBL_MAX, FALSE, "1.7976931348623157e+308"},
        {0x1p-149, TRUE, "1e-45"},
        {0x1p-1074, FALSE, "5e-324"},
        {NAN, FALSE, "null"},
        {INFINITY, TRUE, "null"},
        {-INFINITY, FALSE, "null"},
        {1e300, TRUE, "null"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = fal_text_exact(cases[i].value, cases[i].is_float);

        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

/* What is written reads back the same, whatever the number. */
static void
test_exact_back(void)
{
    guint32 bits = 1;

    for (int i = 0; i < 50000; i++) {
        g_autofree char *text = NULL;
        float value;

        bits = bits * 1664525u + 1013904223u;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        text = fal_text_exact(value, TRUE);
        g_assert_cmpfloat((float)g_ascii_strtod(text, NULL), ==, value);
    }
}

static void
test_duration(void)
{
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        {0, "0.0 s"},         {0.8, "0.8 s"},           {9.94, "9.9 s"},
        {9.96, "10 s"},       {12.3, "12 s"},           {59.4, "59 s"},
        {59.6, "1 min 00 s"}, {185, "3 min 05 s"},      {3599.7, "1 h 00 min"},
        {7800, "2 h 10 min"}, {360000, "100 h 00 min"}, {-1, "0.0 s"},
        {NAN, "-"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = fal_text_duration(cases[i].seconds);

        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

/* A comma for a decimal point must not get into files. */
static void
test_other_locale(void)
{
    g_autofree char *before = g_strdup(setlocale(LC_ALL, NULL));
    g_autofree char *real = NULL;
    g_autofree char *exact = NULL;

    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "fr_FR.UTF-8")) {
        g_test_skip("no locale with a decimal comma is installed");
        return;
    }
    real = fal_text_real(0.5, 3);
    exact = fal_text_exact(0.94f, TRUE);
    setlocale(LC_ALL, before);
    g_assert_cmpstr(real, ==, "0.5");
    g_assert_cmpstr(exact, ==, "0.94");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!setlocale(LC_ALL, g_test_subprocess() ? "" : "C.UTF-8"))
        g_test_message("this system has no C.UTF-8");
    g_test_add_func("/text/from-bytes", test_from_bytes);
    g_test_add_func("/text/from-any-bytes", test_from_any_bytes);
    g_test_add_func("/text/safe", test_safe);
    g_test_add_func("/text/width", test_width);
    g_test_add_func("/text/prefix", test_prefix);
    g_test_add_func("/text/fit", test_fit);
    g_test_add_func("/text/plain-locale", test_plain_locale);
    g_test_add_func("/text/ascii", test_ascii);
    g_test_add_func("/text/fold", test_fold);
    g_test_add_func("/text/fold-ways", test_fold_ways);
    g_test_add_func("/text/fold-again", test_fold_again);
    g_test_add_func("/text/distance", test_distance);
    g_test_add_func("/text/nearness", test_nearness);
    g_test_add_func("/text/nearest", test_nearest);
    g_test_add_func("/text/count", test_count);
    g_test_add_func("/text/real", test_real);
    g_test_add_func("/text/metric", test_metric);
    g_test_add_func("/text/exact", test_exact);
    g_test_add_func("/text/exact-back", test_exact_back);
    g_test_add_func("/text/duration", test_duration);
    g_test_add_func("/text/other-locale", test_other_locale);
    return g_test_run();
}
