/* Reading lines from files and archives, good ones and broken ones.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "data/reader.h"
#include "fixture.h"

typedef enum { TAR, TAR_GZ, ZIP, RAW_GZ, RAW_BZ2, RAW_XZ } Kind;

typedef struct {
    const char *name;
    const char *bytes;
    gssize n_bytes; /* -1 for a text */
} Member;

/* Writes an archive (for the RAW kinds: its only member, compressed). Returns its path. */
static char *
write_archive(const char *folder, const char *name, Kind kind, const Member *members, gsize n)
{
    char *path = g_build_filename(folder, name, NULL);
    struct archive *archive = archive_write_new();

    if (kind == TAR_GZ || kind == RAW_GZ)
        g_assert_cmpint(archive_write_add_filter_gzip(archive), ==, ARCHIVE_OK);
    if (kind == RAW_BZ2)
        g_assert_cmpint(archive_write_add_filter_bzip2(archive), ==, ARCHIVE_OK);
    if (kind == RAW_XZ)
        g_assert_cmpint(archive_write_add_filter_xz(archive), ==, ARCHIVE_OK);
    if (kind == ZIP)
        g_assert_cmpint(archive_write_set_format_zip(archive), ==, ARCHIVE_OK);
    else if (kind == TAR || kind == TAR_GZ)
        g_assert_cmpint(archive_write_set_format_pax_restricted(archive), ==, ARCHIVE_OK);
    else
        g_assert_cmpint(archive_write_set_format_raw(archive), ==, ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(archive, 1);
    g_assert_cmpint(archive_write_open_filename(archive, path), ==, ARCHIVE_OK);
    for (gsize i = 0; i < n; i++) {
        const Member *member = &members[i];
        gsize size = member->n_bytes < 0 ? strlen(member->bytes) : (gsize)member->n_bytes;
        struct archive_entry *entry = archive_entry_new();

        archive_entry_set_pathname(entry, member->name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)size);
        g_assert_cmpint(archive_write_header(archive, entry), ==, ARCHIVE_OK);
        g_assert_cmpint(archive_write_data(archive, member->bytes, size), ==, (gssize)size);
        archive_entry_free(entry);
    }
    g_assert_cmpint(archive_write_free(archive), ==, ARCHIVE_OK);
    return path;
}

static gboolean
collect(const char *line, gsize n_bytes, gint64 line_no, gpointer data, GError **error)
{
    (void)error;
    g_string_append_printf(data, "%" G_GINT64_FORMAT ":", line_no);
    g_string_append_len(data, line, (gssize)n_bytes);
    g_string_append_c(data, '|');
    return TRUE;
}

/* Rows that hardly compress, so that the compressed file spans more than a block. */
static char *
many_rows(gsize n)
{
    GString *rows = g_string_new(NULL);
    guint32 state = 1;

    for (gsize i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        g_string_append_printf(rows, "%u %u %u\n", state >> 12, (state * 48271u) >> 11,
                               1 + (state >> 28));
    }
    return g_string_free(rows, FALSE);
}

/* The lines of a file as "1:first|2:second|"; NULL for an error. */
static char *
lines_of(const char *path, GError **error)
{
    g_autoptr(GString) lines = g_string_new(NULL);

    if (!fal_reader_lines(path, collect, lines, NULL, error))
        return NULL;
    return g_strdup(lines->str);
}

static char *
part_of(const FalSource *source, FalPart part)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(fal_source_has(source, part));
    g_assert_true(fal_source_read(source, part, collect, lines, NULL, &error));
    g_assert_no_error(error);
    return g_strdup(lines->str);
}

/* Of just that size, so that reading past the end would be noticed. */
static char *
copy_of(const char *bytes, gsize n_bytes)
{
    char *copy = g_malloc(n_bytes);

    if (n_bytes)
        memcpy(copy, bytes, n_bytes);
    return copy;
}

