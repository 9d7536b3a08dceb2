/*
 * A whole file: its front matter in all three formats, and what the data of it and the body name.
 * The first byte chooses the generator and the kind of file.
 */
#include "fuzz.h"

#include <string.h>

#include "file_scan.h"
#include "position.h"
#include "site_framework.h"

static const enum file_kind kinds[] = {FILE_MARKDOWN, FILE_MDX,  FILE_HTML, FILE_YAML,
				       FILE_JSON,     FILE_TOML, FILE_CSV,  FILE_NUNJUCKS};

static void check(const struct found *found, const char *text, size_t length_bytes)
{
	size_t offset = 0;

	for (size_t i = 0; i < found->n_images; i++) {
		const struct found_image *image = &found->images[i];
		struct position position = {.offset = image->offset};

		fuzz_require(image->offset >= offset && image->offset <= length_bytes);
		fuzz_require(image->defined_offset == FOUND_NO_OFFSET ||
			     image->defined_offset <= length_bytes);
		offset = image->offset;
		position_resolve(text, length_bytes, &position, 1);
		fuzz_require(position.line > 0 && position.column > 0);
	}
	for (size_t i = 0; i < found->n_problems; i++)
		fuzz_require(found->problems[i].offset == FOUND_NO_OFFSET ||
			     found->problems[i].offset <= length_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	static struct image_keys *keys;
	static const struct site_framework pelican = {.name = "Pelican"};
	struct site site = {
		.root = (char *)"/", .builder = "none", .baseurl = (char *)"", .url = (char *)""};
	struct file_scan_context context = {
		.site = &site,
		.lazy_attributes = scanner_default_lazy_attributes,
		.shortcodes = scanner_default_shortcodes,
	};
	struct found found = {0};
	char *text;

	if (length_bytes == 0)
		return 0;
	if (!keys)
		keys = image_keys_new(scanner_default_image_keys);
	context.image_keys = keys;
	site.generator = (enum generator)(data[0] / 8 % (GENERATOR_MKDOCS + 1));
	/* What has front matter of its own. */
	if (data[0] >= 128 && site.generator == GENERATOR_JEKYLL)
		site.builder = "Hexo";
	if (data[0] >= 128 && site.generator == GENERATOR_NONE)
		site.framework = &pelican;
	/* The scanner's texts end in a NUL that is not counted. */
	text = malloc(length_bytes);
	fuzz_require(text != NULL);
	memcpy(text, data + 1, length_bytes - 1);
	text[length_bytes - 1] = '\0';
	file_scan(&context, kinds[data[0] % 8], text, length_bytes - 1, false, &found);
	check(&found, text, length_bytes - 1);
	found_release(&found);
	free(text);
	return 0;
}
