/* What a key does: to the line being typed, to the view at hand, to its list, to the program -
 * asked in this order.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

enum { WHEEL_ROWS = 3 };

/* --- while a line is typed --- */

static FalPane *
pane_at_hand(FalApp *app)
{
    FalView *view = fal_app_top(app);

    return view->ops->pane ? view->ops->pane(view) : NULL;
}

/* A search or a filter shows what it finds while it is typed. */
static void
text_changed(FalApp *app)
{
    FalPrompt *prompt = &app->prompt;
    FalPane *pane = pane_at_hand(app);
    FalView *view = fal_app_top(app);

    if (!pane && prompt->kind == FAL_PROMPT_SEARCH && view->ops->jump)
        prompt->missed = !view->ops->jump(view, prompt->line.text->str);
    if (!pane)
        return;
    if (prompt->kind == FAL_PROMPT_SEARCH)
        prompt->missed = !fal_pane_search_typed(pane, prompt->line.text->str);
    else if (prompt->kind == FAL_PROMPT_FILTER)
        fal_pane_filter(pane, prompt->line.text->str);
}

static void
cancel_prompt(FalApp *app)
{
    FalPrompt *prompt = &app->prompt;
    FalPane *pane = pane_at_hand(app);
    FalView *view = fal_app_top(app);

    if (!pane && prompt->kind == FAL_PROMPT_SEARCH && view->ops->jump)
        view->ops->jump(view, "");
    else if (pane && prompt->kind == FAL_PROMPT_SEARCH)
        fal_pane_search_cancel(pane);
    else if (pane && prompt->kind == FAL_PROMPT_FILTER)
        fal_pane_filter(pane, prompt->before);
    fal_prompt_close(prompt);
}

static void
accept_value(FalApp *app, const char *text)
{
    g_autoptr(GError) error = NULL;

    if (app->prompt.edited(app->prompt.view, text, &error))
        fal_prompt_close(&app->prompt);
    else
        fal_app_fail(app, error->message);
}

/* A file that is there is only replaced where Enter is pressed twice. */
static void
accept_file(FalApp *app, const char *path)
{
    g_autoptr(GError) error = NULL;

    if (!*path) {
        fal_prompt_close(&app->prompt);
    } else if (g_file_test(path, G_FILE_TEST_EXISTS) && g_strcmp0(path, app->replace) != 0) {
        g_autofree char *text = g_strdup_printf("%s is there: Enter again replaces it", path);
        g_free(app->replace);
        app->replace = g_strdup(path);
        fal_app_fail(app, text);
    } else if (fal_app_write(app, path, &error)) {
        fal_prompt_close(&app->prompt);
    } else {
        fal_app_fail(app, error->message);
    }
}

static void
accept_prompt(FalApp *app)
{
    FalPrompt *prompt = &app->prompt;
    FalPane *pane = pane_at_hand(app);
    g_autofree char *text = g_strstrip(g_strdup(prompt->line.text->str));

    switch (prompt->kind) {
    case FAL_PROMPT_COMMAND:
        fal_typed_add(prompt->history, text);
        fal_prompt_close(prompt);
        if (*text)
            fal_app_run(app, text);
        break;
    case FAL_PROMPT_SEARCH:
        if (prompt->missed) {
            g_autofree char *message =
                g_strdup_printf("no %s holds \"%s\"", pane ? "row" : "artist", text);
            fal_app_fail(app, message);
        }
        fal_prompt_close(prompt);
        break;
    case FAL_PROMPT_FILTER:
        if (pane)
            fal_pane_keep(pane);
        fal_prompt_close(prompt);
        break;
    case FAL_PROMPT_VALUE:
        accept_value(app, text);
        break;
    case FAL_PROMPT_FILE:
        accept_file(app, text);
        break;
    case FAL_PROMPT_JUMP:
    case FAL_PROMPT_NONE:
    default:
        break;
    }
}

static void
act_on_prompt(FalApp *app, FalAction action)
{
    FalPrompt *prompt = &app->prompt;
    gboolean commands = prompt->kind == FAL_PROMPT_COMMAND;

    if (action == FAL_ACTION_BACKSPACE && prompt->line.text->len == 0 &&
        prompt->kind != FAL_PROMPT_VALUE)
        action = FAL_ACTION_CANCEL;
    /* What is shown over the place goes with what is typed. */
    if (app->over && app->over->ops->act(app->over, action))
        return;
    if (action == FAL_ACTION_ACCEPT) {
        accept_prompt(app);
    } else if (action == FAL_ACTION_CANCEL) {
        cancel_prompt(app);
    } else if (!commands && (action == FAL_ACTION_OLDER || action == FAL_ACTION_NEWER)) {
        FalPane *pane = pane_at_hand(app);
        if (pane && prompt->kind == FAL_PROMPT_FILTER)
            fal_pane_act(pane, action == FAL_ACTION_OLDER ? FAL_ACTION_UP : FAL_ACTION_DOWN);
    } else if (fal_prompt_act(prompt, app->session, action)) {
        text_changed(app);
    }
}

