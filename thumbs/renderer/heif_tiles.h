/*
 * heif_tiles.h: the tiles of an AVIF or HEIC stand as they are stored (ISO/IEC 23000-22, MIAF).
 *
 * Only the whole may be turned or mirrored. avifenc 0.11 names what turns the whole (irot, imir)
 * for each of its tiles, too; browsers leave that out, libheif turns the tiles in their places.
 * Pure, linear, every read bounds checked.
 */
#ifndef HEIF_TILES_H
#define HEIF_TILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The pixels of all parts that the image shown is made of (dimg), and of those of what stands
 * beside it (auxl), each as often as it is named, by the sizes that their properties say, small
 * ones as larger ones: a decoder decodes one that is named a thousand times as often. False: an
 * image is part of itself, or through too many others. */
bool heif_tiles_count_pixels(const unsigned char *data, size_t length_bytes, uint64_t *ret_pixels);
/* More items than a decoder finds in seconds. */
bool heif_tiles_are_too_many(const unsigned char *data, size_t length_bytes, size_t *ret_items);
/* Takes it from them, in place. */
void heif_tiles_put_upright(unsigned char *data, size_t length_bytes);

#endif
