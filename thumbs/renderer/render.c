#include "render.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "codec.h"
#include "complaint.h"
#include "frame.h"
#include "gif_canvas.h"
#include "heif_alpha.h"
#include "heif_items.h"
#include "heif_tiles.h"
#include "image_header.h"
#include "jpeg.h"
#include "limits.h"
#include "metadata.h"
#include "plan.h"
#include "planes.h"
#include "png_fault.h"
#include "png_repair.h"
#include "resample.h"
#include "structure.h"
#include "to_srgb.h"
#include "verdict.h"
#include "verify.h"
#include "vips_ref.h"
#include "vips_setup.h"
#include "zero_tail.h"

/* An original as it is being worked on. Sizes without "shown" are those of the stored raster. */
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

/* ---- what a decode costs and which one a spec takes ---- */

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

static int load(const struct original *original, struct decode decode, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *loaded = NULL;

	decode.first_frame = original->hidden_frames;
	if (codec_load(original->header.type, original->data, original->length_bytes, decode,
		       &loaded))
		return -1;
	to_srgb_name_colours(loaded, &original->header, original->data, original->length_bytes);
	return to_srgb_divide_by_alpha(loaded, &original->header, ret_image);
}

/* Of the loader nothing stays: libvips' for WebP keeps a frame. */
static int load_header(const struct original *original, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *opened = NULL;
	CLEANUP(unref_image) VipsImage *header = vips_image_new();

	if (load(original, (struct decode){.shrink = 1, .n_frames = 1}, &opened) ||
	    vips_image_pipelinev(header, VIPS_DEMAND_STYLE_ANY, opened, NULL))
		return -1;
	*ret_image = header;
	header = NULL;
	return 0;
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
			    const struct work *work)
{
	const struct thumb_spec *spec = work->spec;
	bool looks_at_content =
		spec->position == THUMB_ATTENTION || spec->position == THUMB_ENTROPY;

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

	plan_scaled_size(work->spec, original->header.width_px, original->header.height_px,
			 &width_px, &height_px);
	window.scaled_width_px = window.width_px = original->is_turned ? height_px : width_px;
	window.scaled_height_px = window.height_px = original->is_turned ? width_px : height_px;
	work->keeps_planes = may_keep_planes(original, layout->colours, work);
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

/* ---- one original ---- */

/* False with the verdict set when the header says that it must not or cannot be decoded. */
static bool read_header(struct original *original, struct thumb_result *result)
{
	struct image_header *header = &original->header;
	enum image_header_result status =
		image_header_read(original->data, original->length_bytes, true, header);
	uint64_t pixels;

	if (status != IMAGE_HEADER_OK) {
		status = image_header_read(original->data, original->length_bytes, false, header);
		if (status == IMAGE_HEADER_NEEDS_MORE)
			verdict_set(result, THUMB_TRUNCATED, "the header is cut off");
		else
			verdict_set(result, THUMB_UNDECODABLE, "the header is broken");
		return false;
	}
	if (!media_type_is_renderable(header->type)) {
		verdict_set(result, THUMB_UNSUPPORTED, media_type_name(header->type));
		return false;
	}
	result->width_px = header->width_px;
	result->height_px = header->height_px;
	result->frames = header->frames;
	pixels = (uint64_t)header->width_px * (uint64_t)header->height_px;
	if (header->width_px > THUMB_MAX_SIDE_PX || header->height_px > THUMB_MAX_SIDE_PX ||
	    pixels > original->request->max_pixels) {
		result->verdict = THUMB_TOO_MANY_PIXELS;
		snprintf(result->message, sizeof result->message, "%dx%d pixels%s",
			 header->width_px, header->height_px,
			 pixels > original->request->max_pixels ? "" : ": a side is too long");
		return false;
	}
	return true;
}

/* What libvips sees in the header: frames, channels; and whether both readers mean the same image.
 */
static bool read_layout(struct original *original, struct thumb_result *result)
{
	struct image_header *header = &original->header;
	uint64_t pixels = (uint64_t)header->width_px * (uint64_t)header->height_px;
	const VipsImage *image;

	vips_setup_take_warning(original->warning, sizeof original->warning); /* an older one */
	if (load_header(original, &original->opened)) {
		verdict_of_decoder(original->header.type, original->structure, result);
		return false;
	}
	vips_setup_take_warning(original->warning, sizeof original->warning);
	image = original->opened;
	original->is_turned = header->orientation >= 5;
	original->width_px = image->Xsize;
	original->height_px = vips_image_get_page_height(original->opened);
	original->bands = image->Bands;
	original->sample_bytes = (int)VIPS_IMAGE_SIZEOF_ELEMENT(image);
	original->frames =
		header->type == MEDIA_GIF || header->type == MEDIA_WEBP
			? vips_image_get_n_pages(original->opened) - original->hidden_frames
			: 1;
	original->has_alpha = vips_image_hasalpha(original->opened);
	original->is_direct =
		header->type == MEDIA_JPEG && (image->Bands == 1 || image->Bands == 3);
	result->frames = original->frames;
	result->has_alpha = original->has_alpha;
	if ((original->is_turned ? original->height_px : original->width_px) != header->width_px ||
	    (original->is_turned ? original->width_px : original->height_px) != header->height_px) {
		result->verdict = THUMB_UNDECODABLE;
		snprintf(result->message, sizeof result->message,
			 "the header says %dx%d, the decoder %dx%d", header->width_px,
			 header->height_px, original->width_px, original->height_px);
		return false;
	}
	if (pixels * (uint64_t)original->frames > original->request->max_pixels) {
		limits_refuse((unsigned)original->frames, "frames", header, result);
		return false;
	}
	return true;
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

/* What the decoder keeps, and the most that a spec keeps beside it. */
static bool fits_memory(struct original *original, struct thumb_result *result)
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

/* Decodes everything once for the verdict alone. */
static int verify_whole(const struct original *original, struct thumb_result *result)
{
	CLEANUP(unref_image) VipsImage *image = NULL;
	struct decode decode = {
		.shrink = original->header.type == MEDIA_JPEG ? CODEC_MAX_SHRINK : 1,
		.n_frames = original->frames,
	};

	if (original->is_direct)
		return codec_pull_jpeg(original->data, original->length_bytes, decode.shrink, NULL)
			       ? verdict_of_decoder(original->header.type, original->structure,
						    result)
			       : 0;
	if (load(original, decode, &image) || codec_pull(image, NULL, NULL))
		return verdict_of_decoder(original->header.type, original->structure, result);
	return 0;
}

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

	if (load(original, decode, &opened) || to_8_bit(opened, original->has_alpha, &decoded))
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

static int render_all(struct original *original, struct thumb_result *result)
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

static void drop_thumbs(struct thumb_result *result)
{
	for (size_t i = 0; i < result->n_thumbs; i++)
		buf_release(&result->thumbs[i].bytes);
	free(result->thumbs);
	result->thumbs = NULL;
	result->n_thumbs = 0;
}

/* What is wrong with a file whose pixels are all there. */
static void note_harmless_damage(const struct original *original, struct thumb_result *result)
{
	char text[COMPLAINT_BYTES];

	if (complaint_of_harmless_damage(original->header.type, original->data,
					 original->length_bytes, original->warning, text))
		verdict_set(result, THUMB_DAMAGED, text);
}

/* A JPEG of inks comes from libvips, which does not say where its data ended. */
static bool lacks_rows_of_inks(const struct original *original)
{
	return original->header.type == MEDIA_JPEG && !original->is_direct &&
	       codec_pull_jpeg(original->data, original->length_bytes, CODEC_MAX_SHRINK, NULL);
}

static void judge(struct original *original, struct thumb_result *result)
{
	bool must_verify = original->request->n_specs == 0 || original->frames > 1, has_complaint;

	if (must_verify && verify_whole(original, result))
		return;
	has_complaint = verdict_take_warning(original->header.type, result);
	if (original->request->n_specs && render_all(original, result)) {
		drop_thumbs(result);
		return;
	}
	has_complaint |= verdict_take_warning(original->header.type, result);
	if (has_complaint && lacks_rows_of_inks(original)) {
		drop_thumbs(result);
		verdict_of_decoder(original->header.type, original->structure, result);
	} else if (has_complaint && original->mended) {
		drop_thumbs(result);
		result->verdict = THUMB_TRUNCATED;
	} else if (has_complaint || original->mended) {
		result->verdict = THUMB_DAMAGED;
		if (!result->message[0])
			verdict_set(result, THUMB_DAMAGED, original->mended);
	} else {
		note_harmless_damage(original, result);
	}
}

/* A PNG whose rows are all there; false when they are not. */
static bool repair_png(struct original *original, const char *what, struct png_rows *ret_rows)
{
	buf_init(&original->repaired, original->request->max_decoded_bytes);
	if (!png_repair(original->data, original->length_bytes,
			original->request->max_decoded_bytes, &original->repaired, ret_rows))
		return false;
	original->data = (const unsigned char *)original->repaired.data;
	original->length_bytes = original->repaired.length_bytes;
	original->mended =
		ret_rows->are_shown && original->structure == STRUCTURE_WHOLE ? NULL : what;
	return true;
}

/* ISO/IEC 23008-12, 6.6.2: an image of tiles. The type of an item stands in the file as it is, be it
 * the alpha plane's. */
static bool may_have_tiles(const struct original *original)
{
	enum media_type type = original->header.type;

	return (type == MEDIA_AVIF || type == MEDIA_HEIC) &&
	       memmem(original->data, original->length_bytes, "grid", 4);
}

static void drop_lost_items(struct original *original, unsigned char *data, const char *what)
{
	enum heif_items items = heif_items_drop_lost(data, original->length_bytes);

	if (items == HEIF_ITEMS_ZEROED)
		original->structure = STRUCTURE_MISSING;
	if (original->structure == STRUCTURE_MISSING)
		original->mended = NULL;
	else if (items == HEIF_ITEMS_LOST_OTHERS)
		original->mended = what;
}

/* Makes of the file what a decoder takes whole; false with the verdict set when that cannot be. */
static bool prepare(struct original *original, unsigned char *data, struct thumb_result *result)
{
	static const char end_is_missing[] = "the end of the file is missing";
	enum media_type type = original->header.type;
	struct png_rows rows;
	size_t length_bytes;

	original->structure = structure_read(type, data, original->length_bytes, &original->counts);
	if (original->structure == STRUCTURE_CUT && type != MEDIA_PNG) {
		original->length_bytes = structure_mend(type, data, original->length_bytes);
		original->mended = end_is_missing;
	}
	original->length_bytes = structure_drop_texts(type, data, original->length_bytes);
	metadata_hide(type, data, original->length_bytes);
	if (original->structure == STRUCTURE_CUT && type == MEDIA_PNG)
		repair_png(original, end_is_missing, &rows);
	if (type == MEDIA_AVIF || type == MEDIA_HEIC)
		drop_lost_items(original, data, end_is_missing);
	if (original->header.has_alpha && (type == MEDIA_AVIF || type == MEDIA_HEIC))
		original->header.orientation = heif_alpha_put_upright(data, original->length_bytes);
	if (may_have_tiles(original)) {
		heif_tiles_put_upright(data, original->length_bytes);
		original->counts.tile_pixels =
			heif_tiles_count_pixels(data, original->length_bytes);
	}
	if (type == MEDIA_GIF) {
		length_bytes = gif_canvas_make_transparent(data, original->length_bytes);
		original->hidden_frames = length_bytes > original->length_bytes;
		original->length_bytes = length_bytes;
	}
	if (original->structure == STRUCTURE_WHOLE || original->mended)
		return true;
	length_bytes = original->length_bytes - zero_tail_begin(data, original->length_bytes);
	verdict_set(result, THUMB_TRUNCATED,
		    zero_tail_is_loss(length_bytes, 0)
			    ? "the file ends in zeros in place of image data"
			    : verdict_data_is_missing);
	return false;
}

/* libheif leaves what no tile covers as it finds it, and so would show what the memory held before:
 * other images. malloc's own way of finding such bugs fills it, here with zeros; for a twelfth more
 * CPU time. */
static void fill_memory(bool is_filled)
{
	mallopt(M_PERTURB, is_filled ? 0xff : 0);
}

static void examine(struct original *original, struct thumb_result *result)
{
	fill_memory(may_have_tiles(original));
	if (limits_allow(&original->header, &original->counts, original->request->max_pixels,
			 result) &&
	    read_layout(original, result) && fits_memory(original, result))
		judge(original, result);
	unref_image(&original->opened);
}

/* A decoder has refused it. */
static void try_png_again(struct original *original, struct thumb_result *result)
{
	struct png_rows rows;
	char fault[sizeof result->message];

	if (repair_png(original, "a checksum of the image data is wrong", &rows)) {
		verdict_set(result, THUMB_OK, "");
		examine(original, result);
	}
	if (result->verdict != THUMB_UNDECODABLE)
		return;
	if (png_fault_find(original->data, original->length_bytes, fault, sizeof fault))
		verdict_set(result, THUMB_UNDECODABLE, fault);
	else if (rows.are_missing)
		verdict_set(result, THUMB_TRUNCATED, "the image data ends before the last row");
}

void render_image(const struct wire_request *request, unsigned char *data, size_t length_bytes,
		  struct thumb_result *ret_result)
{
	struct original original = {.request = request, .data = data, .length_bytes = length_bytes};
	struct thumb_result result = {0};

	vips_error_clear();
	if (read_header(&original, &result) && prepare(&original, data, &result))
		examine(&original, &result);
	if (result.verdict == THUMB_UNDECODABLE && original.header.type == MEDIA_PNG &&
	    original.structure == STRUCTURE_WHOLE)
		try_png_again(&original, &result);
	buf_release(&original.repaired);
	*ret_result = result;
}
