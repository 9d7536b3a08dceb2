#include "../cmocka_all.h"

#include <stdlib.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "image_header.h"

#define BYTES(text) text, sizeof(text) - 1

/* A copy that ends where the bytes end, so that a sanitizer sees a read past them. */
static enum image_header_result read_header(const void *bytes, size_t length, bool is_whole,
					    struct image_header *header)
{
	char *copy = malloc(length ? length : 1);
	enum image_header_result result;

	if (length)
		memcpy(copy, bytes, length);
	result = image_header_read(copy, length, is_whole, header);
	free(copy);
	return result;
}

#define PNG_START "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x25\0\0\0\x17"
#define PNG_IDAT "\0\0\0\1IDAT"
#define CRC "\0\0\0\0"
#define EXIF_LITTLE(o) "II*\0\x8\0\0\0\1\0\x12\1\3\0\1\0\0\0" o "\0\0\0\0\0\0\0"
#define EXIF_BIG(o) "MM\0*\0\0\0\x8\0\1\1\x12\0\3\0\0\0\1\0" o "\0\0\0\0\0\0"
#define JPEG_EXIF(exif)  \
	"\xff\xe1\0\x22" \
	"Exif\0\0" exif
#define JPEG_FRAME(marker) "\xff" marker "\0\x0b\x8\0\x17\0\x25\1\1\x11\0"
#define JPEG_SCAN "\xff\xda\0\x08"
#define WEBP_X(flags) "VP8X\x0a\0\0\0" flags "\0\0\0\x24\0\0\x16\0\0"
#define AVIF_START   \
	"\0\0\0\x14" \
	"ftypavif\0\0\0\0mif1"

