#include "webp.h"

#include <string.h>

#include <webp/decode.h>
#include <webp/encode.h>

static int append(const uint8_t *data, size_t length_bytes, const WebPPicture *picture)
{
	return buf_append(picture->custom_ptr, data, length_bytes) == 0;
}

static bool picture_init(WebPConfig *config, WebPPicture *picture, int width_px, int height_px,
			 int quality, int effort, struct buf *buf)
{
	if (!WebPConfigInit(config) || !WebPPictureInit(picture))
		return false;
	config->quality = (float)quality;
	config->method = effort;
	picture->width = width_px;
	picture->height = height_px;
	picture->writer = append;
	picture->custom_ptr = buf;
	return true;
}

bool webp_encode(const unsigned char *pixels, int width_px, int height_px, int bands, int quality,
		 int effort, struct buf *buf)
{
	WebPConfig config;
	WebPPicture picture;
	bool good;

	if (!picture_init(&config, &picture, width_px, height_px, quality, effort, buf))
		return false;
	good = bands == 4 ? WebPPictureImportRGBA(&picture, pixels, width_px * 4)
			  : WebPPictureImportRGB(&picture, pixels, width_px * 3);
	good = good && WebPEncode(&config, &picture);
	WebPPictureFree(&picture);
	return good;
}

/* How 0..255 are narrowed: `middle` becomes `base`, and 255 steps become `range`. */
struct levels {
	int middle, base, range;
};

static const struct levels luma_levels = {0, 16, 219}, chroma_levels = {128, 128, 224};

static void copy_plane(const unsigned char *from, int width_px, int height_px,
		       const struct levels *levels, uint8_t *to, int stride)
{
	uint8_t narrowed[256];

	for (int i = 0; i < 256; i++)
		narrowed[i] = (uint8_t)(((i - levels->middle) * levels->range * 2 + 255 +
					 levels->base * 510) /
					510);
	for (int y = 0; y < height_px; y++, from += width_px, to += stride)
		for (int x = 0; x < width_px; x++)
			to[x] = narrowed[from[x]];
}

/* Chroma of a picture in greys. */
static void fill_plane(int width_px, int height_px, uint8_t *to, int stride)
{
	for (int y = 0; y < height_px; y++, to += stride)
		memset(to, chroma_levels.base, (size_t)width_px);
}

bool webp_encode_planes(const unsigned char *const *planes, int n_planes, int width_px,
			int height_px, int quality, int effort, struct buf *buf)
{
	int colour_width_px = (width_px + 1) / 2, colour_height_px = (height_px + 1) / 2;
	WebPConfig config;
	WebPPicture picture;
	bool good;

	if (!picture_init(&config, &picture, width_px, height_px, quality, effort, buf) ||
	    !WebPPictureAlloc(&picture))
		return false;
	copy_plane(planes[0], width_px, height_px, &luma_levels, picture.y, picture.y_stride);
	for (int i = 1; i < 3; i++) {
		uint8_t *to = i == 1 ? picture.u : picture.v;

		if (i < n_planes)
			copy_plane(planes[i], colour_width_px, colour_height_px, &chroma_levels, to,
				   picture.uv_stride);
		else
			fill_plane(colour_width_px, colour_height_px, to, picture.uv_stride);
	}
	good = WebPEncode(&config, &picture);
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
