#include "buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "quick_format.h"

void buf_init(struct buf *buf, size_t max_bytes)
{
	*buf = BUF_INIT(max_bytes);
}

void buf_release(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){.max_bytes = buf->max_bytes, .outlet = buf->outlet};
}

void buf_clear(struct buf *buf)
{
	buf->length_bytes = 0;
	buf->overflowed = false;
	if (buf->data)
		buf->data[0] = '\0';
}

static void write_piece(struct buf *buf)
{
	struct buf_outlet *outlet = buf->outlet;

	if (buf->length_bytes && !outlet->error)
		outlet->error = outlet->write(outlet->context, buf->data, buf->length_bytes);
	buf_clear(buf);
}

int buf_drain(struct buf *buf)
{
	write_piece(buf);
	return buf->outlet->error;
}

/* The capacity never passes the maximum: what fits into the one is within the other. */
bool buf_make_room(struct buf *buf, size_t more_bytes)
{
	size_t capacity = buf->capacity_bytes ? buf->capacity_bytes : 64;
	size_t wanted;

	if (buf->outlet && buf->length_bytes >= BUF_PIECE_BYTES)
		write_piece(buf);
	wanted = buf->length_bytes + more_bytes + 1;
	if (more_bytes > buf->max_bytes || buf->length_bytes > buf->max_bytes - more_bytes)
		return false;
	while (capacity < wanted)
		capacity *= 2;
	if (capacity > buf->max_bytes + 1)
		capacity = buf->max_bytes + 1;
	buf->data = alloc_resized(buf->data, capacity, 1);
	buf->capacity_bytes = capacity;
	/* Of room that nothing is put into, too, the text is a string. */
	buf->data[buf->length_bytes] = '\0';
	return true;
}

char *buf_grow(struct buf *buf, size_t length_bytes)
{
	char *at = buf_reserve(buf, length_bytes);

	if (at)
		buf_commit(buf, length_bytes);
	else
		buf->overflowed = true;
	return at;
}

int buf_append(struct buf *buf, const void *data, size_t length_bytes)
{
	char *at = buf_grow(buf, length_bytes);

	if (!at)
		return -E2BIG;
	if (length_bytes)
		memcpy(at, data, length_bytes);
	return 0;
}

int buf_append_string(struct buf *buf, const char *text)
{
	return buf_append(buf, text, strlen(text));
}

int buf_append_char(struct buf *buf, char c)
{
	char *at = buf_grow(buf, 1);

	if (!at)
		return -E2BIG;
	*at = c;
	return 0;
}

int buf_append_unsigned(struct buf *buf, uint64_t number)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	return buf_append(buf, digits + at, sizeof digits - at);
}

int buf_printf(struct buf *buf, const char *format, ...)
{
	size_t free_bytes = buf->capacity_bytes - buf->length_bytes;
	va_list arguments;
	int length;

	/* What fits into the memory that there is, is formatted once. */
	va_start(arguments, format);
	length = quick_format(free_bytes ? buf->data + buf->length_bytes : NULL, free_bytes, format,
			      arguments);
	va_end(arguments);
	if (length >= 0) {
		buf->length_bytes += (size_t)length;
		return 0;
	}
	va_start(arguments, format);
	length = vsnprintf(free_bytes ? buf->data + buf->length_bytes : NULL, free_bytes, format,
			   arguments);
	va_end(arguments);
	if (length >= 0 && (size_t)length < free_bytes) {
		buf->length_bytes += (size_t)length;
		return 0;
	}
	if (free_bytes)
		buf->data[buf->length_bytes] = '\0';
	if (length < 0)
		return -EINVAL;
	if (!buf_make_room(buf, (size_t)length)) {
		buf->overflowed = true;
		return -E2BIG;
	}
	va_start(arguments, format);
	vsnprintf(buf->data + buf->length_bytes, (size_t)length + 1, format, arguments);
	va_end(arguments);
	buf->length_bytes += (size_t)length;
	return 0;
}

char *buf_steal(struct buf *buf)
{
	char *data = buf->data ? buf->data : alloc_string("");

	*buf = BUF_INIT(buf->max_bytes);
	return data;
}

const char *buf_string(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}

struct slice slice_of(const char *text)
{
	return (struct slice){text, strlen(text)};
}

bool slice_equals(struct slice slice, const char *text)
{
	if (strlen(text) != slice.length_bytes)
		return false;
	return !slice.length_bytes || !memcmp(slice.data, text, slice.length_bytes);
}

bool slice_equals_nocase_n(struct slice slice, const char *text)
{
	return !slice.length_bytes || !strncasecmp(slice.data, text, slice.length_bytes);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

bool slice_starts_with(struct slice slice, const char *start)
{
	size_t n = strlen(start);

	return slice.length_bytes >= n && !memcmp(slice.data, start, n);
}

struct slice slice_from(struct slice slice, size_t offset)
{
	return (struct slice){slice.data + offset, slice.length_bytes - offset};
}

struct slice slice_trim(struct slice slice)
{
	while (slice.length_bytes && is_blank(slice.data[0])) {
		slice.data++;
		slice.length_bytes--;
	}
	while (slice.length_bytes && is_blank(slice.data[slice.length_bytes - 1]))
		slice.length_bytes--;
	return slice;
}

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}
