#include "media_type.h"

#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "buf.h"
#include "utf16.h"
#include "xml_prolog.h"

static const struct {
	const char *name, *extension;
} types[MEDIA_TYPE_COUNT] = {
	[MEDIA_NONE] = {"", ""},
	[MEDIA_JPEG] = {"image/jpeg", "jpg"},
	[MEDIA_PNG] = {"image/png", "png"},
	[MEDIA_GIF] = {"image/gif", "gif"},
	[MEDIA_WEBP] = {"image/webp", "webp"},
	[MEDIA_AVIF] = {"image/avif", "avif"},
	[MEDIA_HEIC] = {"image/heic", "heic"},
	[MEDIA_SVG] = {"image/svg+xml", "svg"},
	[MEDIA_ICO] = {"image/vnd.microsoft.icon", "ico"},
	[MEDIA_BMP] = {"image/bmp", "bmp"},
	[MEDIA_TIFF] = {"image/tiff", "tiff"},
	[MEDIA_JXL] = {"image/jxl", "jxl"},
	[MEDIA_JP2] = {"image/jp2", "jp2"},
};

static const struct {
	const char *name;
	enum media_type type;
} other_names[] = {
	{"image/jpg", MEDIA_JPEG},
	{"image/pjpeg", MEDIA_JPEG},
	{"image/x-png", MEDIA_PNG},
	{"image/apng", MEDIA_PNG},
	{"image/vnd.mozilla.apng", MEDIA_PNG},
	{"image/avif-sequence", MEDIA_AVIF},
	{"image/heif", MEDIA_HEIC},
	{"image/heic-sequence", MEDIA_HEIC},
	{"image/heif-sequence", MEDIA_HEIC},
	{"image/x-icon", MEDIA_ICO},
	{"image/ico", MEDIA_ICO},
	{"image/x-bmp", MEDIA_BMP},
	{"image/x-ms-bmp", MEDIA_BMP},
	{"image/tif", MEDIA_TIFF},
	{"image/x-tiff", MEDIA_TIFF},
	{"image/jpx", MEDIA_JP2},
	{"image/j2c", MEDIA_JP2},
	{"image/jpeg2000", MEDIA_JP2},
};

/* `mask` has a '.' where any byte will do. A file that ends within its signature is cut rather than
 * no image, when it has so much of it (`least_bytes`) as nothing else begins with; 0: never. */
static const struct signature {
	enum media_type type;
	const char *bytes;
	const char *mask;
	size_t least_bytes;
} signatures[] = {
	{MEDIA_JPEG, "\xff\xd8\xff", "xxx", 2},
	{MEDIA_PNG, "\x89PNG\r\n\x1a\n", "xxxxxxxx", 4},
	{MEDIA_GIF, "GIF87a", "xxxxxx", 4},
	{MEDIA_GIF, "GIF89a", "xxxxxx", 4},
	{MEDIA_WEBP, "RIFF\0\0\0\0WEBPVP", "xxxx....xxxxxx", 12},
	/* An icon and a cursor, of fewer than 256 entries: "\0\0\1\0ftyp" is no icon. */
	{MEDIA_ICO, "\0\0\1\0\0\0", "xxxx.x", 0},
	{MEDIA_ICO, "\0\0\2\0\0\0", "xxxx.x", 0},
	{MEDIA_TIFF, "II*\0", "xxxx", 0},
	{MEDIA_TIFF, "MM\0*", "xxxx", 0},
	{MEDIA_TIFF, "II+\0\x8\0\0\0", "xxxxxxxx", 0}, /* BigTIFF */
	{MEDIA_TIFF, "MM\0+\0\x8\0\0", "xxxxxxxx", 0},
	{MEDIA_JXL, "\xff\x0a", "xx", 0},
	{MEDIA_JXL, "\0\0\0\x0cJXL \r\n\x87\n", "xxxxxxxxxxxx", 8},
	{MEDIA_JP2, "\0\0\0\x0cjP  \r\n\x87\n", "xxxxxxxxxxxx", 8},
	{MEDIA_JP2, "\xff\x4f\xff\x51", "xxxx", 0},
};

static enum media_sniff sniff_signature(const struct signature *signature,
					const unsigned char *data, size_t length_bytes)
{
	size_t wanted = strlen(signature->mask);

	for (size_t i = 0; i < wanted && i < length_bytes; i++)
		if (signature->mask[i] == 'x' && data[i] != (unsigned char)signature->bytes[i])
			return MEDIA_SNIFF_NOT_AN_IMAGE;
	return length_bytes < wanted ? MEDIA_SNIFF_NEEDS_MORE : MEDIA_SNIFF_KNOWN;
}

