/* Parallel loops over blocks: the only place that starts threads for them.
 *
 * Who needs results that do not depend on the number of threads writes each block's result to
 * its own place and sums the places in order afterwards.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_BASE_PARALLEL_H
#define FAL_BASE_PARALLEL_H

#include <glib.h>

/* Does block number `block`; `worker` is 0 .. fal_parallel_threads()-1, for scratch memory. */
typedef void (*FalBlockFn)(gint64 block, int worker, gpointer data);

/* Threads to use from now on, 1 or more; 0 means all the cores this process may use. */
void fal_parallel_set_threads(int n);
int fal_parallel_threads(void);

/* Calls fn for each block in 0 .. n_blocks-1, in no promised order, and returns when all are
 * done. Any thread may call it, several at a time too, which then share the threads; not from
 * inside a block. */
void fal_parallel_for(gint64 n_blocks, FalBlockFn fn, gpointer data);

#endif
