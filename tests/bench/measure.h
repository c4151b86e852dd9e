/* What the parts of measure share: the JSON they write, the options, clocks and memory.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MEASURE_H
#define MEASURE_H

#include "eval/evaluate.h"
#include "model/train.h"
#include "query/session.h"

/* Everything that measure was asked for. */
typedef struct {
    int threads;
    gboolean brief;
    char *what, *program;
    char *folder, *side; /* half: where the factors are; users or artists are solved */
    char *write_matrix, *write_factors;
    char *write_model; /* file: where to, and to stay there; NULL: nowhere */
    gint64 queries;
    FalTrainSettings train;
    const char *dataset;
} Options;

/* What several sections need; made when first asked for. */
typedef struct {
    Options o;
    FalSession *session;
    FalModel *model;
} Bench;

/* These end the program with a sentence where they fail. */
FalDataset *bench_dataset(Bench *bench);
FalModel *bench_model(Bench *bench); /* trained on all plays by the settings */
G_NORETURN void bench_fail(const GError *error);

/* --- the program as a child, with a folder of caches --- */

typedef struct {
    double seconds, memory;
} ProgramRun;

/* It has these words (NULL-terminated) and the data set; ends the program where it fails. */
ProgramRun bench_run(const Options *o, const char *cache, const char *const *words);
/* Empties a folder of caches and folders of caches; FALSE where it was empty. */
gboolean bench_clear_folder(const char *path);

/* --- JSON: one document to standard output; key is NULL in a list --- */

void json_open(const char *key, char bracket);
void json_close(char bracket);
void json_real(const char *key, double value); /* NaN: null */
void json_text(const char *key, const char *text);
/* An object of median, p99, worst, least and n; sorts the values. */
void json_spread(const char *key, double *values, gsize n);

/* --- clocks and memory --- */

double seconds_now(void);
double median_of(double *values, gsize n); /* sorts them */
/* Highest memory in use, in bytes, since the last reset (where the system can reset it, else
 * since the start). */
double memory_peak(void);
void memory_reset_peak(void);

/* --- the sections --- */

void measure_machine(Bench *bench);
void measure_load(Bench *bench);
void measure_train(Bench *bench);
void measure_phases(Bench *bench);
void measure_search(Bench *bench);
void measure_evaluate(Bench *bench);
void measure_names(Bench *bench);
void measure_file(Bench *bench);
/* One side solved exactly from the other's factors in the folder, to solved.f32 there. */
void measure_half(Bench *bench);
void write_matrix(Bench *bench);
void write_factors(Bench *bench);
/* The factors, what they were trained on and what is held out, for peers.py ranking. */
void write_ranking(const char *folder, FalModel *model, FalPlays *held);

/* Gathers n rows as the solver does, in batches that stay in the cache; seconds. */
double measure_gather(const float *table, const gint32 *index, gint64 n, int stride);

#endif
