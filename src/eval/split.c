/* Splits: each kind decides which plays are held out; the rest, making the parts, is common.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "eval/split.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/text.h"
#include "data/reader.h"

/* Users in one block of the parallel loop. */
#define BLOCK_USERS 256

enum { TRAIN, VALIDATION, TEST, N_PARTS };

typedef struct {
    FalDataset *dataset;
    const FalCsr *by_user;
    double fraction;
    gint64 count; /* where it is not by fraction: as many of each user */
    guint64 seed;
    guint8 *held; /* by pair */
    FalTask *task;
} Choice;

typedef struct {
    FalPythonRandom random;
    FalPlay *row;
    gint64 next[N_PARTS], end[N_PARTS]; /* where in row each part goes on and ends */
} SparkRows;

typedef struct {
    FalDataset *dataset;
    GArray *held; /* FalPlay */
    gint64 n_skipped;
    gint64 first_line; /* of the first line that could not be used, and why */
    const char *first_reason;
} HoldoutFile;

static FalSplit *
split_new(char *description)
{
    FalSplit *split = g_new0(FalSplit, 1);

    split->ref_count = 1;
    split->description = description;
    return split;
}

static gint32
count_users(FalPlays *plays)
{
    const FalCsr *by_user = fal_plays_by_user(plays);
    gint32 n = 0;

    for (gint32 user = 0; user < by_user->n_rows; user++)
        n += fal_csr_count(by_user, user) > 0;
    return n;
}

static FalPlays *
part_new(FalDataset *dataset, const FalPlay *plays, gint64 n, FalTask *task, GError **error)
{
    return fal_plays_new(fal_dataset_n_users(dataset), fal_dataset_n_artists(dataset), plays, n,
                         task, error);
}

/* The k-th smallest (from 0) of n hashes, which it moves about (Hoare's FIND). Hashes are in no
 * order, so that the middle one is as good a pivot as any. */
static guint64
smallest(guint64 *hash, gint64 n, gint64 k)
{
    gint64 low = 0, high = n - 1;

    while (low < high) {
        guint64 pivot = hash[low + (high - low) / 2];
        gint64 i = low, j = high;
        while (i <= j) {
            while (hash[i] < pivot)
                i++;
            while (hash[j] > pivot)
                j--;
            if (i > j)
                break;
            guint64 other = hash[i];
            hash[i++] = hash[j];
            hash[j--] = other;
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            break;
    }
    return hash[k];
}

/* How many of a user's n artists to hold out: half rounds up (the sliver makes 0.29 of 50 the
 * 14.5 that it is in decimals), and one stays. */
static gint64
n_to_hold(const Choice *choice, gint64 n)
{
    gint64 hold = choice->count > 0 ? choice->count
                                    : (gint64)floor(choice->fraction * (double)n + 0.5 + 1e-9);

    return CLAMP(hold, 0, MAX(n - 1, 0));
}

/* Marks the artists of a user with the smallest hashes. */
static void
hold_out_user(const Choice *choice, gint32 user, GArray *scratch)
{
    const FalCsr *by_user = choice->by_user;
    gint64 start = by_user->start[user], n = fal_csr_count(by_user, user);
    gint64 left = n_to_hold(choice, n);
    if (left == 0)
        return;
    guint64 user_id = (guint64)fal_dataset_user_id(choice->dataset, user);
    const gint64 *artist_ids = fal_dataset_artist_ids(choice->dataset);
    g_array_set_size(scratch, (guint)n * 2);
    guint64 *hash = (guint64 *)(gpointer)scratch->data, *moved = hash + n;
    for (gint64 i = 0; i < n; i++) {
        guint64 artist_id = (guint64)artist_ids[by_user->col[start + i]];
        hash[i] = fal_random_hash(choice->seed, user_id, artist_id);
    }
    memcpy(moved, hash, (gsize)n * sizeof *hash);
    guint64 limit = smallest(moved, n, left - 1);
    for (gint64 i = 0; i < n && left > 0; i++) {
        if (hash[i] <= limit) {
            choice->held[start + i] = TRUE;
            left--;
        }
    }
}

static void
hold_out_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    const Choice *choice = data;
    gint64 first = block * BLOCK_USERS;
    gint64 end = MIN(first + BLOCK_USERS, choice->by_user->n_rows);

    if (fal_task_cancelled(choice->task))
        return;
    g_autoptr(GArray) scratch = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (gint64 user = first; user < end; user++)
        hold_out_user(choice, (gint32)user, scratch);
    fal_task_add(choice->task, (double)(end - first));
}

