/*
 * wire.h: what the pool and a renderer say to each other over a stream socket.
 *
 *	pool -> renderer   request: one frame, the image's descriptor rides on it (SCM_RIGHTS)
 *	renderer -> pool   hello, once: its version, what confines it, which files it is made of
 *	renderer -> pool   reply: a head, then for each thumbnail a head and its bytes
 *
 * Integers are little-endian and of fixed width, written byte by byte. Both sides check every field
 * against its range before they use it; the reader never holds more than the maxima below say. A
 * frame that breaks a rule ends the conversation: nothing is skipped or repaired.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "thumbs.h"

/* The descriptors that a renderer is started with: its socket; and of each other one that it is to
 * fork (renderer/siblings.h) two from there on, socket and stderr. */
#define WIRE_SERVICE_FD 3
#define WIRE_SIBLINGS_FD 4
#define WIRE_MAX_SIBLINGS 15

#define WIRE_HELLO_TEXT_BYTES 240
#define WIRE_HELLO_BYTES (4 + 2 * WIRE_HELLO_TEXT_BYTES + 4)
#define WIRE_MAX_FILES_BYTES (256u << 10)
#define WIRE_REQUEST_HEAD_BYTES 40
#define WIRE_SPEC_BYTES 16
#define WIRE_REQUEST_MAX_BYTES (WIRE_REQUEST_HEAD_BYTES + THUMB_MAX_SPECS * WIRE_SPEC_BYTES)
#define WIRE_REPLY_HEAD_BYTES (32 + 160)
#define WIRE_THUMB_HEAD_BYTES 24
/* A thumbnail's bytes: far above what any encoder makes of THUMB_MAX_EDGE_PX at useful sizes. */
#define WIRE_MAX_THUMB_BYTES (64u << 20)
#define WIRE_MAX_IMAGE_BYTES (1u << 30)

/* Stands in the version where there is no encoder of AVIF. */
#define WIRE_NO_AVIF "no-avif-encoder"

struct wire_hello {
	char version[WIRE_HELLO_TEXT_BYTES];
	char sandbox[WIRE_HELLO_TEXT_BYTES];
	size_t files_bytes; /* of what follows: its libraries' paths, a line each */
};

struct wire_request {
	uint32_t number;
	enum media_type type;
	uint64_t bytes;
	uint64_t max_pixels;
	uint64_t max_decoded_bytes;
	size_t n_specs;
	struct thumb_spec specs[THUMB_MAX_SPECS]; /* without their names */
};

void wire_hello_format(const struct wire_hello *hello, unsigned char ret_frame[WIRE_HELLO_BYTES]);
bool wire_hello_parse(const unsigned char frame[WIRE_HELLO_BYTES], struct wire_hello *ret_hello);
/* Whole lines, each an absolute path without control characters. */
bool wire_files_are_good(const char *files, size_t length_bytes);

/* Bytes written; ret_frame holds WIRE_REQUEST_MAX_BYTES. */
size_t wire_request_format(const struct wire_request *request, unsigned char *ret_frame);
/* The whole frame's length by its head (WIRE_REQUEST_HEAD_BYTES of it), or 0 when it is malformed.
 */
size_t wire_request_length(const unsigned char *head);
/* False when a field is out of its range. */
bool wire_request_parse(const unsigned char *frame, size_t length_bytes,
			struct wire_request *ret_request);

/* Heads of what a renderer sends; `n_thumbs` frames of thumb head and bytes follow a reply head. */
void wire_reply_head_format(uint32_t number, const struct thumb_result *result,
			    unsigned char ret_head[WIRE_REPLY_HEAD_BYTES]);
void wire_thumb_head_format(const struct thumb *thumb,
			    unsigned char ret_head[WIRE_THUMB_HEAD_BYTES]);

enum wire_state {
	WIRE_NEEDS_MORE,
	WIRE_DONE,
	WIRE_BAD, /* stays so */
};

/* Collects the hello from the pieces in which it arrives. Zeroed: ready. */
struct wire_hello_reader {
	enum wire_state state;
	unsigned char frame[WIRE_HELLO_BYTES];
	size_t frame_bytes;
	struct wire_hello hello;
	struct buf files;
};

/* Takes bytes up to the end of the hello; *ret_used says how many. */
enum wire_state wire_hello_reader_feed(struct wire_hello_reader *reader, const unsigned char *data,
				       size_t length_bytes, size_t *ret_used);
void wire_hello_reader_release(struct wire_hello_reader *reader);

/* Collects a reply from the pieces in which it arrives. Zeroed: ready. When it is done, `result` is
 * to be taken before wire_reader_next(). */
struct wire_reader {
	enum wire_state state;
	unsigned char head[WIRE_REPLY_HEAD_BYTES]; /* of the reply, then of each thumbnail */
	size_t head_length_bytes;
	bool has_reply_head;
	uint32_t number;
	size_t n_expected; /* thumbnails */
	size_t thumb_bytes_left;
	struct thumb_result result; /* n_thumbs: those begun */
};

/* Takes bytes up to the end of one reply; *ret_used says how many. At most `max_thumbs` thumbnails,
 * of at most `max_thumb_bytes` each, or WIRE_BAD. */
enum wire_state wire_reader_feed(struct wire_reader *reader, const unsigned char *data,
				 size_t length_bytes, size_t max_thumbs, size_t max_thumb_bytes,
				 size_t *ret_used);
/* Ready for the next reply; `result` has been taken or is released here. */
void wire_reader_next(struct wire_reader *reader);
void wire_reader_release(struct wire_reader *reader);

#endif
