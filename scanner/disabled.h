/*
 * disabled.h: what shows nothing in HTML, and the ranges that <!-- picdesk-disable --> …
 * <!-- picdesk-enable --> and <!-- picdesk-disable-next-line --> silence; of other syntaxes their
 * own comments do.
 */
#ifndef DISABLED_H
#define DISABLED_H

#include "found.h"

struct disabled {
	struct found_range *hidden; /* in order, none within another */
	size_t n_hidden, hidden_capacity;
	struct found_range *ranges; /* in order; they may overlap */
	size_t n_ranges, ranges_capacity;
	bool is_off; /* since `off_since` */
	size_t off_since;
};

/* Comment by comment, in order: `comment` is the text of one, which ends at the offset `end` of
 * `text`; after the last, the end. */
void disabled_take(struct disabled *disabled, struct slice comment, struct slice text, size_t end);
void disabled_finish(struct disabled *disabled, size_t length_bytes);
void disabled_release(struct disabled *disabled);
/* Range by range, in order: in them nothing is shown. */
void disabled_hide(struct disabled *disabled, size_t start, size_t end);
bool disabled_is_hidden(const struct disabled *disabled, size_t offset);

#endif
