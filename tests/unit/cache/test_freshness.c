#include "../cmocka_all.h"

#include "cleanup.h"
#include "freshness.h"
#include "http_field.h"

/* Wed, 01 Jan 2025 00:00:00 GMT. Times in the tables count from here. */
#define BASE_S INT64_C(1735689600)
#define BASE "Date: Wed, 01 Jan 2025 00:00:00 GMT\n"
#define HOUR 3600
#define DAY (24 * HOUR)
#define NEVER INT64_MAX

#define DEFAULT_POLICY .max_age_s = NEVER, .negative_age_s = -1

static const struct {
	const char *section;
	const char *fields;
	int status;
	int64_t request_s, response_s; /* from BASE_S */
	int64_t now_s;                 /* from BASE_S */
	int64_t lifetime_s, age_s;
	bool is_fresh;
	bool must_revalidate;
} cases[] = {
	/* 4.2.1: max-age */
	{"4.2.1", BASE "Cache-Control: max-age=60\n", 200, 0, 0, 0, 60, 0, true},
	{"4.2.1", BASE "Cache-Control: max-age=60\n", 200, 0, 0, 59, 60, 59, true},
	{"4.2.1", BASE "Cache-Control: max-age=60\n", 200, 0, 0, 60, 60, 60, false},
	{"4.2.1", BASE "Cache-Control: max-age=60\n", 200, 0, 0, 61, 60, 61, false},
	{"4.2.1", BASE "Cache-Control: max-age=0\n", 200, 0, 0, 0, 0, 0, false},
	{"4.2.1", BASE "Cache-Control: max-age=x\n", 200, 0, 0, 0, 0, 0, false},
	{"4.2.1", BASE "Cache-Control: max-age=99999999999\n", 200, 0, 0, 2000000000, 2147483648,
	 2000000000, true},
	/* 4.2.1: max-age comes before Expires, valid or not */
	{"4.2.1", BASE "Cache-Control: max-age=60\nExpires: Thu, 02 Jan 2025 00:00:00 GMT\n", 200,
	 0, 0, 61, 60, 61, false},
	{"4.2.1", BASE "Cache-Control: max-age=60\nExpires: 0\n", 200, 0, 0, 30, 60, 30, true},
	{"4.2.1", BASE "Cache-Control: max-age=x\nExpires: Thu, 02 Jan 2025 00:00:00 GMT\n", 200, 0,
	 0, 1, 0, 1, false},
	/* 4.2.1: s-maxage is for shared caches */
	{"4.2.1", BASE "Cache-Control: s-maxage=600\n", 200, 0, 0, 0, 0, 0, false},
	{"4.2.1", BASE "Cache-Control: s-maxage=0, max-age=60\n", 200, 0, 0, 1, 60, 1, true},
	{"4.2.1", BASE "Cache-Control: private, max-age=60\n", 200, 0, 0, 1, 60, 1, true},
	/* 5.3: Expires */
	{"5.3", BASE "Expires: Wed, 01 Jan 2025 01:00:00 GMT\n", 200, 0, 0, HOUR - 1, HOUR,
	 HOUR - 1, true},
	{"5.3", BASE "Expires: Wed, 01 Jan 2025 01:00:00 GMT\n", 200, 0, 0, HOUR, HOUR, HOUR,
	 false},
	{"5.3", BASE "Expires: Wed, 01 Jan 2025 00:00:00 GMT\n", 200, 0, 0, 0, 0, 0, false},
	{"5.3", BASE "Expires: Tue, 31 Dec 2024 00:00:00 GMT\n", 200, 0, 0, 0, 0, 0, false},
	{"5.3", BASE "Expires: 0\n", 200, 0, 0, 0, 0, 0, false},
	{"5.3", BASE "Expires: -1\n", 200, 0, 0, 0, 0, 0, false},
	{"5.3", BASE "Expires: never\n", 200, 0, 0, 0, 0, 0, false},
	{"5.3", BASE "Expires:\n", 200, 0, 0, 0, 0, 0, false},
	{"5.3", BASE "Expires: Wed, 01 Jan 2025 01:00:00 UTC\n", 200, 0, 0, 0, 0, 0, false},
	{"5.3", BASE "Expires: 3600\n", 200, 0, 0, 0, 0, 0, false},
	{"5.3", BASE "Expires: 0\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\n", 200, 0, 0, 0, 0,
	 0, false},
	/* 5.6.7 of RFC 9110: the obsolete forms of dates */
	{"5.3", BASE "Expires: Wednesday, 01-Jan-25 01:00:00 GMT\n", 200, 0, 0, 1, HOUR, 1, true},
	{"5.3", BASE "Expires: Wed Jan  1 01:00:00 2025\n", 200, 0, 0, 1, HOUR, 1, true},
	{"5.3", "Date: Wednesday, 01-Jan-25 00:00:00 GMT\nExpires: Wed Jan  1 01:00:00 2025\n", 200,
	 0, 0, 1, HOUR, 1, true},
	/* 4.2.1: Expires counts from Date, not from our clock */
	{"4.2.1", "Date: Tue, 31 Dec 2024 23:00:00 GMT\nExpires: Wed, 01 Jan 2025 00:00:00 GMT\n",
	 200, 0, 0, 0, HOUR, HOUR, false},
	{"4.2.1", "Date: Wed, 01 Jan 2025 05:00:00 GMT\nExpires: Wed, 01 Jan 2025 06:00:00 GMT\n",
	 200, 0, 0, 0, HOUR, 0, true},
	/* RFC 9110 6.6.1: without a Date, the time of the response */
	{"4.2.1", "Expires: Wed, 01 Jan 2025 01:00:00 GMT\n", 200, 0, 0, 1, HOUR, 1, true},
	{"4.2.1", "Date: nonsense\nExpires: Wed, 01 Jan 2025 01:00:00 GMT\n", 200, 0, 0, 1, HOUR, 1,
	 true},
	{"4.2.3", "Cache-Control: max-age=60\n", 200, 0, 0, 10, 60, 10, true},
	{"4.2.1",
	 BASE "Expires: Wed, 01 Jan 2025 01:00:00 GMT\n"
	      "Expires: Wed, 01 Jan 2025 02:00:00 GMT\n",
	 200, 0, 0, 1, HOUR, 1, true},
	/* 4.2.2: heuristic, 10 % of Date - Last-Modified, at most 7 days */
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 200, 0, 0, 0, HOUR, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 200, 0, 0, HOUR, HOUR,
	 HOUR, false},
	{"4.2.2", BASE "Last-Modified: Mon, 01 Jan 2018 00:00:00 GMT\n", 200, 0, 0, 0, 7 * DAY, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Sun, 22 Dec 2024 00:00:00 GMT\n", 200, 0, 0, 0, DAY, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Wed, 01 Jan 2025 00:00:00 GMT\n", 200, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Last-Modified: Thu, 02 Jan 2025 00:00:00 GMT\n", 200, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Last-Modified: Tuesday, 31-Dec-24 14:00:00 GMT\n", 200, 0, 0, 0, HOUR, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Tue Dec 31 14:00:00 2024\n", 200, 0, 0, 0, HOUR, 0, true},
	{"4.2.2", BASE "Last-Modified: yesterday\n", 200, 0, 0, 0, 0, 0, false},
	{"4.2.2", "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 200, 0, 0, 0, HOUR, 0, true},
	{"4.2.2", BASE "ETag: \"a\"\n", 200, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE, 200, 0, 0, 0, 0, 0, false},
	{"4.2.2", "", 200, 0, 0, 0, 0, 0, false},
	/* 4.2.2: by status (RFC 9110 section 15.1), or by "public" */
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 203, 0, 0, 0, HOUR, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 301, 0, 0, 0, HOUR, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 308, 0, 0, 0, HOUR, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 404, 0, 0, 0, HOUR, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 201, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 302, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 500, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Cache-Control: public\nLast-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 201,
	 0, 0, 0, HOUR, 0, true},
	{"4.2.2", BASE "Cache-Control: max-age=5\nLast-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n",
	 200, 0, 0, 5, 5, 5, false},
	/* 4.2.3: Age and the delays */
	{"4.2.3", BASE "Cache-Control: max-age=60\nAge: 0\n", 200, 0, 0, 0, 60, 0, true},
	{"4.2.3", BASE "Cache-Control: max-age=60\nAge: 30\n", 200, 0, 0, 0, 60, 30, true},
	{"4.2.3", BASE "Cache-Control: max-age=60\nAge: 30\n", 200, 0, 0, 29, 60, 59, true},
	{"4.2.3", BASE "Cache-Control: max-age=60\nAge: 30\n", 200, 0, 0, 30, 60, 60, false},
	{"4.2.3", BASE "Cache-Control: max-age=60\nAge: 61\n", 200, 0, 0, 0, 60, 61, false},
	{"4.2.3", BASE "Cache-Control: max-age=60\n", 200, 0, 10, 10, 60, 10, true},
	{"4.2.3", BASE "Cache-Control: max-age=60\nAge: 5\n", 200, 0, 10, 10, 60, 15, true},
	{"4.2.3", BASE "Cache-Control: max-age=60\nAge: 5\n", 200, 10, 10, 10, 60, 10, true},
	{"4.2.3", BASE "Cache-Control: max-age=60\nAge: 15\n", 200, 10, 10, 20, 60, 25, true},
	{"4.2.3", BASE "Cache-Control: max-age=60\n", 200, 10, 0, 0, 60, 0, true},
	{"4.2.3", "Date: Tue, 31 Dec 2024 23:59:30 GMT\nCache-Control: max-age=60\n", 200, 0, 0, 0,
	 60, 30, true},
	{"4.2.3", "Date: Tue, 31 Dec 2024 23:59:30 GMT\nCache-Control: max-age=60\nAge: 50\n", 200,
	 0, 0, 0, 60, 50, true},
	{"4.2.3", "Date: Wed, 01 Jan 2025 10:00:00 GMT\nCache-Control: max-age=60\n", 200, 0, 0, 10,
	 60, 10, true},
	{"4.2.3", "Date: Mon, 01 Jan 2024 00:00:00 GMT\nCache-Control: max-age=60\n", 200, 0, 0, 0,
	 60, 366 * DAY, false},
	/* 5.1: of several values the first; invalid ones are ignored */
	{"5.1", BASE "Cache-Control: max-age=60\nAge: 30, 70\n", 200, 0, 0, 0, 60, 30, true},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: 30\nAge: 70\n", 200, 0, 0, 0, 60, 30, true},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: 70, 30\n", 200, 0, 0, 0, 60, 70, false},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: x\n", 200, 0, 0, 0, 60, 0, true},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: -70\n", 200, 0, 0, 0, 60, 0, true},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: 70.5\n", 200, 0, 0, 0, 60, 0, true},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: 99999999999999999999\n", 200, 0, 0, 0, 60,
	 2147483648, false},
	{"5.1", BASE "Cache-Control: max-age=60\nAge:\n", 200, 0, 0, 0, 60, 0, true},
	/* 5.2.2.4: no-cache; 5.2.2.2: must-revalidate */
	{"5.2.2.4", BASE "Cache-Control: no-cache\n", 200, 0, 0, 0, 0, 0, false, true},
	{"5.2.2.4", BASE "Cache-Control: no-cache, max-age=60\n", 200, 0, 0, 0, 60, 0, false, true},
	{"5.2.2.4", BASE "Cache-Control: max-age=60, no-cache=\"set-cookie\"\n", 200, 0, 0, 0, 60,
	 0, false, true},
	{"5.2.2.2", BASE "Cache-Control: must-revalidate, max-age=60\n", 200, 0, 0, 59, 60, 59,
	 true, true},
	{"5.2.2.2", BASE "Cache-Control: must-revalidate, max-age=60\n", 200, 0, 0, 60, 60, 60,
	 false, true},
	{"5.2.2.8", BASE "Cache-Control: proxy-revalidate, max-age=60\n", 200, 0, 0, 60, 60, 60,
	 false},
	{"5.4", BASE "Pragma: no-cache\nCache-Control: max-age=60\n", 200, 0, 0, 1, 60, 1, true},
	/* RFC 8246: immutable is fresh no longer than it says */
	{"8246", BASE "Cache-Control: immutable, max-age=60\n", 200, 0, 0, 59, 60, 59, true},
	{"8246", BASE "Cache-Control: immutable, max-age=60\n", 200, 0, 0, 60, 60, 60, false},
	/* RFC 5861: what may be used while it is revalidated is stale all the same */
	{"5861", BASE "Cache-Control: max-age=60, stale-while-revalidate=60\n", 200, 0, 0, 61, 60,
	 61, false},
	/* RFC 5861, 4: no staler than stale-if-error says, when the origin cannot be asked */
	{"5861", BASE "Cache-Control: max-age=60, stale-if-error=30\n", 200, 0, 0, 59, 60, 59,
	 true},
	{"5861", BASE "Cache-Control: max-age=60, stale-if-error=30\n", 200, 0, 0, 90, 60, 90,
	 false},
	{"5861", BASE "Cache-Control: max-age=60, stale-if-error=30\n", 200, 0, 0, 91, 60, 91,
	 false, true},
	{"5861", BASE "Cache-Control: max-age=60, stale-if-error=0\n", 200, 0, 0, 61, 60, 61, false,
	 true},
	{"5861", BASE "Cache-Control: max-age=60, stale-if-error=x\n", 200, 0, 0, 999, 60, 999,
	 false},
	{"5861", BASE "Cache-Control: max-age=60, must-revalidate, stale-if-error=99\n", 200, 0, 0,
	 61, 60, 61, false, true},
	/* 4.1: Vary: * never matches a later request */
	{"4.1", BASE "Cache-Control: max-age=60\nVary: *\n", 200, 0, 0, 0, 60, 0, false},
	{"4.1", BASE "Cache-Control: max-age=60\nVary: Accept, *\n", 200, 0, 0, 0, 60, 0, false},
	{"4.1", BASE "Cache-Control: max-age=60\nVary: Accept\nVary: *\n", 200, 0, 0, 0, 60, 0,
	 false},
	{"4.1", BASE "Cache-Control: max-age=60\nVary: Accept\n", 200, 0, 0, 0, 60, 0, true},
	{"4.1", BASE "Cache-Control: max-age=60\nVary: **\n", 200, 0, 0, 0, 60, 0, true},
	/* 4.2: case does not count in dates, the zone does; other forms are in the past */
	{"4.2", BASE "Expires: wed, 01 jan 2025 01:00:00 gmt\n", 200, 0, 0, 1, HOUR, 1, true},
	{"4.2", BASE "Expires: WED, 01 JAN 2025 01:00:00 GMT\n", 200, 0, 0, 1, HOUR, 1, true},
	{"4.2", BASE "Expires: Wed, 01 Jan 2025 01:00:00 AEST\n", 200, 0, 0, 1, 0, 1, false},
	{"4.2", BASE "Expires: Wed, 01 Jan 2025 01:00:00 +0000\n", 200, 0, 0, 1, 0, 1, false},
	{"4.2", BASE "Expires: Wed, 01 Jan 2025 01:00:00\n", 200, 0, 0, 1, 0, 1, false},
	{"4.2", BASE "Expires: Wed, 01 Jan 2025 1:00:00 GMT\n", 200, 0, 0, 1, 0, 1, false},
	{"4.2", BASE "Expires: Wed, 01 Jan 2025 01:00 GMT\n", 200, 0, 0, 1, 0, 1, false},
	{"4.2", BASE "Expires: Wed, 01 Jan 2025 01-00-00 GMT\n", 200, 0, 0, 1, 0, 1, false},
	{"4.2", BASE "Expires: Wed, 01 Jan 2025 25:00:00 GMT\n", 200, 0, 0, 1, 0, 1, false},
	{"4.2", BASE "Expires: Wed, 32 Jan 2025 01:00:00 GMT\n", 200, 0, 0, 1, 0, 1, false},
	{"4.2", BASE "Expires: Wed, 01 Foo 2025 01:00:00 GMT\n", 200, 0, 0, 1, 0, 1, false},
	{"4.2", BASE "Expires: 2025-01-01T01:00:00Z\n", 200, 0, 0, 1, 0, 1, false},
	{"4.2", BASE "Expires: 1735693200\n", 200, 0, 0, 1, 0, 1, false},
	{"4.2", BASE "Expires: Wed, 01 Jan 2025 01:00:00 GMT, Thu, 02 Jan 2025 01:00:00 GMT\n", 200,
	 0, 0, 1, 0, 1, false},
	/* 4.2.2: by status, as the cache-tests have them */
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 204, 0, 0, 0, HOUR, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 300, 0, 0, 0, HOUR, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 405, 0, 0, 0, HOUR, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 410, 0, 0, 0, HOUR, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 414, 0, 0, 0, HOUR, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 501, 0, 0, 0, HOUR, 0,
	 true},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 202, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 303, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 307, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 400, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 403, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 429, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 502, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 503, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 504, 0, 0, 0, 0, 0, false},
	{"4.2.2", BASE "Last-Modified: Tue, 31 Dec 2024 14:00:00 GMT\n", 599, 0, 0, 0, 0, 0, false},
	/* 5.1: a value with anything beside the number is none */
	{"5.1", BASE "Cache-Control: max-age=60\nAge: 70;foo=bar\n", 200, 0, 0, 0, 60, 0, true},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: 70 \n", 200, 0, 0, 0, 60, 70, false},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: \"70\"\n", 200, 0, 0, 0, 60, 0, true},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: abc 70\n", 200, 0, 0, 0, 60, 0, true},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: 0, 70\n", 200, 0, 0, 0, 60, 0, true},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: 70, 0\n", 200, 0, 0, 0, 60, 70, false},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: 0070\n", 200, 0, 0, 0, 60, 70, false},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: 70.0\n", 200, 0, 0, 0, 60, 0, true},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: 2147483648\n", 200, 0, 0, 0, 60, 2147483648,
	 false},
	{"5.1", BASE "Cache-Control: max-age=60\nAge: 9223372036854775808\n", 200, 0, 0, 0, 60,
	 2147483648, false},
	/* 5.2.2.1 beside others: what is unknown says nothing, contradictions go to the stricter */
	{"5.2.2", BASE "Cache-Control: foobar, max-age=60\n", 200, 0, 0, 1, 60, 1, true, false},
	{"5.2.2", BASE "Cache-Control: max-age=60, foobar=1\n", 200, 0, 0, 1, 60, 1, true, false},
	{"5.2.2", BASE "Cache-Control: extension=\"max-age=600\", max-age=1\n", 200, 0, 0, 1, 1, 1,
	 false, false},
	{"5.2.2", BASE "Cache-Control: max-age=60, extension=\"max-age=1\"\n", 200, 0, 0, 1, 60, 1,
	 true, false},
	{"5.2.2", BASE "Cache-Control: max-age=60, no-cache, immutable\n", 200, 0, 0, 1, 60, 1,
	 false, true},
	{"5.2.2", BASE "Cache-Control: public, no-cache\n", 200, 0, 0, 1, 0, 1, false, true},
	{"5.2.2", BASE "Cache-Control: private, max-age=60, public\n", 200, 0, 0, 1, 60, 1, true,
	 false},
	{"5.2.2", BASE "Cache-Control: max-age=60, must-revalidate, no-cache=\"foo, bar\"\n", 200,
	 0, 0, 1, 60, 1, false, true},
	/* a clock that was set: nothing stays fresh for ever */
	{"clock", BASE "Cache-Control: max-age=60\n", 200, 0, 0, -10, 60, 0, true},
	{"clock", BASE "Cache-Control: max-age=60\n", 200, 0, 0, -301, 60, 0, false},
	{"clock", BASE "Cache-Control: max-age=99999999\n", 200, 0, 0, -3650 * DAY, 99999999, 0,
	 false},
	{"clock", BASE "Cache-Control: max-age=99999999\n", 200, 0, 0, INT64_C(3650) * DAY,
	 99999999, INT64_C(3650) * DAY, false},
};

