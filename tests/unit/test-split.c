/* Splits: how many and which are held out, that nothing held out stays in training, and the
 * split of the published homework.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "eval/split.h"
#include "fixture.h"

static guint32
plays_of(FalDataset *dataset, FalPlays *plays, gint64 user, gint64 artist)
{
    return fal_csr_find(fal_plays_by_user(plays), fal_dataset_find_user(dataset, user),
                        fal_dataset_find_artist(dataset, artist));
}

static gint64
count_of(FalDataset *dataset, FalPlays *plays, gint64 user)
{
    return fal_csr_count(fal_plays_by_user(plays), fal_dataset_find_user(dataset, user));
}

/* n_users users; user u plays artists 1 .. counts[u], each u + artist times. */
static char *
rows_of(const int *counts, int n_users)
{
    GString *rows = g_string_new(NULL);

    for (int user = 0; user < n_users; user++)
        for (int artist = 1; artist <= counts[user]; artist++)
            g_string_append_printf(rows, "%d %d %d\n", user + 1, artist, user + artist);
    return g_string_free(rows, FALSE);
}

static void
assert_same_plays(FalPlays *a, FalPlays *b)
{
    const FalCsr *x = fal_plays_by_user(a), *y = fal_plays_by_user(b);
    gsize n = (gsize)fal_plays_n_pairs(a);

    g_assert_cmpint(x->n_rows, ==, y->n_rows);
    g_assert_cmpmem(x->start, sizeof *x->start * ((gsize)x->n_rows + 1), y->start,
                    sizeof *y->start * ((gsize)y->n_rows + 1));
    g_assert_cmpmem(x->col, sizeof *x->col * n, y->col, sizeof *y->col * n);
    g_assert_cmpmem(x->plays, sizeof *x->plays * n, y->plays, sizeof *y->plays * n);
}

/* No pair of held is in train. */
static void
assert_no_leak(FalPlays *train, FalPlays *held)
{
    const FalCsr *t = fal_plays_by_user(train), *h = fal_plays_by_user(held);

    g_assert_cmpint(fal_plays_n_pairs(held), >, 0);
    for (gint32 user = 0; user < h->n_rows; user++)
        for (gint64 i = h->start[user]; i < h->start[user + 1]; i++)
            g_assert_cmpuint(fal_csr_find(t, user, h->col[i]), ==, 0);
}

/* Every pair of the dataset is in train or in held, with its plays, and nothing else is. */
static void
assert_partition(FalDataset *dataset, const FalSplit *split)
{
    FalPlays *all = fal_dataset_plays(dataset);
    const FalCsr *csr = fal_plays_by_user(all);

    g_assert_cmpint(fal_plays_n_pairs(split->train) + fal_plays_n_pairs(split->validation), ==,
                    fal_plays_n_pairs(all));
    for (gint32 user = 0; user < csr->n_rows; user++) {
        for (gint64 i = csr->start[user]; i < csr->start[user + 1]; i++) {
            guint32 train = fal_csr_find(fal_plays_by_user(split->train), user, csr->col[i]);
            guint32 held =
                fal_csr_find(fal_plays_by_user(split->validation), user, csr->col[i]);
            g_assert_cmpuint(train + held, ==, csr->plays[i]);
            g_assert_true(train == 0 || held == 0);
        }
    }
}

/* Half rounds up, one artist stays, who has one keeps it. */
static void
test_fraction_counts(void)
{
    static const int counts[] = {10, 5, 4, 1, 2, 50};
    static const struct {
        double fraction;
        int held[6];
        int users;
    } cases[] = {
        {0.1, {1, 1, 0, 0, 0, 5}, 3},   /* 1, .5, .4, .1, .2, 5 */
        {0.5, {5, 3, 2, 0, 1, 25}, 5},  /* 5, 2.5, 2, .5, 1, 25 */
        {0.29, {3, 1, 1, 0, 1, 15}, 5}, /* 2.9, 1.45, 1.16, .29, .58, 14.5 */
        {0.99, {9, 4, 3, 0, 1, 49}, 5}, /* 9.9, 4.95, 3.96, .99, 1.98, 49.5 */
        {0.001, {0, 0, 0, 0, 0, 0}, 0},
    };
    g_autofree char *rows = rows_of(counts, 6);
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(rows, NULL, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(FalSplit) split =
            fal_split_fraction(dataset, cases[i].fraction, 1, NULL, &error);
        g_assert_no_error(error);
        gint64 sum = 0;
        for (int user = 0; user < 6; user++) {
            g_assert_cmpint(count_of(dataset, split->validation, user + 1), ==,
                            cases[i].held[user]);
            sum += cases[i].held[user];
        }
        g_assert_cmpint(split->n_validation, ==, sum);
        g_assert_cmpint(split->n_train, ==, 72 - sum);
        g_assert_cmpint(split->n_users, ==, cases[i].users);
        g_assert_cmpint(split->n_test, ==, 0);
        g_assert_cmpint(split->n_skipped, ==, 0);
        g_assert_null(split->test);
        assert_partition(dataset, split);
    }
}

