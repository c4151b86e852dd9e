/* The catalogue while it is read: numbers for ids, what aliases stand for, texts one after the
 * other. The dataset (dataset.h) is built from these; nobody else needs them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_CATALOGUE_H
#define FAL_DATA_CATALOGUE_H

#include "data/dataset.h"

/* Makes room for `needed` elements of `size` bytes in an array that g_free() frees, by
 * doubling. FALSE with FAL_ERROR_MEMORY. */
gboolean fal_grow(gpointer *array, gint64 *capacity, gint64 needed, gsize size, GError **error);

/* Ids (0 .. 2^63 - 1) to numbers. */
typedef struct FalIds FalIds;

FalIds *fal_ids_new(void);
void fal_ids_free(FalIds *ids);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalIds, fal_ids_free)

/* How many ids there are. */
gint32 fal_ids_count(const FalIds *ids);
/* The number of id, -1 where it has none. */
gint32 fal_ids_get(const FalIds *ids, gint64 id);
/* Fetches what is needed to look id up, for who knows it well before asking: the tables are too
 * large for the processor's caches. */
void fal_ids_prefetch(const FalIds *ids, gint64 id);
/* The number of id; a new id gets the next number, counted from 0. -1 with FAL_ERROR_MEMORY. */
gint32 fal_ids_add(FalIds *ids, gint64 id, GError **error);
/* Gives id, new or not, a number 0 .. G_MAXINT32 - 1 of the caller's choice. */
gboolean fal_ids_set(FalIds *ids, gint64 id, gint32 number, GError **error);
/* Calls fn for each id, by rising id; *number may be changed, -1 means no number from now on.
 */
typedef void (*FalIdFn)(gint64 id, gint32 *number, gpointer data);
gboolean fal_ids_each(FalIds *ids, FalIdFn fn, gpointer data, GError **error);

/* Ranks numbers 0 .. fal_ids_count() - 1, each an id's own, by falling counts[number], then by
 * rising id. rank[number] is -1 where the count is 0. Returns the ids by rank, for fal_free(),
 * and how many; NULL with FAL_ERROR_MEMORY. */
gint64 *fal_ids_rank(FalIds *ids, const guint32 *counts, gint32 *rank, gint32 *n_ranked,
                     GError **error);

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

/* Texts, each ended by a NUL, one after the other. Offset 0 is the empty text. */
typedef struct {
    char *bytes;
    gint64 length, capacity;
} FalTexts;

gboolean fal_texts_init(FalTexts *texts, GError **error);
void fal_texts_clear(FalTexts *texts);
/* Where text lies from now on, -1 with FAL_ERROR_MEMORY. */
gint64 fal_texts_add(FalTexts *texts, const char *text, GError **error);
/* Puts the n texts of from that lie at at[] into `to` one after the other, folded where fold is
 * TRUE, and sets at[] to where they are there. */
gboolean fal_texts_arrange(FalTexts *to, const FalTexts *from, gint64 *at, gint64 n,
                           gboolean fold, GError **error);

gboolean fal_catalogue_is_blank(const char *line, gsize n_bytes);
/* Appends the line to problems, an array of FalProblem whose texts are its own, as long as
 * there are few. file and reason are borrowed. */
void fal_catalogue_add_problem(GArray *problems, const char *file, gint64 line_no,
                               const char *reason, const char *line, gsize n_bytes);

/* A line of names: an id, the first tab, a name. name is within line, its blanks cut. NULL, or
 * why it cannot be read. */
const char *fal_catalogue_parse_name(const char *line, gsize n_bytes, gint64 *id,
                                     const char **name, gsize *name_bytes);
/* A line of aliases: two ids with blanks or tabs between. */
const char *fal_catalogue_parse_alias(const char *line, gsize n_bytes, gint64 *id,
                                      gint64 *target);

#endif
