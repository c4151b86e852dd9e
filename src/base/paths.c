/* Where things are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/paths.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

static char *
exe_folder(void)
{
    g_autofree char *exe = g_file_read_link("/proc/self/exe", NULL);

    return exe ? g_path_get_dirname(exe) : NULL;
}

/* A data/ near a program that was built but not installed. Any folder may have a data/ beside
 * it, so the one of the source tree is known by its script that makes the demo. */
static void
add_source_tree(GPtrArray *folders, const char *exe_dir)
{
    static const char *const up[] = {".", "..", "../.."};

    for (gsize i = 0; i < G_N_ELEMENTS(up); i++) {
        g_autofree char *near = g_build_filename(exe_dir, up[i], "data", NULL);
        g_autofree char *folder = g_canonicalize_filename(near, "/");
        g_autofree char *mark = g_build_filename(folder, "make-demo", NULL);

        if (g_file_test(mark, G_FILE_TEST_EXISTS))
            g_ptr_array_add(folders, g_steal_pointer(&folder));
    }
}

static GPtrArray *
bundled_folders(void)
{
    GPtrArray *folders = g_ptr_array_new_with_free_func(g_free);
    const char *asked = g_getenv("FALSETTO_DATADIR");
    g_autofree char *exe_dir = exe_folder();

    if (asked && *asked)
        g_ptr_array_add(folders, g_strdup(asked));
    if (exe_dir && strcmp(exe_dir, FAL_BINDIR) != 0)
        add_source_tree(folders, exe_dir);
    g_ptr_array_add(folders, g_strdup(FAL_PKGDATADIR));
    if (exe_dir) {
        g_autofree char *beside = g_build_filename(exe_dir, "..", "share", "falsetto", NULL);

        g_ptr_array_add(folders, g_canonicalize_filename(beside, "/"));
    }
    return folders;
}

char *
fal_paths_bundled(const char *name, GError **error)
{
    g_autoptr(GPtrArray) folders = bundled_folders();
    g_autoptr(GString) tried = g_string_new(NULL);

    for (guint i = 0; i < folders->len; i++) {
        g_autofree char *path = g_build_filename(folders->pdata[i], name, NULL);

        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
        g_string_append_printf(tried, "%s%s", i ? ", " : "", path);
    }
    g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                "cannot find the bundled %s: there is none of %s; set FALSETTO_DATADIR to the "
                "folder that holds it",
                name, tried->str);
    return NULL;
}

char *
fal_paths_typed(const char *word)
{
    if (word[0] == '~' && (word[1] == '/' || !word[1]))
        return g_strconcat(g_get_home_dir(), word + 1, NULL);
    return g_strdup(word);
}

/* A relative folder in the environment is to be ignored, says the XDG specification. */
static char *
users_folder(const char *asked, const char *below_home)
{
    if (asked && g_path_is_absolute(asked))
        return g_build_filename(asked, "falsetto", NULL);
    return g_build_filename(g_get_home_dir(), below_home, "falsetto", NULL);
}

static char *
users_file(const char *asked, const char *below_home, const char *name, gboolean make)
{
    g_autofree char *folder = users_folder(asked, below_home);

    if (make && g_mkdir_with_parents(folder, 0700) != 0)
        return NULL;
    return g_build_filename(folder, name, NULL);
}

char *
fal_paths_config(const char *name)
{
    g_autofree char *folder = users_folder(g_getenv("XDG_CONFIG_HOME"), ".config");

    return g_build_filename(folder, name, NULL);
}

char *
fal_paths_state(const char *name)
{
    return users_file(g_getenv("XDG_STATE_HOME"), ".local/state", name, TRUE);
}

char *
fal_paths_state_seen(const char *name)
{
    return users_file(g_getenv("XDG_STATE_HOME"), ".local/state", name, FALSE);
}

char *
fal_paths_data(const char *name)
{
    return users_file(g_getenv("XDG_DATA_HOME"), ".local/share", name, TRUE);
}

char *
fal_paths_data_seen(const char *name)
{
    return users_file(g_getenv("XDG_DATA_HOME"), ".local/share", name, FALSE);
}

char *
fal_paths_cache(const char *name)
{
    return users_file(g_getenv("XDG_CACHE_HOME"), ".cache", name, TRUE);
}

/* In a folder of more files than that nobody looks for a misspelt one. */
#define MOST_NAMES 5000

char *
fal_paths_why(const char *path, int err, const char *also)
{
    g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
    g_autoptr(GDir) dir = err == ENOENT ? g_dir_open(folder, 0, NULL) : NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    gboolean here = !strchr(path, '/');
    const char *other;

    while (dir && names->len < MOST_NAMES && (other = g_dir_read_name(dir)))
        if (*other != '.' && g_utf8_validate(other, -1, NULL))
            g_ptr_array_add(names,
                            here ? g_strdup(other) : g_build_filename(folder, other, NULL));
    if (dir && also && here)
        g_ptr_array_add(names, g_strdup(also));
    g_ptr_array_add(names, NULL);
    g_autofree char *hint = dir && g_utf8_validate(path, -1, NULL) && *name
                                ? fal_text_did_you_mean(path, (const char *const *)names->pdata)
                                : g_strdup("");
    return g_strconcat(g_strerror(err), hint, NULL);
}
