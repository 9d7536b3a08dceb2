/*
 * structure.h: whether a file goes on to the end that its format's own framing announces.
 *
 * Decoders say "error"; only the framing tells a file that was cut off from one that is corrupt.
 * When it was cut, but perhaps after the last byte that is shown (a JPEG without its EOI, a GIF
 * without its trailer), the end can be put back: if the mended file then decodes without a
 * complaint, nothing that is shown was missing. A PNG is mended by png_repair.h. Pure, linear,
 * every read bounds checked; nothing is allocated.
 */
#ifndef STRUCTURE_H
#define STRUCTURE_H

#include <stddef.h>
#include <stdint.h>

#include "media_type.h"

enum structure_state {
	STRUCTURE_WHOLE,
	STRUCTURE_CUT,     /* mend it and decode: that decides */
	STRUCTURE_MISSING, /* image data is missing for certain */
};

/* Bytes that structure_mend() may write after the end. */
#define STRUCTURE_MEND_BYTES 16

/* What small files may have very many of, at a cost. */
struct structure_counts {
	unsigned scans;        /* JPEG: for each a decoder goes through the whole image */
	unsigned metadata;     /* JPEG: segments; libjpeg seeks the end of their list for each */
	unsigned frames;       /* WebP: libwebp seeks each from the first one */
	unsigned flush_frames; /* GIF: whose last code ends with their data (gif_flush.h) */
	uint64_t tile_pixels;  /* AVIF, HEIC: set by others (heif_tiles.h) */
};

enum structure_state structure_read(enum media_type type, const unsigned char *data,
				    size_t length_bytes, struct structure_counts *ret_counts);
/* How many bytes of a whole file stand after its end and are nothing known: not padding, not
 * another image or film (cameras append previews and clips). */
size_t structure_junk_bytes(enum media_type type, const unsigned char *data, size_t length_bytes);
/* Only for what structure_read() calls cut, and no PNG. Returns the new length, at most
 * STRUCTURE_MEND_BYTES more than before. */
size_t structure_mend(enum media_type type, unsigned char *data, size_t length_bytes);

/* Takes out of a file what a decoder would unpack and nobody looks at: the texts and EXIF of a PNG.
 * Returns the new length. */
size_t structure_drop_texts(enum media_type type, unsigned char *data, size_t length_bytes);

#endif
