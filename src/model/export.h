/* What a model knows, written for other programs. Each file is written as one
 * (base/newfile.h). Errors: FAL_ERROR_FAILED, _CANCELLED, _MEMORY.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_EXPORT_H
#define FAL_MODEL_EXPORT_H

#include "model/model.h"

/* Rows of factors, of the first n users or artists. */
typedef enum {
    FAL_EXPORT_NPY,       /* n x rank, <f4 */
    FAL_EXPORT_TSV,       /* id, name (of artists), factors; a line of titles first */
    FAL_EXPORT_WORD2VEC,  /* "n rank", then name and factors; blanks in names become _ */
    FAL_EXPORT_PROJECTOR, /* TensorBoard's: factors alone, and a second file with id, name,
                             listeners: what path ends with, after "-metadata" */
} FalFactorForm;

gboolean fal_export_factors(const char *path, const FalModel *model, gboolean users, gint32 n,
                            FalFactorForm form, FalTask *task, GError **error);
/* The second file of the projector's pair. Free with g_free(). */
char *fal_export_metadata_path(const char *path);

/* For each of the n first users the k best artists, as TSV or as JSON, a line each. *lines is
 * how many. */
gboolean fal_export_recommendations(const char *path, const FalModel *model, gint32 n, int k,
                                    gboolean known, gboolean json, gint64 *lines, FalTask *task,
                                    GError **error);

/* Plays as MatrixMarket, users by artists counted from 1 in the order of the rows, or as rows
 * of user id, artist id, plays. */
gboolean fal_export_plays(const char *path, const FalDataset *dataset, const FalPlays *plays,
                          gboolean matrix, FalTask *task, GError **error);

/* Artists as TSV: id, name, listeners, plays. */
gboolean fal_export_artists(const char *path, const FalDataset *dataset, gint32 n,
                            FalTask *task, GError **error);

#endif
