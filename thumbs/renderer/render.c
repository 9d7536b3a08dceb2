#include "render.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "avif_fault.h"
#include "cleanup.h"
#include "codec.h"
#include "complaint.h"
#include "gif_canvas.h"
#include "gif_flush.h"
#include "gif_texts.h"
#include "heif_items.h"
#include "heif_tiles.h"
#include "heif_turns.h"
#include "limits.h"
#include "metadata.h"
#include "original.h"
#include "png_chunks.h"
#include "png_fault.h"
#include "png_repair.h"
#include "render_specs.h"
#include "verdict.h"
#include "vips_setup.h"
#include "webp_alpha.h"
#include "zero_tail.h"

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
	if (original_load_header(original, &original->opened)) {
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

/* Decodes everything once for the verdict alone. */
static int verify_whole(const struct original *original, struct thumb_result *result)
{
	CLEANUP(unref_image) VipsImage *image = NULL;
	const struct decode decode = {.shrink = 1, .n_frames = original->frames};

	if (original->header.type == MEDIA_JPEG)
		return codec_pull_jpeg(original->data, original->length_bytes, CODEC_MAX_SHRINK,
				       NULL)
			       ? verdict_of_decoder(original->header.type, original->structure,
						    result)
			       : 0;
	if (original_load(original, decode, &image) || codec_pull(image, NULL, NULL))
		return verdict_of_decoder(original->header.type, original->structure, result);
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

/* A JPEG of inks comes from libvips, which does not say where its data ended, and leaves out the
 * rows that a shrink does not divide. */
static bool is_of_inks(const struct original *original)
{
	return original->header.type == MEDIA_JPEG && !original->is_direct;
}

static void judge(struct original *original, struct thumb_result *result)
{
	bool must_verify =
		original->request->n_specs == 0 || original->frames > 1 || is_of_inks(original);
	bool has_complaint;

	if (must_verify && verify_whole(original, result))
		return;
	has_complaint = verdict_take_warning(original->header.type, result);
	if (original->request->n_specs && render_specs(original, result)) {
		drop_thumbs(result);
		return;
	}
	has_complaint |= verdict_take_warning(original->header.type, result);
	if (has_complaint && original->mended) {
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
			original->request->max_decoded_bytes, &original->repaired, ret_rows)) {
		buf_release(&original->repaired);
		return false;
	}
	original->data = (const unsigned char *)original->repaired.data;
	original->length_bytes = original->repaired.length_bytes;
	original->mended =
		ret_rows->are_shown && original->structure == STRUCTURE_WHOLE ? NULL : what;
	return true;
}

/* The type of an item stands in the file as it is, be it the alpha plane's. */
static bool may_have_item(const struct original *original, const char *item_type)
{
	enum media_type type = original->header.type;

	return (type == MEDIA_AVIF || type == MEDIA_HEIC) &&
	       memmem(original->data, original->length_bytes, item_type, 4);
}

/* ISO/IEC 23008-12, 6.6.2: an image of tiles. */
static bool may_have_tiles(const struct original *original)
{
	return may_have_item(original, "grid");
}

/* False with the verdict set when a decoder would seek them for long, or without an end. */
static bool count_items(struct original *original, const unsigned char *data,
			struct thumb_result *result)
{
	size_t n_items;

	if (heif_tiles_are_too_many(data, original->length_bytes, &n_items)) {
		verdict_set(result, THUMB_UNDECODABLE, "");
		snprintf(result->message, sizeof result->message, "%zu items", n_items);
		return false;
	}
	if (heif_tiles_count_pixels(data, original->length_bytes, &original->counts.tile_pixels))
		return true;
	verdict_set(result, THUMB_UNDECODABLE, "an image is made of itself, or of too many others");
	return false;
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

static const char checksum_is_wrong[] = "a checksum of the image data is wrong";

/* False when a checksum says that a browser stops before the last row. */
static bool mend_checksum(struct original *original, struct thumb_result *result)
{
	struct png_rows rows;

	if (!png_has_wrong_data_crc(original->data, original->length_bytes) ||
	    repair_png(original, checksum_is_wrong, &rows))
		return true;
	verdict_set(result, THUMB_UNDECODABLE, checksum_is_wrong);
	return false;
}

/* Of a file whose end was put back the last code may end with what came of its data. */
static void pad_gif(struct original *original)
{
	buf_init(&original->repaired, original->request->max_decoded_bytes);
	if (!gif_flush_pad(original->data, original->length_bytes, &original->repaired)) {
		buf_release(&original->repaired);
		return;
	}
	original->data = (const unsigned char *)original->repaired.data;
	original->length_bytes = original->repaired.length_bytes;
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
	if (type == MEDIA_WEBP)
		webp_alpha_name(data, original->length_bytes);
	if (original->structure == STRUCTURE_CUT && type == MEDIA_PNG)
		repair_png(original, end_is_missing, &rows);
	if (original->structure == STRUCTURE_WHOLE && type == MEDIA_PNG &&
	    !mend_checksum(original, result))
		return false;
	if (original->structure == STRUCTURE_WHOLE && type == MEDIA_PNG &&
	    !original->repaired.data && png_data_goes_on(data, original->length_bytes))
		repair_png(original, NULL, &rows);
	if (type == MEDIA_AVIF || type == MEDIA_HEIC) {
		heif_items_keep_first(data, original->length_bytes);
		drop_lost_items(original, data, end_is_missing);
		original->header.orientation = heif_turns_take(
			data, original->length_bytes, original->header.bits_per_sample != 8);
	}
	if (may_have_tiles(original))
		heif_tiles_put_upright(data, original->length_bytes);
	if ((type == MEDIA_AVIF || type == MEDIA_HEIC) && !count_items(original, data, result))
		return false;
	if (type == MEDIA_GIF) {
		original->length_bytes = gif_texts_drop(data, original->length_bytes);
		length_bytes = gif_canvas_make_transparent(data, original->length_bytes);
		original->hidden_frames = length_bytes > original->length_bytes;
		original->length_bytes = length_bytes;
		if (original->mended ||
		    (original->structure == STRUCTURE_WHOLE && original->counts.flush_frames))
			pad_gif(original);
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

/* libheif leaves what no tile covers as it finds it, and libde265 what damaged slices do not reach
 * (HEVC, whatever the file's brand), and so they would show what the memory held before: other
 * images. malloc's own way of finding such bugs fills it, here with zeros; for a twelfth more CPU
 * time. */
static void fill_memory(const struct original *original)
{
	bool is_filled = may_have_tiles(original) || may_have_item(original, "hvc1");

	mallopt(M_PERTURB, is_filled ? 0xff : 0);
}

/* What the decoder here passes over, and browsers refuse the file for. */
static bool is_taken_by_browsers(const struct original *original, struct thumb_result *result)
{
	enum media_type type = original->header.type;
	const char *box =
		type == MEDIA_AVIF ? avif_fault_find(original->data, original->length_bytes) : NULL;

	if (box) {
		verdict_set(result, THUMB_UNDECODABLE, "");
		snprintf(result->message, sizeof result->message, "%s: the box is broken", box);
	} else if (type == MEDIA_PNG &&
		   png_fault_is_in_first_frame(original->data, original->length_bytes)) {
		verdict_set(result, THUMB_UNDECODABLE,
			    "fcTL: the first frame is not the whole image");
	}
	return result->verdict != THUMB_UNDECODABLE;
}

static void examine(struct original *original, struct thumb_result *result)
{
	fill_memory(original);
	if (limits_allow(&original->header, &original->counts, original->request->max_pixels,
			 result) &&
	    is_taken_by_browsers(original, result) && read_layout(original, result) &&
	    render_specs_fit(original, result))
		judge(original, result);
	unref_image(&original->opened);
}

/* A decoder has refused it: what was written anew already, for something else. */
static void try_png_again(struct original *original, struct thumb_result *result)
{
	struct png_rows rows = {0};
	char fault[sizeof result->message];

	if (!original->repaired.data && repair_png(original, checksum_is_wrong, &rows)) {
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