static void evaluates(void **state)
{
	const struct cache_policy policy = {DEFAULT_POLICY};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(http_fields_release) struct http_fields fields = {0};
		struct freshness_input input = {
			.status = cases[i].status,
			.fields = &fields,
			.request_time_s = BASE_S + cases[i].request_s,
			.response_time_s = BASE_S + cases[i].response_s,
		};
		struct freshness got;

		http_fields_parse(&fields, cases[i].fields, strlen(cases[i].fields));
		freshness_evaluate(&input, &policy, BASE_S + cases[i].now_s, &got);
		if (got.lifetime_s != cases[i].lifetime_s || got.age_s != cases[i].age_s ||
		    got.is_fresh != cases[i].is_fresh ||
		    got.must_revalidate != cases[i].must_revalidate)
			fail_msg("case %zu, section %s: %s: lifetime %lld, age %lld, fresh %d, "
				 "must-revalidate %d",
				 i, cases[i].section, cases[i].fields, (long long)got.lifetime_s,
				 (long long)got.age_s, got.is_fresh, got.must_revalidate);
	}
}

static const struct {
	const char *fields;
	struct cache_policy policy;
	int64_t now_s, lifetime_s;
	bool is_fresh;
} clamp_cases[] = {
	{"Cache-Control: max-age=60\n", {.max_age_s = NEVER, .min_age_s = 100}, 99, 100, true},
	{"Cache-Control: max-age=60\n", {.max_age_s = NEVER, .min_age_s = 10}, 59, 60, true},
	{"Cache-Control: max-age=0\n", {.max_age_s = NEVER, .min_age_s = 100}, 99, 100, true},
	{"Expires: 0\n", {.max_age_s = NEVER, .min_age_s = 100}, 99, 100, true},
	{"", {.max_age_s = NEVER, .min_age_s = NEVER}, INT64_C(4000000000), NEVER, true},
	/* --min-age counts whatever the server says, and no longer */
	{"Cache-Control: no-cache\n", {.max_age_s = NEVER, .min_age_s = 100}, 99, 100, true},
	{"Cache-Control: no-cache\n", {.max_age_s = NEVER, .min_age_s = 100}, 100, 100, false},
	{"Cache-Control: no-cache, max-age=600\n",
	 {.max_age_s = NEVER, .min_age_s = 100},
	 100,
	 600,
	 false},
	{"Vary: *\n", {.max_age_s = NEVER, .min_age_s = 100}, 99, 100, true},
	{"Vary: *\nCache-Control: max-age=600\n",
	 {.max_age_s = NEVER, .min_age_s = 100},
	 100,
	 600,
	 false},
	/* both bounds from the answer on, whatever age it came with */
	{"Age: 5000\n", {.max_age_s = NEVER, .min_age_s = 100}, 99, 5100, true},
	{"Age: 5000\n", {.max_age_s = NEVER, .min_age_s = 100}, 100, 5100, false},
	{"Age: 5000\nCache-Control: max-age=9000\n", {.max_age_s = 100}, 99, 5100, true},
	{"Age: 5000\nCache-Control: max-age=9000\n", {.max_age_s = 100}, 100, 5100, false},
	{"Cache-Control: max-age=60\n", {.max_age_s = 30}, 29, 30, true},
	{"Cache-Control: max-age=60\n", {.max_age_s = 30}, 30, 30, false},
	{"Cache-Control: max-age=60\n", {.max_age_s = 0}, 0, 0, false},
	{"Cache-Control: max-age=60\n", {.max_age_s = 10, .min_age_s = 20}, 10, 10, false},
	{"Cache-Control: max-age=60\n", {.max_age_s = NEVER, .refresh = true}, 1, 60, false},
	{"Cache-Control: max-age=60\n",
	 {.max_age_s = NEVER, .min_age_s = NEVER, .refresh = true},
	 1,
	 NEVER,
	 false},
};

