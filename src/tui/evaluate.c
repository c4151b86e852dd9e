/* The view Evaluate: the settings of an evaluation, how it stands, and what the last one came
 * to. The settings are this view's own: a command that is typed has its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/view.h"

#include <string.h>

#include "data/bare.h"
#include "query/settings.h"
#include "tui/form.h"
#include "tui/scores.h"

enum {
    SETTINGS = 3,
    FORM_WIDTH = 26,
    TABLE = FAL_N_METRICS + 1, /* lines, and of a chart the least and a good one */
    LEAST_CHART = 5,
    GOOD_CHART = 7,
    BESIDE_WIDTH = 56, /* from here on there is room for words beside the settings */
};

static const char *const setting_names[SETTINGS] = {"k", "users", "part"};

/* Without names: there is no line to spare for a header. */
static const FalColumn setting_columns[] = {
    {.name = "", .type = FAL_CELL_TEXT},
    {.name = "", .type = FAL_CELL_TEXT},
    {.name = "", .type = FAL_CELL_TEXT},
    {.name = NULL},
};

typedef struct {
    FalView base;
    FalPane pane;
    char *value[SETTINGS];
    gboolean alone; /* the results, without the settings */
    int top;        /* the first metric that shows then */
} Evaluate;

static const FalKeySpec *
spec_of(int setting)
{
    const FalCommand *command = fal_command_find("evaluate", FALSE, NULL);

    return fal_key_find(command->keys, setting_names[setting]);
}

static void
fill(Evaluate *evaluate)
{
    FalTable *table = fal_table_new("evaluate", setting_columns, NULL);

    for (int i = 0; i < SETTINGS; i++) {
        g_autofree char *fallback = fal_key_fallback(spec_of(i));
        gboolean same = !strcmp(fallback, evaluate->value[i]);
        g_autofree char *usual = same ? g_strdup("") : g_strdup_printf("(%s)", fallback);
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_text(table, setting_names[i]);
        fal_table_text(table, evaluate->value[i]);
        fal_table_text(table, usual);
    }
    fal_pane_set_rows(&evaluate->pane, fal_rows_of_table(table));
}

/* The setting that is selected, -1 where a filter hides them all. */
static int
selected(const Evaluate *evaluate)
{
    gint64 at = evaluate->pane.list.selected;

    return at < 0 ? -1 : (int)fal_rows_identity(evaluate->pane.rows, at);
}

static gboolean
set_value(Evaluate *evaluate, int setting, const char *text, GError **error)
{
    const FalKeySpec *spec = spec_of(setting);
    double x;

    if (!fal_key_parse(spec, text, &x, error))
        return FALSE;
    g_free(evaluate->value[setting]);
    evaluate->value[setting] = spec->type == FAL_KEY_CHOICE ? g_strdup(spec->choices[(int)x])
                               : x == 0 && spec->zero       ? g_strdup(spec->zero)
                                                            : fal_text_exact(x, FALSE);
    fill(evaluate);
    return TRUE;
}

/* --- what is to be said --- */

/* Why there is nothing that could be evaluated, or NULL. */
static const char *
obstacle(FalSession *session)
{
    if (!fal_session_dataset(session))
        return "no data yet: :load loads some";
    if (!fal_session_model(session))
        return g_strcmp0(fal_session_job(session), "train")
                   ? "no model yet: {t|:train} trains one"
                   : "no model yet: the first one is being trained";
    if (!fal_session_split(session))
        return fal_dataset_is_bare(fal_session_dataset(session))
                   ? "only the model is here, without plays to measure it on: :load its data, "
                     "then :open it again"
                   : "nothing is held out: :split 0.1 and {t|:train}";
    if (!fal_session_held_out(session))
        return "the model knows plays that are held out now: {t|:train} trains one without "
               "them";
    return NULL;
}

