/* The screen as a whole: the line above, the line below, what is between. What does not fit
 * gives way in the order of its weight.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

#include <string.h>

enum {
    LEAST_HEIGHT = 5,
    LEAST_WIDTH = 20,
    RULES_HEIGHT = 22, /* from here on there is room for rules */
    MESSAGE_LINES = 3,
    HINTS = 5,
};

/* --- above --- */

static int
draw_views(FalApp *app, int width)
{
    int x = 0, names = 0;

    for (int i = 0; i < FAL_VIEWS; i++)
        names += (int)strlen(fal_view_kinds[i].name) + 4;
    gboolean whole = width >= names + 11;
    if (width >= names + 42)
        x = fal_draw_put(0, 0, width, FAL_ROLE_TITLE, " falsetto  ");
    for (int i = 0; i < FAL_VIEWS; i++) {
        gboolean current = i == app->view;
        g_autofree char *digit = g_strdup_printf("%c", fal_view_kinds[i].key);
        g_autofree char *tab = g_strdup_printf(" %s%s%s ", digit, whole || current ? " " : "",
                                               whole || current ? fal_view_kinds[i].name : "");
        FalRole role = current ? FAL_ROLE_VIEW : FAL_ROLE_TEXT;
        int used = fal_draw_put(0, x, width - x, role, tab);
        if (!current)
            fal_draw_put(0, x + 1, MIN(1, width - x - 1), FAL_ROLE_KEY, digit);
        x += used;
        app->view_end[i] = x;
    }
    return x;
}

/* What is at hand: "demo", "rank 40", "10 % held out". */
static GPtrArray *
parts_at_hand(FalSession *session)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
    FalDataset *dataset = fal_session_dataset(session);
    FalModel *model = fal_session_model(session);
    FalSplit *split = fal_session_split(session);

    if (!dataset)
        return parts;
    g_ptr_array_add(parts, g_strdup(fal_dataset_title(dataset)));
    g_ptr_array_add(parts, model ? g_strdup_printf("rank %d", fal_model_settings(model)->rank)
                                 : g_strdup("no model"));
    if (split) {
        const char *seed = strstr(split->description, " (");
        gsize n = seed ? (gsize)(seed - split->description) : strlen(split->description);
        g_ptr_array_add(parts, g_strndup(split->description, n));
    }
    return parts;
}

static void
draw_at_hand(const FalApp *app, int from, int width)
{
    g_autoptr(GPtrArray) parts = parts_at_hand(app->session);

    /* The name of the data may be as long as it likes: without it the others may find room. */
    for (guint first = 0; first < parts->len; first++)
        for (guint n = parts->len - first; n > 0; n--) {
            g_autoptr(GString) text = g_string_new(NULL);
            for (guint i = first; i < first + n; i++)
                g_string_append_printf(text, "%s%s", i > first ? " · " : "",
                                       (char *)parts->pdata[i]);
            int cells = fal_text_width(text->str);
            if (from + 2 + cells + 1 > width)
                continue;
            fal_draw_put(0, width - cells - 1, cells, FAL_ROLE_DIM, text->str);
            return;
        }
}

/* --- below --- */

/* "3/17" of the rows that hold what is searched, or only how many they are. */
static char *
hits_text(const FalPane *pane)
{
    g_autofree char *all = fal_text_count(pane->hits);

    if (pane->hit == 0)
        return g_strdup_printf("%s hit%s", all, pane->hits == 1 ? "" : "s");
    g_autofree char *hit = fal_text_count(pane->hit);
    return g_strdup_printf("%s/%s", hit, all);
}

/* "2/30,100" */
static char *
position_text(const FalPane *pane)
{
    g_autofree char *at = fal_text_count(pane->list.selected + 1);
    g_autofree char *n = fal_text_count(pane->list.n);

    return g_strdup_printf("%s/%s", at, n);
}

