#include "../cmocka_all.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "quick_format.h"

__attribute__((format(printf, 3, 4))) static int quick(char *ret_text, size_t size_bytes,
						       const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = quick_format(ret_text, size_bytes, format, arguments);
	va_end(arguments);
	return length;
}

/* As snprintf() has it, of the same arguments. */
#define SAME(...)                                                                \
	do {                                                                     \
		char expected[128], text[128] = "?";                             \
		int length = snprintf(expected, sizeof expected, __VA_ARGS__);   \
                                                                                 \
		assert_int_equal(quick(text, sizeof text, __VA_ARGS__), length); \
		assert_string_equal(text, expected);                             \
	} while (0)

static void writes_what_printf_writes(void **state)
{
	(void)state;
	SAME("plain");
	SAME("%s", "");
	SAME("a %s b %s%s", "x", "y", "z");
	SAME("%d|%d|%d|%d", 0, -1, INT_MIN, INT_MAX);
	SAME("%u %u", 0u, UINT_MAX);
	SAME("%zu", (size_t)-1);
	SAME("%c%c 100 %%", 'a', 'b');
	SAME("%s is %dx%d: the image itself is only %dx%d", "card", 48, 36, 48, 36);
}

static void leaves_the_rest_to_printf(void **state)
{
	char text[128];

	(void)state;
	assert_int_equal(quick(text, sizeof text, "%5d", 1), -1);
	assert_int_equal(quick(text, sizeof text, "%.*s", 1, "ab"), -1);
	assert_int_equal(quick(text, sizeof text, "%lld", 1LL), -1);
	assert_int_equal(quick(text, sizeof text, "%zd", (ssize_t)-1), -1);
	assert_int_equal(quick(text, sizeof text, "%s %g", "a", 1.5), -1);
}

static void pieces_share_the_room(void **state)
{
	char text[8] = "???????";

	(void)state;
	assert_int_equal(quick(text, 4, "%s%s", "ab", "cd"), -1);
	assert_int_equal(quick(text, 4, "%c%c%c%c", 'a', 'b', 'c', 'd'), -1);
	assert_int_equal(quick(text, 4, "ab%d", 12), -1);
	assert_int_equal(quick(text, 4, "%dab", 12), -1);
	assert_string_equal(text + 4, "???");
	assert_int_equal(quick(text, 4, "%s%s", "ab", "c"), 3);
	assert_string_equal(text, "abc");
}

static void needs_room_for_the_nul(void **state)
{
	char text[4] = "???";

	(void)state;
	assert_int_equal(quick(NULL, 0, "%s", ""), -1);
	assert_int_equal(quick(text, 3, "%s", "abc"), -1);
	assert_int_equal(quick(text, 3, "%d", -12), -1);
	assert_int_equal(text[3], 0);
	assert_int_equal(quick(text, 4, "%d", -12), 3);
	assert_string_equal(text, "-12");
	assert_int_equal(quick(text, 1, "%s", ""), 0);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_printf_writes),
		cmocka_unit_test(leaves_the_rest_to_printf),
		cmocka_unit_test(pieces_share_the_room),
		cmocka_unit_test(needs_room_for_the_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