static char *
figures_text(const FalEvaluated *evaluated)
{
    const FalEvaluation *e = evaluated->result;
    const FalEstimate *ahead = &e->ranker[FAL_RANKER_MOST_LISTENERS].ahead[FAL_METRIC_NDCG];
    g_autofree char *users = fal_text_count(e->n_users);

    return g_strdup_printf(
        "%s users of the %s part, intervals of 95 %%; who wins is told by the "
        "differences user by user: NDCG less most listeners' is %.3f to %.3f",
        users, evaluated->part, ahead->low, ahead->high);
}

/* How far it is, where an evaluation runs; else what Enter would do. */
static void
draw_state(FalRect rect, const Evaluate *evaluate)
{
    FalSession *session = fal_app_session(evaluate->base.app);
    FalTask *task = evaluate->base.shows_job ? fal_session_task(session) : NULL;
    FalEvaluated evaluated;
    gboolean any = fal_session_evaluation(session, &evaluated);
    const char *blocked = obstacle(session);
    g_autofree char *text = NULL;

    if (task) {
        FalProgress progress;
        fal_task_progress(task, &progress);
        text = fal_chart_progress(&progress, rect.width);
        if (fal_task_is_paused(task)) {
            g_free(text);
            text = fal_app_keyed(evaluate->base.app,
                                 "paused: {Space|nothing} goes on, {Ctrl-C|nothing} stops it");
        }
    } else {
        text = fal_app_keyed(evaluate->base.app,
                             blocked ? blocked
                             : !any  ? "{Enter|:evaluate} evaluates this model"
                             : any && !evaluated.current
                                 ? "of the model before: {Enter|:evaluate} evaluates "
                                   "this one"
                                 : "of this model: {Enter|:evaluate} repeats it");
    }
    FalRole role =
        !task && (blocked || (any && !evaluated.current)) ? FAL_ROLE_HIT : FAL_ROLE_TITLE;
    int used = fal_draw_paragraph(rect, role, text);
    rect.y += used;
    rect.height -= used;
    if (rect.height <= 0 || selected(evaluate) < 0)
        return;
    g_autofree char *help = fal_form_help(spec_of(selected(evaluate)));
    fal_draw_paragraph(rect, FAL_ROLE_DIM, help);
}

/* --- drawing --- */

static void
draw_settings(Evaluate *evaluate, FalRect rect)
{
    FalView *view = &evaluate->base;
    FalListCell cells[G_N_ELEMENTS(setting_columns)];
    FalLine *edited = fal_app_edited(view->app, view);

    view->cursor_y =
        fal_draw_pane(rect, &evaluate->pane, &(FalListLook){.focus = TRUE, .cells = cells});
    view->cursor_x = rect.x;
    fal_app_draw_unmatched(view->app, rect, &evaluate->pane);
    if (edited)
        view->cursor_x = fal_form_draw_edited(view->cursor_y, rect.x + 2 + cells[1].x,
                                              MAX(8, rect.width - 3 - cells[1].x), edited);
}

/* The results have the whole screen. */
static void
draw_alone(Evaluate *evaluate, FalRect body)
{
    FalView *view = &evaluate->base;
    FalSession *session = fal_app_session(view->app);
    gboolean running = !g_strcmp0(fal_session_job(session), "evaluate");
    FalRect rest = {body.y, body.x + 1, body.height, body.width - 1};
    FalEvaluated evaluated;
    gboolean any = fal_session_evaluation(session, &evaluated);

    view->shows_job = running;
    view->cursor_y = body.y;
    view->cursor_x = body.x;
    /* What there is to say goes before the figures where they are not this model's. */
    if (running || !any || !evaluated.current || body.height > TABLE + 1) {
        draw_state((FalRect){rest.y, rest.x, 1, rest.width - 1}, evaluate);
        rest.y++;
        rest.height--;
    }
    if (any && rest.height > TABLE + GOOD_CHART + 2) {
        g_autofree char *figures = figures_text(&evaluated);
        int used = fal_draw_paragraph((FalRect){rest.y, rest.x, 2, rest.width - 1},
                                      FAL_ROLE_DIM, figures);
        rest.y += used;
        rest.height -= used;
    }
    evaluate->top = CLAMP(evaluate->top, 0, MAX(0, TABLE - rest.height));
    if (any)
        fal_scores_draw(rest, evaluated.result, evaluate->top);
}

