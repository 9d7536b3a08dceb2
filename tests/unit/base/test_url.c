#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "browser_hosts.h"
#include "browser_urls.h"
#include "buf.h"
#include "cleanup.h"
#include "url.h"

/* Parses a copy that ends where the bytes end, so that a sanitizer sees a read past them. */
static enum url_error parse(const char *text, size_t length, const struct url *base,
			    struct url *ret_url)
{
	char *copy = malloc(length ? length : 1);
	enum url_error error;

	if (length)
		memcpy(copy, text, length);
	error = url_parse(copy, length, base, ret_url);
	free(copy);
	return error;
}

static void assert_row(const struct row *row, const struct url *base)
{
	CLEANUP(url_release) struct url url = {0}, again = {0};
	CLEANUP(cleanup_free) char *once = NULL;
	CLEANUP(cleanup_free) char *twice = NULL;
	enum url_error error = parse(row->text, row->length, base, &url);

	if (!row->serialized) {
		assert_int_not_equal(error, URL_OK);
		return;
	}
	assert_int_equal(error, URL_OK);
	once = url_serialize(&url, true);
	assert_string_equal(once, row->serialized);
	/* What was serialized parses to itself. */
	assert_int_equal(parse(once, strlen(once), NULL, &again), URL_OK);
	twice = url_serialize(&again, true);
	assert_string_equal(twice, once);
}

