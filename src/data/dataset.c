/* Loading a data set, and what is known about it afterwards.
 *
 * While the plays are read users and artists are numbered as they come. Only then is it known
 * how many listeners each artist has: ranked by that they get the rows they keep.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "data/catalogue.h"
#include "data/reader.h"

struct FalDataset {
    gatomicrefcount refs;
    char *path, *title;
    FalSource *source;
    FalDatasetStats stats;
    GArray *problems; /* FalProblem; each text is its own */
    char *files[FAL_N_PARTS];
    guint64 fingerprint; /* of the rows in their order */
    FalPlays *plays;
    FalIds *user_rows, *artist_rows; /* ids to rows, aliases among them */
    gint64 *user_ids, *artist_ids;
    FalTexts names, folded, alias_names;
    gint64 *name_at, *folded_at; /* offsets in names and folded by artist */
    FalAlias *aliases;
    gint64 *alias_start; /* n_artists + 1 */
};

/* A row as it stands in the file. Some are gathered before their ids are looked up, so that the
 * tables' entries can be on their way from memory for all of them at once. */
typedef struct {
    gint64 user, artist;
    guint32 plays;
} RawRow;

#define BATCH 64

/* What is needed only until the data set is loaded. */
typedef struct {
    FalDataset *dataset;
    FalTask *task;
    FalPart part;   /* that is being read */
    gint64 lines;   /* of it, blank ones not counted */
    gboolean blank; /* there were blank ones */
    FalAliases *aliases;
    gint64 *alias_name_at; /* by alias; -1 for one that is neither in the names nor the plays */
    FalPlay *rows;         /* as read, numbered as they came */
    gint64 capacity;
    RawRow batch[BATCH]; /* the last ones, not yet in rows */
    int in_batch;
} Loader;

static void
loader_clear(Loader *loader)
{
    fal_aliases_free(loader->aliases);
    fal_free(loader->alias_name_at);
    g_free(loader->rows);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Loader, loader_clear)

/* Takes note of a line that cannot be read, if it is not just blank. */
static void
add_bad_line(Loader *loader, gint64 line_no, const char *reason, const char *line,
             gsize n_bytes)
{
    FalDataset *dataset = loader->dataset;

    if (fal_catalogue_is_blank(line, n_bytes)) {
        loader->blank = TRUE;
        return;
    }
    loader->lines++;
    dataset->stats.malformed++;
    fal_catalogue_add_problem(dataset->problems, dataset->files[loader->part], line_no, reason,
                              line, n_bytes);
}

static guint64
mix_row(guint64 fingerprint, const RawRow *raw)
{
    guint64 row =
        ((guint64)raw->user * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) ^ (guint64)raw->artist) *
            G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9) +
        raw->plays;

    return (fingerprint ^ row) * G_GUINT64_CONSTANT(0x94d049bb133111eb) + (fingerprint >> 29);
}

static gboolean
add_row(Loader *loader, const RawRow *raw, GError **error)
{
    FalDataset *dataset = loader->dataset;
    FalPlay play = {.plays = raw->plays};

    play.user = fal_ids_add(dataset->user_rows, raw->user, error);
    if (play.user < 0)
        return FALSE;
    play.artist = fal_ids_add(dataset->artist_rows, raw->artist, error);
    if (play.artist < 0)
        return FALSE;
    loader->rows[dataset->stats.rows++] = play;
    dataset->stats.plays += play.plays;
    dataset->fingerprint = mix_row(dataset->fingerprint, raw);
    return TRUE;
}

static gboolean
add_batch(Loader *loader, GError **error)
{
    int n = loader->in_batch;

    loader->in_batch = 0;
    if (!fal_grow((gpointer *)&loader->rows, &loader->capacity, loader->dataset->stats.rows + n,
                  sizeof *loader->rows, error))
        return FALSE;
    for (int i = 0; i < n; i++)
        if (!add_row(loader, &loader->batch[i], error))
            return FALSE;
    return TRUE;
}

