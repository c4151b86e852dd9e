/* The command export.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <string.h>

#include "base/error.h"
#include "base/newfile.h"
#include "base/paths.h"
#include "base/text.h"
#include "data/bare.h"
#include "model/export.h"

typedef enum {
    WHAT_FACTORS,
    WHAT_ARTISTS,
    WHAT_RECOMMENDATIONS,
    WHAT_EVALUATION,
    WHAT_PLAYS
} What;
typedef enum {
    FORM_AUTO,
    FORM_NPY,
    FORM_TSV,
    FORM_WORD2VEC,
    FORM_PROJECTOR,
    FORM_MATRIX,
    FORM_JSONL,
    FORM_NONE
} Form;

static const char *const whats[] = {"factors",    "artists", "recommendations",
                                    "evaluation", "plays",   NULL};
static const char *const forms[] = {"auto",      "npy", "tsv",   "word2vec",
                                    "projector", "mtx", "jsonl", NULL};
static const char *const sides[] = {"artists", "users", NULL};
static const char *const parts[] = {"all", "train", "held_out", NULL};

/* What can be written how, the first form being that of names without an ending. */
static const Form can[][5] = {
    [WHAT_FACTORS] = {FORM_TSV, FORM_NPY, FORM_WORD2VEC, FORM_PROJECTOR, FORM_NONE},
    [WHAT_ARTISTS] = {FORM_TSV, FORM_NONE},
    [WHAT_RECOMMENDATIONS] = {FORM_TSV, FORM_JSONL, FORM_NONE},
    [WHAT_EVALUATION] = {FORM_TSV, FORM_NONE},
    [WHAT_PLAYS] = {FORM_TSV, FORM_MATRIX, FORM_NONE},
};

typedef struct {
    What what;
    Form form;
    char *path;
    FalDataset *dataset;
    FalModel *model; /* NULL where it is not needed */
    FalPlays *plays; /* likewise */
    gboolean users, known;
    gint32 rows; /* the first so many */
    int n;       /* artists for each user */
    gint64 written;
    char *text; /* of an evaluation */
    gboolean before; /* it is of the model before the one at hand */
} Exporting;

static void
exporting_free(gpointer data)
{
    Exporting *e = data;

    g_free(e->path);
    g_free(e->text);
    g_clear_pointer(&e->dataset, fal_dataset_unref);
    g_clear_pointer(&e->model, fal_model_unref);
    g_clear_pointer(&e->plays, fal_plays_unref);
    g_free(e);
}

static int
index_of(const char *const *words, const char *word)
{
    int i = 0;

    while (words[i] && strcmp(words[i], word) != 0)
        i++;
    return words[i] ? i : -1;
}

static Form
form_of_name(const char *path)
{
    static const struct {
        const char *ending;
        Form form;
    } endings[] = {
        {".npy", FORM_NPY},    {".vec", FORM_WORD2VEC}, {".w2v", FORM_WORD2VEC},
        {".mtx", FORM_MATRIX}, {".jsonl", FORM_JSONL},  {".ndjson", FORM_JSONL},
        {".json", FORM_JSONL}, {".tsv", FORM_TSV},      {".txt", FORM_TSV},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
        if (g_str_has_suffix(path, endings[i].ending))
            return endings[i].form;
    return FORM_AUTO;
}

/* What a name ends with, with its dot; NULL where it has no ending. */
static const char *
ending_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');

    return dot && dot > name && dot[1] ? dot : NULL;
}

static gboolean
find_form(FalCall *call, Exporting *e, GError **error)
{
    gboolean given = fal_call_given(call, "form");
    g_autoptr(GString) list = g_string_new(NULL);

    e->form = (Form)index_of(forms, fal_call_choice(call, "form"));
    if (e->form == FORM_AUTO)
        e->form = form_of_name(e->path);
    const char *ending = ending_of(e->path);
    /* A model.npz that is overwritten with text is lost. */
    gboolean unknown = e->form == FORM_AUTO && ending;
    if (e->form == FORM_AUTO && !unknown)
        e->form = can[e->what][0];
    for (const Form *form = can[e->what]; *form != FORM_NONE; form++) {
        if (*form == e->form)
            return TRUE;
        g_string_append_printf(list, "%s%s", list->len ? ", " : "", forms[*form]);
    }
    if (given)
        fal_call_blame_key(call, "form");
    else
        fal_call_blame_word(call, 1);
    if (unknown)
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "the ending %s stands for no form of %s: it can be %s, which form= says "
                    "whatever the name%s",
                    ending, whats[e->what], list->str,
                    !strcmp(ending, ".npz") ? "; save writes a model" : "");
    else
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "%s cannot be written as %s: the form can be %s, by the name's ending or "
                    "form=",
                    whats[e->what], forms[e->form], list->str);
    return FALSE;
}

