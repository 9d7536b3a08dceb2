#include "codec.h"

#include <stdint.h>

#include "jpeg.h"
#include "cleanup.h"
#include "webp.h"
#include "webp_strip.h"
#include "wire.h"

#define STRIP_LINES 16
#define WEBP_EFFORT 4
#define AVIF_EFFORT 3
#define PNG_COMPRESSION 6

#if VIPS_MAJOR_VERSION > 8 || (VIPS_MAJOR_VERSION == 8 && VIPS_MINOR_VERSION >= 15)
#define WITHOUT_METADATA "keep", VIPS_FOREIGN_KEEP_NONE
#else
#define WITHOUT_METADATA "strip", TRUE
#endif

/* Without it sides above 16,384 px are refused; ours go to THUMB_MAX_SIDE_PX, and what takes much
 * memory is refused before. From libvips 8.16 on it lifts limits of libheif's own, which let such
 * sides pass. */
#if VIPS_MAJOR_VERSION == 8 && VIPS_MINOR_VERSION < 16
#define HEIF_SIDES "unlimited", TRUE
#else
#define HEIF_SIDES "unlimited", FALSE
#endif

int codec_load(enum media_type type, const void *bytes, size_t length_bytes, struct decode decode,
	       VipsImage **ret_image)
{
	void *data = (void *)(uintptr_t)bytes;
	int n = decode.n_frames;

	switch (type) {
	case MEDIA_JPEG:
		return vips_jpegload_buffer(data, length_bytes, ret_image, "shrink", decode.shrink,
					    "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
					    VIPS_FAIL_ON_ERROR, NULL);
	case MEDIA_PNG:
		return vips_pngload_buffer(data, length_bytes, ret_image, "access",
					   VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR,
					   NULL);
	case MEDIA_GIF:
		return vips_gifload_buffer(
			data, length_bytes, ret_image, "page", decode.first_frame, "n", n, "access",
			VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
	case MEDIA_WEBP:
		/* Decoded whole: without this, to a temporary file from 100 MiB on. */
		return vips_webpload_buffer(data, length_bytes, ret_image, "n", n, "memory", TRUE,
					    "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
					    VIPS_FAIL_ON_ERROR, NULL);
	default:
		return vips_heifload_buffer(data, length_bytes, ret_image, HEIF_SIDES, "access",
					    VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR,
					    NULL);
	}
}

/* Strip by strip, in this thread: for images of this size the thread pool of libvips costs more
 * than it gives, and the renderers fill the cores. */
int codec_pull(VipsImage *from, row_sink *sink, void *context)
{
	VipsRegion *region = vips_region_new(from);
	int error = 0;

	for (int top = 0; !error && top < from->Ysize; top += STRIP_LINES) {
		VipsRect strip = {0, top, from->Xsize, VIPS_MIN(STRIP_LINES, from->Ysize - top)};

		error = vips_region_prepare(region, &strip);
		for (int y = top; !error && sink && y < top + strip.height; y++)
			error = sink(context, y, VIPS_REGION_ADDR(region, 0, y));
	}
	g_object_unref(region);
	return error;
}

int codec_pull_jpeg(const void *data, size_t length_bytes, int shrink, const struct jpeg_sink *sink)
{
	struct jpeg_notes notes;
	int error = jpeg_decode(data, length_bytes, shrink, sink, &notes);

	if (notes.warning[0])
		vips_error("VipsJpeg", "%s", notes.warning);
	if (notes.error[0])
		vips_error("VipsJpeg", "%s", notes.error);
	return error;
}

static int write_row(void *image, int y, const unsigned char *row)
{
	return vips_image_write_line(image, y, (VipsPel *)(uintptr_t)row);
}

int codec_to_memory(VipsImage *from, VipsImage **ret_image)
{
	CLEANUP(unref_image) VipsImage *image = vips_image_new_memory();

	if (vips_image_pipelinev(image, VIPS_DEMAND_STYLE_ANY, from, NULL) ||
	    codec_pull(from, write_row, image))
		return -1;
	/* It inherits the demand of what is before it: an encoder would be handed single lines,
	 * each through a wait for another thread. */
	image->dhint = VIPS_DEMAND_STYLE_FATSTRIP;
	*ret_image = image;
	image = NULL;
	return 0;
}

static int encode_jpeg(const struct thumb_spec *spec, VipsImage *image, struct buf *ret_bytes)
{
	struct jpeg_notes notes;

	if (!jpeg_encode(VIPS_IMAGE_ADDR(image, 0, 0), image->Xsize, image->Ysize, image->Bands,
			 spec->quality, ret_bytes, &notes))
		return 0;
	vips_error("VipsJpeg", "%s", notes.error);
	return -1;
}

static bool is_still_colour(VipsImage *image)
{
	return image->Bands >= 3 && vips_image_get_page_height(image) == image->Ysize;
}

static int encode_webp(const struct thumb_spec *spec, VipsImage *image, struct buf *ret_bytes)
{
	if (webp_encode(VIPS_IMAGE_ADDR(image, 0, 0), image->Xsize, image->Ysize, image->Bands,
			spec->quality, WEBP_EFFORT, ret_bytes))
		return 0;
	vips_error("webp", "%s", "the encoder failed");
	return -1;
}

int codec_encode(const struct thumb_spec *spec, enum media_type type, VipsImage *image,
		 struct buf *ret_bytes)
{
	void *data = NULL;
	size_t length_bytes = 0;
	int error;

	buf_init(ret_bytes, WIRE_MAX_THUMB_BYTES);
	if (type == MEDIA_JPEG)
		return encode_jpeg(spec, image, ret_bytes);
	if (type == MEDIA_WEBP && is_still_colour(image))
		return encode_webp(spec, image, ret_bytes);
	if (type == MEDIA_WEBP)
		error = vips_webpsave_buffer(image, &data, &length_bytes, "Q", spec->quality,
					     "effort", WEBP_EFFORT, WITHOUT_METADATA, NULL);
	else if (type == MEDIA_PNG)
		error = vips_pngsave_buffer(image, &data, &length_bytes, "compression",
					    PNG_COMPRESSION, WITHOUT_METADATA, NULL);
	else
		error = vips_heifsave_buffer(image, &data, &length_bytes, "Q", spec->quality,
					     "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1,
					     "effort", AVIF_EFFORT, WITHOUT_METADATA, NULL);
	if (!error && type == MEDIA_WEBP)
		length_bytes = webp_strip(data, length_bytes);
	if (!error)
		error = buf_append(ret_bytes, data, length_bytes);
	g_free(data);
	return error ? -1 : 0;
}

int codec_colour_shrink(const struct thumb_spec *spec, enum media_type type)
{
	return type == MEDIA_JPEG ? jpeg_colour_shrink(spec->quality) : type == MEDIA_WEBP ? 2 : 0;
}

int codec_encode_planes(const struct thumb_spec *spec, enum media_type type,
			const struct planes *planes, struct buf *ret_bytes)
{
	const unsigned char *pixels[JPEG_MAX_PLANES] = {
		planes->planes[0].pixels, planes->planes[1].pixels, planes->planes[2].pixels};
	int width_px = planes->planes[0].out_width_px, height_px = planes->planes[0].out_height_px;
	struct jpeg_notes notes = {.error = "the encoder failed"};
	bool good;

	buf_init(ret_bytes, WIRE_MAX_THUMB_BYTES);
	if (type == MEDIA_JPEG)
		good = !jpeg_encode_planes(pixels, planes->n_planes, width_px, height_px,
					   spec->quality, ret_bytes, &notes);
	else
		good = webp_encode_planes(pixels, planes->n_planes, width_px, height_px,
					  spec->quality, WEBP_EFFORT, ret_bytes);
	if (!good)
		vips_error(media_type_name(type), "%s", notes.error);
	return good ? 0 : -1;
}

static int check_jpeg(const struct buf *bytes)
{
	struct jpeg_notes notes;

	/* By its coefficients: the smallest inverse transform reads all of them. */
	if (jpeg_decode((const unsigned char *)bytes->data, bytes->length_bytes, CODEC_MAX_SHRINK,
			NULL, &notes) ||
	    notes.warning[0]) {
		vips_error("VipsJpeg", "the thumbnail: %s%s", notes.error, notes.warning);
		return -1;
	}
	return 0;
}

int codec_check(enum media_type type, const struct buf *bytes)
{
	CLEANUP(unref_image) VipsImage *image = NULL;
	struct decode decode = {.shrink = 1, .n_frames = type == MEDIA_WEBP ? -1 : 1};

	if (type == MEDIA_JPEG)
		return check_jpeg(bytes);
	if (type == MEDIA_WEBP && webp_check(bytes))
		return 0;
	if (codec_load(type, bytes->data, bytes->length_bytes, decode, &image))
		return -1;
	return codec_pull(image, NULL, NULL);
}
