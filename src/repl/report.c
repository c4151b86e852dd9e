/* Reporting (see report.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "repl/report.h"

#include <errno.h>
#include <glib-unix.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "render/chart.h"
#include "render/render.h"

#define TICK_MS 100

struct FalReporter {
    FalSession *session;
    gboolean moving; /* a line that is rewritten in place, ... */
    gboolean lines;  /* ... or a line for each iteration, or neither */
    gboolean shown;  /* something stands in the moving line */
    gboolean training;
    int n_iterations; /* reported so far */
};

/* Cells of the terminal behind fd, 0 where it is none. */
static int
terminal_width(int fd)
{
    struct winsize size;

    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

static FalOutput
output_form(FalSession *session)
{
    g_autofree char *name = fal_session_get(session, "output");

    for (int i = 0; fal_output_names[i]; i++)
        if (!strcmp(fal_output_names[i], name))
            return (FalOutput)i;
    return isatty(STDOUT_FILENO) ? FAL_OUTPUT_TABLE : FAL_OUTPUT_TSV;
}

gboolean
fal_report_answer(FalSession *session, const FalTable *table)
{
    g_autofree char *text =
        fal_render(table, output_form(session), terminal_width(STDOUT_FILENO));

    if (fputs(text, stdout) == EOF || fflush(stdout) == EOF) {
        /* A reader that has left has seen enough. */
        if (errno != EPIPE)
            fprintf(stderr, "falsetto: cannot write the answer: %s\n", g_strerror(errno));
        return FALSE;
    }
    fal_report_notes(table);
    return TRUE;
}

void
fal_report_notes(const FalTable *table)
{
    for (const char *const *note = fal_table_notes(table); *note; note++) {
        g_autofree char *safe = fal_text_safe(*note);
        fprintf(stderr, "%s\n", safe);
    }
}

void
fal_report_error(const char *where, const char *line, gsize at, gsize n, const GError *error,
                 gboolean caret)
{
    g_autofree char *safe = fal_text_safe(error->message);

    if (caret && line && (n > 0 || at > 0)) {
        g_autofree char *shown = fal_render_diagnosis(line, at, n, error->message);
        fprintf(stderr, "%s\n", shown);
        return;
    }
    fprintf(stderr, "%s: %s\n", where ? where : "falsetto", safe);
}

static void
show_moving(FalReporter *r, FalTask *task)
{
    int width = terminal_width(STDERR_FILENO);
    FalProgress progress;

    fal_task_progress(task, &progress);
    if (!*progress.stage || width < 10)
        return;
    g_autofree char *line = fal_chart_progress(&progress, MIN(width - 1, 100));
    fprintf(stderr, "\r%s\033[K", line);
    r->shown = TRUE;
}

/* A line for each iteration that was not reported yet. */
static void
show_iterations(FalReporter *r)
{
    FalTraining training;

    if (!fal_session_training(r->session, &training))
        return;
    for (int i = r->n_iterations; i < training.n_iterations; i++) {
        const FalIteration *it = &training.iteration[i];
        g_autofree char *loss = fal_text_real(it->loss, 6);
        g_autofree char *seconds = fal_text_duration(it->seconds);
        fprintf(stderr, "iteration %d/%d  loss %s", it->iteration, training.settings.iterations,
                loss);
        if (!isnan(it->change))
            fprintf(stderr, "  %+.2f %%", 100 * it->change);
        if (!isnan(it->ndcg))
            fprintf(stderr, "  ndcg %.4f  recall %.4f", it->ndcg, it->recall);
        fprintf(stderr, "  %s\n", seconds);
    }
    r->n_iterations = training.n_iterations;
    fal_training_clear(&training);
}

static gboolean
tick(gpointer data)
{
    FalReporter *r = data;
    FalTask *task = fal_session_task(r->session);

    if (r->moving && task)
        show_moving(r, task);
    else if (r->lines && r->training)
        show_iterations(r);
    fflush(stderr);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_interrupt(gpointer data)
{
    FalReporter *r = data;

    fal_session_cancel(r->session);
    return G_SOURCE_CONTINUE;
}

FalReporter *
fal_reporter_new(FalSession *session)
{
    g_autofree char *form = fal_session_get(session, "progress");
    FalReporter *r = g_new0(FalReporter, 1);

    r->session = session;
    r->lines = !strcmp(form, "lines");
    r->moving = !strcmp(form, "auto") && isatty(STDERR_FILENO);
    return r;
}

void
fal_reporter_wait(FalReporter *r, const gboolean *done)
{
    guint signal = g_unix_signal_add(SIGINT, on_interrupt, r);
    guint timer = g_timeout_add(TICK_MS, tick, r);

    r->training = !g_strcmp0(fal_session_job(r->session), "train");
    while (!*done)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(timer);
    g_source_remove(signal);
}

void
fal_reporter_settle(FalReporter *r)
{
    if (r->shown)
        fputs("\r\033[K", stderr);
    r->shown = FALSE;
    if (r->lines && r->training)
        show_iterations(r);
    fflush(stderr);
}

void
fal_reporter_free(FalReporter *r)
{
    fal_reporter_settle(r);
    g_free(r);
}
