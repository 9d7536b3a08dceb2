/*
 * gif_lzw.h: how many pixels the image data of a GIF gives (GIF89a, appendix F).
 *
 * For a file that was cut: decoders show what came and say nothing, and the end of the data alone
 * does not tell whether a pixel is missing. And which colours they have. Pure, linear, every read
 * bounds checked.
 */
#ifndef GIF_LZW_H
#define GIF_LZW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gif_codes {
	GIF_CODES_WHOLE,
	GIF_CODES_FLUSH,  /* so are these, and not a bit stands behind the last one needed */
	GIF_CODES_SHORT,  /* they end before that, and mean something as far as they go */
	GIF_CODES_BROKEN, /* one has no meaning */
};

/* Whether the codes in the sub-blocks (of which the last may be cut) stand for at least `n_pixels`.
 * `data` begins with the minimum code size. */
enum gif_codes gif_lzw_read(const unsigned char *data, size_t length_bytes, uint64_t n_pixels);
/* An index, up to 255, that none of these pixels has; -1: there is none. */
int gif_lzw_unused_index(const unsigned char *data, size_t length_bytes, uint64_t n_pixels);

#endif
