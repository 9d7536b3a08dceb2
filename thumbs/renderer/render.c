#include "render.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vips/vips.h>
#include <vips/vector.h>

#include "alloc.h"
#include "cleanup.h"
#include "icc.h"
#include "image_header.h"
#include "libraries.h"
#include "plan.h"
#include "structure.h"
#include "verify.h"

/* Raise it with every change that can change a thumbnail's bytes. */
#define REVISION 1

#define MAX_SIDE_PX 32767
/* A decode up to this size is kept in memory and shared; above it each spec streams its own. */
#define MAX_KEPT_BYTES (64u << 20)
#define STRIP_LINES 16
#define MAX_SHRINK 8

#if VIPS_MAJOR_VERSION > 8 || (VIPS_MAJOR_VERSION == 8 && VIPS_MINOR_VERSION >= 15)
#define WITHOUT_METADATA "keep", VIPS_FOREIGN_KEEP_NONE
#else
#define WITHOUT_METADATA "strip", TRUE
#endif

typedef VipsImage *image_pointer;

static void unref_image(image_pointer *image)
{
	if (*image)
		g_object_unref(*image);
}

/* An original as it is being worked on. Sizes without "shown" are those of the stored raster. */
struct original {
	const struct wire_request *request;
	const unsigned char *data;
	size_t length_bytes;
	struct image_header header;
	enum structure_state structure;
	int width_px, height_px, bands, sample_bytes;
	int frames;
	bool has_alpha, is_turned; /* turned: width and height change places when shown */
};

/* One decode of an original, shared by the specs that choose the same. */
struct decode {
	int shrink;
	bool has_all_frames;
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
		.has_all_frames = spec->is_animated && type == MEDIA_WEBP && original->frames > 1,
	};
}

static uint64_t decoded_bytes(const struct original *original, struct decode decode)
{
	uint64_t pixels = (uint64_t)original->width_px * (uint64_t)original->height_px;
	uint64_t frames = decode.has_all_frames ? (uint64_t)original->frames : 1;

	return pixels * frames * (uint64_t)original->bands * (uint64_t)original->sample_bytes /
	       (uint64_t)(decode.shrink * decode.shrink);
}

/* What the decoder itself keeps while it works, beside what it hands out. */
static uint64_t decoder_bytes(const struct original *original)
{
	uint64_t pixels = (uint64_t)original->width_px * (uint64_t)original->height_px;

	switch (original->header.type) {
	case MEDIA_JPEG: /* all coefficients, 2 bytes each, until the last scan */
		return original->header.is_progressive ? pixels * (uint64_t)original->bands * 2 : 0;
	case MEDIA_PNG: /* all rows until the last pass */
		return original->header.is_progressive ? pixels * (uint64_t)original->bands *
								 (uint64_t)original->sample_bytes
						       : 0;
	case MEDIA_GIF: /* canvas, and what a frame is disposed to */
	case MEDIA_WEBP:
		return pixels * 8;
	default: /* AVIF, HEIC: planes and interleaved pixels */
		return pixels * 8;
	}
}

/* ---- decoding ---- */

static int load(const struct original *original, struct decode decode, VipsImage **ret_image)
{
	void *data = (void *)(uintptr_t)original->data;
	size_t length_bytes = original->length_bytes;
	int n = decode.has_all_frames ? -1 : 1;

	switch (original->header.type) {
	case MEDIA_JPEG:
		return vips_jpegload_buffer(data, length_bytes, ret_image, "shrink", decode.shrink,
					    "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
					    VIPS_FAIL_ON_ERROR, NULL);
	case MEDIA_PNG:
		return vips_pngload_buffer(data, length_bytes, ret_image, "access",
					   VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR,
					   NULL);
	case MEDIA_GIF:
		return vips_gifload_buffer(data, length_bytes, ret_image, "n", n, "access",
					   VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR,
					   NULL);
	case MEDIA_WEBP:
		return vips_webpload_buffer(data, length_bytes, ret_image, "n", n, "access",
					    VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR,
					    NULL);
	default:
		return vips_heifload_buffer(data, length_bytes, ret_image, "access",
					    VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR,
					    NULL);
	}
}

/* Pulls every pixel through, strip by strip, in this thread: for images of this size the thread
 * pool of libvips costs more than it gives, and the renderers fill the cores. `to` may be NULL. */
