/* Random numbers: splitmix64's finalizer over a key, and the Mersenne Twister as CPython seeds
 * and reads it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/random.h"

#include <math.h>

#define GOLDEN       G_GUINT64_CONSTANT(0x9e3779b97f4a7c15)
#define TWISTER_SIZE 624
#define TWISTER_HALF 397

static guint64
mix(guint64 z)
{
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

guint64
fal_random_hash(guint64 seed, guint64 a, guint64 b)
{
    guint64 h = mix(seed + GOLDEN);

    h = mix((h ^ a) + GOLDEN);
    return mix((h ^ b) + GOLDEN);
}

double
fal_random_unit(guint64 bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

double
fal_random_normal(guint64 seed, guint64 a, guint64 b)
{
    guint64 first = fal_random_hash(seed, a, b);
    guint64 second = mix(first + GOLDEN);
    double radius = sqrt(-2.0 * log(1.0 - fal_random_unit(first)));

    return radius * cos(2.0 * G_PI * fal_random_unit(second));
}

void
fal_random_init(FalRandom *random, guint64 seed)
{
    random->seed = seed;
    random->counter = 0;
}

guint64
fal_random_next(FalRandom *random)
{
    return fal_random_hash(random->seed, 0, random->counter++);
}

double
fal_random_double(FalRandom *random)
{
    return fal_random_unit(fal_random_next(random));
}

guint64
fal_random_below(FalRandom *random, guint64 n)
{
    guint64 uneven, bits;

    g_return_val_if_fail(n > 0, 0);

    /* 2^64 mod n: the first so many values would make some remainders likelier. */
    uneven = -n % n;
    do
        bits = fal_random_next(random);
    while (bits < uneven);
    return bits % n;
}

static void
twister_init(FalPythonRandom *random, guint32 seed)
{
    guint32 *mt = random->state;

    mt[0] = seed;
    for (guint32 i = 1; i < TWISTER_SIZE; i++)
        mt[i] = 1812433253u * (mt[i - 1] ^ (mt[i - 1] >> 30)) + i;
    random->index = TWISTER_SIZE;
}

static void
twister_turn(FalPythonRandom *random)
{
    guint32 *mt = random->state;

    for (int i = 0; i < TWISTER_SIZE; i++) {
        guint32 y = (mt[i] & 0x80000000u) | (mt[(i + 1) % TWISTER_SIZE] & 0x7fffffffu);

        mt[i] = mt[(i + TWISTER_HALF) % TWISTER_SIZE] ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    random->index = 0;
}

/* init_by_array() of the reference implementation. */
void
fal_python_random_init(FalPythonRandom *random, guint64 seed)
{
    guint32 key[2] = {(guint32)seed, (guint32)(seed >> 32)};
    guint32 length = key[1] ? 2 : 1;
    guint32 *mt = random->state;
    guint32 i = 1, j = 0;

    twister_init(random, 19650218u);
    for (int k = TWISTER_SIZE; k > 0; k--) {
        mt[i] = (mt[i] ^ ((mt[i - 1] ^ (mt[i - 1] >> 30)) * 1664525u)) + key[j] + j;
        if (++i == TWISTER_SIZE) {
            mt[0] = mt[TWISTER_SIZE - 1];
            i = 1;
        }
        j = (j + 1) % length;
    }
    for (int k = TWISTER_SIZE - 1; k > 0; k--) {
        mt[i] = (mt[i] ^ ((mt[i - 1] ^ (mt[i - 1] >> 30)) * 1566083941u)) - i;
        if (++i == TWISTER_SIZE) {
            mt[0] = mt[TWISTER_SIZE - 1];
            i = 1;
        }
    }
    mt[0] = 0x80000000u;
}

guint32
fal_python_random_bits(FalPythonRandom *random, int k)
{
    guint32 y;

    g_return_val_if_fail(k >= 1 && k <= 32, 0);

    if (random->index >= TWISTER_SIZE)
        twister_turn(random);
    y = random->state[random->index++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    y ^= y >> 18;
    return y >> (32 - k);
}

double
fal_python_random_double(FalPythonRandom *random)
{
    guint32 a = fal_python_random_bits(random, 27);
    guint32 b = fal_python_random_bits(random, 26);

    return (a * 67108864.0 + b) * 0x1p-53;
}
