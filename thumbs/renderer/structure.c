#include "structure.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "gif_blocks.h"
#include "gif_lzw.h"
#include "octets.h"
#include "zero_tail.h"

/* What a walk found: the state, and how to mend it. */
struct walk {
	enum structure_state state;
	size_t keep_bytes; /* of a whole file: where it ends, 0 when that is not known */
	struct structure_counts counts;
	size_t open_block; /* GIF: where the sub-block of image data stands that was cut; else 0 */
};

#define WHOLE ((struct walk){.state = STRUCTURE_WHOLE})
#define MISSING ((struct walk){.state = STRUCTURE_MISSING})

static struct walk whole_until(size_t end)
{
	return (struct walk){.state = STRUCTURE_WHOLE, .keep_bytes = end};
}

static struct walk cut_at(size_t keep_bytes)
{
	return (struct walk){.state = STRUCTURE_CUT, .keep_bytes = keep_bytes};
}

/* ---- JPEG (ITU-T T.81 annex B) ---- */

#define JPEG_COMPONENTS 4

/* Which coefficients have come, at which precision: a progressive file that ends between two scans
 * decodes without a complaint, only blurred. */
struct jpeg_scans {
	bool is_progressive, is_arithmetic;
	unsigned n_components;
	unsigned char ids[JPEG_COMPONENTS];
	signed char lowest_bit[JPEG_COMPONENTS][64]; /* -1: nothing yet */
	struct structure_counts counts;
	size_t data_at; /* behind the last segment */
};

static void jpeg_read_frame(struct jpeg_scans *scans, unsigned char marker,
			    const unsigned char *segment, size_t length_bytes)
{
	*scans = (struct jpeg_scans){.counts = scans->counts};
	memset(scans->lowest_bit, -1, sizeof scans->lowest_bit);
	if (length_bytes < 6)
		return;
	scans->is_progressive = marker == 0xc2 || marker == 0xca;
	scans->is_arithmetic = marker >= 0xc9;
	for (unsigned i = 0; i < segment[5] && i < JPEG_COMPONENTS; i++) {
		if (6 + 3 * (size_t)i >= length_bytes)
			return;
		scans->ids[scans->n_components++] = segment[6 + 3 * i];
	}
}

static void jpeg_read_scan(struct jpeg_scans *scans, const unsigned char *segment,
			   size_t length_bytes)
{
	size_t n = length_bytes ? segment[0] : 0;
	const unsigned char *spectrum = segment + 1 + 2 * n;
	unsigned first, last;

	scans->counts.scans++;
	if (n > JPEG_COMPONENTS || length_bytes < 4 + 2 * n)
		return;
	first = scans->is_progressive ? spectrum[0] : 0;
	last = scans->is_progressive ? spectrum[1] : 63;
	for (size_t i = 0; i < n; i++)
		for (unsigned c = 0; c < scans->n_components; c++)
			for (unsigned k = first;
			     scans->ids[c] == segment[1 + 2 * i] && k <= last && k < 64; k++)
				scans->lowest_bit[c][k] =
					scans->is_progressive ? (signed char)(spectrum[2] & 15) : 0;
}

/* Whether an end may be put back. Arithmetic codes go on in zeros behind the last byte, and no
 * decoder sees that one is missing. */
static bool jpeg_may_be_all_there(const struct jpeg_scans *scans)
{
	if (scans->is_arithmetic)
		return false;
	for (unsigned c = 0; c < scans->n_components; c++)
		for (int k = 0; k < 64; k++)
			if (scans->lowest_bit[c][k] != 0)
				return false;
	return scans->counts.scans > 0;
}

static struct walk jpeg_end(const struct jpeg_scans *scans, struct walk walk)
{
	walk.counts = scans->counts;
	return walk;
}

/* The next marker at or after `at`: stuffed zeros and restart markers are entropy-coded data. */
static size_t jpeg_find_marker(const unsigned char *data, size_t length_bytes, size_t at)
{
	while (at < length_bytes) {
		const unsigned char *found = memchr(data + at, 0xff, length_bytes - at);

		if (!found)
			return length_bytes;
		at = (size_t)(found - data);
		while (at < length_bytes && data[at] == 0xff)
			at++;
		if (at < length_bytes && data[at] != 0 && !(data[at] >= 0xd0 && data[at] <= 0xd7))
			return at - 1;
	}
	return length_bytes;
}