static void
draw(FalView *view, FalRect body)
{
    Evaluate *evaluate = (Evaluate *)view;
    FalSession *session = fal_app_session(view->app);
    gboolean beside = body.width >= BESIDE_WIDTH;
    FalEvaluated evaluated;

    if (evaluate->alone) {
        draw_alone(evaluate, body);
        return;
    }
    FalRect form = {body.y, body.x, MIN(SETTINGS, MAX(1, body.height - !beside)),
                    beside ? FORM_WIDTH : body.width};

    view->shows_job =
        !g_strcmp0(fal_session_job(session), "evaluate") && (beside || body.height > 1);
    draw_settings(evaluate, form);
    FalRect state = beside ? (FalRect){body.y, body.x + FORM_WIDTH + 1, form.height,
                                       body.width - FORM_WIDTH - 2}
                           : (FalRect){body.y + form.height, body.x + 1,
                                       CLAMP(body.height - form.height, 0, 2), body.width - 2};
    if (state.height > 0)
        draw_state(state, evaluate);
    int used = form.height + (beside ? 0 : state.height);
    int left = body.height - used;
    used += left > TABLE && (left > TABLE + GOOD_CHART || left < TABLE + LEAST_CHART);
    FalRect rest = {body.y + used, body.x + 1, body.height - used, body.width - 1};
    if (!fal_session_evaluation(session, &evaluated))
        return;
    /* What there is no room for shows without the settings. */
    if (rest.height < TABLE) {
        FalRect line = {body.y + body.height - 1, rest.x, 1, rest.width - 1};
        g_autofree char *text = fal_app_keyed(view->app, "{Tab|nothing} shows all results");
        if (!view->shows_job && (rest.height > 0 || evaluated.current)) {
            fal_draw_fit(line.y, line.x, line.width, FAL_ROLE_DIM, FAL_ALIGN_LEFT, text);
            rest.height--;
        }
    }
    if (rest.height <= 1)
        return;
    if (rest.height > TABLE + LEAST_CHART + 3) {
        g_autofree char *figures = figures_text(&evaluated);
        used = fal_draw_paragraph((FalRect){rest.y, rest.x, 2, rest.width - 1}, FAL_ROLE_DIM,
                                  figures);
        rest.y += used;
        rest.height -= used;
    }
    fal_scores_draw(rest, evaluated.result, 0);
}

/* --- keys --- */

static void
run(Evaluate *evaluate)
{
    FalApp *app = evaluate->base.app;
    const char *blocked = obstacle(fal_app_session(app));
    GString *line = g_string_new("evaluate");

    for (int i = 0; i < SETTINGS; i++)
        g_string_append_printf(line, " %s=%s", setting_names[i], evaluate->value[i]);
    if (blocked) {
        g_autofree char *why = fal_app_keyed(app, blocked);
        fal_app_fail(app, why);
    } else {
        fal_app_run(app, line->str);
    }
    g_string_free(line, TRUE);
}

static gboolean
value_typed(FalView *view, const char *text, GError **error)
{
    Evaluate *evaluate = (Evaluate *)view;

    return selected(evaluate) < 0 || set_value(evaluate, selected(evaluate), text, error);
}

static void
show_alone(Evaluate *evaluate, gboolean alone)
{
    evaluate->alone = alone;
    evaluate->base.contexts =
        FAL_IN_EVALUATE | FAL_IN_TABS | FAL_IN_LISTS | (alone ? 0 : FAL_IN_TRAIN);
}

