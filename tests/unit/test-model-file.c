/* Model files: what is written comes back to the bit; whatever is wrong with a file is told in
 * one sentence; a writer that is killed leaves the old file or the new one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <xxhash.h>

#include "base/error.h"
#include "base/random.h"
#include "data/zip.h"
#include "eval/split.h"
#include "fixture.h"
#include "model/file.h"
#include "model/npz.h"
#include "model/train.h"

#define USERS   12
#define ARTISTS 9

static const char *self; /* this program */

/* --- something to save --- */

static FalDataset *
world_new(void)
{
    g_autoptr(GString) plays = g_string_new(NULL);
    g_autoptr(GString) names = g_string_new(NULL);

    for (int user = 0; user < USERS; user++)
        for (int artist = 0; artist < ARTISTS; artist++)
            if (artist % 4 == user % 4 || (user + artist) % 3 == 0)
                g_string_append_printf(plays, "%d %d %d\n", user + 1000,
                                       artist == 5 ? 99999999 : artist, 1 + user * artist % 7);
    g_string_append(names, "0\tBj\303\266rk\n1\tThe Beatles\n2\t=x[y]\n99999999\tAir\n");
    return fal_fixture_dataset(plays->str, names->str, NULL);
}

static FalModel *
model_new(FalDataset *dataset, FalPlays *train, int rank, guint64 seed)
{
    g_autoptr(GError) error = NULL;
    FalTrainSettings s;

    fal_train_settings_init(&s);
    s.rank = rank;
    s.iterations = 2;
    s.lambda = 1 / 3.0;
    s.seed = seed;
    FalModel *model = fal_train(dataset, train, &s, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return model;
}

static char *
path_new(void)
{
    return g_build_filename(fal_fixture_folder(), "model.npz", NULL);
}

static gint64
save(const char *path, const FalModel *model, const FalSplit *split)
{
    g_autoptr(GError) error = NULL;
    g_auto(FalHeldOut) held = {.kind = FAL_HELD_NONE};
    gint64 size = 0;

    g_assert_true(fal_split_recipe(split, fal_model_dataset(model), &held, &error));
    fal_model_file_write(path, model, &held, &size, NULL, &error);
    g_assert_no_error(error);
    return size;
}

static FalModelFile *
open_well(const char *path)
{
    g_autoptr(GError) error = NULL;
    FalModelFile *file = fal_model_file_read(path, NULL, &error);

    g_assert_no_error(error);
    g_assert_nonnull(file);
    return file;
}

/* One sentence, about this file, and no more. */
static void
refused(const char *path, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    FalModelFile *file = fal_model_file_read(path, NULL, &error);
    g_autofree char *start = g_strdup_printf("cannot open the model %s: ", path);

    g_assert_null(file);
    g_assert_error(error, FAL_ERROR, FAL_ERROR_MODEL);
    g_assert_true(g_str_has_prefix(error->message, start));
    g_assert_null(strchr(error->message, '\n'));
    g_assert_cmpint(fal_error_exit_status(error), ==, 4);
    if (wanted && !strstr(error->message, wanted))
        g_error("\"%s\" does not say \"%s\"", error->message, wanted);
}

static void
same_factors(const FalFactors *a, const FalFactors *b)
{
    gsize stride = (gsize)a->stride;

    g_assert_cmpint(a->rank, ==, b->rank);
    g_assert_cmpint(a->stride, ==, b->stride);
    g_assert_cmpint(a->n_users, ==, b->n_users);
    g_assert_cmpint(a->n_artists, ==, b->n_artists);
    g_assert_cmpmem(a->user, (gsize)a->n_users * stride * sizeof(float), b->user,
                    (gsize)b->n_users * stride * sizeof(float));
    g_assert_cmpmem(a->artist, (gsize)a->n_artists * stride * sizeof(float), b->artist,
                    (gsize)b->n_artists * stride * sizeof(float));
}

static void
same_settings(const FalTrainSettings *a, const FalTrainSettings *b)
{
    FalTrainSettings x = *a, y = *b;
    FalSettingPlace left[FAL_SETTING_PLACES], right[FAL_SETTING_PLACES];

    fal_setting_places(&x, left);
    fal_setting_places(&y, right);
    for (int i = 0; i < FAL_SETTING_PLACES; i++) {
        if (left[i].real)
            g_assert_true(*left[i].real == *right[i].real);
        else
            g_assert_cmpint(*left[i].whole, ==, *right[i].whole);
    }
    g_assert_cmpint(a->confidence, ==, b->confidence);
    g_assert_cmpint(a->solver, ==, b->solver);
    g_assert_cmpuint(a->seed, ==, b->seed);
}

static void
same_iterations(const FalModel *model, const FalModelFile *file)
{
    int n;
    const FalIteration *a = fal_model_iterations(model, &n), *b = file->iterations;

    g_assert_cmpint(n, ==, file->n_iterations);
    for (int i = 0; i < n; i++) {
        g_assert_cmpint(a[i].iteration, ==, b[i].iteration);
        g_assert_true(a[i].loss == b[i].loss && a[i].observed == b[i].observed &&
                      a[i].unobserved == b[i].unobserved &&
                      a[i].regularizer == b[i].regularizer && a[i].seconds == b[i].seconds);
        g_assert_true(isnan(a[i].ndcg) && isnan(b[i].ndcg));
        g_assert_true(a[i].change == b[i].change || (isnan(a[i].change) && isnan(b[i].change)));
    }
}

/* --- round trips --- */

static void
test_round_trip(void)
{
    g_autoptr(FalDataset) dataset = world_new();

    for (int rank = 1; rank <= ARTISTS; rank++) {
        g_autofree char *path = path_new();
        g_autoptr(FalModel) model =
            model_new(dataset, fal_dataset_plays(dataset), rank, (guint64)rank << 40);
        struct stat status;

        gint64 size = save(path, model, NULL);
        g_assert_cmpint(stat(path, &status), ==, 0);
        g_assert_cmpint(status.st_size, ==, size);
        g_autoptr(FalModelFile) file = open_well(path);
        g_assert_true(file->ours);
        same_factors(fal_model_factors(model), &file->factors);
        same_settings(fal_model_settings(model), &file->settings);
        same_iterations(model, file);
        g_assert_cmpint(file->held.kind, ==, FAL_HELD_NONE);
        g_assert_cmpstr(file->title, ==, fal_dataset_title(dataset));
        g_assert_null(fal_model_file_misfit(file, dataset));
        g_assert_cmpuint(file->trained, ==, fal_plays_fingerprint(fal_dataset_plays(dataset)));
    }
}

static void
same_csr(const FalCsr *a, const FalCsr *b)
{
    gsize pairs = (gsize)a->start[a->n_rows];

    g_assert_cmpint(a->n_rows, ==, b->n_rows);
    g_assert_cmpint(a->start[a->n_rows], ==, b->start[b->n_rows]);
    g_assert_cmpmem(a->start, ((gsize)a->n_rows + 1) * 8, b->start, ((gsize)b->n_rows + 1) * 8);
    g_assert_cmpmem(a->col, pairs * 4, b->col, pairs * 4);
    g_assert_cmpmem(a->plays, pairs * 4, b->plays, pairs * 4);
}

/* Each kind of split comes back as it was. */
static void
test_splits(void)
{
    g_autoptr(FalDataset) dataset = world_new();
    g_autofree char *pairs = fal_fixture_write(fal_fixture_folder(), "out.txt",
                                               "1000 0 1\n1003 3 1\n1001 8 5\n1000 7 1\n", -1);
    FalSplit *splits[] = {fal_split_fraction(dataset, 0.3, 77, NULL, NULL),
                          fal_split_spark(dataset, 13, NULL, NULL),
                          fal_split_file(dataset, pairs, NULL, NULL)};

    for (gsize i = 0; i < G_N_ELEMENTS(splits); i++) {
        FalSplit *split = splits[i];
        g_assert_nonnull(split);
        g_autofree char *path = path_new();
        g_autoptr(FalModel) model = model_new(dataset, split->train, 2, 1);
        save(path, model, split);
        g_autoptr(FalModelFile) file = open_well(path);
        g_autoptr(GError) error = NULL;
        g_autoptr(FalSplit) again = fal_split_again(dataset, &file->held, NULL, &error);
        g_assert_no_error(error);
        same_csr(fal_plays_by_user(split->train), fal_plays_by_user(again->train));
        same_csr(fal_plays_by_user(split->validation), fal_plays_by_user(again->validation));
        g_assert_cmpuint(file->trained, ==, fal_plays_fingerprint(again->train));
        g_assert_cmpstr(file->held.description, ==, split->description);
        fal_split_unref(split);
    }
}

/* Alone a model knows names and figures, and recommends the same. */
static void
test_alone(void)
{
    g_autoptr(FalDataset) dataset = world_new();
    g_autoptr(FalModel) model = model_new(dataset, fal_dataset_plays(dataset), 3, 1);
    g_autofree char *path = path_new();
    g_autofree char *second = path_new();
    g_autoptr(GError) error = NULL;

    save(path, model, NULL);
    g_autoptr(FalModelFile) file = open_well(path);
    g_autoptr(FalDataset) bare = fal_dataset_new_bare(path, &file->bare, &error);
    g_assert_no_error(error);
    g_assert_true(fal_dataset_is_bare(bare) && !fal_dataset_is_bare(dataset));
    g_assert_cmpuint(fal_dataset_fingerprint(bare), ==, fal_dataset_fingerprint(dataset));
    for (gint32 i = 0; i < fal_dataset_n_artists(dataset); i++) {
        gint64 id = fal_dataset_artist_id(dataset, i);
        g_assert_cmpint(fal_dataset_find_artist(bare, id), ==, i);
        g_assert_cmpstr(fal_dataset_artist_name(bare, i), ==,
                        fal_dataset_artist_name(dataset, i));
        g_assert_cmpstr(fal_dataset_artist_folded(bare, i), ==,
                        fal_dataset_artist_folded(dataset, i));
        g_assert_cmpuint(fal_dataset_listeners(bare, i), ==, fal_dataset_listeners(dataset, i));
        g_assert_cmpuint(fal_dataset_artist_plays(bare, i), ==,
                         fal_dataset_artist_plays(dataset, i));
    }
    for (gint32 i = 0; i < fal_dataset_n_users(dataset); i++) {
        g_assert_cmpint(fal_dataset_user_id(bare, i), ==, fal_dataset_user_id(dataset, i));
        g_assert_cmpuint(fal_dataset_user_artists(bare, i), ==,
                         fal_dataset_user_artists(dataset, i));
        g_assert_cmpuint(fal_dataset_user_plays(bare, i), ==,
                         fal_dataset_user_plays(dataset, i));
    }
    g_assert_cmpint(fal_dataset_find_user(bare, 1), ==, -1);
    g_assert_cmpint(fal_dataset_stats(bare)->unnamed, ==, fal_dataset_stats(dataset)->unnamed);

    g_autoptr(FalModel) alone =
        fal_model_file_model(file, bare, fal_dataset_plays(bare), &error);
    g_assert_no_error(error);
    for (gint32 user = 0; user < USERS; user++) {
        FalTop a[ARTISTS], b[ARTISTS];
        int n = fal_model_recommend(model, user, ARTISTS, TRUE, a);
        g_assert_cmpint(fal_model_recommend(alone, user, ARTISTS, TRUE, b), ==, n);
        for (int i = 0; i < n; i++)
            g_assert_true(a[i].row == b[i].row && a[i].score == b[i].score);
    }
    /* Saved again it tells the same of its data but for the title. */
    save(second, alone, NULL);
    g_autoptr(FalModelFile) again = open_well(second);
    g_assert_null(fal_model_file_misfit(again, dataset));
    same_factors(fal_model_factors(model), &again->factors);
    same_settings(fal_model_settings(model), &again->settings);
}

/* Other data is told from that of the model; by ids the factors find their rows. */
static void
test_other_data(void)
{
    g_autoptr(FalDataset) dataset = world_new();
    g_autoptr(FalModel) model = model_new(dataset, fal_dataset_plays(dataset), 3, 1);
    g_autofree char *path = path_new();
    g_autoptr(FalDataset) fewer =
        fal_fixture_dataset("1003 3 1\n5 0 2\n1003 0 2\n", NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gint32 users, artists;

    save(path, model, NULL);
    g_autoptr(FalModelFile) file = open_well(path);
    text = fal_model_file_misfit(file, fewer);
    g_assert_nonnull(strstr(text, "12 users and 9 artists"));
    g_assert_nonnull(strstr(text, "2 users and 2 artists"));
    g_assert_true(fal_model_file_match(file, fewer, &users, &artists, &error));
    g_assert_cmpint(users, ==, 1);
    g_assert_cmpint(artists, ==, 2);
    const FalFactors *f = fal_model_factors(model);
    g_assert_cmpmem(fal_user_factors(&file->factors, fal_dataset_find_user(fewer, 1003)), 12,
                    fal_user_factors(f, fal_dataset_find_user(dataset, 1003)), 12);
    g_assert_cmpmem(fal_artist_factors(&file->factors, fal_dataset_find_artist(fewer, 3)), 12,
                    fal_artist_factors(f, fal_dataset_find_artist(dataset, 3)), 12);
    g_assert_true(fal_user_factors(&file->factors, fal_dataset_find_user(fewer, 5))[0] == 0);
}

/* --- what is wrong with files --- */

typedef struct {
    char *name;
    GByteArray *bytes;
} Member;

static void
member_free(gpointer data)
{
    Member *member = data;

    g_free(member->name);
    g_byte_array_unref(member->bytes);
    g_free(member);
}

static GPtrArray *
take_apart(const char *path)
{
    GPtrArray *members = g_ptr_array_new_with_free_func(member_free);
    g_autoptr(FalZip) zip = fal_zip_open(path, NULL);
    const char *name;

    g_assert_nonnull(zip);
    while (fal_zip_next(zip, &name, NULL) && name) {
        Member *member = g_new(Member, 1);
        guint8 some[512];
        gssize n;

        member->name = g_strdup(name);
        member->bytes = g_byte_array_new();
        while ((n = fal_zip_read(zip, some, sizeof some, NULL)) > 0)
            g_byte_array_append(member->bytes, some, (guint)n);
        g_ptr_array_add(members, member);
    }
    return members;
}

static void
put_together(const char *path, GPtrArray *members)
{
    g_autoptr(FalNewFile) file = fal_new_file(path, 0600, NULL);
    g_autoptr(FalZipWriter) zip = fal_zip_writer_new(file, NULL);

    for (guint i = 0; i < members->len; i++) {
        Member *member = members->pdata[i];
        g_assert_true(fal_zip_writer_add(zip, member->name, member->bytes->len, NULL));
        g_assert_true(fal_zip_writer_write(zip, member->bytes->data, member->bytes->len, NULL));
    }
    g_assert_true(fal_zip_writer_finish(zip, NULL));
    g_assert_true(fal_new_file_commit(file, NULL));
}

static Member *
find(GPtrArray *members, const char *name)
{
    g_autofree char *whole = g_strconcat(name, ".npy", NULL);

    for (guint i = 0; i < members->len; i++)
        if (!strcmp(((Member *)members->pdata[i])->name, whole))
            return members->pdata[i];
    g_error("there is no %s", name);
    return NULL;
}

static guint
header_bytes(const Member *member)
{
    return 10u + member->bytes->data[8] + 256u * member->bytes->data[9];
}

/* Puts another header before the array's bytes; it is filled up to 64. */
static void
set_header(Member *member, const char *text)
{
    g_autoptr(GString) header = g_string_new(text);

    while ((header->len + 11) % 64 != 0)
        g_string_append_c(header, ' ');
    g_string_append_c(header, '\n');
    guint8 start[10] = "\x93NUMPY\1";
    start[8] = (guint8)(header->len & 255);
    start[9] = (guint8)(header->len >> 8);
    g_byte_array_remove_range(member->bytes, 0, header_bytes(member));
    g_byte_array_prepend(member->bytes, (const guint8 *)header->str, (guint)header->len);
    g_byte_array_prepend(member->bytes, start, sizeof start);
}

/* Replaces text in falsetto_about, whose length may change. */
static void
edit_about(GPtrArray *members, const char *from, const char *to)
{
    Member *about = find(members, "falsetto_about");
    guint skip = header_bytes(about);
    g_autofree char *text =
        g_strndup((const char *)about->bytes->data + skip, about->bytes->len - skip);
    g_assert_nonnull(strstr(text, from));
    g_auto(GStrv) parts = g_strsplit(text, from, 2);
    g_autofree char *whole = g_strconcat(parts[0], to, parts[1], NULL);
    g_autofree char *header = g_strdup_printf(
        "{'descr': '|u1', 'fortran_order': False, 'shape': (%d,), }", (int)strlen(whole));

    g_byte_array_set_size(about->bytes, skip);
    g_byte_array_append(about->bytes, (const guint8 *)whole, (guint)strlen(whole));
    set_header(about, header);
}

/* Makes falsetto_about agree with what an array holds now. */
static void
reseal(GPtrArray *members, const char *name)
{
    Member *member = find(members, name);
    guint skip = header_bytes(member);
    Member *about = find(members, "falsetto_about");
    g_autofree char *key = g_strdup_printf("\n%s=", name);
    guint8 *at = memmem(about->bytes->data, about->bytes->len, key, strlen(key));
    g_autofree char *hash = g_strdup_printf(
        "%016" G_GINT64_MODIFIER "x",
        (guint64)XXH3_64bits(member->bytes->data + skip, member->bytes->len - skip));

    g_assert_nonnull(at);
    memcpy(at + strlen(key), hash, 16);
}

typedef enum {
    HEADER,  /* text is the header's dictionary */
    RAW,     /* text are all bytes of the member */
    DROP,    /* the member is gone */
    TWICE,   /* it is there twice */
    RENAME,  /* text is its name */
    ADD,     /* a member of this name; text are its bytes */
    CUT,     /* n bytes are gone at its end */
    MORE,    /* n bytes more at its end */
    FLOATS,  /* value in place of the first float */
    BYTES,   /* text in place of the first bytes of the array */
    ABOUT,   /* text: "from|to" in falsetto_about */
    FORM, /* of the .npy form: n */
} Edit;

typedef struct {
    Edit edit;
    const char *member, *text;
    double value;
    const char *wanted; /* of the sentence */
} Case;

#define TYPE(t)  "{'descr': '" t "', 'fortran_order': False, 'shape': (12, 3), }"
#define SHAPE(s) "{'descr': '<f4', 'fortran_order': False, 'shape': " s ", }"

static const Case cases[] = {
    {HEADER, "user_factors", TYPE(">f4"), 0, "big-endian"},
    {HEADER, "user_factors", TYPE("|O"), 0, "Python objects"},
    {HEADER, "user_factors", TYPE("<f2"), 0, "type <f2"},
    {HEADER, "user_factors", TYPE("<c8"), 0, "type <c8"},
    {HEADER, "user_factors", TYPE("<i4"), 0, "type <i4"},
    {HEADER, "user_factors", TYPE("<u4"), 0, "type <u4"},
    {HEADER, "user_factors", TYPE("=f4"), 0, "type =f4"},
    {HEADER, "user_factors", TYPE(""), 0, "is of type"},
    {HEADER, "user_factors", TYPE("<f8"), 0, "cut short"},
    {HEADER, "user_factors", TYPE("<U99999999"), 0, "is of type"},
    {HEADER, "user_factors", TYPE("<V4"), 0, "is of type"},
    {HEADER, "user_factors", TYPE("<U0"), 0, "is of type"},
    {HEADER, "user_factors",
     "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (12, 3), }", 0, "damaged"},
    {HEADER, "user_factors", "{'descr': '<f4', 'fortran_order': True, 'shape': (12, 3), }", 0,
     "by columns"},
    {HEADER, "user_factors", "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (12, 3), }", 0,
     "damaged"},
    {HEADER, "user_factors", "{'descr': '<f4', 'shape': (12, 3), }", 0, "damaged"},
    {HEADER, "user_factors", "{'descr': '<f4', 'fortran_order': False, }", 0, "damaged"},
    {HEADER, "user_factors", "{'fortran_order': False, 'shape': (12, 3), }", 0, "damaged"},
    {HEADER, "user_factors", "{}", 0, "damaged"},
    {HEADER, "user_factors", "", 0, "damaged"},
    {HEADER, "user_factors", TYPE("<f4") " + 1", 0, "damaged"},
    {HEADER, "user_factors", "{'descr': '<f4, 'fortran_order': False, 'shape': (12, 3), }", 0,
     "damaged"},
    {HEADER, "user_factors", "{'more': 1, " "'descr': '<f4', }", 0, "damaged"},
    {HEADER, "user_factors", SHAPE("(12, 3"), 0, "damaged"},
    {HEADER, "user_factors", SHAPE("12, 3)"), 0, "damaged"},
    {HEADER, "user_factors", SHAPE("(-12, 3)"), 0, "damaged"},
    {HEADER, "user_factors", SHAPE("(12.5, 3)"), 0, "damaged"},
    {HEADER, "user_factors", SHAPE("(12, 3, 1)"), 0, "damaged"},
    {HEADER, "user_factors", SHAPE("(36,)"), 0, "1 dimension:"},
    {HEADER, "user_factors", SHAPE("()"), 0, "0 dimensions"},
    {HEADER, "user_factors", SHAPE("(0, 3)"), 0, "0 rows"},
    {HEADER, "user_factors", SHAPE("(12, 0)"), 0, "0 factors a row"},
    {HEADER, "user_factors", SHAPE("(11, 3)"), 0, "longer than its header says"},
    {HEADER, "user_factors", SHAPE("(13, 3)"), 0, "cut short"},
    {HEADER, "user_factors", SHAPE("(18, 2)"), 0, "2 factors and its artists 3"},
    {HEADER, "user_factors", SHAPE("(6, 6)"), 0, "6 factors and its artists 3"},
    {HEADER, "user_factors", SHAPE("(4, 2000)"), 0, "2000 factors a row"},
    {HEADER, "user_factors", SHAPE("(1000000, 1000)"), 0, "larger than a file of this size"},
    {HEADER, "user_factors", SHAPE("(4294967296, 4294967296)"), 0, "size that cannot be"},
    {HEADER, "user_factors", SHAPE("(9223372036854775807, 1)"), 0, "size that cannot be"},
    {HEADER, "user_factors", SHAPE("(18446744073709551616, 1)"), 0, "size that cannot be"},
    {HEADER, "user_factors", SHAPE("(99999999999999999999999999, 3)"), 0, "size that cannot"},
    {HEADER, "item_factors", SHAPE("(3, 9)"), 0, "3 factors and its artists 9"},
    {RAW, "user_factors", "", 0, "cut short"},
    {RAW, "user_factors", "PK\3\4 and so on", 0, "no array of numpy"},
    {RAW, "user_factors", "\x93NUMPY\1", 0, "cut short"},
    {FORM, "user_factors", NULL, 9, "no array of numpy"},
    {FORM, "user_factors", NULL, 2, "header of its user_factors is"},
    {DROP, "user_factors", NULL, 0, "no user_factors in it"},
    {DROP, "item_factors", NULL, 0, "no item_factors in it"},
    {DROP, "falsetto_user_ids", NULL, 0, "its falsetto_user_ids is missing"},
    {DROP, "falsetto_item_names", NULL, 0, "its falsetto_item_names is missing"},
    {DROP, "falsetto_iterations", NULL, 0, "its falsetto_iterations is missing"},
    {DROP, "falsetto_about", NULL, 0, "its falsetto_about is missing"},
    {TWICE, "user_factors", NULL, 0, "holds user_factors twice"},
    {TWICE, "falsetto_about", NULL, 0, "holds falsetto_about twice"},
    {RENAME, "falsetto_user_ids", "falsetto_user_idz.npy", 0, "is missing"},
    {RENAME, "user_factors", "user_factors.txt", 0, "no array of numpy"},
    {ADD, "falsetto_more.npy", NULL, 0, "is not listed"},
    {ADD, "../../etc/passwd", "root", 0, "no array of numpy"},
    {ADD, "\033[2J.npy", "root", 0, "cut short"},
    {CUT, "user_factors", NULL, 1, "cut short"},
    {CUT, "item_factors", NULL, 50, "cut short"},
    {CUT, "falsetto_item_names", NULL, 1, "cut short"},
    {MORE, "user_factors", NULL, 1, "longer than its header says"},
    {MORE, "falsetto_item_ids", NULL, 8, "longer than its header says"},
    {FLOATS, "user_factors", NULL, NAN, "not finite"},
    {FLOATS, "item_factors", NULL, INFINITY, "not finite"},
    {FLOATS, "item_factors", NULL, -INFINITY, "not finite"},
    {FLOATS, "user_factors", NULL, 1e20, "too large"},
    {FLOATS, "user_factors", NULL, 0.5, "not what was written"},
    {BYTES, "falsetto_item_names", "\xff\xfe", 0, "not what was written"},
    {HEADER, "falsetto_user_ids",
     "{'descr': '<i4', 'fortran_order': False, 'shape': (24,), }", 0, "is no list of <i8"},
    {HEADER, "falsetto_user_ids",
     "{'descr': '<i8', 'fortran_order': False, 'shape': (12, 1), }", 0, "2 dimensions"},
    {HEADER, "falsetto_item_names",
     "{'descr': '<U1', 'fortran_order': False, 'shape': (5,), }", 0, "is no list of |u1"},
    {HEADER, "falsetto_iterations",
     "{'descr': '<f8', 'fortran_order': False, 'shape': (24,), }", 0, "another type or shape"},
    {BYTES, "falsetto_iterations", "12345678", 0, "not counted"},
    {HEADER, "regularization", "{'descr': '|b1', 'fortran_order': False, 'shape': (), }", 0,
     "is no number"},
    {HEADER, "alpha", "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }", 0,
     "is no number"},
    {BYTES, "regularization", "\1\1\1\1\1\1\xf0\xbf", 0, "its regularization is -1.0"},
    {BYTES, "alpha", "\1\1\1\1\1\1\xf0\xbf", 0, "its alpha is -1.0"},
    {BYTES, "iterations", "\xff\xff\xff\xff\xff\xff\xff\xff", 0, "its iterations is -1"},
    {BYTES, "factors", "\xf8\xff\xff\xff\xff\xff\xff\xff", 0, "its factors is -8"},
    {ABOUT, NULL, "version=1|version=2", 0, "later falsetto (form 2"},
    {ABOUT, NULL, "version=1|version=x", 0, "version=x"},
    {ABOUT, NULL, "version=1|verzion=1", 0, "does not tell version"},
    {ABOUT, NULL, "[falsetto]|[falsetto", 0, "cannot be read"},
    {ABOUT, NULL, "[training]|[trainink]", 0, "does not tell"},
    {ABOUT, NULL, "rank=3|rank=4", 0, "rank=4 for 3"},
    {ABOUT, NULL, "rank=3|rank=3000000000", 0, "cannot be"},
    {ABOUT, NULL, "alpha=1|alpha=-1", 0, "alpha=-1"},
    {ABOUT, NULL, "alpha=1|alpha=nan", 0, "alpha=nan"},
    {ABOUT, NULL, "unobserved=1|unobserved=0", 0, "unobserved"},
    {ABOUT, NULL, "confidence=log|confidence=blog", 0, "confidence=blog"},
    {ABOUT, NULL, "solver=cg|solver=oracle", 0, "solver=oracle"},
    {ABOUT, NULL, "seed=1|seed=99999999999999999999", 0, "seed="},
    {ABOUT, NULL, "kind=none|kind=some", 0, "kind=some"},
    {ABOUT, NULL, "kind=none|kind=a\\nb\\tc", 0, "kind=a"},
    {ABOUT, NULL, "kind=none|kind=pairs", 0, "falsetto_held_out is missing"},
    {ABOUT, NULL, "kind=none|kind=fraction", 0, "does not tell description"},
    {ABOUT, NULL, "title=|title=\xff", 0, "title"},
    {ABOUT, NULL, "item_factors=|item_faktors=", 0, "is missing"},
    {ABOUT, NULL, "user_factors=|user_factors=x", 0, "cannot be"},
};

static void
apply(GPtrArray *members, const Case *c)
{
    Member *member = c->edit == ADD || c->edit == ABOUT ? NULL : find(members, c->member);
    float value = (float)c->value;

    switch (c->edit) {
    case HEADER:
        set_header(member, c->text);
        break;
    case RAW:
        g_byte_array_set_size(member->bytes, 0);
        g_byte_array_append(member->bytes, (const guint8 *)c->text, (guint)strlen(c->text));
        break;
    case DROP:
        g_ptr_array_remove(members, member);
        break;
    case TWICE:
    case ADD: {
        Member *more = g_new(Member, 1);
        more->name = g_strdup(member ? member->name : c->member);
        more->bytes = g_byte_array_new();
        if (!member && !c->text)
            member = find(members, "alpha");
        if (member)
            g_byte_array_append(more->bytes, member->bytes->data, member->bytes->len);
        else
            g_byte_array_append(more->bytes, (const guint8 *)c->text, (guint)strlen(c->text));
        g_ptr_array_insert(members, 0, more);
        break;
    }
    case RENAME:
        g_free(member->name);
        member->name = g_strdup(c->text);
        break;
    case CUT:
        g_byte_array_set_size(member->bytes, member->bytes->len - (guint)c->value);
        break;
    case MORE:
        g_byte_array_set_size(member->bytes, member->bytes->len + (guint)c->value);
        memset(member->bytes->data + member->bytes->len - (guint)c->value, 0, (gsize)c->value);
        break;
    case FLOATS:
        memcpy(member->bytes->data + header_bytes(member), &value, sizeof value);
        break;
    case BYTES:
        memcpy(member->bytes->data + header_bytes(member), c->text, strlen(c->text));
        break;
    case ABOUT: {
        g_auto(GStrv) words = g_strsplit(c->text, "|", 2);
        edit_about(members, words[0], words[1]);
        break;
    }
    case FORM:
        member->bytes->data[6] = (guint8)c->value;
        break;
    }
}

/* The file that all the wrong ones are made of. */
static char *
good_file(void)
{
    g_autoptr(FalDataset) dataset = world_new();
    g_autoptr(FalModel) model = model_new(dataset, fal_dataset_plays(dataset), 3, 1);
    char *path = path_new();

    save(path, model, NULL);
    return path;
}

static void
test_malformed(void)
{
    g_autofree char *good = good_file();
    g_autofree char *path = path_new();

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) members = take_apart(good);
        apply(members, &cases[i]);
        put_together(path, members);
        refused(path, cases[i].wanted);
    }
    g_assert_cmpuint(G_N_ELEMENTS(cases), >=, 60);
    /* Nothing but the edit was wrong. */
    g_autoptr(GPtrArray) members = take_apart(good);
    put_together(path, members);
    fal_model_file_free(open_well(path));
}

