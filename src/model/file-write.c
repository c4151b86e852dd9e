/* Writing model files (see file.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/file.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "model/npz.h"

/* Written between two looks at the task. */
#define CHUNK ((gsize)1 << 20)

const char *const fal_held_kinds[] = {"none", "fraction", "spark", "pairs", "leave", NULL};

void
fal_held_out_clear(FalHeldOut *held)
{
    g_free(held->description);
    fal_free(held->pairs);
    *held = (FalHeldOut){.kind = FAL_HELD_NONE};
}

void
fal_setting_places(FalTrainSettings *s, FalSettingPlace places[FAL_SETTING_PLACES])
{
    const FalSettingPlace all[FAL_SETTING_PLACES] = {
        {"rank", NULL, &s->rank},
        {"iterations", NULL, &s->iterations},
        {"lambda", &s->lambda, NULL},
        {"alpha", &s->alpha, NULL},
        {"unobserved", &s->unobserved, NULL},
        {"nu", &s->nu, NULL},
        {"prior", &s->prior, NULL},
        {"epsilon", &s->epsilon, NULL},
        {"steps", NULL, &s->steps},
        {"accuracy", &s->accuracy, NULL},
        {"momentum", &s->momentum, NULL},
        {"warmup", NULL, &s->warmup},
        {"tolerance", &s->tolerance, NULL},
    };

    memcpy(places, all, sizeof all);
}

typedef struct {
    const FalModel *model;
    FalNpzWriter *npz;
    FalNewFile *file;
    GKeyFile *about;
    const char *name; /* of the array at hand */
    FalTask *task;
} Writer;

static gboolean
begin(Writer *w, const char *name, FalNpy npy, GError **error)
{
    w->name = name;
    npy.shape[0] = npy.n_dims > 0 ? npy.shape[0] : 1;
    npy.shape[1] = npy.n_dims > 1 ? npy.shape[1] : 1;
    npy.n = npy.shape[0] * npy.shape[1];
    return fal_npz_writer_add(w->npz, name, &npy, error);
}

static gboolean
put(Writer *w, gconstpointer bytes, gsize n, GError **error)
{
    const char *from = bytes;

    while (n > 0) {
        gsize now = MIN(n, CHUNK);

        if (fal_task_stopped(w->task, error) || !fal_npz_writer_write(w->npz, from, now, error))
            return FALSE;
        fal_task_advance(w->task, (double)fal_new_file_size(w->file));
        from += now;
        n -= now;
    }
    return TRUE;
}

static void
end(Writer *w)
{
    g_autofree char *hash =
        g_strdup_printf("%016" G_GINT64_MODIFIER "x", fal_npz_writer_hash(w->npz));

    g_key_file_set_string(w->about, "members", w->name, hash);
}

static gboolean
put_array(Writer *w, const char *name, char kind, int item, gint64 n, gconstpointer bytes,
          GError **error)
{
    FalNpy npy = {.kind = kind, .item = item, .n_dims = 1, .shape = {n, 1}};

    if (!begin(w, name, npy, error) || !put(w, bytes, (gsize)n * (gsize)item, error))
        return FALSE;
    end(w);
    return TRUE;
}

static gboolean
put_scalar(Writer *w, const char *name, char kind, int item, gconstpointer bytes,
           GError **error)
{
    FalNpy npy = {.kind = kind, .item = item};

    return begin(w, name, npy, error) && put(w, bytes, (gsize)item, error);
}

/* Rows without what fills them up to the stride. */
static gboolean
put_rows(Writer *w, const char *name, const float *rows, gint32 n, GError **error)
{
    const FalFactors *f = fal_model_factors(w->model);
    gsize rank = (gsize)f->rank, stride = (gsize)f->stride;
    gsize step = MAX(CHUNK / (rank * sizeof *rows), 1);
    g_autofree float *packed = g_new(float, step *rank);
    FalNpy npy = {.kind = 'f', .item = sizeof *rows, .n_dims = 2, .shape = {n, f->rank}};

    if (!begin(w, name, npy, error))
        return FALSE;
    for (gsize first = 0; first < (gsize)n; first += step) {
        gsize some = MIN(step, (gsize)n - first);

        for (gsize i = 0; i < some && rank != stride; i++)
            memcpy(packed + i * rank, rows + (first + i) * stride, rank * sizeof *rows);
        if (!put(w, rank != stride ? packed : rows + first * stride, some * rank * sizeof *rows,
                 error))
            return FALSE;
    }
    end(w);
    return TRUE;
}

