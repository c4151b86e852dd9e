/* Help, made from the command table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/command.h"

#include <string.h>

#include "base/text.h"
#include "query/settings.h"

char *
fal_key_usage(const FalKeySpec *key)
{
    g_autofree char *fallback = fal_key_fallback(key);
    g_autofree char *choices =
        key->type == FAL_KEY_CHOICE ? g_strjoinv("|", (char **)key->choices) : NULL;

    return g_strdup_printf("%s=%s", key->name, choices ? choices : fallback);
}

char *
fal_command_usage(const FalCommand *command)
{
    GString *out = g_string_new(command->name);
    int n_keys = 0;

    for (int i = 0; i < (int)G_N_ELEMENTS(command->words); i++) {
        const FalWordSpec *word = &command->words[i];
        if (word->kind == FAL_WORD_NONE)
            break;
        g_string_append_printf(out, word->optional ? " [%s]" : " %s", word->name);
    }
    while (command->keys && command->keys[n_keys].name)
        n_keys++;
    if (n_keys > FAL_USAGE_KEYS) {
        g_string_append(out, " [SETTING=VALUE...]");
        return g_string_free(out, FALSE);
    }
    for (int i = 0; i < n_keys; i++) {
        g_autofree char *setting = fal_key_usage(&command->keys[i]);
        g_string_append_printf(out, " [%s]", setting);
    }
    return g_string_free(out, FALSE);
}

/* Appends text in lines of at most 78 cells, the later ones indented. */
static void
append_wrapped(GString *out, const char *text, int first, int indent)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    int column = first;

    for (int i = 0; words[i]; i++) {
        int width = fal_text_width(words[i]);
        if (column + 1 + width > 78 && column > indent) {
            g_string_append_printf(out, "\n%*s", indent, "");
            column = indent;
        } else if (i > 0) {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append(out, words[i]);
        column += width;
    }
    g_string_append_c(out, '\n');
}

static void
append_item(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, "  %-14s ", name);
    append_wrapped(out, text, MAX(17, 3 + fal_text_width(name)), 17);
}

static void
append_key(GString *out, const FalKeySpec *key)
{
    g_autofree char *fallback = fal_key_fallback(key);
    g_autofree char *range = fal_key_range(key);
    g_autofree char *name = g_strdup_printf("%s=%s", key->name, fallback);
    g_autofree char *with = fal_key_with(key);
    g_autofree char *text =
        g_strdup_printf("%s%s%s (%s%s%s)", key->help, with ? "; with " : "", with ? with : "",
                        range, key->unit ? " " : "", key->unit ? key->unit : "");
    append_item(out, name, text);
}

const char *
fal_column_type(const FalColumn *column)
{
    switch (column->type) {
    case FAL_CELL_INT:
        return "whole number";
    case FAL_CELL_REAL:
        return column->flags & FAL_COLUMN_SHARE ? "share" : "number";
    case FAL_CELL_ESTIMATE:
        return "mean with its 95 % interval";
    case FAL_CELL_TEXT:
    case FAL_CELL_NULL:
        break;
    }
    return "text";
}

static void
append_columns(GString *out, const char *title, const FalColumn *columns)
{
    if (!columns || !columns->name)
        return;
    g_string_append_printf(out, "\n%s\n", title);
    for (const FalColumn *c = columns; c->name; c++) {
        g_autofree char *text = g_strdup_printf("%s (%s%s%s)", c->help, fal_column_type(c),
                                                c->unit ? ", " : "", c->unit ? c->unit : "");
        append_item(out, c->name, text);
    }
}

char *
fal_command_help(const FalCommand *command)
{
    GString *out = g_string_new(NULL);
    g_autofree char *usage = fal_command_usage(command);

    g_string_append_printf(out, "%s\n\n", usage);
    append_wrapped(out, command->help, 0, 0);
    if (command->keys) {
        g_string_append(out, "\nSettings, with their defaults\n");
        for (const FalKeySpec *key = command->keys; key->name; key++)
            append_key(out, key);
    }
    append_columns(out, "Columns of the answer", command->columns);
    append_columns(out, "Figures beside it", command->figures);
    if (command->example)
        g_string_append_printf(out, "\nExample: %s\n", command->example);
    return g_string_free(out, FALSE);
}
