/*
 * image_header.h: an image's size, read from its first bytes without decoding.
 *
 * Width and height are as a browser shows the image: after EXIF orientation (JPEG, WebP, PNG eXIf)
 * and irot/imir (AVIF, HEIC). The parent process uses this on untrusted bytes: every read is bounds
 * checked, every walk is bounded, nothing is allocated but the text of an SVG in UTF-16.
 */
#ifndef IMAGE_HEADER_H
#define IMAGE_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media_type.h"

struct image_header {
	enum media_type type;
	int width_px, height_px; /* as shown; 0x0 for an SVG without width, height or viewBox */
	int orientation;         /* EXIF 1..8; 1 when it says nothing */
	int frames; /* 1 unless the header says more (APNG acTL, AVIF); JPEG XL animations give 2,
		       GIF and WebP ones when seen to have more than one frame in the bytes given */
	bool has_alpha;      /* the format says so: PNG colour type or tRNS, WebP VP8X/VP8L, GIF */
	bool is_progressive; /* JPEG SOF2, PNG Adam7 */
	int bits_per_sample; /* 8 or 16 and so on; 0 where the header does not say */
	bool is_unclosed;    /* SVG, whole: its root element has no end; browsers show nothing */
	/* AVIF, HEIC: colours at full resolution (4:4:4); alpha has been multiplied into them. */
	bool has_full_chroma, is_premultiplied;
	/* Code points of ITU-T H.273 (PNG cICP, nclx of AVIF and HEIC); 0: none. */
	int primaries, transfer;
};

enum image_header_result {
	IMAGE_HEADER_OK,
	IMAGE_HEADER_NEEDS_MORE, /* the header goes on past these bytes */
	IMAGE_HEADER_BAD,        /* the signature is there, but no valid header follows */
	IMAGE_HEADER_NOT_AN_IMAGE,
};

/* SVG sizes: width and height in px or without unit (other absolute units are converted at 96 dpi),
 * else the viewBox; a percentage counts as not given; where one is an entity or a function of CSS,
 * the size is unknown (0x0). ICO: the largest entry, as the directory has it. */
enum image_header_result image_header_read(const void *data, size_t length_bytes, bool is_whole,
					   struct image_header *ret_header);
/* Of a whole file whose header is bad: it is good as far as it goes, and was cut off. */
bool image_header_is_cut(const void *data, size_t length_bytes);

#endif
