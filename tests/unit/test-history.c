/* Listening histories: what counts, what does not, and that nothing in them does harm.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/random.h"
#include "data/history-private.h"

#include "../fuzz/fuzz-history.h"
#include "fixture.h"

static const char extended[] =
    "[{\"ts\":\"2020-01-01T00:00:00Z\",\"ms_played\":200000,\"skipped\":false,"
    "\"master_metadata_album_artist_name\":\"Bj\\u00f6rk\",\"reason_end\":\"trackdone\"},\n"
    "{\"ms_played\":29999,\"master_metadata_album_artist_name\":\"A\",\"reason_end\":"
    "\"fwdbtn\"},"
    "{\"ms_played\":29999,\"master_metadata_album_artist_name\":\"A\",\"reason_end\":null},"
    "{\"ms_played\":29999,\"master_metadata_album_artist_name\":\"A\"},"
    "{\"ms_played\":30000,\"master_metadata_album_artist_name\":\"A\",\"skipped\":true},"
    "{\"ms_played\":1,\"master_metadata_album_artist_name\":\"A\",\"incognito_mode\":true},"
    "{\"ms_played\":1,\"master_metadata_album_artist_name\":null,\"episode_name\":\"E\"},"
    "{\"ms_played\":\"1\",\"master_metadata_album_artist_name\":\"A\"},"
    "{\"ms_played\":99999,\"master_metadata_album_artist_name\":[\"A\"]}]";

static const char lines[] =
    "{\"listened_at\": 1, \"track_metadata\": {\"artist_name\": \"A \\ud83d\\ude00 "
    "\\\"b\\\"\", "
    "\"additional_info\": {\"artist_name\": \"no\", \"x\": [1, -2.5e3, true, {\"y\": "
    "null}]}}}\r\n"
    "\n"
    "{\"listened_at\": 1, \"track_metadata\": {\"artist_name\": \"tab\\there\\u0000\"}}\n"
    "{\"listened_at\": \"1\", \"track_metadata\": {\"artist_name\": \"A\"}}\n"
    "{\"listened_at\": 1, \"track_metadata\": {\"artist_name\": \"\"}}\n"
    "{\"listened_at\": 1, \"track_metadata\": null}\n"
    "{\"listened_at\": 1, \"track_metadata\": {\"artist_name\": \"half\\ud800\"}}";

static const char csv[] = "\xef\xbb\xbf\"uts\",\"utc_time\",\"artist\",\"track\"\r\n"
                          "\"1\",\"x\",\"Simon, \"\"Garfunkel\"\"\",\"two\nlines\"\r\n"
                          "2,x,B,t\r\n"
                          "3,x,B\r\n"
                          "4,x,,t\r\n"
                          "later,x,B,t\r\n";

static const char plain[] =
    "Björk,Album,Track,31 Dec 2010 23:59\nB,,T,\nB,a,b,31 Foo 2010 23:59\n"
    "\"B, C\",a,b,01 Jan 2010 00:00\nB,a,b,c,d\n";

static const char list[] =
    "Radiohead\t10\r\n\nB\xf6rk\t3\nX\nY\t0\nZ\t4294967296\nB C\t4294967295";

/* "counted podcasts private skipped repeated unreadable | 2 A, 1 B" of the kind. */
static char *
summary(const FalHistory *history, FalHistoryKind kind)
{
    GString *text = g_string_new(NULL);

    for (int i = 0; i < FAL_N_LISTENS; i++)
        g_string_append_printf(text, "%" G_GINT64_FORMAT " ", history->listens[kind][i]);
    g_string_append_c(text, '|');
    for (gsize i = 0; i < history->n; i++)
        g_string_append_printf(text, "%s%" G_GUINT64_FORMAT " %s", i ? ", " : " ",
                               history->name[i].plays, history->name[i].name);
    return g_string_free(text, FALSE);
}

