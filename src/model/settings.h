/* What a training is asked to do: the objective and the solver. Plain values.
 *
 *   J = sum_observed c_ui (1 - x_u.y_i)^2  +  a0 sum_unobserved (x_u.y_i)^2
 *       + sum_u lambda_u |x_u|^2 + sum_i lambda_i |y_i|^2
 *   lambda_u = lambda (n_u + prior N)^nu    n_u entries of the row, N their mean over its side
 *
 * (Hu, Koren, Volinsky 2008, section 4; Zhou et al. 2008, section 3.1; Rendle et al. 2021,
 * section 3.)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_SETTINGS_H
#define FAL_MODEL_SETTINGS_H

#include <glib.h>
#include "data/plays.h"

typedef enum {
    FAL_CONFIDENCE_LINEAR, /* c = a0 + alpha r */
    FAL_CONFIDENCE_LOG,    /* c = a0 + alpha log(1 + r / epsilon) */
    FAL_CONFIDENCE_BM25,   /* c = a0 + alpha bm25(r) */
    FAL_CONFIDENCE_BINARY, /* c = a0 + alpha */
    FAL_CONFIDENCE_RAW,    /* c = alpha r: implicit's; may lie below a0 */
} FalConfidence;

typedef enum {
    FAL_SOLVER_CG,    /* conjugate gradients on the principal axes */
    FAL_SOLVER_EXACT, /* Cholesky in double precision */
} FalSolver;

typedef struct {
    int rank;          /* factors per row, 1 .. FAL_MAX_RANK */
    int iterations;    /* an iteration solves the artists, then the users */
    double lambda;     /* regularization, >= 0 */
    double alpha;      /* weight of the plays, >= 0 */
    double unobserved; /* a0: weight of each pair without plays, > 0 */
    double nu;         /* 0: plain; 1: by the number of entries */
    double prior; /* entries that each row counts as having more, in means of its side, >= 0 */
    double epsilon; /* unit of plays inside the log, > 0 */
    FalConfidence confidence;
    FalSolver solver;
    int steps;       /* conjugate-gradient steps per row and half, at most; they end ... */
    double accuracy; /* ... when the row's squared residual is this share of what it was */
    double momentum; /* how far an iteration starts beyond the last one, 0 .. below 1, as a
                        share of what that changed; 0 is plain ALS */
    int warmup; /* iterations on a sample before the first one, where there are plays enough
                   (warmup.h), >= 0 */
    double tolerance; /* stop when an iteration lowers the loss by a smaller share; 0: never */
    guint64 seed;
} FalTrainSettings;

#define FAL_MAX_RANK 1024

/* The defaults; HACKING.md tells from which measurement they come. */
void fal_train_settings_init(FalTrainSettings *settings);

/* The rank for data of that size where nobody asks for one: as many factors as pay. Where there
 * are few plays more of them still do, and cost little. */
int fal_train_rank(gint32 users, gint32 artists, gint64 pairs);
#define FAL_SMALL_PAIRS 1000000

/* Turns the settings into another program's objective: "hkv", "spark", "implicit". Leaves rank,
 * iterations, lambda, alpha, seed alone. FALSE for an unknown name. */
gboolean fal_train_settings_preset(FalTrainSettings *settings, const char *preset);
extern const char *const fal_train_presets[]; /* NULL-terminated */

extern const char *const fal_confidence_names[]; /* by FalConfidence, NULL-terminated */
extern const char *const fal_solver_names[];     /* by FalSolver, NULL-terminated */

/* A sentence on what cannot work (names the setting, its value and the range), or NULL. Free
 * with g_free(). */
char *fal_train_settings_check(const FalTrainSettings *settings);

/* Confidence of each pair, in the order of by_user->plays or by_artist->plays (by_user says
 * which); n_pairs floats, free with fal_free(). BM25 (implicit's weighting for listening
 * counts, K1 = 100, B = 0.8): r (K1 + 1) / (K1 ((1 - B) + B len_i / mean len) + r) * idf_u with
 * len_i the plays of the artist and idf_u = log(n_artists) - log1p(artists of the user), 0
 * where that would be negative. */
float *fal_confidence_new(const FalPlays *plays, gboolean by_user,
                          const FalTrainSettings *settings, GError **error);
/* The same a row at a time, without n_pairs floats in memory. Borrows plays; any thread may
 * ask for rows. */
typedef struct FalWeights FalWeights;
FalWeights *fal_weights_new(const FalPlays *plays, const FalTrainSettings *settings,
                            GError **error);
void fal_weights_free(FalWeights *weights);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalWeights, fal_weights_free)
/* The confidences of row `row`, one per entry. */
void fal_weights_row(const FalWeights *weights, gboolean by_user, gint32 row, float *out);
/* Those of a listener of n artists (columns of by_user) who need not be one of the users. */
void fal_weights_listener(const FalWeights *weights, const gint32 *artists,
                          const guint32 *plays, gint64 n, float *out);

/* The confidence of a count r alone (for tables of r -> c); NaN for bm25, which needs more. */
double fal_confidence_of(const FalTrainSettings *settings, double r);
/* How many times the unobserved weight the confidence of the largest count is; NaN for bm25. */
double fal_confidence_spread(const FalTrainSettings *settings, double largest);
/* lambda of a row with n entries where the rows of its side have so many in the mean. */
double fal_lambda_of(const FalTrainSettings *settings, gint64 n, double mean);

#endif