static void clamps_by_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof clamp_cases / sizeof *clamp_cases; i++) {
		CLEANUP(http_fields_release) struct http_fields fields = {0};
		struct freshness_input input = {200, &fields, BASE_S, BASE_S};
		struct freshness got;

		http_fields_parse(&fields, clamp_cases[i].fields, strlen(clamp_cases[i].fields));
		freshness_evaluate(&input, &clamp_cases[i].policy, BASE_S + clamp_cases[i].now_s,
				   &got);
		if (got.lifetime_s != clamp_cases[i].lifetime_s ||
		    got.is_fresh != clamp_cases[i].is_fresh)
			fail_msg("clamp case %zu: lifetime %lld, fresh %d", i,
				 (long long)got.lifetime_s, got.is_fresh);
	}
}

static const struct {
	struct cache_policy policy;
	int64_t redirect_lifetime_s, now_s;
	bool must_revalidate;
} stale_cases[] = {
	/* --max-age and a redirect say when to ask, not how long the bytes may stand in */
	{{.max_age_s = 10}, NEVER, 60, false},
	{{.max_age_s = 10}, NEVER, 90, false},
	{{.max_age_s = 10}, NEVER, 91, true},
	{{.max_age_s = 0}, NEVER, 90, false},
	{{.max_age_s = NEVER}, 0, 90, false},
	{{.max_age_s = NEVER}, 0, 91, true},
	/* what is fresh by --min-age is not stale yet */
	{{.max_age_s = NEVER, .min_age_s = 100}, NEVER, 130, false},
	{{.max_age_s = NEVER, .min_age_s = 100}, NEVER, 131, true},
};

