#include "lower_case.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

#include "alloc.h"
#include "utf8.h"

static locale_t unicode;

/* Debian's C library always has it; without it only ASCII has cases. */
static void open_unicode(void)
{
	unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static uint32_t lower_letter(uint32_t code_point)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (code_point < 0x80)
		return code_point >= 'A' && code_point <= 'Z' ? code_point | 0x20 : code_point;
	pthread_once(&once, open_unicode);
	return unicode ? (uint32_t)towlower_l((wint_t)code_point, unicode) : code_point;
}

char *lower_case(const char *text, size_t length_bytes)
{
	/* Ⱥ takes two bytes, ⱥ three. */
	char *result = alloc_resized(NULL, length_bytes * 2 + 1, 1), *end = result;

	for (size_t i = 0; i < length_bytes;) {
		uint32_t code_point;
		size_t n = utf8_decode(text + i, length_bytes - i, &code_point);

		if (n)
			end += utf8_encode(lower_letter(code_point), end);
		else
			*end++ = text[i];
		i += n ? n : 1;
	}
	*end = '\0';
	return result;
}
