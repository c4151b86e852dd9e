/* Loading in chunks: held against a loader that does one thing after the other, with chunks so
 * small that their borders are everywhere, by one thread and by four.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/text.h"
#include "data/catalogue.h"
#include "data/chunks.h"
#include "data/dataset-private.h"
#include "fixture.h"
#include "random-files.h"
#include "same-dataset.h"

static FalDataset *
load_in_chunks(const char *path, gsize chunk_size, int threads, FalTask *task, GError **error)
{
    fal_parallel_set_threads(threads);
    return fal_dataset_load_text(path, chunk_size, task, error);
}

static void
write_gz(const char *folder, const char *name, const char *bytes, gsize n_bytes)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autoptr(GFileOutputStream) out =
        g_file_replace(file, NULL, FALSE, G_FILE_CREATE_NONE, NULL, NULL);
    g_autoptr(GConverter) gzip =
        G_CONVERTER(g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, 1));
    g_autoptr(GOutputStream) packed = g_converter_output_stream_new(G_OUTPUT_STREAM(out), gzip);

    g_assert_true(g_output_stream_write_all(packed, bytes, n_bytes, NULL, NULL, NULL));
    g_assert_true(g_output_stream_close(packed, NULL, NULL));
}

/* --- lines --- */

/* Each chunk's lines as texts, which may hold any byte but NUL. */
static gpointer
collect_lines(const FalChunk *chunk, gpointer data, GError **error)
{
    GString *lines = g_string_new(NULL);
    const char *at = chunk->bytes, *line;
    gsize n_bytes;

    (void)data;
    (void)error;
    g_assert_cmpint(chunk->bytes[chunk->n_bytes], ==, '\n');
    while (fal_chunk_line(&at, chunk->bytes + chunk->n_bytes, &line, &n_bytes)) {
        g_string_append_len(lines, line, (gssize)n_bytes);
        g_string_append_c(lines, '|');
    }
    return lines;
}

static void
free_lines(gpointer lines)
{
    if (lines)
        g_string_free(lines, TRUE);
}

static gboolean
add_line(const char *line, gsize n_bytes, gint64 line_no, gpointer data, GError **error)
{
    (void)line_no;
    (void)error;
    g_string_append_len(data, line, (gssize)n_bytes);
    g_string_append_c(data, '|');
    return TRUE;
}

static void
check_lines(const char *path, gsize chunk_size, int threads, const char *expected)
{
    g_autoptr(GPtrArray) results = g_ptr_array_new_with_free_func(free_lines);
    FalChunks how = {chunk_size, collect_lines, NULL, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(FalStream) stream = fal_stream_open(path, FALSE, NULL, &error);
    g_autoptr(GString) all = g_string_new(NULL);
    FalItem item;

    fal_parallel_set_threads(threads);
    g_assert_true(fal_stream_next(stream, &item, &error));
    g_assert_true(fal_chunks_read(&how, stream, FAL_PART_PLAYS, results, &error));
    g_assert_no_error(error);
    for (guint i = 0; i < results->len; i++)
        g_string_append(all, ((GString *)results->pdata[i])->str);
    g_assert_cmpuint(all->len, ==, strlen(expected));
    g_assert_true(strcmp(all->str, expected) == 0);
}

static void
check_text(const char *text, gsize n_bytes, const gsize *sizes)
{
    const char *folder = fal_fixture_folder();
    g_autofree char *plain = fal_fixture_write(folder, "plain", text, (gssize)n_bytes);
    g_autofree char *packed = g_build_filename(folder, "packed.gz", NULL);
    g_autoptr(GString) expected = g_string_new(NULL);
    g_autoptr(GString) again = g_string_new(NULL);

    write_gz(folder, "packed.gz", text, n_bytes);
    g_assert_true(fal_reader_lines(plain, add_line, expected, NULL, NULL));
    g_assert_true(fal_reader_lines(packed, add_line, again, NULL, NULL));
    g_assert_true(g_string_equal(expected, again));
    for (; *sizes; sizes++)
        for (int threads = 1; threads <= 4; threads += 3) {
            check_lines(plain, *sizes, threads, expected->str);
            check_lines(packed, *sizes, threads, expected->str);
        }
}

static void
test_lines(void)
{
    static const gsize sizes[] = {1, 2, 3, 4, 5, 7, 11, 64, 4096, 0};
    static const char *const pieces[] = {"\n", "\r\n",         "\r",  "a",         "bcd",
                                         "",   "\xef\xbb\xbf", " \t", "0123456789"};
    FalRandom random;

    fal_random_init(&random, 5);
    for (int round = 0; round < 25; round++) {
        g_autoptr(GString) text = g_string_new(round % 3 ? "\xef\xbb\xbf" : "x");

        for (guint64 n = fal_random_below(&random, 40); n > 0; n--)
            g_string_append(text, pieces[fal_random_below(&random, G_N_ELEMENTS(pieces))]);
        check_text(text->str, text->len, sizes);
    }
}

/* Lines around what is kept of one, alone, at the end, among others. */
static void
test_long_lines(void)
{
    static const gsize sizes[] = {1 << 16, 1 << 20, (1 << 20) + 1, 3 << 20, 0};
    static const gsize lengths[] = {FAL_MAX_LINE - 1, FAL_MAX_LINE, FAL_MAX_LINE + 1,
                                    FAL_MAX_LINE + (1 << 16), 5 * FAL_MAX_LINE / 2};
    g_autofree char *line = g_malloc(5 * FAL_MAX_LINE / 2);

    memset(line, 'x', 5 * FAL_MAX_LINE / 2);
    for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++)
        for (int kind = 0; kind < 4; kind++) {
            g_autoptr(GString) text = g_string_new(kind & 1 ? "first\nsecond\r\n" : "");

            g_string_append_len(text, line, (gssize)lengths[i]);
            if (kind & 2)
                g_string_append(text, kind & 1 ? "\r\nlast\n" : "\n\nlast");
            check_text(text->str, text->len, sizes);
        }
}

