#include "png_colours.h"

#include <math.h>
#include <string.h>

#include "octets.h"
#include "png_chunks.h"

#define UNIT 100000.0
/* Its inverse is what sRGB's curve amounts to; programs write it rounded in many ways. */
#define SRGB_GAMMA 0.45455
#define GAMMA_TOLERANCE 0.01
#define XY_TOLERANCE 0.005
#define MIN_GAMMA 0.1
#define MAX_GAMMA 10

static bool is(const struct png_chunk *chunk, const char *type, size_t body_bytes)
{
	return !memcmp(chunk->type, type, 4) && chunk->body_bytes == body_bytes &&
	       chunk->is_whole && !png_has_wrong_crc(chunk);
}

static bool names_a_space(const struct png_chunk *chunk)
{
	return !memcmp(chunk->type, "sRGB", 4) || !memcmp(chunk->type, "iCCP", 4) ||
	       !memcmp(chunk->type, "cICP", 4);
}

/* White stands first. */
static struct chromaticities read_chromaticities(const unsigned char *body)
{
	struct chromaticities read;

	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 2; k++)
			read.xy[(i + 3) % 4][k] = octets_u32be(body + 8 * i + 4 * k) / UNIT;
	return read;
}

static bool are_of_srgb(const struct chromaticities *chromaticities)
{
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 2; k++)
			if (fabs(chromaticities->xy[i][k] - colour_profile_srgb.xy[i][k]) >
			    XY_TOLERANCE)
				return false;
	return true;
}

bool png_colours_read(const unsigned char *data, size_t length_bytes,
		      struct chromaticities *ret_chromaticities, double *ret_gamma)
{
	struct chromaticities chromaticities = colour_profile_srgb;
	size_t at = PNG_SIGNATURE_BYTES;
	struct png_chunk chunk;
	double gamma = 0;

	for (; png_next_chunk(data, length_bytes, at, &chunk) && !png_is_image_data(&chunk);
	     at = chunk.end) {
		if (names_a_space(&chunk))
			return false;
		if (is(&chunk, "gAMA", 4))
			gamma = octets_u32be(chunk.type + 4) / UNIT;
		else if (is(&chunk, "cHRM", 32))
			chromaticities = read_chromaticities(chunk.type + 4);
	}
	if (gamma < MIN_GAMMA || gamma > MAX_GAMMA ||
	    (fabs(gamma - SRGB_GAMMA) < GAMMA_TOLERANCE && are_of_srgb(&chromaticities)))
		return false;
	*ret_chromaticities = chromaticities;
	*ret_gamma = 1 / gamma;
	return true;
}
