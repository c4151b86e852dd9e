/* Loading a data set from its text.
 *
 * All parts are parsed in chunks by all cores, in any order. Only then is it known which ids
 * there are, what aliases stand for and how many listeners each artist has: ranked by that they
 * get the rows they keep. Nothing depends on the order in which the chunks were parsed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/parallel.h"
#include "data/catalogue.h"
#include "data/chunks.h"
#include "data/dataset-private.h"
#include "data/playrows.h"

/* Ids between two looks at the task. */
#define STEP ((gint64)1 << 18)

/* A line of aliases. */
typedef struct {
    gint64 id, target, line_no;
} AliasLine;

typedef struct {
    FalBadLines bad;
    GArray *lines; /* AliasLine */
} AliasChunk;

/* What is needed only until the data set is loaded. */
typedef struct {
    FalDataset *dataset;
    FalTask *task;
    GPtrArray *chunks[FAL_N_PARTS];
    FalPlayRows *rows;
    FalAliases *aliases;
    gint32 *alias_number; /* by alias: of its id in the artists' map, -1 for no use */
    guint8 *met;          /* by number: an alias that is in the plays */
} Loader;

static void
alias_chunk_free(gpointer data)
{
    AliasChunk *chunk = data;

    if (!chunk)
        return;
    fal_bad_lines_clear(&chunk->bad);
    g_array_unref(chunk->lines);
    g_free(chunk);
}

static void
loader_clear(Loader *loader)
{
    for (FalPart part = 0; part < FAL_N_PARTS; part++)
        g_clear_pointer(&loader->chunks[part], g_ptr_array_unref);
    fal_play_rows_free(loader->rows);
    fal_aliases_free(loader->aliases);
    fal_free(loader->alias_number);
    fal_free(loader->met);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Loader, loader_clear)

/* --- parsing --- */

static AliasChunk *
parse_aliases(const FalChunk *chunk)
{
    const char *at = chunk->bytes, *end = at + chunk->n_bytes, *line;
    AliasChunk *parsed = g_new0(AliasChunk, 1);
    gsize n_bytes;

    parsed->lines = g_array_new(FALSE, FALSE, sizeof(AliasLine));
    while (fal_chunk_line(&at, end, &line, &n_bytes)) {
        AliasLine added = {0, 0, ++parsed->bad.n_lines};
        const char *problem =
            fal_catalogue_parse_alias(line, n_bytes, &added.id, &added.target);

        if (problem)
            fal_bad_lines_add(&parsed->bad, problem, line, n_bytes);
        else
            g_array_append_val(parsed->lines, added);
    }
    return parsed;
}

static gpointer
parse_chunk(const FalChunk *chunk, gpointer data, GError **error)
{
    Loader *loader = data;

    switch (chunk->part) {
    case FAL_PART_PLAYS:
        return fal_play_rows_parse(loader->rows, chunk, error);
    case FAL_PART_NAMES:
        return fal_names_parse(chunk, error);
    default:
        return parse_aliases(chunk);
    }
}

/* Adds what the chunks say of their bad lines to the problems. */
static FalBadLines
collect_bad(Loader *loader, FalPart part, const FalBadLines *(*bad_of)(gconstpointer chunk))
{
    FalDataset *dataset = loader->dataset;
    FalBadLines all = {.n_lines = 0};

    for (guint i = 0; i < loader->chunks[part]->len; i++)
        fal_bad_lines_append(&all, bad_of(loader->chunks[part]->pdata[i]), dataset->problems,
                             dataset->files[part]);
    dataset->stats.malformed += all.malformed;
    return all;
}

static const FalBadLines *
bad_plays(gconstpointer chunk)
{
    return &((const FalPlayChunk *)chunk)->bad;
}

static const FalBadLines *
bad_names(gconstpointer chunk)
{
    return fal_name_chunk_bad(chunk);
}

static const FalBadLines *
bad_aliases(gconstpointer chunk)
{
    return &((const AliasChunk *)chunk)->bad;
}

/* What the plays are in sum; an error where there is none. */
static gboolean
sum_plays(Loader *loader, GError **error)
{
    FalDataset *dataset = loader->dataset;
    const char *name = fal_source_name(dataset->source, FAL_PART_PLAYS);
    FalBadLines bad = collect_bad(loader, FAL_PART_PLAYS, bad_plays);
    g_autofree char *lines = NULL;
    const FalProblem *first;
    FalPlaySums sums;

    fal_play_rows_sums(loader->chunks[FAL_PART_PLAYS], &sums);
    dataset->stats.rows = sums.n;
    dataset->stats.plays = sums.plays;
    dataset->fingerprint = sums.fingerprint;
    if (sums.n > 0)
        return TRUE;
    if (bad.n_full == 0) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    bad.blank ? "%s holds nothing but blank lines" : "%s is empty", name);
        return FALSE;
    }
    first = &g_array_index(dataset->problems, FalProblem, 0);
    lines = bad.n_full == 1
                ? g_strdup("its only line is not")
                : g_strdup_printf("none of its %" G_GINT64_FORMAT " lines is", bad.n_full);
    g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                "cannot use %s: %s a row of plays; line %" G_GINT64_FORMAT ": %s", name, lines,
                first->line, first->reason);
    return FALSE;
}

