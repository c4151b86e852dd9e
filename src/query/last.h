/* What was at hand last time: the data set, the model's file and the place on the screens, kept
 * in the user's state folder ($XDG_STATE_HOME/falsetto/last, readable by the user only), so
 * that the next start can offer it. Nobody's work hangs on the file: what is broken in it is
 * told, and written anew. Scripts neither read nor write it. Main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_LAST_H
#define FAL_QUERY_LAST_H

#include "query/session.h"

/* A list of all artists or listeners, as it was left. Ids, as rows may be others by now. */
typedef struct {
    char *sort; /* a column's name; NULL: as they came */
    gboolean reverse;
    char *filter; /* NULL for none */
    gint64 id;    /* what was selected, -1 for none */
} FalLastList;

enum { FAL_LAST_ARTISTS, FAL_LAST_LISTENERS, FAL_LAST_KINDS };

typedef struct {
    char *data;                       /* an absolute path, or "demo"; NULL: a model alone */
    char *model;                      /* an absolute path; NULL for none */
    char *view;                       /* its name; NULL: the first */
    FalLastList list[FAL_LAST_KINDS]; /* by what they list */
    gint64 page[FAL_LAST_KINDS];      /* whose page was open, -1 for none */
} FalLast;

/* Empty. */
FalLast *fal_last_new(void);
void fal_last_free(FalLast *last);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalLast, fal_last_free)

/* NULL where nothing is kept, or nothing is to be looked at (fal_session_set_state()). NULL
 * with FAL_ERROR_DATA and a sentence where the file is not one of these. */
FalLast *fal_last_read(FalSession *session, GError **error);

/* Keeps what the session has at hand, with the place of `place`, whose data and model do not
 * count; NULL: the place that is kept already, where that is in the same data. The demo without
 * a model of its own is there at every start, and is not kept in place of something else. What
 * cannot be written is not kept, and that is no reason to fail. */
void fal_last_keep(FalSession *session, const FalLast *place);

/* The path that `data` stands for; NULL with an error where the demo is not installed. Free
 * with g_free(). */
char *fal_last_data_path(const FalLast *last, GError **error);

#endif