static void bounds_how_stale_by_the_response_itself(void **state)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0};
	const char *text = "Cache-Control: max-age=60, stale-if-error=30\n";

	(void)state;
	http_fields_parse(&fields, text, strlen(text));
	for (size_t i = 0; i < sizeof stale_cases / sizeof *stale_cases; i++) {
		struct freshness_input input = {
			.status = 200,
			.fields = &fields,
			.request_time_s = BASE_S,
			.response_time_s = BASE_S,
			.was_redirected = stale_cases[i].redirect_lifetime_s != NEVER,
			.redirect_lifetime_s = stale_cases[i].redirect_lifetime_s,
		};
		struct freshness got;

		freshness_evaluate(&input, &stale_cases[i].policy, BASE_S + stale_cases[i].now_s,
				   &got);
		if (got.must_revalidate != stale_cases[i].must_revalidate)
			fail_msg("stale case %zu: must-revalidate %d", i, got.must_revalidate);
	}
}

static const struct {
	const char *fields;
	struct cache_policy policy;
	int64_t now_s;
	bool may_be_used;
} meanwhile_cases[] = {
	/* RFC 5861 section 3: from the end of its freshness on for so many seconds */
	{"Cache-Control: max-age=60, stale-while-revalidate=30\n", {DEFAULT_POLICY}, 59, false},
	{"Cache-Control: max-age=60, stale-while-revalidate=30\n", {DEFAULT_POLICY}, 60, true},
	{"Cache-Control: max-age=60, stale-while-revalidate=30\n", {DEFAULT_POLICY}, 89, true},
	{"Cache-Control: max-age=60, stale-while-revalidate=30\n", {DEFAULT_POLICY}, 90, false},
	{"Cache-Control: max-age=0, stale-while-revalidate=30\n", {DEFAULT_POLICY}, 0, true},
	{"Cache-Control: stale-while-revalidate=30\n", {DEFAULT_POLICY}, 10, true},
	{"Cache-Control: max-age=60, stale-while-revalidate=0\n", {DEFAULT_POLICY}, 60, false},
	{"Cache-Control: max-age=60\n", {DEFAULT_POLICY}, 60, false},
	{"Cache-Control: max-age=60, stale-while-revalidate=x\n", {DEFAULT_POLICY}, 60, false},
	{BASE "Expires: Wed, 01 Jan 2025 00:01:00 GMT\nCache-Control: stale-while-revalidate=30\n",
	 {DEFAULT_POLICY},
	 61,
	 true},
	{"Cache-Control: max-age=60, stale-while-revalidate=30\nAge: 50\n",
	 {DEFAULT_POLICY},
	 39,
	 true},
	{"Cache-Control: max-age=60, stale-while-revalidate=30\nAge: 50\n",
	 {DEFAULT_POLICY},
	 40,
	 false},
	/* not against what forbids stale responses (RFC 9111 sections 4.2.4, 5.2.2.2, 5.2.2.4) */
	{"Cache-Control: max-age=60, must-revalidate, stale-while-revalidate=30\n",
	 {DEFAULT_POLICY},
	 61,
	 false},
	{"Cache-Control: no-cache, stale-while-revalidate=30\n", {DEFAULT_POLICY}, 1, false},
	{"Cache-Control: max-age=60, stale-while-revalidate=30\nVary: *\n",
	 {DEFAULT_POLICY},
	 1,
	 false},
	/* nor against the user's own word, nor after the clock was set back */
	{"Cache-Control: max-age=60, stale-while-revalidate=30\n",
	 {.max_age_s = NEVER, .refresh = true},
	 61,
	 false},
	{"Cache-Control: max-age=60, stale-while-revalidate=30\n", {.max_age_s = 0}, 1, false},
	{"Cache-Control: max-age=60, stale-while-revalidate=30\n", {.max_age_s = 62}, 61, true},
	{"Cache-Control: max-age=60, stale-while-revalidate=30\n", {.max_age_s = 61}, 61, false},
	{"Cache-Control: max-age=60, stale-while-revalidate=30\n",
	 {.max_age_s = NEVER, .min_age_s = 100},
	 100,
	 true},
	{"Cache-Control: no-cache, stale-while-revalidate=30\n",
	 {.max_age_s = NEVER, .min_age_s = NEVER},
	 1,
	 false},
	{"Cache-Control: max-age=60, stale-while-revalidate=30\n", {DEFAULT_POLICY}, -400, false},
};

