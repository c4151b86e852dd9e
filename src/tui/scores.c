/* What an evaluation came to (see scores.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/scores.h"

#include <math.h>
#include <string.h>

#include "data/histogram.h"
#include "query/settings.h"

enum {
    NAME = 10, /* cells of the longest metric's name */
    MEAN_WIDTH = 5,
    VERDICT = 16,       /* of "✗ most listeners" */
    LEAST_VERDICT = 13, /* of "  cannot tell" */
    LEAST_CHART = 5,
    MARK_BINS = FAL_AUC_BINS / 10,
};

/* How much of a figure there is room for. */
typedef enum { MEAN, HALF, BOTH_ENDS } Detail;

typedef struct {
    int least; /* cells of the whole from which on it fits */
    int gap;
    struct {
        int width; /* 0: the ranker is left out */
        Detail detail;
    } of[FAL_N_RANKERS];
} Layout;

/* By FalRanker: the model, most listeners, most plays, random, item cosine. */
static const Layout layouts[] = {
    {NAME + 5 * (18 + 2) + 2 + VERDICT,
     2,
     {{18, BOTH_ENDS}, {18, BOTH_ENDS}, {18, BOTH_ENDS}, {18, BOTH_ENDS}, {18, BOTH_ENDS}}},
    {NAME + 5 * (14 + 2) + 2 + VERDICT,
     2,
     {{14, HALF}, {14, HALF}, {14, HALF}, {14, HALF}, {14, HALF}}},
    {NAME + 3 * (18 + 2) + 2 + VERDICT,
     2,
     {{18, BOTH_ENDS}, {18, BOTH_ENDS}, {0, MEAN}, {0, MEAN}, {18, BOTH_ENDS}}},
    {NAME + 3 * (14 + 2) + 2 + VERDICT,
     2,
     {{14, HALF}, {14, HALF}, {0, MEAN}, {0, MEAN}, {14, HALF}}},
    {NAME + 2 * (12 + 1) + 7 + 1 + VERDICT,
     1,
     {{12, HALF}, {12, HALF}, {0, MEAN}, {0, MEAN}, {6, MEAN}}},
    {NAME + 2 * (12 + 1) + 1 + VERDICT,
     1,
     {{12, HALF}, {12, HALF}, {0, MEAN}, {0, MEAN}, {0, MEAN}}},
    {NAME + 2 * (9 + 1) + 1 + LEAST_VERDICT,
     1,
     {{9, MEAN}, {9, MEAN}, {0, MEAN}, {0, MEAN}, {0, MEAN}}},
    {0, 1, {{6, MEAN}, {0, MEAN}, {0, MEAN}, {0, MEAN}, {0, MEAN}}},
};

static Layout
choose_layout(int width, const FalEvaluation *e)
{
    Layout layout = layouts[0];

    for (int i = 0; width < layout.least;)
        layout = layouts[++i];
    /* What was not measured leaves its place to the next one. */
    if (!fal_evaluation_has(e, FAL_RANKER_COSINE)) {
        if (layout.of[FAL_RANKER_MOST_PLAYS].width == 0)
            layout.of[FAL_RANKER_MOST_PLAYS] = layout.of[FAL_RANKER_COSINE];
        layout.of[FAL_RANKER_COSINE].width = 0;
    }
    return layout;
}

/* "0.514", "0.514 ±0.016" or "0.514  0.498-0.530", as there is room. */
static char *
figure_text(const FalEstimate *e, Detail detail)
{
    if (e->low == e->high || detail == MEAN)
        return g_strdup_printf("%.3f", e->mean);
    if (detail == HALF)
        return g_strdup_printf("%.3f %s%.3f", e->mean, fal_glyph(FAL_GLYPH_PLUS_MINUS),
                               (e->high - e->low) / 2);
    return g_strdup_printf("%.3f  %.3f%s%.3f", e->mean, e->low, fal_glyph(FAL_GLYPH_TO),
                           e->high);
}

/* Of 1.5 million artists a small share is many. */
static char *
share_text(double share)
{
    double x = 100 * share;

    return g_strdup_printf("%.*f %%", x < 9.995 ? 2 : x < 99.95 ? 1 : 0, x);
}

/* Who wins: the model where it is better than all the others, or the best of those that it is
 * worse than. */
