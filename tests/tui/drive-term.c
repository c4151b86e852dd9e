/* The terminal of the script driver (see drive-term.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "drive-term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>

static struct {
    int master;
    int width, height;
    struct termios modes;
    DriveIdle idle;
    gpointer data;
    gboolean unread; /* what was sent has not been read yet */
    gint64 sent, latency;
} tty;

gboolean
drive_term_active(void)
{
    return stdscr && !isendwin();
}

/* What is written to the terminal must be taken from it, or the screens would wait. */
static gpointer
drain(gpointer data)
{
    char buffer[65536];
    ssize_t n;

    while ((n = read(GPOINTER_TO_INT(data), buffer, sizeof buffer)) > 0 || errno == EINTR)
        continue;
    return NULL;
}

static gboolean
knows_size(void)
{
    return LINES == tty.height && COLS == tty.width;
}

static gint
poll_and_note(GPollFD *fds, guint n, gint timeout)
{
    gint ready = poll((struct pollfd *)fds, n, timeout);

    for (guint i = 0; ready > 0 && i < n; i++)
        if (fds[i].fd == STDIN_FILENO && fds[i].revents)
            tty.unread = FALSE;
    return ready;
}

static gint
poll_screens(GPollFD *fds, guint n, gint timeout)
{
    gint ready = poll_and_note(fds, n, 0);

    if (ready != 0 || timeout == 0)
        return ready;
    if (drive_term_active() && !tty.unread && knows_size()) {
        /* A lone Escape needs no waiting for the rest of a sequence: that is sent as one. */
        set_escdelay(0);
        if (tty.sent) {
            tty.latency = g_get_monotonic_time() - tty.sent;
            tty.sent = 0;
        }
        tty.idle(timeout > 0, tty.data);
    }
    return poll_and_note(fds, n, timeout);
}

int
drive_term_open(DriveIdle idle, gpointer data)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    int slave = master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0
                    ? open(ptsname(master), O_RDWR | O_NOCTTY)
                    : -1;
    int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

    if (slave < 0 || out < 0) {
        printf("1..0 # SKIP no terminal can be had: %s\n", g_strerror(errno));
        exit(0);
    }
    tty.master = master;
    tty.latency = -1;
    tty.idle = idle;
    tty.data = data;
    dup2(slave, STDIN_FILENO);
    dup2(slave, STDOUT_FILENO);
    close(slave);
    tcgetattr(STDIN_FILENO, &tty.modes);
    g_thread_unref(g_thread_new("drain", drain, GINT_TO_POINTER(master)));
    g_main_context_set_poll_func(NULL, poll_screens);
    return out;
}

void
drive_term_size(int width, int height)
{
    struct winsize size = {.ws_row = (unsigned short)height, .ws_col = (unsigned short)width};

    tty.width = width;
    tty.height = height;
    ioctl(tty.master, TIOCSWINSZ, &size);
    if (drive_term_active())
        raise(SIGWINCH);
}

void
drive_term_send(const char *bytes)
{
    gsize length = strlen(bytes);

    tty.unread = TRUE;
    tty.sent = g_get_monotonic_time();
    if (write(tty.master, bytes, length) != (ssize_t)length)
        g_error("cannot write to the terminal: %s", g_strerror(errno));
}

gint64
drive_term_latency(void)
{
    gint64 latency = tty.latency;

    tty.latency = -1;
    return latency;
}

static char *
capability(const char *name)
{
    const char *value = tigetstr((char *)name);

    return value && value != (char *)-1 ? g_strdup(value) : NULL;
}

