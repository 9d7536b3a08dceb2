#include "../cmocka_all.h"

#include <stdio.h>

#include "alloc.h"
#include "browser_urls.h"
#include "cleanup.h"
#include "url.h"

static void tells_plain_urls(void **state)
{
	static const struct {
		const char *text;
		bool is_plain;
	} rows[] = {
		{"https://example.org/", true},
		{"https://example.org/a/b-c_d~e.jpg", true},
		{"https://a.example.org:8080/x?w=640&h=%C3%A9", true},
		{"http://127.0.0.1:8080/small/00001.jpg", true},
		{"http://localhost/a//b", true},
		{"https://my-site.example.org/a%20b", true},
		{"https://example.org/a%2Fb", true},
		{"https://example.org/%2e%2E/b", false},
		{"https://example.org/%2E/b", false},
		{"https://-a.example.org/", false},
		{"https://a-.example.org/", false},
		{"https://a.example.or-/", false},
		{"https://a--b.example.org/", false},
		{"https://example.org/a%C3%A9", true},
		{"https://example.org/a?x=/../", true},
		{"https://example.org", false},
		{"https://example.org?x", false},
		{"https://example.org:443/", false},
		{"http://example.org:443/", true},
		{"http://example.org:80/", false},
		{"http://example.org:080/", false},
		{"http://example.org:65536/", false},
		{"http://example.org:/", false},
		{"HTTP://example.org/", false},
		{"http://Example.org/", false},
		{"http://xn--mnchen-3ya.de/", false},
		{"http://255.249.190.0/", true},
		{"http://127.0.0.1a/", false},
		{"http://127.0.0.1-/", false},
		{"http://127.0.0.1./", false},
		{"http://127.0.0.1000/", false},
		{"https://a1.2b.example3.org/", true},
		{"http://127.1/", false},
		{"http://127.0.0.256/", false},
		{"http://127.0.0.01/", false},
		{"http://1.2.3.4.5/", false},
		{"http://a.1/", false},
		{"http://a.0x1/", false},
		{"http://a./", false},
		{"http://a..b/", false},
		{"http://.a/", false},
		{"http:///a", false},
		{"http://u@example.org/", false},
		{"https://example.org/./a", false},
		{"https://example.org/a/..", false},
		{"https://example.org/.well-known/a", false},
		{"https://example.org/a#b", false},
		{"https://example.org/a b", false},
		{"https://example.org/a\\b", false},
		{"https://example.org/a'b", false},
		{"https://example.org/a?b'c", false},
		{"https://example.org/\xc3\xa9", false},
		{"ftp://example.org/", false},
		{"/a", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		if (url_is_plain(rows[i].text) != rows[i].is_plain)
			fail_msg("%s", rows[i].text);
}

static void assert_plain_is_unchanged(const char *text)
{
	CLEANUP(url_release) struct url url = {0};
	CLEANUP(cleanup_free) char *again = NULL;

	if (!url_is_plain(text))
		return;
	assert_int_equal(url_parse(text, strlen(text), NULL, &url), URL_OK);
	assert_true(url_is_http(&url));
	assert_string_equal(url.username, "");
	again = url_serialize(&url, false);
	assert_string_equal(again, text);
}

/* Whatever stands in a host, a port, a path or a query. */
static void plain_urls_serialize_as_they_are(void **state)
{
	static const char *const forms[] = {
		"http://%sa/p",   "http://a%s/p",    "http://a.%s/p", "https://1.2.3.%s/p",
		"https://a:%s/p", "https://a:8%s/p", "http://a/%s",   "http://a/%s/b",
		"http://a/b?%s",  "http://a%s",      "http://%s"};
	static const char signs[] =
		"\x01\t !\"#$%&'()*+,-./0128:;<=>?@AEXZ[\\]^_`aex{|}~\x7f\xc3\xff";

	(void)state;
	for (size_t form = 0; form < ARRAY_LENGTH(forms); form++)
		for (size_t i = 0; i < sizeof signs - 1; i++)
			for (size_t k = 0; k < sizeof signs - 1; k++)
				for (size_t l = 0; l < sizeof signs; l++) {
					const char middle[] = {signs[i], signs[k], signs[l], '\0'};
					char text[64];

					snprintf(text, sizeof text, forms[form], middle);
					assert_plain_is_unchanged(text);
				}
	for (size_t i = 0; i < ARRAY_LENGTH(browser_urls); i++)
		assert_plain_is_unchanged(browser_urls[i].text);
}
static void long_urls_are_not_plain(void **state)
{
	static char text[URL_MAX_BYTES + 2];

	(void)state;
	memset(text, 'a', URL_MAX_BYTES + 1);
	memcpy(text, "http://h/", 9);
	assert_plain_is_unchanged(text);
	text[URL_MAX_BYTES / 2 - 1] = '\0';
	assert_true(url_is_plain(text));
	assert_plain_is_unchanged(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_plain_urls),
		cmocka_unit_test(plain_urls_serialize_as_they_are),
		cmocka_unit_test(long_urls_are_not_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
