/* Makes a data set of the published shape of the full Audioscrobbler data, with planted tastes.
 *
 *     synth [--users N] [--artists N] [--rows N] [--seed N] --out FOLDER
 *
 * What is known of the real set (users, artists, rows, the quantiles of plays per user, the
 * share of artists with few plays, aliases, lines that cannot be read) is put in; what is to be
 * learnt is made up: artists belong to genres, and within a genre differ by hidden traits that
 * listeners like or not. Everything is drawn user by user and written at once, so that memory
 * does not grow with the rows. The same arguments give the same bytes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "base/random.h"

/* The full set. */
#define FULL_USERS   148111
#define FULL_ARTISTS 1568126
#define FULL_ROWS    24296858
/* Lines of the other two files, and ids, for each artist. */
#define NAMES_PER_ARTIST   (1848707.0 / FULL_ARTISTS)
#define ALIASES_PER_ARTIST (193027.0 / FULL_ARTISTS)
#define IDS_PER_ARTIST     (10794401.0 / FULL_ARTISTS)
#define IDS_PER_USER       (2443548.0 / FULL_USERS)

#define GENRES      60
#define TASTES      4 /* genres of a listener, at most */
#define TRAITS      6
#define STRAY_SHARE 0.2 /* of a listener's artists that are from anywhere */
/* Popularity of an artist falls with its place as (place + FLAT)^-STEEP. */
#define STEEP 1.45
#define FLAT  120.0
/* Artists of a listener against plays: plays^GROWTH, log-normally scattered. */
#define GROWTH       0.62
#define SPREAD       0.55
#define MOST_ARTISTS 7000
/* What the listeners of an artist play it falls with its place as well. */
#define FAME 0.25
/* Plays of one artist by one listener are log-normal with this spread. */
#define PLAYS_SPREAD 1.8
#define DEVOTED      300000
/* Rows under an alias of the artist, and those of them that come beside a row under its own id.
 */
#define ALIAS_SHARE 0.0136
#define BOTH_SHARE  0.8
/* One line in so many that cannot be read. */
#define BROKEN_PLAYS   500000
#define BROKEN_NAMES   20000
#define BROKEN_ALIASES 200

/* Plays per user: what share of the users has at most so many (published). */
static const struct {
    double share, plays;
} quantiles[] = {
    {0, 1},      {0.0523, 10},  {0.25, 204},   {0.5, 892},       {0.75, 2800},
    {0.9, 6484}, {0.95, 10120}, {0.99, 21569}, {0.9999, 120000}, {1, 674412},
};

static gint64 n_users = FULL_USERS, n_artists = FULL_ARTISTS, n_rows = FULL_ROWS, seed = 1;
static char *folder;

/* A row before it is written. */
typedef struct {
    gint64 artist; /* its place by popularity */
    gint64 id;
    double weight;
} Draw;

typedef struct {
    FalRandom random;
    gint64 artists; /* to draw */
    double plays;
    double taste[TASTES]; /* shares, falling; rising sums */
    int genre[TASTES];
    int n_tastes;
    guint likes; /* a bit for each trait */
} User;

static gint64 next_new[GENRES]; /* the first artist of each genre that nobody has yet */
static gint64 n_met;
static gint64 *seen; /* of the user at hand: artists plus 1, hashed */
static gsize n_seen_slots;

static double
normal(FalRandom *random)
{
    double u = 1 - fal_random_double(random), v = fal_random_double(random);

    return sqrt(-2 * log(u)) * cos(2 * G_PI * v);
}

/* Plays of the user at that share of all users, between the quantiles on a log scale. */
static double
plays_at(double share)
{
    gsize i = 1;

    while (i < G_N_ELEMENTS(quantiles) - 1 && quantiles[i].share < share)
        i++;
    double t = (share - quantiles[i - 1].share) / (quantiles[i].share - quantiles[i - 1].share);
    /* A little below a straight line, by which the mean comes out right. */
    t = pow(t, 1.3);
    return quantiles[i - 1].plays * pow(quantiles[i].plays / quantiles[i - 1].plays, t);
}

static gint64
artists_for(double factor, double plays, double scatter)
{
    double n = factor * pow(plays, GROWTH) * exp(SPREAD * scatter);

    return (gint64)CLAMP(n, 1, MIN(MIN(plays, MOST_ARTISTS), (double)n_artists / 3 + 1));
}

