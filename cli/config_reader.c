#include "config_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "cleanup.h"
#include "config.h"
#include "map.h"
#include "nearest.h"
#include "option_table.h"
#include "options.h"
#include "quoted.h"
#include "units.h"
#include "utf8.h"

#define MAX_EXPANDED_BYTES 8192
#define MAX_HEADERS 64
#define MAX_KNOWN_KEYS 500 /* far above what any mapping of known keys has */

void config_lines_init(struct config_reader *reader)
{
	size_t capacity = 0;

	for (size_t i = 0; i <= reader->text.length_bytes; i++) {
		if (i && reader->text.data[i - 1] != '\n')
			continue;
		ALLOC_GROW(reader->line_starts, reader->n_lines, capacity);
		reader->line_starts[reader->n_lines++] = i;
	}
}

unsigned config_line(const struct config_reader *reader, size_t offset)
{
	size_t low = 0, high = reader->n_lines;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (reader->line_starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return (unsigned)low + 1;
}

static unsigned column_of(const struct config_reader *reader, size_t offset)
{
	size_t start = reader->line_starts[config_line(reader, offset) - 1];

	if (offset > reader->text.length_bytes)
		offset = reader->text.length_bytes;
	return (unsigned)utf8_count(reader->text.data + start, offset - start) + 1;
}

void config_error(struct config_reader *reader, size_t offset, const char *format, ...)
{
	char message[1024];
	va_list list;

	if (reader->n_errors++ >= CONFIG_MAX_ERRORS)
		return;
	va_start(list, format);
	vsnprintf(message, sizeof message, format, list);
	va_end(list);
	buf_printf(reader->errors, "%s:%u:%u: %s\n", reader->shown, config_line(reader, offset),
		   column_of(reader, offset), message);
}

void config_errors_finish(struct config_reader *reader)
{
	if (reader->n_errors > CONFIG_MAX_ERRORS)
		buf_printf(reader->errors, "%s: and %zu more\n", reader->shown,
			   reader->n_errors - CONFIG_MAX_ERRORS);
}

bool config_is_null(const struct data_node *node)
{
	return node->kind == DATA_SCALAR && node->is_plain &&
	       (!node->text.length_bytes || slice_equals(node->text, "~") ||
		slice_equals_nocase(node->text, "null"));
}

bool config_expect(struct config_reader *reader, const struct data_node *node, enum data_kind kind,
		   const char *key)
{
	if (node->kind == kind)
		return true;
	config_error(reader, node->offset, "%s must be %s", key,
		     kind == DATA_MAPPING    ? "a mapping, 'key: value' lines below it"
		     : kind == DATA_SEQUENCE ? "a list, [a, b] or '- a' lines"
					     : "one value");
	return false;
}

/* Pairs that `<<` brought in stand behind the mapping's own and lie before them in the file; those
 * that the mapping has itself are passed over. */
void config_each_any(struct config_reader *reader, const struct data_node *mapping,
		     const char *key_name, size_t max, config_use_any *use, void *context)
{
	struct map *seen;

	if (mapping->count > max) {
		config_error(reader, mapping->offset, "%s has more than %zu keys", key_name, max);
		return;
	}
	seen = map_new();
	for (size_t i = 0; i < mapping->count; i++) {
		const struct data_node *key = mapping->keys[i], *first;

		first = map_get(seen, key->text.data, key->text.length_bytes);
		if (first) {
			if (key->offset > first->offset)
				config_error(reader, key->offset,
					     "%s is given twice; first in line %u",
					     quoted(key->text.data).text,
					     config_line(reader, first->offset));
			continue;
		}
		map_put(seen, key->text.data, key->text.length_bytes, mapping->keys[i]);
		use(reader, key, mapping->items[i], context);
	}
	map_free(seen);
}

struct known_keys {
	const char *prefix;
	const char *const *known;
	size_t n_known;
	config_use *use;
	void *context;
};

/* The key of that name in a section, "fetch.timeout" for "timeout"; NULL: there is none. */
static const char *key_in_a_section(const char *name)
{
	for (size_t i = 0; i < option_count; i++) {
		const char *key = option_table[i].key, *dot = key ? strrchr(key, '.') : NULL;

		if (dot && strlen(name) <= NEAREST_MAX_BYTES && !nearest_distance(name, dot + 1))
			return key;
	}
	return NULL;
}

/* What can only be said in a command or the environment: jobs, cache_dir. NULL: it is none. */
static const struct option *flag_without_key(const char *name)
{
	char flag[NEAREST_MAX_BYTES + 1];
	size_t length = strlen(name);

	if (length > NEAREST_MAX_BYTES)
		return NULL;
	for (size_t i = 0; i <= length; i++)
		flag[i] = name[i] == '_' ? '-' : name[i];
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].flag && !option_table[i].key &&
		    option_table[i].setting != SETTING_COUNT && !strcmp(option_table[i].flag, flag))
			return &option_table[i];
	return NULL;
}

