/* The kernels, written once and compiled for each level: who includes this says
 * KERNELS_NAME (the table's symbol) and KERNELS_LEVEL (its name).
 *
 * Written with the vector extensions that GCC and clang share: eight floats, whatever the
 * processor's own width is. The order of every sum is in the code, so that a score has the same
 * bits whichever kernel makes it: a dot product has two sums of eight lanes, of the even and of
 * the odd eights, and a fixed tree over the lanes; a combination adds row after row.
 *
 * No function here takes or returns a vector: where the processor has none of that width, that
 * would depend on the ABI.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/kernels.h"

/* v3 and v4 exist where FAL_X86_LEVELS is defined. */
extern const FalKernels fal_kernels_plain, fal_kernels_v3, fal_kernels_v4;

typedef float Lanes __attribute__((vector_size(32), may_alias));
typedef gint32 LaneIndex __attribute__((vector_size(32)));
typedef guint64 LaneWords __attribute__((vector_size(32), may_alias));
typedef gint16 Shorts __attribute__((vector_size(2 * FAL_WORDS), may_alias));
typedef guint16 UShorts __attribute__((vector_size(2 * FAL_WORDS), may_alias));

/* Text lies anywhere. */
typedef char Chars __attribute__((vector_size(32), may_alias, aligned(1)));

/* clang never had GCC's older builtin; GCC before 12 does not have the newer one. */
#ifdef __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (LaneIndex){__VA_ARGS__})
#endif

#define KERNELS_INLINE static inline __attribute__((always_inline))

/* Lines of a row that are asked for ahead; the processor fetches the rest of long ones itself.
 */
#define AHEAD_LINES 8
#define AHEAD_ROWS  8
/* Rows that are gathered and then used while they are in the nearest cache. */
#define GROUP_ROWS 16

KERNELS_INLINE float
sum_lanes(const Lanes *v)
{
    Lanes a = *v;

    return ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]));
}

/* Four rows at once, so that the sums need not wait for each other; same tree as above. */
KERNELS_INLINE void
dot_four(const float *rows, const float *p, int stride, float *out)
{
    const Lanes *r0 = (const Lanes *)rows, *r1 = (const Lanes *)(rows + stride);
    const Lanes *r2 = (const Lanes *)(rows + 2 * (gsize)stride);
    const Lanes *r3 = (const Lanes *)(rows + 3 * (gsize)stride);
    const Lanes *q = (const Lanes *)p;
    int n = stride / FAL_LANES, j = 0;
    Lanes a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0}, b0 = {0}, b1 = {0}, b2 = {0}, b3 = {0};

    for (; j + 1 < n; j += 2) {
        a0 += r0[j] * q[j];
        a1 += r1[j] * q[j];
        a2 += r2[j] * q[j];
        a3 += r3[j] * q[j];
        b0 += r0[j + 1] * q[j + 1];
        b1 += r1[j + 1] * q[j + 1];
        b2 += r2[j + 1] * q[j + 1];
        b3 += r3[j + 1] * q[j + 1];
    }
    if (j < n) {
        a0 += r0[j] * q[j];
        a1 += r1[j] * q[j];
        a2 += r2[j] * q[j];
        a3 += r3[j] * q[j];
    }
    a0 += b0;
    a1 += b1;
    a2 += b2;
    a3 += b3;

    Lanes c0 =
        SHUFFLE(a0, a1, 0, 1, 2, 3, 8, 9, 10, 11) + SHUFFLE(a0, a1, 4, 5, 6, 7, 12, 13, 14, 15);
    Lanes c1 =
        SHUFFLE(a2, a3, 0, 1, 2, 3, 8, 9, 10, 11) + SHUFFLE(a2, a3, 4, 5, 6, 7, 12, 13, 14, 15);
    Lanes d =
        SHUFFLE(c0, c1, 0, 1, 8, 9, 4, 5, 12, 13) + SHUFFLE(c0, c1, 2, 3, 10, 11, 6, 7, 14, 15);
    Lanes e = d + SHUFFLE(d, d, 1, 0, 3, 2, 5, 4, 7, 6);
    out[0] = e[0];
    out[1] = e[4];
    out[2] = e[2];
    out[3] = e[6];
}

