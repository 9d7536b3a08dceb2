/*
 * png_repair.h: a PNG whose image data cannot be read to its end, written anew if every pixel is
 * there.
 *
 * Decoders refuse a PNG for a checksum, or for the last bytes of its zlib stream, that hold no
 * pixel; browsers show it. Here the image data is inflated as far as it goes. If that gives all
 * rows, the file is rebuilt: the chunks before the image data, one IDAT with the same rows in a
 * zlib stream that ends, IEND. Checksums of the old data are not looked at. Pure but for memory;
 * every read bounds checked.
 */
#ifndef PNG_REPAIR_H
#define PNG_REPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct png_rows {
	/* Nothing was wrong but the zlib stream's own checksum of the rows (Adler-32), at which
	 * libpng and browsers do not look. */
	bool are_shown;
	/* Nothing was wrong but that the image data ends before the last row. */
	bool are_missing;
};

/* False when rows are missing or unreadable, when they are more than `max_bytes`, or when what is
 * rebuilt does not fit into ret_file. That is initialised, with a maximum, and empty. *ret_rows is
 * always set. */
bool png_repair(const unsigned char *data, size_t length_bytes, uint64_t max_bytes,
		struct buf *ret_file, struct png_rows *ret_rows);

/* Whether something stands behind the last of the rows that takes long: the image data is longer
 * than any encoder makes of them, or long, and inflates to more. libpng inflates that to its end, of
 * 18 MB 18 GB; nobody sees it. */
bool png_data_goes_on(const unsigned char *data, size_t length_bytes);

#endif
