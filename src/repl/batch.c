/* Commands without a prompt (see batch.h). Readline is no part of this: it would echo.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "repl/batch.h"

#include <string.h>

#include "base/error.h"
#include "query/script.h"
#include "repl/report.h"

#define MAX_DEPTH 16 /* of files that source each other */

typedef struct {
    FalSession *session;
    FalReporter *reporter;
    const char *where;
    const FalRedirect *to;
    gboolean quiet; /* do not print the answer */
    gboolean notes; /* but print its notes */
    char **told;    /* and give them back; NULL: do not */
    gboolean done;
    int status;
} Run;

static void
on_done(const char *line, const FalTable *table, const GError *error, gsize at, gsize n,
        gpointer data)
{
    Run *run = data;
    g_autoptr(GError) unwritten = NULL;

    fal_reporter_settle(run->reporter);
    if (error)
        fal_report_error(run->where, line, at, n, error, FALSE);
    else if (table && run->notes) {
        fal_report_notes(table);
        if (run->told)
            *run->told = g_strjoinv("; ", (char **)fal_table_notes(table));
    } else if (table && !run->quiet &&
               !fal_report_answer(run->session, table, run->to, &unwritten))
        run->status = unwritten ? fal_error_exit_status(unwritten) : 1;
    if (unwritten)
        fal_report_error(run->where, line, 0, 0, unwritten, FALSE);
    if (error)
        run->status = fal_error_exit_status(error);
    run->done = TRUE;
}

static int
finish(Run *run)
{
    if (!run->done)
        fal_reporter_wait(run->reporter, &run->done);
    fal_reporter_free(run->reporter);
    return run->status;
}

static int run_file(FalSession *session, const char *path, const char *where,
                    gboolean keep_going);

static int
run_line(FalSession *session, const char *line, const char *where, gboolean keep_going)
{
    Run run = {.session = session, .where = where};
    g_auto(FalRedirect) to = {0};
    g_autoptr(GError) error = NULL;
    gint64 start = g_get_monotonic_time();
    gsize at, n;

    if (!fal_redirect_parse(line, &to, &at, &n, &error)) {
        fal_report_error(where, line, at, n, error, FALSE);
        return fal_error_exit_status(error);
    }
    run.to = &to;
    run.reporter = fal_reporter_new(session);
    fal_session_run_to(session, &to, 0, on_done, &run);
    int status = finish(&run);
    g_autofree char *source = fal_session_take_source(session);
    if (source)
        status = run_file(session, source, where, keep_going);
    else
        fal_report_time(session, (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC,
                        FALSE);
    return status;
}

int
fal_batch_line(FalSession *session, const char *line, const char *where, gboolean keep_going)
{
    return run_line(session, line, where, keep_going);
}

int
fal_batch_load(FalSession *session, const char *path)
{
    /* The demo's broken lines are there on purpose. */
    Run run = {.session = session,
               .quiet = TRUE,
               .notes = strcmp(path, "demo") != 0,
               .reporter = fal_reporter_new(session)};

    fal_session_load(session, path, on_done, &run);
    return finish(&run);
}

int
fal_batch_open(FalSession *session, const char *path, char **told)
{
    Run run = {.session = session,
               .quiet = TRUE,
               .notes = TRUE,
               .told = told,
               .reporter = fal_reporter_new(session)};

    fal_session_open(session, path, on_done, &run);
    return finish(&run);
}

/* Runs the lines of a script. */
static int
run_lines(FalSession *session, FalScript *script, gboolean keep_going)
{
    g_autoptr(GError) error = NULL;
    const char *line;
    int status = 0;

    while ((line = fal_script_next(script, &error))) {
        int now = run_line(session, line, fal_script_where(script), keep_going);
        status = status ? status : now;
        if ((now != 0 && !keep_going) || fal_session_quit(session))
            return status;
    }
    if (error) {
        /* What cannot be read has no line that is at fault. */
        gboolean text = g_error_matches(error, FAL_ERROR, FAL_ERROR_USAGE);
        fal_report_error(text ? fal_script_where(script) : NULL, NULL, 0, 0, error, FALSE);
        status = status ? status : fal_error_exit_status(error);
    }
    return status;
}

/* where: of the line that asks for it. */
static int
run_file(FalSession *session, const char *path, const char *where, gboolean keep_going)
{
    static int depth;
    g_autoptr(GError) error = NULL;
    g_autoptr(FalScript) script = NULL;

    if (depth == MAX_DEPTH)
        g_set_error(&error, FAL_ERROR, FAL_ERROR_USAGE,
                    "%s would be the %dth file within another: do they run each other?", path,
                    MAX_DEPTH + 1);
    else
        script = fal_script_open(path, &error);
    if (!script) {
        fal_report_error(where, NULL, 0, 0, error, FALSE);
        return fal_error_exit_status(error);
    }
    depth++;
    int status = run_lines(session, script, keep_going);
    depth--;
    return status;
}

int
fal_batch_file(FalSession *session, const char *path, gboolean keep_going)
{
    return run_file(session, path, NULL, keep_going);
}
