#include "original.h"

#include "cleanup.h"
#include "to_srgb.h"

int original_load(const struct original *original, struct decode decode, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *loaded = NULL;

	decode.first_frame = original->hidden_frames;
	if (codec_load(original->header.type, original->data, original->length_bytes, decode,
		       &loaded))
		return -1;
	to_srgb_name_colours(loaded, &original->header, original->data, original->length_bytes);
	return to_srgb_divide_by_alpha(loaded, &original->header, ret_image);
}

int original_load_header(const struct original *original, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *opened = NULL;
	CLEANUP(unref_image) VipsImage *header = vips_image_new();

	if (original_load(original, (struct decode){.shrink = 1, .n_frames = 1}, &opened) ||
	    vips_image_pipelinev(header, VIPS_DEMAND_STYLE_ANY, opened, NULL))
		return -1;
	*ret_image = header;
	header = NULL;
	return 0;
}