/* What implicit's own save() writes beside the factors. */
static gboolean
put_implicit(Writer *w, GError **error)
{
    const FalTrainSettings *s = fal_model_settings(w->model);
    const gint64 whole[] = {s->rank, 0, s->iterations, 3};
    const char *const names[] = {"factors", "num_threads", "iterations", "cg_steps"};
    const char *const flags[] = {"use_native", "use_cg", "calculate_training_loss"};
    const guint8 yes[] = {1, 1, 0};
    const guint32 dtype[] = {'f', 'l', 'o', 'a', 't', '3', '2'};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (!put_scalar(w, names[i], 'i', 8, &whole[i], error))
            return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(flags); i++)
        if (!put_scalar(w, flags[i], 'b', 1, &yes[i], error))
            return FALSE;
    return put_scalar(w, "regularization", 'f', 8, &s->lambda, error) &&
           put_scalar(w, "alpha", 'f', 8, &s->alpha, error) &&
           put_scalar(w, "dtype", 'U', sizeof dtype, dtype, error);
}

/* Each ended by a NUL. */
static gboolean
put_names(Writer *w, GError **error)
{
    FalDataset *dataset = fal_model_dataset(w->model);
    gint32 n = fal_dataset_n_artists(dataset);
    g_autoptr(GString) some = g_string_sized_new(CHUNK + 4096);
    FalNpy npy = {.kind = 'u', .item = 1, .n_dims = 1};

    for (gint32 i = 0; i < n; i++)
        npy.shape[0] += (gint64)strlen(fal_dataset_artist_name(dataset, i)) + 1;
    if (!begin(w, "falsetto_item_names", npy, error))
        return FALSE;
    for (gint32 i = 0; i < n; i++) {
        g_string_append(some, fal_dataset_artist_name(dataset, i));
        g_string_append_c(some, '\0');
        if (some->len < CHUNK && i + 1 < n)
            continue;
        if (!put(w, some->str, some->len, error))
            return FALSE;
        g_string_truncate(some, 0);
    }
    end(w);
    return TRUE;
}

static gboolean
put_figures(Writer *w, GError **error)
{
    FalDataset *dataset = fal_model_dataset(w->model);
    gint32 n_users = fal_dataset_n_users(dataset), n_artists = fal_dataset_n_artists(dataset);
    gsize most = (gsize)MAX(n_users, n_artists) + 1;
    g_autofree guint32 *few = g_new(guint32, most);
    g_autofree guint64 *many = g_new(guint64, most);

    for (gint32 i = 0; i < n_artists; i++) {
        few[i] = fal_dataset_listeners(dataset, i);
        many[i] = fal_dataset_artist_plays(dataset, i);
    }
    if (!put_array(w, "falsetto_item_listeners", 'u', 4, n_artists, few, error) ||
        !put_array(w, "falsetto_item_plays", 'u', 8, n_artists, many, error))
        return FALSE;
    for (gint32 i = 0; i < n_users; i++) {
        few[i] = fal_dataset_user_artists(dataset, i);
        many[i] = fal_dataset_user_plays(dataset, i);
    }
    return put_array(w, "falsetto_user_items", 'u', 4, n_users, few, error) &&
           put_array(w, "falsetto_user_plays", 'u', 8, n_users, many, error);
}

static gboolean
put_ids(Writer *w, GError **error)
{
    FalDataset *dataset = fal_model_dataset(w->model);
    gint32 n_users = fal_dataset_n_users(dataset);
    g_autofree gint64 *ids = g_new(gint64, (gsize)n_users + 1);

    for (gint32 i = 0; i < n_users; i++)
        ids[i] = fal_dataset_user_id(dataset, i);
    return put_array(w, "falsetto_user_ids", 'i', 8, n_users, ids, error) &&
           put_array(w, "falsetto_item_ids", 'i', 8, fal_dataset_n_artists(dataset),
                     fal_dataset_artist_ids(dataset), error);
}

static gboolean
put_iterations(Writer *w, GError **error)
{
    int n;
    const FalIteration *it = fal_model_iterations(w->model, &n);
    g_autofree double *figures = g_new(double, (gsize)n *FAL_ITERATION_FIGURES + 1);
    FalNpy npy = {.kind = 'f', .item = 8, .n_dims = 2, .shape = {n, FAL_ITERATION_FIGURES}};

    for (int i = 0; i < n; i++) {
        const double row[FAL_ITERATION_FIGURES] = {
            it[i].iteration, it[i].loss,    it[i].observed, it[i].unobserved, it[i].regularizer,
            it[i].change,    it[i].seconds, it[i].ndcg,     it[i].axes,       it[i].artists,
            it[i].users,     it[i].recall,  it[i].keep};

        memcpy(figures + (gsize)i * FAL_ITERATION_FIGURES, row, sizeof row);
    }
    if (!begin(w, "falsetto_iterations", npy, error) ||
        !put(w, figures, (gsize)n * FAL_ITERATION_FIGURES * sizeof *figures, error))
        return FALSE;
    end(w);
    return TRUE;
}

