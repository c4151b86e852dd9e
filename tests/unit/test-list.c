/* The parts of the screens that know no screen: the window on a list, columns that give way,
 * the line being typed, lists in use, the key table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <locale.h>
#include <string.h>

#include <glib.h>

#include "tui/columns.h"
#include "tui/keys.h"
#include "tui/line.h"
#include "tui/list.h"
#include "model/train.h"
#include "tui/pane.h"
#include "tui/standings.h"

#include "fixture.h"

/* --- the window --- */

static void
assert_consistent(const FalList *list)
{
    if (list->n == 0) {
        g_assert_cmpint(list->selected, ==, -1);
        g_assert_cmpint(list->top, ==, 0);
        return;
    }
    g_assert_cmpint(list->selected, >=, 0);
    g_assert_cmpint(list->selected, <, list->n);
    g_assert_cmpint(list->top, >=, 0);
    g_assert_cmpint(list->top, <=, list->selected);
    g_assert_cmpint(list->selected, <, list->top + list->height);
    g_assert_cmpint(list->top, <=, MAX(0, list->n - list->height));
}

static void
assert_list(const FalList *list, gint64 selected, gint64 top)
{
    assert_consistent(list);
    g_assert_cmpint(list->selected, ==, selected);
    g_assert_cmpint(list->top, ==, top);
}

static void
test_moves(void)
{
    FalList list;

    fal_list_init(&list, 100);
    fal_list_set_height(&list, 10);
    assert_list(&list, 0, 0);
    fal_list_move(&list, 9);
    assert_list(&list, 9, 0);
    fal_list_move(&list, 1);
    assert_list(&list, 10, 1);
    fal_list_move(&list, -5);
    assert_list(&list, 5, 1);
    fal_list_move(&list, -50);
    assert_list(&list, 0, 0);
    fal_list_move(&list, 1000);
    assert_list(&list, 99, 90);
    fal_list_move(&list, G_MAXINT64);
    assert_list(&list, 99, 90);
    fal_list_move(&list, -G_MAXINT64);
    assert_list(&list, 0, 0);
    fal_list_select(&list, 50);
    assert_list(&list, 50, 41);
    fal_list_jump(&list, 52);
    assert_list(&list, 52, 47);
    fal_list_jump(&list, 54);
    assert_list(&list, 54, 47);
    fal_list_jump(&list, 0);
    assert_list(&list, 0, 0);
    fal_list_jump(&list, 99);
    assert_list(&list, 99, 90);
}

static void
test_pages(void)
{
    FalList list;

    fal_list_init(&list, 100);
    fal_list_set_height(&list, 10);
    fal_list_move(&list, 3);
    fal_list_turn(&list, 2);
    assert_list(&list, 13, 10);
    fal_list_turn(&list, 1);
    assert_list(&list, 18, 15);
    fal_list_turn(&list, -1);
    assert_list(&list, 13, 10);
    fal_list_turn(&list, -2);
    assert_list(&list, 3, 0);
    /* At the ends the selection goes on to the last row. */
    fal_list_turn(&list, -2);
    assert_list(&list, 0, 0);
    fal_list_select(&list, 95);
    fal_list_turn(&list, 2);
    assert_list(&list, 99, 90);
    /* A window of one line turns line by line. */
    fal_list_set_height(&list, 1);
    fal_list_turn(&list, -1);
    assert_list(&list, 98, 98);
}

