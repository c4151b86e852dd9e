/* Training (see train.h).
 *
 * Two sets of factors take turns: an iteration writes the new set and leaves the old one as it
 * is, so that the last whole iteration is still there when the next one is cancelled.
 *
 * Iterations converge as steps of one direction that get shorter, so each starts a bit further
 * along (Nesterov's momentum; for ALS: Mitchell, Ye, De Sterck 2020).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/train.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/kernels.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/text.h"
#include "model/als.h"
#include "model/warmup.h"

/* Length of a user's first vector, about: Spark's, whose published figures depend on it where
 * iterations are few. Rendle et al. 2021 take 0.1; after some iterations both are the same. */
#define FIRST_LENGTH 1.0
#define FIRST_BLOCK  256
/* A loss that rises by a larger share than rounding explains. */
#define WORST_RISE 0.01
/* What rounding may do to the loss, as a share of it. */
#define ROUNDING 1e-7

struct FalTrainer {
    FalDataset *dataset;
    FalPlays *plays;
    FalTrainSettings own;
    const FalTrainSettings *settings; /* those */
    FalAls *als;                      /* NULL at rest */
    FalFactors old, new; /* of the last whole iteration; of the one under way, whose users are
                            those it starts from, until it has solved them */
    FalFactors kept; /* of the last iteration that is to be kept; its arrays NULL: none was */
    gboolean ahead;      /* it starts from beyond those of the last one */
    gboolean warm;       /* old holds what a warm-up led to, and not nothing */
    gboolean prepared;   /* the first iteration can start */
    gboolean converged;
    GArray *iterations; /* FalIteration */
};
typedef FalTrainer Training;

void
fal_trainer_free(FalTrainer *t)
{
    if (!t)
        return;
    fal_als_free(t->als);
    fal_free(t->old.user);
    fal_free(t->old.artist);
    fal_free(t->new.user);
    fal_free(t->new.artist);
    fal_free(t->kept.user);
    fal_free(t->kept.artist);
    if (t->iterations)
        g_array_unref(t->iterations);
    fal_plays_unref(t->plays);
    fal_dataset_unref(t->dataset);
    g_free(t);
}

static gboolean
factors_init(FalFactors *f, const Training *t, GError **error)
{
    f->rank = t->settings->rank;
    f->stride = FAL_STRIDE(f->rank);
    f->n_users = fal_plays_by_user(t->plays)->n_rows;
    f->n_artists = fal_plays_by_artist(t->plays)->n_rows;
    f->user = FAL_NEW(float, (gsize)f->n_users *(gsize)f->stride, error);
    f->artist = f->user ? FAL_NEW(float, (gsize)f->n_artists *(gsize)f->stride, error) : NULL;
    return f->artist != NULL;
}

static void
first_factors(gint64 block, int worker, gpointer data)
{
    const Training *t = data;
    double deviation = FIRST_LENGTH / sqrt(t->old.rank);
    gint32 last = (gint32)MIN((block + 1) * FIRST_BLOCK, t->old.n_users);

    (void)worker;
    for (gint32 user = (gint32)block * FIRST_BLOCK; user < last; user++) {
        guint64 id = (guint64)fal_dataset_user_id(t->dataset, user);
        float *x = t->new.user + (gsize)user *(gsize)t->old.stride;

        for (int k = 0; k < t->old.rank; k++)
            x[k] = (float)(deviation * fal_random_normal(t->settings->seed, id, (guint64)k));
    }
}

gboolean
fal_train_check(FalPlays *train, const FalTrainSettings *s, GError **error)
{
    gint32 users = fal_plays_by_user(train)->n_rows;
    gint32 artists = fal_plays_by_artist(train)->n_rows, fewest = MIN(users, artists);
    g_autofree char *wrong = fal_train_settings_check(s);

    if (wrong) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_USAGE, wrong);
        return FALSE;
    }
    if (s->rank > fewest) {
        g_set_error(
            error, FAL_ERROR, FAL_ERROR_USAGE,
            "rank %d is more than the %d %s%s: there is nothing for so many factors to tell "
            "apart, so set rank to %d or less",
            s->rank, fewest, users <= artists ? "user" : "artist", fewest == 1 ? "" : "s",
            fewest);
        return FALSE;
    }
    return TRUE;
}

static gboolean
training_init(Training *t, GError **error)
{
    if (!fal_train_check(t->plays, t->settings, error))
        return FALSE;
    t->iterations = g_array_new(FALSE, FALSE, sizeof(FalIteration));
    if (!factors_init(&t->old, t, error) || !factors_init(&t->new, t, error))
        return FALSE;
    return TRUE;
}

