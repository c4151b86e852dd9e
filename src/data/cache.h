/* The cache: what was loaded from a large text is kept in the user's cache folder, and opened
 * from there the next time. Nothing depends on it: what is missing, damaged, of another version
 * or of files that have changed is loaded from the text again, and no failure to keep anything
 * is an error.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_CACHE_H
#define FAL_DATA_CACHE_H

#include "data/dataset.h"

/* Rows from which on opening the cache is so much faster that it is worth its space. */
#define FAL_CACHE_FROM 500000

/* As fal_dataset_load(), by way of the cache. */
FalDataset *fal_cache_load(const char *path, FalTask *task, GError **error);

/* The thread that keeps a data set, so that it can be used meanwhile. */
typedef struct FalCacheWriter FalCacheWriter;
/* NULL where there is nothing to do: dataset has fewer than `from` rows, came from the cache or
 * was not loaded by fal_cache_load(). */
FalCacheWriter *fal_cache_writer_start(FalDataset *dataset, gint64 from);
/* Waits until it has done its work, or with cancel only until it has stopped. writer may be
 * NULL. */
void fal_cache_writer_finish(FalCacheWriter *writer, gboolean cancel);

#endif
