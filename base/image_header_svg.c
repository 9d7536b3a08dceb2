/* SVG: the size as CSS takes it from the root element's width, height and viewBox (SVG 2
 * section 8.12). */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "alloc.h"
#include "image_header_parts.h"
#include "utf16.h"
#include "xml_prolog.h"

#define DEFAULT_WIDTH_PX 300 /* of a replaced element without that side and without a ratio */
#define DEFAULT_HEIGHT_PX 150
#define MAX_SIDE_PX 1e9
#define MAX_UTF16_BYTES (1 << 18) /* of one, as far as its header may reach */

struct attributes {
	struct slice width, height, view_box;
};

/* Takes a number off the front: sign, digits, fraction, exponent; the same in every locale. */
static bool take_number(struct slice *text, double *ret_number)
{
	size_t i = 0, digits = 0;
	double number = 0, scale = 1;
	bool is_negative = false;
	int exponent = 0;

	if (i < text->length_bytes && (text->data[i] == '-' || text->data[i] == '+'))
		is_negative = text->data[i++] == '-';
	for (; i < text->length_bytes && text->data[i] >= '0' && text->data[i] <= '9';
	     i++, digits++)
		number = number * 10 + (text->data[i] - '0');
	if (i + 1 < text->length_bytes && text->data[i] == '.' && text->data[i + 1] >= '0' &&
	    text->data[i + 1] <= '9')
		for (i++; i < text->length_bytes && text->data[i] >= '0' && text->data[i] <= '9';
		     i++, digits++)
			number += (text->data[i] - '0') * (scale /= 10);
	if (!digits)
		return false;
	if (i + 1 < text->length_bytes && (text->data[i] | 0x20) == 'e') {
		size_t at = i + 1;
		bool is_small = text->data[at] == '-';

		if (text->data[at] == '-' || text->data[at] == '+')
			at++;
		if (at < text->length_bytes && text->data[at] >= '0' && text->data[at] <= '9') {
			for (i = at;
			     i < text->length_bytes && text->data[i] >= '0' && text->data[i] <= '9';
			     i++)
				exponent = exponent < 1000 ? exponent * 10 + text->data[i] - '0'
							   : exponent;
			number *= pow(10, is_small ? -exponent : exponent);
		}
	}
	text->data += i;
	text->length_bytes -= i;
	*ret_number = is_negative ? -number : number;
	return true;
}

