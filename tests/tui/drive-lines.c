/* What the lines of a script do (see drive.h, and HACKING.md for all of them).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "drive.h"

#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "base/task.h"
#include "tui/term.h"

/* --- input --- */

static gboolean
press_all(Drive *drive, const char *names)
{
    g_auto(GStrv) each = g_strsplit(names, " ", -1);
    gboolean known = TRUE;

    for (char **name = each; *name; name++)
        known = known && drive_press(drive, *name);
    return known;
}

/* Each character is a key. */
static gboolean
type(Drive *drive, const char *text)
{
    for (const char *c = text; *c; c = g_utf8_next_char(c))
        g_queue_push_tail(&drive->keys, g_strndup(c, (gsize)(g_utf8_next_char(c) - c)));
    return TRUE;
}

static gboolean
paste(Drive *drive, const char *text)
{
    g_autofree char *plain = g_strcompress(text);

    return drive_press(drive, "PasteBegin") && type(drive, plain) &&
           drive_press(drive, "PasteEnd");
}

static gboolean
mouse(Drive *drive, const char *text)
{
    static const struct {
        const char *name;
        int button;
    } buttons[] = {{"click", 0}, {"up", 64}, {"down", 65}};
    char name[16];
    int y, x;

    if (sscanf(text, "%15s %d %d", name, &y, &x) != 3)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(buttons); i++) {
        if (!g_str_equal(buttons[i].name, name))
            continue;
        g_queue_push_tail(&drive->keys, drive_term_mouse(buttons[i].button, y, x));
        return TRUE;
    }
    return FALSE;
}

static gboolean
give_input(Drive *drive, const char *word, const char *rest, gboolean *done)
{
    *done = TRUE;
    if (g_str_equal(word, "keys"))
        return press_all(drive, rest);
    if (g_str_equal(word, "text"))
        return type(drive, rest);
    if (g_str_equal(word, "type"))
        return type(drive, rest) && drive_press(drive, "Enter");
    if (g_str_equal(word, "paste"))
        return paste(drive, rest);
    if (g_str_equal(word, "mouse"))
        return mouse(drive, rest);
    *done = FALSE;
    return TRUE;
}

static gboolean
set_size(const char *rest)
{
    int width, height;
    gboolean good = sscanf(rest, "%dx%d", &width, &height) == 2 && width > 0 && height > 0;

    if (good)
        drive_term_size(width, height);
    return good;
}

/* --- the screen --- */

static GRegex *
pattern_of(const char *pattern)
{
    GError *error = NULL;
    GRegex *regex = g_regex_new(pattern, G_REGEX_MULTILINE, 0, &error);

    if (!regex)
        g_error("%s", error->message);
    return regex;
}

static gboolean
holds(const char *text, const char *pattern)
{
    g_autoptr(GRegex) regex = pattern_of(pattern);

    return g_regex_match(regex, text, 0, NULL);
}

static const struct {
    const char *name;
    char letter;
} roles[FAL_N_ROLES] = {
    [FAL_ROLE_TEXT] = {"text", '.'},         [FAL_ROLE_TITLE] = {"title", 'T'},
    [FAL_ROLE_DIM] = {"dim", 'd'},           [FAL_ROLE_HEADER] = {"header", 'h'},
    [FAL_ROLE_SELECTED] = {"selected", 'S'}, [FAL_ROLE_MARKED] = {"marked", 'm'},
    [FAL_ROLE_FOUND] = {"found", 'f'},       [FAL_ROLE_BAR] = {"bar", 'b'},
    [FAL_ROLE_HIT] = {"hit", 'H'},           [FAL_ROLE_ERROR] = {"error", 'e'},
    [FAL_ROLE_KEY] = {"key", 'k'},           [FAL_ROLE_EDITED] = {"edited", 'E'},
    [FAL_ROLE_VIEW] = {"view", 'V'},         [FAL_ROLE_RULE] = {"rule", 'r'},
    [FAL_ROLE_SERIES_1] = {"series-1", '1'}, [FAL_ROLE_SERIES_2] = {"series-2", '2'},
    [FAL_ROLE_NAME] = {"name", 'n'},         [FAL_ROLE_CLOUD_1] = {"cloud-1", 'u'},
    [FAL_ROLE_CLOUD_2] = {"cloud-2", 'v'},   [FAL_ROLE_CLOUD_3] = {"cloud-3", 'w'},
    [FAL_ROLE_CLOUD_4] = {"cloud-4", 'x'},   [FAL_ROLE_CLOUD_5] = {"cloud-5", 'y'},
    [FAL_ROLE_CLOUD_6] = {"cloud-6", 'z'},
    [FAL_ROLE_SERIES_3] = {"series-3", '3'}, [FAL_ROLE_SERIES_4] = {"series-4", '4'},
};

