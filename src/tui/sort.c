/* The menu of the columns by which the list at hand can be sorted, shown over it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

#include <string.h>

#include "base/glyphs.h"

enum { MENU_WIDTH = 34 };

typedef struct {
    FalView base;
    FalPane pane;
    FalRect rect;   /* where it was drawn, for the mouse */
    GArray *column; /* int, by row; -1: as they came */
} Menu;

static const FalColumn menu_columns[] = {
    {.name = "key", .type = FAL_CELL_TEXT},
    {.name = "sort_by", .type = FAL_CELL_TEXT},
    {.name = "order", .type = FAL_CELL_TEXT},
    {.name = NULL},
};

/* Looked up each time: the list may have got other rows meanwhile. */
static FalPane *
sorted_pane(FalApp *app)
{
    FalView *view = fal_app_top(app);
    FalPane *pane = view->ops->pane ? view->ops->pane(view) : NULL;

    return pane && pane->rows ? pane : NULL;
}

/* A free letter: the first of the name's that is, else the first there is; keys that move in
 * the menu or leave it are none. */
static char
letter_for(const char *name, GString *taken)
{
    g_autofree char *all = g_strconcat(name, "abcdefghilmnoprstuvwxyz0123456789", NULL);

    for (const char *c = all; *c; c++)
        if (g_ascii_isalnum(*c) && !strchr("jkq", g_ascii_tolower(*c)) &&
            !strchr(taken->str, g_ascii_tolower(*c))) {
            g_string_append_c(taken, g_ascii_tolower(*c));
            return g_ascii_tolower(*c);
        }
    return '\0';
}

static void
add_row(FalTable *table, const FalRows *rows, int column, GString *taken)
{
    g_autofree char *name = g_strdup(column < 0 ? "as it came" : rows->columns[column].name);
    char letter[2] = {0};
    g_autofree char *order = NULL;

    g_strdelimit(name, "_", ' ');
    letter[0] = letter_for(column < 0 ? "0" : name, taken);
    if (rows->sort == column && column < 0)
        order = g_strdup("now");
    else if (rows->sort == column)
        order = g_strdup_printf("%s %s",
                                fal_glyph(rows->falling ? FAL_GLYPH_FALLING : FAL_GLYPH_RISING),
                                rows->falling ? "falling" : "rising");
    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, letter);
    fal_table_text(table, name);
    fal_table_text(table, order ? order : "");
}

static void
fill(Menu *menu, const FalRows *rows)
{
    FalTable *table = fal_table_new("sort", menu_columns, NULL);
    g_autoptr(GString) taken = g_string_new(NULL);
    gint64 now = 0;

    for (int i = 0; i <= rows->n_columns; i++) {
        int column = i < rows->n_columns ? i : -1;
        if (!fal_rows_can_sort(rows, column))
            continue;
        if (rows->sort == column)
            now = menu->column->len;
        add_row(table, rows, column, taken);
        g_array_append_val(menu->column, column);
    }
    fal_pane_set_rows(&menu->pane, fal_rows_of_table(table));
    fal_list_select(&menu->pane.list, now);
}

static void
choose(Menu *menu, gint64 row)
{
    FalApp *app = menu->base.app;
    FalPane *pane = sorted_pane(app);

    if (pane && row >= 0 && row < menu->column->len) {
        int column = g_array_index(menu->column, int, row);
        fal_pane_sort(pane, column);
    }
    fal_app_close_over(app);
}

/* --- the view --- */

static char *
title(FalView *view)
{
    (void)view;
    return g_strdup("Sort");
}

static FalPane *
pane(FalView *view)
{
    return &((Menu *)view)->pane;
}

