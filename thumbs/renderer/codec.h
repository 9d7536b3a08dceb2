/*
 * codec.h: the decoders and encoders of libvips as this program uses them: one thread, rows in
 * order, errors fatal, no metadata written. Errors are left in libvips' error buffer.
 */
#ifndef CODEC_H
#define CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "planes.h"
#include "thumbs.h"
#include "vips_ref.h"

#define CODEC_MAX_SHRINK 8

/* One decode of an image, shared by the specs that choose the same. */
struct decode {
	int shrink;      /* JPEG: 1 or 8 */
	int n_frames;    /* of an animation: so many; -1: all */
	int first_frame; /* 0, or behind the frame that was added to a GIF (gif_canvas.h) */
};

/* Not 0 ends the decode. */
typedef int row_sink(void *context, int y, const unsigned char *row);

/* Reads the header; pixels come when they are pulled. `data` must outlive the image. */
int codec_load(enum media_type type, const void *data, size_t length_bytes, struct decode decode,
	       VipsImage **ret_image);
/* Pulls every pixel through; `sink` may be NULL. */
int codec_pull(VipsImage *from, row_sink *sink, void *context);
/* A JPEG of one or three components, all rows, by libjpeg itself. Its warnings are left in libvips'
 * error buffer, as by its own loader. */
int codec_pull_jpeg(const void *data, size_t length_bytes, int shrink,
		    const struct jpeg_sink *sink);
int codec_to_memory(VipsImage *from, VipsImage **ret_image);
/* An image in memory, 8-bit sRGB or grey. */
int codec_encode(const struct thumb_spec *spec, enum media_type type, VipsImage *image,
		 struct buf *ret_bytes);
/* Planes with the colour shrink of codec_colour_shrink(), which is not 0. */
int codec_encode_planes(const struct thumb_spec *spec, enum media_type type,
			const struct planes *planes, struct buf *ret_bytes);
/* Of the chroma that the encoder for this type takes: 1 or 2; 0 where it takes no planes. */
int codec_colour_shrink(const struct thumb_spec *spec, enum media_type type);
/* 0 when what was encoded decodes whole and without a complaint. */
int codec_check(enum media_type type, const struct buf *bytes);

#endif