static void
test_parse_play(void)
{
    static const struct {
        const char *line;
        const char *problem;
        gint64 user, artist;
        guint32 plays;
    } cases[] = {
        {"1000002 1 55", NULL, 1000002, 1, 55},
        {"1\t2\t3", NULL, 1, 2, 3},
        {"  1 \t 2   3 \t", NULL, 1, 2, 3},
        {"1 2", NULL, 1, 2, 1},
        {"1 2 ", NULL, 1, 2, 1},
        {"0 0 1", NULL, 0, 0, 1},
        {"007 08 09", NULL, 7, 8, 9},
        {"00000000000000000000000000001 2 3", NULL, 1, 2, 3},
        {"9223372036854775807 9223372036854775807 4294967295", NULL, G_MAXINT64, G_MAXINT64,
         G_MAXUINT32},
        {"", "empty line", 0, 0, 0},
        {" \t ", "empty line", 0, 0, 0},
        {"1", "no artist id", 0, 0, 0},
        {"1 ", "no artist id", 0, 0, 0},
        {"x 2 3", "user id is not a number", 0, 0, 0},
        {"1x 2 3", "user id is not a number", 0, 0, 0},
        {"1,2,3", "user id is not a number", 0, 0, 0},
        {"+1 2 3", "user id is not a number", 0, 0, 0},
        {"- 2 3", "user id is not a number", 0, 0, 0},
        {"-", "user id is not a number", 0, 0, 0},
        {"1 y 3", "artist id is not a number", 0, 0, 0},
        {"1 2.5 3", "artist id is not a number", 0, 0, 0},
        {"-1 2 3", "user id is negative", 0, 0, 0},
        {"1 -2 3", "artist id is negative", 0, 0, 0},
        {"9223372036854775808 2 3", "user id is too large", 0, 0, 0},
        {"1 9223372036854775808 3", "artist id is too large", 0, 0, 0},
        {"1 99999999999999999999999999999999 3", "artist id is too large", 0, 0, 0},
        {"1 18446744073709551617 3", "artist id is too large", 0, 0, 0},
        {"1 2 0", "0 plays", 0, 0, 0},
        {"1 2 -1", "negative plays", 0, 0, 0},
        {"1 2 3.5", "plays are not a whole number", 0, 0, 0},
        {"1 2 many", "plays are not a whole number", 0, 0, 0},
        {"1 2 4294967296", "more than 4294967295 plays", 0, 0, 0},
        {"1 2 99999999999999999999999", "more than 4294967295 plays", 0, 0, 0},
        {"1 2 3 4", "text after the plays", 0, 0, 0},
        {"1 2 3 # best", "text after the plays", 0, 0, 0},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        gint64 user = -1, artist = -1;
        guint32 plays = 0;
        gsize n_bytes = strlen(cases[i].line);
        g_autofree char *line = copy_of(cases[i].line, n_bytes);
        const char *problem = fal_reader_parse_play(line, n_bytes, &user, &artist, &plays);

        g_assert_cmpstr(problem, ==, cases[i].problem);
        if (problem)
            continue;
        g_assert_cmpint(user, ==, cases[i].user);
        g_assert_cmpint(artist, ==, cases[i].artist);
        g_assert_cmpuint(plays, ==, cases[i].plays);
    }
}

static void
test_lines(void)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"a", "1:a|"},
        {"a\n", "1:a|"},
        {"a\nb", "1:a|2:b|"},
        {"a\r\nb\r\n", "1:a|2:b|"},
        {"a\r\r\n\r\n\n", "1:a\r|2:|3:|"},
        {"\n\na", "1:|2:|3:a|"},
        {"\xef\xbb\xbf"
         "a\n\xef\xbb\xbf"
         "b\n",
         "1:a|2:\xef\xbb\xbf"
         "b|"},
        {"\xff\xfe\n\xe9\n", "1:\xff\xfe|2:\xe9|"},
        {"a\rb\n", "1:a\rb|"},
    };
    const char *folder = fal_fixture_folder();

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = fal_fixture_write(folder, "lines", cases[i][0], -1);
        g_autoptr(GError) error = NULL;
        g_autofree char *lines = lines_of(path, &error);

        g_assert_no_error(error);
        g_assert_cmpstr(lines, ==, cases[i][1]);
    }
}

typedef struct {
    gint64 lines;
    gsize longest, total;
} Sizes;

static gboolean
measure(const char *line, gsize n_bytes, gint64 line_no, gpointer data, GError **error)
{
    Sizes *sizes = data;

    (void)line;
    (void)error;
    sizes->lines++;
    g_assert_cmpint(line_no, ==, sizes->lines);
    sizes->longest = MAX(sizes->longest, n_bytes);
    sizes->total += n_bytes;
    return TRUE;
}

/* Lines across the blocks that are read, and one that is far too long, on its own and with
 * others. */