static int pull(VipsImage *from, VipsImage *to)
{
	VipsRegion *region = vips_region_new(from);
	int error = 0;

	for (int top = 0; !error && top < from->Ysize; top += STRIP_LINES) {
		VipsRect strip = {0, top, from->Xsize, VIPS_MIN(STRIP_LINES, from->Ysize - top)};

		error = vips_region_prepare(region, &strip);
		for (int y = top; !error && to && y < top + strip.height; y++)
			error = vips_image_write_line(to, y, VIPS_REGION_ADDR(region, 0, y));
	}
	g_object_unref(region);
	return error;
}

static int to_memory(VipsImage *from, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *image = vips_image_new_memory();

	if (vips_image_pipelinev(image, VIPS_DEMAND_STYLE_ANY, from, NULL) || pull(from, image))
		return -1;
	*ret_image = image;
	image = NULL;
	return 0;
}

/* ---- one thumbnail ---- */

static bool is_srgb(VipsImage *image)
{
	const void *profile;
	size_t length_bytes;

	if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 ||
	    vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &length_bytes))
		return true;
	return icc_is_srgb(profile, length_bytes);
}

/* Colour channels alone: to 8-bit sRGB or grey. A profile that does not fit is ignored, as browsers
 * do. */
static int colour_to_srgb(VipsImage *colour, VipsImage **ret_image)
{
	bool is_cmyk = colour->Bands == 4;
	bool is_plain = colour->BandFmt == VIPS_FORMAT_UCHAR && !is_cmyk;

	if (is_plain && is_srgb(colour))
		return vips_copy(colour, ret_image, NULL);
	if (is_cmyk || !is_srgb(colour)) {
		if (!vips_icc_transform(colour, ret_image, "srgb", "embedded", TRUE,
					"input_profile", is_cmyk ? "cmyk" : "srgb", "depth", 8,
					NULL))
			return 0;
		vips_error_clear();
	}
	return vips_colourspace(
		colour, ret_image,
		colour->Bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL);
}

static int to_srgb(VipsImage *image, bool has_alpha, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *colour = NULL;
	CLEANUP(unref_image) VipsImage *converted = NULL;
	CLEANUP(unref_image) VipsImage *alpha = NULL;
	CLEANUP(unref_image) VipsImage *alpha_8 = NULL;

	if (!has_alpha)
		return colour_to_srgb(image, ret_image);
	if (vips_extract_band(image, &colour, 0, "n", image->Bands - 1, NULL) ||
	    vips_extract_band(image, &alpha, image->Bands - 1, NULL) ||
	    colour_to_srgb(colour, &converted) ||
	    vips_cast(alpha, &alpha_8, VIPS_FORMAT_UCHAR, "shift",
		      alpha->BandFmt == VIPS_FORMAT_USHORT, NULL))
		return -1;
	return vips_bandjoin2(converted, alpha_8, ret_image, NULL);
}

/* Colours under transparent pixels must not bleed into their neighbours: resized premultiplied. */
static int resize(VipsImage *image, bool has_alpha, int width_px, int height_px,
		  VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *premultiplied = NULL;
	CLEANUP(unref_image) VipsImage *resized = NULL;
	CLEANUP(unref_image) VipsImage *straight = NULL;
	double x_scale = (double)width_px / image->Xsize,
	       y_scale = (double)height_px / image->Ysize;

	if (image->Xsize == width_px && image->Ysize == height_px)
		return vips_copy(image, ret_image, NULL);
	if (!has_alpha)
		return vips_resize(image, ret_image, x_scale, "vscale", y_scale, NULL);
	if (vips_premultiply(image, &premultiplied, NULL) ||
	    vips_resize(premultiplied, &resized, x_scale, "vscale", y_scale, NULL) ||
	    vips_unpremultiply(resized, &straight, NULL))
		return -1;
	return vips_cast(straight, ret_image, image->BandFmt, NULL);
}

static int turn(VipsImage *image, int orientation, VipsImage **ret_image)
{
	if (orientation == 1)
		return vips_copy(image, ret_image, NULL);
	vips_image_set_int(image, VIPS_META_ORIENTATION, orientation);
	return vips_autorot(image, ret_image, NULL);
}

