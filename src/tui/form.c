/* The settings of a training as a form (see form.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/form.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "query/settings.h"
#include "query/training.h"

enum { HELP_LINES = 4 };

static const FalColumn form_columns[] = {
    {.name = "setting", .type = FAL_CELL_TEXT},
    {.name = "value", .type = FAL_CELL_TEXT},
    {.name = "default", .type = FAL_CELL_TEXT},
    {.name = NULL},
};

void
fal_form_init(FalForm *form)
{
    *form = (FalForm){0};
    fal_pane_init(&form->pane);
}

void
fal_form_clear(FalForm *form)
{
    fal_pane_clear(&form->pane);
}

/* --- settings --- */

static gboolean
is_auto_rank(const FalKeySpec *spec, const char *value)
{
    return !strcmp(spec->name, "rank") && !g_strcmp0(value, spec->zero);
}

static const FalKeySpec *
train_keys(void)
{
    const FalCommand *train = fal_command_find("train", FALSE, NULL);

    return train ? train->keys : NULL;
}

FalRows *
fal_form_rows(FalTable *table)
{
    FalRows *rows = fal_rows_of_table(table);

    /* However narrow it is: a setting without its value says nothing. */
    rows->columns[1].drop = 0;
    return rows;
}

/* Beside the value: the default, where it is another one; else what auto is for these data. */
static char *
default_text(const FalKeySpec *key, const char *value, FalSession *session)
{
    g_autofree char *fallback = fal_key_fallback(key);

    if (g_strcmp0(value, fallback))
        return g_steal_pointer(&fallback);
    if (is_auto_rank(key, value) && fal_session_dataset(session))
        return g_strdup_printf("%d here", fal_training_rank(session));
    return g_strdup("");
}

void
fal_form_update(FalForm *form, FalSession *session)
{
    FalTable *table = fal_table_new("set", form_columns, NULL);

    for (const FalKeySpec *key = train_keys(); key && key->name; key++) {
        g_autofree char *value = fal_session_get(session, key->name);
        g_autofree char *beside = default_text(key, value, session);
        fal_table_row(table, FAL_SUBJECT_NONE, 0);
        fal_table_text(table, key->name);
        fal_table_text(table, value ? value : "");
        fal_table_text(table, beside);
    }
    fal_pane_set_rows(&form->pane, fal_form_rows(table));
    fal_confidence_table_update(&form->confidence, session);
}

const FalKeySpec *
fal_form_selected(const FalForm *form)
{
    FalRowCell cell;

    if (!form->pane.rows || form->pane.list.selected < 0)
        return NULL;
    fal_rows_cell(form->pane.rows, form->pane.list.selected, 0, &cell);
    g_autofree char *name = cell.text;
    return fal_key_find(train_keys(), name);
}

/* The next of 1, 2, 5, 10, 20, 50 ... above x, or below it. */
static double
next_round(double x, int by)
{
    static const double digits[] = {1, 2, 5, 10};
    double power = pow(10, floor(log10(x) + 1e-9)), lead = x / power;

    if (by > 0) {
        for (gsize i = 0; i < G_N_ELEMENTS(digits); i++)
            if (digits[i] > lead * (1 + 1e-9))
                return digits[i] * power;
        return 20 * power;
    }
    for (gsize i = G_N_ELEMENTS(digits); i-- > 0;)
        if (digits[i] < lead * (1 - 1e-9))
            return digits[i] * power;
    return 0.5 * power;
}

static double
step_whole(const FalKeySpec *spec, double x, int by)
{
    double at = by > 0 ? x : x - 1; /* the step below a bound is that of what lies below it */
    double step = !strcmp(spec->name, "seed") || at < 20 ? 1
                  : at < 100                             ? 10
                  : at < 1000                            ? 50
                                                         : 500;

    return x + by * step;
}

static double
step_real(const FalKeySpec *spec, double x, int by)
{
    const double least = 1e-6;

    /* An exponent, not a scale. */
    if (spec->max > 1 && spec->max <= 10)
        return round((x + by * 0.1) * 1e6) / 1e6;
    if (x <= 0)
        return by > 0 ? least : 0;
    x = next_round(x, by);
    return x < least * (1 - 1e-9) ? spec->min : x;
}

