#include "to_srgb.h"

#include <string.h>

#include "cleanup.h"
#include "colour_profile.h"
#include "icc.h"
#include "png_colours.h"

static bool has_profile(VipsImage *image)
{
	return vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0;
}

/* Of a JPEG's profile a segment may be lost: lcms would read what follows in its place. */
static void drop_cut_profile(VipsImage *image)
{
	const void *profile;
	size_t length_bytes;

	if (has_profile(image) &&
	    !vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &length_bytes) &&
	    !icc_is_whole(profile, length_bytes))
		vips_image_remove(image, VIPS_META_ICC_NAME);
}

void to_srgb_name_colours(VipsImage *image, const struct image_header *header,
			  const unsigned char *data, size_t length_bytes)
{
	unsigned char profile[COLOUR_PROFILE_BYTES];
	bool is_png = header->type == MEDIA_PNG, is_named = header->primaries != 0;
	size_t profile_bytes = 0;
	struct chromaticities chromaticities;
	double gamma;

	drop_cut_profile(image);
	if (has_profile(image) && !(is_png && is_named))
		return;
	if (is_named)
		profile_bytes =
			colour_profile_of_codes(header->primaries, header->transfer, profile);
	else if (is_png && png_colours_read(data, length_bytes, &chromaticities, &gamma))
		profile_bytes = colour_profile_make(&chromaticities, gamma, profile);
	if (profile_bytes)
		vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, profile, profile_bytes);
}

static bool is_srgb(VipsImage *image)
{
	const void *profile;
	size_t length_bytes;

	if (!has_profile(image) ||
	    vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &length_bytes))
		return true;
	return icc_is_srgb(profile, length_bytes);
}

/* ICC.1:2010 section 7.2: the space that it converts from stands at 16. */
static bool has_profile_of(VipsImage *image, const char space[5])
{
	const void *profile;
	size_t length_bytes;

	return has_profile(image) &&
	       !vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &length_bytes) &&
	       length_bytes >= 20 && !memcmp((const char *)profile + 16, space, 4);
}

bool to_srgb_is_identity(VipsImage *image)
{
	return image->BandFmt == VIPS_FORMAT_UCHAR && image->Bands != 4 && is_srgb(image);
}

/* Inks without a profile, as in browsers: what each lets through, times what black does. */
static int inks_to_srgb(VipsImage *inks, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *light = NULL;
	CLEANUP(unref_image) VipsImage *colours = NULL;
	CLEANUP(unref_image) VipsImage *black = NULL;
	CLEANUP(unref_image) VipsImage *product = NULL;
	CLEANUP(unref_image) VipsImage *scaled = NULL;
	CLEANUP(unref_image) VipsImage *samples = NULL;

	return vips_invert(inks, &light, NULL) ||
			       vips_extract_band(light, &colours, 0, "n", 3, NULL) ||
			       vips_extract_band(light, &black, 3, NULL) ||
			       vips_multiply(colours, black, &product, NULL) ||
			       vips_linear1(product, &scaled, 1 / 255.0, 0.5, NULL) ||
			       vips_cast(scaled, &samples, VIPS_FORMAT_UCHAR, NULL) ||
			       vips_copy(samples, ret_image, "interpretation",
					 VIPS_INTERPRETATION_sRGB, NULL)
		       ? -1
		       : 0;
}

/* Perceptual, as browsers: it is the table that every profile with tables has. */
static int apply_profile(VipsImage *colour, VipsImage **ret_image)
{
	return vips_icc_transform(colour, ret_image, "srgb", "embedded", TRUE, "intent",
				  VIPS_INTENT_PERCEPTUAL, "depth", 8, NULL);
}

/* Greys with a profile of red, green and blue, which are equal in them, before and after. */
static int apply_profile_to_greys(VipsImage *greys, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *joined = NULL;
	CLEANUP(unref_image) VipsImage *named = NULL;
	CLEANUP(unref_image) VipsImage *converted = NULL;
	CLEANUP(unref_image) VipsImage *green = NULL;
	VipsImage *channels[] = {greys, greys, greys};

	return vips_bandjoin(channels, &joined, 3, NULL) ||
			       vips_copy(joined, &named, "interpretation",
					 greys->BandFmt == VIPS_FORMAT_USHORT
						 ? VIPS_INTERPRETATION_RGB16
						 : VIPS_INTERPRETATION_sRGB,
					 NULL) ||
			       apply_profile(named, &converted) ||
			       vips_extract_band(converted, &green, 1, NULL) ||
			       vips_copy(green, ret_image, "interpretation",
					 VIPS_INTERPRETATION_B_W, NULL)
		       ? -1
		       : 0;
}

/* False when there is no profile, or none that fits: browsers ignore it, too. */
static bool converts_by_profile(VipsImage *colour, VipsImage **ret_image)
{
	bool is_grey = colour->Bands == 1, is_of_rgb = has_profile_of(colour, "RGB ");
	const char *space = is_grey ? "GRAY" : colour->Bands == 4 ? "CMYK" : "RGB ";
	int error = -1;

	if (is_of_rgb && is_srgb(colour))
		return false;
	vips_error_freeze(); /* what the decoder said is still to be read there */
	if (is_grey && is_of_rgb)
		error = apply_profile_to_greys(colour, ret_image);
	else if (has_profile_of(colour, space))
		error = apply_profile(colour, ret_image);
	vips_error_thaw();
	return !error;
}

/* Colour channels alone. */
static int channels_to_srgb(VipsImage *colour, VipsImage **ret_image)
{
	if (to_srgb_is_identity(colour))
		return vips_copy(colour, ret_image, NULL);
	if (converts_by_profile(colour, ret_image))
		return 0;
	if (colour->Bands == 4)
		return inks_to_srgb(colour, ret_image);
	return vips_colourspace(
		colour, ret_image,
		colour->Bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL);
}

int to_srgb_divide_by_alpha(VipsImage *image, const struct image_header *header,
			    VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *divided = NULL;
	CLEANUP(unref_image) VipsImage *rounded = NULL;

	if (!header->is_premultiplied || !vips_image_hasalpha(image))
		return vips_copy(image, ret_image, NULL);
	return vips_unpremultiply(image, &divided, NULL) || vips_rint(divided, &rounded, NULL) ||
			       vips_cast(rounded, ret_image, image->BandFmt, NULL)
		       ? -1
		       : 0;
}

int to_srgb(VipsImage *image, bool has_alpha, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *colour = NULL;
	CLEANUP(unref_image) VipsImage *converted = NULL;
	CLEANUP(unref_image) VipsImage *alpha = NULL;
	CLEANUP(unref_image) VipsImage *alpha_8 = NULL;

	if (!has_alpha)
		return channels_to_srgb(image, ret_image);
	if (vips_extract_band(image, &colour, 0, "n", image->Bands - 1, NULL) ||
	    vips_extract_band(image, &alpha, image->Bands - 1, NULL) ||
	    channels_to_srgb(colour, &converted) ||
	    vips_cast(alpha, &alpha_8, VIPS_FORMAT_UCHAR, "shift",
		      alpha->BandFmt == VIPS_FORMAT_USHORT, NULL))
		return -1;
	return vips_bandjoin2(converted, alpha_8, ret_image, NULL);
}