/* "BM" alone begins many a text: the size of the second header must be one that exists. */
static enum media_sniff sniff_bmp(const unsigned char *data, size_t length_bytes)
{
	static const unsigned char header_sizes[] = {12, 16, 40, 52, 56, 64, 108, 124};
	size_t compared = length_bytes < 2 ? length_bytes : 2;

	if (memcmp(data, "BM", compared))
		return MEDIA_SNIFF_NOT_AN_IMAGE;
	if (length_bytes < 18)
		return MEDIA_SNIFF_NEEDS_MORE;
	if (data[15] || data[16] || data[17] ||
	    !memchr(header_sizes, data[14], sizeof header_sizes))
		return MEDIA_SNIFF_NOT_AN_IMAGE;
	return MEDIA_SNIFF_KNOWN;
}

/* MEDIA_NONE: no brand of an image; `is_generic`: of an image file, with any codec. */
static enum media_type type_of_brand(const unsigned char *brand, bool *is_generic)
{
	static const struct {
		const char *brand;
		enum media_type type;
	} brands[] = {
		{"avif", MEDIA_AVIF}, {"avis", MEDIA_AVIF}, {"heic", MEDIA_HEIC},
		{"heix", MEDIA_HEIC}, {"heim", MEDIA_HEIC}, {"heis", MEDIA_HEIC},
		{"hevc", MEDIA_HEIC}, {"hevx", MEDIA_HEIC}, {"hevm", MEDIA_HEIC},
		{"hevs", MEDIA_HEIC},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(brands); i++)
		if (!memcmp(brand, brands[i].brand, 4))
			return brands[i].type;
	if (!memcmp(brand, "mif1", 4) || !memcmp(brand, "msf1", 4))
		*is_generic = true;
	return MEDIA_NONE;
}

/* The brands of an ISO base media file (ISO/IEC 14496-12 section 4.3): the major one at 8, the
 * compatible ones from 16. Only those within MEDIA_SNIFF_BYTES count, so that a longer read of the
 * same file never changes the verdict. */
static enum media_sniff sniff_bmff(const unsigned char *data, size_t length_bytes, bool is_whole,
				   enum media_type *type)
{
	static const struct signature box = {MEDIA_NONE, "\0\0\0\0ftyp", "xx..xxxx"};
	enum media_sniff start = sniff_signature(&box, data, length_bytes);
	size_t box_bytes, end;
	bool is_generic = false;

	if (start != MEDIA_SNIFF_KNOWN)
		return start;
	box_bytes = (size_t)data[2] << 8 | data[3];
	end = box_bytes < MEDIA_SNIFF_BYTES ? box_bytes : MEDIA_SNIFF_BYTES;
	for (size_t at = 8; at + 4 <= end && at + 4 <= length_bytes; at += at == 8 ? 8 : 4) {
		*type = type_of_brand(data + at, &is_generic);
		if (*type)
			return MEDIA_SNIFF_KNOWN;
	}
	if (length_bytes < end && !is_whole)
		return MEDIA_SNIFF_NEEDS_MORE;
	*type = MEDIA_HEIC;
	return is_generic ? MEDIA_SNIFF_KNOWN : MEDIA_SNIFF_NOT_AN_IMAGE;
}

static enum media_sniff sniff_svg_text(const char *data, size_t length_bytes)
{
	struct xml_prolog prolog;
	enum xml_prolog_end end = xml_prolog_read(data, length_bytes, &prolog);
	struct slice name;
	size_t left;

	if (end == XML_PROLOG_NEEDS_MORE)
		return MEDIA_SNIFF_NEEDS_MORE;
	if (end == XML_PROLOG_NOT_XML)
		return MEDIA_SNIFF_NOT_AN_IMAGE;
	if (prolog.has_doctype && !xml_name_has_local_part(prolog.doctype, "svg"))
		return MEDIA_SNIFF_NOT_AN_IMAGE;
	left = length_bytes - prolog.root_offset;
	name = xml_element_name(data + prolog.root_offset, left);
	if (name.length_bytes + 1 == left && left < 64) /* the name may go on */
		return MEDIA_SNIFF_NEEDS_MORE;
	return xml_name_has_local_part(name, "svg") ? MEDIA_SNIFF_KNOWN : MEDIA_SNIFF_NOT_AN_IMAGE;
}

static enum media_sniff sniff_svg(const char *data, size_t length_bytes)
{
	struct buf text = BUF_INIT(BUF_UNLIMITED);
	enum media_sniff verdict;

