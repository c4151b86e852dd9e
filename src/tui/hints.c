/* What the screens say about keys: with those that do it now (see view.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/app.h"

#include <string.h>

/* The entry that this key is of where the user is, else anywhere; NULL. */
static const FalKey *
find_entry(FalApp *app, const char *way)
{
    FalPress press;
    gboolean begins;

    if (!fal_keyname_parse(way, &press, NULL))
        return NULL;
    const FalKey *key = fal_keys_find(fal_app_top(app)->contexts | FAL_EVERYWHERE, press.first,
                                      press.code, &begins);
    return key ? key
               : fal_keys_find(~(guint)FAL_IN_OWN, press.first, press.code,
                               &begins);
}

/* "t", "t|:train": the key to press now, else what stands behind the bar. */
static void
append_key(FalApp *app, GString *out, const char *name, gsize n)
{
    const char *bar = memchr(name, '|', n);
    g_autofree char *way = g_strndup(name, bar ? (gsize)(bar - name) : n);
    const FalKey *key = find_entry(app, way);
    g_autofree char *now = key ? fal_app_key_name(app, key) : NULL;

    if (now)
        g_string_append(out, now);
    else if (bar)
        g_string_append_len(out, bar + 1, (gssize)(name + n - bar - 1));
    else
        g_string_append(out, way);
}

char *
fal_app_keyed(FalApp *app, const char *text)
{
    GString *out = g_string_new(NULL);
    const char *at = text, *open, *close;

    while ((open = strchr(at, '{')) && (close = strchr(open, '}'))) {
        g_string_append_len(out, at, (gssize)(open - at));
        append_key(app, out, open + 1, (gsize)(close - open - 1));
        at = close + 1;
    }
    g_string_append(out, at);
    return g_string_free(out, FALSE);
}

void
fal_app_say_keyed(FalApp *app, const char *text)
{
    g_autofree char *keyed = fal_app_keyed(app, text);

    fal_app_say(app, keyed);
}

gboolean
fal_app_draw_unmatched(FalApp *app, FalRect rect, const FalPane *pane)
{
    if (!pane->rows || fal_pane_n(pane) > 0 || !*fal_pane_filter_text(pane))
        return FALSE;
    g_autofree char *text = fal_app_keyed(app, FAL_TEXT_UNMATCHED);
    fal_draw_paragraph((FalRect){rect.y + 1, rect.x + 2, rect.height - 1, rect.width - 2},
                       FAL_ROLE_DIM, text);
    return TRUE;
}
