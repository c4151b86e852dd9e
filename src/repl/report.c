/* Reporting (see report.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "repl/report.h"

#include <glib-unix.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/newfile.h"
#include "base/text.h"
#include "render/chart.h"
#include "render/render.h"
#include "repl/out.h"

#define TICK_MS       100
#define WORTH_TELLING 0.5            /* seconds */
#define PATIENCE      G_USEC_PER_SEC /* that a job has to stop once it was asked to */

struct FalReporter {
    FalSession *session;
    gboolean moving;  /* a line that is rewritten in place, ... */
    gboolean lines;   /* ... or a line for each iteration, ... */
    gboolean json;    /* ... or objects for programs, or none of them */
    FalProgress told; /* json: what was said last */
    gboolean shown;   /* something stands in the moving line */
    gboolean training;
    int n_iterations;    /* reported so far */
    gint64 asked;        /* when the job was asked to stop; 0: it was not */
    gboolean told_stuck; /* that it does not stop, where no line moves */
};

/* What the setting asks for; FALSE for auto. */
static gboolean
wanted_form(FalSession *session, FalOutput *output)
{
    g_autofree char *name = fal_session_get(session, "output");

    for (int i = 0; fal_output_names[i]; i++) {
        if (!strcmp(fal_output_names[i], name)) {
            *output = (FalOutput)i;
            return TRUE;
        }
    }
    return FALSE;
}

/* The answer tells of a file that was written, and that was the pipe to which it would go:
 * whoever reads there wants the file alone. */
static gboolean
is_of_the_pipe(const FalTable *table)
{
    int n;
    const FalColumn *column = fal_table_columns(table, &n);
    gboolean writes = !strcmp(fal_table_command(table), "export") ||
                      !strcmp(fal_table_command(table), "save");

    for (int i = 0; i < n && writes && fal_table_n_rows(table) > 0; i++)
        if (!strcmp(column[i].name, "file"))
            return fal_out_is_pipe(fal_table_cell(table, 0, i)->v.text);
    return FALSE;
}

static gboolean
print(FalSession *session, const FalTable *table, GError **error)
{
    FalOutput form = isatty(STDOUT_FILENO) ? FAL_OUTPUT_TABLE : FAL_OUTPUT_TSV;
    g_autofree char *pager = fal_session_get(session, "pager");

    if (is_of_the_pipe(table))
        return TRUE;
    wanted_form(session, &form);
    g_autofree char *text = fal_render(table, form, fal_out_width(STDOUT_FILENO));
    return !strcmp(pager, "yes") ? fal_out_paged(text, error) : fal_out_standard(text, error);
}

static gboolean
redirect(FalSession *session, const FalTable *table, const FalRedirect *to, GError **error)
{
    FalOutput form = FAL_OUTPUT_TSV;

    if (to->target == FAL_TO_PROGRAM || !fal_output_of_file(to->name, &form))
        wanted_form(session, &form);
    g_autofree char *text = fal_render(table, form, 0);
    if (to->target == FAL_TO_PROGRAM)
        return fal_out_program(to->name, text, error);
    return fal_out_file(to->name, to->target == FAL_TO_FILE_END, text, error);
}

gboolean
fal_report_answer(FalSession *session, const FalTable *table, const FalRedirect *to,
                  GError **error)
{
    gboolean ok = to && to->target != FAL_TO_SCREEN ? redirect(session, table, to, error)
                                                    : print(session, table, error);

    if (ok)
        fal_report_notes(table);
    return ok;
}

