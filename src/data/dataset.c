/* What is known about a data set.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "data/dataset.h"

#ifdef HAVE_MALLOC_TRIM
#include <malloc.h>
#endif

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset-private.h"
#include "data/playrows.h"

/* Some rows are gathered before their ids are looked up, so that the tables' entries can be on
 * their way from memory for all of them at once. */
#define BATCH 64

typedef struct {
    gint64 user, artist;
    guint32 plays;
} RawRow;

FalDataset *
fal_dataset_new(const char *path, FalSource *source)
{
    FalDataset *dataset = g_new0(FalDataset, 1);

    g_atomic_ref_count_init(&dataset->refs);
    dataset->path = g_strdup(path);
    dataset->title = g_filename_display_basename(path);
    dataset->problems = g_array_new(FALSE, FALSE, sizeof(FalProblem));
    dataset->source = source;
    for (FalPart part = 0; source && part < FAL_N_PARTS; part++)
        if (fal_source_has(source, part))
            dataset->files[part] = g_path_get_basename(fal_source_name(source, part));
    return dataset;
}

FalDataset *
fal_dataset_load(const char *path, FalTask *task, GError **error)
{
    FalDataset *dataset = fal_dataset_load_text(path, FAL_CHUNK, task, error);

#ifdef HAVE_MALLOC_TRIM
    /* What loading needed lies in pieces between what stays; a training would come on top. */
    malloc_trim(0);
#endif
    return dataset;
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
    g_free(dataset->cache_key);
    fal_source_free(dataset->source);
    fal_plays_unref(dataset->plays);
    fal_id_map_free(dataset->users);
    fal_id_map_free(dataset->artists);
    fal_free(dataset->user_ids);
    fal_free(dataset->artist_ids);
    fal_texts_clear(&dataset->names);
    fal_texts_clear(&dataset->folded);
    fal_texts_clear(&dataset->alias_names);
    fal_free(dataset->aliases);
    fal_free(dataset->alias_start);
    if (dataset->bare)
        fal_bare_clear(dataset->bare);
    g_free(dataset->bare);
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
    return fal_id_map_get(dataset->users, id);
}

gint32
fal_dataset_find_artist(const FalDataset *dataset, gint64 id)
{
    return fal_id_map_get(dataset->artists, id);
}

const char *
fal_dataset_artist_name(const FalDataset *dataset, gint32 artist)
{
    return dataset->names.bytes + dataset->names.at[artist];
}

const char *
fal_dataset_artist_folded(const FalDataset *dataset, gint32 artist)
{
    return dataset->folded.bytes + dataset->folded.at[artist];
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
    if (dataset->bare)
        return dataset->bare->listeners ? dataset->bare->listeners[artist] : 0;
    return (guint32)fal_csr_count(fal_plays_by_artist(dataset->plays), artist);
}

guint64
fal_dataset_artist_plays(const FalDataset *dataset, gint32 artist)
{
    if (dataset->bare)
        return dataset->bare->artist_plays ? dataset->bare->artist_plays[artist] : 0;
    return fal_csr_row_plays(fal_plays_by_artist(dataset->plays), artist);
}

guint32
fal_dataset_user_artists(const FalDataset *dataset, gint32 user)
{
    if (dataset->bare)
        return dataset->bare->user_artists ? dataset->bare->user_artists[user] : 0;
    return (guint32)fal_csr_count(fal_plays_by_user(dataset->plays), user);
}

guint64
fal_dataset_user_plays(const FalDataset *dataset, gint32 user)
{
    if (dataset->bare)
        return dataset->bare->user_plays ? dataset->bare->user_plays[user] : 0;
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
        each->fingerprint =
            fal_fingerprint_row(each->fingerprint, raw->user, raw->artist, raw->plays);
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
    return ++each->in_batch < BATCH || give_batch(each, error);
}

gboolean
fal_dataset_each_row(const FalDataset *dataset, FalRowFn fn, gpointer data, FalTask *task,
                     GError **error)
{
    EachRow each = {.dataset = dataset, .fn = fn, .data = data};

    if (dataset->bare) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA, "%s holds a model and no plays",
                    dataset->path);
        return FALSE;
    }
    if (!fal_source_read(dataset->source, FAL_PART_PLAYS, give_row, &each, task, error) ||
        !give_batch(&each, error))
        return FALSE;
    if (each.rows == dataset->stats.rows && each.fingerprint == dataset->fingerprint)
        return TRUE;
    return set_changed(dataset, error);
}
