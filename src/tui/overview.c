/* The data as a whole: what was counted when it was loaded, and how listeners and artists are
 * spread, from those with one of the other kind to those with most.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/view.h"

#include "data/histogram.h"
#include "query/browse.h"

enum {
    CHART = 8,        /* lines of a chart, at least */
    LEAST_LIST = 5,   /* lines; the charts give way */
    LEAST_WIDTH = 50, /* for two charts beside each other */
};

typedef struct {
    FalView base;
    FalPane pane;
    FalHistogram artists, users; /* by listeners, by artists */
    guint32 artists_median, users_median;
    enum { FIGURES, BY_LISTENERS, BY_ARTISTS, PARTS } part; /* that has the keys */
} Overview;

static char *
title(FalView *view)
{
    static const char *const titles[PARTS] = {"The data", "The data: artists by listeners",
                                              "The data: listeners by artists"};

    return g_strdup(titles[((Overview *)view)->part]);
}

static FalPane *
pane(FalView *view)
{
    Overview *overview = (Overview *)view;

    return overview->part == FIGURES ? &overview->pane : NULL;
}

/* "artists by listeners: half 1, most 6,611, log scale", or less of it. */
static char *
chart_title(int width, const char *what, guint32 median, const FalHistogram *h, gboolean log_y)
{
    g_autofree char *half = fal_text_count(median);
    g_autofree char *most = fal_text_count((gint64)h->largest);
    char *text = g_strdup_printf("%s: median %s, most %s%s", what, half, most,
                                 log_y ? ", log scale" : "");

    if (fal_text_width(text) > width) {
        g_free(text);
        text = g_strdup_printf("%s%s", what, log_y ? ", log scale" : "");
    }
    return text;
}

static void
draw_histogram(FalRect rect, const char *what, guint32 median, const FalHistogram *h)
{
    static const char *const powers[] = {"1",  "10",  "100",  "1k", "10k", "100k",
                                         "1M", "10M", "100M", "1G", "10G"};
    double y[FAL_MOST_BINS];
    FalMark mark[G_N_ELEMENTS(powers)];
    FalSeries series = {NULL, y, h->n};
    int n_marks = 0;

    if (rect.width < 20 || rect.height < 4) {
        g_autofree char *words = chart_title(G_MAXINT, what, median, h, FALSE);
        fal_draw_paragraph(rect, FAL_ROLE_TEXT, words);
        return;
    }
    gboolean log_y = fal_histogram_is_peaked(h->count, h->n);
    g_autofree char *text = chart_title(rect.width, what, median, h, log_y);

    for (int i = 0; i < h->n; i++)
        y[i] = (double)h->count[i];
    while (n_marks < (int)G_N_ELEMENTS(powers) && n_marks * FAL_BINS_PER_DECADE <= h->n) {
        mark[n_marks] = (FalMark){n_marks * FAL_BINS_PER_DECADE, powers[n_marks]};
        n_marks++;
    }
    fal_draw_bins(rect, text, log_y, &(FalBins){FAL_FILL_SOLID, mark, n_marks}, &series, 1);
}

static void
draw_charts(FalRect rect, const Overview *overview)
{
    FalRect half = {rect.y, rect.x, rect.height, (rect.width - 3) / 2};

    draw_histogram(half, "artists by listeners", overview->artists_median, &overview->artists);
    half.x += half.width + 3;
    draw_histogram(half, "listeners by artists", overview->users_median, &overview->users);
}

/* One histogram, which has all the room. */
static void
draw_part(FalRect rect, const Overview *overview)
{
    if (overview->part == BY_LISTENERS)
        draw_histogram(rect, "artists by listeners", overview->artists_median,
                       &overview->artists);
    else
        draw_histogram(rect, "listeners by artists", overview->users_median, &overview->users);
}

static void
draw(FalView *view, FalRect body)
{
    Overview *overview = (Overview *)view;

    if (overview->part != FIGURES) {
        view->cursor_y = body.y;
        view->cursor_x = body.x;
        draw_part((FalRect){body.y, body.x + 1, body.height, body.width - 2}, overview);
        return;
    }
    int rows = MAX(1, (int)fal_pane_n(&overview->pane)) + 1;
    int charts = body.width >= LEAST_WIDTH ? MAX(CHART, body.height - rows - 1) : 0;

    if (body.height - charts < LEAST_LIST)
        charts = 0;
    int list = MIN(rows, body.height - charts);
    /* What the figures mean is cut where the screen is narrow. */
    list += charts == 0 && list < body.height ? MIN(2, body.height - list) : 0;
    view->cursor_y =
        fal_draw_pane_whole((FalRect){body.y, body.x, list, body.width}, &overview->pane);
    view->cursor_x = body.x;
    fal_app_draw_unmatched(view->app, (FalRect){body.y, body.x, list, body.width},
                           &overview->pane);
    if (charts > 0)
        draw_charts(
            (FalRect){body.y + body.height - charts, body.x + 1, charts, body.width - 2},
            overview);
}

static gboolean
act(FalView *view, FalAction action)
{
    Overview *overview = (Overview *)view;

    if (action != FAL_ACTION_NEXT_LIST && action != FAL_ACTION_PREVIOUS_LIST)
        return FALSE;
    overview->part =
        (overview->part + (action == FAL_ACTION_NEXT_LIST ? 1 : PARTS - 1)) % PARTS;
    return TRUE;
}

static void
free_view(FalView *view)
{
    fal_pane_clear(&((Overview *)view)->pane);
    g_free(view);
}

static const FalViewOps ops = {
    .title = title, .draw = draw, .pane = pane, .act = act, .free = free_view};

/* Rows fall by it: the middle one has the median. */
static guint32
median(const FalCsr *csr)
{
    return csr->n_rows > 0 ? (guint32)fal_csr_count(csr, csr->n_rows / 2) : 0;
}

/* Rows with as many entries as count says, for counting only: a data set may know the figures
 * and have no plays. */
static FalCsr
rows_of(const FalDataset *dataset, gint32 n, guint32 (*count)(const FalDataset *, gint32))
{
    FalCsr rows = {.n_rows = n, .start = g_new0(gint64, (gsize)n + 1)};

    for (gint32 row = 0; row < n; row++)
        rows.start[row + 1] = rows.start[row] + count(dataset, row);
    return rows;
}

FalView *
fal_overview_new(FalApp *app)
{
    FalDataset *dataset = fal_session_dataset(fal_app_session(app));

    if (!dataset)
        return NULL;
    FalCsr artists = rows_of(dataset, fal_dataset_n_artists(dataset), fal_dataset_listeners);
    FalCsr users = rows_of(dataset, fal_dataset_n_users(dataset), fal_dataset_user_artists);
    const FalCsr *by_artist = &artists, *by_user = &users;
    Overview *overview = g_new0(Overview, 1);
    overview->base = (FalView){
        .ops = &ops, .app = app, .contexts = FAL_IN_LISTS | FAL_IN_OVERVIEW | FAL_IN_TABS};
    fal_histogram_rows(&overview->artists, by_artist);
    fal_histogram_rows(&overview->users, by_user);
    overview->artists_median = median(by_artist);
    overview->users_median = median(by_user);
    g_free(artists.start);
    g_free(users.start);
    fal_pane_init(&overview->pane);
    fal_pane_set_rows(&overview->pane, fal_rows_of_table(fal_stats_table(dataset)));
    return &overview->base;
}