/* Pixels, or -1 when it is not given: absent, negative, a percentage, junk. */
static double length_px(struct slice text)
{
	static const struct {
		const char *unit;
		double px;
	} units[] = {
		{"", 1},    {"px", 1},         {"pt", 96.0 / 72}, {"pc", 16},
		{"in", 96}, {"cm", 96 / 2.54}, {"mm", 96 / 25.4}, {"q", 96 / 101.6},
		{"em", 16}, {"rem", 16},       {"ex", 8},         {"ch", 8},
	};
	double number;

	text = slice_trim(text);
	if (!take_number(&text, &number) || number < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
		if (slice_equals_nocase(text, units[i].unit))
			return number * units[i].px;
	return -1;
}

static bool read_view_box(struct slice text, double *ret_width, double *ret_height)
{
	double numbers[4];

	for (size_t i = 0; i < 4; i++) {
		while (text.length_bytes && (xml_is_blank(text.data[0]) || text.data[0] == ',')) {
			text.data++;
			text.length_bytes--;
		}
		if (!take_number(&text, &numbers[i]))
			return false;
	}
	*ret_width = numbers[2];
	*ret_height = numbers[3];
	if (slice_trim(text).length_bytes)
		return false;
	return numbers[2] > 0 && numbers[3] > 0;
}

static void keep_attribute(struct attributes *attributes, struct slice name, struct slice value)
{
	if (slice_equals(name, "width"))
		attributes->width = value;
	else if (slice_equals(name, "height"))
		attributes->height = value;
	else if (slice_equals(name, "viewBox"))
		attributes->view_box = value;
}

/* Reads the attributes of the start tag that begins at `at`; *ret_end is where its '>' stands. */
static enum image_header_result read_attributes(const char *data, size_t length_bytes, size_t at,
						struct attributes *attributes, size_t *ret_end)
{
	at += 1 + xml_element_name(data + at, length_bytes - at).length_bytes;
	for (;;) {
		struct slice name = {0}, value;
		const char *quote;

		while (at < length_bytes && (xml_is_blank(data[at]) || data[at] == '/'))
			at++;
		if (at >= length_bytes)
			return IMAGE_HEADER_NEEDS_MORE;
		if (data[at] == '>') {
			*ret_end = at;
			return IMAGE_HEADER_OK;
		}
		for (name.data = data + at; at < length_bytes && !xml_is_blank(data[at]) &&
					    !memchr("=>/'\"<", data[at], 6);
		     at++)
			name.length_bytes++;
		while (at < length_bytes && xml_is_blank(data[at]))
			at++;
		if (at >= length_bytes)
			return IMAGE_HEADER_NEEDS_MORE;
		if (!name.length_bytes || data[at] != '=')
			return IMAGE_HEADER_BAD;
		for (at++; at < length_bytes && xml_is_blank(data[at]);)
			at++;
		if (at >= length_bytes)
			return IMAGE_HEADER_NEEDS_MORE;
		if (data[at] != '"' && data[at] != '\'')
			return IMAGE_HEADER_BAD;
		quote = memchr(data + at + 1, data[at], length_bytes - at - 1);
		if (!quote)
			return IMAGE_HEADER_NEEDS_MORE;
		value = (struct slice){data + at + 1, (size_t)(quote - data) - at - 1};
		keep_attribute(attributes, name, value);
		at = (size_t)(quote - data) + 1;
	}
}

static int rounded_px(double side)
{
	if (side > 0 && side < 1)
		return 1;
	return (int)(side < MAX_SIDE_PX ? side + 0.5 : MAX_SIDE_PX);
}

/* A reference to an entity, a function of CSS: its value is not worked out. */
static bool is_computed(struct slice value)
{
	return value.length_bytes && (memchr(value.data, '&', value.length_bytes) ||
				      memchr(value.data, '(', value.length_bytes));
}

static void set_size(struct image_header *header, const struct attributes *attributes)
{
	double width = length_px(attributes->width), height = length_px(attributes->height);
	double box_width = 0, box_height = 0;
	bool has_box = read_view_box(attributes->view_box, &box_width, &box_height);

	if (is_computed(attributes->width) || is_computed(attributes->height) ||
	    is_computed(attributes->view_box))
		return;
	if (width < 0 && height < 0) {
		if (!has_box)
			return;
		width = box_width;
		height = box_height;
	} else if (width < 0) {
		width = has_box ? height * box_width / box_height : DEFAULT_WIDTH_PX;
	} else if (height < 0) {
		height = has_box ? width * box_height / box_width : DEFAULT_HEIGHT_PX;
	}
	header->width_px = rounded_px(width);
	header->height_px = rounded_px(height);
}

/* Whether the element whose start tag is `tag` ends: in that tag, or by an end tag. */
static bool is_closed(struct slice tag, const char *data, size_t length_bytes)
{
	struct slice name = xml_element_name(tag.data, tag.length_bytes);
	const char *end = data + length_bytes;

	if (tag.data[tag.length_bytes - 1] == '/')
		return true;
	while ((end = memrchr(data, '<', (size_t)(end - data)))) {
		struct slice rest = {end + 1, (size_t)(data + length_bytes - end) - 1};

		if (rest.length_bytes > name.length_bytes + 1 && rest.data[0] == '/' &&
		    !memcmp(rest.data + 1, name.data, name.length_bytes) &&
		    (rest.data[1 + name.length_bytes] == '>' ||
		     xml_is_blank(rest.data[1 + name.length_bytes])))
			return true;
	}
	return false;
}

static enum image_header_result read_text(const char *data, size_t length_bytes, bool is_whole,
					  struct image_header *header)
{
	struct attributes attributes = {0};
	enum image_header_result result;
	struct xml_prolog prolog;
	size_t end;

	if (xml_prolog_read(data, length_bytes, &prolog) != XML_PROLOG_ROOT)
		return IMAGE_HEADER_NEEDS_MORE;
	result = read_attributes(data, length_bytes, prolog.root_offset, &attributes, &end);
	if (result == IMAGE_HEADER_OK) {
		struct slice tag = {data + prolog.root_offset, end - prolog.root_offset};

		header->is_unclosed = is_whole && !is_closed(tag, data, length_bytes);
		header->has_alpha = true;
		set_size(header, &attributes);
	}
	return result;
}

enum image_header_result image_header_svg(const struct image_bytes *bytes,
					  struct image_header *header)
{
	size_t length_bytes = bytes->length_bytes;
	bool is_whole = bytes->is_whole;
	struct buf text = BUF_INIT(BUF_UNLIMITED);
	enum image_header_result result;

	if (!utf16_is_markup(bytes->data, length_bytes))
		return read_text((const char *)bytes->data, length_bytes, is_whole, header);
	if (length_bytes > MAX_UTF16_BYTES) {
		length_bytes = MAX_UTF16_BYTES;
		is_whole = false;
	}
	utf16_append_utf8(&text, bytes->data, length_bytes);
	result = read_text(buf_string(&text), text.length_bytes, is_whole, header);
	buf_release(&text);
	return result;
}
