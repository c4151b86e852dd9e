/* Commands without a prompt (see batch.h). Readline is no part of this: it would echo.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "repl/batch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "repl/report.h"

typedef struct {
    FalSession *session;
    FalReporter *reporter;
    const char *where;
    gboolean quiet; /* do not print the answer */
    gboolean notes; /* but print its notes */
    gboolean done;
    int status;
} Run;

static void
on_done(const char *line, const FalTable *table, const GError *error, gsize at, gsize n,
        gpointer data)
{
    Run *run = data;

    fal_reporter_settle(run->reporter);
    if (error)
        fal_report_error(run->where, line, at, n, error, FALSE);
    else if (table && run->notes)
        fal_report_notes(table);
    else if (table && !run->quiet && !fal_report_answer(run->session, table))
        run->status = 1;
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

int
fal_batch_line(FalSession *session, const char *line, const char *where)
{
    Run run = {.session = session, .reporter = fal_reporter_new(session), .where = where};

    fal_session_run(session, line, 0, on_done, &run);
    return finish(&run);
}

int
fal_batch_load(FalSession *session, const char *path)
{
    /* The demo's broken lines are there on purpose. */
    Run run = {.session = session, .quiet = TRUE, .notes = strcmp(path, "demo") != 0, .reporter = fal_reporter_new(session)};

    fal_session_load(session, path, on_done, &run);
    return finish(&run);
}

/* Runs the lines of an open file. */
static int
run_lines(FalSession *session, FILE *file, const char *name, gboolean keep_going)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    int status = 0;

    for (int number = 1; (length = getline(&line, &capacity, file)) >= 0; number++) {
        g_autofree char *where = g_strdup_printf("%s:%d", name, number);
        if (length > 0 && line[length - 1] == '\n')
            line[length - 1] = '\0';
        int now = fal_batch_line(session, line, where);
        if (now != 0 && status == 0)
            status = now;
        if ((now != 0 && !keep_going) || fal_session_quit(session))
            break;
    }
    if (ferror(file)) {
        fprintf(stderr, "falsetto: cannot read %s: %s\n", name, g_strerror(errno));
        status = status ? status : 1;
    }
    free(line);
    return status;
}

int
fal_batch_file(FalSession *session, const char *path, gboolean keep_going)
{
    if (!strcmp(path, "-"))
        return run_lines(session, stdin, "standard input", keep_going);

    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "falsetto: cannot read the commands in %s: %s\n", path, g_strerror(errno));
        return 2;
    }
    int status = run_lines(session, file, path, keep_going);
    fclose(file);
    return status;
}
