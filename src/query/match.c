/* Matching (see match.h). The names lie one behind the other, so a block of them is searched as
 * one text for the longest word, and only where that is found for the others. Where few rows
 * are left to look through, each is looked through by itself.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/match.h"

#include <string.h>

#include "base/kernels.h"
#include "base/parallel.h"

/* Rows that a parallel block looks through: a multiple of 64, as they share no word of bits. */
#define BLOCK 8192
/* Bytes searched at a time. */
#define CHUNK 4096
/* Row by row where one of so many is left. */
#define FEW 8

typedef struct {
    const FalDataset *dataset;
    FalSubject subject;
    gint32 n;
    char *const *words; /* none is empty */
    const char *longest;
    gboolean unnamed; /* the id of an artist without a name may match */
    const guint64 *within;
    guint64 *bits;
    gint32 *found; /* by block */
} Matching;

const char *
fal_match_text(const FalDataset *dataset, FalSubject subject, gint32 row, char id[24])
{
    gboolean artist = subject == FAL_SUBJECT_ARTIST;

    if (artist && *fal_dataset_artist_name(dataset, row))
        return fal_dataset_artist_folded(dataset, row);
    g_snprintf(id, 24, "%s%" G_GINT64_FORMAT, artist ? "#" : "",
               artist ? fal_dataset_artist_id(dataset, row)
                      : fal_dataset_user_id(dataset, row));
    return id;
}

static gboolean
holds_all(char *const *words, const char *text)
{
    for (; *words; words++)
        if (!strstr(text, *words))
            return FALSE;
    return TRUE;
}

static void
mark(const Matching *m, gint32 row)
{
    m->bits[row / 64] |= (guint64)1 << (row % 64);
}

static void
match_row(const Matching *m, gint32 row)
{
    char id[24];

    if (holds_all(m->words, fal_match_text(m->dataset, m->subject, row, id)))
        mark(m, row);
}

/* The rows of from .. end - 1 that the last matching left. */
static void
match_within(const Matching *m, gint32 from, gint32 end)
{
    for (gint32 word = from / 64; word < (end + 63) / 64; word++)
        for (guint64 bits = m->within[word]; bits != 0; bits &= bits - 1)
            match_row(m, word * 64 + __builtin_ctzll(bits));
}

static void
match_unnamed(const Matching *m, gint32 from, gint32 end)
{
    for (gint32 row = from; row < end && m->unnamed; row++)
        if (!*fal_dataset_artist_name(m->dataset, row))
            match_row(m, row);
}

/* A row's name in the names, and where the next one's begins. */
typedef struct {
    gint32 row, end; /* end: behind the last row looked through */
    const char *next;
} Cursor;

static void
cursor_set(Cursor *cursor, const FalDataset *dataset, gint32 row)
{
    cursor->row = row;
    cursor->next = NULL;
    if (row + 1 < cursor->end)
        cursor->next = fal_dataset_artist_folded(dataset, row + 1);
}

/* Moves on to the name that a place is in: mostly one of the next, else by ever longer steps.
 */
static void
cursor_move(Cursor *cursor, const FalDataset *dataset, const char *place)
{
    gint32 step = 1;

    for (int i = 0; i < 4 && cursor->next && cursor->next <= place; i++)
        cursor_set(cursor, dataset, cursor->row + 1);
    if (!cursor->next || cursor->next > place)
        return;
    gint32 row = cursor->row;
    for (; row + step < cursor->end && fal_dataset_artist_folded(dataset, row + step) <= place;
         step *= 2)
        row += step;
    for (; step > 0; step /= 2)
        if (row + step < cursor->end && fal_dataset_artist_folded(dataset, row + step) <= place)
            row += step;
    cursor_set(cursor, dataset, row);
}

/* Searches the names of from .. end - 1 as one text. */
static void
match_names(const Matching *m, gint32 from, gint32 end)
{
    const FalKernels *kernels = fal_kernels();
    gsize n = strlen(m->longest);
    const char *text = fal_dataset_artist_folded(m->dataset, from), *behind = text;
    const char *last = fal_dataset_artist_folded(m->dataset, end - 1);
    guint16 places[CHUNK];
    Cursor cursor = {.end = end};

    last += strlen(last);
    cursor_set(&cursor, m->dataset, from);
    for (; text + n <= last; text += CHUNK) {
        int room = (int)MIN(CHUNK, last - text - (gssize)n + 1);
        int found = kernels->pairs(text, room, m->longest[0], m->longest[n - 1], n - 1, places);

        for (int i = 0; i < found; i++) {
            const char *place = text + places[i];
            if (place < behind || (n > 2 && memcmp(place, m->longest, n) != 0))
                continue;
            cursor_move(&cursor, m->dataset, place);
            behind = cursor.next ? cursor.next : last;
            if (!m->words[1] ||
                holds_all(m->words, fal_dataset_artist_folded(m->dataset, cursor.row)))
                mark(m, cursor.row);
        }
    }
    match_unnamed(m, from, end);
}

/* Single letters are in most names: these are looked through one by one. */
static void
match_letters(const Matching *m, gint32 from, gint32 end)
{
    for (gint32 row = from; row < end; row++) {
        const char *text = fal_dataset_artist_folded(m->dataset, row);
        gboolean all = TRUE;

        for (char *const *word = m->words; *word && all; word++)
            all = strchr(text, (*word)[0]) != NULL;
        m->bits[row / 64] |= (guint64)all << (row % 64);
    }
    match_unnamed(m, from, end);
}

static void
match_block(gint64 block, int worker, gpointer data)
{
    const Matching *m = data;
    gint32 from = (gint32)(block * BLOCK), end = MIN(from + BLOCK, m->n);

    (void)worker;
    if (m->within)
        match_within(m, from, end);
    else if (m->subject == FAL_SUBJECT_ARTIST && m->longest[1])
        match_names(m, from, end);
    else if (m->subject == FAL_SUBJECT_ARTIST)
        match_letters(m, from, end);
    else
        for (gint32 row = from; row < end; row++)
            match_row(m, row);
    for (gint32 word = from / 64; word < (end + 63) / 64; word++)
        m->found[block] += __builtin_popcountll(m->bits[word]);
}

void
fal_match(const FalDataset *dataset, FalSubject subject, char *const *words,
          const FalMarks *within, FalMarks *out)
{
    gboolean artists = subject == FAL_SUBJECT_ARTIST;
    gint32 n = artists ? fal_dataset_n_artists(dataset) : fal_dataset_n_users(dataset);
    gint64 n_blocks = ((gint64)n + BLOCK - 1) / BLOCK;
    g_autofree gint32 *found = g_new0(gint32, n_blocks + 1);
    Matching m = {dataset, subject, n, words, words[0], TRUE, NULL, NULL, found};

    m.bits = g_new0(guint64, (gsize)n / 64 + 1);
    for (char *const *word = words; *word; word++) {
        if (strlen(*word) > strlen(m.longest))
            m.longest = *word;
        if ((*word)[strspn(*word, "#0123456789")] != '\0')
            m.unnamed = FALSE;
    }
    if (within && (!artists || within->n < n / FEW))
        m.within = within->bits;
    fal_parallel_for(n_blocks, match_block, &m);
    *out = (FalMarks){.bits = m.bits};
    for (gint64 block = 0; block < n_blocks; block++)
        out->n += found[block];
}

gboolean
fal_match_narrows(char *const *words, char *const *before)
{
    for (; *before; before++) {
        char *const *word = words;
        while (*word && !strstr(*word, *before))
            word++;
        if (!*word)
            return FALSE;
    }
    return TRUE;
}