/* Files whose checksums are right and whose ids or names cannot be. */
static void
test_sealed(void)
{
    static const struct {
        const char *member, *bytes;
        gsize n;
        const char *wanted;
    } sealed[] = {
        {"falsetto_user_ids", "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "below 0"},
        {"falsetto_user_ids", "\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16, "twice"},
        {"falsetto_item_ids", "\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0", 16, "twice"},
        {"falsetto_item_names", "\xff", 1, "not UTF-8"},
        {"falsetto_item_names", "\0", 1, "more than artists"},
    };
    g_autofree char *good = good_file();
    g_autofree char *path = path_new();

    for (gsize i = 0; i < G_N_ELEMENTS(sealed); i++) {
        g_autoptr(GPtrArray) members = take_apart(good);
        Member *member = find(members, sealed[i].member);
        g_autoptr(GError) error = NULL;

        memcpy(member->bytes->data + header_bytes(member), sealed[i].bytes, sealed[i].n);
        reseal(members, sealed[i].member);
        put_together(path, members);
        g_autoptr(FalModelFile) file = open_well(path);
        g_assert_null(fal_dataset_new_bare(path, &file->bare, &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_MODEL);
        g_assert_nonnull(strstr(error->message, sealed[i].wanted));
    }
    g_autoptr(GPtrArray) members = take_apart(good);
    Member *names = find(members, "falsetto_item_names");
    names->bytes->data[names->bytes->len - 1] = 'x';
    names->bytes->data[names->bytes->len - 2] = 'x';
    reseal(members, "falsetto_item_names");
    put_together(path, members);
    g_autoptr(FalModelFile) file = open_well(path);
    g_autoptr(GError) error = NULL;
    g_assert_null(fal_dataset_new_bare(path, &file->bare, &error));
    g_assert_nonnull(strstr(error->message, "fewer than artists"));
}

/* Cut anywhere, it is refused. */
static void
test_truncated(void)
{
    g_autofree char *path = good_file();
    struct stat status;

    g_assert_cmpint(stat(path, &status), ==, 0);
    for (off_t cut = status.st_size - 1; cut >= 0; cut -= FAL_SLOWER) {
        g_assert_cmpint(truncate(path, cut), ==, 0);
        refused(path, NULL);
    }
}

/* A byte that is another one is noticed, or makes no difference: it is in a time or in a name
 * that is there twice. */
static void
test_flipped(void)
{
    g_autofree char *path = good_file();
    g_autofree char *bytes = NULL;
    g_autoptr(FalModelFile) right = open_well(path);
    gsize n, harmless = 0;
    int fd = open(path, O_WRONLY);

    g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
    for (gsize at = 0; at < n; at += FAL_SLOWER) {
        g_autoptr(GError) error = NULL;
        char other = (char)(bytes[at] ^ (1 << at % 8));

        g_assert_cmpint(pwrite(fd, &other, 1, (off_t)at), ==, 1);
        g_autoptr(FalModelFile) file = fal_model_file_read(path, NULL, &error);
        g_assert_cmpint(pwrite(fd, &bytes[at], 1, (off_t)at), ==, 1);
        if (!file) {
            g_assert_error(error, FAL_ERROR, FAL_ERROR_MODEL);
            continue;
        }
        harmless++;
        g_assert_true(file->ours);
        same_factors(&right->factors, &file->factors);
        same_settings(&right->settings, &file->settings);
        g_assert_cmpmem(right->bare.names, (gsize)right->bare.names_bytes, file->bare.names,
                        (gsize)file->bare.names_bytes);
        g_assert_cmpmem(right->bare.user_ids, USERS * 8, file->bare.user_ids, USERS * 8);
        g_assert_cmpmem(right->bare.artist_ids, ARTISTS * 8, file->bare.artist_ids,
                        ARTISTS * 8);
    }
    g_assert_cmpuint(harmless, <, n / 2);
    close(fd);
}

/* A member of n zeros, or of a good header and zeros, squeezed. */
static void
write_bomb(const char *path, const char *header, gsize n)
{
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    g_autofree char *zeros = g_malloc0(1 << 20);

    archive_write_set_format_zip(archive);
    archive_write_set_options(archive, "zip:compression=deflate");
    g_assert_cmpint(archive_write_open_filename(archive, path), ==, ARCHIVE_OK);
    archive_entry_set_pathname(entry, "user_factors.npy");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, (la_int64_t)(n + strlen(header) + 10));
    g_assert_cmpint(archive_write_header(archive, entry), ==, ARCHIVE_OK);
    guint8 start[10] = "\x93NUMPY\1";
    start[8] = (guint8)strlen(header);
    archive_write_data(archive, start, 10);
    archive_write_data(archive, header, strlen(header));
    for (gsize at = 0; at < n; at += 1 << 20)
        archive_write_data(archive, zeros, 1 << 20);
    archive_entry_free(entry);
    archive_write_close(archive);
    archive_write_free(archive);
}

static void
test_bombs(void)
{
    g_autofree char *path = path_new();
    gint64 began = g_get_monotonic_time();

    write_bomb(path, SHAPE("(1048576, 64)"), 64 << 20);
    refused(path, "larger than a file of this size can hold");
    write_bomb(path, SHAPE("(1, 64)"), 64 << 20);
    refused(path, "longer than its header says");
    g_assert_cmpint(g_get_monotonic_time() - began, <, 60 * G_USEC_PER_SEC);
}

/* What is no file at all. */
static void
test_no_file(void)
{
    const char *folder = fal_fixture_folder();
    g_autofree char *missing = g_build_filename(folder, "missing.npz", NULL);
    g_autofree char *pipe = g_build_filename(folder, "pipe", NULL);
    g_autofree char *text = fal_fixture_write(folder, "text", "1 2 3\n", -1);
    g_autofree char *empty = fal_fixture_write(folder, "empty", "", 0);

    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    refused(missing, "No such file");
    refused(folder, "folder");
    refused(pipe, "no file");
    refused("/dev/zero", "no file");
    refused(text, "no .npz file");
    refused(empty, "empty");
}

/* --- another program's --- */

static void
test_foreign(void)
{
    g_autofree char *good = good_file();
    g_autofree char *path = path_new();
    g_autoptr(GPtrArray) members = take_apart(good);
    g_autoptr(FalModelFile) right = open_well(good);
    g_autoptr(FalDataset) dataset = world_new();
    g_autoptr(GError) error = NULL;

    for (guint i = members->len; i-- > 0;)
        if (g_str_has_prefix(((Member *)members->pdata[i])->name, "falsetto_"))
            g_ptr_array_remove_index(members, i);
    put_together(path, members);
    g_autoptr(FalModelFile) file = open_well(path);
    g_assert_false(file->ours);
    same_factors(&right->factors, &file->factors);
    g_assert_true(file->settings.lambda == 1 / 3.0);
    g_assert_cmpint(file->settings.confidence, ==, FAL_CONFIDENCE_RAW);
    g_assert_cmpint(file->bare.user_ids[11], ==, 11);
    g_assert_null(fal_model_file_misfit(file, dataset));

    /* Turned, all products are what they were, and the energy falls. */
    g_assert_true(fal_factors_turn(&file->factors, &error));
    const FalFactors *a = &right->factors, *b = &file->factors;
    double energy[3] = {0};
    for (gint32 i = 0; i < ARTISTS; i++) {
        for (int k = 0; k < 3; k++)
            energy[k] += pow(fal_artist_factors(b, i)[k], 2);
        for (gint32 u = 0; u < USERS; u++) {
            double x = 0, y = 0;
            for (int k = 0; k < 3; k++) {
                x += fal_user_factors(a, u)[k] * fal_artist_factors(a, i)[k];
                y += fal_user_factors(b, u)[k] * fal_artist_factors(b, i)[k];
            }
            g_assert_cmpfloat_with_epsilon(x, y, 1e-5);
        }
    }
    g_assert_true(energy[0] >= energy[1] && energy[1] >= energy[2]);
}

static void
put_whole(GPtrArray *members, const char *name, gint64 value)
{
    Member *member = find(members, name);

    memcpy(member->bytes->data + header_bytes(member), &value, sizeof value);
}

/* implicit's other models have one or two columns more than factors, for biases. */
static void
test_foreign_settings(void)
{
    static const struct {
        gint64 factors, iterations;
        const char *wanted; /* of the sentence; NULL: it opens */
    } all[] = {
        {3, 40, NULL},       {2, 7, NULL},          {1, 7, NULL},
        {0, 7, NULL},        {4, 7, "factors is 4"}, {-1, 7, "factors is -1"},
        {3, 1000000000, NULL}, {3, 1000000001, "iterations is 1e+09"},
    };
    g_autofree char *good = good_file();
    g_autofree char *path = path_new();
    g_autoptr(GPtrArray) members = take_apart(good);

    for (guint i = members->len; i-- > 0;)
        if (g_str_has_prefix(((Member *)members->pdata[i])->name, "falsetto_"))
            g_ptr_array_remove_index(members, i);
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
        put_whole(members, "factors", all[i].factors);
        put_whole(members, "iterations", all[i].iterations);
        put_together(path, members);
        if (all[i].wanted) {
            refused(path, all[i].wanted);
            continue;
        }
        g_autoptr(FalModelFile) file = open_well(path);
        g_assert_cmpint(file->settings.iterations, ==, all[i].iterations);
        g_assert_cmpint(file->settings.rank, ==, 3);
        g_assert_true(file->bare.numbered);
    }
}

/* --- writing that goes wrong --- */

static guint
count_parts(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    guint n = 0;

    while ((name = g_dir_read_name(dir)))
        n += g_str_has_suffix(name, ".part");
    return n;
}

static void
test_full(void)
{
    g_autoptr(FalDataset) dataset = world_new();
    g_autoptr(FalModel) model = model_new(dataset, fal_dataset_plays(dataset), 3, 1);
    g_autofree char *path = path_new();
    FalHeldOut nothing = {.kind = FAL_HELD_NONE};
    struct rlimit was, small;
    gint64 size = save(path, model, NULL), written;

    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &was), ==, 0);
    small = was;
    signal(SIGXFSZ, SIG_IGN);
    for (gint64 room = 0; room < size; room += size / 7) {
        g_autoptr(GError) error = NULL;
        small.rlim_cur = (rlim_t)room;
        g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
        gboolean well = fal_model_file_write(path, model, &nothing, &written, NULL, &error);
        g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &was), ==, 0);
        g_assert_false(well);
        g_assert_error(error, FAL_ERROR, FAL_ERROR_FAILED);
        g_assert_nonnull(strstr(error->message, "cannot write "));
        g_assert_cmpuint(count_parts(path), ==, 0);
        fal_model_file_free(open_well(path));
    }
    if (g_file_test("/dev/full", G_FILE_TEST_EXISTS)) {
        g_autoptr(GError) error = NULL;
        g_assert_false(
            fal_model_file_write("/dev/full", model, &nothing, &written, NULL, &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_FAILED);
    }
}

