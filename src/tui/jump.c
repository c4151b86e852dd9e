/* Going anywhere: while some letters are typed, the views, commands, artists and listeners that
 * have them show over the place at hand, the best first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

#include "query/command.h"
#include "query/jump.h"

enum { NAME_WIDTH = 44 };

typedef struct {
    FalView base;
    FalPane pane;
    char *text; /* what the places are for; NULL: none yet */
    FalJumpPlace place[FAL_JUMP_MOST];
    int n;
} Jump;

static const FalColumn jump_columns[] = {
    {.name = "to", .type = FAL_CELL_TEXT},
    {.name = "which_is", .type = FAL_CELL_TEXT, .flags = FAL_COLUMN_SPARE},
    {.name = NULL},
};

/* --- what is found --- */

static const char *const *
view_names(void)
{
    static const char *names[FAL_VIEWS + 1];

    for (int i = 0; i < FAL_VIEWS; i++)
        names[i] = fal_view_kinds[i].name;
    return names;
}

static gboolean
is_there(const Jump *jump, int n, const FalJumpPlace *place)
{
    for (int i = 0; i < n; i++)
        if (jump->place[i].kind == place->kind && jump->place[i].row == place->row)
            return TRUE;
    return FALSE;
}

/* As long as nothing is typed, the places gone to last come first. */
static void
put_recent_first(Jump *jump)
{
    const GArray *recent = jump->base.app->recent;
    FalJumpPlace found[FAL_JUMP_MOST];
    int n_found = jump->n, n_recent = 0;

    for (int i = 0; i < n_found; i++)
        found[i] = jump->place[i];
    for (guint i = 0; i < recent->len; i++) {
        const FalRecent *r = &g_array_index(recent, FalRecent, i);
        jump->place[n_recent++] = (FalJumpPlace){
            r->subject == FAL_SUBJECT_ARTIST ? FAL_JUMP_ARTIST : FAL_JUMP_USER, r->row, 0};
    }
    jump->n = n_recent;
    for (int i = 0; i < n_found && jump->n < FAL_JUMP_MOST; i++)
        if (!is_there(jump, n_recent, &found[i]))
            jump->place[jump->n++] = found[i];
}

static void
add_place(FalTable *table, FalApp *app, const FalJumpPlace *place)
{
    const FalCommand *command = &fal_commands()[place->row];
    g_autofree char *name = NULL, *count = NULL, *what = NULL;

    switch (place->kind) {
    case FAL_JUMP_VIEW:
        name = g_strdup(fal_view_kinds[place->row].name);
        what = g_strdup_printf("the view of the key %c", fal_view_kinds[place->row].key);
        break;
    case FAL_JUMP_COMMAND:
        name = g_strconcat(":", command->name, NULL);
        what = g_strdup(command->summary);
        break;
    case FAL_JUMP_ARTIST:
        name = fal_profile_name(app->dataset, FAL_SUBJECT_ARTIST, place->row);
        count = fal_text_count(fal_dataset_listeners(app->dataset, place->row));
        what = g_strdup_printf("artist, %s listener%s", count,
                               fal_dataset_listeners(app->dataset, place->row) == 1 ? "" : "s");
        break;
    case FAL_JUMP_USER:
    default:
        name = fal_profile_name(app->dataset, FAL_SUBJECT_USER, place->row);
        count = fal_text_count(fal_dataset_user_artists(app->dataset, place->row));
        what =
            g_strdup_printf("listener, %s artist%s", count,
                            fal_dataset_user_artists(app->dataset, place->row) == 1 ? "" : "s");
    }
    /* A single long name would leave no room for what the others are. */
    if (fal_text_width(name) > NAME_WIDTH) {
        char *cut = fal_text_fit(name, NAME_WIDTH, FAL_ALIGN_LEFT);
        g_free(name);
        name = cut;
    }
    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, name);
    fal_table_text(table, what);
}

