/* Completion (see complete.h): which word is the cursor in, what does the command table say
 * stands there, and what is there that starts so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/complete.h"

#include <string.h>

#include "base/text.h"
#include "query/command.h"
#include "query/keyname.h"
#include "query/lex.h"
#include "query/redirect.h"
#include "query/resolve.h"
#include "query/settings.h"

#define MAX_CANDIDATES 200

/* The unfinished line up to the cursor. */
typedef struct {
    const char *line;
    GPtrArray *words; /* whole words before the one being typed */
    char *typed;      /* that one, as fal_lex() reads it; "" */
    gsize start;      /* where it begins */
} Place;

static void
place_clear(Place *place)
{
    g_clear_pointer(&place->words, g_ptr_array_unref);
    g_clear_pointer(&place->typed, g_free);
}

/* FALSE where nothing can be completed (a comment, broken UTF-8). */
static gboolean
find_place(const char *line, gsize cursor, Place *place)
{
    g_autofree char *before = g_strndup(line, cursor);
    gsize at, n;

    place->line = line;
    place->words = fal_lex(before, &at, &n, NULL);
    if (!place->words) {
        /* Most likely a quote that is still open: close it. */
        g_autofree char *closed = g_strconcat(before, "\"", NULL);
        place->words = fal_lex(closed, &at, &n, NULL);
    }
    if (!place->words || (place->words->len == 0 && strchr(before, '#')))
        return FALSE;
    FalWord *last = place->words->len ? place->words->pdata[place->words->len - 1] : NULL;
    if (last && last->at + last->n >= cursor) {
        place->typed = g_strdup(last->text);
        place->start = last->at;
        g_ptr_array_set_size(place->words, (int)place->words->len - 1);
    } else {
        place->typed = g_strdup("");
        place->start = cursor;
    }
    return TRUE;
}

static void
add(GPtrArray *out, char *candidate)
{
    if (out->len < MAX_CANDIDATES)
        g_ptr_array_add(out, candidate);
    else
        g_free(candidate);
}

static void
add_verbs(GPtrArray *out, const char *typed)
{
    for (const FalCommand *c = fal_commands(); c->name; c++)
        if (g_str_has_prefix(c->name, typed))
            add(out, g_strdup(c->name));
}

/* Those that go with the first word. */
static void
add_keys(GPtrArray *out, const FalKeySpec *keys, const char *first, const char *typed,
         const char *suffix)
{
    for (const FalKeySpec *k = keys; k && k->name; k++)
        if (g_str_has_prefix(k->name, typed) && fal_key_goes_with(k, first))
            add(out, g_strconcat(k->name, suffix, NULL));
}

static void
add_values(GPtrArray *out, const FalKeySpec *key, const char *prefix, const char *typed)
{
    static const char *const flags[] = {"yes", "no", NULL};
    const char *const *values = key->type == FAL_KEY_CHOICE ? key->choices
                                : key->type == FAL_KEY_FLAG ? flags
                                                            : NULL;

    for (int i = 0; values && values[i]; i++)
        if (g_str_has_prefix(values[i], typed))
            add(out, g_strconcat(prefix, values[i], NULL));
}

static void
add_artists(GPtrArray *out, FalDataset *dataset, const char *typed)
{
    g_autofree char *folded = fal_text_fold(typed);
    gint32 n = dataset ? fal_dataset_n_artists(dataset) : 0;

    for (gint32 a = 0; a < n && out->len < MAX_CANDIDATES; a++) {
        const char *other = fal_dataset_artist_folded(dataset, a);
        /* The first byte spares a call for most. */
        if (*folded && *other != *folded)
            continue;
        const char *name = fal_dataset_artist_name(dataset, a);
        if (*name && g_str_has_prefix(other, folded))
            add(out, strpbrk(name, "\"\\=") ? fal_lex_quote(name) : g_strdup(name));
    }
}

