/* Training against a reference that builds each dense weighted system and eliminates; the loss
 * against the sum over all pairs; the same bits for any number of threads; stopping; what goes
 * wrong and is said so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/kernels.h"
#include "base/parallel.h"
#include "base/random.h"
#include "fixture.h"
#include "model/als.h"
#include "model/train.h"

#define MAX_RANK 24

/* Heavy counts, ids with gaps, and every eighth row without an entry in `train`. */
typedef struct {
    FalDataset *dataset;
    FalPlays *train;
} World;

static void
world_init(World *w, gint32 n_users, gint32 n_artists, double density, guint64 seed)
{
    g_autoptr(GString) rows = g_string_new(NULL);
    g_autoptr(GString) names = g_string_new(NULL);
    FalRandom random;

    fal_random_init(&random, seed);
    for (gint32 u = 0; u < n_users; u++) {
        g_string_append_printf(rows, "%d %d 1\n", u * 7 + 3, (u % n_artists) * 3 + 1);
        for (gint32 i = 0; i < n_artists; i++) {
            double chance = density * (i % 5 == u % 5 ? 3 : 0.5);
            if (fal_random_double(&random) < chance)
                g_string_append_printf(rows, "%d %d %d\n", u * 7 + 3, i * 3 + 1,
                                       (int)exp(9 * pow(fal_random_double(&random), 3)));
        }
    }
    for (gint32 i = 0; i < n_artists; i++) {
        g_string_append_printf(rows, "%d %d 2\n", (i % n_users) * 7 + 3, i * 3 + 1);
        g_string_append_printf(names, "%d\tBand %d\n", i * 3 + 1, i * 3 + 1);
    }
    w->dataset = fal_fixture_dataset(rows->str, names->str, NULL);
    g_assert_cmpint(fal_dataset_n_users(w->dataset), ==, n_users);
    g_assert_cmpint(fal_dataset_n_artists(w->dataset), ==, n_artists);

    const FalCsr *csr = fal_plays_by_user(fal_dataset_plays(w->dataset));
    g_autofree FalPlay *plays = g_new(FalPlay, csr->start[n_users]);
    gint64 n = 0;
    for (gint32 u = 0; u < n_users; u++)
        for (gint64 k = csr->start[u]; k < csr->start[u + 1]; k++)
            if (u % 8 != 5 && csr->col[k] % 8 != 6)
                plays[n++] = (FalPlay){u, csr->col[k], csr->plays[k]};
    w->train = fal_plays_new(n_users, n_artists, plays, n, NULL, NULL);
    g_assert_nonnull(w->train);
}

static void
world_clear(World *w)
{
    fal_plays_unref(w->train);
    fal_dataset_unref(w->dataset);
}

/* The reference: in double precision, over all pairs. */

typedef struct {
    int rank;
    gint32 n_users, n_artists;
    double *weight; /* n_users x n_artists: c where there are plays, a0 elsewhere */
    gboolean *played;
    double *user, *artist; /* rank numbers a row */
    double *user_lambda, *artist_lambda;
} Dense;

static double
bm25(const World *w, gint32 user, gint32 artist, double r)
{
    const FalCsr *by_user = fal_plays_by_user(w->train),
                 *by_artist = fal_plays_by_artist(w->train);
    double total = 0;

    for (gint64 k = 0; k < by_user->start[by_user->n_rows]; k++)
        total += by_user->plays[k];
    double length = (double)fal_csr_row_plays(by_artist, artist) * by_artist->n_rows / total;
    double idf = log(by_artist->n_rows) - log1p((double)fal_csr_count(by_user, user));
    return r * 101 / (100 * (0.2 + 0.8 * length) + r) * MAX(idf, 0);
}

static double
confidence(const World *w, const FalTrainSettings *s, gint32 user, gint32 artist, double r)
{
    switch (s->confidence) {
    case FAL_CONFIDENCE_LINEAR:
        return s->unobserved + s->alpha * r;
    case FAL_CONFIDENCE_LOG:
        return s->unobserved + s->alpha * log(1 + r / s->epsilon);
    case FAL_CONFIDENCE_BM25:
        return s->unobserved + s->alpha * bm25(w, user, artist, r);
    case FAL_CONFIDENCE_BINARY:
        return s->unobserved + s->alpha;
    case FAL_CONFIDENCE_RAW:
        break;
    }
    return s->alpha * r;
}

static void
dense_init(Dense *d, const World *w, const FalTrainSettings *s)
{
    const FalCsr *by_user = fal_plays_by_user(w->train),
                 *by_artist = fal_plays_by_artist(w->train);
    gint32 users = by_user->n_rows, artists = by_artist->n_rows;

    *d = (Dense){.rank = s->rank, .n_users = users, .n_artists = artists};
    d->weight = g_new(double, users *artists);
    d->played = g_new0(gboolean, users * artists);
    d->user = g_new(double, users * s->rank);
    d->artist = g_new0(double, artists * s->rank);
    d->user_lambda = g_new(double, users);
    d->artist_lambda = g_new(double, artists);
    double pairs = (double)fal_plays_n_pairs(w->train);
    for (gint32 u = 0; u < users; u++) {
        gint64 n = fal_csr_count(by_user, u);
        d->user_lambda[u] =
            s->nu == 0 ? s->lambda : s->lambda * ((double)n + s->prior * pairs / users);
        for (int k = 0; k < s->rank; k++)
            d->user[u * s->rank + k] =
                1 / sqrt(s->rank) *
                fal_random_normal(s->seed, (guint64)fal_dataset_user_id(w->dataset, u),
                                  (guint64)k);
        for (gint32 i = 0; i < artists; i++) {
            guint32 r = fal_csr_find(by_user, u, i);
            d->played[u * artists + i] = r > 0;
            d->weight[u * artists + i] = r > 0 ? confidence(w, s, u, i, r) : s->unobserved;
        }
    }
    for (gint32 i = 0; i < artists; i++) {
        gint64 n = fal_csr_count(by_artist, i);
        d->artist_lambda[i] =
            s->nu == 0 ? s->lambda : s->lambda * ((double)n + s->prior * pairs / artists);
    }
}

