/* Drives the screens by a script: keys in, what stands on the screen out. The results are TAP.
 *
 *     drive SCRIPT
 *
 * HACKING.md tells how scripts are written. The screens are those of the program, down to the
 * bytes that a terminal sends; only nobody looks. Each line of a script waits until neither a
 * job nor a timer is pending, so that no time needs to be waited for; after `now` it does not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "drive.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tui/tui.h"

/* So long may nothing happen that a line waits for. */
#define PATIENCE_US (120 * G_USEC_PER_SEC)
/* After which the program itself hangs, in seconds. */
#define HANGS 300

/* --- results --- */

void
drive_note(Drive *drive, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++)
        if (**line || line[1])
            fprintf(drive->tap, "# %s\n", *line);
}

void
drive_judge(Drive *drive, gboolean good, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    fprintf(drive->tap, "%s %d - %d: %s\n", good ? "ok" : "not ok", ++drive->n_results,
            drive->at + 1, drive->told ? drive->told : text);
    if (!good)
        drive_note(drive, text);
    drive->told = NULL;
    if (!good && drive->session && drive_term_active()) {
        g_autoptr(DriveScreen) screen = drive_screen_new();
        drive_note(drive, screen->text->str);
    }
    fflush(drive->tap);
}

static G_GNUC_NORETURN void
give_up(Drive *drive, const char *why)
{
    drive_judge(drive, FALSE, "%s: %s", why,
                drive->lines[drive->at] ? drive->lines[drive->at] : "");
    fprintf(drive->tap, "Bail out! %s:%d: %s\n", drive->file, drive->at + 1, why);
    fflush(drive->tap);
    _exit(1);
}

/* --- the script --- */

gboolean
drive_press(Drive *drive, const char *name)
{
    char *bytes = drive_term_key(name);

    if (bytes)
        g_queue_push_tail(&drive->keys, bytes);
    return bytes != NULL;
}

static gboolean
is_blank(const char *line)
{
    return !*line || *line == '#';
}

/* The line at hand in words; FALSE at the end of the script. */
static gboolean
line_at_hand(Drive *drive, char **word, const char **rest, gboolean *now)
{
    const char *line;

    while ((line = drive->lines[drive->at]) && is_blank(line)) {
        /* What stands above a blank line is about more than the next result. */
        drive->told = g_str_has_prefix(line, "# ") ? line + 2 : NULL;
        drive->at++;
    }
    if (!line)
        return FALSE;
    *now = g_str_has_prefix(line, "now ");
    if (*now)
        line += strlen("now ");
    gsize n = strcspn(line, " ");
    *word = g_strndup(line, n);
    *rest = line[n] ? line + n + 1 : "";
    return TRUE;
}

static void
note_progress(Drive *drive)
{
    drive->since = g_get_monotonic_time();
    alarm(HANGS);
}

/* TRUE where something was done after which the screens have to run. */
static gboolean
next_input(Drive *drive)
{
    g_autofree char *bytes = NULL;

    if (g_queue_is_empty(&drive->keys) || !(drive->rest || drive->keys_now))
        return FALSE;
    note_progress(drive);
    bytes = g_queue_pop_head(&drive->keys);
    drive_term_send(bytes);
    return TRUE;
}

/* The next line; FALSE where it waits, or there is input to give. */
static gboolean
next_line(Drive *drive)
{
    g_autofree char *word = NULL;
    const char *rest;
    gboolean now;

    if (!line_at_hand(drive, &word, &rest, &now)) {
        /* Whatever is at hand, these leave. */
        drive->keys_now = TRUE;
        drive_press(drive, "Escape");
        drive_press(drive, "Escape");
        drive_press(drive, "Q");
        return FALSE;
    }
    if (!drive->rest && !now)
        return FALSE;
    switch (drive_line(drive, word, rest, now)) {
    case DRIVE_DONE:
        note_progress(drive);
        drive->at++;
        return !g_str_equal(word, "size");
    case DRIVE_UNKNOWN:
        give_up(drive, "a line that makes no sense here");
    case DRIVE_WAIT:
    default:
        return FALSE;
    }
}

/* All is drawn: what does the script want? */
static void
on_idle(gboolean timer, gpointer data)
{
    Drive *drive = data;
    gint64 latency = drive_term_latency();

    if (!drive->session)
        return;
    if (latency >= 0)
        g_array_append_val(drive->latencies, latency);
    drive->rest = !timer && !fal_session_job(drive->session);
    if (next_input(drive))
        return;
    while (drive->random_left == 0 && g_queue_is_empty(&drive->keys) && next_line(drive))
        continue;
    if (drive->random_left > 0 && g_queue_is_empty(&drive->keys)) {
        drive->keys_now = TRUE;
        drive_random_next(drive);
    }
    if (!next_input(drive) && g_get_monotonic_time() - drive->since > PATIENCE_US)
        give_up(drive, "waited for too long");
}

/* --- the screens --- */

static void
show_screens(Drive *drive)
{
    g_autoptr(GError) error = NULL;

    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    note_progress(drive);
    drive->session = fal_session_new();
    fal_session_set_cache(drive->session, FALSE);
    fal_session_set_state(drive->session, !g_getenv("FAL_NO_STATE"));
    gboolean named = !g_str_equal(drive->dataset, "-");
    if (!named)
        fal_session_offer_last(drive->session);
    drive->status = fal_tui_run(
        drive->session, &(FalTuiStart){.path = named ? drive->dataset : "demo"}, &error);
    g_clear_pointer(&drive->session, fal_session_free);
    g_queue_clear_full(&drive->keys, g_free);
    g_free(drive->error);
    drive->error = g_strdup(error ? error->message : "");
}

