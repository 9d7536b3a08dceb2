#include "colour_profile.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "alloc.h"
#include "octets.h"

#define HEADER_BYTES 128
#define N_TAGS 7
#define TABLE_BYTES (4 + 12 * N_TAGS)
#define XYZ_BYTES 20
#define CURVE_STEPS 1024
#define CURVE_BYTES (12 + 2 * CURVE_STEPS)
#define MAX_XYZ 8 /* of a primary; those of BT.2020 are below 1 */
#define VERSION_2_1 0x02100000u

enum {
	RED,
	GREEN,
	BLUE,
	WHITE,
};

#define D65                    \
	{                      \
		0.3127, 0.3290 \
	}
#define ILLUMINANT_C         \
	{                    \
		0.310, 0.316 \
	}

const struct chromaticities colour_profile_srgb = {{{0.64, 0.33}, {0.30, 0.60}, {0.15, 0.06}, D65}};

static const double d50[3] = {0.9642, 1.0, 0.8249};

/* By rows. */
struct matrix {
	double at[3][3];
};

static void apply(const struct matrix *matrix, const double in[3], double ret_out[3])
{
	for (int i = 0; i < 3; i++)
		ret_out[i] = matrix->at[i][0] * in[0] + matrix->at[i][1] * in[1] +
			     matrix->at[i][2] * in[2];
}

static double cofactor(const struct matrix *matrix, int row, int column)
{
	int a = (row + 1) % 3, b = (row + 2) % 3, c = (column + 1) % 3, d = (column + 2) % 3;

	return matrix->at[a][c] * matrix->at[b][d] - matrix->at[a][d] * matrix->at[b][c];
}

static bool invert(const struct matrix *matrix, struct matrix *ret_inverse)
{
	double determinant = 0;

	for (int i = 0; i < 3; i++)
		determinant += matrix->at[0][i] * cofactor(matrix, 0, i);
	if (fabs(determinant) < 1e-6)
		return false;
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++)
			ret_inverse->at[i][k] = cofactor(matrix, k, i) / determinant;
	return true;
}

static bool to_xyz(const double xy[2], double ret_xyz[3])
{
	if (!(xy[1] > 1e-3))
		return false;
	ret_xyz[0] = xy[0] / xy[1];
	ret_xyz[1] = 1;
	ret_xyz[2] = (1 - xy[0] - xy[1]) / xy[1];
	return true;
}

