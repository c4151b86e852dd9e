/* Maps: binning, names, directions, the planes that points lie on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#include "base/glyphs.h"
#include "base/kernels.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/text.h"
#include "fixture.h"
#include "model/plane.h"
#include "model/train.h"
#include "render/map.h"

static char *
number_name(gint32 point, G_GNUC_UNUSED gpointer data)
{
    return g_strdup_printf("point %d", point);
}

static char *
wide_name(gint32 point, G_GNUC_UNUSED gpointer data)
{
    return g_strdup_printf("%d 椎名林檎\033[31m and a long, long name", point);
}

typedef struct {
    float *x, *y;
} Cloud;

static FalMapPoints
cloud_new(Cloud *cloud, gint32 n, guint32 seed)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);

    cloud->x = g_new(float, n + 1);
    cloud->y = g_new(float, n + 1);
    for (gint32 i = 0; i < n; i++) {
        cloud->x[i] = (float)(g_rand_double(rand) * g_rand_double(rand));
        cloud->y[i] = (float)(g_rand_double(rand) - 0.5);
    }
    return (FalMapPoints){.x = cloud->x, .y = cloud->y, .n = n, .name = number_name};
}

static void
cloud_clear(Cloud *cloud)
{
    g_free(cloud->x);
    g_free(cloud->y);
}

/* What holds for each map: counts add up, names lie within it and overlap nothing, lie at the
 * cells of their points, and no heavier one of a cell was passed over. */
static void
check_map(const FalMap *map, const FalMapPoints *points, const FalMapWindow *window,
          gint32 selected)
{
    gint64 shown = 0;
    g_autofree guchar *taken = g_malloc0((gsize)map->width * (gsize)map->height + 1);

    for (int cell = 0; cell < map->width * map->height; cell++) {
        int dots = 0;
        for (int bit = 0; bit < 8; bit++)
            dots += map->dots[cell] >> bit & 1;
        g_assert_cmpint(dots, <=, map->count[cell]);
        g_assert_cmpint(dots > 0, ==, map->count[cell] > 0);
        g_assert_cmpint(map->first[cell] >= 0, ==, map->count[cell] > 0);
        g_assert_cmpuint(map->count[cell], <=, map->most);
        shown += map->count[cell];
    }
    g_assert_cmpint(shown, ==, map->shown);
    for (guint i = 0; i < map->labels->len; i++) {
        const FalMapLabel *label = &g_array_index(map->labels, FalMapLabel, i);
        int y, x, from = MIN(label->x, label->name_x);
        int end = MAX(label->x + 1, label->name_x + label->cells);
        g_assert_true(fal_map_cell(window, map->width, map->height, points->x[label->point],
                                   points->y[label->point], &y, &x));
        g_assert_cmpint(label->y, ==, y);
        g_assert_cmpint(label->x, ==, x);
        g_assert_cmpint(fal_text_width(label->name), ==, label->cells);
        g_assert_cmpint(from, >=, 0);
        g_assert_cmpint(end, <=, map->width);
        for (int c = from; c < end; c++) {
            g_assert_cmpint(taken[y * map->width + c], ==, 0);
            taken[y * map->width + c] = 1;
        }
        if (label->point != selected)
            g_assert_cmpint(map->first[y * map->width + x], ==, label->point);
        if (i > 0 && (label - 1)->point != selected)
            g_assert_cmpint((label - 1)->point, <, label->point);
    }
}

/* Every point is counted in the cell where it is, whatever the number of threads. */
static void
test_cells(void)
{
    enum { N = 250000, WIDTH = 61, HEIGHT = 17 };
    Cloud cloud;
    FalMapPoints points = cloud_new(&cloud, N, 1);
    FalMapWindow window = {0.3, 0.1, 0.5, 0.4};
    g_autofree guint32 *count = g_new0(guint32, WIDTH * HEIGHT);

    cloud.x[17] = NAN;
    cloud.y[18] = INFINITY;
    for (gint32 i = 0; i < N; i++) {
        int y, x;
        if (fal_map_cell(&window, WIDTH, HEIGHT, cloud.x[i], cloud.y[i], &y, &x))
            count[y * WIDTH + x]++;
    }
    for (int threads = 1; threads <= 3; threads++) {
        fal_parallel_set_threads(threads);
        g_autoptr(FalMap) map = fal_map_new(&points, &window, WIDTH, HEIGHT, -1);
        check_map(map, &points, &window, -1);
        g_assert_cmpmem(map->count, WIDTH * HEIGHT * sizeof *count, count,
                        WIDTH * HEIGHT * sizeof *count);
    }
    fal_parallel_set_threads(0);
    cloud_clear(&cloud);
}