static gboolean
read_play(const char *line, gsize n_bytes, gint64 line_no, gpointer data, GError **error)
{
    Loader *loader = data;
    RawRow *raw = &loader->batch[loader->in_batch];
    const char *problem =
        fal_reader_parse_play(line, n_bytes, &raw->user, &raw->artist, &raw->plays);

    if (problem) {
        add_bad_line(loader, line_no, problem, line, n_bytes);
        return TRUE;
    }
    loader->lines++;
    fal_ids_prefetch(loader->dataset->artist_rows, raw->artist);
    return ++loader->in_batch < BATCH || add_batch(loader, error);
}

static gboolean
read_alias(const char *line, gsize n_bytes, gint64 line_no, gpointer data, GError **error)
{
    Loader *loader = data;
    gint64 id, target;
    const char *problem = fal_catalogue_parse_alias(line, n_bytes, &id, &target);

    if (problem) {
        add_bad_line(loader, line_no, problem, line, n_bytes);
        return TRUE;
    }
    return fal_aliases_add(loader->aliases, id, target, line_no, error);
}

static void
add_circle(gint64 id, gint64 target, gint64 line_no, gpointer data)
{
    g_autofree char *line =
        g_strdup_printf("%" G_GINT64_FORMAT "\t%" G_GINT64_FORMAT, id, target);

    add_bad_line(data, line_no, "alias in a circle", line, strlen(line));
}

static gboolean
read_name(const char *line, gsize n_bytes, gint64 line_no, gpointer data, GError **error)
{
    Loader *loader = data;
    FalDataset *dataset = loader->dataset;
    g_autofree char *text = NULL;
    const char *name;
    gsize name_bytes;
    gint64 id, at;
    gint32 row, alias;
    const char *problem = fal_catalogue_parse_name(line, n_bytes, &id, &name, &name_bytes);

    if (problem) {
        add_bad_line(loader, line_no, problem, line, n_bytes);
        return TRUE;
    }
    row = fal_ids_get(dataset->artist_rows, id);
    if (row < 0)
        return TRUE;
    alias = fal_aliases_find(loader->aliases, id);
    text = fal_text_from_bytes(name, name_bytes);
    at = fal_texts_add(alias < 0 ? &dataset->names : &dataset->alias_names, text, error);
    if (alias < 0)
        dataset->name_at[row] = at;
    else
        loader->alias_name_at[alias] = at;
    return at >= 0;
}

/* Reads a part if there is one. */
static gboolean
read_part(Loader *loader, FalPart part, FalLineFn fn, GError **error)
{
    const FalSource *source = loader->dataset->source;

    loader->part = part;
    loader->lines = 0;
    return !fal_source_has(source, part) ||
           fal_source_read(source, part, fn, loader, loader->task, error);
}

static gboolean
read_plays(Loader *loader, GError **error)
{
    const FalDataset *dataset = loader->dataset;
    const char *name = fal_source_name(dataset->source, FAL_PART_PLAYS);
    g_autofree char *lines = NULL;
    const FalProblem *first;

    if (!read_part(loader, FAL_PART_PLAYS, read_play, error) || !add_batch(loader, error))
        return FALSE;
    if (dataset->stats.rows > 0)
        return TRUE;
    if (loader->lines == 0) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    loader->blank ? "%s holds nothing but blank lines" : "%s is empty", name);
        return FALSE;
    }
    first = &g_array_index(dataset->problems, FalProblem, 0);
    lines = loader->lines == 1
                ? g_strdup("its only line is not")
                : g_strdup_printf("none of its %" G_GINT64_FORMAT " lines is", loader->lines);
    g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                "cannot use %s: %s a row of plays; line %" G_GINT64_FORMAT ": %s", name, lines,
                first->line, first->reason);
    return FALSE;
}

/* By the number of each id that was read, and of those they stand for, the number of the artist
 * whose plays they are. */
