/* What the machine can do at best, for holding the solver against: arithmetic, reading, and
 * gathering rows the way the solver gathers them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/kernels.h"
#include "base/parallel.h"
#include "base/random.h"
#include "measure.h"
#include "model/blas.h"

/* OpenBLAS on itself. */
char *openblas_get_config(void);
char *openblas_get_corename(void);

#define ROUNDS 5
/* What the solver gathers at once (als.c), per worker. */
#define BATCH_BYTES ((gsize)128 << 10)
#define BLOCK_ROWS  4096

/* Sizes beyond what caches hold; the table is as large as the full set's artists at rank 64. */
static struct {
    int gemm; /* rows and columns */
    gsize read_bytes;
    gsize table_floats;
    gint64 gathered_floats;
} size = {3072, (gsize)256 << 20, (gsize)100 << 20, 400000000};

/* Keeps what was only made to be timed. */
static volatile double sink;

/* --- arithmetic --- */

typedef struct {
    float *a, *b, *c; /* c: one for each block */
} Gemm;

static void
gemm_block(gint64 block, int worker, gpointer data)
{
    Gemm *g = data;

    (void)worker;
    fal_blas_scores(g->a, size.gemm, g->b, size.gemm, size.gemm,
                    g->c + (gsize)block * (gsize)size.gemm * (gsize)size.gemm);
}

/* FLOP/s of a product for each thread at once, as the solver calls BLAS. */
static double
measure_gemm(void)
{
    gsize square = (gsize)size.gemm * (gsize)size.gemm;
    int threads = fal_parallel_threads();
    g_autoptr(GError) error = NULL;
    fal_autofree float *a = FAL_NEW(float, square, &error);
    fal_autofree float *b = a ? FAL_NEW(float, square, &error) : NULL;
    fal_autofree float *c = b ? FAL_NEW(float, square *(gsize)threads, &error) : NULL;
    Gemm g = {a, b, c};
    double seconds[3];

    if (!c)
        bench_fail(error);
    for (gsize i = 0; i < square; i++)
        a[i] = b[i] = (float)(i % 97) / 97;
    for (gsize i = 0; i < G_N_ELEMENTS(seconds); i++) {
        double began = seconds_now();
        fal_parallel_for(threads, gemm_block, &g);
        seconds[i] = seconds_now() - began;
    }
    return 2.0 * (double)square * size.gemm * threads /
           median_of(seconds, G_N_ELEMENTS(seconds));
}

/* --- memory --- */

typedef struct {
    const float *from;
    float *to;
    double *sums;
} Stream;

#define STREAM_BLOCK ((gsize)64 << 10) /* floats */

static void
read_block(gint64 block, int worker, gpointer data)
{
    Stream *s = data;
    /* A dot with itself by the kernels: fast enough to wait for memory only. */
    const float *from = s->from + (gsize)block * STREAM_BLOCK;

    (void)worker;
    s->sums[block] = fal_kernels()->dot(from, from, (int)STREAM_BLOCK);
}

static void
copy_block(gint64 block, int worker, gpointer data)
{
    Stream *s = data;
    gsize at = (gsize)block * STREAM_BLOCK;

    (void)worker;
    memcpy(s->to + at, s->from + at, STREAM_BLOCK * sizeof(float));
}

static double
time_stream(Stream *s, FalBlockFn fn)
{
    double seconds[ROUNDS];

    for (gsize i = 0; i < ROUNDS; i++) {
        double began = seconds_now();
        fal_parallel_for((gint64)(size.read_bytes / sizeof(float) / STREAM_BLOCK), fn, s);
        seconds[i] = seconds_now() - began;
    }
    return median_of(seconds, ROUNDS);
}

static void
measure_streams(void)
{
    gsize n = size.read_bytes / sizeof(float);
    g_autoptr(GError) error = NULL;
    fal_autofree float *from = FAL_NEW(float, n, &error);
    fal_autofree float *to = from ? FAL_NEW(float, n, &error) : NULL;
    g_autofree double *sums = g_new0(double, n / STREAM_BLOCK);
    Stream s = {from, to, sums};

    if (!to)
        bench_fail(error);
    for (gsize i = 0; i < n; i++)
        from[i] = to[i] = 1;
    json_real("read", (double)size.read_bytes / time_stream(&s, read_block));
    /* Bytes read and bytes written. */
    json_real("copy", 2 * (double)size.read_bytes / time_stream(&s, copy_block));
    sink = sums[0];
}

