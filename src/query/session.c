/* The session: state, and running command lines on it (see session.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/session.h"

#include <unistd.h>

#include "base/error.h"
#include "base/newfile.h"
#include "base/paths.h"
#include "data/bare.h"
#include "data/cache.h"
#include "query/call.h"
#include "query/lex.h"
#include "query/session-private.h"
#include "query/settings.h"

#define HISTORY_FILE "history" /* of what was typed, in the state folder */

struct FalSession {
    FalDataset *dataset;
    FalSplit *split;
    FalModel *model;
    FalSplit *model_split; /* what the model was trained with, NULL: all plays */
    guint models;          /* counts them */
    char *model_path;      /* its file, NULL for none */
    FalEvaluation *evaluation;
    const char *evaluated_part;
    FalMetric evaluated_by;
    guint evaluated_model; /* its number, 0: one that was not at hand any more */
    FalTuning *tuning;     /* NULL where nothing was tuned */
    FalSettings settings;
    FalPaint paint;
    FalWatch *watch;
    FalYou *you;
    FalBindings *bindings;
    FalJob *job; /* the long command or face's own work that runs, NULL when idle */
    const char *job_name;
    FalShell shell;
    FalCacheWriter *writer; /* NULL where nothing was to be kept */
    gboolean cache, state;
    gboolean offers; /* what was at hand last time, at the start of the screens */
    guint generation;
    gboolean quit;
};

FalSession *
fal_session_new(void)
{
    FalSession *session = g_new0(FalSession, 1);

    fal_settings_init(&session->settings);
    fal_paint_init(&session->paint);
    session->watch = fal_watch_new();
    session->you = fal_you_new();
    session->bindings = fal_bindings_new();
    session->cache = session->state = TRUE;
    return session;
}

void
fal_session_free(FalSession *session)
{
    if (session->job)
        fal_job_finish(session->job);
    fal_cache_writer_finish(session->writer, TRUE);
    g_clear_pointer(&session->model, fal_model_unref);
    g_clear_pointer(&session->model_split, fal_split_unref);
    g_clear_pointer(&session->split, fal_split_unref);
    g_clear_pointer(&session->dataset, fal_dataset_unref);
    g_clear_pointer(&session->evaluation, fal_evaluation_free);
    g_clear_pointer(&session->tuning, fal_tuning_free);
    fal_watch_free(session->watch);
    fal_you_free(session->you);
    fal_bindings_free(session->bindings);
    fal_shell_clear(&session->shell);
    g_free(session->model_path);
    g_free(session);
}

FalDataset *
fal_session_dataset(FalSession *session)
{
    return session->dataset;
}

FalSplit *
fal_session_split(FalSession *session)
{
    return session->split;
}

FalModel *
fal_session_model(FalSession *session)
{
    return session->model;
}

FalPlays *
fal_session_held_out(FalSession *session)
{
    if (!session->model || !session->split || session->split != session->model_split)
        return NULL;
    return session->split->validation;
}

FalSplit *
fal_session_model_split(FalSession *session)
{
    return session->model_split;
}

void
fal_session_set_dataset(FalSession *session, FalDataset *dataset)
{
    fal_dataset_ref(dataset);
    g_clear_pointer(&session->model, fal_model_unref);
    g_clear_pointer(&session->model_split, fal_split_unref);
    g_clear_pointer(&session->split, fal_split_unref);
    g_clear_pointer(&session->dataset, fal_dataset_unref);
    g_clear_pointer(&session->evaluation, fal_evaluation_free);
    g_clear_pointer(&session->tuning, fal_tuning_free);
    session->dataset = dataset;
    g_clear_pointer(&session->model_path, g_free);
    fal_you_forget(session->you);
    session->generation++;
}

void
fal_session_set_split(FalSession *session, FalSplit *split)
{
    if (split)
        fal_split_ref(split);
    g_clear_pointer(&session->split, fal_split_unref);
    session->split = split;
    session->generation++;
}