/* Where the crop begins. The content-aware positions look at `image`. */
static int find_crop(const struct thumb_spec *spec, VipsImage *image, int width_px, int height_px,
		     int *ret_left_px, int *ret_top_px)
{
	CLEANUP(unref_image) VipsImage *cropped = NULL;
	VipsInteresting interesting = spec->position == THUMB_ATTENTION ? VIPS_INTERESTING_ATTENTION
									: VIPS_INTERESTING_ENTROPY;

	if (spec->position != THUMB_ATTENTION && spec->position != THUMB_ENTROPY) {
		plan_crop(spec->position, image->Xsize - width_px, image->Ysize - height_px,
			  ret_left_px, ret_top_px);
		return 0;
	}
	if (vips_smartcrop(image, &cropped, width_px, height_px, "interesting", interesting, NULL))
		return -1;
	*ret_left_px = -cropped->Xoffset;
	*ret_top_px = -cropped->Yoffset;
	return 0;
}

/* A finished frame before its crop: scaled, turned, sRGB, in memory. */
static int render_frame(const struct original *original, const struct thumb_spec *spec,
			VipsImage *decoded, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *resized = NULL;
	CLEANUP(unref_image) VipsImage *converted = NULL;
	CLEANUP(unref_image) VipsImage *scaled = NULL;
	int width_px, height_px;

	plan_scaled_size(spec, original->header.width_px, original->header.height_px, &width_px,
			 &height_px);
	if (resize(decoded, original->has_alpha, original->is_turned ? height_px : width_px,
		   original->is_turned ? width_px : height_px, &resized) ||
	    to_srgb(resized, original->has_alpha, &converted) || to_memory(converted, &scaled))
		return -1;
	return turn(scaled, original->header.orientation, ret_image);
}

static int flatten(const struct thumb_spec *spec, VipsImage *image, VipsImage **ret_image)
{
	double colour[3];
	VipsArrayDouble *background;
	int n = image->Bands - 1, error;

	for (int i = 0; i < 3; i++)
		colour[i] = spec->background[i];
	if (n == 1) /* luma of BT.601: what a grey of that colour looks like */
		colour[0] = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
	background = vips_array_double_new(colour, n);
	error = vips_flatten(image, ret_image, "background", background, NULL);
	vips_area_unref(VIPS_AREA(background));
	return error;
}

static int encode(const struct thumb_spec *spec, enum media_type type, VipsImage *image,
		  struct thumb *ret_thumb)
{
	void *data = NULL;
	size_t length_bytes = 0;
	int error;

	if (type == MEDIA_JPEG)
		error = vips_jpegsave_buffer(image, &data, &length_bytes, "Q", spec->quality,
					     "optimize_coding", TRUE, WITHOUT_METADATA, NULL);
	else if (type == MEDIA_WEBP)
		error = vips_webpsave_buffer(image, &data, &length_bytes, "Q", spec->quality,
					     "effort", 4, WITHOUT_METADATA, NULL);
	else if (type == MEDIA_PNG)
		error = vips_pngsave_buffer(image, &data, &length_bytes, "compression", 6,
					    WITHOUT_METADATA, NULL);
	else
		error = vips_heifsave_buffer(image, &data, &length_bytes, "Q", spec->quality,
					     "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1,
					     "effort", 3, WITHOUT_METADATA, NULL);
	if (error || length_bytes > WIRE_MAX_THUMB_BYTES) {
		g_free(data);
		return -1;
	}
	buf_init(&ret_thumb->bytes, length_bytes);
	buf_append(&ret_thumb->bytes, data, length_bytes);
	g_free(data);
	return 0;
}

/* The whole thumbnail decodes. JPEG by its coefficients: the smallest inverse transform reads all
 * of them. */
static int check_decodes(const struct thumb *thumb)
{
	CLEANUP(unref_image) VipsImage *image = NULL;
	struct original original = {
		.data = (const unsigned char *)thumb->bytes.data,
		.length_bytes = thumb->bytes.length_bytes,
		.header = {.type = thumb->type},
	};
	struct decode decode = {
		.shrink = thumb->type == MEDIA_JPEG ? MAX_SHRINK : 1,
		.has_all_frames = thumb->type == MEDIA_WEBP,
	};

	return load(&original, decode, &image) || pull(image, NULL) ? -1 : 0;
}

/* Encoders of 8.14 write a profile even when told to strip. */
static void drop_metadata(VipsImage *image)
{
	static const char *const names[] = {VIPS_META_ICC_NAME, VIPS_META_EXIF_NAME,
					    VIPS_META_XMP_NAME, VIPS_META_IPTC_NAME,
					    VIPS_META_ORIENTATION};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		vips_image_remove(image, names[i]);
}

