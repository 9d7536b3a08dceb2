#include "thumbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#define INCLUDED_MS 1000

static const char *const fit_names[] = {
	[THUMB_CONTAIN] = "contain",
	[THUMB_COVER] = "cover",
};

static const char *const position_names[] = {
	[THUMB_CENTRE] = "centre",
	[THUMB_TOP] = "top",
	[THUMB_BOTTOM] = "bottom",
	[THUMB_LEFT] = "left",
	[THUMB_RIGHT] = "right",
	[THUMB_TOP_LEFT] = "top-left",
	[THUMB_TOP_RIGHT] = "top-right",
	[THUMB_BOTTOM_LEFT] = "bottom-left",
	[THUMB_BOTTOM_RIGHT] = "bottom-right",
	[THUMB_ATTENTION] = "attention",
	[THUMB_ENTROPY] = "entropy",
};

static const char *const format_names[] = {
	[THUMB_WEBP] = "webp", [THUMB_JPEG] = "jpeg", [THUMB_PNG] = "png",
	[THUMB_AVIF] = "avif", [THUMB_AUTO] = "auto",
};

static const char *const verdict_names[] = {
	[THUMB_OK] = "ok",
	[THUMB_DAMAGED] = "damaged",
	[THUMB_TRUNCATED] = "truncated",
	[THUMB_UNDECODABLE] = "undecodable",
	[THUMB_TOO_MANY_PIXELS] = "too-many-pixels",
	[THUMB_UNREAD] = "unread",
	[THUMB_UNSUPPORTED] = "unsupported",
	[THUMB_CRASHED] = "decoder-crash",
	[THUMB_CANCELLED] = "cancelled",
};

static bool find_name(const char *const *names, size_t n_names, const char *text, unsigned *ret_i)
{
	for (size_t i = 0; i < n_names; i++)
		if (!strcmp(names[i], text)) {
			*ret_i = (unsigned)i;
			return true;
		}
	return false;
}

bool thumb_fit_parse(const char *text, enum thumb_fit *ret_fit)
{
	unsigned i;

	if (!find_name(fit_names, ARRAY_LENGTH(fit_names), text, &i))
		return false;
	*ret_fit = (enum thumb_fit)i;
	return true;
}

bool thumb_position_parse(const char *text, enum thumb_position *ret_position)
{
	unsigned i;

	if (!strcmp(text, "center"))
		text = "centre";
	if (!find_name(position_names, ARRAY_LENGTH(position_names), text, &i))
		return false;
	*ret_position = (enum thumb_position)i;
	return true;
}

bool thumb_format_parse(const char *text, enum thumb_format *ret_format)
{
	unsigned i;

	if (!strcmp(text, "jpg"))
		text = "jpeg";
	if (!find_name(format_names, ARRAY_LENGTH(format_names), text, &i))
		return false;
	*ret_format = (enum thumb_format)i;
	return true;
}

bool thumb_verdict_parse(const char *name, enum thumb_verdict *ret_verdict)
{
	unsigned i;

	if (!find_name(verdict_names, ARRAY_LENGTH(verdict_names), name, &i))
		return false;
	*ret_verdict = (enum thumb_verdict)i;
	return true;
}

const char *thumb_verdict_name(enum thumb_verdict verdict)
{
	return verdict_names[verdict];
}

static bool is_cover(const struct thumb_spec *spec)
{
	return spec->fit == THUMB_COVER && spec->width_px && spec->height_px;
}

/* What cannot change the bytes is left out, so that two spellings of one output share a key: the
 * position of contain, PNG's quality, a background that nothing is laid on, motion outside WebP. */
