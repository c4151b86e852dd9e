/* How much of an answer is the model's and how much is chance: the same question to trainings
 * that differ in nothing but their seed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_EVAL_STABILITY_H
#define FAL_EVAL_STABILITY_H

#include "model/model.h"

typedef enum {
    FAL_STABILITY_SIMILAR,   /* the artists most similar to an artist */
    FAL_STABILITY_RECOMMEND, /* what is recommended to a user */
} FalStabilityKind;

typedef struct {
    gint32 artist;
    double score; /* mean over the models: cosine, or x_u . y_i */
    int count;    /* models that have it among their first k */
} FalStabilityRow;

typedef struct {
    int n_models;
    int n; /* rows: all that any model has, most models first, then by score */
    FalStabilityRow *row;
    double overlap; /* share of a list that another model's list has too, mean over all pairs */
} FalStability;

/* Asks model and n_models - 1 trainings more, with the seeds after its own on the same plays,
 * for their first k. n_models is at least 2. Errors as fal_train(); cancelled,
 * FAL_ERROR_CANCELLED. The same bits for any number of threads. */
FalStability *fal_stability(const FalModel *model, FalStabilityKind kind, gint32 row, int k,
                            int n_models, FalTask *task, GError **error);
void fal_stability_free(FalStability *stability);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalStability, fal_stability_free)

#endif