/* `prefix` is its section, "cache.": `dir` in there is --cache-dir. */
static void unknown_key(struct config_reader *reader, const struct data_node *key,
			const char *prefix)
{
	CLEANUP(cleanup_free)
	char *joined = alloc_printf("%.*s_%s", (int)strcspn(prefix, "."), prefix, key->text.data);
	const struct option *option = flag_without_key(key->text.data);
	char variable[OPTION_VARIABLE_BYTES];

	if (!option)
		option = flag_without_key(joined);
	if (option && option_variable(option, variable))
		config_error(reader, key->offset,
			     "unknown key %s; it is set by the flag --%s or by %s",
			     quoted(key->text.data).text, option->flag, variable);
	else
		config_error(reader, key->offset, "unknown key %s", quoted(key->text.data).text);
}

static void use_known(struct config_reader *reader, const struct data_node *key,
		      const struct data_node *node, void *context)
{
	struct known_keys *keys = context;
	const char *nearest, *elsewhere;

	for (size_t i = 0; i < keys->n_known; i++)
		if (slice_equals(key->text, keys->known[i])) {
			if (!config_is_null(node))
				keys->use(reader, i, node, keys->context);
			return;
		}
	nearest = nearest_word(key->text.data, keys->known, keys->n_known);
	/* In a section the same name in another one is meant before a like one in this. The keys of
	 * a host or a thumbnail have no section: `host_interval` there is `interval`. */
	elsewhere = *keys->prefix || !nearest ? key_in_a_section(key->text.data) : NULL;
	if (elsewhere)
		config_error(reader, key->offset, "unknown key %s; did you mean %s?",
			     quoted(key->text.data).text, elsewhere);
	else if (nearest)
		config_error(reader, key->offset, "unknown key %s; did you mean %s%s?",
			     quoted(key->text.data).text, keys->prefix, nearest);
	else
		unknown_key(reader, key, keys->prefix);
}

void config_each(struct config_reader *reader, const struct data_node *mapping, const char *prefix,
		 const char *const *known, size_t n_known, config_use *use, void *context)
{
	struct known_keys keys = {prefix, known, n_known, use, context};

	config_each_any(reader, mapping, *prefix ? prefix : "the mapping", MAX_KNOWN_KEYS,
			use_known, &keys);
}

bool config_text(struct config_reader *reader, const struct data_node *node, const char *key,
		 const char **ret_text)
{
	if (!config_expect(reader, node, DATA_SCALAR, key))
		return false;
	if (!node->text.length_bytes) {
		config_error(reader, node->offset, "%s is empty", key);
		return false;
	}
	if (memchr(node->text.data, '\0', node->text.length_bytes)) {
		config_error(reader, node->offset, "%s has a NUL character in it", key);
		return false;
	}
	*ret_text = node->text.data;
	return true;
}

bool config_number(struct config_reader *reader, const struct data_node *node, const char *key,
		   int64_t minimum, int64_t maximum, int64_t *ret_number)
{
	const char *text;
	int64_t number;

	if (!config_text(reader, node, key, &text))
		return false;
	if (units_parse_number(text, &number) || number < minimum || number > maximum) {
		config_error(reader, node->offset,
			     "%s: %s; it takes a whole number from %" PRId64 " to %" PRId64, key,
			     quoted(text).text, minimum, maximum);
		return false;
	}
	*ret_number = number;
	return true;
}

