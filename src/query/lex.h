/* Words of a command line, with their places.
 *
 * Blanks part words; "..." keeps them together, \ takes the next character as it is. A line
 * whose first character is # is a comment. An apostrophe is a letter: Guns N' Roses.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_LEX_H
#define FAL_QUERY_LEX_H

#include <glib.h>

typedef struct {
    char *text;
    gsize at, n; /* bytes of the line it came from */
    gsize plain; /* its first so many bytes were neither quoted nor escaped */
} FalWord;

/* The words of line, FalWord*; an empty array for blank lines and comments. NULL with
 * FAL_ERROR_USAGE for a quote that is not closed or line that is not UTF-8; *at and *n point
 * at it. Free with g_ptr_array_unref(). */
GPtrArray *fal_lex(const char *line, gsize *at, gsize *n, GError **error);

/* text as one word that fal_lex() gives back, quoted only where it must be. */
char *fal_lex_quote(const char *text);

#endif
