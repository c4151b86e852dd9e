/* Maps (see map.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "render/map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/glyphs.h"
#include "base/parallel.h"
#include "base/text.h"

enum {
    FIT_POINTS = 2000,    /* as many of the first tell how large the map is */
    MOST_BLOCKS = 16,     /* each has dots of its own */
    BLOCK_POINTS = 50000, /* at least, in a block */
    NAME_CELLS = 24,      /* a longer name is cut */
    CELLS_PER_LABEL = 80, /* more names would leave no cloud to see */
    TRIES_PER_LABEL = 8,  /* then there is no room */
    CLEAR = 4,            /* a name hides at most one of so many of its cells */
    OVER = 3,             /* a part of the names that stand over the cloud where need be */
    DOTS_X = 2,
    DOTS_Y = 4, /* of a cell */
};

/* --- the window --- */

void
fal_map_fit(const FalMapPoints *points, FalMapWindow *window)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    double middle[2], size[2];
    gint32 used = 0, stride = MAX(1, points->n / FIT_POINTS);

    /* The first ones lie farthest out, the others are sampled. */
    for (gint32 i = 0; i < points->n; i += i < FIT_POINTS ? 1 : stride) {
        double place[2] = {points->x[i], points->y[i]};
        if (!isfinite(place[0]) || !isfinite(place[1]))
            continue;
        used++;
        for (int d = 0; d < 2; d++) {
            low[d] = MIN(low[d], place[d]);
            high[d] = MAX(high[d], place[d]);
        }
    }
    for (int d = 0; d < 2; d++) {
        middle[d] = used ? (low[d] + high[d]) / 2 : 0;
        size[d] = used ? (high[d] - low[d]) * 1.1 : 0;
        /* One point, or all on a line: any size will do that floats can tell apart. */
        if (!(size[d] > 1e-5 * fabs(middle[d])) || !(size[d] > 1e-30))
            size[d] = MAX(fabs(middle[d]), 1);
    }
    *window = (FalMapWindow){middle[0], middle[1], size[0], size[1]};
}

/* The window as what turns a place into dots. */
typedef struct {
    double left, top, per_x, per_y; /* dots per unit */
    int width, height;              /* dots */
} Raster;

static Raster
raster_of(const FalMapWindow *window, int width, int height)
{
    Raster r = {.width = DOTS_X * width, .height = DOTS_Y * height};

    r.left = window->x - window->width / 2;
    r.top = window->y + window->height / 2;
    r.per_x = r.width / window->width;
    r.per_y = r.height / window->height;
    return r;
}

/* Comparisons are such that NaN is outside. */
static inline gboolean
dot_of(const Raster *r, double x, double y, int *dot_x, int *dot_y)
{
    double at_x = (x - r->left) * r->per_x, at_y = (r->top - y) * r->per_y;

    if (!(at_x >= 0 && at_x < r->width && at_y >= 0 && at_y < r->height))
        return FALSE;
    *dot_x = (int)at_x;
    *dot_y = (int)at_y;
    return TRUE;
}

gboolean
fal_map_cell(const FalMapWindow *window, int width, int height, double x, double y, int *cell_y,
             int *cell_x)
{
    Raster r = raster_of(window, width, height);
    int dot_x, dot_y;

    if (!dot_of(&r, x, y, &dot_x, &dot_y))
        return FALSE;
    *cell_x = dot_x / DOTS_X;
    *cell_y = dot_y / DOTS_Y;
    return TRUE;
}

/* --- binning --- */

typedef struct {
    const FalMapPoints *points;
    Raster raster;
    gint64 n_blocks;
    gsize n_dots;
    guint32 *dots; /* n_blocks x n_dots, points */
    gsize n_cells;
    gint32 *first; /* n_blocks x n_cells, -1: none */
} Bins;

static void
bin_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Bins *bins = data;
    const FalMapPoints *points = bins->points;
    gint64 n = points->n;
    guint32 *dots = bins->dots + (gsize)block * bins->n_dots;
    gint32 *first = bins->first + (gsize)block * bins->n_cells;
    Raster raster = bins->raster;

    for (gint64 i = n * block / bins->n_blocks; i < n * (block + 1) / bins->n_blocks; i++) {
        int x, y;
        if (!dot_of(&raster, points->x[i], points->y[i], &x, &y))
            continue;
        dots[y * raster.width + x]++;
        gint32 *cell_first = &first[y / DOTS_Y * (raster.width / DOTS_X) + x / DOTS_X];
        if (*cell_first < 0)
            *cell_first = (gint32)i;
    }
}

