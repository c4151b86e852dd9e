/* The objective's settings: defaults, presets, checks, and plays as confidence.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "model/settings.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#define BM25_K1 100.0
#define BM25_B  0.8
/* Counts below this have their logarithm in a table; few are above. */
#define TABLE_SIZE 4096

struct FalWeights {
    const FalPlays *plays;
    FalTrainSettings settings;
    float *table; /* log: the confidence of the counts 0 .. TABLE_SIZE - 1 */
    float *idf;   /* bm25: of each user, alpha times */
    float *soft;  /* bm25: of each artist, what is added to r below the line */
};

const char *const fal_train_presets[] = {"hkv", "spark", "implicit", NULL};
const char *const fal_confidence_names[] = {"linear", "log", "bm25", "binary", "raw", NULL};
const char *const fal_solver_names[] = {"cg", "exact", NULL};

void
fal_train_settings_init(FalTrainSettings *settings)
{
    *settings = (FalTrainSettings){
        .rank = 64,
        .iterations = 15,
        .lambda = 2,
        .alpha = 1,
        .unobserved = 1,
        .nu = 0.5,
        .prior = 1,
        .epsilon = 1,
        .confidence = FAL_CONFIDENCE_LOG,
        .solver = FAL_SOLVER_CG,
        .steps = 10,
        .accuracy = 0.01,
        .momentum = 0.5,
        .warmup = 8,
        .tolerance = 0,
        .seed = 1,
    };
}

int
fal_train_rank(gint32 users, gint32 artists, gint64 pairs)
{
    return MIN(pairs < FAL_SMALL_PAIRS ? 128 : 64, MIN(users, artists));
}

gboolean
fal_train_settings_preset(FalTrainSettings *settings, const char *preset)
{
    static const struct {
        const char *name;
        FalConfidence confidence;
        double nu;
    } presets[] = {
        {"hkv", FAL_CONFIDENCE_LINEAR, 0},
        {"spark", FAL_CONFIDENCE_LINEAR, 1},
        {"implicit", FAL_CONFIDENCE_RAW, 0},
    };

    g_return_val_if_fail(preset != NULL, FALSE);

    for (gsize i = 0; i < G_N_ELEMENTS(presets); i++) {
        if (strcmp(presets[i].name, preset))
            continue;
        settings->confidence = presets[i].confidence;
        settings->nu = presets[i].nu;
        settings->prior = 0;
        settings->unobserved = 1;
        return TRUE;
    }
    return FALSE;
}

static char *
check_whole(const char *name, int value, int least, int most)
{
    if (value >= least && value <= most)
        return NULL;
    return g_strdup_printf("%s=%d is out of range: it must be %d .. %d", name, value, least,
                           most);
}

static char *
check_real(const char *name, double value, gboolean zero_too)
{
    if (isfinite(value) && (value > 0 || (zero_too && value == 0)))
        return NULL;
    g_autofree char *text = isfinite(value) ? fal_text_exact(value, FALSE)
                                            : g_strdup(isnan(value) ? "NaN" : "infinity");
    return g_strdup_printf("%s=%s is out of range: it must be a number %s", name, text,
                           zero_too ? "from 0 on" : "above 0");
}

char *
fal_train_settings_check(const FalTrainSettings *s)
{
    const struct {
        const char *name;
        double value;
        gboolean zero_too;
    } reals[] = {
        {"lambda", s->lambda, TRUE},
        {"alpha", s->alpha, TRUE},
        {"unobserved", s->unobserved, FALSE},
        {"nu", s->nu, TRUE},
        {"prior", s->prior, TRUE},
        {"epsilon", s->epsilon, FALSE},
        {"accuracy", s->accuracy, TRUE},
        {"momentum", s->momentum, TRUE},
        {"tolerance", s->tolerance, TRUE},
    };
    const struct {
        const char *name;
        int value, least, most;
    } wholes[] = {
        {"rank", s->rank, 1, FAL_MAX_RANK},
        {"iterations", s->iterations, 1, G_MAXINT},
        {"steps", s->steps, 1, G_MAXINT},
        {"warmup", s->warmup, 0, G_MAXINT},
    };
    char *wrong = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(wholes) && !wrong; i++)
        wrong = check_whole(wholes[i].name, wholes[i].value, wholes[i].least, wholes[i].most);
    for (gsize i = 0; i < G_N_ELEMENTS(reals) && !wrong; i++)
        wrong = check_real(reals[i].name, reals[i].value, reals[i].zero_too);
    if (!wrong && s->momentum >= 1)
        wrong = g_strdup_printf("momentum=%g is out of range: it must be 0 or more and below 1",
                                s->momentum);
    if (!wrong)
        wrong = check_whole("confidence", (int)s->confidence, FAL_CONFIDENCE_LINEAR,
                            FAL_CONFIDENCE_RAW);
    if (!wrong)
        wrong = check_whole("solver", (int)s->solver, FAL_SOLVER_CG, FAL_SOLVER_EXACT);
    return wrong;
}

double
fal_confidence_of(const FalTrainSettings *s, double r)
{
    switch (s->confidence) {
    case FAL_CONFIDENCE_LINEAR:
        return s->unobserved + s->alpha * r;
    case FAL_CONFIDENCE_LOG:
        return s->unobserved + s->alpha * log1p(r / s->epsilon);
    case FAL_CONFIDENCE_BINARY:
        return s->unobserved + s->alpha;
    case FAL_CONFIDENCE_RAW:
        return s->alpha * r;
    case FAL_CONFIDENCE_BM25:
        break;
    }
    return NAN;
}

double
fal_confidence_spread(const FalTrainSettings *settings, double largest)
{
    return fal_confidence_of(settings, largest) / settings->unobserved;
}

