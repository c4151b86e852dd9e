/* Views and what they may ask of the program around them.
 *
 * A place is a view on one of the three stacks: it keeps its own lists, selection, filter and
 * sort, so that coming back to it is coming back to the same place. Views never draw by
 * themselves: they change, and are asked to draw.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_TUI_VIEW_H
#define FAL_TUI_VIEW_H

#include "query/session.h"
#include "tui/draw.h"
#include "tui/line.h"
#include "tui/profile.h"

typedef struct FalApp FalApp;
typedef struct FalView FalView;

typedef struct {
    /* For the status line: "Artists", "Radiohead: similar". Free with g_free(). */
    char *(*title)(FalView *view);
    void (*draw)(FalView *view, FalRect body);
    /* The list that has the keys, or NULL. */
    FalPane *(*pane)(FalView *view);
    /* Does what is special in this view; FALSE leaves it to the list and the program. May be
     * NULL. */
    gboolean (*act)(FalView *view, FalAction action);
    /* A click at a place of the screen; FALSE leaves it to the list. May be NULL. */
    gboolean (*click)(FalView *view, int y, int x);
    /* A character that is no key, for what is shown over a place; FALSE where it means nothing.
     * May be NULL. */
    gboolean (*typed)(FalView *view, gunichar c);
    /* The artist it is about, or -1, for the views that follow it; where this is NULL it is the
     * one that the list has selected. */
    gint32 (*artist)(FalView *view);
    /* The listener it is about, or -1; for commands that are bound to keys. May be NULL. */
    gint32 (*listener)(FalView *view);
    /* The user comes to it from a view with such an artist, or the view Artists has one. May be
     * NULL. */
    void (*enter)(FalView *view, gint32 artist);
    /* For views without a list: goes to what holds the text, as it is typed; "" is where the
     * search began, NULL begins one. FALSE where nothing holds it. NULL: / does nothing. */
    gboolean (*jump)(FalView *view, const char *text);
    /* The session's data or model is another one, or a job goes on; or it is shown again, and
     * was not told meanwhile. May be NULL. */
    void (*changed)(FalView *view);
    void (*free)(FalView *view);
} FalViewOps;

struct FalView {
    const FalViewOps *ops;
    FalApp *app;
    guint contexts;         /* FAL_IN_... that hold, beside everywhere */
    gboolean shows_job;     /* how far the job is stands in the view itself */
    gboolean covers;        /* shown over a place: nothing of that is to be seen */
    int cursor_y, cursor_x; /* where drawing left the hardware cursor */
};

FalView *fal_browser_new(FalApp *app, FalSubject subject);
FalView *fal_page_new(FalApp *app, FalSubject subject, gint32 row);
/* An answer; copies the table. NULL where there is nothing in it to show. */
FalView *fal_result_new(FalApp *app, const char *line, const FalTable *table);
FalView *fal_help_new(FalApp *app);
/* The data as a whole; NULL where there is none yet. */
FalView *fal_overview_new(FalApp *app);
FalView *fal_train_new(FalApp *app);
FalView *fal_evaluate_new(FalApp *app);
/* What was tuned; there may be nothing yet. */
FalView *fal_heat_view_new(FalApp *app);
FalView *fal_map_view_new(FalApp *app);
FalView *fal_you_view_new(FalApp *app);
void fal_view_free(FalView *view);

/* A profile in short, for beside a list. */
void fal_detail_draw(FalApp *app, FalRect rect, FalProfile *profile);
#define FAL_DETAIL_WIDTH 100 /* columns from which on there is room for it */
#define FAL_DETAIL_DEPTH FAL_DEEP

/* --- the program around them (app.c) --- */

FalSession *fal_app_session(FalApp *app);
/* Shows a view on top of the one at hand; takes it. Places that were gone back from are
 * forgotten. */
void fal_app_push(FalApp *app, FalView *view);
/* Opens the page of an artist or a listener. */
void fal_app_open(FalApp *app, FalSubject subject, gint32 row);
/* A profile, quick where a whole one would take too long while keys are pressed. Once they rest
 * all is drawn again, and it is time to make a partial one whole. */
FalProfile *fal_app_profile(FalApp *app, FalSubject subject, gint32 row, int depth);
gboolean fal_app_rests(FalApp *app);
/* The profile of what a list has selected, for the detail beside it; NULL for none. Borrowed
 * until the next call. */
FalProfile *fal_app_detail(FalApp *app, FalSubject subject, gint32 row);
/* Runs a command line as if it were typed. */
void fal_app_run(FalApp *app, const char *line);
/* Opens the line where a command is typed, with a start of one. */
void fal_app_type(FalApp *app, const char *start);
/* Makes an artist one of yours, and says so (you.c). */
void fal_app_add_to_you(FalApp *app, gint32 artist);
/* A line to read until the next key; the second kind is for what went wrong. */
void fal_app_say(FalApp *app, const char *text);
void fal_app_fail(FalApp *app, const char *text);

/* A text that names keys as the key table does, in braces, by those that do it now: "{t|:train}
 * trains one"; where the user took all of them away, by what stands behind the bar. Not for text
 * with anything from the data in it. Free with g_free(). (hints.c) */
char *fal_app_keyed(FalApp *app, const char *text);
void fal_app_say_keyed(FalApp *app, const char *text);
/* Below the header of a list whose filter hides all rows: how they come back. TRUE where it is
 * so. */
gboolean fal_app_draw_unmatched(FalApp *app, FalRect rect, const FalPane *pane);
#define FAL_TEXT_UNMATCHED "no row holds this: {Esc|an empty filter} shows all again"

/* Lets a value be typed in place. done says whether text will do, or else why not: then it can
 * be mended. */
typedef gboolean (*FalEditDone)(FalView *view, const char *text, GError **error);
void fal_app_edit(FalApp *app, FalView *view, const char *text, FalEditDone done);
/* The value being typed in this view, or NULL. */
FalLine *fal_app_edited(FalApp *app, FalView *view);

#endif
