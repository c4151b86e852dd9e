/* The catalogue while it is read: what aliases stand for, and lines that cannot be read. The
 * dataset (dataset.h) is built from these; nobody else needs them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_CATALOGUE_H
#define FAL_DATA_CATALOGUE_H

#include "data/dataset.h"

/* Makes room for `needed` elements of `size` bytes in an array that g_free() frees, by
 * doubling. FALSE with FAL_ERROR_MEMORY. */
gboolean fal_grow(gpointer *array, gint64 *capacity, gint64 needed, gsize size, GError **error);

/* Ids (0 .. 2^63 - 1) to numbers, hashed: for the few that aliases are. */
typedef struct FalIds FalIds;

FalIds *fal_ids_new(void);
void fal_ids_free(FalIds *ids);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalIds, fal_ids_free)

/* How many ids there are. */
gint32 fal_ids_count(const FalIds *ids);
/* The number of id, -1 where it has none. */
gint32 fal_ids_get(const FalIds *ids, gint64 id);
/* The number of id; a new id gets the next number, counted from 0. -1 with FAL_ERROR_MEMORY. */
gint32 fal_ids_add(FalIds *ids, gint64 id, GError **error);
/* What each alias stands for. Aliases are numbered in the order in which they were met. */
typedef struct FalAliases FalAliases;

FalAliases *fal_aliases_new(void);
void fal_aliases_free(FalAliases *aliases);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalAliases, fal_aliases_free)

/* The last target of an id wins. */
gboolean fal_aliases_add(FalAliases *aliases, gint64 id, gint64 target, gint64 line_no,
                         GError **error);
/* Follows the chains to their ends. Where ids stand for each other in a circle each becomes its
 * own target, and fn is told of it. Aliases to themselves are none. */
typedef void (*FalCircleFn)(gint64 id, gint64 target, gint64 line_no, gpointer data);
gboolean fal_aliases_resolve(FalAliases *aliases, FalCircleFn fn, gpointer data,
                             GError **error);
/* After resolving: how many ids stand for another one; the number of id's alias, -1 where it is
 * none; what it stands for, in the end. */
gint64 fal_aliases_usable(const FalAliases *aliases);
gint32 fal_aliases_find(const FalAliases *aliases, gint64 id);
gint32 fal_aliases_count(const FalAliases *aliases); /* those of no use too */
gint64 fal_aliases_id(const FalAliases *aliases, gint32 alias);
gint64 fal_aliases_target(const FalAliases *aliases, gint32 alias);

/* The lines of a chunk, or of all of a file, as far as they could not be read. */
typedef struct {
    gint64 n_lines;   /* all lines so far */
    gint64 n_full;    /* those that are not just blank */
    gint64 malformed; /* those of them that could not be read */
    gboolean blank;   /* there are blank ones */
    GArray *problems; /* FalProblem whose texts are its own, without files; NULL for none. Of
                         many only the first ones */
} FalBadLines;

/* Takes note of line number bad->n_lines. reason is borrowed. */
void fal_bad_lines_add(FalBadLines *bad, const char *reason, const char *line, gsize n_bytes);
void fal_bad_lines_clear(FalBadLines *bad);
/* Adds what follows to the sums of what was before, and copies to problems, an array of
 * FalProblem, as long as there are few. file is borrowed. */
void fal_bad_lines_append(FalBadLines *all, const FalBadLines *more, GArray *problems,
                          const char *file);

/* A line of names: an id, the first tab, a name. name is within line, its blanks cut. NULL, or
 * why it cannot be read. */
const char *fal_catalogue_parse_name(const char *line, gsize n_bytes, gint64 *id,
                                     const char **name, gsize *name_bytes);
/* A line of aliases: two ids with blanks or tabs between. */
const char *fal_catalogue_parse_alias(const char *line, gsize n_bytes, gint64 *id,
                                      gint64 *target);

#endif