/* Takes description. */
static FalSplit *
split_by_choice(char *description, Choice choice, FalTask *task, GError **error)
{
    g_autoptr(FalSplit) split = split_new(description);
    const FalCsr *by_user = fal_plays_by_user(fal_dataset_plays(choice.dataset));
    fal_autofree guint8 *held = FAL_NEW(guint8, by_user->start[by_user->n_rows], error);

    if (held == NULL)
        return NULL;
    fal_task_stage(task, "splitting", by_user->n_rows);
    choice.by_user = by_user;
    choice.held = held;
    choice.task = task;
    fal_parallel_for((by_user->n_rows + BLOCK_USERS - 1) / BLOCK_USERS, hold_out_block,
                     &choice);
    if (fal_task_stopped(task, error) ||
        !fal_plays_cut(fal_dataset_plays(choice.dataset), held, &split->validation,
                       &split->train, task, error))
        return NULL;
    split->n_train = fal_plays_n_pairs(split->train);
    split->n_validation = fal_plays_n_pairs(split->validation);
    split->n_users = count_users(split->validation);
    split->kind = choice.count > 0 ? FAL_HELD_LEAVE : FAL_HELD_FRACTION;
    split->fraction = choice.fraction;
    split->count = choice.count;
    split->seed = choice.seed;
    return g_steal_pointer(&split);
}

FalSplit *
fal_split_fraction(FalDataset *dataset, double fraction, guint64 seed, FalTask *task,
                   GError **error)
{
    char figure[G_ASCII_DTOSTR_BUF_SIZE];

    if (!(fraction > 0 && fraction < 1)) {
        g_ascii_formatd(figure, sizeof figure, "%.6g", fraction);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "cannot hold out a share of %s: it must lie between 0 and 1, as 0.1 does "
                    "for a tenth of everyone's artists",
                    figure);
        return NULL;
    }
    g_ascii_formatd(figure, sizeof figure, "%.4g", fraction * 100);
    return split_by_choice(
        g_strdup_printf("%s %% held out (seed %" G_GUINT64_FORMAT ")", figure, seed),
        (Choice){.dataset = dataset, .fraction = fraction, .seed = seed}, task, error);
}

FalSplit *
fal_split_leave(FalDataset *dataset, gint64 count, guint64 seed, FalTask *task, GError **error)
{
    if (count < 1) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "cannot hold out %" G_GINT64_FORMAT " artists of each user: 1 or more",
                    count);
        return NULL;
    }
    return split_by_choice(
        g_strdup_printf("%" G_GINT64_FORMAT " of each held out (seed %" G_GUINT64_FORMAT ")",
                        count, seed),
        (Choice){.dataset = dataset, .count = count, .seed = seed}, task, error);
}

/* As PySpark's sampler starts in its first partition: a Random of seed XOR 0 whose first ten
 * randint(0, 1) are thrown away, each of which takes two bits until they are below 2. */
static void
draw_init(FalPythonRandom *random, guint64 seed)
{
    fal_python_random_init(random, seed);
    for (int i = 0; i < 10; i++) {
        while (fal_python_random_bits(random, 2) >= 2) {
        }
    }
}

static int
draw_part(FalPythonRandom *random)
{
    double x = fal_python_random_double(random);

    return x < 0.4 ? TRAIN : x < 0.4 + 0.4 ? VALIDATION : TEST;
}

static void
take_row(gint32 user, gint32 artist, guint32 plays, gpointer data)
{
    SparkRows *rows = data;
    int part = draw_part(&rows->random);

    /* A file that grew since it was loaded fails when it has been read; till then it must not
     * write beyond the end. */
    if (rows->next[part] < rows->end[part])
        rows->row[rows->next[part]++] = (FalPlay){user, artist, plays};
}

/* The rows without those whose pair is in train; returns how many are left. */
static gint64
drop_known(FalPlay *rows, gint64 n, FalPlays *train)
{
    const FalCsr *by_user = fal_plays_by_user(train);
    gint64 kept = 0;

    for (gint64 i = 0; i < n; i++)
        if (fal_csr_find(by_user, rows[i].user, rows[i].artist) == 0)
            rows[kept++] = rows[i];
    return kept;
}

