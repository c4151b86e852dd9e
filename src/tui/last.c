/* What was at hand last time (query/last.h), on the screens: offered at a start where nothing
 * else was named, gone back to, and kept when they are left.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

#include <string.h>

static const int kind_of[FAL_LAST_KINDS] = {
    [FAL_LAST_ARTISTS] = FAL_VIEW_ARTISTS, [FAL_LAST_LISTENERS] = FAL_VIEW_LISTENERS};
static const FalSubject subject_of[FAL_LAST_KINDS] = {
    [FAL_LAST_ARTISTS] = FAL_SUBJECT_ARTIST, [FAL_LAST_LISTENERS] = FAL_SUBJECT_USER};

static gint64
id_of(FalDataset *dataset, int kind, gint32 row)
{
    return kind == FAL_LAST_ARTISTS ? fal_dataset_artist_id(dataset, row)
                                    : fal_dataset_user_id(dataset, row);
}

static gint32
row_of(FalDataset *dataset, int kind, gint64 id)
{
    if (id < 0)
        return -1;
    return kind == FAL_LAST_ARTISTS ? fal_dataset_find_artist(dataset, id)
                                    : fal_dataset_find_user(dataset, id);
}

static FalPane *
list_of(FalApp *app, int kind)
{
    FalView *view = app->stack[kind_of[kind]]->pdata[0];

    return view->ops->pane(view);
}

/* --- keeping --- */

static void
note_list(FalApp *app, int kind, FalLastList *list)
{
    FalPane *pane = list_of(app, kind);
    gint32 row;

    if (!pane->rows)
        return;
    list->sort = g_strdup(fal_rows_sorted_by(pane->rows));
    list->reverse = pane->rows->reverse;
    list->filter = g_strdup(pane->rows->filter);
    if (fal_pane_subject(pane, &row) == subject_of[kind])
        list->id = id_of(app->dataset, kind, row);
}

/* The page on top, where it is one of an artist or a listener. */
static void
note_page(FalApp *app, FalLast *place)
{
    FalView *view = fal_app_top(app);
    gint32 artist = view->ops->artist ? view->ops->artist(view) : -1;
    gint32 listener = view->ops->listener ? view->ops->listener(view) : -1;

    if (app->stack[app->view]->len == 1 || !(view->contexts & FAL_IN_TABS))
        return;
    if (listener >= 0)
        place->page[FAL_LAST_LISTENERS] = id_of(app->dataset, FAL_LAST_LISTENERS, listener);
    else if (artist >= 0)
        place->page[FAL_LAST_ARTISTS] = id_of(app->dataset, FAL_LAST_ARTISTS, artist);
}

void
fal_app_keep_last(FalApp *app)
{
    g_autoptr(FalLast) place = fal_last_new();

    /* Loaded just now, and never shown: the lists are still those of other data. */
    if (!app->dataset || app->dataset != fal_session_dataset(app->session))
        return;
    place->view = g_strdup(fal_view_kinds[app->view].name);
    for (int i = 0; i < FAL_LAST_KINDS; i++)
        note_list(app, i, &place->list[i]);
    note_page(app, place);
    fal_last_keep(app->session, place);
}

/* --- offering --- */

/* "R resumes last time: profiledata, model als.npz"; the key first, as the rest may be cut. */
static char *
offer_text(FalApp *app, const FalLast *last)
{
    const FalKey *key = fal_keys_of(FAL_EVERYWHERE, FAL_ACTION_RESUME);
    g_autofree char *name = fal_app_key_name(app, key);
    g_autofree char *data = last->data ? g_filename_display_basename(last->data) : NULL;
    g_autofree char *model = last->model ? g_filename_display_basename(last->model) : NULL;
    g_autofree char *shown = g_strdup_printf("%s%s%s", data ? data : "",
                                             data && model ? ", model "
                                             : model       ? "model "
                                                           : "",
                                             model ? model : "");
    g_autofree char *safe = fal_text_safe(shown);

    return g_strdup_printf("%s resumes last time: %s", name ? name : ":resume", safe);
}

void
fal_app_offer_last(FalApp *app)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FalLast) last = fal_last_read(app->session, &error);

    if (error)
        app->offer = fal_text_safe(error->message);
    if (!last)
        return;
    app->offer = offer_text(app, last);
    app->unasked = TRUE;
}

/* --- going there --- */

/* What the screens do of themselves at the start gives way; what the user began does not. */
void
fal_app_resume(FalApp *app)
{
    if (!app->unasked || !fal_session_job(app->session)) {
        fal_app_run(app, "resume");
        return;
    }
    app->resuming = TRUE;
    fal_session_cancel(app->session);
}

void
fal_app_go_to_last(FalApp *app)
{
    g_autoptr(FalLast) last = fal_last_read(app->session, NULL);

    if (app->place)
        fal_last_free(app->place);
    app->place = g_steal_pointer(&last);
}

static void
restore_list(FalApp *app, int kind, const FalLastList *list)
{
    FalPane *pane = list_of(app, kind);

    if (pane->rows)
        fal_pane_restore(pane, list->sort, list->reverse, list->filter ? list->filter : "",
                         row_of(app->dataset, kind, list->id));
}

/* Once the views know of the data. */
static void
restore_place(FalApp *app)
{
    g_autoptr(FalLast) last = g_steal_pointer(&app->place);

    app->dirty = TRUE;
    if (!app->dataset)
        return;
    for (int i = 0; i < FAL_LAST_KINDS; i++)
        restore_list(app, i, &last->list[i]);
    for (int i = 0; last->view && i < FAL_VIEWS; i++)
        if (!strcmp(fal_view_kinds[i].name, last->view))
            fal_app_go(app, i);
    for (int i = 0; i < FAL_LAST_KINDS; i++) {
        gint32 row = row_of(app->dataset, i, last->page[i]);
        if (row >= 0)
            fal_app_open(app, subject_of[i], row);
    }
}

void
fal_app_follow_last(FalApp *app)
{
    if (app->resuming && !fal_session_job(app->session)) {
        app->resuming = FALSE;
        fal_app_run(app, "resume");
    }
    if (app->place)
        restore_place(app);
}
