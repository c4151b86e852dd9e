/* Exact top-K search (search.h says what).
 *
 * The best so far are a heap in the caller's array, the worst on top; its score is the bar. A
 * scan goes over the rows in blocks by falling norm. Their outlines (sketch.h) tell which rows
 * of a block can reach the bar; these wait until there are enough of them, then their fine
 * copies are read, and only where that still beats the bar the row itself. A row's score is
 * made by the same kernel whatever the order in which rows are read, so that the answer has the
 * same bits as a scan over all rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/search.h"

#include <float.h>
#include <math.h>

#include "base/alloc.h"
#include "base/kernels.h"
#include "base/parallel.h"
#include "base/sorted.h"
#include "model/sketch.h"

#define MAX_STRIDE FAL_STRIDE(FAL_MAX_RANK)
/* Rows scored at a time, at most, and the floats that their vectors must fit. */
#define BATCH_ROWS   64
#define BATCH_FLOATS (16 * MAX_STRIDE)
/* Rows that wait for their fine copies to be read. */
#define WAITING FAL_BLOCK_ROWS
/* Blocks that a scan for cosines begins with. */
#define HIGH_BLOCKS 128
/* Rows whose norm a parallel block takes. */
#define NORM_ROWS 4096

struct FalSearch {
    const FalKernels *kernels;
    const float *rows;
    const gint64 *ids;
    gint32 n, n_nonzero; /* those of zero are the last */
    int stride;
    gint32 *order;  /* rows by falling norm */
    float *norm;    /* in that order */
    float *inverse; /* 1 / norm by row; 0 for a row of zero */
    FalSketch sketch;
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
    gint64 at = fal_sorted_find(best->skip, best->n_skip, row);

    return at < best->n_skip && best->skip[at] == row;
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

typedef struct {
    FalSearch *search;
    guint64 *keys;
} Norms;

static void
norm_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Norms *norms = data;
    FalSearch *search = norms->search;
    gint32 first = (gint32)(block * NORM_ROWS), end = MIN(first + NORM_ROWS, search->n);

    for (gint32 i = first; i < end; i++) {
        const float *row = search->rows + (gsize)i * (gsize)search->stride;
        union {
            float norm;
            guint32 bits;
        } key = {.norm = sqrtf(search->kernels->dot(row, row, search->stride))};

        search->inverse[i] = key.norm > 0 ? 1 / key.norm : 0;
        norms->keys[i] = (guint64)~key.bits << 32 | (guint32)i;
    }
}

FalSearch *
fal_search_new(const float *rows, gint32 n, int stride, const gint64 *ids, GError **error)
{
    g_autoptr(FalSearch) search = g_new0(FalSearch, 1);
    fal_autofree guint64 *keys = FAL_NEW(guint64, n, error);
    Norms norms = {search, keys};

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
    fal_parallel_for(((gint64)n + NORM_ROWS - 1) / NORM_ROWS, norm_block, &norms);
    if (!sort_by_norm(search, keys, error))
        return NULL;
    while (search->n_nonzero < n && search->norm[search->n_nonzero] > 0)
        search->n_nonzero++;
    if (!fal_sketch_init(&search->sketch, rows, search->order, search->norm, n, stride, error))
        return NULL;
    return g_steal_pointer(&search);
}

void
fal_search_free(FalSearch *search)
{
    if (!search)
        return;
    fal_sketch_clear(&search->sketch);
    fal_free(search->order);
    fal_free(search->norm);
    fal_free(search->inverse);
    g_free(search);
}

/* A search under way. */
typedef struct {
    const FalSearch *search;
    const float *query;
    double length;          /* |query|, and more than rounding can add */
    float inverse;          /* cosine: 1 / norm of the query */
    gboolean cosine, plain; /* plain: no bounds, its norm is out of their range */
    gint32 end;             /* of the positions that take part */
    Best best;
    FalSketchQuery sketch;
    gint32 waiting[WAITING + FAL_BLOCK_ROWS]; /* positions that passed their outline */
    int n_waiting;
} Scan;

