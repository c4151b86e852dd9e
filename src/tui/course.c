/* The course of a training (see course.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/course.h"

#include <math.h>
#include <string.h>

enum { BRIEF_BELOW = 52 }; /* cells: the loss's parts find no room for their names */

static const FalColumn iteration_columns[] = {
    {.name = "iteration", .type = FAL_CELL_INT},
    {.name = "loss", .type = FAL_CELL_REAL, .digits = 6},
    {.name = "ndcg", .type = FAL_CELL_REAL, .digits = 4},
    {.name = "recall", .type = FAL_CELL_REAL, .digits = 4},
    {.name = "change", .type = FAL_CELL_REAL, .digits = 3, .flags = FAL_COLUMN_SHARE},
    {.name = "seconds", .type = FAL_CELL_REAL, .digits = 3},
    {.name = NULL},
};

void
fal_course_init(FalCourse *course)
{
    *course = (FalCourse){0};
    fal_pane_init(&course->pane);
}

void
fal_course_clear(FalCourse *course)
{
    fal_pane_clear(&course->pane);
    if (course->any)
        fal_training_clear(&course->training);
}

static FalTable *
iteration_table(const FalTraining *training)
{
    FalTable *table = fal_table_new("train", iteration_columns, NULL);

    for (int i = 0; i < training->n_iterations; i++) {
        const FalIteration *it = &training->iteration[i];
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_int(table, it->iteration);
        fal_table_real(table, it->loss);
        fal_table_real(table, it->ndcg);
        fal_table_real(table, it->recall);
        fal_table_real(table, it->change);
        fal_table_real(table, it->seconds);
    }
    return table;
}

void
fal_course_update(FalCourse *course, FalSession *session)
{
    FalDataset *dataset = fal_session_dataset(session);
    FalSplit *split = fal_session_split(session);
    /* Who looks at the last iteration wants to see the next one come. */
    gboolean at_end = course->pane.list.selected == course->pane.list.n - 1;

    if (course->any)
        fal_training_clear(&course->training);
    course->any = fal_session_training(session, &course->training);
    if (!course->any)
        return;
    FalModel *model = course->training.running ? NULL : fal_session_model(session);
    /* What a model from elsewhere was trained on is not here. */
    gboolean foreign = model && fal_model_is_foreign(model);
    course->pairs = foreign   ? 0
                    : split   ? fal_plays_n_pairs(split->train)
                    : dataset ? fal_dataset_stats(dataset)->pairs
                              : 0;
    fal_pane_set_rows(&course->pane, fal_rows_of_table(iteration_table(&course->training)));
    if (at_end)
        fal_pane_act(&course->pane, FAL_ACTION_LAST);
}

/* --- where it stands --- */

static gboolean
is_training(FalSession *session)
{
    return !g_strcmp0(fal_session_job(session), "train");
}

/* "rank 40 · 12.3 million pairs/s": of the iterations so far. */
static char *
figures_text(const FalCourse *course)
{
    const FalTraining *t = &course->training;
    const FalIteration *last = t->n_iterations > 0 ? &t->iteration[t->n_iterations - 1] : NULL;
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "rank %d", t->settings.rank);
    /* What says most stands first: the line may be cut. */
    const FalIteration *kept = last ? fal_training_kept(t->iteration, t->n_iterations) : NULL;
    if (!t->running && last && !isnan(kept->ndcg) && !isnan(t->popular_ndcg)) {
        g_autofree char *ours = fal_text_metric(kept->ndcg);
        g_autofree char *theirs = fal_text_metric(t->popular_ndcg);
        g_string_append_printf(text, " · NDCG@10 %s, most listeners %s", ours, theirs);
    }
    if (last && last->seconds > 0 && course->pairs > 0) {
        double rate = (double)course->pairs * last->iteration / last->seconds;
        g_autofree char *pairs = rate < 1e6 ? fal_text_count((gint64)rate)
                                            : g_strdup_printf("%.1f million", rate / 1e6);
        g_string_append_printf(text, " · %s pairs/s", pairs);
    }
    if (t->running && last && last->iteration < t->settings.iterations) {
        double left =
            last->seconds / last->iteration * (t->settings.iterations - last->iteration);
        g_autofree char *duration = fal_text_duration(left);
        g_string_append_printf(text, " · about %s left", duration);
    }
    return g_string_free(text, FALSE);
}

/* "15 iterations in 0.81 s: loss 1.78e+08" */
static char *
summary_text(const FalCourse *course, FalApp *app)
{
    const FalTraining *t = &course->training;

    if (!course->any || t->n_iterations == 0)
        return fal_app_keyed(app, "no model yet: {t|:train} trains one");
    const FalIteration *last = &t->iteration[t->n_iterations - 1];
    g_autofree char *duration = fal_text_duration(last->seconds);
    const FalIteration *kept = fal_training_kept(t->iteration, t->n_iterations);
    g_autofree char *loss = fal_text_real(kept->loss, 4);
    g_autofree char *which =
        kept == last ? NULL : g_strdup_printf(", number %d kept", kept->iteration);
    return g_strdup_printf("%d iteration%s in %s%s: loss %s", t->n_iterations,
                           t->n_iterations == 1 ? "" : "s", duration, which ? which : "", loss);
}

