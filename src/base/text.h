/* Text: bytes from files to valid UTF-8, what is safe and how wide it is on a terminal, folding
 * for search, spelling distance, figures as people read them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_BASE_TEXT_H
#define FAL_BASE_TEXT_H

#include <glib.h>

/* bytes as UTF-8: as they are where they are valid (U+0000 excepted), else read as
 * Windows-1252, as the scrobblers of 2005 wrote; blanks at both ends cut. Free with g_free().
 */
char *fal_text_from_bytes(const char *bytes, gsize n_bytes);

/* Without anything that could act on a terminal: C0, C1 and bidi control characters, line and
 * paragraph separators, unassigned and private ones become U+FFFD, tabs a blank. So does each
 * byte that is not UTF-8. Free with g_free(). */
char *fal_text_clean(const char *text);
/* The same as it is shown: where the glyphs are ASCII (glyphs.h), so is the text. Free with
 * g_free(). */
char *fal_text_safe(const char *text);

/* Cells that text takes on a terminal: wcwidth() of each character, 0 for what has none. The
 * only width function there is. text must be valid UTF-8. It asks the locale, which the program
 * sets; where that is not UTF-8 each character beyond ASCII is one cell, as what prints it has
 * to put one character in its place. */
int fal_text_width(const char *text);
/* Bytes of the longest start of text that takes at most `cells` cells; *used the cells taken
 * (may be NULL). Never splits a character from the combining ones behind it. */
gsize fal_text_prefix(const char *text, int cells, int *used);

typedef enum { FAL_ALIGN_LEFT, FAL_ALIGN_RIGHT } FalAlign;
/* text in exactly `cells` cells: padded with blanks, or cut with a final "…" (as
 * glyphs.h has it). Text is made safe first. Free with g_free(). */
char *fal_text_fit(const char *text, int cells, FalAlign align);

/* For comparing: compatibility-decomposed, without accents and strokes (ø is o), case-folded,
 * curled quotes and long dashes plain, every run of blanks a single blank, ends trimmed. Fast
 * for what is written in Latin, Greek or Cyrillic letters. Free with g_free(). */
char *fal_text_fold(const char *text);
/* The same, appended to out. */
void fal_text_fold_append(GString *out, const char *text);

/* Edit distance (optimal string alignment: a swap of neighbours counts one) between two folded
 * texts, by characters; max + 1 as soon as it must be more than max. */
int fal_text_distance(const char *a, const char *b, int max);

/* The word of the NULL-terminated list nearest to word (distance at most 2, or word is a
 * start of exactly one), or NULL. Borrowed from words. */
const char *fal_text_nearest(const char *word, const char *const *words);
/* " (did you mean NEAREST?)", or "" where none is near. Free with g_free(). */
char *fal_text_did_you_mean(const char *word, const char *const *words);

/* "1,234,567" (English grouping whatever the locale). Free with g_free(). */
char *fal_text_count(gint64 n);
/* A real with `digits` significant digits as people write it: 0.0953, 12.3, 1.78e+08. Never
 * locale-dependent; "-" for NaN. Free with g_free(). */
char *fal_text_real(double value, int digits);
/* A share such as NDCG with three decimals, so that figures can be compared by eye; two digits
 * where these would be 0.000. "-" for NaN. Free with g_free(). */
char *fal_text_metric(double value);
/* The shortest decimal that reads back as the same double (as the same float where is_float).
 * "null" for NaN and infinities. Free with g_free(). */
char *fal_text_exact(double value, gboolean is_float);
/* Seconds as "0.8 s", "12 s", "3 min 05 s", "2 h 10 min". */
char *fal_text_duration(double seconds);

#endif
