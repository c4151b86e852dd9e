/* Parsing a command line against the command table, and what a command then asks of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/call.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "query/lex.h"
#include "query/resolve.h"
#include "query/settings.h"

typedef struct {
    const FalKeySpec *spec;
    double value;
    char *text; /* of TEXT, where given */
    gboolean given;
    char *list; /* of one that takes lists */
    gsize at, n;
} CallKey;

static void
call_key_free(gpointer data)
{
    CallKey *key = data;

    g_free(key->text);
    g_free(key->list);
    g_free(key);
}

void
fal_call_free(FalCall *call)
{
    if (call->free_data)
        call->free_data(call->data);
    for (int i = 0; i < FAL_MAX_WORDS; i++)
        g_free(call->word[i]);
    g_clear_pointer(&call->keys, g_hash_table_unref);
    g_clear_pointer(&call->table, fal_table_free);
    g_free(call->line);
    g_free(call->tail);
    g_free(call);
}

static void
blame(FalCall *call, gsize at, gsize n)
{
    call->error_at = at;
    call->error_n = n;
}

static int
count_words(const FalCommand *command)
{
    int n = 0;

    while (n < FAL_MAX_WORDS && command->words[n].kind != FAL_WORD_NONE)
        n++;
    return n;
}

/* Names are free text and may span words; ids, numbers and choices may not. */
static gboolean
takes_rest(FalWordKind kind)
{
    return kind == FAL_WORD_ARTIST || kind == FAL_WORD_TEXT || kind == FAL_WORD_PATH;
}

/* TRUE where the word reads as key=value: letters, then =, none of it quoted. */
static gboolean
is_setting(const FalWord *word, gsize *equals)
{
    gsize i = 0;

    while (i < word->plain && (g_ascii_islower(word->text[i]) || word->text[i] == '_'))
        i++;
    *equals = i;
    return i > 0 && i < word->plain && word->text[i] == '=';
}

static gboolean
has_setting(const FalCommand *command, const FalWord *word, gsize equals)
{
    g_autofree char *name = g_strndup(word->text, equals);

    return fal_key_find(command->keys, name) != NULL;
}

static gboolean
take_setting(FalCall *call, const FalWord *word, gsize equals, GError **error)
{
    g_autofree char *name = g_strndup(word->text, equals);
    const FalKeySpec *spec = fal_key_find(call->command->keys, name);
    CallKey *key;

    blame(call, word->at, word->n);
    if (!spec) {
        const char *names[64] = {NULL};
        for (gsize i = 0; i < 63 && call->command->keys && call->command->keys[i].name; i++)
            names[i] = call->command->keys[i].name;
        const char *near = fal_text_nearest(name, names);
        g_set_error(
            error, FAL_ERROR, FAL_ERROR_USAGE,
            "%s has no setting \"%s\"%s%s%s; help %s lists them, and \"...\" makes it a name",
            call->command->name, name, near ? " (did you mean " : "", near ? near : "",
            near ? "?)" : "", call->command->name);
        return FALSE;
    }
    key = g_hash_table_lookup(call->keys, name);
    if (key->given) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "%s is given twice", name);
        return FALSE;
    }
    key->given = TRUE;
    key->at = word->at;
    key->n = word->n;
    if (spec->type == FAL_KEY_TEXT)
        key->text = g_strdup(word->text + equals + 1);
    if (spec->list) {
        key->list = g_strdup(word->text + equals + 1);
        return TRUE;
    }
    return fal_key_parse(spec, word->text + equals + 1, &key->value, error);
}

/* Whether word number n belongs to a command line inside of this one. */
static gboolean
is_of_line(FalCall *call, int n)
{
    int n_specs = count_words(call->command);

    return n_specs > 0 && call->command->words[n_specs - 1].kind == FAL_WORD_LINE &&
           n >= n_specs - 1;
}

/* A word of a command line inside of this one, with its quotes: it is read when that runs. */
static void
take_line_word(FalCall *call, const FalWord *word, int *n)
{
    g_autofree char *raw = g_strndup(call->line + word->at, word->n);
    int last = count_words(call->command) - 1;

    if (*n == last) {
        call->word[last] = g_steal_pointer(&raw);
        call->word_at[last] = word->at;
        ++*n;
    } else {
        char *joined = g_strjoin(" ", call->word[last], raw, NULL);
        g_free(call->word[last]);
        call->word[last] = joined;
    }
    call->word_n[last] = word->at + word->n - call->word_at[last];
}

