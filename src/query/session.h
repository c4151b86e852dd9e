/* The session: which data, split and model are at hand, the settings, the running job. Owned
 * and used by the main thread only; both faces work on one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_SESSION_H
#define FAL_QUERY_SESSION_H

#include "eval/evaluate.h"
#include "query/bindings.h"
#include "query/colour.h"
#include "eval/tune.h"
#include "query/typed.h"
#include "query/job.h"
#include "query/redirect.h"
#include "query/table.h"
#include "query/you.h"

typedef struct FalSession FalSession;

FalSession *fal_session_new(void);
/* Cancels and waits for a running job. */
void fal_session_free(FalSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalSession, fal_session_free)

/* What is at hand; borrowed, NULL where there is none yet. */
FalDataset *fal_session_dataset(FalSession *session);
FalSplit *fal_session_split(FalSession *session);
FalModel *fal_session_model(FalSession *session);
/* The plays held out from the model at hand: NULL where it was trained on everything, or on
 * another split than the session's. */
FalPlays *fal_session_held_out(FalSession *session);

/* Swapped in by commands when a job ends; each takes a reference. A new data set drops split
 * and model; a new split keeps the model (fal_session_held_out() tells whether they fit). */
void fal_session_set_dataset(FalSession *session, FalDataset *dataset);
void fal_session_set_split(FalSession *session, FalSplit *split);
void fal_session_set_model(FalSession *session, FalModel *model, FalSplit *split);

/* Whether `load` may use the cache (data/cache.h) and keep data sets there; TRUE at first. */
void fal_session_set_cache(FalSession *session, gboolean cache);
gboolean fal_session_cache(FalSession *session);
/* Whether the state folder is used: for the history of lines, and for what was at hand last
 * time (last.h); TRUE at first. To be said before a face starts. */
void fal_session_set_state(FalSession *session, gboolean state);
gboolean fal_session_state(FalSession *session);
/* Lets the screens offer, when they start, what was at hand last time: nobody named anything
 * else. */
void fal_session_offer_last(FalSession *session);
gboolean fal_session_take_offer(FalSession *session);
/* Keeps a data set in the cache, in the background, if it is one to be kept. */
void fal_session_keep(FalSession *session, FalDataset *dataset);
/* Waits until that is done: for who will end the program, but not in the user's way.
 * fal_session_free() does not wait but breaks it off. */
void fal_session_settle(FalSession *session);

/* Your own artists (you.h), matched with the data at hand; read anew where the file has
 * changed. Borrowed. NULL with FAL_ERROR_DATA where the file cannot be read. */
FalYou *fal_session_you(FalSession *session, GError **error);

/* The user's keys (bindings.h), for as long as the session lives. Borrowed. */
FalBindings *fal_session_bindings(FalSession *session);
/* Removes what is kept of you (fal_you_erase()), readable or not, and the lines of `you` from
 * those that were typed; *lines: how many there were. */
gboolean fal_session_erase_you(FalSession *session, int *n, guint *lines, GError **error);

/* Counts up at each such change: who draws compares it. */
guint fal_session_generation(FalSession *session);

/* --- running command lines --- */

/* Called once per command line, on the main thread: at once for quick commands, from the main
 * context when the job ends for long ones. table is NULL for commands that answer nothing or
 * failed; borrowed for the call. error_at, error_n: the bytes of line that are at fault (n = 0:
 * none). */
typedef void (*FalDoneFn)(const char *line, const FalTable *table, const GError *error,
                          gsize error_at, gsize error_n, gpointer data);

enum {
    FAL_RUN_SHORT_VERBS = 1 << 0, /* a unique start of a verb will do (prompts) */
};

/* Runs the command of a line, whose answer is for `done` to take where it should go: here that
 * is only for the log. As below else. */
void fal_session_run_to(FalSession *session, const FalRedirect *to, guint flags, FalDoneFn done,
                        gpointer data);
/* Runs a line; blank lines and comments are done at once with neither table nor error. A long
 * command while a job runs is an error. done may be NULL. */
void fal_session_run(FalSession *session, const char *line, guint flags, FalDoneFn done,
                     gpointer data);
/* Starts a job for work that a face needs and no command asks for; name is static and tells
 * what it does. work and done as in query/job.h; data is freed with free_data (may be NULL)
 * after done, or at once where an error is given: another job runs. */
gboolean fal_session_start(FalSession *session, const char *name, FalJobWork work,
                           FalJobDone done, gpointer data, GDestroyNotify free_data,
                           GError **error);
