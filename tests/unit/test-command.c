/* The command table, calls against it, settings, and running lines on a session.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "query/call.h"
#include "query/resolve.h"
#include "query/settings.h"
#include "query/training.h"

#include "fixture.h"

static const char plays[] =
    "1 10 5\n1 11 3\n2 10 1\n2 12 7\n3 10 2\n3 13 1\n3 14 9\n4 11 4\n4 12 6\n"
    "4 13 2\n5 14 8\n5 10 1\n5 15 3\n";
static const char names[] = "10\tThe Beatles\n11\tBjörk\n12\tKORN\n13\tKorn\n14\tn=5\n"
                            "20\tBeatles, The\n";
static const char aliases[] = "20\t10\n";

static void
test_table(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (const FalCommand *c = fal_commands(); c->name; c++) {
        g_autofree char *usage = fal_command_usage(c);
        g_autofree char *help = fal_command_help(c);
        g_assert_true(g_hash_table_add(seen, (gpointer)c->name));
        g_assert_nonnull(c->group);
        g_assert_nonnull(c->summary);
        g_assert_nonnull(c->help);
        g_assert_nonnull(c->run);
        g_assert_false(g_str_has_suffix(c->summary, "."));
        g_assert_true(g_str_has_prefix(usage, c->name));
        g_assert_nonnull(strstr(help, usage));
        for (const FalKeySpec *k = c->keys; k && k->name; k++) {
            g_autofree char *fallback = fal_key_fallback(k);
            double value;
            g_assert_nonnull(k->help);
            g_assert_nonnull(strstr(help, k->name));
            if (*fallback)
                g_assert_true(fal_key_parse(k, fallback, &value, NULL));
        }
        for (const FalColumn *col = c->columns; col && col->name; col++)
            g_assert_nonnull(col->help);
    }
    g_assert_cmpuint(g_hash_table_size(seen), >=, 16);
}

static void
test_find(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpstr(fal_command_find("similar", FALSE, NULL)->name, ==, "similar");
    g_assert_cmpstr(fal_command_find("sim", TRUE, NULL)->name, ==, "similar");
    g_assert_null(fal_command_find("sim", FALSE, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
    g_clear_error(&error);
    /* A whole verb is never short for a longer one. */
    g_assert_cmpstr(fal_command_find("artist", TRUE, NULL)->name, ==, "artist");
    g_assert_null(fal_command_find("s", TRUE, &error));
    g_assert_nonnull(strstr(error->message, "similar"));
    g_assert_nonnull(strstr(error->message, "stats"));
    g_clear_error(&error);
    g_assert_null(fal_command_find("simlar", TRUE, &error));
    g_assert_nonnull(strstr(error->message, "did you mean similar"));
}

typedef struct {
    const char *line;
    const char *bad;     /* the part of line at fault */
    const char *message; /* a part of the sentence */
} BadCase;

static const BadCase bad_cases[] = {
    {"frobnicate", "frobnicate", "no command"},
    {"similar", "", "similar needs ARTIST"},
    {"similar The Beatles m=5", "m=5", "no setting \"m\""},
    {"similar The Beatles n=-1", "n=-1", "out of range"},
    {"similar The Beatles n=x", "n=x", "takes a number"},
    {"similar The Beatles n=1.5", "n=1.5", "whole number"},
    {"similar The Beatles n=1 n=2", "n=2", "given twice"},
    {"train rnak=5", "rnak=5", "did you mean rank"},
    {"train rank=0", "rank=0", "out of range"},
    {"train alpha=nan", "alpha=nan", "takes a number"},
    {"train lambda=-1", "lambda=-1", "out of range"},
    {"train unobserved=0", "unobserved=0", "above 0"},
    {"train confidence=quadratic", "confidence=quadratic", "linear, log"},
    {"user 1 2", "2", "one word too many"},
    {"stats now", "now", "one word too many"},
    {"users by=play", "by=play", "did you mean plays"},
    {"artist \"The", "\"The", "not closed"},
};

static void
test_bad(gconstpointer data)
{
    const BadCase *c = data;
    g_autoptr(FalSession) session = fal_session_new();
    g_autoptr(GError) error = NULL;
    gsize at, n;

    g_assert_null(fal_call_parse(session, c->line, FALSE, &at, &n, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, c->message));
    g_autofree char *bad = g_strndup(c->line + at, n);
    g_assert_cmpstr(bad, ==, c->bad);
}