static void
test_dots(void)
{
    float x[] = {0.5f, 1.5f, 3.5f}, y[] = {3.5f, 3.5f, 0.5f};
    FalMapPoints points = {.x = x, .y = y, .n = 3, .name = number_name};
    FalMapWindow window = {2, 2, 4, 4}; /* two cells by one: a dot is 1 x 1 */
    g_autoptr(FalMap) map = fal_map_new(&points, &window, 2, 1, -1);

    g_assert_cmpint(fal_map_glyph(map, 0, 0), ==, 0x2809); /* the two upper dots */
    g_assert_cmpint(fal_map_glyph(map, 0, 1), ==, 0x2880); /* the lower right one */
    fal_glyphs_set(FAL_GLYPHS_BLOCK);
    g_assert_cmpint(fal_map_glyph(map, 0, 0), ==, 0x2580); /* the upper half */
    g_assert_cmpint(fal_map_glyph(map, 0, 1), ==, 0x2584);
    fal_glyphs_set(FAL_GLYPHS_ASCII);
    g_assert_cmpint(fal_map_glyph(map, 0, 0), ==, ':');
    g_assert_cmpint(fal_map_glyph(map, 0, 1), ==, '.');
    fal_glyphs_set(FAL_GLYPHS_AUTO);
    g_assert_cmpint(fal_map_level(map, 0, 0), ==, FAL_MAP_LEVELS / 2);
}

/* Crowded cells are told from others. */
static void
test_levels(void)
{
    float x[1101], y[1101];
    FalMapPoints points = {.x = x, .y = y, .n = 1101, .name = number_name};
    FalMapWindow window = {2, 0.5, 4, 1};

    for (int i = 0; i < 1101; i++) {
        x[i] = i == 0 ? 0.5f : i <= 100 ? 1.5f : 2.5f;
        y[i] = 0.5f;
    }
    g_autoptr(FalMap) map = fal_map_new(&points, &window, 4, 1, -1);
    const int levels[] = {1, 5, FAL_MAP_LEVELS, 0}; /* 1, 100 and 1,000 of at most 1,000 */
    for (int c = 0; c < 4; c++)
        g_assert_cmpint(fal_map_level(map, 0, c), ==, levels[c]);
}

static void
test_names(void)
{
    for (guint32 seed = 0; seed < 60; seed++) {
        static const int sizes[][2] = {{120, 30}, {60, 14}, {20, 2}, {3, 1}, {1, 1}, {200, 60}};
        const int *size = sizes[seed % G_N_ELEMENTS(sizes)];
        gint32 n = seed % 7 == 0 ? 1 : (gint32)seed * 50;
        Cloud cloud;
        FalMapPoints points = cloud_new(&cloud, n, seed);
        FalMapWindow window;
        gint32 selected = (gint32)seed % MAX(n, 1);
        if (seed % 2)
            points.name = wide_name;
        fal_map_fit(&points, &window);
        g_autoptr(FalMap) map = fal_map_new(&points, &window, size[0], size[1], selected);
        check_map(map, &points, &window, selected);
        g_assert_cmpint(map->shown, ==, n);
        /* The selected one is named first, and others next. */
        g_assert_cmpint(map->labels->len, >=, n > 0);
        if (n > 0)
            g_assert_cmpint(g_array_index(map->labels, FalMapLabel, 0).point, ==, selected);
        if (size[0] == 120 && n > 10)
            g_assert_cmpint(map->labels->len, >, 3);
        for (guint i = 0; i < map->labels->len; i++)
            g_assert_null(strchr(g_array_index(map->labels, FalMapLabel, i).name, '\033'));
        cloud_clear(&cloud);
    }
}

