#include "wire.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "octets.h"

#define HELLO_MAGIC 0x31484450u   /* "PDH1" */
#define REQUEST_MAGIC 0x31514450u /* "PDQ1" */
#define REPLY_MAGIC 0x31524450u   /* "PDR1" */
#define THUMB_MAGIC 0x31544450u   /* "PDT1" */

#define FLAG_BACKGROUND 1u
#define FLAG_ANIMATED 2u
#define FLAG_ALPHA 1u

/* Larger than any image that a renderer accepts; keeps sums of sizes far from overflow. */
#define MAX_REPORTED_SIDE_PX (1u << 20)
#define MAX_REFUSED_SIDE_PX INT32_MAX /* what a header says of an image that is not decoded */
#define MAX_REPORTED_FRAMES (1u << 24)

/* Text in a field of fixed size, NUL-padded; what is no printable ASCII becomes '?'. */
static void put_text(unsigned char *to, const char *text, size_t size_bytes)
{
	size_t length_bytes = strnlen(text, size_bytes - 1);

	memset(to, 0, size_bytes);
	for (size_t i = 0; i < length_bytes; i++)
		to[i] = text[i] >= ' ' && text[i] <= '~' ? (unsigned char)text[i] : '?';
}

static bool get_text(const unsigned char *from, char *ret_text, size_t size_bytes)
{
	const unsigned char *end = memchr(from, 0, size_bytes);

	if (!end)
		return false;
	for (const unsigned char *c = from; c < end; c++)
		if (*c < ' ' || *c > '~')
			return false;
	memset(ret_text, 0, size_bytes);
	memcpy(ret_text, from, (size_t)(end - from));
	return true;
}

void wire_hello_format(const struct wire_hello *hello, unsigned char ret_frame[WIRE_HELLO_BYTES])
{
	octets_put_le(ret_frame, HELLO_MAGIC, 4);
	put_text(ret_frame + 4, hello->version, WIRE_HELLO_TEXT_BYTES);
	put_text(ret_frame + 4 + WIRE_HELLO_TEXT_BYTES, hello->sandbox, WIRE_HELLO_TEXT_BYTES);
	octets_put_le(ret_frame + 4 + 2 * WIRE_HELLO_TEXT_BYTES, (uint32_t)hello->files_bytes, 4);
}

bool wire_hello_parse(const unsigned char frame[WIRE_HELLO_BYTES], struct wire_hello *ret_hello)
{
	ret_hello->files_bytes = octets_u32le(frame + 4 + 2 * WIRE_HELLO_TEXT_BYTES);
	return octets_u32le(frame) == HELLO_MAGIC &&
	       ret_hello->files_bytes <= WIRE_MAX_FILES_BYTES &&
	       get_text(frame + 4, ret_hello->version, WIRE_HELLO_TEXT_BYTES) &&
	       get_text(frame + 4 + WIRE_HELLO_TEXT_BYTES, ret_hello->sandbox,
			WIRE_HELLO_TEXT_BYTES);
}

bool wire_files_are_good(const char *files, size_t length_bytes)
{
	bool is_start = true;

	for (size_t i = 0; i < length_bytes; i++) {
		unsigned char c = (unsigned char)files[i];

		if (is_start ? c != '/' : c != '\n' && (c < ' ' || c == 0x7f))
			return false;
		is_start = c == '\n';
	}
	return is_start;
}

static size_t at_most(size_t n, size_t max)
{
	return n < max ? n : max;
}

/* The frame, or with all of it the files; how many bytes it took. */
static size_t take_hello(struct wire_hello_reader *reader, const unsigned char *data,
			 size_t length_bytes)
{
	size_t n = at_most(sizeof reader->frame - reader->frame_bytes, length_bytes);

	if (reader->frame_bytes < sizeof reader->frame) {
		memcpy(reader->frame + reader->frame_bytes, data, n);
		reader->frame_bytes += n;
		return n;
	}
	n = at_most(reader->hello.files_bytes - reader->files.length_bytes, length_bytes);
	buf_append(&reader->files, data, n);
	return n;
}

