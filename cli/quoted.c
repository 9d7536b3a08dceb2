#include "quoted.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

struct quoted quoted(const char *text)
{
	struct quoted quoted;
	char *out = quoted.text;
	size_t length = strlen(text), i = 0;

	*out++ = '\'';
	while (i < length) {
		uint32_t code_point;
		size_t n = utf8_decode(text + i, length - i, &code_point);

		if (i + (n ? n : 1) > QUOTED_MAX_BYTES)
			break;
		if (n && !utf8_is_hidden(code_point)) {
			memcpy(out, text + i, n);
			out += n;
			i += n;
			continue;
		}
		for (n = n ? n : 1; n; n--)
			out += sprintf(out, "\\x%02x", (unsigned char)text[i++]);
	}
	strcpy(out, i < length ? "...'" : "'");
	return quoted;
}
