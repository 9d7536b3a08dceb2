#include "found.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

static void image_release(struct found_image *image)
{
	free(image->written);
	free(image->url);
	free(image->data_path);
	free(image->title);
}

void found_release(struct found *found)
{
	for (size_t i = 0; i < found->n_images; i++)
		image_release(&found->images[i]);
	for (size_t i = 0; i < found->n_problems; i++)
		free(found->problems[i].message);
	free(found->images);
	free(found->problems);
	free(found->base_href);
	*found = (struct found){0};
}

struct found_image *found_add(struct found *found, enum image_ref_kind kind, size_t offset,
			      struct slice written, const char *url)
{
	struct found_image *image;

	if (found->n_images == SCANNER_MAX_REFS_A_FILE) {
		if (!found->is_full)
			found_problem(found, SCAN_LIMIT, offset,
				      "more than %u images in one file: the rest is not looked at",
				      SCANNER_MAX_REFS_A_FILE);
		found->is_full = true;
		return NULL;
	}
	ALLOC_GROW(found->images, found->n_images, found->images_capacity);
	image = &found->images[found->n_images++];
	*image = (struct found_image){.kind = kind,
				      .offset = offset,
				      .defined_offset = FOUND_NO_OFFSET,
				      .written = alloc_string_n(written.data, written.length_bytes),
				      .url = alloc_string(url)};
	return image;
}

void found_problem(struct found *found, enum scan_problem_code code, size_t offset,
		   const char *format, ...)
{
	va_list arguments;
	char *message = NULL;

	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = alloc_string("");
	va_end(arguments);
	ALLOC_GROW(found->problems, found->n_problems, found->problems_capacity);
	found->problems[found->n_problems++] = (struct found_problem){code, offset, message};
}

static int compare(const void *a, const void *b)
{
	const struct found_image *left = a, *right = b;

	if (left->offset != right->offset)
		return left->offset < right->offset ? -1 : 1;
	return strcmp(left->url, right->url);
}

void found_sort(struct found *found)
{
	size_t kept = 0;

	if (found->n_images > 0)
		qsort(found->images, found->n_images, sizeof *found->images, compare);
	for (size_t i = 0; i < found->n_images; i++) {
		if (kept > 0 && compare(&found->images[kept - 1], &found->images[i]) == 0)
			image_release(&found->images[i]);
		else
			found->images[kept++] = found->images[i];
	}
	found->n_images = kept;
}

void found_drop(struct found *found, const struct found_range *ranges, size_t n_ranges)
{
	size_t kept = 0, range = 0;

	for (size_t i = 0; i < found->n_images; i++) {
		size_t offset = found->images[i].offset;

		while (range < n_ranges && ranges[range].end <= offset)
			range++;
		if (range < n_ranges && ranges[range].start <= offset)
			image_release(&found->images[i]);
		else
			found->images[kept++] = found->images[i];
	}
	found->n_images = kept;
}
