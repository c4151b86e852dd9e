/* What was at hand last time (see last.h). A line each of a name and a value, escaped as in C,
 * as a path may hold any byte.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"
#include "query/last.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/newfile.h"
#include "base/paths.h"
#include "data/bare.h"
#include "query/session-private.h"

#define FILE_NAME  "last"
#define FIRST_LINE "falsetto-last 1"
#define MOST_BYTES 65536

static const char *const kinds[FAL_LAST_KINDS] = {"artists", "listeners"};

FalLast *
fal_last_new(void)
{
    FalLast *last = g_new0(FalLast, 1);

    for (int i = 0; i < FAL_LAST_KINDS; i++)
        last->list[i].id = last->page[i] = -1;
    return last;
}

void
fal_last_free(FalLast *last)
{
    for (int i = 0; i < FAL_LAST_KINDS; i++) {
        g_free(last->list[i].sort);
        g_free(last->list[i].filter);
    }
    g_free(last->data);
    g_free(last->model);
    g_free(last->view);
    g_free(last);
}

/* --- reading --- */

/* The bytes of a small plain file, and nothing else: a pipe in its place would never end. NULL
 * with errno. */
static char *
read_small(const char *path, gsize *n)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    g_autofree char *text = g_malloc(MOST_BYTES + 1);
    struct stat st;

    if (fd < 0)
        return NULL;
    errno = fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) ? EINVAL : 0;
    *n = 0;
    while (errno == 0 && *n <= MOST_BYTES) {
        ssize_t got = read(fd, text + *n, MOST_BYTES + 1 - *n);
        if (got < 0 && errno == EINTR)
            errno = 0;
        else if (got > 0)
            *n += (gsize)got;
        else
            break;
    }
    if (*n > MOST_BYTES)
        errno = EFBIG;
    int why = errno;
    close(fd);
    errno = why;
    if (why != 0)
        return NULL;
    text[*n] = '\0';
    return g_steal_pointer(&text);
}

static gboolean
take_text(char **place, const char *value)
{
    g_free(*place);
    *place = g_strcompress(value);
    return **place != '\0';
}

/* Of what was kept as text: what is typed and drawn has to be UTF-8. */
static gboolean
take_word(char **place, const char *value)
{
    return take_text(place, value) && g_utf8_validate(*place, -1, NULL);
}

static gboolean
take_path(char **place, const char *value)
{
    return take_text(place, value) && (g_path_is_absolute(*place) || !strcmp(*place, "demo"));
}

static gboolean
take_id(gint64 *place, const char *value)
{
    return g_ascii_string_to_signed(value, 10, 0, G_MAXINT64, place, NULL);
}

/* "artists.sort" */
static gboolean
take_of_list(FalLast *last, int kind, const char *name, const char *value)
{
    FalLastList *list = &last->list[kind];

    if (!strcmp(name, "sort"))
        return take_word(&list->sort, value);
    if (!strcmp(name, "filter"))
        return take_word(&list->filter, value);
    if (!strcmp(name, "at"))
        return take_id(&list->id, value);
    if (!strcmp(name, "page"))
        return take_id(&last->page[kind], value);
    list->reverse = list->reverse || !strcmp(name, "reversed");
    return TRUE;
}

/* A name that nobody knows is one of a later version. */
static gboolean
take_line(FalLast *last, const char *line)
{
    const char *blank = strchr(line, ' ');

    if (!blank)
        return FALSE;
    g_autofree char *name = g_strndup(line, (gsize)(blank - line));
    const char *value = blank + 1;
    if (!strcmp(name, "data"))
        return take_path(&last->data, value);
    if (!strcmp(name, "model"))
        return take_path(&last->model, value);
    if (!strcmp(name, "view"))
        return take_word(&last->view, value);
    for (int i = 0; i < FAL_LAST_KINDS; i++) {
        gsize n = strlen(kinds[i]);
        if (!strncmp(name, kinds[i], n) && name[n] == '.')
            return take_of_list(last, i, name + n + 1, value);
    }
    return TRUE;
}

/* The number of the line that is none of these, 0 where all are. */
static int
read_lines(FalLast *last, const char *text, gsize n_bytes)
{
    g_auto(GStrv) line = g_strsplit(text, "\n", -1);
    int n = (int)g_strv_length(line);

    if (strcmp(line[0] ? line[0] : "", FIRST_LINE) != 0)
        return 1;
    for (int i = 1; i < n; i++)
        if ((*line[i] || i < n - 1) && !take_line(last, line[i]))
            return i + 1;
    return strlen(text) < n_bytes ? n : last->data || last->model ? 0 : n;
}