static void knows_what_may_be_used_meanwhile(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof meanwhile_cases / sizeof *meanwhile_cases; i++) {
		CLEANUP(http_fields_release) struct http_fields fields = {0};
		struct freshness_input input = {200, &fields, BASE_S, BASE_S};
		struct freshness got;

		http_fields_parse(&fields, meanwhile_cases[i].fields,
				  strlen(meanwhile_cases[i].fields));
		freshness_evaluate(&input, &meanwhile_cases[i].policy,
				   BASE_S + meanwhile_cases[i].now_s, &got);
		if (got.may_be_used_meanwhile != meanwhile_cases[i].may_be_used)
			fail_msg("meanwhile case %zu: %s", i, meanwhile_cases[i].fields);
	}
}

/* Another process asked while this one waited: its answer is an answer to us, also where ours would
 * have been asked for at all costs. */
static const struct {
	const char *fields;
	bool refresh;
	int64_t answered_since_s; /* from BASE_S, when the answer came */
	bool is_fresh;
} answered_cases[] = {
	{"Cache-Control: max-age=0\n", false, 0, true},
	{"Cache-Control: max-age=0\n", false, 1, false},
	{"Cache-Control: max-age=0\n", false, -5, true},
	{"Cache-Control: no-cache\n", false, 0, true},
	{"Cache-Control: max-age=60\n", true, 0, true},
	{"Cache-Control: max-age=60\n", true, 1, false},
	{"Cache-Control: max-age=60\nVary: *\n", false, 0, false},
};