/* The fields of a cell, each behind a tab but the first of a line; nothing for NULL. */
static void
add_fields(GString *text, const FalColumn *column, const FalCell *cell, gboolean first)
{
    const double all[] = {cell->v.estimate.mean, cell->v.estimate.low, cell->v.estimate.high};
    gboolean estimate = column->type == FAL_CELL_ESTIMATE;

    for (int i = 0; i < (estimate ? 3 : 1); i++) {
        g_autofree char *exact = NULL;
        if (cell->type == FAL_CELL_ESTIMATE)
            exact = fal_text_exact(all[i], FALSE);
        else if (cell->type == FAL_CELL_REAL)
            exact = fal_text_exact(cell->v.real, FALSE);
        else if (cell->type == FAL_CELL_INT)
            exact = g_strdup_printf("%" G_GINT64_FORMAT, cell->v.integer);
        else if (cell->type == FAL_CELL_TEXT)
            exact = g_strdup(cell->v.text);
        g_string_append_printf(text, "%s%s", first && i == 0 ? "" : "\t", exact ? exact : "");
    }
}

/* The last evaluation, as evaluate answers it. */
static gboolean
evaluation_text(FalCall *call, Exporting *e, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    FalEvaluated evaluated;
    int n;

    if (!fal_session_evaluation(fal_call_session(call), &evaluated)) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "there is no evaluation to export: evaluate makes one");
        return FALSE;
    }
    g_autoptr(FalTable) table = fal_evaluation_table(&evaluated);
    const FalColumn *columns = fal_table_columns(table, &n);
    for (int c = 0; c < n; c++) {
        g_string_append_printf(text, "%s%s", c > 0 ? "\t" : "", columns[c].name);
        if (columns[c].type == FAL_CELL_ESTIMATE)
            g_string_append_printf(text, "\t%s_low\t%s_high", columns[c].name, columns[c].name);
    }
    g_string_append_c(text, '\n');
    for (gint64 row = 0; row < fal_table_n_rows(table); row++) {
        for (int c = 0; c < n; c++)
            add_fields(text, &columns[c], fal_table_cell(table, row, c), c == 0);
        g_string_append_c(text, '\n');
    }
    e->before = !evaluated.current;
    e->written = fal_table_n_rows(table);
    e->text = g_string_free(g_steal_pointer(&text), FALSE);
    return TRUE;
}

static gboolean
find_plays(FalCall *call, Exporting *e, GError **error)
{
    FalSession *session = fal_call_session(call);
    int part = index_of(parts, fal_call_choice(call, "part"));
    FalSplit *split = fal_session_split(session);
    FalPlays *plays = fal_dataset_plays(e->dataset);

    if (fal_dataset_is_bare(e->dataset)) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_DATA,
                            "there are no plays to export, only a model: load its data");
        return FALSE;
    }
    if (part == 2 && !split) {
        fal_call_blame_key(call, "part");
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "nothing is held out: split 0.1 does that");
        return FALSE;
    }
    if (part > 0 && split)
        plays = part == 1 ? split->train : split->validation;
    e->plays = fal_plays_ref(plays);
    e->written = fal_plays_n_pairs(plays);
    return TRUE;
}

static gpointer
export_work(FalTask *task, gpointer data, GError **error)
{
    static const FalFactorForm factor_forms[] = {[FORM_NPY] = FAL_EXPORT_NPY,
                                                 [FORM_TSV] = FAL_EXPORT_TSV,
                                                 [FORM_WORD2VEC] = FAL_EXPORT_WORD2VEC,
                                                 [FORM_PROJECTOR] = FAL_EXPORT_PROJECTOR};
    Exporting *e = data;
    gboolean well = FALSE;

    switch (e->what) {
    case WHAT_FACTORS:
        well = fal_export_factors(e->path, e->model, e->users, e->rows, factor_forms[e->form],
                                  task, error);
        break;
    case WHAT_ARTISTS:
        well = fal_export_artists(e->path, e->dataset, e->rows, task, error);
        break;
    case WHAT_RECOMMENDATIONS:
        well = fal_export_recommendations(e->path, e->model, e->rows, e->n, e->known,
                                          e->form == FORM_JSONL, &e->written, task, error);
        break;
    case WHAT_EVALUATION:
        well = fal_new_file_set(e->path, 0666, e->text, -1, error);
        break;
    case WHAT_PLAYS:
        well = fal_export_plays(e->path, e->dataset, e->plays, e->form == FORM_MATRIX, task,
                                error);
        break;
    }
    return well ? e : NULL;
}

static gboolean
export_finish(FalCall *call, gpointer result, GError **error)
{
    const Exporting *e = result;
    FalTable *table = fal_call_table(call);
    g_autofree char *shown = g_filename_display_name(e->path);

    (void)error;
    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, whats[e->what]);
    fal_table_text(table, shown);
    fal_table_text(table, forms[e->form]);
    fal_table_int(table, e->written);
    if (e->what == WHAT_RECOMMENDATIONS && !e->known && fal_dataset_is_bare(e->dataset))
        fal_table_note(table, g_strdup("there is only the model, without its plays: what users "
                                       "play is among it, too"));
    if (e->before)
        fal_table_note(table, g_strdup("the evaluation is of the model before the one at hand: "
                                       "evaluate again for this one"));
    if (e->form == FORM_PROJECTOR) {
        g_autofree char *other = fal_export_metadata_path(shown);
        fal_table_note(table, g_strdup_printf("ids and names are in %s", other));
    }
    return TRUE;
}

