/* Commands that save and open models: save, open, import.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/paths.h"
#include "data/bare.h"
#include "model/file.h"
#include "model/spark.h"
#include "query/session-private.h"

/* --- save --- */

typedef struct {
    char *path;
    FalModel *model;
    FalSplit *split; /* it was trained with, NULL: all plays */
    gint64 size;
} Saving;

static void
saving_free(gpointer data)
{
    Saving *s = data;

    g_free(s->path);
    fal_model_unref(s->model);
    g_clear_pointer(&s->split, fal_split_unref);
    g_free(s);
}

static gpointer
save_work(FalTask *task, gpointer data, GError **error)
{
    Saving *s = data;
    g_auto(FalHeldOut) held = {.kind = FAL_HELD_NONE};

    if (!fal_split_recipe(s->split, fal_model_dataset(s->model), &held, error) ||
        !fal_model_file_write(s->path, s->model, &held, &s->size, task, error))
        return NULL;
    return s;
}

static void
file_row(FalCall *call, const char *path, const FalModel *model)
{
    FalTable *table = fal_call_table(call);
    const FalFactors *f = fal_model_factors(model);
    g_autofree char *shown = g_filename_display_name(path);

    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    fal_table_text(table, shown);
    fal_table_int(table, f->n_users);
    fal_table_int(table, f->n_artists);
    fal_table_int(table, f->rank);
    if (fal_model_is_foreign(model))
        fal_table_null(table);
    else
        fal_table_int(table, fal_model_pairs(model));
}

static gboolean
save_finish(FalCall *call, gpointer result, GError **error)
{
    Saving *s = result;

    (void)error;
    if (s->model == fal_session_model(fal_call_session(call)) &&
        g_file_test(s->path, G_FILE_TEST_IS_REGULAR))
        fal_session_set_model_path(fal_call_session(call), s->path);
    file_row(call, s->path, s->model);
    fal_table_figure_int(fal_call_table(call), "bytes", s->size);
    return TRUE;
}

/* An empty name, and that of a folder, are no file. */
static gboolean
check_name(FalCall *call, const char *path, GError **error)
{
    g_autofree char *last = g_path_get_basename(path);

    if (*path && !g_str_has_suffix(path, "/") && strcmp(last, ".") != 0 &&
        strcmp(last, "..") != 0)
        return TRUE;
    fal_call_blame_word(call, 0);
    g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                "\"%s\" is no name of a file: name it, as in %s model.npz", path,
                fal_call_command(call)->name);
    return FALSE;
}

static gboolean
run_save(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    FalModel *model = fal_session_model(session);
    g_autofree char *path = fal_paths_typed(fal_call_word(call, 0));

    if (!check_name(call, path, error))
        return FALSE;
    /* How plays were held out is not known of a model that was opened without them. */
    if (fal_dataset_is_bare(fal_model_dataset(model)) && !fal_model_is_foreign(model) &&
        fal_model_pairs(model) != fal_dataset_stats(fal_model_dataset(model))->pairs) {
        g_set_error_literal(
            error, FAL_ERROR, FAL_ERROR_MODEL,
            "the model was opened without its data, so what was held out cannot "
            "be saved: copy its file, or load its data and open it again");
        return FALSE;
    }
    Saving *s = g_new0(Saving, 1);
    FalSplit *split = fal_session_model_split(session);
    s->path = g_str_has_suffix(path, ".npz") || g_str_has_prefix(path, "/dev/")
                  ? g_steal_pointer(&path)
                  : g_strconcat(path, ".npz", NULL);
    s->model = fal_model_ref(model);
    s->split = split ? fal_split_ref(split) : NULL;
    fal_call_start(call, save_work, save_finish, s, saving_free);
    return TRUE;
}

/* --- open --- */

typedef struct {
    char *path;
    FalDataset *dataset; /* at hand, with plays; NULL: none, or not to be used */
    gboolean force;
    gboolean spark; /* path is a folder of Spark's */
    double lambda, alpha;
    FalWatch *record;
} Opening;

/* What opening brings. */
struct FalOpened {
    FalModel *model;
    FalDataset *dataset;
    FalSplit *split;
    char *held; /* what was held out, where there are no plays to do it again with; else NULL */
    GPtrArray *notes;
};

static void
opening_free(gpointer data)
{
    Opening *o = data;

    g_free(o->path);
    g_clear_pointer(&o->dataset, fal_dataset_unref);
    g_free(o);
}

void
fal_opened_free(FalOpened *opened)
{
    g_clear_pointer(&opened->model, fal_model_unref);
    g_clear_pointer(&opened->dataset, fal_dataset_unref);
    g_clear_pointer(&opened->split, fal_split_unref);
    g_ptr_array_unref(opened->notes);
    g_free(opened->held);
    g_free(opened);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalOpened, fal_opened_free)