/* Scores n positions and offers those that reach the bar. */
static void
score(Scan *scan, const gint32 *positions, gint32 n)
{
    const FalSearch *search = scan->search;
    float vectors[BATCH_FLOATS] __attribute__((aligned(64))), scores[BATCH_ROWS];
    gint32 rows[BATCH_ROWS];
    gint32 batch = MIN(BATCH_ROWS, BATCH_FLOATS / search->stride);

    for (gint32 start = 0; start < n; start += batch) {
        gint32 count = MIN(batch, n - start);

        for (gint32 i = 0; i < count; i++)
            rows[i] = search->order[positions[start + i]];
        search->kernels->gather(search->rows, rows, count, search->stride, vectors);
        search->kernels->dots(vectors, count, scan->query, search->stride, scores);
        for (gint32 i = 0; i < count && scan->cosine; i++)
            scores[i] = CLAMP(scores[i] * search->inverse[rows[i]] * scan->inverse, -1, 1);
        for (gint32 i = 0; i < count; i++)
            if (scores[i] >= bar(&scan->best) &&
                !(scan->cosine && search->inverse[rows[i]] == 0))
                offer(&scan->best, rows[i], scores[i]);
    }
}

/* The cosine that rows of at most this norm need to reach the bar. */
static double
need(const Scan *scan, float norm)
{
    double at_least = bar(&scan->best);

    if (scan->cosine)
        return at_least;
    return at_least > 0 ? at_least / (scan->length * norm) : -INFINITY;
}

/* Sees to those that wait. */
static void
settle(Scan *scan)
{
    for (int start = 0; start < scan->n_waiting; start += FAL_BLOCK_ROWS) {
        gint32 *positions = scan->waiting + start;
        int n = MIN(FAL_BLOCK_ROWS, scan->n_waiting - start);

        score(scan, positions,
              fal_sketch_refine(&scan->search->sketch, &scan->sketch,
                                need(scan, scan->search->norm[positions[0]]), positions, n));
    }
    scan->n_waiting = 0;
}

/* Whether a block has rows that the sketches know nothing of. */
static gboolean
is_odd(const Scan *scan, gint32 first, gint32 end)
{
    return scan->plain || !(scan->search->norm[first] <= FAL_SKETCH_LARGEST) ||
           !(scan->search->norm[end - 1] >= FAL_SKETCH_SMALLEST);
}

static void
score_block(Scan *scan, gint32 first, gint32 end)
{
    gint32 all[FAL_BLOCK_ROWS];

    for (gint32 at = first; at < end; at++)
        all[at - first] = at;
    score(scan, all, end - first);
}

/* Lets those of a block wait whose outlines can reach the bar; sums are fal_sketch_sums(). */
static void
sift_block(Scan *scan, gint32 first, gint32 end, const gint16 *sums)
{
    const FalSketch *sketch = &scan->search->sketch;
    int least = fal_sketch_least(&scan->sketch, need(scan, scan->search->norm[first]));
    guint8 places[FAL_BLOCK_ROWS];
    int n = least > G_MAXINT16 ? 0 : sketch->kernels->above(sums, (gint16)least, places);

    for (int i = 0; i < n; i++) {
        gint32 at = first + places[i];
        if (at >= end)
            break;
        __builtin_prefetch(sketch->fine + (gsize)at * (gsize)sketch->fine_width);
        scan->waiting[scan->n_waiting++] = at;
    }
    if (scan->n_waiting >= WAITING)
        settle(scan);
}

static void
scan_block(Scan *scan, gint32 block)
{
    gint32 first = block * FAL_BLOCK_ROWS;
    gint32 end = MIN(first + FAL_BLOCK_ROWS, scan->end);
    gint16 sums[FAL_BLOCK_ROWS] __attribute__((aligned(32)));

    if (scan->best.n < scan->best.k || is_odd(scan, first, end)) {
        score_block(scan, first, end);
        return;
    }
    fal_sketch_sums(&scan->search->sketch, &scan->sketch, block, sums);
    sift_block(scan, first, end, sums);
}

static void
scan_init(Scan *scan, const FalSearch *search, const float *query, int k, FalTop *out)
{
    float norm = sqrtf(search->kernels->dot(query, query, search->stride));

    scan->search = search;
    scan->query = query;
    scan->end = search->n;
    scan->n_waiting = 0;
    scan->plain = !(norm >= FAL_SKETCH_SMALLEST && norm <= FAL_SKETCH_LARGEST);
    if (!scan->plain)
        fal_sketch_query(&search->sketch, query, norm, &scan->sketch);
    scan->best = (Best){.ids = search->ids, .top = out, .k = k};
}

/* For norms so small that their squares vanish. */
#define TINY_NORM 1e-18