static void
dense_clear(Dense *d)
{
    g_free(d->weight);
    g_free(d->played);
    g_free(d->user);
    g_free(d->artist);
    g_free(d->user_lambda);
    g_free(d->artist_lambda);
}

/* Gaussian elimination with pivots; b becomes the solution. */
static void
eliminate(double (*a)[MAX_RANK], double *b, int n)
{
    for (int k = 0; k < n; k++) {
        int pivot = k;
        for (int i = k + 1; i < n; i++)
            pivot = fabs(a[i][k]) > fabs(a[pivot][k]) ? i : pivot;
        for (int j = 0; j < n; j++) {
            double swap = a[k][j];
            a[k][j] = a[pivot][j];
            a[pivot][j] = swap;
        }
        double swap = b[k];
        b[k] = b[pivot];
        b[pivot] = swap;
        for (int i = k + 1; i < n; i++) {
            double share = a[i][k] / a[k][k];
            for (int j = k; j < n; j++)
                a[i][j] -= share * a[k][j];
            b[i] -= share * b[k];
        }
    }
    for (int k = n - 1; k >= 0; k--) {
        for (int j = k + 1; j < n; j++)
            b[k] -= a[k][j] * b[j];
        b[k] /= a[k][k];
    }
}

static void
dense_half(Dense *d, gboolean users)
{
    gint32 n_rows = users ? d->n_users : d->n_artists,
           n_cols = users ? d->n_artists : d->n_users;
    const double *fixed = users ? d->artist : d->user;
    double *solved = users ? d->user : d->artist;

    for (gint32 row = 0; row < n_rows; row++) {
        double a[MAX_RANK][MAX_RANK] = {{0}}, b[MAX_RANK] = {0};
        for (int k = 0; k < d->rank; k++)
            a[k][k] = users ? d->user_lambda[row] : d->artist_lambda[row];
        gboolean any = FALSE;
        for (gint32 col = 0; col < n_cols; col++) {
            gint32 at = users ? row * d->n_artists + col : col * d->n_artists + row;
            const double *y = fixed + col * d->rank;
            any = any || d->played[at];
            for (int j = 0; j < d->rank; j++) {
                for (int k = 0; k < d->rank; k++)
                    a[j][k] += d->weight[at] * y[j] * y[k];
                b[j] += d->played[at] ? d->weight[at] * y[j] : 0;
            }
        }
        if (any)
            eliminate(a, b, d->rank);
        for (int k = 0; k < d->rank; k++)
            solved[row * d->rank + k] = any ? b[k] : 0;
    }
}

static double
product(const double *a, const double *b, int n)
{
    double sum = 0;

    for (int k = 0; k < n; k++)
        sum += a[k] * b[k];
    return sum;
}

static FalIteration
dense_loss(const Dense *d)
{
    FalIteration out = {.loss = 0};
    int f = d->rank;

    for (gint32 u = 0; u < d->n_users; u++)
        for (gint32 i = 0; i < d->n_artists; i++) {
            double s = product(d->user + u * f, d->artist + i * f, f);
            double c = d->weight[u * d->n_artists + i];
            if (d->played[u * d->n_artists + i])
                out.observed += c * (1 - s) * (1 - s);
            else
                out.unobserved += c * s * s;
        }
    for (gint32 u = 0; u < d->n_users; u++)
        out.regularizer += d->user_lambda[u] * product(d->user + u * f, d->user + u * f, f);
    for (gint32 i = 0; i < d->n_artists; i++)
        out.regularizer +=
            d->artist_lambda[i] * product(d->artist + i * f, d->artist + i * f, f);
    out.loss = out.observed + out.unobserved + out.regularizer;
    return out;
}

static void
dense_take(Dense *d, const FalFactors *factors)
{
    for (gint32 u = 0; u < d->n_users; u++)
        for (int k = 0; k < d->rank; k++)
            d->user[u * d->rank + k] = fal_user_factors(factors, u)[k];
    for (gint32 i = 0; i < d->n_artists; i++)
        for (int k = 0; k < d->rank; k++)
            d->artist[i * d->rank + k] = fal_artist_factors(factors, i)[k];
}

static void
assert_near(double got, double expected, double share, double scale)
{
    g_assert_cmpfloat_with_epsilon(got, expected, share * scale + 1e-12);
}

static void
assert_loss(const FalIteration *got, const FalIteration *expected, double share)
{
    assert_near(got->loss, expected->loss, share, expected->loss);
    assert_near(got->observed, expected->observed, share, expected->loss);
    assert_near(got->unobserved, expected->unobserved, share, expected->loss);
    assert_near(got->regularizer, expected->regularizer, share, expected->loss);
    g_assert_cmpfloat(got->loss, ==, got->observed + got->unobserved + got->regularizer);
}