static void G_GNUC_PRINTF(2, 3) add_note(FalOpened *opened, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(opened->notes, g_strdup_vprintf(format, args));
    va_end(args);
}

/* Without plays: the model and what its file knows of the data. */
static gboolean
open_bare(FalModelFile *file, FalOpened *opened, GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autofree char *shown = g_filename_display_name(file->path);
    gboolean numbered = file->bare.numbered;

    opened->dataset = fal_dataset_new_bare(file->path, &file->bare, &problem);
    if (!opened->dataset) {
        g_set_error(error, FAL_ERROR, problem->code, "cannot open the model %s: %s", shown,
                    problem->message);
        return FALSE;
    }
    opened->model =
        fal_model_file_model(file, opened->dataset, fal_dataset_plays(opened->dataset), error);
    if (file->held.kind != FAL_HELD_NONE)
        opened->held = g_strdup(file->held.description);
    if (*file->title)
        add_note(opened,
                 "there is only the model, without its plays: load its data, which was %s, and "
                 "open it again for all there is",
                 file->title);
    else if (g_file_test(file->path, G_FILE_TEST_IS_DIR))
        add_note(opened, "there is only the model, without plays and names: load its data, and "
                         "import it again for all there is");
    else if (numbered)
        add_note(opened, "the file has neither ids nor names: its rows are called by their "
                         "numbers, from 0");
    return opened->model != NULL;
}

/* The same plays are held out again, or none: those that were trained on are known by their
 * fingerprint. *known: whether they were found. */
static gboolean
split_again(const FalModelFile *file, FalOpened *opened, gboolean *known, FalTask *task,
            GError **error)
{
    g_autoptr(GError) problem = NULL;
    FalPlays *trained = fal_dataset_plays(opened->dataset);

    if (file->held.kind != FAL_HELD_NONE) {
        opened->split = fal_split_again(opened->dataset, &file->held, task, &problem);
        if (g_error_matches(problem, FAL_ERROR, FAL_ERROR_CANCELLED) ||
            g_error_matches(problem, FAL_ERROR, FAL_ERROR_MEMORY)) {
            g_propagate_error(error, g_steal_pointer(&problem));
            return FALSE;
        }
        if (opened->split) {
            g_free(opened->split->description);
            opened->split->description = g_strdup(file->held.description);
            trained = opened->split->train;
        }
    }
    *known = !problem && file->trained && fal_plays_fingerprint(trained) == file->trained;
    if (*known)
        return TRUE;
    g_clear_pointer(&opened->split, fal_split_unref);
    gboolean unknown = file->held.kind == FAL_HELD_NONE && !file->trained;
    if (unknown && !file->bare.numbered)
        add_note(opened,
                 "what the model was trained on was not known to who saved it: all plays of %s "
                 "are taken to be",
                 fal_dataset_title(opened->dataset));
    else if (unknown)
        add_note(opened,
                 "the file does not tell what it was trained on: all plays of %s are "
                 "taken to be, and its rows to be in the order of users and artists here, as "
                 "export plays FILE.mtx has them",
                 fal_dataset_title(opened->dataset));
    else
        add_note(opened,
                 "what was held out from the model (%s) cannot be found again, so it cannot be "
                 "evaluated: train again",
                 file->held.description ? file->held.description : "nothing");
    return TRUE;
}

/* Gives the factors to those whose ids are the same, with a note that begins with why. */
static gboolean
match_ids(FalModelFile *file, FalOpened *opened, const char *why, GError **error)
{
    gint32 users, artists, all_users = file->factors.n_users;
    gint32 all_artists = file->factors.n_artists;

    if (!fal_model_file_match(file, opened->dataset, &users, &artists, error))
        return FALSE;
    if (users == 0 || artists == 0) {
        g_autofree char *shown = g_filename_display_name(file->path);
        g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL,
                    "cannot open the model %s on these plays: none of its %s has an id that is "
                    "here; alone=yes opens it without plays",
                    shown, users == 0 ? "users" : "artists");
        return FALSE;
    }
    g_autofree char *some_users = fal_text_count(users);
    g_autofree char *some_artists = fal_text_count(artists);
    g_autofree char *of_users = fal_text_count(all_users);
    g_autofree char *of_artists = fal_text_count(all_artists);
    add_note(opened,
             "%s%s of its %s users and %s of its %s artists are here, and nothing counts as "
             "held out",
             why, some_users, of_users, some_artists, of_artists);
    return TRUE;
}

