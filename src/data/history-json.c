/* Listening histories in JSON: ListenBrainz and Spotify. A parser that takes a byte at a time
 * and keeps no more than the few values of one listen: documents of half a gigabyte are one
 * array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "data/history-private.h"

enum {
    MOST_DEPTH = 64,
    MOST_NUMBER = 40, /* bytes */
    SHORTEST = 30000, /* milliseconds of what counts however it ended */
};

typedef enum {
    TYPE_ABSENT,
    TYPE_NULL,
    TYPE_BOOL,
    TYPE_NUMBER,
    TYPE_STRING,
    TYPE_OTHER, /* an object or an array */
} Type;

typedef struct {
    Type type;
    GString *text; /* of a string */
    gboolean cut;  /* it is longer than that */
    double number; /* of a number, or 0 or 1 */
} Value;

typedef enum {
    FIELD_NONE = -1,
    /* Spotify, extended */
    TS,
    MS_PLAYED,
    ARTIST,
    TRACK,
    EPISODE,
    REASON_END,
    SKIPPED,
    INCOGNITO,
    /* Spotify, account */
    END_TIME,
    ACCOUNT_ARTIST,
    ACCOUNT_MS,
    PODCAST,
    /* ListenBrainz */
    LISTENED_AT,
    METADATA,
    LISTEN_ARTIST,
    N_FIELDS
} Field;

static const struct {
    const char *key;
    gboolean inside; /* of METADATA */
} fields[N_FIELDS] = {
    [TS] = {"ts", FALSE},
    [MS_PLAYED] = {"ms_played", FALSE},
    [ARTIST] = {"master_metadata_album_artist_name", FALSE},
    [TRACK] = {"master_metadata_track_name", FALSE},
    [EPISODE] = {"episode_name", FALSE},
    [REASON_END] = {"reason_end", FALSE},
    [SKIPPED] = {"skipped", FALSE},
    [INCOGNITO] = {"incognito_mode", FALSE},
    [END_TIME] = {"endTime", FALSE},
    [ACCOUNT_ARTIST] = {"artistName", FALSE},
    [ACCOUNT_MS] = {"msPlayed", FALSE},
    [PODCAST] = {"podcastName", FALSE},
    [LISTENED_AT] = {"listened_at", FALSE},
    [METADATA] = {"track_metadata", FALSE},
    [LISTEN_ARTIST] = {"artist_name", TRUE},
};

typedef struct {
    FalInput *input;
    FalListens *listens;
    Value value[N_FIELDS];
    GString *key;
    const char *problem; /* why the text is no JSON */
    gboolean one_line;   /* what is read ends with its line */
    gint64 line;         /* where the listen begins */
    gint64 known, unknown;
} Json;

/* --- the parser --- */

static gboolean
fail(Json *json, const char *problem)
{
    json->problem = problem;
    return FALSE;
}

static int
peek_token(Json *json)
{
    int c = fal_input_peek(json->input);

    while (c == ' ' || c == '\r' || c == '\t' || (c == '\n' && !json->one_line)) {
        fal_input_take(json->input);
        c = fal_input_peek(json->input);
    }
    return c;
}

static gboolean
take(Json *json, int c, const char *problem)
{
    if (peek_token(json) != c)
        return fail(json, problem);
    fal_input_take(json->input);
    return TRUE;
}

static gboolean
read_hex(Json *json, gunichar *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        int c = fal_input_peek(json->input);
        int digit = c < 0 ? -1 : g_ascii_xdigit_value((char)c);
        if (digit < 0)
            return fail(json, "\\u without four digits behind it");
        *out = *out << 4 | (gunichar)digit;
        fal_input_take(json->input);
    }
    return TRUE;
}

static void
put(GString *out, gboolean *cut, gunichar c)
{
    char bytes[6];
    int n = g_unichar_to_utf8(c, bytes);

    if (!out)
        return;
    if (out->len + (gsize)n > FAL_HISTORY_TEXT)
        *cut = TRUE;
    else
        g_string_append_len(out, bytes, n);
}

/* Characters outside the first plane are written as two halves; a half alone, and zero, are
 * shown to be none. */
static gboolean
read_unicode(Json *json, GString *out, gboolean *cut, gunichar *half)
{
    gunichar c;

    if (!read_hex(json, &c))
        return FALSE;
    if (*half && c >= 0xdc00 && c < 0xe000) {
        c = 0x10000 + ((*half - 0xd800) << 10) + (c - 0xdc00);
        *half = 0;
    } else if (*half) {
        put(out, cut, 0xfffd);
        *half = 0;
    }
    if (c >= 0xd800 && c < 0xdc00)
        *half = c;
    else
        put(out, cut, c == 0 || (c >= 0xdc00 && c < 0xe000) ? 0xfffd : c);
    return TRUE;
}

