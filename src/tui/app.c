/* The program of the screens: it starts, waits for keys, signals and jobs, draws once after
 * whatever happened, and ends.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <glib-unix.h>

#include "base/error.h"
#include "tui/tui.h"

enum {
    TICK_MS = 100,           /* how often progress is drawn */
    SETTLE_MS = 80,          /* keys rest so long before slow profiles are made */
    SLOW_PROFILE_US = 12000, /* what counts as slow */
};

/* --- what views ask for --- */

FalSession *
fal_app_session(FalApp *app)
{
    return app->session;
}

void
fal_view_free(FalView *view)
{
    view->ops->free(view);
}

static void
set_message(FalApp *app, const char *text, gboolean failed)
{
    char *copy = g_strdup(text);

    g_free(app->message);
    app->message = copy;
    app->failed = failed;
    app->passing = FALSE;
    app->dirty = TRUE;
}

void
fal_app_say(FalApp *app, const char *text)
{
    set_message(app, text, FALSE);
}

void
fal_app_fail(FalApp *app, const char *text)
{
    set_message(app, text, TRUE);
}

void
fal_app_type(FalApp *app, const char *start)
{
    fal_prompt_open(&app->prompt, FAL_PROMPT_COMMAND, start);
}

void
fal_app_edit(FalApp *app, FalView *view, const char *text, FalEditDone done)
{
    fal_prompt_open(&app->prompt, FAL_PROMPT_VALUE, text);
    app->prompt.view = view;
    app->prompt.edited = done;
}

FalLine *
fal_app_edited(FalApp *app, FalView *view)
{
    return app->prompt.kind == FAL_PROMPT_VALUE && app->prompt.view == view ? &app->prompt.line
                                                                            : NULL;
}

static gboolean
on_settled(gpointer data)
{
    FalApp *app = data;

    app->settle = 0;
    app->dirty = TRUE;
    return G_SOURCE_REMOVE;
}

gboolean
fal_app_rests(FalApp *app)
{
    if (g_get_monotonic_time() - app->key_time >= SETTLE_MS * 1000)
        return TRUE;
    if (app->settle)
        g_source_remove(app->settle);
    app->settle = g_timeout_add(SETTLE_MS + 1, on_settled, app);
    return FALSE;
}

FalProfile *
fal_app_profile(FalApp *app, FalSubject subject, gint32 row, int depth)
{
    gint64 start = g_get_monotonic_time();
    gint64 *cost = &app->profile_cost[subject - 1];
    gboolean quick = *cost > SLOW_PROFILE_US && !fal_app_rests(app);
    FalProfile *profile = fal_profile_new(app->session, subject, row, depth, quick);

    /* One quick row among slow ones does not make them quick. */
    if (!quick)
        *cost = MAX(g_get_monotonic_time() - start, *cost * 3 / 4);
    return profile;
}

FalProfile *
fal_app_detail(FalApp *app, FalSubject subject, gint32 row)
{
    gboolean same = app->detail && app->detail->subject == subject && app->detail->row == row;

    if (subject == FAL_SUBJECT_NONE)
        return NULL;
    if (!same || (app->detail->partial && fal_app_rests(app))) {
        g_clear_pointer(&app->detail, fal_profile_free);
        app->detail = fal_app_profile(app, subject, row, FAL_DETAIL_DEPTH);
    }
    return app->detail;
}

void
fal_app_quit(FalApp *app, int status)
{
    app->done = TRUE;
    app->status = status;
}

/* --- what happens --- */

