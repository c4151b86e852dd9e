/* A map: points seen through a window, binned to the cells of a screen, with names that do not
 * overlap. Knows neither screens nor models: points come in the order of their weight, the one
 * to be named first first, and a point whose place is not finite is nowhere.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_RENDER_MAP_H
#define FAL_RENDER_MAP_H

#include <glib.h>

typedef struct {
    const float *x, *y;
    gint32 n;
    /* A point's name, as in the data. Free with g_free(). */
    char *(*name)(gint32 point, gpointer data);
    gpointer data;
} FalMapPoints;

/* The part of the plane that is seen, y upwards. */
typedef struct {
    double x, y;          /* its middle */
    double width, height; /* more than 0 */
} FalMapWindow;

typedef struct {
    gint32 point;
    int y, x;          /* the cell of its mark */
    int name_x, cells; /* where the name stands in that line, its blanks not counted */
    char *name;        /* safe, cut to its cells */
} FalMapLabel;

typedef struct {
    int width, height; /* cells */
    guchar *dots;      /* height x width, braille bits */
    gint32 *first;     /* height x width, the weightiest point, -1: none */
    guint32 *count;    /* height x width, points */
    guint32 most;      /* of them */
    gint64 shown;      /* points in the window */
    GArray *labels;    /* FalMapLabel, in the order in which they were placed */
} FalMap;

/* The window that holds the points, with a margin: all of few; of many the weightiest and a
 * sample, so that single ones far out do not make all others a dot. */
void fal_map_fit(const FalMapPoints *points, FalMapWindow *window);

/* Bins in parallel. selected (-1: none) is named whatever comes in its way, the others as far
 * as there is room where a name hides little of the cloud; a few, the weightiest, over it where
 * it leaves no such room. */
FalMap *fal_map_new(const FalMapPoints *points, const FalMapWindow *window, int width,
                    int height, gint32 selected);
void fal_map_free(FalMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalMap, fal_map_free)

/* The cell of a place; FALSE where it is outside. */
gboolean fal_map_cell(const FalMapWindow *window, int width, int height, double x, double y,
                      int *cell_y, int *cell_x);
/* What a cell shows: dots, or a letter that tells how many where the glyphs are ASCII. */
gunichar fal_map_glyph(const FalMap *map, int y, int x);
/* How crowded a cell is for this map: 0 (nothing in it) to FAL_MAP_LEVELS, by the logarithm of
 * its points. Where no cell has more points than dots they tell it, and all are in the middle.
 */
enum { FAL_MAP_LEVELS = 6 };
int fal_map_level(const FalMap *map, int y, int x);

/* The point to go to from a place in a direction (dx, dy: -1, 0 or 1, dy upwards; one of them
 * is 0): the nearest named one, else the nearest of those that are the first of their cell; -1
 * where there is none. */
gint32 fal_map_toward(const FalMap *map, const FalMapPoints *points, const FalMapWindow *window,
                      double x, double y, int dx, int dy);
/* The point at a cell: the one whose name or mark is there, else the nearest of those that are
 * the first of their cell; -1 where there is none. */
gint32 fal_map_nearest(const FalMap *map, int y, int x);

#endif
