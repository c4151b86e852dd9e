/* Places: what was gone to, as the pages of a browser, on each view's own way - back, forward
 * again, and the places gone to last. And what is shown over a place.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

#include "query/jump.h"

enum {
    MOST_PLACES = 50, /* of a view; each may hold an answer of many rows */
    MOST_RECENT = 10,
};

static GPtrArray *
new_places(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)fal_view_free);
}

void
fal_app_places_init(FalApp *app)
{
    for (int i = 0; i < FAL_VIEWS; i++) {
        app->stack[i] = new_places();
        app->ahead[i] = new_places();
        g_ptr_array_add(app->stack[i], fal_view_kinds[i].make(app));
    }
    app->recent = g_array_new(FALSE, FALSE, sizeof(FalRecent));
}

void
fal_app_places_clear(FalApp *app)
{
    fal_app_close_over(app);
    for (int i = 0; i < FAL_VIEWS; i++) {
        g_ptr_array_unref(app->stack[i]);
        g_ptr_array_unref(app->ahead[i]);
    }
    g_array_unref(app->recent);
    g_clear_pointer(&app->jump, fal_jump_free);
}

void
fal_app_places_forget(FalApp *app)
{
    fal_app_close_over(app);
    for (int i = 0; i < FAL_VIEWS; i++)
        fal_app_root(app, i);
    g_array_set_size(app->recent, 0);
    g_clear_pointer(&app->jump, fal_jump_free);
}

FalView *
fal_app_top(FalApp *app)
{
    GPtrArray *stack = app->stack[app->view];

    return stack->pdata[stack->len - 1];
}

/* It was not told of what changed while others were shown. */
static void
show_top(FalApp *app)
{
    FalView *view = fal_app_top(app);

    if (view->ops->changed)
        view->ops->changed(view);
    app->dirty = TRUE;
}

void
fal_app_root(FalApp *app, int kind)
{
    g_ptr_array_set_size(app->stack[kind], 1);
    g_ptr_array_set_size(app->ahead[kind], 0);
}

void
fal_app_push(FalApp *app, FalView *view)
{
    GPtrArray *stack = app->stack[app->view];

    /* An answer that comes while a filter or a value is typed must not get what is typed. */
    fal_app_close_over(app);
    if (app->prompt.kind != FAL_PROMPT_COMMAND)
        fal_prompt_close(&app->prompt);
    g_ptr_array_set_size(app->ahead[app->view], 0);
    g_ptr_array_add(stack, view);
    if (stack->len > MOST_PLACES)
        g_ptr_array_remove_index(stack, 1);
    app->dirty = TRUE;
}

void
fal_app_back(FalApp *app)
{
    GPtrArray *stack = app->stack[app->view];

    if (stack->len == 1)
        return;
    g_ptr_array_add(app->ahead[app->view], g_ptr_array_steal_index(stack, stack->len - 1));
    show_top(app);
}

void
fal_app_forward(FalApp *app)
{
    GPtrArray *ahead = app->ahead[app->view];

    if (ahead->len == 0) {
        fal_app_say_keyed(
            app, "no place lies ahead: {>} returns to where {Backspace|going back} came from");
        return;
    }
    g_ptr_array_add(app->stack[app->view], g_ptr_array_steal_index(ahead, ahead->len - 1));
    show_top(app);
}

void
fal_app_open(FalApp *app, FalSubject subject, gint32 row)
{
    FalRecent recent = {subject, row};

    for (guint i = 0; i < app->recent->len; i++) {
        const FalRecent *other = &g_array_index(app->recent, FalRecent, i);
        if (other->subject == subject && other->row == row) {
            g_array_remove_index(app->recent, i);
            break;
        }
    }
    g_array_prepend_val(app->recent, recent);
    g_array_set_size(app->recent, MIN(app->recent->len, MOST_RECENT));
    fal_app_push(app, fal_page_new(app, subject, row));
}

/* The artist that the places of a view have led to, -1 for none. */
static gint32
artist_of(FalApp *app, int kind)
{
    GPtrArray *stack = app->stack[kind];
    FalView *view = stack->pdata[stack->len - 1];
    FalPane *pane = view->ops->pane ? view->ops->pane(view) : NULL;
    gint32 row = view->ops->artist ? view->ops->artist(view) : -1, selected;

    if (row < 0 && pane && fal_pane_subject(pane, &selected) == FAL_SUBJECT_ARTIST)
        row = selected;
    return row;
}

void
fal_app_go(FalApp *app, int kind)
{
    gint32 artist = artist_of(app, app->view);

    if (artist < 0)
        artist = artist_of(app, FAL_VIEW_ARTISTS);
    if (kind == app->view)
        return;
    fal_app_close_over(app);
    app->view = kind;
    FalView *view = fal_app_top(app);
    if (view->ops->enter && artist >= 0)
        view->ops->enter(view, artist);
}

/* --- over them --- */

void
fal_app_show_over(FalApp *app, FalView *view)
{
    fal_app_close_over(app);
    app->over = view;
    app->dirty = TRUE;
}

void
fal_app_close_over(FalApp *app)
{
    if (!app->over)
        return;
    if (app->prompt.kind == FAL_PROMPT_JUMP)
        fal_prompt_close(&app->prompt);
    g_clear_pointer(&app->over, fal_view_free);
    app->dirty = TRUE;
}
