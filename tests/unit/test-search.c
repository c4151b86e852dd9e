/* Exact top-K against brute force: ties, zeros, skip lists, more asked for than there is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/kernels.h"
#include "base/parallel.h"
#include "base/random.h"
#include "model/search.h"
#include "model/sketch.h"

typedef struct {
    gint32 n;
    int stride;
    float *rows;
    gint64 *ids;
    gint32 *skip;
    gint64 n_skip;
} World;

typedef enum {
    WHOLE_NUMBERS,
    REALS,
    FALLING,
    ALL_ZERO,
    SAME,      /* each row like one of three */
    CLUSTERED, /* the same but for a hair */
    EXTREME,   /* norms from far below the smallest square to near the largest */
    ONE_AXIS,  /* nearly all on one of the last axes, where no outline looks */
    N_KINDS
} Kind;

static float
entry(FalRandom *random, Kind kind, gint32 row, gint32 n)
{
    double x = fal_random_double(random);

    switch (kind) {
    case WHOLE_NUMBERS: /* small, so that many scores are the same */
        return (float)(fal_random_below(random, 3) - 1.0);
    case FALLING: /* norms that differ, so that a scan stops early */
        return (float)((x - 0.3) * exp(-6.0 * row / n));
    case ALL_ZERO:
        return 0;
    case SAME:
    case CLUSTERED:
    case EXTREME:
    case ONE_AXIS:
    case REALS:
    case N_KINDS:
        break;
    }
    return (float)(x - 0.5);
}

/* What the entries are not enough to say. */
static void
shape(World *w, FalRandom *random, Kind kind, gint32 i, int rank)
{
    float *row = w->rows + (gsize)i * (gsize)w->stride;
    const float *like = w->rows + (gsize)(i % 3) * (gsize)w->stride;
    double scale = pow(10, -25 + 42 * fal_random_double(random));

    for (int k = 0; k < rank; k++) {
        double hair = 1 + 1e-6 * (fal_random_double(random) - 0.5);
        if (i > 2 && (kind == SAME || kind == CLUSTERED))
            row[k] = like[k] * (float)(kind == SAME ? 1 + i % 2 : hair);
        else if (kind == EXTREME)
            row[k] *= (float)scale;
        else if (kind == ONE_AXIS && k != rank - 1 - i % 2)
            row[k] *= 1e-3f;
    }
}

static void
world_init(World *w, FalRandom *random, Kind kind, gint32 n, int rank)
{
    *w = (World){.n = n, .stride = FAL_STRIDE(rank)};
    w->rows = FAL_NEW(float, (gsize)n *(gsize)w->stride, NULL);
    w->ids = FAL_NEW(gint64, n, NULL);
    w->skip = FAL_NEW(gint32, n, NULL);
    for (gint32 i = 0; i < n; i++) {
        gboolean zero = fal_random_below(random, 8) == 0;
        w->ids[i] = i * 10;
        for (int k = 0; k < rank; k++)
            w->rows[i * w->stride + k] = zero ? 0 : entry(random, kind, i, n);
        shape(w, random, kind, i, rank);
        if (fal_random_below(random, 4) == 0)
            w->skip[w->n_skip++] = i;
    }
    /* The order of ids is not that of the rows. */
    for (gint32 i = n - 1; i > 0; i--) {
        gint32 j = (gint32)fal_random_below(random, (guint64)i + 1);
        gint64 id = w->ids[i];
        w->ids[i] = w->ids[j];
        w->ids[j] = id;
    }
}

static void
world_clear(World *w)
{
    fal_free(w->rows);
    fal_free(w->ids);
    fal_free(w->skip);
}

static const float *
row_of(const World *w, gint32 i)
{
    return w->rows + (gsize)i * (gsize)w->stride;
}

static int
compare(gconstpointer a, gconstpointer b, gpointer data)
{
    const FalTop *p = a, *q = b;
    const World *w = data;

    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    return w->ids[p->row] < w->ids[q->row] ? -1 : 1;
}

/* Sorts all that are candidates and compares the first k. */
static void
check_top(const World *w, const float *scores, const gboolean *out_of_it, int k,
          const FalTop *got, int n_got)
{
    g_autofree FalTop *all = g_new(FalTop, w->n);
    int n = 0;

    for (gint32 i = 0; i < w->n; i++)
        if (!out_of_it[i])
            all[n++] = (FalTop){.row = i, .score = scores[i]};
    g_qsort_with_data(all, n, sizeof *all, compare, (gpointer)w);
    g_assert_cmpint(n_got, ==, MIN(n, k));
    for (int i = 0; i < n_got; i++) {
        g_assert_cmpint(got[i].row, ==, all[i].row);
        g_assert_cmpfloat(got[i].score, ==, all[i].score);
    }
}

