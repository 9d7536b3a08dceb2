/*
 * jpeg.h: JPEG by libjpeg itself, row by row in this thread; jpeg.c alone includes <jpeglib.h>.
 *
 *	jpeg_decode(data, length, shrink, &sink, &notes)
 *	jpeg_encode(pixels, width, height, bands, quality, &buf, &notes)
 *	jpeg_encode_planes(planes, n_planes, width, height, quality, &buf, &notes)
 *
 * libvips hands rows from thread to thread in both directions, which costs a thumbnail a third of
 * its time. And it hands out colours: a JPEG holds a plane of luma and two of chroma, mostly at
 * half the resolution, and a thumbnail can be made of planes with half the samples and without a
 * conversion to RGB and back. Only greyscale and three-component files are handed out; CMYK stays
 * with libvips. The data is untrusted: what libjpeg says of it comes back as text, its warnings as
 * well as its errors.
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

#define JPEG_MAX_PLANES 3

enum jpeg_colours {
	JPEG_GREY,
	JPEG_YCC, /* luma, blue and red difference, all in 0..255 (JFIF) */
	JPEG_RGB,
};

/* The planes that a decode gives. */
struct jpeg_layout {
	enum jpeg_colours colours;
	int n_planes;
	struct jpeg_plane {
		int width_px, height_px;
		double across, down; /* samples a pixel of the original */
	} planes[JPEG_MAX_PLANES];
};

/* What is done with them: begin() once, then take_row() with the rows of each plane from its top,
 * the planes in turn. Not 0 ends the decode. */
struct jpeg_sink {
	int (*begin)(void *context, const struct jpeg_layout *layout);
	int (*take_row)(void *context, int plane, const unsigned char *row);
	void *context;
};

/* Decodes all of it, reduced by `shrink` (1, 2, 4, 8). The end of the data before the last row of
 * blocks is an error, also where an end marker stands there. `sink` may be NULL. 0, or -1 with
 * notes->error, or what the sink returned. */
int jpeg_decode(const unsigned char *data, size_t length_bytes, int shrink,
		const struct jpeg_sink *sink, struct jpeg_notes *notes);
/* How much smaller the chroma planes are that jpeg_encode() makes at this quality: 1 or 2. */
int jpeg_colour_shrink(int quality);
/* Grey (1 band) or RGB (3): baseline, colour at half the resolution below quality 90, Huffman
 * tables of its own. Appends to an empty buf whose maximum is set. */
int jpeg_encode(const unsigned char *pixels, int width_px, int height_px, int bands, int quality,
		struct buf *buf, struct jpeg_notes *notes);
/* The same of planes: grey (1) or luma and chroma (3), the latter of the sides divided by
 * jpeg_colour_shrink(quality) and rounded up; rows without gaps. */
int jpeg_encode_planes(const unsigned char *const *planes, int n_planes, int width_px,
		       int height_px, int quality, struct buf *buf, struct jpeg_notes *notes);

#endif