FalLast *
fal_last_read(FalSession *session, GError **error)
{
    g_autofree char *path = fal_session_state(session) ? fal_paths_state_seen(FILE_NAME) : NULL;
    g_autoptr(FalLast) last = fal_last_new();
    gsize n_bytes;

    if (!path)
        return NULL;
    g_autofree char *text = read_small(path, &n_bytes);
    g_autofree char *shown = g_filename_display_name(path);
    if (!text && (errno == ENOENT || errno == ENOTDIR))
        return NULL;
    if (!text) {
        g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                    "what was at hand last time is not known: cannot read %s: %s", shown,
                    g_strerror(errno));
        return NULL;
    }
    int broken = read_lines(last, text, n_bytes);
    if (broken > 0) {
        g_set_error(
            error, FAL_ERROR, FAL_ERROR_DATA,
            "what was at hand last time is not known: line %d of %s is broken, and will "
            "be written anew",
            broken, shown);
        return NULL;
    }
    return g_steal_pointer(&last);
}

char *
fal_last_data_path(const FalLast *last, GError **error)
{
    return strcmp(last->data, "demo") != 0 ? g_strdup(last->data)
                                           : fal_paths_bundled("demo", error);
}

/* --- keeping --- */

/* Fills in what the session has; FALSE where that is not worth it. */
static gboolean
fill(FalLast *last, FalSession *session)
{
    FalDataset *dataset = fal_session_dataset(session);
    const char *model = fal_session_model_path(session);

    if (model)
        last->model = g_canonicalize_filename(model, NULL);
    if (dataset && !fal_dataset_is_bare(dataset)) {
        g_autofree char *demo = fal_paths_bundled("demo", NULL);
        last->data = g_canonicalize_filename(fal_dataset_path(dataset), NULL);
        g_autofree char *demo_path = demo ? g_canonicalize_filename(demo, NULL) : NULL;
        if (g_strcmp0(demo_path, last->data) == 0) {
            g_free(last->data);
            last->data = g_strdup("demo");
        }
    }
    return last->model || (last->data && strcmp(last->data, "demo") != 0);
}

static void
add_text(GString *out, const char *of, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    g_autofree char *escaped = g_strescape(value, NULL);
    g_string_append_printf(out, "%s%s%s %s\n", of, *of ? "." : "", name, escaped);
}

static void
add_id(GString *out, const char *of, const char *name, gint64 id)
{
    if (id >= 0)
        g_string_append_printf(out, "%s.%s %" G_GINT64_FORMAT "\n", of, name, id);
}

static void
add_place(GString *out, const FalLast *place)
{
    add_text(out, "", "view", place->view);
    for (int i = 0; i < FAL_LAST_KINDS; i++) {
        const FalLastList *list = &place->list[i];
        add_text(out, kinds[i], "sort", list->sort);
        add_text(out, kinds[i], "reversed", list->reverse ? "yes" : NULL);
        add_text(out, kinds[i], "filter", list->filter);
        add_id(out, kinds[i], "at", list->id);
        add_id(out, kinds[i], "page", place->page[i]);
    }
}

void
fal_last_keep(FalSession *session, const FalLast *place)
{
    g_autoptr(FalLast) now = fal_last_new();
    g_autoptr(FalLast) before = place ? NULL : fal_last_read(session, NULL);

    if (!fal_session_state(session) || !fill(now, session))
        return;
    g_autofree char *path = fal_paths_state(FILE_NAME);
    g_autoptr(GString) text = g_string_new(FIRST_LINE "\n");
    add_text(text, "", "data", now->data);
    add_text(text, "", "model", now->model);
    if (before && g_strcmp0(before->data, now->data) == 0)
        place = before;
    if (place)
        add_place(text, place);
    /* A pipe or a device in its place would be written to, and waited for. */
    if (path &&
        (g_file_test(path, G_FILE_TEST_IS_REGULAR) || !g_file_test(path, G_FILE_TEST_EXISTS)))
        fal_new_file_set(path, 0600, text->str, (gssize)text->len, NULL);
}