static gboolean
read_escape(Json *json, GString *out, gboolean *cut, gunichar *half)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    int c = fal_input_peek(json->input);
    const char *at = c > 0 ? strchr(from, c) : NULL;

    if (c == 'u') {
        fal_input_take(json->input);
        return read_unicode(json, out, cut, half);
    }
    if (!at)
        return fail(json, "a \\ with nothing that it could mean");
    fal_input_take(json->input);
    if (*half)
        put(out, cut, 0xfffd);
    *half = 0;
    put(out, cut, (guchar)to[at - from]);
    return TRUE;
}

/* From the opening quote on. Bytes are taken as they are, UTF-8 or not. out may be NULL. */
static gboolean
read_string(Json *json, GString *out, gboolean *cut)
{
    FalInput *input = json->input;
    gunichar half = 0;

    if (out)
        g_string_truncate(out, 0);
    *cut = FALSE;
    fal_input_take(input);
    for (;;) {
        int c = fal_input_peek(input);
        if (c < 0 || c == '\n')
            return fail(json, "a text without an end");
        fal_input_take(input);
        if (c == '\\') {
            if (!read_escape(json, out, cut, &half))
                return FALSE;
            continue;
        }
        if (half)
            put(out, cut, 0xfffd);
        half = 0;
        if (c == '"')
            return TRUE;
        if (!out)
            continue;
        if (out->len >= FAL_HISTORY_TEXT)
            *cut = TRUE;
        else
            g_string_append_c(out, (char)c);
    }
}

static gboolean
read_number(Json *json, double *out)
{
    char text[MOST_NUMBER + 1], *end;
    int n = 0;

    for (int c = fal_input_peek(json->input); c > 0 && strchr("+-.0123456789eE", c);
         c = fal_input_peek(json->input)) {
        if (n == MOST_NUMBER)
            return fail(json, "a number that is too long");
        text[n++] = (char)c;
        fal_input_take(json->input);
    }
    text[n] = '\0';
    *out = g_ascii_strtod(text, &end);
    return (n > 0 && !*end) || fail(json, "what is no value");
}

static gboolean
read_literal(Json *json, const char *word)
{
    for (; *word; word++) {
        if (fal_input_peek(json->input) != (guchar)*word)
            return fail(json, "what is no value");
        fal_input_take(json->input);
    }
    return TRUE;
}

static gboolean read_object(Json *json, int depth, gboolean listen, gboolean inside);
static gboolean read_value(Json *json, int depth, Field field);

static gboolean
read_array(Json *json, int depth)
{
    fal_input_take(json->input);
    if (peek_token(json) == ']') {
        fal_input_take(json->input);
        return TRUE;
    }
    do {
        if (!read_value(json, depth + 1, FIELD_NONE))
            return FALSE;
        if (peek_token(json) == ']') {
            fal_input_take(json->input);
            return TRUE;
        }
    } while (take(json, ',', "no comma between two values"));
    return FALSE;
}

/* A value that goes where field says, if anywhere. */
static gboolean
read_value(Json *json, int depth, Field field)
{
    Value ignored = {TYPE_ABSENT, NULL, FALSE, 0};
    Value *value = field >= 0 ? &json->value[field] : &ignored;
    int c = peek_token(json);

    if (depth > MOST_DEPTH)
        return fail(json, "values nested deeper than 64");
    value->number = 0;
    switch (c) {
    case '{':
        value->type = TYPE_OTHER;
        return read_object(json, depth, field == METADATA, TRUE);
    case '[':
        value->type = TYPE_OTHER;
        return read_array(json, depth);
    case '"':
        value->type = TYPE_STRING;
        return read_string(json, value->text, &value->cut);
    case 't':
    case 'f':
        value->type = TYPE_BOOL;
        value->number = c == 't';
        return read_literal(json, c == 't' ? "true" : "false");
    case 'n':
        value->type = TYPE_NULL;
        return read_literal(json, "null");
    default:
        value->type = TYPE_NUMBER;
        return read_number(json, &value->number);
    }
}

static Field
find_field(const char *key, gboolean inside)
{
    for (int i = 0; i < N_FIELDS; i++)
        if (fields[i].inside == inside && !strcmp(fields[i].key, key))
            return (Field)i;
    return FIELD_NONE;
}

/* Of a listen, or inside its metadata, the fields are kept. */
static gboolean
read_object(Json *json, int depth, gboolean listen, gboolean inside)
{
    fal_input_take(json->input);
    if (peek_token(json) == '}') {
        fal_input_take(json->input);
        return TRUE;
    }
    do {
        gboolean cut;
        if (peek_token(json) != '"')
            return fail(json, "no key where one has to be");
        if (!read_string(json, json->key, &cut))
            return FALSE;
        Field field = listen && !cut ? find_field(json->key->str, inside) : FIELD_NONE;
        if (!take(json, ':', "a key without a value") || !read_value(json, depth + 1, field))
            return FALSE;
        if (peek_token(json) == '}') {
            fal_input_take(json->input);
            return TRUE;
        }
    } while (take(json, ',', "no comma between two keys"));
    return FALSE;
}