FalSplit *
fal_split_spark(FalDataset *dataset, guint64 seed, FalTask *task, GError **error)
{
    gint64 n_rows = fal_dataset_stats(dataset)->rows, size[N_PARTS] = {0}, at = 0;
    fal_autofree FalPlay *row = FAL_NEW(FalPlay, n_rows, error);
    g_autofree SparkRows *rows = g_new0(SparkRows, 1);

    if (row == NULL)
        return NULL;
    /* Drawn once to know how large the parts are, and again with the rows. */
    draw_init(&rows->random, seed);
    for (gint64 i = 0; i < n_rows; i++)
        size[draw_part(&rows->random)]++;
    rows->row = row;
    for (int part = 0; part < N_PARTS; part++) {
        rows->next[part] = at;
        rows->end[part] = at += size[part];
    }
    draw_init(&rows->random, seed);
    if (!fal_dataset_each_row(dataset, take_row, rows, task, error))
        return NULL;

    g_autoptr(FalSplit) split =
        split_new(g_strdup_printf("40/40/20 by rows (seed %" G_GUINT64_FORMAT ")", seed));
    FalPlay *validation = row + size[TRAIN], *test = validation + size[VALIDATION];
    split->n_train = size[TRAIN];
    split->n_validation = size[VALIDATION];
    split->n_test = size[TEST];
    split->train = part_new(dataset, row, size[TRAIN], task, error);
    if (split->train == NULL)
        return NULL;
    split->validation =
        part_new(dataset, validation, drop_known(validation, size[VALIDATION], split->train),
                 task, error);
    if (split->validation == NULL)
        return NULL;
    split->test =
        part_new(dataset, test, drop_known(test, size[TEST], split->train), task, error);
    if (split->test == NULL)
        return NULL;
    split->n_users = count_users(split->validation);
    split->kind = FAL_HELD_SPARK;
    split->seed = seed;
    return g_steal_pointer(&split);
}

static gboolean
take_line(const char *line, gsize n_bytes, gint64 line_no, gpointer data,
          G_GNUC_UNUSED GError **error)
{
    HoldoutFile *file = data;
    gint64 user_id, artist_id;
    FalPlay play = {-1, -1, 0};

    while (n_bytes > 0 && g_ascii_isspace(line[n_bytes - 1]))
        n_bytes--;
    if (n_bytes == 0)
        return TRUE;
    const char *reason =
        fal_reader_parse_play(line, n_bytes, &user_id, &artist_id, &play.plays);
    if (reason == NULL) {
        play.user = fal_dataset_find_user(file->dataset, user_id);
        play.artist = fal_dataset_find_artist(file->dataset, artist_id);
        reason = play.user < 0     ? "the user is not in the data set"
                 : play.artist < 0 ? "the artist is not in the data set"
                                   : NULL;
    }
    if (reason == NULL) {
        g_array_append_val(file->held, play);
        return TRUE;
    }
    if (file->n_skipped++ == 0) {
        file->first_line = line_no;
        file->first_reason = reason;
    }
    return TRUE;
}

/* Marks the held-out pairs that the dataset has, each once and with the dataset's plays, and
 * those of the same pair after the first as no play at all. Returns how many it does not have.
 */
static gint64
mark_pairs(GArray *held, const FalCsr *by_user, guint8 *flags)
{
    gint64 n_new = 0;

    for (guint i = 0; i < held->len; i++) {
        FalPlay *play = &g_array_index(held, FalPlay, i);
        gint64 pair = fal_csr_position(by_user, play->user, play->artist);
        if (pair == by_user->start[play->user + 1] || by_user->col[pair] != play->artist) {
            n_new++;
        } else {
            play->plays = flags[pair] ? 0 : by_user->plays[pair];
            flags[pair] = TRUE;
        }
    }
    return n_new;
}

static gboolean
read_holdout(HoldoutFile *file, const char *path, FalTask *task, GError **error)
{
    if (!fal_reader_lines(path, take_line, file, task, error))
        return FALSE;
    if (file->held->len > 0)
        return TRUE;
    g_autofree char *shown = g_filename_display_name(path);
    if (file->n_skipped == 0) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    "nothing to hold out in %s: it has no \"user artist plays\" rows", shown);
    } else {
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    "nothing to hold out in %s: none of its %" G_GINT64_FORMAT
                    " rows can be used; line %" G_GINT64_FORMAT ": %s",
                    shown, file->n_skipped, file->first_line, file->first_reason);
    }
    return FALSE;
}

/* Holds out these pairs; takes description. NULL where nothing stays in training, without an
 * error. */
static FalSplit *
split_pairs(FalDataset *dataset, GArray *held, char *description, FalTask *task, GError **error)
{
    const FalCsr *by_user = fal_plays_by_user(fal_dataset_plays(dataset));
    g_autoptr(FalSplit) split = split_new(description);
    fal_autofree guint8 *flags = FAL_NEW(guint8, by_user->start[by_user->n_rows], error);

    if (flags == NULL)
        return NULL;
    gint64 n_new = mark_pairs(held, by_user, flags);
    if (!fal_plays_cut(fal_dataset_plays(dataset), flags, &split->validation, &split->train,
                       task, error))
        return NULL;
    if (n_new > 0) {
        fal_plays_unref(split->validation);
        split->validation =
            part_new(dataset, (const FalPlay *)(gpointer)held->data, held->len, task, error);
        if (split->validation == NULL)
            return NULL;
    }
    split->n_train = fal_plays_n_pairs(split->train);
    split->n_validation = fal_plays_n_pairs(split->validation);
    split->n_users = count_users(split->validation);
    split->kind = FAL_HELD_PAIRS;
    return split->n_train > 0 ? g_steal_pointer(&split) : NULL;
}