/* Keys that are for the terminal, whatever is shown. */
static void
terminal_key(gunichar code)
{
    gboolean begins;
    const FalKey *key = fal_keys_find(FAL_EVERYWHERE, FAL_CODE_NONE, code, &begins);

    if (key && key->action == FAL_ACTION_REDRAW)
        fal_term_redraw();
    else if (key && key->action == FAL_ACTION_SUSPEND)
        fal_term_suspend();
}

static void
prompt_key(FalApp *app, gunichar code)
{
    gboolean begins;
    const FalKey *key = fal_keys_find(FAL_IN_PROMPT, FAL_CODE_NONE, code, &begins);

    if (key) {
        act_on_prompt(app, key->action);
        return;
    }
    if (code >= ' ' && code < FAL_CODE_UP) {
        fal_prompt_type(&app->prompt, code);
        text_changed(app);
        return;
    }
    terminal_key(code);
}

/* --- elsewhere --- */

static void
open_list_prompt(FalApp *app, FalPromptKind kind)
{
    FalPane *pane = pane_at_hand(app);
    FalView *view = fal_app_top(app);

    if (!pane && kind == FAL_PROMPT_SEARCH && view->ops->jump && view->ops->jump(view, NULL))
        fal_prompt_open(&app->prompt, kind, "");
    if (!pane || !pane->rows)
        return;
    if (kind == FAL_PROMPT_SEARCH)
        fal_pane_search_begin(pane);
    fal_prompt_open(&app->prompt, kind,
                    kind == FAL_PROMPT_FILTER ? fal_pane_filter_text(pane) : "");
}

static void
open_selected(FalApp *app)
{
    FalPane *pane = pane_at_hand(app);
    gint32 row;
    FalSubject subject = pane ? fal_pane_subject(pane, &row) : FAL_SUBJECT_NONE;

    if (subject == FAL_SUBJECT_NONE)
        return;
    fal_pane_keep(pane);
    fal_app_open(app, subject, row);
}

static void
add_selected(FalApp *app)
{
    FalPane *pane = pane_at_hand(app);
    gint32 row;

    if (pane && fal_pane_subject(pane, &row) == FAL_SUBJECT_ARTIST) {
        fal_pane_keep(pane);
        fal_app_add_to_you(app, row);
    } else {
        fal_app_say(app, "no artist is selected that could be added to yours");
    }
}

static void
search_on(FalApp *app, gboolean backward)
{
    FalPane *pane = pane_at_hand(app);

    if (!pane || !*pane->search) {
        fal_app_say(app, "nothing is searched yet: / searches");
    } else if (!fal_pane_search_on(pane, backward)) {
        g_autofree char *message = g_strdup_printf("no row holds \"%s\"", pane->search);
        fal_app_fail(app, message);
    }
}

static void
stop_job(FalApp *app)
{
    if (fal_session_job(app->session)) {
        fal_session_cancel(app->session);
        fal_app_say(app, "stopping ...");
        app->passing = TRUE;
    } else {
        g_autofree char *out =
            fal_app_key_name(app, fal_keys_of(FAL_EVERYWHERE, FAL_ACTION_OUT));
        g_autofree char *text = g_strdup_printf("nothing runs; %s quits", out ? out : ":quit");
        fal_app_say(app, text);
    }
}

static void
pause_job(FalApp *app)
{
    FalTask *task = fal_session_task(app->session);

    if (!task) {
        fal_app_say(app, "nothing runs that could be paused");
        return;
    }
    fal_task_pause(task, !fal_task_is_paused(task));
    if (fal_task_is_paused(task))
        fal_app_say_keyed(app, "paused: {Space|nothing} goes on");
    app->passing = TRUE;
}

