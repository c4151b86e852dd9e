/* The command stability.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "eval/stability.h"
#include "query/resolve.h"

typedef struct {
    FalModel *model;
    FalStabilityKind kind;
    gint32 row;
    int k, models;
} Question;

static void
question_free(gpointer data)
{
    Question *q = data;

    fal_model_unref(q->model);
    g_free(q);
}

static gpointer
stability_work(FalTask *task, gpointer data, GError **error)
{
    Question *q = data;

    return fal_stability(q->model, q->kind, q->row, q->k, q->models, task, error);
}

static void
note_overlap(FalTable *table, const FalStability *s, int k)
{
    int always = 0;

    for (int i = 0; i < s->n; i++)
        always += s->row[i].count == s->n_models;
    if (s->n == 0)
        fal_table_note(table, g_strdup("none of the models has anything to say here"));
    else
        fal_table_note(table,
                       g_strdup_printf("%d of %d are in the first %d of all %d models; two "
                                       "models share %.0f %% of their lists in the mean",
                                       always, s->n, k, s->n_models, 100 * s->overlap));
}

static gboolean
stability_finish(FalCall *call, gpointer result, GError **error)
{
    Question *q = fal_call_data(call);
    g_autoptr(FalStability) s = result;
    FalTable *table = fal_call_table(call);
    FalDataset *dataset = fal_model_dataset(q->model);

    (void)error;
    for (int i = 0; i < s->n; i++) {
        const FalStabilityRow *row = &s->row[i];
        g_autofree char *name = fal_artist_label(dataset, row->artist);
        fal_table_row(table, FAL_SUBJECT_ARTIST, row->artist);
        fal_table_int(table, i + 1);
        fal_table_int(table, fal_dataset_artist_id(dataset, row->artist));
        fal_table_text(table, name);
        fal_table_real(table, row->score);
        fal_table_real(table, (double)row->count / s->n_models);
    }
    fal_table_figure_int(table, "models", s->n_models);
    fal_table_figure_real(table, "overlap", s->overlap);
    note_overlap(table, s, q->k);
    return TRUE;
}

static gboolean
run_stability(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    const char *word = fal_call_word(call, 0);
    gboolean similar = !strcmp(word, "similar");
    gint32 row;

    if (!similar && strcmp(word, "recommend") != 0) {
        g_autofree char *hint = fal_call_hint(call, 0);
        fal_call_blame_word(call, 0);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "stability takes similar ARTIST or recommend USER, not \"%s\"%s", word, hint);
        return FALSE;
    }
    row = similar ? fal_call_artist(call, 1, error) : fal_call_user(call, 1, error);
    if (row < 0)
        return FALSE;
    Question *q = g_new0(Question, 1);
    q->model = fal_model_ref(fal_session_model(session));
    q->kind = similar ? FAL_STABILITY_SIMILAR : FAL_STABILITY_RECOMMEND;
    q->row = row;
    q->k = (int)fal_call_int(call, "n");
    q->models = (int)fal_call_int(call, "seeds");
    fal_call_start(call, stability_work, stability_finish, q, question_free);
    return TRUE;
}

static const char *const stability_choices[] = {"similar", "recommend", NULL};
static const FalColumn stability_columns[] = {
    {.name = "rank", .type = FAL_CELL_INT, .help = "1 for what most models agree on"},
    {.name = "id", .type = FAL_CELL_INT, .flags = FAL_COLUMN_ID, .help = "the artist's id"},
    {.name = "name", .type = FAL_CELL_TEXT, .help = "the artist"},
    {.name = "score", .type = FAL_CELL_REAL, .flags = FAL_COLUMN_SPARE,
     .help = "mean over the models: the cosine, or the inner product of the factors"},
    {.name = "share", .type = FAL_CELL_REAL, .digits = 3,
     .flags = FAL_COLUMN_BAR | FAL_COLUMN_SHARE | FAL_COLUMN_KEEP,
     .help = "of the models that have it among their first n"},
    {.name = NULL},
};
static const FalColumn stability_figures[] = {
    {.name = "models", .type = FAL_CELL_INT, .help = "that were asked, the one at hand included"},
    {.name = "overlap", .type = FAL_CELL_REAL, .digits = 3, .flags = FAL_COLUMN_SHARE,
     .help = "what two models share of their lists, in the mean"},
    {.name = NULL},
};
static const FalKeySpec stability_keys[] = {
    {.name = "seeds", .type = FAL_KEY_INT, .min = 2, .max = 100, .fallback = "5",
     .help = "models to ask: the one at hand and trainings with the seeds after its own"},
    {.name = "n", .type = FAL_KEY_INT, .min = 1, .max = 1e6, .fallback = "10", .unit = "rows",
     .help = "length of the lists that are compared"},
    {.name = NULL},
};

const FalCommand fal_commands_stability[] = {
    {.name = "stability", .group = "explore",
     .summary = "what of an answer would be the same with another seed",
     .help = "Trains again with other seeds, as the model at hand was trained, and asks all "
             "models for the artists most similar to ARTIST, or for what to recommend to USER. "
             "Every artist that one of them names is listed, with the share of the models that "
             "do. The model at hand stays.",
     .example = "stability similar Radiohead seeds=3",
     .words = {{FAL_WORD_CHOICE, "similar|recommend", FALSE, stability_choices},
               {FAL_WORD_ARTIST, "ARTIST|USER", FALSE, NULL}},
     .keys = stability_keys, .columns = stability_columns, .figures = stability_figures,
     .flags = FAL_NEEDS_DATA | FAL_NEEDS_PLAYS | FAL_NEEDS_MODEL | FAL_IS_LONG, .run = run_stability},
    {.name = NULL},
};
