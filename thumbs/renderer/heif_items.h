/*
 * heif_items.h: the items of an AVIF or HEIC (ISO/IEC 14496-12, 8.11) that a cut has left behind.
 *
 * Beside the image a file has thumbnails, EXIF, maps of depth and of light. Browsers look at none
 * of them; libheif refuses a file as a whole when one of them lies outside of it. Pure, linear,
 * every read bounds checked.
 */
#ifndef HEIF_ITEMS_H
#define HEIF_ITEMS_H

#include <stddef.h>

enum heif_items {
	HEIF_ITEMS_THERE,
	HEIF_ITEMS_LOST_OTHERS, /* none that is shown */
	HEIF_ITEMS_ZEROED, /* in place of data that is shown stand zeros, to the end of the file */
};

/* Moves those that lie at least in part behind the end, in place, to the first byte of the file,
 * but for what the primary item is shown with: what it is derived from, and alpha. */
enum heif_items heif_items_drop_lost(unsigned char *data, size_t length_bytes);
/* Hides lists of items (meta) behind the first, in place: browsers, and all that is looked at here,
 * take the first one, libheif the last. */
void heif_items_keep_first(unsigned char *data, size_t length_bytes);

#endif