static void
draw_verdict(int y, int x, int cells, FalVerdict verdict, FalRanker by)
{
    gboolean ours = verdict == FAL_VERDICT_BETTER;

    if (cells < LEAST_VERDICT || verdict == FAL_VERDICT_NO_CONTEST)
        return;
    if (verdict == FAL_VERDICT_CANNOT_TELL) {
        fal_draw_put(y, x, cells, FAL_ROLE_DIM, "  cannot tell");
        return;
    }
    g_autofree char *text =
        g_strdup_printf("%s %s", fal_glyph(ours ? FAL_GLYPH_YES : FAL_GLYPH_NO),
                        fal_ranker_names[ours ? FAL_RANKER_MODEL : by]);
    fal_draw_put(y, x, cells, ours ? FAL_ROLE_HIT : FAL_ROLE_ERROR, text);
}

static void
draw_header(FalRect rect, const Layout *layout, int k)
{
    static const char *const brief[] = {"model", "listeners", "plays", "random", "cosine"};
    g_autofree char *at = g_strdup_printf("at %d", k);
    int x = rect.x + NAME;

    fal_draw_put(rect.y, rect.x, NAME, FAL_ROLE_HEADER, at);
    for (int i = 0; i < FAL_N_RANKERS; i++) {
        int width = layout->of[i].width;
        if (width == 0)
            continue;
        const char *name =
            fal_text_width(fal_ranker_names[i]) <= width ? fal_ranker_names[i] : brief[i];
        fal_draw_fit(rect.y, x + layout->gap, width, FAL_ROLE_HEADER, FAL_ALIGN_RIGHT, name);
        x += layout->gap + width;
    }
    int left = rect.x + rect.width - x - layout->gap;
    if (left >= LEAST_VERDICT)
        fal_draw_put(rect.y, x + layout->gap, left, FAL_ROLE_HEADER, "  who wins");
}

/* A metric of all users, or of a group of them. */
static void
draw_metric(FalRect rect, const Layout *layout, const FalEvaluation *e, FalMetric metric)
{
    FalRanker by;
    FalVerdict verdict = fal_evaluation_overall(e, metric, &by);
    int winner = verdict == FAL_VERDICT_BETTER  ? (int)FAL_RANKER_MODEL
                 : verdict == FAL_VERDICT_WORSE ? (int)by
                                                : -1;
    int x = rect.x + NAME;

    for (int i = 0; i < FAL_N_RANKERS; i++) {
        FalEstimate figure = fal_evaluation_metric(e, (FalRanker)i, metric);
        int width = layout->of[i].width;
        g_autofree char *text =
            !fal_evaluation_has(e, (FalRanker)i) || isnan(figure.mean) ? g_strdup("-")
            : metric == FAL_METRIC_COVERAGE                            ? share_text(figure.mean)
                                            : figure_text(&figure, layout->of[i].detail);
        if (width == 0)
            continue;
        /* Means stand below each other, also where there is no interval behind them. */
        gboolean bare = figure.low == figure.high && layout->of[i].detail != MEAN;
        int behind = layout->of[i].detail == HALF ? MEAN_WIDTH + 2 : 2 * MEAN_WIDTH + 3;
        int more = (int)strlen(text) - MEAN_WIDTH;
        g_autofree char *padded =
            bare ? g_strdup_printf("%s%*s", text, behind - more, "") : g_strdup(text);
        fal_draw_fit(rect.y, x + layout->gap, width, winner == i ? FAL_ROLE_HIT : FAL_ROLE_TEXT,
                     FAL_ALIGN_RIGHT, padded);
        x += layout->gap + width;
    }
    draw_verdict(rect.y, x + layout->gap, rect.x + rect.width - x - layout->gap, verdict, by);
}

/* " few <13": the users with so many artists in training. */
static char *
group_label(const FalEvaluation *e, FalGroup group)
{
    const char *name = fal_group_names[group];

    if (group == FAL_GROUP_FEW)
        return g_strdup_printf(" %s <%" G_GINT64_FORMAT, name,
                               e->group[group]->most_artists + 1);
    if (group == FAL_GROUP_MANY)
        return g_strdup_printf(" %s >%" G_GINT64_FORMAT, name,
                               e->group[group]->least_artists - 1);
    return g_strdup_printf(" %s", name);
}

/* A line below the header: a metric, or, below the one that tells who wins, a group of users.
 */
typedef struct {
    FalMetric metric;
    int group; /* FAL_N_GROUPS: all users */
} Line;

static int
list_lines(const FalEvaluated *evaluated, Line line[FAL_N_METRICS + FAL_N_GROUPS])
{
    int n = 0;

    for (int metric = 0; metric < FAL_N_METRICS; metric++) {
        line[n++] = (Line){(FalMetric)metric, FAL_N_GROUPS};
        for (int group = 0; group < FAL_N_GROUPS; group++)
            if (metric == (int)evaluated->by && evaluated->result->group[group])
                line[n++] = (Line){(FalMetric)metric, group};
    }
    return n;
}

