#include "found_pack.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "alloc.h"

/* Of a file. */
enum {
	HAS_BASE_HREF = 1,
	IS_SILENCED = 2,
	IS_UNPUBLISHED = 4,
	IS_BELOW_MEDIA_FOLDER = 8,
};

/* Of an image. */
enum {
	IS_TEMPLATE = 1,
	HAS_DEFINITION = 2,
	HAS_SIZE = 4,
	HAS_OWN_URL = 8, /* else it is `written` */
	HAS_DATA_PATH = 16,
	HAS_TITLE = 32,
	IS_IN_HTML = 64,
};

/* A number takes at most 5 bytes; an image has 6 at most beside its strings, and two bytes. */
#define NUMBER_MAX_BYTES 5
#define ITEM_MAX_BYTES (2 + 6 * NUMBER_MAX_BYTES)

/* --- out ---------------------------------------------------------------------------------------
 */

static size_t string_room(const char *text)
{
	return text ? NUMBER_MAX_BYTES + strlen(text) + 1 : 0;
}

static size_t room_for(const struct found *found)
{
	size_t room = 1 + 2 * NUMBER_MAX_BYTES + string_room(found->base_href);

	for (size_t i = 0; i < found->n_images; i++) {
		const struct found_image *image = &found->images[i];

		room += ITEM_MAX_BYTES + string_room(image->written) + string_room(image->url) +
			string_room(image->data_path) + string_room(image->title);
	}
	for (size_t i = 0; i < found->n_problems; i++)
		room += ITEM_MAX_BYTES + string_room(found->problems[i].message);
	return room;
}

/* Seven bits a byte, the low ones first; the high bit says that more follow. */
static char *put_number(char *at, unsigned value)
{
	for (; value >= 0x80; value >>= 7)
		*at++ = (char)(value | 0x80);
	*at++ = (char)value;
	return at;
}

/* With its NUL: whoever reads it need not copy. */
static char *put_string(char *at, const char *text)
{
	size_t length = strlen(text);

	at = put_number(at, (unsigned)length);
	memcpy(at, text, length + 1);
	return at + length + 1;
}

static unsigned flags_of(const struct found_image *image)
{
	return (image->is_template ? IS_TEMPLATE : 0u) | (image->is_in_html ? IS_IN_HTML : 0u) |
	       (image->defined_line ? HAS_DEFINITION : 0u) |
	       (image->width_px || image->height_px ? HAS_SIZE : 0u) |
	       (strcmp(image->url, image->written) ? HAS_OWN_URL : 0u) |
	       (image->data_path ? HAS_DATA_PATH : 0u) | (image->title ? HAS_TITLE : 0u);
}

static char *put_image(char *at, const struct found_image *image)
{
	unsigned flags = flags_of(image);

	*at++ = (char)image->kind;
	*at++ = (char)flags;
	at = put_number(at, image->line);
	at = put_number(at, image->column);
	if (flags & HAS_DEFINITION) {
		at = put_number(at, image->defined_line);
		at = put_number(at, image->defined_column);
	}
	if (flags & HAS_SIZE) {
		at = put_number(at, (unsigned)image->width_px);
		at = put_number(at, (unsigned)image->height_px);
	}
	at = put_string(at, image->written);
	if (flags & HAS_OWN_URL)
		at = put_string(at, image->url);
	if (flags & HAS_DATA_PATH)
		at = put_string(at, image->data_path);
	if (flags & HAS_TITLE)
		at = put_string(at, image->title);
	return at;
}

static char *put_problem(char *at, const struct found_problem *problem)
{
	*at++ = (char)problem->code;
	at = put_number(at, problem->line);
	at = put_number(at, problem->column);
	return put_string(at, problem->message);
}

struct slice found_pack(const struct found *found, struct arena *arena)
{
	char *data = arena_take(arena, room_for(found)), *at = data;

	*at++ = (char)((found->base_href ? HAS_BASE_HREF : 0) |
		       (found->is_silenced ? IS_SILENCED : 0) |
		       (found->is_unpublished ? IS_UNPUBLISHED : 0) |
		       (found->is_below_media_folder ? IS_BELOW_MEDIA_FOLDER : 0));
	at = put_number(at, (unsigned)found->n_images);
	at = put_number(at, (unsigned)found->n_problems);
	if (found->base_href)
		at = put_string(at, found->base_href);
	for (size_t i = 0; i < found->n_images; i++)
		at = put_image(at, &found->images[i]);
	for (size_t i = 0; i < found->n_problems; i++)
		at = put_problem(at, &found->problems[i]);
	return (struct slice){data, (size_t)(at - data)};
}

