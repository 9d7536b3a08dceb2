#include "object_id.h"

#include <stdlib.h>
#include <string.h>
#ifdef HAS_XXHASH_DISPATCH
#include <xxh_x86dispatch.h>
#else
#include <xxhash.h>
#endif

#include "alloc.h"
#include "buf.h"

struct object_hasher {
	XXH3_state_t *state;
};

static struct object_id canonical(XXH128_hash_t hash)
{
	struct object_id id;
	XXH128_canonical_t text;

	XXH128_canonicalFromHash(&text, hash);
	memcpy(id.bytes, text.digest, sizeof id.bytes);
	return id;
}

struct object_id object_id_of(const void *data, size_t length_bytes)
{
	return canonical(XXH3_128bits(data, length_bytes));
}

bool object_id_equals(const struct object_id *a, const struct object_id *b)
{
	return !memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

void object_id_format(const struct object_id *id, char *ret_hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < OBJECT_ID_BYTES; i++) {
		ret_hex[2 * i] = digits[id->bytes[i] >> 4];
		ret_hex[2 * i + 1] = digits[id->bytes[i] & 15];
	}
	ret_hex[2 * OBJECT_ID_BYTES] = '\0';
}

bool object_id_parse(const char *hex, size_t length_bytes, struct object_id *ret_id)
{
	struct object_id id;

	if (length_bytes != 2 * OBJECT_ID_BYTES)
		return false;
	for (size_t i = 0; i < OBJECT_ID_BYTES; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		id.bytes[i] = (unsigned char)(high << 4 | low);
	}
	*ret_id = id;
	return true;
}

struct object_hasher *object_hasher_new(void)
{
	struct object_hasher *hasher = alloc_zeroed(1, sizeof *hasher);

	hasher->state = XXH3_createState();
	if (!hasher->state)
		abort();
	XXH3_128bits_reset(hasher->state);
	return hasher;
}

void object_hasher_free(struct object_hasher *hasher)
{
	if (!hasher)
		return;
	XXH3_freeState(hasher->state);
	free(hasher);
}

void object_hasher_reset(struct object_hasher *hasher)
{
	XXH3_128bits_reset(hasher->state);
}

void object_hasher_add(struct object_hasher *hasher, const void *data, size_t length_bytes)
{
	XXH3_128bits_update(hasher->state, data, length_bytes);
}

struct object_id object_hasher_finish(struct object_hasher *hasher)
{
	struct object_id id = canonical(XXH3_128bits_digest(hasher->state));

	object_hasher_reset(hasher);
	return id;
}
