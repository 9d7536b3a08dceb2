#include "limits.h"

#include <stdio.h>

/* Cameras write some, and up to 255 for a profile. */
#define MAX_METADATA 10000
/* Encoders write a dozen. As many of an image of 100 million pixels are always allowed. */
#define MANY_SCANS 24
/* Two nanoseconds each, where they hold nothing. */
#define MAX_PIXELS_OF_SCANS (UINT64_C(24) * 100000000)
/* Tiles cover an image, and reach beyond it by less than one of them. */
#define MAX_PIXELS_OF_TILES (UINT64_C(2) * 100000000)
/* libwebp seeks each frame of a WebP from the first one on, libvips each row among others. */
#define LEAST_FRAME_PIXELS UINT64_C(10000)
#define LEAST_ROW_PIXELS UINT64_C(256)

static bool has_too_many_scans(unsigned n_scans, uint64_t pixels)
{
	return n_scans > MANY_SCANS && n_scans * pixels > MAX_PIXELS_OF_SCANS;
}

static bool has_too_many_frames(unsigned n_frames, uint64_t width_px, uint64_t height_px,
				uint64_t max_pixels)
{
	uint64_t pixels = (width_px < LEAST_ROW_PIXELS ? LEAST_ROW_PIXELS : width_px) * height_px;

	if (pixels < LEAST_FRAME_PIXELS)
		pixels = LEAST_FRAME_PIXELS;
	return n_frames > 1 && n_frames * pixels > max_pixels;
}

void limits_refuse(unsigned count, const char *what, const struct image_header *header,
		   struct thumb_result *result)
{
	result->verdict = THUMB_TOO_MANY_PIXELS;
	snprintf(result->message, sizeof result->message, "%u %s of %dx%d pixels", count, what,
		 header->width_px, header->height_px);
}

bool limits_allow(const struct image_header *header, const struct structure_counts *counts,
		  uint64_t max_pixels, struct thumb_result *result)
{
	uint64_t pixels = (uint64_t)header->width_px * (uint64_t)header->height_px;

	if (counts->metadata > MAX_METADATA) {
		result->verdict = THUMB_UNDECODABLE;
		snprintf(result->message, sizeof result->message, "%u segments of metadata",
			 counts->metadata);
		return false;
	}
	if (has_too_many_scans(counts->scans, pixels)) {
		limits_refuse(counts->scans, "scans", header, result);
		return false;
	}
	if (counts->tile_pixels > MAX_PIXELS_OF_TILES) {
		result->verdict = THUMB_TOO_MANY_PIXELS;
		snprintf(result->message, sizeof result->message,
			 "%llu pixels in the tiles of %dx%d",
			 (unsigned long long)counts->tile_pixels, header->width_px,
			 header->height_px);
		return false;
	}
	if (has_too_many_frames(counts->frames, (uint64_t)header->width_px,
				(uint64_t)header->height_px, max_pixels)) {
		limits_refuse(counts->frames, "frames", header, result);
		return false;
	}
	return true;
}