static const struct row {
	const char *bytes;
	size_t length;
	struct image_header header;
} rows[] = {
	/* JPEG: type, size, orientation, frames, alpha, progressive, bits */
	{BYTES("\xff\xd8" JPEG_FRAME("\xc0") JPEG_SCAN), {MEDIA_JPEG, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES("\xff\xd8" JPEG_FRAME("\xc1") JPEG_SCAN), {MEDIA_JPEG, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES("\xff\xd8" JPEG_FRAME("\xc2") JPEG_SCAN), {MEDIA_JPEG, 37, 23, 1, 1, 0, 1, 8}},
	{BYTES("\xff\xd8" JPEG_FRAME("\xc3") JPEG_SCAN), {MEDIA_JPEG, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES("\xff\xd8" JPEG_FRAME("\xc5") JPEG_SCAN), {MEDIA_JPEG, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES("\xff\xd8" JPEG_FRAME("\xca") JPEG_SCAN), {MEDIA_JPEG, 37, 23, 1, 1, 0, 1, 8}},
	{BYTES("\xff\xd8" JPEG_FRAME("\xcf") JPEG_SCAN), {MEDIA_JPEG, 37, 23, 1, 1, 0, 0, 8}},
	/* tables, a restart marker, fill bytes and junk before the frame */
	{BYTES("\xff\xd8\xff\xc4\0\x04xy\xff\xd0zz\xff\xff\xff\xc8\0\2\xff\xcc\0\2" JPEG_FRAME(
		 "\xc0") JPEG_SCAN),
	 {MEDIA_JPEG, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES("\xff\xd8" JPEG_EXIF(EXIF_LITTLE("\6")) JPEG_FRAME("\xc0") JPEG_SCAN),
	 {MEDIA_JPEG, 23, 37, 6, 1, 0, 0, 8}},
	{BYTES("\xff\xd8" JPEG_EXIF(EXIF_BIG("\x8")) JPEG_FRAME("\xc0") JPEG_SCAN),
	 {MEDIA_JPEG, 23, 37, 8, 1, 0, 0, 8}},
	{BYTES("\xff\xd8" JPEG_EXIF(EXIF_BIG("\3")) JPEG_FRAME("\xc0") JPEG_SCAN),
	 {MEDIA_JPEG, 37, 23, 3, 1, 0, 0, 8}},
	{BYTES("\xff\xd8" JPEG_EXIF(EXIF_BIG("\x9")) JPEG_FRAME("\xc0") JPEG_SCAN),
	 {MEDIA_JPEG, 37, 23, 1, 1, 0, 0, 8}},
	/* EXIF behind the frame header; the first of two counts */
	{BYTES("\xff\xd8" JPEG_FRAME("\xc0") JPEG_EXIF(EXIF_BIG("\5")) JPEG_EXIF(EXIF_BIG("\1"))
		       JPEG_SCAN),
	 {MEDIA_JPEG, 23, 37, 5, 1, 0, 0, 8}},
	/* an orientation that is a LONG, and one of two values: browsers do not turn by them */
	{BYTES("\xff\xd8" JPEG_EXIF("II*\0\x8\0\0\0\1\0\x12\1\4\0\1\0\0\0\6\0\0\0\0\0\0\0")
		       JPEG_FRAME("\xc0") JPEG_SCAN),
	 {MEDIA_JPEG, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES("\xff\xd8" JPEG_EXIF("II*\0\x8\0\0\0\1\0\x12\1\3\0\2\0\0\0\6\0\6\0\0\0\0\0")
		       JPEG_FRAME("\xc0") JPEG_SCAN),
	 {MEDIA_JPEG, 37, 23, 1, 1, 0, 0, 8}},
	/* the first counts, also where it says nothing of the orientation; not one that is empty */
	{BYTES("\xff\xd8" JPEG_EXIF(EXIF_BIG("\0")) JPEG_EXIF(EXIF_BIG("\6")) JPEG_FRAME("\xc0")
		       JPEG_SCAN),
	 {MEDIA_JPEG, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES("\xff\xd8\xff\xe1\0\x09"
	       "Exif\0\0I" JPEG_EXIF(EXIF_BIG("\6")) JPEG_FRAME("\xc0") JPEG_SCAN),
	 {MEDIA_JPEG, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES("\xff\xd8\xff\xe1\0\x08"
	       "Exif\0\0" JPEG_EXIF(EXIF_BIG("\6")) JPEG_FRAME("\xc0") JPEG_SCAN),
	 {MEDIA_JPEG, 23, 37, 6, 1, 0, 0, 8}},
	/* more entries are announced than there are, and the one is whole, or cut */
	{BYTES("\xff\xd8" JPEG_EXIF("II*\0\x8\0\0\0\x2\x9\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0")
		       JPEG_FRAME("\xc0") JPEG_SCAN),
	 {MEDIA_JPEG, 23, 37, 6, 1, 0, 0, 8}},
	{BYTES("\xff\xd8\xff\xe1\0\x1d"
	       "Exif\0\0II*\0\x8\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0" JPEG_FRAME("\xc0") JPEG_SCAN),
	 {MEDIA_JPEG, 37, 23, 1, 1, 0, 0, 8}},
	/* EXIF whose directory lies outside */
	{BYTES("\xff\xd8\xff\xe1\0\x10"
	       "Exif\0\0II*\0\xff\xff\xff\xff" JPEG_FRAME("\xc0") JPEG_SCAN),
	 {MEDIA_JPEG, 37, 23, 1, 1, 0, 0, 8}},

	/* PNG */
	{BYTES(PNG_START "\x8\2\0\0\0" CRC PNG_IDAT), {MEDIA_PNG, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES(PNG_START "\x10\6\0\0\1" CRC PNG_IDAT), {MEDIA_PNG, 37, 23, 1, 1, 1, 1, 16}},
	{BYTES(PNG_START "\x8\4\0\0\0" CRC PNG_IDAT), {MEDIA_PNG, 37, 23, 1, 1, 1, 0, 8}},
	{BYTES(PNG_START "\2\3\0\0\0" CRC "\0\0\0\1tRNS\0" CRC PNG_IDAT),
	 {MEDIA_PNG, 37, 23, 1, 1, 1, 0, 8}},
	{BYTES(PNG_START "\x8\2\0\0\0" CRC "\0\0\0\x8"
			 "acTL\0\0\0\7\0\0\0\0" CRC PNG_IDAT),
	 {MEDIA_PNG, 37, 23, 1, 7, 0, 0, 8}},
	{BYTES(PNG_START "\x8\2\0\0\0" CRC "\0\0\0\x1a"
			 "eXIf" EXIF_LITTLE("\7") "\x7b\xe2\x11\xb7" PNG_IDAT),
	 {MEDIA_PNG, 23, 37, 7, 1, 0, 0, 8}},
	/* the first counts, whatever is in it */
	{BYTES(PNG_START "\x8\2\0\0\0" CRC "\0\0\0\2"
			 "eXIfMM"
			 "\x06\x64\x17\x00"
			 "\0\0\0\x1a"
			 "eXIf" EXIF_LITTLE("\7") "\x7b\xe2\x11\xb7" PNG_IDAT),
	 {MEDIA_PNG, 37, 23, 1, 1, 0, 0, 8}},
	/* one with a wrong checksum is left out, and the next one counts */
	{BYTES(PNG_START "\x8\2\0\0\0" CRC "\0\0\0\x1a"
			 "eXIf" EXIF_LITTLE("\7") CRC PNG_IDAT),
	 {MEDIA_PNG, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES(PNG_START "\x8\2\0\0\0" CRC "\0\0\0\x1a"
			 "eXIf" EXIF_LITTLE("\7") CRC
	       "\0\0\0\x1a"
	       "eXIf" EXIF_LITTLE("\3") "\xff\xa8\x1f\x4d" PNG_IDAT),
	 {MEDIA_PNG, 37, 23, 3, 1, 0, 0, 8}},
	{BYTES(PNG_START "\x8\2\0\0\0" CRC "\0\0\0\x20"
			 "eXIf"
			 "Exif\0\0" EXIF_LITTLE("\7") CRC PNG_IDAT),
	 {MEDIA_PNG, 37, 23, 1, 1, 0, 0, 8}},

	/* GIF */
	{BYTES("GIF89a\x25\0\x17\0\0\0\0"), {MEDIA_GIF, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES("GIF89a\x25\0\x17\0\x80\0\0rgbrgb"
	       "!\xff\3abc\0"
	       "!\xf9\4\1\0\0\0\0"
	       ",\0\0\0\0\x25\0\x17\0\0\2\1x\0"
	       ";"),
	 {MEDIA_GIF, 37, 23, 1, 1, 1, 0, 8}},
	{BYTES("GIF89a\x25\0\x17\0\0\0\0"
	       ",\0\0\0\0\x25\0\x17\0\xc0rgbrgb\2\1x\0"
	       ",\0\0\0\0\x25\0\x17\0\0"),
	 {MEDIA_GIF, 37, 23, 1, 2, 0, 1, 8}},
	{BYTES("GIF87a\0\0\0\0\0\0\0"
	       ",\0\0\0\0\x25\0\x17\0\0"),
	 {MEDIA_GIF, 37, 23, 1, 1, 0, 0, 8}},
	/* a first frame beyond the screen, and one that is not the first */
	{BYTES("GIF87a\x10\0\x17\0\0\0\0"
	       ",\5\0\1\0\x20\0\x10\0\0"),
	 {MEDIA_GIF, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES("GIF89a\x25\0\x17\0\0\0\0"
	       ",\0\0\0\0\1\0\1\0\0\2\1x\0"
	       ",\0\0\0\0\x99\0\x99\0\0"),
	 {MEDIA_GIF, 37, 23, 1, 2, 0, 0, 8}},

	/* WebP */
	{BYTES("RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\1\x2a\x25\x40\x17\xc0"),
	 {MEDIA_WEBP, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES("RIFF\x12\0\0\0WEBPVP8L\5\0\0\0\x2f\x24\x80\x05\x10"),
	 {MEDIA_WEBP, 37, 23, 1, 1, 1, 0, 8}},
	{BYTES("RIFF\x16\0\0\0WEBP" WEBP_X("\x10")), {MEDIA_WEBP, 37, 23, 1, 1, 1, 0, 8}},
	{BYTES("RIFF\x38\0\0\0WEBP" WEBP_X("\x2") "ANMF\1\0\0\0xyANMF\0\0\0\0"),
	 {MEDIA_WEBP, 37, 23, 1, 2, 0, 0, 8}},
	{BYTES("RIFF\x42\0\0\0WEBP" WEBP_X("\x8") "VP8 \1\0\0\0xyEXIF\x1a\0\0\0" EXIF_BIG("\6")),
	 {MEDIA_WEBP, 23, 37, 6, 1, 0, 0, 8}},
	{BYTES("RIFF\x3e\0\0\0WEBP" WEBP_X("\x8") "EXIF\x20\0\0\0"
						  "Exif\0\0" EXIF_LITTLE("\2")),
	 {MEDIA_WEBP, 37, 23, 2, 1, 0, 0, 8}},

	/* ICO: the largest entry; 0 is 256 */
	{BYTES("\0\0\1\0\2\0"
	       "\x10\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	       "\x30\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	 {MEDIA_ICO, 48, 256, 1, 1, 1, 0, 0}},

	/* BMP: OS/2, then Windows, top row first */
	{BYTES("BM\0\0\0\0\0\0\0\0\0\0\0\0\x0c\0\0\0\x25\0\x17\0\1\0\x18\0"),
	 {MEDIA_BMP, 37, 23, 1, 1, 0, 0, 8}},
	{BYTES("BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0\x25\0\0\0\xe9\xff\xff\xff\1\0\x18\0"
	       "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	 {MEDIA_BMP, 37, 23, 1, 1, 0, 0, 8}},

	/* TIFF: SHORT and LONG, both byte orders, orientation, BigTIFF */
	{BYTES("II*\0\x8\0\0\0\2\0\0\1\3\0\1\0\0\0\x25\0\0\0\1\1\4\0\1\0\0\0\x17\0\0\0"),
	 {MEDIA_TIFF, 37, 23, 1, 1, 0, 0, 0}},
	{BYTES("MM\0*\0\0\0\x8\0\4\1\0\0\3\0\0\0\1\0\x25\0\0\1\1\0\4\0\0\0\1\0\0\0\x17"
	       "\1\2\0\3\0\0\0\1\0\x10\0\0\1\x12\0\3\0\0\0\1\0\6\0\0"),
	 {MEDIA_TIFF, 23, 37, 6, 1, 0, 0, 16}},
	{BYTES("II+\0\x8\0\0\0\x10\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"
	       "\0\1\4\0\1\0\0\0\0\0\0\0\x25\0\0\0\0\0\0\0"
	       "\1\1\x10\0\1\0\0\0\0\0\0\0\x17\0\0\0\0\0\0\0"),
	 {MEDIA_TIFF, 37, 23, 1, 1, 0, 0, 0}},

	/* values that stand behind the directory */
	{BYTES("II*\0\x8\0\0\0\3\0\0\1\3\0\3\0\0\0\x2e\0\0\0\1\1\4\0\1\0\0\0\x17\0\0\0"
	       "\2\1\3\0\3\0\0\0\x30\0\0\0"
	       "\x25\0\x10\0"),
	 {MEDIA_TIFF, 37, 23, 1, 1, 0, 0, 16}},

	/* JPEG XL: as an encoder writes it; with orientation, in a container; an animation */
	{BYTES("\xff\x0a\xb0\0\x48\x80\x0d\xc5\x85\0\x48\x80\x28\0"),
	 {MEDIA_JXL, 37, 23, 1, 1, 1, 0, 8}},
	{BYTES("\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14"
	       "ftypjxl \0\0\0\0jxl "
	       "\0\0\0\x14jxlp\0\0\0\0\xff\x0a\xb0\0\x48\x58\x20\x26"),
	 {MEDIA_JXL, 23, 37, 6, 1, 0, 0, 8}},
	{BYTES("\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14"
	       "ftypjxl \0\0\0\0jxl "
	       "\0\0\0\x0fjxlp\0\0\0\0\xff\x0a\xb0\0\0\0\x0a"
	       "Exif\0\0"
	       "\0\0\0\x11jxlp\x80\0\0\1\0\x48\x58\x20\x26"),
	 {MEDIA_JXL, 23, 37, 6, 1, 0, 0, 8}},

	/* JPEG 2000: codestream and container, depth, opacity */
	{BYTES("\xff\x4f\xff\x51\0\x29\0\0\0\0\0\x27\0\0\0\x1a\0\0\0\2\0\0\0\3"
	       "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x0b\1\1"),
	 {MEDIA_JP2, 37, 23, 1, 1, 0, 0, 12}},
	{BYTES("\0\0\0\x0cjP  "
	       "\r\n\x87\n\0\0\0\x2ejp2h\0\0\0\x16ihdr\0\0\0\x17\0\0\0\x25\0\2\7\7\0\0"
	       "\0\0\0\x10"
	       "cdef\0\1\0\1\0\1\0\0"),
	 {MEDIA_JP2, 37, 23, 1, 1, 1, 0, 8}},

	/* SVG */
	{BYTES("<svg width='37' height=\"23.4px\"/>"), {MEDIA_SVG, 37, 23, 1, 1, 1, 0, 0}},
	{BYTES("<?xml version='1.0'?><!-- <svg width='1'> --><!DOCTYPE svg>\n"
	       "<svg xmlns='x'\nviewBox = '0,0 37 , 23'>"),
	 {MEDIA_SVG, 37, 23, 1, 1, 1, 0, 0}},
	{BYTES("<svg width='100%' height='100%' viewBox='-1 -1 3.7e1 230E-1'>"),
	 {MEDIA_SVG, 37, 23, 1, 1, 1, 0, 0}},
	{BYTES("<svg width='74' viewBox='0 0 37 23'>"), {MEDIA_SVG, 74, 46, 1, 1, 1, 0, 0}},
	{BYTES("<svg height='46' viewBox='0 0 37 23'>"), {MEDIA_SVG, 74, 46, 1, 1, 1, 0, 0}},
	{BYTES("<svg width='1in' height='2.54cm'>"), {MEDIA_SVG, 96, 96, 1, 1, 1, 0, 0}},
	{BYTES("<svg width='3pc' height='72pt'>"), {MEDIA_SVG, 48, 96, 1, 1, 1, 0, 0}},
	{BYTES("<svg width='2em' height='25.4MM'>"), {MEDIA_SVG, 32, 96, 1, 1, 1, 0, 0}},
	{BYTES("<svg width='10'>"), {MEDIA_SVG, 10, 150, 1, 1, 1, 0, 0}},
	{BYTES("<svg height='10'>"), {MEDIA_SVG, 300, 10, 1, 1, 1, 0, 0}},
	{BYTES("<svg>"), {MEDIA_SVG, 0, 0, 1, 1, 1, 0, 0}},
	{BYTES("<svg width='-1' height='x' viewBox='0 0 0 5'>"), {MEDIA_SVG, 0, 0, 1, 1, 1, 0, 0}},
	{BYTES("<svg width='1e999' height='0.1'>"), {MEDIA_SVG, 1000000000, 1, 1, 1, 1, 0, 0}},
	{BYTES("<svg data-width='5' width='37' height='23' title='>'>"),
	 {MEDIA_SVG, 37, 23, 1, 1, 1, 0, 0}},
	{BYTES("<svg width='2ch' height='23'>"), {MEDIA_SVG, 16, 23, 1, 1, 1, 0, 0}},
	{BYTES("<svg width='&w;' height='23'>"), {MEDIA_SVG, 0, 0, 1, 1, 1, 0, 0}},
	{BYTES("<svg width='calc(1px + 1em)' height='23'>"), {MEDIA_SVG, 0, 0, 1, 1, 1, 0, 0}},
	{BYTES("<svg viewBox='0 0 37 23 1'>"), {MEDIA_SVG, 0, 0, 1, 1, 1, 0, 0}},
	{BYTES("<svg viewBox='0 0 37 23px'>"), {MEDIA_SVG, 0, 0, 1, 1, 1, 0, 0}},
	{BYTES("<!DOCTYPE svg [<?p ]> ?><!-- ]> --><!ENTITY a ']>'>]><svg width='37' height='23'>"),
	 {MEDIA_SVG, 37, 23, 1, 1, 1, 0, 0}},
};

/* ASCII in UTF-16, with a byte order mark or without. */
static size_t as_utf16(const char *text, size_t length, bool is_big_endian, bool has_mark,
		       char *ret_bytes)
{
	size_t used = 0;

	if (has_mark) {
		memcpy(ret_bytes, is_big_endian ? "\xfe\xff" : "\xff\xfe", 2);
		used = 2;
	}
	for (size_t i = 0; i < length; i++) {
		ret_bytes[used + is_big_endian] = text[i];
		ret_bytes[used + !is_big_endian] = '\0';
		used += 2;
	}
	return used;
}

static void assert_header(const struct image_header *header, const struct image_header *wanted)
{
	assert_int_equal(header->type, wanted->type);
	assert_int_equal(header->width_px, wanted->width_px);
	assert_int_equal(header->height_px, wanted->height_px);
	assert_int_equal(header->orientation, wanted->orientation);
	assert_int_equal(header->frames, wanted->frames);
	assert_int_equal(header->has_alpha, wanted->has_alpha);
	assert_int_equal(header->is_progressive, wanted->is_progressive);
	assert_int_equal(header->bits_per_sample, wanted->bits_per_sample);
	assert_int_equal(header->has_full_chroma, wanted->has_full_chroma);
	assert_int_equal(header->primaries, wanted->primaries);
	assert_int_equal(header->transfer, wanted->transfer);
}

static void reads_svg_in_utf16(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		for (int form = 0; form < 4; form++) {
			char bytes[400];
			size_t length;
			struct image_header header = {0};

			if (rows[i].header.type != MEDIA_SVG)
				continue;
			assert_true(rows[i].length * 2 + 2 <= sizeof bytes);
			length = as_utf16(rows[i].bytes, rows[i].length, form & 1, form & 2, bytes);
			assert_int_equal(read_header(bytes, length, true, &header),
					 IMAGE_HEADER_OK);
			assert_header(&header, &rows[i].header);
			for (size_t part = 0; part < length - 2; part++)
				assert_int_not_equal(read_header(bytes, part, false, &header),
						     IMAGE_HEADER_BAD);
		}
}

static void tells_an_svg_that_was_cut(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		bool is_unclosed;
	} cases[] = {
		{BYTES("<svg/>"), false},
		{BYTES("<svg width='1' / >"), true},
		{BYTES("<svg></svg>"), false},
		{BYTES("<svg><svg></svg></svg\n><!-- </x> -->\n<?p?>"), false},
		{BYTES("<s:svg xmlns:s='x'></s:svg>"), false},
		{BYTES("<s:svg xmlns:s='x'></svg>"), true},
		{BYTES("<svg><g/></svg"), true},
		{BYTES("<svg><g></g>"), true},
		{BYTES("<svg></svgx>"), true},
		{BYTES("<svg>"), true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct image_header header = {0};
		char wide[200];
		size_t length = as_utf16(cases[i].bytes, cases[i].length, true, true, wide);

		assert_int_equal(read_header(cases[i].bytes, cases[i].length, true, &header),
				 IMAGE_HEADER_OK);
		assert_int_equal(header.is_unclosed, cases[i].is_unclosed);
		assert_int_equal(read_header(cases[i].bytes, cases[i].length, false, &header),
				 IMAGE_HEADER_OK);
		assert_false(header.is_unclosed);
		assert_int_equal(read_header(wide, length, true, &header), IMAGE_HEADER_OK);
		assert_int_equal(header.is_unclosed, cases[i].is_unclosed);
	}
}

static void reads_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct image_header header = {0};

		assert_int_equal(read_header(rows[i].bytes, rows[i].length, true, &header),
				 IMAGE_HEADER_OK);
		assert_header(&header, &rows[i].header);
	}
}

/* Every shorter piece asks for more, or already gives the final type and size, and never reads on.
 */
static void never_changes_its_mind(const void *bytes, size_t length,
				   const struct image_header *wanted)
{
	for (size_t piece = 0; piece < length; piece++) {
		struct image_header header = {0};
		enum image_header_result result = read_header(bytes, piece, false, &header);

		if (result != IMAGE_HEADER_OK) {
			assert_int_equal(result, IMAGE_HEADER_NEEDS_MORE);
			continue;
		}
		assert_int_equal(header.type, wanted->type);
		assert_int_equal(header.width_px, wanted->width_px);
		assert_int_equal(header.height_px, wanted->height_px);
	}
	for (size_t piece = 0; piece < length; piece++) {
		struct image_header header = {0};

		assert_int_not_equal(read_header(bytes, piece, true, &header),
				     IMAGE_HEADER_NEEDS_MORE);
	}
}

static void asks_for_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		never_changes_its_mind(rows[i].bytes, rows[i].length, &rows[i].header);
}

static void survives_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		for (size_t at = 0; at < rows[i].length; at++) {
			static const unsigned char values[] = {0, 1, 0x7f, 0x80, 0xff};
			struct image_header header = {0};
			char *copy = malloc(rows[i].length);

			memcpy(copy, rows[i].bytes, rows[i].length);
			for (size_t k = 0; k < sizeof values; k++) {
				copy[at] = (char)values[k];
				image_header_read(copy, rows[i].length, k & 1, &header);
				assert_true(header.width_px >= 0 && header.height_px >= 0);
			}
			free(copy);
		}
	}
}

static void put_number(struct buf *out, uint32_t number, size_t bytes)
{
	while (bytes--)
		buf_append_char(out, (char)(number >> (8 * bytes)));
}

static size_t begin_box(struct buf *out, const char *type)
{
	size_t at = out->length_bytes;

	put_number(out, 0, 4);
	buf_append(out, type, 4);
	return at;
}

static void end_box(struct buf *out, size_t at)
{
	size_t length = out->length_bytes - at;

	for (size_t i = 0; i < 4; i++)
		out->data[at + i] = (char)(length >> (8 * (3 - i)));
}

static void put_box(struct buf *out, const char *type, const char *content, size_t length)
{
	size_t box = begin_box(out, type);

	buf_append(out, content, length);
	end_box(out, box);
}

/* Two items, 1 and 2, of 10x11 and 37x23, each with its properties; `extra` belongs to item 2. */
static void put_meta(struct buf *out, unsigned primary, const char *codec, const char *extra_type,
		     const char *extra, size_t extra_bytes)
{
	size_t meta, infos, properties, container;

	meta = begin_box(out, "meta");
	put_number(out, 0, 4);
	put_box(out, "hdlr", BYTES("\0\0\0\0\0\0\0\0pict"));
	put_box(out, "pitm", primary == 1 ? "\0\0\0\0\0\1" : "\0\0\0\0\0\2", 6);
	infos = begin_box(out, "iinf");
	put_number(out, 0, 4);
	put_number(out, 2, 2);
	put_box(out, "infe", BYTES("\2\0\0\0\0\1\0\0jpeg"));
	container = begin_box(out, "infe");
	buf_append(out, "\2\0\0\0\0\2\0\0", 8);
	buf_append_string(out, codec);
	end_box(out, container);
	end_box(out, infos);
	properties = begin_box(out, "iprp");
	container = begin_box(out, "ipco");
	put_box(out, "ispe", BYTES("\0\0\0\0\0\0\0\x0a\0\0\0\x0b"));
	put_box(out, "ispe", BYTES("\0\0\0\0\0\0\0\x25\0\0\0\x17"));
	put_box(out, extra_type, extra, extra_bytes);
	put_box(out, "pixi", BYTES("\0\0\0\0\3\x0a\x0a\x0a"));
	end_box(out, container);
	put_box(out, "ipma",
		BYTES("\0\0\0\0\0\0\0\2"
		      "\0\1\1\x81"
		      "\0\2\3\2\x83\4"));
	end_box(out, properties);
	end_box(out, meta);
}

static void reads_items_of_avif_and_heic(void **state)
{
	static const struct {
		const char *brand, *codec;
		unsigned primary;
		const char *extra_type, *extra;
		size_t extra_bytes;
		struct image_header header;
	} files[] = {
		{"avif", "av01", 2, "free", BYTES(""), {MEDIA_AVIF, 37, 23, 1, 1, 0, 0, 10}},
		{"avif",
		 "av01",
		 2,
		 "colr",
		 BYTES("nclx\0\x0c\0\x0d\0\6\x80"),
		 {MEDIA_AVIF, 37, 23, 1, 1, 0, 0, 10, .primaries = 12, .transfer = 13}},
		{"avif",
		 "av01",
		 2,
		 "colr",
		 BYTES("nclx\0\x0c\0"),
		 {MEDIA_AVIF, 37, 23, 1, 1, 0, 0, 10}},
		{"avif",
		 "av01",
		 2,
		 "colr",
		 BYTES("prof\0\x0c\0\x0d"),
		 {MEDIA_AVIF, 37, 23, 1, 1, 0, 0, 10}},
		{"avif",
		 "av01",
		 2,
		 "av1C",
		 BYTES("\x81\x40\x40\0"),
		 {MEDIA_AVIF, 37, 23, 1, 1, 0, 0, 10, .has_full_chroma = true}},
		{"avif",
		 "av01",
		 2,
		 "av1C",
		 BYTES("\x81\0\x08\0"),
		 {MEDIA_AVIF, 37, 23, 1, 1, 0, 0, 10}},
		{"avif",
		 "av01",
		 1,
		 "av1C",
		 BYTES("\x81\0\0\0"),
		 {MEDIA_AVIF, 10, 11, 1, 1, 0, 0, 0}},
		{"heic",
		 "hvc1",
		 2,
		 "hvcC",
		 BYTES("\1aaaaaaaaaaaaaaa\xff"),
		 {MEDIA_HEIC, 37, 23, 1, 1, 0, 0, 10, .has_full_chroma = true}},
		{"heic",
		 "hvc1",
		 2,
		 "hvcC",
		 BYTES("\1aaaaaaaaaaaaaaa\xfd"),
		 {MEDIA_HEIC, 37, 23, 1, 1, 0, 0, 10}},
		{"avif", "av01", 1, "irot", BYTES("\1"), {MEDIA_AVIF, 10, 11, 1, 1, 0, 0, 0}},
		{"avif", "av01", 2, "irot", BYTES("\0"), {MEDIA_AVIF, 37, 23, 1, 1, 0, 0, 10}},
		{"avif", "av01", 2, "irot", BYTES("\1"), {MEDIA_AVIF, 23, 37, 1, 1, 0, 0, 10}},
		{"heic", "hvc1", 2, "irot", BYTES("\2"), {MEDIA_HEIC, 37, 23, 1, 1, 0, 0, 10}},
		{"heic", "hvc1", 2, "irot", BYTES("\3"), {MEDIA_HEIC, 23, 37, 1, 1, 0, 0, 10}},
		{"mif1", "hvc1", 2, "imir", BYTES("\1"), {MEDIA_HEIC, 37, 23, 1, 1, 0, 0, 10}},
		{"mif1", "av01", 2, "free", BYTES(""), {MEDIA_AVIF, 37, 23, 1, 1, 0, 0, 10}},
		{"avif",
		 "av01",
		 2,
		 "auxC",
		 BYTES("\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"),
		 {MEDIA_AVIF, 37, 23, 1, 1, 1, 0, 10}},
		{"avif",
		 "av01",
		 2,
		 "clap",
		 BYTES("\0\0\0\x14\0\0\0\1\0\0\0\x14\0\0\0\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1"),
		 {MEDIA_AVIF, 20, 10, 1, 1, 0, 0, 10}},
		{"avif",
		 "av01",
		 2,
		 "clap", /* 41/2 x 31/3: rounded half up */
		 BYTES("\0\0\0\x29\0\0\0\2\0\0\0\x1f\0\0\0\3\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1"),
		 {MEDIA_AVIF, 21, 10, 1, 1, 0, 0, 10}},
		{"avif",
		 "av01",
		 2,
		 "clap", /* larger than the image */
		 BYTES("\0\0\1\0\0\0\0\1\0\0\0\x14\0\0\0\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1"),
		 {MEDIA_AVIF, 37, 23, 1, 1, 0, 0, 10}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		CLEANUP(buf_release) struct buf file = BUF_INIT(4096);
		struct image_header header = {0};
		size_t box = begin_box(&file, "ftyp");

		buf_append_string(&file, files[i].brand);
		put_number(&file, 0, 4);
		end_box(&file, box);
		put_box(&file, "free", BYTES("xyz"));
		put_meta(&file, files[i].primary, files[i].codec, files[i].extra_type,
			 files[i].extra, files[i].extra_bytes);
		assert_int_equal(read_header(file.data, file.length_bytes, false, &header),
				 IMAGE_HEADER_OK);
		assert_header(&header, &files[i].header);
		never_changes_its_mind(file.data, file.length_bytes, &files[i].header);
		for (size_t at = 0; at < file.length_bytes; at++) {
			char kept = file.data[at];

			file.data[at] = '\xff';
			read_header(file.data, file.length_bytes, true, &header);
			file.data[at] = '\1';
			read_header(file.data, file.length_bytes, false, &header);
			file.data[at] = kept;
		}
	}
}

static void reads_avif_sequences(void **state)
{
	static const char *const path[] = {"trak", "mdia", "minf", "stbl"};
	static const struct image_header wanted = {MEDIA_AVIF, 37, 23, 1, 12, 0, 0, 0};
	CLEANUP(buf_release) struct buf file = BUF_INIT(4096);
	struct image_header header = {0};
	size_t movie, boxes[4];

	(void)state;
	put_box(&file, "ftyp", BYTES("avis\0\0\0\0avifavis"));
	movie = begin_box(&file, "moov");
	for (size_t i = 0; i < 4; i++) {
		boxes[i] = begin_box(&file, path[i]);
		if (i)
			continue;
		boxes[1] = begin_box(&file, "tkhd");
		for (size_t k = 0; k < 19; k++)
			put_number(&file, 0, 4);
		put_number(&file, 37u << 16, 4);
		put_number(&file, 23u << 16, 4);
		end_box(&file, boxes[1]);
	}
	put_box(&file, "stsz", BYTES("\0\0\0\0\0\0\0\0\0\0\0\x0c"));
	for (size_t i = 4; i > 0; i--)
		end_box(&file, boxes[i - 1]);
	end_box(&file, movie);
	assert_int_equal(read_header(file.data, file.length_bytes, false, &header),
			 IMAGE_HEADER_OK);
	assert_header(&header, &wanted);
	never_changes_its_mind(file.data, file.length_bytes, &wanted);
}

static void tells_bad_headers_from_other_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		enum image_header_result result;
	} bad[] = {
		{BYTES(""), IMAGE_HEADER_NOT_AN_IMAGE},
		{BYTES("<html>"), IMAGE_HEADER_NOT_AN_IMAGE},
		{BYTES("\xff\xd8\xff"), IMAGE_HEADER_BAD},
		{BYTES("\xff\xd8\xff\xd9"), IMAGE_HEADER_BAD},
		{BYTES("\xff\xd8" JPEG_SCAN), IMAGE_HEADER_BAD},
		{BYTES("\xff\xd8\xff\xe0\0\1" JPEG_FRAME("\xc0") JPEG_SCAN), IMAGE_HEADER_BAD},
		{BYTES("\xff\xd8\xff\xc0\0\x0b\x8\0\0\0\x25\1\1\x11\0" JPEG_SCAN),
		 IMAGE_HEADER_BAD},
		{BYTES("\xff\xd8\xff\xc0\0\4\x8\0" JPEG_SCAN), IMAGE_HEADER_BAD},
		{BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\1\x8\2\0\0\0" CRC),
		 IMAGE_HEADER_BAD},
		{BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x80\0\0\0\0\0\0\1\x8\2\0\0\0" CRC),
		 IMAGE_HEADER_BAD},
		{BYTES(PNG_START "\x8\5\0\0\0" CRC), IMAGE_HEADER_BAD},
		{BYTES(PNG_START "\x10\3\0\0\0" CRC), IMAGE_HEADER_BAD},
		{BYTES(PNG_START "\x8\2\0\0\2" CRC), IMAGE_HEADER_BAD},
		{BYTES(PNG_START "\x8\2\0\0\0" CRC "\xff\xff\xff\xff"
				 "abcd"),
		 IMAGE_HEADER_BAD},
		{BYTES("GIF89a\0\0\0\0\0\0\0;"), IMAGE_HEADER_BAD},
		{BYTES("RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\1\0\0\x9d\1\x2a\x25\0\x17\0"),
		 IMAGE_HEADER_BAD},
		{BYTES("RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f\0\0\0\x20"), IMAGE_HEADER_BAD},
		{BYTES("RIFF\x16\0\0\0WEBPVP8Y\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0"), IMAGE_HEADER_BAD},
		{BYTES("\0\0\1\0\0\0"), IMAGE_HEADER_BAD},
		{BYTES("BM\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\x25\0\0\0\0\0\0\x80\1\0\x18\0"),
		 IMAGE_HEADER_BAD},
		{BYTES("II*\0\x8\0\0\0\0\0"), IMAGE_HEADER_BAD},
		{BYTES("II*\0\xff\xff\xff\xff"), IMAGE_HEADER_BAD},
		{BYTES(AVIF_START), IMAGE_HEADER_BAD},
		{BYTES(AVIF_START "\0\0\0\x0cmeta\0\0\0\0"), IMAGE_HEADER_BAD},
		{BYTES(AVIF_START "\0\0\0\7meta"), IMAGE_HEADER_BAD},
		{BYTES("\xff\x0a\xb0"), IMAGE_HEADER_BAD},
		{BYTES("\xff\x4f\xff\x51\0\x29"), IMAGE_HEADER_BAD},
		{BYTES("<svg width='1"), IMAGE_HEADER_BAD},
		{BYTES("<svg width=1>"), IMAGE_HEADER_BAD},
		{BYTES("<svg width>"), IMAGE_HEADER_BAD},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		struct image_header header = {.frames = 99};

		assert_int_equal(read_header(bad[i].bytes, bad[i].length, true, &header),
				 bad[i].result);
		assert_int_equal(header.frames, 99);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_headers),
		cmocka_unit_test(reads_svg_in_utf16),
		cmocka_unit_test(tells_an_svg_that_was_cut),
		cmocka_unit_test(asks_for_more),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(reads_items_of_avif_and_heic),
		cmocka_unit_test(reads_avif_sequences),
		cmocka_unit_test(tells_bad_headers_from_other_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