static float
dot(const float *a, const float *b, int stride)
{
    const Lanes *p = (const Lanes *)a, *q = (const Lanes *)b;
    int n = stride / FAL_LANES, j = 0;
    Lanes even = {0}, odd = {0};

    for (; j + 1 < n; j += 2) {
        even += p[j] * q[j];
        odd += p[j + 1] * q[j + 1];
    }
    if (j < n)
        even += p[j] * q[j];
    even += odd;
    return sum_lanes(&even);
}

static void
dots(const float *rows, gint64 n, const float *p, int stride, float *out)
{
    gint64 i = 0;

    for (; i + 4 <= n; i += 4)
        dot_four(rows + (gsize)i * (gsize)stride, p, stride, out + i);
    for (; i < n; i++)
        out[i] = dot(rows + (gsize)i * (gsize)stride, p, stride);
}

/* out += the sum of count rows by their weights; count is a constant where this is used. */
KERNELS_INLINE void
add_rows(const float *rows, const float *weight, int count, int stride, float *out)
{
    Lanes *to = (Lanes *)out;
    const Lanes *from = (const Lanes *)rows;
    int n = stride / FAL_LANES;
    Lanes w[8];

    for (int r = 0; r < count; r++)
        w[r] = weight[r] - (Lanes){0};
    for (int j = 0; j < n; j++) {
        Lanes sum = to[j];
        for (int r = 0; r < count; r++)
            sum += w[r] * from[(gsize)r * (gsize)n + (gsize)j];
        to[j] = sum;
    }
}

static void
combine(const float *rows, gint64 n, const float *weight, int stride, float *out)
{
    gint64 i = 0;

    for (; i + 8 <= n; i += 8)
        add_rows(rows + (gsize)i * (gsize)stride, weight + i, 8, stride, out);
    for (; i < n; i++)
        add_rows(rows + (gsize)i * (gsize)stride, weight + i, 1, stride, out);
}

static void
normal(const float *rows, gint64 n, const float *p, const float *weight, int stride,
       float *scores, float *out)
{
    gint64 i = 0;
    float w[8];

    for (; i + 8 <= n; i += 8) {
        const float *r = rows + (gsize)i * (gsize)stride;

        dot_four(r, p, stride, scores + i);
        dot_four(r + 4 * (gsize)stride, p, stride, scores + i + 4);
        for (int k = 0; k < 8; k++)
            w[k] = weight[i + k] * scores[i + k];
        add_rows(r, w, 8, stride, out);
    }
    for (; i < n; i++) {
        const float *r = rows + (gsize)i * (gsize)stride;

        scores[i] = dot(r, p, stride);
        w[0] = weight[i] * scores[i];
        add_rows(r, w, 1, stride, out);
    }
}

/* The row of index[ahead] is asked for with each one that is copied, while there are n. */
KERNELS_INLINE void
gather_ahead(const float *table, const gint32 *index, gint64 count, gint64 n, int ahead,
             int stride, float *buffer)
{
    Lanes *to = (Lanes *)buffer;
    int lanes = stride / FAL_LANES, lines = MIN((stride + 15) / 16, AHEAD_LINES);

    for (gint64 i = 0; i < count; i++) {
        const Lanes *from = (const Lanes *)(table + (gsize)index[i] * (gsize)stride);

        if (i + ahead < n) {
            const float *row = table + (gsize)index[i + ahead] * (gsize)stride;
            for (int l = 0; l < lines; l++)
                __builtin_prefetch(row + l * 16);
        }
        for (int j = 0; j < lanes; j++)
            *to++ = from[j];
    }
}

static void
gather(const float *table, const gint32 *index, gint64 n, int stride, float *buffer)
{
    gather_ahead(table, index, n, n, AHEAD_ROWS, stride, buffer);
}

static void
gather_residual(const float *table, const gint32 *index, gint64 n, gint64 more, const float *p,
                const float *pull, const float *weight, int stride, float *buffer,
                float *scores, float *out)
{
    float w[GROUP_ROWS];

    for (gint64 i = 0; i < n; i += GROUP_ROWS) {
        gint64 count = MIN(GROUP_ROWS, n - i);
        float *rows = buffer + (gsize)i * (gsize)stride;

        gather_ahead(table, index + i, count, n + more - i, GROUP_ROWS, stride, rows);
        dots(rows, count, p, stride, scores + i);
        for (gint64 r = 0; r < count; r++)
            w[r] = pull[i + r] - weight[i + r] * scores[i + r];
        combine(rows, count, w, stride, out);
    }
}