static const struct {
    const char *text;
    FalHistoryKind kind;
    const char *expected, *bad;
} good[] = {
    {extended, FAL_HISTORY_SPOTIFY, "3 1 1 2 0 2 | 2 A, 1 Björk",
     "f, line 2: ms_played is no number"},
    {lines, FAL_HISTORY_LISTENBRAINZ,
     "3 0 0 0 0 3 | 1 A \xf0\x9f\x98\x80 \"b\", 1 half\xef\xbf\xbd, 1 tab here\xef\xbf\xbd",
     "f, line 4: listened_at is no number"},
    {csv, FAL_HISTORY_LASTFM, "2 0 0 0 0 3 | 1 B, 1 Simon, \"Garfunkel\"",
     "f, line 5: it has too few fields"},
    {plain, FAL_HISTORY_LASTFM, "3 0 0 0 0 2 | 1 B, 1 B, C, 1 Björk",
     "f, line 3: what stands for its time is none"},
    {list, FAL_HISTORY_LIST, "4294967308 0 0 0 0 3 | 4294967295 B C, 10 Radiohead, 3 Börk",
     "f, line 4: there is no tab between a name and its plays"},
    {"[{\"endTime\":\"x\",\"artistName\":\"A\",\"msPlayed\":30000},"
     "{\"endTime\":\"x\",\"artistName\":\"A\",\"msPlayed\":3},"
     "{\"endTime\":\"x\",\"podcastName\":\"A\",\"msPlayed\":90000}]",
     FAL_HISTORY_SPOTIFY_ACCOUNT, "1 1 0 1 0 0 | 1 A", NULL},
    /* ListenBrainz's older exports are an array. */
    {" [{\"track_metadata\":{\"artist_name\":\"A\"},\"listened_at\":1}, 7, {}]\n",
     FAL_HISTORY_LISTENBRAINZ, "1 0 0 0 0 0 | 1 A", NULL},
    {"uts,artist,track\n1,\"A\n", FAL_HISTORY_LASTFM, NULL, NULL},
    {"uts,artist,track\n1,\"A\n2,B,t\n3,C,t\n", FAL_HISTORY_LASTFM, NULL, NULL},
    {"311\t5\nA\t2\n", FAL_HISTORY_LIST, "7 0 0 0 0 0 | 5 311, 2 A", NULL},
    {"artist,track\nA,\"x\"y\n", FAL_HISTORY_LASTFM, "1 0 0 0 0 0 | 1 A", NULL},
};

static FalHistory *
read_text(const char *text, gsize n, GError **error)
{
    FalHistory *history = fal_history_read_bytes("f", text, n, error);

    g_assert_true((history == NULL) == (*error != NULL));
    if (*error) {
        g_assert_error(*error, FAL_ERROR, FAL_ERROR_DATA);
        g_assert_true(g_utf8_validate((*error)->message, -1, NULL));
    }
    return history;
}

static void
test_good(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(FalHistory) history = read_text(good[i].text, strlen(good[i].text), &error);
        if (!good[i].expected) {
            g_assert_nonnull(error);
            continue;
        }
        g_assert_no_error(error);
        g_autofree char *got = summary(history, good[i].kind);
        g_assert_cmpstr(got, ==, good[i].expected);
        g_assert_cmpstr(history->bad, ==, good[i].bad);
        g_assert_cmpint(history->files[good[i].kind], ==, 1);
    }
}

