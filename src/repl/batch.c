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

#define MAX_LINE 65536

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
    Run run = {.session = session,
               .quiet = TRUE,
               .notes = strcmp(path, "demo") != 0,
               .reporter = fal_reporter_new(session)};

    fal_session_load(session, path, on_done, &run);
    return finish(&run);
}

int
fal_batch_open(FalSession *session, const char *path)
{
    Run run = {.session = session,
               .quiet = TRUE,
               .notes = TRUE,
               .reporter = fal_reporter_new(session)};

    fal_session_open(session, path, on_done, &run);
    return finish(&run);
}

/* The next line without its end. FALSE at the end of the file. What cannot be a command is not
 * read on: a device would go on for ever. *wrong says why. */
static gboolean
read_line(FILE *file, GString *line, const char **wrong)
{
    int c;

    *wrong = NULL;
    g_string_truncate(line, 0);
    while ((c = getc(file)) != EOF && c != '\n') {
        if (c == '\0')
            *wrong = "this is no text: there is a zero byte in it";
        else if (line->len == MAX_LINE)
            *wrong = "this line is too long: more than 65,536 bytes";
        if (*wrong)
            return TRUE;
        g_string_append_c(line, (char)c);
    }
    return c != EOF || line->len > 0;
}

/* Runs the lines of an open file. */
static int
run_lines(FalSession *session, FILE *file, const char *name, gboolean keep_going)
{
    g_autoptr(GString) line = g_string_new(NULL);
    const char *wrong;
    int status = 0;

    for (int number = 1; read_line(file, line, &wrong); number++) {
        g_autofree char *where = g_strdup_printf("%s:%d", name, number);
        if (wrong) {
            fprintf(stderr, "%s: %s\n", where, wrong);
            return status ? status : 2;
        }
        int now = fal_batch_line(session, line->str, where);
        status = status ? status : now;
        if ((now != 0 && !keep_going) || fal_session_quit(session))
            return status;
    }
    if (ferror(file)) {
        fprintf(stderr, "falsetto: cannot read %s: %s\n", name, g_strerror(errno));
        status = status ? status : 1;
    }
    return status;
}

int
fal_batch_file(FalSession *session, const char *path, gboolean keep_going)
{
    if (!strcmp(path, "-"))
        return run_lines(session, stdin, "standard input", keep_going);

    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "falsetto: cannot read the commands in %s: %s\n", path,
                g_strerror(errno));
        return 2;
    }
    int status = run_lines(session, file, path, keep_going);
    fclose(file);
    return status;
}
