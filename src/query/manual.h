/* The parts of the manual that are lists, made from the command table, so that help, completion
 * and the pages cannot part. The pages are mdoc; man/weave puts these parts into them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_MANUAL_H
#define FAL_QUERY_MANUAL_H

#include <glib.h>

/* The commands of a group ("data") as an mdoc list: usage, what they do, settings, columns,
 * figures, an example. NULL where there is no such group. Free with g_free(). */
char *fal_manual_commands(const char *group);
/* The settings: those of a training, or the others. Free with g_free(). */
char *fal_manual_settings(gboolean training);

/* Text on lines of its own: no character of it is taken for mdoc's, each sentence has a line.
 */
void fal_manual_text(GString *out, const char *text);
/* A word on a macro's line. */
void fal_manual_word(GString *out, const char *word);

#endif
