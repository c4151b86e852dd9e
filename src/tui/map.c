/* The view Map: the artists as a cloud of dots, on two axes of the model or, around one of
 * them, on the main directions of what is like it. Names stand where they fit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/map.h"

#include <math.h>
#include <string.h>

#include "query/resolve.h"

enum {
    HEAD_FROM = 8,  /* lines: a lower map has no line above it */
    WIDE_HEAD = 92, /* columns: from here on there is room for more words in it */
    NARROW = 40,    /* a narrower line of facts is for the name */
};

#define ZOOM 1.5

/* --- drawing --- */

/* A line of dots, a piece for each run of cells that look alike. */
static void
draw_dots(FalRect rect, const FalMap *grid, int y)
{
    GString *run = g_string_new(NULL);
    int from = 0;

    for (int x = 0; x <= grid->width; x++) {
        if (x == grid->width || fal_map_level(grid, y, x) != fal_map_level(grid, y, from)) {
            if (fal_map_level(grid, y, from) > 0)
                fal_draw_put(rect.y + y, rect.x + from, x - from,
                             (FalRole)(FAL_ROLE_CLOUD_1 + fal_map_level(grid, y, from) - 1),
                             run->str);
            g_string_truncate(run, 0);
            from = x;
        }
        if (x < grid->width)
            g_string_append_unichar(run, fal_map_glyph(grid, y, x));
    }
    g_string_free(run, TRUE);
}

static void
draw_label(FalMapView *map, FalRect rect, const FalMapLabel *label)
{
    gboolean selected = fal_map_artist(map, label->point) == map->selected;
    const char *mark = fal_glyph(FAL_GLYPH_POINT);
    int from = MIN(label->x, label->name_x), end = label->name_x + label->cells;
    int cells = MAX(label->x + 1, end) - from;
    /* Dots that touch letters make them hard to read. */
    int blank = label->name_x > label->x ? end : from - 1;
    FalRole role = selected ? FAL_ROLE_SELECTED : FAL_ROLE_NAME;

    if (blank >= 0 && blank < rect.width)
        fal_draw_put(rect.y + label->y, rect.x + blank, 1, FAL_ROLE_TEXT, " ");
    fal_draw_fit(rect.y + label->y, rect.x + from, cells, role, FAL_ALIGN_LEFT, "");
    fal_draw_put(rect.y + label->y, rect.x + label->name_x, label->cells, role, label->name);
    fal_draw_put(rect.y + label->y, rect.x + label->x, 1, selected ? role : FAL_ROLE_BAR, mark);
    if (selected) {
        map->base.cursor_y = rect.y + label->y;
        map->base.cursor_x = rect.x + label->x;
    }
}

/* A share in percent: "8.9", "<0.1". */
static char *
percent(double share)
{
    return share > 0 && share < 0.001 ? g_strdup("<0.1") : fal_text_real(100 * share, 2);
}

/* "across axis 1 (23 %), up axis 2 (7.1 %)", and at the right how many artists show. */
static void
draw_head(FalMapView *map, FalRect rect, const FalMap *grid)
{
    g_autofree char *across = percent(map->share[0]);
    g_autofree char *up = percent(map->share[1]);
    g_autofree char *shown = fal_text_count(grid->shown);
    g_autofree char *all = fal_text_count(fal_map_points(map).n);
    g_autofree char *count = g_strdup_printf("%s of %s artists", shown, all);
    g_autofree char *brief = g_strdup_printf("%s of %s", shown, all);
    g_autofree char *text = NULL;
    gboolean wide = rect.width >= WIDE_HEAD;

    if (map->middle < 0)
        text = g_strdup_printf("across: axis %d, %s %%%s · up: axis %d, %s %%%s",
                               map->axis[0] + 1, across, wide ? " of the energy" : "",
                               map->axis[1] + 1, up, wide ? " of the energy" : "");
    else
        text = g_strdup_printf("%s: across %s %%, up %s %%%s",
                               wide ? "main directions of these artists" : "main directions",
                               across, up, wide ? " of their spread" : "");
    int x = rect.x + 1 + fal_draw_put(rect.y, rect.x + 1, rect.width - 2, FAL_ROLE_DIM, text);
    int room = rect.x + rect.width - 1 - (x + 2);
    const char *right = fal_text_width(count) <= room ? count : brief;
    int cells = fal_text_width(right);
    if (cells <= room)
        fal_draw_put(rect.y, rect.x + rect.width - 1 - cells, cells, FAL_ROLE_DIM, right);
}

