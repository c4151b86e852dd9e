/* The record of a training (see watch.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/watch.h"

#include <math.h>
#include <pthread.h>

struct FalWatch {
    pthread_mutex_t mutex; /* not a GMutex: ThreadSanitizer knows this one */
    gboolean any;
    FalTraining training;
    GArray *iterations; /* FalIteration */
};

FalWatch *
fal_watch_new(void)
{
    FalWatch *watch = g_new0(FalWatch, 1);

    pthread_mutex_init(&watch->mutex, NULL);
    watch->iterations = g_array_new(FALSE, FALSE, sizeof(FalIteration));
    return watch;
}

void
fal_watch_free(FalWatch *watch)
{
    pthread_mutex_destroy(&watch->mutex);
    g_array_unref(watch->iterations);
    g_free(watch);
}

void
fal_watch_begin(FalWatch *watch, const FalTrainSettings *settings)
{
    pthread_mutex_lock(&watch->mutex);
    watch->any = TRUE;
    watch->training.settings = *settings;
    watch->training.popular_ndcg = NAN;
    watch->training.running = TRUE;
    g_array_set_size(watch->iterations, 0);
    pthread_mutex_unlock(&watch->mutex);
}

void
fal_watch_popular(FalWatch *watch, double ndcg)
{
    pthread_mutex_lock(&watch->mutex);
    watch->training.popular_ndcg = ndcg;
    pthread_mutex_unlock(&watch->mutex);
}

void
fal_watch_add(FalWatch *watch, const FalIteration *iteration)
{
    pthread_mutex_lock(&watch->mutex);
    g_array_append_val(watch->iterations, *iteration);
    pthread_mutex_unlock(&watch->mutex);
}

void
fal_watch_end(FalWatch *watch, gboolean failed)
{
    pthread_mutex_lock(&watch->mutex);
    watch->training.running = FALSE;
    if (failed)
        watch->any = FALSE;
    pthread_mutex_unlock(&watch->mutex);
}

gboolean
fal_watch_copy(FalWatch *watch, FalTraining *training)
{
    pthread_mutex_lock(&watch->mutex);
    gboolean any = watch->any;
    if (any) {
        *training = watch->training;
        training->n_iterations = (int)watch->iterations->len;
        training->iteration = g_new(FalIteration, watch->iterations->len + 1);
        for (guint i = 0; i < watch->iterations->len; i++)
            training->iteration[i] = g_array_index(watch->iterations, FalIteration, i);
    }
    pthread_mutex_unlock(&watch->mutex);
    return any;
}