static void
test_parse(void)
{
    g_autoptr(FalSession) session = fal_session_new();
    gsize at, n;
    g_autoptr(FalCall) call =
        fal_call_parse(session, "similar n=3 Guns N'  Roses", FALSE, &at, &n, NULL);
    g_autoptr(FalCall) quoted =
        fal_call_parse(session, "similar \"n=5\"", FALSE, &at, &n, NULL);
    g_autoptr(FalCall) all = fal_call_parse(session, "similar x n=all", FALSE, &at, &n, NULL);

    g_assert_cmpstr(fal_call_word(call, 0), ==, "Guns N' Roses");
    g_assert_cmpint(fal_call_int(call, "n"), ==, 3);
    g_assert_true(fal_call_given(call, "n"));
    g_assert_cmpstr(fal_call_word(quoted, 0), ==, "n=5");
    g_assert_cmpint(fal_call_int(quoted, "n"), ==, 10);
    g_assert_false(fal_call_given(quoted, "n"));
    g_assert_cmpint(fal_call_int(all, "n"), ==, 0);
}

static void
test_settings(void)
{
    g_autoptr(FalSession) session = fal_session_new();
    g_autoptr(GError) error = NULL;

    for (const FalKeySpec *k = fal_settings(); k->name; k++) {
        g_autofree char *value = fal_session_get(session, k->name);
        g_autofree char *fallback = fal_key_fallback(k);
        g_assert_nonnull(value);
        if (strcmp(k->name, "preset"))
            g_assert_cmpstr(value, ==, fallback);
        g_assert_true(fal_session_set(session, k->name, value, NULL));
    }
    g_assert_true(fal_session_set(session, "lambda", "0.25", NULL));
    g_assert_cmpfloat(fal_session_train_settings(session)->lambda, ==, 0.25);
    g_assert_true(fal_session_set(session, "preset", "spark", NULL));
    g_autofree char *preset = fal_session_get(session, "preset");
    g_assert_cmpstr(preset, ==, "spark");
    g_assert_cmpint(fal_session_train_settings(session)->confidence, ==, FAL_CONFIDENCE_LINEAR);
    g_assert_true(fal_session_set(session, "nu", "0.5", NULL));
    g_autofree char *none = fal_session_get(session, "preset");
    g_assert_cmpstr(none, ==, "none");
    g_assert_false(fal_session_set(session, "lamda", "1", &error));
    g_assert_nonnull(strstr(error->message, "did you mean lambda"));
    g_assert_null(fal_session_get(session, "lamda"));
}

/* What came of a line. */
typedef struct {
    gboolean done;
    GError *error;
    gint64 n_rows;
    char *cell; /* of the first row: the last text cell */
} Answer;

static void
on_done(const char *line, const FalTable *table, const GError *error, gsize at, gsize n,
        gpointer data)
{
    Answer *a = data;
    int n_columns;

    (void)line;
    (void)at;
    (void)n;
    g_assert_false(a->done);
    a->done = TRUE;
    a->error = error ? g_error_copy(error) : NULL;
    if (!table)
        return;
    a->n_rows = fal_table_n_rows(table);
    const FalColumn *columns = fal_table_columns(table, &n_columns);
    for (int c = 0; c < n_columns && a->n_rows > 0; c++) {
        const FalCell *cell = fal_table_cell(table, 0, c);
        if (cell->type != FAL_CELL_NULL && columns[c].type == FAL_CELL_TEXT) {
            g_free(a->cell);
            a->cell = g_strdup(cell->v.text);
        }
    }
}

static void
answer_clear(Answer *a)
{
    g_clear_error(&a->error);
    g_free(a->cell);
    memset(a, 0, sizeof *a);
}

static void
run(FalSession *session, const char *line, Answer *a)
{
    answer_clear(a);
    fal_session_run(session, line, 0, on_done, a);
    while (!a->done)
        g_main_context_iteration(NULL, TRUE);
}

static FalSession *
session_with_data(void)
{
    FalSession *session = fal_session_new();
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(plays, names, aliases);

    fal_session_set_dataset(session, dataset);
    return session;
}