static void
test_sizes(void)
{
    FalList list;

    fal_list_init(&list, 0);
    assert_list(&list, -1, 0);
    fal_list_move(&list, 1);
    assert_list(&list, -1, 0);
    fal_list_turn(&list, 2);
    assert_list(&list, -1, 0);
    fal_list_select(&list, 7);
    assert_list(&list, -1, 0);
    fal_list_jump(&list, 7);
    assert_list(&list, -1, 0);

    fal_list_init(&list, 3);
    fal_list_set_height(&list, 0);
    g_assert_cmpint(list.height, ==, 1);
    fal_list_select(&list, 2);
    assert_list(&list, 2, 2);
    /* A window that grows does not show emptiness below the last row. */
    fal_list_set_height(&list, 10);
    assert_list(&list, 2, 0);
    fal_list_init(&list, 30);
    fal_list_set_height(&list, 10);
    fal_list_select(&list, 29);
    fal_list_set_height(&list, 20);
    assert_list(&list, 29, 10);
    fal_list_set_height(&list, 5);
    assert_list(&list, 29, 25);
}

static void
test_follow(void)
{
    FalList list;

    fal_list_init(&list, 100);
    fal_list_set_height(&list, 10);
    fal_list_select(&list, 40);
    fal_list_move(&list, -4);
    assert_list(&list, 36, 31); /* on the sixth line */
    fal_list_follow(&list, 100, 70);
    assert_list(&list, 70, 65);
    fal_list_follow(&list, 20, 3); /* too near to the start to be on that line */
    assert_list(&list, 3, 0);
    fal_list_follow(&list, 20, 19);
    assert_list(&list, 19, 10);
    fal_list_follow(&list, 5, -1); /* gone: the one in its place */
    assert_list(&list, 4, 0);
    fal_list_follow(&list, 0, -1);
    assert_list(&list, -1, 0);
    fal_list_follow(&list, 8, 0);
    assert_list(&list, 0, 0);
}

/* Whatever is done in whatever order, the list stays consistent. */
static void
test_any_order(void)
{
    FalList list;
    GRand *rand = g_rand_new_with_seed(1);

    fal_list_init(&list, 50);
    for (int i = 0; i < 20000; i++) {
        int x = g_rand_int_range(rand, -60, 60);
        switch (g_rand_int_range(rand, 0, 6)) {
        case 0:
            fal_list_move(&list, x);
            break;
        case 1:
            fal_list_turn(&list, x % 3);
            break;
        case 2:
            fal_list_select(&list, x);
            break;
        case 3:
            fal_list_jump(&list, x);
            break;
        case 4:
            fal_list_set_height(&list, x);
            break;
        default:
            fal_list_follow(&list, MAX(0, x), x / 2);
        }
        assert_consistent(&list);
    }
    g_rand_free(rand);
}

/* --- columns --- */

static const FalListColumn columns[] = {
    {.name = "rank", .width = 4, .drop = 3},
    {.name = "artist", .width = 30, .text = TRUE, .min = 20},
    {.name = "cosine", .width = 6, .bar = TRUE, .drop = 1},
    {.name = "listeners", .width = 9, .drop = 5},
};

static void
test_columns(void)
{
    static const struct {
        int width;
        int shown[4]; /* cells of each column's value */
        int bar;
    } cases[] = {
        {200, {4, 30, 6, 9}, 21}, /* all they want, and no more */
        {76, {4, 30, 6, 9}, 21},  {62, {4, 30, 6, 9}, 7},
        {55, {4, 23, 6, 9}, 7},                           /* the name gives way */
        {52, {4, 20, 6, 9}, 7},   {51, {4, 30, 6, 0}, 7}, /* then the listeners go */
        {40, {4, 26, 6, 0}, 0},                           /* then the bar */
        {34, {4, 20, 6, 0}, 0},   {33, {0, 25, 6, 0}, 0}, /* then the rank */
        {27, {0, 27, 0, 0}, 0},                           /* at last the figure */
        {5, {0, 5, 0, 0}, 0},     {1, {0, 1, 0, 0}, 0},
        {0, {0, 0, 0, 0}, 0},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        FalListCell cells[4];
        int end = 0;
        fal_columns_place(columns, 4, cases[i].width, cells);
        for (int c = 0; c < 4; c++) {
            g_assert_cmpint(cells[c].width, ==, cases[i].shown[c]);
            if (cells[c].width == 0)
                continue;
            g_assert_cmpint(cells[c].x, ==, end > 0 ? end + FAL_COLUMN_GAP : 0);
            end = cells[c].x + cells[c].bar + cells[c].width;
        }
        g_assert_cmpint(cells[2].bar, ==, cases[i].bar);
        g_assert_cmpint(end, <=, cases[i].width);
    }
}

