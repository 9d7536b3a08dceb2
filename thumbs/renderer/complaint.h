/*
 * complaint.h: what is wrong with an image, as one line for people: in the words of its decoder, or
 * where decoders say nothing of it.
 */
#ifndef COMPLAINT_H
#define COMPLAINT_H

#include <stdbool.h>
#include <stddef.h>

#include "media_type.h"

#define COMPLAINT_BYTES 160

/* "VipsJpeg: Corrupt JPEG data": the name of libvips' loader in front says nothing to people. */
const char *complaint_without_loader(const char *text);
/* The last line of libvips' errors: what came before led there. Valid until the next call. */
const char *complaint_of_decoder(const char *errors);
/* Whether a decoder gave up because the data ended before the image did, in a file whose framing is
 * whole: a JPEG that was cut and then given an end, an AVIF whose last box has no length. */
bool complaint_is_of_missing_data(enum media_type type, const char *errors);
/* Whether it ran out of memory: no fault of the image. */
bool complaint_is_of_memory(const char *errors);
/* What is wrong with a file whose pixels are all there: a chunk of a PNG that was left out (a
 * broken profile), a checksum, junk after the end. False: nothing. `warning`: libvips' of the
 * header. */
bool complaint_of_harmless_damage(enum media_type type, const unsigned char *data,
				  size_t length_bytes, const char *warning,
				  char ret_text[COMPLAINT_BYTES]);

#endif
