#include "../cmocka_all.h"

#include "alloc.h"
#include "quoted.h"

static void hides_what_a_terminal_would_act_on(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{"", "''"},
		{"a b", "'a b'"},
		{"Zürich", "'Zürich'"},
		{"a\nb", "'a\\x0ab'"},
		{"\x1b[31m", "'\\x1b[31m'"},
		{"\x7f", "'\\x7f'"},
		{"\xc2\x9b", "'\\xc2\\x9b'"},          /* CSI as one C1 control */
		{"\xe2\x80\xae", "'\\xe2\\x80\\xae'"}, /* right-to-left override */
		{"\xd8\x9c", "'\\xd8\\x9c'"},          /* Arabic letter mark */
		{"\xff\xfe", "'\\xff\\xfe'"},
		{"\xc3", "'\\xc3'"},
		{"a##[error]b", "'a##\\x5berror]b'"}, /* GitHub's runner */
		{"[a]#[b]", "'[a]#[b]'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		assert_string_equal(quoted(rows[i].text).text, rows[i].shown);
}

static void cuts_between_code_points(void **state)
{
	char text[QUOTED_MAX_BYTES + 10];

	(void)state;
	memset(text, 'a', sizeof text);
	text[QUOTED_MAX_BYTES] = '\0';
	assert_int_equal(strlen(quoted(text).text), QUOTED_MAX_BYTES + 2);
	strcpy(text + QUOTED_MAX_BYTES - 1, "\xc3\xbc");
	assert_string_equal(quoted(text).text + QUOTED_MAX_BYTES, "...'");
	memset(text, '\xff', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_int_equal(strlen(quoted(text).text), 4 * QUOTED_MAX_BYTES + 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hides_what_a_terminal_would_act_on),
		cmocka_unit_test(cuts_between_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
