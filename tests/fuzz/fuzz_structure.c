/* What is done to an image's bytes before a decoder sees them. */
#include <string.h>

#include "alloc.h"
#include "avif_fault.h"
#include "buf.h"
#include "cleanup.h"
#include "complaint.h"
#include "fuzz.h"
#include "gif_canvas.h"
#include "gif_flush.h"
#include "gif_lzw.h"
#include "gif_texts.h"
#include "heif_items.h"
#include "heif_tiles.h"
#include "heif_turns.h"
#include "metadata.h"
#include "icc.h"
#include "media_type.h"
#include "png_colours.h"
#include "png_fault.h"
#include "png_profile.h"
#include "png_repair.h"
#include "structure.h"
#include "webp_alpha.h"
#include "webp_strip.h"

#define MOST_ROW_BYTES (1u << 20)
#define MOST_PIXELS 100000

/* A copy with the room that may be written behind it, and not a byte more. */
static unsigned char *copy_of(const uint8_t *data, size_t length_bytes, size_t slack_bytes)
{
	unsigned char *copy = alloc_zeroed(length_bytes + slack_bytes, 1);

	memcpy(copy, data, length_bytes);
	return copy;
}

static void mend(enum media_type type, const uint8_t *data, size_t length_bytes)
{
	CLEANUP(cleanup_free)
	unsigned char *copy = copy_of(data, length_bytes, STRUCTURE_MEND_BYTES);
	size_t mended_bytes = structure_mend(type, copy, length_bytes);
	struct structure_counts counts;

	fuzz_require(mended_bytes <= length_bytes + STRUCTURE_MEND_BYTES);
	structure_read(type, copy, mended_bytes, &counts);
}

static void drop(enum media_type type, const uint8_t *data, size_t length_bytes)
{
	CLEANUP(cleanup_free) unsigned char *copy = copy_of(data, length_bytes, 1);

	fuzz_require(structure_drop_texts(type, copy, length_bytes) <= length_bytes);
}

static void look_at_png(const uint8_t *data, size_t length_bytes)
{
	struct buf file = BUF_INIT(BUF_UNLIMITED);
	struct chromaticities chromaticities;
	struct png_rows rows;
	double gamma;
	char text[160];

	png_repair(data, length_bytes, MOST_ROW_BYTES, &file, &rows);
	buf_release(&file);
	png_fault_find(data, length_bytes, text, sizeof text);
	png_fault_is_in_first_frame(data, length_bytes);
	png_has_broken_profile(data, length_bytes);
	png_data_goes_on(data, length_bytes);
	png_colours_read(data, length_bytes, &chromaticities, &gamma);
}

static void put_upright(unsigned char *data, size_t length_bytes)
{
	uint64_t pixels;
	size_t n_items;
	int orientation;

	heif_items_keep_first(data, length_bytes);
	heif_items_drop_lost(data, length_bytes);
	heif_tiles_put_upright(data, length_bytes);
	heif_tiles_count_pixels(data, length_bytes, &pixels);
	heif_tiles_are_too_many(data, length_bytes, &n_items);
	avif_fault_find(data, length_bytes);
	avif_has_broken_profile(data, length_bytes);
	orientation = heif_turns_take(data, length_bytes, true);
	fuzz_require(orientation >= 1 && orientation <= 8);
}

/* Each frame once: in the second turn there is nothing to do. */
static void pad(const unsigned char *data, size_t length_bytes)
{
	CLEANUP(buf_release) struct buf first = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf second = BUF_INIT(BUF_UNLIMITED);

	if (!gif_flush_pad(data, length_bytes, &first))
		return;
	fuzz_require(first.length_bytes > length_bytes);
	fuzz_require(
		!gif_flush_pad((const unsigned char *)first.data, first.length_bytes, &second));
}

static void look_at_others(enum media_type type, const uint8_t *data, size_t length_bytes)
{
	CLEANUP(cleanup_free)
	unsigned char *copy = copy_of(data, length_bytes, GIF_CANVAS_FRAME_BYTES);

	metadata_hide(type, copy, length_bytes);
	if (type == MEDIA_WEBP)
		webp_alpha_name(copy, length_bytes);
	if (type == MEDIA_GIF) {
		size_t kept_bytes = gif_texts_drop(copy, length_bytes);

		fuzz_require(kept_bytes <= length_bytes);
		length_bytes = kept_bytes;
	}
	if (type == MEDIA_GIF)
		pad(copy, length_bytes);
	if (type == MEDIA_GIF)
		fuzz_require(gif_canvas_make_transparent(copy, length_bytes) <=
			     length_bytes + GIF_CANVAS_FRAME_BYTES);
	else if (type == MEDIA_WEBP)
		fuzz_require(webp_strip(copy, length_bytes) <= length_bytes);
	else if (type == MEDIA_AVIF || type == MEDIA_HEIC)
		put_upright(copy, length_bytes);
}

/* No image: an ICC profile, the codes of a GIF. */
static void look_at_parts(const uint8_t *data, size_t length_bytes)
{
	icc_is_whole(data, length_bytes);
	icc_is_srgb(data, length_bytes);
	icc_is_readable(data, length_bytes, length_bytes & 1);
	fuzz_require(gif_lzw_read(data, length_bytes, MOST_PIXELS) <= GIF_CODES_BROKEN);
	fuzz_require(gif_lzw_unused_index(data, length_bytes, MOST_PIXELS) < 256);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct structure_counts counts;
	char text[COMPLAINT_BYTES];
	enum media_type type;

	if (media_type_sniff(data, length_bytes, true, &type) != MEDIA_SNIFF_KNOWN ||
	    !media_type_is_renderable(type)) {
		look_at_parts(data, length_bytes);
		return 0;
	}
	if (structure_read(type, data, length_bytes, &counts) == STRUCTURE_CUT && type != MEDIA_PNG)
		mend(type, data, length_bytes);
	fuzz_require(structure_junk_bytes(type, data, length_bytes) <= length_bytes);
	drop(type, data, length_bytes);
	complaint_of_harmless_damage(type, data, length_bytes, "", text);
	if (type == MEDIA_PNG)
		look_at_png(data, length_bytes);
	look_at_others(type, data, length_bytes);
	return 0;
}