static FalModel *
train(const World *w, const FalTrainSettings *s, FalIterationFn fn, gpointer data,
      FalTask *task)
{
    g_autoptr(GError) error = NULL;
    FalModel *model = fal_train(w->dataset, w->train, s, fn, data, task, &error);

    g_assert_no_error(error);
    g_assert_nonnull(model);
    return model;
}

static void
settings_for_test(FalTrainSettings *s)
{
    fal_train_settings_init(s);
    s->rank = 5;
    s->iterations = 3;
    s->lambda = 0.2;
    s->alpha = 0.7;
    s->nu = 0;
    s->steps = 60;
    s->accuracy = 0;
    s->momentum = 0;
}

/* A training held against the reference, one iteration at a time: small differences grow from
 * one to the next, so each starts from the factors that the one before left. */
typedef struct {
    Dense d;
    double worst; /* difference of a score */
} Against;

static gboolean
hold_against(FalIteration *iteration, const FalFactors *factors, gpointer data)
{
    Against *a = data;
    Dense *d = &a->d;

    dense_half(d, FALSE);
    dense_half(d, TRUE);
    FalIteration expected = dense_loss(d);
    assert_loss(iteration, &expected, 2e-4);
    for (gint32 u = 0; u < d->n_users; u++)
        for (gint32 i = 0; i < d->n_artists; i++) {
            double score = product(d->user + u * d->rank, d->artist + i * d->rank, d->rank),
                   got = 0;
            for (int k = 0; k < d->rank; k++)
                got +=
                    (double)fal_user_factors(factors, u)[k] * fal_artist_factors(factors, i)[k];
            a->worst = MAX(a->worst, fabs(got - score));
        }

    /* What is reported is the loss of just these factors. */
    dense_take(d, factors);
    expected = dense_loss(d);
    assert_loss(iteration, &expected, 1e-5);
    return TRUE;
}

static void
check_against_dense(const World *w, const FalTrainSettings *s)
{
    Against a = {.worst = 0};
    int n;

    dense_init(&a.d, w, s);
    g_autoptr(FalModel) model = train(w, s, hold_against, &a, NULL);
    const FalIteration *iterations = fal_model_iterations(model, &n);
    g_assert_cmpint(n, ==, s->iterations);
    g_assert_cmpfloat(a.worst, <, 5e-3);
    g_assert_true(isnan(iterations[0].change));
    for (int i = 0; i < n; i++) {
        g_assert_cmpint(iterations[i].iteration, ==, i + 1);
        if (i > 0)
            g_assert_cmpfloat(iterations[i].change, ==,
                              iterations[i].loss / iterations[i - 1].loss - 1);
    }
    dense_clear(&a.d);
}

static void
test_dense(void)
{
    World w;

    world_init(&w, 24, 37, 0.15, 1);
    for (int kind = FAL_CONFIDENCE_LINEAR; kind <= FAL_CONFIDENCE_RAW; kind++)
        for (int variant = 0; variant < 16; variant++) {
            FalTrainSettings s;
            settings_for_test(&s);
            s.confidence = (FalConfidence)kind;
            s.nu = variant & 1;
            s.prior = variant & 2 ? 0.5 : 0;
            s.unobserved = variant & 4 ? 0.1 : 1;
            s.solver = variant & 8 ? FAL_SOLVER_EXACT : FAL_SOLVER_CG;
            s.rank = kind % 2 ? 8 : 5;
            check_against_dense(&w, &s);
        }
    world_clear(&w);
}

/* Raw counts below a0: observed pairs that weigh less than the others. */
static void
test_small_confidence(void)
{
    World w;
    FalTrainSettings s;

    world_init(&w, 24, 37, 0.15, 2);
    settings_for_test(&s);
    s.confidence = FAL_CONFIDENCE_RAW;
    s.alpha = 0.01;
    for (int solver = FAL_SOLVER_CG; solver <= FAL_SOLVER_EXACT; solver++) {
        s.solver = (FalSolver)solver;
        check_against_dense(&w, &s);
    }
    world_clear(&w);
}

/* With few steps the loss still never rises, and is still that of the factors. */
static void
test_monotone(void)
{
    World w;

    world_init(&w, 60, 150, 0.1, 3);
    for (int variant = 0; variant < 12; variant++) {
        static const double alphas[] = {1, 40, 1000};
        FalTrainSettings s;
        settings_for_test(&s);
        s.rank = 16;
        s.iterations = 12;
        s.alpha = alphas[variant % 3];
        s.confidence = variant % 2 ? FAL_CONFIDENCE_LINEAR : FAL_CONFIDENCE_LOG;
        s.steps = variant < 9 ? 1 + variant / 3 : 10;
        s.accuracy = variant < 9 ? 0 : 0.01;
        g_autoptr(FalModel) model = train(&w, &s, NULL, NULL, NULL);
        int n;
        const FalIteration *it = fal_model_iterations(model, &n);
        for (int i = 1; i < n; i++)
            g_assert_cmpfloat(it[i].loss, <=, it[i - 1].loss * (1 + 1e-6));
        Dense d;
        dense_init(&d, &w, &s);
        dense_take(&d, fal_model_factors(model));
        FalIteration mine = dense_loss(&d);
        assert_loss(&it[n - 1], &mine, 1e-5);
        dense_clear(&d);
    }
    world_clear(&w);
}

