#include "plan.h"

#define SHRINK 8

/* side * numerator / denominator, rounded half up, not below `least`. */
static int scaled(int side_px, int numerator, int denominator, int least)
{
	int64_t doubled = (int64_t)side_px * numerator * 2;
	int64_t rounded = (doubled + denominator) / ((int64_t)denominator * 2);

	return rounded < least ? least : (int)rounded;
}

void plan_scaled_size(const struct thumb_spec *spec, int original_width_px, int original_height_px,
		      int *ret_width_px, int *ret_height_px)
{
	int width_px, height_px;
	bool width_binds;

	thumb_spec_size(spec, original_width_px, original_height_px, &width_px, &height_px);
	if (spec->fit == THUMB_COVER && spec->width_px && spec->height_px) {
		width_binds = (int64_t)width_px * original_height_px >=
			      (int64_t)height_px * original_width_px;
		if (width_binds)
			height_px =
				scaled(original_height_px, width_px, original_width_px, height_px);
		else
			width_px =
				scaled(original_width_px, height_px, original_height_px, width_px);
	}
	*ret_width_px = width_px;
	*ret_height_px = height_px;
}

static bool leaves(int side_px, int least_px)
{
	return (side_px + SHRINK - 1) / SHRINK >= least_px;
}

/* A reduction that leaves less than twice the pixels shows: SSIM 0.98 against 0.999. It would save
 * nothing either: reading the entropy-coded data is most of the work, by 2 saves a twentieth of it
 * and by 8 a fifth. By 2 and 4 are left out: decodes that another spec could have shared.
 */
int plan_jpeg_shrink(const struct thumb_spec *spec, int original_width_px, int original_height_px)
{
	int width_px, height_px;
	bool is_enough;

	plan_scaled_size(spec, original_width_px, original_height_px, &width_px, &height_px);
	is_enough = leaves(original_width_px, 2 * width_px) &&
		    leaves(original_height_px, 2 * height_px);
	return is_enough ? SHRINK : 1;
}

static uint64_t shrunk(int side_px, int shrink)
{
	return ((uint64_t)side_px + (uint64_t)shrink - 1) / (uint64_t)shrink;
}

uint64_t plan_memory_bytes(const struct thumb_spec *spec, int original_width_px,
			   int original_height_px, int shrink, int n_frames)
{
	uint64_t n_rows = shrunk(original_height_px, shrink), rows;
	int width_px, height_px;

	plan_scaled_size(spec, original_width_px, original_height_px, &width_px, &height_px);
	rows = n_rows * 6 / (uint64_t)height_px + 9;
	if (rows > n_rows)
		rows = n_rows;
	return rows * shrunk(original_width_px, shrink) * 8 +
	       (uint64_t)width_px * (uint64_t)height_px * 4 * (uint64_t)(n_frames + 2);
}

/* A pixel of AVIF or HEIC: planes, a copy of them, interleaved pixels. (For a moment libheif keeps
 * half as much again, which fits into the renderer.) */
static unsigned heif_bytes(bool has_full_chroma, uint64_t pixel_bytes)
{
	bool is_deep = pixel_bytes > 4, has_deep_alpha = pixel_bytes > 6; /* two bytes a sample */

	return 8 + (is_deep && has_full_chroma ? 8 : 0) + (has_deep_alpha ? 4 : 0);
}

uint64_t plan_decoder_bytes(const struct image_header *header, unsigned n_scans, int n_frames,
			    uint64_t pixels, uint64_t pixel_bytes)
{
	switch (header->type) {
	case MEDIA_JPEG: /* all coefficients, 2 bytes each, until the last scan */
		return header->is_progressive || n_scans > 1 ? pixels * pixel_bytes * 2 : 0;
	case MEDIA_PNG: /* all rows until the last pass */
		return header->is_progressive ? pixels * pixel_bytes : 0;
	case MEDIA_WEBP: /* canvas and frame; libvips keeps all frames of an animation */
		return pixels * (8 + (n_frames > 1 ? pixel_bytes * (uint64_t)n_frames : 0));
	case MEDIA_GIF: /* canvas, and what a frame is disposed to */
		return pixels * 8;
	default:
		return pixels * heif_bytes(header->has_full_chroma, pixel_bytes);
	}
}

void plan_crop(enum thumb_position position, int spare_x_px, int spare_y_px, int *ret_left_px,
	       int *ret_top_px)
{
	bool is_left = position == THUMB_LEFT || position == THUMB_TOP_LEFT ||
		       position == THUMB_BOTTOM_LEFT;
	bool is_right = position == THUMB_RIGHT || position == THUMB_TOP_RIGHT ||
			position == THUMB_BOTTOM_RIGHT;
	bool is_top =
		position == THUMB_TOP || position == THUMB_TOP_LEFT || position == THUMB_TOP_RIGHT;
	bool is_bottom = position == THUMB_BOTTOM || position == THUMB_BOTTOM_LEFT ||
			 position == THUMB_BOTTOM_RIGHT;

	*ret_left_px = is_left ? 0 : is_right ? spare_x_px : spare_x_px / 2;
	*ret_top_px = is_top ? 0 : is_bottom ? spare_y_px : spare_y_px / 2;
}