void
fal_session_set_model(FalSession *session, FalModel *model, FalSplit *split)
{
    fal_model_ref(model);
    if (split)
        fal_split_ref(split);
    g_clear_pointer(&session->model, fal_model_unref);
    g_clear_pointer(&session->model_split, fal_split_unref);
    session->model = model;
    g_clear_pointer(&session->model_path, g_free);
    session->model_split = split;
    session->models++;
    session->generation++;
}

gboolean
fal_session_evaluation(FalSession *session, FalEvaluated *out)
{
    if (!session->evaluation)
        return FALSE;
    *out = (FalEvaluated){.result = session->evaluation,
                          .part = session->evaluated_part,
                          .by = session->evaluated_by,
                          .current = session->model && session->evaluated_model &&
                                     session->evaluated_model == session->models};
    return TRUE;
}

void
fal_session_set_evaluation(FalSession *session, FalEvaluation *result, const char *part,
                           FalMetric by, const FalModel *model)
{
    fal_evaluation_shrink(result);
    g_clear_pointer(&session->evaluation, fal_evaluation_free);
    session->evaluation = result;
    session->evaluated_part = part;
    session->evaluated_by = by;
    session->evaluated_model = model == session->model ? session->models : 0;
}

void
fal_session_set_evaluated_by(FalSession *session, FalMetric by)
{
    session->evaluated_by = by;
}

const FalTuning *
fal_session_tuning(FalSession *session)
{
    return session->tuning;
}

void
fal_session_set_tuning(FalSession *session, FalTuning *tuning)
{
    g_clear_pointer(&session->tuning, fal_tuning_free);
    session->tuning = tuning;
    session->generation++;
}

void
fal_session_set_cache(FalSession *session, gboolean cache)
{
    session->cache = cache;
}

gboolean
fal_session_cache(FalSession *session)
{
    return session->cache;
}

void
fal_session_set_model_path(FalSession *session, const char *path)
{
    g_free(session->model_path);
    session->model_path = g_strdup(path);
}

const char *
fal_session_model_path(FalSession *session)
{
    return session->model_path;
}

void
fal_session_set_state(FalSession *session, gboolean state)
{
    session->state = state;
}

gboolean
fal_session_state(FalSession *session)
{
    return session->state;
}

void
fal_session_offer_last(FalSession *session)
{
    session->offers = TRUE;
}

gboolean
fal_session_take_offer(FalSession *session)
{
    gboolean offers = session->offers;

    session->offers = FALSE;
    return offers;
}

void
fal_session_keep(FalSession *session, FalDataset *dataset)
{
    FalCacheWriter *before = session->writer;

    /* Who loads another set before the last one is kept does not wait for that. */
    fal_cache_writer_finish(before, TRUE);
    session->writer = session->cache ? fal_cache_writer_start(dataset, FAL_CACHE_FROM) : NULL;
}

void
fal_session_settle(FalSession *session)
{
    fal_cache_writer_finish(g_steal_pointer(&session->writer), FALSE);
}

guint
fal_session_generation(FalSession *session)
{
    return session->generation;
}

FalYou *
fal_session_you(FalSession *session, GError **error)
{
    return fal_you_open(session->you, session->dataset, error) ? session->you : NULL;
}

FalMatched *
fal_session_names_to_match(FalSession *session)
{
    /* A script may never ask for them. */
    GPtrArray *names = session->shell.history ? fal_you_names(session->you) : NULL;

    return names ? fal_matched_new(names) : NULL;
}

void
fal_session_take_matched(FalSession *session, FalMatched *matched)
{
    if (matched)
        fal_you_matched(session->you, matched);
}

FalBindings *
fal_session_bindings(FalSession *session)
{
    return session->bindings;
}

/* By its verb, which may have been typed short. */
static gboolean
is_about_you(const char *line)
{
    g_autofree char *verb = g_strndup(line, strcspn(line, " \t"));
    const FalCommand *command = fal_command_find(verb, TRUE, NULL);

    return command && !strcmp(command->name, "you");
}

