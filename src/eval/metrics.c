/* Metrics of one user's ranking, from the places of the held-out artists.
 *
 * The held-out artists are few and the candidates many, so it is the held-out that are sorted:
 * each candidate then only has to find between which of them it stands. Counting the candidates
 * by place and summing the counts gives every rank, and with it every metric, without sorting
 * the candidates.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "eval/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Buckets that scores are sorted into, roughly, to find their place among the held-out. */
#define BUCKETS 4096
/* 64 of them from a power of 2 to the next, of either sign, from 2 to the -24th on: bits of a
 * float that are left out, and that float's. */
#define STEP     17
#define SMALLEST ((127 - 24) << 23)
#define CHUNK    256

/* A held-out artist and its place among the user's held-out artists as they were given. */
typedef struct {
    float score;
    gint64 id;
    gint64 at;
} Held;

/* What was counted of the candidates. */
typedef struct {
    gint32 inside[BUCKETS]; /* candidates in a bucket that has no level */
    gint64 *above;          /* candidates that score between a level and the one before */
    gint64 *tied;           /* candidates that score exactly a level */
    gint64 *ahead; /* of these, those whose id puts them right before a held-out artist */
} Tally;

/* The held-out artists from best to worst, and the distinct scores among them. */
struct FalLadder {
    Held *held;
    gint64 n_held;
    float *level;  /* the distinct scores, falling */
    gint64 *first; /* the first held-out artist at each level, and n_held behind the last */
    gint64 n_levels;
    gint32 from[BUCKETS + 1]; /* levels in this bucket or a higher one */
    int n_tallies;
    Tally *tally;
};

/* A row of a ranking: its place, and the places first .. end - 1 that share its key. */
typedef struct {
    gint32 place, first, end;
} Place;

struct FalRanking {
    gint32 n;
    gint32 *order; /* the rows, best first */
    Place *place;  /* by row */
};

typedef struct {
    guint64 falling; /* the complement of the key */
    gint64 id;
    gint32 row;
} Keyed;