/* "training runs" */
static const char *
job_runs(const char *job)
{
    static const char *const words[][2] = {
        {"train", "training"},    {"load", "loading"},           {"split", "splitting"},
        {"holdout", "splitting"}, {"evaluate", "an evaluation"}, {"write", "writing"},
        {"tune", "tuning"},       {"adopt", "training"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_str_equal(words[i][0], job))
            return words[i][1];
    return job;
}

static void
go_out(FalApp *app)
{
    const char *job = fal_session_job(app->session);

    if (app->stack[app->view]->len > 1) {
        fal_app_back(app);
    } else if (job && !app->asked) {
        g_autofree char *quits = fal_app_keyed(app, "{q|:quit} again quits");
        g_autofree char *text = g_strdup_printf("%s runs: %s", job_runs(job), quits);
        fal_app_say(app, text);
        app->asked = app->passing = TRUE;
    } else {
        fal_app_quit(app, 0);
    }
}

static void
go_to_view(FalApp *app, char key)
{
    for (int i = 0; i < FAL_VIEWS; i++)
        if (fal_view_kinds[i].key == key) {
            fal_app_go(app, i);
            return;
        }
}

static void
open_overview(FalApp *app)
{
    FalView *view = fal_overview_new(app);

    if (view)
        fal_app_push(app, view);
    else
        fal_app_say(app, "no data yet: :load loads some");
}

static void
act_on_program(FalApp *app, const FalKey *key)
{
    switch (key->action) {
    case FAL_ACTION_RUN:
        fal_app_run(app, key->command);
        break;
    case FAL_ACTION_BACK:
        fal_app_back(app);
        break;
    case FAL_ACTION_FORWARD:
        fal_app_forward(app);
        break;
    case FAL_ACTION_JUMP:
        fal_app_jump(app);
        break;
    case FAL_ACTION_QUIT:
        fal_app_quit(app, 0);
        break;
    case FAL_ACTION_VIEW:
        go_to_view(app, key->keys[0]);
        break;
    case FAL_ACTION_OVERVIEW:
        open_overview(app);
        break;
    case FAL_ACTION_PAUSE:
        pause_job(app);
        break;
    case FAL_ACTION_STOP:
        stop_job(app);
        break;
    case FAL_ACTION_COMMAND:
        fal_prompt_open(&app->prompt, FAL_PROMPT_COMMAND, "");
        break;
    case FAL_ACTION_RESUME:
        fal_app_resume(app);
        break;
    case FAL_ACTION_HELP:
        fal_app_push(app, fal_help_new(app));
        break;
    case FAL_ACTION_REDRAW:
        fal_term_redraw();
        break;
    case FAL_ACTION_SUSPEND:
        fal_term_suspend();
        break;
    default:
        break;
    }
}

static void
act(FalApp *app, const FalKey *key)
{
    FalView *view = fal_app_top(app);
    FalPane *pane = pane_at_hand(app);

    if (key->action == FAL_ACTION_OUT) {
        go_out(app);
        return;
    }
    app->asked = FALSE;
    if (view->ops->act && view->ops->act(view, key->action))
        return;
    if (pane && fal_pane_act(pane, key->action))
        return;
    switch (key->action) {
    case FAL_ACTION_OPEN:
        open_selected(app);
        break;
    case FAL_ACTION_ADD:
        add_selected(app);
        break;
    case FAL_ACTION_SEARCH:
        open_list_prompt(app, FAL_PROMPT_SEARCH);
        break;
    case FAL_ACTION_FILTER:
        open_list_prompt(app, FAL_PROMPT_FILTER);
        break;
    case FAL_ACTION_SORT:
        fal_app_sort(app);
        break;
    case FAL_ACTION_COPY_ROW:
    case FAL_ACTION_COPY_LIST:
        fal_app_copy(app, key->action == FAL_ACTION_COPY_LIST);
        break;
    case FAL_ACTION_WRITE:
        g_clear_pointer(&app->replace, g_free);
        open_list_prompt(app, FAL_PROMPT_FILE);
        break;
    case FAL_ACTION_SEARCH_ON:
    case FAL_ACTION_SEARCH_BACK:
        search_on(app, key->action == FAL_ACTION_SEARCH_BACK);
        break;
    default:
        act_on_program(app, key);
    }
}

/* A key for what is shown over the place. */
static void
over_key(FalApp *app, gunichar code)
{
    FalView *over = app->over;
    gboolean begins;
    const FalKey *key = fal_keys_find(over->contexts, FAL_CODE_NONE, code, &begins);

    if (key) {
        if (!over->ops->act(over, key->action))
            fal_pane_act(over->ops->pane(over), key->action);
    } else if (!over->ops->typed || !over->ops->typed(over, code)) {
        terminal_key(code);
    }
}

static void
act_on_binding(FalApp *app, const FalBinding *binding)
{
    guint contexts = fal_app_top(app)->contexts | FAL_EVERYWHERE;
    g_autofree char *name = fal_keyname_text(binding->press);
    g_autofree char *text = NULL;
    gboolean begins;

    if (binding->kind == FAL_BINDING_COMMAND) {
        /* A copy: the command may change what is bound. */
        g_autofree char *command = g_strdup(binding->command);
        app->asked = FALSE;
        fal_app_run_bound(app, command);
        return;
    }
    const FalKey *key =
        binding->kind == FAL_BINDING_KEY
            ? fal_keys_find(contexts, binding->as.first, binding->as.code, &begins)
            : NULL;
    if (key) {
        act(app, key);
        return;
    }
    if (binding->kind == FAL_BINDING_KEY)
        text = g_strdup_printf("%s is %s for you, which does nothing here", name,
                               binding->command + 1);
    else
        text = g_strdup_printf("%s does nothing, as you wish; :bind %s default undoes that",
                               name, name);
    fal_app_say(app, text);
}

/* What the user bound goes before what the table says. FALSE where a key has no meaning. */
static gboolean
press(FalApp *app, gunichar first, gunichar code)
{
    guint contexts = fal_app_top(app)->contexts | FAL_EVERYWHERE;
    gboolean begins;
    const FalBinding *mine = fal_app_binding(app, (FalPress){first, code}, &begins);
    const FalKey *key = mine || begins ? NULL : fal_keys_find(contexts, first, code, &begins);

    if (mine)
        act_on_binding(app, mine);
    else if (key)
        act(app, key);
    else if (begins)
        app->first = code;
    return mine || key || begins;
}

static void
plain_key(FalApp *app, gunichar code)
{
    gunichar first = app->first;

    app->first = FAL_CODE_NONE;
    if (code == FAL_CODE_NONE || (first != FAL_CODE_NONE && press(app, first, code)))
        return;
    /* A pair that is none: the second key counts for itself. */
    if (press(app, FAL_CODE_NONE, code))
        return;
    g_autofree char *help = fal_app_key_name(app, fal_keys_of(FAL_EVERYWHERE, FAL_ACTION_HELP));
    g_autofree char *text =
        g_strdup_printf("this key does nothing here; %s lists the keys", help ? help : ":help");
    fal_app_say(app, text);
}

/* A click on the view or its list: on what is selected it does what Enter does. */
static void
click(FalApp *app, FalView *view, FalPane *pane, int y, int x)
{
    if (view->ops->click && view->ops->click(view, y, x))
        return;
    if (pane && fal_pane_click(pane, y, x))
        plain_key(app, FAL_CODE_ENTER);
}

/* A click on a view's name, or on the view; the wheel scrolls, or zooms where there is no list.
 * While a line is typed it is not meant, but for what is shown over the place. */
static void
mouse_key(FalApp *app)
{
    FalView *view = app->over ? app->over : fal_app_top(app);
    FalPane *pane = view->ops->pane ? view->ops->pane(view) : NULL;
    FalMouse what;
    int y, x;

    if (!fal_term_mouse_event(&what, &y, &x) ||
        (app->prompt.kind != FAL_PROMPT_NONE && !app->over))
        return;
    gboolean up = what == FAL_MOUSE_WHEEL_UP;
    if (what == FAL_MOUSE_CLICK && y == 0 && !app->over) {
        int kind = 0;
        while (kind < FAL_VIEWS && x >= app->view_end[kind])
            kind++;
        if (kind < FAL_VIEWS)
            fal_app_go(app, kind);
    } else if (what == FAL_MOUSE_CLICK) {
        click(app, view, pane, y, x);
    } else if (pane) {
        fal_pane_wheel(pane, up ? -WHEEL_ROWS : WHEEL_ROWS);
    } else if (view->ops->act) {
        view->ops->act(view, up ? FAL_ACTION_MORE : FAL_ACTION_LESS);
    }
}

/* What is pasted is text: it goes into a line being typed, and does nothing elsewhere. */
static gboolean
is_pasted(FalApp *app, gunichar code)
{
    if (code == FAL_CODE_PASTE_BEGIN || code == FAL_CODE_PASTE_END) {
        app->pasting = code == FAL_CODE_PASTE_BEGIN;
        return TRUE;
    }
    if (!app->pasting)
        return FALSE;
    if (app->prompt.kind != FAL_PROMPT_NONE) {
        fal_prompt_type(&app->prompt,
                        code == FAL_CODE_ENTER || code == FAL_CODE_TAB ? ' ' : code);
        text_changed(app);
    }
    return TRUE;
}

void
fal_app_key(FalApp *app, gunichar code)
{
    app->dirty = TRUE;
    if (is_pasted(app, code))
        return;
    app->key_time = g_get_monotonic_time();
    app->first_start = FALSE;
    g_clear_pointer(&app->offer, g_free);
    if (code == FAL_CODE_MOUSE) {
        mouse_key(app);
        return;
    }
    /* A message stands until the next key. */
    g_clear_pointer(&app->message, g_free);
    if (app->prompt.kind != FAL_PROMPT_NONE)
        prompt_key(app, code);
    else if (app->over)
        over_key(app, code);
    else
        plain_key(app, code);
}
