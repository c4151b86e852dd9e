/* Vector kernels of every level that this processor has, against loops in double precision and
 * against each other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/kernels.h"
#include "base/random.h"

#define MOST_ROWS 21
#define TABLE     50

static const char *const levels[] = {"x86-64", "x86-64-v3", "x86-64-v4"};
static const int strides[] = {8, 16, 24, 40, 64, 72, 1024};

typedef struct {
    int stride;
    float *rows, *p, *weight, *out, *expected, *table, *buffer;
    double *exact;
} World;

static float *
numbers(gsize n, guint64 key)
{
    float *out = FAL_NEW(float, n, NULL);

    g_assert_nonnull(out);
    for (gsize i = 0; i < n; i++)
        out[i] = (float)fal_random_normal(11, key, i);
    return out;
}

static void
world_init(World *w, int stride)
{
    gsize s = (gsize)stride;

    *w = (World){
        .stride = stride,
        .rows = numbers(MOST_ROWS * s, 1),
        .p = numbers(s, 2),
        .weight = numbers(MOST_ROWS, 3),
        .out = numbers(s, 4),
        .expected = numbers(s, 4),
        .table = numbers(TABLE * s, 5),
        .buffer = numbers((MOST_ROWS + 1) * s, 6),
        .exact = FAL_NEW(double, s, NULL),
    };
}

static void
world_clear(World *w)
{
    fal_free(w->rows);
    fal_free(w->p);
    fal_free(w->weight);
    fal_free(w->out);
    fal_free(w->expected);
    fal_free(w->table);
    fal_free(w->buffer);
    fal_free(w->exact);
}

static const float *
row(const World *w, gint64 i)
{
    return w->rows + i * w->stride;
}

/* Sets out to what numbers() first put there. */
static void
reset(const World *w, float *out)
{
    for (int j = 0; j < w->stride; j++)
        out[j] = (float)fal_random_normal(11, 4, (guint64)j);
}

static void
check_dots(const FalKernels *k, const World *w, gint64 n)
{
    float scores[MOST_ROWS + 1];

    scores[n] = 7;
    k->dots(w->rows, n, w->p, w->stride, scores);
    for (gint64 i = 0; i < n; i++) {
        double exact = 0;
        for (int j = 0; j < w->stride; j++)
            exact += (double)row(w, i)[j] * w->p[j];
        g_assert_cmpfloat_with_epsilon(scores[i], exact, 1e-4);
        /* The same bits wherever in a run a row lies. */
        g_assert_cmpfloat(scores[i], ==, k->dot(row(w, i), w->p, w->stride));
    }
    g_assert_cmpfloat(scores[n], ==, 7);
}

static void
check_combine(const FalKernels *k, const World *w, gint64 n)
{
    reset(w, w->out);
    for (int j = 0; j < w->stride; j++) {
        w->exact[j] = w->out[j];
        for (gint64 i = 0; i < n; i++)
            w->exact[j] += (double)w->weight[i] * row(w, i)[j];
    }
    k->combine(w->rows, n, w->weight, w->stride, w->out);
    for (int j = 0; j < w->stride; j++)
        g_assert_cmpfloat_with_epsilon(w->out[j], w->exact[j], 1e-4);
    /* Row after row, so that a run may be cut anywhere. */
    reset(w, w->expected);
    for (gint64 i = 0; i < n; i++)
        k->combine(row(w, i), 1, w->weight + i, w->stride, w->expected);
    g_assert_cmpmem(w->out, (gsize)w->stride * 4, w->expected, (gsize)w->stride * 4);
}

static void
check_normal(const FalKernels *k, const World *w, gint64 n)
{
    float scores[MOST_ROWS + 1], weight[MOST_ROWS];

    scores[n] = 7;
    reset(w, w->out);
    reset(w, w->expected);
    k->normal(w->rows, n, w->p, w->weight, w->stride, scores, w->out);
    for (gint64 i = 0; i < n; i++) {
        g_assert_cmpfloat(scores[i], ==, k->dot(row(w, i), w->p, w->stride));
        weight[i] = w->weight[i] * scores[i];
    }
    g_assert_cmpfloat(scores[n], ==, 7);
    k->combine(w->rows, n, weight, w->stride, w->expected);
    g_assert_cmpmem(w->out, (gsize)w->stride * 4, w->expected, (gsize)w->stride * 4);
}

