/* Listening histories in lines: Last.fm's as CSV (RFC 4180: quoted fields may hold commas,
 * quotes and line ends) with a header or without, and lists of a name, a tab and its plays.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "data/history-private.h"

enum {
    MOST_FIELDS = 32,
    MOST_RECORD = 65536, /* bytes: a quote that is never closed ends there */
    LOOKED_AT = 10,      /* records, to see what a file holds */
};

typedef struct {
    GString *text;
    gboolean cut;
} Field;

typedef struct {
    Field field[MOST_FIELDS];
    int n;           /* of them; more are read over */
    gint64 line;     /* where it begins */
    const char *bad; /* why it is no record; NULL where it is one */
    gboolean cut;    /* the file ends in it */
} Record;

static void
record_init(Record *record)
{
    *record = (Record){.n = 0};
    for (int i = 0; i < MOST_FIELDS; i++)
        record->field[i].text = g_string_new(NULL);
}

static void
record_clear(Record *record)
{
    for (int i = 0; i < MOST_FIELDS; i++)
        g_string_free(record->field[i].text, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Record, record_clear)

static void
put(Field *field, int c)
{
    if (!field)
        return;
    if (field->text->len >= FAL_HISTORY_TEXT)
        field->cut = TRUE;
    else
        g_string_append_c(field->text, (char)c);
}

static void
skip_line(FalInput *input)
{
    int c = 0;

    while (c != '\n' && (c = fal_input_peek(input)) >= 0)
        fal_input_take(input);
}

static Field *
next_field(Record *record)
{
    Field *field = record->n < MOST_FIELDS ? &record->field[record->n] : NULL;

    if (field) {
        g_string_truncate(field->text, 0);
        field->cut = FALSE;
        record->n++;
    }
    return field;
}

/* From behind the opening quote to behind the closing one. */
static gboolean
read_quoted(FalInput *input, Field *field, gint64 *left)
{
    for (;;) {
        int c = fal_input_peek(input);
        if (c < 0 || --*left < 0)
            return FALSE;
        fal_input_take(input);
        if (c == '"') {
            if (fal_input_peek(input) != '"')
                return TRUE;
            fal_input_take(input);
        }
        put(field, c);
    }
}

/* One record; FALSE at the end. Blank lines are read over. */
static gboolean
read_record(FalInput *input, Record *record)
{
    gint64 left = MOST_RECORD;
    int c;

    while ((c = fal_input_peek(input)) == '\n' || c == '\r')
        fal_input_take(input);
    if (c < 0)
        return FALSE;
    record->n = 0;
    record->bad = NULL;
    record->cut = FALSE;
    record->line = input->line;
    Field *field = next_field(record);
    while ((c = fal_input_peek(input)) >= 0 && c != '\n' && --left >= 0) {
        fal_input_take(input);
        if (c == ',') {
            field = next_field(record);
        } else if (c == '"' && field && field->text->len == 0) {
            if (!read_quoted(input, field, &left)) {
                record->bad = "a quote is not closed";
                record->cut = left >= 0;
                break;
            }
        } else if (c != '\r' || fal_input_peek(input) != '\n') {
            put(field, c);
        }
    }
    if (left < 0 && !record->bad)
        record->bad = "the line is too long";
    if (record->bad)
        skip_line(input);
    else if (c == '\n')
        fal_input_take(input);
    return TRUE;
}

/* --- what the columns are --- */

typedef struct {
    int artist, time; /* columns; time -1: there is none */
    int n;
    gboolean header;
} Layout;

/* "02 Jan 2006 15:04", or nothing for what is playing just now. */
static gboolean
is_date(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4];
    int day, year, hour, minute, n = 0;

    if (sscanf(text, "%2d %3s %4d %2d:%2d%n", &day, month, &year, &hour, &minute, &n) != 5 ||
        text[n])
        return FALSE;
    const char *at = strstr(months, month);
    return at && (at - months) % 3 == 0 && strlen(month) == 3 && day >= 1 && day <= 31 &&
           hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
}

static gboolean
is_epoch(const char *text)
{
    gsize n = strspn(text, "0123456789");

    return n > 0 && n < 12 && !text[n];
}

static gboolean
take_header(const Record *record, Layout *layout)
{
    gboolean track = FALSE, utc = FALSE;

    *layout = (Layout){.artist = -1, .time = -1, .n = record->n, .header = TRUE};
    for (int i = 0; i < record->n; i++) {
        const char *name = record->field[i].text->str;
        if (!g_ascii_strcasecmp(name, "artist"))
            layout->artist = i;
        else if (!g_ascii_strcasecmp(name, "uts"))
            layout->time = i;
        track = track || !g_ascii_strcasecmp(name, "track");
        utc = utc || !g_ascii_strcasecmp(name, "utc_time");
    }
    return layout->artist >= 0 && (layout->time >= 0 || track || utc);
}

static gboolean
is_plain(const Record *record)
{
    return !record->bad && record->n == 4 && is_date(record->field[3].text->str);
}

gboolean
fal_history_is_csv(const char *bytes, gsize n)
{
    FalMemory memory = {bytes, n};
    FalInput input;
    g_auto(Record) record;
    Layout layout;
    gboolean found = FALSE;

    record_init(&record);
    fal_input_init(&input, "", fal_memory_read, &memory);
    for (int i = 0; i < LOOKED_AT && !found && read_record(&input, &record); i++)
        found = (i == 0 && take_header(&record, &layout)) || is_plain(&record);
    fal_input_clear(&input);
    return found;
}

