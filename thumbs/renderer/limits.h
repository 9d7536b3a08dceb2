/*
 * limits.h: what is refused before any decoder sees it, for it is small and would take long.
 *
 * Pure; the numbers are untrusted.
 */
#ifndef LIMITS_H
#define LIMITS_H

#include "image_header.h"
#include "structure.h"
#include "thumbs.h"

/* False with the verdict set: more than 10,000 segments of metadata, scans that take more than a
 * few seconds whatever is in them, tiles of more than 200 million pixels, frames of a WebP that are
 * more than `max_pixels` in all, where small ones count as 10,000. */
bool limits_allow(const struct image_header *header, const struct structure_counts *counts,
		  uint64_t max_pixels, struct thumb_result *result);
/* The verdict on so many frames or scans of this size. */
void limits_refuse(unsigned count, const char *what, const struct image_header *header,
		   struct thumb_result *result);

#endif
