/*
 * original.h: an image as it is being rendered.
 */
#ifndef ORIGINAL_H
#define ORIGINAL_H

#include "buf.h"
#include "codec.h"
#include "complaint.h"
#include "image_header.h"
#include "structure.h"
#include "vips_ref.h"
#include "wire.h"

/* Sizes without "shown" are those of the stored raster. */
struct original {
	const struct wire_request *request;
	const unsigned char *data;
	size_t length_bytes;
	struct image_header header;
	enum structure_state structure;
	struct structure_counts counts;
	const char *mended;  /* what was put right before the decode; NULL: nothing */
	struct buf repaired; /* `data`, where it was written anew */
	int width_px, height_px, bands, sample_bytes;
	int frames, hidden_frames; /* hidden: before them, added (gif_canvas.h) */
	bool has_alpha, is_turned; /* turned: width and height change places when shown */
	VipsImage *opened; /* its header, for what libvips reads there: the profile, delays */
	char warning[COMPLAINT_BYTES]; /* libvips' of the header */
	bool is_direct;                /* a JPEG that libjpeg decodes without libvips */
	uint64_t spec_bytes; /* what the specs of one decode may keep beside the decoder */
};

/* Both return 0, or -1 with libvips' words in its error buffer. The image is the caller's. */
int original_load(const struct original *original, struct decode decode, VipsImage **ret_image);
/* Of the loader nothing stays: libvips' for WebP keeps a frame. */
int original_load_header(const struct original *original, VipsImage **ret_image);

#endif
