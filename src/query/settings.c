/* Settings (see settings.h): one table from which `train`'s keys, `set`, the screens' form, the
 * help and the man page come.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/settings.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/glyphs.h"
#include "base/parallel.h"
#include "base/text.h"

static const char *const preset_choices[] = {"none", "hkv", "spark", "implicit", NULL};
static const char *const stop_choices[] = {"none", "ndcg", "recall", NULL};
static const char *const output_choices[] = {"auto", "table", "tsv", "json",
                                             "markdown", "csv", "line", "plain", NULL};
static const char *const theme_choices[] = {"auto", "dark", "light", "mono", NULL};
static const char *const color_choices[] = {"auto", "none", "8", "256", "true", NULL};
static const char *const progress_choices[] = {"auto", "never", "lines", "json", NULL};
static const char *const timer_choices[] = {"auto", "on", "off", NULL};

/* The defaults of a training are the model's (fallback NULL), so that they are written once. */
#define TRAIN_KEYS                                                                             \
    {.name = "rank", .type = FAL_KEY_INT, .min = 1, .max = FAL_MAX_RANK, .zero = "auto",       \
     .help = "factors per listener and artist: more can tell more tastes apart, and overfit; " \
             "auto: 64, or 128 below a million pairs"},                                        \
    {.name = "iterations", .type = FAL_KEY_INT, .min = 1, .max = 10000,                        \
     .help = "times that all artists, then all listeners are solved"},                         \
    {.name = "lambda", .type = FAL_KEY_REAL, .min = 0, .max = 1e12,                            \
     .help = "regularization: larger keeps the factors smaller, and the answers tamer"},       \
    {.name = "alpha", .type = FAL_KEY_REAL, .min = 0, .max = 1e12,                             \
     .help = "how much a play adds to the confidence"},                                        \
    {.name = "confidence", .type = FAL_KEY_CHOICE, .choices = fal_confidence_names,            \
     .help = "how plays r become confidence c: a0 + alpha r, a0 + alpha log(1 + r/epsilon), "  \
             "bm25, a0 + alpha, or raw alpha r"},                                              \
    {.name = "unobserved", .type = FAL_KEY_REAL, .min = 0, .max = 1e6, .above_min = TRUE,      \
     .help = "a0: the weight of each pair without plays"},                                     \
    {.name = "nu", .type = FAL_KEY_REAL, .min = 0, .max = 2,                                   \
     .help = "how lambda grows with a row's entries: 0 not at all, 1 in proportion"},          \
    {.name = "prior", .type = FAL_KEY_REAL, .min = 0, .max = 1e6,                              \
     .help = "entries that each row counts as having more, in means of its side, where nu > 0"}, \
    {.name = "epsilon", .type = FAL_KEY_REAL, .min = 0, .max = 1e9, .above_min = TRUE,         \
     .unit = "plays", .help = "unit of plays inside confidence=log"},                          \
    {.name = "solver", .type = FAL_KEY_CHOICE, .choices = fal_solver_names,                    \
     .help = "conjugate gradients on the principal axes, or exact and slow"},                  \
    {.name = "steps", .type = FAL_KEY_INT, .min = 1, .max = 1000,                              \
     .help = "steps of conjugate gradients per row and half iteration, at most"},              \
    {.name = "accuracy", .type = FAL_KEY_REAL, .min = 0, .max = 1,                             \
     .help = "share of a row's squared residual at which its steps end; 0: all steps"},        \
    {.name = "momentum", .type = FAL_KEY_REAL, .min = 0, .max = 0.99,                          \
     .help = "how far an iteration starts beyond the last one's end; 0: plain ALS"},           \
    {.name = "warmup", .type = FAL_KEY_INT, .min = 0, .max = 1000, .unit = "iterations",       \
     .help = "on a sample first, where there are a million pairs or more; 0: none"},           \
    {.name = "tolerance", .type = FAL_KEY_REAL, .min = 0, .max = 1,                            \
     .help = "stop when an iteration lowers the loss by a smaller share; 0: never"},           \
    {.name = "seed", .type = FAL_KEY_INT, .min = 0, .max = 9007199254740992.0,                 \
     .help = "of the first factors: the same seed gives the same model"},                      \
    {.name = "preset", .type = FAL_KEY_CHOICE, .choices = preset_choices, .fallback = "none",  \
     .help = "another program's objective: sets confidence, unobserved, nu and prior"},        \
    {.name = "watch", .type = FAL_KEY_INT, .min = 0, .max = 10000, .fallback = "0",            \
     .unit = "iterations",                                                                     \
     .help = "measure held-out NDCG and recall each so many iterations; 0: never"},            \
    {.name = "stop", .type = FAL_KEY_CHOICE, .choices = stop_choices, .fallback = "none",      \
     .help = "end when this held-out metric no longer rises, and return to its best iteration"}, \
    {.name = "patience", .type = FAL_KEY_INT, .min = 1, .max = 10000, .fallback = "3",         \
     .help = "measurements without a better one after which stop ends the training"}

