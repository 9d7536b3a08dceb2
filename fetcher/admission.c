#include "admission.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct block {
	unsigned char address[16];
	unsigned prefix_bits;
	enum address_class class;
};

#define V4(a, b, c, d)                                               \
	{                                                            \
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d \
	}
#define V4_BITS(bits) (96 + (bits))
/* The first four 16-bit groups, and the last. */
#define V6(a, b, c, d, last)                                                                       \
	{                                                                                          \
		(a) >> 8, (a)&0xff, (b) >> 8, (b)&0xff, (c) >> 8, (c)&0xff, (d) >> 8, (d)&0xff, 0, \
			0, 0, 0, 0, 0, (last) >> 8, (last)&0xff                                    \
	}

/* The longest prefix does not win here: the most dangerous class does. */
static const struct block blocks[] = {
	/* IANA IPv4 Special-Purpose Address Registry */
	{V4(0, 0, 0, 0), V4_BITS(8), ADDRESS_SPECIAL},
	{V4(10, 0, 0, 0), V4_BITS(8), ADDRESS_PRIVATE},
	{V4(100, 64, 0, 0), V4_BITS(10), ADDRESS_PRIVATE},
	{V4(127, 0, 0, 0), V4_BITS(8), ADDRESS_PRIVATE},
	{V4(169, 254, 0, 0), V4_BITS(16), ADDRESS_SPECIAL},
	{V4(172, 16, 0, 0), V4_BITS(12), ADDRESS_PRIVATE},
	{V4(192, 0, 0, 0), V4_BITS(24), ADDRESS_SPECIAL},
	{V4(192, 0, 2, 0), V4_BITS(24), ADDRESS_SPECIAL},
	{V4(192, 31, 196, 0), V4_BITS(24), ADDRESS_SPECIAL},
	{V4(192, 52, 193, 0), V4_BITS(24), ADDRESS_SPECIAL},
	{V4(192, 88, 99, 0), V4_BITS(24), ADDRESS_SPECIAL},
	{V4(192, 168, 0, 0), V4_BITS(16), ADDRESS_PRIVATE},
	{V4(192, 175, 48, 0), V4_BITS(24), ADDRESS_SPECIAL},
	{V4(198, 18, 0, 0), V4_BITS(15), ADDRESS_SPECIAL},
	{V4(198, 51, 100, 0), V4_BITS(24), ADDRESS_SPECIAL},
	{V4(203, 0, 113, 0), V4_BITS(24), ADDRESS_SPECIAL},
	{V4(224, 0, 0, 0), V4_BITS(4), ADDRESS_SPECIAL}, /* multicast */
	{V4(240, 0, 0, 0), V4_BITS(4), ADDRESS_SPECIAL}, /* reserved, and broadcast */
	/* Cloud metadata and credentials: AWS, Azure, ECS, EKS, Tencent, Scaleway, Alibaba, Oracle
	 */
	{V4(169, 254, 169, 254), V4_BITS(32), ADDRESS_METADATA},
	{V4(168, 63, 129, 16), V4_BITS(32), ADDRESS_METADATA},
	{V4(169, 254, 170, 2), V4_BITS(32), ADDRESS_METADATA},
	{V4(169, 254, 170, 23), V4_BITS(32), ADDRESS_METADATA},
	{V4(169, 254, 0, 23), V4_BITS(32), ADDRESS_METADATA},
	{V4(169, 254, 42, 42), V4_BITS(32), ADDRESS_METADATA},
	{V4(100, 100, 100, 200), V4_BITS(32), ADDRESS_METADATA},
	{V4(192, 0, 0, 192), V4_BITS(32), ADDRESS_METADATA},
	{V6(0xfd00, 0xec2, 0, 0, 0x254), 128, ADDRESS_METADATA},
	{V6(0xfd00, 0xec2, 0, 0, 0x23), 128, ADDRESS_METADATA},
	{V6(0xfd20, 0xce, 0, 0, 0x254), 128, ADDRESS_METADATA}, /* Google */
	{V6(0xfd00, 0x42, 0, 0, 0x42), 128, ADDRESS_METADATA},
	/* IANA IPv6 Special-Purpose Address Registry, as far as it lies within 2000::/3 */
	{V6(0x2001, 0, 0, 0, 0), 23, ADDRESS_SPECIAL}, /* protocol assignments, Teredo */
	{V6(0x2001, 0xdb8, 0, 0, 0), 32, ADDRESS_SPECIAL},
	{V6(0x2002, 0, 0, 0, 0), 16, ADDRESS_SPECIAL}, /* 6to4 */
	{V6(0x2620, 0x4f, 0x8000, 0, 0), 48, ADDRESS_SPECIAL},
	{V6(0x3fff, 0, 0, 0, 0), 20, ADDRESS_SPECIAL},
	/* What lies outside 2000::/3, and has names of its own */
	{V6(0, 0, 0, 0, 1), 128, ADDRESS_PRIVATE},
	{V6(0xfc00, 0, 0, 0, 0), 7, ADDRESS_PRIVATE},
};