static gint32 *
find_targets(Loader *loader, GError **error)
{
    FalIds *ids = loader->dataset->artist_rows;
    gint32 n_aliases = fal_aliases_count(loader->aliases);
    gint32 n_read = fal_ids_count(ids);
    fal_autofree gint32 *target = FAL_NEW(gint32, (gsize)n_read + (gsize)n_aliases, error);

    for (gint32 number = 0; target && number < n_read; number++)
        target[number] = number;
    for (gint32 alias = 0; target && alias < n_aliases; alias++) {
        gint64 id = fal_aliases_id(loader->aliases, alias);
        gint32 number = fal_ids_get(ids, id);

        if (number < 0 || fal_aliases_find(loader->aliases, id) < 0)
            continue;
        loader->alias_name_at[alias] = 0;
        target[number] = fal_ids_add(ids, fal_aliases_target(loader->aliases, alias), error);
        if (target[number] < 0)
            return NULL;
        target[target[number]] = target[number];
    }
    return g_steal_pointer(&target);
}

/* Lets the rows of aliases be rows of the artists they stand for. */
static void
apply_aliases(Loader *loader, const gint32 *target)
{
    FalDatasetStats *stats = &loader->dataset->stats;

    for (gint64 i = 0; i < stats->rows; i++) {
        gint32 artist = target[loader->rows[i].artist];

        stats->rewritten += artist != loader->rows[i].artist;
        loader->rows[i].artist = artist;
    }
}

typedef struct {
    const gint32 *target, *rank;
} Numbers;

static void
renumber(gint64 id, gint32 *number, gpointer data)
{
    const Numbers *it = data;

    (void)id;
    *number = it->rank[it->target ? it->target[*number] : *number];
}

/* The aliases that were not in the plays lead to their artists as well. */
static gboolean
add_alias_rows(Loader *loader, GError **error)
{
    FalIds *ids = loader->dataset->artist_rows;

    for (gint32 alias = 0; alias < fal_aliases_count(loader->aliases); alias++) {
        gint64 id = fal_aliases_id(loader->aliases, alias);
        gint32 row = fal_ids_get(ids, fal_aliases_target(loader->aliases, alias));

        if (row >= 0 && !fal_ids_set(ids, id, row, error))
            return FALSE;
    }
    return TRUE;
}

/* Gives users and artists the rows they keep. */
static gboolean
number_rows(Loader *loader, GError **error)
{
    FalDataset *dataset = loader->dataset;
    FalDatasetStats *stats = &dataset->stats;
    gint32 n_users = fal_ids_count(dataset->user_rows);
    fal_autofree gint32 *target = find_targets(loader, error);
    gint32 n_artists = fal_ids_count(dataset->artist_rows);
    fal_autofree guint32 *listeners = target ? FAL_NEW(guint32, n_artists, error) : NULL;
    fal_autofree guint32 *artists = listeners ? FAL_NEW(guint32, n_users, error) : NULL;
    fal_autofree gint32 *artist_rank = artists ? FAL_NEW(gint32, n_artists, error) : NULL;
    fal_autofree gint32 *user_rank = artist_rank ? FAL_NEW(gint32, n_users, error) : NULL;
    Numbers artist_numbers = {target, artist_rank}, user_numbers = {NULL, user_rank};

    if (!user_rank)
        return FALSE;
    apply_aliases(loader, target);
    if (!fal_plays_count(loader->rows, stats->rows, n_users, n_artists, listeners, artists,
                         error))
        return FALSE;
    dataset->user_ids =
        fal_ids_rank(dataset->user_rows, artists, user_rank, &stats->users, error);
    if (!dataset->user_ids)
        return FALSE;
    dataset->artist_ids =
        fal_ids_rank(dataset->artist_rows, listeners, artist_rank, &stats->artists, error);
    if (!dataset->artist_ids ||
        !fal_ids_each(dataset->user_rows, renumber, &user_numbers, error) ||
        !fal_ids_each(dataset->artist_rows, renumber, &artist_numbers, error))
        return FALSE;
    fal_plays_renumber(loader->rows, stats->rows, user_rank, artist_rank);
    return add_alias_rows(loader, error);
}