static void
test_long_lines(void)
{
    static const gsize lengths[] = {1,           (1 << 20) - 1, 1 << 20,       (1 << 20) + 1,
                                    3 * 1 << 20, 2 << 20,       (5 << 20) + 77};
    const char *folder = fal_fixture_folder();

    for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_autoptr(GString) text = g_string_new("first\n");
        g_autofree char *path = NULL;
        gsize kept = MIN(lengths[i], 1 << 20);
        Sizes sizes = {0}, unended = {0};

        for (gsize j = 0; j < lengths[i]; j++)
            g_string_append_c(text, 'x');
        path = fal_fixture_write(folder, "long", text->str, (gssize)text->len);
        g_assert_true(fal_reader_lines(path, measure, &unended, NULL, NULL));
        g_assert_cmpint(unended.lines, ==, 2);
        g_assert_cmpuint(unended.longest, ==, MAX(kept, 5));
        g_free(path);

        g_string_append(text, "\nlast\n");
        path = fal_fixture_write(folder, "long", text->str, (gssize)text->len);
        g_assert_true(fal_reader_lines(path, measure, &sizes, NULL, NULL));
        g_assert_cmpint(sizes.lines, ==, 3);
        g_assert_cmpuint(sizes.total, ==, 5 + kept + 4);
    }
}

static gboolean
fail_at_two(const char *line, gsize n_bytes, gint64 line_no, gpointer data, GError **error)
{
    (void)line;
    (void)n_bytes;
    ++*(int *)data;
    if (line_no < 2)
        return TRUE;
    g_set_error_literal(error, FAL_ERROR, FAL_ERROR_FAILED, "enough");
    return FALSE;
}

