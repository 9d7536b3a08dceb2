#include "icc.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "alloc.h"
#include "octets.h"

#define HEADER_BYTES 128
#define MAX_TAGS 100
#define CURVE_SAMPLES 32
/* Half a step of 8 bits; profile writers round their curves to 16 bits and less. */
#define CURVE_TOLERANCE 0.003
#define PRIMARY_TOLERANCE 0.002
#define ILLUMINANT_TOLERANCE 0.01
#define MAX_VERSION 4

struct tag {
	const unsigned char *data;
	size_t length_bytes;
};

static double s15f16(const unsigned char *from)
{
	return (int32_t)octets_u32be(from) / 65536.0;
}

static bool find_tag(const unsigned char *profile, size_t length_bytes, const char *signature,
		     struct tag *ret_tag)
{
	uint32_t n_tags = octets_u32be(profile + HEADER_BYTES);

	for (uint32_t i = 0; i < n_tags && i < MAX_TAGS; i++) {
		size_t entry = HEADER_BYTES + 4 + (size_t)i * 12;
		uint32_t offset, tag_bytes;

		if (entry + 12 > length_bytes)
			return false;
		if (memcmp(profile + entry, signature, 4))
			continue;
		offset = octets_u32be(profile + entry + 4);
		tag_bytes = octets_u32be(profile + entry + 8);
		if (offset > length_bytes || tag_bytes > length_bytes - offset)
			return false;
		*ret_tag = (struct tag){profile + offset, tag_bytes};
		return true;
	}
	return false;
}

static bool is_primary(const unsigned char *profile, size_t length_bytes, const char *signature,
		       const double xyz[3])
{
	struct tag tag;

	if (!find_tag(profile, length_bytes, signature, &tag) || tag.length_bytes < 20 ||
	    memcmp(tag.data, "XYZ ", 4))
		return false;
	for (int i = 0; i < 3; i++)
		if (fabs(s15f16(tag.data + 8 + 4 * i) - xyz[i]) > PRIMARY_TOLERANCE)
			return false;
	return true;
}