static gboolean
build_plays(Loader *loader, GError **error)
{
    FalDataset *dataset = loader->dataset;
    FalDatasetStats *stats = &dataset->stats;

    fal_task_stage(loader->task, "numbering", 0);
    if (fal_task_stopped(loader->task, error) || !number_rows(loader, error))
        return FALSE;
    dataset->plays = fal_plays_new(stats->users, stats->artists, loader->rows, stats->rows,
                                   loader->task, error);
    if (!dataset->plays)
        return FALSE;
    g_clear_pointer(&loader->rows, g_free);
    stats->pairs = fal_plays_n_pairs(dataset->plays);
    stats->merged = stats->rows - stats->pairs;
    stats->density = (double)stats->pairs / ((double)stats->users * (double)stats->artists);
    stats->aliases = fal_aliases_usable(loader->aliases);
    return TRUE;
}

static gboolean
read_names(Loader *loader, GError **error)
{
    FalDataset *dataset = loader->dataset;
    gint32 n = dataset->stats.artists;
    FalTexts as_read;
    gboolean arranged;

    dataset->name_at = FAL_NEW(gint64, n, error);
    dataset->folded_at = dataset->name_at ? FAL_NEW(gint64, n, error) : NULL;
    if (!dataset->folded_at || !fal_texts_init(&dataset->names, error) ||
        !fal_texts_init(&dataset->alias_names, error) ||
        !read_part(loader, FAL_PART_NAMES, read_name, error))
        return FALSE;
    for (gint32 artist = 0; artist < n; artist++)
        dataset->stats.unnamed += dataset->name_at[artist] == 0;

    /* In the order of the rows, so that who walks along the rows walks along the names. */
    as_read = dataset->names;
    dataset->names = (FalTexts){.bytes = NULL};
    arranged = fal_texts_arrange(&dataset->names, &as_read, dataset->name_at, n, FALSE, error);
    fal_texts_clear(&as_read);
    if (!arranged)
        return FALSE;
    memcpy(dataset->folded_at, dataset->name_at, (gsize)n * sizeof *dataset->folded_at);
    return fal_texts_arrange(&dataset->folded, &dataset->names, dataset->folded_at, n, TRUE,
                             error);
}

static int
compare_aliases(const void *a, const void *b)
{
    gint64 left = ((const FalAlias *)a)->id, right = ((const FalAlias *)b)->id;

    return left < right ? -1 : left > right;
}

/* Lists each artist's aliases. */
static gboolean
list_aliases(Loader *loader, GError **error)
{
    FalDataset *dataset = loader->dataset;
    gint32 n_artists = dataset->stats.artists, n = fal_aliases_count(loader->aliases);
    fal_autofree FalAlias *known = FAL_NEW(FalAlias, n, error);
    gint64 *start = known ? FAL_NEW(gint64, (gsize)n_artists + 2, error) : NULL;
    gint64 n_known = 0;

    dataset->alias_start = start;
    if (!start)
        return FALSE;
    for (gint32 alias = 0; alias < n; alias++) {
        gint64 id = fal_aliases_id(loader->aliases, alias);

        if (fal_aliases_find(loader->aliases, id) < 0 || loader->alias_name_at[alias] < 0 ||
            fal_ids_get(dataset->artist_rows, id) < 0)
            continue;
        known[n_known].id = id;
        known[n_known++].name = dataset->alias_names.bytes + loader->alias_name_at[alias];
        start[fal_ids_get(dataset->artist_rows, id) + 2]++;
    }
    dataset->aliases = FAL_NEW(FalAlias, n_known, error);
    if (!dataset->aliases)
        return FALSE;
    qsort(known, (gsize)n_known, sizeof *known, compare_aliases);
    for (gint32 artist = 0; artist < n_artists; artist++)
        start[artist + 2] += start[artist + 1];
    /* Filling moves each start to the next one's place. */
    for (gint64 i = 0; i < n_known; i++)
        dataset->aliases[start[fal_ids_get(dataset->artist_rows, known[i].id) + 1]++] =
            known[i];
    return TRUE;
}

