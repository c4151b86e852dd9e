/* Jumping (see jump.h). An outline of each artist's name tells which letters it has, and bounds
 * its score from above; what the blocks have found tells which scores are of use, so that few
 * names are read. Each block keeps its best, in the order of its rows; as rows go from the most
 * listened-to on, one that has enough of a score leaves only better ones to those behind it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/jump.h"

#include <string.h>

#include "base/parallel.h"
#include "base/text.h"
#include "query/command.h"
#include "query/match.h"
#include "query/resolve.h"

#define BLOCK 8192

enum {
    LINKED = 8, /* at the start of a word, or right behind the letter before */
    FIRST = 2,  /* more, at the start of the name */
    LOOSE = 1,
    WHOLE = 1, /* more, where there are no others */
    NEVER = -10000,
};

/* What is known of a name. */
typedef struct {
    guint32 letters; /* a bit for each it has, see bit_of() */
    guint32
        starts;    /* for each at the start of a word, by class_of(); that of the first above */
    guint64 pairs; /* for each two bytes that stand side by side, see pair_of() */
} Outline;

#define FIRST_SHIFT 27
#define MOST_SCORE  (FAL_JUMP_TEXT * LINKED + FIRST)

struct FalJump {
    FalDataset *dataset; /* may be NULL */
    const char *const *views;
    Outline *outline; /* by artist */
    guint8 *outlined; /* by block: whether its outlines are there */
};

/* What outlines are held against. */
typedef struct {
    guint32 letters;
    guint32 first;
    guint32 start[FAL_JUMP_TEXT];
    guint64 pair[FAL_JUMP_TEXT]; /* of the letter and the one before */
    int n;
} Wanted;

typedef struct {
    int n;
    gint32 row[FAL_JUMP_MOST];
    gint16 score[FAL_JUMP_MOST];
} Found;

typedef struct {
    const FalJump *jump;
    FalSubject subject;
    const FalJumpText *text;
    Wanted wanted;
    gint32 n;
    int best;     /* the largest score there can be */
    Found *found; /* by block */
    /* Atomic. How many have each score, so far; the largest that FAL_JUMP_MOST have or pass:
     * what is below it is of no use; and the first block that has as many of a score or better.
     */
    gint32 count[MOST_SCORE + 1];
    int floor;
    gint64 full[MOST_SCORE + 1];
} Looking;

/* --- a name --- */

void
fal_jump_text(FalJumpText *out, const char *text)
{
    g_autofree char *folded = fal_text_fold(text);
    const char *c = *folded == '#' ? folded + 1 : folded;

    int n_bytes = 0;

    out->n = 0;
    for (; *c && out->n < FAL_JUMP_TEXT; c = g_utf8_next_char(c)) {
        if (*c == ' ')
            continue;
        out->letter[out->n] = g_utf8_get_char(c);
        n_bytes += g_unichar_to_utf8(out->letter[out->n++], out->bytes + n_bytes);
    }
    out->bytes[n_bytes] = '\0';
}

/* Letters beyond ASCII are all taken for parts of words. */
static gboolean
is_of_word(gunichar c)
{
    return c >= 0x80 || g_ascii_isalnum((char)c);
}

/* Whether the bytes are there in this order: what does not have them does not have the letters.
 */
static gboolean
has_bytes(const char *bytes, const char *name)
{
    for (; *bytes && *name; name++)
        bytes += *name == *bytes;
    return *bytes == '\0';
}

int
fal_jump_score(const FalJumpText *text, const char *name)
{
    /* Of the first j letters: the best score with the j-th anywhere so far, and right here. */
    int any[FAL_JUMP_TEXT + 1], here[FAL_JUMP_TEXT + 1];
    int known = 0; /* letters found so far; those of the arrays that mean something */
    gboolean in_word = FALSE, first = TRUE;

    if (!has_bytes(text->bytes, name))
        return -1;
    any[0] = 0;
    here[0] = NEVER;
    while (*name) {
        gunichar c = (guchar)*name < 0x80 ? (gunichar)*name : g_utf8_get_char(name);
        int alone = in_word ? LOOSE : first ? LINKED + FIRST : LINKED;
        if (known < text->n && c == text->letter[known]) {
            known++;
            any[known] = here[known] = NEVER;
        }
        for (int j = known; j > 0; j--) {
            int score = NEVER;
            if (c == text->letter[j - 1])
                score = MAX(any[j - 1] + alone, here[j - 1] + LINKED);
            here[j] = score;
            any[j] = MAX(any[j], score);
        }
        first = FALSE;
        in_word = is_of_word(c);
        name += (guchar)*name < 0x80 ? 1 : g_utf8_skip[(guchar)*name];
    }
    return known == text->n ? any[text->n] : -1;
}