	/* Half of a byte order mark; no other type begins with it. */
	if (length_bytes == 1 && data[0] == '\xfe')
		return MEDIA_SNIFF_NEEDS_MORE;
	if (!utf16_is_markup(data, length_bytes))
		return sniff_svg_text(data, length_bytes);
	utf16_append_utf8(&text, data, length_bytes);
	verdict = sniff_svg_text(buf_string(&text), text.length_bytes);
	buf_release(&text);
	return verdict;
}

enum media_sniff media_type_sniff(const void *data, size_t length_bytes, bool is_whole,
				  enum media_type *ret_type)
{
	enum media_type type = MEDIA_SVG;
	enum media_sniff verdict;
	bool needs_more = false;

	if (length_bytes >= MEDIA_SNIFF_MAX_BYTES) {
		length_bytes = MEDIA_SNIFF_MAX_BYTES;
		is_whole = true;
	}
	if (!length_bytes)
		return is_whole ? MEDIA_SNIFF_NOT_AN_IMAGE : MEDIA_SNIFF_NEEDS_MORE;
	for (size_t i = 0; i < ARRAY_LENGTH(signatures); i++) {
		const struct signature *signature = &signatures[i];
		bool is_cut = is_whole && signature->least_bytes &&
			      length_bytes >= signature->least_bytes;

		verdict = sniff_signature(signature, data, length_bytes);
		if (verdict == MEDIA_SNIFF_KNOWN ||
		    (verdict == MEDIA_SNIFF_NEEDS_MORE && is_cut)) {
			*ret_type = signature->type;
			return MEDIA_SNIFF_KNOWN;
		}
		needs_more |= verdict == MEDIA_SNIFF_NEEDS_MORE;
	}
	verdict = sniff_svg(data, length_bytes);
	needs_more |= verdict == MEDIA_SNIFF_NEEDS_MORE;
	if (verdict == MEDIA_SNIFF_NOT_AN_IMAGE) {
		type = MEDIA_BMP;
		verdict = sniff_bmp(data, length_bytes);
		needs_more |= verdict == MEDIA_SNIFF_NEEDS_MORE;
	}
	if (verdict == MEDIA_SNIFF_NOT_AN_IMAGE) {
		verdict = sniff_bmff(data, length_bytes, is_whole, &type);
		needs_more |= verdict == MEDIA_SNIFF_NEEDS_MORE;
	}
	if (verdict == MEDIA_SNIFF_KNOWN) {
		*ret_type = type;
		return verdict;
	}
	return needs_more && !is_whole ? MEDIA_SNIFF_NEEDS_MORE : MEDIA_SNIFF_NOT_AN_IMAGE;
}

const char *media_type_name(enum media_type type)
{
	return types[type].name;
}

const char *media_type_extension(enum media_type type)
{
	return types[type].extension;
}

enum media_type media_type_parse(const char *name, size_t length_bytes)
{
	const char *parameters = length_bytes ? memchr(name, ';', length_bytes) : NULL;
	struct slice essence = {name, parameters ? (size_t)(parameters - name) : length_bytes};

	essence = slice_trim(essence);
	if (!essence.length_bytes)
		return MEDIA_NONE;
	for (int type = MEDIA_NONE + 1; type < MEDIA_TYPE_COUNT; type++)
		if (slice_equals_nocase(essence, types[type].name))
			return (enum media_type)type;
	for (size_t i = 0; i < ARRAY_LENGTH(other_names); i++)
		if (slice_equals_nocase(essence, other_names[i].name))
			return other_names[i].type;
	return MEDIA_NONE;
}

enum media_type media_type_of_name(const char *file_name)
{
	static const struct {
		const char *extension;
		enum media_type type;
	} others[] = {
		{"jpeg", MEDIA_JPEG}, {"jpe", MEDIA_JPEG},  {"jfif", MEDIA_JPEG},
		{"apng", MEDIA_PNG},  {"heif", MEDIA_HEIC}, {"tif", MEDIA_TIFF},
		{"cur", MEDIA_ICO},
	};
	const char *slash = strrchr(file_name, '/'), *dot = strrchr(slash ? slash : file_name, '.');

	if (!dot)
		return MEDIA_NONE;
	for (int type = MEDIA_NONE + 1; type < MEDIA_TYPE_COUNT; type++)
		if (!strcasecmp(dot + 1, types[type].extension))
			return (enum media_type)type;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (!strcasecmp(dot + 1, others[i].extension))
			return others[i].type;
	return MEDIA_NONE;
}

bool media_type_is_renderable(enum media_type type)
{
	return type == MEDIA_JPEG || type == MEDIA_PNG || type == MEDIA_GIF || type == MEDIA_WEBP ||
	       type == MEDIA_AVIF || type == MEDIA_HEIC;
}
