/* What a renderer that a hostile image has taken over may send. The first byte: how long the pieces
 * are in which it comes, and whether it is a hello or a reply. */
#include "fuzz.h"
#include "wire.h"

#define MOST_THUMBS 3
#define MOST_THUMB_BYTES 4096

static size_t piece(size_t left_bytes, size_t most_bytes)
{
	return left_bytes < most_bytes ? left_bytes : most_bytes;
}

static void read_hello(const uint8_t *data, size_t length_bytes, size_t most_bytes)
{
	struct wire_hello_reader reader = {0};
	enum wire_state state = WIRE_NEEDS_MORE;

	for (size_t at = 0; at < length_bytes && state == WIRE_NEEDS_MORE;) {
		size_t given = piece(length_bytes - at, most_bytes), used = 0;

		state = wire_hello_reader_feed(&reader, data + at, given, &used);
		fuzz_require(used <= given && (state != WIRE_NEEDS_MORE || used == given));
		at += used;
	}
	if (state == WIRE_DONE && reader.files.length_bytes)
		fuzz_require(
			wire_files_are_good(buf_string(&reader.files), reader.files.length_bytes));
	wire_hello_reader_release(&reader);
}

static void look_at(const struct thumb_result *result)
{
	fuzz_require(result->n_thumbs <= MOST_THUMBS);
	for (size_t i = 0; i < result->n_thumbs; i++)
		fuzz_require(result->thumbs[i].bytes.length_bytes <= MOST_THUMB_BYTES);
}

static void read_replies(const uint8_t *data, size_t length_bytes, size_t most_bytes)
{
	struct wire_reader reader = {0};
	enum wire_state state = WIRE_NEEDS_MORE;

	for (size_t at = 0; at < length_bytes && state != WIRE_BAD;) {
		size_t given = piece(length_bytes - at, most_bytes), used = 0;

		state = wire_reader_feed(&reader, data + at, given, MOST_THUMBS, MOST_THUMB_BYTES,
					 &used);
		fuzz_require(used <= given && (state != WIRE_NEEDS_MORE || used == given));
		at += used;
		if (state == WIRE_DONE) {
			look_at(&reader.result);
			wire_reader_next(&reader);
		}
	}
	wire_reader_release(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct wire_request request;

	if (length_bytes == 0)
		return 0;
	if (data[0] & 1)
		read_hello(data + 1, length_bytes - 1, (size_t)(data[0] >> 1) + 1);
	else
		read_replies(data + 1, length_bytes - 1, (size_t)(data[0] >> 1) + 1);
	if (length_bytes > WIRE_REQUEST_HEAD_BYTES &&
	    wire_request_length(data + 1) == length_bytes - 1)
		wire_request_parse(data + 1, length_bytes - 1, &request);
	return 0;
}
