#include "status_set.h"

#include <string.h>

#include "buf.h"
#include "fetcher.h"

#define FIRST_STATUS 100
#define END_STATUS 1000

/* Three digits, 100..999. */
static bool parse_status(struct slice text, int *ret_status)
{
	int status = 0;

	if (text.length_bytes != 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		status = status * 10 + (text.data[i] - '0');
	}
	*ret_status = status;
	return status >= FIRST_STATUS;
}

static bool parse_range(struct slice text, int *ret_first, int *ret_end)
{
	const char *dots = memmem(text.data, text.length_bytes, "..", 2);
	struct slice low, high;
	bool is_inclusive;
	int last;

	*ret_first = FIRST_STATUS;
	*ret_end = END_STATUS;
	if (!dots) {
		if (!parse_status(text, ret_first))
			return false;
		*ret_end = *ret_first + 1;
		return true;
	}
	low = (struct slice){text.data, (size_t)(dots - text.data)};
	high = (struct slice){dots + 2, text.length_bytes - low.length_bytes - 2};
	is_inclusive = high.length_bytes && high.data[0] == '=';
	if (is_inclusive) {
		high.data++;
		high.length_bytes--;
	}
	if (low.length_bytes && !parse_status(low, ret_first))
		return false;
	if (!high.length_bytes)
		return !is_inclusive && low.length_bytes;
	if (!parse_status(high, &last))
		return false;
	*ret_end = is_inclusive ? last + 1 : last;
	return *ret_first < *ret_end;
}

bool status_set_parse(const char *text, struct status_set *ret_set)
{
	struct status_set set = {0};
	const char *rest = text;

	for (;;) {
		size_t length = strcspn(rest, ",");
		int first, end;

		if (!parse_range(slice_trim((struct slice){rest, length}), &first, &end))
			return false;
		for (int status = first; status < end; status++)
			set.has[status] = true;
		if (!rest[length])
			break;
		rest += length + 1;
	}
	*ret_set = set;
	return true;
}

bool status_set_has(const struct status_set *set, int status)
{
	return status >= FIRST_STATUS && status < END_STATUS && set->has[status];
}

bool fetch_accept_status_is_valid(const char *text)
{
	struct status_set set;

	return status_set_parse(text, &set);
}