/* No entries, no factors; and nothing but zeros behind the rank. */
static void
test_empty_rows(void)
{
    World w;
    FalTrainSettings s;

    world_init(&w, 24, 37, 0.15, 1);
    settings_for_test(&s);
    g_autoptr(FalModel) model = train(&w, &s, NULL, NULL, NULL);
    const FalFactors *f = fal_model_factors(model);
    for (gint32 u = 0; u < f->n_users; u++) {
        const float *x = fal_user_factors(f, u);
        g_assert_true((u % 8 == 5) == (fal_kernels()->dot(x, x, f->stride) == 0));
        for (int k = f->rank; k < f->stride; k++)
            g_assert_cmpfloat(x[k], ==, 0);
    }
    for (gint32 i = 0; i < f->n_artists; i++) {
        const float *y = fal_artist_factors(f, i);
        g_assert_true((i % 8 == 6) == (fal_kernels()->dot(y, y, f->stride) == 0));
        for (int k = f->rank; k < f->stride; k++)
            g_assert_cmpfloat(y[k], ==, 0);
    }
    world_clear(&w);
}

/* The axes are those of the artists: Y'Y is diagonal, energies fall. */
static void
test_axes(void)
{
    World w;
    FalTrainSettings s;
    double gram[8][8] = {{0}};

    world_init(&w, 60, 150, 0.1, 4);
    settings_for_test(&s);
    s.rank = 8;
    g_autoptr(FalModel) model = train(&w, &s, NULL, NULL, NULL);
    const FalFactors *f = fal_model_factors(model);
    for (gint32 i = 0; i < f->n_artists; i++)
        for (int j = 0; j < 8; j++)
            for (int k = 0; k < 8; k++)
                gram[j][k] += (double)fal_artist_factors(f, i)[j] * fal_artist_factors(f, i)[k];
    for (int j = 0; j < 8; j++)
        for (int k = 0; k < j; k++) {
            g_assert_cmpfloat(gram[k][k], >=, gram[j][j]);
            g_assert_cmpfloat(fabs(gram[j][k]), <, 1e-5 * gram[0][0]);
        }
    world_clear(&w);
}

static void
test_threads(void)
{
    for (int solver = FAL_SOLVER_CG; solver <= FAL_SOLVER_EXACT; solver++) {
        World w;
        FalTrainSettings s;
        g_autoptr(FalModel) first = NULL;
        world_init(&w, 300, 900, 0.05, 5);
        settings_for_test(&s);
        s.rank = 12;
        s.steps = 3;
        s.solver = (FalSolver)solver;
        for (int threads = 1; threads <= 3; threads++) {
            fal_parallel_set_threads(threads);
            g_autoptr(FalModel) model = train(&w, &s, NULL, NULL, NULL);
            if (!first) {
                first = g_steal_pointer(&model);
                continue;
            }
            const FalFactors *a = fal_model_factors(first), *b = fal_model_factors(model);
            gsize users = (gsize)a->n_users * (gsize)a->stride * sizeof(float);
            gsize artists = (gsize)a->n_artists * (gsize)a->stride * sizeof(float);
            int n;
            g_assert_cmpmem(a->user, users, b->user, users);
            g_assert_cmpmem(a->artist, artists, b->artist, artists);
            const FalIteration *p = fal_model_iterations(first, &n);
            const FalIteration *q = fal_model_iterations(model, &n);
            for (int i = 0; i < n; i++)
                g_assert_cmpfloat(p[i].loss, ==, q[i].loss);
        }
        fal_parallel_set_threads(0);
        world_clear(&w);
    }
}

static void
test_seed(void)
{
    World w;
    FalTrainSettings s;

    world_init(&w, 24, 37, 0.15, 1);
    settings_for_test(&s);
    g_autoptr(FalModel) one = train(&w, &s, NULL, NULL, NULL);
    s.seed++;
    g_autoptr(FalModel) other = train(&w, &s, NULL, NULL, NULL);
    g_assert_cmpfloat(fal_model_score(one, 0, 0), !=, fal_model_score(other, 0, 0));
    world_clear(&w);
}

static void
halves(const World *w, const FalTrainSettings *s, gsize buffer, float *users, float *artists,
       FalAlsSums *sums)
{
    g_autoptr(FalAls) als = fal_als_new(w->train, s, buffer, NULL);
    int stride = FAL_STRIDE(s->rank);
    gsize n = (gsize)fal_dataset_n_users(w->dataset) * (gsize)stride;
    fal_autofree float *from = FAL_NEW(float, n, NULL);

    g_assert_nonnull(als);
    for (gsize i = 0; i < n; i++)
        from[i] = (gint)(i % (gsize)stride) < s->rank ? (float)fal_random_normal(1, 2, i) : 0;
    g_assert_true(fal_als_half(als, FALSE, from, NULL, artists, sums, NULL, NULL));
    g_assert_true(fal_als_half(als, TRUE, artists, from, users, sums, NULL, NULL));
}

/* Rows that are longer than the buffer give the same bits as those that fit. */
static void
test_small_buffer(void)
{
    World w;
    FalTrainSettings s;

    world_init(&w, 60, 150, 0.3, 6);
    settings_for_test(&s);
    s.steps = 4;
    for (int solver = FAL_SOLVER_CG; solver <= FAL_SOLVER_EXACT; solver++) {
        fal_autofree float *memory = FAL_NEW(float, 2 * (60 + 150) * 8, NULL);
        float *users[2] = {memory, memory + 60 * 8};
        float *artists[2] = {memory + 120 * 8, memory + 270 * 8};
        FalAlsSums sums[2];
        s.solver = (FalSolver)solver;
        halves(&w, &s, FAL_ALS_BUFFER, users[0], artists[0], &sums[0]);
        halves(&w, &s, 11 * 8 * sizeof(float), users[1], artists[1], &sums[1]);
        for (int i = 0; i < 60 * 8; i++)
            g_assert_cmpfloat_with_epsilon(users[0][i], users[1][i], 1e-5);
        g_assert_cmpfloat_with_epsilon(sums[0].observed / sums[1].observed, 1, 1e-6);
        if (solver == FAL_SOLVER_CG)
            g_assert_cmpmem(users[0], 60 * 32, users[1], 60 * 32);
    }
    world_clear(&w);
}