static void
add_users(GPtrArray *out, FalDataset *dataset, const char *typed, gboolean takes_you)
{
    gint32 n = dataset ? fal_dataset_n_users(dataset) : 0;

    if (takes_you && g_str_has_prefix("you", typed))
        add(out, g_strdup("you"));
    for (gint32 u = 0; u < n && out->len < MAX_CANDIDATES; u++) {
        char id[24];
        g_snprintf(id, sizeof id, "%" G_GINT64_FORMAT, fal_dataset_user_id(dataset, u));
        if (g_str_has_prefix(id, typed))
            add(out, g_strdup(id));
    }
}

/* The words of the place that are no settings, joined from number `first` on, and the typed
 * one: an artist's name may hold blanks. *start moves to where it begins. */
static char *
join_rest(Place *place, guint first)
{
    GString *text = g_string_new(NULL);

    for (guint i = first; i < place->words->len; i++) {
        const FalWord *word = place->words->pdata[i];
        if (i == first)
            place->start = word->at;
        g_string_append_printf(text, "%s ", word->text);
    }
    g_string_append(text, place->typed);
    return g_string_free(text, FALSE);
}

static const char *
text_at(const Place *place, guint i)
{
    return i < place->words->len ? ((FalWord *)place->words->pdata[i])->text : "";
}

static const FalWordSpec *
spec_at(const FalCommand *command, guint i, const Place *place)
{
    for (guint k = 0; k < G_N_ELEMENTS(command->words); k++) {
        const FalWordSpec *spec = &command->words[k];
        if (spec->kind == FAL_WORD_NONE)
            return NULL;
        gboolean rest = spec->kind == FAL_WORD_ARTIST || spec->kind == FAL_WORD_TEXT ||
                        spec->kind == FAL_WORD_PATH ||
                        (spec->kind == FAL_WORD_YOURS && strcmp(text_at(place, 1), "match"));
        if (k == i || (rest && k < i))
            return spec;
    }
    return NULL;
}

static void
add_name(GPtrArray *out, const char *name, const char *folded)
{
    g_autofree char *other = fal_text_fold(name);

    if (out->len < MAX_CANDIDATES && g_str_has_prefix(other, folded))
        add(out, fal_lex_quote(name));
}

/* The imported names that are no artist here. */
static void
add_unmatched(GPtrArray *out, FalSession *session, const char *typed)
{
    g_autofree char *folded = fal_text_fold(typed);
    FalYou *you = fal_session_you(session, NULL);
    gsize n = 0;
    const FalHeardName *name = you ? fal_you_heard(you, &n) : NULL;

    for (gsize i = 0; i < n; i++)
        if (name[i].row < 0)
            add_name(out, name[i].name, folded);
}

/* All names of which you said what they are, imported now or not. */
static void
add_said(GPtrArray *out, FalSession *session, const char *typed)
{
    g_autofree char *folded = fal_text_fold(typed);
    FalYou *you = fal_session_you(session, NULL);
    gsize n = 0;
    const FalHeardName *name = you ? fal_you_heard(you, &n) : NULL;
    g_autoptr(GArray) elsewhere = you ? fal_you_said_elsewhere(you) : NULL;

    for (gsize i = 0; i < n; i++)
        if (name[i].as_said)
            add_name(out, name[i].name, folded);
    for (guint i = 0; elsewhere && i < elsewhere->len; i++)
        add_name(out, g_array_index(elsewhere, FalSaid, i).name, folded);
}

/* What it is depends on the word before it. */
static void
add_yours(FalSession *session, Place *place, GPtrArray *out, FalCompletion *completion)
{
    const char *what = text_at(place, 1);

    if (!strcmp(what, "match")) {
        add_unmatched(out, session, place->typed);
    } else if (!strcmp(what, "unmatch")) {
        g_autofree char *name = join_rest(place, 2);
        add_said(out, session, name);
    } else if (!strcmp(what, "import")) {
        g_free(join_rest(place, 2));
        completion->files = TRUE;
    } else if (!strcmp(what, "add") || !strcmp(what, "drop")) {
        g_autofree char *name = join_rest(place, 2);
        add_artists(out, fal_session_dataset(session), name);
    }
}