static struct walk jpeg_walk(const unsigned char *data, size_t length_bytes)
{
	struct jpeg_scans scans = {0};
	size_t at = 2, end, zeros;

	for (;;) {
		unsigned char marker;

		at = jpeg_find_marker(data, length_bytes, at);
		if (at + 2 > length_bytes)
			break;
		marker = data[at + 1];
		at += 2;
		if (marker == 0xd9)
			return jpeg_end(&scans, scans.counts.scans ? whole_until(at) : MISSING);
		if (marker == 0x01 || marker == 0xd8)
			continue;
		if (at + 2 > length_bytes)
			break;
		end = at + octets_u16be(data + at);
		if (end < at + 2 || end > length_bytes)
			break;
		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
		    marker != 0xcc)
			jpeg_read_frame(&scans, marker, data + at + 2, end - at - 2);
		else if (marker == 0xda)
			jpeg_read_scan(&scans, data + at + 2, end - at - 2);
		else if (marker >= 0xe0) /* APPn, COM */
			scans.counts.metadata++;
		at = scans.data_at = end;
	}
	/* They may be codes, but not those of more than half of a scan without an end. */
	zeros = length_bytes - zero_tail_begin(data, length_bytes);
	if (zero_tail_is_loss(zeros, (length_bytes - scans.data_at) / 2))
		return jpeg_end(&scans, MISSING);
	return jpeg_end(&scans, jpeg_may_be_all_there(&scans) ? cut_at(length_bytes) : MISSING);
}

/* ---- PNG (third edition, section 5) ---- */

static struct walk png_walk(const unsigned char *data, size_t length_bytes)
{
	uint32_t frames_announced = 0, frames_begun = 0;
	bool has_data = false, awaits_data = false; /* a frame was begun */
	size_t at = 8;

	while (at + 8 <= length_bytes) {
		uint32_t body_bytes = octets_u32be(data + at);
		const unsigned char *type = data + at + 4;
		bool is_data = !memcmp(type, "IDAT", 4);

		if (!memcmp(type, "IEND", 4))
			return at + 12 <= length_bytes ? whole_until(at + 12) : cut_at(at);
		if (body_bytes > length_bytes - at - 8 || length_bytes - at - 8 - body_bytes < 4) {
			has_data |= is_data;
			awaits_data &= !is_data;
			if (!memcmp(type, "fdAT", 4))
				return MISSING;
			break;
		}
		if (!memcmp(type, "acTL", 4) && body_bytes >= 8)
			frames_announced = octets_u32be(data + at + 8);
		frames_begun += !memcmp(type, "fcTL", 4);
		awaits_data = !memcmp(type, "fcTL", 4) ||
			      (awaits_data && !is_data && memcmp(type, "fdAT", 4) != 0);
		has_data |= is_data;
		at += 12 + (size_t)body_bytes;
	}
	if (!has_data || awaits_data || frames_begun < frames_announced)
		return MISSING;
	return cut_at(at < length_bytes ? at : length_bytes);
}

/* ---- GIF (GIF89a) ---- */

/* After the sub-blocks that begin at `at`; false when they are cut, *ret_at: the last of them, or
 * where it is missing. */
static bool gif_skip_blocks(const unsigned char *data, size_t length_bytes, size_t at,
			    size_t *ret_at)
{
	while (at < length_bytes && data[at] && data[at] < length_bytes - at)
		at += 1 + (size_t)data[at];
	*ret_at = at;
	if (at >= length_bytes || data[at])
		return false;
	*ret_at = at + 1;
	return true;
}

static uint64_t gif_pixels(const unsigned char *descriptor)
{
	return (uint64_t)octets_u16le(descriptor + 5) * octets_u16le(descriptor + 7);
}

/* No more blocks: zeros, which decoders pass over, and perhaps the trailer. */
static bool gif_is_end(const unsigned char *data, size_t length_bytes, size_t at)
{
	while (at < length_bytes && !data[at])
		at++;
	return at == length_bytes || data[at] == 0x3b;
}

