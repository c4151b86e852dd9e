/* What tune found, as a heat table: two settings across and down, in each cell the best run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/view.h"

#include <math.h>
#include <string.h>

#include "render/heat.h"

enum {
    DETAIL = 3,      /* lines for the selected run, and one between */
    LABEL_MOST = 12, /* cells of the values down, and the blank behind them */
    LABEL_LEAST = 5,
};

typedef struct {
    FalView base;
    FalHeat *heat; /* NULL where nothing was tuned */
    guint generation;
    int x, y;      /* the selected cell */
    int left, top; /* the first that shows */
} Heat;

static const FalTuning *
tuning_of(const Heat *heat)
{
    return fal_session_tuning(fal_app_session(heat->base.app));
}

/* Makes the table anew where the session has changed. */
static void
update(Heat *heat)
{
    guint generation = fal_session_generation(fal_app_session(heat->base.app));
    const FalTuning *tuning = tuning_of(heat);
    gboolean first = !heat->heat;

    if (heat->heat && generation == heat->generation)
        return;
    g_clear_pointer(&heat->heat, fal_heat_free);
    heat->generation = generation;
    if (!tuning || tuning->n_runs == 0)
        return;
    heat->heat = fal_heat_new(tuning);
    if (first || heat->x >= heat->heat->n_across || heat->y >= heat->heat->n_down) {
        heat->x = heat->heat->best_x;
        heat->y = heat->heat->best_y;
    }
}

static int
selected_run(const Heat *heat)
{
    return heat->heat ? heat->heat->run[heat->y * heat->heat->n_across + heat->x] : -1;
}

/* --- drawing --- */

static int
label_width(const FalHeat *heat)
{
    int width = MAX(LABEL_LEAST, fal_text_width(heat->down));

    for (int i = 0; i < heat->n_down; i++)
        width = MAX(width, fal_text_width(heat->down_value[i]));
    return MIN(width, LABEL_MOST) + 1;
}

/* The first of n that shows, so that `at` is among the `room` that do. */
static int
scroll(int first, int at, int n, int room)
{
    first = MIN(first, at);
    first = MAX(first, at - room + 1);
    return CLAMP(first, 0, MAX(0, n - room));
}

static void
draw_table(Heat *heat, FalRect rect)
{
    const FalHeat *h = heat->heat;
    const FalTuning *tuning = tuning_of(heat);
    int label = label_width(h);
    int columns = CLAMP((rect.width - label) / FAL_HEAT_CELL, 1, h->n_across);
    int rows = CLAMP(rect.height - 1, 1, h->n_down);

    heat->left = scroll(heat->left, heat->x, h->n_across, columns);
    heat->top = scroll(heat->top, heat->y, h->n_down, rows);
    fal_draw_fit(rect.y, rect.x, label, FAL_ROLE_HEADER, FAL_ALIGN_LEFT, h->down);
    for (int x = 0; x < columns; x++)
        fal_draw_fit(rect.y, rect.x + label + x * FAL_HEAT_CELL, FAL_HEAT_CELL, FAL_ROLE_HEADER,
                     FAL_ALIGN_RIGHT, h->across_value[heat->left + x]);
    for (int y = 0; y < rows && 1 + y < rect.height; y++) {
        int line = rect.y + 1 + y;
        fal_draw_fit(line, rect.x, label, FAL_ROLE_DIM, FAL_ALIGN_LEFT,
                     h->down_value[heat->top + y]);
        for (int x = 0; x < columns; x++) {
            int cell_x = rect.x + label + x * FAL_HEAT_CELL;
            gboolean selected = heat->left + x == heat->x && heat->top + y == heat->y;
            g_autofree char *cell = fal_heat_cell(h, tuning, heat->top + y, heat->left + x);
            fal_draw_fit(line, cell_x, FAL_HEAT_CELL,
                         selected ? FAL_ROLE_SELECTED : FAL_ROLE_TEXT, FAL_ALIGN_LEFT, cell);
            if (!selected)
                fal_draw_put(line, cell_x + 1, 2, FAL_ROLE_BAR,
                             fal_heat_shade(h, tuning, heat->top + y, heat->left + x));
            if (selected) {
                heat->base.cursor_y = line;
                heat->base.cursor_x = cell_x + 1;
            }
        }
    }
}

/* "ndcg at 10 of 50 users: lambda across, rank down, the best of each over other settings" */
static char *
head_text(const FalHeat *h, const FalTuning *tuning)
{
    GString *out = g_string_new(NULL);
    g_autofree char *users = fal_text_count(tuning->n_users);

    g_string_append_printf(out, "%s at %d of %s users, validation part",
                           fal_metric_names[tuning->metric], tuning->k, users);
    if (*h->across)
        g_string_append_printf(out, "; %s across", h->across);
    if (h->others > 0)
        g_string_append(out, "; in each cell the best of the other settings");
    return g_string_free(out, FALSE);
}