/* --- the other loader --- */

typedef struct {
    GString *problems;               /* "file:line:reason" */
    GHashTable *alias;               /* id to target, as texts */
    GHashTable *names;               /* id to name */
    GHashTable *pairs;               /* "user artist" to plays */
    GHashTable *listeners, *artists; /* id to a set of the other side */
    gint64 rows, rewritten;
} Plain;

typedef struct {
    Plain *plain;
    const char *file;
} PlainPart;

static char *
id_text(gint64 id)
{
    return g_strdup_printf("%" G_GINT64_FORMAT, id);
}

static void
plain_init(Plain *plain)
{
    plain->problems = g_string_new(NULL);
    plain->alias = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    plain->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    plain->pairs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    plain->listeners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                             (GDestroyNotify)g_hash_table_unref);
    plain->artists = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify)g_hash_table_unref);
    plain->rows = plain->rewritten = 0;
}

static void
plain_clear(Plain *plain)
{
    g_string_free(plain->problems, TRUE);
    g_hash_table_unref(plain->alias);
    g_hash_table_unref(plain->names);
    g_hash_table_unref(plain->pairs);
    g_hash_table_unref(plain->listeners);
    g_hash_table_unref(plain->artists);
}

static gboolean
plain_bad(PlainPart *part, gint64 line_no, const char *line, gsize n_bytes, const char *why)
{
    for (gsize i = 0; i < n_bytes; i++)
        if (!g_ascii_isspace(line[i])) {
            g_string_append_printf(part->plain->problems, "%s:%" G_GINT64_FORMAT ":%s\n",
                                   part->file, line_no, why);
            break;
        }
    return TRUE;
}

static gboolean
plain_alias(const char *line, gsize n_bytes, gint64 line_no, gpointer data, GError **error)
{
    PlainPart *part = data;
    gint64 id, target;
    const char *why = fal_catalogue_parse_alias(line, n_bytes, &id, &target);

    (void)error;
    if (why)
        return plain_bad(part, line_no, line, n_bytes, why);
    g_hash_table_replace(part->plain->alias, id_text(id), id_text(target));
    return TRUE;
}

static gboolean
in_circle(const Plain *plain, const char *id)
{
    const char *at = id;

    for (guint step = 0; step <= g_hash_table_size(plain->alias); step++) {
        at = g_hash_table_lookup(plain->alias, at);
        if (!at)
            return FALSE;
        if (strcmp(at, id) == 0)
            return TRUE;
    }
    return FALSE;
}

static const char *
plain_target(const Plain *plain, const char *id)
{
    while (g_hash_table_contains(plain->alias, id) && !in_circle(plain, id))
        id = g_hash_table_lookup(plain->alias, id);
    return id;
}

static void
add_to_set(GHashTable *sets, const char *key, const char *member)
{
    GHashTable *set = g_hash_table_lookup(sets, key);

    if (!set) {
        set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_hash_table_insert(sets, g_strdup(key), set);
    }
    g_hash_table_add(set, g_strdup(member));
}