/* Of several texts those that lack least get it first. */
static void
test_columns_texts(void)
{
    static const FalListColumn texts[] = {
        {.name = "key", .width = 24, .text = TRUE, .min = 8},
        {.name = "what", .width = 80, .text = TRUE, .min = 12},
        {.name = "where", .width = 18, .text = TRUE, .min = 12},
    };
    static const int shown[][4] = {
        {126, 24, 80, 18}, {116, 24, 70, 18}, {80, 24, 34, 18}, {60, 24, 14, 18},
        {50, 16, 12, 18},  {40, 8, 12, 16},   {36, 8, 12, 12},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(shown); i++) {
        FalListCell cells[3];
        fal_columns_place(texts, 3, shown[i][0], cells);
        for (int c = 0; c < 3; c++)
            g_assert_cmpint(cells[c].width, ==, shown[i][c + 1]);
    }
}

/* --- the line --- */

static void
type(FalLine *line, const char *text)
{
    for (; *text; text = g_utf8_next_char(text))
        fal_line_insert(line, g_utf8_get_char(text));
}

static void
assert_line(const FalLine *line, const char *before, const char *after)
{
    g_autofree char *text = g_strconcat(before, after, NULL);

    g_assert_cmpstr(line->text->str, ==, text);
    g_assert_cmpuint(line->cursor, ==, strlen(before));
}

static void
test_line(void)
{
    FalLine line;

    fal_line_init(&line);
    type(&line, "Sigur Rós 椎名");
    assert_line(&line, "Sigur Rós 椎名", "");
    fal_line_left(&line);
    fal_line_left(&line);
    assert_line(&line, "Sigur Rós ", "椎名");
    g_assert_true(fal_line_backspace(&line));
    fal_line_left(&line);
    fal_line_left(&line);
    assert_line(&line, "Sigur R", "ós椎名");
    g_assert_true(fal_line_delete(&line));
    assert_line(&line, "Sigur R", "s椎名");
    g_assert_true(fal_line_kill_word(&line));
    assert_line(&line, "Sigur ", "s椎名");
    g_assert_true(fal_line_kill_word(&line));
    assert_line(&line, "", "s椎名");
    g_assert_false(fal_line_kill_word(&line));
    g_assert_false(fal_line_backspace(&line));
    fal_line_left(&line);
    assert_line(&line, "", "s椎名");
    fal_line_right(&line);
    fal_line_right(&line);
    g_assert_true(fal_line_kill_start(&line));
    assert_line(&line, "", "名");
    fal_line_end(&line);
    assert_line(&line, "名", "");
    fal_line_right(&line);
    g_assert_false(fal_line_delete(&line));
    fal_line_home(&line);
    g_assert_true(fal_line_kill_end(&line));
    assert_line(&line, "", "");
    fal_line_set(&line, "similar rad");
    fal_line_replace(&line, 8, "Radiohead");
    assert_line(&line, "similar Radiohead", "");
    fal_line_clear(&line);
}

/* What is no character stays out, and combining ones stay with theirs. */
static void
test_line_strange(void)
{
    FalLine line;

    fal_line_init(&line);
    fal_line_insert(&line, 0);
    fal_line_insert(&line, 27);
    fal_line_insert(&line, 0x9b);
    fal_line_insert(&line, 0x202e);
    fal_line_insert(&line, 0xd800);
    fal_line_insert(&line, 0x110000);
    assert_line(&line, "", "");
    type(&line, "ae\xcc\x81");
    fal_line_left(&line);
    assert_line(&line, "a", "e\xcc\x81");
    fal_line_right(&line);
    g_assert_true(fal_line_backspace(&line));
    assert_line(&line, "a", "");
    fal_line_set(&line, "x\ny\033[2J");
    g_assert_null(strchr(line.text->str, '\033'));
    g_assert_null(strchr(line.text->str, '\n'));
    fal_line_clear(&line);
}

