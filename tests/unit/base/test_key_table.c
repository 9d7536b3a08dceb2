#include "../cmocka_all.h"

#include <stdio.h>

#include "key_table.h"

#define MANY 5000
#define KEY_BYTES 16

static const char *key_of(const void *context, size_t item)
{
	return (const char *)context + item * KEY_BYTES;
}

static void test_finds_items_by_their_keys(void **state)
{
	static char keys[MANY][KEY_BYTES];
	struct key_table table;

	(void)state;
	key_table_init(&table, key_of);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(keys[i], sizeof keys[i], "key %zu", i);
		assert_int_equal(key_table_find(&table, keys, keys[i]), KEY_TABLE_NONE);
		key_table_add(&table, keys, i);
	}
	assert_int_equal(table.count, MANY);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(key_table_find(&table, keys, keys[i]), i);
	assert_int_equal(key_table_find(&table, keys, "key 5000"), KEY_TABLE_NONE);
	assert_int_equal(key_table_find(&table, keys, ""), KEY_TABLE_NONE);
	key_table_release(&table);
}

static void test_items_need_not_be_added_in_order(void **state)
{
	static const char keys[][KEY_BYTES] = {"a", "", "b", "c"};
	struct key_table table;

	(void)state;
	key_table_init(&table, key_of);
	key_table_add(&table, keys, 2);
	key_table_add(&table, keys, 1);
	assert_int_equal(key_table_find(&table, keys, ""), 1);
	assert_int_equal(key_table_find(&table, keys, "b"), 2);
	assert_int_equal(key_table_find(&table, keys, "a"), KEY_TABLE_NONE);
	key_table_release(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_items_by_their_keys),
		cmocka_unit_test(test_items_need_not_be_added_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