static void
turn(const float *residual, const float *inverse, const float *diagonal, float beta, int stride,
     float *p, float *q)
{
    const Lanes *r = (const Lanes *)residual, *m = (const Lanes *)inverse;
    const Lanes *d = (const Lanes *)diagonal;
    Lanes *to_p = (Lanes *)p, *to_q = (Lanes *)q;

    for (int j = 0; j < stride / FAL_LANES; j++) {
        Lanes direction = r[j] * m[j];
        if (beta != 0)
            direction += beta * to_p[j];
        to_p[j] = direction;
        to_q[j] = d[j] * direction;
    }
}

static void
scale(const float *a, const float *b, int stride, float *out)
{
    const Lanes *p = (const Lanes *)a, *q = (const Lanes *)b;
    Lanes *to = (Lanes *)out;

    for (int j = 0; j < stride / FAL_LANES; j++)
        to[j] = p[j] * q[j];
}

static float
step(const float *p, const float *q, const float *inverse, float length, int stride, float *x,
     float *residual)
{
    const Lanes *from_p = (const Lanes *)p, *from_q = (const Lanes *)q;
    const Lanes *m = (const Lanes *)inverse;
    Lanes *to_x = (Lanes *)x, *to_r = (Lanes *)residual;
    Lanes sum = {0};

    for (int j = 0; j < stride / FAL_LANES; j++) {
        Lanes r = to_r[j] - length * from_q[j];
        to_x[j] += length * from_p[j];
        to_r[j] = r;
        sum += r * r * m[j];
    }
    return sum_lanes(&sum);
}

/* Columns and not rows, so that the sums stay apart and none has to be drawn together. A word
 * times q is the lower byte times q and 256 times the upper one times q: what the upper sums
 * add to the lower ones is taken off at the end, and so is the 128 of every lower byte. All
 * that is modulo 65536; the products themselves fit. */
static gint16
products(const guint16 *block, const gint16 *query, int width, gint16 *sums)
{
    UShorts lower[4], upper[4];
    Shorts *out = (Shorts *)sums, most;
    guint bias = 0;
    gint16 largest;

    for (int part = 0; part < 4; part++)
        lower[part] = upper[part] = (UShorts){0};
    for (int j = 0; j < width; j++) {
        const UShorts *column = (const UShorts *)(block + (gsize)j * (FAL_BLOCK_ROWS / 2));
        UShorts q = (guint16)query[j] - (UShorts){0};

        for (int part = 0; part < 4; part++) {
            lower[part] += column[part] * q;
            upper[part] += (UShorts)((Shorts)column[part] >> 8) * q;
        }
        bias += 128u * (guint16)query[j];
    }
    most = (Shorts)upper[0];
    for (int part = 0; part < 4; part++) {
        Shorts low = (Shorts)(lower[part] - (upper[part] << 8) - (guint16)bias);
        Shorts high = (Shorts)upper[part], larger = low > high;
        Shorts here = (low & larger) | (high & ~larger);

        out[part] = low;
        out[4 + part] = high;
        larger = here > most;
        most = (here & larger) | (most & ~larger);
    }
    largest = most[0];
    for (int i = 1; i < FAL_WORDS; i++)
        largest = MAX(largest, most[i]);
    return largest;
}

static int
above(const gint16 *sums, gint16 least, guint8 *places)
{
    const Shorts *from = (const Shorts *)sums;
    int n = 0;

    for (int part = 0; part < FAL_BLOCK_ROWS / FAL_WORDS; part++) {
        Shorts set = from[part] >= least - (Shorts){0};
        const LaneWords *words = (const LaneWords *)&set;

        if (((*words)[0] | (*words)[1] | (*words)[2] | (*words)[3]) == 0)
            continue;
        for (int i = 0; i < FAL_WORDS; i++) {
            places[n] = (guint8)(part * FAL_WORDS + i);
            n += set[i] & 1;
        }
    }
    return n;
}

/* The products of pairs of bytes, summed in eight lanes. */
KERNELS_INLINE void
row_products(const gint8 *row, const Shorts *even, const Shorts *odd, int width, LaneIndex *out)
{
    const Shorts *pairs = (const Shorts *)row;
    const int first = G_BYTE_ORDER == G_LITTLE_ENDIAN ? 0 : 8;
    Shorts sum = {0};

    for (int j = 0; j < width / (2 * FAL_WORDS); j++) {
        sum += (pairs[j] << (8 - first) >> 8) * even[j];
        sum += (pairs[j] << first >> 8) * odd[j];
    }
    *out = ((LaneIndex)sum << 16 >> 16) + ((LaneIndex)sum >> 16);
}