static void
put_dot(FalMap *map, int x, int y, guint32 count)
{
    static const guchar bits[DOTS_Y][DOTS_X] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    int cell = y / DOTS_Y * map->width + x / DOTS_X;

    map->dots[cell] |= bits[y % DOTS_Y][x % DOTS_X];
    map->count[cell] += count;
    map->most = MAX(map->most, map->count[cell]);
    map->shown += count;
}

static void
bin(FalMap *map, const FalMapPoints *points, const FalMapWindow *window)
{
    Bins bins = {.points = points, .raster = raster_of(window, map->width, map->height)};

    bins.n_blocks = CLAMP(points->n / BLOCK_POINTS, 1, MOST_BLOCKS);
    bins.n_dots = (gsize)bins.raster.width * (gsize)bins.raster.height;
    bins.dots = g_new0(guint32, (gsize)bins.n_blocks * bins.n_dots);
    bins.n_cells = bins.n_dots / (DOTS_X * DOTS_Y);
    bins.first = g_malloc((gsize)bins.n_blocks * bins.n_cells * sizeof *bins.first);
    memset(bins.first, -1, (gsize)bins.n_blocks * bins.n_cells * sizeof *bins.first);
    fal_parallel_for(bins.n_blocks, bin_block, &bins);
    for (gsize cell = 0; cell < bins.n_cells; cell++) {
        gint64 block = 0;
        while (block < bins.n_blocks - 1 && bins.first[(gsize)block * bins.n_cells + cell] < 0)
            block++;
        map->first[cell] = bins.first[(gsize)block * bins.n_cells + cell];
    }
    g_free(bins.first);
    for (gsize dot = 0; dot < bins.n_dots; dot++) {
        guint32 count = 0;
        for (gint64 block = 0; block < bins.n_blocks; block++)
            count += bins.dots[(gsize)block * bins.n_dots + dot];
        if (count > 0)
            put_dot(map, (int)(dot % (gsize)bins.raster.width),
                    (int)(dot / (gsize)bins.raster.width), count);
    }
    g_free(bins.dots);
}

/* A letter by how many there are. */
static char
letter_of(const FalMap *map, int y, int x)
{
    static const char marks[] = " .:o";
    guint32 count = map->count[y * map->width + x];

    if (map->most <= DOTS_X * DOTS_Y)
        return count == 1 ? '.' : count < 4 ? ':' : 'o';
    return marks[1 + fal_map_level(map, y, x) * 3 / (FAL_MAP_LEVELS + 1)];
}

gunichar
fal_map_glyph(const FalMap *map, int y, int x)
{
    int cell = y * map->width + x;

    return map->count[cell] == 0 ? ' ' : fal_glyph_dots(map->dots[cell], letter_of(map, y, x));
}

int
fal_map_level(const FalMap *map, int y, int x)
{
    guint32 count = map->count[y * map->width + x];

    if (count == 0)
        return 0;
    if (map->most <= DOTS_X * DOTS_Y)
        return FAL_MAP_LEVELS / 2;
    double share = log(count) / log(map->most);
    return CLAMP(1 + (int)(share * FAL_MAP_LEVELS), 1, FAL_MAP_LEVELS);
}

/* --- names --- */

/* Whether cells from .. to - 1 of a line are free, and within the map. */
static gboolean
is_free(const FalMap *map, const guchar *taken, int y, int from, int to)
{
    if (from < 0 || to > map->width)
        return FALSE;
    return !memchr(taken + (gsize)y * (gsize)map->width + from, 1, (gsize)(to - from));
}

/* Takes the label's cells and one blank at either end. */
static void
take(const FalMap *map, guchar *taken, const FalMapLabel *label)
{
    int from = MAX(0, MIN(label->x, label->name_x) - 1);
    int to = MIN(map->width, MAX(label->x + 1, label->name_x + label->cells) + 1);

    memset(taken + (gsize)label->y * (gsize)map->width + from, 1, (gsize)(to - from));
}

/* Cells with dots that a name would hide. */
static int
hidden_cells(const FalMap *map, const FalMapLabel *label)
{
    const guchar *dots = map->dots + (gsize)label->y * (gsize)map->width + label->name_x;
    int n = 0;

    for (int c = 0; c < label->cells; c++)
        n += dots[c] != 0;
    return n;
}