const FalKeySpec fal_train_keys[] = {TRAIN_KEYS, {.name = NULL}};

static const FalKeySpec settings_table[] = {
    TRAIN_KEYS,
    {.name = "threads", .type = FAL_KEY_INT, .min = 0, .max = 1024, .fallback = "0",
     .help = "cores to use; 0: all. The results do not depend on it"},
    {.name = "output", .type = FAL_KEY_CHOICE, .choices = output_choices, .fallback = "auto",
     .help = "form of the answers; auto: table on a terminal, tsv elsewhere"},
    {.name = "progress", .type = FAL_KEY_CHOICE, .choices = progress_choices, .fallback = "auto",
     .help = "progress on standard error; auto: a moving line on a terminal, else nothing; "
             "lines: a line per iteration; json: a JSON object a line, for programs"},
    {.name = "pager", .type = FAL_KEY_FLAG, .fallback = "yes",
     .help = "answers longer than the terminal go through $FALSETTO_PAGER, $PAGER or less"},
    {.name = "timer", .type = FAL_KEY_CHOICE, .choices = timer_choices, .fallback = "auto",
     .help = "say how long a command took; auto: at the prompt, from half a second on"},
    {.name = "mouse", .type = FAL_KEY_FLAG, .fallback = "no",
     .help = "the screens take clicks and the wheel; with Shift the terminal selects text as ever"},
    {.name = "theme", .type = FAL_KEY_CHOICE, .choices = theme_choices, .fallback = "auto",
     .help = "colours of the screens, for a dark or a light background, or none; auto: by what "
             "the terminal says of itself, else dark"},
    {.name = "colors", .type = FAL_KEY_CHOICE, .choices = color_choices, .fallback = "auto",
     .help = "how many colours the screens use, at most; auto: all that the terminal has"},
    {.name = "glyphs", .type = FAL_KEY_CHOICE, .choices = fal_glyphs_names, .fallback = "auto",
     .help = "what lines, bars, charts and marks are made of; auto: ascii where the locale is not "
             "UTF-8, block on the console of Linux, else braille"},
    {.name = NULL},
};

gboolean
fal_train_key_watches(const FalKeySpec *key)
{
    static const char *const names[] = {"watch", "stop", "patience", NULL};

    return g_strv_contains(names, key->name);
}

const FalKeySpec *
fal_settings(void)
{
    return settings_table;
}

void
fal_settings_init(FalSettings *settings)
{
    memset(settings, 0, sizeof *settings);
    fal_train_settings_init(&settings->train);
    settings->train.rank = 0;
    settings->patience = 3;
    settings->pager = 1;
}

const FalKeySpec *
fal_key_find(const FalKeySpec *keys, const char *name)
{
    for (const FalKeySpec *k = keys; k && k->name; k++)
        if (!strcmp(k->name, name))
            return k;
    return NULL;
}

