#include "media_type.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "buf.h"
#include "page_title.h"
#include "utf16.h"
#include "utf8.h"
#include "xml_prolog.h"

/* The first bytes of an HTML document are enough to find its title. */
#define TITLE_SEARCH_BYTES 65536

static const struct {
	size_t offset;
	const char *bytes;
	size_t length;
	const char *text;
} kinds[] = {
	/* Checked out without Git LFS, or served so. */
	{0, "version https://git-lfs.github.com/spec/", 40,
	 "a Git LFS pointer in place of the image"},
	{0, "%PDF-", 5, "a PDF"},
	{0, "%!PS", 4, "a PostScript file"},
	{0, "8BPS", 4, "a Photoshop file"},
	{0, "\x1f\x8b", 2, "a gzip archive"},
	{0, "PK\3\4", 4, "a ZIP archive"},
	{0, "Rar!\x1a\x7", 6, "a RAR archive"},
	{0, "7z\xbc\xaf\x27\x1c", 6, "a 7z archive"},
	{0, "BZh", 3, "a bzip2 archive"},
	{0,
	 "\xfd"
	 "7zXZ",
	 5, "an xz archive"},
	{0, "\x28\xb5\x2f\xfd", 4, "a Zstandard archive"},
	{4, "ftypqt  ", 8, "a QuickTime video"},
	{4, "ftypM4A ", 8, "an MP4 audio file"},
	{4, "ftyp", 4, "an MP4 video"},
	{0, "\x1a\x45\xdf\xa3", 4, "a WebM or Matroska video"},
	{0, "FLV\1", 4, "a Flash video"},
	{0, "OggS", 4, "an Ogg file"},
	{0, "ID3", 3, "an MP3 file"},
	{8, "AVI ", 4, "an AVI video"},
	{8, "WAVEfmt", 7, "a WAVE audio file"},
	{0, "wOFF", 4, "a web font"},
	{0, "wOF2", 4, "a web font"},
	{0,
	 "\x7f"
	 "ELF",
	 4, "a program"},
};

static const char *kind_by_signature(const char *data, size_t length_bytes)
{
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (length_bytes >= kinds[i].offset + kinds[i].length &&
		    !memcmp(data + kinds[i].offset, kinds[i].bytes, kinds[i].length))
			return kinds[i].text;
	return NULL;
}

static bool is_html_name(struct slice name)
{
	static const char *const names[] = {
		"a",        "abbr",    "address", "article",  "aside",  "b",        "base",
		"big",      "body",    "br",      "button",   "canvas", "center",   "code",
		"details",  "dialog",  "div",     "dl",       "em",     "fieldset", "figure",
		"font",     "footer",  "form",    "frameset", "h1",     "h2",       "h3",
		"h4",       "h5",      "h6",      "head",     "header", "hr",       "html",
		"i",        "iframe",  "img",     "input",    "label",  "link",     "main",
		"menu",     "meta",    "nav",     "noscript", "ol",     "p",        "pre",
		"script",   "section", "small",   "span",     "strong", "style",    "table",
		"template", "title",   "tt",      "u",        "ul",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (slice_equals_nocase(name, names[i]))
			return true;
	return false;
}

enum markup {
	MARKUP_NONE,
	MARKUP_HTML,
	MARKUP_XML,
};

static enum markup markup_of(const char *data, size_t length_bytes)
{
	struct xml_prolog prolog;
	enum xml_prolog_end end = xml_prolog_read(data, length_bytes, &prolog);
	struct slice name = {0};

	if (prolog.has_doctype)
		return slice_equals_nocase(prolog.doctype, "html") ? MARKUP_HTML : MARKUP_XML;
	if (end == XML_PROLOG_ROOT)
		name = xml_element_name(data + prolog.root_offset,
					length_bytes - prolog.root_offset);
	if (name.length_bytes)
		return is_html_name(name) ? MARKUP_HTML : MARKUP_XML;
	if (length_bytes >= 5 && !memcmp(data, "<?xml", 5))
		return MARKUP_XML;
	/* A comment without an end, as far as was read. */
	return end == XML_PROLOG_NEEDS_MORE && memmem(data, length_bytes, "<!--", 4) ? MARKUP_HTML
										     : MARKUP_NONE;
}

/* "{" or "[" and then what JSON allows there. */
static bool is_json(const char *data, size_t length_bytes)
{
	struct slice text = slice_trim((struct slice){data, length_bytes});
	char bracket = text.length_bytes ? text.data[0] : '\0';
	struct slice rest;

	if (bracket != '{' && bracket != '[')
		return false;
	rest = slice_trim((struct slice){text.data + 1, text.length_bytes - 1});
	if (!rest.length_bytes)
		return false;
	if (bracket == '{')
		return rest.data[0] == '"' || rest.data[0] == '}';
	return rest.data[0] && strchr("[]{\"-0123456789tfn", rest.data[0]);
}

/* WHATWG MIME Sniffing section 7.1: these bytes are not in text. In an encoding of single bytes
 * there is a blank, at least. */
static bool is_text(const char *data, size_t length_bytes)
{
	bool is_readable = utf8_is_valid(data, length_bytes);

	for (size_t i = 0; i < length_bytes; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c < 0x20 && !xml_is_blank((char)c) && c != 0x1b)
			return false;
		is_readable |= c < 0x7f;
	}
	return is_readable;
}

