/* The terminal (see term.h). The only state of the screens that belongs to nobody: a signal
 * handler must find it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "tui/term.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>

#include <glib-unix.h>

#include "base/error.h"
#include "tui/keys.h"
#include "tui/theme.h"

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};

static const char crash_line[] = "falsetto: crashed; the terminal was put back in order\r\n";

/* Keys that terminals send around what is pasted, once asked to. */
static const char paste_on[] = "\033[?2004h", paste_off[] = "\033[?2004l";
static const char mouse_off[] = "\033[?1000l\033[?1006l";
/* Their codes for curses: beyond those that it gives to a terminal's own extra keys. */
enum { PASTE_BEGIN = 2001, PASTE_END = 2002 };

static struct {
    gboolean active;
    gboolean pastes, clicks; /* what it can be asked for */
    SCREEN *screen;
    attr_t look[FAL_N_ROLES];
    int signal_pipe[2];
    struct sigaction old_stop, old_continue, old_crash[G_N_ELEMENTS(crash_signals)];
    /* For the crash handler: prepared while all is well. */
    struct termios modes;
    char restore[256];
    gsize n_restore;
    stack_t stack;
} term;

static const struct {
    int curses;
    gunichar code;
} key_codes[] = {
    {KEY_UP, FAL_CODE_UP},
    {KEY_DOWN, FAL_CODE_DOWN},
    {KEY_LEFT, FAL_CODE_LEFT},
    {KEY_RIGHT, FAL_CODE_RIGHT},
    {KEY_HOME, FAL_CODE_HOME},
    {KEY_END, FAL_CODE_END},
    {KEY_PPAGE, FAL_CODE_PAGE_UP},
    {KEY_NPAGE, FAL_CODE_PAGE_DOWN},
    {KEY_BACKSPACE, FAL_CODE_BACKSPACE},
    {KEY_DC, FAL_CODE_DELETE},
    {KEY_BTAB, FAL_CODE_BACK_TAB},
    {KEY_ENTER, FAL_CODE_ENTER},
    {PASTE_BEGIN, FAL_CODE_PASTE_BEGIN},
    {PASTE_END, FAL_CODE_PASTE_END},
    {KEY_MOUSE, FAL_CODE_MOUSE},
    {KEY_IC, FAL_CODE_INSERT},
};

/* --- the way out when all is lost: async-signal-safe calls only --- */

static void
crash(int number)
{
    ssize_t ignored;

    ignored = write(STDOUT_FILENO, term.restore, term.n_restore);
    tcsetattr(STDIN_FILENO, TCSANOW, &term.modes);
    ignored = write(STDERR_FILENO, crash_line, sizeof crash_line - 1);
    (void)ignored;
    /* SA_RESETHAND has put the default action back. */
    raise(number);
}

static int
keep_byte(int byte)
{
    if (term.n_restore < sizeof term.restore)
        term.restore[term.n_restore++] = (char)byte;
    return byte;
}

static void
keep_capability(const char *name)
{
    const char *value = tigetstr((char *)name);

    if (value && value != (char *)-1)
        tputs(value, 1, keep_byte);
}

static void
prepare_crash(void)
{
    static const char *const capabilities[] = {"sgr0", "op", "rmkx", "cnorm", "rmcup"};
    struct sigaction action = {.sa_handler = crash, .sa_flags = (int)SA_RESETHAND | SA_ONSTACK};

    term.n_restore = 0;
    if (term.pastes)
        for (const char *p = paste_off; *p; p++)
            keep_byte(*p);
    /* It may be turned on later. */
    if (term.clicks)
        for (const char *p = mouse_off; *p; p++)
            keep_byte(*p);
    for (gsize i = 0; i < G_N_ELEMENTS(capabilities); i++)
        keep_capability(capabilities[i]);
    /* A stack of its own, as the crash may be that the stack is used up. */
    term.stack.ss_size = (size_t)MAX(65536, SIGSTKSZ);
    term.stack.ss_sp = g_malloc(term.stack.ss_size);
    sigaltstack(&term.stack, NULL);
    sigemptyset(&action.sa_mask);
    for (gsize i = 0; i < G_N_ELEMENTS(crash_signals); i++)
        sigaction(crash_signals[i], &action, &term.old_crash[i]);
}

static void
forget_crash(void)
{
    stack_t none = {.ss_flags = SS_DISABLE};

    for (gsize i = 0; i < G_N_ELEMENTS(crash_signals); i++)
        sigaction(crash_signals[i], &term.old_crash[i], NULL);
    sigaltstack(&none, NULL);
    g_clear_pointer(&term.stack.ss_sp, g_free);
}

/* --- stop and go on --- */

static void
note_signal(int number)
{
    int saved = errno;
    char byte = number == SIGTSTP ? 'z' : 'c';
    ssize_t ignored = write(term.signal_pipe[1], &byte, 1);

    (void)ignored;
    errno = saved;
}