/* The data of the image whose descriptor stands at `at` is cut, after its first byte at `codes`, in
 * the sub-block at `block`. Is it all there? Of a film that ends within a frame more frames are
 * missing. */
static struct walk gif_cut(const unsigned char *data, size_t length_bytes, size_t at, size_t codes,
			   size_t block, bool is_film)
{
	if ((is_film && block < length_bytes) ||
	    gif_lzw_read(data + codes, length_bytes - codes, gif_pixels(data + at)) >
		    GIF_CODES_FLUSH)
		return MISSING;
	return (struct walk){
		.state = STRUCTURE_CUT, .keep_bytes = length_bytes, .open_block = block};
}

/* False when pixels are missing. */
static bool gif_follow_codes(const unsigned char *data, size_t length_bytes, uint64_t n_pixels,
			     struct structure_counts *counts)
{
	enum gif_codes codes = gif_lzw_read(data, length_bytes, n_pixels);

	counts->flush_frames += codes == GIF_CODES_FLUSH;
	return codes != GIF_CODES_SHORT;
}

static struct walk gif_follow(const unsigned char *data, size_t length_bytes,
			      struct structure_counts *ret_counts)
{
	size_t at = 13, next, codes;
	bool has_image = false, announces_image = false, is_film = false;

	if (length_bytes < 13)
		return MISSING;
	at += gif_table_bytes(data[10]);
	while (at < length_bytes) {
		if (data[at] == 0x3b)
			return whole_until(at + 1);
		if (data[at] == 0x2c) {
			next = at + 10;
			if (next > length_bytes)
				return MISSING;
			codes = next + gif_table_bytes(data[next - 1]);
			if (codes + 1 >= length_bytes)
				return MISSING;
			if (!gif_skip_blocks(data, length_bytes, codes + 1, &next))
				return gif_cut(data, length_bytes, at, codes, next,
					       is_film || has_image);
			/* Decoders show such a frame as far as it goes, and say nothing. A single
			 * pixel without codes is what pages put in an image's place. */
			if ((gif_pixels(data + at) != 1 || data[codes + 1]) &&
			    !gif_follow_codes(data + codes, length_bytes - codes,
					      gif_pixels(data + at), ret_counts))
				return MISSING;
			has_image = true;
			announces_image = false;
		} else if (data[at] == 0x21) {
			announces_image |= at + 1 < length_bytes && data[at + 1] == 0xf9;
			is_film |= gif_is_loop(data, length_bytes, at);
			if (at + 2 > length_bytes ||
			    !gif_skip_blocks(data, length_bytes, at + 2, &next))
				break;
		} else if (!has_image || gif_is_end(data, length_bytes, at)) {
			return WHOLE; /* no framing to follow: the decoder's word counts */
		} else {
			return cut_at(at);
		}
		at = next;
	}
	/* A graphic control extension stands before an image. */
	return has_image && !announces_image ? cut_at(at < length_bytes ? at : length_bytes)
					     : MISSING;
}

static struct walk gif_walk(const unsigned char *data, size_t length_bytes)
{
	struct structure_counts counts = {0};
	struct walk walk = gif_follow(data, length_bytes, &counts);

	walk.counts = counts;
	return walk;
}

static size_t gif_mend(unsigned char *data, struct walk walk)
{
	size_t at = walk.keep_bytes;

	if (walk.open_block) {
		/* What came of it becomes a sub-block of its own. */
		if (walk.open_block < at)
			data[walk.open_block] = (unsigned char)(at - walk.open_block - 1);
		if (walk.open_block + 1 != at)
			data[at++] = 0;
	}
	data[at++] = 0x3b;
	return at;
}

/* ---- WebP (RFC 9649 section 2) ---- */

/* The chunk at `at`, in a file whose zeros begin at `zeros` and end at `end`. The codes of a
 * picture in one colour may end in zeros, a quarter of all. */
