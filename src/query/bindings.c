/* The user's own keys (see bindings.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/bindings.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "query/lex.h"

struct FalBindings {
    GPtrArray *list; /* FalBinding */
    FalKeyMeaning meaning;
    gboolean quiet;
};

const char *const fal_binding_views[] = {"all",      "artists", "listeners", "train",
                                         "evaluate", "map",     "you",       NULL};
G_STATIC_ASSERT(G_N_ELEMENTS(fal_binding_views) == FAL_BINDING_VIEWS + 1);

static void
binding_free(gpointer data)
{
    FalBinding *binding = data;

    g_free(binding->command);
    g_free(binding);
}

FalBindings *
fal_bindings_new(void)
{
    FalBindings *bindings = g_new0(FalBindings, 1);

    bindings->list = g_ptr_array_new_with_free_func(binding_free);
    return bindings;
}

void
fal_bindings_free(FalBindings *bindings)
{
    g_ptr_array_unref(bindings->list);
    g_free(bindings);
}

void
fal_bindings_set_meaning(FalBindings *bindings, FalKeyMeaning meaning)
{
    bindings->meaning = meaning;
}

char *
fal_bindings_meaning(const FalBindings *bindings, FalPress press)
{
    FalPress first = {FAL_CODE_NONE, press.first};
    g_autofree char *whole = bindings->meaning ? bindings->meaning(press, TRUE) : NULL;
    g_autofree char *alone = bindings->meaning && press.first != FAL_CODE_NONE
                                 ? bindings->meaning(first, FALSE)
                                 : NULL;

    if (!alone)
        return g_steal_pointer(&whole);
    g_autofree char *name = fal_keyname_text(first);
    return g_strdup_printf("%s%s%s alone: %s", whole ? whole : "", whole ? "; " : "", name,
                           alone);
}

/* Whether it is not known that a key does nothing by itself. */
static gboolean
may_mean(const FalBindings *bindings, FalPress press)
{
    g_autofree char *meaning = bindings->meaning ? bindings->meaning(press, FALSE) : NULL;

    return !bindings->meaning || meaning;
}

void
fal_bindings_set_quiet(FalBindings *bindings, gboolean quiet)
{
    bindings->quiet = quiet;
}

gboolean
fal_bindings_quiet(const FalBindings *bindings)
{
    return bindings->quiet;
}

/* --- looking up --- */

int
fal_bindings_n(const FalBindings *bindings)
{
    return (int)bindings->list->len;
}

const FalBinding *
fal_bindings_at(const FalBindings *bindings, int i)
{
    return bindings->list->pdata[i];
}

static int
index_of(const FalBindings *bindings, int view, FalPress press)
{
    for (int i = 0; i < fal_bindings_n(bindings); i++) {
        const FalBinding *binding = fal_bindings_at(bindings, i);
        if (binding->view == view && fal_press_equal(binding->press, press))
            return i;
    }
    return -1;
}

const FalBinding *
fal_bindings_get(const FalBindings *bindings, int view, FalPress press)
{
    int i = index_of(bindings, view, press);

    return i < 0 ? NULL : fal_bindings_at(bindings, i);
}

/* The first pair of the view that begins with this key. */
static const FalBinding *
pair_of(const FalBindings *bindings, int view, gunichar code)
{
    for (int i = 0; i < fal_bindings_n(bindings); i++) {
        const FalBinding *binding = fal_bindings_at(bindings, i);
        if (binding->view == view && code != FAL_CODE_NONE && binding->press.first == code)
            return binding;
    }
    return NULL;
}

const FalBinding *
fal_bindings_find(const FalBindings *bindings, int view, FalPress press, gboolean *begins)
{
    const int views[] = {view, 0};

    *begins = FALSE;
    for (gsize i = view == 0; i < G_N_ELEMENTS(views); i++) {
        const FalBinding *binding = fal_bindings_get(bindings, views[i], press);
        if (binding)
            return binding;
        *begins = press.first == FAL_CODE_NONE && pair_of(bindings, views[i], press.code);
        if (*begins)
            return NULL;
    }
    return NULL;
}

/* --- changing --- */

/* :quit leads out whatever was bound, and Ctrl-C comes from outside as well. */
static gboolean
is_fixed(gunichar code)
{
    return code == ':' || code == 'C' - '@';
}

static gboolean
check_press(const FalBindings *bindings, int view, FalPress press, GError **error)
{
    g_autofree char *name = fal_keyname_text(press);
    const FalBinding *pair = pair_of(bindings, view, press.code);
    const FalBinding *alone =
        press.first == FAL_CODE_NONE
            ? NULL
            : fal_bindings_get(bindings, view, (FalPress){FAL_CODE_NONE, press.first});

    if (is_fixed(press.code) || is_fixed(press.first)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "%s cannot be bound: \":\" and Ctrl-C keep their meaning, so that :quit "
                    "always leads out and a job can always be stopped",
                    name);
        return FALSE;
    }
    if (press.first == FAL_CODE_NONE && pair) {
        g_autofree char *other = fal_keyname_text(pair->press);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "%s begins \"%s\", which is bound: unbind \"%s\" first", name, other,
                    other);
        return FALSE;
    }
    if (alone) {
        g_autofree char *other = fal_keyname_text(alone->press);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "\"%s\" begins with %s, which is bound alone: bind %s default frees it",
                    name, other, other);
        return FALSE;
    }
    return TRUE;
}

