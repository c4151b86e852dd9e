/* What a data set is made of: for those who make one, load.c from text and cache.c from what
 * was kept of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_DATASET_PRIVATE_H
#define FAL_DATA_DATASET_PRIVATE_H

#include "data/bare.h"
#include "data/dataset.h"
#include "data/idmap.h"
#include "data/names.h"
#include "data/reader.h"

struct FalDataset {
    gatomicrefcount refs;
    char *path, *title;
    FalSource *source;
    char *cache_key; /* what it is to be kept under (cache.h), NULL for not at all */
    FalDatasetStats stats;
    GArray *problems; /* FalProblem; each text is its own */
    char *files[FAL_N_PARTS];
    guint64 fingerprint; /* of the rows in their order (playrows.h) */
    FalPlays *plays;
    FalIdMap *users, *artists; /* aliases among the artists */
    gint64 *user_ids, *artist_ids;
    FalTexts names, folded; /* by artist */
    FalTexts alias_names;
    FalAlias *aliases;   /* names in alias_names */
    gint64 *alias_start; /* n_artists + 1 */
    FalBare *bare;       /* of one without plays: its figures; else NULL */
};

/* A data set of path with nothing in it yet; takes source. */
FalDataset *fal_dataset_new(const char *path, FalSource *source);

/* fal_dataset_load() with chunks of about so many bytes. */
FalDataset *fal_dataset_load_text(const char *path, gsize chunk_size, FalTask *task,
                                  GError **error);

#endif
