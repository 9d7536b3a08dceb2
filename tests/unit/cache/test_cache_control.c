#include "../cmocka_all.h"

#include "buf.h"
#include "cache_control.h"
#include "cleanup.h"
#include "http_field.h"

enum { NO_STORE = 1, NO_CACHE = 2, MUST_REVALIDATE = 4, MUST_UNDERSTAND = 8, PUBLIC = 16 };

#define NONE (-1) /* no max-age, no stale-if-error */

static const struct {
	const char *fields; /* field lines as received */
	int flags;
	int64_t max_age_s, stale_if_error_s;
	int64_t stale_while_revalidate_s; /* 0 stands for none */
} cases[] = {
	/* RFC 9111 section 5.2: syntax */
	{"", 0, NONE, NONE},
	{"Cache-Control:\n", 0, NONE, NONE},
	{"Cache-Control: max-age=60\n", 0, 60, NONE},
	{"Cache-Control: max-age=\"60\\\n", 0, 0, NONE},
	{"Cache-Control: max-age=\"60\n", 0, 0, NONE},
	{"Cache-Control: max-age="
	 "\"0000000000000000000000000000000000000000000000000000000000000000060\"\n",
	 0, 0, NONE},
	{"Cache-Control: x=\\\", no-cache\n", NO_CACHE, NONE, NONE},
	{"Cache-Control: stale-if-error=0, stale-if-error=60\n", 0, NONE, 0},
	{"cache-control: MAX-AGE=60\n", 0, 60, NONE},
	{"Cache-Control: Max-Age=60, NO-CACHE\n", NO_CACHE, 60, NONE},
	{"Cache-Control: ,, max-age=60 ,\n", 0, 60, NONE},
	{"Cache-Control: max-age=60,no-store\n", NO_STORE, 60, NONE},
	{"Cache-Control: no-store\nCache-Control: max-age=60\n", NO_STORE, 60, NONE},
	{"Cache-Control: max-age=\"60\"\n", 0, 60, NONE},
	{"Cache-Control: max-age=\"6\\0\"\n", 0, 60, NONE},
	{"Cache-Control: x=\"a, max-age=60\", max-age=7\n", 0, 7, NONE},
	{"Cache-Control: x=\"a\\\", no-store\", max-age=7\n", 0, 7, NONE},
	{"Cache-Control: max-age=0\n", 0, 0, NONE},
	{"Cache-Control: max-age=0060\n", 0, 60, NONE},
	/* section 4.2.1: what is invalid is stale, of what is repeated the first counts */
	{"Cache-Control: max-age\n", 0, 0, NONE},
	{"Cache-Control: max-age=\n", 0, 0, NONE},
	{"Cache-Control: max-age=\"\"\n", 0, 0, NONE},
	{"Cache-Control: max-age=abc\n", 0, 0, NONE},
	{"Cache-Control: max-age=-60\n", 0, 0, NONE},
	{"Cache-Control: max-age=+60\n", 0, 0, NONE},
	{"Cache-Control: max-age=60.5\n", 0, 0, NONE},
	{"Cache-Control: max-age=60s\n", 0, 0, NONE},
	{"Cache-Control: max-age='60'\n", 0, 0, NONE},
	{"Cache-Control: max-age=\"60\n", 0, 0, NONE},
	{"Cache-Control: max-age=\"60\"x\n", 0, 0, NONE},
	{"Cache-Control: max-age= 60\n", 0, 0, NONE},
	{"Cache-Control: max-age =60\n", 0, 0, NONE},
	{"Cache-Control: max-age = 60\n", 0, 0, NONE},
	{"Cache-Control: max-age=0x60\n", 0, 0, NONE},
	{"Cache-Control: max-age=6 0\n", 0, 0, NONE},
	{"Cache-Control: max-age=60, max-age=120\n", 0, 60, NONE},
	{"Cache-Control: max-age=120, max-age=60\n", 0, 120, NONE},
	{"Cache-Control: max-age=120\nCache-Control: max-age=60\n", 0, 120, NONE},
	{"Cache-Control: max-age=x, max-age=60\n", 0, 0, NONE},
	/* a quote that nobody closes hides nothing */
	{"Cache-Control: max-age=\"60, no-store\n", NO_STORE, 0, NONE},
	{"Cache-Control: x=\"a, max-age=7\n", 0, 7, NONE},
	{"Cache-Control: x=\"a\nCache-Control: no-cache\n", NO_CACHE, NONE, NONE},
	{"Cache-Control: x=\"a\\\", no-store\n", NO_STORE, NONE, NONE},
	{"Cache-Control: x=\"a, b\", y=\"c, must-revalidate,, max-age=9 \n", MUST_REVALIDATE, 9,
	 NONE},
	/* nor does one where no argument begins, be it closed by chance */
	{"Cache-Control: max-age=60\", no-cache, private=\"x\"\n", NO_CACHE, 0, NONE},
	{"Cache-Control: max-age= \"60, no-store\"\n", NO_STORE, 0, NONE},
	{"Cache-Control: \"no-store, max-age=60\"\n", NO_STORE, 0, NONE},
	{"Cache-Control: \"no-store, max-age=60\n", NO_STORE, 60, NONE},
	{"Cache-Control: \"max-age=60\"\n", 0, 0, NONE},
	{"Cache-Control: x=\"a\"\"b, no-cache, c\"\n", NO_CACHE, NONE, NONE},
	/* section 1.2.2: overflow is very large, not small or negative */
	{"Cache-Control: max-age=2147483647\n", 0, 2147483647, NONE},
	{"Cache-Control: max-age=2147483648\n", 0, 2147483648, NONE},
	{"Cache-Control: max-age=2147483649\n", 0, 2147483648, NONE},
	{"Cache-Control: max-age=99999999999999999999999999\n", 0, 2147483648, NONE},
	{"Cache-Control: max-age=18446744073709551616\n", 0, 2147483648, NONE},
	/* misspelt and unknown directives say nothing */
	{"Cache-Control: maxage=60\n", 0, NONE, NONE},
	{"Cache-Control: max_age=60\n", 0, NONE, NONE},
	{"Cache-Control: max-age:60\n", 0, NONE, NONE},
	{"Cache-Control: no_store, nostore, no-stored\n", 0, NONE, NONE},
	{"Cache-Control: max-age=60; no-store\n", 0, 0, NONE},
	{"X-Cache-Control: no-store\n", 0, NONE, NONE},
	{"Cache-Control: immutable, max-age=60\n", 0, 60, NONE},
	/* section 5.2.2: directives of their own */
	{"Cache-Control: no-store\n", NO_STORE, NONE, NONE},
	{"Cache-Control: no-store=x\n", NO_STORE, NONE, NONE},
	{"Cache-Control: no-cache\n", NO_CACHE, NONE, NONE},
	{"Cache-Control: no-cache=\"set-cookie\"\n", NO_CACHE, NONE, NONE},
	{"Cache-Control: must-revalidate\n", MUST_REVALIDATE, NONE, NONE},
	{"Cache-Control: must-understand, no-store\n", MUST_UNDERSTAND | NO_STORE, NONE, NONE},
	{"Cache-Control: public, max-age=5\n", PUBLIC, 5, NONE},
	{"Cache-Control: private, max-age=5\n", 0, 5, NONE},
	{"Cache-Control: s-maxage=5\n", 0, NONE, NONE},
	{"Cache-Control: s-maxage=5, max-age=6\n", 0, 6, NONE},
	{"Cache-Control: proxy-revalidate\n", 0, NONE, NONE},
	{"Cache-Control: no-transform\n", 0, NONE, NONE},
	/* RFC 5861 section 4 */
	{"Cache-Control: stale-if-error=600\n", 0, NONE, 600},
	{"Cache-Control: stale-if-error=\"600\", max-age=1\n", 0, 1, 600},
	{"Cache-Control: stale-if-error\n", 0, NONE, NONE},
	{"Cache-Control: stale-if-error=x\n", 0, NONE, NONE},
	{"Cache-Control: stale-if-error=1, stale-if-error=2\n", 0, NONE, 1},
	{"Cache-Control: stale-if-error=99999999999\n", 0, NONE, 2147483648},
	{"Cache-Control: stale-while-revalidate=5\n", 0, NONE, NONE, 5},
	{"Cache-Control: max-age=1, stale-while-revalidate=\"60\"\n", 0, 1, NONE, 60},
	{"Cache-Control: stale-while-revalidate\n", 0, NONE, NONE, NONE},
	{"Cache-Control: stale-while-revalidate=\n", 0, NONE, NONE, NONE},
	{"Cache-Control: stale-while-revalidate=x\n", 0, NONE, NONE, NONE},
	{"Cache-Control: stale-while-revalidate=-5\n", 0, NONE, NONE, NONE},
	{"Cache-Control: stale-while-revalidate=5, stale-while-revalidate=9\n", 0, NONE, NONE, 5},
	{"Cache-Control: stale-while-revalidate=, stale-while-revalidate=9\n", 0, NONE, NONE, NONE},
	{"Cache-Control: stale-while-revalidate =9\n", 0, NONE, NONE, NONE},
	{"Cache-Control: stale-while-revalidate=99999999999\n", 0, NONE, NONE, 2147483648},
	{"Cache-Control: STALE-WHILE-REVALIDATE=7, stale-if-error=8\n", 0, NONE, 8, 7},
	{"Cache-Control: stale-while-revalidated=5\n", 0, NONE, NONE, NONE},
};