/* The selected artist's facts, and where it is if it does not show. */
static void
draw_facts(FalMapView *map, FalRect rect)
{
    FalDataset *dataset = fal_model_dataset(map->model);
    gint32 artist = map->selected;
    guint32 n = fal_dataset_listeners(dataset, artist);
    g_autofree char *name = fal_artist_label(dataset, artist);
    g_autofree char *listeners = fal_text_count(n);
    g_autofree char *plays = fal_text_count((gint64)fal_dataset_artist_plays(dataset, artist));
    g_autofree char *rank = fal_text_count(artist + 1); /* rows are in this order */
    double x, y;
    const char *where = "";

    if (!fal_map_place(map, &x, &y))
        where = "all its plays are held out: it has no place · ";
    else if (!fal_map_shows(map, x, y))
        where = "outside · ";
    g_autofree char *facts = g_strdup_printf("%s%s listener%s · %s plays · rank %s", where,
                                             listeners, n == 1 ? "" : "s", plays, rank);
    int used =
        fal_draw_put(rect.y, rect.x + 1, rect.width < NARROW ? rect.width - 2 : rect.width / 2,
                     FAL_ROLE_TITLE, name);
    fal_draw_put(rect.y, rect.x + used + 3, rect.width - used - 4, FAL_ROLE_TEXT, facts);
}

/* Why there is no map. */
static const char *
absence(FalSession *session)
{
    if (fal_session_dataset(session))
        return g_strcmp0(fal_session_job(session), "train")
                   ? "no model yet: {t|:train} trains one"
                   : "training ... the map comes with the model";
    return fal_session_job(session) ? "reading the data ..."
                                    : "no data yet: type :load PATH, or :load demo";
}

static void
draw_empty(FalMapView *map, FalRect rect)
{
    rect.x += 2;
    rect.width -= 2;
    rect.y += rect.height > 2;
    g_autofree char *text = fal_app_keyed(map->base.app, absence(fal_map_session(map)));
    fal_draw_paragraph(rect, FAL_ROLE_DIM, text);
}

/* The cells of the map itself. */
static FalRect
map_rect(FalRect body)
{
    int head = body.height >= HEAD_FROM;
    int foot = body.height >= 2;

    return (FalRect){body.y + head, body.x, MAX(1, body.height - head - foot), body.width};
}

static void
draw(FalView *view, FalRect body)
{
    FalMapView *map = (FalMapView *)view;
    FalRect rect = map_rect(body);

    if (!fal_map_prepare(map)) {
        draw_empty(map, body);
        return;
    }
    map->y = rect.y;
    map->x = rect.x;
    map->height = rect.height;
    map->width = rect.width;
    fal_map_bin(map);
    const FalMap *grid = map->grid;
    for (int y = 0; y < rect.height; y++)
        draw_dots(rect, grid, y);
    for (guint i = 0; i < grid->labels->len; i++)
        draw_label(map, rect, &g_array_index(grid->labels, FalMapLabel, i));
    if (rect.y > body.y)
        draw_head(map, body, grid);
    if (rect.y + rect.height < body.y + body.height)
        draw_facts(map, (FalRect){rect.y + rect.height, body.x, 1, body.width});
}

/* --- what keys do --- */

static void
select_artist(FalMapView *map, gint32 artist)
{
    map->selected = artist;
    if (!map->model || !fal_map_prepare(map))
        return;
    /* One that is not around moves the middle. */
    if (map->middle >= 0 && fal_map_point(map, artist) < 0)
        fal_map_around(map, artist);
    else
        fal_map_follow(map);
}

/* To the next artist in a direction; where none shows, a step of the window. */
static void
step(FalMapView *map, int dx, int dy)
{
    FalMapPoints points = fal_map_points(map);
    double x = map->window.x, y = map->window.y;

    /* More than one key may come between two pictures. */
    if (!map->grid)
        fal_map_bin(map);
    if (fal_map_place(map, &x, &y) && !fal_map_shows(map, x, y)) {
        x = map->window.x;
        y = map->window.y;
    }
    gint32 point = fal_map_toward(map->grid, &points, &map->window, x, y, dx, dy);
    if (point >= 0)
        select_artist(map, fal_map_artist(map, point));
    else
        fal_app_say(map->base.app,
                    "no artist shows in this direction; H J K L move the window");
}

