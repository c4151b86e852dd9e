/* Reading model files (see file.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/file.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/kernels.h"
#include "base/parallel.h"
#include "base/text.h"
#include "model/npz.h"

/* Small enough to stay in a core's cache while it is looked at and copied. */
#define CHUNK ((gsize)256 << 10)
/* What a core makes ready at a time, and the least that a page has. */
#define TOUCHED ((gsize)8 << 20)
#define PAGE    ((gsize)4 << 10)
/* Beyond it squares and their sums leave what floats can hold. */
#define LARGEST        1e15f
#define MAX_ABOUT      ((gint64)1 << 20)
#define MAX_ITERATIONS 1000000
#define MAX_SENTENCE   500 /* cells */
#define MOST_BIASES    2
#define OURS           "falsetto_"

typedef struct {
    FalModelFile *file;
    FalNpz *npz;
    FalTask *task;
    GHashTable *members; /* name -> hash, as guint64 * */
    char *about;
    double done;
    double regularization, alpha, iterations, factors; /* of implicit's */
    gint64 user_shape[2], artist_shape[2], n_names;
    gint64 n_user_ids, n_artist_ids, n_listeners, n_artist_plays, n_user_artists, n_user_plays;
} Reader;

void
fal_model_file_free(FalModelFile *file)
{
    if (!file)
        return;
    g_free(file->path);
    g_free(file->title);
    g_free(file->iterations);
    fal_free(file->factors.user);
    fal_free(file->factors.artist);
    fal_bare_clear(&file->bare);
    fal_held_out_clear(&file->held);
    g_free(file);
}

/* --- arrays --- */

static gboolean
step(Reader *r, gsize n, GError **error)
{
    r->done += (double)n;
    fal_task_advance(r->task, r->done);
    return !fal_task_stopped(r->task, error);
}

/* n elements of a known type into a new array. */
static gboolean
read_array(Reader *r, const char *name, const FalNpy *npy, const char *type, gpointer *to,
           gint64 *n, GError **error)
{
    g_autofree char *is = fal_npy_type(npy);
    gsize bytes = (gsize)npy->n * (gsize)npy->item;

    if (strcmp(is, type) != 0 || npy->n_dims != 1)
        return fal_npz_refuse(error,
                              "its %s is no list of %s but of %d dimension%s and type %s", name,
                              type, npy->n_dims, npy->n_dims == 1 ? "" : "s", is);
    *n = npy->n;
    *to = fal_alloc((gsize)npy->n, (gsize)npy->item, error);
    if (!*to)
        return FALSE;
    for (gsize at = 0; at < bytes; at += CHUNK)
        if (!fal_npz_read(r->npz, (char *)*to + at, MIN(CHUNK, bytes - at), error) ||
            !step(r, MIN(CHUNK, bytes - at), error))
            return FALSE;
    return TRUE;
}

/* All are finite, and not so large that sums of their squares are not. */
static gboolean
are_sound(const float *x, gsize n)
{
    guint32 wrong = 0;

    for (gsize i = 0; i < n; i++)
        wrong |= !(fabsf(x[i]) <= LARGEST);
    return !wrong;
}

static gboolean
check_factors(const char *name, const FalNpy *npy, GError **error)
{
    g_autofree char *type = fal_npy_type(npy);

    if (npy->kind != 'f')
        return fal_npz_refuse(error, "its %s is of type %s: factors are <f4 or <f8", name,
                              type);
    if (npy->n_dims != 2)
        return fal_npz_refuse(error, "its %s has %d dimension%s: factors have two", name,
                              npy->n_dims, npy->n_dims == 1 ? "" : "s");
    if (npy->shape[0] < 1 || npy->shape[0] > G_MAXINT32 - 64)
        return fal_npz_refuse(
            error, "its %s has %" G_GINT64_FORMAT " rows: 1 .. 2,147,483,583 will do", name,
            npy->shape[0]);
    if (npy->shape[1] < 1 || npy->shape[1] > FAL_MAX_RANK)
        return fal_npz_refuse(error,
                              "its %s has %" G_GINT64_FORMAT " factors a row: 1 .. %d will do",
                              name, npy->shape[1], FAL_MAX_RANK);
    return TRUE;
}

typedef struct {
    char *bytes;
    gsize n;
} Touch;

static void
touch_block(gint64 block, int worker, gpointer data)
{
    const Touch *touch = data;
    gsize end = MIN(touch->n, (gsize)(block + 1) * TOUCHED);

    (void)worker;
    for (gsize at = (gsize)block * TOUCHED; at < end; at += PAGE)
        *(volatile char *)(touch->bytes + at) = 0;
}

