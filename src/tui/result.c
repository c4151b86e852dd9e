/* The answer of a command as a screen: its figures, and its rows as a list.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/view.h"

#include "render/render.h"

enum { HIDDEN_LINES = 2 };

typedef struct {
    FalView base;
    char *line;    /* the command */
    char *figures; /* "user 1000002 · score 0.83"; "" for none */
    FalPane pane;
} Result;

static char *
figures_text(const FalTable *table)
{
    int n;
    const FalColumn *figures = fal_table_figures(table, &n);
    GString *text = g_string_new(NULL);

    for (int i = 0; i < n; i++) {
        const FalCell *cell = fal_table_figure(table, i);
        if (cell->type == FAL_CELL_NULL || (figures[i].flags & FAL_COLUMN_PROSE))
            continue;
        g_autofree char *value = fal_render_cell(&figures[i], cell);
        g_autofree char *name = g_strdup(figures[i].name);
        g_strdelimit(name, "_", ' ');
        g_string_append_printf(text, "%s%s %s", text->len ? " · " : "", name, value);
    }
    return g_string_free(text, FALSE);
}

static char *
title(FalView *view)
{
    return g_strdup(((Result *)view)->line);
}

static FalPane *
pane(FalView *view)
{
    return &((Result *)view)->pane;
}

/* What the selected row has in columns without room, or cut: "ndcg 0.521 · coverage 0.4". */
static char *
hidden_text(const FalPane *pane, const FalListCell *cells)
{
    GString *text = g_string_new(NULL);

    for (int c = 0; c < pane->rows->n_columns && pane->list.selected >= 0; c++) {
        FalRowCell cell;
        fal_rows_cell(pane->rows, pane->list.selected, c, &cell);
        g_autofree char *value = cell.text;
        if (fal_text_width(value) <= cells[c].width)
            continue;
        g_autofree char *name = g_strdup(pane->rows->columns[c].name);
        g_strdelimit(name, "_", ' ');
        if (*value)
            g_string_append_printf(text, "%s%s %s", text->len ? " · " : "", name, value);
    }
    return g_string_free(text, FALSE);
}

/* The list, and below it what of the selected row it has no room for. */
static int
draw_list(FalRect rect, FalPane *pane)
{
    g_autofree FalListCell *cells = g_new0(FalListCell, (gsize)pane->rows->n_columns + 1);
    FalListLook look = {.focus = TRUE, .cells = cells};
    int y = fal_draw_pane(rect, pane, &look);
    g_autofree char *hidden = hidden_text(pane, cells);

    if (!*hidden || rect.height < 8)
        return y;
    for (int i = 1; i <= HIDDEN_LINES; i++)
        fal_draw_fit(rect.y + rect.height - i, rect.x, rect.width, FAL_ROLE_TEXT,
                     FAL_ALIGN_LEFT, "");
    rect.height -= HIDDEN_LINES;
    fal_draw_paragraph(
        (FalRect){rect.y + rect.height, rect.x + 2, HIDDEN_LINES, rect.width - 3}, FAL_ROLE_DIM,
        hidden);
    return fal_draw_pane(rect, pane, &look);
}

static void
draw(FalView *view, FalRect body)
{
    Result *result = (Result *)view;
    gint32 row;
    FalSubject subject = fal_pane_subject(&result->pane, &row);
    FalRect list = body;

    if (subject != FAL_SUBJECT_NONE && body.width >= FAL_DETAIL_WIDTH) {
        list.width = body.width / 2 - 1;
        FalRect detail = {body.y, list.x + list.width + 2, body.height,
                          body.width - list.width - 2};
        fal_draw_wall(body.y, detail.x - 1, body.height);
        fal_detail_draw(detail, fal_app_detail(view->app, subject, row));
    }
    if (*result->figures && list.height > 4) {
        int used = fal_draw_paragraph(
            (FalRect){list.y, list.x + 2, list.height / 6 + 1, list.width - 2}, FAL_ROLE_DIM,
            result->figures);
        list.y += used;
        list.height -= used;
    }
    view->cursor_y = draw_list(list, &result->pane);
    view->cursor_x = list.x;
    if (fal_pane_n(&result->pane) == 0)
        fal_draw_put(list.y + 1, list.x + 2, list.width - 2, FAL_ROLE_DIM,
                     *fal_pane_filter_text(&result->pane)
                         ? "no row holds this: Esc shows all again"
                         : "no rows; Backspace goes back");
}

static void
free_view(FalView *view)
{
    Result *result = (Result *)view;

    fal_pane_clear(&result->pane);
    g_free(result->line);
    g_free(result->figures);
    g_free(result);
}

static const FalViewOps ops = {.title = title, .draw = draw, .pane = pane, .free = free_view};

FalView *
fal_result_new(FalApp *app, const char *line, const FalTable *table)
{
    int n_columns, n_figures;

    fal_table_columns(table, &n_columns);
    fal_table_figures(table, &n_figures);
    if (n_columns == 0 && n_figures == 0)
        return NULL;
    Result *result = g_new0(Result, 1);
    result->base = (FalView){.ops = &ops, .app = app, .contexts = FAL_IN_LISTS};
    result->line = g_strdup(line);
    /* A record shows its figures among its lines. */
    result->figures = fal_table_n_rows(table) > 1 ? figures_text(table) : g_strdup("");
    fal_pane_init(&result->pane);
    fal_pane_set_rows(&result->pane, fal_rows_of_table(fal_table_copy(table)));
    return &result->base;
}
