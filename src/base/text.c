/* Text from files, text for terminals, figures as people read them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include <wchar.h>

#include "base/glyphs.h"

#define REPLACEMENT 0xfffd

/* Windows-1252 from 0x80 to 0x9f; the bytes it does not define are the replacement character.
 * A table of our own, as iconv's may be missing where only a minimal system is installed. */
static const gunichar windows_1252[32] = {
    0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
};

/* Valid UTF-8, a NUL counted as a character like others. */
static gboolean
is_utf8(const char *bytes, gsize n_bytes)
{
    const char *end = bytes + n_bytes;

    while (!g_utf8_validate_len(bytes, (gsize)(end - bytes), &bytes)) {
        if (*bytes != '\0')
            return FALSE;
        bytes++;
    }
    return TRUE;
}

char *
fal_text_from_bytes(const char *bytes, gsize n_bytes)
{
    GString *text;
    gboolean valid;

    while (n_bytes > 0 && g_ascii_isspace(bytes[n_bytes - 1]))
        n_bytes--;
    while (n_bytes > 0 && g_ascii_isspace(*bytes)) {
        bytes++;
        n_bytes--;
    }
    valid = is_utf8(bytes, n_bytes);
    if (valid && !memchr(bytes, '\0', n_bytes))
        return g_strndup(bytes, n_bytes);

    text = g_string_sized_new(2 * n_bytes);
    for (gsize i = 0; i < n_bytes; i++) {
        guchar byte = (guchar)bytes[i];

        if (byte == '\0')
            g_string_append_unichar(text, REPLACEMENT);
        else if (valid || byte < 0x80)
            g_string_append_c(text, (char)byte);
        else
            g_string_append_unichar(text, byte < 0xa0 ? windows_1252[byte - 0x80] : byte);
    }
    return g_string_free(text, FALSE);
}

static gboolean
acts_on_terminals(gunichar c)
{
    if (c < 0x20 || (c >= 0x7f && c < 0xa0))
        return TRUE;
    if (c < 0x61c)
        return FALSE;
    if (c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
        (c >= 0x2066 && c <= 0x2069))
        return TRUE;
    switch (g_unichar_type(c)) {
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
        return TRUE;
    default:
        return FALSE;
    }
}

char *
fal_text_clean(const char *text)
{
    const char *end = text + strlen(text);
    GString *safe = g_string_sized_new((gsize)(end - text));

    while (text < end) {
        gunichar c = g_utf8_get_char_validated(text, end - text);

        if (c == (gunichar)-1 || c == (gunichar)-2) {
            g_string_append_unichar(safe, REPLACEMENT);
            text++;
            continue;
        }
        if (c == '\t')
            c = ' ';
        else if (acts_on_terminals(c))
            c = REPLACEMENT;
        g_string_append_unichar(safe, c);
        text = g_utf8_next_char(text);
    }
    return g_string_free(safe, FALSE);
}

char *
fal_text_safe(const char *text)
{
    g_autofree char *clean = fal_text_clean(text);

    return fal_glyphs_unicode() ? g_steal_pointer(&clean) : fal_glyphs_to_ascii(clean);
}

static int
char_width(gunichar c, gboolean utf8)
{
    int width;

    if (c >= 0x20 && c < 0x7f)
        return 1;
    if (c >= 0x80 && !utf8)
        return 1;
    width = wcwidth((wchar_t)c);
    return MAX(width, 0);
}

int
fal_text_width(const char *text)
{
    gboolean utf8 = g_get_charset(NULL);
    int width = 0;

    for (; *text; text = g_utf8_next_char(text))
        width += char_width(g_utf8_get_char(text), utf8);
    return width;
}

gsize
fal_text_prefix(const char *text, int cells, int *used)
{
    gboolean utf8 = g_get_charset(NULL);
    const char *at = text;
    int taken = 0;

    /* What has no width always fits, so it is never parted from the character before it. */
    for (; *at; at = g_utf8_next_char(at)) {
        int width = char_width(g_utf8_get_char(at), utf8);

        if (taken + width > cells)
            break;
        taken += width;
    }
    if (used)
        *used = taken;
    return (gsize)(at - text);
}

