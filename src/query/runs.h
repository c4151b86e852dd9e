/* The runs of `tune`: as a table, in a file, and by the settings in which they differ.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_RUNS_H
#define FAL_QUERY_RUNS_H

#include "eval/tune.h"
#include "query/table.h"

/* Names of the settings (but the seed) that are not the same in all runs, ended by NULL; free
 * the array with g_free(). */
const char **fal_runs_varied(const FalTuning *tuning);
/* A setting of a run as text, and as a number (a choice by its place). Free the text with
 * g_free(). */
char *fal_runs_value(const FalTuneRun *run, const char *name);
double fal_runs_number(const FalTuneRun *run, const char *name);
/* "rank=40 lambda=0.3": the varied settings of a run, as `train` takes them; "as set" where
 * there are none. Free with g_free(). */
char *fal_runs_settings(const FalTuning *tuning, const FalTuneRun *run);

/* A run's number in order of a column: sorted as fal_runs_orders names them, best first. n (0:
 * all) rows go into the table, and the figures. */
extern const char *const fal_runs_orders[]; /* NULL-terminated; the first is the usual one */
extern const FalColumn fal_runs_columns[], fal_runs_figures[];
void fal_runs_fill(FalTable *table, const FalTuning *tuning, const char *by, gint64 n);

/* Writes all runs as tab-separated values, a line for each; the file is there whole or not at
 * all. FAL_ERROR_FAILED. */
gboolean fal_runs_save(const FalTuning *tuning, const char *path, GError **error);
/* NULL with FAL_ERROR_DATA and a sentence with file, line and value. */
FalTuning *fal_runs_load(const char *path, GError **error);

#endif