int
fal_search_dot(const FalSearch *search, const float *query, int k, const gint32 *skip,
               gint64 n_skip, FalTop *out)
{
    Scan scan;
    double length = 0;

    if (k <= 0)
        return 0;
    scan_init(&scan, search, query, k, out);
    scan.cosine = FALSE;
    scan.best.skip = skip;
    scan.best.n_skip = n_skip;
    for (int j = 0; j < search->stride; j++)
        length += (double)query[j] * query[j];
    if (length == 0) {
        /* All scores are 0, whatever the rows: that of a user whom training knows nothing of.
         */
        for (gint32 row = 0; row < search->n; row++)
            offer(&scan.best, row, 0);
        return finish(&scan.best);
    }
    scan.length = sqrt(length) * (1 + fal_sketch_rounding(search->stride));
    for (gint32 first = 0; first < scan.end; first += FAL_BLOCK_ROWS) {
        if (scan.length * (search->norm[first] + TINY_NORM) < bar(&scan.best))
            break;
        scan_block(&scan, first / FAL_BLOCK_ROWS);
    }
    settle(&scan);
    return finish(&scan.best);
}

/* How high the highest n of the peaks are at least. */
static int
high_peak(const gint16 *peak, gint32 n_blocks, int n)
{
    enum { SHIFT = 6, BINS = 65536 >> SHIFT };
    int count[BINS] = {0}, bin = BINS - 1;

    for (gint32 block = 0; block < n_blocks; block++)
        count[(peak[block] - G_MININT16) >> SHIFT]++;
    for (int sum = count[bin]; bin > 0 && sum < n; sum += count[bin])
        bin--;
    return G_MININT16 + (bin << SHIFT);
}

/* The blocks whose peaks are in from .. to. */
static void
sift_blocks(Scan *scan, gint32 n_blocks, const gint16 *peak, const gint16 *sums, int from,
            int to)
{
    for (gint32 block = 0; block < n_blocks; block++) {
        gint32 first = block * FAL_BLOCK_ROWS;
        gint32 end = MIN(first + FAL_BLOCK_ROWS, scan->end);

        if (peak[block] < from || peak[block] > to ||
            peak[block] < fal_sketch_least(&scan->sketch, bar(&scan->best)))
            continue;
        if (scan->best.n < scan->best.k || is_odd(scan, first, end))
            score_block(scan, first, end);
        else
            sift_block(scan, first, end, sums + (gsize)block * FAL_BLOCK_ROWS);
    }
    settle(scan);
}

/* Reads all outlines, then sees to the blocks whose peaks are high, for a bar that rules out
 * most of the others. FALSE where there is no memory for it. */
static gboolean
scan_by_peak(Scan *scan, gint32 n_blocks)
{
    fal_autofree gint16 *sums = FAL_NEW(gint16, (gsize)n_blocks * (FAL_BLOCK_ROWS + 1), NULL);
    gint16 *peak = sums ? sums + (gsize)n_blocks * FAL_BLOCK_ROWS : NULL;

    if (!sums)
        return FALSE;
    for (gint32 block = 0; block < n_blocks; block++) {
        gint32 first = block * FAL_BLOCK_ROWS;
        if (is_odd(scan, first, MIN(first + FAL_BLOCK_ROWS, scan->end)))
            peak[block] = G_MAXINT16;
        else
            peak[block] = (gint16)fal_sketch_sums(&scan->search->sketch, &scan->sketch, block,
                                                  sums + (gsize)block * FAL_BLOCK_ROWS);
    }
    int high = high_peak(peak, n_blocks, MIN(HIGH_BLOCKS, n_blocks));
    sift_blocks(scan, n_blocks, peak, sums, high, G_MAXINT16);
    sift_blocks(scan, n_blocks, peak, sums, G_MININT16, high - 1);
    return TRUE;
}

int
fal_search_cosine(const FalSearch *search, gint32 row, int k, FalTop *out)
{
    Scan scan;
    gint32 n_blocks = (search->n_nonzero + FAL_BLOCK_ROWS - 1) / FAL_BLOCK_ROWS;

    g_return_val_if_fail(row >= 0 && row < search->n, 0);

    if (k <= 0 || search->inverse[row] == 0)
        return 0;
    scan_init(&scan, search, search->rows + (gsize)row * (gsize)search->stride, k, out);
    scan.cosine = TRUE;
    scan.inverse = search->inverse[row];
    scan.end = search->n_nonzero;
    scan.best.skip = &row;
    scan.best.n_skip = 1;
    if (scan.plain || !scan_by_peak(&scan, n_blocks)) {
        for (gint32 block = 0; block < n_blocks; block++)
            scan_block(&scan, block);
        settle(&scan);
    }
    return finish(&scan.best);
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