/* Held out are those with the smallest hashes of (seed, user id, artist id). */
/* So many of each user, but for one that stays; the choice is that of a fraction by the same
 * seed. */
static void
test_leave(void)
{
    static const int counts[] = {10, 5, 4, 1, 2, 50};
    g_autofree char *rows = rows_of(counts, 6);
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(rows, NULL, NULL);
    g_autoptr(GError) error = NULL;

    for (int leave = 1; leave <= 60; leave += 3) {
        g_autoptr(FalSplit) split = fal_split_leave(dataset, leave, 1, NULL, &error);
        g_assert_no_error(error);
        int users = 0;
        for (int user = 0; user < 6; user++) {
            int held = MIN(leave, counts[user] - 1);
            users += held > 0;
            g_assert_cmpint(count_of(dataset, split->validation, user + 1), ==, held);
        }
        g_assert_cmpint(split->n_users, ==, users);
        g_assert_null(split->test);
        assert_partition(dataset, split);
    }
    g_autoptr(FalSplit) three = fal_split_leave(dataset, 3, 7, NULL, NULL);
    g_autoptr(FalSplit) share = fal_split_fraction(dataset, 0.06, 7, NULL, NULL);
    const FalCsr *held = fal_plays_by_user(three->validation);
    gint32 user = fal_dataset_find_user(dataset, 6);
    g_assert_cmpint(count_of(dataset, share->validation, 6), ==, 3);
    for (gint64 i = held->start[user]; i < held->start[user + 1]; i++)
        g_assert_cmpuint(fal_csr_find(fal_plays_by_user(share->validation), user, held->col[i]),
                         >, 0);
    g_assert_cmpstr(three->description, ==, "3 of each held out (seed 7)");
    g_autoptr(FalSplit) other = fal_split_leave(dataset, 3, 8, NULL, NULL);
    gboolean same = TRUE;
    for (gint64 i = held->start[user]; i < held->start[user + 1]; i++)
        same =
            same && fal_csr_find(fal_plays_by_user(other->validation), user, held->col[i]) > 0;
    g_assert_false(same);
    g_assert_null(fal_split_leave(dataset, 0, 1, NULL, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
}

static void
test_fraction_choice(void)
{
    static const int counts[] = {40, 31};
    g_autofree char *rows = rows_of(counts, 2);
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(rows, NULL, NULL);
    g_autoptr(FalSplit) split = fal_split_fraction(dataset, 0.3, 99, NULL, NULL);

    for (guint64 user = 1; user <= 2; user++) {
        guint64 largest_held = 0, smallest_kept = G_MAXUINT64;
        for (gint64 artist = 1; artist <= counts[user - 1]; artist++) {
            guint64 hash = fal_random_hash(99, user, (guint64)artist);
            if (plays_of(dataset, split->validation, (gint64)user, artist) > 0)
                largest_held = MAX(largest_held, hash);
            else
                smallest_kept = MIN(smallest_kept, hash);
        }
        g_assert_cmpuint(largest_held, <, smallest_kept);
    }
}

static int
compare_backwards(const void *a, const void *b)
{
    return -strcmp(*(char *const *)a, *(char *const *)b);
}

static void
test_fraction_file_order(void)
{
    static const int counts[] = {23, 7, 15, 40, 12};
    g_autofree char *rows = rows_of(counts, 5);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(rows), "\n", -1);
    g_autofree char *forwards = g_strjoinv("\n", lines);
    qsort(lines, g_strv_length(lines), sizeof *lines, compare_backwards);
    g_autofree char *backwards = g_strjoinv("\n", lines);
    g_assert_cmpstr(forwards, !=, backwards);

    g_autoptr(FalDataset) a = fal_fixture_dataset(forwards, NULL, NULL);
    g_autoptr(FalDataset) b = fal_fixture_dataset(backwards, NULL, NULL);
    g_autoptr(FalSplit) split_a = fal_split_fraction(a, 0.25, 5, NULL, NULL);
    g_autoptr(FalSplit) split_b = fal_split_fraction(b, 0.25, 5, NULL, NULL);
    for (gint64 user = 1; user <= 5; user++) {
        for (gint64 artist = 1; artist <= 40; artist++) {
            g_assert_cmpuint(plays_of(a, split_a->validation, user, artist), ==,
                             plays_of(b, split_b->validation, user, artist));
        }
    }
}

static void
test_fraction_seeds_and_threads(void)
{
    int counts[700];

    for (int user = 0; user < 700; user++)
        counts[user] = 1 + user % 60;
    g_autofree char *rows = rows_of(counts, 700);
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(rows, NULL, NULL);
    fal_parallel_set_threads(1);
    g_autoptr(FalSplit) one = fal_split_fraction(dataset, 0.2, 3, NULL, NULL);
    assert_no_leak(one->train, one->validation);
    for (int threads = 2; threads <= 3; threads++) {
        fal_parallel_set_threads(threads);
        g_autoptr(FalSplit) more = fal_split_fraction(dataset, 0.2, 3, NULL, NULL);
        assert_same_plays(one->train, more->train);
        assert_same_plays(one->validation, more->validation);
    }
    fal_parallel_set_threads(0);

    g_autoptr(FalSplit) other = fal_split_fraction(dataset, 0.2, 4, NULL, NULL);
    g_assert_cmpint(other->n_validation, ==, one->n_validation);
    const FalCsr *x = fal_plays_by_user(one->validation);
    const FalCsr *y = fal_plays_by_user(other->validation);
    g_assert_cmpint(memcmp(x->col, y->col, sizeof *x->col * (gsize)one->n_validation), !=, 0);
}

static void
test_fraction_range(void)
{
    const double bad[] = {0, 1, -0.1, 1.5, NAN, INFINITY};
    g_autoptr(FalDataset) dataset = fal_fixture_dataset("1 1 1\n1 2 1\n", NULL, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(fal_split_fraction(dataset, bad[i], 1, NULL, &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_USAGE);
        g_assert_nonnull(strstr(error->message, "between 0 and 1"));
    }
}

static void
test_description(void)
{
    g_autoptr(FalDataset) dataset = fal_fixture_dataset("1 1 1\n1 2 1\n", NULL, NULL);
    g_autoptr(FalSplit) tenth = fal_split_fraction(dataset, 0.1, 1, NULL, NULL);
    g_autoptr(FalSplit) eighth = fal_split_fraction(dataset, 0.125, 7, NULL, NULL);
    g_autoptr(FalSplit) spark = fal_split_spark(dataset, 13, NULL, NULL);

    g_assert_cmpstr(tenth->description, ==, "10 % held out (seed 1)");
    g_assert_cmpstr(eighth->description, ==, "12.5 % held out (seed 7)");
    g_assert_cmpstr(spark->description, ==, "40/40/20 by rows (seed 13)");
}

static void
test_cancelled(void)
{
    g_autoptr(FalDataset) dataset = fal_fixture_dataset("1 1 1\n1 2 1\n", NULL, NULL);
    g_autoptr(FalTask) task = fal_task_new();
    g_autoptr(GError) error = NULL;

    fal_task_cancel(task);
    g_assert_null(fal_split_fraction(dataset, 0.5, 1, task, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
    g_clear_error(&error);
    g_assert_null(fal_split_spark(dataset, 1, task, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
}

/* What Python draws: import random; r = random.Random(seed); [r.randint(0, 1) for _ in
 * range(10)]; then below .4 is T, below .8 V, else E for each r.random(). */
static void
test_spark_draws(void)
{
    static const struct {
        guint64 seed;
        const char *parts;
    } cases[] = {
        {13, "VTTVEEETVETVVTETTEVEVEVV"},
        {1, "VETVVVTEVTTTVTEVEVVVEVTV"},
        {0, "VTVVTEEEETVEVVTVVEEVETEV"},
        {(G_GUINT64_CONSTANT(1) << 40) + 5, "VVTETVTVTVEVTETVTVVVVTTT"},
    };
    static const int counts[] = {24};
    g_autofree char *rows = rows_of(counts, 1);
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(rows, NULL, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(FalSplit) split = fal_split_spark(dataset, cases[i].seed, NULL, &error);
        g_assert_no_error(error);
        for (gint64 artist = 1; artist <= 24; artist++) {
            char part = plays_of(dataset, split->train, 1, artist) > 0        ? 'T'
                        : plays_of(dataset, split->validation, 1, artist) > 0 ? 'V'
                                                                              : 'E';
            g_assert_cmpint(part, ==, cases[i].parts[artist - 1]);
            g_assert_true((plays_of(dataset, split->test, 1, artist) > 0) == (part == 'E'));
        }
    }
}

/* Seed 1 draws V E T V V V T E ... for the rows below; artist 9 is an alias of 2.
 *   1  V  user 1 artist 1   in train by row 3, so dropped
 *   2  E  user 1 artist 1   the same
 *   3  T  user 1 artist 1
 *   4  V  user 1 artist 2
 *   5  V  user 1 artist 9   added to row 4
 *   6  V  user 2 artist 3
 *   7  T  user 2 artist 2
 *   8  E  user 2 artist 3   in validation too: that may be */
static void
test_spark_merged_rows(void)
{
    g_autoptr(FalDataset) dataset = fal_fixture_dataset(
        "1 1 10\n1 1 20\n1 1 40\n1 2 1\n1 9 2\n2 3 5\n2 2 7\n2 3 9\n", NULL, "9\t2\n");
    g_autoptr(GError) error = NULL;
    g_autoptr(FalSplit) split = fal_split_spark(dataset, 1, NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpint(split->n_train, ==, 2);
    g_assert_cmpint(split->n_validation, ==, 4);
    g_assert_cmpint(split->n_test, ==, 2);
    g_assert_cmpint(split->n_users, ==, 2);
    g_assert_cmpint(fal_plays_n_pairs(split->train), ==, 2);
    g_assert_cmpuint(plays_of(dataset, split->train, 1, 1), ==, 40);
    g_assert_cmpuint(plays_of(dataset, split->train, 2, 2), ==, 7);
    g_assert_cmpint(fal_plays_n_pairs(split->validation), ==, 2);
    g_assert_cmpuint(plays_of(dataset, split->validation, 1, 2), ==, 3);
    g_assert_cmpuint(plays_of(dataset, split->validation, 2, 3), ==, 5);
    g_assert_cmpint(fal_plays_n_pairs(split->test), ==, 1);
    g_assert_cmpuint(plays_of(dataset, split->test, 2, 3), ==, 9);
}

typedef struct {
    FalDataset *dataset;
    FalPlays *train;
    int n;
    gint64 first[3][3]; /* user id, artist id, plays */
} FirstRows;

static void
take_first_rows(gint32 user, gint32 artist, guint32 plays, gpointer data)
{
    FirstRows *rows = data;

    if (rows->n < 3 && fal_csr_find(fal_plays_by_user(rows->train), user, artist) > 0) {
        rows->first[rows->n][0] = fal_dataset_user_id(rows->dataset, user);
        rows->first[rows->n][1] = fal_dataset_artist_id(rows->dataset, artist);
        rows->first[rows->n++][2] = plays;
    }
}

/* The figures printed in the homework. */
static void
test_spark_published(void)
{
    static const gint64 published[3][3] = {
        {1059637, 1000049, 1},
        {1059637, 1000056, 1},
        {1059637, 1000114, 2},
    };
    const char *folder = fal_fixture_small();
    if (folder == NULL)
        return;
    g_autoptr(FalDataset) dataset = fal_dataset_load(folder, NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(FalSplit) split = fal_split_spark(dataset, 13, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(split->n_train, ==, 19761);
    g_assert_cmpint(split->n_validation, ==, 19862);
    g_assert_cmpint(split->n_test, ==, 9858);
    assert_no_leak(split->train, split->validation);
    assert_no_leak(split->train, split->test);

    FirstRows rows = {.dataset = dataset, .train = split->train};
    g_assert_true(fal_dataset_each_row(dataset, take_first_rows, &rows, NULL, &error));
    g_assert_cmpmem(rows.first, sizeof rows.first, published, sizeof published);
}

static void
test_fraction_small(void)
{
    const char *folder = fal_fixture_small();
    if (folder == NULL)
        return;
    g_autoptr(FalDataset) dataset = fal_dataset_load(folder, NULL, NULL);
    g_autoptr(FalSplit) split = fal_split_fraction(dataset, 0.1, 1, NULL, NULL);
    assert_partition(dataset, split);
    g_assert_cmpint(split->n_users, ==, 50);
}

/* Splits the rows below by a holdout file of that text. */
static FalSplit *
split_by(FalDataset *dataset, const char *text, GError **error)
{
    g_autofree char *path = fal_fixture_write(fal_fixture_folder(), "later.txt", text, -1);

    return fal_split_file(dataset, path, NULL, error);
}

static FalDataset *
holdout_dataset(void)
{
    return fal_fixture_dataset("1 10 5\n1 20 6\n1 30 7\n2 10 8\n2 20 9\n3 40 1\n", NULL,
                               "99\t20\n");
}

static void
test_file(void)
{
    g_autoptr(FalDataset) dataset = holdout_dataset();
    g_autoptr(GError) error = NULL;
    g_autoptr(FalSplit) split = split_by(dataset,
                                         "1 10 1\r\n"  /* known: with the dataset's plays */
                                         "1 99 2\n"    /* an alias of 20 */
                                         "1 20 3\n"    /* the same pair again */
                                         "\n"          /* nothing, not even skipped */
                                         "2 30 4\n"    /* a new pair */
                                         "2 30 5\n"    /* the same pair again: added */
                                         "3 40\n"      /* all that user 3 has; no plays */
                                         "4 10 1\n"    /* an unknown user */
                                         "1 50 1\n"    /* an unknown artist */
                                         "one two 3\n" /* no ids */
                                         "2 20 0\n",   /* no plays */
                                         &error);

    g_assert_no_error(error);
    g_assert_cmpstr(split->description, ==, "later.txt held out");
    g_assert_cmpint(split->n_skipped, ==, 4);
    g_assert_cmpint(split->n_users, ==, 3);
    g_assert_cmpint(split->n_validation, ==, 4);
    g_assert_cmpint(fal_plays_n_pairs(split->validation), ==, 4);
    g_assert_cmpuint(plays_of(dataset, split->validation, 1, 10), ==, 5);
    g_assert_cmpuint(plays_of(dataset, split->validation, 1, 20), ==, 6);
    g_assert_cmpuint(plays_of(dataset, split->validation, 2, 30), ==, 9);
    g_assert_cmpuint(plays_of(dataset, split->validation, 3, 40), ==, 1);
    g_assert_cmpint(split->n_train, ==, 3);
    g_assert_cmpint(fal_plays_n_pairs(split->train), ==, 3);
    g_assert_cmpuint(plays_of(dataset, split->train, 1, 30), ==, 7);
    g_assert_cmpuint(plays_of(dataset, split->train, 2, 10), ==, 8);
    g_assert_cmpuint(plays_of(dataset, split->train, 2, 20), ==, 9);
    g_assert_null(split->test);
    assert_no_leak(split->train, split->validation);
}

static void
test_file_errors(void)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"", "it has no"},
        {"\n \n", "it has no"},
        {"7 10 1\n7 20 1\n", "none of its 2 rows can be used; line 1: the user is not in"},
        {"\n1 77 1\n", "none of its 1 rows can be used; line 2: the artist is not in"},
        {"x y z\n", "line 1: user id is not a number"},
        {"1 10\n1 20\n1 30\n2 10\n2 20\n3 40\n", "leaves nothing to train on"},
    };
    g_autoptr(FalDataset) dataset = holdout_dataset();

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(split_by(dataset, cases[i].text, &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
        g_assert_nonnull(strstr(error->message, "later.txt"));
        g_assert_nonnull(strstr(error->message, cases[i].said));
    }

    g_autoptr(GError) error = NULL;
    g_assert_null(fal_split_file(dataset, "/nonexistent/holdout.txt", NULL, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "/nonexistent/holdout.txt"));
}

static void
test_references(void)
{
    g_autoptr(FalDataset) dataset = fal_fixture_dataset("1 1 1\n1 2 1\n", NULL, NULL);
    FalSplit *split = fal_split_fraction(dataset, 0.5, 1, NULL, NULL);

    g_assert_true(fal_split_ref(split) == split);
    fal_split_unref(split);
    g_assert_cmpint(split->n_train, ==, 1);
    fal_split_unref(split);
    fal_split_unref(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/split/fraction/counts", test_fraction_counts);
    g_test_add_func("/split/leave", test_leave);
    g_test_add_func("/split/fraction/choice", test_fraction_choice);
    g_test_add_func("/split/fraction/file-order", test_fraction_file_order);
    g_test_add_func("/split/fraction/seeds-and-threads", test_fraction_seeds_and_threads);
    g_test_add_func("/split/fraction/range", test_fraction_range);
    g_test_add_func("/split/fraction/small", test_fraction_small);
    g_test_add_func("/split/spark/draws", test_spark_draws);
    g_test_add_func("/split/spark/merged-rows", test_spark_merged_rows);
    g_test_add_func("/split/spark/published", test_spark_published);
    g_test_add_func("/split/file/parts", test_file);
    g_test_add_func("/split/file/errors", test_file_errors);
    g_test_add_func("/split/description", test_description);
    g_test_add_func("/split/cancelled", test_cancelled);
    g_test_add_func("/split/references", test_references);
    return g_test_run();
}