static void
assert_window(FalLine *line, int cells, const char *shown, int cursor)
{
    int at;
    g_autofree char *window = fal_line_window(line, cells, &at);

    g_assert_cmpstr(window, ==, shown);
    g_assert_cmpint(at, ==, cursor);
}

static void
test_line_window(void)
{
    FalLine line;

    fal_line_init(&line);
    assert_window(&line, 5, "", 0);
    type(&line, "abcdefgh");
    assert_window(&line, 20, "abcdefgh", 8);
    assert_window(&line, 9, "abcdefgh", 8);
    assert_window(&line, 5, "efgh", 4);
    fal_line_left(&line);
    fal_line_left(&line);
    assert_window(&line, 5, "efgh", 2);
    fal_line_home(&line);
    assert_window(&line, 5, "abcde", 0);
    fal_line_end(&line);
    assert_window(&line, 5, "efgh", 4);
    for (int i = 0; i < 4; i++)
        fal_line_backspace(&line);
    assert_window(&line, 5, "abcd", 4);
    fal_line_set(&line, "椎名林檎");
    assert_window(&line, 6, "林檎", 4);
    assert_window(&line, 9, "椎名林檎", 8);
    fal_line_home(&line);
    assert_window(&line, 3, "椎", 0);
    assert_window(&line, 1, "", 0);
    fal_line_clear(&line);
}

/* --- lists in use --- */

static const FalColumn pane_columns[] = {
    {.name = "rank", .type = FAL_CELL_INT},
    {.name = "artist", .type = FAL_CELL_TEXT},
    {.name = "plays", .type = FAL_CELL_INT},
    {.name = NULL},
};

static const char *const names[] = {"Radiohead", "The Beatles", "Björk", "Blur", "Beck", "Can"};
static const int plays[] = {5, 900, 30, 30, 7, 1000};

/* The artists whose bit is in `which`, in this order. */
static FalRows *
make_rows(guint which)
{
    FalTable *table = fal_table_new("similar", pane_columns, NULL);
    int rank = 1;

    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++) {
        if (!(which & (1u << i)))
            continue;
        fal_table_row(table, FAL_SUBJECT_ARTIST, i);
        fal_table_int(table, rank++);
        fal_table_text(table, names[i]);
        fal_table_int(table, plays[i]);
    }
    return fal_rows_of_table(table);
}

static void
assert_order(const FalPane *pane, const char *expected, const char *selected)
{
    GString *order = g_string_new(NULL);

    for (gint64 i = 0; i < fal_pane_n(pane); i++) {
        gint32 row;
        g_assert_cmpint(fal_rows_subject(pane->rows, i, &row), ==, FAL_SUBJECT_ARTIST);
        g_string_append_printf(order, "%s%s", i ? ", " : "", names[row]);
    }
    g_assert_cmpstr(order->str, ==, expected);
    g_string_free(order, TRUE);
    gint32 row;
    if (!selected) {
        g_assert_cmpint(fal_pane_subject(pane, &row), ==, FAL_SUBJECT_NONE);
        return;
    }
    g_assert_cmpint(fal_pane_subject(pane, &row), ==, FAL_SUBJECT_ARTIST);
    g_assert_cmpstr(names[row], ==, selected);
}