/* Begins user number `user` of the file. */
static void
user_init(User *u, gint64 user, double factor)
{
    double rest = 1;

    fal_random_init(&u->random, fal_random_hash((guint64)seed, 1, (guint64)user));
    /* A permutation of the users over the shares, so that each share is there once. */
    double share = ((double)(user * 7919 % n_users) + 0.5) / (double)n_users;
    u->plays = floor(plays_at(share) + 0.5);
    u->artists = artists_for(factor, u->plays, normal(&u->random));
    u->n_tastes = 1 + (int)fal_random_below(&u->random, TASTES);
    for (int i = 0; i < u->n_tastes; i++) {
        double part =
            i == u->n_tastes - 1 ? rest : rest * (0.4 + 0.4 * fal_random_double(&u->random));
        rest -= part;
        u->taste[i] = 1 - rest;
        /* Some genres have more friends than others. */
        double g = fal_random_double(&u->random);
        u->genre[i] = (int)(g * sqrt(g) * GENRES);
    }
    u->likes = (guint)fal_random_next(&u->random) & ((1u << TRAITS) - 1);
}

/* What makes the artists of all users come to n_rows: found by halving, as they rise with it.
 */
static double
find_factor(gint64 rows)
{
    double low = 0.01, high = 1000;

    for (int i = 0; i < 40; i++) {
        double factor = sqrt(low * high);
        gint64 sum = 0;
        gint64 step = MAX(n_users / 20000, 1), counted = 0;
        for (gint64 user = 0; user < n_users; user += step) {
            User u;
            user_init(&u, user, factor);
            sum += u.artists;
            counted++;
        }
        if ((double)sum * (double)n_users / (double)counted < (double)rows)
            low = factor;
        else
            high = factor;
    }
    return low;
}

static gboolean
is_new_to_user(gint64 artist)
{
    gsize at = (gsize)((guint64)artist * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) >> 40) &
               (n_seen_slots - 1);

    for (; seen[at]; at = (at + 1) & (n_seen_slots - 1))
        if (seen[at] == artist + 1)
            return FALSE;
    seen[at] = artist + 1;
    return TRUE;
}

static void
forget_seen(gint64 artists)
{
    gsize slots = 1024;

    while (slots < 4 * (gsize)artists)
        slots *= 2;
    n_seen_slots = slots;
    memset(seen, 0, slots * sizeof *seen);
}

/* A place by popularity within n of them, from the inverse of the distribution. */
static gint64
draw_place(FalRandom *random, double n, double flat)
{
    double near = pow(flat, 1 - STEEP), far = pow(n + flat, 1 - STEEP);
    double place = pow(near - fal_random_double(random) * (near - far), 1 / (1 - STEEP)) - flat;

    return (gint64)CLAMP(place, 0, n - 1);
}

static int
draw_genre(User *u)
{
    double at = fal_random_double(&u->random);
    int i = 0;

    while (i < u->n_tastes - 1 && u->taste[i] < at)
        i++;
    return u->genre[i];
}

static guint
traits_of(gint64 artist)
{
    return (guint)fal_random_hash((guint64)seed, 2, (guint64)artist) & ((1u << TRAITS) - 1);
}

/* Genres take turns along the artists, so that each has as many known ones. */
static gint64
artist_of(int genre, gint64 place)
{
    return place * GENRES + genre;
}

/* An artist that nobody has had so far, of one of the user's genres where there is one left;
 * -1 where there is none at all. */
static gint64
draw_unmet(User *u)
{
    int genre = draw_genre(u);

    for (int i = 0; i < GENRES; i++, genre = (genre + 1) % GENRES) {
        gint64 artist = artist_of(genre, next_new[genre]);
        if (artist < n_artists) {
            next_new[genre]++;
            n_met++;
            return artist;
        }
    }
    return -1;
}

/* The chance that an artist is taken, by the traits in which it is as the user likes. */
static const double liking[TRAITS + 1] = {0.03, 0.06, 0.12, 0.25, 0.5, 0.8, 1};

