/* Spark's factors (see spark.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/spark.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/kernels.h"
#include "base/text.h"
#include "data/catalogue.h"
#include "data/reader.h"

#define LARGEST 1e15

/* --- a line --- */

typedef struct {
    const char *at, *end; /* *end is a NUL */
} Cursor;

static void
skip_blanks(Cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
        c->at++;
}

static gboolean
take(Cursor *c, char what)
{
    skip_blanks(c);
    if (*c->at != what)
        return FALSE;
    c->at++;
    return TRUE;
}

static gboolean
take_whole(Cursor *c, gint64 *to)
{
    char *end;

    skip_blanks(c);
    if (!g_ascii_isdigit(*c->at))
        return FALSE;
    guint64 value = g_ascii_strtoull(c->at, &end, 10);
    c->at = end;
    *to = (gint64)value;
    return value <= G_MAXINT64 && *end != '.' && *end != 'e' && *end != 'E';
}

static const char *
take_factor(Cursor *c, GArray *values)
{
    char *end;
    double value;
    float factor;

    skip_blanks(c);
    if (!g_ascii_isdigit(*c->at) && *c->at != '-' && *c->at != '+' && *c->at != '.')
        return "a factor is no number";
    value = g_ascii_strtod(c->at, &end);
    if (end == c->at)
        return "a factor is no number";
    if (!(fabs(value) <= LARGEST))
        return "a factor is not finite, or too large";
    if (values->len >= FAL_MAX_RANK)
        return "there are more than 1,024 factors";
    c->at = end;
    factor = (float)value;
    g_array_append_val(values, factor);
    return NULL;
}

/* "[0.1,0.2]" */
static const char *
take_features(Cursor *c, GArray *values)
{
    const char *wrong = NULL;

    if (!take(c, '['))
        return "features is no list";
    do
        wrong = take_factor(c, values);
    while (!wrong && take(c, ','));
    return wrong ? wrong : take(c, ']') ? NULL : "the list of features does not end";
}

static const char *
parse_json(Cursor *c, gint64 *id, GArray *values)
{
    gboolean has_id = FALSE, has_features = FALSE;
    const char *wrong = NULL;

    take(c, '{');
    do {
        skip_blanks(c);
        if (g_str_has_prefix(c->at, "\"id\"") && !has_id) {
            c->at += 4;
            has_id = take(c, ':') && take_whole(c, id);
            wrong = has_id ? NULL : "id is no whole number from 0 on";
        } else if (g_str_has_prefix(c->at, "\"features\"") && !has_features) {
            c->at += 10;
            has_features = take(c, ':');
            wrong = has_features ? take_features(c, values) : "features has no value";
        } else {
            wrong = "there is something other than id and features, each once";
        }
    } while (!wrong && take(c, ','));
    if (wrong)
        return wrong;
    if (!take(c, '}'))
        return "the object does not end";
    return has_id && has_features ? NULL : "id or features is missing";
}

/* An id, then factors, with tabs, commas or blanks between and brackets around, as one likes.
 */
static const char *
parse_columns(Cursor *c, gint64 *id, GArray *values)
{
    const char *wrong = NULL;

    if (!take_whole(c, id))
        return "it begins neither with an id nor with {";
    take(c, ',');
    gboolean open = take(c, '[');
    do {
        wrong = take_factor(c, values);
        if (!wrong)
            take(c, ',');
        skip_blanks(c);
    } while (!wrong && *c->at && *c->at != ']');
    return wrong ? wrong : open && !take(c, ']') ? "the list of factors does not end" : NULL;
}

const char *
fal_spark_parse(const char *line, gsize n_bytes, gint64 *id, GArray *values)
{
    g_autofree char *text = g_strndup(line, n_bytes);
    Cursor c = {text, text + n_bytes};
    const char *wrong;

    if (strlen(text) != n_bytes)
        return "there is a zero byte in it";
    skip_blanks(&c);
    wrong = *c.at == '{' ? parse_json(&c, id, values) : parse_columns(&c, id, values);
    skip_blanks(&c);
    return wrong ? wrong : c.at < c.end ? "there is more behind its end" : NULL;
}

/* --- files --- */

typedef struct {
    gint64 *ids;
    float *rows; /* n x rank */
    gint64 n, id_capacity, row_capacity;
    int rank;       /* 0: not known yet */
    GArray *values; /* of a line */
    char *path;     /* at hand */
} Side;

static void
side_clear(Side *side)
{
    g_free(side->ids);
    g_free(side->rows);
    g_free(side->path);
    if (side->values)
        g_array_unref(side->values);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Side, side_clear)

static gboolean
add_line(const char *line, gsize n_bytes, gint64 line_no, gpointer data, GError **error)
{
    Side *side = data;
    const char *wrong;
    gint64 id;

    while (n_bytes > 0 && g_ascii_isspace(line[n_bytes - 1]))
        n_bytes--;
    if (n_bytes == 0)
        return TRUE;
    g_array_set_size(side->values, 0);
    wrong = fal_spark_parse(line, n_bytes, &id, side->values);
    if (!wrong && side->rank > 0 && (int)side->values->len != side->rank)
        wrong = "it has another number of factors than the first line";
    if (!wrong && side->n >= G_MAXINT32 - 64)
        wrong = "there are too many rows";
    if (wrong) {
        g_autofree char *shown = g_filename_display_name(side->path);
        g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL,
                    "cannot read factors from %s: line %" G_GINT64_FORMAT ": %s", shown,
                    line_no, wrong);
        return FALSE;
    }
    side->rank = (int)side->values->len;
    if (!fal_grow((gpointer *)&side->ids, &side->id_capacity, side->n + 1, sizeof *side->ids,
                  error) ||
        !fal_grow((gpointer *)&side->rows, &side->row_capacity, (side->n + 1) * side->rank,
                  sizeof *side->rows, error))
        return FALSE;
    side->ids[side->n] = id;
    memcpy(side->rows + side->n++ * side->rank, side->values->data,
           (gsize)side->rank * sizeof *side->rows);
    return TRUE;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The part files of a folder in order, or the file itself. Spark's marks (_SUCCESS, .crc) are
 * none. */
