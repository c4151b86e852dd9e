/* Drawing (see draw.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/draw.h"

#include <math.h>
#include <string.h>

#include <curses.h>

enum { MARK = 2 }; /* cells before a row, for the mark of the selected one */

static void
add(int y, int x, FalRole role, const char *text)
{
    attrset((attr_t)fal_term_look(role));
    mvaddstr(y, x, text);
    attrset(A_NORMAL);
}

/* Cuts cells to what is left of the screen from (y, x) on; 0 where that is nothing. */
static int
clip(int y, int x, int cells)
{
    if (y < 0 || x < 0 || y >= LINES || x >= COLS)
        return 0;
    return MIN(cells, COLS - x);
}

int
fal_draw_put(int y, int x, int cells, FalRole role, const char *text)
{
    g_autofree char *safe = fal_text_safe(text);
    int width = fal_text_width(safe);

    cells = MIN(clip(y, x, cells), width);
    if (cells <= 0)
        return 0;
    g_autofree char *fit = fal_text_fit(safe, cells, FAL_ALIGN_LEFT);
    add(y, x, role, fit);
    return cells;
}

void
fal_draw_fit(int y, int x, int cells, FalRole role, FalAlign align, const char *text)
{
    cells = clip(y, x, cells);
    if (cells <= 0)
        return;
    g_autofree char *safe = fal_text_safe(text);
    g_autofree char *fit = fal_text_fit(safe, cells, align);
    add(y, x, role, fit);
}

/* Bytes of the next line: as many words as fit, at least one character. */
static gsize
line_length(const char *text, int cells)
{
    gsize n = fal_text_prefix(text, cells, NULL);

    if (text[n] == '\0')
        return n;
    for (gsize i = n + 1; i-- > 1;)
        if (text[i] == ' ')
            return i;
    return MAX(n, (gsize)(g_utf8_next_char(text) - text));
}

int
fal_draw_paragraph(FalRect rect, FalRole role, const char *text)
{
    g_autofree char *safe = fal_text_safe(text);
    int n = 0;

    for (const char *at = safe; *at && rect.width > 0; n++) {
        gsize length = line_length(at, rect.width);
        if (n < rect.height) {
            /* The last line there is room for shows that there is more. */
            g_autofree char *line = n + 1 < rect.height ? g_strndup(at, length) : g_strdup(at);
            fal_draw_put(rect.y + n, rect.x, rect.width, role, line);
        }
        at += length;
        while (*at == ' ')
            at++;
    }
    return rect.height > 0 ? MIN(n, rect.height) : n;
}

void
fal_draw_rule(int y, int x, int cells)
{
    GString *rule = g_string_new(NULL);

    for (int i = 0; i < cells; i++)
        g_string_append(rule, fal_glyph(FAL_GLYPH_RULE));
    fal_draw_put(y, x, cells, FAL_ROLE_RULE, rule->str);
    g_string_free(rule, TRUE);
}

void
fal_draw_wall(int y, int x, int height)
{
    const char *piece = fal_glyph(FAL_GLYPH_WALL);

    for (int i = 0; i < height; i++)
        fal_draw_put(y + i, x, 1, FAL_ROLE_RULE, piece);
}

/* --- lists --- */

/* What drawing a list needs at every row. */
typedef struct {
    const FalPane *pane;
    const FalListLook *look;
    const FalListCell *cells;
    int x, width;   /* of the rows, marks excluded */
    char *searched; /* folded, NULL for none */
} Painter;

static void
draw_header(const Painter *p, int y)
{
    const FalRows *rows = p->pane->rows;
    const char *mark = fal_glyph(rows->falling ? FAL_GLYPH_FALLING : FAL_GLYPH_RISING);
    int c = 0, end = 0;

    /* The title stands over all up to the text. */
    while (p->look->title && c < rows->n_columns && end == 0) {
        if (rows->columns[c].text)
            end = p->cells[c].x + p->cells[c].width;
        c++;
    }
    if (p->look->title && p->pane->list.n == 0) {
        fal_draw_put(y, p->x, p->width, FAL_ROLE_TITLE, p->look->title);
        return;
    }
    fal_draw_put(y, p->x, end, FAL_ROLE_TITLE, p->look->title ? p->look->title : "");
    for (; c < rows->n_columns; c++) {
        const FalListColumn *column = &rows->columns[c];
        const FalListCell *cell = &p->cells[c];
        if (cell->width == 0)
            continue;
        g_autofree char *name = g_strconcat(rows->sort == c ? mark : "", column->name, NULL);
        g_strdelimit(name, "_", ' ');
        fal_draw_fit(y, p->x + cell->x, cell->bar + cell->width, FAL_ROLE_HEADER,
                     column->text ? FAL_ALIGN_LEFT : FAL_ALIGN_RIGHT, name);
    }
}