static gboolean
plain_play(const char *line, gsize n_bytes, gint64 line_no, gpointer data, GError **error)
{
    PlainPart *part = data;
    Plain *plain = part->plain;
    gint64 user, artist;
    guint32 plays;
    const char *why = fal_reader_parse_play(line, n_bytes, &user, &artist, &plays);
    g_autofree char *user_id = NULL;
    g_autofree char *artist_id = NULL;
    const char *target;
    char *pair;
    guint64 *sum;

    (void)error;
    if (why)
        return plain_bad(part, line_no, line, n_bytes, why);
    user_id = id_text(user);
    artist_id = id_text(artist);
    target = plain_target(plain, artist_id);
    plain->rows++;
    plain->rewritten += strcmp(target, artist_id) != 0;
    add_to_set(plain->listeners, target, user_id);
    add_to_set(plain->artists, user_id, target);
    pair = g_strdup_printf("%s %s", user_id, target);
    sum = g_hash_table_lookup(plain->pairs, pair);
    if (!sum) {
        sum = g_new0(guint64, 1);
        g_hash_table_insert(plain->pairs, g_strdup(pair), sum);
    }
    *sum = MIN(*sum + plays, G_MAXUINT32);
    g_free(pair);
    return TRUE;
}

static gboolean
plain_name(const char *line, gsize n_bytes, gint64 line_no, gpointer data, GError **error)
{
    PlainPart *part = data;
    const char *name;
    gsize name_bytes;
    gint64 id;
    const char *why = fal_catalogue_parse_name(line, n_bytes, &id, &name, &name_bytes);

    (void)error;
    if (why)
        return plain_bad(part, line_no, line, n_bytes, why);
    g_hash_table_replace(part->plain->names, id_text(id),
                         fal_text_from_bytes(name, name_bytes));
    return TRUE;
}

static void
plain_read(Plain *plain, const char *folder, const char *file, FalLineFn fn)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    PlainPart part = {plain, file};

    g_assert_true(fal_reader_lines(path, fn, &part, NULL, NULL));
}

/* Rows of a side: as many as it says, by falling size of their sets, then by rising id. */
static void
check_side(GHashTable *sets, gint32 n, const gint64 *ids, const FalCsr *csr)
{
    g_assert_cmpint(n, ==, (gint32)g_hash_table_size(sets));
    for (gint32 row = 0; row < n; row++) {
        g_autofree char *id = id_text(ids[row]);
        GHashTable *set = g_hash_table_lookup(sets, id);

        g_assert_nonnull(set);
        g_assert_cmpint(fal_csr_count(csr, row), ==, g_hash_table_size(set));
        if (row > 0)
            g_assert_true(fal_csr_count(csr, row - 1) > fal_csr_count(csr, row) ||
                          (fal_csr_count(csr, row - 1) == fal_csr_count(csr, row) &&
                           ids[row - 1] < ids[row]));
    }
}

static void
check_names(const Plain *plain, const FalDataset *dataset)
{
    for (gint32 artist = 0; artist < fal_dataset_n_artists(dataset); artist++) {
        g_autofree char *id = id_text(fal_dataset_artist_id(dataset, artist));
        const char *name = g_hash_table_lookup(plain->names, id);
        g_autofree char *folded = fal_text_fold(name ? name : "");
        gsize n;
        const FalAlias *aliases = fal_dataset_aliases(dataset, artist, &n);

        g_assert_cmpstr(fal_dataset_artist_name(dataset, artist), ==, name ? name : "");
        g_assert_cmpstr(fal_dataset_artist_folded(dataset, artist), ==, folded);
        for (gsize i = 0; i < n; i++) {
            g_autofree char *alias = id_text(aliases[i].id);
            const char *alias_name = g_hash_table_lookup(plain->names, alias);

            g_assert_cmpstr(plain_target(plain, alias), ==, id);
            g_assert_cmpstr(aliases[i].name, ==, alias_name ? alias_name : "");
            g_assert_true(i == 0 || aliases[i - 1].id < aliases[i].id);
        }
    }
}

static void
check_pairs(const Plain *plain, const FalDataset *dataset)
{
    const FalCsr *by_user = fal_plays_by_user(fal_dataset_plays(dataset));
    const FalCsr *by_artist = fal_plays_by_artist(fal_dataset_plays(dataset));

    g_assert_cmpint(fal_dataset_stats(dataset)->pairs, ==,
                    (gint64)g_hash_table_size(plain->pairs));
    for (gint32 user = 0; user < by_user->n_rows; user++)
        for (gint64 i = by_user->start[user]; i < by_user->start[user + 1]; i++) {
            g_autofree char *pair = g_strdup_printf(
                "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, fal_dataset_user_id(dataset, user),
                fal_dataset_artist_id(dataset, by_user->col[i]));
            const guint64 *plays = g_hash_table_lookup(plain->pairs, pair);

            g_assert_nonnull(plays);
            g_assert_cmpuint(by_user->plays[i], ==, *plays);
            g_assert_cmpuint(fal_csr_find(by_artist, by_user->col[i], user), ==, *plays);
        }
}

