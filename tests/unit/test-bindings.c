/* The user's own keys: what holds where, what is refused, what is put in for the selection.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "query/bindings.h"

static FalPress
key(const char *name)
{
    FalPress press;

    g_assert_true(fal_keyname_parse(name, &press, NULL));
    return press;
}

static void
bind(FalBindings *bindings, int view, const char *name, const char *what)
{
    g_autoptr(GError) error = NULL;

    fal_bindings_bind(bindings, view, key(name), what, &error);
    g_assert_no_error(error);
}

/* "-": nothing; "+": it begins a pair. */
static const char *
found(FalBindings *bindings, int view, const char *name)
{
    gboolean begins;
    const FalBinding *binding = fal_bindings_find(bindings, view, key(name), &begins);

    g_assert_false(binding && begins);
    return binding ? binding->command : begins ? "+" : "-";
}

static void
refused(FalBindings *bindings, int view, const char *name, const char *what, const char *holds)
{
    g_autoptr(GError) error = NULL;
    int n = fal_bindings_n(bindings);

    g_assert_false(what ? fal_bindings_bind(bindings, view, key(name), what, &error)
                        : fal_bindings_unbind(bindings, view, key(name), &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
    if (!strstr(error->message, holds))
        g_error("%s: %s", name, error->message);
    g_assert_cmpint(fal_bindings_n(bindings), ==, n);
}

static void
test_views(void)
{
    FalBindings *bindings = fal_bindings_new();

    g_assert_cmpstr(found(bindings, 3, "X"), ==, "-");
    bind(bindings, 0, "X", "stats");
    bind(bindings, 3, "X", "train");
    g_assert_cmpstr(found(bindings, 3, "X"), ==, "train");
    g_assert_cmpstr(found(bindings, 1, "X"), ==, "stats");
    g_assert_cmpstr(found(bindings, 0, "X"), ==, "stats");
    /* In place of what was there, at its place in the list. */
    bind(bindings, 0, "X", "users");
    g_assert_cmpint(fal_bindings_n(bindings), ==, 2);
    g_assert_cmpstr(fal_bindings_at(bindings, 0)->command, ==, "users");
    bind(bindings, 3, "X", "default");
    g_assert_cmpstr(found(bindings, 3, "X"), ==, "users");
    bind(bindings, 3, "X", "default");
    fal_bindings_free(bindings);
}

static void
test_pairs(void)
{
    FalBindings *bindings = fal_bindings_new();

    bind(bindings, 0, "g a", "stats");
    g_assert_cmpstr(found(bindings, 2, "g"), ==, "+");
    g_assert_cmpstr(found(bindings, 2, "g a"), ==, "stats");
    g_assert_cmpstr(found(bindings, 2, "g b"), ==, "-");
    refused(bindings, 0, "g", "users", "unbind \"g a\" first");
    refused(bindings, 0, "g", "nothing", "unbind \"g a\" first");
    /* In one view alone it may act at once. */
    bind(bindings, 2, "g", "users");
    g_assert_cmpstr(found(bindings, 2, "g"), ==, "users");
    g_assert_cmpstr(found(bindings, 1, "g"), ==, "+");
    refused(bindings, 2, "g b", "stats", "g, which is bound alone");
    /* A pair of a view goes before a key of all. */
    bind(bindings, 0, "z", "stats");
    bind(bindings, 4, "z z", "users");
    g_assert_cmpstr(found(bindings, 4, "z"), ==, "+");
    g_assert_cmpstr(found(bindings, 1, "z"), ==, "stats");
    fal_bindings_free(bindings);
}

static void
test_keys(void)
{
    FalBindings *bindings = fal_bindings_new();
    const char *const ways[] = {"=g g", "\"=g g\"", "=\"g g\""};

    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        bind(bindings, 0, "k", ways[i]);
        const FalBinding *binding = fal_bindings_get(bindings, 0, key("k"));
        g_assert_cmpint(binding->kind, ==, FAL_BINDING_KEY);
        g_assert_cmpstr(binding->command, ==, "=g g");
        g_assert_true(fal_press_equal(binding->as, key("g g")));
    }
    bind(bindings, 0, "J", "=pgdn");
    g_assert_cmpstr(found(bindings, 0, "J"), ==, "=PgDn");
    refused(bindings, 0, "J", "=PgDwn", "did you mean PgDn?");
    g_assert_cmpstr(found(bindings, 0, "J"), ==, "=PgDn");
    /* The keys that lead out keep their meaning. */
    refused(bindings, 0, ":", "stats", ":quit");
    refused(bindings, 5, "Ctrl-C", "nothing", "cannot be bound");
    refused(bindings, 0, "g :", "stats", "cannot be bound");
    refused(bindings, 0, "Ctrl-C a", "stats", "cannot be bound");
    refused(bindings, 0, ":", NULL, "cannot be bound");
    bind(bindings, 0, ";", "=:");
    fal_bindings_free(bindings);
}

/* Two keys do something by themselves: q, and the pair "g g". */
static char *
meaning(FalPress press, gboolean pairs)
{
    if (fal_press_equal(press, key("q")))
        return g_strdup("out");
    if (fal_press_equal(press, key("g g")) || (pairs && fal_press_equal(press, key("g"))))
        return g_strdup("first");
    return NULL;
}

static void
test_unbind(void)
{
    FalBindings *bindings = fal_bindings_new();
    g_autoptr(GError) error = NULL;

    fal_bindings_set_meaning(bindings, meaning);
    refused(bindings, 0, "X", NULL, "not bound and does nothing");
    refused(bindings, 0, "X", "=Y", "does nothing by itself");
    refused(bindings, 0, "X", "=g", "does nothing by itself");
    bind(bindings, 0, "q", "stats");
    g_assert_true(fal_bindings_unbind(bindings, 0, key("q"), &error));
    g_assert_cmpstr(found(bindings, 0, "q"), ==, "-");
    g_assert_true(fal_bindings_unbind(bindings, 0, key("q"), &error));
    g_assert_cmpstr(found(bindings, 0, "q"), ==, "nothing");
    g_assert_cmpint(fal_bindings_at(bindings, 0)->kind, ==, FAL_BINDING_NOTHING);
    refused(bindings, 0, "q", NULL, "bind q default");
    bind(bindings, 0, "q", "default");
    g_assert_cmpint(fal_bindings_n(bindings), ==, 0);
    /* What is bound in all views can do nothing in one. */
    bind(bindings, 0, "X", "stats");
    g_assert_true(fal_bindings_unbind(bindings, 5, key("X"), &error));
    g_assert_cmpstr(found(bindings, 5, "X"), ==, "nothing");
    g_assert_cmpstr(found(bindings, 4, "X"), ==, "stats");
    /* A key that only begins pairs has something to lose, too. */
    g_assert_true(fal_bindings_unbind(bindings, 0, key("g"), &error));
    g_autofree char *pair = fal_bindings_meaning(bindings, key("g"));
    g_assert_cmpstr(pair, ==, "first");
    g_autofree char *alone = fal_bindings_meaning(bindings, key("q a"));
    g_assert_cmpstr(alone, ==, "q alone: out");
    g_assert_null(fal_bindings_meaning(bindings, key("Y")));
    fal_bindings_free(bindings);
}

static void
test_selected(void)
{
    const struct {
        const char *command, *line;
    } cases[] = {
        {"stats", "stats"},
        {"explain %user %artist n=5", "explain 7 id:9 n=5"},
        {"  similar   %artist  ", "  similar   id:9  "},
        {"%artist%user", NULL},
        {"artists \"%artist\"", "artists \"%artist\""},
        {"artists \\%artist", "artists \\%artist"},
        {"artists 100%", "artists 100%"},
        {"artists % %5", "artists % %5"},
        {"artists x%artist", "artists x%artist"},
        {"similar \"%user\" %user", "similar \"%user\" 7"},
        {"similar %artists", NULL},
        {"similar %Artist", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *line = fal_binding_line(cases[i].command, "id:9", "7", &error);
        g_assert_cmpstr(line, ==, cases[i].line);
        if (line)
            g_assert_no_error(error);
        else
            g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
    }
    g_autoptr(GError) error = NULL;
    g_assert_null(fal_binding_line("explain %user %artist", NULL, "7", &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_FAILED);
    g_assert_nonnull(strstr(error->message, "no artist is selected"));
    g_clear_error(&error);
    g_assert_null(fal_binding_line("explain %user %artist", "id:9", NULL, &error));
    g_assert_nonnull(strstr(error->message, "no listener is selected"));
    g_autofree char *line = fal_binding_line("similar %artist", "id:9", NULL, NULL);
    g_assert_cmpstr(line, ==, "similar id:9");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/query/bindings/views", test_views);
    g_test_add_func("/query/bindings/pairs", test_pairs);
    g_test_add_func("/query/bindings/keys", test_keys);
    g_test_add_func("/query/bindings/unbind", test_unbind);
    g_test_add_func("/query/bindings/selected", test_selected);
    return g_test_run();
}