/* What the running job does ("train", "load"), or NULL. */
const char *fal_session_job(FalSession *session);
/* The running job's task, or NULL: progress, cancel, pause. Borrowed until the job ends. */
FalTask *fal_session_task(FalSession *session);
void fal_session_cancel(FalSession *session);
/* Ends the process at once, where waiting for the job's thread is what would not end (a pipe
 * that nobody reads). Nothing unfinished stays. Who ends the program gives a job so many
 * seconds. */
#define FAL_LEAVE_SECONDS 5
void fal_session_abandon(int status) G_GNUC_NORETURN;
/* As the command `quit`: nothing more is to be run. */
void fal_session_set_quit(FalSession *session);
/* TRUE after the command `quit`. */
gboolean fal_session_quit(FalSession *session);
/* Starts loading path as the command `load` does: for names that need no quoting. */
void fal_session_load(FalSession *session, const char *path, FalDoneFn done, gpointer data);

/* The same with a model, as the command `open`. */
void fal_session_open(FalSession *session, const char *path, FalDoneFn done, gpointer data);
/* --- lines that are typed (shell.h) --- */

/* Called by a face with somebody at a terminal: from now on lines are kept in a history, in the
 * user's state folder; `tui` works too. */
void fal_session_set_typed(FalSession *session);
/* The history; NULL for a script. Borrowed. */
FalTyped *fal_session_history(FalSession *session);
/* What `source` asked for: the face runs the lines of that file before the next one. NULL where
 * nothing was; free with g_free(). */
char *fal_session_take_source(FalSession *session);
/* TRUE after the command `tui`, until it is taken. */
gboolean fal_session_asks_screens(FalSession *session);
gboolean fal_session_take_screens(FalSession *session);

/* --- the last evaluation --- */

typedef struct {
    const FalEvaluation *result; /* without what is kept per user; borrowed */
    const char *part;            /* "validation", "test" */
    FalMetric by;                /* who wins is told by this one, where one is to tell */
    gboolean current;            /* of the model at hand: none was trained since */
} FalEvaluated;

/* FALSE where nothing was evaluated on the data at hand. */
gboolean fal_session_evaluation(FalSession *session, FalEvaluated *out);
/* Takes result; part is static. */
void fal_session_set_evaluation(FalSession *session, FalEvaluation *result, const char *part,
                                FalMetric by, const FalModel *model);
/* All metrics were measured: another one may tell who wins, without evaluating anew. */
void fal_session_set_evaluated_by(FalSession *session, FalMetric by);

/* --- the runs of the last `tune` --- */

/* Borrowed until the session's generation changes; NULL where nothing was tuned on the data at
 * hand. */
const FalTuning *fal_session_tuning(FalSession *session);
/* Takes tuning. */
void fal_session_set_tuning(FalSession *session, FalTuning *tuning);

/* --- the training to watch: the running one's iterations, else the last one's --- */

typedef struct {
    FalTrainSettings settings;
    int n_iterations; /* done so far */
    FalIteration *iteration;
    double popular_ndcg; /* what the most-listeners list reaches, NaN where not measured */
    gboolean running;
} FalTraining;

/* The iteration whose factors are the model's, or would be if the training ended now: the last
 * that is to be kept, else the last of all. There is one at least. */
static inline const FalIteration *
fal_training_kept(const FalIteration *iteration, int n_iterations)
{
    int i = n_iterations - 1;

    while (i > 0 && !iteration[i].keep)
        i--;
    return &iteration[iteration[i].keep ? i : n_iterations - 1];
}

/* A copy of how the training stands; FALSE where there was none. Free with
 * fal_training_clear(). */
gboolean fal_session_training(FalSession *session, FalTraining *training);
void fal_training_clear(FalTraining *training);

/* --- settings: session-wide values behind the command `set` --- */

/* The value as text, or NULL for an unknown name. Free with g_free(). */
char *fal_session_get(FalSession *session, const char *name);
/* FAL_ERROR_USAGE: unknown name (with the nearest), value that cannot be read or is out of
 * range. */
gboolean fal_session_set(FalSession *session, const char *name, const char *value,
                         GError **error);
/* The colours that the command `color` gave. Borrowed. */
const FalPaint *fal_session_paint(FalSession *session);
/* What `train` without words would do. */
const FalTrainSettings *fal_session_train_settings(FalSession *session);

#endif
