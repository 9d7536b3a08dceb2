/*
 * "Domain to ASCII" of the WHATWG URL Standard: UTS 46, non-transitional, without the STD3 rules.
 *
 * libidn2 maps, normalizes and encodes, but refuses what IDNA 2008 does not allow, although UTS 46
 * does: symbols (a snowman, emoji) and ASCII punctuation (an underscore beside a label with an
 * umlaut). Such characters are replaced by a letter that the name does not contain before libidn2
 * sees it, and put back afterwards.
 */
#include "url_parts.h"

#include <idn2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "cleanup.h"
#include "punycode.h"
#include "utf8.h"

/* No name of the DNS is longer in any spelling that maps to 253 bytes. */
#define MAX_DOMAIN_BYTES 4096

/* Runic letters: valid in any label, mapped to nothing else, and hardly ever in a name. */
#define FIRST_STAND_IN 0x16a0
#define LAST_STAND_IN 0x16af

static bool is_ascii(const char *domain, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)domain[i] >= 0x80)
			return false;
	return true;
}

/* Without a label that is encoded already, either. */
static bool is_plain_ascii(const char *domain, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)domain[i] >= 0x80 ||
		    ((i == 0 || domain[i - 1] == '.') && length - i >= 4 &&
		     !strncasecmp(domain + i, "xn--", 4)))
			return false;
	return true;
}

/* Valid in UTS 46 (status NV8), and mapped to itself, but disallowed in IDNA 2008, at least where
 * it stands: ASCII punctuation and the blocks of punctuation, symbols and emoji. */
