#include "../cmocka_all.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_bytes_as_xxhash_does),
		cmocka_unit_test(pieces_give_the_same_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
