#include "../cmocka_all.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "admission.h"

/* Every row of the two IANA special-purpose registries, multicast, reserved space, and metadata. */
static const struct {
	const char *range;
	enum address_class class;
} v4_rows[] = {
	{"0.0.0.0/8", ADDRESS_SPECIAL},           {"0.0.0.0/32", ADDRESS_SPECIAL},
	{"10.0.0.0/8", ADDRESS_PRIVATE},          {"100.64.0.0/10", ADDRESS_PRIVATE},
	{"127.0.0.0/8", ADDRESS_PRIVATE},         {"169.254.0.0/16", ADDRESS_SPECIAL},
	{"172.16.0.0/12", ADDRESS_PRIVATE},       {"192.0.0.0/24", ADDRESS_SPECIAL},
	{"192.0.0.0/29", ADDRESS_SPECIAL},        {"192.0.0.8/32", ADDRESS_SPECIAL},
	{"192.0.0.9/32", ADDRESS_SPECIAL},        {"192.0.0.10/32", ADDRESS_SPECIAL},
	{"192.0.0.170/32", ADDRESS_SPECIAL},      {"192.0.0.171/32", ADDRESS_SPECIAL},
	{"192.0.2.0/24", ADDRESS_SPECIAL},        {"192.31.196.0/24", ADDRESS_SPECIAL},
	{"192.52.193.0/24", ADDRESS_SPECIAL},     {"192.88.99.0/24", ADDRESS_SPECIAL},
	{"192.88.99.2/32", ADDRESS_SPECIAL},      {"192.168.0.0/16", ADDRESS_PRIVATE},
	{"192.175.48.0/24", ADDRESS_SPECIAL},     {"198.18.0.0/15", ADDRESS_SPECIAL},
	{"198.51.100.0/24", ADDRESS_SPECIAL},     {"203.0.113.0/24", ADDRESS_SPECIAL},
	{"224.0.0.0/4", ADDRESS_SPECIAL},         {"240.0.0.0/4", ADDRESS_SPECIAL},
	{"255.255.255.255/32", ADDRESS_SPECIAL},  {"169.254.169.254/32", ADDRESS_METADATA},
	{"168.63.129.16/32", ADDRESS_METADATA},   {"169.254.170.2/32", ADDRESS_METADATA},
	{"100.100.100.200/32", ADDRESS_METADATA}, {"169.254.42.42/32", ADDRESS_METADATA},
	{"169.254.170.23/32", ADDRESS_METADATA},  {"169.254.0.23/32", ADDRESS_METADATA},
	{"192.0.0.192/32", ADDRESS_METADATA},
};

static const struct {
	const char *range;
	enum address_class class;
} v6_rows[] = {
	{"::1/128", ADDRESS_PRIVATE},
	{"::/128", ADDRESS_SPECIAL},
	{"64:ff9b::1:0:0/96", ADDRESS_SPECIAL},
	{"64:ff9b:1::/48", ADDRESS_SPECIAL},
	{"::fffe:0:0/96", ADDRESS_SPECIAL},
	{"100::/64", ADDRESS_SPECIAL},
	{"100:0:0:1::/64", ADDRESS_SPECIAL},
	{"2001::/23", ADDRESS_SPECIAL},
	{"2001::/32", ADDRESS_SPECIAL},
	{"2001:1::1/128", ADDRESS_SPECIAL},
	{"2001:1::2/128", ADDRESS_SPECIAL},
	{"2001:1::3/128", ADDRESS_SPECIAL},
	{"2001:2::/48", ADDRESS_SPECIAL},
	{"2001:3::/32", ADDRESS_SPECIAL},
	{"2001:4:112::/48", ADDRESS_SPECIAL},
	{"2001:10::/28", ADDRESS_SPECIAL},
	{"2001:20::/28", ADDRESS_SPECIAL},
	{"2001:30::/28", ADDRESS_SPECIAL},
	{"2001:db8::/32", ADDRESS_SPECIAL},
	{"2002::/16", ADDRESS_SPECIAL},
	{"2620:4f:8000::/48", ADDRESS_SPECIAL},
	{"3fff::/20", ADDRESS_SPECIAL},
	{"5f00::/16", ADDRESS_SPECIAL},
	{"fc00::/7", ADDRESS_PRIVATE},
	{"fe80::/10", ADDRESS_SPECIAL},
	{"fec0::/10", ADDRESS_SPECIAL},
	{"ff00::/8", ADDRESS_SPECIAL},
	{"4000::/3", ADDRESS_SPECIAL},
	{"fd00:ec2::254/128", ADDRESS_METADATA},
	{"fd00:ec2::23/128", ADDRESS_METADATA},
	{"fd20:ce::254/128", ADDRESS_METADATA},
	{"fd00:42::42/128", ADDRESS_METADATA},
};

