#include "../cmocka_all.h"

#include <stdint.h>
#include <stdio.h>

#include "map.h"

static void keeps_order_and_replaces(void **state)
{
	struct map *map = map_new();
	static int values[5000];
	const char *key;
	char name[16];

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "key%zu", i);
		assert_null(map_put_string(map, name, &values[i]));
	}
	assert_int_equal(map_count(map), 5000);
	assert_ptr_equal(map_get_string(map, "key4321"), &values[4321]);
	assert_null(map_get_string(map, "key5000"));
	assert_ptr_equal(map_put_string(map, "key7", &values[0]), &values[7]);
	assert_ptr_equal(map_at(map, 7, &key), &values[0]);
	assert_string_equal(key, "key7");
	assert_null(map_get(map, "key7\0x", 6));
	map_free(map);
}

/* So many keys have hashes of 32 bits in common, whatever the seed. */
static void tells_keys_of_one_hash_apart(void **state)
{
	const uintptr_t count = 300000;
	struct map *map = map_new();

	(void)state;
	for (uintptr_t i = 1; i <= count; i++)
		assert_null(map_put(map, &i, sizeof i, (void *)i));
	assert_int_equal(map_count(map), count);
	for (uintptr_t i = 1; i <= count; i++)
		assert_ptr_equal(map_get(map, &i, sizeof i), (void *)i);
	map_free(map);
}

static void takes_the_empty_key(void **state)
{
	struct map *map = map_new();
	int value;

	(void)state;
	assert_null(map_get(map, NULL, 0));
	map_put(map, NULL, 0, &value);
	assert_ptr_equal(map_get(map, NULL, 0), &value);
	assert_ptr_equal(map_get_string(map, ""), &value);
	map_free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_order_and_replaces),
		cmocka_unit_test(tells_keys_of_one_hash_apart),
		cmocka_unit_test(takes_the_empty_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
