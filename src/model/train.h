/* Training: alternating least squares on implicit feedback until done, converged or stopped.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_TRAIN_H
#define FAL_MODEL_TRAIN_H

#include "model/model.h"

/* Called on the training's own thread after each whole iteration, with the factors as they are
 * then (borrowed for the call). May set iteration->ndcg and recall, and keep: the training then
 * ends with the factors of the last iteration that had it, whatever came after (it holds a copy:
 * half as much memory again). FALSE ends the training there. */
typedef gboolean (*FalIterationFn)(FalIteration *iteration, const FalFactors *factors,
                                   gpointer data);

/* Trains on train (a part of dataset's plays in its numbering). Cancelled after the first whole
 * iteration, it gives the model of the last whole one; before, FAL_ERROR_CANCELLED. Factors or
 * loss that are not finite, or a loss that rises by more than 1 %, end it with
 * FAL_ERROR_MODEL: a sentence with iteration, row and the setting to change. Bad settings are
 * FAL_ERROR_USAGE. The same bits for any number of threads. fn may be NULL. */
FalModel *fal_train(FalDataset *dataset, FalPlays *train, const FalTrainSettings *settings,
                    FalIterationFn fn, gpointer data, FalTask *task, GError **error);

/* FALSE with FAL_ERROR_USAGE and a sentence where these plays cannot be trained on so: settings
 * out of range, or more factors than users or artists. */
gboolean fal_train_check(FalPlays *train, const FalTrainSettings *settings, GError **error);

/* --- the same in stints, for who compares trainings as they go --- */

/* One thread at a time. Refs dataset and plays, copies settings. */
typedef struct FalTrainer FalTrainer;

FalTrainer *fal_trainer_new(FalDataset *dataset, FalPlays *train,
                            const FalTrainSettings *settings, GError **error);
void fal_trainer_free(FalTrainer *trainer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalTrainer, fal_trainer_free)
/* Goes on until so many iterations are done in all, or it has converged: to the bit what one
 * stint would lead to. FALSE with the errors of fal_train(); after one it has
 * what the last whole iteration led to, and cannot go on. */
gboolean fal_trainer_run(FalTrainer *trainer, int iterations, FalIterationFn fn, gpointer data,
                         FalTask *task, GError **error);
/* Lets go of what only a stint needs; what is kept takes fal_trainer_memory() bytes. */
void fal_trainer_rest(FalTrainer *trainer);
gsize fal_trainer_memory(const FalTrainer *trainer);
/* The last whole iteration; NULL before the first. Borrowed until the next stint. */
const FalIteration *fal_trainer_last(const FalTrainer *trainer);
/* A model with a copy of the factors as they are after that. NULL with FAL_ERROR_MEMORY. */
FalModel *fal_trainer_model(const FalTrainer *trainer, GError **error);

/* Bytes that training takes beside the data, to say so before. */
gsize fal_train_memory(const FalDataset *dataset, const FalTrainSettings *settings);

#endif