static const struct row absolute[] = {
	{BYTES("http://example.org"), "http://example.org/"},
	{BYTES("HTTP://EXAMPLE.org:80/"), "http://example.org/"},
	{BYTES("https://h:443/a"), "https://h/a"},
	{BYTES("https://h:80/a"), "https://h:80/a"},
	{BYTES("http://h:/"), "http://h/"},
	{BYTES("http://h:0/"), "http://h:0/"},
	{BYTES("http://h:00000081/"), "http://h:81/"},
	{BYTES("http://h:65535/"), "http://h:65535/"},
	{BYTES("http://h:65536/"), NULL},
	{BYTES("http://h:8a/"), NULL},
	{BYTES("http://h:-1/"), NULL},
	{BYTES("http://h: 80/"), NULL},
	{BYTES("http://user@h/"), "http://user@h/"},
	{BYTES("http://user:pass@h:81/"), "http://user:pass@h:81/"},
	{BYTES("http://:p@h/"), "http://:p@h/"},
	{BYTES("http://@h/"), "http://h/"},
	{BYTES("http://u@@h/"), "http://u%40@h/"},
	{BYTES("http://u:p:q@h/"), "http://u:p%3Aq@h/"},
	{BYTES("http://us er:p/w@h/"), NULL},
	{BYTES("http://u:p[]^|@h/"), "http://u:p%5B%5D%5E%7C@h/"},
	{BYTES("http://"), NULL},
	{BYTES("http:///"), NULL},
	{BYTES("http:"), NULL},
	{BYTES("https:h/a"), "https://h/a"},
	{BYTES("http:/h/a"), "http://h/a"},
	{BYTES("http:///h/a"), "http://h/a"},
	{BYTES("http:\\\\h\\a\\b"), "http://h/a/b"},
	{BYTES("http:\\/h"), "http://h/"},
	{BYTES("\\\\h\\a"), NULL},
	{BYTES("  http://h/a \012"), "http://h/a"},
	{BYTES("\011http://h/a\015"), "http://h/a"},
	{BYTES("ht\012tp://h/\011a\015b"), "http://h/ab"},
	{BYTES("http://h\011:8\0121/"), "http://h:81/"},
	{BYTES("\000\037http://h/"), "http://h/"},
	{BYTES("http://h/a\000b"), "http://h/a%00b"},
	{BYTES("http://h/\177"), "http://h/%7F"},
	{BYTES("http://h/a b"), "http://h/a%20b"},
	{BYTES("http://h/a\"b<c>d`e{f}g^h|i\\j"), "http://h/a%22b%3Cc%3Ed%60e%7Bf%7Dg%5Eh|i/j"},
	{BYTES("http://h/?a\"b<c>d`e{f}g^h|i\\j'k l"),
	 "http://h/?a%22b%3Cc%3Ed`e{f}g^h|i\\j%27k%20l"},
	{BYTES("http://h/#a\"b<c>d`e{f}g^h|i\\j'k l"),
	 "http://h/#a%22b%3Cc%3Ed%60e{f}g^h|i\\j'k%20l"},
	{BYTES("foo://h/?'"), "foo://h/?'"},
	{BYTES("http://h/%zz%4"), "http://h/%zz%4"},
	{BYTES("http://h/%c3%A9%2f%2F"), "http://h/%c3%A9%2f%2F"},
	{BYTES("http://h/\303\251?\303\251#\303\251"), "http://h/%C3%A9?%C3%A9#%C3%A9"},
	{BYTES("http://h/\346\227\245\346\234\254.jpg"), "http://h/%E6%97%A5%E6%9C%AC.jpg"},
	{BYTES("http://h/\360\237\230\200"), "http://h/%F0%9F%98%80"},
	{BYTES("http://h/a?b?c#d#e?f"), "http://h/a?b?c#d#e?f"},
	{BYTES("http://h?q"), "http://h/?q"},
	{BYTES("http://h#f"), "http://h/#f"},
	{BYTES("http://h/?"), "http://h/?"},
	{BYTES("http://h/#"), "http://h/#"},
	{BYTES("http://h/a;b=c&d$e+f,g:h@i!j(k)*l~m_n-o'p[q]"),
	 "http://h/a;b=c&d$e+f,g:h@i!j(k)*l~m_n-o'p[q]"},
	{BYTES("http://h/a/./b/../c"), "http://h/a/c"},
	{BYTES("http://h/../../a"), "http://h/a"},
	{BYTES("http://h/a/.."), "http://h/"},
	{BYTES("http://h/a/."), "http://h/a/"},
	{BYTES("http://h/a/b/%2e%2E/c"), "http://h/a/c"},
	{BYTES("http://h/a/%2e/b"), "http://h/a/b"},
	{BYTES("http://h/a/.%2e/b"), "http://h/b"},
	{BYTES("http://h/a/%2E./b"), "http://h/b"},
	{BYTES("http://h/a/%2e"), "http://h/a/"},
	{BYTES("http://h/a/..."), "http://h/a/..."},
	{BYTES("http://h/a/..b"), "http://h/a/..b"},
	{BYTES("http://h/a//../b"), "http://h/a/b"},
	{BYTES("http://h//a//"), "http://h//a//"},
	{BYTES("http://h/a\\..\\b"), "http://h/b"},
	{BYTES("http://h/%2e%2e%2e"), "http://h/%2e%2e%2e"},
	{BYTES("http://h/a/..?q"), "http://h/?q"},
	{BYTES("http://h/a/..#f"), "http://h/#f"},
	{BYTES("http://h/%252e/"), "http://h/%252e/"},
	{BYTES("http://h/.a/b./"), "http://h/.a/b./"},
	{BYTES("http://127.0.0.1/"), "http://127.0.0.1/"},
	{BYTES("http://127.1/"), "http://127.0.0.1/"},
	{BYTES("http://127.0.1/"), "http://127.0.0.1/"},
	{BYTES("http://0x7f.1/"), "http://127.0.0.1/"},
	{BYTES("http://0x7F000001/"), "http://127.0.0.1/"},
	{BYTES("http://017700000001/"), "http://127.0.0.1/"},
	{BYTES("http://2130706433/"), "http://127.0.0.1/"},
	{BYTES("http://0177.0.0.1/"), "http://127.0.0.1/"},
	{BYTES("http://0x7f.0x0.0x0.0x1/"), "http://127.0.0.1/"},
	{BYTES("http://127.0.0.1./"), "http://127.0.0.1/"},
	{BYTES("http://127.0.0.0x/"), "http://127.0.0.0/"},
	{BYTES("http://0/"), "http://0.0.0.0/"},
	{BYTES("http://0x/"), "http://0.0.0.0/"},
	{BYTES("http://0.0.0.0/"), "http://0.0.0.0/"},
	{BYTES("http://256.256.256.256/"), NULL},
	{BYTES("http://256.1/"), NULL},
	{BYTES("http://1.256.1.1/"), NULL},
	{BYTES("http://4294967295/"), "http://255.255.255.255/"},
	{BYTES("http://4294967296/"), NULL},
	{BYTES("http://0x100000000/"), NULL},
	{BYTES("http://1.2.3.4.5/"), NULL},
	{BYTES("http://1.2.3.65536/"), NULL},
	{BYTES("http://1.2.65535/"), "http://1.2.255.255/"},
	{BYTES("http://1.16777215/"), "http://1.255.255.255/"},
	{BYTES("http://1.16777216/"), NULL},
	{BYTES("http://08.1/"), NULL},
	{BYTES("http://09/"), NULL},
	{BYTES("http://1.2.3.08/"), NULL},
	{BYTES("http://a.1/"), NULL},
	{BYTES("http://a.0x1/"), NULL},
	{BYTES("http://1.a/"), "http://1.a/"},
	{BYTES("http://1e2/"), "http://1e2/"},
	{BYTES("http://0xg/"), "http://0xg/"},
	{BYTES("http://1..2/"), NULL},
	{BYTES("http://1.2.3.4../"), "http://1.2.3.4../"},
	{BYTES("http://%31%32%37.1/"), "http://127.0.0.1/"},
	{BYTES("http://"
	       "\357\274\221\357\274\222\357\274\227.\357\274\220.\357\274\220.\357\274\221/"),
	 "http://127.0.0.1/"},
	{BYTES("http://\342\221\240\357\274\222\357\274\227\343\200\2021/"), "http://127.0.0.1/"},
	{BYTES("http://192.168.257/"), "http://192.168.1.1/"},
	{BYTES("http://99999999999999999999/"), NULL},
	{BYTES("http://0x7f.1:80@h/"), "http://0x7f.1:80@h/"},
	{BYTES("http://[::1]/"), "http://[::1]/"},
	{BYTES("http://[::]/"), "http://[::]/"},
	{BYTES("http://[1:2:3:4:5:6:7:8]/"), "http://[1:2:3:4:5:6:7:8]/"},
	{BYTES("http://[1:0:0:2:0:0:0:3]/"), "http://[1:0:0:2::3]/"},
	{BYTES("http://[1:0:2:0:3:0:4:0]/"), "http://[1:0:2:0:3:0:4:0]/"},
	{BYTES("http://[::ffff:7f00:1]/"), "http://[::ffff:7f00:1]/"},
	{BYTES("http://[::ffff:127.0.0.1]/"), "http://[::ffff:7f00:1]/"},
	{BYTES("http://[0:0:0:0:0:ffff:192.0.2.1]/"), "http://[::ffff:c000:201]/"},
	{BYTES("http://[1::]/"), "http://[1::]/"},
	{BYTES("http://[ABCD:EF01::0001]:8080/"), "http://[abcd:ef01::1]:8080/"},
	{BYTES("http://[::1%25eth0]/"), NULL},
	{BYTES("http://[::1]a/"), NULL},
	{BYTES("http://[::1"), NULL},
	{BYTES("http://::1/"), NULL},
	{BYTES("http://[]/"), NULL},
	{BYTES("http://[1:2:3:4:5:6:7]/"), NULL},
	{BYTES("http://[1:2:3:4:5:6:7:8:9]/"), NULL},
	{BYTES("http://[1::2::3]/"), NULL},
	{BYTES("http://[:1]/"), NULL},
	{BYTES("http://[1:]/"), NULL},
	{BYTES("http://[1::2:]/"), NULL},
	{BYTES("http://[1:2:3:4:5:6:7:8:]/"), NULL},
	{BYTES("http://[12345::]/"), NULL},
	{BYTES("http://[::1.2.3]/"), NULL},
	{BYTES("http://[::1.2.3.4.5]/"), NULL},
	{BYTES("http://[::256.0.0.1]/"), NULL},
	{BYTES("http://[::1.2.3.256]/"), NULL},
	{BYTES("http://[::255.2.3.255]/"), "http://[::ff02:3ff]/"},
	{BYTES("http://[::01.0.0.1]/"), NULL},
	{BYTES("http://[::1.2.3.4:5]/"), NULL},
	{BYTES("http://[1:2:3:4:5:6:7:1.2.3.4]/"), NULL},
	{BYTES("http://[::g]/"), NULL},
	{BYTES("http://[1:2:3:4:5:6:7::]/"), "http://[1:2:3:4:5:6:7:0]/"},
	{BYTES("http://[::2:3:4:5:6:7:8]/"), "http://[0:2:3:4:5:6:7:8]/"},
	{BYTES("http://[v1.a]/"), NULL},
	{BYTES("http://fa\303\237.de/"), "http://xn--fa-hia.de/"},
	{BYTES("http://FA\341\272\236.de/"), "http://xn--fa-hia.de/"},
	{BYTES("http://a.FA\341\272\236/"), "http://a.xn--fa-hia/"},
	{BYTES("http://b\303\274cher.example/"), "http://xn--bcher-kva.example/"},
	{BYTES("http://B\303\234CHER.example/"), "http://xn--bcher-kva.example/"},
	{BYTES("http://\346\227\245\346\234\254\350\252\236\343\200\202\357\274\252\357\274\260/"),
	 "http://xn--wgv71a119e.jp/"},
	{BYTES("http://\316\222\316\214\316\233\316\237\316\243.com/"), "http://xn--nxasmq6b.com/"},
	{BYTES("http://\316\262\317\214\316\273\316\277\317\202.com/"), "http://xn--nxasmm1c.com/"},
	{BYTES("http://xn--bcher-kva.example/"), "http://xn--bcher-kva.example/"},
	{BYTES("http://XN--BCHER-KVA.example/"), "http://xn--bcher-kva.example/"},
	{BYTES("http://xn--a/"), NULL},
	{BYTES("http://xn--/"), NULL},
	{BYTES("http://www.xn--a/"), NULL},
	{BYTES("http://www.axn--a/"), "http://www.axn--a/"},
	{BYTES("http://xn--zn7c.com/"), NULL},
	{BYTES("http://\342\230\203.net/"), "http://xn--n3h.net/"},
	{BYTES("http://\360\237\222\251.la/"), "http://xn--ls8h.la/"},
	{BYTES("http://i\342\235\244\357\270\217.ws/"), "http://xn--i-7iq.ws/"},
	{BYTES("http://\360\237\207\251\360\237\207\252.eu/"), "http://xn--h77hc.eu/"},
	{BYTES("http://xn--n3h.net/"), "http://xn--n3h.net/"},
	{BYTES("http://XN--i-7iq.WS/"), "http://xn--i-7iq.ws/"},
	{BYTES("http://\342\230\203.xn--bcher-kva.de/"), "http://xn--n3h.xn--bcher-kva.de/"},
	{BYTES("http://xn--\342\230\203/"), NULL},
	{BYTES("http://a\302\267b/"), "http://xn--ab-0ea/"},
	{BYTES("http://$\346\227\245/"), "http://xn--$-kn6b/"},
	{BYTES("http://foo_bar.b\303\274cher.de/"), "http://foo_bar.xn--bcher-kva.de/"},
	{BYTES("http://-\303\274-.de/"), "http://xn-----xka.de/"},
	{BYTES("http://\303\274--\303\274.de/"), "http://xn-----wkac.de/"},
	{BYTES("http://a\302\255b.org/"), "http://ab.org/"},
	{BYTES("http://\302\255/"), NULL},
	{BYTES("http://GO.com/"), "http://go.com/"},
	{BYTES("http://ex%41mple.org/"), "http://example.org/"},
	{BYTES("http://b%C3%BCcher.de/"), "http://xn--bcher-kva.de/"},
	{BYTES("http://%C3/"), NULL},
	{BYTES("http://a%00b/"), NULL},
	{BYTES("http://a%2fb/"), NULL},
	{BYTES("http://a%b/"), NULL},
	{BYTES("http://a b/"), NULL},
	{BYTES("http://a<b/"), NULL},
	{BYTES("http://a|b/"), NULL},
	{BYTES("http://a^b/"), NULL},
	{BYTES("http://a[b/"), NULL},
	{BYTES("http://a_b/"), "http://a_b/"},
	{BYTES("http://a..b/"), "http://a..b/"},
	{BYTES("http://.a/"), "http://.a/"},
	{BYTES("http://a./"), "http://a./"},
	{BYTES("http://!$&'()*+,;=/"), "http://!$&'()*+,;=/"},
	{BYTES("http://\327\2201.com/"), "http://xn--1-zhc.com/"},
	{BYTES("http://1\327\220/"), NULL},
	{BYTES("http://a\327\220/"), NULL},
	{BYTES("http://\340\244\225\340\245\215\342\200\215\340\244\267.in/"),
	 "http://xn--11b2ezcw70k.in/"},
	{BYTES("http://a\342\200\215b/"), NULL},
	{BYTES("http://\342\222\210com/"), NULL},
	{BYTES("data:image/png;base64,AA=="), "data:image/png;base64,AA=="},
	{BYTES("DATA:text/html,<p> x"), "data:text/html,<p> x"},
	{BYTES("data:a b ?c d #e f"), "data:a b%20?c%20d%20#e%20f"},
	{BYTES("data:a  "), "data:a"},
	{BYTES("mailto:a@b.org?subject=x"), "mailto:a@b.org?subject=x"},
	{BYTES("javascript:alert(1)"), "javascript:alert(1)"},
	{BYTES("about:blank"), "about:blank"},
	{BYTES("tel:+1"), "tel:+1"},
	{BYTES("blob:http://h/x"), "blob:http://h/x"},
	{BYTES("foo:"), "foo:"},
	{BYTES("foo:/"), "foo:/"},
	{BYTES("foo:/a/../b"), "foo:/b"},
	{BYTES("foo://"), "foo://"},
	{BYTES("foo:///"), "foo:///"},
	{BYTES("foo://H:81/a"), "foo://H:81/a"},
	{BYTES("foo://h:"), "foo://h"},
	{BYTES("foo://\303\251/\303\251"), "foo://%C3%A9/%C3%A9"},
	{BYTES("foo://a b/"), NULL},
	{BYTES("foo://<a/"), NULL},
	{BYTES("foo://u@/"), NULL},
	{BYTES("foo://:81/"), NULL},
	{BYTES("foo://[::1]/"), "foo://[::1]/"},
	{BYTES("foo:/.//a"), "foo:/.//a"},
	{BYTES("foo:/a/..//b"), "foo:/.//b"},
	{BYTES("web+a:\\x"), "web+a:\\x"},
	{BYTES("view-source:http://h/"), "view-source:http://h/"},
	{BYTES("file:///a/b"), "file:///a/b"},
	{BYTES("file://localhost/a"), "file:///a"},
	{BYTES("file:a"), "file:///a"},
	{BYTES("ws://h:80/"), "ws://h/"},
	{BYTES("wss://h:443/"), "wss://h/"},
	{BYTES("ftp://h:21/a"), "ftp://h/a"},
	{BYTES("ftp://h:22/"), "ftp://h:22/"},
};

