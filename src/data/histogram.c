/* How counts are spread (see histogram.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "data/histogram.h"

#include <math.h>

#include "base/alloc.h"
#include "base/parallel.h"

/* What is so many times smaller than the largest hardly shows beside it. */
#define HIDDEN 20

/* --- bins --- */

typedef struct {
    guint64 start[FAL_MOST_BINS + 1];
    guchar first[64]; /* by bits: the bin of the smallest number with so many */
} Bins;

static const Bins *
bins(void)
{
    static Bins table;
    static gsize made;

    if (g_once_init_enter(&made)) {
        guint64 power = 1;
        for (int i = 0; i <= FAL_MOST_BINS; i++) {
            int step = i % FAL_BINS_PER_DECADE;
            if (i > 0 && step == 0)
                power *= 10;
            double start = (double)power * pow(10, (double)step / FAL_BINS_PER_DECADE);
            table.start[i] = step == 0                ? power
                             : start >= 0x1.fffffp+63 ? G_MAXUINT64
                                                      : (guint64)ceil(start);
        }
        for (int bit = 0, i = 0; bit < 64; bit++) {
            while (i + 1 < FAL_MOST_BINS && table.start[i + 1] <= (guint64)1 << bit)
                i++;
            table.first[bit] = (guchar)i;
        }
        g_once_init_leave(&made, 1);
    }
    return &table;
}

static int
bin_of(const Bins *table, guint64 value)
{
    int bin = table->first[63 - __builtin_clzll(value)];

    while (bin + 1 < FAL_MOST_BINS && table->start[bin + 1] <= value)
        bin++;
    return bin;
}

int
fal_histogram_bin(guint64 value)
{
    g_return_val_if_fail(value > 0, 0);
    return bin_of(bins(), value);
}

guint64
fal_histogram_start(int bin)
{
    return bins()->start[bin];
}

static void
add(FalHistogram *histogram, const Bins *table, guint64 value)
{
    if (value == 0)
        return;
    int bin = bin_of(table, value);
    histogram->count[bin]++;
    histogram->n = MAX(histogram->n, bin + 1);
    histogram->largest = MAX(histogram->largest, value);
}

void
fal_histogram_add(FalHistogram *histogram, guint64 value)
{
    add(histogram, bins(), value);
}

void
fal_histogram_rows(FalHistogram *histogram, const FalCsr *csr)
{
    const Bins *table = bins();

    for (gint32 row = 0; row < csr->n_rows; row++)
        add(histogram, table, (guint64)fal_csr_count(csr, row));
}

gboolean
fal_histogram_is_peaked(const gint64 *count, int n)
{
    gint64 most = 0;
    int used = 0, low = 0;

    for (int i = 0; i < n; i++)
        most = MAX(most, count[i]);
    for (int i = 0; i < n; i++) {
        used += count[i] > 0;
        low += count[i] > 0 && count[i] < most / HIDDEN;
    }
    return 2 * low > used;
}

/* --- quantiles --- */

/* A count has a place of its own below 2^13; above, those that agree in their first 13 bits
 * share one. */
enum {
    KEPT_BITS = 12,
    EXACT = 1 << (KEPT_BITS + 1),
    N_PLACES = EXACT + (32 - KEPT_BITS - 1) * (1 << KEPT_BITS),
    BLOCK = 1 << 18,
};

typedef struct {
    const guint32 *plays;
    gint64 n;
    /* Per worker: two tables, as the next count is often the same one and would have to wait.
     */
    guint32 (*table)[2][N_PLACES];
    guint32 *largest; /* per block */
} Counting;

static inline guint
place_of(guint32 value)
{
    if (value < EXACT)
        return value;
    int shift = 31 - __builtin_clz(value) - KEPT_BITS;
    return (guint)shift * (1 << KEPT_BITS) + (value >> shift);
}

static guint32
value_at(guint place)
{
    if (place < EXACT)
        return place;
    guint shift = (place >> KEPT_BITS) - 1;
    return ((place & ((1 << KEPT_BITS) - 1)) | (1 << KEPT_BITS)) << shift;
}

static void
count_block(gint64 block, int worker, gpointer data)
{
    const Counting *c = data;
    guint32 *even = c->table[worker][0], *odd = c->table[worker][1];
    gint64 i = block * BLOCK, end = MIN(i + BLOCK, c->n);
    guint32 largest = 0;

    for (; i + 1 < end; i += 2) {
        even[place_of(c->plays[i])]++;
        odd[place_of(c->plays[i + 1])]++;
        largest = MAX(largest, MAX(c->plays[i], c->plays[i + 1]));
    }
    if (i < end) {
        even[place_of(c->plays[i])]++;
        largest = MAX(largest, c->plays[i]);
    }
    c->largest[block] = largest;
}

/* The first place up to which so many counts lie. */
static guint32
value_of_rank(const guint64 *sum, guint64 rank)
{
    guint64 below = 0;

    for (guint place = 0; place < N_PLACES; place++) {
        below += sum[place];
        if (below >= rank)
            return value_at(place);
    }
    return 0;
}

gboolean
fal_plays_quantiles(const FalPlays *plays, const double *p, int n, guint32 *out, GError **error)
{
    const FalCsr *csr = fal_plays_by_user(plays);
    int workers = fal_parallel_threads();
    Counting c = {csr->plays, fal_plays_n_pairs(plays), NULL, NULL};
    gint64 n_blocks = (c.n + BLOCK - 1) / BLOCK;
    fal_autofree guint32 *tables = FAL_NEW(guint32, (gsize)workers * 2 * N_PLACES, error);
    fal_autofree guint32 *largest =
        tables ? FAL_NEW(guint32, (gsize)n_blocks + 1, error) : NULL;
    fal_autofree guint64 *sum = largest ? FAL_NEW(guint64, N_PLACES, error) : NULL;
    guint32 most = 0;

    if (!sum)
        return FALSE;
    c.table = (gpointer)tables;
    c.largest = largest;
    fal_parallel_for(n_blocks, count_block, &c);
    for (gint64 block = 0; block < n_blocks; block++)
        most = MAX(most, largest[block]);
    for (int table = 0; table < 2 * workers; table++)
        for (guint place = 0; place < N_PLACES; place++)
            sum[place] += tables[(gsize)table * N_PLACES + place];
    for (int i = 0; i < n; i++)
        out[i] =
            p[i] >= 1 ? most : value_of_rank(sum, MAX(1, (guint64)ceil(p[i] * (double)c.n)));
    return TRUE;
}
