/* The language of filters, as one types them over a list: terms, all of which must hold.
 *
 *   rad                the row holds the text, case and accents folded
 *   "the the"          the same, blanks included
 *   artist:rad         that column does (its name, or a start that no other column has)
 *   artist=air         that column is just this
 *   plays>100 id<=2.5k that column's number is; also <, >=, =
 *   -live -plays<10    what follows the minus does not hold
 *
 * What is typed half (`plays>`, `-`) holds everywhere, so that a list does not jump meanwhile;
 * what names no column is a text (`M:I:2`).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_FILTER_H
#define FAL_QUERY_FILTER_H

#include <glib.h>

typedef struct {
    const char *name;
    gboolean text;
} FalFilterColumn;

typedef enum {
    FAL_TERM_HOLDS,
    FAL_TERM_IS,
    FAL_TERM_BELOW,
    FAL_TERM_AT_MOST,
    FAL_TERM_ABOVE,
    FAL_TERM_AT_LEAST,
} FalTermKind;

typedef struct {
    FalTermKind kind;
    gboolean negated;
    int column;    /* -1: whatever text the row has */
    char *word;    /* folded, not empty; NULL where the column is a number */
    double number; /* where it is */
} FalTerm;

typedef struct {
    FalTerm *term;
    int n;
} FalFilter;

/* Never fails. Free with fal_filter_clear(). */
void fal_filter_parse(FalFilter *filter, const char *text, const FalFilterColumn *columns,
                      int n_columns);
void fal_filter_clear(FalFilter *filter);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FalFilter, fal_filter_clear)

/* A text that was folded, or a number, against a term of this kind; the minus is heeded. */
gboolean fal_term_text(const FalTerm *term, const char *folded);
gboolean fal_term_number(const FalTerm *term, double number);

#endif
