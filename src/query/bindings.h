/* The user's own keys: what `bind` keeps and the screens follow. Knows no screen. Main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_QUERY_BINDINGS_H
#define FAL_QUERY_BINDINGS_H

#include "query/keyname.h"

typedef enum {
    FAL_BINDING_COMMAND, /* runs a command line */
    FAL_BINDING_KEY,     /* does what another key does by itself */
    FAL_BINDING_NOTHING, /* does nothing */
} FalBindingKind;

typedef struct {
    int view; /* index into fal_binding_views; 0: all */
    FalPress press;
    FalBindingKind kind;
    char *command; /* as `bind` takes it: "similar %artist", "=PgDn", "nothing" */
    FalPress as;   /* of FAL_BINDING_KEY */
} FalBinding;

typedef struct FalBindings FalBindings;

/* "all", then the views in the order of the screens; ends with NULL. */
extern const char *const fal_binding_views[];
enum { FAL_BINDING_VIEWS = 7 };

FalBindings *fal_bindings_new(void);
void fal_bindings_free(FalBindings *bindings);

/* What a key does by itself, as text to free with g_free(), NULL for nothing; pairs: also what
 * the pairs do that it begins. The screens know: where nobody told this function, nothing is
 * said or checked of it. */
typedef char *(*FalKeyMeaning)(FalPress press, gboolean pairs);
void fal_bindings_set_meaning(FalBindings *bindings, FalKeyMeaning meaning);
/* What a binding of press takes away: its own meaning, the pairs that it begins, and what its
 * first key does alone. Free with g_free(). */
char *fal_bindings_meaning(const FalBindings *bindings, FalPress press);
/* While quiet `bind` and `unbind` of a key answer nothing: for the user's own commands at the
 * start. */
void fal_bindings_set_quiet(FalBindings *bindings, gboolean quiet);
gboolean fal_bindings_quiet(const FalBindings *bindings);

/* Binds press in a view, in place of what was bound there. what is a command line, "=KEY", or
 * "nothing"; "default" takes a binding away. Errors, with nothing changed: keys that keep their
 * meaning, a key alone that begins a pair that is bound, and the other way round, a KEY that
 * cannot be read. A command line itself is not checked. */
gboolean fal_bindings_bind(FalBindings *bindings, int view, FalPress press, const char *what,
                           GError **error);
/* Takes the binding away; where there is none, the key does nothing from now on. Errors as
 * above, and where it did nothing already. */
gboolean fal_bindings_unbind(FalBindings *bindings, int view, FalPress press, GError **error);

/* In the order in which they were bound. Borrowed until the next change. */
int fal_bindings_n(const FalBindings *bindings);
const FalBinding *fal_bindings_at(const FalBindings *bindings, int i);
/* The binding for exactly this view, or NULL. */
const FalBinding *fal_bindings_get(const FalBindings *bindings, int view, FalPress press);
/* What holds where press was pressed in a view: a binding of that view goes before one of all.
 * NULL where there is none; then *begins tells whether it is the first key of a pair. */
const FalBinding *fal_bindings_find(const FalBindings *bindings, int view, FalPress press,
                                    gboolean *begins);

/* The command line with its words %artist and %user replaced; quoted words stay as they are.
 * FAL_ERROR_FAILED where one stands there and is NULL here, FAL_ERROR_USAGE for other words
 * that look so. Free with g_free(). */
char *fal_binding_line(const char *command, const char *artist, const char *user,
                       GError **error);

#endif