static void
next_axis(FalMapView *map, int d)
{
    int rank = fal_model_factors(map->model)->rank;

    if (map->middle >= 0) {
        fal_map_around(map, -1);
        return;
    }
    if (rank < 3) {
        fal_app_say(map->base.app, "this model has no further axis");
        return;
    }
    do
        map->axis[d] = (map->axis[d] + 1) % rank;
    while (map->axis[d] == map->axis[!d]);
    fal_map_replace(map);
}

static void
clear_search(FalMapView *map)
{
    g_clear_pointer(&map->marks.bits, g_free);
    map->marks.n = 0;
    g_free(map->search);
    map->search = g_strdup("");
}

/* The next artist found behind `from` in the list's order (before it), round the end; -1. */
static gint32
next_found(const FalMapView *map, gint32 from, int by)
{
    gint32 n = fal_dataset_n_artists(fal_model_dataset(map->model));

    for (gint32 i = 1; map->marks.n > 0 && i <= n; i++) {
        gint32 row = (gint32)((((gint64)from + (gint64)by * i) % n + n) % n);
        if (fal_marks_has(&map->marks, row))
            return row;
    }
    return -1;
}

static void
search_on(FalMapView *map, int by)
{
    if (!*map->search) {
        fal_app_say(map->base.app, "nothing is searched yet: / searches");
        return;
    }
    gint32 found = next_found(map, map->selected, by);
    if (found >= 0) {
        select_artist(map, found);
    } else {
        g_autofree char *text = g_strdup_printf("no artist holds \"%s\"", map->search);
        fal_app_fail(map->base.app, text);
    }
}

/* Back to where the search began. */
static void
go_back(FalMapView *map)
{
    map->selected = map->origin;
    fal_map_around(map, map->origin_middle);
    if (fal_map_prepare(map) && map->model == map->origin_model)
        map->window = map->origin_window;
}

/* Finds the artists that hold a text; with a letter more it looks through the last ones only.
 */
static void
seek(FalMapView *map, const FalDataset *dataset, const char *folded)
{
    char *words[] = {g_strdup(folded), NULL}, *before[] = {map->search, NULL};
    gboolean narrows = map->marks.bits && fal_match_narrows(words, before);
    FalMarks marks;

    fal_match(dataset, FAL_SUBJECT_ARTIST, words, narrows ? &map->marks : NULL, &marks);
    clear_search(map);
    g_free(map->search);
    map->search = words[0];
    map->marks = marks;
}

static gboolean
jump(FalView *view, const char *text)
{
    FalMapView *map = (FalMapView *)view;

    if (!fal_map_prepare(map))
        return FALSE;
    if (!text) {
        map->origin = map->selected;
        map->origin_middle = map->middle;
        map->origin_window = map->window;
        map->origin_model = map->model;
        return TRUE;
    }
    g_autofree char *folded = fal_text_fold(text);
    if (!*folded) {
        clear_search(map);
        go_back(map);
        return TRUE;
    }
    seek(map, fal_model_dataset(map->model), folded);
    gint32 found = next_found(map, -1, 1);
    if (found < 0)
        go_back(map);
    else
        select_artist(map, found);
    return found >= 0;
}