static void
test_pane_sort(void)
{
    FalPane pane;

    fal_pane_init(&pane);
    fal_pane_sort(&pane, 0); /* nothing there yet */
    fal_pane_set_rows(&pane, make_rows(0x3f));
    fal_list_set_height(&pane.list, 3);
    fal_pane_act(&pane, FAL_ACTION_DOWN);
    fal_pane_act(&pane, FAL_ACTION_DOWN);
    assert_order(&pane, "Radiohead, The Beatles, Björk, Blur, Beck, Can", "Björk");
    fal_pane_sort(&pane, 0);
    g_assert_cmpstr(fal_rows_sorted_by(pane.rows), ==, "rank");
    g_assert_false(pane.rows->falling);
    fal_pane_sort(&pane, 1);
    g_assert_cmpstr(fal_rows_sorted_by(pane.rows), ==, "artist");
    assert_order(&pane, "Beck, Björk, Blur, Can, Radiohead, The Beatles", "Björk");
    fal_pane_act(&pane, FAL_ACTION_REVERSE);
    assert_order(&pane, "The Beatles, Radiohead, Can, Blur, Björk, Beck", "Björk");
    fal_pane_sort(&pane, 1);
    assert_order(&pane, "Beck, Björk, Blur, Can, Radiohead, The Beatles", "Björk");
    fal_pane_sort(&pane, 2);
    g_assert_true(pane.rows->falling);
    /* Equal ones stay in the order they came in. */
    assert_order(&pane, "Can, The Beatles, Björk, Blur, Beck, Radiohead", "Björk");
    for (int i = 0; i < 2; i++)
        fal_pane_sort(&pane, -1);
    g_assert_null(fal_rows_sorted_by(pane.rows));
    g_assert_false(pane.rows->reverse);
    for (int c = -1; c < pane.rows->n_columns; c++)
        g_assert_true(fal_rows_can_sort(pane.rows, c));
    g_assert_false(fal_rows_can_sort(pane.rows, pane.rows->n_columns));
    assert_order(&pane, "Radiohead, The Beatles, Björk, Blur, Beck, Can", "Björk");
    fal_pane_clear(&pane);
}

static void
test_pane_filter(void)
{
    FalPane pane;

    fal_pane_init(&pane);
    fal_pane_set_rows(&pane, make_rows(0x3f));
    fal_list_set_height(&pane.list, 3);
    fal_pane_act(&pane, FAL_ACTION_LAST);
    fal_pane_filter(&pane, "B");
    assert_order(&pane, "The Beatles, Björk, Blur, Beck", "The Beatles");
    fal_pane_filter(&pane, "b e");
    assert_order(&pane, "The Beatles, Beck", "The Beatles");
    fal_pane_filter(&pane, "bjork");
    assert_order(&pane, "Björk", "Björk");
    fal_pane_filter(&pane, "nobody");
    assert_order(&pane, "", NULL);
    fal_pane_act(&pane, FAL_ACTION_DOWN);
    /* What was chosen before comes back with its row, unless another one was chosen. */
    fal_pane_filter(&pane, "");
    assert_order(&pane, "Radiohead, The Beatles, Björk, Blur, Beck, Can", "Radiohead");
    fal_pane_act(&pane, FAL_ACTION_LAST);
    fal_pane_filter(&pane, "b");
    fal_pane_act(&pane, FAL_ACTION_CLEAR);
    assert_order(&pane, "Radiohead, The Beatles, Björk, Blur, Beck, Can", "Can");
    fal_pane_filter(&pane, "b");
    fal_pane_act(&pane, FAL_ACTION_DOWN);
    fal_pane_act(&pane, FAL_ACTION_CLEAR);
    assert_order(&pane, "Radiohead, The Beatles, Björk, Blur, Beck, Can", "Björk");
    fal_pane_filter(&pane, "bl");
    fal_pane_keep(&pane);
    fal_pane_act(&pane, FAL_ACTION_CLEAR);
    assert_order(&pane, "Radiohead, The Beatles, Björk, Blur, Beck, Can", "Blur");
    fal_pane_clear(&pane);
}

