/* Drawing: the pieces that all screens are made of. Text is made safe and cut to cells here, so
 * that nothing else reaches curses. Nothing is drawn outside the screen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_DRAW_H
#define FAL_TUI_DRAW_H

#include "base/glyphs.h"
#include "base/text.h"
#include "render/chart.h"
#include "tui/pane.h"
#include "tui/term.h"

typedef struct {
    int y, x, height, width;
} FalRect;

/* Text cut to at most `cells` cells; gives back how many it took. */
int fal_draw_put(int y, int x, int cells, FalRole role, const char *text);
/* Text in exactly `cells` cells. */
void fal_draw_fit(int y, int x, int cells, FalRole role, FalAlign align, const char *text);
/* Text broken into lines between words, the last one cut where there is more; gives back how
 * many. With a height of 0 it only counts them. */
int fal_draw_paragraph(FalRect rect, FalRole role, const char *text);
/* A line across, and one down. */
void fal_draw_rule(int y, int x, int cells);
void fal_draw_wall(int y, int x, int height);

typedef struct {
    gboolean focus;     /* has the keys */
    gboolean plain;     /* nothing is selected: only to look at */
    gboolean brief;     /* what a bar tells is enough: no ranks and figures beside it */
    const char *title;  /* stands over the list, instead of the first columns' names */
    FalListCell *cells; /* where the columns were put (n_columns of rows), may be NULL */
} FalListLook;

/* A list, header included where there is room, in the one way there is: typed columns that
 * give way by priority, bars, marks, what is searched. Gives back the selected row's line, or
 * rect.y. */
int fal_draw_pane(FalRect rect, FalPane *pane, const FalListLook *look);

/* A list that has the keys, and below it what of the selected row it has no room for. */
int fal_draw_pane_whole(FalRect rect, FalPane *pane);

/* A chart; series in the colours of FAL_ROLE_SERIES_1 and on. */
void fal_draw_chart(FalRect rect, const char *title, gboolean log_y, int n_x,
                    const FalSeries *series, int n_series);
/* A histogram, in the same colours. */
void fal_draw_bins(FalRect rect, const char *title, gboolean log_y, const FalBins *bins,
                   const FalSeries *series, int n_series);

#endif
