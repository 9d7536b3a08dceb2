#include "verify.h"

#include <stdio.h>

#include "image_header.h"
#include "wire.h"

/* A PNG of noise takes 4 bytes a pixel, others at quality 100 up to 5.2, of whole blocks. */
#define MOST_BYTES_PER_PIXEL 8
#define BLOCK_PX 16
#define MOST_BYTES_BESIDE (64u << 10)

enum media_type verify_expected_type(const struct thumb_spec *spec, bool has_alpha, int frames)
{
	switch (spec->format) {
	case THUMB_WEBP:
		return MEDIA_WEBP;
	case THUMB_JPEG:
		return MEDIA_JPEG;
	case THUMB_PNG:
		return MEDIA_PNG;
	case THUMB_AVIF:
		return MEDIA_AVIF;
	case THUMB_AUTO:
		break;
	}
	if (spec->is_animated && frames > 1)
		return MEDIA_WEBP;
	return has_alpha && !spec->has_background ? MEDIA_WEBP : MEDIA_JPEG;
}

static size_t whole_blocks_px(int side_px)
{
	return ((size_t)side_px + BLOCK_PX - 1) / BLOCK_PX * BLOCK_PX;
}

static size_t most_bytes(const struct thumb_spec *spec, const struct thumb_job *job)
{
	int width_px, height_px;
	size_t bytes;

	/* How many frames there are is known to the renderer alone. */
	if (spec->is_animated || !job->width_px || !job->height_px)
		return WIRE_MAX_THUMB_BYTES;
	thumb_spec_size(spec, job->width_px, job->height_px, &width_px, &height_px);
	bytes = whole_blocks_px(width_px) * whole_blocks_px(height_px) * MOST_BYTES_PER_PIXEL +
		MOST_BYTES_BESIDE;
	return bytes < WIRE_MAX_THUMB_BYTES ? bytes : WIRE_MAX_THUMB_BYTES;
}

size_t verify_most_bytes(const struct thumb_job *job)
{
	size_t most = 0;

	for (size_t i = 0; i < job->n_specs; i++)
		if (most_bytes(&job->specs[i], job) > most)
			most = most_bytes(&job->specs[i], job);
	return most;
}

static bool verify_original(const struct thumb_job *job, const struct thumb_result *result,
			    char *ret_why, size_t why_bytes)
{
	if (result->width_px < 1 || result->height_px < 1 || result->frames < 1) {
		snprintf(ret_why, why_bytes, "decoded, but without a size");
		return false;
	}
	if ((job->width_px && job->width_px != result->width_px) ||
	    (job->height_px && job->height_px != result->height_px)) {
		snprintf(ret_why, why_bytes, "decoded as %dx%d, but the header says %dx%d",
			 result->width_px, result->height_px, job->width_px, job->height_px);
		return false;
	}
	return true;
}

static bool verify_thumb(const struct thumb_spec *spec, const struct thumb_result *result,
			 struct thumb *thumb, char *ret_why, size_t why_bytes)
{
	enum media_type type = verify_expected_type(spec, result->has_alpha, result->frames);
	bool may_move = spec->is_animated && type == MEDIA_WEBP && result->frames > 1;
	struct image_header header;
	int width_px, height_px;

	thumb_spec_size(spec, result->width_px, result->height_px, &width_px, &height_px);
	if (image_header_read(thumb->bytes.data, thumb->bytes.length_bytes, true, &header) !=
	    IMAGE_HEADER_OK) {
		snprintf(ret_why, why_bytes, "made a thumbnail that is no image");
		return false;
	}
	if (thumb->type != type || header.type != type) {
		snprintf(ret_why, why_bytes, "made a thumbnail of type %s instead of %s",
			 media_type_name(header.type), media_type_name(type));
		return false;
	}
	if (header.frames > 1 && !may_move) {
		snprintf(ret_why, why_bytes, "made a thumbnail that moves");
		return false;
	}
	if (thumb->width_px != width_px || thumb->height_px != height_px ||
	    header.width_px != width_px || header.height_px != height_px) {
		snprintf(ret_why, why_bytes, "made a thumbnail of %dx%d instead of %dx%d",
			 header.width_px, header.height_px, width_px, height_px);
		return false;
	}
	thumb->is_smaller_than_spec =
		thumb_spec_is_smaller(spec, result->width_px, result->height_px);
	return true;
}

bool verify_result(const struct thumb_job *job, struct thumb_result *result, char *ret_why,
		   size_t why_bytes)
{
	bool is_shown = result->verdict == THUMB_OK || result->verdict == THUMB_DAMAGED;
	size_t n_expected = is_shown ? job->n_specs : 0;

	if (is_shown && !verify_original(job, result, ret_why, why_bytes))
		return false;
	if (result->n_thumbs != n_expected) {
		snprintf(ret_why, why_bytes, "made %zu thumbnails instead of %zu", result->n_thumbs,
			 n_expected);
		return false;
	}
	for (size_t i = 0; i < n_expected; i++) {
		if (result->thumbs[i].spec != i) {
			snprintf(ret_why, why_bytes, "made thumbnails out of order");
			return false;
		}
		if (!verify_thumb(&job->specs[i], result, &result->thumbs[i], ret_why, why_bytes))
			return false;
	}
	return true;
}
