#include "../cmocka_all.h"

#include <math.h>

#include "cleanup.h"
#include "json_out.h"

static void indents_in_a_stable_form(void **state)
{
	struct buf buf = BUF_INIT(1000);
	struct json_out out;

	(void)state;
	json_out_init(&out, &buf, true);
	json_object_begin(&out);
	json_key(&out, "a");
	json_array_begin(&out);
	json_int(&out, 1);
	json_null(&out);
	json_array_end(&out);
	json_key(&out, "b");
	json_object_begin(&out);
	json_object_end(&out);
	json_object_end(&out);
	assert_string_equal(buf_string(&buf),
			    "{\n  \"a\": [\n    1,\n    null\n  ],\n  \"b\": {}\n}");
	buf_release(&buf);
}

static void escapes(void **state)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
		{"plain", "\"plain\""},
		{"a#[b]## [c]", "\"a#[b]## [c]\""},
		{"###[error]x", "\"###\\u005berror]x\""},
		{"q\"b\\n\n\t", "\"q\\\"b\\\\n\\n\\t\""},
		{"\x1b[31m", "\"\\u001b[31m\""},
		{"\xc3\xa9 \xf0\x9f\x98\x80", "\"\xc3\xa9 \xf0\x9f\x98\x80\""},
		{"\xe9", "\"\\udce9\""},
		{"\xc2\x9b", "\"\\u009b\""},
		{"\xe2\x80\xa8", "\"\\u2028\""},
		{"\xe2\x80\xae", "\"\\u202e\""},
		{"\xe2\x81\xa6", "\"\\u2066\""},
		{"\xd8\x9c", "\"\\u061c\""},
		{"\xef\xbb\xbf", "\"\\ufeff\""},
		{"\xed\xa0\x80", "\"\\udced\\udca0\\udc80\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf buf = BUF_INIT(1000);
		struct json_out out;

		json_out_init(&out, &buf, false);
		json_string(&out, cases[i].text);
		assert_string_equal(buf_string(&buf), cases[i].json);
		buf_release(&buf);
	}
}

static void escapes_at(unsigned byte, size_t at, size_t length, const struct buf *alone)
{
	struct buf buf = BUF_INIT(1000), expected = BUF_INIT(1000);
	struct json_out out;
	char text[201];

	memset(text, '~', sizeof text);
	text[at] = (char)byte;
	text[length] = '\0';
	buf_printf(&expected, "\"%.*s%.*s%.*s\"", (int)at, text, (int)alone->length_bytes - 2,
		   buf_string(alone) + 1, (int)(length - 1 - at), text + at + 1);
	json_out_init(&out, &buf, false);
	json_string(&out, text);
	assert_string_equal(buf_string(&buf), buf_string(&expected));
	buf_release(&buf);
	buf_release(&expected);
}

/* Wherever a byte stands in a text, and whatever stands around it, it is escaped as it is alone. */
static void escapes_at_every_place(void **state)
{
	(void)state;
	for (unsigned byte = 1; byte < 256; byte++) {
		struct buf alone = BUF_INIT(1000);
		const char one[] = {(char)byte, '\0'};
		struct json_out out;

		json_out_init(&out, &alone, false);
		json_string(&out, one);
		for (size_t length = 1; length <= 200; length += length < 20 ? 1 : 36)
			for (size_t at = 0; at < length; at += at < 20 ? 1 : 17)
				escapes_at(byte, at, length, &alone);
		buf_release(&alone);
	}
}

static void writes_whole_numbers(void **state)
{
	static const struct {
		int64_t value;
		const char *json;
	} cases[] = {{0, "0"},
		     {-7, "-7"},
		     {1000000, "1000000"},
		     {INT64_MAX, "9223372036854775807"},
		     {INT64_MIN, "-9223372036854775808"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf buf = BUF_INIT(1000);
		struct json_out out;

		json_out_init(&out, &buf, false);
		json_int(&out, cases[i].value);
		assert_string_equal(buf_string(&buf), cases[i].json);
		buf_release(&buf);
	}
}

static void writes_members(void **state)
{
	static const char one_line[] =
		"{\"a\":\"x\\\"\",\"b\":-5,\"c\":[1],\"d\":{\"e\":null},\"f\":\"",
			  lines[] =
				  "{\n  \"a\": \"x\\\"\",\n  \"b\": -5,\n  \"c\": [\n    1\n  ],\n"
				  "  \"d\": {\n    \"e\": null\n  },\n  \"f\": \"";
	char longer[400];

	(void)state;
	memset(longer, 'y', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	for (int indented = 0; indented < 2; indented++) {
		CLEANUP(buf_release) struct buf buf = BUF_INIT(2000);
		CLEANUP(buf_release) struct buf expected = BUF_INIT(2000);
		struct json_out out;

		json_out_init(&out, &buf, indented);
		json_object_begin(&out);
		json_member_string(&out, "a", "x\"");
		json_member_int(&out, "b", -5);
		json_member_array(&out, "c");
		json_int(&out, 1);
		json_array_end(&out);
		json_member_object(&out, "d");
		json_member_string(&out, "e", NULL);
		json_object_end(&out);
		json_member_string(&out, "f", longer);
		json_object_end(&out);
		buf_printf(&expected, "%s%s%s", indented ? lines : one_line, longer,
			   indented ? "\"\n}" : "\"}");
		assert_string_equal(buf_string(&buf), buf_string(&expected));
	}
}

static void writes_no_number_that_json_lacks(void **state)
{
	static const struct {
		double value;
		const char *json;
	} cases[] = {{1.25, "1.2"}, {-0.5, "-0.5"}, {INFINITY, "null"}, {NAN, "null"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf buf = BUF_INIT(1000);
		struct json_out out;

		json_out_init(&out, &buf, false);
		json_decimal(&out, cases[i].value, 1);
		assert_string_equal(buf_string(&buf), cases[i].json);
		buf_release(&buf);
	}
}

static void numbers_come_in_order(void **state)
{
	const struct json_number numbers[] = {{"b", 2}, {"a", 0}};
	struct buf buf = BUF_INIT(1000);
	struct json_out out;

	(void)state;
	json_out_init(&out, &buf, false);
	json_object_begin(&out);
	json_numbers(&out, numbers, 2);
	json_numbers(&out, numbers, 0);
	json_object_end(&out);
	assert_string_equal(buf_string(&buf), "{\"b\":2,\"a\":0}");
	buf_release(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_come_in_order),
		cmocka_unit_test(indents_in_a_stable_form),
		cmocka_unit_test(escapes),
		cmocka_unit_test(escapes_at_every_place),
		cmocka_unit_test(writes_whole_numbers),
		cmocka_unit_test(writes_members),
		cmocka_unit_test(writes_no_number_that_json_lacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
