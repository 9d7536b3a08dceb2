/*
 * avif_fault.h: what libheif passes over in the head of an AVIF, and browsers refuse the file for.
 *
 * Pure; every read bounds checked.
 */
#ifndef AVIF_FAULT_H
#define AVIF_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/* The name of the first box that cannot be; NULL: none of those that are looked at. */
const char *avif_fault_find(const unsigned char *data, size_t length_bytes);
/* Whether the colour profile of the image shown cannot be read. Chromium refuses the file for it,
 * decoders pass over the profile. */
bool avif_has_broken_profile(const unsigned char *data, size_t length_bytes);

#endif
