#include "render_specs.h"

#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "cleanup.h"
#include "frame.h"
#include "jpeg.h"
#include "plan.h"
#include "planes.h"
#include "resample.h"
#include "to_srgb.h"
#include "verdict.h"
#include "verify.h"

/* ---- which decode a spec takes, and what it costs ---- */

static struct decode choose_decode(const struct thumb_spec *spec, const struct original *original)
{
	enum media_type type = verify_expected_type(spec, original->has_alpha, original->frames);

	return (struct decode){
		.shrink = original->header.type == MEDIA_JPEG
				  ? plan_jpeg_shrink(spec, original->header.width_px,
						     original->header.height_px)
				  : 1,
		.n_frames = spec->is_animated && type == MEDIA_WEBP ? original->frames : 1,
	};
}

static bool is_same_decode(struct decode a, struct decode b)
{
	return a.shrink == b.shrink && a.n_frames == b.n_frames;
}

static uint64_t bytes_of_spec(const struct original *original, size_t spec_index)
{
	const struct thumb_spec *spec = &original->request->specs[spec_index];
	struct decode decode = choose_decode(spec, original);

	return plan_memory_bytes(spec, original->header.width_px, original->header.height_px,
				 decode.shrink, decode.n_frames);
}

bool render_specs_fit(struct original *original, struct thumb_result *result)
{
	const struct wire_request *request = original->request;
	uint64_t decoder_bytes =
		plan_decoder_bytes(&original->header, original->counts.scans, original->frames,
				   (uint64_t)original->width_px * (uint64_t)original->height_px,
				   (uint64_t)(original->bands * original->sample_bytes));
	uint64_t most_bytes = 0;

	for (size_t i = 0; i < request->n_specs; i++)
		if (bytes_of_spec(original, i) > most_bytes)
			most_bytes = bytes_of_spec(original, i);
	most_bytes += decoder_bytes;
	if (most_bytes <= request->max_decoded_bytes) {
		original->spec_bytes = request->max_decoded_bytes - decoder_bytes;
		return true;
	}
	result->verdict = THUMB_TOO_MANY_PIXELS;
	snprintf(result->message, sizeof result->message, "decoding takes %llu MiB",
		 (unsigned long long)(most_bytes >> 20));
	return false;
}

/* ---- one thumbnail ---- */

/* One spec at work: its frames come one after the other out of the decode that its group shares. */
struct work {
	struct thumb thumb; /* without its bytes, until it is encoded */
	const struct thumb_spec *spec;
	struct resampler resampler;
	struct planes planes; /* instead of it, for a direct JPEG */
	bool keeps_planes;    /* up to the encoder: no frame is made */
	VipsImage **frames;
	int n_frames;
	struct frame_crop crop;
};

static void begin_frame(const struct original *original, struct work *work)
{
	struct axis across, down;
	int width_px, height_px;

	plan_scaled_size(work->spec, original->header.width_px, original->header.height_px,
			 &width_px, &height_px);
	across = axis_of(original->width_px, original->is_turned ? height_px : width_px);
	down = axis_of(original->height_px, original->is_turned ? width_px : height_px);
	resampler_init(&work->resampler, &across, &down, original->bands, original->has_alpha);
}

static int end_frame(const struct original *original, const VipsImage *decoded,
		     const struct frame_pixels *pixels, struct work *work)
{
	const struct frame_source source = {decoded, original->header.orientation,
					    original->has_alpha};

	if (frame_make(&source, pixels, work->spec, &work->thumb, &work->crop,
		       &work->frames[work->n_frames]))
		return -1;
	work->n_frames++;
	return 0;
}

static int end_resampled_frame(const struct original *original, const VipsImage *decoded,
			       struct work *work)
{
	const struct resampler *resampler = &work->resampler;
	const struct frame_pixels pixels = {resampler->pixels, resampler->out_width_px,
					    resampler->out_height_px, resampler->bands};
	int error = end_frame(original, decoded, &pixels, work);

	resampler_release(&work->resampler);
	return error;
}

static void work_init(const struct original *original, size_t spec_index, int n_frames,
		      struct work *work)
{
	const struct thumb_spec *spec = &original->request->specs[spec_index];

	*work = (struct work){.spec = spec, .thumb = {.spec = spec_index}};
	work->thumb.type = verify_expected_type(spec, original->has_alpha, original->frames);
	thumb_spec_size(spec, original->header.width_px, original->header.height_px,
			&work->thumb.width_px, &work->thumb.height_px);
	work->frames = alloc_zeroed((size_t)n_frames, sizeof(VipsImage *));
}

static void work_release(struct work *work)
{
	for (int i = 0; i < work->n_frames; i++)
		unref_image(&work->frames[i]);
	free(work->frames);
	resampler_release(&work->resampler);
	planes_release(&work->planes);
}

