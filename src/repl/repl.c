/* The prompt (see repl.h): readline's callback interface on the main loop. While a job runs the
 * prompt is taken away, so that progress has the line, and Ctrl-C cancels the job.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "repl/repl.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/paths.h"
#include "base/text.h"
#include "query/complete.h"
#include "repl/report.h"

#define PROMPT           "falsetto> "
#define HISTORY_LINES    2000
#define SHOWN_CANDIDATES 60

/* Readline's callbacks carry no user data. */
static struct {
    FalSession *session;
    GMainLoop *loop;
    FalReporter *reporter; /* of the line at hand */
    gboolean done;         /* the line at hand was answered */
    gsize start;           /* where the last completion's candidates begin */
} repl;

static void
on_done(const char *line, const FalTable *table, const GError *error, gsize at, gsize n,
        gpointer data)
{
    (void)data;
    fal_reporter_settle(repl.reporter);
    if (error)
        fal_report_error(NULL, line, at, n, error, TRUE);
    else if (table)
        fal_report_answer(repl.session, table);
    repl.done = TRUE;
}

/* malloc()ed, as readline frees it: the line up to where candidates begin, and one of them. */
static char *
whole_line(gsize start, const char *candidate)
{
    char *whole = malloc(start + strlen(candidate) + 1);

    if (!whole)
        g_error("out of memory");
    memcpy(whole, rl_line_buffer, start);
    strcpy(whole + start, candidate);
    return whole;
}

/* path and, where it is a folder, a slash. malloc()ed, as it goes on to readline. */
static char *
mark_folder(char *path)
{
    g_autofree char *expanded =
        path[0] == '~' ? g_strconcat(g_get_home_dir(), path + 1, NULL) : g_strdup(path);

    if (!g_file_test(expanded, G_FILE_TEST_IS_DIR) || g_str_has_suffix(path, "/"))
        return path;
    g_autofree char *marked = g_strconcat(path, "/", NULL);
    free(path);
    return strdup(marked);
}

/* Readline would see to folders itself, if only the line were nothing but a path. */
static char **
complete_files(gsize start, gsize end)
{
    g_autofree char *typed = g_strndup(rl_line_buffer + start, end - start);
    char **paths = rl_completion_matches(typed, rl_filename_completion_function);

    rl_filename_completion_desired = 0;
    if (!paths)
        return NULL;
    if (!paths[1]) {
        paths[0] = mark_folder(paths[0]);
        rl_completion_suppress_append = g_str_has_suffix(paths[0], "/");
    }
    for (int i = 0; paths[i]; i++) {
        char *path = paths[i];
        paths[i] = whole_line(start, path);
        free(path);
    }
    return paths;
}

/* What the candidates have in common, which replaces the line. They may differ from what was
 * typed in case and accents: then nothing typed is taken away. */
static char *
common_start(char **candidates, gsize typed)
{
    gsize common = strlen(candidates[0]);

    for (int i = 1; candidates[i]; i++) {
        gsize same = 0;
        while (same < common && candidates[i][same] == candidates[0][same])
            same++;
        common = same;
    }
    g_autofree char *lead = g_strndup(candidates[0], common);
    return common >= typed && g_utf8_validate(lead, -1, NULL) ? strdup(lead)
                                                              : strndup(rl_line_buffer, typed);
}

/* Completion works on the whole line: a candidate is the line up to its start, and itself, as
 * artists' names hold blanks that readline would part. */
static char **
complete(const char *text, int start, int end)
{
    FalCompletion found;
    char **matches = NULL;

    (void)text;
    (void)start;
    rl_attempted_completion_over = 1;
    fal_complete(repl.session, rl_line_buffer, (gsize)end, &found);
    repl.start = found.start;
    guint n = g_strv_length(found.candidate);
    if (found.files) {
        matches = complete_files(found.start, (gsize)end);
    } else if (n > 0) {
        matches = calloc(n + 2, sizeof *matches);
        for (guint i = 0; matches && i < n; i++)
            matches[i + 1] = whole_line(found.start, found.candidate[i]);
        if (matches)
            matches[0] = common_start(matches + 1, (gsize)end);
        rl_completion_suppress_append = n == 1 && g_str_has_suffix(found.candidate[0], "=");
    }
    fal_completion_clear(&found);
    return matches;
}

/* Lists candidates without the start of the line that is in each. */
static void
display(char **matches, int n, int max_length)
{
    (void)max_length;
    rl_crlf();
    for (int i = 1; i <= n && i <= SHOWN_CANDIDATES; i++) {
        const char *candidate = matches[i] + MIN(repl.start, strlen(matches[i]));
        g_autofree char *safe = fal_text_safe(candidate);
        fprintf(rl_outstream, "%s\n", safe);
    }
    if (n > SHOWN_CANDIDATES)
        fprintf(rl_outstream, "(%d more)\n", n - SHOWN_CANDIDATES);
    rl_on_new_line();
}