/* "Artists 2/30,100  filter: rad  ▼plays"; a long title is cut, so that the rest finds room. */
static char *
place_text(FalApp *app, int width)
{
    FalView *view = fal_app_top(app);
    FalPane *pane = view->ops->pane ? view->ops->pane(view) : NULL;
    g_autofree char *title = view->ops->title(view);
    g_autofree char *position = pane && pane->rows ? position_text(pane) : g_strdup("");
    int room = MAX(8, width - 2 - fal_text_width(position));
    GString *text = g_string_new(" ");

    if (fal_text_width(title) > room) {
        g_autofree char *cut = fal_text_fit(title, room, FAL_ALIGN_LEFT);
        g_string_append(text, cut);
    } else {
        g_string_append(text, title);
    }
    if (pane && pane->rows) {
        g_string_append_printf(text, " %s", position);
        if (*pane->rows->filter)
            g_string_append_printf(text, "  filter: %s", pane->rows->filter);
        if (fal_rows_sorted_by(pane->rows)) {
            const char *mark =
                fal_glyph(pane->rows->falling ? FAL_GLYPH_FALLING : FAL_GLYPH_RISING);
            g_string_append_printf(text, "  %s%s%s", mark, fal_glyphs_unicode() ? "" : " ",
                                   fal_rows_sorted_by(pane->rows));
        }
        if (*pane->search) {
            g_autofree char *hits = hits_text(pane);
            g_string_append_printf(text, "  /%s %s", pane->search, hits);
        }
    }
    return g_string_free(text, FALSE);
}

/* Whether a hint is worth its place now. */
static gboolean
is_wanted(FalApp *app, const FalKey *key)
{
    gboolean job = fal_session_job(app->session) != NULL;
    FalView *view = fal_app_top(app);
    FalPane *pane = view->ops->pane ? view->ops->pane(view) : NULL;
    gint32 row;

    if (key->context == FAL_IN_MAP)
        return fal_session_model(app->session) != NULL;
    if (key->context == FAL_IN_HEAT)
        return fal_session_tuning(app->session) != NULL;
    switch (key->action) {
    case FAL_ACTION_OPEN:
        return pane && fal_pane_subject(pane, &row) != FAL_SUBJECT_NONE;
    case FAL_ACTION_EXPLAIN:
        return fal_session_model(app->session) && pane &&
               (fal_pane_subject(pane, &row) == FAL_SUBJECT_ARTIST ||
                (key->context == FAL_IN_ARTIST &&
                 fal_pane_subject(pane, &row) == FAL_SUBJECT_USER));
    case FAL_ACTION_MORE:
    case FAL_ACTION_LESS:
    case FAL_ACTION_DROP:
        return fal_pane_subject(pane, &row) == FAL_SUBJECT_ARTIST;
    case FAL_ACTION_HELP:
        return FALSE; /* always there */
    case FAL_ACTION_BACK:
        return app->stack[app->view]->len > 1;
    case FAL_ACTION_STOP:
    case FAL_ACTION_PAUSE:
        return job;
    case FAL_ACTION_RUN:
        return !job && (app->view == FAL_VIEW_TRAIN || !fal_session_model(app->session));
    case FAL_ACTION_SEARCH:
    case FAL_ACTION_FILTER:
    case FAL_ACTION_SORT:
        return (app->view != FAL_VIEW_TRAIN && app->view != FAL_VIEW_EVALUATE) ||
               app->stack[app->view]->len > 1;
    case FAL_ACTION_EVALUATE:
        return !job && fal_session_held_out(app->session);
    default:
        return TRUE;
    }
}

/* Whether an entry before this one takes its key. */
static gboolean
is_hidden(const FalKey *table, int i, guint contexts)
{
    g_autofree char *name = fal_keys_short(&table[i]);

    for (int j = 0; j < i; j++) {
        g_auto(GStrv) others = g_strsplit(table[j].keys, ", ", -1);
        if ((table[j].context & contexts) && g_strv_contains((const char *const *)others, name))
            return TRUE;
    }
    return FALSE;
}

