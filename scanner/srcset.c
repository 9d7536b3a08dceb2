#include "srcset.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "alloc.h"
#include "cleanup.h"

/* The descriptors of one candidate, as far as they were read. */
struct descriptors {
	int width_px, height_px;
	double density;
	bool has_width, has_height, has_density, is_bad;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits_end(struct slice text, size_t i)
{
	while (i < text.length_bytes && is_digit(text.data[i]))
		i++;
	return i;
}

/* "Valid non-negative integer": digits alone. What does not fit is as good as the largest. */
static bool read_integer(struct slice text, int *ret_number)
{
	long number = 0;

	if (!text.length_bytes || digits_end(text, 0) != text.length_bytes)
		return false;
	for (size_t i = 0; i < text.length_bytes; i++)
		if (number < INT_MAX)
			number = number * 10 + (text.data[i] - '0');
	*ret_number = number > INT_MAX ? INT_MAX : (int)number;
	return true;
}

/* "Valid floating-point number": [-] digits and/or . digits [e[+-]digits]. */
static bool is_valid_float(struct slice text)
{
	size_t i = text.length_bytes && text.data[0] == '-' ? 1 : 0;
	size_t end = digits_end(text, i);
	bool has_digits = end > i;

	i = end;
	if (i < text.length_bytes && text.data[i] == '.') {
		end = digits_end(text, i + 1);
		if (end == i + 1)
			return false;
		has_digits = true;
		i = end;
	}
	if (!has_digits)
		return false;
	if (i < text.length_bytes && (text.data[i] == 'e' || text.data[i] == 'E')) {
		i++;
		if (i < text.length_bytes && (text.data[i] == '-' || text.data[i] == '+'))
			i++;
		end = digits_end(text, i);
		if (end == i)
			return false;
		i = end;
	}
	return i == text.length_bytes;
}

/* False also for what is beyond any double, which the standard's rules refuse. */
static bool read_float(struct slice text, double *ret_number)
{
	CLEANUP(cleanup_free) char *digits = NULL;
	double number;

	if (!is_valid_float(text))
		return false;
	digits = alloc_string_n(text.data, text.length_bytes);
	number = strtod(digits, NULL);
	if (!isfinite(number))
		return false;
	*ret_number = number;
	return true;
}

static void add_width(struct descriptors *descriptors, int width_px)
{
	descriptors->is_bad |= descriptors->has_width || descriptors->has_density || !width_px;
	descriptors->has_width = true;
	descriptors->width_px = width_px;
}

static void add_height(struct descriptors *descriptors, int height_px)
{
	descriptors->is_bad |= descriptors->has_height || descriptors->has_density || !height_px;
	descriptors->has_height = true;
	descriptors->height_px = height_px;
}

static void add_density(struct descriptors *descriptors, double density)
{
	descriptors->is_bad |= descriptors->has_width || descriptors->has_height ||
			       descriptors->has_density || density < 0;
	descriptors->has_density = true;
	descriptors->density = density;
}

static void add_descriptor(struct descriptors *descriptors, struct slice text)
{
	struct slice number = {text.data, text.length_bytes ? text.length_bytes - 1 : 0};
	char unit = text.length_bytes ? text.data[text.length_bytes - 1] : '\0';
	double density;
	int integer;

	if (!text.length_bytes)
		return;
	if (unit == 'w' && read_integer(number, &integer))
		add_width(descriptors, integer);
	else if (unit == 'x' && read_float(number, &density))
		add_density(descriptors, density);
	else if (unit == 'h' && read_integer(number, &integer))
		add_height(descriptors, integer);
	else
		descriptors->is_bad = true;
}

/* From behind the URL to behind the comma that ends the candidate: the "descriptor tokenizer" (its
 * state "after descriptor" is `start` standing at a space here). */
static void read_descriptors(struct srcset_reader *reader, struct descriptors *descriptors)
{
	struct slice text = reader->text;
	size_t i = reader->position, start = i;
	bool in_parens = false;

	for (; i < text.length_bytes; i++) {
		char c = text.data[i];

		if (in_parens) {
			in_parens = c != ')';
		} else if (c == ',') {
			break;
		} else if (is_space(c)) {
			add_descriptor(descriptors, (struct slice){text.data + start, i - start});
			start = i + 1;
		} else {
			in_parens = c == '(';
		}
	}
	add_descriptor(descriptors, (struct slice){text.data + start, i - start});
	reader->looked_at += 2 * (i - reader->position) + 1;
	reader->position = i < text.length_bytes ? i + 1 : i;
	descriptors->is_bad |= descriptors->has_height && !descriptors->has_width;
}

static size_t until_url(struct srcset_reader *reader)
{
	struct slice text = reader->text;
	size_t i = reader->position;

	while (i < text.length_bytes && (is_space(text.data[i]) || text.data[i] == ','))
		i++;
	reader->looked_at += i - reader->position + 1;
	return i;
}

static size_t url_end(struct srcset_reader *reader, size_t i)
{
	size_t start = i;

	while (i < reader->text.length_bytes && !is_space(reader->text.data[i]))
		i++;
	reader->looked_at += i - start + 1;
	return i;
}

void srcset_init(struct srcset_reader *reader, struct slice text)
{
	*reader = (struct srcset_reader){.text = text};
}

bool srcset_next(struct srcset_reader *reader, struct srcset_candidate *ret_candidate)
{
	for (;;) {
		struct descriptors descriptors = {0};
		size_t start = until_url(reader), end = url_end(reader, start);

		reader->position = end;
		if (start == end)
			return false;
		if (reader->text.data[end - 1] == ',')
			while (reader->text.data[end - 1] ==
			       ',') /* the URL does not begin with one */
				end--;
		else
			read_descriptors(reader, &descriptors);
		if (descriptors.is_bad)
			continue;
		*ret_candidate = (struct srcset_candidate){
			.offset = start,
			.length_bytes = end - start,
			.width_px = descriptors.width_px,
			.height_px = descriptors.height_px,
			.density = descriptors.density,
		};
		return true;
	}
}
