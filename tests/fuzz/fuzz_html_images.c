/* The first byte chooses between HTML and JSX. */
#include "fuzz.h"
#include "html_images.h"
#include "image_hint.h"

struct fuzzed {
	const char *text;
	size_t length_bytes;
};

static const char *const lazy_attributes[] = {"data-src", "data-srcset", NULL};

static bool emit(void *context, const struct html_image *image)
{
	const struct fuzzed *fuzzed = context;

	fuzz_require(image->written.length_bytes <= fuzzed->length_bytes &&
		     image->offset <= fuzzed->length_bytes - image->written.length_bytes);
	fuzz_require(image->written.data == fuzzed->text + image->offset);
	/* What the quick look passes over must show nothing. */
	fuzz_require(image_hint_is_in((struct slice){fuzzed->text, fuzzed->length_bytes},
				      lazy_attributes));
	fuzz_require(image->width_px >= 0 && image->height_px >= 0);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct fuzzed fuzzed = {(const char *)data + 1, length_bytes - 1};
	struct html_image_options options = {lazy_attributes};
	struct html_base base = {0};

	if (length_bytes == 0)
		return 0;
	options.is_jsx = data[0] & 1;
	html_images_find(fuzzed.text, fuzzed.length_bytes, &options, emit, &fuzzed, &base);
	free(base.href);
	return 0;
}