/* Cells with dots that a name hides. */
static int
hidden_by(const FalMap *map, const FalMapLabel *label)
{
    int n = 0;

    for (int c = 0; c < label->cells; c++)
        n += map->count[label->y * map->width + label->name_x + c] > 0;
    return n;
}

/* Beside a cloud names hide little of it; over one that is everywhere there are but a few. */
static void
test_clear(void)
{
    enum { N = 40000, WIDTH = 80, HEIGHT = 20, MOST = 1 + WIDTH * HEIGHT / 80 };
    Cloud cloud;
    FalMapPoints points = cloud_new(&cloud, N, 7);
    FalMapWindow window = {0.5, 0, 1, 1};
    g_autoptr(GRand) rand = g_rand_new_with_seed(8);

    for (int crowded = 0; crowded < 2; crowded++) {
        for (gint32 i = 0; i < N; i++) {
            /* Either all over, or a band at the right with some, the weightiest, beside it. */
            double x = crowded ? g_rand_double(rand) : g_rand_double_range(rand, 0.7, 1);
            cloud.x[i] = (float)(!crowded && i < 100 ? g_rand_double_range(rand, 0, 0.7) : x);
            cloud.y[i] = (float)(g_rand_double(rand) - 0.5);
        }
        g_autoptr(FalMap) map = fal_map_new(&points, &window, WIDTH, HEIGHT, -1);
        check_map(map, &points, &window, -1);
        g_assert_cmpint(map->labels->len, >=, crowded ? 1 : 1 + MOST / 3);
        g_assert_cmpint(map->labels->len, <=, crowded ? 1 + MOST / 3 : MOST);
        for (guint i = 0; i < map->labels->len && !crowded; i++) {
            const FalMapLabel *label = &g_array_index(map->labels, FalMapLabel, i);
            g_assert_cmpint(4 * hidden_by(map, label), <=, label->cells);
        }
    }
    cloud_clear(&cloud);
}

/* The heavier of two that cannot both be named is. */
static void
test_weight(void)
{
    float x[] = {0.50f, 0.52f, 0.1f}, y[] = {0.5f, 0.5f, 0.9f};
    FalMapPoints points = {.x = x, .y = y, .n = 3, .name = number_name};
    FalMapWindow window = {0.5, 0.5, 1, 1};

    for (gint32 selected = -1; selected < 2; selected++) {
        g_autoptr(FalMap) map = fal_map_new(&points, &window, 40, 10, selected);
        const FalMapLabel *label = &g_array_index(map->labels, FalMapLabel, 0);
        check_map(map, &points, &window, selected);
        g_assert_cmpint(label->point, ==, MAX(selected, 0));
    }
}

/* One point, all the same, all on a line, none at all, none with a place. */
static void
test_degenerate(void)
{
    float same[] = {2, 2, 2, 2}, line[] = {1, 2, 3, 4}, zero[] = {0, 0, 0, 0},
          nowhere[] = {NAN, NAN, INFINITY, NAN}, tiny[] = {0, 1e-38f, 0, 0},
          huge[] = {-3e38f, 3e38f, 0, 0};
    const float *all[] = {same, line, zero, nowhere, tiny, huge};

    for (gsize i = 0; i < G_N_ELEMENTS(all) * G_N_ELEMENTS(all) * 5; i++) {
        FalMapPoints points = {
            .x = all[i % 6], .y = all[i / 6 % 6], .n = (gint32)(i / 36), .name = number_name};
        FalMapWindow window;
        gint32 n_placed = points.x == nowhere || points.y == nowhere ? 0 : points.n;
        fal_map_fit(&points, &window);
        g_assert_true(isfinite(window.x) && isfinite(window.y));
        g_assert_true(window.width > 0 && window.height > 0);
        g_autoptr(FalMap) map = fal_map_new(&points, &window, 50, 12, 0);
        check_map(map, &points, &window, 0);
        g_assert_cmpint(map->shown, ==, n_placed);
        g_assert_cmpint(map->labels->len, >=, n_placed > 0);
    }
}

