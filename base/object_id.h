/*
 * object_id.h: the name of stored bytes: XXH3-128 of them, seed 0, in xxHash's canonical big-endian
 * form, printed as 32 lower-case hex digits.
 *
 * XXH3-128 is not collision resistant against an attacker: whoever stores bytes under a name that
 * exists compares them (docs/decisions.md). Here it names, and detects damage.
 */
#ifndef OBJECT_ID_H
#define OBJECT_ID_H

#include <stdbool.h>
#include <stddef.h>

#define OBJECT_ID_BYTES 16
#define OBJECT_ID_HEX_BYTES (2 * OBJECT_ID_BYTES + 1)

struct object_id {
	unsigned char bytes[OBJECT_ID_BYTES];
};

struct object_id object_id_of(const void *data, size_t length_bytes);
bool object_id_equals(const struct object_id *a, const struct object_id *b);
/* `ret_hex` holds OBJECT_ID_HEX_BYTES. */
void object_id_format(const struct object_id *id, char *ret_hex);
/* Exactly 32 hex digits of either case, or false. */
bool object_id_parse(const char *hex, size_t length_bytes, struct object_id *ret_id);

/* The same over bytes that arrive in pieces: new, add..., finish (which resets it for reuse). */
struct object_hasher;
struct object_hasher *object_hasher_new(void);
void object_hasher_free(struct object_hasher *hasher);
void object_hasher_reset(struct object_hasher *hasher);
void object_hasher_add(struct object_hasher *hasher, const void *data, size_t length_bytes);
struct object_id object_hasher_finish(struct object_hasher *hasher);

#endif