static void
test_pane_search(void)
{
    FalPane pane;

    fal_pane_init(&pane);
    g_assert_false(fal_pane_search_on(&pane, FALSE));
    fal_pane_set_rows(&pane, make_rows(0x3f));
    fal_list_set_height(&pane.list, 3);
    fal_pane_act(&pane, FAL_ACTION_DOWN);
    fal_pane_search_begin(&pane);
    g_assert_true(fal_pane_search_typed(&pane, "b"));
    assert_order(&pane, "Radiohead, The Beatles, Björk, Blur, Beck, Can", "The Beatles");
    g_assert_true(fal_pane_search_typed(&pane, "be"));
    g_assert_true(fal_pane_search_typed(&pane, "bec"));
    g_assert_cmpint(pane.list.selected, ==, 4);
    g_assert_false(fal_pane_search_typed(&pane, "becx"));
    g_assert_cmpint(pane.list.selected, ==, 1);
    g_assert_true(fal_pane_search_typed(&pane, "be"));
    g_assert_true(fal_pane_search_on(&pane, FALSE));
    g_assert_cmpint(pane.list.selected, ==, 4);
    g_assert_true(fal_pane_search_on(&pane, FALSE)); /* round the end */
    g_assert_cmpint(pane.list.selected, ==, 1);
    g_assert_true(fal_pane_search_on(&pane, TRUE));
    g_assert_cmpint(pane.list.selected, ==, 4);
    fal_pane_search_begin(&pane);
    g_assert_true(fal_pane_search_typed(&pane, "can"));
    fal_pane_search_cancel(&pane);
    g_assert_cmpint(pane.list.selected, ==, 4);
    /* The rows may all go while the search stays. */
    g_assert_true(fal_pane_search_typed(&pane, "be"));
    fal_pane_set_rows(&pane, make_rows(0));
    g_assert_cmpint(pane.hits, ==, 0);
    g_assert_cmpint(pane.hit, ==, 0);
    fal_pane_set_rows(&pane, make_rows(0x3f));
    g_assert_cmpint(pane.hits, ==, 2);
    fal_pane_clear(&pane);
}

/* A training ends and the same list has other rows: sort, filter and selection stay. */
static void
test_pane_swap(void)
{
    FalPane pane;

    fal_pane_init(&pane);
    fal_pane_set_rows(&pane, make_rows(0x3f));
    fal_list_set_height(&pane.list, 3);
    fal_rows_sort(pane.rows, 1, FALSE);
    fal_pane_filter(&pane, "b");
    fal_pane_act(&pane, FAL_ACTION_LAST);
    assert_order(&pane, "Beck, Björk, Blur, The Beatles", "The Beatles");
    fal_pane_act(&pane, FAL_ACTION_UP);
    fal_pane_set_rows(&pane, make_rows(0x2f));
    assert_order(&pane, "Björk, Blur, The Beatles", "Blur");
    g_assert_cmpstr(fal_rows_sorted_by(pane.rows), ==, "artist");
    fal_pane_set_rows(&pane, make_rows(0x07)); /* the selected one is not in it */
    assert_order(&pane, "Björk, The Beatles", "The Beatles");
    fal_pane_set_rows(&pane, make_rows(0));
    assert_order(&pane, "", NULL);
    fal_pane_set_rows(&pane, make_rows(0x3f));
    g_assert_cmpstr(fal_pane_filter_text(&pane), ==, "b");
    g_assert_cmpint(fal_pane_n(&pane), ==, 4);
    fal_pane_clear(&pane);
}

/* --- keys --- */