static void
test_cancelled(void)
{
    g_autoptr(FalDataset) dataset = world_new();
    g_autoptr(FalModel) model = model_new(dataset, fal_dataset_plays(dataset), 3, 1);
    g_autofree char *path = path_new();
    g_autoptr(FalTask) task = fal_task_new();
    g_autoptr(GError) error = NULL, second = NULL;
    FalHeldOut nothing = {.kind = FAL_HELD_NONE};
    gint64 size;

    save(path, model, NULL);
    fal_task_cancel(task);
    g_assert_false(fal_model_file_write(path, model, &nothing, &size, task, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
    g_assert_cmpuint(count_parts(path), ==, 0);
    g_assert_null(fal_model_file_read(path, task, &second));
    g_assert_error(second, FAL_ERROR, FAL_ERROR_CANCELLED);
    fal_model_file_free(open_well(path));
}

/* A link stays one, and what it leads to keeps its mode. */
static void
test_replaced(void)
{
    g_autoptr(FalDataset) dataset = world_new();
    g_autoptr(FalModel) model = model_new(dataset, fal_dataset_plays(dataset), 3, 1);
    g_autofree char *path = path_new();
    g_autofree char *link = g_strconcat(path, ".link.npz", NULL);
    struct stat status;

    save(path, model, NULL);
    g_assert_cmpint(chmod(path, 0640), ==, 0);
    g_assert_cmpint(symlink("model.npz", link), ==, 0);
    save(link, model, NULL);
    g_assert_true(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 07777, ==, 0640);
}

/* --- killed --- */

/* Opens path and saves it again and again, each time with another title of the split; tells on
 * standard output when it begins. */
static int
save_for_ever(const char *path)
{
    g_autoptr(FalModelFile) file = open_well(path);
    g_autoptr(FalDataset) bare = fal_dataset_new_bare(path, &file->bare, NULL);
    g_autoptr(FalModel) model = fal_model_file_model(file, bare, fal_dataset_plays(bare), NULL);
    FalHeldOut held = {.kind = FAL_HELD_FRACTION, .fraction = 0.5};
    gint64 size;

    if (write(STDOUT_FILENO, "!", 1) != 1)
        return 1;
    for (;;) {
        held.seed++;
        held.description = held.seed % 2 ? (char *)"odd" : (char *)"even";
        if (!fal_model_file_write(path, model, &held, &size, NULL, NULL))
            return 1;
    }
}

static void
test_killed(void)
{
    g_autofree char *path = good_file();
    g_autoptr(FalModelFile) right = open_well(path);
    FalRandom random;
    guint parts = 0, changed = 0;

    fal_random_init(&random, 1);
    for (int round = 0; round < 200 / FAL_SLOWER; round++) {
        char *argv[] = {(char *)self, (char *)"--save-for-ever", path, NULL};
        g_autoptr(GError) error = NULL;
        GPid pid;
        int status, begins;
        char mark;

        g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                                 NULL, &begins, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpint(read(begins, &mark, 1), ==, 1);
        close(begins);
        g_usleep((gulong)fal_random_below(&random, 1 << (3 + round % 14)));
        g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_true(WIFSIGNALED(status));
        g_assert_cmpuint(count_parts(path), <=, 2);
        parts += count_parts(path);
        g_autoptr(FalModelFile) file = open_well(path);
        same_factors(&right->factors, &file->factors);
        changed += file->held.seed > 0;
        if (file->held.seed > 0)
            g_assert_cmpstr(file->held.description, ==, file->held.seed % 2 ? "odd" : "even");
    }
    /* It was killed while it wrote, and had written before. */
    g_assert_cmpuint(parts, >, 0);
    g_assert_cmpuint(changed, >, 0);
    /* The next one clears what is left. */
    g_autoptr(FalDataset) dataset = world_new();
    g_autoptr(FalModel) model = model_new(dataset, fal_dataset_plays(dataset), 3, 1);
    save(path, model, NULL);
    g_assert_cmpuint(count_parts(path), ==, 0);
}

int
main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--save-for-ever"))
        return save_for_ever(argv[2]);
    self = argv[0];
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model-file/round-trip", test_round_trip);
    g_test_add_func("/model-file/splits", test_splits);
    g_test_add_func("/model-file/alone", test_alone);
    g_test_add_func("/model-file/other-data", test_other_data);
    g_test_add_func("/model-file/malformed", test_malformed);
    g_test_add_func("/model-file/sealed", test_sealed);
    g_test_add_func("/model-file/truncated", test_truncated);
    g_test_add_func("/model-file/flipped", test_flipped);
    g_test_add_func("/model-file/bombs", test_bombs);
    g_test_add_func("/model-file/no-file", test_no_file);
    g_test_add_func("/model-file/foreign", test_foreign);
    g_test_add_func("/model-file/foreign-settings", test_foreign_settings);
    g_test_add_func("/model-file/full", test_full);
    g_test_add_func("/model-file/cancelled", test_cancelled);
    g_test_add_func("/model-file/replaced", test_replaced);
    g_test_add_func("/model-file/killed", test_killed);
    return g_test_run();
}