/* Whether something that matches has this role's look in all its cells but blanks. */
static gboolean
has_role(const DriveScreen *screen, int role, const char *pattern)
{
    g_autoptr(GRegex) regex = pattern_of(pattern);
    g_autoptr(GMatchInfo) match = NULL;
    gulong look = fal_term_look((FalRole)role);

    g_regex_match(regex, screen->text->str, 0, &match);
    while (g_match_info_matches(match)) {
        gint start, end;
        gboolean all = TRUE;
        g_match_info_fetch_pos(match, 0, &start, &end);
        for (gint i = start; i < end; i++)
            all = all && (g_ascii_isspace(screen->text->str[i]) ||
                          g_array_index(screen->looks, gulong, i) == look);
        if (all && end > start)
            return TRUE;
        g_match_info_next(match, NULL);
    }
    return FALSE;
}

/* Roles that look the same show as the first of them. */
static char *
role_letters(const DriveScreen *screen)
{
    GString *out = g_string_new(NULL);

    for (const char *c = screen->text->str; *c; c = g_utf8_next_char(c)) {
        gulong look = g_array_index(screen->looks, gulong, c - screen->text->str);
        char letter = '?';
        for (int role = 0; role < FAL_N_ROLES && letter == '?'; role++)
            if (fal_term_look((FalRole)role) == look)
                letter = roles[role].letter ? roles[role].letter : '?';
        g_string_append_c(out,
                          g_ascii_isspace(*c) && (*c == '\n' || letter == '.') ? *c : letter);
    }
    return g_string_free(out, FALSE);
}

static gboolean
cursor_line_holds(const DriveScreen *screen, const char *pattern)
{
    g_auto(GStrv) lines = g_strsplit(screen->text->str, "\n", -1);

    return holds(lines[screen->cursor_y], pattern);
}

/* The lines that follow and begin with a bar are all of the screen. */
static gboolean
is_screen(Drive *drive, const char *text)
{
    g_autoptr(GString) wanted = g_string_new(NULL);
    const char *line;

    while ((line = drive->lines[drive->at + 1]) && line[0] == '|') {
        g_string_append(wanted, line + 1);
        g_string_append_c(wanted, '\n');
        drive->at++;
    }
    return g_str_equal(wanted->str, text);
}

static DriveOutcome
expect_role(Drive *drive, const DriveScreen *screen, const char *rest, gboolean now)
{
    g_auto(GStrv) words = g_strsplit(*rest ? rest : " ", " ", 2);

    for (int role = 0; role < FAL_N_ROLES; role++) {
        if (g_strcmp0(roles[role].name, words[0]) != 0 || !words[1])
            continue;
        gboolean good = has_role(screen, role, words[1]);
        if (!good && now && !drive->rest)
            return DRIVE_WAIT;
        drive_judge(drive, good, "expect-role %s", rest);
        if (!good) {
            g_autofree char *letters = role_letters(screen);
            drive_note(drive, letters);
        }
        return DRIVE_DONE;
    }
    return DRIVE_UNKNOWN;
}

/* After `now` it may still come, as long as something goes on. */
static DriveOutcome
look(Drive *drive, const char *word, const char *rest, gboolean now)
{
    g_autoptr(DriveScreen) screen = drive_screen_new();
    gboolean good;

    if (g_str_equal(word, "expect-role"))
        return expect_role(drive, screen, rest, now);
    if (g_str_equal(word, "expect"))
        good = holds(screen->text->str, rest);
    else if (g_str_equal(word, "expect-not"))
        good = !holds(screen->text->str, rest);
    else if (g_str_equal(word, "cursor"))
        good = cursor_line_holds(screen, rest);
    else if (g_str_equal(word, "screen"))
        good = is_screen(drive, screen->text->str);
    else if (g_str_equal(word, "same"))
        good = g_strcmp0(drive->kept, screen->text->str) == 0;
    else
        return DRIVE_UNKNOWN;
    if (!good && now && !drive->rest)
        return DRIVE_WAIT;
    drive_judge(drive, good, "%s %s", word, rest);
    if (!good && g_str_equal(word, "same"))
        drive_note(drive, drive->kept ? drive->kept : "nothing was kept");
    return DRIVE_DONE;
}

static gboolean
show(Drive *drive, const char *word)
{
    g_autoptr(DriveScreen) screen = drive_screen_new();

    if (g_str_equal(word, "keep")) {
        g_free(drive->kept);
        drive->kept = g_strdup(screen->text->str);
    } else if (g_str_equal(word, "roles")) {
        g_autofree char *letters = role_letters(screen);
        drive_note(drive, letters);
    } else if (g_str_equal(word, "dump")) {
        drive_note(drive, screen->text->str);
    } else {
        return FALSE;
    }
    return TRUE;
}

/* --- around the screens --- */

/* env NAME=VALUE, or env NAME for none. */
static void
set_variable(const char *rest)
{
    g_auto(GStrv) parts = g_strsplit(*rest ? rest : "=", "=", 2);

    if (parts[1])
        g_setenv(parts[0], parts[1], TRUE);
    else
        g_unsetenv(parts[0]);
}

