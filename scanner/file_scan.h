/*
 * file_scan.h: the images that one file names: a pure function of the site's description and the
 * file's bytes, so that it may run in any thread.
 */
#ifndef FILE_SCAN_H
#define FILE_SCAN_H

#include "file_kind.h"
#include "found.h"
#include "image_key.h"

struct file_scan_context {
	const struct site *site;
	const struct image_keys *image_keys;
	const char *const *image_key_names; /* of image_keys */
	const char *const *lazy_attributes;
	const char *const *shortcodes;
};

/* `is_cut`: the file is longer than `text`. ret_found is sorted by offset. */
void file_scan(const struct file_scan_context *context, enum file_kind kind, const char *text,
	       size_t length_bytes, bool is_cut, struct found *ret_found);

#endif