static void
start_from_last(Training *t)
{
    memcpy(t->new.user, t->old.user,
           (gsize)t->old.n_users * (gsize)t->old.stride * sizeof *t->new.user);
    t->ahead = FALSE;
}

/* The first iteration starts from random users, or from users that fit the artists of a
 * warm-up. */
static gboolean
first_start(Training *t, FalTask *task, GError **error)
{
    FalAlsSums users;

    if (!t->warm)
        return TRUE;
    fal_task_stage(task, "warming up", (double)fal_plays_n_pairs(t->plays));
    if (!fal_als_half(t->als, TRUE, t->old.artist, NULL, t->old.user, &users, task, error))
        return FALSE;
    t->warm = users.bad < 0;
    if (t->warm)
        start_from_last(t);
    return TRUE;
}

/* What a stint needs to begin. */
static gboolean
prepare(Training *t, FalTask *task, GError **error)
{
    if (!t->prepared) {
        fal_parallel_for(((gint64)t->old.n_users + FIRST_BLOCK - 1) / FIRST_BLOCK,
                         first_factors, t);
        if (!fal_warm_up(t->plays, t->settings, t->new.user, t->old.artist, &t->warm, task,
                         error))
            return FALSE;
    }
    if (!t->als && !(t->als = fal_als_new(t->plays, t->settings, FAL_ALS_BUFFER, error)))
        return FALSE;
    if (!t->new.artist &&
        !(t->new.artist = FAL_NEW(float, (gsize)t->new.n_artists *(gsize)t->new.stride, error)))
        return FALSE;
    if (!t->prepared && !first_start(t, task, error))
        return FALSE;
    t->prepared = TRUE;
    return TRUE;
}

static double
largest_confidence(const Training *t)
{
    const FalCsr *csr = fal_plays_by_user(t->plays);
    fal_autofree float *c = fal_confidence_new(t->plays, TRUE, t->settings, NULL);
    double largest = 0;

    for (gint64 i = 0; c && i < csr->start[csr->n_rows]; i++)
        largest = MAX(largest, c[i]);
    return largest;
}

/* What to change when a training does not work out. */
static char *
advice(const Training *t)
{
    g_autofree char *largest = fal_text_real(largest_confidence(t), 2);

    return g_strdup_printf(
        "the largest confidence is %s, so try a smaller alpha, %sor a larger lambda", largest,
        t->settings->confidence == FAL_CONFIDENCE_LOG ? "" : "confidence=log, ");
}

static gboolean
check_half(const Training *t, int iteration, gboolean users, gint32 bad, GError **error)
{
    if (bad < 0)
        return TRUE;

    g_autofree char *hint = advice(t);
    g_autofree char *name = NULL;
    const char *text = users ? "" : fal_dataset_artist_name(t->dataset, bad);
    if (*text)
        name = g_strdup_printf(" (%s)", text);
    g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL,
                "training diverged in iteration %d: the factors of %s %" G_GINT64_FORMAT
                "%s are not finite; %s",
                iteration, users ? "user" : "artist",
                users ? fal_dataset_user_id(t->dataset, bad)
                      : fal_dataset_artist_id(t->dataset, bad),
                name ? name : "", hint);
    return FALSE;
}

/* Fills the loss from what the two halves left. */
static gboolean
measure(const Training *t, const FalAlsSums *artists, const FalAlsSums *users,
        FalIteration *now, GError **error)
{
    const FalIteration *before = NULL;
    /* A loss of nothing is rounding, which may rise. */
    double least = 1e-6 * t->settings->unobserved * (double)fal_plays_n_pairs(t->plays);

    now->observed = users->observed;
    now->unobserved = t->settings->unobserved * MAX(users->all_squares - users->squares, 0);
    now->regularizer = artists->regularizer + users->regularizer;
    now->loss = now->observed + now->unobserved + now->regularizer;
    now->change = NAN;
    now->ndcg = NAN;
    now->recall = NAN;
    now->axes = artists->axes + users->axes;
    now->artists = artists->solve;
    now->users = users->solve;
    if (t->iterations->len > 0)
        before = &g_array_index(t->iterations, FalIteration, t->iterations->len - 1);
    if (before)
        now->change = before->loss > 0 ? now->loss / before->loss - 1 : 0;
    if (isfinite(now->loss) && !(before && now->loss > (1 + WORST_RISE) * before->loss + least))
        return TRUE;

    g_autofree char *hint = advice(t);
    g_autofree char *from = fal_text_real(before ? before->loss : 0, 3);
    g_autofree char *to = fal_text_real(now->loss, 3);
    if (isfinite(now->loss))
        g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL,
                    "the loss rose from %s to %s in iteration %d; %s", from, to, now->iteration,
                    hint);
    else
        g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL,
                    "the loss is not finite in iteration %d; %s", now->iteration, hint);
    return FALSE;
}

