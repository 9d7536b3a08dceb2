#include "webp.h"

#include <webp/decode.h>
#include <webp/encode.h>

static int append(const uint8_t *data, size_t length_bytes, const WebPPicture *picture)
{
	return buf_append(picture->custom_ptr, data, length_bytes) == 0;
}

bool webp_encode(const unsigned char *pixels, int width_px, int height_px, int bands, int quality,
		 int effort, struct buf *buf)
{
	WebPConfig config;
	WebPPicture picture;
	bool good;

	if (!WebPConfigInit(&config) || !WebPPictureInit(&picture))
		return false;
	config.quality = (float)quality;
	config.method = effort;
	picture.width = width_px;
	picture.height = height_px;
	picture.writer = append;
	picture.custom_ptr = buf;
	good = bands == 4 ? WebPPictureImportRGBA(&picture, pixels, width_px * 4)
			  : WebPPictureImportRGB(&picture, pixels, width_px * 3);
	good = good && WebPEncode(&config, &picture);
	WebPPictureFree(&picture);
	return good;
}

/* To planes, without the filters that only smooth: every coefficient is read all the same. */
bool webp_check(const struct buf *bytes)
{
	WebPDecoderConfig config;
	bool good;

	if (!WebPInitDecoderConfig(&config))
		return false;
	config.output.colorspace = MODE_YUVA;
	config.options.bypass_filtering = 1;
	config.options.no_fancy_upsampling = 1;
	good = WebPDecode((const uint8_t *)bytes->data, bytes->length_bytes, &config) ==
	       VP8_STATUS_OK;
	WebPFreeDecBuffer(&config.output);
	return good;
}