static void
check_dot(const World *w, const FalSearch *search, const float *query, int k)
{
    g_autofree float *scores = g_new(float, w->n);
    g_autofree gboolean *skipped = g_new0(gboolean, w->n);
    g_autofree FalTop *top = g_new(FalTop, MAX(k, 1));

    for (gint32 i = 0; i < w->n; i++)
        scores[i] = fal_kernels()->dot(row_of(w, i), query, w->stride);
    check_top(w, scores, skipped, k, top, fal_search_dot(search, query, k, NULL, 0, top));
    check_top(w, scores, skipped, k, top,
              fal_search_select(scores, w->n, w->ids, k, NULL, 0, top));
    for (gint64 i = 0; i < w->n_skip; i++)
        skipped[w->skip[i]] = TRUE;
    check_top(w, scores, skipped, k, top,
              fal_search_dot(search, query, k, w->skip, w->n_skip, top));
    check_top(w, scores, skipped, k, top,
              fal_search_select(scores, w->n, w->ids, k, w->skip, w->n_skip, top));
}

static void
check_cosine(const World *w, const FalSearch *search, gint32 row, int k)
{
    const FalKernels *kernels = fal_kernels();
    g_autofree float *scores = g_new(float, w->n);
    g_autofree gboolean *out_of_it = g_new0(gboolean, w->n);
    g_autofree FalTop *top = g_new(FalTop, MAX(k, 1));
    const float *query = row_of(w, row);
    float length = sqrtf(kernels->dot(query, query, w->stride));
    int n = fal_search_cosine(search, row, k, top);

    if (length == 0) {
        g_assert_cmpint(n, ==, 0);
        return;
    }
    for (gint32 i = 0; i < w->n; i++) {
        float norm = sqrtf(kernels->dot(row_of(w, i), row_of(w, i), w->stride));
        float cosine = kernels->dot(row_of(w, i), query, w->stride) * (1 / norm) * (1 / length);
        scores[i] = CLAMP(cosine, -1, 1);
        out_of_it[i] = norm == 0 || i == row;
    }
    check_top(w, scores, out_of_it, k, top, n);
}

static void
check_world(FalRandom *random, Kind kind, gint32 n, int rank)
{
    const int ks[] = {0, 1, 3, 10, n, n + 5};
    int threads = fal_random_below(random, 2) == 0 ? 1 : 4;
    World w;

    world_init(&w, random, kind, n, rank);
    fal_parallel_set_threads(threads);
    fal_autofree float *query = FAL_NEW(float, w.stride, NULL);
    g_autoptr(FalSearch) search = fal_search_new(w.rows, n, w.stride, w.ids, NULL);
    g_assert_nonnull(search);
    for (gsize i = 0; i < G_N_ELEMENTS(ks); i++) {
        gint32 row = (gint32)fal_random_below(random, (guint64)n);
        for (int k = 0; k < rank; k++)
            query[k] = entry(random, kind == ALL_ZERO ? REALS : kind, 0, n);
        if (i % 2 == 0) /* near some of the rows, so that many bounds are near the bar */
            memcpy(query, row_of(&w, row), (gsize)w.stride * sizeof *query);
        if (fal_random_below(random, 20) == 0)
            memset(query, 0, (gsize)w.stride * sizeof *query);
        check_dot(&w, search, query, ks[i]);
        check_cosine(&w, search, row, ks[i]);
    }
    world_clear(&w);
}

static void
check_random(void)
{
    static const gint32 sizes[] = {1, 2, 7, 127, 128, 129, 300, 1000};
    FalRandom random;

    fal_random_init(&random, 5);
    for (int round = 0; round < 400; round++) {
        gint32 n = sizes[fal_random_below(&random, G_N_ELEMENTS(sizes))];
        int rank = 1 + (int)fal_random_below(&random, 100);
        check_world(&random, (Kind)(round % N_KINDS), n, rank);
    }
    for (Kind kind = 0; kind < N_KINDS; kind++)
        check_world(&random, kind, 20000, 33);
    check_world(&random, REALS, 500, 1000);
    fal_parallel_set_threads(0);
}

/* The kernels are chosen once in a process. */
static void
test_random(void)
{
    static const char *const levels[] = {"x86-64", "x86-64-v3", "x86-64-v4"};

    if (g_test_subprocess()) {
        check_random();
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(levels); i++) {
        g_setenv("FALSETTO_KERNELS", levels[i], TRUE);
        g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
        g_unsetenv("FALSETTO_KERNELS");
        g_test_trap_assert_passed();
    }
}

/* Whether the sketches let a row through that needs all of its cosine. */
static void
check_sketch(const World *w, const FalSketch *sketch, const float *norm, const float *query)
{
    FalSketchQuery asked;
    double length = 0;

    for (int j = 0; j < w->stride; j++)
        length += (double)query[j] * query[j];
    fal_sketch_query(sketch, query, (float)sqrt(length), &asked);
    for (gint32 i = 0; i < w->n; i++) {
        gint16 sums[FAL_BLOCK_ROWS] __attribute__((aligned(32)));
        gint32 position = i;
        double cosine = 0;
        for (int j = 0; j < w->stride; j++)
            cosine += (double)row_of(w, i)[j] * query[j];
        cosine /= norm[i] * sqrt(length);
        int peak = fal_sketch_sums(sketch, &asked, i / FAL_BLOCK_ROWS, sums);
        int least = fal_sketch_least(&asked, cosine);
        g_assert_cmpint(sums[i % FAL_BLOCK_ROWS], >=, least);
        g_assert_cmpint(peak, >=, sums[i % FAL_BLOCK_ROWS]);
        g_assert_cmpint(fal_sketch_refine(sketch, &asked, cosine, &position, 1), ==, 1);
    }
}

