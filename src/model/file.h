/* Model files: an .npz that implicit's AlternatingLeastSquares.load() and numpy read, with what
 * else falsetto knows of the model in further arrays, whose names start with "falsetto_" (see
 * falsetto-data(5)). They lie in the same file so that one rename replaces all of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_FILE_H
#define FAL_MODEL_FILE_H

#include "data/bare.h"
#include "model/heldout.h"
#include "model/model.h"

/* Raised with every change that an older program would misread. */
#define FAL_MODEL_FILE_VERSION 1

/* What a file holds. */
typedef struct {
    char *path;
    gboolean ours; /* it has names and the rest; else it is another program's */
    FalFactors factors;
    FalTrainSettings settings;
    FalIteration *iterations;
    int n_iterations;
    FalBare bare;         /* ids, names, figures; of another program's file row numbers */
    char *title;          /* of the data, "" where unknown */
    guint64 trained;      /* fal_plays_fingerprint() of what it was trained on, 0: unknown */
    gint64 trained_pairs; /* how many those were */
    FalHeldOut held;
} FalModelFile;

/* Reads a file and believes nothing in it before it was looked at. FAL_ERROR_MODEL with one
 * sentence that names the file for whatever is wrong with it; _CANCELLED, _MEMORY. */
FalModelFile *fal_model_file_read(const char *path, FalTask *task, GError **error);
/* file may be NULL. */
void fal_model_file_free(FalModelFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalModelFile, fal_model_file_free)

/* Why the model's rows are not those of dataset, in a sentence, or NULL where they are. Free
 * with g_free(). */
char *fal_model_file_misfit(const FalModelFile *file, const FalDataset *dataset);
/* Puts the factors in the rows of dataset by ids: zeros for who the model does not know. What
 * dataset does not have is dropped. Says how many were found. */
gboolean fal_model_file_match(FalModelFile *file, const FalDataset *dataset, gint32 *n_users,
                              gint32 *n_artists, GError **error);
/* The model, for a dataset whose rows are those of the factors and the plays it was trained on;
 * takes the factors out of file. */
FalModel *fal_model_file_model(FalModelFile *file, FalDataset *dataset, FalPlays *train,
                               GError **error);

/* Turns users and artists together to the principal axes of the artists, as a training leaves
 * them: no product changes (but for rounding), search and map are at their best. In parallel.
 */
gboolean fal_factors_turn(FalFactors *factors, GError **error);

/* Writes the model as one; *size is how many bytes it has then. FAL_ERROR_FAILED. */
gboolean fal_model_file_write(const char *path, const FalModel *model, const FalHeldOut *held,
                              gint64 *size, FalTask *task, GError **error);

/* --- for those two --- */

#define FAL_ABOUT "falsetto_about"
/* Figures of an iteration, in the order of the columns of falsetto_iterations; the last one may
 * be missing. */
#define FAL_ITERATION_FIGURES 13
/* A setting of a training by name. */
typedef struct {
    const char *name;
    double *real;
    int *whole;
} FalSettingPlace;
#define FAL_SETTING_PLACES 13
void fal_setting_places(FalTrainSettings *settings, FalSettingPlace places[FAL_SETTING_PLACES]);

#endif
