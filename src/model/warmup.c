/* Iterations on a sample (see warmup.h).
 *
 * From random vectors the first iterations find the large directions, which a few listeners
 * show as well as all of them do: on a sixteenth an iteration takes a twentieth of the time,
 * and what it leads to is where the fourth whole one would be.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/warmup.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/kernels.h"
#include "data/sample.h"
#include "model/als.h"

/* One user of so many, and artists that would have two listeners among them. */
#define EVERY 16
#define LEAST (2 * EVERY)
/* A sample tells nothing about rank directions unless it has so many times more rows. */
#define ROWS_PER_FACTOR 4

typedef struct {
    FalPlays *sample;
    FalAls *als;
    gsize stride;
    gint32 n_users, n_artists;
    float *start, *user, *user_before; /* n_users x stride */
    float *artist[2];                  /* n_artists x stride: now, before */
} WarmUp;

static void
warm_up_clear(WarmUp *w)
{
    g_clear_pointer(&w->als, fal_als_free);
    g_clear_pointer(&w->sample, fal_plays_unref);
    fal_free(w->start);
    fal_free(w->user);
    fal_free(w->user_before);
    fal_free(w->artist[0]);
    fal_free(w->artist[1]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WarmUp, warm_up_clear)

static gboolean
warm_up_init(WarmUp *w, const FalTrainSettings *settings, const float *first, GError **error)
{
    gsize users = (gsize)w->n_users * w->stride, artists = (gsize)w->n_artists * w->stride;

    if (!(w->als = fal_als_new(w->sample, settings, FAL_ALS_BUFFER, error)) ||
        !(w->start = FAL_NEW(float, users, error)) ||
        !(w->user = FAL_NEW(float, users, error)) ||
        !(w->user_before = FAL_NEW(float, users, error)) ||
        !(w->artist[0] = FAL_NEW(float, artists, error)) ||
        !(w->artist[1] = FAL_NEW(float, artists, error)))
        return FALSE;
    for (gint32 user = 0; user < w->n_users; user++)
        memcpy(w->start + (gsize)user * w->stride, first + (gsize)user * EVERY * w->stride,
               w->stride * sizeof *first);
    return TRUE;
}

/* One iteration, as those of train.c. */
static gboolean
iterate(WarmUp *w, int iteration, double momentum, gboolean *good, FalTask *task,
        GError **error)
{
    float *swap = w->artist[0];
    FalAlsSums artists, users;

    w->artist[0] = w->artist[1];
    w->artist[1] = swap;
    swap = w->user;
    w->user = w->user_before;
    w->user_before = swap;
    if (!fal_als_half(w->als, FALSE, w->start, iteration > 0 ? w->artist[1] : NULL,
                      w->artist[0], &artists, task, error) ||
        !fal_als_half(w->als, TRUE, w->artist[0], w->start, w->user, &users, task, error))
        return FALSE;
    *good = artists.bad < 0 && users.bad < 0 && isfinite(users.observed + users.regularizer);
    if (iteration > 0 && momentum > 0)
        fal_als_extrapolate(w->als, w->user_before, w->user, momentum, w->start);
    else
        memcpy(w->start, w->user, (gsize)w->n_users * w->stride * sizeof *w->start);
    return TRUE;
}

static gboolean
run(WarmUp *w, const FalTrainSettings *settings, gboolean *good, FalTask *task, GError **error)
{
    g_autoptr(GError) problem = NULL;

    *good = TRUE;
    for (int i = 0; i < settings->warmup && *good; i++)
        if (!iterate(w, i, settings->momentum, good, task, &problem)) {
            *good = FALSE;
            /* Numbers beyond all bounds: the training will say so, if it comes to that too. */
            if (g_error_matches(problem, FAL_ERROR, FAL_ERROR_MODEL))
                return TRUE;
            g_propagate_error(error, g_steal_pointer(&problem));
            return FALSE;
        }
    return TRUE;
}

gboolean
fal_warm_up(const FalPlays *plays, const FalTrainSettings *settings, const float *first,
            float *artists, gboolean *warm, FalTask *task, GError **error)
{
    g_auto(WarmUp) w = {.stride = FAL_STRIDE((gsize)settings->rank)};
    gsize all = (gsize)fal_plays_by_artist(plays)->n_rows * w.stride, known;

    *warm = FALSE;
    if (settings->warmup == 0 || fal_plays_n_pairs(plays) < FAL_WARMUP_PAIRS)
        return TRUE;
    w.sample = fal_plays_sample(plays, EVERY, LEAST, error);
    if (!w.sample)
        return FALSE;
    w.n_users = fal_plays_by_user(w.sample)->n_rows;
    w.n_artists = fal_plays_by_artist(w.sample)->n_rows;
    if (MIN(w.n_users, w.n_artists) < ROWS_PER_FACTOR * settings->rank)
        return TRUE;
    fal_task_stage(task, "warming up",
                   2.0 * settings->warmup * (double)fal_plays_n_pairs(w.sample));
    if (!warm_up_init(&w, settings, first, error) || !run(&w, settings, warm, task, error))
        return FALSE;
    known = (gsize)w.n_artists * w.stride;
    memcpy(artists, w.artist[0], known * sizeof *artists);
    memset(artists + known, 0, (all - known) * sizeof *artists);
    return TRUE;
}