/* The results alone have no list: they scroll where the screen is too low for them. */
static gboolean
scroll(Evaluate *evaluate, FalAction action)
{
    switch (action) {
    case FAL_ACTION_DOWN:
    case FAL_ACTION_PAGE_DOWN:
    case FAL_ACTION_HALF_DOWN:
        evaluate->top++;
        return TRUE;
    case FAL_ACTION_UP:
    case FAL_ACTION_PAGE_UP:
    case FAL_ACTION_HALF_UP:
        evaluate->top--;
        return TRUE;
    case FAL_ACTION_FIRST:
        evaluate->top = 0;
        return TRUE;
    case FAL_ACTION_LAST:
        evaluate->top = FAL_N_METRICS;
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean
act(FalView *view, FalAction action)
{
    Evaluate *evaluate = (Evaluate *)view;
    int setting = selected(evaluate);
    g_autofree char *next = NULL;

    if (action == FAL_ACTION_NEXT_LIST || action == FAL_ACTION_PREVIOUS_LIST) {
        show_alone(evaluate, !evaluate->alone);
        return TRUE;
    }
    if (evaluate->alone && scroll(evaluate, action))
        return TRUE;
    if (action == FAL_ACTION_EDIT)
        show_alone(evaluate, FALSE);

    if (action == FAL_ACTION_EVALUATE) {
        run(evaluate);
        return TRUE;
    }
    if (action == FAL_ACTION_TUNED) {
        fal_app_push(view->app, fal_heat_view_new(view->app));
        return TRUE;
    }
    if (action != FAL_ACTION_EDIT && action != FAL_ACTION_MORE && action != FAL_ACTION_LESS &&
        action != FAL_ACTION_DEFAULT)
        return FALSE;
    if (setting < 0)
        return TRUE;
    const FalKeySpec *spec = spec_of(setting);
    if (action == FAL_ACTION_EDIT) {
        fal_form_edit(view, spec, evaluate->value[setting], value_typed);
        return TRUE;
    }
    next = action == FAL_ACTION_DEFAULT ? fal_key_fallback(spec)
                                        : fal_form_next(spec, evaluate->value[setting],
                                                        action == FAL_ACTION_LESS ? -1 : 1);
    if (next)
        set_value(evaluate, setting, next, NULL);
    return TRUE;
}

/* Enter evaluates; a click on the selected setting edits it. */
static gboolean
click(FalView *view, int y, int x)
{
    Evaluate *evaluate = (Evaluate *)view;

    if (!evaluate->alone && fal_pane_click(&evaluate->pane, y, x))
        act(view, FAL_ACTION_EDIT);
    return TRUE;
}

static char *
title(FalView *view)
{
    return g_strdup(((Evaluate *)view)->alone ? "Evaluate: results" : "Evaluate");
}

static FalPane *
pane(FalView *view)
{
    Evaluate *evaluate = (Evaluate *)view;

    return evaluate->alone ? NULL : &evaluate->pane;
}

static void
free_view(FalView *view)
{
    Evaluate *evaluate = (Evaluate *)view;

    fal_pane_clear(&evaluate->pane);
    for (int i = 0; i < SETTINGS; i++)
        g_free(evaluate->value[i]);
    g_free(evaluate);
}

static const FalViewOps ops = {
    .title = title, .draw = draw, .pane = pane, .act = act, .click = click, .free = free_view};

FalView *
fal_evaluate_new(FalApp *app)
{
    Evaluate *evaluate = g_new0(Evaluate, 1);

    evaluate->base = (FalView){.ops = &ops, .app = app};
    show_alone(evaluate, FALSE);
    for (int i = 0; i < SETTINGS; i++)
        evaluate->value[i] = fal_key_fallback(spec_of(i));
    fal_pane_init(&evaluate->pane);
    fill(evaluate);
    return &evaluate->base;
}
