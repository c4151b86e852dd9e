/* Filters: what terms are made of what is typed, and for which values they hold.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>

#include "query/filter.h"

static const FalFilterColumn columns[] = {
    {"artist", TRUE}, {"artists", FALSE}, {"plays", FALSE}, {"place", TRUE}, {"score", FALSE},
};

/* "!2>100" for each term: a minus as !, the column's number or nothing, the kind, the value. */
static char *
described(const char *text)
{
    static const char *const kinds[] = {":", "=", "<", "<=", ">", ">="};
    g_auto(FalFilter) filter = {.n = 0};
    GString *out = g_string_new(NULL);

    fal_filter_parse(&filter, text, columns, G_N_ELEMENTS(columns));
    for (int i = 0; i < filter.n; i++) {
        const FalTerm *term = &filter.term[i];
        g_string_append_printf(out, "%s%s", i ? " " : "", term->negated ? "!" : "");
        if (term->column >= 0)
            g_string_append_printf(out, "%d", term->column);
        g_string_append(out, kinds[term->kind]);
        if (term->word)
            g_string_append_printf(out, "'%s'", term->word);
        else
            g_string_append_printf(out, "%g", term->number);
    }
    return g_string_free(out, FALSE);
}

static void
test_parse(void)
{
    static const struct {
        const char *typed, *terms;
    } cases[] = {
        {"", ""},
        {"  ", ""},
        {"Rad", ":'rad'"},
        {"Björk the", ":'bjork' :'the'"},
        {"-live", "!:'live'"},
        {"-", ""},
        {"\"The  The\"", ":'the the'"},
        {"\"sigur r", ":'sigur r'"},
        {"-\"the the\" x", "!:'the the' :'x'"},
        {"artist:Rad", "0:'rad'"},
        {"artist=\"the the\"", "0='the the'"},
        {"artist:", ""},
        {"-artist:air", "!0:'air'"},
        {"plays>100", "2>100"},
        {"Plays>=1,000", "2>=1000"},
        {"pla>1", ":'pla>1'"},
        {"play<2.5k", "2<2500"},
        {"s<=0.5 sco=1", "4<=0.5 4=1"},
        {"artists:7", "1=7"},
        {"plays>", ""},
        {"-plays>=", ""},
        {"plays>many", ":'plays>many'"},
        {"plays>1kk", ":'plays>1kk'"},
        {"plays>1e999", ":'plays>1e999'"},
        {"artist>b", ":'artist>b'"},
        {"M:I:2", ":'m:i:2'"},
        {":x >3", ":':x' :'>3'"},
        {"score>-1", "4>-1"},
        {"plays>1m -plays>2M", "2>1e+06 !2>2e+06"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *terms = described(cases[i].typed);
        g_assert_cmpstr(terms, ==, cases[i].terms);
    }
}

static void
test_numbers(void)
{
    static const struct {
        const char *typed;
        gboolean below, at, above;
    } cases[] = {
        {"plays<10", TRUE, FALSE, FALSE}, {"plays<=10", TRUE, TRUE, FALSE},
        {"plays=10", FALSE, TRUE, FALSE}, {"plays:10", FALSE, TRUE, FALSE},
        {"plays>=10", FALSE, TRUE, TRUE}, {"plays>10", FALSE, FALSE, TRUE},
        {"-plays>10", TRUE, TRUE, FALSE}, {"-plays=10", TRUE, FALSE, TRUE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(FalFilter) filter = {.n = 0};
        fal_filter_parse(&filter, cases[i].typed, columns, G_N_ELEMENTS(columns));
        g_assert_cmpint(filter.n, ==, 1);
        g_assert_cmpint(fal_term_number(&filter.term[0], 9), ==, cases[i].below);
        g_assert_cmpint(fal_term_number(&filter.term[0], 10), ==, cases[i].at);
        g_assert_cmpint(fal_term_number(&filter.term[0], 11), ==, cases[i].above);
        /* Where there is no number, nothing is true of it. */
        g_assert_cmpint(fal_term_number(&filter.term[0], NAN), ==, filter.term[0].negated);
    }
}

static void
test_texts(void)
{
    static const struct {
        const char *typed;
        gboolean air, airport;
    } cases[] = {
        {"air", TRUE, TRUE},          {"artist:air", TRUE, TRUE}, {"artist=air", TRUE, FALSE},
        {"-artist=air", FALSE, TRUE}, {"-air", FALSE, FALSE},     {"port", FALSE, TRUE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(FalFilter) filter = {.n = 0};
        fal_filter_parse(&filter, cases[i].typed, columns, G_N_ELEMENTS(columns));
        g_assert_cmpint(filter.n, ==, 1);
        g_assert_cmpint(fal_term_text(&filter.term[0], "air"), ==, cases[i].air);
        g_assert_cmpint(fal_term_text(&filter.term[0], "airport"), ==, cases[i].airport);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/filter/parse", test_parse);
    g_test_add_func("/filter/numbers", test_numbers);
    g_test_add_func("/filter/texts", test_texts);
    return g_test_run();
}
