/* Random keys, for the script driver: all there are at random sizes, or those that only look
 * around, whose latency is told.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "drive.h"

/* The sanitizers see more where more happens. */
#ifdef __SANITIZE_ADDRESS__
#define FACTOR 2
#else
#define FACTOR 1
#endif

enum { BATCH = 25, BATCH_WAIT_US = 200000 };

/* Not among them is what would stop the program, Ctrl-Z. */
static const char all_keys[] =
    "a b c d e f g h i j k l m n o p q r s t u v w x y z A G H J K L N Q S Y 0 1 2 3 4 5 6 7 : "
    "/ "
    "? + - < > = . Up Down Left Right PgUp PgDn Home End Enter Enter Escape Escape Tab S-Tab "
    "Backspace Space C-a C-b C-c C-d C-e C-f C-g C-k C-l C-n C-p C-u C-w Delete";

/* Nothing that begins a job, writes a list or leaves. */
static const char browse_keys[] =
    "j j j k Down Up PgDn PgDn PgUp C-d C-u G g g Home End s S f / e i b Space Enter Escape "
    "Escape "
    "Backspace n N Tab S-Tab 1 1 2 5 5 6 + - h l H J K L 0 A c o ?";

void
drive_random_begin(Drive *drive, int n, guint32 seed, gboolean browse)
{
    g_clear_pointer(&drive->random, g_rand_free);
    drive->random = g_rand_new_with_seed(seed);
    drive->random_left = n * FACTOR;
    drive->random_batch = 0;
    drive->random_browse = browse;
}

static const char *
choose(Drive *drive, char **keys)
{
    for (;;) {
        const char *key = keys[g_rand_int_range(drive->random, 0, (gint32)g_strv_length(keys))];
        /* q and Q leave: rarely, or nothing is ever done. */
        if (g_ascii_tolower(key[0]) != 'q' || g_rand_double(drive->random) >= 0.9)
            return key;
    }
}

void
drive_random_next(Drive *drive)
{
    static char **all, **browse;

    if (!all) {
        all = g_strsplit(all_keys, " ", -1);
        browse = g_strsplit(browse_keys, " ", -1);
    }
    if (drive->random_batch == 0 && !drive->random_browse) {
        /* Some batches meet what a job has made, others come while it runs. */
        if (!drive->rest && g_get_monotonic_time() - drive->since < BATCH_WAIT_US)
            return;
        if (g_rand_double(drive->random) < 0.2) {
            drive->random_batch = BATCH;
            drive_term_size(g_rand_int_range(drive->random, 1, 181),
                            g_rand_int_range(drive->random, 1, 56));
            return;
        }
    }
    drive->random_batch = drive->random_batch == 0 ? BATCH : drive->random_batch - 1;
    drive->random_left--;
    drive_press(drive, choose(drive, drive->random_browse ? browse : all));
}
