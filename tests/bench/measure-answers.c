/* What is asked of a model and of the names: recommendations, similar artists, evaluation,
 * filtering as one types.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "base/random.h"
#include "measure.h"
#include "query/browse.h"
#include "query/complete.h"
#include "query/resolve.h"

#define K           10
#define BATCH       1000 /* users */
#define INDEX_TIMES 3
#define EVALUATED   2000
#define CHECKS      50

/* Rows drawn with the same seed each time. */
static gint32 *
draw_rows(gint32 n_rows, gint64 n, guint64 seed)
{
    gint32 *rows = g_new(gint32, n);
    FalRandom random;

    fal_random_init(&random, seed);
    for (gint64 i = 0; i < n; i++)
        rows[i] = (gint32)fal_random_below(&random, (guint64)n_rows);
    return rows;
}

/* --- search --- */

static void
write_latencies(const Bench *b, const FalModel *model)
{
    const FalFactors *f = fal_model_factors(model);
    gint64 n = b->o.queries;
    g_autofree gint32 *users = draw_rows(f->n_users, n, 1);
    g_autofree gint32 *artists = draw_rows(f->n_artists, n, 2);
    g_autofree double *recommend = g_new(double, n), *similar = g_new(double, n);
    FalTop top[K];

    for (gint64 i = 0; i < n; i++) {
        double began = seconds_now(), between;
        fal_model_recommend(model, users[i], K, FALSE, top);
        between = seconds_now();
        fal_model_similar(model, artists[i], K, top);
        similar[i] = seconds_now() - between;
        recommend[i] = between - began;
    }
    json_spread("recommend", recommend, (gsize)n);
    json_spread("similar", similar, (gsize)n);
    /* Most artists have few listeners; those that people ask for have many. */
    for (gint64 i = 0; i < n; i++) {
        double began = seconds_now();
        fal_model_similar(model, artists[i] % MIN(10000, f->n_artists), K, top);
        similar[i] = seconds_now() - began;
    }
    json_spread("similar_known", similar, (gsize)n);
}

static double
time_many(const FalModel *model, const gint32 *users, gint32 n, FalTop *out, int *n_out)
{
    g_autoptr(GError) error = NULL;
    double began = seconds_now();

    if (!fal_model_recommend_many(model, users, n, K, FALSE, out, n_out, NULL, &error))
        bench_fail(error);
    return seconds_now() - began;
}

static void
write_many(const FalModel *model)
{
    gint32 n_users = fal_model_factors(model)->n_users;
    g_autofree gint32 *batch = draw_rows(n_users, BATCH, 3);
    g_autofree gint32 *all = g_new(gint32, n_users);
    g_autofree FalTop *out = g_new(FalTop, (gsize)MAX(n_users, BATCH) * K);
    g_autofree int *n_out = g_new(int, MAX(n_users, BATCH));
    double seconds[3];

    for (gint32 i = 0; i < n_users; i++)
        all[i] = i;
    for (gsize i = 0; i < G_N_ELEMENTS(seconds); i++)
        seconds[i] = time_many(model, batch, BATCH, out, n_out);
    json_spread("recommend_1000", seconds, G_N_ELEMENTS(seconds));
    json_real("recommend_all", time_many(model, all, n_users, out, n_out));
}

static void
write_index(const FalModel *model)
{
    const FalFactors *f = fal_model_factors(model);
    const gint64 *ids = fal_dataset_artist_ids(fal_model_dataset(model));
    double seconds[INDEX_TIMES];

    for (gsize i = 0; i < INDEX_TIMES; i++) {
        g_autoptr(GError) error = NULL;
        double began = seconds_now();
        g_autoptr(FalSearch) search =
            fal_search_new(f->artist, f->n_artists, f->stride, ids, &error);

        seconds[i] = seconds_now() - began;
        if (!search)
            bench_fail(error);
    }
    json_spread("index", seconds, INDEX_TIMES);
}

void
measure_search(Bench *b)
{
    FalModel *model = bench_model(b);
    int threads = fal_parallel_threads();

    json_open("search", '{');
    json_real("rank", fal_model_factors(model)->rank);
    write_index(model);
    fal_parallel_set_threads(1);
    write_latencies(b, model);
    fal_parallel_set_threads(threads);
    write_many(model);
    json_real("memory", memory_peak());
    json_close('}');
}

/* --- evaluate --- */

static void
write_checks(const Bench *b, const FalModel *model, FalPlays *held)
{
    g_autoptr(GError) error = NULL;
    gint32 n = 0;
    fal_autofree gint32 *user =
        fal_evaluate_sample(bench_dataset((Bench *)b), held, CHECKS, 1, &n, &error);
    double seconds[CHECKS];

    for (gint32 i = 0; user && i < n; i++) {
        double began = seconds_now();
        g_autoptr(FalCheck) check = fal_check_user(model, held, user[i], K, &error);

        seconds[i] = seconds_now() - began;
        if (!check)
            bench_fail(error);
    }
    json_spread("check", seconds, (gsize)n);
}

/* What implicit calls precision: all hits of all users by all that there could be. */
static double
recall_of_all(const FalEvaluation *evaluation, FalPlays *held)
{
    double hits = 0, all = 0;

    for (gint32 i = 0; i < evaluation->n_users; i++) {
        hits += evaluation->ranker[FAL_RANKER_MODEL].users[i].precision * evaluation->k;
        all += (double)MIN(evaluation->k,
                           fal_csr_count(fal_plays_by_user(held), evaluation->user[i]));
    }
    return hits / all;
}