char *
fal_text_fit(const char *text, int cells, FalAlign align)
{
    g_autofree char *safe = fal_text_safe(text);
    GString *fitted = g_string_new(NULL);
    const char *mark = "";
    gsize n_bytes;
    int used;

    if (cells <= 0)
        return g_string_free(fitted, FALSE);
    n_bytes = fal_text_prefix(safe, cells, &used);
    if (safe[n_bytes] != '\0') {
        mark = fal_glyph(FAL_GLYPH_ELLIPSIS);
        n_bytes = fal_text_prefix(safe, cells - 1, &used);
        used++;
    }
    if (align == FAL_ALIGN_RIGHT)
        g_string_append_printf(fitted, "%*s", cells - used, "");
    g_string_append_len(fitted, safe, (gssize)n_bytes);
    g_string_append(fitted, mark);
    if (align == FAL_ALIGN_LEFT)
        g_string_append_printf(fitted, "%*s", cells - used, "");
    return g_string_free(fitted, FALSE);
}

char *
fal_text_count(gint64 n)
{
    char grouped[32];
    char *at = grouped + sizeof grouped;
    guint64 rest = n < 0 ? -(guint64)n : (guint64)n;
    int digits = 0;

    *--at = '\0';
    do {
        if (digits > 0 && digits % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + rest % 10);
        rest /= 10;
        digits++;
    } while (rest > 0);
    if (n < 0)
        *--at = '-';
    return g_strdup(at);
}

/* value as printf's %.<digits>g in the C locale. */
static void
format_real(char *buffer, int size, double value, int digits)
{
    char format[8];

    g_snprintf(format, sizeof format, "%%.%dg", digits);
    g_ascii_formatd(buffer, size, format, value);
}

char *
fal_text_real(double value, int digits)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    if (isnan(value))
        return g_strdup("-");
    if (value == 0.0)
        return g_strdup("0"); /* and not "-0" */
    format_real(buffer, sizeof buffer, value, CLAMP(digits, 1, 17));
    return g_strdup(buffer);
}

char *
fal_text_metric(double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    if (isnan(value) || (value != 0.0 && fabs(value) < 0.001))
        return fal_text_real(value, 2);
    return g_strdup(g_ascii_formatd(buffer, sizeof buffer, "%.3f", value));
}

char *
fal_text_exact(double value, gboolean is_float)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    /* A decimal of so many digits survives the way there and back: no need to try fewer. But
     * numbers next to zero have less precision. */
    gboolean tiny = fabs(value) < (is_float ? FLT_MIN : DBL_MIN);
    int most = is_float ? 9 : 17;
    int digits = tiny ? 1 : is_float ? FLT_DIG : DBL_DIG;

    if (!isfinite(value) || (is_float && !isfinite((float)value)))
        return g_strdup("null");
    for (;; digits++) {
        double back;

        format_real(buffer, sizeof buffer, value, digits);
        back = g_ascii_strtod(buffer, NULL);
        if (digits >= most || (is_float ? (float)back == (float)value : back == value))
            return g_strdup(buffer);
    }
}

char *
fal_text_duration(double seconds)
{
    gint64 whole;

    if (isnan(seconds))
        return g_strdup("-");
    seconds = CLAMP(seconds, 0.0, 1e15);
    if (seconds < 9.95) {
        char buffer[G_ASCII_DTOSTR_BUF_SIZE];

        g_ascii_formatd(buffer, sizeof buffer, "%.1f", seconds);
        return g_strconcat(buffer, " s", NULL);
    }
    whole = (gint64)(seconds + 0.5);
    if (whole < 60)
        return g_strdup_printf("%" G_GINT64_FORMAT " s", whole);
    if (whole < 3600)
        return g_strdup_printf("%d min %02d s", (int)(whole / 60), (int)(whole % 60));
    return g_strdup_printf("%" G_GINT64_FORMAT " h %02d min", whole / 3600,
                           (int)(whole / 60 % 60));
}