static gboolean
on_input(gint fd, GIOCondition condition, gpointer data)
{
    FalApp *app = data;
    gunichar code;

    (void)fd;
    while (!app->done && fal_term_key(&code))
        fal_app_key(app, code);
    /* The terminal is gone. */
    if (condition & (G_IO_HUP | G_IO_ERR | G_IO_NVAL))
        fal_app_quit(app, 128 + SIGHUP);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_stop_signal(gint fd, GIOCondition condition, gpointer data)
{
    (void)fd;
    (void)condition;
    fal_term_signalled();
    ((FalApp *)data)->dirty = TRUE;
    return G_SOURCE_CONTINUE;
}

static gboolean
on_resize(gpointer data)
{
    fal_term_resize();
    ((FalApp *)data)->dirty = TRUE;
    return G_SOURCE_CONTINUE;
}

/* From outside; the key is read as a key. */
static gboolean
on_interrupt(gpointer data)
{
    fal_app_key(data, 'C' - '@');
    return G_SOURCE_CONTINUE;
}

static gboolean
on_terminate(gpointer data)
{
    fal_app_quit(data, 128 + SIGTERM);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup(gpointer data)
{
    fal_app_quit(data, 128 + SIGHUP);
    return G_SOURCE_CONTINUE;
}

/* Those below them are told when they are shown again. */
static void
tell_views(FalApp *app)
{
    for (int i = 0; i < FAL_VIEWS; i++) {
        FalView *view = app->stack[i]->pdata[app->stack[i]->len - 1];
        if (view->ops->changed)
            view->ops->changed(view);
    }
}

static gboolean
on_tick(gpointer data)
{
    FalApp *app = data;

    tell_views(app);
    app->dirty = TRUE;
    return G_SOURCE_CONTINUE;
}

/* Until one is measured: both look at all artists, that of a listener some times. */
static void
guess_profile_costs(FalApp *app)
{
    gint64 n = app->dataset ? fal_dataset_n_artists(app->dataset) : 0;

    app->profile_cost[FAL_SUBJECT_ARTIST - 1] = n / 100;
    app->profile_cost[FAL_SUBJECT_USER - 1] = n / 30;
}

/* Keeps a setting's value; TRUE where it is another one. */
static gboolean
follow_setting(FalApp *app, const char *name, char **kept)
{
    char *value = fal_session_get(app->session, name);
    gboolean changed = g_strcmp0(value, *kept) != 0;

    g_free(*kept);
    *kept = value;
    return changed;
}

static void
follow_look(FalApp *app)
{
    const FalPaint *paint = fal_session_paint(app->session);
    gboolean theme = follow_setting(app, "theme", &app->theme);
    gboolean colors = follow_setting(app, "colors", &app->colors);

    app->dirty = follow_setting(app, "glyphs", &app->glyphs) || app->dirty;
    if (!theme && !colors && app->paint == paint->changes)
        return;
    app->paint = paint->changes;
    fal_term_theme(app->theme, app->colors, paint);
    app->dirty = TRUE;
}

/* Settings that the terminal must be told of. */
static void
follow_settings(FalApp *app)
{
    g_autofree char *mouse = fal_session_get(app->session, "mouse");
    gboolean on = g_str_equal(mouse, "yes");

    if (on != app->mouse)
        fal_term_mouse(on);
    app->mouse = on;
    follow_look(app);
}

/* After whatever happened: has the session changed, does a job run? */
static void
follow_session(FalApp *app)
{
    gboolean job = fal_session_job(app->session) != NULL;
    guint generation = fal_session_generation(app->session);
    FalDataset *dataset = fal_session_dataset(app->session);

    if (job && !app->tick) {
        app->tick = g_timeout_add(TICK_MS, on_tick, app);
    } else if (!job && app->tick) {
        g_source_remove(app->tick);
        app->tick = 0;
    }
    if (generation == app->generation && job == app->job_shown)
        return;
    app->generation = generation;
    app->job_shown = job;
    app->dirty = TRUE;
    g_clear_pointer(&app->detail, fal_profile_free);
    if (dataset != app->dataset) {
        fal_prompt_close(&app->prompt);
        fal_app_places_forget(app);
        g_clear_pointer(&app->dataset, fal_dataset_unref);
        app->dataset = dataset ? fal_dataset_ref(dataset) : NULL;
        guess_profile_costs(app);
    }
    tell_views(app);
}

/* --- start and end --- */

static FalView *
make_artists(FalApp *app)
{
    return fal_browser_new(app, FAL_SUBJECT_ARTIST);
}

static FalView *
make_listeners(FalApp *app)
{
    return fal_browser_new(app, FAL_SUBJECT_USER);
}

const FalViewKind fal_view_kinds[FAL_VIEWS] = {
    [FAL_VIEW_ARTISTS] = {'1', "Artists", make_artists},
    [FAL_VIEW_LISTENERS] = {'2', "Listeners", make_listeners},
    [FAL_VIEW_TRAIN] = {'3', "Train", fal_train_new},
    [FAL_VIEW_EVALUATE] = {'4', "Evaluate", fal_evaluate_new},
    [FAL_VIEW_MAP] = {'5', "Map", fal_map_view_new},
    [FAL_VIEW_YOU] = {'6', "You", fal_you_view_new},
};

static void
app_init(FalApp *app, FalSession *session)
{
    FalDataset *dataset = fal_session_dataset(session);

    *app = (FalApp){.session = session, .dirty = TRUE};
    app->theme = g_strdup("auto"); /* as the terminal starts */
    app->colors = g_strdup("auto");
    app->link = g_new0(FalAppLink, 1);
    app->link->app = app;
    app->link->ref_count = 1;
    app->generation = fal_session_generation(session);
    app->dataset = dataset ? fal_dataset_ref(dataset) : NULL;
    guess_profile_costs(app);
    fal_session_set_typed(session);
    fal_prompt_init(&app->prompt, fal_session_history(session));
    fal_app_places_init(app);
}

static void
app_clear(FalApp *app)
{
    if (app->tick)
        g_source_remove(app->tick);
    if (app->settle)
        g_source_remove(app->settle);
    fal_app_link_unref(app->link);
    fal_app_places_clear(app);
    fal_prompt_clear(&app->prompt);
    g_clear_pointer(&app->detail, fal_profile_free);
    g_clear_pointer(&app->measured_on, fal_split_unref);
    g_clear_pointer(&app->dataset, fal_dataset_unref);
    g_free(app->message);
    g_free(app->offer);
    g_clear_pointer(&app->place, fal_last_free);
    g_free(app->replace);
    g_free(app->theme);
    g_free(app->colors);
    g_free(app->glyphs);
}

static void
loop(FalApp *app)
{
    guint input = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, app);
    guint stops = g_unix_fd_add(fal_term_signal_fd(), G_IO_IN, on_stop_signal, app);

    while (!app->done) {
        follow_session(app);
        fal_app_follow_last(app);
        follow_settings(app);
        if (app->dirty) {
            app->dirty = FALSE;
            fal_app_draw(app);
        }
        g_main_context_iteration(NULL, TRUE);
    }
    g_source_remove(input);
    g_source_remove(stops);
}

/* Measuring costs little and is what a training is watched for. */
static void
watch_trainings(FalSession *session)
{
    g_autofree char *watch = fal_session_get(session, "watch");

    if (watch && g_str_equal(watch, "0"))
        fal_session_set(session, "watch", "1", NULL);
}

static G_GNUC_NORETURN void
leave_job(int status)
{
    fputs("falsetto: left, as what ran did not stop\n", stderr);
    fal_session_abandon(status);
}

static gboolean
on_leave(gpointer data)
{
    leave_job(128 + GPOINTER_TO_INT(data));
}

static gboolean
on_wait(gpointer data)
{
    (void)data;
    return G_SOURCE_CONTINUE;
}

/* Stops what still runs and waits for it, with the terminal as it was; where the program ends,
 * not for ever. */
static void
end_job(FalSession *session, int status, gboolean ends)
{
    static const int leaving[] = {SIGINT, SIGTERM, SIGHUP};
    guint signals[G_N_ELEMENTS(leaving)], timer = g_timeout_add(100, on_wait, NULL);
    gint64 asked = g_get_monotonic_time();
    gboolean told = FALSE;

    for (gsize i = 0; i < G_N_ELEMENTS(leaving); i++)
        signals[i] = g_unix_signal_add(leaving[i], on_leave, GINT_TO_POINTER(leaving[i]));
    fal_session_cancel(session);
    while (fal_session_job(session)) {
        gint64 seconds = (g_get_monotonic_time() - asked) / G_USEC_PER_SEC;
        if (seconds >= 1 && !told)
            fputs("falsetto: stopping what runs; Ctrl-C leaves\n", stderr);
        told = told || seconds >= 1;
        if (ends && seconds >= FAL_LEAVE_SECONDS)
            leave_job(status ? status : 1);
        g_main_context_iteration(NULL, TRUE);
    }
    g_source_remove(timer);
    for (gsize i = 0; i < G_N_ELEMENTS(leaving); i++)
        g_source_remove(signals[i]);
}

int
fal_tui_run(FalSession *session, const FalTuiStart *start, GError **error)
{
    FalApp app;
    guint signals[4];

    /* WINCH before curses starts: else it would catch it, and say so only with the next key. */
    signals[0] = g_unix_signal_add(SIGWINCH, on_resize, &app);
    signals[1] = g_unix_signal_add(SIGINT, on_interrupt, &app);
    signals[2] = g_unix_signal_add(SIGTERM, on_terminate, &app);
    signals[3] = g_unix_signal_add(SIGHUP, on_hangup, &app);
    app_init(&app, session);
    if (fal_term_start(&app.error)) {
        app.first_start = fal_first_start(session);
        watch_trainings(session);
        if (start->path)
            fal_app_load(&app, start->path);
        else
            fal_app_prepare(&app);
        if (fal_session_take_offer(session))
            fal_app_offer_last(&app);
        if (start->greeting && *start->greeting)
            fal_app_say(&app, start->greeting);
        loop(&app);
        fal_app_keep_last(&app);
        fal_term_stop();
    } else {
        app.status = fal_error_exit_status(app.error);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(signals[i]);
    /* What still runs was for the screens: it ends with them, and starts nothing more. */
    app.link->app = NULL;
    end_job(session, app.status,
            !start->returns || app.status != 0 || fal_session_quit(session));
    int status = app.status;
    if (app.error)
        g_propagate_error(error, g_steal_pointer(&app.error));
    app_clear(&app);
    return status;
}

const char *
fal_tui_version(void)
{
    return fal_term_version();
}