static bool webp_is_zeroed(const unsigned char *data, size_t at, size_t body_bytes, size_t zeros,
			   size_t end)
{
	const unsigned char *type = data + at;
	bool is_image = !memcmp(type, "VP8 ", 4) || !memcmp(type, "VP8L", 4) ||
			!memcmp(type, "ANMF", 4) || !memcmp(type, "ALPH", 4);

	if (zeros <= at)
		return zero_tail_is_loss(end - at, 0);
	return is_image && zeros < at + 8 + body_bytes &&
	       zero_tail_is_loss(end - zeros, body_bytes / 2);
}

/* Every decoder refuses one that is shorter than its RIFF header says, be it by a padding byte, or
 * whose last chunk is: a program that copied a part and wrote a new header. */
static struct walk webp_walk(const unsigned char *data, size_t length_bytes)
{
	struct walk walk;
	size_t end, padded_end, zeros;
	bool is_still = false;

	if (length_bytes < 12)
		return MISSING;
	end = 8 + (size_t)octets_u32le(data + 4);
	if (end > length_bytes)
		return MISSING;
	zeros = zero_tail_begin(data, end);
	padded_end = end + (end & 1);
	walk = whole_until(padded_end);
	for (size_t at = 12; at < length_bytes && length_bytes - at >= 8;) {
		uint64_t body_bytes = octets_u32le(data + at + 4);

		walk.counts.frames += !memcmp(data + at, "ANMF", 4);
		if (at < end && padded_end >= length_bytes && body_bytes > length_bytes - at - 8)
			return MISSING;
		if (!is_still && at < end && webp_is_zeroed(data, at, body_bytes, zeros, end))
			return MISSING;
		is_still |= !memcmp(data + at, "VP8 ", 4) || !memcmp(data + at, "VP8L", 4);
		at += 8 + (size_t)(body_bytes + (body_bytes & 1));
	}
	return walk;
}

/* ---- AVIF, HEIC (ISO/IEC 14496-12 section 4) ---- */

/* Of those that stand beside each other, and may be cut. What has another name is no box: it was
 * put behind the end. */
static bool is_box(const unsigned char *type)
{
	static const char names[][5] = {"meta", "mdat", "moov", "moof",
					"free", "skip", "uuid", "wide"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!memcmp(type, names[i], 4))
			return true;
	return false;
}

static struct walk isobmff_walk(const unsigned char *data, size_t length_bytes)
{
	bool has_meta = false, has_movie = false, has_data = false, is_skippable;
	size_t at = 0;

	while (at + 8 <= length_bytes) {
		uint64_t box_bytes = octets_u32be(data + at);
		const unsigned char *type = data + at + 4;

		if (box_bytes == 1 && at + 16 <= length_bytes)
			box_bytes = (uint64_t)octets_u32be(data + at + 8) << 32 |
				    octets_u32be(data + at + 12);
		else if (box_bytes == 0)
			box_bytes = length_bytes - at;
		if (box_bytes < 8)
			return WHOLE; /* no framing to follow: the decoder's word counts */
		has_data |= !memcmp(type, "mdat", 4);
		if (box_bytes > length_bytes - at) {
			if (has_meta && has_data && !is_box(type))
				return whole_until(at);
			is_skippable = !memcmp(type, "free", 4) || !memcmp(type, "skip", 4) ||
				       !memcmp(type, "uuid", 4);
			/* Of a cut mdat the image may be the part that is there; of a film frames
			 * are missing. */
			return has_meta && has_data && (is_skippable || !has_movie)
				       ? cut_at(is_skippable ? at : length_bytes)
				       : MISSING;
		}
		has_movie |= !memcmp(type, "moov", 4);
		has_meta |= has_movie || !memcmp(type, "meta", 4);
		/* Items may lie in the meta box itself (idat). */
		has_data |= has_meta && at + 8 <= length_bytes &&
			    memmem(data + at, box_bytes, "idat", 4) != NULL;
		at += box_bytes;
	}
	return has_meta && has_data ? WHOLE : MISSING;
}