static void
add_circle(gint64 id, gint64 target, gint64 line_no, gpointer data)
{
    Loader *loader = data;
    FalDataset *dataset = loader->dataset;
    FalBadLines bad = {.n_lines = line_no}, before = {.n_lines = 0};
    g_autofree char *line =
        g_strdup_printf("%" G_GINT64_FORMAT "\t%" G_GINT64_FORMAT, id, target);

    fal_bad_lines_add(&bad, "alias in a circle", line, strlen(line));
    fal_bad_lines_append(&before, &bad, dataset->problems, dataset->files[FAL_PART_ALIASES]);
    dataset->stats.malformed += bad.malformed;
    fal_bad_lines_clear(&bad);
}

static gboolean
collect_aliases(Loader *loader, GError **error)
{
    gint64 before = 0;

    collect_bad(loader, FAL_PART_ALIASES, bad_aliases);
    for (guint i = 0; i < loader->chunks[FAL_PART_ALIASES]->len; i++) {
        const AliasChunk *chunk = loader->chunks[FAL_PART_ALIASES]->pdata[i];

        for (guint j = 0; j < chunk->lines->len; j++) {
            const AliasLine *line = &g_array_index(chunk->lines, AliasLine, j);

            if (!fal_aliases_add(loader->aliases, line->id, line->target,
                                 before + line->line_no, error))
                return FALSE;
        }
        before += chunk->bad.n_lines;
    }
    g_ptr_array_set_size(loader->chunks[FAL_PART_ALIASES], 0);
    return fal_aliases_resolve(loader->aliases, add_circle, loader, error);
}

/* --- numbers and rows --- */

static gboolean
is_usable(const FalAliases *aliases, gint32 alias)
{
    return fal_aliases_target(aliases, alias) != fal_aliases_id(aliases, alias);
}

/* The map of the artists: the ids of the plays, those of aliases and what they stand for. The
 * rows of the map are numbers for now, and lead from an alias to what it stands for. */
static gboolean
map_artists(Loader *loader, GError **error)
{
    const FalAliases *aliases = loader->aliases;
    gint32 n = fal_aliases_count(aliases);
    fal_autofree gint64 *more = FAL_NEW(gint64, 2 * (gsize)n, error);
    FalIdMap *map = NULL;
    gint64 n_more = 0;

    if (!more)
        return FALSE;
    for (gint32 alias = 0; alias < n; alias++) {
        if (!is_usable(aliases, alias))
            continue;
        more[n_more++] = fal_aliases_id(aliases, alias);
        more[n_more++] = fal_aliases_target(aliases, alias);
    }
    map = fal_play_rows_artists(loader->rows, loader->chunks[FAL_PART_PLAYS], more, n_more,
                                error);
    loader->dataset->artists = map;
    loader->alias_number = map ? FAL_NEW(gint32, n, error) : NULL;
    loader->met = loader->alias_number ? FAL_NEW(guint8, map->n, error) : NULL;
    if (!loader->met)
        return FALSE;
    for (gint32 alias = 0; alias < n; alias++) {
        loader->alias_number[alias] = -1;
        if (!is_usable(aliases, alias))
            continue;
        loader->alias_number[alias] = fal_id_map_number(map, fal_aliases_id(aliases, alias));
        map->rows[loader->alias_number[alias]] =
            fal_id_map_number(map, fal_aliases_target(aliases, alias));
    }
    return TRUE;
}

typedef struct {
    FalIdMap *map;
    const gint32 *rank;
} Ranked;

static void
rank_block(gint64 block, int worker, gpointer data)
{
    const Ranked *it = data;
    gint32 end = (gint32)MIN(it->map->n, (block + 1) * STEP);

    (void)worker;
    for (gint32 number = (gint32)(block * STEP); number < end; number++)
        it->map->rows[number] = it->rank[it->map->rows[number]];
}

/* Gives what the map leads to the rows it has by rank. */
static void
set_rows(FalIdMap *map, const gint32 *rank)
{
    Ranked it = {map, rank};

    fal_parallel_for((map->n + STEP - 1) / STEP, rank_block, &it);
}

/* What the rows are called until they are in order. */
typedef struct {
    guint32 *listeners, *user_artists;
    gint32 *artist_rank, *user_rank;
    guint32 *row_listeners; /* by row */
    gint32 *row_users;      /* by row: its number */
} Numbers;

