#include "letter_case.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "html_images.h"

/* Of "&CounterClockwiseContourIntegral;", the longest of them. */
#define MOST_REFERENCE_BYTES 33

/* A path as it is written, and how much of it, and of what it means, is still to be read. */
struct path {
	const char *written, *meant;
	size_t end, left;
};

/* Whether these bytes are the last of what is left of `meant`. */
static bool ends_in(const struct path *path, const char *bytes, size_t n)
{
	return n && n <= path->left && !memcmp(path->meant + path->left - n, bytes, n);
}

/* "&amp;": bytes of the reference that means the end of what is left, or 0. */
static size_t reference_bytes(const struct path *path, size_t *ret_meant)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	size_t n = 2;

	if (path->end < n || path->written[path->end - 1] != ';')
		return 0;
	while (n < path->end && n < MOST_REFERENCE_BYTES && path->written[path->end - n] != '&')
		n++;
	if (path->written[path->end - n] != '&')
		return 0;
	html_decode_attribute(path->written + path->end - n, n, &text);
	*ret_meant = text.length_bytes;
	return *ret_meant < n && ends_in(path, buf_string(&text), *ret_meant) ? n : 0;
}

/* "%78" */
static size_t percent_bytes(const struct path *path)
{
	const char *end = path->written + path->end;
	int high = path->end >= 3 && end[-3] == '%' ? hex_digit(end[-2]) : -1;
	int low = high < 0 ? -1 : hex_digit(end[-1]);
	char byte = low < 0 ? '\0' : (char)(high * 16 + low);

	return low >= 0 && ends_in(path, &byte, 1) ? 3 : 0;
}

/* "\(", of Markdown and CSS */
static size_t escape_bytes(const struct path *path)
{
	const char *end = path->written + path->end;

	return path->end >= 2 && end[-2] == '\\' && ispunct((unsigned char)end[-1]) &&
			       ends_in(path, end - 1, 1)
		       ? 2
		       : 0;
}

/* How many bytes at the end of what is written mean the last *ret_meant of `meant`; 0: none. */
static size_t last_bytes(const struct path *path, size_t *ret_meant)
{
	size_t n = reference_bytes(path, ret_meant);

	if (n)
		return n;
	*ret_meant = 1;
	n = percent_bytes(path);
	n = n ? n : escape_bytes(path);
	return n ? n : path->end && ends_in(path, path->written + path->end - 1, 1);
}

/* Or a byte of such a letter, beyond ASCII. */
static bool is_other_case(char a, char b)
{
	return (a & b & 0x80) || (isalpha((unsigned char)a) &&
				  tolower((unsigned char)a) == tolower((unsigned char)b));
}

/* Over what means that byte: the byte itself, or "%78". */
static bool write_byte(char *at, size_t n, char byte)
{
	static const char digits[] = "0123456789ABCDEF";

	if (n != 1 && (n != 3 || *at != '%'))
		return false;
	if (n == 1) {
		*at = byte;
	} else {
		at[1] = digits[(unsigned char)byte >> 4];
		at[2] = digits[(unsigned char)byte & 15];
	}
	return true;
}

/* Mends `mended`, a copy of what is written, whose first `end` bytes end in the path or a tail of
 * it, at least `least` bytes long. */
static bool mend(const char *written, size_t end, const char *meant, const char *actual,
		 size_t least, char *mended)
{
	struct path path = {written, meant, end, strlen(meant)};
	size_t n, n_meant;

	while (path.left && (n = last_bytes(&path, &n_meant))) {
		path.left -= n_meant;
		if (memcmp(meant + path.left, actual + path.left, n_meant) != 0) {
			if (n_meant != 1 || !is_other_case(meant[path.left], actual[path.left]) ||
			    !write_byte(mended + path.end - n, n, actual[path.left]))
				return false;
		}
		path.end -= n;
	}
	return strlen(meant) - path.left >= least && !memcmp(meant, actual, path.left);
}

/* Of "{{ '/a.png' | relative_url }}" and "{% link a.png %}": the string ends before other things.
 */
static bool mend_in_template(const char *written, const char *meant, const char *actual,
			     struct buf *ret_text)
{
	const char *slash = strrchr(meant, '/');
	size_t name_bytes = strlen(slash ? slash + 1 : meant);

	for (size_t end = strlen(written); end-- > 0;) {
		CLEANUP(cleanup_free) char *mended = NULL;

		if (!strchr("'\" ", written[end]))
			continue;
		mended = alloc_string(written);
		if (!mend(written, end, meant, actual, name_bytes, mended))
			continue;
		buf_append_string(ret_text, mended);
		return true;
	}
	return false;
}

/* "#39;" and "#x27;" behind '&'. */
static bool is_number(const char *at)
{
	return isdigit((unsigned char)at[1]) || (tolower(at[1]) == 'x' && hex_digit(at[2]) >= 0);
}

/* Where the query or the fragment begins: not at the '#' of "&#39;". */
static size_t path_bytes(const char *written)
{
	size_t n = strcspn(written, "?#");

	while (n && written[n] == '#' && written[n - 1] == '&' && is_number(written + n))
		n += 1 + strcspn(written + n + 1, "?#");
	return n;
}

bool letter_case_mend(const char *written, const char *meant, const char *actual,
		      struct buf *ret_text)
{
	CLEANUP(cleanup_free) char *mended = alloc_string(written);

	if (strlen(actual) != strlen(meant))
		return false;
	if (mend(written, path_bytes(written), meant, actual, 0, mended)) {
		buf_append_string(ret_text, mended);
		return true;
	}
	return (strstr(written, "{{") || strstr(written, "{%")) &&
	       mend_in_template(written, meant, actual, ret_text);
}
