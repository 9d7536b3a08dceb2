#include "../cmocka_all.h"

#include <string.h>

#include "alloc.h"
#include "wire.h"

static struct wire_request sample_request(void)
{
	return (struct wire_request){
		.number = 0xdeadbeef,
		.type = MEDIA_PNG,
		.bytes = 123456,
		.max_pixels = 100000000,
		.max_decoded_bytes = 1ull << 40,
		.n_specs = 2,
		.specs = {{.width_px = 640,
			   .height_px = 360,
			   .fit = THUMB_COVER,
			   .position = THUMB_ENTROPY,
			   .format = THUMB_AUTO,
			   .quality = 100,
			   .background = {1, 2, 255},
			   .has_background = true,
			   .is_animated = true},
			  {.height_px = THUMB_MAX_EDGE_PX, .format = THUMB_JPEG, .quality = 1}},
	};
}

static void test_request_round_trip(void **state)
{
	unsigned char frame[WIRE_REQUEST_MAX_BYTES];
	struct wire_request request = sample_request(), parsed;
	size_t length = wire_request_format(&request, frame);

	(void)state;
	assert_int_equal(wire_request_length(frame), length);
	assert_true(wire_request_parse(frame, length, &parsed));
	assert_int_equal(parsed.number, request.number);
	assert_int_equal(parsed.type, request.type);
	assert_int_equal(parsed.bytes, request.bytes);
	assert_int_equal(parsed.max_pixels, request.max_pixels);
	assert_int_equal(parsed.max_decoded_bytes, request.max_decoded_bytes);
	assert_int_equal(parsed.n_specs, 2);
	assert_memory_equal(parsed.specs, request.specs, 2 * sizeof *request.specs);
}

/* One byte of a good frame changed: offset, value. Each must be refused. */
static void test_bad_requests(void **state)
{
	static const struct {
		size_t offset;
		unsigned char value;
	} cases[] = {
		{0, 'X'},                               /* magic */
		{8, MEDIA_TYPE_COUNT},                  /* type */
		{11, 1},                                /* type, high byte */
		{12, 33},                               /* number of specs */
		{12, 1},                                /* does not fit the length */
		{15, 1},                                /* number of specs, high byte */
		{20, 1},                                /* bytes above 1 GiB */
		{WIRE_REQUEST_HEAD_BYTES + 2, 1},       /* width */
		{WIRE_REQUEST_HEAD_BYTES + 7, 0xff},    /* height */
		{WIRE_REQUEST_HEAD_BYTES + 8, 11 << 1}, /* position */
		{WIRE_REQUEST_HEAD_BYTES + 9, 5},       /* format */
		{WIRE_REQUEST_HEAD_BYTES + 10, 0},      /* quality */
		{WIRE_REQUEST_HEAD_BYTES + 10, 101},    /* quality */
		{WIRE_REQUEST_HEAD_BYTES + 14, 4},      /* flags */
		{WIRE_REQUEST_HEAD_BYTES + 15, 1},      /* reserved */
	};
	unsigned char frame[WIRE_REQUEST_MAX_BYTES];
	struct wire_request request = sample_request(), parsed;
	size_t length = wire_request_format(&request, frame);

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		unsigned char good = frame[cases[i].offset];

		frame[cases[i].offset] = cases[i].value;
		if (wire_request_parse(frame, length, &parsed))
			fail_msg("case %zu was taken", i);
		frame[cases[i].offset] = good;
	}
	assert_false(wire_request_parse(frame, length - 1, &parsed));
	assert_false(wire_request_parse(frame, 3, &parsed));
	assert_true(wire_request_parse(frame, length, &parsed));
	/* a spec without any side */
	memset(frame + WIRE_REQUEST_HEAD_BYTES, 0, 8);
	assert_false(wire_request_parse(frame, length, &parsed));
}

static void test_hello(void **state)
{
	struct wire_hello hello = {.version = "1 vips-8.14.1",
				   .sandbox = "seccomp",
				   .files_bytes = WIRE_MAX_FILES_BYTES},
			  parsed;
	unsigned char frame[WIRE_HELLO_BYTES];

	(void)state;
	wire_hello_format(&hello, frame);
	assert_true(wire_hello_parse(frame, &parsed));
	assert_string_equal(parsed.version, hello.version);
	assert_string_equal(parsed.sandbox, hello.sandbox);
	assert_int_equal(parsed.files_bytes, hello.files_bytes);
	hello.files_bytes++;
	wire_hello_format(&hello, frame);
	assert_false(wire_hello_parse(frame, &parsed));
	hello.files_bytes = 0;
	wire_hello_format(&hello, frame);
	assert_true(wire_hello_parse(frame, &parsed));
	frame[5] = 0x1b;
	assert_false(wire_hello_parse(frame, &parsed));
	frame[5] = 0x7f;
	assert_false(wire_hello_parse(frame, &parsed));
	frame[5] = '~';
	assert_true(wire_hello_parse(frame, &parsed));
	frame[0] ^= 1;
	assert_false(wire_hello_parse(frame, &parsed));
	frame[0] ^= 1;
	memset(frame + 4, 'x', WIRE_HELLO_TEXT_BYTES);
	assert_false(wire_hello_parse(frame, &parsed));
	frame[0] ^= 1;
	assert_false(wire_hello_parse(frame, &parsed));
}

