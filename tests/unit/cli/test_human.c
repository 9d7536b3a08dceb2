#include "../cmocka_all.h"

#include "human.h"

static void check(struct buf *text, const char *expected)
{
	assert_string_equal(buf_string(text), expected);
	buf_clear(text);
}

static void numbers(void **state)
{
	struct buf text = BUF_INIT(1000);

	(void)state;
	human_bytes(&text, 0);
	check(&text, "0 B");
	human_bytes(&text, 1023);
	check(&text, "1023 B");
	human_bytes(&text, 1024);
	check(&text, "1.0 KiB");
	human_bytes(&text, 1536);
	check(&text, "1.5 KiB");
	human_bytes(&text, 10u << 10);
	check(&text, "10 KiB");
	human_bytes(&text, 10188);
	check(&text, "9.9 KiB");
	human_bytes(&text, 10239);
	check(&text, "10 KiB");
	human_bytes(&text, (1u << 20) - 513);
	check(&text, "1023 KiB");
	human_bytes(&text, (1u << 20) - 1);
	check(&text, "1.0 MiB");
	human_bytes(&text, (1u << 30) - 1);
	check(&text, "1.0 GiB");
	human_bytes(&text, 1u << 20);
	check(&text, "1.0 MiB");
	human_bytes(&text, UINT64_C(5000) << 40);
	check(&text, "5000 TiB");
	human_bytes(&text, 20u << 20);
	check(&text, "20 MiB");
	human_seconds(&text, 0.04);
	check(&text, "0.0 s");
	human_seconds(&text, 9.94);
	check(&text, "9.9 s");
	human_seconds(&text, 9.97);
	check(&text, "10 s");
	human_seconds(&text, 10);
	check(&text, "10 s");
	human_seconds(&text, 59.4);
	check(&text, "59 s");
	human_seconds(&text, 59.6);
	check(&text, "1 min");
	human_seconds(&text, 3599);
	check(&text, "59 min 59 s");
	human_seconds(&text, 3600);
	check(&text, "1 h");
	human_seconds(&text, 200);
	check(&text, "3 min 20 s");
	human_seconds(&text, 900);
	check(&text, "15 min");
	human_seconds(&text, 7500);
	check(&text, "2 h 5 min");
	assert_string_equal(HUMAN_NUMBER(0), "0");
	assert_string_equal(HUMAN_NUMBER(999), "999");
	assert_string_equal(HUMAN_NUMBER(18000), "18,000");
	assert_string_equal(HUMAN_NUMBER(UINT64_MAX), "18,446,744,073,709,551,615");
	human_count(&text, 1234567, "image", "images");
	check(&text, "1,234,567 images");
	human_age(&text, 59);
	check(&text, "less than a minute");
	human_age(&text, 60);
	check(&text, "1 minute");
	human_age(&text, 3599);
	check(&text, "59 minutes");
	human_age(&text, 3600);
	check(&text, "1 hour");
	human_age(&text, 86399);
	check(&text, "23 hours");
	human_age(&text, 86400);
	check(&text, "1 day");
	human_age(&text, 86400 * 12);
	check(&text, "12 days");
	buf_release(&text);
}