static const char *const public_addresses[] = {
	"1.1.1.1",          "8.8.8.8",
	"9.255.255.255",    "11.0.0.0",
	"100.63.255.255",   "100.128.0.0",
	"126.255.255.255",  "128.0.0.0",
	"169.253.255.255",  "169.255.0.0",
	"172.15.255.255",   "172.32.0.0",
	"191.255.255.255",  "192.0.1.0",
	"192.0.3.0",        "192.167.255.255",
	"192.169.0.0",      "198.17.255.255",
	"198.20.0.0",       "203.0.112.255",
	"203.0.114.0",      "223.255.255.255",
	"168.63.129.15",    "8.8.8.8",
	"64:ff9b::8.8.8.8", "2000::1",
	"2001:200::1",      "2001:4860:4860::8888",
	"2001:db7:ffff::1", "2001:db9::1",
	"2003::1",          "2606:4700:4700::1111",
	"2620:4f:7fff::1",  "2a00:1450:4001::5efe:808:808",
	"3ffe:ffff::1",     "3fff:1000::1",
	"64:ff9b::c801:1",  "64:ff9b::808:808",
};

/* Nearly of ISATAP's form, with a private address behind it. */
static const char *const no_isatap_addresses[] = {
	"2a00::100:5efe:a00:1", "2a00::300:5efe:a00:1", "2a00::1:5efe:a00:1",
	"2a00::fe:a00:1",       "2a00::5e00:a00:1",     "2a00::5eff:a00:1",
};

/* The first, some middle and the last address of a range. */
static void pick(const struct fetch_cidr *cidr, int which, unsigned char ret_address[16])
{
	for (unsigned bit = 0; bit < 128; bit++) {
		unsigned char mask = (unsigned char)(0x80 >> bit % 8);
		bool is_set = bit < cidr->prefix_bits ? cidr->address[bit / 8] & mask
			      : which == 1            ? bit % 3 == 1
						      : which == 2;

		if (is_set)
			ret_address[bit / 8] |= mask;
		else
			ret_address[bit / 8] &= (unsigned char)~mask;
	}
}

static void check(const unsigned char address[16], enum address_class at_least, const char *what)
{
	const struct admission strict = {0}, lax = {.allow_private = true};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	enum address_class class = admission_classify(address);
	char text[INET6_ADDRSTRLEN];

	memcpy(&v6.sin6_addr, address, 16);
	inet_ntop(AF_INET6, address, text, sizeof text);
	if (class < at_least ||
	    admission_check_address(&strict, (const struct sockaddr *)&v6) !=
		    (class == ADDRESS_PUBLIC) ||
	    admission_check_address(&lax, (const struct sockaddr *)&v6) !=
		    (class <= ADDRESS_PRIVATE))
		fail_msg("%s of %s: class %d", text, what, class);
}

static void refuses_all_v6_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof v6_rows / sizeof *v6_rows; i++)
		for (int which = 0; which < 3; which++) {
			unsigned char address[16];
			struct fetch_cidr cidr;

			assert_true(fetch_cidr_parse(v6_rows[i].range, &cidr));
			pick(&cidr, which, address);
			check(address, v6_rows[i].class, v6_rows[i].range);
		}
}