static void
test_keys(void)
{
    static const struct {
        guint contexts;
        gunichar first, code;
        FalAction action;
        gboolean begins;
    } cases[] = {
        {FAL_IN_LISTS, 0, 'j', FAL_ACTION_DOWN, FALSE},
        {FAL_IN_LISTS, 0, FAL_CODE_DOWN, FAL_ACTION_DOWN, FALSE},
        {FAL_IN_LISTS, 0, 4, FAL_ACTION_HALF_DOWN, FALSE},
        {FAL_IN_LISTS, 0, 'g', FAL_ACTION_NONE, TRUE},
        {FAL_IN_LISTS, 'g', 'g', FAL_ACTION_FIRST, FALSE},
        {FAL_IN_LISTS, 'g', 'j', FAL_ACTION_NONE, FALSE},
        {FAL_IN_LISTS, 0, 'G', FAL_ACTION_LAST, FALSE},
        {FAL_IN_LISTS, 0, FAL_CODE_ENTER, FAL_ACTION_OPEN, FALSE},
        {FAL_IN_LISTS | FAL_IN_TRAIN, 0, FAL_CODE_ENTER, FAL_ACTION_EDIT, FALSE},
        {FAL_IN_LISTS | FAL_EVERYWHERE, 0, 'h', FAL_ACTION_BACK, FALSE},
        {FAL_IN_LISTS | FAL_EVERYWHERE | FAL_IN_TRAIN, 0, 'h', FAL_ACTION_LESS, FALSE},
        {FAL_IN_LISTS, 0, '1', FAL_ACTION_NONE, FALSE},
        {FAL_EVERYWHERE, 0, '1', FAL_ACTION_VIEW, FALSE},
        {FAL_EVERYWHERE, 0, ' ', FAL_ACTION_PAUSE, FALSE},
        {FAL_EVERYWHERE, 0, 3, FAL_ACTION_STOP, FALSE},
        {FAL_EVERYWHERE, 0, '<', FAL_ACTION_BACK, FALSE},
        {FAL_IN_PROMPT, 0, 3, FAL_ACTION_CANCEL, FALSE},
        {FAL_IN_PROMPT, 0, 'j', FAL_ACTION_NONE, FALSE},
        {FAL_IN_PROMPT, 0, FAL_CODE_BACK_TAB, FAL_ACTION_COMPLETE_BACK, FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        gboolean begins;
        const FalKey *key =
            fal_keys_find(cases[i].contexts, cases[i].first, cases[i].code, &begins);
        g_assert_cmpint(key ? (int)key->action : FAL_ACTION_NONE, ==, (int)cases[i].action);
        g_assert_cmpint(begins, ==, cases[i].begins);
    }
}

/* Every entry is whole, and no key means two things in one place. */
static void
test_key_table(void)
{
    int n;
    const FalKey *key = fal_keys(&n);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    g_assert_cmpint(n, >, 0);
    for (int i = 0; i < n; i++) {
        g_assert_cmpint(key[i].action, !=, FAL_ACTION_NONE);
        g_assert_cmpint(key[i].action == FAL_ACTION_RUN, ==, key[i].command != NULL);
        g_assert_cmpint(strlen(key[i].help), >, 0);
        g_assert_false(g_str_has_suffix(key[i].help, "."));
        g_auto(GStrv) ways = g_strsplit(key[i].keys, ", ", -1);
        for (char **way = ways; *way; way++)
            g_assert_true(
                g_hash_table_add(seen, g_strdup_printf("%u %s", key[i].context, *way)));
        g_autofree char *first = fal_keys_short(&key[i]);
        g_assert_cmpstr(first, ==, ways[0]);
        g_assert_true(fal_keys_of(key[i].context, key[i].action) != NULL);
    }
}

static void
test_keys_text(void)
{
    int n;
    g_autofree char *text = (fal_keys(&n), fal_keys_text());
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    g_assert_cmpint(g_strv_length(lines), ==, n + 1); /* the last is empty */
    for (int i = 0; i < n; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], "\t", -1);
        g_assert_cmpint(g_strv_length(fields), ==, 3);
        g_assert_cmpint(strlen(fields[0]), >, 0);
        g_assert_cmpint(strlen(fields[1]), >, 0);
        g_assert_cmpint(strlen(fields[2]), >, 0);
    }
    g_assert_true(strstr(text, "\neverywhere\tq\t") != NULL);
}