/* --- what a listen is --- */

static void
bad(Json *json, FalHistoryKind kind, const char *why)
{
    fal_listens_bad(json->listens, kind, json->input, json->line, why);
}

/* 20201231 of "2020-12-31T23:59:59Z" or "2020-12-31 23:59"; 0 where it is no day. */
static gint32
day_of(const Value *value)
{
    static const char shape[] = "0000-00-00";
    gint32 day = 0;

    if (value->type != TYPE_STRING || value->text->len < strlen(shape))
        return 0;
    for (gsize i = 0; shape[i]; i++) {
        char c = value->text->str[i];
        if (shape[i] == '-' ? c != '-' : !g_ascii_isdigit(c))
            return 0;
        if (shape[i] == '0')
            day = 10 * day + (c - '0');
    }
    return day;
}

static gboolean
add(Json *json, FalHistoryKind kind, Field artist, Field time, GError **error)
{
    const Value *value = &json->value[artist];

    if (value->type != TYPE_STRING || value->cut) {
        bad(json, kind, value->cut ? "the artist's name is too long" : "the artist is no text");
        return TRUE;
    }
    FalHeardOnce heard = {value->text->str, value->text->len, 1, json->line,
                          time >= 0 ? day_of(&json->value[time]) : 0};
    return fal_listens_add(json->listens, kind, json->input, &heard, error);
}

static gboolean
is_nothing(const Value *value)
{
    return value->type == TYPE_ABSENT || value->type == TYPE_NULL ||
           (value->type == TYPE_STRING && value->text->len == 0);
}

/* What ends a listen before its end, as ListenBrainz's importer has it. */
static gboolean
was_ended(const Value *reason)
{
    static const char *const reasons[] = {
        "fwdbtn",  "backbtn",    "clickrow",        "clickside",
        "endplay", "playbtn",    "remote",          "logout",
        "popup",   "trackerror", "unexpected-exit", "unexpected-exit-while-paused",
        "unknown", NULL};

    return reason->type == TYPE_NULL ||
           (reason->type == TYPE_STRING && g_strv_contains(reasons, reason->text->str));
}

static gboolean
add_spotify(Json *json, GError **error)
{
    const FalHistoryKind kind = FAL_HISTORY_SPOTIFY;
    const Value *v = json->value;

    if (v[MS_PLAYED].type != TYPE_NUMBER)
        bad(json, kind, "ms_played is no number");
    else if (v[INCOGNITO].number != 0)
        fal_listens_leave(json->listens, kind, FAL_LISTEN_PRIVATE);
    else if (is_nothing(&v[ARTIST]))
        fal_listens_leave(json->listens, kind, FAL_LISTEN_PODCAST);
    else if (v[MS_PLAYED].number < SHORTEST &&
             (v[SKIPPED].number != 0 || was_ended(&v[REASON_END])))
        fal_listens_leave(json->listens, kind, FAL_LISTEN_SKIPPED);
    else
        return add(json, kind, ARTIST, TS, error);
    return TRUE;
}

static gboolean
add_account(Json *json, GError **error)
{
    const FalHistoryKind kind = FAL_HISTORY_SPOTIFY_ACCOUNT;
    const Value *v = json->value;

    if (v[ACCOUNT_MS].type != TYPE_NUMBER)
        bad(json, kind, "msPlayed is no number");
    else if (is_nothing(&v[ACCOUNT_ARTIST]))
        fal_listens_leave(json->listens, kind, FAL_LISTEN_PODCAST);
    else if (v[ACCOUNT_MS].number < SHORTEST)
        fal_listens_leave(json->listens, kind, FAL_LISTEN_SKIPPED);
    else
        return add(json, kind, ACCOUNT_ARTIST, END_TIME, error);
    return TRUE;
}

static gboolean
add_listenbrainz(Json *json, GError **error)
{
    const FalHistoryKind kind = FAL_HISTORY_LISTENBRAINZ;

    if (json->value[LISTENED_AT].type != TYPE_NUMBER)
        bad(json, kind, "listened_at is no number");
    else if (json->value[LISTEN_ARTIST].type == TYPE_ABSENT)
        bad(json, kind, "it has no artist_name");
    else
        return add(json, kind, LISTEN_ARTIST, FIELD_NONE, error);
    return TRUE;
}