static void
numbers_clear(Numbers *numbers)
{
    fal_free(numbers->listeners);
    fal_free(numbers->user_artists);
    fal_free(numbers->artist_rank);
    fal_free(numbers->user_rank);
    fal_free(numbers->row_listeners);
    fal_free(numbers->row_users);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Numbers, numbers_clear)

static gboolean
numbers_init(Numbers *numbers, gint32 n_users, gint32 n_artists, GError **error)
{
    return (numbers->listeners = FAL_NEW(guint32, n_artists, error)) &&
           (numbers->user_artists = FAL_NEW(guint32, n_users, error)) &&
           (numbers->artist_rank = FAL_NEW(gint32, n_artists, error)) &&
           (numbers->user_rank = FAL_NEW(gint32, n_users, error)) &&
           (numbers->row_listeners = FAL_NEW(guint32, n_artists, error)) &&
           (numbers->row_users = FAL_NEW(gint32, n_users, error));
}

/* Gives users and artists the rows they keep. */
static gboolean
number_rows(Loader *loader, Numbers *numbers, GError **error)
{
    FalDataset *dataset = loader->dataset;
    FalDatasetStats *stats = &dataset->stats;
    const FalIdMap *users = dataset->users, *artists = dataset->artists;

    if (!fal_play_rows_gather(loader->rows, loader->chunks[FAL_PART_PLAYS], users, artists,
                              loader->met, &stats->rewritten, loader->task, error) ||
        !numbers_init(numbers, users->n, artists->n, error) ||
        !fal_play_rows_count(loader->rows, users->n, artists->n, numbers->listeners,
                             numbers->user_artists, loader->task, error))
        return FALSE;
    dataset->user_ids =
        fal_id_map_rank(users, numbers->user_artists, numbers->user_rank, &stats->users, error);
    if (!dataset->user_ids)
        return FALSE;
    dataset->artist_ids = fal_id_map_rank(artists, numbers->listeners, numbers->artist_rank,
                                          &stats->artists, error);
    if (!dataset->artist_ids)
        return FALSE;
    for (gint32 number = 0; number < users->n; number++)
        if (numbers->user_rank[number] >= 0)
            numbers->row_users[numbers->user_rank[number]] = number;
    for (gint32 number = 0; number < artists->n; number++)
        if (numbers->artist_rank[number] >= 0)
            numbers->row_listeners[numbers->artist_rank[number]] = numbers->listeners[number];
    set_rows(dataset->users, numbers->user_rank);
    set_rows(dataset->artists, numbers->artist_rank);
    return !fal_task_stopped(loader->task, error);
}

static gboolean
build_plays(Loader *loader, GError **error)
{
    FalDataset *dataset = loader->dataset;
    FalDatasetStats *stats = &dataset->stats;
    FalGathered gathered = {.entries = NULL};
    g_auto(Numbers) numbers = {.listeners = NULL};

    fal_task_stage(loader->task, "numbering", 2 * (double)stats->rows);
    if (fal_task_stopped(loader->task, error) || !map_artists(loader, error))
        return FALSE;
    dataset->users = fal_play_rows_users(loader->rows, loader->chunks[FAL_PART_PLAYS], error);
    if (!dataset->users || !number_rows(loader, &numbers, error))
        return FALSE;
    gathered.entries = loader->rows->entries;
    gathered.start = loader->rows->start;
    gathered.users = numbers.row_users;
    gathered.artists = numbers.artist_rank;
    gathered.user_artists = numbers.user_artists;
    dataset->plays =
        fal_plays_new_gathered(stats->users, stats->artists, &gathered, loader->task, error);
    if (!dataset->plays ||
        !fal_plays_turn(dataset->plays, numbers.row_listeners,
                        g_steal_pointer(&loader->rows->entries), loader->task, error))
        return FALSE;
    g_clear_pointer(&loader->rows, fal_play_rows_free);
    stats->pairs = fal_plays_n_pairs(dataset->plays);
    stats->merged = stats->rows - stats->pairs;
    stats->density = (double)stats->pairs / ((double)stats->users * (double)stats->artists);
    stats->aliases = fal_aliases_usable(loader->aliases);
    return TRUE;
}

/* --- names --- */

/* Names of artists have the places of their rows, those of aliases the ones behind. What is
 * looked up for each lies all over the memory: it is fetched for all of them first. */
