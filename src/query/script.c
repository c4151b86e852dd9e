/* Lines of commands (see script.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/script.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/paths.h"

#define MAX_LINE 65536 /* bytes */

struct FalScript {
    FILE *file;
    gint64 left; /* bytes of a regular file that are to be read; -1: all there are */
    char *name;
    GString *line;
    int number;
    char *where;
};

FalScript *
fal_script_open(const char *path, GError **error)
{
    gboolean standard = !strcmp(path, "-");
    FILE *file = standard ? stdin : fopen(path, "re");
    struct stat now;

    if (!file) {
        g_autofree char *why = fal_paths_why(path, errno, NULL);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "cannot read the commands in %s: %s",
                    path, why);
        return NULL;
    }
    FalScript *script = g_new0(FalScript, 1);
    script->file = file;
    script->left = -1;
    if (!standard && fstat(fileno(file), &now) == 0 && S_ISREG(now.st_mode))
        script->left = now.st_size;
    script->name = g_strdup(standard ? "standard input" : path);
    script->line = g_string_new(NULL);
    return script;
}

void
fal_script_close(FalScript *script)
{
    if (script->file != stdin)
        fclose(script->file);
    g_string_free(script->line, TRUE);
    g_free(script->name);
    g_free(script->where);
    g_free(script);
}

const char *
fal_script_where(FalScript *script)
{
    g_free(script->where);
    script->where = g_strdup_printf("%s:%d", script->name, script->number);
    return script->where;
}

/* What its own commands add to a file (a log) is not of it, or it would never end. */
static int
next_char(FalScript *script)
{
    if (script->left == 0)
        return EOF;
    script->left -= script->left > 0;
    return getc(script->file);
}

const char *
fal_script_next(FalScript *script, GError **error)
{
    GString *line = script->line;
    const char *wrong = NULL;
    int c;

    g_string_truncate(line, 0);
    script->number++;
    errno = 0;
    while (!wrong && (c = next_char(script)) != EOF && c != '\n') {
        if (c == '\0')
            wrong = "this is no text: there is a zero byte in it";
        else if (line->len == MAX_LINE)
            wrong = "this line is too long: more than 65,536 bytes";
        else
            g_string_append_c(line, (char)c);
    }
    if (wrong) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_USAGE, wrong);
        return NULL;
    }
    if (c == EOF && ferror(script->file)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "cannot read %s: %s", script->name,
                    g_strerror(errno));
        return NULL;
    }
    return c != EOF || line->len > 0 ? line->str : NULL;
}
