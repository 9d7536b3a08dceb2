#include "../cmocka_all.h"

#include "alloc.h"
#include "punycode.h"
#include "utf8.h"

static size_t code_points(const char *text, uint32_t *ret_points)
{
	size_t count = 0, length = strlen(text);

	for (size_t at = 0; at < length; count++)
		at += utf8_decode(text + at, length - at, &ret_points[count]);
	return count;
}

static void encodes_and_decodes(void **state)
{
	/* Most are RFC 3492 section 7.1. */
	static const struct {
		const char *label, *encoded;
	} rows[] = {
		{"ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"},
		{"他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"},
		{"Pročprostěnemluvíčesky", "Proprostnemluvesky-uyb24dma41a"},
		{"למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b"},
		{"почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"},
		{"3年B組金八先生", "3B-ww4c5e180e575a65lsy2b"},
		{"安室奈美恵-with-SUPER-MONKEYS", "-with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n"},
		{"パフィーdeルンバ", "de-jg4avhby1noc0d"},
		{"bücher", "bcher-kva"},
		{"☃", "n3h"},
		{"-ü-", "---xka"},
		{"ü", "tda"},
		{"\xf4\x8f\xbf\xbf", "dn32g"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct buf encoded = BUF_INIT(1000);
		uint32_t label[100], text[100], decoded[100];
		size_t count = code_points(rows[i].label, label), decoded_count = 0;
		size_t text_count = code_points(rows[i].encoded, text);

		assert_true(punycode_encode(label, count, &encoded));
		assert_string_equal(buf_string(&encoded), rows[i].encoded);
		assert_true(punycode_decode(text, text_count, decoded, &decoded_count));
		assert_int_equal(decoded_count, count);
		assert_memory_equal(decoded, label, count * sizeof *label);
		buf_release(&encoded);
	}
}

static void refuses_what_is_no_punycode(void **state)
{
	static const char *const rows[] = {
		"",
		"-",
		"abc-",
		"99999999",
		"abc-_",
		"abc-\xc3\xa4",
		"ab-0",
		"b1abfaaepdrnnbgefbadotcwatmq2g4",
		"999999999999999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		uint32_t text[100], decoded[100];
		size_t count = code_points(rows[i], text), decoded_count = 0;

		assert_false(punycode_decode(text, count, decoded, &decoded_count));
		assert_int_equal(decoded_count, 0);
	}
}

static void bounds_labels(void **state)
{
	static uint32_t label[PUNYCODE_MAX_CODE_POINTS + 1], decoded[PUNYCODE_MAX_CODE_POINTS + 1];
	struct buf encoded = BUF_INIT(BUF_UNLIMITED);
	size_t count;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(label); i++)
		label[i] = 'a';
	assert_false(punycode_encode(label, ARRAY_LENGTH(label), &encoded));
	assert_false(punycode_decode(label, ARRAY_LENGTH(label), decoded, &count));
	assert_true(punycode_encode(label, PUNYCODE_MAX_CODE_POINTS, &encoded));
	/* delta over 32 bits */
	label[PUNYCODE_MAX_CODE_POINTS - 1] = 0x10ffff;
	assert_false(punycode_encode(label, PUNYCODE_MAX_CODE_POINTS, &encoded));
	buf_release(&encoded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_and_decodes),
		cmocka_unit_test(refuses_what_is_no_punycode),
		cmocka_unit_test(bounds_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