void thumb_spec_format(const struct thumb_spec *spec, char *ret_text, size_t size_bytes)
{
	char width[12] = "", height[12] = "", position[32] = "", quality[12] = "",
	     background[16] = "";
	bool can_move = spec->format == THUMB_WEBP || spec->format == THUMB_AUTO;
	bool can_flatten = spec->format == THUMB_JPEG || spec->has_background;

	if (spec->width_px)
		snprintf(width, sizeof width, "%d", spec->width_px);
	if (spec->height_px)
		snprintf(height, sizeof height, "%d", spec->height_px);
	if (is_cover(spec))
		snprintf(position, sizeof position, " %s", position_names[spec->position]);
	if (spec->format != THUMB_PNG)
		snprintf(quality, sizeof quality, " q%d", spec->quality);
	if (can_flatten)
		snprintf(background, sizeof background, " #%02x%02x%02x", spec->background[0],
			 spec->background[1], spec->background[2]);
	snprintf(ret_text, size_bytes, "%sx%s %s%s %s%s%s%s", width, height,
		 fit_names[is_cover(spec) ? THUMB_COVER : THUMB_CONTAIN], position,
		 format_names[spec->format], quality, background,
		 spec->is_animated && can_move ? " animated" : "");
}

static int smaller_of(int a, int b)
{
	return a < b ? a : b;
}

/* side * numerator / denominator, rounded half up, at least 1. */
static int scaled(int side_px, int numerator, int denominator)
{
	int64_t doubled = (int64_t)side_px * numerator * 2;
	int64_t rounded = (doubled + denominator) / ((int64_t)denominator * 2);

	return rounded < 1 ? 1 : (int)rounded;
}

void thumb_spec_size(const struct thumb_spec *spec, int original_width_px, int original_height_px,
		     int *ret_width_px, int *ret_height_px)
{
	/* A side that is not given is bounded all the same: no format here goes further. */
	int width_px = spec->width_px ? spec->width_px : THUMB_MAX_EDGE_PX;
	int height_px = spec->height_px ? spec->height_px : THUMB_MAX_EDGE_PX;
	bool width_binds;

	width_px = smaller_of(width_px, original_width_px);
	height_px = smaller_of(height_px, original_height_px);
	if (!is_cover(spec)) {
		width_binds = (int64_t)width_px * original_height_px <=
			      (int64_t)height_px * original_width_px;
		if (width_binds)
			height_px = scaled(original_height_px, width_px, original_width_px);
		else
			width_px = scaled(original_width_px, height_px, original_height_px);
	}
	*ret_width_px = width_px;
	*ret_height_px = height_px;
}

bool thumb_spec_is_smaller(const struct thumb_spec *spec, int original_width_px,
			   int original_height_px)
{
	bool is_narrower = spec->width_px && original_width_px < spec->width_px;
	bool is_lower = spec->height_px && original_height_px < spec->height_px;

	if (is_cover(spec))
		return is_narrower || is_lower;
	/* contain: one side that binds is enough to fill what was asked for */
	return (is_narrower || !spec->width_px) && (is_lower || !spec->height_px);
}

/* Several times what a pixel takes here (docs/thumbnails.md, encoder settings). */
static uint64_t encoding_ns(enum thumb_format format)
{
	return format == THUMB_AVIF ? 5000 : format == THUMB_JPEG ? 100 : 300;
}

int64_t thumb_spec_encoding_ms(const struct thumb_spec *spec, enum media_type type,
			       int original_width_px, int original_height_px, uint64_t max_pixels)
{
	bool may_move = spec->is_animated && (type == MEDIA_GIF || type == MEDIA_WEBP) &&
			(spec->format == THUMB_WEBP || spec->format == THUMB_AUTO);
	uint64_t original_pixels = (uint64_t)original_width_px * (uint64_t)original_height_px;
	uint64_t n_frames = may_move && original_pixels ? max_pixels / original_pixels + 1 : 1;
	int width_px, height_px;
	uint64_t ms;

	if (!original_pixels)
		return 0;
	thumb_spec_size(spec, original_width_px, original_height_px, &width_px, &height_px);
	ms = (uint64_t)width_px * (uint64_t)height_px * n_frames * encoding_ns(spec->format) /
	     1000000;
	return ms > INCLUDED_MS ? (int64_t)(ms - INCLUDED_MS) : 0;
}

void thumb_result_release(struct thumb_result *result)
{
	if (!result)
		return;
	for (size_t i = 0; i < result->n_thumbs; i++)
		buf_release(&result->thumbs[i].bytes);
	free(result->thumbs);
	*result = (struct thumb_result){0};
}
