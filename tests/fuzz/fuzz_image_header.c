/* The first byte says how much has come when the header is looked at first. */
#include "fuzz.h"
#include "image_header.h"
#include "media_type.h"

static enum image_header_result read_header(const uint8_t *data, size_t length_bytes, bool is_whole,
					    struct image_header *ret_header)
{
	enum image_header_result result =
		image_header_read(data, length_bytes, is_whole, ret_header);

	if (result != IMAGE_HEADER_OK)
		return result;
	fuzz_require(ret_header->type > MEDIA_NONE && ret_header->type < MEDIA_TYPE_COUNT);
	fuzz_require(ret_header->orientation >= 1 && ret_header->orientation <= 8);
	fuzz_require(ret_header->frames >= 1);
	if (ret_header->type != MEDIA_SVG)
		fuzz_require(ret_header->width_px > 0 && ret_header->height_px > 0);
	return result;
}

/* What was said of the beginning holds for all of it. */
static void compare(enum image_header_result early, const struct image_header *first,
		    enum image_header_result late, const struct image_header *second)
{
	if (early == IMAGE_HEADER_NEEDS_MORE)
		return;
	fuzz_require(early == late);
	if (early == IMAGE_HEADER_OK)
		fuzz_require(first->type == second->type && first->width_px == second->width_px &&
			     first->height_px == second->height_px &&
			     first->frames <= second->frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct image_header first, second, whole;
	enum image_header_result early, late;
	enum media_type type;
	char text[200];

	if (length_bytes == 0)
		return 0;
	early = read_header(data + 1, (length_bytes - 1) * data[0] / 255, false, &first);
	late = read_header(data + 1, length_bytes - 1, false, &second);
	compare(early, &first, late, &second);
	fuzz_require(read_header(data + 1, length_bytes - 1, true, &whole) !=
			     IMAGE_HEADER_NEEDS_MORE ||
		     late == IMAGE_HEADER_NEEDS_MORE);
	image_header_is_cut(data + 1, length_bytes - 1);
	fuzz_require(media_type_sniff(data + 1, length_bytes - 1, true, &type) !=
		     MEDIA_SNIFF_NEEDS_MORE);
	media_type_describe_other(data + 1, length_bytes - 1, NULL, text, sizeof text);
	return 0;
}
