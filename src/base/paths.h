/* Where things are: the bundled data, the user's own files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_BASE_PATHS_H
#define FAL_BASE_PATHS_H

#include <glib.h>

/* The path of a bundled file or folder ("demo"): in $FALSETTO_DATADIR, else, for a program run
 * from where it was built, the source tree's data/, else $(pkgdatadir), else ../share/falsetto
 * beside the program's folder. NULL with FAL_ERROR_DATA naming the places that were tried. */
char *fal_paths_bundled(const char *name, GError **error);

/* A path as it was typed where no shell is there: ~ is the home folder. Free with g_free(). */
char *fal_paths_typed(const char *word);

/* Why path cannot be read, in the words of error number err: where nothing has that name, with
 * the name in its folder, or `also` (NULL for none), that is nearest to it. Free with g_free(). */
char *fal_paths_why(const char *path, int err, const char *also);

/* A file below $XDG_STATE_HOME/falsetto, whose folder is made (mode 0700) where it is missing.
 * NULL where it cannot be made. */
char *fal_paths_state(const char *name);
/* The same below $XDG_CONFIG_HOME/falsetto, for what the user writes: its folder is not made.
 */
char *fal_paths_config(const char *name);
/* The same without making anything, for who only reads. */
char *fal_paths_state_seen(const char *name);
/* As these two below $XDG_DATA_HOME/falsetto, for what cannot be made again. */
char *fal_paths_data(const char *name);
char *fal_paths_data_seen(const char *name);
/* As the first below $XDG_CACHE_HOME/falsetto. */
char *fal_paths_cache(const char *name);

#endif