/* More than one key may come between two pictures: what is found is found when it is needed. */
static void
update(Jump *jump)
{
    FalApp *app = jump->base.app;
    const char *text = app->prompt.line.text->str;

    if (!g_strcmp0(text, jump->text))
        return;
    g_free(jump->text);
    jump->text = g_strdup(text);
    jump->n = fal_jump_find(app->jump, text, jump->place);
    if (!*text)
        put_recent_first(jump);
    FalTable *table = fal_table_new("jump", jump_columns, NULL);
    for (int i = 0; i < jump->n; i++)
        add_place(table, app, &jump->place[i]);
    fal_pane_set_rows(&jump->pane, fal_rows_of_table(table));
    fal_list_select(&jump->pane.list, 0);
    fal_pane_keep(&jump->pane);
}

static void
go(FalApp *app, const FalJumpPlace *place)
{
    switch (place->kind) {
    case FAL_JUMP_VIEW:
        fal_app_go(app, place->row);
        break;
    case FAL_JUMP_COMMAND: {
        g_autofree char *start = g_strconcat(fal_commands()[place->row].name, " ", NULL);
        fal_app_type(app, start);
        break;
    }
    case FAL_JUMP_ARTIST:
        fal_app_open(app, FAL_SUBJECT_ARTIST, place->row);
        break;
    case FAL_JUMP_USER:
    default:
        fal_app_open(app, FAL_SUBJECT_USER, place->row);
    }
}

/* --- the view --- */

static char *
title(FalView *view)
{
    (void)view;
    return g_strdup("Go to");
}

static FalPane *
pane(FalView *view)
{
    update((Jump *)view);
    return &((Jump *)view)->pane;
}

static void
draw(FalView *view, FalRect body)
{
    Jump *jump = (Jump *)view;

    update(jump);
    fal_draw_pane(body, &jump->pane, &(FalListLook){.focus = TRUE});
    if (jump->n == 0)
        fal_draw_paragraph(
            (FalRect){body.y + (body.height > 1), body.x + 2, body.height - 1, body.width - 3},
            FAL_ROLE_DIM, "no artist, listener, view or command has these letters");
}

static gboolean
act(FalView *view, FalAction action)
{
    Jump *jump = (Jump *)view;
    FalApp *app = view->app;

    update(jump);
    if (action == FAL_ACTION_OLDER || action == FAL_ACTION_NEWER)
        return fal_pane_act(&jump->pane,
                            action == FAL_ACTION_OLDER ? FAL_ACTION_UP : FAL_ACTION_DOWN);
    if (action == FAL_ACTION_CANCEL) {
        fal_app_close_over(app);
        return TRUE;
    }
    if (action != FAL_ACTION_ACCEPT)
        return FALSE;
    if (jump->n == 0) {
        fal_app_fail(app, "nothing has these letters");
        return TRUE;
    }
    FalJumpPlace place = jump->place[jump->pane.list.selected];
    fal_app_close_over(app);
    go(app, &place);
    return TRUE;
}

static gboolean
click(FalView *view, int y, int x)
{
    Jump *jump = (Jump *)view;

    update(jump);
    if (y != jump->pane.header_y && fal_pane_click(&jump->pane, y, x))
        act(view, FAL_ACTION_ACCEPT);
    return TRUE;
}

static void
free_view(FalView *view)
{
    Jump *jump = (Jump *)view;

    fal_pane_clear(&jump->pane);
    g_free(jump->text);
    g_free(jump);
}

static const FalViewOps ops = {
    .title = title, .draw = draw, .pane = pane, .act = act, .click = click, .free = free_view};

void
fal_app_jump(FalApp *app)
{
    Jump *jump = g_new0(Jump, 1);

    jump->base = (FalView){.ops = &ops, .app = app, .contexts = FAL_IN_PROMPT, .covers = TRUE};
    if (!app->jump)
        app->jump = fal_jump_new(app->dataset, view_names());
    fal_pane_init(&jump->pane);
    fal_app_show_over(app, &jump->base);
    fal_prompt_open(&app->prompt, FAL_PROMPT_JUMP, "");
}
