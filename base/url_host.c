#include "url_parts.h"

#include <stdint.h>
#include <string.h>

#include "cleanup.h"
#include "url.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_forbidden_in_host(char c)
{
	return !c || strchr("\t\n\r #/:<>?@[\\]^|", c);
}

static bool is_forbidden_in_domain(char c)
{
	return is_forbidden_in_host(c) || (unsigned char)c < 0x20 || c == '%' || c == 0x7f;
}

/* The value of "0x1f", "017" or "15", at most `UINT64_MAX / 2`; false when it is no number. */
static bool parse_ipv4_number(struct slice text, uint64_t *ret_number)
{
	unsigned radix = 10;
	uint64_t number = 0;

	if (!text.length_bytes)
		return false;
	if (text.length_bytes >= 2 && text.data[0] == '0') {
		radix = (text.data[1] | 0x20) == 'x' ? 16 : 8;
		text.data += radix == 16 ? 2 : 1;
		text.length_bytes -= radix == 16 ? 2 : 1;
	}
	for (size_t i = 0; i < text.length_bytes; i++) {
		int digit = hex_digit(text.data[i]);

		if (digit < 0 || (unsigned)digit >= radix)
			return false;
		if (number <= UINT32_MAX) /* more is out of range anyway */
			number = number * radix + (unsigned)digit;
	}
	*ret_number = number;
	return true;
}

/* The last dot-separated part, a final dot aside. */
static struct slice last_part(struct slice domain)
{
	const char *dot;

	if (domain.length_bytes && domain.data[domain.length_bytes - 1] == '.')
		domain.length_bytes--;
	dot = memrchr(domain.data, '.', domain.length_bytes);
	if (!dot)
		return domain;
	return (struct slice){dot + 1, (size_t)(domain.data + domain.length_bytes - dot) - 1};
}

/* "Ends in a number": then the host is an IPv4 address, or nothing. */
static bool ends_in_number(struct slice domain)
{
	struct slice last = last_part(domain);
	uint64_t number;
	size_t digits = 0;

	while (digits < last.length_bytes && is_digit(last.data[digits]))
		digits++;
	return (digits && digits == last.length_bytes) || parse_ipv4_number(last, &number);
}

static bool parse_ipv4(struct slice text, struct buf *out)
{
	uint64_t numbers[4], address;
	size_t count = 0, at = 0;

	if (text.data[text.length_bytes - 1] == '.')
		text.length_bytes--;
	for (;;) {
		const char *dot = memchr(text.data + at, '.', text.length_bytes - at);
		size_t end = dot ? (size_t)(dot - text.data) : text.length_bytes;

		if (count == 4 ||
		    !parse_ipv4_number((struct slice){text.data + at, end - at}, &numbers[count]))
			return false;
		count++;
		if (!dot)
			break;
		at = end + 1;
	}
	address = numbers[count - 1];
	if (address >> (8 * (5 - count)))
		return false;
	for (size_t i = 0; i + 1 < count; i++) {
		if (numbers[i] > 255)
			return false;
		address |= numbers[i] << (8 * (3 - i));
	}
	for (int shift = 24; shift >= 0; shift -= 8) {
		buf_append_unsigned(out, address >> shift & 255);
		if (shift)
			buf_append_char(out, '.');
	}
	return true;
}

/* The dotted four numbers at the end of an IPv6 address, strictly decimal. */
static bool parse_ipv6_tail(struct slice text, unsigned *ret_high, unsigned *ret_low)
{
	unsigned numbers[4];
	size_t at = 0;

	for (size_t i = 0; i < 4; i++) {
		size_t begin = at;

		if (i && (at >= text.length_bytes || text.data[at++] != '.'))
			return false;
		begin = at;
		numbers[i] = 0;
		for (; at < text.length_bytes && is_digit(text.data[at]) && at - begin < 3; at++)
			numbers[i] = numbers[i] * 10 + (unsigned)(text.data[at] - '0');
		if (at == begin || numbers[i] > 255 || (at - begin > 1 && text.data[begin] == '0'))
			return false;
	}
	*ret_high = numbers[0] << 8 | numbers[1];
	*ret_low = numbers[2] << 8 | numbers[3];
	return at == text.length_bytes;
}

static size_t take_hex(struct slice text, size_t at, unsigned *ret_value)
{
	size_t begin = at;

	*ret_value = 0;
	for (; at < text.length_bytes && at - begin < 4; at++) {
		int digit = hex_digit(text.data[at]);

		if (digit < 0)
			break;
		*ret_value = *ret_value << 4 | (unsigned)digit;
	}
	return at - begin;
}

