/* Profiles, whoever's (see profile.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/profile.h"

#include "query/resolve.h"

char *
fal_profile_name(FalDataset *dataset, FalSubject subject, gint32 row)
{
    if (subject == FAL_SUBJECT_ARTIST)
        return fal_artist_label(dataset, row);
    return g_strdup_printf("#%" G_GINT64_FORMAT, fal_dataset_user_id(dataset, row));
}

void
fal_profile_add_ranked(FalTable *table, FalDataset *dataset, FalSubject subject, int rank,
                       const FalTop *top)
{
    g_autofree char *name = fal_profile_name(dataset, subject, top->row);

    fal_table_row(table, subject, top->row);
    fal_table_int(table, rank);
    fal_table_text(table, name);
    fal_table_real(table, top->score);
}

void
fal_profile_add_list(FalProfile *profile, const char *name, FalTable *table, const char *empty)
{
    g_assert_cmpint(profile->n_lists, <, FAL_PROFILE_LISTS);
    profile->list[profile->n_lists++] =
        (FalProfileList){.name = name, .rows = fal_rows_of_table(table), .empty = empty};
}

void
fal_profile_add_fact(FalProfile *profile, char *text)
{
    g_ptr_array_add(profile->facts, text);
}

FalProfile *
fal_profile_new(FalSession *session, FalSubject subject, gint32 row, int depth, gboolean quick)
{
    FalProfile *profile = g_new0(FalProfile, 1);

    profile->subject = subject;
    profile->row = row;
    profile->depth = depth;
    profile->name = fal_profile_name(fal_session_dataset(session), subject, row);
    profile->facts = g_ptr_array_new_with_free_func(g_free);
    if (subject == FAL_SUBJECT_ARTIST)
        fal_profile_of_artist(profile, session, quick);
    else
        fal_profile_of_user(profile, session, quick);
    return profile;
}

void
fal_profile_free(FalProfile *profile)
{
    for (int i = 0; i < profile->n_lists; i++)
        g_clear_pointer(&profile->list[i].rows, fal_rows_free);
    g_ptr_array_unref(profile->facts);
    g_free(profile->name);
    g_free(profile->mark);
    g_free(profile);
}

const char *
fal_profile_no_model(FalSession *session)
{
    return g_strcmp0(fal_session_job(session), "train")
               ? "no model yet: {t|:train} trains one"
               : "no model yet: the first one is being trained";
}