static void describe_html(struct buf *text, struct slice page, struct slice content_type)
{
	struct buf title = BUF_INIT(BUF_UNLIMITED);

	page_title_append(&title, page, content_type);
	buf_append_string(text, "an HTML page");
	if (title.length_bytes)
		buf_printf(text, " titled “%s”", buf_string(&title));
	buf_release(&title);
}

static void describe_bytes(struct buf *text, const char *data, size_t length_bytes,
			   struct slice content_type)
{
	const char *kind = kind_by_signature(data, length_bytes);
	enum markup markup = kind ? MARKUP_NONE : markup_of(data, length_bytes);

	if (!length_bytes)
		buf_append_string(text, "nothing");
	else if (kind)
		buf_append_string(text, kind);
	else if (markup == MARKUP_HTML)
		describe_html(text, (struct slice){data, length_bytes}, content_type);
	else if (markup == MARKUP_XML)
		buf_append_string(text, "an XML document");
	else if (is_json(data, length_bytes))
		buf_append_string(text, "JSON");
	else if (is_text(data, length_bytes))
		buf_append_string(text, "plain text");
	else if (length_bytes < MEDIA_SNIFF_BYTES) /* more may just be where the reading stopped */
		buf_printf(text, "%zu byte%s of binary data", length_bytes,
			   length_bytes == 1 ? "" : "s");
	else
		buf_append_string(text, "binary data");
}

static void describe(struct buf *text, const char *data, size_t length_bytes,
		     struct slice content_type)
{
	static const char utf8_mark[] = "\xef\xbb\xbf";
	struct buf decoded = BUF_INIT(BUF_UNLIMITED);

	if (length_bytes > TITLE_SEARCH_BYTES)
		length_bytes = TITLE_SEARCH_BYTES;
	if (utf16_is_markup(data, length_bytes)) {
		utf16_append_utf8(&decoded, data, length_bytes);
		describe_bytes(text, buf_string(&decoded), decoded.length_bytes, content_type);
	} else if (length_bytes > 3 && !memcmp(data, utf8_mark, 3)) {
		describe_bytes(text, data + 3, length_bytes - 3, content_type);
	} else {
		describe_bytes(text, data, length_bytes, content_type);
	}
	buf_release(&decoded);
}

void media_type_describe_other(const void *data, size_t length_bytes, const char *content_type,
			       char *ret_text, size_t size_bytes)
{
	struct buf text = BUF_INIT(BUF_UNLIMITED);
	size_t kept;

	if (!size_bytes)
		return;
	describe(&text, data, length_bytes, slice_of(content_type ? content_type : ""));
	kept = text.length_bytes < size_bytes ? text.length_bytes : size_bytes - 1;
	/* Cut between code points. */
	while (kept && kept < text.length_bytes && (text.data[kept] & 0xc0) == 0x80)
		kept--;
	memcpy(ret_text, buf_string(&text), kept);
	ret_text[kept] = '\0';
	buf_release(&text);
}
