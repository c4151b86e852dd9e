/* Running commands from the screens, and what the screens do by themselves: load, hold out,
 * train. Answers come later, on the main loop, perhaps when the screens are gone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/newfile.h"
#include "base/text.h"
#include "query/redirect.h"
#include "query/script.h"
#include "render/render.h"

#define HELD_OUT "split 0.1"

FalAppLink *
fal_app_link_ref(FalAppLink *link)
{
    link->ref_count++;
    return link;
}

void
fal_app_link_unref(FalAppLink *link)
{
    if (--link->ref_count == 0)
        g_free(link);
}

/* Adds to the message that still stands, as nobody had the time to read it. */
static void
say_more(FalApp *app, const char *text)
{
    g_autofree char *both = app->message && !app->failed && !app->passing
                                ? g_strconcat(app->message, "; ", text, NULL)
                                : g_strdup(text);

    fal_app_say(app, both);
}

static void
say_notes(FalApp *app, const FalTable *table)
{
    for (const char *const *note = fal_table_notes(table); note && *note; note++)
        say_more(app, *note);
}

static void
tell_error(FalApp *app, const GError *error)
{
    if (g_error_matches(error, FAL_ERROR, FAL_ERROR_CANCELLED))
        fal_app_say(app, "stopped");
    else
        fal_app_fail(app, error->message);
}

/* Whether a note of the training says why it made fewer iterations than it was asked for. */
static gboolean
tells_end(const char *note)
{
    return g_str_has_prefix(note, "stopped") || g_str_has_prefix(note, "converged");
}

/* "trained 15 iterations in 0.8 s", or why it were fewer. */
static char *
end_text(const FalTraining *training, const FalTable *table)
{
    const FalIteration *last = &training->iteration[training->n_iterations - 1];
    g_autofree char *time = fal_text_duration(last->seconds);

    for (const char *const *note = fal_table_notes(table); note && *note; note++)
        if (tells_end(*note))
            return g_strdup(*note);
    return g_strdup_printf("trained %d iteration%s in %s", last->iteration,
                           last->iteration == 1 ? "" : "s", time);
}

/* " (before: 0.538)" where the training before was measured on the same plays, else "". Keeps
 * this one's for the next. */
static char *
before_text(FalApp *app, double ndcg)
{
    FalSplit *split = fal_session_split(app->session);
    gboolean same = app->measured_on && app->measured_on == split && !isnan(ndcg);
    g_autofree char *before = same ? fal_text_metric(app->measured) : NULL;

    g_clear_pointer(&app->measured_on, fal_split_unref);
    if (split && !isnan(ndcg))
        app->measured_on = fal_split_ref(split);
    app->measured = ndcg;
    return before ? g_strdup_printf(" (before: %s)", before) : g_strdup("");
}

/* What came out of the training, against the list to beat where that was measured. */
static void
say_trained(FalApp *app, const FalTable *table)
{
    FalTraining training;

    if (!fal_session_training(app->session, &training))
        return;
    if (training.n_iterations > 0) {
        double ndcg = fal_training_kept(training.iteration, training.n_iterations)->ndcg;
        g_autofree char *end = end_text(&training, table);
        g_autofree char *ours = fal_text_metric(ndcg);
        g_autofree char *theirs = fal_text_metric(training.popular_ndcg);
        gboolean measured = !isnan(ndcg) && !isnan(training.popular_ndcg);
        g_autofree char *before = before_text(app, measured ? ndcg : NAN);
        g_autofree char *text = measured
                                    ? g_strdup_printf("%s: NDCG@10 %s%s, most listeners %s",
                                                      end, ours, before, theirs)
                                    : g_strdup(end);
        say_more(app, text);
    }
    for (const char *const *note = fal_table_notes(table); note && *note; note++)
        if (!tells_end(*note))
            say_more(app, *note);
    fal_training_clear(&training);
}

/* A key that was bound, or shown: "X: similar %artist in the view map; by itself: ...". */
static void
say_key(FalApp *app, const FalTable *table)
{
    enum { KEY, VIEW, COMMAND, OWN };
    const char *cell[4];

    for (int i = 0; i < 4; i++) {
        const FalCell *c = fal_table_cell(table, 0, i);
        cell[i] = c->type == FAL_CELL_TEXT ? c->v.text : NULL;
    }
    gboolean everywhere = g_str_equal(cell[VIEW], fal_binding_views[0]);
    const char *own = cell[OWN] ? cell[OWN] : cell[COMMAND] ? NULL : "nothing";
    g_autofree char *text =
        g_strdup_printf("%s%s%s: %s%s%s", cell[KEY], everywhere ? "" : " in the view ",
                        everywhere ? "" : cell[VIEW], cell[COMMAND] ? cell[COMMAND] : "",
                        !own            ? ""
                        : cell[COMMAND] ? "; by itself: "
                                        : "by itself: ",
                        own ? own : "");

    fal_app_say(app, text);
}

