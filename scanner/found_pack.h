/*
 * found_pack.h: what was found in a file as bytes that can be kept, and back.
 *
 *	data = found_pack(&found, &arena);
 *	...
 *	if (found_unpack(data, &found)) ...         its strings are borrowed from `data`
 *
 * Lines and columns are kept, offsets are not. docs/cache-format.md has the format. Whatever the
 * bytes are, unpacking reads none beyond them and takes memory in proportion to them.
 */
#ifndef FOUND_PACK_H
#define FOUND_PACK_H

#include "found.h"

/* After found_place(). The bytes live in the arena. */
struct slice found_pack(const struct found *found, struct arena *arena);
/* False when these are no such bytes; then ret_found is empty. */
bool found_unpack(struct slice data, struct found *ret_found);

#endif