static gboolean
load(Loader *loader, GError **error)
{
    gint32 n;

    if (!read_plays(loader, error) || !read_part(loader, FAL_PART_ALIASES, read_alias, error) ||
        !fal_aliases_resolve(loader->aliases, add_circle, loader, error))
        return FALSE;
    n = fal_aliases_count(loader->aliases);
    loader->alias_name_at = FAL_NEW(gint64, n, error);
    for (gint32 i = 0; loader->alias_name_at && i < n; i++)
        loader->alias_name_at[i] = -1;
    return loader->alias_name_at && build_plays(loader, error) && read_names(loader, error) &&
           list_aliases(loader, error);
}

FalDataset *
fal_dataset_load(const char *path, FalTask *task, GError **error)
{
    g_autoptr(FalDataset) dataset = g_new0(FalDataset, 1);
    g_auto(Loader) loader = {.dataset = dataset, .task = task};

    g_atomic_ref_count_init(&dataset->refs);
    dataset->path = g_strdup(path);
    dataset->title = g_filename_display_basename(path);
    dataset->problems = g_array_new(FALSE, FALSE, sizeof(FalProblem));
    dataset->user_rows = fal_ids_new();
    dataset->artist_rows = fal_ids_new();
    dataset->source = fal_source_new(path, error);
    if (!dataset->source)
        return NULL;
    for (FalPart part = 0; part < FAL_N_PARTS; part++)
        if (fal_source_has(dataset->source, part))
            dataset->files[part] = g_path_get_basename(fal_source_name(dataset->source, part));
    loader.aliases = fal_aliases_new();
    return load(&loader, error) ? g_steal_pointer(&dataset) : NULL;
}

FalDataset *
fal_dataset_ref(FalDataset *dataset)
{
    g_atomic_ref_count_inc(&dataset->refs);
    return dataset;
}

void
fal_dataset_unref(FalDataset *dataset)
{
    if (!dataset || !g_atomic_ref_count_dec(&dataset->refs))
        return;
    for (guint i = 0; i < dataset->problems->len; i++)
        g_free((char *)g_array_index(dataset->problems, FalProblem, i).text);
    g_array_unref(dataset->problems);
    for (FalPart part = 0; part < FAL_N_PARTS; part++)
        g_free(dataset->files[part]);
    g_free(dataset->path);
    g_free(dataset->title);
    fal_source_free(dataset->source);
    fal_plays_unref(dataset->plays);
    fal_ids_free(dataset->user_rows);
    fal_ids_free(dataset->artist_rows);
    fal_free(dataset->user_ids);
    fal_free(dataset->artist_ids);
    fal_texts_clear(&dataset->names);
    fal_texts_clear(&dataset->folded);
    fal_texts_clear(&dataset->alias_names);
    fal_free(dataset->name_at);
    fal_free(dataset->folded_at);
    fal_free(dataset->aliases);
    fal_free(dataset->alias_start);
    g_free(dataset);
}

const char *
fal_dataset_path(const FalDataset *dataset)
{
    return dataset->path;
}

const char *
fal_dataset_title(const FalDataset *dataset)
{
    return dataset->title;
}

const FalDatasetStats *
fal_dataset_stats(const FalDataset *dataset)
{
    return &dataset->stats;
}

const FalProblem *
fal_dataset_problems(const FalDataset *dataset, gsize *n)
{
    *n = dataset->problems->len;
    return (const FalProblem *)(const void *)dataset->problems->data;
}

FalPlays *
fal_dataset_plays(const FalDataset *dataset)
{
    return dataset->plays;
}

gint32
fal_dataset_n_users(const FalDataset *dataset)
{
    return dataset->stats.users;
}

gint32
fal_dataset_n_artists(const FalDataset *dataset)
{
    return dataset->stats.artists;
}

gint64
fal_dataset_user_id(const FalDataset *dataset, gint32 user)
{
    return dataset->user_ids[user];
}