void
measure_evaluate(Bench *b)
{
    FalDataset *dataset = bench_dataset(b);
    g_autoptr(GError) error = NULL;
    double began = seconds_now(), split_at, trained;
    g_autoptr(FalSplit) split = fal_split_fraction(dataset, 0.1, 1, NULL, &error);

    split_at = seconds_now();
    if (!split)
        bench_fail(error);
    g_autoptr(FalModel) model =
        fal_train(dataset, split->train, &b->o.train, NULL, NULL, NULL, &error);
    if (!model)
        bench_fail(error);
    memory_reset_peak();
    trained = seconds_now();
    g_autoptr(FalEvaluation) found =
        fal_evaluate(model, split->validation, K, b->o.folder ? 0 : EVALUATED, 1, NULL, &error);
    if (!found)
        bench_fail(error);
    json_open("evaluate", '{');
    json_real("split", split_at - began);
    json_real("seconds", seconds_now() - trained);
    json_real("users", found->n_users);
    json_real("ndcg", found->ranker[FAL_RANKER_MODEL].ndcg.mean);
    json_real("map", found->ranker[FAL_RANKER_MODEL].map.mean);
    json_real("recall_of_all", recall_of_all(found, split->validation));
    json_real("ndcg_most_listeners", found->ranker[FAL_RANKER_MOST_LISTENERS].ndcg.mean);
    write_checks(b, model, split->validation);
    if (b->o.folder)
        write_ranking(b->o.folder, model, split->validation);
    json_real("memory", memory_peak());
    json_close('}');
}

/* --- names --- */

#define MAX_TYPED 64

/* What people type into the filter, each letter of it a key. */
static const char *const typed[] = {"the bea",  "radiohead", "björk", "love of",
                                    "zz top x", "a",         "dj st", "qqqqqq"};

/* The key presses of one text: every longer start of it, then all taken back. */
static gsize
type_filter(FalBrowse *browse, const char *text, double *seconds)
{
    const char *end = text;
    gsize n = 0;

    while (*end) {
        end = g_utf8_next_char(end);
        g_autofree char *so_far = g_strndup(text, (gsize)(end - text));
        double began = seconds_now();
        fal_browse_filter(browse, so_far);
        if (fal_browse_n(browse) > 0)
            fal_browse_row(browse, 0);
        seconds[n++] = seconds_now() - began;
    }
    double began = seconds_now();
    fal_browse_filter(browse, "");
    seconds[n++] = seconds_now() - began;
    return n;
}

static void
write_filter(FalDataset *dataset)
{
    double seconds[G_N_ELEMENTS(typed) * 16 * 2], orders[3];
    const FalBrowseOrder order[] = {FAL_BY_NAME, FAL_BY_PLAYS, FAL_BY_LISTENERS};
    FalBrowse *browse = fal_browse_new(dataset, FAL_SUBJECT_ARTIST);
    gsize n = 0;

    for (int round = 0; round < 2; round++)
        for (gsize i = 0; i < G_N_ELEMENTS(typed); i++)
            n += type_filter(browse, typed[i], seconds + n);
    json_spread("filter_key", seconds, n);
    for (gsize i = 0; i < G_N_ELEMENTS(order); i++) {
        double began = seconds_now();
        fal_browse_sort(browse, order[i], FALSE);
        orders[i] = seconds_now() - began;
    }
    json_spread("first_sort", orders, G_N_ELEMENTS(orders));
    fal_browse_free(browse);
}

static void
write_completion(FalSession *session)
{
    double seconds[G_N_ELEMENTS(typed) * MAX_TYPED];
    gsize n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(typed); i++) {
        for (const char *end = typed[i]; *end; n++) {
            end = g_utf8_next_char(end);
            g_autofree char *start = g_strndup(typed[i], (gsize)(end - typed[i]));
            g_autofree char *line = g_strconcat("similar ", start, NULL);
            FalCompletion found;
            double began = seconds_now();

            fal_complete(session, line, strlen(line), &found);
            seconds[n] = seconds_now() - began;
            fal_completion_clear(&found);
        }
    }
    json_spread("complete", seconds, n);
}

static void
write_resolving(FalDataset *dataset, gint64 n)
{
    g_autofree gint32 *artists = draw_rows(fal_dataset_n_artists(dataset), n, 4);
    g_autofree double *seconds = g_new(double, n);
    double wrong[20];

    for (gint64 i = 0; i < n; i++) {
        const char *name = fal_dataset_artist_name(dataset, artists[i]);
        double began = seconds_now();

        fal_resolve_artist(dataset, name, NULL);
        seconds[i] = seconds_now() - began;
    }
    json_spread("resolve", seconds, (gsize)n);
    /* A name that is not there: the nearest ones are looked for. */
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *name = g_strdup_printf("Radiohed and %u", (guint)i);
        double began = seconds_now();

        fal_resolve_artist(dataset, name, NULL);
        wrong[i] = seconds_now() - began;
    }
    json_spread("resolve_wrong", wrong, G_N_ELEMENTS(wrong));
}

void
measure_names(Bench *b)
{
    FalDataset *dataset = bench_dataset(b);

    json_open("names", '{');
    write_filter(dataset);
    write_completion(b->session);
    write_resolving(dataset, MIN(b->o.queries, 200));
    json_close('}');
}
