/* The view You: your artists, and beside them what is recommended to you, ranked anew at each
 * change. Below BOTH_WIDTH one of the two at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/view.h"

#include "base/text.h"
#include "query/resolve.h"
#include "tui/standings.h"

enum { MINE, RECOMMENDED, N_LISTS };

enum {
    BOTH_WIDTH = 72,
    MINE_MIN = 30, /* so that the plays have room */
    MINE_MAX = 44,
};

typedef struct {
    FalView base;
    FalPane pane[N_LISTS];
    int current;
    int wall_x; /* what is between the lists; -1: only one shows */
    FalStandings standings;
    char
        *problem; /* why your artists cannot be shown, or nothing is ranked; NULL for neither */
    int away;     /* artists that the data set does not have */
    gsize heard, unmatched; /* imported names, and those of them that are no artist here */
    /* What the lists were made of; the data set is only compared. */
    gboolean filled;
    FalDataset *dataset;
    guint generation, version;
} Mine;

static const FalColumn mine_columns[] = {
    {.name = "artist", .type = FAL_CELL_TEXT},
    {.name = "plays", .type = FAL_CELL_INT},
    {.name = NULL},
};

static const FalColumn recommended_columns[] = {
    {.name = "rank", .type = FAL_CELL_INT, .flags = FAL_COLUMN_SPARE},
    {.name = "artist", .type = FAL_CELL_TEXT},
    {.name = "moved", .type = FAL_CELL_TEXT, .flags = FAL_COLUMN_KEEP},
    {.name = "score", .type = FAL_CELL_REAL, .digits = 3, .flags = FAL_COLUMN_BAR},
    {.name = NULL},
};

/* --- what the lists hold --- */

static void
add_artist(FalTable *table, FalDataset *dataset, gint32 row)
{
    const char *name = fal_dataset_artist_name(dataset, row);
    g_autofree char *label = *name ? NULL : fal_artist_label(dataset, row);

    fal_table_text(table, label ? label : name);
}

/* Selects an artist's row; the first where it is not there. */
static void
select_artist(FalPane *pane, gint32 artist)
{
    gint64 found = 0;

    for (gint64 i = 0; i < fal_pane_n(pane); i++) {
        gint32 row;
        if (fal_rows_subject(pane->rows, i, &row) == FAL_SUBJECT_ARTIST && row == artist)
            found = i;
    }
    fal_list_jump(&pane->list, found);
    fal_pane_keep(pane);
}

static void
fill_mine(Mine *mine, FalDataset *dataset, const FalYou *you)
{
    FalPane *pane = &mine->pane[MINE];
    FalTable *table = fal_table_new("you", mine_columns, NULL);
    gint64 before = pane->rows ? pane->rows->total : 0;
    gint32 last = -1;
    int n;
    const FalYouArtist *artist = fal_you_artists(you, &n);

    mine->away = 0;
    for (int i = 0; i < n; i++) {
        if (artist[i].row < 0) {
            mine->away++;
            continue;
        }
        if (artist[i].by_hand)
            last = artist[i].row;
        fal_table_row(table, FAL_SUBJECT_ARTIST, artist[i].row);
        add_artist(table, dataset, artist[i].row);
        fal_table_int(table, artist[i].plays);
    }
    const FalHeardName *name = fal_you_heard(you, &mine->heard);
    mine->unmatched = 0;
    for (gsize i = 0; i < mine->heard; i++)
        mine->unmatched += name[i].row < 0;
    gint64 now = fal_table_n_rows(table);
    fal_pane_set_rows(pane, fal_rows_of_table(table));
    /* What was added is what one goes on with. */
    if (mine->filled && now == before + 1 && last >= 0)
        select_artist(pane, last);
}

static void
fill_recommended(Mine *mine, FalDataset *dataset)
{
    FalPane *pane = &mine->pane[RECOMMENDED];
    FalTable *table = fal_table_new("recommend", recommended_columns, NULL);

    for (int i = 0; i < mine->standings.n; i++) {
        gint32 row = mine->standings.top[i].row;
        g_autofree char *moved = fal_standings_moved(&mine->standings, i);
        fal_table_row(table, FAL_SUBJECT_ARTIST, row);
        fal_table_int(table, i + 1);
        add_artist(table, dataset, row);
        fal_table_text(table, moved);
        fal_table_real(table, mine->standings.top[i].score);
    }
    fal_pane_set_rows(pane, fal_rows_of_table(table));
    /* Who only looks on looks at the top. */
    if (mine->current != RECOMMENDED) {
        fal_list_select(&pane->list, 0);
        fal_pane_keep(pane);
    }
}