static char *
run_text(const FalTuning *tuning, int number)
{
    const FalTuneRun *run = &tuning->run[number];
    FalEstimate value = run->metric[tuning->metric];
    g_autofree char *settings = fal_runs_settings(tuning, run);
    g_autofree char *time = fal_text_duration(isnan(run->seconds) ? 0 : run->seconds);

    if (run->end == FAL_TUNE_DIVERGED)
        return g_strdup_printf("run %d: %s: diverged", number + 1, settings);
    return g_strdup_printf("run %d: %s: %.3f (%.3f to %.3f), most listeners %.3f; behind the "
                           "best by %.3f (%.3f to "
                           "%.3f); %d iterations in %s, %s",
                           number + 1, settings, value.mean, value.low, value.high,
                           run->popular[tuning->metric], run->behind.mean, run->behind.low,
                           run->behind.high, run->iterations, time,
                           fal_tune_end_names[run->end]);
}

static const char *
nothing_text(FalSession *session)
{
    if (!g_strcmp0(fal_session_job(session), "tune"))
        return "tuning: the table is here when it is done; Ctrl-C stops it and keeps what was "
               "measured";
    return "nothing was tuned yet: :tune rank=16,32,64 lambda=0.05..1 does, :runs load FILE "
           "reads what was saved";
}

static void
draw(FalView *view, FalRect body)
{
    Heat *heat = (Heat *)view;
    FalRect rect = {body.y, body.x + 1, body.height, MAX(1, body.width - 2)};

    update(heat);
    view->cursor_y = body.y;
    view->cursor_x = body.x;
    if (!heat->heat) {
        fal_draw_paragraph(rect, FAL_ROLE_TITLE, nothing_text(fal_app_session(view->app)));
        return;
    }
    const FalTuning *tuning = tuning_of(heat);
    g_autofree char *head = head_text(heat->heat, tuning);
    /* Words give way to the table, first those above it. */
    int table = heat->heat->n_down + 1;
    int least = MIN(table, 3);
    if (rect.height >= least + DETAIL + 2) {
        int used =
            fal_draw_paragraph((FalRect){rect.y, rect.x, 2, rect.width}, FAL_ROLE_DIM, head);
        rect.y += used;
        rect.height -= used;
    }
    int below = CLAMP(rect.height - least, 0, DETAIL + 1);
    int height = MIN(table, rect.height - below);
    draw_table(heat, (FalRect){rect.y, rect.x, height, rect.width});
    int number = selected_run(heat);
    rect.y += height + (below > DETAIL);
    rect.height -= height + (below > DETAIL);
    if (rect.height <= 0)
        return;
    g_autofree char *text =
        number < 0 ? g_strdup("no run has these two values") : run_text(tuning, number);
    fal_draw_paragraph(rect, FAL_ROLE_TITLE, text);
}

/* --- keys --- */

static void
adopt(Heat *heat)
{
    FalApp *app = heat->base.app;
    int number = selected_run(heat);

    if (number < 0) {
        fal_app_say(app, heat->heat ? "no run has these two values"
                                    : nothing_text(fal_app_session(app)));
        return;
    }
    g_autofree char *line = g_strdup_printf("adopt %d", number + 1);
    fal_app_run(app, line);
}

static gboolean
act(FalView *view, FalAction action)
{
    Heat *heat = (Heat *)view;

    update(heat);
    int across = heat->heat ? heat->heat->n_across : 1;
    int down = heat->heat ? heat->heat->n_down : 1;
    switch (action) {
    case FAL_ACTION_OPEN:
        adopt(heat);
        return TRUE;
    case FAL_ACTION_LEFT:
        heat->x = MAX(0, heat->x - 1);
        return TRUE;
    case FAL_ACTION_RIGHT:
        heat->x = MIN(across - 1, heat->x + 1);
        return TRUE;
    case FAL_ACTION_UP:
        heat->y = MAX(0, heat->y - 1);
        return TRUE;
    case FAL_ACTION_DOWN:
        heat->y = MIN(down - 1, heat->y + 1);
        return TRUE;
    case FAL_ACTION_FIRST:
        heat->x = heat->heat ? heat->heat->best_x : 0;
        heat->y = heat->heat ? heat->heat->best_y : 0;
        return TRUE;
    default:
        return FALSE;
    }
}

static char *
title(FalView *view)
{
    (void)view;
    return g_strdup("Tuned");
}

static FalPane *
pane(FalView *view)
{
    (void)view;
    return NULL;
}

static void
free_view(FalView *view)
{
    Heat *heat = (Heat *)view;

    g_clear_pointer(&heat->heat, fal_heat_free);
    g_free(heat);
}

static const FalViewOps ops = {
    .title = title, .draw = draw, .pane = pane, .act = act, .free = free_view};

FalView *
fal_heat_view_new(FalApp *app)
{
    Heat *heat = g_new0(Heat, 1);

    heat->base = (FalView){.ops = &ops, .app = app, .contexts = FAL_IN_HEAT};
    return &heat->base;
}
