/* An image, and thumbnails of it: the first byte says which. What comes out is what the parent makes
 * of the header by its own arithmetic, and the same bytes for each spec alone. */
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "fuzz.h"
#include "image_header.h"
#include "render.h"
#include "verify.h"
#include "vips_setup.h"

#define MOST_PIXELS (1u << 20)
#define MOST_DECODED_BYTES (64u << 20)
#define N_SPECS 6

static const struct thumb_spec specs[N_SPECS] = {
	{.width_px = 20, .format = THUMB_JPEG, .quality = 75, .background = {255, 255, 255}},
	{.width_px = 13,
	 .height_px = 9,
	 .fit = THUMB_COVER,
	 .position = THUMB_ENTROPY,
	 .format = THUMB_WEBP,
	 .quality = 60},
	{.height_px = 500, .format = THUMB_PNG, .quality = 75},
	{.width_px = 7, .format = THUMB_WEBP, .quality = 75, .is_animated = true},
	{.width_px = 40,
	 .height_px = 40,
	 .fit = THUMB_COVER,
	 .position = THUMB_ATTENTION,
	 .format = THUMB_AUTO,
	 .quality = 95,
	 .background = {1, 2, 3},
	 .has_background = true},
	{.width_px = 64,
	 .height_px = 8,
	 .fit = THUMB_COVER,
	 .position = THUMB_BOTTOM_LEFT,
	 .format = THUMB_AUTO,
	 .quality = 20},
};

/* GLib and libvips keep what they have made. Memory is filled as malloc does it in render.c. */
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0:max_malloc_fill_size=1073741824:malloc_fill_byte=0";
}

static void set_up(void)
{
	static bool is_ready;
	struct fault fault = {0};

	fuzz_require(is_ready || !vips_setup_init("fuzz_render", &fault));
	is_ready = true;
}

static void render(struct wire_request *request, const struct image_header *header,
		   const uint8_t *data, struct thumb_result *ret_result)
{
	CLEANUP(cleanup_free)
	unsigned char *copy = alloc_zeroed(request->bytes + RENDER_SLACK_BYTES, 1);
	const struct thumb_job job = {
		.bytes = request->bytes,
		.type = request->type,
		.width_px = header->width_px,
		.height_px = header->height_px,
		.specs = request->specs,
		.n_specs = request->n_specs,
	};
	char why[200];

	memcpy(copy, data, request->bytes);
	render_image(request, copy, request->bytes, ret_result);
	if (ret_result->verdict == THUMB_OK || ret_result->verdict == THUMB_DAMAGED)
		fuzz_require(verify_result(&job, ret_result, why, sizeof why));
	else
		fuzz_require(ret_result->n_thumbs == 0 && ret_result->message[0]);
}

static void compare(const struct thumb *alone, const struct thumb *together)
{
	fuzz_require(alone->bytes.length_bytes == together->bytes.length_bytes &&
		     !memcmp(alone->bytes.data, together->bytes.data, alone->bytes.length_bytes));
}

static void render_alone(const struct wire_request *request, const struct image_header *header,
			 const uint8_t *data, const struct thumb_result *together)
{
	for (size_t i = 0; i < request->n_specs; i++) {
		struct wire_request single = *request;
		struct thumb_result result;

		single.n_specs = 1;
		single.specs[0] = request->specs[i];
		render(&single, header, data, &result);
		fuzz_require(result.verdict == together->verdict &&
			     result.n_thumbs == (together->n_thumbs > 0));
		if (result.n_thumbs)
			compare(&result.thumbs[0], &together->thumbs[i]);
		thumb_result_release(&result);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct wire_request request = {.max_pixels = MOST_PIXELS,
				       .max_decoded_bytes = MOST_DECODED_BYTES};
	struct thumb_result result;
	struct image_header header;

	if (length_bytes == 0 ||
	    image_header_read(data + 1, length_bytes - 1, true, &header) != IMAGE_HEADER_OK ||
	    !media_type_is_renderable(header.type))
		return 0;
	set_up();
	request.type = header.type;
	request.bytes = length_bytes - 1;
	for (size_t i = 0; i < N_SPECS; i++)
		if (data[0] >> i & 1)
			request.specs[request.n_specs++] = specs[i];
	render(&request, &header, data + 1, &result);
	if (request.n_specs > 1)
		render_alone(&request, &header, data + 1, &result);
	thumb_result_release(&result);
	return 0;
}