static gboolean
take_word(FalCall *call, const FalWord *word, int *n, GError **error)
{
    const FalCommand *command = call->command;
    int n_specs = count_words(command);

    if (is_of_line(call, *n)) {
        take_line_word(call, word, n);
        return TRUE;
    }
    if (*n == n_specs && n_specs > 0 && takes_rest(command->words[n_specs - 1].kind)) {
        int last = n_specs - 1;
        char *joined = g_strjoin(" ", call->word[last], word->text, NULL);
        g_free(call->word[last]);
        call->word[last] = joined;
        call->word_n[last] = word->at + word->n - call->word_at[last];
        return TRUE;
    }
    if (*n == n_specs) {
        g_autofree char *usage = fal_command_usage(command);
        blame(call, word->at, word->n);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "\"%s\" is one word too many: usage: %s",
                    word->text, usage);
        return FALSE;
    }
    call->word[*n] = g_strdup(word->text);
    call->word_at[*n] = word->at;
    call->word_n[*n] = word->n;
    ++*n;
    return TRUE;
}

static void
add_keys(FalCall *call)
{
    call->keys = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, call_key_free);
    for (const FalKeySpec *k = call->command->keys; k && k->name; k++) {
        CallKey *key = g_new0(CallKey, 1);
        g_autofree char *fallback = fal_key_fallback(k);
        key->spec = k;
        if (*fallback && !fal_key_parse(k, fallback, &key->value, NULL))
            g_error("the default of %s %s is not valid", call->command->name, k->name);
        g_hash_table_insert(call->keys, (gpointer)k->name, key);
    }
}

static gboolean
take_words(FalCall *call, GPtrArray *words, GError **error)
{
    int n = 0, n_specs = count_words(call->command);
    gsize equals;

    for (guint i = 1; i < words->len; i++) {
        const FalWord *word = words->pdata[i];
        /* Of a line inside, settings that this command does not have are the line's. */
        gboolean own = is_setting(word, &equals) &&
                       (!is_of_line(call, n) || has_setting(call->command, word, equals));
        gboolean ok =
            own ? take_setting(call, word, equals, error) : take_word(call, word, &n, error);
        if (!ok)
            return FALSE;
    }
    blame(call, 0, 0);
    if (n < n_specs && !call->command->words[n].optional) {
        g_autofree char *usage = fal_command_usage(call->command);
        blame(call, strlen(call->line), 0);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "%s needs %s: usage: %s",
                    call->command->name, call->command->words[n].name, usage);
        return FALSE;
    }
    return TRUE;
}

/* A first word that is none is told of later on. */
static gboolean
check_with(FalCall *call, GError **error)
{
    const FalWordSpec *first = &call->command->words[0];

    if (call->word[0] && first->kind == FAL_WORD_CHOICE &&
        !g_strv_contains(first->choices, call->word[0]))
        return TRUE;
    for (const FalKeySpec *spec = call->command->keys; spec && spec->name; spec++) {
        if (!fal_call_given(call, spec->name) || fal_key_goes_with(spec, call->word[0]))
            continue;
        g_autofree char *with = fal_key_with(spec);
        fal_call_blame_key(call, spec->name);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "%s= goes with %s %s alone: leave it out", spec->name, call->command->name,
                    with);
        return FALSE;
    }
    return TRUE;
}

FalCall *
fal_call_parse(FalSession *session, const char *line, gboolean short_verbs, gsize *at, gsize *n,
               GError **error)
{
    g_autoptr(GPtrArray) words = fal_lex(line, at, n, error);
    g_autoptr(FalCall) call = NULL;

    if (!words || words->len == 0)
        return NULL;
    const FalWord *verb = words->pdata[0];
    *at = verb->at;
    *n = verb->n;
    const FalCommand *command = fal_command_find(verb->text, short_verbs, error);
    if (!command)
        return NULL;

    call = g_new0(FalCall, 1);
    call->session = session;
    call->command = command;
    call->line = g_strdup(line);
    add_keys(call);
    if (!take_words(call, words, error) || !check_with(call, error)) {
        *at = call->error_at;
        *n = call->error_n;
        return NULL;
    }
    return g_steal_pointer(&call);
}

FalSession *
fal_call_session(FalCall *call)
{
    return call->session;
}

const FalCommand *
fal_call_command(FalCall *call)
{
    return call->command;
}

const char *
fal_call_word(FalCall *call, int i)
{
    g_return_val_if_fail(i >= 0 && i < FAL_MAX_WORDS, NULL);
    return call->word[i];
}

static const CallKey *
find_key(FalCall *call, const char *name)
{
    const CallKey *key = g_hash_table_lookup(call->keys, name);

    g_assert(key != NULL);
    return key;
}

gint64
fal_call_int(FalCall *call, const char *key)
{
    return (gint64)find_key(call, key)->value;
}