static struct walk walk_of(enum media_type type, const unsigned char *data, size_t length_bytes)
{
	switch (type) {
	case MEDIA_JPEG:
		return jpeg_walk(data, length_bytes);
	case MEDIA_PNG:
		return png_walk(data, length_bytes);
	case MEDIA_GIF:
		return gif_walk(data, length_bytes);
	case MEDIA_WEBP:
		return webp_walk(data, length_bytes);
	case MEDIA_AVIF:
	case MEDIA_HEIC:
		return isobmff_walk(data, length_bytes);
	default:
		return WHOLE;
	}
}

enum structure_state structure_read(enum media_type type, const unsigned char *data,
				    size_t length_bytes, struct structure_counts *ret_counts)
{
	struct walk walk = walk_of(type, data, length_bytes);

	*ret_counts = walk.counts;
	return walk.state;
}

static bool is_padding(const unsigned char *data, size_t length_bytes)
{
	for (size_t i = 0; i < length_bytes; i++)
		if (data[i] != 0 && data[i] != '\r' && data[i] != '\n' && data[i] != 0xff)
			return false;
	return true;
}

/* Pictures are padded with zeros to where the list of them (CIPA DC-007, multi-picture format) says
 * that they begin. Samsung's telephones leave a directory, which is read from its end. */
static bool is_from_a_camera(const unsigned char *data, size_t length_bytes)
{
	enum media_type type;

	if (length_bytes >= 4 && !memcmp(data + length_bytes - 4, "SEFT", 4))
		return true;
	while (length_bytes && !*data) {
		data++;
		length_bytes--;
	}
	return media_type_sniff(data, length_bytes, true, &type) == MEDIA_SNIFF_KNOWN;
}

static bool begins_a_film(const unsigned char *data, size_t length_bytes)
{
	return length_bytes >= 8 && !memcmp(data + 4, "ftyp", 4);
}

size_t structure_junk_bytes(enum media_type type, const unsigned char *data, size_t length_bytes)
{
	struct walk walk = walk_of(type, data, length_bytes);
	const unsigned char *after = data + walk.keep_bytes;
	size_t n;

	if (walk.state != STRUCTURE_WHOLE || !walk.keep_bytes || walk.keep_bytes >= length_bytes)
		return 0;
	n = length_bytes - walk.keep_bytes;
	return is_padding(after, n) || begins_a_film(after, n) || is_from_a_camera(after, n) ? 0
											     : n;
}

size_t structure_mend(enum media_type type, unsigned char *data, size_t length_bytes)
{
	struct walk walk = walk_of(type, data, length_bytes);

	if (walk.state != STRUCTURE_CUT)
		return length_bytes;
	switch (type) {
	case MEDIA_JPEG:
		memcpy(data + walk.keep_bytes, "\xff\xd9", 2);
		return walk.keep_bytes + 2;
	case MEDIA_GIF:
		return gif_mend(data, walk);
	default:
		return walk.keep_bytes;
	}
}

static bool is_png_text(const unsigned char *type)
{
	return !memcmp(type, "tEXt", 4) || !memcmp(type, "zTXt", 4) || !memcmp(type, "iTXt", 4) ||
	       !memcmp(type, "eXIf", 4);
}

static bool is_png_data_at(const unsigned char *data, size_t length_bytes, size_t at)
{
	return length_bytes - at >= 8 && !memcmp(data + at + 4, "IDAT", 4);
}

size_t structure_drop_texts(enum media_type type, unsigned char *data, size_t length_bytes)
{
	size_t from = 8, to = 8;
	bool is_after_data = false; /* the last chunk that stayed */

	if (type != MEDIA_PNG || length_bytes < from)
		return length_bytes;
	while (length_bytes - from >= 12) {
		size_t chunk_bytes = 12 + (size_t)octets_u32be(data + from);

		if (chunk_bytes > length_bytes - from)
			break;
		/* Between two pieces of image data it is a fault, which is not to be mended so. */
		if (!is_png_text(data + from + 4) ||
		    (is_after_data && is_png_data_at(data, length_bytes, from + chunk_bytes))) {
			is_after_data = is_png_data_at(data, length_bytes, from);
			if (to != from)
				memmove(data + to, data + from, chunk_bytes);
			to += chunk_bytes;
		}
		from += chunk_bytes;
	}
	if (to != from)
		memmove(data + to, data + from, length_bytes - from);
	return to + length_bytes - from;
}