char *
fal_key_range(const FalKeySpec *spec)
{
    g_autofree char *min = fal_text_exact(spec->min, FALSE);
    g_autofree char *max = fal_text_exact(spec->max, FALSE);

    if (spec->type == FAL_KEY_CHOICE)
        return g_strjoinv(", ", (char **)spec->choices);
    if (spec->type == FAL_KEY_FLAG)
        return g_strdup("yes, no");
    if (spec->type == FAL_KEY_TEXT)
        return g_strdup("a name");
    return g_strdup_printf("%s%s .. %s%s%s", spec->above_min ? "above " : "", min, max,
                           spec->zero ? ", " : "", spec->zero ? spec->zero : "");
}

static gboolean
parse_choice(const FalKeySpec *spec, const char *value, double *out, GError **error)
{
    for (int i = 0; spec->choices[i]; i++) {
        if (!g_ascii_strcasecmp(spec->choices[i], value)) {
            *out = i;
            return TRUE;
        }
    }
    g_autofree char *range = fal_key_range(spec);
    const char *near = fal_text_nearest(value, spec->choices);
    g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                "%s has no value \"%s\"%s%s%s: it is one of %s", spec->name, value,
                near ? " (did you mean " : "", near ? near : "", near ? "?)" : "", range);
    return FALSE;
}

static gboolean
parse_flag(const FalKeySpec *spec, const char *value, double *out, GError **error)
{
    static const char *const words[] = {"no", "yes",   "off",  "on", "0",
                                        "1",  "false", "true", NULL};

    for (int i = 0; words[i]; i++) {
        if (!g_ascii_strcasecmp(words[i], value)) {
            *out = i % 2;
            return TRUE;
        }
    }
    g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "%s is yes or no, not \"%s\"", spec->name,
                value);
    return FALSE;
}

gboolean
fal_key_parse(const FalKeySpec *spec, const char *value, double *out, GError **error)
{
    if (spec->type == FAL_KEY_CHOICE)
        return parse_choice(spec, value, out, error);
    if (spec->type == FAL_KEY_FLAG)
        return parse_flag(spec, value, out, error);
    if (spec->type == FAL_KEY_TEXT) {
        *out = 0;
        if (!*value)
            g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "%s takes a name, and there is none",
                        spec->name);
        return *value != '\0';
    }

    if (spec->zero && !g_ascii_strcasecmp(value, spec->zero)) {
        *out = 0;
        return TRUE;
    }
    g_autofree char *range = fal_key_range(spec);
    char *end;
    errno = 0;
    double x = g_ascii_strtod(value, &end);
    if (end == value || *end || !isfinite(x)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "%s takes a number (%s), not \"%s\"",
                    spec->name, range, value);
        return FALSE;
    }
    if (spec->type == FAL_KEY_INT && x != floor(x)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "%s takes a whole number (%s), not %s",
                    spec->name, range, value);
        return FALSE;
    }
    if (x < spec->min || x > spec->max || (spec->above_min && x <= spec->min)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE, "%s=%s is out of range: it must be %s",
                    spec->name, value, range);
        return FALSE;
    }
    *out = x;
    return TRUE;
}

/* Which preset the settings are, as an index into preset_choices; 0 for none. */
static int
current_preset(const FalTrainSettings *settings)
{
    for (int i = 1; preset_choices[i]; i++) {
        FalTrainSettings s = *settings;
        fal_train_settings_preset(&s, preset_choices[i]);
        if (s.confidence == settings->confidence && s.nu == settings->nu &&
            s.unobserved == settings->unobserved && (s.prior == settings->prior || s.nu == 0))
            return i;
    }
    return 0;
}

/* Where a number lives; exactly one of the two is set. */
typedef struct {
    const char *name;
    int *whole;
    double *real;
} Place;