static void
test_needs(void)
{
    g_autoptr(FalSession) empty = fal_session_new();
    g_autoptr(FalSession) session = session_with_data();
    Answer a = {0};

    run(empty, "stats", &a);
    g_assert_error(a.error, FAL_ERROR, FAL_ERROR_DATA);
    g_assert_cmpint(fal_training_rank(empty), ==, 64);
    g_assert_cmpint(fal_training_rank(session), ==, 5);
    run(session, "similar The Beatles", &a);
    g_assert_error(a.error, FAL_ERROR, FAL_ERROR_MODEL);
    run(session, "train rank=2 iterations=2", &a);
    g_assert_no_error(a.error);
    g_assert_cmpint(a.n_rows, ==, 2);
    run(session, "check 1", &a);
    g_assert_error(a.error, FAL_ERROR, FAL_ERROR_MODEL);
    run(session, "", &a);
    g_assert_no_error(a.error);
    run(session, "# nothing", &a);
    g_assert_no_error(a.error);
    answer_clear(&a);
}

static void
test_whole_way(void)
{
    g_autoptr(FalSession) session = session_with_data();
    Answer a = {0};
    guint before = fal_session_generation(session);

    run(session, "split 0.4", &a);
    g_assert_no_error(a.error);
    run(session, "train rank=2 iterations=3 watch=1", &a);
    g_assert_no_error(a.error);
    g_assert_cmpuint(fal_session_generation(session), ==, before + 2);
    g_assert_nonnull(fal_session_held_out(session));
    run(session, "evaluate k=2 users=all", &a);
    g_assert_no_error(a.error);
    g_assert_cmpint(a.n_rows, ==, FAL_N_RANKERS);
    run(session, "evaluate part=test", &a);
    g_assert_error(a.error, FAL_ERROR, FAL_ERROR_FAILED);
    run(session, "recommend 1 n=all known=yes", &a);
    g_assert_cmpint(a.n_rows, ==, 6);
    run(session, "split 0.5 seed=3", &a);
    g_assert_null(fal_session_held_out(session));
    run(session, "split none", &a);
    g_assert_null(fal_session_split(session));
    FalTraining training;
    g_assert_true(fal_session_training(session, &training));
    g_assert_cmpint(training.n_iterations, ==, 3);
    g_assert_false(training.running);
    g_assert_false(isnan(training.iteration[0].ndcg));
    fal_training_clear(&training);
    answer_clear(&a);
}

static void
test_one_job(void)
{
    g_autoptr(FalSession) session = session_with_data();
    Answer first = {0}, second = {0};

    fal_session_run(session, "train rank=2 iterations=10000", 0, on_done, &first);
    g_assert_cmpstr(fal_session_job(session), ==, "train");
    run(session, "split 0.1", &second);
    g_assert_error(second.error, FAL_ERROR, FAL_ERROR_FAILED);
    run(session, "stats", &second);
    g_assert_no_error(second.error);
    fal_session_cancel(session);
    while (!first.done)
        g_main_context_iteration(NULL, TRUE);
    g_assert_null(fal_session_job(session));
    g_assert_true(!first.error || g_error_matches(first.error, FAL_ERROR, FAL_ERROR_CANCELLED));
    answer_clear(&first);
    /* Ending the session ends its job. */
    fal_session_run(session, "train rank=2 iterations=10000", 0, on_done, &first);
    g_clear_pointer(&session, fal_session_free);
    g_assert_true(first.done);
    answer_clear(&first);
    answer_clear(&second);
}

/* Work of a face: goes on until it is told to stop. */
typedef struct {
    int done, freed;
    gboolean cancelled;
} Own;

static gpointer
own_work(FalTask *task, gpointer data, GError **error)
{
    (void)data;
    while (!fal_task_stopped(task, error))
        g_thread_yield();
    return NULL;
}

static void
own_done(gpointer result, const GError *error, gpointer data)
{
    Own *own = data;

    g_assert_null(result);
    own->done++;
    own->cancelled = g_error_matches(error, FAL_ERROR, FAL_ERROR_CANCELLED);
}

static void
own_free(gpointer data)
{
    ((Own *)data)->freed++;
}