static GPtrArray *
list_files(const char *path)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    if (!dir && g_file_test(path, G_FILE_TEST_EXISTS))
        g_ptr_array_add(files, g_strdup(path));
    while (dir && (name = g_dir_read_name(dir)))
        if (*name != '.' && *name != '_')
            g_ptr_array_add(files, g_build_filename(path, name, NULL));
    g_ptr_array_sort(files, compare_names);
    return files;
}

/* FOLDER/NAME, or with an ending that text has. */
static char *
find_side(const char *folder, const char *name)
{
    static const char *const endings[] = {"",     ".json",    ".jsonl", ".tsv",
                                          ".txt", ".json.gz", ".tsv.gz"};

    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *file = g_strconcat(name, endings[i], NULL);
        g_autofree char *path = g_build_filename(folder, file, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
    return NULL;
}

static int
compare_ids(const void *a, const void *b)
{
    const gint64 *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Each id has one row: of two, one would be lost. */
static void
check_ids(const Side *side, const char *shown, const char *name, GError **error)
{
    g_autofree gint64 *ids = g_memdup2(side->ids, (gsize)side->n * sizeof *ids);

    qsort(ids, (gsize)side->n, sizeof *ids, compare_ids);
    for (gint64 i = 1; i < side->n; i++) {
        if (ids[i] != ids[i - 1])
            continue;
        g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL,
                    "cannot use the factors in %s/%s: the id %" G_GINT64_FORMAT
                    " comes more than once; export them again, to a folder that is empty",
                    shown, name, ids[i]);
        return;
    }
}

static gboolean
read_side(Side *side, const char *folder, const char *name, FalTask *task, GError **error)
{
    g_autofree char *path = find_side(folder, name);
    g_autofree char *shown = g_filename_display_name(folder);
    g_autoptr(GPtrArray) files = path ? list_files(path) : NULL;
    g_autoptr(GError) problem = NULL;

    side->values = g_array_new(FALSE, FALSE, sizeof(float));
    for (guint i = 0; files && i < files->len && !problem; i++) {
        g_free(side->path);
        side->path = g_strdup(files->pdata[i]);
        if (g_str_has_suffix(side->path, ".parquet"))
            g_set_error(
                &problem, FAL_ERROR, FAL_ERROR_MODEL,
                "cannot read factors from %s: it is Parquet; model.%s.write.json(\"...\") "
                "in PySpark writes what can be read",
                shown, name);
        else
            fal_reader_lines(side->path, add_line, side, task, &problem);
    }
    if (!problem && side->n == 0)
        g_set_error(&problem, FAL_ERROR, FAL_ERROR_MODEL,
                    "there are no factors in %s/%s: name the folder in which userFactors and "
                    "itemFactors are; model.%s.write.json(\"%s/%s\") in PySpark writes them",
                    shown, name, name, shown, name);
    if (!problem)
        check_ids(side, shown, name, &problem);
    if (!problem)
        return TRUE;
    /* What the reader cannot read is no data set here. */
    if (problem->code == FAL_ERROR_DATA)
        problem->code = FAL_ERROR_MODEL;
    g_propagate_error(error, g_steal_pointer(&problem));
    return FALSE;
}

/* The side's rows with their stride, and ids. */
static gboolean
take_side(Side *side, float **rows, gint64 **ids, GError **error)
{
    gsize rank = (gsize)side->rank, stride = FAL_STRIDE(rank);

    *rows = FAL_NEW(float, (gsize)side->n *stride, error);
    *ids = *rows ? FAL_NEW(gint64, side->n, error) : NULL;
    if (!*ids)
        return FALSE;
    memcpy(*ids, side->ids, (gsize)side->n * sizeof **ids);
    for (gsize i = 0; i < (gsize)side->n; i++)
        memcpy(*rows + i * stride, side->rows + i * rank, rank * sizeof **rows);
    return TRUE;
}

FalModelFile *
fal_spark_read(const char *folder, double lambda, double alpha, FalTask *task, GError **error)
{
    g_autoptr(FalModelFile) file = g_new0(FalModelFile, 1);
    g_auto(Side) users = {.n = 0};
    g_auto(Side) artists = {.n = 0};
    FalFactors *f = &file->factors;

    file->path = g_strdup(folder);
    file->title = g_strdup("");
    fal_train_settings_init(&file->settings);
    fal_train_settings_preset(&file->settings, "spark");
    file->settings.lambda = lambda;
    file->settings.alpha = alpha;
    if (!read_side(&users, folder, "userFactors", task, error) ||
        !read_side(&artists, folder, "itemFactors", task, error))
        return NULL;
    if (users.rank != artists.rank) {
        g_autofree char *shown = g_filename_display_name(folder);
        g_set_error(error, FAL_ERROR, FAL_ERROR_MODEL,
                    "cannot use the factors in %s: users have %d each and items %d", shown,
                    users.rank, artists.rank);
        return NULL;
    }
    f->rank = file->settings.rank = users.rank;
    f->stride = FAL_STRIDE(f->rank);
    f->n_users = file->bare.n_users = (gint32)users.n;
    f->n_artists = file->bare.n_artists = (gint32)artists.n;
    return take_side(&users, &f->user, &file->bare.user_ids, error) &&
                   take_side(&artists, &f->artist, &file->bare.artist_ids, error)
               ? g_steal_pointer(&file)
               : NULL;
}
