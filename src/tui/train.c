/* The view Train: the settings at the left, the course of the training at the right; one of the
 * two, and Tab between them, where there is no room for both.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/view.h"

#include "tui/course.h"
#include "tui/form.h"

enum {
    FORM_WIDTH = 38,
    BOTH_WIDTH = 76, /* from here on there is room for both */
};

typedef struct {
    FalView base;
    FalForm form;
    FalCourse course;
    gboolean on_course; /* which of the two has the keys */
    int wall_x;         /* what is between them; -1: only one shows */
} Train;

static char *
title(FalView *view)
{
    return g_strdup(((Train *)view)->on_course ? "Train: iterations" : "Train: settings");
}

static FalPane *
pane(FalView *view)
{
    Train *train = (Train *)view;

    return train->on_course ? &train->course.pane : &train->form.pane;
}

static void
changed(FalView *view)
{
    Train *train = (Train *)view;
    FalSession *session = fal_app_session(view->app);

    fal_form_update(&train->form, session);
    fal_course_update(&train->course, session);
}

static void
draw(FalView *view, FalRect body)
{
    Train *train = (Train *)view;
    FalSession *session = fal_app_session(view->app);
    gboolean both = body.width >= BOTH_WIDTH;
    FalRect left = body, right = {body.y, body.x + 1, body.height, body.width - 2};

    view->shows_job =
        (both || train->on_course) && !g_strcmp0(fal_session_job(session), "train");
    /* A command may have changed them. */
    fal_form_update(&train->form, session);
    train->wall_x = both ? body.x + FORM_WIDTH : -1;
    if (both) {
        left.width = FORM_WIDTH;
        right.x = body.x + FORM_WIDTH + 2;
        right.width = body.width - FORM_WIDTH - 3;
        fal_draw_wall(body.y, body.x + FORM_WIDTH, body.height);
    }
    if (both || !train->on_course)
        fal_form_draw(left, &train->form, view->app, !train->on_course,
                      fal_app_edited(view->app, view), &view->cursor_y, &view->cursor_x);
    if (both || train->on_course) {
        int y = fal_course_draw(right, &train->course, view->app, train->on_course);
        if (train->on_course) {
            view->cursor_y = y;
            view->cursor_x = right.x;
        }
    }
}

static void
go_on(Train *train, gboolean course)
{
    train->on_course = course;
    train->base.contexts = FAL_IN_LISTS | FAL_IN_TABS | (course ? 0 : FAL_IN_TRAIN);
}

/* On the part that has not the keys: it gets them. */
static gboolean
click(FalView *view, int y, int x)
{
    Train *train = (Train *)view;

    if (train->wall_x < 0 || (x > train->wall_x) == train->on_course)
        return FALSE;
    go_on(train, x > train->wall_x);
    fal_pane_click(pane(view), y, x);
    return TRUE;
}

static gboolean
value_typed(FalView *view, const char *text, GError **error)
{
    const FalKeySpec *spec = fal_form_selected(&((Train *)view)->form);

    return !spec || fal_session_set(fal_app_session(view->app), spec->name, text, error);
}

static void
edit(Train *train)
{
    FalSession *session = fal_app_session(train->base.app);
    const FalKeySpec *spec = fal_form_selected(&train->form);

    if (!spec)
        return;
    g_autofree char *value = fal_session_get(session, spec->name);
    fal_form_edit(&train->base, spec, value, value_typed);
}

static gboolean
act(FalView *view, FalAction action)
{
    Train *train = (Train *)view;
    FalSession *session = fal_app_session(view->app);
    g_autoptr(GError) error = NULL;

    switch (action) {
    case FAL_ACTION_NEXT_LIST:
    case FAL_ACTION_PREVIOUS_LIST:
        go_on(train, !train->on_course);
        return TRUE;
    case FAL_ACTION_EDIT:
        edit(train);
        return TRUE;
    case FAL_ACTION_MORE:
    case FAL_ACTION_LESS:
        fal_form_step(&train->form, session, action == FAL_ACTION_MORE ? 1 : -1, &error);
        break;
    case FAL_ACTION_DEFAULT:
        fal_form_default(&train->form, session, &error);
        break;
    default:
        return FALSE;
    }
    if (error)
        fal_app_fail(view->app, error->message);
    return TRUE;
}

static void
free_view(FalView *view)
{
    Train *train = (Train *)view;

    fal_form_clear(&train->form);
    fal_course_clear(&train->course);
    g_free(train);
}

static const FalViewOps ops = {.title = title,
                               .draw = draw,
                               .pane = pane,
                               .act = act,
                               .click = click,
                               .changed = changed,
                               .free = free_view};

FalView *
fal_train_new(FalApp *app)
{
    Train *train = g_new0(Train, 1);

    train->base = (FalView){
        .ops = &ops, .app = app, .contexts = FAL_IN_LISTS | FAL_IN_TABS | FAL_IN_TRAIN};
    fal_form_init(&train->form);
    fal_course_init(&train->course);
    changed(&train->base);
    return &train->base;
}