/* Shows them, again where random keys have left them. */
static void
start(Drive *drive, const char *dataset)
{
    int n_runs = 0;

    g_free(drive->dataset);
    drive->dataset = g_strdup(*dataset ? dataset : "data");
    do {
        show_screens(drive);
        n_runs++;
        /* Ctrl-C may come before there is anything to show. */
        if (drive->random_left > 0 && drive->status != 0 && drive->status != 130)
            drive_judge(drive, FALSE, "status %d %s", drive->status, drive->error);
    } while (drive->random_left > 0);
    if (n_runs > 1) {
        g_autofree char *text = g_strdup_printf("%d runs", n_runs);
        drive_note(drive, text);
    }
    drive_judge(drive, drive_term_restored(), "the terminal is as it was");
    if (!drive->lines[drive->at])
        drive_judge(drive, drive->status == 0, "the screens end, with status 0, not %d %s",
                    drive->status, drive->error);
}

static void
run_script(Drive *drive)
{
    for (;;) {
        g_autofree char *word = NULL;
        const char *rest;
        gboolean now;

        if (!line_at_hand(drive, &word, &rest, &now))
            break;
        if (g_str_equal(word, "start")) {
            drive->at++;
            start(drive, rest);
            continue;
        }
        drive->rest = TRUE;
        if (drive_line(drive, word, rest, now) != DRIVE_DONE)
            give_up(drive, "a line that makes no sense where no screens are shown");
        drive->at++;
    }
}

/* --- the folder that a script runs in --- */

/* Artist number i has 61 - i listeners: the order of the list is known. A name that would paint
 * the screen red, and a wide one, stand among the first. */
static void
make_data(void)
{
    static const char *const named[] = {
        "Radiohead", "The Beatles", "Björk",          "椎名林檎", "Evil\033[31mRed\033]0;x\007",
        "Sigur Rós", "Nina Simone", "Nine Inch Nails"};
    g_autoptr(GString) plays = g_string_new(NULL), names = g_string_new(NULL);

    for (int a = 1; a <= 40; a++) {
        for (int u = 1; u <= 61 - a; u++)
            g_string_append_printf(plays, "%d %d %d\n", u, 100 + a, 1 + (u * a) % 7);
        if (a <= (int)G_N_ELEMENTS(named))
            g_string_append_printf(names, "%d\t%s\n", 100 + a, named[a - 1]);
        else
            g_string_append_printf(names, "%d\tArtist %02d\n", 100 + a, a);
    }
    g_mkdir("data", 0755);
    if (!g_file_set_contents("data/user_artist_data.txt", plays->str, -1, NULL) ||
        !g_file_set_contents("data/artist_data.txt", names->str, -1, NULL))
        g_error("cannot write the data");
}

static char *
enter_folder(void)
{
    static const char *const homes[][2] = {{"XDG_STATE_HOME", "state"},
                                           {"XDG_DATA_HOME", "share"},
                                           {"XDG_CONFIG_HOME", "config"},
                                           {"XDG_CACHE_HOME", "cache"}};
    char *folder = g_dir_make_tmp("falsetto-test-XXXXXX", NULL);

    if (!folder || g_chdir(folder) != 0)
        g_error("no folder for the script can be made");
    for (gsize i = 0; i < G_N_ELEMENTS(homes); i++) {
        g_autofree char *path = g_build_filename(folder, homes[i][1], NULL);
        g_setenv(homes[i][0], path, TRUE);
    }
    g_setenv("TERM", "xterm-256color", TRUE);
    g_unsetenv("NO_COLOR");
    g_unsetenv("COLORFGBG");
    make_data();
    return folder;
}

static void
remove_folder(const char *folder)
{
    GDir *entries = g_dir_open(folder, 0, NULL);
    const char *name;

    while (entries && (name = g_dir_read_name(entries))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            remove_folder(path);
        else
            g_unlink(path);
    }
    if (entries)
        g_dir_close(entries);
    g_rmdir(folder);
}

int
main(int argc, char **argv)
{
    Drive drive = {.file = argv[argc - 1]};
    g_autofree char *text = NULL, *folder = NULL;
    g_autoptr(GError) error = NULL;

    if (argc != 2 || !g_file_get_contents(argv[1], &text, NULL, &error)) {
        fprintf(stderr, "drive SCRIPT%s%s\n", error ? ": " : "", error ? error->message : "");
        return 99;
    }
    setlocale(LC_ALL, "");
    drive.lines = g_strsplit(g_strchomp(text), "\n", -1);
    drive.latencies = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_queue_init(&drive.keys);
    drive.tap = fdopen(drive_term_open(on_idle, &drive), "w");
    drive_term_size(100, 30);
    folder = enter_folder();
    run_script(&drive);
    fprintf(drive.tap, "1..%d\n", drive.n_results);
    fclose(drive.tap);
    g_chdir("/");
    remove_folder(folder);
    g_strfreev(drive.lines);
    g_array_unref(drive.latencies);
    g_clear_pointer(&drive.random, g_rand_free);
    g_free(drive.dataset);
    g_free(drive.kept);
    g_free(drive.error);
    return 0;
}