static const struct row on_http[] = {
	{BYTES("/a"), "http://h:8080/a"},
	{BYTES("a"), "http://h:8080/a/b/a"},
	{BYTES("./a"), "http://h:8080/a/b/a"},
	{BYTES("../a"), "http://h:8080/a/a"},
	{BYTES("../../../a"), "http://h:8080/a"},
	{BYTES("?x"), "http://h:8080/a/b/c?x"},
	{BYTES("#x"), "http://h:8080/a/b/c?q#x"},
	{BYTES(""), "http://h:8080/a/b/c?q"},
	{BYTES("."), "http://h:8080/a/b/"},
	{BYTES(".."), "http://h:8080/a/"},
	{BYTES("//o/p"), "http://o/p"},
	{BYTES("\\\\o\\p"), "http://o/p"},
	{BYTES("/\\o/p"), "http://o/p"},
	{BYTES("\\a"), "http://h:8080/a"},
	{BYTES("///o/p"), "http://o/p"},
	{BYTES("////o"), "http://o/"},
	{BYTES("http:a"), "http://h:8080/a/b/a"},
	{BYTES("http:/a"), "http://h:8080/a"},
	{BYTES("http:?x"), "http://h:8080/a/b/c?x"},
	{BYTES("http:"), "http://h:8080/a/b/c?q"},
	{BYTES("http:#x"), "http://h:8080/a/b/c?q#x"},
	{BYTES("https:a"), "https://a/"},
	{BYTES("a:b"), "a:b"},
	{BYTES("a?b:c"), "http://h:8080/a/b/a?b:c"},
	{BYTES("1:b"), "http://h:8080/a/b/1:b"},
	{BYTES("a/b:c"), "http://h:8080/a/b/a/b:c"},
	{BYTES("%2e%2e/a"), "http://h:8080/a/a"},
	{BYTES(" a b "), "http://h:8080/a/b/a%20b"},
	{BYTES("a\\..\\b"), "http://h:8080/a/b/b"},
	{BYTES("\303\274.png?\303\274=\303\274"), "http://h:8080/a/b/%C3%BC.png?%C3%BC=%C3%BC"},
	{BYTES("//"), NULL},
	{BYTES("//?x"), NULL},
	{BYTES("http://"), NULL},
	{BYTES("data:,x"), "data:,x"},
	{BYTES("..\\x"), "http://h:8080/a/x"},
	{BYTES(";x"), "http://h:8080/a/b/;x"},
	{BYTES("@x"), "http://h:8080/a/b/@x"},
	{BYTES(":80"), "http://h:8080/a/b/:80"},
	{BYTES("//u@h:81"), "http://u@h:81/"},
	{BYTES("?"), "http://h:8080/a/b/c?"},
	{BYTES("#"), "http://h:8080/a/b/c?q#"},
	{BYTES("https://h2"), "https://h2/"},
};

