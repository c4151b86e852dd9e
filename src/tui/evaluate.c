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
    FORM_WIDTH = 36,    /* of the settings with their defaults, */
    LEAST_FORM = 25,    /* and without */
    LEAST_SETTINGS = 3, /* lines that the results leave to them */
    WORDS = 2,          /* lines below the settings */
    LEAST_CHART = 5,    /* lines of the least chart, and of a good one */
    GOOD_CHART = 7,
    BESIDE_WIDTH = 56, /* from here on there is room for words beside the settings */
    WIDE = 80,         /* and for the defaults as well */
};

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
    char **value;   /* by the command's keys */
    gboolean alone; /* the results, without the settings */
    int top;        /* the first line of them that shows then */
} Evaluate;

static const FalKeySpec *
spec_of(int setting)
{
    return &fal_command_find("evaluate", FALSE, NULL)->keys[setting];
}

static void
fill(Evaluate *evaluate)
{
    FalTable *table = fal_table_new("evaluate", setting_columns, NULL);

    for (int i = 0; evaluate->value[i]; i++) {
        g_autofree char *fallback = fal_key_fallback(spec_of(i));
        gboolean same = !strcmp(fallback, evaluate->value[i]);
        g_autofree char *usual = same ? g_strdup("") : g_strdup_printf("(%s)", fallback);
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_text(table, spec_of(i)->name);
        fal_table_text(table, evaluate->value[i]);
        fal_table_text(table, usual);
    }
    fal_pane_set_rows(&evaluate->pane, fal_form_rows(table));
}

/* The setting that is selected, -1 where a filter hides them all. */
static int
selected(const Evaluate *evaluate)
{
    gint64 at = evaluate->pane.list.selected;

    return at < 0 ? -1 : (int)fal_rows_identity(evaluate->pane.rows, at);
}

/* What was measured is told by the metric of by at once: that needs no evaluation. */
static void
tell_by(Evaluate *evaluate, int setting)
{
    if (strcmp(spec_of(setting)->name, "by"))
        return;
    for (int metric = 0; fal_metric_names[metric]; metric++)
        if (!strcmp(fal_metric_names[metric], evaluate->value[setting]))
            fal_session_set_evaluated_by(fal_app_session(evaluate->base.app),
                                         (FalMetric)metric);
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
                               : spec->type == FAL_KEY_FLAG ? g_strdup(x != 0 ? "yes" : "no")
                               : x == 0 && spec->zero       ? g_strdup(spec->zero)
                                                            : fal_text_exact(x, FALSE);
    tell_by(evaluate, setting);
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
    const FalEstimate *ahead = &e->ranker[FAL_RANKER_MOST_LISTENERS].ahead[evaluated->by];
    g_autofree char *users = fal_text_count(e->n_users);
    g_autofree char *title = fal_metric_title(evaluated->by, e->k);
    gboolean groups = FALSE;

    for (int i = 0; i < FAL_N_GROUPS; i++)
        groups |= e->group[i] != NULL;
    return g_strdup_printf(
        "%s users of the %s part, intervals of 95 %%; who wins is told by the "
        "differences user by user: %s less most listeners' is %.3f to %.3f%s",
        users, evaluated->part, title, ahead->low, ahead->high,
        groups ? "; few, some, many: artists in training" : "");
}

/* How far it is, where an evaluation runs; else what Enter would do. Then what the selected
 * setting does; gives back how many lines it took. */
static int
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
        return used;
    g_autofree char *help = fal_form_help(spec_of(selected(evaluate)));
    return used + fal_draw_paragraph(rect, FAL_ROLE_DIM, help);
}

/* The figures in words, in up to so many lines of the top of rect; without them. */
static FalRect
draw_figures(FalRect rect, const FalEvaluated *evaluated, int lines)
{
    g_autofree char *figures = figures_text(evaluated);
    int used = fal_draw_paragraph((FalRect){rect.y, rect.x, lines, rect.width - 1},
                                  FAL_ROLE_DIM, figures);

    rect.y += used;
    rect.height -= used;
    return rect;
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
    int lines = any ? fal_scores_lines(&evaluated) : 0;
    /* What there is to say goes before the figures where they are not this model's. */
    if (running || !any || !evaluated.current || body.height > lines) {
        draw_state((FalRect){rest.y, rest.x, 1, rest.width - 1}, evaluate);
        rest.y++;
        rest.height--;
    }
    if (any && rest.height > lines + GOOD_CHART + 2)
        rest = draw_figures(rest, &evaluated, 2);
    evaluate->top = CLAMP(evaluate->top, 0, MAX(0, lines - rest.height));
    if (any)
        fal_scores_draw(rest, &evaluated, evaluate->top);
}