/* --- listens --- */

static const char *
problem_of(const Record *record, const Layout *layout)
{
    if (record->bad)
        return record->bad;
    if (record->n != layout->n)
        return record->n < layout->n ? "it has too few fields" : "it has too many fields";
    if (record->field[layout->artist].cut)
        return "the artist's name is too long";
    if (layout->time < 0)
        return NULL;
    const char *time = record->field[layout->time].text->str;
    /* Without a header the time of what is just played is empty. */
    if (layout->header ? !is_epoch(time) : *time && !is_date(time))
        return "what stands for its time is none";
    return NULL;
}

gboolean
fal_history_csv(FalInput *input, FalListens *listens, gboolean *found, GError **error)
{
    const FalHistoryKind kind = FAL_HISTORY_LASTFM;
    g_auto(Record) record;
    Layout layout;

    record_init(&record);
    *found = FALSE;
    for (gboolean first = TRUE; read_record(input, &record); first = FALSE) {
        if (first) {
            *found = take_header(&record, &layout);
            if (*found)
                continue;
            layout = (Layout){.artist = 0, .time = 3, .n = 4};
        }
        if (record.cut) {
            g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                        "%s, line %" G_GINT64_FORMAT
                        ": a quote begins that is not closed when the file ends; it is cut "
                        "short: get the export again",
                        input->file, record.line);
            return FALSE;
        }
        const char *problem = problem_of(&record, &layout);
        const GString *name = record.field[layout.artist].text;
        FalHeardOnce heard = {name->str, name->len, 1, record.line, 0};
        *found = *found || !problem;
        if (problem)
            fal_listens_bad(listens, kind, input, record.line, problem);
        else if (!fal_listens_add(listens, kind, input, &heard, error))
            return FALSE;
    }
    return TRUE;
}

/* --- lists --- */

/* The name's bytes and the plays behind the tab of a line. */
static const char *
parse_entry(const char *line, gsize n, gsize *name_bytes, guint64 *plays)
{
    const char *tab = memchr(line, '\t', n), *end = line + n;

    if (!tab)
        return "there is no tab between a name and its plays";
    *name_bytes = (gsize)(tab - line);
    *plays = 0;
    const char *at = tab + 1;
    while (end > at && g_ascii_isspace(end[-1]))
        end--;
    while (at < end && *at == ' ')
        at++;
    if (at == end)
        return "the plays are missing";
    for (; at < end; at++) {
        if (!g_ascii_isdigit(*at))
            return "the plays are no whole number";
        *plays = *plays * 10 + (guint64)(*at - '0');
        if (*plays > G_MAXUINT32)
            return "there are more than 4294967295 plays";
    }
    return *plays == 0 ? "there are 0 plays" : NULL;
}

/* The bytes need not end with a zero. */
static gsize
count_digits(const char *bytes, gsize n)
{
    gsize digits = 0;

    while (digits < n && g_ascii_isdigit(bytes[digits]))
        digits++;
    return digits;
}

gboolean
fal_history_is_list(const char *bytes, gsize n)
{
    const char *end = bytes + n;

    for (int i = 0; i < LOOKED_AT && bytes < end; i++) {
        const char *stop = memchr(bytes, '\n', (gsize)(end - bytes));
        gsize line = (gsize)((stop ? stop : end) - bytes), name_bytes;
        guint64 plays;
        if (memchr(bytes, '\0', line))
            return FALSE;
        /* Two columns of numbers are more likely aliases of a data set than only 311. */
        if (!parse_entry(bytes, line, &name_bytes, &plays) &&
            count_digits(bytes, line) < name_bytes)
            return TRUE;
        bytes += line + (stop != NULL);
    }
    return FALSE;
}

/* A line, without its end; what is beyond twice the longest name is read over. */
static gboolean
read_line(FalInput *input, GString *line, gboolean *cut)
{
    int c = fal_input_peek(input);

    g_string_truncate(line, 0);
    *cut = FALSE;
    if (c < 0)
        return FALSE;
    for (; c >= 0 && c != '\n'; c = fal_input_peek(input)) {
        if (line->len >= 2 * FAL_HISTORY_TEXT)
            *cut = TRUE;
        else
            g_string_append_c(line, (char)c);
        fal_input_take(input);
    }
    if (c == '\n')
        fal_input_take(input);
    return TRUE;
}

gboolean
fal_history_list(FalInput *input, FalListens *listens, gboolean *found, GError **error)
{
    const FalHistoryKind kind = FAL_HISTORY_LIST;
    g_autoptr(GString) line = g_string_new(NULL);
    gboolean cut;

    *found = FALSE;
    for (gint64 at = input->line; read_line(input, line, &cut); at = input->line) {
        gsize name_bytes;
        guint64 plays;
        if (line->len == strspn(line->str, " \t\r"))
            continue;
        const char *problem = cut ? "the line is too long"
                                  : parse_entry(line->str, line->len, &name_bytes, &plays);
        *found = *found || !problem;
        if (problem) {
            fal_listens_bad(listens, kind, input, at, problem);
            continue;
        }
        FalHeardOnce heard = {line->str, name_bytes, plays, at, 0};
        if (!fal_listens_add(listens, kind, input, &heard, error))
            return FALSE;
    }
    return TRUE;
}