static int
draw_state(FalRect rect, const FalCourse *course, FalApp *app)
{
    FalSession *session = fal_app_session(app);
    FalTask *task = is_training(session) ? fal_session_task(session) : NULL;
    FalProgress progress;
    g_autofree char *text = NULL;

    if (task) {
        fal_task_progress(task, &progress);
        text = fal_chart_progress(&progress, rect.width - (fal_task_is_paused(task) ? 9 : 0));
    } else {
        text = summary_text(course, app);
    }
    int used = fal_draw_put(rect.y, rect.x, rect.width, FAL_ROLE_TITLE, text);
    if (task && fal_task_is_paused(task))
        fal_draw_put(rect.y, rect.x + used + 2, rect.width - used - 2, FAL_ROLE_HIT, "paused");
    if (rect.height < 10 || !course->any || course->training.n_iterations == 0)
        return 1;
    g_autofree char *figures = figures_text(course);
    fal_draw_put(rect.y + 1, rect.x, rect.width, FAL_ROLE_DIM, figures);
    return 2;
}

/* --- charts --- */

typedef enum { LOSS, OBSERVED, UNOBSERVED, REGULARIZER, NDCG, POPULAR, RECALL, N_CURVES } Curve;

static double
value_of(const FalTraining *t, int i, Curve curve)
{
    const FalIteration *it = &t->iteration[i];
    const double values[N_CURVES] = {it->loss, it->observed,    it->unobserved, it->regularizer,
                                     it->ndcg, t->popular_ndcg, it->recall};

    return values[curve];
}

static void
draw_curves(FalRect rect, const FalTraining *t, const char *title, gboolean log_y,
            const char *const *names, Curve first, int n)
{
    FalSeries series[4];
    gsize m = (gsize)t->n_iterations;
    g_autofree double *values = g_new(double, m *(gsize)n + 1);

    for (int s = 0; s < n; s++) {
        for (gsize i = 0; i < m; i++)
            values[(gsize)s * m + i] = value_of(t, (int)i, (Curve)((int)first + s));
        series[s] = (FalSeries){names[s], values + (gsize)s * m, (int)m};
    }
    fal_draw_chart(rect, title, log_y, t->running ? t->settings.iterations : (int)m, series, n);
}

static gboolean
is_measured(const FalTraining *t)
{
    for (int i = 0; i < t->n_iterations; i++)
        if (!isnan(t->iteration[i].ndcg))
            return TRUE;
    return FALSE;
}

/* Lines for the two charts, out of so many; the iterations get the rest. */
static void
share_height(int height, gboolean measured, int *loss, int *ndcg)
{
    *loss = *ndcg = 0;
    if (height >= 26) {
        *loss = measured ? height * 2 / 5 : height / 2;
        *ndcg = measured ? height * 3 / 10 : 0;
    } else if (height >= 17) {
        *loss = measured ? 7 : height / 2;
        *ndcg = measured ? 5 : 0;
    } else if (height >= 10) {
        *loss = height - 5;
    } else if (height >= 6) {
        *loss = height;
    }
}

int
fal_course_draw(FalRect rect, FalCourse *course, FalApp *app, gboolean focus)
{
    static const char *const whole[] = {"all", "observed", "unobserved", "regularizer"};
    static const char *const brief[] = {"all", "obs.", "unobs.", "regul."};
    const char *const *loss_names = rect.width >= BRIEF_BELOW ? whole : brief;
    static const char *const ndcg_names[] = {"this model", "most listeners", "recall"};
    int used = draw_state(rect, course, app), loss, ndcg;

    if (!course->any || course->training.n_iterations == 0)
        return rect.y;
    rect.y += used;
    rect.height -= used;
    share_height(rect.height, is_measured(&course->training), &loss, &ndcg);
    if (rect.width < 20)
        loss = ndcg = 0;
    if (loss > 0)
        draw_curves((FalRect){rect.y, rect.x, loss, rect.width}, &course->training,
                    "loss, log scale", TRUE, loss_names, LOSS, 4);
    if (ndcg > 0)
        draw_curves((FalRect){rect.y + loss, rect.x, ndcg, rect.width}, &course->training,
                    "held-out NDCG@10", FALSE, ndcg_names, NDCG, 3);
    FalRect list = {rect.y + loss + ndcg, rect.x - 1, rect.height - loss - ndcg,
                    rect.width + 1};
    fal_app_draw_unmatched(app, list, &course->pane);
    return fal_draw_pane(list, &course->pane, &(FalListLook){.focus = focus, .plain = !focus});
}