static gboolean
fill_export(FalCall *call, Exporting *e, GError **error)
{
    FalSession *session = fal_call_session(call);
    gint64 rows = fal_call_int(call, "rows");
    gboolean of_model = e->what == WHAT_FACTORS || e->what == WHAT_RECOMMENDATIONS;

    if (of_model && !fal_session_model(session)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL,
                    "export %s needs a model, and there is none yet: train makes one, open "
                    "brings one",
                    whats[e->what]);
        return FALSE;
    }
    e->path = fal_paths_typed(fal_call_word(call, 1));
    e->dataset = fal_dataset_ref(fal_session_dataset(session));
    e->model = of_model ? fal_model_ref(fal_session_model(session)) : NULL;
    e->users = e->what == WHAT_RECOMMENDATIONS ||
               (e->what == WHAT_FACTORS && !strcmp(fal_call_choice(call, "side"), "users"));
    e->known = fal_call_flag(call, "known");
    e->n = (int)fal_call_int(call, "n");
    gint32 all = e->users ? fal_dataset_n_users(e->dataset) : fal_dataset_n_artists(e->dataset);
    e->rows = rows == 0 || rows > all ? all : (gint32)rows;
    e->written = e->rows;
    return find_form(call, e, error) &&
           (e->what != WHAT_EVALUATION || evaluation_text(call, e, error)) &&
           (e->what != WHAT_PLAYS || find_plays(call, e, error));
}

static gboolean
run_export(FalCall *call, GError **error)
{
    int what = index_of(whats, fal_call_word(call, 0));

    if (what < 0) {
        g_autofree char *list = g_strjoinv(", ", (char **)whats);
        g_autofree char *hint = fal_call_hint(call, 0);
        fal_call_blame_word(call, 0);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "export takes one of %s, not \"%s\"%s",
                    list, fal_call_word(call, 0), hint);
        return FALSE;
    }
    Exporting *e = g_new0(Exporting, 1);
    e->what = (What)what;
    if (!fill_export(call, e, error)) {
        exporting_free(e);
        return FALSE;
    }
    fal_call_start(call, export_work, export_finish, e, exporting_free);
    return TRUE;
}

static const FalColumn export_columns[] = {
    {.name = "what", .type = FAL_CELL_TEXT, .help = "what was written"},
    {.name = "file", .type = FAL_CELL_TEXT, .help = "where to"},
    {.name = "form", .type = FAL_CELL_TEXT, .help = "in which form"},
    {.name = "rows", .type = FAL_CELL_INT, .help = "how many, without titles"},
    {.name = NULL},
};
static const FalKeySpec export_keys[] = {
    {.name = "form",
     .type = FAL_KEY_CHOICE,
     .choices = forms,
     .fallback = "auto",
     .help = "how it is written; auto: by the name's ending"},
    {.name = "side",
     .with = "factors",
     .type = FAL_KEY_CHOICE,
     .choices = sides,
     .fallback = "artists",
     .help = "whose factors"},
    {.name = "rows",
     .with = "factors|artists|recommendations",
     .type = FAL_KEY_INT,
     .min = 0,
     .max = 1e9,
     .fallback = "0",
     .zero = "all",
     .help = "the first so many, which have most listeners or artists"},
    {.name = "n",
     .with = "recommendations",
     .type = FAL_KEY_INT,
     .min = 1,
     .max = 10000,
     .fallback = "10",
     .help = "recommendations for each user"},
    {.name = "known",
     .with = "recommendations",
     .type = FAL_KEY_FLAG,
     .fallback = "no",
     .help = "recommend what the user plays, too"},
    {.name = "part",
     .with = "plays",
     .type = FAL_KEY_CHOICE,
     .choices = parts,
     .fallback = "all",
     .help = "which plays, of a split"},
    {.name = NULL},
};

const FalCommand fal_commands_export[] = {
    {.name = "export",
     .group = "files",
     .summary = "write factors, recommendations or plays for other programs",
     .help = "The form goes by the name's ending, or by form: factors as .tsv, .npy, .vec "
             "(word2vec's text) or form=projector (TensorBoard's pair of files); "
             "recommendations for all users as .tsv or .jsonl; plays as .mtx (MatrixMarket) or "
             ".tsv; artists and the last evaluation as .tsv. Any other ending wants form=.",
     .example = "export factors factors.tsv rows=100",
     .words = {{FAL_WORD_CHOICE, "factors|artists|recommendations|evaluation|plays", FALSE,
                whats},
               {FAL_WORD_PATH, "FILE", FALSE, NULL}},
     .keys = export_keys,
     .columns = export_columns,
     .flags = FAL_NEEDS_DATA | FAL_IS_LONG,
     .run = run_export},
    {.name = NULL},
};