static gboolean
open_on(FalModelFile *file, Opening *o, FalOpened *opened, FalTask *task, GError **error)
{
    g_autofree char *misfit = o->spark ? NULL : fal_model_file_misfit(file, o->dataset);
    g_autofree char *shown = g_filename_display_name(file->path);
    FalPlays *trained = fal_dataset_plays(o->dataset);
    gboolean known = FALSE;

    opened->dataset = fal_dataset_ref(o->dataset);
    if (misfit && !o->force) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL,
                    "cannot open the model %s on these plays: %s; load its data first, or "
                    "alone=yes opens it without plays%s",
                    shown, misfit,
                    file->bare.numbered
                        ? ""
                        : ", or force=yes gives its factors to those whose ids are the same");
        return FALSE;
    }
    if (misfit && file->bare.numbered) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL,
                    "cannot open the model %s on these plays: %s, and there are no ids in it to "
                    "find its rows by; alone=yes opens it without plays",
                    shown, misfit);
        return FALSE;
    }
    if (misfit || o->spark) {
        g_autofree char *why =
            misfit ? g_strdup_printf("the model is of other plays: %s; ", misfit)
                   : g_strdup("");
        if (!match_ids(file, opened, why, error))
            return FALSE;
    } else {
        if (!split_again(file, opened, &known, task, error))
            return FALSE;
        if (opened->split)
            trained = opened->split->train;
    }
    opened->model = fal_model_file_model(file, opened->dataset, trained, error);
    if (opened->model && !known)
        fal_model_set_foreign(opened->model);
    return opened->model != NULL;
}

static gpointer
open_work(FalTask *task, gpointer data, GError **error)
{
    Opening *o = data;
    g_autoptr(FalModelFile) file =
        o->spark ? fal_spark_read(o->path, o->lambda, o->alpha, task, error)
                 : fal_model_file_read(o->path, task, error);
    g_autoptr(FalOpened) opened = g_new0(FalOpened, 1);

    opened->notes = g_ptr_array_new_with_free_func(g_free);
    if (!file || (!file->ours && !fal_factors_turn(&file->factors, error)))
        return NULL;
    fal_task_stage(task, "preparing", 0);
    if (!(o->dataset ? open_on(file, o, opened, task, error) : open_bare(file, opened, error)))
        return NULL;
    fal_watch_begin(o->record, &file->settings);
    for (int i = 0; i < file->n_iterations; i++)
        fal_watch_add(o->record, &file->iterations[i]);
    fal_watch_end(o->record, FALSE);
    return g_steal_pointer(&opened);
}

FalOpened *
fal_opened_read(const char *path, FalDataset *dataset, FalWatch *record, FalTask *task,
                GError **error)
{
    /* It was at hand on these plays: what has changed since is told, and no reason to refuse. */
    Opening opening = {.path = (char *)path, .dataset = dataset, .force = TRUE, .record = record};

    return open_work(task, &opening, error);
}

void
fal_call_take_opened(FalCall *call, FalOpened *opened, const char *path)
{
    FalSession *session = fal_call_session(call);

    if (opened->dataset != fal_session_dataset(session))
        fal_session_set_dataset(session, opened->dataset);
    fal_session_set_split(session, opened->split);
    fal_session_set_model(session, opened->model, opened->split);
    fal_session_set_model_path(session, path);
    for (guint i = 0; i < opened->notes->len; i++)
        fal_table_note(fal_call_table(call), g_strdup(opened->notes->pdata[i]));
}

static gboolean
open_finish(FalCall *call, gpointer result, GError **error)
{
    g_autoptr(FalOpened) opened = result;
    const Opening *o = fal_call_data(call);
    FalTable *table = fal_call_table(call);
    int n;

    (void)error;
    file_row(call, o->path, opened->model);
    const FalIteration *it = fal_model_iterations(opened->model, &n);
    fal_table_figure_int(table, "iterations", n);
    if (n > 0)
        fal_table_figure_int(table, "kept", fal_training_kept(it, n)->iteration);
    fal_table_figure_text(table, "held_out",
                          opened->split  ? opened->split->description
                          : opened->held ? opened->held
                                         : "nothing");
    /* Spark's folder has no data of its own to be found again by. */
    fal_call_take_opened(call, opened, o->spark ? NULL : o->path);
    return TRUE;
}

static gboolean
run_open(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    FalDataset *dataset = fal_session_dataset(session);
    Opening *o = g_new0(Opening, 1);

    (void)error;
    o->path = fal_paths_typed(fal_call_word(call, 0));
    if (dataset && !fal_dataset_is_bare(dataset) && !fal_call_flag(call, "alone"))
        o->dataset = fal_dataset_ref(dataset);
    o->force = fal_call_flag(call, "force");
    o->record = fal_session_watch(session);
    fal_call_start(call, open_work, open_finish, o, opening_free);
    return TRUE;
}