static void
test_stopped(void)
{
    const char *folder = fal_fixture_folder();
    g_autofree char *path = fal_fixture_write(folder, "lines", "a\nb\nc\n", -1);
    g_autoptr(FalTask) task = fal_task_new();
    g_autoptr(GError) error = NULL;
    FalProgress progress;
    int calls = 0;

    g_assert_false(fal_reader_lines(path, fail_at_two, &calls, task, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_FAILED);
    g_assert_cmpint(calls, ==, 2);
    fal_task_progress(task, &progress);
    g_assert_cmpfloat(progress.total, ==, 6);
    g_clear_error(&error);

    fal_task_cancel(task);
    g_assert_false(fal_reader_lines(path, fail_at_two, &calls, task, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
    g_assert_cmpint(calls, ==, 2);
}

static void
test_not_a_file(void)
{
    const char *folder = fal_fixture_folder();
    g_autofree char *fifo = g_build_filename(folder, "fifo", NULL);
    g_autofree char *missing = g_build_filename(folder, "missing", NULL);
    const char *const paths[] = {fifo, missing, folder, "/dev/null"};
    static const char *const words[] = {"not a regular file", "No such file", "folder",
                                        "not a regular file"};

    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(lines_of(paths[i], &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
        g_assert_nonnull(strstr(error->message, paths[i]));
        g_assert_nonnull(strstr(error->message, words[i]));
    }
}

static void
test_compressed(void)
{
    static const Kind kinds[] = {RAW_GZ, RAW_BZ2, RAW_XZ};
    static const Member member = {"x", "1 2 3\r\n4 5 6", -1};
    const char *folder = fal_fixture_folder();

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *path = write_archive(folder, "x", kinds[i], &member, 1);
        g_autoptr(GError) error = NULL;
        g_autofree char *lines = lines_of(path, &error);
        g_autoptr(FalSource) source = fal_source_new(path, &error);
        g_autofree char *plays = NULL;

        g_assert_no_error(error);
        g_assert_cmpstr(lines, ==, "1:1 2 3|2:4 5 6|");
        g_assert_nonnull(source);
        g_assert_cmpstr(fal_source_name(source, FAL_PART_PLAYS), ==, path);
        g_assert_false(fal_source_has(source, FAL_PART_NAMES));
        plays = part_of(source, FAL_PART_PLAYS);
        g_assert_cmpstr(plays, ==, lines);
    }
}

/* More than one block, packed and unpacked. */
static void
test_large(void)
{
    static const Kind kinds[] = {RAW_GZ, TAR_GZ, ZIP};
    const gsize n = 150000;
    g_autofree char *rows = many_rows(n);
    const Member member = {"user_artist_data.txt", rows, -1};
    const char *folder = fal_fixture_folder();

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *path = write_archive(folder, "x", kinds[i], &member, 1);
        g_autoptr(GError) error = NULL;
        g_autoptr(FalSource) source = fal_source_new(path, &error);
        g_autoptr(FalTask) task = fal_task_new();
        FalProgress progress;
        GStatBuf status;
        Sizes sizes = {0};

        g_assert_no_error(error);
        g_assert_cmpint(g_stat(path, &status), ==, 0);
        g_assert_cmpint(status.st_size, >, 1 << 20);
        g_assert_true(fal_source_read(source, FAL_PART_PLAYS, measure, &sizes, task, &error));
        g_assert_no_error(error);
        g_assert_cmpint(sizes.lines, ==, n);
        g_assert_cmpuint(sizes.total, ==, strlen(rows) - n);
        fal_task_progress(task, &progress);
        g_assert_cmpstr(progress.stage, ==, "reading plays");
        g_assert_cmpfloat(progress.total, ==, (double)status.st_size);
        g_assert_cmpfloat(progress.done, <=, progress.total);
        g_assert_cmpfloat(progress.done, >=, progress.total / 2);
    }
}

/* Cut at any place and with any byte changed, a gzip file is refused. */
static void
test_broken_gzip(void)
{
    g_autofree char *rows = many_rows(100);
    const Member member = {"x", rows, -1};
    const char *folder = fal_fixture_folder();
    g_autofree char *path = write_archive(folder, "x.gz", RAW_GZ, &member, 1);
    g_autofree char *bytes = NULL;
    gsize n_bytes;

    g_assert_true(g_file_get_contents(path, &bytes, &n_bytes, NULL));
    g_assert_cmpuint(n_bytes, >, 500);
    for (gsize n = 18; n < n_bytes; n += n < n_bytes - 20 ? 37 : 1) {
        g_autofree char *cut = fal_fixture_write(folder, "cut.gz", bytes, (gssize)n);
        g_autoptr(GError) error = NULL;

        g_assert_null(lines_of(cut, &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
        g_assert_nonnull(strstr(error->message, cut));
        g_assert_nonnull(strstr(error->message, "cut short"));
    }
    for (gsize at = 20; at < n_bytes; at += at < n_bytes - 20 ? 29 : 1) {
        g_autofree char *changed = copy_of(bytes, n_bytes);
        g_autofree char *broken = NULL;
        g_autofree char *lines = NULL;
        g_autoptr(GError) error = NULL;

        changed[at] ^= 0x10;
        broken = fal_fixture_write(folder, "broken.gz", changed, (gssize)n_bytes);
        /* The bits after the last code mean nothing. */
        lines = lines_of(broken, &error);
        if (at == n_bytes - 9)
            continue;
        g_assert_null(lines);
        g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
    }
}

/* gzip files one after the other are one, zeros behind are padding, anything else is not. */
static void
test_joined_gzip(void)
{
    static const Member first = {"x", "1 2 3\n4 ", -1}, second = {"x", "5 6\n", -1};
    const char *folder = fal_fixture_folder();
    g_autofree char *one = write_archive(folder, "1.gz", RAW_GZ, &first, 1);
    g_autofree char *two = write_archive(folder, "2.gz", RAW_GZ, &second, 1);
    g_autofree char *bytes_one = NULL;
    g_autofree char *bytes_two = NULL;
    g_autoptr(GString) joined = g_string_new(NULL);
    g_autofree char *path = NULL;
    g_autofree char *lines = NULL;
    g_autoptr(GError) error = NULL;
    gsize n_one, n_two;

    g_assert_true(g_file_get_contents(one, &bytes_one, &n_one, NULL));
    g_assert_true(g_file_get_contents(two, &bytes_two, &n_two, NULL));
    g_string_append_len(joined, bytes_one, (gssize)n_one);
    g_string_append_len(joined, bytes_two, (gssize)n_two);
    path = fal_fixture_write(folder, "joined", joined->str, (gssize)joined->len);
    lines = lines_of(path, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(lines, ==, "1:1 2 3|2:4 5 6|");

    g_string_append_len(joined, "\0\0\0\0\0", 5);
    g_free(fal_fixture_write(folder, "joined", joined->str, (gssize)joined->len));
    g_free(lines);
    lines = lines_of(path, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(lines, ==, "1:1 2 3|2:4 5 6|");

    g_string_append(joined, "7 8 9\n");
    g_free(fal_fixture_write(folder, "joined", joined->str, (gssize)joined->len));
    g_assert_null(lines_of(path, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
}

static const Member published[] = {
    {"profiledata/README.txt", "hello\n", -1},
    {"__MACOSX/profiledata/._user_artist_data.txt", "junk\n", -1},
    {"__MACOSX/profiledata/user_artist_data.txt", "junk\n", -1},
    {"profiledata/._user_artist_data.txt", "junk\n", -1},
    {"profiledata/artist_data.txt", "7\tAir\n", -1},
    {"profiledata/user_artist_data.txt", "1 7 3\n", -1},
    {"profiledata/artist_alias.txt", "8\t7\n", -1},
    {"profiledata/user_artist_data.txt.bak", "junk\n", -1},
};

static void
test_archives(void)
{
    static const Kind kinds[] = {TAR, TAR_GZ, ZIP};
    const char *folder = fal_fixture_folder();

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        /* The content tells what it is, not the name. */
        g_autofree char *path =
            write_archive(folder, "set.txt", kinds[i], published, G_N_ELEMENTS(published));
        g_autoptr(GError) error = NULL;
        g_autoptr(FalSource) source = fal_source_new(path, &error);
        g_autofree char *plays = NULL;
        g_autofree char *names = NULL;
        g_autofree char *aliases = NULL;

        g_assert_no_error(error);
        g_assert_nonnull(source);
        plays = part_of(source, FAL_PART_PLAYS);
        names = part_of(source, FAL_PART_NAMES);
        aliases = part_of(source, FAL_PART_ALIASES);
        g_assert_cmpstr(plays, ==, "1:1 7 3|");
        g_assert_cmpstr(names, ==, "1:7\tAir|");
        g_assert_cmpstr(aliases, ==, "1:8\t7|");
        g_assert_true(g_str_has_suffix(fal_source_name(source, FAL_PART_NAMES),
                                       "/set.txt:profiledata/artist_data.txt"));
    }
}

/* Reads all of it; FALSE where something was wrong with the archive. */
static gboolean
is_readable(const char *path, GError **error)
{
    g_autoptr(FalSource) source = fal_source_new(path, error);
    g_autoptr(GString) lines = g_string_new(NULL);

    if (!source)
        return FALSE;
    for (FalPart part = 0; part < FAL_N_PARTS; part++)
        if (fal_source_has(source, part) &&
            !fal_source_read(source, part, collect, lines, NULL, error))
            return FALSE;
    return TRUE;
}

static void
test_broken_archives(void)
{
    static const Kind kinds[] = {TAR_GZ, ZIP};
    g_autofree char *rows = many_rows(20000);
    const Member members[] = {{"user_artist_data.txt", rows, -1},
                              {"artist_data.txt", "7\tAir\n", -1}};
    const char *folder = fal_fixture_folder();

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *path = write_archive(folder, "whole", kinds[i], members, 2);
        g_autofree char *bytes = NULL;
        gsize n_bytes;

        g_assert_true(is_readable(path, NULL));
        g_assert_true(g_file_get_contents(path, &bytes, &n_bytes, NULL));
        for (gsize part = 1; part < 8; part++) {
            gsize at = n_bytes * part / 8;
            g_autoptr(GError) error = NULL;
            g_autofree char *cut = fal_fixture_write(folder, "cut", bytes, (gssize)at);

            g_assert_false(is_readable(cut, &error));
            g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
            g_clear_error(&error);

            bytes[at] ^= 0x20;
            g_free(fal_fixture_write(folder, "cut", bytes, (gssize)n_bytes));
            bytes[at] ^= 0x20;
            g_assert_false(is_readable(cut, &error));
            g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
        }
    }
}

static void
test_nothing_to_find(void)
{
    static const Member members[] = {{"a/artist_data.txt", "7\tAir\n", -1},
                                     {"b.txt", "x\n", -1}};
    const char *folder = fal_fixture_folder();
    g_autofree char *zip = write_archive(folder, "x.zip", ZIP, members, 2);
    g_autofree char *tar = write_archive(folder, "x.tar", TAR, members, 2);
    g_autofree char *bare = write_archive(folder, "bare.zip", ZIP, members, 0);
    const char *const paths[] = {folder, zip, tar, bare};

    g_free(fal_fixture_write(folder, "artist_data.txt", "7\tAir\n", -1));
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(fal_source_new(paths[i], &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
        g_assert_nonnull(strstr(error->message, paths[i]));
        g_assert_nonnull(strstr(error->message, "user_artist_data*.txt"));
        g_assert_nonnull(strstr(error->message, "artist_data*.txt"));
        g_assert_nonnull(strstr(error->message, "artist_alias*.txt"));
    }
}

static void
test_empty(void)
{
    static const Member nothing = {"x", "", 0};
    const char *folder = fal_fixture_folder();
    g_autofree char *plain = fal_fixture_write(folder, "plain", "", 0);
    g_autofree char *packed = write_archive(folder, "packed.gz", RAW_GZ, &nothing, 1);
    const char *const paths[] = {plain, packed};

    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *expected = g_strdup_printf("%s is empty", paths[i]);

        g_assert_null(fal_source_new(paths[i], &error));
        g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
        g_assert_cmpstr(error->message, ==, expected);
    }
}

static void
test_folder(void)
{
    static const Member packed = {"x", "7\tAir\n", -1};
    const char *folder = fal_fixture_folder();
    g_autofree char *plays =
        fal_fixture_write(folder, "user_artist_data_small.txt", "1 7 3\n", -1);
    g_autofree char *names = write_archive(folder, "artist_data.txt.gz", RAW_GZ, &packed, 1);
    g_autofree char *below = g_build_filename(folder, "artist_alias_old.txt", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(FalSource) source = NULL;
    g_autofree char *lines = NULL;
    g_autofree char *name_lines = NULL;
    g_autofree char *second = NULL;

    g_assert_cmpint(g_mkdir(below, 0700), ==, 0);
    g_free(fal_fixture_write(folder, "._user_artist_data.txt", "junk", -1));
    source = fal_source_new(folder, &error);
    g_assert_no_error(error);
    g_assert_nonnull(source);
    g_assert_cmpstr(fal_source_name(source, FAL_PART_PLAYS), ==, plays);
    g_assert_cmpstr(fal_source_name(source, FAL_PART_NAMES), ==, names);
    g_assert_false(fal_source_has(source, FAL_PART_ALIASES));
    lines = part_of(source, FAL_PART_PLAYS);
    name_lines = part_of(source, FAL_PART_NAMES);
    g_assert_cmpstr(lines, ==, "1:1 7 3|");
    g_assert_cmpstr(name_lines, ==, "1:7\tAir|");

    second = fal_fixture_write(folder, "user_artist_data.txt", "1 7 3\n", -1);
    g_assert_null(fal_source_new(folder, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, plays));
    g_assert_nonnull(strstr(error->message, second));
}

/* Bytes that mean nothing are lines like others. */
static void
test_garbage(void)
{
    const char *folder = fal_fixture_folder();
    char bytes[5000];
    guint32 state = 7;

    for (int round = 0; round < 200; round++) {
        g_autofree char *path = NULL;
        g_autoptr(GError) error = NULL;
        Sizes sizes = {0};

        for (gsize i = 0; i < sizeof bytes; i++) {
            state = state * 1664525u + 1013904223u;
            bytes[i] = (char)(state >> 24);
        }
        path = fal_fixture_write(folder, "garbage", bytes, sizeof bytes);
        /* By chance it may look like something compressed, and then broken. */
        if (!fal_reader_lines(path, measure, &sizes, NULL, &error))
            g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
        else
            g_assert_cmpuint(sizes.total, >, 4000);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reader/parse-play", test_parse_play);
    g_test_add_func("/reader/lines", test_lines);
    g_test_add_func("/reader/long-lines", test_long_lines);
    g_test_add_func("/reader/stopped", test_stopped);
    g_test_add_func("/reader/not-a-file", test_not_a_file);
    g_test_add_func("/reader/compressed", test_compressed);
    g_test_add_func("/reader/large", test_large);
    g_test_add_func("/reader/broken-gzip", test_broken_gzip);
    g_test_add_func("/reader/joined-gzip", test_joined_gzip);
    g_test_add_func("/reader/archives", test_archives);
    g_test_add_func("/reader/broken-archives", test_broken_archives);
    g_test_add_func("/reader/nothing-to-find", test_nothing_to_find);
    g_test_add_func("/reader/empty", test_empty);
    g_test_add_func("/reader/folder", test_folder);
    g_test_add_func("/reader/garbage", test_garbage);
    return g_test_run();
}
