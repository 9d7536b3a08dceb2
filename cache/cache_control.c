#include "cache_control.h"

#include <string.h>

#include "cleanup.h"

/* Arguments that matter are short numbers; a longer quoted-string is none of them. */
#define ARGUMENT_MAX_BYTES 64
#define FIELD_MAX_BYTES 65536

bool delta_seconds_parse(struct slice text, int64_t *ret_s)
{
	int64_t value_s = 0;

	if (!text.length_bytes)
		return false;
	for (size_t i = 0; i < text.length_bytes; i++) {
		char c = text.data[i];

		if (c < '0' || c > '9')
			return false;
		value_s = value_s * 10 + (c - '0');
		if (value_s > DELTA_SECONDS_MAX)
			value_s = DELTA_SECONDS_MAX;
	}
	*ret_s = value_s;
	return true;
}

/* Takes the quotes and backslashes off a quoted-string; false when it does not end as one. */
static bool unquote(struct slice quoted, struct buf *ret_text)
{
	size_t i = 1;

	for (; i < quoted.length_bytes && quoted.data[i] != '"'; i++) {
		if (quoted.data[i] == '\\' && ++i == quoted.length_bytes)
			return false;
		if (buf_append_char(ret_text, quoted.data[i]))
			return false;
	}
	return i + 1 == quoted.length_bytes;
}

/* The seconds of a directive's argument; -1 when there is none or it is no number. */
static int64_t argument_s(struct slice argument)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(ARGUMENT_MAX_BYTES);
	int64_t value_s;

	if (argument.length_bytes && argument.data[0] == '"') {
		if (!unquote(argument, &text))
			return -1;
		argument = (struct slice){buf_string(&text), text.length_bytes};
	}
	return delta_seconds_parse(argument, &value_s) ? value_s : -1;
}

/* Of "no-store, no-cache" as a whole in quotes, a slip in a server's settings. */
static struct slice without_quotes(struct slice name)
{
	while (name.length_bytes && name.data[0] == '"') {
		name.data++;
		name.length_bytes--;
	}
	while (name.length_bytes && name.data[name.length_bytes - 1] == '"')
		name.length_bytes--;
	return name;
}

static void take_directive(struct slice element, struct cache_control *control)
{
	const char *equals = memchr(element.data, '=', element.length_bytes);
	size_t name_bytes = equals ? (size_t)(equals - element.data) : element.length_bytes;
	struct slice name = {element.data, name_bytes}, argument = {"", 0};
	int64_t allowed_s;

	if (equals)
		argument = (struct slice){equals + 1, element.length_bytes - name_bytes - 1};
	/* "max-age = 60" is no valid directive, but it is meant to be one: read its name, and let
	 * the argument's blank, or a quote, make it invalid. */
	name = without_quotes(slice_trim(name));
	allowed_s = name.length_bytes == name_bytes ? argument_s(argument) : -1;
	/* What is invalid allows nothing. */
	if (allowed_s < 0)
		allowed_s = 0;
	if (slice_equals_nocase(name, "no-store")) {
		control->no_store = true;
	} else if (slice_equals_nocase(name, "no-cache")) {
		control->no_cache = true;
	} else if (slice_equals_nocase(name, "must-revalidate")) {
		control->must_revalidate = true;
	} else if (slice_equals_nocase(name, "must-understand")) {
		control->must_understand = true;
	} else if (slice_equals_nocase(name, "public")) {
		control->is_public = true;
	} else if (slice_equals_nocase(name, "max-age") && !control->has_max_age) {
		control->has_max_age = true;
		control->max_age_s = allowed_s;
	} else if (slice_equals_nocase(name, "stale-if-error") && control->stale_if_error_s < 0) {
		control->stale_if_error_s = argument_s(argument);
	} else if (slice_equals_nocase(name, "stale-while-revalidate") &&
		   control->stale_while_revalidate_s < 0) {
		control->stale_while_revalidate_s = allowed_s;
	}
}

/* A quote that is never closed, or that stands where no argument begins, begins no string: what is
 * behind it counts, too, or a slip in one directive would hide the no-store after it. */
static bool has_stray_quote(struct slice element)
{
	bool is_quoted = false;

	for (size_t i = 0; i < element.length_bytes; i++) {
		if (element.data[i] == '"') {
			if (!is_quoted && (!i || element.data[i - 1] != '='))
				return true;
			is_quoted = !is_quoted;
		} else if (is_quoted && element.data[i] == '\\') {
			i++;
		}
	}
	return is_quoted;
}

static void take_at_commas(struct slice rest, struct cache_control *control)
{
	while (rest.length_bytes) {
		const char *comma = memchr(rest.data, ',', rest.length_bytes);
		size_t bytes = comma ? (size_t)(comma - rest.data) : rest.length_bytes;

		take_directive(slice_trim((struct slice){rest.data, bytes}), control);
		rest.data += comma ? bytes + 1 : bytes;
		rest.length_bytes -= comma ? bytes + 1 : bytes;
	}
}

void cache_control_parse(const struct http_fields *fields, struct cache_control *ret_control)
{
	CLEANUP(buf_release) struct buf joined = BUF_INIT(FIELD_MAX_BYTES);
	struct slice value, element;
	size_t offset = 0;

	*ret_control = (struct cache_control){
		.stale_if_error_s = -1,
		.stale_while_revalidate_s = -1,
	};
	if (!http_fields_list(fields, "Cache-Control", &joined, &value))
		return;
	/* What is too long to be read is not taken for permission to reuse. */
	if (joined.overflowed)
		ret_control->no_store = true;
	while (http_list_next(value.data, value.length_bytes, &offset, &element)) {
		if (has_stray_quote(element))
			take_at_commas(element, ret_control);
		else
			take_directive(element, ret_control);
	}
}
