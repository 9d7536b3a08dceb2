#include "url.h"

#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* What path and query both leave as it is. */
static bool is_plain_char(unsigned char c)
{
	static const bool plain[256] = {
		['!'] = true, ['$'] = true, ['%'] = true, ['&'] = true, ['('] = true, [')'] = true,
		['*'] = true, ['+'] = true, [','] = true, ['-'] = true, ['.'] = true, ['/'] = true,
		['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true, ['5'] = true,
		['6'] = true, ['7'] = true, ['8'] = true, ['9'] = true, [':'] = true, [';'] = true,
		['='] = true, ['@'] = true, ['A'] = true, ['B'] = true, ['C'] = true, ['D'] = true,
		['E'] = true, ['F'] = true, ['G'] = true, ['H'] = true, ['I'] = true, ['J'] = true,
		['K'] = true, ['L'] = true, ['M'] = true, ['N'] = true, ['O'] = true, ['P'] = true,
		['Q'] = true, ['R'] = true, ['S'] = true, ['T'] = true, ['U'] = true, ['V'] = true,
		['W'] = true, ['X'] = true, ['Y'] = true, ['Z'] = true, ['_'] = true, ['a'] = true,
		['b'] = true, ['c'] = true, ['d'] = true, ['e'] = true, ['f'] = true, ['g'] = true,
		['h'] = true, ['i'] = true, ['j'] = true, ['k'] = true, ['l'] = true, ['m'] = true,
		['n'] = true, ['o'] = true, ['p'] = true, ['q'] = true, ['r'] = true, ['s'] = true,
		['t'] = true, ['u'] = true, ['v'] = true, ['w'] = true, ['x'] = true, ['y'] = true,
		['z'] = true, ['~'] = true,
	};

	return plain[c];
}

/* Each of these skips what it is named for and gives what follows, or NULL when it is not plain. */

/* Four decimal numbers as the serializer writes them. */
static const char *skip_ipv4(const char *at)
{
	for (int i = 0; i < 4; i++) {
		const char *start = at;
		int number = 0;

		while (is_digit(*at) && at - start < 3)
			number = number * 10 + (*at++ - '0');
		if (at == start || (at - start > 1 && *start == '0') || number > 255)
			return NULL;
		if (i < 3 && *at++ != '.')
			return NULL;
	}
	return at;
}

/* Labels that IDNA leaves alone: none begins with "xn--". The last one begins with a letter: it is
 * no number. */
static const char *skip_domain(const char *at)
{
	const char *start = at, *label = at;
	char before = '.';

	for (; is_lower(*at) || is_digit(*at) || *at == '-' || *at == '.'; before = *at++) {
		if ((*at == '-' || *at == '.') && (before == '-' || before == '.'))
			return NULL;
		if (before == '.')
			label = at;
	}
	return before == '.' || before == '-' || !is_lower(*label) || at - start > 63 ? NULL : at;
}

/* None, or one that is not the default, without leading zeros. */
static const char *skip_port(const char *at, long default_port)
{
	const char *start;
	long port = 0;

	if (*at != ':')
		return at;
	start = ++at;
	while (is_digit(*at) && at - start < 5)
		port = port * 10 + (*at++ - '0');
	return at == start || *start == '0' || port > 65535 || port == default_port ? NULL : at;
}

/* Without "." and ".." among its parts, written in whichever way. */
static const char *skip_path(const char *at)
{
	if (*at != '/')
		return NULL;
	for (; is_plain_char((unsigned char)*at); at++)
		if ((at[0] == '/' && at[1] == '.') ||
		    (at[0] == '%' && at[1] == '2' && (at[2] | 0x20) == 'e'))
			return NULL;
	return at;
}

static const char *skip_query(const char *at)
{
	if (*at == '?')
		while (is_plain_char((unsigned char)*at) || *at == '?')
			at++;
	return at;
}

bool url_is_plain(const char *text)
{
	bool is_https = !strncmp(text, "https://", 8);
	const char *host = text + (is_https ? 8 : 7), *at;

	if (!is_https && strncmp(text, "http://", 7) != 0)
		return false;
	at = skip_domain(host);
	if (!at)
		at = skip_ipv4(host);
	if (at)
		at = skip_port(at, is_https ? 443 : 80);
	if (at)
		at = skip_path(at);
	if (at)
		at = skip_query(at);
	return at && !*at && at - text < URL_MAX_BYTES / 2;
}