static void
test_own_job(void)
{
    g_autoptr(FalSession) session = session_with_data();
    g_autoptr(GError) error = NULL;
    Own first = {0}, second = {0};
    Answer answer = {0};

    g_assert_true(
        fal_session_start(session, "write", own_work, own_done, &first, own_free, NULL));
    g_assert_cmpstr(fal_session_job(session), ==, "write");
    /* It is the one job: no command and no other work beside it. */
    run(session, "split 0.1", &answer);
    g_assert_error(answer.error, FAL_ERROR, FAL_ERROR_FAILED);
    g_assert_nonnull(strstr(answer.error->message, "write is still running"));
    g_assert_false(
        fal_session_start(session, "write", own_work, own_done, &second, own_free, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_FAILED);
    g_assert_cmpint(second.done, ==, 0);
    g_assert_cmpint(second.freed, ==, 1);
    fal_session_cancel(session);
    while (!first.freed)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpint(first.done, ==, 1);
    g_assert_true(first.cancelled);
    g_assert_null(fal_session_job(session));
    /* Ending the session ends it. */
    g_assert_true(
        fal_session_start(session, "write", own_work, own_done, &second, own_free, NULL));
    g_clear_pointer(&session, fal_session_free);
    g_assert_cmpint(second.done, ==, 1);
    g_assert_cmpint(second.freed, ==, 2);
    answer_clear(&answer);
}

typedef struct {
    const char *name;
    gint64 id;           /* 0: an error ... */
    const char *message; /* ... that holds this */
} NameCase;

static const NameCase name_cases[] = {
    {"The Beatles", 10, NULL},
    {"the beatles", 10, NULL},
    {"THE  BEATLES ", 10, NULL},
    {"bjork", 11, NULL},
    {"KORN", 12, NULL}, /* the spelling decides between two that fold the same */
    {"Korn", 13, NULL},
    {"korn", 12, NULL}, /* two listeners each: the smaller id */
    {"beatles, the", 10, NULL},
    {"The B", 10, NULL},
    {"id:11", 11, NULL},
    {"id:20", 10, NULL}, /* an alias leads to its artist */
    {"#15", 15, NULL},
    {"id:99", 0, "no artist with plays has the id 99"},
    {"id:x", 0, "not a number"},
    {"Teh Beatles", 0, "did you mean The Beatles"},
    {"zzzzzz", 0, "no name is near"},
    {"", 0, "missing"},
};

static void
test_names(void)
{
    g_autoptr(FalSession) session = session_with_data();
    FalDataset *dataset = fal_session_dataset(session);

    for (gsize i = 0; i < G_N_ELEMENTS(name_cases); i++) {
        const NameCase *c = &name_cases[i];
        g_autoptr(GError) error = NULL;
        gint32 artist = fal_resolve_artist(dataset, c->name, &error);
        if (c->id) {
            g_assert_no_error(error);
            g_assert_cmpint(fal_dataset_artist_id(dataset, artist), ==, c->id);
        } else {
            g_assert_cmpint(artist, ==, -1);
            g_assert_error(error, FAL_ERROR, FAL_ERROR_FAILED);
            g_assert_nonnull(strstr(error->message, c->message));
        }
    }
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(fal_resolve_user(dataset, "7", &error), ==, -1);
    g_assert_error(error, FAL_ERROR, FAL_ERROR_FAILED);
    g_clear_error(&error);
    g_assert_cmpint(fal_resolve_user(dataset, "Anna", &error), ==, -1);
    g_assert_cmpint(fal_dataset_user_id(dataset, fal_resolve_user(dataset, "3", NULL)), ==, 3);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/query/command/table", test_table);
    g_test_add_func("/query/command/find", test_find);
    for (gsize i = 0; i < G_N_ELEMENTS(bad_cases); i++) {
        g_autofree char *path = g_strdup_printf("/query/command/bad/%zu", i);
        g_test_add_data_func(path, &bad_cases[i], test_bad);
    }
    g_test_add_func("/query/command/parse", test_parse);
    g_test_add_func("/query/settings", test_settings);
    g_test_add_func("/query/session/needs", test_needs);
    g_test_add_func("/query/session/whole-way", test_whole_way);
    g_test_add_func("/query/session/one-job", test_one_job);
    g_test_add_func("/query/session/own-job", test_own_job);
    g_test_add_func("/query/resolve/names", test_names);
    return g_test_run();
}
