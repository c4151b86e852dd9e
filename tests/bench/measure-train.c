/* Training: each iteration by its phases, and how far they are from what the machine can do.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/kernels.h"
#include "measure.h"
#include "model/als.h"

#define ROUNDS 5

static void
write_settings(const FalTrainSettings *s)
{
    json_open("settings", '{');
    json_real("rank", s->rank);
    json_real("iterations", s->iterations);
    json_real("lambda", s->lambda);
    json_real("alpha", s->alpha);
    json_real("unobserved", s->unobserved);
    json_real("nu", s->nu);
    json_real("prior", s->prior);
    json_real("momentum", s->momentum);
    json_real("warmup", s->warmup);
    json_text("confidence", fal_confidence_names[s->confidence]);
    json_text("solver", fal_solver_names[s->solver]);
    json_close('}');
}

void
measure_train(Bench *b)
{
    FalDataset *dataset = bench_dataset(b);
    double before = 0, began, ended;
    int n;

    fal_dataset_ref(dataset);
    memory_reset_peak();
    began = seconds_now();
    const FalIteration *iteration = fal_model_iterations(bench_model(b), &n);
    ended = seconds_now();
    json_open("train", '{');
    write_settings(&b->o.train);
    json_open("iterations", '[');
    for (int i = 0; i < n; i++) {
        const FalIteration *now = &iteration[i];

        json_open(NULL, '{');
        json_real("loss", now->loss);
        json_real("observed", now->observed);
        json_real("unobserved", now->unobserved);
        json_real("regularizer", now->regularizer);
        json_real("at", now->seconds);
        json_real("seconds", now->seconds - before);
        json_real("axes", now->axes);
        json_real("artists", now->artists);
        json_real("users", now->users);
        json_close('}');
        before = now->seconds;
    }
    json_close(']');
    json_real("seconds", n ? iteration[n - 1].seconds : NAN);
    /* The index of the search is made when the model is. */
    json_real("with_index", ended - began);
    json_real("memory", memory_peak());
    json_close('}');
    fal_dataset_unref(dataset);
}

/* --- phases --- */

typedef struct {
    FalAls *als;
    const FalFactors *f;
    float *fixed, *to; /* fixed: a copy, as a half turns it */
} Half;

/* Seconds of solving the users from the model's factors, with the loss and without. */
static double
time_users(const Half *h, gboolean summed)
{
    gsize n = (gsize)h->f->n_artists * (gsize)h->f->stride;
    g_autoptr(GError) error = NULL;
    FalAlsSums sums;
    double began;

    memcpy(h->fixed, h->f->artist, n * sizeof(float));
    began = seconds_now();
    if (!fal_als_half(h->als, TRUE, h->fixed, h->f->user, h->to, summed ? &sums : NULL, NULL,
                      &error))
        bench_fail(error);
    return seconds_now() - began;
}

static void
write_loss_cost(const Half *h)
{
    double with[ROUNDS], without[ROUNDS], cost[ROUNDS];

    time_users(h, TRUE);
    for (gsize i = 0; i < ROUNDS; i++) {
        with[i] = time_users(h, TRUE);
        without[i] = time_users(h, FALSE);
        cost[i] = with[i] - without[i];
    }
    json_spread("users_with_loss", with, ROUNDS);
    json_spread("users_without_loss", without, ROUNDS);
    json_spread("loss", cost, ROUNDS);
}

/* Seconds that gathering alone takes, of the very rows that a half reads in its order. */
static void
write_gather(const char *key, const float *table, const FalCsr *csr, int stride)
{
    double seconds[ROUNDS];
    gint64 n = csr->start[csr->n_rows];

    for (gsize i = 0; i < ROUNDS; i++)
        seconds[i] = measure_gather(table, csr->col, n, stride);
    json_open(key, '{');
    json_real("seconds", median_of(seconds, ROUNDS));
    json_real("bytes", (double)n * stride * sizeof(float));
    json_close('}');
}

void
measure_phases(Bench *b)
{
    FalModel *model = bench_model(b);
    const FalFactors *f = fal_model_factors(model);
    FalPlays *plays = fal_model_train(model);
    double rows = (double)f->n_users + f->n_artists;
    double pairs = (double)fal_plays_n_pairs(plays), rank = f->rank;
    g_autoptr(GError) error = NULL;
    g_autoptr(FalAls) als = fal_als_new(plays, &b->o.train, FAL_ALS_BUFFER, &error);
    fal_autofree float *fixed =
        als ? FAL_NEW(float, (gsize)f->n_artists *(gsize)f->stride, &error) : NULL;
    fal_autofree float *to =
        fixed ? FAL_NEW(float, (gsize)f->n_users *(gsize)f->stride, &error) : NULL;

    if (!to)
        bench_fail(error);
    json_open("phases", '{');
    json_real("rank", rank);
    json_real("stride", f->stride);
    write_loss_cost(&(Half){als, f, fixed, to});
    write_gather("gather_users", f->artist, fal_plays_by_user(plays), f->stride);
    write_gather("gather_artists", f->user, fal_plays_by_artist(plays), f->stride);
    /* Of an iteration. The axes: Y'Y of both sides, half of it, and turning both. Solving: at
     * least turning the last factors, and a pass over the pairs of both orientations with a
     * product and a sum for each number. */
    json_real("axes_flops", 3 * rows * rank * rank);
    json_real("solve_flops", 2 * rows * rank * rank + 2 * 4 * pairs * rank);
    json_close('}');
}