gint64
fal_dataset_artist_id(const FalDataset *dataset, gint32 artist)
{
    return dataset->artist_ids[artist];
}

const gint64 *
fal_dataset_artist_ids(const FalDataset *dataset)
{
    return dataset->artist_ids;
}

gint32
fal_dataset_find_user(const FalDataset *dataset, gint64 id)
{
    return fal_ids_get(dataset->user_rows, id);
}

gint32
fal_dataset_find_artist(const FalDataset *dataset, gint64 id)
{
    return fal_ids_get(dataset->artist_rows, id);
}

const char *
fal_dataset_artist_name(const FalDataset *dataset, gint32 artist)
{
    return dataset->names.bytes + dataset->name_at[artist];
}

const char *
fal_dataset_artist_folded(const FalDataset *dataset, gint32 artist)
{
    return dataset->folded.bytes + dataset->folded_at[artist];
}

const FalAlias *
fal_dataset_aliases(const FalDataset *dataset, gint32 artist, gsize *n)
{
    const gint64 *start = dataset->alias_start + artist;

    *n = (gsize)(start[1] - start[0]);
    return dataset->aliases + start[0];
}

guint32
fal_dataset_listeners(const FalDataset *dataset, gint32 artist)
{
    return (guint32)fal_csr_count(fal_plays_by_artist(dataset->plays), artist);
}

guint64
fal_dataset_artist_plays(const FalDataset *dataset, gint32 artist)
{
    return fal_csr_row_plays(fal_plays_by_artist(dataset->plays), artist);
}

guint32
fal_dataset_user_artists(const FalDataset *dataset, gint32 user)
{
    return (guint32)fal_csr_count(fal_plays_by_user(dataset->plays), user);
}

guint64
fal_dataset_user_plays(const FalDataset *dataset, gint32 user)
{
    return fal_csr_row_plays(fal_plays_by_user(dataset->plays), user);
}

typedef struct {
    const FalDataset *dataset;
    FalRowFn fn;
    gpointer data;
    gint64 rows;
    guint64 fingerprint;
    RawRow batch[BATCH];
    int in_batch;
} EachRow;

static gboolean
set_changed(const FalDataset *dataset, GError **error)
{
    g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                "%s holds other rows than when it was loaded: load it again",
                fal_source_name(dataset->source, FAL_PART_PLAYS));
    return FALSE;
}

static gboolean
give_batch(EachRow *each, GError **error)
{
    int n = each->in_batch;

    each->in_batch = 0;
    for (int i = 0; i < n; i++) {
        const RawRow *raw = &each->batch[i];
        gint32 user = fal_dataset_find_user(each->dataset, raw->user);
        gint32 artist = fal_dataset_find_artist(each->dataset, raw->artist);

        if (user < 0 || artist < 0)
            return set_changed(each->dataset, error);
        each->rows++;
        each->fingerprint = mix_row(each->fingerprint, raw);
        each->fn(user, artist, raw->plays, each->data);
    }
    return TRUE;
}

static gboolean
give_row(const char *line, gsize n_bytes, gint64 line_no, gpointer data, GError **error)
{
    EachRow *each = data;
    RawRow *raw = &each->batch[each->in_batch];

    (void)line_no;
    if (fal_reader_parse_play(line, n_bytes, &raw->user, &raw->artist, &raw->plays))
        return TRUE;
    fal_ids_prefetch(each->dataset->artist_rows, raw->artist);
    return ++each->in_batch < BATCH || give_batch(each, error);
}

gboolean
fal_dataset_each_row(const FalDataset *dataset, FalRowFn fn, gpointer data, FalTask *task,
                     GError **error)
{
    EachRow each = {.dataset = dataset, .fn = fn, .data = data};

    if (!fal_source_read(dataset->source, FAL_PART_PLAYS, give_row, &each, task, error) ||
        !give_batch(&each, error))
        return FALSE;
    if (each.rows == dataset->stats.rows && each.fingerprint == dataset->fingerprint)
        return TRUE;
    return set_changed(dataset, error);
}