static int
best_score(const FalJumpText *text)
{
    return text->n > 0 ? text->n * LINKED + FIRST : 0;
}

/* --- many names --- */

/* A bit for each letter a to z; digits share four, all others two. */
static guint32
bit_of(gunichar c)
{
    if (c >= 'a' && c <= 'z')
        return (guint32)1 << (c - 'a');
    if (c >= '0' && c <= '9')
        return (guint32)1 << (26 + c % 4);
    return (guint32)1 << (30 + (c >= 0x80));
}

/* Letters each, all else together. */
static guint32
class_of(gunichar c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' : 26;
}

/* A bit for two bytes. */
static guint64
pair_of(guchar a, guchar b)
{
    return (guint64)1 << ((a * 37u + b * 11u) % 64);
}

/* What a byte adds to an outline. */
typedef struct {
    guint32 letter, start;
    guint32 of_word;
} ByteBits;

static void
outline_of(Outline *outline, const char *name, const ByteBits bits[256])
{
    const guchar *c = (const guchar *)name;
    guint32 letters = 0, starts = class_of(*c) << FIRST_SHIFT, in_word = 0;
    guint64 pairs = 0;

    for (guchar before = 0; *c; before = *c++) {
        const ByteBits *b = &bits[*c];
        letters |= b->letter;
        starts |= in_word ? 0 : b->start;
        in_word = b->of_word;
        pairs |= pair_of(before, *c);
    }
    *outline = (Outline){letters, starts, pairs};
}

static void
wanted_of(Wanted *wanted, const FalJumpText *text)
{
    *wanted = (Wanted){.n = text->n};
    for (int i = 0; i < text->n; i++) {
        char before[6], here[6];
        int n = i > 0 ? g_unichar_to_utf8(text->letter[i - 1], before) : 0;
        g_unichar_to_utf8(text->letter[i], here);
        wanted->letters |= bit_of(text->letter[i]);
        wanted->start[i] = (guint32)1 << class_of(text->letter[i]);
        wanted->pair[i] = n > 0 ? pair_of((guchar)before[n - 1], (guchar)here[0]) : 0;
    }
    wanted->first = text->n > 0 ? class_of(text->letter[0]) : 0;
}

/* A name's score is at most this. */
static int
bound(const Wanted *wanted, const Outline *outline)
{
    int score = wanted->n > 0 && outline->starts >> FIRST_SHIFT == wanted->first ? FIRST : 0;

    for (int i = 0; i < wanted->n; i++)
        score += (outline->starts & wanted->start[i]) || (outline->pairs & wanted->pair[i])
                     ? LINKED
                     : LOOSE;
    return score;
}

/* The outlines of a block, made when they are first asked for: no other block touches them. */
static const Outline *
outlines_of(const FalJump *jump, gint64 block, gint32 from, gint32 end)
{
    ByteBits bits[256];
    char id[24];

    if (jump->outlined[block])
        return jump->outline;
    for (guint i = 0; i < 256; i++)
        bits[i] = (ByteBits){bit_of(i), (guint32)1 << class_of(i), is_of_word(i)};
    for (gint32 a = from; a < end; a++)
        outline_of(&jump->outline[a], fal_match_text(jump->dataset, FAL_SUBJECT_ARTIST, a, id),
                   bits);
    jump->outlined[block] = TRUE;
    return jump->outline;
}

static gint64
n_blocks_of(gint32 n)
{
    return ((gint64)n + BLOCK - 1) / BLOCK;
}

