#include "data_written.h"

#include <string.h>

#include "alloc.h"

/* Goes through a value as it is written, step by step with the decoded text. */
struct reading {
	const char *text;
	size_t at, end; /* in text */
	enum data_quoting quoting;
};

static struct reading reading_of(const struct data_node *node, struct slice source)
{
	if (node->end > source.length_bytes || node->offset > node->end)
		return (struct reading){source.data, 0, 0, DATA_VERBATIM};
	return (struct reading){source.data, node->offset, node->end, node->quoting};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static bool is_surrogate(const char *escape, const char *third_digits)
{
	return escape[0] == '\\' && escape[1] == 'u' && (escape[2] | 0x20) == 'd' && escape[3] &&
	       strchr(third_digits, escape[3]);
}

static bool is_surrogate_pair(const char *escape, size_t length_bytes)
{
	return length_bytes >= 12 && is_surrogate(escape, "89abAB") &&
	       is_surrogate(escape + 6, "cdefCDEF");
}

/* Bytes of the escape sequence at `escape`, the backslash included. */
static size_t escape_length(const char *escape, size_t length_bytes)
{
	size_t n;

	if (length_bytes < 2)
		return length_bytes;
	switch (escape[1]) {
	case 'x':
		n = 4;
		break;
	case 'u':
		n = is_surrogate_pair(escape, length_bytes) ? 12 : 6;
		break;
	case 'U':
		n = 10;
		break;
	default:
		n = 2;
	}
	return n < length_bytes ? n : length_bytes;
}

/* "\t", "\ ", "\x20", "\u0009"; also a backslash before a line's end, which stands for nothing. */
static bool stands_for_blank(const char *escape, size_t n)
{
	if (n < 2)
		return false;
	if (n == 2)
		return strchr("tnrf \t\r\n", escape[1]) && escape[1];
	for (size_t i = 2; i + 2 < n; i++)
		if (escape[i] != '0')
			return false;
	return hex_digit(escape[n - 2]) >= 0 && hex_digit(escape[n - 1]) >= 0 &&
	       is_blank((char)(hex_digit(escape[n - 2]) << 4 | hex_digit(escape[n - 1])));
}

static bool is_escape(const struct reading *reading)
{
	return reading->quoting == DATA_ESCAPED && reading->text[reading->at] == '\\';
}

static void skip_blanks(struct reading *reading)
{
	while (reading->at < reading->end) {
		const char *at = reading->text + reading->at;
		size_t n = 1;

		if (is_escape(reading)) {
			n = escape_length(at, reading->end - reading->at);
			if (!stands_for_blank(at, n))
				return;
		} else if (!is_blank(*at)) {
			return;
		}
		reading->at += n;
	}
}

/* The offset of the decoded character, of `n_bytes`; the reading is behind it then. */
static size_t step(struct reading *reading, const char *decoded, size_t n_bytes)
{
	const char *text = reading->text;
	size_t start, left;

	if (is_blank(*decoded))
		return reading->at;
	skip_blanks(reading);
	start = reading->at;
	left = reading->end - start;
	if (left == 0)
		return start;
	if (is_escape(reading))
		n_bytes = escape_length(text + start, left);
	else if (reading->quoting == DATA_DOUBLED && left >= 2 && text[start] == text[start + 1] &&
		 text[start] == text[reading->end])
		n_bytes = 2;
	reading->at += n_bytes < left ? n_bytes : left;
	return start;
}

static size_t character_length(const char *text, size_t length_bytes)
{
	size_t n = 1;

	while (n < length_bytes && ((unsigned char)text[n] & 0xc0) == 0x80)
		n++;
	return n;
}

size_t data_written_start(const struct data_node *node, struct slice source)
{
	struct reading reading = reading_of(node, source);

	skip_blanks(&reading);
	return reading.at;
}

size_t *data_written_offsets(const struct data_node *node, struct slice source)
{
	size_t length = node->text.length_bytes;
	size_t *offsets = alloc_zeroed(length + 1, sizeof *offsets);
	struct reading reading = reading_of(node, source);

	for (size_t i = 0; i < length;) {
		size_t n = character_length(node->text.data + i, length - i);
		size_t start = step(&reading, node->text.data + i, n);

		for (size_t j = 0; j < n; j++)
			offsets[i + j] = start;
		i += n;
	}
	offsets[length] = reading.at;
	return offsets;
}
