#include "gif_canvas.h"

#include <stdbool.h>
#include <string.h>

#include "gif_blocks.h"
#include "gif_lzw.h"
#include "octets.h"

#define MOST_TRUSTED_PX 2048
#define RESTORE_BACKGROUND 2 /* of the disposal methods */
#define RESTORE_PREVIOUS 3

/* What has been seen of a file so far. */
struct canvas {
	unsigned width_px, height_px; /* of the screen, with the first frame */
	bool is_distrusted, has_transparency, has_frame, is_covered, is_followed;
	unsigned control;  /* flags of the last graphic control that no frame has followed yet */
	size_t control_at; /* where they stand */
	bool names_colours;
	/* The first frame is taken away again, and a later one leaves some of its place free. */
	bool is_lifted, shows_under;
};

static bool is_distrusted(unsigned width_px, unsigned height_px)
{
	static const unsigned short sizes[][2] = {{640, 480},  {640, 512},   {800, 600},
						  {1024, 768}, {1280, 1024}, {1600, 1200}};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		if (width_px == sizes[i][0] && height_px == sizes[i][1])
			return true;
	return width_px > MOST_TRUSTED_PX || height_px > MOST_TRUSTED_PX;
}

static unsigned larger_of(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static void read_frame(struct canvas *canvas, const unsigned char *at)
{
	unsigned left = octets_u16le(at + 1), top = octets_u16le(at + 3), control = canvas->control;
	bool is_covered = left == 0 && top == 0 && octets_u16le(at + 5) >= canvas->width_px &&
			  octets_u16le(at + 7) >= canvas->height_px;

	canvas->control = 0;
	if (canvas->has_frame) {
		canvas->shows_under |= canvas->is_lifted && (!is_covered || control & 1);
		return;
	}
	canvas->has_frame = true;
	canvas->is_covered = is_covered;
	canvas->is_lifted = (control >> 2 & 7) == RESTORE_PREVIOUS;
	canvas->width_px = larger_of(canvas->width_px, left + octets_u16le(at + 5));
	canvas->height_px = larger_of(canvas->height_px, top + octets_u16le(at + 7));
}

/* A frame that is cleared away and names no transparent colour gets one that no pixel of it has. */
static void name_colour(unsigned char *data, size_t length_bytes, size_t at,
			const struct canvas *canvas)
{
	size_t codes_at = at + 10 + gif_table_bytes(data[at + 9]);
	uint64_t n_pixels = (uint64_t)octets_u16le(data + at + 5) * octets_u16le(data + at + 7);
	int unused;

	if ((canvas->control & 1) || (canvas->control >> 2 & 7) != RESTORE_BACKGROUND ||
	    data[canvas->control_at - 1] < 4 || codes_at >= length_bytes)
		return;
	unused = gif_lzw_unused_index(data + codes_at, length_bytes - codes_at, n_pixels);
	if (unused < 0)
		return;
	data[canvas->control_at] |= 1;
	data[canvas->control_at + 3] = (unsigned char)unused;
}

/* `at`: behind the screen's head. */
static void follow(unsigned char *data, size_t length_bytes, size_t at, struct canvas *canvas)
{
	/* A frame's head is the longest thing that is read here. */
	while (at && at < length_bytes && length_bytes - at > 11 && data[at] != GIF_TRAILER) {
		if (data[at] == GIF_IMAGE) {
			if (canvas->names_colours)
				name_colour(data, length_bytes, at, canvas);
			read_frame(canvas, data + at);
			at += 11 + gif_table_bytes(data[at + 9]);
		} else if (data[at] == GIF_EXTENSION) {
			if (data[at + 1] == GIF_GRAPHIC_CONTROL) {
				canvas->control = data[at + 3];
				canvas->control_at = at + 3;
			}
			canvas->has_transparency |= canvas->control & 1;
			at += 2;
		} else {
			return;
		}
		at = gif_behind_blocks(data, length_bytes, at);
	}
	canvas->is_followed = at && at < length_bytes && data[at] == GIF_TRAILER;
}

/* Whether the frame is needed, of a size that the format can name. */
static bool is_seen(const struct canvas *canvas)
{
	if (!canvas->has_frame || canvas->width_px > 0xffff || canvas->height_px > 0xffff)
		return false;
	if (canvas->is_followed && canvas->shows_under)
		return true;
	if (canvas->is_covered)
		return false;
	return canvas->is_distrusted || (canvas->is_followed && !canvas->has_transparency);
}

size_t gif_canvas_make_transparent(unsigned char *data, size_t length_bytes)
{
	/* Of colours of its own: clear, 0, end of information in three bits each. That is one
	 * pixel; decoders leave the others as they are. */
	unsigned char frame[] = {'!', 0xf9, 4,    1, 0, 0, 0, 0, ',', 0, 0, 0,    0, 0, 0,
				 0,   0,    0x80, 0, 0, 0, 0, 0, 0,   2, 2, 0x44, 1, 0};
	struct canvas canvas = {0};
	size_t at;

	_Static_assert(sizeof frame == GIF_CANVAS_FRAME_BYTES, "its size is public");
	if (length_bytes < 13)
		return length_bytes;
	canvas.width_px = octets_u16le(data + 6);
	canvas.height_px = octets_u16le(data + 8);
	canvas.is_distrusted = is_distrusted(canvas.width_px, canvas.height_px);
	at = 13 + gif_table_bytes(data[10]);
	follow(data, length_bytes, at, &canvas);
	if (canvas.is_followed && (canvas.has_transparency || is_seen(&canvas)))
		follow(data, length_bytes, at, &(struct canvas){.names_colours = true});
	if (!is_seen(&canvas))
		return length_bytes;
	frame[13] = (unsigned char)canvas.width_px;
	frame[14] = (unsigned char)(canvas.width_px >> 8);
	frame[15] = (unsigned char)canvas.height_px;
	frame[16] = (unsigned char)(canvas.height_px >> 8);
	memmove(data + at + sizeof frame, data + at, length_bytes - at);
	memcpy(data + at, frame, sizeof frame);
	return length_bytes + sizeof frame;
}
