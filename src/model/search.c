/* Exact top-K search (search.h says what).
 *
 * The best so far are a heap in the caller's array, the worst on top. A row's score is made by
 * the same kernel whatever the order in which rows are read, so that the answer has the same
 * bits as a scan over all rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/search.h"

#include <float.h>
#include <math.h>

#include "base/alloc.h"
#include "base/kernels.h"
#include "model/settings.h"

#define MAX_STRIDE FAL_STRIDE(FAL_MAX_RANK)
/* Rows scored at a time, at most, and the floats that their vectors must fit. */
#define BATCH_ROWS   64
#define BATCH_FLOATS (16 * MAX_STRIDE)

struct FalSearch {
    const FalKernels *kernels;
    const float *rows;
    const gint64 *ids;
    gint32 n;
    int stride;
    gint32 *order;  /* rows by falling norm, ties by id */
    float *norm;    /* in that order */
    float *inverse; /* 1 / norm by row; 0 for a row of zero */
};

/* The best so far. */
typedef struct {
    const gint64 *ids;
    FalTop *top; /* a heap: each no better than its two children; k places */
    int n, k;
    const gint32 *skip;
    gint64 n_skip;
} Best;

static gboolean
is_better(const Best *best, FalTop a, FalTop b)
{
    return a.score > b.score || (a.score == b.score && best->ids[a.row] < best->ids[b.row]);
}

static void
sift_down(const Best *best, int n, int at)
{
    FalTop *top = best->top, moved = top[at];

    for (int child = 2 * at + 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && is_better(best, top[child], top[child + 1]))
            child++;
        if (!is_better(best, moved, top[child]))
            break;
        top[at] = top[child];
        at = child;
    }
    top[at] = moved;
}

