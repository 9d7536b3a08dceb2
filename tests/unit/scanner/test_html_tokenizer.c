/* The places of tokens and the bound on work; what the tokens are is tested by html5lib's cases. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "cleanup.h"
#include "html_tokenizer.h"

static void gives_places(void **state)
{
	static const char html[] = "a&lt;<IMG  Src = 'x&amp;y' b c=d/><!--e--></p >\r\n";
	CLEANUP(html_tokenizer_release) struct html_tokenizer tokenizer;
	struct html_token token;

	(void)state;
	html_tokenizer_init(&tokenizer, html, strlen(html));
	assert_true(html_tokenizer_next(&tokenizer, &token));
	assert_int_equal(token.kind, HTML_TOKEN_TEXT);
	assert_true(slice_equals(token.text, "a&lt;"));
	assert_int_equal(token.offset, 0);
	assert_int_equal(token.end, 5);

	assert_true(html_tokenizer_next(&tokenizer, &token));
	assert_int_equal(token.kind, HTML_TOKEN_START_TAG);
	assert_true(slice_equals(token.name, "IMG"));
	assert_int_equal(token.offset, 5);
	assert_int_equal(token.n_attributes, 3);
	assert_ptr_equal(token.attributes[0].name.data, html + 11);
	assert_true(slice_equals(token.attributes[0].name, "Src"));
	assert_true(slice_equals(token.attributes[0].value, "x&amp;y"));
	assert_int_equal(token.attributes[0].quote, '\'');
	assert_true(slice_equals(token.attributes[1].name, "b"));
	assert_int_equal(token.attributes[1].value.length_bytes, 0);
	assert_true(slice_equals(token.attributes[2].value, "d/"));
	assert_int_equal(token.attributes[2].quote, 0);
	assert_ptr_equal(html_token_attribute(&token, "src"), &token.attributes[0]);
	assert_null(html_token_attribute(&token, "x"));

	assert_true(html_tokenizer_next(&tokenizer, &token));
	assert_int_equal(token.kind, HTML_TOKEN_COMMENT);
	assert_true(slice_equals(token.text, "e"));
	assert_true(html_tokenizer_next(&tokenizer, &token));
	assert_int_equal(token.kind, HTML_TOKEN_END_TAG);
	assert_true(html_tokenizer_next(&tokenizer, &token));
	assert_true(slice_equals(token.text, "\r\n"));
	assert_int_equal(token.end, strlen(html));
	assert_false(html_tokenizer_next(&tokenizer, &token));
}

static void maps_decoded_offsets_to_the_source(void **state)
{
	static const struct {
		const char *raw, *decoded;
		size_t offsets[8]; /* in the source, of each decoded byte and of the end */
	} cases[] = {
		{"abc", "abc", {0, 1, 2, 3}},
		{"a&amp;b", "a&b", {0, 1, 6, 7}},
		{"&amp;&#x26;", "&&", {0, 5, 11}},
		{"a\r\nb\rc", "a\nb\nc", {0, 1, 3, 4, 5, 6}},
		{"&#233;x", "\xc3\xa9x", {0, 1, 6, 7}},
		{"&amp&lt=;", "&&lt=;", {0, 4, 5, 6, 7, 8, 9}},
	};
	CLEANUP(html_text_release) struct html_text text = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		html_text_decode(&text, slice_of(cases[i].raw), HTML_ATTRIBUTE);
		assert_true(slice_equals(text.text, cases[i].decoded));
		for (size_t j = 0; j <= strlen(cases[i].decoded); j++)
			if (((unsigned char)cases[i].decoded[j] & 0xc0) != 0x80)
				assert_int_equal(html_text_raw_offset(&text, j),
						 cases[i].offsets[j]);
	}
}

static void does_bounded_work(void **state)
{
	static const char *const pieces[] = {
		"<div>",
		"<",
		"&",
		"a=",
		"<a a=",
		"<!",
		"<!--",
		"-->",
		"</",
		"</a",
		"<a/",
		"<a '",
		"<a b='",
		"<!-- --",
		"--!",
		">",
		"<!d",
		"<?",
		"<![CDATA[",
		"]]",
		"<script>",
		"</script",
		"<!--<script>",
		"--",
		"<!DOCTYPE",
		"<!DOCTYPE a PUBLIC '",
		"<a {",
		"<a b={",
		"{",
		"</title",
		"</title ",
		"\r",
	};
	static const enum html_content contents[] = {HTML_DATA,        HTML_RCDATA,    HTML_RAWTEXT,
						     HTML_SCRIPT_DATA, HTML_PLAINTEXT, HTML_CDATA};
	const size_t length = 100000;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(pieces) * ARRAY_LENGTH(contents) * 2; i++) {
		CLEANUP(html_tokenizer_release) struct html_tokenizer tokenizer;
		CLEANUP(buf_release) struct buf text = BUF_INIT(2 * length);
		const char *piece = pieces[i / 2 % ARRAY_LENGTH(pieces)];
		struct html_token token;
		size_t end = 0;

		while (text.length_bytes < length)
			buf_append_string(&text, piece);
		html_tokenizer_init(&tokenizer, text.data, text.length_bytes);
		html_tokenizer_set_content(&tokenizer, contents[i / 2 / ARRAY_LENGTH(pieces)]);
		tokenizer.last_start_tag = slice_of("title");
		tokenizer.is_jsx = i % 2;
		tokenizer.allows_cdata = true;
		while (html_tokenizer_next(&tokenizer, &token)) {
			assert_true(token.offset >= end && token.end > token.offset);
			end = token.end;
		}
		assert_true(tokenizer.n_attributes <= HTML_MAX_ATTRIBUTES);
		if (tokenizer.looked_at > 16 * text.length_bytes)
			fail_msg("%s: looked at %zu bytes", piece, tokenizer.looked_at);
	}
}

static void reads_over_attributes_beyond_the_maximum(void **state)
{
	CLEANUP(html_tokenizer_release) struct html_tokenizer tokenizer;
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 20);
	struct html_token token;

	(void)state;
	buf_append_string(&text, "<a");
	for (size_t i = 0; i < HTML_MAX_ATTRIBUTES + 10; i++)
		buf_append_string(&text, " b=c");
	buf_append_string(&text, "><p>");
	html_tokenizer_init(&tokenizer, text.data, text.length_bytes);
	assert_true(html_tokenizer_next(&tokenizer, &token));
	assert_int_equal(token.n_attributes, HTML_MAX_ATTRIBUTES);
	assert_true(html_tokenizer_next(&tokenizer, &token));
	assert_true(slice_equals(token.name, "p"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_places),
		cmocka_unit_test(maps_decoded_offsets_to_the_source),
		cmocka_unit_test(does_bounded_work),
		cmocka_unit_test(reads_over_attributes_beyond_the_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