/* The system clears a page when it is first written to, which takes longer than reading what
 * goes there: all cores do that ahead. Not for more than the file has, whatever it says of its
 * sizes. */
static void
touch(const Reader *r, gpointer bytes, gsize n)
{
    Touch touch = {bytes, n};

    if ((gint64)n <= fal_npz_size(r->npz))
        fal_parallel_for((gint64)((n + TOUCHED - 1) / TOUCHED), touch_block, &touch);
}

/* The rows, each filled up to the stride. */
static gboolean
read_factors(Reader *r, const char *name, const FalNpy *npy, float **to, gint64 shape[2],
             GError **error)
{
    gsize n, rank, item, stride, some;
    g_autofree char *raw = NULL;

    if (!check_factors(name, npy, error))
        return FALSE;
    n = (gsize)npy->shape[0];
    rank = (gsize)npy->shape[1];
    item = (gsize)npy->item;
    stride = FAL_STRIDE(rank);
    some = MAX(CHUNK / (rank * item), 1);
    shape[0] = npy->shape[0];
    shape[1] = npy->shape[1];
    raw = g_malloc(some * rank * item);
    *to = FAL_NEW(float, n *stride, error);
    if (!*to)
        return FALSE;
    touch(r, *to, n * stride * sizeof **to);
    for (gsize first = 0; first < n; first += some) {
        gsize now = MIN(some, n - first);

        if (!fal_npz_read(r->npz, raw, now * rank * item, error))
            return FALSE;
        for (gsize i = 0; i < now; i++) {
            float *row = *to + (first + i) * stride;

            if (item == sizeof(float))
                memcpy(row, raw + i * rank * item, rank * item);
            for (gsize k = 0; k < rank && item != sizeof(float); k++)
                row[k] = (float)((const double *)(gpointer)raw)[i * rank + k];
        }
        if (!are_sound(*to + first * stride, now * stride))
            return fal_npz_refuse(
                error,
                "its %s has numbers that are not finite, or too large, in one of the "
                "rows %" G_GSIZE_FORMAT " .. %" G_GSIZE_FORMAT,
                name, first, first + now - 1);
        if (!step(r, now * rank * item, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_about(Reader *r, const FalNpy *npy, GError **error)
{
    gpointer bytes = NULL;
    gint64 n = 0;
    gboolean well = npy->n <= MAX_ABOUT;

    if (!well)
        return fal_npz_refuse(error, "its " FAL_ABOUT " is too long");
    well = read_array(r, FAL_ABOUT, npy, "|u1", &bytes, &n, error);
    if (well)
        r->about = g_strndup(bytes, (gsize)n);
    fal_free(bytes);
    return well;
}

static gboolean
read_iterations(Reader *r, const FalNpy *npy, GError **error)
{
    FalModelFile *file = r->file;

    if (npy->kind != 'f' || npy->item != 8 || npy->n_dims != 2 ||
        (npy->shape[1] != FAL_ITERATION_FIGURES &&
         npy->shape[1] != FAL_ITERATION_FIGURES - 1) ||
        npy->shape[0] > MAX_ITERATIONS)
        return fal_npz_refuse(
            error, "its falsetto_iterations has another type or shape than it should");
    g_free(file->iterations);
    file->n_iterations = (int)npy->shape[0];
    file->iterations = g_new0(FalIteration, (gsize)file->n_iterations + 1);
    for (int i = 0; i < file->n_iterations; i++) {
        FalIteration *it = &file->iterations[i];
        double row[FAL_ITERATION_FIGURES] = {0};

        if (!fal_npz_read(r->npz, row, (gsize)npy->shape[1] * sizeof *row, error))
            return FALSE;
        if (row[0] != i + 1)
            return fal_npz_refuse(error, "its falsetto_iterations are not counted from 1 on");
        *it = (FalIteration){.iteration = i + 1,
                             .loss = row[1],
                             .observed = row[2],
                             .unobserved = row[3],
                             .regularizer = row[4],
                             .change = row[5],
                             .seconds = row[6],
                             .ndcg = row[7],
                             .axes = row[8],
                             .artists = row[9],
                             .users = row[10],
                             .recall = row[11],
                             .keep = row[12] != 0};
    }
    return TRUE;
}

static gboolean
read_held(Reader *r, const FalNpy *npy, GError **error)
{
    FalHeldOut *held = &r->file->held;
    FalNpy flat = *npy;
    gint64 n;

    if (npy->kind != 'i' || npy->item != 8 || npy->n_dims != 2 || npy->shape[1] != 3)
        return fal_npz_refuse(error,
                              "its falsetto_held_out has another type or shape than it should");
    flat.n_dims = 1;
    held->n = npy->shape[0];
    return read_array(r, "falsetto_held_out", &flat, "<i8", (gpointer *)&held->pairs, &n,
                      error);
}

/* A single number of any type. */
static gboolean
read_number(Reader *r, const char *name, const FalNpy *npy, double *to, GError **error)
{
    union {
        double f8;
        float f4;
        gint64 i8;
        gint32 i4;
        char bytes[8];
    } value = {.i8 = 0};
    gboolean real = npy->kind == 'f', whole = npy->kind == 'i';

    if (npy->n != 1 || npy->n_dims > 1 || !(real || whole) || npy->item < 4)
        return fal_npz_refuse(error, "its %s is no number", name);
    if (!fal_npz_read(r->npz, value.bytes, (gsize)npy->item, error))
        return FALSE;
    *to = real             ? npy->item == 8 ? value.f8 : (double)value.f4
          : npy->item == 8 ? (double)value.i8
                           : value.i4;
    return (isfinite(*to) || fal_npz_refuse(error, "its %s is not finite", name)) &&
           (*to >= 0 ||
            fal_npz_refuse(error, "its %s is %g, and none below 0 makes sense", name, *to));
}

/* Reads what is known by name; *known says whether it was. */
static gboolean
read_member(Reader *r, const char *name, const FalNpy *npy, gboolean *known, GError **error)
{
    FalModelFile *file = r->file;
    FalBare *bare = &file->bare;
    const struct {
        const char *name, *type;
        gpointer *to;
        gint64 *n;
    } lists[] = {
        {"falsetto_user_ids", "<i8", (gpointer *)&bare->user_ids, &r->n_user_ids},
        {"falsetto_item_ids", "<i8", (gpointer *)&bare->artist_ids, &r->n_artist_ids},
        {"falsetto_item_names", "|u1", (gpointer *)&bare->names, &r->n_names},
        {"falsetto_item_listeners", "<u4", (gpointer *)&bare->listeners, &r->n_listeners},
        {"falsetto_item_plays", "<u8", (gpointer *)&bare->artist_plays, &r->n_artist_plays},
        {"falsetto_user_items", "<u4", (gpointer *)&bare->user_artists, &r->n_user_artists},
        {"falsetto_user_plays", "<u8", (gpointer *)&bare->user_plays, &r->n_user_plays},
    };

    *known = TRUE;
    if (!strcmp(name, "user_factors"))
        return read_factors(r, name, npy, &file->factors.user, r->user_shape, error);
    if (!strcmp(name, "item_factors"))
        return read_factors(r, name, npy, &file->factors.artist, r->artist_shape, error);
    if (!strcmp(name, FAL_ABOUT))
        return read_about(r, npy, error);
    if (!strcmp(name, "falsetto_iterations"))
        return read_iterations(r, npy, error);
    if (!strcmp(name, "falsetto_held_out"))
        return read_held(r, npy, error);
    if (!strcmp(name, "regularization"))
        return read_number(r, name, npy, &r->regularization, error);
    if (!strcmp(name, "alpha"))
        return read_number(r, name, npy, &r->alpha, error);
    if (!strcmp(name, "iterations"))
        return read_number(r, name, npy, &r->iterations, error);
    if (!strcmp(name, "factors"))
        return read_number(r, name, npy, &r->factors, error);
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        if (!strcmp(name, lists[i].name))
            return read_array(r, name, npy, lists[i].type, lists[i].to, lists[i].n, error);
    *known = FALSE;
    return TRUE;
}

static gboolean
read_members(Reader *r, GError **error)
{
    const char *name;
    FalNpy npy;
    gboolean known;

    for (;;) {
        if (!fal_npz_next(r->npz, &name, &npy, error))
            return FALSE;
        if (!name)
            return TRUE;
        if (g_hash_table_contains(r->members, name))
            return fal_npz_refuse(error, "it holds %s twice", name);
        if (g_hash_table_size(r->members) > 1000)
            return fal_npz_refuse(error, "it holds more than a thousand arrays");
        if (!read_member(r, name, &npy, &known, error) ||
            (known && !fal_npz_end(r->npz, error)))
            return FALSE;
        guint64 *hash = g_new(guint64, 1);
        *hash = fal_npz_hash(r->npz);
        g_hash_table_insert(r->members, g_strdup(name), hash);
    }
}

/* --- about --- */

/* All numbers in it are checked where they are used; what is missing is an error. */
static char *
about_text(GKeyFile *about, const char *group, const char *key, GError **error)
{
    char *text = g_key_file_get_string(about, group, key, NULL);

    if (!text)
        fal_npz_refuse(error, "its " FAL_ABOUT " does not tell %s of %s", key, group);
    return text;
}

static gboolean
about_real(GKeyFile *about, const char *group, const char *key, double low, double high,
           double *to, GError **error)
{
    g_autofree char *text = about_text(about, group, key, error);
    char *end;

    if (!text)
        return FALSE;
    *to = g_ascii_strtod(text, &end);
    return (end != text && !*end && *to >= low && *to <= high) ||
           fal_npz_refuse(error, "its " FAL_ABOUT " has %s=%s, which cannot be", key, text);
}

static gboolean
about_whole(GKeyFile *about, const char *group, const char *key, guint base, guint64 *to,
            GError **error)
{
    g_autofree char *text = about_text(about, group, key, error);

    return text &&
           (g_ascii_string_to_unsigned(text, base, 0, G_MAXUINT64, to, NULL) ||
            fal_npz_refuse(error, "its " FAL_ABOUT " has %s=%s, which cannot be", key, text));
}

static gboolean
about_choice(GKeyFile *about, const char *group, const char *key, const char *const *choices,
             int *to, GError **error)
{
    g_autofree char *text = about_text(about, group, key, error);

    for (*to = 0; text && choices[*to]; ++*to)
        if (!strcmp(choices[*to], text))
            return TRUE;
    return text &&
           fal_npz_refuse(error, "its " FAL_ABOUT " has %s=%s, which is none that is known",
                          key, text);
}

/* Every array that is listed is there, with the bytes that it had, and none is not. */
static gboolean
check_members(Reader *r, GKeyFile *about, GError **error)
{
    g_auto(GStrv) listed = g_key_file_get_keys(about, "members", NULL, NULL);
    GHashTableIter iter;
    gpointer name;

    for (char **key = listed; key && *key; key++) {
        const guint64 *hash = g_hash_table_lookup(r->members, *key);
        guint64 was;

        if (!about_whole(about, "members", *key, 16, &was, error))
            return FALSE;
        if (!hash)
            return fal_npz_refuse(error, "it is damaged: its %s is missing", *key);
        if (*hash != was)
            return fal_npz_refuse(error, "it is damaged: its %s is not what was written", *key);
    }
    g_hash_table_iter_init(&iter, r->members);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        if ((g_str_has_prefix(name, OURS) || g_str_has_suffix(name, "_factors")) &&
            strcmp(name, FAL_ABOUT) != 0 &&
            (!listed || !g_strv_contains((const char *const *)listed, name)))
            return fal_npz_refuse(error, "it is damaged: its %s is not listed", (char *)name);
    return TRUE;
}

static gboolean
take_settings(Reader *r, GKeyFile *about, GError **error)
{
    FalTrainSettings *s = &r->file->settings;
    FalSettingPlace places[FAL_SETTING_PLACES];
    int confidence, solver;

    fal_setting_places(s, places);
    for (int i = 0; i < FAL_SETTING_PLACES; i++) {
        double value;

        if (!about_real(about, "training", places[i].name, 0, places[i].whole ? 1e9 : 1e300,
                        &value, error))
            return FALSE;
        if (places[i].whole)
            *places[i].whole = (int)value;
        else
            *places[i].real = value;
    }
    if (!about_choice(about, "training", "confidence", fal_confidence_names, &confidence,
                      error) ||
        !about_choice(about, "training", "solver", fal_solver_names, &solver, error) ||
        !about_whole(about, "training", "seed", 10, &s->seed, error))
        return FALSE;
    s->confidence = (FalConfidence)confidence;
    s->solver = (FalSolver)solver;
    g_autofree char *wrong = fal_train_settings_check(s);
    return !wrong ||
           fal_npz_refuse(error, "its " FAL_ABOUT " has a setting that cannot be: %s", wrong);
}

static gboolean
take_split(Reader *r, GKeyFile *about, GError **error)
{
    FalHeldOut *held = &r->file->held;
    int kind;

    if (!about_choice(about, "split", "kind", fal_held_kinds, &kind, error))
        return FALSE;
    held->kind = (FalHeldKind)kind;
    if (kind == FAL_HELD_NONE)
        return TRUE;
    g_autofree char *text = about_text(about, "split", "description", error);
    held->description = text ? fal_text_safe(text) : NULL;
    if (kind == FAL_HELD_PAIRS && !held->pairs)
        return fal_npz_refuse(error, "it is damaged: its falsetto_held_out is missing");
    if (kind == FAL_HELD_LEAVE) {
        double count;
        if (!about_real(about, "split", "count", 1, 1e9, &count, error))
            return FALSE;
        held->count = (gint64)count;
    }
    return text && about_real(about, "split", "fraction", 0, 1, &held->fraction, error) &&
           about_whole(about, "split", "seed", 10, &held->seed, error);
}

static gboolean
take_about(Reader *r, GError **error)
{
    g_autoptr(GKeyFile) about = g_key_file_new();
    FalModelFile *file = r->file;
    g_autofree char *title = NULL;
    guint64 version, pairs, trained_pairs;

    if (!g_key_file_load_from_data(about, r->about, strlen(r->about), G_KEY_FILE_NONE, NULL))
        return fal_npz_refuse(error, "its " FAL_ABOUT " cannot be read");
    if (!about_whole(about, "falsetto", "version", 10, &version, error))
        return FALSE;
    if (version != FAL_MODEL_FILE_VERSION)
        return fal_npz_refuse(error,
                              "it was written by a later falsetto (form %" G_GUINT64_FORMAT
                              ", and this one reads form %d): open it with that one",
                              version, FAL_MODEL_FILE_VERSION);
    title = about_text(about, "data", "title", error);
    if (!title || !check_members(r, about, error) || !take_settings(r, about, error) ||
        !take_split(r, about, error) ||
        !about_whole(about, "data", "pairs", 10, &pairs, error) ||
        !about_whole(about, "data", "plays", 10, &file->bare.plays, error) ||
        !about_whole(about, "data", "fingerprint", 16, &file->bare.fingerprint, error) ||
        !about_whole(about, "training", "pairs", 10, &trained_pairs, error) ||
        !about_whole(about, "training", "fingerprint", 16, &file->trained, error))
        return FALSE;
    if (pairs > G_MAXINT64 || trained_pairs > pairs)
        return fal_npz_refuse(error, "its " FAL_ABOUT " has more pairs than can be");
    file->title = fal_text_safe(title);
    file->bare.title = g_strdup(file->title);
    /* Of none that was written with its data. */
    file->bare.numbered = g_key_file_get_boolean(about, "data", "numbered", NULL);
    file->bare.pairs = (gint64)pairs;
    file->trained_pairs = (gint64)trained_pairs;
    file->ours = TRUE;
    return TRUE;
}

/* --- the whole --- */

static gboolean
check_lengths(Reader *r, GError **error)
{
    const FalFactors *f = &r->file->factors;
    const FalBare *bare = &r->file->bare;
    const struct {
        const char *name;
        gconstpointer array;
        gint64 n, wanted;
    } lists[] = {
        {"falsetto_user_ids", bare->user_ids, r->n_user_ids, f->n_users},
        {"falsetto_item_ids", bare->artist_ids, r->n_artist_ids, f->n_artists},
        {"falsetto_item_names", bare->names, r->n_names, -1},
        {"falsetto_item_listeners", bare->listeners, r->n_listeners, f->n_artists},
        {"falsetto_item_plays", bare->artist_plays, r->n_artist_plays, f->n_artists},
        {"falsetto_user_items", bare->user_artists, r->n_user_artists, f->n_users},
        {"falsetto_user_plays", bare->user_plays, r->n_user_plays, f->n_users},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
        if (!lists[i].array)
            return fal_npz_refuse(error, "it is damaged: its %s is missing", lists[i].name);
        if (lists[i].wanted >= 0 && lists[i].n != lists[i].wanted)
            return fal_npz_refuse(error,
                                  "its %s has %" G_GINT64_FORMAT
                                  " entries for %" G_GINT64_FORMAT " rows of factors",
                                  lists[i].name, lists[i].n, lists[i].wanted);
    }
    r->file->bare.names_bytes = r->n_names;
    return r->file->settings.rank == f->rank ||
           fal_npz_refuse(error, "its " FAL_ABOUT " has rank=%d for %d factors a row",
                          r->file->settings.rank, f->rank);
}

/* Another program's: its rows are numbers, its objective is c = alpha r. */
static gboolean
take_foreign(Reader *r, GError **error)
{
    FalModelFile *file = r->file;
    FalTrainSettings *s = &file->settings;

    /* implicit's other models have columns for biases, which are factors like others. */
    double biases = file->factors.rank - r->factors;
    if (r->factors != 0 && !(biases >= 0 && biases <= MOST_BIASES))
        return fal_npz_refuse(error, "its factors is %g for %d factors a row", r->factors,
                              file->factors.rank);
    if (r->iterations != floor(r->iterations) || r->iterations > 1e9)
        return fal_npz_refuse(error, "its iterations is %g, which cannot be", r->iterations);
    fal_train_settings_preset(s, "implicit");
    s->rank = file->factors.rank;
    if (r->iterations > 0)
        s->iterations = (int)r->iterations;
    s->lambda = r->regularization;
    s->alpha = r->alpha;
    file->title = g_strdup("");
    file->bare.numbered = TRUE;
    file->bare.user_ids = FAL_NEW(gint64, file->factors.n_users, error);
    file->bare.artist_ids =
        file->bare.user_ids ? FAL_NEW(gint64, file->factors.n_artists, error) : NULL;
    if (!file->bare.artist_ids)
        return FALSE;
    for (gint32 i = 0; i < file->factors.n_users; i++)
        file->bare.user_ids[i] = i;
    for (gint32 i = 0; i < file->factors.n_artists; i++)
        file->bare.artist_ids[i] = i;
    return TRUE;
}

static gboolean
take_factors(Reader *r, GError **error)
{
    FalFactors *f = &r->file->factors;

    if (!f->user || !f->artist)
        return fal_npz_refuse(error, "there is no %s in it, so it is no model of factors",
                              f->user ? "item_factors" : "user_factors");
    if (r->user_shape[1] != r->artist_shape[1])
        return fal_npz_refuse(error,
                              "its users have %" G_GINT64_FORMAT
                              " factors and its artists %" G_GINT64_FORMAT,
                              r->user_shape[1], r->artist_shape[1]);
    f->n_users = r->file->bare.n_users = (gint32)r->user_shape[0];
    f->n_artists = r->file->bare.n_artists = (gint32)r->artist_shape[0];
    f->rank = (int)r->user_shape[1];
    f->stride = FAL_STRIDE(f->rank);
    return TRUE;
}

static gboolean
has_ours(GHashTable *members)
{
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, members);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        if (g_str_has_prefix(name, OURS))
            return TRUE;
    return FALSE;
}

static gboolean
read_all(Reader *r, GError **error)
{
    fal_task_stage(r->task, "opening", (double)fal_npz_size(r->npz));
    if (!read_members(r, error) || !take_factors(r, error))
        return FALSE;
    if (r->about)
        return take_about(r, error) && check_lengths(r, error);
    if (has_ours(r->members))
        return fal_npz_refuse(error, "it is damaged: its " FAL_ABOUT " is missing");
    return take_foreign(r, error);
}

/* Numpy and implicit add the ending where it is missing. */
static char *
find_file(const char *path)
{
    g_autofree char *longer = g_strconcat(path, ".npz", NULL);

    return g_strdup(!g_file_test(path, G_FILE_TEST_EXISTS) &&
                            g_file_test(longer, G_FILE_TEST_EXISTS)
                        ? longer
                        : path);
}

FalModelFile *
fal_model_file_read(const char *path, FalTask *task, GError **error)
{
    g_autoptr(FalModelFile) file = g_new0(FalModelFile, 1);
    g_autoptr(GHashTable) members =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GError) problem = NULL;
    g_autoptr(FalNpz) npz = NULL;
    Reader r = {.file = file, .task = task, .members = members, .alpha = 1};
    gboolean well;

    file->path = find_file(path);
    fal_train_settings_init(&file->settings);
    r.npz = npz = fal_npz_open(file->path, &problem);
    well = npz && read_all(&r, &problem);
    g_free(r.about);
    if (well)
        return g_steal_pointer(&file);
    if (g_error_matches(problem, FAL_ERROR, FAL_ERROR_MODEL)) {
        g_autofree char *shown = g_filename_display_name(file->path);
        /* What stands in the file stands in the sentence, and must not end it. */
        g_autofree char *why = fal_text_safe(problem->message);
        g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL, "cannot open the model %s: %.*s", shown,
                    (int)fal_text_prefix(why, MAX_SENTENCE, NULL), why);
    } else {
        g_propagate_error(error, g_steal_pointer(&problem));
    }
    return NULL;
}