/* Circles are told between the lines of aliases and of names, in an order of their own. */
static void
check_problems(const Plain *plain, const FalDataset *dataset)
{
    g_autoptr(GString) problems = g_string_new(NULL);
    gsize n;
    const FalProblem *problem = fal_dataset_problems(dataset, &n);

    g_assert_cmpint(fal_dataset_stats(dataset)->malformed, ==, (gint64)n);
    for (gsize i = 0; i < n; i++)
        if (strcmp(problem[i].reason, "alias in a circle") != 0)
            g_string_append_printf(problems, "%s:%" G_GINT64_FORMAT ":%s\n", problem[i].file,
                                   problem[i].line, problem[i].reason);
    g_assert_cmpstr(problems->str, ==, plain->problems->str);
}

static void
check_plain(const char *folder, const FalDataset *dataset)
{
    const FalDatasetStats *stats = fal_dataset_stats(dataset);
    g_autofree gint64 *users = g_new(gint64, (gsize)stats->users);
    Plain plain;

    plain_init(&plain);
    /* The plays need the aliases; what is bad in them is told first. */
    plain_read(&plain, folder, "artist_alias.txt", plain_alias);
    g_string_truncate(plain.problems, 0);
    plain_read(&plain, folder, "user_artist_data.txt", plain_play);
    plain_read(&plain, folder, "artist_alias.txt", plain_alias);
    plain_read(&plain, folder, "artist_data.txt", plain_name);

    g_assert_cmpint(stats->rows, ==, plain.rows);
    g_assert_cmpint(stats->rewritten, ==, plain.rewritten);
    check_problems(&plain, dataset);
    check_pairs(&plain, dataset);
    for (gint32 user = 0; user < stats->users; user++)
        users[user] = fal_dataset_user_id(dataset, user);
    check_side(plain.artists, stats->users, users,
               fal_plays_by_user(fal_dataset_plays(dataset)));
    check_side(plain.listeners, stats->artists, fal_dataset_artist_ids(dataset),
               fal_plays_by_artist(fal_dataset_plays(dataset)));
    check_names(&plain, dataset);
    plain_clear(&plain);
}

static void
test_random(void)
{
    static const gsize sizes[] = {1, 2, 3, 5, 8, 13, 50, 200};
    FalRandom random;

    fal_random_init(&random, 11);
    for (int round = 0; round < 60 / FAL_SLOWER; round++) {
        g_autofree char *plays = random_plays(&random);
        g_autofree char *names = random_names(&random);
        g_autofree char *aliases = random_aliases(&random);
        const char *folder = fal_fixture_files(plays, names, aliases);
        const char *packed = fal_fixture_folder();
        g_autoptr(GError) error = NULL;
        g_autoptr(FalDataset) whole = load_in_chunks(folder, FAL_CHUNK, 1, NULL, &error);
        g_autoptr(FalDataset) unpacked = NULL;

        g_assert_no_error(error);
        check_plain(folder, whole);
        for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
            int threads = (round + (int)i) % 2 ? 1 : 4;
            g_autoptr(FalDataset) cut = load_in_chunks(folder, sizes[i], threads, NULL, &error);

            g_assert_no_error(error);
            fal_same_dataset(whole, cut);
            fal_same_rows(whole, cut);
        }
        write_gz(packed, "user_artist_data.txt.gz", plays, strlen(plays));
        g_free(fal_fixture_write(packed, "artist_data.txt", names, -1));
        g_free(fal_fixture_write(packed, "artist_alias.txt", aliases, -1));
        unpacked = load_in_chunks(packed, 3, 4, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpint(fal_dataset_stats(unpacked)->pairs, ==,
                        fal_dataset_stats(whole)->pairs);
        fal_same_csr(fal_plays_by_artist(fal_dataset_plays(whole)),
                     fal_plays_by_artist(fal_dataset_plays(unpacked)));
        fal_same_rows(whole, unpacked);
    }
    fal_parallel_set_threads(0);
}

