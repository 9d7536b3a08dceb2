/* The fields of a response, a line each. */
#include <string.h>

#include "cache_control.h"
#include "fuzz.h"
#include "http_date.h"
#include "http_field.h"
#include "stored_fields.h"

#define NOW_S INT64_C(1700000000)
/* Their first second, and their last, which may be a leap second. */
#define YEAR_0_S INT64_C(-62167219200)
#define YEAR_9999_S INT64_C(253402300800)

static void read_value(const char *value)
{
	size_t length_bytes = strlen(value), offset = 0;
	struct slice element = {value, length_bytes};
	int64_t wall_s;

	delta_seconds_parse(element, &wall_s);
	if (http_date_parse(value, length_bytes, NOW_S, &wall_s))
		fuzz_require(wall_s >= YEAR_0_S && wall_s <= YEAR_9999_S);
	while (http_list_next(value, length_bytes, &offset, &element)) {
		fuzz_require(element.length_bytes > 0 && element.data >= value);
		fuzz_require(element.data + element.length_bytes <= value + length_bytes);
	}
}

static void compare(const struct http_fields *fields, const struct http_fields *again)
{
	fuzz_require(fields->count == again->count);
	for (size_t i = 0; i < fields->count; i++) {
		fuzz_require(!strcmp(fields->items[i].name, again->items[i].name));
		fuzz_require(!strcmp(fields->items[i].value, again->items[i].value));
	}
}

static void store_and_read(const struct http_fields *fields)
{
	struct buf text = BUF_INIT(BUF_UNLIMITED);
	struct http_fields again = {0};

	http_fields_format(fields, &text);
	http_fields_parse(&again, buf_string(&text), text.length_bytes);
	compare(fields, &again);
	http_fields_release(&again);
	buf_release(&text);
}

/* What is kept of a response, which a 304 with the same fields is about and changes nothing of. */
static void keep(const struct http_fields *fields)
{
	struct http_fields kept = {0}, again = {0};

	stored_fields_select(fields, &kept);
	stored_fields_select(&kept, &again);
	compare(&kept, &again);
	stored_fields_match(&kept, fields);
	stored_fields_update(&again, &kept);
	fuzz_require(kept.count == again.count);
	free(stored_fields_request_key(&kept, fields));
	http_fields_release(&kept);
	http_fields_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	const char *line = (const char *)data, *end = line + length_bytes;
	struct http_fields fields = {0};
	struct cache_control control;

	while (line < end) {
		const char *next = memchr(line, '\n', (size_t)(end - line));

		next = next ? next + 1 : end;
		http_fields_add_line(&fields, line, (size_t)(next - line));
		line = next;
	}
	for (size_t i = 0; i < fields.count; i++)
		read_value(fields.items[i].value);
	cache_control_parse(&fields, &control);
	fuzz_require(!control.has_max_age || control.max_age_s >= 0);
	store_and_read(&fields);
	keep(&fields);
	http_fields_release(&fields);
	return 0;
}
