/* A result table as text: for people (table, line, markdown), for programs (tsv, csv, json).
 * Returns, never prints.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_RENDER_RENDER_H
#define FAL_RENDER_RENDER_H

#include "query/table.h"

typedef enum {
    FAL_OUTPUT_TABLE,
    FAL_OUTPUT_TSV,
    FAL_OUTPUT_JSON,
    FAL_OUTPUT_MARKDOWN,
    FAL_OUTPUT_CSV,
    FAL_OUTPUT_LINE,
    FAL_OUTPUT_PLAIN,
} FalOutput;
extern const char *const fal_output_names[]; /* by FalOutput, NULL-terminated */

/* The whole answer, ending in a newline (JSON: one line). width: of the terminal in cells, 0
 * where lines may be as long as they need; only `table` looks at it. Free with g_free(). */
char *fal_render(const FalTable *table, FalOutput output, int width);
/* The form that a file's name asks for by its ending: .json, .csv, .md, .tsv. FALSE where it asks
 * for none. */
gboolean fal_output_of_file(const char *path, FalOutput *output);

/* The six behind it. A figure that is not known (NULL) is left out, in JSON it is null.
 * table: a header, then the rows; numbers right-aligned and grouped, text safe for a terminal;
 *   text columns give way where width is short ("…"), and a table of one row that does not fit
 *   is turned on its side (name, value); of more rows the last columns are cut off; a line
 *   below says what gave way. Figures follow, a line each. Names stay as they are.
 * plain: a table of any width, in which nothing is cut.
 * tsv: a line of names, then complete, exact values; tab, CR, LF and backslash in text as
 *   \t \r \n \\; null is an empty field. Figures follow as lines "# name<TAB>value".
 * csv: a line of names, then the rows, quoted where needed (RFC 4180; lines end in LF), null an
 *   empty field. Figures would be lines of another shape, so they are left out, unless they are
 *   the whole answer: then they are its row.
 * line: a line "name  value" for each cell, as people read it, a blank line between rows; the
 *   figures likewise.
 * Prose (fal_table_prose()) is the whole answer in all of them, as it is.
 * json: {"command":..,"rows":[{..}],figures..}, numbers as numbers, text exact.
 * markdown: a table whose numbers stand at the right, as people read them; figures as a list. */
char *fal_render_text(const FalTable *table, int width);
char *fal_render_tsv(const FalTable *table);
char *fal_render_csv(const FalTable *table);
char *fal_render_line(const FalTable *table);
char *fal_render_json(const FalTable *table);
char *fal_render_markdown(const FalTable *table);

/* text in quotes, as JSON has it. */
char *fal_render_json_string(const char *text);

/* One cell as people read it, in this column. The table itself looks at all values of a column
 * to choose its decimals; here zeros at the end stay, so that the cells of a list are alike.
 * Free with g_free(). */
char *fal_render_cell(const FalColumn *column, const FalCell *cell);

/* A caret message for a bad word: the line, a caret line below it, the sentence, without a
 * newline at the end. Of a long line 78 cells around the word are shown; all is safe for a
 * terminal, line and message need not be UTF-8. at and n are bytes of line; n = 0 points behind
 * the end. Free with g_free(). */
char *fal_render_diagnosis(const char *line, gsize at, gsize n, const char *message);

#endif