static void
add_word(FalSession *session, const FalCommand *command, const FalWordSpec *spec, guint number,
         Place *place, GPtrArray *out, FalCompletion *completion)
{
    guint first = 1 + (guint)(spec - command->words); /* where it begins */

    switch (spec->kind) {
    case FAL_WORD_ARTIST:
    case FAL_WORD_TEXT: {
        g_autofree char *name = join_rest(place, first);
        add_artists(out, fal_session_dataset(session), name);
        break;
    }
    case FAL_WORD_USER:
        add_users(out, fal_session_dataset(session), place->typed,
                  (command->flags & FAL_TAKES_YOU) != 0);
        break;
    case FAL_WORD_PATH:
        g_free(join_rest(place, first));
        completion->files = TRUE;
        break;
    case FAL_WORD_YOURS:
        add_yours(session, place, out, completion);
        break;
    case FAL_WORD_COMMAND:
        add_verbs(out, place->typed);
        break;
    case FAL_WORD_SETTING:
        add_keys(out, fal_settings(), NULL, place->typed, "");
        break;
    case FAL_WORD_VALUE: {
        const FalWord *name = place->words->pdata[number];
        const FalKeySpec *key = fal_key_find(fal_settings(), name->text);
        if (key)
            add_values(out, key, "", place->typed);
        break;
    }
    case FAL_WORD_CHOICE:
        for (int i = 0; spec->choices[i]; i++)
            if (g_str_has_prefix(spec->choices[i], place->typed))
                add(out, g_strdup(spec->choices[i]));
        break;
    case FAL_WORD_KEY:
        for (const char *const *name = fal_keyname_list(); *name; name++)
            if (g_str_has_prefix(*name, place->typed))
                add(out, g_strdup(*name));
        break;
    case FAL_WORD_LINE: /* completed as a line of its own */
    case FAL_WORD_NONE:
        break;
    }
}

static void
complete_place(FalSession *session, Place *place, GPtrArray *out, FalCompletion *completion)
{
    if (place->words->len == 0) {
        add_verbs(out, place->typed);
        return;
    }
    const FalWord *verb = place->words->pdata[0];
    const FalCommand *command = fal_command_find(verb->text, TRUE, NULL);
    if (!command)
        return;
    const char *equals = strchr(place->typed, '=');
    if (equals) {
        g_autofree char *name = g_strndup(place->typed, (gsize)(equals - place->typed));
        const FalKeySpec *key = fal_key_find(command->keys, name);
        /* Of a list the last one is typed. */
        const char *comma = key && key->list ? strrchr(equals, ',') : NULL;
        const char *value = (comma ? comma : equals) + 1;
        g_autofree char *prefix = g_strndup(place->typed, (gsize)(value - place->typed));
        if (key)
            add_values(out, key, prefix, value);
        return;
    }
    guint number = 0; /* of words that are no settings */
    for (guint i = 1; i < place->words->len; i++)
        number += !strchr(((FalWord *)place->words->pdata[i])->text, '=');
    const FalWordSpec *spec = spec_at(command, number, place);
    /* What is quoted is no setting. */
    gboolean quoted = place->line[place->start] == '"';
    const char *first = NULL; /* of those words */
    for (guint i = 1; !first && i < place->words->len; i++) {
        const char *text = text_at(place, i);
        first = strchr(text, '=') ? NULL : text;
    }
    if (!quoted && (!spec || spec->optional || *place->typed))
        add_keys(out, command->keys, first, place->typed, "=");
    guint n_keys = out->len;
    gsize word = place->start;
    if (spec && number + 1 == place->words->len)
        add_word(session, command, spec, number, place, out, completion);
    /* Candidates of several words start further in front, where one of the last word keeps what
     * is there. */
    for (guint i = 0; i < n_keys && place->start < word; i++) {
        g_autofree char *key = out->pdata[i];
        out->pdata[i] = g_strdup_printf("%.*s%s", (int)(word - place->start),
                                        place->line + place->start, key);
    }
}

