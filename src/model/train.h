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

/* Bytes that training takes beside the data, to say so before. */
gsize fal_train_memory(const FalDataset *dataset, const FalTrainSettings *settings);

#endif
