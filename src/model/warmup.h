/* Where a large training starts: with artists' factors learnt from a sample of the listeners.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_MODEL_WARMUP_H
#define FAL_MODEL_WARMUP_H

#include "model/settings.h"

/* Fewer pairs than these, and whole iterations take no time worth saving. */
#define FAL_WARMUP_PAIRS 1000000

/* Does settings->warmup iterations on a sample, from first (n_users x FAL_STRIDE(rank), the
 * users' vectors to begin with), and fills artists (n_artists x FAL_STRIDE(rank)) with what
 * they lead to, zeros for those that are not in the sample. *warm says whether it did: there
 * may be too few plays for a sample, or nothing may come of it, and then artists is no use.
 * FALSE with FAL_ERROR_CANCELLED or FAL_ERROR_MEMORY. */
gboolean fal_warm_up(const FalPlays *plays, const FalTrainSettings *settings,
                     const float *first, float *artists, gboolean *warm, FalTask *task,
                     GError **error);

#endif