static gboolean
is_about_keys(const char *command)
{
    return !strcmp(command, "bind") || !strcmp(command, "unbind");
}

/* Of what `you` answers only the lists of names, which count them, are not in the view You, or
 * told by its notes. */
static gboolean
shows_you(const FalTable *table)
{
    int n, n_figures;
    const FalColumn *columns = fal_table_columns(table, &n);

    fal_table_figures(table, &n_figures);
    return n_figures == 0 || strcmp(columns[0].name, "name") != 0;
}

/* Answers that a view shows anyway are told in a line; all others open as a screen. */
static void
show_answer(FalApp *app, const char *line, const FalTable *table)
{
    const char *command = fal_table_command(table);

    if (!strcmp(command, "load")) {
        fal_app_prepare(app);
    } else if (!strcmp(command, "train") || !strcmp(command, "adopt")) {
        say_trained(app, table);
        return;
    } else if (!strcmp(command, "evaluate")) {
        if (app->view == FAL_VIEW_EVALUATE)
            return;
        g_autofree char *text = fal_app_keyed(app, "evaluated: {4} shows the figures");
        say_more(app, text);
    } else if (!strcmp(command, "tune")) {
        g_autofree char *text = fal_app_keyed(app, "tuned: {4} and {T} show what came out");
        say_more(app, text);
    } else if (is_about_keys(command) && fal_table_n_rows(table) <= 1) {
        if (fal_table_n_rows(table) == 1)
            say_key(app, table);
    } else if (!strcmp(command, "you") && shows_you(table)) {
        fal_app_go(app, FAL_VIEW_YOU);
        fal_app_root(app, FAL_VIEW_YOU);
    } else if (!strcmp(command, "open") || !strcmp(command, "import")) {
        FalSplit *split = fal_session_split(app->session);
        say_more(app, split ? split->description : "opened");
    } else if (!strcmp(command, "resume")) {
        fal_app_go_to_last(app);
        fal_app_prepare(app);
    } else if (!strcmp(command, "save") || !strcmp(command, "export")) {
        g_autofree char *file =
            fal_text_safe(fal_table_cell(table, 0, *command == 's' ? 0 : 1)->v.text);
        g_autofree char *wrote = g_strconcat("wrote ", file, NULL);
        say_more(app, wrote);
    } else if (!strcmp(command, "split") || !strcmp(command, "holdout")) {
        FalSplit *split = fal_session_split(app->session);
        say_more(app, split ? split->description : "nothing is held out");
    } else {
        FalView *view = fal_result_new(app, line, table);
        if (view)
            fal_app_push(app, view);
    }
    say_notes(app, table);
}

/* --- a line that was typed, and those of a file that it names --- */

/* One line at a time: the answer of the one before may come late. */
typedef struct {
    FalAppLink *link;
    FalRedirect to;
    FalScript *script; /* whose line it is, NULL for none */
} Typed;

static void run_typed(FalAppLink *link, const char *line, FalScript *script);

static void
typed_free(Typed *typed)
{
    fal_app_link_unref(typed->link);
    fal_redirect_clear(&typed->to);
    g_clear_pointer(&typed->script, fal_script_close);
    g_free(typed);
}

/* The answer goes to a file instead of the screen. */
static void
write_answer(FalApp *app, const FalRedirect *to, const FalTable *table)
{
    g_autoptr(GError) error = NULL;
    FalOutput form = FAL_OUTPUT_TSV;

    fal_output_of_file(to->name, &form);
    g_autofree char *text = fal_render(table, form, 0);
    gboolean written = to->target == FAL_TO_FILE_END
                           ? fal_new_file_add(to->name, 0666, text, &error)
                           : fal_new_file_set(to->name, 0666, text, -1, &error);
    if (!written) {
        fal_app_fail(app, error->message);
        return;
    }
    g_autofree char *message = g_strdup_printf("wrote the answer to %s", to->name);
    say_more(app, message);
}

/* An error names the line of the script that it comes from. */
static void
tell_typed_error(FalApp *app, const Typed *typed, const GError *error)
{
    if (!typed->script || g_error_matches(error, FAL_ERROR, FAL_ERROR_CANCELLED)) {
        tell_error(app, error);
        return;
    }
    g_autofree char *text =
        g_strdup_printf("%s: %s", fal_script_where(typed->script), error->message);
    fal_app_fail(app, text);
}