static gboolean
watch_stops(GError **error)
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};

    if (!g_unix_open_pipe(term.signal_pipe, FD_CLOEXEC, error))
        return FALSE;
    g_unix_set_fd_nonblocking(term.signal_pipe[0], TRUE, NULL);
    g_unix_set_fd_nonblocking(term.signal_pipe[1], TRUE, NULL);
    sigemptyset(&action.sa_mask);
    sigaction(SIGTSTP, &action, &term.old_stop);
    sigaction(SIGCONT, &action, &term.old_continue);
    return TRUE;
}

static void
unwatch_stops(void)
{
    sigaction(SIGTSTP, &term.old_stop, NULL);
    sigaction(SIGCONT, &term.old_continue, NULL);
    close(term.signal_pipe[0]);
    close(term.signal_pipe[1]);
}

static void
set_paste(gboolean on)
{
    if (!term.pastes)
        return;
    putp(on ? paste_on : paste_off);
    fflush(stdout);
}

static void
retake(void)
{
    reset_prog_mode();
    set_paste(TRUE);
    fal_term_resize();
    fal_term_redraw();
}

void
fal_term_suspend(void)
{
    struct sigaction saved, plain = {.sa_handler = SIG_DFL}, deaf = {.sa_handler = SIG_IGN};

    set_paste(FALSE);
    endwin();
    /* The others of the group first (a script around us, say), deaf ourselves; then this
     * thread, which so does not run on before it is stopped. Where nobody could ever wake us
     * (an orphaned group) the system ignores it, and we are back at once. */
    sigemptyset(&plain.sa_mask);
    sigemptyset(&deaf.sa_mask);
    sigaction(SIGTSTP, &deaf, &saved);
    kill(0, SIGTSTP);
    sigaction(SIGTSTP, &plain, NULL);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &saved, NULL);
    retake();
}

int
fal_term_signal_fd(void)
{
    return term.signal_pipe[0];
}

void
fal_term_signalled(void)
{
    char bytes[64];
    ssize_t n;
    gboolean stop = FALSE;

    while ((n = read(term.signal_pipe[0], bytes, sizeof bytes)) > 0)
        stop = stop || memchr(bytes, 'z', (size_t)n) != NULL;
    if (stop)
        fal_term_suspend();
    else
        retake();
}

/* --- start and stop --- */

/* Colours as they are, not by number: terminfo's extension RGB, which says so, or says how many
 * bits each part has. */
static gboolean
is_direct(void)
{
    const char *bits = tigetstr((char *)"RGB");

    return COLORS >= 0x1000000 &&
           (tigetflag((char *)"RGB") == 1 || tigetnum((char *)"RGB") == 8 ||
            (bits && bits != (char *)-1));
}

/* A colour as this terminal takes it. Of those that it takes as they are the first eight are
 * its own, and what is as dark as their numbers is black. */
static int
curses_colour(FalColour colour, gboolean direct)
{
    if (!direct || colour < 8)
        return colour;
    guint rgb = fal_colour_rgb(colour);
    return rgb < 8 ? 0 : (int)rgb;
}

static void
set_pair(int pair, int fore, int back)
{
#if defined(NCURSES_EXT_COLORS) && NCURSES_VERSION_PATCH >= 20170401
    init_extended_pair(pair, fore, back);
#else
    init_pair((short)pair, (short)fore, (short)back);
#endif
}

static attr_t
attributes_of(guint look)
{
    return (look & FAL_LOOK_BOLD ? A_BOLD : 0) | (look & FAL_LOOK_DIM ? A_DIM : 0) |
           (look & FAL_LOOK_UNDERLINE ? A_UNDERLINE : 0) |
           (look & FAL_LOOK_REVERSE ? A_REVERSE : 0);
}

static void
choose_looks(const char *theme, const char *colors, const FalPaint *paint)
{
    const char *no_color = g_getenv("NO_COLOR");
    gboolean light = g_str_equal(theme, "light") ||
                     (g_str_equal(theme, "auto") && fal_theme_is_light(g_getenv("COLORFGBG")));
    gboolean any = !g_str_equal(theme, "mono") && has_colors() && start_color() == OK &&
                   use_default_colors() == OK;
    gboolean direct = any && is_direct();
    FalDepth depth =
        any ? fal_theme_depth(colors, COLORS, direct, no_color && *no_color) : FAL_DEPTH_NONE;

    for (int role = 0; role < FAL_N_ROLES; role++) {
        FalLook look = fal_theme_look((FalRole)role, light, depth, paint);
        attr_t attributes = attributes_of(look.attributes);
        if (look.fore != FAL_COLOUR_DEFAULT || look.back != FAL_COLOUR_DEFAULT) {
            set_pair(role + 1, curses_colour(look.fore, direct),
                     curses_colour(look.back, direct));
            attributes |= (attr_t)COLOR_PAIR(role + 1);
        }
        term.look[role] = attributes;
    }
}

static gboolean
has_capability(const char *name)
{
    const char *value = tigetstr((char *)name);

    return value && value != (char *)-1;
}