/* a.b.c.d in all the forms that carry an IPv4 address. */
static void check_forms(const unsigned char v4[4], enum address_class class, const char *what)
{
	static const struct {
		const char *prefix;
		unsigned at;
		unsigned char flip;
		enum address_class at_least;
	} forms[] = {
		{"::ffff:0:0", 12, 0, ADDRESS_PUBLIC},     /* mapped */
		{"::", 12, 0, ADDRESS_PRIVATE},            /* compatible */
		{"64:ff9b::", 12, 0, ADDRESS_PUBLIC},      /* NAT64 */
		{"64:ff9b:1::", 12, 0, ADDRESS_SPECIAL},   /* NAT64, local */
		{"::ffff:0:0:0", 12, 0, ADDRESS_SPECIAL},  /* translated */
		{"2002::", 2, 0, ADDRESS_SPECIAL},         /* 6to4 */
		{"2001::", 12, 0xff, ADDRESS_SPECIAL},     /* Teredo, client */
		{"2001::", 4, 0, ADDRESS_SPECIAL},         /* Teredo, server */
		{"2a00::5efe:0:0", 12, 0, ADDRESS_PUBLIC}, /* ISATAP */
		{"2a00::200:5efe:0:0", 12, 0, ADDRESS_PUBLIC},
		{"2a00:1:1:101:0:5efe:0:0", 12, 0, ADDRESS_PUBLIC},
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		enum address_class at_least = class > forms[i].at_least ? class : forms[i].at_least;
		unsigned char address[16];

		assert_int_equal(inet_pton(AF_INET6, forms[i].prefix, address), 1);
		for (unsigned byte = 0; byte < 4; byte++)
			address[forms[i].at + byte] = v4[byte] ^ forms[i].flip;
		/* ::1 is loopback, not 0.0.0.1 */
		if (forms[i].at == 12 && !forms[i].flip && !v4[0] && !v4[1] && !v4[2] && v4[3] == 1)
			continue;
		check(address, at_least, what);
	}
}

static void check_v4(const unsigned char address[4], enum address_class class, const char *what)
{
	const struct admission strict = {0}, lax = {.allow_private = true};
	struct sockaddr_in v4 = {.sin_family = AF_INET};

	memcpy(&v4.sin_addr, address, 4);
	if (admission_check_address(&strict, (const struct sockaddr *)&v4))
		fail_msg("an address of %s", what);
	if (class != ADDRESS_PRIVATE && admission_check_address(&lax, (const struct sockaddr *)&v4))
		fail_msg("an address of %s, by the bare flag", what);
}

static void refuses_all_v4_rows_in_all_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof v4_rows / sizeof *v4_rows; i++)
		for (int which = 0; which < 3; which++) {
			unsigned char address[16];
			struct fetch_cidr cidr;

			assert_true(fetch_cidr_parse(v4_rows[i].range, &cidr));
			pick(&cidr, which, address);
			check_v4(address + 12, v4_rows[i].class, v4_rows[i].range);
			check_forms(address + 12, v4_rows[i].class, v4_rows[i].range);
		}
}

static void admits_public_addresses(void **state)
{
	const struct admission strict = {0};

	(void)state;
	for (size_t i = 0; i < sizeof public_addresses / sizeof *public_addresses; i++) {
		struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
		struct sockaddr_in v4 = {.sin_family = AF_INET};
		bool is_admitted;

		if (inet_pton(AF_INET, public_addresses[i], &v4.sin_addr) == 1) {
			is_admitted = admission_check_address(&strict, (struct sockaddr *)&v4);
		} else {
			assert_int_equal(inet_pton(AF_INET6, public_addresses[i], &v6.sin6_addr),
					 1);
			is_admitted = admission_check_address(&strict, (struct sockaddr *)&v6);
		}
		if (!is_admitted)
			fail_msg("%s is refused", public_addresses[i]);
	}
}

/* As a socket's address, too, an IPv4-mapped one is not globally reachable. */
static void admits_no_address_of_another_kind(void **state)
{
	const struct admission strict = {0};
	const struct sockaddr local = {.sa_family = AF_UNIX};
	struct sockaddr_in6 mapped = {.sin6_family = AF_INET6};

	(void)state;
	assert_false(admission_check_address(&strict, &local));
	assert_int_equal(inet_pton(AF_INET6, "::ffff:8.8.8.8", &mapped.sin6_addr), 1);
	assert_false(admission_check_address(&strict, (const struct sockaddr *)&mapped));
	assert_int_equal(inet_pton(AF_INET6, "::ffff:200.8.8.8", &mapped.sin6_addr), 1);
	assert_false(admission_check_address(&strict, (const struct sockaddr *)&mapped));
}

static void the_bare_flag_admits_loopback_and_private(void **state)
{
	static const struct {
		const char *host;
		bool is_admitted;
	} cases[] = {
		{"127.0.0.1", true},  {"10.0.0.1", true},         {"172.31.0.1", true},
		{"[::1]", true},      {"[fd12::1]", true},        {"[::ffff:127.0.0.1]", true},
		{"0.0.0.0", false},   {"169.254.1.1", false},     {"[::]", false},
		{"[fe80::1]", false}, {"[fd00:ec2::254]", false}, {"[::7f00:1]", false},
	};
	const struct admission lax = {.allow_private = true};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
		unsigned char address[16];

		assert_true(admission_parse_literal(cases[i].host, address));
		memcpy(&v6.sin6_addr, address, 16);
		if (admission_check_address(&lax, (const struct sockaddr *)&v6) !=
		    cases[i].is_admitted)
			fail_msg("%s", cases[i].host);
	}
}