static void test_hello_files(void **state)
{
	static const struct {
		const char *files;
		bool is_good;
	} cases[] = {
		{"", true},
		{"/lib/a.so\n", true},
		{"/lib/a.so\n/usr/lib/\xc3\xa9 b.so\n", true},
		{"/lib/a.so", false},
		{"lib/a.so\n", false},
		{"/lib/a.so\n\n", false},
		{"/lib/a.so\nb.so\n", false},
		{"/lib/\ta.so\n", false},
		{"/lib/\x7f\n", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		if (wire_files_are_good(cases[i].files, strlen(cases[i].files)) != cases[i].is_good)
			fail_msg("case %zu", i);
	assert_false(wire_files_are_good("/a\0b\n", 5));
}

/* In pieces of every size, with bytes of what follows behind it. */
static void test_hello_reader(void **state)
{
	static const char files[] = "/lib/a.so\n/lib/b.so\n", rest[] = "a reply";
	const struct wire_hello hello = {
		.version = "1 vips-8.14.1", .sandbox = "seccomp", .files_bytes = sizeof files - 1};
	unsigned char data[WIRE_HELLO_BYTES + sizeof files + sizeof rest];
	const size_t length = WIRE_HELLO_BYTES + sizeof files - 1;

	(void)state;
	wire_hello_format(&hello, data);
	memcpy(data + WIRE_HELLO_BYTES, files, sizeof files - 1);
	memcpy(data + length, rest, sizeof rest);
	for (size_t piece = 1; piece <= length + sizeof rest; piece++) {
		struct wire_hello_reader reader = {0};
		size_t used = 0, taken;

		while (reader.state == WIRE_NEEDS_MORE) {
			assert_true(used < length);
			wire_hello_reader_feed(&reader, data + used,
					       piece < length + sizeof rest - used
						       ? piece
						       : length + sizeof rest - used,
					       &taken);
			used += taken;
		}
		assert_int_equal(reader.state, WIRE_DONE);
		assert_int_equal(used, length);
		assert_string_equal(reader.hello.version, hello.version);
		assert_string_equal(buf_string(&reader.files), files);
		wire_hello_reader_release(&reader);
	}
}

static void test_bad_hello(void **state)
{
	const struct wire_hello hello = {.version = "1", .sandbox = "none", .files_bytes = 4};
	unsigned char data[WIRE_HELLO_BYTES + 4];
	struct wire_hello_reader reader = {0};
	size_t used;

	(void)state;
	wire_hello_format(&hello, data);
	memcpy(data + WIRE_HELLO_BYTES, "/abc", 4);
	assert_int_equal(wire_hello_reader_feed(&reader, data, sizeof data, &used), WIRE_BAD);
	assert_int_equal(wire_hello_reader_feed(&reader, data, sizeof data, &used), WIRE_BAD);
	assert_int_equal(used, 0);
	wire_hello_reader_release(&reader);
	data[0] ^= 1;
	assert_int_equal(wire_hello_reader_feed(&reader, data, sizeof data, &used), WIRE_BAD);
	wire_hello_reader_release(&reader);
}

struct reply {
	unsigned char data[4096];
	size_t length;
};

static void reply_add(struct reply *reply, const void *data, size_t length)
{
	memcpy(reply->data + reply->length, data, length);
	reply->length += length;
}

/* A reply of two thumbnails, of 5 and 300 bytes. */
static struct reply sample_reply(void)
{
	static unsigned char pixels[300];
	unsigned char head[WIRE_REPLY_HEAD_BYTES];
	struct thumb_result result = {.verdict = THUMB_DAMAGED,
				      .message = "a\nline",
				      .width_px = 100,
				      .height_px = 50,
				      .frames = 3,
				      .has_alpha = true,
				      .n_thumbs = 2};
	struct thumb first = {.spec = 0, .type = MEDIA_WEBP, .width_px = 10, .height_px = 5};
	struct thumb second = {.spec = 1, .type = MEDIA_JPEG, .width_px = 20, .height_px = 10};
	struct reply reply = {.length = 0};

	memset(pixels, 0xa5, sizeof pixels);
	first.bytes.length_bytes = 5;
	second.bytes.length_bytes = sizeof pixels;
	wire_reply_head_format(7, &result, head);
	reply_add(&reply, head, WIRE_REPLY_HEAD_BYTES);
	wire_thumb_head_format(&first, head);
	reply_add(&reply, head, WIRE_THUMB_HEAD_BYTES);
	reply_add(&reply, "bytes", 5);
	wire_thumb_head_format(&second, head);
	reply_add(&reply, head, WIRE_THUMB_HEAD_BYTES);
	reply_add(&reply, pixels, sizeof pixels);
	return reply;
}

/* In pieces of every size, with the next reply's first bytes behind it. */
static void test_reply_in_pieces(void **state)
{
	struct reply reply = sample_reply();
	size_t whole = reply.length;

	(void)state;
	reply_add(&reply, "PDR1", 4);
	for (size_t piece = 1; piece <= reply.length; piece += piece < 40 ? 1 : 37) {
		struct wire_reader reader = {0};
		size_t at = 0, used;

		while (reader.state == WIRE_NEEDS_MORE && at < reply.length) {
			size_t length = reply.length - at < piece ? reply.length - at : piece;

			wire_reader_feed(&reader, reply.data + at, length, 2, 300, &used);
			assert_true(used <= length);
			at += used;
		}
		assert_int_equal(reader.state, WIRE_DONE);
		assert_int_equal(at, whole);
		assert_int_equal(reader.number, 7);
		assert_int_equal(reader.result.verdict, THUMB_DAMAGED);
		assert_string_equal(reader.result.message, "a?line");
		assert_int_equal(reader.result.width_px, 100);
		assert_int_equal(reader.result.height_px, 50);
		assert_int_equal(reader.result.frames, 3);
		assert_true(reader.result.has_alpha);
		assert_int_equal(reader.result.n_thumbs, 2);
		assert_int_equal(reader.result.thumbs[1].spec, 1);
		assert_int_equal(reader.result.thumbs[1].type, MEDIA_JPEG);
		assert_int_equal(reader.result.thumbs[1].width_px, 20);
		assert_int_equal(reader.result.thumbs[1].height_px, 10);
		assert_string_equal(buf_string(&reader.result.thumbs[0].bytes), "bytes");
		assert_int_equal(reader.result.thumbs[1].bytes.length_bytes, 300);
		assert_int_equal((unsigned char)reader.result.thumbs[1].bytes.data[299], 0xa5);
		wire_reader_release(&reader);
	}
}

static enum wire_state feed_all(const struct reply *reply, size_t max_thumbs, size_t max_bytes)
{
	struct wire_reader reader = {0};
	enum wire_state result;
	size_t used;

	result =
		wire_reader_feed(&reader, reply->data, reply->length, max_thumbs, max_bytes, &used);
	wire_reader_release(&reader);
	return result;
}

static void test_bad_replies(void **state)
{
	enum { HEAD = WIRE_REPLY_HEAD_BYTES };
	static const struct {
		size_t offset;
		unsigned char value;
	} cases[] = {
		{0, 'X'},           /* magic */
		{8, THUMB_CRASHED}, /* a verdict that is the pool's alone */
		{8, 200},           /* no verdict */
		{15, 1},            /* width */
		{19, 0x80},         /* height, negative */
		{23, 1},            /* frames */
		{24, 2},            /* flags */
		{28, 3},            /* more thumbnails than asked for */
		{31, 0xff},         /* far more */
		{32, 0x1b},         /* an escape character in the message */
		{HEAD, 'X'},        /* magic */
		{HEAD + 4, 2},      /* spec */
		{HEAD + 8, MEDIA_TYPE_COUNT},
		{HEAD + 14, 1},    /* width */
		{HEAD + 20, 0},    /* no bytes */
		{HEAD + 21, 2},    /* more bytes than allowed */
		{HEAD + 23, 0xff}, /* far more */
	};
	struct reply reply = sample_reply();

	(void)state;
	assert_int_equal(feed_all(&reply, 2, 300), WIRE_DONE);
	assert_int_equal(feed_all(&reply, 1, 300), WIRE_BAD);
	assert_int_equal(feed_all(&reply, 2, 299), WIRE_BAD);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		unsigned char good = reply.data[cases[i].offset];

		reply.data[cases[i].offset] = cases[i].value;
		if (feed_all(&reply, 2, 300) != WIRE_BAD)
			fail_msg("case %zu was taken", i);
		reply.data[cases[i].offset] = good;
	}
	/* a width of 2^24 px: only of an image that is refused for it */
	reply.data[15] = 1;
	reply.data[8] = THUMB_TOO_MANY_PIXELS;
	assert_int_equal(feed_all(&reply, 2, 300), WIRE_DONE);
	reply.data[15] = 0x80;
	assert_int_equal(feed_all(&reply, 2, 300), WIRE_BAD);
	reply.data[15] = 0;
	/* a message without its end */
	memset(reply.data + 32, 'x', 160);
	assert_int_equal(feed_all(&reply, 2, 300), WIRE_BAD);
}

static void set_u32(unsigned char *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(value >> 8 * i);
}

/* Each bound itself, and one more. */
static void test_bounds_of_replies(void **state)
{
	enum { HEAD = WIRE_REPLY_HEAD_BYTES };
	static const struct {
		size_t offset;
		uint32_t most;
		enum thumb_verdict verdict;
	} cases[] = {
		{8, THUMB_UNSUPPORTED, THUMB_OK},
		{12, 1u << 20, THUMB_OK},
		{16, 1u << 20, THUMB_OK},
		{12, INT32_MAX, THUMB_TOO_MANY_PIXELS},
		{16, INT32_MAX, THUMB_TOO_MANY_PIXELS},
		{20, 1u << 24, THUMB_OK},
		{24, 1, THUMB_OK},
		{28, 2, THUMB_OK},
		{HEAD + 4, 1, THUMB_OK},
		{HEAD + 8, MEDIA_TYPE_COUNT - 1, THUMB_OK},
		{HEAD + 12, THUMB_MAX_EDGE_PX, THUMB_OK},
		{HEAD + 16, THUMB_MAX_EDGE_PX, THUMB_OK},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct reply reply = sample_reply();

		set_u32(reply.data + 8, cases[i].verdict);
		set_u32(reply.data + cases[i].offset, cases[i].most);
		if (feed_all(&reply, 2, 300) != WIRE_DONE)
			fail_msg("case %zu", i);
		set_u32(reply.data + cases[i].offset, cases[i].most + 1);
		if (feed_all(&reply, 2, 300) != WIRE_BAD)
			fail_msg("case %zu, one more", i);
	}
}

static void test_bounds_of_requests(void **state)
{
	static const struct {
		size_t offset;
		uint32_t most;
	} cases[] = {
		{8, MEDIA_TYPE_COUNT - 1},
		{16, WIRE_MAX_IMAGE_BYTES},
		{WIRE_REQUEST_HEAD_BYTES, THUMB_MAX_EDGE_PX},
		{WIRE_REQUEST_HEAD_BYTES + 4, THUMB_MAX_EDGE_PX},
	};
	unsigned char frame[WIRE_REQUEST_MAX_BYTES];
	struct wire_request request = sample_request(), parsed;
	size_t length;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		length = wire_request_format(&request, frame);
		set_u32(frame + cases[i].offset, cases[i].most);
		assert_true(wire_request_parse(frame, length, &parsed));
		set_u32(frame + cases[i].offset, cases[i].most + 1);
		assert_false(wire_request_parse(frame, length, &parsed));
	}
	request.n_specs = THUMB_MAX_SPECS;
	for (size_t i = 0; i < request.n_specs; i++)
		request.specs[i] = request.specs[1];
	request.specs[1] = (struct thumb_spec){
		.width_px = 9, .height_px = 9, .quality = 1, .is_animated = true};
	length = wire_request_format(&request, frame);
	assert_int_equal(length, WIRE_REQUEST_MAX_BYTES);
	assert_true(wire_request_parse(frame, length, &parsed));
	assert_true(parsed.specs[1].is_animated);
	assert_false(parsed.specs[1].has_background);
	assert_false(parsed.specs[0].is_animated);
	set_u32(frame + 12, THUMB_MAX_SPECS + 1);
	assert_int_equal(wire_request_length(frame), 0);
	set_u32(frame + 12, 1);
	frame[0] ^= 1;
	assert_int_equal(wire_request_length(frame), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_round_trip),
		cmocka_unit_test(test_bounds_of_requests),
		cmocka_unit_test(test_bounds_of_replies),
		cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_hello_files),
		cmocka_unit_test(test_hello_reader),
		cmocka_unit_test(test_bad_hello),
		cmocka_unit_test(test_reply_in_pieces),
		cmocka_unit_test(test_bad_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
