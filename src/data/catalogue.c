/* Aliases and bad lines while a data set is read.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "data/parse.h"

#define MAX_PROBLEMS     1000
#define MAX_PROBLEM_TEXT 200

typedef struct {
    gint64 id;
    gint32 number; /* plus 1, 0 where the slot is free */
} Slot;

struct FalIds {
    gint32 count;
    Slot *slots; /* n_slots, a power of 2, at most half of them used */
    gsize n_slots;
};

typedef struct {
    gint64 id, target, line_no;
} Alias;

struct FalAliases {
    FalIds *ids;
    Alias *list;
    gint64 capacity;
    gint64 usable;
};

static void
set_no_memory(GError **error)
{
    g_set_error_literal(error, FAL_ERROR, FAL_ERROR_MEMORY,
                        "not enough memory for this data set: close other programs or use a "
                        "smaller set");
}

gboolean
fal_grow(gpointer *array, gint64 *capacity, gint64 needed, gsize size, GError **error)
{
    gint64 more = MAX(*capacity, 1024);
    gpointer grown;

    if (needed <= *capacity)
        return TRUE;
    while (more < needed && more <= G_MAXINT64 / 4)
        more *= 2;
    grown = (gsize)more <= G_MAXSSIZE / size ? g_try_realloc(*array, (gsize)more * size) : NULL;
    if (!grown) {
        set_no_memory(error);
        return FALSE;
    }
    *array = grown;
    *capacity = more;
    return TRUE;
}

FalIds *
fal_ids_new(void)
{
    return g_new0(FalIds, 1);
}

void
fal_ids_free(FalIds *ids)
{
    if (!ids)
        return;
    free(ids->slots);
    g_free(ids);
}

gint32
fal_ids_count(const FalIds *ids)
{
    return ids->count;
}

/* The slot of id, or the free one where it would go. There has to be one. */
static Slot *
find_slot(Slot *slots, gsize n_slots, gint64 id)
{
    guint64 hash = (guint64)id * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    gsize at = (gsize)(hash ^ (hash >> 32)) & (n_slots - 1);

    while (slots[at].number != 0 && slots[at].id != id)
        at = (at + 1) & (n_slots - 1);
    return &slots[at];
}

static gboolean
grow(FalIds *ids)
{
    gsize n_slots = MAX(2 * ids->n_slots, 1024);
    Slot *slots = calloc(n_slots, sizeof *slots);

    if (!slots)
        return FALSE;
    for (gsize i = 0; i < ids->n_slots; i++)
        if (ids->slots[i].number != 0)
            *find_slot(slots, n_slots, ids->slots[i].id) = ids->slots[i];
    free(ids->slots);
    ids->slots = slots;
    ids->n_slots = n_slots;
    return TRUE;
}

gint32
fal_ids_get(const FalIds *ids, gint64 id)
{
    return ids->n_slots ? find_slot(ids->slots, ids->n_slots, id)->number - 1 : -1;
}

gint32
fal_ids_add(FalIds *ids, gint64 id, GError **error)
{
    Slot *slot;

    if (ids->count == G_MAXINT32 - 1 ||
        (2 * ((gsize)ids->count + 1) > ids->n_slots && !grow(ids))) {
        set_no_memory(error);
        return -1;
    }
    slot = find_slot(ids->slots, ids->n_slots, id);
    if (slot->number == 0)
        *slot = (Slot){id, ++ids->count};
    return slot->number - 1;
}

FalAliases *
fal_aliases_new(void)
{
    FalAliases *aliases = g_new0(FalAliases, 1);

    aliases->ids = fal_ids_new();
    return aliases;
}

void
fal_aliases_free(FalAliases *aliases)
{
    if (!aliases)
        return;
    fal_ids_free(aliases->ids);
    g_free(aliases->list);
    g_free(aliases);
}

gboolean
fal_aliases_add(FalAliases *aliases, gint64 id, gint64 target, gint64 line_no, GError **error)
{
    gint32 alias = fal_ids_add(aliases->ids, id, error);

    if (alias < 0 || !fal_grow((gpointer *)&aliases->list, &aliases->capacity,
                               (gint64)alias + 1, sizeof *aliases->list, error))
        return FALSE;
    aliases->list[alias] = (Alias){id, target, line_no};
    return TRUE;
}

/* Lets each id of the circle that alias is in stand for itself. */
static void
cut_circle(FalAliases *aliases, gint32 alias, FalCircleFn fn, gpointer data)
{
    gint32 at = alias;

    do {
        Alias *it = &aliases->list[at];

        at = fal_ids_get(aliases->ids, it->target);
        fn(it->id, it->target, it->line_no, data);
        it->target = it->id;
    } while (at != alias);
}

/* The id at which the chain from alias ends. met[a] is the number of the walk that met alias a
 * first, 0 for none: what an earlier walk met is resolved. */
static gint64
find_end(FalAliases *aliases, gint32 alias, gint32 *met, gint32 walk, FalCircleFn fn,
         gpointer data)
{
    const Alias *list = aliases->list;

    for (;;) {
        gint64 target = list[alias].target;
        gint32 next = fal_ids_get(aliases->ids, target);

        met[alias] = walk;
        if (next < 0 || next == alias)
            return target;
        if (met[next] == walk) {
            cut_circle(aliases, next, fn, data);
            return target;
        }
        if (met[next] != 0)
            return list[next].target;
        alias = next;
    }
}