void
fal_report_time(FalSession *session, double seconds, gboolean typed)
{
    g_autofree char *timer = fal_session_get(session, "timer");
    g_autofree char *text = fal_text_duration(seconds);

    if (!strcmp(timer, "on") || (!strcmp(timer, "auto") && typed && seconds >= WORTH_TELLING))
        fprintf(stderr, "took %s\n", text);
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

static gboolean
does_not_stop(const FalReporter *r)
{
    return r->asked && g_get_monotonic_time() - r->asked >= PATIENCE;
}

static void
show_moving(FalReporter *r, FalTask *task)
{
    int width = fal_out_width(STDERR_FILENO);
    FalProgress progress;

    if (does_not_stop(r)) {
        fputs("\rstopping; Ctrl-C once more leaves\033[K", stderr);
        r->shown = TRUE;
        return;
    }

    fal_task_progress(task, &progress);
    if (!*progress.stage || width < 10)
        return;
    g_autofree char *line = fal_chart_progress(&progress, MIN(width - 1, 100));
    fprintf(stderr, "\r%s\033[K", line);
    r->shown = TRUE;
}

/* --- for programs: a JSON object a line --- */

static void
add_text(GString *out, const char *name, const char *value)
{
    g_autofree char *quoted = fal_render_json_string(value);

    g_string_append_printf(out, "%s\"%s\":%s", out->len > 1 ? "," : "", name, quoted);
}

/* NaN is null. */
static void
add_number(GString *out, const char *name, double value)
{
    g_autofree char *text = fal_text_exact(value, FALSE);

    g_string_append_printf(out, "%s\"%s\":%s", out->len > 1 ? "," : "", name, text);
}

/* How far the job is, where that has changed. */
static void
tell_progress(FalReporter *r, FalTask *task)
{
    FalProgress now;

    fal_task_progress(task, &now);
    if (!*now.stage || (now.done == r->told.done && !strcmp(now.stage, r->told.stage)))
        return;
    g_autoptr(GString) out = g_string_new("{");
    g_autofree char *stage = g_utf8_make_valid(now.stage, -1);
    add_text(out, "progress", fal_session_job(r->session));
    add_text(out, "stage", stage);
    add_number(out, "done", now.done);
    add_number(out, "total", now.total > 0 ? now.total : NAN);
    add_number(out, "seconds", now.seconds);
    fprintf(stderr, "%s}\n", out->str);
    r->told = now;
}

static void
tell_iteration(const FalIteration *it, int iterations)
{
    g_autoptr(GString) out = g_string_new("{");

    add_number(out, "iteration", it->iteration);
    add_number(out, "iterations", iterations);
    add_number(out, "loss", it->loss);
    add_number(out, "change", it->change);
    add_number(out, "ndcg", it->ndcg);
    add_number(out, "seconds", it->seconds);
    fprintf(stderr, "%s}\n", out->str);
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
        if (r->json) {
            tell_iteration(it, training.settings.iterations);
            continue;
        }
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
    else if (!r->json && !r->told_stuck && does_not_stop(r)) {
        fputs("falsetto: stopping; one more interrupt leaves\n", stderr);
        r->told_stuck = TRUE;
    }
    if (r->json && task)
        tell_progress(r, task);
    if (r->lines && r->training)
        show_iterations(r);
    fflush(stderr);
    return G_SOURCE_CONTINUE;
}

void
fal_report_left(int status)
{
    fputs("\nfalsetto: left, as what ran did not stop\n", stderr);
    fal_session_abandon(status);
}

void
fal_reporter_cancel(FalReporter *r)
{
    r->asked = r->asked ? r->asked : g_get_monotonic_time();
    fal_session_cancel(r->session);
}

static gboolean
on_interrupt(gpointer data)
{
    FalReporter *r = data;

    /* The terminal is as it was, and what was typed is kept. */
    if (does_not_stop(r))
        fal_report_left(130);
    fal_reporter_cancel(r);
    return G_SOURCE_CONTINUE;
}

FalReporter *
fal_reporter_new(FalSession *session)
{
    g_autofree char *form = fal_session_get(session, "progress");
    FalReporter *r = g_new0(FalReporter, 1);

    r->session = session;
    r->json = !strcmp(form, "json");
    r->lines = r->json || !strcmp(form, "lines");
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