static void
empty_lists(Mine *mine)
{
    for (int i = 0; i < N_LISTS; i++) {
        fal_pane_clear(&mine->pane[i]);
        fal_pane_init(&mine->pane[i]);
    }
    fal_standings_clear(&mine->standings);
    mine->filled = FALSE;
    mine->away = 0;
    mine->heard = mine->unmatched = 0;
}

static void
rank(Mine *mine, FalSession *session, const FalYou *you)
{
    FalModel *model = fal_session_model(session);
    const gint32 *rows;
    const guint32 *plays;
    g_autoptr(GError) error = NULL;

    if (!model || fal_you_rows(you, &rows, &plays) == 0) {
        fal_standings_clear(&mine->standings);
    } else if (!fal_standings_update(&mine->standings, model, you, &error)) {
        fal_standings_clear(&mine->standings);
        mine->problem = g_strdup(error->message);
    }
}

/* A key, a command or another falsetto may have changed them. */
static void
changed(FalView *view)
{
    Mine *mine = (Mine *)view;
    FalSession *session = fal_app_session(view->app);
    FalDataset *dataset = fal_session_dataset(session);
    g_autoptr(GError) error = NULL;
    FalYou *you = fal_session_you(session, &error);
    guint generation = fal_session_generation(session);

    if (!dataset || !you || dataset != mine->dataset)
        empty_lists(mine);
    mine->dataset = dataset;
    if (!dataset || !you) {
        g_free(mine->problem);
        mine->problem = error ? g_strdup(error->message) : NULL;
        return;
    }
    if (mine->filled && mine->generation == generation && mine->version == fal_you_version(you))
        return;
    g_clear_pointer(&mine->problem, g_free);
    fill_mine(mine, dataset, you);
    rank(mine, session, you);
    fill_recommended(mine, dataset);
    mine->filled = TRUE;
    mine->generation = generation;
    mine->version = fal_you_version(you);
}

/* --- drawing --- */

static char *
title(FalView *view)
{
    return g_strdup(((Mine *)view)->current == MINE ? "You: your artists" : "You: recommended");
}

static FalPane *
pane(FalView *view)
{
    Mine *mine = (Mine *)view;

    return &mine->pane[mine->current];
}

/* Why a list is empty, and what fills it. */
static char *
empty_text(const Mine *mine, int list)
{
    FalApp *app = mine->base.app;
    FalSession *session = fal_app_session(app);
    const FalPane *pane = &mine->pane[list];

    if (!fal_session_dataset(session))
        return g_strdup(fal_session_job(session)
                            ? "reading the data ..."
                            : "no data yet: type :load PATH, or :load demo");
    if (mine->problem)
        return g_strdup(mine->problem);
    const FalYou *you = fal_session_you(session, NULL);
    if (you && fal_you_obstacle(you))
        return g_strdup(fal_you_obstacle(you));
    if (*fal_pane_filter_text(pane))
        return fal_app_keyed(app, FAL_TEXT_UNMATCHED);
    if (list == MINE)
        return fal_app_keyed(app,
                             "no artists yet: {a|:you add} adds one by name; on an artist of "
                             "any other list it adds that one; {i|:you import} imports a "
                             "listening history");
    if (!fal_session_model(session))
        return fal_app_keyed(app, fal_profile_no_model(session));
    return fal_app_keyed(app, "what the model recommends to you stands here as soon as you "
                              "have an artist: {a|:you add} adds one");
}

/* What of yours the list cannot show; NULL where it shows all. */
static char *
foot_text(const Mine *mine)
{
    GString *text = g_string_new(NULL);

    if (mine->unmatched > 0)
        g_string_append_printf(
            text,
            "%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
            " imported names %s no artist here: {u|:you unmatched} lists them",
            mine->unmatched, mine->heard, mine->unmatched == 1 ? "is" : "are");
    if (mine->away > 0)
        g_string_append_printf(text, "%s%d more %s not in this data set, and kept for others",
                               text->len ? "; " : "", mine->away,
                               mine->away == 1 ? "is" : "are");
    g_autofree char *whole = g_string_free(text, FALSE);
    return *whole ? fal_app_keyed(mine->base.app, whole) : NULL;
}