/* From the main loop: the screens live on between two lines, and lines do not pile up. */
static gboolean
run_next(gpointer data)
{
    Typed *typed = data;
    FalApp *app = typed->link->app;
    g_autoptr(GError) error = NULL;
    const char *line = app ? fal_script_next(typed->script, &error) : NULL;

    if (line)
        run_typed(typed->link, line, g_steal_pointer(&typed->script));
    else if (error)
        tell_typed_error(app, typed, error);
    typed_free(typed);
    return G_SOURCE_REMOVE;
}

/* The next line of the script, if any. */
static void
go_on(FalApp *app, Typed *typed)
{
    g_autofree char *source = fal_session_take_source(app->session);
    g_autoptr(GError) error = NULL;

    if (source && typed->script) {
        fal_app_fail(app, "source within a file works at the prompt, and not on the screens");
        return;
    }
    FalScript *script =
        source ? fal_script_open(source, &error) : g_steal_pointer(&typed->script);
    if (error)
        fal_app_fail(app, error->message);
    if (!script)
        return;
    Typed *next = g_new0(Typed, 1);
    next->link = fal_app_link_ref(app->link);
    next->script = script;
    g_idle_add(run_next, next);
}

static void
on_answer(const char *line, const FalTable *table, const GError *error, gsize at, gsize n,
          gpointer data)
{
    Typed *typed = data;
    FalApp *app = typed->link->app;

    (void)at;
    (void)n;
    if (app && error)
        tell_typed_error(app, typed, error);
    else if (app && table && typed->to.target != FAL_TO_SCREEN)
        write_answer(app, &typed->to, table);
    else if (app && table)
        show_answer(app, line, table);
    else if (app && *line && *line != '#')
        say_more(app, line); /* it answers nothing: this says that it was done */
    if (app)
        app->dirty = TRUE;
    if (app && fal_session_quit(app->session))
        fal_app_quit(app, 0);
    else if (app && fal_session_take_screens(app->session))
        fal_app_say(app, "these are the screens");
    if (app && !error && !app->done)
        go_on(app, typed);
    typed_free(typed);
}

/* Takes script. */
static void
run_typed(FalAppLink *link, const char *line, FalScript *script)
{
    g_autoptr(GError) error = NULL;
    Typed *typed = g_new0(Typed, 1);
    gsize at, n;

    typed->link = fal_app_link_ref(link);
    typed->script = script;
    if (fal_redirect_parse(line, &typed->to, &at, &n, &error) &&
        typed->to.target == FAL_TO_PROGRAM)
        g_set_error(&error, FAL_ERROR, FAL_ERROR_USAGE,
                    "| works at the prompt; here > FILE writes the answer to a file");
    if (error) {
        tell_typed_error(link->app, typed, error);
        typed_free(typed);
        return;
    }
    /* on_answer() frees typed. */
    g_auto(FalRedirect)
        to = {.command = g_strdup(typed->to.command), .tail = g_strdup(typed->to.tail)};
    fal_session_run_to(link->app->session, &to, FAL_RUN_SHORT_VERBS, on_answer, typed);
}

void
fal_app_run(FalApp *app, const char *line)
{
    app->unasked = FALSE;
    run_typed(app->link, line, NULL);
    app->dirty = TRUE;
}

static void
on_held_out(const char *line, const FalTable *table, const GError *error, gsize at, gsize n,
            gpointer data)
{
    FalAppLink *link = data;
    FalApp *app = link->app;

    (void)line;
    (void)table;
    (void)at;
    (void)n;
    if (app && error)
        tell_error(app, error);
    else if (app) {
        say_more(app, "holding out 10 % for the spot check");
        fal_app_prepare(app);
    }
    fal_app_link_unref(link);
}

void
fal_app_prepare(FalApp *app)
{
    FalSession *session = app->session;

    app->dirty = TRUE;
    if (!fal_session_dataset(session) || fal_session_model(session) || fal_session_job(session))
        return;
    if (fal_session_split(session))
        run_typed(app->link, "train", NULL);
    else
        fal_session_run(session, HELD_OUT, 0, on_held_out, fal_app_link_ref(app->link));
}

/* There is nothing to show without data: what cannot be read ends the program. */
static void
on_loaded(const char *line, const FalTable *table, const GError *error, gsize at, gsize n,
          gpointer data)
{
    FalAppLink *link = data;
    FalApp *app = link->app;

    (void)line;
    (void)at;
    (void)n;
    if (app && !error) {
        say_notes(app, table);
        fal_app_prepare(app);
    } else if (app && g_error_matches(error, FAL_ERROR, FAL_ERROR_CANCELLED)) {
        fal_app_say(app, "stopped");
    } else if (app) {
        app->error = g_error_copy(error);
        fal_app_quit(app, fal_error_exit_status(error));
    }
    fal_app_link_unref(link);
}

void
fal_app_load(FalApp *app, const char *path)
{
    fal_session_load(app->session, path, on_loaded, fal_app_link_ref(app->link));
    app->dirty = TRUE;
}