static int finish(const struct thumb_spec *spec, VipsImage *frame, bool has_alpha, int crop_left_px,
		  int crop_top_px, const struct thumb *thumb, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *cropped = NULL;
	bool must_flatten = has_alpha && (thumb->type == MEDIA_JPEG || spec->has_background);

	if (vips_extract_area(frame, &cropped, crop_left_px, crop_top_px, thumb->width_px,
			      thumb->height_px, NULL))
		return -1;
	if (must_flatten ? flatten(spec, cropped, ret_image) : vips_copy(cropped, ret_image, NULL))
		return -1;
	drop_metadata(*ret_image);
	return 0;
}

/* Frame by frame, so that no frame bleeds into the next; all are cropped where the first one is. */
static int render_frames(const struct original *original, const struct thumb_spec *spec,
			 VipsImage *decoded, const struct thumb *thumb, VipsImage **ret_image)
{
	int page_height_px = vips_image_get_page_height(decoded);
	int n = decoded->Ysize / page_height_px, left_px = 0, top_px = 0, error = 0;
	VipsImage **frames = alloc_zeroed((size_t)n, sizeof(VipsImage *));
	CLEANUP(unref_image) VipsImage *joined = NULL;

	for (int i = 0; !error && i < n; i++) {
		CLEANUP(unref_image) VipsImage *page = NULL;
		CLEANUP(unref_image) VipsImage *scaled = NULL;

		error = vips_extract_area(decoded, &page, 0, i * page_height_px, decoded->Xsize,
					  page_height_px, NULL) ||
			render_frame(original, spec, page, &scaled) ||
			(i == 0 && find_crop(spec, scaled, thumb->width_px, thumb->height_px,
					     &left_px, &top_px)) ||
			finish(spec, scaled, original->has_alpha, left_px, top_px, thumb,
			       &frames[i]);
	}
	if (!error)
		error = vips_arrayjoin(frames, &joined, n, "across", 1, NULL) ||
			vips_copy(joined, ret_image, NULL);
	if (!error && n > 1)
		vips_image_set_int(*ret_image, VIPS_META_PAGE_HEIGHT, thumb->height_px);
	for (int i = 0; i < n; i++)
		unref_image(&frames[i]);
	free(frames);
	return error ? -1 : 0;
}

static int render_spec(const struct original *original, size_t spec_index, VipsImage *decoded,
		       struct thumb *ret_thumb)
{
	const struct thumb_spec *spec = &original->request->specs[spec_index];
	CLEANUP(unref_image) VipsImage *image = NULL;
	struct thumb thumb = {.spec = spec_index};

	thumb.type = verify_expected_type(spec, original->has_alpha, original->frames);
	thumb_spec_size(spec, original->header.width_px, original->header.height_px,
			&thumb.width_px, &thumb.height_px);
	if (render_frames(original, spec, decoded, &thumb, &image) ||
	    encode(spec, thumb.type, image, &thumb))
		return -1;
	*ret_thumb = thumb;
	return check_decodes(ret_thumb);
}

/* ---- one original ---- */

static void set_message(struct thumb_result *result, enum thumb_verdict verdict, const char *text)
{
	size_t length_bytes = strcspn(text, "\r\n");

	result->verdict = verdict;
	snprintf(result->message, sizeof result->message, "%.*s", (int)length_bytes, text);
}

/* After a decode that succeeded: libjpeg leaves its warnings ("Corrupt JPEG data: ...") in libvips'
 * error buffer. Other loaders fail at once, or leave notes there that mean nothing. */
static bool take_complaint(const struct original *original, struct thumb_result *result)
{
	const char *text = vips_error_buffer();
	bool is_complaint = original->header.type == MEDIA_JPEG && strstr(text, "VipsJpeg") != NULL;

	if (is_complaint && !result->message[0])
		set_message(result, result->verdict, strstr(text, "VipsJpeg"));
	vips_error_clear();
	return is_complaint;
}