static void
check_gather(const FalKernels *k, const World *w, gint64 n)
{
    gsize bytes = (gsize)w->stride * sizeof(float);
    /* No longer than n, so that a read behind it would be noticed. */
    g_autofree gint32 *index = g_new(gint32, n);
    float *behind = w->buffer + n * w->stride;

    for (gint64 i = 0; i < n; i++)
        index[i] = (gint32)(i * 37 % TABLE);
    for (int j = 0; j < w->stride; j++)
        behind[j] = 7;
    k->gather(w->table, index, n, w->stride, w->buffer);
    for (gint64 i = 0; i < n; i++)
        g_assert_cmpmem(w->buffer + i * w->stride, bytes, w->table + index[i] * w->stride,
                        bytes);
    for (int j = 0; j < w->stride; j++)
        g_assert_cmpfloat(behind[j], ==, 7);
}

/* As its three parts, whatever may be read ahead; a fused multiply-add may round the residual
 * in another way. */
static void
check_gather_residual(const FalKernels *k, const World *w, gint64 n)
{
    gint32 index[2 * MOST_ROWS];
    float pull[MOST_ROWS], scores[MOST_ROWS], expected[MOST_ROWS], left[MOST_ROWS];
    gsize row_bytes = (gsize)w->stride * sizeof(float);
    fal_autofree float *gathered = FAL_NEW(float, (gsize)MOST_ROWS *(gsize)w->stride, NULL);

    for (int i = 0; i < 2 * MOST_ROWS; i++)
        index[i] = (i * 29 + 3) % TABLE;
    for (int i = 0; i < MOST_ROWS; i++)
        pull[i] = 1 + (float)i / 8;
    k->gather(w->table, index, n, w->stride, gathered);
    k->dots(gathered, n, w->p, w->stride, expected);
    for (gint64 i = 0; i < n; i++)
        left[i] = pull[i] - w->weight[i] * expected[i];
    reset(w, w->expected);
    k->combine(gathered, n, left, w->stride, w->expected);
    for (gint64 more = 0; more <= MOST_ROWS; more += MOST_ROWS) {
        reset(w, w->out);
        k->gather_residual(w->table, index, n, more, w->p, pull, w->weight, w->stride,
                           w->buffer, scores, w->out);
        g_assert_cmpmem(w->buffer, (gsize)n * row_bytes, gathered, (gsize)n * row_bytes);
        g_assert_cmpmem(scores, (gsize)n * 4, expected, (gsize)n * 4);
        for (int j = 0; j < w->stride; j++)
            g_assert_cmpfloat_with_epsilon(w->out[j], w->expected[j], 1e-4);
    }
}

static void
check_step(const FalKernels *k, const World *w)
{
    const float *r = row(w, 0), *m = row(w, 1), *d = row(w, 2);
    float *p = w->out, *q = w->buffer, *x = w->expected, *left = w->table;
    double sum = 0;
    float got;

    k->scale(r, m, w->stride, x);
    for (int j = 0; j < w->stride; j++)
        g_assert_cmpfloat_with_epsilon(x[j], (double)r[j] * m[j], 1e-5);
    /* Whatever lies in p, the first direction does not know of it. */
    for (int j = 0; j < w->stride; j++)
        p[j] = NAN;
    k->turn(r, m, d, 0, w->stride, p, q);
    for (int j = 0; j < w->stride; j++)
        g_assert_cmpfloat(p[j], ==, x[j]);
    reset(w, p);
    k->turn(r, m, d, 0.5f, w->stride, p, q);
    for (int j = 0; j < w->stride; j++) {
        double next = (double)r[j] * m[j] + 0.5 * fal_random_normal(11, 4, (guint64)j);
        g_assert_cmpfloat_with_epsilon(p[j], next, 1e-5);
        g_assert_cmpfloat_with_epsilon(q[j], next * d[j], 1e-5);
    }
    reset(w, x);
    memcpy(left, r, (gsize)w->stride * sizeof(float));
    got = k->step(p, q, m, 0.25f, w->stride, x, left);
    for (int j = 0; j < w->stride; j++) {
        double residual = r[j] - 0.25 * q[j];
        double to = fal_random_normal(11, 4, (guint64)j) + 0.25 * p[j];
        g_assert_cmpfloat_with_epsilon(left[j], residual, 1e-5);
        g_assert_cmpfloat_with_epsilon(x[j], to, 1e-5);
        sum += residual * residual * m[j];
    }
    g_assert_cmpfloat_with_epsilon(got, sum, 1e-3);
}

