/* The matrix products, eigenvectors and solves that BLAS and LAPACK do for the model; one
 * thread each, so that blocks may call them side by side and their bits do not depend on the
 * number of threads. Matrices of factors lie by rows, stride floats apart; small square ones
 * are dense, rank x rank.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_BLAS_H
#define FAL_MODEL_BLAS_H

#include <glib.h>

/* To be called before any of the others, as often as one likes. */
void fal_blas_init(void);
/* Which library does them, and for which processor: "OpenBLAS 0.3.21 ... Zen". Static. */
const char *fal_blas_version(void);

/* The lower triangle of out = rows' rows, for n rows. */
void fal_blas_gram(const float *rows, int n, int rank, int stride, float *out);
/* out[i] = rows[i] axes, for n rows; out is another array and has the same stride. */
void fal_blas_rotate(const float *rows, int n, int rank, int stride, const float *axes,
                     float *out);
/* scores[q * n + i] = queries[q] . rows[i] */
void fal_blas_scores(const float *queries, int n_queries, const float *rows, gint32 n,
                     int stride, float *scores);

/* Eigenvalues and eigenvectors of a symmetric matrix given by its lower triangle, rising;
 * matrix becomes the vectors, one a row. FALSE where they cannot be found. */
gboolean fal_blas_eigen(double *matrix, int rank, double *values, GError **error);
/* matrix += weighted' rows, for n rows of rank doubles. */
void fal_blas_add_products(const double *weighted, const double *rows, int n, int rank,
                           double *matrix);
/* Overwrites a symmetric positive definite matrix, given by its lower triangle, with its
 * Cholesky factor. FALSE where it is not positive definite. */
gboolean fal_blas_factor(double *matrix, int rank);
/* Solves matrix x = b from the factor; b becomes x. */
void fal_blas_solve(const double *factor, int rank, double *b);

#endif