/* As open, from text; the ids are the data's own, so that rows find each other by them. */
static gboolean
run_import(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    FalDataset *dataset = fal_session_dataset(session);

    if (strcmp(fal_call_word(call, 0), "spark") != 0) {
        fal_call_blame_word(call, 0);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "import takes spark, not \"%s\": import spark DIR; open reads falsetto's and "
                    "implicit's files",
                    fal_call_word(call, 0));
        return FALSE;
    }
    Opening *o = g_new0(Opening, 1);
    o->path = fal_paths_typed(fal_call_word(call, 1));
    if (dataset && !fal_dataset_is_bare(dataset) && !fal_call_flag(call, "alone"))
        o->dataset = fal_dataset_ref(dataset);
    o->spark = TRUE;
    o->lambda = fal_call_real(call, "lambda");
    o->alpha = fal_call_real(call, "alpha");
    o->record = fal_session_watch(session);
    fal_call_start(call, open_work, open_finish, o, opening_free);
    return TRUE;
}

/* --- the table --- */

static const FalColumn file_columns[] = {
    {.name = "file", .type = FAL_CELL_TEXT, .help = "where the model is"},
    {.name = "users", .type = FAL_CELL_INT, .help = "users it has factors of"},
    {.name = "artists", .type = FAL_CELL_INT, .help = "artists likewise"},
    {.name = "rank", .type = FAL_CELL_INT, .help = "factors per row"},
    {.name = "pairs", .type = FAL_CELL_INT,
     .help = "pairs it was trained on, nothing where nobody knows"},
    {.name = NULL},
};
static const FalColumn save_figures[] = {
    {.name = "bytes", .type = FAL_CELL_INT, .help = "size of the file"},
    {.name = NULL},
};
static const FalColumn open_figures[] = {
    {.name = "iterations", .type = FAL_CELL_INT, .help = "of its training"},
    {.name = "kept", .type = FAL_CELL_INT, .help = "the one whose model it is"},
    {.name = "held_out", .type = FAL_CELL_TEXT, .help = "how plays were held out from it"},
    {.name = NULL},
};
static const FalKeySpec open_keys[] = {
    {.name = "force", .type = FAL_KEY_FLAG, .fallback = "no",
     .help = "open a model of other plays: its factors go to those whose ids are the same"},
    {.name = "alone", .type = FAL_KEY_FLAG, .fallback = "no",
     .help = "open it without the plays at hand, on what the file knows of its own"},
    {.name = NULL},
};

static const char *const import_choices[] = {"spark", NULL};
static const FalKeySpec import_keys[] = {
    {.name = "lambda", .type = FAL_KEY_REAL, .min = 0, .max = 1e12, .fallback = "0.1",
     .help = "the training's regParam, for solving new listeners"},
    {.name = "alpha", .type = FAL_KEY_REAL, .min = 0, .max = 1e12, .fallback = "1",
     .help = "its alpha, likewise"},
    {.name = "alone", .type = FAL_KEY_FLAG, .fallback = "no",
     .help = "without the plays at hand"},
    {.name = NULL},
};

const FalCommand fal_commands_file[] = {
    {.name = "save", .group = "files", .summary = "write the model to FILE, an .npz",
     .help = "Writes the factors with ids, names, settings, the loss of each iteration and how "
             "plays were held out. numpy reads it, and so does implicit's "
             "AlternatingLeastSquares.load(). An old file of that name stays whole until the "
             "new one is; .npz is added where it is missing.",
     .example = "save model.npz",
     .words = {{FAL_WORD_PATH, "FILE", FALSE, NULL}}, .columns = file_columns,
     .figures = save_figures, .flags = FAL_NEEDS_DATA | FAL_NEEDS_MODEL | FAL_IS_LONG,
     .run = run_save},
    {.name = "open", .group = "files", .summary = "open a model that was saved, or one of implicit's",
     .help = "Opens a model on the data at hand, which has to be what it was trained on; the "
             "same plays are held out again. Without data the model is explored alone: "
             "artists, similar, recommend and the map work, and what needs plays says so. A "
             "file that is damaged, or that is not what it says, is refused.",
     .example = "open model.npz",
     .words = {{FAL_WORD_PATH, "FILE", FALSE, NULL}}, .keys = open_keys,
     .columns = file_columns, .figures = open_figures, .flags = FAL_IS_LONG, .run = run_open},
    {.name = "import", .group = "files", .summary = "open factors that Spark's ALS wrote as text",
     .help = "DIR holds userFactors and itemFactors, each a folder of part files or a file, of "
             "JSON lines as ALSModel.userFactors.write.json() writes them, or of lines of an id "
             "and its factors. Ids are those of the data at hand; without data the model is "
             "explored alone.",
     .words = {{FAL_WORD_CHOICE, "spark", FALSE, import_choices},
               {FAL_WORD_PATH, "DIR", FALSE, NULL}},
     .keys = import_keys, .columns = file_columns, .figures = open_figures,
     .flags = FAL_IS_LONG, .run = run_import},
    {.name = NULL},
};