/* How many settings show: all, where that leaves room for the results. */
static int
form_height(const Evaluate *evaluate, int height, int lines)
{
    int n = (int)g_strv_length(evaluate->value), least = MIN(LEAST_SETTINGS, MAX(1, height));

    return lines > 0 ? CLAMP(height - lines, least, n) : MIN(n, MAX(1, height));
}

/* The settings and the words beside or below them; gives back what is left. *told: the figures
 * are among the words. */
static FalRect
draw_top(Evaluate *evaluate, FalRect body, const FalEvaluated *evaluated, gboolean *told)
{
    gboolean beside = body.width >= BESIDE_WIDTH;
    int lines = evaluated ? fal_scores_lines(evaluated) : 0;
    int below = beside ? 0 : MIN(WORDS, body.height - 1);
    /* A screen that is too low for the results has the words all the same. */
    int room = body.height - (beside ? 0 : body.height > LEAST_SETTINGS ? below : 1);
    FalRect form = {body.y, body.x, form_height(evaluate, room, lines),
                    !beside              ? body.width
                    : body.width >= WIDE ? FORM_WIDTH
                                         : LEAST_FORM};
    FalRect words = {body.y, body.x + form.width + 1, form.height, body.width - form.width - 2};

    draw_settings(evaluate, form);
    if (!beside)
        words = (FalRect){body.y + form.height, body.x + 1,
                          CLAMP(body.height - form.height, 0, WORDS), body.width - 2};
    if (words.height > 0) {
        int used = draw_state(words, evaluate) + 1; /* and a blank line */
        if (evaluated && beside) {
            g_autofree char *figures = figures_text(evaluated);
            int need =
                fal_draw_paragraph((FalRect){0, 0, 0, words.width}, FAL_ROLE_DIM, figures);
            FalRect rest = {words.y + used, words.x, words.height - used, words.width};
            *told = need <= rest.height;
            if (*told)
                fal_draw_paragraph(rest, FAL_ROLE_DIM, figures);
        }
    }
    int used = form.height + (beside ? 0 : words.height);
    return (FalRect){body.y + used, body.x + 1, body.height - used, body.width - 1};
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
    view->shows_job =
        !g_strcmp0(fal_session_job(session), "evaluate") && (beside || body.height > 1);
    gboolean any = fal_session_evaluation(session, &evaluated), told = FALSE;
    FalRect rest = draw_top(evaluate, body, any ? &evaluated : NULL, &told);
    if (!any)
        return;
    int lines = fal_scores_lines(&evaluated), spare = rest.height - lines;
    /* What there is no room for shows without the settings. */
    if (spare < 0 || (spare > 1 && spare < LEAST_CHART)) {
        FalRect line = {body.y + body.height - 1, rest.x, 1, rest.width - 1};
        g_autofree char *text = fal_app_keyed(view->app, "{Tab|nothing} shows all results");
        if (!view->shows_job && (rest.height > 0 || evaluated.current)) {
            fal_draw_fit(line.y, line.x, line.width, FAL_ROLE_DIM, FAL_ALIGN_LEFT, text);
            rest.height--;
        }
    }
    /* A blank line, where that costs no chart. */
    if (spare > 0 && (spare > GOOD_CHART || spare < LEAST_CHART)) {
        rest.y++;
        rest.height--;
    }
    if (rest.height <= 1)
        return;
    if (!told && rest.height > lines + LEAST_CHART + 3)
        rest = draw_figures(rest, &evaluated, 2);
    fal_scores_draw(rest, &evaluated, 0);
}

/* --- keys --- */

static void
run(Evaluate *evaluate)
{
    FalApp *app = evaluate->base.app;
    const char *blocked = obstacle(fal_app_session(app));
    GString *line = g_string_new("evaluate");

    for (int i = 0; evaluate->value[i]; i++) {
        g_autofree char *fallback = fal_key_fallback(spec_of(i));
        if (strcmp(fallback, evaluate->value[i]))
            g_string_append_printf(line, " %s=%s", spec_of(i)->name, evaluate->value[i]);
    }
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
        evaluate->top = G_MAXINT;
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
    g_strfreev(evaluate->value);
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
    GPtrArray *values = g_ptr_array_new();
    for (int i = 0; spec_of(i)->name; i++)
        g_ptr_array_add(values, fal_key_fallback(spec_of(i)));
    g_ptr_array_add(values, NULL);
    evaluate->value = (char **)g_ptr_array_free(values, FALSE);
    fal_pane_init(&evaluate->pane);
    fill(evaluate);
    return &evaluate->base;
}
