#include "letter_case.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"

/* The character that ends at `end`, as "x" or "%78"; *ret_bytes is how long it is written. */
static char last_character(const char *text, size_t end, size_t *ret_bytes)
{
	int high = end >= 3 ? hex_digit(text[end - 2]) : -1;
	int low = end >= 3 ? hex_digit(text[end - 1]) : -1;

	if (end >= 3 && text[end - 3] == '%' && high >= 0 && low >= 0) {
		*ret_bytes = 3;
		return (char)(high * 16 + low);
	}
	*ret_bytes = 1;
	return text[end - 1];
}

bool letter_case_mend(const char *written, const char *meant, const char *actual,
		      struct buf *ret_text)
{
	size_t end = strcspn(written, "?#"), left = strlen(meant);
	CLEANUP(cleanup_free) char *mended = alloc_string(written);

	if (strlen(actual) != left)
		return false;
	while (end && left) {
		size_t n;
		char c = last_character(written, end, &n);

		if (c != meant[left - 1])
			break;
		left--;
		if (actual[left] != c) {
			if (n != 1 || !isalpha((unsigned char)c) ||
			    tolower((unsigned char)actual[left]) != tolower((unsigned char)c))
				return false;
			mended[end - 1] = actual[left];
		}
		end -= n;
	}
	if (memcmp(meant, actual, left))
		return false;
	buf_append_string(ret_text, mended);
	return true;
}