/* XYZ of what is white under one light as it looks under D50 (Bradford; ICC.1:2010 annex E). */
static bool adapt(const double white[3], double xyz[3])
{
	static const struct matrix cones = {
		{{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}};
	double from[3], to[3], response[3];
	struct matrix back;

	apply(&cones, white, from);
	apply(&cones, d50, to);
	apply(&cones, xyz, response);
	for (int i = 0; i < 3; i++) {
		if (!(from[i] > 1e-3))
			return false;
		response[i] *= to[i] / from[i];
	}
	if (!invert(&cones, &back))
		return false;
	apply(&back, response, xyz);
	return true;
}

static bool is_plausible(const double xyz[3])
{
	for (int i = 0; i < 3; i++)
		if (!(fabs(xyz[i]) < MAX_XYZ))
			return false;
	return true;
}

/* XYZ of each primary under D50; all three make white. */
static bool find_primaries(const struct chromaticities *from, double ret_primaries[3][3])
{
	struct matrix columns, inverse;
	double white[3], amounts[3];

	for (int i = RED; i <= BLUE; i++) {
		if (!to_xyz(from->xy[i], ret_primaries[i]))
			return false;
		for (int k = 0; k < 3; k++)
			columns.at[k][i] = ret_primaries[i][k];
	}
	if (!to_xyz(from->xy[WHITE], white) || !invert(&columns, &inverse))
		return false;
	apply(&inverse, white, amounts);
	for (int i = RED; i <= BLUE; i++) {
		if (!(amounts[i] > 0))
			return false;
		for (int k = 0; k < 3; k++)
			ret_primaries[i][k] *= amounts[i];
		if (!adapt(white, ret_primaries[i]) || !is_plausible(ret_primaries[i]))
			return false;
	}
	return true;
}

static void put_xyz(unsigned char *at, const double xyz[3])
{
	memcpy(at, "XYZ \0\0\0", 8);
	for (int i = 0; i < 3; i++)
		octets_put_be(at + 8 + 4 * i, (uint32_t)(int32_t)lrint(xyz[i] * 65536), 4);
}

static double srgb_to_linear(double x)
{
	return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

/* A table of 16 bits (10.5 curveType). */
static size_t put_curve(unsigned char *at, double gamma)
{
	memcpy(at, "curv\0\0\0", 8);
	octets_put_be(at + 8, CURVE_STEPS, 4);
	for (int i = 0; i < CURVE_STEPS; i++) {
		double x = (double)i / (CURVE_STEPS - 1);

		octets_put_be(
			at + 12 + 2 * i,
			(uint32_t)lrint(65535 * (gamma > 0 ? pow(x, gamma) : srgb_to_linear(x))),
			2);
	}
	return CURVE_BYTES;
}

/* The header (7.2), but for what only tells people who made it. */
static void put_header(unsigned char *at, size_t length_bytes)
{
	memset(at, 0, HEADER_BYTES);
	put_xyz(at + 60, d50);
	memset(at + 60, 0, 8); /* of the illuminant the numbers alone */
	octets_put_be(at, (uint32_t)length_bytes, 4);
	octets_put_be(at + 8, VERSION_2_1, 4);
	memcpy(at + 12, "mntrRGB XYZ ", 12);
	memcpy(at + 36, "acsp", 4);
}

static unsigned char *put_tag(unsigned char *entry, const char *name, size_t at,
			      size_t length_bytes)
{
	memcpy(entry, name, 4);
	octets_put_be(entry + 4, (uint32_t)at, 4);
	octets_put_be(entry + 8, (uint32_t)length_bytes, 4);
	return entry + 12;
}

size_t colour_profile_make(const struct chromaticities *chromaticities, double gamma,
			   unsigned char ret_profile[COLOUR_PROFILE_BYTES])
{
	static const char primary_names[][5] = {"rXYZ", "gXYZ", "bXYZ"};
	static const char curve_names[][5] = {"rTRC", "gTRC", "bTRC"};
	unsigned char *entry = ret_profile + HEADER_BYTES + 4;
	size_t at = HEADER_BYTES + TABLE_BYTES, curve_bytes;
	double primaries[3][3];

	_Static_assert(HEADER_BYTES + TABLE_BYTES + 4 * XYZ_BYTES + CURVE_BYTES <=
			       COLOUR_PROFILE_BYTES,
		       "the longest profile");
	if (!find_primaries(chromaticities, primaries))
		return 0;
	octets_put_be(entry - 4, N_TAGS, 4);
	put_xyz(ret_profile + at, d50);
	entry = put_tag(entry, "wtpt", at, XYZ_BYTES);
	at += XYZ_BYTES;
	for (int i = RED; i <= BLUE; i++, at += XYZ_BYTES) {
		put_xyz(ret_profile + at, primaries[i]);
		entry = put_tag(entry, primary_names[i], at, XYZ_BYTES);
	}
	curve_bytes = put_curve(ret_profile + at, gamma);
	for (int i = RED; i <= BLUE; i++) /* one curve for all */
		entry = put_tag(entry, curve_names[i], at, curve_bytes);
	put_header(ret_profile, at + curve_bytes);
	return at + curve_bytes;
}

/* H.273 table 2. */
static const struct chromaticities *primaries_of(int code)
{
	static const struct {
		int code;
		struct chromaticities chromaticities;
	} known[] = {
		{4, {{{0.67, 0.33}, {0.21, 0.71}, {0.14, 0.08}, ILLUMINANT_C}}}, /* BT.470 M */
		{5, {{{0.64, 0.33}, {0.29, 0.60}, {0.15, 0.06}, D65}}},          /* BT.601 625 */
		{6, {{{0.630, 0.340}, {0.310, 0.595}, {0.155, 0.070}, D65}}},    /* BT.601 525 */
		{7, {{{0.630, 0.340}, {0.310, 0.595}, {0.155, 0.070}, D65}}},    /* ST 240 */
		{8, {{{0.681, 0.319}, {0.243, 0.692}, {0.145, 0.049}, ILLUMINANT_C}}}, /* film */
		{9, {{{0.708, 0.292}, {0.170, 0.797}, {0.131, 0.046}, D65}}},          /* BT.2020 */
		{11,
		 {{{0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}, {0.314, 0.351}}}}, /* DCI P3 */
		{12, {{{0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}, D65}}}, /* Display P3 */
		{22, {{{0.630, 0.340}, {0.295, 0.605}, {0.155, 0.077}, D65}}}, /* EBU 3213 */
	};

	if (code == 1 || code == 2) /* BT.709; unspecified */
		return &colour_profile_srgb;
	for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
		if (known[i].code == code)
			return &known[i].chromaticities;
	return NULL;
}

/* H.273 table 3; 0: sRGB's curve. */
static bool find_gamma(int code, double *ret_gamma)
{
	switch (code) {
	case 1: /* the camera's */
	case 6:
	case 14:
	case 15:
	case 2: /* unspecified */
	case 13:
		*ret_gamma = 0;
		return true;
	case 4:
		*ret_gamma = 2.2;
		return true;
	case 5:
		*ret_gamma = 2.8;
		return true;
	case 8:
		*ret_gamma = 1;
		return true;
	default:
		return false;
	}
}

size_t colour_profile_of_codes(int primaries, int transfer,
			       unsigned char ret_profile[COLOUR_PROFILE_BYTES])
{
	const struct chromaticities *chromaticities = primaries_of(primaries);
	double gamma;

	if (!chromaticities || !find_gamma(transfer, &gamma))
		return 0;
	return colour_profile_make(chromaticities, gamma, ret_profile);
}