/* The frame has just become whole. */
static void begin_files(struct wire_hello_reader *reader)
{
	if (!wire_hello_parse(reader->frame, &reader->hello))
		reader->state = WIRE_BAD;
	buf_init(&reader->files, WIRE_MAX_FILES_BYTES);
}

static void end_hello(struct wire_hello_reader *reader)
{
	reader->state = wire_files_are_good(buf_string(&reader->files), reader->files.length_bytes)
				? WIRE_DONE
				: WIRE_BAD;
}

enum wire_state wire_hello_reader_feed(struct wire_hello_reader *reader, const unsigned char *data,
				       size_t length_bytes, size_t *ret_used)
{
	size_t used = 0;

	while (reader->state == WIRE_NEEDS_MORE && used < length_bytes) {
		bool is_frame = reader->frame_bytes < sizeof reader->frame;

		used += take_hello(reader, data + used, length_bytes - used);
		if (reader->frame_bytes < sizeof reader->frame)
			break;
		if (is_frame)
			begin_files(reader);
		if (reader->state == WIRE_NEEDS_MORE &&
		    reader->files.length_bytes == reader->hello.files_bytes)
			end_hello(reader);
	}
	*ret_used = used;
	return reader->state;
}

void wire_hello_reader_release(struct wire_hello_reader *reader)
{
	buf_release(&reader->files);
	*reader = (struct wire_hello_reader){0};
}

static void format_spec(const struct thumb_spec *spec, unsigned char *to)
{
	memset(to, 0, WIRE_SPEC_BYTES);
	octets_put_le(to, (uint32_t)spec->width_px, 4);
	octets_put_le(to + 4, (uint32_t)spec->height_px, 4);
	to[8] = (unsigned char)(spec->fit | spec->position << 1);
	to[9] = (unsigned char)spec->format;
	to[10] = (unsigned char)spec->quality;
	memcpy(to + 11, spec->background, 3);
	to[14] = (unsigned char)((spec->has_background ? FLAG_BACKGROUND : 0) |
				 (spec->is_animated ? FLAG_ANIMATED : 0));
}

static bool parse_spec(const unsigned char *from, struct thumb_spec *ret_spec)
{
	uint32_t width_px = octets_u32le(from), height_px = octets_u32le(from + 4);
	unsigned position = from[8] >> 1, flags = from[14];

	if (width_px > THUMB_MAX_EDGE_PX || height_px > THUMB_MAX_EDGE_PX ||
	    width_px + height_px == 0)
		return false;
	if (position > THUMB_ENTROPY || from[9] > THUMB_AUTO || from[10] < 1 || from[10] > 100)
		return false;
	if (flags & ~(FLAG_BACKGROUND | FLAG_ANIMATED) || from[15])
		return false;
	*ret_spec = (struct thumb_spec){
		.width_px = (int)width_px,
		.height_px = (int)height_px,
		.fit = (enum thumb_fit)(from[8] & 1),
		.position = (enum thumb_position)position,
		.format = (enum thumb_format)from[9],
		.quality = from[10],
		.background = {from[11], from[12], from[13]},
		.has_background = flags & FLAG_BACKGROUND,
		.is_animated = flags & FLAG_ANIMATED,
	};
	return true;
}

size_t wire_request_format(const struct wire_request *request, unsigned char *ret_frame)
{
	octets_put_le(ret_frame, REQUEST_MAGIC, 4);
	octets_put_le(ret_frame + 4, request->number, 4);
	octets_put_le(ret_frame + 8, (uint32_t)request->type, 4);
	octets_put_le(ret_frame + 12, (uint32_t)request->n_specs, 4);
	octets_put_le(ret_frame + 16, request->bytes, 8);
	octets_put_le(ret_frame + 24, request->max_pixels, 8);
	octets_put_le(ret_frame + 32, request->max_decoded_bytes, 8);
	for (size_t i = 0; i < request->n_specs; i++)
		format_spec(&request->specs[i],
			    ret_frame + WIRE_REQUEST_HEAD_BYTES + i * WIRE_SPEC_BYTES);
	return WIRE_REQUEST_HEAD_BYTES + request->n_specs * WIRE_SPEC_BYTES;
}

