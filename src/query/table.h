/* Result tables: what every command answers with, whoever asked.
 *
 * A table has columns (described once, in the command table), rows of typed cells, and single
 * figures beside them; rows may carry whose they are, so that a screen can dive in. It owns its
 * cells. Built and read on the main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_TABLE_H
#define FAL_QUERY_TABLE_H

#include <glib.h>

typedef enum {
    FAL_CELL_NULL, /* nothing known: null in JSON */
    FAL_CELL_INT,
    FAL_CELL_REAL,
    FAL_CELL_TEXT,
    FAL_CELL_ESTIMATE, /* a mean and its 95 % interval: NAME, NAME_low, NAME_high outside text
                        */
} FalCellType;

enum {
    FAL_COLUMN_ID = 1 << 0,    /* an id or a seed: never grouped by thousands */
    FAL_COLUMN_BAR = 1 << 1,   /* screens draw a bar beside it */
    FAL_COLUMN_SHARE = 1 << 2, /* text shows it in per cent */
    FAL_COLUMN_PROSE =
        1 << 4, /* a figure that is lines of text, and the whole answer where it is set */
    FAL_COLUMN_FLOAT =
        1 << 3, /* single precision: exact forms print as many digits as that has */
    FAL_COLUMN_KEEP = 1 << 5,  /* where room is short, bars go first */
    FAL_COLUMN_SPARE = 1 << 6, /* it is the first to go */
};

typedef struct {
    const char *name; /* the JSON field; NULL ends a list of columns */
    FalCellType type;
    const char *unit; /* "plays", "s"; NULL for none */
    const char *help; /* what it means, no full stop */
    int digits;       /* REAL, ESTIMATE: significant digits in text; 0 means 4 */
    guint flags;
} FalColumn;

typedef struct {
    FalCellType type;
    union {
        gint64 integer;
        double real;
        char *text;
        struct {
            double mean, low, high;
        } estimate;
    } v;
} FalCell;

typedef enum { FAL_SUBJECT_NONE, FAL_SUBJECT_ARTIST, FAL_SUBJECT_USER } FalSubject;

typedef struct FalTable FalTable;

/* columns and figures end with a NULL name and must outlive the table (they are static);
 * figures may be NULL. */
FalTable *fal_table_new(const char *command, const FalColumn *columns,
                        const FalColumn *figures);
void fal_table_free(FalTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalTable, fal_table_free)

/* --- filling: begin a row, then its cells from left to right --- */
void fal_table_row(FalTable *table, FalSubject subject, gint32 subject_row);
void fal_table_int(FalTable *table, gint64 value);
void fal_table_real(FalTable *table, double value); /* NaN becomes a NULL cell */
void fal_table_text(FalTable *table, const char *value);
void fal_table_estimate(FalTable *table, double mean, double low, double high);
void fal_table_null(FalTable *table);
/* Figures, by name. */
void fal_table_figure_int(FalTable *table, const char *name, gint64 value);
void fal_table_figure_real(FalTable *table, const char *name, double value);
void fal_table_figure_text(FalTable *table, const char *name, const char *value);
/* A sentence about the answer ("the baseline wins"): goes to stderr or the message line, and
 * into no data. Takes ownership of note. */
void fal_table_note(FalTable *table, char *note);

/* A row of another table with these columns; and all of a table. */
void fal_table_copy_row(FalTable *table, const FalTable *from, gint64 row);
FalTable *fal_table_copy(const FalTable *table);

/* --- reading --- */
const char *fal_table_command(const FalTable *table);
const FalColumn *fal_table_columns(const FalTable *table, int *n);
const FalColumn *fal_table_figures(const FalTable *table, int *n);
gint64 fal_table_n_rows(const FalTable *table);
const FalCell *fal_table_cell(const FalTable *table, gint64 row, int column);
const FalCell *fal_table_figure(const FalTable *table, int figure);
/* The figure that is lines of text and stands for the whole answer, or NULL. */
const char *fal_table_prose(const FalTable *table);
FalSubject fal_table_subject(const FalTable *table, gint64 row, gint32 *subject_row);
const char *const *fal_table_notes(const FalTable *table); /* NULL-terminated */

#endif