/* --- in ----------------------------------------------------------------------------------------
 */

/* What is read after the end, or makes no sense, is 0 or "", and is_bad says so. */
struct reader {
	const char *at, *end;
	bool is_bad;
};

static unsigned char take_byte(struct reader *reader)
{
	if (reader->at == reader->end) {
		reader->is_bad = true;
		return 0;
	}
	return (unsigned char)*reader->at++;
}

static unsigned take_number(struct reader *reader, unsigned max)
{
	uint64_t value = 0;
	unsigned char byte;
	unsigned shift = 0;

	do {
		byte = take_byte(reader);
		value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while ((byte & 0x80) && shift < 7 * NUMBER_MAX_BYTES);
	if ((byte & 0x80) || value > max) {
		reader->is_bad = true;
		return 0;
	}
	return (unsigned)value;
}

static const char *take_string(struct reader *reader)
{
	unsigned length = take_number(reader, UINT_MAX);
	size_t left = (size_t)(reader->end - reader->at);
	const char *text = reader->at;

	if (length >= left || memchr(text, '\0', length + (size_t)1) != text + length) {
		reader->is_bad = true;
		return "";
	}
	reader->at += length + (size_t)1;
	return text;
}

static void take_image(struct reader *reader, struct found_image *image)
{
	unsigned kind = take_byte(reader), flags = take_byte(reader);

	if (kind > IMAGE_REF_ASCIIDOC)
		reader->is_bad = true;
	*image = (struct found_image){
		.kind = (enum image_ref_kind)kind,
		.offset = FOUND_NO_OFFSET,
		.defined_offset = FOUND_NO_OFFSET,
		.is_template = flags & IS_TEMPLATE,
		.is_in_html = flags & IS_IN_HTML,
	};
	image->line = take_number(reader, UINT_MAX);
	image->column = take_number(reader, UINT_MAX);
	if (flags & HAS_DEFINITION) {
		image->defined_line = take_number(reader, UINT_MAX);
		image->defined_column = take_number(reader, UINT_MAX);
	}
	if (flags & HAS_SIZE) {
		image->width_px = (int)take_number(reader, INT_MAX);
		image->height_px = (int)take_number(reader, INT_MAX);
	}
	image->written = take_string(reader);
	image->url = flags & HAS_OWN_URL ? take_string(reader) : image->written;
	image->data_path = flags & HAS_DATA_PATH ? take_string(reader) : NULL;
	image->title = flags & HAS_TITLE ? take_string(reader) : NULL;
}

static void take_problem(struct reader *reader, struct found_problem *problem)
{
	unsigned code = take_byte(reader);

	if (code > SCAN_NOT_TEXT)
		reader->is_bad = true;
	problem->code = (enum scan_problem_code)code;
	problem->offset = FOUND_NO_OFFSET;
	problem->line = take_number(reader, UINT_MAX);
	problem->column = take_number(reader, UINT_MAX);
	problem->message = take_string(reader);
}

static void take_all(struct reader *reader, struct found *found)
{
	unsigned char flags = take_byte(reader);
	/* Each takes more bytes than one. */
	unsigned most =
		(unsigned)(reader->end - reader->at > INT_MAX ? INT_MAX : reader->end - reader->at);
	unsigned n_images = take_number(reader, most), n_problems = take_number(reader, most);

	found->is_silenced = flags & IS_SILENCED;
	found->is_unpublished = flags & IS_UNPUBLISHED;
	found->is_below_media_folder = flags & IS_BELOW_MEDIA_FOLDER;
	if (flags & HAS_BASE_HREF)
		found->base_href = take_string(reader);
	while (found->n_images < n_images && !reader->is_bad) {
		ALLOC_GROW(found->images, found->n_images, found->images_capacity);
		take_image(reader, &found->images[found->n_images++]);
	}
	while (found->n_problems < n_problems && !reader->is_bad) {
		ALLOC_GROW(found->problems, found->n_problems, found->problems_capacity);
		take_problem(reader, &found->problems[found->n_problems++]);
	}
}

bool found_unpack(struct slice data, struct found *ret_found)
{
	struct reader reader = {data.data, data.data + data.length_bytes, false};

	*ret_found = (struct found){0};
	take_all(&reader, ret_found);
	if (!reader.is_bad && reader.at == reader.end)
		return true;
	found_release(ret_found);
	return false;
}