static const struct row on_other_with_host[] = {
	{BYTES("a"), "foo://h/a/a"},     {BYTES("/a"), "foo://h/a"},
	{BYTES("//o"), "foo://o"},       {BYTES(".."), "foo://h/"},
	{BYTES("?x"), "foo://h/a/b?x"},  {BYTES("#x"), "foo://h/a/b?q#x"},
	{BYTES("\\a"), "foo://h/a/\\a"}, {BYTES(""), "foo://h/a/b?q"},
	{BYTES("foo:a"), "foo:a"},       {BYTES("foo:/a"), "foo:/a"},
};

static const struct row on_other[] = {
	{BYTES("a"), "foo:/a/a"},
	{BYTES("../.."), "foo:/"},
	{BYTES("?x"), "foo:/a/b?x"},
};

static const struct row on_data[] = {
	{BYTES("#x"), "data:a?q#x"},
	{BYTES("a#x"), NULL},
	{BYTES("?x#x"), NULL},
};

static const struct row on_mailto[] = {
	{BYTES(""), NULL},   {BYTES("a"), NULL},   {BYTES("?x"), NULL},
	{BYTES("/a"), NULL}, {BYTES("//h"), NULL},
};

static const struct row on_file[] = {
	{BYTES("b"), "file:///x/b"}, {BYTES("/b"), "file:///b"},     {BYTES("//h/b"), "file://h/b"},
	{BYTES("\\b"), "file:///b"}, {BYTES("?q"), "file:///x/a?q"},
};