static void
test_toward(void)
{
    /* One in the middle, one in each direction, one farther to the right. */
    float x[] = {0.5f, 0.9f, 0.1f, 0.5f, 0.5f, 0.95f};
    float y[] = {0.5f, 0.5f, 0.5f, 0.9f, 0.1f, 0.8f};
    FalMapPoints points = {.x = x, .y = y, .n = 6, .name = number_name};
    FalMapWindow window = {0.5, 0.5, 1, 1};
    g_autoptr(FalMap) map = fal_map_new(&points, &window, 80, 20, 0);

    g_assert_cmpint(fal_map_toward(map, &points, &window, 0.5, 0.5, 1, 0), ==, 1);
    g_assert_cmpint(fal_map_toward(map, &points, &window, 0.5, 0.5, -1, 0), ==, 2);
    g_assert_cmpint(fal_map_toward(map, &points, &window, 0.5, 0.5, 0, 1), ==, 3);
    g_assert_cmpint(fal_map_toward(map, &points, &window, 0.5, 0.5, 0, -1), ==, 4);
    g_assert_cmpint(fal_map_toward(map, &points, &window, 0.1, 0.5, -1, 0), ==, -1);
    g_array_set_size(map->labels, 0); /* without names, dots will do */
    g_assert_cmpint(fal_map_toward(map, &points, &window, 0.5, 0.5, 1, 0), ==, 1);
}

static void
test_nearest(void)
{
    float x[] = {0.5f, 0.9f, 0.1f, 0.5f, 0.5f, 0.95f};
    float y[] = {0.5f, 0.5f, 0.5f, 0.9f, 0.1f, 0.8f};
    FalMapPoints points = {.x = x, .y = y, .n = 6, .name = number_name};
    FalMapWindow window = {0.5, 0.5, 1, 1};
    g_autoptr(FalMap) map = fal_map_new(&points, &window, 80, 20, 0);
    g_autoptr(FalMap) empty = fal_map_new(&points, &(FalMapWindow){9, 9, 1, 1}, 80, 20, -1);

    /* Its mark and each cell of its name are its own. */
    g_assert_cmpint(map->labels->len, >, 3);
    for (guint i = 0; i < map->labels->len; i++) {
        const FalMapLabel *label = &g_array_index(map->labels, FalMapLabel, i);
        g_assert_cmpint(fal_map_nearest(map, label->y, label->x), ==, label->point);
        for (int c = 0; c < label->cells; c++)
            g_assert_cmpint(fal_map_nearest(map, label->y, label->name_x + c), ==,
                            label->point);
    }
    g_array_set_size(map->labels, 0);
    g_assert_cmpint(fal_map_nearest(map, 0, 0), ==, 2);
    g_assert_cmpint(fal_map_nearest(map, 19, 41), ==, 4);
    g_assert_cmpint(fal_map_nearest(map, 0, 79), ==, 5);
    /* Eleven cells across are nearer than six lines. */
    g_assert_cmpint(fal_map_nearest(map, 4, 65), ==, 5);
    g_assert_cmpint(fal_map_nearest(empty, 0, 0), ==, -1);
}

/* --- planes --- */

/* Rows on a flat ellipse in space: its axes are found, in the order of their lengths. */
static void
test_principal(void)
{
    enum { N = 360, RANK = 3, STRIDE = FAL_STRIDE(RANK) };
    float rows[N * STRIDE] = {0}, x[N], y[N], again_x[N], again_y[N];
    double share[2], again[2];

    for (int i = 0; i < N; i++) {
        double t = i * G_PI / 180;
        rows[i * STRIDE] = (float)(7 + sin(t));
        rows[i * STRIDE + 1] = 5;
        rows[i * STRIDE + 2] = (float)(-2 + 3 * cos(t));
    }
    g_assert_true(fal_plane_principal(rows, N, RANK, STRIDE, x, y, share, NULL));
    g_assert_cmpfloat_with_epsilon(share[0], 0.9, 1e-6);
    g_assert_cmpfloat_with_epsilon(share[1], 0.1, 1e-6);
    for (int i = 0; i < N; i++) {
        double t = i * G_PI / 180;
        g_assert_cmpfloat_with_epsilon(x[i], 3 * cos(t), 1e-5);
        g_assert_cmpfloat_with_epsilon(y[i], sin(t), 1e-5);
    }
    g_assert_true(fal_plane_principal(rows, N, RANK, STRIDE, again_x, again_y, again, NULL));
    g_assert_cmpmem(x, sizeof x, again_x, sizeof again_x);
    g_assert_cmpmem(y, sizeof y, again_y, sizeof again_y);
}

