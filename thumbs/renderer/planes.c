#include "planes.h"

#include <string.h>

/* ITU-T T.871 section 7, in units of 1 / 65536. */
#define RED_OF_CR 91881
#define GREEN_OF_CB 22554
#define GREEN_OF_CR 46802
#define BLUE_OF_CB 116130
#define HALF 32768

/* `samples`: of the plane, a pixel of the original. */
static struct axis axis_in_window(int size_px, double samples, int original_px, int scaled_px,
				  int start_px, int length_px, int shrink)
{
	double scale = (double)original_px * samples / scaled_px;

	return (struct axis){
		.size_px = size_px,
		.out_size_px = (length_px + shrink - 1) / shrink,
		.scale = scale * shrink,
		.start_px = scale * start_px,
	};
}

void planes_init(struct planes *planes, const struct jpeg_layout *layout,
		 const struct planes_window *window, int colour_shrink)
{
	*planes = (struct planes){.colours = layout->colours, .n_planes = layout->n_planes};
	for (int i = 0; i < layout->n_planes; i++) {
		const struct jpeg_plane *plane = &layout->planes[i];
		int shrink = i ? colour_shrink : 1;
		struct axis across = axis_in_window(
			plane->width_px, plane->across, window->original_width_px,
			window->scaled_width_px, window->left_px, window->width_px, shrink);
		struct axis down = axis_in_window(
			plane->height_px, plane->down, window->original_height_px,
			window->scaled_height_px, window->top_px, window->height_px, shrink);

		resampler_init(&planes->planes[i], &across, &down, 1, false);
	}
}

void planes_push(struct planes *planes, int plane, const unsigned char *row)
{
	resampler_push(&planes->planes[plane], row);
}

static unsigned char clamped(int32_t value)
{
	return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void convert_row(const unsigned char *const samples[JPEG_MAX_PLANES], int width_px,
			unsigned char *restrict to)
{
	for (int x = 0; x < width_px; x++) {
		int32_t luma = samples[0][x] * 65536 + HALF;
		int32_t cb = samples[1][x] - 128, cr = samples[2][x] - 128;

		to[3 * x] = clamped((luma + RED_OF_CR * cr) >> 16);
		to[3 * x + 1] = clamped((luma - GREEN_OF_CB * cb - GREEN_OF_CR * cr) >> 16);
		to[3 * x + 2] = clamped((luma + BLUE_OF_CB * cb) >> 16);
	}
}

void planes_interleave(const struct planes *planes, unsigned char *ret_pixels)
{
	size_t width_px = (size_t)planes->planes[0].out_width_px;
	size_t n_pixels = width_px * (size_t)planes->planes[0].out_height_px;

	for (size_t at = 0; at < n_pixels; at += width_px) {
		const unsigned char *samples[JPEG_MAX_PLANES];
		unsigned char *to = ret_pixels + at * (size_t)planes->n_planes;

		for (int i = 0; i < planes->n_planes; i++)
			samples[i] = planes->planes[i].pixels + at;
		if (planes->colours == JPEG_YCC)
			convert_row(samples, (int)width_px, to);
		else
			for (size_t x = 0; x < width_px; x++)
				for (int i = 0; i < planes->n_planes; i++)
					*to++ = samples[i][x];
	}
}

void planes_release(struct planes *planes)
{
	for (int i = 0; i < planes->n_planes; i++)
		resampler_release(&planes->planes[i]);
	*planes = (struct planes){0};
}
