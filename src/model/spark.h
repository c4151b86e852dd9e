/* Factors that Spark's ALSModel has, as text: a folder with userFactors and itemFactors, each a
 * folder of part files or a single file, of JSON lines ({"id":1,"features":[0.1,0.2]}) or of
 * lines of an id and its factors (falsetto-data(5)).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_SPARK_H
#define FAL_MODEL_SPARK_H

#include "model/file.h"

/* As if it were a model file without names: ids are Spark's, the objective is that of
 * preset=spark with lambda and alpha. FAL_ERROR_MODEL with one sentence, with file and line,
 * for what cannot be read; _CANCELLED, _MEMORY. */
FalModelFile *fal_spark_read(const char *folder, double lambda, double alpha, FalTask *task,
                             GError **error);

/* A line of it: *id, and the factors appended to values, an array of float. NULL, or why it
 * cannot be read. line need not end with a NUL. */
const char *fal_spark_parse(const char *line, gsize n_bytes, gint64 *id, GArray *values);

#endif