static gint64
draw_known(User *u)
{
    double places = (double)n_artists / GENRES;

    for (int i = 0;; i++) {
        gint64 artist =
            fal_random_double(&u->random) < STRAY_SHARE
                ? draw_place(&u->random, (double)n_artists, FLAT)
                : artist_of(draw_genre(u), draw_place(&u->random, places, FLAT / GENRES));
        int agree = TRAITS - __builtin_popcount(traits_of(artist) ^ u->likes);
        if (artist < n_artists && (i > 20 || fal_random_double(&u->random) < liking[agree]))
            return artist;
    }
}

typedef struct {
    gint64 n, step; /* with no common factor */
} Scatter;

static Scatter known_places, other_places, alias_places;

static Scatter
scatter_over(gint64 n)
{
    Scatter scatter = {n, (gint64)(0.6180339887 * (double)n)};

    for (gint64 common = 0; common != 1; scatter.step += common != 1) {
        gint64 rest = n;
        common = scatter.step;
        while (rest != 0) {
            gint64 next = common % rest;
            common = rest;
            rest = next;
        }
    }
    return scatter;
}

/* A permutation of 0 .. n - 1 that leaves nothing of the order. */
static gint64
scatter_at(Scatter scatter, gint64 at)
{
    return (gint64)((unsigned __int128)at * (guint64)scatter.step % (guint64)scatter.n);
}

/* Places for ids beyond the small ones, each with room for an artist and an alias. */
static gint64
n_places(void)
{
    return (gint64)(IDS_PER_ARTIST * (double)n_artists) / 3;
}

/* The best known artists have small ids, those that follow lie together at a tenth of the
 * range, all others are scattered: about as the real ones are. */
static gint64
artist_id(gint64 artist)
{
    gint64 places = n_places(), small = n_artists / 1000 + 1, known = n_artists / 20, place;

    if (artist < small)
        return 1 + artist;
    if (artist < small + known)
        place = places / 10 + scatter_at(known_places, artist - small);
    else
        place = scatter_at(other_places, artist - small - known);
    if (artist >= small + known && place >= places / 10)
        place += known;
    return 1 + small + 3 * place;
}

/* Alias j belongs to artist j % artists_with_alias(). */
static gint64
alias_id(gint64 alias)
{
    return 3 + n_artists / 1000 + 3 * scatter_at(alias_places, alias);
}

/* Draws the user's artists; how many. */
static gint64
draw_artists(User *u, Draw *draws, gint64 *rows_left)
{
    gint64 n = 0;

    forget_seen(u->artists);
    for (gint64 tries = 0; n < u->artists && tries < 30 * u->artists; tries++) {
        /* New artists come at a steady rate, until all have been met. */
        gint64 wanted = n_artists - n_met;
        gint64 artist = -1;
        if (wanted > 0 && fal_random_double(&u->random) * (double)*rows_left < (double)wanted)
            artist = draw_unmet(u);
        if (artist < 0)
            artist = draw_known(u);
        if (!is_new_to_user(artist))
            continue;
        double fame = pow((double)artist + 50, -FAME);
        draws[n].artist = artist;
        draws[n].id = artist_id(artist);
        draws[n++].weight = fame * exp(PLAYS_SPREAD * normal(&u->random));
        *rows_left -= *rows_left > 1;
    }
    return n;
}

static gint64
n_aliases(void)
{
    return (gint64)(ALIASES_PER_ARTIST * (double)n_artists);
}

static gint64
artists_with_alias(void)
{
    return MAX(n_artists / 17, 1);
}

