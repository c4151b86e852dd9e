/* The page of an artist or a listener: facts, and lists that Tab goes through, with the
 * selected row's detail beside them where there is room. And that detail itself.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/view.h"

#include <string.h>

#include "query/resolve.h"

enum { PAGE_DEPTH = 100 };

typedef struct {
    FalView base;
    FalProfile *profile; /* its rows have gone to the panes */
    FalPane pane[FAL_PROFILE_LISTS];
    int current;
    guint generation;
    gboolean short_tabs; /* as the room has it */
    /* Where the lists' names were drawn: their line, -1 for none, and from where to where. */
    int tab_y, tab_x[FAL_PROFILE_LISTS], tab_end[FAL_PROFILE_LISTS];
} Page;

/* --- the detail beside a list --- */

static int
draw_head(FalRect rect, const FalProfile *profile)
{
    int mark = fal_text_width(profile->mark);

    fal_draw_put(rect.y, rect.x, rect.width - mark - 1, FAL_ROLE_TITLE, profile->name);
    if (mark + 4 < rect.width)
        fal_draw_put(rect.y, rect.x + rect.width - mark, mark, FAL_ROLE_DIM, profile->mark);
    return 1;
}

/* As many words of a line as fit. */
static char *
whole_columns(const char *line, int width)
{
    gsize n = fal_text_prefix(line, width, NULL);

    if (line[n] != '\0' && line[n] != ' ')
        while (n > 0 && line[n - 1] != ' ')
            n--;
    return g_strndup(line, n);
}

/* The facts, in at most so many lines; gives back how many it took. */
static int
draw_facts(FalRect rect, const FalProfile *profile)
{
    int used = 0;

    for (guint i = 0; i < profile->facts->len && used < rect.height; i++) {
        const char *fact = profile->facts->pdata[i];
        FalRect at = {rect.y + used, rect.x, MIN(2, rect.height - used), rect.width};
        /* A table of figures is not broken into words: the last columns give way. */
        if (fal_text_width(fact) > rect.width && strstr(fact, "   ")) {
            g_autofree char *whole = whole_columns(fact, rect.width);
            used += fal_draw_put(at.y, at.x, at.width, FAL_ROLE_TEXT, whole) > 0;
        } else
            used += fal_draw_paragraph(at, FAL_ROLE_TEXT, fact);
    }
    return used;
}

void
fal_detail_draw(FalApp *app, FalRect rect, FalProfile *profile)
{
    FalRect rest = {rect.y, rect.x + 1, rect.height, rect.width - 2};

    if (!profile || rect.height <= 0)
        return;
    int used = draw_head(rest, profile);
    rest.y += used;
    rest.height -= used;
    used = draw_facts(rest, profile);
    rest.y += used;
    rest.height -= used;
    for (int i = 0; i < profile->n_lists && rest.height > 1; i++) {
        int gap = rest.height > 5;
        int left = profile->n_lists - i;
        int height = left == 1 ? rest.height - gap : rest.height * 3 / 5;
        FalPane pane;
        rest.y += gap;
        FalRect list = {rest.y, rest.x - 2, height, rest.width + 2};
        fal_pane_init(&pane);
        pane.rows = profile->list[i].rows;
        fal_list_init(&pane.list, fal_rows_n(pane.rows));
        fal_draw_pane(
            list, &pane,
            &(FalListLook){.plain = TRUE, .brief = TRUE, .title = profile->list[i].name});
        if (pane.list.n == 0) {
            g_autofree char *empty = fal_app_keyed(app, profile->list[i].empty);
            fal_draw_paragraph((FalRect){rest.y + 1, rest.x, height - 1, rest.width},
                               FAL_ROLE_DIM, empty);
        }
        pane.rows = NULL;
        /* What is yet to come keeps its place. */
        if (!profile->partial)
            height = (int)MIN(height, 1 + MAX(1, pane.list.n));
        fal_pane_clear(&pane);
        rest.y += height;
        rest.height -= height + gap;
    }
}

/* --- the page --- */

static char *
title(FalView *view)
{
    Page *page = (Page *)view;

    return g_strdup_printf("%s: %s", page->profile->name,
                           page->profile->list[page->current].name);
}

static FalPane *
pane(FalView *view)
{
    return &((Page *)view)->pane[((Page *)view)->current];
}

static void
fill(Page *page, FalSubject subject, gint32 row)
{
    FalApp *app = page->base.app;
    FalProfile *profile = fal_app_profile(app, subject, row, PAGE_DEPTH);
    const char *name = page->profile ? page->profile->list[page->current].name : NULL;

    page->current = 0;
    for (int i = 0; i < profile->n_lists; i++) {
        fal_pane_set_rows(&page->pane[i], g_steal_pointer(&profile->list[i].rows));
        /* Without held-out plays, or a model, there are other lists. */
        if (name && g_str_equal(profile->list[i].name, name))
            page->current = i;
    }
    g_clear_pointer(&page->profile, fal_profile_free);
    page->profile = profile;
    page->generation = fal_session_generation(fal_app_session(app));
}

