/* The user's keys on the screens: what a bound key does, what is selected for it, and which key
 * does what now.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

#include <string.h>

#include "query/bindings.h"

G_STATIC_ASSERT(FAL_BINDING_VIEWS == FAL_VIEWS + 1);

static FalBindings *
bindings_of(FalApp *app)
{
    return fal_session_bindings(app->session);
}

const FalBinding *
fal_app_binding(FalApp *app, FalPress press, gboolean *begins)
{
    return fal_bindings_find(bindings_of(app), app->view + 1, press, begins);
}

/* --- what a bound command is about --- */

/* The row that the list has selected, else the one that the page is about; -1. */
static gint32
row_at_hand(FalApp *app, FalSubject subject)
{
    FalView *view = fal_app_top(app);
    FalPane *pane = view->ops->pane ? view->ops->pane(view) : NULL;
    gint32 (*about)(FalView *) =
        subject == FAL_SUBJECT_ARTIST ? view->ops->artist : view->ops->listener;
    gint32 row;

    if (pane && fal_pane_subject(pane, &row) == subject)
        return row;
    return about ? about(view) : -1;
}

/* "id:979", "123", in the view You "you"; NULL. */
static char *
word_at_hand(FalApp *app, FalSubject subject)
{
    FalDataset *dataset = fal_session_dataset(app->session);
    gint32 row = dataset ? row_at_hand(app, subject) : -1;

    if (row >= 0 && subject == FAL_SUBJECT_ARTIST)
        return g_strdup_printf("id:%" G_GINT64_FORMAT, fal_dataset_artist_id(dataset, row));
    if (row >= 0)
        return g_strdup_printf("%" G_GINT64_FORMAT, fal_dataset_user_id(dataset, row));
    if (subject == FAL_SUBJECT_USER && app->view == FAL_VIEW_YOU &&
        app->stack[FAL_VIEW_YOU]->len == 1)
        return g_strdup("you");
    return NULL;
}

void
fal_app_run_bound(FalApp *app, const char *command)
{
    FalView *view = fal_app_top(app);
    FalPane *pane = view->ops->pane ? view->ops->pane(view) : NULL;
    g_autofree char *artist = word_at_hand(app, FAL_SUBJECT_ARTIST);
    g_autofree char *user = word_at_hand(app, FAL_SUBJECT_USER);
    g_autoptr(GError) error = NULL;
    g_autofree char *line = fal_binding_line(command, artist, user, &error);

    if (!line) {
        fal_app_fail(app, error->message);
        return;
    }
    if (pane && pane->rows)
        fal_pane_keep(pane);
    fal_app_run(app, line);
}

/* --- which key does what now --- */

gboolean
fal_app_is_bound(FalApp *app, const char *way)
{
    FalPress press;
    gboolean begins, first_begins;

    if (!fal_keyname_parse(way, &press, NULL))
        return FALSE;
    const FalBinding *mine = fal_app_binding(app, press, &begins);
    if (mine)
        return mine->kind != FAL_BINDING_KEY || !fal_press_equal(mine->as, press);
    /* A pair whose first key acts at once is never finished. */
    return begins || (press.first != FAL_CODE_NONE &&
                      fal_app_binding(app, (FalPress){FAL_CODE_NONE, press.first},
                                      &first_begins) != NULL);
}

/* One of the user's keys that does what this way does by itself, or NULL. */
static char *
stand_in(FalApp *app, const char *way)
{
    FalBindings *bindings = bindings_of(app);
    FalPress press;
    gboolean begins;

    if (!fal_keyname_parse(way, &press, NULL))
        return NULL;
    for (int i = 0; i < fal_bindings_n(bindings); i++) {
        const FalBinding *b = fal_bindings_at(bindings, i);
        if (b->kind == FAL_BINDING_KEY && fal_press_equal(b->as, press) &&
            fal_app_binding(app, b->press, &begins) == b)
            return fal_keyname_text(b->press);
    }
    return NULL;
}

char *
fal_app_key_name(FalApp *app, const FalKey *key)
{
    g_auto(GStrv) ways = g_strsplit(key->keys, ", ", -1);
    char *name = NULL;

    if (key->context & FAL_IN_OWN)
        return g_strdup(ways[0]);
    for (int i = 0; ways[i]; i++)
        if (!fal_app_is_bound(app, ways[i]))
            return g_strdup(ways[i]);
    for (int i = 0; ways[i] && !name; i++)
        name = stand_in(app, ways[i]);
    return name;
}