/* The main keys, as many as fit, the help always: at the right end of line y. */
static void
draw_hints(FalApp *app, int y, int from, int width)
{
    gboolean typing = app->prompt.kind != FAL_PROMPT_NONE;
    guint contexts = typing      ? FAL_IN_PROMPT
                     : app->over ? app->over->contexts
                                 : fal_app_top(app)->contexts | FAL_EVERYWHERE;
    const FalKey *shown[HINTS + 1] = {NULL};
    char *name_of[HINTS + 1] = {NULL};
    int n, n_shown = 0, cells = 0;
    const FalKey *key = fal_keys(&n), *help = fal_keys_of(FAL_EVERYWHERE, FAL_ACTION_HELP);
    g_autofree char *help_key = app->over ? NULL : fal_app_key_name(app, help);
    int help_cells = help_key ? fal_text_width(help_key) + 1 + (int)strlen(help->hint) : 0;
    int room = width - from - 3 - help_cells;

    for (int i = 0; i < n && n_shown < HINTS; i++) {
        if (!key[i].hint || !(key[i].context & contexts) || !is_wanted(app, &key[i]) ||
            is_hidden(key, i, contexts))
            continue;
        g_autofree char *name = fal_app_key_name(app, &key[i]);
        int more = name ? fal_text_width(name) + 1 + (int)strlen(key[i].hint) + 2 : 0;
        if (!name || cells + more > room)
            continue;
        cells += more;
        name_of[n_shown] = g_steal_pointer(&name);
        shown[n_shown++] = &key[i];
    }
    /* What is shown over a place has its own keys only. */
    if (help_key && room >= 0) {
        name_of[n_shown] = g_steal_pointer(&help_key);
        shown[n_shown++] = help;
    }
    int x = width - 1 - cells - help_cells;
    for (int i = 0; i < n_shown; i++) {
        x += fal_draw_put(y, x, width - x, FAL_ROLE_KEY, name_of[i]) + 1;
        x += fal_draw_put(y, x, width - x, FAL_ROLE_DIM, shown[i]->hint) + 2;
        g_free(name_of[i]);
    }
}

/* How far the job is, at the right; FALSE where none runs. */
static gboolean
draw_job(const FalApp *app, int y, int from, int width)
{
    FalTask *task = fal_session_task(app->session);
    FalProgress progress;

    if (!task)
        return FALSE;
    fal_task_progress(task, &progress);
    if (!*progress.stage)
        g_strlcpy(progress.stage, fal_session_job(app->session), sizeof progress.stage);
    if (fal_task_is_paused(task))
        g_snprintf(progress.note, sizeof progress.note, "paused");
    int room = width - from - 3;
    g_autofree char *text = fal_chart_progress(&progress, MAX(0, room));
    int cells = fal_text_width(text);
    if (cells > 0 && cells <= room)
        fal_draw_put(y, width - cells - 1, cells, FAL_ROLE_TEXT, text);
    return TRUE;
}

/* --- what is typed --- */

static void
draw_candidates(const FalApp *app, int y, int width)
{
    char **candidate = app->prompt.completion.candidate;
    int n = candidate ? (int)g_strv_length(candidate) : 0;
    int x = 1;

    if (n == 0)
        return;
    fal_draw_fit(y, 0, width, FAL_ROLE_TEXT, FAL_ALIGN_LEFT, "");
    for (int i = MAX(0, app->prompt.candidate - 2); i < n && x < width - 4; i++) {
        gboolean current = i == app->prompt.candidate;
        x += fal_draw_put(y, x, MIN(40, width - x), current ? FAL_ROLE_SELECTED : FAL_ROLE_TEXT,
                          candidate[i]) +
             2;
    }
    if (x >= width - 4)
        fal_draw_put(y, width - 4, 4, FAL_ROLE_DIM, " ...");
}

/* Draws the line being typed and puts the cursor into it; n/N stands at its right, of the rows
 * or of those found. */
static void
draw_prompt(FalApp *app, int y, int width, int *cursor_y, int *cursor_x)
{
    FalPrompt *prompt = &app->prompt;
    gboolean command = prompt->kind == FAL_PROMPT_COMMAND;
    const char *label = command                             ? ":"
                        : prompt->kind == FAL_PROMPT_SEARCH ? "/"
                        : prompt->kind == FAL_PROMPT_FILE   ? " write to: "
                        : prompt->kind == FAL_PROMPT_JUMP   ? " go to: "
                                                            : " filter: ";
    FalView *view = app->over ? app->over : fal_app_top(app);
    FalPane *pane = view->ops->pane ? view->ops->pane(view) : NULL;
    gboolean searched = prompt->kind == FAL_PROMPT_SEARCH && pane && *pane->search;
    g_autofree char *count = searched           ? hits_text(pane)
                             : pane && !command ? position_text(pane)
                                                : g_strdup("");
    int right = *count ? fal_text_width(count) + 1 : 0, cell;

    if (right > width / 2)
        right = 0;
    int x = fal_draw_put(y, 0, width, FAL_ROLE_KEY, label);
    int room = MAX(1, width - x - right - 1);
    g_autofree char *window = fal_line_window(&prompt->line, room, &cell);
    int used =
        fal_draw_put(y, x, room, prompt->missed ? FAL_ROLE_ERROR : FAL_ROLE_TEXT, window);
    g_autofree char *hint = command && prompt->line.cursor == prompt->line.text->len
                                ? fal_complete_hint(app->session, prompt->line.text->str)
                                : NULL;
    if (hint && *prompt->line.text->str && used < room)
        fal_draw_put(y, x + used, room - used, FAL_ROLE_DIM, hint);
    if (right > 0)
        fal_draw_put(y, width - right, right, FAL_ROLE_DIM, count);
    *cursor_y = y;
    *cursor_x = x + cell;
}