/* ---- planes of a JPEG ---- */

/* Whether what the original holds is what the encoder takes, but for its size. */
static bool may_keep_planes(const struct original *original, enum jpeg_colours colours,
			    bool is_cropped, const struct work *work)
{
	const struct thumb_spec *spec = work->spec;
	bool looks_at_content = is_cropped && (spec->position == THUMB_ATTENTION ||
					       spec->position == THUMB_ENTROPY);

	return colours != JPEG_RGB && codec_colour_shrink(spec, work->thumb.type) &&
	       original->header.orientation == 1 && !looks_at_content &&
	       to_srgb_is_identity(original->opened);
}

static void begin_planes(const struct original *original, const struct jpeg_layout *layout,
			 struct work *work)
{
	struct planes_window window = {
		.original_width_px = original->width_px,
		.original_height_px = original->height_px,
	};
	int width_px, height_px;
	bool is_cropped;

	plan_scaled_size(work->spec, original->header.width_px, original->header.height_px,
			 &width_px, &height_px);
	is_cropped = width_px != work->thumb.width_px || height_px != work->thumb.height_px;
	window.scaled_width_px = window.width_px = original->is_turned ? height_px : width_px;
	window.scaled_height_px = window.height_px = original->is_turned ? width_px : height_px;
	work->keeps_planes = may_keep_planes(original, layout->colours, is_cropped, work);
	if (work->keeps_planes) {
		window.width_px = work->thumb.width_px;
		window.height_px = work->thumb.height_px;
		plan_crop(work->spec->position, width_px - window.width_px,
			  height_px - window.height_px, &window.left_px, &window.top_px);
	}
	planes_init(&work->planes, layout, &window,
		    work->keeps_planes ? codec_colour_shrink(work->spec, work->thumb.type) : 1);
}

static int end_planes(const struct original *original, struct work *work)
{
	const struct planes *planes = &work->planes;
	struct frame_pixels pixels = {NULL, planes->planes[0].out_width_px,
				      planes->planes[0].out_height_px, planes->n_planes};
	int error;

	if (work->keeps_planes)
		return 0;
	pixels.pixels = alloc_zeroed((size_t)pixels.width_px * (size_t)pixels.height_px,
				     (size_t)pixels.bands);
	planes_interleave(planes, pixels.pixels);
	planes_release(&work->planes);
	error = end_frame(original, original->opened, &pixels, work);
	free(pixels.pixels);
	return error;
}

/* libvips gives the delays of all frames, those before the first one that is shown among them. */
static void copy_delays(const struct original *original, const VipsImage *decoded, VipsImage *image)
{
	int *delays_ms, n_delays;

	if (vips_image_get_typeof(decoded, "delay") &&
	    !vips_image_get_array_int((VipsImage *)(uintptr_t)decoded, "delay", &delays_ms,
				      &n_delays) &&
	    n_delays > original->hidden_frames)
		vips_image_set_array_int(image, "delay", delays_ms + original->hidden_frames,
					 n_delays - original->hidden_frames);
}

static int encode_work(const struct original *original, struct work *work, const VipsImage *decoded,
		       struct thumb *ret_thumb)
{
	CLEANUP(unref_image) VipsImage *joined = NULL;
	CLEANUP(unref_image) VipsImage *image = NULL;
	int loop;

	*ret_thumb = work->thumb;
	if (work->keeps_planes) {
		return codec_encode_planes(work->spec, ret_thumb->type, &work->planes,
					   &ret_thumb->bytes) ||
				       codec_check(ret_thumb->type, &ret_thumb->bytes)
			       ? -1
			       : 0;
	}
	if (work->n_frames == 1) {
		image = g_object_ref(work->frames[0]);
	} else {
		if (vips_arrayjoin(work->frames, &joined, work->n_frames, "across", 1, NULL) ||
		    codec_to_memory(joined, &image))
			return -1;
		vips_image_set_int(image, VIPS_META_PAGE_HEIGHT, work->thumb.height_px);
		copy_delays(original, decoded, image);
		if (vips_image_get_typeof(decoded, "loop") &&
		    !vips_image_get_int(decoded, "loop", &loop))
			vips_image_set_int(image, "loop", loop);
	}
	return codec_encode(work->spec, ret_thumb->type, image, &ret_thumb->bytes) ||
			       codec_check(ret_thumb->type, &ret_thumb->bytes)
		       ? -1
		       : 0;
}

/* The specs that share a decode, and how far it has come. */
struct group {
	const struct original *original;
	const VipsImage *decoded;
	int page_height_px;
	struct thumb *thumbs; /* of the result, by spec */
	bool has_pixels;      /* all; what fails from here on is no fault of the original */
	struct work works[THUMB_MAX_SPECS];
	size_t n_works;
};

