/* Random numbers that are the same everywhere: by counter (a value for each key, whatever the
 * order of the calls), in sequence, and Python's generator, for splits that others published.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_BASE_RANDOM_H
#define FAL_BASE_RANDOM_H

#include <glib.h>

/* 64 well-mixed bits for a key of three numbers. */
guint64 fal_random_hash(guint64 seed, guint64 a, guint64 b);
/* Uniform in [0, 1), 53 bits, from such bits. */
double fal_random_unit(guint64 bits);
/* Standard normal for the key (Box-Muller on two hashes). */
double fal_random_normal(guint64 seed, guint64 a, guint64 b);

/* A sequence: the hash of (seed, 0, counter). */
typedef struct {
    guint64 seed;
    guint64 counter;
} FalRandom;

void fal_random_init(FalRandom *random, guint64 seed);
guint64 fal_random_next(FalRandom *random);
double fal_random_double(FalRandom *random);
/* Uniform in 0 .. n-1 without bias; n > 0. */
guint64 fal_random_below(FalRandom *random, guint64 n);

/* Mersenne Twister seeded and read as Python's random.Random(seed) does for an integer seed
 * of at most 64 bits (init_by_array of its 32-bit words). */
typedef struct {
    guint32 state[624];
    int index;
} FalPythonRandom;

void fal_python_random_init(FalPythonRandom *random, guint64 seed);
/* random.getrandbits(k), 1 <= k <= 32. */
guint32 fal_python_random_bits(FalPythonRandom *random, int k);
/* random.random(). */
double fal_python_random_double(FalPythonRandom *random);

#endif
