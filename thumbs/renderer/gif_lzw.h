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

/* Whether the codes in the sub-blocks (of which the last may be cut) stand for at least `n_pixels`.
 * `data` begins with the minimum code size. */
bool gif_lzw_gives(const unsigned char *data, size_t length_bytes, uint64_t n_pixels);
/* Whether they end before that, and mean something as far as they go. */
bool gif_lzw_falls_short(const unsigned char *data, size_t length_bytes, uint64_t n_pixels);
/* An index, up to 255, that none of these pixels has; -1: there is none. */
int gif_lzw_unused_index(const unsigned char *data, size_t length_bytes, uint64_t n_pixels);

#endif
