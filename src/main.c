/* Options to a session to one of the faces.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <glib.h>

#include "base/error.h"
#include "base/kernels.h"
#include "base/paths.h"
#include "base/text.h"
#include "repl/batch.h"
#include "repl/repl.h"
#include "tui/keys.h"
#include "tui/tui.h"

/* Of who was stopped by Ctrl-C. */
#define STATUS_CANCELLED 130

/* What the command line says. */
typedef struct {
    gboolean repl, keep_going, no_cache, no_color, version, keys, ascii;
    char *color;
    char **commands;
    char *file;
    char *model;
    char *output;
    int threads;
    char **rest;
} Options;

static gboolean
parse_options(Options *o, int *argc, char ***argv, GError **error)
{
    /* What is given goes in as the bytes it is, not by way of the locale: commands are UTF-8.
     */
    const GOptionEntry entries[] = {
        {"repl", 'r', 0, G_OPTION_ARG_NONE, &o->repl, "The prompt instead of the screens",
         NULL},
        {"command", 'c', 0, G_OPTION_ARG_FILENAME_ARRAY, &o->commands,
         "Run COMMAND and exit; may be repeated", "COMMAND"},
        {"file", 'f', 0, G_OPTION_ARG_FILENAME, &o->file,
         "Run the commands in FILE (- is standard input)", "FILE"},
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &o->model,
         "Open the trained model in FILE, on DATASET if one is given", "FILE"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
         "Form of the answers: table, tsv, json or markdown", "FORM"},
        {"threads", 't', 0, G_OPTION_ARG_INT, &o->threads, "Cores to use (default: all)", "N"},
        {"keep-going", 0, 0, G_OPTION_ARG_NONE, &o->keep_going,
         "Go on after a failed command in scripts", NULL},
        {"no-cache", 0, 0, G_OPTION_ARG_NONE, &o->no_cache,
         "Load the text itself, and keep nothing of it", NULL},
        {"no-color", 0, 0, G_OPTION_ARG_NONE, &o->no_color, "No colours on the screens", NULL},
        {"color", 0, 0, G_OPTION_ARG_FILENAME, &o->color,
         "Colours on the screens: auto, always (NO_COLOR or not) or never", "WHEN"},
        {"ascii", 0, 0, G_OPTION_ARG_NONE, &o->ascii, "Lines, charts and names in ASCII", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &o->version, "Show the version and leave", NULL},
        {"keys", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &o->keys, "List the screens' keys",
         NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, "[DATASET]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- explore who listened to what");

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(
        context,
        "DATASET is a folder or an archive with user_artist_data*.txt, "
        "artist_data*.txt and\nartist_alias*.txt, a single file of \"user artist plays\" "
        "rows, or demo (the default).\nWith a terminal on both ends the screens open; "
        "from a pipe, commands are read.\n\"falsetto -c help\" lists the commands, "
        "\"man falsetto\" tells all.");
    if (!g_option_context_parse(context, argc, argv, error))
        return FALSE;
    if (o->rest && o->rest[0] && o->rest[1]) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "one data set at a time, not \"%s\" and \"%s\" as well", o->rest[0],
                    o->rest[1]);
        return FALSE;
    }
    return TRUE;
}

static void
options_clear(Options *o)
{
    g_strfreev(o->commands);
    g_strfreev(o->rest);
    g_free(o->file);
    g_free(o->model);
    g_free(o->output);
    g_free(o->color);
}

/* --color and --no-color: the setting `colors`, which goes before NO_COLOR unless it is auto.
 */
static gboolean
apply_color(FalSession *session, const Options *o, GError **error)
{
    const char *const values[] = {"auto", "auto", "always", "true", "never", "none"};
    const char *color = o->no_color ? "never" : o->color;

    for (gsize i = 0; color && i < G_N_ELEMENTS(values); i += 2)
        if (g_str_equal(color, values[i]))
            return fal_session_set(session, "colors", values[i + 1], error);
    if (color)
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "--color is auto, always or never, not \"%s\"", color);
    return !color;
}

static gboolean
apply_options(FalSession *session, const Options *o, GError **error)
{
    g_autofree char *threads = g_strdup_printf("%d", o->threads);

    fal_session_set_cache(session, !o->no_cache);
    return apply_color(session, o, error) &&
           (!o->ascii || fal_session_set(session, "glyphs", "ascii", error)) &&
           (o->threads == 0 || fal_session_set(session, "threads", threads, error)) &&
           (!o->output || fal_session_set(session, "output", o->output, error));
}

