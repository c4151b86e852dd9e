/* The manual's lists (see manual.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/manual.h"

#include <string.h>

#include "query/command.h"
#include "query/settings.h"

static void
append_escaped(GString *out, char c)
{
    if (c == '\\')
        g_string_append(out, "\\e");
    else if (c == '~')
        g_string_append(out, "\\(ti");
    else if (c == '^')
        g_string_append(out, "\\(ha");
    else
        g_string_append_c(out, c);
}

void
fal_manual_text(GString *out, const char *text)
{
    gboolean starts = TRUE;

    for (const char *c = text; *c; c++) {
        gboolean ends = c > text && c[-1] == '.' && *c == ' ';
        if (starts && (*c == '.' || *c == '\''))
            g_string_append(out, "\\&");
        starts = ends && g_ascii_isupper(c[1]);
        if (starts || *c == '\n')
            g_string_append_c(out, '\n');
        else
            append_escaped(out, *c);
        starts = starts || *c == '\n';
    }
    g_string_append_c(out, '\n');
}

/* A capital and a letter or two may be a macro, what is no letter a delimiter. */
void
fal_manual_word(GString *out, const char *word)
{
    gboolean quoted = strpbrk(word, " \"") != NULL;

    g_string_append(out, quoted ? " \"" : " ");
    if (strlen(word) <= 3 && !g_ascii_islower(*word))
        g_string_append(out, "\\&");
    for (; *word; word++) {
        if (*word == '"')
            g_string_append(out, "\\(dq");
        else if (*word == '-')
            g_string_append(out, "\\-");
        else
            append_escaped(out, *word);
    }
    g_string_append(out, quoted ? "\"" : "");
}

static void
append_usage(GString *out, const FalCommand *command)
{
    int n_keys = 0;

    g_string_append(out, ".It Ic");
    fal_manual_word(out, command->name);
    for (gsize i = 0; i < G_N_ELEMENTS(command->words); i++) {
        const FalWordSpec *word = &command->words[i];
        if (word->kind == FAL_WORD_NONE)
            break;
        g_string_append(out, word->optional ? " Oo Ar" : " Ar");
        fal_manual_word(out, word->name);
        g_string_append(out, word->optional ? " Oc" : "");
    }
    while (command->keys && command->keys[n_keys].name)
        n_keys++;
    if (n_keys > FAL_USAGE_KEYS) {
        g_string_append(out, " Oo Ar SETTING=VALUE... Oc");
        n_keys = 0;
    }
    for (int i = 0; i < n_keys; i++) {
        g_autofree char *setting = fal_key_usage(&command->keys[i]);
        g_string_append(out, " Oo Cm");
        fal_manual_word(out, setting);
        g_string_append(out, " Oc");
    }
    g_string_append_c(out, '\n');
}

static void
append_key(GString *out, const FalKeySpec *key)
{
    g_autofree char *fallback = fal_key_fallback(key);
    g_autofree char *range = fal_key_range(key);
    g_autofree char *name = g_strdup_printf("%s=%s", key->name, fallback);

    g_string_append(out, ".It Cm");
    fal_manual_word(out, name);
    g_string_append(out, " Pq");
    fal_manual_word(out, range);
    if (key->unit)
        fal_manual_word(out, key->unit);
    g_string_append_c(out, '\n');
    g_autofree char *with = fal_key_with(key);
    g_autofree char *text = g_strconcat(key->help, with ? "; with " : NULL, with, NULL);
    fal_manual_text(out, text);
}

static void
append_keys(GString *out, const FalCommand *command)
{
    const FalKeySpec *keys = command->keys;

    if (!keys || !keys->name)
        return;
    if (keys == fal_train_keys) {
        g_string_append(out, ".Pp\nThe settings are told under\n.Sx SETTINGS .\n");
        return;
    }
    g_string_append(out, ".Pp\nSettings:\n.Bl -tag -width Ds -compact -offset indent\n");
    for (; keys->name; keys++)
        if (!(command->flags & FAL_TUNES) || !fal_key_find(fal_train_keys, keys->name))
            append_key(out, keys);
    g_string_append(out, ".El\n");
    if (command->flags & FAL_TUNES)
        g_string_append(out, "Those of a training are told under\n.Sx SETTINGS .\n");
}

static void
append_columns(GString *out, const char *title, const FalColumn *columns)
{
    if (!columns || !columns->name)
        return;
    g_string_append_printf(out, ".Pp\n%s:\n.Bl -tag -width Ds -compact -offset indent\n",
                           title);
    for (const FalColumn *c = columns; c->name; c++) {
        g_string_append(out, ".It Va");
        fal_manual_word(out, c->name);
        g_string_append(out, " Pq");
        fal_manual_word(out, fal_column_type(c));
        if (c->unit) {
            g_string_append(out, " ,");
            fal_manual_word(out, c->unit);
        }
        g_string_append_c(out, '\n');
        fal_manual_text(out, c->help);
    }
    g_string_append(out, ".El\n");
}

static void
append_command(GString *out, const FalCommand *command)
{
    append_usage(out, command);
    fal_manual_text(out, command->help);
    append_keys(out, command);
    append_columns(out, "Columns", command->columns);
    append_columns(out, "Figures", command->figures);
    if (command->example) {
        g_string_append(out, ".Pp\nExample:\n.Dl");
        fal_manual_word(out, command->example);
        g_string_append_c(out, '\n');
    }
}

char *
fal_manual_commands(const char *group)
{
    GString *out = g_string_new(".Bl -tag -width Ds\n");
    gboolean found = FALSE;

    for (const FalCommand *c = fal_commands(); c->name; c++) {
        if (!strcmp(c->group, group)) {
            append_command(out, c);
            found = TRUE;
        }
    }
    g_string_append(out, ".El\n");
    return g_string_free(out, !found);
}

char *
fal_manual_settings(gboolean training)
{
    GString *out = g_string_new(".Bl -tag -width Ds\n");

    for (const FalKeySpec *key = fal_settings(); key->name; key++)
        if ((fal_key_find(fal_train_keys, key->name) != NULL) == training)
            append_key(out, key);
    g_string_append(out, ".El\n");
    return g_string_free(out, FALSE);
}