/* --- what is recommended to you, and what moved --- */

/* Twelve artists, of whom every user plays some. */
static FalDataset *
standings_dataset(void)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (int u = 1; u <= 20; u++)
        for (int a = 1; a <= 12; a++)
            if ((u * a + u) % 5 < 2)
                g_string_append_printf(text, "%d %d %d\n", u, a, 1 + (u * a) % 9);
    return fal_fixture_dataset(text->str, NULL, NULL);
}

static void
test_standings(void)
{
    g_autoptr(FalDataset) dataset = standings_dataset();
    g_autoptr(FalYou) you = fal_you_new();
    FalTrainSettings settings;
    FalStandings old, standings = {.n = 0};

    g_setenv("XDG_DATA_HOME", fal_fixture_folder(), TRUE);
    fal_train_settings_init(&settings);
    settings.rank = 4;
    g_autoptr(FalModel) model =
        fal_train(dataset, fal_dataset_plays(dataset), &settings, NULL, NULL, NULL, NULL);
    g_assert_nonnull(model);
    g_assert_true(fal_you_open(you, dataset, NULL));
    g_assert_true(fal_you_set(you, 0, 10, NULL));
    g_assert_true(fal_standings_update(&standings, model, you, NULL));
    g_assert_cmpint(standings.n, ==, fal_dataset_n_artists(dataset) - 1);
    for (int i = 0; i < standings.n; i++) {
        g_autofree char *moved = fal_standings_moved(&standings, i);
        g_assert_cmpstr(moved, ==, "");
    }
    old = standings;
    g_assert_true(fal_you_set(you, 5, 40, NULL));
    g_assert_true(fal_you_set(you, 0, 0, NULL));
    g_assert_true(fal_standings_update(&standings, model, you, NULL));
    g_assert_cmpint(standings.n, ==, old.n);
    for (int i = 0; i < standings.n; i++) {
        int before = standings.before[i];
        g_autofree char *moved = fal_standings_moved(&standings, i);
        g_autofree char *expected = before == 0       ? g_strdup("new")
                                    : before == i + 1 ? g_strdup("")
                                    : before > i + 1  ? g_strdup_printf("↑%d", before - i - 1)
                                                     : g_strdup_printf("↓%d", i + 1 - before);
        g_assert_cmpstr(moved, ==, expected);
        g_assert_cmpint(standings.top[i].row == 0, ==, before == 0);
        if (before > 0)
            g_assert_cmpint(old.top[before - 1].row, ==, standings.top[i].row);
    }
    fal_standings_clear(&standings);
    g_assert_true(fal_standings_update(&standings, model, you, NULL));
    g_assert_false(standings.compared);
}

int
main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/list/moves", test_moves);
    g_test_add_func("/list/pages", test_pages);
    g_test_add_func("/list/sizes", test_sizes);
    g_test_add_func("/list/follow", test_follow);
    g_test_add_func("/list/any-order", test_any_order);
    g_test_add_func("/columns/give-way", test_columns);
    g_test_add_func("/columns/texts", test_columns_texts);
    g_test_add_func("/line/edit", test_line);
    g_test_add_func("/line/strange", test_line_strange);
    g_test_add_func("/line/window", test_line_window);
    g_test_add_func("/pane/sort", test_pane_sort);
    g_test_add_func("/pane/filter", test_pane_filter);
    g_test_add_func("/pane/search", test_pane_search);
    g_test_add_func("/pane/swap", test_pane_swap);
    g_test_add_func("/keys/find", test_keys);
    g_test_add_func("/keys/table", test_key_table);
    g_test_add_func("/keys/text", test_keys_text);
    g_test_add_func("/standings/moved", test_standings);
    return g_test_run();
}
