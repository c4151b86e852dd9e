/* What the settings make of the plays (see confidence.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/confidence.h"

#include <math.h>

#include "data/histogram.h"

/* A pair's confidence and that of one without plays are added up in single precision, which has
 * 24 bits: beyond this little is left of the latter. */
#define MOST_SPREAD 1e6

static const char *const row_names[FAL_CONFIDENCE_ROWS] = {
    "a play", "half up to", "90 % up to", "99 % up to", "the most",
};

void
fal_confidence_table_update(FalConfidenceTable *table, FalSession *session)
{
    if (table->counted != fal_session_dataset(session))
        table->counted = NULL;
}

/* FALSE where there is nothing to count. */
static gboolean
count(FalConfidenceTable *table, FalSession *session)
{
    static const double shares[FAL_CONFIDENCE_ROWS - 1] = {0.5, 0.9, 0.99, 1};
    FalDataset *dataset = fal_session_dataset(session);

    if (!dataset || table->counted == dataset)
        return dataset != NULL;
    table->count[0] = 1;
    if (!fal_plays_quantiles(fal_dataset_plays(dataset), shares, G_N_ELEMENTS(shares),
                             table->count + 1, NULL))
        return FALSE;
    table->counted = dataset;
    return TRUE;
}

char *
fal_confidence_table_warning(FalConfidenceTable *table, FalSession *session)
{
    const FalTrainSettings *settings = fal_session_train_settings(session);

    if (!count(table, session))
        return NULL;
    double spread = fal_confidence_spread(settings, table->count[FAL_CONFIDENCE_ROWS - 1]);
    if (!(spread > MOST_SPREAD))
        return NULL;
    return g_strdup_printf("c up to %.2g x a0: lower alpha", spread);
}

void
fal_confidence_table_draw(FalRect rect, FalConfidenceTable *table, FalSession *session)
{
    const FalTrainSettings *settings = fal_session_train_settings(session);

    if (rect.height < FAL_CONFIDENCE_ROWS + 1 || !count(table, session))
        return;
    fal_draw_put(rect.y++, rect.x, rect.width, FAL_ROLE_TITLE,
                 "plays r and their confidence c");
    if (settings->confidence == FAL_CONFIDENCE_BM25) {
        fal_draw_paragraph(
            (FalRect){rect.y, rect.x, FAL_CONFIDENCE_ROWS, rect.width}, FAL_ROLE_DIM,
            "bm25 looks at more than r: c grows less the more plays the artist has, and is "
            "smaller for who listens to many artists");
        return;
    }
    for (int i = 0; i < FAL_CONFIDENCE_ROWS; i++) {
        g_autofree char *r = fal_text_count(table->count[i]);
        g_autofree char *c = fal_text_real(fal_confidence_of(settings, table->count[i]), 3);
        g_autofree char *line = g_strdup_printf("%-10s %9s  c = %s", row_names[i], r, c);
        fal_draw_put(rect.y++, rect.x, rect.width, FAL_ROLE_TEXT, line);
    }
    rect.height -= FAL_CONFIDENCE_ROWS + 1;
    g_autofree char *warning = fal_confidence_table_warning(table, session);
    if (rect.height > 1 && warning)
        fal_draw_paragraph(rect, FAL_ROLE_DIM,
                           "single precision keeps seven digits: what is not played would "
                           "hardly count beside the most played");
}