static void
sift_up(const Best *best, int at)
{
    FalTop *top = best->top, moved = top[at];

    while (at > 0 && is_better(best, top[(at - 1) / 2], moved)) {
        top[at] = top[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    top[at] = moved;
}

static gboolean
is_skipped(const Best *best, gint32 row)
{
    gint64 low = 0, high = best->n_skip;

    while (low < high) {
        gint64 middle = low + (high - low) / 2;

        if (best->skip[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < best->n_skip && best->skip[low] == row;
}

static void
offer(Best *best, gint32 row, float score)
{
    FalTop new = {.row = row, .score = score};

    if (best->n == best->k && !is_better(best, new, best->top[0]))
        return;
    if (is_skipped(best, row))
        return;
    if (best->n < best->k) {
        best->top[best->n] = new;
        sift_up(best, best->n++);
    } else {
        best->top[0] = new;
        sift_down(best, best->n, 0);
    }
}

/* The score that a row must have at least to come in. */
static float
bar(const Best *best)
{
    return best->n == best->k ? best->top[0].score : -INFINITY;
}

/* The heap becomes a list, best first. */
static int
finish(Best *best)
{
    for (int n = best->n - 1; n > 0; n--) {
        FalTop worst = best->top[0];

        best->top[0] = best->top[n];
        best->top[n] = worst;
        sift_down(best, n, 0);
    }
    return best->n;
}

/* Rows by falling norm: their bits, which rise as the norms fall, sorted eleven at a time. */
static gboolean
sort_by_norm(FalSearch *search, guint64 *keys, GError **error)
{
    gsize n = (gsize)search->n;
    fal_autofree guint64 *spare = FAL_NEW(guint64, n, error);
    guint64 *from = keys, *to = spare;

    if (!spare)
        return FALSE;
    for (int shift = 32; shift < 64; shift += 11) {
        gsize start[2049] = {0};
        guint64 *swap = from;

        for (gsize i = 0; i < n; i++)
            start[((from[i] >> shift) & 2047) + 1]++;
        for (int b = 0; b < 2048; b++)
            start[b + 1] += start[b];
        for (gsize i = 0; i < n; i++)
            to[start[(from[i] >> shift) & 2047]++] = from[i];
        from = to;
        to = swap;
    }
    for (gsize i = 0; i < n; i++) {
        union {
            guint32 bits;
            float norm;
        } key = {.bits = ~(guint32)(from[i] >> 32)};

        search->order[i] = (gint32)(from[i] & G_MAXUINT32);
        search->norm[i] = key.norm;
    }
    return TRUE;
}

FalSearch *
fal_search_new(const float *rows, gint32 n, int stride, const gint64 *ids, GError **error)
{
    g_autoptr(FalSearch) search = g_new0(FalSearch, 1);
    fal_autofree guint64 *keys = FAL_NEW(guint64, n, error);

    g_return_val_if_fail(n >= 0 && stride > 0 && stride <= MAX_STRIDE, NULL);

    search->kernels = fal_kernels();
    search->rows = rows;
    search->ids = ids;
    search->n = n;
    search->stride = stride;
    if (!keys || !(search->order = FAL_NEW(gint32, n, error)) ||
        !(search->norm = FAL_NEW(float, n, error)) ||
        !(search->inverse = FAL_NEW(float, n, error)))
        return NULL;
    for (gint32 i = 0; i < n; i++) {
        const float *row = rows + (gsize)i * (gsize)stride;
        union {
            float norm;
            guint32 bits;
        } key = {.norm = sqrtf(search->kernels->dot(row, row, stride))};

        search->inverse[i] = key.norm > 0 ? 1 / key.norm : 0;
        keys[i] = (guint64)~key.bits << 32 | (guint32)i;
    }
    if (!sort_by_norm(search, keys, error))
        return NULL;
    return g_steal_pointer(&search);
}

void
fal_search_free(FalSearch *search)
{
    if (!search)
        return;
    fal_free(search->order);
    fal_free(search->norm);
    fal_free(search->inverse);
    g_free(search);
}

/* What |query| |row| may fall short of a computed score by rounding, as a factor and, for norms
 * so small that their squares vanish, as a summand. */
static double
slack(int stride)
{
    return 1 + (2.0 * stride + 16) * FLT_EPSILON;
}

#define TINY_NORM 1e-18

int
fal_search_dot(const FalSearch *search, const float *query, int k, const gint32 *skip,
               gint64 n_skip, FalTop *out)
{
    Best best = {.ids = search->ids, .top = out, .k = k, .skip = skip, .n_skip = n_skip};
    float vectors[BATCH_FLOATS] __attribute__((aligned(64))), scores[BATCH_ROWS];
    gint32 batch = MIN(BATCH_ROWS, BATCH_FLOATS / search->stride);
    double length = 0;

    if (k <= 0)
        return 0;
    for (int j = 0; j < search->stride; j++)
        length += (double)query[j] * query[j];
    length = sqrt(length) * slack(search->stride);
    for (gint32 start = 0; start < search->n; start += batch) {
        gint32 n = MIN(batch, search->n - start);

        if (length * (search->norm[start] + TINY_NORM) < bar(&best))
            break;
        search->kernels->gather(search->rows, search->order + start, n, search->stride,
                                vectors);
        search->kernels->dots(vectors, n, query, search->stride, scores);
        for (gint32 i = 0; i < n; i++)
            if (scores[i] >= bar(&best))
                offer(&best, search->order[start + i], scores[i]);
    }
    return finish(&best);
}

int
fal_search_cosine(const FalSearch *search, gint32 row, int k, FalTop *out)
{
    Best best = {.ids = search->ids, .top = out, .k = k, .skip = &row, .n_skip = 1};
    const float *query = search->rows + (gsize)row * (gsize)search->stride;
    float scores[BATCH_ROWS];

    g_return_val_if_fail(row >= 0 && row < search->n, 0);

    if (k <= 0 || search->inverse[row] == 0)
        return 0;
    for (gint32 start = 0; start < search->n; start += BATCH_ROWS) {
        gint32 n = MIN(BATCH_ROWS, search->n - start);
        const float *inverse = search->inverse + start;

        search->kernels->dots(search->rows + (gsize)start * (gsize)search->stride, n, query,
                              search->stride, scores);
        for (gint32 i = 0; i < n; i++)
            scores[i] = CLAMP(scores[i] * inverse[i] * search->inverse[row], -1, 1);
        for (gint32 i = 0; i < n; i++)
            if (scores[i] >= bar(&best) && inverse[i] > 0)
                offer(&best, start + i, scores[i]);
    }
    return finish(&best);
}

int
fal_search_select(const float *scores, gint32 n, const gint64 *ids, int k, const gint32 *skip,
                  gint64 n_skip, FalTop *out)
{
    Best best = {.ids = ids, .top = out, .k = k, .skip = skip, .n_skip = n_skip};

    if (k <= 0)
        return 0;
    for (gint32 i = 0; i < n; i++)
        if (scores[i] >= bar(&best))
            offer(&best, i, scores[i]);
    return finish(&best);
}