static void
draw_cell(const Painter *p, int y, gint64 row, int c, FalRole role, gboolean found)
{
    const FalListColumn *column = &p->pane->rows->columns[c];
    const FalListCell *cell = &p->cells[c];
    FalRowCell content;
    int x = p->x + cell->x;

    fal_rows_cell(p->pane->rows, row, c, &content);
    g_autofree char *text = content.text;
    if (cell->bar > 1) {
        g_autofree char *bar = fal_chart_bar(content.share, cell->bar - 1);
        fal_draw_put(y, x, cell->bar - 1, role == FAL_ROLE_TEXT ? FAL_ROLE_BAR : role, bar);
    }
    if (content.hit) {
        char *marked = g_strconcat(fal_glyph(FAL_GLYPH_YES), " ", text, NULL);
        g_free(text);
        text = marked;
        role = role == FAL_ROLE_TEXT ? FAL_ROLE_HIT : role;
    } else if (found && column->text && role == FAL_ROLE_TEXT) {
        role = FAL_ROLE_FOUND;
    }
    if (column->text)
        fal_draw_put(y, x, cell->width, role, text);
    else
        fal_draw_fit(y, x + cell->bar, cell->width, role, FAL_ALIGN_RIGHT, text);
}

static void
draw_row(const Painter *p, int y, gint64 row)
{
    gboolean selected = !p->look->plain && row == p->pane->list.selected;
    gboolean found = p->searched && fal_rows_holds(p->pane->rows, row, p->searched);
    FalRole role = FAL_ROLE_TEXT;

    if (selected) {
        role = p->look->focus ? FAL_ROLE_SELECTED : FAL_ROLE_MARKED;
        fal_draw_fit(y, p->x - MARK, p->width + MARK, role, FAL_ALIGN_LEFT, ">");
    }
    for (int c = 0; c < p->pane->rows->n_columns; c++)
        if (p->cells[c].width > 0)
            draw_cell(p, y, row, c, role, found);
}

/* Puts the columns where they belong; brief lists leave out what a bar tells as well. */
static void
place_columns(const FalRows *rows, gboolean brief, int width, FalListCell *cells)
{
    g_autofree FalListColumn *kept = g_new(FalListColumn, (gsize)rows->n_columns + 1);
    int n = 0;
    g_autofree int *from = g_new(int, (gsize)rows->n_columns + 1);
    g_autofree FalListCell *placed = g_new0(FalListCell, (gsize)rows->n_columns + 1);
    gboolean bars = FALSE;

    for (int c = 0; c < rows->n_columns; c++)
        bars = bars || rows->columns[c].bar;
    for (int c = 0; c < rows->n_columns; c++) {
        if (brief && bars && rows->columns[c].drop > 2)
            continue;
        from[n] = c;
        kept[n++] = rows->columns[c];
    }
    fal_columns_place(kept, n, width, placed);
    for (int i = 0; i < n; i++)
        cells[from[i]] = placed[i];
}

/* Lines of text have no header. */
static gboolean
has_names(const FalRows *rows)
{
    for (int c = 0; c < rows->n_columns; c++)
        if (*rows->columns[c].name)
            return TRUE;
    return FALSE;
}

/* For the mouse. */
static void
note_place(FalPane *pane, FalRect rect, gboolean header, const FalListCell *cells)
{
    pane->y = rect.y + header;
    pane->x = rect.x;
    pane->width = rect.width;
    pane->header_y = header ? rect.y : -1;
    if (!pane->column_end)
        pane->column_end = g_new0(int, (gsize)pane->rows->n_columns + 1);
    for (int c = 0; c < pane->rows->n_columns; c++)
        pane->column_end[c] =
            cells[c].width > 0 ? rect.x + MARK + cells[c].x + cells[c].bar + cells[c].width : 0;
}

int
fal_draw_pane(FalRect rect, FalPane *pane, const FalListLook *look)
{
    if (rect.height <= 0 || rect.width <= MARK || !pane->rows)
        return rect.y;
    gboolean header = rect.height > 1 && has_names(pane->rows);
    g_autofree FalListCell *cells = g_new0(FalListCell, (gsize)pane->rows->n_columns + 1);
    Painter p = {.pane = pane,
                 .look = look,
                 .cells = cells,
                 .x = rect.x + MARK,
                 .width = rect.width - MARK};
    place_columns(pane->rows, look->brief, p.width, cells);
    if (look->cells)
        memcpy(look->cells, cells, (gsize)pane->rows->n_columns * sizeof *cells);
    fal_list_set_height(&pane->list, rect.height - header);
    note_place(pane, rect, header, cells);
    p.searched = *pane->search ? fal_text_fold(pane->search) : NULL;

    if (header)
        draw_header(&p, rect.y);
    for (int i = 0; i < rect.height - header && pane->list.top + i < pane->list.n; i++)
        draw_row(&p, rect.y + header + i, pane->list.top + i);
    g_free(p.searched);
    return rect.y + header + (int)MAX(0, pane->list.selected - pane->list.top);
}