static const unsigned char mapped_prefix[16] = V4(0, 0, 0, 0);
static const unsigned char nat64_prefix[16] = V6(0x64, 0xff9b, 0, 0, 0);
/* RFC 8215: for the network's own use. */
static const unsigned char local_nat64_prefix[16] = V6(0x64, 0xff9b, 1, 0, 0);
/* "IPv4-translated", ::ffff:0:a.b.c.d: RFC 7915 section 1.3 lists it as it was in RFC 2765. */
static const unsigned char translated_prefix[16] = {[8] = 0xff, [9] = 0xff};
static const unsigned char compatible_prefix[16] = V6(0, 0, 0, 0, 0);
static const unsigned char teredo_prefix[16] = V6(0x2001, 0, 0, 0, 0);
static const unsigned char six_to_four_prefix[16] = V6(0x2002, 0, 0, 0, 0);
static const unsigned char global_unicast_prefix[16] = V6(0x2000, 0, 0, 0, 0);

static bool has_prefix(const unsigned char address[16], const unsigned char prefix[16],
		       unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(address, prefix, whole))
		return false;
	return !rest || !((address[whole] ^ prefix[whole]) >> (8 - rest));
}

static enum address_class worst(enum address_class a, enum address_class b)
{
	return a > b ? a : b;
}

static enum address_class classify_plain(const unsigned char address[16])
{
	enum address_class class = ADDRESS_PUBLIC;
	bool is_known = false;

	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
		if (has_prefix(address, blocks[i].address, blocks[i].prefix_bits)) {
			class = worst(class, blocks[i].class);
			is_known = true;
		}
	if (is_known || has_prefix(address, mapped_prefix, 96) ||
	    has_prefix(address, nat64_prefix, 96) || has_prefix(address, global_unicast_prefix, 3))
		return class;
	return ADDRESS_SPECIAL;
}

static enum address_class classify_v4(const unsigned char *v4, unsigned char flip)
{
	unsigned char mapped[16];

	memcpy(mapped, mapped_prefix, 12);
	for (int i = 0; i < 4; i++)
		mapped[12 + i] = v4[i] ^ flip;
	return classify_plain(mapped);
}

/* RFC 5214: ::0:5efe:a.b.c.d or ::200:5efe:a.b.c.d under any prefix. */
static bool is_isatap(const unsigned char address[16])
{
	return (address[8] & ~2) == 0 && address[9] == 0 && address[10] == 0x5e &&
	       address[11] == 0xfe;
}

enum address_class admission_classify(const unsigned char address[16])
{
	enum address_class class = classify_plain(address);

	if (has_prefix(address, nat64_prefix, 96) || has_prefix(address, translated_prefix, 96) ||
	    has_prefix(address, local_nat64_prefix, 48) || is_isatap(address) ||
	    (has_prefix(address, compatible_prefix, 96) && class != ADDRESS_PRIVATE))
		class = worst(class, classify_v4(address + 12, 0));
	if (has_prefix(address, six_to_four_prefix, 16))
		class = worst(class, classify_v4(address + 2, 0));
	if (has_prefix(address, teredo_prefix, 32)) {
		class = worst(class, classify_v4(address + 4, 0));     /* its server */
		class = worst(class, classify_v4(address + 12, 0xff)); /* its client, inverted */
	}
	return class;
}

/* `is_v6`: written as an IPv6 address, of which IPv4-mapped ones are not globally reachable. */
static bool is_admitted(const struct admission *admission, const unsigned char address[16],
			bool is_v6)
{
	enum address_class class = admission_classify(address);

	if (is_v6 && class == ADDRESS_PUBLIC && has_prefix(address, mapped_prefix, 96))
		class = ADDRESS_SPECIAL;
	if (class == ADDRESS_PUBLIC)
		return true;
	if (class == ADDRESS_METADATA)
		return false;
	if (class == ADDRESS_PRIVATE && admission->allow_private)
		return true;
	for (size_t i = 0; i < admission->n_allow_cidrs; i++)
		if (has_prefix(address, admission->allow_cidrs[i].address,
			       admission->allow_cidrs[i].prefix_bits))
			return true;
	return false;
}