bool config_bool(struct config_reader *reader, const struct data_node *node, const char *key,
		 bool *ret_value)
{
	const char *text;

	if (!config_text(reader, node, key, &text))
		return false;
	if (!strcasecmp(text, "true") || !strcasecmp(text, "yes") || !strcasecmp(text, "on"))
		*ret_value = true;
	else if (!strcasecmp(text, "false") || !strcasecmp(text, "no") || !strcasecmp(text, "off"))
		*ret_value = false;
	else {
		config_error(reader, node->offset, "%s: %s; it takes true or false", key,
			     quoted(text).text);
		return false;
	}
	return true;
}

/* In the place of a variable's value, where nobody gets it. */
static const char stand_in[] = "(not set)";

/* The variable named at "${"; *ret_end is behind its "}". NULL after an error. */
static const char *variable(struct config_reader *reader, const struct data_node *node,
			    const char *text, const char **ret_end)
{
	size_t length = strcspn(text + 2, "}");
	CLEANUP(cleanup_free) char *name = alloc_string_n(text + 2, length);
	const char *value;

	if (text[2 + length] != '}' || !length ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") !=
		    length) {
		config_error(
			reader, node->offset,
			"'${' begins the name of a variable, as in ${TOKEN}; for the characters "
			"themselves write '$${'");
		return NULL;
	}
	value = getenv(name);
	*ret_end = text + 2 + length + 1;
	if (value && *value)
		return value;
	if (reader->settings->asks_no_one)
		return stand_in;
	config_error(reader, node->offset, "the environment has no %s", quoted(name).text);
	return NULL;
}

char *config_expand(struct config_reader *reader, const struct data_node *node, const char *text)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_EXPANDED_BYTES);

	while (*text) {
		if (!strncmp(text, "$${", 3)) {
			buf_append_string(&out, "${");
			text += 3;
		} else if (!strncmp(text, "${", 2)) {
			const char *value = variable(reader, node, text, &text);

			if (!value)
				return NULL;
			buf_append_string(&out, value);
		} else {
			buf_append_char(&out, *text++);
		}
	}
	if (out.overflowed) {
		config_error(reader, node->offset,
			     "the value is longer than %d bytes with its variables",
			     MAX_EXPANDED_BYTES);
		return NULL;
	}
	return buf_steal(&out);
}

struct header_context {
	const char *key;
	struct string_list *headers;
};

static void add_header(struct config_reader *reader, const struct data_node *name,
		       const struct data_node *node, void *context)
{
	struct header_context *into = context;
	CLEANUP(cleanup_free) char *value = NULL, *header = NULL;
	CLEANUP(cleanup_free) char *key = alloc_printf("%s.%.60s", into->key, name->text.data);
	struct fault fault = {0};
	size_t name_bytes = strcspn(name->text.data, ":");
	const char *text;

	/* A whole field in quotes, as curl takes it: its value may be a secret, and is not said. */
	if (name->text.data[name_bytes]) {
		config_error(reader, name->offset,
			     "%s: name and value of '%.*s' are in one pair of quotes; write Name: "
			     "'value'",
			     into->key, (int)(name_bytes < 60 ? name_bytes : 60), name->text.data);
		return;
	}
	if (config_is_null(node) || !config_text(reader, node, key, &text))
		return;
	value = config_expand(reader, node, text);
	if (!value)
		return;
	header = alloc_printf("%s: %s", name->text.data, value);
	if (option_check_header(header, &fault))
		config_error(reader, name->offset, "%s: %s", into->key, fault.text);
	else
		string_list_add(into->headers, header);
}

void config_headers(struct config_reader *reader, const struct data_node *node, const char *key,
		    struct string_list *ret_headers)
{
	struct header_context into = {key, ret_headers};

	if (config_expect(reader, node, DATA_MAPPING, key))
		config_each_any(reader, node, key, MAX_HEADERS, add_header, &into);
}
