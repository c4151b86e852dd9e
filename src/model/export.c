/* Files for other programs (see export.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/export.h"

#include <string.h>

#include "base/alloc.h"
#include "base/newfile.h"
#include "base/text.h"
#include "model/npz.h"

/* Rows between two looks at the task. */
#define SOME 1024

typedef struct {
    FalNewFile *file;
    GString *line;
    FalTask *task;
} Out;

/* Writes the line and begins the next one. */
static gboolean
flush(Out *out, GError **error)
{
    gboolean well = fal_new_file_write(out->file, out->line->str, out->line->len, error);

    g_string_truncate(out->line, 0);
    return well;
}

static gboolean
step(Out *out, gint64 row, GError **error)
{
    if (row % SOME != 0)
        return TRUE;
    fal_task_advance(out->task, (double)row);
    return !fal_task_stopped(out->task, error);
}

static void
add_float(GString *line, float value)
{
    g_autofree char *text = fal_text_exact(value, TRUE);

    g_string_append(line, text);
}

/* In a field of TSV: what parts fields and lines becomes a blank. */
static void
add_field(GString *line, const char *text)
{
    gsize at = line->len;

    g_string_append(line, text);
    for (; at < line->len; at++)
        if (strchr("\t\r\n\v\f", line->str[at]))
            line->str[at] = ' ';
}

/* "#1000113" for an artist without one, as answers have it. */
static char *
name_of(const FalDataset *dataset, gint32 artist)
{
    const char *name = fal_dataset_artist_name(dataset, artist);

    return *name
               ? g_strdup(name)
               : g_strdup_printf("#%" G_GINT64_FORMAT, fal_dataset_artist_id(dataset, artist));
}

static void
add_json(GString *line, const char *text)
{
    g_string_append_c(line, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_printf(line, "\\%c", *text);
        else if ((guchar)*text < ' ' || *text == 0x7f)
            g_string_append_printf(line, "\\u%04x", (guint)*text);
        else
            g_string_append_c(line, *text);
    }
    g_string_append_c(line, '"');
}

/* --- factors --- */

typedef struct {
    const FalModel *model;
    FalDataset *dataset;
    gboolean users;
    FalFactorForm form;
    GHashTable *words; /* those there are, of FAL_EXPORT_WORD2VEC; else NULL */
} Rows;

static gint64
id_of(const Rows *rows, gint32 row)
{
    return rows->users ? fal_dataset_user_id(rows->dataset, row)
                       : fal_dataset_artist_id(rows->dataset, row);
}

static void
add_factors(const Rows *rows, gint32 row, char between, GString *line)
{
    const FalFactors *f = fal_model_factors(rows->model);
    const float *x = rows->users ? fal_user_factors(f, row) : fal_artist_factors(f, row);

    for (int k = 0; k < f->rank; k++) {
        if (k > 0)
            g_string_append_c(line, between);
        add_float(line, x[k]);
    }
    g_string_append_c(line, '\n');
}

/* A word without blanks: a name, or a user's id. Readers know rows by their words, so one that is
 * there already gets the artist's id. */
static void
add_word(const Rows *rows, gint32 row, GString *line)
{
    gsize start = line->len;
    g_autofree char *name = rows->users ? NULL : name_of(rows->dataset, row);

    if (rows->users)
        g_string_append_printf(line, "%" G_GINT64_FORMAT, id_of(rows, row));
    for (const char *at = name; at && *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        g_string_append_unichar(line, g_unichar_isspace(c) || g_unichar_iscntrl(c) ? '_' : c);
    }
    while (!g_hash_table_add(rows->words, g_strdup(line->str + start)))
        g_string_append_printf(line, "#%" G_GINT64_FORMAT, id_of(rows, row));
}

static void
add_titles(const Rows *rows, gint32 n, GString *line)
{
    int rank = fal_model_factors(rows->model)->rank;

    if (rows->form == FAL_EXPORT_WORD2VEC)
        g_string_append_printf(line, "%d %d\n", n, rank);
    if (rows->form != FAL_EXPORT_TSV)
        return;
    g_string_append(line, rows->users ? "user" : "id\tname");
    for (int k = 0; k < rank; k++)
        g_string_append_printf(line, "\tf%d", k);
    g_string_append_c(line, '\n');
}

static void
add_row(const Rows *rows, gint32 row, GString *line)
{
    if (rows->form == FAL_EXPORT_WORD2VEC) {
        add_word(rows, row, line);
        g_string_append_c(line, ' ');
    } else if (rows->form == FAL_EXPORT_TSV) {
        g_string_append_printf(line, "%" G_GINT64_FORMAT "\t", id_of(rows, row));
        if (!rows->users) {
            g_autofree char *name = name_of(rows->dataset, row);
            add_field(line, name);
            g_string_append_c(line, '\t');
        }
    }
    add_factors(rows, row, rows->form == FAL_EXPORT_WORD2VEC ? ' ' : '\t', line);
}

