/*
 * jpeg.h: JPEG by libjpeg itself, row by row in this thread; jpeg.c alone includes <jpeglib.h>.
 *
 *	jpeg_decode(data, length, shrink, take_row, context, &notes)
 *	jpeg_encode(pixels, width, height, bands, quality, max_bytes, &buf, &notes)
 *
 * libvips hands rows from thread to thread in both directions, which costs a thumbnail a third of
 * its time. Only greyscale and three-component files come here; CMYK stays with libvips. The data
 * is untrusted: what libjpeg says of it comes back as text, its warnings as well as its errors.
 */
#ifndef JPEG_H
#define JPEG_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

#define JPEG_NOTE_BYTES 200

struct jpeg_notes {
	char error[JPEG_NOTE_BYTES];   /* "" unless it failed */
	char warning[JPEG_NOTE_BYTES]; /* the first one; the decoder went on. "": none */
};

/* The next row from the top, of width times bands samples; not 0 ends the decode. */
typedef int jpeg_row_sink(void *context, int y, const unsigned char *row);

/* Decodes all of it, reduced by `shrink` (1, 2, 4, 8; sides are rounded up), to grey or RGB. The
 * end of the data before the last row is an error. `sink` may be NULL. 0, or -1 with notes->error,
 * or what the sink returned. */
int jpeg_decode(const unsigned char *data, size_t length_bytes, int shrink, jpeg_row_sink *sink,
		void *context, struct jpeg_notes *notes);
/* Grey (1 band) or RGB (3): baseline, colour at half the resolution below quality 90, Huffman
 * tables of its own. Appends to an empty buf whose maximum is set. */
int jpeg_encode(const unsigned char *pixels, int width_px, int height_px, int bands, int quality,
		struct buf *buf, struct jpeg_notes *notes);

#endif