size_t wire_request_length(const unsigned char *head)
{
	uint32_t n_specs = octets_u32le(head + 12);

	if (octets_u32le(head) != REQUEST_MAGIC || n_specs > THUMB_MAX_SPECS)
		return 0;
	return WIRE_REQUEST_HEAD_BYTES + n_specs * WIRE_SPEC_BYTES;
}

bool wire_request_parse(const unsigned char *frame, size_t length_bytes,
			struct wire_request *ret_request)
{
	struct wire_request request = {0};

	if (length_bytes < WIRE_REQUEST_HEAD_BYTES || wire_request_length(frame) != length_bytes)
		return false;
	request.number = octets_u32le(frame + 4);
	request.n_specs = octets_u32le(frame + 12);
	request.bytes = octets_le(frame + 16, 8);
	request.max_pixels = octets_le(frame + 24, 8);
	request.max_decoded_bytes = octets_le(frame + 32, 8);
	if (octets_u32le(frame + 8) >= MEDIA_TYPE_COUNT || request.bytes > WIRE_MAX_IMAGE_BYTES)
		return false;
	request.type = (enum media_type)octets_u32le(frame + 8);
	for (size_t i = 0; i < request.n_specs; i++)
		if (!parse_spec(frame + WIRE_REQUEST_HEAD_BYTES + i * WIRE_SPEC_BYTES,
				&request.specs[i]))
			return false;
	*ret_request = request;
	return true;
}

void wire_reply_head_format(uint32_t number, const struct thumb_result *result,
			    unsigned char ret_head[WIRE_REPLY_HEAD_BYTES])
{
	octets_put_le(ret_head, REPLY_MAGIC, 4);
	octets_put_le(ret_head + 4, number, 4);
	octets_put_le(ret_head + 8, (uint32_t)result->verdict, 4);
	octets_put_le(ret_head + 12, (uint32_t)result->width_px, 4);
	octets_put_le(ret_head + 16, (uint32_t)result->height_px, 4);
	octets_put_le(ret_head + 20, (uint32_t)result->frames, 4);
	octets_put_le(ret_head + 24, result->has_alpha ? FLAG_ALPHA : 0, 4);
	octets_put_le(ret_head + 28, (uint32_t)result->n_thumbs, 4);
	put_text(ret_head + 32, result->message, sizeof result->message);
}

void wire_thumb_head_format(const struct thumb *thumb,
			    unsigned char ret_head[WIRE_THUMB_HEAD_BYTES])
{
	octets_put_le(ret_head, THUMB_MAGIC, 4);
	octets_put_le(ret_head + 4, (uint32_t)thumb->spec, 4);
	octets_put_le(ret_head + 8, (uint32_t)thumb->type, 4);
	octets_put_le(ret_head + 12, (uint32_t)thumb->width_px, 4);
	octets_put_le(ret_head + 16, (uint32_t)thumb->height_px, 4);
	octets_put_le(ret_head + 20, (uint32_t)thumb->bytes.length_bytes, 4);
}

static bool parse_reply_head(struct wire_reader *reader, size_t max_thumbs)
{
	const unsigned char *head = reader->head;
	uint32_t verdict = octets_u32le(head + 8), width_px = octets_u32le(head + 12);
	uint32_t height_px = octets_u32le(head + 16), frames = octets_u32le(head + 20);
	uint32_t flags = octets_u32le(head + 24), n_thumbs = octets_u32le(head + 28);
	uint32_t max_side_px =
		verdict == THUMB_TOO_MANY_PIXELS ? MAX_REFUSED_SIDE_PX : MAX_REPORTED_SIDE_PX;

	if (octets_u32le(head) != REPLY_MAGIC || verdict > THUMB_UNSUPPORTED || flags & ~FLAG_ALPHA)
		return false;
	if (width_px > max_side_px || height_px > max_side_px || frames > MAX_REPORTED_FRAMES ||
	    n_thumbs > max_thumbs)
		return false;
	if (!get_text(head + 32, reader->result.message, sizeof reader->result.message))
		return false;
	reader->number = octets_u32le(head + 4);
	reader->result.verdict = (enum thumb_verdict)verdict;
	reader->result.width_px = (int)width_px;
	reader->result.height_px = (int)height_px;
	reader->result.frames = (int)frames;
	reader->result.has_alpha = flags & FLAG_ALPHA;
	reader->n_expected = n_thumbs;
	reader->result.thumbs =
		n_thumbs ? alloc_zeroed(n_thumbs, sizeof *reader->result.thumbs) : NULL;
	reader->has_reply_head = true;
	return true;
}

