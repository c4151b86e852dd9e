/* The prompt (see repl.h): readline's callback interface on the main loop. While a job runs the
 * prompt is taken away, so that progress has the line, and Ctrl-C cancels the job.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "repl/repl.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/text.h"
#include "query/complete.h"
#include "query/last.h"
#include "repl/batch.h"
#include "repl/out.h"
#include "repl/report.h"

#define PROMPT           "falsetto> "
#define SHOWN_CANDIDATES 60

/* Readline's callbacks carry no user data. */
static struct {
    FalSession *session;
    GMainLoop *loop;
    FalReporter *reporter; /* of the line at hand */
    gboolean done;         /* the line at hand was answered */
    gboolean failed;       /* and what it asked for was not done */
    FalRedirect to;        /* where its answer goes */
    gint64 began, ended;   /* microseconds; what a pager takes is the reader's time */
    gboolean greeted;
    int status;  /* to end with */
    gsize start; /* where the last completion's candidates begin */
} repl;

static void
on_done(const char *line, const FalTable *table, const GError *error, gsize at, gsize n,
        gpointer data)
{
    g_autoptr(GError) unwritten = NULL;

    (void)data;
    repl.ended = g_get_monotonic_time();
    fal_reporter_settle(repl.reporter);
    if (error)
        fal_report_error(NULL, line, at, n, error, TRUE);
    else if (table && !fal_report_answer(repl.session, table, &repl.to, &unwritten))
        repl.failed = TRUE;
    if (unwritten)
        fal_report_error(NULL, line, 0, 0, unwritten, FALSE);
    repl.failed = repl.failed || error;
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
    if (found.files) {
        g_autofree char *typed = g_strndup(rl_line_buffer, (gsize)end);
        g_strfreev(found.candidate);
        found.candidate = fal_complete_files(typed + found.start);
    }
    guint n = g_strv_length(found.candidate);
    if (n > 0) {
        matches = calloc(n + 2, sizeof *matches);
        for (guint i = 0; matches && i < n; i++)
            matches[i + 1] = whole_line(found.start, found.candidate[i]);
        if (matches)
            matches[0] = common_start(matches + 1, (gsize)end);
        rl_completion_suppress_append = n == 1 && (g_str_has_suffix(found.candidate[0], "=") ||
                                                   g_str_has_suffix(found.candidate[0], "/"));
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

/* --- history: the session keeps it, readline goes through it --- */

static void
hand_over_history(void)
{
    FalTyped *history = fal_session_history(repl.session);

    clear_history();
    for (guint i = 0; i < fal_typed_n(history); i++)
        add_history(fal_typed_line(history, i));
}

static void
remember(const char *line)
{
    fal_typed_add(fal_session_history(repl.session), line);
    hand_over_history();
}

/* Up looks for lines that begin as the typed one does; an inputrc that says otherwise has its
 * way. */
static void
search_by_start(const char *sequence, rl_command_func_t *plain, rl_command_func_t *search)
{
    if (rl_function_of_keyseq(sequence, NULL, NULL) == plain)
        rl_bind_keyseq(sequence, search);
}

/* --- the hint: what may follow, behind the cursor --- */

#define HINT_LOOK     "\033[2m"
#define HINT_LOOK_END "\033[22m"

static gboolean
hints_show(void)
{
    const char *no_color = g_getenv("NO_COLOR"), *term = g_getenv("TERM");

    return !(no_color && *no_color) && g_strcmp0(term, "dumb") != 0;
}

/* Readline knows nothing of the hint: it is drawn behind what readline has drawn, and the
 * cursor goes back. Only where all is on one line. */
static void
redisplay(void)
{
    g_autofree char *hint = NULL;

    rl_redisplay();
    if (!hints_show() || rl_point != rl_end || rl_end == 0 || repl.reporter)
        return;
    int taken = fal_text_width(PROMPT) + fal_text_width(rl_line_buffer);
    int room = fal_out_width(STDOUT_FILENO) - taken - 1;
    hint = room > 0 ? fal_complete_hint(repl.session, rl_line_buffer) : NULL;
    /* Whatever hint stood there before is gone, as is the rest of the line. */
    fputs("\033[K", rl_outstream);
    if (hint && fal_text_width(hint) <= room)
        fprintf(rl_outstream, HINT_LOOK "%s" HINT_LOOK_END "\033[%dD", hint,
                fal_text_width(hint));
    fflush(rl_outstream);
}

static void on_line(char *line);

/* The terminal went away, or somebody else ends the program: a job must not keep it from
 * leaving. */
static gboolean
on_too_late(gpointer data)
{
    (void)data;
    fal_report_left(repl.status);
}

static void
leave(int signal_number)
{
    if (repl.status == 0)
        g_timeout_add_seconds(FAL_LEAVE_SECONDS, on_too_late, NULL);
    repl.status = 128 + signal_number;
    /* A training that is stopped has gone well, and no line comes after it. */
    fal_session_set_quit(repl.session);
    fal_session_cancel(repl.session);
    g_main_loop_quit(repl.loop);
}

/* One that may have removed itself. */
static void
remove_source(guint id)
{
    GSource *source = g_main_context_find_source_by_id(NULL, id);

    if (source)
        g_source_destroy(source);
}

static gboolean
on_hangup(gint fd, GIOCondition condition, gpointer data)
{
    (void)fd;
    (void)condition;
    (void)data;
    leave(SIGHUP);
    /* It stays so: seen once is enough. */
    return G_SOURCE_REMOVE;
}

static void
prompt(void)
{
    /* A command may have taken lines away. */
    hand_over_history();
    rl_callback_handler_install(PROMPT, on_line);
}

/* Runs one line and waits for it; FALSE where those after it should not be run. */
static gboolean
run_line(const char *line)
{
    g_autoptr(GError) error = NULL;
    gsize at, n;

    repl.began = g_get_monotonic_time();
    repl.done = repl.failed = FALSE;
    if (!fal_redirect_parse(line, &repl.to, &at, &n, &error)) {
        fal_report_error(NULL, line, at, n, error, TRUE);
        fal_redirect_clear(&repl.to);
        return FALSE;
    }
    repl.reporter = fal_reporter_new(repl.session);
    fal_session_run_to(repl.session, &repl.to, FAL_RUN_SHORT_VERBS, on_done, NULL);
    if (!repl.done) {
        /* The source that reads input is busy calling this: it would not see the end. */
        guint hangup = g_unix_fd_add(STDIN_FILENO, G_IO_HUP | G_IO_ERR, on_hangup, NULL);
        fal_reporter_wait(repl.reporter, &repl.done);
        remove_source(hangup);
    }
    g_clear_pointer(&repl.reporter, fal_reporter_free);
    fal_redirect_clear(&repl.to);
    g_autofree char *source = fal_session_take_source(repl.session);
    if (source)
        repl.failed = fal_batch_file(repl.session, source, FALSE) != 0;
    else
        fal_report_time(repl.session, (double)(repl.ended - repl.began) / G_USEC_PER_SEC, TRUE);
    return !repl.failed && !fal_session_quit(repl.session);
}

/* What was pasted may be several lines; they run up to the first that fails. */
static void
run_lines(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++) {
        remember(*line);
        if (!run_line(*line))
            break;
    }
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
    run_lines(line);
    free(line);
    if (fal_session_quit(repl.session) || fal_session_asks_screens(repl.session))
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
        leave(SIGHUP);
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
    if (fal_session_job(repl.session)) {
        /* Who waits for the job may not have listened yet when the signal came. */
        if (repl.reporter)
            fal_reporter_cancel(repl.reporter);
        else
            fal_session_cancel(repl.session);
        return G_SOURCE_CONTINUE;
    }
    rl_free_line_state();
    rl_callback_sigcleanup();
    fputs("^C\n", stdout);
    rl_replace_line("", 0);
    rl_on_new_line();
    rl_redisplay();
    return G_SOURCE_CONTINUE;
}

/* --- Ctrl-Z: the shell finds the terminal as it was, and the prompt as it left it --- */

#define PASTE_ON  "\033[?2004h"
#define PASTE_OFF "\033[?2004l"

static struct termios terminal_before;
static gboolean brackets_paste;
static volatile sig_atomic_t resumed;

/* Readline's own handlers are off, as Ctrl-C is the main loop's, and that knows no SIGTSTP. All
 * calls here may be made in a handler. */
static void
on_suspend(int signal_number)
{
    struct termios now;
    sigset_t this;
    int saved = errno;
    /* While a job runs readline has given the terminal back already. */
    gboolean typing = tcgetattr(STDIN_FILENO, &now) == 0 && !(now.c_lflag & ICANON);
    gboolean paste = typing && brackets_paste;

    if (paste && write(STDOUT_FILENO, PASTE_OFF, strlen(PASTE_OFF)) < 0)
        paste = FALSE;
    if (typing)
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
    sigemptyset(&this);
    sigaddset(&this, signal_number);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    sigprocmask(SIG_UNBLOCK, &this, NULL); /* here it stops, until it goes on */
    signal(signal_number, on_suspend);
    if (typing)
        tcsetattr(STDIN_FILENO, TCSANOW, &now);
    if (paste && write(STDOUT_FILENO, PASTE_ON, strlen(PASTE_ON)) < 0)
        paste = FALSE;
    resumed = typing;
    if (typing)
        raise(SIGWINCH); /* draws the line anew, from the main loop */
    errno = saved;
}

static gboolean
on_resize(gpointer data)
{
    (void)data;
    rl_resize_terminal();
    if (resumed) {
        rl_on_new_line();
        rl_forced_update_display();
    }
    resumed = FALSE;
    return G_SOURCE_CONTINUE;
}

static gboolean
on_end(gpointer data)
{
    leave(GPOINTER_TO_INT(data));
    return G_SOURCE_CONTINUE;
}

static void
set_up_readline(void)
{
    rl_readline_name = "falsetto";
    rl_catch_signals = 0;
    rl_basic_word_break_characters = "";
    rl_completer_word_break_characters = "";
    rl_attempted_completion_function = complete;
    rl_completion_display_matches_hook = display;
    rl_completion_query_items = -1;
    rl_sort_completion_matches = 0;
    rl_redisplay_function = redisplay;
    /* Before the inputrc is read, which may want it otherwise: some builds have it off. */
    rl_variable_bind("enable-bracketed-paste", "on");
    tcgetattr(STDIN_FILENO, &terminal_before);
    rl_initialize();
    brackets_paste = !g_strcmp0(rl_variable_value("enable-bracketed-paste"), "on");
    /* A Tab that can only put the case right is followed by one that lists. */
    rl_variable_bind("show-all-if-unmodified", "on");
    using_history();
    stifle_history(FAL_TYPED_LINES);
    search_by_start("\033[A", rl_get_previous_history, rl_history_search_backward);
    search_by_start("\033OA", rl_get_previous_history, rl_history_search_backward);
    search_by_start("\033[B", rl_get_next_history, rl_history_search_forward);
    search_by_start("\033OB", rl_get_next_history, rl_history_search_forward);
}

int
fal_repl_run(FalSession *session)
{
    guint signals[4];
    struct sigaction suspend = {.sa_handler = on_suspend, .sa_flags = SA_RESTART}, before;

    fal_session_set_typed(session);
    repl.session = session;
    repl.status = 0;
    repl.loop = g_main_loop_new(NULL, FALSE);
    set_up_readline();

    signals[0] = g_unix_signal_add(SIGINT, on_interrupt, NULL);
    signals[1] = g_unix_signal_add(SIGWINCH, on_resize, NULL);
    signals[2] = g_unix_signal_add(SIGTERM, on_end, GINT_TO_POINTER(SIGTERM));
    signals[3] = g_unix_signal_add(SIGHUP, on_end, GINT_TO_POINTER(SIGHUP));
    guint input = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, NULL);
    if (!repl.greeted)
        fprintf(stderr, "falsetto %s: help lists the commands, Tab completes, quit leaves\n",
                VERSION);
    repl.greeted = TRUE;
    sigaction(SIGTSTP, &suspend, &before);
    prompt();
    g_main_loop_run(repl.loop);
    rl_callback_handler_remove();
    sigaction(SIGTSTP, &before, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(signals[i]);
    remove_source(input);
    fal_last_keep(session, NULL);
    g_main_loop_unref(repl.loop);
    return repl.status;
}

const char *
fal_repl_version(void)
{
    return rl_library_version;
}
