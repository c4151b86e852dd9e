/* A model file's model on a data set (see file.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/file.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "base/text.h"
#include "model/blas.h"
#include "model/gram.h"

/* "12 users and 34 artists". */
static char *
size_text(gint32 n_users, gint32 n_artists)
{
    g_autofree char *users = fal_text_count(n_users);
    g_autofree char *artists = fal_text_count(n_artists);

    return g_strdup_printf("%s users and %s artists", users, artists);
}

char *
fal_model_file_misfit(const FalModelFile *file, const FalDataset *dataset)
{
    const FalFactors *f = &file->factors;
    g_autofree char *ours = size_text(f->n_users, f->n_artists);
    g_autofree char *theirs =
        size_text(fal_dataset_n_users(dataset), fal_dataset_n_artists(dataset));
    const char *title = *file->title ? file->title : "other data";

    if (f->n_users != fal_dataset_n_users(dataset) ||
        f->n_artists != fal_dataset_n_artists(dataset))
        return g_strdup_printf("it is of %s with %s, and %s has %s", title, ours,
                               fal_dataset_title(dataset), theirs);
    if (file->bare.numbered)
        return NULL;
    for (gint32 i = 0; i < f->n_users; i++)
        if (file->bare.user_ids[i] != fal_dataset_user_id(dataset, i))
            return g_strdup_printf("it is of %s, which has other users than %s", title,
                                   fal_dataset_title(dataset));
    if (memcmp(file->bare.artist_ids, fal_dataset_artist_ids(dataset),
               (gsize)f->n_artists * sizeof *file->bare.artist_ids) != 0)
        return g_strdup_printf("it is of %s, which has other artists than %s", title,
                               fal_dataset_title(dataset));
    if (file->bare.fingerprint && file->bare.fingerprint != fal_dataset_fingerprint(dataset))
        return g_strdup_printf("it is of %s, which has the same users and artists as %s but "
                               "other plays",
                               title, fal_dataset_title(dataset));
    return NULL;
}

/* How a data set numbers its users, or its artists. */
typedef struct {
    gint32 n;
    gint32 (*find)(const FalDataset *dataset, gint64 id);
    gint64 (*id)(const FalDataset *dataset, gint32 row);
} Rows;

/* The factors of ids in their rows of dataset; zeros elsewhere. A model of data that were not
 * corrected has aliases beside their artist: its own factors count, else those of the first of
 * them. *found: rows that have factors now. */
static float *
match_rows(const FalDataset *dataset, const Rows *rows, const float *from, const gint64 *ids,
           gint32 n, gsize stride, gint32 *found, GError **error)
{
    enum { NONE, ALIAS, OWN };
    float *to = FAL_NEW(float, (gsize)rows->n *stride, error);
    g_autofree char *is = g_new0(char, (gsize)rows->n + 1);

    *found = 0;
    for (gint32 i = 0; to && i < n; i++) {
        gint32 row = rows->find(dataset, ids[i]);
        char now = row >= 0 && rows->id(dataset, row) == ids[i] ? OWN : ALIAS;

        if (row < 0 || now <= is[row])
            continue;
        memcpy(to + (gsize)row * stride, from + (gsize)i * stride, stride * sizeof *to);
        *found += is[row] == NONE;
        is[row] = now;
    }
    return to;
}

gboolean
fal_model_file_match(FalModelFile *file, const FalDataset *dataset, gint32 *n_users,
                     gint32 *n_artists, GError **error)
{
    FalFactors *f = &file->factors;
    const Rows users = {fal_dataset_n_users(dataset), fal_dataset_find_user,
                        fal_dataset_user_id};
    const Rows artists = {fal_dataset_n_artists(dataset), fal_dataset_find_artist,
                          fal_dataset_artist_id};
    fal_autofree float *user = match_rows(dataset, &users, f->user, file->bare.user_ids,
                                          f->n_users, (gsize)f->stride, n_users, error);
    fal_autofree float *artist =
        user ? match_rows(dataset, &artists, f->artist, file->bare.artist_ids, f->n_artists,
                          (gsize)f->stride, n_artists, error)
             : NULL;

    if (!artist)
        return FALSE;
    fal_free(f->user);
    fal_free(f->artist);
    f->user = g_steal_pointer(&user);
    f->artist = g_steal_pointer(&artist);
    f->n_users = users.n;
    f->n_artists = artists.n;
    return TRUE;
}

FalModel *
fal_model_file_model(FalModelFile *file, FalDataset *dataset, FalPlays *train, GError **error)
{
    FalModel *model = fal_model_new(dataset, train, &file->settings, &file->factors,
                                    file->iterations, file->n_iterations, error);

    if (!model)
        return NULL;
    file->factors.user = file->factors.artist = NULL;
    if (fal_dataset_is_bare(dataset))
        fal_model_set_trained(model, file->trained, file->trained_pairs);
    return model;
}

/* --- axes --- */

#define TURN_ROWS 1024

typedef struct {
    float *rows;
    gint32 n;
    int rank, stride;
    const float *axes;
} Turn;

static void
turn_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Turn *t = data;
    gint32 first = (gint32)(block * TURN_ROWS);
    gint32 n = MIN(TURN_ROWS, t->n - first);
    gsize size = (gsize)n * (gsize)t->stride;
    float *rows = t->rows + (gsize)first * (gsize)t->stride;
    g_autofree float *turned = g_new0(float, size);

    fal_blas_rotate(rows, n, t->rank, t->stride, t->axes, turned);
    memcpy(rows, turned, size * sizeof *rows);
}

/* The axes by falling energy, one a column; the largest entry of each is positive. */
static void
fill_axes(const double *vectors, int rank, float *axes)
{
    for (int j = 0; j < rank; j++) {
        const double *vector = vectors + (gsize)(rank - 1 - j) * (gsize)rank;
        int largest = 0;

        for (int k = 1; k < rank; k++)
            if (fabs(vector[k]) > fabs(vector[largest]))
                largest = k;
        for (int k = 0; k < rank; k++)
            axes[k * rank + j] = (float)(vector[largest] < 0 ? -vector[k] : vector[k]);
    }
}

gboolean
fal_factors_turn(FalFactors *f, GError **error)
{
    gsize rank = (gsize)f->rank;
    fal_autofree double *gram = FAL_NEW(double, rank *rank, error);
    fal_autofree double *values = gram ? FAL_NEW(double, rank, error) : NULL;
    fal_autofree float *axes = values ? FAL_NEW(float, rank *rank, error) : NULL;

    fal_blas_init();
    if (!axes || !fal_gram(f->artist, f->n_artists, f->rank, f->stride, gram, NULL, error) ||
        !fal_blas_eigen(gram, f->rank, values, error))
        return FALSE;
    fill_axes(gram, f->rank, axes);
    Turn users = {f->user, f->n_users, f->rank, f->stride, axes};
    Turn artists = {f->artist, f->n_artists, f->rank, f->stride, axes};
    fal_parallel_for(((gint64)users.n + TURN_ROWS - 1) / TURN_ROWS, turn_block, &users);
    fal_parallel_for(((gint64)artists.n + TURN_ROWS - 1) / TURN_ROWS, turn_block, &artists);
    return TRUE;
}