static gboolean
put_held(Writer *w, const FalHeldOut *held, GError **error)
{
    FalNpy npy = {.kind = 'i', .item = 8, .n_dims = 2, .shape = {held->n, 3}};

    if (held->kind != FAL_HELD_PAIRS)
        return TRUE;
    if (!begin(w, "falsetto_held_out", npy, error) ||
        !put(w, held->pairs, (gsize)held->n * 3 * sizeof *held->pairs, error))
        return FALSE;
    end(w);
    return TRUE;
}

/* --- about --- */

static void
set_real(GKeyFile *about, const char *group, const char *key, double value)
{
    g_autofree char *text = fal_text_exact(value, FALSE);

    g_key_file_set_value(about, group, key, text);
}

static void
set_hash(GKeyFile *about, const char *group, const char *key, guint64 hash)
{
    g_autofree char *text = g_strdup_printf("%016" G_GINT64_MODIFIER "x", hash);

    g_key_file_set_value(about, group, key, text);
}

static void
fill_about(Writer *w, const FalHeldOut *held)
{
    FalDataset *dataset = fal_model_dataset(w->model);
    const FalDatasetStats *stats = fal_dataset_stats(dataset);
    FalTrainSettings settings = *fal_model_settings(w->model);
    FalSettingPlace places[FAL_SETTING_PLACES];
    guint64 trained = fal_model_trained(w->model);

    g_key_file_set_integer(w->about, "falsetto", "version", FAL_MODEL_FILE_VERSION);
    g_key_file_set_string(w->about, "falsetto", "program", VERSION);
    g_key_file_set_string(w->about, "data", "title", fal_dataset_origin(dataset));
    if (fal_dataset_is_numbered(dataset))
        g_key_file_set_boolean(w->about, "data", "numbered", TRUE);
    g_key_file_set_int64(w->about, "data", "pairs", stats->pairs);
    g_key_file_set_uint64(w->about, "data", "plays", stats->plays);
    set_hash(w->about, "data", "fingerprint", fal_dataset_fingerprint(dataset));
    g_key_file_set_int64(w->about, "training", "pairs", fal_model_pairs(w->model));
    set_hash(w->about, "training", "fingerprint", trained);
    fal_setting_places(&settings, places);
    for (int i = 0; i < FAL_SETTING_PLACES; i++)
        set_real(w->about, "training", places[i].name,
                 places[i].real ? *places[i].real : *places[i].whole);
    g_key_file_set_string(w->about, "training", "confidence",
                          fal_confidence_names[settings.confidence]);
    g_key_file_set_string(w->about, "training", "solver", fal_solver_names[settings.solver]);
    g_key_file_set_uint64(w->about, "training", "seed", settings.seed);
    g_key_file_set_string(w->about, "split", "kind", fal_held_kinds[held->kind]);
    if (held->kind == FAL_HELD_NONE)
        return;
    g_key_file_set_string(w->about, "split", "description",
                          held->description ? held->description : "");
    set_real(w->about, "split", "fraction", held->fraction);
    if (held->kind == FAL_HELD_LEAVE)
        g_key_file_set_int64(w->about, "split", "count", held->count);
    g_key_file_set_uint64(w->about, "split", "seed", held->seed);
}

static gboolean
put_about(Writer *w, GError **error)
{
    gsize n;
    g_autofree char *text = g_key_file_to_data(w->about, &n, NULL);
    FalNpy npy = {.kind = 'u', .item = 1, .n_dims = 1, .shape = {(gint64)n, 1}};

    return begin(w, FAL_ABOUT, npy, error) && put(w, text, n, error);
}

gboolean
fal_model_file_write(const char *path, const FalModel *model, const FalHeldOut *held,
                     gint64 *size, FalTask *task, GError **error)
{
    const FalFactors *f = fal_model_factors(model);
    g_autoptr(FalNewFile) file = fal_new_file(path, 0666, error);
    g_autoptr(FalNpzWriter) npz = file ? fal_npz_writer_new(file, error) : NULL;
    g_autoptr(GKeyFile) about = g_key_file_new();
    Writer w = {model, npz, file, about, NULL, task};

    if (!npz)
        return FALSE;
    fal_task_stage(task, "saving",
                   ((double)f->n_users + f->n_artists) * f->rank * sizeof(float));
    fill_about(&w, held);
    if (!put_rows(&w, "user_factors", f->user, f->n_users, error) ||
        !put_rows(&w, "item_factors", f->artist, f->n_artists, error) ||
        !put_implicit(&w, error) || !put_ids(&w, error) || !put_names(&w, error) ||
        !put_figures(&w, error) || !put_iterations(&w, error) || !put_held(&w, held, error) ||
        !put_about(&w, error) || !fal_npz_writer_finish(npz, error))
        return FALSE;
    fal_task_stage(task, "writing to the disk", 0);
    *size = fal_new_file_size(file);
    return !fal_task_stopped(task, error) && fal_new_file_commit(file, error);
}
