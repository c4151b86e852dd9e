/* Sketches of rows (sketch.h says what).
 *
 * A row y, of length 1, is copied as b = round(SCALE y), a query x as a = round(QUERY_SCALE x).
 * With u = 1 / (SCALE QUERY_SCALE):
 *   x.y = u a.b + (x - a / QUERY_SCALE).y + (a / QUERY_SCALE).(y - b / SCALE)
 *      <= u a.b + |x - a / QUERY_SCALE| + |a / QUERY_SCALE| error
 * where error is the largest |y - b / SCALE| of all rows. The norms of an outline are rounded
 * up on both sides, so that their product is never too small.
 *
 * The scales are such that |a||b| stays within 16 bits (kernels.h): |b| <= SCALE + what
 * rounding adds, which is sqrt(axes) / 2, and 1 for each norm.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/sketch.h"

#include <float.h>
#include <math.h>

#include "base/alloc.h"
#include "base/parallel.h"

#define SCALE       126
#define QUERY_SCALE 200
#define MAX_STRIDE  FAL_STRIDE(FAL_MAX_RANK)
/* Rows that are asked for ahead. */
#define AHEAD 8
/* (126 + 16) (200 + 16) < 32767: sqrt(1024) / 2 = 16. */
G_STATIC_ASSERT((SCALE + 16) * (QUERY_SCALE + 16) < G_MAXINT16 && MAX_STRIDE <= 1024);

/* The bytes of an outline: by measurement. Rows of so many axes at most have them all there. */
#define SHORT 24
#define NORMS 2

typedef struct {
    FalSketch *sketch;
    const float *rows, *norm;
    const gint32 *order;
    double *outline_error, *fine_error; /* by block, squared and times SCALE^2 */
} Making;

double
fal_sketch_rounding(int stride)
{
    return (4.0 * stride + 32) * FLT_EPSILON;
}

/* The norms that an outline of row * factor ends with, rounded up. */
static void
draw_norms(const FalSketch *sketch, const float *row, float factor, int norms[NORMS])
{
    int stride = sketch->stride, n = sketch->width - sketch->head;
    int middle = SHORT + (stride - SHORT) / 2 / FAL_LANES * FAL_LANES;
    double sum[NORMS];

    if (n == 0)
        return;
    sum[0] = sketch->kernels->dot(row + SHORT, row + SHORT, middle - SHORT);
    sum[1] = sketch->kernels->dot(row + middle, row + middle, stride - middle);
    for (int j = sketch->head; j < SHORT; j++)
        sum[0] += (double)row[j] * row[j];
    for (int i = 0; i < n; i++)
        norms[i] = (int)ceil(factor * sqrt(sum[i]) * (1 + fal_sketch_rounding(stride)));
}

static void
sketch_row(const Making *making, gint32 at, double *outline_error, double *fine_error)
{
    FalSketch *sketch = making->sketch;
    int stride = sketch->stride, half = FAL_BLOCK_ROWS / 2, place = at % FAL_BLOCK_ROWS;
    const float *row = making->rows + (gsize)making->order[at] * (gsize)stride;
    float factor = SCALE / making->norm[at];
    guint16 *words = sketch->outline +
                     (gsize)(at / FAL_BLOCK_ROWS) * (gsize)sketch->width * (gsize)half +
                     place % half;
    gint8 outline[SHORT], *copy = outline;
    int norms[NORMS];

    if (sketch->fine_width > 0)
        copy = sketch->fine + (gsize)at * (gsize)sketch->fine_width;
    /* Rather than the head's own error that of a few axes more: no loop has a remainder. */
    double error = sketch->kernels->to_bytes(row, factor, MIN(stride, SHORT), copy);
    *outline_error = MAX(*outline_error, error);
    if (stride > SHORT)
        error += sketch->kernels->to_bytes(row + SHORT, factor, stride - SHORT, copy + SHORT);
    *fine_error = MAX(*fine_error, error);
    draw_norms(sketch, row, factor, norms);
    for (int j = 0; j < sketch->width; j++) {
        guint value = (guint)(j < sketch->head ? copy[j] : norms[j - sketch->head]);
        words[j * half] = (guint16)(words[j * half] + (place < half ? value : 256 * value));
    }
}

/* Rows outside the range of norms are left as zeros: who asks does not rely on them. */
static void
sketch_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Making *making = data;
    FalSketch *sketch = making->sketch;
    gsize words = (gsize)sketch->width * (FAL_BLOCK_ROWS / 2);
    gint32 first = (gint32)(block * FAL_BLOCK_ROWS);
    gint32 end = MIN(first + FAL_BLOCK_ROWS, sketch->n);

    for (gsize i = 0; i < words; i++)
        sketch->outline[(gsize)block * words + i] = 128;
    for (gint32 at = first; at < end; at++) {
        if (at + AHEAD < end)
            for (int j = 0; j < MIN(sketch->stride, 64); j += 16)
                __builtin_prefetch(making->rows +
                                   (gsize)making->order[at + AHEAD] * (gsize)sketch->stride +
                                   j);
        if (making->norm[at] >= FAL_SKETCH_SMALLEST && making->norm[at] <= FAL_SKETCH_LARGEST)
            sketch_row(making, at, &making->outline_error[block], &making->fine_error[block]);
    }
}