static gboolean
find_place(FalSettings *s, const char *name, Place *place)
{
    FalTrainSettings *t = &s->train;
    const Place places[] = {
        {"rank", &t->rank, NULL},
        {"iterations", &t->iterations, NULL},
        {"lambda", NULL, &t->lambda},
        {"alpha", NULL, &t->alpha},
        {"unobserved", NULL, &t->unobserved},
        {"nu", NULL, &t->nu},
        {"prior", NULL, &t->prior},
        {"epsilon", NULL, &t->epsilon},
        {"steps", &t->steps, NULL},
        {"accuracy", NULL, &t->accuracy},
        {"momentum", NULL, &t->momentum},
        {"warmup", &t->warmup, NULL},
        {"tolerance", NULL, &t->tolerance},
        {"watch", &s->watch, NULL},
        {"stop", &s->stop, NULL},
        {"patience", &s->patience, NULL},
        {"threads", &s->threads, NULL},
        {"output", &s->output, NULL},
        {"progress", &s->progress, NULL},
        {"mouse", &s->mouse, NULL},
        {"theme", &s->theme, NULL},
        {"colors", &s->colors, NULL},
        {"glyphs", &s->glyphs, NULL},
        {"pager", &s->pager, NULL},
        {"timer", &s->timer, NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        if (!strcmp(places[i].name, name)) {
            *place = places[i];
            return TRUE;
        }
    }
    return FALSE;
}

/* Reads or writes a value as a number, whatever its type. */
static double
get_number(FalSettings *s, const char *name)
{
    Place place;

    if (find_place(s, name, &place))
        return place.whole ? *place.whole : *place.real;
    if (!strcmp(name, "confidence"))
        return s->train.confidence;
    if (!strcmp(name, "solver"))
        return s->train.solver;
    if (!strcmp(name, "seed"))
        return (double)s->train.seed;
    g_assert_cmpstr(name, ==, "preset");
    return current_preset(&s->train);
}

static void
set_number(FalSettings *s, const char *name, double x)
{
    Place place;

    if (find_place(s, name, &place) && place.whole) {
        *place.whole = (int)x;
    } else if (find_place(s, name, &place)) {
        *place.real = x;
    } else if (!strcmp(name, "confidence")) {
        s->train.confidence = (FalConfidence)x;
    } else if (!strcmp(name, "solver")) {
        s->train.solver = (FalSolver)x;
    } else if (!strcmp(name, "seed")) {
        s->train.seed = (guint64)x;
    } else {
        g_assert_cmpstr(name, ==, "preset");
        if (x > 0)
            fal_train_settings_preset(&s->train, preset_choices[(int)x]);
    }
    if (!strcmp(name, "threads"))
        fal_parallel_set_threads(s->threads);
    if (!strcmp(name, "glyphs"))
        fal_glyphs_set((FalGlyphs)s->glyphs);
}

static char *
number_as_text(const FalKeySpec *spec, double x)
{
    if (spec->type == FAL_KEY_CHOICE)
        return g_strdup(spec->choices[(int)x]);
    if (spec->type == FAL_KEY_FLAG)
        return g_strdup(x != 0 ? "yes" : "no");
    if (spec->zero && x == 0)
        return g_strdup(spec->zero);
    return fal_text_exact(x, FALSE);
}

char *
fal_settings_get(const FalSettings *settings, const char *name)
{
    const FalKeySpec *spec = fal_key_find(settings_table, name);
    FalSettings s = *settings;

    return spec ? number_as_text(spec, get_number(&s, name)) : NULL;
}

char *
fal_key_fallback(const FalKeySpec *spec)
{
    FalSettings s;

    if (spec->fallback)
        return g_strdup(spec->fallback);
    fal_settings_init(&s);
    return number_as_text(spec, get_number(&s, spec->name));
}

gboolean
fal_settings_set(FalSettings *settings, const char *name, const char *value, GError **error)
{
    const FalKeySpec *spec = fal_key_find(settings_table, name);
    double x;

    if (!spec) {
        const char *names[G_N_ELEMENTS(settings_table)] = {NULL};
        for (gsize i = 0; settings_table[i].name; i++)
            names[i] = settings_table[i].name;
        const char *near = fal_text_nearest(name, names);
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "there is no setting \"%s\"%s%s%s; set lists all", name,
                    near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
        return FALSE;
    }
    if (!fal_key_parse(spec, value, &x, error))
        return FALSE;
    set_number(settings, name, x);
    return TRUE;
}