bool admission_check_address(const struct admission *admission, const struct sockaddr *address)
{
	unsigned char bytes[16];

	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

		memcpy(bytes, &v6->sin6_addr, 16);
	} else if (address->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;

		memcpy(bytes, mapped_prefix, 12);
		memcpy(bytes + 12, &v4->sin_addr, 4);
	} else {
		return false;
	}
	return is_admitted(admission, bytes, address->sa_family == AF_INET6);
}

bool admission_parse_literal(const char *host, unsigned char ret_address[16])
{
	size_t length = strlen(host);
	char text[INET6_ADDRSTRLEN];
	unsigned char bytes[16];

	if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
		if (length - 2 >= sizeof text)
			return false;
		memcpy(text, host + 1, length - 2);
		text[length - 2] = '\0';
		if (inet_pton(AF_INET6, text, bytes) != 1)
			return false;
		memcpy(ret_address, bytes, 16);
		return true;
	}
	if (inet_pton(AF_INET, host, bytes) != 1)
		return false;
	memcpy(ret_address, mapped_prefix, 12);
	memcpy(ret_address + 12, bytes, 4);
	return true;
}

enum fetch_outcome admission_check_url(const struct admission *admission, const struct url *url,
				       const char **ret_message)
{
	unsigned char address[16];

	if (!url_is_http(url)) {
		*ret_message = "only http and https are fetched";
		return FETCH_BAD_URL;
	}
	if (!url->host || !*url->host) {
		*ret_message = "the URL has no host";
		return FETCH_BAD_URL;
	}
	if (*url->username || *url->password) {
		*ret_message = "the URL has a user name or password in it";
		return FETCH_BAD_URL;
	}
	if (admission_port_is_bad(url_port(url))) {
		*ret_message = "browsers refuse this port, and --allow-private does not admit it";
		return FETCH_FORBIDDEN_ADDRESS;
	}
	if (admission_parse_literal(url->host, address) &&
	    !is_admitted(admission, address, *url->host == '[')) {
		*ret_message = "the address is not public";
		return FETCH_FORBIDDEN_ADDRESS;
	}
	return FETCH_OK;
}

static int compare_ports(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

bool admission_port_is_bad(int port)
{
	/* Fetch standard, "port blocking"; sorted */
	static const int bad[] = {
		0,    1,    7,    9,    11,   13,   15,   17,   19,   20,   21,   22,   23,    25,
		37,   42,   43,   53,   69,   77,   79,   87,   95,   101,  102,  103,  104,   109,
		110,  111,  113,  115,  117,  119,  123,  135,  137,  139,  143,  161,  179,   389,
		427,  465,  512,  513,  514,  515,  526,  530,  531,  532,  540,  548,  554,   556,
		563,  587,  601,  636,  989,  990,  993,  995,  1719, 1720, 1723, 2049, 3659,  4045,
		4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
	};

	return bsearch(&port, bad, sizeof bad / sizeof *bad, sizeof *bad, compare_ports);
}

static bool parse_prefix_length(const char *text, unsigned max_bits, unsigned *ret_bits)
{
	unsigned bits = 0;

	if (!*text || strlen(text) > 3)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		bits = bits * 10 + (unsigned)(*text - '0');
	}
	*ret_bits = bits;
	return bits <= max_bits;
}

bool fetch_cidr_parse(const char *text, struct fetch_cidr *ret_cidr)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	struct fetch_cidr cidr;
	unsigned bits;

	if (length >= sizeof address)
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	if (inet_pton(AF_INET, address, cidr.address + 12) == 1) {
		memcpy(cidr.address, mapped_prefix, 12);
		bits = 32;
		if (slash && !parse_prefix_length(slash + 1, 32, &bits))
			return false;
		cidr.prefix_bits = V4_BITS(bits);
	} else if (inet_pton(AF_INET6, address, cidr.address) == 1) {
		bits = 128;
		if (slash && !parse_prefix_length(slash + 1, 128, &bits))
			return false;
		cidr.prefix_bits = bits;
	} else {
		return false;
	}
	*ret_cidr = cidr;
	return true;
}