/* Whole numbers of a size that their products with others of it stay within 16 bits. */
static int
whole(guint64 key, int i, int width)
{
    int most = (int)sqrt(G_MAXINT16 / (double)width);

    most = MIN(most, 127);
    return (int)(fal_random_hash(3, key, (guint64)i) % (guint64)(2 * most + 1)) - most;
}

/* Blocks of rows by columns, two rows a word. */
static void
check_block(const FalKernels *k, int width)
{
    enum { HALF = FAL_BLOCK_ROWS / 2 };
    fal_autofree guint16 *block = FAL_NEW(guint16, width * HALF, NULL);
    gint16 query[64], sums[FAL_BLOCK_ROWS] __attribute__((aligned(32)));
    int exact[FAL_BLOCK_ROWS] = {0}, largest = G_MININT16;
    guint8 places[FAL_BLOCK_ROWS];

    for (int j = 0; j < width; j++) {
        query[j] = (gint16)whole(1, j, width);
        for (int i = 0; i < HALF; i++) {
            int low = whole(2, i * width + j, width), high = whole(4, i * width + j, width);
            block[j * HALF + i] = (guint16)(128 + low + 256 * high);
            exact[i] += low * query[j];
            exact[HALF + i] += high * query[j];
        }
    }
    for (int i = 0; i < FAL_BLOCK_ROWS; i++)
        largest = MAX(largest, exact[i]);
    g_assert_cmpint(k->products(block, query, width, sums), ==, largest);
    for (int i = 0; i < FAL_BLOCK_ROWS; i++)
        g_assert_cmpint(sums[i], ==, exact[i]);
    for (int i = -1; i < FAL_BLOCK_ROWS; i++) {
        gint16 least = i < 0 ? G_MININT16 : sums[i];
        int n = k->above(sums, least, places), expected = 0;
        for (int row = 0; row < FAL_BLOCK_ROWS; row++)
            if (sums[row] >= least)
                g_assert_cmpint(places[expected++], ==, row);
        g_assert_cmpint(n, ==, expected);
    }
    g_assert_cmpint(k->above(sums, G_MAXINT16, places), ==, largest == G_MAXINT16);
}

static void
check_bytes(const FalKernels *k, int width)
{
    fal_autofree gint8 *rows = FAL_NEW(gint8, MOST_ROWS * width, NULL);
    fal_autofree gint16 *even = FAL_NEW(gint16, width / 2, NULL);
    fal_autofree gint16 *odd = FAL_NEW(gint16, width / 2, NULL);
    gint32 index[MOST_ROWS], out[MOST_ROWS + 1];

    for (int i = 0; i < MOST_ROWS * width; i++)
        rows[i] = (gint8)whole(5, i, width);
    for (int j = 0; j < width / 2; j++) {
        even[j] = (gint16)whole(6, j, width);
        odd[j] = (gint16)whole(7, j, width);
    }
    for (int n = 0; n <= MOST_ROWS; n++) {
        for (int i = 0; i < n; i++)
            index[i] = i * 5 % MOST_ROWS;
        out[n] = 7;
        k->dots_bytes(rows, index, n, even, odd, width, out);
        for (int i = 0; i < n; i++) {
            int exact = 0;
            for (int j = 0; j < width; j++)
                exact += rows[index[i] * width + j] * (j % 2 == 0 ? even : odd)[j / 2];
            g_assert_cmpint(out[i], ==, exact);
        }
        g_assert_cmpint(out[n], ==, 7);
    }
}

