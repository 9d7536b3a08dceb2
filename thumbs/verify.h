/*
 * verify.h: a renderer's reply measured against what was asked, before anyone uses it.
 *
 * The renderer decodes hostile bytes, so its word counts for nothing here: type, width, height and
 * whether it moves are read again from each thumbnail's bytes, and compared with what the spec
 * makes of the original's size. Pure.
 */
#ifndef VERIFY_H
#define VERIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "thumbs.h"

/* The type that the spec gives for such an original: `auto` is WebP for alpha and for kept motion.
 */
enum media_type verify_expected_type(const struct thumb_spec *spec, bool has_alpha, int frames);

/* More than any encoder makes of one of the job's thumbnails. */
size_t verify_most_bytes(const struct thumb_job *job);

/* True when everything holds; fills in is_smaller_than_spec. Else ret_why says what does not, for
 * people. */
bool verify_result(const struct thumb_job *job, struct thumb_result *result, char *ret_why,
		   size_t why_bytes);

#endif
