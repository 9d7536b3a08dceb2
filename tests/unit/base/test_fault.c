#include "../cmocka_all.h"

#include <errno.h>

#include "fault.h"

static void adds_a_line_a_layer(void **state)
{
	struct fault fault = {0};

	(void)state;
	assert_int_equal(fault_raise(&fault, -ENOSPC, "a: %s", "write"), -ENOSPC);
	assert_int_equal(fault_wrap(&fault, -EIO, "b"), -EIO);
	assert_int_equal(fault.error, -ENOSPC);
	assert_string_equal(fault.text, "a: write\nb");
	assert_int_equal(fault.length_bytes, strlen(fault.text));
	fault_raise(&fault, -EPERM, "c");
	assert_int_equal(fault.error, -EPERM);
	assert_string_equal(fault.text, "c");
	fault_clear(&fault);
	assert_int_equal(fault.error, 0);
	assert_string_equal(fault.text, "");
	assert_int_equal(fault_raise(NULL, -EIO, "x"), -EIO);
	assert_int_equal(fault_wrap(NULL, -EIO, "x"), -EIO);
}

static void cuts_what_is_too_long(void **state)
{
	struct fault fault = {0};
	char text[500];

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (int i = 0; i < 10; i++) {
		fault_wrap(&fault, -EIO, "%s", text);
		assert_true(fault.length_bytes < sizeof fault.text);
		assert_int_equal(strlen(fault.text), fault.length_bytes);
	}
	assert_int_equal(fault.length_bytes, sizeof fault.text - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_a_line_a_layer),
		cmocka_unit_test(cuts_what_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