static void
set_widths(FalSketch *sketch)
{
    int line = 2 * FAL_WORDS;

    sketch->width = sketch->head = sketch->stride;
    sketch->fine_width = 0;
    if (sketch->stride > SHORT) {
        sketch->width = SHORT;
        sketch->head = SHORT - NORMS;
        sketch->fine_width = (sketch->stride + line - 1) / line * line;
    }
}

gboolean
fal_sketch_init(FalSketch *sketch, const float *rows, const gint32 *order, const float *norm,
                gint32 n, int stride, GError **error)
{
    gint64 blocks = ((gint64)n + FAL_BLOCK_ROWS - 1) / FAL_BLOCK_ROWS;
    fal_autofree double *outline_error = FAL_NEW(double, blocks, error);
    fal_autofree double *fine_error = outline_error ? FAL_NEW(double, blocks, error) : NULL;
    Making making = {sketch, rows, norm, order, outline_error, fine_error};

    *sketch = (FalSketch){.kernels = fal_kernels(), .n = n, .stride = stride};
    set_widths(sketch);
    if (!fine_error ||
        !(sketch->outline = FAL_NEW(
              guint16, (gsize)blocks * (gsize)sketch->width * (FAL_BLOCK_ROWS / 2), error)) ||
        !(sketch->fine = FAL_NEW(gint8, (gsize)n * (gsize)sketch->fine_width, error)))
        return FALSE;
    fal_parallel_for(blocks, sketch_block, &making);
    for (gint64 block = 0; block < blocks; block++) {
        sketch->outline_error = MAX(sketch->outline_error, outline_error[block]);
        sketch->fine_error = MAX(sketch->fine_error, fine_error[block]);
    }
    sketch->outline_error = sqrt(sketch->outline_error) / SCALE;
    sketch->fine_error = sqrt(sketch->fine_error) / SCALE;
    return TRUE;
}

void
fal_sketch_clear(FalSketch *sketch)
{
    fal_free(sketch->outline);
    fal_free(sketch->fine);
}

void
fal_sketch_query(const FalSketch *sketch, const float *query, float norm, FalSketchQuery *out)
{
    int stride = sketch->stride, norms[NORMS];
    double rounding = 2 * fal_sketch_rounding(stride), head_off = 0, off = 0;

    for (int j = 0; j < MAX(stride, sketch->fine_width); j++) {
        double exact = j < stride ? QUERY_SCALE * ((double)query[j] / norm) : 0;
        gint16 value = (gint16)lrint(exact);

        off += (exact - value) * (exact - value);
        if (j < sketch->head) {
            out->outline[j] = value;
            head_off = off;
        }
        if (sketch->fine_width > 0)
            (j % 2 == 0 ? out->even : out->odd)[j / 2] = value;
    }
    draw_norms(sketch, query, QUERY_SCALE / norm, norms);
    for (int j = sketch->head; j < sketch->width; j++)
        out->outline[j] = (gint16)norms[j - sketch->head];
    off = sqrt(off) / QUERY_SCALE;
    head_off = sqrt(head_off) / QUERY_SCALE;
    out->unit = 1.0 / (SCALE * QUERY_SCALE);
    /* |a / QUERY_SCALE| is at most 1 and its own error. */
    out->outline_slack = head_off + (1 + head_off) * sketch->outline_error + rounding;
    out->fine_slack = off + (1 + off) * sketch->fine_error + rounding;
}

/* The least whole number a.b that stands for a cosine of `need`, within the whole numbers of 16
 * bits and one beyond; a hair less, for the rounding of the quotient. */
static int
least_of(const FalSketchQuery *query, double need, double slack)
{
    double least = ceil((need - slack) / query->unit - 1e-6);

    return (int)CLAMP(least, G_MININT16, G_MAXINT16 + 1);
}

int
fal_sketch_least(const FalSketchQuery *query, double need)
{
    return least_of(query, need, query->outline_slack);
}

int
fal_sketch_sums(const FalSketch *sketch, const FalSketchQuery *query, gint32 block,
                gint16 *sums)
{
    gsize words = (gsize)sketch->width * (FAL_BLOCK_ROWS / 2);

    return sketch->kernels->products(sketch->outline + (gsize)block * words, query->outline,
                                     sketch->width, sums);
}

int
fal_sketch_refine(const FalSketch *sketch, const FalSketchQuery *query, double need,
                  gint32 *positions, int n)
{
    int least = least_of(query, need, query->fine_slack);
    gint32 sums[FAL_BLOCK_ROWS];
    int kept = 0;

    if (sketch->fine_width == 0)
        return n;
    sketch->kernels->dots_bytes(sketch->fine, positions, n, query->even, query->odd,
                                sketch->fine_width, sums);
    for (int i = 0; i < n; i++) {
        positions[kept] = positions[i];
        kept += sums[i] >= least;
    }
    return kept;
}