char *
drive_term_key(const char *name)
{
    static const struct {
        const char *name, *capability, *bytes;
    } keys[] = {
        {"Enter", NULL, "\r"},
        {"Escape", NULL, "\033"},
        {"Tab", NULL, "\t"},
        {"Space", NULL, " "},
        {"Backspace", "kbs", NULL},
        {"Delete", "kdch1", NULL},
        {"Up", "kcuu1", NULL},
        {"Down", "kcud1", NULL},
        {"Left", "kcub1", NULL},
        {"Right", "kcuf1", NULL},
        {"Home", "khome", NULL},
        {"End", "kend", NULL},
        {"PgUp", "kpp", NULL},
        {"PgDn", "knp", NULL},
        {"S-Tab", "kcbt", NULL},
        {"PasteBegin", NULL, "\033[200~"},
        {"PasteEnd", NULL, "\033[201~"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        if (g_str_equal(keys[i].name, name))
            return keys[i].bytes ? g_strdup(keys[i].bytes) : capability(keys[i].capability);
    /* Ctrl-Z would stop whoever runs the tests. */
    if (strlen(name) == 3 && g_str_has_prefix(name, "C-") && g_ascii_islower(name[2]))
        return name[2] == 'z' ? NULL : g_strdup_printf("%c", name[2] - 'a' + 1);
    return g_utf8_strlen(name, -1) == 1 ? g_strdup(name) : NULL;
}

char *
drive_term_mouse(int button, int y, int x)
{
    g_autofree char *start = capability("kmous");
    gboolean wheel = button >= 64;

    if (g_strcmp0(start, "\033[<") == 0)
        return wheel ? g_strdup_printf("\033[<%d;%d;%dM", button, x + 1, y + 1)
                     : g_strdup_printf("\033[<%d;%d;%dM\033[<%d;%d;%dm", button, x + 1, y + 1,
                                       button, x + 1, y + 1);
    return wheel ? g_strdup_printf("\033[M%c%c%c", button + 32, x + 33, y + 33)
                 : g_strdup_printf("\033[M%c%c%c\033[M#%c%c", button + 32, x + 33, y + 33,
                                   x + 33, y + 33);
}

gboolean
drive_term_restored(void)
{
    struct termios now;

    return tcgetattr(STDIN_FILENO, &now) == 0 && now.c_iflag == tty.modes.c_iflag &&
           now.c_oflag == tty.modes.c_oflag && now.c_lflag == tty.modes.c_lflag &&
           now.c_cflag == tty.modes.c_cflag &&
           !memcmp(now.c_cc, tty.modes.c_cc, sizeof now.c_cc);
}

/* --- what stands there --- */

/* Adds one cell; its width in cells. */
static int
add_cell(DriveScreen *screen, int y, int x)
{
    cchar_t cell;
    wchar_t letters[CCHARW_MAX + 1] = {0};
    attr_t attributes = 0;
    short pair = 0;

    mvin_wch(y, x, &cell);
    getcchar(&cell, letters, &attributes, &pair, NULL);
    gulong look = (attributes & A_ATTRIBUTES & ~A_COLOR) | (gulong)COLOR_PAIR(pair);
    for (int i = 0; letters[i]; i++)
        g_string_append_unichar(screen->text, (gunichar)letters[i]);
    while (screen->looks->len < screen->text->len)
        g_array_append_val(screen->looks, look);
    return g_unichar_iswide((gunichar)letters[0]) ? 2 : 1;
}

DriveScreen *
drive_screen_new(void)
{
    DriveScreen *screen = g_new0(DriveScreen, 1);
    gulong none = 0;
    int cursor_x;

    screen->text = g_string_new(NULL);
    screen->looks = g_array_new(FALSE, FALSE, sizeof(gulong));
    getyx(stdscr, screen->cursor_y, cursor_x);
    for (int y = 0; y < LINES; y++) {
        gsize start = screen->text->len;
        for (int x = 0; x < COLS;)
            x += add_cell(screen, y, x);
        while (screen->text->len > start && screen->text->str[screen->text->len - 1] == ' ')
            g_string_truncate(screen->text, screen->text->len - 1);
        g_string_append_c(screen->text, '\n');
        g_array_set_size(screen->looks, (guint)screen->text->len - 1);
        g_array_append_val(screen->looks, none);
    }
    move(screen->cursor_y, cursor_x);
    return screen;
}

void
drive_screen_free(DriveScreen *screen)
{
    if (!screen)
        return;
    g_string_free(screen->text, TRUE);
    g_array_unref(screen->looks);
    g_free(screen);
}
