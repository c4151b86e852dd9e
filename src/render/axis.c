/* The y axis of charts (see axis.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "render/axis.h"

#include <math.h>

/* What round figures begin with. */
static const double nice_digit[] = {1, 2, 5};

/* Where value stands on the y axis's scale; FALSE where it cannot. */
gboolean
fal_axis_place(const FalAxis *axis, double value, double *y)
{
    if (!isfinite(value) || fabs(value) > FAL_AXIS_HUGEST ||
        (axis->log && value < 1 / FAL_AXIS_HUGEST))
        return FALSE;
    *y = axis->log ? log10(value) : value;
    return TRUE;
}

static double
from_scale(const FalAxis *axis, double y)
{
    return axis->log ? pow(10, y) : y;
}

/* The exponent of value, where 0.001 is -3 whatever rounding says. */
static int
exponent(double value)
{
    return (int)floor(log10(value) + 1e-9);
}

/* A short label for value, on an axis that goes up to `most`, fine enough to tell `step`s
 * apart: 0.05, 12k, 1.8e8. */
static void
write_label(char *label, int size, double value, double most, double step)
{
    int e = exponent(most);
    int unit = 0; /* the power of ten that the suffix stands for */
    char suffix[16] = "";
    if (value == 0) {
        g_strlcpy(label, "0", (gsize)size);
        return;
    }
    if (e >= 6 || e < -3) {
        unit = exponent(fabs(value));
        g_snprintf(suffix, sizeof suffix, "e%d", unit);
    } else if (e >= 4) {
        unit = 3;
        g_strlcpy(suffix, "k", sizeof suffix);
    }
    char shape[16];
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_snprintf(shape, sizeof shape, "%%.%df", CLAMP(unit - exponent(step), 0, 15));
    g_ascii_formatd(number, sizeof number, shape, value / pow(10, unit));
    g_snprintf(label, (gulong)size, "%s%s", number, suffix);
}

/* The dot at y of the scale, from the top. What stands on the axis may be one below the last.
 */
static int
dot_of_y(const FalAxis *axis, double y)
{
    int last = 4 * axis->rows - !axis->grounded;
    double share = (y - axis->low) / (axis->high - axis->low);
    return CLAMP((int)lround((1 - share) * last), 0, last);
}

/* The same for what is drawn: nothing is below the last. */
int
fal_axis_dot(const FalAxis *axis, double y)
{
    return MIN(dot_of_y(axis, y), 4 * axis->rows - 1);
}

/* The row of a tick; that of the axis, where there is one, is behind the last. */
static int
row_of(const FalAxis *axis, double value)
{
    int dot = dot_of_y(axis, axis->log ? log10(value) : value);
    return MIN(dot / 4, axis->line ? axis->rows : axis->rows - 1);
}

/* Adds a tick, unless its line has one. */
static void
add_tick(FalAxis *axis, double value, double most, double step)
{
    int row = row_of(axis, value);
    for (int i = 0; i < axis->n_ticks; i++)
        if (axis->tick[i].row == row)
            return;
    g_return_if_fail(axis->n_ticks < FAL_AXIS_TICKS);
    FalTick *tick = &axis->tick[axis->n_ticks++];
    tick->value = value;
    tick->row = row;
    write_label(tick->label, sizeof tick->label, value, most, step);
}

/* Ticks at the multiples of 1, 2 or 5 times a power of ten: the smallest such step that gives
 * no more than `most`; within the range, or (wider) with the range made to end at two of them.
 */
static void
add_linear_ticks(FalAxis *axis, int most, gboolean wider)
{
    double low = from_scale(axis, axis->low);
    double high = from_scale(axis, axis->high);
    int e = exponent((high - low) / most);
    double step = 0;
    double first = 0;
    double last = most;
    for (int i = 0; last - first >= most; i++) {
        step = nice_digit[i % 3] * pow(10, e + i / 3);
        first = wider ? floor(low / step + 1e-9) : ceil(low / step - 1e-9);
        last = wider ? ceil(high / step - 1e-9) : floor(high / step + 1e-9);
    }
    first = axis->log ? MAX(first, 1) : first;
    if (wider) {
        axis->low = first * step;
        axis->high = last * step;
    }
    axis->grounded = !axis->log && axis->low == 0;
    double largest = step * MAX(fabs(first), fabs(last));
    axis->n_ticks = 0;
    for (double k = first; k <= last; k++)
        add_tick(axis, k * step, MAX(largest, step), step);
}

