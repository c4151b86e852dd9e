/* Files for the completion of a command line (see complete.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/complete.h"

#include <string.h>

#define MOST_FILES 10000

static char *
without_escapes(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++) {
        if (*text == '\\' && text[1])
            text++;
        else if (*text == '\\' || *text == '"')
            continue;
        g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

static char *
with_escapes(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++) {
        if (strchr(" \"\\#", *text))
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
fal_complete_files(const char *typed)
{
    g_autofree char *path = without_escapes(typed);
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    g_autofree char *shown = g_strndup(path, (gsize)(base - path));
    g_autofree char *folder = g_str_has_prefix(shown, "~/")
                                  ? g_build_filename(g_get_home_dir(), shown + 2, NULL)
                                  : g_strdup(*shown ? shown : ".");
    GPtrArray *found = g_ptr_array_new();
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && found->len < MOST_FILES && (name = g_dir_read_name(dir))) {
        if (!g_str_has_prefix(name, base) || (name[0] == '.' && base[0] != '.') ||
            !g_utf8_validate(name, -1, NULL))
            continue;
        g_autofree char *full = g_build_filename(folder, name, NULL);
        gboolean is_folder = g_file_test(full, G_FILE_TEST_IS_DIR);
        g_autofree char *whole = g_strconcat(shown, name, is_folder ? "/" : "", NULL);
        g_ptr_array_add(found, with_escapes(whole));
    }
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(found, compare_names);
    g_ptr_array_add(found, NULL);
    return (char **)g_ptr_array_free(found, FALSE);
}
