/*
 * png_chunks.h: the chunks of a PNG file one after another (PNG, third edition, section 5.3).
 *
 * Pure; the file is untrusted, and every read bounds checked.
 */
#ifndef PNG_CHUNKS_H
#define PNG_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>

#define PNG_SIGNATURE_BYTES 8 /* the first chunk stands behind it */

struct png_chunk {
	const unsigned char *type; /* 4 bytes, the body after it */
	size_t body_bytes;         /* what is there of it */
	size_t end;                /* of the file where the chunk is cut */
	bool is_whole;
};

/* False at the end of the file. The next one stands at ret_chunk->end. */
bool png_next_chunk(const unsigned char *data, size_t length_bytes, size_t at,
		    struct png_chunk *ret_chunk);
bool png_is_image_data(const struct png_chunk *chunk);
/* Of a whole one. */
bool png_has_wrong_crc(const struct png_chunk *chunk);
/* Of any chunk of the image data: libspng may not look. */
bool png_has_wrong_data_crc(const unsigned char *data, size_t length_bytes);

#endif