static bool parse_thumb_head(struct wire_reader *reader, size_t max_thumbs, size_t max_thumb_bytes)
{
	const unsigned char *head = reader->head;
	struct thumb *thumb = &reader->result.thumbs[reader->result.n_thumbs];
	uint32_t spec = octets_u32le(head + 4), type = octets_u32le(head + 8),
		 width_px = octets_u32le(head + 12);
	uint32_t height_px = octets_u32le(head + 16), bytes = octets_u32le(head + 20);

	if (octets_u32le(head) != THUMB_MAGIC || spec >= max_thumbs || type >= MEDIA_TYPE_COUNT)
		return false;
	if (width_px > THUMB_MAX_EDGE_PX || height_px > THUMB_MAX_EDGE_PX || !bytes ||
	    bytes > max_thumb_bytes)
		return false;
	*thumb = (struct thumb){
		.spec = spec,
		.type = (enum media_type)type,
		.width_px = (int)width_px,
		.height_px = (int)height_px,
		.bytes = BUF_INIT(bytes),
	};
	reader->result.n_thumbs++;
	reader->thumb_bytes_left = bytes;
	return true;
}

/* Moves up to what the current head still lacks; true when it is whole. */
static bool collect_head(struct wire_reader *reader, const unsigned char **data,
			 size_t *length_bytes)
{
	size_t wanted = reader->has_reply_head ? WIRE_THUMB_HEAD_BYTES : WIRE_REPLY_HEAD_BYTES;
	size_t taken = wanted - reader->head_length_bytes;

	if (taken > *length_bytes)
		taken = *length_bytes;
	memcpy(reader->head + reader->head_length_bytes, *data, taken);
	reader->head_length_bytes += taken;
	*data += taken;
	*length_bytes -= taken;
	if (reader->head_length_bytes < wanted)
		return false;
	reader->head_length_bytes = 0;
	return true;
}

static void collect_bytes(struct wire_reader *reader, const unsigned char **data,
			  size_t *length_bytes)
{
	struct thumb *thumb = &reader->result.thumbs[reader->result.n_thumbs - 1];
	size_t taken = reader->thumb_bytes_left;

	if (taken > *length_bytes)
		taken = *length_bytes;
	buf_append(&thumb->bytes, *data, taken);
	reader->thumb_bytes_left -= taken;
	*data += taken;
	*length_bytes -= taken;
}

static bool is_complete(const struct wire_reader *reader)
{
	return reader->has_reply_head && !reader->thumb_bytes_left &&
	       reader->result.n_thumbs == reader->n_expected;
}

enum wire_state wire_reader_feed(struct wire_reader *reader, const unsigned char *data,
				 size_t length_bytes, size_t max_thumbs, size_t max_thumb_bytes,
				 size_t *ret_used)
{
	const unsigned char *start = data;
	bool good;

	while (reader->state == WIRE_NEEDS_MORE && length_bytes) {
		if (reader->thumb_bytes_left) {
			collect_bytes(reader, &data, &length_bytes);
		} else if (collect_head(reader, &data, &length_bytes)) {
			good = reader->has_reply_head
				       ? parse_thumb_head(reader, max_thumbs, max_thumb_bytes)
				       : parse_reply_head(reader, max_thumbs);
			if (!good)
				reader->state = WIRE_BAD;
		}
		if (reader->state == WIRE_NEEDS_MORE && is_complete(reader))
			reader->state = WIRE_DONE;
	}
	*ret_used = (size_t)(data - start);
	return reader->state;
}

void wire_reader_next(struct wire_reader *reader)
{
	thumb_result_release(&reader->result);
	*reader = (struct wire_reader){0};
}

void wire_reader_release(struct wire_reader *reader)
{
	wire_reader_next(reader);
}