static void takes_an_answer_to_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof answered_cases / sizeof *answered_cases; i++) {
		CLEANUP(http_fields_release) struct http_fields fields = {0};
		struct freshness_input input = {200, &fields, BASE_S, BASE_S};
		struct cache_policy policy = {
			DEFAULT_POLICY,
			.refresh = answered_cases[i].refresh,
			.ignore_failures = true,
			.answered_since_s = BASE_S + answered_cases[i].answered_since_s,
		};
		struct failure_memory memory = {CACHE_FAILURE_TEMPORARY, BASE_S, 0, -1, 1};
		struct freshness got;

		http_fields_parse(&fields, answered_cases[i].fields,
				  strlen(answered_cases[i].fields));
		freshness_evaluate(&input, &policy, BASE_S + 2, &got);
		if (got.is_fresh != answered_cases[i].is_fresh)
			fail_msg("answered case %zu", i);
		if (failure_is_remembered(&memory, &policy, BASE_S + 2) !=
		    (answered_cases[i].answered_since_s <= 0))
			fail_msg("answered case %zu, of a failure", i);
	}
}

static const struct {
	int status;
	const char *fields;
	bool forbids;
} no_store_cases[] = {
	{200, "", false},
	{200, "Cache-Control: no-store\n", true},
	{200, "Cache-Control: NO-STORE, max-age=60\n", true},
	{200, "Cache-Control: private\n", false},
	{200, "Cache-Control: no-cache\n", false},
	/* 5.2.2.3: must-understand overrides no-store where the status is understood */
	{200, "Cache-Control: no-store, must-understand\n", false},
	{404, "Cache-Control: must-understand, no-store\n", false},
	{299, "Cache-Control: must-understand, no-store\n", true},
	{200, "Cache-Control: must-understand\n", false},
};