static void
changed(FalView *view)
{
    Page *page = (Page *)view;

    if (page->generation != fal_session_generation(fal_app_session(view->app)))
        fill(page, page->profile->subject, page->profile->row);
}

/* Short ones have how many rows there are only where one is. */
static char *
tab_text(const Page *page, int i)
{
    const char *name = page->profile->list[i].name;
    g_autofree char *n = fal_text_count(fal_pane_n(&page->pane[i]));

    return page->short_tabs && i != page->current ? g_strdup_printf(" %s ", name)
                                                  : g_strdup_printf(" %s %s ", name, n);
}

static int
tabs_width(const Page *page)
{
    int width = 0;

    for (int i = 0; i < page->profile->n_lists; i++) {
        g_autofree char *tab = tab_text(page, i);
        width += fal_text_width(tab) + 1;
    }
    return width - 1;
}

/* The first tab to draw, so that the current one is to be seen whole. */
static int
first_tab(const Page *page, int room)
{
    int first = page->current, used = 0;

    for (int i = page->current; i >= 0; i--) {
        g_autofree char *tab = tab_text(page, i);
        used += fal_text_width(tab) + 1;
        if (used - 1 > room)
            break;
        first = i;
    }
    return first;
}

/* The lists' names, the current one marked. */
static void
draw_tabs(Page *page, FalRect rect)
{
    int x = rect.x, end = rect.x + rect.width;

    page->tab_y = rect.y;
    for (int i = 0; i < FAL_PROFILE_LISTS; i++)
        page->tab_x[i] = page->tab_end[i] = 0;

    page->short_tabs = FALSE;
    page->short_tabs = tabs_width(page) > rect.width;
    for (int i = first_tab(page, rect.width); i < page->profile->n_lists; i++) {
        gboolean current = i == page->current;
        g_autofree char *tab = tab_text(page, i);
        page->tab_x[i] = x;
        x += fal_draw_put(rect.y, x, end - x, current ? FAL_ROLE_VIEW : FAL_ROLE_DIM, tab);
        page->tab_end[i] = x;
        x++;
    }
    if (page->profile->n_lists > 1 && x + 8 < end) {
        x += fal_draw_put(rect.y, x + 1, 3, FAL_ROLE_KEY, "Tab") + 1;
        fal_draw_put(rect.y, x + 1, 5, FAL_ROLE_DIM, "next");
    }
}

static void
draw_list(Page *page, FalRect list)
{
    FalPane *current = &page->pane[page->current];

    page->base.cursor_y = fal_draw_pane(list, current, &(FalListLook){.focus = TRUE});
    page->base.cursor_x = list.x;
    if (fal_pane_n(current) == 0) {
        g_autofree char *empty =
            fal_app_keyed(page->base.app, *fal_pane_filter_text(current)
                                              ? FAL_TEXT_UNMATCHED
                                              : page->profile->list[page->current].empty);
        fal_draw_paragraph((FalRect){list.y + 1, list.x + 2, list.height - 1, list.width - 2},
                           FAL_ROLE_DIM, empty);
    }
}

static void
draw(FalView *view, FalRect body)
{
    Page *page = (Page *)view;
    FalRect left = body;
    gint32 row;

    if (page->profile->partial && fal_app_rests(view->app))
        fill(page, page->profile->subject, page->profile->row);
    if (body.width >= FAL_DETAIL_WIDTH) {
        left.width = body.width / 2 - 1;
        FalRect detail = {body.y, left.x + left.width + 2, body.height,
                          body.width - left.width - 2};
        fal_draw_wall(body.y, detail.x - 1, body.height);
        FalSubject subject = fal_pane_subject(pane(view), &row);
        if (subject != FAL_SUBJECT_NONE)
            fal_detail_draw(view->app, detail, fal_app_detail(view->app, subject, row));
    }
    /* The list needs some lines; what stands above it gives way. */
    FalRect head = {left.y, left.x + 1, left.height - 5, left.width - 2};
    if (head.height > 1) {
        int used = draw_head(head, page->profile);
        used += draw_facts((FalRect){head.y + used, head.x, head.height - used, head.width},
                           page->profile);
        used += left.height - used > 10;
        left.y += used;
        left.height -= used;
    }
    page->tab_y = -1;
    if (left.height > 3) {
        draw_tabs(page, (FalRect){left.y, left.x + 1, 1, left.width - 2});
        left.y++;
        left.height--;
    }
    draw_list(page, left);
}

