/* A space of settings (see space.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/space.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"

/* The third part of the hash that draws; no artist has this id (see evaluate.c). */
#define DRAW_KEY (G_MAXUINT64 - 3)

static void
dimension_clear(gpointer data)
{
    g_array_unref(((FalDimension *)data)->values);
}

FalSpace *
fal_space_new(void)
{
    FalSpace *space = g_new0(FalSpace, 1);

    space->dimensions = g_array_new(FALSE, FALSE, sizeof(FalDimension));
    g_array_set_clear_func(space->dimensions, dimension_clear);
    return space;
}

void
fal_space_free(FalSpace *space)
{
    if (space) {
        g_array_unref(space->dimensions);
        g_free(space);
    }
}

/* --- what was typed --- */

static gboolean
has_log_scale(const FalKeySpec *key)
{
    static const char *const names[] = {"lambda", "alpha",   "unobserved",
                                        "prior",  "epsilon", NULL};

    return g_strv_contains(names, key->name);
}

static gboolean
parse_range(FalDimension *d, const char *text, const char *dots, GError **error)
{
    g_autofree char *low = g_strndup(text, (gsize)(dots - text));

    if (d->key->type == FAL_KEY_CHOICE) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "%s has no order, so there is no range of it: give a list, %s,%s",
                    d->key->name, low, dots + 2);
        return FALSE;
    }
    if (!fal_key_parse(d->key, low, &d->low, error) ||
        !fal_key_parse(d->key, dots + 2, &d->high, error))
        return FALSE;
    if (!(d->low < d->high)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "the range of %s must rise: %s is not below %s", d->key->name, low,
                    dots + 2);
        return FALSE;
    }
    d->range = TRUE;
    d->log = d->low > 0 && has_log_scale(d->key);
    return TRUE;
}

static void
add_value(GArray *values, double x)
{
    for (guint i = 0; i < values->len; i++)
        if (g_array_index(values, double, i) == x)
            return;
    g_array_append_val(values, x);
}

static gboolean
parse_list(FalDimension *d, const char *text, GError **error)
{
    g_auto(GStrv) items = g_strsplit(text, ",", -1);
    double x;

    for (int i = 0; items[i]; i++) {
        if (!fal_key_parse(d->key, items[i], &x, error))
            return FALSE;
        add_value(d->values, x);
    }
    if (d->values->len == 0) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "%s= takes a value, a list a,b,c or a range a..b", d->key->name);
        return FALSE;
    }
    return TRUE;
}

gboolean
fal_space_add(FalSpace *space, const FalKeySpec *key, const char *text, GError **error)
{
    const char *dots = strstr(text, "..");
    FalDimension d = {.key = key, .values = g_array_new(FALSE, FALSE, sizeof(double))};

    if (!(dots ? parse_range(&d, text, dots, error) : parse_list(&d, text, error))) {
        dimension_clear(&d);
        return FALSE;
    }
    if (!strcmp(key->name, "preset"))
        g_array_prepend_val(space->dimensions, d);
    else
        g_array_append_val(space->dimensions, d);
    return TRUE;
}

/* --- values --- */

/* The place at a share of the range, to three digits: as people would have typed it. */
static double
value_at(const FalDimension *d, double share)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    double x =
        d->log ? d->low * pow(d->high / d->low, share) : d->low + share * (d->high - d->low);

    if (share <= 0 || share >= 1)
        return share <= 0 ? d->low : d->high;
    if (d->key->type == FAL_KEY_INT)
        return round(x);
    g_ascii_formatd(text, sizeof text, "%.3g", x);
    return CLAMP(g_ascii_strtod(text, NULL), d->low, d->high);
}

static GArray *
values_of(const FalDimension *d, int points)
{
    GArray *values;

    if (!d->range)
        return g_array_ref(d->values);
    values = g_array_new(FALSE, FALSE, sizeof(double));
    for (int i = 0; i < points; i++)
        add_value(values, value_at(d, points > 1 ? (double)i / (points - 1) : 0));
    return values;
}

static gboolean
put(FalSettings *settings, const FalDimension *d, double x, GError **error)
{
    g_autofree char *text = d->key->type == FAL_KEY_CHOICE ? g_strdup(d->key->choices[(int)x])
                            : d->key->zero && x == 0       ? g_strdup(d->key->zero)
                                                           : fal_text_exact(x, FALSE);

    return fal_settings_set(settings, d->key->name, text, error);
}

static gboolean
refuse(gint64 n, gint64 most, GError **error)
{
    g_autofree char *text = fal_text_count(most);

    if (n <= most)
        return FALSE;
    g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                "these are more than %s trainings: give shorter lists or fewer points, or draw "
                "some with search=random runs=N",
                text);
    return TRUE;
}

GArray *
fal_space_grid(const FalSpace *space, const FalTrainSettings *base, int points, gint64 most,
               GError **error)
{
    guint n = space->dimensions->len;
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(FalTrainSettings));
    gint64 total = 1;

    for (guint i = 0; i < n; i++) {
        GArray *own = values_of(&g_array_index(space->dimensions, FalDimension, i), points);
        g_ptr_array_add(values, own);
        total *= own->len;
        if (refuse(total, most, error))
            return NULL;
    }
    for (gint64 number = 0; number < total; number++) {
        FalSettings settings = {.train = *base};
        gint64 below = total, rest = number;
        for (guint i = 0; i < n; i++) {
            const GArray *own = values->pdata[i];
            below /= own->len;
            double x = g_array_index(own, double, rest / below);
            rest %= below;
            if (!put(&settings, &g_array_index(space->dimensions, FalDimension, i), x, error))
                return NULL;
        }
        g_array_append_val(out, settings.train);
    }
    return g_steal_pointer(&out);
}

static double
draw_value(const FalDimension *d, guint64 bits)
{
    double share = fal_random_unit(bits);

    if (!d->range)
        return g_array_index(d->values, double, (guint)(share * d->values->len));
    /* Each whole number with the same chance, the ends too. */
    if (d->key->type == FAL_KEY_INT)
        return floor(d->low + share * (d->high - d->low + 1));
    return value_at(d, share);
}

GArray *
fal_space_draw(const FalSpace *space, const FalTrainSettings *base, int n, guint64 seed,
               GError **error)
{
    g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(FalTrainSettings));

    for (int number = 0; number < n; number++) {
        FalSettings settings = {.train = *base};
        for (guint i = 0; i < space->dimensions->len; i++) {
            const FalDimension *d = &g_array_index(space->dimensions, FalDimension, i);
            guint64 bits = fal_random_hash(seed, (guint64)number << 8 | i, DRAW_KEY);
            if (!put(&settings, d, draw_value(d, bits), error))
                return NULL;
        }
        g_array_append_val(out, settings.train);
    }
    return g_steal_pointer(&out);
}
