/* The command resume: what was at hand last time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/commands.h"

#include <string.h>

#include "base/error.h"
#include "data/bare.h"
#include "query/last.h"
#include "query/session-private.h"

typedef struct {
    FalLast *last;
    char *path;          /* of the data; NULL: a model alone */
    FalDataset *dataset; /* at hand already; NULL where it is to be loaded */
    gboolean cache;
    FalMatched *matched; /* your artists' names; NULL for none */
    FalWatch *record;
} Resuming;

typedef struct {
    FalDataset *dataset;
    FalOpened *opened;
    GError *problem; /* why there is no model with the data */
} Resumed;

static void
resuming_free(gpointer data)
{
    Resuming *r = data;

    fal_last_free(r->last);
    g_free(r->path);
    g_clear_pointer(&r->dataset, fal_dataset_unref);
    fal_matched_free(r->matched);
    g_free(r);
}

static void
resumed_free(Resumed *resumed)
{
    g_clear_pointer(&resumed->dataset, fal_dataset_unref);
    g_clear_pointer(&resumed->opened, fal_opened_free);
    g_clear_error(&resumed->problem);
    g_free(resumed);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Resumed, resumed_free)

static FalDataset *
resume_data(const Resuming *r, FalTask *task, GError **error)
{
    if (r->dataset)
        return fal_dataset_ref(r->dataset);
    return fal_load_dataset(r->path, r->cache, r->matched, task, error);
}

/* A model that cannot be opened any more is no reason to be without the data. */
static gpointer
resume_work(FalTask *task, gpointer data, GError **error)
{
    Resuming *r = data;
    g_autoptr(Resumed) resumed = g_new0(Resumed, 1);
    g_autoptr(GError) problem = NULL;

    if (r->path && !(resumed->dataset = resume_data(r, task, error)))
        return NULL;
    if (r->last->model)
        resumed->opened =
            fal_opened_read(r->last->model, resumed->dataset, r->record, task, &problem);
    if (problem &&
        (!resumed->dataset || g_error_matches(problem, FAL_ERROR, FAL_ERROR_CANCELLED) ||
         g_error_matches(problem, FAL_ERROR, FAL_ERROR_MEMORY))) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return NULL;
    }
    resumed->problem = g_steal_pointer(&problem);
    return g_steal_pointer(&resumed);
}

static void
path_cell(FalTable *table, const char *path)
{
    g_autofree char *shown = path ? g_filename_display_name(path) : NULL;

    if (shown)
        fal_table_text(table, shown);
    else
        fal_table_null(table);
}

static gboolean
resume_finish(FalCall *call, gpointer result, GError **error)
{
    g_autoptr(Resumed) resumed = result;
    Resuming *r = fal_call_data(call);
    FalTable *table = fal_call_table(call);

    (void)error;
    fal_table_row(table, FAL_SUBJECT_NONE, 0);
    path_cell(table, r->last->data);
    path_cell(table, resumed->opened ? r->last->model : NULL);
    if (resumed->dataset && resumed->dataset != r->dataset)
        fal_call_take_dataset(call, resumed->dataset, g_steal_pointer(&r->matched));
    if (resumed->opened)
        fal_call_take_opened(call, resumed->opened, r->last->model);
    if (resumed->problem)
        fal_table_note(table, g_strdup(resumed->problem->message));
    return TRUE;
}

static gboolean
run_resume(FalCall *call, GError **error)
{
    FalSession *session = fal_call_session(call);
    FalDataset *dataset = fal_session_dataset(session);
    g_autoptr(GError) broken = NULL;
    g_autoptr(FalLast) last = NULL;

    if (!fal_session_history(session)) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "a script begins with nothing at hand, wherever it is run: load "
                            "PATH, then open FILE");
        return FALSE;
    }
    if (!fal_session_state(session)) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            "with --no-state nothing is remembered: load PATH, then open FILE");
        return FALSE;
    }
    last = fal_last_read(session, &broken);
    if (!last) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED,
                            broken
                                ? broken->message
                                : "nothing is remembered yet: load PATH, and it will be when "
                                  "you leave");
        return FALSE;
    }
    g_autofree char *path = last->data ? fal_last_data_path(last, error) : NULL;
    if (last->data && !path)
        return FALSE;
    Resuming *r = g_new0(Resuming, 1);
    if (path && dataset && !fal_dataset_is_bare(dataset)) {
        g_autofree char *here = g_canonicalize_filename(fal_dataset_path(dataset), NULL);
        g_autofree char *there = g_canonicalize_filename(path, NULL);
        if (!strcmp(here, there))
            r->dataset = fal_dataset_ref(dataset);
    }
    r->last = g_steal_pointer(&last);
    r->path = g_steal_pointer(&path);
    r->cache = fal_session_cache(session);
    r->matched = r->path && !r->dataset ? fal_session_names_to_match(session) : NULL;
    r->record = fal_session_watch(session);
    fal_call_start(call, resume_work, resume_finish, r, resuming_free);
    return TRUE;
}

static const FalColumn resume_columns[] = {
    {.name = "data", .type = FAL_CELL_TEXT, .help = "the data set; null: a model alone"},
    {.name = "model", .type = FAL_CELL_TEXT, .help = "the model's file; null for none"},
    {.name = NULL},
};

const FalCommand fal_commands_resume[] = {
    {.name = "resume",
     .group = "files",
     .summary = "go on where you were last time",
     .help =
         "Loads the data set and opens the model that were at hand when the screens or the "
         "prompt were last left; the screens go to the place, too. Only a model that was "
         "saved or opened can be found again. The demo is remembered only with such a model, "
         "as every start without a data set opens it. --no-state remembers nothing.",
     .columns = resume_columns,
     .flags = FAL_IS_LONG,
     .run = run_resume},
    {.name = NULL},
};
