/* Small data sets with all quirks: ids of every size, bad lines, blank ones, line ends of both
 * kinds, users all over the file, pairs that come twice, names twice, chains and circles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TESTS_RANDOM_FILES_H
#define FAL_TESTS_RANDOM_FILES_H

#include "base/random.h"
#include "fixture.h"

static inline gint64
random_id(FalRandom *random)
{
    static const gint64 large[] = {(1 << 26) - 1,  1 << 26,    (1 << 26) + 1, 99999999,
                                   100000000,      G_MAXINT32, G_MAXUINT32,   (gint64)1 << 40,
                                   G_MAXINT64 - 1, G_MAXINT64};

    if (fal_random_below(random, 4) == 0)
        return large[fal_random_below(random, G_N_ELEMENTS(large))];
    return (gint64)fal_random_below(random, 25);
}

static inline const char *
random_end(FalRandom *random)
{
    return fal_random_below(random, 3) ? "\n" : "\r\n";
}

static inline const char *
random_bad(FalRandom *random)
{
    static const char *const bad[] = {"",
                                      " \t",
                                      "x",
                                      "7 ",
                                      "7 8 0",
                                      "-1 2 3",
                                      "1 2 y",
                                      "1 2 3 4",
                                      "\xff",
                                      "3\t",
                                      "\t3",
                                      "4\t \t",
                                      "5 x",
                                      "1 2 4294967296",
                                      "\xc3\xb6\t\xc3\xb6",
                                      "\r",
                                      "\v"};

    return bad[fal_random_below(random, G_N_ELEMENTS(bad))];
}

static inline char *
random_plays(FalRandom *random)
{
    static const char *const blanks[] = {" ", " ", " ", "\t", "  ", " \t"};
    GString *text = g_string_new(fal_random_below(random, 4) ? "1 2 3\n"
                                                             : "\xef\xbb\xbf"
                                                               "1 2 3\n");
    gint64 user = 1;

    for (guint64 n = fal_random_below(random, 120); n > 0; n--) {
        const char *blank = blanks[fal_random_below(random, G_N_ELEMENTS(blanks))];

        if (fal_random_below(random, 5) == 0)
            user = random_id(random);
        if (fal_random_below(random, 12) == 0)
            g_string_append(text, random_bad(random));
        else if (fal_random_below(random, 10) == 0)
            g_string_append_printf(text, "%" G_GINT64_FORMAT "%s%" G_GINT64_FORMAT, user, blank,
                                   random_id(random));
        else
            g_string_append_printf(
                text, "%s%" G_GINT64_FORMAT "%s%" G_GINT64_FORMAT "%s%u%s",
                fal_random_below(random, 20) ? "" : " ", user, blank, random_id(random), blank,
                fal_random_below(random, 30) ? 1 + (guint)fal_random_below(random, 3000)
                                             : G_MAXUINT32,
                fal_random_below(random, 20) ? "" : " ");
        if (n > 1 || fal_random_below(random, 2))
            g_string_append(text, random_end(random));
    }
    return g_string_free(text, FALSE);
}

static inline char *
random_names(FalRandom *random)
{
    static const char *const names[] = {"Air",
                                        " The Smiths ",
                                        "Bj\xf6rk",
                                        "Bj\xc3\xb6rk",
                                        "A\tB",
                                        "\xe4\xb8\x80 \xe3\x83\x9f",
                                        "R\xc3\x98YKSOPP"};
    GString *text = g_string_new(NULL);

    for (guint64 n = fal_random_below(random, 60); n > 0; n--) {
        if (fal_random_below(random, 8) == 0)
            g_string_append(text, random_bad(random));
        else
            g_string_append_printf(text, "%" G_GINT64_FORMAT "\t%s", random_id(random),
                                   names[fal_random_below(random, G_N_ELEMENTS(names))]);
        if (n > 1 || fal_random_below(random, 2))
            g_string_append(text, random_end(random));
    }
    return g_string_free(text, FALSE);
}

static inline char *
random_aliases(FalRandom *random)
{
    GString *text = g_string_new(NULL);

    for (guint64 n = fal_random_below(random, 30); n > 0; n--) {
        if (fal_random_below(random, 8) == 0)
            g_string_append(text, random_bad(random));
        else
            g_string_append_printf(text, "%" G_GINT64_FORMAT "\t%" G_GINT64_FORMAT,
                                   random_id(random), random_id(random));
        g_string_append(text, random_end(random));
    }
    return g_string_free(text, FALSE);
}

/* A folder with the three files. Borrowed. */
static inline const char *
fal_random_files(FalRandom *random)
{
    g_autofree char *plays = random_plays(random);
    g_autofree char *names = random_names(random);
    g_autofree char *aliases = random_aliases(random);

    return fal_fixture_files(plays, names, aliases);
}

#endif
