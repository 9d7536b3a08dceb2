#include "found.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "position.h"

/* The longest: what a parser says of data, with its context. */
#define FOUND_MESSAGE_BYTES 512

void found_release(struct found *found)
{
	free(found->images);
	free(found->problems);
	arena_release(&found->arena);
	*found = (struct found){0};
}

struct found_image *found_add(struct found *found, enum image_ref_kind kind, size_t offset,
			      struct slice written, const char *url)
{
	struct found_image *image;

	if (found->n_images == SCANNER_MAX_REFS_A_FILE) {
		if (!found->is_full)
			found_problem(
				found, SCAN_LIMIT, offset,
				"more than 50,000 images in one file: the rest is not looked at");
		found->is_full = true;
		return NULL;
	}
	ALLOC_GROW(found->images, found->n_images, found->images_capacity);
	image = &found->images[found->n_images++];
	*image = (struct found_image){
		.kind = kind,
		.offset = offset,
		.defined_offset = FOUND_NO_OFFSET,
		.written = arena_string_n(&found->arena, written.data, written.length_bytes)};
	image->url = slice_equals(written, url) ? image->written : arena_string(&found->arena, url);
	return image;
}

void found_problem(struct found *found, enum scan_problem_code code, size_t offset,
		   const char *format, ...)
{
	char message[FOUND_MESSAGE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	ALLOC_GROW(found->problems, found->n_problems, found->problems_capacity);
	found->problems[found->n_problems++] = (struct found_problem){
		.code = code, .offset = offset, .message = arena_string(&found->arena, message)};
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
		if (kept == 0 || compare(&found->images[kept - 1], &found->images[i]) != 0)
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
		if (range == n_ranges || ranges[range].start > offset)
			found->images[kept++] = found->images[i];
	}
	found->n_images = kept;
}

/* FOUND_NO_OFFSET has no place. */
static size_t offset_or(size_t offset, size_t other)
{
	return offset == FOUND_NO_OFFSET ? other : offset;
}

/* Two for each image (its own, its definition's), then one for each problem. */
static struct position *positions_of(const struct found *found, size_t count)
{
	struct position *positions = alloc_zeroed(count, sizeof *positions);

	for (size_t i = 0; i < found->n_images; i++) {
		const struct found_image *image = &found->images[i];

		positions[2 * i].offset = image->offset;
		positions[2 * i + 1].offset = offset_or(image->defined_offset, image->offset);
	}
	for (size_t i = 0; i < found->n_problems; i++)
		positions[2 * found->n_images + i].offset = offset_or(found->problems[i].offset, 0);
	return positions;
}

static void place_image(struct found_image *image, const struct position positions[2])
{
	image->line = positions[0].line;
	image->column = positions[0].column;
	if (image->defined_offset == FOUND_NO_OFFSET)
		return;
	image->defined_line = positions[1].line;
	image->defined_column = positions[1].column;
}

void found_place(struct found *found, const char *text, size_t length_bytes)
{
	size_t count = 2 * found->n_images + found->n_problems;
	CLEANUP(cleanup_free) struct position *positions = NULL;

	if (count == 0)
		return;
	positions = positions_of(found, count);
	position_resolve(text, length_bytes, positions, count);
	for (size_t i = 0; i < found->n_images; i++)
		place_image(&found->images[i], &positions[2 * i]);
	for (size_t i = 0; i < found->n_problems; i++) {
		const struct position *position = &positions[2 * found->n_images + i];

		if (found->problems[i].offset == FOUND_NO_OFFSET)
			continue;
		found->problems[i].line = position->line;
		found->problems[i].column = position->column;
	}
}
