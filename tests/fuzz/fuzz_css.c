/* The first byte chooses between a style sheet and a style attribute. */
#include "fuzz.h"
#include "html_images.h"

struct fuzzed {
	const char *text;
	size_t length_bytes;
};

static bool emit(void *context, const struct html_image *image)
{
	const struct fuzzed *fuzzed = context;

	fuzz_require(image->written.length_bytes <= fuzzed->length_bytes &&
		     image->offset <= fuzzed->length_bytes - image->written.length_bytes);
	fuzz_require(image->written.data == fuzzed->text + image->offset);
	fuzz_require(image->url[0] != '\0');
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct fuzzed fuzzed = {(const char *)data + 1, length_bytes - 1};

	if (length_bytes > 0)
		css_images_find(fuzzed.text, fuzzed.length_bytes, data[0] & 1, emit, &fuzzed);
	return 0;
}