static void
dots_bytes(const gint8 *rows, const gint32 *index, gint64 n, const gint16 *even,
           const gint16 *odd, int width, gint32 *out)
{
    const Shorts *p = (const Shorts *)even, *q = (const Shorts *)odd;
    LaneIndex a[4];
    gint64 i = 0;

    /* Four rows at once, whose lanes are drawn together as in dot_four(). */
    for (; i + 4 <= n; i += 4) {
        for (int k = 0; k < 4; k++)
            row_products(rows + (gsize)index[i + k] * (gsize)width, p, q, width, &a[k]);
        LaneIndex c0 = SHUFFLE(a[0], a[1], 0, 1, 2, 3, 8, 9, 10, 11) +
                       SHUFFLE(a[0], a[1], 4, 5, 6, 7, 12, 13, 14, 15);
        LaneIndex c1 = SHUFFLE(a[2], a[3], 0, 1, 2, 3, 8, 9, 10, 11) +
                       SHUFFLE(a[2], a[3], 4, 5, 6, 7, 12, 13, 14, 15);
        LaneIndex d = SHUFFLE(c0, c1, 0, 1, 8, 9, 4, 5, 12, 13) +
                      SHUFFLE(c0, c1, 2, 3, 10, 11, 6, 7, 14, 15);
        LaneIndex e = d + SHUFFLE(d, d, 1, 0, 3, 2, 5, 4, 7, 6);
        out[i] = e[0];
        out[i + 1] = e[4];
        out[i + 2] = e[2];
        out[i + 3] = e[6];
    }
    for (; i < n; i++) {
        row_products(rows + (gsize)index[i] * (gsize)width, p, q, width, &a[0]);
        out[i] = 0;
        for (int lane = 0; lane < 8; lane++)
            out[i] += a[0][lane];
    }
}

/* Adding 3 * 2^22 leaves no room for a fraction: it rounds, and the last bits are the number.
 */
static float
to_bytes(const float *row, float factor, int stride, gint8 *bytes)
{
    const Lanes *from = (const Lanes *)row;
    const Lanes large = 12582912.0f - (Lanes){0};
    Lanes sum = {0};

    for (int j = 0; j < stride / FAL_LANES; j++) {
        Lanes value = from[j] * factor, sunk = value + large, off = value - (sunk - large);
        LaneIndex whole = (LaneIndex)sunk;

        sum += off * off;
        for (int lane = 0; lane < FAL_LANES; lane++)
            *bytes++ = (gint8)whole[lane];
    }
    return sum_lanes(&sum);
}

static int
pairs(const char *text, int n, char first, char last, gsize apart, guint16 *places)
{
    const Chars want = first - (Chars){0}, want_last = last - (Chars){0};
    int found = 0, i = 0;

    for (; i + 32 <= n; i += 32) {
        union {
            Chars lanes;
            guint64 words[4];
        } hit = {.lanes = (*(const Chars *)(text + i) == want) &
                          (*(const Chars *)(text + i + apart) == want_last)};

        if ((hit.words[0] | hit.words[1] | hit.words[2] | hit.words[3]) == 0)
            continue;
        for (int w = 0; w < 4; w++) {
            /* A bit of each lane, that of the lane that comes first in memory the lowest. */
            guint64 bits =
                GUINT64_FROM_LE(hit.words[w]) & G_GUINT64_CONSTANT(0x8080808080808080);

            for (; bits != 0; bits &= bits - 1)
                places[found++] = (guint16)(i + 8 * w + __builtin_ctzll(bits) / 8);
        }
    }
    for (; i < n; i++)
        if (text[i] == first && text[(gsize)i + apart] == last)
            places[found++] = (guint16)i;
    return found;
}

const FalKernels KERNELS_NAME = {
    .level = KERNELS_LEVEL,
    .dot = dot,
    .dots = dots,
    .normal = normal,
    .combine = combine,
    .gather = gather,
    .gather_residual = gather_residual,
    .turn = turn,
    .scale = scale,
    .step = step,
    .products = products,
    .above = above,
    .dots_bytes = dots_bytes,
    .to_bytes = to_bytes,
    .pairs = pairs,
};
