#include "../cmocka_all.h"

#include <stdlib.h>

#include "object_id.h"

/* The digest of no bytes is from xxHash's own sanity test (XXH3-128, seed 0). */
static void names_bytes_as_xxhash_does(void **state)
{
	struct object_id id = object_id_of("", 0), parsed;
	char hex[OBJECT_ID_HEX_BYTES];

	(void)state;
	object_id_format(&id, hex);
	assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
	assert_true(object_id_parse("99AA06D3014798D86001C324468D497F", 32, &parsed));
	assert_true(object_id_equals(&id, &parsed));
	assert_false(object_id_parse("99aa", 4, &parsed));
	assert_false(object_id_parse("g9aa06d3014798d86001c324468d497f", 32, &parsed));
}

static void pieces_give_the_same_name(void **state)
{
	struct object_hasher *hasher = object_hasher_new();
	struct object_id whole = object_id_of("hello world", 11), pieces;

	(void)state;
	for (int round = 0; round < 2; round++) {
		object_hasher_add(hasher, "hello", 5);
		object_hasher_add(hasher, " world", 6);
		pieces = object_hasher_finish(hasher);
		assert_true(object_id_equals(&whole, &pieces));
	}
	object_hasher_free(hasher);
}

/* Digests of the bytes 0, 1, ... 255, 0, ... by xxHash 0.8.1 with SSE2: one length for each of the
 * algorithm's ways, so whatever the processor's vector instructions, names stay what they were. */
static void names_long_bytes_as_xxhash_does(void **state)
{
	static const struct {
		size_t length_bytes;
		const char *hex;
	} rows[] = {
		{3, "e3b55f57945a17cf5f4299fc161c9cbb"},
		{8, "e1e4432a62217fe4cfd50c61c8bb98c1"},
		{16, "72950631827607e2842812cc870dcae2"},
		{17, "685bc458b37d057fc06e233df7729217"},
		{128, "14792fc3af88dc6c05321a0b64d67b41"},
		{129, "dd5e74ac6b45f54ebc30b63382b09a3b"},
		{240, "65b5be86da5540e7c92b68e16f83bbb6"},
		{241, "1da1cb61bcb8a2a102e8cd95421c6d02"},
		{1024, "83885e853bb6640ca870f92984398d22"},
		{1025, "e1e508f110763b4678c86e91ee939852"},
		{4096, "03916578969f7a66eb4b7c3707879151"},
		{65536, "9b31b2ce54c6e35a9a1db56d610a5516"},
		{1000003, "9b3874854a8cb52c5dd5852dee5bfb9c"},
		{1048576, "1b208d2839093774d36c0e13a3df139e"},
	};
	unsigned char *data = malloc(1 << 20);

	(void)state;
	for (size_t i = 0; i < 1 << 20; i++)
		data[i] = (unsigned char)i;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct object_hasher *hasher = object_hasher_new();
		struct object_id id = object_id_of(data, rows[i].length_bytes);
		char hex[OBJECT_ID_HEX_BYTES];

		object_id_format(&id, hex);
		assert_string_equal(hex, rows[i].hex);
		for (size_t at = 0, piece = 1; at < rows[i].length_bytes; at += piece, piece *= 3) {
			if (piece > rows[i].length_bytes - at)
				piece = rows[i].length_bytes - at;
			object_hasher_add(hasher, data + at, piece);
		}
		id = object_hasher_finish(hasher);
		object_id_format(&id, hex);
		assert_string_equal(hex, rows[i].hex);
		object_hasher_free(hasher);
	}
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_bytes_as_xxhash_does),
		cmocka_unit_test(pieces_give_the_same_name),
		cmocka_unit_test(names_long_bytes_as_xxhash_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
