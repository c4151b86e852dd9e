/* Options to a session to one of the faces.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/error.h"
#include "base/kernels.h"
#include "base/newfile.h"
#include "base/paths.h"
#include "base/text.h"
#include "model/blas.h"
#include "query/complete.h"
#include "query/manual.h"
#include "repl/batch.h"
#include "repl/repl.h"
#include "repl/report.h"
#include "tui/keys.h"
#include "tui/tui.h"

/* Of who was stopped by Ctrl-C. */
#define STATUS_CANCELLED 130

/* What the command line says. */
typedef struct {
    gboolean help, repl, keep_going, no_cache, no_color, no_state, rc, version, keys, ascii;
    GPtrArray *scripts; /* "c" or "f" and the command or the file, in the order given */
    char *color, *complete, *manual, *model, *output, *progress;
    int threads;
    char **rest;
    char *usage; /* what --help shows */
} Options;

/* -c and -f run in the order in which they are given. */
static gboolean
add_script(const char *name, const char *value, gpointer data, GError **error)
{
    Options *o = data;
    gboolean is_file = g_str_equal(name, "-f") || g_str_equal(name, "--file");

    (void)error;
    g_ptr_array_add(o->scripts, g_strconcat(is_file ? "f" : "c", value, NULL));
    return TRUE;
}

/* GLib's sentence on an option that is not known, with the one that may be meant. */
static void
name_nearest_option(const GOptionEntry *entry, GError **error)
{
    const char *dashes = error && *error ? strstr((*error)->message, "--") : NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    if (!dashes || !g_error_matches(*error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION))
        return;
    for (; entry->long_name; entry++)
        if (*entry->long_name && !(entry->flags & G_OPTION_FLAG_HIDDEN))
            g_ptr_array_add(names, (gpointer)entry->long_name);
    g_ptr_array_add(names, NULL);
    g_autofree char *typed = g_strndup(dashes + 2, strcspn(dashes + 2, "="));
    const char *near = fal_text_nearest(typed, (const char *const *)names->pdata);
    g_autofree char *better =
        g_strdup_printf("there is no option --%s%s%s%s", typed, near ? " (did you mean --" : "",
                        near ? near : "", near ? "?)" : "");
    g_clear_error(error);
    g_set_error_literal(error, FAL_ERROR, FAL_ERROR_USAGE, better);
}

/* The end of --help, which is to fit a screen of 24 lines. */
static const char about[] =
    "DATASET is a folder or an archive with user_artist_data*.txt, artist_data*.txt and\n"
    "artist_alias*.txt, a single file of \"user artist plays\" rows, or demo (the default).\n"
    "\"falsetto -c help\" lists the commands, \"man falsetto\" tells all.";