static gboolean
write_text(Out *out, const Rows *rows, gint32 n, GError **error)
{
    add_titles(rows, n, out->line);
    for (gint32 row = 0; row < n; row++) {
        add_row(rows, row, out->line);
        if (!flush(out, error) || !step(out, row, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
write_npy(Out *out, const Rows *rows, gint32 n, GError **error)
{
    const FalFactors *f = fal_model_factors(rows->model);
    FalNpy npy = {.kind = 'f', .item = sizeof(float), .n_dims = 2, .shape = {n, f->rank}};
    g_autoptr(GByteArray) header = fal_npy_header(&npy);

    if (!fal_new_file_write(out->file, header->data, header->len, error))
        return FALSE;
    for (gint32 row = 0; row < n; row++) {
        const float *x = rows->users ? fal_user_factors(f, row) : fal_artist_factors(f, row);
        if (!fal_new_file_write(out->file, x, (gsize)f->rank * sizeof *x, error) ||
            !step(out, row, error))
            return FALSE;
    }
    return TRUE;
}

char *
fal_export_metadata_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    gsize n = dot && dot > path ? (gsize)(dot - path) : strlen(path);
    g_autofree char *start = g_strndup(path, n);

    return g_strconcat(start, "-metadata", path + n, NULL);
}

/* TensorBoard takes a line of titles where there is more than one column, and only there. */
static gboolean
write_metadata(FalNewFile *file, const Rows *rows, gint32 n, FalTask *task, GError **error)
{
    g_autoptr(GString) line =
        g_string_new(rows->users ? "user\tartists\n" : "id\tname\tlisteners\n");
    Out out = {file, line, task};

    for (gint32 row = 0; row < n; row++) {
        g_string_append_printf(line, "%" G_GINT64_FORMAT "\t", id_of(rows, row));
        if (!rows->users) {
            g_autofree char *name = name_of(rows->dataset, row);
            add_field(line, name);
            g_string_append_c(line, '\t');
        }
        g_string_append_printf(line, "%u\n",
                               rows->users ? fal_dataset_user_artists(rows->dataset, row)
                                           : fal_dataset_listeners(rows->dataset, row));
        if (!flush(&out, error) || !step(&out, row, error))
            return FALSE;
    }
    return fal_new_file_finish(file, error);
}

/* Both are on the disk before one has its name. */
static gboolean
commit_pair(FalNewFile *file, const char *path, const Rows *rows, gint32 n, FalTask *task,
            GError **error)
{
    g_autofree char *other = fal_export_metadata_path(path);
    g_autoptr(FalNewFile) metadata = fal_new_file(other, 0666, error);

    return metadata && write_metadata(metadata, rows, n, task, error) &&
           fal_new_file_finish(file, error) && fal_new_file_commit(metadata, error) &&
           fal_new_file_commit(file, error);
}

gboolean
fal_export_factors(const char *path, const FalModel *model, gboolean users, gint32 n,
                   FalFactorForm form, FalTask *task, GError **error)
{
    g_autoptr(FalNewFile) file = fal_new_file(path, 0666, error);
    g_autoptr(GString) line = g_string_new(NULL);
    g_autoptr(GHashTable) words =
        form == FAL_EXPORT_WORD2VEC
            ? g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)
            : NULL;
    Rows rows = {model, fal_model_dataset(model), users, form, words};
    Out out = {file, line, task};

    fal_task_stage(task, "exporting", n);
    return file &&
           (form == FAL_EXPORT_NPY ? write_npy(&out, &rows, n, error)
                                   : write_text(&out, &rows, n, error)) &&
           (form == FAL_EXPORT_PROJECTOR ? commit_pair(file, path, &rows, n, task, error)
                                         : fal_new_file_commit(file, error));
}

/* --- recommendations --- */

static void
add_recommendation(GString *line, FalDataset *dataset, gint32 user, int rank, const FalTop *top,
                   gboolean json)
{
    g_autofree char *name = name_of(dataset, top->row);
    gint64 id = fal_dataset_artist_id(dataset, top->row);

    if (json) {
        g_string_append_printf(line,
                               "{\"user\":%" G_GINT64_FORMAT ",\"rank\":%d,\"id\":"
                               "%" G_GINT64_FORMAT ",\"name\":",
                               fal_dataset_user_id(dataset, user), rank, id);
        add_json(line, name);
        g_string_append(line, ",\"score\":");
        add_float(line, top->score);
        g_string_append(line, "}\n");
    } else {
        g_string_append_printf(line, "%" G_GINT64_FORMAT "\t%d\t%" G_GINT64_FORMAT "\t",
                               fal_dataset_user_id(dataset, user), rank, id);
        add_field(line, name);
        g_string_append_c(line, '\t');
        add_float(line, top->score);
        g_string_append_c(line, '\n');
    }
}

gboolean
fal_export_recommendations(const char *path, const FalModel *model, gint32 n, int k,
                           gboolean known, gboolean json, gint64 *lines, FalTask *task,
                           GError **error)
{
    FalDataset *dataset = fal_model_dataset(model);
    g_autoptr(FalNewFile) file = fal_new_file(path, 0666, error);
    g_autoptr(GString) line = g_string_new(json ? "" : "user\trank\tid\tname\tscore\n");
    fal_autofree FalTop *top = FAL_NEW(FalTop, (gsize)SOME * (gsize)k, error);
    g_autofree gint32 *users = g_new(gint32, SOME);
    g_autofree int *n_top = g_new(int, SOME);
    Out out = {file, line, task};

    *lines = 0;
    if (!file || !top)
        return FALSE;
    for (gint32 first = 0; first < n; first += SOME) {
        gint32 some = MIN(SOME, n - first);

        for (gint32 i = 0; i < some; i++)
            users[i] = first + i;
        if (!fal_model_recommend_many(model, users, some, k, known, top, n_top, NULL, error))
            return FALSE;
        for (gint32 i = 0; i < some; i++) {
            for (int r = 0; r < n_top[i]; r++)
                add_recommendation(line, dataset, first + i, r + 1,
                                   &top[(gsize)i * (gsize)k + r], json);
            *lines += n_top[i];
            if (!flush(&out, error))
                return FALSE;
        }
        if (first == 0)
            fal_task_stage(task, "recommending", n);
        if (!step(&out, first, error))
            return FALSE;
    }
    return flush(&out, error) && fal_new_file_commit(file, error);
}

/* --- data --- */

gboolean
fal_export_plays(const char *path, const FalDataset *dataset, const FalPlays *plays,
                 gboolean matrix, FalTask *task, GError **error)
{
    const FalCsr *csr = fal_plays_by_user(plays);
    g_autoptr(FalNewFile) file = fal_new_file(path, 0666, error);
    g_autoptr(GString) line = g_string_new(NULL);
    Out out = {file, line, task};

    if (!file)
        return FALSE;
    fal_task_stage(task, "exporting", csr->n_rows);
    if (matrix)
        g_string_append_printf(line,
                               "%%%%MatrixMarket matrix coordinate integer general\n"
                               "%d %d %" G_GINT64_FORMAT "\n",
                               csr->n_rows, csr->n_cols, csr->start[csr->n_rows]);
    for (gint32 user = 0; user < csr->n_rows; user++) {
        for (gint64 i = csr->start[user]; i < csr->start[user + 1]; i++) {
            if (matrix)
                g_string_append_printf(line, "%d %d %u\n", user + 1, csr->col[i] + 1,
                                       csr->plays[i]);
            else
                g_string_append_printf(line, "%" G_GINT64_FORMAT "\t%" G_GINT64_FORMAT "\t%u\n",
                                       fal_dataset_user_id(dataset, user),
                                       fal_dataset_artist_id(dataset, csr->col[i]),
                                       csr->plays[i]);
        }
        if (!flush(&out, error) || !step(&out, user, error))
            return FALSE;
    }
    return flush(&out, error) && fal_new_file_commit(file, error);
}

gboolean
fal_export_artists(const char *path, const FalDataset *dataset, gint32 n, FalTask *task,
                   GError **error)
{
    g_autoptr(FalNewFile) file = fal_new_file(path, 0666, error);
    g_autoptr(GString) line = g_string_new("id\tname\tlisteners\tplays\n");
    Out out = {file, line, task};

    if (!file)
        return FALSE;
    fal_task_stage(task, "exporting", n);
    for (gint32 i = 0; i < n; i++) {
        g_string_append_printf(line, "%" G_GINT64_FORMAT "\t",
                               fal_dataset_artist_id(dataset, i));
        g_autofree char *name = name_of(dataset, i);
        add_field(line, name);
        g_string_append_printf(line, "\t%u\t%" G_GUINT64_FORMAT "\n",
                               fal_dataset_listeners(dataset, i),
                               fal_dataset_artist_plays(dataset, i));
        if (!flush(&out, error) || !step(&out, i, error))
            return FALSE;
    }
    return flush(&out, error) && fal_new_file_commit(file, error);
}
