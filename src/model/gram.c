/* The Gramian (see gram.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/gram.h"

#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "model/blas.h"

#define BLOCK_ROWS 512
/* Partial sums: of at most so many groups of blocks, and of so many bytes in all. */
#define GROUPS      64
#define GROUP_BYTES ((gsize)64 << 20)

typedef struct {
    const float *rows;
    gint32 n;
    int rank, stride;
    gint64 n_groups;
    double *sums;    /* n_groups x rank x rank */
    float *products; /* the same, of one block */
    FalTask *task;
} Gram;

static gint64
count_blocks(const Gram *g)
{
    return ((gint64)g->n + BLOCK_ROWS - 1) / BLOCK_ROWS;
}

static void
add_group(gint64 group, int worker, gpointer data)
{
    const Gram *g = data;
    gint64 square = (gint64)g->rank * g->rank;
    gint64 first = count_blocks(g) * group / g->n_groups,
           last = count_blocks(g) * (group + 1) / g->n_groups;
    double *sum = g->sums + group * square;
    float *product = g->products + group * square;

    (void)worker;
    for (gint64 block = first; block < last && !fal_task_cancelled(g->task); block++) {
        gint64 row = block * BLOCK_ROWS;
        int n = (int)MIN(BLOCK_ROWS, g->n - row);

        fal_blas_gram(g->rows + row * g->stride, n, g->rank, g->stride, product);
        for (int i = 0; i < g->rank; i++)
            for (int j = 0; j <= i; j++)
                sum[i * g->rank + j] += product[i * g->rank + j];
    }
}

gboolean
fal_gram(const float *rows, gint32 n, int rank, int stride, double *gram, FalTask *task,
         GError **error)
{
    Gram g = {.rows = rows, .n = n, .rank = rank, .stride = stride, .task = task};
    gsize square = (gsize)rank * (gsize)rank, all;
    gint64 most = MAX((gint64)(GROUP_BYTES / sizeof(double) / square), 1);

    g.n_groups = CLAMP(count_blocks(&g), 1, MIN(GROUPS, most));
    all = (gsize)g.n_groups * square;
    fal_autofree double *sums = FAL_NEW(double, all, error);
    fal_autofree float *products = sums ? FAL_NEW(float, all, error) : NULL;
    if (!products)
        return FALSE;
    memset(sums, 0, all * sizeof *sums);
    g.sums = sums;
    g.products = products;
    fal_parallel_for(g.n_groups, add_group, &g);
    memset(gram, 0, square * sizeof *gram);
    for (gint64 group = 0; group < g.n_groups; group++)
        for (gsize k = 0; k < square; k++)
            gram[k] += sums[(gsize)group * square + k];
    return !fal_task_stopped(task, error);
}
