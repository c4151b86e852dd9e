/* Measures falsetto's parts on a data set and writes the figures as one JSON document.
 *
 *     measure [OPTION...] [DATASET]
 *
 * --what names the sections, in any order; bench calls this once for each group of them, so
 * that memory is told apart. The sections are in measure-*.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/parallel.h"
#include "measure.h"

/* --- JSON --- */

static gboolean json_first = TRUE;

static void
json_key(const char *key)
{
    if (!json_first)
        putchar(',');
    json_first = FALSE;
    if (key)
        printf("\"%s\":", key);
}

void
json_open(const char *key, char bracket)
{
    json_key(key);
    putchar(bracket);
    json_first = TRUE;
}

void
json_close(char bracket)
{
    putchar(bracket);
    json_first = FALSE;
}

void
json_real(const char *key, double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    json_key(key);
    fputs(isfinite(value) ? g_ascii_formatd(digits, sizeof digits, "%.10g", value) : "null",
          stdout);
}

void
json_text(const char *key, const char *text)
{
    json_key(key);
    putchar('"');
    for (; *text; text++) {
        if ((guchar)*text < 0x20)
            printf("\\u%04x", *text);
        else if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else
            putchar(*text);
    }
    putchar('"');
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double
median_of(double *values, gsize n)
{
    if (n == 0)
        return NAN;
    qsort(values, n, sizeof *values, compare_doubles);
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

void
json_spread(const char *key, double *values, gsize n)
{
    json_open(key, '{');
    json_real("median", median_of(values, n));
    json_real("p99", n ? values[MIN((gsize)(0.99 * (double)n), n - 1)] : NAN);
    json_real("worst", n ? values[n - 1] : NAN);
    json_real("least", n ? values[0] : NAN);
    json_real("n", (double)n);
    json_close('}');
}

/* --- clocks and memory --- */

double
seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double
memory_peak(void)
{
    g_autofree char *status = NULL;
    struct rusage usage;
    const char *line = NULL;

    if (g_file_get_contents("/proc/self/status", &status, NULL, NULL))
        line = strstr(status, "VmHWM:");
    if (line)
        return 1024 * g_ascii_strtod(line + strlen("VmHWM:"), NULL);
    getrusage(RUSAGE_SELF, &usage);
    return 1024 * (double)usage.ru_maxrss;
}

void
memory_reset_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");

    if (!file)
        return;
    fputs("5", file);
    fclose(file);
}

/* --- what the sections share --- */

void
bench_fail(const GError *error)
{
    fprintf(stderr, "measure: %s\n", error ? error->message : "out of order");
    exit(1);
}

static void
on_loaded(const char *line, const FalTable *table, const GError *error, gsize at, gsize n,
          gpointer data)
{
    (void)line, (void)table, (void)at, (void)n;
    if (error)
        bench_fail(error);
    *(gboolean *)data = TRUE;
}

FalDataset *
bench_dataset(Bench *b)
{
    gboolean loaded = FALSE;

    if (b->session)
        return fal_session_dataset(b->session);
    b->session = fal_session_new();
    fal_session_load(b->session, b->o.dataset, on_loaded, &loaded);
    while (!loaded)
        g_main_context_iteration(NULL, TRUE);
    return fal_session_dataset(b->session);
}

FalModel *
bench_model(Bench *b)
{
    FalDataset *dataset = bench_dataset(b);
    g_autoptr(GError) error = NULL;

    if (!b->model)
        b->model = fal_train(dataset, fal_dataset_plays(dataset), &b->o.train, NULL, NULL, NULL,
                             &error);
    if (!b->model)
        bench_fail(error);
    return b->model;
}

/* --- options --- */

static const struct {
    const char *name;
    void (*run)(Bench *bench);
    gboolean needs_data;
} sections[] = {
    {"machine", measure_machine, FALSE}, {"load", measure_load, TRUE},
    {"train", measure_train, TRUE},      {"phases", measure_phases, TRUE},
    {"search", measure_search, TRUE},    {"evaluate", measure_evaluate, TRUE},
    {"names", measure_names, TRUE},      {"half", measure_half, TRUE},
    {"file", measure_file, TRUE},
};

static gboolean
usage(const char *wrong)
{
    fprintf(stderr, "measure: %s\nmeasure --help shows the options\n", wrong);
    return FALSE;
}

/* The index of a name in a NULL-terminated list, -1 where it is not there. */
static int
place_in(const char *const *names, const char *name)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static gboolean
check_sections(const Options *o)
{
    g_auto(GStrv) asked = g_strsplit(o->what, ",", -1);

    for (char **name = asked; *name; name++) {
        gsize i = 0;
        while (i < G_N_ELEMENTS(sections) && strcmp(sections[i].name, *name) != 0)
            i++;
        if (i == G_N_ELEMENTS(sections)) {
            g_autofree char *wrong = g_strdup_printf("there is no section \"%s\"", *name);
            return usage(wrong);
        }
        if (sections[i].needs_data && !o->dataset)
            return usage("DATASET is missing");
    }
    return TRUE;
}

/* Puts what is given by name over the defaults; lambda and alpha below 0 are not given. */
static gboolean
apply_objective(Options *o, const char *preset, const char *solver, double lambda, double alpha)
{
    if (preset && place_in(fal_train_presets, preset) < 0)
        return usage("--preset is hkv, spark or implicit");
    if (preset)
        fal_train_settings_preset(&o->train, preset);
    if (solver && place_in(fal_solver_names, solver) < 0)
        return usage("--solver is cg or exact");
    if (solver)
        o->train.solver = (FalSolver)place_in(fal_solver_names, solver);
    o->train.lambda = lambda >= 0 ? lambda : o->train.lambda;
    o->train.alpha = alpha >= 0 ? alpha : o->train.alpha;
    g_autofree char *wrong = fal_train_settings_check(&o->train);
    if (wrong)
        return usage(wrong);
    if (o->threads < 0 || o->queries < 1)
        return usage("--threads and --queries count from 1");
    return TRUE;
}

static gboolean
parse_options(Options *o, int *argc, char ***argv)
{
    g_autofree char *preset = NULL, *solver = NULL;
    double lambda = -1, alpha = -1;
    const GOptionEntry entries[] = {
        {"what", 0, 0, G_OPTION_ARG_STRING, &o->what,
         "sections: machine,load,train,phases,search,evaluate,names,half,file", "LIST"},
        {"threads", 0, 0, G_OPTION_ARG_INT, &o->threads, "default: all cores", "N"},
        {"rank", 0, 0, G_OPTION_ARG_INT, &o->train.rank, "factors", "R"},
        {"iterations", 0, 0, G_OPTION_ARG_INT, &o->train.iterations, "of a training", "N"},
        {"preset", 0, 0, G_OPTION_ARG_STRING, &preset, "hkv, spark or implicit", "NAME"},
        {"lambda", 0, 0, G_OPTION_ARG_DOUBLE, &lambda, "regularization", "X"},
        {"alpha", 0, 0, G_OPTION_ARG_DOUBLE, &alpha, "weight of the plays", "X"},
        {"solver", 0, 0, G_OPTION_ARG_STRING, &solver, "cg or exact", "NAME"},
        {"queries", 0, 0, G_OPTION_ARG_INT64, &o->queries, "for latencies", "N"},
        {"short", 0, 0, G_OPTION_ARG_NONE, &o->brief, "few loads, small arrays of the machine",
         NULL},
        {"program", 0, 0, G_OPTION_ARG_FILENAME, &o->program, "the falsetto to load with",
         "FILE"},
        {"folder", 0, 0, G_OPTION_ARG_FILENAME, &o->folder,
         "for half: of factors; for evaluate: the ranking is written there", "FOLDER"},
        {"side", 0, 0, G_OPTION_ARG_STRING, &o->side, "for half: users or artists", "SIDE"},
        {"write-matrix", 0, 0, G_OPTION_ARG_FILENAME, &o->write_matrix, "the plays as arrays",
         "FOLDER"},
        {"write-factors", 0, 0, G_OPTION_ARG_FILENAME, &o->write_factors, "of train, as arrays",
         "FOLDER"},
        {"write-model", 0, 0, G_OPTION_ARG_FILENAME, &o->write_model, "of file, to keep",
         "FILE"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("[DATASET]");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, &error))
        return usage(error->message);
    /* Not before: what an option replaces is not freed. */
    o->what = o->what ? o->what : g_strdup("train");
    o->side = o->side ? o->side : g_strdup("artists");
    if (*argc > 2)
        return usage("one data set at a time");
    o->dataset = *argc == 2 ? (*argv)[1] : NULL;
    return apply_objective(o, preset, solver, lambda, alpha) && check_sections(o);
}

static gboolean
is_asked(const Options *o, const char *name)
{
    g_auto(GStrv) asked = g_strsplit(o->what, ",", -1);

    return g_strv_contains((const char *const *)asked, name);
}

static void
bench_clear(Bench *b)
{
    g_clear_pointer(&b->model, fal_model_unref);
    g_clear_pointer(&b->session, fal_session_free);
    g_free(b->o.what);
    g_free(b->o.program);
    g_free(b->o.folder);
    g_free(b->o.side);
    g_free(b->o.write_matrix);
    g_free(b->o.write_factors);
    g_free(b->o.write_model);
}

static void
write_all(Bench *b)
{
    /* The session sets the threads to all cores: after it, ours. */
    if (b->o.dataset && strcmp(b->o.what, "load") != 0)
        bench_dataset(b);
    fal_parallel_set_threads(b->o.threads);
    json_open(NULL, '{');
    json_real("threads", fal_parallel_threads());
    if (b->session) {
        const FalDatasetStats *s = fal_dataset_stats(bench_dataset(b));
        json_open("data", '{');
        json_real("users", s->users);
        json_real("artists", s->artists);
        json_real("pairs", (double)s->pairs);
        json_real("rows", (double)s->rows);
        json_close('}');
    }
    for (gsize i = 0; i < G_N_ELEMENTS(sections); i++)
        if (is_asked(&b->o, sections[i].name))
            sections[i].run(b);
    if (b->o.write_matrix)
        write_matrix(b);
    if (b->o.write_factors)
        write_factors(b);
    json_close('}');
    putchar('\n');
}

int
main(int argc, char **argv)
{
    Bench bench = {.o = {.queries = 1000}};
    gboolean good;

    fal_train_settings_init(&bench.o.train);
    good = parse_options(&bench.o, &argc, &argv);
    if (good)
        write_all(&bench);
    bench_clear(&bench);
    return !good ? 2 : fflush(stdout) == 0 ? 0 : 1;
}
