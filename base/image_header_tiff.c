/* TIFF 6.0, BigTIFF, and EXIF, which is a TIFF without an image. */
#include "image_header_parts.h"

enum {
	TAG_WIDTH = 256,
	TAG_HEIGHT = 257,
	TAG_BITS_PER_SAMPLE = 258,
	TAG_ORIENTATION = 274,
	TAG_EXTRA_SAMPLES = 338,
};

enum {
	TYPE_BYTE = 1,
	TYPE_SHORT = 3,
	TYPE_LONG = 4,
	TYPE_LONG8 = 16,
};

struct tiff {
	struct image_bytes bytes;
	bool is_big_endian, is_big;
	size_t directory;     /* offset of the first entry */
	uint64_t entry_count; /* all of them are at hand */
	bool ran_off;         /* a value stands behind the bytes at hand */
};

static uint64_t number(const struct tiff *tiff, size_t at, size_t count)
{
	return tiff->is_big_endian ? image_big(&tiff->bytes, at, count)
				   : image_little(&tiff->bytes, at, count);
}

/* Opens the first image file directory. */
static enum image_header_result open_directory(struct tiff *tiff)
{
	size_t count_bytes, entry_bytes;
	uint64_t offset;

	if (!image_has_text(&tiff->bytes, 0, "II", 2) && !image_has_text(&tiff->bytes, 0, "MM", 2))
		return IMAGE_HEADER_BAD;
	tiff->is_big_endian = tiff->bytes.data[0] == 'M';
	tiff->is_big = number(tiff, 2, 2) == 43;
	if (!tiff->is_big && number(tiff, 2, 2) != 42)
		return IMAGE_HEADER_BAD;
	if (!image_has(&tiff->bytes, 0, tiff->is_big ? 16 : 8))
		return IMAGE_HEADER_NEEDS_MORE;
	offset = tiff->is_big ? number(tiff, 8, 8) : number(tiff, 4, 4);
	count_bytes = tiff->is_big ? 8 : 2;
	entry_bytes = tiff->is_big ? 20 : 12;
	if (offset < 8 || offset > SIZE_MAX / 2)
		return IMAGE_HEADER_BAD;
	if (!image_has(&tiff->bytes, (size_t)offset, count_bytes))
		return IMAGE_HEADER_NEEDS_MORE;
	tiff->directory = (size_t)offset + count_bytes;
	tiff->entry_count = number(tiff, (size_t)offset, count_bytes);
	if (!tiff->entry_count || tiff->entry_count > UINT16_MAX)
		return IMAGE_HEADER_BAD;
	if (!image_has(&tiff->bytes, tiff->directory, (size_t)tiff->entry_count * entry_bytes))
		return IMAGE_HEADER_NEEDS_MORE;
	return IMAGE_HEADER_OK;
}

static size_t type_bytes(uint64_t type)
{
	return type == TYPE_BYTE ? 1 : type == TYPE_SHORT ? 2 : type == TYPE_LONG ? 4 : 8;
}

/* A value that stands elsewhere in the file. */
static uint64_t value_at(struct tiff *tiff, uint64_t offset, size_t count)
{
	if (offset <= SIZE_MAX / 2 && image_has(&tiff->bytes, (size_t)offset, count))
		return number(tiff, (size_t)offset, count);
	tiff->ran_off = true;
	return 0;
}

/* Where the directory has this tag; false when it has not. */
static bool find_entry(struct tiff *tiff, unsigned tag, size_t *ret_entry)
{
	for (uint64_t i = 0; i < tiff->entry_count; i++) {
		*ret_entry = tiff->directory + (size_t)i * (tiff->is_big ? 20 : 12);
		if (number(tiff, *ret_entry, 2) == tag)
			return true;
	}
	return false;
}

/* The first value of the tag; 0 when there is none. */
static uint64_t tag_value(struct tiff *tiff, unsigned tag)
{
	size_t inline_bytes = tiff->is_big ? 8 : 4, entry, value;
	uint64_t type, count;

	if (!find_entry(tiff, tag, &entry))
		return 0;
	value = entry + 4 + inline_bytes;
	type = number(tiff, entry + 2, 2);
	if (type != TYPE_BYTE && type != TYPE_SHORT && type != TYPE_LONG && type != TYPE_LONG8)
		return 0;
	count = number(tiff, entry + 4, inline_bytes);
	if (!count)
		return 0;
	if (count <= inline_bytes / type_bytes(type))
		return number(tiff, value, type_bytes(type));
	return value_at(tiff, number(tiff, value, inline_bytes), type_bytes(type));
}

enum image_header_result image_header_tiff(const struct image_bytes *bytes,
					   struct image_header *header)
{
	struct tiff tiff = {.bytes = *bytes};
	enum image_header_result result = open_directory(&tiff);
	uint64_t bits;

	if (result != IMAGE_HEADER_OK)
		return result;
	result = image_set_size(header, tag_value(&tiff, TAG_WIDTH), tag_value(&tiff, TAG_HEIGHT));
	bits = tag_value(&tiff, TAG_BITS_PER_SAMPLE);
	header->bits_per_sample = bits <= 64 ? (int)bits : 0;
	header->has_alpha = tag_value(&tiff, TAG_EXTRA_SAMPLES) != 0;
	image_set_orientation(header, (int)(tag_value(&tiff, TAG_ORIENTATION) & 0xff));
	if (tiff.ran_off && !bytes->is_whole)
		return IMAGE_HEADER_NEEDS_MORE;
	return result;
}

/* Where more entries are announced than there are, those that are whole count, as in browsers. */
static bool open_exif(struct tiff *tiff)
{
	enum image_header_result result = open_directory(tiff);

	if (result == IMAGE_HEADER_NEEDS_MORE && tiff->directory) {
		tiff->entry_count = (tiff->bytes.length_bytes - tiff->directory) / 12;
		result = IMAGE_HEADER_OK;
	}
	return result == IMAGE_HEADER_OK && !tiff->is_big;
}

int image_exif_orientation(const struct image_bytes *exif)
{
	size_t prefix = image_has_text(exif, 0, "Exif\0", 5) ? 6 : 0;
	struct tiff tiff = {.bytes = image_piece(exif, prefix, exif->length_bytes)};
	uint64_t orientation;
	size_t entry;

	if (!open_exif(&tiff))
		return 0;
	/* One SHORT, as the standard has it: browsers turn by nothing else. */
	if (!find_entry(&tiff, TAG_ORIENTATION, &entry) ||
	    number(&tiff, entry + 2, 2) != TYPE_SHORT || number(&tiff, entry + 4, 4) != 1)
		return 0;
	orientation = number(&tiff, entry + 8, 2);
	return orientation >= 1 && orientation <= 8 ? (int)orientation : 0;
}
