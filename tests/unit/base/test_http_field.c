#include "../cmocka_all.h"

#include "alloc.h"
#include "cleanup.h"
#include "http_field.h"

static void add(struct http_fields *fields, const char *line)
{
	assert_true(http_fields_add_line(fields, line, strlen(line)));
}

static void takes_field_lines_only(void **state)
{
	static const struct {
		const char *line;
		const char *name, *value; /* NULL: refused */
	} rows[] = {
		{"Content-Type: image/png\r\n", "content-type", "image/png"},
		{"ETag:\t \"a b\" \t\n", "etag", "\"a b\""},
		{"X-Empty:", "x-empty", ""},
		{"X-Empty: \r\n", "x-empty", ""},
		{"a!#$%&'*+-.^_`|~1: x", "A!#$%&'*+-.^_`|~1", "x"},
		{"Location: http://h/a:b", "location", "http://h/a:b"},
		{"X: a\rSet-Cookie: b", "x", "a Set-Cookie: b"},
		{"X: 0123456\rcookie: b", "x", "0123456 cookie: b"}, /* in every place of eight */
		{"X: 01234567\rcookie: b", "x", "01234567 cookie: b"},
		{"X: 012345678901234\rcookie: b", "x", "012345678901234 cookie: b"},
		{"X: 0123456789012345\ncookie: b", "x", "0123456789012345 cookie: b"},
		{"X: 01234567890123456\n", "x", "01234567890123456"},
		{"X: \xc3\xa4\xf6\xff\x10\x1f\t0\x7f", "x", "\xc3\xa4\xf6\xff\x10\x1f\t0\x7f"},
		{"HTTP/1.1 200 OK\r\n", NULL, NULL},
		{"HTTP/1.1 200 all: fine", NULL, NULL},
		{"\r\n", NULL, NULL},
		{"", NULL, NULL},
		{": x", NULL, NULL},
		{":status: 200", NULL, NULL},
		{"Name : x", NULL, NULL},
		{" folded: x", NULL, NULL},
		{"N\xc3\xa4me: x", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		CLEANUP(http_fields_release) struct http_fields fields = {0};
		bool taken = http_fields_add_line(&fields, rows[i].line, strlen(rows[i].line));

		assert_int_equal(taken, rows[i].name != NULL);
		assert_int_equal(fields.count, taken);
		if (taken)
			assert_string_equal(http_fields_get(&fields, rows[i].name), rows[i].value);
	}
}

static void replaces_nul_in_a_value(void **state)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0};

	(void)state;
	assert_true(http_fields_add_line(&fields, "X: a\0b\r\n", 8));
	assert_string_equal(http_fields_get(&fields, "x"), "a b");
	assert_true(http_fields_add_line(&fields, "Y: \0c\0\r\n", 8)); /* as blanks around it */
	assert_string_equal(http_fields_get(&fields, "y"), "c");
}

static void finds_counts_joins_removes(void **state)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0};
	CLEANUP(buf_release) struct buf joined = BUF_INIT(100);

	(void)state;
	add(&fields, "Vary: Accept");
	add(&fields, "Age: 3");
	add(&fields, "VARY: Origin, Cookie");
	assert_string_equal(http_fields_get(&fields, "vary"), "Accept");
	assert_int_equal(http_fields_count(&fields, "vary"), 2);
	assert_true(http_fields_join(&fields, "Vary", &joined));
	assert_string_equal(buf_string(&joined), "Accept, Origin, Cookie");
	assert_false(http_fields_join(&fields, "Date", &joined));
	assert_string_equal(buf_string(&joined), "");
	http_fields_remove(&fields, "vary");
	http_fields_remove(&fields, "vary"); /* there are no more */
	assert_int_equal(fields.count, 1);
	assert_string_equal(http_fields_get(&fields, "age"), "3");
}

static void lists_without_a_copy_where_it_can(void **state)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0};
	CLEANUP(buf_release) struct buf joined = BUF_INIT(16);
	struct slice list = {"", 0};

	(void)state;
	add(&fields, "Vary: Accept");
	add(&fields, "Age: 3");
	add(&fields, "Long: 0123456789abcdefg");
	assert_false(http_fields_list(&fields, "Date", &joined, &list));
	assert_int_equal(list.length_bytes, 0);
	assert_true(http_fields_list(&fields, "vary", &joined, &list));
	assert_ptr_equal(list.data, http_fields_get(&fields, "Vary"));
	assert_true(slice_equals(list, "Accept"));
	add(&fields, "VARY: DPR");
	assert_true(http_fields_list(&fields, "vary", &joined, &list));
	assert_true(slice_equals(list, "Accept, DPR"));
	assert_false(joined.overflowed);
	assert_true(http_fields_list(&fields, "long", &joined, &list));
	assert_true(slice_equals(list, ""));
	assert_true(joined.overflowed);
}

static void formats_and_parses_back(void **state)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0}, back = {0};
	CLEANUP(buf_release) struct buf text = BUF_INIT(1000), again = BUF_INIT(1000);
	static const char damaged[] = "\n\njunk\nC:\nD:\r\nA: 1\r\n: 2\nB:2";

	(void)state;
	add(&fields, "ETag: W/\"1\"");
	http_fields_add(&fields, "X", 1, " a\nB: c ", 8);
	add(&fields, "Empty:");
	http_fields_format(&fields, &text);
	assert_string_equal(buf_string(&text), "ETag: W/\"1\"\nX: a B: c\nEmpty: \n");
	http_fields_parse(&back, text.data, text.length_bytes);
	http_fields_format(&back, &again);
	assert_string_equal(buf_string(&again), buf_string(&text));

	http_fields_parse(&back, damaged, strlen(damaged));
	assert_int_equal(back.count, 4);
	assert_string_equal(http_fields_get(&back, "d"), "");
	assert_string_equal(http_fields_get(&back, "a"), "1");
	assert_string_equal(http_fields_get(&back, "b"), "2");
	http_fields_parse(&back, NULL, 0);
	assert_int_equal(back.count, 0);
}

static void walks_lists(void **state)
{
	static const struct {
		const char *value;
		const char *elements; /* each followed by '|' */
	} rows[] = {
		{"a, b", "a|b|"},
		{" , a,\t,b ,, ", "a|b|"},
		{"", ""},
		{" , ", ""},
		{"no-cache=\"a, b\", max-age=3", "no-cache=\"a, b\"|max-age=3|"},
		{"\"a\\\",b\", c", "\"a\\\",b\"|c|"},
		{"\"open, c", "\"open, c|"},
		{"\"x\\", "\"x\\|"},
		{"a\\,b", "a\\|b|"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		CLEANUP(buf_release) struct buf all = BUF_INIT(100);
		struct slice element;
		size_t offset = 0;

		while (http_list_next(rows[i].value, strlen(rows[i].value), &offset, &element)) {
			buf_append(&all, element.data, element.length_bytes);
			buf_append_char(&all, '|');
		}
		assert_string_equal(buf_string(&all), rows[i].elements);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_field_lines_only),
		cmocka_unit_test(replaces_nul_in_a_value),
		cmocka_unit_test(finds_counts_joins_removes),
		cmocka_unit_test(lists_without_a_copy_where_it_can),
		cmocka_unit_test(formats_and_parses_back),
		cmocka_unit_test(walks_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