static void knows_what_may_be_stored(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof no_store_cases / sizeof *no_store_cases; i++) {
		CLEANUP(http_fields_release) struct http_fields fields = {0};

		http_fields_parse(&fields, no_store_cases[i].fields,
				  strlen(no_store_cases[i].fields));
		if (freshness_forbids_storing(no_store_cases[i].status, &fields) !=
		    no_store_cases[i].forbids)
			fail_msg("no-store case %zu", i);
	}
}

static const struct {
	const char *fields;
	int64_t lifetime_s;
} explicit_cases[] = {
	{"", -1},
	{"Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\n", -1},
	{"Cache-Control: max-age=60\n", 60},
	{"Cache-Control: max-age=60\nAge: 20\n", 40},
	{"Cache-Control: max-age=60\nAge: 90\n", 0},
	{"Cache-Control: no-cache\n", 0},
	{"Cache-Control: no-store\n", 0},
	{"Cache-Control: s-maxage=60\n", -1},
	{BASE "Expires: Wed, 01 Jan 2025 01:00:00 GMT\n", HOUR},
	{BASE "Expires: 0\n", 0},
};

static void reads_explicit_lifetimes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof explicit_cases / sizeof *explicit_cases; i++) {
		CLEANUP(http_fields_release) struct http_fields fields = {0};

		http_fields_parse(&fields, explicit_cases[i].fields,
				  strlen(explicit_cases[i].fields));
		if (freshness_explicit_lifetime(&fields, BASE_S) != explicit_cases[i].lifetime_s)
			fail_msg("explicit case %zu", i);
	}
}

#define MINUTE 60

