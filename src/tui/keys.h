/* The key table: the one place where keys are given their meaning. Dispatch, the help screen,
 * the hints at the foot of the screen and the manual's list come from it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_KEYS_H
#define FAL_TUI_KEYS_H

#include "query/keyname.h"

/* Where a key has its meaning; more than one holds at a time. */
enum {
    FAL_IN_PROMPT = 1 << 0, /* while a line is typed; nothing else holds then */
    FAL_IN_TRAIN = 1 << 1,  /* the settings of the views Train and Evaluate */
    FAL_IN_HELP = 1 << 2,
    FAL_IN_LISTS = 1 << 3,
    FAL_IN_TABS = 1 << 4,     /* more than one list, one at a time */
    FAL_IN_LISTENER = 1 << 5, /* the page of a listener */
    FAL_EVERYWHERE = 1 << 6,
    FAL_IN_EVALUATE = 1 << 7, /* the view Evaluate */
    FAL_IN_OVERVIEW = 1 << 8,
    FAL_IN_MAP = 1 << 9,
    FAL_IN_YOU = 1 << 10,  /* your artists, in the view You */
    FAL_IN_MENU = 1 << 11, /* the menu of columns; nothing else holds then */
    FAL_IN_OWN = FAL_IN_PROMPT | FAL_IN_MENU, /* where the user's keys do not hold */
    FAL_IN_HEAT = 1 << 12, /* what was tuned */
    FAL_IN_ARTIST = 1 << 13, /* pages of artists */
};

typedef enum {
    FAL_ACTION_NONE,
    FAL_ACTION_RUN, /* the key's command line */
    /* lists */
    FAL_ACTION_DOWN,
    FAL_ACTION_UP,
    FAL_ACTION_PAGE_DOWN,
    FAL_ACTION_PAGE_UP,
    FAL_ACTION_HALF_DOWN,
    FAL_ACTION_HALF_UP,
    FAL_ACTION_FIRST,
    FAL_ACTION_LAST,
    FAL_ACTION_OPEN,
    FAL_ACTION_NEXT_LIST,
    FAL_ACTION_PREVIOUS_LIST,
    FAL_ACTION_SEARCH,
    FAL_ACTION_SEARCH_ON,
    FAL_ACTION_SEARCH_BACK,
    FAL_ACTION_FILTER,
    FAL_ACTION_CLEAR,
    FAL_ACTION_SORT,
    FAL_ACTION_REVERSE,
    FAL_ACTION_EXPLAIN,
    FAL_ACTION_COPY_ROW,
    FAL_ACTION_COPY_LIST,
    FAL_ACTION_WRITE,
    FAL_ACTION_ADD, /* an artist to yours */
    FAL_ACTION_DROP,
    FAL_ACTION_IMPORT, /* a listening history */
    /* settings */
    FAL_ACTION_EDIT,
    FAL_ACTION_MORE,
    FAL_ACTION_LESS,
    FAL_ACTION_DEFAULT,
    FAL_ACTION_EVALUATE,
    FAL_ACTION_TUNED,
    /* the map; it also has LEFT, RIGHT, MORE, LESS and others of lists and lines */
    FAL_ACTION_PAN_LEFT,
    FAL_ACTION_PAN_DOWN,
    FAL_ACTION_PAN_UP,
    FAL_ACTION_PAN_RIGHT,
    FAL_ACTION_WHOLE,
    FAL_ACTION_AXIS_ACROSS,
    FAL_ACTION_AXIS_UP,
    FAL_ACTION_AROUND,
    /* everywhere */
    FAL_ACTION_BACK,
    FAL_ACTION_FORWARD,
    FAL_ACTION_JUMP,
    FAL_ACTION_OUT,
    FAL_ACTION_QUIT,
    FAL_ACTION_VIEW, /* the one of the key's digit */
    FAL_ACTION_OVERVIEW,
    FAL_ACTION_PAUSE,
    FAL_ACTION_STOP,
    FAL_ACTION_COMMAND,
    FAL_ACTION_HELP,
    FAL_ACTION_REDRAW,
    FAL_ACTION_SUSPEND,
    FAL_ACTION_RESUME, /* what was at hand last time */
    /* a line being typed */
    FAL_ACTION_ACCEPT,
    FAL_ACTION_CANCEL,
    FAL_ACTION_COMPLETE,
    FAL_ACTION_COMPLETE_BACK,
    FAL_ACTION_OLDER,
    FAL_ACTION_NEWER,
    FAL_ACTION_LEFT,
    FAL_ACTION_RIGHT,
    FAL_ACTION_HOME,
    FAL_ACTION_END,
    FAL_ACTION_BACKSPACE,
    FAL_ACTION_DELETE,
    FAL_ACTION_KILL_WORD,
    FAL_ACTION_KILL_END,
    FAL_ACTION_KILL_START,
} FalAction;

typedef struct {
    guint context;    /* one of FAL_IN_... */
    const char *keys; /* as shown: "g g, Home" are two ways, the first of two keys */
    FalAction action;
    const char *command; /* FAL_ACTION_RUN: the command line */
    const char *hint;    /* a word for the foot of the screen; NULL: not there */
    const char *help;    /* what it does, no full stop */
} FalKey;

const FalKey *fal_keys(int *n);
/* "lists", "while typing" */
const char *fal_keys_context(guint context);

/* The entry for a key pressed where `contexts` hold (the first such entry of the table); first
 * is the key before it where that one began a pair, else FAL_CODE_NONE. Sets *begins where code
 * is the first of a pair. */
const FalKey *fal_keys_find(guint contexts, gunichar first, gunichar code, gboolean *begins);
/* The first entry of an action in these contexts, NULL where there is none. */
const FalKey *fal_keys_of(guint contexts, FalAction action);
/* The first way of a key: "g g" of "g g, Home". Free with g_free(). */
char *fal_keys_short(const FalKey *key);

/* What a key does by itself, and where: "a page down (lists)"; pairs: also what the pairs do
 * that it begins. NULL where it does nothing. Free with g_free(). */
char *fal_keys_meaning(FalPress press, gboolean pairs);

/* The whole table as text, a line per key: context, keys and help, separated by tabs. Free with
 * g_free(). */
char *fal_keys_text(void);

/* The same as the manual has it: mdoc, a list for each context. Free with g_free(). */
char *fal_keys_manual(void);

#endif