/* Finds room for a name behind its mark or before it, where it hides less. */
static gboolean
has_room(const FalMap *map, const guchar *taken, FalMapLabel *label)
{
    FalMapLabel behind = *label, before = *label;

    behind.name_x = label->x + 2;
    before.name_x = label->x - 1 - label->cells;
    gboolean fits_behind =
        is_free(map, taken, label->y, label->x, behind.name_x + label->cells);
    gboolean fits_before = is_free(map, taken, label->y, before.name_x, label->x + 1);
    if (fits_behind && fits_before)
        fits_behind = hidden_cells(map, &behind) <= hidden_cells(map, &before);
    label->name_x = fits_behind ? behind.name_x : before.name_x;
    return fits_behind || fits_before;
}

/* The selected one's name is cut to the wider side where it has to be. */
static void
make_room(const FalMap *map, const guchar *taken, FalMapLabel *label)
{
    int behind = map->width - label->x - 2, before = label->x - 1;

    if (has_room(map, taken, label))
        return;
    g_autofree char *whole = label->name;
    label->cells = MAX(0, MIN(label->cells, MAX(behind, before)));
    label->name = fal_text_fit(whole, label->cells, FAL_ALIGN_LEFT);
    label->name_x = behind >= before ? label->x + 2 : label->x - 1 - label->cells;
    if (label->cells == 0)
        label->name_x = label->x + 1;
}

static void
name_point(const FalMapPoints *points, FalMapLabel *label)
{
    g_autofree char *name = points->name(label->point, points->data);
    g_autofree char *safe = fal_text_safe(name);

    label->cells = MIN(fal_text_width(safe), NAME_CELLS);
    label->name = fal_text_fit(safe, label->cells, FAL_ALIGN_LEFT);
}

typedef enum {
    PLACE_SELECTED, /* whatever comes in its way */
    PLACE_CLEAR,    /* where the name hides little of the cloud */
    PLACE_OVER,     /* over the cloud, too */
} Placing;

static gboolean
place(FalMap *map, const FalMapPoints *points, const Raster *raster, gint32 point,
      Placing placing, guchar *taken)
{
    FalMapLabel label = {.point = point};
    int dot_x, dot_y;

    if (!dot_of(raster, points->x[point], points->y[point], &dot_x, &dot_y))
        return FALSE;
    label.x = dot_x / DOTS_X;
    label.y = dot_y / DOTS_Y;
    /* Most of a crowd ends here, without asking for its name. */
    if (placing != PLACE_SELECTED && !is_free(map, taken, label.y, label.x, label.x + 1))
        return FALSE;
    name_point(points, &label);
    if (placing == PLACE_SELECTED) {
        make_room(map, taken, &label);
    } else if (!has_room(map, taken, &label) ||
               (placing == PLACE_CLEAR && CLEAR * hidden_cells(map, &label) > label.cells)) {
        g_free(label.name);
        return TRUE;
    }
    take(map, taken, &label);
    g_array_append_val(map->labels, label);
    return TRUE;
}

static gint
compare_points(gconstpointer a, gconstpointer b)
{
    gint32 x = *(const gint32 *)a, y = *(const gint32 *)b;

    return (x > y) - (x < y);
}

/* The points that may be named, by weight: one a cell, so that not all have to be looked at. */
static GArray *
sorted_firsts(const FalMap *map)
{
    GArray *firsts = g_array_new(FALSE, FALSE, sizeof(gint32));

    for (int cell = 0; cell < map->width * map->height; cell++)
        if (map->first[cell] >= 0)
            g_array_append_val(firsts, map->first[cell]);
    g_array_sort(firsts, compare_points);
    return firsts;
}

/* Up to `most` names; gives up once so many have found no room. */
static void
place_some(FalMap *map, const FalMapPoints *points, const Raster *raster, const GArray *firsts,
           gint32 selected, Placing placing, guint most, guchar *taken)
{
    guint tries = TRIES_PER_LABEL * most;

    for (guint i = 0; i < firsts->len && map->labels->len < most && tries > 0; i++) {
        gint32 point = g_array_index(firsts, gint32, i);
        if (point != selected && place(map, points, raster, point, placing, taken))
            tries--;
    }
}

static gint
compare_labels(gconstpointer a, gconstpointer b)
{
    return compare_points(&((const FalMapLabel *)a)->point, &((const FalMapLabel *)b)->point);
}