static gboolean
parse_options(Options *o, int *argc, char ***argv, GError **error)
{
    /* What is given goes in as the bytes it is, not by way of the locale: commands are UTF-8.
     */
    const GOptionEntry entries[] = {
        {"repl", 'r', 0, G_OPTION_ARG_NONE, &o->repl, "The prompt instead of the screens",
         NULL},
        {"command", 'c', G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK, (gpointer)add_script,
         "Run COMMAND and exit; may be repeated", "COMMAND"},
        {"file", 'f', G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK, (gpointer)add_script,
         "Run the commands in FILE (- is standard input); may be repeated", "FILE"},
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &o->model,
         "Open the trained model in FILE, on DATASET if one is given", "FILE"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
         "Form of the answers: table, plain, line, tsv, csv, json or markdown", "FORM"},
        {"progress", 0, 0, G_OPTION_ARG_FILENAME, &o->progress,
         "Progress: auto, never, lines or json", "FORM"},
        {"rc", 0, 0, G_OPTION_ARG_NONE, &o->rc, "Run your rc file before a script, too", NULL},
        {"threads", 't', 0, G_OPTION_ARG_INT, &o->threads, "Cores to use (default: all)", "N"},
        {"keep-going", 0, 0, G_OPTION_ARG_NONE, &o->keep_going,
         "Go on after a failed command in scripts", NULL},
        {"no-cache", 0, 0, G_OPTION_ARG_NONE, &o->no_cache,
         "Load the text itself, and keep nothing of it", NULL},
        {"no-state", 0, 0, G_OPTION_ARG_NONE, &o->no_state,
         "Keep no history of lines and not what was at hand", NULL},
        {"no-color", 0, 0, G_OPTION_ARG_NONE, &o->no_color, "No colours on the screens", NULL},
        {"color", 0, 0, G_OPTION_ARG_FILENAME, &o->color,
         "Colours on the screens: auto, always (NO_COLOR or not) or never", "WHEN"},
        {"ascii", 0, 0, G_OPTION_ARG_NONE, &o->ascii, "Lines, charts and names in ASCII", NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &o->help, "Show this and leave", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &o->version, "Show the version and leave", NULL},
        {"manual", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &o->manual,
         "A part of the manual, for man/weave", "PART"},
        {"keys", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &o->keys, "List the screens' keys",
         NULL},
        {"complete", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &o->complete,
         "What LINE, an argument of -c, may become, for the shells' completion", "LINE"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, "[DATASET]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- explore who listened to what");
    GOptionGroup *group = g_option_group_new(NULL, NULL, NULL, o, NULL);

    o->scripts = g_ptr_array_new_with_free_func(g_free);
    g_option_group_add_entries(group, entries);
    g_option_context_set_main_group(context, group);
    g_option_context_set_description(context, about);
    /* GLib's own --help has a section of its own, which a screen has no room for. */
    g_option_context_set_help_enabled(context, FALSE);
    if (!g_option_context_parse(context, argc, argv, error)) {
        name_nearest_option(entries, error);
        return FALSE;
    }
    o->usage = g_option_context_get_help(context, TRUE, NULL);
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
    g_clear_pointer(&o->scripts, g_ptr_array_unref);
    g_strfreev(o->rest);
    g_free(o->color);
    g_free(o->complete);
    g_free(o->manual);
    g_free(o->model);
    g_free(o->output);
    g_free(o->progress);
    g_free(o->usage);
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
    fal_session_set_state(session, !o->no_state);
    return apply_color(session, o, error) &&
           (!o->ascii || fal_session_set(session, "glyphs", "ascii", error)) &&
           (o->threads == 0 || fal_session_set(session, "threads", threads, error)) &&
           (!o->output || fal_session_set(session, "output", o->output, error)) &&
           (!o->progress || fal_session_set(session, "progress", o->progress, error));
}

static int
run_scripts(FalSession *session, const Options *o)
{
    int status = 0;

    for (guint i = 0; i < o->scripts->len && !fal_session_quit(session); i++) {
        const char *script = o->scripts->pdata[i];
        int now = *script == 'f' ? fal_batch_file(session, script + 1, o->keep_going)
                                 : fal_batch_line(session, script + 1, NULL, o->keep_going);
        status = status ? status : now;
        if (now != 0 && !o->keep_going)
            break;
    }
    return status;
}

