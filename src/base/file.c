/* Writing files (see file.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* Writes all of text; errno tells why not. */
static gboolean
write_all(int fd, const char *text)
{
    gsize n = strlen(text);

    while (n > 0) {
        ssize_t written = write(fd, text, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return FALSE;
        text += written;
        n -= (gsize)written;
    }
    return TRUE;
}

static gboolean
fail_file(const char *path, GError **error)
{
    g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "cannot write %s: %s", path,
                g_strerror(errno));
    return FALSE;
}

gboolean
fal_file_put(const char *path, const char *text, gboolean at_end, GError **error)
{
    struct stat there;
    gboolean is_regular = stat(path, &there) != 0 || S_ISREG(there.st_mode);
    g_autoptr(GError) problem = NULL;

    if (is_regular && !at_end) {
        if (g_file_set_contents_full(
                path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                0666, &problem))
            return TRUE;
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "cannot write %s: %s", path,
                    problem->message);
        return FALSE;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (at_end ? O_APPEND : 0), 0666);
    if (fd < 0)
        return fail_file(path, error);
    gboolean ok = write_all(fd, text);
    int saved = errno;
    if (close(fd) != 0 && ok) {
        ok = FALSE;
        saved = errno;
    }
    errno = saved;
    return ok || fail_file(path, error);
}