static void takes_no_other_form_for_isatap(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof no_isatap_addresses / sizeof *no_isatap_addresses; i++) {
		unsigned char address[16];

		assert_int_equal(inet_pton(AF_INET6, no_isatap_addresses[i], address), 1);
		assert_int_equal(admission_classify(address), ADDRESS_PUBLIC);
	}
}

static void named_ranges_admit_all_but_metadata(void **state)
{
	static const struct {
		const char *range, *host;
		bool is_admitted;
	} cases[] = {
		{"127.0.0.0/8", "127.0.0.1", true},
		{"127.0.0.0/8", "[::ffff:127.0.0.1]", true},
		{"127.0.0.0/8", "[::1]", false},
		{"127.0.0.0/8", "10.0.0.1", false},
		{"127.0.0.0/8", "[64:ff9b::127.0.0.1]", false},
		{"169.254.0.0/16", "169.254.1.1", true},
		{"169.254.0.0/16", "169.254.169.254", false},
		{"0.0.0.0/0", "169.254.169.254", false},
		{"::/0", "[fd00:ec2::254]", false},
		{"::/0", "[2002:a9fe:a9fe::]", false},
		{"::/0", "[64:ff9b::a9fe:a9fe]", false},
		{"::/0", "[::ffff:0:a83f:8110]", false},
		{"127.0.0.0/8", "[::ffff:8.8.8.8]", false},
		{"8.8.8.0/24", "[::ffff:8.8.8.8]", true},
		{"64:ff9b:1::/48", "[64:ff9b:1::a9fe:a9fe]", false},
		{"64:ff9b:1::/48", "[64:ff9b:1::808:808]", true},
		{"64:ff9b:1::/48", "[64:ff9b:1:ffff::a9fe:a9fe]", false},
		{"10.1.2.3", "10.1.2.3", true},
		{"10.1.2.3", "10.1.2.4", false},
		{"10.1.2.3", "10.1.2.2", false},
		{"fd00::3", "[fd00::3]", true},
		{"fd00::3", "[fd00::2]", false},
		{"fd00::3", "[fd80::3]", false},
		{"10.0.0.0/9", "10.127.0.1", true},
		{"10.0.0.0/9", "10.128.0.1", false},
		{"fd00::/8", "[fd12::1]", true},
		{"fd00::/8", "[fc00::1]", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fetch_cidr cidr;
		struct admission admission = {.allow_cidrs = &cidr, .n_allow_cidrs = 1};
		struct url url = {.scheme = (char[]){"http"},
				  .username = (char[]){""},
				  .password = (char[]){""},
				  .port = -1};
		char host[64];
		const char *message = NULL;

		assert_true(fetch_cidr_parse(cases[i].range, &cidr));
		snprintf(host, sizeof host, "%s", cases[i].host);
		url.host = host;
		if ((admission_check_url(&admission, &url, &message) == FETCH_OK) !=
		    cases[i].is_admitted)
			fail_msg("%s by %s", cases[i].host, cases[i].range);
	}
}

static void checks_urls(void **state)
{
	static const struct {
		const char *text;
		enum fetch_outcome outcome;
	} cases[] = {
		{"http://example.org/", FETCH_OK},
		{"https://example.org:8443/", FETCH_OK},
		{"https://user@example.org/", FETCH_BAD_URL},
		{"https://user:secret@example.org/", FETCH_BAD_URL},
		{"https://:secret@example.org/", FETCH_BAD_URL},
		{"ftp://example.org/", FETCH_BAD_URL},
		{"file:///etc/passwd", FETCH_BAD_URL},
		{"data:image/png,x", FETCH_BAD_URL},
		{"http://example.org:22/", FETCH_FORBIDDEN_ADDRESS},
		{"http://example.org:0/", FETCH_FORBIDDEN_ADDRESS},
		{"http://example.org:10080/", FETCH_FORBIDDEN_ADDRESS},
		{"http://0x7f.1/", FETCH_FORBIDDEN_ADDRESS},
		{"http://0X7F.0x1/", FETCH_FORBIDDEN_ADDRESS},
		{"http://2130706433/", FETCH_FORBIDDEN_ADDRESS},
		{"http://017700000001/", FETCH_FORBIDDEN_ADDRESS},
		{"http://127.1/", FETCH_FORBIDDEN_ADDRESS},
		{"http://127.0.1/", FETCH_FORBIDDEN_ADDRESS},
		{"http://0/", FETCH_FORBIDDEN_ADDRESS},
		{"http://0x/", FETCH_FORBIDDEN_ADDRESS},
		{"http://127.0.0.1./", FETCH_FORBIDDEN_ADDRESS},
		{"http://%31%32%37.0.0.1/", FETCH_FORBIDDEN_ADDRESS},
		{"http:\\\\127.0.0.1\\", FETCH_FORBIDDEN_ADDRESS},
		{"http:/127.0.0.1/", FETCH_FORBIDDEN_ADDRESS},
		{"http:127.0.0.1", FETCH_FORBIDDEN_ADDRESS},
		{"ht\ntp://127.0\t.0.1/", FETCH_FORBIDDEN_ADDRESS},
		{"http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/", FETCH_FORBIDDEN_ADDRESS},
		{"http://127\xe3\x80\x82"
		 "0\xe3\x80\x82"
		 "0\xe3\x80\x82"
		 "1/",
		 FETCH_FORBIDDEN_ADDRESS},
		{"http://[::1]/", FETCH_FORBIDDEN_ADDRESS},
		{"http://[0:0:0:0:0:0:0:1]/", FETCH_FORBIDDEN_ADDRESS},
		{"http://[::ffff:7f00:1]/", FETCH_FORBIDDEN_ADDRESS},
		{"http://[::ffff:127.0.0.1]/", FETCH_FORBIDDEN_ADDRESS},
		{"http://[::127.0.0.1]/", FETCH_FORBIDDEN_ADDRESS},
		{"http://[fe80::1]/", FETCH_FORBIDDEN_ADDRESS},
		{"http://0xa9fea9fe/", FETCH_FORBIDDEN_ADDRESS},
		{"http://0251.0376.0251.0376/", FETCH_FORBIDDEN_ADDRESS},
		{"http://[::ffff:8.8.8.8]/", FETCH_FORBIDDEN_ADDRESS},
		{"http://[::ffff:200.8.8.8]/", FETCH_FORBIDDEN_ADDRESS},
		{"http://[2606:4700:4700::1111]/", FETCH_OK},
		{"http://134744072/", FETCH_OK},
	};
	const struct admission strict = {0};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct url url;
		const char *message = NULL;
		enum fetch_outcome outcome;

		if (url_parse(cases[i].text, strlen(cases[i].text), NULL, &url) != URL_OK)
			fail_msg("%s is no URL", cases[i].text);
		outcome = admission_check_url(&strict, &url, &message);
		if (outcome != cases[i].outcome)
			fail_msg("%s: %s", cases[i].text, fetch_outcome_name(outcome));
		if (outcome != FETCH_OK)
			assert_non_null(message);
		url_release(&url);
	}
}

