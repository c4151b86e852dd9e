/* The random numbers: good mixing, the same everywhere, and Python's own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>

#include "base/random.h"

/* So that a model trained with a seed today is trained the same tomorrow. */
static void
test_fixed(void)
{
    g_assert_cmphex(fal_random_hash(0, 0, 0), ==, G_GUINT64_CONSTANT(0x238275bc38fcbe91));
    g_assert_cmphex(fal_random_hash(1, 2, 3), ==, G_GUINT64_CONSTANT(0xd0734750fde362b3));
    g_assert_cmphex(fal_random_hash(3, 2, 1), ==, G_GUINT64_CONSTANT(0xd62a7f6e291fef64));
}

static int
bits_set(guint64 bits)
{
    int n = 0;

    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

/* Each bit of each word, when flipped, flips about half of the bits. */
static void
test_avalanche(void)
{
    for (int word = 0; word < 3; word++) {
        for (int bit = 0; bit < 64; bit++) {
            double flipped = 0;

            for (guint64 i = 0; i < 200; i++) {
                guint64 key[3] = {i, 7 * i, 1000 - i};
                guint64 before = fal_random_hash(key[0], key[1], key[2]);

                key[word] ^= (guint64)1 << bit;
                flipped += bits_set(before ^ fal_random_hash(key[0], key[1], key[2]));
            }
            g_assert_cmpfloat_with_epsilon(flipped / 200, 32, 2);
        }
    }
}

static void
test_words_are_not_alike(void)
{
    g_assert_cmphex(fal_random_hash(1, 0, 0), !=, fal_random_hash(0, 1, 0));
    g_assert_cmphex(fal_random_hash(1, 0, 0), !=, fal_random_hash(0, 0, 1));
    g_assert_cmphex(fal_random_hash(0, 1, 0), !=, fal_random_hash(0, 0, 1));
    g_assert_cmphex(fal_random_hash(5, 5, 5), !=, fal_random_hash(5, 5, 6));
}

static void
test_unit(void)
{
    g_assert_cmpfloat(fal_random_unit(0), ==, 0);
    g_assert_cmpfloat(fal_random_unit(G_MAXUINT64), <, 1);
    g_assert_cmpfloat(fal_random_unit(G_MAXUINT64), >, 1 - 1e-15);
    g_assert_cmpfloat(fal_random_unit((guint64)1 << 63), ==, 0.5);
}

/* Mean, variance and kurtosis of many normals; neighbouring keys do not go together. */
static void
test_normal(void)
{
    const int n = 200000;
    double sum = 0, squares = 0, fourths = 0, products = 0, last = 0;

    for (int i = 0; i < n; i++) {
        double x = fal_random_normal(42, (guint64)i / 64, (guint64)i % 64);

        g_assert_true(isfinite(x));
        sum += x;
        squares += x * x;
        fourths += x * x * x * x;
        products += x * last;
        last = x;
    }
    g_assert_cmpfloat_with_epsilon(sum / n, 0, 0.01);
    g_assert_cmpfloat_with_epsilon(squares / n, 1, 0.015);
    g_assert_cmpfloat_with_epsilon(fourths / n, 3, 0.1);
    g_assert_cmpfloat_with_epsilon(products / n, 0, 0.01);
    g_assert_cmpfloat(fal_random_normal(42, 1, 2), ==, fal_random_normal(42, 1, 2));
}

static void
test_sequence(void)
{
    FalRandom a, b;

    fal_random_init(&a, 7);
    fal_random_init(&b, 7);
    for (guint64 i = 0; i < 100; i++) {
        guint64 bits = fal_random_next(&a);

        g_assert_cmphex(bits, ==, fal_random_hash(7, 0, i));
        g_assert_cmpfloat(fal_random_double(&b), ==, fal_random_unit(bits));
    }
}

static void
test_below(void)
{
    static const guint64 limits[] = {1, 2, 3, 10, 1000};
    FalRandom random;
    int counts[10] = {0};

    fal_random_init(&random, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(limits); i++)
        for (int j = 0; j < 1000; j++)
            g_assert_cmpuint(fal_random_below(&random, limits[i]), <, limits[i]);
    for (int i = 0; i < 100000; i++)
        counts[fal_random_below(&random, 10)]++;
    for (int i = 0; i < 10; i++)
        g_assert_cmpfloat_with_epsilon(counts[i], 10000, 500);
    /* Just over half of all: plain remainders would give the low half twice as often. */
    for (int i = 0; i < 100; i++)
        g_assert_cmpuint(fal_random_below(&random, ((guint64)1 << 63) + 1), <=,
                         (guint64)1 << 63);
}

/* Computed by CPython 3.11: three times random(), then the 1001st after them, then
 * getrandbits(1), (2), (17), (32). */
static const struct {
    guint64 seed;
    double first[3], later;
    guint32 bits[4];
} python[] = {
    {G_GUINT64_CONSTANT(0),
     {0x1.b0580f98a7dbep-1, 0x1.84129978f9c1ap-1, 0x1.aeaa51052e978p-2},
     0x1.7e9bbd672e7e6p-1,
     {0u, 0u, 71942u, 4020424210u}},
    {G_GUINT64_CONSTANT(13),
     {0x1.093985a5378c4p-2, 0x1.5eda22ba35e7dp-1, 0x1.5e3ffc33540b5p-1},
     0x1.bae56d1c77767p-1,
     {0u, 1u, 88616u, 284118059u}},
    {G_GUINT64_CONSTANT(5489),
     {0x1.9341c04e3fac8p-1, 0x1.8e685413cd1f0p-4, 0x1.f27ba497caa4fp-1},
     0x1.7650728651c32p-1,
     {0u, 1u, 55186u, 2827691935u}},
    {G_GUINT64_CONSTANT(4294967295),
     {0x1.454d9227a7013p-1, 0x1.a0274a3720bf8p-3, 0x1.36f8c1616ef77p-1},
     0x1.8b6cce3e2af1ep-2,
     {1u, 1u, 119170u, 244262147u}},
    {G_GUINT64_CONSTANT(4294967296),
     {0x1.ced31cb3df170p-4, 0x1.abdb5477a4f26p-2, 0x1.1139c02ebd380p-6},
     0x1.6c1a95324a7b8p-1,
     {0u, 2u, 113591u, 4037747386u}},
    {G_GUINT64_CONSTANT(16045690984503098046),
     {0x1.fed650b8f3c1ep-1, 0x1.602be76ce2796p-2, 0x1.de5c8975ae1ccp-1},
     0x1.2c89b077309cap-2,
     {1u, 0u, 57710u, 2940189864u}},
    {G_GUINT64_CONSTANT(18446744073709551615),
     {0x1.659799fd7f980p-6, 0x1.5a35a94f333d8p-2, 0x1.b21c0274c09a4p-3},
     0x1.9bca981de748fp-1,
     {0u, 2u, 73663u, 3543446484u}},
};

static void
test_python(void)
{
    static const int widths[4] = {1, 2, 17, 32};

    for (gsize i = 0; i < G_N_ELEMENTS(python); i++) {
        FalPythonRandom random;

        fal_python_random_init(&random, python[i].seed);
        for (int j = 0; j < 3; j++)
            g_assert_cmpfloat(fal_python_random_double(&random), ==, python[i].first[j]);
        for (int j = 0; j < 1000; j++)
            fal_python_random_double(&random);
        g_assert_cmpfloat(fal_python_random_double(&random), ==, python[i].later);
        for (int j = 0; j < 4; j++)
            g_assert_cmpuint(fal_python_random_bits(&random, widths[j]), ==, python[i].bits[j]);
    }
}

/* [random.randint(0, 1) for _ in range(10)] with seed 13: getrandbits(2) until it is below 2.
 */
static void
test_python_randint(void)
{
    static const guint32 expected[10] = {1, 1, 0, 0, 0, 0, 0, 0, 0, 0};
    FalPythonRandom random;

    fal_python_random_init(&random, 13);
    for (int i = 0; i < 10; i++) {
        guint32 bits;

        do
            bits = fal_python_random_bits(&random, 2);
        while (bits >= 2);
        g_assert_cmpuint(bits, ==, expected[i]);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/random/fixed", test_fixed);
    g_test_add_func("/random/avalanche", test_avalanche);
    g_test_add_func("/random/words-are-not-alike", test_words_are_not_alike);
    g_test_add_func("/random/unit", test_unit);
    g_test_add_func("/random/normal", test_normal);
    g_test_add_func("/random/sequence", test_sequence);
    g_test_add_func("/random/below", test_below);
    g_test_add_func("/random/python", test_python);
    g_test_add_func("/random/python-randint", test_python_randint);
    return g_test_run();
}
