#include "markup_image.h"

#include <ctype.h>
#include <limits.h>

int markup_image_px(struct slice length)
{
	long n = 0;
	size_t i = 0;

	length = slice_trim(length);
	for (; i < length.length_bytes && isdigit((unsigned char)length.data[i]); i++) {
		n = n * 10 + (length.data[i] - '0');
		if (n > INT_MAX)
			return 0;
	}
	length = (struct slice){length.data + i, length.length_bytes - i};
	return length.length_bytes == 0 || slice_equals(length, "px") ? (int)n : 0;
}
