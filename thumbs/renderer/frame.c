#include "frame.h"

#include "alloc.h"
#include "cleanup.h"
#include "codec.h"
#include "plan.h"
#include "to_srgb.h"

static int turn(VipsImage *image, int orientation, VipsImage **ret_image)
{
	if (orientation == 1)
		return vips_copy(image, ret_image, NULL);
	vips_image_set_int(image, VIPS_META_ORIENTATION, orientation);
	return vips_autorot(image, ret_image, NULL);
}

/* Unless it is known. The content-aware positions look at `image`. */
static int find_crop(const struct thumb_spec *spec, VipsImage *image, int width_px, int height_px,
		     struct frame_crop *crop)
{
	CLEANUP(unref_image) VipsImage *cropped = NULL;
	VipsInteresting interesting = spec->position == THUMB_ATTENTION ? VIPS_INTERESTING_ATTENTION
									: VIPS_INTERESTING_ENTROPY;

	if (crop->is_known)
		return 0;
	crop->is_known = true;
	if (spec->position != THUMB_ATTENTION && spec->position != THUMB_ENTROPY) {
		plan_crop(spec->position, image->Xsize - width_px, image->Ysize - height_px,
			  &crop->left_px, &crop->top_px);
		return 0;
	}
	if (vips_smartcrop(image, &cropped, width_px, height_px, "interesting", interesting, NULL))
		return -1;
	crop->left_px = -cropped->Xoffset;
	crop->top_px = -cropped->Yoffset;
	return 0;
}

static bool is_grey(const unsigned char colour[3])
{
	return colour[0] == colour[1] && colour[1] == colour[2];
}

/* On a colour a picture in greys becomes one in colour. */
static int flatten(const struct thumb_spec *spec, VipsImage *image, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *laid = NULL;
	double colour[3];
	VipsArrayDouble *background;
	int error = image->Bands == 2 && !is_grey(spec->background)
			    ? vips_colourspace(image, &laid, VIPS_INTERPRETATION_sRGB, NULL)
			    : vips_copy(image, &laid, NULL);

	if (error)
		return error;
	for (int i = 0; i < 3; i++)
		colour[i] = spec->background[i];
	background = vips_array_double_new(colour, laid->Bands - 1);
	error = vips_flatten(laid, ret_image, "background", background, NULL);
	vips_area_unref(VIPS_AREA(background));
	return error;
}

void frame_drop_metadata(VipsImage *image)
{
	static const char *const names[] = {VIPS_META_ICC_NAME, VIPS_META_EXIF_NAME,
					    VIPS_META_XMP_NAME, VIPS_META_IPTC_NAME,
					    VIPS_META_ORIENTATION};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		vips_image_remove(image, names[i]);
}

static int finish(const struct thumb_spec *spec, VipsImage *frame, bool has_alpha,
		  const struct frame_crop *crop, const struct thumb *thumb, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *cropped = NULL;
	bool must_flatten = has_alpha && (thumb->type == MEDIA_JPEG || spec->has_background);

	if (vips_extract_area(frame, &cropped, crop->left_px, crop->top_px, thumb->width_px,
			      thumb->height_px, NULL))
		return -1;
	if (must_flatten ? flatten(spec, cropped, ret_image) : vips_copy(cropped, ret_image, NULL))
		return -1;
	frame_drop_metadata(*ret_image);
	return 0;
}

/* Scaled pixels as an image that says what they mean. */
static int frame_of(const struct frame_pixels *from, const VipsImage *decoded,
		    VipsImage **ret_image)
{
	size_t size_bytes = (size_t)from->width_px * (size_t)from->height_px * (size_t)from->bands;
	CLEANUP(unref_image)
	VipsImage *image =
		vips_image_new_from_memory(from->pixels, size_bytes, from->width_px,
					   from->height_px, from->bands, VIPS_FORMAT_UCHAR);
	const void *profile;
	size_t profile_bytes;

	if (!image || vips_copy(image, ret_image, "interpretation", decoded->Type, NULL))
		return -1;
	if (vips_image_get_typeof(decoded, VIPS_META_ICC_NAME) &&
	    !vips_image_get_blob(decoded, VIPS_META_ICC_NAME, &profile, &profile_bytes))
		vips_image_set_blob_copy(*ret_image, VIPS_META_ICC_NAME, profile, profile_bytes);
	return 0;
}

int frame_make(const struct frame_source *source, const struct frame_pixels *pixels,
	       const struct thumb_spec *spec, const struct thumb *thumb, struct frame_crop *crop,
	       VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *frame = NULL;
	CLEANUP(unref_image) VipsImage *converted = NULL;
	CLEANUP(unref_image) VipsImage *upright = NULL;
	CLEANUP(unref_image) VipsImage *finished = NULL;

	return frame_of(pixels, source->decoded, &frame) ||
			       to_srgb(frame, source->has_alpha, &converted) ||
			       turn(converted, source->orientation, &upright) ||
			       find_crop(spec, upright, thumb->width_px, thumb->height_px, crop) ||
			       finish(spec, upright, source->has_alpha, crop, thumb, &finished) ||
			       codec_to_memory(finished, ret_image)
		       ? -1
		       : 0;
}