static gboolean
add_listen(Json *json, GError **error)
{
    const Value *v = json->value;

    json->known++;
    if (v[MS_PLAYED].type && (v[ARTIST].type || v[TRACK].type || v[EPISODE].type))
        return add_spotify(json, error);
    if (v[END_TIME].type && v[ACCOUNT_MS].type && (v[ACCOUNT_ARTIST].type || v[PODCAST].type))
        return add_account(json, error);
    if (v[LISTENED_AT].type && v[METADATA].type)
        return add_listenbrainz(json, error);
    json->known--;
    json->unknown++;
    return TRUE;
}

static gboolean
read_listen(Json *json)
{
    json->line = json->input->line;
    for (int i = 0; i < N_FIELDS; i++) {
        json->value[i].type = TYPE_ABSENT;
        json->value[i].number = 0;
    }
    return read_object(json, 2, TRUE, FALSE);
}

/* --- documents --- */

static void
set_broken(Json *json, GError **error)
{
    FalInput *input = json->input;
    int c = fal_input_peek(input);
    g_autofree char *at = c < 0               ? g_strdup("the end of the file")
                          : c > 32 && c < 127 ? g_strdup_printf("\"%c\"", c)
                                              : g_strdup_printf("byte 0x%02x", (guint)c);

    if (input->error) {
        g_propagate_error(error, g_steal_pointer(&input->error));
        return;
    }
    g_set_error(error, FAL_ERROR, FAL_ERROR_DATA,
                "%s, line %" G_GINT64_FORMAT ", byte %" G_GINT64_FORMAT
                ": %s: %s; it is cut short or damaged: get the export again",
                input->file, input->line, input->column + 1, at, json->problem);
}

static gboolean
is_hopeless(const Json *json)
{
    return json->known == 0 && json->unknown > FAL_HISTORY_PATIENCE;
}

/* [ {...}, {...} ]: after a mistake nothing tells where the next listen begins. */
static gboolean
read_listens(Json *json, GError **error)
{
    fal_input_take(json->input);
    if (peek_token(json) == ']') {
        fal_input_take(json->input);
        return TRUE;
    }
    do {
        gboolean listen = peek_token(json) == '{';
        if (!(listen ? read_listen(json) : read_value(json, 2, FIELD_NONE)))
            return FALSE;
        if (listen && !add_listen(json, error))
            return FALSE;
        json->unknown += !listen;
        if (is_hopeless(json))
            return TRUE;
        if (peek_token(json) == ']') {
            fal_input_take(json->input);
            return peek_token(json) < 0 || fail(json, "more text behind the end");
        }
    } while (take(json, ',', "no comma between two listens"));
    return FALSE;
}

static void
skip_line(FalInput *input)
{
    int c = 0;

    while (c != '\n' && (c = fal_input_peek(input)) >= 0)
        fal_input_take(input);
}

/* {...} {...}: a listen a line; one that is broken costs its line only. */
static gboolean
read_lines(Json *json, GError **error)
{
    gint64 broken = 0, first = 0;
    const char *why = NULL;

    while (peek_token(json) >= 0 && json->known + FAL_HISTORY_PATIENCE > broken &&
           !is_hopeless(json)) {
        json->line = json->input->line;
        json->one_line = TRUE;
        gboolean ok =
            peek_token(json) == '{' ? read_listen(json) : fail(json, "it is no object");
        json->one_line = FALSE;
        if (ok && !add_listen(json, error))
            return FALSE;
        if (ok)
            continue;
        /* One that the file ends in was cut short. */
        if (json->input->error || (json->known > 0 && fal_input_peek(json->input) < 0))
            return FALSE;
        if (json->known > 0) {
            bad(json, FAL_HISTORY_LISTENBRAINZ, json->problem);
        } else if (broken++ == 0) {
            first = json->line;
            why = json->problem;
        }
        skip_line(json->input);
    }
    /* What came before the first that could be read. */
    for (gint64 i = 0; json->known > 0 && i < broken; i++) {
        json->line = first;
        bad(json, FAL_HISTORY_LISTENBRAINZ, why);
    }
    json->problem = NULL;
    return TRUE;
}

gboolean
fal_history_json(FalInput *input, FalListens *listens, gboolean *found, GError **error)
{
    Json json = {.input = input, .listens = listens, .key = g_string_new(NULL)};
    GError *why = NULL;
    gboolean ok;

    for (int i = 0; i < N_FIELDS; i++)
        json.value[i].text = g_string_new(NULL);
    ok = peek_token(&json) == '[' ? read_listens(&json, &why) : read_lines(&json, &why);
    *found = json.known > 0;
    if (!ok && !why)
        set_broken(&json, &why);
    if (why)
        g_propagate_error(error, why);
    for (int i = 0; i < N_FIELDS; i++)
        g_string_free(json.value[i].text, TRUE);
    g_string_free(json.key, TRUE);
    return ok;
}