static char *
history_path(void)
{
    return fal_paths_state("history");
}

static void
save_history(void)
{
    g_autofree char *path = history_path();

    if (!path)
        return;
    mode_t mask = umask(077);
    write_history(path);
    umask(mask);
    chmod(path, 0600);
}

static void
remember(const char *line)
{
    HIST_ENTRY *last =
        history_length > 0 ? history_get(history_base + history_length - 1) : NULL;

    if (*line && !(last && !strcmp(last->line, line)))
        add_history(line);
}

static void on_line(char *line);

/* The terminal went away, or somebody else ends the program: a job must not keep it from
 * leaving. */
static void
leave(void)
{
    fal_session_cancel(repl.session);
    g_main_loop_quit(repl.loop);
}

static gboolean
on_hangup(gint fd, GIOCondition condition, gpointer data)
{
    (void)fd;
    (void)condition;
    (void)data;
    leave();
    return G_SOURCE_CONTINUE;
}

static void
prompt(void)
{
    rl_callback_handler_install(PROMPT, on_line);
}

static void
on_line(char *line)
{
    rl_callback_handler_remove();
    if (!line) { /* Ctrl-D */
        fputc('\n', stdout);
        g_main_loop_quit(repl.loop);
        return;
    }
    remember(line);
    repl.done = FALSE;
    repl.reporter = fal_reporter_new(repl.session);
    fal_session_run(repl.session, line, FAL_RUN_SHORT_VERBS, on_done, NULL);
    if (!repl.done) {
        /* The source that reads input is busy calling this: it would not see the end. */
        guint hangup = g_unix_fd_add(STDIN_FILENO, G_IO_HUP | G_IO_ERR, on_hangup, NULL);
        fal_reporter_wait(repl.reporter, &repl.done);
        g_source_remove(hangup);
    }
    g_clear_pointer(&repl.reporter, fal_reporter_free);
    free(line);
    if (fal_session_quit(repl.session))
        g_main_loop_quit(repl.loop);
    else
        prompt();
}

static gboolean
on_input(gint fd, GIOCondition condition, gpointer data)
{
    (void)fd;
    (void)data;
    if (condition & (G_IO_HUP | G_IO_ERR)) {
        rl_callback_handler_remove();
        g_main_loop_quit(repl.loop);
        return G_SOURCE_REMOVE;
    }
    rl_callback_read_char();
    return G_SOURCE_CONTINUE;
}

/* Ctrl-C at the prompt drops the line. */
static gboolean
on_interrupt(gpointer data)
{
    (void)data;
    if (fal_session_job(repl.session))
        return G_SOURCE_CONTINUE; /* fal_reporter_wait() sees to it */
    rl_free_line_state();
    rl_callback_sigcleanup();
    fputs("^C\n", stdout);
    rl_replace_line("", 0);
    rl_on_new_line();
    rl_redisplay();
    return G_SOURCE_CONTINUE;
}

static gboolean
on_resize(gpointer data)
{
    (void)data;
    rl_resize_terminal();
    return G_SOURCE_CONTINUE;
}

static gboolean
on_end(gpointer data)
{
    (void)data;
    leave();
    return G_SOURCE_CONTINUE;
}

int
fal_repl_run(FalSession *session)
{
    g_autofree char *path = history_path();
    guint signals[4];

    repl.session = session;
    repl.loop = g_main_loop_new(NULL, FALSE);
    rl_readline_name = "falsetto";
    rl_catch_signals = 0;
    rl_basic_word_break_characters = "";
    rl_completer_word_break_characters = "";
    rl_attempted_completion_function = complete;
    rl_completion_display_matches_hook = display;
    rl_completion_query_items = -1;
    rl_sort_completion_matches = 0;
    /* A Tab that can only put the case right is followed by one that lists. */
    rl_variable_bind("show-all-if-unmodified", "on");
    using_history();
    stifle_history(HISTORY_LINES);
    if (path)
        read_history(path);

    signals[0] = g_unix_signal_add(SIGINT, on_interrupt, NULL);
    signals[1] = g_unix_signal_add(SIGWINCH, on_resize, NULL);
    signals[2] = g_unix_signal_add(SIGTERM, on_end, NULL);
    signals[3] = g_unix_signal_add(SIGHUP, on_end, NULL);
    guint input = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, NULL);
    fprintf(stderr, "falsetto %s: help lists the commands, Tab completes, quit leaves\n",
            VERSION);
    prompt();
    g_main_loop_run(repl.loop);
    rl_callback_handler_remove();
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(signals[i]);
    GSource *source = g_main_context_find_source_by_id(NULL, input);
    if (source)
        g_source_destroy(source);
    save_history();
    g_main_loop_unref(repl.loop);
    return 0;
}