static int
compare_id(const void *a, const void *b)
{
    const Draw *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

static char *
put_number(char *to, guint64 n)
{
    char digits[20];
    int count = 0;

    do
        digits[count++] = (char)('0' + n % 10);
    while (n /= 10);
    while (count > 0)
        *to++ = digits[--count];
    return to;
}

static void
put_row(FILE *out, gint64 user, gint64 artist, guint64 plays)
{
    char line[80], *at = line;

    at = put_number(at, (guint64)user);
    *at++ = ' ';
    at = put_number(at, (guint64)artist);
    *at++ = ' ';
    at = put_number(at, plays);
    *at++ = '\n';
    fwrite(line, 1, (gsize)(at - line), out);
}

/* A few early ones, then most of them from about two fifths of the range on. */
static gint64
user_id(gint64 user)
{
    double span = IDS_PER_USER * (double)n_users, early = 0.01 * (double)n_users;
    double at = (double)user < early
                    ? (double)user / early * 0.4
                    : 0.41 + ((double)user - early) / ((double)n_users - early) * 0.59;

    return 90 + (gint64)(at * span);
}

/* Shares the user's plays out over the artists; returns how many rows were written. */
static gint64
write_user(FILE *out, User *u, gint64 id_of_user, Draw *draws, gint64 n, gint64 most)
{
    double sum = 0;
    gint64 written = 0;

    for (gint64 i = 0; i < n; i++)
        sum += draws[i].weight;
    /* One who plays one song all day. */
    if (u->plays > DEVOTED) {
        draws[0].weight += 2 * sum;
        sum *= 3;
    }
    qsort(draws, (gsize)n, sizeof *draws, compare_id);
    for (gint64 i = 0; i < n; i++) {
        gint64 others = n - i - 1; /* rows that have to follow */
        gint64 artist = draws[i].artist, id = draws[i].id;
        double share = MAX(u->plays - (double)n, 0) * draws[i].weight / sum;
        guint64 plays = 1 + (guint64)(share + fal_random_double(&u->random));
        gboolean alias =
            artist < artists_with_alias() && fal_random_double(&u->random) < 2 * ALIAS_SHARE;
        if (alias && fal_random_double(&u->random) < BOTH_SHARE &&
            written + 1 + others < most) {
            put_row(out, id_of_user, id, plays);
            plays = 1 + plays / 8;
            written++;
        }
        if (alias)
            id =
                alias_id(artist + (fal_random_below(&u->random, 3) ? 0 : artists_with_alias()));
        put_row(out, id_of_user, id, plays);
        written++;
        if (fal_random_below(&u->random, BROKEN_PLAYS) == 0)
            fprintf(out, "%" G_GINT64_FORMAT " unknown\n", id_of_user);
    }
    return written;
}

static FILE *
create(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    FILE *out = g_fopen(path, "w");

    if (!out) {
        fprintf(stderr, "synth: cannot write %s: %s\n", path, g_strerror(errno));
        exit(1);
    }
    setvbuf(out, NULL, _IOFBF, 1 << 20);
    return out;
}

static void
finish(FILE *out, const char *name)
{
    if (ferror(out) | fclose(out)) {
        fprintf(stderr, "synth: cannot write %s/%s: %s\n", folder, name, g_strerror(errno));
        exit(1);
    }
}

static void
write_plays(void)
{
    FILE *out = create("user_artist_data.txt");
    double factor = find_factor(n_rows);
    g_autofree Draw *draws = g_new(Draw, MOST_ARTISTS + 1);
    gint64 written = 0;

    n_met = 0;
    for (gint64 user = 0; user < n_users && written < n_rows; user++) {
        User u;
        gint64 rows_left = n_rows - written;
        gint64 id = user_id(user);
        user_init(&u, user, factor);
        /* What the estimate is off by comes out over the last tenth of the users. */
        if (user > n_users / 10 * 9) {
            double due = (double)rows_left / (double)(n_users - user);
            double mean = (double)n_rows / (double)n_users;
            u.artists = (gint64)CLAMP((double)u.artists * due / mean, 1, MOST_ARTISTS);
        }
        gint64 n = draw_artists(&u, draws, &rows_left);
        /* Each of those to come gets a row at least. */
        gint64 most = n_rows - written - (n_users - user - 1);
        written += write_user(out, &u, id, draws, MIN(n, most), most);
    }
    finish(out, "user_artist_data.txt");
}

/* Something like a name, of the length that real ones have. */
static void
put_name(GString *line, FalRandom *random)
{
    static const char *const starts[] = {"b",  "br", "c",  "d", "dr", "f", "g", "h",
                                         "j",  "k",  "l",  "m", "n",  "p", "r", "s",
                                         "st", "t",  "tr", "v", "w",  "z"};
    static const char *const middles[] = {"a",  "e",  "i", "o", "u", "ai",
                                          "ea", "oo", "y", "ö", "é", "ø"};
    static const char *const ends[] = {"", "", "n", "r", "s", "l", "t", "ck", "nd", "x"};
    static const char *const words[] = {"The", "and", "DJ", "feat.", "Black", "Love", "of"};
    int n = 1 + (int)fal_random_below(random, 4);

    for (int i = 0; i < n; i++) {
        gsize from = line->len + (i > 0);
        if (i > 0)
            g_string_append_c(line, ' ');
        if (fal_random_below(random, 5) == 0) {
            g_string_append(line, words[fal_random_below(random, G_N_ELEMENTS(words))]);
            continue;
        }
        int syllables = 2 + (int)fal_random_below(random, 2);
        for (int s = 0; s < syllables; s++) {
            /* Accents are rare: one syllable in fourteen or so. */
            gsize vowel = fal_random_below(random, fal_random_below(random, 4) ? 9 : 12);
            g_string_append(line, starts[fal_random_below(random, G_N_ELEMENTS(starts))]);
            g_string_append(line, middles[vowel]);
            g_string_append(line, ends[fal_random_below(random, G_N_ELEMENTS(ends))]);
        }
        line->str[from] = g_ascii_toupper(line->str[from]);
    }
}

static void
write_names(void)
{
    FILE *out = create("artist_data.txt");
    g_autoptr(GString) line = g_string_new(NULL);
    gint64 n_names = (gint64)(NAMES_PER_ARTIST * (double)n_artists);
    FalRandom random;

    fal_random_init(&random, fal_random_hash((guint64)seed, 3, 0));
    for (gint64 i = 0; i < n_names; i++) {
        /* Some artists have no name; beyond the artists come the aliases. */
        if (i < n_artists && fal_random_below(&random, 220) == 0)
            continue;
        g_string_printf(line, "%" G_GINT64_FORMAT "\t",
                        i < n_artists ? artist_id(i) : alias_id(i - n_artists));
        put_name(line, &random);
        if (fal_random_below(&random, BROKEN_NAMES) == 0)
            g_string_append(line, " \xe9\xf1");
        g_string_append_c(line, '\n');
        if (fal_random_below(&random, BROKEN_NAMES) == 0)
            g_string_append(line, "Aya Hisakawa\n");
        fwrite(line->str, 1, line->len, out);
    }
    finish(out, "artist_data.txt");
}

static void
write_aliases(void)
{
    FILE *out = create("artist_alias.txt");
    FalRandom random;

    fal_random_init(&random, fal_random_hash((guint64)seed, 4, 0));
    for (gint64 alias = 0; alias < n_aliases(); alias++) {
        if (fal_random_below(&random, BROKEN_ALIASES) == 0)
            fprintf(out, "\t%" G_GINT64_FORMAT "\n", alias_id(alias));
        fprintf(out, "%" G_GINT64_FORMAT "\t%" G_GINT64_FORMAT "\n", alias_id(alias),
                artist_id(alias % artists_with_alias()));
    }
    finish(out, "artist_alias.txt");
}

int
main(int argc, char **argv)
{
    const GOptionEntry entries[] = {
        {"users", 0, 0, G_OPTION_ARG_INT64, &n_users, "listeners", "N"},
        {"artists", 0, 0, G_OPTION_ARG_INT64, &n_artists, "artists, aliases not counted", "N"},
        {"rows", 0, 0, G_OPTION_ARG_INT64, &n_rows, "rows of plays", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "another seed, another set", "N"},
        {"out", 0, 0, G_OPTION_ARG_FILENAME, &folder, "where to write the three files",
         "FOLDER"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1 || !folder) {
        fprintf(stderr, "synth: %s\n",
                error ? error->message : "--out FOLDER says where to write");
        return 2;
    }
    if (n_users < 1 || n_artists < GENRES || n_rows < n_users || n_rows < n_artists ||
        n_users > G_MAXINT32 / 4 || n_artists > G_MAXINT32 / 4) {
        fprintf(
            stderr,
            "synth: there must be 1 user, %d artists and as many rows as either, at least\n",
            GENRES);
        return 2;
    }
    if (g_mkdir_with_parents(folder, 0777) != 0) {
        fprintf(stderr, "synth: cannot make %s: %s\n", folder, g_strerror(errno));
        return 1;
    }
    seen = g_new0(gint64, 65536);
    known_places = scatter_over(MAX(n_artists / 20, 1));
    other_places = scatter_over(n_places() - n_artists / 20);
    alias_places = scatter_over(n_places());
    write_plays();
    write_names();
    write_aliases();
    return 0;
}