typedef struct {
    const World *world;
    int at; /* iteration */
    FalTask *task;
    GThread *thread;
    gboolean stop;
    int calls;
} Watch;

static void
assert_same_scores(const FalModel *a, const FalModel *b, double within)
{
    const FalFactors *f = fal_model_factors(a);

    for (gint32 u = 0; u < f->n_users; u++)
        for (gint32 i = 0; i < f->n_artists; i++)
            g_assert_cmpfloat_with_epsilon(fal_model_score(a, u, i), fal_model_score(b, u, i),
                                           within);
}

static gpointer
cancel_soon(gpointer task)
{
    fal_task_cancel(task);
    return NULL;
}

static gboolean
watch(FalIteration *iteration, const FalFactors *factors, gpointer data)
{
    Watch *w = data;

    w->calls++;
    g_assert_cmpint(iteration->iteration, ==, w->calls);
    g_assert_cmpint(factors->rank, ==, 5);
    g_assert_true(isnan(iteration->ndcg));
    iteration->ndcg = 0.5 * w->calls;
    if (w->calls != w->at)
        return TRUE;
    if (w->thread)
        return TRUE;
    if (w->task && w->stop)
        fal_task_cancel(w->task);
    else if (w->task)
        w->thread = g_thread_new("cancel", cancel_soon, w->task);
    return w->task || !w->stop;
}

static void
check_stopped(Watch *watching)
{
    FalTrainSettings s;
    int n;

    settings_for_test(&s);
    s.iterations = 10000;
    g_autoptr(FalModel) model = train(watching->world, &s, watch, watching, watching->task);
    const FalIteration *iterations = fal_model_iterations(model, &n);
    if (watching->thread) {
        g_thread_join(watching->thread);
        g_assert_cmpint(n, >=, watching->at);
        g_assert_cmpint(n, <, 10000);
    } else {
        g_assert_cmpint(n, ==, watching->at);
    }
    g_assert_cmpint(n, ==, watching->calls);
    for (int i = 0; i < n; i++)
        g_assert_cmpfloat(iterations[i].ndcg, ==, 0.5 * (i + 1));
    s.iterations = n;
    g_autoptr(FalModel) whole = train(watching->world, &s, NULL, NULL, NULL);
    assert_same_scores(model, whole, 1e-4);
}

static void
test_stop(void)
{
    World w;

    world_init(&w, 60, 150, 0.1, 7);
    for (int at = 1; at <= 3; at++) {
        g_autoptr(FalTask) task = fal_task_new();
        Watch by_answer = {.world = &w, .at = at, .stop = TRUE};
        Watch by_task = {.world = &w, .at = at, .stop = TRUE, .task = task};
        check_stopped(&by_answer);
        check_stopped(&by_task);
    }
    for (int round = 0; round < 10; round++) {
        g_autoptr(FalTask) task = fal_task_new();
        Watch by_thread = {.world = &w, .at = 2, .task = task};
        check_stopped(&by_thread);
    }
    world_clear(&w);
}

/* Keeps the iterations 2 and 4, and ends after the 7th. */
static gboolean
keep_some(FalIteration *iteration, const FalFactors *factors, gpointer data)
{
    (void)factors;
    (void)data;
    iteration->keep = iteration->iteration == 2 || iteration->iteration == 4;
    return iteration->iteration < 7;
}

/* The model is that of the last iteration that was to be kept; the others are told all the
 * same.
 */
static void
test_keep(void)
{
    World w;
    FalTrainSettings s;
    int n;

    world_init(&w, 60, 150, 0.1, 9);
    settings_for_test(&s);
    s.iterations = 10000;
    g_autoptr(FalModel) kept = train(&w, &s, keep_some, NULL, NULL);
    const FalIteration *iterations = fal_model_iterations(kept, &n);
    g_assert_cmpint(n, ==, 7);
    g_assert_true(iterations[3].keep);
    g_assert_false(iterations[6].keep);
    s.iterations = 4;
    g_autoptr(FalModel) whole = train(&w, &s, NULL, NULL, NULL);
    assert_same_scores(kept, whole, 1e-4);
    world_clear(&w);
}

/* What is between the users before and after an iteration is measured in the axes of after:
 * there the users of before have the scores that they had. */
