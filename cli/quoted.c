#include "quoted.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

/* As in human_text(): no command for GitHub's runner. */
static bool ends_command(const char *text, size_t at)
{
	return text[at] == '[' && at >= 2 && !memcmp(text + at - 2, "##", 2);
}

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
		if (n && !utf8_is_hidden(code_point) && !ends_command(text, i)) {
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
