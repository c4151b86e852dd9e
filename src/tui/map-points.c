/* What the view Map shows (see map.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/map.h"

#include <math.h>

#include "base/alloc.h"
#include "model/plane.h"
#include "query/resolve.h"

#define CLOSEST  1e-4 /* of the whole map's size: floats can tell places apart until there */
#define FARTHEST 4.0
#define PAN      0.25 /* of what is seen */

FalSession *
fal_map_session(const FalMapView *map)
{
    return fal_app_session(map->base.app);
}

/* --- points --- */

gint32
fal_map_artist(const FalMapView *map, gint32 point)
{
    return map->middle < 0 ? point : map->members[point];
}

/* The point of an artist, -1 where it is none of those around. */
gint32
fal_map_point(const FalMapView *map, gint32 artist)
{
    if (map->middle < 0)
        return artist;
    for (gint32 i = 0; i < map->n_members; i++)
        if (map->members[i] == artist)
            return i;
    return -1;
}

static char *
name_of(gint32 point, gpointer data)
{
    FalMapView *map = data;

    return fal_artist_label(fal_model_dataset(map->model), fal_map_artist(map, point));
}

FalMapPoints
fal_map_points(FalMapView *map)
{
    gboolean axes = map->middle < 0;

    return (FalMapPoints){
        .x = axes ? map->on[0] : map->around[0],
        .y = axes ? map->on[1] : map->around[1],
        .n = axes ? fal_model_factors(map->model)->n_artists : map->n_members,
        .name = name_of,
        .data = map,
    };
}

/* The selected artist's place; FALSE where it has none. */
gboolean
fal_map_place(FalMapView *map, double *x, double *y)
{
    FalMapPoints points = fal_map_points(map);
    gint32 point = fal_map_point(map, map->selected);

    if (point < 0 || !isfinite(points.x[point]) || !isfinite(points.y[point]))
        return FALSE;
    *x = points.x[point];
    *y = points.y[point];
    return TRUE;
}

/* Other points are to be shown. */
void
fal_map_replace(FalMapView *map)
{
    g_clear_pointer(&map->grid, fal_map_free);
    map->placed = FALSE;
}

static void
forget_axis(FalMapView *map, int d)
{
    g_clear_pointer(&map->on[d], fal_free);
    map->made[d] = -1;
}

/* Forgets what belongs to a model; the selected artist stays. */
void
fal_map_forget(FalMapView *map)
{
    fal_map_replace(map);
    g_clear_pointer(&map->model, fal_model_unref);
    for (int d = 0; d < 2; d++)
        forget_axis(map, d);
}

static gboolean
make_axes(FalMapView *map, GError **error)
{
    const FalFactors *factors = fal_model_factors(map->model);
    float *wanted[2];

    for (int d = 0; d < 2; d++) {
        map->axis[d] = MIN(map->axis[d], factors->rank - 1);
        map->share[d] = fal_plane_share(map->model, map->axis[d]);
        if (!map->on[d])
            map->on[d] = FAL_NEW(float, factors->n_artists, error);
        if (!map->on[d])
            return FALSE;
        wanted[d] = map->made[d] == map->axis[d] ? NULL : map->on[d];
        map->made[d] = map->axis[d];
    }
    if (wanted[0] || wanted[1])
        fal_plane_axes(map->model, map->axis, wanted);
    return TRUE;
}

/* Makes whatever is to be drawn and not there yet; FALSE, having said why, where it cannot. */
gboolean
fal_map_prepare(FalMapView *map)
{
    g_autoptr(GError) error = NULL;
    FalModel *model = fal_session_model(fal_map_session(map));

    if (!model)
        return FALSE;
    if (!map->model)
        map->model = fal_model_ref(model);
    if (map->placed)
        return TRUE;
    if (map->middle >= 0)
        map->n_members = fal_plane_around(model, map->middle, FAL_MAP_NEIGHBOURS, map->members,
                                          map->around[0], map->around[1], map->share, &error);
    if (!error && map->middle < 0)
        make_axes(map, &error);
    if (error) {
        fal_app_fail(map->base.app, error->message);
        map->middle = -1;
        return FALSE;
    }
    FalMapPoints points = fal_map_points(map);
    fal_map_fit(&points, &map->whole);
    map->window = map->whole;
    map->placed = TRUE;
    return TRUE;
}

/* --- the window --- */

gboolean
fal_map_shows(const FalMapView *map, double x, double y)
{
    const FalMapWindow *window = &map->window;

    return fabs(x - window->x) < window->width / 2 && fabs(y - window->y) < window->height / 2;
}

/* Moves the window to where the selected artist is, if that does not show. */
void
fal_map_follow(FalMapView *map)
{
    double x, y;

    if (!fal_map_place(map, &x, &y) || fal_map_shows(map, x, y))
        return;
    map->window.x = x;
    map->window.y = y;
}

/* About the selected artist, which stays where it is, or else the middle. */
void
fal_map_zoom(FalMapView *map, double factor)
{
    FalMapWindow *window = &map->window;
    double x = window->x, y = window->y;
    double times = window->width * factor / map->whole.width;

    if (times < CLOSEST || times > FARTHEST)
        return;
    if (fal_map_place(map, &x, &y) && !fal_map_shows(map, x, y)) {
        window->x = x;
        window->y = y;
    }
    window->x = x + (window->x - x) * factor;
    window->y = y + (window->y - y) * factor;
    window->width *= factor;
    window->height *= factor;
}

/* Not beyond what there is to see. */
void
fal_map_pan(FalMapView *map, int dx, int dy)
{
    FalMapWindow *window = &map->window;
    const FalMapWindow *whole = &map->whole;
    double reach_x = whole->width * FARTHEST / 2, reach_y = whole->height * FARTHEST / 2;

    window->x =
        CLAMP(window->x + dx * PAN * window->width, whole->x - reach_x, whole->x + reach_x);
    window->y =
        CLAMP(window->y + dy * PAN * window->height, whole->y - reach_y, whole->y + reach_y);
}

void
fal_map_bin(FalMapView *map)
{
    FalMapPoints points = fal_map_points(map);

    g_clear_pointer(&map->grid, fal_map_free);
    map->grid = fal_map_new(&points, &map->window, map->width, map->height,
                            fal_map_point(map, map->selected));
}

void
fal_map_around(FalMapView *map, gint32 middle)
{
    if (middle == map->middle)
        return;
    map->middle = middle;
    fal_map_replace(map);
}