static const struct row on_secret[] = {
	{BYTES("b"), "http://u:p@h/b"},
	{BYTES("?q"), "http://u:p@h/a?q"},
	{BYTES("//o/b"), "http://o/b"},
};

static void parses_absolute_urls(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(absolute); i++)
		assert_row(&absolute[i], NULL);
}

static void reads_urls_as_browsers_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(browser_urls); i++)
		assert_row(&browser_urls[i], NULL);
	for (size_t i = 0; i < ARRAY_LENGTH(browser_hosts); i++)
		assert_row(&browser_hosts[i], NULL);
}

static void resolves_references(void **state)
{
	static const struct {
		const char *base;
		const struct row *rows;
		size_t count;
	} tables[] = {
		{"http://h:8080/a/b/c?q#f", on_http, ARRAY_LENGTH(on_http)},
		{"foo://h/a/b?q", on_other_with_host, ARRAY_LENGTH(on_other_with_host)},
		{"foo:/a/b", on_other, ARRAY_LENGTH(on_other)},
		{"data:a?q", on_data, ARRAY_LENGTH(on_data)},
		{"mailto:x", on_mailto, ARRAY_LENGTH(on_mailto)},
		{"file:///x/a", on_file, ARRAY_LENGTH(on_file)},
		{"http://u:p@h/a", on_secret, ARRAY_LENGTH(on_secret)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(tables); i++) {
		CLEANUP(url_release) struct url base = {0};

		assert_int_equal(parse(tables[i].base, strlen(tables[i].base), NULL, &base),
				 URL_OK);
		for (size_t k = 0; k < tables[i].count; k++)
			assert_row(&tables[i].rows[k], &base);
	}
}

static void leaves_absolute_urls_alone_on_any_base(void **state)
{
	CLEANUP(url_release) struct url base = {0};

	(void)state;
	assert_int_equal(parse(BYTES("gopher://h/x"), NULL, &base), URL_OK);
	for (size_t i = 0; i < ARRAY_LENGTH(absolute); i++)
		if (absolute[i].serialized)
			assert_row(&absolute[i], &base);
}

static void says_what_is_wrong(void **state)
{
	static const struct {
		const char *text;
		enum url_error error;
	} rows[] = {
		{"/a", URL_NOT_ABSOLUTE},
		{"", URL_NOT_ABSOLUTE},
		{":a", URL_NOT_ABSOLUTE},
		{"1a:b", URL_NOT_ABSOLUTE},
		{"?a:b", URL_NOT_ABSOLUTE},
		{"http://", URL_BAD_HOST},
		{"http://a b", URL_BAD_HOST},
		{"http://h:x", URL_BAD_PORT},
		{"http://h:99999999999999999999", URL_BAD_PORT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct url url = {.port = 7};

		assert_int_equal(parse(rows[i].text, strlen(rows[i].text), NULL, &url),
				 rows[i].error);
		assert_int_equal(url.port, 7);
		assert_true(strlen(url_error_text(rows[i].error)) > 5);
	}
}

/* Bytes that are no UTF-8 become U+FFFD, as in a page that a browser decodes; in a host they fail.
 */
static void replaces_bytes_that_are_no_utf8(void **state)
{
	static const struct row rows[] = {
		{BYTES("http://h/\xe4?\xff#\xc3"), "http://h/%EF%BF%BD?%EF%BF%BD#%EF%BF%BD"},
		{BYTES("http://h/\xff\xe4z"), "http://h/%EF%BF%BD%EF%BF%BDz"},
		{BYTES("http://\xe4/"), NULL},
		{BYTES("foo://\xe4/"), "foo://%EF%BF%BD/"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		assert_row(&rows[i], NULL);
}

static void tells_parts(void **state)
{
	CLEANUP(url_release) struct url url = {0}, data = {0};
	CLEANUP(cleanup_free) char *bare = NULL;

	(void)state;
	assert_int_equal(parse(BYTES("HTTPS://U:p@[::1]:81/a?b#c"), NULL, &url), URL_OK);
	assert_string_equal(url.scheme, "https");
	assert_string_equal(url.username, "U");
	assert_string_equal(url.password, "p");
	assert_string_equal(url.host, "[::1]");
	assert_int_equal(url.port, 81);
	assert_string_equal(url.path, "/a");
	assert_string_equal(url.query, "b");
	assert_string_equal(url.fragment, "c");
	assert_true(url_is_http(&url));
	assert_int_equal(url_port(&url), 81);
	bare = url_serialize(&url, false);
	assert_string_equal(bare, "https://U:p@[::1]:81/a?b");

	assert_int_equal(parse(BYTES("data:,x"), NULL, &data), URL_OK);
	assert_null(data.host);
	assert_null(data.query);
	assert_null(data.fragment);
	assert_string_equal(data.username, "");
	assert_string_equal(data.path, ",x");
	assert_false(url_is_http(&data));
	assert_int_equal(url_port(&data), 0);
}

static void knows_the_port_in_force(void **state)
{
	static const struct {
		const char *text;
		int port, port_in_force;
	} rows[] = {
		{"http://h/", -1, 80},       {"https://h/", -1, 443}, {"http://h:443/", 443, 443},
		{"https://h:443/", -1, 443}, {"http://h:0/", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		CLEANUP(url_release) struct url url = {0};

		assert_int_equal(parse(rows[i].text, strlen(rows[i].text), NULL, &url), URL_OK);
		assert_int_equal(url.port, rows[i].port);
		assert_int_equal(url_port(&url), rows[i].port_in_force);
	}
}

static void knows_how_much_of_a_url_is_its_origin(void **state)
{
	static const struct {
		const char *text;
		size_t bytes;
	} rows[] = {
		{"http://h/", 9},
		{"https://h:8443/a/b://c/", 15},
		{"http://[::1]:81/?a/b", 16},
		{"http://u@h/", 11},
		{"http:///h/a", 0},
		{"http://h", 0},
		{"data:,x", 0},
		{"", 0},
		{"/a", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		assert_int_equal(url_origin_prefix_bytes(rows[i].text), rows[i].bytes);
}

static void decodes_percents(void **state)
{
	static const struct {
		const char *text, *decoded;
		size_t length;
	} rows[] = {
		{"", "", 0},       {"a%20b", "a b", 3},  {"%41%e4%E4", "A\xe4\xe4", 3},
		{"%", "%", 1},     {"%4", "%4", 2},      {"%zz%41", "%zzA", 4},
		{"%%41", "%A", 2}, {"a%00b", "a\0b", 3}, {"%2541", "%41", 3},
		{"+", "+", 1},
	};
	size_t at_end;

	(void)state;
	free(url_percent_decode("%41", 2, &at_end));
	assert_int_equal(at_end, 2); /* what stands behind the text is not read */
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		size_t length = 99;
		char *decoded = url_percent_decode(rows[i].text, strlen(rows[i].text), &length);

		assert_int_equal(length, rows[i].length);
		assert_memory_equal(decoded, rows[i].decoded, length + 1);
		free(decoded);
		free(url_percent_decode(rows[i].text, strlen(rows[i].text), NULL));
	}
}

static void bounds_its_input(void **state)
{
	static char text[URL_MAX_BYTES + 2];
	CLEANUP(url_release) struct url url = {0}, dots = {0};

	(void)state;
	memset(text, 'a', sizeof text);
	memcpy(text, "http://h/", 9);
	assert_int_equal(url_parse(text, URL_MAX_BYTES + 1, NULL, &url), URL_TOO_LONG);
	assert_int_equal(url_parse(text, URL_MAX_BYTES, NULL, &url), URL_OK);
	assert_int_equal(strlen(url.path), URL_MAX_BYTES - 8);
	for (size_t i = 9; i + 3 <= URL_MAX_BYTES; i += 3)
		memcpy(text + i, i & 1 ? "/b/" : "../", 3);
	assert_int_equal(url_parse(text, URL_MAX_BYTES, NULL, &dots), URL_OK);
	/* a host of nothing but letters that need IDNA */
	for (size_t i = 7; i + 2 <= URL_MAX_BYTES; i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	assert_int_equal(url_parse(text, URL_MAX_BYTES - 1, NULL, &dots), URL_BAD_HOST);
	/* and one of which ICU would make too long a name */
	for (size_t i = 7; i + 3 <= 3007; i += 3)
		memcpy(text + i, "\xc3\xa4.", 3);
	assert_int_equal(url_parse(text, 3007, NULL, &dots), URL_BAD_HOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_absolute_urls),
		cmocka_unit_test(reads_urls_as_browsers_do),
		cmocka_unit_test(resolves_references),
		cmocka_unit_test(leaves_absolute_urls_alone_on_any_base),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(replaces_bytes_that_are_no_utf8),
		cmocka_unit_test(tells_parts),
		cmocka_unit_test(knows_the_port_in_force),
		cmocka_unit_test(knows_how_much_of_a_url_is_its_origin),
		cmocka_unit_test(decodes_percents),
		cmocka_unit_test(bounds_its_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