char *
fal_form_next(const FalKeySpec *spec, const char *value, int by)
{
    if (spec->type == FAL_KEY_CHOICE) {
        int n = (int)g_strv_length((char **)spec->choices), i = 0;
        while (i < n && strcmp(spec->choices[i], value))
            i++;
        return g_strdup(spec->choices[(i + by + n) % n]);
    }
    if (spec->type == FAL_KEY_FLAG)
        return g_strdup(strcmp(value, "yes") ? "yes" : "no");
    double x = g_ascii_strtod(value, NULL);
    x = spec->type == FAL_KEY_INT ? step_whole(spec, x, by) : step_real(spec, x, by);
    x = CLAMP(x, spec->min, spec->max);
    if (spec->above_min && x <= spec->min)
        return NULL;
    return fal_text_exact(x, FALSE);
}

gboolean
fal_form_step(FalForm *form, FalSession *session, int by, GError **error)
{
    const FalKeySpec *spec = fal_form_selected(form);
    g_autofree char *value = spec ? fal_session_get(session, spec->name) : NULL;

    /* From what auto is for these data. */
    if (value && is_auto_rank(spec, value)) {
        g_free(value);
        value = g_strdup_printf("%d", fal_training_rank(session));
    }
    g_autofree char *next = value ? fal_form_next(spec, value, by) : NULL;

    return !next || fal_session_set(session, spec->name, next, error);
}

gboolean
fal_form_default(FalForm *form, FalSession *session, GError **error)
{
    const FalKeySpec *spec = fal_form_selected(form);

    if (!spec)
        return TRUE;
    g_autofree char *fallback = fal_key_fallback(spec);
    return fal_session_set(session, spec->name, fallback, error);
}

void
fal_form_edit(FalView *view, const FalKeySpec *spec, const char *value, FalEditDone done)
{
    if (spec->type == FAL_KEY_CHOICE || spec->type == FAL_KEY_FLAG) {
        g_autofree char *next = fal_form_next(spec, value, 1);
        done(view, next, NULL);
    } else {
        fal_app_edit(view->app, view, value, done);
    }
}

/* --- drawing --- */

int
fal_form_draw_edited(int y, int x, int cells, FalLine *edited)
{
    int cell;
    g_autofree char *window = fal_line_window(edited, cells, &cell);

    fal_draw_fit(y, x, cells, FAL_ROLE_EDITED, FAL_ALIGN_LEFT, window);
    return x + cell;
}

char *
fal_form_help(const FalKeySpec *spec)
{
    g_autofree char *range = fal_key_range(spec);

    return g_strdup_printf("%s (%s%s%s)", spec->help, range, spec->unit ? " " : "",
                           spec->unit ? spec->unit : "");
}

static void
draw_help(FalRect rect, const FalKeySpec *spec)
{
    if (!spec || rect.height <= 0)
        return;
    g_autofree char *text = fal_form_help(spec);
    fal_draw_paragraph(rect, FAL_ROLE_DIM, text);
}

void
fal_form_draw(FalRect rect, FalForm *form, FalApp *app, gboolean focus, FalLine *edited,
              int *cursor_y, int *cursor_x)
{
    FalSession *session = fal_app_session(app);
    FalListCell cells[G_N_ELEMENTS(form_columns)];
    int rows = MAX(1, (int)form->pane.list.n) + 1;
    /* The help of the selected setting stays where it is, whatever is selected. */
    int help = rect.height >= 8 ? HELP_LINES : rect.height >= 5 ? 1 : 0;
    FalRect list = {rect.y, rect.x, MIN(rows, rect.height - help - (help == HELP_LINES)),
                    rect.width};

    *cursor_y =
        fal_draw_pane(list, &form->pane, &(FalListLook){.focus = focus, .cells = cells});
    *cursor_x = rect.x;
    fal_app_draw_unmatched(app, list, &form->pane);
    if (edited)
        *cursor_x = fal_form_draw_edited(*cursor_y, rect.x + 2 + cells[1].x,
                                         MAX(8, rect.width - 3 - cells[1].x), edited);
    int y = list.y + list.height + (help == HELP_LINES);
    /* What is wrong with the settings goes before what they are. */
    g_autofree char *warning =
        help > 0 ? fal_confidence_table_warning(&form->confidence, session) : NULL;
    if (warning)
        fal_draw_put(y + help - 1, rect.x + 2, rect.width - 3, FAL_ROLE_ERROR, warning);
    draw_help((FalRect){y, rect.x + 2, help - (warning != NULL), rect.width - 3},
              fal_form_selected(form));
    y += help + 1;
    fal_confidence_table_draw(
        (FalRect){y, rect.x + 2, rect.y + rect.height - y, rect.width - 3}, &form->confidence,
        session);
}
