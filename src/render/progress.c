/* How far a long command is, in one line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "render/chart.h"

#include <math.h>

#include "base/text.h"

#define BAR           10 /* cells between the marks of the bar */
#define BAR_LEAST     4  /* below that it says nothing */
#define MARKS         3  /* the bar's two marks and the blank before it */
#define GUESS_SHARE   0.02
#define GUESS_SECONDS 0.5

/* A task's text: a copy of a fixed size, which may end within a character. */
static char *
safe_text(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return fal_text_safe(valid);
}

/* Adds gap and text where they fit into width. */
static void
append_if(GString *line, const char *gap, const char *text, int width)
{
    int taken = fal_text_width(line->str) + fal_text_width(gap) + fal_text_width(text);
    if (*text && taken <= width) {
        g_string_append(line, gap);
        g_string_append(line, text);
    }
}

/* "12 s left" where that can be guessed; the seconds so far where there is no end in sight;
 * else nothing. */
static char *
time_text(const FalProgress *progress, gboolean bounded)
{
    if (!bounded)
        return fal_text_duration(progress->seconds);
    double share = progress->done / progress->total;
    if (share > GUESS_SHARE && share < 1 && progress->seconds > GUESS_SECONDS) {
        g_autofree char *left = fal_text_duration(progress->seconds * (1 - share) / share);
        return g_strconcat(left, " left", NULL);
    }
    return g_strdup("");
}

char *
fal_chart_progress(const FalProgress *progress, int width)
{
    g_return_val_if_fail(progress, NULL);
    g_autofree char *stage = safe_text(progress->stage);
    g_autofree char *note = safe_text(progress->note);
    if (fal_text_width(stage) > width)
        return fal_text_fit(stage, width, FAL_ALIGN_LEFT);
    GString *line = g_string_new(stage);
    gboolean bounded = isfinite(progress->total) && progress->total > 0;
    int room = width - fal_text_width(line->str) - MARKS;
    if (bounded && room >= BAR_LEAST) {
        double share = progress->done / progress->total;
        g_autofree char *bar = fal_chart_progress_bar(share, MIN(room, BAR));
        append_if(line, " ", bar, width);
    }
    g_autofree char *time = time_text(progress, bounded);
    append_if(line, " ", note, width);
    append_if(line, "  ", time, width);
    return g_string_free(line, FALSE);
}
