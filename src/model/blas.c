/* BLAS and LAPACK: the one file that knows them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/blas.h"

#include <cblas.h>
#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

/* LAPACK's own names; Fortran wants the length of each text behind the other arguments. */
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda,
             double *w, double *work, const int *lwork, int *iwork, const int *liwork,
             int *info, gsize, gsize);
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info,
             size_t uplo_length);
void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda,
             double *b, const int *ldb, int *info, size_t uplo_length);

/* OpenBLAS starts a thread per core when it is loaded, and only its environment can tell it not
 * to. What is in .preinit_array runs before the libraries' constructors, but libc takes the
 * environment from the same array after that: so one entry of it gives its place to the
 * variable until they are done. */
#ifdef __linux__
static char **place, *displaced;

static void
before_libraries(int argc, char **argv, char **environment)
{
    static char variable[] = "OPENBLAS_NUM_THREADS=1";
    const gsize name = sizeof "OPENBLAS_NUM_THREADS=" - 1;

    (void)argc;
    (void)argv;
    for (place = environment; *place && strncmp(*place, variable, name); place++)
        continue;
    if (!*place && place > environment)
        place--;
    displaced = *place;
    if (displaced)
        *place = variable;
}

__attribute__((section(".preinit_array"),
               used)) static void (*const at_start)(int, char **, char **) = before_libraries;

/* The program's own constructors run after the libraries'. */
__attribute__((constructor)) static void
after_libraries(void)
{
    if (displaced)
        *place = displaced;
}
#endif

static void
use_one_thread(void)
{
    openblas_set_num_threads(1);
}

const char *
fal_blas_version(void)
{
    return openblas_get_config();
}

void
fal_blas_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, use_one_thread);
}

void
fal_blas_gram(const float *rows, int n, int rank, int stride, float *out)
{
    cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, rank, n, 1, rows, stride, 0, out, rank);
}

void
fal_blas_rotate(const float *rows, int n, int rank, int stride, const float *axes, float *out)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, rank, rank, 1, rows, stride, axes,
                rank, 0, out, stride);
}

void
fal_blas_scores(const float *queries, int n_queries, const float *rows, gint32 n, int stride,
                float *scores)
{
    if (n_queries > 0 && n > 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n_queries, n, stride, 1, queries,
                    stride, rows, stride, 0, scores, n);
}

gboolean
fal_blas_eigen(double *matrix, int rank, double *values, GError **error)
{
    int lwork = 1 + 6 * rank + 2 * rank * rank, liwork = 3 + 5 * rank, info = 0;
    fal_autofree double *work = FAL_NEW(double, lwork, error);
    fal_autofree int *iwork = work ? FAL_NEW(int, liwork, error) : NULL;

    if (!iwork)
        return FALSE;
    /* The lower triangle by rows is the upper one by columns. */
    dsyevd_("V", "U", &rank, matrix, &rank, values, work, &lwork, iwork, &liwork, &info, 1, 1);
    if (info == 0)
        return TRUE;
    g_set_error(
        error, FAL_ERROR, FAL_ERROR_MODEL,
        "the principal axes of the factors cannot be found (dsyevd says %d): try a smaller "
        "alpha or a larger lambda",
        info);
    return FALSE;
}

void
fal_blas_add_products(const double *weighted, const double *rows, int n, int rank,
                      double *matrix)
{
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, rank, rank, n, 1, weighted, rank, rows,
                rank, 1, matrix, rank);
}

gboolean
fal_blas_factor(double *matrix, int rank)
{
    int info = 0;

    /* The lower triangle by rows is the upper one by columns. */
    dpotrf_("U", &rank, matrix, &rank, &info, 1);
    return info == 0;
}

void
fal_blas_solve(const double *factor, int rank, double *b)
{
    int one = 1, info = 0;

    dpotrs_("U", &rank, &one, factor, &rank, b, &rank, &info, 1);
}
