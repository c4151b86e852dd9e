/* A loaded data set as bytes in a file, and back.
 *
 * What is read is believed only where all of it is as it was written: each block has a hash,
 * the list of the blocks has one, and sizes are held against the file's before they are used.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_IMAGE_H
#define FAL_DATA_IMAGE_H

#include "data/dataset.h"

/* Writes dataset and the key that its files had to an empty file. FALSE where that did not work
 * or the task was cancelled. */
gboolean fal_image_write(int fd, const FalDataset *dataset, const char *key, FalTask *task);

/* The data set in the file, as if it had been loaded from path. NULL where the file is of
 * another key, is damaged or is of another version, where there is no memory, and where the
 * task is cancelled. */
FalDataset *fal_image_read(int fd, const char *path, const char *key, FalTask *task);

#endif