static int take_row(void *context, int y, const unsigned char *row)
{
	struct group *group = context;
	int page_y = y % group->page_height_px;

	for (size_t i = 0; i < group->n_works; i++) {
		struct work *work = &group->works[i];

		if (page_y == 0)
			begin_frame(group->original, work);
		resampler_push(&work->resampler, row);
		if (page_y == group->page_height_px - 1 &&
		    end_resampled_frame(group->original, group->decoded, work))
			return -1;
	}
	return 0;
}

static int begin_group(void *context, const struct jpeg_layout *layout)
{
	struct group *group = context;

	for (size_t i = 0; i < group->n_works; i++)
		begin_planes(group->original, layout, &group->works[i]);
	return 0;
}

static int take_plane_row(void *context, int plane, const unsigned char *row)
{
	struct group *group = context;

	for (size_t i = 0; i < group->n_works; i++)
		planes_push(&group->works[i].planes, plane, row);
	return 0;
}

/* ---- those that share a decode ---- */

/* 8-bit samples, as the resampler takes them: wider ones are converted before they are resized. */
static int to_8_bit(VipsImage *opened, bool has_alpha, VipsImage **ret_image)
{
	if (opened->BandFmt == VIPS_FORMAT_UCHAR)
		return vips_copy(opened, ret_image, NULL);
	if (to_srgb(opened, has_alpha, ret_image))
		return -1;
	frame_drop_metadata(*ret_image);
	return 0;
}

static int encode_group(struct group *group, const VipsImage *opened)
{
	group->has_pixels = true;
	for (size_t i = 0; i < group->n_works; i++)
		if (encode_work(group->original, &group->works[i], opened,
				&group->thumbs[group->works[i].thumb.spec]))
			return -1;
	return 0;
}

static int run_group(const struct original *original, struct decode decode, struct group *group)
{
	CLEANUP(unref_image) VipsImage *opened = NULL;
	CLEANUP(unref_image) VipsImage *decoded = NULL;
	struct original shrunk = *original;

	if (original_load(original, decode, &opened) ||
	    to_8_bit(opened, original->has_alpha, &decoded))
		return -1;
	group->decoded = decoded;
	group->page_height_px = vips_image_get_page_height(opened);
	shrunk.width_px = decoded->Xsize;
	shrunk.height_px = group->page_height_px;
	shrunk.bands = decoded->Bands;
	group->original = &shrunk;
	return codec_pull(decoded, take_row, group) || encode_group(group, opened) ? -1 : 0;
}

static int run_direct_group(const struct original *original, struct decode decode,
			    struct group *group)
{
	const struct jpeg_sink sink = {begin_group, take_plane_row, group};

	group->original = original;
	if (codec_pull_jpeg(original->data, original->length_bytes, decode.shrink, &sink))
		return -1;
	for (size_t i = 0; i < group->n_works; i++)
		if (end_planes(original, &group->works[i]))
			return -1;
	return encode_group(group, original->opened);
}

/* Of the specs that take this decode as many as there is memory for. */
static int render_group(struct original *original, struct decode decode, bool *is_done,
			struct thumb_result *result)
{
	const struct wire_request *request = original->request;
	uint64_t bytes = 0;
	int error;
	struct group *group = alloc_zeroed(1, sizeof *group);

	for (size_t i = 0; i < request->n_specs; i++) {
		if (is_done[i] || bytes + bytes_of_spec(original, i) > original->spec_bytes ||
		    !is_same_decode(choose_decode(&request->specs[i], original), decode))
			continue;
		bytes += bytes_of_spec(original, i);
		work_init(original, i, decode.n_frames, &group->works[group->n_works++]);
		is_done[i] = true;
	}
	group->thumbs = result->thumbs;
	error = original->is_direct ? run_direct_group(original, decode, group)
				    : run_group(original, decode, group);
	for (size_t i = 0; i < group->n_works; i++)
		work_release(&group->works[i]);
	if (error && group->has_pixels)
		verdict_of_encoder(result);
	else if (error)
		verdict_of_decoder(original->header.type, original->structure, result);
	free(group);
	return error;
}

int render_specs(struct original *original, struct thumb_result *result)
{
	const struct wire_request *request = original->request;
	bool is_done[THUMB_MAX_SPECS] = {false};

	result->thumbs = alloc_zeroed(request->n_specs, sizeof *result->thumbs);
	result->n_thumbs = request->n_specs;
	for (size_t i = 0; i < request->n_specs; i++)
		if (!is_done[i] &&
		    render_group(original, choose_decode(&request->specs[i], original), is_done,
				 result))
			return -1;
	return 0;
}