static double srgb_to_linear(double x)
{
	return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

/* A table, or one gamma, or the identity (10.5 curveType). */
static bool curve_value(const struct tag *tag, double x, double *ret_y)
{
	uint32_t count = octets_u32be(tag->data + 8);
	double position;
	uint32_t left;

	if (count > (tag->length_bytes - 12) / 2)
		return false;
	if (count == 0) {
		*ret_y = x;
	} else if (count == 1) {
		*ret_y = pow(x, octets_u16be(tag->data + 12) / 256.0);
	} else {
		position = x * (count - 1);
		left = (uint32_t)position < count - 1 ? (uint32_t)position : count - 2;
		*ret_y = octets_u16be(tag->data + 12 + 2 * (size_t)left) / 65535.0;
		*ret_y += (position - left) *
			  (octets_u16be(tag->data + 14 + 2 * (size_t)left) / 65535.0 - *ret_y);
	}
	return true;
}

/* Y = (aX + b)^g from d on, cX below (10.18 parametricCurveType, function 3: sRGB's own form). */
static bool parametric_value(const struct tag *tag, double x, double *ret_y)
{
	double g, a, b, c, d;

	if (tag->length_bytes < 12 + 5 * 4 || octets_u16be(tag->data + 8) != 3)
		return false;
	g = s15f16(tag->data + 12);
	a = s15f16(tag->data + 16);
	b = s15f16(tag->data + 20);
	c = s15f16(tag->data + 24);
	d = s15f16(tag->data + 28);
	*ret_y = x >= d ? pow(a * x + b, g) : c * x;
	return true;
}

static bool is_curve(const unsigned char *profile, size_t length_bytes, const char *signature)
{
	struct tag tag;
	double y;

	if (!find_tag(profile, length_bytes, signature, &tag) || tag.length_bytes < 12)
		return false;
	for (int i = 0; i <= CURVE_SAMPLES; i++) {
		double x = (double)i / CURVE_SAMPLES;
		bool is_known = false;

		if (!memcmp(tag.data, "curv", 4))
			is_known = curve_value(&tag, x, &y);
		else if (!memcmp(tag.data, "para", 4))
			is_known = parametric_value(&tag, x, &y);
		/* Also false for the NaN that a hostile parameter gives. */
		if (!is_known || !(fabs(y - srgb_to_linear(x)) <= CURVE_TOLERANCE))
			return false;
	}
	return true;
}

bool icc_is_whole(const unsigned char *profile, size_t length_bytes)
{
	return length_bytes >= HEADER_BYTES + 4 && octets_u32be(profile) <= length_bytes;
}

/* --- whether it can be read ---------------------------------------------------------------------
 */

static bool is_header_in_order(const unsigned char *profile, size_t length_bytes)
{
	static const double d50[] = {0.9642, 1.0, 0.8249};
	size_t most_tags = (length_bytes - HEADER_BYTES - 4) / 12;

	for (int i = 0; i < 3; i++)
		if (fabs(s15f16(profile + 68 + 4 * i) - d50[i]) > ILLUMINANT_TOLERANCE)
			return false;
	return !memcmp(profile + 36, "acsp", 4) && profile[8] <= MAX_VERSION &&
	       (!memcmp(profile + 20, "XYZ ", 4) || !memcmp(profile + 20, "Lab ", 4)) &&
	       octets_u32be(profile + HEADER_BYTES) <= most_tags;
}

static bool are_tags_within(const unsigned char *profile, size_t length_bytes)
{
	uint32_t n_tags = octets_u32be(profile + HEADER_BYTES);

	for (uint32_t i = 0; i < n_tags; i++) {
		const unsigned char *entry = profile + HEADER_BYTES + 4 + (size_t)i * 12;
		uint32_t offset = octets_u32be(entry + 4), tag_bytes = octets_u32be(entry + 8);

		if (tag_bytes < 4 || offset > length_bytes || tag_bytes > length_bytes - offset)
			return false;
	}
	return true;
}

/* 10.5 curveType, 10.18 parametricCurveType: as long as they say. */
static bool is_any_curve(const unsigned char *profile, size_t length_bytes, const char *signature)
{
	static const unsigned n_parameters[] = {1, 3, 4, 5, 7};
	unsigned function;
	struct tag tag;

	if (!find_tag(profile, length_bytes, signature, &tag) || tag.length_bytes < 12)
		return false;
	if (!memcmp(tag.data, "curv", 4))
		return octets_u32be(tag.data + 8) <= (tag.length_bytes - 12) / 2;
	function = octets_u16be(tag.data + 8);
	return !memcmp(tag.data, "para", 4) && function < ARRAY_LENGTH(n_parameters) &&
	       tag.length_bytes >= 12 + 4 * n_parameters[function];
}

static bool has_primaries(const unsigned char *profile, size_t length_bytes)
{
	static const char *const primaries[] = {"rXYZ", "gXYZ", "bXYZ"}, *const curves[] = {"rTRC",
											    "gTRC",
											    "bTRC"};
	struct tag tag;

	for (size_t i = 0; i < ARRAY_LENGTH(primaries); i++)
		if (!find_tag(profile, length_bytes, primaries[i], &tag) || tag.length_bytes < 20 ||
		    memcmp(tag.data, "XYZ ", 4) || !is_any_curve(profile, length_bytes, curves[i]))
			return false;
	return true;
}

static bool has_table(const unsigned char *profile, size_t length_bytes)
{
	struct tag tag;

	return find_tag(profile, length_bytes, "A2B0", &tag) ||
	       find_tag(profile, length_bytes, "A2B1", &tag);
}

bool icc_is_readable(const unsigned char *profile, size_t length_bytes, bool is_grey)
{
	if (!icc_is_whole(profile, length_bytes))
		return false;
	length_bytes = octets_u32be(profile);
	if (length_bytes < HEADER_BYTES + 4 || !is_header_in_order(profile, length_bytes) ||
	    !are_tags_within(profile, length_bytes))
		return false;
	if (is_grey && !memcmp(profile + 16, "GRAY", 4))
		return is_any_curve(profile, length_bytes, "kTRC") ||
		       has_table(profile, length_bytes);
	return !memcmp(profile + 16, "RGB ", 4) &&
	       (has_table(profile, length_bytes) || has_primaries(profile, length_bytes));
}

bool icc_is_srgb(const unsigned char *profile, size_t length_bytes)
{
	static const double red[] = {0.4361, 0.2225, 0.0139}, green[] = {0.3851, 0.7169, 0.0971},
			    blue[] = {0.1431, 0.0606, 0.7141}; /* adapted to D50 */
	static const char *const tables[] = {"A2B0", "A2B1", "D2B0", "D2B1"};
	struct tag tag;

	if (length_bytes < HEADER_BYTES + 4 || memcmp(profile + 16, "RGB XYZ ", 8) ||
	    memcmp(profile + 36, "acsp", 4))
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(tables); i++)
		if (find_tag(profile, length_bytes, tables[i], &tag))
			return false;
	return is_primary(profile, length_bytes, "rXYZ", red) &&
	       is_primary(profile, length_bytes, "gXYZ", green) &&
	       is_primary(profile, length_bytes, "bXYZ", blue) &&
	       is_curve(profile, length_bytes, "rTRC") && is_curve(profile, length_bytes, "gTRC") &&
	       is_curve(profile, length_bytes, "bTRC");
}