static void
draw_list(Mine *mine, int list, FalRect rect)
{
    static const char *const titles[] = {"yours", "recommended to you"};
    FalPane *pane = &mine->pane[list];
    FalListLook look = {.focus = list == mine->current, .title = titles[list]};

    g_autofree char *foot = list == MINE ? foot_text(mine) : NULL;
    int lines = foot ? 1 + (fal_text_width(foot) - 1) / MAX(rect.width - 3, 1) : 0;
    /* Words are not cut, which may take a line more. */
    lines += lines > 0;
    if (foot && rect.height > lines + 3) {
        rect.height -= lines;
        fal_draw_paragraph((FalRect){rect.y + rect.height, rect.x + 2, lines, rect.width - 3},
                           FAL_ROLE_DIM, foot);
    }
    if (!pane->rows)
        fal_draw_put(rect.y, rect.x + 2, rect.width - 2, FAL_ROLE_TITLE, titles[list]);
    int y = fal_draw_pane(rect, pane, &look);
    if (list == mine->current) {
        mine->base.cursor_y = y;
        mine->base.cursor_x = rect.x;
    }
    if (fal_pane_n(pane) == 0) {
        g_autofree char *text = empty_text(mine, list);
        fal_draw_paragraph((FalRect){rect.y + 1, rect.x + 2, rect.height - 1, rect.width - 3},
                           FAL_ROLE_DIM, text);
    }
}

static void
draw(FalView *view, FalRect body)
{
    Mine *mine = (Mine *)view;
    FalRect left = body, right = body;

    changed(view);
    mine->wall_x = -1;
    if (body.width < BOTH_WIDTH) {
        draw_list(mine, mine->current, body);
        return;
    }
    left.width = CLAMP(body.width / 3, MINE_MIN, MINE_MAX);
    right.x += left.width + 2;
    right.width -= left.width + 2;
    mine->wall_x = right.x - 1;
    fal_draw_wall(body.y, mine->wall_x, body.height);
    draw_list(mine, MINE, left);
    draw_list(mine, RECOMMENDED, right);
}

/* --- keys --- */

static const char *
plays_word(guint32 plays)
{
    return plays == 1 ? "play" : "plays";
}

/* Adds an artist; where says what to say of it behind its name. */
static void
add(FalApp *app, gint32 artist, const char *where)
{
    FalSession *session = fal_app_session(app);
    g_autoptr(GError) error = NULL;
    FalYou *you = fal_session_you(session, &error);
    guint32 plays = you ? fal_you_plays(you, artist) : 0;
    g_autofree char *name = fal_artist_label(fal_session_dataset(session), artist);
    g_autofree char *text = NULL;

    if (plays > 0)
        text = g_strdup_printf("%s is one of your artists already, with %u %s: 6 shows them",
                               name, plays, plays_word(plays));
    else if (you && fal_you_add(you, artist, &error))
        text = g_strdup_printf("added %s to %s", name, where);
    if (text)
        fal_app_say(app, text);
    else
        fal_app_fail(app, error->message);
}

void
fal_app_add_to_you(FalApp *app, gint32 artist)
{
    add(app, artist, "you: 6 shows what it would recommend");
}

/* By name, or what is selected among the recommended ones. */
static void
add_here(Mine *mine)
{
    gint32 row;

    if (mine->current == RECOMMENDED &&
        fal_pane_subject(&mine->pane[RECOMMENDED], &row) == FAL_SUBJECT_ARTIST)
        add(mine->base.app, row, "your artists");
    else
        fal_app_type(mine->base.app, "you add ");
}

/* Twice as many plays, or half; at the ends it stays. */
static guint32
step(guint32 plays, FalAction action)
{
    if (action == FAL_ACTION_MORE)
        return plays > G_MAXUINT32 / 2 ? plays : plays * 2;
    return MAX(1, plays / 2);
}