/* Some hundred thousand rows, so that every stage has more than one block. */
static const char *
large_files(void)
{
    g_autoptr(GString) plays = g_string_new(NULL);
    g_autoptr(GString) names = g_string_new(NULL);
    g_autoptr(GString) aliases = g_string_new(NULL);
    FalRandom random;

    fal_random_init(&random, 23);
    for (int i = 0; i < 300000; i++) {
        guint64 most = 1 + fal_random_below(&random, 20000);

        g_string_append_printf(plays, "%d %d %d\n", 1000000 + i / 100 * 7 % 2741,
                               (int)fal_random_below(&random, most) * 37,
                               1 + (int)fal_random_below(&random, 300));
    }
    for (int i = 0; i < 20000; i++)
        g_string_append_printf(names, "%d\tN\xc3\xa4me %d\r\n", (i * 7919 % 20000) * 37, i);
    for (int i = 0; i < 2000; i++)
        g_string_append_printf(aliases, "%d\t%d\n", i * 74, i * 37);
    return fal_fixture_files(plays->str, names->str, aliases->str);
}

static void
test_threads(void)
{
    const char *folder = large_files();
    g_autoptr(GError) error = NULL;
    g_autoptr(FalDataset) one = load_in_chunks(folder, FAL_CHUNK, 1, NULL, &error);
    g_autoptr(FalDataset) four = load_in_chunks(folder, 10000, 4, NULL, &error);

    g_assert_no_error(error);
    fal_same_dataset(one, four);
    fal_same_rows(one, four);
    fal_parallel_set_threads(0);
}

typedef struct {
    FalTask *task;
    guint polls; /* until it is cancelled */
    gint done;   /* atomic */
} Canceller;

static gpointer
cancel_later(gpointer data)
{
    Canceller *it = data;
    FalProgress last = {.done = -1}, now;

    /* Each change of the progress is a point. */
    while (it->polls > 0 && !g_atomic_int_get(&it->done)) {
        fal_task_progress(it->task, &now);
        if (now.done != last.done || strcmp(now.stage, last.stage) != 0)
            it->polls--;
        last = now;
        g_thread_yield();
    }
    fal_task_cancel(it->task);
    return NULL;
}

static void
test_cancel_anywhere(void)
{
    const char *folder = large_files();
    g_autoptr(FalDataset) whole = load_in_chunks(folder, FAL_CHUNK, 4, NULL, NULL);

    for (guint polls = 0; polls < 40; polls++) {
        g_autoptr(FalTask) task = fal_task_new();
        Canceller it = {task, polls, FALSE};
        GThread *thread = g_thread_new("cancel", cancel_later, &it);
        g_autoptr(GError) error = NULL;
        g_autoptr(FalDataset) dataset = load_in_chunks(folder, 50000, 4, task, &error);

        g_atomic_int_set(&it.done, TRUE);
        g_thread_join(thread);
        if (dataset)
            fal_same_stats(fal_dataset_stats(whole), fal_dataset_stats(dataset));
        else
            g_assert_error(error, FAL_ERROR, FAL_ERROR_CANCELLED);
    }
    fal_parallel_set_threads(0);
}

/* Cuts the file when its first chunk is there. */
static gpointer
cut_file(const FalChunk *chunk, gpointer data, GError **error)
{
    const char *path = data;

    (void)error;
    if (chunk->index == 0)
        g_assert_cmpint(truncate(path, 20), ==, 0);
    return g_string_new(NULL);
}

static void
test_changed(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GPtrArray) results = g_ptr_array_new_with_free_func(free_lines);
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    g_autoptr(FalStream) stream = NULL;
    FalChunks how = {100, cut_file, NULL, NULL};
    FalItem item;

    for (int i = 0; i < 20000; i++)
        g_string_append(text, "1 2 3\n");
    path = fal_fixture_write(fal_fixture_folder(), "plays", text->str, -1);
    how.data = path;
    stream = fal_stream_open(path, FALSE, NULL, &error);
    fal_parallel_set_threads(1);
    g_assert_true(fal_stream_next(stream, &item, &error));
    g_assert_false(fal_chunks_read(&how, stream, FAL_PART_PLAYS, results, &error));
    g_assert_error(error, FAL_ERROR, FAL_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, path));
    g_assert_nonnull(strstr(error->message, "changed while it was read"));
    fal_parallel_set_threads(0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/load/lines", test_lines);
    g_test_add_func("/load/long-lines", test_long_lines);
    g_test_add_func("/load/random", test_random);
    g_test_add_func("/load/threads", test_threads);
    g_test_add_func("/load/cancel-anywhere", test_cancel_anywhere);
    g_test_add_func("/load/changed", test_changed);
    return g_test_run();
}
