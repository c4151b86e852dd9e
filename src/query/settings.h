/* Settings: the keys that a training takes and those of the program; checking of values.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_SETTINGS_H
#define FAL_QUERY_SETTINGS_H

#include "model/settings.h"
#include "query/command.h"

/* The values behind the session's settings. */
typedef struct {
    FalTrainSettings train; /* rank 0: auto, as the data are (training.h) */
    int watch;    /* measure what is held out each so many iterations, 0: never */
    int stop;     /* by which held-out metric a training ends: 0 none, 1 NDCG, 2 recall */
    int patience; /* measurements that may pass without a better one */
    int threads;  /* 0: all cores */
    int output;   /* index into the choices of `output` */
    int progress; /* index into the choices of `progress` */
    int mouse;    /* the screens take clicks: 0 or 1 */
    int theme;    /* index into the choices of `theme` */
    int colors;   /* index into the choices of `colors` */
    int glyphs;   /* FalGlyphs */
    int pager;    /* long answers go through one: 0 or 1 */
    int timer;    /* index into the choices of `timer` */
} FalSettings;

extern const FalKeySpec fal_train_keys[];
/* Of these, what is about watching one training and not about its model: no setting to tune. */
gboolean fal_train_key_watches(const FalKeySpec *key);

void fal_settings_init(FalSettings *settings);

/* Sets a value by name; FAL_ERROR_USAGE with a sentence for what cannot be. */
gboolean fal_settings_set(FalSettings *settings, const char *name, const char *value,
                          GError **error);
/* The value as text; NULL for an unknown name. */
char *fal_settings_get(const FalSettings *settings, const char *name);

/* Checks value against spec; *out is the number, the index of the choice, or 0/1. The sentence
 * in error names key, value and what is allowed. */
gboolean fal_key_parse(const FalKeySpec *spec, const char *value, double *out, GError **error);
const FalKeySpec *fal_key_find(const FalKeySpec *keys, const char *name);
/* "1 .. 1024", "linear, log, bm25": what a key takes. Free with g_free(). */
char *fal_key_range(const FalKeySpec *spec);
/* The default as text, also of those whose default is the model's. Free with g_free(). */
char *fal_key_fallback(const FalKeySpec *spec);

#endif