/* Queries along one axis, which have no error of their own that could hide what the rows' error
 * must make up for; rows with a head, and without one, so that only the norms count. */
static void
test_sketch(void)
{
    static const int ranks[] = {1, 8, 16, 24, 25, 32, 40, 64, 100, 200};
    FalRandom random;

    fal_random_init(&random, 6);
    for (gsize i = 0; i < G_N_ELEMENTS(ranks) * 2; i++) {
        int rank = ranks[i / 2];
        World w;
        FalSketch sketch;
        world_init(&w, &random, REALS, 300, rank);
        fal_autofree float *query = FAL_NEW(float, w.stride, NULL);
        g_autofree float *norm = g_new(float, w.n);
        g_autofree gint32 *order = g_new(gint32, w.n);
        for (gint32 row = 0; row < w.n; row++) {
            float *at = w.rows + (gsize)row * (gsize)w.stride;
            for (int j = 0; i % 2 == 1 && j < MIN(rank - 1, 24); j++)
                at[j] = 0;
            at[rank - 1] += 0.01f;
            norm[row] = sqrtf(fal_kernels()->dot(at, at, w.stride));
            order[row] = row;
        }
        g_assert_true(fal_sketch_init(&sketch, w.rows, order, norm, w.n, w.stride, NULL));
        for (int axis = 0; axis < rank; axis++) {
            query[axis] = axis % 2 == 0 ? 0.7f : -3;
            check_sketch(&w, &sketch, norm, query);
            query[axis] = 0;
        }
        for (gint32 row = 0; row < w.n; row += 10)
            check_sketch(&w, &sketch, norm, row_of(&w, row));
        fal_sketch_clear(&sketch);
        world_clear(&w);
    }
}

/* The K-th place is shared by rows of different norms: the smaller id must win although its
 * bound is only just as good as the bar. */
static void
test_boundary(void)
{
    fal_autofree float *rows = FAL_NEW(float, 200 * 8, NULL);
    fal_autofree float *query = FAL_NEW(float, 8, NULL);
    gint64 ids[200];
    FalTop top[2];

    query[0] = 1;
    for (int i = 0; i < 200; i++) {
        ids[i] = 1000 - i;
        rows[i * 8] = 1;
        rows[i * 8 + 1] = i < 100 ? 1 : 0;
    }
    rows[0] = 2;
    g_autoptr(FalSearch) search = fal_search_new(rows, 200, 8, ids, NULL);
    g_assert_cmpint(fal_search_dot(search, query, 2, NULL, 0, top), ==, 2);
    g_assert_cmpint(top[0].row, ==, 0);
    g_assert_cmpint(top[1].row, ==, 199);
    g_assert_cmpfloat(top[1].score, ==, 1);
}

/* Rows of zero are candidates, before those with a negative score. */
static void
test_zeros(void)
{
    fal_autofree float *rows = FAL_NEW(float, 4 * 8, NULL);
    fal_autofree float *query = FAL_NEW(float, 8, NULL);
    static const gint64 ids[] = {4, 3, 2, 1};
    static const gint32 expected[] = {0, 3, 2, 1};
    FalTop top[9];

    query[0] = 1;
    rows[0] = 5;
    rows[8] = -7;
    g_autoptr(FalSearch) search = fal_search_new(rows, 4, 8, ids, NULL);
    g_assert_cmpint(fal_search_dot(search, query, 9, NULL, 0, top), ==, 4);
    for (int i = 0; i < 4; i++)
        g_assert_cmpint(top[i].row, ==, expected[i]);
    g_assert_cmpint(fal_search_cosine(search, 2, 9, top), ==, 0);
    g_assert_cmpint(fal_search_cosine(search, 0, 9, top), ==, 1);
    g_assert_cmpint(top[0].row, ==, 1);
    g_assert_cmpfloat(top[0].score, ==, -1);
}

static void
test_nothing(void)
{
    FalTop top[1];
    fal_autofree float *rows = FAL_NEW(float, 0, NULL);
    fal_autofree float *query = FAL_NEW(float, 8, NULL);
    gint64 ids[1] = {0};

    g_autoptr(FalSearch) search = fal_search_new(rows, 0, 8, ids, NULL);
    g_assert_nonnull(search);
    g_assert_cmpint(fal_search_dot(search, query, 1, NULL, 0, top), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/search/random", test_random);
    g_test_add_func("/search/sketch", test_sketch);
    g_test_add_func("/search/boundary", test_boundary);
    g_test_add_func("/search/zeros", test_zeros);
    g_test_add_func("/search/nothing", test_nothing);
    return g_test_run();
}
