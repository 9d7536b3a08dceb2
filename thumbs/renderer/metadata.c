#include "metadata.h"

#include <string.h>

#include "image_items.h"
#include "octets.h"

#define EXIF_BYTES 4 /* of its name */

static void rename_at(unsigned char *data)
{
	if (!memcmp(data, "Exif", EXIF_BYTES) || !memcmp(data, "EXIF", EXIF_BYTES))
		data[0] = '-';
}

/* Up to the first scan: only there are they read. Bytes between two segments are passed over. */
static void hide_in_jpeg(unsigned char *data, size_t length_bytes)
{
	size_t at = 2;

	while (at < length_bytes && length_bytes - at >= 4 + EXIF_BYTES) {
		unsigned char marker = data[at + 1];

		if (data[at] != 0xff || marker == 0xff || marker < 0xc0 || marker == 0xd8) {
			at++;
			continue;
		}
		if (marker == 0xda)
			return;
		if (marker == 0xe1)
			rename_at(data + at + 4);
		at += 2 + (size_t)octets_u16be(data + at + 2);
	}
}

static void hide_in_webp(unsigned char *data, size_t length_bytes)
{
	size_t at = 12;

	while (at < length_bytes && length_bytes - at >= 8) {
		uint64_t body_bytes = octets_u32le(data + at + 4);

		rename_at(data + at);
		at += 8 + (size_t)(body_bytes + (body_bytes & 1));
	}
}

static void hide_in_boxes(unsigned char *data, size_t length_bytes)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	struct image_item_info info = {0};
	struct image_items items;

	if (!image_items_find(&bytes, &items))
		return;
	while (image_items_next_info(&items, &info))
		rename_at(data + info.type_at);
}

void metadata_hide(enum media_type type, unsigned char *data, size_t length_bytes)
{
	if (type == MEDIA_JPEG)
		hide_in_jpeg(data, length_bytes);
	else if (type == MEDIA_WEBP)
		hide_in_webp(data, length_bytes);
	else if (type == MEDIA_AVIF || type == MEDIA_HEIC)
		hide_in_boxes(data, length_bytes);
}
