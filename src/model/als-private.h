/* What a half-step (als.c) and the solvers of its rows (solve.c) share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_ALS_PRIVATE_H
#define FAL_MODEL_ALS_PRIVATE_H

#include <pthread.h>

#include "base/kernels.h"
#include "model/als.h"

/* Rows of at most so many entries are solved directly: for them that takes no longer than
 * some steps, and needs no factors to start from. */
#define FAL_ALS_FEW 8
/* Rows that the exact solver turns into doubles at a time. */
#define FAL_ALS_EXACT_ROWS 256

/* Scratch memory of one worker. The lock is free unless the number of threads was raised
 * since: then two of them share. (No GMutex: ThreadSanitizer would not know it.) */
typedef struct {
    pthread_mutex_t lock;
    float *vectors;                              /* gathered rows of the fixed side */
    float *confidence, *weight, *score, *change; /* per entry of the row */
    float *diagonal, *inverse;                   /* a0 s + lambda, and what preconditions */
    float lambda;                                /* for which the two are made; NaN for none */
    float *residual, *direction, *product;
    float *few;  /* the vectors of a row of few entries, by the inverse */
    float *rows; /* BLOCK_ROWS rows, to turn in place */
    double *matrix, *right, *exact_rows, *exact_weighted; /* for the exact solver */
} FalAlsWorker;

/* The rows of one side, cut into blocks. */
typedef struct {
    const FalCsr *csr;
    gint32 *block; /* first row of each; n_blocks + 1 */
    gint64 n_blocks;
    double mean; /* entries of a row */
} FalAlsSide;

struct FalAls {
    const FalKernels *kernels;
    FalTrainSettings settings;
    FalWeights *weights;
    FalAlsSide side[2]; /* artists, users */
    int rank, stride;
    gint64 capacity; /* vectors that a worker's buffer holds */
    int n_workers;
    FalAlsWorker *worker;
    FalAlsSums *block_sums;
    double *gram, *values;
    float *axes;     /* rank x rank: a column for each axis, by falling eigenvalue */
    float *turn[2];  /* the axes of the last half that solved the artists; these by those of the
                        half that solved the users after it */
    float *energies; /* the eigenvalues, stride of them */
};

/* A half-step under way. */
typedef struct {
    FalAls *als;
    const FalAlsSide *side;
    gboolean users;
    float *fixed;
    gint32 n_fixed;
    const float *from;
    float *to;
    gboolean summed; /* the loss is asked for */
    FalTask *task;
    gint cancelled; /* atomic */
} FalAlsHalf;

/* A row being solved. */
typedef struct {
    const FalAlsHalf *half;
    FalAlsWorker *worker;
    const gint32 *col;
    gint64 n;
    const float *vectors; /* of all entries; NULL where they are not (yet) at hand */
    float *x;
} FalAlsRow;

/* TRUE where a row of n entries starts from its last factors: where it has few, or by the exact
 * solver, it need not. */
gboolean fal_als_is_warm(const FalAlsHalf *half, gint64 n);

/* Solves row `number` into row->x, where its last factors are if it is warm, and adds what it
 * leaves to sums. */
void fal_als_solve_row(FalAlsRow *row, gint32 number, FalAlsSums *sums);

#endif