static void
tell(const FalIteration *now, FalTask *task)
{
    g_autofree char *loss = fal_text_real(now->loss, 3);
    g_autofree char *change = isnan(now->change) ? g_strdup("") : NULL;
    g_autofree char *note = NULL;

    if (!change) {
        char digits[G_ASCII_DTOSTR_BUF_SIZE];
        g_ascii_formatd(digits, sizeof digits, "%+.2g", 100 * now->change);
        change = g_strdup_printf(" %s %%", digits);
    }
    note = g_strdup_printf("J %s%s", loss, change);
    fal_task_note(task, note);
}

/* One whole iteration into t->new. */
static gboolean
iterate(Training *t, FalIteration *now, FalTask *task, GError **error)
{
    g_autofree char *stage =
        g_strdup_printf("training %d/%d", now->iteration, t->settings->iterations);
    const float *artists_before = now->iteration > 1 || t->warm ? t->old.artist : NULL;
    FalAlsSums artists, users;

    fal_task_stage(task, stage, 2.0 * (double)fal_plays_n_pairs(t->plays));
    if (!fal_als_half(t->als, FALSE, t->new.user, artists_before, t->new.artist, &artists, task,
                      error) ||
        !check_half(t, now->iteration, FALSE, artists.bad, error) ||
        !fal_als_half(t->als, TRUE, t->new.artist, t->new.user, t->new.user, &users, task,
                      error) ||
        !check_half(t, now->iteration, TRUE, users.bad, error) ||
        !measure(t, &artists, &users, now, error))
        return FALSE;
    tell(now, task);
    return TRUE;
}

/* Where the next iteration starts: beyond the last one's users, in the direction in which they
 * moved. The first one may have moved them away from random vectors, which tells nothing. */
static void
extrapolate(Training *t)
{
    double momentum = t->iterations->len > 1 || t->warm ? t->settings->momentum : 0;

    /* t->new holds what t->old held before. */
    if (momentum > 0)
        fal_als_extrapolate(t->als, t->new.user, t->old.user, momentum, t->new.user);
    t->ahead = momentum > 0;
    if (!t->ahead)
        start_from_last(t);
}

static gboolean
rose(const Training *t, const FalIteration *now)
{
    const FalIteration *before =
        &g_array_index(t->iterations, FalIteration, t->iterations->len - 1);

    return now->loss > before->loss * (1 + ROUNDING);
}

/* An iteration that went too far ahead is done again from where the last one ended: from there
 * the loss cannot rise. */
static gboolean
iterate_safely(Training *t, FalIteration *now, FalTask *task, GError **error)
{
    g_autoptr(GError) problem = NULL;
    gboolean done = iterate(t, now, task, &problem);

    if (t->ahead &&
        (done ? rose(t, now) : g_error_matches(problem, FAL_ERROR, FAL_ERROR_MODEL))) {
        g_clear_error(&problem);
        start_from_last(t);
        done = iterate(t, now, task, &problem);
    }
    if (!done)
        g_propagate_error(error, g_steal_pointer(&problem));
    return done;
}

/* Copies the factors of the last whole iteration, to come back to. */
static gboolean
keep(Training *t, GError **error)
{
    gsize stride = (gsize)t->old.stride * sizeof(float);

    if (!t->kept.user && !factors_init(&t->kept, t, error))
        return FALSE;
    memcpy(t->kept.user, t->old.user, (gsize)t->old.n_users * stride);
    memcpy(t->kept.artist, t->old.artist, (gsize)t->old.n_artists * stride);
    return TRUE;
}