/* Fetch standard, "port blocking", as it stands there. */
static void knows_bad_ports(void **state)
{
	static const char list[] =
		" 0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 "
		"109 110 111 113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 "
		"515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719 1720 "
		"1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 "
		"10080 ";

	(void)state;
	for (int port = 0; port < 65536; port++) {
		char word[16];

		snprintf(word, sizeof word, " %d ", port);
		if (admission_port_is_bad(port) != (strstr(list, word) != NULL))
			fail_msg("port %d", port);
	}
}

static void refuses_what_is_no_range(void **state)
{
	static const char *const texts[] = {"",
					    "10.0.0.0/33",
					    "10.0.0.0/",
					    "10.0.0/8",
					    "fd00::/129",
					    "10.0.0.0/-1",
					    "x",
					    "10.0.0.0/8x",
					    "10.0.0.0/0008",
					    "/8",
					    "::/1:",
					    "::/4/",
					    "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/1"};
	struct fetch_cidr cidr;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_false(fetch_cidr_parse(texts[i], &cidr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_all_v6_rows),
		cmocka_unit_test(refuses_all_v4_rows_in_all_forms),
		cmocka_unit_test(admits_public_addresses),
		cmocka_unit_test(admits_no_address_of_another_kind),
		cmocka_unit_test(the_bare_flag_admits_loopback_and_private),
		cmocka_unit_test(takes_no_other_form_for_isatap),
		cmocka_unit_test(named_ranges_admit_all_but_metadata),
		cmocka_unit_test(checks_urls),
		cmocka_unit_test(knows_bad_ports),
		cmocka_unit_test(refuses_what_is_no_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
