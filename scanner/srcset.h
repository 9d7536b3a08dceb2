/*
 * srcset.h: the image candidates of a srcset attribute: WHATWG HTML 4.8.4.2.2, "parse a srcset
 * attribute", step by step.
 *
 *	struct srcset_reader reader;
 *	srcset_init(&reader, text);
 *	while (srcset_next(&reader, &candidate))
 *		text.data[candidate.offset] begins its URL
 *
 * The text is the attribute's value, decoded. Candidates whose descriptors the standard refuses are
 * passed over. Linear, no memory.
 */
#ifndef SRCSET_H
#define SRCSET_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct srcset_candidate {
	size_t offset, length_bytes; /* of the URL; at least one byte */
	int width_px;                /* `w`; 0: none */
	int height_px;               /* `h`, which only goes with a width; 0: none */
	double density;              /* `x`; 0: none (or "0x") */
};

struct srcset_reader {
	struct slice text;
	size_t position;
	size_t looked_at; /* bytes looked at so far: the measure of work */
};

void srcset_init(struct srcset_reader *reader, struct slice text);
bool srcset_next(struct srcset_reader *reader, struct srcset_candidate *ret_candidate);

#endif
