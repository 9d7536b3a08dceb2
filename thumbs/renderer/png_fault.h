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

#endif