static void untrusted_text_cannot_steer_a_terminal(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{"https://example.org/\xc3\xa9.jpg", "https://example.org/\xc3\xa9.jpg"},
		{"a\x1b[2Jb", "a\\x1b[2Jb"},
		{"a\r\n::error::b", "a\\x0d\\x0a::error::b"},
		{"\xc2\x9b"
		 "31m",
		 "\\x9b31m"},
		{"\xff\xfe", "\\xff\\xfe"},
		{"\xe2\x80\xae"
		 "gpj",
		 "\\u{202e}gpj"},
		{"\xd8\x9c"
		 "gpj",
		 "\\u{061c}gpj"},
		{"\x7f", "\\x7f"},
		{"a.jpg\xe2\x80\x8b\xe2\x81\xa0", "a.jpg\\u{200b}\\u{2060}"},
		{"\xe2\x81\xa4\xe2\x81\xa5", "\\u{2064}\xe2\x81\xa5"},
		{"\xe2\x80\x8c\xe2\x80\x8d\xc2\xad", "\xe2\x80\x8c\xe2\x80\x8d\xc2\xad"},
		/* GitHub's runner */
		{"::error::b", "\\x3a:error::b"},
		{" \xc2\xa0::error::b", " \xc2\xa0\\x3a:error::b"},
		{"a::b: ::c", "a::b: ::c"},
		{"a###[error]b", "a###\\x5berror]b"},
		{"#[a] ## [b]", "#[a] ## [b]"},
	};
	struct buf text = BUF_INIT(1000);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		human_text(&text, cases[i].text);
		check(&text, cases[i].shown);
	}
	buf_release(&text);
}

static void words_are_folded_to_a_terminal(void **state)
{
	static const struct {
		size_t first, indent, columns;
		const char *text, *shown;
	} cases[] = {
		{0, 0, 0, "one two three", "one two three"},
		{0, 0, 13, "one two three", "one two three"},
		{0, 0, 12, "one two three", "one two\nthree"},
		{6, 2, 12, "one two three", "one\n  two three"},
		{0, 2, 8, "one  [code]", "one \n  [code]"},
		{4, 4, 8, "a-word-that-is-wider so", "a-word-that-is-wider\n    so"},
		{0, 0, 8, "\xe7\x8c\xab\xe7\x8c\xab\xe7\x8c\xab ab", /* cats are two columns wide */
		 "\xe7\x8c\xab\xe7\x8c\xab\xe7\x8c\xab\nab"},
		{0, 0, 4, "e\xcc\x81 ab", "e\xcc\x81 ab"}, /* an accent of its own takes none */
		{0, 0, 80, "", ""},
	};
	struct buf text = BUF_INIT(1000);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		human_folded(&text, cases[i].text, cases[i].first, cases[i].indent,
			     cases[i].columns);
		check(&text, cases[i].shown);
	}
	assert_int_equal(human_columns("a\xf0\x9f\x99\x82z"), 4);
	buf_release(&text);
}

static void long_text_keeps_its_ends(void **state)
{
	struct buf text = BUF_INIT(BUF_UNLIMITED), raw = BUF_INIT(BUF_UNLIMITED);

	(void)state;
	buf_append_string(&raw, "https://x.org/\033");
	for (int i = 0; i < 1 << 20; i++)
		buf_append_char(&raw, 'a');
	buf_append_string(&raw, "/b.png");
	human_shortened(&text, buf_string(&raw));
	assert_int_equal(text.length_bytes, HUMAN_MOST_COLUMNS);
	assert_memory_equal(buf_string(&text), "https://x.org/\\x1baaa", 21);
	assert_string_equal(buf_string(&text) + text.length_bytes - 7, "a/b.png");
	buf_release(&text);
	buf_release(&raw);
}

static void links_hold_the_whole_url(void **state)
{
	struct buf text = BUF_INIT(1000);

	(void)state;
	human_link(&text, "https://x.org/a\033\\b \xc3\xa9.png", 80);
	check(&text, "\033]8;;https://x.org/a%1B\\b%20%C3%A9.png\033\\"
		     "https://x.org/a\\x1b\\b \xc3\xa9.png\033]8;;\033\\");
	human_link(&text, "https://x.org/0123456789.png", 20);
	check(&text, "\033]8;;https://x.org/0123456789.png\033\\"
		     "https://x....789.png\033]8;;\033\\");
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(untrusted_text_cannot_steer_a_terminal),
		cmocka_unit_test(words_are_folded_to_a_terminal),
		cmocka_unit_test(long_text_keeps_its_ends),
		cmocka_unit_test(links_hold_the_whole_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