/* Of two artists: how many play both, and how many would by chance. */
static void
tell_shared(FalApp *app, gint32 of, gint32 with)
{
    FalDataset *dataset = fal_session_dataset(fal_app_session(app));
    const FalCsr *csr = fal_plays_by_artist(fal_dataset_plays(dataset));
    gint64 n = fal_csr_count(csr, with), both = 0;

    for (gint64 i = 0; i < n; i++)
        both += fal_csr_find(csr, of, csr->col[csr->start[with] + i]) > 0;
    double chance =
        (double)n * (double)fal_csr_count(csr, of) / (double)fal_dataset_n_users(dataset);
    g_autofree char *name = fal_artist_label(dataset, with);
    g_autofree char *other = fal_artist_label(dataset, of);
    g_autofree char *shared = fal_text_count(both);
    g_autofree char *all = fal_text_count(n);
    g_autofree char *expected = fal_text_real(chance, 3);
    g_autofree char *text = g_strdup_printf(
        "of the %s listener%s of %s %s play%s %s too; by chance it would be %s", all,
        n == 1 ? "" : "s", name, shared, both == 1 ? "s" : "", other, expected);
    fal_app_say(app, text);
}

/* Why the selected artist has its score for this listener, or this artist for the selected
 * listener; of two artists, what they share. */
static void
explain(Page *page)
{
    FalApp *app = page->base.app;
    FalDataset *dataset = fal_session_dataset(fal_app_session(app));
    FalSubject about = page->profile->subject;
    gint32 row, self = page->profile->row;
    FalSubject subject = fal_pane_subject(pane(&page->base), &row);

    if (subject == FAL_SUBJECT_NONE || (about == FAL_SUBJECT_USER && subject == about)) {
        fal_app_say(app, "no artist is selected that could be explained");
        return;
    }
    if (subject == about) {
        tell_shared(app, self, row);
        return;
    }
    gint32 user = about == FAL_SUBJECT_USER ? self : row;
    gint32 artist = about == FAL_SUBJECT_USER ? row : self;
    g_autofree char *line = g_strdup_printf(
        "explain %" G_GINT64_FORMAT " id:%" G_GINT64_FORMAT " n=0",
        fal_dataset_user_id(dataset, user), fal_dataset_artist_id(dataset, artist));
    fal_pane_keep(pane(&page->base));
    fal_app_run(app, line);
}

static gboolean
act(FalView *view, FalAction action)
{
    Page *page = (Page *)view;
    int n = page->profile->n_lists;

    if (action == FAL_ACTION_EXPLAIN) {
        explain(page);
        return TRUE;
    }
    if (action != FAL_ACTION_NEXT_LIST && action != FAL_ACTION_PREVIOUS_LIST)
        return FALSE;
    page->current = (page->current + (action == FAL_ACTION_NEXT_LIST ? 1 : n - 1)) % n;
    return TRUE;
}

/* On the name of a list it shows that one. */
static gboolean
click(FalView *view, int y, int x)
{
    Page *page = (Page *)view;

    if (y != page->tab_y)
        return FALSE;
    for (int i = 0; i < page->profile->n_lists; i++)
        if (x >= page->tab_x[i] && x < page->tab_end[i])
            page->current = i;
    return TRUE;
}

static gint32
artist(FalView *view)
{
    const FalProfile *profile = ((Page *)view)->profile;

    return profile->subject == FAL_SUBJECT_ARTIST ? profile->row : -1;
}

static gint32
listener(FalView *view)
{
    const FalProfile *profile = ((Page *)view)->profile;

    return profile->subject == FAL_SUBJECT_USER ? profile->row : -1;
}

static void
free_view(FalView *view)
{
    Page *page = (Page *)view;

    for (int i = 0; i < FAL_PROFILE_LISTS; i++)
        fal_pane_clear(&page->pane[i]);
    fal_profile_free(page->profile);
    g_free(page);
}

static const FalViewOps ops = {.title = title,
                               .draw = draw,
                               .pane = pane,
                               .act = act,
                               .click = click,
                               .artist = artist,
                               .listener = listener,
                               .changed = changed,
                               .free = free_view};

FalView *
fal_page_new(FalApp *app, FalSubject subject, gint32 row)
{
    Page *page = g_new0(Page, 1);

    page->base = (FalView){.ops = &ops, .app = app, .contexts = FAL_IN_LISTS | FAL_IN_TABS};
    if (subject == FAL_SUBJECT_USER)
        page->base.contexts |= FAL_IN_LISTENER;
    else
        page->base.contexts |= FAL_IN_ARTIST;
    for (int i = 0; i < FAL_PROFILE_LISTS; i++)
        fal_pane_init(&page->pane[i]);
    fill(page, subject, row);
    return &page->base;
}