static gboolean
is_script(const Options *o)
{
    return o->scripts->len > 0 || !isatty(STDIN_FILENO);
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
 * fit ends the program. *told: what was said of it. */
static int
open_model(FalSession *session, const Options *o, char **told)
{
    g_autoptr(GError) error = NULL;

    if (!g_utf8_validate(o->model, -1, NULL)) {
        g_autofree char *shown = g_filename_display_name(o->model);
        g_set_error(
            &error, FAL_ERROR, FAL_ERROR_MODEL,
            "cannot open the model %s: its name is not UTF-8; give it another one, or a "
            "link that has one",
            shown);
        fal_report_error(NULL, NULL, 0, 0, error, FALSE);
        return fal_error_exit_status(error);
    }
    int status = o->rest && o->rest[0] ? fal_batch_load(session, o->rest[0]) : 0;

    return status ? status : fal_batch_open(session, o->model, told);
}

static int
run_screens(FalSession *session, const FalTuiStart *start)
{
    g_autoptr(GError) error = NULL;
    int status = fal_tui_run(session, start, &error);

    if (!error)
        return status;
    fprintf(stderr, "falsetto: %s\n", error->message);
    return fal_error_exit_status(error);
}

/* `tui` leads from the prompt to the screens, leaving these leads back. */
static int
run_prompt(FalSession *session)
{
    int status = fal_repl_run(session);

    while (status == 0 && fal_session_take_screens(session)) {
        status = run_screens(session, &(FalTuiStart){.returns = TRUE});
        if (status == 0 && !fal_session_quit(session))
            status = fal_repl_run(session);
    }
    return status;
}

/* Without commands in the options: screens, prompt, or commands from a pipe. */
static int
run(FalSession *session, const Options *o)
{
    const char *dataset = o->rest && o->rest[0] ? o->rest[0] : "demo";
    gboolean terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    gboolean commands = o->scripts->len > 0;

    g_autofree char *told = NULL;
    if (o->model) {
        int status = open_model(session, o, &told);
        if (status != 0)
            return status;
        dataset = NULL;
    }
    if (!commands && !o->repl && terminal) {
        if (!o->model && !(o->rest && o->rest[0]))
            fal_session_offer_last(session);
        return run_screens(session, &(FalTuiStart){.path = dataset, .greeting = told});
    }
    /* Nobody asked for the demo: without it, help and load still work. */
    g_autofree char *demo =
        o->model || (o->rest && o->rest[0]) ? NULL : fal_paths_bundled("demo", NULL);
    int status =
        dataset && ((o->rest && o->rest[0]) || demo) ? fal_batch_load(session, dataset) : 0;
    if (status != 0)
        return status;
    if (!commands && isatty(STDIN_FILENO))
        return run_prompt(session);
    status = commands ? run_scripts(session, o) : fal_batch_file(session, "-", o->keep_going);
    /* A script ends sooner than its data are kept, and nobody sits and waits for its end. */
    if (status != STATUS_CANCELLED)
        fal_session_settle(session);
    return status;
}

/* What a report of a fault needs to say. */
static char *
version_text(void)
{
    g_autofree char *blas = g_strchomp(g_strdup(fal_blas_version()));

    return g_strdup_printf("falsetto %s (kernels: %s)\n"
                           "GLib %u.%u.%u, readline %s, %s\n%s\n",
                           VERSION, fal_kernels()->level, glib_major_version,
                           glib_minor_version, glib_micro_version, fal_repl_version(),
                           fal_tui_version(), blas);
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

/* "keys", "settings", "settings training", "commands data". */
static char *
manual(const char *part)
{
    if (g_str_equal(part, "keys"))
        return fal_keys_manual();
    if (g_str_has_prefix(part, "settings "))
        return fal_manual_settings(g_str_equal(part + strlen("settings "), "training"));
    return g_str_has_prefix(part, "commands ") ? fal_manual_commands(part + strlen("commands "))
                                               : NULL;
}

static int
print_manual(const char *part)
{
    char *text = manual(part);

    return text ? print_and_free(text) : 2;
}

/* Without data: a key in the shell must not take the time of loading. A line with a line end is
 * no command, and its candidates could not be told apart. */
static int
print_completions(FalSession *session, const char *line)
{
    g_auto(GStrv) lines = strpbrk(line, "\r\n") ? NULL : fal_complete_lines(session, line);
    GString *text = g_string_new(NULL);

    for (char **l = lines; l && *l; l++)
        g_string_append_printf(text, "%s\n", *l);
    return print_and_free(g_string_free(text, FALSE));
}

static int
usage(const GError *error)
{
    g_autofree char *safe = fal_text_safe(error->message);

    fprintf(stderr, "falsetto: %s\nfalsetto --help shows the options\n", safe);
    return 2;
}

/* Not ignored, as programs behind | would have it so, too. */
static void
on_limit(int signal_number)
{
    (void)signal_number;
}

/* Nothing unfinished stays, whatever asks it to end. */
static void
on_end(int signal_number)
{
    fal_new_file_remove_unfinished();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void
set_ends(void)
{
    struct sigaction end = {.sa_handler = on_end}, limit = {.sa_handler = on_limit}, before;
    static const int ends[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};

    atexit(fal_new_file_remove_unfinished);
    /* nohup ignores SIGHUP, which stays so. */
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++)
        if (sigaction(ends[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(ends[i], &end, NULL);
    /* A file that grows beyond the limit is an error as others are. */
    sigaction(SIGXFSZ, &limit, NULL);
}

int
main(int argc, char **argv)
{
    Options options = {0};
    g_autoptr(GError) error = NULL;
    int status = 0;

    keep_streams();
    set_ends();
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* figures are read and written one way */
    g_set_prgname("falsetto");
    FalSession *session = fal_session_new();
    fal_bindings_set_meaning(fal_session_bindings(session), fal_keys_meaning);
    if (!parse_options(&options, &argc, &argv, &error)) {
        status = usage(error);
    } else if (options.help) {
        status = print_and_free(g_steal_pointer(&options.usage));
    } else if (!options.version && !options.keys && !options.manual && !options.complete &&
               (options.rc || !is_script(&options)) && (status = run_rc(session)) != 0) {
        /* It was told. */
    } else if (!apply_options(session, &options, &error)) {
        status = usage(error);
    } else if (options.version) {
        status = print_and_free(version_text());
    } else if (options.manual) {
        status = print_manual(options.manual);
    } else if (options.complete) {
        status = print_completions(session, options.complete);
    } else if (options.keys) {
        status = print_and_free(fal_keys_text());
    } else {
        status = run(session, &options);
    }
    fal_session_free(session);
    options_clear(&options);
    return status;
}