double
fal_lambda_of(const FalTrainSettings *s, gint64 n, double mean)
{
    double entries = (double)n + s->prior * mean;

    if (s->nu == 0)
        return s->lambda;
    return s->lambda * (s->nu == 1 ? entries : pow(entries, s->nu));
}

static float
idf_of(const FalWeights *w, gint64 n_artists_of_user)
{
    double n_artists = fal_plays_by_artist(w->plays)->n_rows;

    return (float)(w->settings.alpha *
                   MAX(log(n_artists) - log1p((double)n_artists_of_user), 0));
}

static gboolean
fill_bm25(FalWeights *w, GError **error)
{
    const FalCsr *by_user = fal_plays_by_user(w->plays),
                 *by_artist = fal_plays_by_artist(w->plays);
    double n_artists = by_artist->n_rows, sum = 0;

    w->idf = FAL_NEW(float, by_user->n_rows, error);
    w->soft = w->idf ? FAL_NEW(float, by_artist->n_rows, error) : NULL;
    if (!w->soft)
        return FALSE;
    for (gint32 i = 0; i < by_artist->n_rows; i++)
        sum += (double)fal_csr_row_plays(by_artist, i);
    for (gint32 i = 0; i < by_artist->n_rows; i++) {
        double length = (double)fal_csr_row_plays(by_artist, i);
        w->soft[i] =
            (float)(BM25_K1 * (1 - BM25_B + BM25_B * length * n_artists / MAX(sum, 1)));
    }
    for (gint32 u = 0; u < by_user->n_rows; u++)
        w->idf[u] = idf_of(w, fal_csr_count(by_user, u));
    return TRUE;
}

FalWeights *
fal_weights_new(const FalPlays *plays, const FalTrainSettings *settings, GError **error)
{
    g_autoptr(FalWeights) w = g_new0(FalWeights, 1);

    w->plays = plays;
    w->settings = *settings;
    if (settings->confidence == FAL_CONFIDENCE_BM25 && !fill_bm25(w, error))
        return NULL;
    if (settings->confidence == FAL_CONFIDENCE_LOG) {
        w->table = FAL_NEW(float, TABLE_SIZE, error);
        if (!w->table)
            return NULL;
        for (int r = 0; r < TABLE_SIZE; r++)
            w->table[r] = (float)fal_confidence_of(settings, r);
    }
    return g_steal_pointer(&w);
}

void
fal_weights_free(FalWeights *w)
{
    if (!w)
        return;
    fal_free(w->table);
    fal_free(w->idf);
    fal_free(w->soft);
    g_free(w);
}

static float
bm25(const FalWeights *w, float idf, float soft, double r)
{
    return (float)(w->settings.unobserved + idf * r * (BM25_K1 + 1) / (soft + r));
}

/* All but bm25: what depends on the plays alone. */
static void
confidences(const FalWeights *w, const guint32 *plays, gint64 n, float *out)
{
    const FalTrainSettings *s = &w->settings;
    double base = s->confidence == FAL_CONFIDENCE_RAW ? 0 : s->unobserved;

    switch (s->confidence) {
    case FAL_CONFIDENCE_LINEAR:
    case FAL_CONFIDENCE_RAW:
        for (gint64 k = 0; k < n; k++)
            out[k] = (float)(base + s->alpha * plays[k]);
        break;
    case FAL_CONFIDENCE_BINARY:
        for (gint64 k = 0; k < n; k++)
            out[k] = (float)(base + s->alpha);
        break;
    case FAL_CONFIDENCE_LOG:
        for (gint64 k = 0; k < n; k++)
            out[k] = plays[k] < TABLE_SIZE ? w->table[plays[k]]
                                           : (float)fal_confidence_of(s, plays[k]);
        break;
    case FAL_CONFIDENCE_BM25:
        g_assert_not_reached();
    }
}

void
fal_weights_row(const FalWeights *w, gboolean by_user, gint32 row, float *out)
{
    const FalCsr *csr = by_user ? fal_plays_by_user(w->plays) : fal_plays_by_artist(w->plays);
    const guint32 *plays = csr->plays + csr->start[row];
    const gint32 *cols = csr->col + csr->start[row];
    gint64 n = fal_csr_count(csr, row);

    if (w->settings.confidence != FAL_CONFIDENCE_BM25) {
        confidences(w, plays, n, out);
        return;
    }
    for (gint64 k = 0; k < n; k++)
        out[k] = bm25(w, w->idf[by_user ? row : cols[k]], w->soft[by_user ? cols[k] : row],
                      plays[k]);
}

void
fal_weights_listener(const FalWeights *w, const gint32 *artists, const guint32 *plays, gint64 n,
                     float *out)
{
    if (w->settings.confidence != FAL_CONFIDENCE_BM25) {
        confidences(w, plays, n, out);
        return;
    }
    float idf = idf_of(w, n);
    for (gint64 k = 0; k < n; k++)
        out[k] = bm25(w, idf, w->soft[artists[k]], plays[k]);
}

float *
fal_confidence_new(const FalPlays *plays, gboolean by_user, const FalTrainSettings *settings,
                   GError **error)
{
    const FalCsr *csr = by_user ? fal_plays_by_user(plays) : fal_plays_by_artist(plays);
    g_autoptr(FalWeights) w = fal_weights_new(plays, settings, error);
    fal_autofree float *out = w ? FAL_NEW(float, fal_plays_n_pairs(plays), error) : NULL;

    if (!out)
        return NULL;
    for (gint32 row = 0; row < csr->n_rows; row++)
        fal_weights_row(w, by_user, row, out + csr->start[row]);
    return g_steal_pointer(&out);
}