static const struct {
	struct failure_memory memory; /* last failure at 1000 */
	struct cache_policy policy;
	int64_t age_s; /* since the failure */
	bool is_remembered;
} failure_cases[] = {
	{{CACHE_FAILURE_NONE, 1000, 0, -1, 0}, {DEFAULT_POLICY}, 0, false},
	{{CACHE_FAILURE_NONE, 1000, 0, -1, 0},
	 {.max_age_s = NEVER, .negative_age_s = NEVER},
	 0,
	 false},
	{{CACHE_FAILURE_GONE, 1000, 0, -1, 1}, {DEFAULT_POLICY}, DAY - 1, true},
	{{CACHE_FAILURE_GONE, 1000, 0, -1, 1}, {DEFAULT_POLICY}, DAY, false},
	{{CACHE_FAILURE_BLOCKED, 1000, 0, -1, 1}, {DEFAULT_POLICY}, 6 * HOUR - 1, true},
	{{CACHE_FAILURE_BLOCKED, 1000, 0, -1, 1}, {DEFAULT_POLICY}, 6 * HOUR, false},
	{{CACHE_FAILURE_DNS, 1000, 0, -1, 1}, {DEFAULT_POLICY}, HOUR - 1, true},
	{{CACHE_FAILURE_DNS, 1000, 0, -1, 1}, {DEFAULT_POLICY}, HOUR, false},
	{{CACHE_FAILURE_NOT_AN_IMAGE, 1000, 0, -1, 1}, {DEFAULT_POLICY}, DAY - 1, true},
	{{CACHE_FAILURE_NOT_AN_IMAGE, 1000, 0, -1, 1}, {DEFAULT_POLICY}, DAY, false},
	{{CACHE_FAILURE_OTHER, 1000, 0, -1, 1}, {DEFAULT_POLICY}, HOUR - 1, true},
	{{CACHE_FAILURE_OTHER, 1000, 0, -1, 1}, {DEFAULT_POLICY}, HOUR, false},
	/* 5 min doubling to 6 h */
	{{CACHE_FAILURE_TEMPORARY, 1000, 0, -1, 1}, {DEFAULT_POLICY}, 5 * MINUTE - 1, true},
	{{CACHE_FAILURE_TEMPORARY, 1000, 0, -1, 1}, {DEFAULT_POLICY}, 5 * MINUTE, false},
	{{CACHE_FAILURE_TEMPORARY, 1000, 0, -1, 2}, {DEFAULT_POLICY}, 10 * MINUTE - 1, true},
	{{CACHE_FAILURE_TEMPORARY, 1000, 0, -1, 2}, {DEFAULT_POLICY}, 10 * MINUTE, false},
	{{CACHE_FAILURE_TEMPORARY, 1000, 0, -1, 7}, {DEFAULT_POLICY}, 320 * MINUTE - 1, true},
	{{CACHE_FAILURE_TEMPORARY, 1000, 0, -1, 7}, {DEFAULT_POLICY}, 320 * MINUTE, false},
	{{CACHE_FAILURE_TEMPORARY, 1000, 0, -1, 8}, {DEFAULT_POLICY}, 6 * HOUR - 1, true},
	{{CACHE_FAILURE_TEMPORARY, 1000, 0, -1, 8}, {DEFAULT_POLICY}, 6 * HOUR, false},
	{{CACHE_FAILURE_TEMPORARY, 1000, 0, -1, 4000000000u}, {DEFAULT_POLICY}, 6 * HOUR, false},
	{{CACHE_FAILURE_TEMPORARY, 1000, 0, -1, 0}, {DEFAULT_POLICY}, 5 * MINUTE - 1, true},
	/* --negative-age in the place of the defaults */
	{{CACHE_FAILURE_GONE, 1000, 0, -1, 1}, {.max_age_s = NEVER, .negative_age_s = 10}, 9, true},
	{{CACHE_FAILURE_GONE, 1000, 0, -1, 1},
	 {.max_age_s = NEVER, .negative_age_s = 10},
	 10,
	 false},
	{{CACHE_FAILURE_GONE, 1000, 0, -1, 1}, {.max_age_s = NEVER, .negative_age_s = 0}, 0, false},
	{{CACHE_FAILURE_GONE, 1000, 0, -1, 1},
	 {.max_age_s = NEVER, .negative_age_s = NEVER},
	 3650 * DAY,
	 true},
	/* explicit freshness before the defaults */
	{{CACHE_FAILURE_GONE, 1000, 0, 60, 1}, {DEFAULT_POLICY}, 59, true},
	{{CACHE_FAILURE_GONE, 1000, 0, 60, 1}, {DEFAULT_POLICY}, 60, false},
	{{CACHE_FAILURE_GONE, 1000, 0, 0, 1}, {DEFAULT_POLICY}, 0, false},
	{{CACHE_FAILURE_GONE, 1000, 0, 2 * DAY, 1}, {DEFAULT_POLICY}, DAY + 1, true},
	/* and --negative-age before that: what the user said last */
	{{CACHE_FAILURE_GONE, 1000, 0, 60, 1}, {.max_age_s = NEVER, .negative_age_s = 10}, 9, true},
	{{CACHE_FAILURE_GONE, 1000, 0, 60, 1},
	 {.max_age_s = NEVER, .negative_age_s = 10},
	 10,
	 false},
	{{CACHE_FAILURE_GONE, 1000, 0, 0, 1}, {.max_age_s = NEVER, .negative_age_s = 10}, 9, true},
	{{CACHE_FAILURE_GONE, 1000, 0, 2 * DAY, 1},
	 {.max_age_s = DAY, .negative_age_s = -1},
	 DAY,
	 false},
	/* told to come back later */
	{{CACHE_FAILURE_DEFERRED, 1000, 1600, -1, 0}, {DEFAULT_POLICY}, 599, true},
	{{CACHE_FAILURE_DEFERRED, 1000, 1600, -1, 0}, {DEFAULT_POLICY}, 600, false},
	{{CACHE_FAILURE_DEFERRED, 1000, 1600, 9999, 0}, {DEFAULT_POLICY}, 600, false},
	{{CACHE_FAILURE_TEMPORARY, 1000, 1000 + HOUR, -1, 1}, {DEFAULT_POLICY}, HOUR - 1, true},
	{{CACHE_FAILURE_TEMPORARY, 1000, 1000 + HOUR, -1, 1}, {DEFAULT_POLICY}, HOUR, false},
	/* looked at again whatever is remembered */
	{{CACHE_FAILURE_GONE, 1000, 0, -1, 1},
	 {.max_age_s = NEVER, .negative_age_s = NEVER, .refresh = true},
	 1,
	 false},
	{{CACHE_FAILURE_GONE, 1000, 0, -1, 1},
	 {.max_age_s = NEVER, .negative_age_s = NEVER, .ignore_failures = true},
	 1,
	 false},
	/* of another request; a host's wish is its own */
	{{CACHE_FAILURE_BLOCKED, 1000, 0, -1, 1, 7},
	 {.max_age_s = NEVER, .negative_age_s = -1, .request_digest = 7},
	 1,
	 true},
	{{CACHE_FAILURE_BLOCKED, 1000, 0, -1, 1, 7},
	 {.max_age_s = NEVER, .negative_age_s = NEVER, .request_digest = 8},
	 1,
	 false},
	{{CACHE_FAILURE_BLOCKED, 1000, 0, -1, 1, 0},
	 {.max_age_s = NEVER, .negative_age_s = -1, .request_digest = 8},
	 1,
	 true},
	{{CACHE_FAILURE_BLOCKED, 1000, 0, -1, 1, 7}, {DEFAULT_POLICY}, 1, true},
	{{CACHE_FAILURE_DEFERRED, 1000, 1600, -1, 0, 7},
	 {.max_age_s = NEVER, .negative_age_s = -1, .request_digest = 8},
	 1,
	 true},
	/* a clock that was set back */
	{{CACHE_FAILURE_GONE, 1000, 0, -1, 1}, {DEFAULT_POLICY}, -10, true},
	{{CACHE_FAILURE_GONE, 1000, 0, -1, 1}, {DEFAULT_POLICY}, -300, true},
	{{CACHE_FAILURE_GONE, 1000, 0, -1, 1}, {DEFAULT_POLICY}, -301, false},
	{{CACHE_FAILURE_DEFERRED, 1000, 1600, -1, 1}, {DEFAULT_POLICY}, -3650 * DAY, false},
};

static void remembers_failures(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof failure_cases / sizeof *failure_cases; i++)
		if (failure_is_remembered(&failure_cases[i].memory, &failure_cases[i].policy,
					  1000 + failure_cases[i].age_s) !=
		    failure_cases[i].is_remembered)
			fail_msg("failure case %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evaluates),
		cmocka_unit_test(clamps_by_policy),
		cmocka_unit_test(bounds_how_stale_by_the_response_itself),
		cmocka_unit_test(knows_what_may_be_used_meanwhile),
		cmocka_unit_test(takes_an_answer_to_others),
		cmocka_unit_test(knows_what_may_be_stored),
		cmocka_unit_test(reads_explicit_lifetimes),
		cmocka_unit_test(remembers_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
