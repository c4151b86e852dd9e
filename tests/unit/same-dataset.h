/* Two data sets that have to be the same in everything that can be seen of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TESTS_SAME_DATASET_H
#define FAL_TESTS_SAME_DATASET_H

#include <string.h>

#include "data/dataset.h"

static inline void
fal_same_csr(const FalCsr *a, const FalCsr *b)
{
    gsize n = (gsize)a->start[a->n_rows];

    g_assert_cmpint(a->n_rows, ==, b->n_rows);
    g_assert_cmpint(a->n_cols, ==, b->n_cols);
    g_assert_cmpmem(a->start, ((gsize)a->n_rows + 1) * sizeof *a->start, b->start,
                    ((gsize)b->n_rows + 1) * sizeof *b->start);
    g_assert_cmpmem(a->col, n * sizeof *a->col, b->col, n * sizeof *b->col);
    g_assert_cmpmem(a->plays, n * sizeof *a->plays, b->plays, n * sizeof *b->plays);
}

static inline void
fal_same_stats(const FalDatasetStats *a, const FalDatasetStats *b)
{
    g_assert_cmpint(a->users, ==, b->users);
    g_assert_cmpint(a->artists, ==, b->artists);
    g_assert_cmpint(a->pairs, ==, b->pairs);
    g_assert_cmpuint(a->plays, ==, b->plays);
    g_assert_cmpint(a->rows, ==, b->rows);
    g_assert_cmpint(a->malformed, ==, b->malformed);
    g_assert_cmpint(a->aliases, ==, b->aliases);
    g_assert_cmpint(a->rewritten, ==, b->rewritten);
    g_assert_cmpint(a->merged, ==, b->merged);
    g_assert_cmpint(a->unnamed, ==, b->unnamed);
    g_assert_cmpfloat(a->density, ==, b->density);
}

static inline void
fal_same_problems(const FalDataset *a, const FalDataset *b)
{
    gsize n_a, n_b;
    const FalProblem *of_a = fal_dataset_problems(a, &n_a);
    const FalProblem *of_b = fal_dataset_problems(b, &n_b);

    g_assert_cmpuint(n_a, ==, n_b);
    for (gsize i = 0; i < n_a; i++) {
        g_assert_cmpstr(of_a[i].file, ==, of_b[i].file);
        g_assert_cmpint(of_a[i].line, ==, of_b[i].line);
        g_assert_cmpstr(of_a[i].reason, ==, of_b[i].reason);
        g_assert_cmpstr(of_a[i].text, ==, of_b[i].text);
    }
}

static inline void
fal_same_artist(const FalDataset *a, const FalDataset *b, gint32 artist)
{
    gint64 id = fal_dataset_artist_id(a, artist);
    gsize n_a, n_b;
    const FalAlias *of_a = fal_dataset_aliases(a, artist, &n_a);
    const FalAlias *of_b = fal_dataset_aliases(b, artist, &n_b);

    g_assert_cmpint(id, ==, fal_dataset_artist_id(b, artist));
    g_assert_cmpint(fal_dataset_find_artist(a, id), ==, artist);
    g_assert_cmpint(fal_dataset_find_artist(b, id), ==, artist);
    g_assert_cmpstr(fal_dataset_artist_name(a, artist), ==, fal_dataset_artist_name(b, artist));
    g_assert_cmpstr(fal_dataset_artist_folded(a, artist), ==,
                    fal_dataset_artist_folded(b, artist));
    g_assert_cmpuint(n_a, ==, n_b);
    for (gsize i = 0; i < n_a; i++) {
        g_assert_cmpint(of_a[i].id, ==, of_b[i].id);
        g_assert_cmpstr(of_a[i].name, ==, of_b[i].name);
        g_assert_cmpint(fal_dataset_find_artist(a, of_a[i].id), ==, artist);
        g_assert_cmpint(fal_dataset_find_artist(b, of_a[i].id), ==, artist);
    }
}

static inline void
fal_add_row_text(gint32 user, gint32 artist, guint32 plays, gpointer data)
{
    g_string_append_printf(data, "%d,%d,%u ", user, artist, plays);
}

static inline void
fal_same_dataset(const FalDataset *a, const FalDataset *b)
{
    fal_same_stats(fal_dataset_stats(a), fal_dataset_stats(b));
    fal_same_problems(a, b);
    fal_same_csr(fal_plays_by_user(fal_dataset_plays(a)),
                 fal_plays_by_user(fal_dataset_plays(b)));
    fal_same_csr(fal_plays_by_artist(fal_dataset_plays(a)),
                 fal_plays_by_artist(fal_dataset_plays(b)));
    for (gint32 user = 0; user < fal_dataset_n_users(a); user++) {
        gint64 id = fal_dataset_user_id(a, user);

        g_assert_cmpint(id, ==, fal_dataset_user_id(b, user));
        g_assert_cmpint(fal_dataset_find_user(a, id), ==, user);
        g_assert_cmpint(fal_dataset_find_user(b, id), ==, user);
    }
    for (gint32 artist = 0; artist < fal_dataset_n_artists(a); artist++)
        fal_same_artist(a, b, artist);
    for (gint64 id = -1; id < 300; id++) {
        g_assert_cmpint(fal_dataset_find_artist(a, id), ==, fal_dataset_find_artist(b, id));
        g_assert_cmpint(fal_dataset_find_user(a, id), ==, fal_dataset_find_user(b, id));
    }
}

/* The same of what is read from the files again. */
static inline void
fal_same_rows(const FalDataset *a, const FalDataset *b)
{
    g_autoptr(GString) of_a = g_string_new(NULL);
    g_autoptr(GString) of_b = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(fal_dataset_each_row(a, fal_add_row_text, of_a, NULL, &error));
    g_assert_no_error(error);
    g_assert_true(fal_dataset_each_row(b, fal_add_row_text, of_b, NULL, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(of_a->str, ==, of_b->str);
}

#endif