/* What the selected row has in a column that has no room for it: "ndcg 0.521". */
static void
append_hidden(GString *text, const FalPane *pane, int c, int room)
{
    FalRowCell cell;

    fal_rows_cell(pane->rows, pane->list.selected, c, &cell);
    g_autofree char *value = cell.text;
    if (!*value || fal_text_width(value) <= room)
        return;
    g_autofree char *name = g_strdup(pane->rows->columns[c].name);
    g_strdelimit(name, "_", ' ');
    g_string_append_printf(text, "%s%s %s", text->len ? " · " : "", name, value);
}

/* All of that, what says most first: "ndcg 0.521 · coverage 0.4". */
static char *
hidden_text(const FalPane *pane, const FalListCell *cells)
{
    const FalRows *rows = pane->rows;
    GString *text = g_string_new(NULL);
    int last = 0;

    for (int c = 0; c < rows->n_columns; c++)
        last = MAX(last, rows->columns[c].drop);
    for (int drop = 0; drop <= last && pane->list.selected >= 0; drop++)
        for (int c = 0; c < rows->n_columns; c++)
            if (rows->columns[c].drop == drop)
                append_hidden(text, pane, c, cells[c].width);
    return g_string_free(text, FALSE);
}

int
fal_draw_pane_whole(FalRect rect, FalPane *pane)
{
    if (!pane->rows)
        return rect.y;
    g_autofree FalListCell *cells = g_new0(FalListCell, (gsize)pane->rows->n_columns + 1);
    FalListLook look = {.focus = TRUE, .cells = cells};
    int y = fal_draw_pane(rect, pane, &look);
    g_autofree char *hidden = hidden_text(pane, cells);
    int lines = rect.height >= 8 ? 2 : rect.height >= 3 ? 1 : 0;

    if (!*hidden || lines == 0)
        return y;
    rect.height -= lines;
    for (int i = 0; i < lines; i++)
        fal_draw_fit(rect.y + rect.height + i, rect.x, rect.width, FAL_ROLE_TEXT,
                     FAL_ALIGN_LEFT, "");
    fal_draw_paragraph((FalRect){rect.y + rect.height, rect.x + 2, lines, rect.width - 3},
                       FAL_ROLE_DIM, hidden);
    return fal_draw_pane(rect, pane, &look);
}

/* --- charts --- */

static FalRole
owner_role(int owner)
{
    if (owner < 0)
        return owner == -2 ? FAL_ROLE_DIM : FAL_ROLE_TEXT;
    return (FalRole)(FAL_ROLE_SERIES_1 + owner % 4);
}

/* One line of a chart, in runs of the same owner. */
static void
draw_chart_line(int y, int x, const char *line, const signed char *owner)
{
    int cell = 0;

    while (*line) {
        int first = cell;
        const char *start = line;
        while (*line && owner[cell] == owner[first]) {
            line = g_utf8_next_char(line);
            cell++;
        }
        g_autofree char *run = g_strndup(start, (gsize)(line - start));
        fal_draw_put(y, x + first, cell - first, owner_role(owner[first]), run);
    }
}

static void
draw_chart(FalRect rect, const FalChartSpec *spec, const FalBins *bins, const FalSeries *series,
           int n_series)
{
    if (rect.width < 20 || rect.height < 4)
        return;
    g_autofree signed char *owner =
        g_new(signed char, (gsize)rect.width *(gsize)rect.height + 1);
    memset(owner, -1, (gsize)rect.width * (gsize)rect.height + 1);
    g_auto(GStrv) lines = fal_chart_bins(spec, bins, series, n_series, owner);
    for (int i = 0; lines[i] && i < rect.height; i++)
        draw_chart_line(rect.y + i, rect.x, lines[i], owner + (gsize)i * (gsize)rect.width);
}

void
fal_draw_bins(FalRect rect, const char *title, gboolean log_y, const FalBins *bins,
              const FalSeries *series, int n_series)
{
    FalChartSpec spec = {
        .width = rect.width, .height = rect.height, .log_y = log_y, .title = title};

    draw_chart(rect, &spec, bins, series, n_series);
}

void
fal_draw_chart(FalRect rect, const char *title, gboolean log_y, int n_x,
               const FalSeries *series, int n_series)
{
    FalChartSpec spec = {
        .width = rect.width, .height = rect.height, .log_y = log_y, .n_x = n_x, .title = title};

    draw_chart(rect, &spec, NULL, series, n_series);
}
