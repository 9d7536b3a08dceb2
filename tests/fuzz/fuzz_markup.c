/* The first byte chooses between reStructuredText and AsciiDoc. */
#include "fuzz.h"

#include <string.h>

#include "asciidoc.h"
#include "rst.h"

struct fuzzed {
	const char *text;
	size_t length_bytes;
};

static bool check_image(void *context, const struct markup_image *image)
{
	const struct fuzzed *fuzzed = context;

	fuzz_require(image->written.data >= fuzzed->text &&
		     image->written.data + image->written.length_bytes <=
			     fuzzed->text + fuzzed->length_bytes);
	fuzz_require(image->written.length_bytes > 0 && image->url != NULL);
	fuzz_require(image->width_px >= 0 && image->height_px >= 0);
	return true;
}

static void check_comment(void *context, struct slice text)
{
	const struct fuzzed *fuzzed = context;

	fuzz_require(text.data >= fuzzed->text &&
		     text.data + text.length_bytes <= fuzzed->text + fuzzed->length_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct fuzzed fuzzed = {(const char *)data + 1, length_bytes - 1};
	const struct markup_listener listener = {check_image, check_comment, &fuzzed};
	char *html;

	if (length_bytes == 0)
		return 0;
	html = malloc(length_bytes);
	fuzz_require(html != NULL);
	if (data[0] & 1)
		rst_find(fuzzed.text, fuzzed.length_bytes, html, &listener);
	else
		asciidoc_find(fuzzed.text, fuzzed.length_bytes, html, &listener);
	for (size_t i = 0; i < fuzzed.length_bytes; i++)
		fuzz_require(html[i] == fuzzed.text[i] || html[i] == ' ');
	free(html);
	return 0;
}