gboolean
fal_session_erase_you(FalSession *session, int *n, guint *lines, GError **error)
{
    FalTyped *history = session->shell.history;

    *lines = 0;
    if (!fal_you_erase(session->you, n, error))
        return FALSE;
    if (history)
        return fal_typed_forget(history, is_about_you, lines, error);
    /* A script keeps no lines, but may take some away. */
    g_autofree char *path = fal_paths_state_seen(HISTORY_FILE);
    if (!session->state || !g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    g_autoptr(FalTyped) kept = fal_typed_new(path);
    return fal_typed_forget(kept, is_about_you, lines, error);
}

FalWatch *
fal_session_watch(FalSession *session)
{
    return session->watch;
}

FalPaint *
fal_session_own_paint(FalSession *session)
{
    return &session->paint;
}

const FalPaint *
fal_session_paint(FalSession *session)
{
    return &session->paint;
}

FalSettings *
fal_session_settings(FalSession *session)
{
    return &session->settings;
}

FalShell *
fal_session_shell(FalSession *session)
{
    return &session->shell;
}

void
fal_session_set_typed(FalSession *session)
{
    g_autofree char *path = session->state ? fal_paths_state(HISTORY_FILE) : NULL;

    if (!session->shell.history)
        session->shell.history = fal_typed_new(path);
}

FalTyped *
fal_session_history(FalSession *session)
{
    return session->shell.history;
}

char *
fal_session_take_source(FalSession *session)
{
    return g_steal_pointer(&session->shell.source);
}

gboolean
fal_session_asks_screens(FalSession *session)
{
    return session->shell.screens;
}

gboolean
fal_session_take_screens(FalSession *session)
{
    gboolean asked = session->shell.screens;

    session->shell.screens = FALSE;
    return asked;
}

void
fal_session_set_quit(FalSession *session)
{
    session->quit = TRUE;
}

gboolean
fal_session_quit(FalSession *session)
{
    return session->quit;
}

const char *
fal_session_job(FalSession *session)
{
    return session->job ? session->job_name : NULL;
}

FalTask *
fal_session_task(FalSession *session)
{
    return session->job ? fal_job_task(session->job) : NULL;
}

void
fal_session_cancel(FalSession *session)
{
    if (session->job) {
        fal_task_cancel(fal_session_task(session));
        fal_task_pause(fal_session_task(session), FALSE);
    }
}

void
fal_session_abandon(int status)
{
    fal_new_file_remove_unfinished();
    _exit(status);
}

gboolean
fal_session_training(FalSession *session, FalTraining *training)
{
    return fal_watch_copy(session->watch, training);
}

void
fal_training_clear(FalTraining *training)
{
    g_clear_pointer(&training->iteration, g_free);
}

char *
fal_session_get(FalSession *session, const char *name)
{
    return fal_settings_get(&session->settings, name);
}

gboolean
fal_session_set(FalSession *session, const char *name, const char *value, GError **error)
{
    return fal_settings_set(&session->settings, name, value, error);
}

const FalTrainSettings *
fal_session_train_settings(FalSession *session)
{
    return &session->settings.train;
}

/* --- running --- */

static gboolean
check_idle(const FalSession *session, GError **error)
{
    if (session->job)
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED,
                    "%s is still running: wait for it, or cancel it with Ctrl-C",
                    session->job_name);
    return !session->job;
}

static gboolean
check_needs(FalSession *session, FalCall *call, GError **error)
{
    const FalCommand *command = call->command;

    if ((command->flags & FAL_NEEDS_DATA) && !session->dataset) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    "%s needs data, and none is loaded: load PATH, or load demo",
                    command->name);
        return FALSE;
    }
    gboolean held_out = (command->flags & FAL_NEEDS_HELD_OUT) != 0 && !fal_call_is_you(call, 0);
    if (((command->flags & FAL_NEEDS_PLAYS) || held_out) && session->dataset &&
        fal_dataset_is_bare(session->dataset)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    "%s needs plays, and there is only a model: load its data, then open it "
                    "again",
                    command->name);
        return FALSE;
    }
    if ((command->flags & FAL_NEEDS_MODEL) && !session->model) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL,
                    "%s needs a model, and there is none yet: train makes one, open brings one",
                    command->name);
        return FALSE;
    }
    if (held_out && !fal_session_held_out(session)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL,
                    "%s needs plays that were held out from the model: %s", command->name,
                    session->split ? "train again with this split" : "split 0.1, then train");
        return FALSE;
    }
    return !(command->flags & FAL_IS_LONG) || check_idle(session, error);
}