static double
seconds_since(gint64 began)
{
    return (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
}

static double
seconds_so_far(const Training *t)
{
    guint n = t->iterations->len;

    return n > 0 ? g_array_index(t->iterations, FalIteration, n - 1).seconds : 0;
}

FalTrainer *
fal_trainer_new(FalDataset *dataset, FalPlays *train, const FalTrainSettings *settings,
                GError **error)
{
    g_return_val_if_fail(fal_plays_by_user(train)->n_rows == fal_dataset_n_users(dataset),
                         NULL);
    g_return_val_if_fail(fal_plays_by_artist(train)->n_rows == fal_dataset_n_artists(dataset),
                         NULL);

    g_autoptr(FalTrainer) t = g_new0(FalTrainer, 1);
    t->dataset = fal_dataset_ref(dataset);
    t->plays = fal_plays_ref(train);
    t->own = *settings;
    t->settings = &t->own;
    return training_init(t, error) ? g_steal_pointer(&t) : NULL;
}

gboolean
fal_trainer_run(FalTrainer *t, int iterations, FalIterationFn fn, gpointer data, FalTask *task,
                GError **error)
{
    double before = seconds_so_far(t);
    gint64 began = g_get_monotonic_time();

    if (!prepare(t, task, error))
        return FALSE;
    for (int i = (int)t->iterations->len + 1; i <= iterations && !t->converged; i++) {
        FalIteration now = {.iteration = i};
        FalFactors swap = t->old;
        gboolean more;

        if (!iterate_safely(t, &now, task, error))
            return FALSE;
        now.seconds = before + seconds_since(began);
        t->old = t->new;
        t->new = swap;
        more = !fn || fn(&now, &t->old, data);
        g_array_append_val(t->iterations, now);
        if (now.keep && !keep(t, error))
            return FALSE;
        t->converged = t->settings->tolerance > 0 && -now.change < t->settings->tolerance;
        if (!t->converged)
            extrapolate(t);
        if (!more)
            break;
    }
    return TRUE;
}

void
fal_trainer_rest(FalTrainer *t)
{
    g_clear_pointer(&t->als, fal_als_free);
    fal_free(g_steal_pointer(&t->new.artist));
}

const FalIteration *
fal_trainer_last(const FalTrainer *t)
{
    guint n = t->iterations->len;

    return n > 0 ? &g_array_index(t->iterations, FalIteration, n - 1) : NULL;
}

/* A model with these factors, which it takes on success. */
static FalModel *
model_of(const FalTrainer *t, const FalFactors *factors, GError **error)
{
    return fal_model_new(t->dataset, t->plays, t->settings, factors,
                         (const FalIteration *)t->iterations->data, (int)t->iterations->len,
                         error);
}

FalModel *
fal_trainer_model(const FalTrainer *t, GError **error)
{
    FalFactors copy = t->old;
    gsize users = (gsize)copy.n_users * (gsize)copy.stride;
    gsize artists = (gsize)copy.n_artists * (gsize)copy.stride;
    fal_autofree float *user = FAL_NEW(float, users, error);
    fal_autofree float *artist = user ? FAL_NEW(float, artists, error) : NULL;

    if (!artist)
        return NULL;
    memcpy(user, t->old.user, users * sizeof *user);
    memcpy(artist, t->old.artist, artists * sizeof *artist);
    copy.user = user;
    copy.artist = artist;
    FalModel *model = model_of(t, &copy, error);
    if (model)
        user = artist = NULL;
    return model;
}

FalModel *
fal_train(FalDataset *dataset, FalPlays *train, const FalTrainSettings *settings,
          FalIterationFn fn, gpointer data, FalTask *task, GError **error)
{
    g_autoptr(FalTrainer) t = fal_trainer_new(dataset, train, settings, error);
    g_autoptr(GError) problem = NULL;
    FalModel *model;

    if (!t)
        return NULL;
    if (!fal_trainer_run(t, settings->iterations, fn, data, task, &problem) &&
        !(t->iterations->len > 0 && g_error_matches(problem, FAL_ERROR, FAL_ERROR_CANCELLED))) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return NULL;
    }
    fal_trainer_rest(t);
    fal_free(g_steal_pointer(&t->new.user));
    if (t->kept.user) {
        FalFactors last = t->old;
        t->old = t->kept;
        t->kept = last;
    }
    model = model_of(t, &t->old, error);
    if (model)
        t->old.user = t->old.artist = NULL;
    return model;
}

gsize
fal_trainer_memory(const FalTrainer *t)
{
    /* The next iteration starts from users of its own, and writes its artists anew. */
    gsize rows = 2 * (gsize)t->old.n_users + (gsize)t->old.n_artists;

    return rows * (gsize)t->old.stride * sizeof(float);
}

gsize
fal_train_memory(const FalDataset *dataset, const FalTrainSettings *settings)
{
    gsize stride = FAL_STRIDE((gsize)MAX(settings->rank, 1)), square = stride * stride;
    gsize rows = (gsize)fal_dataset_n_users(dataset) + (gsize)fal_dataset_n_artists(dataset);
    gsize workers = (gsize)fal_parallel_threads();

    /* Two sets of factors; per worker the gathered vectors and the square matrices. */
    return 2 * rows * stride * sizeof(float) +
           workers * (FAL_ALS_BUFFER + 3 * square * sizeof(double));
}