static void
name_places(const gint64 *ids, int n, gint64 *places, gpointer data)
{
    const Loader *loader = data;
    const FalDataset *dataset = loader->dataset;
    const FalIdMap *map = dataset->artists;

    for (int i = 0; i < n; i++) {
        places[i] = fal_id_map_number(map, ids[i]);
        if (places[i] >= 0)
            __builtin_prefetch(&map->rows[places[i]]);
    }
    for (int i = 0; i < n; i++) {
        places[i] = places[i] < 0 ? -1 : map->rows[places[i]];
        if (places[i] >= 0)
            __builtin_prefetch(&dataset->artist_ids[places[i]]);
    }
    for (int i = 0; i < n; i++)
        if (places[i] >= 0 && dataset->artist_ids[places[i]] != ids[i])
            places[i] =
                (gint64)dataset->stats.artists + fal_aliases_find(loader->aliases, ids[i]);
}

/* Lists each artist's aliases. */
static gboolean
list_aliases(Loader *loader, const FalNameRef *refs, GError **error)
{
    FalDataset *dataset = loader->dataset;
    gint32 n_artists = dataset->stats.artists, n = fal_aliases_count(loader->aliases);
    fal_autofree guint64 *keys = FAL_NEW(guint64, 2 * (gsize)n, error);
    gint64 *start = keys ? FAL_NEW(gint64, (gsize)n_artists + 2, error) : NULL;
    const gint32 *rows = dataset->artists->rows;
    const guint64 *sorted;
    gint64 n_known = 0;

    dataset->alias_start = start;
    if (!start)
        return FALSE;
    /* Those that are in the plays or the names, by rising number, which is by rising id. */
    for (gint32 alias = 0; alias < n; alias++) {
        gint32 number = loader->alias_number[alias];

        if (number < 0 || rows[number] < 0 || (!loader->met[number] && !refs[alias]))
            continue;
        keys[n_known++] = (guint64)number << 32 | (guint32)alias;
        start[rows[number] + 2]++;
    }
    dataset->aliases = FAL_NEW(FalAlias, n_known, error);
    if (!dataset->aliases)
        return FALSE;
    sorted = fal_sort_keys(keys, keys + n, n_known, (guint32)dataset->artists->n);
    for (gint32 artist = 0; artist < n_artists; artist++)
        start[artist + 2] += start[artist + 1];
    /* Filling moves each start to the next one's place. */
    for (gint64 i = 0; i < n_known; i++) {
        gint32 alias = (gint32)(guint32)sorted[i];
        FalAlias *to = &dataset->aliases[start[rows[sorted[i] >> 32] + 1]++];

        to->id = fal_aliases_id(loader->aliases, alias);
        to->name = dataset->alias_names.bytes + dataset->alias_names.at[alias];
    }
    return TRUE;
}

static gboolean
arrange_names(Loader *loader, GError **error)
{
    FalDataset *dataset = loader->dataset;
    GPtrArray *chunks = loader->chunks[FAL_PART_NAMES];
    gint64 n = dataset->stats.artists, n_aliases = fal_aliases_count(loader->aliases);
    fal_autofree FalNameRef *refs = FAL_NEW(FalNameRef, n + n_aliases, error);

    if (!refs)
        return FALSE;
    fal_task_stage(loader->task, "arranging names", (double)(n + n_aliases));
    collect_bad(loader, FAL_PART_NAMES, bad_names);
    fal_names_find(chunks, name_places, loader, refs, loader->task);
    for (gint64 artist = 0; artist < n; artist++)
        dataset->stats.unnamed += refs[artist] == 0;
    return fal_names_arrange(chunks, refs, n, &dataset->names, &dataset->folded, loader->task,
                             error) &&
           fal_names_arrange(chunks, refs + n, n_aliases, &dataset->alias_names, NULL,
                             loader->task, error) &&
           list_aliases(loader, refs + n, error);
}

FalDataset *
fal_dataset_load_text(const char *path, gsize chunk_size, FalTask *task, GError **error)
{
    g_autoptr(FalDataset) dataset = NULL;
    g_auto(Loader) loader = {.task = task};
    FalChunks how = {chunk_size, parse_chunk, &loader, task};
    FalSource *source;

    loader.chunks[FAL_PART_PLAYS] =
        g_ptr_array_new_with_free_func((GDestroyNotify)fal_play_chunk_free);
    loader.chunks[FAL_PART_NAMES] =
        g_ptr_array_new_with_free_func((GDestroyNotify)fal_name_chunk_free);
    loader.chunks[FAL_PART_ALIASES] = g_ptr_array_new_with_free_func(alias_chunk_free);
    loader.aliases = fal_aliases_new();
    loader.rows = fal_play_rows_new(error);
    source = loader.rows ? fal_source_new_read(path, &how, loader.chunks, error) : NULL;
    if (!source)
        return NULL;
    dataset = loader.dataset = fal_dataset_new(path, source);
    if (!sum_plays(&loader, error) || !collect_aliases(&loader, error) ||
        !build_plays(&loader, error) || !arrange_names(&loader, error))
        return NULL;
    return g_steal_pointer(&dataset);
}
