/* The first byte chooses the dialect. */
#include "fuzz.h"

#include "image_hint.h"
#include "markdown.h"

#define MAX_IMAGES 1000

static const char *const no_attributes[] = {NULL};

/* Where an HTML block ends, what it leaves open is ended. */
static void check_html(const char *text, const char *html, size_t length_bytes)
{
	for (size_t i = 0; i < length_bytes; i++)
		fuzz_require(html[i] == text[i] || html[i] == ' ' || html[i] == '\n' ||
			     html[i] == MARKDOWN_CODE_BYTE || html[i] == '>' || html[i] == '"');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct markdown_images images = {0};
	const char *text = (const char *)data + 1;
	size_t length = length_bytes - 1;
	enum markdown_dialect dialect;
	char *html;

	if (length_bytes == 0)
		return 0;
	html = malloc(length ? length : 1);
	fuzz_require(html != NULL);
	dialect = data[0] % 3 + (data[0] < 0x80 ? 0 : 3);
	markdown_find(text, length, dialect, MAX_IMAGES, html, &images);
	check_html(text, html, length);
	fuzz_require(images.count <= MAX_IMAGES);
	fuzz_require(images.count == 0 || dialect == MARKDOWN_MYST ||
		     image_hint_is_in((struct slice){text, length}, no_attributes));
	for (size_t i = 0; i < images.count; i++) {
		const struct markdown_image *image = &images.items[i];

		fuzz_require(image->offset <= length);
		fuzz_require(image->url_length_bytes <= length &&
			     image->url_offset <= length - image->url_length_bytes);
		fuzz_require(image->defined_offset == (size_t)-1 ||
			     image->defined_offset <= length);
	}
	markdown_images_release(&images);
	free(html);
	return 0;
}
