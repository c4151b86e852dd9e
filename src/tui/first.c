/* The first start: one line says what to press, and a file in the state folder remembers that
 * it did.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/paths.h"

#define FILE_NAME "welcomed"

/* Where the folder cannot be written, every start is the first; that is no reason to fail. With
 * --no-state nothing is written there. */
gboolean
fal_first_start(FalSession *session)
{
    if (!fal_session_state(session)) {
        g_autofree char *seen = fal_paths_state_seen(FILE_NAME);
        return !g_file_test(seen, G_FILE_TEST_EXISTS);
    }
    g_autofree char *path = fal_paths_state(FILE_NAME);
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;

    if (fd < 0)
        return !path || errno != EEXIST;
    close(fd);
    return TRUE;
}

/* The shortest forms last. Each part is left out where no key does it any more. */
char *
fal_first_text(FalApp *app, int width)
{
    static const struct {
        FalAction action;
        guint context;
        const char *words[2];
    } parts[] = {
        {FAL_ACTION_HELP, FAL_EVERYWHERE, {"lists the keys", "keys"}},
        {FAL_ACTION_OPEN, FAL_IN_LISTS, {"opens", "open"}},
        {FAL_ACTION_SEARCH, FAL_IN_LISTS, {"searches", "search"}},
        {FAL_ACTION_COMMAND, FAL_EVERYWHERE, {"takes commands", "command"}},
        {FAL_ACTION_OUT, FAL_EVERYWHERE, {"leaves", "leave"}},
    };

    /* With fewer parts from the middle, then in short. */
    static const guint shown[][2] = {{0x1f, 0}, {0x17, 0}, {0x1f, 1}, {0x17, 1}, {0x11, 1}};
    for (gsize s = 0; s < G_N_ELEMENTS(shown); s++) {
        g_autoptr(GString) text = g_string_new(NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
            const FalKey *key = fal_keys_of(parts[i].context, parts[i].action);
            g_autofree char *name = shown[s][0] & (1u << i) ? fal_app_key_name(app, key) : NULL;
            if (name)
                g_string_append_printf(text, "%s%s %s", text->len ? ", " : "", name,
                                       parts[i].words[shown[s][1]]);
        }
        if (fal_text_width(text->str) <= width)
            return g_string_free(g_steal_pointer(&text), FALSE);
    }
    return g_strdup("");
}