/* --- the whole --- */

/* The message, over the lines that end at y; gives back the line above it. On a tiny screen it
 * leaves some of what it is about. */
static int
draw_message(const FalApp *app, int y, int width)
{
    FalRole role = app->failed ? FAL_ROLE_ERROR : FAL_ROLE_TITLE;
    FalRect rect = {y, 1, 0, width - 2};
    int most = CLAMP((y - 1) / 2, 1, MESSAGE_LINES);
    int lines = MIN(most, fal_draw_paragraph(rect, role, app->message));

    rect.y = MAX(1, y - lines + 1);
    rect.height = y - rect.y + 1;
    for (int i = 0; i < rect.height; i++)
        fal_draw_fit(rect.y + i, 0, width, FAL_ROLE_TEXT, FAL_ALIGN_LEFT, "");
    fal_draw_paragraph(rect, role, app->message);
    return rect.y - 1;
}

/* What to press, at the very first, or what was at hand last time: in the line y. */
static void
draw_first(FalApp *app, int y, int width)
{
    g_autofree char *text =
        app->offer ? fal_text_fit(app->offer, MIN(width - 2, fal_text_width(app->offer)),
                                  FAL_ALIGN_LEFT)
                   : fal_first_text(app, width - 2);

    if (!*text || y < 1)
        return;
    fal_draw_fit(y, 0, width, FAL_ROLE_TEXT, FAL_ALIGN_LEFT, "");
    fal_draw_put(y, 1, width - 2, FAL_ROLE_KEY, text);
}

static void
draw_foot(FalApp *app, int height, int width, gboolean rules, int *cursor_y, int *cursor_x)
{
    gboolean typing =
        app->prompt.kind != FAL_PROMPT_NONE && app->prompt.kind != FAL_PROMPT_VALUE;
    int y = height - 1;

    if (rules)
        fal_draw_rule(y - 1, 0, width);
    if (typing) {
        draw_prompt(app, y, width, cursor_y, cursor_x);
        draw_candidates(app, y - 1, width);
    } else {
        g_autofree char *place = place_text(app, width);
        int x = fal_draw_put(y, 0, width, FAL_ROLE_TEXT, place);
        if (app->first != FAL_CODE_NONE) {
            g_autofree char *first = fal_keyname_of(app->first);
            int cells = fal_text_width(first);
            fal_draw_put(y, width - 1 - cells, cells, FAL_ROLE_KEY, first);
        } else if (fal_app_top(app)->shows_job || app->prompt.kind != FAL_PROMPT_NONE ||
                   !draw_job(app, y, x, width)) {
            draw_hints(app, y, x, width);
        }
    }
    int above = rules || typing ? y - 1 : y;
    if (app->message)
        above = draw_message(app, above, width);
    if (app->first_start || app->offer)
        draw_first(app, above, width);
}

void
fal_app_draw(FalApp *app)
{
    FalView *view = fal_app_top(app);
    int height, width;

    fal_term_size(&height, &width);
    fal_term_begin();
    if (height < LEAST_HEIGHT || width < LEAST_WIDTH) {
        g_autofree char *text = g_strdup_printf("needs %dx%d", LEAST_WIDTH, LEAST_HEIGHT);
        fal_draw_put(0, 0, width, FAL_ROLE_TEXT, text);
        fal_term_show(0, 0);
        return;
    }
    gboolean rules = height >= RULES_HEIGHT;
    draw_at_hand(app, draw_views(app, width), width);
    if (rules)
        fal_draw_rule(1, 0, width);
    FalRect body = {1 + rules, 0, height - 2 - 2 * rules, width};
    view->cursor_y = body.y;
    view->cursor_x = 0;
    if (!app->over || !app->over->covers)
        view->ops->draw(view, body);
    if (app->over) {
        view = app->over;
        view->ops->draw(view, body);
    }
    int cursor_y = view->cursor_y, cursor_x = view->cursor_x;
    draw_foot(app, height, width, rules, &cursor_y, &cursor_x);
    fal_term_show(cursor_y, cursor_x);
}