FalSplit *
fal_split_file(FalDataset *dataset, const char *path, FalTask *task, GError **error)
{
    g_autoptr(GArray) held = g_array_new(FALSE, FALSE, sizeof(FalPlay));
    HoldoutFile file = {.dataset = dataset, .held = held};
    g_autoptr(GError) problem = NULL;

    if (!read_holdout(&file, path, task, error))
        return NULL;
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *name = fal_text_from_bytes(base, strlen(base));
    FalSplit *split =
        split_pairs(dataset, held, g_strdup_printf("%s held out", name), task, &problem);
    if (split != NULL) {
        split->n_skipped = file.n_skipped;
    } else if (problem != NULL) {
        g_propagate_error(error, g_steal_pointer(&problem));
    } else {
        g_autofree char *shown = g_filename_display_name(path);
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    "cannot hold out what %s names: it names every pair of the data set, which "
                    "leaves nothing to train on",
                    shown);
    }
    return split;
}

/* --- again --- */

gboolean
fal_split_recipe(const FalSplit *split, FalDataset *dataset, FalHeldOut *out, GError **error)
{
    *out = (FalHeldOut){.kind = split != NULL ? split->kind : FAL_HELD_NONE};
    if (split == NULL)
        return TRUE;
    out->fraction = split->fraction;
    out->count = split->count;
    out->seed = split->seed;
    out->description = g_strdup(split->description);
    if (split->kind != FAL_HELD_PAIRS)
        return TRUE;
    const FalCsr *by_user = fal_plays_by_user(split->validation);
    out->pairs = FAL_NEW(gint64, 3 * fal_plays_n_pairs(split->validation), error);
    if (out->pairs == NULL)
        return FALSE;
    for (gint32 user = 0; user < by_user->n_rows; user++) {
        for (gint64 i = by_user->start[user]; i < by_user->start[user + 1]; i++) {
            gint64 *to = out->pairs + 3 * out->n++;
            to[0] = fal_dataset_user_id(dataset, user);
            to[1] = fal_dataset_artist_id(dataset, by_user->col[i]);
            to[2] = by_user->plays[i];
        }
    }
    return TRUE;
}

static FalSplit *
pairs_again(FalDataset *dataset, const FalHeldOut *held, FalTask *task, GError **error)
{
    g_autoptr(GArray) pairs = g_array_new(FALSE, FALSE, sizeof(FalPlay));
    g_autoptr(GError) problem = NULL;

    for (gint64 i = 0; i < held->n; i++) {
        const gint64 *from = held->pairs + 3 * i;
        FalPlay play = {fal_dataset_find_user(dataset, from[0]),
                        fal_dataset_find_artist(dataset, from[1]),
                        (guint32)CLAMP(from[2], 0, (gint64)G_MAXUINT32)};
        if (play.user >= 0 && play.artist >= 0)
            g_array_append_val(pairs, play);
    }
    FalSplit *split = split_pairs(dataset, pairs, g_strdup(held->description), task, &problem);
    if (split == NULL && problem == NULL)
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_MODEL,
                            "the plays held out from the model are all there are");
    if (problem != NULL)
        g_propagate_error(error, g_steal_pointer(&problem));
    return split;
}

FalSplit *
fal_split_again(FalDataset *dataset, const FalHeldOut *held, FalTask *task, GError **error)
{
    g_return_val_if_fail(held->kind != FAL_HELD_NONE, NULL);

    if (held->kind == FAL_HELD_FRACTION)
        return fal_split_fraction(dataset, held->fraction, held->seed, task, error);
    if (held->kind == FAL_HELD_LEAVE)
        return fal_split_leave(dataset, held->count, held->seed, task, error);
    if (held->kind == FAL_HELD_SPARK)
        return fal_split_spark(dataset, held->seed, task, error);
    return pairs_again(dataset, held, task, error);
}

FalSplit *
fal_split_ref(FalSplit *split)
{
    g_atomic_int_inc(&split->ref_count);
    return split;
}

void
fal_split_unref(FalSplit *split)
{
    if (split != NULL && g_atomic_int_dec_and_test(&split->ref_count)) {
        g_free(split->description);
        g_clear_pointer(&split->train, fal_plays_unref);
        g_clear_pointer(&split->validation, fal_plays_unref);
        g_clear_pointer(&split->test, fal_plays_unref);
        g_free(split);
    }
}