static const struct {
    const char *text, *why;
} refused[] = {
    {"", "there is no listening history in it"},
    {"\xef\xbb\xbf", "there is no listening history in it"},
    {" \n\t\r\n", "there is no listening history in it"},
    {"1092764\t1000311\n1095122\t1000557\n", "there is no listening history in it"},
    {"hello\n", "there is no listening history in it"},
    {"[]", "there is no listening history in it"},
    {"{}", "there is no listening history in it"},
    {"[1,2,{\"a\":[]}]", "there is no listening history in it"},
    {"uts,artist,track\n", "there is no listening history in it"},
    {"uts,artist,track\n1,2\n", "(1 that cannot be read; f, line 2: it has too few fields)"},
    {"[", "f, line 1, byte 2: the end of the file: what is no value"},
    {"[{", "f, line 1, byte 3: the end of the file: no key where one has to be"},
    {"[{\"a\"", "the end of the file: a key without a value"},
    {"[{\"a\":1", "the end of the file: no comma between two keys"},
    {"[{\"a\":1}", "the end of the file: no comma between two listens"},
    {"[{\"a\":1},", "the end of the file: what is no value"},
    {"[{\"a\":1}]\n\"", "f, line 2, byte 1: \"\"\": more text behind the end"},
    {"[{\"a\":tru}]", "\"}\": what is no value"},
    {"[{\"a\":1.2.3}]", "what is no value"},
    {"[{\"a\":--}]", "what is no value"},
    {"[{\"a\":}]", "\"}\": what is no value"},
    {"[{\"a\":\"x\ny\"}]", "byte 0x0a: a text without an end"},
    {"[{\"a\":\"\\x\"}]", "a \\ with nothing that it could mean"},
    {"[{\"a\":\"\\u12g4\"}]", "\\u without four digits behind it"},
    {"[{a:1}]", "\"a\": no key where one has to be"},
    {"[{\"a\":11111111111111111111111111111111111111111}]", "a number that is too long"},
    {"[{\"a\":[1 2]}]", "\"2\": no comma between two values"},
    {"[{\"a\":\xff}]", "byte 0xff: what is no value"},
};

static void
test_refused(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(FalHistory) history =
            read_text(refused[i].text, strlen(refused[i].text), &error);
        g_assert_null(history);
        if (!strstr(error->message, refused[i].why))
            g_test_message("%s: %s", refused[i].text, error->message);
        g_assert_nonnull(strstr(error->message, refused[i].why));
    }
}

/* Cut anywhere and with any byte another one, each is read or refused, and never more is
 * counted than a byte can part. */
static void
test_damaged(void)
{
    FalRandom random;

    fal_random_init(&random, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        gsize n = strlen(good[i].text);
        for (gsize cut = 0; cut < n; cut += FAL_SLOWER) {
            g_autoptr(GError) error = NULL;
            g_autoptr(FalHistory) history = read_text(good[i].text, cut, &error);
            g_assert_true(!history == (error != NULL));
        }
        for (gsize at = 0; at < n; at += FAL_SLOWER) {
            g_autofree char *text = g_strdup(good[i].text);
            g_autoptr(GError) error = NULL;
            text[at] = (char)fal_random_below(&random, 256);
            g_autoptr(FalHistory) history = read_text(text, n, &error);
            g_assert_true(!history == (error != NULL));
        }
    }
}

/* --- however the bytes come, the same is read --- */

static gssize
read_one(gpointer source, char *to, gsize n, GError **error)
{
    return fal_memory_read(source, to, MIN(n, 1), error);
}

static void
test_by_bytes(void)
{
    static const struct {
        gboolean (*read)(FalInput *, FalListens *, gboolean *, GError **);
        const char *text;
    } readers[] = {{fal_history_json, extended},
                   {fal_history_json, lines},
                   {fal_history_csv, csv + 3},
                   {fal_history_csv, plain},
                   {fal_history_list, list}};

    for (gsize i = 0; i < G_N_ELEMENTS(readers); i++) {
        g_autoptr(FalListens) listens = fal_listens_new();
        FalMemory memory = {readers[i].text, strlen(readers[i].text)};
        g_autoptr(GError) error = NULL;
        FalInput input;
        gboolean found;
        fal_input_init(&input, "f", read_one, &memory);
        g_assert_true(readers[i].read(&input, listens, &found, &error));
        g_assert_no_error(error);
        g_assert_true(found);
        g_assert_cmpuint(memory.n, ==, 0);
        fal_input_clear(&input);
        g_autoptr(FalHistory) history = fal_listens_end(g_steal_pointer(&listens));
        g_autofree char *got = summary(history, good[i].kind);
        g_assert_cmpstr(got, ==, good[i].expected);
    }
}

static void
append_times(GString *text, const char *what, int n)
{
    for (int i = 0; i < n; i++)
        g_string_append(text, what);
}