typedef struct {
    const float *table;
    const gint32 *index;
    gint64 n;
    int stride;
    float *buffers; /* one for each worker */
} Gather;

static void
gather_block(gint64 block, int worker, gpointer data)
{
    Gather *g = data;
    gint64 batch = MAX((gint64)(BATCH_BYTES / sizeof(float)) / g->stride, 1);
    gint64 from = block * BLOCK_ROWS, end = MIN(from + BLOCK_ROWS, g->n);
    float *buffer = g->buffers + (gsize)worker * (gsize)(batch * g->stride);

    for (; from < end; from += batch)
        fal_kernels()->gather(g->table, g->index + from, MIN(batch, end - from), g->stride,
                              buffer);
}

double
measure_gather(const float *table, const gint32 *index, gint64 n, int stride)
{
    gsize floats = MAX(BATCH_BYTES / sizeof(float), (gsize)stride);
    g_autoptr(GError) error = NULL;
    fal_autofree float *buffers = FAL_NEW(float, floats *(gsize)fal_parallel_threads(), &error);
    Gather g = {table, index, n, stride, buffers};
    double began = seconds_now();

    if (!buffers)
        bench_fail(error);
    fal_parallel_for((n + BLOCK_ROWS - 1) / BLOCK_ROWS, gather_block, &g);
    return seconds_now() - began;
}

static double
time_random_gather(const float *table, gint32 *index, int width)
{
    gint32 rows = (gint32)(size.table_floats / (gsize)width);
    gint64 n = size.gathered_floats / width;
    double seconds[ROUNDS];
    FalRandom random;

    fal_random_init(&random, 1);
    for (gint64 i = 0; i < n; i++)
        index[i] = (gint32)fal_random_below(&random, (guint64)rows);
    for (gsize i = 0; i < ROUNDS; i++)
        seconds[i] = measure_gather(table, index, n, width);
    return (double)n * width * sizeof(float) / median_of(seconds, ROUNDS);
}

/* Bytes/s of rows anywhere in a table that no cache holds, by floats of a row. */
static void
measure_random_gather(void)
{
    static const int widths[] = {16, 64, 128, 256};
    g_autoptr(GError) error = NULL;
    fal_autofree float *table = FAL_NEW(float, size.table_floats, &error);
    fal_autofree gint32 *index =
        table ? FAL_NEW(gint32, size.gathered_floats / widths[0], &error) : NULL;

    if (!index)
        bench_fail(error);
    for (gsize i = 0; i < size.table_floats; i++)
        table[i] = 1;
    json_open("gather", '{');
    for (gsize i = 0; i < G_N_ELEMENTS(widths); i++) {
        g_autofree char *key = g_strdup_printf("%d", widths[i]);
        json_real(key, time_random_gather(table, index, widths[i]));
    }
    json_close('}');
}

static void
measure_with(int threads)
{
    fal_parallel_set_threads(threads);
    json_open(NULL, '{');
    json_real("threads", threads);
    json_real("sgemm", measure_gemm());
    measure_streams();
    measure_random_gather();
    json_close('}');
}

void
measure_machine(Bench *b)
{
    int threads = fal_parallel_threads();

    if (b->o.brief) {
        size.gemm = 128;
        size.read_bytes = 1 << 20;
        size.table_floats = (gsize)1 << 20;
        size.gathered_floats = 1 << 20;
    }
    fal_blas_init();
    json_open("machine", '{');
    json_real("cores", (double)sysconf(_SC_NPROCESSORS_ONLN));
    json_real("memory", (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE));
    json_text("kernels", fal_kernels()->level);
    json_text("openblas", openblas_get_config());
    json_text("openblas_core", openblas_get_corename());
    json_text("compiler", __VERSION__);
    json_open("limits", '[');
    measure_with(1);
    if (threads > 1)
        measure_with(threads);
    fal_parallel_set_threads(threads);
    json_close(']');
    json_close('}');
}