/* "auc book1": as a book has it. */
static char *
metric_label(FalMetric metric, FalAuc auc)
{
    if (metric != FAL_METRIC_AUC || auc == FAL_AUC_ALL)
        return g_strdup(fal_metric_names[metric]);
    const FalCommand *command = fal_command_find("evaluate", FALSE, NULL);
    const FalKeySpec *spec = fal_key_find(command->keys, "auc");
    return g_strdup_printf("%s %s", fal_metric_names[metric], spec->choices[auc]);
}

static void
draw_line(FalRect rect, const Layout *layout, const FalEvaluated *evaluated, Line line)
{
    const FalEvaluation *e = evaluated->result;

    if (line.group == FAL_N_GROUPS) {
        g_autofree char *label = metric_label(line.metric, e->auc);
        fal_draw_put(rect.y, rect.x, NAME,
                     line.metric == evaluated->by ? FAL_ROLE_TITLE : FAL_ROLE_TEXT, label);
        draw_metric(rect, layout, e, line.metric);
    } else {
        g_autofree char *label = group_label(e, (FalGroup)line.group);
        fal_draw_put(rect.y, rect.x, NAME + layout->gap - 1, FAL_ROLE_DIM, label);
        draw_metric(rect, layout, e->group[line.group], line.metric);
    }
}

/* Leaves out the low AUCs that nobody has. */
static int
first_bin(const FalEvaluation *e)
{
    int first = 0;

    while (first < FAL_AUC_BINS - 2 * MARK_BINS &&
           !e->ranker[FAL_RANKER_MODEL].auc_bin[first] &&
           !e->ranker[FAL_RANKER_MOST_LISTENERS].auc_bin[first])
        first++;
    return first / MARK_BINS * MARK_BINS;
}

static void
draw_aucs(FalRect rect, const FalEvaluation *e)
{
    int first = first_bin(e), n_marks = 0;
    double y[2][FAL_AUC_BINS];
    char label[FAL_AUC_BINS / MARK_BINS + 1][8];
    FalMark mark[FAL_AUC_BINS / MARK_BINS + 1];
    FalSeries series[2];

    for (int s = 0; s < 2; s++) {
        for (int i = first; i < FAL_AUC_BINS; i++)
            y[s][i - first] = e->ranker[s].auc_bin[i];
        series[s] = (FalSeries){fal_ranker_names[s], y[s], FAL_AUC_BINS - first};
    }
    /* The ends first: they are never left out. */
    for (int bin = first; bin <= FAL_AUC_BINS; bin += MARK_BINS) {
        int at = bin == first ? FAL_AUC_BINS : bin - MARK_BINS;
        g_snprintf(label[n_marks], sizeof label[0], "%.1f", (double)at / FAL_AUC_BINS);
        mark[n_marks] = (FalMark){at - first, label[n_marks]};
        n_marks++;
    }
    gboolean peaked = fal_histogram_is_peaked(e->ranker[FAL_RANKER_MODEL].auc_bin + first,
                                              FAL_AUC_BINS - first);
    fal_draw_bins(rect, peaked ? "users by AUC, log scale" : "users by AUC", peaked,
                  &(FalBins){FAL_FILL_LIGHT, mark, n_marks}, series, 2);
}

int
fal_scores_lines(const FalEvaluated *evaluated)
{
    Line line[FAL_N_METRICS + FAL_N_GROUPS];

    return 1 + list_lines(evaluated, line);
}

void
fal_scores_draw(FalRect rect, const FalEvaluated *evaluated, int first)
{
    const FalEvaluation *e = evaluated->result;
    const Layout layout = choose_layout(rect.width, e);
    Line lines[FAL_N_METRICS + FAL_N_GROUPS];
    int n = list_lines(evaluated, lines);
    FalRect line = rect;

    if (rect.height <= 0)
        return;
    draw_header(line, &layout, e->k);
    for (int i = first; i < n && i - first + 1 < rect.height; i++) {
        line.y++;
        draw_line(line, &layout, evaluated, lines[i]);
    }
    int used = n + 1;
    used += rect.height - used > LEAST_CHART + 5; /* a blank line, where there is room */
    if (rect.height - used >= LEAST_CHART)
        draw_aucs((FalRect){rect.y + used, rect.x, rect.height - used, rect.width}, e);
}