static void
test_extrapolate(void)
{
    World w;
    FalTrainSettings s;
    FalAlsSums sums;
    const gsize n_users = 60 * 8, n_artists = 150 * 8;

    world_init(&w, 60, 150, 0.1, 8);
    settings_for_test(&s);
    fal_autofree float *before = FAL_NEW(float, n_users, NULL);
    fal_autofree float *artists = FAL_NEW(float, n_artists, NULL);
    fal_autofree float *start = FAL_NEW(float, n_users, NULL);
    fal_autofree float *users = FAL_NEW(float, n_users, NULL);
    fal_autofree float *new_artists = FAL_NEW(float, n_artists, NULL);
    fal_autofree float *between = FAL_NEW(float, n_artists, NULL);
    fal_autofree float *out = FAL_NEW(float, n_users, NULL);
    halves(&w, &s, FAL_ALS_BUFFER, before, artists, &sums);
    memcpy(start, before, n_users * sizeof(float));

    g_autoptr(FalAls) als = fal_als_new(w.train, &s, FAL_ALS_BUFFER, NULL);
    g_assert_true(fal_als_half(als, FALSE, start, artists, new_artists, &sums, NULL, NULL));
    memcpy(between, new_artists, n_artists * sizeof(float));
    g_assert_true(fal_als_half(als, TRUE, new_artists, start, users, &sums, NULL, NULL));
    fal_als_extrapolate(als, before, users, 0, out);
    g_assert_cmpmem(out, n_users * sizeof(float), users, n_users * sizeof(float));
    fal_als_extrapolate(als, before, users, 0.5, out);
    for (int u = 0; u < 60; u++)
        for (int i = 0; i < 150; i++) {
            double was = 0, is = 0, further = 0;
            for (int k = 0; k < 8; k++) {
                was += start[u * 8 + k] * between[i * 8 + k];
                is += users[u * 8 + k] * new_artists[i * 8 + k];
                further += out[u * 8 + k] * new_artists[i * 8 + k];
            }
            g_assert_cmpfloat_with_epsilon(further, is + 0.5 * (is - was), 1e-4);
        }
    fal_als_extrapolate(als, before, users, 0.5, before);
    g_assert_cmpmem(before, n_users * sizeof(float), out, n_users * sizeof(float));
    world_clear(&w);
}

/* A half may write its factors where those are that it starts from. */
static void
test_in_place(void)
{
    World w;
    FalTrainSettings s;
    FalAlsSums sums, same;
    const gsize n_users = 60 * 8, n_artists = 150 * 8;

    world_init(&w, 60, 150, 0.1, 8);
    settings_for_test(&s);
    s.steps = 2;
    fal_autofree float *from = FAL_NEW(float, n_users, NULL);
    fal_autofree float *to = FAL_NEW(float, n_users, NULL);
    fal_autofree float *artists = FAL_NEW(float, n_artists, NULL);
    fal_autofree float *copy = FAL_NEW(float, n_artists, NULL);
    halves(&w, &s, FAL_ALS_BUFFER, from, artists, &sums);
    memcpy(copy, artists, n_artists * sizeof(float));

    g_autoptr(FalAls) als = fal_als_new(w.train, &s, FAL_ALS_BUFFER, NULL);
    g_assert_true(fal_als_half(als, TRUE, artists, from, to, &sums, NULL, NULL));
    g_assert_true(fal_als_half(als, TRUE, copy, from, from, &same, NULL, NULL));
    g_assert_cmpmem(from, n_users * sizeof(float), to, n_users * sizeof(float));
    g_assert_cmpfloat(same.observed, ==, sums.observed);
    world_clear(&w);
}

/* Momentum reaches further in as many iterations, and where it is too much the loss does not
 * rise either. */
static void
test_momentum(void)
{
    static const double momenta[] = {0, 0.5, 0.95};
    double last[G_N_ELEMENTS(momenta)];
    World w;
    int n;

    world_init(&w, 200, 400, 0.05, 9);
    for (gsize m = 0; m < G_N_ELEMENTS(momenta); m++) {
        FalTrainSettings s;
        settings_for_test(&s);
        s.rank = 20;
        s.lambda = 0.02;
        s.iterations = 12;
        s.momentum = momenta[m];
        g_autoptr(FalModel) model = train(&w, &s, NULL, NULL, NULL);
        const FalIteration *it = fal_model_iterations(model, &n);
        g_assert_cmpint(n, ==, 12);
        for (int i = 1; i < n; i++)
            g_assert_cmpfloat(it[i].loss, <=, it[i - 1].loss * (1 + 1e-6));
        last[m] = it[n - 1].loss;
    }
    g_assert_cmpfloat(last[1], <, last[0]);
    world_clear(&w);
}

