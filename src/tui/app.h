/* The program of the screens: its state, for the modules that run it (app.c, actions.c, run.c,
 * prompt.c, status.c, places.c, jump.c, sort.c). Views see view.h only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_APP_H
#define FAL_TUI_APP_H

#include "query/bindings.h"
#include "query/last.h"
#include "tui/prompt.h"
#include "tui/view.h"

/* In the order of their keys. */
enum {
    FAL_VIEW_ARTISTS,
    FAL_VIEW_LISTENERS,
    FAL_VIEW_TRAIN,
    FAL_VIEW_EVALUATE,
    FAL_VIEW_MAP,
    FAL_VIEW_YOU,
    FAL_VIEWS,
};

typedef struct {
    char key; /* as keys.c has it */
    const char *name;
    FalView *(*make)(FalApp *app);
} FalViewKind;

/* A page that was opened. */
typedef struct {
    FalSubject subject;
    gint32 row;
} FalRecent;

extern const FalViewKind fal_view_kinds[FAL_VIEWS]; /* app.c */

/* Outlives the program where a command's answer comes late: app is NULL then. */
typedef struct {
    FalApp *app;
    int ref_count;
} FalAppLink;

struct FalApp {
    FalSession *session;
    FalAppLink *link;
    GPtrArray *stack[FAL_VIEWS]; /* FalView, the last is shown */
    GPtrArray *ahead[FAL_VIEWS]; /* what was gone back from, the last is next */
    int view;                    /* which stack */
    FalView *over;               /* shown over the place, and has the keys; NULL for none */
    GArray *recent;              /* FalRecent, the last first */
    struct FalJump *jump;        /* what finds places in the data set; NULL: not asked yet */
    FalPrompt prompt;
    char *message;        /* NULL for none */
    gboolean failed;      /* the message tells of something that went wrong */
    gboolean passing;     /* it is only of the moment: the next one takes its place */
    gboolean first_start; /* until a key is pressed */
    char *offer;          /* what was at hand last time, likewise; NULL for none */
    gboolean unasked;     /* what runs was begun by the start, and may give way to that */
    gboolean resuming;    /* it does so now */
    FalLast *place;       /* to go to when its data show; NULL for none */
    gboolean dirty;
    gboolean done;
    gboolean asked;   /* q was pressed while a job runs */
    char *replace;    /* a file that was asked about: Enter again replaces it; NULL for none */
    gboolean pasting; /* keys come from a paste */
    gunichar first;   /* the first key of a pair, waiting for the second */
    gboolean mouse;   /* clicks are taken */
    char *theme, *colors;    /* whose colours show, and how many */
    guint paint;             /* the changes of the owner's colours that show */
    char *glyphs;            /* what pictures are made of */
    int view_end[FAL_VIEWS]; /* where the views' names end in the first line */
    int status;              /* the exit status */
    GError *error;           /* why there is nothing to show */
    /* What the screen shows of the session. */
    guint generation;
    FalDataset *dataset;
    gboolean job_shown;
    guint tick;
    /* The detail beside lists. */
    FalProfile *detail;
    gint64 profile_cost[2]; /* microseconds that a whole one takes, by FalSubject - 1 */
    /* What the last training reached on which held-out plays, for the next one. */
    FalSplit *measured_on; /* NULL: it was not measured */
    double measured;
    gint64 key_time;        /* of the last key */
    guint settle;           /* the timer that waits for the keys to rest */
};

/* app.c */
void fal_app_quit(FalApp *app, int status);

/* places.c */
void fal_app_places_init(FalApp *app);
void fal_app_places_clear(FalApp *app);
/* Places in another data set lead nowhere: leaves the views' first ones only. */
void fal_app_places_forget(FalApp *app);
FalView *fal_app_top(FalApp *app);
/* Back to the place before, as it was; and forward to the one that was left so. */
void fal_app_back(FalApp *app);
void fal_app_forward(FalApp *app);
/* To a view's first place: those on its way are forgotten. */
void fal_app_root(FalApp *app, int kind);
/* To the place of a view, which follows the artist at hand. */
void fal_app_go(FalApp *app, int kind);
/* Shows a view over the place at hand until it is closed; takes it. */
void fal_app_show_over(FalApp *app, FalView *view);
void fal_app_close_over(FalApp *app);

/* jump.c: lets a place be typed. sort.c: lets the column be chosen that the list at hand is
 * sorted by. */
void fal_app_jump(FalApp *app);
void fal_app_sort(FalApp *app);

/* actions.c: a key pressed. */
void fal_app_key(FalApp *app, gunichar code);

/* binds.c: the user's keys. What is bound where press was pressed in the view at hand; NULL
 * where nothing is, *begins: it is the first key of a pair. Borrowed until `bind` runs. */
const FalBinding *fal_app_binding(FalApp *app, FalPress press, gboolean *begins);
/* Runs a bound command, with what is selected in place of %artist and %user. */
void fal_app_run_bound(FalApp *app, const char *command);
/* Whether a key ("j", "g g") does not do what the key table says, as the user bound it. */
gboolean fal_app_is_bound(FalApp *app, const char *way);
/* The key to press now for an entry of the key table; NULL where the user took all away. Free
 * with g_free(). */
char *fal_app_key_name(FalApp *app, const FalKey *key);

/* first.c: whether the screens open for the first time; TRUE once. And what is said then, in so
 * many cells. Free with g_free(). */
gboolean fal_first_start(FalSession *session);
char *fal_first_text(FalApp *app, int width);

/* last.c: what was at hand last time. Offers it, goes there (it is loaded first, and gone to when
 * the views know of it), and keeps what is at hand now. */
void fal_app_offer_last(FalApp *app);
void fal_app_resume(FalApp *app);
void fal_app_go_to_last(FalApp *app);
void fal_app_follow_last(FalApp *app);
void fal_app_keep_last(FalApp *app);

/* copy.c: the list at hand to the clipboard, the selected row or all; and to a file, by its
 * name's ending. FALSE with an error where it cannot be written; of a long list, whose writing is
 * a job, that is told at its end. */
void fal_app_copy(FalApp *app, gboolean all);
gboolean fal_app_write(FalApp *app, const char *path, GError **error);

/* run.c: commands. */
/* Loads path, then holds out and trains. */
void fal_app_load(FalApp *app, const char *path);
/* Makes what is missing: a split and a model. */
void fal_app_prepare(FalApp *app);
FalAppLink *fal_app_link_ref(FalAppLink *link);
void fal_app_link_unref(FalAppLink *link);

/* status.c: draws all of the screen. */
void fal_app_draw(FalApp *app);

#endif
