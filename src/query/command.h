/* The command table: the one place where commands are defined. Dispatch, checking, help,
 * completion and the man page's lists come from it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_COMMAND_H
#define FAL_QUERY_COMMAND_H

#include "query/session.h"

/* What a word stands for: decides checking and completion. */
typedef enum {
    FAL_WORD_NONE, /* ends a list */
    FAL_WORD_ARTIST,
    FAL_WORD_USER,
    FAL_WORD_PATH,
    FAL_WORD_TEXT,
    FAL_WORD_COMMAND, /* a verb, or /WORD */
    FAL_WORD_SETTING, /* a session setting's name */
    FAL_WORD_VALUE,   /* its value */
    FAL_WORD_CHOICE,  /* one of `choices`, or a number */
    FAL_WORD_KEY,     /* a key of the screens (keyname.h) */
    FAL_WORD_LINE,    /* another command line, as it was typed: all the rest */
    FAL_WORD_YOURS,   /* what stands behind the first word of `you` */
} FalWordKind;

typedef struct {
    FalWordKind kind;
    const char *name; /* as usage shows it: "ARTIST" */
    gboolean optional;
    const char *const *choices;
} FalWordSpec;

typedef enum { FAL_KEY_INT, FAL_KEY_REAL, FAL_KEY_CHOICE, FAL_KEY_FLAG, FAL_KEY_TEXT } FalKeyType;

/* A key=value setting of a command, or a session setting. */
typedef struct {
    const char *name; /* NULL ends a list */
    FalKeyType type;
    double min, max;      /* allowed values, ends included */
    gboolean above_min;   /* min itself is not allowed */
    const char *fallback; /* the default as text (of TEXT: how usage calls it); NULL: a training's own default */
    const char *const *choices;
    gboolean list;    /* takes a list a,b,c or a range a..b as well (space.h) */
    const char *zero; /* a word that means 0: "all"; may be NULL */
    const char *with; /* goes with these first words alone: "factors|artists"; NULL: all */
    const char *unit;
    const char *help; /* what it does, one line, no full stop */
} FalKeySpec;

typedef struct FalCall FalCall;

enum {
    FAL_NEEDS_DATA = 1 << 0,
    FAL_NEEDS_MODEL = 1 << 1,
    FAL_NEEDS_HELD_OUT = 1 << 2,
    FAL_IS_LONG = 1 << 3,   /* runs as a job */
    FAL_TAKES_YOU = 1 << 4, /* `you` in place of a user */
    FAL_NEEDS_PLAYS = 1 << 5, /* and not only what a model file knows of its data */
    FAL_TUNES = 1 << 6,     /* takes the settings of a training as well, each as a list */
    FAL_IS_NOT_LOGGED = 1 << 8, /* the log itself, and what logs each of its lines */
};

typedef struct {
    const char *name;
    const char *group;
    const char *summary; /* one line, no full stop */
    const char *help;    /* some sentences */
    const char *example; /* a whole command line that works on the demo */
    FalWordSpec words[3];
    const FalKeySpec *keys;             /* may be NULL */
    const FalColumn *columns, *figures; /* may be NULL */
    guint flags;
    /* Fills the call's table or starts its job. */
    gboolean (*run)(FalCall *call, GError **error);
} FalCommand;

/* All commands, by group; ends with a NULL name. */
const FalCommand *fal_commands(void);
/* By whole name, or by a unique start where short_verbs. NULL with FAL_ERROR_USAGE, naming the
 * candidates or the nearest verb. */
const FalCommand *fal_command_find(const char *name, gboolean short_verbs, GError **error);
#define FAL_USAGE_KEYS 6 /* more settings than that are not told one by one */
/* Whether a key goes with this first word, which may be NULL. */
gboolean fal_key_goes_with(const FalKeySpec *key, const char *word);
/* Those that it goes with, "factors or artists"; NULL for all. Free with g_free(). */
char *fal_key_with(const FalKeySpec *key);
/* "by=listeners|plays|name", "n=10". Free with g_free(). */
char *fal_key_usage(const FalKeySpec *key);
/* "whole number": what the cells of a column are. */
const char *fal_column_type(const FalColumn *column);
/* "similar ARTIST [n=10]". Free with g_free(). */
char *fal_command_usage(const FalCommand *command);
/* The long help as text: usage, what it does, settings, columns, an example. */
char *fal_command_help(const FalCommand *command);
/* Session settings, ended by a NULL name: those of `train`, then the program's own. */
const FalKeySpec *fal_settings(void);

/* --- a call: what a command's run function works with --- */

FalSession *fal_call_session(FalCall *call);
const FalCommand *fal_call_command(FalCall *call);
/* Word number i as text, or NULL; the last word of a command takes all the rest, joined by
 * blanks. Borrowed. */
const char *fal_call_word(FalCall *call, int i);
/* A key's value, given or by default; checked already. */
gint64 fal_call_int(FalCall *call, const char *key);
double fal_call_real(FalCall *call, const char *key);
const char *fal_call_choice(FalCall *call, const char *key);
gboolean fal_call_flag(FalCall *call, const char *key);
const char *fal_call_text(FalCall *call, const char *key); /* NULL where it is not given */
/* The value of a key that takes lists, as it was typed; NULL where it was not given. */
const char *fal_call_list(FalCall *call, const char *key);
/* TRUE where the key was given. */
gboolean fal_call_given(FalCall *call, const char *key);
/* The artist or user that word i names; -1 with an error that points at the word. */
gint32 fal_call_artist(FalCall *call, int i, GError **error);
gint32 fal_call_user(FalCall *call, int i, GError **error);
/* TRUE where word i is `you`, of a command that takes it. */
gboolean fal_call_is_you(FalCall *call, int i);
/* Your artists that the data at hand has; at least one, else NULL with an error that says how
 * to add one. */
FalYou *fal_call_you(FalCall *call, GError **error);
/* " (did you mean CHOICE?)" of the choices of word i, or "". Free with g_free(). */
char *fal_call_hint(FalCall *call, int i);
/* Marks word i, or a key, as the one at fault. */
void fal_call_blame_word(FalCall *call, int i);
void fal_call_blame_key(FalCall *call, const char *key);
/* A new table with the command's columns, which the call owns and answers with. */
FalTable *fal_call_table(FalCall *call);
/* Answers with a table that was made before, of whatever columns; takes it. */
void fal_call_answer_with(FalCall *call, FalTable *table);

/* The same with other columns and figures, for a command that answers in several ways. */
FalTable *fal_call_answer(FalCall *call, const FalColumn *columns, const FalColumn *figures);
/* Makes one of the last two words: a name that no word follows. */
void fal_call_join_last(FalCall *call);

/* Turns the call into a job: work runs on its thread, then finish on the main thread with the
 * result, where it may use the session and fill fal_call_table(). */
typedef gboolean (*FalCallFinish)(FalCall *call, gpointer result, GError **error);
void fal_call_start(FalCall *call, FalJobWork work, FalCallFinish finish, gpointer data,
                    GDestroyNotify free_data);
gpointer fal_call_data(FalCall *call);

#endif
