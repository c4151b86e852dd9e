/* How an image (image.h) is laid out, for those who write and read it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FAL_DATA_IMAGE_PRIVATE_H
#define FAL_DATA_IMAGE_PRIVATE_H

#include "data/dataset-private.h"

/* To be raised with every change of what is written, or of what loading makes of a text. */
#define FAL_IMAGE_VERSION   1
#define FAL_BYTE_ORDER_MARK 0x01020304
/* Of an array, in memory. */
#define FAL_IMAGE_BLOCK ((gint64)1 << 20)
#define FAL_IMAGE_MAGIC "falsetto" /* 8 bytes, no NUL */

typedef struct {
    char magic[8];
    guint32 version, byte_order;
    guint64 meta_at, meta_size, meta_hash;
} FalImageHeader;

/* The sizes of everything. */
typedef struct {
    gint64 users, artists, pairs;
    gint64 user_words, user_ids, user_large;
    gint64 artist_words, artist_ids, artist_large;
    gint64 names, folded, alias_names; /* bytes */
    gint64 aliases;
} FalImageSizes;

#define FAL_N_IMAGE_SIZES (sizeof(FalImageSizes) / sizeof(gint64))

typedef enum { FAL_BYTES, FAL_WORDS, FAL_NUMBERS, FAL_OFFSETS, FAL_COUNTS } FalSectionKind;

/* An array. */
typedef struct {
    gpointer data;
    gint64 n;
    FalSectionKind kind;
    gint64 low, high; /* that numbers and offsets lie between */
} FalSection;

enum { FAL_N_SECTIONS = 22 };

/* What the arrays belong to while they are written or read. */
typedef struct {
    FalImageSizes sizes;
    FalCsr by_user, by_artist;
    FalIdMap *users, *artists;
    gint64 *user_ids, *artist_ids;
    FalTexts names, folded;
    char *alias_names;
    gint64 *alias_ids, *alias_at, *alias_start;
} FalImage;

/* Key, sizes, blocks, what the archive's members are, fingerprint, figures, problems. */
#define FAL_IMAGE_META "(ayaxa(tt)a(is)t(iixtxxxxxid)a(yxss))"

/* Bytes of an element in memory, and how many elements a block has. */
gsize fal_section_size(FalSectionKind kind);
gint64 fal_section_block(FalSectionKind kind);
/* All arrays of the image. */
void fal_image_sections(FalImage *it, FalSection sections[FAL_N_SECTIONS]);

#endif
