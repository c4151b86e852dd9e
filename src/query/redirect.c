/* Where answers go (see redirect.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/redirect.h"

#include <string.h>

#include "base/error.h"
#include "base/paths.h"
#include "query/lex.h"

void
fal_redirect_clear(FalRedirect *redirect)
{
    g_clear_pointer(&redirect->command, g_free);
    g_clear_pointer(&redirect->tail, g_free);
    g_clear_pointer(&redirect->name, g_free);
    redirect->target = FAL_TO_SCREEN;
}

/* Where the first word that begins with > or | stands, behind the verb; the end of the line
 * where there is none. What follows a | is the shell's, so the line is not one of words as a
 * whole. */
gsize
fal_redirect_mark(const char *line)
{
    gboolean quoted = FALSE, verb = FALSE;

    for (gsize i = 0; line[i]; i++) {
        gboolean starts = i == 0 || g_ascii_isspace(line[i - 1]);
        if (starts && !quoted && line[i] == '#' && !verb)
            break; /* a comment */
        if (starts && !quoted && verb && (line[i] == '>' || line[i] == '|'))
            return i;
        verb = verb || !g_ascii_isspace(line[i]);
        if (line[i] == '"')
            quoted = !quoted;
        else if (line[i] == '\\' && line[i + 1])
            i++;
    }
    return strlen(line);
}

/* All words as one file name: like that of a command, it may hold blanks. NULL where a quote is
 * not closed. */
static char *
file_name(const char *text, GError **error)
{
    gsize at, n;
    g_autoptr(GPtrArray) words = fal_lex(text, &at, &n, error);

    if (!words)
        return NULL;
    GString *name = g_string_new(NULL);
    for (guint i = 0; i < words->len; i++)
        g_string_append_printf(name, "%s%s", i > 0 ? " " : "",
                               ((const FalWord *)words->pdata[i])->text);
    char *path = fal_paths_typed(name->str);
    g_string_free(name, TRUE);
    return path;
}

gboolean
fal_redirect_parse(const char *line, FalRedirect *out, gsize *at, gsize *n, GError **error)
{
    gsize mark = fal_redirect_mark(line);
    const char *rest = line + mark;
    gboolean program = *rest == '|', adds = g_str_has_prefix(rest, ">>");
    g_autofree char *name = NULL;

    *out = (FalRedirect){.command = g_strdup(line)};
    *at = mark;
    *n = adds ? 2 : 1;
    if (!*rest)
        return TRUE;
    name = program ? g_strstrip(g_strdup(rest + 1)) : file_name(rest + *n, error);
    if (name && !*name)
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "%.*s needs %s behind it; in quotes it is text", (int)*n, rest,
                    program ? "a program" : "a file");
    if (!name || !*name)
        return FALSE;
    out->command[mark] = '\0';
    out->tail = g_strchomp(g_strdup(rest));
    out->target = program ? FAL_TO_PROGRAM : adds ? FAL_TO_FILE_END : FAL_TO_FILE;
    out->name = g_steal_pointer(&name);
    return TRUE;
}