static bool is_symbol(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0xa1, 0xa7},       {0xa9, 0xa9},       {0xab, 0xac},       {0xae, 0xae},
		{0xb0, 0xb1},       {0xb6, 0xb7},       {0xbb, 0xbb},       {0xbf, 0xbf},
		{0xd7, 0xd7},       {0xf7, 0xf7},       {0x2c2, 0x2c5},     {0x2d2, 0x2d7},
		{0x964, 0x965},     {0x2010, 0x2010},   {0x2012, 0x2016},   {0x2018, 0x2023},
		{0x2027, 0x2027},   {0x2030, 0x2032},   {0x2035, 0x2035},   {0x2038, 0x203b},
		{0x203d, 0x203d},   {0x203f, 0x2046},   {0x204a, 0x2056},   {0x2058, 0x205e},
		{0x20a0, 0x20a7},   {0x20a9, 0x20c0},   {0x2104, 0x2104},   {0x2108, 0x2108},
		{0x2114, 0x2114},   {0x2117, 0x2118},   {0x211e, 0x211f},   {0x2123, 0x2123},
		{0x2125, 0x2125},   {0x2127, 0x2127},   {0x2129, 0x2129},   {0x212e, 0x212e},
		{0x213a, 0x213a},   {0x2141, 0x2144},   {0x214a, 0x214d},   {0x214f, 0x214f},
		{0x218a, 0x222b},   {0x222e, 0x222e},   {0x2231, 0x2328},   {0x232b, 0x2426},
		{0x2440, 0x244a},   {0x24eb, 0x2a0b},   {0x2a0d, 0x2a73},   {0x2a77, 0x2adb},
		{0x2add, 0x2bff},   {0x3001, 0x3001},   {0x3003, 0x3004},   {0x3008, 0x3020},
		{0x3030, 0x3030},   {0x303d, 0x303d},   {0x30a0, 0x30a0},   {0x30fb, 0x30fb},
		{0x4dc0, 0x4dff},   {0x1f000, 0x1f0f5}, {0x1f10b, 0x1f10f}, {0x1f12f, 0x1f12f},
		{0x1f150, 0x1f169}, {0x1f16d, 0x1f18f}, {0x1f191, 0x1f1ff}, {0x1f260, 0x1f265},
		{0x1f300, 0x1f8b1}, {0x1f900, 0x1fbca},
	};

	if (c < 0x80)
		return c && strchr("!\"$&'()*+,;=_`{}~-", (int)c);
	for (size_t i = 0; i < ARRAY_LENGTH(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Code points of a name, in order. */
struct code_points {
	uint32_t *items;
	size_t count, capacity;
};

static void code_points_release(struct code_points *points)
{
	free(points->items);
	*points = (struct code_points){0};
}

static void add(struct code_points *points, uint32_t c)
{
	ALLOC_GROW(points->items, points->count, points->capacity);
	points->items[points->count++] = c;
}

static bool begins_encoded_label(const struct code_points *points, size_t at)
{
	return points->count - at >= 4 && (points->items[at] | 0x20) == 'x' &&
	       (points->items[at + 1] | 0x20) == 'n' && points->items[at + 2] == '-' &&
	       points->items[at + 3] == '-';
}

/* The dots that UTS 46 maps to '.'. */
static bool is_dot(uint32_t c)
{
	return c == '.' || c == 0x3002 || c == 0xff0e || c == 0xff61;
}

static bool append_decoded(struct code_points *points, const uint32_t *text, size_t count)
{
	uint32_t *label = alloc_zeroed(count, sizeof *label);
	size_t label_count;
	bool is_decoded = punycode_decode(text, count, label, &label_count);

	for (size_t i = 0; is_decoded && i < label_count; i++)
		add(points, label[i]);
	free(label);
	return is_decoded;
}

/* The name, valid UTF-8, with its "xn--" labels decoded. */
static bool decode_name(const char *name, size_t length, struct code_points *ret_points)
{
	CLEANUP(code_points_release) struct code_points raw = {0};
	size_t begin = 0;

	for (size_t at = 0; at < length;) {
		uint32_t c = 0;

		at += utf8_decode(name + at, length - at, &c);
		add(&raw, c);
	}
	for (size_t i = 0; i <= raw.count; i++) {
		if (i < raw.count && !is_dot(raw.items[i]))
			continue;
		if (begins_encoded_label(&raw, begin)) {
			if (!append_decoded(ret_points, raw.items + begin + 4, i - begin - 4))
				return false;
			begin = i;
		}
		for (; begin < i; begin++)
			add(ret_points, raw.items[begin]);
		if (i < raw.count)
			add(ret_points, raw.items[i]);
		begin = i + 1;
	}
	return true;
}

static bool contains(const struct code_points *points, uint32_t c)
{
	for (size_t i = 0; i < points->count; i++)
		if (points->items[i] == c)
			return true;
	return false;
}

/* Takes out the symbols, in order, and leaves the stand-in for each. */
static void replace_symbols(struct code_points *points, uint32_t stand_in,
			    struct code_points *ret_symbols)
{
	for (size_t i = 0; i < points->count; i++) {
		if (!is_symbol(points->items[i]))
			continue;
		add(ret_symbols, points->items[i]);
		points->items[i] = stand_in;
	}
}

static uint32_t choose_stand_in(const struct code_points *points)
{
	for (uint32_t c = FIRST_STAND_IN; c <= LAST_STAND_IN; c++)
		if (!contains(points, c))
			return c;
	return 0;
}

/* False when a label still begins like an encoded one: it is none. */
static bool append_labels(struct buf *out, const struct code_points *points)
{
	size_t begin = 0;
	bool is_basic = true;

	for (size_t i = 0; i <= points->count; i++) {
		if (i < points->count && points->items[i] != '.') {
			is_basic &= points->items[i] < 0x80;
			continue;
		}
		if (begins_encoded_label(points, begin))
			return false;
		if (is_basic) {
			for (size_t k = begin; k < i; k++)
				buf_append_char(out, (char)points->items[k]);
		} else {
			buf_append_string(out, "xn--");
			if (!punycode_encode(points->items + begin, i - begin, out))
				return false;
		}
		if (i < points->count)
			buf_append_char(out, '.');
		begin = i + 1;
		is_basic = true;
	}
	return true;
}

static bool look_up(const char *domain, char **ret_ascii)
{
	return idn2_lookup_u8((const uint8_t *)domain, (uint8_t **)ret_ascii,
			      IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK;
}

/* What libidn2 makes of the name: mapped, normalized, every label checked. */
static bool map_name(const struct code_points *points, struct code_points *ret_mapped)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(BUF_UNLIMITED);
	char *ascii = NULL;
	bool is_mapped;

	for (size_t i = 0; i < points->count; i++) {
		char encoded[4];

		buf_append(&name, encoded, utf8_encode(points->items[i], encoded));
	}
	is_mapped =
		look_up(buf_string(&name), &ascii) && decode_name(ascii, strlen(ascii), ret_mapped);
	idn2_free(ascii);
	return is_mapped;
}

static bool look_up_with_symbols(const char *domain, size_t length, struct buf *out)
{
	CLEANUP(code_points_release) struct code_points points = {0}, symbols = {0}, mapped = {0};
	uint32_t stand_in;
	size_t used = 0;

	if (!decode_name(domain, length, &points))
		return false;
	stand_in = choose_stand_in(&points);
	if (!stand_in)
		return false;
	replace_symbols(&points, stand_in, &symbols);
	if (!symbols.count || !map_name(&points, &mapped))
		return false;
	for (size_t i = 0; i < mapped.count; i++) {
		if (mapped.items[i] != stand_in)
			continue;
		if (used == symbols.count)
			return false;
		mapped.items[i] = symbols.items[used++];
	}
	return append_labels(out, &mapped);
}

bool url_domain_to_ascii(const char *domain, size_t length, struct buf *out)
{
	char *ascii = NULL;

	if (is_plain_ascii(domain, length)) {
		for (size_t i = 0; i < length; i++)
			buf_append_char(out, domain[i] >= 'A' && domain[i] <= 'Z'
						     ? (char)(domain[i] | 0x20)
						     : domain[i]);
		return true;
	}
	if (length > MAX_DOMAIN_BYTES || strlen(domain) != length || !utf8_is_valid(domain, length))
		return false;
	/* A name that came encoded must be what its own decoding encodes to. */
	if (!look_up(domain, &ascii))
		return look_up_with_symbols(domain, length, out) &&
		       (!is_ascii(domain, length) || !strcasecmp(domain, buf_string(out)));
	buf_append_string(out, ascii);
	idn2_free(ascii);
	return true;
}