static int
run_commands(FalSession *session, const Options *o)
{
    int status = 0;

    for (char **command = o->commands; command && *command && !fal_session_quit(session);
         command++) {
        int now = fal_batch_line(session, *command, NULL);
        status = status ? status : now;
        if (now != 0 && !o->keep_going)
            return status;
    }
    if (o->file && !fal_session_quit(session)) {
        int now = fal_batch_file(session, o->file, o->keep_going);
        status = status ? status : now;
    }
    return status;
}

static gboolean
is_script(const Options *o)
{
    return o->commands || o->file || !isatty(STDIN_FILENO);
}

/* The user's own commands, before the screens and the prompt; scripts mean the same everywhere.
 * What the options say comes after them. */
static int
run_rc(FalSession *session)
{
    g_autofree char *path = fal_paths_config("rc");
    FalBindings *bindings = fal_session_bindings(session);

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return 0;
    fal_bindings_set_quiet(bindings, TRUE);
    int status = fal_batch_file(session, path, FALSE);
    fal_bindings_set_quiet(bindings, FALSE);
    return status;
}

/* A model of the options and the data given beside it, before any face starts: what does not
 * fit ends the program. */
static int
open_model(FalSession *session, const Options *o)
{
    int status = o->rest && o->rest[0] ? fal_batch_load(session, o->rest[0]) : 0;

    return status ? status : fal_batch_open(session, o->model);
}

/* Without commands in the options: screens, prompt, or commands from a pipe. */
static int
run(FalSession *session, const Options *o)
{
    const char *dataset = o->rest && o->rest[0] ? o->rest[0] : "demo";
    gboolean terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    gboolean commands = o->commands || o->file;
    g_autoptr(GError) error = NULL;

    if (o->model) {
        int status = open_model(session, o);
        if (status != 0)
            return status;
        dataset = NULL;
    }
    if (!commands && !o->repl && terminal) {
        int status = fal_tui_run(session, dataset, &error);
        if (!error)
            return status;
        fprintf(stderr, "falsetto: %s\n", error->message);
        return fal_error_exit_status(error);
    }
    /* Nobody asked for the demo: without it, help and load still work. */
    g_autofree char *demo =
        o->model || (o->rest && o->rest[0]) ? NULL : fal_paths_bundled("demo", NULL);
    int status =
        dataset && ((o->rest && o->rest[0]) || demo) ? fal_batch_load(session, dataset) : 0;
    if (status != 0)
        return status;
    if (!commands && isatty(STDIN_FILENO))
        return fal_repl_run(session);
    status = commands ? run_commands(session, o) : fal_batch_file(session, "-", o->keep_going);
    /* A script ends sooner than its data are kept, and nobody sits and waits for its end. */
    if (status != STATUS_CANCELLED)
        fal_session_settle(session);
    return status;
}

static int
print_and_free(char *text)
{
    int status = fputs(text, stdout) == EOF || fflush(stdout) == EOF;

    g_free(text);
    return status;
}

/* Where a stream is closed, its number must not go to the next file that is opened. What takes
 * it cannot be read or written, so that it is still told. */
static void
keep_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            abort();
}

static int
usage(const GError *error)
{
    g_autofree char *safe = fal_text_safe(error->message);

    fprintf(stderr, "falsetto: %s\nfalsetto --help shows the options\n", safe);
    return 2;
}

int
main(int argc, char **argv)
{
    Options options = {0};
    g_autoptr(GError) error = NULL;
    int status = 0;

    keep_streams();
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* figures are read and written one way */
    g_set_prgname("falsetto");
    FalSession *session = fal_session_new();
    fal_bindings_set_meaning(fal_session_bindings(session), fal_keys_meaning);
    if (!parse_options(&options, &argc, &argv, &error)) {
        status = usage(error);
    } else if (!options.version && !options.keys && !is_script(&options) &&
               (status = run_rc(session)) != 0) {
        /* It was told. */
    } else if (!apply_options(session, &options, &error)) {
        status = usage(error);
    } else if (options.version) {
        status = print_and_free(
            g_strdup_printf("falsetto %s (kernels: %s)\n", VERSION, fal_kernels()->level));
    } else if (options.keys) {
        status = print_and_free(fal_keys_text());
    } else {
        status = run(session, &options);
    }
    fal_session_free(session);
    options_clear(&options);
    return status;
}
