/* Splits: which plays are trained on and which are held out. Immutable, reference-counted.
 *
 * No held-out pair is in train. A held-out pair whose artist the user has in train as well (a
 * split by rows of the file can do that to rows that were merged) is dropped from the held-out
 * part, as it can not be recommended; the row counts still count it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_EVAL_SPLIT_H
#define FAL_EVAL_SPLIT_H

#include "data/dataset.h"
#include "model/heldout.h"

typedef struct {
    gint ref_count;
    char *description; /* "10 % held out (seed 1)", "40/40/20 by rows (seed 13)" */
    FalPlays *train;
    FalPlays *validation;                 /* the held-out part */
    FalPlays *test;                       /* NULL where there is only one held-out part */
    gint64 n_train, n_validation, n_test; /* rows (spark) or pairs (the others) in each */
    gint32 n_users;                       /* users with something in validation */
    gint64 n_skipped; /* lines of a holdout file that cannot be read or name unknown users
                         or artists */
    FalHeldKind kind; /* how it was made, for making it again */
    double fraction;
    gint64 count; /* of FAL_HELD_LEAVE */
    guint64 seed;
} FalSplit;

/* Holds out the same share of each user's artists, chosen by a hash of (seed, user id, artist
 * id): independent of file order and threads. A user keeps at least one artist. fraction is
 * inside (0, 1), else FAL_ERROR_USAGE. */
FalSplit *fal_split_fraction(FalDataset *dataset, double fraction, guint64 seed, FalTask *task,
                             GError **error);
/* Holds out `count` artists of each user (leave-k-out), chosen in the same way; a user with no
 * more than that keeps one. count is 1 or more, else FAL_ERROR_USAGE. */
FalSplit *fal_split_leave(FalDataset *dataset, gint64 count, guint64 seed, FalTask *task,
                          GError **error);
/* The assignment's randomSplit([.4, .4, .2]) over the rows in file order, as PySpark drew it in
 * one partition: Python's Random(seed XOR 0), ten randint(0, 1) discarded, one random() a row.
 */
FalSplit *fal_split_spark(FalDataset *dataset, guint64 seed, FalTask *task, GError **error);
/* Holds out the pairs named in a file of "user artist plays" rows, aliases applied: those that
 * the dataset has leave training with the dataset's plays; new pairs of known users and artists
 * have the file's. FAL_ERROR_DATA where no line can be used or nothing stays in training. */
FalSplit *fal_split_file(FalDataset *dataset, const char *path, FalTask *task, GError **error);

/* How a split was made, with the pairs of one that somebody named. split may be NULL: nothing is
 * held out. FALSE with FAL_ERROR_MEMORY. Clear with fal_held_out_clear(). */
gboolean fal_split_recipe(const FalSplit *split, FalDataset *dataset, FalHeldOut *out,
                          GError **error);
/* The same split again, of the same data; held holds something out. */
FalSplit *fal_split_again(FalDataset *dataset, const FalHeldOut *held, FalTask *task,
                          GError **error);

FalSplit *fal_split_ref(FalSplit *split);
void fal_split_unref(FalSplit *split);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalSplit, fal_split_unref)

#endif