/* Fields of megabytes, nesting without end, keys and records without end. */
static void
test_huge(void)
{
    g_autoptr(GString) text = g_string_new("[{\"ms_played\":99999,\"x\":\"");

    append_times(text, "\\u00e9xxxxxxxxx", 200000);
    g_string_append(text, "\",\"");
    append_times(text, "k", 100000);
    g_string_append(text, "\":1,\"master_metadata_album_artist_name\":\"A\"},"
                          "{\"ms_played\":99999,\"master_metadata_album_artist_name\":\"");
    append_times(text, "n", 1000000);
    g_string_append(text, "\"}]");
    g_autoptr(GError) error = NULL;
    g_autoptr(FalHistory) history = read_text(text->str, text->len, &error);
    g_assert_no_error(error);
    g_autofree char *got = summary(history, FAL_HISTORY_SPOTIFY);
    g_assert_cmpstr(got, ==, "1 0 0 0 0 1 | 1 A");
    g_assert_cmpstr(history->bad, ==, "f, line 1: the artist's name is too long");

    g_string_assign(text, "[{\"a\":");
    append_times(text, "[{\"a\":", 100000);
    g_autoptr(GError) deep = NULL;
    g_assert_null(read_text(text->str, text->len, &deep));
    g_assert_nonnull(strstr(deep->message, "values nested deeper than 64"));

    /* A quote that is never closed costs no more than 64 KB. */
    g_string_assign(text, "uts,artist,track\n1,A,t\n2,\"B,t\n");
    append_times(text, "3,C,t\n", 20000);
    g_autoptr(GError) none = NULL;
    g_autoptr(FalHistory) open = read_text(text->str, text->len, &none);
    g_assert_no_error(none);
    g_assert_cmpint(open->listens[FAL_HISTORY_LASTFM][FAL_LISTEN_UNREADABLE], ==, 1);
    g_assert_cmpint(open->listens[FAL_HISTORY_LASTFM][FAL_LISTEN_COUNTED], >, 9000);

    g_string_assign(text, "A\t1\n");
    append_times(text, "n", 1000000);
    g_string_append(text, "\t1\nB\t2\n");
    g_autoptr(FalHistory) line = read_text(text->str, text->len, &none);
    g_assert_no_error(none);
    g_autofree char *said = summary(line, FAL_HISTORY_LIST);
    g_assert_cmpstr(said, ==, "3 0 0 0 0 1 | 2 B, 1 A");
}

/* --- files --- */

/* An archive with a few members, one of them a history. */
static char *
write_archive(const char *folder, gboolean zip)
{
    char *path = g_build_filename(folder, zip ? "a.zip" : "a.tar.gz", NULL);
    static const char *const members[][2] = {
        {"x/lines.jsonl", lines}, {"notes.txt", "hello"}, {"x/.hidden", ""}};
    struct archive *out = archive_write_new();

    if (zip)
        archive_write_set_format_zip(out);
    else
        archive_write_set_format_ustar(out);
    if (!zip)
        archive_write_add_filter_gzip(out);
    g_assert_cmpint(archive_write_open_filename(out, path), ==, ARCHIVE_OK);
    for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, members[i][0]);
        archive_entry_set_size(entry, (la_int64_t)strlen(members[i][1]));
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        g_assert_cmpint(archive_write_header(out, entry), ==, ARCHIVE_OK);
        archive_write_data(out, members[i][1], strlen(members[i][1]));
        archive_entry_free(entry);
    }
    archive_write_close(out);
    archive_write_free(out);
    return path;
}

/* Cut and changed archives are read or refused in a sentence; whole ones are read. */
static void
test_archives(void)
{
    FalRandom random;

    fal_random_init(&random, 2);
    for (int zip = 0; zip < 2; zip++) {
        const char *folder = fal_fixture_folder();
        g_autofree char *path = write_archive(folder, zip);
        g_autoptr(GError) error = NULL;
        g_autoptr(FalHistory) history = fal_history_read(path, NULL, &error);
        g_assert_no_error(error);
        g_autofree char *got = summary(history, FAL_HISTORY_LISTENBRAINZ);
        g_assert_cmpstr(got, ==, good[1].expected);
        g_assert_cmpint(history->others, ==, 2);
        g_autofree char *bytes = NULL;
        gsize n;
        g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
        for (gsize i = 0; i < 2 * n; i += 3 * FAL_SLOWER) {
            g_autofree char *damaged = g_memdup2(bytes, n);
            g_autoptr(GError) why = NULL;
            damaged[i / 2] = (char)fal_random_below(&random, 256);
            g_free(fal_fixture_write(folder, "damaged", damaged, (gssize)(i % 2 ? n : i / 2)));
            g_autofree char *broken = g_build_filename(folder, "damaged", NULL);
            g_autoptr(FalHistory) read = fal_history_read(broken, NULL, &why);
            g_assert_true((read == NULL) == (why != NULL));
            if (why)
                g_assert_error(why, FAL_ERROR, FAL_ERROR_DATA);
        }
    }
}