FalJump *
fal_jump_new(FalDataset *dataset, const char *const *views)
{
    FalJump *jump = g_new0(FalJump, 1);

    jump->views = views;
    if (!dataset)
        return jump;
    jump->dataset = fal_dataset_ref(dataset);
    gint32 n = fal_dataset_n_artists(dataset);
    jump->outline = g_new(Outline, (gsize)n + 1);
    jump->outlined = g_new0(guint8, (gsize)n_blocks_of(n) + 1);
    return jump;
}

void
fal_jump_free(FalJump *jump)
{
    g_clear_pointer(&jump->dataset, fal_dataset_unref);
    g_free(jump->outline);
    g_free(jump->outlined);
    g_free(jump);
}

/* Rows come rising: one of the same score as another belongs behind it. */
static void
found_add(Found *found, gint32 row, int score)
{
    int at = found->n;

    if (at == FAL_JUMP_MOST) {
        if (score <= found->score[at - 1])
            return;
        at--;
    } else {
        found->n++;
    }
    for (; at > 0 && found->score[at - 1] < score; at--) {
        found->score[at] = found->score[at - 1];
        found->row[at] = found->row[at - 1];
    }
    found->score[at] = (gint16)score;
    found->row[at] = row;
}

/* Tells the others of a score, which may raise the floor. */
static void
tell(Looking *looking, int score)
{
    int now = __atomic_load_n(&looking->floor, __ATOMIC_RELAXED), n = 0, s = looking->best + 1;

    if (score <= now)
        return;
    __atomic_fetch_add(&looking->count[score], 1, __ATOMIC_RELAXED);
    while (s - 1 > now && n < FAL_JUMP_MOST)
        n += __atomic_load_n(&looking->count[--s], __ATOMIC_RELAXED);
    while (n >= FAL_JUMP_MOST && s > now &&
           !__atomic_compare_exchange_n(&looking->floor, &now, s, FALSE, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        continue;
}

/* The least score that is of use in a block. */
static int
least_in(const Looking *looking, gint64 block)
{
    int least = __atomic_load_n(&looking->floor, __ATOMIC_RELAXED);

    /* A block before this one that has enough of a score leaves only better ones to find. */
    for (int s = looking->best; s >= least; s--)
        if (__atomic_load_n(&looking->full[s], __ATOMIC_RELAXED) < block)
            return s + 1;
    return least;
}

static void
tell_full(Looking *looking, int score, gint64 block)
{
    gint64 *full = &looking->full[score], before = __atomic_load_n(full, __ATOMIC_RELAXED);

    while (block < before && !__atomic_compare_exchange_n(full, &before, block, FALSE,
                                                          __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        continue;
}

static void
look_block(gint64 block, G_GNUC_UNUSED int worker, gpointer data)
{
    Looking *looking = data;
    const Wanted *wanted = &looking->wanted;
    const Outline *outline = NULL;
    Found *found = &looking->found[block];
    gint32 from = (gint32)(block * BLOCK), end = MIN(from + BLOCK, looking->n);
    int least = least_in(looking, block);
    char id[24];

    if (least > looking->best)
        return;
    if (looking->subject == FAL_SUBJECT_ARTIST && wanted->n > 0)
        outline = outlines_of(looking->jump, block, from, end);

    for (gint32 row = from; row < end && least <= looking->best; row++) {
        if (outline && ((outline[row].letters & wanted->letters) != wanted->letters ||
                        bound(wanted, &outline[row]) < least))
            continue;
        int score = fal_jump_score(
            looking->text, fal_match_text(looking->jump->dataset, looking->subject, row, id));
        if (score < least)
            continue;
        found_add(found, row, score);
        tell(looking, score);
        least = MAX(least, __atomic_load_n(&looking->floor, __ATOMIC_RELAXED));
        if (found->n == FAL_JUMP_MOST)
            least = MAX(least, found->score[FAL_JUMP_MOST - 1] + 1);
    }
    if (found->n == FAL_JUMP_MOST)
        tell_full(looking, found->score[FAL_JUMP_MOST - 1], block);
}

/* The best of one subject, in their order. */
static Found *
look(const FalJump *jump, FalSubject subject, const FalJumpText *text)
{
    gboolean artists = subject == FAL_SUBJECT_ARTIST;
    Looking looking = {.jump = jump,
                       .subject = subject,
                       .text = text,
                       .n = artists ? fal_dataset_n_artists(jump->dataset)
                                    : fal_dataset_n_users(jump->dataset),
                       .best = best_score(text)};
    wanted_of(&looking.wanted, text);
    gint64 n_blocks = n_blocks_of(looking.n);
    g_autofree Found *found = looking.found = g_new(Found, (gsize)n_blocks + 1);
    Found *all = g_new0(Found, 1);

    for (gint64 block = 0; block < n_blocks; block++)
        found[block].n = 0;
    for (int s = 0; s <= MOST_SCORE; s++)
        looking.full[s] = n_blocks;
    fal_parallel_for(n_blocks, look_block, &looking);
    for (gint64 block = 0; block < n_blocks; block++)
        for (int i = 0; i < found[block].n; i++)
            found_add(all, found[block].row[i], found[block].score[i]);
    return all;
}

/* --- all kinds --- */

static void
add_subject(const FalJump *jump, FalSubject subject, const FalJumpText *text, GArray *places)
{
    FalJumpKind kind = subject == FAL_SUBJECT_ARTIST ? FAL_JUMP_ARTIST : FAL_JUMP_USER;
    g_autofree Found *found = look(jump, subject, text);

    for (int i = 0; i < found->n; i++) {
        FalJumpPlace place = {kind, found->row[i], found->score[i]};
        g_array_append_val(places, place);
    }
}

/* Puts the artist that is called as was typed before those that only begin so. */
static void
add_whole(const FalJump *jump, const char *typed, const FalJumpText *text, GArray *places)
{
    g_autofree char *folded = fal_text_fold(typed);
    gint32 artist = fal_resolve_called(jump->dataset, folded);

    if (artist < 0)
        return;
    for (guint i = 0; i < places->len; i++) {
        const FalJumpPlace *place = &g_array_index(places, FalJumpPlace, i);
        if (place->kind == FAL_JUMP_ARTIST && place->row == artist) {
            g_array_remove_index_fast(places, i);
            break;
        }
    }
    FalJumpPlace place = {FAL_JUMP_ARTIST, artist, fal_jump_score(text, folded) + WHOLE};
    g_array_append_val(places, place);
}

static void
add_word(FalJumpKind kind, int i, const char *name, const FalJumpText *text, GArray *places)
{
    g_autofree char *folded = fal_text_fold(name);
    FalJumpPlace place = {kind, i, fal_jump_score(text, folded)};

    if (place.score >= 0)
        g_array_append_val(places, place);
}

static int
compare_places(gconstpointer a, gconstpointer b)
{
    const FalJumpPlace *x = a, *y = b;

    if (x->score != y->score)
        return y->score - x->score;
    if (x->kind != y->kind)
        return (int)x->kind - (int)y->kind;
    return x->row < y->row ? -1 : x->row > y->row;
}

static gboolean
is_number(const FalJumpText *text)
{
    for (int i = 0; i < text->n; i++)
        if (text->letter[i] < '0' || text->letter[i] > '9')
            return FALSE;
    return text->n > 0;
}

int
fal_jump_find(FalJump *jump, const char *text, FalJumpPlace *out)
{
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(FalJumpPlace));
    const FalCommand *commands = fal_commands();
    FalJumpText letters;

    fal_jump_text(&letters, text);
    for (int i = 0; jump->views[i]; i++)
        add_word(FAL_JUMP_VIEW, i, jump->views[i], &letters, places);
    for (int i = 0; letters.n > 0 && commands[i].name; i++)
        add_word(FAL_JUMP_COMMAND, i, commands[i].name, &letters, places);
    if (jump->dataset) {
        add_subject(jump, FAL_SUBJECT_ARTIST, &letters, places);
        add_whole(jump, text, &letters, places);
    }
    if (jump->dataset && is_number(&letters))
        add_subject(jump, FAL_SUBJECT_USER, &letters, places);
    g_array_sort(places, compare_places);
    int n = MIN((int)places->len, FAL_JUMP_MOST);
    if (n > 0)
        memcpy(out, places->data, (gsize)n * sizeof *out);
    return n;
}
