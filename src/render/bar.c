/* Bars (see chart.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "render/chart.h"

#include <math.h>

#include "base/glyphs.h"

static void
append_bar(GString *out, double share, int cells)
{
    int filled = share > 0 ? (int)lround(MIN(share, 1.0) * cells * 8) : 0;
    const char *rest = fal_glyph_eighths(filled % 8);
    int used = filled / 8 + (*rest != '\0');
    for (int i = 0; i < filled / 8; i++)
        g_string_append(out, fal_glyph(FAL_GLYPH_BAR));
    g_string_append(out, rest);
    g_string_append_printf(out, "%*s", cells - used, "");
}

char *
fal_chart_bar(double share, int cells)
{
    GString *out = g_string_new(NULL);
    append_bar(out, share, MAX(cells, 0));
    return g_string_free(out, FALSE);
}

char *
fal_chart_progress_bar(double share, int cells)
{
    GString *out = g_string_new(fal_glyph(FAL_GLYPH_BAR_BEGIN));
    append_bar(out, share, MAX(cells, 0));
    g_string_append(out, fal_glyph(FAL_GLYPH_BAR_END));
    return g_string_free(out, FALSE);
}