/* A decoder refused it. */
static int refuse(const struct original *original, struct thumb_result *result)
{
	bool was_cut = original->structure != STRUCTURE_WHOLE;

	set_message(result, was_cut ? THUMB_TRUNCATED : THUMB_UNDECODABLE, vips_error_buffer());
	vips_error_clear();
	return -1;
}

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
			set_message(result, THUMB_TRUNCATED, "the header is cut off");
		else
			set_message(result, THUMB_UNDECODABLE, "the header is broken");
		return false;
	}
	if (!media_type_is_renderable(header->type)) {
		set_message(result, THUMB_UNSUPPORTED, media_type_name(header->type));
		return false;
	}
	result->width_px = header->width_px;
	result->height_px = header->height_px;
	result->frames = header->frames;
	pixels = (uint64_t)header->width_px * (uint64_t)header->height_px;
	if (header->width_px > MAX_SIDE_PX || header->height_px > MAX_SIDE_PX ||
	    pixels > original->request->max_pixels) {
		result->verdict = THUMB_TOO_MANY_PIXELS;
		snprintf(result->message, sizeof result->message, "%dx%d pixels", header->width_px,
			 header->height_px);
		return false;
	}
	return true;
}

/* What libvips sees in the header: frames, channels; and whether both readers mean the same image.
 */
static bool read_layout(struct original *original, struct thumb_result *result)
{
	CLEANUP(unref_image) VipsImage *image = NULL;
	struct image_header *header = &original->header;
	uint64_t pixels = (uint64_t)header->width_px * (uint64_t)header->height_px;

	if (load(original, (struct decode){.shrink = 1}, &image)) {
		refuse(original, result);
		return false;
	}
	original->is_turned = header->orientation >= 5;
	original->width_px = image->Xsize;
	original->height_px = vips_image_get_page_height(image);
	original->bands = image->Bands;
	original->sample_bytes = (int)VIPS_IMAGE_SIZEOF_ELEMENT(image);
	original->frames = header->type == MEDIA_GIF || header->type == MEDIA_WEBP
				   ? vips_image_get_n_pages(image)
				   : 1;
	original->has_alpha = vips_image_hasalpha(image);
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
		result->verdict = THUMB_TOO_MANY_PIXELS;
		snprintf(result->message, sizeof result->message, "%d frames of %dx%d pixels",
			 original->frames, header->width_px, header->height_px);
		return false;
	}
	return true;
}

static bool fits_budget(const struct original *original, struct thumb_result *result)
{
	const struct wire_request *request = original->request;
	uint64_t most_bytes = 0;

	for (size_t i = 0; i < request->n_specs; i++) {
		struct decode decode = choose_decode(&request->specs[i], original);
		uint64_t bytes = decoded_bytes(original, decode);

		if (bytes > MAX_KEPT_BYTES && !decode.has_all_frames)
			bytes = 0; /* streamed */
		most_bytes = bytes > most_bytes ? bytes : most_bytes;
	}
	most_bytes += decoder_bytes(original);
	if (most_bytes <= request->max_decoded_bytes)
		return true;
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
		.shrink = original->header.type == MEDIA_JPEG ? MAX_SHRINK : 1,
		.has_all_frames = original->frames > 1,
	};

	if (load(original, decode, &image) || pull(image, NULL))
		return refuse(original, result);
	return 0;
}

/* All specs that take this decode. */
static int render_group(struct original *original, struct decode decode, bool *is_done,
			struct thumb_result *result)
{
	const struct wire_request *request = original->request;
	bool is_kept = decode.has_all_frames || decoded_bytes(original, decode) <= MAX_KEPT_BYTES;
	CLEANUP(unref_image) VipsImage *kept = NULL;

	for (size_t i = 0; i < request->n_specs; i++) {
		struct decode own = choose_decode(&request->specs[i], original);
		CLEANUP(unref_image) VipsImage *streamed = NULL;
		CLEANUP(unref_image) VipsImage *opened = NULL;

		if (is_done[i] || own.shrink != decode.shrink ||
		    own.has_all_frames != decode.has_all_frames)
			continue;
		if (!kept && load(original, decode, &opened))
			return refuse(original, result);
		if (!kept && is_kept && to_memory(opened, &kept))
			return refuse(original, result);
		if (render_spec(original, i, kept ? kept : opened, &result->thumbs[i]))
			return refuse(original, result);
		is_done[i] = true;
	}
	return 0;
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

static void judge(struct original *original, struct thumb_result *result)
{
	bool is_mended = original->structure == STRUCTURE_CUT, has_complaint;
	bool must_verify = original->request->n_specs == 0 || original->frames > 1;

	if (must_verify && verify_whole(original, result))
		return;
	has_complaint = take_complaint(original, result);
	if (original->request->n_specs && render_all(original, result)) {
		drop_thumbs(result);
		return;
	}
	has_complaint |= take_complaint(original, result);
	if (has_complaint && is_mended) {
		drop_thumbs(result);
		result->verdict = THUMB_TRUNCATED;
	} else if (has_complaint || is_mended) {
		result->verdict = THUMB_DAMAGED;
		if (!result->message[0])
			set_message(result, THUMB_DAMAGED, "the end of the file is missing");
	}
}

void render_image(const struct wire_request *request, unsigned char *data, size_t length_bytes,
		  struct thumb_result *ret_result)
{
	struct original original = {.request = request, .data = data, .length_bytes = length_bytes};
	struct thumb_result result = {0};

