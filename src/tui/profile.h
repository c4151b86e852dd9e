/* Profiles: what is known of one artist or listener - facts, and lists of others to go on to.
 * The page of a subject shows it in full, the detail beside a list in short. Knows no screen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_PROFILE_H
#define FAL_TUI_PROFILE_H

#include "query/session.h"
#include "tui/rows.h"

#define FAL_PROFILE_LISTS 4

typedef struct {
    const char *name; /* "similar" */
    FalRows *rows;
    const char *empty; /* why there are none, or what fills it: a sentence, for fal_app_keyed() */
} FalProfileList;

typedef struct {
    FalSubject subject;
    gint32 row;
    char *name;       /* "Radiohead", "#1059637" */
    char *mark;       /* "id 979"; "" for none */
    GPtrArray *facts; /* lines of text; the first says most */
    FalProfileList list[FAL_PROFILE_LISTS];
    int n_lists;
    int depth;        /* rows wanted of each list */
    gboolean partial; /* what takes long was left out */
} FalProfile;

/* A depth of more than FAL_DEEP is for pages: lists that end somewhere are whole then. quick
 * leaves out what looks at all artists: what is similar, how held-out ones were ranked. */
FalProfile *fal_profile_new(FalSession *session, FalSubject subject, gint32 row, int depth,
                            gboolean quick);
void fal_profile_free(FalProfile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FalProfile, fal_profile_free)

/* "Radiohead", "#1059637". Free with g_free(). */
char *fal_profile_name(FalDataset *dataset, FalSubject subject, gint32 row);

/* Why there is no model yet, and what makes one; for fal_app_keyed(). */
const char *fal_profile_no_model(FalSession *session);

/* For the two that fill profiles. Begins a row of a ranked list: rank, name and score. */
void fal_profile_add_ranked(FalTable *table, FalDataset *dataset, FalSubject subject, int rank,
                            const FalTop *top);
/* Takes the table and text. */
void fal_profile_add_list(FalProfile *profile, const char *name, FalTable *table,
                          const char *empty);
void fal_profile_add_fact(FalProfile *profile, char *text);
void fal_profile_of_artist(FalProfile *profile, FalSession *session, gboolean quick);
void fal_profile_of_user(FalProfile *profile, FalSession *session, gboolean quick);

#define FAL_DEEP 20 /* a depth up to this is shallow */

#endif
