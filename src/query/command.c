/* The command table, put together from the files that hold the commands, and lookups in it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/command.h"

#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "query/commands.h"
#include "query/settings.h"

static GArray *commands;

/* The settings of a training, each as a list (but what is of one training alone), and then the
 * command's own. */
static const FalKeySpec *
tuning_keys(const FalKeySpec *own)
{
    GArray *keys = g_array_new(TRUE, TRUE, sizeof(FalKeySpec));

    for (const FalKeySpec *k = fal_train_keys; k->name; k++) {
        FalKeySpec key = *k;
        key.list = strcmp(k->name, "seed") != 0;
        if (!fal_train_key_watches(k))
            g_array_append_val(keys, key);
    }
    for (; own->name; own++)
        g_array_append_vals(keys, own, 1);
    return (const FalKeySpec *)(gpointer)g_array_free(keys, FALSE);
}

static void
put_together(void)
{
    const FalCommand *const parts[] = {
        fal_commands_data,
        fal_commands_train,
        fal_commands_eval,
        fal_commands_tune,
        fal_commands_stability,
        fal_commands_model,
        fal_commands_check,
        fal_commands_you,
        fal_commands_file,
        fal_commands_export,
        fal_commands_resume,
        fal_commands_session,
        fal_commands_app,
        fal_commands_keys,
        fal_commands_color,
    };

    commands = g_array_new(TRUE, TRUE, sizeof(FalCommand));
    for (gsize p = 0; p < G_N_ELEMENTS(parts); p++)
        for (const FalCommand *c = parts[p]; c->name; c++)
            g_array_append_vals(commands, c, 1);
    for (guint i = 0; i < commands->len; i++) {
        FalCommand *c = &g_array_index(commands, FalCommand, i);
        if (c->flags & FAL_TUNES)
            c->keys = tuning_keys(c->keys);
    }
}

const FalCommand *
fal_commands(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, put_together);
    return &g_array_index(commands, FalCommand, 0);
}

static GPtrArray *
verbs_that_start_with(const char *start)
{
    GPtrArray *names = g_ptr_array_new();

    for (const FalCommand *c = fal_commands(); c->name; c++)
        if (g_str_has_prefix(c->name, start))
            g_ptr_array_add(names, (gpointer)c->name);
    g_ptr_array_add(names, NULL);
    return names;
}

static const FalCommand *
find_whole(const char *name)
{
    for (const FalCommand *c = fal_commands(); c->name; c++)
        if (!strcmp(c->name, name))
            return c;
    return NULL;
}

const FalCommand *
fal_command_find(const char *name, gboolean short_verbs, GError **error)
{
    const FalCommand *command = find_whole(name);
    g_autoptr(GPtrArray) all = verbs_that_start_with("");
    g_autoptr(GPtrArray) fitting = verbs_that_start_with(name);

    if (command)
        return command;
    if (short_verbs && *name && fitting->len == 2)
        return find_whole(fitting->pdata[0]);
    if (short_verbs && *name && fitting->len > 2) {
        g_autofree char *list = g_strjoinv(", ", (char **)fitting->pdata);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "\"%s\" could be %s", name, list);
        return NULL;
    }
    if (*name && fitting->len > 1) {
        g_autofree char *list = g_strjoinv(", ", (char **)fitting->pdata);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "there is no command \"%s\", and scripts need whole names: %s", name, list);
        return NULL;
    }
    g_autofree char *hint = fal_text_did_you_mean(name, (const char *const *)all->pdata);
    g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                "there is no command \"%s\"%s; help lists them all", name, hint);
    return NULL;
}

gboolean
fal_key_goes_with(const FalKeySpec *key, const char *word)
{
    g_auto(GStrv) with = key->with ? g_strsplit(key->with, "|", -1) : NULL;

    return !with || (word && g_strv_contains((const char *const *)with, word));
}

char *
fal_key_with(const FalKeySpec *key)
{
    g_auto(GStrv) with = key->with ? g_strsplit(key->with, "|", -1) : NULL;
    guint n = with ? g_strv_length(with) : 0;
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < n; i++)
        g_string_append_printf(text, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", with[i]);
    return g_string_free(text, n == 0);
}