/* Moves what stands behind the "::" to the end. */
static bool expand(unsigned pieces[8], size_t count, int gap)
{
	size_t tail;

	if (gap < 0)
		return count == 8;
	if (count == 8)
		return false;
	tail = count - (size_t)gap;
	memmove(pieces + 8 - tail, pieces + gap, tail * sizeof *pieces);
	memset(pieces + gap, 0, (8 - count) * sizeof *pieces);
	return true;
}

/* The address within the brackets, 8 pieces of 16 bits. */
static bool parse_ipv6(struct slice text, unsigned pieces[8])
{
	size_t at = 0, count = 0;
	int gap = -1;

	if (text.length_bytes >= 2 && !memcmp(text.data, "::", 2)) {
		gap = 0;
		at = 2;
	} else if (!text.length_bytes || text.data[0] == ':') {
		return false;
	}
	while (at < text.length_bytes) {
		unsigned value;
		size_t digits;

		if (count == 8)
			return false;
		if (text.data[at] == ':') {
			if (gap >= 0)
				return false;
			gap = (int)count;
			at++;
			continue;
		}
		digits = take_hex(text, at, &value);
		if (digits && at + digits < text.length_bytes && text.data[at + digits] == '.') {
			struct slice tail = {text.data + at, text.length_bytes - at};

			if (count > 6 || !parse_ipv6_tail(tail, &pieces[count], &pieces[count + 1]))
				return false;
			return expand(pieces, count + 2, gap);
		}
		at += digits;
		if (at < text.length_bytes) {
			if (text.data[at] != ':' || at + 1 == text.length_bytes)
				return false;
			at++;
		}
		if (!digits)
			return false;
		pieces[count++] = value;
	}
	return expand(pieces, count, gap);
}

/* Compressed, with brackets. */
static void format_ipv6(const unsigned pieces[8], struct buf *out)
{
	size_t gap = 8, gap_length = 1;

	for (size_t i = 0; i < 8; i++) {
		size_t end = i;

		while (end < 8 && !pieces[end])
			end++;
		if (end - i > gap_length) {
			gap = i;
			gap_length = end - i;
		}
	}
	buf_append_char(out, '[');
	for (size_t i = 0; i < 8; i++) {
		if (i == gap) {
			buf_append_string(out, i ? ":" : "::");
			i += gap_length - 1;
			continue;
		}
		buf_printf(out, "%x%s", pieces[i], i < 7 ? ":" : "");
	}
	buf_append_char(out, ']');
}

/* As most hosts are written: nothing is to be decoded, mapped or refused, and no label is encoded.
 */
static bool is_plain(struct slice text)
{
	for (size_t i = 0; i < text.length_bytes; i++) {
		char c = text.data[i];

		if (!(c >= 'a' && c <= 'z') && !is_digit(c) && c != '.' && c != '-')
			return false;
		if (c == '-' && i && text.data[i - 1] == '-')
			return false;
	}
	return true;
}

static enum url_error append_domain(struct slice host, struct buf *out)
{
	if (ends_in_number(host))
		return parse_ipv4(host, out) ? URL_OK : URL_BAD_HOST;
	buf_append(out, host.data, host.length_bytes);
	return URL_OK;
}

static enum url_error parse_domain(struct slice text, struct buf *out)
{
	CLEANUP(buf_release) struct buf ascii = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(cleanup_free) char *domain = NULL;
	enum url_error error;
	size_t length;

	if (is_plain(text))
		return append_domain(text, out);
	domain = url_percent_decode(text.data, text.length_bytes, &length);
	error = url_domain_to_ascii(domain, length, &ascii);
	if (error)
		return error;
	if (!ascii.length_bytes)
		return URL_BAD_HOST;
	for (size_t i = 0; i < ascii.length_bytes; i++)
		if (is_forbidden_in_domain(ascii.data[i]))
			return URL_BAD_HOST;
	return append_domain((struct slice){ascii.data, ascii.length_bytes}, out);
}

enum url_error url_host_parse(struct slice text, bool is_special, struct buf *out)
{
	if (text.data[0] == '[') {
		unsigned pieces[8];

		if (text.length_bytes < 2 || text.data[text.length_bytes - 1] != ']' ||
		    !parse_ipv6((struct slice){text.data + 1, text.length_bytes - 2}, pieces))
			return URL_BAD_HOST;
		format_ipv6(pieces, out);
		return URL_OK;
	}
	if (is_special)
		return parse_domain(text, out);
	for (size_t i = 0; i < text.length_bytes; i++)
		if (is_forbidden_in_host(text.data[i]))
			return URL_BAD_HOST;
	url_percent_encode(out, text, URL_SET_CONTROL);
	return URL_OK;
}