static void
check_to_bytes(const FalKernels *k, const World *w)
{
    g_autofree gint8 *bytes = g_new(gint8, w->stride);
    double sum = 0;
    float off = k->to_bytes(row(w, 0), 20, w->stride, bytes);

    for (int j = 0; j < w->stride; j++) {
        double exact = 20 * (double)row(w, 0)[j];
        g_assert_cmpint(bytes[j], ==, (int)rint(exact));
        sum += (exact - bytes[j]) * (exact - bytes[j]);
    }
    g_assert_cmpfloat_with_epsilon(off, sum, 1e-3);
}

static void
check_pairs(const FalKernels *k)
{
    char text[300];
    guint16 places[300];

    for (int i = 0; i < 300; i++)
        text[i] = (char)('a' + fal_random_hash(9, 1, (guint64)i) % 3);
    for (int n = 0; n < 200; n++) {
        for (int apart = 0; apart < 40; apart += 3) {
            int expected = 0, found = k->pairs(text + n % 5, n, 'a', 'b', (gsize)apart, places);
            for (int i = 0; i < n; i++)
                if (text[n % 5 + i] == 'a' && text[n % 5 + i + apart] == 'b')
                    g_assert_cmpint(places[expected++], ==, i);
            g_assert_cmpint(found, ==, expected);
        }
    }
}

/* In a process of its own, as the level is chosen once. */
static void
check_level(gconstpointer data)
{
    const FalKernels *k = fal_kernels();

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(strides); i++) {
        World w;
        world_init(&w, strides[i]);
        for (gint64 n = 0; n <= MOST_ROWS; n++) {
            check_dots(k, &w, n);
            check_combine(k, &w, n);
            check_normal(k, &w, n);
            check_gather(k, &w, n);
            check_gather_residual(k, &w, n);
        }
        check_step(k, &w);
        check_to_bytes(k, &w);
        world_clear(&w);
    }
    check_pairs(k);
    for (int width = 1; width <= 64; width++)
        check_block(k, width);
    for (int width = 32; width <= 1024; width += 32)
        check_bytes(k, width);
    g_print("level %s\n", k->level);
}

static void
test_level(gconstpointer data)
{
    const char *level = data;
    g_autofree char *path = g_strdup_printf("/kernels/%s/subprocess", level);

    g_setenv("FALSETTO_KERNELS", level, TRUE);
    g_test_trap_subprocess(path, 0, 0);
    g_unsetenv("FALSETTO_KERNELS");
    g_test_trap_assert_passed();
#ifdef FAL_X86_LEVELS
    __builtin_cpu_init();
    if (g_str_equal(level, "x86-64") || __builtin_cpu_supports("avx512vl")) {
        g_autofree char *line = g_strdup_printf("*level %s\n*", level);
        g_test_trap_assert_stdout(line);
    }
#endif
}

static void
test_unknown(void)
{
    if (g_test_subprocess()) {
        g_print("level %s\n", fal_kernels()->level);
        return;
    }
    g_autofree char *line = g_strdup_printf("*level %s\n*", fal_kernels()->level);
    g_setenv("FALSETTO_KERNELS", "x86-64-v9", TRUE);
    g_test_trap_subprocess(NULL, 0, 0);
    g_unsetenv("FALSETTO_KERNELS");
    g_test_trap_assert_passed();
    g_test_trap_assert_stdout(line);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!g_test_subprocess())
        g_unsetenv("FALSETTO_KERNELS");
    for (gsize i = 0; i < G_N_ELEMENTS(levels); i++) {
        g_autofree char *path = g_strdup_printf("/kernels/%s", levels[i]);
        g_autofree char *child = g_strdup_printf("/kernels/%s/subprocess", levels[i]);
        g_test_add_data_func(path, levels[i], test_level);
        g_test_add_data_func(child, levels[i], check_level);
    }
    g_test_add_func("/kernels/unknown-level", test_unknown);
    return g_test_run();
}