gboolean
fal_aliases_resolve(FalAliases *aliases, FalCircleFn fn, gpointer data, GError **error)
{
    gint32 count = fal_ids_count(aliases->ids);
    fal_autofree gint32 *met = FAL_NEW(gint32, count, error);
    Alias *list = aliases->list;

    if (!met)
        return FALSE;
    for (gint32 alias = 0; alias < count; alias++) {
        gint32 walk = alias + 1;
        gint64 end;

        if (met[alias] != 0)
            continue;
        end = find_end(aliases, alias, met, walk, fn, data);
        /* The same way again, so that no later walk has to take it. */
        for (gint32 at = alias; at >= 0 && met[at] == walk && list[at].target != list[at].id;) {
            gint32 next = fal_ids_get(aliases->ids, list[at].target);

            list[at].target = end;
            at = next;
        }
    }
    aliases->usable = 0;
    for (gint32 alias = 0; alias < count; alias++)
        aliases->usable += list[alias].target != list[alias].id;
    return TRUE;
}

gint64
fal_aliases_usable(const FalAliases *aliases)
{
    return aliases->usable;
}

gint32
fal_aliases_find(const FalAliases *aliases, gint64 id)
{
    gint32 alias = fal_ids_get(aliases->ids, id);

    return alias >= 0 && aliases->list[alias].target != id ? alias : -1;
}

gint32
fal_aliases_count(const FalAliases *aliases)
{
    return fal_ids_count(aliases->ids);
}

gint64
fal_aliases_id(const FalAliases *aliases, gint32 alias)
{
    return aliases->list[alias].id;
}

gint64
fal_aliases_target(const FalAliases *aliases, gint32 alias)
{
    return aliases->list[alias].target;
}

static gboolean
is_blank(const char *line, gsize n_bytes)
{
    for (gsize i = 0; i < n_bytes; i++)
        if (!g_ascii_isspace(line[i]))
            return FALSE;
    return TRUE;
}

/* The start of a line, with no character cut in two. */
static char *
problem_text(const char *line, gsize n_bytes)
{
    char *text;

    if (n_bytes > MAX_PROBLEM_TEXT) {
        n_bytes = MAX_PROBLEM_TEXT;
        for (int i = 0; i < 3 && (line[n_bytes] & 0xc0) == 0x80; i++)
            n_bytes--;
    }
    text = fal_text_from_bytes(line, n_bytes);
    if (strlen(text) > MAX_PROBLEM_TEXT)
        *g_utf8_find_prev_char(text, text + MAX_PROBLEM_TEXT + 1) = '\0';
    return text;
}

void
fal_bad_lines_add(FalBadLines *bad, const char *reason, const char *line, gsize n_bytes)
{
    FalProblem problem = {NULL, bad->n_lines, reason, NULL};

    if (is_blank(line, n_bytes)) {
        bad->blank = TRUE;
        return;
    }
    bad->n_full++;
    bad->malformed++;
    if (bad->problems && bad->problems->len >= MAX_PROBLEMS)
        return;
    if (!bad->problems)
        bad->problems = g_array_new(FALSE, FALSE, sizeof(FalProblem));
    problem.text = problem_text(line, n_bytes);
    g_array_append_val(bad->problems, problem);
}

void
fal_bad_lines_clear(FalBadLines *bad)
{
    for (guint i = 0; bad->problems && i < bad->problems->len; i++)
        g_free((char *)g_array_index(bad->problems, FalProblem, i).text);
    g_clear_pointer(&bad->problems, g_array_unref);
}

void
fal_bad_lines_append(FalBadLines *all, const FalBadLines *more, GArray *problems,
                     const char *file)
{
    for (guint i = 0; more->problems && i < more->problems->len; i++) {
        FalProblem problem = g_array_index(more->problems, FalProblem, i);

        if (problems->len >= MAX_PROBLEMS)
            break;
        problem.file = file;
        problem.line += all->n_lines;
        problem.text = g_strdup(problem.text);
        g_array_append_val(problems, problem);
    }
    all->n_lines += more->n_lines;
    all->n_full += more->n_full;
    all->malformed += more->malformed;
    all->blank |= more->blank;
}

const char *
fal_catalogue_parse_name(const char *line, gsize n_bytes, gint64 *id, const char **name,
                         gsize *name_bytes)
{
    static const char *const problems[] = {
        NULL,
        "no artist id",
        "artist id is not a number",
        "artist id is negative",
        "artist id is too large",
    };
    const char *tab = memchr(line, '\t', n_bytes);
    const char *end = line + n_bytes;
    FalNumber found;

    if (!tab)
        return "no tab after the artist id";
    found = fal_reader_parse_number(&line, tab, id);
    if (found != FAL_NUMBER_OK)
        return problems[found];
    if (line < tab)
        return problems[FAL_NUMBER_WRONG];
    for (tab++; tab < end && g_ascii_isspace(*tab); tab++)
        continue;
    while (end > tab && g_ascii_isspace(end[-1]))
        end--;
    *name = tab;
    *name_bytes = (gsize)(end - tab);
    return tab < end ? NULL : "no name";
}

const char *
fal_catalogue_parse_alias(const char *line, gsize n_bytes, gint64 *id, gint64 *target)
{
    static const char *const problems[] = {
        NULL,
        "one of the two ids is missing",
        "an id is not a number",
        "an id is negative",
        "an id is too large",
    };
    const char *end = line + n_bytes;
    FalNumber found = fal_reader_parse_number(&line, end, id);

    if (found == FAL_NUMBER_OK)
        found = fal_reader_parse_number(&line, end, target);
    if (found != FAL_NUMBER_OK)
        return problems[found];
    return line < end ? "text after the two ids" : NULL;
}