static void
draw(FalView *view, FalRect body)
{
    Menu *menu = (Menu *)view;
    int rows = (int)menu->pane.list.n + 1;
    gboolean rule = body.height > rows;
    gboolean wall = body.width > MENU_WIDTH;
    FalRect rect = {0, body.x, MIN(rows, body.height), MIN(MENU_WIDTH, body.width)};

    rect.y = body.y + body.height - rect.height;
    if (rule)
        fal_draw_rule(rect.y - 1, rect.x, rect.width + wall);
    for (int i = 0; i < rect.height; i++)
        fal_draw_fit(rect.y + i, rect.x, rect.width, FAL_ROLE_TEXT, FAL_ALIGN_LEFT, "");
    if (wall)
        fal_draw_wall(rect.y, rect.x + rect.width, rect.height);
    menu->rect = rect;
    view->cursor_y = fal_draw_pane(rect, &menu->pane, &(FalListLook){.focus = TRUE});
    view->cursor_x = rect.x;
}

static void
leave_for_help(FalApp *app)
{
    fal_app_close_over(app);
    fal_app_push(app, fal_help_new(app));
}

static gboolean
act(FalView *view, FalAction action)
{
    Menu *menu = (Menu *)view;

    if (action == FAL_ACTION_ACCEPT)
        choose(menu, menu->pane.list.selected);
    else if (action == FAL_ACTION_CANCEL)
        fal_app_close_over(view->app);
    else if (action == FAL_ACTION_HELP)
        leave_for_help(view->app);
    else
        return FALSE;
    return TRUE;
}

static gboolean
typed(FalView *view, gunichar c)
{
    Menu *menu = (Menu *)view;

    for (gint64 i = 0; i < menu->pane.list.n; i++) {
        FalRowCell cell;
        fal_rows_cell(menu->pane.rows, i, 0, &cell);
        g_autofree char *letter = cell.text;
        if (*letter && (gunichar)*letter == c) {
            choose(menu, i);
            return TRUE;
        }
    }
    return FALSE;
}

/* On a row it takes that one, beside the menu it leaves. */
static gboolean
click(FalView *view, int y, int x)
{
    Menu *menu = (Menu *)view;
    const FalRect *rect = &menu->rect;
    gint64 row = menu->pane.list.top + (y - menu->pane.y);

    if (y < rect->y || y >= rect->y + rect->height || x < rect->x || x >= rect->x + rect->width)
        fal_app_close_over(view->app);
    else if (y >= menu->pane.y && row < menu->pane.list.n)
        choose(menu, row);
    return TRUE;
}

static void
free_view(FalView *view)
{
    Menu *menu = (Menu *)view;

    fal_pane_clear(&menu->pane);
    g_array_unref(menu->column);
    g_free(menu);
}

static const FalViewOps ops = {.title = title,
                               .draw = draw,
                               .pane = pane,
                               .act = act,
                               .typed = typed,
                               .click = click,
                               .free = free_view};

/* The only column that rows can be sorted by, -1 where there are more or none. */
static int
only_column(const FalRows *rows)
{
    int only = -1;

    for (int c = 0; c < rows->n_columns; c++) {
        if (!fal_rows_can_sort(rows, c))
            continue;
        if (only >= 0)
            return -1;
        only = c;
    }
    return only;
}

void
fal_app_sort(FalApp *app)
{
    FalPane *sorted = sorted_pane(app);
    int only = sorted ? only_column(sorted->rows) : -1;

    if (!sorted) {
        fal_app_say(app, "no list is here that could be sorted");
        return;
    }
    if (only >= 0) {
        g_autofree char *text =
            g_strdup_printf("%s is the only column to sort by; S turns it round",
                            sorted->rows->columns[only].name);
        if (sorted->rows->sort != only)
            fal_pane_sort(sorted, only);
        fal_app_say(app, text);
        return;
    }
    Menu *menu = g_new0(Menu, 1);
    menu->base = (FalView){.ops = &ops, .app = app, .contexts = FAL_IN_MENU};
    menu->column = g_array_new(FALSE, FALSE, sizeof(int));
    fal_pane_init(&menu->pane);
    fill(menu, sorted->rows);
    if (menu->column->len == 0) {
        fal_view_free(&menu->base);
        fal_app_say(app, "this list cannot be sorted");
        return;
    }
    fal_app_show_over(app, &menu->base);
}
