/* Charts as text: bars in eighths, progress bars, line charts in braille, or as the glyphs in
 * use (base/glyphs.h) have it. Returns, never prints.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_RENDER_CHART_H
#define FAL_RENDER_CHART_H

#include "base/task.h"

/* share (0..1, clamped; NaN is 0) of `cells` cells as a bar, padded with blanks. */
char *fal_chart_bar(double share, int cells);
/* The same between end marks, for progress, cells + 2 in all: "▕████▌   ▏". */
char *fal_chart_progress_bar(double share, int cells);

typedef struct {
    const char *name; /* for the legend */
    const double *y;  /* n values, NaN leaves a gap */
    int n;            /* x is 1 .. n */
} FalSeries;

typedef struct {
    int width, height; /* cells of the whole, axes and legend included; at least 20 x 4 */
    gboolean log_y;    /* values <= 0 leave gaps then */
    int n_x;           /* the x axis goes from 1 to n_x (0: the longest series) */
    const char *title; /* above, at the left */
} FalChartSpec;

/* A line chart with y labels at the left and x labels below: an array of height lines, each
 * exactly width cells; the series' cells are told apart by `owner` below. NULL-terminated,
 * free with g_strfreev(). owner (may be NULL): height x width, the series a cell belongs to
 * (where two meet, the first), the legend's cells included, -1 for none, -2 for the title, axes
 * and labels; for colours. Below 20 x 4 only the title line is filled. */
char **fal_chart_lines(const FalChartSpec *spec, const FalSeries *series, int n_series,
                       signed char *owner);

/* What is below the steps of a histogram. */
typedef enum { FAL_FILL_NONE, FAL_FILL_LIGHT, FAL_FILL_SOLID } FalFill;

/* A label on the x axis: bin i goes from x = i to i + 1. */
typedef struct {
    double x;
    const char *label;
} FalMark;

typedef struct {
    FalFill fill;        /* of the first series */
    const FalMark *mark; /* one that would touch another before it here is left out */
    int n_marks;
} FalBins;

/* The same of histograms: the values of bins, drawn as steps from 0 up (log_y: from below 1),
 * nothing where a bin is empty. */
char **fal_chart_bins(const FalChartSpec *spec, const FalBins *bins, const FalSeries *series,
                      int n_series, signed char *owner);

/* "training 7/15 ▕█████▌    ▏ J 1.78e8 -0.4 %  12 s left": one line of at most width cells, by
 * priority: stage, bar, note, time left. */
char *fal_chart_progress(const FalProgress *progress, int width);

#endif