/* Names stand beside the cloud as far as they can; where it is everywhere, some over it. */
static void
place_names(FalMap *map, const FalMapPoints *points, const FalMapWindow *window,
            gint32 selected)
{
    Raster raster = raster_of(window, map->width, map->height);
    gsize n_cells = (gsize)map->width * (gsize)map->height;
    g_autofree guchar *taken = g_malloc0(n_cells + 1);
    guint most = 1 + (guint)(n_cells / CELLS_PER_LABEL);

    if (selected >= 0 && selected < points->n)
        place(map, points, &raster, selected, PLACE_SELECTED, taken);
    guint first = map->labels->len;
    g_autoptr(GArray) firsts = sorted_firsts(map);
    place_some(map, points, &raster, firsts, selected, PLACE_CLEAR, most, taken);
    place_some(map, points, &raster, firsts, selected, PLACE_OVER, 1 + most / OVER, taken);
    /* By weight, as one placing alone would have had them. */
    if (map->labels->len > first)
        qsort(&g_array_index(map->labels, FalMapLabel, first), map->labels->len - first,
              sizeof(FalMapLabel), compare_labels);
}

static void
clear_label(gpointer label)
{
    g_free(((FalMapLabel *)label)->name);
}

FalMap *
fal_map_new(const FalMapPoints *points, const FalMapWindow *window, int width, int height,
            gint32 selected)
{
    FalMap *map = g_new0(FalMap, 1);

    map->width = MAX(width, 0);
    map->height = MAX(height, 0);
    gsize n_cells = (gsize)map->width * (gsize)map->height;
    map->dots = g_malloc0(n_cells + 1);
    map->count = g_new0(guint32, n_cells + 1);
    map->first = g_new(gint32, n_cells + 1);
    map->labels = g_array_new(FALSE, FALSE, sizeof(FalMapLabel));
    g_array_set_clear_func(map->labels, clear_label);
    if (n_cells > 0) {
        bin(map, points, window);
        place_names(map, points, window, selected);
    }
    return map;
}

void
fal_map_free(FalMap *map)
{
    g_array_unref(map->labels);
    g_free(map->dots);
    g_free(map->count);
    g_free(map->first);
    g_free(map);
}

/* --- directions --- */

typedef struct {
    double x, y; /* in dots, y downwards */
    int dx, dy;  /* in the same sense */
    double best;
    gint32 point;
} Search;

/* Dots are about as wide as high. What lies more than 60 degrees aside is in another direction;
 * what lies aside counts twice. */
static void
consider(Search *search, double x, double y, gint32 point)
{
    double along = (x - search->x) * search->dx + (y - search->y) * search->dy;
    double aside = fabs((x - search->x) * search->dy) + fabs((y - search->y) * search->dx);
    double cost = along + 2 * aside;

    if (along >= 1 && aside <= 1.75 * along && cost < search->best) {
        search->best = cost;
        search->point = point;
    }
}

gint32
fal_map_toward(const FalMap *map, const FalMapPoints *points, const FalMapWindow *window,
               double x, double y, int dx, int dy)
{
    Raster r = raster_of(window, map->width, map->height);
    Search search = {(x - r.left) * r.per_x, (r.top - y) * r.per_y, dx, -dy, INFINITY, -1};
    int n_cells = map->width * map->height;

    for (guint i = 0; i < map->labels->len; i++) {
        gint32 point = g_array_index(map->labels, FalMapLabel, i).point;
        consider(&search, (points->x[point] - r.left) * r.per_x,
                 (r.top - points->y[point]) * r.per_y, point);
    }
    if (search.point >= 0)
        return search.point;
    for (int cell = 0; cell < n_cells; cell++) {
        gint32 point = map->first[cell];
        if (point >= 0)
            consider(&search, (points->x[point] - r.left) * r.per_x,
                     (r.top - points->y[point]) * r.per_y, point);
    }
    return search.point;
}

/* --- what is at a place --- */

static gint32
labelled(const FalMap *map, int y, int x)
{
    for (guint i = 0; i < map->labels->len; i++) {
        const FalMapLabel *label = &g_array_index(map->labels, FalMapLabel, i);
        if (label->y == y &&
            (x == label->x || (x >= label->name_x && x < label->name_x + label->cells)))
            return label->point;
    }
    return -1;
}

/* Cells are about twice as high as wide. */
gint32
fal_map_nearest(const FalMap *map, int y, int x)
{
    gint32 point = labelled(map, y, x);
    int best = G_MAXINT;

    if (point >= 0)
        return point;
    for (int cell = 0; cell < map->width * map->height; cell++) {
        int dy = 2 * (cell / map->width - y), dx = cell % map->width - x;
        if (map->first[cell] < 0 || dy * dy + dx * dx >= best)
            continue;
        best = dy * dy + dx * dx;
        point = map->first[cell];
    }
    return point;
}
