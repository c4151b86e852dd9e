/* Cosines of raw counts (see cosine.h).
 *
 * The matrix of cosines is never made: with z_v = sum_j r_uj r_vj / |r_j|, how much of the
 * user's music the user v plays, the score of i is sum_v z_v r_vi / |r_i|. For one user that
 * reads all plays of half the data set; for sixteen at once it reads them once, and a
 * listener's sixteen z are one line of the cache. One user's z fit a core's own cache, so they
 * are summed there first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "eval/cosine.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"

#define BLOCK_ARTISTS 4096
/* Pairs from a listener's line being asked for to its use. */
#define AHEAD 24

struct FalCosine {
    const FalCsr *by_user, *by_artist;
    float *inverse; /* 1 / |r_i|, 0 for artists without plays */
};

static void
measure_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const FalCosine *cosine = data;
    const FalCsr *csr = cosine->by_artist;
    gint64 end = MIN((block + 1) * BLOCK_ARTISTS, csr->n_rows);

    for (gint64 artist = block * BLOCK_ARTISTS; artist < end; artist++) {
        double square = 0;
        for (gint64 at = csr->start[artist]; at < csr->start[artist + 1]; at++)
            square += (double)csr->plays[at] * csr->plays[at];
        cosine->inverse[artist] = square > 0 ? (float)(1 / sqrt(square)) : 0;
    }
}

FalCosine *
fal_cosine_new(FalPlays *train, GError **error)
{
    g_autoptr(FalCosine) cosine = g_new0(FalCosine, 1);

    cosine->by_user = fal_plays_by_user(train);
    cosine->by_artist = fal_plays_by_artist(train);
    cosine->inverse = FAL_NEW(float, cosine->by_artist->n_rows, error);
    if (cosine->inverse == NULL)
        return NULL;
    fal_parallel_for(((gint64)cosine->by_artist->n_rows + BLOCK_ARTISTS - 1) / BLOCK_ARTISTS,
                     measure_block, cosine);
    return g_steal_pointer(&cosine);
}

void
fal_cosine_free(FalCosine *cosine)
{
    if (cosine != NULL) {
        fal_free(cosine->inverse);
        g_free(cosine);
    }
}

gsize
fal_cosine_scratch(const FalCosine *cosine)
{
    return (gsize)cosine->by_user->n_rows * (FAL_COSINE_USERS + 1);
}

/* z of one user. */
static void
add_listeners(const FalCosine *cosine, gint32 user, float *z)
{
    const FalCsr *mine = cosine->by_user, *theirs = cosine->by_artist;

    memset(z, 0, (gsize)mine->n_rows * sizeof *z);
    for (gint64 at = mine->start[user]; at < mine->start[user + 1]; at++) {
        gint32 artist = mine->col[at];
        float weight = (float)mine->plays[at] * cosine->inverse[artist];
        for (gint64 i = theirs->start[artist]; i < theirs->start[artist + 1]; i++)
            z[theirs->col[i]] += weight * (float)theirs->plays[i];
    }
}

/* The sums over an artist's listeners, for all users at once. */
static inline void
sum_listeners(const FalCsr *csr, gint64 first, gint64 end, gint64 n_pairs, const float *z,
              float *sum)
{
    for (gint64 at = first; at < end; at++) {
        const float *row = z + (gsize)csr->col[at] * FAL_COSINE_USERS;
        float plays = (float)csr->plays[at];
        if (at + AHEAD < n_pairs)
            __builtin_prefetch(z + (gsize)csr->col[at + AHEAD] * FAL_COSINE_USERS);
        for (int i = 0; i < FAL_COSINE_USERS; i++)
            sum[i] += plays * row[i];
    }
}

void
fal_cosine_scores(const FalCosine *cosine, const gint32 *users, int n_users, float *scratch,
                  float *scores)
{
    const FalCsr *csr = cosine->by_artist;

    g_return_if_fail(n_users <= FAL_COSINE_USERS);

    gint64 n_pairs = csr->start[csr->n_rows];
    gint32 n_listeners = cosine->by_user->n_rows;
    float *one = scratch + (gsize)n_listeners * FAL_COSINE_USERS;
    memset(scratch, 0, (gsize)n_listeners * FAL_COSINE_USERS * sizeof *scratch);
    for (int i = 0; i < n_users; i++) {
        add_listeners(cosine, users[i], one);
        for (gint32 v = 0; v < n_listeners; v++)
            scratch[(gsize)v * FAL_COSINE_USERS + (gsize)i] = one[v];
    }
    for (gint32 artist = 0; artist < csr->n_rows; artist++) {
        float sum[FAL_COSINE_USERS] = {0};
        sum_listeners(csr, csr->start[artist], csr->start[artist + 1], n_pairs, scratch, sum);
        for (int i = 0; i < n_users; i++)
            scores[(gsize)i * (gsize)csr->n_rows + (gsize)artist] =
                sum[i] * cosine->inverse[artist];
    }
}