static int
compare_held(const void *a, const void *b)
{
    const Held *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int
compare_rank(const void *a, const void *b)
{
    const gint64 *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static int
compare_place(const void *a, const void *b)
{
    const gint32 *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The bucket of a score. It never falls as the score rises, so a level in another bucket is
 * above the score just where its bucket is. Most scores are near 0, most counts small, and the
 * held-out among them as well: so it goes by the score's bits, which rise as its logarithm
 * does, from SMALLEST on. */
static inline int
bucket_of(float score)
{
    union {
        float score;
        gint32 bits;
    } key = {.score = score + 0.0f}; /* there is no -0 then */
    gint32 size = ((key.bits & G_MAXINT32) >> STEP) - (SMALLEST >> STEP);

    size = size > 0 ? size : 0;
    size = size < BUCKETS / 2 - 1 ? size : BUCKETS / 2 - 1;
    return BUCKETS / 2 + (key.bits < 0 ? -size : size);
}

static void
ladder_set_buckets(FalLadder *ladder)
{
    gint64 at = 0;

    for (int bucket = BUCKETS; bucket >= 0; bucket--) {
        while (at < ladder->n_levels && bucket_of(ladder->level[at]) >= bucket)
            at++;
        ladder->from[bucket] = (gint32)at;
    }
}

FalLadder *
fal_ladder_new(const float *scores, const gint64 *ids, gint64 n_held, int n_tallies)
{
    FalLadder *ladder = g_new0(FalLadder, 1);

    g_return_val_if_fail(n_held > 0 && n_tallies > 0, NULL);

    ladder->held = g_new(Held, n_held);
    ladder->n_held = n_held;
    for (gint64 h = 0; h < n_held; h++)
        ladder->held[h] = (Held){scores[h], ids[h], h};
    qsort(ladder->held, (gsize)n_held, sizeof(Held), compare_held);

    ladder->level = g_new(float, n_held);
    ladder->first = g_new(gint64, n_held + 1);
    for (gint64 h = 0; h < n_held; h++) {
        if (h == 0 || ladder->held[h].score != ladder->held[h - 1].score) {
            ladder->level[ladder->n_levels] = ladder->held[h].score;
            ladder->first[ladder->n_levels++] = h;
        }
    }
    ladder->first[ladder->n_levels] = n_held;
    ladder_set_buckets(ladder);
    ladder->n_tallies = n_tallies;
    ladder->tally = g_new0(Tally, n_tallies);
    for (int i = 0; i < n_tallies; i++) {
        ladder->tally[i].above = g_new0(gint64, ladder->n_levels + 1);
        ladder->tally[i].tied = g_new0(gint64, ladder->n_levels + 1);
        ladder->tally[i].ahead = g_new0(gint64, n_held + 1);
    }
    return ladder;
}

void
fal_ladder_free(FalLadder *ladder)
{
    if (ladder == NULL)
        return;
    for (int i = 0; i < ladder->n_tallies; i++) {
        g_free(ladder->tally[i].above);
        g_free(ladder->tally[i].tied);
        g_free(ladder->tally[i].ahead);
    }
    g_free(ladder->tally);
    g_free(ladder->held);
    g_free(ladder->level);
    g_free(ladder->first);
    g_free(ladder);
}

float
fal_ladder_lowest(const FalLadder *ladder)
{
    return ladder->level[ladder->n_levels - 1];
}

/* How many levels are above score, which is in a bucket with levels. */
static gint64
levels_above(const FalLadder *ladder, int bucket, float score)
{
    gint64 low = ladder->from[bucket + 1], high = ladder->from[bucket];

    while (low < high) {
        gint64 mid = low + (high - low) / 2;
        if (ladder->level[mid] > score)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* The first held-out artist of a level whose id is above id: a tied candidate stands right
 * before it. */
static gint64
first_behind(const FalLadder *ladder, gint64 level, gint64 id)
{
    gint64 low = ladder->first[level], high = ladder->first[level + 1];

    while (low < high) {
        gint64 mid = low + (high - low) / 2;
        if (ladder->held[mid].id > id)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

/* Counts a candidate that is in a bucket with levels. */
static void
count_near(const FalLadder *ladder, Tally *tally, int bucket, float score, gint64 id)
{
    gint64 at = levels_above(ladder, bucket, score);

    if (at == ladder->n_levels || score != ladder->level[at]) {
        tally->above[at]++;
        return;
    }
    gint64 behind = first_behind(ladder, at, id);
    tally->tied[at]++;
    if (behind < ladder->first[at + 1])
        tally->ahead[behind]++;
}

/* Their buckets first, in a loop that takes several at once. */
void
fal_ladder_count(FalLadder *ladder, int number, const float *scores, const gint64 *ids,
                 gint64 n_all)
{
    Tally *tally = &ladder->tally[number];
    gint32 bucket[CHUNK];

    for (gint64 start = 0; start < n_all; start += CHUNK) {
        gint32 n = (gint32)MIN(n_all - start, CHUNK);
        for (gint32 i = 0; i < n; i++)
            bucket[i] = bucket_of(scores[start + i]);
        for (gint32 i = 0; i < n; i++)
            if (ladder->from[bucket[i]] == ladder->from[bucket[i] + 1])
                tally->inside[bucket[i]]++;
            else
                count_near(ladder, tally, bucket[i], scores[start + i], ids[start + i]);
    }
}

/* Adds the other tallies to the first. */
static Tally *
ladder_total(FalLadder *ladder)
{
    Tally *total = &ladder->tally[0];

    for (const Tally *more = total + 1; more < total + ladder->n_tallies; more++) {
        for (int bucket = 0; bucket < BUCKETS; bucket++)
            total->inside[bucket] += more->inside[bucket];
        for (gint64 level = 0; level <= ladder->n_levels; level++) {
            total->above[level] += more->above[level];
            total->tied[level] += more->tied[level];
        }
        for (gint64 h = 0; h <= ladder->n_held; h++)
            total->ahead[h] += more->ahead[h];
    }
    for (int bucket = 0; bucket < BUCKETS; bucket++)
        total->above[ladder->from[bucket]] += total->inside[bucket];
    return total;
}

void
fal_ladder_ranks(FalLadder *ladder, gint64 n_others, gint64 *rank, double *wins)
{
    const Tally *total = ladder_total(ladder);
    gint64 better = 0;

    for (gint64 level = 0; level < ladder->n_levels; level++) {
        better += total->above[level];
        gint64 before = better;
        for (gint64 h = ladder->first[level]; h < ladder->first[level + 1]; h++) {
            gint64 at = ladder->held[h].at;
            before += total->ahead[h];
            rank[at] = 1 + h + before;
            wins[at] = (double)(n_others - better) - (double)total->tied[level] / 2;
        }
        better += total->tied[level];
    }
}

void
fal_metrics_ranks(const float *scores, gint32 n, const gint64 *ids, const gint32 *train,
                  gint64 n_train, const gint32 *held, gint64 n_held, gint64 *rank, double *wins)
{
    if (n_held == 0)
        return;
    g_autofree float *held_scores = g_new(float, n_held);
    g_autofree gint64 *held_ids = g_new(gint64, n_held);
    for (gint64 h = 0; h < n_held; h++) {
        held_scores[h] = scores[held[h]];
        held_ids[h] = ids[held[h]];
    }
    g_autoptr(FalLadder) ladder = fal_ladder_new(held_scores, held_ids, n_held, 1);

    gint32 from = 0;
    gint64 t = 0, h = 0;
    while (t < n_train || h < n_held) {
        gboolean is_train = h == n_held || (t < n_train && train[t] < held[h]);
        gint32 skip = is_train ? train[t++] : held[h++];
        fal_ladder_count(ladder, 0, scores + from, ids + from, skip - from);
        from = skip + 1;
    }
    fal_ladder_count(ladder, 0, scores + from, ids + from, n - from);
    fal_ladder_ranks(ladder, n - n_train - n_held, rank, wins);
}

/* The ranks that are at most k, rising. */
static gint64 *
hits_of(const gint64 *rank, gint64 n_held, int k, gint64 *n_hits)
{
    gint64 *hits = g_new(gint64, n_held);

    *n_hits = 0;
    for (gint64 h = 0; h < n_held; h++)
        if (rank[h] <= k)
            hits[(*n_hits)++] = rank[h];
    qsort(hits, (gsize)*n_hits, sizeof *hits, compare_rank);
    return hits;
}

static double
ndcg_of(const gint64 *hits, gint64 n_hits, gint64 n_ideal)
{
    double gain = 0, ideal = 0;

    for (gint64 i = 0; i < n_hits; i++)
        gain += 1 / log2((double)hits[i] + 1);
    for (gint64 i = 0; i < n_ideal; i++)
        ideal += 1 / log2((double)i + 2);
    return gain / ideal;
}

double
fal_metrics_ndcg(const gint64 *rank, gint64 n_held, int k)
{
    g_return_val_if_fail(n_held > 0 && k > 0, NAN);

    gint64 n_hits;
    g_autofree gint64 *hits = hits_of(rank, n_held, k, &n_hits);
    return ndcg_of(hits, n_hits, MIN(k, n_held));
}

/* Where the held-out artists stand in the list, weighted by their plays. */
static void
percentile_of(const gint64 *rank, const guint32 *plays, gint64 n_held, gint64 n_candidates,
              FalMetrics *out)
{
    double sum = 0, weight = 0;

    for (gint64 h = 0; h < n_held; h++) {
        double own = plays != NULL ? plays[h] : 1;
        weight += own;
        sum += n_candidates > 1 ? own * (double)(rank[h] - 1) / (double)(n_candidates - 1)
                                : own / 2;
    }
    out->percentile = sum / weight;
    out->held_plays = weight;
}

void
fal_metrics_of(const gint64 *rank, const double *wins, const guint32 *plays, gint64 n_held,
               gint64 n_candidates, int k, FalMetrics *out)
{
    g_return_if_fail(n_held > 0 && n_candidates >= n_held && k > 0);

    gint64 n_hits, n_ideal = MIN(k, n_held), n_others = n_candidates - n_held, overlap = 0;
    g_autofree gint64 *hits = hits_of(rank, n_held, k, &n_hits);
    double auc = 0, precisions = 0;
    for (gint64 i = 0; i < n_hits; i++)
        precisions += (double)(i + 1) / (double)hits[i];
    for (gint64 h = 0; h < n_held; h++) {
        auc += n_others > 0 ? wins[h] / (double)n_others : 0.5;
        overlap += rank[h] <= n_held;
    }
    out->auc = auc / (double)n_held;
    out->precision = (double)n_hits / k;
    out->recall = (double)n_hits / (double)n_ideal;
    out->map = precisions / (double)n_ideal;
    out->ndcg = ndcg_of(hits, n_hits, n_ideal);
    out->overlap = (double)overlap / (double)n_held;
    out->hitrate = n_hits > 0;
    out->popularity = NAN;
    percentile_of(rank, plays, n_held, n_candidates, out);
}

double
fal_metrics_book_auc(FalAuc auc, const double *wins, gint64 n_held_known, gint64 n_held_unknown,
                     gint64 n_others, gint64 n_unknown)
{
    gint64 n_known = n_others - n_unknown;
    gint64 n_against = auc == FAL_AUC_BOOK1 ? n_known : n_others;
    gint64 n = auc == FAL_AUC_BOOK1 ? n_held_known : n_held_known + n_held_unknown;
    double beaten = auc == FAL_AUC_BOOK1 ? 0 : (double)n_held_unknown * (double)n_known;

    if (n == 0)
        return NAN;
    if (n_against == 0)
        return 0.5;
    for (gint64 h = 0; h < n_held_known; h++)
        beaten += wins[h];
    return beaten / (double)n_against / (double)n;
}

double
fal_metrics_popularity(const gint64 *listeners, int n)
{
    double sum = 0;

    for (int i = 0; i < n; i++)
        sum += log10(1 + (double)listeners[i]);
    return n > 0 ? sum / n : NAN;
}

/* Byte 0 .. 15 of what is sorted by, the lowest first: the ids', then the keys'. */
static inline guint8
digit_of(const Keyed *keyed, int byte)
{
    guint64 word = byte < 8 ? (guint64)keyed->id : keyed->falling;

    return (guint8)(word >> byte % 8 * 8);
}

/* Copies from to `to` in the order of one byte. */
static void
sort_by_byte(const Keyed *from, Keyed *to, gint32 n, int byte)
{
    gint32 at[256] = {0}, sum = 0;

    for (gint32 i = 0; i < n; i++)
        at[digit_of(&from[i], byte)]++;
    for (int digit = 0; digit < 256; digit++) {
        gint32 count = at[digit];
        at[digit] = sum;
        sum += count;
    }
    for (gint32 i = 0; i < n; i++)
        to[at[digit_of(&from[i], byte)]++] = from[i];
}

static void
ranking_fill(FalRanking *ranking, const Keyed *keyed)
{
    for (gint32 first = 0, end; first < ranking->n; first = end) {
        for (end = first + 1; end < ranking->n && keyed[end].falling == keyed[first].falling;)
            end++;
        for (gint32 place = first; place < end; place++) {
            ranking->order[place] = keyed[place].row;
            ranking->place[keyed[place].row] = (Place){place, first, end};
        }
    }
}

FalRanking *
fal_ranking_new(const guint64 *key, gint32 n, const gint64 *ids, GError **error)
{
    fal_autofree Keyed *keyed = FAL_NEW(Keyed, n, error);
    fal_autofree Keyed *sorted = keyed != NULL ? FAL_NEW(Keyed, n, error) : NULL;
    g_autoptr(FalRanking) ranking = g_new0(FalRanking, 1);
    Keyed varying = {0};

    if (sorted == NULL)
        return NULL;
    ranking->n = n;
    ranking->order = FAL_NEW(gint32, n, error);
    if (ranking->order == NULL)
        return NULL;
    ranking->place = FAL_NEW(Place, n, error);
    if (ranking->place == NULL)
        return NULL;
    for (gint32 row = 0; row < n; row++) {
        keyed[row] = (Keyed){~key[row], ids[row], row};
        varying.falling |= key[row] ^ key[0];
        varying.id |= ids[row] ^ ids[0];
    }
    /* A radix sort: with millions of artists it takes a third of what comparing them takes. */
    for (int byte = 0; byte < 16; byte++) {
        if (digit_of(&varying, byte) != 0) {
            sort_by_byte(keyed, sorted, n, byte);
            Keyed *swap = keyed;
            keyed = sorted;
            sorted = swap;
        }
    }
    ranking_fill(ranking, keyed);
    return g_steal_pointer(&ranking);
}

void
fal_ranking_free(FalRanking *ranking)
{
    if (ranking != NULL) {
        fal_free(ranking->order);
        fal_free(ranking->place);
        g_free(ranking);
    }
}

/* The places of rows, rising. */
static gint32 *
places_of(const FalRanking *ranking, const gint32 *rows, gint64 n)
{
    gint32 *places = g_new(gint32, n);

    for (gint64 i = 0; i < n; i++)
        places[i] = ranking->place[rows[i]].place;
    if (n > 0)
        qsort(places, (gsize)n, sizeof *places, compare_place);
    return places;
}

/* How many of n rising places are below limit. */
static gint64
count_below(const gint32 *places, gint64 n, gint32 limit)
{
    gint64 low = 0, high = n;

    while (low < high) {
        gint64 mid = low + (high - low) / 2;
        if (places[mid] < limit)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

void
fal_ranking_ranks(const FalRanking *ranking, const gint32 *train, gint64 n_train,
                  const gint32 *held, gint64 n_held, gint64 *rank, double *wins)
{
    g_autofree gint32 *known = places_of(ranking, train, n_train);
    g_autofree gint32 *hidden = places_of(ranking, held, n_held);
    gint64 n_others = ranking->n - n_train - n_held;

    for (gint64 h = 0; h < n_held; h++) {
        Place at = ranking->place[held[h]];
        gint64 better = at.first - count_below(known, n_train, at.first) -
                        count_below(hidden, n_held, at.first);
        gint64 not_worse =
            at.end - count_below(known, n_train, at.end) - count_below(hidden, n_held, at.end);
        rank[h] = 1 + at.place - count_below(known, n_train, at.place);
        wins[h] = (double)(n_others - better) - (double)(not_worse - better) / 2;
    }
}

static gboolean
contains(const gint32 *rows, gint64 n, gint32 row)
{
    gint64 at = count_below(rows, n, row);

    return at < n && rows[at] == row;
}

int
fal_ranking_top(const FalRanking *ranking, int k, const gint32 *skip, gint64 n_skip,
                gint32 *out)
{
    int n = 0;

    for (gint32 place = 0; place < ranking->n && n < k; place++)
        if (!contains(skip, n_skip, ranking->order[place]))
            out[n++] = ranking->order[place];
    return n;
}
