#include "gif_canvas.h"

#include <stdbool.h>
#include <string.h>

#define EXTENSION 0x21
#define GRAPHIC_CONTROL 0xf9
#define IMAGE 0x2c
#define TRAILER 0x3b

/* What has been seen of a file so far. */
struct canvas {
	unsigned width_px, height_px; /* of the screen */
	bool has_transparency, has_frame, is_covered;
};

static unsigned u16le(const unsigned char *at)
{
	return at[0] | (unsigned)at[1] << 8;
}

static size_t table_bytes(unsigned flags)
{
	return flags & 0x80 ? 3u << ((flags & 7) + 1) : 0;
}

/* Behind the sub-blocks; 0 when they do not end. */
static size_t behind_blocks(const unsigned char *data, size_t length_bytes, size_t at)
{
	while (at < length_bytes && data[at])
		at += 1 + (size_t)data[at];
	return at < length_bytes ? at + 1 : 0;
}

static void read_frame(struct canvas *canvas, const unsigned char *at)
{
	if (!canvas->has_frame)
		canvas->is_covered = u16le(at + 1) == 0 && u16le(at + 3) == 0 &&
				     u16le(at + 5) >= canvas->width_px &&
				     u16le(at + 7) >= canvas->height_px;
	canvas->has_frame = true;
}

/* *ret_end: of the last frame. */
static bool is_seen(const unsigned char *data, size_t length_bytes, size_t *ret_end)
{
	struct canvas canvas = {0};
	size_t at = 13;

	if (length_bytes < at)
		return false;
	canvas.width_px = u16le(data + 6);
	canvas.height_px = u16le(data + 8);
	at += table_bytes(data[10]);
	/* A frame's head is the longest thing that is read here. */
	while (at < length_bytes && length_bytes - at > 11 && data[at] != TRAILER) {
		if (data[at] == IMAGE) {
			read_frame(&canvas, data + at);
			at += 11 + table_bytes(data[at + 9]);
		} else if (data[at] == EXTENSION) {
			canvas.has_transparency |=
				data[at + 1] == GRAPHIC_CONTROL && data[at + 3] & 1;
			at += 2;
		} else {
			return false;
		}
		at = behind_blocks(data, length_bytes, at);
		if (!at)
			return false;
	}
	*ret_end = at;
	return at < length_bytes && data[at] == TRAILER && canvas.has_frame && !canvas.is_covered &&
	       !canvas.has_transparency;
}

size_t gif_canvas_make_transparent(unsigned char *data, size_t length_bytes)
{
	/* One pixel, of colours of its own: clear, 0, end of information in three bits each. */
	static const unsigned char frame[] = {EXTENSION, GRAPHIC_CONTROL,
					      4,         1,
					      0,         0,
					      0,         0,
					      IMAGE,     0,
					      0,         0,
					      0,         1,
					      0,         1,
					      0,         0x80,
					      0,         0,
					      0,         0,
					      0,         0,
					      2,         2,
					      0x44,      1,
					      0};

	size_t end;

	_Static_assert(sizeof frame == GIF_CANVAS_FRAME_BYTES, "its size is public");
	if (!is_seen(data, length_bytes, &end))
		return length_bytes;
	memmove(data + end + sizeof frame, data + end, length_bytes - end);
	memcpy(data + end, frame, sizeof frame);
	return length_bytes + sizeof frame;
}