double
fal_call_real(FalCall *call, const char *key)
{
    return find_key(call, key)->value;
}

const char *
fal_call_choice(FalCall *call, const char *key)
{
    const CallKey *k = find_key(call, key);

    return k->spec->choices[(int)k->value];
}

gboolean
fal_call_flag(FalCall *call, const char *key)
{
    return find_key(call, key)->value != 0;
}

const char *
fal_call_text(FalCall *call, const char *key)
{
    return find_key(call, key)->text;
}

const char *
fal_call_list(FalCall *call, const char *key)
{
    return find_key(call, key)->list;
}

gboolean
fal_call_given(FalCall *call, const char *key)
{
    return find_key(call, key)->given;
}

char *
fal_call_hint(FalCall *call, int i)
{
    static const char *const none[] = {NULL};
    const char *const *choices = call->command->words[i].choices;

    return fal_text_did_you_mean(call->word[i], choices ? choices : none);
}

void
fal_call_blame_word(FalCall *call, int i)
{
    blame(call, call->word_at[i], call->word_n[i]);
}

void
fal_call_blame_key(FalCall *call, const char *key)
{
    const CallKey *k = find_key(call, key);

    if (k->given)
        blame(call, k->at, k->n);
}

gint32
fal_call_artist(FalCall *call, int i, GError **error)
{
    gint32 artist =
        fal_resolve_artist(fal_session_dataset(call->session), call->word[i], error);

    if (artist < 0)
        fal_call_blame_word(call, i);
    return artist;
}

gboolean
fal_call_is_you(FalCall *call, int i)
{
    return (call->command->flags & FAL_TAKES_YOU) && !g_strcmp0(call->word[i], "you");
}

FalYou *
fal_call_you(FalCall *call, GError **error)
{
    FalYou *you = fal_session_you(call->session, error);
    const gint32 *rows;
    const guint32 *plays;
    gsize n_heard;
    int n;

    if (!you || fal_you_rows(you, &rows, &plays) > 0)
        return you;
    fal_you_artists(you, &n);
    if (fal_you_obstacle(you))
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_DATA, fal_you_obstacle(you));
    else if (n > 0)
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "none of your artists (%d) is in this data set: you add ARTIST adds one "
                    "that is",
                    n);
    else if (fal_you_heard(you, &n_heard), n_heard > 0)
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "no artist that you imported (%" G_GSIZE_FORMAT
                    ") is in this data set: you unmatched lists them",
                    n_heard);
    else
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "there are no artists of yours yet: you add ARTIST adds one, you "
                            "import FILE a listening history");
    return NULL;
}

static void
set_no_you(const FalCommand *command, GError **error)
{
    g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                "%s takes a user of the data set and not you: you lists your artists, and "
                "recommend, explain, neighbours and check take you",
                command->name);
}

gint32
fal_call_user(FalCall *call, int i, GError **error)
{
    if (!strcmp(call->word[i], "you")) {
        set_no_you(call->command, error);
        fal_call_blame_word(call, i);
        return -1;
    }
    gint32 user = fal_resolve_user(fal_session_dataset(call->session), call->word[i], error);

    if (user < 0)
        fal_call_blame_word(call, i);
    return user;
}

FalTable *
fal_call_table(FalCall *call)
{
    if (!call->table)
        call->table =
            fal_table_new(call->command->name, call->command->columns, call->command->figures);
    return call->table;
}

FalTable *
fal_call_answer(FalCall *call, const FalColumn *columns, const FalColumn *figures)
{
    g_clear_pointer(&call->table, fal_table_free);
    call->table = fal_table_new(call->command->name, columns, figures);
    return call->table;
}

void
fal_call_join_last(FalCall *call)
{
    int last = FAL_MAX_WORDS - 1;

    if (!call->word[last])
        return;
    char *joined = g_strjoin(" ", call->word[last - 1], call->word[last], NULL);
    g_free(call->word[last - 1]);
    call->word[last - 1] = joined;
    call->word_n[last - 1] = call->word_at[last] + call->word_n[last] - call->word_at[last - 1];
    g_clear_pointer(&call->word[last], g_free);
}

void
fal_call_answer_with(FalCall *call, FalTable *table)
{
    g_clear_pointer(&call->table, fal_table_free);
    call->table = table;
}

void
fal_call_start(FalCall *call, FalJobWork work, FalCallFinish finish, gpointer data,
               GDestroyNotify free_data)
{
    call->work = work;
    call->finish = finish;
    call->data = data;
    call->free_data = free_data;
}

gpointer
fal_call_data(FalCall *call)
{
    return call->data;
}
