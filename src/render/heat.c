/* The runs of a tuning as a heat table (see heat.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "render/heat.h"

#include <math.h>
#include <string.h>

#include "base/glyphs.h"
#include "render/chart.h"

enum { LEVELS = 5 };

static int
compare_number(gconstpointer a, gconstpointer b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The values of a setting, rising. */
static GArray *
values_of(const FalTuning *tuning, const char *name)
{
    GArray *values = g_array_new(FALSE, FALSE, sizeof(double));

    for (int i = 0; i < tuning->n_runs && *name; i++) {
        double x = fal_runs_number(&tuning->run[i], name);
        gboolean known = FALSE;
        for (guint j = 0; j < values->len; j++)
            known = known || g_array_index(values, double, j) == x;
        if (!known)
            g_array_append_val(values, x);
    }
    g_array_sort(values, compare_number);
    return values;
}

/* Chooses the axes; the first of those with the same number of values. */
static void
choose_axes(FalHeat *heat, const FalTuning *tuning)
{
    g_autofree const char **names = fal_runs_varied(tuning);
    guint across = 0, down = 0;
    int n = 0;

    heat->across = heat->down = "";
    for (; names[n]; n++) {
        g_autoptr(GArray) values = values_of(tuning, names[n]);
        if (values->len > across) {
            heat->down = heat->across;
            down = across;
            heat->across = names[n];
            across = values->len;
        } else if (values->len > down) {
            heat->down = names[n];
            down = values->len;
        }
    }
    heat->others = MAX(0, n - 2);
}

static int
place_of(const FalTuning *tuning, int run, const char *name, const GArray *values)
{
    double x = *name ? fal_runs_number(&tuning->run[run], name) : 0;

    for (guint i = 0; i < values->len; i++)
        if (g_array_index(values, double, i) == x)
            return (int)i;
    return 0;
}

/* The texts of the values, each from a run that has it. */
static char **
value_texts(const FalTuning *tuning, const char *name, const GArray *values)
{
    char **text = g_new0(char *, (gsize)MAX(values->len, 1) + 1);

    for (int i = 0; i < tuning->n_runs && *name; i++) {
        int place = place_of(tuning, i, name, values);
        if (!text[place])
            text[place] = fal_runs_value(&tuning->run[i], name);
    }
    if (!text[0])
        text[0] = g_strdup("");
    return text;
}

FalHeat *
fal_heat_new(const FalTuning *tuning)
{
    FalHeat *heat = g_new0(FalHeat, 1);

    choose_axes(heat, tuning);
    g_autoptr(GArray) across = values_of(tuning, heat->across);
    g_autoptr(GArray) down = values_of(tuning, heat->down);
    heat->n_across = (int)MAX(across->len, 1);
    heat->n_down = (int)MAX(down->len, 1);
    heat->across_value = value_texts(tuning, heat->across, across);
    heat->down_value = value_texts(tuning, heat->down, down);
    heat->run = g_new(int, (gsize)heat->n_across *(gsize)heat->n_down);
    for (int i = 0; i < heat->n_across * heat->n_down; i++)
        heat->run[i] = -1;
    /* The best come first. */
    for (int i = 0; i < tuning->n_runs; i++) {
        int x = place_of(tuning, i, heat->across, across);
        int y = place_of(tuning, i, heat->down, down);
        int *run = &heat->run[y * heat->n_across + x];
        if (*run < 0)
            *run = i;
        if (i == 0) {
            heat->best_x = x;
            heat->best_y = y;
        }
    }
    return heat;
}

void
fal_heat_free(FalHeat *heat)
{
    if (heat) {
        g_strfreev(heat->across_value);
        g_strfreev(heat->down_value);
        g_free(heat->run);
        g_free(heat);
    }
}

/* Of a run whose seeds were not all measured, what it has itself. */
static double
figure_of(const FalTuning *tuning, int run)
{
    const FalTuneRun *r = &tuning->run[run];

    return isnan(r->mean) ? r->metric[tuning->metric].mean : r->mean;
}

int
fal_heat_level(const FalHeat *heat, const FalTuning *tuning, int run)
{
    double low = INFINITY, high = -INFINITY, x = run < 0 ? NAN : figure_of(tuning, run);

    if (isnan(x))
        return -1;
    for (int i = 0; i < heat->n_across * heat->n_down; i++) {
        double other = heat->run[i] < 0 ? NAN : figure_of(tuning, heat->run[i]);
        if (isnan(other))
            continue;
        low = MIN(low, other);
        high = MAX(high, other);
    }
    return high > low ? (int)round((LEVELS - 1) * (x - low) / (high - low)) : LEVELS - 1;
}

const char *
fal_heat_shade(const FalHeat *heat, const FalTuning *tuning, int y, int x)
{
    static const char *const shades[2][LEVELS] = {{"  ", "..", "::", "**", "##"},
                                                  {"  ", "░░", "▒▒", "▓▓", "██"}};
    int level = fal_heat_level(heat, tuning, heat->run[y * heat->n_across + x]);

    return level < 0 ? "" : shades[fal_glyphs_unicode()][level];
}

char *
fal_heat_cell(const FalHeat *heat, const FalTuning *tuning, int y, int x)
{
    int run = heat->run[y * heat->n_across + x];
    int level = fal_heat_level(heat, tuning, run);

    if (run < 0)
        return g_strdup_printf("%*s", FAL_HEAT_CELL, "");
    if (level < 0)
        return g_strdup_printf("%*s", FAL_HEAT_CELL, "diverged");
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(digits, sizeof digits, "%.3f", figure_of(tuning, run));
    return g_strdup_printf(" %s %s", fal_heat_shade(heat, tuning, y, x), digits);
}
