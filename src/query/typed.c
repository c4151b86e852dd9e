/* The lines typed (see typed.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/typed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* The file may grow to so many times the lines that are kept before it is written anew. */
#define SLACK 2

struct FalTyped {
    char *path; /* NULL: nothing is kept */
    GPtrArray *lines;
};

static gboolean
is_to_keep(const char *line)
{
    return *line && !g_ascii_isspace(*line) && !strchr(line, '\n') &&
           g_utf8_validate(line, -1, NULL);
}

/* The same line is nearly always near the end, if anywhere. */
static void
remember(FalTyped *history, const char *line)
{
    GPtrArray *lines = history->lines;

    for (guint i = lines->len; i-- > 0;) {
        if (!strcmp(lines->pdata[i], line)) {
            g_ptr_array_remove_index(lines, i);
            break;
        }
    }
    g_ptr_array_add(lines, g_strdup(line));
    if (lines->len > FAL_TYPED_LINES)
        g_ptr_array_remove_range(lines, 0, lines->len - FAL_TYPED_LINES);
}

/* Reads the file from its start; gives how many lines it has. */
static guint
read_lines(FalTyped *history)
{
    g_autofree char *text = NULL;
    guint n = 0;

    if (!history->path || !g_file_get_contents(history->path, &text, NULL, NULL))
        return 0;
    g_auto(GStrv) line = g_strsplit(text, "\n", -1);
    for (; line[n]; n++)
        if (is_to_keep(line[n]))
            remember(history, line[n]);
    return n;
}

/* Opens the file and locks it; another program may have put a new one in its place meanwhile.
 */
static int
open_locked(const char *path)
{
    for (int tries = 0; tries < 10; tries++) {
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
        struct stat ours, there;

        if (fd < 0)
            return -1;
        if (flock(fd, LOCK_EX) == 0 && fstat(fd, &ours) == 0 && stat(path, &there) == 0 &&
            ours.st_ino == there.st_ino && ours.st_dev == there.st_dev)
            return fd;
        close(fd);
    }
    return -1;
}

/* Writes what is kept in place of the file, which is locked. */
static gboolean
write_lines(const FalTyped *history, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < history->lines->len; i++)
        g_string_append_printf(text, "%s\n", (const char *)history->lines->pdata[i]);
    return g_file_set_contents_full(history->path, text->str, (gssize)text->len,
                                    G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

/* Of a file that has grown; others wait for the lock meanwhile. */
static void
shorten(FalTyped *history)
{
    int fd = history->path ? open_locked(history->path) : -1;

    if (fd < 0)
        return;
    g_ptr_array_set_size(history->lines, 0);
    read_lines(history);
    (void)write_lines(history, NULL);
    close(fd);
}

FalTyped *
fal_typed_new(const char *path)
{
    FalTyped *history = g_new0(FalTyped, 1);

    history->path = g_strdup(path);
    history->lines = g_ptr_array_new_with_free_func(g_free);
    if (read_lines(history) > SLACK * FAL_TYPED_LINES)
        shorten(history);
    return history;
}

void
fal_typed_free(FalTyped *history)
{
    g_ptr_array_unref(history->lines);
    g_free(history->path);
    g_free(history);
}

void
fal_typed_add(FalTyped *history, const char *line)
{
    guint n = history->lines->len;

    if (!is_to_keep(line) || (n > 0 && !strcmp(history->lines->pdata[n - 1], line)))
        return;
    remember(history, line);
    int fd = history->path ? open_locked(history->path) : -1;
    if (fd < 0)
        return;
    /* In one piece, so that a program that dies leaves no half of a line. */
    g_autofree char *text = g_strconcat(line, "\n", NULL);
    ssize_t ignored = write(fd, text, strlen(text));
    (void)ignored;
    fchmod(fd, 0600);
    close(fd);
}

gboolean
fal_typed_forget(FalTyped *history, FalTypedIs is, guint *n, GError **error)
{
    g_autoptr(GError) why = NULL;
    int fd = history->path ? open_locked(history->path) : -1;

    *n = 0;
    if (history->path && fd < 0) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "the lines typed cannot be taken from %s: %s", history->path,
                    g_strerror(errno));
        return FALSE;
    }
    if (fd >= 0) {
        g_ptr_array_set_size(history->lines, 0);
        read_lines(history);
    }
    for (guint i = history->lines->len; i-- > 0;) {
        if (!is(history->lines->pdata[i]))
            continue;
        g_ptr_array_remove_index(history->lines, i);
        ++*n;
    }
    gboolean well = fd < 0 || *n == 0 || write_lines(history, &why);
    if (!well)
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "the lines typed cannot be taken: %s",
                    why->message);
    if (fd >= 0)
        close(fd);
    return well;
}

guint
fal_typed_n(const FalTyped *history)
{
    return history->lines->len;
}

const char *
fal_typed_line(const FalTyped *history, guint i)
{
    return history->lines->pdata[i];
}