	vips_error_clear();
	if (read_header(&original, &result)) {
		original.structure = structure_read(original.header.type, data, length_bytes);
		if (original.structure == STRUCTURE_MISSING)
			set_message(&result, THUMB_TRUNCATED,
				    "the file ends before its image data");
		else if (original.structure == STRUCTURE_CUT)
			original.length_bytes =
				structure_mend(original.header.type, data, length_bytes);
	}
	if (result.verdict == THUMB_OK && read_layout(&original, &result) &&
	    fits_budget(&original, &result))
		judge(&original, &result);
	*ret_result = result;
}

/* ---- the library ---- */

static char version_text[WIRE_HELLO_TEXT_BYTES];

const char *render_version(void)
{
	return version_text;
}

/* GLib and libvips warn on stderr by their own choice; what matters comes back as an error. */
static void drop_log(const char *domain, GLogLevelFlags level, const char *text, void *context)
{
	(void)domain;
	(void)level;
	(void)text;
	(void)context;
}

static void allow_loaders(void)
{
	static const char *const classes[] = {"VipsForeignLoadJpeg", "VipsForeignLoadPng",
					      "VipsForeignLoadWebp", "VipsForeignLoadNsgif",
					      "VipsForeignLoadHeif"};

	vips_operation_block_set("VipsForeignLoad", TRUE);
	for (size_t i = 0; i < ARRAY_LENGTH(classes); i++)
		vips_operation_block_set(classes[i], FALSE);
}

int render_init(const char *program, struct fault *fault)
{
	g_log_set_default_handler(drop_log, NULL);
	/* Its vector code is compiled while it runs: memory that is writable and executable, and
	 * bytes that depend on the processor. */
	setenv("ORC_CODE", "emulate", 1);
	if (vips_init(program))
		return fault_raise(fault, -ENOSYS, "libvips: start: %s", vips_error_buffer());
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	vips_vector_set_enabled(FALSE);
	allow_loaders();
	libraries_load_plugins();
	snprintf(version_text, sizeof version_text, "%d vips-%d.%d.%d", REVISION, vips_version(0),
		 vips_version(1), vips_version(2));
	libraries_append_versions(version_text, sizeof version_text);
	return 0;
}

static void warm_up_decoder(const void *data, size_t length_bytes)
{
	CLEANUP(unref_image)
	VipsImage *decoded = vips_image_new_from_buffer(data, length_bytes, "", NULL);
	CLEANUP(unref_image) VipsImage *resized = NULL;
	CLEANUP(unref_image) VipsImage *converted = NULL;

	if (decoded && !vips_resize(decoded, &resized, 0.5, NULL) &&
	    !vips_icc_transform(resized, &converted, "srgb", "input_profile", "srgb", NULL))
		pull(converted, NULL);
}

static void warm_up_format(VipsImage *picture, const char *suffix)
{
	void *data = NULL;
	size_t length_bytes = 0;

	if (!vips_image_write_to_buffer(picture, suffix, &data, &length_bytes, NULL))
		warm_up_decoder(data, length_bytes);
	g_free(data);
}

void render_warm_up(void)
{
	static const char *const suffixes[] = {".jpg", ".png", ".webp"};
	CLEANUP(unref_image) VipsImage *black = NULL;
	CLEANUP(unref_image) VipsImage *picture = NULL;

	if (!vips_black(&black, 64, 64, "bands", 3, NULL) &&
	    !vips_copy(black, &picture, "interpretation", VIPS_INTERPRETATION_sRGB, NULL))
		for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++)
			warm_up_format(picture, suffixes[i]);
	vips_error_clear();
}
