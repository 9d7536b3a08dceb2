/*
 * png_fault.h: what is wrong with the chunks of a PNG that a decoder refuses, in words.
 *
 * libvips passes libpng's warnings on, and keeps its errors to itself. Pure; every read bounds
 * checked.
 */
#ifndef PNG_FAULT_H
#define PNG_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/* "PLTE: missing". False: nothing is wrong with the chunks, as far as that tells. */
bool png_fault_find(const unsigned char *data, size_t length_bytes, char *ret_text,
		    size_t size_bytes);

/* Whether what an animated PNG says of the frame that is the image itself cannot be: decoders of
 * still images do not look at it, browsers refuse the file. */
bool png_fault_is_in_first_frame(const unsigned char *data, size_t length_bytes);

#endif
