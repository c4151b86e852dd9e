/* Names of keys: "j", "Ctrl-D", "PgDn", "g g". One place that reads and writes them, for `bind`
 * and for the screens.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_KEYNAME_H
#define FAL_QUERY_KEYNAME_H

#include <glib.h>

/* Keys that are no character. Ctrl-A .. Ctrl-Z are 1 .. 26. */
enum {
    FAL_CODE_NONE = 0,
    FAL_CODE_TAB = 9,
    FAL_CODE_ENTER = 13,
    FAL_CODE_ESCAPE = 27,
    FAL_CODE_UP = 0x110000,
    FAL_CODE_DOWN,
    FAL_CODE_LEFT,
    FAL_CODE_RIGHT,
    FAL_CODE_HOME,
    FAL_CODE_END,
    FAL_CODE_PAGE_UP,
    FAL_CODE_PAGE_DOWN,
    FAL_CODE_BACKSPACE,
    FAL_CODE_DELETE,
    FAL_CODE_BACK_TAB,
    FAL_CODE_PASTE_BEGIN, /* what follows until the end was pasted, not typed */
    FAL_CODE_PASTE_END,
    FAL_CODE_MOUSE, /* fal_term_mouse_event() tells what happened */
    FAL_CODE_INSERT,
    FAL_CODE_F1, /* .. F12 */
    FAL_CODE_F12 = FAL_CODE_F1 + 11,
};

/* One way to press something: a key, or two, one after the other. */
typedef struct {
    gunichar first; /* FAL_CODE_NONE where it is one key */
    gunichar code;
} FalPress;

gboolean fal_press_equal(FalPress a, FalPress b);

/* The code of the key that n bytes name, in any case; FAL_CODE_NONE where they name none. */
gunichar fal_keyname_code(const char *name, gsize n);
/* Its name; NULL for codes that are no key. Free with g_free(). */
char *fal_keyname_of(gunichar code);
/* The names of keys that are no character, one each; ends with NULL. */
const char *const *fal_keyname_list(void);

/* "PgDn" or "g g". FAL_ERROR_USAGE with the nearest name, or what names look like. */
gboolean fal_keyname_parse(const char *text, FalPress *out, GError **error);
/* The text that gives press again. Free with g_free(). */
char *fal_keyname_text(FalPress press);

#endif