static void
test_cancelled_at_once(void)
{
    World w;
    FalTrainSettings s;
    g_autoptr(FalTask) task = fal_task_new();
    g_autoptr(GError) error = NULL;

    world_init(&w, 24, 37, 0.15, 1);
    settings_for_test(&s);
    fal_task_cancel(task);
    g_assert_null(fal_train(w.dataset, w.train, &s, NULL, NULL, task, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
    world_clear(&w);
}

static void
test_tolerance(void)
{
    World w;
    FalTrainSettings s;
    int n;

    world_init(&w, 60, 150, 0.1, 9);
    settings_for_test(&s);
    s.iterations = 500;
    s.tolerance = 0.01;
    g_autoptr(FalModel) model = train(&w, &s, NULL, NULL, NULL);
    const FalIteration *it = fal_model_iterations(model, &n);
    g_assert_cmpint(n, >, 1);
    g_assert_cmpint(n, <, 500);
    for (int i = 1; i < n; i++)
        g_assert_true((-it[i].change < 0.01) == (i == n - 1));
    world_clear(&w);
}

static void
test_progress(void)
{
    World w;
    FalTrainSettings s;
    FalProgress progress;
    g_autoptr(FalTask) task = fal_task_new();

    world_init(&w, 24, 37, 0.15, 1);
    settings_for_test(&s);
    fal_model_unref(train(&w, &s, NULL, NULL, task));
    fal_task_progress(task, &progress);
    g_assert_cmpstr(progress.stage, ==, "training 3/3");
    g_assert_cmpfloat(progress.total, ==, 2.0 * (double)fal_plays_n_pairs(w.train));
    g_assert_cmpfloat(progress.done, ==, progress.total);
    g_assert_true(g_str_has_prefix(progress.note, "J "));
    g_assert_true(g_str_has_suffix(progress.note, " %"));
    world_clear(&w);
}

static void
test_refused(void)
{
    static const struct {
        int rank;
        double alpha, lambda;
        FalSolver solver;
        FalErrorCode code;
        const char *words[3];
    } rows[] = {
        {0, 1, 1, FAL_SOLVER_CG, FAL_ERROR_USAGE, {"rank=0", "1 .. 1024"}},
        {24, -1, 1, FAL_SOLVER_CG, FAL_ERROR_USAGE, {"alpha=-1"}},
        {25, 1, 1, FAL_SOLVER_CG, FAL_ERROR_USAGE, {"rank 25", "24 users"}},
        {4,
         1e38,
         1,
         FAL_SOLVER_EXACT,
         FAL_ERROR_MODEL,
         {"iteration 1", "of artist ", "(Band "}},
        {4,
         1e38,
         1,
         FAL_SOLVER_CG,
         FAL_ERROR_MODEL,
         {"not finite", "largest confidence", "smaller alpha"}},
    };
    World w;

    world_init(&w, 24, 37, 0.15, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        FalTrainSettings s;
        g_autoptr(GError) error = NULL;
        settings_for_test(&s);
        s.confidence = FAL_CONFIDENCE_LINEAR;
        s.solver = rows[i].solver;
        s.rank = rows[i].rank;
        s.alpha = rows[i].alpha;
        s.lambda = rows[i].lambda;
        g_assert_null(fal_train(w.dataset, w.train, &s, NULL, NULL, NULL, &error));
        g_assert_error(error, FAL_ERROR, (int)rows[i].code);
        for (int k = 0; k < 3 && rows[i].words[k]; k++)
            g_assert_nonnull(strstr(error->message, rows[i].words[k]));
    }
    world_clear(&w);
}

/* As many factors as users, no regularization: singular or nearly so, but no nonsense. */
static void
test_unregularized(void)
{
    World w;

    world_init(&w, 24, 37, 0.15, 1);
    for (int solver = FAL_SOLVER_CG; solver <= FAL_SOLVER_EXACT; solver++) {
        FalTrainSettings s;
        int n;
        settings_for_test(&s);
        s.rank = 24;
        s.lambda = 0;
        s.solver = (FalSolver)solver;
        g_autoptr(FalModel) model = train(&w, &s, NULL, NULL, NULL);
        const FalIteration *it = fal_model_iterations(model, &n);
        g_assert_cmpfloat(it[n - 1].regularizer, ==, 0);
        g_assert_true(isfinite(it[n - 1].loss));
        g_assert_cmpfloat(it[n - 1].loss, <=, it[0].loss);
    }
    world_clear(&w);
}

static void
test_model(void)
{
    static const gint32 users[] = {3, 0, 21}; /* the last one plays nothing */
    World w;
    FalTrainSettings s;
    float scores[3 * 37];
    FalTop top[40];

    world_init(&w, 24, 37, 0.15, 1);
    settings_for_test(&s);
    g_autoptr(FalModel) model = train(&w, &s, NULL, NULL, NULL);
    fal_model_score_block(model, users, 3, scores);
    for (int k = 0; k < 3; k++) {
        const FalCsr *csr = fal_plays_by_user(w.train);
        int n = fal_model_recommend(model, users[k], 40, FALSE, top);
        for (gint32 i = 0; i < 37; i++)
            g_assert_cmpfloat_with_epsilon(scores[k * 37 + i],
                                           fal_model_score(model, users[k], i), 1e-5);
        gboolean known = fal_csr_count(csr, users[k]) > 0;
        g_assert_cmpint(fal_model_knows_user(model, users[k]), ==, known);
        g_assert_cmpint(n, ==, known ? 37 - fal_csr_count(csr, users[k]) : 0);
        for (int j = 0; j < n; j++) {
            g_assert_cmpuint(fal_csr_find(csr, users[k], top[j].row), ==, 0);
            g_assert_cmpfloat(top[j].score, ==, fal_model_score(model, users[k], top[j].row));
        }
        g_assert_cmpint(fal_model_recommend(model, users[k], 40, TRUE, top), ==,
                        known ? 37 : 0);
    }
    g_assert_cmpint(fal_model_similar(model, 0, 5, top), ==, 5);
    for (int j = 0; j < 5; j++)
        g_assert_cmpint(top[j].row, !=, 0);
    g_assert_true(fal_model_train(model) == w.train);
    g_assert_true(fal_model_dataset(model) == w.dataset);
    g_assert_cmpint(fal_model_settings(model)->rank, ==, s.rank);
    g_assert_cmpuint(fal_train_memory(w.dataset, &s), >=, 2 * (24 + 37) * 8 * sizeof(float));
    world_clear(&w);
}

/* The real small set: with the program's own confidence, and with counts up to 439,771 taken as
 * they are. */
static void
test_real(void)
{
    const char *folder = fal_fixture_small();
    g_autoptr(GError) error = NULL;
    World w;
    FalTrainSettings s;
    int n;

    if (!folder)
        return;
    w.dataset = fal_dataset_load(folder, NULL, &error);
    g_assert_no_error(error);
    w.train = fal_plays_ref(fal_dataset_plays(w.dataset));
    fal_train_settings_init(&s);
    s.rank = 40;
    g_autoptr(FalModel) model = train(&w, &s, NULL, NULL, NULL);
    const FalIteration *it = fal_model_iterations(model, &n);
    for (int i = 1; i < n; i++)
        g_assert_cmpfloat(it[i].loss, <=, it[i - 1].loss * (1 + 1e-6));
    g_assert_cmpfloat(it[n - 1].loss, <, 0.9 * it[0].loss);

    g_assert_true(fal_train_settings_preset(&s, "hkv"));
    s.alpha = 40;
    g_autoptr(FalModel) raw = train(&w, &s, NULL, NULL, NULL);
    it = fal_model_iterations(raw, &n);
    for (int i = 1; i < n; i++)
        g_assert_cmpfloat(it[i].loss, <=, it[i - 1].loss * (1 + 1e-6));

    s.rank = 64;
    g_assert_null(fal_train(w.dataset, w.train, &s, NULL, NULL, NULL, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "rank 64 is more than the 50 users"));
    world_clear(&w);
}

/* Threads of this process; 0 where that cannot be told. */
static int
count_threads(void)
{
    GDir *tasks = g_dir_open("/proc/self/task", 0, NULL);
    int n = 0;

    while (tasks && g_dir_read_name(tasks))
        n++;
    g_clear_pointer(&tasks, g_dir_close);
    return n;
}

static int threads_at_start;

/* Loading OpenBLAS must not start any. ThreadSanitizer has one of its own. */
static void
test_no_threads_at_start(void)
{
#ifdef __SANITIZE_THREAD__
    g_test_skip("ThreadSanitizer has a thread of its own");
#else
    g_assert_cmpint(threads_at_start, <=, 1);
#endif
}

/* In stints, at rest between them, with the bits of one; a model on the way is of its own. */
static void
test_stints(void)
{
    g_autoptr(GError) error = NULL;
    FalTrainSettings settings;
    World w;

    world_init(&w, 60, 40, 0.1, 3);
    for (int warm = 0; warm < 2; warm++) {
        fal_train_settings_init(&settings);
        settings.rank = 5;
        settings.iterations = 9;
        settings.momentum = warm ? 0 : 0.5;
        g_autoptr(FalModel) once =
            fal_train(w.dataset, w.train, &settings, NULL, NULL, NULL, &error);
        g_autoptr(FalTrainer) trainer = fal_trainer_new(w.dataset, w.train, &settings, &error);
        g_assert_null(fal_trainer_last(trainer));
        g_assert_true(fal_trainer_run(trainer, 2, NULL, NULL, NULL, &error));
        g_autoptr(FalModel) early = fal_trainer_model(trainer, &error);
        fal_trainer_rest(trainer);
        g_assert_true(fal_trainer_run(trainer, 2, NULL, NULL, NULL, &error));
        g_assert_cmpint(fal_trainer_last(trainer)->iteration, ==, 2);
        g_assert_true(fal_trainer_run(trainer, 5, NULL, NULL, NULL, &error));
        g_assert_true(fal_trainer_run(trainer, 9, NULL, NULL, NULL, &error));
        fal_trainer_rest(trainer);
        g_autoptr(FalModel) late = fal_trainer_model(trainer, &error);
        g_assert_no_error(error);

        const FalFactors *a = fal_model_factors(once), *b = fal_model_factors(late);
        gsize users = (gsize)a->n_users * (gsize)a->stride * sizeof(float);
        gsize artists = (gsize)a->n_artists * (gsize)a->stride * sizeof(float);
        g_assert_cmpmem(a->user, users, b->user, users);
        g_assert_cmpmem(a->artist, artists, b->artist, artists);
        int n, n_once;
        const FalIteration *it = fal_model_iterations(late, &n);
        const FalIteration *of_once = fal_model_iterations(once, &n_once);
        g_assert_cmpint(n, ==, n_once);
        for (int i = 0; i < n; i++) {
            g_assert_cmpfloat(it[i].loss, ==, of_once[i].loss);
            g_assert_cmpfloat(it[i].seconds, >=, i ? it[i - 1].seconds : 0);
        }
        fal_model_iterations(early, &n);
        g_assert_cmpint(n, ==, 2);
        g_assert_true(memcmp(fal_model_factors(early)->user, b->user, users) != 0);
        g_assert_cmpuint(fal_trainer_memory(trainer), ==, 2 * users + artists);
    }
    world_clear(&w);
}

int
main(int argc, char **argv)
{
    threads_at_start = count_threads();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/train/no-threads-at-start", test_no_threads_at_start);
    g_test_add_func("/train/dense", test_dense);
    g_test_add_func("/train/small-confidence", test_small_confidence);
    g_test_add_func("/train/monotone", test_monotone);
    g_test_add_func("/train/empty-rows", test_empty_rows);
    g_test_add_func("/train/axes", test_axes);
    g_test_add_func("/train/threads", test_threads);
    g_test_add_func("/train/seed", test_seed);
    g_test_add_func("/train/small-buffer", test_small_buffer);
    g_test_add_func("/train/stop", test_stop);
    g_test_add_func("/train/keep", test_keep);
    g_test_add_func("/train/extrapolate", test_extrapolate);
    g_test_add_func("/train/in-place", test_in_place);
    g_test_add_func("/train/momentum", test_momentum);
    g_test_add_func("/train/cancelled-at-once", test_cancelled_at_once);
    g_test_add_func("/train/tolerance", test_tolerance);
    g_test_add_func("/train/progress", test_progress);
    g_test_add_func("/train/refused", test_refused);
    g_test_add_func("/train/unregularized", test_unregularized);
    g_test_add_func("/train/model", test_model);
    g_test_add_func("/train/stints", test_stints);
    g_test_add_func("/train/real", test_real);
    return g_test_run();
}