static void
change_selected(Mine *mine, FalAction action)
{
    FalApp *app = mine->base.app;
    FalSession *session = fal_app_session(app);
    g_autoptr(GError) error = NULL;
    gint32 row;

    if (fal_pane_subject(&mine->pane[MINE], &row) != FAL_SUBJECT_ARTIST) {
        fal_app_say_keyed(app, "no artist is selected: {a|:you add} adds one");
        return;
    }
    FalYou *you = fal_session_you(session, &error);
    guint32 plays = you ? fal_you_plays(you, row) : 0;
    guint32 next = action == FAL_ACTION_DROP ? 0 : step(plays, action);
    /* Plays of 0: another falsetto has dropped it meanwhile. */
    if (you && plays > 0 && next != plays && fal_you_set(you, row, next, &error) && next == 0) {
        g_autofree char *name = fal_artist_label(fal_session_dataset(session), row);
        g_autofree char *text =
            g_strdup_printf("dropped %s, with %u %s", name, plays, plays_word(plays));
        fal_app_say(app, text);
    }
    if (error) {
        fal_app_fail(app, error->message);
        return;
    }
    /* The next key may come before all is drawn anew. */
    changed(&mine->base);
    /* An imported one goes to those set by hand. */
    if (next > 0)
        select_artist(&mine->pane[MINE], row);
}

static void
explain(Mine *mine)
{
    FalApp *app = mine->base.app;
    FalPane *list = &mine->pane[RECOMMENDED];
    gint32 row;

    if (fal_pane_subject(list, &row) != FAL_SUBJECT_ARTIST) {
        fal_app_say(app, "no artist is selected that could be explained");
        return;
    }
    g_autofree char *line =
        g_strdup_printf("explain you id:%" G_GINT64_FORMAT " n=0",
                        fal_dataset_artist_id(fal_session_dataset(fal_app_session(app)), row));
    fal_pane_keep(list);
    fal_app_run(app, line);
}

static void
go_on(Mine *mine, int list)
{
    mine->current = list;
    mine->base.contexts =
        FAL_IN_LISTS | FAL_IN_TABS | (mine->current == MINE ? FAL_IN_YOU : FAL_IN_LISTENER);
}

static gboolean
act(FalView *view, FalAction action)
{
    Mine *mine = (Mine *)view;

    switch (action) {
    case FAL_ACTION_NEXT_LIST:
    case FAL_ACTION_PREVIOUS_LIST:
        go_on(mine, !mine->current);
        return TRUE;
    case FAL_ACTION_ADD:
        add_here(mine);
        return TRUE;
    case FAL_ACTION_IMPORT:
        fal_app_type(mine->base.app, "you import ");
        return TRUE;
    case FAL_ACTION_MORE:
    case FAL_ACTION_LESS:
    case FAL_ACTION_DROP:
        change_selected(mine, action);
        return TRUE;
    case FAL_ACTION_EXPLAIN:
        explain(mine);
        return TRUE;
    default:
        return FALSE;
    }
}

/* On the list that has not the keys: it gets them. */
static gboolean
click(FalView *view, int y, int x)
{
    Mine *mine = (Mine *)view;
    int list = x > mine->wall_x ? RECOMMENDED : MINE;

    if (mine->wall_x < 0 || list == mine->current)
        return FALSE;
    go_on(mine, list);
    fal_pane_click(&mine->pane[list], y, x);
    return TRUE;
}

static void
free_view(FalView *view)
{
    Mine *mine = (Mine *)view;

    for (int i = 0; i < N_LISTS; i++)
        fal_pane_clear(&mine->pane[i]);
    g_free(mine->problem);
    g_free(mine);
}

static const FalViewOps ops = {.title = title,
                               .draw = draw,
                               .pane = pane,
                               .act = act,
                               .click = click,
                               .changed = changed,
                               .free = free_view};

FalView *
fal_you_view_new(FalApp *app)
{
    Mine *mine = g_new0(Mine, 1);

    mine->base = (FalView){.ops = &ops, .app = app};
    for (int i = 0; i < N_LISTS; i++)
        fal_pane_init(&mine->pane[i]);
    go_on(mine, MINE);
    changed(&mine->base);
    return &mine->base;
}
