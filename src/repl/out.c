/* Where text goes (see out.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "repl/out.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/newfile.h"
#include "base/text.h"

static struct winsize
terminal_size(int fd)
{
    struct winsize size = {0};

    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0)
        return (struct winsize){0};
    return size;
}

int
fal_out_width(int fd)
{
    return terminal_size(fd).ws_col;
}

int
fal_out_height(int fd)
{
    return terminal_size(fd).ws_row;
}

gboolean
fal_out_standard(const char *text, GError **error)
{
    if (fputs(text, stdout) != EOF && fflush(stdout) != EOF)
        return TRUE;
    if (errno != EPIPE)
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "cannot write the answer: %s",
                    g_strerror(errno));
    return FALSE;
}

/* Writes all of text; errno tells why not. */
static gboolean
write_all(int fd, const char *text)
{
    gsize n = strlen(text);

    while (n > 0) {
        ssize_t written = write(fd, text, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return FALSE;
        text += written;
        n -= (gsize)written;
    }
    return TRUE;
}

static volatile sig_atomic_t interrupted; /* by this signal, 0: by none */

static void
on_interrupt(int signal)
{
    interrupted = signal;
}

/* FALSE where the program says that it failed; one that nobody listens to any more did not. */
static gboolean
went_well(int status, const char *command, GError **error)
{
    if ((WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE) ||
        (WIFEXITED(status) && WEXITSTATUS(status) == 0))
        return TRUE;
    g_autofree char *safe = fal_text_safe(command);
    if (interrupted)
        g_set_error(error, FAL_ERROR, FAL_ERROR_CANCELLED, "\"%s\" was stopped", safe);
    else if (WIFEXITED(status))
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "\"%s\" ended with status %d", safe,
                    WEXITSTATUS(status));
    else
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "\"%s\" was ended by signal %d", safe,
                    WTERMSIG(status));
    return FALSE;
}

static gboolean
run_program(const char *command, char **environment, const char *text, GError **error)
{
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    /* Ctrl-C is the program's while it runs: a pager stays, most others end. A handler, unlike
     * SIG_IGN, is not handed on. */
    struct sigaction caught = {.sa_handler = on_interrupt}, before_int;
    g_autoptr(GError) problem = NULL;
    GPid pid;
    int input, status = 0;

    fflush(stdout);
    interrupted = 0;
    sigaction(SIGINT, &caught, &before_int);
    if (!g_spawn_async_with_pipes(NULL, (char **)argv, environment, G_SPAWN_DO_NOT_REAP_CHILD,
                                  NULL, NULL, &pid, &input, NULL, NULL, &problem)) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_FAILED, "cannot run \"%s\": %s", command,
                    problem->message);
        sigaction(SIGINT, &before_int, NULL);
        return FALSE;
    }
    /* It may leave before it has read all. */
    sigaction(SIGPIPE, &ignore, &before);
    write_all(input, text);
    close(input);
    sigaction(SIGPIPE, &before, NULL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    sigaction(SIGINT, &before_int, NULL);
    return went_well(status, command, error);
}

gboolean
fal_out_program(const char *command, const char *text, GError **error)
{
    return run_program(command, NULL, text, error);
}

gboolean
fal_out_file(const char *path, gboolean adds, const char *text, GError **error)
{
    /* A FIFO that nobody reads keeps one waiting: a signal ends that, unlike where the call is
     * begun again. */
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction caught = {.sa_handler = on_interrupt}, before[G_N_ELEMENTS(ends)];

    interrupted = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
        sigaction(ends[i], NULL, &before[i]);
        /* What nohup ignores stays so. */
        if (before[i].sa_handler != SIG_IGN)
            sigaction(ends[i], &caught, NULL);
    }
    gboolean ok = adds ? fal_new_file_add(path, 0666, text, error)
                       : fal_new_file_set(path, 0666, text, -1, error);
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++)
        sigaction(ends[i], &before[i], NULL);
    /* Ctrl-C was for the writing; the others are for the program. */
    if (interrupted && interrupted != SIGINT)
        raise(interrupted);
    return ok;
}

gboolean
fal_out_is_pipe(const char *path)
{
    struct stat file, out;

    return stat(path, &file) == 0 && fstat(STDOUT_FILENO, &out) == 0 &&
           S_ISFIFO(file.st_mode) && file.st_dev == out.st_dev && file.st_ino == out.st_ino;
}

static int
count_lines(const char *text, int enough)
{
    int n = 0;

    while (n < enough && (text = strchr(text, '\n'))) {
        n++;
        text++;
    }
    return n;
}

static const char *
pager(void)
{
    const char *ours = g_getenv("FALSETTO_PAGER"), *all = g_getenv("PAGER");
    const char *wanted = ours ? ours : all && *all ? all : "less";

    return *wanted && !g_str_equal(wanted, "cat") ? wanted : NULL;
}

gboolean
fal_out_paged(const char *text, GError **error)
{
    int height = fal_out_height(STDOUT_FILENO);
    const char *program = pager();
    gboolean dumb = !g_strcmp0(g_getenv("TERM"), "dumb");
    g_autofree char *found = NULL;

    if (!isatty(STDIN_FILENO) || height == 0 || dumb || !program ||
        count_lines(text, height) < height) /* the prompt has the last line */
        return fal_out_standard(text, error);
    /* Without less the terminal scrolls. */
    if (g_str_equal(program, "less") && !(found = g_find_program_in_path(program)))
        return fal_out_standard(text, error);
    g_auto(GStrv) environment = g_get_environ();
    /* Quits where all fits, keeps colours, leaves the text on the screen. */
    environment = g_environ_setenv(environment, "LESS", "FRX", FALSE);
    g_autoptr(GError) problem = NULL;
    if (run_program(program, environment, text, &problem))
        return TRUE;
    /* less tells at its end that there was a Ctrl-C; what was to be read was read. */
    if (g_error_matches(problem, FAL_ERROR, FAL_ERROR_CANCELLED))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&problem));
    return FALSE;
}
