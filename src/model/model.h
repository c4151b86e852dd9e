/* A trained model: factors, what they were trained on and how, and the search over them.
 * Immutable once built, atomically reference-counted, shared by threads without locks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_MODEL_H
#define FAL_MODEL_MODEL_H

#include "data/dataset.h"
#include "model/search.h"
#include "model/settings.h"

typedef struct FalModel FalModel;

typedef struct {
    int iteration;       /* from 1 */
    double loss;         /* J = observed + unobserved + regularizer */
    double observed;     /* sum c (1 - x.y)^2 over the pairs */
    double unobserved;   /* a0 sum (x.y)^2 over all other pairs */
    double regularizer;  /* lambda terms */
    double change;       /* loss against the one before, as a share; NaN in the first */
    double seconds;      /* since the training began, at the end of the iteration */
    double ndcg, recall; /* held-out metrics where the caller measured them, else NaN */
    gboolean keep; /* the caller found it the best so far: the last such one is the model's */
    /* Of the iteration's own seconds: finding the axes and turning to them, solving the
     * artists, solving the users (with the loss). */
    double axes, artists, users;
} FalIteration;

/* Takes ownership of the arrays in factors on success (fal_alloc()ed) and refs the rest; the
 * iterations are copied. settings is what trained it. In parallel. NULL with FAL_ERROR_MEMORY.
 */
FalModel *fal_model_new(FalDataset *dataset, FalPlays *train, const FalTrainSettings *settings,
                        const FalFactors *factors, const FalIteration *iterations,
                        int n_iterations, GError **error);
FalModel *fal_model_ref(FalModel *model);
void fal_model_unref(FalModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalModel, fal_model_unref)

/* All borrowed. */
FalDataset *fal_model_dataset(const FalModel *model);
FalPlays *fal_model_train(const FalModel *model); /* the plays it was trained on */
const FalTrainSettings *fal_model_settings(const FalModel *model);
const FalFactors *fal_model_factors(const FalModel *model);
const FalSearch *fal_model_search(const FalModel *model);
const FalIteration *fal_model_iterations(const FalModel *model, int *n);
/* For solving other listeners (foldin.h): the confidences, the lower triangle of Y'Y of the
 * artists (rank x rank), and the artists of a user in the mean. */
const FalWeights *fal_model_weights(const FalModel *model);
const double *fal_model_gram(const FalModel *model);
double fal_model_mean_artists(const FalModel *model);
/* fal_plays_fingerprint() of the plays it was trained on, which looks at all of them; 0: nobody
 * knows. And how many pairs they are, or those at hand. Who has just made a model says so where
 * its plays are not at hand (data/bare.h), or where those that are need not be what it was
 * trained on. */
guint64 fal_model_trained(const FalModel *model);
gint64 fal_model_pairs(const FalModel *model);
void fal_model_set_trained(FalModel *model, guint64 fingerprint, gint64 pairs);
void fal_model_set_foreign(FalModel *model);
/* Whether nobody knows. */
gboolean fal_model_is_foreign(const FalModel *model);

/* x_u . y_i */
float fal_model_score(const FalModel *model, gint32 user, gint32 artist);
/* Whether there are factors other than 0 of a user: else none of its plays were trained on, the
 * model came from elsewhere and did not have it, or lambda left nothing of them. */
gboolean fal_model_knows_user(const FalModel *model, gint32 user);
/* Top k for a user, best first; the artists of the user's training plays are left out unless
 * known. Returns how many, 0 for a user that the model does not know. */
int fal_model_recommend(const FalModel *model, gint32 user, int k, gboolean known, FalTop *out);
/* The same for n_users users, in parallel: the k best of users[i], to the bit, from
 * out[i * k] on, and how many they are in n_out[i]. FALSE with FAL_ERROR_CANCELLED. */
gboolean fal_model_recommend_many(const FalModel *model, const gint32 *users, gint32 n_users,
                                  int k, gboolean known, FalTop *out, int *n_out, FalTask *task,
                                  GError **error);
/* The k artists most similar to an artist. Returns how many. */
int fal_model_similar(const FalModel *model, gint32 artist, int k, FalTop *out);
/* The k users with the highest score for an artist, without those who have it in the training
 * plays; and the k users most like one by cosine, without those that have no factors. Return
 * how many; ties go to the smaller id. */
int fal_model_listeners(const FalModel *model, gint32 artist, int k, FalTop *out);
int fal_model_neighbours(const FalModel *model, gint32 user, int k, FalTop *out);
/* The same for factors x of somebody who is no user: the k users most like them. */
int fal_model_near(const FalModel *model, const float *x, int k, FalTop *out);
/* How many artists two users have in common in the training plays, and how many of n artists
 * (rising) a user has. */
gint64 fal_model_shared(const FalModel *model, gint32 a, gint32 b);
gint64 fal_model_shared_of(const FalModel *model, gint32 user, const gint32 *artists, gint64 n);
/* scores[u * n_artists + i] = x_users[u] . y_i for n_users users: one matrix product. */
void fal_model_score_block(const FalModel *model, const gint32 *users, int n_users,
                           float *scores);

#endif