/* Whether this terminal can place its cursor; says so before anything is written to it. */
static gboolean
check_terminal(GError **error)
{
    int status = 0;
    const char *name = g_getenv("TERM");
    gboolean known = setupterm(NULL, STDOUT_FILENO, &status) == OK;
    gboolean fit = known && has_capability("cup") && !tigetflag((char *)"hc");

    if (known) {
        term.pastes = tigetflag((char *)"XT") == 1 || has_capability("BE");
        term.clicks = has_capability("kmous");
        del_curterm(cur_term);
    }
    if (!fit)
        g_set_error(error, FAL_ERROR, FAL_ERROR_USAGE,
                    "this terminal (TERM=%s) cannot show screens; use --repl",
                    name ? name : "");
    return fit;
}

gboolean
fal_term_start(GError **error)
{
    g_return_val_if_fail(!term.active, FALSE);
    if (tcgetattr(STDIN_FILENO, &term.modes) != 0 || !isatty(STDOUT_FILENO)) {
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_USAGE,
                            "the screens need a terminal; use --repl, or -c COMMAND");
        return FALSE;
    }
    if (!check_terminal(error) || !watch_stops(error))
        return FALSE;
    term.screen = newterm(NULL, stdout, stdin);
    if (!term.screen) {
        unwatch_stops();
        g_set_error_literal(error, FAL_ERROR, FAL_ERROR_USAGE,
                            "this terminal cannot show screens; use --repl");
        return FALSE;
    }
    term.active = TRUE;
    prepare_crash();
    raw();
    noecho();
    nonl();
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    set_escdelay(25);
    define_key("\033[200~", PASTE_BEGIN);
    define_key("\033[201~", PASTE_END);
    set_paste(TRUE);
    choose_looks("auto", "auto", NULL);
    fal_term_resize();
    return TRUE;
}

void
fal_term_stop(void)
{
    if (!term.active)
        return;
    set_paste(FALSE);
    endwin();
    delscreen(term.screen);
    term.screen = NULL;
    term.active = FALSE;
    forget_crash();
    unwatch_stops();
}

void
fal_term_size(int *height, int *width)
{
    getmaxyx(stdscr, *height, *width);
}

void
fal_term_resize(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
}

/* Reads away the rest of a sequence that curses does not know, so that its letters do not act
 * as keys. */
static void
skip_sequence(void)
{
    wint_t c;

    if (get_wch(&c) != OK)
        return;
    if (c != '[' && c != 'O') {
        unget_wch((wchar_t)c);
        return;
    }
    while (get_wch(&c) == OK && (c < 0x40 || c > 0x7e))
        continue;
}

static gunichar
special_key(int key)
{
    for (gsize i = 0; i < G_N_ELEMENTS(key_codes); i++)
        if (key_codes[i].curses == key)
            return key_codes[i].code;
    if (key >= KEY_F(1) && key <= KEY_F(12))
        return FAL_CODE_F1 + (gunichar)(key - KEY_F(1));
    return FAL_CODE_NONE;
}

gboolean
fal_term_key(gunichar *code)
{
    wint_t c;
    int kind;

    /* Keys that mean nothing here are none; a resize comes as one, too. */
    do {
        kind = get_wch(&c);
        *code = kind == KEY_CODE_YES ? special_key((int)c) : (gunichar)c;
    } while (kind != ERR && *code == FAL_CODE_NONE);
    if (kind == ERR)
        return FALSE;
    if (kind == OK && (c == 127 || c == 8))
        *code = FAL_CODE_BACKSPACE;
    else if (kind == OK && c == '\n')
        *code = FAL_CODE_ENTER;
    if (*code == FAL_CODE_ESCAPE)
        skip_sequence();
    return TRUE;
}

void
fal_term_theme(const char *theme, const char *colors, const FalPaint *paint)
{
    choose_looks(theme, colors, paint);
    clearok(stdscr, TRUE);
}

gulong
fal_term_look(FalRole role)
{
    return (gulong)term.look[role];
}

void
fal_term_begin(void)
{
    erase();
}

void
fal_term_show(int y, int x)
{
    move(CLAMP(y, 0, LINES - 1), CLAMP(x, 0, COLS - 1));
    refresh();
}

void
fal_term_redraw(void)
{
    clearok(stdscr, TRUE);
}

void
fal_term_copy(const char *text)
{
    g_autofree char *coded = g_base64_encode((const guchar *)text, strlen(text));

    /* Between two frames nothing of curses waits to be written. */
    fprintf(stdout, "\033]52;c;%s\a", coded);
    fflush(stdout);
}

void
fal_term_mouse(gboolean on)
{
    mouseinterval(0);
    mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}

gboolean
fal_term_mouse_event(FalMouse *what, int *y, int *x)
{
    MEVENT event;

    if (getmouse(&event) != OK)
        return FALSE;
    *y = event.y;
    *x = event.x;
    if (event.bstate & BUTTON4_PRESSED)
        *what = FAL_MOUSE_WHEEL_UP;
    else if (event.bstate & BUTTON5_PRESSED)
        *what = FAL_MOUSE_WHEEL_DOWN;
    else if (event.bstate & BUTTON1_PRESSED)
        *what = FAL_MOUSE_CLICK;
    else
        return FALSE;
    return TRUE;
}

const char *
fal_term_version(void)
{
    return curses_version();
}