static void
test_principal_degenerate(void)
{
    float rows[4 * FAL_LANES] = {0}, x[4], y[4];
    double share[2];

    for (gint32 n = 0; n <= 4; n++) {
        for (int rank = 1; rank <= 3; rank++) {
            g_assert_true(fal_plane_principal(rows, n, rank, FAL_LANES, x, y, share, NULL));
            g_assert_true(share[0] == 0 && share[1] == 0);
            for (gint32 i = 0; i < n; i++)
                g_assert_true(x[i] == 0 && y[i] == 0);
        }
    }
    rows[0] = 1;
    g_assert_true(fal_plane_principal(rows, 2, 1, FAL_LANES, x, y, share, NULL));
    g_assert_cmpfloat(share[0], ==, 1);
    g_assert_cmpfloat(x[0], ==, 0.5f);
    g_assert_cmpfloat(y[0], ==, 0);
}

static FalModel *
small_model(int rank)
{
    GString *plays = g_string_new(NULL);
    FalTrainSettings settings;
    g_autoptr(GError) error = NULL;

    for (int u = 1; u <= 40; u++)
        for (int a = 1; a <= 30; a++)
            if ((u + a) % 3 == 0 || (u * a) % 7 == 1)
                g_string_append_printf(plays, "%d %d %d\n", u, 100 + a, 1 + u * a % 5);
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(plays->str, NULL, NULL);
    g_string_free(plays, TRUE);
    fal_train_settings_init(&settings);
    settings.rank = rank;
    settings.iterations = 3;
    FalModel *model =
        fal_train(dataset, fal_dataset_plays(dataset), &settings, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return model;
}

static void
test_axes(void)
{
    g_autoptr(FalModel) model = small_model(8);
    const FalFactors *factors = fal_model_factors(model);
    gint32 n = factors->n_artists;
    g_autofree float *x = g_new(float, n), *y = g_new(float, n);
    double sum = 0;

    fal_plane_axes(model, (int[]){2, 5}, (float *[]){x, y});
    for (gint32 i = 0; i < n; i++) {
        g_assert_cmpfloat(x[i], ==, fal_artist_factors(factors, i)[2]);
        g_assert_cmpfloat(y[i], ==, fal_artist_factors(factors, i)[5]);
    }
    fal_plane_axes(model, (int[]){0, 5}, (float *[]){x, NULL});
    g_assert_cmpfloat(x[3], ==, fal_artist_factors(factors, 3)[0]);
    for (int axis = 0; axis < 8; axis++)
        sum += fal_plane_share(model, axis);
    g_assert_cmpfloat_with_epsilon(sum, 1, 1e-9);
}

static void
test_around(void)
{
    g_autoptr(FalModel) model = small_model(8);
    gint32 artists[201], n_all = fal_model_factors(model)->n_artists;
    float x[201], y[201];
    double share[2];

    for (int k = 0; k <= 200; k += 10) {
        gint32 n = fal_plane_around(model, 4, k, artists, x, y, share, NULL);
        gboolean found = FALSE;
        g_assert_cmpint(n, ==, MIN(k + 1, n_all));
        for (gint32 i = 0; i < n; i++) {
            g_assert_true(isfinite(x[i]) && isfinite(y[i]));
            g_assert_true(i == 0 || artists[i - 1] < artists[i]);
            found = found || artists[i] == 4;
        }
        g_assert_true(found);
        g_assert_cmpfloat(share[0], >=, share[1]);
    }
}

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/map/cells", test_cells);
    g_test_add_func("/map/dots", test_dots);
    g_test_add_func("/map/levels", test_levels);
    g_test_add_func("/map/clear", test_clear);
    g_test_add_func("/map/names", test_names);
    g_test_add_func("/map/weight", test_weight);
    g_test_add_func("/map/degenerate", test_degenerate);
    g_test_add_func("/map/toward", test_toward);
    g_test_add_func("/map/nearest", test_nearest);
    g_test_add_func("/plane/principal", test_principal);
    g_test_add_func("/plane/degenerate", test_principal_degenerate);
    g_test_add_func("/plane/axes", test_axes);
    g_test_add_func("/plane/around", test_around);
    return g_test_run();
}
