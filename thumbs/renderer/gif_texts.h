/*
 * gif_texts.h: what a GIF says beside its pictures is left out (GIF89a, 24 to 27).
 *
 * Comments, texts and the data of applications are shown by nobody, and libnsgif 0.1 takes one
 * without any data for the end of the file. What stays: what comes before a picture says of it, and
 * how often a film is to be repeated. Pure, linear, every read bounds checked.
 */
#ifndef GIF_TEXTS_H
#define GIF_TEXTS_H

#include <stddef.h>

/* In place; the new length. */
size_t gif_texts_drop(unsigned char *data, size_t length_bytes);

#endif
