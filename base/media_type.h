/*
 * media_type.h: what kind of image bytes are, read from the bytes, never from names or headers
 * (WHATWG MIME Sniffing section 6.1, and the signatures of AVIF, HEIC, JPEG XL, JPEG 2000, TIFF,
 * SVG).
 */
#ifndef MEDIA_TYPE_H
#define MEDIA_TYPE_H

#include <stdbool.h>
#include <stddef.h>

enum media_type {
	MEDIA_NONE, /* not an image */
	MEDIA_JPEG,
	MEDIA_PNG, /* APNG too */
	MEDIA_GIF,
	MEDIA_WEBP,
	MEDIA_AVIF,
	MEDIA_HEIC,
	MEDIA_SVG,
	MEDIA_ICO,
	MEDIA_BMP,
	MEDIA_TIFF,
	MEDIA_JXL,
	MEDIA_JP2,
	MEDIA_TYPE_COUNT,
};

/* Bytes after which every type but SVG is known; SVG may need MEDIA_SNIFF_MAX_BYTES (an XML prolog,
 * comments and a doctype may stand before <svg). */
#define MEDIA_SNIFF_BYTES 32
#define MEDIA_SNIFF_MAX_BYTES 16384

enum media_sniff {
	MEDIA_SNIFF_KNOWN,	  /* *ret_type is the type */
	MEDIA_SNIFF_NEEDS_MORE,	  /* could still become an image with more bytes */
	MEDIA_SNIFF_NOT_AN_IMAGE, /* no image starts with these bytes */
};

/* `is_whole`: no more bytes will come (then never NEEDS_MORE). HTML that contains an <svg> is
 * not SVG; SVG in UTF-16 is, with and without a byte order mark. */
enum media_sniff media_type_sniff(const void *data, size_t length_bytes, bool is_whole,
				  enum media_type *ret_type);

const char *media_type_name(enum media_type type);	/* "image/jpeg"; "" for MEDIA_NONE */
const char *media_type_extension(enum media_type type); /* "jpg", without a dot */
/* From "image/jpeg; charset=x" of either case; image/jpg, image/pjpeg, image/x-png and
 * image/x-icon count as what they mean. MEDIA_NONE when it is no image type we know. */
enum media_type media_type_parse(const char *name, size_t length_bytes);
/* What a web server makes of a file's name by its extension, of either case; MEDIA_NONE when it has
 * none of an image. */
enum media_type media_type_of_name(const char *file_name);
/* Types that the renderer decodes: JPEG, PNG, GIF, WebP, AVIF, HEIC. */
bool media_type_is_renderable(enum media_type type);

/* What came instead of an image, for people: "an HTML page titled “Not found”", "an XML document",
 * "JSON", "plain text", "a PDF", "an MP4 video", "a gzip archive", "3 bytes of binary data".
 * Control characters are dropped; ret_text is always terminated. `content_type`: as it was sent,
 * for the encoding of a page; NULL: not known. */
void media_type_describe_other(const void *data, size_t length_bytes, const char *content_type,
			       char *ret_text, size_t size_bytes);

#endif