static void
test_folder(void)
{
    const char *folder = fal_fixture_folder();
    g_autofree char *below = g_build_filename(folder, "below", NULL);
    g_autofree char *link = g_build_filename(folder, "link", NULL);
    g_autoptr(FalTask) task = fal_task_new();
    g_autoptr(GError) error = NULL, stopped = NULL, none = NULL;
    FalProgress progress;

    g_assert_cmpint(g_mkdir(below, 0700), ==, 0);
    g_assert_cmpint(symlink(folder, link), ==, 0);
    g_free(fal_fixture_write(folder, "a.tsv", list, -1));
    g_free(fal_fixture_write(folder, ".b.tsv", list, -1));
    g_free(fal_fixture_write(below, "c.csv", csv, -1));
    g_free(fal_fixture_write(below, "d.jpg", "\xff\xd8\xff", -1));
    g_autoptr(FalHistory) history = fal_history_read(folder, task, &error);
    g_assert_no_error(error);
    g_assert_cmpint(history->files[FAL_HISTORY_LIST], ==, 1);
    g_assert_cmpint(history->files[FAL_HISTORY_LASTFM], ==, 1);
    g_assert_cmpint(history->others, ==, 1);
    fal_task_progress(task, &progress);
    g_assert_cmpfloat(progress.total, ==, strlen(list) + strlen(csv) + 3);
    fal_task_cancel(task);
    g_assert_null(fal_history_read(folder, task, &stopped));
    g_assert_error(stopped, FAL_ERROR, FAL_ERROR_CANCELLED);
    g_autofree char *missing = g_build_filename(folder, "missing", NULL);
    g_assert_null(fal_history_read(missing, NULL, &none));
    g_assert_nonnull(strstr(none->message, missing));
}

/* What fuzzing found worth keeping is read as its targets do. */
static void
test_corpus(void)
{
    static const char *const targets[] = {"fuzz-history-json", "fuzz-history-csv",
                                          "fuzz-archive"};
    const char *srcdir = g_getenv("srcdir");
    int n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_autofree char *folder =
            g_build_filename(srcdir ? srcdir : ".", "tests/fuzz/corpus", targets[i], NULL);
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        const char *name;
        while (dir && (name = g_dir_read_name(dir))) {
            g_autofree char *path = g_build_filename(folder, name, NULL);
            g_autofree char *bytes = NULL;
            g_autoptr(GError) error = NULL;
            gsize n_bytes;
            g_autoptr(FalHistory) history = fal_history_read(path, NULL, &error);
            check_history(history, error);
            g_assert_true(g_file_get_contents(path, &bytes, &n_bytes, NULL));
            for (const char *first = "[{1"; n_bytes > 0 && *first; first++) {
                bytes[0] = *first;
                fuzz_history(bytes, n_bytes);
            }
            n++;
        }
    }
    if (n == 0)
        g_test_skip("the corpus is not here");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/data/history/good", test_good);
    g_test_add_func("/data/history/refused", test_refused);
    g_test_add_func("/data/history/damaged", test_damaged);
    g_test_add_func("/data/history/by-bytes", test_by_bytes);
    g_test_add_func("/data/history/huge", test_huge);
    g_test_add_func("/data/history/archives", test_archives);
    g_test_add_func("/data/history/folder", test_folder);
    g_test_add_func("/data/history/corpus", test_corpus);
    return g_test_run();
}
