#include "../cmocka_all.h"

#include "program_id.h"

/* The linker gives every program of this build an ID, and it does not change while it runs. */
static void test_there_is_one(void **state)
{
	struct object_id id, again, nothing = object_id_of("", 0);

	(void)state;
	assert_true(program_id(&id));
	assert_true(program_id(&again));
	assert_true(object_id_equals(&id, &again));
	assert_false(object_id_equals(&id, &nothing));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