/* --- arrays for others --- */

static void
write_array(const char *folder, const char *name, const void *array, gsize n, gsize size,
            gsize step)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    FILE *out = fopen(path, "wb");
    gboolean good = out != NULL;

    for (gsize i = 0; good && i < n; i++)
        good = fwrite((const char *)array + i * step, 1, size, out) == size;
    if (!good || fclose(out) != 0) {
        fprintf(stderr, "measure: cannot write %s: %s\n", path, g_strerror(errno));
        exit(1);
    }
}

void
write_matrix(Bench *b)
{
    FalDataset *d = bench_dataset(b);
    const FalCsr *csr = fal_plays_by_user(fal_dataset_plays(d));
    const char *folder = b->o.write_matrix;
    gsize n = (gsize)csr->start[csr->n_rows];
    g_autofree gint64 *users = g_new(gint64, csr->n_rows);

    for (gint32 user = 0; user < csr->n_rows; user++)
        users[user] = fal_dataset_user_id(d, user);
    write_array(folder, "users.i64", users, (gsize)csr->n_rows, 8, 8);
    write_array(folder, "start.i64", csr->start, (gsize)csr->n_rows + 1, 8, 8);
    write_array(folder, "col.i32", csr->col, n, 4, 4);
    write_array(folder, "plays.u32", csr->plays, n, 4, 4);
    write_array(folder, "artists.i64", fal_dataset_artist_ids(d), (gsize)csr->n_cols, 8, 8);
}

/* Rows of rank floats each, without what fills them up to the stride. */
static void
write_rows(const char *folder, const char *name, const float *rows, gint32 n, int rank)
{
    gsize size = sizeof(float);

    write_array(folder, name, rows, (gsize)n, (gsize)rank * size,
                (gsize)FAL_STRIDE(rank) * size);
}

static void
write_model(const char *folder, FalModel *model)
{
    const FalFactors *f = fal_model_factors(model);

    write_rows(folder, "users.f32", f->user, f->n_users, f->rank);
    write_rows(folder, "artists.f32", f->artist, f->n_artists, f->rank);
}

void
write_factors(Bench *b)
{
    write_model(b->o.write_factors, bench_model(b));
}

static void
write_part(const char *folder, const char *part, FalPlays *plays)
{
    const FalCsr *csr = fal_plays_by_user(plays);
    g_autofree char *start = g_strconcat(part, "-start.i64", NULL);
    g_autofree char *col = g_strconcat(part, "-col.i32", NULL);

    write_array(folder, start, csr->start, (gsize)csr->n_rows + 1, 8, 8);
    write_array(folder, col, csr->col, (gsize)csr->start[csr->n_rows], 4, 4);
}

void
write_ranking(const char *folder, FalModel *model, FalPlays *held)
{
    write_model(folder, model);
    write_part(folder, "train", fal_model_train(model));
    write_part(folder, "held", held);
}

static void
read_rows(const char *folder, const char *name, float *rows, gint32 n, int rank)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    FILE *in = fopen(path, "rb");
    gboolean good = in != NULL;

    for (gint32 i = 0; good && i < n; i++)
        good = fread(rows + (gsize)i * FAL_STRIDE((gsize)rank), sizeof(float), (gsize)rank,
                     in) == (gsize)rank;
    if (!good) {
        fprintf(stderr, "measure: %s does not hold %d rows of %d factors\n", path, n, rank);
        exit(1);
    }
    fclose(in);
}

/* Solving turns the fixed side: who compares needs it as well. */
void
measure_half(Bench *b)
{
    FalDataset *d = bench_dataset(b);
    FalPlays *plays = fal_dataset_plays(d);
    gboolean to_users = strcmp(b->o.side, "users") == 0;
    const FalCsr *csr = to_users ? fal_plays_by_user(plays) : fal_plays_by_artist(plays);
    int rank = b->o.train.rank;
    gsize stride = FAL_STRIDE((gsize)rank);
    g_autoptr(GError) error = NULL;
    FalAlsSums sums;

    if (!b->o.folder) {
        fprintf(stderr, "measure: --folder says where the factors are\n");
        exit(2);
    }
    b->o.train.solver = FAL_SOLVER_EXACT;
    fal_autofree float *fixed = FAL_NEW(float, (gsize)csr->n_cols *stride, &error);
    fal_autofree float *to = fixed ? FAL_NEW(float, (gsize)csr->n_rows *stride, &error) : NULL;
    g_autoptr(FalAls) als = to ? fal_als_new(plays, &b->o.train, FAL_ALS_BUFFER, &error) : NULL;
    if (!als)
        bench_fail(error);
    read_rows(b->o.folder, to_users ? "artists.f32" : "users.f32", fixed, csr->n_cols, rank);
    if (!fal_als_half(als, to_users, fixed, NULL, to, &sums, NULL, &error))
        bench_fail(error);
    write_rows(b->o.folder, "fixed-turned.f32", fixed, csr->n_cols, rank);
    write_rows(b->o.folder, "solved.f32", to, csr->n_rows, rank);
    json_open("half", '{');
    json_text("side", b->o.side);
    json_real("regularizer", sums.regularizer);
    json_close('}');
}
