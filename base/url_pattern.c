#include "url_pattern.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "cleanup.h"

/* What a class of one letter stands for inside of brackets; NULL: it is none, or POSIX has it. */
static const char *class_of(char letter, bool is_in_bracket)
{
	switch (letter) {
	case 'd':
		return "0-9";
	case 's':
		return is_in_bracket ? "[:space:]" : NULL;
	case 'w':
		return is_in_bracket ? "[:alnum:]_" : NULL;
	default:
		return NULL;
	}
}

/* "[[:alpha:]]", "[^]x]", and in them \d, \s and \w; any other backslash is a character there. A
 * hyphen behind these is one, too ("[\w-.]"), which POSIX takes at the end alone. */
static const char *copy_bracket(const char *c, struct buf *ret_text)
{
	size_t begin = c[1] == '^' ? 2 : 1;
	bool has_hyphen = false;

	begin += c[begin] == ']';
	buf_append(ret_text, c, begin);
	for (c += begin; *c && *c != ']'; c++) {
		const char end[] = {c[1], ']', '\0'}, *class = NULL;
		const char *close =
			*c == '[' && c[1] && strchr(":.=", c[1]) ? strstr(c + 2, end) : NULL;

		if (close) {
			buf_append(ret_text, c, (size_t)(close + 1 - c));
			c = close + 1;
		} else if (*c == '\\') {
			class = class_of(c[1], true);
		}
		if (!class) {
			buf_append_char(ret_text, *c);
			continue;
		}
		buf_append_string(ret_text, class);
		c++;
		if (c[1] == '-' && c[2] && c[2] != ']') {
			has_hyphen = true;
			c++;
		}
	}
	if (has_hyphen)
		buf_append_char(ret_text, '-');
	return c;
}

static const char *copy_escaped(const char *c, struct buf *ret_text)
{
	if (c[1] == 'D')
		buf_append_string(ret_text, "[^0-9]");
	else if (class_of(c[1], false))
		buf_printf(ret_text, "[%s]", class_of(c[1], false));
	else
		buf_append(ret_text, c, c[1] ? 2 : 1);
	return c + (c[1] ? 2 : 1);
}

/* Of the "*", "+", "?" or "{1,2}" there; 0: none is. */
static size_t repetition(const char *c)
{
	size_t n = *c == '{' ? 1 + strspn(c + 1, "0123456789,") : 0;

	if (n)
		return c[n] == '}' ? n + 1 : 0;
	return *c == '*' || *c == '+' || *c == '?';
}

/* One that takes as little as it can ("+?") lets the same URLs match. To POSIX the second mark is a
 * repetition of its own: of none as well. */
static const char *copy_repetition(const char *c, struct buf *ret_text)
{
	size_t n = repetition(c);

	buf_append(ret_text, c, n);
	return c + n + (c[n] == '?');
}

static void translate(const char *c, struct buf *ret_text)
{
	while (*c) {
		if (repetition(c)) {
			c = copy_repetition(c, ret_text);
		} else if (*c == '[') {
			c = copy_bracket(c, ret_text);
		} else if (*c == '\\') {
			c = copy_escaped(c, ret_text);
		} else if (!strncmp(c, "(?:", 3)) {
			buf_append_char(ret_text, '(');
			c += 3;
		} else {
			buf_append_char(ret_text, *c++);
		}
	}
}

int url_pattern_compile(const char *text, regex_t *ret_regex)
{
	static const char any_case[] = "(?i)";
	size_t skip = strncmp(text, any_case, strlen(any_case)) ? 0 : strlen(any_case);
	CLEANUP(buf_release) struct buf posix = BUF_INIT(BUF_UNLIMITED);

	translate(text + skip, &posix);
	return regcomp(ret_regex, buf_string(&posix),
		       REG_EXTENDED | REG_NOSUB | (skip ? REG_ICASE : 0));
}
