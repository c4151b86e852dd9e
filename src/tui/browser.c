/* The views Artists and Listeners: all of them in one list, the selected one's detail beside it
 * where there is room.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/view.h"

typedef struct {
    FalView base;
    FalSubject subject;
    FalDataset *dataset; /* whose rows the pane has; only compared */
    FalPane pane;
} Browser;

static char *
title(FalView *view)
{
    return g_strdup(((Browser *)view)->subject == FAL_SUBJECT_ARTIST ? "Artists" : "Listeners");
}

static FalPane *
pane(FalView *view)
{
    return &((Browser *)view)->pane;
}

static void
changed(FalView *view)
{
    Browser *browser = (Browser *)view;
    FalDataset *dataset = fal_session_dataset(fal_app_session(view->app));

    if (!dataset || dataset == browser->dataset)
        return;
    fal_pane_clear(&browser->pane);
    fal_pane_init(&browser->pane);
    fal_pane_set_rows(&browser->pane, fal_rows_of_dataset(dataset, browser->subject));
    browser->dataset = dataset;
}

/* What an empty list says. */
static void
draw_empty(Browser *browser, FalRect rect)
{
    FalSession *session = fal_app_session(browser->base.app);
    g_autofree char *back =
        fal_app_keyed(browser->base.app, "{Esc|an empty filter} shows all again");
    g_autofree char *text = NULL;

    if (browser->pane.rows)
        text = g_strdup_printf("no %s holds \"%s\": %s",
                               browser->subject == FAL_SUBJECT_ARTIST ? "artist" : "listener",
                               fal_pane_filter_text(&browser->pane), back);
    else if (fal_session_job(session))
        text = g_strdup("reading the data ...");
    else
        text = g_strdup("no data yet: type :load PATH, or :load demo");
    rect.x += 2;
    rect.width -= 2;
    rect.y += rect.height > 2;
    fal_draw_paragraph(rect, FAL_ROLE_DIM, text);
}

static void
draw(FalView *view, FalRect body)
{
    Browser *browser = (Browser *)view;
    FalRect list = body, detail = body;
    gint32 row;

    view->cursor_y = body.y;
    view->cursor_x = body.x;
    if (!browser->pane.rows) {
        draw_empty(browser, body);
        return;
    }
    FalSubject subject = fal_pane_subject(&browser->pane, &row);
    gboolean beside = body.width >= FAL_DETAIL_WIDTH;
    if (beside) {
        list.width = body.width / 2 - 1;
        detail.x = list.x + list.width + 2;
        detail.width = body.width - list.width - 2;
        fal_draw_wall(body.y, detail.x - 1, body.height);
    }
    view->cursor_y = fal_draw_pane(list, &browser->pane, &(FalListLook){.focus = TRUE});
    if (fal_pane_n(&browser->pane) == 0) {
        list.y++;
        list.height--;
        draw_empty(browser, list);
        return;
    }
    if (beside)
        fal_detail_draw(view->app, detail, fal_app_detail(view->app, subject, row));
}

static void
free_view(FalView *view)
{
    fal_pane_clear(&((Browser *)view)->pane);
    g_free(view);
}

static const FalViewOps ops = {
    .title = title, .draw = draw, .pane = pane, .changed = changed, .free = free_view};

FalView *
fal_browser_new(FalApp *app, FalSubject subject)
{
    Browser *browser = g_new0(Browser, 1);

    browser->base = (FalView){.ops = &ops, .app = app, .contexts = FAL_IN_LISTS};
    browser->subject = subject;
    fal_pane_init(&browser->pane);
    changed(&browser->base);
    return &browser->base;
}
