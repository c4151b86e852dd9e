/* What the view Map shows: which artists are where, and the window on them. A point is an
 * artist's row on the axes, and a place in `members` around one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_MAP_H
#define FAL_TUI_MAP_H

#include "query/match.h"
#include "render/map.h"
#include "tui/view.h"

#define FAL_MAP_NEIGHBOURS 200

typedef struct {
    FalView base;
    FalModel *model;     /* of what is kept below; NULL: nothing is */
    FalDataset *dataset; /* whose rows these are; only compared */
    gint32 selected;     /* an artist */
    gint32 came;         /* the artist that another view led here with last, -1 */
    int axis[2];         /* across, up */
    gint32 middle;       /* around which artist; -1: on the axes */

    /* On the axes, made when they are first drawn: by row. */
    float *on[2];
    int made[2]; /* which axes they hold, -1: none */
    /* Around one. */
    gint32 members[FAL_MAP_NEIGHBOURS + 1];
    float around[2][FAL_MAP_NEIGHBOURS + 1];
    gint32 n_members;
    double share[2];

    FalMapWindow window, whole;
    gboolean placed;   /* the window is of these points */
    FalMap *grid;      /* as it was drawn last; NULL: not since the points are other ones */
    int height, width; /* of it */
    int y, x;          /* where it was drawn */

    char *search;   /* folded; "" for none */
    FalMarks marks; /* the artists that hold it */
    gint32 origin;  /* where a search that is being typed set out from */
    FalMapWindow origin_window;
    gint32 origin_middle;
    const FalModel *origin_model; /* only compared */
} FalMapView;

FalSession *fal_map_session(const FalMapView *map);
/* Makes whatever is to be drawn and not there yet; FALSE where there is no model, or it cannot,
 * having said why. The next ones need it. */
gboolean fal_map_prepare(FalMapView *map);
FalMapPoints fal_map_points(FalMapView *map);
gint32 fal_map_artist(const FalMapView *map, gint32 point);
/* The point of an artist, -1 where it is none of those around. */
gint32 fal_map_point(const FalMapView *map, gint32 artist);
/* The selected artist's place; FALSE where it has none. */
gboolean fal_map_place(FalMapView *map, double *x, double *y);
/* Bins what is seen, for height x width cells. */
void fal_map_bin(FalMapView *map);

/* Other points are to be shown. */
void fal_map_replace(FalMapView *map);
/* Forgets all that belongs to a model; the selected artist stays. */
void fal_map_forget(FalMapView *map);
/* Shows what is around an artist, or (-1) the axes. */
void fal_map_around(FalMapView *map, gint32 middle);

/* Whether the window has a place in it; moves it to where the selected artist is, if that does
 * not show; zooms and moves it. */
gboolean fal_map_shows(const FalMapView *map, double x, double y);
void fal_map_follow(FalMapView *map);
void fal_map_zoom(FalMapView *map, double factor);
void fal_map_pan(FalMapView *map, int dx, int dy);

#endif