static void
answer(FalCall *call, const GError *error)
{
    FalShell *shell = &call->session->shell;

    if (error || !(call->command->flags & FAL_IS_NOT_LOGGED))
        fal_shell_note(shell, call->line, call->tail, error);
    if (call->done)
        call->done(call->line, error ? NULL : call->table, error, call->error_at, call->error_n,
                   call->done_data);
    if (!error && call->table)
        fal_shell_keep(shell, g_steal_pointer(&call->table));
}

static gpointer
job_work(FalTask *task, gpointer data, GError **error)
{
    FalCall *call = data;

    return call->work(task, call->data, error);
}

static void
job_done(gpointer result, const GError *job_error, gpointer data)
{
    FalCall *call = data;
    g_autoptr(GError) error = NULL;

    call->session->job = NULL;
    if (!job_error)
        call->finish(call, result, &error);
    answer(call, job_error ? job_error : error);
}

void
fal_session_run(FalSession *session, const char *line, guint flags, FalDoneFn done,
                gpointer data)
{
    FalRedirect to = {.command = (char *)line};

    fal_session_run_to(session, &to, flags, done, data);
}

void
fal_session_run_to(FalSession *session, const FalRedirect *to, guint flags, FalDoneFn done,
                   gpointer data)
{
    const char *line = to->command;
    g_autoptr(GError) error = NULL;
    g_autoptr(FalCall) call = NULL;
    gsize at, n;

    call = fal_call_parse(session, line, (flags & FAL_RUN_SHORT_VERBS) != 0, &at, &n, &error);
    if (!call) {
        if (done)
            done(line, NULL, error, at, error ? n : 0, data);
        return;
    }
    call->tail = g_strdup(to->tail);
    call->done = done;
    call->done_data = data;
    if (!check_needs(session, call, &error) || !call->command->run(call, &error)) {
        answer(call, error);
        return;
    }
    if (!call->work) {
        answer(call, NULL);
        return;
    }
    session->job_name = call->command->name;
    session->job = fal_job_start(job_work, job_done, g_steal_pointer(&call),
                                 (GDestroyNotify)fal_call_free);
}

/* --- work that no command asks for --- */

typedef struct {
    FalSession *session;
    FalJobWork work;
    FalJobDone done;
    gpointer data;
    GDestroyNotify free_data;
} OwnWork;

static gpointer
own_work(FalTask *task, gpointer data, GError **error)
{
    OwnWork *own = data;

    return own->work(task, own->data, error);
}

static void
own_done(gpointer result, const GError *error, gpointer data)
{
    OwnWork *own = data;

    own->session->job = NULL;
    own->done(result, error, own->data);
}

static void
own_free(gpointer data)
{
    OwnWork *own = data;

    if (own->free_data)
        own->free_data(own->data);
    g_free(own);
}

gboolean
fal_session_start(FalSession *session, const char *name, FalJobWork work, FalJobDone done,
                  gpointer data, GDestroyNotify free_data, GError **error)
{
    OwnWork *own = g_new0(OwnWork, 1);

    *own = (OwnWork){session, work, done, data, free_data};
    if (!check_idle(session, error)) {
        own_free(own);
        return FALSE;
    }
    session->job_name = name;
    session->job = fal_job_start(own_work, own_done, own, own_free);
    return TRUE;
}

static void
run_on_path(FalSession *session, const char *verb, const char *path, FalDoneFn done,
            gpointer data)
{
    g_autofree char *quoted = fal_lex_quote(path);
    g_autofree char *line = g_strconcat(verb, " ", quoted, NULL);

    fal_session_run(session, line, 0, done, data);
}

void
fal_session_load(FalSession *session, const char *path, FalDoneFn done, gpointer data)
{
    run_on_path(session, "load", path, done, data);
}

void
fal_session_open(FalSession *session, const char *path, FalDoneFn done, gpointer data)
{
    run_on_path(session, "open", path, done, data);
}
