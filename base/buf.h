/*
 * buf.h: a growing byte string with a maximum, and a borrowed piece of one.
 *
 *	CLEANUP(buf_release) struct buf text = BUF_INIT(max_bytes);
 *	buf_append(&text, data, length);
 *
 * `data` is always NUL-terminated once something was appended; `length_bytes` does not count the
 * NUL. An append that would pass `max_bytes` adds nothing, sets `overflowed` and returns -E2BIG, so
 * callers may check once at the end. One owner, no locks.
 *
 *	struct buf_outlet outlet = {.write = write, .context = file};
 *	CLEANUP(buf_release) struct buf text = {.max_bytes = BUF_UNLIMITED, .outlet = &outlet};
 *	...appends as above...
 *	error = buf_drain(&text);
 *
 * With an outlet it holds a piece at a time: a text of any length takes no more memory than some
 * BUF_PIECE_BYTES. Then nothing may look at what was appended before.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BUF_PIECE_BYTES ((size_t)64 << 10)

/* Where the text goes, piece by piece, in order. */
struct buf_outlet {
	int (*write)(void *context, const void *data, size_t length_bytes);
	void *context;
	int error; /* the first that write() returned: it is not called again */
};

struct buf {
	char *data;
	size_t length_bytes;
	size_t capacity_bytes;
	size_t max_bytes;
	struct buf_outlet *outlet; /* borrowed; NULL: all of the text stays */
	bool overflowed;
};

/* Borrowed bytes, not NUL-terminated. */
struct slice {
	const char *data;
	size_t length_bytes;
};

#define BUF_INIT(max) ((struct buf){.max_bytes = (max)})
#define BUF_UNLIMITED ((size_t)-1 / 4)

void buf_init(struct buf *buf, size_t max_bytes);
void buf_release(struct buf *buf); /* leaves it empty and usable, with the same maximum */
void buf_clear(struct buf *buf);   /* keeps the memory */

int buf_append(struct buf *buf, const void *data, size_t length_bytes);
/* Room for so many bytes more, which count already; NULL when they would be too many. */
char *buf_grow(struct buf *buf, size_t length_bytes);
/* Room for so many, of which buf_commit() says how many were filled. NULL when all of them would be
 * too many: that alone overflows nothing. Any other call in between takes the room back. */
static inline char *buf_reserve(struct buf *buf, size_t most_bytes);
static inline void buf_commit(struct buf *buf, size_t length_bytes);
int buf_append_string(struct buf *buf, const char *text);
int buf_append_char(struct buf *buf, char c);
int buf_append_unsigned(struct buf *buf, uint64_t number); /* decimal */
__attribute__((format(printf, 2, 3))) int buf_printf(struct buf *buf, const char *format, ...);
/* The last piece goes out, too. Returns the outlet's error. */
int buf_drain(struct buf *buf);
/* Hands the memory (never NULL, NUL-terminated, free() it) to the caller and leaves buf empty. */
char *buf_steal(struct buf *buf);
/* The text as a C string; "" when empty. Valid until the next append. */
const char *buf_string(const struct buf *buf);

struct slice slice_of(const char *text);
bool slice_equals(struct slice slice, const char *text);
static inline bool slice_equals_nocase(struct slice slice, const char *text); /* ASCII */
bool slice_starts_with(struct slice slice, const char *start);
struct slice slice_from(struct slice slice, size_t offset); /* offset <= length_bytes */
struct slice slice_trim(struct slice slice); /* space, tab, CR, LF, FF at both ends */

/* For buf_reserve(). */
bool buf_make_room(struct buf *buf, size_t more_bytes);

static inline char *buf_reserve(struct buf *buf, size_t most_bytes)
{
	if (most_bytes >= buf->capacity_bytes - buf->length_bytes &&
	    !buf_make_room(buf, most_bytes))
		return NULL;
	return buf->data + buf->length_bytes;
}

static inline void buf_commit(struct buf *buf, size_t length_bytes)
{
	buf->length_bytes += length_bytes;
	buf->data[buf->length_bytes] = '\0';
}

/* Of a text that is as long. */
bool slice_equals_nocase_n(struct slice slice, const char *text);

/* Most comparisons are with a literal of another length. */
static inline bool slice_equals_nocase(struct slice slice, const char *text)
{
	return strlen(text) == slice.length_bytes && slice_equals_nocase_n(slice, text);
}

/* The value of a hexadecimal digit, -1 of any other character. */
int hex_digit(char c);

#endif
