/* The answer of a command as a screen: its figures, and its rows as a list.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/view.h"

#include <string.h>

#include "render/render.h"

typedef struct {
    FalView base;
    char *title;   /* the command, or what it is about */
    char *figures; /* "user 1000002 · score 0.83"; "" for none */
    FalPane pane;
} Result;

/* A figure that has text, or NULL. */
static const char *
text_figure(const FalTable *table, const char *name)
{
    int n;
    const FalColumn *figures = fal_table_figures(table, &n);

    for (int i = 0; i < n; i++) {
        const FalCell *cell = fal_table_figure(table, i);
        if (g_str_equal(figures[i].name, name) && cell->type == FAL_CELL_TEXT)
            return cell->v.text;
    }
    return NULL;
}

/* "explain 1002221 The Rapture", where a key gave the artist by its id; else the command. */
static char *
title_text(const char *line, const FalTable *table)
{
    const char *name = text_figure(table, "artist_name");
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    GString *text = g_string_new(NULL);

    if (!name || !strstr(line, " id:"))
        return (g_string_free(text, TRUE), g_strdup(line));
    for (char **word = words; *word; word++)
        if (!strchr(*word, '='))
            g_string_append_printf(text, "%s%s", text->len ? " " : "",
                                   g_str_has_prefix(*word, "id:") ? name : *word);
    return g_string_free(text, FALSE);
}

/* Whether a figure names the user or the artist that the title, or the command by an id, names
 * as well. */
static gboolean
is_told(const char *line, const char *title, const char *figure, const char *value)
{
    static const char *const about[] = {"user", "artist", "artist_name", NULL};

    if (!g_strv_contains(about, figure))
        return FALSE;
    g_auto(GStrv) words = g_strsplit_set(line, " :", -1);

    return g_strv_contains((const char *const *)words, value) || g_str_has_suffix(title, value);
}

static char *
figures_text(const char *line, const char *title, const FalTable *table)
{
    int n;
    const FalColumn *figures = fal_table_figures(table, &n);
    GString *text = g_string_new(NULL);

    for (int i = 0; i < n; i++) {
        const FalCell *cell = fal_table_figure(table, i);
        if (cell->type == FAL_CELL_NULL || (figures[i].flags & FAL_COLUMN_PROSE))
            continue;
        g_autofree char *value = fal_render_cell(&figures[i], cell);
        if (is_told(line, title, figures[i].name, value))
            continue;
        g_autofree char *name = g_strdup(figures[i].name);
        g_strdelimit(name, "_", ' ');
        g_string_append_printf(text, "%s%s %s", text->len ? " · " : "", name, value);
    }
    return g_string_free(text, FALSE);
}

static char *
title(FalView *view)
{
    return g_strdup(((Result *)view)->title);
}

static FalPane *
pane(FalView *view)
{
    return &((Result *)view)->pane;
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
        fal_detail_draw(view->app, detail, fal_app_detail(view->app, subject, row));
    }
    if (*result->figures && list.height > 4) {
        int used = fal_draw_paragraph(
            (FalRect){list.y, list.x + 2, list.height / 6 + 1, list.width - 2}, FAL_ROLE_DIM,
            result->figures);
        list.y += used;
        list.height -= used;
    }
    view->cursor_y = fal_draw_pane_whole(list, &result->pane);
    view->cursor_x = list.x;
    if (fal_pane_n(&result->pane) == 0) {
        g_autofree char *text =
            fal_app_keyed(view->app, *fal_pane_filter_text(&result->pane)
                                         ? FAL_TEXT_UNMATCHED
                                         : "no rows; {Backspace|:quit} goes back");
        fal_draw_paragraph((FalRect){list.y + 1, list.x + 2, list.height - 1, list.width - 2},
                           FAL_ROLE_DIM, text);
    }
}

static void
free_view(FalView *view)
{
    Result *result = (Result *)view;

    fal_pane_clear(&result->pane);
    g_free(result->title);
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
    result->title = title_text(line, table);
    /* A record shows its figures among its lines. */
    result->figures =
        fal_table_n_rows(table) > 1 ? figures_text(line, result->title, table) : g_strdup("");
    fal_pane_init(&result->pane);
    fal_pane_set_rows(&result->pane, fal_rows_of_table(fal_table_copy(table)));
    return &result->base;
}