static void reads_directives(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(http_fields_release) struct http_fields fields = {0};
		struct cache_control control;
		int flags;

		http_fields_parse(&fields, cases[i].fields, strlen(cases[i].fields));
		cache_control_parse(&fields, &control);
		flags = control.no_store * NO_STORE | control.no_cache * NO_CACHE |
			control.must_revalidate * MUST_REVALIDATE |
			control.must_understand * MUST_UNDERSTAND | control.is_public * PUBLIC;
		if (flags != cases[i].flags ||
		    (control.has_max_age ? control.max_age_s : NONE) != cases[i].max_age_s ||
		    control.stale_if_error_s != cases[i].stale_if_error_s ||
		    (control.stale_while_revalidate_s > 0 ? control.stale_while_revalidate_s
							  : NONE) !=
			    (cases[i].stale_while_revalidate_s ? cases[i].stale_while_revalidate_s
							       : NONE))
			fail_msg("%s: flags %d, max-age %d %lld, stale-if-error %lld",
				 cases[i].fields, flags, control.has_max_age,
				 (long long)control.max_age_s, (long long)control.stale_if_error_s);
	}
}

/* What we cannot read must not become permission to keep. */
static void too_long_is_not_stored(void **state)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0};
	struct cache_control control;
	static char value[70000];

	(void)state;
	memset(value, 'x', sizeof value);
	http_fields_add(&fields, "Cache-Control", 13, value, sizeof value);
	cache_control_parse(&fields, &control);
	assert_true(control.no_store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_directives),
		cmocka_unit_test(too_long_is_not_stored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