/* "=PgDn", "=g g", "=\"g g\"": the key behind the sign. */
static gboolean
read_target(const FalBindings *bindings, const char *what, FalPress *as, GError **error)
{
    gsize at, n;
    g_autoptr(GPtrArray) words = fal_lex(what, &at, &n, error);
    g_autoptr(GString) name = g_string_new(NULL);

    if (!words)
        return FALSE;
    for (guint i = 0; i < words->len; i++)
        g_string_append_printf(name, "%s%s", i ? " " : "", ((FalWord *)words->pdata[i])->text);
    if (!fal_keyname_parse(name->str + 1, as, error))
        return FALSE;
    if (!may_mean(bindings, *as)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "%s does nothing by itself: after = stands a key of the list that ? shows",
                    name->str + 1);
        return FALSE;
    }
    return TRUE;
}

/* Whether what is =KEY: the sign may stand inside of the quotes. */
static gboolean
is_target(const char *what)
{
    return what[0] == '=' || (what[0] == '"' && what[1] == '=');
}

gboolean
fal_bindings_bind(FalBindings *bindings, int view, FalPress press, const char *what,
                  GError **error)
{
    FalPress as = {FAL_CODE_NONE, FAL_CODE_NONE};
    gboolean target = is_target(what), away = g_str_equal(what, "default");
    int i = index_of(bindings, view, press);

    if (!away && !check_press(bindings, view, press, error))
        return FALSE;
    if (target && !read_target(bindings, what, &as, error))
        return FALSE;
    if (i >= 0)
        g_ptr_array_remove_index(bindings->list, (guint)i);
    if (away)
        return TRUE;
    FalBinding *binding = g_new0(FalBinding, 1);
    binding->view = view;
    binding->press = press;
    binding->as = as;
    binding->kind = target                         ? FAL_BINDING_KEY
                    : g_str_equal(what, "nothing") ? FAL_BINDING_NOTHING
                                                   : FAL_BINDING_COMMAND;
    if (target) {
        g_autofree char *name = fal_keyname_text(as);
        binding->command = g_strconcat("=", name, NULL);
    } else {
        binding->command = g_strdup(what);
    }
    g_ptr_array_insert(bindings->list, i, binding);
    return TRUE;
}

gboolean
fal_bindings_unbind(FalBindings *bindings, int view, FalPress press, GError **error)
{
    const FalBinding *binding = fal_bindings_get(bindings, view, press);
    g_autofree char *pairs = bindings->meaning ? bindings->meaning(press, TRUE) : NULL;
    g_autofree char *name = fal_keyname_text(press);

    if (binding && binding->kind == FAL_BINDING_NOTHING) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "%s does nothing already; bind %s default gives it its own meaning back",
                    name, name);
        return FALSE;
    }
    /* In one view it may be bound as in all. */
    if (!binding && !pairs && bindings->meaning && !fal_bindings_get(bindings, 0, press)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "%s is not bound and does nothing by itself; bind lists your keys", name);
        return FALSE;
    }
    return fal_bindings_bind(bindings, view, press, binding ? "default" : "nothing", error);
}

/* --- what is selected --- */

/* A word that was typed as it is, and begins with a percent sign and a letter. */
static gboolean
is_placeholder(const FalWord *word)
{
    return word->plain == strlen(word->text) && word->text[0] == '%' &&
           g_ascii_isalpha(word->text[1]);
}

static gboolean
append_selected(GString *line, const char *word, const char *artist, const char *user,
                GError **error)
{
    static const char *const names[] = {"%artist", "%user", NULL};
    gboolean is_artist = g_str_equal(word, names[0]), is_user = g_str_equal(word, names[1]);
    const char *value = is_artist ? artist : is_user ? user : NULL;

    if (value) {
        g_string_append(line, value);
    } else if (is_artist || is_user) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "no %s is selected here that %s could stand for",
                    is_artist ? "artist" : "listener", word);
    } else {
        const char *near = fal_text_nearest(word, names);
        g_set_error(
            error, FAL_ERROR, FAL_ERROR_USAGE,
            "\"%s\" stands for nothing%s%s%s: %%artist and %%user are what is selected, "
            "and \"...\" makes it a name",
            word, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
    }
    return value != NULL;
}

char *
fal_binding_line(const char *command, const char *artist, const char *user, GError **error)
{
    gsize at, n, done = 0;
    g_autoptr(GPtrArray) words = fal_lex(command, &at, &n, error);
    g_autoptr(GString) line = g_string_new(NULL);

    if (!words)
        return NULL;
    for (guint i = 0; i < words->len; i++) {
        const FalWord *word = words->pdata[i];
        if (!is_placeholder(word))
            continue;
        g_string_append_len(line, command + done, (gssize)(word->at - done));
        done = word->at + word->n;
        if (!append_selected(line, word->text, artist, user, error))
            return NULL;
    }
    g_string_append(line, command + done);
    return g_string_free(g_steal_pointer(&line), FALSE);
}
