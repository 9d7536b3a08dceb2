/*
 * disabled.h: HTML comments, and the ranges that <!-- picdesk-disable --> … <!-- picdesk-enable -->
 * and
 * <!-- picdesk-disable-next-line --> silence.
 */
#ifndef DISABLED_H
#define DISABLED_H

#include "found.h"

struct disabled {
	struct found_range *comments; /* in order */
	size_t n_comments, comments_capacity;
	struct found_range *ranges; /* in order; they may overlap */
	size_t n_ranges, ranges_capacity;
};

void disabled_find(const char *html, size_t length_bytes, struct disabled *ret_disabled);
void disabled_release(struct disabled *disabled);
/* In a comment. */
bool disabled_is_comment(const struct disabled *disabled, size_t offset);

#endif