/* Ticks at 1, 2 and 5 times the powers of ten, or at each, each second, ... power of ten: the
 * most that are no more than `most`. */
static void
add_log_ticks(FalAxis *axis, int most)
{
    static const int strides[] = {1, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500};
    int first = (int)floor(axis->low);
    int last = (int)floor(axis->high);
    for (guint i = 0; i < G_N_ELEMENTS(strides); i++) {
        double value[FAL_AXIS_TICKS];
        int per_decade = i == 0 ? 3 : 1;
        int n = 0;
        for (int j = first * per_decade; j < (last + 1) * per_decade && n <= most; j++) {
            int decade = (int)floor((double)j / per_decade);
            double log_value = decade + log10(nice_digit[j - decade * per_decade]);
            gboolean inside = log_value >= axis->low - 1e-9 && log_value <= axis->high + 1e-9;
            if (!inside || decade % strides[i] != 0)
                continue;
            if (n < most)
                value[n] = nice_digit[j - decade * per_decade] * pow(10, decade);
            n++;
        }
        if (n <= most) {
            for (int j = 0; j < n; j++)
                add_tick(axis, value[j], value[j], pow(10, exponent(value[j])));
            return;
        }
    }
}

/* Of all 1, 2 and 5 times the powers of ten in the range as many as there may be, evenly. */
static void
add_thinned_log_ticks(FalAxis *axis, int most)
{
    int low = (int)ceil(3 * axis->low) - 3;
    int n = 0;
    double value[3 * FAL_AXIS_TICKS];
    for (int j = low; n < (int)G_N_ELEMENTS(value) && j < low + 30; j++) {
        int decade = (int)floor(j / 3.0);
        double log_value = decade + log10(nice_digit[j - 3 * decade]);
        if (log_value >= axis->low - 1e-9 && log_value <= axis->high + 1e-9)
            value[n++] = pow(10, log_value);
    }
    int stride = (n + most - 1) / most;
    axis->n_ticks = 0;
    for (int i = 0; i < n; i += stride)
        add_tick(axis, value[i], value[i], pow(10, exponent(value[i])));
}

/* The nearest of 1, 2 and 5 times the powers of ten below or above a logarithm. */
static double
nice_log(double value, gboolean above)
{
    static const double nice[] = {1, 2, 5, 10};
    double decade = floor(value);
    int i = above ? 0 : G_N_ELEMENTS(nice) - 1;
    while (above ? decade + log10(nice[i]) < value - 1e-9
                 : decade + log10(nice[i]) > value + 1e-9)
        i += above ? 1 : -1;
    return decade + log10(nice[i]);
}

/* Makes a logarithmic axis end at two round figures, which are its ticks. */
static void
end_at_log_ticks(FalAxis *axis)
{
    axis->low = nice_log(axis->low, FALSE);
    axis->high = nice_log(axis->high, TRUE);
    axis->n_ticks = 0;
    for (int i = 0; i < 2; i++) {
        double value = pow(10, i ? axis->high : axis->low);
        add_tick(axis, value, value, pow(10, exponent(value)));
    }
}

/* Two to five labelled places on the y axis, all of them round figures: where there are no two
 * in the range it gets wider. A logarithmic axis of less than a factor of ten has those of a
 * linear one. */
void
fal_axis_choose_ticks(FalAxis *axis)
{
    int most = CLAMP(axis->rows / 2 + 1, 2, FAL_AXIS_TICKS);
    if (axis->log && axis->high - axis->low >= 1)
        add_log_ticks(axis, most);
    if (axis->log && axis->high - axis->low >= 1 && axis->n_ticks < 2)
        add_thinned_log_ticks(axis, most);
    if (axis->n_ticks < 2)
        add_linear_ticks(axis, most, FALSE);
    if (axis->n_ticks < 2)
        add_linear_ticks(axis, MIN(axis->rows, FAL_AXIS_TICKS), FALSE);
    if (axis->n_ticks < 2 && axis->log)
        end_at_log_ticks(axis);
    else if (axis->n_ticks < 2)
        add_linear_ticks(axis, most, TRUE);
}
