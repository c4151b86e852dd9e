/* The help: what every key does, then every command, as a list to look through.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

#include <string.h>

#include "base/text.h"

#include "query/command.h"

typedef struct {
    FalView base;
    FalPane pane;
    int width; /* cells of a row, nothing cut */
} Help;

static const FalColumn help_columns[] = {
    {.name = "key", .type = FAL_CELL_TEXT},
    {.name = "what it does", .type = FAL_CELL_TEXT},
    {.name = "where", .type = FAL_CELL_TEXT},
    {.name = NULL},
};

#define MOST_USAGE 24 /* cells */

static void
add_row(FalTable *table, const char *key, const char *help, const char *where)
{
    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, key);
    fal_table_text(table, help);
    fal_table_text(table, where);
}

/* What the user bound, wherever that holds. */
static void
add_own(FalTable *table, FalApp *app)
{
    FalBindings *bindings = fal_session_bindings(app->session);

    for (int i = 0; i < fal_bindings_n(bindings); i++) {
        const FalBinding *b = fal_bindings_at(bindings, i);
        g_autofree char *key = fal_keyname_text(b->press);
        g_autofree char *meaning =
            b->kind == FAL_BINDING_KEY ? fal_keys_meaning(b->as, FALSE) : NULL;
        g_autofree char *help =
            b->kind == FAL_BINDING_COMMAND
                ? g_strconcat(":", b->command, NULL)
                : g_strconcat(b->command, meaning ? ": " : "", meaning ? meaning : "", NULL);
        g_autofree char *where = b->view
                                     ? g_strdup_printf("yours: %s", fal_binding_views[b->view])
                                     : g_strdup("yours");
        add_row(table, key, help, where);
    }
}

/* "Ctrl-F, (PgDn)": the ways that the user bound to something else stand in brackets. */
static char *
marked(FalApp *app, const FalKey *key, gboolean *any)
{
    g_auto(GStrv) ways = g_strsplit(key->keys, ", ", -1);

    *any = FALSE;
    for (int i = 0; ways[i] && !(key->context & FAL_IN_OWN); i++) {
        if (!fal_app_is_bound(app, ways[i]))
            continue;
        char *mark = g_strdup_printf("(%s)", ways[i]);
        g_free(ways[i]);
        ways[i] = mark;
        *any = TRUE;
    }
    return g_strjoinv(", ", ways);
}

/* The keys that work in these contexts, or the others. */
static void
add_keys(FalTable *table, FalApp *app, guint contexts, gboolean others)
{
    int n;
    const FalKey *key = fal_keys(&n);

    for (int i = 0; i < n; i++) {
        if (((key[i].context & contexts) != 0) == others)
            continue;
        gboolean any;
        g_autofree char *keys = marked(app, &key[i], &any);
        g_autofree char *help = g_strconcat(any ? "(bound by you) " : "", key[i].help, NULL);
        add_row(table, keys, help, fal_keys_context(key[i].context));
    }
}

static void
add_commands(FalTable *table)
{
    for (const FalCommand *c = fal_commands(); c->name; c++) {
        g_autofree char *usage = fal_command_usage(c);
        /* What may be left out is told by the command's own help. */
        char *optional = strstr(usage, " [");
        if (optional)
            *optional = '\0';
        /* Long lists of choices would leave no room for what it does. */
        gboolean is_long = fal_text_width(usage) > MOST_USAGE;
        g_autofree char *typed =
            g_strconcat(":", is_long ? c->name : usage, is_long ? " ..." : "", NULL);
        add_row(table, typed, c->summary, "command");
    }
}

static char *
title(FalView *view)
{
    (void)view;
    return g_strdup("Help");
}

static FalPane *
pane(FalView *view)
{
    return &((Help *)view)->pane;
}

static void
draw(FalView *view, FalRect body)
{
    Help *help = (Help *)view;
    gint64 selected = help->pane.list.selected;

    /* Where the list has to cut them, the selected line is written out below it. */
    if (body.width < help->width && body.height >= 3 && selected >= 0) {
        FalRowCell cell;
        int lines = body.height >= 6 ? 2 : 1;
        body.height -= lines;
        fal_rows_cell(help->pane.rows, selected, 1, &cell);
        g_autofree char *text = cell.text;
        fal_draw_paragraph((FalRect){body.y + body.height, body.x + 2, lines, body.width - 3},
                           FAL_ROLE_DIM, text);
    }
    view->cursor_y = fal_draw_pane(body, &help->pane, &(FalListLook){.focus = TRUE});
    view->cursor_x = body.x;
    fal_app_draw_unmatched(view->app, body, &help->pane);
}

/* Enter on a command tells all about it. */
static gboolean
act(FalView *view, FalAction action)
{
    Help *help = (Help *)view;
    FalRowCell cell;

    if (action != FAL_ACTION_EDIT)
        return FALSE;
    if (help->pane.list.selected < 0)
        return TRUE;
    fal_rows_cell(help->pane.rows, help->pane.list.selected, 0, &cell);
    g_autofree char *text = cell.text;
    if (text[0] != ':' || !text[1])
        return TRUE;
    g_autofree char *name = g_strndup(text + 1, strcspn(text + 1, " "));
    g_autofree char *line = g_strconcat("help ", name, NULL);
    fal_app_run(view->app, line);
    return TRUE;
}

static void
free_view(FalView *view)
{
    fal_pane_clear(&((Help *)view)->pane);
    g_free(view);
}

static const FalViewOps ops = {
    .title = title, .draw = draw, .pane = pane, .act = act, .free = free_view};

/* What stands before a row, its widest cells and what is between them. */
static int
width_of(const FalTable *table)
{
    int width = 2 + 2 * FAL_COLUMN_GAP;

    for (int column = 0; column < 3; column++) {
        int widest = 0;
        for (gint64 row = 0; row < fal_table_n_rows(table); row++)
            widest = MAX(widest, fal_text_width(fal_table_cell(table, row, column)->v.text));
        width += widest;
    }
    return width;
}

FalView *
fal_help_new(FalApp *app)
{
    Help *help = g_new0(Help, 1);
    FalTable *table = fal_table_new("help", help_columns, NULL);
    guint contexts = fal_app_top(app)->contexts | FAL_EVERYWHERE;

    add_own(table, app);
    add_keys(table, app, contexts, FALSE);
    add_keys(table, app, contexts, TRUE);
    add_commands(table);
    help->base = (FalView){.ops = &ops, .app = app, .contexts = FAL_IN_HELP | FAL_IN_LISTS};
    fal_pane_init(&help->pane);
    help->width = width_of(table);
    fal_pane_set_rows(&help->pane, fal_rows_of_table(table));
    return &help->base;
}