/* Where a command line inside of this one begins (FAL_WORD_LINE), if the cursor is in it; 0
 * where it is not. */
static gsize
inner_line(Place *place)
{
    const FalWord *verb = place->words->len ? place->words->pdata[0] : NULL;
    const FalCommand *command = verb ? fal_command_find(verb->text, TRUE, NULL) : NULL;
    guint number = 0, n_words = place->words->len;

    for (guint i = 1; command && i <= n_words; i++) {
        const FalWord *word = i < n_words ? place->words->pdata[i] : NULL;
        const char *text = word ? word->text : place->typed;
        const FalWordSpec *spec = spec_at(command, number, place);
        /* A setting of this command's, or another key. */
        if (strchr(text, '='))
            continue;
        if (spec && spec->kind == FAL_WORD_LINE)
            return word ? word->at : place->start;
        number++;
    }
    return 0;
}

static void
complete_inner(FalSession *session, const char *line, gsize cursor, gsize at,
               FalCompletion *out)
{
    fal_complete(session, line + at, cursor - at, out);
    out->start += at;
}

/* Behind > and | files are meant: all that is typed, or the last word of what is the shell's.
 * FALSE where the cursor is in front of those. */
static gboolean
complete_target(const char *line, gsize cursor, FalCompletion *out)
{
    g_autofree char *before = g_strndup(line, cursor);
    gsize start = fal_redirect_mark(before);
    gboolean program = before[start] == '|';

    if (!before[start])
        return FALSE;
    start += g_str_has_prefix(before + start, ">>") ? 2 : 1;
    start += strspn(before + start, " \t");
    for (gsize i = start; program && i < cursor; i++)
        if (g_ascii_isspace(before[i]))
            start = i + 1;
    out->start = start;
    out->files = TRUE;
    out->candidate = g_new0(char *, 1);
    return TRUE;
}

void
fal_complete(FalSession *session, const char *line, gsize cursor, FalCompletion *out)
{
    g_autoptr(GPtrArray) candidates = g_ptr_array_new();
    Place place = {0};

    memset(out, 0, sizeof *out);
    if (complete_target(line, cursor, out))
        return;
    gboolean found = find_place(line, cursor, &place);
    gsize inner = found ? inner_line(&place) : 0;
    if (inner > 0) {
        place_clear(&place);
        complete_inner(session, line, cursor, inner, out);
        return;
    }
    if (found)
        complete_place(session, &place, candidates, out);
    out->start = place.start;
    place_clear(&place);
    g_ptr_array_add(candidates, NULL);
    out->candidate = (char **)g_ptr_array_free(g_steal_pointer(&candidates), FALSE);
}

void
fal_completion_clear(FalCompletion *completion)
{
    g_clear_pointer(&completion->candidate, g_strfreev);
}

char **
fal_complete_lines(FalSession *session, const char *line)
{
    FalCompletion found;

    fal_complete(session, line, strlen(line), &found);
    g_autofree char *kept = g_strndup(line, found.start);
    g_auto(GStrv) files = found.files ? fal_complete_files(line + found.start) : NULL;
    char **words = found.files ? files : found.candidate;
    char **lines = g_new0(char *, g_strv_length(words) + 1);

    for (int i = 0; words[i]; i++)
        lines[i] = g_strconcat(kept, words[i], NULL);
    fal_completion_clear(&found);
    return lines;
}

char *
fal_complete_hint(FalSession *session, const char *line)
{
    gsize at, n;
    g_autoptr(GPtrArray) words = fal_lex(line, &at, &n, NULL);

    (void)session;
    if (!words || words->len != 1 || !g_ascii_isspace(line[strlen(line) - 1]))
        return NULL;
    const FalCommand *command =
        fal_command_find(((FalWord *)words->pdata[0])->text, TRUE, NULL);
    if (!command)
        return NULL;
    g_autofree char *usage = fal_command_usage(command);
    const char *rest = strchr(usage, ' ');
    return rest ? g_strdup(rest + 1) : NULL;
}