static gboolean
move_window(FalMapView *map, FalAction action)
{
    switch (action) {
    case FAL_ACTION_PAN_LEFT:
        fal_map_pan(map, -1, 0);
        return TRUE;
    case FAL_ACTION_PAN_RIGHT:
        fal_map_pan(map, 1, 0);
        return TRUE;
    case FAL_ACTION_PAN_DOWN:
        fal_map_pan(map, 0, -1);
        return TRUE;
    case FAL_ACTION_PAN_UP:
        fal_map_pan(map, 0, 1);
        return TRUE;
    case FAL_ACTION_MORE:
        fal_map_zoom(map, 1 / ZOOM);
        return TRUE;
    case FAL_ACTION_LESS:
        fal_map_zoom(map, ZOOM);
        return TRUE;
    case FAL_ACTION_WHOLE:
        map->window = map->whole;
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean
move_selection(FalMapView *map, FalAction action)
{
    switch (action) {
    case FAL_ACTION_LEFT:
        step(map, -1, 0);
        return TRUE;
    case FAL_ACTION_RIGHT:
        step(map, 1, 0);
        return TRUE;
    case FAL_ACTION_DOWN:
        step(map, 0, -1);
        return TRUE;
    case FAL_ACTION_UP:
        step(map, 0, 1);
        return TRUE;
    case FAL_ACTION_SEARCH_ON:
    case FAL_ACTION_SEARCH_BACK:
        search_on(map, action == FAL_ACTION_SEARCH_ON ? 1 : -1);
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean
change_plane(FalMapView *map, FalAction action)
{
    switch (action) {
    case FAL_ACTION_AXIS_ACROSS:
    case FAL_ACTION_AXIS_UP:
        next_axis(map, action == FAL_ACTION_AXIS_UP);
        return TRUE;
    case FAL_ACTION_AROUND:
        fal_map_around(map, map->middle == map->selected ? -1 : map->selected);
        return TRUE;
    case FAL_ACTION_CLEAR:
        fal_map_around(map, -1);
        clear_search(map);
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean
act(FalView *view, FalAction action)
{
    FalMapView *map = (FalMapView *)view;

    if (action == FAL_ACTION_SEARCH)
        return !fal_map_prepare(map);
    if (!fal_map_prepare(map)) {
        const FalKey *key = fal_keys_of(FAL_IN_MAP, action);
        if (key)
            fal_app_say(view->app, absence(fal_map_session(map)));
        return key != NULL;
    }
    if (action == FAL_ACTION_OPEN) {
        fal_app_open(view->app, FAL_SUBJECT_ARTIST, map->selected);
        return TRUE;
    }
    return move_window(map, action) || move_selection(map, action) || change_plane(map, action);
}

/* Selects what is there or next to it; what is selected already is opened. */
static gboolean
click(FalView *view, int y, int x)
{
    FalMapView *map = (FalMapView *)view;
    gboolean inside =
        y >= map->y && y < map->y + map->height && x >= map->x && x < map->x + map->width;

    if (!fal_map_prepare(map) || !map->grid || !inside)
        return TRUE;
    gint32 point = fal_map_nearest(map->grid, y - map->y, x - map->x);
    if (point >= 0 && fal_map_artist(map, point) == map->selected)
        fal_app_open(view->app, FAL_SUBJECT_ARTIST, map->selected);
    else if (point >= 0)
        select_artist(map, fal_map_artist(map, point));
    return TRUE;
}

/* --- the view --- */

static char *
title(FalView *view)
{
    FalMapView *map = (FalMapView *)view;
    FalDataset *dataset = fal_session_dataset(fal_map_session(map));

    if (map->middle < 0 || !dataset)
        return g_strdup("Map");
    g_autofree char *name = fal_artist_label(dataset, map->middle);
    return g_strdup_printf("Map: around %s", name);
}

static void
enter(FalView *view, gint32 artist)
{
    FalMapView *map = (FalMapView *)view;

    /* Who comes back finds the map as it was, unless another artist was chosen meanwhile. */
    if (artist != map->came)
        select_artist(map, artist);
    map->came = artist;
}

static void
changed(FalView *view)
{
    FalMapView *map = (FalMapView *)view;
    FalDataset *dataset = fal_session_dataset(fal_map_session(map));

    if (map->model != fal_session_model(fal_map_session(map)))
        fal_map_forget(map);
    if (dataset == map->dataset)
        return;
    map->dataset = dataset;
    map->selected = 0;
    map->came = map->middle = -1;
    clear_search(map);
}

static void
free_view(FalView *view)
{
    FalMapView *map = (FalMapView *)view;

    fal_map_forget(map);
    clear_search(map);
    g_free(map->search);
    g_free(map);
}

static const FalViewOps ops = {.title = title,
                               .draw = draw,
                               .act = act,
                               .click = click,
                               .enter = enter,
                               .jump = jump,
                               .changed = changed,
                               .free = free_view};

FalView *
fal_map_view_new(FalApp *app)
{
    FalMapView *map = g_new0(FalMapView, 1);

    map->base = (FalView){.ops = &ops, .app = app, .contexts = FAL_IN_MAP};
    map->axis[1] = 1;
    map->made[0] = map->made[1] = -1;
    map->came = map->middle = -1;
    map->search = g_strdup("");
    changed(&map->base);
    return &map->base;
}
