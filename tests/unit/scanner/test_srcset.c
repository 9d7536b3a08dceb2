#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "cleanup.h"
#include "srcset.h"

/* "url@offset w h x" a candidate, joined by '|'. */
static void describe(const char *text, size_t length_bytes, struct buf *out)
{
	struct srcset_reader reader;
	struct srcset_candidate candidate;

	srcset_init(&reader, (struct slice){text, length_bytes});
	while (srcset_next(&reader, &candidate)) {
		if (out->length_bytes)
			buf_append_char(out, '|');
		buf_append(out, text + candidate.offset, candidate.length_bytes);
		buf_printf(out, "@%zu", candidate.offset);
		if (candidate.width_px)
			buf_printf(out, " %dw", candidate.width_px);
		if (candidate.height_px)
			buf_printf(out, " %dh", candidate.height_px);
		if (candidate.density > 0)
			buf_printf(out, " %gx", candidate.density);
	}
}

static void parses_as_the_standard(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		/* steps 1 and 2: nothing there */
		{"", ""},
		{" \t\r\n\f", ""},
		{",", ""},
		{" , ,, ", ""},
		/* step 4: spaces and commas before a URL */
		{" a", "a@1"},
		{",a", "a@1"},
		{" ,\n,\ta 1x", "a@5 1x"},
		/* step 6: a URL is what is no space: it may hold commas */
		{"a,b 1x", "a,b@0 1x"},
		{"data:image/png;base64,AA== 1x, b 2x", "data:image/png;base64,AA==@0 1x|b@31 2x"},
		{"a,b,c", "a,b,c@0"},
		{"a\x0b 1x", "a\x0b@0 1x"}, /* a vertical tab is no space */
		/* step 8: trailing commas end the candidate */
		{"a, b", "a@0|b@3"},
		{"a,, b", "a@0|b@4"},
		{"a,,,", "a@0"},
		{"a ,b", "a@0|b@3"},
		{"a, 1x", "a@0|1x@3"},
		{"a 1x,b 2x", "a@0 1x|b@5 2x"},
		{"a 1x , b 2x", "a@0 1x|b@7 2x"},
		{"a\n1x,\nb\n2x\n", "a@0 1x|b@6 2x"},
		/* descriptors: w */
		{"a 100w", "a@0 100w"},
		{"a 0100w", "a@0 100w"},
		{"a 0w", ""},
		{"a -1w", ""},
		{"a +1w", ""},
		{"a 1.5w", ""},
		{"a 1e2w", ""},
		{"a w", ""},
		{"a 100W", ""},
		{"a 100 w", ""},
		{"a 100w 200w", ""},
		{"a 99999999999999999999w", "a@0 2147483647w"},
		/* x */
		{"a 2x", "a@0 2x"},
		{"a 1.5x", "a@0 1.5x"},
		{"a .5x", "a@0 0.5x"},
		{"a 1e1x", "a@0 10x"},
		{"a 1E+1x", "a@0 10x"},
		{"a 10e-1x", "a@0 1x"},
		{"a 0x", "a@0"},
		{"a -0x", "a@0"},
		{"a -1x", ""},
		{"a +1x", ""},
		{"a 1.x", ""},
		{"a .x", ""},
		{"a x", ""},
		{"a -x", ""},
		{"a 1ex", ""},
		{"a 1e+x", ""},
		{"a 1e999x", ""},
		{"a 0x10x", ""},
		{"a infx", ""},
		{"a nanx", ""},
		{"a 2X", ""},
		{"a 1x 2x", ""},
		{"a 1x 100w", ""},
		{"a 100w 1x", ""},
		/* h goes with w only */
		{"a 100w 50h", "a@0 100w 50h"},
		{"a 50h 100w", "a@0 100w 50h"},
		{"a 50h", ""},
		{"a 100w 0h", ""},
		{"a 100w 50h 50h", ""},
		{"a 1x 50h", ""},
		{"a 50h 1x", ""},
		/* what is unknown spoils its candidate, and no other */
		{"a foo, b 2x", "b@7 2x"},
		{"a 1x foo, b 2x", "b@10 2x"},
		{"a 100w foo", ""},
		{"a (x), b 2x", "b@7 2x"},
		/* parentheses hide commas and spaces */
		{"a (1x, 2x) , b 2x", "b@13 2x"},
		{"a f(b, c 1x", ""},
		{"a f((), b", "b@8"},
		{"a (), b 2x, c", "b@6 2x|c@12"},
		{"a ) , b 2x", "b@6 2x"},
		/* spaces after a descriptor */
		{"a 1x  \t ,b", "a@0 1x|b@9"},
		{"a  1x", "a@0 1x"},
		{"a ", "a@0"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(1000);

		describe(cases[i].text, strlen(cases[i].text), &out);
		if (strcmp(buf_string(&out), cases[i].expected))
			fail_msg("\"%s\": expected \"%s\", got \"%s\"", cases[i].text,
				 cases[i].expected, buf_string(&out));
	}
}

static void does_bounded_work(void **state)
{
	static const char *const pieces[] = {"a ",  ",",   "a,", "a 1x,", "(",   "a (", ")",
					     "a w", "1x ", " ",  "a b",   "a,,", "x"};
	const size_t length = 100000;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(pieces); i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(2 * length);
		struct srcset_reader reader;
		struct srcset_candidate candidate;

		while (text.length_bytes < length)
			buf_append_string(&text, pieces[i]);
		srcset_init(&reader, (struct slice){text.data, text.length_bytes});
		while (srcset_next(&reader, &candidate))
			assert_true(candidate.offset + candidate.length_bytes <= text.length_bytes);
		assert_true(reader.looked_at <= 4 * text.length_bytes + 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_as_the_standard),
		cmocka_unit_test(does_bounded_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