/* write NAME TEXT, remove NAME, no-file NAME, file NAME PATTERN */
static gboolean
do_file(Drive *drive, const char *word, const char *rest)
{
    /* An empty text has no parts at all. */
    g_auto(GStrv) parts = g_strsplit(*rest ? rest : " ", " ", 2);
    g_autofree char *text = parts[1] ? g_strcompress(parts[1]) : NULL;
    g_autofree char *found = NULL;

    if (g_str_equal(word, "write") && text) {
        g_autofree char *folder = g_path_get_dirname(parts[0]);
        g_mkdir_with_parents(folder, 0755);
        return g_file_set_contents(parts[0], text, -1, NULL);
    }
    if (g_str_equal(word, "remove"))
        return g_unlink(rest) == 0;
    if (g_str_equal(word, "no-file")) {
        drive_judge(drive, !g_file_test(rest, G_FILE_TEST_EXISTS), "no-file %s", rest);
        return TRUE;
    }
    if (!g_str_equal(word, "file") || !parts[1])
        return FALSE;
    gboolean there = g_file_get_contents(parts[0], &found, NULL, NULL);
    gboolean good = there && holds(found, parts[1]);
    drive_judge(drive, good, "file %s", rest);
    if (!good)
        drive_note(drive, there ? found : "there is no such file");
    return TRUE;
}

static int
by_size(gconstpointer a, gconstpointer b)
{
    gint64 first = *(const gint64 *)a, second = *(const gint64 *)b;

    return (first > second) - (first < second);
}

/* latency PERCENT MS: so many of the keys since it was last asked were drawn in less. */
static gboolean
judge_latency(Drive *drive, const char *rest)
{
    double percent, limit;
    guint n = drive->latencies->len;

    if (sscanf(rest, "%lf %lf", &percent, &limit) != 2 || n == 0)
        return FALSE;
    g_array_sort(drive->latencies, by_size);
    const gint64 *sorted = (const gint64 *)(gpointer)drive->latencies->data;
    gint64 reached = sorted[MIN(n - 1, (guint)(n * percent / 100))];
    g_autofree char *text =
        g_strdup_printf("%u keys: median %.1f ms, %.0f %% within %.1f ms, worst %.1f ms", n,
                        (double)sorted[n / 2] / 1000, percent, (double)reached / 1000,
                        (double)sorted[n - 1] / 1000);
    drive_note(drive, text);
    drive_judge(drive, (double)reached < limit * 1000, "latency %s", rest);
    g_array_set_size(drive->latencies, 0);
    return TRUE;
}

/* random N, browse N: the variables FAL_KEYS and FAL_SEED choose others. */
static gboolean
begin_random(Drive *drive, const char *word, const char *rest)
{
    const char *seed = g_getenv("FAL_SEED"), *n = g_getenv("FAL_KEYS");
    guint32 number = (guint32)strtoul(seed ? seed : "1", NULL, 10);
    g_autofree char *text = g_strdup_printf("keys of seed %u", number);

    drive_note(drive, text);
    g_array_set_size(drive->latencies, 0);
    drive_random_begin(drive, atoi(n ? n : rest), number, g_str_equal(word, "browse"));
    return drive->random_left > 0;
}

/* ended STATUS [PATTERN] */
static gboolean
judge_end(Drive *drive, const char *rest)
{
    const char *pattern = strchr(rest, ' ');

    drive_judge(drive,
                drive->status == atoi(rest) && (!pattern || holds(drive->error, pattern + 1)),
                "ended %s: %d %s", rest, drive->status, drive->error);
    return TRUE;
}

DriveOutcome
drive_line(Drive *drive, const char *word, const char *rest, gboolean now)
{
    gboolean done, good;

    if (g_str_equal(word, "size"))
        return set_size(rest) ? DRIVE_DONE : DRIVE_UNKNOWN;
    if (do_file(drive, word, rest))
        return DRIVE_DONE;
    if (!drive->session) {
        if (g_str_equal(word, "env"))
            set_variable(rest);
        else if (!g_str_equal(word, "ended") || !judge_end(drive, rest))
            return DRIVE_UNKNOWN;
        return DRIVE_DONE;
    }
    good = give_input(drive, word, rest, &done);
    if (done) {
        drive->keys_now = now;
        return good ? DRIVE_DONE : DRIVE_UNKNOWN;
    }
    if (g_str_equal(word, "hold")) {
        fal_task_pause_at(atoi(rest));
        return atoi(rest) > 0 ? DRIVE_DONE : DRIVE_UNKNOWN;
    }
    if (g_str_equal(word, "wait") || show(drive, word))
        return DRIVE_DONE;
    if (g_str_equal(word, "latency"))
        return judge_latency(drive, rest) ? DRIVE_DONE : DRIVE_UNKNOWN;
    if (g_str_equal(word, "random") || g_str_equal(word, "browse"))
        return begin_random(drive, word, rest) ? DRIVE_DONE : DRIVE_UNKNOWN;
    return look(drive, word, rest, now);
}
